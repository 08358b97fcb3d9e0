/*
 * What a change of a team or a stage does to its tickets.  Bounded: the caller has counted before
 * it writes (HD_CASCADE_MAX).  Each ticket is read, changed and written in a small arena of its
 * own.
 */
#include "desk_impl.h"

#define ROW_ARENA ((size_t) 4 * 1024 * 1024)

uint64_t hd_desk_stage_tickets(hd_cx_t *cx, hd_id_t stage_id, hd_id_t team_id)
{
    const hd_stage_t *s = hd_config_get(cx->txn, HD_STAGE, stage_id);
    int64_t n = 0;
    for (uint32_t i = 0; s != NULL && i < s->team_ids.n; i++) {
        if (team_id == 0 || team_id == s->team_ids.v[i]) {
            n += hd_counter_get(cx->txn, HD_CN_TEAM_STAGE, s->team_ids.v[i], stage_id);
            n += hd_counter_get(cx->txn, HD_CN_TEAM_STAGE_ARCHIVED, s->team_ids.v[i], stage_id);
        }
    }
    return (uint64_t) n;
}

uint64_t hd_desk_team_tickets(hd_cx_t *cx, hd_id_t team_id)
{
    size_t n_stages;
    const void *const *stages = hd_config_all(cx->txn, HD_STAGE, &n_stages);
    uint64_t n = 0;
    for (size_t i = 0; i < n_stages; i++) {
        n += hd_desk_stage_tickets(cx, ((const hd_rec_t *) stages[i])->id, team_id);
    }
    return n;
}

/* ---- tickets below a board prefix ---- */

typedef struct {
    hd_id_t *v;
    size_t   n;
} id_list_t;

static hd_key_t make_board(uint8_t active, hd_id_t team)
{
    hd_key_t k = hd_desk_key(HD_IX_TICKET_BOARD);
    hd_key_id(&k, 0);
    hd_key_u8(&k, active);
    hd_key_id(&k, team);
    return k;
}

static void collect(hd_cx_t *cx, id_list_t *list, const hd_key_t *prefix)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_index(&sc, cx->txn, prefix, NULL);
    while (list->n < HD_CASCADE_MAX && hd_scan_next(&sc, &key, &value)) {
        uint32_t id = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        list->v[list->n++] = id;
    }
    hd_scan_done(&sc);
}

static id_list_t collect_team(hd_cx_t *cx, hd_id_t team, hd_id_t stage)
{
    id_list_t list = { hd_alloc_n(cx->arena, HD_CASCADE_MAX, sizeof(hd_id_t)), 0 };
    for (uint8_t active = 0; active <= 1; active++) {
        hd_key_t k = make_board(active, team);
        if (stage != 0) {
            hd_key_id(&k, stage);
        }
        collect(cx, &list, &k);
    }
    return list;
}

static void destroy_arena(void *arena)
{
    hd_arena_destroy(arena);
}

typedef hd_code_t (*visit_fn)(hd_cx_t *cx, const hd_ticket_t *old, void *arg);

/* Calls fn, with the small arena in cx.  A damaged row stops it: it could not be kept right. */
static hd_code_t visit(hd_cx_t *cx, const id_list_t *list, visit_fn fn, void *arg)
{
    hd_cx_t small = *cx;
    small.arena = hd_arena_create(ROW_ARENA);
    if (small.arena == NULL) {
        return HD_E_MEMORY;
    }
    hd_arena_defer(cx->arena, destroy_arena, small.arena);
    *hd_arena_border(small.arena) = *hd_arena_border(cx->arena);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < list->n && code == HD_OK; i++) {
        hd_ticket_t t;
        code = hd_row_get(cx->txn, small.arena, HD_TICKET, list->v[i], &t);
        if (code == HD_OK) {
            code = fn(&small, &t, arg);
        }
        hd_arena_reset(small.arena);
    }
    return code;
}

static hd_code_t write_ticket(hd_cx_t *cx, const hd_ticket_t *old, hd_ticket_t *t)
{
    return hd_desk_diff(HD_TICKET, old, t) == 0 ? HD_OK : hd_desk_put(cx, HD_TICKET, old, t);
}

/* ---- team ---- */

static hd_ids_t take_away(hd_arena_t *a, hd_ids_t ids, hd_ids_t gone)
{
    for (uint32_t i = 0; i < gone.n; i++) {
        ids = hd_ids_without(a, ids, gone.v[i]);
    }
    return ids;
}

static hd_code_t change_ticket(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    const hd_team_cascade_t *what = arg;
    hd_ticket_t t = *old;
    t.message_partner_ids = take_away(cx->arena, t.message_partner_ids, what->remove);
    t.message_partner_ids = take_away(cx->arena, t.message_partner_ids, what->drop);
    if (t.active && !t.closed) {            /* D-8 */
        t.message_partner_ids = hd_desk_add_followers(cx, t.message_partner_ids, what->add);
    }
    if (what->customers) {
        t.message_partner_ids = hd_ids_with(cx->arena, t.message_partner_ids, t.partner_id);
    }
    if (what->company != 0) {
        t.company_id = what->company;
    }
    return write_ticket(cx, old, &t);
}

hd_code_t hd_desk_cascade_team(hd_cx_t *cx, hd_id_t team_id, const hd_team_cascade_t *what)
{
    id_list_t list = collect_team(cx, team_id, 0);
    hd_team_cascade_t copy = *what;
    return visit(cx, &list, change_ticket, &copy);
}

typedef struct {
    hd_id_t from, to;
    bool    fits;
} move_t;

static hd_code_t check_move(hd_cx_t *cx, const hd_ticket_t *t, void *arg)
{
    move_t *m = arg;
    hd_contact_t c;
    if (t->partner_id != 0
        && hd_row_get(cx->txn, cx->arena, HD_CONTACT, t->partner_id, &c) == HD_OK
        && c.company_id == m->from) {
        m->fits = false;
    }
    if (t->user_id != 0 && !hd_desk_may_hold(cx, t->user_id, m->to)) {
        m->fits = false;
    }
    return HD_OK;
}

bool hd_desk_may_change_company(hd_cx_t *cx, const hd_team_t *team, hd_id_t company)
{
    move_t m = { team->company_id, company, true };
    id_list_t list = collect_team(cx, team->rec.id, 0);
    return visit(cx, &list, check_move, &m) == HD_OK && m.fits;
}

hd_ids_t hd_desk_portal_contacts(hd_cx_t *cx)
{
    size_t n, found = 0;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    hd_id_t *v = hd_alloc_n(cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->role == HD_ROLE_PORTAL) {
            v[found++] = u->partner_id;
        }
    }
    return hd_ids_make(cx->arena, v, found);
}

/* ---- stage ---- */

/* STG-11. */
static hd_code_t fold_ticket(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    const bool *fold = arg;
    hd_ticket_t t = *old;
    t.closed = *fold;
    if (!*fold) {
        t.close_date = 0;
    } else if (t.close_date == 0) {
        t.close_date = cx->now;
    }
    return write_ticket(cx, old, &t);
}

hd_code_t hd_desk_cascade_fold(hd_cx_t *cx, const hd_stage_t *stage)
{
    bool fold = stage->fold;
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < stage->team_ids.n && code == HD_OK; i++) {
        id_list_t list = collect_team(cx, stage->team_ids.v[i], stage->rec.id);
        code = visit(cx, &list, fold_ticket, &fold);
    }
    return code;
}
