/* The table of the list: headings that sort, rows that are on the screen, groups. */
import { html, useEffect, useRef } from '../html.js';
import { t } from '../i18n.js';
import { COLUMNS, sayGroup } from '../fields.js';
import { need } from '../store.js';
import { Icon } from '../parts/icon.js';
import { Row } from '../parts/row.js';
import { GroupRow } from '../parts/group-row.js';
import { Space, useVirtual } from '../parts/virtual.js';

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
