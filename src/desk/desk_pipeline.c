/*
 * The pipeline of a team: which stages it has (TEAM-6, STG-5, STG-19).  The truth stands in the
 * stages' team_ids; a team's stage_ids are read from there and written there.
 */
#include "desk_impl.h"

hd_ids_t hd_desk_stage_ids(hd_cx_t *cx, hd_id_t team_id, bool archived)
{
    size_t n, own = 0;
    const void *const *all = hd_config_all(cx->txn, HD_STAGE, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        const hd_stage_t *s = all[i];
        ids[own] = s->rec.id;
        own += (s->active || archived) && hd_ids_has(s->team_ids, team_id);
    }
    return hd_ids_make(cx->arena, ids, own);
}

void hd_desk_pipeline_check(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t)
{
    hd_ids_t had = old != NULL ? old->stage_ids : (hd_ids_t){ 0, NULL };
    hd_ids_t come = hd_desk_subtract(cx->arena, t->stage_ids, had);
    hd_ids_t go = hd_desk_subtract(cx->arena, had, t->stage_ids);
    for (uint32_t i = 0; i < come.n; i++) {
        const hd_stage_t *s = hd_config_get(cx->txn, HD_STAGE, come.v[i]);
        if (s == NULL || !s->active || !hd_desk_ref_ok(cx, HD_STAGE, come.v[i])) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_stage_ids, "not_found");
            return;
        }
        if (s->team_ids.n >= HD_LIST_MAX) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_stage_ids, "too_many");
            return;
        }
    }
    for (uint32_t i = 0; i < go.n; i++) {
        if (hd_desk_stage_tickets(cx, go.v[i], old->rec.id) != 0) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_stage_ids, "in_use");        /* STG-19 */
            return;
        }
    }
}

static hd_code_t set_use(hd_cx_t *cx, hd_ids_t stages, hd_id_t team, bool use)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < stages.n && code == HD_OK; i++) {
        hd_stage_t was;
        code = hd_row_get(cx->txn, cx->arena, HD_STAGE, stages.v[i], &was);
        if (code == HD_OK) {
            hd_stage_t s = was;
            s.team_ids = use ? hd_ids_with(cx->arena, was.team_ids, team)
                             : hd_ids_without(cx->arena, was.team_ids, team);
            code = hd_desk_put(cx, HD_STAGE, &was, &s);
        }
    }
    return code;
}

hd_code_t hd_desk_pipeline_set(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t)
{
    hd_ids_t had = old != NULL ? old->stage_ids : (hd_ids_t){ 0, NULL };
    hd_code_t code = set_use(cx, hd_desk_subtract(cx->arena, t->stage_ids, had), t->rec.id, true);
    return code == HD_OK
        ? set_use(cx, hd_desk_subtract(cx->arena, had, t->stage_ids), t->rec.id, false) : code;
}

/* ---- a new team's pipeline (TEAM-6) ---- */


static hd_code_t make_stages(hd_cx_t *cx, hd_id_t team_id)
{
    static const struct {
        const char *name;
        bool        fold;
    } first[] = {
        { "New", false }, { "In Progress", false }, { "Solved", true }, { "Cancelled", true }
    };
    hd_code_t code = HD_OK;
    for (int i = 0; i < 4 && code == HD_OK; i++) {
        hd_stage_t s = { .name = hd_str(first[i].name), .sequence = 10 * (i + 1),
                         .fold = first[i].fold, .active = true };
        s.team_ids = hd_ids_make(cx->arena, &team_id, 1);
        code = hd_desk_put(cx, HD_STAGE, NULL, &s);
    }
    return code;
}

/* The first team of the company that has a pipeline with room for one more. */
static hd_id_t find_model(hd_cx_t *cx, const hd_team_t *t)
{
    size_t n, n_stages;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    const hd_team_t *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *o = teams[i];
        if (o->rec.id == t->rec.id || !o->active || o->company_id != t->company_id
            || (best != NULL && o->sequence >= best->sequence)) {
            continue;
        }
        const hd_stage_t *const *stages = hd_team_stages(cx, o->rec.id, &n_stages);
        bool room = n_stages != 0;
        for (size_t s = 0; s < n_stages; s++) {
            room = room && stages[s]->team_ids.n < HD_LIST_MAX;
        }
        best = room ? o : best;
    }
    return best != NULL ? best->rec.id : 0;
}

/* Does a third active team of the company have it, too? */
static bool is_shared(hd_cx_t *cx, const hd_stage_t *s, hd_id_t model, const hd_team_t *t)
{
    for (uint32_t i = 0; i < s->team_ids.n; i++) {
        const hd_team_t *o = hd_config_get(cx->txn, HD_TEAM, s->team_ids.v[i]);
        if (o != NULL && o->rec.id != model && o->rec.id != t->rec.id && o->active && o->company_id == t->company_id) {
            return true;
        }
    }
    return false;
}

static bool has_company(hd_cx_t *cx, hd_id_t model, const hd_team_t *t)
{
    size_t n, others = 0;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *o = teams[i];
        others += o->active && o->company_id == t->company_id && o->rec.id != model && o->rec.id != t->rec.id;
    }
    return others != 0;
}

/* Those the first team shares with others; all of them while it is the only one.  None: not a whole pipeline. */
static hd_ids_t shared_stages(hd_cx_t *cx, hd_id_t model, const hd_team_t *t)
{
    size_t n, found = 0;
    bool all = !has_company(cx, model, t), open = false, folded = false;
    const hd_stage_t *const *stages = hd_team_stages(cx, model, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        if (all || is_shared(cx, stages[i], model, t)) {
            ids[found++] = stages[i]->rec.id;
            open = open || !stages[i]->fold;
            folded = folded || stages[i]->fold;
        }
    }
    return hd_ids_make(cx->arena, ids, all || (open && folded) ? found : 0);
}

/* A stage made for one team stays with it: only what is shared already is taken over (STG-5). */
hd_code_t hd_desk_pipeline_make(hd_cx_t *cx, const hd_team_t *t)
{
    hd_id_t model = find_model(cx, t);
    hd_ids_t shared = { 0, NULL };
    if (model != 0) {
        shared = shared_stages(cx, model, t);
    }
    return shared.n == 0 ? make_stages(cx, t->rec.id) : set_use(cx, shared, t->rec.id, true);
}

/* ---- what a team shows beside its fields ---- */

static hd_code_t count_open(hd_cx_t *cx, hd_team_t *t, const hd_ticket_query_t *base)
{
    size_t n;
    uint64_t open = 0, one;
    const hd_stage_t *const *stages = hd_team_stages(cx, t->rec.id, &n);
    hd_ticket_query_t q = *base;
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        q.stage_id = stages[i]->rec.id;
        if (!stages[i]->fold && (code = hd_ticket_count(cx, &q, &one)) == HD_OK) {
            open += one;
        }
    }
    t->open_ticket_count = (int64_t) open;
    return code;
}

/* Somebody who follows some of its tickets counts those. */
static void count_followed(hd_cx_t *cx, hd_team_t *t)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_problem_t unused;
    hd_filter_t f[2];
    uint64_t n = 0;
    hd_ticket_query_t q = { .team_id = t->rec.id, .active = 1, .filters = f, .n_filters = 1 };
    hd_problem_init(&unused);
    if (hd_filter_parse(e, cx->arena, HD_STR("closed"), HD_STR("false"), true, &f[0], &unused) != HD_OK
        || hd_filter_parse(e, cx->arena, HD_STR("priority"), HD_STR("3"), true, &f[1], &unused) != HD_OK) {
        return;
    }
    q.unassigned = true;
    t->unassigned_tickets = hd_ticket_count(cx, &q, &n) == HD_OK ? (int64_t) n : 0;
    q.unassigned = false;
    q.n_filters = 2;
    t->urgent_ticket = hd_ticket_count(cx, &q, &n) == HD_OK ? (int64_t) n : 0;
}

const hd_team_t *hd_team_view(hd_cx_t *cx, const hd_team_t *team)
{
    hd_team_t *t = hd_alloc_raw(cx->arena, sizeof(*t));
    *t = *team;
    t->stage_ids = hd_desk_stage_ids(cx, t->rec.id, false);
    t->open_ticket_count = t->unassigned_tickets = t->urgent_ticket = 0;
    if (!t->active) {
        return t;               /* TEAM-8: none of its tickets is in force */
    }
    hd_ticket_query_t q = { .team_id = t->rec.id, .active = 1 };
    (void) count_open(cx, t, &q);
    if (hd_sees_team_tickets(cx, team) == HD_SEES_ALL) {
        t->unassigned_tickets = hd_counter_get(cx->txn, HD_CN_TEAM_UNASSIGNED, t->rec.id, 0);
        t->urgent_ticket = hd_counter_get(cx->txn, HD_CN_TEAM_URGENT, t->rec.id, 0);
    } else if (t->open_ticket_count != 0) {
        count_followed(cx, t);
    }
    return t;
}
