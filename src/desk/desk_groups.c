/*
 * Groups: how many of the matching tickets have which value of one field (TKT-8).  One walk over the facts and a table of
 * the values found.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define TAGS_MAX 4096            /* tags a desk may group by */

typedef struct {
    hd_cx_t    *cx;
    hd_fact_t   fact;
    hd_period_t period;
    hd_group_t *slots;           /* an open table; count 0: free */
    size_t      cap, used;
    uint64_t    total;
} table_t;

static hd_group_t *find(hd_group_t *slots, size_t cap, int64_t value)
{
    size_t i = (size_t) (((uint64_t) value * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (cap - 1);
    while (slots[i].count != 0 && slots[i].value != value) {
        i = (i + 1) & (cap - 1);
    }
    return &slots[i];
}

static void add(table_t *t, int64_t value, uint64_t n)
{
    if (2 * t->used >= t->cap) {
        size_t cap = t->cap == 0 ? 256 : 2 * t->cap;
        hd_group_t *v = hd_alloc_n(t->cx->arena, cap, sizeof(*v));
        for (size_t i = 0; i < t->cap; i++) {
            if (t->slots[i].count != 0) {
                *find(v, cap, t->slots[i].value) = t->slots[i];
            }
        }
        t->slots = v;
        t->cap = cap;
    }
    hd_group_t *g = find(t->slots, t->cap, value);
    t->used += g->count == 0;
    g->value = value;
    g->count += n;
}

/* ---- periods: the first day of each, by the civil calendar (days since 1970-01-01, H. Hinnant's algorithm) ---- */

static int64_t days_of(int64_t y, unsigned m)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    uint64_t yoe = (uint64_t) (y - era * 400), doy = (153u * (m > 2 ? m - 3 : m + 9) + 2) / 5;
    return era * 146097 + (int64_t) (yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static void date_of(int64_t days, int64_t *y, unsigned *m)
{
    days += 719468;
    int64_t era = days / 146097;             /* never before 1970 */
    uint64_t doe = (uint64_t) (days - era * 146097);
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *m = (unsigned) (mp < 10 ? mp + 3 : mp - 9);
    *y = (int64_t) yoe + era * 400 + (*m <= 2);
}

int64_t hd_period_day(hd_period_t period, int64_t day)
{
    int64_t y;
    unsigned m;
    date_of(day, &y, &m);
    switch (period) {
    case HD_BY_WEEK:    day -= (day + 3) % 7; break;         /* Monday: 1970-01-01 was a Thursday */
    case HD_BY_MONTH:   day = days_of(y, m); break;
    case HD_BY_QUARTER: day = days_of(y, (m - 1) / 3 * 3 + 1); break;
    case HD_BY_YEAR:    day = days_of(y, 1); break;
    default:            break;
    }
    return day;
}

static int64_t period_start(hd_period_t period, uint32_t seconds)
{
    int64_t day = seconds == 0 ? 0 : hd_period_day(period, seconds / 86400);
    return seconds != 0 && day == 0 ? 1 : day * HD_DAY;      /* 0 is null */
}

/* ---- walks ---- */

static hd_code_t add_values(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    table_t *t = arg;
    t->total += (uint64_t) __builtin_popcountll(mask);
    for (; mask != 0; mask &= mask - 1) {
        uint32_t v = hd_chunk_value(c, t->fact.column, (unsigned) __builtin_ctzll(mask));
        if (t->fact.kind == HD_FACT_BITS) {
            v = v >> t->fact.shift & ((1u << t->fact.bits) - 1);
        }
        add(t, t->fact.kind == HD_FACT_TIME ? period_start(t->period, v) : (int64_t) v, 1);
    }
    return HD_OK;
}

/* By what a ticket's activities ask for, now (desk_activity_days.c). */
static hd_code_t add_activities(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    table_t *t = arg;
    hd_fact_t due = hd_fact_of(HD_TICKET, HD_TICKET_F_activity_due), late = hd_fact_of(HD_TICKET, HD_TICKET_F_activity_late);
    uint32_t now = hd_fact_time(t->cx->now);
    uint64_t some = mask & hd_chunk_test(c, due.column, UINT32_MAX, 1, UINT32_MAX);
    uint64_t begun = some & hd_chunk_test(c, due.column, UINT32_MAX, 1, now);
    uint64_t over = some & hd_chunk_test(c, late.column, UINT32_MAX, 1, now);
    const uint64_t of[HD_ACTS_COUNT] = { mask & ~some, some & ~begun, begun & ~over, over };
    t->total += (uint64_t) __builtin_popcountll(mask);
    for (int state = HD_ACTS_NONE; state < HD_ACTS_COUNT; state++) {
        if (of[state] != 0) {
            add(t, state, (uint64_t) __builtin_popcountll(of[state]));
        }
    }
    return HD_OK;
}

static uint32_t columns_of(unsigned field)
{
    if (field == HD_TICKET_F_activity_state) {
        return UINT32_C(1) << hd_fact_of(HD_TICKET, HD_TICKET_F_activity_due).column
             | UINT32_C(1) << hd_fact_of(HD_TICKET, HD_TICKET_F_activity_late).column;
    }
    return UINT32_C(1) << hd_fact_of(HD_TICKET, field).column;
}

/* A tag whose bit is its own is counted by it; where several share one, the rows tell. */
typedef struct {
    table_t  *t;
    uint32_t  alone, shared;     /* bits */
    hd_id_t   tag[32];           /* of a bit of its own */
    hd_budget_t budget;
    hd_arena_t *scratch;
} tags_t;

static void add_row(tags_t *g, hd_id_t id)
{
    hd_ticket_t k;
    if (g->budget.n % 64 == 0) {
        hd_arena_reset(g->scratch);
    }
    if (hd_row_get(g->t->cx->txn, g->scratch, HD_TICKET, id, &k) != HD_OK) {
        return;
    }
    for (uint32_t i = 0; i < k.tag_ids.n; i++) {
        if ((g->shared >> (k.tag_ids.v[i] % 32) & 1) != 0) {
            add(g->t, (int64_t) k.tag_ids.v[i], 1);
        }
    }
}

static hd_code_t add_tags(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    tags_t *g = arg;
    g->t->total += (uint64_t) __builtin_popcountll(mask);
    for (; mask != 0; mask &= mask - 1) {
        unsigned slot = (unsigned) __builtin_ctzll(mask);
        uint32_t bits = hd_chunk_value(c, g->t->fact.column, slot);
        if (bits == 0) {
            add(g->t, 0, 1);
        }
        for (uint32_t own = bits & g->alone; own != 0; own &= own - 1) {
            add(g->t, (int64_t) g->tag[__builtin_ctz(own)], 1);
        }
        if ((bits & g->shared) != 0) {
            if (!hd_desk_spend(&g->budget)) {
                return HD_E_BROAD;
            }
            add_row(g, hd_cut_id(c, slot));
        }
    }
    return HD_OK;
}

static hd_code_t walk_tags(table_t *t, const hd_cut_t *cut)
{
    tags_t g = { .t = t, .shared = UINT32_MAX, .budget = hd_desk_budget(t->cx), .scratch = hd_desk_scratch(t->cx) };
    size_t n;
    const void *const *all = hd_config_all(t->cx->txn, HD_TAG, &n);
    for (size_t i = 0; i < n && n <= TAGS_MAX; i++) {
        hd_id_t id = ((const hd_rec_t *) all[i])->id;
        bool alone;
        uint32_t bit = hd_cut_tag(t->cx, id, &alone);
        if (alone) {
            g.alone |= bit;
            g.shared &= ~bit;
            g.tag[id % 32] = id;
        }
    }
    return hd_cut_walk(cut, UINT32_C(1) << t->fact.column, add_tags, &g);
}

/* A ticket is of its team's company: what was counted by team, by company. */
static void fold_companies(table_t *t)
{
    table_t by_team = *t;
    t->slots = NULL;
    t->cap = t->used = 0;
    for (size_t i = 0; i < by_team.cap; i++) {
        const hd_group_t *g = &by_team.slots[i];
        const hd_team_t *team = g->count == 0 ? NULL : hd_config_get(t->cx->txn, HD_TEAM, (hd_id_t) g->value);
        if (g->count != 0) {
            add(t, team == NULL ? 0 : (int64_t) team->company_id, g->count);
        }
    }
}

/* ---- the answer ---- */

static int by_count(const void *pa, const void *pb)
{
    const hd_group_t *a = pa, *b = pb;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return (a->value > b->value) - (a->value < b->value);
}

static int by_value(const void *pa, const void *pb)
{
    const hd_group_t *a = pa, *b = pb;
    return (a->value > b->value) - (a->value < b->value);
}

static void finish(table_t *t, hd_groups_t *ret)
{
    hd_groups_t g = { .v = hd_alloc_n(t->cx->arena, t->used + 1, sizeof(hd_group_t)), .total = t->total };
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slots[i].count != 0) {
            g.v[g.n++] = t->slots[i];
        }
    }
    if (g.n > HD_GROUPS_MAX) {
        qsort(g.v, g.n, sizeof(*g.v), by_count);
        for (size_t i = HD_GROUPS_MAX; i < g.n; i++) {
            g.other += g.v[i].count;
        }
        g.n = HD_GROUPS_MAX;
    }
    if (g.n > 1) {
        qsort(g.v, g.n, sizeof(*g.v), by_value);
    }
    *ret = g;
}

/* The field that is counted: a company's tickets are those of its teams (fold_companies). */
static unsigned counted_field(unsigned field)
{
    return field == HD_TICKET_F_company_id ? HD_TICKET_F_team_id : field;
}

hd_grouping_t hd_ticket_grouping(unsigned field)
{
    switch ((hd_fact_kind_t) hd_fact_of(HD_TICKET, counted_field(field)).kind) {
    case HD_FACT_NONE:
    case HD_FACT_ID:
    case HD_FACT_TEXT:
        return HD_GROUPED_NOT;
    case HD_FACT_TIME:
        return HD_GROUPED_BY_PERIOD;
    default:
        return HD_GROUPED_BY_VALUE;
    }
}

hd_code_t hd_ticket_groups(hd_cx_t *cx, const hd_ticket_query_t *q, unsigned field, hd_period_t period, hd_groups_t *ret)
{
    unsigned counted = counted_field(field);
    table_t t = { .cx = cx, .fact = hd_fact_of(HD_TICKET, counted), .period = period };
    hd_cut_t *cut;
    if (hd_ticket_grouping(field) != (period == HD_BY_VALUE ? HD_GROUPED_BY_VALUE : HD_GROUPED_BY_PERIOD)) {
        return HD_E_FILTER;
    }
    hd_code_t code = hd_cut_make(cx, q, &cut);
    if (code == HD_OK) {
        code = t.fact.kind == HD_FACT_BLOOM ? walk_tags(&t, cut)
             : hd_cut_walk(cut, columns_of(counted), t.fact.kind == HD_FACT_DERIVED ? add_activities : add_values, &t);
    }
    if (code == HD_OK && counted != field) {
        fold_companies(&t);
    }
    if (code == HD_OK) {
        finish(&t, ret);
    }
    return code;
}
