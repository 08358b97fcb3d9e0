/*
 * Rules of stages: which teams use them, and what folding means for the tickets in them
 * (STG-3 .. STG-6, STG-11, STG-18, STG-19).
 */
#include "desk_impl.h"

static const char holds_tickets[] = "There are tickets in this stage. Move them first.";
static const char too_many[] =
    "The stage has too many tickets to change this in one go. Archive or move some first.";

static bool owns_all_teams(hd_cx_t *cx, const hd_stage_t *s)
{
    for (uint32_t i = 0; i < s->team_ids.n; i++) {
        const hd_team_t *t = hd_config_get(cx->txn, HD_TEAM, s->team_ids.v[i]);
        if (t != NULL && !hd_desk_has_company(cx->actor, t->company_id)) {
            return false;
        }
    }
    return true;
}

/* Stages are shared (ACC-5), but nobody closes the tickets of a company not his (VIS-17). */
static bool may_write_stage(hd_cx_t *cx, const void *old, uint64_t mask)
{
    uint64_t heavy = HD_BIT(HD_STAGE_F_fold) | HD_BIT(HD_STAGE_F_active);
    return hd_actor_is_admin(cx->actor)
        && (old == NULL || (mask & heavy) == 0 || owns_all_teams(cx, old));
}

static int64_t next_sequence(hd_cx_t *cx)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_STAGE, &n);
    int64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const hd_stage_t *s = all[i];
        last = s->sequence > last ? s->sequence : last;
    }
    return last < 1000000 ? last + 1 : last;
}

static bool has_teams(hd_cx_t *cx, hd_ids_t ids, const hd_ids_t *but)
{
    return hd_desk_refs_ok(cx, HD_TEAM, ids, but);
}

static hd_code_t check_stage(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_stage_t *old = old_rec;
    hd_stage_t *s = rec;
    if (old == NULL && !(mask & HD_BIT(HD_STAGE_F_sequence))) {
        s->sequence = next_sequence(cx);
    }
    /* Teams that come and teams that go are ones the actor may set up. */
    if (!has_teams(cx, s->team_ids, old != NULL ? &old->team_ids : NULL)
        || (old != NULL && !has_teams(cx, old->team_ids, &s->team_ids))) {
        return hd_desk_bad(cx, HD_STAGE, HD_STAGE_F_team_ids, "not_found");
    }
    if (old == NULL) {
        return HD_OK;
    }
    for (uint32_t i = 0; i < old->team_ids.n; i++) {
        hd_id_t team = old->team_ids.v[i];
        if (!hd_ids_has(s->team_ids, team) && hd_desk_stage_tickets(cx, old->rec.id, team) != 0) {
            return hd_problem_set(cx->problem, HD_E_IN_USE, holds_tickets);     /* STG-19 */
        }
    }
    uint64_t tickets = hd_desk_stage_tickets(cx, old->rec.id, 0);
    if (old->active && !s->active && tickets != 0) {            /* STG-18 */
        return hd_problem_set(cx->problem, HD_E_IN_USE, holds_tickets);
    }
    if (old->fold != s->fold && tickets > HD_CASCADE_MAX) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, too_many);
    }
    return HD_OK;
}

static hd_code_t follow_up(hd_cx_t *cx, const void *old, const void *rec)
{
    const hd_stage_t *s = rec;
    if (old == NULL || ((const hd_stage_t *) old)->fold == s->fold) {
        return HD_OK;
    }
    return hd_desk_cascade_fold(cx, s);
}

static hd_code_t check_delete_stage(hd_cx_t *cx, const void *old)
{
    if (!owns_all_teams(cx, old)) {
        return HD_E_RIGHT;
    }
    if (hd_desk_stage_tickets(cx, ((const hd_rec_t *) old)->id, 0) != 0) {      /* STG-18 */
        return hd_problem_set(cx->problem, HD_E_IN_USE, holds_tickets);
    }
    return HD_OK;
}

const hd_rules_t hd_rules_stage = {
    .may_write = may_write_stage,
    .check = check_stage,
    .after = follow_up,
    .check_delete = check_delete_stage,
};
