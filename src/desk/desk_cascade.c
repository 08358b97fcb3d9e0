/*
 * What a change of a stage does to its tickets.  Bounded: the caller has counted before
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

hd_code_t hd_desk_visit(hd_cx_t *cx, const hd_id_t *ids, size_t n, hd_visit_t fn, void *arg)
{
    hd_cx_t small = *cx;
    small.arena = hd_arena_create(ROW_ARENA);
    if (small.arena == NULL) {
        return HD_E_MEMORY;
    }
    hd_arena_defer(cx->arena, destroy_arena, small.arena);
    *hd_arena_border(small.arena) = *hd_arena_border(cx->arena);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_ticket_t t;
        code = hd_row_get(cx->txn, small.arena, HD_TICKET, ids[i], &t);
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

/* ---- stage ---- */

/* STG-11. */
static hd_code_t fold_ticket(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    const bool *fold = arg;
    hd_ticket_t t = *old;
    hd_desk_settle(cx, &t);
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
        code = hd_desk_visit(cx, list.v, list.n, fold_ticket, &fold);
    }
    return code;
}
