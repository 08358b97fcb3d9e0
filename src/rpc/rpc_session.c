/*
 * The services common and db, and sessions.
 *
 * A session is the desk's own, under the name clients of Odoo look for: the cookie session_id, first of all cookies, its value
 * without "=" (base64url), because a common client splits the header at these.  Others send it as X-Openerp-Session-Id.  An API
 * token begins none: it may do less than a session.
 */
#include "rpc_inner.h"

#define SERVER_VERSION "17.0"

static void put_key_text(hd_json_t *j, const char *key, hd_str_t text)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, text);
}

static void put_key_id(hd_json_t *j, const char *key, hd_id_t id)
{
    hd_json_key(j, hd_str(key));
    hd_json_u64(j, id);
}

static void put_key_bool(hd_json_t *j, const char *key, bool v)
{
    hd_json_key(j, hd_str(key));
    hd_json_bool(j, v);
}

/* ---- common, db ---- */

static void put_version_info(hd_json_t *j, unsigned major)
{
    hd_json_arr(j);
    hd_json_u64(j, major);
    hd_json_u64(j, 0);
    hd_json_u64(j, 0);
    hd_json_str(j, HD_STR("final"));
    hd_json_u64(j, 0);
    hd_json_str(j, HD_STR(""));
    hd_json_end_arr(j);
}

hd_code_t rpc_common_version(rpc_call_t *x)
{
    hd_json_t *j = x->rpc.out;
    hd_json_obj(j);
    put_key_text(j, "server_version", HD_STR(SERVER_VERSION));
    hd_json_key(j, HD_STR("server_version_info"));
    put_version_info(j, 17);
    put_key_text(j, "server_serie", HD_STR(SERVER_VERSION));
    put_key_id(j, "protocol_version", 1);
    hd_json_end_obj(j);
    return HD_OK;
}

hd_code_t rpc_web_version(hd_call_t *c)
{
    hd_json_t j = hd_res_json(c, 200, 128);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("version_info"));
    put_version_info(&j, 19);
    put_key_text(&j, "version", HD_STR("19.0"));
    hd_json_end_obj(&j);
    return HD_OK;
}

/* authenticate(db, login, password, environment) and login(db, login, password): a number, or false. */
hd_code_t rpc_common_settle(rpc_call_t *x)
{
    const hd_jval_t *p = x->params, *login = hd_jat(p, 1), *password = hd_jat(p, 2);
    hd_code_t code = rpc_auth_database(x, hd_jat(p, 0));
    if (code != HD_OK) {
        return code;
    }
    x->tells_wrong = true;
    if (hd_jtype(login) == HD_J_STR && hd_jtype(password) == HD_J_STR) {
        code = rpc_auth_password(x, 0, hd_jstr(login), hd_jstr(password), true);
    }
    if (code == HD_E_PASSWORD) {
        x->by = RPC_BY_NOTHING;
        return HD_OK;
    }
    return code;
}

hd_code_t rpc_common_login(rpc_call_t *x)
{
    hd_code_t code = rpc_auth(x, 0);
    if (code == HD_OK) {
        hd_json_u64(x->rpc.out, x->call->cx.actor->uid);
    } else if (code == HD_E_PASSWORD || code == HD_E_LOGIN) {
        hd_json_bool(x->rpc.out, false);
        code = HD_OK;
    }
    return code;
}

hd_code_t rpc_db_list(rpc_call_t *x)
{
    hd_json_arr(x->rpc.out);
    hd_json_str(x->rpc.out, x->call->req.database);
    hd_json_end_arr(x->rpc.out);
    return HD_OK;
}

hd_code_t rpc_db_exist(rpc_call_t *x)
{
    const hd_jval_t *name = hd_jat(x->params, 0);
    hd_json_bool(x->rpc.out, hd_jtype(name) == HD_J_STR && hd_str_eq(hd_jstr(name), x->call->req.database));
    return HD_OK;
}

hd_code_t rpc_db_server_version(rpc_call_t *x)
{
    hd_json_str(x->rpc.out, HD_STR(SERVER_VERSION));
    return HD_OK;
}

/* ---- who one is ---- */

static void put_user_context(rpc_call_t *x, const hd_user_t *u)
{
    hd_json_t *j = x->rpc.out;
    hd_json_obj(j);
    put_key_text(j, "lang", hd_str(rpc_lang_name(hd_lang_from(u->lang))));
    hd_json_key(j, HD_STR("tz"));
    if (u->tz.len != 0) {
        hd_json_str(j, u->tz);
    } else {
        hd_json_bool(j, false);
    }
    put_key_id(j, "uid", u->rec.id);
    hd_json_end_obj(j);
}

hd_code_t rpc_context_get(rpc_t *rpc)
{
    rpc_call_t *x = rpc->call->prepared;
    put_user_context(x, rpc->cx->actor->user);
    return HD_OK;
}

static void put_companies(rpc_call_t *x, const hd_actor_t *a)
{
    hd_json_t *j = x->rpc.out;
    hd_company_t company;
    hd_json_obj(j);
    put_key_id(j, "current_company", a->user->company_id);
    hd_json_key(j, HD_STR("allowed_companies"));
    hd_json_obj(j);
    for (uint32_t i = 0; i < a->companies.n; i++) {
        hd_id_t id = a->companies.v[i];
        if (hd_record_get(&x->call->cx, HD_COMPANY, id, &company) != HD_OK) {
            continue;
        }
        hd_json_key(j, hd_strf(x->call->cx.arena, "%" PRIu64, id));
        hd_json_obj(j);
        put_key_id(j, "id", id);
        put_key_text(j, "name", company.name);
        put_key_id(j, "sequence", i);
        hd_json_end_obj(j);
    }
    hd_json_end_obj(j);
    hd_json_end_obj(j);
}

static void put_session(rpc_call_t *x)
{
    const hd_actor_t *a = x->call->cx.actor;
    const hd_user_t *u = a->user;
    hd_json_t *j = x->rpc.out;
    hd_json_obj(j);
    put_key_id(j, "uid", a->uid);
    put_key_bool(j, "is_admin", a->role == HD_ROLE_ADMIN);
    put_key_bool(j, "is_system", a->role == HD_ROLE_ADMIN);
    put_key_bool(j, "is_internal_user", hd_actor_is_internal(a));
    hd_json_key(j, HD_STR("user_context"));
    put_user_context(x, u);
    put_key_text(j, "db", x->call->req.database);
    put_key_text(j, "server_version", HD_STR(SERVER_VERSION));
    hd_json_key(j, HD_STR("server_version_info"));
    put_version_info(j, 17);
    put_key_text(j, "name", u->name);
    put_key_text(j, "username", u->login);
    put_key_text(j, "partner_display_name", u->name);
    put_key_id(j, "partner_id", a->partner_id);
    hd_json_key(j, HD_STR("user_companies"));
    put_companies(x, a);
    hd_json_key(j, HD_STR("user_id"));
    hd_json_arr(j);
    hd_json_u64(j, a->uid);
    hd_json_end_arr(j);
    put_key_text(j, "web.base.url", x->call->site->base_url);
    hd_json_end_obj(j);
}

/* ---- sessions ---- */

/* Lax: another site's POST comes without it.  No __Host- in front: clients look for this very name. */
static void put_cookie(hd_call_t *c, hd_str_t value, int64_t seconds)
{
    hd_res_header(c, "Set-Cookie",
                  hd_strf(c->cx.arena, "session_id=%.*s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s", HD_STR_ARG(value),
                          seconds, c->site->secure ? "; Secure" : ""));
}

hd_code_t rpc_session_settle(rpc_call_t *x)
{
    const hd_jval_t *p = x->params, *login = hd_jget(p, "login"), *password = hd_jget(p, "password");
    hd_code_t code = rpc_auth_database(x, hd_jget(p, "db"));
    if (code != HD_OK) {
        return code;
    }
    bool usable = hd_jtype(login) == HD_J_STR && hd_jtype(password) == HD_J_STR;
    return usable ? rpc_auth_password(x, 0, hd_jstr(login), hd_jstr(password), false) : HD_E_PASSWORD;
}

/* A session the client had before ends here (T-12). */
static hd_code_t end_former(hd_call_t *c)
{
    hd_id_t former = 0;
    (void) hd_actor_of_session(&c->cx, rpc_auth_session(c), &former);
    return former == 0 ? HD_OK : hd_session_end(&c->cx, former);
}

hd_code_t rpc_session_authenticate(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    hd_str_t secret;
    hd_id_t session;
    hd_code_t code = rpc_auth(x, 0);
    if (code == HD_OK) {
        code = end_former(c);
    }
    if (code == HD_OK) {
        code = hd_session_start(&c->cx, c->cx.actor->uid, c->req.address, c->req.user_agent, &secret, &session);
    }
    if (code == HD_OK) {
        put_cookie(c, secret, HD_SESSION_LIFE / HD_SECOND);
        put_session(x);
    }
    return code;
}

static hd_code_t find_session(rpc_call_t *x)
{
    x->by = RPC_BY_SESSION;
    x->secret = rpc_auth_session(x->call);
    return rpc_auth(x, 0);
}

hd_code_t rpc_session_info(rpc_call_t *x)
{
    hd_code_t code = find_session(x);
    if (code == HD_OK) {
        put_session(x);
    }
    return code;
}

hd_code_t rpc_session_destroy(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    hd_code_t code = find_session(x);
    if (code == HD_OK) {
        code = hd_session_end(&c->cx, c->session_id);
    } else if (code == HD_E_SESSION) {
        code = HD_OK;            /* there is none to end */
    }
    if (code == HD_OK) {
        c->session_id = 0;
        put_cookie(c, (hd_str_t){ 0, "" }, 0);
        hd_json_null(x->rpc.out);
    }
    return code;
}
