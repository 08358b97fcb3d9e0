/*
 * Facts: columns of tickets, 64 of them a chunk (model_facts.c says what the columns hold).
 *
 *   0x4e facts   type(1) chunk(4) -> mask of slots in use(8), then HD_FACTS columns of 64 numbers of 4 bytes
 *
 * in the machine's own byte order, as all of LMDB: 3848 bytes, one page of the tree.  A chunk stands there once ids have
 * gone past it; the last one, still filling, is made from its rows when somebody looks.  So a new ticket writes no page of
 * these, and a full chunk one.  A change of an older ticket writes its chunk anew, once a transaction.
 */
#include <stdlib.h>

#include "store_inner.h"

#define HD_FACTS_FORM "1"        /* raise it when a column changes its meaning: all are made anew at the next start */
#define CHUNK_BYTES   (sizeof(uint64_t) + HD_FACTS * HD_FACT_SLOTS * sizeof(uint32_t))

_Static_assert(CHUNK_BYTES <= 4080, "a chunk is one overflow page");

typedef struct {
    uint64_t present;
    uint32_t column[HD_FACTS][HD_FACT_SLOTS];
} image_t;

struct hd_fact_change_s {
    uint32_t id, order;
    bool     present;
    uint32_t value[HD_FACTS];
};

static hd_skey_t chunk_key(hd_type_t type, uint32_t chunk)
{
    hd_skey_t k = { .len = 6 };
    k.b[0] = HD_SP_FACTS;
    k.b[1] = (uint8_t) type;
    hd_put_be32(k.b + 2, chunk);
    return k;
}

static void set_slot(image_t *im, uint32_t id, bool present, const uint32_t *value)
{
    uint32_t slot = id % HD_FACT_SLOTS;
    im->present = present ? im->present | HD_BIT(slot) : im->present & ~HD_BIT(slot);
    for (unsigned c = 0; c < HD_FACTS; c++) {
        im->column[c][slot] = present ? value[c] : 0;
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

static void load_image(hd_txn_t *t, uint32_t chunk, image_t *im)
{
    hd_skey_t k = chunk_key(HD_TICKET, chunk);
    hd_str_t v;
    if (hd_txn_get(t, hd_skey_view(&k), &v) && v.len == CHUNK_BYTES) {
        memcpy(im, v.data, CHUNK_BYTES);
    } else {
        memset(im, 0, sizeof(*im));
    }
}

static void store_image(hd_txn_t *t, uint32_t chunk, const image_t *im)
{
    hd_skey_t k = chunk_key(HD_TICKET, chunk);
    if (im->present == 0) {
        (void) hd_txn_del(t, hd_skey_view(&k));
    } else {
        hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ CHUNK_BYTES, (const char *) im });
    }
}

static hd_code_t read_slots(hd_txn_t *t, hd_arena_t *a, uint32_t chunk, uint64_t known, image_t *im)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_id_t first = (hd_id_t) chunk * HD_FACT_SLOTS;
    hd_ticket_t rec;
    hd_scan_t sc;
    hd_str_t key, value;
    uint32_t facts[HD_FACTS];
    hd_scan_rows(&sc, t, HD_TICKET, first == 0 ? 0 : first - 1);
    while (hd_scan_next(&sc, &key, &value)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + 1);
        if (id >= first + HD_FACT_SLOTS) {
            break;
        }
        if (!(known & HD_BIT(id % HD_FACT_SLOTS)) && hd_scan_row(&sc, a, key, value, &rec) == HD_OK) {
            e->facts(&rec, facts);
            set_slot(im, (uint32_t) id, true, facts);
        }
    }
    hd_scan_done(&sc);
    return HD_OK;
}

/* From the rows, but for the slots in known.  A damaged row has no facts; fsck names it. */
static void read_image(hd_txn_t *t, uint32_t chunk, uint64_t known, image_t *im)
{
    hd_arena_t *a = hd_arena_create(HD_ARENA_REQUEST);       /* its own: many chunks may be read in one transaction */
    hd_code_t code = HD_E_MEMORY;
    if (a != NULL) {
        HD_ARENA_TRY(a, code, read_slots(t, a, chunk, known, im));
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

/* Chunks below this one are stored. */
static uint32_t full_chunks(int64_t last_id)
{
    return (uint32_t) (last_id / HD_FACT_SLOTS);
}

static void know_sealed(hd_txn_t *t)
{
    if (!t->facts_known) {
        hd_skey_t k = hd_skey_counter(HD_CN_SEQUENCE, HD_TICKET, 0);
        hd_str_t v;
        bool any = hd_txn_get(t, hd_skey_view(&k), &v) && v.len == 8;
        t->facts_sealed = any ? full_chunks((int64_t) hd_get_be64((const uint8_t *) v.data)) : 0;
        t->facts_known = true;
    }
}

static void write_chunk(hd_txn_t *t, uint32_t chunk, const struct hd_fact_change_s *v, size_t n)
{
    image_t im = { .present = 0 };
    uint64_t known = 0;
    bool was_full = chunk < t->facts_sealed;
    if (was_full) {
        load_image(t, chunk, &im);
    }
    for (size_t i = 0; i < n; i++) {
        set_slot(&im, v[i].id, v[i].present, v[i].value);
        known |= HD_BIT(v[i].id % HD_FACT_SLOTS);
    }
    if (!was_full) {
        read_image(t, chunk, known, &im);
    }
    store_image(t, chunk, &im);
}

void hd_facts_flush(hd_txn_t *t)
{
    know_sealed(t);
    uint32_t full = full_chunks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    bool seals = full > t->facts_sealed;
    if (t->n_facts > 1) {
        qsort(t->facts, t->n_facts, sizeof(t->facts[0]), compare_changes);
    }
    for (size_t i = 0, end; i < t->n_facts; i = end) {
        uint32_t chunk = t->facts[i].id / HD_FACT_SLOTS;
        for (end = i + 1; end < t->n_facts && t->facts[end].id / HD_FACT_SLOTS == chunk; end++) {
        }
        if (chunk < full) {
            seals = seals && chunk != t->facts_sealed;
            write_chunk(t, chunk, t->facts + i, end - i);
        }
    }
    if (seals) {                 /* the one that was filling, untouched by this transaction */
        write_chunk(t, t->facts_sealed, NULL, 0);
    }
    t->facts_sealed = full > t->facts_sealed ? full : t->facts_sealed;
    t->n_facts = 0;
}

/* ---- read ---- */

void hd_facts_begin(hd_facts_scan_t *s, hd_txn_t *t, bool backward)
{
    memset(s, 0, sizeof(*s));
    s->txn = t;
    s->backward = backward;
    if (t->write) {
        hd_facts_flush(t);
    }
    int64_t last = hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0);
    s->full = t->write ? t->facts_sealed : full_chunks(last);
    s->cur = t->err == HD_OK ? hd_engine_cursor(t->e) : NULL;
    s->tail_left = true;
}

static bool take_tail(hd_facts_scan_t *s, hd_chunk_t *ret)
{
    if (!s->tail_left) {
        return false;
    }
    image_t *im = hd_alloc(s->txn->arena, sizeof(*im));
    s->tail_left = false;
    read_image(s->txn, s->full, 0, im);
    *ret = (hd_chunk_t){ s->full, im->present, im->column[0] };
    return im->present != 0;
}

static bool is_chunk(hd_str_t key, hd_str_t value)
{
    return key.len == 6 && (uint8_t) key.data[0] == HD_SP_FACTS && (uint8_t) key.data[1] == HD_TICKET
           && value.len == CHUNK_BYTES;
}

static bool step(hd_facts_scan_t *s, hd_str_t *key, hd_str_t *value)
{
    if (s->begun) {
        return s->backward ? hd_engine_back(s->cur, key, value) : hd_engine_next(s->cur, key, value);
    }
    s->begun = true;
    hd_skey_t k = chunk_key(HD_TICKET, s->backward ? s->full : 0);
    return s->backward ? hd_engine_prev(s->cur, hd_skey_view(&k), key, value)
                       : hd_engine_seek(s->cur, hd_skey_view(&k), key, value);
}

bool hd_facts_next(hd_facts_scan_t *s, hd_chunk_t *ret)
{
    hd_str_t key, value;
    if (s->backward && take_tail(s, ret)) {
        return true;
    }
    if (s->cur != NULL && !s->ended && step(s, &key, &value) && is_chunk(key, value)) {
        *ret = (hd_chunk_t){ .n = hd_get_be32((const uint8_t *) key.data + 2) };
        memcpy(&ret->present, value.data, sizeof(ret->present));
        ret->column = (const uint32_t *) (const void *) (value.data + sizeof(ret->present));
        return true;
    }
    s->ended = true;
    return !s->backward && take_tail(s, ret);
}

void hd_facts_done(hd_facts_scan_t *s)
{
    hd_engine_cursor_done(s->cur);
    s->cur = NULL;
}

/* ---- start, fsck ---- */

bool hd_facts_ready(hd_txn_t *t)
{
    hd_str_t form;
    return hd_meta_get(t, "facts", &form) && hd_str_is(form, HD_FACTS_FORM);
}

hd_code_t hd_facts_prepare(hd_txn_t *t)
{
    uint32_t full = full_chunks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    t->facts_known = true;
    t->facts_sealed = full;
    for (uint32_t chunk = 0; chunk < full && hd_txn_error(t) == HD_OK; chunk++) {
        image_t im = { .present = 0 };
        read_image(t, chunk, 0, &im);
        store_image(t, chunk, &im);
    }
    hd_meta_put(t, "facts", HD_STR(HD_FACTS_FORM));
    return hd_txn_error(t);
}

bool hd_facts_of_chunk(hd_txn_t *t, uint32_t chunk, uint64_t *ret_present, uint32_t ret[HD_FACTS * HD_FACT_SLOTS])
{
    image_t im;
    load_image(t, chunk, &im);
    *ret_present = im.present;
    memcpy(ret, im.column, sizeof(im.column));
    return chunk < full_chunks(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
}
