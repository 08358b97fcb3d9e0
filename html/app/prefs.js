/* What a person prefers in this browser; nothing here is needed to work. */
import { signal } from './html.js';

const cells = {};

function read(name, otherwise) {
  try {
    const text = localStorage.getItem(`hd.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function pref(name, otherwise) {
  cells[name] ??= signal(read(name, otherwise));
  return cells[name];
}

export function setPref(name, value) {
  pref(name, value).value = value;
  try {
    localStorage.setItem(`hd.${name}`, JSON.stringify(value));
  } catch { /* kept for this page only */ }
}

/* Theme and language are read by early.js as plain words. */
function word(name) {
  try { return localStorage.getItem(`hd.${name}`); } catch { return null; }
}
function setWord(name, value) {
  try { value ? localStorage.setItem(`hd.${name}`, value) : localStorage.removeItem(`hd.${name}`); } catch { /* same */ }
}

export const theme = signal(word('theme') ?? 'system');

export function setTheme(value) {
  theme.value = value;
  setWord('theme', value === 'system' ? null : value);
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export const savedLang = () => word('lang');
export const saveLang = (value) => setWord('lang', value);

/* Typed text that survives a reload or a session's end: per tab, by name. */
export const draft = {
  get(name) {
    try { return JSON.parse(sessionStorage.getItem(`hd.draft.${name}`)); } catch { return null; }
  },
  set(name, value) {
    try {
      value === null ? sessionStorage.removeItem(`hd.draft.${name}`)
        : sessionStorage.setItem(`hd.draft.${name}`, JSON.stringify(value));
    } catch { /* no storage */ }
  },
};
