/* Above the list: words, team, filters, groups, columns, export; and what is filtered by, as chips. */
import { html, signal, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { COLUMNS, FIELDS, GROUPS, PHONE, USUAL, fitting, sayCondition } from '../fields.js';
import { href } from '../router.js';
import { me } from '../store.js';
import { pref, setPref } from '../prefs.js';
import { PERIODS, read, write } from '../query.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';
import { later } from '../later.js';
import { teamOptions } from './pick.js';

const FilterDialog = later(() => import('./filter-dialog.js'), 'FilterDialog');
const PERIOD_NAMES = { today: 'period.today', yesterday: 'period.yesterday', week: 'period.week', days30: 'period.days30', month: 'period.month',
  last_month: 'period.last_month', year: 'period.year' };
const PARTS = { 'create_date.month': 'group.created_month', 'close_date.month': 'group.closed_month' };

/* ---- columns, kept per person ---- */

const key = () => `columns.${me.value?.id}`;
const chosenColumns = () => pref(key(), USUAL).value;

const width = signal(innerWidth);
addEventListener('resize', () => { width.value = innerWidth; });

/** [those on the screen, those chosen]: an export has them all. */
export function shownColumns(staff, oneTeam) {
  const chosen = chosenColumns();
  const hidden = [oneTeam && 'team', !staff && 'team', !staff && 'assignee'];
  const list = Object.keys(COLUMNS).filter((c) => (COLUMNS[c].fixed || chosen.includes(c)) && !hidden.includes(c));
  const rem = width.value / parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (rem < 40) return [list.filter((c) => PHONE.includes(c)), list];
  return [fitting(list, rem - (rem < 52 ? 1.5 : 17.5) - 2.25), list];
}

function ColumnsMenu() {
  const chosen = chosenColumns();
  const flip = (c) => setPref(key(), chosen.includes(c) ? chosen.filter((x) => x !== c) : [...chosen, c]);
  return html`<${Menu} className="btn btn-tool" label=${t('list.columns')} items=${[
    ...Object.keys(COLUMNS).filter((c) => !COLUMNS[c].fixed).map((c) => ({ label: t(COLUMNS[c].label), checked: chosen.includes(c), keep: true, run: () => flip(c) })),
    { line: true }, { label: t('list.columns_usual'), icon: 'undo', run: () => setPref(key(), USUAL) }]}>
    <${Icon} name="columns" /><span class="btn-text">${t('list.columns')}</span></${Menu}>`;
}

/* ---- filters ---- */

const ASKED = [['op.high', { field: 'priority', op: 'from', values: ['2'] }], ['state.blocked', { field: 'kanban_state', op: 'is', values: ['blocked'] }],
  ['filter.no_type', { field: 'ticket_type_id', op: 'empty', values: [] }]];

function FilterMenu({ query, change, onOwn }) {
  const { conditions, any } = read(query.where);
  const add = (c) => change({ where: write([...(any ? [{ raw: query.where }] : conditions), c]) });
  return html`<${Menu} className="btn btn-tool" label=${t('filter.title')} items=${[
    ...ASKED.map(([label, c]) => ({ label: t(label), run: () => add(c) })),
    { line: true }, { head: t('filter.created_in') },
    ...PERIODS.map((p) => ({ label: t(PERIOD_NAMES[p]), checked: query.period === p, run: () => change({ period: query.period === p ? undefined : p }) })),
    { line: true }, { label: t('filter.own_more'), icon: 'filter', run: onOwn }]}>
    <${Icon} name="filter" /><span class="btn-text">${t('filter.title')}</span></${Menu}>`;
}

function GroupMenu({ query, change }) {
  const label = (g) => t(PARTS[g] ?? FIELDS[GROUPS[g]].label);
  return html`<${Menu} className="btn btn-tool" label=${query.group ? `${t('group.title')}: ${label(query.group)}` : t('group.title')} items=${[
    { label: t('group.none'), checked: !query.group, run: () => change({ group: undefined }) }, { line: true },
    ...Object.keys(GROUPS).map((g) => ({ label: label(g), checked: query.group === g, run: () => change({ group: g }) }))]}>
    <${Icon} name="group" /><span class="btn-text">${query.group ? label(query.group) : t('group.title')}</span></${Menu}>`;
}

function Applied({ query, change, onOwn }) {
  const { conditions, any } = read(query.where);
  const chip = (key, label, remove, edit) => html`<li key=${key} class="chip">
    ${edit ? html`<button type="button" class="chip-edit" onClick=${edit}><bdi>${label}</bdi></button>` : html`<bdi>${label}</bdi>`}
    <button type="button" class="chip-x" aria-label=${t('chips.remove', { name: label })} onClick=${remove}><${Icon} name="close" /></button></li>`;
  if (!query.where && !PERIOD_NAMES[query.period] && !query.q) return null;
  return html`<ul class="chip-list applied" aria-label=${t('filter.title')}>
    ${query.q && chip('q', `“${query.q}”`, () => change({ q: undefined }))}
    ${PERIOD_NAMES[query.period] && chip('period', `${t('filter.created_in')}: ${t(PERIOD_NAMES[query.period])}`, () => change({ period: undefined }))}
    ${any ? chip('any', conditions.map(sayCondition).join(` ${t('filter.or')} `), () => change({ where: undefined }), onOwn)
      : conditions.map((c, i) => chip(i, sayCondition(c), () => change({ where: write(conditions.filter((_, n) => n !== i)) || undefined }), onOwn))}</ul>`;
}

/* ---- export: what is shown, as it is shown ---- */

function exportUrl(params, sort, columns) {
  return api.url('/tickets', { ...params, sort, fields: ['id', ...columns.flatMap((c) => COLUMNS[c].csv)].join(','), format: 'csv' });
}

export function Tools({ query, change, find, field, staff, params, columns }) {
  const [own, setOwn] = useState(false);
  return html`<div class="head-tools"><form class="search" role="search" onSubmit=${find}><${Icon} name="search" />
      <input ref=${field} class="input" type="search" dir="auto" value=${query.q ?? ''} key=${query.q} aria-label=${t('list.search')} placeholder=${t('list.search')} aria-keyshortcuts="/" /></form>
    ${staff && html`<select class="input select" aria-label=${t('ticket.team')} onChange=${(e) => change({ team: e.target.value })}>
      ${teamOptions(t('list.all_teams')).map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === (query.team ?? '')}>${o.label}</option>`)}</select>`}
    ${staff && html`<${FilterMenu} query=${query} change=${change} onOwn=${() => setOwn(true)} /><${GroupMenu} query=${query} change=${change} />`}
    <${ColumnsMenu} />
    ${staff && html`<a class="btn btn-tool" href=${exportUrl(params, query.sort, columns)} download="tickets.csv" title=${t('list.export')}><${Icon} name="download" /><span class="btn-text">${t('list.export')}</span></a>`}
    ${staff && query.team && html`<a class="btn btn-tool" href=${href(`/board/${query.team}`)} title=${t('board.title')}><${Icon} name="board" /><span class="btn-text">${t('board.title')}</span></a>`}</div>
    <${Applied} query=${query} change=${change} onOwn=${() => setOwn(true)} />
    ${own && html`<${FilterDialog} where=${query.where} onClose=${() => setOwn(false)} onApply=${(where) => { setOwn(false); change({ where }); }} />`}`;
}
