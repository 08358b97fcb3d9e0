/*
 * Decoded configuration of one thread: teams, stages, users, sessions, and what is derived from them.  It is valid
 * for one configuration generation, a counter that moves in the transaction of every write to such a record.
 *
 * A read transaction whose snapshot was checked before is not checked again.  A write transaction always compares
 * the generation: its snapshot number may be given again after an abort.
 */
#include "store_inner.h"

#include <stdlib.h>

#define CACHE_MAX (48u * 1024 * 1024)
#define CACHE_RENEW (32u * 1024 * 1024)
#define SLOTS_FIRST 256

typedef struct {
    uint64_t    hash;
    hd_str_t    key;             /* key.data NULL: free */
    void       *value;
} slot_t;

typedef struct {
    size_t       n;
    const void **v;
} rows_t;

struct hd_cache_s {
    hd_arena_t *arena, *retired;
    hd_hot_t   *hot;             /* NULL when there was no memory for it */
    slot_t     *slots;
    size_t      n, cap;
    uint64_t    snapshot;        /* last read snapshot that was checked */
    int64_t     generation;      /* -1: nothing is valid */
    struct {
        hd_id_t     id;          /* 0: none */
        const void *rec;
    } last[HD_TYPE_COUNT];       /* the row asked for last: lists ask for the same team ticket by ticket */
};

hd_cache_t *hd_cache_create(void)
{
    hd_cache_t *c = calloc(1, sizeof(*c));
    if (c != NULL && (c->arena = hd_arena_create(CACHE_MAX)) == NULL) {
        free(c);
        return NULL;
    }
    if (c != NULL) {
        c->generation = -1;
        c->hot = hd_hot_create();
    }
    return c;
}

void hd_cache_destroy(hd_cache_t *c)
{
    if (c != NULL) {
        hd_hot_destroy(c->hot);
        hd_arena_destroy(c->arena);
        hd_arena_destroy(c->retired);
        free(c);
    }
}

/* What was handed out in this transaction stays readable until its end, so the arena is retired, not freed. */
static void forget(hd_cache_t *c)
{
    hd_arena_t *fresh = NULL;
    if (c->slots != NULL && c->retired == NULL && (fresh = hd_arena_create(CACHE_MAX)) != NULL) {
        c->retired = c->arena;
        c->arena = fresh;
    }
    c->slots = NULL;             /* when no fresh arena can be had the old one keeps growing up to its limit */
    c->n = c->cap = 0;
    memset(c->last, 0, sizeof(c->last));
}

static void begin(hd_txn_t *t)
{
    hd_cache_t *c = t->cache;
    if (t->cache_ok) {
        return;
    }
    t->cache_ok = true;
    if (!t->write && c->generation >= 0 && c->snapshot == hd_txn_snapshot(t)) {
        return;
    }
    int64_t now = hd_counter_get(t, HD_CN_GENERATION, 0, 0);
    if (now != c->generation || hd_arena_used(c->arena) > CACHE_RENEW) {
        forget(c);
        c->generation = now;
    }
    if (!t->write) {
        c->snapshot = hd_txn_snapshot(t);
    }
}

hd_hot_t *hd_cache_hot(hd_cache_t *c)
{
    return c->hot;
}

void hd_cache_end(hd_cache_t *c, bool undo)
{
    hd_hot_end(c->hot);
    if (undo) {
        forget(c);
        c->generation = -1;
        c->snapshot = 0;
    }
    if (c->retired != NULL) {
        hd_arena_destroy(c->retired);
        c->retired = NULL;
    }
}

void hd_cache_touch(hd_txn_t *t)
{
    int64_t now = hd_counter_get(t, HD_CN_GENERATION, 0, 0) + 1;
    hd_counter_set(t, HD_CN_GENERATION, 0, 0, now);
    t->config_changed = true;
    if (t->cache != NULL) {
        forget(t->cache);
        t->cache->generation = now;
        t->cache_ok = true;
    }
}

/* ---- the table ---- */

static uint64_t hash_of(hd_str_t key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ (uint8_t) key.data[i]) * UINT64_C(0x100000001b3);
    }
    return h ^ (h >> 29);
}

static slot_t *probe(slot_t *slots, size_t cap, uint64_t hash, hd_str_t key)
{
    for (size_t i = hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        slot_t *s = &slots[i];
        if (s->key.data == NULL || (s->hash == hash && hd_str_eq(s->key, key))) {
            return s;
        }
    }
}

static void grow(hd_cache_t *c)
{
    size_t cap = c->cap == 0 ? SLOTS_FIRST : c->cap * 2;
    slot_t *slots = hd_alloc_n(c->arena, cap, sizeof(*slots));
    for (size_t i = 0; i < c->cap; i++) {
        if (c->slots[i].key.data != NULL) {
            *probe(slots, cap, c->slots[i].hash, c->slots[i].key) = c->slots[i];
        }
    }
    c->slots = slots;
    c->cap = cap;
}

static slot_t *find(hd_cache_t *c, hd_str_t key, bool make)
{
    uint64_t hash = hash_of(key);
    if (c->cap == 0 || c->n * 2 >= c->cap) {
        if (!make && c->cap == 0) {
            return NULL;
        }
        if (make) {
            grow(c);
        }
    }
    slot_t *s = probe(c->slots, c->cap, hash, key);
    if (s->key.data == NULL) {
        if (!make) {
            return NULL;
        }
        *s = (slot_t){ hash, hd_str_dup(c->arena, key), NULL };
        c->n++;
    }
    return s;
}

/* Tools have no cache: they get one that dies with the transaction's arena. */
static hd_cache_t *cache_of(hd_txn_t *t)
{
    if (t->cache == NULL) {
        t->cache = hd_cache_create();
        if (t->cache == NULL) {
            hd_arena_fail(t->arena);
        }
        hd_arena_defer(t->arena, (void (*)(void *)) hd_cache_destroy, t->cache);
    }
    begin(t);
    *hd_arena_border(t->cache->arena) = *hd_arena_border(t->arena);      /* out of memory: to the caller's border */
    return t->cache;
}

hd_arena_t *hd_config_arena(hd_txn_t *t)
{
    return cache_of(t)->arena;
}

void *hd_config_slot(hd_txn_t *t, const void *key, size_t key_len, size_t size, bool *ret_new)
{
    hd_cache_t *c = cache_of(t);
    hd_str_t k = { key_len, key };
    slot_t *s = find(c, k, size != 0);
    if (size == 0) {
        return s == NULL ? NULL : s->value;
    }
    *ret_new = s->value == NULL;
    if (s->value == NULL) {
        s->value = hd_alloc(c->arena, size);
    }
    return s->value;
}

/* ---- rows ---- */

static const void *found(hd_cache_t *c, hd_type_t type, hd_id_t id, const void *rec)
{
    c->last[type].id = id;
    c->last[type].rec = rec;
    return rec;
}

const void *hd_config_get(hd_txn_t *t, hd_type_t type, hd_id_t id)
{
    if (id == 0 || id > HD_ID_MAX) {
        return NULL;
    }
    if (t->cache != NULL) {
        begin(t);
        if (t->cache->last[type].id == id) {
            return t->cache->last[type].rec;
        }
    }
    hd_cache_t *c = cache_of(t);
    hd_skey_t k = hd_skey_row(type, id);
    hd_str_t v;
    slot_t *s = find(c, hd_skey_view(&k), false);
    if (s != NULL) {
        return found(c, type, id, s->value);
    }
    if (!hd_txn_get(t, hd_skey_view(&k), &v)) {
        return NULL;
    }
    void *rec = hd_alloc(c->arena, hd_entities[type]->size);
    if (hd_row_decode(c->arena, type, hd_skey_view(&k), hd_str_dup(c->arena, v), rec) != HD_OK) {
        return NULL;
    }
    find(c, hd_skey_view(&k), true)->value = rec;
    return found(c, type, id, rec);
}

const void *const *hd_config_all(hd_txn_t *t, hd_type_t type, size_t *ret_n)
{
    hd_cache_t *c = cache_of(t);
    char name[2] = { 'A', (char) type };
    hd_str_t key, value;
    hd_scan_t sc;
    slot_t *s = find(c, (hd_str_t){ 2, name }, false);
    if (s != NULL) {
        rows_t *had = s->value;
        *ret_n = had->n;
        return had->v;
    }
    rows_t *r = hd_alloc(c->arena, sizeof(*r));
    size_t cap = 0;
    hd_scan_rows(&sc, t, type, 0);
    while (hd_scan_next(&sc, &key, &value)) {
        const void *rec = hd_config_get(t, type, hd_get_be32((const uint8_t *) key.data + 1));
        if (rec == NULL) {
            continue;
        }
        if (r->n == cap) {
            const void **v = hd_alloc_n(c->arena, cap = cap * 2 + 16, sizeof(*v));
            if (r->n != 0) {
                memcpy(v, r->v, r->n * sizeof(*v));
            }
            r->v = v;
        }
        r->v[r->n++] = rec;
    }
    hd_scan_done(&sc);
    find(c, (hd_str_t){ 2, name }, true)->value = r;
    *ret_n = r->n;
    return r->v;
}
