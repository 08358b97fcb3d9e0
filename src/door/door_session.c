/*
 * Signing in and out, for all doors.  A sign-in is answered the same, after the same time, for a wrong password and for an
 * account that does not exist (T-13): both pay for one hash.
 */
#include "door_impl.h"

/* argon2id of a random password nobody knows; same cost as a real one. */
static const char dummy_phc[] = "$argon2id$v=19$m=19456,t=2,p=1$kSGEJxV3Cw9dG3C5cEr2ew$W/"
                                "i0AoT53NZe2E1zDjD+NS2aa5bGAogLYNpnX9TBikE";

static void put_cookie(hd_call_t *c, hd_str_t secret, int64_t seconds)
{
    bool secure = c->site->secure;
    hd_str_t v = hd_strf(
        c->cx.arena, "%s=%.*s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
        secure ? "__Host-sid" : "sid", HD_STR_ARG(secret), seconds, secure ? "; Secure" : "");
    hd_res_header(c, "Set-Cookie", v);
}

/* A session the browser had before ends here (T-12). */
static hd_code_t end_former(hd_call_t *c)
{
    hd_id_t former = 0;
    hd_str_t secret = hd_cookie_get(c->req.cookie, c->site->secure ? "__Host-sid" : "sid");
    if (secret.len != HD_SESSION_SECRET_LEN || hd_actor_of_session(&c->cx, secret, &former) == NULL || former == 0) {
        return HD_OK;
    }
    return hd_session_end(&c->cx, former);
}

hd_code_t hd_call_sign_in(hd_call_t *c, hd_id_t uid, hd_str_t login)
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
    hd_device_put(c, uid, actor->user->password);
    put_cookie(c, secret, HD_SESSION_LIFE / HD_SECOND);
    return HD_OK;
}

/* ---- with a password ---- */

static hd_code_t find_account(hd_call_t *c, void *arg)
{
    hd_login_t *l = arg;
    c->cx.actor = &hd_actor_desk;
    const hd_user_t *u = hd_user_by_login(&c->cx, l->login);
    if (u != NULL && u->password.len != 0) {
        hd_account_fill(&l->acc, u);
        l->known = true;
    }
    return HD_OK;
}

hd_code_t hd_login_check(hd_call_t *c, hd_str_t login, hd_str_t password, hd_login_t *ret)
{
    hd_str_t device = { 0, "" };
    hd_attempt_t at;
    ret->login = login;
    ret->known = false;
    hd_code_t code = hd_call_read(c, find_account, ret);
    if (code == HD_OK && ret->known) {
        device = hd_device_get(c, ret->acc.id, (hd_str_t){ ret->acc.phc_len, ret->acc.phc });
    }
    if (code == HD_OK) {
        code = hd_attempt_begin(c, login, device, &at);
    }
    if (code != HD_OK) {
        return code;
    }
    code = hd_password_check(ret->known ? ret->acc.phc : dummy_phc, password);
    if (code == HD_OK && !ret->known) {
        code = HD_E_PASSWORD;
    }
    hd_attempt_end(c, &at, code != HD_E_PASSWORD);
    return code;
}

hd_code_t hd_login_use(hd_call_t *c, const hd_login_t *l)
{
    c->cx.actor = &hd_actor_desk;
    const hd_user_t *u = hd_user_by_login(&c->cx, l->login);
    if (u == NULL || !hd_account_is(&l->acc, u)) {
        return HD_E_PASSWORD;
    }
    return hd_call_sign_in(c, u->rec.id, l->login);
}

hd_code_t hd_call_sign_out(hd_call_t *c)
{
    hd_code_t code = c->session_id == 0 ? HD_OK : hd_session_end(&c->cx, c->session_id);
    if (code == HD_OK && c->session_id != 0) {
        put_cookie(c, (hd_str_t){ 0, "" }, 0);
    }
    c->session_id = 0;               /* there is no sign of life left to write */
    return code;
}
