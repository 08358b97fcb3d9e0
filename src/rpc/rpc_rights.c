/*
 * Rights, as clients ask for them before they try: check_access_rights, has_access, check_access.
 */
#include "rpc_query.h"

static hd_code_t read_operation(rpc_t *rpc, hd_may_t *ret)
{
    static const struct { const char *name; hd_may_t may; } known[] = {
        { "read", HD_MAY_READ }, { "write", HD_MAY_WRITE }, { "create", HD_MAY_CREATE }, { "unlink", HD_MAY_DELETE },
    };
    hd_str_t op;
    hd_code_t code = rpc_arg_text(rpc, 0, "operation", &op);
    for (size_t i = 0; code == HD_OK && i < sizeof(known) / sizeof(known[0]); i++) {
        if (hd_str_is(op, known[i].name)) {
            *ret = known[i].may;
            return HD_OK;
        }
    }
    return code != HD_OK ? code : rpc_fail(rpc, "builtins.ValueError", "operation must be read, write, create or unlink.");
}

static bool may(rpc_t *rpc, hd_may_t what, const void *rec)
{
    const rpc_model_t *m = rpc->model;
    if (m->made != NULL) {
        return what == HD_MAY_READ;
    }
    return hd_record_may(rpc->cx, (hd_type_t) m->type, what, rec);
}

static hd_code_t refuse(rpc_t *rpc)
{
    return rpc_fail(rpc, "odoo.exceptions.AccessError", "You are not allowed to do this with '%s' records.", rpc->model->name);
}

hd_code_t rpc_check_access_rights(rpc_t *rpc)
{
    hd_may_t what;
    const hd_jval_t *raise = rpc_arg(rpc, 1, "raise_exception");
    hd_code_t code = read_operation(rpc, &what);
    if (code != HD_OK) {
        return code;
    }
    bool yes = may(rpc, what, NULL);
    if (!yes && (raise == NULL || !rpc_is_false(raise))) {
        return refuse(rpc);
    }
    hd_json_bool(rpc->out, yes);
    return HD_OK;
}

/* All of the records, or the model when there are none; HD_E_NOT_FOUND, HD_E_RIGHT. */
static hd_code_t check(rpc_t *rpc, hd_may_t what, hd_id_t *ret_missing)
{
    void *rec = NULL;
    if (rpc->n_ids == 0) {
        return may(rpc, what, NULL) ? HD_OK : HD_E_RIGHT;
    }
    for (uint32_t i = 0; i < rpc->n_ids; i++) {
        hd_code_t code = rpc_get(rpc, rpc->model, rpc->ids[i], &rec);
        *ret_missing = rpc->ids[i];
        if (code != HD_OK || !may(rpc, what, rec)) {
            return code != HD_OK ? code : HD_E_RIGHT;
        }
    }
    return HD_OK;
}

hd_code_t rpc_has_access(rpc_t *rpc)
{
    hd_may_t what;
    hd_id_t missing = 0;
    hd_code_t code = read_operation(rpc, &what);
    if (code != HD_OK) {
        return code;
    }
    code = check(rpc, what, &missing);
    if (code != HD_OK && code != HD_E_RIGHT && code != HD_E_NOT_FOUND) {
        return code;
    }
    hd_json_bool(rpc->out, code == HD_OK);
    return HD_OK;
}

hd_code_t rpc_check_access(rpc_t *rpc)
{
    hd_may_t what;
    hd_id_t missing = 0;
    hd_code_t code = read_operation(rpc, &what);
    if (code == HD_OK) {
        code = check(rpc, what, &missing);
        code = code == HD_E_RIGHT ? refuse(rpc) : code == HD_E_NOT_FOUND ? rpc_missing(rpc, missing) : code;
    }
    return code;
}
