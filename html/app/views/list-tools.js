//# allFunctionsCalledOnLoad
/* What list and board have in common above them: filters, what is filtered by, saved views (TKT-8). */
import { html, cx, useState, go, href, viewDiffers, viewHref, viewQuery, withStyle } from '../html.js';
import { t, explain } from '../i18n.js';
import { api } from '../api.js';
import { FIELDS, GROUPS, sayCondition, views } from '../tickets.js';
import { amend, drop, isAdmin, me, put, rec } from '../store.js';
import { PERIODS, read, write } from '../lists.js';
import { Icon, Menu } from '../parts/basics.js';
import { Confirm, later, toast } from '../parts/dialog.js';

const FilterDialog = later(() => withStyle(import('./filter-dialog.js'), 'filter'), 'FilterDialog');
const ViewDialog = later(() => import('./view-dialog.js'), 'ViewDialog');
const PERIOD_NAMES = { __proto__: null, today: 'period.today', yesterday: 'period.yesterday', week: 'period.week', days30: 'period.days30', month: 'period.month',
  last_month: 'period.last_month', year: 'period.year' };

/* ---- groups ---- */

const PARTS = { 'create_date.month': 'group.created_month', 'close_date.month': 'group.closed_month' };

export function GroupMenu({ query, change }) {
  const label = (g) => t(PARTS[g] ?? FIELDS[GROUPS[g]].label);
  return html`<${Menu} className="btn btn-tool" label=${query.group ? `${t('group.title')}: ${label(query.group)}` : t('group.title')} items=${[
    { label: t('group.none'), checked: !query.group, run: () => change({ group: undefined }) }, { line: true },
    ...Object.keys(GROUPS).map((g) => ({ label: label(g), checked: query.group === g, run: () => change({ group: g }) }))]}>
    <${Icon} name="group" /><span class="btn-text">${query.group ? label(query.group) : t('group.title')}</span></${Menu}>`;
}

/* ---- filters ---- */

const ASKED = [['op.high', { field: 'priority', op: 'from', values: ['2'] }], ['state.blocked', { field: 'kanban_state', op: 'is', values: ['blocked'] }],
  ['filter.no_type', { field: 'ticket_type_id', op: 'empty', values: [] }]];

export function FilterMenu({ query, change, onOwn }) {
  const { conditions, any } = read(query.where);
  const add = (c) => change({ where: write([...(any ? [{ conditions, any }] : conditions), c]) });
  return html`<${Menu} className="btn btn-tool" label=${t('filter.title')} items=${[
    ...ASKED.map(([label, c]) => ({ label: t(label), run: () => add(c) })),
    { line: true }, { head: t('filter.created_in') },
    ...PERIODS.map((p) => ({ label: t(PERIOD_NAMES[p]), checked: query.period === p, run: () => change({ period: query.period === p ? undefined : p }) })),
    { line: true }, { label: t('filter.own_more'), icon: 'filter', run: onOwn }]}>
    <${Icon} name="filter" /><span class="btn-text">${t('filter.title')}</span></${Menu}>`;
}

export function Applied({ query, change, onOwn }) {
  const { conditions, any } = read(query.where);
  const chip = (key, label, remove, edit) => html`<li key=${key} class="chip">
    ${edit ? html`<button type="button" class="chip-edit" onClick=${edit}><bdi>${label}</bdi></button>` : html`<bdi>${label}</bdi>`}
    <button type="button" class="chip-x" aria-label=${t('chips.remove', { name: label })} onClick=${remove}><${Icon} name="close" /></button></li>`;
  if (!query.where && !PERIOD_NAMES[query.period] && !query.q) return null;
  return html`<ul class="chip-list applied" aria-label=${t('filter.title')}>
    ${query.q && chip('q', `“${query.q}”`, () => change({ q: undefined }))}
    ${PERIOD_NAMES[query.period] && chip('period', `${t('filter.created_in')}: ${t(PERIOD_NAMES[query.period])}`, () => change({ period: undefined }))}
    ${any ? chip('any', sayCondition({ conditions, any }), () => change({ where: undefined }), onOwn)
      : conditions.map((c, i) => chip(i, sayCondition(c), () => change({ where: write(conditions.filter((_, n) => n !== i)) || undefined }), onOwn))}</ul>`;
}

/** [opens the dialog of conditions, the dialog while it is open] */
export function useOwnFilter(query, change) {
  const [open, setOpen] = useState(false);
  return [() => setOpen(true), open && html`<${FilterDialog} where=${query.where} onClose=${() => setOpen(false)}
    onApply=${(where) => { setOpen(false); change({ where }); }} />`];
}

/* ---- saved views ---- */

const failed = (e) => toast(explain(e), { bad: true });
const attempt = (run) => run().catch(failed);

/** query: what a new view keeps; asked: the address, to tell what was changed since the view was saved. */
export function ViewsMenu({ layout, query, asked }) {
  const [dialog, setDialog] = useState(null);          /* { view } to change, { } for a new one */
  const [ending, setEnding] = useState(false);
  const view = rec('view', Number(asked.view));
  const mine = (v) => v.user_id === me.value.id;
  const may = view && (mine(view) || isAdmin.value);
  const kept = viewQuery(query), changed = view && viewDiffers(view, asked);
  const first = view && me.value.view_id === view.id;
  const entry = (v) => ({ label: v.name, icon: v.layout === 'board' ? 'board' : 'filter', checked: v.id === view?.id, run: () => go(viewHref(v)) });
  const own = views().filter(mine), shared = views().filter((v) => !mine(v));
  const save = () => attempt(async () => {
    await amend('view', view.id, { query: kept }, false);
    go(viewHref(rec('view', view.id)), { replace: true, quiet: true });
    toast(t('view.saved', { name: view.name }));
  });
  const begin = () => attempt(async () => {
    put('user', await api.patch(`/users/${me.peek().id}`, { view_id: first ? null : view.id }));
    toast(first ? t('view.begins_home') : t('view.begins', { name: view.name }));
  });
  const end = () => attempt(async () => {
    setEnding(false);
    await api.delete(`/views/${view.id}`, view.version);
    drop('view', view.id);
    go(href(layout === 'board' ? `/board/${query.team}` : '/tickets'), { replace: true });
    toast(t('view.deleted', { name: view.name }));
  });
  const saved = (made) => {
    setDialog(null);
    if (made) go(viewHref(made), { quiet: true });
  };
  return html`<${Menu} className=${cx('btn btn-tool', view && 'btn-on')} label=${view ? `${t('view.one')}: ${view.name}${changed ? ` (${t('view.changed')})` : ''}` : t('view.many')} items=${[
    own.length > 0 && { head: t('view.mine') }, ...own.map(entry), shared.length > 0 && { head: t('view.shared') }, ...shared.map(entry),
    views().length > 0 && { line: true },
    changed && may && { label: t('view.save'), icon: 'check', run: save },
    changed && { label: t('view.discard'), icon: 'undo', run: () => go(viewHref(view)) },
    { label: t('view.save_as'), icon: 'plus', run: () => setDialog({}) },
    may && { label: t('view.edit'), icon: 'edit', run: () => setDialog({ view }) },
    view && { label: t('view.begin'), icon: 'home', checked: first, keep: true, run: begin },
    may && { label: t('view.delete'), icon: 'trash', danger: true, run: () => setEnding(true) }]}>
    <${Icon} name="eye" /><span class="btn-text">${view ? html`<bdi>${view.name}</bdi>` : t('view.many')}</span>
    ${changed && html`<span class="view-changed" title=${t('view.changed')}></span>`}</${Menu}>
    ${dialog && html`<${ViewDialog} view=${dialog.view} layout=${layout} query=${kept} onClose=${saved} />`}
    ${ending && html`<${Confirm} danger title=${t('view.delete')} text=${t('view.delete_text', { name: view.name })} action=${t('view.delete')} onYes=${end} onClose=${() => setEnding(false)} />`}`;
}
