/*
 * Tickets: read, create, delete, follow.  All channels end in hd_ticket_create (CHN-22).
 */
#include "desk_impl.h"

#define FORM_FIELDS (HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_description)                 \
                     | HD_BIT(HD_TICKET_F_partner_name) | HD_BIT(HD_TICKET_F_partner_email)     \
                     | HD_BIT(HD_TICKET_F_partner_phone) | HD_BIT(HD_TICKET_F_team_id))

/* ---- rules shared with updates ---- */

bool hd_desk_may_hold(hd_cx_t *cx, hd_id_t user_id, hd_id_t company)
{
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, user_id);
    return u != NULL && u->active && u->role != HD_ROLE_PORTAL
           && hd_ids_has(u->company_ids, company);
}

hd_id_t hd_desk_first_stage(hd_cx_t *cx, hd_id_t team_id)
{
    size_t n;
    const hd_stage_t *const *stages = hd_team_stages(cx, team_id, &n);
    for (size_t i = 0; i < n; i++) {
        if (!stages[i]->fold) {
            return stages[i]->rec.id;
        }
    }
    return n != 0 ? stages[0]->rec.id : 0;
}

bool hd_desk_stage_of_team(hd_cx_t *cx, hd_id_t stage_id, hd_id_t team_id)
{
    const hd_stage_t *s = hd_config_get(cx->txn, HD_STAGE, stage_id);
    return s != NULL && s->active && hd_ids_has(s->team_ids, team_id);
}

bool hd_desk_stage_folded(hd_cx_t *cx, hd_id_t stage_id)
{
    const hd_stage_t *s = hd_config_get(cx->txn, HD_STAGE, stage_id);
    return s != NULL && s->fold;
}

hd_ids_t hd_desk_add_followers(hd_cx_t *cx, hd_ids_t ids, hd_ids_t team_followers)
{
    for (uint32_t i = 0; i < team_followers.n && ids.n < HD_LIST_MAX; i++) {
        hd_contact_t c = { .active = false };
        if (!hd_ids_has(ids, team_followers.v[i])
            && hd_row_get(cx->txn, cx->arena, HD_CONTACT, team_followers.v[i], &c) == HD_OK
            && c.active) {
            ids = hd_ids_with(cx->arena, ids, c.rec.id);
        }
    }
    return ids;
}

/* The row as it is stored, for those who write it. */
static hd_code_t get_row(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret)
{
    hd_ticket_t t;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &t);
    if (code == HD_E_DATA && !hd_actor_is_staff(cx->actor) && !hd_actor_is_desk(cx->actor)) {
        return HD_E_NOT_FOUND;
    }
    if (code == HD_OK && !hd_sees_ticket(cx, &t)) {
        return HD_E_NOT_FOUND;
    }
    if (code == HD_OK) {
        *ret = t;
    }
    return code;
}

hd_code_t hd_ticket_get(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret)
{
    hd_code_t code = get_row(cx, id, ret);
    if (code == HD_OK) {
        hd_desk_settle(cx, ret);
    }
    return code;
}

hd_code_t hd_desk_ticket_open(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_ticket_t *ret)
{
    hd_code_t code = get_row(cx, id, ret);
    if (code != HD_OK) {
        return code;
    }
    if (!hd_actor_is_staff(cx->actor) && !hd_actor_is_desk(cx->actor)) {        /* ACC-1, ACC-2 */
        return HD_E_RIGHT;
    }
    return if_version != 0 && if_version != ret->rec.version ? HD_E_VERSION : HD_OK;
}

/* ---- create: decide ---- */

/* CHN-12: a door without a desk behind it takes the published form's fields and nothing else. */
static bool is_form(const hd_actor_t *a)
{
    return a->uid == 0 ? !hd_actor_is_desk(a) : a->role == HD_ROLE_PORTAL;
}

const hd_team_t *hd_ticket_default_team(hd_cx_t *cx)
{
    const hd_scope_t *s = hd_scope(cx);
    const hd_team_t *best = NULL;
    for (uint32_t i = 0; i < s->n; i++) {
        const hd_team_t *t = s->team[i];
        if (t->active && hd_sees_team(cx, t) && (best == NULL || t->sequence < best->sequence)) {
            best = t;
        }
    }
    return best;
}

static const hd_team_t *decide_team(hd_cx_t *cx, hd_id_t team_id)
{
    const hd_team_t *t = NULL;
    if (team_id != 0) {
        t = hd_config_get(cx->txn, HD_TEAM, team_id);
    } else if (!is_form(cx->actor)) {
        t = hd_ticket_default_team(cx);
    }
    if (t == NULL || !t->active) {
        return NULL;
    }
    if (is_form(cx->actor)) {
        return t->use_website_helpdesk_form && t->website_published ? t : NULL;
    }
    return hd_sees_team(cx, t) ? t : NULL;
}

static void decide_stage(hd_cx_t *cx, hd_ticket_t *t)
{
    if (t->stage_id == 0) {
        t->stage_id = hd_desk_first_stage(cx, t->team_id);
        if (t->stage_id == 0) {
            hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_team_id, "no_stage");
        }
    } else if (!hd_desk_stage_of_team(cx, t->stage_id, t->team_id)) {       /* STG-6 */
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_stage_id, "not_of_team");
    }
}

/* TKT-9, CHN-16. */
static void decide_customer(hd_cx_t *cx, hd_ticket_t *t)
{
    if (cx->actor->role == HD_ROLE_PORTAL) {
        t->partner_id = cx->actor->partner_id;
    } else if (t->partner_id != 0 && !hd_desk_ref_ok(cx, HD_CONTACT, t->partner_id)) {
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_partner_id, "not_found");
        return;
    }
    if (t->partner_id == 0) {
        t->partner_id = hd_desk_contact_of_email(cx, t->partner_email, t->company_id);
    }
    hd_contact_t c;
    if (t->partner_id == 0
        || hd_row_get(cx->txn, cx->arena, HD_CONTACT, t->partner_id, &c) != HD_OK) {
        return;
    }
    if (is_form(cx->actor) && cx->actor->uid == 0) {
        return;         /* T-13: who knows an address learns nothing else of the contact */
    }
    t->partner_name = t->partner_name.len != 0 ? t->partner_name : c.name;
    t->partner_email = t->partner_email.len != 0 ? t->partner_email : c.email;
    t->partner_phone = t->partner_phone.len != 0 ? t->partner_phone : c.phone;
}

static void decide_followers(hd_cx_t *cx, const hd_team_t *team, hd_ticket_t *t)
{
    if (!hd_desk_refs_ok(cx, HD_CONTACT, t->message_partner_ids, NULL)) {
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_message_partner_ids, "not_found");
        return;
    }
    /* VIS-4: the creator; VIS-13: customers of open teams. */
    hd_ids_t ids = hd_ids_with(cx->arena, t->message_partner_ids, cx->actor->partner_id);
    if (team->privacy_visibility == HD_VIS_PORTAL) {
        ids = hd_ids_with(cx->arena, ids, t->partner_id);
    }
    t->message_partner_ids = hd_desk_add_followers(cx, ids, team->message_partner_ids);
}

static hd_code_t decide_create(hd_cx_t *cx, hd_ticket_t *t, uint64_t mask,
                               hd_assigned_t *ret_to)
{
    uint32_t before = cx->problem->n_fields;
    const hd_team_t *team = decide_team(cx, t->team_id);
    hd_record_check(hd_entities[HD_TICKET], cx->arena, t, cx->problem);
    if (team == NULL) {
        return hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_team_id,
                           t->team_id != 0 ? "not_found" : "required");
    }
    t->team_id = team->rec.id;
    t->company_id = team->company_id;
    decide_stage(cx, t);
    t->closed = hd_desk_stage_folded(cx, t->stage_id);
    t->close_date = t->closed ? cx->now : 0;            /* TKT-10 */
    t->date_last_stage_update = cx->now;
    decide_customer(cx, t);
    t->commercial_partner_id = hd_desk_commercial(cx, t->partner_id);
    hd_desk_check_labels(cx, NULL, t);
    hd_desk_decide_properties(cx, NULL, t, team, (mask & HD_BIT(HD_TICKET_F_properties)) != 0);
    decide_followers(cx, team, t);
    hd_assign_decide(cx, team, NULL, t, ret_to);
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

hd_code_t hd_ticket_create(hd_cx_t *cx, hd_ticket_t *rec, uint64_t mask)
{
    const hd_actor_t *a = cx->actor;
    if (a->uid != 0 && a->role == HD_ROLE_NONE) {       /* ACC-2 */
        return HD_E_RIGHT;
    }
    if (is_form(a) && (mask & ~FORM_FIELDS) != 0) {
        return HD_E_RIGHT;
    }
    return hd_desk_ticket_new(cx, rec, mask);
}

hd_code_t hd_desk_ticket_new(hd_cx_t *cx, hd_ticket_t *rec, uint64_t mask)
{
    hd_ticket_t t = { .active = true };
    mask = hd_desk_writable(HD_TICKET, mask, true);
    hd_record_merge(hd_entities[HD_TICKET], &t, rec, mask);
    hd_assigned_t to = { .user = 0 };
    hd_code_t code = decide_create(cx, &t, mask, &to);
    if (code != HD_OK) {
        return code;
    }
    if (cx->dry_run) {
        *rec = t;
        return HD_OK;
    }

    code = hd_desk_put(cx, HD_TICKET, NULL, &t);
    if (code == HD_OK) {
        hd_assign_done(cx, &t, &to);
        code = hd_notify_ticket(cx, NULL, &t);
    }
    if (code == HD_OK) {
        code = hd_desk_fill_contact(cx, &t, mask);
    }
    if (code == HD_OK) {
        *rec = t;
    }
    return code;
}

/* ---- delete, follow ---- */

hd_code_t hd_ticket_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version)
{
    hd_ticket_t t;
    hd_code_t code = hd_desk_ticket_open(cx, id, if_version, &t);
    if (code != HD_OK && code != HD_E_VERSION) {
        return code;
    }
    if (!hd_actor_is_admin(cx->actor)) {        /* TKT-6 */
        return HD_E_RIGHT;
    }
    if (code != HD_OK || cx->dry_run) {
        return code;
    }
    code = hd_desk_talk_drop(cx, HD_TICKET, id);
    if (code == HD_OK) {
        code = hd_file_drop(cx, HD_TICKET, &t);
    }
    if (code == HD_OK) {
        code = hd_desk_forget(cx, HD_TICKET, id);
    }
    if (code == HD_OK) {
        code = hd_desk_remove(cx, HD_TICKET, &t);
    }
    return code == HD_OK ? hd_assign_freed(cx, &t, NULL) : code;
}

hd_code_t hd_ticket_follow(hd_cx_t *cx, hd_id_t id, hd_id_t partner_id, bool follow,
                           hd_ticket_t *ret)
{
    hd_ticket_t old;
    hd_code_t code = hd_desk_ticket_open(cx, id, 0, &old);
    bool own = partner_id != 0 && partner_id == cx->actor->partner_id;
    if (code != HD_OK && !(code == HD_E_RIGHT && own)) {
        return code;
    }
    hd_ticket_t t = old;            /* VIS-3, VIS-18 */
    hd_desk_settle(cx, &t);
    bool follows = hd_ids_has(t.message_partner_ids, partner_id);
    if (follow && !follows) {
        if (!hd_desk_ref_ok(cx, HD_CONTACT, partner_id)) {
            return hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_message_partner_ids, "not_found");
        }
        if (t.message_partner_ids.n >= HD_LIST_MAX) {
            return hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_message_partner_ids, "too_many");
        }
        t.message_partner_ids = hd_ids_with(cx->arena, t.message_partner_ids, partner_id);
    } else if (!follow && follows) {
        t.message_partner_ids = hd_ids_without(cx->arena, t.message_partner_ids, partner_id);
    }
    bool stays = follow == follows || cx->dry_run;
    code = stays ? HD_OK : hd_desk_put(cx, HD_TICKET, &old, &t);
    if (code == HD_OK && !stays && !follow) {
        code = hd_desk_unsubscribe(cx, id, partner_id);
    }
    if (code == HD_OK) {
        *ret = t;
    }
    return code;
}
