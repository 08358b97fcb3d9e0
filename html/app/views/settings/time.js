/* Working hours and calendars. */
import { html, useId, cx, go, href } from '../../html.js';
import { lang, t, browserZone, zones, sentence } from '../../i18n.js';
import { Icon, Menu, Empty, Failed, Skeleton } from '../../parts/basics.js';
import { say } from '../../parts/dialog.js';
import { all, isAdmin, me, rec } from '../../store.js';
import { Field } from '../../parts/form.js';
import { Part, Sheet, RowMenu, useShort, useEditor } from './edit.js';

/* Wall clock and instant: what a date and an hour mean in a time zone, and back.  Times are "2026-11-22T08:30". */

const formats = new Map();
function partsIn(instant, zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-GB', { timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }));
  }
  return Object.fromEntries(formats.get(zone).formatToParts(instant).map((p) => [p.type, p.value]));
}

/** The wall clock of an instant, to the minute. */
export function wall(iso, zone) {
  const p = partsIn(new Date(iso), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/* Milliseconds the zone is ahead of UTC at an instant. */
function ahead(ms, zone) {
  const p = partsIn(new Date(ms), zone);
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000;
}

/** The instant of a wall clock time; of two (clocks set back) the first, and across a gap the time after it. */
export function instant(local, zone) {
  const naive = Date.parse(`${local}:00Z`);
  if (!Number.isFinite(naive)) return null;
  const first = naive - ahead(naive - ahead(naive, zone), zone);
  const second = naive - ahead(first, zone);
  const fits = [first, second].filter((ms) => naive - ms === ahead(ms, zone));
  return new Date(fits.length ? Math.min(...fits) : Math.max(first, second)).toISOString().replace('.000Z', 'Z');
}

/** The date so many days later, as text; months and years take care of themselves. */
export const addDays = (date, n) => new Date(Date.parse(`${date}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);

/* A week of working hours: several intervals a day; a day can be copied to others.  Value: [{ day, from, to }], Monday is 0. */

const MONDAY = Date.UTC(2024, 0, 1);
export const dayName = (day, width = 'long') => new Intl.DateTimeFormat(lang.value, { weekday: width, timeZone: 'UTC' }).format(MONDAY + day * 86_400_000);

/** Days in the order of the reader's week: that of the browser's region where it has the same language. */
export function weekDays() {
  const region = navigator.languages?.find((l) => l.startsWith(`${lang.value}-`));
  const locale = new Intl.Locale(region ?? (lang.value === 'en' ? 'en-GB' : lang.value));
  const first = ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) - 1;
  return Array.from({ length: 7 }, (_, i) => (first + i) % 7);
}

const order = (list) => [...list].sort((a, b) => a.day - b.day || a.from.localeCompare(b.from));
const minutes = (s) => Number(s.slice(0, 2)) * 60 + Number(s.slice(3, 5));
export const total = (list) => list.reduce((sum, x) => sum + Math.max(0, minutes(x.to) - minutes(x.from)), 0) / 60;

/* An interval after the last one of the day, or the usual morning. */
function next(list) {
  const last = list.at(-1);
  if (!last) return { from: '08:00', to: '12:00' };
  const start = Math.min(minutes(last.to) + 60, 23 * 60);
  const end = Math.min(start + 240, 24 * 60);
  const text = (m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
  return { from: text(start), to: text(end) };
}

/* A time field knows no 24:00, so midnight at the end of a day is shown and typed as 00:00. */
function Time({ label, value, end, bad, described, onChange }) {
  return html`<input class="input hours-time" type="time" dir="ltr" aria-label=${label} value=${value === '24:00' ? '00:00' : value} aria-invalid=${bad ? 'true' : undefined} aria-describedby=${bad ? described : undefined}
    onChange=${(e) => e.target.value && onChange(end && e.target.value === '00:00' ? '24:00' : e.target.value)} />`;
}

function Day({ day, list, all, errors, onChange }) {
  const id = useId();
  const mine = list.map((x) => all.indexOf(x));
  const bad = mine.map((i) => errors[`hours[${i}]`] ?? errors[`hours[${i}].from`] ?? errors[`hours[${i}].to`]).find(Boolean);
  const set = (x, patch) => onChange(all.map((y) => (y === x ? { ...y, ...patch } : y)));
  const copy = (to) => {
    onChange(order([...all.filter((x) => !to.includes(x.day)), ...to.flatMap((d) => list.map(({ from, to: until }) => ({ day: d, from, to: until })))]));
    say(t('hours.copied', { day: dayName(day) }));
  };
  const others = weekDays().filter((d) => d !== day);
  return html`<div class="hours-day" role="group" aria-labelledby=${id}><span class="hours-name" id=${id}>${dayName(day)}</span>
    <div class="hours-spans">${!list.length && html`<span class="muted hours-off">${t('hours.off')}</span>`}
      ${list.map((x, n) => html`<div key=${mine[n]} class="hours-span"><${Time} label=${t('hours.from', { day: dayName(day) })} value=${x.from} bad=${errors[`hours[${mine[n]}]`] ?? errors[`hours[${mine[n]}].from`]} described=${`${id}-bad`} onChange=${(from) => set(x, { from })} />
        <span class="muted" aria-hidden="true">–</span><${Time} end label=${t('hours.to', { day: dayName(day) })} value=${x.to} bad=${errors[`hours[${mine[n]}]`] ?? errors[`hours[${mine[n]}].to`]} described=${`${id}-bad`} onChange=${(to) => set(x, { to })} />
        <button type="button" class="btn btn-icon" aria-label=${t('hours.remove', { from: x.from, to: x.to, day: dayName(day) })} title=${t('action.delete')} onClick=${() => onChange(all.filter((y) => y !== x))}><${Icon} name="close" /></button></div>`)}
      ${bad && html`<p class="bad" id=${`${id}-bad`}>${bad}</p>`}</div>
    <span class="hours-tools"><button type="button" class="btn btn-icon" aria-label=${t('hours.add', { day: dayName(day) })} title=${t('hours.add', { day: dayName(day) })} disabled=${list.at(-1)?.to === '24:00'}
        onClick=${() => onChange(order([...all, { day, ...next(list) }]))}><${Icon} name="plus" /></button>
      <${Menu} icon="duplicate" label=${t('hours.copy', { day: dayName(day) })} items=${[{ label: t('hours.weekdays'), run: () => copy([0, 1, 2, 3, 4].filter((d) => d !== day)) }, { label: t('hours.every_day'), run: () => copy(others) }, { line: true },
        ...others.map((d) => ({ label: dayName(d), run: () => copy([d]) }))]} /></span></div>`;
}

export function Hours({ value, onChange, errors = {} }) {
  const all = value ?? [];
  return html`<div class="hours">${weekDays().map((day) => html`<${Day} key=${day} day=${day} all=${all} list=${all.filter((x) => x.day === day)} errors=${errors} onChange=${onChange} />`)}
    ${errors.hours && html`<p class="bad">${errors.hours}</p>`}<p class="hint">${t('hours.total', { n: Math.round(total(all) * 100) / 100 })}</p></div>`;
}

/* A month of the reader's own calendar (Persian months where the language is Persian), with something in each day. */

const part = (date, type) => new Intl.DateTimeFormat(`${lang.value}-u-nu-latn`, { [type]: 'numeric', timeZone: 'UTC' }).formatToParts(new Date(`${date}T12:00:00Z`)).find((p) => p.type === type)?.value;
const show = (date, options) => new Intl.DateTimeFormat(lang.value, { timeZone: 'UTC', ...options }).format(new Date(`${date}T12:00:00Z`));
const weekdayOf = (date) => (new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7;

/** The days of the month a date lies in. */
export function daysOfMonth(date) {
  let first = date;
  while (part(first, 'day') !== '1') first = addDays(first, -1);
  const days = [first];
  for (let d = addDays(first, 1); part(d, 'day') !== '1'; d = addDays(d, 1)) days.push(d);
  return days;
}

/** items(date): [{ id, label, className, title }] */
export function Month({ date, today, onMove, items, label }) {
  const days = daysOfMonth(date), week = weekDays();
  const lead = week.indexOf(weekdayOf(days[0]));
  const cells = [...Array(lead).fill(null), ...days];
  while (cells.length % 7) cells.push(null);
  const rows = Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
  const title = lang.value === 'fa' ? `${show(days[14], { month: 'long' })} ${show(days[14], { year: 'numeric' }).replace(/[^۰-۹]/g, '')}`      /* ICU puts the year first */
    : show(days[14], { month: 'long', year: 'numeric' });
  const cell = (d) => {
    const list = items(d);
    return html`<td key=${d} class=${cx('month-day', d === today && 'month-today', !list.length && 'month-empty')}><time datetime=${d}><span class="month-number">${show(d, { day: 'numeric' })}</span><span class="month-weekday">${dayName(weekdayOf(d))}</span></time>
      ${list.length > 0 && html`<ul>${list.map((x) => html`<li key=${x.id} class=${cx('month-item', x.className)} title=${x.title}><bdi>${x.label}</bdi></li>`)}</ul>`}</td>`;
  };
  return html`<section class="month" aria-label=${label}><header class="month-head">
      <button type="button" class="btn btn-icon" aria-label=${t('month.previous')} title=${t('month.previous')} onClick=${() => onMove(addDays(days[0], -1))}><${Icon} name="back" flip /></button>
      <h2 aria-live="polite">${title}</h2>
      <button type="button" class="btn btn-icon" aria-label=${t('month.next')} title=${t('month.next')} onClick=${() => onMove(addDays(days.at(-1), 1))}><${Icon} name="move" /></button>
      ${!days.includes(today) && html`<button type="button" class="btn" onClick=${() => onMove(today)}>${t('month.today')}</button>`}</header>
    <table class="month-table"><caption class="hidden">${label}: ${title}</caption>
      <thead><tr>${week.map((d) => html`<th key=${d} scope="col"><span aria-hidden="true">${dayName(d, 'short')}</span><span class="hidden">${dayName(d)}</span></th>`)}</tr></thead>
      <tbody>${rows.map((r, i) => html`<tr key=${i}>${r.map((d, n) => (d ? cell(d) : html`<td key=${n} class="month-none"></td>`))}</tr>`)}</tbody></table></section>`;
}

/* Working calendars: weekly hours in a time zone (SLA-7, ASG-5). */

const USUAL = [0, 1, 2, 3, 4].flatMap((day) => [{ day, from: '08:00', to: '12:00' }, { day, from: '13:00', to: '17:00' }]);
const zoneOptions = (present) => [...new Set([present, browserZone(), 'UTC', ...zones()])].filter(Boolean).map((z) => ({ value: z, label: z.replaceAll('_', ' ') }));
const prepare = (v) => ({ ...v, company_id: v.company_id ? Number(v.company_id) : null });

/* Who works by it: companies, teams and people by name. */
function usedBy(id) {
  const names = ['company', 'team', 'user'].flatMap((type) => all(type).filter((r) => r.active !== false && r.resource_calendar_id === id).map((r) => r.name));
  return names.slice(0, 4).join(', ') + (names.length > 4 ? ` ${t('access.more', { n: names.length - 4 })}` : '');
}

function Calendar({ id }) {
  const ed = useEditor('calendar', id, { name: '', tz: me.peek().tz || browserZone(), hours: USUAL, company_id: null, active: true }, { prepare, labels: { name: 'calendar.name', tz: 'calendar.zone', hours: 'calendar.hours' } });
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
    ${state === 'ready' && html`${!list.length && html`<${Empty} icon="clock" title=${t('calendar.none')} text=${t('calendar.none_text')}>
        ${isAdmin.value && html`<a class="btn btn-primary" href=${href('/settings/calendars/new')}>${t('calendar.new')}</a>`}</${Empty}>`}
      <ul class="cards-list">${list.map((c) => html`<li key=${c.id}><a class="card-link" href=${href(`/settings/calendars/${c.id}`)}><${Icon} name="clock" />
        <span class="card-link-text"><strong dir="auto">${c.name}</strong><span class="muted">${row(c)}</span></span>${c.active === false && html`<span class="tag">${t('record.archived')}</span>`}<${Icon} name="next" flip /></a></li>`)}</ul>`}`;
}
