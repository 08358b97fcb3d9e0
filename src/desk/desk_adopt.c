/*
 * Records that come from another desk (helpdeskctl import-odoo): they are taken as they stand, with their dates and who made
 * them.  What must always hold is checked, what follows from other records is worked out; rules about changes (who may be
 * chosen, what is archived) are not asked, nothing is assigned and nobody is told.
 */
#include "desk_impl.h"

static void bad(hd_cx_t *cx, hd_type_t type, unsigned field, const char *code)
{
    (void) hd_desk_bad(cx, type, field, code);
}

/* ---- what holds of every record ---- */

static bool exists(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    return hd_row_get(cx->txn, cx->arena, type, id, hd_alloc(cx->arena, hd_entities[type]->size)) == HD_OK;
}

static void check_refs(hd_cx_t *cx, const hd_entity_t *e, const void *old, const void *rec)
{
    for (unsigned i = HD_F_OWN; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (f->tag == 0 || f->flags & HD_F_LOOSE || (f->kind != HD_K_REF && f->kind != HD_K_REFS)) {
            continue;
        }
        hd_ids_t ids = { 1, hd_field_at(f, rec) }, was = { 0, NULL };
        if (f->kind == HD_K_REFS) {
            ids = *(const hd_ids_t *) hd_field_at(f, rec);
            was = old != NULL ? *(const hd_ids_t *) hd_field_at(f, old) : was;
        }
        for (uint32_t k = 0; k < ids.n; k++) {
            if (ids.v[k] != 0 && !hd_ids_has(was, ids.v[k]) && !exists(cx, (hd_type_t) f->ref, ids.v[k])) {
                bad(cx, (hd_type_t) e->type, i, "not_found");
                break;
            }
        }
    }
}

/* ---- tickets ---- */

static void check_ticket(hd_cx_t *cx, const hd_ticket_t *old, hd_ticket_t *t)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    if (team == NULL) {
        bad(cx, HD_TICKET, HD_TICKET_F_team_id, t->team_id != 0 ? "not_found" : "required");
        return;
    }
    if (t->stage_id == 0) {
        t->stage_id = hd_desk_first_stage(cx, t->team_id);
    }
    if (t->stage_id == 0) {
        bad(cx, HD_TICKET, HD_TICKET_F_team_id, "no_stage");
    }
    t->company_id = team->company_id;
    t->closed = hd_desk_stage_folded(cx, t->stage_id);
    t->close_date = !t->closed ? 0 : t->close_date != 0 ? t->close_date : t->rec.write_date;
    if (t->date_last_stage_update == 0) {
        t->date_last_stage_update = t->rec.create_date;
    }
    t->commercial_partner_id = hd_desk_commercial(cx, t->partner_id);
    if (old == NULL || old->team_id != t->team_id) {
        t->follow_epoch = team->follow_epoch;           /* the followers it came with are what the team's left of them */
    }
    t->waiting = false;
    if (t->properties.len != 0 && (old == NULL || !hd_str_eq(old->properties, t->properties))) {
        hd_ticket_t none = *t;
        none.properties = (hd_str_t){ 0, "" };
        hd_desk_decide_properties(cx, &none, t, team, true);
    }
}

/* ---- messages, files, subscriptions, activities ---- */

static void check_message(hd_cx_t *cx, const hd_message_t *m)
{
    if ((m->ticket_id != 0) == (m->team_id != 0)) {
        bad(cx, HD_MESSAGE, HD_MESSAGE_F_ticket_id, "required");
    }
    if (hd_str_trim(m->body).len == 0 && m->attachment_ids.n == 0) {
        bad(cx, HD_MESSAGE, HD_MESSAGE_F_body, "required");
    }
}

static void check_follower(hd_cx_t *cx, const hd_follower_t *old, const hd_follower_t *f)
{
    hd_key_t k = hd_desk_key(HD_IX_FOLLOWER);
    hd_id_t there;
    hd_key_id(&k, f->ticket_id);
    hd_key_id(&k, f->partner_id);
    if (hd_index_find(cx->txn, &k, &there) && (old == NULL || there != old->rec.id)) {
        bad(cx, HD_FOLLOWER, HD_FOLLOWER_F_partner_id, "taken");
    }
}

/* Of the types that have a table of rules: as if the record had always been like this, which leaves what must hold. */
static hd_code_t check_by_rules(hd_cx_t *cx, hd_type_t type, void *rec)
{
    static const uint64_t looked_at = HD_BIT(HD_TEAM_F_ticket_properties) | HD_BIT(HD_TEAM_F_form_fields);
    const hd_rules_t *rules = hd_desk_rules(type);
    void *copy = hd_alloc(cx->arena, hd_entities[type]->size);
    memcpy(copy, rec, hd_entities[type]->size);
    if (type == HD_TEAM) {
        ((hd_team_t *) copy)->alias_name = (hd_str_t){ 0, "" };      /* no other team may have it */
    }
    return rules != NULL ? rules->check(cx, copy, rec, type == HD_TEAM ? looked_at : 0) : HD_OK;
}

static hd_code_t check(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
{
    uint32_t before = cx->problem->n_fields;
    hd_code_t code = HD_OK;
    check_refs(cx, hd_entities[type], old, rec);
    hd_record_check(hd_entities[type], cx->arena, rec, cx->problem);
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
    }
    switch (type) {
    case HD_TICKET:
        check_ticket(cx, old, rec);
        break;
    case HD_MESSAGE:
        check_message(cx, rec);
        break;
    case HD_FOLLOWER:
        check_follower(cx, old, rec);
        break;
    default:
        code = check_by_rules(cx, type, rec);
        break;
    }
    if (type == HD_ACTIVITY && code == HD_OK) {
        hd_activity_t *a = rec;                          /* nobody is reminded of what was over before it came */
        a->reminded = a->reminded || hd_desk_day_instant(cx, a->user_id, a->date_deadline, HD_DAY) <= cx->now;
    }
    return code != HD_OK ? code : cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

/* ---- writing ---- */

static hd_code_t finish(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    return type == HD_ACTIVITY ? hd_desk_adopt_days(cx, rec) : HD_OK;
}

static hd_code_t adopt_new(hd_cx_t *cx, hd_type_t type, void *rec)
{
    hd_rec_t *r = rec;
    hd_code_t code = HD_OK;
    r->version = 1;
    if (type == HD_USER) {
        code = hd_desk_rules(type)->before(cx, NULL, rec);       /* its contact, when it came without one */
    }
    code = code == HD_OK ? hd_row_restore(cx->txn, cx->arena, type, rec) : code;
    if (code == HD_OK) {
        hd_desk_log(cx, HD_EV_CREATED, type, NULL, rec);
        code = finish(cx, type, rec);
    }
    return code;
}

/* What is set up changes by its own rules, with all that follows for tickets; then its dates are those of where it came from. */
static hd_code_t change_by_rules(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    hd_rec_t head = *(const hd_rec_t *) rec;
    void *now = hd_alloc(cx->arena, e->size);
    hd_code_t code = hd_record_update(cx, type, head.id, 0, rec, hd_desk_diff(type, old, rec));
    code = code == HD_OK ? hd_row_get(cx->txn, cx->arena, type, head.id, now) : code;
    if (code != HD_OK) {
        return code;
    }
    memcpy(rec, now, e->size);
    hd_rec_t *r = rec;
    r->create_date = head.create_date;
    r->create_uid = head.create_uid;
    r->write_date = head.write_date;
    r->write_uid = head.write_uid;
    return hd_row_amend(cx->txn, cx->arena, type, now, rec);
}

hd_code_t hd_adopt(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
{
    if (old != NULL && hd_desk_rules(type) != NULL && type != HD_ACTIVITY) {
        return change_by_rules(cx, type, old, rec);
    }
    hd_code_t code = check(cx, type, old, rec);
    if (code != HD_OK || old == NULL) {
        return code == HD_OK ? adopt_new(cx, type, rec) : code;
    }
    bool differs = hd_desk_diff(type, old, rec) != 0;
    code = hd_row_amend(cx->txn, cx->arena, type, old, rec);
    if (code == HD_OK && differs) {
        hd_desk_log(cx, HD_EV_CHANGED, type, old, rec);
        code = finish(cx, type, rec);
    }
    return code;
}
