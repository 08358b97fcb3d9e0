//# allFunctionsCalledOnLoad
/* Tickets as a list: the tools above it, and its table, of which only what is on the screen is drawn. */
import { html, cx, signal, useState, useEffect, useLayoutEffect, useMemo, useRef, href, pref, setPref, arrive, go, useKeys, trail, placeOf, returned } from '../html.js';
import { t, age, date, number, sentence } from '../i18n.js';
import { api } from '../api.js';
import { COLUMNS, GROUPS, PHONE, USUAL, fitting, sayCondition, sayGroup, teamOptions, assign, filtersFor } from '../tickets.js';
import { me, ensure, isStaff, need, rec } from '../store.js';
import { GroupedList, TicketList, params as paramsOf, refIn } from '../lists.js';
import { Person, Clock, Stars, StateMark, stateName, Tags, Time, Icon, Menu, Empty, Failed, Skeleton } from '../parts/basics.js';
import { later, newTicket } from '../parts/dialog.js';
import { Applied, FilterMenu, GroupMenu, useOwnFilter, ViewsMenu } from './list-tools.js';

/* The table.  Which of its rows are on the screen: all rows have one height, so the rest can be empty space. */

const OVER = 6, STEP = 4;         /* rows beyond the screen on either side; how many come and go at once */

/** [first, end, row height] of `count` rows in the table body `body.current`; rows carry the class "row". */
function useVirtual(count, body) {
  const [range, setRange] = useState([0, 40, 38]);
  const look = () => {
    if (!body.current) return;
    const height = body.current.querySelector('.row')?.offsetHeight || 38;
    const above = -body.current.getBoundingClientRect().top;
    const top = Math.max(0, Math.min(count - 1, Math.floor(above / height))), bottom = Math.ceil((above + innerHeight) / height);
    const jump = top >= range[1] || bottom <= range[0];          /* nothing can be kept: what is seen first, what is near after it */
    const over = jump ? 0 : OVER;
    const first = Math.max(0, top - over), end = bottom + over;
    const next = [first - (first % STEP), Math.min(count, Math.max(STEP, end + STEP - (end % STEP))), height];
    if (range.every((x, i) => x === next[i])) return;
    setRange(next);
    if (jump) requestAnimationFrame(() => setTimeout(() => latest.current()));
  };
  const latest = useRef(look);
  latest.current = look;
  useLayoutEffect(() => latest.current(), [count]);
  useEffect(() => {
    const on = () => latest.current();
    addEventListener('scroll', on, { passive: true });
    addEventListener('resize', on);
    return () => { removeEventListener('scroll', on); removeEventListener('resize', on); };
  }, []);
  return range;
}

/** Empty space instead of rows that are not on the screen. */
function Space({ rows, height, span }) {
  const cell = useRef();
  useLayoutEffect(() => { cell.current?.style.setProperty('block-size', `${rows * height}px`); }, [rows, height]);
  return rows > 0 ? html`<tr class="space" aria-hidden="true"><td ref=${cell} colspan=${span}></td></tr>` : null;
}

/* A ticket in the list: a cell for each column that is shown. */

const time = (iso, say) => iso && Time({ iso, say });

const CELLS = {
  ref: (x) => html`<span class="ref">${x.ticket_ref}</span>`,
  name: (x, { stage, columns, staff }) => html`<div class="c-title-box"><a href=${href(`/tickets/${x.id}`)} data-link=${x.id}><span class="row-title" dir="auto">${x.name}</span></a>
    ${!columns.includes('state') && html`<${StateMark} value=${x.kanban_state} stage=${stage} />`}${staff && html`<${Clock} ticket=${x} />`}</div>`,
  priority: (x) => html`<${Stars} value=${x.priority} />`,
  type: (x) => html`<bdi>${rec('ticket_type', x.ticket_type_id)?.name}</bdi>`,
  tags: (x) => html`<${Tags} ids=${x.tag_ids} most=${3} />`,
  state: (x, { stage }) => html`<${StateMark} value=${x.kanban_state} stage=${stage} /> ${stateName(x.kanban_state, stage)}`,
  customer: (x) => html`<bdi>${x.partner_name || x.partner_email}</bdi>`,
  email: (x) => html`<bdi>${x.partner_email}</bdi>`,
  phone: (x) => html`<bdi dir="ltr">${x.partner_phone}</bdi>`,
  team: (x) => {
    const team = rec('team', x.team_id);
    return html`<span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${team?.name}</bdi>`;
  },
  stage: (x, { stage }) => (stage || x.closed) && html`<span class=${cx('tag', x.closed && 'tag-closed')}><bdi>${stage?.name ?? t('ticket.closed_on')}</bdi></span>`,
  assignee: (x) => {
    const user = rec('user', x.user_id);
    return html`<${Person} id=${user?.id} name=${user?.name} none=${x.user_id ? '' : t('ticket.unassigned')} />`;
  },
  activity: (x) => time(x.activity_due, date),
  changed: (x) => time(x.write_date, age),
  closed: (x) => time(x.close_date, date),
  age: (x) => time(x.create_date, age),
};

function Row({ id, index, columns, selected, onSelect, staff }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const more = { stage: rec('stage', ticket.stage_id), columns, staff };
  const pick = (e) => onSelect(id, e.target.checked, e.shiftKey);
  return html`<tr class=${cx('row', selected && 'row-selected', ticket.closed && 'row-closed')} data-row=${id} aria-rowindex=${index}>
    ${staff && html`<td class="c-check"><label class="hit"><input type="checkbox" checked=${selected} onClick=${pick} />
      <span class="hidden">${t('list.select', { ref: ticket.ticket_ref })}</span></label></td>`}
    ${columns.map((c) => html`<td key=${c} class=${`c-${c}`}>${CELLS[c](ticket, more)}</td>`)}</tr>`;
}

/* The heading of a group in the list: a button that opens it. */

function GroupRow({ label, count, open, span, index, onToggle }) {
  return html`<tr class="row row-group" aria-rowindex=${index}><th colspan=${span} scope="rowgroup">
    <button type="button" class="group-button" aria-expanded=${open ? 'true' : 'false'} onClick=${onToggle}>
      <${Icon} name=${open ? 'down' : 'next'} flip=${!open} /><bdi>${label}</bdi>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span></button></th></tr>`;
}

/* The table of the list: headings that sort, rows that are on the screen, groups. */

/** The next order when a heading is pressed: up, down, as usual; with Shift it is added to the present one. */
function nextSort(sort, column, add) {
  const { sort: field, down } = COLUMNS[column];
  const keys = sort ? sort.split(',') : [];
  const now = keys.find((k) => k.replace('-', '') === field);
  const ways = down ? [`-${field}`, field] : [field, `-${field}`];
  const next = ways[ways.indexOf(now) + 1];
  const rest = add ? keys.filter((k) => k !== now) : [];
  return [...rest, next].filter(Boolean).join(',') || undefined;
}

function Heading({ column, sort, onSort }) {
  const { label, sort: field } = COLUMNS[column];
  const keys = sort ? sort.split(',') : [];
  const at = keys.findIndex((k) => k.replace('-', '') === field);
  const way = at < 0 ? undefined : keys[at][0] === '-' ? 'descending' : 'ascending';
  if (!field) return html`<th class=${`c-${column}`} scope="col">${t(label)}</th>`;
  return html`<th class=${`c-${column}`} scope="col" aria-sort=${way ?? 'none'}>
    <button type="button" class="sort" title=${t('list.sort_hint')} onClick=${(e) => onSort(nextSort(sort, column, e.shiftKey))}>${t(label)}
      ${way && html`<${Icon} name=${way === 'ascending' ? 'sort_up' : 'sort_down'} />`}${way && keys.length > 1 && html`<span class="sort-place">${at + 1}</span>`}</button></th>`;
}

function Table({ list, entries, columns, chosen, select, selectAll, sort, onSort, caption, staff, by }) {
  const body = useRef();
  const [first, end, height] = useVirtual(entries.length, body);
  const span = columns.length + (staff ? 1 : 0);
  const ids = list.ids.value;
  const groups = by ? list.groups.value : null;
  const next = by ? null : list.next.value;

  /* The end of the list, or of an open group, comes into sight: read on. */
  useEffect(() => {
    if (!by) {
      if (next && end >= entries.length - 4) list.more().catch(() => {});
      return;
    }
    entries.slice(first, end + 1).forEach((x, i) => {
      const at = first + i;
      const last = typeof x === 'number' && (at + 1 === entries.length || typeof entries[at + 1] === 'object');
      if (last) groups.find((g) => g.list?.ids.peek().includes(x))?.list.more().catch(() => {});
    });
  }, [first, end, entries, next]);
  useEffect(() => { if (by === 'partner_id') need('contact', groups.map((g) => g.value)).catch(() => {}); }, [groups]);

  const allOn = ids.length > 0 && ids.every((id) => chosen.has(id));
  const row = (x, i) => (typeof x === 'number'
    ? html`<${Row} key=${x} id=${x} index=${first + i + 2} columns=${columns} selected=${chosen.has(x)} onSelect=${select} staff=${staff} />`
    : html`<${GroupRow} key=${`g ${x.value}`} label=${sayGroup(by, x.value)} count=${x.count} open=${!!x.list} span=${span} index=${first + i + 2}
        onToggle=${() => list.toggle(x)} />`);
  return html`<table class="list" aria-rowcount=${next ? -1 : entries.length + 1}><caption class="hidden">${caption}</caption>
    <thead><tr aria-rowindex="1">${staff && html`<th class="c-check"><label class="hit"><input type="checkbox" checked=${allOn} disabled=${!ids.length}
        onChange=${(e) => selectAll(e.target.checked)} /><span class="hidden">${t('list.select_all')}</span></label></th>`}
      ${columns.map((c) => html`<${Heading} key=${c} column=${c} sort=${sort} onSort=${onSort} />`)}</tr></thead>
    <tbody ref=${body}><${Space} rows=${first} height=${height} span=${span} />
      ${entries.slice(first, end).map(row)}
      <${Space} rows=${Math.max(0, entries.length - end)} height=${height} span=${span} /></tbody></table>
    ${by && list.other.value > 0 && html`<p class="more muted">${t('group.other', { n: list.other.value })}</p>`}
    ${next && html`<div class="more"><button type="button" class="btn" onClick=${list.more}>${t('list.more')}</button></div>`}`;
}

/* Above the list: words, team, filters, groups, columns, export. */

/* ---- columns, kept per person; those of a view stand in the address ---- */

const key = () => `columns.${me.value?.id}`;
const chosenColumns = (query) => (query.columns ? query.columns.split(',') : pref(key(), USUAL).value);

const width = signal(innerWidth);
addEventListener('resize', () => { width.value = innerWidth; });

/** [those on the screen, those chosen]: an export has them all. */
function shownColumns(staff, query) {
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

/* ---- export: what is shown, as it is shown ---- */

function exportUrl(params, sort, columns) {
  return api.url('/tickets', { ...params, sort, fields: ['id', ...columns.flatMap((c) => COLUMNS[c].csv)].join(','), format: 'csv' });
}

function Tools({ query, change, find, field, staff, params, columns }) {
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
  const name = Object.hasOwn(filters, query.filter ?? '') ? query.filter : Object.keys(filters)[0];
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
  const reach = (id) => {
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
  const step = (by1) => {
    const ids = entries.filter((x) => typeof x === 'number');
    const id = ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(here()) + by1))];
    if (id) reach(id);
  };
  useEffect(() => {
    const place = entries.length && returned.peek() && placeOf(entries);
    if (entries.length) returned.value = 0;
    if (entries.length || list.state.peek() === 'ready') trail.value = list.ids.value;
    if (place) reach(place);
  }, [entries]);
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
    const ref = refIn(words);
    if (ref) go(href(`/tickets/${ref}`));
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
