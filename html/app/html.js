//# allFunctionsCalledOnLoad
/* What a view is made of and stands in: elements and hooks, its address, its keys, what this browser remembers. */
import { h, render, Fragment } from 'preact';
import htm from 'htm';
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/* ---- elements and hooks: the one place that names the libraries ---- */

export const html = htm.bind(h);
export { render, Fragment };
export { useState, useEffect, useLayoutEffect, useMemo, useRef, useCallback, useId } from 'preact/hooks';
export { signal, computed, effect, batch, untracked } from '@preact/signals';

/* Class names from a list with gaps: cx('a', on && 'b'). */
export const cx = (...names) => names.filter(Boolean).join(' ');

let coming = 0;
/** Whether a part that takes what is typed was asked for and has not arrived. */
export const arriving = () => coming > 0;

/**
 * A component that is read when it is first shown; ready() reads it ahead.  load: () => a promise of the component;
 * failed(error): it could not be read; typed: what is typed while it comes is meant for it, as for a dialog.  Its property
 * `until` is shown meanwhile.
 */
export function lazy(load, failed = () => {}, typed = true) {
  const found = signal(null);
  let asked = null;
  const ready = () => (asked ??= load().then((part) => { found.value = { part }; }).catch((e) => { asked = null; throw e; }));
  function Lazy(props) {
    const part = found.value?.part;
    useEffect(() => {
      if (part) return;
      const one = typed ? 1 : 0;
      coming += one;
      ready().catch(failed).finally(() => { coming -= one; });
    }, []);
    return part ? h(part, props) : props.until ?? null;
  }
  return Object.assign(Lazy, { ready });
}

/* A style sheet that only some parts need; resolves also when it cannot be had: a part without it is better than none. */
const sheets = new Map();
function style(name) {
  if (!sheets.has(name)) {
    sheets.set(name, new Promise((done) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL(`../css/${name}.css`, import.meta.url).href });
      link.onload = done;
      link.onerror = () => { sheets.delete(name); done(); };
      document.head.append(link);
    }));
  }
  return sheets.get(name);
}

/** A module, once it and its style sheet are there. */
export const withStyle = (module, name) => Promise.all([module, style(name)]).then(([m]) => m);

/* Address and view; the focus goes to the heading of each new view. */

export const BASE = '/agent';

const ROUTES = [
  [/^\/?$/, 'start', []],
  [/^\/dashboard$/, 'dashboard', []],
  [/^\/tickets$/, 'list', []],
  [/^\/tickets\/(\d+)$/, 'ticket', ['id']],
  [/^\/inbox$/, 'inbox', []],
  [/^\/activities$/, 'activities', []],
  [/^\/import$/, 'import', []],
  [/^\/board\/(\d+)$/, 'board', ['id']],
  [/^\/teams\/(\d+)$/, 'team', ['id']],
  [/^\/(contacts|companies)$/, 'records', ['kind']],
  [/^\/settings$/, 'settings', []],
  [/^\/settings\/(\w+)$/, 'settings', ['section']],
  [/^\/settings\/(\w+)\/(\w+)$/, 'settings', ['section', 'id']],
];

function parse(url) {
  const path = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : '';
  for (const [pattern, view, names] of ROUTES) {
    const found = pattern.exec(path);
    if (!found) continue;
    const params = Object.fromEntries(names.map((n, i) => [n, found[i + 1]]));
    return { view, params, query: Object.fromEntries(url.searchParams), path };
  }
  return { view: 'missing', params: {}, query: {}, path };
}

export const route = signal(parse(new URL(location.href)));
export const moves = signal(0);        /* grows with each navigation by the person, for the focus */
export const returned = signal(0);     /* the ticket one comes back from: a list or a board gives it the focus */
let guard = null;                      /* (url) => boolean: may this view be left for that address? */

export const href = (path, values) => {
  const pairs = Object.entries(values ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return BASE + path + (pairs.length ? '?' + new URLSearchParams(pairs) : '');
};

/** replace: in the place of the present address; ask: though what is typed may be lost by it. */
export function go(to, { replace = false, quiet = false, ask = !replace } = {}) {
  const url = new URL(to, location.href);
  if (ask && guard && !guard(url)) return;
  history[replace ? 'replaceState' : 'pushState']({ at: Date.now() }, '', url);
  route.value = parse(url);
  returned.value = 0;
  if (!quiet) moves.value++;
}

export const back = (otherwise) => (history.state?.at && history.length > 1 ? history.back() : go(otherwise));

/** Ask before a view with unsaved text is left. */
export function guardLeave(fn) {
  guard = fn;
  return () => { if (guard === fn) guard = null; };
}

export function listenRoutes() {
  addEventListener('popstate', () => {
    const { view, params } = route.peek();
    returned.value = view === 'ticket' ? Number(params.id) : 0;
    route.value = parse(new URL(location.href));
    moves.value++;
  });
  addEventListener('beforeunload', (e) => { if (guard?.dirty?.()) e.preventDefault(); });
  document.addEventListener('click', (e) => {
    const a = e.target.closest?.('a[href]');
    if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    if (a.target || a.origin !== location.origin || !(a.pathname === BASE || a.pathname.startsWith(BASE + '/'))) return;
    if (a.hash && a.pathname === location.pathname) return;
    e.preventDefault();
    go(a.href);
  });
}

/** The tickets one came from, in their order: those before and after an open one. */
export const trail = signal([]);

/** Of those shown now the ticket one comes back from, or the next of those there were: it may be closed; 0 for none. */
export function placeOf(shown) {
  const was = trail.peek(), at = was.indexOf(returned.peek()), here = new Set(shown);
  return (at < 0 ? [returned.peek()] : [...was.slice(at), ...was.slice(0, at).reverse()]).find((id) => here.has(id)) ?? 0;
}

/* ---- saved views: a question kept by name ---- */

const VIEW_WORDS = ['filter', 'team', 'customer', 'q', 'where', 'period', 'sort', 'group', 'columns'];

/** What of an address a view keeps. */
export function viewQuery(query) {
  const kept = Object.fromEntries(VIEW_WORDS.filter((w) => query[w]).map((w) => [w, String(query[w])]));
  return kept.columns ? { ...kept, columns: kept.columns.split(',') } : kept;
}

/** Where a view is shown: its question stands in the address, so that it can be changed there. */
export function viewHref({ id, layout, query }) {
  const { team, ...rest } = { ...query, columns: query?.columns?.join() };
  return layout === 'board' ? href(`/board/${team}`, { view: id, ...rest }) : href('/tickets', { view: id, ...rest, team });
}

/** Whether the address asks something else than the view. */
export const viewDiffers = (view, query) => VIEW_WORDS.some((w) => String(view.query?.[w] ?? '') !== String(query[w] ?? ''));

/** Called by each view once its heading is there. */
export function arrive(title) {
  document.title = title;
}

/* What a person prefers in this browser; nothing here is needed to work. */

const cells = {};

function read(name, otherwise) {
  try {
    const text = localStorage.getItem(`hd.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function pref(name, otherwise) {
  cells[name] ??= signal(read(name, otherwise));
  return cells[name];
}

export function setPref(name, value) {
  pref(name, value).value = value;
  try {
    localStorage.setItem(`hd.${name}`, JSON.stringify(value));
  } catch { /* kept for this page only */ }
}

/* Theme and language are read by early.js as plain words. */
function word(name) {
  try { return localStorage.getItem(`hd.${name}`); } catch { return null; }
}
function setWord(name, value) {
  try { value ? localStorage.setItem(`hd.${name}`, value) : localStorage.removeItem(`hd.${name}`); } catch { /* same */ }
}

export const theme = signal(word('theme') ?? 'system');

export function setTheme(value) {
  theme.value = value;
  setWord('theme', value === 'system' ? null : value);
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export const savedLang = () => word('lang');
export const saveLang = (value) => setWord('lang', value);

/* Typed text that survives a reload or a session's end: per tab, by name. */
export const draft = {
  get(name) {
    try { return JSON.parse(sessionStorage.getItem(`hd.draft.${name}`)); } catch { return null; }
  },
  set(name, value) {
    try {
      value === null ? sessionStorage.removeItem(`hd.draft.${name}`)
        : sessionStorage.setItem(`hd.draft.${name}`, JSON.stringify(value));
    } catch { /* no storage */ }
  },
};

/*
 * Shortcuts: entries { keys, label, icon, run, scope } registered by views while they are shown; without keys, and with
 * choices() => [{ id, label, run }] instead of run, they stand in the palette alone.  The help
 * overlay and the command palette are made from this registry.  "g i" is a sequence; "Shift+ArrowRight" and "Mod+Enter" are chords.
 */

export const SCOPES = ['global', 'list', 'board', 'ticket', 'dialog'];
export const entries = signal([]);
const singles = pref('keys', true);         /* WCAG 2.1.4: single keys can be switched off */
const PAUSE = 1000;
let typed = [];
let since = 0;

export function useKeys(scope, list) {
  const latest = useRef(list);
  latest.current = list;
  useLayoutEffect(() => {         /* what is seen can be used */
    const mine = list.map((e, i) => ({ scope, keys: e.keys, label: e.label, icon: e.icon,
      choices: e.choices && (() => latest.current[i].choices()), run: (event) => latest.current[i].run(event) }));
    entries.value = [...entries.peek(), ...mine];
    return () => { entries.value = entries.peek().filter((e) => !mine.includes(e)); };
  }, []);
}

/* On a keyboard of another script the place of the key counts. */
function nameOf(e) {
  let key = e.key;
  if (key.length === 1 && key.charCodeAt(0) > 127) {
    if (e.code.startsWith('Key')) key = e.code.slice(3).toLowerCase();
    else if (e.code === 'Slash') key = e.shiftKey ? '?' : '/';
  }
  const mod = e.ctrlKey || e.metaKey ? 'Mod+' : '';
  const shift = e.shiftKey && key.length > 1 ? 'Shift+' : '';
  return mod + shift + (key.length === 1 && mod ? key.toLowerCase() : key);
}

const inField = (el) => !!el?.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=""], [contenteditable=true]');

export function handle(e) {
  if (e.defaultPrevented || arriving() || e.isComposing || e.altKey || ['Shift', 'Control', 'Meta', 'Alt'].includes(e.key)) return;
  const key = nameOf(e);
  const chord = key.includes('+') || key.length > 1;
  const modal = document.querySelector('dialog[open]');
  if (!key.startsWith('Mod+') && inField(e.target)) {
    if (key === 'Escape' && !modal) e.target.blur();         /* what is typed stays, and the keys of the view are there again */
    return;
  }
  if (!chord && !singles.value) return;
  const menu = e.target.closest?.('[role=menu], [role=listbox]');
  if (menu) return;
  const scopes = modal ? ['dialog'] : [...SCOPES].reverse().filter((s) => s !== 'dialog');

  if (e.timeStamp - since > PAUSE) typed = [];
  since = e.timeStamp;
  typed = [...typed, key].slice(-2);
  for (const wanted of [typed.join(' '), key]) {
    for (const scope of scopes) {
      const found = entries.peek().findLast((x) => x.scope === scope && x.keys.includes(wanted));
      if (!found) continue;
      typed = [];
      if (found.run(e) !== false) e.preventDefault();
      return;
    }
  }
}

export const listenKeys = () => document.addEventListener('keydown', handle);

/** For aria-keyshortcuts. */
export const aria = (keys) => (singles.value ? keys.replace('Mod+', 'Control+') : undefined);
