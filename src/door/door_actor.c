/*
 * Who is asking, and may he use this route.  Deny is the default.  A public route looks at no
 * credential at all, so a stale cookie never stands in the way of a sign-in or a form (T-11).
 */
#include "door_impl.h"

bool hd_bearer_get(hd_str_t authorization, hd_str_t *ret_token)
{
    static const size_t n = sizeof("Bearer ") - 1;
    if (authorization.len < n
        || !hd_str_ieq((hd_str_t){ n, authorization.data }, HD_STR("Bearer "))) {
        return false;
    }
    *ret_token = hd_str_trim((hd_str_t){ authorization.len - n, authorization.data + n });
    return true;
}

/* Other schemes (an auth_basic around the desk) are not ours, so the cookie still counts. */
hd_by_t hd_call_credential(const hd_call_t *c, hd_str_t *ret_secret)
{
    if (hd_bearer_get(c->req.authorization, ret_secret)) {
        return HD_BY_TOKEN;
    }
    if (c->req.proxy_user.len != 0) {
        *ret_secret = c->req.proxy_user;
        return HD_BY_PROXY;
    }
    hd_str_t cookie = hd_cookie_get(c->req.cookie, c->site->secure ? "__Host-sid" : "sid");
    if (cookie.len == HD_SESSION_SECRET_LEN) {
        *ret_secret = cookie;
        return HD_BY_SESSION;
    }
    return HD_BY_NOBODY;
}

/*
 * The name a proxy gives is taken as it is, but for the case of ASCII letters (T-22): a password proves who means which
 * account, so signing in folds accents, widths and what is not seen; two people of a directory may differ in no more.
 */
static const hd_actor_t *actor_of_proxy(hd_cx_t *cx, hd_str_t name)
{
    const hd_actor_t *a = name.len <= HD_PROXY_USER_MAX ? hd_actor_of_login(cx, name) : NULL;
    return a != NULL && hd_str_ieq(a->user->login, name) ? a : NULL;
}

static hd_code_t resolve_actor(hd_call_t *c, hd_cx_t *cx)
{
    const hd_actor_t *actor = NULL;
    hd_str_t secret;
    switch (hd_call_credential(c, &secret)) {
    case HD_BY_TOKEN:
        c->by_token = true;
        if ((actor = hd_actor_of_token(cx, secret)) == NULL) {
            return HD_E_TOKEN;
        }
        break;
    case HD_BY_PROXY:
        if ((actor = actor_of_proxy(cx, secret)) == NULL) {
            return HD_E_LOGIN;
        }
        break;
    case HD_BY_SESSION:
        c->session_secret = secret;
        if ((actor = hd_actor_of_session(cx, secret, &c->session_id)) == NULL) {
            return HD_E_SESSION;
        }
        break;
    case HD_BY_NOBODY:
        return HD_E_LOGIN;
    }
    cx->actor = actor;
    return HD_OK;
}

static hd_code_t check_need(const hd_call_t *c, const hd_actor_t *a)
{
    uint32_t scope = c->req.method == HD_GET ? HD_SCOPE_READ : HD_SCOPE_WRITE;
    bool may = false;
    switch ((hd_need_t) c->route->need) {
    case HD_NEED_PUBLIC: return HD_OK;
    case HD_NEED_LOGIN:  may = a->uid != 0; break;
    case HD_NEED_STAFF:  may = hd_actor_is_staff(a); break;
    case HD_NEED_ADMIN:
        may = a->uid != 0 && a->role == HD_ROLE_ADMIN;
        scope = HD_SCOPE_ADMIN;
        break;
    }
    if (!may) {
        return HD_E_RIGHT;
    }
    return (a->scopes & scope) == scope ? HD_OK : HD_E_SCOPE;
}

/* Rights end at the scopes: an administrator's token without `admin` is a Helpdesk User's. */
static void narrow_actor(hd_cx_t *cx)
{
    const hd_actor_t *a = cx->actor;
    if (a->role == HD_ROLE_ADMIN && !(a->scopes & HD_SCOPE_ADMIN)) {
        hd_actor_t *copy = hd_alloc_raw(cx->arena, sizeof(*copy));
        *copy = *a;
        copy->role = HD_ROLE_USER;
        cx->actor = copy;
    }
}

/* ACC-5: a request may keep to some of the companies its actor works in, never to another. */
static hd_code_t select_companies(hd_call_t *c, hd_cx_t *cx)
{
    hd_id_t ids[HD_COMPANIES_MAX];
    hd_str_t rest = c->req.companies, part;
    size_t n = 0;
    if (rest.len == 0) {
        return HD_OK;
    }
    while (hd_str_split(&rest, ',', &part)) {
        uint64_t id;
        if (n == HD_COMPANIES_MAX || !hd_str_to_u64(hd_str_trim(part), &id)) {
            return hd_problem_set(&c->problem, HD_E_REQUEST, "X-Companies is a list of numbers of companies.");
        }
        if (!hd_ids_has(cx->actor->companies, id)) {
            return hd_problem_set(&c->problem, HD_E_RIGHT, "X-Companies names a company you do not work in.");
        }
        ids[n++] = id;
    }
    hd_actor_t *copy = hd_alloc_raw(cx->arena, sizeof(*copy));
    *copy = *cx->actor;
    copy->companies = hd_ids_make(cx->arena, ids, n);
    cx->actor = copy;
    return n != 0 ? HD_OK : HD_E_REQUEST;
}

hd_code_t hd_call_actor(hd_call_t *c, hd_cx_t *cx)
{
    cx->actor = &hd_actor_nobody;
    c->by_token = false;
    c->session_id = 0;
    c->session_secret = (hd_str_t){ 0, "" };
    if (c->req.proxy_refused) {
        return HD_E_PROXY;
    }
    if (c->route->need == HD_NEED_PUBLIC) {
        return HD_OK;
    }
    hd_code_t code = resolve_actor(c, cx);
    if (code == HD_OK) {
        code = check_need(c, cx->actor);
    }
    if (code == HD_OK) {
        narrow_actor(cx);
        code = select_companies(c, cx);
    }
    return code;
}

hd_code_t hd_call_act_as(hd_call_t *c, const hd_actor_t *a, uint32_t scope)
{
    if ((a->scopes & scope) != scope) {
        return HD_E_SCOPE;
    }
    c->cx.actor = a;
    c->uid = a->uid;
    narrow_actor(&c->cx);
    return HD_OK;
}

void hd_call_guest(hd_call_t *c, hd_cx_t *cx)
{
    hd_str_t secret;
    hd_by_t by = hd_call_credential(c, &secret);
    const hd_actor_t *actor = NULL;
    cx->actor = &hd_actor_nobody;
    c->session_id = 0;
    c->session_secret = (hd_str_t){ 0, "" };
    if (by == HD_BY_SESSION) {
        actor = hd_actor_of_session(cx, secret, &c->session_id);
        c->session_secret = secret;
    } else if (by == HD_BY_PROXY) {
        actor = actor_of_proxy(cx, secret);
    }
    if (actor == NULL) {
        c->session_id = 0;
        c->session_secret = (hd_str_t){ 0, "" };
        return;
    }
    cx->actor = actor;
    c->uid = actor->uid;
}
