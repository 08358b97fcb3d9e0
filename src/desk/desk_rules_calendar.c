/*
 * Rules of calendars and of time off (ASG-4, ASG-5, SLA-7).
 *
 * A leave is of one user, of one team, or of a whole company.  Who does what:
 *
 *     user             own leaves: drafts them, changes drafts, cancels drafts and approved ones
 *     administrator    all leaves of the companies he works in, in any state
 */
#include "desk_impl.h"

static const char in_use[] = "Somebody works by this calendar. Give them another one first.";

/* SLA-7: what a calendar without hours gets. */
static const char stock_hours[] =
    "[{\"day\":0,\"from\":\"08:00\",\"to\":\"12:00\"},{\"day\":0,\"from\":\"13:00\",\"to\":\"17:00\"},"
    "{\"day\":1,\"from\":\"08:00\",\"to\":\"12:00\"},{\"day\":1,\"from\":\"13:00\",\"to\":\"17:00\"},"
    "{\"day\":2,\"from\":\"08:00\",\"to\":\"12:00\"},{\"day\":2,\"from\":\"13:00\",\"to\":\"17:00\"},"
    "{\"day\":3,\"from\":\"08:00\",\"to\":\"12:00\"},{\"day\":3,\"from\":\"13:00\",\"to\":\"17:00\"},"
    "{\"day\":4,\"from\":\"08:00\",\"to\":\"12:00\"},{\"day\":4,\"from\":\"13:00\",\"to\":\"17:00\"}]";

/* ---- calendars ---- */

static bool may_write_calendar(hd_cx_t *cx, const void *old, uint64_t mask)
{
    const hd_calendar_t *c = old;
    (void) mask;
    return hd_actor_is_admin(cx->actor)
        && (c == NULL || c->company_id == 0 || hd_desk_has_company(cx->actor, c->company_id));
}

/* Does anybody work by it?  but: users, teams and the company of this company do not count; 0: all do. */
static bool is_used(hd_cx_t *cx, hd_id_t calendar, hd_id_t but)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_COMPANY, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_company_t *c = all[i];
        if (c->resource_calendar_id == calendar && c->rec.id != but) {
            return true;
        }
    }
    all = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *t = all[i];
        if (t->resource_calendar_id == calendar && t->company_id != but) {
            return true;
        }
    }
    all = hd_config_all(cx->txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = all[i];
        if (u->resource_calendar_id == calendar
            && (but == 0 || !hd_ids_has(u->company_ids, but))) {
            return true;
        }
    }
    return false;
}

static hd_code_t check_calendar(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_calendar_t *old = old_rec;
    hd_calendar_t *c = rec;
    hd_hours_span_t v[HD_HOURS_MAX];
    if (c->tz.len != 0 && !hd_text_is_timezone(c->tz)) {
        hd_desk_bad(cx, HD_CALENDAR, HD_CALENDAR_F_tz, "not_an_option");
    }
    if (c->hours.len == 0 && (mask & HD_BIT(HD_CALENDAR_F_hours))) {
        hd_desk_bad(cx, HD_CALENDAR, HD_CALENDAR_F_hours, "required");
    } else {
        c->hours = c->hours.len == 0 ? hd_str(stock_hours) : c->hours;
        c->hours = hd_desk_write_hours(cx, v, hd_desk_read_hours(cx, c->hours, true, v));
    }
    if (c->company_id != 0 && (old == NULL || c->company_id != old->company_id)) {
        if (!hd_desk_ref_ok(cx, HD_COMPANY, c->company_id)) {
            hd_desk_bad(cx, HD_CALENDAR, HD_CALENDAR_F_company_id, "not_found");
        } else if (old != NULL && is_used(cx, c->rec.id, c->company_id)) {
            hd_desk_bad(cx, HD_CALENDAR, HD_CALENDAR_F_company_id, "not_allowed");
        }
    }
    return HD_OK;
}

static hd_code_t check_delete_calendar(hd_cx_t *cx, const void *old)
{
    if (is_used(cx, ((const hd_rec_t *) old)->id, 0)) {
        return hd_problem_set(cx->problem, HD_E_IN_USE, in_use);
    }
    return HD_OK;
}

void hd_desk_check_calendar(hd_cx_t *cx, hd_type_t type, unsigned field, hd_id_t was, hd_id_t id,
                            hd_ids_t companies)
{
    if (id == 0 || id == was) {
        return;
    }
    const hd_calendar_t *c = hd_config_get(cx->txn, HD_CALENDAR, id);
    if (c == NULL || !hd_sees(cx, HD_CALENDAR, c)) {
        hd_desk_bad(cx, type, field, "not_found");
    } else if (!c->active || (c->company_id != 0 && !hd_ids_has(companies, c->company_id))) {
        hd_desk_bad(cx, type, field, "not_allowed");
    }
}

const hd_rules_t hd_rules_calendar = {
    .may_write = may_write_calendar,
    .check = check_calendar,
    .check_delete = check_delete_calendar,
};

/* ---- time off ---- */

static bool may_write_leave(hd_cx_t *cx, const void *old, uint64_t mask)
{
    const hd_leave_t *l = old;
    (void) mask;
    if (hd_actor_is_admin(cx->actor)) {
        return true;            /* that he sees it was asked already */
    }
    return hd_actor_is_staff(cx->actor) && (l == NULL || l->user_id == cx->actor->uid);
}

/* What somebody who is no administrator may make of his own leave. */
static void check_own(hd_cx_t *cx, const hd_leave_t *old, const hd_leave_t *l)
{
    bool was_draft = old == NULL || old->state == HD_LEAVE_DRAFT;
    if (l->user_id != cx->actor->uid) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_user_id, "not_allowed");
    }
    if (l->team_id != 0) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_team_id, "not_allowed");
    }
    bool cancels = old != NULL && l->state == HD_LEAVE_CANCELLED
        && (was_draft || old->state == HD_LEAVE_APPROVED);
    bool keeps = old != NULL && l->state == old->state;
    if (!(was_draft && l->state == HD_LEAVE_DRAFT) && !cancels && !keeps) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_state, "not_allowed");
    }
    uint64_t content = ~HD_BIT(HD_LEAVE_F_state);
    if (!was_draft && (hd_desk_diff(HD_LEAVE, old, l) & content) != 0) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_state, "not_draft");
    }
}

/* Exactly one subject; the company follows from it. */
static void check_subject(hd_cx_t *cx, const hd_leave_t *old, hd_leave_t *l)
{
    bool same = old != NULL && old->user_id == l->user_id && old->team_id == l->team_id;
    if (l->user_id != 0 && l->team_id != 0) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_team_id, "not_allowed");
        return;
    }
    if (l->user_id != 0) {
        const hd_user_t *u = hd_config_get(cx->txn, HD_USER, l->user_id);
        if (u == NULL || (!same && !hd_sees(cx, HD_USER, u))) {
            hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_user_id, "not_found");
            return;
        }
        l->company_id = u->company_id;
    } else if (l->team_id != 0) {
        const hd_team_t *t = hd_config_get(cx->txn, HD_TEAM, l->team_id);
        if (t == NULL || (!same && !hd_sees(cx, HD_TEAM, t))) {
            hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_team_id, "not_found");
            return;
        }
        l->company_id = t->company_id;
    } else if (l->company_id == 0 && cx->actor->user != NULL) {
        l->company_id = hd_desk_own_company(cx->actor);
    }
    if (l->company_id == 0 && l->user_id == 0) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_company_id, "required");
    } else if (l->user_id == 0 && l->team_id == 0 && !hd_desk_ref_ok(cx, HD_COMPANY, l->company_id)) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_company_id, "not_found");
    }
}

/* Fills the subject's company, adds field errors; rights by state included. */
static hd_code_t check_leave(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_leave_t *old = old_rec;
    hd_leave_t *l = rec;
    uint32_t before = cx->problem->n_fields;
    bool admin = hd_actor_is_admin(cx->actor);
    (void) mask;
    if (!admin && old == NULL && l->user_id == 0 && l->team_id == 0) {
        l->user_id = cx->actor->uid;
    }
    check_subject(cx, old, l);
    if (!admin) {
        check_own(cx, old, l);
    }
    if (l->date_from != 0 && l->date_to != 0 && l->date_from >= l->date_to) {
        hd_desk_bad(cx, HD_LEAVE, HD_LEAVE_F_date_to, "not_after");
    }
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

hd_code_t hd_desk_remove_leaves(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    size_t n, own = 0;
    const void *const *all = hd_config_all(cx->txn, HD_LEAVE, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        const hd_leave_t *l = all[i];
        ids[own] = l->rec.id;
        own += (type == HD_USER ? l->user_id : l->team_id) == id;
    }
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < own && code == HD_OK; i++) {
        hd_leave_t l;
        code = hd_row_get(cx->txn, cx->arena, HD_LEAVE, ids[i], &l);
        if (code == HD_OK) {
            code = hd_desk_remove(cx, HD_LEAVE, &l);
        }
    }
    return code;
}

const hd_rules_t hd_rules_leave = {
    .may_write = may_write_leave,
    .check = check_leave,
};
