/*
 * What a ticket keeps of its activities: when the earliest of their days begins and when the earliest of them is over, each
 * by the clock of who does it (ACT-4).  So the state of a ticket is two comparisons with the time, and what is filtered,
 * grouped and counted by it are columns (ACT-7).
 *
 *     activity_due  activity_late
 *     null          null             none
 *     later         later            planned
 *     reached       later            today
 *     reached       reached          overdue
 */
#include "desk_impl.h"

#define APART (3 * HD_DAY)       /* no two clocks are; what is due so much later than the first changes nothing */
#define SLICE 500

typedef struct {
    hd_time_t due, late;
} days_t;

static days_t find_days(hd_cx_t *cx, hd_id_t ticket_id)
{
    days_t d = { 0, 0 };
    hd_activity_t a;
    hd_key_t prefix = hd_desk_key(HD_IX_ACTIVITY_TICKET);        /* by deadline */
    hd_scan_t sc;
    hd_str_t key;
    hd_key_id(&prefix, ticket_id);
    hd_scan_index(&sc, cx->txn, &prefix, NULL);
    while (hd_scan_next(&sc, &key, NULL)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + key.len - 4);
        if (hd_row_get(cx->txn, cx->arena, HD_ACTIVITY, id, &a) != HD_OK) {
            continue;
        }
        hd_time_t due = hd_desk_day_instant(cx, a.user_id, a.date_deadline, 0);
        hd_time_t late = hd_desk_day_instant(cx, a.user_id, a.date_deadline, HD_DAY);
        if (d.due != 0 && due > d.due + APART) {
            break;
        }
        d.due = d.due == 0 || due < d.due ? due : d.due;
        d.late = d.late == 0 || late < d.late ? late : d.late;
    }
    hd_scan_done(&sc);
    return d;
}

hd_code_t hd_desk_keep_days(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t follower, hd_ticket_t *ret)
{
    hd_ticket_t old;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, ticket_id, &old);
    if (code != HD_OK) {
        return code;
    }
    days_t d = find_days(cx, ticket_id);
    hd_ticket_t t = old;
    hd_desk_settle(cx, &t);
    t.activity_due = d.due;
    t.activity_late = d.late;
    if (t.message_partner_ids.n < HD_LIST_MAX) {
        t.message_partner_ids = hd_ids_with(cx->arena, t.message_partner_ids, follower);
    }
    if (hd_desk_diff(HD_TICKET, &old, &t) != 0) {
        code = hd_desk_put(cx, HD_TICKET, &old, &t);
    }
    *ret = t;
    return code;
}

hd_code_t hd_desk_adopt_days(hd_cx_t *cx, const hd_activity_t *a)
{
    hd_ticket_t old;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, a->ticket_id, &old);
    if (code != HD_OK) {
        return code;
    }
    days_t d = find_days(cx, a->ticket_id);
    hd_ticket_t t = old;
    t.activity_due = d.due;
    t.activity_late = d.late;
    hd_desk_remind(cx, a);
    return hd_desk_diff(HD_TICKET, &old, &t) == 0 ? HD_OK : hd_row_amend(cx->txn, cx->arena, HD_TICKET, &old, &t);
}

uint8_t hd_desk_ticket_activity(const hd_cx_t *cx, const hd_ticket_t *t)
{
    if (t->activity_due == 0) {
        return HD_ACTS_NONE;
    }
    return t->activity_late <= cx->now ? HD_ACTS_OVERDUE : t->activity_due <= cx->now ? HD_ACTS_TODAY : HD_ACTS_PLANNED;
}

/* Tickets of the next activities behind *after, in the order of the rows; fewer than SLICE at the end. */
static size_t next_tickets(hd_cx_t *cx, hd_id_t *after, hd_id_t *ids)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_activity_t a;
    size_t n = 0;
    hd_scan_rows(&sc, cx->txn, HD_ACTIVITY, *after);
    while (n < SLICE && hd_scan_next(&sc, &key, &value)) {
        *after = hd_get_be32((const uint8_t *) key.data + 1);
        ids[n] = hd_scan_row(&sc, cx->arena, key, value, &a) == HD_OK ? a.ticket_id : 0;
        n++;
    }
    hd_scan_done(&sc);
    return n;
}

static hd_code_t keep_all(hd_cx_t *cx, const hd_id_t *ids, size_t n)
{
    hd_ids_t tickets = hd_ids_make(cx->arena, ids, n);
    hd_code_t code = HD_OK;
    hd_ticket_t t;
    for (uint32_t i = 0; i < tickets.n && code == HD_OK; i++) {
        code = hd_desk_keep_days(cx, tickets.v[i], 0, &t);
        code = code == HD_E_NOT_FOUND || code == HD_E_DATA ? HD_OK : code;         /* fsck names it */
    }
    return code;
}

/* ---- all of them, in pieces: of a store written before tickets kept days, and when the clock of many moved ---- */

#define MARK  "activity_days"    /* "1": all is kept; "@7": the walk has come to activity 7 */
#define AGAIN (HD_SECOND / 20)   /* others write meanwhile */

static void go_on(hd_cx_t *cx, hd_id_t after)
{
    hd_timer_t tm = { .due = cx->now + AGAIN, .kind = HD_TM_DAYS };
    hd_meta_put(cx->txn, MARK, hd_strf(cx->arena, "@%" PRIu64, after));
    hd_timer_set(cx->txn, &tm);
}

void hd_desk_days_resume(hd_cx_t *cx)
{
    hd_str_t mark;
    if (!hd_meta_get(cx->txn, MARK, &mark)) {
        go_on(cx, 0);
    }
}

void hd_desk_days_fire(hd_cx_t *cx)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    hd_str_t mark;
    uint64_t after = 0;
    if (hd_meta_get(cx->txn, MARK, &mark) && mark.len > 1) {
        (void) hd_str_to_u64((hd_str_t){ mark.len - 1, mark.data + 1 }, &after);
    }
    size_t n = next_tickets(cx, &after, ids);
    (void) keep_all(cx, ids, n);             /* an error stays with the transaction */
    if (n == SLICE) {
        go_on(cx, after);
    } else {
        hd_meta_put(cx->txn, MARK, HD_STR("1"));
    }
}

hd_code_t hd_desk_days_of_user(hd_cx_t *cx, hd_id_t user_id)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    hd_key_t prefix = hd_desk_key(HD_IX_ACTIVITY_USER);
    hd_activity_t a;
    hd_scan_t sc;
    hd_str_t key;
    size_t n = 0;
    hd_key_id(&prefix, user_id);
    hd_scan_index(&sc, cx->txn, &prefix, NULL);
    while (n < SLICE && hd_scan_next(&sc, &key, NULL)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + key.len - 4);
        ids[n] = hd_row_get(cx->txn, cx->arena, HD_ACTIVITY, id, &a) == HD_OK ? a.ticket_id : 0;
        n++;
    }
    hd_scan_done(&sc);
    if (n == SLICE) {
        go_on(cx, 0);
        return HD_OK;
    }
    return keep_all(cx, ids, n);
}
