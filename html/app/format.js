/* Dates, ages and names as the reader writes them; times in the user's own time zone. */
import { signal, untracked } from './html.js';
import { lang } from './i18n.js';
import { me } from './store.js';

const made = new Map();
const cached = (key, make) => {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
};

const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, 60_000);

/* The language of the page as it is written where the reader is: 22 Nov for en-GB, Nov 22 for en-US. */
export const locale = () => cached(`locale ${lang.value}`, () => navigator.languages?.find((x) => x.toLowerCase().split('-')[0] === lang.peek()) ?? lang.peek());

export const zones = () => Intl.supportedValuesOf?.('timeZone') ?? ['UTC'];
export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

function zone() {
  const tz = me.value?.tz;
  return cached(`zone ${tz}`, () => {
    try {
      if (tz) new Intl.DateTimeFormat('en', { timeZone: tz });
      return tz || undefined;
    } catch {
      return undefined;
    }
  });
}

export function dateTime(iso) {
  if (!iso) return '';
  const l = locale(), timeZone = zone();
  return cached(`dt ${l} ${timeZone}`, () => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeStyle: 'short', timeZone }))
    .format(new Date(iso));
}

export function date(iso) {
  if (!iso) return '';
  const l = locale(), timeZone = zone();
  return cached(`d ${l} ${timeZone}`, () => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeZone })).format(new Date(iso));
}

/** A day that is the same everywhere: "2026-02-03". */
export function day(text) {
  const l = locale();
  return cached(`day ${l}`, () => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeZone: 'UTC' })).format(new Date(`${text}T00:00:00Z`));
}

/** Names in a row, as the language joins them. */
export const list = (names) => cached(`l ${lang.value}`, () => new Intl.ListFormat(lang.value, { type: 'conjunction' })).format(names);

export function month(yearAndMonth) {
  const [y, m] = yearAndMonth.split('-').map(Number);
  const l = locale();
  return cached(`m ${l}`, () => new Intl.DateTimeFormat(l, { year: 'numeric', month: 'long', timeZone: 'UTC' })).format(Date.UTC(y, m - 1, 1));
}

/* The wall clock of the person's zone as if it were UTC. */
function wall(ms) {
  const timeZone = zone();
  const parts = cached(`w ${timeZone}`, () => new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric',
    day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })).formatToParts(ms);
  const n = Object.fromEntries(parts.map((x) => [x.type, Number(x.value)]));
  return Date.UTC(n.year, n.month - 1, n.day, n.hour, n.minute, n.second);
}

/** [year, month, day, weekday] now, where the person is; Monday is 1. */
export function today() {
  const d = new Date(wall(Date.now()));
  return [d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate(), d.getUTCDay() || 7];
}

/** The instant a wall clock shows there; days and months may run over. */
export function instant(y, m, d, hour = 0, minute = 0) {
  const wanted = Date.UTC(y, m - 1, d, hour, minute);
  let at = wanted;
  for (let i = 0; i < 2; i++) at = wanted - (wall(at) - at);
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
export const dayBegins = (y, m, d) => instant(y, m, d);

/** Between the value of <input type="date"> or "datetime-local" and an instant. */
export function fromInput(text) {
  const [y, m, d, h, min] = text.split(/[-T:]/).map(Number);
  return text ? instant(y, m, d, h || 0, min || 0) : null;
}
export const toInput = (iso, time = false) => (iso ? new Date(wall(Date.parse(iso))).toISOString().slice(0, time ? 16 : 10) : '');

const STEPS = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]];

/** "3 hr", "5 days": how old, in the shortest words of the language. */
export function age(iso) {
  if (!iso) return '';
  const seconds = Math.max(0, (now.value - Date.parse(iso)) / 1000);
  const [unit, size] = STEPS.find(([, s]) => seconds >= s) ?? STEPS.at(-1);
  const l = locale();
  return cached(`age ${l} ${unit}`, () => new Intl.NumberFormat(l, { style: 'unit', unit, unitDisplay: 'short' }))
    .format(Math.floor(seconds / size));
}

export function money(n, currency) {
  const l = locale();
  return cached(`$ ${l} ${currency}`, () => new Intl.NumberFormat(l, currency ? { style: 'currency', currency } : { minimumFractionDigits: 2 })).format(n);
}

export const compare = (a, b) => cached(`cmp ${untracked(() => lang.value)}`, () => new Intl.Collator(lang.peek(), { numeric: true }))
  .compare(a ?? '', b ?? '');

export function initials(name) {
  const words = (name ?? '').trim().split(/\s+/).filter(Boolean);
  const first = (w) => [...w][0] ?? '';
  return (words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0] ?? '?')).toLocaleUpperCase();
}
