/*
 * Rules of stages: which teams use them, and what folding means for the tickets in them
 * (STG-3 .. STG-6, STG-11, STG-18, STG-19).
 */
#include <stdlib.h>

#include "desk_impl.h"

static const char holds_tickets[] = "There are tickets in this stage. Move them first.";
static const char is_target[] =
    "A team closes its tickets into this stage or out of it. Change that team first.";

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

/* STG-18: tickets are closed from it or into it, by a team that is not in `but`. */
static bool is_used(hd_cx_t *cx, const hd_stage_t *s, const hd_ids_t *but)
{
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *t = teams[i];
        if ((t->to_stage_id == s->rec.id || hd_ids_has(t->from_stage_ids, s->rec.id))
            && (but == NULL || !hd_ids_has(*but, t->rec.id))) {
            return true;
        }
    }
    return false;
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
    return (old->active && !s->active && is_used(cx, s, NULL)) || is_used(cx, old, &s->team_ids)
               ? hd_problem_set(cx->problem, HD_E_IN_USE, is_target)
               : HD_OK;
}

static hd_code_t follow_up(hd_cx_t *cx, const void *old, const void *rec)
{
    const hd_stage_t *s = rec;
    if (old == NULL || ((const hd_stage_t *) old)->fold == s->fold) {
        return HD_OK;
    }
    return hd_desk_fold(cx, s);
}

static hd_code_t check_delete_stage(hd_cx_t *cx, const void *old)
{
    if (!owns_all_teams(cx, old)) {
        return HD_E_RIGHT;
    }
    if (hd_desk_stage_tickets(cx, ((const hd_rec_t *) old)->id, 0) != 0) {      /* STG-18 */
        return hd_problem_set(cx->problem, HD_E_IN_USE, holds_tickets);
    }
    return is_used(cx, old, NULL) ? hd_problem_set(cx->problem, HD_E_IN_USE, is_target) : HD_OK;
}

/* ---- the order of all pipelines (STG-4) ---- */

static int compare(const void *x, const void *y)
{
    const hd_stage_t *a = *(const hd_stage_t *const *) x, *b = *(const hd_stage_t *const *) y;
    if (a->sequence != b->sequence) {
        return a->sequence < b->sequence ? -1 : 1;
    }
    return (a->rec.id > b->rec.id) - (a->rec.id < b->rec.id);
}

/* all is in order; those named take the places all of them have together, in the order given. */
static hd_code_t place(hd_cx_t *cx, const hd_stage_t **all, size_t n, const hd_id_t *ids,
                       size_t n_ids)
{
    size_t next = 0;
    hd_ids_t set = hd_ids_make(cx->arena, ids, n_ids);
    for (size_t i = 0; i < n; i++) {
        if (hd_ids_has(set, all[i]->rec.id)) {
            all[i] = hd_config_get(cx->txn, HD_STAGE, ids[next++]);
        }
    }
    return next == n_ids ? HD_OK : HD_E_INVALID;
}

/* The fewest changes that make sequence, id rise in the order of all. */
static void number(const hd_stage_t **all, const int64_t *had, size_t n, int64_t *ret)
{
    for (size_t i = 0; i < n; i++) {
        bool rises = i == 0 || had[i] > ret[i - 1]
            || (had[i] == ret[i - 1] && all[i]->rec.id > all[i - 1]->rec.id);
        ret[i] = rises ? had[i] : ret[i - 1] + 1;
    }
    for (size_t i = 0; n != 0 && ret[n - 1] > 1000000 && i < n; i++) {
        ret[i] = (int64_t) i + 1;
    }
}

hd_code_t hd_stage_order(hd_cx_t *cx, const hd_id_t *ids, size_t n_ids)
{
    size_t n;
    if (!hd_actor_is_admin(cx->actor)) {
        return HD_E_RIGHT;
    }
    const void *const *rows = hd_config_all(cx->txn, HD_STAGE, &n);
    const hd_stage_t **all = hd_alloc_n(cx->arena, n + 1, sizeof(*all));
    int64_t *had = hd_alloc_n(cx->arena, n + 1, sizeof(*had));
    int64_t *now = hd_alloc_n(cx->arena, n + 1, sizeof(*now));
    memcpy(all, rows, n * sizeof(*all));
    if (n > 1) {
        qsort(all, n, sizeof(*all), compare);
    }
    for (size_t i = 0; i < n; i++) {
        had[i] = all[i]->sequence;
    }
    if (place(cx, all, n, ids, n_ids) != HD_OK) {       /* one is not there, or there twice */
        hd_desk_bad_name(cx, HD_STR("ids"), "not_found");
        return HD_E_INVALID;
    }
    number(all, had, n, now);
    hd_id_t *which = hd_alloc_n(cx->arena, n + 1, sizeof(*which));
    for (size_t i = 0; i < n; i++) {
        which[i] = all[i]->rec.id;          /* the first put moves the configuration on */
        now[i] = now[i] == all[i]->sequence ? INT64_MIN : now[i];
    }
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_stage_t was;
        code = now[i] == INT64_MIN ? HD_OK
                                   : hd_row_get(cx->txn, cx->arena, HD_STAGE, which[i], &was);
        if (code == HD_OK && now[i] != INT64_MIN) {
            hd_stage_t s = was;
            s.sequence = now[i];
            code = hd_desk_put(cx, HD_STAGE, &was, &s);
        }
    }
    return code;
}

const hd_rules_t hd_rules_stage = {
    .may_write = may_write_stage,
    .check = check_stage,
    .after = follow_up,
    .check_delete = check_delete_stage,
};
