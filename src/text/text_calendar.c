/*
 * Time zones and weekly working hours.
 *
 * A zone is kept as stretches of constant offset, fetched from ICU when first needed: everything
 * asked after that is integer arithmetic, cheap enough for every candidate of an assignment.  ICU's
 * calendars are costly to open and not for two threads, so each thread keeps a few zones, closed
 * when it ends.
 *
 * Wall-clock time becomes an instant by one rule, "the first instant at which the clock shows at
 * least this": where the clock is put back the first of the two, where it is put forward the change
 * itself.  So hours that meet on the clock meet in time, and hours the clock leaves out are empty.
 *
 *     Vilnius 2026-03-29, 03:00 +02 -> 04:00 +03:  03:30 local is 01:00Z, so is 04:00 local
 *     Vilnius 2026-10-25, 04:00 +03 -> 03:00 +02:  03:30 local is 00:30Z (not 01:30Z)
 */
#include "text.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/ucal.h>

#define ZONES    8               /* a thread keeps so many open */
#define STRETCHES 8              /* of each, so many stretches */
#define NAME_MAX_LEN 64
#define OFFSET_MAX (18 * HD_HOUR)
#define FOREVER  ((hd_time_t) 1 << 52)
#define WEEK     (7 * HD_DAY)
#define MONDAY   (4 * HD_DAY)    /* 1970-01-05, as local time */
#define LOOK     3               /* weeks searched: longer than any change of the clock */

typedef struct {
    hd_time_t from, to, offset;  /* to 0: unused */
} stretch_t;

typedef struct {
    UCalendar *cal;
    size_t     len;
    char       name[NAME_MAX_LEN];
    stretch_t  stretch[STRETCHES];
    unsigned   next;             /* stretch to replace */
} zone_t;

typedef struct {
    zone_t   zone[ZONES];
    unsigned next;
} zones_t;

static HD_OF_THREAD zones_t *my_zones;
static pthread_key_t  zones_key;
static pthread_once_t zones_once = PTHREAD_ONCE_INIT;

static void close_zones(void *p)
{
    zones_t *z = p;
    for (int i = 0; i < ZONES; i++) {
        if (z->zone[i].cal != NULL) {
            ucal_close(z->zone[i].cal);
        }
    }
    free(z);
    my_zones = NULL;
}

static void make_key(void)
{
    if (pthread_key_create(&zones_key, close_zones) != 0) {
        abort();
    }
}

static zones_t *open_zones(void)
{
    if (my_zones != NULL) {
        return my_zones;
    }
    pthread_once(&zones_once, make_key);
    zones_t *z = calloc(1, sizeof(*z));
    if (z != NULL && pthread_setspecific(zones_key, z) != 0) {
        free(z);
        z = NULL;
    }
    my_zones = z;
    return z;
}

static UCalendar *open_calendar(hd_str_t name)
{
    UChar wide[NAME_MAX_LEN];
    UErrorCode err = U_ZERO_ERROR;
    for (size_t i = 0; i < name.len; i++) {
        wide[i] = (UChar) (unsigned char) name.data[i];
    }
    UCalendar *cal = ucal_open(wide, (int32_t) name.len, "en", UCAL_GREGORIAN, &err);
    if (U_FAILURE(err) && cal != NULL) {
        ucal_close(cal);
        cal = NULL;
    }
    return cal;
}

/* NULL: no such zone, or no memory. */
static zone_t *find_zone(hd_str_t name)
{
    zones_t *all = open_zones();
    if (all == NULL || name.len > NAME_MAX_LEN) {
        return NULL;
    }
    for (int i = 0; i < ZONES; i++) {
        zone_t *z = &all->zone[i];
        if (z->cal != NULL && z->len == name.len && memcmp(z->name, name.data, name.len) == 0) {
            return z;
        }
    }
    UCalendar *cal = hd_text_is_timezone(name) ? open_calendar(name) : NULL;
    if (cal == NULL) {
        return NULL;
    }
    zone_t *z = &all->zone[all->next++ % ZONES];
    if (z->cal != NULL) {
        ucal_close(z->cal);
    }
    memset(z, 0, sizeof(*z));
    z->cal = cal;
    z->len = name.len;
    memcpy(z->name, name.data, name.len);
    return z;
}

static hd_time_t transition(UCalendar *cal, UTimeZoneTransitionType type, hd_time_t none)
{
    UErrorCode err = U_ZERO_ERROR;
    UDate at;
    UBool found = ucal_getTimeZoneTransitionDate(cal, type, &at, &err);
    return found && U_SUCCESS(err) ? (hd_time_t) at : none;
}

/* The stretch t lies in: from <= t < to. */
static stretch_t stretch_at(zone_t *z, hd_time_t t)
{
    for (int i = 0; i < STRETCHES; i++) {
        if (z->stretch[i].from <= t && t < z->stretch[i].to) {
            return z->stretch[i];
        }
    }
    UErrorCode err = U_ZERO_ERROR;
    stretch_t s = { -FOREVER, FOREVER, 0 };
    ucal_setMillis(z->cal, (UDate) t, &err);
    s.offset = ucal_get(z->cal, UCAL_ZONE_OFFSET, &err) + ucal_get(z->cal, UCAL_DST_OFFSET, &err);
    if (U_FAILURE(err)) {
        return (stretch_t){ -FOREVER, FOREVER, 0 };
    }
    s.from = transition(z->cal, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, -FOREVER);
    s.to = transition(z->cal, UCAL_TZ_TRANSITION_NEXT, FOREVER);
    z->stretch[z->next++ % STRETCHES] = s;
    return s;
}

static hd_time_t to_instant(zone_t *z, hd_time_t local)
{
    hd_time_t t = local - OFFSET_MAX;
    for (;;) {
        stretch_t s = stretch_at(z, t);
        if (local - s.offset < s.to || s.to >= FOREVER) {
            return local - s.offset > s.from ? local - s.offset : s.from;
        }
        t = s.to;
    }
}

bool hd_zone_local(hd_str_t tz, hd_time_t t, hd_time_t *ret_local)
{
    zone_t *z = find_zone(tz);
    if (z == NULL || t <= -FOREVER || t >= FOREVER) {
        return false;
    }
    *ret_local = t + stretch_at(z, t).offset;
    return true;
}

bool hd_zone_instant(hd_str_t tz, hd_time_t local, hd_time_t *ret_t)
{
    zone_t *z = find_zone(tz);
    if (z == NULL || local <= -FOREVER / 2 || local >= FOREVER / 2) {
        return false;
    }
    *ret_t = to_instant(z, local);
    return true;
}

/* ---- weekly hours ---- */

static hd_time_t week_of(hd_time_t local)
{
    hd_time_t since = local - MONDAY;
    hd_time_t weeks = since / WEEK - (since % WEEK < 0);
    return MONDAY + weeks * WEEK;
}

bool hd_hours_next(const hd_hours_t *h, hd_time_t t, hd_time_t *ret_from, hd_time_t *ret_to)
{
    zone_t *z = h->n != 0 ? find_zone(h->tz) : NULL;
    if (z == NULL || t <= -FOREVER / 2 || t >= FOREVER / 2) {
        return false;
    }
    /* A clock put back shows times again: what ended yesterday by the clock is asked exactly. */
    hd_time_t over = t + stretch_at(z, t).offset - HD_DAY;
    hd_time_t week = week_of(over);
    for (int w = 0; w < LOOK; w++, week += WEEK) {
        for (uint32_t i = 0; i < h->n; i++) {
            hd_time_t end = week + h->v[i].to * HD_MINUTE;
            if (end <= over || to_instant(z, end) <= t) {
                continue;
            }
            hd_time_t from = to_instant(z, week + h->v[i].from * HD_MINUTE);
            hd_time_t to = to_instant(z, end);
            if (from < to) {
                *ret_from = from;
                *ret_to = to;
                return true;
            }
        }
    }
    return false;
}
