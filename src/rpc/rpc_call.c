/*
 * One call of a method: its arguments, its context, who may, and the method itself.
 */
#include "rpc_inner.h"

#include <stdio.h>

/* ---- values ---- */

bool rpc_is_false(const hd_jval_t *v)
{
    switch (hd_jtype(v)) {
    case HD_J_NULL: return true;
    case HD_J_BOOL: return !hd_jbool(v);
    case HD_J_INT:  return hd_jint(v) == 0;
    case HD_J_REAL: return !(hd_jreal(v) < 0 || hd_jreal(v) > 0);
    case HD_J_STR:  return hd_jstr(v).len == 0;
    case HD_J_ARR:
    case HD_J_OBJ:  return hd_jlen(v) == 0;
    }
    return true;
}

static const struct {
    hd_lang_t   lang;
    const char *name;
} langs[] = {
    { HD_LANG_EN, "en_US" }, { HD_LANG_LT, "lt_LT" }, { HD_LANG_SV, "sv_SE" },
    { HD_LANG_FA, "fa_IR" }, { HD_LANG_VI, "vi_VN" }, { HD_LANG_ES, "es_ES" },
};

const char *rpc_lang_name(hd_lang_t lang)
{
    for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
        if (langs[i].lang == lang) {
            return langs[i].name;
        }
    }
    return "en_US";
}

bool rpc_lang_from(hd_str_t name, hd_lang_t *ret_lang)
{
    for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]) && name.len >= 2; i++) {
        if (memcmp(langs[i].name, name.data, 2) == 0 && (name.len == 2 || name.data[2] == '_' || name.data[2] == '-')) {
            *ret_lang = langs[i].lang;
            return true;
        }
    }
    return false;
}

static bool is_given(const hd_jval_t *v)
{
    hd_jtype_t t = hd_jtype(v);
    return v != NULL && t != HD_J_NULL && (t != HD_J_STR || hd_jstr(v).len != 0);
}

const hd_jval_t *rpc_arg(const rpc_t *rpc, unsigned place, const char *name)
{
    const hd_jval_t *v = rpc->first + place < hd_jlen(rpc->args) ? hd_jat(rpc->args, rpc->first + place)
                                                                 : hd_jget(rpc->kwargs, name);
    return is_given(v) ? v : NULL;
}

const hd_jval_t *rpc_context(const rpc_t *rpc, const char *key)
{
    return hd_jget(rpc->context.all, key);
}

hd_code_t rpc_ids(rpc_t *rpc, const hd_jval_t *v, hd_id_t **ret_ids, uint32_t *ret_n, bool *ret_one)
{
    bool one = hd_jtype(v) == HD_J_INT;
    int64_t max = rpc->model != NULL && rpc->model->made != NULL ? INT64_MAX : (int64_t) HD_ID_MAX;    /* mail.followers */
    size_t n = one ? 1 : hd_jtype(v) == HD_J_ARR ? hd_jlen(v) : SIZE_MAX;
    if (n > HD_RPC_IDS && n != SIZE_MAX) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "At most %d records can be named in one call.", HD_RPC_IDS);
    }
    if (n == SIZE_MAX && !rpc_is_false(v)) {
        return rpc_fail(rpc, "builtins.TypeError", "ids must be a number or a list of numbers.");
    }
    n = n == SIZE_MAX ? 0 : n;
    hd_id_t *ids = hd_alloc_n(rpc->cx->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        const hd_jval_t *id = one ? v : hd_jat(v, i);
        if (hd_jtype(id) != HD_J_INT) {
            return rpc_fail(rpc, "builtins.TypeError", "ids must be a number or a list of numbers.");
        }
        ids[i] = hd_jint(id) > 0 && hd_jint(id) <= max ? (hd_id_t) hd_jint(id) : UINT64_MAX;
    }
    *ret_ids = ids;
    *ret_n = (uint32_t) n;
    *ret_one = one;
    return HD_OK;
}

/* The ids of a record method: the first argument, or by name. */
static hd_code_t take_ids(rpc_t *rpc, const rpc_method_t *m)
{
    hd_id_t *ids = NULL;
    const hd_jval_t *named = hd_jget(rpc->kwargs, "ids");
    if ((m->flags & RPC_RECORDS) == 0) {
        return named == NULL ? HD_OK : rpc_fail(rpc, "builtins.TypeError", "%s.%s() is called without ids", rpc->model->name, m->name);
    }
    if (named == NULL && rpc->first >= hd_jlen(rpc->args)) {
        return rpc_fail(rpc, "builtins.TypeError", "%s.%s() needs ids", rpc->model->name, m->name);
    }
    hd_code_t code = rpc_ids(rpc, named != NULL ? named : hd_jat(rpc->args, rpc->first), &ids, &rpc->n_ids, &rpc->one);
    rpc->ids = ids;
    rpc->first += named == NULL;
    return code;
}

/* ---- settle: which method, which lane ---- */

static void find_method(rpc_call_t *x)
{
    rpc_t *rpc = &x->rpc;
    hd_call_t *c = x->call;
    rpc->model = rpc_model(x->model_name);
    x->method = rpc->model == NULL ? NULL : rpc_method(rpc->model, rpc->method);
    if (x->method == NULL) {
        c->lane = HD_INLINE;     /* to be refused, once it is known who asks */
        return;
    }
    rpc->params = x->method->params;
    size_t first = rpc->first;
    bool light = (x->method->flags & RPC_LIGHT) != 0;
    if (!light && x->method->is_light != NULL && take_ids(rpc, x->method) == HD_OK) {
        light = x->method->is_light(rpc);
    }
    rpc->first = first;
    rpc->fault_name = NULL;      /* of ids: the call says it, once it is known who asks */
    c->lane = (x->method->flags & RPC_WRITE) != 0 ? HD_WRITE : light ? HD_INLINE : HD_POOL;
    if (x->method->ahead != NULL && !light) {
        c->before = rpc_before;
    }
}

/* A session that only reads is alive, too: every ten minutes one of its reads writes that down. */
static void keep_session(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    hd_id_t session = 0;
    if (c->lane != HD_WRITE && hd_actor_of_session(&c->cx, x->secret, &session) != NULL && hd_session_is_quiet(&c->cx, session)) {
        c->lane = HD_WRITE;
        c->before = rpc_read_first;
    }
}

static hd_code_t take_names(rpc_call_t *x, const hd_jval_t *model, const hd_jval_t *method)
{
    if (hd_jtype(model) != HD_J_STR || hd_jtype(method) != HD_J_STR) {
        return rpc_fail(&x->rpc, "builtins.TypeError", "A model and a method must be named.");
    }
    x->model_name = hd_jstr(model);
    x->rpc.method = hd_jstr(method);
    return HD_OK;
}

/* No arguments by name is what null, false, "" and nothing at all say. */
static hd_code_t take_kwargs(rpc_call_t *x, const hd_jval_t *kwargs)
{
    x->rpc.kwargs = NULL;
    if (hd_jtype(kwargs) == HD_J_OBJ) {
        x->rpc.kwargs = kwargs;
        return HD_OK;
    }
    return rpc_is_false(kwargs) ? HD_OK : rpc_fail(&x->rpc, "builtins.TypeError", "Arguments by name must be a struct.");
}

static hd_code_t take_args(rpc_call_t *x, const hd_jval_t *args)
{
    args = rpc_is_false(args) ? hd_jstrings(x->call->cx.arena, NULL, 0) : args;
    x->rpc.args = args;
    return hd_jtype(args) == HD_J_ARR ? HD_OK : rpc_fail(&x->rpc, "builtins.TypeError", "Arguments must be a list.");
}

/* db, uid, password, model, method come first, whichever call of the service it is. */
static hd_code_t take_head(rpc_call_t *x, size_t least)
{
    const hd_jval_t *p = x->params, *uid = hd_jat(p, 1), *password = hd_jat(p, 2);
    if (hd_jlen(p) < least) {
        return rpc_fail(&x->rpc, "builtins.TypeError", "%.*s needs database, uid, password, model, method and arguments.",
                        HD_STR_ARG(x->name));
    }
    hd_code_t code = rpc_auth_database(x, hd_jat(p, 0));
    if (code == HD_OK) {
        code = take_names(x, hd_jat(p, 3), hd_jat(p, 4));
    }
    if (code != HD_OK) {
        return code;
    }
    bool usable = hd_jtype(uid) == HD_J_INT && hd_jint(uid) > 0 && hd_jtype(password) == HD_J_STR;
    return usable ? rpc_auth_password(x, (hd_id_t) hd_jint(uid), (hd_str_t){ 0, "" }, hd_jstr(password), true)
                  : HD_E_PASSWORD;
}

hd_code_t rpc_call_settle_kw(rpc_call_t *x)
{
    hd_code_t code = take_head(x, 5);
    if (code == HD_OK) {
        code = take_args(x, hd_jat(x->params, 5));
    }
    if (code == HD_OK) {
        code = take_kwargs(x, hd_jat(x->params, 6));
    }
    if (code == HD_OK) {
        find_method(x);
    }
    return code;
}

hd_code_t rpc_call_settle_execute(rpc_call_t *x)
{
    hd_code_t code = take_head(x, 5);
    if (code == HD_OK) {
        x->rpc.args = x->params;
        x->rpc.first = 5;
        find_method(x);
    }
    return code;
}

hd_code_t rpc_call_settle_session(rpc_call_t *x)
{
    x->by = RPC_BY_SESSION;
    x->secret = rpc_auth_session(x->call);
    hd_code_t code = take_names(x, hd_jget(x->params, "model"), hd_jget(x->params, "method"));
    if (code == HD_OK) {
        code = take_args(x, hd_jget(x->params, "args"));
    }
    if (code == HD_OK) {
        code = take_kwargs(x, hd_jget(x->params, "kwargs"));
    }
    if (code == HD_OK) {
        find_method(x);
        keep_session(x);
    }
    return code;
}

/* As Odoo's own page sends it: {"fields": [{"name": "old_pwd", "value": "..."}, ...]}. */
static hd_str_t form_value(const hd_jval_t *fields, const char *name)
{
    for (size_t i = 0; i < hd_jlen(fields); i++) {
        const hd_jval_t *f = hd_jat(fields, i), *key = hd_jget(f, "name"), *value = hd_jget(f, "value");
        if (hd_jtype(key) == HD_J_STR && hd_str_is(hd_jstr(key), name) && hd_jtype(value) == HD_J_STR) {
            return hd_jstr(value);
        }
    }
    return (hd_str_t){ 0, "" };
}

hd_code_t rpc_call_settle_password(rpc_call_t *x)
{
    const hd_jval_t *fields = hd_jget(x->params, "fields");
    const hd_str_t passwords[] = { form_value(fields, "old_pwd"), form_value(fields, "new_password") };
    x->by = RPC_BY_SESSION;
    x->secret = rpc_auth_session(x->call);
    if (!hd_str_eq(passwords[1], form_value(fields, "confirm_pwd"))) {
        return rpc_fail(&x->rpc, "odoo.exceptions.UserError", "The new password and its confirmation must be identical.");
    }
    x->model_name = HD_STR("res.users");
    x->rpc.method = HD_STR("change_password");
    x->rpc.args = hd_jstrings(x->call->cx.arena, passwords, 2);
    find_method(x);
    return HD_OK;
}

hd_code_t rpc_call_settle_json2(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    hd_str_t rest = c->path_slug, wanted = c->req.rpc_database;
    if (!hd_bearer_get(c->req.authorization, &x->secret)) {
        return HD_E_TOKEN;
    }
    x->by = RPC_BY_TOKEN;
    if (wanted.len != 0 && !hd_str_eq(wanted, c->req.database)) {
        return rpc_fail(&x->rpc, "psycopg2.OperationalError", "FATAL:  database \"%.*s\" does not exist",
                        (int) (wanted.len < 100 ? wanted.len : 100), wanted.data);
    }
    if (!hd_str_split(&rest, '/', &x->model_name) || !hd_str_split(&rest, '/', &x->rpc.method) || rest.len != 0) {
        return rpc_fail(&x->rpc, "builtins.KeyError", "Call a method: POST /json/2/<model>/<method>.");
    }
    x->rpc.kwargs = x->params;
    hd_code_t code = take_args(x, NULL);
    if (code == HD_OK) {
        find_method(x);
    }
    return code;
}

/* ---- run: arguments ---- */

/* The next of "domain,fields!,limit"; *ret_needed: it must be given. */
static bool next_param(hd_str_t *rest, hd_str_t *ret_name, bool *ret_needed)
{
    if (rest->len == 0 || !hd_str_split(rest, ',', ret_name)) {
        return false;
    }
    *ret_needed = ret_name->len != 0 && ret_name->data[ret_name->len - 1] == '!';
    ret_name->len -= *ret_needed;
    return true;
}

static bool has_param(const char *params, hd_str_t name, unsigned *ret_place)
{
    hd_str_t rest = hd_str(params), param;
    bool needed;
    for (*ret_place = 0; next_param(&rest, &param, &needed); (*ret_place)++) {
        if (hd_str_eq(param, name)) {
            return true;
        }
    }
    return false;
}

/* Arguments by name are known and were not given by place too. */
static hd_code_t check_kwargs(rpc_t *rpc, size_t given)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v, *all = (hd_jval_t *) (uintptr_t) rpc->kwargs;
    unsigned place;
    while (all != NULL && hd_jnext(all, &it, &key, &v)) {
        if (hd_str_is(key, "context") || hd_str_is(key, "ids")) {
            continue;
        }
        if (!has_param(rpc->params, key, &place)) {
            return rpc_fail(rpc, "builtins.TypeError", "%s.%.*s() got an unexpected keyword argument '%.*s'",
                            rpc->model->name, HD_STR_ARG(rpc->method), (int) (key.len < 64 ? key.len : 64), key.data);
        }
        if (place < given) {
            return rpc_fail(rpc, "builtins.TypeError", "%s.%.*s() got multiple values for argument '%.*s'",
                            rpc->model->name, HD_STR_ARG(rpc->method), HD_STR_ARG(key));
        }
    }
    return HD_OK;
}

static hd_code_t check_args(rpc_t *rpc)
{
    hd_str_t rest = hd_str(rpc->params), param;
    bool needed;
    unsigned place = 0;
    size_t given = hd_jlen(rpc->args) - rpc->first;
    hd_code_t code = check_kwargs(rpc, given);
    for (; code == HD_OK && next_param(&rest, &param, &needed); place++) {
        if (needed && place >= given && hd_jget(rpc->kwargs, hd_str_dup(rpc->cx->arena, param).data) == NULL) {
            return rpc_fail(rpc, "builtins.TypeError", "%s.%.*s() missing 1 required positional argument: '%.*s'",
                            rpc->model->name, HD_STR_ARG(rpc->method), HD_STR_ARG(param));
        }
    }
    if (code == HD_OK && given > place) {
        return rpc_fail(rpc, "builtins.TypeError", "%s.%.*s() takes %u positional arguments but %zu were given",
                        rpc->model->name, HD_STR_ARG(rpc->method), place, given);
    }
    return code;
}

/* ---- run: context ---- */

/* allowed_company_ids: the actor keeps to those (ACC-5); another company's is refused, as Odoo does. */
static hd_code_t keep_companies(rpc_t *rpc, const hd_jval_t *list)
{
    hd_id_t *ids;
    uint32_t n;
    bool one;
    hd_cx_t *cx = rpc->cx;
    if (rpc_is_false(list)) {
        return HD_OK;
    }
    hd_code_t code = rpc_ids(rpc, list, &ids, &n, &one);
    for (uint32_t i = 0; i < n && code == HD_OK; i++) {
        if (!hd_ids_has(cx->actor->companies, ids[i])) {
            code = rpc_fail(rpc, "odoo.exceptions.AccessError", "Access to unauthorized or invalid companies.");
        }
    }
    if (code != HD_OK) {
        return code;
    }
    hd_actor_t *copy = hd_alloc_raw(cx->arena, sizeof(*copy));
    *copy = *cx->actor;
    copy->companies = rpc->context.companies = hd_ids_make(cx->arena, ids, n);
    cx->actor = copy;
    return HD_OK;
}

static hd_code_t take_context(rpc_t *rpc)
{
    const hd_jval_t *all = hd_jget(rpc->kwargs, "context"), *active = hd_jget(all, "active_test");
    if (all != NULL && hd_jtype(all) != HD_J_OBJ && !rpc_is_false(all)) {
        return rpc_fail(rpc, "builtins.TypeError", "context must be a struct.");
    }
    rpc->context.companies = (hd_ids_t){ .n = 0 };
    rpc->context.all = hd_jtype(all) == HD_J_OBJ ? all : NULL;
    rpc->context.active_test = active == NULL || !rpc_is_false(active);
    rpc->context.tz = hd_jstr(rpc_context(rpc, "tz"));
    if (!rpc_lang_from(hd_jstr(rpc_context(rpc, "lang")), &rpc->context.lang)) {
        rpc->context.lang = hd_lang_from(rpc->cx->actor->user->lang);
    }
    return keep_companies(rpc, rpc_context(rpc, "allowed_company_ids"));
}

/* ---- run ---- */

static hd_code_t refuse_name(rpc_call_t *x)
{
    rpc_t *rpc = &x->rpc;
    hd_str_t model = { x->model_name.len < 100 ? x->model_name.len : 100, x->model_name.data };
    hd_str_t method = { rpc->method.len < 100 ? rpc->method.len : 100, rpc->method.data };
    if (method.len != 0 && method.data[0] == '_') {
        return rpc_fail(rpc, "odoo.exceptions.AccessError",
                        "Private methods (such as '%.*s.%.*s') cannot be called remotely.", HD_STR_ARG(model), HD_STR_ARG(method));
    }
    if (rpc->model == NULL) {
        return rpc_fail(rpc, "builtins.KeyError", "'%.*s'", HD_STR_ARG(model));
    }
    return x->method != NULL ? HD_OK : rpc_fail(rpc, "builtins.AttributeError", "The method '%.*s.%.*s' does not exist",
                                                HD_STR_ARG(model), HD_STR_ARG(method));
}

hd_code_t rpc_call_ahead(rpc_call_t *x)
{
    rpc_t *rpc = &x->rpc;
    size_t first = rpc->first;
    hd_code_t code = rpc_ask_ahead(rpc, NULL, NULL);
    if (code == HD_OK) {
        code = take_ids(rpc, x->method);
    }
    if (code == HD_OK) {
        code = x->method->ahead(rpc);
    }
    rpc->first = first;
    return code;
}

hd_code_t rpc_call_run(rpc_call_t *x)
{
    rpc_t *rpc = &x->rpc;
    size_t first = rpc->first;
    bool writes = x->method != NULL && (x->method->flags & RPC_WRITE) != 0;
    hd_code_t code = rpc_auth(x, writes ? HD_SCOPE_WRITE : HD_SCOPE_READ);
    if (code == HD_OK) {
        code = refuse_name(x);
    }
    if (code == HD_OK) {
        code = take_ids(rpc, x->method);
    }
    if (code == HD_OK) {
        code = check_args(rpc);
    }
    if (code == HD_OK) {
        code = take_context(rpc);
    }
    if (code == HD_OK) {
        rpc->names = NULL;       /* of this transaction only */
        rpc->bare = false;
        code = x->method->run(rpc);
    }
    rpc->first = first;          /* it may run again */
    return code;
}
