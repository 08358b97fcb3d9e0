/* Kinds of activities (ACT-1, ACT-2): by when they are due, who gets them, and what comes next. */
import { html, useState } from '../../html.js';
import { t, compare, sentence } from '../../i18n.js';
import { all, isAdmin, people, rec } from '../../store.js';
import { Icon, Empty, Failed, Skeleton } from '../../parts/basics.js';
import { RecordDialog, RecordTable } from '../records.js';
import { itemsOf, searchOf } from '../../tickets.js';
import { ICONS, iconOf } from '../activity.js';
import { renumber, RowMenu, useShort } from './edit.js';

const CATEGORIES = { default: 'acttype.default', upload_file: 'acttype.upload', phonecall: 'acttype.phone', meeting: 'acttype.meeting' };
const UNITS = { days: 'acttype.days', weeks: 'acttype.weeks', months: 'acttype.months' };
const STARTS = { current_date: 'acttype.from_today', previous_activity: 'acttype.from_previous' };
const CHAINS = { suggest: 'acttype.suggest', trigger: 'acttype.trigger' };
const words = (map) => Object.entries(map).map(([value, key]) => ({ value, label: t(key) }));
const others = (value) => all('activity_type').filter((x) => x.active && x.id !== value.id);

const fields = (value) => [
  { name: 'name', label: t('acttype.name'), required: true, max: 120, autofocus: true },
  { name: 'icon', label: t('acttype.icon'), kind: 'icons', options: words(ICONS), usual: iconOf(value) },
  { name: 'category', label: t('acttype.category'), kind: 'select', options: words(CATEGORIES) },
  { name: 'summary', label: t('activity.summary'), max: 250 },
  { name: 'delay_count', label: t('acttype.delay'), kind: 'number', ltr: true },
  { name: 'delay_unit', label: t('acttype.unit'), kind: 'select', options: words(UNITS) },
  { name: 'delay_from', label: t('acttype.from'), kind: 'select', options: words(STARTS) },
  { name: 'default_user_id', label: t('acttype.user'), kind: 'select', options: [{ value: '', label: t('acttype.user_none') },
    ...people().sort((a, b) => compare(a.name, b.name)).map((u) => ({ value: u.id, label: u.name }))] },
  { name: 'default_note', label: t('activity.note'), kind: 'area', rows: 3 },
  { name: 'chaining_type', label: t('acttype.chaining'), kind: 'select', options: words(CHAINS) },
  value.chaining_type === 'trigger'
    ? { name: 'triggered_next_type_id', label: t('acttype.next'), kind: 'select', options: [{ value: '', label: t('word.none') }, ...others(value).map((x) => ({ value: x.id, label: x.name }))] }
    : { name: 'suggested_next_type_ids', label: t('acttype.next'), kind: 'chips', plain: true, items: itemsOf('activity_type'),
      search: async (text) => (await searchOf('activity_type')(text)).filter((x) => x.id !== value.id) },
];

/* Numbers as numbers; nothing as null, or left out of a new one. */
function prepare(value, base) {
  const id = (v) => (v ? Number(v) : base ? null : undefined);
  return { ...value, delay_count: Number(value.delay_count) || 0, default_user_id: id(value.default_user_id), triggered_next_type_id: id(value.triggered_next_type_id) };
}

const DUE = { days: 'acttype.due_days', weeks: 'acttype.due_weeks', months: 'acttype.due_months' };
const due = (x) => (x.delay_count ? t(DUE[x.delay_unit], { n: x.delay_count }) : t('acttype.due_now'));
const next = (x) => (x.chaining_type === 'trigger' ? [x.triggered_next_type_id] : x.suggested_next_type_ids ?? []).map((id) => rec('activity_type', id)?.name).filter(Boolean).join(', ');

export function ActivityTypes({ title }) {
  const { state, error, retry } = useShort('activity_type');
  const [open, setOpen] = useState(null);
  const [gone, setGone] = useState(false);
  const types = all('activity_type').filter((x) => gone || x.active !== false);
  const may = isAdmin.value;
  const place = (x, by) => renumber('activity_type', types, types.indexOf(x), types.indexOf(x) + by);
  const places = (x) => [[-1, 'up', 'stage.up'], [1, 'down', 'stage.down']].filter(([by]) => types[types.indexOf(x) + by])
    .map(([by, icon, label]) => ({ label: t(label, { name: x.name }), icon, run: () => place(x, by) }));
  const columns = [
    { label: t('acttype.name'), cell: (x) => html`<span class="person"><${Icon} name=${iconOf(x)} /><bdi>${x.name}</bdi>${x.active === false && html`<span class="tag">${t('record.archived')}</span>`}</span>` },
    { label: t('acttype.delay'), cell: due },
    { label: t('acttype.user'), cell: (x) => html`<bdi>${rec('user', x.default_user_id)?.name ?? t('acttype.user_none')}</bdi>` },
    { label: t('acttype.next'), className: 'c-wide', cell: (x) => html`<bdi>${next(x)}</bdi>` },
    may && { label: t('ticket.more'), cell: (x) => html`<${RowMenu} type="activity_type" record=${x} onOpen=${() => setOpen(x)} more=${places(x)} />` },
  ].filter(Boolean);
  const close = () => setOpen(null);
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} /><span>${t('record.show_archived')}</span></label>
      ${may && html`<button type="button" class="btn btn-primary" onClick=${() => setOpen({})}><${Icon} name="plus" /> ${t('acttype.new')}</button>`}</div></header>
    <p class="muted lead">${t('acttype.text')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}${state === 'loading' && html`<${Skeleton} rows=${4} />`}
    ${state === 'ready' && !types.length && html`<${Empty} icon="check" title=${t('acttype.none')}>
      ${may && html`<button type="button" class="btn btn-primary" onClick=${() => setOpen({})}>${t('acttype.new')}</button>`}</${Empty}>`}
    ${state === 'ready' && types.length > 0 && html`<${RecordTable} caption=${title} records=${types} columns=${columns} onOpen=${may ? setOpen : undefined} />`}
    ${open && html`<${RecordDialog} type="activity_type" title=${open.id ? open.name : t('acttype.new')} record=${open.id ? open : null} fields=${fields}
      defaults=${{ category: 'default', delay_count: 1, delay_unit: 'days', delay_from: 'current_date', chaining_type: 'suggest' }} prepare=${prepare} onClose=${close} />`}`;
}
