/* Words: t(key, args) with plurals by CLDR category.  Every catalog has every key (t/ui/i18n.mjs). */
import { signal, computed } from './html.js';
import { fetchCatalog } from './api.js';
import { saveLang, savedLang } from './prefs.js';

export const LANGUAGES = { en: 'English', lt: 'Lietuvių', sv: 'Svenska', fa: 'فارسی', vi: 'Tiếng Việt', es: 'Español' };
const RTL = new Set(['fa']);

export const lang = signal('en');
export const dir = computed(() => (RTL.has(lang.value) ? 'rtl' : 'ltr'));
const catalogs = signal({});
const rules = {};
const numbers = {};

export function guessLang() {
  const wanted = [savedLang(), ...(navigator.languages ?? [])].filter(Boolean);
  for (const tag of wanted) {
    const short = tag.toLowerCase().split('-')[0];
    if (LANGUAGES[short]) return short;
  }
  return 'en';
}

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

export const number = (n, l = lang.value) => (numbers[l] ??= new Intl.NumberFormat(l)).format(n);

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
