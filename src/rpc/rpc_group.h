/*
 * Groups of records and what is added up over them: what rpc_group.c (the methods) and rpc_group_rows.c (the work) share.
 */
#ifndef HD_RPC_GROUP_H
#define HD_RPC_GROUP_H

#include "rpc_query.h"

#define RPC_BY_MAX     5         /* fields records are grouped by */
#define RPC_AGG_MAX    50
#define RPC_GROUPS_MAX 10000

typedef enum { RPC_P_NONE, RPC_P_HOUR, RPC_P_DAY, RPC_P_WEEK, RPC_P_MONTH, RPC_P_QUARTER, RPC_P_YEAR } rpc_period_t;
typedef struct {
    hd_str_t           spec;     /* "create_date:month" */
    const rpc_field_t *f;
    const hd_field_t  *own;
    const rpc_model_t *to;
    rpc_period_t       period;   /* of a day or time */
} rpc_by_t;

typedef enum { RPC_SUM, RPC_AVG, RPC_MIN, RPC_MAX, RPC_COUNT, RPC_COUNT_DISTINCT, RPC_ARRAY, RPC_ALL } rpc_what_t;
typedef struct {
    hd_str_t          name;      /* under which it is answered */
    const hd_field_t *own;       /* NULL with RPC_ALL: the records themselves */
    rpc_what_t        what;
} rpc_agg_t;

typedef struct {
    int64_t  num;                /* id, option, number; of a period the instant it begins; 0 = null */
    hd_str_t text;               /* of a text */
} rpc_key_t;
typedef struct {
    uint64_t n;                  /* that are not null */
    int64_t  sum, min, max;
    int64_t *v;                  /* all of them, where they are wanted */
    size_t   cap;
} rpc_sum_t;
typedef struct {
    rpc_key_t key[RPC_BY_MAX];
    uint64_t  count;
    rpc_sum_t *sum;              /* one an aggregate */
} rpc_group_t;

typedef struct {
    rpc_t             *rpc;
    const rpc_model_t *m;
    const hd_expr_t   *where;
    rpc_by_t           by[RPC_BY_MAX];
    rpc_agg_t          agg[RPC_AGG_MAX];
    size_t             n_by, n_agg;
    hd_str_t           tz;
    rpc_group_t       *v;        /* once they are made */
    size_t             n;
} rpc_groups_t;

/* rpc_group_rows.c: makes the groups; without a field to group by there is one, even of nothing.  UserError: too much. */
hd_code_t rpc_groups_make(rpc_groups_t *g);
bool rpc_agg_value(const rpc_groups_t *g, const rpc_group_t *x, size_t agg, double *ret);     /* false: null */
/* Where the period that begins at `from` ends: instants; of a DATE days as instants in UTC. */
hd_time_t rpc_period_end(const rpc_groups_t *g, const rpc_by_t *by, hd_time_t from);

/* rpc_group_order.c: sorts by what was asked for, or by the groups themselves. */
hd_code_t rpc_groups_sort(rpc_groups_t *g, hd_str_t order);

#endif
