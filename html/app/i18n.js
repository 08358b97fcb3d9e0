//# allFunctionsCalledOnLoad
/* What the reader's language makes of things: words, dates and numbers, errors. */
import { signal, computed, untracked, saveLang } from './html.js';
import { fetchCatalog } from './api.js';
import { me } from './store.js';

/* Words: t(key, args) with plurals by CLDR category.  Every catalog has every key (t/ui/i18n.mjs). */

export const LANGUAGES = { en: 'English', lt: 'Lietuvių', sv: 'Svenska', fa: 'فارسی', vi: 'Tiếng Việt', es: 'Español' };
const RTL = new Set(['fa']);

export const lang = signal('en');
export const dir = computed(() => (RTL.has(lang.value) ? 'rtl' : 'ltr'));
const catalogs = signal({});
const rules = {};
const numbers = {};

/** What early.js chose: the language saved in this browser, or the first of the browser's own that there is. */
export const guessLang = () => window.early?.lang ?? 'en';

/** remember: somebody chose it in this browser, so it stands above the account's own. */
export async function setLang(next, remember = true) {
  if (!LANGUAGES[next]) next = 'en';
  await needLang(next);
  lang.value = next;
  if (remember) saveLang(next);
  document.documentElement.lang = next;
  document.documentElement.dir = dir.peek();
}

/** The catalog of a language: the reader's, or another for a preview. */
export async function needLang(l) {
  if (!catalogs.peek()[l]) {
    const loaded = await fetchCatalog(l);
    catalogs.value = { ...catalogs.peek(), [l]: loaded };
  }
}
/** A plain text in another language, once needLang has brought its catalog. */
export const tIn = (l, key) => catalogs.value[l]?.[key] ?? t(key);

/*
 * Before it writes its first number, name or time Intl takes some 20 ms, and four times that on a phone.  A first view rarely
 * needs it: up to 999 a number is its digits, ages are words of the catalog, and names differ early.
 */
const DIGITS = { fa: '۰۱۲۳۴۵۶۷۸۹' };
const digits = (n, l) => (DIGITS[l] ? String(n).replace(/\d/g, (d) => DIGITS[l][d]) : String(n));
export const number = (n, l = lang.value) => (Number.isInteger(n) && n >= 0 && n < 1000 ? digits(n, l) : (numbers[l] ??= new Intl.NumberFormat(l)).format(n));

export function t(key, args) {
  const l = lang.value;
  let text = catalogs.value[l]?.[key] ?? key;
  if (typeof text === 'object') {
    const rule = rules[l] ??= new Intl.PluralRules(l);
    text = text[rule.select(args?.n ?? 0)] ?? text.other;
  }
  if (!args) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = args[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value, l) : value;
  });
}

/* Texts that are one for all languages or one a language: "Colour", or {"en": "Colour", "lt": "Spalva"}. */

const isMap = (words) => words && typeof words === 'object';

/** The text written for a language; empty when there is none. */
export const wordsIn = (words, lang) => (isMap(words) ? words[lang] : words) ?? '';

/** What a reader of that language is shown: it, English, the first there is. */
export const wordsFor = (words, lang) => (isMap(words) ? words[lang] || words.en || Object.values(words)[0] : words) || '';

/** With the text of one language changed; undefined when nothing is left. */
export function wordsWith(words, lang, text) {
  const map = isMap(words) ? { ...words } : words ? { en: words } : {};
  if (text.trim()) map[lang] = text;
  else delete map[lang];
  return Object.keys(map).length ? map : undefined;
}

/* Dates, ages and names as the reader writes them; times in the user's own time zone. */

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

const STEPS = [['age.year', 31_536_000], ['age.month', 2_592_000], ['age.day', 86_400], ['age.hour', 3600], ['age.minute', 60]];

/** "3 hr", "5 days": so long, in the shortest words of the language. */
export function span(seconds) {
  const [words, size] = STEPS.find(([, s]) => seconds >= s) ?? STEPS.at(-1);
  return t(words, { n: Math.floor(seconds / size) });
}

/** How old. */
export const age = (iso) => (iso ? span(Math.max(0, (now.value - Date.parse(iso)) / 1000)) : '');

export function money(n, currency) {
  const l = locale();
  return cached(`$ ${l} ${currency}`, () => new Intl.NumberFormat(l, currency ? { style: 'currency', currency } : { minimumFractionDigits: 2 })).format(n);
}

/*
 * In which order two names are, where the first letters that differ say so in every language here; else 0.  y stands beside i
 * in Lithuanian, and a mark behind a letter makes another of it.
 */
const LETTER = /^[a-xz]$/, ENGLISH = /^[ -~]*$/;
function compareEarly(a, b) {
  const x = a.toLowerCase(), y = b.toLowerCase();
  let i = 0;
  while (i < x.length && x[i] === y[i]) i++;
  return LETTER.test(x[i]) && LETTER.test(y[i]) && ENGLISH.test(x.slice(0, i + 2) + y[i + 1]) ? (x[i] < y[i] ? -1 : 1) : 0;
}

export const compare = (a, b) => compareEarly(a ?? '', b ?? '') || cached(`cmp ${untracked(() => lang.value)}`, () => new Intl.Collator(lang.peek(), { numeric: true }))
  .compare(a ?? '', b ?? '');

export function initials(name) {
  const words = (name ?? '').trim().split(/\s+/).filter(Boolean);
  const first = (w) => [...w][0] ?? '';
  return (words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0] ?? '?')).toLocaleUpperCase();
}

/* A sentence in the reader's language for what went wrong; the server's own sentence where there is none. */

const CODES = {
  offline: 'error.offline', bad_login: 'error.login', throttled: 'error.throttled', expired: 'error.expired',
  forbidden: 'error.forbidden', bad_filter: 'error.filter', not_found: 'error.not_found', version_mismatch: 'error.version', conflict: 'error.conflict',
  in_use: 'error.in_use', no_customer_link: 'error.no_customer_link', invalid: 'error.invalid', too_large: 'error.too_large', too_broad: 'error.too_broad', busy: 'error.busy',
  store_unavailable: 'error.busy', outcome_unknown: 'error.unknown_outcome', internal: 'error.internal',
  unknown: 'error.internal', storage_full: 'error.full',
};
const FIELDS = {
  required: 'field.required', too_long: 'field.too_long', too_short: 'field.too_short', not_unique: 'field.taken',
  taken: 'field.taken', duplicate: 'field.taken', out_of_range: 'field.wrong', wrong_type: 'field.wrong',
  not_an_option: 'field.wrong', bad_time: 'field.wrong', bad_email: 'field.email', weak_password: 'field.password',
  wrong_password: 'error.login', not_found: 'error.not_found', not_allowed: 'field.wrong', not_of_team: 'field.wrong', no_stage: 'board.no_stages',
  too_many: 'field.too_long', in_use: 'error.conflict', not_after: 'leave.not_after', not_draft: 'leave.not_draft',
  overlaps: 'hours.overlaps', not_hours: 'hours.wrong', unknown_field: 'field.wrong',
};

export const sentence = (e) => (CODES[e.code] ? t(CODES[e.code]) : e.message);

const fieldSentence = (f) => (FIELDS[f.code] ? t(FIELDS[f.code]) : f.sentence ?? f.message ?? t('field.wrong'));

/** In one line: what is wrong with the fields where the server says so. */
export const explain = (e) => (e.fields?.length ? [...new Set(e.fields.map(fieldSentence))].join(' ') : sentence(e));

/** What is wrong with a line of an import. */
export const lineSentence = (e) => fieldSentence(e);

/** Why one record of a bulk change was refused. */
export const resultSentence = (r) => (r.errors?.length ? r.errors.map(fieldSentence).join(' ') : sentence({ code: r.code, message: t('error.invalid') }));

/** { field: sentence } for a form. */
export const byField = (e) => Object.fromEntries((e.fields ?? []).map((f) => [f.field, fieldSentence(f)]));
