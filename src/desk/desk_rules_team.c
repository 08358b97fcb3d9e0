/*
 * Rules of teams: defaults, addresses of form and mail, members, and what followers, visibility and
 * company of a team mean for its tickets (TEAM-2 .. TEAM-9, CHN-2, VIS-11 .. VIS-13, D-8).
 */
#include "desk_impl.h"

#define SLUG_MAX   60
#define SLUG_TRIES 10000
#define ALIAS_MAX  64
#define AUTO_CLOSE_DAYS 7

static const char has_tickets[] = "The team still has tickets. Archive it instead.";

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
        t->company_id = hd_desk_own_company(cx->actor);            /* TEAM-3 */
    }
    if (t->company_id == 0) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "required");
    } else if (old == NULL || old->company_id != t->company_id) {
        if (!hd_desk_ref_ok(cx, HD_COMPANY, t->company_id)) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "not_found");
        }
    }
}

/* ---- alias (CHN-1, CHN-2) ---- */

/* Accents removed, lower case, cut at @; what is no letter, digit, _ + or . becomes a dash; single dots within. */
static hd_str_t clean_alias(hd_arena_t *a, hd_str_t name)
{
    const char *at = name.len != 0 ? memchr(name.data, '@', name.len) : NULL;
    hd_str_t s = hd_text_fold(a, at != NULL ? (hd_str_t){ (size_t) (at - name.data), name.data } : name);
    char *out = hd_alloc_raw(a, s.len + 1);
    size_t n = 0;
    bool dash = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+';
        bool dot = c == '.' && (n == 0 || dash || out[n - 1] == '.');
        if (!word && c != '.') {
            dash = true;
            continue;
        }
        if (dash) {
            out[n++] = '-';
            dash = false;
            dot = false;
        }
        if (c != '.' || (!dot && n != 0)) {
            out[n++] = c;
        }
    }
    if (dash) {
        out[n++] = '-';
    }
    n = n < ALIAS_MAX ? n : ALIAS_MAX;
    while (n > 0 && out[n - 1] == '.') {
        n--;
    }
    return (hd_str_t){ n, out };
}

static bool has_letter(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((s.data[i] >= 'a' && s.data[i] <= 'z') || (s.data[i] >= '0' && s.data[i] <= '9')) {
            return true;
        }
    }
    return false;
}

static bool is_reserved(hd_str_t alias)
{
    return hd_str_is(alias, "catchall") || hd_str_is(alias, "bounce");
}

static bool is_alias_taken(hd_cx_t *cx, hd_str_t alias, hd_id_t own)
{
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *t = teams[i];
        if (t->rec.id != own && hd_str_eq(t->alias_name, alias)) {
            return true;
        }
    }
    return false;
}

static void derive_alias(hd_cx_t *cx, hd_team_t *t)
{
    hd_str_t base = clean_alias(cx->arena, t->name);
    base.len = base.len < ALIAS_MAX - 8 ? base.len : ALIAS_MAX - 8;
    while (base.len != 0 && (base.data[base.len - 1] == '-' || base.data[base.len - 1] == '.')) {
        base.len--;
    }
    while (base.len != 0 && base.data[0] == '-') {
        base = (hd_str_t){ base.len - 1, base.data + 1 };
    }
    if (!has_letter(base)) {
        base = HD_STR("team");
    }
    t->alias_name = base;
    for (int i = 2; i < SLUG_TRIES && (is_reserved(t->alias_name)
                                       || is_alias_taken(cx, t->alias_name, t->rec.id)); i++) {
        t->alias_name = hd_strf(cx->arena, "%.*s-%d", HD_STR_ARG(base), i);
    }
}

static void check_alias(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t)
{
    if (t->alias_name.len == 0) {
        if (t->use_alias && t->name.len != 0) {
            derive_alias(cx, t);
        }
        return;
    }
    if (old != NULL && hd_str_eq(old->alias_name, t->alias_name)) {
        return;
    }
    t->alias_name = clean_alias(cx->arena, t->alias_name);
    if (!has_letter(t->alias_name) || is_reserved(t->alias_name)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_alias_name, "not_allowed");
    } else if (is_alias_taken(cx, t->alias_name, t->rec.id)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_alias_name, "taken");
    }
}

/* ---- stages, hours, closing ---- */

/* to_stage_id null means the first folded stage (CLO-1). */
static void check_closing(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t, uint64_t mask)
{
    bool moved = (mask & HD_BIT(HD_TEAM_F_stage_ids)) != 0;
    if (t->to_stage_id != 0 && (moved || old == NULL || old->to_stage_id != t->to_stage_id)
        && !hd_ids_has(t->stage_ids, t->to_stage_id)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_to_stage_id, "not_of_team");
    }
    for (uint32_t i = 0; i < t->from_stage_ids.n; i++) {
        hd_id_t id = t->from_stage_ids.v[i];
        if ((moved || old == NULL || !hd_ids_has(old->from_stage_ids, id))
            && !hd_ids_has(t->stage_ids, id)) {
            hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_from_stage_ids, "not_of_team");
            break;
        }
    }
    if (t->auto_close_ticket && t->auto_close_day < 1) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_auto_close_day, "out_of_range");
    }
}

/* TEAM-6: what a new team has unless it was said. */
static void set_defaults(hd_team_t *t, uint64_t mask)
{
    t->use_sla = t->use_sla || !(mask & HD_BIT(HD_TEAM_F_use_sla));
    t->use_alias = t->use_alias || !(mask & HD_BIT(HD_TEAM_F_use_alias));
    if (!(mask & HD_BIT(HD_TEAM_F_auto_close_day))) {
        t->auto_close_day = AUTO_CLOSE_DAYS;
    }
}

/* ---- what a change means for the tickets ---- */

bool hd_desk_team_step(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t, hd_step_t *ret_step)
{
    bool was = old->privacy_visibility == HD_VIS_PORTAL;
    bool is = t->privacy_visibility == HD_VIS_PORTAL;
    hd_step_t s = { .drop = was && !is, .customers = !was && is };
    if (s.drop) {
        t->message_partner_ids = hd_desk_subtract(cx->arena, t->message_partner_ids,
                                                  hd_desk_portal_contacts(cx));     /* VIS-11 */
        t->access_token = (hd_str_t){ 0, NULL };                                    /* VIS-12 */
    }
    s.add = hd_desk_subtract(cx->arena, t->message_partner_ids, old->message_partner_ids);
    s.remove = hd_desk_subtract(cx->arena, old->message_partner_ids, t->message_partner_ids);
    *ret_step = s;
    return s.drop || s.customers || s.add.n != 0 || s.remove.n != 0
        || old->company_id != t->company_id;
}

static hd_code_t check_tickets(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t)
{
    hd_step_t step;
    if (!hd_desk_team_step(cx, old, t, &step)) {
        return HD_OK;
    }
    hd_code_t code = old->company_id != t->company_id ? hd_desk_check_move(cx, old, t->company_id) : HD_OK;
    return code == HD_OK ? hd_desk_sweep_plan(cx, old, t, &step) : code;
}

static void check_fields(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t, uint64_t mask)
{
    check_company(cx, old, t);
    check_slug(cx, t);
    check_alias(cx, old, t);
    check_members(cx, old, t);
    hd_desk_pipeline_check(cx, old, t);
    check_closing(cx, old, t, mask);
    hd_desk_check_calendar(cx, HD_TEAM, HD_TEAM_F_resource_calendar_id,
                           old != NULL && old->company_id == t->company_id
                               ? old->resource_calendar_id : 0,
                           t->resource_calendar_id, (hd_ids_t){ 1, &t->company_id });
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
}

static hd_code_t check_team(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_team_t *old = old_rec;
    hd_team_t *t = rec;
    uint32_t before = cx->problem->n_fields;
    if (old == NULL) {
        set_defaults(t, mask);
    }
    check_fields(cx, old, t, mask);
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
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

/* ---- what follows ---- */

static hd_code_t follow_up(hd_cx_t *cx, const void *old_rec, const void *rec)
{
    const hd_team_t *old = old_rec, *t = rec;
    hd_code_t code = old == NULL && t->stage_ids.n == 0 ? hd_desk_pipeline_make(cx, t)
                                                        : hd_desk_pipeline_set(cx, old, t);
    if (code == HD_OK && old != NULL && t->follow_epoch != old->follow_epoch) {
        code = hd_desk_sweep_begin(cx, t->rec.id);
    }
    return code;
}

static hd_code_t check_delete_team(hd_cx_t *cx, const void *old)
{
    if (hd_desk_team_tickets(cx, ((const hd_rec_t *) old)->id) == 0) {
        return HD_OK;
    }
    return hd_problem_set(cx->problem, HD_E_IN_USE, has_tickets);      /* TEAM-9 */
}

static hd_code_t let_go(hd_cx_t *cx, const void *old_rec)
{
    const hd_team_t *old = old_rec;
    hd_team_t none = { .rec.id = old->rec.id };
    hd_team_t all = { .rec.id = old->rec.id };
    hd_code_t code = hd_desk_talk_drop(cx, HD_TEAM, old->rec.id);
    code = code == HD_OK ? hd_desk_forget(cx, HD_TEAM, old->rec.id) : code;
    code = code == HD_OK ? hd_file_drop(cx, HD_TEAM, old) : code;
    code = code == HD_OK ? hd_desk_canned_drop(cx, HD_TEAM, old->rec.id) : code;
    code = code == HD_OK ? hd_desk_views_drop(cx, HD_TEAM, old->rec.id) : code;
    code = code == HD_OK ? hd_desk_remove_leaves(cx, HD_TEAM, old->rec.id) : code;
    all.stage_ids = hd_desk_stage_ids(cx, old->rec.id, true);
    return code == HD_OK ? hd_desk_pipeline_set(cx, &all, &none) : code;
}

const hd_rules_t hd_rules_team = {
    .may_write = may_write_team,
    .check = check_team,
    .after = follow_up,
    .check_delete = check_delete_team,
    .before_delete = let_go,
};
