/*
 * Many tickets, one change; and one ticket again (TKT-6, TKT-11).
 */
#include "desk_impl.h"

#define COPIED (HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_description)                     \
                | HD_BIT(HD_TICKET_F_team_id) | HD_BIT(HD_TICKET_F_user_id)                    \
                | HD_BIT(HD_TICKET_F_priority) | HD_BIT(HD_TICKET_F_partner_id)                \
                | HD_BIT(HD_TICKET_F_partner_name) | HD_BIT(HD_TICKET_F_partner_email)         \
                | HD_BIT(HD_TICKET_F_partner_phone) | HD_BIT(HD_TICKET_F_ticket_type_id)       \
                | HD_BIT(HD_TICKET_F_tag_ids) | HD_BIT(HD_TICKET_F_color)                      \
                | HD_BIT(HD_TICKET_F_email_cc) | HD_BIT(HD_TICKET_F_properties))

static hd_code_t change(hd_cx_t *cx, const hd_bulk_t *b, const hd_ticket_t *old, hd_ticket_t *ret)
{
    hd_ticket_t t = b->set;
    uint64_t mask = b->mask;
    if (b->add_tags.n != 0 || b->remove_tags.n != 0) {
        if (!(mask & HD_BIT(HD_TICKET_F_tag_ids))) {
            t.tag_ids = old->tag_ids;
        }
        mask |= HD_BIT(HD_TICKET_F_tag_ids);
        for (uint32_t i = 0; i < b->add_tags.n; i++) {
            t.tag_ids = hd_ids_with(cx->arena, t.tag_ids, b->add_tags.v[i]);
        }
        for (uint32_t i = 0; i < b->remove_tags.n; i++) {
            t.tag_ids = hd_ids_without(cx->arena, t.tag_ids, b->remove_tags.v[i]);
        }
        if (t.tag_ids.n > (uint32_t) hd_entities[HD_TICKET]->fields[HD_TICKET_F_tag_ids].max) {
            return hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_tag_ids, "too_many");
        }
    }
    hd_code_t code = hd_ticket_update(cx, old->rec.id, 0, &t, mask);
    *ret = t;
    return code;
}

static bool is_still_meant(hd_cx_t *cx, const hd_bulk_t *b, const hd_ticket_t *t)
{
    return b->where == NULL
        || ((b->active < 0 || t->active == (b->active != 0))
            && hd_expr_match(hd_entities[HD_TICKET], cx->arena, t, b->where));
}

hd_code_t hd_bulk_one(hd_cx_t *cx, const hd_bulk_t *b, hd_id_t id, hd_ticket_t *ret,
                      bool *ret_changed)
{
    hd_ticket_t old;
    hd_code_t code = hd_ticket_get(cx, id, &old);
    if (code != HD_OK) {
        return code;
    }
    if (!is_still_meant(cx, b, &old)) {
        return HD_E_VERSION;
    }
    *ret = old;
    switch (b->action) {
    case HD_BULK_DELETE:
        code = hd_ticket_delete(cx, id, 0);
        *ret_changed = true;
        return code;
    case HD_BULK_FOLLOW:
    case HD_BULK_UNFOLLOW:
        code = hd_ticket_follow(cx, id, cx->actor->partner_id, b->action == HD_BULK_FOLLOW, ret);
        break;
    case HD_BULK_SET:
        code = change(cx, b, &old, ret);
        break;
    }
    *ret_changed = code == HD_OK
        && (hd_desk_diff(HD_TICKET, &old, ret) & ~HD_BIT(HD_TICKET_F_follow_epoch)) != 0;
    return code;
}

/* What was allowed when it was written and is no more is left out, not refused. */
static void drop_archived(hd_cx_t *cx, hd_ticket_t *t)
{
    const hd_ticket_type_t *type = hd_config_get(cx->txn, HD_TICKET_TYPE, t->ticket_type_id);
    t->ticket_type_id = type != NULL && type->active ? t->ticket_type_id : 0;
    hd_ids_t all = t->tag_ids;
    for (uint32_t i = 0; i < all.n; i++) {
        const hd_tag_t *tag = hd_config_get(cx->txn, HD_TAG, all.v[i]);
        if (tag == NULL || !tag->active) {
            t->tag_ids = hd_ids_without(cx->arena, t->tag_ids, all.v[i]);
        }
    }
    if (!hd_desk_may_hold(cx, t->user_id, t->company_id)) {
        t->user_id = 0;
    }
    if (t->partner_id != 0 && !hd_desk_ref_ok(cx, HD_CONTACT, t->partner_id)) {
        t->partner_id = 0;
    }
}

hd_code_t hd_ticket_duplicate(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret)
{
    hd_ticket_t t;
    hd_code_t code = hd_desk_ticket_open(cx, id, 0, &t);
    if (code != HD_OK) {
        return code;
    }
    drop_archived(cx, &t);
    if (t.properties.len == 0) {
        t.properties = HD_STR("");          /* none of the team's defaults either */
    }
    code = hd_ticket_create(cx, &t, COPIED);
    if (code == HD_OK) {
        *ret = t;
    }
    return code;
}
