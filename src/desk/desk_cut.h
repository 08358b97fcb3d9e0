/*
 * What the two files of the cut share: conditions compiled to tests of columns.
 */
#ifndef HD_DESK_CUT_H
#define HD_DESK_CUT_H

#include "desk_impl.h"

#define HD_CUT_RANGES 4          /* more values than this make a set */

/* Values of a column: a bitmap where they lie close together, else sorted. */
typedef struct {
    uint32_t  n, low, span;
    uint32_t *v;
    uint64_t *bits;
} hd_cut_set_t;

typedef struct {
    uint32_t mask, lo, hi;
} hd_cut_range_t;

typedef enum { CUT_TEST, CUT_SET, CUT_ID, CUT_IDS, CUT_TEXT, CUT_ROWS, CUT_AND, CUT_OR, CUT_NOT } hd_cut_kind_t;

typedef struct hd_cut_node_s {
    uint8_t                      kind, column;
    uint32_t                     n_sure, n_maybe;
    hd_cut_range_t               sure[HD_CUT_RANGES], maybe[HD_CUT_RANGES];
    hd_cut_set_t                 set;
    const hd_filter_t           *text;   /* of CUT_TEXT, on text number `column`, which is folded */
    bool                         unsure; /* where that holds the row decides: the condition is on the text as it stands */
    uint32_t                     n;
    const struct hd_cut_node_s **v;
} hd_cut_node_t;

const hd_cut_node_t *hd_cut_compile(hd_cx_t *cx, const hd_expr_t *e);
uint32_t hd_cut_node_columns(const hd_cut_node_t *x);
/* Facts alone tell. */
bool hd_cut_node_exact(const hd_cut_node_t *x);
bool hd_cut_node_texts(const hd_cut_node_t *x);
hd_cut_set_t hd_cut_set(hd_arena_t *a, uint32_t *v, uint32_t n);       /* sorts v */

static inline int hd_cut_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
    return (x > y) - (x < y);
}

#endif
