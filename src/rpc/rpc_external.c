/*
 * External ids (ir.model.data) under the names models have here, and API keys (res.users.apikeys) over the desk's tokens.
 */
#include "rpc_show.h"
#include "rpc_values.h"

/* ---- ir.model.data ---- */

RPC_SHOW(external_model)
{
    const hd_entity_t *e = hd_entity_by_name(((const hd_external_id_t *) rec)->type);
    const rpc_model_t *of = e != NULL ? rpc_model_of((hd_type_t) e->type) : NULL;
    (void) rpc;
    (void) m;
    rpc_put_text(out, of != NULL ? hd_str(of->name) : HD_STR(""));
}

RPC_SHOW(complete_name)
{
    const hd_external_id_t *x = rec;
    (void) m;
    hd_json_str(out, hd_str_cat(rpc->cx->arena, 3, x->module, HD_STR("."), x->name));
}

static hd_str_t type_name(const hd_jval_t *model)
{
    const rpc_model_t *m = model != NULL && hd_jtype(model) == HD_J_STR ? rpc_model(hd_jstr(model)) : NULL;
    return m != NULL && m->type != 0 ? hd_str(hd_entities[m->type]->name) : (hd_str_t){ 0, "" };
}

RPC_ASK(external_model)
{
    hd_filter_t *f = hd_alloc(rpc->cx->arena, sizeof(*f));
    bool list = hd_jtype(value) == HD_J_ARR;
    size_t n = list ? hd_jlen(value) : 1, kept = 0;
    hd_str_t *v = hd_alloc_n(rpc->cx->arena, n + 1, sizeof(*v));
    if (!hd_str_is(op, "=") && !hd_str_is(op, "in")) {
        return rpc_fail(rpc, "builtins.ValueError", "A model is compared by =, !=, in and not in.");
    }
    for (size_t i = 0; i < n && kept < HD_LIST_MAX; i++) {
        v[kept] = type_name(list ? hd_jat(value, i) : value);
        kept += v[kept].len != 0;
    }
    if (kept == 0) {
        v[kept++] = HD_STR("-");             /* no type is called so */
    }
    (void) hd_filter_texts(rpc_entity(m), rpc->cx->arena, HD_EXTERNAL_ID_F_type, HD_OP_IN, true, v, kept, true, f);
    *ret = hd_expr_of(rpc->cx->arena, f, 1);
    return HD_OK;
}

hd_code_t rpc_set_external_model(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hd_str_t type = type_name(value);
    if (type.len == 0) {
        return rpc_bad_value(v->rpc, v->m, f, "the name of a model with records.");
    }
    if (rpc_vals_key(v, HD_EXTERNAL_ID_F_type)) {
        hd_json_str(&v->house, type);
    }
    return HD_OK;
}

/* ---- res.users.apikeys ---- */

/* key, scope, name, expiration_date: a token that may as much as who makes it, at most; its text, shown this once. */
hd_code_t rpc_key_generate(rpc_t *rpc)
{
    const hd_jval_t *name = rpc_arg(rpc, 2, "name"), *until = rpc_arg(rpc, 3, "expiration_date");
    hd_token_t t = { .scopes = rpc->cx->actor->scopes };
    hd_str_t text = { 0, "" };
    bool day;
    if (name == NULL || hd_jtype(name) != HD_J_STR) {
        return rpc_fail(rpc, "odoo.exceptions.ValidationError", "An API key needs a name.");
    }
    if (!rpc_is_false(until) && (hd_jtype(until) != HD_J_STR || !rpc_time_read(rpc->cx->arena, hd_jstr(until), &t.expires, &day))) {
        return rpc_fail(rpc, "builtins.ValueError", "expiration_date is not a date or time.");
    }
    t.scopes &= hd_actor_is_admin(rpc->cx->actor) ? UINT32_MAX : ~(uint32_t) HD_SCOPE_ADMIN;
    t.name = hd_text_clean(rpc->cx->arena, hd_jstr(name), false);
    hd_code_t code = hd_token_create(rpc->cx, &t, &text);
    if (code == HD_OK) {
        hd_json_str(rpc->out, text);
    }
    return code;
}

/* key: who has its text may end it, if it is his own. */
hd_code_t rpc_key_revoke(rpc_t *rpc)
{
    const hd_jval_t *key = rpc_arg(rpc, 0, "key");
    hd_id_t id = key != NULL && hd_jtype(key) == HD_J_STR ? hd_token_by_text(rpc->cx, hd_jstr(key)) : 0;
    hd_code_t code = id != 0 ? hd_record_delete(rpc->cx, HD_TOKEN, id, 0) : HD_E_NOT_FOUND;
    return code != HD_E_NOT_FOUND ? code : rpc_fail(rpc, "odoo.exceptions.AccessDenied", "This is no API key of yours.");
}
