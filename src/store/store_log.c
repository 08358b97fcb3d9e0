/*
 * The event log, timers and idempotency keys: rows by time.
 *
 * Event: format(1) crc32c(4), then varints time (zigzag), actor, kind, type, id, the hash of the event before
 * (store_chain.c), and the changes to the end.
 */
#include "store_inner.h"

#define IDEM_LEN 31              /* time(8) request(16) status(2) type(1) id(4) */
#define TIMER_LEN 15             /* space(1) due(8) kind(1) type(1) id(4) */

hd_skey_t hd_skey_log(uint64_t seq)
{
    hd_skey_t k = { .len = 9 };
    k.b[0] = HD_SP_LOG;
    hd_put_be64(k.b + 1, ~seq);
    return k;
}

uint64_t hd_log_seq(hd_str_t key)
{
    return key.len == 9 && (uint8_t) key.data[0] == HD_SP_LOG ? ~hd_get_be64((const uint8_t *) key.data + 1) : 0;
}

uint64_t hd_txn_log_end(hd_txn_t *t)
{
    uint8_t space = HD_SP_LOG;
    hd_str_t key;
    if (t->log_known) {
        return t->log_end;
    }
    t->log_known = true;
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    if (cur != NULL && hd_engine_seek(cur, (hd_str_t){ 1, (const char *) &space }, &key, NULL)) {
        t->log_end = hd_log_seq(key);
    }
    hd_engine_cursor_done(cur);
    return t->log_end;
}

static void put_event(hd_txn_t *t, const hd_event_t *ev)
{
    hd_skey_t k = hd_skey_log(ev->seq);
    hd_buf_t b;
    hd_buf_init(&b, t->arena, 128, HD_BODY_MAX * 2);
    hd_buf_put(&b, "\0\0\0\0", HD_ROW_HEAD);
    hd_buf_varint(&b, hd_zigzag(ev->time));
    hd_buf_varint(&b, ev->actor);
    hd_buf_byte(&b, (char) (ev->kind | HD_CHAINED));
    hd_buf_byte(&b, (char) ev->type);
    hd_buf_varint(&b, ev->id);
    hd_buf_put(&b, (const char *) hd_chain_end(t), HD_HASH_LEN);
    hd_buf_str(&b, ev->changes);
    if (b.failed) {
        (void) hd_txn_fail(t, HD_E_TOO_LARGE);
        return;
    }
    hd_row_seal(hd_skey_view(&k), &b);
    hd_txn_put(t, hd_skey_view(&k), hd_buf_view(&b));
    hd_chain_set(t, hd_skey_view(&k), hd_buf_view(&b));
    hd_trail_put(t, ev);
}

uint64_t hd_log_append(hd_txn_t *t, const hd_event_t *ev)
{
    hd_event_t e = *ev;
    e.seq = hd_txn_log_end(t) + 1;
    put_event(t, &e);
    t->log_end = e.seq;
    return e.seq;
}

void hd_log_restore(hd_txn_t *t, const hd_event_t *ev)
{
    if (ev->seq <= hd_txn_log_end(t)) {
        (void) hd_txn_fail(t, HD_E_CONFLICT);
        return;
    }
    if (ev->type != 0 && (int64_t) ev->id > hd_counter_get(t, HD_CN_SEQUENCE, ev->type, 0)) {
        hd_counter_set(t, HD_CN_SEQUENCE, ev->type, 0, (int64_t) ev->id);
    }
    put_event(t, ev);
    t->log_end = ev->seq;
}

hd_code_t hd_log_decode(hd_str_t key, hd_str_t value, hd_event_t *ret_ev, hd_str_t *ret_before)
{
    hd_str_t fields;
    hd_code_t code = hd_log_seq(key) != 0 ? hd_row_open(key, value, &fields) : HD_E_DATA;
    if (code != HD_OK) {
        return code;
    }
    hd_wire_t w = hd_wire(fields.data, fields.len);
    ret_ev->seq = hd_log_seq(key);
    ret_ev->time = hd_unzigzag(hd_wire_varint(&w));
    ret_ev->actor = hd_wire_varint(&w);
    hd_str_t two = hd_wire_bytes(&w, 2);
    ret_ev->id = hd_wire_varint(&w);
    bool chained = !w.failed && ((uint8_t) two.data[0] & HD_CHAINED) != 0;
    *ret_before = hd_wire_bytes(&w, chained ? HD_HASH_LEN : 0);
    if (w.failed) {
        return HD_E_DATA;
    }
    ret_ev->kind = (uint8_t) two.data[0] & (uint8_t) ~HD_CHAINED;
    ret_ev->type = (uint8_t) two.data[1];
    ret_ev->changes = hd_wire_bytes(&w, (size_t) (w.end - w.p));
    return HD_OK;
}

static hd_code_t read_event(hd_str_t key, hd_str_t value, hd_event_t *ret_ev)
{
    hd_str_t before;
    return hd_log_decode(key, value, ret_ev, &before);
}

static const char *const kind_names[] = {
    [HD_EV_CREATED] = "created", [HD_EV_CHANGED] = "changed", [HD_EV_DELETED] = "deleted",
    [HD_EV_LOGIN] = "login", [HD_EV_LOGOUT] = "logout", [HD_EV_REFUSED] = "refused",
};
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *hd_event_kind_name(uint8_t kind)
{
    return kind < KINDS ? kind_names[kind] : NULL;
}

uint8_t hd_event_kind_of(hd_str_t name)
{
    uint8_t kind = 1;
    while (kind < KINDS && !hd_str_is(name, kind_names[kind])) {
        kind++;
    }
    return kind < KINDS ? kind : 0;
}

hd_code_t hd_log_get(hd_txn_t *t, uint64_t seq, hd_event_t *ret_ev)
{
    hd_skey_t k = hd_skey_log(seq);
    hd_str_t v;
    if (!hd_txn_get(t, hd_skey_view(&k), &v)) {
        return HD_E_NOT_FOUND;
    }
    return read_event(hd_skey_view(&k), v, ret_ev);
}

bool hd_log_next(hd_txn_t *t, uint64_t after, hd_event_t *ret_ev)
{
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    hd_str_t key, value;
    bool found = false;
    for (; cur != NULL && !found; after = hd_log_seq(key)) {
        hd_skey_t k = hd_skey_log(after);
        if (!hd_engine_prev(cur, hd_skey_view(&k), &key, &value) || hd_log_seq(key) == 0) {
            break;
        }
        found = read_event(key, value, ret_ev) == HD_OK;     /* a damaged event is fsck's to report */
    }
    hd_engine_cursor_done(cur);
    return found;
}

/* ---- timers ---- */

static hd_skey_t timer_key(const hd_timer_t *tm)
{
    hd_skey_t k = { .len = TIMER_LEN };
    k.b[0] = HD_SP_TIMER;
    hd_put_be64(k.b + 1, (uint64_t) tm->due);
    k.b[9] = tm->kind;
    k.b[10] = tm->type;
    hd_put_be32(k.b + 11, (uint32_t) tm->id);
    return k;
}

void hd_timer_set(hd_txn_t *t, const hd_timer_t *tm)
{
    hd_skey_t k = timer_key(tm);
    t->timed = true;
    hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ 0, "" });
}

bool hd_timer_clear(hd_txn_t *t, const hd_timer_t *tm)
{
    hd_skey_t k = timer_key(tm);
    return hd_txn_del(t, hd_skey_view(&k));
}

static bool read_timer(hd_str_t key, hd_timer_t *ret_tm)
{
    const uint8_t *p = (const uint8_t *) key.data;
    if (key.len != TIMER_LEN || p[0] != HD_SP_TIMER) {
        return false;
    }
    *ret_tm = (hd_timer_t){ (hd_time_t) hd_get_be64(p + 1), p[9], p[10], hd_get_be32(p + 11) };
    return true;
}

bool hd_timer_first(hd_txn_t *t, hd_timer_t *ret_tm)
{
    uint8_t space = HD_SP_TIMER;
    hd_str_t key;
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    bool found = cur != NULL && hd_engine_seek(cur, (hd_str_t){ 1, (const char *) &space }, &key, NULL)
                 && read_timer(key, ret_tm);
    hd_engine_cursor_done(cur);
    return found;
}

uint64_t hd_timer_behind(hd_txn_t *t, hd_time_t now, uint64_t max)
{
    uint8_t space = HD_SP_TIMER;
    uint64_t n = 0;
    hd_timer_t tm;
    hd_str_t key;
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    bool found = cur != NULL && hd_engine_seek(cur, (hd_str_t){ 1, (const char *) &space }, &key, NULL);
    while (found && n < max && read_timer(key, &tm) && tm.due <= now) {
        n++;
        found = hd_engine_next(cur, &key, NULL);
    }
    hd_engine_cursor_done(cur);
    return n;
}

/* ---- idempotency keys ---- */

static hd_skey_t idem_key(const uint8_t key[16])
{
    hd_skey_t k = { .len = 17 };
    k.b[0] = HD_SP_IDEM;
    memcpy(k.b + 1, key, 16);
    return k;
}

bool hd_idem_get(hd_txn_t *t, const uint8_t key[16], hd_idem_t *ret)
{
    hd_skey_t k = idem_key(key);
    hd_str_t v;
    if (!hd_txn_get(t, hd_skey_view(&k), &v) || v.len != IDEM_LEN) {
        return false;
    }
    const uint8_t *p = (const uint8_t *) v.data;
    ret->time = (hd_time_t) hd_get_be64(p);
    memcpy(ret->request, p + 8, 16);
    ret->status = (uint16_t) (p[24] << 8 | p[25]);
    ret->type = p[26];
    ret->id = hd_get_be32(p + 27);
    return true;
}

void hd_idem_put(hd_txn_t *t, const uint8_t key[16], const hd_idem_t *v)
{
    hd_skey_t k = idem_key(key);
    uint8_t b[IDEM_LEN];
    hd_put_be64(b, (uint64_t) v->time);
    memcpy(b + 8, v->request, 16);
    b[24] = (uint8_t) (v->status >> 8);
    b[25] = (uint8_t) v->status;
    b[26] = v->type;
    hd_put_be32(b + 27, (uint32_t) v->id);
    hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ sizeof(b), (const char *) b });
}

static hd_skey_t piece_key(const uint8_t key[16], uint32_t n)
{
    hd_skey_t k = { .len = 21 };
    k.b[0] = HD_SP_PIECE;
    memcpy(k.b + 1, key, 16);
    hd_put_be32(k.b + 17, n);
    return k;
}

bool hd_piece_get(hd_txn_t *t, const uint8_t key[16], uint32_t n, hd_str_t *ret)
{
    hd_skey_t k = piece_key(key, n);
    return hd_txn_get(t, hd_skey_view(&k), ret);
}

void hd_piece_put(hd_txn_t *t, const uint8_t key[16], uint32_t n, hd_str_t bytes)
{
    hd_skey_t k = piece_key(key, n);
    hd_txn_put(t, hd_skey_view(&k), bytes);
}

static void purge_pieces(hd_txn_t *t, const uint8_t key[16])
{
    hd_str_t piece;
    hd_skey_t k = piece_key(key, HD_PIECE_PLAN);
    (void) hd_txn_del(t, hd_skey_view(&k));
    for (uint32_t n = 0; hd_piece_get(t, key, n, &piece); n++) {
        k = piece_key(key, n);
        (void) hd_txn_del(t, hd_skey_view(&k));
    }
}

bool hd_idem_purge(hd_txn_t *t, hd_time_t before, uint32_t max, uint8_t cursor[16])
{
    hd_skey_t *old = hd_alloc_n(t->arena, max + 1, sizeof(*old));
    hd_skey_t from = idem_key(cursor);
    hd_str_t key, value;
    uint32_t n = 0, seen = 0;
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    bool found = cur != NULL && hd_engine_seek(cur, hd_skey_view(&from), &key, &value);
    while (found && (uint8_t) key.data[0] == HD_SP_IDEM && key.len == 17 && seen < max) {
        seen++;
        memcpy(cursor, key.data + 1, 16);
        if (value.len != IDEM_LEN || (hd_time_t) hd_get_be64((const uint8_t *) value.data) < before) {
            memcpy(old[n].b, key.data, key.len);
            old[n++].len = (uint8_t) key.len;
        }
        found = hd_engine_next(cur, &key, &value);
    }
    bool at_end = !found || (uint8_t) key.data[0] != HD_SP_IDEM;
    hd_engine_cursor_done(cur);
    for (uint32_t i = 0; i < n; i++) {
        purge_pieces(t, old[i].b + 1);
        (void) hd_txn_del(t, hd_skey_view(&old[i]));
    }
    if (at_end) {
        memset(cursor, 0, 16);
    }
    return at_end;
}
