/*
 * Facts: columns of tickets (model_facts.c says what they hold), 960 tickets a block, each column of a block in a page of
 * its own.
 *
 *   0x4e facts   type(1) 0(1)      block(4) -> mask of slots in use(8) for each 64 tickets, then a byte a ticket
 *                type(1) column(1) block(4) -> a number of 4 bytes a ticket
 *
 * in the machine's own byte order, as all of LMDB, then the crc32c(4) of key and bytes for each third of the column.  A scan
 * costs the pages it touches (at a million tickets a walk of the page tables for each cost more than all else when the columns
 * of 64 tickets shared a page), so it touches only those of the columns asked about, from end to end.
 *
 * A block stands there once ids have gone past it; the last one, still filling, is made from its rows when somebody looks.
 * So a new ticket writes none of these pages, and a full block all seventeen once.  A change of an older ticket writes the
 * columns that differ, once a transaction.  Texts of tickets stand beside them (store_texts.c).  What is damaged is made
 * from the rows when it is read and when it is changed.
 */
#include "store_inner.h"

#include <stdlib.h>

#define HD_FACTS_FORM "6"        /* raise it when a column changes its meaning: all are made anew at the next start */

#define FIRST_BYTES (HD_FACT_WINDOWS * sizeof(uint64_t) + HD_FACT_BLOCK)
#define WORDS_BYTES (HD_FACT_BLOCK * sizeof(uint32_t))
#define SUM_BYTES   HD_FACT_SUM

#ifndef HD_FACTS_PIECE           /* t/unit/test_store.c has its own */
#define HD_FACTS_PIECE 64        /* blocks made in one transaction */
#define HD_FACTS_CLEAR 4096      /* keys of an older form dropped in one */
#endif

_Static_assert(FIRST_BYTES % 3 == 0 && WORDS_BYTES % 3 == 0, "a sum of each third");
_Static_assert(WORDS_BYTES + SUM_BYTES <= 4080, "a column of a block is one overflow page");
_Static_assert(offsetof(hd_block_t, bytes) == HD_FACT_WINDOWS * sizeof(uint64_t), "masks and bytes are one value");

struct hd_fact_change_s {
    uint32_t id, order;
    bool     present, texts;     /* texts: one of them is another, or new */
    uint32_t value[HD_FACTS];
};

hd_skey_t hd_fact_key(unsigned column, uint32_t block)
{
    hd_skey_t k = { .len = 7 };
    k.b[0] = HD_SP_FACTS;
    k.b[1] = HD_TICKET;
    k.b[2] = (uint8_t) column;
    hd_put_be32(k.b + 3, block);
    return k;
}

static hd_str_t column_of(const hd_block_t *b, unsigned column)
{
    return column == 0 ? (hd_str_t){ FIRST_BYTES, (const char *) b } : (hd_str_t){ WORDS_BYTES, (const char *) b->words[column] };
}

/* Three, as that is how fast they are made: a scan checks every column it reads. */
void hd_fact_sum(const hd_skey_t *k, const char *bytes, size_t len, uint8_t ret[SUM_BYTES])
{
    uint32_t key = hd_crc32c(0, k->b, k->len), crc[3] = { key, key, key };
    hd_crc32c_three(crc, bytes, len / 3);
    for (unsigned i = 0; i < 3; i++) {
        hd_put_be32(ret + 4 * (size_t) i, crc[i]);
    }
}

const char *hd_fact_open(unsigned column, uint32_t block, hd_str_t value)
{
    size_t len = column == 0 ? FIRST_BYTES : WORDS_BYTES;
    uint8_t sum[SUM_BYTES];
    if (value.len != len + SUM_BYTES) {
        return NULL;
    }
    hd_skey_t k = hd_fact_key(column, block);
    hd_fact_sum(&k, value.data, len, sum);
    return memcmp(sum, value.data + len, SUM_BYTES) == 0 ? value.data : NULL;
}

void hd_block_set(hd_block_t *b, hd_id_t id, bool present, const uint32_t value[HD_FACTS])
{
    uint32_t at = (uint32_t) (id % HD_FACT_BLOCK);
    uint64_t *mask = &b->present[at / HD_FACT_SLOTS];
    *mask = present ? *mask | HD_BIT(at % HD_FACT_SLOTS) : *mask & ~HD_BIT(at % HD_FACT_SLOTS);
    b->bytes[at] = (uint8_t) (present ? value[0] : 0);
    for (unsigned c = 1; c < HD_FACTS; c++) {
        b->words[c][at] = present ? value[c] : 0;
    }
}

/* ---- write ---- */

void hd_facts_change(hd_txn_t *t, hd_type_t type, const void *old, const void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    struct hd_fact_change_s c = { .present = rec != NULL };
    uint32_t before[HD_FACTS];
    if (e->facts == NULL) {
        return;
    }
    c.id = (uint32_t) ((const hd_rec_t *) (rec != NULL ? rec : old))->id;
    c.order = (uint32_t) t->n_facts;
    if (rec != NULL) {
        e->facts(rec, c.value);
    }
    if (rec != NULL && old != NULL) {
        e->facts(old, before);
        if (memcmp(before, c.value, sizeof(before)) == 0 && !hd_texts_differ(old, rec)) {
            return;
        }
    }
    c.texts = rec != NULL && (old == NULL || hd_texts_differ(old, rec));
    if (t->n_facts == t->cap_facts) {
        size_t cap = t->cap_facts == 0 ? 64 : 2 * t->cap_facts;
        struct hd_fact_change_s *v = hd_alloc_n(t->arena, cap, sizeof(*v));
        if (t->n_facts != 0) {
            memcpy(v, t->facts, t->n_facts * sizeof(*v));
        }
        t->facts = v;
        t->cap_facts = cap;
    }
    t->facts[t->n_facts++] = c;
}

/* False when a column is missing or damaged, but also when there are none: a block without tickets has none. */
static bool load_block(hd_txn_t *t, uint32_t block, hd_block_t *b)
{
    hd_str_t v;
    bool sound = true;
    memset(b, 0, sizeof(*b));
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_skey_t k = hd_fact_key(c, block);
        hd_str_t to = column_of(b, c);
        const char *bytes = hd_txn_get(t, hd_skey_view(&k), &v) ? hd_fact_open(c, block, v) : NULL;
        if (bytes != NULL) {
            memcpy((char *) (uintptr_t) to.data, bytes, to.len);
        }
        sound = sound && bytes != NULL;
    }
    return sound;
}

static bool is_empty(const hd_block_t *b)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < HD_FACT_WINDOWS; i++) {
        any |= b->present[i];
    }
    return any == 0;
}

static void put_column(hd_txn_t *t, unsigned column, uint32_t block, hd_str_t v)
{
    char bytes[WORDS_BYTES + SUM_BYTES];
    hd_skey_t k = hd_fact_key(column, block);
    memcpy(bytes, v.data, v.len);
    hd_fact_sum(&k, v.data, v.len, (uint8_t *) bytes + v.len);
    hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ v.len + SUM_BYTES, bytes });
}

/* texts: a bit for each chunk where one is new. */
static void store_texts(hd_txn_t *t, uint32_t block, const hd_block_t *b, const hd_block_t *was, uint32_t texts)
{
    for (uint32_t i = 0; i < HD_FACT_WINDOWS; i++) {
        if (b->present[i] == 0) {
            texts &= ~(1u << i);
            if (was == NULL || was->present[i] != 0) {
                hd_texts_drop(t, block * HD_FACT_WINDOWS + i);
            }
        } else if (was == NULL) {
            texts |= 1u << i;
        }
    }
    hd_texts_write(t, block, texts);
}

/* Writes what differs from `was` (NULL: nothing that can be relied on).  All columns of a block are there, or none. */
static void store_block(hd_txn_t *t, uint32_t block, const hd_block_t *b, const hd_block_t *was, uint32_t texts)
{
    bool empty = is_empty(b);
    store_texts(t, block, b, was, texts);
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_skey_t k = hd_fact_key(c, block);
        hd_str_t v = column_of(b, c);
        if (empty) {
            (void) hd_txn_del(t, hd_skey_view(&k));
        } else if (was == NULL || memcmp(v.data, column_of(was, c).data, v.len) != 0) {
            put_column(t, c, block, v);
        }
    }
}

static bool is_known(const uint8_t *known, uint32_t at)
{
    return known != NULL && (known[at / 8] >> (at % 8) & 1) != 0;
}

static hd_code_t read_rows(hd_txn_t *t, hd_arena_t *a, uint32_t block, const uint8_t *known, hd_block_t *b)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_id_t first = (hd_id_t) block * HD_FACT_BLOCK;
    hd_ticket_t rec;
    hd_scan_t sc;
    hd_str_t key, value;
    uint32_t facts[HD_FACTS];
    hd_scan_rows(&sc, t, HD_TICKET, first == 0 ? 0 : first - 1);
    while (hd_scan_next(&sc, &key, &value)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + 1);
        if (id >= first + HD_FACT_BLOCK) {
            break;
        }
        if (!is_known(known, (uint32_t) (id - first)) && hd_scan_row(&sc, a, key, value, &rec) == HD_OK) {
            e->facts(&rec, facts);
            hd_block_set(b, id, true, facts);
        }
    }
    hd_scan_done(&sc);
    return HD_OK;
}

void hd_facts_from_rows(hd_txn_t *t, uint32_t block, const uint8_t *known, hd_block_t *b)
{
    hd_arena_t *a = hd_arena_create(HD_ARENA_REQUEST);       /* its own: many blocks may be read in one transaction */
    hd_code_t code = HD_E_MEMORY;
    if (a != NULL) {
        HD_ARENA_TRY(a, code, read_rows(t, a, block, known, b));
        hd_arena_destroy(a);
    }
    if (code != HD_OK) {
        (void) hd_txn_fail(t, code);
    }
}

static int compare_changes(const void *pa, const void *pb)
{
    const struct hd_fact_change_s *a = pa, *b = pb;
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static void know_sealed(hd_txn_t *t)
{
    if (!t->facts_known) {
        hd_skey_t k = hd_skey_counter(HD_CN_SEQUENCE, HD_TICKET, 0);
        hd_str_t v;
        bool any = hd_txn_get(t, hd_skey_view(&k), &v) && v.len == 8;
        t->facts_sealed = any ? hd_facts_full((int64_t) hd_get_be64((const uint8_t *) v.data)) : 0;
        t->facts_known = true;
    }
}

static void write_block(hd_txn_t *t, uint32_t block, const struct hd_fact_change_s *v, size_t n)
{
    uint8_t known[HD_FACT_BLOCK / 8] = { 0 };
    uint32_t texts = 0;
    hd_block_t *b = calloc(2, sizeof(*b));
    if (b == NULL) {
        (void) hd_txn_fail(t, HD_E_MEMORY);
        return;
    }
    bool stored = block < t->facts_sealed && load_block(t, block, &b[0]);
    if (stored) {
        memcpy(&b[1], &b[0], sizeof(*b));
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t at = v[i].id % HD_FACT_BLOCK;
        hd_block_set(&b[1], v[i].id, v[i].present, v[i].value);
        known[at / 8] = (uint8_t) (known[at / 8] | 1u << (at % 8));
        texts |= (uint32_t) v[i].texts << at / HD_FACT_SLOTS;
    }
    if (!stored) {
        hd_facts_from_rows(t, block, known, &b[1]);
    }
    store_block(t, block, &b[1], stored ? &b[0] : NULL, texts);
    free(b);
}

void hd_facts_flush(hd_txn_t *t)
{
    know_sealed(t);
    uint32_t full = hd_facts_full(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    bool seals = full > t->facts_sealed;
    if (t->n_facts > 1) {
        qsort(t->facts, t->n_facts, sizeof(t->facts[0]), compare_changes);
    }
    for (size_t i = 0, end; i < t->n_facts; i = end) {
        uint32_t block = t->facts[i].id / HD_FACT_BLOCK;
        for (end = i + 1; end < t->n_facts && t->facts[end].id / HD_FACT_BLOCK == block; end++) {
        }
        if (block < full) {
            seals = seals && block != t->facts_sealed;
            write_block(t, block, t->facts + i, end - i);
        }
    }
    if (seals) {                 /* the one that was filling, untouched by this transaction */
        write_block(t, t->facts_sealed, NULL, 0);
    }
    t->facts_sealed = full > t->facts_sealed ? full : t->facts_sealed;
    t->n_facts = 0;
}

/* ---- start, fsck ---- */

bool hd_facts_ready(hd_txn_t *t)
{
    hd_str_t form;
    return hd_meta_get(t, "facts", &form) && hd_str_is(form, HD_FACTS_FORM);
}

/* What another form left goes; it may stand under the same keys.  False when some is left. */
static bool clear_facts(hd_txn_t *t)
{
    uint8_t prefix[2] = { HD_SP_FACTS, HD_TICKET };
    hd_str_t key, value;
    for (int i = 0; i < HD_FACTS_CLEAR; i++) {
        hd_ecur_t *c = hd_engine_cursor(t->e);
        bool found = c != NULL && hd_engine_seek(c, (hd_str_t){ 2, (const char *) prefix }, &key, &value)
                     && key.len >= 2 && memcmp(key.data, prefix, 2) == 0 && key.len < 16;
        char copy[16];
        if (found) {
            memcpy(copy, key.data, key.len);
        }
        hd_engine_cursor_done(c);
        if (!found || !hd_txn_del(t, (hd_str_t){ key.len, copy })) {
            return true;
        }
    }
    return false;
}

/* How far the present form has come: "5" it is whole, "5+120" 120 blocks.  False: another form, or none. */
static bool read_progress(hd_txn_t *t, uint32_t *ret_blocks)
{
    hd_str_t text, head = HD_STR(HD_FACTS_FORM "+");
    uint64_t n;
    if (!hd_meta_get(t, "facts", &text) || !hd_str_starts(text, head)
        || !hd_str_to_u64((hd_str_t){ text.len - head.len, text.data + head.len }, &n) || n > UINT32_MAX) {
        return false;
    }
    *ret_blocks = (uint32_t) n;
    return true;
}

hd_code_t hd_facts_prepare(hd_txn_t *t)
{
    uint32_t full = hd_facts_full(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0)), block = 0, end;
    if (!read_progress(t, &block) && !clear_facts(t)) {
        hd_meta_put(t, "facts", HD_STR("clearing"));
        return hd_txn_error(t);
    }
    hd_block_t *b = malloc(sizeof(*b));
    if (b == NULL) {
        return hd_txn_fail(t, HD_E_MEMORY);
    }
    t->facts_known = true;
    t->facts_sealed = full;
    for (end = full - block < HD_FACTS_PIECE ? full : block + HD_FACTS_PIECE; block < end && hd_txn_error(t) == HD_OK; block++) {
        memset(b, 0, sizeof(*b));
        hd_facts_from_rows(t, block, NULL, b);
        store_block(t, block, b, NULL, 0);
    }
    free(b);
    hd_meta_put(t, "facts", end == full ? HD_STR(HD_FACTS_FORM) : hd_strf(t->arena, HD_FACTS_FORM "+%" PRIu32, end));
    return hd_txn_error(t);
}

bool hd_facts_of_block(hd_txn_t *t, uint32_t block, hd_block_t *ret, bool *ret_sound)
{
    *ret_sound = load_block(t, block, ret);
    return block < hd_facts_full(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
}
