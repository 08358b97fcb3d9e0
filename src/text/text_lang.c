/*
 * Languages the interface speaks, choosing among them, and names of time zones.
 */
#include "text.h"

#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

#include <stdio.h>

static const struct {
    const char *code, *dir;
} langs[HD_LANG_COUNT] = {
    [HD_LANG_EN] = { "en", "ltr" },
    [HD_LANG_LT] = { "lt", "ltr" },
    [HD_LANG_SV] = { "sv", "ltr" },
    [HD_LANG_FA] = { "fa", "rtl" },
    [HD_LANG_VI] = { "vi", "ltr" },
    [HD_LANG_ES] = { "es", "ltr" },
};

const char *hd_lang_code(hd_lang_t lang)
{
    return langs[(unsigned) lang < HD_LANG_COUNT ? lang : HD_LANG_EN].code;
}

const char *hd_lang_dir(hd_lang_t lang)
{
    return langs[(unsigned) lang < HD_LANG_COUNT ? lang : HD_LANG_EN].dir;
}

/* The language whose code is the first subtag; HD_LANG_COUNT when it is not ours. */
static hd_lang_t match_tag(hd_str_t tag)
{
    size_t n = 0;
    while (n < tag.len && tag.data[n] != '-' && tag.data[n] != '_') {
        n++;
    }
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        if (hd_str_ieq((hd_str_t){ n, tag.data }, hd_str(langs[i].code))) {
            return (hd_lang_t) i;
        }
    }
    return HD_LANG_COUNT;
}

hd_lang_t hd_lang_from(hd_str_t code)
{
    hd_lang_t lang = match_tag(hd_str_trim(code));
    return lang == HD_LANG_COUNT ? HD_LANG_EN : lang;
}

/* "q=0.8" in thousandths; 1000 without a parameter, 0 when it is malformed. */
static int read_weight(hd_str_t params)
{
    int q, scale = 100;
    params = hd_str_trim(params);
    if (params.len == 0) {
        return 1000;
    }
    if (params.len < 3 || (params.data[0] | 0x20) != 'q' || params.data[1] != '='
        || params.data[2] < '0' || params.data[2] > '1')
    {
        return 0;
    }
    q = (params.data[2] - '0') * 1000;
    if (params.len > 3 && params.data[3] != '.') {
        return 0;
    }
    for (size_t i = 4; i < params.len; i++, scale /= 10) {
        if (params.data[i] < '0' || params.data[i] > '9') {
            return 0;
        }
        q += (params.data[i] - '0') * scale;
    }
    return q > 1000 ? 0 : q;
}

hd_lang_t hd_lang_accept(hd_str_t accept)
{
    int weights[HD_LANG_COUNT], any = 0, best = 0;
    hd_lang_t winner = HD_LANG_EN;
    hd_str_t part;
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        weights[i] = -1;
    }
    while (hd_str_split(&accept, ',', &part)) {
        hd_str_t tag = { 0, "" };
        (void) hd_str_split(&part, ';', &tag);
        tag = hd_str_trim(tag);
        int q = read_weight(part);
        hd_lang_t lang = match_tag(tag);
        if (hd_str_is(tag, "*")) {
            any = q;
        } else if (lang != HD_LANG_COUNT && q > weights[lang]) {
            weights[lang] = q;
            if (q > best) {
                best = q;
                winner = lang;
            }
        }
    }
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        if (weights[i] < 0 && any > best) {
            best = any;
            winner = (hd_lang_t) i;
        }
    }
    return winner;
}

/* ICU's own ids beside the IANA ones: "SystemV/..." and three letters such as "PST". */
static bool is_foreign_zone(hd_str_t name)
{
    static const char iana[][4] = { "CET", "EET", "EST", "GMT", "HST", "MET", "MST", "PRC", "ROC",
                                    "ROK", "UCT", "UTC", "WET" };
    if (hd_str_starts(name, HD_STR("SystemV/")) || hd_str_is(name, "Etc/Unknown")) {
        return true;
    }
    if (name.len != 3) {
        return false;
    }
    for (size_t i = 0; i < sizeof(iana) / sizeof(iana[0]); i++) {
        if (hd_str_is(name, iana[i])) {
            return false;
        }
    }
    return true;
}

bool hd_text_is_timezone(hd_str_t name)
{
    UChar wide[48], canonical[128];
    UErrorCode err = U_ZERO_ERROR;
    UBool known = 0;
    if (name.len == 0 || name.len > sizeof(wide) / sizeof(wide[0]) || is_foreign_zone(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        wide[i] = (UChar) (unsigned char) name.data[i];
    }
    ucal_getCanonicalTimeZoneID(wide, (int32_t) name.len, canonical, 128, &known, &err);
    return U_SUCCESS(err) && known;
}

#define ZONES_MAX 1000

size_t hd_text_timezones(hd_arena_t *a, hd_str_t **ret)
{
    UErrorCode err = U_ZERO_ERROR;
    UEnumeration *zones = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, NULL, NULL, &err);
    const char *name;
    int32_t len;
    size_t n = 0;
    *ret = hd_alloc_n(a, ZONES_MAX, sizeof(**ret));
    while (n < ZONES_MAX && (name = uenum_next(zones, &len, &err)) != NULL && U_SUCCESS(err)) {
        (*ret)[n++] = hd_str_dup(a, (hd_str_t){ (size_t) len, name });
    }
    uenum_close(zones);
    return n;
}

#define TIME_MAX 128

static hd_str_t format_time(hd_arena_t *a, UDateFormat *f, hd_time_t time, UErrorCode *err)
{
    UChar wide[TIME_MAX];
    char out[3 * TIME_MAX];
    int32_t n = 0;
    int32_t len = udat_format(f, (UDate) time, wide, TIME_MAX, NULL, err);
    u_strToUTF8(out, (int32_t) sizeof(out), &n, wide, len, err);
    udat_close(f);
    if (U_FAILURE(*err)) {
        char plain[HD_TIME_LEN];
        return hd_str_dup(a, (hd_str_t){ hd_time_format(time, plain), plain });
    }
    return hd_str_dup(a, (hd_str_t){ (size_t) n, out });
}

static const UChar utc[] = { 'U', 'T', 'C', 0 };

/* style: UDAT_PATTERN with a pattern, or one of ICU's own. */
static hd_str_t write_time(hd_arena_t *a, hd_lang_t lang, hd_str_t zone, UDateFormatStyle style, const UChar *pattern, hd_time_t time)
{
    UChar tz[64];
    int32_t n = 0;
    UErrorCode err = U_ZERO_ERROR;
    u_strFromUTF8(tz, (int32_t) (sizeof(tz) / sizeof(tz[0])), &n, zone.data, (int32_t) zone.len, &err);
    UDateFormat *f = udat_open(style, style == UDAT_PATTERN ? style : UDAT_MEDIUM, hd_lang_code(lang), tz, n, pattern, -1, &err);
    return format_time(a, f, time, &err);
}

hd_str_t hd_text_time(hd_arena_t *a, hd_lang_t lang, hd_str_t zone, bool named, hd_time_t time)
{
    static const UChar short_name[] = { 'z', 0 };
    zone = zone.len != 0 ? zone : HD_STR("UTC");
    hd_str_t clock = write_time(a, lang, zone, UDAT_SHORT, NULL, time);
    return named ? hd_str_cat(a, 3, clock, HD_STR(" "), write_time(a, lang, zone, UDAT_PATTERN, short_name, time)) : clock;
}

/* Of the Gregorian calendar in every language: the numbers beside the names are its own. */
hd_str_t hd_text_period(hd_arena_t *a, hd_lang_t lang, hd_text_period_t period, hd_time_t local)
{
    static const char *const patterns[] = {
        [HD_TEXT_HOUR] = "HH:00 dd MMM", [HD_TEXT_DAY] = "dd MMM yyyy", [HD_TEXT_WEEK] = "'W'w YYYY",
        [HD_TEXT_MONTH] = "LLLL yyyy", [HD_TEXT_QUARTER] = "QQQ yyyy", [HD_TEXT_YEAR] = "yyyy",
    };
    UErrorCode err = U_ZERO_ERROR;
    UChar pattern[TIME_MAX];
    char locale[40] = "";
    (void) snprintf(locale, sizeof(locale), "%s@calendar=%s", hd_lang_code(lang), period == HD_TEXT_WEEK ? "iso8601" : "gregorian");
    u_uastrcpy(pattern, patterns[period]);
    UDateFormat *f = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, utc, -1, pattern, -1, &err);
    return format_time(a, f, local, &err);
}
