/*
 * Scans: one range, the groups below a prefix, several ranges merged.  A page cursor given to clients is a key,
 * never an open scan: nothing survives its transaction.
 */
#include "store_inner.h"

static void begin(hd_scan_t *sc, hd_txn_t *t, uint8_t space, const uint8_t *prefix, size_t prefix_len)
{
    memset(sc, 0, sizeof(*sc));
    sc->txn = t;
    sc->prefix[0] = space;
    memcpy(sc->prefix + 1, prefix, prefix_len);
    sc->prefix_len = (uint8_t) (prefix_len + 1);
    memcpy(sc->start, sc->prefix, sc->prefix_len);
    sc->start_len = sc->prefix_len;
    sc->cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
}

void hd_scan_index(hd_scan_t *sc, hd_txn_t *t, const hd_key_t *prefix, const hd_key_t *from)
{
    begin(sc, t, HD_SP_INDEX, prefix->b, prefix->len);
    if (from != NULL) {          /* the first key behind it: one zero byte longer */
        memcpy(sc->start + 1, from->b, from->len);
        sc->start[from->len + 1] = 0;
        sc->start_len = (uint8_t) (from->len + 2);
    }
}

void hd_scan_rows(hd_scan_t *sc, hd_txn_t *t, hd_type_t type, hd_id_t after)
{
    uint8_t prefix[1] = { (uint8_t) type };
    begin(sc, t, hd_space_of(type), prefix, 1);
    if (after >= HD_ID_MAX) {
        hd_scan_done(sc);
        return;
    }
    hd_put_be32(sc->start + 2, (uint32_t) after + 1);
    sc->start_len = 6;
}

bool hd_scan_next(hd_scan_t *sc, hd_str_t *ret_key, hd_str_t *ret_value)
{
    hd_str_t key, value;
    bool found;
    if (sc->cur == NULL) {
        return false;
    }
    if (sc->begun) {
        found = hd_engine_next(sc->cur, &key, &value);
    } else {
        sc->begun = true;
        found = hd_engine_seek(sc->cur, (hd_str_t){ sc->start_len, (const char *) sc->start }, &key, &value);
    }
    if (!found || key.len < sc->prefix_len || memcmp(key.data, sc->prefix, sc->prefix_len) != 0) {
        return false;
    }
    *ret_key = (hd_str_t){ key.len - 1, key.data + 1 };
    if (ret_value != NULL) {
        *ret_value = value;
    }
    return true;
}

void hd_scan_done(hd_scan_t *sc)
{
    hd_engine_cursor_done(sc->cur);
    sc->cur = NULL;
}

hd_code_t hd_scan_row(hd_scan_t *sc, hd_arena_t *a, hd_str_t key, hd_str_t value, void *ret_rec)
{
    if (key.len != 5) {
        return HD_E_DATA;
    }
    hd_type_t type = (hd_type_t) (uint8_t) key.data[0];
    hd_skey_t k = hd_skey_row(type, hd_get_be32((const uint8_t *) key.data + 1));
    return hd_row_decode(a, type, hd_skey_view(&k), sc->txn->write ? hd_str_dup(a, value) : value, ret_rec);
}

/* The key behind every key that begins with these bytes; false when there is none. */
static bool next_prefix(uint8_t *b, size_t *len)
{
    while (*len > 0 && b[*len - 1] == 0xff) {
        (*len)--;
    }
    if (*len == 0) {
        return false;
    }
    b[*len - 1]++;
    return true;
}

size_t hd_scan_groups(hd_txn_t *t, hd_arena_t *a, const hd_key_t *prefix, size_t len, size_t max,
                      hd_key_t **ret_groups)
{
    uint8_t at[HD_KEY_MAX + 1];
    size_t at_len = prefix->len + 1u, n = 0, cap = 0, whole = at_len + len;
    hd_ecur_t *cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    hd_str_t key;
    *ret_groups = NULL;
    at[0] = HD_SP_INDEX;
    memcpy(at + 1, prefix->b, prefix->len);
    while (cur != NULL && n < max && hd_engine_seek(cur, (hd_str_t){ at_len, (const char *) at }, &key, NULL)) {
        if (key.len < whole || (uint8_t) key.data[0] != HD_SP_INDEX || memcmp(key.data + 1, prefix->b, prefix->len) != 0) {
            break;
        }
        if (n == cap) {
            hd_key_t *v = hd_alloc_n(a, cap = cap * 2 + 8, sizeof(*v));
            if (n != 0) {
                memcpy(v, *ret_groups, n * sizeof(*v));
            }
            *ret_groups = v;
        }
        hd_key_t *g = &(*ret_groups)[n++];
        g->len = (uint8_t) (whole - 1);
        memcpy(g->b, key.data + 1, whole - 1);
        memcpy(at, key.data, whole);
        at_len = whole;
        if (!next_prefix(at, &at_len)) {
            break;
        }
    }
    hd_engine_cursor_done(cur);
    return n;
}

/* ---- merge: a binary heap of ranges, the smallest tail on top ---- */

typedef struct {
    hd_scan_t sc;
    hd_str_t  key;
} range_t;

struct hd_merge_s {
    hd_txn_t   *txn;
    hd_arena_t *arena;
    range_t   **heap;
    size_t      n, cap, tail;
    uint8_t     last[16];
    bool        has_last;
};

hd_merge_t *hd_merge_create(hd_txn_t *t, hd_arena_t *a, size_t tail)
{
    hd_merge_t *m = hd_alloc(a, sizeof(*m));
    m->txn = t;
    m->arena = a;
    m->tail = tail <= sizeof(m->last) ? tail : sizeof(m->last);
    return m;
}

static const char *tail_of(const hd_merge_t *m, const range_t *r)
{
    return r->key.data + r->key.len - m->tail;
}

static bool is_less(const hd_merge_t *m, const range_t *a, const range_t *b)
{
    return memcmp(tail_of(m, a), tail_of(m, b), m->tail) < 0;
}

static void sift_up(hd_merge_t *m, size_t i)
{
    while (i > 0 && is_less(m, m->heap[i], m->heap[(i - 1) / 2])) {
        range_t *r = m->heap[i];
        m->heap[i] = m->heap[(i - 1) / 2];
        m->heap[(i - 1) / 2] = r;
        i = (i - 1) / 2;
    }
}

static void sift_down(hd_merge_t *m, size_t i)
{
    for (;;) {
        size_t small = i, l = 2 * i + 1, r = l + 1;
        if (l < m->n && is_less(m, m->heap[l], m->heap[small])) {
            small = l;
        }
        if (r < m->n && is_less(m, m->heap[r], m->heap[small])) {
            small = r;
        }
        if (small == i) {
            return;
        }
        range_t *t = m->heap[i];
        m->heap[i] = m->heap[small];
        m->heap[small] = t;
        i = small;
    }
}

void hd_merge_add(hd_merge_t *m, const hd_key_t *prefix, hd_str_t after)
{
    hd_key_t from = *prefix;
    range_t *r = hd_alloc(m->arena, sizeof(*r));
    if (after.len != 0) {
        hd_key_bytes(&from, after.data, after.len);
    }
    hd_scan_index(&r->sc, m->txn, prefix, after.len != 0 ? &from : NULL);
    if (!hd_scan_next(&r->sc, &r->key, NULL) || r->key.len < m->tail) {
        hd_scan_done(&r->sc);
        return;
    }
    if (m->n == m->cap) {
        range_t **v = hd_alloc_n(m->arena, m->cap = m->cap * 2 + 8, sizeof(*v));
        if (m->n != 0) {
            memcpy(v, m->heap, m->n * sizeof(*v));
        }
        m->heap = v;
    }
    m->heap[m->n++] = r;
    sift_up(m, m->n - 1);
}

static void advance(hd_merge_t *m)
{
    range_t *r = m->heap[0];
    if (!hd_scan_next(&r->sc, &r->key, NULL)) {
        hd_scan_done(&r->sc);
        m->heap[0] = m->heap[--m->n];
    }
    if (m->n > 0) {
        sift_down(m, 0);
    }
}

bool hd_merge_next(hd_merge_t *m, hd_str_t *ret_key)
{
    while (m->n > 0 && m->has_last && memcmp(tail_of(m, m->heap[0]), m->last, m->tail) == 0) {
        advance(m);
    }
    if (m->n == 0) {
        return false;
    }
    *ret_key = m->heap[0]->key;
    memcpy(m->last, tail_of(m, m->heap[0]), m->tail);
    m->has_last = true;
    return true;
}

void hd_merge_done(hd_merge_t *m)
{
    while (m->n > 0) {
        hd_scan_done(&m->heap[--m->n]->sc);
    }
}

bool hd_index_find(hd_txn_t *t, const hd_key_t *unique_key, hd_id_t *ret_id)
{
    hd_skey_t k = hd_skey_index((hd_str_t){ unique_key->len, (const char *) unique_key->b });
    hd_str_t v;
    if (!hd_txn_get(t, hd_skey_view(&k), &v) || v.len != 4) {
        return false;
    }
    *ret_id = hd_get_be32((const uint8_t *) v.data);
    return true;
}
