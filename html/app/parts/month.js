/* A month of the reader's own calendar (Persian months where the language is Persian), with something in each day. */
import { html, cx } from '../html.js';
import { lang, t } from '../i18n.js';
import { addDays } from '../zone.js';
import { dayName, weekDays } from './hours.js';
import { Icon } from './icon.js';

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
