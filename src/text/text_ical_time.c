/*
 * Dates and times of an iCalendar text, and the zones they name.
 */
#include "text_ical_impl.h"

#include <unicode/ucal.h>

#define YEAR_FIRST 1900
#define YEAR_LAST  2200

bool hd_ical_fail(hd_ical_reader_t *r, hd_ical_vevent_t *e, uint32_t line, const char *code,
                 const char *sentence)
{
    hd_ical_fault(r, line, code, sentence);
    e->failed = true;
    return false;
}

/* ---- times ---- */

static hd_time_t days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

bool hd_ical_read_time(const struct icaltimetype *t, hd_time_t *ret)
{
    if (icaltime_is_null_time(*t) || t->year < YEAR_FIRST || t->year > YEAR_LAST || t->month < 1
        || t->month > 12 || t->day < 1 || t->day > icaltime_days_in_month(t->month, t->year)
        || t->hour < 0 || t->hour > 23 || t->minute < 0 || t->minute > 59 || t->second < 0
        || t->second > 60) {
        return false;
    }
    *ret = days_of(t->year, t->month, t->day) * HD_DAY;
    if (!t->is_date) {
        *ret += t->hour * HD_HOUR + t->minute * HD_MINUTE + t->second * HD_SECOND;
    }
    return true;
}

struct icaltimetype hd_ical_from_local(hd_time_t local, bool is_date)
{
    char s[HD_TIME_LEN];
    struct icaltimetype t = icaltime_null_time();
    hd_time_format(local, s);
    t.year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
    t.month = (s[5] - '0') * 10 + s[6] - '0';
    t.day = (s[8] - '0') * 10 + s[9] - '0';
    t.is_date = is_date;
    if (!is_date) {
        t.hour = (s[11] - '0') * 10 + s[12] - '0';
        t.minute = (s[14] - '0') * 10 + s[15] - '0';
        t.second = (s[17] - '0') * 10 + s[18] - '0';
    }
    return t;
}

hd_time_t hd_ical_instant(const hd_ical_reader_t *r, const hd_ical_clock_t *z, hd_time_t local)
{
    hd_time_t t = local;
    if (z->kind == HD_CLOCK_NAMED || z->kind == HD_CLOCK_LOCAL) {
        (void) hd_zone_instant(z->kind == HD_CLOCK_NAMED ? z->name : r->tz, local, &t);
    } else if (z->kind == HD_CLOCK_OWN) {
        t = (hd_time_t) icaltime_as_timet_with_zone(hd_ical_from_local(local, false), z->own) * HD_SECOND;
    }
    return t;
}

hd_time_t hd_ical_local(const hd_ical_reader_t *r, const hd_ical_clock_t *z, hd_time_t t)
{
    hd_time_t local = t;
    if (z->kind == HD_CLOCK_NAMED || z->kind == HD_CLOCK_LOCAL) {
        (void) hd_zone_local(z->kind == HD_CLOCK_NAMED ? z->name : r->tz, t, &local);
    } else if (z->kind == HD_CLOCK_OWN) {
        struct icaltimetype u = icaltime_from_timet_with_zone((time_t) (t / HD_SECOND), 0, z->own);
        (void) hd_ical_read_time(&u, &local);
    }
    return local;
}

/* Names Windows and Exchange use: "FLE Standard Time". */
static bool is_windows_zone(hd_arena_t *a, hd_str_t name, hd_str_t *ret)
{
    UChar wide[64], out[64];
    char text[64];
    UErrorCode err = U_ZERO_ERROR;
    if (name.len == 0 || name.len > 63) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        wide[i] = (UChar) (unsigned char) name.data[i];
    }
    int32_t n = ucal_getTimeZoneIDForWindowsID(wide, (int32_t) name.len, NULL, out, 64, &err);
    if (U_FAILURE(err) || n <= 0 || n >= 64) {
        return false;
    }
    for (int32_t i = 0; i < n; i++) {
        text[i] = (char) out[i];
    }
    *ret = hd_str_dup(a, (hd_str_t){ (size_t) n, text });
    return hd_text_is_timezone(*ret);
}

/* Our own zones first: those that come with a text are often simplified. */
static bool find_zone(const hd_ical_reader_t *r, hd_str_t tzid, hd_ical_clock_t *ret)
{
    hd_str_t name = tzid;
    while (name.len != 0) {                 /* "/vendor/path/Europe/Vilnius" */
        if (hd_text_is_timezone(name)) {
            *ret = (hd_ical_clock_t){ HD_CLOCK_NAMED, hd_str_dup(r->arena, name), NULL };
            return true;
        }
        const char *slash = memchr(name.data, '/', name.len);
        size_t cut = slash != NULL ? (size_t) (slash - name.data) + 1 : name.len;
        name = (hd_str_t){ name.len - cut, name.data + cut };
    }
    if (is_windows_zone(r->arena, tzid, &name)) {
        *ret = (hd_ical_clock_t){ HD_CLOCK_NAMED, name, NULL };
        return true;
    }
    for (const hd_ical_zone_t *z = r->zones; z != NULL; z = z->next) {
        if (hd_str_eq(z->tzid, tzid)) {
            *ret = (hd_ical_clock_t){ HD_CLOCK_OWN, tzid, z->zone };
            return true;
        }
    }
    return false;
}

bool hd_ical_read_moment(hd_ical_reader_t *r, hd_ical_vevent_t *e, const hd_ical_line_t *l,
                        const char *text, hd_ical_moment_t *ret)
{
    icalproperty *p = icalproperty_new_from_string(text);
    const icalvalue *v = p != NULL ? icalproperty_get_value(p) : NULL;
    icalvalue_kind kind = v != NULL ? icalvalue_isa(v) : ICAL_NO_VALUE;
    bool ok = kind == ICAL_DATE_VALUE || kind == ICAL_DATETIME_VALUE;
    char tzid[128] = "";         /* on the stack: the arena may jump while libical's memory is ours */
    bool named = false;
    *ret = (hd_ical_moment_t){ .is_date = kind == ICAL_DATE_VALUE };
    if (ok) {
        struct icaltimetype t = kind == ICAL_DATE_VALUE ? icalvalue_get_date(v)
                                                        : icalvalue_get_datetime(v);
        icalparameter *param = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
        ok = hd_ical_read_time(&t, &ret->local);
        if (icaltime_is_utc(t)) {
            ret->zone.kind = HD_CLOCK_UTC;
        } else if (param != NULL && !ret->is_date) {
            const char *name = icalparameter_get_tzid(param);
            size_t n = name != NULL ? strlen(name) : 0;
            named = true;
            if (n < sizeof(tzid)) {
                memcpy(tzid, name, n);
            }
        }
    }
    if (p != NULL) {
        icalproperty_free(p);
    }
    if (named && !find_zone(r, hd_str_dup(r->arena, hd_str(tzid)), &ret->zone)) {
        return hd_ical_fail(r, e, l->number, "unknown_zone", "This time zone is not known.");
    }
    return ok || hd_ical_fail(r, e, l->number, "bad_time", "This is no date and no time.");
}
