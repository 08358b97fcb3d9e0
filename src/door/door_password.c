/*
 * Passwords, for all doors: hashing happens in the pool, before the write.  Rights are checked before a hash is made, so
 * nobody can make the desk hash for fun.
 */
#include "door_impl.h"

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

hd_code_t hd_call_read(hd_call_t *c, hd_code_t (*fn)(hd_call_t *c, void *arg), void *arg)
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

hd_code_t hd_call_hash(hd_call_t *c, const char *field, hd_str_t password, hd_str_t login, hd_str_t name,
                       hd_str_t *ret_phc)
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

/* ---- one's own ---- */

/* Only a signed-in browser changes its own password: a token must not outlive the owner's trust. */
static hd_code_t find_self(hd_call_t *c, void *arg)
{
    hd_code_t code = HD_OK;
    if (c->route->need == HD_NEED_PUBLIC) {
        hd_call_guest(c, &c->cx);
    } else {
        code = hd_call_actor(c, &c->cx);
    }
    if (code == HD_OK && c->session_id == 0) {
        code = HD_E_RIGHT;
    }
    if (code == HD_OK) {
        hd_account_fill(arg, c->cx.actor->user);
    }
    return code;
}

hd_code_t hd_change_prove(hd_call_t *c, hd_str_t old_password, hd_str_t new_password, hd_change_t *ch)
{
    hd_attempt_t at;
    const hd_account_t *acc = &ch->acc;
    hd_str_t login = { acc->login_len, acc->login };
    hd_code_t code = hd_attempt_begin(c, login, (hd_str_t){ 0, "" }, &at);
    if (code != HD_OK) {
        return code;
    }
    code = acc->phc_len == 0 ? HD_E_PASSWORD : hd_password_check(acc->phc, old_password);
    hd_attempt_end(c, &at, code != HD_E_PASSWORD);
    return code != HD_OK ? code
         : hd_call_hash(c, "new_password", new_password, login, (hd_str_t){ acc->name_len, acc->name }, &ch->phc);
}

hd_code_t hd_change_check(hd_call_t *c, hd_str_t old_password, hd_str_t new_password, hd_change_t *ret)
{
    hd_code_t code = hd_call_read(c, find_self, &ret->acc);
    if (code != HD_OK) {
        return code;
    }
    code = hd_change_prove(c, old_password, new_password, ret);
    return code != HD_E_PASSWORD ? code
         : hd_problem_field(&c->problem, c->cx.arena, HD_STR("old_password"), "wrong_password",
                            "This is not the present password.");
}

hd_code_t hd_change_use(hd_call_t *c, const hd_change_t *ch)
{
    if (!hd_account_is(&ch->acc, c->cx.actor->user)) {
        return HD_E_CONFLICT;
    }
    hd_code_t code = hd_user_set_password(&c->cx, c->cx.actor->uid, ch->phc, c->session_id);
    if (code == HD_OK && c->session_id != 0) {
        hd_device_put(c, ch->acc.id, ch->phc);           /* the one it had went with the old password */
    }
    return code;
}
