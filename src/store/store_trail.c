/*
 * The trail: from a record to its events, newest first, so that a ticket's history needs no scan of the log.
 * One key an event, 0x39 type(1) id(4) ~sequence(8), without a value.  It is written through the pending keys
 * (store_pending.h): a write appends it to the journal beside the newest tickets.
 */
#include "store_inner.h"

static hd_skey_t trail_key(uint8_t type, hd_id_t id, uint64_t seq)
{
    hd_skey_t k = { .len = HD_TRAIL_LEN };
    k.b[0] = HD_SP_TRAIL;
    k.b[1] = type;
    hd_put_be32(k.b + 2, (uint32_t) id);
    hd_put_be64(k.b + 6, ~seq);
    return k;
}

void hd_trail_put(hd_txn_t *t, const hd_event_t *ev)
{
    if (hd_trail_has(ev)) {
        hd_skey_t k = trail_key(ev->type, ev->id, ev->seq);
        hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ 0, "" });
    }
}

bool hd_trail_check(hd_txn_t *t, const hd_event_t *ev)
{
    hd_skey_t k = trail_key(ev->type, ev->id, ev->seq);
    hd_str_t value;
    return !hd_trail_has(ev) || hd_txn_get(t, hd_skey_view(&k), &value);
}

uint64_t hd_trail_total(hd_txn_t *t)
{
    uint8_t space = HD_SP_TRAIL;
    uint64_t n = 0;
    hd_str_t key;
    hd_ecur_t *c = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    bool ok = c != NULL && hd_engine_seek(c, (hd_str_t){ 1, (const char *) &space }, &key, NULL);
    for (; ok && (uint8_t) key.data[0] == HD_SP_TRAIL; ok = hd_engine_next(c, &key, NULL)) {
        n++;
    }
    hd_engine_cursor_done(c);
    return n;
}

/* The newest event of the record that is older than seq; 0 when there is none. */
static uint64_t older(hd_txn_t *t, hd_type_t type, hd_id_t id, uint64_t seq)
{
    hd_skey_t from = trail_key((uint8_t) type, id, seq - 1);
    uint64_t found = 0;
    hd_str_t key;
    hd_ecur_t *c = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    if (c != NULL && hd_engine_seek(c, hd_skey_view(&from), &key, NULL) && key.len == HD_TRAIL_LEN
        && memcmp(key.data, from.b, HD_TRAIL_LEN - 8) == 0) {
        found = ~hd_get_be64((const uint8_t *) key.data + HD_TRAIL_LEN - 8);
    }
    hd_engine_cursor_done(c);
    return found;
}

bool hd_trail_next(hd_txn_t *t, hd_type_t type, hd_id_t id, uint64_t *before, hd_event_t *ret_ev)
{
    uint64_t seq = *before == 0 ? UINT64_MAX : *before;
    if (id == 0 || id > HD_ID_MAX) {
        return false;
    }
    while ((seq = older(t, type, id, seq)) != 0) {
        *before = seq;
        if (hd_log_get(t, seq, ret_ev) == HD_OK) {           /* a damaged event is fsck's to report */
            return true;
        }
    }
    return false;
}
