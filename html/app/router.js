/* Address and view; the focus goes to the heading of each new view. */
import { signal } from './html.js';

export const BASE = '/agent';

const ROUTES = [
  [/^\/?$/, 'list', []],
  [/^\/setup$/, 'setup', []],
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
let guard = null;                      /* (url) => boolean: may this view be left for that address? */

export const href = (path, values) => {
  const pairs = Object.entries(values ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return BASE + path + (pairs.length ? '?' + new URLSearchParams(pairs) : '');
};

export function go(to, { replace = false, quiet = false } = {}) {
  const url = new URL(to, location.href);
  if (!replace && guard && !guard(url)) return;
  history[replace ? 'replaceState' : 'pushState']({ at: Date.now() }, '', url);
  route.value = parse(url);
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

/** Called by each view once its heading is there. */
export function arrive(title) {
  document.title = title;
}
