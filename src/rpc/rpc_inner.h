/*
 * What the wires share (routes, xml, json, session, auth, call, fault); methods and models do not look in here.
 */
#ifndef HD_RPC_INNER_H
#define HD_RPC_INNER_H

#include "rpc_impl.h"

typedef enum { RPC_XML1, RPC_XML2, RPC_JSON, RPC_SESSION, RPC_JSON2, RPC_PLAIN } rpc_wire_t;
typedef enum { RPC_BY_NOTHING, RPC_BY_PASSWORD, RPC_BY_TOKEN, RPC_BY_SESSION } rpc_credential_t;

typedef struct rpc_call_s rpc_call_t;
/* What a request asks for: a call of a service (common, object, db) or of a session. */
typedef struct {
    const char *service, *name;
    uint8_t     lane;            /* hd_lane_t; of an object's method its row tells */
    /* Optional, in a read on the event loop: arguments and who is asking; may set lane and before of the call. */
    hd_code_t (*settle)(rpc_call_t *x);
    hd_code_t (*run)(rpc_call_t *x);
} rpc_op_t;

/* One request, from its body to its answer; lies in hd_call_t.prepared. */
struct rpc_call_s {
    rpc_t               rpc;
    hd_call_t          *call;
    rpc_wire_t          wire;
    const rpc_op_t     *op;      /* NULL: the service has no such call */
    hd_str_t            service, name;
    const hd_jval_t    *id;      /* of JSON-RPC, echoed; NULL: null */
    const hd_jval_t    *params;  /* array of a service's call, object of a session's; NULL: none */
    /* who (rpc_auth.c) */
    rpc_credential_t    by;
    hd_id_t             uid;     /* as the request says */
    hd_str_t            secret;  /* password, token or session */
    hd_login_t         *login;   /* whose password it is */
    bool                tells_wrong;         /* a wrong password is an answer (false), no refusal */
    bool                read;    /* the answer is there already, made in the pool; what is left is the session's sign of life */
    /* which method (rpc_call.c) */
    hd_str_t            model_name;
    const rpc_method_t *method;  /* NULL: there is none */
    hd_json_t           json;    /* of rpc.out */
};

rpc_wire_t rpc_wire(const hd_call_t *c);

/* ---- rpc_xml.c ---- */

/*
 * An XML-RPC request: the method's name, and its parameters as a JSON array.  HD_E_JSON when it is none, HD_E_TOO_DEEP.
 * No DTD, no entities but the five, nothing fetched.
 */
hd_code_t rpc_xml_read(hd_arena_t *a, hd_str_t body, hd_str_t *ret_name, hd_jval_t **ret_params);
/* rpc_xml_write.c: <value>...</value> of JSON that one of our writers wrote. */
void rpc_xml_value(hd_buf_t *out, hd_str_t json);
/* A text with the characters XML has no place for left out. */
void rpc_xml_text(hd_buf_t *out, hd_str_t text);

/* ---- rpc_routes.c ---- */

/* For c->before: the whole call in a read in the pool, so that nothing long is done while others wait to write. */
hd_code_t rpc_read_first(hd_call_t *c);

/* ---- rpc_json.c: envelopes ---- */

/* What a body asks for, by wire.  Leaves a fault. */
hd_code_t rpc_request(rpc_call_t *x);
/* Around what an operation writes into rpc.out. */
void rpc_answer_begin(rpc_call_t *x);
void rpc_answer_end(rpc_call_t *x);

/* ---- rpc_auth.c ---- */

/* In settle: a password is proven already, or c->before hashes it.  uid 0: by login. */
hd_code_t rpc_auth_password(rpc_call_t *x, hd_id_t uid, hd_str_t login, hd_str_t password, bool token_too);
/* For c->before, in the pool: a password that is not proven yet, then what the method does ahead. */
hd_code_t rpc_before(hd_call_t *c);
/* In the transaction: sets the actor.  HD_E_PASSWORD, HD_E_TOKEN, HD_E_SESSION, HD_E_SCOPE. */
hd_code_t rpc_auth(rpc_call_t *x, uint32_t scope);
/* HD_OK when the request names the database this location serves. */
hd_code_t rpc_auth_database(rpc_call_t *x, const hd_jval_t *name);
/* Session of a request: the header's, or the cookie's. */
hd_str_t rpc_auth_session(const hd_call_t *c);

/* ---- rpc_call.c: object.execute_kw, object.execute, call_kw and /json/2 ---- */

hd_code_t rpc_call_settle_kw(rpc_call_t *x);
hd_code_t rpc_call_settle_execute(rpc_call_t *x);
hd_code_t rpc_call_settle_session(rpc_call_t *x);
hd_code_t rpc_call_settle_json2(rpc_call_t *x);
hd_code_t rpc_call_settle_password(rpc_call_t *x);       /* /web/session/change_password as a call of the method */
hd_code_t rpc_call_run(rpc_call_t *x);
hd_code_t rpc_call_ahead(rpc_call_t *x);                 /* in the pool, before it: what its method does ahead */

/* ---- rpc_session.c: services common and db, and sessions ---- */

hd_code_t rpc_common_settle(rpc_call_t *x);
hd_code_t rpc_common_login(rpc_call_t *x);
hd_code_t rpc_common_version(rpc_call_t *x);
hd_code_t rpc_db_list(rpc_call_t *x);
hd_code_t rpc_db_exist(rpc_call_t *x);
hd_code_t rpc_db_server_version(rpc_call_t *x);
hd_code_t rpc_session_settle(rpc_call_t *x);
hd_code_t rpc_session_authenticate(rpc_call_t *x);
hd_code_t rpc_session_info(rpc_call_t *x);
hd_code_t rpc_session_destroy(rpc_call_t *x);
hd_code_t rpc_web_version(hd_call_t *c);

/* ---- rpc_fault.c ---- */

void rpc_refuse(hd_call_t *c, hd_code_t code);

#endif
