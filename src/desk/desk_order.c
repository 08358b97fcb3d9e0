/*
 * Orders of tickets by texts, by the names of related records and by fields that have no column.  A ticket's place is a key
 * of bytes, made of what stands beside the facts (store_texts.c); the best so many keys are kept while the chunks go by, and
 * only the rows of the page are read.  The key is the cursor, so a page goes on where the one before ended, whatever was
 * written in between.
 *
 *     number    its column, 4 bytes              text    its folded beginning and a NUL
 *     relation  the related record's name, as a text, and its id: "" where the actor does not see the record, so that an
 *               order tells nobody a hidden name (T-25)
 *     other     what the row holds; then all rows that fit are read, as far as the budget goes
 *
 * and the id turned round, the newest first; parts that fall are turned round too.
 */
#include "desk_impl.h"

#define SCRATCH   64             /* rows read before the scratch memory is used again */
#define NAMES_MAX (1u << 19)     /* related records of one query: 8 MB of slots, and their names */
#define FIRST     256

typedef struct {
    uint32_t    id;              /* 0: free */
    uint32_t    len;
    const char *text;
} name_t;

typedef struct {
    hd_type_t type;
    name_t   *slots;
    uint32_t  n, cap;
} names_t;

typedef enum { BY_NUMBER, BY_ID, BY_TEXT, BY_NAME, BY_ROW } how_t;

typedef struct {
    how_t             how;
    bool              desc;
    hd_fact_t         fact;
    const hd_field_t *field;
    names_t           names;
} part_t;

typedef struct {
    hd_cx_t        *cx;
    const hd_cut_t *cut;
    hd_arena_t     *scratch, *names;     /* of a row; of related records */
    hd_best_t      *best;
    hd_budget_t     budget;
    part_t          part[HD_SORT_MAX];
    size_t          n;
    bool            rows;        /* a part is BY_ROW */
    bool            broad;
} order_t;

/* ---- names of related records ---- */

static name_t *find_slot(name_t *slots, uint32_t cap, uint32_t id)
{
    uint32_t i = (id * UINT32_C(0x9e3779b1)) >> 7 & (cap - 1);
    while (slots[i].id != 0 && slots[i].id != id) {
        i = (i + 1) & (cap - 1);
    }
    return &slots[i];
}

static void grow(hd_arena_t *a, names_t *t)
{
    uint32_t cap = t->cap == 0 ? FIRST : 2 * t->cap;
    name_t *slots = hd_alloc_n(a, cap, sizeof(*slots));
    for (uint32_t i = 0; i < t->cap; i++) {
        if (t->slots[i].id != 0) {
            *find_slot(slots, cap, t->slots[i].id) = t->slots[i];
        }
    }
    t->slots = slots;
    t->cap = cap;
}

static hd_str_t read_name(order_t *o, hd_type_t type, hd_id_t id)
{
    const hd_entity_t *e = hd_entities[type];
    const void *rec = e->config ? hd_config_get(o->cx->txn, type, id) : NULL;
    if (!e->config) {
        void *own = hd_alloc(o->names, e->size);
        rec = hd_row_get(o->cx->txn, o->names, type, id, own) == HD_OK ? own : NULL;
    }
    if (rec == NULL || !hd_sees(o->cx, type, rec)) {
        return (hd_str_t){ 0, "" };
    }
    const hd_field_t *f = &e->fields[hd_field_index(e, HD_STR("name"))];
    hd_str_t name = hd_text_fold(o->names, *(const hd_str_t *) hd_field_at(f, rec));
    name.len = name.len < HD_SORT_TEXT ? name.len : HD_SORT_TEXT;
    return hd_str_dup(o->cx->arena, name);
}

/* Each is read once. */
static hd_str_t name_of(order_t *o, names_t *t, uint32_t id)
{
    if (id == 0) {
        return (hd_str_t){ 0, "" };
    }
    if (2 * t->n >= t->cap) {
        grow(o->cx->arena, t);
    }
    name_t *slot = find_slot(t->slots, t->cap, id);
    if (slot->id == 0) {
        o->broad = o->broad || t->n == NAMES_MAX || !hd_desk_spend(&o->budget);
        if (o->broad) {
            return (hd_str_t){ 0, "" };
        }
        hd_str_t name = read_name(o, t->type, id);
        *slot = (name_t){ id, (uint32_t) name.len, name.data };
        t->n++;
        if (t->n % SCRATCH == 0) {
            hd_arena_reset(o->names);
        }
    }
    return (hd_str_t){ slot->len, slot->text };
}

/* ---- keys ---- */

static how_t how_of(unsigned field)
{
    const hd_field_t *f = &hd_entities[HD_TICKET]->fields[field];
    switch ((hd_fact_kind_t) hd_fact_of(HD_TICKET, field).kind) {
    case HD_FACT_NONE:
    case HD_FACT_DERIVED:
    case HD_FACT_BLOOM: return BY_ROW;
    case HD_FACT_TEXT:  return BY_TEXT;
    case HD_FACT_ID:    return BY_ID;
    default:            return f->kind == HD_K_REF ? BY_NAME : BY_NUMBER;
    }
}

bool hd_order_is_needed(const hd_sort_t *sort, size_t n)
{
    bool needed = false;
    for (size_t i = 0; i < n; i++) {
        how_t how = how_of(sort[i].field);
        needed = needed || (how != BY_NUMBER && how != BY_ID);
    }
    return needed;
}

/* value: of the column; text: of BY_TEXT. */
static size_t put_part(order_t *o, part_t *p, uint32_t value, hd_str_t text, const hd_ticket_t *row, uint8_t *out)
{
    size_t len = 4;
    switch (p->how) {
    case BY_TEXT:
        len = hd_desk_sort_text(text, out);
        break;
    case BY_NAME:
        len = hd_desk_sort_text(name_of(o, &p->names, value), out);
        hd_put_be32(out + len, value);
        len += 4;
        break;
    case BY_ROW:
        len = hd_desk_sort_field(o->scratch, p->field, row, out);
        break;
    default:
        hd_put_be32(out, value);
    }
    for (size_t i = 0; i < len && p->desc; i++) {
        out[i] = (uint8_t) ~out[i];
    }
    return len;
}

static uint32_t bits_of(hd_fact_t f, uint32_t v)
{
    return f.kind == HD_FACT_BITS ? v >> f.shift & ((1u << f.bits) - 1) : v;
}

/* 0 when the beginning of the key says already that the ticket is not among the best. */
static size_t key_of_slot(order_t *o, const hd_chunk_t *c, unsigned slot, const hd_ticket_t *row, uint8_t key[HD_CURSOR_MAX])
{
    uint32_t id = (uint32_t) hd_cut_id(c, slot);
    size_t len = 0;
    for (size_t i = 0; i < o->n; i++) {
        part_t *p = &o->part[i];
        hd_str_t text = { 0, "" };
        uint32_t value = id;
        if (p->how == BY_TEXT) {
            text = hd_texts_at(hd_facts_texts(c, p->fact.column), slot);
        } else if (p->how == BY_NUMBER || p->how == BY_NAME) {
            value = bits_of(p->fact, hd_chunk_value(c, p->fact.column, slot));
        }
        len += put_part(o, p, value, text, row, key + len);
        if (!hd_best_may_take(o->best, key, len)) {
            return 0;
        }
    }
    hd_put_be32(key + len, ~id);
    return len + 4;
}

static void make_order(order_t *o, hd_cx_t *cx, const hd_ticket_query_t *q)
{
    *o = (order_t){ .cx = cx, .scratch = hd_desk_scratch(cx), .names = hd_desk_scratch(cx), .budget = hd_desk_budget(cx),
                     .n = q->n_sort };
    for (size_t i = 0; i < q->n_sort; i++) {
        part_t *p = &o->part[i];
        p->how = how_of(q->sort[i].field);
        p->desc = q->sort[i].desc;
        p->fact = hd_fact_of(HD_TICKET, q->sort[i].field);
        p->field = &hd_entities[HD_TICKET]->fields[q->sort[i].field];
        p->names.type = (hd_type_t) p->field->ref;
        o->rows = o->rows || p->how == BY_ROW;
    }
}

hd_str_t hd_order_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t)
{
    uint32_t facts[HD_FACTS], id = (uint32_t) t->rec.id;
    uint8_t key[HD_CURSOR_MAX];
    size_t len = 0;
    order_t o;
    make_order(&o, cx, q);
    hd_entities[HD_TICKET]->facts(t, facts);
    for (size_t i = 0; i < o.n; i++) {
        part_t *p = &o.part[i];
        hd_str_t text = p->how == BY_TEXT ? hd_text_fold(cx->arena, hd_fact_text(t, p->fact.column)) : (hd_str_t){ 0, "" };
        uint32_t value = p->how == BY_NUMBER || p->how == BY_NAME ? bits_of(p->fact, facts[p->fact.column]) : id;
        len += put_part(&o, p, value, text, t, key + len);
    }
    hd_put_be32(key + len, ~id);
    return hd_desk_cursor(cx->arena, key, len + 4);
}

/* ---- the list ---- */

/* Of a slot: false when its row says that it does not fit. */
static bool read_row(order_t *o, hd_id_t id, hd_ticket_t *ret)
{
    if (o->budget.n % SCRATCH == 0) {
        hd_arena_reset(o->scratch);
    }
    o->broad = o->broad || !hd_desk_spend(&o->budget);
    return !o->broad && hd_cut_read(o->cut, o->scratch, id, ret);
}

static void add_chunk(order_t *o, const hd_chunk_t *c, uint64_t mask)
{
    uint8_t key[HD_CURSOR_MAX];
    hd_ticket_t row;
    for (; mask != 0 && !o->broad; mask &= mask - 1) {
        unsigned slot = (unsigned) __builtin_ctzll(mask);
        if (o->rows && !read_row(o, hd_cut_id(c, slot), &row)) {
            continue;
        }
        size_t len = key_of_slot(o, c, slot, &row, key);
        if (len != 0) {
            (void) hd_best_add(o->best, key, len, NULL);
        }
    }
}

static hd_code_t take_best(order_t *o)
{
    uint32_t columns = hd_cut_columns(o->cut);
    hd_facts_scan_t sc;
    hd_chunk_t c;
    for (size_t i = 0; i < o->n; i++) {
        if (o->part[i].how == BY_NUMBER || o->part[i].how == BY_NAME) {
            columns |= UINT32_C(1) << o->part[i].fact.column;
        }
    }
    hd_facts_begin(&sc, o->cx->txn, false, columns);
    while (!o->broad && hd_facts_next(&sc, &c)) {
        uint64_t sure, maybe;
        hd_cut_masks(o->cut, &c, &sure, &maybe);
        add_chunk(o, &c, maybe);
    }
    hd_facts_done(&sc);
    return o->broad ? HD_E_BROAD : HD_OK;
}

hd_code_t hd_order_list(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_cut_t *cut, hd_ticket_page_t *page)
{
    uint32_t limit = hd_desk_page_limit(q->limit);
    uint8_t after[HD_CURSOR_MAX];
    size_t len = 0, i = 0;
    hd_str_t key = { 0, NULL };
    order_t o;
    if (q->after.len != 0 && !hd_desk_cursor_read_any(q->after, after, &len)) {
        return HD_E_CURSOR;
    }
    make_order(&o, cx, q);
    o.cut = cut;
    size_t keep = o.rows || hd_cut_is_exact(cut) ? limit + 1 : HD_SCAN_MAX;
    o.best = hd_best_make(cx->arena, keep, (hd_str_t){ len, (const char *) after });
    hd_code_t code = take_best(&o);
    if (code != HD_OK) {
        return code;
    }
    size_t n = hd_best_count(o.best);
    page->v = hd_alloc_n(cx->arena, limit, sizeof(*page->v));
    for (; i < n && page->n < limit; i++) {
        hd_ticket_t row;
        (void) hd_best_at(o.best, i, &key);
        hd_id_t id = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        hd_arena_reset(o.scratch);
        if (hd_cut_read(cut, o.scratch, id, &row) && hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &page->v[page->n]) == HD_OK) {
            hd_desk_settle(cx, &page->v[page->n++]);
        }
    }
    if (i > 0 && (i < n || n == keep)) {
        page->next = hd_desk_cursor(cx->arena, key.data, key.len);
    }
    return HD_OK;
}
