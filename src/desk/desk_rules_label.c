/*
 * Rules of what tickets are labelled with: types and tags.  Names are unique without regard to
 * case; what tickets carry stays until nobody carries it (TKT-4, TKT-5).
 */
#include "desk_impl.h"

static const char carried[] =
    "Tickets still carry this one. Archive it instead: then nobody can choose it any more.";

static bool is_taken(hd_cx_t *cx, hd_index_t index, hd_str_t name, hd_id_t own)
{
    hd_id_t id;
    return name.len != 0 && hd_desk_find_text(cx, index, name, &id) && id != own;
}

/* Archived tickets carry too: they may come back. */
static hd_code_t check_delete(hd_cx_t *cx, hd_counter_t kind, const void *old)
{
    return hd_counter_get(cx->txn, kind, ((const hd_rec_t *) old)->id, 0) == 0
               ? HD_OK
               : hd_problem_set(cx->problem, HD_E_IN_USE, carried);
}

/* ---- types ---- */

static bool may_write_type(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) old;
    (void) mask;
    return hd_actor_is_admin(cx->actor);
}

static int64_t last_sequence(hd_cx_t *cx)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TICKET_TYPE, &n);
    int64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const hd_ticket_type_t *t = all[i];
        last = t->sequence > last ? t->sequence : last;
    }
    return last;
}

static hd_code_t check_type(hd_cx_t *cx, const void *old, void *rec, uint64_t mask)
{
    hd_ticket_type_t *t = rec;
    if (old == NULL && !(mask & HD_BIT(HD_TICKET_TYPE_F_sequence))) {
        int64_t last = last_sequence(cx);
        t->sequence = last < 1000000 ? last + 1 : last;
    }
    return is_taken(cx, HD_IX_TYPE_NAME, t->name, t->rec.id)
               ? hd_desk_bad(cx, HD_TICKET_TYPE, HD_TICKET_TYPE_F_name, "taken")
               : HD_OK;
}

static hd_code_t check_delete_type(hd_cx_t *cx, const void *old)
{
    return check_delete(cx, HD_CN_TYPE_TICKETS, old);
}

const hd_rules_t hd_rules_ticket_type = {
    .may_write = may_write_type,
    .check = check_type,
    .check_delete = check_delete_type,
};

/* ---- tags ---- */

/* TKT-5: made on the fly by whoever works on tickets; who gets them is for administrators. */
static bool may_write_tag(hd_cx_t *cx, const void *old, uint64_t mask)
{
    return hd_actor_is_admin(cx->actor)
        || (old == NULL && hd_actor_is_staff(cx->actor)
            && (mask & HD_BIT(HD_TAG_F_member_ids)) == 0);
}

static hd_code_t check_tag(hd_cx_t *cx, const void *old, void *rec, uint64_t mask)
{
    hd_tag_t *t = rec;
    (void) mask;
    if (is_taken(cx, HD_IX_TAG_NAME, t->name, t->rec.id)) {
        return hd_desk_bad(cx, HD_TAG, HD_TAG_F_name, "taken");
    }
    const hd_ids_t *known = old != NULL ? &((const hd_tag_t *) old)->member_ids : NULL;
    if (!hd_desk_refs_ok(cx, HD_USER, t->member_ids, known)) {
        return hd_desk_bad(cx, HD_TAG, HD_TAG_F_member_ids, "not_found");
    }
    for (uint32_t i = 0; i < t->member_ids.n; i++) {
        const hd_user_t *u = hd_config_get(cx->txn, HD_USER, t->member_ids.v[i]);
        bool is_new = known == NULL || !hd_ids_has(*known, t->member_ids.v[i]);
        if (is_new && (u == NULL || !u->active || u->role == HD_ROLE_PORTAL)) {     /* MAN-2 */
            return hd_desk_bad(cx, HD_TAG, HD_TAG_F_member_ids, "not_allowed");
        }
    }
    return HD_OK;
}

static hd_code_t check_delete_tag(hd_cx_t *cx, const void *old)
{
    return check_delete(cx, HD_CN_TAG_TICKETS, old);
}

const hd_rules_t hd_rules_tag = {
    .may_write = may_write_tag,
    .check = check_tag,
    .check_delete = check_delete_tag,
};
