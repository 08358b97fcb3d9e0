/*
 * Rules of companies (ACC-5) and contacts.
 */
#include "desk_impl.h"

#define PARENTS_MAX 20

/* ---- companies ---- */

static bool may_write_company(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) mask;
    return hd_actor_is_admin(cx->actor)
        && (old == NULL || hd_desk_has_company(cx->actor, ((const hd_rec_t *) old)->id));
}

static hd_code_t check_company(hd_cx_t *cx, const void *old, void *rec, uint64_t mask)
{
    const hd_company_t *was = old, *c = rec;
    (void) mask;
    hd_desk_check_calendar(cx, HD_COMPANY, HD_COMPANY_F_resource_calendar_id,
                           was != NULL ? was->resource_calendar_id : 0, c->resource_calendar_id,
                           (hd_ids_t){ 1, &c->rec.id });
    return HD_OK;
}

/* Who makes a company works in it: nobody else could give it away. */
static hd_code_t join_company(hd_cx_t *cx, const void *old, const void *rec)
{
    hd_user_t was;
    if (old != NULL || cx->actor->uid == 0) {
        return HD_OK;
    }
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_USER, cx->actor->uid, &was);
    if (code != HD_OK) {
        return code;
    }
    hd_user_t u = was;
    u.company_ids = hd_ids_with(cx->arena, was.company_ids, ((const hd_rec_t *) rec)->id);
    return hd_desk_put(cx, HD_USER, &was, &u);
}

static hd_code_t check_delete_company(hd_cx_t *cx, const void *old)
{
    hd_id_t id = ((const hd_rec_t *) old)->id;
    size_t n;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_ids_has(((const hd_user_t *) users[i])->company_ids, id)) {
            return HD_E_IN_USE;
        }
    }
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        if (((const hd_team_t *) teams[i])->company_id == id) {
            return HD_E_IN_USE;
        }
    }
    const void *const *calendars = hd_config_all(cx->txn, HD_CALENDAR, &n);
    for (size_t i = 0; i < n; i++) {
        if (((const hd_calendar_t *) calendars[i])->company_id == id) {
            return HD_E_IN_USE;
        }
    }
    const void *const *leaves = hd_config_all(cx->txn, HD_LEAVE, &n);
    for (size_t i = 0; i < n; i++) {
        if (((const hd_leave_t *) leaves[i])->company_id == id) {
            return HD_E_IN_USE;
        }
    }
    return hd_desk_is_unnamed(cx, HD_CONTACT, HD_CONTACT_F_company_id, id) ? HD_OK : HD_E_IN_USE;
}

const hd_rules_t hd_rules_company = {
    .may_write = may_write_company,
    .check = check_company,
    .after = join_company,
    .check_delete = check_delete_company,
};

/* ---- contacts ---- */

static bool may_write_contact(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) old;
    (void) mask;
    return hd_actor_is_staff(cx->actor) || hd_actor_is_desk(cx->actor);
}

/* A parent is a company and not, over others, the contact itself. */
static const char *find_parent_fault(hd_cx_t *cx, const hd_contact_t *c)
{
    hd_contact_t p = { .parent_id = c->parent_id };
    if (!hd_desk_ref_ok(cx, HD_CONTACT, c->parent_id)) {
        return "not_found";
    }
    for (int i = 0; i < PARENTS_MAX && p.parent_id != 0; i++) {
        if (p.parent_id == c->rec.id
            || hd_row_get(cx->txn, cx->arena, HD_CONTACT, p.parent_id, &p) != HD_OK
            || !p.is_company) {
            return "not_allowed";
        }
    }
    return p.parent_id == 0 ? NULL : "not_allowed";
}

static bool is_lang(hd_str_t s)
{
    for (int i = 0; i < HD_LANG_COUNT; i++) {
        if (hd_str_is(s, hd_lang_code((hd_lang_t) i))) {
            return true;
        }
    }
    return false;
}

/*
 * Who signs in as the contact has one address in both places.  That of a colleague is an administrator's to change: links
 * to set his password and what he is told go there.
 */
static hd_code_t check_login_email(hd_cx_t *cx, const hd_contact_t *c)
{
    static const char sentence[] = "Only administrators change the e-mail address of a colleague.";
    const hd_user_t *u = hd_desk_user_of(cx, c->rec.id);
    hd_id_t other;
    if (u == NULL) {
        return HD_OK;
    }
    if (u->role != HD_ROLE_PORTAL && !hd_rules_user.may_write(cx, u, HD_BIT(HD_USER_F_email))) {
        return hd_problem_set(cx->problem, HD_E_RIGHT, sentence);
    }
    if (hd_desk_login_follows(cx, u) && hd_desk_find_text(cx, HD_IX_USER_LOGIN, hd_str_trim(c->email), &other)
        && other != u->rec.id) {
        return hd_desk_bad(cx, HD_CONTACT, HD_CONTACT_F_email, "taken");
    }
    return HD_OK;
}

static hd_code_t check_contact(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_contact_t *old = old_rec;
    hd_contact_t *c = rec;
    hd_code_t code = HD_OK;
    (void) mask;
    if (c->parent_id != 0 && (old == NULL || c->parent_id != old->parent_id)) {
        const char *fault = find_parent_fault(cx, c);
        if (fault != NULL) {
            code = hd_desk_bad(cx, HD_CONTACT, HD_CONTACT_F_parent_id, fault);
        }
    }
    if (old != NULL && old->is_company && !c->is_company
        && !hd_desk_is_unnamed(cx, HD_CONTACT, HD_CONTACT_F_parent_id, c->rec.id)) {
        code = hd_desk_bad(cx, HD_CONTACT, HD_CONTACT_F_is_company, "not_allowed");     /* people work for it */
    }
    if (c->company_id != 0 && (old == NULL || c->company_id != old->company_id)
        && !hd_desk_ref_ok(cx, HD_COMPANY, c->company_id)) {
        code = hd_desk_bad(cx, HD_CONTACT, HD_CONTACT_F_company_id, "not_found");
    }
    if (c->lang.len != 0 && !is_lang(c->lang)) {
        code = hd_desk_bad(cx, HD_CONTACT, HD_CONTACT_F_lang, "not_an_option");
    }
    if (code == HD_OK && old != NULL && !hd_str_eq(old->email, c->email)) {
        code = check_login_email(cx, c);
    }
    return code;
}

static hd_code_t follow_up_contact(hd_cx_t *cx, const void *old_rec, const void *rec)
{
    const hd_contact_t *old = old_rec, *c = rec;
    if (old == NULL) {
        return HD_OK;
    }
    hd_code_t code = hd_desk_commercial_follow(cx, old, c->rec.id);
    return code == HD_OK && !hd_str_eq(old->email, c->email) ? hd_desk_email_follow(cx, c) : code;
}

static bool has_key(hd_cx_t *cx, hd_index_t index, hd_id_t id)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, id);
    return hd_desk_any_key(cx->txn, &k);
}

static hd_code_t check_delete_contact(hd_cx_t *cx, const void *old)
{
    hd_id_t id = ((const hd_rec_t *) old)->id;
    if (has_key(cx, HD_IX_USER_PARTNER, id) || has_key(cx, HD_IX_TICKET_PARTNER, id)
        || has_key(cx, HD_IX_TICKET_FOLLOWER, id)) {
        return HD_E_IN_USE;
    }
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_ids_has(((const hd_team_t *) teams[i])->message_partner_ids, id)) {
            return HD_E_IN_USE;
        }
    }
    if (!((const hd_contact_t *) old)->is_company) {
        return HD_OK;
    }
    return hd_desk_is_unnamed(cx, HD_CONTACT, HD_CONTACT_F_parent_id, id) ? HD_OK : HD_E_IN_USE;
}

static hd_code_t forget_contact(hd_cx_t *cx, const void *old)
{
    return hd_desk_forget(cx, HD_CONTACT, ((const hd_rec_t *) old)->id);
}

const hd_rules_t hd_rules_contact = {
    .may_write = may_write_contact,
    .check = check_contact,
    .after = follow_up_contact,
    .check_delete = check_delete_contact,
    .before_delete = forget_contact,
};
