/*
 * Who is asking: a password or an API token in the body, a session, or a bearer token.
 *
 * A password comes with every call, and its hash takes 50 to 100 ms: the first call pays for it in the pool, throttled as every
 * sign-in is (hd_login_check); what is kept of it is a MAC over address, user, stored hash and password (hd_proofs_t), so the
 * next ones cost microseconds, and none of it counts any more once the password changed.  Nor does it help to guess: another
 * address has proven nothing, and one that sent too many wrong passwords for this user is throttled whatever it proved.  The write, or the read, looks again whether
 * the user is there, active, and has that hash: it may have changed in between.
 */
#include "rpc_inner.h"

#define WINDOW   (15 * HD_MINUTE)

/* The address a sign-in counts for: IPv4, or the /64 of IPv6. */
static hd_str_t place_of(const hd_call_t *c)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    return (hd_str_t){ memcmp(c->req.ip, mapped, sizeof(mapped)) == 0 ? 16 : 8, (const char *) c->req.ip };
}

/* What the proof of a password depends on. */
static hd_str_t proof_text(const hd_call_t *c, const hd_account_t *acc, hd_str_t password)
{
    hd_str_t head = hd_strf(c->cx.arena, " %" PRIu64 " %.*s ", acc->id, (int) acc->phc_len, acc->phc);
    return hd_str_cat(c->cx.arena, 3, place_of(c), head, password);
}

/* Passwords one address sent for one user that were wrong, or not looked at: too many?  how: HD_TAKE counts one more. */
static bool is_guessing(hd_call_t *c, hd_id_t uid, hd_take_t how)
{
    uint8_t key[1 + 16 + 8] = { 'p' };
    hd_str_t place = place_of(c);
    if (c->throttle == NULL || c->throttle->take == NULL) {
        return false;
    }
    memcpy(key + 1, place.data, place.len);
    hd_put_be64(key + 1 + place.len, uid);
    return c->throttle->take(c->throttle->arg, key, 1 + place.len + 8, HD_LOGIN_ACCOUNT, WINDOW, how) != 0;
}

static bool is_proven(rpc_call_t *x)
{
    hd_call_t *c = x->call;
    const hd_account_t *acc = &x->login->acc;
    if (!x->login->known || c->proofs == NULL || is_guessing(c, acc->id, HD_TAKE_BEGIN)) {
        return false;
    }
    (void) is_guessing(c, acc->id, HD_TAKE_BACK);
    return c->proofs->has(c->proofs->arg, proof_text(c, acc, x->secret));
}

static hd_code_t check_password(hd_call_t *c)
{
    rpc_call_t *x = c->prepared;
    if (is_proven(x)) {          /* by another of its calls, while this one waited */
        return HD_OK;
    }
    hd_code_t code = hd_login_check(c, x->login->login, x->secret, x->login);
    if (code == HD_OK && c->proofs != NULL) {
        c->proofs->add(c->proofs->arg, proof_text(c, &x->login->acc, x->secret));
    } else if ((code == HD_E_PASSWORD || code == HD_E_THROTTLED) && x->login->known) {
        (void) is_guessing(c, x->login->acc.id, HD_TAKE);
    }
    return code;
}

hd_code_t rpc_before(hd_call_t *c)
{
    hd_code_t code = HD_OK;
    rpc_call_t *x = c->prepared;
    if (x->by == RPC_BY_PASSWORD) {
        code = check_password(c);
    }
    if (code == HD_E_PASSWORD && x->tells_wrong) {
        x->by = RPC_BY_NOTHING;
        return HD_OK;
    }
    if (code == HD_OK && x->method != NULL && x->method->ahead != NULL) {
        code = rpc_call_ahead(x);
    }
    return code;
}

static const hd_user_t *find_user(hd_cx_t *cx, hd_id_t uid, hd_str_t login)
{
    return uid == 0 ? hd_user_by_login(cx, login) : hd_user_by_id(cx, uid);
}

hd_code_t rpc_auth_password(rpc_call_t *x, hd_id_t uid, hd_str_t login, hd_str_t password, bool token_too)
{
    hd_call_t *c = x->call;
    hd_login_t *l = hd_alloc(c->cx.arena, sizeof(*l));
    const hd_user_t *u = find_user(&c->cx, uid, login);
    x->uid = uid;
    x->secret = password;
    x->login = l;
    if (token_too && hd_str_starts(password, HD_STR("hd_")) && hd_actor_of_token(&c->cx, password) != NULL) {
        x->by = RPC_BY_TOKEN;
        l->login = login;
        return HD_OK;
    }
    x->by = RPC_BY_PASSWORD;
    l->login = u != NULL ? hd_str_dup(c->cx.arena, u->login)
             : uid == 0 ? login : hd_strf(c->cx.arena, "#%" PRIu64, uid);        /* nobody's: takes as long, counts as much */
    if (l->login.len == 0 || password.len == 0 || password.len > HD_PASSWORD_MAX) {
        return HD_E_PASSWORD;
    }
    if (u != NULL && u->password.len != 0) {
        hd_account_fill(&l->acc, u);
        l->known = true;
    }
    if (!is_proven(x)) {
        c->before = rpc_before;
    }
    return HD_OK;
}

/* ---- in the transaction ---- */

static const hd_actor_t *actor_of_password(rpc_call_t *x)
{
    hd_cx_t *cx = &x->call->cx;
    const hd_user_t *u = find_user(cx, x->login->acc.id, x->login->login);
    return u != NULL && hd_account_is(&x->login->acc, u) ? hd_actor_of_login(cx, u->login) : NULL;
}

/* A token counts for its own user only: named by number, by login, or by nothing but the token. */
static const hd_actor_t *actor_of_token(rpc_call_t *x)
{
    hd_cx_t *cx = &x->call->cx;
    const hd_actor_t *a = hd_actor_of_token(cx, x->secret);
    if (a == NULL || x->wire == RPC_JSON2) {
        return a;
    }
    const hd_user_t *u = find_user(cx, x->uid, x->login->login);
    return u != NULL && u->rec.id == a->uid ? a : NULL;
}

hd_code_t rpc_auth(rpc_call_t *x, uint32_t scope)
{
    hd_call_t *c = x->call;
    const hd_actor_t *a = NULL;
    hd_code_t refusal = HD_E_PASSWORD;
    switch (x->by) {
    case RPC_BY_PASSWORD:
        a = actor_of_password(x);
        break;
    case RPC_BY_TOKEN:
        a = actor_of_token(x);
        c->by_token = true;
        refusal = x->wire == RPC_JSON2 ? HD_E_TOKEN : HD_E_PASSWORD;
        break;
    case RPC_BY_SESSION:
        a = hd_actor_of_session(&c->cx, x->secret, &c->session_id);
        refusal = HD_E_SESSION;
        break;
    case RPC_BY_NOTHING:
        refusal = HD_E_LOGIN;
    }
    return a == NULL ? refusal : hd_call_act_as(c, a, scope);
}

typedef struct {
    hd_code_t (*fn)(rpc_t *rpc, void *arg);
    void      *arg;
} question_t;

static hd_code_t ask(hd_call_t *c, void *arg)
{
    const question_t *q = arg;
    rpc_call_t *x = c->prepared;
    hd_code_t code = rpc_auth(x, HD_SCOPE_WRITE);
    return code == HD_OK && q->fn != NULL ? q->fn(&x->rpc, q->arg) : code;
}

hd_code_t rpc_ask_ahead(rpc_t *rpc, hd_code_t (*fn)(rpc_t *rpc, void *arg), void *arg)
{
    question_t q = { fn, arg };
    return hd_call_read(rpc->call, ask, &q);
}

/* ---- one's own password, by the rules and the throttle of REST (T-04, T-12) ---- */

/* By password or in a session: an API token may not outlive its owner's trust by it. */
static hd_code_t find_account(rpc_t *rpc, void *arg)
{
    if (rpc->call->by_token) {
        return HD_E_RIGHT;
    }
    hd_account_fill(arg, rpc->cx->actor->user);
    return HD_OK;
}

hd_code_t rpc_change_password_ahead(rpc_t *rpc)
{
    const hd_jval_t *old_password = rpc_arg(rpc, 0, "old_passwd"), *new_password = rpc_arg(rpc, 1, "new_passwd");
    hd_change_t *ch = hd_alloc(rpc->cx->arena, sizeof(*ch));
    hd_code_t code = rpc_ask_ahead(rpc, find_account, &ch->acc);
    if (code != HD_OK || hd_jtype(old_password) != HD_J_STR || hd_jtype(new_password) != HD_J_STR) {
        return code;             /* the call itself says what is missing */
    }
    rpc->prepared = ch;
    code = hd_change_prove(rpc->call, hd_jstr(old_password), hd_jstr(new_password), ch);
    return code != HD_E_PASSWORD ? code : rpc_fail(rpc, "odoo.exceptions.AccessDenied", "This is not the present password.");
}

hd_code_t rpc_change_password(rpc_t *rpc)
{
    return rpc->prepared != NULL ? hd_change_use(rpc->call, rpc->prepared)
         : rpc_fail(rpc, "builtins.ValueError", "change_password() takes the present password and the new one.");
}

hd_str_t rpc_auth_session(const hd_call_t *c)
{
    return c->req.rpc_session.len != 0 ? c->req.rpc_session : hd_cookie_get(c->req.cookie, "session_id");
}

hd_code_t rpc_auth_database(rpc_call_t *x, const hd_jval_t *name)
{
    hd_str_t want = x->call->req.database, got = hd_jstr(name);
    if (hd_jtype(name) == HD_J_STR && hd_str_eq(got, want)) {
        return HD_OK;
    }
    return rpc_fail(&x->rpc, "psycopg2.OperationalError", "FATAL:  database \"%.*s\" does not exist",
                    (int) (got.len < 100 ? got.len : 100), got.data);
}
