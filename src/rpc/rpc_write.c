/*
 * The methods that write records: create, write, unlink, copy, name_create, archive.  Each record goes through the command of
 * the desk that REST calls; all of one call are one transaction: one refusal, and none of it was.
 */
#include "rpc_values.h"

#define COPY " (copy)"

const hd_jval_t *rpc_json_of(rpc_t *rpc, hd_str_t text)
{
    hd_jval_t *v = NULL;
    return hd_jparse(rpc->cx->arena, text, &v) == HD_OK ? v : NULL;
}

/* mail_notrack, tracking_disable: what changes is kept all the same, but nobody is told. */
void rpc_begin_writing(rpc_t *rpc)
{
    rpc->written = 0;
    rpc->cx->quiet = !rpc_is_false(rpc_context(rpc, "mail_notrack")) || !rpc_is_false(rpc_context(rpc, "tracking_disable"));
}

/* Commands hold up everybody's writing: a call may hold so many. */
static hd_code_t count_one(rpc_t *rpc)
{
    return rpc->written++ < HD_RPC_WRITES ? HD_OK
         : rpc_fail(rpc, "odoo.exceptions.UserError", "One call writes at most %d records. Send them in several.", HD_RPC_WRITES);
}

static hd_code_t missing(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    return rpc_fail(rpc, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.\n(Record: %s(%" PRId64 ",))",
                    m->name, id > HD_ID_MAX && m->made == NULL ? INT64_C(-1) : (int64_t) id);
}

static hd_code_t settle(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, hd_code_t code)
{
    return code == HD_E_NOT_FOUND && rpc->fault_name == NULL ? missing(rpc, m, id) : code;
}

/* mail_create_nosubscribe: who makes a ticket does not follow it (VIS-4 otherwise). */
static hd_code_t leave_alone(rpc_t *rpc, const rpc_model_t *m, const void *rec)
{
    hd_id_t own = rpc->cx->actor->partner_id;
    bool follows = m->type == HD_TICKET && hd_ids_has(((const hd_ticket_t *) rec)->message_partner_ids, own);
    return follows && !rpc_is_false(rpc_context(rpc, "mail_create_nosubscribe"))
         ? hd_follower_remove(rpc->cx, HD_TICKET, ((const hd_rec_t *) rec)->id, own, 0) : HD_OK;
}

/* ---- one record ---- */

hd_code_t rpc_create_one(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id)
{
    rpc_vals_t v;
    uint64_t mask = 0;
    const rpc_special_t *special = rpc_special(m);
    hd_code_t code = count_one(rpc);
    if (code != HD_OK) {
        return code;
    }
    if (special != NULL && special->create != NULL) {
        return special->create(rpc, m, vals, ret_id);
    }
    if (m->type == 0) {
        return rpc_fail(rpc, "odoo.exceptions.AccessError", "Records of %s cannot be created.", m->name);
    }
    if (!hd_record_may(rpc->cx, (hd_type_t) m->type, HD_MAY_CREATE, NULL)) {     /* where REST says it in its routes */
        return HD_E_RIGHT;
    }
    void *rec = hd_alloc(rpc->cx->arena, rpc_entity(m)->size);
    code = rpc_vals_read(rpc, m, 0, NULL, vals, &v);
    if (code == HD_OK) {
        code = rpc_vals_take(&v, rec, &mask);
    }
    if (code == HD_OK) {
        code = hd_record_create(rpc->cx, (hd_type_t) m->type, rec, mask);
    }
    if (code == HD_OK) {
        *ret_id = v.id = ((const hd_rec_t *) rec)->id;
        code = leave_alone(rpc, m, rec);
    }
    return code == HD_OK ? rpc_commands_later(&v) : code;
}

hd_code_t rpc_write_one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals)
{
    rpc_vals_t v;
    void *old = NULL;
    uint64_t mask = 0;
    const rpc_special_t *special = rpc_special(m);
    hd_code_t code = count_one(rpc);
    if (code != HD_OK) {
        return code;
    }
    if (special != NULL && special->write != NULL) {
        return settle(rpc, m, id, special->write(rpc, m, id, vals));
    }
    if (m->type == 0) {
        return rpc_fail(rpc, "odoo.exceptions.AccessError", "Records of %s cannot be changed.", m->name);
    }
    code = rpc_get(rpc, m, id, &old);
    if (code != HD_OK) {
        return settle(rpc, m, id, code);
    }
    void *rec = hd_alloc(rpc->cx->arena, rpc_entity(m)->size);
    code = rpc_vals_read(rpc, m, id, old, vals, &v);
    if (code == HD_OK) {
        code = rpc_vals_take(&v, rec, &mask);
    }
    if (code == HD_OK && (mask != 0 || v.later == NULL)) {
        code = hd_record_update(rpc->cx, (hd_type_t) m->type, id, 0, rec, mask);
    }
    return code == HD_OK ? rpc_commands_later(&v) : settle(rpc, m, id, code);
}

hd_code_t rpc_unlink_one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    const rpc_special_t *special = rpc_special(m);
    hd_code_t code = count_one(rpc);
    if (code != HD_OK) {
        return code;
    }
    if (special != NULL && special->unlink != NULL) {
        return settle(rpc, m, id, special->unlink(rpc, m, id));
    }
    if (m->type == 0) {
        return rpc_fail(rpc, "odoo.exceptions.AccessError", "Records of %s cannot be deleted.", m->name);
    }
    return settle(rpc, m, id, id > HD_ID_MAX ? HD_E_NOT_FOUND : hd_record_delete(rpc->cx, (hd_type_t) m->type, id, 0));
}

/* ---- create, write, unlink ---- */

hd_code_t rpc_create(rpc_t *rpc)
{
    const hd_jval_t *vals = rpc_arg(rpc, 0, "vals_list");
    bool list = vals != NULL && hd_jtype(vals) == HD_J_ARR;
    hd_code_t code = HD_OK;
    hd_id_t id = 0;
    rpc_begin_writing(rpc);
    if (vals == NULL || (!list && hd_jtype(vals) != HD_J_OBJ)) {
        return rpc_fail(rpc, "builtins.TypeError", "create() takes a struct of values, or a list of them.");
    }
    if (!list) {
        code = rpc_create_one(rpc, rpc->model, vals, &id);
        if (code == HD_OK) {
            hd_json_u64(rpc->out, id);
        }
        return code;
    }
    hd_json_arr(rpc->out);
    for (size_t i = 0; i < hd_jlen(vals) && code == HD_OK; i++) {
        code = rpc_create_one(rpc, rpc->model, hd_jat(vals, i), &id);
        hd_json_u64(rpc->out, id);
    }
    hd_json_end_arr(rpc->out);
    return code;
}

static hd_code_t write_all(rpc_t *rpc, const hd_jval_t *vals)
{
    hd_code_t code = HD_OK;
    rpc_begin_writing(rpc);
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        code = rpc_write_one(rpc, rpc->model, rpc->ids[i], vals);
    }
    return code;
}

hd_code_t rpc_write(rpc_t *rpc)
{
    const hd_jval_t *vals = rpc_arg(rpc, 0, "vals");
    return vals != NULL && hd_jtype(vals) == HD_J_OBJ ? write_all(rpc, vals)
         : rpc_fail(rpc, "builtins.TypeError", "write() takes a struct of values.");
}

hd_code_t rpc_unlink(rpc_t *rpc)
{
    hd_code_t code = HD_OK;
    rpc_begin_writing(rpc);
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        code = rpc_unlink_one(rpc, rpc->model, rpc->ids[i]);
    }
    return code;
}

/* ---- archive ---- */

static hd_code_t set_active(rpc_t *rpc, bool active)
{
    if (rpc_field(rpc->model, HD_STR("active")) == NULL) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "Records of %s cannot be archived.", rpc->model->name);
    }
    return write_all(rpc, rpc_json_of(rpc, active ? HD_STR("{\"active\":true}") : HD_STR("{\"active\":false}")));
}

hd_code_t rpc_archive(rpc_t *rpc)
{
    return set_active(rpc, false);
}

hd_code_t rpc_unarchive(rpc_t *rpc)
{
    return set_active(rpc, true);
}

/* Each into its opposite. */
hd_code_t rpc_toggle_active(rpc_t *rpc)
{
    int i = rpc->model->type == 0 ? -1 : hd_field_index(rpc_entity(rpc->model), HD_STR("active"));
    hd_code_t code = HD_OK;
    rpc_begin_writing(rpc);
    if (i < 0) {
        return set_active(rpc, false);
    }
    for (uint32_t k = 0; k < rpc->n_ids && code == HD_OK; k++) {
        void *rec = NULL;
        code = settle(rpc, rpc->model, rpc->ids[k], rpc_get(rpc, rpc->model, rpc->ids[k], &rec));
        if (code == HD_OK) {
            bool active = *(const bool *) hd_field_at(&rpc_entity(rpc->model)->fields[i], rec);
            code = rpc_write_one(rpc, rpc->model, rpc->ids[k],
                                 rpc_json_of(rpc, active ? HD_STR("{\"active\":false}") : HD_STR("{\"active\":true}")));
        }
    }
    return code;
}

/* ---- copy ---- */

/* What can be set on a new record. */
static uint64_t copied_fields(const hd_entity_t *e)
{
    uint64_t mask = 0;
    for (unsigned i = HD_F_OWN; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (f->tag != 0 && f->kind != HD_K_BYTES && f->kind != HD_K_COMPUTED && !(f->flags & (HD_F_RO | HD_F_SECRET | HD_F_CACHE))) {
            mask |= HD_BIT(i);
        }
    }
    return mask;
}

/* Its name says so, as Odoo's does, unless that makes it too long. */
static void name_copy(rpc_t *rpc, const hd_entity_t *e, void *rec)
{
    int i = hd_field_index(e, HD_STR("name"));
    hd_str_t *name = i < 0 || e->fields[i].kind != HD_K_STR ? NULL : hd_field_at(&e->fields[i], rec);
    if (name != NULL && hd_text_length(*name) + sizeof(COPY) - 1 <= (size_t) e->fields[i].max) {
        *name = hd_str_cat(rpc->cx->arena, 2, *name, HD_STR(COPY));
    }
}

static hd_code_t copy_ticket(rpc_t *rpc, hd_id_t id, const hd_jval_t *changes, hd_id_t *ret_id)
{
    hd_ticket_t t;
    hd_code_t code = hd_ticket_duplicate(rpc->cx, id, &t);
    *ret_id = code == HD_OK ? t.rec.id : 0;
    return code == HD_OK && hd_jlen(changes) != 0 ? rpc_write_one(rpc, rpc->model, t.rec.id, changes) : code;
}

static hd_code_t copy_one(rpc_t *rpc, hd_id_t id, const hd_jval_t *changes, hd_id_t *ret_id)
{
    const rpc_model_t *m = rpc->model;
    const hd_entity_t *e = rpc_entity(m);
    void *rec = NULL;
    rpc_vals_t v;
    uint64_t mask = 0, changed = 0;
    if (m->type == HD_TICKET && id <= HD_ID_MAX) {
        return copy_ticket(rpc, id, changes, ret_id);
    }
    if (m->type == 0 || (rpc_special(m) != NULL && rpc_special(m)->create != NULL)) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "Records of %s cannot be copied.", m->name);
    }
    hd_code_t code = rpc_get(rpc, m, id, &rec);
    if (code != HD_OK || !hd_record_may(rpc->cx, (hd_type_t) m->type, HD_MAY_CREATE, NULL)) {
        return code != HD_OK ? code : HD_E_RIGHT;
    }
    void *made = hd_alloc(rpc->cx->arena, e->size), *other = hd_alloc(rpc->cx->arena, e->size);
    mask = copied_fields(e);
    hd_record_merge(e, made, rec, mask);
    name_copy(rpc, e, made);
    code = rpc_vals_read(rpc, m, 0, NULL, changes, &v);
    if (code == HD_OK) {
        code = rpc_vals_take(&v, other, &changed);
    }
    if (code == HD_OK) {
        hd_record_merge(e, made, other, changed);
        code = hd_record_create(rpc->cx, (hd_type_t) m->type, made, mask | changed);
    }
    *ret_id = v.id = ((const hd_rec_t *) made)->id;
    return code == HD_OK ? rpc_commands_later(&v) : code;
}

hd_code_t rpc_copy(rpc_t *rpc)
{
    const hd_jval_t *changes = rpc_arg(rpc, 0, "default");
    hd_code_t code = HD_OK;
    hd_id_t id = 0;
    rpc_begin_writing(rpc);
    if (rpc_is_false(changes)) {
        changes = rpc_json_of(rpc, HD_STR("{}"));
    }
    if (!rpc->one) {
        hd_json_arr(rpc->out);
    }
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        code = count_one(rpc);
        code = code == HD_OK ? settle(rpc, rpc->model, rpc->ids[i], copy_one(rpc, rpc->ids[i], changes, &id)) : code;
        hd_json_u64(rpc->out, id);
    }
    if (!rpc->one) {
        hd_json_end_arr(rpc->out);
    }
    return code;
}

/* ---- name_create ---- */

hd_code_t rpc_name_create(rpc_t *rpc)
{
    const hd_jval_t *name = rpc_arg(rpc, 0, "name");
    const char *field = rpc->model->rec_name;
    void *rec = NULL;
    hd_id_t id = 0;
    hd_buf_t b;
    rpc_begin_writing(rpc);
    if (field == NULL || name == NULL || hd_jtype(name) != HD_J_STR) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "A record of %s cannot be made from a name.", rpc->model->name);
    }
    hd_buf_init(&b, rpc->cx->arena, 128, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    hd_json_key(&j, hd_str(field));
    hd_json_str(&j, hd_jstr(name));
    hd_json_end_obj(&j);
    hd_code_t code = rpc_create_one(rpc, rpc->model, rpc_json_of(rpc, hd_buf_view(&b)), &id);
    if (code == HD_OK) {
        code = rpc_get(rpc, rpc->model, id, &rec);
    }
    if (code == HD_OK) {
        hd_json_arr(rpc->out);
        hd_json_u64(rpc->out, id);
        hd_json_str(rpc->out, rpc_record_name(rpc, rpc->model, rec));
        hd_json_end_arr(rpc->out);
    }
    return code;
}
