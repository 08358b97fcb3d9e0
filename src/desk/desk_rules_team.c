/*
 * Rules of teams: defaults, address of the form, members, and what followers, visibility and
 * company of a team mean for its tickets (TEAM-2 .. TEAM-9, VIS-11, VIS-13, D-8).
 */
#include "desk_impl.h"

#define SLUG_MAX   60
#define SLUG_TRIES 10000

static const char too_many[] =
    "The team has too many tickets to change this in one go. Archive or move some first.";

static bool may_write_team(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) mask;
    return hd_actor_is_admin(cx->actor)         /* TEAM-2 */
        && (old == NULL || hd_desk_has_company(cx->actor, ((const hd_team_t *) old)->company_id));
}

/* ---- fields ---- */

static bool is_taken(hd_cx_t *cx, hd_str_t slug, hd_id_t own)
{
    hd_id_t id;
    return hd_desk_find_text(cx, HD_IX_TEAM_SLUG, slug, &id) && id != own;
}

static void check_slug(hd_cx_t *cx, hd_team_t *t)
{
    hd_arena_t *a = cx->arena;
    if (t->slug.len != 0) {
        t->slug = hd_text_slug(a, t->slug, SLUG_MAX);
        if (t->slug.len == 0) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_slug, "not_allowed");
        } else if (is_taken(cx, t->slug, t->rec.id)) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_slug, "taken");
        }
        return;
    }
    hd_str_t base = hd_text_slug(a, t->name, SLUG_MAX - 8);
    if (base.len == 0) {
        base = HD_STR("team");
    }
    t->slug = base;
    for (int i = 2; i < SLUG_TRIES && is_taken(cx, t->slug, t->rec.id); i++) {
        t->slug = hd_strf(a, "%.*s-%d", HD_STR_ARG(base), i);
    }
}

static void check_members(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t)
{
    bool moved = old == NULL || old->company_id != t->company_id;
    for (uint32_t i = 0; i < t->member_ids.n; i++) {
        hd_id_t id = t->member_ids.v[i];
        if (!moved && hd_ids_has(old->member_ids, id)) {
            continue;
        }
        if (!hd_desk_may_hold(cx, id, t->company_id)) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_member_ids, "not_allowed");      /* ACC-6 */
            return;
        }
    }
}

static void check_company(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t)
{
    if (t->company_id == 0 && old == NULL && cx->actor->user != NULL) {
        t->company_id = cx->actor->user->company_id;            /* TEAM-3 */
    }
    if (t->company_id == 0) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "required");
    } else if (old == NULL || old->company_id != t->company_id) {
        if (!hd_desk_ref_ok(cx, HD_COMPANY, t->company_id)) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "not_found");
        }
    }
}

/* ---- what a change means for the tickets ---- */

static hd_ids_t subtract(hd_arena_t *a, hd_ids_t ids, hd_ids_t gone)
{
    for (uint32_t i = 0; i < gone.n && ids.n != 0; i++) {
        ids = hd_ids_without(a, ids, gone.v[i]);
    }
    return ids;
}

static bool leaves_portal(const hd_team_t *old, const hd_team_t *t)
{
    return old != NULL && old->privacy_visibility == HD_VIS_PORTAL
        && t->privacy_visibility != HD_VIS_PORTAL;
}

/* False when the tickets stay as they are. */
static bool plan_cascade(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t,
                         hd_team_cascade_t *what)
{
    *what = (hd_team_cascade_t){
        .add = subtract(cx->arena, t->message_partner_ids, old->message_partner_ids),
        .remove = subtract(cx->arena, old->message_partner_ids, t->message_partner_ids),
        .customers = old->privacy_visibility != HD_VIS_PORTAL
            && t->privacy_visibility == HD_VIS_PORTAL,
        .company = old->company_id != t->company_id ? t->company_id : 0,
    };
    if (leaves_portal(old, t)) {
        what->drop = hd_desk_portal_contacts(cx);
    }
    return what->add.n != 0 || what->remove.n != 0 || what->drop.n != 0 || what->customers
        || what->company != 0;
}

static hd_code_t check_tickets(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t)
{
    hd_team_cascade_t what;
    if (!plan_cascade(cx, old, t, &what)) {
        return HD_OK;
    }
    if (hd_desk_team_tickets(cx, old->rec.id) > HD_CASCADE_MAX) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, too_many);
    }
    if (what.company != 0 && !hd_desk_may_change_company(cx, old, what.company)) {
        return hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "in_use");        /* TEAM-7 */
    }
    return HD_OK;
}

static hd_code_t check_team(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_team_t *old = old_rec;
    hd_team_t *t = rec;
    uint32_t before = cx->problem->n_fields;
    check_company(cx, old, t);
    check_slug(cx, t);
    check_members(cx, old, t);
    if (!hd_desk_refs_ok(cx, HD_CONTACT, t->message_partner_ids,
                         old != NULL ? &old->message_partner_ids : NULL)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_message_partner_ids, "not_found");
    }
    if (mask & HD_BIT(HD_TEAM_F_ticket_properties)) {
        hd_desk_check_properties(cx, t);
    }
    if (mask & HD_BIT(HD_TEAM_F_form_fields)) {
        hd_desk_check_form(cx, t);
    }
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
    }
    if (leaves_portal(old, t)) {                /* VIS-11 */
        t->message_partner_ids = subtract(cx->arena, t->message_partner_ids,
                                          hd_desk_portal_contacts(cx));
    }
    if (old != NULL) {
        return check_tickets(cx, old, t);
    }
    size_t n;
    hd_config_all(cx->txn, HD_TEAM, &n);
    return n < HD_TEAMS_MAX
               ? HD_OK
               : hd_problem_set(cx->problem, HD_E_CONFLICT, "There are too many teams.");
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

static hd_code_t share_stages(hd_cx_t *cx, hd_id_t model, hd_id_t team_id)
{
    size_t n;
    const hd_stage_t *const *stages = hd_team_stages(cx, model, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        ids[i] = stages[i]->rec.id;
    }
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_stage_t was;
        code = hd_row_get(cx->txn, cx->arena, HD_STAGE, ids[i], &was);
        if (code == HD_OK) {
            hd_stage_t s = was;
            s.team_ids = hd_ids_with(cx->arena, was.team_ids, team_id);
            code = hd_desk_put(cx, HD_STAGE, &was, &s);
        }
    }
    return code;
}

static hd_code_t follow_up(hd_cx_t *cx, const void *old, const void *rec)
{
    const hd_team_t *t = rec;
    hd_team_cascade_t what;
    if (old == NULL) {
        hd_id_t model = find_model(cx, t);
        return model != 0 ? share_stages(cx, model, t->rec.id) : make_stages(cx, t->rec.id);
    }
    return plan_cascade(cx, old, t, &what) ? hd_desk_cascade_team(cx, t->rec.id, &what) : HD_OK;
}

/* ---- delete ---- */

static hd_code_t check_delete_team(hd_cx_t *cx, const void *old)
{
    /* TEAM-9 */
    return hd_desk_team_tickets(cx, ((const hd_rec_t *) old)->id) == 0 ? HD_OK : HD_E_IN_USE;
}

static hd_code_t leave_stages(hd_cx_t *cx, const void *old)
{
    hd_id_t team_id = ((const hd_rec_t *) old)->id;
    size_t n, own = 0;
    const void *const *all = hd_config_all(cx->txn, HD_STAGE, &n);
    hd_id_t *ids = hd_alloc_n(cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        const hd_stage_t *s = all[i];
        ids[own] = s->rec.id;
        own += hd_ids_has(s->team_ids, team_id);
    }
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < own && code == HD_OK; i++) {
        hd_stage_t was;
        code = hd_row_get(cx->txn, cx->arena, HD_STAGE, ids[i], &was);
        if (code == HD_OK) {
            hd_stage_t s = was;
            s.team_ids = hd_ids_without(cx->arena, was.team_ids, team_id);
            code = hd_desk_put(cx, HD_STAGE, &was, &s);
        }
    }
    return code;
}

const hd_rules_t hd_rules_team = {
    .may_write = may_write_team,
    .check = check_team,
    .after = follow_up,
    .check_delete = check_delete_team,
    .before_delete = leave_stages,
};
