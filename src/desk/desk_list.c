/*
 * Lists and counts of tickets by team, stage, assignee or customer in the default order, which pages ask for all day;
 * every other query goes to the facts (desk_search.c).  A query becomes index ranges, one per (active, team, stage)
 * that the actor's scope allows; all four ticket indexes end with ~priority ~id, so the ranges
 * merge into TKT-3's order.
 *
 *     team seen as a whole      BOARD, or USER / PARTNER when the query names one
 *     team seen by following    FOLLOWER of the actor's own contact
 *     team that shares          no range: such an actor's queries go to the facts, too
 *
 * Each row is asked for once more with hd_sees_ticket: the index is a way, not a right (VIS-16).
 * A ticket is in force when it and its team are active (TKT-6, TEAM-8).
 */
#include "desk_impl.h"

#define TAIL 5                   /* ~priority(1) ~id(4) */
#define PART 4

typedef struct {
    hd_key_t prefix;
    hd_id_t  team, stage;
    uint8_t  index, active;
    bool     rows;               /* the keys alone do not tell whether a ticket fits */
} range_t;

typedef struct {
    hd_cx_t                 *cx;
    const hd_ticket_query_t *q;
    const hd_scope_t        *scope;
    range_t                 *v;
    size_t                   n, cap;
} plan_t;

/* ---- plan ---- */

bool hd_ticket_is_plain(const hd_ticket_query_t *q)
{
    return q->n_filters == 0 && q->where == NULL && q->n_sort == 0 && !q->unassigned;
}

/* In a team that shares, what a company's people have is no range of an index (D-11). */
static bool is_shared(hd_cx_t *cx)
{
    const hd_scope_t *s = cx->actor->role == HD_ROLE_PORTAL ? hd_scope(cx) : NULL;
    for (uint32_t i = 0; s != NULL && i < s->n; i++) {
        if (s->sees[i] == HD_SEES_SHARED) {
            return true;
        }
    }
    return false;
}

/* Somebody who only follows has few tickets: their index is a shorter way than all the facts. */
static bool goes_by_index(hd_cx_t *cx, const hd_ticket_query_t *q)
{
    const hd_scope_t *s = hd_scope(cx);
    if (is_shared(cx)) {
        return false;
    }
    if (hd_ticket_is_plain(q)) {
        return true;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->sees[i] == HD_SEES_ALL && (q->team_id == 0 || q->team_id == s->team[i]->rec.id)) {
            return false;
        }
    }
    return q->n_sort == 0;
}

static hd_sees_t find_sees(const hd_scope_t *s, hd_id_t team_id, const hd_team_t **ret_team)
{
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->team[mid]->rec.id < team_id) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == s->n || s->team[lo]->rec.id != team_id) {
        return HD_SEES_NONE;
    }
    *ret_team = s->team[lo];
    return (hd_sees_t) s->sees[lo];
}

static bool wants(const plan_t *p, const hd_team_t *team, uint8_t active)
{
    if (p->cx->actor->role == HD_ROLE_PORTAL && active == 0) {
        return false;
    }
    bool in_force = active != 0 && team->active;
    return p->q->active < 0 || in_force == (p->q->active != 0);
}

static bool needs_rows(const hd_ticket_query_t *q, hd_index_t index)
{
    if (!hd_ticket_is_plain(q)) {
        return true;
    }
    switch (index) {
    case HD_IX_TICKET_USER:
        return q->partner_id != 0;
    case HD_IX_TICKET_FOLLOWER:
        return q->user_id != 0 || q->partner_id != 0;
    default:
        return false;
    }
}

static void add_range(plan_t *p, const range_t *r)
{
    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? 32 : 2 * p->cap;
        range_t *v = hd_alloc_n(p->cx->arena, p->cap, sizeof(*v));
        if (p->n != 0) {
            memcpy(v, p->v, p->n * sizeof(*v));
        }
        p->v = v;
    }
    p->v[p->n++] = *r;
}

static hd_key_t make_prefix(hd_index_t index, hd_id_t subject, uint8_t active)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, subject);
    hd_key_u8(&k, active);
    return k;
}

/* Then the keys of followers say more than is so. */
static bool is_sweeping(hd_cx_t *cx, hd_id_t team_id)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, team_id);
    return team != NULL && hd_desk_is_sweeping(cx, team);
}

static void add_stage(plan_t *p, const hd_key_t *head, hd_id_t team, hd_id_t stage)
{
    range_t r = { .prefix = *head, .team = team, .stage = stage, .index = head->b[0] };
    r.active = head->b[1 + PART];
    r.rows = needs_rows(p->q, (hd_index_t) r.index)
        || (r.index == HD_IX_TICKET_FOLLOWER && is_sweeping(p->cx, team));
    hd_key_id(&r.prefix, team);
    hd_key_id(&r.prefix, stage);
    add_range(p, &r);
}

/* The stages of one team below (index, subject, active). */
static void add_team(plan_t *p, const hd_key_t *head, hd_id_t team)
{
    if (p->q->stage_id != 0) {
        add_stage(p, head, team, p->q->stage_id);
        return;
    }
    hd_key_t k = *head, *groups;
    hd_key_id(&k, team);
    size_t n = hd_scan_groups(p->cx->txn, p->cx->arena, &k, PART, HD_KEY_LIMIT, &groups);
    for (size_t i = 0; i < n; i++) {
        add_stage(p, head, team, hd_get_be32(groups[i].b + groups[i].len - PART));
    }
}

/* A subject's teams and stages, those of teams seen in that way. */
static void add_subject(plan_t *p, hd_index_t index, hd_id_t subject, hd_sees_t sees)
{
    const hd_team_t *team = NULL;
    if (subject == 0) {
        return;
    }
    for (uint8_t active = 0; active <= 1; active++) {
        hd_key_t head = make_prefix(index, subject, active), *groups;
        if (p->q->team_id != 0) {
            if (find_sees(p->scope, p->q->team_id, &team) == sees && wants(p, team, active)) {
                add_team(p, &head, p->q->team_id);
            }
            continue;
        }
        size_t n = hd_scan_groups(p->cx->txn, p->cx->arena, &head, 2 * PART, HD_KEY_LIMIT, &groups);
        for (size_t i = 0; i < n; i++) {
            const uint8_t *part = groups[i].b + groups[i].len - 2 * PART;
            hd_id_t team_id = hd_get_be32(part), stage_id = hd_get_be32(part + PART);
            if ((p->q->stage_id == 0 || p->q->stage_id == stage_id)
                && find_sees(p->scope, team_id, &team) == sees && wants(p, team, active)) {
                add_stage(p, &head, team_id, stage_id);
            }
        }
    }
}

static void add_board(plan_t *p)
{
    for (uint32_t i = 0; i < p->scope->n; i++) {
        const hd_team_t *team = p->scope->team[i];
        if (p->scope->sees[i] != HD_SEES_ALL
            || (p->q->team_id != 0 && p->q->team_id != team->rec.id)) {
            continue;
        }
        for (uint8_t active = 0; active <= 1; active++) {
            if (wants(p, team, active)) {
                hd_key_t head = make_prefix(HD_IX_TICKET_BOARD, 0, active);
                add_team(p, &head, team->rec.id);
            }
        }
    }
}

static void make_plan(plan_t *p, hd_cx_t *cx, const hd_ticket_query_t *q)
{
    *p = (plan_t){ .cx = cx, .q = q, .scope = hd_scope(cx) };
    if ((q->team_id | q->stage_id | q->user_id | q->partner_id) > HD_ID_MAX) {
        return;         /* keys hold four bytes: it would be somebody else's */
    }
    if (q->user_id != 0) {
        add_subject(p, HD_IX_TICKET_USER, q->user_id, HD_SEES_ALL);
    } else if (q->partner_id != 0) {
        add_subject(p, HD_IX_TICKET_PARTNER, q->partner_id, HD_SEES_ALL);
    } else {
        add_board(p);
    }
    add_subject(p, HD_IX_TICKET_FOLLOWER, cx->actor->partner_id, HD_SEES_FOLLOWED);
}

/* ---- rows ---- */

static bool fits(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t)
{
    return hd_sees_ticket(cx, t)
        && (q->team_id == 0 || q->team_id == t->team_id)
        && (q->stage_id == 0 || q->stage_id == t->stage_id)
        && (q->user_id == 0 || q->user_id == t->user_id)
        && (q->partner_id == 0 || q->partner_id == t->partner_id)
        && (!q->unassigned || t->user_id == 0)
        && hd_filter_match(hd_entities[HD_TICKET], cx->arena, t, q->filters, q->n_filters)
        && hd_expr_match(hd_entities[HD_TICKET], cx->arena, t, q->where);
}

/* A damaged row is left out: a list serves everybody else's work; fsck names it. */
static bool read_fitting(hd_cx_t *cx, const hd_ticket_query_t *q, hd_str_t key, hd_ticket_t *ret)
{
    hd_id_t id = ~hd_get_be32((const uint8_t *) key.data + key.len - PART);
    if (hd_row_get(cx->txn, cx->arena, HD_TICKET, id, ret) != HD_OK) {
        return false;
    }
    hd_desk_settle(cx, ret);
    return fits(cx, q, ret);
}

static void fill_page(hd_cx_t *cx, const hd_ticket_query_t *q, hd_merge_t *m,
                      hd_ticket_page_t *page)
{
    uint32_t limit = hd_desk_page_limit(q->limit);
    uint8_t last[TAIL] = { 0 };
    hd_str_t key;
    page->v = hd_alloc_raw(cx->arena, limit * sizeof(*page->v));
    for (uint32_t looked = 0; hd_merge_next(m, &key); looked++) {
        if (page->n == limit || looked == HD_SCAN_MAX) {
            page->next = hd_desk_cursor(cx->arena, last, TAIL);
            return;
        }
        memcpy(last, key.data + key.len - TAIL, TAIL);
        if (read_fitting(cx, q, key, &page->v[page->n])) {
            page->n++;
        }
    }
}

hd_code_t hd_ticket_list(hd_cx_t *cx, const hd_ticket_query_t *q, hd_ticket_page_t *ret)
{
    if (!goes_by_index(cx, q)) {
        return hd_search_list(cx, q, ret);
    }
    uint8_t tail[TAIL];
    hd_str_t after = { 0, NULL };
    if (q->after.len != 0) {
        if (!hd_desk_cursor_read(q->after, tail, TAIL)) {
            return HD_E_CURSOR;
        }
        after = (hd_str_t){ TAIL, (const char *) tail };
    }
    plan_t p;
    make_plan(&p, cx, q);
    hd_ticket_page_t page = { .n = 0 };
    if (p.n != 0) {
        hd_merge_t *m = hd_merge_create(cx->txn, cx->arena, TAIL);
        for (size_t i = 0; i < p.n; i++) {
            hd_merge_add(m, &p.v[i].prefix, after);
        }
        fill_page(cx, q, m, &page);
        hd_merge_done(m);
    }
    hd_code_t code = hd_txn_error(cx->txn);
    if (code == HD_OK) {
        *ret = page;
    }
    return code;
}

hd_str_t hd_ticket_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t)
{
    uint8_t tail[TAIL];
    if (!goes_by_index(cx, q)) {
        return hd_search_cursor(cx, q, t);
    }
    tail[0] = (uint8_t) (0xff - t->priority);
    hd_put_be32(tail + 1, ~(uint32_t) t->rec.id);
    return hd_desk_cursor(cx->arena, tail, TAIL);
}

/* ---- counts ---- */

static uint64_t count_keys(hd_cx_t *cx, const hd_ticket_query_t *q, const range_t *r)
{
    uint64_t n = 0;
    hd_scan_t sc;
    hd_str_t key, value;
    hd_ticket_t t;
    hd_scan_index(&sc, cx->txn, &r->prefix, NULL);
    while (hd_scan_next(&sc, &key, &value)) {
        n += !r->rows || read_fitting(cx, q, key, &t);
    }
    hd_scan_done(&sc);
    return n;
}

static uint64_t count_range(hd_cx_t *cx, const hd_ticket_query_t *q, const range_t *r)
{
    if (r->rows || r->index != HD_IX_TICKET_BOARD) {
        return count_keys(cx, q, r);
    }
    uint8_t kind = r->active != 0 ? HD_CN_TEAM_STAGE : HD_CN_TEAM_STAGE_ARCHIVED;
    return (uint64_t) hd_counter_get(cx->txn, kind, r->team, r->stage);
}

hd_code_t hd_ticket_count(hd_cx_t *cx, const hd_ticket_query_t *q, uint64_t *ret_n)
{
    if (!goes_by_index(cx, q)) {
        return hd_search_count(cx, q, ret_n);
    }
    plan_t p;
    make_plan(&p, cx, q);
    uint64_t n = 0;
    for (size_t i = 0; i < p.n; i++) {
        n += count_range(cx, q, &p.v[i]);
    }
    hd_code_t code = hd_txn_error(cx->txn);
    if (code == HD_OK) {
        *ret_n = n;
    }
    return code;
}
