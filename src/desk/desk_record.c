/*
 * Companies, contacts, users, teams, stages: one way to list, read, create, change and delete them.
 * What differs between types stands in a table of rules (desk_rules_*.c).  Rights first, then the
 * fields, then the first put.
 */
#include <stdlib.h>

#include "desk_impl.h"

static const hd_rules_t *const rules[HD_TYPE_COUNT] = {
    [HD_COMPANY] = &hd_rules_company,
    [HD_CONTACT] = &hd_rules_contact,
    [HD_USER] = &hd_rules_user,
    [HD_TEAM] = &hd_rules_team,
    [HD_STAGE] = &hd_rules_stage,
    [HD_TICKET_TYPE] = &hd_rules_ticket_type,
    [HD_TAG] = &hd_rules_tag,
    [HD_CALENDAR] = &hd_rules_calendar,
    [HD_LEAVE] = &hd_rules_leave,
    [HD_CANNED_RESPONSE] = &hd_rules_canned_response,
    [HD_VIEW] = &hd_rules_view,
    [HD_ACTIVITY_TYPE] = &hd_rules_activity_type,
    [HD_ACTIVITY] = &hd_rules_activity,
    [HD_EXTERNAL_ID] = &hd_rules_external_id,
};

const hd_rules_t *hd_desk_rules(hd_type_t type)
{
    return rules[type];
}

/* ---- get ---- */

hd_code_t hd_record_get(hd_cx_t *cx, hd_type_t type, hd_id_t id, void *ret_rec)
{
    if (type == HD_TICKET) {
        return hd_ticket_get(cx, id, ret_rec);
    }
    void *rec = hd_alloc_raw(cx->arena, hd_entities[type]->size);
    hd_code_t code = hd_row_get(cx->txn, cx->arena, type, id, rec);
    if (code == HD_E_DATA && !hd_actor_is_admin(cx->actor)) {
        return HD_E_NOT_FOUND;
    }
    if (code == HD_OK && !hd_sees(cx, type, rec)) {
        return HD_E_NOT_FOUND;
    }
    if (code == HD_OK && type == HD_TEAM) {
        ((hd_team_t *) rec)->stage_ids = hd_desk_stage_ids(cx, id, false);
    }
    if (code == HD_OK) {
        memcpy(ret_rec, rec, hd_entities[type]->size);
    }
    return code;
}

bool hd_desk_is_unnamed(hd_cx_t *cx, hd_type_t type, unsigned field, hd_id_t id)
{
    hd_scan_t sc;
    hd_str_t key, value;
    const hd_field_t *f = &hd_entities[type]->fields[field];
    void *rec = hd_alloc(cx->arena, hd_entities[type]->size);
    bool free = true;
    uint32_t looked = 0;
    hd_scan_rows(&sc, cx->txn, type, 0);
    while (free && hd_scan_next(&sc, &key, &value)) {
        free = ++looked <= HD_CASCADE_MAX
            && hd_scan_row(&sc, cx->arena, key, value, rec) == HD_OK
            && *(const hd_id_t *) hd_field_at(f, rec) != id;
    }
    hd_scan_done(&sc);
    return free;
}

/* ---- commands ---- */

static hd_code_t check(hd_cx_t *cx, hd_type_t type, const void *old, void *rec, uint64_t mask)
{
    uint32_t before = cx->problem->n_fields;
    hd_code_t code = rules[type]->check(cx, old, rec, mask);
    if (code == HD_OK || code == HD_E_INVALID) {
        hd_record_check(hd_entities[type], cx->arena, rec, cx->problem);
        return cx->problem->n_fields == before ? code : HD_E_INVALID;
    }
    return code;
}

hd_code_t hd_desk_record_write(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
{
    const hd_rules_t *r = rules[type];
    hd_code_t code = r->before != NULL ? r->before(cx, old, rec) : HD_OK;
    if (code == HD_OK) {
        code = hd_desk_put(cx, type, old, rec);
    }
    if (code == HD_OK && r->after != NULL) {
        code = r->after(cx, old, rec);
    }
    return code == HD_OK ? hd_assign_set_up(cx, type) : code;
}

hd_code_t hd_record_create(hd_cx_t *cx, hd_type_t type, void *rec, uint64_t mask)
{
    const hd_entity_t *e = hd_entities[type];
    if (type == HD_TICKET) {
        return hd_ticket_create(cx, rec, mask);
    }
    mask = hd_desk_writable(type, mask, true);
    if (rules[type] == NULL || !rules[type]->may_write(cx, NULL, mask)) {
        return HD_E_RIGHT;
    }
    void *made = hd_alloc(cx->arena, e->size);
    hd_record_merge(e, made, rec, mask);
    int active = hd_field_index(e, HD_STR("active"));
    if (active >= 0 && !(mask & HD_BIT(active))) {
        *(bool *) hd_field_at(&e->fields[active], made) = true;
    }
    hd_code_t code = check(cx, type, NULL, made, mask);
    if (code == HD_OK) {
        code = hd_desk_record_write(cx, type, NULL, made);
    }
    if (code == HD_OK) {
        memcpy(rec, made, e->size);
    }
    return code;
}

/* The old record for a write: hidden, rights, version. */
static hd_code_t open_record(hd_cx_t *cx, hd_type_t type, hd_id_t id, uint64_t mask,
                             uint64_t if_version, void *ret_rec)
{
    hd_code_t code = hd_record_get(cx, type, id, ret_rec);
    if (code != HD_OK) {
        return code;
    }
    if (rules[type] == NULL || !rules[type]->may_write(cx, ret_rec, mask)) {
        return HD_E_RIGHT;
    }
    return if_version != 0 && if_version != ((const hd_rec_t *) ret_rec)->version ? HD_E_VERSION
                                                                                  : HD_OK;
}

hd_code_t hd_record_update(hd_cx_t *cx, hd_type_t type, hd_id_t id, uint64_t if_version, void *rec,
                           uint64_t mask)
{
    const hd_entity_t *e = hd_entities[type];
    if (type == HD_TICKET) {
        return hd_ticket_update(cx, id, if_version, rec, mask);
    }
    mask = hd_desk_writable(type, mask, false);
    void *old = hd_alloc(cx->arena, e->size), *made = hd_alloc(cx->arena, e->size);
    hd_code_t code = open_record(cx, type, id, mask, if_version, old);
    if (code != HD_OK) {
        return code;
    }
    memcpy(made, old, e->size);
    hd_record_merge(e, made, rec, mask);
    code = check(cx, type, old, made, mask);
    if (code == HD_OK && !cx->dry_run && hd_desk_diff(type, old, made) != 0) {
        code = hd_desk_record_write(cx, type, old, made);
    }
    if (code == HD_OK) {
        memcpy(rec, made, e->size);
    }
    return code;
}

/* One's own sessions and tokens end when their owner says so (T-12). */
static hd_code_t end_own(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    if (type == HD_SESSION) {
        return hd_session_end(cx, id);
    }
    hd_token_t t;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TOKEN, id, &t);
    return code == HD_OK ? hd_desk_remove(cx, HD_TOKEN, &t) : code;
}

hd_code_t hd_record_delete(hd_cx_t *cx, hd_type_t type, hd_id_t id, uint64_t if_version)
{
    if (type == HD_TICKET) {
        return hd_ticket_delete(cx, id, if_version);
    }
    void *old = hd_alloc(cx->arena, hd_entities[type]->size);
    if (type == HD_SESSION || type == HD_TOKEN) {
        hd_code_t own = hd_record_get(cx, type, id, old);
        return own == HD_OK ? end_own(cx, type, id) : own;
    }
    hd_code_t code = open_record(cx, type, id, 0, if_version, old);
    if (code == HD_E_RIGHT || code == HD_E_NOT_FOUND) {
        return code;
    }
    const hd_rules_t *r = rules[type];
    if (!hd_actor_is_admin(cx->actor) && (r->may_delete == NULL || !r->may_delete(cx, old))) {      /* ACC-1 */
        return HD_E_RIGHT;
    }
    if (code == HD_OK && r->check_delete != NULL) {
        code = r->check_delete(cx, old);
    }
    if (code == HD_OK && r->before_delete != NULL) {
        code = r->before_delete(cx, old);
    }
    if (code == HD_OK) {
        code = hd_desk_remove(cx, type, old);
    }
    return code == HD_OK ? hd_assign_set_up(cx, type) : code;
}

/* ---- rights asked for in advance ---- */

/* What may be read at all: customers their tickets and themselves, other internal users their tickets and what these name. */
static bool may_read_type(const hd_actor_t *a, hd_type_t type)
{
    switch (type) {
    case HD_TICKET: case HD_MESSAGE: case HD_ATTACHMENT: case HD_CONTACT: case HD_USER:
        return a->uid != 0;
    case HD_COMPANY: case HD_TEAM: case HD_STAGE: case HD_ACTIVITY: case HD_NOTIFICATION: case HD_CANNED_RESPONSE:
        return hd_actor_is_internal(a);
    default:
        return hd_actor_is_staff(a);
    }
}

static hd_id_t author_of(hd_type_t type, const void *rec)
{
    return type == HD_MESSAGE ? ((const hd_message_t *) rec)->author_id : ((const hd_attachment_t *) rec)->author_id;
}

/* Of tickets, messages and files, whose commands are their own. */
static bool may_talk(const hd_actor_t *a, hd_type_t type, hd_may_t what, const void *rec)
{
    bool own = rec == NULL || type == HD_TICKET || (a->partner_id != 0 && author_of(type, rec) == a->partner_id);
    if (type == HD_TICKET) {
        return what == HD_MAY_DELETE ? a->role == HD_ROLE_ADMIN : hd_actor_is_staff(a);
    }
    if (what == HD_MAY_CREATE) {
        return a->uid != 0;
    }
    bool theirs = type == HD_MESSAGE ? what == HD_MAY_WRITE : what == HD_MAY_DELETE;
    return theirs && own ? a->uid != 0 : a->role == HD_ROLE_ADMIN && (type == HD_MESSAGE || what == HD_MAY_DELETE);
}

bool hd_record_may(hd_cx_t *cx, hd_type_t type, hd_may_t what, const void *rec)
{
    const hd_actor_t *a = cx->actor;
    if (what == HD_MAY_READ) {
        return may_read_type(a, type);
    }
    if (type == HD_TICKET || type == HD_MESSAGE || type == HD_ATTACHMENT) {
        return may_talk(a, type, what, rec);
    }
    if (rules[type] == NULL) {
        return false;
    }
    if (what == HD_MAY_DELETE && !hd_actor_is_admin(a)) {
        return rules[type]->may_delete != NULL && (rec == NULL ? hd_actor_is_staff(a) : rules[type]->may_delete(cx, rec));
    }
    bool old = what != HD_MAY_CREATE && rec != NULL;
    return rules[type]->may_write(cx, old ? rec : NULL, what == HD_MAY_WRITE && rec == NULL ? UINT64_MAX : 0);
}
