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
  const l = lang.value, timeZone = zone();
  return cached(`dt ${l} ${timeZone}`, () => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeStyle: 'short', timeZone }))
    .format(new Date(iso));
}

export function date(iso) {
  if (!iso) return '';
  const l = lang.value, timeZone = zone();
  return cached(`d ${l} ${timeZone}`, () => new Intl.DateTimeFormat(l, { dateStyle: 'medium', timeZone })).format(new Date(iso));
}

const STEPS = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]];

/** "3 hr", "5 days": how old, in the shortest words of the language. */
export function age(iso) {
  if (!iso) return '';
  const seconds = Math.max(0, (now.value - Date.parse(iso)) / 1000);
  const [unit, size] = STEPS.find(([, s]) => seconds >= s) ?? STEPS.at(-1);
  const l = lang.value;
  return cached(`age ${l} ${unit}`, () => new Intl.NumberFormat(l, { style: 'unit', unit, unitDisplay: 'short' }))
    .format(Math.floor(seconds / size));
}

export const compare = (a, b) => cached(`cmp ${untracked(() => lang.value)}`, () => new Intl.Collator(lang.peek(), { numeric: true }))
  .compare(a ?? '', b ?? '');

export function initials(name) {
  const words = (name ?? '').trim().split(/\s+/).filter(Boolean);
  const first = (w) => [...w][0] ?? '';
  return (words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0] ?? '?')).toLocaleUpperCase();
}
