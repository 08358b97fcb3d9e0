/*
 * Commands on lists (spec.md 4.7), and fields that are written in another form than the record holds them.
 *
 *     [0,_,vals] makes a record and adds it   [1,id,vals] changes it   [2,id] removes and ends it
 *     [3,id] removes   [4,id] adds   [5] empties   [6,_,[ids]] replaces
 */
#include "rpc_values.h"

hd_code_t rpc_bad_command(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f)
{
    return rpc_bad_value(rpc, m, f, "a list of commands such as [4, id, 0] or [6, 0, [ids]].");
}

static hd_id_t id_of(const hd_jval_t *v)
{
    return v != NULL && hd_jtype(v) == HD_J_INT && hd_jint(v) > 0 ? (hd_id_t) hd_jint(v) : 0;
}

bool rpc_command_read(const hd_jval_t *v, rpc_command_t *ret)
{
    if (hd_jtype(v) != HD_J_ARR || hd_jlen(v) == 0 || hd_jtype(hd_jat(v, 0)) != HD_J_INT) {
        return false;
    }
    *ret = (rpc_command_t){ .op = hd_jint(hd_jat(v, 0)), .id = hd_jlen(v) > 1 ? id_of(hd_jat(v, 1)) : 0,
                        .value = hd_jlen(v) > 2 ? hd_jat(v, 2) : NULL };
    switch (ret->op) {
    case 0:  return ret->value != NULL && hd_jtype(ret->value) == HD_J_OBJ;
    case 1:  return ret->id != 0 && ret->value != NULL && hd_jtype(ret->value) == HD_J_OBJ;
    case 2:
    case 3:
    case 4:  return ret->id != 0;
    case 5:  return true;
    case 6:  return ret->value != NULL && hd_jtype(ret->value) == HD_J_ARR;
    default: return false;
    }
}

/* [7, 8]: some clients send what they read. */
bool rpc_command_plain(const hd_jval_t *v)
{
    for (size_t i = 0; i < hd_jlen(v); i++) {
        if (hd_jtype(hd_jat(v, i)) != HD_J_INT) {
            return false;
        }
    }
    return hd_jlen(v) != 0;
}

bool rpc_command_ids(hd_arena_t *a, const hd_jval_t *list, hd_ids_t *ret)
{
    hd_id_t *v = hd_alloc_n(a, hd_jlen(list) + 1, sizeof(*v));
    for (size_t i = 0; i < hd_jlen(list); i++) {
        v[i] = id_of(hd_jat(list, i));
        if (v[i] == 0) {
            return false;
        }
    }
    *ret = hd_ids_make(a, v, hd_jlen(list));
    return true;
}

/* ---- lists of the record's own ---- */

static void add_later(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *commands, hd_id_t doomed)
{
    rpc_later_t *l = hd_alloc(v->rpc->cx->arena, sizeof(*l));
    *l = (rpc_later_t){ .f = f, .commands = commands, .doomed = doomed };
    *v->last = l;
    v->last = &l->next;
}

static hd_code_t run_command(rpc_vals_t *v, const rpc_field_t *f, const rpc_model_t *related, const rpc_command_t *c, hd_ids_t *ids)
{
    rpc_t *rpc = v->rpc;
    hd_arena_t *a = rpc->cx->arena;
    hd_id_t id = c->id;
    hd_code_t code = HD_OK;
    switch (c->op) {
    case 0:
        code = rpc_create_one(rpc, related, c->value, &id);
        *ids = code == HD_OK ? hd_ids_with(a, *ids, id) : *ids;
        return code;
    case 1:
        return rpc_write_one(rpc, related, id, c->value);
    case 2:
        *ids = hd_ids_without(a, *ids, id);
        add_later(v, f, NULL, id);           /* it may end once this record lets go of it */
        return HD_OK;
    case 3:
        *ids = hd_ids_without(a, *ids, id);
        return HD_OK;
    case 4:
        *ids = hd_ids_with(a, *ids, id);
        return HD_OK;
    default:
        *ids = (hd_ids_t){ 0, NULL };
        return HD_OK;
    }
}

hd_code_t rpc_commands(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *commands, hd_ids_t now, hd_ids_t *ret)
{
    hd_ids_t ids = now;
    hd_code_t code = HD_OK;
    rpc_t *rpc = v->rpc;
    const rpc_model_t *m = v->m, *related = rpc_relation(m, f);
    if (hd_jtype(commands) != HD_J_ARR || related == NULL) {
        return rpc_bad_command(rpc, m, f);
    }
    if (rpc_command_plain(commands)) {
        return rpc_command_ids(rpc->cx->arena, commands, ret) ? HD_OK : rpc_bad_command(rpc, m, f);
    }
    for (size_t i = 0; i < hd_jlen(commands) && code == HD_OK; i++) {
        rpc_command_t c;
        if (!rpc_command_read(hd_jat(commands, i), &c)) {
            return rpc_bad_command(rpc, m, f);
        }
        if (c.op == 6) {
            code = rpc_command_ids(rpc->cx->arena, c.value, &ids) ? HD_OK : rpc_bad_command(rpc, m, f);
        } else {
            code = run_command(v, f, related, &c, &ids);
        }
    }
    *ret = ids;
    return code;
}

/* ---- lists that other records make ---- */

typedef struct {
    rpc_vals_t        *v;
    const rpc_field_t *f;
    const rpc_model_t *related;
    const hd_field_t  *inverse;
} others_t;

static hd_code_t name_parent(others_t *o, hd_id_t id, hd_id_t parent)
{
    rpc_t *rpc = o->v->rpc;
    hd_str_t text = parent == 0 ? hd_strf(rpc->cx->arena, "{\"%s\":false}", o->inverse->name)
                                : hd_strf(rpc->cx->arena, "{\"%s\":%" PRIu64 "}", o->inverse->name, parent);
    return rpc_write_one(rpc, o->related, id, rpc_json_of(rpc, text));
}

static hd_code_t make_child(others_t *o, const hd_jval_t *vals)
{
    hd_id_t id;
    rpc_t *rpc = o->v->rpc;
    hd_str_t text = hd_jdump(rpc->cx->arena, vals), rest = { text.len - 1, text.data + 1 };
    const char *name = o->inverse->name;
    if (hd_jget(vals, name) != NULL) {
        return rpc_create_one(rpc, o->related, vals, &id);
    }
    text = hd_strf(rpc->cx->arena, "{\"%s\":%" PRIu64 "%s%.*s", name, o->v->id, hd_jlen(vals) == 0 ? "" : ",", HD_STR_ARG(rest));
    return rpc_create_one(rpc, o->related, rpc_json_of(rpc, text), &id);
}

/* Those that name the parent now. */
static hd_code_t children(others_t *o, hd_ids_t *ret)
{
    hd_id_t *ids = NULL;
    size_t n = 0;
    rpc_t *rpc = o->v->rpc;
    const hd_entity_t *e = rpc_entity(o->related);
    hd_filter_t *f = hd_alloc(rpc->cx->arena, sizeof(*f));
    *f = (hd_filter_t){ .field = (uint16_t) (o->inverse - e->fields), .op = HD_OP_EQ, .n = 1,
                        .num = hd_alloc(rpc->cx->arena, sizeof(int64_t)) };
    f->num[0] = (int64_t) o->v->id;
    hd_code_t code = rpc_find(rpc, o->related, hd_expr_of(rpc->cx->arena, f, 1), HD_STR("id"), 0, HD_LIST_MAX + 1, &ids, &n);
    *ret = hd_ids_make(rpc->cx->arena, ids, n);
    return code == HD_OK && n > HD_LIST_MAX
         ? rpc_fail(rpc, "odoo.exceptions.UserError", "The list %s has more than %d records.", o->f->name, HD_LIST_MAX) : code;
}

static hd_code_t replace_children(others_t *o, hd_ids_t want)
{
    hd_ids_t now;
    hd_code_t code = children(o, &now);
    for (uint32_t i = 0; i < now.n && code == HD_OK; i++) {
        code = hd_ids_has(want, now.v[i]) ? HD_OK : name_parent(o, now.v[i], 0);
    }
    for (uint32_t i = 0; i < want.n && code == HD_OK; i++) {
        code = hd_ids_has(now, want.v[i]) ? HD_OK : name_parent(o, want.v[i], o->v->id);
    }
    return code;
}

static hd_code_t run_other(others_t *o, const rpc_command_t *c)
{
    rpc_t *rpc = o->v->rpc;
    hd_ids_t ids = { 0, NULL };
    switch (c->op) {
    case 0:  return make_child(o, c->value);
    case 1:  return rpc_write_one(rpc, o->related, c->id, c->value);
    case 2:  return rpc_unlink_one(rpc, o->related, c->id);
    case 3:  return name_parent(o, c->id, 0);
    case 4:  return name_parent(o, c->id, o->v->id);
    case 5:  return replace_children(o, ids);
    default: return rpc_command_ids(rpc->cx->arena, c->value, &ids) ? replace_children(o, ids) : rpc_bad_command(rpc, o->v->m, o->f);
    }
}

static hd_code_t run_others(rpc_vals_t *v, const rpc_later_t *l)
{
    others_t o = { .v = v, .f = l->f, .related = rpc_relation(v->m, l->f) };
    const hd_jval_t *all = l->commands;
    hd_code_t code = HD_OK;
    o.inverse = &rpc_entity(o.related)->fields[rpc_inverse_of(v->m, l->f, o.related)];
    if (rpc_command_plain(all)) {
        hd_ids_t ids;
        return rpc_command_ids(v->rpc->cx->arena, all, &ids) ? replace_children(&o, ids) : rpc_bad_command(v->rpc, v->m, l->f);
    }
    for (size_t i = 0; i < hd_jlen(all) && code == HD_OK; i++) {
        rpc_command_t c;
        code = rpc_command_read(hd_jat(all, i), &c) ? run_other(&o, &c) : rpc_bad_command(v->rpc, v->m, l->f);
    }
    return code;
}

/* Followers are no records with a number before they follow: [0,0,{"partner_id":7}], [4,..] of a line there is, [2,id]. */
static hd_code_t run_followers(rpc_vals_t *v, const rpc_later_t *l)
{
    const rpc_model_t *related = rpc_relation(v->m, l->f);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < hd_jlen(l->commands) && code == HD_OK; i++) {
        rpc_command_t c;
        hd_id_t id;
        if (!rpc_command_read(hd_jat(l->commands, i), &c) || c.op > 4) {
            return rpc_bad_command(v->rpc, v->m, l->f);
        }
        if (c.op == 0) {
            const hd_jval_t *partner = hd_jget(c.value, "partner_id"), *subtypes = hd_jget(c.value, "subtype_ids");
            hd_str_t text = hd_strf(v->rpc->cx->arena, "{\"res_model\":\"%s\",\"res_id\":%" PRIu64 ",\"partner_id\":%" PRIu64 "%s%s}",
                                    v->m->name, v->id, id_of(partner), subtypes == NULL ? "" : ",\"subtype_ids\":",
                                    subtypes == NULL ? "" : hd_str_dup(v->rpc->cx->arena, hd_jdump(v->rpc->cx->arena, subtypes)).data);
            code = rpc_create_one(v->rpc, related, rpc_json_of(v->rpc, text), &id);
        } else if (c.op == 1) {
            code = rpc_write_one(v->rpc, related, c.id, c.value);
        } else if (c.op != 4) {
            code = rpc_unlink_one(v->rpc, related, c.id);
        }
    }
    return code;
}

hd_code_t rpc_commands_later(rpc_vals_t *v)
{
    hd_code_t code = HD_OK;
    for (const rpc_later_t *l = v->later; l != NULL && code == HD_OK; l = l->next) {
        const rpc_model_t *related = rpc_relation(v->m, l->f);
        code = l->commands == NULL ? rpc_unlink_one(v->rpc, related, l->doomed)
             : hd_str_is(hd_str(related->name), "mail.followers") ? run_followers(v, l)
             : hd_str_is(hd_str(related->name), "ir.attachment") ? rpc_set_files(v, l) : run_others(v, l);
    }
    return code;
}

/* ---- fields in another form ---- */

static hd_code_t set_company_type(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_str_t s = hd_jstr(value);
    if (hd_jtype(value) != HD_J_STR || (!hd_str_is(s, "company") && !hd_str_is(s, "person"))) {
        return rpc_bad_value(v->rpc, v->m, f, "company or person.");
    }
    if (rpc_vals_key(v, HD_CONTACT_F_is_company)) {
        hd_json_bool(&v->house, hd_str_is(s, "company"));
    }
    return HD_OK;
}

static hd_code_t set_lang(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_lang_t lang;
    if (!rpc_vals_key(v, (unsigned) f->field)) {
        return HD_OK;
    }
    if (rpc_is_false(value)) {
        hd_json_null(&v->house);
        return HD_OK;
    }
    if (hd_jtype(value) != HD_J_STR || !rpc_lang_from(hd_jstr(value), &lang)) {
        return rpc_bad_value(v->rpc, v->m, f, "a language of the desk, such as lt_LT.");
    }
    hd_json_str(&v->house, hd_str(hd_lang_code(lang)));
    return HD_OK;
}

/* The groups R knows (rpc_made.c): 1 internal, 2 portal, 3 helpdesk user, 4 helpdesk administrator. */
static hd_ids_t groups_of(hd_arena_t *a, const hd_user_t *u)
{
    static const hd_id_t of[][4] = { [HD_ROLE_NONE] = { 1 }, [HD_ROLE_USER] = { 1, 3 }, [HD_ROLE_ADMIN] = { 1, 3, 4 },
                                     [HD_ROLE_PORTAL] = { 2 } };
    return u == NULL ? hd_ids_make(a, of[HD_ROLE_NONE], 1) : hd_ids_make(a, of[u->role], 4);
}

/* The highest of the groups says the role. */
static hd_code_t set_groups(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_ids_t ids;
    hd_code_t code = rpc_commands(v, f, value, groups_of(v->rpc->cx->arena, v->old), &ids);
    if (code != HD_OK) {
        return code;
    }
    for (uint32_t i = 0; i < ids.n; i++) {
        if (ids.v[i] > 4) {
            return rpc_bad_value(v->rpc, v->m, f, "there is no such group.");
        }
    }
    if (rpc_vals_key(v, HD_USER_F_role)) {
        hd_json_str(&v->house, hd_ids_has(ids, 4) ? HD_STR("admin") : hd_ids_has(ids, 3) ? HD_STR("user")
                             : hd_ids_has(ids, 2) ? HD_STR("portal") : HD_STR("none"));
    }
    return HD_OK;
}

/* [{"name","value"}] or {name: value}; false is unset, as everywhere. */
static hd_code_t set_properties(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_arena_t *a = v->rpc->cx->arena;
    if (!rpc_vals_key(v, (unsigned) f->field)) {
        return HD_OK;
    }
    if (hd_jtype(value) == HD_J_OBJ) {
        hd_json_raw(&v->house, hd_jdump(a, value));
        return HD_OK;
    }
    if (hd_jtype(value) != HD_J_ARR && !rpc_is_false(value)) {
        return rpc_bad_value(v->rpc, v->m, f, "a list of properties, or a struct of their values.");
    }
    hd_json_obj(&v->house);
    for (size_t i = 0; hd_jtype(value) == HD_J_ARR && i < hd_jlen(value); i++) {
        const hd_jval_t *one = hd_jat(value, i), *name = hd_jget(one, "name"), *is = hd_jget(one, "value");
        if (name == NULL || hd_jtype(name) != HD_J_STR) {
            return rpc_bad_value(v->rpc, v->m, f, "each property needs its name.");
        }
        const hd_jval_t *type = hd_jget(one, "type");
        bool truth = type != NULL && hd_jtype(type) == HD_J_STR && hd_str_is(hd_jstr(type), "boolean");
        bool unset = is == NULL || (hd_jtype(is) == HD_J_BOOL && !hd_jbool(is) && !truth);
        if (is != NULL) {
            hd_json_name(&v->house, hd_jstr(name));
            hd_json_raw(&v->house, unset ? HD_STR("null") : hd_jdump(a, is));
        }
    }
    hd_json_end_obj(&v->house);
    return HD_OK;
}

/* res_id with res_model or without: an activity belongs to a ticket. */
static hd_code_t set_document(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    bool model = hd_str_is(hd_str(f->name), "res_model");
    if (model) {
        bool ticket = hd_jtype(value) == HD_J_STR && hd_str_is(hd_jstr(value), "helpdesk.ticket");
        return ticket ? HD_OK : rpc_bad_value(v->rpc, v->m, f, "activities belong to helpdesk.ticket.");
    }
    if (hd_jtype(value) != HD_J_INT) {
        return rpc_bad_value(v->rpc, v->m, f, "the number of a ticket.");
    }
    if (rpc_vals_key(v, HD_ACTIVITY_F_ticket_id)) {
        hd_json_i64(&v->house, hd_jint(value));
    }
    return HD_OK;
}

static const struct {
    uint8_t     type;
    const char *name;
    hd_code_t (*set)(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value);
} setters[] = {
    { HD_CONTACT, "company_type", set_company_type }, { HD_CONTACT, "lang", set_lang }, { HD_USER, "lang", set_lang },
    { HD_USER, "groups_id", set_groups }, { HD_USER, "group_ids", set_groups }, { HD_TICKET, "properties", set_properties },
    { HD_ACTIVITY, "res_model", set_document }, { HD_ACTIVITY, "res_id", set_document },
    { HD_EXTERNAL_ID, "model", rpc_set_external_model }, { HD_CALENDAR, "attendance_ids", rpc_set_attendances },
    { HD_USER, "notification_type", rpc_set_notification_type },
};

hd_code_t rpc_set_special(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value, bool *ret_taken)
{
    const rpc_model_t *related = f->field < 0 ? rpc_relation(v->m, f) : NULL;
    for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
        if (v->m->type == setters[i].type && hd_str_is(hd_str(f->name), setters[i].name)) {
            *ret_taken = true;
            return setters[i].set(v, f, value);
        }
    }
    bool followers = related != NULL && hd_str_is(hd_str(related->name), "mail.followers");
    *ret_taken = related != NULL && (followers || rpc_inverse_of(v->m, f, related) >= 0);
    if (!*ret_taken || rpc_is_false(value)) {
        return HD_OK;
    }
    if (hd_jtype(value) != HD_J_ARR) {
        return rpc_bad_command(v->rpc, v->m, f);
    }
    add_later(v, f, value, 0);
    return HD_OK;
}
