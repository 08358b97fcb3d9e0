/*
 * Domains (spec.md 4.6): prefix notation, from the last element to the first, into the expressions lists are made with.
 *
 *     ['|', ['priority', '=', '3'], '&', ['user_id', '=', false], ['team_id.name', 'ilike', 'support']]
 *
 * What is left over when all is read must all hold.  A condition on a record that is related becomes one on its id: the
 * related ones are looked up first, those the actor sees, at most HD_NUMS_MAX of them.
 */
#include "rpc_domain.h"

const char *const rpc_op_names[RPC_OP_COUNT] = {
    "=", ">", ">=", "<", "<=", "like", "ilike", "=like", "=ilike", "in", "child_of", "parent_of", "any",
};

/* ---- expressions ---- */

static uint32_t put_parts(const hd_expr_t **v, hd_expr_kind_t kind, const hd_expr_t *x)
{
    if (x->kind != kind) {
        v[0] = x;
        return 1;
    }
    memcpy(v, x->v, x->n * sizeof(*v));
    return x->n;
}

/* Parts of the same kind stay on one level: a long row of '|' is not deep. */
const hd_expr_t *rpc_join(hd_arena_t *a, hd_expr_kind_t kind, const hd_expr_t *x, const hd_expr_t *y)
{
    uint32_t n = (x->kind == kind ? x->n : 1) + (y->kind == kind ? y->n : 1);
    hd_expr_t *both = hd_expr_new(a, kind, n);
    uint32_t at = put_parts(both->v, kind, x);
    (void) put_parts(both->v + at, kind, y);
    return both;
}

/* As Odoo does it: what is neither before nor after has no opposite order, so an unset value stays out of both. */
const hd_expr_t *rpc_turn(hd_arena_t *a, const hd_expr_t *x)
{
    static const uint8_t other[] = { [HD_OP_GT] = HD_OP_LTE, [HD_OP_GTE] = HD_OP_LT, [HD_OP_LT] = HD_OP_GTE,
                                     [HD_OP_LTE] = HD_OP_GT };
    if (x->kind == HD_EXPR_NOT) {
        return x->v[0];
    }
    if (x->kind == HD_EXPR_TEST && x->test.op >= HD_OP_GT && x->test.op <= HD_OP_LTE) {
        hd_filter_t f = x->test;
        f.op = other[f.op];
        return hd_expr_test(a, &f);
    }
    if (x->kind == HD_EXPR_TEST) {
        return hd_expr_not(a, x);
    }
    hd_expr_t *n = hd_expr_new(a, x->kind == HD_EXPR_AND ? HD_EXPR_OR : HD_EXPR_AND, x->n);
    for (uint32_t i = 0; i < x->n; i++) {
        n->v[i] = rpc_turn(a, x->v[i]);
    }
    return n;
}

/* No record has the id 0. */
const hd_expr_t *rpc_always(hd_arena_t *a, bool holds)
{
    hd_filter_t f = { .field = HD_F_id, .op = holds ? HD_OP_NE : HD_OP_EQ, .n = 1, .num = hd_alloc(a, sizeof(int64_t)) };
    return hd_expr_test(a, &f);
}

bool rpc_is_empty(const hd_jval_t *v)
{
    return v == NULL || hd_jtype(v) == HD_J_NULL || (hd_jtype(v) == HD_J_BOOL && !hd_jbool(v));
}

/* ---- reading ---- */

static hd_code_t bad_domain(rpc_reader_t *r, const char *why)
{
    return rpc_fail(r->rpc, "builtins.ValueError", "Invalid domain: %s", why);
}

static const struct {
    const char *name;
    rpc_op_t    op;
    bool        turned, maybe;   /* maybe: "=?" */
} ops[] = {
    { "=", RPC_OP_EQ, false, false }, { "==", RPC_OP_EQ, false, false }, { "=?", RPC_OP_EQ, false, true },
    { "!=", RPC_OP_EQ, true, false }, { "<>", RPC_OP_EQ, true, false },
    { ">", RPC_OP_GT, false, false }, { ">=", RPC_OP_GTE, false, false },
    { "<", RPC_OP_LT, false, false }, { "<=", RPC_OP_LTE, false, false },
    { "like", RPC_OP_LIKE, false, false }, { "not like", RPC_OP_LIKE, true, false },
    { "ilike", RPC_OP_ILIKE, false, false }, { "not ilike", RPC_OP_ILIKE, true, false },
    { "=like", RPC_OP_ELIKE, false, false }, { "not =like", RPC_OP_ELIKE, true, false },
    { "=ilike", RPC_OP_EILIKE, false, false }, { "not =ilike", RPC_OP_EILIKE, true, false },
    { "in", RPC_OP_IN, false, false }, { "not in", RPC_OP_IN, true, false },
    { "child_of", RPC_OP_CHILD, false, false }, { "parent_of", RPC_OP_PARENT, false, false },
    { "any", RPC_OP_ANY, false, false }, { "not any", RPC_OP_ANY, true, false },
};

static bool take_op(hd_str_t name, rpc_leaf_t *ret, bool *ret_maybe)
{
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (hd_str_ieq(name, hd_str(ops[i].name))) {
            ret->op = ops[i].op;
            ret->turned = ops[i].turned;
            *ret_maybe = ops[i].maybe;
            return true;
        }
    }
    return false;
}

/* (1, '=', 1) and (0, '=', 1): the leaves of programs that put domains together. */
static bool take_constant(rpc_reader_t *r, const hd_jval_t *leaf, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    const hd_jval_t *left = hd_jat(leaf, 0);
    if (hd_jtype(left) != HD_J_INT || hd_jtype(l->value) != HD_J_INT || l->op != RPC_OP_EQ) {
        return false;
    }
    *ret = rpc_always(r->rpc->cx->arena, (hd_jint(left) == hd_jint(l->value)) != l->turned);
    return true;
}

static hd_code_t read_leaf(rpc_reader_t *r, const rpc_model_t *m, const hd_jval_t *leaf, const hd_expr_t **ret)
{
    rpc_leaf_t l = { .turned = false };
    bool maybe = false;
    if (hd_jlen(leaf) != 3 || hd_jtype(hd_jat(leaf, 1)) != HD_J_STR) {
        return bad_domain(r, "a condition is a list of a field, an operator and a value.");
    }
    if (!take_op(hd_jstr(hd_jat(leaf, 1)), &l, &maybe)) {
        return bad_domain(r, "there is no such operator.");
    }
    if (r->terms++ == RPC_DOMAIN_TERMS) {
        return bad_domain(r, "there are too many conditions.");
    }
    l.value = hd_jat(leaf, 2);
    if (take_constant(r, leaf, &l, ret)) {
        return HD_OK;
    }
    if (hd_jtype(hd_jat(leaf, 0)) != HD_J_STR) {
        return bad_domain(r, "a condition begins with the name of a field.");
    }
    l.name = hd_jstr(hd_jat(leaf, 0));
    if (maybe && rpc_is_empty(l.value)) {
        *ret = rpc_always(r->rpc->cx->arena, true);
        return HD_OK;
    }
    if (l.op == RPC_OP_EQ && hd_jtype(l.value) == HD_J_ARR) {
        l.op = RPC_OP_IN;
    }
    return rpc_leaf(r, m, &l, ret);
}

typedef struct {
    const hd_expr_t *x;
    unsigned         depth;
} entry_t;

typedef struct {
    entry_t v[RPC_DOMAIN_TERMS + 1];
    size_t  n;
} stack_t;

/* One operator takes its parts from the stack and leaves what they make. */
static hd_code_t apply(rpc_reader_t *r, stack_t *s, char op)
{
    hd_arena_t *a = r->rpc->cx->arena;
    if (s->n < (op == '!' ? 1u : 2u)) {
        return bad_domain(r, "an operator lacks its conditions.");
    }
    entry_t *top = &s->v[s->n - 1];
    if (op == '!') {
        top->x = rpc_turn(a, top->x);
        top->depth++;
    } else {
        hd_expr_kind_t kind = op == '&' ? HD_EXPR_AND : HD_EXPR_OR;
        entry_t *under = top - 1;
        unsigned x = top->depth + (top->x->kind != kind), y = under->depth + (under->x->kind != kind);
        *under = (entry_t){ rpc_join(a, kind, top->x, under->x), x > y ? x : y };
        top = under;
        s->n--;
    }
    return r->depth + top->depth > RPC_DOMAIN_DEPTH ? bad_domain(r, "it is nested too deeply.") : HD_OK;
}

static hd_code_t read_element(rpc_reader_t *r, const rpc_model_t *m, const hd_jval_t *e, stack_t *s)
{
    if (hd_jtype(e) == HD_J_STR) {
        hd_str_t op = hd_jstr(e);
        bool known = op.len == 1 && (op.data[0] == '&' || op.data[0] == '|' || op.data[0] == '!');
        return known ? apply(r, s, op.data[0]) : bad_domain(r, "between conditions stand '&', '|' and '!' only.");
    }
    if (hd_jtype(e) != HD_J_ARR) {
        return bad_domain(r, "a condition is a list of a field, an operator and a value.");
    }
    const hd_expr_t *x = NULL;
    hd_code_t code = read_leaf(r, m, e, &x);
    if (code == HD_OK) {
        s->v[s->n++] = (entry_t){ x, 0 };        /* as many as conditions at most: read_leaf counts them */
    }
    return code;
}

static bool is_absent(const hd_jval_t *domain)
{
    return rpc_is_empty(domain) || (hd_jtype(domain) == HD_J_STR && hd_jstr(domain).len == 0);
}

hd_code_t rpc_domain_inner(rpc_reader_t *r, const rpc_model_t *m, const hd_jval_t *domain, const hd_expr_t **ret)
{
    *ret = NULL;
    if (is_absent(domain)) {
        return HD_OK;
    }
    if (hd_jtype(domain) != HD_J_ARR) {
        return bad_domain(r, "it is a list.");
    }
    if (r->depth++ >= RPC_DOMAIN_DEPTH) {
        return bad_domain(r, "it is nested too deeply.");
    }
    stack_t *s = hd_alloc(r->rpc->cx->arena, sizeof(*s));
    hd_code_t code = HD_OK;
    for (size_t i = hd_jlen(domain); i > 0 && code == HD_OK; i--) {
        code = read_element(r, m, hd_jat(domain, i - 1), s);
    }
    while (code == HD_OK && s->n > 1) {
        code = apply(r, s, '&');
    }
    r->depth--;
    *ret = code == HD_OK && s->n != 0 ? s->v[0].x : NULL;
    return code;
}

/* ---- archived records ---- */

static int active_field(const rpc_model_t *m)
{
    int i = hd_field_index(rpc_entity(m), HD_STR("active"));
    return i >= 0 && rpc_entity(m)->fields[i].kind == HD_K_BOOL ? i : -1;
}

const hd_expr_t *rpc_in_force(hd_arena_t *a, const rpc_model_t *m, const hd_expr_t *x, bool archived_too)
{
    int i = active_field(m);
    if (i < 0 || hd_expr_names(x, (unsigned) i)) {
        return x;
    }
    hd_filter_t f = { .field = (uint16_t) i, .op = archived_too ? HD_OP_IN : HD_OP_EQ, .n = archived_too ? 2 : 1 };
    f.num = hd_alloc_n(a, 2, sizeof(*f.num));
    f.num[archived_too ? 1 : 0] = 1;
    return hd_expr_and(a, x, hd_expr_test(a, &f));
}

/* ---- the door ---- */

hd_code_t rpc_domain(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *domain, const hd_expr_t **ret)
{
    rpc_reader_t r = { .rpc = rpc };
    const hd_expr_t *x = NULL;
    hd_code_t code = rpc_domain_inner(&r, m, domain, &x);
    if (code == HD_OK) {
        *ret = rpc_in_force(rpc->cx->arena, m, x, !rpc->context.active_test);
    }
    return code;
}
