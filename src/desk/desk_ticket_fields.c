/*
 * Fields of tickets that need no more than a look at another record: type, tags, the customer's
 * company, what the customer's own record lacks (TKT-1, TKT-4, TKT-5).
 */
#include "desk_impl.h"

#define PARENTS_MAX 16           /* companies above a contact; also ends a ring */

void hd_desk_check_labels(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *t)
{
    bool keeps_type = old != NULL && old->ticket_type_id == t->ticket_type_id;
    if (t->ticket_type_id != 0 && !keeps_type) {
        const hd_ticket_type_t *type = hd_config_get(cx->txn, HD_TICKET_TYPE, t->ticket_type_id);
        if (type == NULL || !type->active) {
            hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_ticket_type_id,
                        type == NULL ? "not_found" : "archived");
        }
    }
    for (uint32_t i = 0; i < t->tag_ids.n; i++) {
        hd_id_t id = t->tag_ids.v[i];
        const hd_tag_t *tag = hd_config_get(cx->txn, HD_TAG, id);
        if ((old == NULL || !hd_ids_has(old->tag_ids, id)) && (tag == NULL || !tag->active)) {
            hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_tag_ids, tag == NULL ? "not_found" : "archived");
            return;
        }
    }
}

hd_id_t hd_desk_commercial(hd_cx_t *cx, hd_id_t partner_id)
{
    hd_id_t id = partner_id;
    for (int i = 0; i < PARENTS_MAX && id != 0; i++) {
        hd_contact_t c = { .is_company = true };
        if (hd_row_get(cx->txn, cx->arena, HD_CONTACT, id, &c) != HD_OK || c.is_company
            || c.parent_id == 0) {
            return id;
        }
        id = c.parent_id;
    }
    return id;
}

hd_code_t hd_desk_fill_contact(hd_cx_t *cx, const hd_ticket_t *t, uint64_t mask)
{
    hd_contact_t old;
    if (t->partner_id == 0 || !hd_actor_is_staff(cx->actor)
        || !(mask & (HD_BIT(HD_TICKET_F_partner_email) | HD_BIT(HD_TICKET_F_partner_phone)))
        || hd_row_get(cx->txn, cx->arena, HD_CONTACT, t->partner_id, &old) != HD_OK
        || !hd_sees(cx, HD_CONTACT, &old)) {
        return HD_OK;
    }
    hd_contact_t c = old;
    if (c.email.len == 0 && hd_desk_user_of(cx, c.rec.id) == NULL) {     /* who signs in has it from his login */
        c.email = t->partner_email;
    }
    if (c.phone.len == 0) {
        c.phone = t->partner_phone;
    }
    return hd_desk_diff(HD_CONTACT, &old, &c) == 0 ? HD_OK : hd_desk_put(cx, HD_CONTACT, &old, &c);
}
