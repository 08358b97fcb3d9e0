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
/*
 * Name of a file as somebody sent it, made harmless (T-17): NFC, without control and format characters, without a path
 * before it, dots before or dots and spaces behind it, no name Windows keeps for devices; at most max bytes, its
 * extension kept.  "file" when nothing is left.
 */
hd_str_t hd_text_file_name(hd_arena_t *a, hd_str_t name, size_t max);
/* "Customer Support" -> "customer-support": ASCII letters, digits and single dashes; "" when nothing is left. */
hd_str_t hd_text_slug(hd_arena_t *a, hd_str_t s, size_t max);
/* Number of characters a person counts (grapheme clusters). */
size_t hd_text_length(hd_str_t s);
/* Calls fn for each word of s, folded; words are cut at 64 bytes.  Order of appearance. */
void hd_text_words(hd_arena_t *a, hd_str_t s, void (*fn)(void *arg, hd_str_t word), void *arg);
/* HTML to plain text: tags dropped, entities decoded, blocks become lines; the result has no markup. */
hd_str_t hd_text_from_html(hd_arena_t *a, hd_str_t html);
/*
 * What was typed into a message as safe HTML (text_markdown.c): no markup of the writer's own, no images, links only to
 * http, https, mailto and tel.  Both may be called by several threads.
 */
hd_str_t hd_text_markdown(hd_arena_t *a, hd_str_t text);     /* CommonMark with tables, strikethrough, bare links; line breaks stay */
hd_str_t hd_text_html(hd_arena_t *a, hd_str_t text);         /* plain text: paragraphs, line breaks, bare links */
#define HD_HTML_VERSION 1        /* grows when either writes something else than before */
/* Day and time as the language writes them, on the clocks of a zone (empty: UTC); named: saying of which. */
hd_str_t hd_text_time(hd_arena_t *a, hd_lang_t lang, hd_str_t zone, bool named, hd_time_t time);
/* A stretch of time as people name it: "14:00 05 Jun", "05 Jun 2026", "W23 2026", "June 2026", "Q2 2026", "2026"; of its first moment on the wall. */
typedef enum { HD_TEXT_HOUR, HD_TEXT_DAY, HD_TEXT_WEEK, HD_TEXT_MONTH, HD_TEXT_QUARTER, HD_TEXT_YEAR } hd_text_period_t;
hd_str_t hd_text_period(hd_arena_t *a, hd_lang_t lang, hd_text_period_t period, hd_time_t local);
bool hd_text_is_timezone(hd_str_t name);             /* an IANA name ICU knows */
size_t hd_text_timezones(hd_arena_t *a, hd_str_t **ret);     /* one for each place, for people to choose from */

/*
 * Time zones: local times are milliseconds like hd_time_t, read off the clock on the wall.  False: no such zone, or
 * a time beyond any calendar.  An instant is the first at which the clock shows at least the local time: the first
 * of two when clocks are put back, the change itself when they are put forward.
 */
bool hd_zone_local(hd_str_t tz, hd_time_t t, hd_time_t *ret_local);
bool hd_zone_instant(hd_str_t tz, hd_time_t local, hd_time_t *ret_t);

/* Weekly working hours (SLA-7, ASG-5): minutes of the week from Monday 00:00, ascending, not overlapping. */
typedef struct {
    uint16_t from, to;           /* from < to <= 7 * 1440 */
} hd_hours_span_t;
typedef struct {
    hd_str_t               tz;   /* IANA name */
    uint32_t               n;    /* 0: never */
    const hd_hours_span_t *v;
} hd_hours_t;
/*
 * The first interval that ends after t: t is inside when *ret_from <= t, else *ret_from is the next instant inside.
 * Exact on days the clock changes.  False: never.
 */
bool hd_hours_next(const hd_hours_t *h, hd_time_t t, hd_time_t *ret_from, hd_time_t *ret_to);

/* ---- iCalendar (RFC 5545): events as stretches of time ---- */

typedef struct {
    uint32_t  line;              /* of its BEGIN:VEVENT */
    hd_str_t  uid;               /* the series' UID; of an occurrence, UID "/" and its original start */
    hd_str_t  name;
    hd_time_t from, to;
} hd_ical_event_t;
typedef struct {
    hd_str_t  uid;               /* at most HD_ICAL_UID bytes */
    hd_time_t since;             /* occurrences before this were not laid out */
} hd_ical_series_t;
typedef struct {
    uint32_t    line;
    const char *code, *sentence;
} hd_ical_fault_t;
#define HD_ICAL_UID     200
#define HD_ICAL_EVENTS  5000     /* of one text */
#define HD_ICAL_REPEATS 1000     /* occurrences of one series, within 3 years */
typedef struct {
    size_t            n, n_series, n_faults;
    hd_ical_event_t  *v;         /* what stands: cancelled events and occurrences are left out */
    hd_ical_series_t *series;    /* all that were read whole; what v lacks of them is cancelled */
    hd_ical_fault_t  *faults;    /* the first 50 */
} hd_ical_t;
/* Times that name no zone, and days, are of tz.  Rules repeat for 3 years from their start or a year ago. */
void hd_ical_read(hd_arena_t *a, hd_str_t text, hd_str_t tz, hd_time_t now, hd_ical_t *ret);
hd_str_t hd_ical_stamp(hd_arena_t *a, hd_time_t t);              /* 20260105T080000Z */
void hd_ical_begin(hd_buf_t *b);
void hd_ical_put(hd_buf_t *b, const hd_ical_event_t *e, hd_time_t stamp, const char *status);
void hd_ical_end(hd_buf_t *b);

/*
 * Catalogs: html/i18n/<code>.json and, of what browsers need not have, html/i18n/server/<code>.json: flat keys; a string,
 * or an object of CLDR plural categories.
 * Loaded once a process, read-only afterwards.  A missing key falls back to English, then to the key itself.
 */
bool hd_catalog_load(const char *dir, char err[256]);
/* Text of key with "{name}" placeholders replaced from n pairs (name, value); values are inserted as they are. */
hd_str_t hd_t(hd_arena_t *a, hd_lang_t lang, const char *key, size_t n, ...);  /* n pairs of (const char *, hd_str_t) */
hd_str_t hd_t_plural(hd_arena_t *a, hd_lang_t lang, const char *key, int64_t count); /* "{count}" is replaced too */

#endif
