/*
 * text: everything that needs ICU: folding, words, names for addresses, languages, catalogs, plurals.
 * Nobody else includes unicode/.  All results live in the arena given.
 */
#ifndef HD_TEXT_H
#define HD_TEXT_H

#include "../base/base.h"

typedef enum {
    HD_LANG_EN, HD_LANG_LT, HD_LANG_SV, HD_LANG_FA, HD_LANG_VI, HD_LANG_ES,
    HD_LANG_COUNT
} hd_lang_t;

const char *hd_lang_code(hd_lang_t lang);            /* "en" ... */
const char *hd_lang_dir(hd_lang_t lang);             /* "ltr" or "rtl" */
hd_lang_t hd_lang_from(hd_str_t code);               /* "fa-IR" -> HD_LANG_FA; unknown -> HD_LANG_EN */
hd_lang_t hd_lang_accept(hd_str_t accept_language);  /* best of an Accept-Language header (RFC 9110 12.5.4) */

/* Compatibility-normalised, case-folded, accents removed; what is equal to a reader becomes equal bytes. */
hd_str_t hd_text_fold(hd_arena_t *a, hd_str_t s);
/* NFC, control and format characters dropped (line breaks kept when multiline), trimmed. */
hd_str_t hd_text_clean(hd_arena_t *a, hd_str_t s, bool multiline);
/* "Customer Support" -> "customer-support": ASCII letters, digits and single dashes; "" when nothing is left. */
hd_str_t hd_text_slug(hd_arena_t *a, hd_str_t s, size_t max);
/* Number of characters a person counts (grapheme clusters). */
size_t hd_text_length(hd_str_t s);
/* Calls fn for each word of s, folded; words are cut at 64 bytes.  Order of appearance. */
void hd_text_words(hd_arena_t *a, hd_str_t s, void (*fn)(void *arg, hd_str_t word), void *arg);
/* HTML to plain text: tags dropped, entities decoded, blocks become lines; the result has no markup. */
hd_str_t hd_text_from_html(hd_arena_t *a, hd_str_t html);
bool hd_text_is_timezone(hd_str_t name);             /* an IANA name ICU knows */

/*
 * Catalogs: html/i18n/<code>.json, flat keys; a string, or an object of CLDR plural categories.
 * Loaded once a process, read-only afterwards.  A missing key falls back to English, then to the key itself.
 */
bool hd_catalog_load(const char *dir, char err[256]);
/* Text of key with "{name}" placeholders replaced from n pairs (name, value); values are inserted as they are. */
hd_str_t hd_t(hd_arena_t *a, hd_lang_t lang, const char *key, size_t n, ...);  /* n pairs of (const char *, hd_str_t) */
hd_str_t hd_t_plural(hd_arena_t *a, hd_lang_t lang, const char *key, int64_t count); /* "{count}" is replaced too */

#endif
