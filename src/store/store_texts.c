/*
 * Texts of tickets beside their facts: what they are searched by and put in order by, folded as hd_text_fold does, 64
 * tickets a value.
 *
 *   0x4e facts   type(1) 24+text(1) chunk(4) -> 65 offsets(4), the texts with a NUL behind each, NULs up to a multiple of
 *                                               24 bytes, the sums of store_facts.c
 *
 * A million titles are 50 MB that lie side by side: a scan goes through them in the time it takes to read them, where the
 * rows would be a gigabyte.  64 because a changed title then costs a page.  They are written when their block of facts is
 * and when a text changes, always from the rows; a ticket that goes leaves its texts until its chunk has none.
 */
#include "store_inner.h"

#define HEAD ((HD_FACT_SLOTS + 1) * sizeof(uint32_t))
#define UNIT 24                  /* three sums of whole words */

typedef struct {
    hd_str_t v[HD_FACT_TEXTS][HD_FACT_SLOTS];
} texts_t;

static hd_skey_t key_of(unsigned n, uint32_t chunk)
{
    return hd_fact_key(HD_FACT_TEXT0 + n, chunk);
}

bool hd_texts_differ(const void *old, const void *rec)
{
    bool differ = false;
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        differ |= !hd_str_eq(hd_fact_text(old, n), hd_fact_text(rec, n));
    }
    return differ;
}

/* ---- from the rows ---- */

/* A damaged row has none, as it has no facts. */
static void read_rows(hd_txn_t *t, hd_arena_t *a, uint32_t chunk, texts_t *ret)
{
    hd_id_t first = (hd_id_t) chunk * HD_FACT_SLOTS;
    hd_ticket_t rec;
    hd_scan_t sc;
    hd_str_t key, value;
    memset(ret, 0, sizeof(*ret));
    hd_scan_rows(&sc, t, HD_TICKET, first == 0 ? 0 : first - 1);
    while (hd_scan_next(&sc, &key, &value)) {
        hd_id_t id = hd_get_be32((const uint8_t *) key.data + 1);
        if (id >= first + HD_FACT_SLOTS) {
            break;
        }
        if (hd_scan_row(&sc, a, key, value, &rec) == HD_OK) {
            for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
                ret->v[n][id - first] = hd_text_fold(a, hd_fact_text(&rec, n));
            }
        }
    }
    hd_scan_done(&sc);
}

/* Offsets and texts; with room for the sums. */
static hd_str_t pack(hd_arena_t *a, const hd_str_t v[HD_FACT_SLOTS])
{
    uint32_t at[HD_FACT_SLOTS + 1] = { 0 };
    for (unsigned i = 0; i < HD_FACT_SLOTS; i++) {
        at[i + 1] = at[i] + (uint32_t) v[i].len + 1;
    }
    size_t len = (HEAD + at[HD_FACT_SLOTS] + UNIT - 1) / UNIT * UNIT;
    char *out = hd_alloc(a, len + HD_FACT_SUM);
    memcpy(out, at, HEAD);
    for (unsigned i = 0; i < HD_FACT_SLOTS; i++) {
        if (v[i].len != 0) {
            memcpy(out + HEAD + at[i], v[i].data, v[i].len);
        }
    }
    return (hd_str_t){ len, out };
}

static void use(hd_str_t packed, hd_texts_t *ret)
{
    memcpy(ret->at, packed.data, HEAD);
    ret->bytes = packed.data + HEAD;
}

/* False when it is damaged. */
static bool open_value(unsigned n, uint32_t chunk, hd_str_t value, hd_texts_t *ret)
{
    hd_skey_t k = key_of(n, chunk);
    uint8_t sum[HD_FACT_SUM];
    hd_str_t packed = { value.len - HD_FACT_SUM, value.data };
    if (value.len < HEAD + HD_FACT_SUM || packed.len % UNIT != 0) {
        return false;
    }
    hd_fact_sum(&k, packed.data, packed.len, sum);
    if (memcmp(sum, value.data + packed.len, HD_FACT_SUM) != 0) {
        return false;
    }
    use(packed, ret);
    return ret->at[HD_FACT_SLOTS] <= packed.len - HEAD;
}

/* ---- write ---- */

void hd_texts_drop(hd_txn_t *t, uint32_t chunk)
{
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        hd_skey_t k = key_of(n, chunk);
        (void) hd_txn_del(t, hd_skey_view(&k));
    }
}

static hd_code_t write_chunks(hd_txn_t *t, hd_arena_t *a, uint32_t block, uint32_t windows)
{
    for (; windows != 0; windows &= windows - 1) {
        uint32_t chunk = block * HD_FACT_WINDOWS + (uint32_t) __builtin_ctz(windows);
        texts_t texts;
        read_rows(t, a, chunk, &texts);
        for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
            hd_skey_t k = key_of(n, chunk);
            hd_str_t packed = pack(a, texts.v[n]);
            hd_fact_sum(&k, packed.data, packed.len, (uint8_t *) (uintptr_t) packed.data + packed.len);
            hd_str_t value = { packed.len + HD_FACT_SUM, packed.data }, was;
            if (!hd_txn_get(t, hd_skey_view(&k), &was) || !hd_str_eq(was, value)) {
                hd_txn_put(t, hd_skey_view(&k), value);
            }
        }
        hd_arena_reset(a);
    }
    return HD_OK;
}

void hd_texts_write(hd_txn_t *t, uint32_t block, uint32_t windows)
{
    hd_arena_t *a = windows == 0 ? NULL : hd_arena_create(HD_ARENA_REQUEST);
    hd_code_t code = windows == 0 ? HD_OK : HD_E_MEMORY;
    if (a != NULL) {
        HD_ARENA_TRY(a, code, write_chunks(t, a, block, windows));
        hd_arena_destroy(a);
    }
    if (code != HD_OK) {
        (void) hd_txn_fail(t, code);
    }
}

/* ---- read ---- */

/* The next value where the cursor stands, as a scan goes through them, else by its key. */
static bool find_value(hd_facts_scan_t *s, unsigned n, uint32_t chunk, hd_str_t *ret_value)
{
    hd_skey_t k = key_of(n, chunk);
    hd_str_t key;
    hd_ecur_t *cur = s->text[n].cur != NULL ? s->text[n].cur : hd_engine_cursor(s->txn->e);
    s->text[n].cur = cur;
    if (cur == NULL) {
        return false;
    }
    if (s->text[n].placed && (s->backward ? hd_engine_back(cur, &key, ret_value) : hd_engine_next(cur, &key, ret_value))
        && hd_str_eq(key, hd_skey_view(&k))) {
        return true;
    }
    s->text[n].placed = hd_engine_seek(cur, hd_skey_view(&k), &key, ret_value) && hd_str_eq(key, hd_skey_view(&k));
    return s->text[n].placed;
}

static void take_rows(hd_facts_scan_t *s, uint32_t chunk)
{
    texts_t texts;
    if (s->text_arena == NULL) {
        s->text_arena = hd_arena_create(HD_ARENA_REQUEST);
        if (s->text_arena == NULL) {
            hd_arena_fail(s->txn->arena);
        }
        hd_arena_defer(s->txn->arena, (void (*)(void *)) hd_arena_destroy, s->text_arena);
    }
    *hd_arena_border(s->text_arena) = *hd_arena_border(s->txn->arena);
    hd_arena_reset(s->text_arena);
    read_rows(s->txn, s->text_arena, chunk, &texts);
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        use(pack(s->text_arena, texts.v[n]), &s->text[n].texts);
        s->text[n].chunk = chunk;
    }
}

const hd_texts_t *hd_facts_texts(const hd_chunk_t *c, unsigned n)
{
    hd_facts_scan_t *s = c->scan;
    hd_str_t value;
    if (s->text[n].chunk != c->n) {
        if (c->n / HD_FACT_WINDOWS < s->full && find_value(s, n, c->n, &value)
            && open_value(n, c->n, value, &s->text[n].texts)) {
            s->text[n].chunk = c->n;
        } else {
            take_rows(s, c->n);
        }
    }
    return &s->text[n].texts;
}

bool hd_texts_check(hd_txn_t *t, hd_arena_t *a, uint32_t chunk, uint64_t present)
{
    texts_t want;
    hd_texts_t texts;
    hd_str_t value;
    read_rows(t, a, chunk, &want);
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        hd_skey_t k = key_of(n, chunk);
        if (!hd_txn_get(t, hd_skey_view(&k), &value) || !open_value(n, chunk, value, &texts)) {
            return false;
        }
        for (uint64_t left = present; left != 0; left &= left - 1) {
            unsigned slot = (unsigned) __builtin_ctzll(left);
            if (!hd_str_eq(hd_texts_at(&texts, slot), want.v[n][slot])) {
                return false;
            }
        }
    }
    return true;
}
