/*
 * Companies, contacts, users, teams, stages: one way to list, read, create, change and delete them.
 * What differs between types stands in a table of rules (desk_rules_*.c).  Rights first, then the
 * fields, then the first put.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define TAIL 8                   /* sequence(4, sign flipped) id(4) */

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
};

/* ---- list ---- */

typedef struct {
    hd_cx_t          *cx;
    hd_type_t         type;
    const hd_query_t *q;
    bool              archived;          /* the query asks about `active` itself (TEAM-8) */
    int               active_field;      /* -1: the type knows no archive */
    uint32_t          limit;
    hd_page_t         page;
    uint8_t           last[TAIL];
} listing_t;

static void make_tail(hd_type_t type, const void *rec, uint8_t out[TAIL])
{
    int64_t sequence = 0;
    if (type == HD_TEAM) {
        sequence = ((const hd_team_t *) rec)->sequence;
    } else if (type == HD_STAGE) {
        sequence = ((const hd_stage_t *) rec)->sequence;
    } else if (type == HD_TICKET_TYPE) {
        sequence = ((const hd_ticket_type_t *) rec)->sequence;
    }
    hd_put_be32(out, (uint32_t) sequence ^ UINT32_C(0x80000000));
    hd_put_be32(out + 4, (uint32_t) ((const hd_rec_t *) rec)->id);
}

static bool is_listed(const listing_t *l, const void *rec)
{
    const hd_entity_t *e = hd_entities[l->type];
    if (!l->archived && l->active_field >= 0
        && hd_field_is_empty(&e->fields[l->active_field], rec)) {
        return false;
    }
    return hd_sees(l->cx, l->type, rec)
        && hd_filter_match(e, l->cx->arena, rec, l->q->filters, l->q->n_filters);
}

/* False when the page is full: rec belongs to the next one. */
static bool add_record(listing_t *l, const void *rec)
{
    if (!is_listed(l, rec)) {
        return true;
    }
    if (l->page.n == l->limit) {
        l->page.next = hd_desk_cursor(l->cx->arena, l->last, TAIL);
        return false;
    }
    size_t size = hd_entities[l->type]->size;
    void *copy = hd_alloc(l->cx->arena, size);
    memcpy(copy, rec, size);
    l->page.v[l->page.n++] = copy;
    make_tail(l->type, rec, l->last);
    return true;
}

typedef struct {
    uint8_t     tail[TAIL];
    const void *rec;
} placed_t;

static int compare_placed(const void *a, const void *b)
{
    return memcmp(((const placed_t *) a)->tail, ((const placed_t *) b)->tail, TAIL);
}

static void list_config(listing_t *l, const uint8_t *after)
{
    size_t n, kept = 0;
    const void *const *all = hd_config_all(l->cx->txn, l->type, &n);
    placed_t *v = hd_alloc_n(l->cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        make_tail(l->type, all[i], v[kept].tail);
        v[kept].rec = all[i];
        kept += after == NULL || memcmp(v[kept].tail, after, TAIL) > 0;
    }
    if (kept > 1) {
        qsort(v, kept, sizeof(*v), compare_placed);         /* STG-4 */
    }
    for (size_t i = 0; i < kept && add_record(l, v[i].rec); i++) {
    }
}

static void list_rows(listing_t *l, const uint8_t *after)
{
    hd_scan_t sc;
    hd_str_t key, value;
    void *rec = hd_alloc(l->cx->arena, hd_entities[l->type]->size);
    uint8_t looked_at[TAIL] = { 0 };
    hd_scan_rows(&sc, l->cx->txn, l->type, after != NULL ? hd_get_be32(after + 4) : 0);
    for (uint32_t looked = 0; hd_scan_next(&sc, &key, &value); looked++) {
        if (looked == HD_SCAN_MAX) {
            l->page.next = hd_desk_cursor(l->cx->arena, looked_at, TAIL);
            break;
        }
        if (hd_scan_row(&sc, l->cx->arena, key, value, rec) != HD_OK) {
            continue;
        }
        make_tail(l->type, rec, looked_at);
        if (!add_record(l, rec)) {
            break;
        }
    }
    hd_scan_done(&sc);
}

hd_code_t hd_record_list(hd_cx_t *cx, hd_type_t type, const hd_query_t *q, hd_page_t *ret)
{
    uint8_t after[TAIL];
    if (q->after.len != 0 && !hd_desk_cursor_read(q->after, after, TAIL)) {
        return HD_E_CURSOR;
    }
    listing_t l = { .cx = cx, .type = type, .q = q, .limit = q->limit };
    if (l.limit == 0 || l.limit > HD_PAGE_MAX) {
        l.limit = l.limit == 0 ? HD_PAGE_DEFAULT : HD_PAGE_MAX;
    }
    l.active_field = hd_field_index(hd_entities[type], HD_STR("active"));
    for (size_t i = 0; i < q->n_filters; i++) {
        l.archived |= (int) q->filters[i].field == l.active_field;
    }
    l.page.v = hd_alloc_n(cx->arena, l.limit, sizeof(void *));
    const uint8_t *from = q->after.len != 0 ? after : NULL;
    if (hd_entities[type]->config) {
        list_config(&l, from);
    } else {
        list_rows(&l, from);
    }
    hd_code_t code = hd_txn_error(cx->txn);
    if (code == HD_OK) {
        *ret = l.page;
    }
    return code;
}

/* ---- get ---- */

hd_code_t hd_record_get(hd_cx_t *cx, hd_type_t type, hd_id_t id, void *ret_rec)
{
    if (type == HD_TICKET) {
        return hd_ticket_get(cx, id, ret_rec);
    }
    void *rec = hd_alloc(cx->arena, hd_entities[type]->size);
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

static hd_code_t write(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
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
        code = write(cx, type, NULL, made);
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
        code = write(cx, type, old, made);
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
    if (!hd_actor_is_admin(cx->actor)) {        /* ACC-1: users delete nothing */
        return HD_E_RIGHT;
    }
    const hd_rules_t *r = rules[type];
    if (code == HD_OK) {
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
