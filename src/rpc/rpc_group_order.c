/*
 * The order of groups: as asked for, by keys, counts or sums; else as the records behind the groups stand themselves.
 */
#include "rpc_group.h"

typedef enum { BY_KEY, BY_COUNT, BY_SUM } sort_t;
typedef struct {
    sort_t by;
    size_t i;                    /* which key or sum */
    bool   desc;
} part_t;
typedef struct {
    rpc_groups_t *g;
    part_t        part[RPC_BY_MAX + 1];
    size_t        n;
} order_t;

static int compare_ints(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(hd_arena_t *a, hd_str_t x, hd_str_t y)
{
    hd_str_t fx = hd_text_fold(a, x), fy = hd_text_fold(a, y);
    size_t n = fx.len < fy.len ? fx.len : fy.len;
    int c = n == 0 ? 0 : memcmp(fx.data, fy.data, n);
    return c != 0 ? c : (fx.len > fy.len) - (fx.len < fy.len);
}

/* Place among its kind: sequence, where such records have one. */
static int64_t sequence_of(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    int f = m->made != NULL ? -1 : hd_field_index(rpc_entity(m), HD_STR("sequence"));
    const void *rec = f < 0 ? NULL : hd_config_get(rpc->cx->txn, (hd_type_t) m->type, id);
    return rec == NULL ? 0 : *(const int64_t *) hd_field_at(&rpc_entity(m)->fields[f], rec);
}

/* What is null stands behind all else. */
static int compare_keys(rpc_groups_t *g, const rpc_by_t *by, const rpc_key_t *x, const rpc_key_t *y)
{
    hd_arena_t *a = g->rpc->cx->arena;
    bool names = by->own->kind == HD_K_REF || by->own->kind == HD_K_REFS;
    bool nullable = names || by->period != RPC_P_NONE;
    if (by->own->kind == HD_K_STR && by->period == RPC_P_NONE) {
        return (x->text.len == 0) != (y->text.len == 0) ? (x->text.len == 0 ? 1 : -1) : compare_texts(a, x->text, y->text);
    }
    if (nullable && (x->num == 0) != (y->num == 0)) {
        return x->num == 0 ? 1 : -1;
    }
    if (names && by->to != NULL && by->to->type != 0 && x->num != y->num) {
        int c = compare_ints(sequence_of(g->rpc, by->to, (hd_id_t) x->num), sequence_of(g->rpc, by->to, (hd_id_t) y->num));
        hd_type_t type = (hd_type_t) by->to->type;
        c = c != 0 ? c : compare_texts(a, rpc_display_name(g->rpc, type, (hd_id_t) x->num), rpc_display_name(g->rpc, type, (hd_id_t) y->num));
        if (c != 0) {
            return c;
        }
    }
    return compare_ints(x->num, y->num);
}

static int compare_sums(const rpc_groups_t *g, const rpc_group_t *x, const rpc_group_t *y, size_t i)
{
    double a = 0, b = 0;
    bool ha = rpc_agg_value(g, x, i, &a), hb = rpc_agg_value(g, y, i, &b);
    return ha != hb ? (ha ? -1 : 1) : (a > b) - (a < b);
}

static int compare(const order_t *o, const rpc_group_t *x, const rpc_group_t *y)
{
    for (size_t i = 0; i < o->n; i++) {
        const part_t *p = &o->part[i];
        int c = p->by == BY_COUNT ? compare_ints((int64_t) x->count, (int64_t) y->count)
              : p->by == BY_SUM ? compare_sums(o->g, x, y, p->i)
              : compare_keys(o->g, &o->g->by[p->i], &x->key[p->i], &y->key[p->i]);
        if (c != 0) {
            return p->desc ? -c : c;
        }
    }
    return 0;
}

/* Merging keeps what is equal in its order. */
static void sort(const order_t *o)
{
    rpc_groups_t *g = o->g;
    rpc_group_t *from = g->v, *to = hd_alloc_n(g->rpc->cx->arena, g->n + 1, sizeof(*to));
    for (size_t width = 1; width < g->n; width *= 2) {
        for (size_t lo = 0; lo < g->n; lo += 2 * width) {
            size_t mid = lo + width < g->n ? lo + width : g->n, hi = lo + 2 * width < g->n ? lo + 2 * width : g->n, i = lo, k = mid;
            for (size_t at = lo; at < hi; at++) {
                bool left = i < mid && (k >= hi || compare(o, &from[i], &from[k]) <= 0);
                to[at] = left ? from[i++] : from[k++];
            }
        }
        rpc_group_t *t = from;
        from = to;
        to = t;
    }
    g->v = from;
}

/* ---- what was asked for ---- */

static bool names_group(const rpc_by_t *by, hd_str_t name)
{
    return hd_str_eq(name, by->spec) || hd_str_is(name, by->f->name);
}

static hd_code_t read_part(order_t *o, hd_str_t part)
{
    hd_str_t rest = part, name;
    (void) hd_str_split(&rest, ' ', &name);
    part_t p = { .desc = hd_str_ieq(hd_str_trim(rest), HD_STR("desc")) };
    const rpc_groups_t *g = o->g;
    for (size_t i = 0; i < g->n_by; i++) {
        if (names_group(&g->by[i], name)) {
            p.i = i;
            o->part[o->n++] = p;
            return HD_OK;
        }
    }
    for (size_t i = 0; i < g->n_agg; i++) {
        if (hd_str_eq(name, g->agg[i].name)) {
            p.by = BY_SUM;
            p.i = i;
            o->part[o->n++] = p;
            return HD_OK;
        }
    }
    hd_str_t end = { name.len < 6 ? name.len : 6, name.data + (name.len < 6 ? 0 : name.len - 6) };
    if (hd_str_is(end, "_count")) {
        p.by = BY_COUNT;
        o->part[o->n++] = p;
        return HD_OK;
    }
    return rpc_fail(g->rpc, "builtins.ValueError", "Groups are ordered by what they are grouped by, or by what is added up.");
}

hd_code_t rpc_groups_sort(rpc_groups_t *g, hd_str_t order)
{
    order_t o = { .g = g };
    hd_str_t part;
    hd_code_t code = HD_OK;
    while (code == HD_OK && hd_str_split(&order, ',', &part)) {
        part = hd_str_trim(part);
        if (part.len == 0 || o.n == RPC_BY_MAX) {
            break;
        }
        code = read_part(&o, part);
    }
    for (size_t i = 0; i < g->n_by && o.n == i && code == HD_OK; i++) {
        o.part[o.n++] = (part_t){ .by = BY_KEY, .i = i };
    }
    if (code == HD_OK && g->n > 1) {
        sort(&o);
    }
    return code;
}
