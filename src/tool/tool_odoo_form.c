/*
 * The fields of a team's public form (desk_form.h) hold numbers of types and tags: options, defaults, and the value a
 * condition asks for.  They become the numbers these have here; an option that was not taken over is left out and said.
 */
#include "tool_odoo.h"

/* The model whose numbers a control's values are; -1: they are no numbers. */
static int model_of(const hd_jval_t *control)
{
    hd_str_t name = hd_jtype(control) == HD_J_STR ? hd_jstr(control) : (hd_str_t){ 0, "" };
    return hd_str_is(name, "ticket_type_id") ? odoo_model_index(HD_STR("helpdesk.ticket.type"))
         : hd_str_is(name, "tag_ids") ? odoo_model_index(HD_STR("helpdesk.tag")) : -1;
}

static hd_id_t number_here(odoo_import_t *m, int model, const hd_jval_t *v)
{
    uint64_t n = 0;
    if (hd_jtype(v) == HD_J_INT) {
        n = hd_jint(v) > 0 ? (uint64_t) hd_jint(v) : 0;
    } else if (hd_jtype(v) != HD_J_STR || !hd_str_to_u64(hd_jstr(v), &n)) {
        n = 0;
    }
    return n == 0 ? 0 : odoo_resolve(m, (size_t) model, n);
}

/* A number as it was written: as text or as number.  False, and nothing written: there is none here. */
static bool put_number(odoo_import_t *m, int model, const hd_jval_t *v, hd_json_t *out)
{
    hd_id_t id = number_here(m, model, v);
    if (id == 0) {
        return false;
    }
    if (hd_jtype(v) == HD_J_STR) {
        hd_json_str(out, hd_strf(m->tool->scratch, "%" PRIu64, id));
    } else {
        hd_json_u64(out, id);
    }
    return true;
}

static void say_left_out(odoo_import_t *m, odoo_row_t *row)
{
    row->incomplete = true;      /* its type or tag may come with the next run */
    odoo_report(m, "left out", row->id, HD_STR("form_fields"), "not_found",
                "A choice of the form names a type or tag that was not taken over.");
}

/* {"value": "3", "label": ...} or "3" */
static void put_option(odoo_import_t *m, int model, const hd_jval_t *option, odoo_row_t *row, hd_json_t *out)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    bool object = hd_jtype(option) == HD_J_OBJ;
    if (number_here(m, model, object ? hd_jget(option, "value") : option) == 0) {
        say_left_out(m, row);
        return;
    }
    if (!object) {
        (void) put_number(m, model, option, out);
        return;
    }
    hd_json_obj(out);
    while (hd_jnext((hd_jval_t *) (uintptr_t) option, &it, &key, &v)) {
        hd_json_name(out, key);
        if (!hd_str_is(key, "value") || !put_number(m, model, v, out)) {
            hd_json_raw(out, hd_jdump(m->tool->scratch, v));
        }
    }
    hd_json_end_obj(out);
}

static void put_options(odoo_import_t *m, int model, const hd_jval_t *options, odoo_row_t *row, hd_json_t *out)
{
    hd_json_arr(out);
    for (size_t i = 0; i < hd_jlen(options); i++) {
        put_option(m, model, hd_jat(options, i), row, out);
    }
    hd_json_end_arr(out);
}

static void put_default(odoo_import_t *m, int model, const hd_jval_t *v, odoo_row_t *row, hd_json_t *out)
{
    if (hd_jtype(v) == HD_J_ARR) {
        put_options(m, model, v, row, out);
    } else if (!put_number(m, model, v, out)) {
        hd_json_null(out);
    }
}

/* What a condition asks about may be a number, too; one that is not here is never chosen. */
static void put_condition(odoo_import_t *m, const hd_jval_t *condition, hd_json_t *out)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    int model = model_of(hd_jget(condition, "field"));
    hd_json_obj(out);
    while (hd_jnext((hd_jval_t *) (uintptr_t) condition, &it, &key, &v)) {
        hd_json_name(out, key);
        if (!hd_str_is(key, "value") || model < 0) {
            hd_json_raw(out, hd_jdump(m->tool->scratch, v));
        } else if (!put_number(m, model, v, out)) {
            hd_json_str(out, HD_STR("0"));
        }
    }
    hd_json_end_obj(out);
}

static void put_field(odoo_import_t *m, const hd_jval_t *field, odoo_row_t *row, hd_json_t *out)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    int model = model_of(hd_jget(field, "field"));
    hd_json_obj(out);
    while (hd_jnext((hd_jval_t *) (uintptr_t) field, &it, &key, &v)) {
        hd_json_name(out, key);
        if (hd_str_is(key, "condition") && hd_jtype(v) == HD_J_OBJ) {
            put_condition(m, v, out);
        } else if (hd_str_is(key, "options") && model >= 0 && hd_jtype(v) == HD_J_ARR) {
            put_options(m, model, v, row, out);
        } else if (hd_str_is(key, "default") && model >= 0) {
            put_default(m, model, v, row, out);
        } else {
            hd_json_raw(out, hd_jdump(m->tool->scratch, v));
        }
    }
    hd_json_end_obj(out);
}

void odoo_put_form(odoo_import_t *m, const hd_jval_t *fields, odoo_row_t *row, hd_json_t *out)
{
    hd_json_key(out, HD_STR("form_fields"));
    hd_json_arr(out);
    for (size_t i = 0; i < hd_jlen(fields); i++) {
        if (hd_jtype(hd_jat(fields, i)) == HD_J_OBJ) {
            put_field(m, hd_jat(fields, i), row, out);
        }
    }
    hd_json_end_arr(out);
}
