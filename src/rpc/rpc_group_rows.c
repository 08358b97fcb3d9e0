/*
 * Making groups: from the facts of tickets where these tell (one field, counted), else record by record.
 */
#include <stdlib.h>

#include "rpc_group.h"

typedef struct {
    rpc_groups_t *g;
    size_t       *slot;          /* open addressing: group + 1; 0: free */
    size_t        slots, cap;
    hd_code_t     code;
} table_t;

/* ---- values ---- */

static int64_t floor_to(int64_t v, int64_t unit)
{
    int64_t rest = v % unit;
    return v - rest - (rest < 0 ? unit : 0);
}

static hd_period_t desk_period(rpc_period_t p)
{
    static const hd_period_t of[] = {
        [RPC_P_DAY] = HD_BY_DAY, [RPC_P_WEEK] = HD_BY_WEEK, [RPC_P_MONTH] = HD_BY_MONTH, [RPC_P_QUARTER] = HD_BY_QUARTER,
        [RPC_P_YEAR] = HD_BY_YEAR,
    };
    return of[p];
}

/* Where a period begins on the wall, of a moment on it. */
static hd_time_t local_begin(rpc_period_t p, hd_time_t local)
{
    return p == RPC_P_HOUR ? floor_to(local, HD_HOUR) : hd_period_day(desk_period(p), floor_to(local, HD_DAY) / HD_DAY) * HD_DAY;
}

static hd_time_t to_local(const rpc_groups_t *g, const rpc_by_t *by, hd_time_t t)
{
    hd_time_t local;
    return by->f->kind != RPC_DATE && hd_zone_local(g->tz, t, &local) ? local : t;
}

static hd_time_t to_instant(const rpc_groups_t *g, const rpc_by_t *by, hd_time_t local)
{
    hd_time_t t;
    return by->f->kind != RPC_DATE && hd_zone_instant(g->tz, local, &t) ? t : local;
}

static hd_time_t period_begin(const rpc_groups_t *g, const rpc_by_t *by, hd_time_t t)
{
    hd_time_t begin = to_instant(g, by, local_begin(by->period, to_local(g, by, t)));
    return begin == 0 ? 1 : begin;       /* 0 is null */
}

hd_time_t rpc_period_end(const rpc_groups_t *g, const rpc_by_t *by, hd_time_t from)
{
    static const int64_t step[] = {      /* from its first day, into the next period for sure */
        [RPC_P_HOUR] = HD_HOUR, [RPC_P_DAY] = HD_DAY, [RPC_P_WEEK] = 7 * HD_DAY, [RPC_P_MONTH] = 31 * HD_DAY,
        [RPC_P_QUARTER] = 92 * HD_DAY, [RPC_P_YEAR] = 366 * HD_DAY,
    };
    return to_instant(g, by, local_begin(by->period, to_local(g, by, from) + step[by->period]));
}

/* "2026-11-21" */
static hd_time_t day_of(hd_arena_t *a, hd_str_t s)
{
    hd_time_t t = 0;
    return s.len >= 10 && hd_time_parse(hd_str_cat(a, 2, (hd_str_t){ 10, s.data }, HD_STR("T00:00:00Z")), &t) ? t : 0;
}

static rpc_key_t key_of(const rpc_groups_t *g, const rpc_by_t *by, const void *rec)
{
    rpc_key_t k = { .text = { 0, "" } };
    if (by->own->kind == HD_K_STR) {
        k.text = *(const hd_str_t *) hd_field_at(by->own, rec);
        if (by->period != RPC_P_NONE) {
            hd_time_t t = day_of(g->rpc->cx->arena, k.text);
            k = (rpc_key_t){ .num = t == 0 ? 0 : period_begin(g, by, t), .text = { 0, "" } };
        }
        return k;
    }
    k.num = hd_value_get(by->own, rec);
    if (by->period != RPC_P_NONE && k.num != 0) {
        k.num = period_begin(g, by, k.num);
    }
    return k;
}

/* ---- the table ---- */

static uint64_t hash_of(const rpc_groups_t *g, const rpc_key_t *key)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < g->n_by; i++) {
        h = (h ^ (uint64_t) key[i].num) * UINT64_C(0xff51afd7ed558ccd);
        h ^= hd_crc32c(0, key[i].text.data, key[i].text.len);
        h ^= h >> 29;
    }
    return h;
}

static bool is_same(const rpc_groups_t *g, const rpc_key_t *a, const rpc_key_t *b)
{
    for (size_t i = 0; i < g->n_by; i++) {
        if (a[i].num != b[i].num || !hd_str_eq(a[i].text, b[i].text)) {
            return false;
        }
    }
    return true;
}

static size_t *find(const table_t *t, const rpc_key_t *key)
{
    size_t i = (size_t) hash_of(t->g, key) & (t->slots - 1);
    while (t->slot[i] != 0 && !is_same(t->g, t->g->v[t->slot[i] - 1].key, key)) {
        i = (i + 1) & (t->slots - 1);
    }
    return &t->slot[i];
}

static void grow(table_t *t)
{
    hd_arena_t *a = t->g->rpc->cx->arena;
    size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
    rpc_group_t *v = hd_alloc_n(a, cap, sizeof(*v));
    if (t->g->n != 0) {
        memcpy(v, t->g->v, t->g->n * sizeof(*v));
    }
    t->g->v = v;
    t->cap = cap;
    t->slots = 4 * cap;
    t->slot = hd_alloc_n(a, t->slots, sizeof(*t->slot));
    for (size_t i = 0; i < t->g->n; i++) {
        *find(t, v[i].key) = i + 1;
    }
}

/* NULL: there are too many. */
static rpc_group_t *group_of(table_t *t, const rpc_key_t *key)
{
    hd_arena_t *a = t->g->rpc->cx->arena;
    if (t->g->n == t->cap) {
        grow(t);
    }
    size_t *slot = find(t, key);
    if (*slot != 0) {
        return &t->g->v[*slot - 1];
    }
    if (t->g->n == RPC_GROUPS_MAX) {
        return NULL;
    }
    rpc_group_t *x = &t->g->v[t->g->n++];
    *slot = t->g->n;
    *x = (rpc_group_t){ .sum = hd_alloc_n(a, t->g->n_agg + 1, sizeof(*x->sum)) };
    for (size_t i = 0; i < t->g->n_by; i++) {
        x->key[i] = (rpc_key_t){ key[i].num, hd_str_dup(a, key[i].text) };
    }
    return x;
}

static void add_value(hd_arena_t *a, rpc_sum_t *s, int64_t v, bool keep)
{
    s->min = s->n == 0 || v < s->min ? v : s->min;
    s->max = s->n == 0 || v > s->max ? v : s->max;
    s->sum += v;
    if (keep && s->n == s->cap) {
        size_t cap = s->cap == 0 ? 16 : 2 * s->cap;
        int64_t *all = hd_alloc_n(a, cap, sizeof(*all));
        if (s->n != 0) {
            memcpy(all, s->v, s->n * sizeof(*all));
        }
        s->v = all;
        s->cap = cap;
    }
    if (keep) {
        s->v[s->n] = v;
    }
    s->n++;
}

static bool is_null(const hd_field_t *f, int64_t v)
{
    return v == 0 && (f->kind == HD_K_REF || f->kind == HD_K_TIME);
}

static void add_to(table_t *t, const rpc_key_t *key, const void *rec)
{
    rpc_groups_t *g = t->g;
    rpc_group_t *x = group_of(t, key);
    if (x == NULL) {
        t->code = HD_E_BROAD;
        return;
    }
    x->count++;
    for (size_t i = 0; i < g->n_agg; i++) {
        const rpc_agg_t *agg = &g->agg[i];
        int64_t v = agg->own == NULL ? 1 : hd_value_get(agg->own, rec);
        if (agg->own != NULL && !is_null(agg->own, v)) {
            add_value(g->rpc->cx->arena, &x->sum[i], v, agg->what == RPC_COUNT_DISTINCT || agg->what == RPC_ARRAY);
        }
    }
}

/* Once in each group: a record with several tags is in several. */
static void add_row(table_t *t, size_t depth, rpc_key_t *key, const void *rec)
{
    const rpc_groups_t *g = t->g;
    if (depth == g->n_by) {
        add_to(t, key, rec);
        return;
    }
    const rpc_by_t *by = &g->by[depth];
    if (by->own->kind != HD_K_REFS) {
        key[depth] = key_of(g, by, rec);
        add_row(t, depth + 1, key, rec);
        return;
    }
    const hd_ids_t *ids = hd_field_at(by->own, rec);
    key[depth] = (rpc_key_t){ .num = 0, .text = { 0, "" } };
    for (uint32_t i = 0; i < ids->n || i == 0; i++) {
        key[depth].num = ids->n != 0 ? (int64_t) ids->v[i] : 0;
        add_row(t, depth + 1, key, rec);
    }
}

static void take_row(void *arg, const void *rec)
{
    table_t *t = arg;
    rpc_key_t key[RPC_BY_MAX];
    if (t->code == HD_OK) {
        add_row(t, 0, key, t->g->m->type == HD_STAGE ? rpc_view(t->g->rpc, t->g->m, rec) : rec);    /* VIS-16: its teams */
    }
}

/* ---- tickets by one field, counted ---- */

static bool only_counts(const rpc_groups_t *g)
{
    for (size_t i = 0; i < g->n_agg; i++) {
        if (g->agg[i].what != RPC_ALL) {
            return false;
        }
    }
    return true;
}

static bool facts_tell(const rpc_groups_t *g)
{
    if (g->m->type != HD_TICKET || g->n_by != 1 || !only_counts(g)) {
        return false;
    }
    hd_grouping_t grouping = hd_ticket_grouping((unsigned) g->by[0].f->field);
    bool utc = hd_str_is(g->tz, "UTC") || hd_str_is(g->tz, "Etc/UTC");
    return grouping == HD_GROUPED_BY_VALUE || (grouping == HD_GROUPED_BY_PERIOD && utc && g->by[0].period >= RPC_P_DAY);
}

static hd_code_t from_facts(rpc_groups_t *g)
{
    hd_ticket_query_t q;
    hd_groups_t found = { .n = 0 };
    const rpc_by_t *by = &g->by[0];
    rpc_ticket_query(g->rpc->cx->arena, g->where, &q);
    hd_code_t code = hd_ticket_groups(g->rpc->cx, &q, (unsigned) by->f->field,
                                      by->period == RPC_P_NONE ? HD_BY_VALUE : desk_period(by->period), &found);
    if (code == HD_OK && found.other != 0) {
        code = HD_E_BROAD;
    }
    g->v = hd_alloc_n(g->rpc->cx->arena, found.n + 1, sizeof(*g->v));
    for (size_t i = 0; code == HD_OK && i < found.n; i++) {
        g->v[g->n++] = (rpc_group_t){ .key = { { found.v[i].value, { 0, "" } } }, .count = found.v[i].count,
                                      .sum = hd_alloc_n(g->rpc->cx->arena, g->n_agg + 1, sizeof(rpc_sum_t)) };
    }
    return code;
}

hd_code_t rpc_groups_make(rpc_groups_t *g)
{
    table_t t = { .g = g };
    hd_code_t code = facts_tell(g) ? from_facts(g) : rpc_each(g->rpc, g->m, g->where, take_row, &t);
    code = code == HD_OK ? t.code : code;
    if (code == HD_OK && g->n_by == 0 && g->n == 0) {
        rpc_key_t none[1] = { { 0, { 0, "" } } };
        (void) group_of(&t, none);
    }
    return code != HD_E_BROAD || g->rpc->fault_name != NULL ? code
         : rpc_fail(g->rpc, "odoo.exceptions.UserError", "There are too many records or groups (%d, %d). Narrow the domain.",
                    RPC_FOUND_MAX, RPC_GROUPS_MAX);
}

static int compare_values(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *) pa, b = *(const int64_t *) pb;
    return (a > b) - (a < b);
}

static uint64_t count_distinct(rpc_sum_t *s)
{
    uint64_t n = 0;
    if (s->n > 1) {
        qsort(s->v, s->n, sizeof(*s->v), compare_values);
    }
    for (uint64_t i = 0; i < s->n; i++) {
        n += i == 0 || s->v[i] != s->v[i - 1];
    }
    return n;
}

bool rpc_agg_value(const rpc_groups_t *g, const rpc_group_t *x, size_t agg, double *ret)
{
    rpc_sum_t *s = &x->sum[agg];
    switch (g->agg[agg].what) {
    case RPC_ALL:            *ret = (double) x->count; return true;
    case RPC_COUNT:          *ret = (double) s->n; return true;
    case RPC_COUNT_DISTINCT: *ret = (double) count_distinct(s); return true;
    case RPC_SUM:            *ret = (double) s->sum; return s->n != 0;
    case RPC_AVG:            *ret = s->n == 0 ? 0 : (double) s->sum / (double) s->n; return s->n != 0;
    case RPC_MIN:            *ret = (double) s->min; return s->n != 0;
    case RPC_MAX:            *ret = (double) s->max; return s->n != 0;
    default:                 return false;
    }
}
