/*
 * Reading records: one record, its fields as Odoo shows them, and the methods read, name_get, exists.  Values go straight
 * into the answer; names of related records are looked up once a call.
 */
#include "rpc_query.h"

/* ---- one record ---- */

/* As it stands: a team without what is counted, an activity without its state (rpc_view). */
static hd_code_t get_raw(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const void **ret_rec)
{
    hd_cx_t *cx = rpc->cx;
    if (m->made != NULL) {
        *ret_rec = m->made->get(rpc, id);
        return *ret_rec != NULL ? HD_OK : HD_E_NOT_FOUND;
    }
    if (id == 0 || id > HD_ID_MAX) {
        return HD_E_NOT_FOUND;
    }
    if (hd_entities[m->type]->config) {
        *ret_rec = hd_config_get(cx->txn, (hd_type_t) m->type, id);
        return *ret_rec != NULL && hd_sees(cx, (hd_type_t) m->type, *ret_rec) ? HD_OK : HD_E_NOT_FOUND;
    }
    void *rec = hd_alloc_raw(cx->arena, hd_entities[m->type]->size);
    *ret_rec = rec;
    return hd_record_get(cx, (hd_type_t) m->type, id, rec);
}

const void *rpc_view(rpc_t *rpc, const rpc_model_t *m, const void *rec)
{
    return m->made != NULL ? rec : hd_record_view(rpc->cx, (hd_type_t) m->type, rec);
}

hd_code_t rpc_get(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, void **ret_rec)
{
    const void *rec = NULL;
    hd_code_t code = get_raw(rpc, m, id, &rec);
    if (code == HD_OK) {
        *ret_rec = (void *) (uintptr_t) rpc_view(rpc, m, rec);
    }
    return code;
}

/* ---- names ---- */

static hd_str_t plain_name(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    return hd_strf(rpc->cx->arena, "%s,%" PRIu64, m->name, id);
}

/* The record's field that is its name; NULL. */
static const hd_field_t *name_field(rpc_t *rpc, const rpc_model_t *m)
{
    if (rpc->naming[m->type].model != m) {
        const rpc_field_t *f = m->rec_name == NULL ? NULL : rpc_field(m, hd_str(m->rec_name));
        rpc->naming[m->type].model = m;
        rpc->naming[m->type].field = f == NULL ? NULL : rpc_own_field(m, f);
    }
    return rpc->naming[m->type].field;
}

hd_str_t rpc_record_name(rpc_t *rpc, const rpc_model_t *m, const void *rec)
{
    hd_id_t id = ((const hd_rec_t *) rec)->id;
    if (m->type == HD_TICKET) {
        hd_str_t name = ((const hd_ticket_t *) rec)->name;
        return hd_str_cat(rpc->cx->arena, 2, name, hd_strf(rpc->cx->arena, " (#%05" PRIu64 ")", id));
    }
    const hd_field_t *f = name_field(rpc, m);
    hd_str_t name = f == NULL ? (hd_str_t){ 0, "" } : *(const hd_str_t *) hd_field_at(f, rec);
    return name.len != 0 ? name : plain_name(rpc, m, id);
}

/* Many2one values of a call: "[3,"Billing"]" by model and number. */
#define BUCKETS 64
typedef struct name_s {
    struct name_s     *next;
    const rpc_model_t *m;
    hd_id_t            id;
    hd_str_t           name, json;       /* name: empty when hidden or gone */
} name_t;
struct rpc_names_s {
    name_t *bucket[BUCKETS];
};

static const name_t *name_of(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    hd_arena_t *a = rpc->cx->arena;
    if (rpc->names == NULL) {
        rpc->names = hd_alloc(a, sizeof(*rpc->names));
    }
    name_t **at = &rpc->names->bucket[(id + (uintptr_t) m / sizeof(*m)) % BUCKETS];
    for (const name_t *n = *at; n != NULL; n = n->next) {
        if (n->id == id && n->m == m) {
            return n;
        }
    }
    name_t *n = hd_alloc(a, sizeof(*n));
    const void *rec = NULL;
    *n = (name_t){ .next = *at, .m = m, .id = id, .name = { 0, "" } };
    *at = n;
    if (get_raw(rpc, m, id, &rec) == HD_OK) {
        n->name = rpc_record_name(rpc, m, rec);
    }
    hd_buf_t b;
    hd_buf_init(&b, a, n->name.len + 48, HD_REPLY_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_arr(&j);
    hd_json_u64(&j, id);
    hd_json_str(&j, n->name.len != 0 ? n->name : plain_name(rpc, m, id));    /* what Odoo calls a record without a name */
    hd_json_end_arr(&j);
    n->json = hd_buf_view(&b);
    return n;
}

hd_str_t rpc_display_name(rpc_t *rpc, hd_type_t type, hd_id_t id)
{
    const rpc_model_t *m = rpc_model_of(type);
    return m == NULL ? (hd_str_t){ 0, "" } : name_of(rpc, m, id)->name;
}

void rpc_put_many2one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, hd_json_t *out)
{
    if (id == 0) {
        hd_json_bool(out, false);
    } else if (rpc->bare || m == NULL) {
        hd_json_u64(out, id);
    } else {
        hd_json_raw(out, name_of(rpc, m, id)->json);
    }
}

/* ---- values (spec.md 4.7) ---- */

void rpc_put_text(hd_json_t *out, hd_str_t s)
{
    if (s.len == 0) {
        hd_json_bool(out, false);
    } else {
        hd_json_str(out, s);
    }
}

#define STAMP 19                 /* "2026-11-21 08:00:00" */

void rpc_put_time(hd_json_t *out, hd_time_t t)
{
    char text[1 + HD_TIME_LEN];
    if (t == 0) {
        hd_json_bool(out, false);
        return;
    }
    (void) hd_time_format(t, text + 1);
    text[0] = text[1 + STAMP] = '"';
    text[1 + 10] = ' ';
    hd_json_raw(out, (hd_str_t){ STAMP + 2, text });
}

static void put_ids(hd_json_t *out, hd_ids_t ids)
{
    hd_json_arr(out);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_json_u64(out, ids.v[i]);
    }
    hd_json_end_arr(out);
}

static void put_option(hd_json_t *out, const hd_field_t *own, unsigned option)
{
    rpc_put_text(out, hd_str(option < own->options->n ? own->options->slugs[option] : ""));
}

static void put_json(hd_json_t *out, hd_str_t json)
{
    if (json.len == 0) {
        hd_json_bool(out, false);
    } else {
        hd_json_raw(out, json);
    }
}

static void put_column(rpc_t *rpc, const rpc_model_t *m, const rpc_column_t *c, const void *rec, hd_json_t *out)
{
    if (c->f->read != NULL) {
        c->f->read(rpc, m, rec, out);
        return;
    }
    const void *at = hd_field_at(c->own, rec);
    switch ((hd_kind_t) c->own->kind) {
    case HD_K_STR:
    case HD_K_TEXT: rpc_put_text(out, *(const hd_str_t *) at); break;
    case HD_K_JSON: put_json(out, *(const hd_str_t *) at); break;
    case HD_K_BOOL: hd_json_bool(out, *(const bool *) at); break;
    case HD_K_INT:  hd_json_i64(out, *(const int64_t *) at); break;
    case HD_K_ENUM: put_option(out, c->own, *(const uint8_t *) at); break;
    case HD_K_REFS: put_ids(out, *(const hd_ids_t *) at); break;
    case HD_K_TIME: rpc_put_time(out, *(const hd_time_t *) at); break;
    case HD_K_REF:
        if (c->f->kind == RPC_MANY2ONE) {
            rpc_put_many2one(rpc, c->to, *(const hd_id_t *) at, out);
        } else {
            hd_json_u64(out, *(const hd_id_t *) at);
        }
        break;
    default:        hd_field_json(out, c->own, rec); break;
    }
}

static rpc_column_t make_column(hd_arena_t *a, const rpc_model_t *m, const rpc_field_t *f, bool first)
{
    return (rpc_column_t){ .f = f, .own = rpc_own_field(m, f), .to = rpc_relation(m, f),
                           .key = hd_str_cat(a, 3, first ? HD_STR("\"") : HD_STR(",\""), hd_str(f->name), HD_STR("\":")) };
}

/* ---- columns ---- */

static void add_column(rpc_t *rpc, rpc_columns_t *cs, const rpc_field_t *f)
{
    for (size_t i = 0; i < cs->n; i++) {
        if (cs->v[i].f == f) {
            return;
        }
    }
    rpc_column_t c = make_column(rpc->cx->arena, cs->m, f, cs->n == 0);
    cs->view = cs->view || cs->m->type != HD_TEAM || (c.own != NULL && c.own->tag == 0);
    cs->v[cs->n++] = c;
}

static void add_every(rpc_t *rpc, rpc_columns_t *cs)
{
    for (size_t i = 0; i < cs->m->n_fields; i++) {
        const rpc_field_t *f = &cs->m->fields[i];
        if ((f->flags & RPC_F_HEAVY) == 0 && rpc_field(cs->m, hd_str(f->name)) == f && rpc_sees_field(rpc, cs->m, f)) {
            add_column(rpc, cs, f);
        }
    }
}

const rpc_field_t *rpc_field_named(rpc_t *rpc, const rpc_model_t *m, hd_str_t name)
{
    const rpc_field_t *f = rpc_field(m, name);
    return f != NULL && rpc_sees_field(rpc, m, f) ? f : NULL;
}

hd_code_t rpc_no_field(rpc_t *rpc, const rpc_model_t *m, hd_str_t name)
{
    if (name.len > 64) {
        name.len = 64;
    }
    return rpc_fail(rpc, "builtins.ValueError", "Invalid field '%.*s' on model '%s'", HD_STR_ARG(name), m->name);
}

hd_code_t rpc_columns(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *fields, rpc_columns_t *ret)
{
    size_t n = fields != NULL && hd_jtype(fields) == HD_J_ARR ? hd_jlen(fields) : 0;
    *ret = (rpc_columns_t){ .m = m, .v = hd_alloc_n(rpc->cx->arena, m->n_fields + 1, sizeof(rpc_column_t)) };
    if (fields != NULL && hd_jtype(fields) != HD_J_ARR && !rpc_is_false(fields)) {
        return rpc_fail(rpc, "builtins.ValueError", "fields must be a list of names.");
    }
    add_column(rpc, ret, rpc_field(m, HD_STR("id")));
    if (n == 0) {
        add_every(rpc, ret);
    }
    for (size_t i = 0; i < n; i++) {
        const hd_jval_t *v = hd_jat(fields, i);
        hd_str_t name = hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR("");
        const rpc_field_t *f = rpc_field_named(rpc, m, name);
        if (f == NULL) {
            return rpc_no_field(rpc, m, name);
        }
        add_column(rpc, ret, f);
    }
    return HD_OK;
}

void rpc_put_record(rpc_t *rpc, const rpc_columns_t *cs, const void *rec, hd_json_t *out)
{
    const void *shown = cs->view ? rpc_view(rpc, cs->m, rec) : rec;
    hd_json_obj(out);
    for (size_t i = 0; i < cs->n; i++) {
        hd_buf_str(out->b, cs->v[i].key);
        out->comma = false;
        put_column(rpc, cs->m, &cs->v[i], shown, out);
    }
    hd_json_end_obj(out);
}

hd_code_t rpc_fits(rpc_t *rpc)
{
    if (rpc->fault_name != NULL) {       /* of a value that could not be made */
        hd_str_t text = rpc->fault_text;
        return rpc_fail(rpc, rpc->fault_name, "%.*s", HD_STR_ARG(text));
    }
    return !rpc->out->b->failed ? HD_OK
         : rpc_fail(rpc, "odoo.exceptions.UserError", "The answer would be larger than %d MB. Ask for fewer records at a time "
                    "(limit and offset), or for fewer fields.", HD_REPLY_MAX / (1024 * 1024));
}

/* ---- methods ---- */

/* load: anything but '_classic_read' means many2one as bare ids; null is a value here, and not the default. */
bool rpc_is_bare(const rpc_t *rpc, unsigned place)
{
    const hd_jval_t *v = rpc->kwargs == NULL ? NULL : hd_jget(rpc->kwargs, "load");
    if (v == NULL && rpc->args != NULL && hd_jlen(rpc->args) > rpc->first + place) {
        v = hd_jat(rpc->args, rpc->first + place);
    }
    return v != NULL && !(hd_jtype(v) == HD_J_STR && hd_str_is(hd_jstr(v), "_classic_read"));
}

hd_code_t rpc_missing(rpc_t *rpc, hd_id_t id)
{
    return rpc_fail(rpc, "odoo.exceptions.MissingError",
                    "Record does not exist or has been deleted.\n(Record: %s(%" PRIu64 ",), User: %" PRIu64 ")", rpc->model->name,
                    id == UINT64_MAX ? 0 : id, rpc->cx->actor->uid);
}

hd_code_t rpc_read(rpc_t *rpc)
{
    rpc_columns_t cs;
    const void *rec = NULL;
    hd_code_t code = rpc_columns(rpc, rpc->model, rpc_arg(rpc, 0, "fields"), &cs);
    rpc->bare = rpc_is_bare(rpc, 1);
    if (code == HD_OK) {
        hd_json_arr(rpc->out);
    }
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        code = get_raw(rpc, rpc->model, rpc->ids[i], &rec);
        if (code != HD_OK) {
            return code == HD_E_NOT_FOUND ? rpc_missing(rpc, rpc->ids[i]) : code;
        }
        rpc_put_record(rpc, &cs, rec, rpc->out);
    }
    if (code == HD_OK) {
        hd_json_end_arr(rpc->out);
        code = rpc_fits(rpc);
    }
    return code;
}

bool rpc_read_is_light(const rpc_t *rpc)
{
    const hd_jval_t *fields = rpc_arg(rpc, 0, "fields");
    size_t n = fields != NULL && hd_jtype(fields) == HD_J_ARR ? hd_jlen(fields) : 0;
    return rpc->n_ids <= RPC_LIGHT_ROWS && n != 0 && !rpc_names_slow(rpc->model, fields);
}

void rpc_put_pair(rpc_t *rpc, const rpc_model_t *m, const void *rec, hd_json_t *out)
{
    hd_json_arr(out);
    hd_json_u64(out, ((const hd_rec_t *) rec)->id);
    hd_json_str(out, rpc_record_name(rpc, m, rec));
    hd_json_end_arr(out);
}

hd_code_t rpc_name_get(rpc_t *rpc)
{
    const void *rec = NULL;
    hd_json_arr(rpc->out);
    for (uint32_t i = 0; i < rpc->n_ids; i++) {
        hd_code_t code = get_raw(rpc, rpc->model, rpc->ids[i], &rec);
        if (code != HD_OK) {
            return code == HD_E_NOT_FOUND ? rpc_missing(rpc, rpc->ids[i]) : code;
        }
        rpc_put_pair(rpc, rpc->model, rec, rpc->out);
    }
    hd_json_end_arr(rpc->out);
    return rpc_fits(rpc);
}

hd_code_t rpc_exists(rpc_t *rpc)
{
    const void *rec = NULL;
    hd_json_arr(rpc->out);
    for (uint32_t i = 0; i < rpc->n_ids; i++) {
        hd_code_t code = get_raw(rpc, rpc->model, rpc->ids[i], &rec);
        if (code == HD_OK) {
            hd_json_u64(rpc->out, rpc->ids[i]);
        } else if (code != HD_E_NOT_FOUND) {
            return code;
        }
    }
    hd_json_end_arr(rpc->out);
    return HD_OK;
}
