/*
 * The store and its transactions: a thin sticky-error skin over the engine, counters and meta.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* asprintf */
#endif
#include "store_inner.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Meta "format", which every version looks at before all else: 1, and 2 once a version has served it that keeps indexes the
 * first ones do not know; they refuse it then, where they would leave holes (F26).
 */
static bool is_known(hd_str_t format)
{
    return hd_str_is(format, "1") || hd_str_is(format, "2");
}

static hd_code_t mark_format(hd_txn_t *t)
{
    hd_str_t format;
    if (!hd_meta_get(t, "format", &format)) {
        hd_meta_put(t, "format", HD_STR("1"));
    }
    return hd_facts_ready(t) ? HD_OK : hd_facts_prepare(t);
}

void hd_store_refuse_older(hd_txn_t *t)
{
    hd_str_t format;
    if (!hd_meta_get(t, "format", &format) || hd_str_is(format, "1")) {
        hd_meta_put(t, "format", HD_STR("2"));
    }
}

/* A new store is marked; an older one of the same format gets its facts, in pieces: all of a large one fit in no commit. */
static hd_code_t prepare(hd_store_t *s, hd_arena_t *a)
{
    hd_code_t code = HD_OK;
    for (bool ready = false; code == HD_OK && !ready; hd_arena_reset(a)) {
        hd_txn_t *t = NULL;
        code = hd_txn_begin(s, true, a, NULL, &t);
        if (code == HD_OK) {
            HD_ARENA_TRY(a, code, mark_format(t));
            ready = code == HD_OK && hd_facts_ready(t);
            if (code == HD_OK) {
                code = hd_txn_commit(t);
            } else {
                hd_txn_abort(t);
            }
        }
    }
    return code;
}

static hd_code_t check_format(hd_store_t *s, char err[256])
{
    hd_arena_t *a = hd_arena_create(1 << 20);
    hd_txn_t *t = NULL;
    hd_str_t format = { 0, "" };
    if (a == NULL) {
        return HD_E_MEMORY;
    }
    hd_code_t code = hd_txn_begin(s, false, a, NULL, &t);
    if (code == HD_OK) {
        bool known = hd_meta_get(t, "format", &format), ready = known && hd_facts_ready(t);
        if (known && !is_known(format)) {
            (void) snprintf(err, 256, "the store was written by a newer version (format %.*s)", HD_STR_ARG(format));
            code = HD_E_STORE;
        }
        hd_txn_abort(t);
        if (code == HD_OK && !ready) {
            code = prepare(s, a);
        }
    }
    hd_arena_destroy(a);
    if (code != HD_OK && err[0] == '\0') {
        (void) snprintf(err, 256, "the store cannot be read: %s", hd_err_info(code)->sentence);
    }
    return code;
}

hd_code_t hd_store_open(const hd_engine_conf_t *conf, hd_store_t **ret_s, char err[256])
{
    hd_store_t *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return HD_E_MEMORY;
    }
    hd_code_t code = hd_engine_open(conf, &s->engine, err);
    if (code == HD_OK) {
        code = check_format(s, err);
    }
    s->sync = conf->sync != HD_SYNC_OFF;
    if (code == HD_OK && asprintf(&s->files, "%s/files", conf->path) < 0) {
        s->files = NULL;
        code = HD_E_MEMORY;
    }
    if (code != HD_OK) {
        hd_store_close(s);
        return code;
    }
    *ret_s = s;
    return HD_OK;
}

void hd_store_close(hd_store_t *s)
{
    if (s != NULL) {
        hd_engine_close(s->engine);
        free(s->files);
        free(s);
    }
}

hd_engine_t *hd_store_engine(hd_store_t *s)
{
    return s->engine;
}

hd_code_t hd_txn_begin(hd_store_t *s, bool write, hd_arena_t *arena, hd_cache_t *cache, hd_txn_t **ret_t)
{
    hd_txn_t *t = hd_alloc(arena, sizeof(*t));
    hd_code_t code = hd_engine_begin(s->engine, write, &t->e);
    if (code != HD_OK) {
        return code;
    }
    t->store = s;
    t->arena = arena;
    t->cache = cache;
    t->write = write;
    *ret_t = t;
    return HD_OK;
}

static void end(hd_txn_t *t, bool undo)
{
    if (t->cache != NULL) {
        hd_cache_end(t->cache, undo && t->config_changed);
    }
    t->e = NULL;
}

static void flush_counts(hd_txn_t *t);

static hd_code_t flush(hd_txn_t *t)
{
    hd_facts_flush(t);           /* first: it compares the stored sequence with the new one */
    flush_counts(t);
    return hd_txn_error(t);
}

hd_code_t hd_txn_commit(hd_txn_t *t)
{
    hd_code_t code = hd_txn_error(t);
    if (t->write && code == HD_OK) {
        HD_ARENA_TRY(t->arena, code, flush(t));
    }
    if (code != HD_OK) {
        hd_txn_abort(t);
        return code;
    }
    code = hd_engine_commit(t->e);
    end(t, code != HD_OK);
    return code;
}

void hd_txn_abort(hd_txn_t *t)
{
    if (t != NULL && t->e != NULL) {
        hd_engine_abort(t->e);
        end(t, true);
    }
}

hd_code_t hd_txn_error(const hd_txn_t *t)
{
    return t->err != HD_OK ? t->err : hd_engine_error(t->e);
}

hd_code_t hd_txn_fail(hd_txn_t *t, hd_code_t code)
{
    if (t->err == HD_OK) {
        t->err = code;
    }
    return t->err;
}

uint64_t hd_txn_writes(const hd_txn_t *t)       { return t->writes; }
bool hd_txn_is_timed(const hd_txn_t *t)        { return t->timed; }
uint64_t hd_txn_snapshot(const hd_txn_t *t)     { return hd_engine_snapshot(t->e); }
bool hd_txn_is_write(const hd_txn_t *t)         { return t->write; }

bool hd_txn_get(hd_txn_t *t, hd_str_t key, hd_str_t *ret_value)
{
    return t->err == HD_OK && hd_engine_get(t->e, key, ret_value);
}

void hd_txn_put(hd_txn_t *t, hd_str_t key, hd_str_t value)
{
    if (t->err == HD_OK) {
        t->writes++;
        hd_engine_put(t->e, key, value);
    }
}

bool hd_txn_del(hd_txn_t *t, hd_str_t key)
{
    if (t->err != HD_OK) {
        return false;
    }
    t->writes++;
    return hd_engine_del(t->e, key);
}

/* ---- keys ---- */

uint8_t hd_space_of(hd_type_t type)
{
    switch (type) {
    case HD_TICKET:
        return HD_SP_BIG;
    case HD_MESSAGE:
    case HD_ATTACHMENT:
    case HD_NOTIFICATION:
    case HD_MAIL:
    case HD_ACTIVITY:
    case HD_ORIGIN:
        return HD_SP_GROW;
    default:
        return HD_SP_ROW;
    }
}

hd_skey_t hd_skey_row(hd_type_t type, hd_id_t id)
{
    hd_skey_t k = { .len = 6 };
    k.b[0] = hd_space_of(type);
    k.b[1] = (uint8_t) type;
    hd_put_be32(k.b + 2, (uint32_t) id);
    return k;
}

hd_skey_t hd_skey_counter(uint8_t kind, hd_id_t a, hd_id_t b)
{
    hd_skey_t k = { .len = 10 };
    k.b[0] = HD_SP_COUNTER;
    k.b[1] = kind;
    hd_put_be32(k.b + 2, (uint32_t) a);
    hd_put_be32(k.b + 6, (uint32_t) b);
    return k;
}

hd_skey_t hd_skey_index(hd_str_t key)
{
    hd_skey_t k = { .len = (uint8_t) (key.len + 1) };
    k.b[0] = HD_SP_INDEX;
    memcpy(k.b + 1, key.data, key.len);
    return k;
}

/* ---- counters and meta ---- */

static int64_t read_counter(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b)
{
    hd_skey_t k = hd_skey_counter(kind, a, b);
    hd_str_t v;
    if (!hd_txn_get(t, hd_skey_view(&k), &v) || v.len != 8) {
        return 0;
    }
    return (int64_t) hd_get_be64((const uint8_t *) v.data);
}

static hd_count_t *probe_count(hd_count_t *v, size_t cap, uint8_t kind, hd_id_t a, hd_id_t b)
{
    size_t i = (size_t) ((a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xc2b2ae3d27d4eb4f) + kind) >> 7) & (cap - 1);
    while (v[i].kind != 0 && (v[i].kind != kind || v[i].a != a || v[i].b != b)) {
        i = (i + 1) & (cap - 1);
    }
    return &v[i];
}

static void grow_counts(hd_txn_t *t)
{
    size_t cap = t->cap_counts == 0 ? 256 : t->cap_counts * 2;
    hd_count_t *v = hd_alloc_n(t->arena, cap, sizeof(*v));
    for (size_t i = 0; i < t->cap_counts; i++) {
        if (t->counts[i].kind != 0) {
            *probe_count(v, cap, t->counts[i].kind, t->counts[i].a, t->counts[i].b) = t->counts[i];
        }
    }
    t->counts = v;
    t->cap_counts = cap;
}

static hd_count_t *find_count(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b)
{
    if (t->n_counts * 2 >= t->cap_counts) {
        grow_counts(t);
    }
    hd_count_t *c = probe_count(t->counts, t->cap_counts, kind, a, b);
    if (c->kind == 0) {
        *c = (hd_count_t){ kind, false, a, b, read_counter(t, kind, a, b) };
        t->n_counts++;
    }
    return c;
}

int64_t hd_counter_get(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b)
{
    return t->write ? find_count(t, kind, a, b)->value : read_counter(t, kind, a, b);
}

void hd_counter_set(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b, int64_t value)
{
    hd_count_t *c = find_count(t, kind, a, b);
    c->dirty |= c->value != value;
    c->value = value;
    t->writes++;
}

static void flush_counts(hd_txn_t *t)
{
    for (size_t i = 0; i < t->cap_counts; i++) {
        const hd_count_t *c = &t->counts[i];
        if (!c->dirty) {
            continue;
        }
        hd_skey_t k = hd_skey_counter(c->kind, c->a, c->b);
        uint8_t v[8];
        hd_put_be64(v, (uint64_t) c->value);
        if (c->value == 0) {
            (void) hd_txn_del(t, hd_skey_view(&k));
        } else {
            hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ 8, (const char *) v });
        }
    }
}

static hd_skey_t meta_key(const char *name)
{
    hd_skey_t k = { .len = 1 };
    size_t n = strnlen(name, HD_KEY_MAX - 1);
    k.b[0] = HD_SP_META;
    memcpy(k.b + 1, name, n);
    k.len = (uint8_t) (n + 1);
    return k;
}

bool hd_meta_get(hd_txn_t *t, const char *name, hd_str_t *ret_value)
{
    hd_skey_t k = meta_key(name);
    hd_str_t v;
    if (!hd_txn_get(t, hd_skey_view(&k), &v)) {
        return false;
    }
    *ret_value = hd_str_dup(t->arena, v);
    return true;
}

void hd_meta_put(hd_txn_t *t, const char *name, hd_str_t value)
{
    hd_skey_t k = meta_key(name);
    if (value.len == 0) {
        (void) hd_txn_del(t, hd_skey_view(&k));
    } else {
        hd_txn_put(t, hd_skey_view(&k), value);
    }
}
