/*
 * Where records came from: a row of HD_ORIGIN for each record of the other server that was taken, and one with number 0 for
 * each model, which remembers whether its records keep their numbers: they do when the first one found none of their
 * type here.
 */
#include "tool_odoo.h"

bool odoo_origin(odoo_import_t *m, size_t model, hd_id_t source_id, hd_origin_t *ret)
{
    hd_key_t k;
    hd_id_t id;
    hd_txn_t *txn = m->tool->cx.txn;
    hd_key_origin(&k, m->source, hd_str(odoo_models[model].model), source_id);
    return hd_index_find(txn, &k, &id) && hd_row_get(txn, m->tool->scratch, HD_ORIGIN, id, ret) == HD_OK;
}

hd_id_t odoo_resolve(odoo_import_t *m, size_t model, hd_id_t source_id)
{
    hd_origin_t o;
    return odoo_origin(m, model, source_id, &o) ? (hd_id_t) o.record_id : 0;
}

hd_code_t odoo_remember(odoo_import_t *m, const hd_origin_t *old, hd_origin_t *o)
{
    hd_cx_t *cx = &m->tool->cx;
    return old == NULL ? hd_row_insert(cx->txn, m->tool->scratch, HD_ORIGIN, o, cx->now, 0)
                       : hd_row_update(cx->txn, m->tool->scratch, HD_ORIGIN, old, o, cx->now, 0);
}

static bool is_type_empty(odoo_import_t *m, hd_type_t type)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_rows(&sc, m->tool->cx.txn, type, 0);
    bool any = hd_scan_next(&sc, &key, &value);
    hd_scan_done(&sc);
    return !any;
}

hd_code_t odoo_decide_keep(odoo_import_t *m, size_t model)
{
    hd_origin_t o;
    if (odoo_origin(m, model, 0, &o)) {
        m->state[model].keep = o.record_id != 0;
        return HD_OK;
    }
    m->state[model].keep = is_type_empty(m, odoo_models[model].type);
    o = (hd_origin_t){ .source = m->source, .model = hd_str(odoo_models[model].model), .record_id = m->state[model].keep,
                       .record_type = odoo_models[model].type };
    return odoo_remember(m, NULL, &o);
}

/* Configuration is small: its types are looked through. */
static hd_id_t find_named(odoo_import_t *m, hd_type_t type, unsigned field, hd_str_t name)
{
    size_t n;
    hd_arena_t *a = m->tool->scratch;
    const hd_field_t *f = &hd_entities[type]->fields[field];
    const void *const *all = hd_config_all(m->tool->cx.txn, type, &n);
    hd_str_t folded = hd_text_fold(a, name);
    for (size_t i = 0; i < n; i++) {
        if (hd_str_eq(hd_text_fold(a, *(const hd_str_t *) hd_field_at(f, all[i])), folded)) {
            return ((const hd_rec_t *) all[i])->id;
        }
    }
    return 0;
}

hd_id_t odoo_find_twin(odoo_import_t *m, const odoo_model_t *model, const void *rec)
{
    int i = model->key != NULL ? hd_field_index(hd_entities[model->type], hd_str(model->key)) : -1;
    if (i < 0) {
        return 0;
    }
    hd_str_t name = *(const hd_str_t *) hd_field_at(&hd_entities[model->type]->fields[i], rec);
    return name.len != 0 ? find_named(m, model->type, (unsigned) i, name) : 0;
}
