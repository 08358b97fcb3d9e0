/*
 * The table of this door.  Who is asking stands in the body, the session or a bearer token, which rpc_auth.c reads, so every
 * route is public to the door room; nothing but version() and the name of the database is told to strangers.
 *
 * Other sites' pages (T-11): the door room refuses a request whose Origin or Sec-Fetch-Site names another site.  A session
 * counts besides only with a JSON content type, which no form can send and which a script may send across sites only after a
 * preflight that is never answered; and its cookie is SameSite=Lax, so it does not travel with another site's POST at all.
 * Credentials in a body, and bearer tokens, are not sent by a browser of its own accord.
 */
#include "rpc_inner.h"

static const rpc_op_t ops[] = {
    { "common", "version", HD_INLINE, NULL, rpc_common_version },
    { "common", "authenticate", HD_INLINE, rpc_common_settle, rpc_common_login },
    { "common", "login", HD_INLINE, rpc_common_settle, rpc_common_login },
    { "db", "list", HD_INLINE, NULL, rpc_db_list },
    { "db", "db_exist", HD_INLINE, NULL, rpc_db_exist },
    { "db", "server_version", HD_INLINE, NULL, rpc_db_server_version },
    { "object", "execute_kw", HD_POOL, rpc_call_settle_kw, rpc_call_run },
    { "object", "execute", HD_POOL, rpc_call_settle_execute, rpc_call_run },
    { "session", "authenticate", HD_WRITE, rpc_session_settle, rpc_session_authenticate },
    { "session", "get_session_info", HD_WRITE, NULL, rpc_session_info },     /* a sign of life */
    { "session", "destroy", HD_WRITE, NULL, rpc_session_destroy },
    { "session", "change_password", HD_WRITE, rpc_call_settle_password, rpc_call_run },
    { "session", "version_info", HD_INLINE, NULL, rpc_common_version },
    { "session", "list", HD_INLINE, NULL, rpc_db_list },
    { "session", "call_kw", HD_POOL, rpc_call_settle_session, rpc_call_run },
    { "json2", "call", HD_POOL, rpc_call_settle_json2, rpc_call_run },
};

static const rpc_op_t *find_op(hd_str_t service, hd_str_t name)
{
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (hd_str_is(service, ops[i].service) && hd_str_is(name, ops[i].name)) {
            return &ops[i];
        }
    }
    return NULL;
}

static hd_code_t settle(hd_call_t *c)
{
    rpc_call_t *x = hd_alloc(c->cx.arena, sizeof(*x));
    c->prepared = x;
    x->call = c;
    x->wire = rpc_wire(c);
    x->rpc.call = c;
    x->rpc.cx = &c->cx;
    hd_code_t code = rpc_request(x);
    if (code != HD_OK) {
        return code;
    }
    x->op = find_op(x->service, x->name);
    if (x->op == NULL) {
        return rpc_fail(&x->rpc, "builtins.AttributeError", "The service \"%.*s\" has no method \"%.*s\".",
                        HD_STR_ARG(x->service), HD_STR_ARG(x->name));
    }
    c->lane = x->op->lane;
    return x->op->settle == NULL ? HD_OK : x->op->settle(x);
}

/* Perhaps again, when the batch was aborted. */
static hd_code_t run(hd_call_t *c)
{
    rpc_call_t *x = c->prepared;
    if (x == NULL) {
        return HD_E_INTERNAL;
    }
    if (x->read && c->res.status != 0) {
        return rpc_auth(x, 0);
    }
    x->rpc.fault_name = NULL;
    rpc_answer_begin(x);
    hd_code_t code = x->op->run(x);
    if (code == HD_OK) {
        rpc_answer_end(x);
    }
    return code;
}

hd_code_t rpc_read_first(hd_call_t *c)
{
    hd_txn_t *txn;
    rpc_call_t *x = c->prepared;
    hd_code_t code = hd_txn_begin(c->store, false, c->cx.arena, NULL, &txn);
    if (code != HD_OK) {
        return code;
    }
    c->cx.txn = txn;
    HD_ARENA_TRY(c->cx.arena, code, run(c));
    code = code == HD_OK ? hd_txn_error(txn) : code;
    hd_txn_abort(txn);
    x->read = code == HD_OK;
    c->cx.txn = NULL;
    c->cx.actor = &hd_actor_nobody;
    return code;
}

#define RPC(P, OP, IN, TEXT) { .method = HD_POST, .path = P, .op = OP, .need = HD_NEED_PUBLIC, .lane = HD_WRITE, .in = IN, \
                               .out = HD_OUT_JSON, .run = run, .settle = settle, .summary = TEXT }

static const hd_route_t routes[] = {
    RPC("/xmlrpc/2/common", "rpc.xml2_common", HD_IN_XML, "version, authenticate, login"),
    RPC("/xmlrpc/2/object", "rpc.xml2_object", HD_IN_XML, "execute_kw, execute"),
    RPC("/xmlrpc/2/db", "rpc.xml2_db", HD_IN_XML, "list, db_exist, server_version"),
    RPC("/xmlrpc/2/report", "rpc.xml2_report", HD_IN_XML, "Gone, as from Odoo itself: a fault"),
    RPC("/xmlrpc/common", "rpc.xml1_common", HD_IN_XML, "The same with version 1's faults"),
    RPC("/xmlrpc/object", "rpc.xml1_object", HD_IN_XML, "The same with version 1's faults"),
    RPC("/xmlrpc/db", "rpc.xml1_db", HD_IN_XML, "The same with version 1's faults"),
    RPC("/jsonrpc", "rpc.json", HD_IN_RPC, "The three services as JSON"),
    RPC("/web/session/authenticate", "rpc.session_authenticate", HD_IN_RPC, "Begin a session"),
    RPC("/web/session/get_session_info", "rpc.session_info", HD_IN_RPC, "Whose session it is"),
    RPC("/web/session/destroy", "rpc.session_destroy", HD_IN_RPC, "End the session"),
    RPC("/web/session/change_password", "rpc.session_password", HD_IN_RPC, "Change one's own password; other sessions end"),
    RPC("/web/dataset/call_kw", "rpc.session_call", HD_IN_RPC, "Call a method within a session"),
    RPC("/web/dataset/call_kw/{rest}", "rpc.session_call_named", HD_IN_RPC, "The same; the path repeats model and method"),
    RPC("/web/webclient/version_info", "rpc.version_info", HD_IN_RPC, "What version() says"),
    RPC("/web/database/list", "rpc.database_list", HD_IN_RPC, "The database"),
    RPC("/json/2/{rest}", "rpc.json2", HD_IN_RPC, "Call a method with an API token"),
    { .method = HD_GET, .path = "/web/version", .op = "rpc.version", .need = HD_NEED_PUBLIC, .lane = HD_INLINE,
      .in = HD_IN_NONE, .out = HD_OUT_JSON, .run = rpc_web_version, .summary = "Which version" },
};

const hd_door_t hd_rpc_door = {
    .name = "rpc", .routes = routes, .n = sizeof(routes) / sizeof(routes[0]), .refuse = rpc_refuse,
};

rpc_wire_t rpc_wire(const hd_call_t *c)
{
    hd_str_t path = hd_str(c->route->path);
    return hd_str_starts(path, HD_STR("/xmlrpc/2/")) ? RPC_XML2
         : hd_str_starts(path, HD_STR("/xmlrpc/")) ? RPC_XML1
         : hd_str_starts(path, HD_STR("/json/2/")) ? RPC_JSON2
         : hd_str_is(path, "/jsonrpc") ? RPC_JSON
         : hd_str_is(path, "/web/version") ? RPC_PLAIN : RPC_SESSION;
}
