/*
 * Roles of users, properties of teams and tickets, hours and leaves: what the tables cannot tell of them.
 */
#include <stdlib.h>

#include "tool_odoo.h"

typedef struct {
    hd_id_t of, other;           /* numbers of theirs */
    int     day;
    double  from, to;
} line_t;

typedef struct odoo_people_s {
    hd_id_t manager, user, portal;       /* groups */
    size_t  n_hours, n_resources;
    line_t *hours, *resources;
} odoo_people_t;

static odoo_people_t *people(odoo_import_t *m)
{
    if (m->people == NULL) {
        m->people = hd_alloc(m->arena, sizeof(*m->people));
    }
    return m->people;
}

/* ---- roles ---- */

odoo_status_t odoo_prepare_users(odoo_import_t *m)
{
    static const struct { const char *name; size_t at; } groups[] = {
        { "group_helpdesk_manager", offsetof(odoo_people_t, manager) },
        { "group_helpdesk_user", offsetof(odoo_people_t, user) },
        { "group_portal", offsetof(odoo_people_t, portal) },
    };
    hd_jval_t *v = NULL;
    odoo_people_t *p = people(m);
    if (odoo_has(m, m->at, "role")) {
        return ODOO_OK;
    }
    odoo_status_t status = odoo_execute(&m->odoo, "ir.model.data", "search_read",
        HD_STR("[[[\"model\",\"=\",\"res.groups\"],[\"module\",\"in\",[\"base\",\"helpdesk\",\"helpdesk_mgmt\"]]],"
               "[\"name\",\"res_id\"]]"),
        HD_STR(""), &v);
    for (size_t i = 0; status == ODOO_OK && i < hd_jlen(v); i++) {
        const hd_jval_t *name = hd_jget(hd_jat(v, i), "name");
        for (size_t k = 0; name != NULL && hd_jtype(name) == HD_J_STR && k < 3; k++) {
            if (hd_str_is(hd_jstr(name), groups[k].name)) {
                *(hd_id_t *) (void *) ((char *) p + groups[k].at) = odoo_id(hd_jget(hd_jat(v, i), "res_id"));
            }
        }
    }
    return status;
}

static bool is_in(const hd_jval_t *ids, hd_id_t id)
{
    for (size_t i = 0; id != 0 && ids != NULL && hd_jtype(ids) == HD_J_ARR && i < hd_jlen(ids); i++) {
        if (odoo_id(hd_jat(ids, i)) == id) {
            return true;
        }
    }
    return false;
}

odoo_hook_t odoo_hook_user(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const odoo_people_t *p = people(m);
    const hd_jval_t *groups = hd_jget(row->v, "groups_id"), *share = hd_jget(row->v, "share");
    groups = groups != NULL ? groups : hd_jget(row->v, "group_ids");
    hd_str_t own = odoo_text(row, "role");
    const char *role = is_in(groups, p->portal) || (share != NULL && hd_jbool(share)) ? "portal"
                     : is_in(groups, p->manager) ? "admin" : is_in(groups, p->user) ? "user" : "none";
    hd_json_key(out, HD_STR("role"));
    hd_json_str(out, own.len != 0 ? own : hd_str(role));
    return ODOO_TAKEN;
}

/* ---- teams: what followers hear of, by number of theirs; definitions of properties ---- */

static void put_subtypes(odoo_import_t *m, hd_jval_t *v, hd_json_t *out)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *set;
    char key[24];
    hd_json_key(out, HD_STR("message_subtypes"));
    hd_json_obj(out);
    while (hd_jnext(v, &it, &name, &set)) {
        uint64_t theirs = 0;
        hd_id_t id = hd_str_to_u64(name, &theirs)
                   ? odoo_resolve(m, (size_t) odoo_model_index(HD_STR("res.partner")), theirs) : 0;
        if (id != 0) {
            (void) snprintf(key, sizeof(key), "%" PRIu64, id);
            hd_json_name(out, hd_str(key));
            hd_json_raw(out, hd_jdump(m->tool->scratch, set));
        }
    }
    hd_json_end_obj(out);
}

static const struct {
    const char *theirs, *ours;
} property_types[] = {
    { "char", "text" }, { "text", "multiline" }, { "html", "html" }, { "boolean", "checkbox" }, { "integer", "integer" },
    { "float", "decimal" }, { "monetary", "monetary" }, { "date", "date" }, { "datetime", "datetime" },
    { "selection", "selection" }, { "tags", "tags" }, { "separator", "separator" },
};

static const char *property_type(const hd_jval_t *def)
{
    const hd_jval_t *type = hd_jget(def, "type");
    for (size_t i = 0; type != NULL && i < sizeof(property_types) / sizeof(property_types[0]); i++) {
        if (hd_jtype(type) == HD_J_STR && hd_str_is(hd_jstr(type), property_types[i].theirs)) {
            return property_types[i].ours;
        }
    }
    return NULL;
}

/* [["red","Red"],...] */
static void put_options(const hd_jval_t *list, hd_json_t *out)
{
    hd_json_key(out, HD_STR("options"));
    hd_json_arr(out);
    for (size_t i = 0; i < hd_jlen(list); i++) {
        const hd_jval_t *pair = hd_jat(list, i);
        if (hd_jtype(pair) == HD_J_ARR && hd_jlen(pair) >= 2) {
            hd_json_obj(out);
            hd_json_key(out, HD_STR("value"));
            hd_json_str(out, hd_jstr(hd_jat(pair, 0)));
            hd_json_key(out, HD_STR("label"));
            hd_json_str(out, hd_jstr(hd_jat(pair, 1)));
            hd_json_end_obj(out);
        }
    }
    hd_json_end_arr(out);
}

static void put_definitions(odoo_import_t *m, const odoo_row_t *row, const hd_jval_t *defs, hd_json_t *out)
{
    hd_json_key(out, HD_STR("ticket_properties"));
    hd_json_arr(out);
    for (size_t i = 0; i < hd_jlen(defs); i++) {
        const hd_jval_t *def = hd_jat(defs, i), *name = hd_jget(def, "name"), *label = hd_jget(def, "string");
        const hd_jval_t *options = hd_jget(def, "selection"), *tags = hd_jget(def, "tags");
        const char *type = property_type(def);
        if (type == NULL || name == NULL || hd_jtype(name) != HD_J_STR) {
            odoo_report(m, "left out", row->id, HD_STR("ticket_properties"), "not_an_option",
                        "A property of a kind this desk does not take from elsewhere.");
            continue;
        }
        hd_json_obj(out);
        hd_json_key(out, HD_STR("name"));
        hd_json_str(out, hd_jstr(name));
        hd_json_key(out, HD_STR("type"));
        hd_json_str(out, hd_str(type));
        hd_json_key(out, HD_STR("label"));
        hd_json_str(out, label != NULL && hd_jtype(label) == HD_J_STR ? hd_jstr(label) : hd_jstr(name));
        options = options != NULL && hd_jtype(options) == HD_J_ARR ? options : tags;
        if (options != NULL && hd_jtype(options) == HD_J_ARR) {
            put_options(options, out);
        }
        hd_json_end_obj(out);
    }
    hd_json_end_arr(out);
}

odoo_hook_t odoo_hook_team(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    hd_jval_t *subtypes = hd_jget(row->v, "message_subtypes");
    const hd_jval_t *defs = hd_jget(row->v, "ticket_properties");
    const hd_jval_t *kind = odoo_has(m, m->at, "ticket_properties")
                          ? hd_jget(hd_jget(m->state[m->at].has, "ticket_properties"), "type") : NULL;
    if (subtypes != NULL && hd_jtype(subtypes) == HD_J_OBJ && hd_jlen(subtypes) != 0) {
        put_subtypes(m, subtypes, out);
    }
    if (!odoo_has(m, m->at, "auto_assignment") && odoo_has(m, m->at, "assign_method")) {     /* until 15 one field said both */
        hd_json_key(out, HD_STR("auto_assignment"));
        hd_json_bool(out, !hd_str_is(odoo_text(row, "assign_method"), "manual"));
    }
    if (hd_jtype(hd_jget(row->v, "form_fields")) == HD_J_ARR) {          /* another desk like this one */
        odoo_put_form(m, hd_jget(row->v, "form_fields"), row, out);
    }
    if (defs == NULL || hd_jtype(defs) != HD_J_ARR) {
        return ODOO_TAKEN;
    }
    if (kind != NULL && hd_str_is(hd_jstr(kind), "json")) {      /* another desk like this one */
        hd_json_key(out, HD_STR("ticket_properties"));
        hd_json_raw(out, hd_jdump(m->tool->scratch, defs));
    } else {
        put_definitions(m, row, defs, out);
    }
    return ODOO_TAKEN;
}

/* ---- tickets: [{"name","type","value"}] as {"name":value}; false is what has no value, a box that is not ticked too ---- */

odoo_hook_t odoo_hook_ticket(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const hd_jval_t *list = hd_jget(row->v, "properties");
    if (list == NULL || hd_jtype(list) != HD_J_ARR) {
        return ODOO_TAKEN;
    }
    hd_json_key(out, HD_STR("properties"));
    hd_json_obj(out);
    for (size_t i = 0; i < hd_jlen(list); i++) {
        const hd_jval_t *p = hd_jat(list, i), *name = hd_jget(p, "name");
        const hd_jval_t *v = hd_jget(p, "value");
        bool none = v == NULL || hd_jtype(v) == HD_J_NULL || (hd_jtype(v) == HD_J_BOOL && !hd_jbool(v));
        if (!none && name != NULL && hd_jtype(name) == HD_J_STR) {
            hd_json_name(out, hd_jstr(name));
            hd_json_raw(out, hd_jdump(m->tool->scratch, v));
        }
    }
    hd_json_end_obj(out);
    return ODOO_TAKEN;
}

/* ---- hours ---- */

static double real_of(const hd_jval_t *v)
{
    return v == NULL ? 0 : hd_jtype(v) == HD_J_INT ? (double) hd_jint(v) : hd_jtype(v) == HD_J_REAL ? hd_jreal(v) : 0;
}

/* The lines of all calendars; of those that alternate only the first week is known here. */
odoo_status_t odoo_prepare_calendars(odoo_import_t *m)
{
    odoo_people_t *p = people(m);
    hd_jval_t *v = NULL;
    if (odoo_has(m, m->at, "hours")) {
        return ODOO_OK;
    }
    odoo_status_t status = odoo_execute(&m->odoo, "resource.calendar.attendance", "search_read", HD_STR("[[]]"),
        HD_STR("\"order\":\"calendar_id, dayofweek, hour_from\""), &v);
    size_t n = status == ODOO_OK ? hd_jlen(v) : 0;
    p->hours = hd_alloc_n(m->arena, n + 1, sizeof(*p->hours));
    for (size_t i = 0; i < n; i++) {
        const hd_jval_t *line = hd_jat(v, i), *day = hd_jget(line, "dayofweek"), *kind = hd_jget(line, "day_period");
        const hd_jval_t *week = hd_jget(line, "week_type"), *title = hd_jget(line, "display_type");
        bool lunch = kind != NULL && hd_str_is(hd_jstr(kind), "lunch");
        bool second = week != NULL && hd_str_is(hd_jstr(week), "1");
        bool heading = title != NULL && hd_jtype(title) == HD_J_STR && hd_jstr(title).len != 0;
        if (!lunch && !second && !heading && day != NULL && hd_jstr(day).len == 1) {
            p->hours[p->n_hours++] = (line_t){
                .of = odoo_id(hd_jget(line, "calendar_id")), .day = hd_jstr(day).data[0] - '0',
                .from = real_of(hd_jget(line, "hour_from")), .to = real_of(hd_jget(line, "hour_to")),
            };
        }
    }
    return status;
}

static void put_clock(hd_json_t *out, const char *name, double hours)
{
    char text[16];
    int minutes = (int) (hours * 60 + 0.5);
    minutes = minutes < 0 ? 0 : minutes > 1440 ? 1440 : minutes;
    (void) snprintf(text, sizeof(text), "%02d:%02d", minutes / 60, minutes % 60);
    hd_json_key(out, hd_str(name));
    hd_json_str(out, hd_str(text));
}

odoo_hook_t odoo_hook_calendar(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const odoo_people_t *p = people(m);
    const hd_jval_t *own = hd_jget(row->v, "hours");
    hd_json_key(out, HD_STR("hours"));
    if (odoo_has(m, m->at, "hours")) {
        hd_json_raw(out, own != NULL && hd_jtype(own) == HD_J_ARR ? hd_jdump(m->tool->scratch, own) : HD_STR("null"));
        return ODOO_TAKEN;
    }
    hd_json_arr(out);
    for (size_t i = 0; i < p->n_hours; i++) {
        if (p->hours[i].of == row->id) {
            hd_json_obj(out);
            hd_json_key(out, HD_STR("day"));
            hd_json_i64(out, p->hours[i].day);
            put_clock(out, "from", p->hours[i].from);
            put_clock(out, "to", p->hours[i].to);
            hd_json_end_obj(out);
        }
    }
    hd_json_end_arr(out);
    return ODOO_TAKEN;
}

/* ---- leaves: a resource is a user's, or a machine ---- */

odoo_status_t odoo_prepare_leaves(odoo_import_t *m)
{
    odoo_people_t *p = people(m);
    hd_jval_t *v = NULL;
    if (!odoo_has(m, m->at, "resource_id")) {
        return ODOO_OK;
    }
    odoo_status_t status = odoo_execute(&m->odoo, "resource.resource", "search_read",
                                        HD_STR("[[[\"user_id\",\"!=\",false]],[\"user_id\"]]"), HD_STR(""), &v);
    size_t n = status == ODOO_OK ? hd_jlen(v) : 0;
    p->resources = hd_alloc_n(m->arena, n + 1, sizeof(*p->resources));
    for (size_t i = 0; i < n; i++) {
        p->resources[p->n_resources++] = (line_t){ .of = odoo_id(hd_jget(hd_jat(v, i), "id")),
                                                   .other = odoo_id(hd_jget(hd_jat(v, i), "user_id")) };
    }
    return status;
}

odoo_hook_t odoo_hook_leave(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const odoo_people_t *p = people(m);
    hd_id_t resource = odoo_id(hd_jget(row->v, "resource_id")), user = odoo_id(hd_jget(row->v, "user_id"));
    for (size_t i = 0; resource != 0 && user == 0 && i < p->n_resources; i++) {
        user = p->resources[i].of == resource ? p->resources[i].other : 0;
    }
    hd_id_t id = user != 0 ? odoo_resolve(m, (size_t) odoo_model_index(HD_STR("res.users")), user) : 0;
    if ((resource != 0 || user != 0) && id == 0) {
        odoo_report(m, "refused", row->id, HD_STR("resource_id"), "not_found", "Whose time off it is was not taken over.");
        m->state[m->at].refused++;
        return ODOO_PASSED;
    }
    if (id != 0) {
        hd_json_key(out, HD_STR("user_id"));
        hd_json_u64(out, id);
    }
    if (!odoo_has(m, m->at, "state")) {
        hd_json_key(out, HD_STR("state"));
        hd_json_str(out, HD_STR("approved"));
    }
    return ODOO_TAKEN;
}
