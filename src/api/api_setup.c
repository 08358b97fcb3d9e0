/*
 * First start: while there is no user, the holder of the set-up link makes the first administrator.
 */
#include "api_impl.h"

hd_code_t hd_api_setup_get(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 32);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("open"));
    hd_json_bool(&j, hd_desk_is_new(&c->cx));
    hd_json_end_obj(&j);
    return HD_OK;
}

typedef struct {
    hd_str_t   secret;
    hd_setup_t in;
} wish_t;

static hd_code_t read_wish(hd_call_t *c, wish_t *w, hd_str_t *password)
{
    hd_setup_t *in = &w->in;
    const hd_want_t want[] = {
        { "secret", &w->secret, 1, 128 },   { "company", &in->company, 1, 480 },
        { "login", &in->login, 1, 240 },    { "name", &in->name, 1, 800 },
        { "email", &in->email, 0, 254 },    { "password", password, 1, HD_PASSWORD_MAX },
        { "tz", &in->tz, 0, 60 },           { "lang", &in->lang, 0, 10 },
    };
    hd_code_t code = hd_api_strings(c, want, sizeof(want) / sizeof(want[0]));
    hd_str_t *const texts[] = {
        &in->company, &in->login, &in->name, &in->email, &in->tz, &in->lang
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && code == HD_OK; i++) {
        *texts[i] = hd_text_clean(c->cx.arena, *texts[i], false);
    }
    return code;
}

hd_code_t hd_api_setup_before(hd_call_t *c)
{
    hd_str_t password;
    wish_t *w = hd_alloc(c->cx.arena, sizeof(*w));
    hd_code_t code = read_wish(c, w, &password);
    if (code == HD_OK) {
        code = hd_setup_check(c, w->secret);
    }
    if (code != HD_OK) {
        return code;
    }
    c->prepared = w;
    return hd_call_hash(c, "password", password, w->in.login, w->in.name, &w->in.phc);
}

hd_code_t hd_api_setup(hd_call_t *c)
{
    const wish_t *w = c->prepared;
    if (w == NULL) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = hd_setup_use(c, w->secret, &w->in);
    return code == HD_OK ? hd_api_session_answer(c) : code;
}
