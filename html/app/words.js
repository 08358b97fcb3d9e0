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
