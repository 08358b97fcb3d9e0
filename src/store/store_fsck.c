/*
 * fsck: every row opens and decodes; its index keys are all there and there are no others; counters equal a recount;
 * facts are what the tickets say; references point at something; sequences are not behind; events open and stand in the
 * trails of their records; files are there and whole.
 * Reads one snapshot, changes nothing.
 */
#include "store_inner.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    uint8_t key[9];
    int64_t n;
} tally_t;                       /* recount of one counter */

typedef struct {
    hd_fsck_t  *f;
    hd_txn_t   *t;
    hd_arena_t *keep, *a;        /* for the whole run; for one row */
    uint8_t    *have[HD_TYPE_COUNT];     /* bitmap of ids */
    int64_t     last[HD_TYPE_COUNT];
    tally_t    *tally;
    size_t      n_tally, cap_tally;
    uint64_t    expected_keys;
    hd_block_t *facts, *stored;          /* of the block whose rows are read */
    hd_arena_t *texts_arena;
    uint64_t    blocks, texts;           /* texts: chunks that have them */
    uint32_t    block;
    bool        any_facts;
} run_t;

static void __attribute__((format(printf, 2, 3))) say(run_t *r, const char *fmt, ...)
{
    char line[256];
    va_list ap;
    va_start(ap, fmt);
    (void) vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    r->f->problems++;
    if (r->f->say != NULL) {
        r->f->say(r->f->arg, line);
    }
}

/* ---- counters ---- */

static size_t tally_slot(const tally_t *v, size_t cap, const char *key)
{
    size_t i = hd_crc32c(0, key, 9) & (cap - 1);
    while (v[i].n != 0 && memcmp(v[i].key, key, 9) != 0) {
        i = (i + 1) & (cap - 1);
    }
    return i;
}

static void tally_add(run_t *r, hd_str_t key)
{
    if (r->n_tally * 2 >= r->cap_tally) {
        size_t cap = r->cap_tally == 0 ? 1024 : r->cap_tally * 2;
        tally_t *v = hd_alloc_n(r->keep, cap, sizeof(*v));
        for (size_t i = 0; i < r->cap_tally; i++) {
            if (r->tally[i].n != 0) {
                v[tally_slot(v, cap, (const char *) r->tally[i].key)] = r->tally[i];
            }
        }
        r->tally = v;
        r->cap_tally = cap;
    }
    tally_t *s = &r->tally[tally_slot(r->tally, r->cap_tally, key.data)];
    if (s->n == 0) {
        memcpy(s->key, key.data, 9);
        r->n_tally++;
    }
    s->n++;
}

static void check_counters(run_t *r)
{
    uint8_t space = HD_SP_COUNTER;
    hd_str_t key, value;
    size_t seen = 0;
    hd_ecur_t *c = hd_engine_cursor(r->t->e);
    bool ok = c != NULL && hd_engine_seek(c, (hd_str_t){ 1, (const char *) &space }, &key, &value);
    for (; ok && (uint8_t) key.data[0] == HD_SP_COUNTER; ok = hd_engine_next(c, &key, &value)) {
        uint8_t kind = (uint8_t) key.data[1];
        r->f->counters++;
        if (key.len != 10 || value.len != 8) {
            say(r, "counter: malformed entry");
        } else if (kind < HD_CN_TEAM_LAST) {
            int64_t n = (int64_t) hd_get_be64((const uint8_t *) value.data);
            int64_t want = r->cap_tally == 0 ? 0 : r->tally[tally_slot(r->tally, r->cap_tally, key.data + 1)].n;
            seen++;
            if (n != want) {
                say(r, "counter %u (%u, %u): stored %" PRId64 ", counted %" PRId64, kind,
                    hd_get_be32((const uint8_t *) key.data + 2), hd_get_be32((const uint8_t *) key.data + 6), n, want);
            }
        }
    }
    hd_engine_cursor_done(c);
    if (seen != r->n_tally) {
        say(r, "counters: %zu stored, %zu counted", seen, r->n_tally);
    }
}

/* ---- rows ---- */

static void mark(run_t *r, hd_type_t type, hd_id_t id)
{
    if (r->have[type] != NULL && (int64_t) id <= r->last[type]) {
        r->have[type][id / 8] = (uint8_t) (r->have[type][id / 8] | 1 << (id % 8));
    }
}

static bool exists(const run_t *r, uint8_t type, hd_id_t id)
{
    return type > 0 && type < HD_TYPE_COUNT && r->have[type] != NULL && (int64_t) id <= r->last[type]
           && (r->have[type][id / 8] >> (id % 8) & 1) != 0;
}

static void find_ids(run_t *r)
{
    hd_str_t key, value;
    for (hd_type_t type = HD_COMPANY; type < HD_TYPE_COUNT; type++) {
        hd_scan_t sc;
        r->last[type] = hd_counter_get(r->t, HD_CN_SEQUENCE, (hd_id_t) type, 0);
        r->have[type] = calloc(1, (size_t) r->last[type] / 8 + 1);
        hd_scan_rows(&sc, r->t, type, 0);
        while (hd_scan_next(&sc, &key, &value)) {
            hd_id_t id = hd_get_be32((const uint8_t *) key.data + 1);
            if ((int64_t) id > r->last[type]) {
                say(r, "%s %" PRIu64 ": above the last number given, %" PRId64, hd_entities[type]->name, id,
                    r->last[type]);
            }
            mark(r, type, id);
        }
        hd_scan_done(&sc);
    }
}

static void check_refs(run_t *r, const hd_entity_t *e, const void *rec, hd_id_t id)
{
    for (uint16_t i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        const void *at = hd_field_at(f, rec);
        if (f->ref == 0 || f->flags & HD_F_LOOSE || i == HD_F_create_uid || i == HD_F_write_uid) {
            continue;            /* the author of a change may be gone */
        }
        if (f->kind == HD_K_REF && *(const hd_id_t *) at != 0 && !exists(r, f->ref, *(const hd_id_t *) at)) {
            say(r, "%s %" PRIu64 ": %s points at %" PRIu64 ", which does not exist", e->name, id, f->name,
                *(const hd_id_t *) at);
        }
        const hd_ids_t *ids = at;
        for (uint32_t k = 0; f->kind == HD_K_REFS && k < ids->n; k++) {
            if (!exists(r, f->ref, ids->v[k])) {
                say(r, "%s %" PRIu64 ": %s holds %" PRIu64 ", which does not exist", e->name, id, f->name, ids->v[k]);
            }
        }
    }
}

static void check_keys(run_t *r, const hd_entity_t *e, const void *rec, hd_id_t id)
{
    hd_keyset_t keys, counts;
    hd_str_t key, value;
    size_t pos = 0;
    hd_keyset_init(&keys, r->a);
    hd_keyset_init(&counts, r->a);
    e->keys(r->a, rec, &keys);
    e->counts(rec, &counts);
    r->expected_keys += keys.n;
    while (hd_keyset_next(&keys, &pos, &key)) {
        hd_skey_t k = hd_skey_index(key);
        if (!hd_txn_get(r->t, hd_skey_view(&k), &value)) {
            say(r, "%s %" PRIu64 ": its key in index %u is missing", e->name, id, (uint8_t) key.data[0]);
        } else if (value.len == 4 && hd_get_be32((const uint8_t *) value.data) != id) {
            say(r, "%s %" PRIu64 ": its key in index %u points elsewhere", e->name, id, (uint8_t) key.data[0]);
        }
    }
    for (pos = 0; hd_keyset_next(&counts, &pos, &key);) {
        tally_add(r, key);
    }
}

/* ---- files: each content once, by the first record that names it ---- */

static bool is_first_of_hash(run_t *r, const hd_attachment_t *f)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, HD_IX_ATTACHMENT_HASH);
    hd_key_bytes(&k, f->hash.data, f->hash.len);
    hd_scan_index(&sc, r->t, &k, NULL);
    bool first = !hd_scan_next(&sc, &key, &value)
                 || hd_get_be32((const uint8_t *) key.data + key.len - 4) == f->rec.id;
    hd_scan_done(&sc);
    return first;
}

static void check_content(run_t *r, const hd_attachment_t *f)
{
    hd_blob_t b = { .size = (uint64_t) f->file_size };
    if (f->hash.len != HD_HASH_LEN) {
        say(r, "attachment %" PRIu64 ": it names no content", f->rec.id);
        return;
    }
    if (!is_first_of_hash(r, f)) {
        return;
    }
    memcpy(b.hash, f->hash.data, HD_HASH_LEN);
    r->f->files++;
    hd_code_t code = hd_blob_check(r->t->store, &b);
    if (code != HD_OK) {
        say(r, "attachment %" PRIu64 ": its file is %s", f->rec.id, code == HD_E_NOT_FOUND ? "missing" : "damaged");
    }
}

static void count_orphans(run_t *r)
{
    hd_blob_swept_t swept = { 0, 0, 0 };
    for (unsigned part = 0; part < HD_BLOB_PARTS; part++) {
        (void) hd_blob_sweep(r->t->store, part, INT64_MAX, true, &swept);
    }
    r->f->orphans = swept.removed;
}

/* ---- facts: each block is what its rows say ---- */

static void check_block(run_t *r)
{
    bool sound;
    if (!r->any_facts || !hd_facts_of_block(r->t, r->block, r->stored, &sound)) {
        return;
    }
    r->blocks++;
    if (!sound || memcmp(r->stored, r->facts, sizeof(*r->facts)) != 0) {
        say(r, "facts of tickets %" PRIu64 " to %" PRIu64 ": not what the tickets say", (hd_id_t) r->block * HD_FACT_BLOCK,
            (hd_id_t) r->block * HD_FACT_BLOCK + HD_FACT_BLOCK - 1);
    }
    for (uint32_t i = 0; i < HD_FACT_WINDOWS; i++) {
        uint32_t chunk = r->block * HD_FACT_WINDOWS + i;
        if (r->facts->present[i] == 0) {
            continue;
        }
        r->texts++;
        if (!hd_texts_check(r->t, r->texts_arena, chunk, r->facts->present[i])) {
            say(r, "texts of tickets %" PRIu64 " to %" PRIu64 ": not what the tickets say", (hd_id_t) chunk * HD_FACT_SLOTS,
                (hd_id_t) chunk * HD_FACT_SLOTS + HD_FACT_SLOTS - 1);
        }
        hd_arena_reset(r->texts_arena);
    }
}

static void add_facts(run_t *r, const hd_entity_t *e, const void *rec, hd_id_t id)
{
    uint32_t v[HD_FACTS];
    uint32_t block = (uint32_t) (id / HD_FACT_BLOCK);
    if (e->facts == NULL) {
        return;
    }
    if (block != r->block) {
        check_block(r);
        r->block = block;
        memset(r->facts, 0, sizeof(*r->facts));
    }
    e->facts(rec, v);
    hd_block_set(r->facts, id, true, v);
    r->any_facts = true;
}

/* The last block whose rows were read, and that there are no columns of other blocks. */
static void check_facts_total(run_t *r)
{
    uint8_t space = HD_SP_FACTS;
    uint64_t stored = 0;
    hd_str_t key;
    check_block(r);
    hd_ecur_t *c = hd_engine_cursor(r->t->e);
    bool ok = c != NULL && hd_engine_seek(c, (hd_str_t){ 1, (const char *) &space }, &key, NULL);
    for (; ok && (uint8_t) key.data[0] == HD_SP_FACTS; ok = hd_engine_next(c, &key, NULL)) {
        stored++;
    }
    hd_engine_cursor_done(c);
    uint64_t want = r->blocks * HD_FACTS + r->texts * HD_FACT_TEXTS;
    if (stored != want) {
        say(r, "facts: %" PRIu64 " columns stored, %" PRIu64 " expected", stored, want);
    }
}

static void check_rows(run_t *r, hd_type_t type)
{
    const hd_entity_t *e = hd_entities[type];
    hd_str_t key, value;
    hd_scan_t sc;
    hd_scan_rows(&sc, r->t, type, 0);
    while (hd_scan_next(&sc, &key, &value)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + 1);
        void *rec = hd_alloc(r->a, e->size);
        r->f->rows++;
        if (hd_scan_row(&sc, r->a, key, value, rec) != HD_OK) {
            say(r, "%s %" PRIu64 ": the row is damaged", e->name, id);
        } else {
            check_keys(r, e, rec, id);
            check_refs(r, e, rec, id);
            add_facts(r, e, rec, id);
            if (type == HD_ATTACHMENT) {
                check_content(r, rec);
            }
        }
        hd_arena_reset(r->a);
    }
    hd_scan_done(&sc);
}

static void check_index_total(run_t *r)
{
    uint8_t space = HD_SP_INDEX;
    hd_str_t key;
    hd_ecur_t *c = hd_engine_cursor(r->t->e);
    bool ok = c != NULL && hd_engine_seek(c, (hd_str_t){ 1, (const char *) &space }, &key, NULL);
    for (; ok && (uint8_t) key.data[0] == HD_SP_INDEX; ok = hd_engine_next(c, &key, NULL)) {
        r->f->index_keys++;
    }
    hd_engine_cursor_done(c);
    /* every expected key was looked up and keys are distinct, so equal numbers mean equal sets */
    if (r->f->index_keys != r->expected_keys) {
        say(r, "indexes: %" PRIu64 " keys stored, %" PRIu64 " expected", r->f->index_keys, r->expected_keys);
    }
}

static void check_event(run_t *r, hd_chain_t *chain, hd_str_t key, hd_str_t value, uint64_t *trail)
{
    hd_event_t ev;
    hd_str_t before;
    r->f->events++;
    if (hd_log_decode(key, value, &ev, &before) != HD_OK) {
        say(r, "event %" PRIu64 ": damaged", hd_log_seq(key));
        chain->expects = chain->unchained = false;       /* said once is enough */
        return;
    }
    const char *wrong = hd_chain_check(chain, key, value, before);
    if (wrong != NULL) {
        say(r, "event %" PRIu64 ": %s", ev.seq, wrong);
    }
    *trail += hd_trail_has(&ev);
    if (!hd_trail_check(r->t, &ev)) {
        say(r, "event %" PRIu64 ": missing in the trail of its record", ev.seq);
    }
}

static void check_log(run_t *r)
{
    uint8_t space = HD_SP_LOG;
    hd_str_t key, value;
    uint64_t trail = 0;
    hd_chain_t chain = { .begun = false };
    hd_ecur_t *c = hd_engine_cursor(r->t->e);
    bool ok = c != NULL && hd_engine_seek(c, (hd_str_t){ 1, (const char *) &space }, &key, &value);
    for (; ok && (uint8_t) key.data[0] == HD_SP_LOG; ok = hd_engine_next(c, &key, &value)) {
        check_event(r, &chain, key, value, &trail);
    }
    hd_engine_cursor_done(c);
    memcpy(r->f->head, chain.head, sizeof(r->f->head));
    if (!hd_chain_is_whole(&chain)) {
        say(r, "events: the oldest are missing");
    }
    uint64_t stored = hd_trail_total(r->t);
    if (stored != trail) {
        say(r, "trails: %" PRIu64 " keys stored, %" PRIu64 " expected", stored, trail);
    }
}

hd_code_t hd_store_fsck(hd_store_t *s, hd_fsck_t *f)
{
    run_t r = { .f = f, .keep = hd_arena_create((size_t) 1 << 32), .a = hd_arena_create((size_t) 1 << 30),
                .texts_arena = hd_arena_create((size_t) 1 << 30) };
    hd_code_t code = r.keep == NULL || r.a == NULL || r.texts_arena == NULL ? HD_E_MEMORY : hd_txn_begin(s, false, r.keep, NULL, &r.t);
    if (code == HD_OK) {
        r.facts = hd_alloc(r.keep, sizeof(*r.facts));
        r.stored = hd_alloc(r.keep, sizeof(*r.stored));
        find_ids(&r);
        for (hd_type_t type = HD_COMPANY; type < HD_TYPE_COUNT; type++) {
            check_rows(&r, type);
        }
        check_facts_total(&r);
        check_index_total(&r);
        check_counters(&r);
        check_log(&r);
        count_orphans(&r);
        code = hd_txn_error(r.t);
        hd_txn_abort(r.t);
    }
    for (int i = 0; i < HD_TYPE_COUNT; i++) {
        free(r.have[i]);
    }
    hd_arena_destroy(r.texts_arena);
    hd_arena_destroy(r.a);
    hd_arena_destroy(r.keep);
    return code != HD_OK ? code : f->problems != 0 ? HD_E_DATA : HD_OK;
}
