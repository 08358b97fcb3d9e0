/*
 * The first administrator, for all doors: whoever holds the secret of the set-up link (desk_setup.c) says who that is.
 */
#include "door_impl.h"

static hd_code_t is_in_force(hd_call_t *c, void *arg)
{
    const hd_str_t *secret = arg;
    c->cx.actor = &hd_actor_desk;
    return hd_setup_ok(&c->cx, *secret) ? HD_OK : HD_E_EXPIRED;
}

hd_code_t hd_setup_check(hd_call_t *c, hd_str_t secret)
{
    hd_str_t nobody = { 0, "" };
    hd_attempt_t at;
    hd_code_t code = hd_attempt_begin(c, nobody, nobody, &at);
    if (code == HD_OK) {
        code = hd_call_read(c, is_in_force, &secret);
        hd_attempt_end(c, &at, code != HD_E_EXPIRED);
    }
    return code;
}

hd_code_t hd_setup_use(hd_call_t *c, hd_str_t secret, const hd_setup_t *in)
{
    hd_id_t uid = 0;
    c->cx.actor = &hd_actor_desk;
    hd_code_t code = hd_setup_finish(&c->cx, secret, in, &uid);
    return code == HD_OK ? hd_call_sign_in(c, uid, in->login) : code;
}
