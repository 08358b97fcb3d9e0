/*
 * Time off from and to iCalendar (ASG-4): the leaves of one user, team or company.
 *
 * leave.uid is the identity in the feed, so the same text twice changes nothing.  Of a series that is
 * in the text, what the text no longer has is cancelled; a series that is not in it stays as it is.
 * What an administrator imports is approved, what a user imports of his own is a draft.  A leave
 * somebody refused stays refused until the event itself changes.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define LEAVES_MAX 50000         /* of one desk: they are part of every cache */
#define OWN_UID    "helpdesk-leave-"

static const char too_many[] = "There are too many leaves. Delete old ones first.";

/* ---- whose leaves ---- */

static hd_str_t zone_of(hd_cx_t *cx, hd_id_t calendar)
{
    const hd_calendar_t *c = hd_config_get(cx->txn, HD_CALENDAR, calendar);
    return c != NULL ? c->tz : (hd_str_t){ 0, "" };
}

static hd_code_t no_subject(hd_cx_t *cx, const char *name, const char *code)
{
    return hd_desk_bad_name(cx, hd_str(name), code);
}

hd_code_t hd_leave_subject(hd_cx_t *cx, hd_leave_t *s, hd_str_t *ret_tz)
{
    int n = (s->user_id != 0) + (s->team_id != 0) + (s->company_id != 0);
    hd_id_t calendar = 0;
    hd_str_t tz = { 0, "" };
    if (n != 1) {
        return no_subject(cx, "user_id", n == 0 ? "required" : "not_allowed");
    }
    if (s->user_id != 0) {
        const hd_user_t *u = hd_config_get(cx->txn, HD_USER, s->user_id);
        bool own = s->user_id == cx->actor->uid;
        if (u == NULL || !hd_sees(cx, HD_USER, u) || (!own && !hd_actor_is_admin(cx->actor))) {
            return no_subject(cx, "user_id", "not_found");
        }
        s->company_id = u->company_id;
        tz = u->tz;
    } else if (s->team_id != 0) {
        const hd_team_t *t = hd_config_get(cx->txn, HD_TEAM, s->team_id);
        if (t == NULL || !hd_sees(cx, HD_TEAM, t) || !hd_actor_is_admin(cx->actor)) {
            return no_subject(cx, "team_id", "not_found");
        }
        s->company_id = t->company_id;
        calendar = t->resource_calendar_id;
    } else if (!hd_desk_ref_ok(cx, HD_COMPANY, s->company_id) || !hd_actor_is_admin(cx->actor)) {
        return no_subject(cx, "company_id", "not_found");
    }
    const hd_company_t *c = hd_config_get(cx->txn, HD_COMPANY, s->company_id);
    calendar = calendar == 0 && c != NULL ? c->resource_calendar_id : calendar;
    tz = tz.len == 0 ? zone_of(cx, calendar) : tz;
    tz = tz.len == 0 && cx->actor->user != NULL ? cx->actor->user->tz : tz;
    *ret_tz = tz.len != 0 ? tz : HD_STR("UTC");
    return HD_OK;
}

static bool is_of(const hd_leave_t *l, const hd_leave_t *s)
{
    return l->user_id == s->user_id && l->team_id == s->team_id
        && (s->user_id != 0 || s->team_id != 0 || l->company_id == s->company_id);
}

/* ---- what is there, by identity ---- */

typedef struct {
    hd_str_t uid;
    hd_id_t  id;
    const hd_leave_t *leave;
    bool     kept;               /* stands in the text */
} had_t;

typedef struct {
    had_t *v;
    size_t n, all;               /* all: leaves of the whole desk */
} hads_t;

static int compare_uids(hd_str_t a, hd_str_t b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int d = n != 0 ? memcmp(a.data, b.data, n) : 0;
    return d != 0 ? d : (a.len > b.len) - (a.len < b.len);
}

static int compare_hads(const void *a, const void *b)
{
    return compare_uids(((const had_t *) a)->uid, ((const had_t *) b)->uid);
}

/* What a leave that was made here is called in a feed. */
static hd_str_t uid_of(hd_arena_t *a, const hd_leave_t *l)
{
    return l->uid.len != 0 ? l->uid
        : hd_strf(a, OWN_UID "%" PRIu64 "-%" PRId64, l->rec.id, l->rec.create_date);
}

static hads_t collect(hd_cx_t *cx, const hd_leave_t *s)
{
    hads_t h = { .n = 0 };
    const void *const *all = hd_config_all(cx->txn, HD_LEAVE, &h.all);
    h.v = hd_alloc_n(cx->arena, h.all + 1, sizeof(*h.v));
    for (size_t i = 0; i < h.all; i++) {
        const hd_leave_t *l = all[i];
        if (is_of(l, s)) {
            h.v[h.n++] = (had_t){ uid_of(cx->arena, l), l->rec.id, l, false };
        }
    }
    if (h.n > 1) {
        qsort(h.v, h.n, sizeof(*h.v), compare_hads);
    }
    return h;
}

/* The first at or behind uid. */
static size_t find_place(const hads_t *h, hd_str_t uid)
{
    size_t lo = 0, hi = h->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_uids(h->v[mid].uid, uid) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* ---- import ---- */

typedef struct {
    hd_id_t    id;               /* 0: a new one */
    hd_leave_t to;
} step_t;

typedef struct {
    hd_cx_t          *cx;
    const hd_leave_t *subject;
    hads_t            had;
    step_t           *v;
    size_t            n;
    hd_leaves_taken_t     done;
} import_t;

static uint8_t given_state(const import_t *im)
{
    return hd_actor_is_admin(im->cx->actor) ? HD_LEAVE_APPROVED : HD_LEAVE_DRAFT;
}

static void plan_event(import_t *im, const hd_ical_event_t *e)
{
    size_t at = find_place(&im->had, e->uid);
    had_t *had = at < im->had.n && hd_str_eq(im->had.v[at].uid, e->uid) ? &im->had.v[at] : NULL;
    step_t *s = &im->v[im->n];
    if (had == NULL) {
        s->id = 0;
        s->to = *im->subject;
        s->to.uid = e->uid;
        im->done.created++;
    } else {
        had->kept = true;
        const hd_leave_t *l = had->leave;
        bool same = l->date_from == e->from && l->date_to == e->to && hd_str_eq(l->name, e->name);
        if (same && l->state != HD_LEAVE_CANCELLED) {
            im->done.unchanged++;
            return;
        }
        s->id = had->id;
        s->to = *l;
        im->done.updated++;
    }
    s->to.name = e->name;
    s->to.date_from = e->from;
    s->to.date_to = e->to;
    s->to.state = given_state(im);
    im->n++;
}

/* "uid" and "uid/..." that the text lacks are cancelled. */
static void plan_series(import_t *im, const hd_ical_series_t *series)
{
    for (size_t i = find_place(&im->had, series->uid); i < im->had.n; i++) {
        had_t *h = &im->had.v[i];
        if (!hd_str_starts(h->uid, series->uid)) {
            break;
        }
        bool ours = h->uid.len == series->uid.len || h->uid.data[series->uid.len] == '/';
        bool counts = h->leave->state == HD_LEAVE_APPROVED || h->leave->state == HD_LEAVE_DRAFT;
        if (ours && counts && !h->kept && h->leave->date_to > series->since) {
            step_t *s = &im->v[im->n++];
            s->id = h->id;
            s->to = *h->leave;
            s->to.state = HD_LEAVE_CANCELLED;
            h->kept = true;
            im->done.updated++;
        }
    }
}

static hd_code_t run_step(hd_cx_t *cx, step_t *s)
{
    hd_leave_t old;
    if (s->id == 0) {
        return hd_desk_put(cx, HD_LEAVE, NULL, &s->to);
    }
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_LEAVE, s->id, &old);
    return code == HD_OK ? hd_desk_put(cx, HD_LEAVE, &old, &s->to) : code;
}

hd_code_t hd_leave_import(hd_cx_t *cx, const hd_leave_t *asked, const hd_ical_t *in,
                          hd_leaves_taken_t *ret)
{
    hd_leave_t subject = *asked;
    hd_str_t tz;
    hd_code_t code = hd_leave_subject(cx, &subject, &tz);
    if (code != HD_OK) {
        return code;
    }
    import_t im = { .cx = cx, .subject = &subject, .had = collect(cx, &subject) };
    im.v = hd_alloc_n(cx->arena, in->n + im.had.n + 1, sizeof(*im.v));
    for (size_t i = 0; i < in->n; i++) {
        plan_event(&im, &in->v[i]);
    }
    for (size_t i = 0; i < in->n_series; i++) {
        plan_series(&im, &in->series[i]);
    }
    if (im.had.all + im.done.created > LEAVES_MAX) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, too_many);
    }
    for (size_t i = 0; i < im.n && code == HD_OK && !cx->dry_run; i++) {
        code = run_step(cx, &im.v[i]);
    }
    if (code == HD_OK && im.n != 0 && !cx->dry_run) {
        code = hd_assign_set_up(cx, HD_LEAVE);
    }
    *ret = im.done;
    return code;
}

/* ---- export ---- */

hd_code_t hd_leave_export(hd_cx_t *cx, const hd_leave_t *asked, hd_buf_t *out)
{
    static const char *const states[] = {
        [HD_LEAVE_DRAFT] = "TENTATIVE", [HD_LEAVE_APPROVED] = "CONFIRMED",
        [HD_LEAVE_CANCELLED] = "CANCELLED",
    };
    hd_leave_t subject = *asked;
    hd_str_t tz;
    hd_code_t code = hd_leave_subject(cx, &subject, &tz);
    if (code != HD_OK) {
        return code;
    }
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_LEAVE, &n);
    hd_ical_begin(out);
    for (size_t i = 0; i < n; i++) {
        const hd_leave_t *l = all[i];
        if (is_of(l, &subject) && l->state != HD_LEAVE_REFUSED && hd_sees(cx, HD_LEAVE, l)) {
            hd_ical_event_t e = { 0, uid_of(cx->arena, l), l->name, l->date_from, l->date_to };
            hd_ical_put(out, &e, l->rec.write_date, states[l->state]);
        }
    }
    hd_ical_end(out);
    return out->failed ? HD_E_TOO_LARGE : HD_OK;
}
