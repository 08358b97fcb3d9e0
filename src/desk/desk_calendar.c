/*
 * Who is at work when: working hours of calendars, approved time off, and from both the first
 * instant somebody is available (D-9, ASG-4, ASG-5, SLA-7).  What is read from the configuration is
 * kept until it changes.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define DAY_MINUTES 1440
#define STEPS_MAX   20000        /* intervals and leaves one look ahead may walk over */

/* ---- hours as JSON ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HH:MM" up to "24:00" as minutes of the day. */
static bool read_clock(const hd_jval_t *v, uint16_t *ret)
{
    hd_str_t s = v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
    if (s.len != 5 || s.data[2] != ':' || !is_digit(s.data[0]) || !is_digit(s.data[1])
        || !is_digit(s.data[3]) || !is_digit(s.data[4])) {
        return false;
    }
    int hour = (s.data[0] - '0') * 10 + s.data[1] - '0';
    int minute = (s.data[3] - '0') * 10 + s.data[4] - '0';
    *ret = (uint16_t) (hour * 60 + minute);
    return minute < 60 && *ret <= DAY_MINUTES;
}

/* NULL, or the code of what is wrong. */
static const char *read_span(hd_jval_t *item, hd_hours_span_t *ret)
{
    hd_jval_t *day = hd_jtype(item) == HD_J_OBJ ? hd_jget(item, "day") : NULL;
    if (day == NULL || hd_jlen(item) != 3 || hd_jtype(day) != HD_J_INT) {
        return "not_hours";
    }
    if (!read_clock(hd_jget(item, "from"), &ret->from) || !read_clock(hd_jget(item, "to"), &ret->to)) {
        return "not_hours";
    }
    if (hd_jint(day) < 0 || hd_jint(day) > 6 || ret->from >= ret->to) {
        return "out_of_range";
    }
    ret->from = (uint16_t) (ret->from + DAY_MINUTES * hd_jint(day));
    ret->to = (uint16_t) (ret->to + DAY_MINUTES * hd_jint(day));
    return NULL;
}

typedef struct {
    hd_hours_span_t span;
    size_t          place;       /* in what was sent */
} placed_t;

static int compare_placed(const void *x, const void *y)
{
    const placed_t *a = x, *b = y;
    if (a->span.from != b->span.from) {
        return a->span.from < b->span.from ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static void bad_span(hd_cx_t *cx, size_t place, const char *code)
{
    hd_desk_bad_name(cx, hd_strf(cx->arena, "hours[%zu]", place), code);
}

uint32_t hd_desk_read_hours(hd_cx_t *cx, hd_str_t json, bool report, hd_hours_span_t *ret)
{
    hd_jval_t *list;
    placed_t v[HD_HOURS_MAX];
    uint32_t n = 0;
    if (hd_jparse(cx->arena, json, &list) != HD_OK || hd_jtype(list) != HD_J_ARR
        || hd_jlen(list) > HD_HOURS_MAX) {
        if (report) {
            hd_desk_bad(cx, HD_CALENDAR, HD_CALENDAR_F_hours, "not_hours");
        }
        return 0;
    }
    for (size_t i = 0; i < hd_jlen(list); i++) {
        const char *fault = read_span(hd_jat(list, i), &v[n].span);
        v[n].place = i;
        if (fault == NULL) {
            n++;
        } else if (report) {
            bad_span(cx, i, fault);
        }
    }
    qsort(v, n, sizeof(v[0]), compare_placed);
    for (uint32_t i = 0; i < n; i++) {
        if (report && i > 0 && v[i].span.from < v[i - 1].span.to) {
            bad_span(cx, v[i].place > v[i - 1].place ? v[i].place : v[i - 1].place, "overlaps");
        }
        ret[i] = v[i].span;
    }
    return n;
}

hd_str_t hd_desk_write_hours(hd_cx_t *cx, const hd_hours_span_t *v, uint32_t n)
{
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 64, 40 * HD_HOURS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        int day = v[i].from / DAY_MINUTES;
        int from = v[i].from - day * DAY_MINUTES, to = v[i].to - day * DAY_MINUTES;
        hd_buf_printf(&b, "%s{\"day\":%d,\"from\":\"%02d:%02d\",\"to\":\"%02d:%02d\"}",
                      i == 0 ? "[" : ",", day, from / 60, from % 60, to / 60, to % 60);
    }
    hd_buf_z(&b, n == 0 ? "[]" : "]");
    return hd_buf_view(&b);
}

/* Kept until the configuration changes; NULL: there is no such calendar. */
static const hd_hours_t *hours_of(hd_cx_t *cx, hd_id_t calendar_id)
{
    uint8_t key[5] = { 'h' };
    hd_put_be32(key + 1, (uint32_t) calendar_id);
    const hd_hours_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    const hd_calendar_t *c = kept == NULL ? hd_config_get(cx->txn, HD_CALENDAR, calendar_id) : NULL;
    if (kept != NULL || c == NULL) {
        return kept;
    }
    hd_hours_span_t v[HD_HOURS_MAX];
    hd_hours_t h = { .tz = c->tz, .n = hd_desk_read_hours(cx, c->hours, false, v) };
    hd_hours_span_t *own = hd_alloc_n(hd_config_arena(cx->txn), h.n + 1, sizeof(*own));
    memcpy(own, v, h.n * sizeof(*own));
    h.v = own;
    bool is_new;
    hd_hours_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(h), &is_new);
    *slot = h;
    return slot;
}

/* ---- time off: approved leaves of a subject, ascending, merged ---- */

typedef struct {
    uint64_t  subject;           /* type(1) id(4) */
    hd_time_t from, to;
} away_t;

typedef struct {
    size_t  n;
    away_t *v;
} aways_t;

static uint64_t subject_of(const hd_leave_t *l)
{
    hd_type_t type = l->user_id != 0 ? HD_USER : l->team_id != 0 ? HD_TEAM : HD_COMPANY;
    hd_id_t id = l->user_id != 0 ? l->user_id : l->team_id != 0 ? l->team_id : l->company_id;
    return (uint64_t) type << 32 | id;
}

static int compare_offs(const void *x, const void *y)
{
    const away_t *a = x, *b = y;
    if (a->subject != b->subject) {
        return a->subject < b->subject ? -1 : 1;
    }
    return (a->from > b->from) - (a->from < b->from);
}

static const aways_t *all_offs(hd_cx_t *cx)
{
    static const char key[1] = { 'l' };
    const aways_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept != NULL) {
        return kept;
    }
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_LEAVE, &n);
    aways_t o = { .n = 0 };
    o.v = hd_alloc_n(hd_config_arena(cx->txn), n + 1, sizeof(*o.v));
    for (size_t i = 0; i < n; i++) {
        const hd_leave_t *l = all[i];
        if (l->state == HD_LEAVE_APPROVED) {                /* ASG-5: drafts do not count */
            o.v[o.n++] = (away_t){ subject_of(l), l->date_from, l->date_to };
        }
    }
    if (o.n > 1) {
        qsort(o.v, o.n, sizeof(*o.v), compare_offs);
    }
    size_t kept_n = 0;
    for (size_t i = 0; i < o.n; i++) {
        away_t *last = kept_n != 0 ? &o.v[kept_n - 1] : NULL;
        if (last != NULL && last->subject == o.v[i].subject && o.v[i].from <= last->to) {
            last->to = o.v[i].to > last->to ? o.v[i].to : last->to;
        } else {
            o.v[kept_n++] = o.v[i];
        }
    }
    o.n = kept_n;
    bool is_new;
    aways_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(o), &is_new);
    *slot = o;
    return slot;
}

/* When the subject is back, if it is off at t; else 0. */
static hd_time_t back_at(const aways_t *o, hd_type_t type, hd_id_t id, hd_time_t t)
{
    away_t want = { (uint64_t) type << 32 | id, t, 0 };
    size_t lo = 0, hi = o->n;
    while (lo < hi) {                                       /* the last that begins by t */
        size_t mid = lo + (hi - lo) / 2;
        if (compare_offs(&o->v[mid], &want) <= 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    const away_t *last = lo != 0 ? &o->v[lo - 1] : NULL;
    return last != NULL && last->subject == want.subject && t < last->to ? last->to : 0;
}

hd_time_t hd_desk_back_at(hd_cx_t *cx, const hd_team_t *team, hd_id_t user_id, hd_time_t t)
{
    const aways_t *o = all_offs(cx);
    if (o->n == 0) {
        return 0;
    }
    hd_time_t user = back_at(o, HD_USER, user_id, t), ours = back_at(o, HD_TEAM, team->rec.id, t);
    hd_time_t company = back_at(o, HD_COMPANY, team->company_id, t);
    hd_time_t back = user > ours ? user : ours;
    return back > company ? back : company;
}

static hd_id_t team_calendar(hd_cx_t *cx, const hd_team_t *team)
{
    const hd_company_t *c = hd_config_get(cx->txn, HD_COMPANY, team->company_id);
    return team->resource_calendar_id != 0 || c == NULL ? team->resource_calendar_id : c->resource_calendar_id;
}

static hd_str_t calendar_zone(hd_cx_t *cx, hd_id_t calendar)
{
    const hd_calendar_t *c = hd_config_get(cx->txn, HD_CALENDAR, calendar);
    return c != NULL && c->tz.len != 0 ? c->tz : HD_STR("UTC");
}

hd_str_t hd_desk_team_zone(hd_cx_t *cx, const hd_team_t *team)
{
    return calendar_zone(cx, team_calendar(cx, team));
}

hd_str_t hd_desk_company_zone(hd_cx_t *cx, hd_id_t company)
{
    const hd_company_t *c = hd_config_get(cx->txn, HD_COMPANY, company);
    return calendar_zone(cx, c != NULL ? c->resource_calendar_id : 0);
}

hd_time_t hd_desk_available(hd_cx_t *cx, const hd_team_t *team, const hd_user_t *u, hd_time_t t,
                            hd_time_t until)
{
    hd_id_t calendar = u->resource_calendar_id != 0 ? u->resource_calendar_id : team_calendar(cx, team);
    const hd_hours_t *h = calendar != 0 ? hours_of(cx, calendar) : NULL;
    for (int i = 0; i < STEPS_MAX && t <= until; i++) {
        hd_time_t from = t, to;
        if (h != NULL && !hd_hours_next(h, t, &from, &to)) {
            return 0;
        }
        t = from > t ? from : t;
        hd_time_t back = hd_desk_back_at(cx, team, u->rec.id, t);
        if (back == 0) {
            return t <= until ? t : 0;
        }
        t = back;
    }
    return 0;
}
