/*
 * From a request's body to the operation it names, and around an operation's result: XML-RPC, JSON-RPC, session calls, JSON-2.
 */
#include "rpc_inner.h"

/* ---- requests ---- */

/* Behind the last slash. */
static hd_str_t last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return hd_str(slash == NULL ? path : slash + 1);
}

static hd_code_t read_xml(rpc_call_t *x)
{
    hd_jval_t *params = NULL;
    hd_code_t code = rpc_xml_read(x->call->cx.arena, x->call->req.body, &x->name, &params);
    if (code == HD_E_JSON) {
        return rpc_fail(&x->rpc, "builtins.ValueError", "The body is not an XML-RPC call.");
    }
    x->service = last_part(x->call->route->path);
    x->params = params;
    return code;
}

/* {"service", "method", "args"} within params; `method` beside them is not looked at. */
static hd_code_t read_service(rpc_call_t *x, const hd_jval_t *params)
{
    const hd_jval_t *service = hd_jget(params, "service"), *name = hd_jget(params, "method"), *args = hd_jget(params, "args");
    if (hd_jtype(service) != HD_J_STR || hd_jtype(name) != HD_J_STR || (args != NULL && hd_jtype(args) != HD_J_ARR)) {
        return rpc_fail(&x->rpc, "builtins.ValueError", "params needs service, method and a list args.");
    }
    x->service = hd_jstr(service);
    x->name = hd_jstr(name);
    x->params = args;
    if (hd_str_is(x->service, "session") || hd_str_is(x->service, "json2")) {
        x->service = (hd_str_t){ 0, "" };        /* names of this room, not of the wire */
    }
    return HD_OK;
}

static hd_code_t read_json(rpc_call_t *x)
{
    const hd_jval_t *body = x->call->json, *params = hd_jget(body, "params");
    if (hd_jtype(body) != HD_J_OBJ) {
        return HD_E_JSON;
    }
    x->id = hd_jget(body, "id");
    if (params != NULL && hd_jtype(params) != HD_J_NULL && hd_jtype(params) != HD_J_OBJ) {
        return rpc_fail(&x->rpc, "builtins.ValueError", "params must be an object.");
    }
    if (x->wire == RPC_JSON) {
        return read_service(x, params);
    }
    x->service = HD_STR("session");
    x->name = strstr(x->call->route->path, "/call_kw") != NULL ? HD_STR("call_kw") : last_part(x->call->route->path);
    x->params = params;
    return HD_OK;
}

hd_code_t rpc_request(rpc_call_t *x)
{
    switch (x->wire) {
    case RPC_XML1:
    case RPC_XML2:
        return read_xml(x);
    case RPC_JSON:
    case RPC_SESSION:
        return read_json(x);
    case RPC_JSON2:
        x->service = HD_STR("json2");
        x->name = HD_STR("call");
        x->params = x->call->json;
        return hd_jtype(x->params) == HD_J_OBJ
             ? HD_OK : rpc_fail(&x->rpc, "builtins.TypeError", "The body must be a JSON object of arguments by name.");
    case RPC_PLAIN:
        break;
    }
    return HD_E_INTERNAL;
}

/* ---- answers ---- */

#define ANSWER_FIRST 4096

static bool is_xml(const rpc_call_t *x)
{
    return x->wire == RPC_XML1 || x->wire == RPC_XML2;
}

void rpc_answer_begin(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    x->json = hd_res_json(c, 200, ANSWER_FIRST);
    x->rpc.out = &x->json;
    if (x->wire == RPC_JSON || x->wire == RPC_SESSION) {
        hd_json_obj(&x->json);
        hd_json_key(&x->json, HD_STR("jsonrpc"));
        hd_json_str(&x->json, HD_STR("2.0"));
        hd_json_key(&x->json, HD_STR("id"));
        hd_json_raw(&x->json, x->id == NULL ? HD_STR("null") : hd_jdump(c->cx.arena, x->id));
        hd_json_key(&x->json, HD_STR("result"));
    }
}

static void wrap_xml(hd_call_t *c)
{
    hd_buf_t json = c->res.body, *b = &c->res.body;
    hd_buf_init(b, c->cx.arena, 2 * json.len + 256, HD_REPLY_MAX);
    c->res.content_type = "text/xml; charset=utf-8";
    hd_buf_z(b, "<?xml version=\"1.0\"?>\n<methodResponse>\n<params><param>");
    rpc_xml_value(b, hd_buf_view(&json));
    hd_buf_z(b, "</param></params>\n</methodResponse>\n");
}

void rpc_answer_end(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    if (!x->json.comma) {                    /* no value was written: that stands for true */
        hd_json_bool(&x->json, true);
    }
    if (is_xml(x)) {
        if (!c->res.body.failed) {
            wrap_xml(c);
        }
    } else if (x->wire != RPC_JSON2) {
        hd_json_end_obj(&x->json);
    }
}
