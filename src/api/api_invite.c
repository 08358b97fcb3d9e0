/*
 * Portal access of contacts, and links with which people set a password (PRT-6, T-04, T-13).
 */
#include "api_impl.h"

/* ---- /contacts/{id}/portal ---- */

static void put_time(hd_json_t *j, const char *name, hd_time_t t)
{
    hd_json_key(j, hd_str(name));
    hd_json_time(j, t);
}

static hd_code_t answer_portal(hd_call_t *c, const hd_grant_t *p)
{
    static const char *const states[] = { "none", "invited", "expired", "active", "revoked", "internal" };
    hd_json_t j = hd_res_json(c, 200, 200);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("state"));
    hd_json_str(&j, hd_str(states[p->state]));
    hd_json_key(&j, HD_STR("user_id"));
    if (p->user_id != 0) {
        hd_json_u64(&j, p->user_id);
    } else {
        hd_json_null(&j);
    }
    hd_json_key(&j, HD_STR("login"));
    hd_json_str(&j, p->login);
    put_time(&j, "invited", p->invited);
    put_time(&j, "expires", p->expires);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_portal_get(hd_call_t *c)
{
    hd_grant_t p;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_grant_get(&c->cx, c->path_id, &p);
    }
    return code == HD_OK ? answer_portal(c, &p) : code;
}

hd_code_t hd_api_portal_grant(hd_call_t *c)
{
    hd_grant_t p;
    hd_code_t code = hd_grant_give(&c->cx, c->path_id, &p);
    return code == HD_OK ? answer_portal(c, &p) : code;
}

hd_code_t hd_api_portal_revoke(hd_call_t *c)
{
    hd_grant_t p;
    hd_code_t code = hd_grant_end(&c->cx, c->path_id, &p);
    return code == HD_OK ? answer_portal(c, &p) : code;
}

/* ---- POST /users/{id}/invitation ---- */

/* The link itself, too: who asks may set the password anyway, and a desk that sends no mail would have no other way. */
static hd_code_t answer_invitation(hd_call_t *c, hd_code_t code, const hd_invitation_t *i)
{
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 300);
    hd_json_obj(&j);
    put_time(&j, "invited", i->rec.create_date);
    put_time(&j, "expires", i->expires);
    hd_json_key(&j, HD_STR("url"));
    hd_json_str(&j, hd_invite_url(c->cx.arena, c->site, i));
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_user_invite(hd_call_t *c)
{
    hd_invitation_t i;
    return answer_invitation(c, hd_user_invite(&c->cx, c->path_id, &i), &i);
}

/* Made again of the row: what is kept under a key would be the link. */
hd_code_t hd_api_user_invite_again(hd_call_t *c)
{
    hd_invitation_t i;
    return answer_invitation(c, hd_user_invited(&c->cx, c->path_id, &i), &i);
}

/* ---- POST /password/forgotten ---- */

/* Counted once, also when its batch has to be run again. */
hd_code_t hd_api_password_forgotten_before(hd_call_t *c)
{
    hd_str_t *name = hd_alloc(c->cx.arena, sizeof(*name));
    const hd_want_t want[] = { { "login", name, 1, 254 } };
    hd_code_t code = hd_api_strings(c, want, 1);
    c->prepared = name;
    return code == HD_OK ? hd_attempt_reset(c, *name) : code;
}

hd_code_t hd_api_password_forgotten(hd_call_t *c)
{
    const hd_str_t *name = c->prepared;
    hd_code_t code = name == NULL ? HD_E_INTERNAL : hd_password_forgotten(&c->cx, *name);
    c->res.status = code == HD_OK ? 204 : c->res.status;
    return code;
}

/* ---- POST /invitation ---- */

hd_code_t hd_api_invitation_before(hd_call_t *c)
{
    hd_str_t token, password;
    hd_invited_t *in = hd_alloc(c->cx.arena, sizeof(*in));
    const hd_want_t want[] = { { "token", &token, 1, 128 }, { "password", &password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_api_strings(c, want, 2);
    if (code == HD_OK) {
        code = hd_invite_check(c, token, "password", password, in);
    }
    c->prepared = code == HD_OK ? in : NULL;
    return code;
}

hd_code_t hd_api_invitation(hd_call_t *c)
{
    hd_code_t code = c->prepared == NULL ? HD_E_INTERNAL : hd_invite_use(c, c->prepared);
    return code == HD_OK ? hd_api_session_answer(c) : code;
}
