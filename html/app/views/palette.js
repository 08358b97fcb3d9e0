/* The command palette and the help of the keys. */
import { html, cx, useEffect, useId, useMemo, useRef, useState, entries, SCOPES, pref, setPref, go, href, viewHref } from '../html.js';
import { t } from '../i18n.js';
import { Dialog, say } from '../parts/dialog.js';
import { Keys, Icon } from '../parts/basics.js';
import { all, isAdmin, isStaff, me, put, rec } from '../store.js';
import { filtersFor, views } from '../tickets.js';
import { firstOf, refIn, searched } from '../lists.js';
import { SECTIONS } from './settings.js';

/* All shortcuts, read from the registry. */

const SCOPE_TITLES = { global: 'keys.global', list: 'keys.list', board: 'keys.board_title', ticket: 'keys.ticket' };

export function Help({ onClose }) {
  const list = entries.value.filter((e) => e.keys.length);
  const on = pref('keys', true);
  return html`<${Dialog} wide title=${t('help.title')} onClose=${onClose}>
    <div class="help">${SCOPES.filter((s) => SCOPE_TITLES[s] && list.some((e) => e.scope === s)).map((s) => html`<section key=${s}>
      <h3>${t(SCOPE_TITLES[s])}</h3>
      <dl class="help-list">${list.filter((e) => e.scope === s).map((e) => html`<div key=${e.label}>
        <dt>${t(e.label)}</dt><dd><${Keys} keys=${e.keys} /></dd></div>`)}</dl></section>`)}</div>
    <label class="check"><input type="checkbox" checked=${on.value} onChange=${(e) => setPref('keys', e.target.checked)} />
      <span>${t('keys.single')}</span></label></${Dialog}>`;
}

/*
 * Ctrl/Cmd K: whatever can be done here and wherever one can go, by typing a part of its name.  What can be done
 * is read from the registry of shortcuts; words are also looked for in the titles of tickets.
 */

const DELAY = 160;
const TITLES = 6;
const FLIPPED = ['next', 'back', 'undo'];
const PLACES = /^(Arrow|Shift\+Arrow|Enter|Escape|Mod\+[^p])/;       /* keys that only make sense where the focus is */

const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
/* Every word typed begins a word of the name, or is somewhere inside it. */
const fits = (item, words) => words.every((w) => fold(`${item.label} ${item.also ?? ''}`).includes(w));

const begins = (item, word) => ` ${fold(item.label)}`.includes(` ${word}`);

function actions() {
  const scopes = [...SCOPES].reverse();
  return entries.value.filter((e) => !e.keys.some((k) => PLACES.test(k)) && e.label !== 'keys.help')
    .sort((a, b) => scopes.indexOf(a.scope) - scopes.indexOf(b.scope))
    .flatMap((e) => (e.choices ? e.choices().map((c) => ({ id: `do ${e.scope} ${e.label} ${c.id}`, label: `${t(e.label)}: ${c.label}`, icon: e.icon ?? 'next', deep: true, run: c.run }))
      : { id: `do ${e.scope} ${e.label}`, label: t(e.label), keys: e.keys.length ? e.keys : undefined, icon: e.icon ?? 'next',
        going: !!e.keys[0]?.startsWith('g '), run: () => e.run({ key: e.keys[0], target: document.activeElement }) }));
}

function places() {
  const to = (id, label, icon, path, values) => ({ id, label, icon, run: () => go(href(path, values)) });
  return [
    ...all('team').filter((x) => x.active).map((x) => ({ ...to(`board ${x.id}`, x.name, null, `/board/${x.id}`), hue: x.color ?? 0, also: t('board.title'), hint: t('board.title') })),
    ...views().map((v) => ({ id: `view ${v.id}`, label: v.name, icon: v.layout === 'board' ? 'board' : 'filter', also: t('view.one'), hint: t('view.one'), run: () => go(viewHref(v)) })),
    ...Object.entries(filtersFor(isStaff.value)).filter(([name]) => !['my', 'unassigned', 'open'].includes(name))
      .map(([name, f]) => to(`filter ${name}`, t(f.label), f.icon, '/tickets', { filter: name })),
    isStaff.value && to('contacts', t('contact.many'), 'people', '/contacts'),
    isStaff.value && to('import', t('import.title'), 'upload', '/import'),
    isAdmin.value && to('companies', t('company.many'), 'company', '/companies'),
    ...Object.entries(SECTIONS).filter(([, s]) => s.who())
      .map(([key, s]) => ({ ...to(`settings ${key}`, t(s.label), 'settings', `/settings/${key}`), also: t('settings.title'), hint: t('settings.title') })),
  ].filter(Boolean);
}

const ticketItem = (x) => ({ id: `ticket ${x.id}`, label: x.name, ref: x.ticket_ref, hint: rec('stage', x.stage_id)?.name, icon: 'open',
  run: () => go(href(`/tickets/${x.id}`)) });

/** Tickets whose number or title was typed. */
function useTickets(typed) {
  const [found, setFound] = useState([]);
  useEffect(() => {
    const number = refIn(typed);
    if (typed.length < 2 && !number) { setFound([]); return undefined; }
    let gone = false;
    const timer = setTimeout(async () => {
      const ask = number ? { 'id.in': number, active: 'any' } : { filter: searched(typed), active: 'true' };
      const page = await firstOf({ ...ask, limit: TITLES }, () => !gone).catch(() => ({ items: [] }));
      page.items.forEach((r) => put('ticket', r));
      if (!gone) setFound(page.items);
    }, DELAY);
    return () => { gone = true; clearTimeout(timer); };
  }, [typed]);
  return found;
}

function Option({ item, id, on, pick, point }) {
  return html`<div id=${id} role="option" aria-selected=${on ? 'true' : 'false'} class=${cx('palette-item', on && 'palette-on')}
      onMouseMove=${point} onMouseDown=${(e) => { e.preventDefault(); pick(item); }}>
    ${item.hue === undefined ? html`<${Icon} name=${item.icon} flip=${FLIPPED.includes(item.icon)} />` : html`<span class=${`dot hue-${item.hue}`}></span>`}
    ${item.ref && html`<span class="ref">${item.ref}</span>`}<bdi class="palette-label">${item.label}</bdi>
    ${item.hint && html`<span class="palette-hint"><bdi>${item.hint}</bdi></span>`}
    ${item.keys && html`<span class="palette-keys"><${Keys} keys=${item.keys.slice(0, 1)} /></span>`}</div>`;
}

export function Palette({ onClose }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef();
  const id = useId();
  const found = useTickets(typed.trim());
  const [known] = useState(() => actions());      /* as the page was when it was opened */
  const going = useMemo(places, [me.value, all('team').length, views().length]);
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const groups = [
    { key: 'palette.do', items: known.filter((x) => !x.going && (!x.deep || words.length) && fits(x, words)) },
    { key: 'palette.go', items: [...known.filter((x) => x.going), ...going].filter((x) => fits(x, words)) },
    { key: 'ticket.many', items: [...found.map(ticketItem), typed.trim() && { id: 'search', label: t('palette.search', { words: typed.trim() }), icon: 'search',
      run: () => go(href('/tickets', { filter: 'all', q: typed.trim() })) }].filter(Boolean) },
  ].filter((g) => g.items.length);
  const begun = words.length > 0 && groups.some((g) => g.key !== 'ticket.many' && g.items.some((x) => begins(x, words[0])));
  if (found.length && !begun) groups.unshift(groups.pop());         /* they come later: never in the place of what was meant */
  const flat = groups.flatMap((g) => g.items);
  const current = flat[Math.min(at, flat.length - 1)];
  useEffect(() => { list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }); }, [current?.id]);
  useEffect(() => {
    const timer = setTimeout(() => say(t('combobox.found', { n: flat.length })), 600);
    return () => clearTimeout(timer);
  }, [typed, found]);
  const pick = (item) => {
    onClose();
    setTimeout(() => item.run());       /* when the dialog is gone and the focus is back */
  };
  const key = (e) => {
    if (e.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[e.key];
    if (step) setAt(Math.abs(step) === 1 ? (at + step + flat.length) % (flat.length || 1) : Math.max(0, Math.min(flat.length - 1, at + step)));
    else if (e.key === 'Enter' && current) pick(current);
    else return;
    e.preventDefault();
  };
  return html`<${Dialog} bare className="palette" title=${t('palette.title')} onClose=${onClose}>
    <div class="palette-top"><${Icon} name="search" /><input class="palette-field" type="text" role="combobox" dir="auto" autocomplete="off" autofocus
      aria-label=${t('palette.title')} aria-autocomplete="list" aria-expanded="true" aria-controls=${`${id}-list`}
      aria-activedescendant=${current ? `${id}-${flat.indexOf(current)}` : undefined} placeholder=${t('palette.placeholder')} value=${typed}
      onInput=${(e) => { setTyped(e.target.value); setAt(0); }} onKeyDown=${key} />
      <button type="button" class="btn btn-icon" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" /></button></div>
    <div ref=${list} id=${`${id}-list`} class="palette-list" role="listbox" aria-label=${t('palette.title')} tabindex="-1">
      ${groups.map((g) => html`<div key=${g.key} role="group" aria-label=${t(g.key)}><div class="palette-group" aria-hidden="true">${t(g.key)}</div>
        ${g.items.map((item) => html`<${Option} key=${item.id} item=${item} id=${`${id}-${flat.indexOf(item)}`} on=${item === current} pick=${pick}
          point=${() => setAt(flat.indexOf(item))} />`)}</div>`)}
    </div></${Dialog}>`;
}
