/*
 * A ticket query compiled against facts.  Of a chunk every condition gives two masks: the slots where it surely holds and
 * those where it may.  They meet as in logic with three values: and = both of each, or = either of each, not = the masks
 * change places.  A row is read only where the two differ.
 *
 *     differs        a time in the very second asked about; a tag whose bit another tag shares; a description, a
 *                    follower, a property, for which there is no column
 *
 * What the actor sees is cut in here (VIS-16): tickets of teams seen as a whole by their team, the others by the index of
 * what he follows, and in teams that share by the company of their customer (D-11).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include <stdlib.h>

#include "desk_cut.h"

#define FOLLOW_MAX 200000        /* tickets one actor follows in teams he does not see as a whole */

#define FEW        8             /* texts that are looked at one by one */

typedef struct {
    uint32_t *v;                 /* ascending */
    size_t    n, cap;
} ids_t;

struct hd_cut_s {
    hd_cx_t             *cx;
    const hd_expr_t     *expr;           /* the same for rows */
    const hd_cut_node_t *where;
    bool                 exact, texts;   /* texts: some are compared */
    bool                 everything;     /* the actor sees every team as a whole */
    int8_t               active;
    hd_cut_set_t         teams, in_force;        /* seen as a whole; those of them that are not archived */
    hd_cut_set_t         shared;                 /* teams of which he sees what customers of this company have */
    uint32_t             company;
    ids_t                followed, unsure;       /* unsure: while a change of the team is carried out the row decides */
};

/* ---- sets ---- */

static size_t lower_bound(const uint32_t *v, size_t n, uint32_t x)
{
    size_t lo = 0;
    while (lo < n) {
        size_t mid = lo + (n - lo) / 2;
        if (v[mid] < x) {
            lo = mid + 1;
        } else {
            n = mid;
        }
    }
    return lo;
}

static uint64_t test_set(const hd_cut_set_t *s, const hd_chunk_t *c, unsigned n)
{
    const uint32_t *column = c->words[n];
    uint64_t out = 0;
    if (s->n <= HD_CUT_RANGES) {
        for (uint32_t i = 0; i < s->n; i++) {
            out |= hd_chunk_test(c, n, UINT32_MAX, s->v[i], s->v[i]);
        }
        return out;
    }
    for (unsigned i = 0; i < HD_FACT_SLOTS; i++) {
        uint32_t x = column[i], d = x - s->low;
        bool in;
        if (s->bits != NULL) {
            in = d <= s->span && (s->bits[d / 64] >> (d % 64) & 1) != 0;
        } else {
            size_t at = lower_bound(s->v, s->n, x);
            in = at < s->n && s->v[at] == x;
        }
        out |= (uint64_t) in << i;
    }
    return out;
}

/* ---- masks ---- */

static uint64_t test_ids(const hd_chunk_t *c, const hd_cut_range_t *r)
{
    uint64_t first = (uint64_t) c->n * HD_FACT_SLOTS, last = first + HD_FACT_SLOTS - 1, out = UINT64_MAX;
    if (r->hi < first || r->lo > last) {
        return 0;
    }
    if (r->lo > first) {
        out &= UINT64_MAX << (r->lo - first);
    }
    if (r->hi < last) {
        out &= UINT64_MAX >> (last - r->hi);
    }
    return out;
}

static uint64_t test_ids_of(const ids_t *ids, const hd_chunk_t *c)
{
    uint32_t first = c->n * HD_FACT_SLOTS;
    uint64_t out = 0;
    for (size_t i = lower_bound(ids->v, ids->n, first); i < ids->n && ids->v[i] - first < HD_FACT_SLOTS; i++) {
        out |= HD_BIT(ids->v[i] - first);
    }
    return out;
}

static uint64_t test_ranges(const hd_cut_node_t *x, const hd_chunk_t *c, const hd_cut_range_t *r, uint32_t n)
{
    uint64_t out = 0;
    for (uint32_t i = 0; i < n; i++) {
        out |= x->kind == CUT_ID ? test_ids(c, &r[i])
                                 : hd_chunk_test(c, x->column, r[i].mask, r[i].lo, r[i].hi);
    }
    return out;
}

/* Where many are wanted the needle is looked for in all texts at once: none can lie across two, for it has no NUL. */
static uint64_t find_text(const hd_texts_t *t, hd_str_t needle, uint64_t want)
{
    const char *at = t->bytes, *end = t->bytes + t->at[HD_FACT_SLOTS], *hit;
    uint64_t out = 0;
    unsigned slot = 0;
    if (needle.len == 0) {
        return want;
    }
    while ((hit = memmem(at, (size_t) (end - at), needle.data, needle.len)) != NULL) {
        while (t->at[slot + 1] <= (uint32_t) (hit - t->bytes)) {
            slot++;
        }
        out |= HD_BIT(slot);
        at = t->bytes + t->at[slot + 1];
    }
    return out & want;
}

static uint64_t test_text(const hd_cut_node_t *x, const hd_chunk_t *c, uint64_t want)
{
    const hd_texts_t *t = want == 0 ? NULL : hd_facts_texts(c, x->column);
    uint64_t out = 0;
    if (x->text->op == HD_OP_CONTAINS && __builtin_popcountll(want) > FEW) {
        return find_text(t, x->text->text[0], want);
    }
    for (; want != 0; want &= want - 1) {
        unsigned slot = (unsigned) __builtin_ctzll(want);
        if (hd_filter_match_folded(hd_texts_at(t, slot), x->text)) {
            out |= HD_BIT(slot);
        }
    }
    return out;
}

/* What is said of slots that are not wanted means nothing. */
static void masks(const hd_cut_node_t *x, const hd_chunk_t *c, uint64_t want, uint64_t *sure, uint64_t *maybe)
{
    uint64_t s, m;
    switch ((hd_cut_kind_t) x->kind) {
    case CUT_TEST:
    case CUT_ID:
        *sure = test_ranges(x, c, x->sure, x->n_sure);
        *maybe = *sure | test_ranges(x, c, x->maybe, x->n_maybe);
        return;
    case CUT_SET:
        *sure = *maybe = test_set(&x->set, c, x->column);
        return;
    case CUT_IDS:
        *sure = *maybe = test_ids_of(&(ids_t){ .v = x->set.v, .n = x->set.n }, c);
        return;
    case CUT_TEXT:
        *maybe = test_text(x, c, want);
        *sure = x->unsure ? 0 : *maybe;
        return;
    case CUT_NOT:
        masks(x->v[0], c, want, &s, &m);
        *sure = ~m;
        *maybe = ~s;
        return;
    case CUT_AND:
        *sure = *maybe = want;
        for (uint32_t i = 0; i < x->n && *maybe != 0; i++) {
            masks(x->v[i], c, *maybe, &s, &m);
            *sure &= s;
            *maybe &= m;
        }
        return;
    case CUT_OR:
        *sure = *maybe = 0;
        for (uint32_t i = 0; i < x->n && (want & ~*sure) != 0; i++) {
            masks(x->v[i], c, want & ~*sure, &s, &m);
            *sure |= s & want;
            *maybe |= m & want;
        }
        return;
    default:
        *sure = 0;
        *maybe = UINT64_MAX;
    }
}

/* Portal users only: they see nothing that is archived (TKT-6). */
static uint64_t test_shared(const hd_cut_t *cut, const hd_chunk_t *c, hd_fact_t on)
{
    hd_fact_t team = hd_fact_of(HD_TICKET, HD_TICKET_F_team_id), of = hd_fact_of(HD_TICKET, HD_TICKET_F_commercial_partner_id);
    uint32_t bit = UINT32_C(1) << on.shift;
    uint64_t out = cut->active == 0 ? 0 : hd_chunk_test(c, of.column, UINT32_MAX, cut->company, cut->company);
    out &= out == 0 ? 0 : hd_chunk_test(c, on.column, bit, bit, bit);
    return out == 0 ? 0 : out & test_set(&cut->shared, c, team.column);
}

/* What the actor sees; *ret_open: that, and what only its row can tell. */
static uint64_t test_seen(const hd_cut_t *cut, const hd_chunk_t *c, uint64_t *ret_open)
{
    hd_fact_t team = hd_fact_of(HD_TICKET, HD_TICKET_F_team_id), on = hd_fact_of(HD_TICKET, HD_TICKET_F_active);
    uint64_t out = cut->everything ? c->present : test_set(&cut->teams, c, team.column);
    if (cut->active >= 0) {
        uint32_t bit = UINT32_C(1) << on.shift;
        uint64_t in_force = hd_chunk_test(c, on.column, bit, bit, bit);
        if (cut->in_force.n != cut->teams.n) {
            in_force &= test_set(&cut->in_force, c, team.column);
        }
        out &= cut->active != 0 ? in_force : ~in_force;
    }
    out |= cut->followed.n == 0 ? 0 : test_ids_of(&cut->followed, c);
    out |= cut->shared.n == 0 ? 0 : test_shared(cut, c, on);
    *ret_open = cut->unsure.n == 0 ? out : out | test_ids_of(&cut->unsure, c);
    return out;
}

/* The cheaper question first: texts are compared only where the ticket is seen. */
void hd_cut_masks(const hd_cut_t *cut, const hd_chunk_t *c, uint64_t *ret_sure, uint64_t *ret_maybe)
{
    uint64_t sure = c->present, maybe = c->present, seen = 0, open = 0;
    if (cut->texts) {
        seen = test_seen(cut, c, &open);
        sure = maybe = c->present & open;
    }
    if (cut->where != NULL && maybe != 0) {
        masks(cut->where, c, maybe, &sure, &maybe);
    }
    maybe &= c->present;
    if (!cut->texts && maybe != 0) {
        seen = test_seen(cut, c, &open);
    }
    *ret_sure = sure & maybe & seen;
    *ret_maybe = maybe & open;
}

/* ---- making one ---- */

static bool wants(const hd_cut_t *cut, const hd_team_t *team, uint8_t active)
{
    bool in_force = active != 0 && team->active;
    return (cut->cx->actor->role != HD_ROLE_PORTAL || active != 0)
        && (cut->active < 0 || in_force == (cut->active != 0));
}

static void add_id(hd_arena_t *a, ids_t *ids, uint32_t id)
{
    if (ids->n == ids->cap) {
        uint32_t *v = hd_alloc_n(a, ids->cap = ids->cap * 2 + 64, sizeof(*v));
        if (ids->n != 0) {
            memcpy(v, ids->v, ids->n * sizeof(*v));
        }
        ids->v = v;
    }
    ids->v[ids->n++] = id;
}

static bool follow_team(hd_cut_t *cut, const hd_team_t *team)
{
    ids_t *ids = hd_desk_is_sweeping(cut->cx, team) ? &cut->unsure : &cut->followed;
    for (uint8_t active = 0; active <= 1; active++) {
        hd_key_t k = hd_desk_key(HD_IX_TICKET_FOLLOWER);
        hd_scan_t sc;
        hd_str_t key;
        if (!wants(cut, team, active)) {
            continue;
        }
        hd_key_id(&k, cut->cx->actor->partner_id);
        hd_key_u8(&k, active);
        hd_key_id(&k, team->rec.id);
        hd_scan_index(&sc, cut->cx->txn, &k, NULL);
        while (ids->n <= FOLLOW_MAX && hd_scan_next(&sc, &key, NULL)) {
            add_id(cut->cx->arena, ids, ~hd_get_be32((const uint8_t *) key.data + key.len - 4));
        }
        hd_scan_done(&sc);
    }
    return ids->n <= FOLLOW_MAX;
}

static void sort_ids(ids_t *ids)
{
    if (ids->n > 1) {
        qsort(ids->v, ids->n, sizeof(ids->v[0]), hd_cut_compare);
    }
}

static hd_code_t see(hd_cut_t *cut)
{
    const hd_scope_t *scope = hd_scope(cut->cx);
    hd_arena_t *a = cut->cx->arena;
    uint32_t *whole = hd_alloc_n(a, scope->n + 1, sizeof(*whole)), *on = hd_alloc_n(a, scope->n + 1, sizeof(*on));
    uint32_t *shared = hd_alloc_n(a, scope->n + 1, sizeof(*shared));
    uint32_t n = 0, n_on = 0, n_shared = 0;
    size_t n_teams;
    (void) hd_config_all(cut->cx->txn, HD_TEAM, &n_teams);
    for (uint32_t i = 0; i < scope->n; i++) {
        const hd_team_t *team = scope->team[i];
        if (scope->sees[i] == HD_SEES_ALL) {
            whole[n++] = (uint32_t) team->rec.id;
            if (team->active) {
                on[n_on++] = (uint32_t) team->rec.id;
            }
        } else if (cut->cx->actor->partner_id != 0 && !follow_team(cut, team)) {
            return HD_E_BROAD;
        }
        if (scope->sees[i] == HD_SEES_SHARED) {
            shared[n_shared++] = (uint32_t) team->rec.id;
        }
    }
    cut->company = n_shared != 0 ? (uint32_t) hd_desk_commercial(cut->cx, cut->cx->actor->partner_id) : 0;
    cut->shared = hd_cut_set(a, shared, cut->company != 0 ? n_shared : 0);
    sort_ids(&cut->followed);
    sort_ids(&cut->unsure);
    cut->exact = cut->exact && cut->unsure.n == 0;
    cut->everything = n == n_teams;
    cut->teams = hd_cut_set(a, whole, n);
    cut->in_force = hd_cut_set(a, on, n_on);
    return HD_OK;
}

static const hd_expr_t *add_key(hd_arena_t *a, const hd_expr_t *x, unsigned field, hd_id_t id)
{
    hd_filter_t f = { .field = (uint16_t) field, .op = HD_OP_EQ, .n = 1, .num = hd_alloc(a, sizeof(int64_t)) };
    f.num[0] = (int64_t) id;
    return hd_expr_and(a, x, hd_expr_of(a, &f, 1));
}

/* The whole query as one expression, but for `active`, which also asks the team. */
static const hd_expr_t *gather(hd_arena_t *a, const hd_ticket_query_t *q)
{
    const struct { unsigned field; hd_id_t id; } keys[] = {
        { HD_TICKET_F_team_id, q->team_id }, { HD_TICKET_F_stage_id, q->stage_id },
        { HD_TICKET_F_user_id, q->user_id }, { HD_TICKET_F_partner_id, q->partner_id },
    };
    const hd_expr_t *x = NULL;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        x = keys[i].id == 0 ? x : add_key(a, x, keys[i].field, keys[i].id);
    }
    if (q->unassigned) {
        x = add_key(a, x, HD_TICKET_F_user_id, 0);
    }
    return hd_expr_and(a, hd_expr_and(a, x, hd_expr_of(a, q->filters, q->n_filters)), q->where);
}

hd_code_t hd_cut_make(hd_cx_t *cx, const hd_ticket_query_t *q, hd_cut_t **ret_cut)
{
    if (hd_cx_defer(cx)) {
        return HD_E_BROAD;
    }
    hd_cut_t *cut = hd_alloc(cx->arena, sizeof(*cut));
    *cut = (hd_cut_t){ .cx = cx, .active = q->active, .exact = true };
    if (cx->actor->role == HD_ROLE_PORTAL && cut->active < 0) {
        cut->active = 1;                     /* TKT-6 */
    }
    cut->expr = gather(cx->arena, q);
    if (cut->expr != NULL) {
        cut->where = hd_cut_compile(cx, cut->expr);
        cut->exact = hd_cut_node_exact(cut->where);
        cut->texts = hd_cut_node_texts(cut->where);
    }
    *ret_cut = cut;
    return see(cut);
}

hd_cx_t *hd_cut_cx(const hd_cut_t *cut)
{
    return cut->cx;
}

uint32_t hd_cut_columns(const hd_cut_t *cut)
{
    uint32_t columns = cut->where == NULL ? 0 : hd_cut_node_columns(cut->where);
    if (!cut->everything || (cut->active >= 0 && cut->in_force.n != cut->teams.n)) {
        columns |= UINT32_C(1) << hd_fact_of(HD_TICKET, HD_TICKET_F_team_id).column;
    }
    if (cut->shared.n != 0) {
        columns |= UINT32_C(1) << hd_fact_of(HD_TICKET, HD_TICKET_F_commercial_partner_id).column;
    }
    return columns;          /* `active` is in column 0, which is always there */
}

bool hd_cut_is_exact(const hd_cut_t *cut)
{
    return cut->exact;
}

/* The row's word. */
static bool fits_row(const hd_cut_t *cut, hd_arena_t *a, const hd_ticket_t *t)
{
    return hd_sees_ticket(cut->cx, t) && hd_expr_match(hd_entities[HD_TICKET], a, t, cut->expr);
}

bool hd_cut_read(const hd_cut_t *cut, hd_arena_t *a, hd_id_t id, hd_ticket_t *ret)
{
    if (hd_row_get(cut->cx->txn, a, HD_TICKET, id, ret) != HD_OK) {
        return false;
    }
    hd_desk_settle(cut->cx, ret);
    return fits_row(cut, a, ret);
}
