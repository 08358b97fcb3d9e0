/*
 * Values of tickets, teams and people that no field of theirs holds as Odoo shows them.
 */
#include "rpc_show.h"

RPC_SHOW(display_name)
{
    hd_json_str(out, rpc_record_name(rpc, m, rec));
}

/* ---- tickets ---- */

/* Customers read the names on their tickets, not the records behind them. */
static hd_str_t name_for_customer(rpc_t *rpc, hd_type_t type, const hd_ticket_t *t)
{
    hd_portal_view_t v;
    hd_portal_view(rpc->cx, t, &v);
    return type == HD_TEAM ? v.team : type == HD_STAGE ? v.stage : v.assignee;
}

static void put_named(rpc_t *rpc, hd_type_t type, hd_id_t id, const hd_ticket_t *t, hd_json_t *out)
{
    hd_str_t name = id == 0 || rpc->bare || hd_actor_is_internal(rpc->cx->actor) ? (hd_str_t){ 0, "" } : name_for_customer(rpc, type, t);
    if (name.len == 0) {
        rpc_put_many2one(rpc, rpc_model_of(type), id, out);
        return;
    }
    hd_json_arr(out);
    hd_json_u64(out, id);
    hd_json_str(out, name);
    hd_json_end_arr(out);
}

RPC_SHOW(ticket_team)
{
    (void) m;
    put_named(rpc, HD_TEAM, ((const hd_ticket_t *) rec)->team_id, rec, out);
}

RPC_SHOW(ticket_stage)
{
    (void) m;
    put_named(rpc, HD_STAGE, ((const hd_ticket_t *) rec)->stage_id, rec, out);
}

RPC_SHOW(ticket_user)
{
    (void) m;
    put_named(rpc, HD_USER, ((const hd_ticket_t *) rec)->user_id, rec, out);
}

RPC_SHOW(team_privacy)
{
    const hd_team_t *team = hd_config_get(rpc->cx->txn, HD_TEAM, ((const hd_ticket_t *) rec)->team_id);
    (void) m;
    if (team == NULL) {
        hd_json_bool(out, false);
    } else {
        hd_field_json(out, &hd_entities[HD_TEAM]->fields[HD_TEAM_F_privacy_visibility], team);
    }
}

/* Wall-clock hours from creation to closing, or until now (REP-2). */
RPC_SHOW(open_hours)
{
    const hd_ticket_t *t = rec;
    hd_time_t end = t->close_date != 0 ? t->close_date : rpc->cx->now;
    (void) m;
    hd_json_raw(out, hd_strf(rpc->cx->arena, "%.2f", (double) (end - t->rec.create_date) / (double) HD_HOUR));
}

/* Every ticket of a customer that the actor sees, archived ones too. */
static void put_ticket_count(rpc_t *rpc, hd_id_t partner, hd_json_t *out)
{
    hd_ticket_query_t q = { .active = -1, .partner_id = partner };
    uint64_t n = 0;
    if (partner != 0) {
        (void) hd_ticket_count(rpc->cx, &q, &n);
    }
    hd_json_u64(out, n);
}

RPC_SHOW(partner_tickets)
{
    (void) m;
    put_ticket_count(rpc, ((const hd_ticket_t *) rec)->partner_id, out);
}

RPC_SHOW(ticket_count)
{
    (void) m;
    put_ticket_count(rpc, ((const hd_rec_t *) rec)->id, out);
}

RPC_SHOW(access_url)
{
    char path[40] = "/my/ticket/";
    (void) m;
    hd_json_str(out, hd_strf(rpc->cx->arena, "%s%" PRIu64, path, ((const hd_rec_t *) rec)->id));
}

/* ---- properties: the team's definitions with the ticket's values (spec.md 4.7) ---- */

static void put_member(rpc_t *rpc, hd_json_t *out, const char *name, const hd_jval_t *v)
{
    hd_json_key(out, hd_str(name));
    if (v == NULL || hd_jtype(v) == HD_J_NULL) {
        hd_json_bool(out, false);
    } else {
        hd_json_raw(out, hd_jdump(rpc->cx->arena, v));
    }
}

static hd_str_t text_of(const hd_jval_t *v)
{
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR("");
}

/* What the types of properties are called there. */
static hd_str_t property_type(hd_str_t type)
{
    static const char *const other[][2] = {
        { "text", "char" }, { "multiline", "text" }, { "checkbox", "boolean" }, { "decimal", "float" },
    };
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        if (hd_str_is(type, other[i][0])) {
            return hd_str(other[i][1]);
        }
    }
    return type;
}

/* Options are objects here and pairs there. */
static void put_selection(hd_json_t *out, const char *key, const hd_jval_t *options)
{
    hd_json_key(out, hd_str(key));
    hd_json_arr(out);
    for (size_t i = 0; i < hd_jlen(options); i++) {
        const hd_jval_t *o = hd_jat(options, i);
        hd_str_t value = text_of(hd_jget(o, "value")), label = text_of(hd_jget(o, "label"));
        hd_json_arr(out);
        hd_json_str(out, value);
        hd_json_str(out, label.len != 0 ? label : value);
        hd_json_end_arr(out);
    }
    hd_json_end_arr(out);
}

static void put_property(rpc_t *rpc, hd_json_t *out, const hd_jval_t *def, const hd_jval_t *values)
{
    const hd_jval_t *name = hd_jget(def, "name"), *options = hd_jget(def, "options");
    if (name == NULL || hd_jtype(name) != HD_J_STR) {
        return;
    }
    hd_str_t key = hd_str_dup(rpc->cx->arena, hd_jstr(name));
    hd_json_obj(out);
    put_member(rpc, out, "name", name);
    hd_json_key(out, HD_STR("type"));
    hd_json_str(out, property_type(text_of(hd_jget(def, "type"))));
    put_member(rpc, out, "string", hd_jget(def, "label"));
    put_member(rpc, out, "default", hd_jget(def, "default"));
    if (options != NULL && hd_jtype(options) == HD_J_ARR) {
        put_selection(out, hd_str_is(text_of(hd_jget(def, "type")), "tags") ? "tags" : "selection", options);
    }
    const hd_entity_t *to = hd_entity_by_name(text_of(hd_jget(def, "comodel")));
    if (to != NULL && rpc_model_of((hd_type_t) to->type) != NULL) {
        hd_json_key(out, HD_STR("comodel"));
        hd_json_str(out, hd_str(rpc_model_of((hd_type_t) to->type)->name));
    }
    put_member(rpc, out, "value", values != NULL ? hd_jget(values, key.data) : NULL);
    hd_json_end_obj(out);
}

RPC_SHOW(properties)
{
    const hd_ticket_t *t = rec;
    const hd_team_t *team = hd_config_get(rpc->cx->txn, HD_TEAM, t->team_id);
    hd_jval_t *defs = NULL, *values = NULL;
    (void) m;
    hd_json_arr(out);
    if (team != NULL && team->ticket_properties.len != 0
        && hd_jparse(rpc->cx->arena, team->ticket_properties, &defs) == HD_OK) {
        if (t->properties.len != 0 && hd_jparse(rpc->cx->arena, t->properties, &values) != HD_OK) {
            values = NULL;
        }
        for (size_t i = 0; i < hd_jlen(defs); i++) {
            put_property(rpc, out, hd_jat(defs, i), values);
        }
    }
    hd_json_end_arr(out);
}

/* ---- people ---- */

static void put_lang(hd_json_t *out, hd_str_t lang)
{
    rpc_put_text(out, lang.len == 0 ? lang : hd_str(rpc_lang_name(hd_lang_from(lang))));
}

RPC_SHOW(partner_lang)
{
    (void) rpc;
    (void) m;
    put_lang(out, ((const hd_contact_t *) rec)->lang);
}

RPC_SHOW(user_lang)
{
    (void) rpc;
    (void) m;
    put_lang(out, ((const hd_user_t *) rec)->lang);
}

RPC_SHOW(company_type)
{
    (void) rpc;
    (void) m;
    hd_json_str(out, ((const hd_contact_t *) rec)->is_company ? HD_STR("company") : HD_STR("person"));
}

/* The company it belongs to, however deep, as far as the actor sees the way there; or the contact itself. */
RPC_SHOW(commercial_partner)
{
    const hd_contact_t *c = rec;
    void *up = NULL;
    for (int depth = 0; depth < 50 && !c->is_company && c->parent_id != 0 && rpc_get(rpc, m, c->parent_id, &up) == HD_OK; depth++) {
        c = up;
    }
    rpc_put_many2one(rpc, m, c->rec.id, out);
}

RPC_SHOW(children)
{
    rpc_put_related(rpc, m->name, "parent_id", ((const hd_rec_t *) rec)->id, "id", out);
}

static const hd_user_t *next_user_of(rpc_t *rpc, hd_id_t partner, size_t *at)
{
    size_t n;
    const void *const *all = hd_config_all(rpc->cx->txn, HD_USER, &n);
    while (*at < n) {
        const hd_user_t *u = all[(*at)++];
        if (u->partner_id == partner && u->active && hd_sees(rpc->cx, HD_USER, u)) {
            return u;
        }
    }
    return NULL;
}

RPC_SHOW(partner_users)
{
    size_t at = 0;
    (void) m;
    hd_json_arr(out);
    for (const hd_user_t *u; (u = next_user_of(rpc, ((const hd_rec_t *) rec)->id, &at)) != NULL;) {
        hd_json_u64(out, u->rec.id);
    }
    hd_json_end_arr(out);
}

RPC_SHOW(partner_tz)
{
    size_t at = 0;
    const hd_user_t *u = next_user_of(rpc, ((const hd_rec_t *) rec)->id, &at);
    (void) m;
    rpc_put_text(out, u != NULL ? u->tz : HD_STR(""));
}

RPC_SHOW(share)
{
    (void) rpc;
    (void) m;
    hd_json_bool(out, ((const hd_user_t *) rec)->role == HD_ROLE_PORTAL);
}

RPC_SHOW(groups)
{
    hd_role_t role = (hd_role_t) ((const hd_user_t *) rec)->role;
    (void) rpc;
    (void) m;
    hd_json_arr(out);
    hd_json_u64(out, role == HD_ROLE_PORTAL ? RPC_GROUP_PORTAL : RPC_GROUP_INTERNAL);
    if (role == HD_ROLE_USER || role == HD_ROLE_ADMIN) {
        hd_json_u64(out, RPC_GROUP_USER);
    }
    if (role == HD_ROLE_ADMIN) {
        hd_json_u64(out, RPC_GROUP_ADMIN);
    }
    hd_json_end_arr(out);
}

/* How one is told of comments, of which most is told (CHT-2). */
RPC_SHOW(notification_type)
{
    const hd_user_t *u = rec;
    hd_jval_t *by = NULL;
    bool mail = u->role == HD_ROLE_PORTAL;
    (void) m;
    if (!mail && u->notify_by.len != 0 && hd_jparse(rpc->cx->arena, u->notify_by, &by) == HD_OK) {
        const hd_jval_t *v = hd_jget(by, "comment");
        mail = v != NULL && hd_jtype(v) == HD_J_STR && hd_str_is(hd_jstr(v), "email");
    }
    hd_json_str(out, mail ? HD_STR("email") : HD_STR("inbox"));
}
