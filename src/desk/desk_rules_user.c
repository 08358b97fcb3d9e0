/*
 * Rules of users: who may change whom, login, companies, the contact behind the user, the last
 * administrator (ACC-1, ACC-5, T-10, T-12).
 */
#include "desk_impl.h"

#define OWN_FIELDS   (HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_tz) | HD_BIT(HD_USER_F_lang) | HD_BIT(HD_USER_F_notify_by))
#define STAFF_FIELDS (HD_BIT(HD_USER_F_helpdesk_target_closed) | HD_BIT(HD_USER_F_view_id))

static const char sweeping[] =
    "Portal users are being removed from tickets of a team. Try again in a minute.";
static const char last_admin[] = "This is the last active administrator.";

static bool may_write_user(hd_cx_t *cx, const void *old_rec, uint64_t mask)
{
    const hd_user_t *old = old_rec;
    const hd_actor_t *a = cx->actor;
    uint64_t own = OWN_FIELDS | (hd_actor_is_staff(a) ? STAFF_FIELDS : 0);
    if (old != NULL && old->rec.id == a->uid && (mask & ~own) == 0) {
        return true;            /* everybody sets his own name, language, time zone and how to be told; staff target and view */
    }
    if (!hd_actor_is_admin(a)) {
        return false;
    }
    for (uint32_t i = 0; old != NULL && i < old->company_ids.n; i++) {
        if (!hd_desk_has_company(a, old->company_ids.v[i])) {
            return false;       /* VIS-17: no rights in a company by way of its users */
        }
    }
    return true;
}

/* ---- fields ---- */

static hd_ids_t one_id(hd_arena_t *a, hd_id_t id)
{
    return hd_ids_with(a, (hd_ids_t){ 0, NULL }, id);
}

static void check_companies(hd_cx_t *cx, const hd_user_t *old, hd_user_t *u, uint64_t mask)
{
    if (u->company_ids.n == 0 && u->company_id == 0 && old == NULL && cx->actor->user != NULL
        && u->role != HD_ROLE_PORTAL) {
        u->company_id = hd_desk_own_company(cx->actor);
    }
    if (u->company_ids.n == 0 && u->company_id != 0) {
        u->company_ids = one_id(cx->arena, u->company_id);
    }
    if (u->company_ids.n != 0
        && (u->company_id == 0 || (!(mask & HD_BIT(HD_USER_F_company_id))
                                   && !hd_ids_has(u->company_ids, u->company_id)))) {
        u->company_id = u->company_ids.v[0];
    }
    if (u->company_ids.n == 0 && u->role != HD_ROLE_PORTAL) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_company_ids, "required");
    } else if (!hd_desk_refs_ok(cx, HD_COMPANY, u->company_ids, old ? &old->company_ids : NULL)) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_company_ids, "not_found");
    } else if (u->company_id != 0 && !hd_ids_has(u->company_ids, u->company_id)) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_company_id, "not_allowed");
    }
}

static void check_tongue(hd_cx_t *cx, hd_user_t *u)
{
    if (u->tz.len == 0) {               /* a customer's company is that of who invited him */
        const hd_user_t *by = cx->actor->user;
        u->tz = hd_desk_company_zone(cx, u->company_id == 0 && by != NULL ? by->company_id : u->company_id);
    }
    if (u->lang.len == 0) {
        u->lang = HD_STR("en");
    }
    if (!hd_text_is_timezone(u->tz)) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_tz, "not_an_option");
    }
    if (!hd_str_is(u->lang, hd_lang_code(hd_lang_from(u->lang)))) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_lang, "not_an_option");
    }
}

/* The one contact with the same address that nobody signs in as; 0: a new one is made. */
static hd_id_t find_contact(hd_cx_t *cx, const hd_user_t *u)
{
    hd_id_t id = hd_desk_contact_of_email(cx, u->email, u->company_id);
    hd_key_t k = hd_desk_key(HD_IX_USER_PARTNER);
    hd_key_id(&k, id);
    return id != 0 && !hd_desk_any_key(cx->txn, &k) && hd_desk_ref_ok(cx, HD_CONTACT, id) ? id : 0;
}

static bool is_last_admin(hd_cx_t *cx, const hd_user_t *old)
{
    size_t n;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    if (old->role != HD_ROLE_ADMIN || !old->active) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->rec.id != old->rec.id && u->active && u->role == HD_ROLE_ADMIN) {
            return false;
        }
    }
    return true;
}

static hd_code_t check_user(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_user_t *old = old_rec;
    hd_user_t *u = rec;
    hd_id_t other;
    uint32_t before = cx->problem->n_fields;
    if (hd_desk_find_text(cx, HD_IX_USER_LOGIN, u->login, &other) && other != u->rec.id) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_login, "taken");
    } else if (u->login.len != 0 && hd_text_fold(cx->arena, u->login).len == 0) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_login, "not_allowed");
    }
    check_companies(cx, old, u, mask);
    check_tongue(cx, u);
    hd_desk_check_notify_by(cx, u);
    if (u->view_id != 0 && (old == NULL || old->view_id != u->view_id) && !hd_desk_ref_ok(cx, HD_VIEW, u->view_id)) {
        hd_desk_bad(cx, HD_USER, HD_USER_F_view_id, "not_found");
    }
    hd_desk_check_calendar(cx, HD_USER, HD_USER_F_resource_calendar_id,
                           old != NULL ? old->resource_calendar_id : 0, u->resource_calendar_id,
                           u->company_ids);
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
    }
    if (old == NULL) {
        u->partner_id = find_contact(cx, u);
        return HD_OK;
    }
    /* VIS-11 takes portal users from tickets whose rows still name them: none slips through as another. */
    if (old->role == HD_ROLE_PORTAL && u->role != HD_ROLE_PORTAL && hd_desk_is_any_sweeping(cx)) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, sweeping);
    }
    if ((u->role != HD_ROLE_ADMIN || !u->active) && is_last_admin(cx, old)) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, last_admin);
    }
    return HD_OK;
}

/* ---- what goes with it ---- */

static hd_code_t make_contact(hd_cx_t *cx, const void *old, void *rec)
{
    hd_user_t *u = rec;
    if (old != NULL || u->partner_id != 0) {
        return HD_OK;
    }
    hd_contact_t c = { .name = u->name, .email = u->email, .lang = u->lang, .active = true };
    hd_code_t code = hd_desk_put(cx, HD_CONTACT, NULL, &c);
    u->partner_id = c.rec.id;
    return code;
}

static hd_code_t follow_up(hd_cx_t *cx, const void *old_rec, const void *rec)
{
    const hd_user_t *old = old_rec, *u = rec;
    hd_contact_t was;
    if (old == NULL) {
        return HD_OK;
    }
    hd_code_t code = HD_OK;
    if ((!hd_str_eq(old->name, u->name) || !hd_str_eq(old->email, u->email))
        && hd_row_get(cx->txn, cx->arena, HD_CONTACT, u->partner_id, &was) == HD_OK) {
        hd_contact_t c = was;
        c.name = u->name;
        c.email = u->email;
        if (hd_desk_diff(HD_CONTACT, &was, &c) != 0) {
            code = hd_desk_put(cx, HD_CONTACT, &was, &c);
        }
    }
    if (code == HD_OK && !hd_str_eq(old->tz, u->tz)) {
        code = hd_desk_days_of_user(cx, u->rec.id);             /* ACT-4 */
    }
    if (code == HD_OK && (old->role != u->role || (old->active && !u->active))) {
        code = hd_desk_end_sessions(cx, u->rec.id, 0);          /* T-12 */
    }
    bool other = old->role != u->role || !u->active || !hd_str_eq(old->email, u->email) || !hd_str_eq(old->login, u->login);
    return code == HD_OK && other ? hd_desk_invitations_drop(cx, u->rec.id) : code;
}

/* ---- delete ---- */

static bool has_key(hd_cx_t *cx, hd_index_t index, hd_id_t id)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, id);
    return hd_desk_any_key(cx->txn, &k);
}

static hd_code_t check_delete_user(hd_cx_t *cx, const void *old_rec)
{
    const hd_user_t *old = old_rec;
    if (is_last_admin(cx, old)) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, last_admin);
    }
    if (old->role == HD_ROLE_PORTAL && hd_desk_is_any_sweeping(cx)) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, sweeping);
    }
    if (has_key(cx, HD_IX_TICKET_USER, old->rec.id) || has_key(cx, HD_IX_ACTIVITY_USER, old->rec.id)) {
        return HD_E_IN_USE;
    }
    size_t n;
    const void *const *types = hd_config_all(cx->txn, HD_ACTIVITY_TYPE, &n);
    for (size_t i = 0; i < n; i++) {
        if (((const hd_activity_type_t *) types[i])->default_user_id == old->rec.id) {
            return HD_E_IN_USE;
        }
    }
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_ids_has(((const hd_team_t *) teams[i])->member_ids, old->rec.id)) {
            return HD_E_IN_USE;
        }
    }
    return HD_OK;
}

static hd_code_t end_access(hd_cx_t *cx, const void *old)
{
    hd_id_t uid = ((const hd_rec_t *) old)->id;
    hd_code_t code = hd_desk_end_sessions(cx, uid, 0);
    code = code == HD_OK ? hd_desk_invitations_drop(cx, uid) : code;
    code = code == HD_OK ? hd_desk_canned_drop(cx, HD_USER, uid) : code;
    code = code == HD_OK ? hd_desk_views_drop(cx, HD_USER, uid) : code;
    code = code == HD_OK ? hd_desk_drafts_drop(cx, HD_USER, uid) : code;
    if (code == HD_OK) {
        code = hd_desk_remove_leaves(cx, HD_USER, uid);
    }
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TOKEN, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    size_t own = 0;
    for (size_t i = 0; i < n; i++) {
        const hd_token_t *t = all[i];
        ids[own] = t->rec.id;
        own += t->user_id == uid;
    }
    for (size_t i = 0; i < own && code == HD_OK; i++) {
        hd_token_t t;
        code = hd_row_get(cx->txn, cx->arena, HD_TOKEN, ids[i], &t);
        if (code == HD_OK) {
            code = hd_desk_remove(cx, HD_TOKEN, &t);
        }
    }
    return code;
}

const hd_rules_t hd_rules_user = {
    .may_write = may_write_user,
    .check = check_user,
    .before = make_contact,
    .after = follow_up,
    .check_delete = check_delete_user,
    .before_delete = end_access,
};
