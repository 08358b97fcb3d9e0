/*
 * Any order of any records: a key of bytes a record, and the first so many of them.
 */
#include "desk_impl.h"

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

size_t hd_desk_sort_text(hd_str_t folded, uint8_t *out)
{
    size_t n = folded.len < HD_SORT_TEXT ? folded.len : HD_SORT_TEXT;
    if (n != 0) {
        memcpy(out, folded.data, n);
    }
    out[n] = 0;
    return n + 1;
}

size_t hd_desk_sort_field(hd_arena_t *a, const hd_field_t *f, const void *rec, uint8_t *out)
{
    if (f->kind == HD_K_STR) {
        return hd_desk_sort_text(hd_text_fold(a, *(const hd_str_t *) hd_field_at(f, rec)), out);
    }
    hd_put_be64(out, (uint64_t) hd_value_get(f, rec) ^ UINT64_C(0x8000000000000000));
    return 8;
}

size_t hd_desk_sort_key(hd_arena_t *a, const hd_entity_t *e, const void *rec, const hd_sort_t *sort, size_t n,
                        uint8_t out[HD_CURSOR_MAX])
{
    size_t len = 0;
    uint32_t id = (uint32_t) ((const hd_rec_t *) rec)->id;
    for (size_t i = 0; i < n; i++) {
        size_t start = len;
        len += hd_desk_sort_field(a, &e->fields[sort[i].field], rec, out + len);
        for (size_t k = start; k < len && sort[i].desc; k++) {
            out[k] = (uint8_t) ~out[k];
        }
    }
    hd_put_be32(out + len, id);
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

bool hd_best_may_take(const hd_best_t *b, const uint8_t *begin, size_t len)
{
    size_t n = len < b->after_len ? len : b->after_len;
    if (n != 0 && memcmp(begin, b->after, n) < 0) {
        return false;
    }
    if (b->n < b->keep) {
        return true;
    }
    const entry_t *last = b->v[b->n - 1];
    return memcmp(begin, last->key, len < last->len ? len : last->len) <= 0;
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
