/*
 * Sign-in, sign-out, who am I.
 */
#include "api_impl.h"

/* ---- answers ---- */

/* The own record is shown whole: the pages need role and companies, also those of portal users. */
void hd_api_session_members(hd_call_t *c, hd_json_t *j)
{
    const hd_actor_t *a = c->cx.actor;
    const hd_entity_t *e = hd_entities[HD_USER];
    hd_json_opt_t opt = { .mask = hd_json_mask(e, false, true) };
    char csrf[44];
    hd_json_key(j, HD_STR("user"));
    hd_record_json(j, e, a->user, &opt);
    hd_json_key(j, HD_STR("csrf"));
    if (c->by_token) {
        hd_json_null(j);
    } else {
        hd_csrf_token(c, csrf);
        hd_json_str(j, (hd_str_t){ sizeof(csrf) - 1, csrf });
    }
    hd_json_key(j, HD_STR("companies"));
    hd_json_arr(j);
    for (uint32_t i = 0; i < a->companies.n; i++) {
        hd_json_u64(j, a->companies.v[i]);
    }
    hd_json_end_arr(j);
}

hd_code_t hd_api_session_answer(hd_call_t *c)
{
    hd_json_t j = hd_res_json(c, 200, 1024);
    hd_json_obj(&j);
    hd_api_session_members(c, &j);
    hd_json_end_obj(&j);
    return HD_OK;
}

/* ---- POST /login ---- */

hd_code_t hd_api_login_before(hd_call_t *c)
{
    hd_str_t login, password;
    hd_login_t *l = hd_alloc(c->cx.arena, sizeof(*l));
    const hd_want_t want[] = { { "login", &login, 1, 254 }, { "password", &password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_api_strings(c, want, 2);
    if (code == HD_OK) {
        code = hd_login_check(c, login, password, l);
    }
    c->prepared = code == HD_OK ? l : NULL;
    return code;
}

hd_code_t hd_api_login(hd_call_t *c)
{
    hd_code_t code = c->prepared == NULL ? HD_E_INTERNAL : hd_login_use(c, c->prepared);
    return code == HD_OK ? hd_api_session_answer(c) : code;
}

/* ---- the session one has ---- */

hd_code_t hd_api_logout(hd_call_t *c)
{
    hd_code_t code = hd_call_sign_out(c);
    c->res.status = code == HD_OK ? 204 : c->res.status;
    return code;
}

hd_code_t hd_api_session_get(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    return code == HD_OK ? hd_api_session_answer(c) : code;
}

/* The sign of life itself is written by hd_call_run. */
hd_code_t hd_api_session_keep(hd_call_t *c)
{
    c->res.status = 204;
    return HD_OK;
}
