/* Tickets as a list, and the tools above it. */
import { html, signal, useState, useEffect, useMemo, useRef, href, pref, setPref, arrive, go, useKeys, trail } from '../html.js';
import { t, number, sentence } from '../i18n.js';
import { api } from '../api.js';
import { COLUMNS, FIELDS, GROUPS, PHONE, USUAL, fitting, sayCondition, teamOptions, assign, filtersFor } from '../tickets.js';
import { me, ensure, isStaff, need, rec } from '../store.js';
import { GroupedList, TicketList, params as paramsOf } from '../lists.js';
import { Icon, Menu, Empty, Failed, Skeleton } from '../parts/basics.js';
import { later, newTicket } from '../parts/dialog.js';
import { Table } from './list-table.js';
import { Applied, FilterMenu, useOwnFilter, ViewsMenu } from './list-tools.js';

/* Above the list: words, team, filters, groups, columns, export. */

const PARTS = { 'create_date.month': 'group.created_month', 'close_date.month': 'group.closed_month' };

/* ---- columns, kept per person; those of a view stand in the address ---- */

const key = () => `columns.${me.value?.id}`;
const chosenColumns = (query) => (query.columns ? query.columns.split(',') : pref(key(), USUAL).value);

const width = signal(innerWidth);
addEventListener('resize', () => { width.value = innerWidth; });

/** [those on the screen, those chosen]: an export has them all. */
export function shownColumns(staff, query) {
  const chosen = chosenColumns(query), oneTeam = !!query.team;
  const hidden = [oneTeam && 'team', !staff && 'team', !staff && 'assignee'];
  const list = Object.keys(COLUMNS).filter((c) => (COLUMNS[c].fixed || chosen.includes(c)) && !hidden.includes(c));
  const rem = width.value / parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (rem < 40) return [list.filter((c) => PHONE.includes(c)), list];
  return [fitting(list, rem - (rem < 52 ? 1.5 : 17.5) - 2.25), list];
}

function ColumnsMenu({ query, change }) {
  const chosen = chosenColumns(query);
  const set = (columns) => (query.columns ? change({ columns: columns.join() }) : setPref(key(), columns));
  const flip = (c) => set(chosen.includes(c) ? chosen.filter((x) => x !== c) : [...chosen, c]);
  return html`<${Menu} className="btn btn-tool" label=${t('list.columns')} items=${[
    ...Object.keys(COLUMNS).filter((c) => !COLUMNS[c].fixed).map((c) => ({ label: t(COLUMNS[c].label), checked: chosen.includes(c), keep: true, run: () => flip(c) })),
    { line: true }, { label: t('list.columns_usual'), icon: 'undo', run: () => set(USUAL) }]}>
    <${Icon} name="columns" /><span class="btn-text">${t('list.columns')}</span></${Menu}>`;
}

/* ---- groups ---- */

function GroupMenu({ query, change }) {
  const label = (g) => t(PARTS[g] ?? FIELDS[GROUPS[g]].label);
  return html`<${Menu} className="btn btn-tool" label=${query.group ? `${t('group.title')}: ${label(query.group)}` : t('group.title')} items=${[
    { label: t('group.none'), checked: !query.group, run: () => change({ group: undefined }) }, { line: true },
    ...Object.keys(GROUPS).map((g) => ({ label: label(g), checked: query.group === g, run: () => change({ group: g }) }))]}>
    <${Icon} name="group" /><span class="btn-text">${query.group ? label(query.group) : t('group.title')}</span></${Menu}>`;
}

/* ---- export: what is shown, as it is shown ---- */

function exportUrl(params, sort, columns) {
  return api.url('/tickets', { ...params, sort, fields: ['id', ...columns.flatMap((c) => COLUMNS[c].csv)].join(','), format: 'csv' });
}

export function Tools({ query, change, find, field, staff, params, columns }) {
  const [own, Own] = useOwnFilter(query, change);
  return html`<div class="head-tools"><form class="search" role="search" onSubmit=${find}><${Icon} name="search" />
      <input ref=${field} class="input" type="search" dir="auto" value=${query.q ?? ''} key=${query.q} aria-label=${t('list.search')} placeholder=${t('list.search')} aria-keyshortcuts="/" /></form>
    ${staff && html`<select class="input select" aria-label=${t('ticket.team')} onChange=${(e) => change({ team: e.target.value })}>
      ${teamOptions(t('list.all_teams')).map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === (query.team ?? '')}>${o.label}</option>`)}</select>`}
    ${staff && html`<${ViewsMenu} layout="list" query=${{ ...query, columns: chosenColumns(query).join() }} asked=${query} />`}
    ${staff && html`<${FilterMenu} query=${query} change=${change} onOwn=${own} /><${GroupMenu} query=${query} change=${change} />`}
    <${ColumnsMenu} query=${query} change=${change} />
    ${staff && html`<a class="btn btn-tool" href=${exportUrl(params, query.sort, columns)} download="tickets.csv" title=${t('list.export')}><${Icon} name="download" /><span class="hidden">${t('list.export')}</span></a>`}
    ${staff && query.team && html`<a class="btn btn-tool" href=${href(`/board/${query.team}`)} title=${t('board.title')}><${Icon} name="board" /><span class="btn-text">${t('board.title')}</span></a>`}</div>
    <${Applied} query=${query} change=${change} onOwn=${own} />${Own}`;
}

/* Tickets by standing filter, team, words and conditions; in order, in groups. */

const Bulk = later(() => import('./bulk.js'), 'Bulk', false);          /* a bar, not a dialog: the keys stay those of the list */

/* Chosen rows; `everything` stands for all that match, also those not read yet. */
function useChosen(list, entries) {
  const [chosen, setChosen] = useState(new Set());
  const [everything, setEverything] = useState(false);
  const anchor = useRef(null);
  const clear = () => { setChosen(new Set()); setEverything(false); anchor.current = null; };
  useEffect(clear, [list]);
  const select = (id, on, stretch) => {
    setEverything(false);
    const ids = entries.filter((x) => typeof x === 'number');
    const from = stretch ? ids.indexOf(anchor.current) : -1, to = ids.indexOf(id);
    const span = from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1);
    anchor.current = id;
    setChosen((old) => {
      const next = new Set(old);
      for (const x of span) on ? next.add(x) : next.delete(x);
      return next;
    });
  };
  const selectAll = (on) => { setEverything(false); setChosen(new Set(on ? list.ids.peek() : [])); };
  const latest = useRef();
  latest.current = select;
  const [pick] = useState(() => (...args) => latest.current(...args));       /* one function for all rows and all times */
  return { chosen, everything, setEverything, clear, select: pick, selectAll };
}

export default function List({ query }) {
  const staff = isStaff.value;
  const filters = filtersFor(staff);
  const name = filters[query.filter] ? query.filter : Object.keys(filters)[0];
  const filter = filters[name];
  const by = GROUPS[query.group] ? query.group : null;
  const field = useRef(), box = useRef(), current = useRef(null), coming = useRef(null);          /* coming: its row is not drawn yet */
  const { team, customer, q, where, period, sort } = query;
  const params = useMemo(() => paramsOf(query, filter.where(me.peek())), [name, team, customer, q, where, period]);
  const list = useMemo(() => (by ? new GroupedList(params, sort, by) : new TicketList(params, sort)), [params, sort, by]);
  useEffect(() => () => list.close(), [list]);
  useEffect(() => { need('contact', [Number(customer)]).catch(() => {}); }, [customer]);
  const entries = by ? list.entries.value : list.ids.value;
  const selection = useChosen(list, entries);
  useEffect(() => { trail.value = list.ids.value; }, [entries]);
  const { chosen, select } = selection;

  const change = (values) => go(href('/tickets', { ...query, filter: name, ...values }), { quiet: true });
  const whose = rec('contact', Number(customer))?.name;
  const view = staff && rec('view', Number(query.view));
  const title = view ? view.name : whose ? `${t(filter.label)} · ${whose}` : t(filter.label);
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);

  const [fit, wanted] = shownColumns(staff, query);
  const columns = useMemo(() => fit, [fit.join()]);          /* the same array for the same columns: rows are drawn again only when they differ */
  const named = staff && { tag: wanted.includes('tags') || by === 'tag_ids' || where?.includes('tag_ids'),
    ticket_type: wanted.includes('type') || by === 'ticket_type_id' || where?.includes('ticket_type_id') };
  useEffect(() => {
    for (const type of ['tag', 'ticket_type']) if (named?.[type]) ensure(type).catch(() => {});
  }, [named?.tag, named?.ticket_type]);

  /* ---- keys: the present row is a number, for its row may have left the screen ---- */
  const linkOf = (id) => box.current?.querySelector(`[data-link="${id}"]`);
  const here = () => {
    const row = document.activeElement?.closest?.('[data-row]');
    return coming.current ?? (row ? Number(row.dataset.row) : current.current);
  };
  const step = (by1) => {
    const ids = entries.filter((x) => typeof x === 'number');
    const at = ids.indexOf(here());
    const id = ids[Math.max(0, Math.min(ids.length - 1, at + by1))];
    if (!id) return;
    current.current = coming.current = id;
    const show = (tries) => {
      if (coming.current !== id) return;                    /* gone on meanwhile */
      const link = linkOf(id);
      link?.focus();
      link?.scrollIntoView({ block: 'nearest' });
      if (link || !tries) coming.current = null;
      else setTimeout(() => show(tries - 1), 30);
    };
    if (!linkOf(id)) {
      const row = box.current.querySelector('.row'), body = box.current.querySelector('tbody');
      scrollTo(0, scrollY + body.getBoundingClientRect().top + entries.indexOf(id) * row.offsetHeight - innerHeight / 2);
    }
    show(20);
  };
  const targets = () => (chosen.size ? [...chosen] : [here()].filter(Boolean));
  const mine = () => { const ids = targets(); return ids.length ? assign(ids, me.value.id) : false; };
  useKeys('list', [
    { keys: ['j', 'ArrowDown'], label: 'keys.next', run: () => step(1) },
    { keys: ['k', 'ArrowUp'], label: 'keys.previous', run: () => step(-1) },
    { keys: ['Enter', 'o'], label: 'keys.enter', run: (e) => { const id = here(); if (!id || e.target.closest('button, a')) return false; go(href(`/tickets/${id}`)); return true; } },
    staff && { keys: ['x'], label: 'keys.select', icon: 'check', run: () => { const id = here(); return id ? select(id, !chosen.has(id)) : false; } },
    staff && { keys: ['X'], label: 'keys.select_to', icon: 'check', run: () => { const id = here(); return id ? select(id, true, true) : false; } },
    staff && { keys: ['m'], label: 'keys.mine', icon: 'person', run: mine },
    { keys: ['Escape'], label: 'keys.clear', run: () => (chosen.size ? selection.clear() : false) },
    { keys: ['/'], label: 'keys.search', icon: 'search', run: () => field.current?.focus() },
  ].filter(Boolean));
  const find = (e) => {
    e.preventDefault();
    const words = field.current.value.trim();
    const ref = /^#?0*(\d{1,10})$/.exec(words);
    if (ref) go(href(`/tickets/${ref[1]}`));
    else change({ q: words });
  };

  const state = list.state.value;
  const narrowed = q || where || period;
  const teamName = rec('team', Number(team))?.name;
  return html`<div class="view view-list" ref=${box}>
    <header class="head"><h1 tabindex="-1">${title}${list.count.value !== null && html`<span class="head-count">${number(list.count.value)}</span>`}</h1>
      <${Tools} query=${{ ...query, filter: name }} change=${change} find=${find} field=${field} staff=${staff} params=${params} columns=${wanted} /></header>
    ${state === 'loading' && html`<${Skeleton} rows=${8} />`}
    ${state === 'failed' && html`<${Failed} text=${sentence(list.error)} onRetry=${() => list.load()}>
      ${sort && list.error.code === 'too_broad' && html`<button type="button" class="btn btn-primary" onClick=${() => change({ sort: undefined })}>${t('list.sort_usual')}</button>`}</${Failed}>`}
    ${state === 'ready' && !entries.length && html`<${Empty} icon=${filter.icon} title=${q && !where && !period ? t('empty.search') : narrowed ? t('empty.filtered') : t(filter.empty)}>
      ${narrowed ? html`<a class="btn" href=${href('/tickets', { filter: name, team, customer })}>${t('list.clear_search')}</a>`
        : staff && html`<button type="button" class="btn btn-primary" onClick=${() => { newTicket.value = {}; }}>${t('ticket.new')}</button>
          <a class="btn" href=${href('/import')}>${t('import.title')}</a>`}</${Empty}>`}
    ${state === 'ready' && entries.length > 0 && html`<${Table} list=${list} entries=${entries} columns=${columns} chosen=${chosen} select=${select} staff=${staff} by=${by}
      sort=${sort} onSort=${(s) => change({ sort: s })} caption=${teamName ? `${title}: ${teamName}` : title} selectAll=${selection.selectAll} />`}
    ${staff && chosen.size > 0 && html`<${Bulk} ids=${[...chosen]} everything=${selection.everything} setEverything=${selection.setEverything} count=${list.count.value}
      params=${params} team=${team} clear=${selection.clear} />`}
  </div>`;
}
