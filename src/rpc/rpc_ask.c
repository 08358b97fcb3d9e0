/*
 * Conditions on fields that the record holds in another way than Odoo names them.
 */
#include "rpc_domain.h"
#include "rpc_show.h"

/* ---- building ---- */

const hd_expr_t *rpc_expr_in(rpc_t *rpc, unsigned field, const int64_t *v, size_t n)
{
    hd_arena_t *a = rpc->cx->arena;
    hd_filter_t f = { .field = (uint16_t) field, .op = n == 1 ? HD_OP_EQ : HD_OP_IN, .n = (uint32_t) n };
    if (n == 0) {
        return rpc_always(a, false);
    }
    f.num = hd_alloc_n(a, n, sizeof(int64_t));
    memcpy(f.num, v, n * sizeof(int64_t));
    return hd_expr_test(a, &f);
}

/* x NULL: none so far. */
static const hd_expr_t *either(rpc_t *rpc, const hd_expr_t *x, const hd_expr_t *y)
{
    return x == NULL ? y : rpc_join(rpc->cx->arena, HD_EXPR_OR, x, y);
}

/* ---- what is asked for: a list of values, or of all others ---- */

typedef struct {
    const hd_jval_t *one;
    size_t           n;
    bool             list, negated;
} asked_t;

static const hd_jval_t *asked_at(const asked_t *a, size_t i)
{
    return a->list ? hd_jat(a->one, i) : a->one;
}

/* =, !=, in, not in: what these fields can be compared by. */
static hd_code_t read_asked(rpc_t *rpc, hd_str_t op, const hd_jval_t *value, asked_t *ret)
{
    bool no = hd_str_is(op, "!=") || hd_str_is(op, "<>") || hd_str_is(op, "not in");
    if (!no && !hd_str_is(op, "=") && !hd_str_is(op, "==") && !hd_str_is(op, "in") && !hd_str_is(op, "=?")) {
        return rpc_fail(rpc, "builtins.ValueError", "This field is compared by =, !=, in and not in only.");
    }
    *ret = (asked_t){ .one = value, .list = hd_jtype(value) == HD_J_ARR, .negated = no };
    ret->n = ret->list ? hd_jlen(value) : 1;
    return ret->n <= HD_LIST_MAX ? HD_OK : rpc_fail(rpc, "builtins.ValueError", "At most %d values can be compared.", HD_LIST_MAX);
}

/* x NULL: no record can be what was asked for. */
static const hd_expr_t *settle(rpc_t *rpc, const asked_t *a, const hd_expr_t *x)
{
    x = x != NULL ? x : rpc_always(rpc->cx->arena, false);
    return a->negated ? hd_expr_not(rpc->cx->arena, x) : x;
}

static bool is_truth(const hd_jval_t *v)
{
    switch (hd_jtype(v)) {
    case HD_J_BOOL: return hd_jbool(v);
    case HD_J_INT:  return hd_jint(v) != 0;
    default:        return false;
    }
}

/* A question of yes and no: `yes` holds of the records for which the field is true. */
static hd_code_t ask_truth(rpc_t *rpc, hd_str_t op, const hd_jval_t *value, const hd_expr_t *yes, const hd_expr_t **ret)
{
    asked_t a;
    const hd_expr_t *x = NULL;
    hd_code_t code = read_asked(rpc, op, value, &a);
    for (size_t i = 0; code == HD_OK && i < a.n; i++) {
        x = either(rpc, x, is_truth(asked_at(&a, i)) ? yes : hd_expr_not(rpc->cx->arena, yes));
    }
    *ret = code == HD_OK ? settle(rpc, &a, x) : NULL;
    return code;
}

/* Reads one value; false: no record can have it. */
typedef bool (*read_t)(const hd_jval_t *v, int64_t *ret);

static size_t read_numbers(rpc_t *rpc, const asked_t *a, read_t read, int64_t **ret)
{
    size_t n = 0;
    *ret = hd_alloc_n(rpc->cx->arena, a->n + 1, sizeof(**ret));
    for (size_t i = 0; i < a->n; i++) {
        n += read(asked_at(a, i), &(*ret)[n]);
    }
    return n;
}

static hd_code_t ask_numbers(rpc_t *rpc, hd_str_t op, const hd_jval_t *value, unsigned field, read_t read, const hd_expr_t **ret)
{
    asked_t a;
    int64_t *v;
    hd_code_t code = read_asked(rpc, op, value, &a);
    if (code == HD_OK) {
        size_t n = read_numbers(rpc, &a, read, &v);
        *ret = settle(rpc, &a, rpc_expr_in(rpc, field, v, n));
    }
    return code;
}

/* ---- fields ---- */

static bool read_ref(const hd_jval_t *v, int64_t *ret)
{
    uint64_t id;
    if (hd_jtype(v) != HD_J_STR || hd_jstr(v).len < 5 || !hd_str_to_u64(hd_jstr(v), &id) || id > HD_ID_MAX) {
        return false;
    }
    *ret = (int64_t) id;
    return true;
}

RPC_ASK(ticket_ref)
{
    (void) m;
    return ask_numbers(rpc, op, value, HD_F_id, read_ref, ret);
}

/* lt_LT is lt. */
RPC_ASK(lang)
{
    asked_t a;
    unsigned field = (unsigned) hd_field_index(rpc_entity(m), HD_STR("lang"));
    hd_code_t code = read_asked(rpc, op, value, &a);
    if (code != HD_OK) {
        return code;
    }
    hd_filter_t f = { .field = (uint16_t) field, .op = HD_OP_IN, .n = (uint32_t) a.n };
    f.text = hd_alloc_n(rpc->cx->arena, a.n + 1, sizeof(hd_str_t));
    for (size_t i = 0; i < a.n; i++) {
        const hd_jval_t *one = asked_at(&a, i);
        hd_str_t s = hd_jtype(one) == HD_J_STR ? hd_jstr(one) : HD_STR("");
        f.text[i] = hd_text_fold(rpc->cx->arena, (hd_str_t){ s.len > 2 && s.data[2] == '_' ? 2 : s.len, s.data });
    }
    *ret = settle(rpc, &a, a.n == 0 ? NULL : hd_expr_test(rpc->cx->arena, &f));
    return HD_OK;
}

RPC_ASK(share)
{
    static const int64_t portal[] = { HD_ROLE_PORTAL };
    (void) m;
    return ask_truth(rpc, op, value, rpc_expr_in(rpc, HD_USER_F_role, portal, 1), ret);
}

RPC_ASK(groups)
{
    static const int64_t internal[] = { HD_ROLE_NONE, HD_ROLE_USER, HD_ROLE_ADMIN }, portal[] = { HD_ROLE_PORTAL },
                         users[] = { HD_ROLE_USER, HD_ROLE_ADMIN }, admins[] = { HD_ROLE_ADMIN };
    static const struct { const int64_t *v; size_t n; } of[] = { { internal, 3 }, { portal, 1 }, { users, 2 }, { admins, 1 } };
    asked_t a;
    const hd_expr_t *x = NULL;
    hd_code_t code = read_asked(rpc, op, value, &a);
    (void) m;
    for (size_t i = 0; code == HD_OK && i < a.n; i++) {
        const hd_jval_t *one = asked_at(&a, i);
        int64_t id = hd_jtype(one) == HD_J_INT ? hd_jint(one) : 0;
        if (id >= RPC_GROUP_INTERNAL && id <= RPC_GROUP_ADMIN) {
            x = either(rpc, x, rpc_expr_in(rpc, HD_USER_F_role, of[id - 1].v, of[id - 1].n));
        }
    }
    *ret = code == HD_OK ? settle(rpc, &a, x) : NULL;
    return code;
}

/* The field that names the document of this model; -1: records of m never belong to one. */
static int document_field(const rpc_model_t *m, const char *model)
{
    return hd_field_index(rpc_entity(m), strcmp(model, "helpdesk.team") == 0 ? HD_STR("team_id") : HD_STR("ticket_id"));
}

static const char *const documents[] = { "helpdesk.ticket", "helpdesk.team" };
#define DOCUMENTS (sizeof(documents) / sizeof(documents[0]))

RPC_ASK(document_model)
{
    static const int64_t none[] = { 0 };
    asked_t a;
    const hd_expr_t *x = NULL;
    hd_code_t code = read_asked(rpc, op, value, &a);
    for (size_t i = 0; code == HD_OK && i < a.n; i++) {
        const hd_jval_t *one = asked_at(&a, i);
        hd_str_t name = hd_jtype(one) == HD_J_STR ? hd_jstr(one) : HD_STR("");
        for (size_t k = 0; k < DOCUMENTS; k++) {
            int field = document_field(m, documents[k]);
            if (field >= 0 && hd_str_is(name, documents[k])) {
                x = either(rpc, x, hd_expr_not(rpc->cx->arena, rpc_expr_in(rpc, (unsigned) field, none, 1)));
            }
        }
    }
    *ret = code == HD_OK ? settle(rpc, &a, x) : NULL;
    return code;
}

static bool read_id(const hd_jval_t *v, int64_t *ret)
{
    *ret = hd_jint(v);
    return hd_jtype(v) == HD_J_INT && hd_jint(v) > 0;
}

RPC_ASK(document_id)
{
    asked_t a;
    int64_t *v;
    const hd_expr_t *x = NULL;
    hd_code_t code = read_asked(rpc, op, value, &a);
    if (code != HD_OK) {
        return code;
    }
    size_t n = read_numbers(rpc, &a, read_id, &v);
    for (size_t k = 0; k < DOCUMENTS; k++) {
        int field = document_field(m, documents[k]);
        if (field >= 0) {
            x = either(rpc, x, rpc_expr_in(rpc, (unsigned) field, v, n));
        }
    }
    *ret = settle(rpc, &a, x);
    return HD_OK;
}

static bool read_subtype(const hd_jval_t *v, int64_t *ret)
{
    *ret = hd_jint(v) - RPC_SUBTYPE_COMMENT;
    return hd_jtype(v) == HD_J_INT && hd_jint(v) >= RPC_SUBTYPE_COMMENT && hd_jint(v) <= RPC_SUBTYPE_ACTIVITY;
}

RPC_ASK(subtype)
{
    (void) m;
    return ask_numbers(rpc, op, value, HD_MESSAGE_F_subtype, read_subtype, ret);
}

RPC_ASK(is_internal)
{
    static const int64_t inside[] = { HD_SUB_NOTE, HD_SUB_ACTIVITY };
    (void) m;
    return ask_truth(rpc, op, value, rpc_expr_in(rpc, HD_MESSAGE_F_subtype, inside, 2), ret);
}
