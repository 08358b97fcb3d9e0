/*
 * Values as clients write them (spec.md 4.7) become an object as our REST takes it, under the names of the record's own
 * fields; from there on the checks are the same.  What a client sends back as it read it and nobody can set (id, create_date
 * ...) is passed over, as in Odoo.
 */
#include "rpc_values.h"

/* "2026-06-01" + "T" + "07:00" + ":00" + "Z" */
bool rpc_time_read(hd_arena_t *a, hd_str_t s, hd_time_t *ret_t, bool *ret_day)
{
    s = hd_str_trim(s);
    if (s.len < 10 || s.len > 40 || (s.len > 10 && s.data[10] != ' ' && s.data[10] != 'T')) {
        return false;
    }
    hd_str_t day = { 10, s.data }, clock = { s.len > 10 ? s.len - 11 : 0, s.data + (s.len > 10 ? 11 : 10) };
    size_t end = 0;
    while (end < clock.len && clock.data[end] != 'Z' && clock.data[end] != '+' && clock.data[end] != '-') {
        end++;
    }
    hd_str_t zone = { clock.len - end, clock.data + end };
    clock.len = end;
    *ret_day = s.len == 10;
    return hd_time_parse(hd_str_cat(a, 5, day, HD_STR("T"), clock.len == 0 ? HD_STR("00:00") : clock,
                                    clock.len <= 5 ? HD_STR(":00") : HD_STR(""), zone.len == 0 ? HD_STR("Z") : zone), ret_t);
}

hd_code_t rpc_bad_value(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f, const char *why)
{
    return rpc_fail(rpc, "builtins.ValueError", "Wrong value for %s.%s: %s", m->name, f->name, why);
}

/* ---- one value ---- */

bool rpc_vals_key(rpc_vals_t *v, unsigned field)
{
    if (v->named & HD_BIT(field)) {
        return false;
    }
    v->named |= HD_BIT(field);
    hd_json_key(&v->house, hd_str(rpc_entity(v->m)->fields[field].name));
    return true;
}

static void put_json(rpc_vals_t *v, const hd_jval_t *value)
{
    hd_json_raw(&v->house, hd_jdump(v->rpc->cx->arena, value));
}

static hd_code_t put_text(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_arena_t *a = v->rpc->cx->arena;
    hd_str_t s = hd_jstr(value);
    switch (hd_jtype(value)) {
    case HD_J_INT:
    case HD_J_REAL:
        hd_json_str(&v->house, hd_jdump(a, value));
        return HD_OK;
    case HD_J_STR:
        s = f->kind == RPC_DATE && s.len > 10 ? (hd_str_t){ 10, s.data } : s;
        hd_json_str(&v->house, f->kind == RPC_HTML ? rpc_text_of_html(v->rpc, s) : s);
        return HD_OK;
    default:
        return rpc_bad_value(v->rpc, v->m, f, "a text or false.");
    }
}

static hd_code_t put_time(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_time_t t;
    bool day;
    if (hd_jtype(value) != HD_J_STR || !rpc_time_read(v->rpc->cx->arena, hd_jstr(value), &t, &day)) {
        return rpc_bad_value(v->rpc, v->m, f, "a time such as '2026-06-01 07:00:00', or false.");
    }
    hd_json_time(&v->house, t);
    return HD_OK;
}

static hd_code_t put_number(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    double d = hd_jtype(value) == HD_J_REAL ? hd_jreal(value) : 0;
    bool whole = d > -9e15 && d < 9e15 && (double) (int64_t) d == d;
    if (hd_jtype(value) == HD_J_REAL && whole) {
        hd_json_i64(&v->house, (int64_t) d);
    } else if (hd_jtype(value) == HD_J_INT) {
        hd_json_i64(&v->house, hd_jint(value));
    } else {
        return rpc_bad_value(v->rpc, v->m, f, "a whole number.");
    }
    return HD_OK;
}

static hd_code_t put_list(rpc_vals_t *v, const rpc_field_t *f, const hd_field_t *own, const hd_jval_t *value)
{
    hd_ids_t now = { 0, NULL }, ids;
    if (v->old != NULL) {
        now = *(const hd_ids_t *) hd_field_at(own, v->old);
    }
    hd_code_t code = rpc_commands(v, f, value, now, &ids);
    if (code == HD_OK) {
        hd_json_arr(&v->house);
        for (uint32_t i = 0; i < ids.n; i++) {
            hd_json_u64(&v->house, ids.v[i]);
        }
        hd_json_end_arr(&v->house);
    }
    return code;
}

/* false, null: unset; of a number 0. */
static void put_empty(rpc_vals_t *v, const hd_field_t *own)
{
    switch ((hd_kind_t) own->kind) {
    case HD_K_BOOL:  hd_json_bool(&v->house, false); break;
    case HD_K_INT:   hd_json_i64(&v->house, 0); break;
    case HD_K_REFS:
    case HD_K_FLAGS: hd_json_raw(&v->house, HD_STR("[]")); break;
    default:         hd_json_null(&v->house); break;
    }
}

static bool is_unset(const hd_jval_t *v)
{
    return hd_jtype(v) == HD_J_NULL || (hd_jtype(v) == HD_J_BOOL && !hd_jbool(v));
}

static hd_code_t put_own(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    const hd_field_t *own = rpc_own_field(v->m, f);
    if (!rpc_vals_key(v, (unsigned) f->field)) {
        return HD_OK;
    }
    if (is_unset(value)) {
        put_empty(v, own);
        return HD_OK;
    }
    switch ((hd_kind_t) own->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_ENUM: return put_text(v, f, value);
    case HD_K_TIME: return put_time(v, f, value);
    case HD_K_INT:
    case HD_K_REF:  return put_number(v, f, value);
    case HD_K_REFS: return put_list(v, f, own, value);
    case HD_K_BOOL: hd_json_bool(&v->house, !rpc_is_false(value)); return HD_OK;
    default:        put_json(v, value); return HD_OK;
    }
}

/* ---- all of them ---- */

static bool is_passed_over(hd_str_t name)
{
    static const char *const names[] = { "id", "display_name", "create_uid", "create_date", "write_uid", "write_date",
                                         "__last_update", "version" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (hd_str_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static hd_code_t put_value(rpc_vals_t *v, hd_str_t name, const hd_jval_t *value)
{
    const rpc_field_t *f = rpc_field(v->m, name);
    bool taken = false;
    if (f == NULL || !rpc_sees_field(v->rpc, v->m, f)) {
        return rpc_fail(v->rpc, "builtins.ValueError", "Invalid field '%.*s' on model '%s'", (int) (name.len < 64 ? name.len : 64),
                        name.data, v->m->name);
    }
    if (is_passed_over(name)) {
        return HD_OK;
    }
    hd_code_t code = rpc_set_special(v, f, value, &taken);
    if (code != HD_OK || taken) {
        return code;
    }
    if (f->field < 0 || (f->flags & RPC_F_READONLY) != 0) {
        return rpc_bad_value(v->rpc, v->m, f, "this field cannot be set.");
    }
    return put_own(v, f, value);
}

/* default_<field> where neither vals nor an earlier default says anything; of fields the model does not have, nothing. */
static hd_code_t put_defaults(rpc_vals_t *v, const hd_jval_t *vals)
{
    void *it = NULL;
    hd_str_t key, prefix = HD_STR("default_");
    hd_jval_t *value, *all = (hd_jval_t *) (uintptr_t) v->rpc->context.all;
    hd_code_t code = HD_OK;
    while (code == HD_OK && all != NULL && hd_jnext(all, &it, &key, &value)) {
        if (!hd_str_starts(key, prefix)) {
            continue;
        }
        hd_str_t name = hd_str_dup(v->rpc->cx->arena, (hd_str_t){ key.len - prefix.len, key.data + prefix.len });
        const rpc_field_t *f = rpc_field(v->m, name);
        bool known = f != NULL && rpc_sees_field(v->rpc, v->m, f) && hd_jget(vals, name.data) == NULL;
        code = known ? put_value(v, name, value) : HD_OK;
    }
    return code;
}

hd_code_t rpc_vals_read(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const void *old, const hd_jval_t *vals, rpc_vals_t *ret)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *value;
    hd_code_t code = HD_OK;
    *ret = (rpc_vals_t){ .rpc = rpc, .m = m, .id = id, .old = old };
    ret->last = &ret->later;
    if (hd_jtype(vals) != HD_J_OBJ) {
        return rpc_fail(rpc, "builtins.TypeError", "Values of a record must be a struct.");
    }
    hd_buf_init(&ret->buf, rpc->cx->arena, 1024, HD_BODY_MAX);
    ret->house = hd_json(&ret->buf);
    hd_json_obj(&ret->house);
    while (code == HD_OK && hd_jnext((hd_jval_t *) (uintptr_t) vals, &it, &name, &value)) {
        code = put_value(ret, name, value);
    }
    if (code == HD_OK && id == 0 && m == rpc->model) {
        code = put_defaults(ret, vals);
    }
    hd_json_end_obj(&ret->house);
    return code == HD_OK && ret->buf.failed ? HD_E_TOO_LARGE : code;
}

hd_code_t rpc_vals_take(rpc_vals_t *v, void *rec, uint64_t *ret_mask)
{
    hd_jval_t *obj = NULL;
    hd_cx_t *cx = v->rpc->cx;
    hd_code_t code = hd_jparse(cx->arena, hd_buf_view(&v->buf), &obj);
    return code != HD_OK ? code : hd_read_json(rpc_entity(v->m), cx->arena, obj, rec, ret_mask,
                                               v->id == 0 ? HD_READ_CREATE : HD_READ_PATCH, cx->problem);
}
