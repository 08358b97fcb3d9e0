/* A week of working hours: several intervals a day; a day can be copied to others.  Value: [{ day, from, to }], Monday is 0. */
import { html, useId } from '../html.js';
import { lang, t } from '../i18n.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { say } from './toast.js';

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
