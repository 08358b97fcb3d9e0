/*
 * Conditions on related records: the related ones that fit are looked up first, as the actor sees them, and the condition
 * becomes one on their ids.  Archived ones count behind a many2one and by name, as in Odoo; in lists they do not.
 */
#include "rpc_domain.h"
#include "rpc_query.h"
#include "rpc_values.h"

#define TREE_DEPTH 100                   /* generations child_of and parent_of follow */

typedef struct {
    int64_t *v;
    size_t   n;
} nums_t;

static hd_arena_t *arena(const rpc_reader_t *r)
{
    return r->rpc->cx->arena;
}

static hd_code_t too_many(rpc_reader_t *r, const rpc_model_t *m)
{
    return rpc_fail(r->rpc, "odoo.exceptions.UserError",
                    "More than %d records of %s match a condition of the domain. Narrow it.", HD_NUMS_MAX, m->name);
}

static hd_code_t find_ids(rpc_reader_t *r, const rpc_model_t *m, const hd_expr_t *where, nums_t *ret)
{
    hd_id_t *ids = NULL;
    size_t n = 0;
    hd_code_t code = rpc_find(r->rpc, m, where, HD_STR("id"), 0, HD_NUMS_MAX + 1, &ids, &n);
    if (code != HD_OK || n > HD_NUMS_MAX) {
        return code != HD_OK ? code : too_many(r, m);
    }
    ret->v = hd_alloc_n(arena(r), n + 1, sizeof(*ret->v));
    ret->n = n;
    for (size_t i = 0; i < n; i++) {
        ret->v[i] = (int64_t) ids[i];
    }
    return HD_OK;
}

/* Has the record a list of its own, or is the relation the other record's? */
static bool is_list(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own == NULL || own->kind == HD_K_REFS;
}

/* ---- lists that other records make: their field that names the record ---- */

int rpc_inverse_of(const rpc_model_t *m, const rpc_field_t *f, const rpc_model_t *related)
{
    static const struct { uint8_t type; const char *name, *inverse; } known[] = {
        { HD_CONTACT, "child_ids", "parent_id" }, { HD_CONTACT, "user_ids", "partner_id" },
        { HD_TICKET, "activity_ids", "ticket_id" }, { HD_TICKET, "message_ids", "ticket_id" },
        { HD_TICKET, "attachment_ids", "ticket_id" }, { HD_TEAM, "message_ids", "team_id" },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (m->type == known[i].type && hd_str_is(hd_str(f->name), known[i].name)) {
            return hd_field_index(rpc_entity(related), hd_str(known[i].inverse));
        }
    }
    return -1;
}

typedef struct {
    rpc_t             *rpc;
    const rpc_model_t *m;
    const hd_field_t  *of;       /* which names a record */
    nums_t             named;    /* one more than allowed says that there are too many */
} naming_t;

static void add_named(void *arg, const void *rec)
{
    naming_t *x = arg;
    if (x->named.n <= HD_NUMS_MAX) {
        x->named.v[x->named.n++] = (int64_t) *(const hd_id_t *) hd_field_at(x->of, rpc_view(x->rpc, x->m, rec));
    }
}

/* Records that are named by those of `where`. */
static hd_code_t parents_of(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const hd_expr_t *where,
                            const hd_expr_t **ret)
{
    const rpc_model_t *related = rpc_relation(m, f);
    int inverse = rpc_inverse_of(m, f, related);
    naming_t x = { .rpc = r->rpc, .m = related };
    if (inverse < 0) {
        return rpc_leaf_bad(r, m, hd_str(f->name), "there is no such field to ask for.");
    }
    x.of = &rpc_entity(related)->fields[inverse];
    x.named.v = hd_alloc_raw(arena(r), (HD_NUMS_MAX + 1) * sizeof(*x.named.v));
    hd_code_t code = rpc_each(r->rpc, related, where, add_named, &x);
    if (code == HD_OK && x.named.n > HD_NUMS_MAX) {
        code = too_many(r, related);
    }
    return code == HD_OK ? rpc_leaf_nums(r, m, HD_F_id, HD_OP_IN, x.named.v, x.named.n, ret) : code;
}

static hd_code_t list_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const nums_t *ids, const hd_expr_t **ret)
{
    const rpc_model_t *related = rpc_relation(m, f);
    const hd_expr_t *x = NULL;
    bool archived = !r->rpc->context.active_test, unset = false;
    for (size_t i = 0; i < ids->n; i++) {
        unset = unset || ids->v[i] == 0;
    }
    hd_code_t code = rpc_leaf_nums(r, related, HD_F_id, HD_OP_IN, ids->v, ids->n, &x);
    if (code == HD_OK) {
        code = parents_of(r, m, f, rpc_in_force(arena(r), related, x, true), ret);
    }
    if (code == HD_OK && unset) {
        code = parents_of(r, m, f, rpc_in_force(arena(r), related, NULL, archived), &x);
        *ret = code == HD_OK ? rpc_join(arena(r), HD_EXPR_OR, *ret, rpc_turn(arena(r), x)) : NULL;
    }
    return code;
}

/* ---- what a condition on a relation may compare with ---- */

static hd_code_t by_ids(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const nums_t *ids, const hd_expr_t **ret)
{
    return f->field >= 0 ? rpc_leaf_nums(r, m, (unsigned) f->field, HD_OP_IN, ids->v, ids->n, ret)
                         : list_leaf(r, m, f, ids, ret);
}

static hd_code_t by_records(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const hd_expr_t *where, bool archived,
                            const hd_expr_t **ret)
{
    const rpc_model_t *related = rpc_relation(m, f);
    nums_t ids = { 0 };
    where = rpc_in_force(arena(r), related, where, archived);
    if (f->field < 0) {
        return parents_of(r, m, f, where, ret);
    }
    hd_code_t code = find_ids(r, related, where, &ids);
    return code == HD_OK ? by_ids(r, m, f, &ids, ret) : code;
}

/* Ids of records called so. */
static hd_code_t named(rpc_reader_t *r, const rpc_model_t *related, rpc_op_t op, const hd_jval_t *value, nums_t *ret)
{
    rpc_leaf_t l = { .name = HD_STR("display_name"), .op = op, .value = value };
    const hd_expr_t *x = NULL;
    hd_code_t code = rpc_leaf_name(r, related, &l, &x);
    return code == HD_OK ? find_ids(r, related, rpc_in_force(arena(r), related, x, true), ret) : code;
}

static hd_code_t add_value(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const rpc_model_t *related,
                           const hd_jval_t *v, nums_t *ids)
{
    nums_t more = { 0 };
    if (rpc_is_empty(v) || hd_jtype(v) == HD_J_INT) {
        ids->v[ids->n] = rpc_is_empty(v) ? 0 : hd_jint(v);
        ids->n += rpc_is_empty(v) || (hd_jint(v) > 0 && hd_jint(v) <= (int64_t) HD_ID_MAX);
        return HD_OK;
    }
    if (hd_jtype(v) != HD_J_STR) {
        return rpc_leaf_bad(r, m, l->name, "the value does not fit the field.");
    }
    bool tree = l->op == RPC_OP_CHILD || l->op == RPC_OP_PARENT;
    hd_code_t code = named(r, related, tree ? RPC_OP_ILIKE : RPC_OP_EQ, v, &more);
    if (code == HD_OK) {
        int64_t *all = hd_alloc_n(arena(r), ids->n + more.n + hd_jlen(l->value) + 2, sizeof(*all));
        memcpy(all, ids->v, ids->n * sizeof(*all));
        memcpy(all + ids->n, more.v, more.n * sizeof(*all));
        *ids = (nums_t){ all, ids->n + more.n };
    }
    return code;
}

/* Ids as they stand in the value, and those of the records it names. */
static hd_code_t read_ids(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const rpc_model_t *related, nums_t *ret)
{
    bool list = hd_jtype(l->value) == HD_J_ARR;
    size_t n = list ? hd_jlen(l->value) : 1;
    nums_t ids = { hd_alloc_n(arena(r), n + 1, sizeof(int64_t)), 0 };
    hd_code_t code = n > HD_NUMS_MAX ? too_many(r, related) : HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        code = add_value(r, m, l, related, list ? hd_jat(l->value, i) : l->value, &ids);
    }
    *ret = ids;
    return code;
}

/* ---- hierarchies ---- */

/* The field that names the record's parent; -1: the model has none. */
static int parent_field(const rpc_model_t *m)
{
    int i = hd_field_index(rpc_entity(m), HD_STR("parent_id"));
    return i >= 0 && m->type != 0 && rpc_entity(m)->fields[i].ref == m->type ? i : -1;
}

static hd_code_t go_down(rpc_reader_t *r, const rpc_model_t *m, unsigned parent, hd_ids_t *all)
{
    hd_code_t code = HD_OK;
    hd_ids_t edge = *all;
    for (unsigned level = 0; edge.n != 0 && level < TREE_DEPTH && code == HD_OK; level++) {
        const hd_expr_t *x = NULL;
        nums_t found = { hd_alloc_n(arena(r), edge.n, sizeof(int64_t)), edge.n };
        for (uint32_t i = 0; i < edge.n; i++) {
            found.v[i] = (int64_t) edge.v[i];
        }
        code = rpc_leaf_nums(r, m, parent, HD_OP_IN, found.v, found.n, &x);
        code = code == HD_OK ? find_ids(r, m, rpc_in_force(arena(r), m, x, true), &found) : code;
        hd_id_t *v = hd_alloc_n(arena(r), found.n + all->n + 1, sizeof(*v));
        size_t n = 0;
        for (size_t i = 0; code == HD_OK && i < found.n; i++) {
            v[n] = (hd_id_t) found.v[i];
            n += !hd_ids_has(*all, v[n]);
        }
        edge = hd_ids_make(arena(r), v, n);
        memcpy(v + n, all->v, all->n * sizeof(*v));
        *all = hd_ids_make(arena(r), v, n + all->n);
        code = code == HD_OK && all->n > HD_NUMS_MAX ? too_many(r, m) : code;
    }
    return code;
}

static hd_code_t go_up(rpc_reader_t *r, const rpc_model_t *m, unsigned parent, hd_ids_t *all)
{
    hd_ids_t from = *all;
    for (uint32_t i = 0; i < from.n; i++) {
        hd_id_t id = from.v[i];
        for (unsigned level = 0; id != 0 && level < TREE_DEPTH; level++) {
            void *rec = NULL;
            *all = hd_ids_with(arena(r), *all, id);
            hd_code_t code = rpc_get(r->rpc, m, id, &rec);
            if (code != HD_OK && code != HD_E_NOT_FOUND) {
                return code;
            }
            id = code == HD_OK ? *(const hd_id_t *) hd_field_at(&rpc_entity(m)->fields[parent], rec) : 0;
        }
    }
    return HD_OK;
}

/* The ids of the value, and all below or above them; a model without parents knows only the ids themselves. */
static hd_code_t read_tree(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const rpc_model_t *related, nums_t *ret)
{
    int parent = parent_field(related);
    hd_code_t code = read_ids(r, m, l, related, ret);
    if (code != HD_OK) {
        return code;
    }
    hd_id_t *v = hd_alloc_n(arena(r), ret->n + 1, sizeof(*v));
    for (size_t i = 0; i < ret->n; i++) {
        v[i] = (hd_id_t) ret->v[i];
    }
    hd_ids_t all = hd_ids_make(arena(r), v, ret->n);
    if (parent >= 0) {
        code = l->op == RPC_OP_CHILD ? go_down(r, related, (unsigned) parent, &all) : go_up(r, related, (unsigned) parent, &all);
    }
    ret->v = hd_alloc_n(arena(r), all.n + 1, sizeof(*ret->v));
    ret->n = all.n;
    for (uint32_t i = 0; i < all.n; i++) {
        ret->v[i] = (int64_t) all.v[i];
    }
    return code;
}

hd_code_t rpc_leaf_tree(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    nums_t ids = { 0 };
    hd_code_t code = read_tree(r, m, l, m, &ids);
    return code == HD_OK ? rpc_leaf_nums(r, m, HD_F_id, HD_OP_IN, ids.v, ids.n, ret) : code;
}

/* ---- the conditions ---- */

static hd_code_t any_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    const hd_expr_t *inner = NULL;
    hd_code_t code = rpc_domain_inner(r, rpc_relation(m, f), l->value, &inner);
    bool archived = !is_list(m, f) || !r->rpc->context.active_test;
    return code == HD_OK ? by_records(r, m, f, inner, archived, ret) : code;
}

hd_code_t rpc_leaf_related(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l,
                           const hd_expr_t **ret)
{
    const rpc_model_t *related = rpc_relation(m, f);
    nums_t ids = { 0 };
    hd_code_t code;
    if (related == NULL) {
        return rpc_leaf_bad(r, m, l->name, "there is no such field to ask for.");
    }
    switch (l->op) {
    case RPC_OP_ANY:
        return any_leaf(r, m, f, l, ret);
    case RPC_OP_EQ:
    case RPC_OP_IN:
        code = read_ids(r, m, l, related, &ids);
        break;
    case RPC_OP_CHILD:
    case RPC_OP_PARENT:
        code = read_tree(r, m, l, related, &ids);
        break;
    case RPC_OP_LIKE:
    case RPC_OP_ILIKE:
    case RPC_OP_ELIKE:
    case RPC_OP_EILIKE:
        code = named(r, related, l->op, l->value, &ids);
        break;
    default:
        return rpc_leaf_bad(r, m, l->name, "this field cannot be compared in that way.");
    }
    return code == HD_OK ? by_ids(r, m, f, &ids, ret) : code;
}

hd_code_t rpc_leaf_path(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, hd_str_t rest, const rpc_leaf_t *l,
                        const hd_expr_t **ret)
{
    rpc_leaf_t inner = *l;
    const hd_expr_t *x = NULL;
    if (r->depth++ >= RPC_DOMAIN_DEPTH) {
        return rpc_leaf_bad(r, m, l->name, "the path is too long.");
    }
    inner.name = rest;
    hd_code_t code = rpc_leaf(r, rpc_relation(m, f), &inner, &x);
    r->depth--;
    bool archived = !is_list(m, f) || !r->rpc->context.active_test;
    return code == HD_OK ? by_records(r, m, f, x, archived, ret) : code;
}
