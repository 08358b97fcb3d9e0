/*
 * Lists in any order and counts by any condition, from facts.  A list keeps the best so many ranks while it goes over the
 * chunks, then reads their rows in order; each row is asked for once more (VIS-16), so facts show nothing by themselves.
 *
 * A rank is what the sort's columns hold, descending ones turned round, and the id turned round: 16 bytes, which are the
 * cursor too.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define RANKS   4                /* HD_SORT_MAX columns and the id */
#define CURSOR  16
#define SCRATCH 64               /* rows read before the scratch memory is used again */

_Static_assert(HD_SORT_MAX + 1 == RANKS, "a rank is four numbers");

typedef struct {
    uint64_t hi, lo;
    uint32_t id;
} rank_t;

typedef struct {
    hd_cx_t   *cx;
    hd_cut_t  *cut;
    hd_fact_t  fact[HD_SORT_MAX];
    bool       desc[HD_SORT_MAX];
    size_t     n_sort;
    rank_t    *v, after;
    size_t     n, keep;
    bool       has_after, dropped;       /* dropped: v[keep - 1] is the last that fits in, others do not */
} search_t;

hd_arena_t *hd_desk_scratch(hd_cx_t *cx)
{
    hd_arena_t *a = hd_arena_create(HD_ARENA_REQUEST);
    if (a == NULL) {
        hd_arena_fail(cx->arena);
    }
    *hd_arena_border(a) = *hd_arena_border(cx->arena);
    hd_arena_defer(cx->arena, (void (*)(void *)) hd_arena_destroy, a);
    return a;
}

/* ---- rows that must be read ---- */

hd_budget_t hd_desk_budget(hd_cx_t *cx)
{
    return (hd_budget_t){ .until = hd_txn_is_write(cx->txn) ? 0 : hd_time_mono_us() + HD_SCAN_TIME * 1000 };
}

bool hd_desk_spend(hd_budget_t *b)
{
    b->n++;
    return b->until == 0 ? b->n <= HD_SCAN_MAX : b->n % 64 != 0 || hd_time_mono_us() <= b->until;
}

hd_code_t hd_cut_walk(const hd_cut_t *cut, uint32_t columns, hd_cut_fn each, void *arg)
{
    hd_cx_t *cx = hd_cut_cx(cut);
    hd_arena_t *scratch = hd_cut_is_exact(cut) ? NULL : hd_desk_scratch(cx);
    hd_budget_t budget = hd_desk_budget(cx);
    hd_code_t code = HD_OK;
    hd_facts_scan_t sc;
    hd_chunk_t c;
    hd_ticket_t t;
    hd_facts_begin(&sc, cx->txn, true, hd_cut_columns(cut) | columns);      /* backwards: what is newest mostly stands first */
    while (code == HD_OK && hd_facts_next(&sc, &c)) {
        uint64_t sure, maybe;
        hd_cut_masks(cut, &c, &sure, &maybe);
        for (uint64_t left = maybe & ~sure; left != 0 && code == HD_OK; left &= left - 1) {
            unsigned slot = (unsigned) __builtin_ctzll(left);
            if (!hd_desk_spend(&budget)) {
                code = HD_E_BROAD;
            } else if (hd_cut_read(cut, scratch, hd_cut_id(&c, slot), &t)) {
                sure |= HD_BIT(slot);
            }
            if (budget.n % SCRATCH == 0) {
                hd_arena_reset(scratch);
            }
        }
        if (code == HD_OK && sure != 0) {
            code = each(arg, &c, sure);
        }
    }
    hd_facts_done(&sc);
    return code == HD_OK ? hd_txn_error(cx->txn) : code;
}

static hd_code_t add_count(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    (void) c;
    *(uint64_t *) arg += (uint64_t) __builtin_popcountll(mask);
    return HD_OK;
}

hd_code_t hd_search_count(hd_cx_t *cx, const hd_ticket_query_t *q, uint64_t *ret_n)
{
    hd_cut_t *cut;
    uint64_t n = 0;
    hd_code_t code = hd_cut_make(cx, q, &cut);
    if (code == HD_OK) {
        code = hd_cut_walk(cut, 0, add_count, &n);
    }
    if (code == HD_OK) {
        *ret_n = n;
    }
    return code;
}

typedef struct {
    hd_id_t *v;
    size_t   n, max;
    bool     more;               /* than max */
} ids_t;

static hd_code_t add_ids(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    ids_t *ids = arg;
    for (; mask != 0; mask &= mask - 1) {
        if (ids->n == ids->max) {
            ids->more = true;
            return HD_E_BROAD;
        }
        ids->v[ids->n++] = hd_cut_id(c, (unsigned) __builtin_ctzll(mask));
    }
    return HD_OK;
}

static int compare_ids(const void *a, const void *b)
{
    hd_id_t x = *(const hd_id_t *) a, y = *(const hd_id_t *) b;
    return (x > y) - (x < y);
}

hd_code_t hd_ticket_ids(hd_cx_t *cx, const hd_ticket_query_t *q, size_t max, hd_id_t **ret_ids, size_t *ret_n)
{
    hd_cut_t *cut;
    ids_t ids = { .v = hd_alloc_n(cx->arena, max, sizeof(hd_id_t)), .max = max };
    hd_code_t code = hd_cut_make(cx, q, &cut);
    if (code == HD_OK) {
        code = hd_cut_walk(cut, 0, add_ids, &ids);
    }
    if (ids.more) {
        *ret_n = max + 1;
        return hd_txn_error(cx->txn);
    }
    if (code == HD_OK && ids.n > 1) {
        qsort(ids.v, ids.n, sizeof(ids.v[0]), compare_ids);
    }
    if (code == HD_OK) {
        *ret_ids = ids.v;
        *ret_n = ids.n;
    }
    return code;
}

/* ---- ranks ---- */

static bool is_less(const rank_t *a, const rank_t *b)
{
    return a->hi != b->hi ? a->hi < b->hi : a->lo < b->lo;
}

static int compare_ranks(const void *pa, const void *pb)
{
    const rank_t *a = pa, *b = pb;
    return is_less(a, b) ? -1 : is_less(b, a);
}

static void swap(rank_t *a, rank_t *b)
{
    rank_t t = *a;
    *a = *b;
    *b = t;
}

/* Puts the k smallest first, the largest of them at their end (Hoare's selection). */
static void select_first(rank_t *v, size_t n, size_t k)
{
    ptrdiff_t lo = 0, hi = (ptrdiff_t) n - 1, at = (ptrdiff_t) k - 1;
    while (lo < hi) {
        rank_t pivot = v[at];
        ptrdiff_t i = lo, j = hi;
        while (i <= j) {
            while (is_less(&v[i], &pivot)) {
                i++;
            }
            while (is_less(&pivot, &v[j])) {
                j--;
            }
            if (i <= j) {
                swap(&v[i++], &v[j--]);
            }
        }
        if (j < at) {
            lo = i;
        }
        if (at < i) {
            hi = j;
        }
    }
}

static void settle(search_t *s)
{
    if (s->n > s->keep) {
        select_first(s->v, s->n, s->keep);
        s->n = s->keep;
        s->dropped = true;
    }
}

static uint32_t column_value(const search_t *s, size_t i, const hd_chunk_t *c, unsigned slot)
{
    hd_fact_t f = s->fact[i];
    uint32_t v = f.kind == HD_FACT_ID ? (uint32_t) hd_cut_id(c, slot) : hd_chunk_value(c, f.column, slot);
    if (f.kind == HD_FACT_BITS) {
        v = v >> f.shift & ((1u << f.bits) - 1);
    }
    return s->desc[i] ? ~v : v;
}

static rank_t make_rank(const search_t *s, const hd_chunk_t *c, unsigned slot)
{
    uint32_t k[RANKS] = { 0 };
    rank_t r = { .id = (uint32_t) hd_cut_id(c, slot) };
    for (size_t i = 0; i < s->n_sort; i++) {
        k[i] = column_value(s, i, c, slot);
    }
    k[s->n_sort] = ~r.id;
    r.hi = (uint64_t) k[0] << 32 | k[1];
    r.lo = (uint64_t) k[2] << 32 | k[3];
    return r;
}

/* Slots whose first column can still be of use: not before the cursor, not behind the worst that is kept. */
static uint64_t useful(const search_t *s, const hd_chunk_t *c)
{
    uint32_t lo = s->has_after ? (uint32_t) (s->after.hi >> 32) : 0;
    uint32_t hi = s->dropped ? (uint32_t) (s->v[s->keep - 1].hi >> 32) : UINT32_MAX;
    hd_fact_t f = s->fact[0];
    if (f.kind == HD_FACT_ID || (lo == 0 && hi == UINT32_MAX)) {
        return UINT64_MAX;
    }
    if (s->desc[0]) {
        uint32_t t = lo;
        lo = ~hi;
        hi = ~t;
    }
    uint32_t mask = UINT32_MAX;
    if (f.kind == HD_FACT_BITS) {
        uint32_t max = (1u << f.bits) - 1;
        lo = (lo < max ? lo : max) << f.shift;
        hi = (hi < max ? hi : max) << f.shift;
        mask = max << f.shift;
    }
    return lo <= hi ? hd_chunk_test(c, f.column, mask, lo, hi) : 0;
}

static void add_chunk(search_t *s, const hd_chunk_t *c, uint64_t mask)
{
    for (mask &= useful(s, c); mask != 0;) {
        unsigned slot = 63 - (unsigned) __builtin_clzll(mask);
        rank_t r = make_rank(s, c, slot);
        mask &= ~HD_BIT(slot);
        if ((s->has_after && !is_less(&s->after, &r)) || (s->dropped && !is_less(&r, &s->v[s->keep - 1]))) {
            continue;
        }
        s->v[s->n++] = r;
        if (s->n == 2 * s->keep) {
            settle(s);
        }
    }
}

/* The newest first when the first field falls: dates and ids grow together, so the worst kept soon shuts the rest out. */
static void rank_all(search_t *s)
{
    hd_facts_scan_t sc;
    hd_chunk_t c;
    bool by_id = s->fact[0].kind == HD_FACT_ID;
    uint32_t columns = hd_cut_columns(s->cut);
    for (size_t i = 0; i < s->n_sort; i++) {
        columns |= UINT32_C(1) << s->fact[i].column;
    }
    hd_facts_begin(&sc, s->cx->txn, s->desc[0], columns);
    while (hd_facts_next(&sc, &c)) {
        uint64_t sure, maybe;
        hd_cut_masks(s->cut, &c, &sure, &maybe);
        add_chunk(s, &c, maybe);
        if (by_id && s->n >= s->keep) {
            s->dropped = true;
            break;
        }
    }
    hd_facts_done(&sc);
    settle(s);
    if (s->n > 1) {
        qsort(s->v, s->n, sizeof(s->v[0]), compare_ranks);
    }
}

/* ---- a page ---- */

static hd_str_t write_cursor(hd_arena_t *a, const rank_t *r)
{
    uint8_t b[CURSOR];
    hd_put_be64(b, r->hi);
    hd_put_be64(b + 8, r->lo);
    return hd_desk_cursor(a, b, CURSOR);
}

static hd_code_t read_after(search_t *s, hd_str_t text)
{
    uint8_t b[CURSOR];
    if (text.len == 0) {
        return HD_OK;
    }
    if (!hd_desk_cursor_read(text, b, CURSOR)) {
        return HD_E_CURSOR;
    }
    s->has_after = true;
    s->after = (rank_t){ hd_get_be64(b), hd_get_be64(b + 8), 0 };
    return HD_OK;
}

static void read_page(search_t *s, uint32_t limit, hd_ticket_page_t *page)
{
    hd_arena_t *a = s->cx->arena, *scratch = hd_cut_is_exact(s->cut) ? a : hd_desk_scratch(s->cx);
    size_t i = 0;
    hd_ticket_t t;
    page->v = hd_alloc_n(a, limit, sizeof(*page->v));
    for (; i < s->n && page->n < limit; i++) {
        if (scratch != a && i % SCRATCH == 0) {
            hd_arena_reset(scratch);
        }
        if (hd_cut_read(s->cut, scratch, s->v[i].id, &t)
            && hd_row_get(s->cx->txn, a, HD_TICKET, s->v[i].id, &page->v[page->n]) == HD_OK) {
            hd_desk_settle(s->cx, &page->v[page->n++]);
        }
    }
    if (i > 0 && (i < s->n || s->dropped)) {
        page->next = write_cursor(a, &s->v[i - 1]);
    }
}

static hd_code_t list_by_facts(search_t *s, const hd_ticket_query_t *q, hd_ticket_page_t *page)
{
    uint32_t limit = hd_desk_page_limit(q->limit);
    hd_code_t code = read_after(s, q->after);
    if (code != HD_OK) {
        return code;
    }
    s->keep = hd_cut_is_exact(s->cut) ? limit + 1 : HD_SCAN_MAX;
    s->v = hd_alloc_n(s->cx->arena, 2 * s->keep + HD_FACT_SLOTS, sizeof(*s->v));
    rank_all(s);
    read_page(s, limit, page);
    return HD_OK;
}

uint32_t hd_desk_page_limit(uint32_t limit)
{
    if (limit == 0) {
        return HD_PAGE_DEFAULT;
    }
    return limit < HD_PIECE_MAX ? limit : HD_PIECE_MAX;
}

static const hd_sort_t by_default[] = { { HD_TICKET_F_priority, true } };       /* TKT-3; the id is always last */

static void read_sort(search_t *s, const hd_ticket_query_t *q)
{
    const hd_sort_t *sort = q->n_sort == 0 ? by_default : q->sort;
    s->n_sort = q->n_sort == 0 ? 1 : q->n_sort;
    for (size_t i = 0; i < s->n_sort; i++) {
        s->fact[i] = hd_fact_of(HD_TICKET, sort[i].field);
        s->desc[i] = sort[i].desc;
    }
}

hd_code_t hd_search_list(hd_cx_t *cx, const hd_ticket_query_t *q, hd_ticket_page_t *ret)
{
    search_t s = { .cx = cx };
    hd_ticket_page_t page = { .n = 0 };
    hd_code_t code = hd_cut_make(cx, q, &s.cut);
    if (code == HD_OK && hd_order_is_needed(q->sort, q->n_sort)) {
        code = hd_order_list(cx, q, s.cut, &page);
    } else if (code == HD_OK) {
        read_sort(&s, q);
        code = list_by_facts(&s, q, &page);
    }
    code = code == HD_OK ? hd_txn_error(cx->txn) : code;
    if (code == HD_OK) {
        *ret = page;
    }
    return code;
}

hd_str_t hd_search_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t)
{
    search_t s = { .cx = cx };
    uint32_t facts[HD_FACTS], words[HD_FACTS][HD_FACT_SLOTS];
    uint8_t bytes[HD_FACT_SLOTS];
    unsigned slot = (unsigned) (t->rec.id % HD_FACT_SLOTS);
    if (hd_order_is_needed(q->sort, q->n_sort)) {
        return hd_order_cursor(cx, q, t);
    }
    read_sort(&s, q);
    hd_entities[HD_TICKET]->facts(t, facts);
    bytes[slot] = (uint8_t) facts[0];
    hd_chunk_t c = { .n = (uint32_t) (t->rec.id / HD_FACT_SLOTS), .bytes = bytes };
    for (unsigned i = 1; i < HD_FACTS; i++) {
        words[i][slot] = facts[i];
        c.words[i] = words[i];
    }
    rank_t r = make_rank(&s, &c, slot);
    return write_cursor(cx->arena, &r);
}
