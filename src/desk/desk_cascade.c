/*
 * Tickets of a team or a stage: how many, and one after the other, each in a small arena of its
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

/* ---- one by one ---- */

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
