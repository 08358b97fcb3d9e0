/*
 * External ids: what other programs call our records, so that they find them again.  Helpdesk users keep them for records they
 * see; one goes with its record.
 */
#include "desk_impl.h"

#define DROP_MAX 100             /* names of one record; they end with it */

/* Of what is worked with; sessions, tokens, mails and their like have no names. */
static hd_type_t type_of(const hd_external_id_t *x)
{
    static const uint8_t named[] = { HD_COMPANY, HD_CONTACT, HD_USER, HD_TEAM, HD_STAGE, HD_TICKET, HD_TICKET_TYPE, HD_TAG, HD_CALENDAR,
                                     HD_LEAVE, HD_MESSAGE, HD_ATTACHMENT, HD_CANNED_RESPONSE, HD_ACTIVITY_TYPE, HD_ACTIVITY };
    const hd_entity_t *e = hd_entity_by_name(x->type);
    for (size_t i = 0; e != NULL && i < sizeof(named); i++) {
        if (named[i] == e->type) {
            return (hd_type_t) e->type;
        }
    }
    return 0;
}

bool hd_desk_sees_external_id(hd_cx_t *cx, const hd_external_id_t *x)
{
    hd_type_t type = type_of(x);
    return hd_actor_is_staff(cx->actor) && type != 0 && hd_desk_ref_ok(cx, type, (hd_id_t) x->res_id);
}

/* ---- of one record ---- */

static uint32_t collect(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t *ids, uint32_t max)
{
    hd_scan_t sc;
    hd_str_t key, value;
    uint32_t n = 0;
    hd_key_t k = hd_desk_key(HD_IX_EXTERNAL_OF);
    hd_key_u8(&k, (uint8_t) type);
    hd_key_id(&k, id);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (n < max && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    return n;
}

hd_code_t hd_desk_external_ids_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    hd_key_t k = hd_desk_key(HD_IX_EXTERNAL_OF);
    hd_key_u8(&k, (uint8_t) type);
    hd_key_id(&k, id);
    if (!hd_desk_any_key(cx->txn, &k)) {
        return HD_OK;
    }
    hd_id_t *ids = hd_alloc_n(cx->arena, DROP_MAX, sizeof(*ids));
    uint32_t n = collect(cx, type, id, ids, DROP_MAX);
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < n && code == HD_OK; i++) {
        hd_external_id_t x;
        code = hd_row_get(cx->txn, cx->arena, HD_EXTERNAL_ID, ids[i], &x);
        code = code == HD_OK ? hd_desk_remove(cx, HD_EXTERNAL_ID, &x) : code;
    }
    return code;
}

/* ---- rules ---- */

static bool may_write(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) old;
    (void) mask;
    return hd_actor_is_staff(cx->actor);
}

static bool may_delete(hd_cx_t *cx, const void *old)
{
    (void) old;
    return hd_actor_is_staff(cx->actor);
}

static bool is_taken(hd_cx_t *cx, const hd_external_id_t *x)
{
    hd_id_t id;
    hd_key_t k = hd_desk_key(HD_IX_EXTERNAL_NAME);
    hd_key_str(&k, hd_str_cat(cx->arena, 3, x->module, HD_STR("."), x->name));
    return hd_index_find(cx->txn, &k, &id) && id != x->rec.id;
}

static hd_code_t check(hd_cx_t *cx, const void *old, void *rec, uint64_t mask)
{
    const hd_external_id_t *x = rec;
    hd_type_t type = type_of(x);
    hd_id_t ids[DROP_MAX];
    (void) mask;
    if (x->module.len != 0 && memchr(x->module.data, '.', x->module.len) != NULL) {
        return hd_desk_bad(cx, HD_EXTERNAL_ID, HD_EXTERNAL_ID_F_module, "not_allowed");
    }
    if (type == 0) {
        return hd_desk_bad(cx, HD_EXTERNAL_ID, HD_EXTERNAL_ID_F_type, "not_an_option");
    }
    if (!hd_desk_ref_ok(cx, type, (hd_id_t) x->res_id)) {
        return hd_desk_bad(cx, HD_EXTERNAL_ID, HD_EXTERNAL_ID_F_res_id, "not_found");
    }
    if (is_taken(cx, x)) {
        return hd_desk_bad(cx, HD_EXTERNAL_ID, HD_EXTERNAL_ID_F_name, "taken");
    }
    return old == NULL && collect(cx, type, (hd_id_t) x->res_id, ids, DROP_MAX) == DROP_MAX
         ? hd_desk_bad(cx, HD_EXTERNAL_ID, HD_EXTERNAL_ID_F_res_id, "too_many") : HD_OK;
}

const hd_rules_t hd_rules_external_id = {
    .may_write = may_write,
    .check = check,
    .may_delete = may_delete,
};
