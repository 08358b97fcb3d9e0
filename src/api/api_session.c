/*
 * Sign-in, sign-out, who am I.  A sign-in answers the same, after the same time, for a wrong
 * password and for an account that does not exist (T-13): both pay for one hash.
 */
#include "api_impl.h"

/* argon2id of a random password nobody knows; same cost as a real one. */
static const char dummy_phc[] = "$argon2id$v=19$m=19456,t=2,p=1$kSGEJxV3Cw9dG3C5cEr2ew$W/"
                                "i0AoT53NZe2E1zDjD+NS2aa5bGAogLYNpnX9TBikE";

/* ---- answers ---- */

static void put_cookie(hd_call_t *c, hd_str_t secret, int64_t seconds)
{
    bool secure = c->site->secure;
    hd_str_t v = hd_strf(
        c->cx.arena, "%s=%.*s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
        secure ? "__Host-sid" : "sid", HD_STR_ARG(secret), seconds, secure ? "; Secure" : "");
    hd_res_header(c, "Set-Cookie", v);
}

/* The own record is shown whole: the pages need role and companies, also those of portal users. */
static hd_code_t answer_session(hd_call_t *c)
{
    const hd_actor_t *a = c->cx.actor;
    const hd_entity_t *e = hd_entities[HD_USER];
    hd_json_opt_t opt = { .mask = hd_json_mask(e, false, true) };
    char csrf[44];
    hd_json_t j = hd_res_json(c, 200, 1024);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("user"));
    hd_record_json(&j, e, a->user, &opt);
    hd_json_key(&j, HD_STR("csrf"));
    if (c->by_token) {
        hd_json_null(&j);
    } else {
        hd_csrf_token(c, csrf);
        hd_json_str(&j, (hd_str_t){ sizeof(csrf) - 1, csrf });
    }
    hd_json_key(&j, HD_STR("companies"));
    hd_json_arr(&j);
    for (uint32_t i = 0; i < a->companies.n; i++) {
        hd_json_u64(&j, a->companies.v[i]);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}

/* A session the browser had before ends here (T-12). */
static hd_code_t end_former(hd_call_t *c)
{
    hd_id_t former = 0;
    hd_str_t secret = hd_cookie_get(c->req.cookie, c->site->secure ? "__Host-sid" : "sid");
    if (secret.len != 43 || hd_actor_of_session(&c->cx, secret, &former) == NULL || former == 0) {
        return HD_OK;
    }
    return hd_session_end(&c->cx, former);
}

hd_code_t hd_api_sign_in(hd_call_t *c, hd_id_t uid, hd_str_t login)
{
    hd_str_t secret;
    hd_id_t session = 0;
    hd_code_t code = end_former(c);
    if (code == HD_OK) {
        code = hd_session_start(&c->cx, uid, c->req.address, c->req.user_agent, &secret, &session);
    }
    if (code != HD_OK) {
        return code;
    }
    const hd_actor_t *actor = hd_actor_of_login(&c->cx, login);
    if (actor == NULL) {
        return HD_E_INTERNAL;
    }
    c->cx.actor = actor;
    c->session_secret = secret;
    hd_api_device_put(c, uid, actor->user->password);
    put_cookie(c, secret, HD_SESSION_LIFE / HD_SECOND);
    return answer_session(c);
}

/* ---- POST /login ---- */

typedef struct {
    hd_str_t     login;
    bool         known;
    hd_account_t acc;
} attempt_t;

static hd_code_t find_account(hd_call_t *c, void *arg)
{
    attempt_t *p = arg;
    c->cx.actor = &hd_actor_desk;
    const hd_user_t *u = hd_user_by_login(&c->cx, p->login);
    if (u != NULL && u->password.len != 0) {
        hd_account_fill(&p->acc, u);
        p->known = true;
    }
    return HD_OK;
}

static hd_code_t check_password(hd_call_t *c)
{
    hd_str_t password, device = { 0, "" };
    hd_attempt_t at;
    attempt_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    const hd_want_t want[] = { { "login", &p->login, 1, 254 },
                               { "password", &password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_api_strings(c, want, 2);
    if (code == HD_OK) {
        code = hd_api_read(c, find_account, p);
    }
    if (code == HD_OK && p->known) {
        device = hd_api_device(c, p->acc.id, (hd_str_t){ p->acc.phc_len, p->acc.phc });
    }
    if (code == HD_OK) {
        code = hd_api_attempt_begin(c, p->login, device, &at);
    }
    if (code != HD_OK) {
        return code;
    }
    bool ok = hd_password_ok(p->known ? p->acc.phc : dummy_phc, password) && p->known;
    hd_api_attempt_end(c, &at, ok);
    if (!ok) {
        return HD_E_PASSWORD;
    }
    c->prepared = p;
    return HD_OK;
}

hd_code_t hd_api_login_before(hd_call_t *c)
{
    hd_code_t code;
    HD_ARENA_TRY(c->cx.arena, code, check_password(c));
    return code;
}

hd_code_t hd_api_login(hd_call_t *c)
{
    const attempt_t *p = c->prepared;
    if (p == NULL) {
        return HD_E_INTERNAL;
    }
    c->cx.actor = &hd_actor_desk;
    const hd_user_t *u = hd_user_by_login(&c->cx, p->login);
    if (u == NULL || !hd_account_is(&p->acc, u)) {
        return HD_E_PASSWORD;
    }
    return hd_api_sign_in(c, u->rec.id, p->login);
}

/* ---- the session one has ---- */

hd_code_t hd_api_logout(hd_call_t *c)
{
    hd_code_t code = c->session_id == 0 ? HD_OK : hd_session_end(&c->cx, c->session_id);
    if (code != HD_OK) {
        return code;
    }
    if (c->session_id != 0) {
        put_cookie(c, (hd_str_t){ 0, "" }, 0);
    }
    c->session_id = 0;               /* there is no sign of life left to write */
    c->res.status = 204;
    return HD_OK;
}

hd_code_t hd_api_session_get(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    return code == HD_OK ? answer_session(c) : code;
}

/* The sign of life itself is written by hd_call_run. */
hd_code_t hd_api_session_keep(hd_call_t *c)
{
    c->res.status = 204;
    return HD_OK;
}
