/*
 * What reading shares: columns of an answer, lists in an order (rpc_read.c, rpc_search.c, rpc_find.c, rpc_group.c, rpc_fields.c).
 */
#ifndef HD_RPC_QUERY_H
#define HD_RPC_QUERY_H

#include "rpc_impl.h"

#define RPC_ROWS_MAX   10000     /* records one answer shows */
#define RPC_FOUND_MAX  100000    /* numbers one search gives, records one grouping looks at */
#define RPC_LIGHT_ROWS 200       /* a read of so many is no long work */

/* ---- columns: the fields of an answer (rpc_read.c) ---- */

typedef struct {
    const rpc_field_t *f;
    const hd_field_t  *own;
    const rpc_model_t *to;
    hd_str_t           key;      /* "name": */
} rpc_column_t;
typedef struct {
    const rpc_model_t *m;
    rpc_column_t      *v;
    size_t             n;
    bool               view;     /* a column shows what the desk fills in */
} rpc_columns_t;
/* NULL, false and []: every field the actor sees.  ValueError for a name that is none. */
hd_code_t rpc_columns(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *fields, rpc_columns_t *ret);
void rpc_put_record(rpc_t *rpc, const rpc_columns_t *cs, const void *rec, hd_json_t *out);
void rpc_put_pair(rpc_t *rpc, const rpc_model_t *m, const void *rec, hd_json_t *out);    /* [id, name] */
hd_code_t rpc_fits(rpc_t *rpc);          /* UserError when the answer has grown too long, or the fault a value has left */
bool rpc_is_bare(const rpc_t *rpc, unsigned place);      /* load=null, at its place or by name */
/* The field as far as the actor sees it; NULL.  And the fault for one that is none. */
const rpc_field_t *rpc_field_named(rpc_t *rpc, const rpc_model_t *m, hd_str_t name);
hd_code_t rpc_no_field(rpc_t *rpc, const rpc_model_t *m, hd_str_t name);
hd_code_t rpc_missing(rpc_t *rpc, hd_id_t id);
/* Is one of these fields worked out by a query of its own? */
bool rpc_names_slow(const rpc_model_t *m, const hd_jval_t *fields);

/*
 * All records that match, as they stand, in no order; fn keeps nothing of rec but copies.  HD_E_BROAD:
 * more than RPC_FOUND_MAX (rpc_find.c).
 */
hd_code_t rpc_each(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, void (*fn)(void *arg, const void *rec), void *arg);

/* ---- orders (rpc_order.c) ---- */

typedef struct {
    hd_sort_t v[HD_SORT_MAX];
    size_t    n;                 /* 0: the default order of the desk */
} rpc_sort_t;
hd_code_t rpc_order(rpc_t *rpc, const rpc_model_t *m, hd_str_t order, rpc_sort_t *ret);
/* Is a before b?  Negative, 0, positive. */
int rpc_compare(hd_arena_t *a, const hd_entity_t *e, const rpc_sort_t *s, const void *x, const void *y);

/* The condition as a query of tickets: keys that choose an index, `active`, and the rest (rpc_find.c). */
void rpc_ticket_query(hd_arena_t *a, const hd_expr_t *where, hd_ticket_query_t *ret);

/* ---- parameters (rpc_search.c) ---- */

/* A number that may be missing, null, "" or false (all 0); ValueError. */
hd_code_t rpc_arg_number(rpc_t *rpc, unsigned place, const char *name, uint64_t *ret);
hd_code_t rpc_arg_text(rpc_t *rpc, unsigned place, const char *name, hd_str_t *ret);

/* ---- facts about fields (rpc_fields.c) ---- */

const char *rpc_kind_name(rpc_kind_t kind);              /* "many2one" */
hd_str_t rpc_field_label(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f);
bool rpc_is_required(const rpc_model_t *m, const rpc_field_t *f);
bool rpc_is_readonly(const rpc_model_t *m, const rpc_field_t *f);
bool rpc_is_stored(const rpc_model_t *m, const rpc_field_t *f);
bool rpc_is_sortable(const rpc_model_t *m, const rpc_field_t *f);        /* rpc_order.c */
bool rpc_is_groupable(const rpc_model_t *m, const rpc_field_t *f);       /* rpc_order.c */

#endif
