/*
 * Lists: what a condition matches, in an order, from an offset.  The desk lists by pages; this door goes over them, and what
 * lies before the offset is read into memory that is used again.
 */
#include "rpc_domain.h"
#include "rpc_query.h"

#define PAGE HD_PIECE_MAX

typedef struct {
    rpc_t             *rpc;
    const rpc_model_t *m;
    const hd_expr_t   *where;
    rpc_sort_t         sort;
    uint64_t           offset, limit;    /* limit: of what is still wanted */
    uint64_t           until;            /* microseconds: then it takes too long */
    hd_arena_t        *scratch;          /* of pages of which only the numbers are wanted */
    hd_arena_t        *skips;            /* of pages before the offset */
    void             (*each)(void *arg, const void *rec);
    void              *each_arg;
    hd_id_t           *ids;              /* NULL: records */
    void             **v;
    size_t             n, cap;
} walk_t;

static hd_arena_t *make_scratch(hd_cx_t *cx)
{
    hd_arena_t *a = hd_arena_create(HD_ARENA_REQUEST);
    if (a == NULL) {
        hd_arena_fail(cx->arena);
    }
    *hd_arena_border(a) = *hd_arena_border(cx->arena);
    hd_arena_defer(cx->arena, (void (*)(void *)) hd_arena_destroy, a);
    return a;
}

static void grow(walk_t *w)
{
    size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
    hd_arena_t *a = w->rpc->cx->arena;
    if (w->scratch != NULL) {
        hd_id_t *ids = hd_alloc_n(a, cap, sizeof(*ids));
        if (w->n != 0) {
            memcpy(ids, w->ids, w->n * sizeof(*ids));
        }
        w->ids = ids;
    } else {
        void **v = hd_alloc_n(a, cap, sizeof(*v));
        if (w->n != 0) {
            memcpy(v, w->v, w->n * sizeof(*v));
        }
        w->v = v;
    }
    w->cap = cap;
}

/* False: there are enough. */
static bool take(walk_t *w, void *rec)
{
    if (w->offset != 0) {
        w->offset--;
        return true;
    }
    if (w->limit == 0) {
        return false;
    }
    if (w->each != NULL) {
        w->each(w->each_arg, rec);
        w->n++;
        return --w->limit != 0;
    }
    if (w->n == w->cap) {
        grow(w);
    }
    if (w->scratch != NULL) {
        w->ids[w->n++] = ((const hd_rec_t *) rec)->id;
    } else {
        w->v[w->n++] = rec;
    }
    return --w->limit != 0;
}

/* ---- tickets ---- */

/* "active in (false, true)" */
static bool is_either(const hd_expr_t *x)
{
    return x->kind == HD_EXPR_TEST && x->test.field == HD_TICKET_F_active && x->test.op == HD_OP_IN && x->test.n == 2
           && x->test.num[0] + x->test.num[1] == 1;
}

/* The plain conditions that choose an index, out of what must hold; what is left of it. */
static const hd_expr_t *split_keys(hd_arena_t *a, hd_ticket_query_t *q, const hd_expr_t *x)
{
    if (x == NULL) {
        return NULL;
    }
    if (x->kind == HD_EXPR_AND) {
        const hd_expr_t *rest = NULL;
        for (uint32_t i = 0; i < x->n; i++) {
            rest = hd_expr_and(a, rest, split_keys(a, q, x->v[i]));
        }
        return rest;
    }
    if (is_either(x)) {
        return NULL;
    }
    if (x->kind != HD_EXPR_TEST || x->test.op != HD_OP_EQ || x->test.n != 1 || x->test.num == NULL) {
        return x;
    }
    int64_t v = x->test.num[0];
    hd_id_t *key = x->test.field == HD_TICKET_F_team_id ? &q->team_id : x->test.field == HD_TICKET_F_stage_id ? &q->stage_id
                 : x->test.field == HD_TICKET_F_user_id ? &q->user_id
                 : x->test.field == HD_TICKET_F_partner_id ? &q->partner_id : NULL;
    if (key != NULL && *key == 0 && v > 0 && !(key == &q->user_id && q->unassigned)) {
        *key = (hd_id_t) v;
        return NULL;
    }
    if (key == &q->user_id && v == 0 && q->user_id == 0) {
        q->unassigned = true;
        return NULL;
    }
    if (x->test.field == HD_TICKET_F_active && q->active < 0) {
        q->active = v != 0;     /* of a ticket in force, or archived with its team (TEAM-8) */
        return NULL;
    }
    return x;
}

void rpc_ticket_query(hd_arena_t *a, const hd_expr_t *where, hd_ticket_query_t *ret)
{
    *ret = (hd_ticket_query_t){ .active = -1 };
    ret->where = split_keys(a, ret, where);
}

/* One page into cx's memory; *ret_next is in that too. */
static hd_code_t ticket_page(walk_t *w, hd_cx_t *cx, hd_ticket_query_t *q, hd_str_t *ret_next, bool *ret_enough)
{
    hd_ticket_page_t page = { 0 };
    hd_code_t code = hd_ticket_list(cx, q, &page);
    for (uint32_t i = 0; i < page.n && code == HD_OK && !*ret_enough; i++) {
        *ret_enough = !take(w, &page.v[i]);
    }
    *ret_next = page.next;
    return code;
}

static hd_code_t record_page(walk_t *w, hd_cx_t *cx, hd_query_t *q, hd_str_t *ret_next, bool *ret_enough)
{
    hd_page_t page = { 0 };
    hd_code_t code = hd_record_list(cx, (hd_type_t) w->m->type, q, &page);
    for (uint32_t i = 0; i < page.n && code == HD_OK && !*ret_enough; i++) {
        *ret_enough = !take(w, page.v[i]);
    }
    *ret_next = page.next;
    return code;
}

/* How many of the next page are wanted. */
static uint32_t page_size(const walk_t *w)
{
    uint64_t n = w->offset + w->limit;
    return n < w->offset || n > PAGE ? PAGE : (uint32_t) n;
}

/* Memory of the next page: the call's where its records are kept. */
static hd_arena_t *page_arena(walk_t *w)
{
    if (w->scratch == NULL && w->offset < PAGE) {
        return w->rpc->cx->arena;
    }
    if (w->scratch == NULL && w->skips == NULL) {
        w->skips = make_scratch(w->rpc->cx);
    }
    hd_arena_t *a = w->scratch != NULL ? w->scratch : w->skips;
    hd_arena_reset(a);
    return a;
}

static hd_code_t walk_rows(walk_t *w)
{
    hd_ticket_query_t tq = { .active = -1 };
    hd_query_t rq = { .sort = w->sort.v, .n_sort = w->sort.n };
    hd_cx_t cx = *w->rpc->cx;
    hd_code_t code;
    hd_str_t next = { 0, "" };
    bool enough = false, tickets = w->m->type == HD_TICKET;
    if (tickets) {
        rpc_ticket_query(cx.arena, w->where, &tq);
        tq.sort = w->sort.v;
        tq.n_sort = w->sort.n;
    } else {
        rq.where = rpc_in_force(w->rpc->cx->arena, w->m, w->where, true);        /* the domain has said what it wants */
    }
    do {
        next = hd_str_dup(w->rpc->cx->arena, next);
        cx.arena = page_arena(w);
        tq.limit = rq.limit = page_size(w);
        tq.after = rq.after = next;
        code = tickets ? ticket_page(w, &cx, &tq, &next, &enough) : record_page(w, &cx, &rq, &next, &enough);
        if (code == HD_OK && next.len != 0 && !enough && hd_time_mono_us() > w->until) {
            code = HD_E_BROAD;
        }
    } while (code == HD_OK && next.len != 0 && !enough);
    return code;
}

/* ---- made records ---- */

static void sort_made(const walk_t *w, void **v, size_t n)
{
    hd_arena_t *a = w->rpc->cx->arena;
    void **from = v, **to = hd_alloc_n(a, n + 1, sizeof(*to));
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n, i = lo, k = mid;
            for (size_t at = lo; at < hi; at++) {
                bool left = i < mid && (k >= hi || rpc_compare(a, rpc_entity(w->m), &w->sort, from[i], from[k]) <= 0);
                to[at] = left ? from[i++] : from[k++];
            }
        }
        void **t = from;
        from = to;
        to = t;
    }
    if (from != v && n != 0) {
        memcpy(v, from, n * sizeof(*v));
    }
}

static hd_code_t walk_made(walk_t *w)
{
    rpc_list_t all = { .n = 0 };
    size_t n = 0;
    hd_code_t code = w->m->made->all(w->rpc, w->where, &all);
    if (code != HD_OK) {
        return code;
    }
    for (size_t i = 0; i < all.n; i++) {
        if (hd_expr_match(rpc_entity(w->m), w->rpc->cx->arena, all.v[i], w->where)) {
            all.v[n++] = all.v[i];
        }
    }
    sort_made(w, all.v, n);
    for (size_t i = 0; i < n && take(w, all.v[i]); i++) {
    }
    return HD_OK;
}

/* ---- lists ---- */

static hd_code_t walk(walk_t *w, hd_str_t order)
{
    hd_code_t code = rpc_order(w->rpc, w->m, order, &w->sort);
    w->until = hd_time_mono_us() + (uint64_t) HD_SCAN_TIME * 1000;
    if (code == HD_OK) {
        code = w->m->made != NULL ? walk_made(w) : walk_rows(w);
    }
    return code;
}

/* The same for an answer of at most `most` records, one more of which is a UserError that says what to do. */
static hd_code_t walk_most(walk_t *w, hd_str_t order, uint64_t most, const char *what)
{
    if (w->limit == 0 || w->limit > most) {
        w->limit = most + 1;
    }
    hd_code_t code = walk(w, order);
    return code != HD_OK || w->n <= most ? code
         : rpc_fail(w->rpc, "odoo.exceptions.UserError", "More than %" PRIu64 " records match. %s them in parts: give a limit and an "
                    "offset, or narrow the domain.", most, what);
}

hd_code_t rpc_rows(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, hd_str_t order, uint64_t offset, uint64_t limit,
                   rpc_list_t *ret)
{
    walk_t w = { .rpc = rpc, .m = m, .where = where, .offset = offset, .limit = limit };
    hd_code_t code = walk_most(&w, order, RPC_ROWS_MAX, "Read");
    *ret = (rpc_list_t){ w.v, w.n };
    return code;
}

hd_code_t rpc_find(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, hd_str_t order, uint64_t offset, uint64_t limit,
                   hd_id_t **ret_ids, size_t *ret_n)
{
    walk_t w = { .rpc = rpc, .m = m, .where = where, .offset = offset, .limit = limit, .scratch = make_scratch(rpc->cx) };
    hd_code_t code = walk_most(&w, order, RPC_FOUND_MAX, "Search");
    *ret_ids = w.ids;
    *ret_n = w.n;
    return code;
}

hd_code_t rpc_each(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, void (*fn)(void *arg, const void *rec), void *arg)
{
    walk_t w = { .rpc = rpc, .m = m, .where = where, .limit = RPC_FOUND_MAX + 1, .scratch = make_scratch(rpc->cx),
                 .each = fn, .each_arg = arg };
    hd_code_t code = walk(&w, m->type == HD_TICKET ? HD_STR("") : HD_STR("id"));
    return code == HD_OK && w.n > RPC_FOUND_MAX ? HD_E_BROAD : code;
}
