/*
 * Any order of any records: a key of bytes a record, and the first so many of them.
 */
#include "desk_impl.h"

#define TEXT_BYTES 48            /* of a text that decide its place; what is equal so far stands by id */

typedef struct {
    const void *rec;
    size_t      len;
    uint8_t     key[];
} entry_t;

struct hd_best_s {
    hd_arena_t *arena;
    entry_t   **v;
    size_t      n, keep, after_len;
    uint8_t     after[HD_CURSOR_MAX];
};

/* ---- keys ---- */

static int64_t number_of(const hd_field_t *f, const void *rec)
{
    const void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL: return *(const bool *) at;
    case HD_K_ENUM: return *(const uint8_t *) at;
    case HD_K_REF:  return (int64_t) *(const hd_id_t *) at;
    default:        return *(const int64_t *) at;        /* INT and TIME */
    }
}

static size_t put_text(hd_arena_t *a, hd_str_t s, uint8_t *out)
{
    hd_str_t folded = hd_text_fold(a, s);
    size_t n = folded.len < TEXT_BYTES ? folded.len : TEXT_BYTES;
    if (n != 0) {
        memcpy(out, folded.data, n);
    }
    out[n] = 0;
    return n + 1;
}

/* A ticket's time counts as its fact does, so that one order does not depend on how it was had. */
static size_t put_field(hd_arena_t *a, const hd_entity_t *e, const hd_field_t *f, const void *rec, uint8_t *out)
{
    if (f->kind == HD_K_STR) {
        return put_text(a, *(const hd_str_t *) hd_field_at(f, rec), out);
    }
    int64_t n = number_of(f, rec);
    if (f->kind == HD_K_TIME && e->facts != NULL) {
        n = hd_fact_time(n);
    }
    hd_put_be64(out, (uint64_t) n ^ UINT64_C(0x8000000000000000));
    return 8;
}

size_t hd_desk_sort_key(hd_arena_t *a, const hd_entity_t *e, const void *rec, const hd_sort_t *sort, size_t n,
                        uint8_t out[HD_CURSOR_MAX])
{
    size_t len = 0;
    uint32_t id = (uint32_t) ((const hd_rec_t *) rec)->id;
    for (size_t i = 0; i < n; i++) {
        size_t start = len;
        len += put_field(a, e, &e->fields[sort[i].field], rec, out + len);
        for (size_t k = start; k < len && sort[i].desc; k++) {
            out[k] = (uint8_t) ~out[k];
        }
    }
    hd_put_be32(out + len, e->type == HD_TICKET ? ~id : id);       /* TKT-3: the newest ticket first */
    return len + 4;
}

/* ---- the first so many ---- */

hd_best_t *hd_best_make(hd_arena_t *a, size_t keep, hd_str_t after)
{
    hd_best_t *b = hd_alloc(a, sizeof(*b));
    b->arena = a;
    b->keep = keep;
    b->v = hd_alloc_n(a, keep + 1, sizeof(*b->v));
    b->after_len = after.len;
    if (after.len != 0) {
        memcpy(b->after, after.data, after.len);
    }
    return b;
}

static int compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t n = a_len < b_len ? a_len : b_len;
    int c = memcmp(a, b, n);
    return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

static bool is_before(const entry_t *e, const uint8_t *key, size_t len)
{
    return compare(e->key, e->len, key, len) < 0;
}

bool hd_best_add(hd_best_t *b, const uint8_t *key, size_t len, const void *rec)
{
    if ((b->after_len != 0 && compare(key, len, b->after, b->after_len) <= 0)
        || (b->n == b->keep && is_before(b->v[b->n - 1], key, len))) {
        return false;
    }
    size_t lo = 0, hi = b->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (is_before(b->v[mid], key, len)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    entry_t *e = b->n == b->keep ? b->v[b->n - 1] : hd_alloc(b->arena, sizeof(*e) + HD_CURSOR_MAX);
    b->n += b->n < b->keep;
    memmove(&b->v[lo + 1], &b->v[lo], (b->n - 1 - lo) * sizeof(b->v[0]));
    b->v[lo] = e;
    e->rec = rec;
    e->len = len;
    memcpy(e->key, key, len);
    return true;
}

size_t hd_best_count(const hd_best_t *b)
{
    return b->n;
}

const void *hd_best_at(const hd_best_t *b, size_t i, hd_str_t *ret_key)
{
    *ret_key = (hd_str_t){ b->v[i]->len, (const char *) b->v[i]->key };
    return b->v[i]->rec;
}
