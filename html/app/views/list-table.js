/* The table of a list: headings, rows, groups; only what is on the screen is drawn. */
import { html, useEffect, useLayoutEffect, useRef, useState, cx, href } from '../html.js';
import { t, age, date, dateTime, number } from '../i18n.js';
import { rec, need } from '../store.js';
import { Person, Clock, Stars, StateMark, stateName, Tags, Icon } from '../parts/basics.js';
import { COLUMNS, sayGroup } from '../tickets.js';

/* Which rows of a long table are on the screen: all rows have one height, so the rest can be empty space. */

const OVER = 6, STEP = 4;         /* rows beyond the screen on either side; how many come and go at once */

/** [first, end, row height] of `count` rows in the table body `body.current`; rows carry the class "row". */
export function useVirtual(count, body) {
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
export function Space({ rows, height, span }) {
  const cell = useRef();
  useLayoutEffect(() => { cell.current?.style.setProperty('block-size', `${rows * height}px`); }, [rows, height]);
  return rows > 0 ? html`<tr class="space" aria-hidden="true"><td ref=${cell} colspan=${span}></td></tr>` : null;
}

/* A ticket in the list: a cell for each column that is shown. */

const time = (iso, say) => iso && html`<time datetime=${iso} title=${dateTime(iso)}>${say(iso)}</time>`;

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

export function Row({ id, index, columns, selected, onSelect, staff }) {
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

export function GroupRow({ label, count, open, span, index, onToggle }) {
  return html`<tr class="row row-group" aria-rowindex=${index}><th colspan=${span} scope="rowgroup">
    <button type="button" class="group-button" aria-expanded=${open ? 'true' : 'false'} onClick=${onToggle}>
      <${Icon} name=${open ? 'down' : 'next'} flip=${!open} /><bdi>${label}</bdi>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span></button></th></tr>`;
}

/* The table of the list: headings that sort, rows that are on the screen, groups. */

/** The next order when a heading is pressed: up, down, as usual; with Shift it is added to the present one. */
export function nextSort(sort, column, add) {
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

export function Table({ list, entries, columns, chosen, select, selectAll, sort, onSort, caption, staff, by }) {
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
