/*
 * Lists of companies, contacts, users, teams, stages and all else that is set up: what the actor may see, in the order of
 * the type or any other, with any filter.  What a filter or a sort asks is what the actor would be shown (hd_record_view):
 * nobody learns a hidden value by asking for it.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define TAIL     8               /* sequence(4, sign flipped) id(4) */
#define SORT_MAX 100000          /* rows one sorted list may look at */

typedef struct {
    hd_cx_t          *cx;
    hd_arena_t       *row;               /* of one row that is looked at; NULL: configuration, which stays */
    const hd_expr_t  *where;
    hd_best_t        *best;              /* in the order asked for; NULL: in the order of the type */
    hd_type_t         type;
    const hd_query_t *q;
    bool              archived;          /* the query asks about `active` itself (TEAM-8) */
    int               active_field;      /* -1: the type knows no archive */
    uint32_t          limit;
    hd_page_t         page;
    uint8_t           last[TAIL];
} listing_t;

static void make_tail(hd_type_t type, const void *rec, uint8_t out[TAIL])
{
    int64_t sequence = 0;
    if (type == HD_TEAM) {
        sequence = ((const hd_team_t *) rec)->sequence;
    } else if (type == HD_STAGE) {
        sequence = ((const hd_stage_t *) rec)->sequence;
    } else if (type == HD_TICKET_TYPE) {
        sequence = ((const hd_ticket_type_t *) rec)->sequence;
    } else if (type == HD_ACTIVITY_TYPE) {
        sequence = ((const hd_activity_type_t *) rec)->sequence;
    }
    hd_put_be32(out, (uint32_t) sequence ^ UINT32_C(0x80000000));
    hd_put_be32(out + 4, (uint32_t) ((const hd_rec_t *) rec)->id);
}

static bool is_listed(const listing_t *l, const void *rec)
{
    const hd_entity_t *e = hd_entities[l->type];
    if (!l->archived && l->active_field >= 0
        && hd_field_is_empty(&e->fields[l->active_field], rec)) {
        return false;
    }
    if (!hd_sees(l->cx, l->type, rec)) {
        return false;
    }
    hd_arena_t *a = l->row != NULL ? l->row : l->cx->arena;
    return l->where == NULL || hd_expr_match(e, a, hd_record_view(l->cx, l->type, rec), l->where);
}

static void *keep_record(const listing_t *l, const void *rec)
{
    size_t size = hd_entities[l->type]->size;
    void *copy = hd_alloc(l->cx->arena, size);
    memcpy(copy, rec, size);
    return copy;
}

/* False when the page is full: rec belongs to the next one. */
static bool add_record(listing_t *l, const void *rec)
{
    if (!is_listed(l, rec)) {
        return true;
    }
    if (l->page.n == l->limit) {
        l->page.next = hd_desk_cursor(l->cx->arena, l->last, TAIL);
        return false;
    }
    l->page.v[l->page.n++] = keep_record(l, rec);
    make_tail(l->type, rec, l->last);
    return true;
}

typedef struct {
    uint8_t     tail[TAIL];
    const void *rec;
} placed_t;

static int compare_placed(const void *a, const void *b)
{
    return memcmp(((const placed_t *) a)->tail, ((const placed_t *) b)->tail, TAIL);
}

static void list_config(listing_t *l, const uint8_t *after)
{
    size_t n, kept = 0;
    const void *const *all = hd_config_all(l->cx->txn, l->type, &n);
    placed_t *v = hd_alloc_n(l->cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        make_tail(l->type, all[i], v[kept].tail);
        v[kept].rec = all[i];
        kept += after == NULL || memcmp(v[kept].tail, after, TAIL) > 0;
    }
    if (kept > 1) {
        qsort(v, kept, sizeof(*v), compare_placed);         /* STG-4 */
    }
    for (size_t i = 0; i < kept && add_record(l, v[i].rec); i++) {
    }
}

/* The row again, in memory that stays. */
static bool read_again(const listing_t *l, hd_id_t id, void *rec)
{
    return hd_row_get(l->cx->txn, l->cx->arena, l->type, id, rec) == HD_OK;
}

/* Rows by number: those an index names, where the condition has one, else all. */
typedef struct {
    hd_scan_t sc;
    hd_id_t  *ids;
    size_t    n, at;
    bool      by_index;
} rows_t;

static void begin_rows(listing_t *l, rows_t *r, hd_id_t after)
{
    l->row = hd_desk_scratch(l->cx);
    *r = (rows_t){ .at = 0 };
    r->by_index = hd_desk_candidates(l->cx, l->type, l->where, &r->ids, &r->n);
    while (r->by_index && r->at < r->n && r->ids[r->at] <= after) {
        r->at++;
    }
    if (!r->by_index) {
        hd_scan_rows(&r->sc, l->cx->txn, l->type, after);
    }
}

/* False at the end; *ret_read: it is there and whole. */
static bool next_row(listing_t *l, rows_t *r, void *rec, bool *ret_read)
{
    hd_str_t key, value;
    hd_arena_reset(l->row);
    if (r->by_index) {
        *ret_read = r->at < r->n && hd_row_get(l->cx->txn, l->row, l->type, r->ids[r->at], rec) == HD_OK;
        return r->at++ < r->n;
    }
    if (!hd_scan_next(&r->sc, &key, &value)) {
        return false;
    }
    *ret_read = hd_scan_row(&r->sc, l->row, key, value, rec) == HD_OK;
    return true;
}

static void end_rows(rows_t *r)
{
    if (!r->by_index) {
        hd_scan_done(&r->sc);
    }
}

static void list_rows(listing_t *l, const uint8_t *after)
{
    rows_t r;
    bool read;
    void *rec = hd_alloc(l->cx->arena, hd_entities[l->type]->size);
    uint8_t looked_at[TAIL] = { 0 };
    begin_rows(l, &r, after != NULL ? hd_get_be32(after + 4) : 0);
    for (uint32_t looked = 0; next_row(l, &r, rec, &read); looked++) {
        if (looked == HD_SCAN_MAX) {
            l->page.next = hd_desk_cursor(l->cx->arena, looked_at, TAIL);
            break;
        }
        if (!read) {
            continue;
        }
        make_tail(l->type, rec, looked_at);
        if (is_listed(l, rec) && (!read_again(l, ((hd_rec_t *) rec)->id, rec) || !add_record(l, rec))) {
            break;
        }
    }
    end_rows(&r);
}

/* ---- any order ---- */

static void sort_one(listing_t *l, const void *rec)
{
    uint8_t key[HD_CURSOR_MAX];
    hd_arena_t *a = l->row != NULL ? l->row : l->cx->arena;
    const void *shown = l->row != NULL ? rec : hd_record_view(l->cx, l->type, rec);
    size_t len = hd_desk_sort_key(a, hd_entities[l->type], shown, l->q->sort, l->q->n_sort, key);
    if (l->row == NULL) {
        (void) hd_best_add(l->best, key, len, rec);
        return;
    }
    hd_id_t *id = hd_alloc(l->cx->arena, sizeof(*id));
    *id = ((const hd_rec_t *) rec)->id;
    (void) hd_best_add(l->best, key, len, id);
}

static void sort_config(listing_t *l)
{
    size_t n;
    const void *const *all = hd_config_all(l->cx->txn, l->type, &n);
    for (size_t i = 0; i < n; i++) {
        if (is_listed(l, all[i])) {
            sort_one(l, all[i]);
        }
    }
}

static hd_code_t sort_rows(listing_t *l)
{
    rows_t r;
    bool read;
    uint32_t looked = 0;
    void *rec = hd_alloc(l->cx->arena, hd_entities[l->type]->size);
    begin_rows(l, &r, 0);
    while (looked <= SORT_MAX && next_row(l, &r, rec, &read)) {
        looked++;
        if (read && is_listed(l, rec)) {
            sort_one(l, rec);
        }
    }
    end_rows(&r);
    return looked > SORT_MAX ? HD_E_BROAD : HD_OK;
}

static void take_page(listing_t *l)
{
    size_t n = hd_best_count(l->best);
    hd_str_t at = { 0, "" };
    for (size_t i = 0; i < n && i < l->limit; i++) {
        const void *rec = hd_best_at(l->best, i, &at);
        void *copy = hd_alloc(l->cx->arena, hd_entities[l->type]->size);
        if (l->row == NULL) {
            l->page.v[l->page.n++] = keep_record(l, rec);
        } else if (read_again(l, *(const hd_id_t *) rec, copy)) {
            l->page.v[l->page.n++] = copy;
        }
    }
    if (n > l->limit) {
        l->page.next = hd_desk_cursor(l->cx->arena, at.data, at.len);
    }
}

static hd_code_t list_sorted(listing_t *l)
{
    uint8_t key[HD_CURSOR_MAX];
    size_t len = 0;
    hd_code_t code = HD_OK;
    if (l->q->after.len != 0 && !hd_desk_cursor_read_any(l->q->after, key, &len)) {
        return HD_E_CURSOR;
    }
    l->best = hd_best_make(l->cx->arena, l->limit + 1, (hd_str_t){ len, (const char *) key });
    if (hd_entities[l->type]->config) {
        sort_config(l);
    } else {
        code = sort_rows(l);
    }
    if (code == HD_OK) {
        take_page(l);
    }
    return code;
}

/* ---- the newest first: of a long table only the end is looked at ---- */

#define WINDOW 256               /* numbers looked at in one go */

static bool is_newest_first(const listing_t *l)
{
    return !hd_entities[l->type]->config && l->q->n_sort == 1 && l->q->sort[0].field == HD_F_id && l->q->sort[0].desc;
}

static hd_str_t newest_cursor(listing_t *l, hd_id_t id)
{
    uint8_t key[HD_CURSOR_MAX];
    hd_rec_t rec = { .id = id };
    size_t len = hd_desk_sort_key(l->cx->arena, hd_entities[l->type], &rec, l->q->sort, 1, key);
    return hd_desk_cursor(l->cx->arena, key, len);
}

/* Those of (from, top] that are listed, ascending. */
static size_t look_at(listing_t *l, hd_id_t from, hd_id_t top, void *rec, hd_id_t ids[WINDOW], uint32_t *looked)
{
    hd_scan_t sc;
    hd_str_t key, value;
    size_t n = 0;
    hd_scan_rows(&sc, l->cx->txn, l->type, from);
    while (hd_scan_next(&sc, &key, &value) && hd_get_be32((const uint8_t *) key.data + 1) <= top) {
        hd_arena_reset(l->row);
        (*looked)++;
        if (hd_scan_row(&sc, l->row, key, value, rec) == HD_OK && is_listed(l, rec)) {
            ids[n++] = ((const hd_rec_t *) rec)->id;
        }
    }
    hd_scan_done(&sc);
    return n;
}

static void list_newest(listing_t *l, hd_id_t top)
{
    size_t size = hd_entities[l->type]->size;
    void *rec = hd_alloc(l->cx->arena, size);
    hd_id_t ids[WINDOW], last = 0;
    l->row = hd_desk_scratch(l->cx);
    for (uint32_t looked = 0; top != 0 && looked < HD_SCAN_MAX; looked++) {
        hd_id_t from = top > WINDOW ? top - WINDOW : 0;
        for (size_t n = look_at(l, from, top, rec, ids, &looked); n-- > 0;) {
            void *copy = hd_alloc(l->cx->arena, size);
            if (l->page.n == l->limit) {
                l->page.next = newest_cursor(l, last);
                return;
            }
            if (read_again(l, ids[n], copy)) {
                l->page.v[l->page.n++] = copy;
                last = ids[n];
            }
        }
        top = from;
    }
    if (top != 0) {
        l->page.next = newest_cursor(l, top + 1);
    }
}

static hd_code_t list_by_sort(listing_t *l)
{
    uint8_t key[HD_CURSOR_MAX];
    size_t len = 0, n;
    hd_id_t *ids;
    if (!is_newest_first(l) || hd_desk_candidates(l->cx, l->type, l->where, &ids, &n)) {
        return list_sorted(l);
    }
    if (l->q->after.len != 0 && (!hd_desk_cursor_read_any(l->q->after, key, &len) || len < 4)) {
        return HD_E_CURSOR;
    }
    hd_id_t before = len != 0 ? hd_get_be32(key + len - 4) : 0;
    list_newest(l, len != 0 ? (before != 0 ? before - 1 : 0) : hd_row_last(l->cx->txn, l->type));
    return HD_OK;
}

static hd_code_t list_in_order(listing_t *l)
{
    uint8_t after[TAIL];
    if (l->q->after.len != 0 && !hd_desk_cursor_read(l->q->after, after, TAIL)) {
        return HD_E_CURSOR;
    }
    const uint8_t *from = l->q->after.len != 0 ? after : NULL;
    if (hd_entities[l->type]->config) {
        list_config(l, from);
    } else {
        list_rows(l, from);
    }
    return HD_OK;
}

hd_code_t hd_record_list(hd_cx_t *cx, hd_type_t type, const hd_query_t *q, hd_page_t *ret)
{
    listing_t l = { .cx = cx, .type = type, .q = q, .limit = hd_desk_page_limit(q->limit) };
    l.where = hd_expr_and(cx->arena, hd_expr_of(cx->arena, q->filters, q->n_filters), q->where);
    l.active_field = hd_field_index(hd_entities[type], HD_STR("active"));
    l.archived = l.active_field >= 0 && hd_expr_names(l.where, (unsigned) l.active_field);
    l.page.v = hd_alloc_n(cx->arena, l.limit, sizeof(void *));
    hd_code_t code = q->n_sort != 0 ? list_by_sort(&l) : list_in_order(&l);
    code = code == HD_OK ? hd_txn_error(cx->txn) : code;
    if (code == HD_OK) {
        *ret = l.page;
    }
    return code;
}

hd_str_t hd_record_cursor(hd_cx_t *cx, hd_type_t type, const hd_query_t *q, const void *rec)
{
    uint8_t key[HD_CURSOR_MAX];
    size_t len = TAIL;
    if (q->n_sort == 0) {
        make_tail(type, rec, key);
    } else {
        len = hd_desk_sort_key(cx->arena, hd_entities[type], hd_record_view(cx, type, rec), q->sort, q->n_sort, key);
    }
    return hd_desk_cursor(cx->arena, key, len);
}
