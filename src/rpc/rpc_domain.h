/*
 * What the files of domains share (rpc_domain.c, rpc_leaf.c, rpc_path.c).
 */
#ifndef HD_RPC_DOMAIN_H
#define HD_RPC_DOMAIN_H

#include "rpc_impl.h"

#define RPC_DOMAIN_DEPTH 32              /* levels of operators, paths and sub-domains together */
#define RPC_DOMAIN_TERMS 200             /* conditions, those of sub-domains too */

/* Operators without their opposites, which are read as a turned one. */
typedef enum {
    RPC_OP_EQ, RPC_OP_GT, RPC_OP_GTE, RPC_OP_LT, RPC_OP_LTE, RPC_OP_LIKE, RPC_OP_ILIKE, RPC_OP_ELIKE, RPC_OP_EILIKE,
    RPC_OP_IN, RPC_OP_CHILD, RPC_OP_PARENT, RPC_OP_ANY, RPC_OP_COUNT
} rpc_op_t;
extern const char *const rpc_op_names[RPC_OP_COUNT];     /* as Odoo writes them */

typedef struct {
    rpc_t   *rpc;
    unsigned terms, depth;
} rpc_reader_t;

typedef struct {
    hd_str_t         name;       /* "partner_id.email" */
    rpc_op_t         op;
    bool             turned;     /* the opposite of op */
    const hd_jval_t *value;
} rpc_leaf_t;

/* ---- rpc_domain.c ---- */

const hd_expr_t *rpc_join(hd_arena_t *a, hd_expr_kind_t kind, const hd_expr_t *x, const hd_expr_t *y);
const hd_expr_t *rpc_turn(hd_arena_t *a, const hd_expr_t *x);        /* its opposite; an order's is the other order */
const hd_expr_t *rpc_always(hd_arena_t *a, bool holds);              /* every record, or none */
/* A domain inside another one: no condition on `active` but its own.  NULL when it is empty. */
hd_code_t rpc_domain_inner(rpc_reader_t *r, const rpc_model_t *m, const hd_jval_t *domain, const hd_expr_t **ret);
/* x of records in force, or of all; x as it stands where it asks about `active` itself or the model has none. */
const hd_expr_t *rpc_in_force(hd_arena_t *a, const rpc_model_t *m, const hd_expr_t *x, bool archived_too);
bool rpc_is_empty(const hd_jval_t *v);                               /* null or false: unset */

/* ---- rpc_leaf.c ---- */

hd_code_t rpc_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret);
hd_code_t rpc_leaf_bad(rpc_reader_t *r, const rpc_model_t *m, hd_str_t name, const char *why);
/* The condition on a number field: any of n values. */
hd_code_t rpc_leaf_nums(rpc_reader_t *r, const rpc_model_t *m, unsigned field, hd_op_t op, const int64_t *v, size_t n,
                        const hd_expr_t **ret);
/* The condition on what a record is called. */
hd_code_t rpc_leaf_name(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret);

/* ---- rpc_path.c ---- */

/* A condition on a relation itself: ids, names, a sub-domain, a hierarchy. */
hd_code_t rpc_leaf_related(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l,
                           const hd_expr_t **ret);
/* "f.rest op value" */
hd_code_t rpc_leaf_path(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, hd_str_t rest, const rpc_leaf_t *l,
                        const hd_expr_t **ret);
/* id child_of / parent_of */
hd_code_t rpc_leaf_tree(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret);

#endif
