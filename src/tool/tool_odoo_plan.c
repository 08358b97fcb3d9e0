/*
 * What of the tables this server has: fields_get first, then only what is there.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "tool_odoo.h"

#define FIELDS_MAX 4096          /* bytes of the list of names */

static hd_str_t attribute(const hd_jval_t *has, const char *field, const char *name)
{
    const hd_jval_t *f = hd_jget(has, field), *v = f != NULL && hd_jtype(f) == HD_J_OBJ ? hd_jget(f, name) : NULL;
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

bool odoo_has(const odoo_import_t *m, size_t model, const char *field)
{
    const odoo_state_t *s = &m->state[model];
    return !s->absent && s->has != NULL && hd_jget(s->has, field) != NULL;
}

/* Can a field of theirs of this type become one of ours?  *ret_relation: of those that name records. */
static bool fits(const hd_field_t *f, hd_str_t type, hd_str_t relation, int *ret_relation)
{
    *ret_relation = -1;
    switch ((hd_kind_t) f->kind) {
    case HD_K_REF:
    case HD_K_REFS:
        *ret_relation = odoo_model_index(relation);
        return *ret_relation >= 0 && odoo_models[*ret_relation].type == f->ref
            && hd_str_is(type, "many2one") == (f->kind == HD_K_REF);
    case HD_K_BOOL:
        return hd_str_is(type, "boolean");
    case HD_K_INT:
        return hd_str_is(type, "integer") || hd_str_is(type, "float");
    case HD_K_TIME:
        return hd_str_is(type, "datetime") || hd_str_is(type, "date");
    case HD_K_ENUM:
        return hd_str_is(type, "selection") || hd_str_is(type, "char");
    case HD_K_JSON:
        return hd_str_is(type, "json") || hd_str_is(type, "text") || hd_str_is(type, "serialized");
    case HD_K_STR:
    case HD_K_TEXT:
        return hd_str_is(type, "char") || hd_str_is(type, "text") || hd_str_is(type, "html")
            || hd_str_is(type, "selection") || hd_str_is(type, "date");
    default:
        return false;
    }
}

/* Names between commas, or the field's own. */
static hd_str_t names_of(const odoo_model_t *model, const hd_field_t *f)
{
    for (const odoo_name_t *n = model->names; n != NULL && n->ours != NULL; n++) {
        if (strcmp(n->ours, f->name) == 0) {
            return hd_str(n->theirs);
        }
    }
    return hd_str(f->name);
}

/* Numbers, versions and what is worked out here are not theirs to say. */
static bool is_taken_over(const hd_field_t *f, unsigned i)
{
    return f->tag != 0 && i != HD_F_id && i != HD_F_version && !(f->flags & (HD_F_SECRET | HD_F_CACHE))
        && f->kind != HD_K_BYTES;
}

static void plan_item(odoo_import_t *m, size_t at, unsigned field)
{
    const odoo_model_t *model = &odoo_models[at];
    odoo_state_t *s = &m->state[at];
    const hd_field_t *f = &hd_entities[model->type]->fields[field];
    odoo_item_t item = { .field = (uint16_t) field, .relation = -1 };
    hd_str_t names = names_of(model, f), name;
    while (item.n < 3 && hd_str_split(&names, ',', &name)) {
        const char *theirs = hd_str_dup(m->arena, name).data;
        hd_str_t type = attribute(s->has, theirs, "type");
        int relation;
        if (fits(f, type, attribute(s->has, theirs, "relation"), &relation)) {
            item.relation = relation;
            item.html[item.n] = hd_str_is(type, "html");
            item.theirs[item.n++] = theirs;
        }
    }
    if (item.n != 0) {
        s->items[s->n_items++] = item;
    }
}

static void add_name(hd_json_t *j, hd_str_t *seen, hd_arena_t *a, hd_str_t name)
{
    hd_str_t mark = hd_str_cat(a, 3, HD_STR(","), name, HD_STR(","));
    if (memmem(seen->data, seen->len, mark.data, mark.len) == NULL) {
        *seen = hd_str_cat(a, 2, *seen, (hd_str_t){ mark.len - 1, mark.data + 1 });
        hd_json_str(j, name);
    }
}

/* What to ask for: of each item all its names, what the hook looks at, the date. */
static hd_str_t list_fields(odoo_import_t *m, size_t at)
{
    const odoo_state_t *s = &m->state[at];
    hd_buf_t b;
    hd_str_t seen = HD_STR(","), name, more = hd_str(odoo_models[at].more);
    hd_buf_init(&b, m->arena, 512, FIELDS_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_arr(&j);
    for (size_t i = 0; i < s->n_items; i++) {
        for (unsigned k = 0; k < s->items[i].n; k++) {
            add_name(&j, &seen, m->arena, hd_str(s->items[i].theirs[k]));
        }
    }
    while (hd_str_split(&more, ',', &name)) {
        if (odoo_has(m, at, hd_str_dup(m->arena, name).data)) {
            add_name(&j, &seen, m->arena, name);
        }
    }
    if (odoo_has(m, at, "write_date")) {
        add_name(&j, &seen, m->arena, HD_STR("write_date"));
    }
    hd_json_end_arr(&j);
    return hd_buf_view(&b);
}

static odoo_status_t ask_fields(odoo_import_t *m, const char *model, hd_jval_t **ret)
{
    return odoo_execute(&m->odoo, model, "fields_get", HD_STR("[]"), HD_STR("\"attributes\":[\"type\",\"relation\"]"), ret);
}

odoo_status_t odoo_plan(odoo_import_t *m, size_t at)
{
    const odoo_model_t *model = &odoo_models[at];
    const hd_entity_t *e = hd_entities[model->type];
    odoo_state_t *s = &m->state[at];
    hd_jval_t *has = NULL;
    s->name = model->model;
    odoo_status_t status = ask_fields(m, s->name, &has);
    if (status == ODOO_FAULT && model->older != NULL) {
        hd_jval_t *had = NULL;
        char fault[sizeof(m->odoo.fault)];
        memcpy(fault, m->odoo.fault, sizeof(fault));
        status = ask_fields(m, model->older, &had);
        if (status == ODOO_OK) {
            s->name = model->older;
            has = had;
        } else if (status == ODOO_FAULT) {
            memcpy(m->odoo.fault, fault, sizeof(fault));     /* the name people know */
        }
    }
    if (status == ODOO_LOST) {
        return status;
    }
    s->absent = status != ODOO_OK || hd_jtype(has) != HD_J_OBJ || hd_jlen(has) == 0;
    if (s->absent) {
        s->why = hd_str_dup(m->arena, status == ODOO_OK ? HD_STR("It has no fields.") : hd_str(m->odoo.fault));
        return ODOO_OK;
    }
    hd_str_t text = hd_jdump(m->arena, has);             /* the answer lives until the next one */
    hd_jval_t *kept;
    if (hd_jparse_long(m->arena, text, text.len, &kept) != HD_OK) {
        return ODOO_LOST;
    }
    s->has = kept;
    s->items = hd_alloc_n(m->arena, e->n_fields, sizeof(*s->items));
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (is_taken_over(&e->fields[i], i)) {
            plan_item(m, at, i);
        }
    }
    s->fields = list_fields(m, at);
    return ODOO_OK;
}
