/*
 * Conditions as tests of columns: what surely fits, and what may.
 */
#include <stdlib.h>

#include "desk_cut.h"

#define BITMAP_MAX (1u << 20)

hd_cut_set_t hd_cut_set(hd_arena_t *a, uint32_t *v, uint32_t n)
{
    hd_cut_set_t s = { .n = n, .v = v };
    if (n > 1) {
        qsort(v, n, sizeof(*v), hd_cut_compare);
    }
    if (n > HD_CUT_RANGES && v[n - 1] - v[0] < BITMAP_MAX) {
        s.low = v[0];
        s.span = v[n - 1] - v[0];
        s.bits = hd_alloc_n(a, s.span / 64 + 1, sizeof(uint64_t));
        for (uint32_t i = 0; i < n; i++) {
            s.bits[(v[i] - s.low) / 64] |= HD_BIT((v[i] - s.low) % 64);
        }
    }
    return s;
}

static hd_cut_node_t *new_node(hd_arena_t *a, hd_cut_kind_t kind, uint32_t n)
{
    hd_cut_node_t *x = hd_alloc(a, sizeof(*x));
    x->kind = (uint8_t) kind;
    x->n = n;
    x->v = n == 0 ? NULL : hd_alloc_n(a, n, sizeof(const hd_cut_node_t *));
    return x;
}

static void add_sure(hd_cut_node_t *x, uint32_t mask, uint32_t lo, uint32_t hi)
{
    if (lo <= hi) {
        x->sure[x->n_sure++] = (hd_cut_range_t){ mask, lo, hi };
    }
}

static void add_maybe(hd_cut_node_t *x, uint32_t mask, uint32_t lo, uint32_t hi)
{
    x->maybe[x->n_maybe++] = (hd_cut_range_t){ mask, lo, hi };
}

/* Values the operator asks for between 0 and max; false when there is none. */
static bool bounds(hd_op_t op, int64_t v, int64_t max, uint32_t *lo, uint32_t *hi)
{
    int64_t from = 0, to = max;
    switch (op) {
    case HD_OP_GT:  from = v == INT64_MAX ? max + 1 : v + 1; break;
    case HD_OP_GTE: from = v; break;
    case HD_OP_LT:  to = v == INT64_MIN ? -1 : v - 1; break;
    case HD_OP_LTE: to = v; break;
    default:        from = to = v; break;
    }
    from = from < 0 ? 0 : from;
    to = to > max ? max : to;
    if (from > to) {
        return false;
    }
    *lo = (uint32_t) from;
    *hi = (uint32_t) to;
    return true;
}

/* lo <= hi: of a field of some bits, or of a whole column. */
static void ask_order(hd_cut_node_t *x, hd_fact_t f, hd_op_t op, int64_t v)
{
    uint32_t lo, hi;
    bool bits = f.kind == HD_FACT_BITS;
    int64_t max = bits ? (INT64_C(1) << f.bits) - 1 : (int64_t) UINT32_MAX;
    if (bounds(op, v, max, &lo, &hi)) {
        add_sure(x, bits ? (uint32_t) max << f.shift : UINT32_MAX, lo << f.shift, hi << f.shift);
    }
}

/* Whole seconds: in the second of v itself only the row knows, unless v is its first moment. */
static void ask_time(hd_cut_node_t *x, hd_op_t op, hd_time_t v)
{
    uint32_t s = hd_fact_time(v);
    bool first = v % HD_SECOND == 0 && v >= HD_SECOND && s < UINT32_MAX;
    if (op == HD_OP_EQ) {
        if (v == 0) {
            add_sure(x, UINT32_MAX, 0, 0);
        } else {
            add_maybe(x, UINT32_MAX, s, s);
        }
        return;
    }
    if (op == HD_OP_GT || op == HD_OP_GTE) {
        bool all = op == HD_OP_GTE && first && s > 1;
        if (all || s < UINT32_MAX) {
            add_sure(x, UINT32_MAX, all ? s : s + 1, UINT32_MAX);
        }
        if (!all) {
            add_maybe(x, UINT32_MAX, s, s);
        }
        return;
    }
    add_sure(x, UINT32_MAX, 1, s - 1);
    if (op == HD_OP_LTE || !first) {
        add_maybe(x, UINT32_MAX, s, s);
    }
}

uint32_t hd_cut_tag(hd_cx_t *cx, hd_id_t tag, bool *ret_alone)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TAG, &n);
    *ret_alone = false;
    for (size_t i = 0; i < n; i++) {
        hd_id_t id = ((const hd_rec_t *) all[i])->id;
        if (id != tag && id % 32 == tag % 32) {
            *ret_alone = false;
            break;
        }
        *ret_alone |= id == tag;
    }
    return UINT32_C(1) << (tag % 32);
}

static void ask_tag(hd_cx_t *cx, hd_cut_node_t *x, hd_id_t tag)
{
    bool alone;
    uint32_t bit = hd_cut_tag(cx, tag, &alone);
    if (tag == 0) {
        add_sure(x, UINT32_MAX, 0, 0);
    } else if (alone) {
        add_sure(x, bit, bit, bit);
    } else {
        add_maybe(x, bit, bit, bit);
    }
}

static const hd_cut_node_t *compile_one(hd_cx_t *cx, hd_fact_t f, hd_op_t op, int64_t v)
{
    hd_cut_node_t *x = new_node(cx->arena, f.kind == HD_FACT_ID ? CUT_ID : CUT_TEST, 0);
    x->column = f.column;
    switch ((hd_fact_kind_t) f.kind) {
    case HD_FACT_TIME:  ask_time(x, op, v); break;
    case HD_FACT_BLOOM: ask_tag(cx, x, (hd_id_t) v); break;
    default:            ask_order(x, f, op, v); break;
    }
    return x;
}

static const hd_cut_node_t *compile_set(hd_cx_t *cx, hd_fact_t f, const hd_filter_t *t)
{
    hd_cut_node_t *x = new_node(cx->arena, f.kind == HD_FACT_ID ? CUT_IDS : CUT_SET, 0);
    uint32_t *v = hd_alloc_n(cx->arena, t->n, sizeof(*v));
    for (uint32_t i = 0; i < t->n; i++) {
        v[i] = (uint32_t) t->num[i];
    }
    x->column = f.column;
    x->set = hd_cut_set(cx->arena, v, t->n);
    return x;
}

/* A ticket's company is its team's. */
static const hd_cut_node_t *compile_company(hd_cx_t *cx, const hd_filter_t *t)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TEAM, &n);
    hd_filter_t teams = { .op = HD_OP_IN, .num = hd_alloc_n(cx->arena, n + 1, sizeof(int64_t)) };
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *team = all[i];
        for (uint32_t k = 0; k < t->n; k++) {
            if ((hd_id_t) t->num[k] == team->company_id) {
                teams.num[teams.n++] = (int64_t) team->rec.id;
                break;
            }
        }
    }
    return compile_set(cx, hd_fact_of(HD_TICKET, HD_TICKET_F_team_id), &teams);
}

static const hd_cut_node_t *compile_equal(hd_cx_t *cx, hd_fact_t f, const hd_filter_t *t)
{
    if ((f.kind == HD_FACT_VALUE || f.kind == HD_FACT_ID) && t->n > HD_CUT_RANGES) {
        return compile_set(cx, f, t);
    }
    if (t->n == 1) {
        return compile_one(cx, f, HD_OP_EQ, t->num[0]);
    }
    hd_cut_node_t *any = new_node(cx->arena, CUT_OR, t->n);
    for (uint32_t i = 0; i < t->n; i++) {
        any->v[i] = compile_one(cx, f, HD_OP_EQ, t->num[i]);
    }
    return any;
}

static const hd_cut_node_t *negate(hd_arena_t *a, const hd_cut_node_t *x)
{
    hd_cut_node_t *n = new_node(a, CUT_NOT, 1);
    n->v[0] = x;
    return n;
}

static size_t count_quotes(hd_str_t s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += s.data[i] == '\\';
    }
    return n;
}

/*
 * One character of a text may be several of the folded one, and none: what _ stands for is any text there.  A letter that
 * folds to a backslash would quote: then anything may fit.
 */
static hd_str_t loosen(hd_arena_t *a, hd_str_t pattern)
{
    char *out = hd_alloc_raw(a, pattern.len + 1);
    for (size_t i = 0; i < pattern.len; i++) {
        bool quoted = pattern.data[i] == '\\' && i + 1 < pattern.len;
        out[i] = pattern.data[i] == '_' ? '%' : pattern.data[i];
        if (quoted) {
            i++;
            out[i] = pattern.data[i];
        }
    }
    hd_str_t folded = hd_text_fold(a, (hd_str_t){ pattern.len, out });
    return count_quotes(folded) == count_quotes(pattern) ? folded : HD_STR("%");
}

/* The condition on the folded text that holds wherever the exact one does. */
static const hd_filter_t *folded_of(hd_arena_t *a, const hd_filter_t *t)
{
    hd_filter_t *f = hd_alloc(a, sizeof(*f));
    *f = *t;
    f->exact = false;
    f->op = t->op == HD_OP_NE ? HD_OP_EQ : t->op;
    f->text = hd_alloc_n(a, t->n, sizeof(*f->text));
    for (uint32_t i = 0; i < t->n; i++) {
        f->text[i] = t->op == HD_OP_LIKE ? loosen(a, t->text[i]) : hd_text_fold(a, t->text[i]);
    }
    return f;
}

static const hd_cut_node_t *compile_text(hd_arena_t *a, hd_fact_t f, const hd_filter_t *t)
{
    bool ordered = t->op >= HD_OP_GT && t->op <= HD_OP_LTE;
    if (ordered) {
        return new_node(a, CUT_ROWS, 0);
    }
    hd_cut_node_t *x = new_node(a, CUT_TEXT, 0);
    x->column = f.column;
    x->text = t->exact ? folded_of(a, t) : t;
    x->unsure = t->exact;
    return t->exact && t->op == HD_OP_NE ? negate(a, x) : x;
}

static hd_cut_node_t *time_between(hd_arena_t *a, unsigned field, uint32_t lo, uint32_t hi)
{
    hd_cut_node_t *x = new_node(a, CUT_TEST, 0);
    x->column = hd_fact_of(HD_TICKET, field).column;
    add_sure(x, UINT32_MAX, lo, hi);
    return x;
}

/* One state of activities, now (desk_activity_days.c); days begin and end with whole seconds. */
static const hd_cut_node_t *compile_activity(hd_cx_t *cx, uint8_t state)
{
    uint32_t now = hd_fact_time(cx->now);
    switch ((hd_ticket_activity_t) state) {
    case HD_ACTS_OVERDUE:
        return time_between(cx->arena, HD_TICKET_F_activity_late, 1, now);
    case HD_ACTS_PLANNED:
        return time_between(cx->arena, HD_TICKET_F_activity_due, now + 1, UINT32_MAX);
    case HD_ACTS_TODAY: {
        hd_cut_node_t *both = new_node(cx->arena, CUT_AND, 2);
        both->v[0] = time_between(cx->arena, HD_TICKET_F_activity_due, 1, now);
        both->v[1] = time_between(cx->arena, HD_TICKET_F_activity_late, now + 1, UINT32_MAX);
        return both;
    }
    default:
        return time_between(cx->arena, HD_TICKET_F_activity_due, 0, 0);
    }
}

/* The states the condition lets through, as one any-of. */
static const hd_cut_node_t *compile_activities(hd_cx_t *cx, const hd_filter_t *t)
{
    hd_cut_node_t *any = new_node(cx->arena, CUT_OR, HD_ACTS_COUNT);
    hd_ticket_t as = { .activity_state = HD_ACTS_NONE };
    any->n = 0;
    for (; as.activity_state < HD_ACTS_COUNT; as.activity_state++) {
        if (hd_filter_match(hd_entities[HD_TICKET], cx->arena, &as, t, 1)) {
            any->v[any->n++] = compile_activity(cx, as.activity_state);
        }
    }
    return any;
}

static const hd_cut_node_t *compile_test(hd_cx_t *cx, const hd_filter_t *t)
{
    hd_fact_t f = hd_fact_of(HD_TICKET, t->field);
    const hd_cut_node_t *x;
    if (t->part != HD_PART_NONE) {
        return new_node(cx->arena, CUT_ROWS, 0);
    }
    if (f.kind == HD_FACT_TEXT) {
        return compile_text(cx->arena, f, t);
    }
    if (f.kind == HD_FACT_NONE && t->field != HD_TICKET_F_company_id) {
        return new_node(cx->arena, CUT_ROWS, 0);
    }
    if (f.kind == HD_FACT_DERIVED) {
        return compile_activities(cx, t);
    }
    if (t->op >= HD_OP_GT && t->op <= HD_OP_LTE) {
        return compile_one(cx, f, (hd_op_t) t->op, t->num[0]);
    }
    x = f.kind == HD_FACT_NONE ? compile_company(cx, t) : compile_equal(cx, f, t);
    return t->op == HD_OP_NE ? negate(cx->arena, x) : x;
}

/* Parts of an AND that are ANDs themselves are its own parts. */
static uint32_t count_parts(const hd_expr_t *e, uint8_t kind)
{
    uint32_t n = 0;
    if (e->kind != kind) {
        return 1;
    }
    for (uint32_t i = 0; i < e->n; i++) {
        n += count_parts(e->v[i], kind);
    }
    return n;
}

static void add_parts(hd_cx_t *cx, hd_cut_node_t *x, const hd_expr_t *e, uint8_t kind)
{
    if (e->kind != kind) {
        x->v[x->n++] = hd_cut_compile(cx, e);
        return;
    }
    for (uint32_t i = 0; i < e->n; i++) {
        add_parts(cx, x, e->v[i], kind);
    }
}

/* Bytes before words, words before texts, these before what only rows know: the cheap ones may spare the others. */
static unsigned cost(const hd_cut_node_t *x)
{
    if (x->kind == CUT_TEST && x->column == 0) {
        return 0;
    }
    return x->kind == CUT_ROWS ? 4 : x->kind == CUT_TEXT ? 3 : x->n == 0 ? 1 : 2;
}

static void cheap_first(hd_cut_node_t *x)
{
    for (uint32_t i = 1; i < x->n; i++) {
        const hd_cut_node_t *part = x->v[i];
        uint32_t k = i;
        for (; k > 0 && cost(x->v[k - 1]) > cost(part); k--) {
            x->v[k] = x->v[k - 1];
        }
        x->v[k] = part;
    }
}

const hd_cut_node_t *hd_cut_compile(hd_cx_t *cx, const hd_expr_t *e)
{
    if (e->kind == HD_EXPR_TEST) {
        return compile_test(cx, &e->test);
    }
    if (e->kind == HD_EXPR_NOT) {
        return negate(cx->arena, hd_cut_compile(cx, e->v[0]));
    }
    hd_cut_node_t *x = new_node(cx->arena, e->kind == HD_EXPR_AND ? CUT_AND : CUT_OR, count_parts(e, e->kind));
    x->n = 0;
    add_parts(cx, x, e, e->kind);
    cheap_first(x);
    return x;
}

bool hd_cut_node_exact(const hd_cut_node_t *x)
{
    if (x->kind == CUT_ROWS || x->unsure || x->n_maybe != 0) {
        return false;
    }
    for (uint32_t i = 0; i < x->n; i++) {
        if (!hd_cut_node_exact(x->v[i])) {
            return false;
        }
    }
    return true;
}

bool hd_cut_node_texts(const hd_cut_node_t *x)
{
    bool any = x->kind == CUT_TEXT;
    for (uint32_t i = 0; i < x->n; i++) {
        any = any || hd_cut_node_texts(x->v[i]);
    }
    return any;
}

uint32_t hd_cut_node_columns(const hd_cut_node_t *x)
{
    uint32_t columns = x->kind == CUT_TEST || x->kind == CUT_SET ? UINT32_C(1) << x->column : 0;
    for (uint32_t i = 0; i < x->n; i++) {
        columns |= hd_cut_node_columns(x->v[i]);
    }
    return columns;
}
