/*
 * One record of theirs into one of ours: values as JSON of our own, held to the fields' rules, then adopted by the desk.
 * A value that cannot be kept is left out and said; a record that cannot be is refused and said.  Nothing is dropped in
 * silence.
 */
#include <stdlib.h>

#include "tool_odoo.h"

#define RECORD_MAX ((size_t) 4 << 20)

/* ---- the report: CSV on standard output ---- */

void odoo_report(odoo_import_t *m, const char *what, hd_id_t id, hd_str_t field, const char *code, const char *message)
{
    hd_buf_t b;
    odoo_state_t *s = &m->state[m->at];
    hd_buf_init(&b, m->tool->scratch, 256, 64 * 1024);
    if (m->problems++ == 0) {
        hd_buf_z(&b, "what,model,id,field,code,message\r\n");
    }
    hd_buf_printf(&b, "%s,%s,%" PRIu64, what, odoo_models[m->at].model, id);
    hd_csv_cell(&b, field, false);
    hd_csv_cell(&b, hd_str(code), false);
    hd_csv_cell(&b, hd_str(message), false);
    hd_buf_z(&b, "\r\n");
    (void) fwrite(b.data, 1, b.len, stdout);
    s->left_out += strcmp(what, "refused") != 0;
}

static void report_refused(odoo_import_t *m, const odoo_row_t *row, hd_code_t code, const hd_problem_t *p)
{
    const hd_err_info_t *info = hd_err_info(code);
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        odoo_report(m, "refused", row->id, f->field, f->code, f->sentence);
    }
    if (p->fields == NULL) {
        odoo_report(m, "refused", row->id, HD_STR("id"), info->slug, p->detail != NULL ? p->detail : info->sentence);
    }
    m->state[m->at].refused++;
}

/* ---- values ---- */

/* The field an entry of a problem is about; -1: none. */
static int field_of(const hd_entity_t *e, const hd_bad_field_t *f)
{
    const char *end = f->field.len != 0 ? memchr(f->field.data, '[', f->field.len) : NULL;
    return hd_field_index(e, (hd_str_t){ end != NULL ? (size_t) (end - f->field.data) : f->field.len, f->field.data });
}

/* Empties the fields named by the problem, or sets them back to what old has; false when one must not be, or is already. */
static bool leave_out(odoo_import_t *m, const odoo_row_t *row, const hd_problem_t *p, const void *old, void *rec)
{
    const hd_entity_t *e = hd_entities[odoo_models[m->at].type];
    const void *from = old != NULL ? old : hd_alloc(m->tool->scratch, e->size);
    uint64_t differs = hd_record_diff(e, rec, from);
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        int i = field_of(e, f);
        if (i < 0 || !(differs & HD_BIT(i)) || (e->fields[i].flags & HD_F_REQ && hd_field_is_empty(&e->fields[i], from))) {
            return false;
        }
    }
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        hd_record_merge(e, rec, from, HD_BIT(field_of(e, f)));
        odoo_report(m, "left out", row->id, f->field, f->code, f->sentence);
    }
    return p->fields != NULL;
}

/* ret_obj: the record as JSON of ours; ODOO_PASSED: none of ours. */
static odoo_hook_t write_json(odoo_import_t *m, odoo_row_t *row, hd_str_t *ret)
{
    const odoo_model_t *model = &odoo_models[m->at];
    const odoo_state_t *s = &m->state[m->at];
    hd_buf_t b;
    hd_buf_init(&b, m->tool->scratch, 4096, RECORD_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    for (size_t i = 0; i < s->n_items; i++) {
        odoo_put_item(m, row, &s->items[i], &j);
    }
    odoo_hook_t kind = model->hook != NULL ? model->hook(m, row, &j) : ODOO_TAKEN;
    hd_json_end_obj(&j);
    *ret = hd_buf_view(&b);
    return b.failed ? ODOO_PASSED : kind;
}

static hd_code_t read_record(odoo_import_t *m, const odoo_row_t *row, hd_str_t json, const void *old, void *rec)
{
    hd_problem_t p;
    hd_jval_t *obj;
    uint64_t present;
    const hd_entity_t *e = hd_entities[odoo_models[m->at].type];
    hd_problem_init(&p);
    hd_code_t code = hd_jparse_long(m->tool->scratch, json, RECORD_MAX, &obj);
    if (code != HD_OK) {
        report_refused(m, row, code, &p);
        return code;
    }
    code = hd_read_json(e, m->tool->scratch, obj, rec, &present, HD_READ_LOAD, &p);
    if (code != HD_OK && !leave_out(m, row, &p, old, rec)) {
        report_refused(m, row, code, &p);
        return code;
    }
    return HD_OK;
}

/* ---- adopting ---- */

/* Again without what is refused, as long as that helps. */
static hd_code_t adopt(odoo_import_t *m, const odoo_row_t *row, const void *old, void *rec)
{
    hd_tool_t *t = m->tool;
    const hd_entity_t *e = hd_entities[odoo_models[m->at].type];
    void *wanted = hd_alloc(t->scratch, e->size);
    hd_code_t code = HD_OK;
    hd_problem_t p;
    for (int i = 0; i < 4; i++) {
        hd_problem_init(&p);
        hd_cx_t cx = t->cx;
        cx.arena = t->scratch;
        cx.problem = &p;
        memcpy(wanted, rec, e->size);
        code = hd_adopt(&cx, (hd_type_t) e->type, old, wanted);
        if (code != HD_E_INVALID || hd_txn_error(cx.txn) != HD_OK || !leave_out(m, row, &p, old, rec)) {
            break;
        }
    }
    if (code == HD_OK) {
        memcpy(rec, wanted, e->size);
    } else if (hd_txn_error(t->cx.txn) == HD_OK) {
        report_refused(m, row, code, &p);
    }
    return code;
}

static hd_str_t digest_of(odoo_import_t *m, hd_str_t json)
{
    uint8_t hash[HD_HASH_LEN];
    hd_sha256(json.data, json.len, hash);
    return hd_str_dup(m->tool->scratch, (hd_str_t){ 16, (const char *) hash });
}

static hd_code_t link_twin(odoo_import_t *m, hd_origin_t *o, hd_id_t twin)
{
    o->record_id = (int64_t) twin;
    o->linked = true;
    m->state[m->at].linked++;
    return odoo_remember(m, NULL, o);
}

static hd_id_t choose_id(odoo_import_t *m, hd_type_t type, hd_id_t theirs)
{
    void *there = hd_alloc(m->tool->scratch, hd_entities[type]->size);
    bool keeps = m->state[m->at].keep && theirs <= HD_ID_MAX
        && hd_row_get(m->tool->cx.txn, m->tool->scratch, type, theirs, there) == HD_E_NOT_FOUND;
    return keeps ? theirs : hd_row_next_id(m->tool->cx.txn, type);
}

static hd_code_t make(odoo_import_t *m, odoo_row_t *row, hd_str_t json, hd_origin_t *o)
{
    const odoo_model_t *model = &odoo_models[m->at];
    const hd_entity_t *e = hd_entities[model->type];
    hd_rec_t *rec = hd_alloc(m->tool->scratch, e->size);
    int active = hd_field_index(e, HD_STR("active"));
    if (active >= 0) {
        *(bool *) hd_field_at(&e->fields[active], rec) = true;       /* where they have no archive */
    }
    hd_code_t code = read_record(m, row, json, NULL, rec);
    if (code != HD_OK) {
        return code;
    }
    hd_id_t twin = odoo_find_twin(m, model, rec);
    if (twin != 0) {
        return link_twin(m, o, twin);
    }
    rec->id = choose_id(m, model->type, row->id);
    rec->create_date = rec->create_date != 0 ? rec->create_date : m->tool->cx.now;
    rec->write_date = rec->write_date != 0 ? rec->write_date : rec->create_date;
    code = adopt(m, row, NULL, rec);
    if (code == HD_OK) {
        o->record_id = (int64_t) rec->id;
        m->state[m->at].created++;
        code = odoo_remember(m, NULL, o);
    }
    return code;
}

static hd_code_t change(odoo_import_t *m, odoo_row_t *row, hd_str_t json, const hd_origin_t *was, hd_origin_t *o)
{
    const odoo_model_t *model = &odoo_models[m->at];
    const hd_entity_t *e = hd_entities[model->type];
    void *old = hd_alloc(m->tool->scratch, e->size), *rec = hd_alloc(m->tool->scratch, e->size);
    hd_code_t code = hd_row_get(m->tool->cx.txn, m->tool->scratch, model->type, (hd_id_t) was->record_id, old);
    if (code == HD_E_NOT_FOUND) {
        m->state[m->at].gone++;                  /* deleted here: it does not come back */
        return HD_OK;
    }
    if (code != HD_OK) {
        return code;
    }
    memcpy(rec, old, e->size);
    code = read_record(m, row, json, old, rec);
    if (code == HD_OK && hd_record_diff(e, old, rec) == 0) {
        m->state[m->at].unchanged += !m->last_pass;
        return odoo_remember(m, was, o);
    }
    code = code == HD_OK ? adopt(m, row, old, rec) : code;
    if (code == HD_OK) {
        m->state[m->at].updated += !m->last_pass;
        code = odoo_remember(m, was, o);
    }
    return code;
}

/* A required record that is not here yet may come in this run: the last pass tells. */
static bool waits(odoo_import_t *m, const odoo_row_t *row, hd_str_t json)
{
    const hd_entity_t *e = hd_entities[odoo_models[m->at].type];
    hd_jval_t *obj;
    if (!row->incomplete || m->last_pass || hd_jparse_long(m->tool->scratch, json, RECORD_MAX, &obj) != HD_OK) {
        return false;
    }
    for (unsigned i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        const hd_jval_t *v = hd_jget(obj, f->name);
        if (f->kind == HD_K_REF && f->flags & HD_F_REQ && v != NULL && hd_jtype(v) == HD_J_NULL) {
            return true;
        }
    }
    return false;
}

static void ask_again(odoo_import_t *m, hd_id_t id)
{
    odoo_state_t *s = &m->state[m->at];
    if (!m->last_pass) {
        s->again[s->n_again++] = id;
    }
}

void odoo_count_same(odoo_import_t *m, const hd_origin_t *o)
{
    odoo_state_t *s = &m->state[m->at];
    hd_type_t type = odoo_models[m->at].type;
    void *there = hd_alloc(m->tool->scratch, hd_entities[type]->size);
    bool here = hd_row_get(m->tool->cx.txn, m->tool->scratch, type, (hd_id_t) o->record_id, there) != HD_E_NOT_FOUND;
    s->unchanged += !m->last_pass && here;
    s->gone += !m->last_pass && !here;
}

int odoo_take_row(odoo_import_t *m, const hd_jval_t *v)
{
    hd_arena_reset(m->tool->scratch);
    const odoo_model_t *model = &odoo_models[m->at];
    odoo_state_t *s = &m->state[m->at];
    odoo_row_t row = { .id = odoo_id(hd_jget(v, "id")), .v = v };
    hd_origin_t was, o = { .source = m->source, .model = hd_str(model->model), .source_id = (int64_t) row.id,
                           .record_type = model->type };
    hd_str_t json;
    if (row.id == 0) {
        return 0;
    }
    s->read += !m->last_pass;
    uint64_t refused = s->refused;
    odoo_hook_t kind = write_json(m, &row, &json);
    if (kind == ODOO_PASSED) {               /* each row read counts once: one that waited, in the last pass */
        s->passed += s->refused == refused && (!m->last_pass || !odoo_origin(m, m->at, row.id, &was));
        return 0;
    }
    if (kind == ODOO_WAITS || waits(m, &row, json)) {
        ask_again(m, row.id);
        return 0;
    }
    bool known = odoo_origin(m, m->at, row.id, &was);
    if (known) {
        o = was;
    }
    o.source_date = odoo_text(&row, "write_date");
    o.digest = digest_of(m, json);
    if (known && (was.linked || hd_str_eq(was.digest, o.digest))) {
        odoo_count_same(m, &was);
        return 0;
    }
    if (row.incomplete && !m->last_pass) {
        o.digest = (hd_str_t){ 0, "" };
    }
    hd_code_t code = known ? change(m, &row, json, &was, &o) : make(m, &row, json, &o);
    if (code == HD_OK && row.incomplete) {
        ask_again(m, row.id);
    }
    hd_code_t broken = hd_txn_error(m->tool->cx.txn);
    if (broken != HD_OK) {
        return tool_fail("%s %" PRIu64 ": %s", model->model, row.id, hd_err_info(broken)->sentence);
    }
    return 0;
}
