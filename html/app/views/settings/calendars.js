/* Working calendars: weekly hours in a time zone (SLA-7, ASG-5). */
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { all, isAdmin, rec } from '../../store.js';
import { browserZone, zones } from '../../format.js';
import { sentence } from '../../errors.js';
import { go, href } from '../../router.js';
import { Icon } from '../../parts/icon.js';
import { Field } from '../../parts/form.js';
import { Hours, total } from '../../parts/hours.js';
import { Empty, Failed, Skeleton } from '../../parts/empty.js';
import { Part, Sheet } from '../../parts/sheet.js';
import { RowMenu, useShort } from './short.js';
import { useEditor } from './edit.js';

const USUAL = [0, 1, 2, 3, 4].flatMap((day) => [{ day, from: '08:00', to: '12:00' }, { day, from: '13:00', to: '17:00' }]);
const zoneOptions = (present) => [...new Set([present, browserZone(), 'UTC', ...zones()])].filter(Boolean).map((z) => ({ value: z, label: z.replaceAll('_', ' ') }));
const prepare = (v) => ({ ...v, company_id: v.company_id ? Number(v.company_id) : null });

/* Who works by it: companies, teams and people by name. */
function usedBy(id) {
  const names = ['company', 'team', 'user'].flatMap((type) => all(type).filter((r) => r.active !== false && r.resource_calendar_id === id).map((r) => r.name));
  return names.slice(0, 4).join(', ') + (names.length > 4 ? ` ${t('access.more', { n: names.length - 4 })}` : '');
}

function Calendar({ id }) {
  const ed = useEditor('calendar', id, { name: '', tz: browserZone(), hours: USUAL, company_id: null, active: true }, { prepare, labels: { name: 'calendar.name', tz: 'calendar.zone', hours: 'calendar.hours' } });
  const show = (f) => html`<${Field} key=${f.name} f=${f} value=${ed.value[f.name]} error=${ed.errors[f.name]} set=${(v) => ed.set(f.name, v)} />`;
  const companies = all('company').filter((c) => c.active);
  const known = (k) => ['name', 'tz', 'company_id'].includes(k) || k.startsWith('hours');
  const save = async () => {
    const saved = await ed.save();
    if (saved && ed.isNew) go(href(`/settings/calendars/${saved.id}`), { replace: true });
  };
  return html`<header class="head"><a class="btn btn-icon" href=${href('/settings/calendars')} aria-label=${t('calendar.back')} title=${t('calendar.back')}><${Icon} name="back" flip /></a>
      <h1 tabindex="-1"><bdi>${ed.isNew ? t('calendar.new') : rec('calendar', Number(id))?.name ?? t('calendar.one')}</bdi></h1>
      ${ed.base && isAdmin.value && html`<div class="head-tools"><${RowMenu} type="calendar" record=${rec('calendar', Number(id)) ?? ed.base} /></div>`}</header>
    ${!ed.value && (ed.problem ? html`<${Failed} text=${ed.problem} onRetry=${ed.read} />` : html`<${Skeleton} kind="text" rows=${6} />`)}
    ${ed.value && html`<${Sheet} label=${t('calendar.one')} problem=${ed.problem} loose=${Object.entries(ed.errors).filter(([k]) => !known(k)).map(([, s]) => s)} dirty=${ed.dirty} busy=${ed.busy} still=${!isAdmin.value} onSave=${save} onDiscard=${ed.isNew ? null : ed.discard}>
      <fieldset class="sheet-fields" disabled=${!isAdmin.value}><${Part} title=${t('calendar.one')} text=${t('calendar.text')}>
        ${show({ name: 'name', label: t('calendar.name'), required: true, max: 120, autofocus: ed.isNew })}
        ${show({ name: 'tz', label: t('calendar.zone'), kind: 'select', options: zoneOptions(ed.value.tz) })}
        ${companies.length > 1 && show({ name: 'company_id', label: t('calendar.company'), kind: 'select', options: [{ value: '', label: t('calendar.all_companies') }, ...companies.map((c) => ({ value: c.id, label: c.name }))] })}</${Part}>
      <${Part} title=${t('calendar.hours')} text=${t('calendar.hours_text')}><${Hours} value=${ed.value.hours} errors=${ed.errors} onChange=${(hours) => ed.set('hours', hours)} /></${Part}></fieldset></${Sheet}>`}
    ${ed.ask}`;
}

export function Calendars({ id, title }) {
  const { state, error, retry } = useShort('calendar');
  if (id) return html`<${Calendar} id=${id} />`;
  const list = all('calendar').sort((a, b) => Number(b.active) - Number(a.active));
  const row = (c) => [(c.tz ?? '').replaceAll('_', ' '), c.hours && t('calendar.week', { n: Math.round(total(c.hours) * 10) / 10 }), usedBy(c.id)].filter(Boolean).join(' · ');
  return html`<header class="head"><h1 tabindex="-1">${title}</h1>${isAdmin.value && html`<div class="head-tools"><a class="btn btn-primary" href=${href('/settings/calendars/new')}><${Icon} name="plus" /> ${t('calendar.new')}</a></div>`}</header>
    <p class="muted lead">${t('calendar.lead')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}
    ${state === 'loading' && html`<${Skeleton} rows=${3} />`}
    ${state === 'ready' && html`${!list.length && html`<${Empty} icon="clock" title=${t('calendar.none')} text=${t('calendar.none_text')} />`}
      <ul class="cards-list">${list.map((c) => html`<li key=${c.id}><a class="card-link" href=${href(`/settings/calendars/${c.id}`)}><${Icon} name="clock" />
        <span class="card-link-text"><strong dir="auto">${c.name}</strong><span class="muted">${row(c)}</span></span>${c.active === false && html`<span class="tag">${t('record.archived')}</span>`}<${Icon} name="next" flip /></a></li>`)}</ul>`}`;
}
