/*
 * Facts: columns of tickets (model_facts.c says what they hold), 960 tickets a block, each column of a block in a page of
 * its own.
 *
 *   0x4e facts   type(1) 0(1)      block(4) -> mask of slots in use(8) for each 64 tickets, then a byte a ticket
 *                type(1) column(1) block(4) -> a number of 4 bytes a ticket
 *
 * in the machine's own byte order, as all of LMDB.  A scan costs the pages it touches (at a million tickets a walk of the
 * page tables for each cost more than all else when the columns of 64 tickets shared a page), so it touches only those of
 * the columns asked about, from end to end.
 *
 * A block stands there once ids have gone past it; the last one, still filling, is made from its rows when somebody looks.
 * So a new ticket writes none of these pages, and a full block all fifteen once.  A change of an older ticket writes the
 * columns that differ, once a transaction.
 */
#include <stdlib.h>

#include "store_inner.h"

#define HD_FACTS_FORM "3"        /* raise it when a column changes its meaning: all are made anew at the next start */

#define FIRST_BYTES (HD_FACT_WINDOWS * sizeof(uint64_t) + HD_FACT_BLOCK)
#define WORDS_BYTES (HD_FACT_BLOCK * sizeof(uint32_t))

_Static_assert(WORDS_BYTES <= 4080, "a column of a block is one overflow page");
_Static_assert(offsetof(hd_block_t, bytes) == HD_FACT_WINDOWS * sizeof(uint64_t), "masks and bytes are one value");

struct hd_fact_change_s {
    uint32_t id, order;
    bool     present;
    uint32_t value[HD_FACTS];
};

static hd_skey_t column_key(unsigned column, uint32_t block)
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
        if (memcmp(before, c.value, sizeof(before)) == 0) {
            return;
        }
    }
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

static void load_block(hd_txn_t *t, uint32_t block, hd_block_t *b)
{
    hd_str_t v;
    memset(b, 0, sizeof(*b));
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_skey_t k = column_key(c, block);
        hd_str_t to = column_of(b, c);
        if (hd_txn_get(t, hd_skey_view(&k), &v) && v.len == to.len) {
            memcpy((char *) (uintptr_t) to.data, v.data, v.len);
        }
    }
}

static bool is_empty(const hd_block_t *b)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < HD_FACT_WINDOWS; i++) {
        any |= b->present[i];
    }
    return any == 0;
}

/* Writes what differs from `was` (NULL: nothing is there yet).  All columns of a block are there, or none. */
static void store_block(hd_txn_t *t, uint32_t block, const hd_block_t *b, const hd_block_t *was)
{
    bool empty = is_empty(b), fresh = was == NULL || is_empty(was);
    if (empty && fresh) {
        return;
    }
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_skey_t k = column_key(c, block);
        hd_str_t v = column_of(b, c);
        if (empty) {
            (void) hd_txn_del(t, hd_skey_view(&k));
        } else if (fresh || memcmp(v.data, column_of(was, c).data, v.len) != 0) {
            hd_txn_put(t, hd_skey_view(&k), v);
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

/* From the rows, but for those known (a bit each; may be NULL).  A damaged row has no facts; fsck names it. */
static void read_block(hd_txn_t *t, uint32_t block, const uint8_t *known, hd_block_t *b)
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

/* Blocks below this one are stored. */
static uint32_t full_blocks(int64_t last_id)
{
    return (uint32_t) (last_id / HD_FACT_BLOCK);
}

static void know_sealed(hd_txn_t *t)
{
    if (!t->facts_known) {
        hd_skey_t k = hd_skey_counter(HD_CN_SEQUENCE, HD_TICKET, 0);
        hd_str_t v;
        bool any = hd_txn_get(t, hd_skey_view(&k), &v) && v.len == 8;
        t->facts_sealed = any ? full_blocks((int64_t) hd_get_be64((const uint8_t *) v.data)) : 0;
        t->facts_known = true;
    }
}

static void write_block(hd_txn_t *t, uint32_t block, const struct hd_fact_change_s *v, size_t n)
{
    uint8_t known[HD_FACT_BLOCK / 8] = { 0 };
    bool was_full = block < t->facts_sealed;
    hd_block_t *b = calloc(2, sizeof(*b));
    if (b == NULL) {
        (void) hd_txn_fail(t, HD_E_MEMORY);
        return;
    }
    if (was_full) {
        load_block(t, block, &b[0]);
        memcpy(&b[1], &b[0], sizeof(*b));
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t at = v[i].id % HD_FACT_BLOCK;
        hd_block_set(&b[1], v[i].id, v[i].present, v[i].value);
        known[at / 8] = (uint8_t) (known[at / 8] | 1u << (at % 8));
    }
    if (!was_full) {
        read_block(t, block, known, &b[1]);
    }
    store_block(t, block, &b[1], was_full ? &b[0] : NULL);
    free(b);
}

void hd_facts_flush(hd_txn_t *t)
{
    know_sealed(t);
    uint32_t full = full_blocks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
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

/* ---- read ---- */

#define NO_WINDOW (-1)

void hd_facts_begin(hd_facts_scan_t *s, hd_txn_t *t, bool backward, uint32_t columns)
{
    memset(s, 0, sizeof(*s));
    s->txn = t;
    s->columns = columns | 1;
    s->backward = backward;
    s->window = NO_WINDOW;
    if (t->write) {
        hd_facts_flush(t);
    }
    s->full = t->write ? t->facts_sealed : full_blocks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    for (unsigned c = 0; c < HD_FACTS; c++) {
        if ((s->columns >> c & 1) != 0 && t->err == HD_OK) {
            s->cur[c] = hd_engine_cursor(t->e);
        }
    }
    s->tail_left = true;
}

static void enter(hd_facts_scan_t *s, uint32_t block)
{
    s->block = block;
    s->window = s->backward ? HD_FACT_WINDOWS - 1 : 0;
}

/* The block that is filling. */
static bool take_tail(hd_facts_scan_t *s)
{
    if (!s->tail_left) {
        return false;
    }
    hd_block_t *b = hd_alloc(s->txn->arena, sizeof(*b));
    s->tail_left = false;
    read_block(s->txn, s->full, NULL, b);
    s->masks = b->present;
    s->at.bytes = b->bytes;
    for (unsigned c = 1; c < HD_FACTS; c++) {
        s->at.words[c] = b->words[c];
    }
    enter(s, s->full);
    return true;
}

static bool step(const hd_facts_scan_t *s, unsigned column, hd_str_t *key, hd_str_t *value)
{
    hd_ecur_t *cur = s->cur[column];
    if (s->begun) {
        return s->backward ? hd_engine_back(cur, key, value) : hd_engine_next(cur, key, value);
    }
    hd_skey_t k = column_key(column, s->backward ? s->full : 0);
    return s->backward ? hd_engine_prev(cur, hd_skey_view(&k), key, value) : hd_engine_seek(cur, hd_skey_view(&k), key, value);
}

static bool is_column(hd_str_t key, hd_str_t value, unsigned column)
{
    return key.len == 7 && (uint8_t) key.data[0] == HD_SP_FACTS && (uint8_t) key.data[1] == HD_TICKET
           && (uint8_t) key.data[2] == column && value.len == (column == 0 ? FIRST_BYTES : WORDS_BYTES);
}

/* The cursors go in step: a block has all columns or none.  HD_E_DATA when that is not so. */
static bool take_block(hd_facts_scan_t *s)
{
    uint32_t block = 0;
    for (unsigned c = 0; c < HD_FACTS && !s->ended; c++) {
        hd_str_t key, value;
        if ((s->columns >> c & 1) == 0) {
            continue;
        }
        if (s->cur[c] == NULL || !step(s, c, &key, &value) || !is_column(key, value, c)) {
            s->ended = true;
            if (c != 0) {
                (void) hd_txn_fail(s->txn, HD_E_DATA);
            }
            break;
        }
        uint32_t here = hd_get_be32((const uint8_t *) key.data + 3);
        if (c == 0) {
            block = here;
            s->masks = value.data;
            s->at.bytes = (const uint8_t *) value.data + HD_FACT_WINDOWS * sizeof(uint64_t);
        } else if (here == block) {
            s->at.words[c] = (const uint32_t *) (const void *) value.data;
        } else {
            s->ended = true;
            (void) hd_txn_fail(s->txn, HD_E_DATA);
        }
    }
    s->begun = true;
    if (!s->ended) {
        enter(s, block);
    }
    return !s->ended;
}

bool hd_facts_next(hd_facts_scan_t *s, hd_chunk_t *ret)
{
    for (;;) {
        if (s->window < 0 || s->window >= HD_FACT_WINDOWS) {
            bool more = (s->backward && take_tail(s)) || (!s->ended && take_block(s)) || (!s->backward && take_tail(s));
            if (!more) {
                return false;
            }
        }
        unsigned w = (unsigned) s->window;
        s->window += s->backward ? -1 : 1;
        memcpy(&ret->present, (const char *) s->masks + w * sizeof(uint64_t), sizeof(ret->present));
        if (ret->present == 0) {
            continue;
        }
        ret->n = s->block * HD_FACT_WINDOWS + w;
        ret->bytes = s->at.bytes + w * HD_FACT_SLOTS;
        for (uint32_t left = s->columns >> 1; left != 0; left &= left - 1) {
            unsigned c = (unsigned) __builtin_ctz(left) + 1;
            ret->words[c] = s->at.words[c] + w * HD_FACT_SLOTS;
        }
        return true;
    }
}

void hd_facts_done(hd_facts_scan_t *s)
{
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_engine_cursor_done(s->cur[c]);
        s->cur[c] = NULL;
    }
}

/* ---- start, fsck ---- */

bool hd_facts_ready(hd_txn_t *t)
{
    hd_str_t form;
    return hd_meta_get(t, "facts", &form) && hd_str_is(form, HD_FACTS_FORM);
}

/* What another form left goes; it may stand under the same keys. */
static void clear_facts(hd_txn_t *t)
{
    uint8_t prefix[2] = { HD_SP_FACTS, HD_TICKET };
    hd_str_t key, value;
    for (;;) {
        hd_ecur_t *c = hd_engine_cursor(t->e);
        bool found = c != NULL && hd_engine_seek(c, (hd_str_t){ 2, (const char *) prefix }, &key, &value)
                     && key.len >= 2 && memcmp(key.data, prefix, 2) == 0 && key.len < 16;
        char copy[16];
        if (found) {
            memcpy(copy, key.data, key.len);
        }
        hd_engine_cursor_done(c);
        if (!found || !hd_txn_del(t, (hd_str_t){ key.len, copy })) {
            return;
        }
    }
}

hd_code_t hd_facts_prepare(hd_txn_t *t)
{
    uint32_t full = full_blocks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    hd_block_t *b = malloc(sizeof(*b));
    if (b == NULL) {
        return hd_txn_fail(t, HD_E_MEMORY);
    }
    clear_facts(t);
    t->facts_known = true;
    t->facts_sealed = full;
    for (uint32_t block = 0; block < full && hd_txn_error(t) == HD_OK; block++) {
        memset(b, 0, sizeof(*b));
        read_block(t, block, NULL, b);
        store_block(t, block, b, NULL);
    }
    free(b);
    hd_meta_put(t, "facts", HD_STR(HD_FACTS_FORM));
    return hd_txn_error(t);
}

bool hd_facts_of_block(hd_txn_t *t, uint32_t block, hd_block_t *ret)
{
    load_block(t, block, ret);
    return block < full_blocks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
}
