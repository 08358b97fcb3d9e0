/*
 * Saved views: what a list or a board shows, kept by name (TKT-8).  A view is a question, never a right: whoever opens a
 * shared one is answered with what he sees himself.
 */
#include "desk_impl.h"

#define WORD_MAX   4000          /* bytes of one member of the query */
#define NAME_LEN   60            /* of a column */
#define COLUMNS    40

static bool is_own(hd_cx_t *cx, const hd_view_t *v)
{
    return v->user_id != 0 && v->user_id == cx->actor->uid;
}

bool hd_desk_sees_view(hd_cx_t *cx, const hd_view_t *v)
{
    if (!hd_actor_is_staff(cx->actor)) {
        return false;
    }
    if (is_own(cx, v) || v->shared == HD_VIEW_EVERYONE) {
        return true;
    }
    const hd_team_t *team = v->shared == HD_VIEW_TEAM ? hd_config_get(cx->txn, HD_TEAM, v->team_id) : NULL;
    return team != NULL && hd_sees_team(cx, team);
}

/* The owner; administrators those that are shared (they do not see the others). */
static bool may_write(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) mask;
    return hd_actor_is_staff(cx->actor) && (old == NULL || is_own(cx, old) || hd_actor_is_admin(cx->actor));
}

/* ---- the query ---- */

static void bad_member(hd_cx_t *cx, hd_str_t name, const char *code)
{
    hd_desk_bad_name(cx, hd_str_cat(cx->arena, 2, HD_STR("query."), name), code);
}

static bool is_word(hd_str_t name)
{
    static const char *const words[] = { "filter", "team", "customer", "q", "where", "period", "sort", "group" };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (hd_str_is(name, words[i])) {
            return true;
        }
    }
    return false;
}

static void check_columns(hd_cx_t *cx, hd_str_t name, const hd_jval_t *v)
{
    size_t n = hd_jtype(v) == HD_J_ARR ? hd_jlen(v) : 0;
    if (hd_jtype(v) != HD_J_ARR || n > COLUMNS) {
        bad_member(cx, name, n > COLUMNS ? "too_many" : "wrong_type");
    }
    for (size_t i = 0; i < n && n <= COLUMNS; i++) {
        const hd_jval_t *one = hd_jat(v, i);
        if (hd_jtype(one) != HD_J_STR || hd_jstr(one).len == 0 || hd_jstr(one).len > NAME_LEN) {
            bad_member(cx, name, "wrong_type");
            return;
        }
    }
}

/* Conditions must be ones a list can be asked with; where says so as the list itself would. */
static void check_where(hd_cx_t *cx, hd_str_t name, hd_str_t text)
{
    const hd_expr_t *x;
    hd_problem_t p;
    hd_problem_init(&p);
    if (text.len != 0 && hd_expr_parse(hd_entities[HD_TICKET], cx->arena, text, true, &x, &p) != HD_OK) {
        const hd_bad_field_t *bad = p.fields;
        hd_problem_field(cx->problem, cx->arena, hd_str_cat(cx->arena, 2, HD_STR("query."), name),
                         bad != NULL ? bad->code : "syntax", bad != NULL ? bad->sentence : "This is no condition.");
    }
}

static void check_query(hd_cx_t *cx, const hd_view_t *r)
{
    hd_jval_t *all = NULL, *v;
    void *it = NULL;
    hd_str_t name;
    if (r->query.len == 0 || hd_jparse(cx->arena, r->query, &all) != HD_OK) {
        return;                 /* its shape was checked before */
    }
    while (hd_jnext(all, &it, &name, &v)) {
        if (hd_str_is(name, "columns")) {
            check_columns(cx, name, v);
        } else if (!is_word(name)) {
            bad_member(cx, name, "unknown_field");
        } else if (hd_jtype(v) != HD_J_STR) {
            bad_member(cx, name, "wrong_type");
        } else if (hd_jstr(v).len > WORD_MAX) {
            bad_member(cx, name, "too_long");
        } else if (hd_str_is(name, "where")) {
            check_where(cx, name, hd_jstr(v));
        }
    }
}

/* ---- rules ---- */

static hd_code_t check(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_view_t *old = old_rec;
    hd_view_t *v = rec;
    uint32_t before = cx->problem->n_fields;
    (void) mask;
    if (old == NULL) {
        v->user_id = cx->actor->uid;
    }
    if (v->shared != HD_VIEW_TEAM) {
        v->team_id = 0;
    } else if (v->team_id == 0) {
        hd_desk_bad(cx, HD_VIEW, HD_VIEW_F_team_id, "required");
    } else if ((old == NULL || old->team_id != v->team_id) && !hd_desk_ref_ok(cx, HD_TEAM, v->team_id)) {
        hd_desk_bad(cx, HD_VIEW, HD_VIEW_F_team_id, "not_found");
    }
    if (v->shared == HD_VIEW_PRIVATE && !is_own(cx, v)) {
        hd_desk_bad(cx, HD_VIEW, HD_VIEW_F_shared, "not_allowed");       /* it would be out of one's own sight */
    }
    check_query(cx, v);
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

static bool may_delete(hd_cx_t *cx, const void *old)
{
    return is_own(cx, old);
}

const hd_rules_t hd_rules_view = {
    .may_write = may_write,
    .check = check,
    .may_delete = may_delete,
};

/* A user's own go with him, what he shared stays; what a team shared is its owner's again. */
static hd_code_t let_go(hd_cx_t *cx, hd_type_t type, const hd_view_t *old)
{
    hd_view_t v = *old;
    if (type == HD_USER) {
        v.user_id = 0;
    } else {
        v.team_id = 0;
        v.shared = HD_VIEW_PRIVATE;
    }
    return v.user_id == 0 && v.shared == HD_VIEW_PRIVATE ? hd_desk_remove(cx, HD_VIEW, old)
                                                         : hd_desk_put(cx, HD_VIEW, old, &v);
}

hd_code_t hd_desk_views_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    hd_id_t *ids;
    hd_code_t code = HD_OK;
    size_t n = hd_desk_all_ids(cx, HD_VIEW, &ids);
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_view_t v;
        code = hd_row_get(cx->txn, cx->arena, HD_VIEW, ids[i], &v);
        if (code == HD_OK && (type == HD_TEAM ? v.team_id : v.user_id) == id) {
            code = let_go(cx, type, &v);
        }
    }
    return code;
}
