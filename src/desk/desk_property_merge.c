/*
 * The values a ticket's properties have after a change (TKT-12).
 *
 * ticket.properties holds what belongs to the present team; a PATCH merges by name, null removes.
 * A ticket that moves takes with it what the new team's definitions accept.  All it had also stays
 * in ticket.properties_kept under the number of the team it left,
 *
 *     {"3":{"serial":"AX-17"}}
 *
 * so a ticket that returns has what it had when it left, overlaid by what it brings.  A changed
 * definition touches no ticket: a value that does not fit any more stays as it is until somebody
 * writes that property.
 */
#include "desk_property.h"

static hd_jval_t *parse(hd_cx_t *cx, hd_str_t json)
{
    hd_jval_t *v;
    return hd_jparse(cx->arena, json, &v) == HD_OK ? v : NULL;
}

/* ---- objects of values ---- */

typedef struct {
    hd_cx_t             *cx;
    const hd_property_t *v;
    size_t               n;
    hd_jval_t           *old, *patch;    /* NULL: none */
    bool                 defaults;
    bool                 trusted;        /* relations were checked when they were written */
    hd_buf_t             b;
    hd_json_t            j;
    size_t               written;
} merge_t;

static hd_jval_t *member(hd_arena_t *a, hd_jval_t *obj, hd_str_t name)
{
    return obj == NULL ? NULL : hd_jget(obj, hd_str_dup(a, name).data);
}

static bool is_nothing(const hd_jval_t *v)
{
    hd_jtype_t type = hd_jtype(v);
    return type == HD_J_NULL || (type == HD_J_STR && hd_jstr(v).len == 0)
        || (type == HD_J_ARR && hd_jlen(v) == 0);
}

static void keep(merge_t *m, hd_str_t name, const hd_jval_t *v)
{
    hd_json_name(&m->j, name);
    hd_json_raw(&m->j, hd_jdump(m->cx->arena, v));
    m->written++;
}

static void merge_defined(merge_t *m, const hd_property_t *p)
{
    hd_arena_t *a = m->cx->arena;
    hd_jval_t *was = member(a, m->old, p->name), *now = member(a, m->patch, p->name);
    if (now == NULL) {
        if (was != NULL) {
            keep(m, p->name, was);
        } else if (m->defaults && p->initial != NULL) {
            keep(m, p->name, p->initial);
        }
        return;
    }
    if (is_nothing(now)) {
        return;
    }
    hd_str_t where = hd_str_cat(a, 2, HD_STR("properties."), p->name);
    hd_buf_t b;
    hd_buf_init(&b, a, 256, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    if (hd_desk_property_write(m->cx, p, now, m->trusted ? now : was, where, &j)) {
        hd_json_name(&m->j, p->name);
        hd_json_raw(&m->j, hd_buf_view(&b));
        m->written++;
    }
}

/* What no definition knows (any more) stays, may be removed, and is not written anew. */
static void merge_unknown(merge_t *m)
{
    hd_arena_t *a = m->cx->arena;
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v;
    while (m->old != NULL && hd_jnext(m->old, &it, &name, &v)) {
        hd_jval_t *now = member(a, m->patch, name);
        if (hd_desk_property(m->v, m->n, name) == NULL && (now == NULL || !is_nothing(now))) {
            keep(m, name, v);
        }
    }
    it = NULL;
    while (m->patch != NULL && hd_jnext(m->patch, &it, &name, &v)) {
        hd_jval_t *was = member(a, m->old, name);
        bool same = was != NULL && hd_str_eq(hd_jdump(a, was), hd_jdump(a, v));
        if (hd_desk_property(m->v, m->n, name) == NULL && !is_nothing(v) && !same) {
            hd_desk_bad_name(m->cx, hd_str_cat(a, 2, HD_STR("properties."), name), "unknown_field");
        }
    }
}

static hd_str_t merge(merge_t *m)
{
    hd_buf_init(&m->b, m->cx->arena, 512, HD_BODY_MAX);
    m->j = hd_json(&m->b);
    hd_json_obj(&m->j);
    for (size_t i = 0; i < m->n; i++) {
        merge_defined(m, &m->v[i]);
    }
    merge_unknown(m);
    hd_json_end_obj(&m->j);
    return m->written != 0 ? hd_buf_view(&m->b) : HD_STR("");
}

/* ---- moving ---- */

static bool fits(hd_cx_t *cx, const hd_property_t *p, hd_jval_t *v)
{
    hd_problem_t scratch;
    hd_problem_init(&scratch);
    hd_cx_t quiet = *cx;
    quiet.problem = &scratch;
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 256, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    return hd_desk_property_write(&quiet, p, v, v, HD_STR(""), &j);
}

/* What goes along: the values the new team's definitions accept. */
static hd_jval_t *take(merge_t *m, hd_jval_t *has)
{
    hd_buf_t b;
    hd_buf_init(&b, m->cx->arena, 512, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v;
    hd_json_obj(&j);
    while (has != NULL && hd_jnext(has, &it, &name, &v)) {
        const hd_property_t *p = hd_desk_property(m->v, m->n, name);
        if (p != NULL && fits(m->cx, p, v)) {
            hd_json_name(&j, name);
            hd_json_raw(&j, hd_jdump(m->cx->arena, v));
        }
    }
    hd_json_end_obj(&j);
    return parse(m->cx, hd_buf_view(&b));
}

/* All that the ticket has stays behind under its old team; what the new one kept is taken out. */
static hd_str_t shelve(merge_t *m, hd_jval_t *kept, hd_str_t from, hd_str_t to, hd_str_t has)
{
    hd_buf_t b;
    hd_buf_init(&b, m->cx->arena, 512, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    size_t n = 0;
    hd_json_obj(&j);
    while (kept != NULL && hd_jnext(kept, &it, &key, &v)) {
        if (!hd_str_eq(key, to) && !hd_str_eq(key, from)) {
            hd_json_name(&j, key);
            hd_json_raw(&j, hd_jdump(m->cx->arena, v));
            n++;
        }
    }
    if (has.len != 0) {
        hd_json_name(&j, from);
        hd_json_raw(&j, has);
        n++;
    }
    hd_json_end_obj(&j);
    return n != 0 ? hd_buf_view(&b) : HD_STR("");
}

/* The ticket enters m's team; sets m->old and t->properties_kept. */
static void move(merge_t *m, const hd_ticket_t *old, hd_ticket_t *t)
{
    hd_arena_t *a = m->cx->arena;
    hd_str_t from = hd_strf(a, "%" PRIu64, old->team_id), to = hd_strf(a, "%" PRIu64, t->team_id);
    hd_jval_t *kept = t->properties_kept.len != 0 ? parse(m->cx, t->properties_kept) : NULL;
    hd_jval_t *back = member(a, kept, to);
    const hd_team_t *team = hd_config_get(m->cx->txn, HD_TEAM, old->team_id);
    hd_str_t has = old->properties;
    if (has.len == 0 && team != NULL && team->ticket_properties.len != 0) {
        has = HD_STR("{}");                 /* so that its defaults do not come again */
    }
    t->properties_kept = shelve(m, kept, from, to, has);

    merge_t both = { .cx = m->cx, .v = m->v, .n = m->n, .old = back, .defaults = back == NULL,
                     .trusted = true };
    both.patch = old->properties.len != 0 ? take(m, parse(m->cx, old->properties)) : NULL;
    hd_str_t merged = merge(&both);
    m->old = merged.len != 0 ? parse(m->cx, merged) : NULL;
}

void hd_desk_decide_properties(hd_cx_t *cx, const hd_ticket_t *old, hd_ticket_t *t,
                               const hd_team_t *team, bool given)
{
    hd_str_t has = old != NULL ? old->properties : HD_STR("");
    bool moved = old != NULL && old->team_id != t->team_id;
    hd_str_t patch = given ? t->properties : HD_STR("{}");
    t->properties = has;
    bool calm = !moved && has.len == 0 && (old != NULL || team->ticket_properties.len == 0);
    if (!given && calm) {
        return;
    }
    merge_t m = { .cx = cx, .defaults = old == NULL };
    m.v = hd_desk_properties(cx, team, &m.n);
    if (moved) {
        move(&m, old, t);
    } else {
        m.old = has.len != 0 ? parse(cx, has) : NULL;
    }
    if (patch.len == 0) {                   /* null: all of them */
        m.old = NULL;
        m.defaults = false;
    } else {
        m.patch = parse(cx, patch);
    }
    t->properties = merge(&m);
    const hd_field_t *fields = hd_entities[HD_TICKET]->fields;
    if (t->properties.len > (size_t) fields[HD_TICKET_F_properties].max
        || t->properties_kept.len > (size_t) fields[HD_TICKET_F_properties_kept].max) {
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_properties, "too_long");
    }
}
