/*
 * Passwords: hashing happens in the pool, before the write, in `before` handlers.  What they look
 * up is read in a short transaction of their own; the write checks again that it is still so.
 * Rights are checked before a hash is made, so nobody can make the desk hash for fun.
 */
#include "api_impl.h"

#define READ_ARENA (4 * 1024 * 1024)

static size_t copy_text(char *out, size_t size, hd_str_t s)
{
    size_t n = s.len < size ? s.len : size;
    if (n != 0) {
        memcpy(out, s.data, n);
    }
    return n;
}

void hd_account_fill(hd_account_t *acc, const hd_user_t *u)
{
    acc->id = u->rec.id;
    acc->phc_len = copy_text(acc->phc, sizeof(acc->phc) - 1, u->password);
    acc->phc[acc->phc_len] = '\0';
    acc->login_len = copy_text(acc->login, sizeof(acc->login), u->login);
    acc->name_len = copy_text(acc->name, sizeof(acc->name), u->name);
}

bool hd_account_is(const hd_account_t *acc, const hd_user_t *u)
{
    return u->rec.id == acc->id && hd_str_eq(u->password, (hd_str_t){ acc->phc_len, acc->phc });
}

/* ---- a read of its own ---- */

typedef struct {
    hd_call_t *c;
    hd_code_t (*fn)(hd_call_t *c, void *arg);
    void      *arg;
    hd_txn_t  *txn;
} read_t;

static hd_code_t begin_and_run(read_t *r)
{
    hd_call_t *c = r->c;
    hd_code_t code = hd_txn_begin(c->store, false, c->cx.arena, NULL, &r->txn);
    if (code != HD_OK) {
        return code;
    }
    c->cx.txn = r->txn;
    return r->fn(c, r->arg);
}

static hd_code_t run_guarded(read_t *r, hd_arena_t *own)
{
    hd_code_t code;
    HD_ARENA_TRY(own, code, begin_and_run(r));
    return code;
}

hd_code_t hd_api_read(hd_call_t *c, hd_code_t (*fn)(hd_call_t *c, void *arg), void *arg)
{
    hd_arena_t *own = hd_arena_create(READ_ARENA), *outer = c->cx.arena;
    if (own == NULL) {
        return HD_E_MEMORY;
    }
    hd_time_t now = c->cx.now;
    hd_problem_t forgotten, *problem = c->cx.problem;      /* its fields would lie in an arena that is gone */
    hd_problem_init(&forgotten);
    c->cx.problem = &forgotten;
    read_t r = { .c = c, .fn = fn, .arg = arg, .txn = NULL };
    c->cx.arena = own;
    c->cx.now = now == 0 ? hd_time_now() : now;
    hd_code_t code = run_guarded(&r, own);
    hd_txn_abort(r.txn);
    c->cx.arena = outer;
    c->cx.problem = problem;
    c->cx.now = now;
    c->cx.txn = NULL;
    c->cx.actor = &hd_actor_nobody;
    hd_arena_destroy(own);
    return code;
}

hd_code_t hd_api_hash(hd_call_t *c, const char *field, hd_str_t password, hd_str_t login,
                      hd_str_t name, hd_str_t *ret_phc)
{
    const char *sentence = hd_password_problem(password, login, name);
    if (sentence != NULL) {
        return hd_problem_field(&c->problem, c->cx.arena, hd_str(field), "weak_password", sentence);
    }
    char *phc = hd_alloc(c->cx.arena, HD_PWHASH_MAX);
    if (!hd_password_hash(password, phc)) {
        return HD_E_MEMORY;
    }
    *ret_phc = hd_str(phc);
    return HD_OK;
}

/* ---- POST /session/password ---- */

typedef struct {
    hd_account_t acc;
    hd_str_t     phc;
} change_t;

/* Only a signed-in browser changes its own password: a token must not outlive the owner's trust. */
static hd_code_t find_self(hd_call_t *c, void *arg)
{
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code == HD_OK && c->session_id == 0) {
        code = HD_E_RIGHT;
    }
    if (code == HD_OK) {
        hd_account_fill(arg, c->cx.actor->user);
    }
    return code;
}

static hd_code_t prepare_own(hd_call_t *c)
{
    hd_str_t old_password, new_password;
    hd_attempt_t at;
    change_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    const hd_want_t want[] = { { "old_password", &old_password, 1, HD_PASSWORD_MAX },
                               { "new_password", &new_password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_api_read(c, find_self, &p->acc);
    if (code == HD_OK) {
        code = hd_api_strings(c, want, 2);
    }
    hd_str_t login = { p->acc.login_len, p->acc.login };
    if (code == HD_OK) {
        code = hd_api_attempt_begin(c, login, (hd_str_t){ 0, "" }, &at);
    }
    if (code != HD_OK) {
        return code;
    }
    bool ok = p->acc.phc_len != 0 && hd_password_ok(p->acc.phc, old_password);
    hd_api_attempt_end(c, &at, ok);
    if (!ok) {
        return hd_problem_field(&c->problem, c->cx.arena, HD_STR("old_password"), "wrong_password",
                                "This is not the present password.");
    }
    c->prepared = p;
    return hd_api_hash(c, "new_password", new_password, login,
                       (hd_str_t){ p->acc.name_len, p->acc.name }, &p->phc);
}

hd_code_t hd_api_session_password_before(hd_call_t *c)
{
    hd_code_t code;
    HD_ARENA_TRY(c->cx.arena, code, prepare_own(c));
    return code;
}

hd_code_t hd_api_session_password(hd_call_t *c)
{
    const change_t *p = c->prepared;
    if (p == NULL) {
        return HD_E_INTERNAL;
    }
    if (c->session_id == 0 || !hd_account_is(&p->acc, c->cx.actor->user)) {
        return HD_E_CONFLICT;
    }
    hd_code_t code = hd_user_set_password(&c->cx, c->cx.actor->uid, p->phc, c->session_id);
    if (code == HD_OK) {
        hd_api_device_put(c, p->acc.id, p->phc);         /* the one it had went with the old password */
        c->res.status = 204;
    }
    return code;
}

/* ---- users: POST /users with a password, PUT /users/{id}/password ---- */

static hd_code_t check_admin(hd_call_t *c, void *arg)
{
    (void) arg;
    return hd_call_actor(c, &c->cx);
}

static hd_str_t string_member(const hd_jval_t *obj, const char *name)
{
    const hd_jval_t *v = hd_jget(obj, name);
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

static hd_code_t prepare_new(hd_call_t *c)
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
    hd_code_t code = hd_api_read(c, check_admin, NULL);
    if (code == HD_OK) {
        code = hd_api_hash(c, "password", hd_jstr(v), string_member(c->json, "login"),
                           string_member(c->json, "name"), phc);
    }
    if (code != HD_OK) {
        return code;
    }
    c->prepared = phc;
    return hd_api_without(c->cx.arena, c->json, "password", &c->json);
}

hd_code_t hd_api_user_create_before(hd_call_t *c)
{
    hd_code_t code;
    HD_ARENA_TRY(c->cx.arena, code, prepare_new(c));
    return code;
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

static hd_code_t prepare_other(hd_call_t *c)
{
    hd_str_t password;
    change_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    const hd_want_t want[] = { { "password", &password, 1, HD_PASSWORD_MAX } };
    hd_code_t code = hd_api_read(c, find_other, &p->acc);
    if (code == HD_OK) {
        code = hd_api_strings(c, want, 1);
    }
    if (code != HD_OK) {
        return code;
    }
    c->prepared = p;
    return hd_api_hash(c, "password", password, (hd_str_t){ p->acc.login_len, p->acc.login },
                       (hd_str_t){ p->acc.name_len, p->acc.name }, &p->phc);
}

hd_code_t hd_api_user_password_before(hd_call_t *c)
{
    hd_code_t code;
    HD_ARENA_TRY(c->cx.arena, code, prepare_other(c));
    return code;
}

hd_code_t hd_api_user_password(hd_call_t *c)
{
    const change_t *p = c->prepared;
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
