/*
 * First start: a desk without users has no password either.  One link, good for an hour, lets
 * whoever can read the server's log make the first administrator.  meta "setup" = SHA-256 of the
 * secret (32), end (8).
 */
#include "desk_impl.h"

#define SECRET_LEN 32
#define META       "setup"

bool hd_desk_is_new(hd_cx_t *cx)
{
    size_t n;
    hd_config_all(cx->txn, HD_USER, &n);
    return n == 0;
}

hd_code_t hd_setup_open(hd_cx_t *cx, hd_str_t *ret_secret)
{
    uint8_t b[SECRET_LEN], value[HD_HASH_LEN + 8];
    if (!hd_desk_is_new(cx)) {
        return HD_E_CONFLICT;
    }
    if (!hd_random(b, sizeof(b))) {
        return HD_E_INTERNAL;
    }
    hd_str_t secret = hd_base64url(cx->arena, b, sizeof(b));
    hd_sha256(secret.data, secret.len, value);
    hd_put_be64(value + HD_HASH_LEN, (uint64_t) (cx->now + HD_SETUP_LIFE));
    hd_meta_put(cx->txn, META, (hd_str_t){ sizeof(value), (const char *) value });
    *ret_secret = secret;
    return hd_txn_error(cx->txn);
}

bool hd_setup_ok(hd_cx_t *cx, hd_str_t secret)
{
    hd_str_t value;
    uint8_t hash[HD_HASH_LEN];
    if (!hd_desk_is_new(cx) || !hd_meta_get(cx->txn, META, &value)
        || value.len != HD_HASH_LEN + 8) {
        return false;
    }
    hd_sha256(secret.data, secret.len, hash);
    return hd_mem_eq_const(hash, value.data, HD_HASH_LEN)
        && cx->now < (hd_time_t) hd_get_be64((const uint8_t *) value.data + HD_HASH_LEN);
}

/* The desk itself acts: nobody is there yet who could. */
static hd_cx_t act_as_desk(const hd_cx_t *cx)
{
    hd_cx_t desk = *cx;
    desk.actor = &hd_actor_desk;
    return desk;
}

hd_code_t hd_setup_base(hd_cx_t *cx, hd_str_t company, hd_id_t *ret_company)
{
    hd_cx_t desk = act_as_desk(cx);
    hd_company_t c = { .name = company };
    hd_code_t code = hd_record_create(&desk, HD_COMPANY, &c, HD_BIT(HD_COMPANY_F_name));
    if (code != HD_OK) {
        return code;
    }
    hd_team_t t = { .name = HD_STR("Helpdesk"), .company_id = c.rec.id };
    code = hd_record_create(&desk, HD_TEAM, &t,
                            HD_BIT(HD_TEAM_F_name) | HD_BIT(HD_TEAM_F_company_id));
    if (code == HD_OK) {
        code = hd_desk_make_activity_types(&desk);
    }
    if (code == HD_OK) {
        hd_clock_init(&desk);
        *ret_company = c.rec.id;
    }
    return code;
}

static hd_user_t make_admin(const hd_setup_t *in)
{
    return (hd_user_t){
        .login = in->login, .name = in->name.len != 0 ? in->name : in->login, .email = in->email,
        .tz = in->tz, .lang = in->lang, .role = HD_ROLE_ADMIN, .active = true, .password = in->phc,
    };
}

/* Every refusal before the first put: the names and what the user's own rules say. */
static hd_code_t check_setup(hd_cx_t *desk, const hd_setup_t *in, hd_user_t *u)
{
    uint32_t before = desk->problem->n_fields;
    if (in->company.len == 0) {
        hd_desk_bad(desk, HD_COMPANY, HD_COMPANY_F_name, "required");
    }
    u->role = HD_ROLE_PORTAL;           /* the company does not exist yet */
    hd_rules_user.check(desk, NULL, u, 0);
    u->role = HD_ROLE_ADMIN;
    hd_record_check(hd_entities[HD_USER], desk->arena, u, desk->problem);
    if (in->phc.len == 0) {
        hd_desk_bad(desk, HD_USER, HD_USER_F_password, "required");
    }
    return desk->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

hd_code_t hd_setup_finish(hd_cx_t *cx, hd_str_t secret, const hd_setup_t *in, hd_id_t *ret_user)
{
    if (!hd_setup_ok(cx, secret)) {
        return HD_E_EXPIRED;
    }
    hd_cx_t desk = act_as_desk(cx);
    hd_user_t u = make_admin(in);
    hd_code_t code = check_setup(&desk, in, &u);
    if (code != HD_OK) {
        return code;
    }
    code = hd_setup_base(&desk, in->company, &u.company_id);
    if (code == HD_OK) {
        u.company_ids = hd_ids_make(cx->arena, &u.company_id, 1);
        code = hd_rules_user.before(&desk, NULL, &u);
    }
    if (code == HD_OK) {
        code = hd_desk_put(&desk, HD_USER, NULL, &u);
    }
    if (code == HD_OK) {
        hd_meta_put(cx->txn, META, HD_STR(""));
        *ret_user = u.rec.id;
        code = hd_txn_error(cx->txn);
    }
    return code;
}
