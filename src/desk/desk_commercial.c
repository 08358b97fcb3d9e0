/*
 * A contact came to another company, or became one: commercial_partner_id of its tickets follows.  Some are written with
 * the contact, the rest by the clock.  Every write of a ticket asks anew (desk_ticket_update.c), so what is moved or
 * changed meanwhile is right before its turn comes.
 *
 * While it goes on, meta "commercial:<contact>" holds how far it is: the last key of HD_IX_TICKET_PARTNER.
 */
#include <stdio.h>

#include "desk_impl.h"

#define AT_ONCE 200              /* tickets in the transaction of the change, which anybody on the desk may ask for */
#define PIECE   500              /* ... in one of the clock's */
#define PAUSE   20               /* ms between pieces: others write too */

static void make_name(hd_id_t contact, char out[32])
{
    (void) snprintf(out, 32, "commercial:%" PRIu64, contact);
}

static void set_timer(hd_cx_t *cx, hd_id_t contact)
{
    hd_timer_t tm = { .due = cx->now + PAUSE, .kind = HD_TM_COMMERCIAL, .type = HD_CONTACT, .id = contact };
    hd_timer_set(cx->txn, &tm);
}

static hd_code_t follow(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    hd_ticket_t t = *old;
    t.commercial_partner_id = *(const hd_id_t *) arg;
    if (t.commercial_partner_id == old->commercial_partner_id) {
        return HD_OK;
    }
    hd_desk_settle(cx, &t);
    return hd_desk_put(cx, HD_TICKET, old, &t);
}

static hd_code_t run(hd_cx_t *cx, hd_id_t contact, hd_key_t at, size_t max, bool *ret_end)
{
    char name[32];
    hd_key_t prefix = hd_desk_key(HD_IX_TICKET_PARTNER);
    hd_id_t *ids = hd_alloc_n(cx->arena, max, sizeof(*ids)), company = hd_desk_commercial(cx, contact);
    hd_scan_t sc;
    hd_str_t key;
    size_t n = 0;
    hd_key_id(&prefix, contact);
    hd_scan_index(&sc, cx->txn, &prefix, at.len != 0 ? &at : NULL);
    while (n < max && hd_scan_next(&sc, &key, NULL)) {
        ids[n++] = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        if (n == max) {
            at.len = 0;
            hd_key_bytes(&at, key.data, key.len);
        }
    }
    hd_scan_done(&sc);
    hd_code_t code = hd_desk_visit(cx, ids, n, follow, &company);
    *ret_end = n < max;
    make_name(contact, name);
    hd_meta_put(cx->txn, name, *ret_end ? HD_STR("") : (hd_str_t){ at.len, (const char *) at.b });
    return code;
}

hd_code_t hd_desk_commercial_follow(hd_cx_t *cx, const hd_contact_t *old, hd_id_t contact)
{
    char name[32];
    hd_str_t mark;
    bool end;
    hd_id_t was = old->is_company || old->parent_id == 0 ? contact : hd_desk_commercial(cx, old->parent_id);
    if (was == hd_desk_commercial(cx, contact)) {
        return HD_OK;
    }
    make_name(contact, name);
    bool under_way = hd_meta_get(cx->txn, name, &mark);     /* then its timer goes on, from the beginning */
    hd_code_t code = run(cx, contact, (hd_key_t){ .len = 0 }, AT_ONCE, &end);
    if (code == HD_OK && !end && !under_way) {
        set_timer(cx, contact);
    }
    return code;
}

void hd_desk_commercial_fire(hd_cx_t *cx, hd_id_t contact)
{
    char name[32];
    hd_str_t mark;
    hd_key_t at = { .len = 0 };
    bool end = false;
    make_name(contact, name);
    if (!hd_meta_get(cx->txn, name, &mark)) {
        return;                             /* a later change has done it */
    }
    hd_key_bytes(&at, mark.data, mark.len);
    /* A damaged ticket stops it; fsck names it. */
    if (run(cx, contact, at, PIECE, &end) != HD_OK || !end) {
        set_timer(cx, contact);
    }
}
