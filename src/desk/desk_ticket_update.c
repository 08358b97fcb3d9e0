/*
 * What a change of a ticket brings with it: stage, team, assignee, customer, followers.
 * Decided on a copy; the row is written once, and only when something differs.
 */
#include "desk_impl.h"

typedef struct {
    hd_cx_t           *cx;
    const hd_ticket_t *old;
    hd_ticket_t       *t;
    uint64_t           mask;
    const hd_team_t   *team;     /* of the ticket after the change */
    bool               moved;    /* to another team */
    bool               by_partner;       /* the customer closes it (SLF-6) */
    hd_assigned_t      to;       /* by automatic assignment */
} change_t;

static bool is_set(const change_t *c, unsigned field)
{
    return (c->mask & HD_BIT(field)) != 0;
}

static void bad(const change_t *c, unsigned field, const char *code)
{
    hd_desk_bad(c->cx, HD_TICKET, field, code);
}

/* MAN-6.  False when there is no team to go on with. */
static bool decide_team(change_t *c)
{
    c->moved = c->t->team_id != c->old->team_id;
    c->team = hd_config_get(c->cx->txn, HD_TEAM, c->t->team_id);
    if (c->t->team_id == 0) {
        bad(c, HD_TICKET_F_team_id, "required");
        return false;
    }
    if (c->team == NULL
        || (c->moved && (!c->team->active || !hd_sees_team(c->cx, c->team)))) {
        bad(c, HD_TICKET_F_team_id, "not_found");
        return false;
    }
    c->t->company_id = c->team->company_id;
    return true;
}

/* STG-6, D-15, STG-20, TKT-10. */
static void decide_stage(change_t *c)
{
    hd_ticket_t *t = c->t;
    bool given = is_set(c, HD_TICKET_F_stage_id) && t->stage_id != 0;
    if (t->stage_id != c->old->stage_id || c->moved) {
        if (!hd_desk_stage_of_team(c->cx, t->stage_id, t->team_id)) {
            if (given && (!c->moved || t->stage_id != c->old->stage_id)) {
                bad(c, HD_TICKET_F_stage_id, "not_of_team");
                return;
            }
            t->stage_id = hd_desk_first_stage(c->cx, t->team_id);
        }
        if (t->stage_id == 0) {
            bad(c, HD_TICKET_F_team_id, "no_stage");
            return;
        }
    }
    if (t->stage_id != c->old->stage_id) {
        t->date_last_stage_update = c->cx->now;
        if (!is_set(c, HD_TICKET_F_kanban_state)) {
            t->kanban_state = HD_KANBAN_NORMAL;
        }
    }
    t->closed = hd_desk_stage_folded(c->cx, t->stage_id);       /* also while desk_fold.c runs */
    if (!t->closed) {
        t->close_date = 0;
    } else if (!c->old->closed) {
        t->close_date = c->cx->now;
    }
    if (t->stage_id != c->old->stage_id) {
        t->closed_by_partner = c->by_partner || (t->closed && c->old->closed_by_partner);
    }
}

/* TKT-9: what the same call does not say comes from the new customer. */
static void decide_customer(change_t *c)
{
    hd_ticket_t *t = c->t;
    t->commercial_partner_id = hd_desk_commercial(c->cx, t->partner_id);
    if (t->partner_id == c->old->partner_id || t->partner_id == 0) {
        return;
    }
    hd_contact_t p;
    if (!hd_desk_ref_ok(c->cx, HD_CONTACT, t->partner_id)
        || hd_row_get(c->cx->txn, c->cx->arena, HD_CONTACT, t->partner_id, &p) != HD_OK) {
        bad(c, HD_TICKET_F_partner_id, "not_found");
        return;
    }
    if (!is_set(c, HD_TICKET_F_partner_name)) {
        t->partner_name = p.name;
    }
    if (!is_set(c, HD_TICKET_F_partner_email)) {
        t->partner_email = p.email;
    }
    if (!is_set(c, HD_TICKET_F_partner_phone)) {
        t->partner_phone = p.phone;
    }
}

static void decide_followers(change_t *c)
{
    hd_ticket_t *t = c->t;
    hd_arena_t *a = c->cx->arena;
    if (!hd_desk_refs_ok(c->cx, HD_CONTACT, t->message_partner_ids, &c->old->message_partner_ids)) {
        bad(c, HD_TICKET_F_message_partner_ids, "not_found");
        return;
    }
    bool customer_new = t->partner_id != c->old->partner_id || c->moved;
    if (customer_new && c->team->privacy_visibility == HD_VIS_PORTAL) {
        t->message_partner_ids = hd_ids_with(a, t->message_partner_ids, t->partner_id);
    }
    if (c->moved) {                         /* VIS-20 */
        t->message_partner_ids = hd_desk_add_followers(c->cx, t->message_partner_ids,
                                                       c->team->message_partner_ids);
    }
}

static hd_code_t decide(change_t *c)
{
    uint32_t before = c->cx->problem->n_fields;
    hd_record_check(hd_entities[HD_TICKET], c->cx->arena, c->t, c->cx->problem);
    if (decide_team(c)) {
        decide_stage(c);
        decide_customer(c);
        hd_desk_check_labels(c->cx, c->old, c->t);
        hd_desk_decide_properties(c->cx, c->old, c->t, c->team, is_set(c, HD_TICKET_F_properties));
        decide_followers(c);
        hd_assign_decide(c->cx, c->team, c->old, c->t, &c->to);
    }
    return c->cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

static hd_code_t put(change_t *c)
{
    hd_code_t code = hd_desk_put(c->cx, HD_TICKET, c->old, c->t);
    if (code == HD_OK) {
        hd_assign_done(c->cx, c->t, &c->to);
        code = hd_notify_ticket(c->cx, c->old, c->t);
    }
    if (code == HD_OK) {
        code = hd_desk_fill_contact(c->cx, c->t, c->mask);
    }
    return code == HD_OK ? hd_assign_freed(c->cx, c->old, c->t) : code;
}

hd_code_t hd_ticket_update(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_ticket_t *rec,
                           uint64_t mask)
{
    hd_ticket_t old;
    hd_code_t code = hd_desk_ticket_open(cx, id, if_version, &old);
    if (code != HD_OK) {
        return code;
    }
    hd_ticket_t t = old;
    hd_desk_settle(cx, &t);
    change_t c = { .cx = cx, .old = &old, .t = &t };
    c.mask = hd_desk_writable(HD_TICKET, mask, false);
    hd_record_merge(hd_entities[HD_TICKET], &t, rec, c.mask);
    code = decide(&c);
    if (code == HD_OK && !cx->dry_run && hd_desk_diff(HD_TICKET, &old, &t) != 0) {
        code = put(&c);
    }
    if (code == HD_OK) {
        *rec = t;
    }
    return code;
}

hd_code_t hd_desk_ticket_close(hd_cx_t *cx, hd_id_t id, hd_id_t stage, hd_message_t *say, hd_ticket_t *ret)
{
    hd_ticket_t old;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &old);
    if (code != HD_OK) {
        return code;
    }
    hd_ticket_t t = old;
    hd_desk_settle(cx, &t);
    t.stage_id = stage;
    change_t c = { .cx = cx, .old = &old, .t = &t, .mask = HD_BIT(HD_TICKET_F_stage_id), .by_partner = true };
    hd_subject_t s = { .ticket = t, .team = hd_config_get(cx->txn, HD_TEAM, t.team_id) };
    code = decide(&c);
    if (code == HD_OK) {
        code = hd_desk_message_new(cx, &s, say);        /* its own refusals come before its first put */
    }
    if (code == HD_OK) {
        code = put(&c);
    }
    if (code == HD_OK) {
        *ret = t;
    }
    return code;
}
