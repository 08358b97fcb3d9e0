/*
 * Records in memory: sets of ids, empty, equal, merge, required.
 */
#include <stdlib.h>

#include "model_impl.h"

/* ---- sets of ids ---- */

/* Number of elements below id. */
static uint32_t find_place(hd_ids_t ids, hd_id_t id)
{
    uint32_t lo = 0, hi = ids.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ids.v[mid] < id) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

uint32_t hd_ids_find(hd_ids_t ids, hd_id_t id)
{
    uint32_t i = find_place(ids, id);
    return i < ids.n && ids.v[i] == id ? i : ids.n;
}

bool hd_ids_has(hd_ids_t ids, hd_id_t id)
{
    return hd_ids_find(ids, id) < ids.n;
}

hd_ids_t hd_ids_with(hd_arena_t *a, hd_ids_t ids, hd_id_t id)
{
    uint32_t at = find_place(ids, id);
    if (id == 0 || (at < ids.n && ids.v[at] == id)) {
        return ids;
    }
    hd_id_t *v = hd_alloc_n(a, (size_t) ids.n + 1, sizeof(*v));
    for (uint32_t i = 0; i < ids.n; i++) {
        v[i < at ? i : i + 1] = ids.v[i];
    }
    v[at] = id;
    return (hd_ids_t){ ids.n + 1, v };
}

hd_ids_t hd_ids_without(hd_arena_t *a, hd_ids_t ids, hd_id_t id)
{
    uint32_t at = find_place(ids, id);
    if (at == ids.n || ids.v[at] != id) {
        return ids;
    }
    if (ids.n == 1) {
        return (hd_ids_t){ 0, NULL };
    }
    hd_id_t *v = hd_alloc_n(a, ids.n, sizeof(*v));
    for (uint32_t i = 0; i < ids.n; i++) {
        if (i != at) {
            v[i < at ? i : i - 1] = ids.v[i];
        }
    }
    return (hd_ids_t){ ids.n - 1, v };
}

static int compare_ids(const void *a, const void *b)
{
    hd_id_t x = *(const hd_id_t *) a, y = *(const hd_id_t *) b;
    return (x > y) - (x < y);
}

hd_ids_t hd_ids_make(hd_arena_t *a, const hd_id_t *v, size_t n)
{
    if (n == 0) {
        return (hd_ids_t){ 0, NULL };
    }
    hd_id_t *out = hd_alloc_n(a, n, sizeof(*out));
    memcpy(out, v, n * sizeof(*out));
    qsort(out, n, sizeof(*out), compare_ids);
    uint32_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (out[i] != 0 && (kept == 0 || out[kept - 1] != out[i])) {
            out[kept++] = out[i];
        }
    }
    return (hd_ids_t){ kept, kept != 0 ? out : NULL };
}

/* ---- fields ---- */

static size_t size_of_kind(uint8_t kind)
{
    switch ((hd_kind_t) kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_JSON:
    case HD_K_BYTES:    return sizeof(hd_str_t);
    case HD_K_BOOL:     return sizeof(bool);
    case HD_K_INT:      return sizeof(int64_t);
    case HD_K_ENUM:     return sizeof(uint8_t);
    case HD_K_FLAGS:    return sizeof(uint32_t);
    case HD_K_REF:      return sizeof(hd_id_t);
    case HD_K_REFS:     return sizeof(hd_ids_t);
    case HD_K_TIME:     return sizeof(hd_time_t);
    case HD_K_COMPUTED: break;
    }
    return 0;
}

bool hd_field_is_empty(const hd_field_t *f, const void *rec)
{
    const void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_JSON:
    case HD_K_BYTES:    return ((const hd_str_t *) at)->len == 0;
    case HD_K_REFS:     return ((const hd_ids_t *) at)->n == 0;
    case HD_K_COMPUTED: return false;
    default:            return hd_value_get(f, rec) == 0;
    }
}

static bool is_same(const hd_field_t *f, const void *a, const void *b)
{
    const void *x = hd_field_at(f, a), *y = hd_field_at(f, b);
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_JSON:
    case HD_K_BYTES:
        return hd_str_eq(*(const hd_str_t *) x, *(const hd_str_t *) y);
    case HD_K_REFS: {
        const hd_ids_t *m = x, *n = y;
        return m->n == n->n && (m->n == 0 || memcmp(m->v, n->v, m->n * sizeof(*m->v)) == 0);
    }
    case HD_K_COMPUTED:
        return true;
    default:
        return hd_value_get(f, a) == hd_value_get(f, b);
    }
}

/* ---- records ---- */

uint64_t hd_record_diff(const hd_entity_t *e, const void *a, const void *b)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < e->n_fields; i++) {
        bool derived = e->fields[i].tag == 0 && e->fields[i].flags & HD_F_RO;        /* that is no difference */
        if (!derived && !is_same(&e->fields[i], a, b)) {
            mask |= HD_BIT(i);
        }
    }
    return mask;
}

void hd_record_merge(const hd_entity_t *e, void *dst, const void *src, uint64_t mask)
{
    for (unsigned i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (mask & HD_BIT(i)) {
            memcpy(hd_field_at(f, dst), hd_field_at(f, src), size_of_kind(f->kind));
        }
    }
}

static bool is_reported(const hd_problem_t *p, hd_str_t field)
{
    for (const hd_bad_field_t *b = p->fields; b != NULL; b = b->next) {
        if (hd_str_eq(b->field, field)) {
            return true;
        }
    }
    return false;
}

hd_code_t hd_record_check(const hd_entity_t *e, hd_arena_t *a, const void *rec, hd_problem_t *p)
{
    hd_code_t code = HD_OK;
    for (const hd_field_t *f = e->fields; f < e->fields + e->n_fields; f++) {
        if (!(f->flags & HD_F_REQ) || !hd_field_is_empty(f, rec)) {
            continue;
        }
        code = HD_E_INVALID;
        if (!is_reported(p, hd_field_name(f))) {
            hd_value_bad(p, a, hd_field_name(f), "required");
        }
    }
    return code;
}
