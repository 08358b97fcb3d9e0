/*
 * Passwords: hashing happens in the pool, before the write, in `before` handlers (door_password.c).
 */
#include "api_impl.h"

static hd_code_t check_actor(hd_call_t *c, void *arg)
{
    (void) arg;
    return hd_call_actor(c, &c->cx);
}

/* ---- POST /session/password ---- */

static hd_code_t read_change(hd_call_t *c, hd_str_t *old_password, hd_str_t *new_password)
{
    const hd_want_t want[] = { { "old_password", old_password, 1, HD_PASSWORD_MAX },
                               { "new_password", new_password, 1, HD_PASSWORD_MAX } };
    return hd_api_strings(c, want, 2);
}

/* The old password of a repetition is not the old one any more. */
hd_code_t hd_api_session_password_before(hd_call_t *c)
{
    hd_str_t old_password, new_password;
    hd_change_t *p;
    if (hd_call_is_repeated(c)) {
        return HD_OK;
    }
    p = hd_alloc(c->cx.arena, sizeof(*p));
    hd_code_t code = hd_call_read(c, check_actor, NULL);
    if (code == HD_OK) {
        code = read_change(c, &old_password, &new_password);
    }
    c->prepared = p;
    return code == HD_OK ? hd_change_check(c, old_password, new_password, p) : code;
}

hd_code_t hd_api_session_password(hd_call_t *c)
{
    hd_code_t code = c->prepared == NULL ? HD_E_INTERNAL : hd_change_use(c, c->prepared);
    c->res.status = code == HD_OK ? 204 : c->res.status;
    return code;
}

/* ---- users: POST /users with a password, PUT /users/{id}/password ---- */

static hd_str_t string_member(const hd_jval_t *obj, const char *name)
{
    const hd_jval_t *v = hd_jget(obj, name);
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

hd_code_t hd_api_user_create_before(hd_call_t *c)
{
    const hd_jval_t *v = hd_jget(c->json, "password");
    if (v == NULL) {
        return HD_OK;
    }
    if (hd_jtype(v) != HD_J_STR) {
        return hd_problem_field(&c->problem, c->cx.arena, HD_STR("password"), "wrong_type",
                                "The value has the wrong type.");
    }
    hd_str_t *phc = hd_alloc(c->cx.arena, sizeof(*phc));
    hd_code_t code = hd_call_read(c, check_actor, NULL);
    if (code == HD_OK) {
        code = hd_call_hash(c, "password", hd_jstr(v), string_member(c->json, "login"),
                           string_member(c->json, "name"), phc);
    }
    if (code != HD_OK) {
        return code;
    }
    c->prepared = phc;
    return hd_api_without(c->cx.arena, c->json, "password", &c->json);
}

hd_code_t hd_api_user_create(hd_call_t *c)
{
    const hd_str_t *phc = c->prepared;
    hd_user_t u = { .role = HD_ROLE_NONE };
    uint64_t mask = 0;
    hd_code_t code = hd_read_json(hd_entities[HD_USER], c->cx.arena, c->json, &u, &mask,
                                  HD_READ_CREATE, &c->problem);
    if (code == HD_OK) {
        code = hd_record_create(&c->cx, HD_USER, &u, mask);
    }
    if (code == HD_OK && phc != NULL) {
        hd_id_t id = u.rec.id;
        code = hd_user_set_password(&c->cx, id, *phc, 0);
        if (code == HD_OK) {
            code = hd_record_get(&c->cx, HD_USER, id, &u);
        }
    }
    return code == HD_OK ? hd_res_record(c, HD_USER, &u, 201) : code;
}

static hd_code_t find_other(hd_call_t *c, void *arg)
{
    hd_user_t u;
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code == HD_OK) {
        code = c->path_id > HD_ID_MAX ? HD_E_NOT_FOUND
                                      : hd_record_get(&c->cx, HD_USER, c->path_id, &u);
    }
    if (code == HD_OK) {
        hd_account_fill(arg, &u);
    }
    return code;
}

hd_code_t hd_api_user_password_before(hd_call_t *c)
{
    hd_str_t password;
    hd_change_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    const hd_want_t want[] = { { "password", &password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_call_read(c, find_other, &p->acc);
    if (code == HD_OK) {
        code = hd_api_strings(c, want, 1);
    }
    if (code != HD_OK) {
        return code;
    }
    c->prepared = p;
    return hd_call_hash(c, "password", password, (hd_str_t){ p->acc.login_len, p->acc.login },
                       (hd_str_t){ p->acc.name_len, p->acc.name }, &p->phc);
}

hd_code_t hd_api_user_password(hd_call_t *c)
{
    const hd_change_t *p = c->prepared;
    hd_user_t u;
    if (p == NULL) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = hd_record_get(&c->cx, HD_USER, c->path_id, &u);
    if (code == HD_OK) {
        hd_id_t keep = u.rec.id == c->cx.actor->uid ? c->session_id : 0;
        code = hd_user_set_password(&c->cx, u.rec.id, p->phc, keep);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}
