/*
 * Rows and what hangs on them.  A write compares the index keys and counters of the old and the new record and
 * writes the difference, so no caller ever touches an index.
 */
#include "store_inner.h"

#include <stdlib.h>

/* ---- frame: format(1) crc32c(4) fields; the CRC covers key and fields, so a misplaced row is found too ---- */

hd_code_t hd_row_open(hd_str_t key, hd_str_t value, hd_str_t *ret_fields)
{
    if (value.len < HD_ROW_HEAD || value.data[0] != HD_ROW_FORMAT) {
        return HD_E_DATA;
    }
    hd_str_t fields = { value.len - HD_ROW_HEAD, value.data + HD_ROW_HEAD };
    uint32_t crc = hd_crc32c(hd_crc32c(0, key.data, key.len), fields.data, fields.len);
    if (crc != hd_get_be32((const uint8_t *) value.data + 1)) {
        return HD_E_DATA;
    }
    *ret_fields = fields;
    return HD_OK;
}

void hd_row_seal(hd_str_t key, hd_buf_t *b)
{
    uint32_t crc = hd_crc32c(hd_crc32c(0, key.data, key.len), b->data + HD_ROW_HEAD, b->len - HD_ROW_HEAD);
    b->data[0] = HD_ROW_FORMAT;
    hd_put_be32((uint8_t *) b->data + 1, crc);
}

hd_code_t hd_row_decode(hd_arena_t *a, hd_type_t type, hd_str_t key, hd_str_t value, void *ret_rec)
{
    hd_str_t fields;
    hd_code_t code = hd_row_open(key, value, &fields);
    if (code == HD_OK) {
        code = hd_decode(hd_entities[type], a, fields, ret_rec);
    }
    if (code == HD_OK) {
        ((hd_rec_t *) ret_rec)->id = hd_get_be32((const uint8_t *) key.data + 2);
    }
    return code;
}

hd_code_t hd_row_get(hd_txn_t *t, hd_arena_t *a, hd_type_t type, hd_id_t id, void *ret_rec)
{
    hd_str_t v;
    if (id == 0 || id > HD_ID_MAX) {
        return HD_E_NOT_FOUND;
    }
    bool may_be_hot = !t->write && t->cache != NULL && hd_hot_may(type);
    uint64_t snapshot = may_be_hot ? hd_txn_snapshot(t) : 0;
    if (may_be_hot && hd_hot_get(t->cache, type, id, snapshot, ret_rec)) {
        return HD_OK;
    }
    hd_skey_t k = hd_skey_row(type, id);
    if (!hd_txn_get(t, hd_skey_view(&k), &v)) {
        hd_code_t code = hd_txn_error(t);
        return code == HD_OK ? HD_E_NOT_FOUND : code;
    }
    if (t->write) {
        v = hd_str_dup(a, v);    /* the next put may move the page */
    }
    if (may_be_hot && hd_hot_renew(t->cache, type, id, snapshot, v, ret_rec)) {
        return HD_OK;
    }
    hd_code_t code = hd_row_decode(a, type, hd_skey_view(&k), v, ret_rec);
    if (may_be_hot && code == HD_OK) {
        hd_hot_keep(t->cache, type, id, snapshot, v, ret_rec);
    }
    return code;
}

#define SMALL_GROWTH 256         /* bytes a change may add to a row in a store that is almost full */

/* Refused while there is still room to make room (F08); signing in and its sign of life must go on longest. */
static bool fits(hd_txn_t *t, hd_type_t type, const void *old, hd_str_t key, hd_str_t value)
{
    hd_str_t was = { 0, "" };
    if (hd_engine_has_room(t->e, HD_ROOM_GROW, value.len) || (old != NULL && type == HD_SESSION)) {
        return true;
    }
    bool small = old == NULL ? type == HD_SESSION : hd_txn_get(t, key, &was) && value.len <= was.len + SMALL_GROWTH;
    return small && hd_engine_has_room(t->e, HD_ROOM_CHANGE, value.len);
}

static void put_row(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, const void *rec)
{
    hd_skey_t k = hd_skey_row(type, ((const hd_rec_t *) rec)->id);
    hd_buf_t b;
    hd_buf_init(&b, a, 512, HD_BODY_MAX * 2);
    hd_buf_put(&b, "\0\0\0\0", HD_ROW_HEAD);
    hd_encode(hd_entities[type], rec, &b);
    if (b.failed) {
        (void) hd_txn_fail(t, HD_E_TOO_LARGE);
        return;
    }
    hd_row_seal(hd_skey_view(&k), &b);
    if (!fits(t, type, old, hd_skey_view(&k), hd_buf_view(&b))) {
        (void) hd_txn_fail(t, HD_E_FULL);
        return;
    }
    hd_txn_put(t, hd_skey_view(&k), hd_buf_view(&b));
}

/* ---- index keys and counters ---- */

static int cmp_keys(const void *pa, const void *pb)
{
    const hd_str_t *a = pa, *b = pb;
    size_t n = a->len < b->len ? a->len : b->len;
    int c = memcmp(a->data, b->data, n);
    return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static hd_str_t *sorted(hd_arena_t *a, const hd_keyset_t *set)
{
    hd_str_t *v = hd_alloc_n(a, set->n + 1, sizeof(*v));
    size_t pos = 0, n = 0;
    while (n < set->n && hd_keyset_next(set, &pos, &v[n])) {
        n++;
    }
    if (n > 1) {
        qsort(v, n, sizeof(*v), cmp_keys);
    }
    return v;
}

typedef void (*key_fn)(hd_txn_t *t, const hd_entity_t *e, hd_str_t key, hd_id_t id, int delta);

/* Calls fn with -1 for each key only in old and +1 for each key only in now. */
static void diff(hd_txn_t *t, hd_arena_t *a, const hd_entity_t *e, hd_id_t id, const hd_keyset_t *old,
                 const hd_keyset_t *now, key_fn fn)
{
    hd_str_t *vo = sorted(a, old), *vn = sorted(a, now);
    uint32_t o = 0, n = 0;
    while (o < old->n || n < now->n) {
        int c = o == old->n ? 1 : n == now->n ? -1 : cmp_keys(&vo[o], &vn[n]);
        if (c < 0) {
            fn(t, e, vo[o++], id, -1);
        } else if (c > 0) {
            fn(t, e, vn[n++], id, +1);
        } else {
            o++;
            n++;
        }
    }
}

static bool is_unique(const hd_entity_t *e, hd_str_t key)
{
    uint8_t ix = (uint8_t) key.data[0];
    return ix < 64 && (e->unique & HD_BIT(ix)) != 0;
}

static void change_index(hd_txn_t *t, const hd_entity_t *e, hd_str_t key, hd_id_t id, int delta)
{
    hd_skey_t k = hd_skey_index(key);
    hd_str_t v = { 0, "" }, there;
    uint8_t be[4];
    if (delta < 0) {
        (void) hd_txn_del(t, hd_skey_view(&k));
        return;
    }
    if (is_unique(e, key)) {
        if (hd_txn_get(t, hd_skey_view(&k), &there)) {
            (void) hd_txn_fail(t, HD_E_CONFLICT);
            return;
        }
        hd_put_be32(be, (uint32_t) id);
        v = (hd_str_t){ 4, (const char *) be };
    }
    hd_txn_put(t, hd_skey_view(&k), v);
}

static void change_counter(hd_txn_t *t, const hd_entity_t *e, hd_str_t key, hd_id_t id, int delta)
{
    (void) e;
    (void) id;
    const uint8_t *p = (const uint8_t *) key.data;
    hd_id_t a = hd_get_be32(p + 1), b = hd_get_be32(p + 5);
    hd_counter_set(t, p[0], a, b, hd_counter_get(t, p[0], a, b) + delta);
}

static void keys_of(hd_arena_t *a, const hd_entity_t *e, const void *rec, hd_keyset_t *keys, hd_keyset_t *counts)
{
    hd_keyset_init(keys, a);
    hd_keyset_init(counts, a);
    if (rec != NULL) {
        e->keys(a, rec, keys);
        e->counts(rec, counts);
    }
}

static hd_code_t put_all(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, const void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    hd_id_t id = ((const hd_rec_t *) (rec != NULL ? rec : old))->id;
    hd_keyset_t ko, kn, co, cn;
    keys_of(a, e, old, &ko, &co);
    keys_of(a, e, rec, &kn, &cn);
    if (rec != NULL) {
        put_row(t, a, type, old, rec);
    } else {
        hd_skey_t k = hd_skey_row(type, id);
        (void) hd_txn_del(t, hd_skey_view(&k));
    }
    diff(t, a, e, id, &ko, &kn, change_index);
    diff(t, a, e, id, &co, &cn, change_counter);
    hd_facts_change(t, type, old, rec);
    if (e->config || (e->config_end && rec == NULL)) {
        hd_cache_touch(t);
    }
    return hd_txn_error(t);
}

/* ---- commands of the rooms above ---- */

hd_id_t hd_row_last(hd_txn_t *t, hd_type_t type)
{
    return (hd_id_t) hd_counter_get(t, HD_CN_SEQUENCE, (hd_id_t) type, 0);
}

hd_code_t hd_row_insert(hd_txn_t *t, hd_arena_t *a, hd_type_t type, void *rec, hd_time_t now, hd_id_t uid)
{
    hd_rec_t *r = rec;
    hd_id_t last = hd_row_last(t, type);
    if (r->id == 0) {
        r->id = last + 1;
    }
    if (r->id > HD_ID_MAX) {
        return hd_txn_fail(t, HD_E_FULL);
    }
    if (r->id > last) {
        hd_counter_set(t, HD_CN_SEQUENCE, (hd_id_t) type, 0, (int64_t) r->id);
    }
    r->version = 1;
    r->create_date = r->create_date != 0 ? r->create_date : now;
    r->write_date = now;
    r->create_uid = r->write_uid = uid;
    return put_all(t, a, type, NULL, rec);
}

hd_code_t hd_row_update(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, void *rec, hd_time_t now,
                        hd_id_t uid)
{
    hd_rec_t *r = rec;
    const hd_rec_t *o = old;
    r->id = o->id;
    r->version = o->version + 1;
    r->create_date = o->create_date;
    r->create_uid = o->create_uid;
    r->write_date = now;
    r->write_uid = uid;
    return put_all(t, a, type, old, rec);
}

hd_code_t hd_row_delete(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old)
{
    return put_all(t, a, type, old, NULL);
}

hd_code_t hd_row_amend(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, void *rec)
{
    hd_rec_t *r = rec;
    const hd_rec_t *o = old;
    r->id = o->id;
    r->version = o->version + 1;
    return put_all(t, a, type, old, rec);
}

void hd_row_index(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *rec, hd_index_t index)
{
    const hd_entity_t *e = hd_entities[type];
    hd_keyset_t keys;
    hd_str_t key;
    size_t pos = 0;
    hd_keyset_init(&keys, a);
    e->keys(a, rec, &keys);
    while (hd_keyset_next(&keys, &pos, &key)) {
        if ((uint8_t) key.data[0] == index) {
            hd_skey_t k = hd_skey_index(key);
            hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ 0, "" });
        }
    }
}

hd_id_t hd_row_next_id(hd_txn_t *t, hd_type_t type)
{
    return hd_row_last(t, type) + 1;
}

hd_code_t hd_row_restore(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *rec)
{
    const hd_rec_t *r = rec;
    hd_str_t v;
    if (r->id == 0 || r->id > HD_ID_MAX || r->version == 0) {
        return HD_E_INVALID;
    }
    hd_skey_t k = hd_skey_row(type, r->id);
    if (hd_txn_get(t, hd_skey_view(&k), &v)) {
        return HD_E_CONFLICT;
    }
    if ((int64_t) r->id > hd_counter_get(t, HD_CN_SEQUENCE, (hd_id_t) type, 0)) {
        hd_counter_set(t, HD_CN_SEQUENCE, (hd_id_t) type, 0, (int64_t) r->id);
    }
    return put_all(t, a, type, NULL, rec);
}
