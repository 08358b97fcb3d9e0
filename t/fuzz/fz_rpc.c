/*
 * Bytes of strangers and of people signed in, through the whole Odoo-compatible door: the first line is the path, the rest the
 * body, in which TOKEN stands for an API token of an administrator and SESSION for the one who sends it.  Each call settles and
 * runs in a transaction that is then aborted.  Whatever comes, there is an answer with a status, JSON answers are JSON, what an
 * XML-RPC request becomes comes back the same when it is written and read again, a read puts nothing, and files are made before the
 * write begins.  (A call that writes many records may be refused after the first: the writer takes all of it back.)
 */
#include "rpc/rpc_inner.h"
#include "../unit/run_call.h"
#include "fz_desk.h"

static char token[128], session[64];
static const hd_site_t site = { .base_url = { 19, "http://desk.example" }, .secret = "0123456789abcdef0123456789abcde",
                                .file_max = 1 << 20 };

static hd_code_t fill(hd_arena_t *a, hd_txn_t *txn)
{
    hd_problem_t p;
    hd_id_t company, s;
    hd_str_t text;
    hd_problem_init(&p);
    hd_cx_t cx = { .arena = a, .txn = txn, .actor = &hd_actor_desk, .now = 1800000000000, .problem = &p };
    must(hd_setup_base(&cx, HD_STR("Company"), &company) == HD_OK, "company");
    hd_user_t u = { .login = HD_STR("ada"), .name = HD_STR("Ada"), .role = HD_ROLE_ADMIN, .company_id = company,
                    .company_ids = hd_ids_make(a, &company, 1) };
    must(hd_record_create(&cx, HD_USER, &u, HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_role)
                          | HD_BIT(HD_USER_F_company_id) | HD_BIT(HD_USER_F_company_ids)) == HD_OK, "user");
    cx.actor = hd_actor_of_login(&cx, HD_STR("ada"));
    must(cx.actor != NULL, "actor");
    hd_token_t t = { .name = HD_STR("fuzz"), .scopes = HD_SCOPE_READ | HD_SCOPE_WRITE | HD_SCOPE_ADMIN };
    must(hd_token_create(&cx, &t, &text) == HD_OK, "token");
    (void) snprintf(token, sizeof(token), "%.*s", HD_STR_ARG(text));
    must(hd_session_start(&cx, u.rec.id, HD_STR("::1"), HD_STR("fuzz"), &text, &s) == HD_OK, "session");
    (void) snprintf(session, sizeof(session), "%.*s", HD_STR_ARG(text));
    for (int i = 0; i < 5; i++) {
        hd_ticket_t k = { .name = hd_strf(a, "Ticket %d", i), .description = HD_STR("<p>text</p>") };
        must(hd_ticket_create(&cx, &k, HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_description)) == HD_OK, "ticket");
    }
    return HD_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc, (void) argv;
    make_desk(fill);
    return 0;
}

/* Every TOKEN of the body becomes the token. */
static hd_str_t with_token(hd_arena_t *a, hd_str_t s)
{
    hd_buf_t b;
    hd_buf_init(&b, a, s.len + 256, LIMIT);
    for (size_t i = 0; i < s.len;) {
        bool here = s.len - i >= 5 && memcmp(s.data + i, "TOKEN", 5) == 0;
        hd_buf_put(&b, here ? token : s.data + i, here ? strlen(token) : 1);
        i += here ? 5 : 1;
    }
    return hd_buf_view(&b);
}

static bool is_number(const hd_jval_t *v)
{
    return hd_jtype(v) == HD_J_INT || hd_jtype(v) == HD_J_REAL;
}

/* An integer beyond 32 bits comes back as a double. */
static bool is_equal(hd_jval_t *x, hd_jval_t *y)
{
    void *ix = NULL, *iy = NULL;
    hd_str_t kx, ky;
    hd_jval_t *mx, *my;
    if (is_number(x) && is_number(y)) {
        return !(hd_jreal(x) < hd_jreal(y)) && !(hd_jreal(x) > hd_jreal(y));
    }
    if (hd_jtype(x) != hd_jtype(y) || hd_jlen(x) != hd_jlen(y) || hd_jbool(x) != hd_jbool(y) || !hd_str_eq(hd_jstr(x), hd_jstr(y))) {
        return false;
    }
    for (size_t i = 0; hd_jtype(x) == HD_J_ARR && i < hd_jlen(x); i++) {
        if (!is_equal(hd_jat(x, i), hd_jat(y, i))) {
            return false;
        }
    }
    while (hd_jtype(x) == HD_J_OBJ && hd_jnext(x, &ix, &kx, &mx)) {
        if (!hd_jnext(y, &iy, &ky, &my) || !hd_str_eq(kx, ky) || !is_equal(mx, my)) {
            return false;
        }
    }
    return true;
}

static void check_xml(hd_arena_t *a, hd_str_t body)
{
    hd_str_t name, again_name;
    hd_jval_t *params, *again;
    if (rpc_xml_read(a, body, &name, &params) != HD_OK) {
        return;
    }
    hd_buf_t b;
    hd_str_t json = hd_jdump(a, params);
    hd_buf_init(&b, a, 1024, LIMIT);
    hd_buf_z(&b, "<methodCall><methodName>m</methodName><params><param>");
    rpc_xml_value(&b, json);
    hd_buf_z(&b, "</param></params></methodCall>");
    if (b.len > HD_BODY_MAX || strstr(hd_str_dup(a, json).data, "null") != NULL) {
        return;                  /* null is written as false */
    }
    hd_code_t code = rpc_xml_read(a, hd_buf_view(&b), &again_name, &again);
    must(code == HD_E_TOO_DEEP || (code == HD_OK && hd_jlen(again) == 1), "what was written is not read");
    must(code != HD_OK || is_equal(params, hd_jat(again, 0)), "a value changed");
}

static bool count_file(void *arg, const char *path, const char *hex)
{
    (void) path, (void) hex;
    ++*(size_t *) arg;
    return true;
}

static size_t files(void)
{
    size_t n = 0;
    must(hd_blob_each(store, count_file, &n), "files");
    return n;
}

/* In the pool: files and texts.  False: a password is to be hashed, which takes too long here. */
static bool prepare(hd_call_t *c, hd_code_t *ret)
{
    const rpc_call_t *x = c->prepared;
    if (c->before == NULL) {
        return true;
    }
    if (x->by == RPC_BY_PASSWORD || x->method == NULL || x->method->ahead == rpc_change_password_ahead) {
        return false;
    }
    *ret = c->before(c);
    return true;
}

static hd_code_t run(hd_arena_t *a, hd_str_t path, hd_str_t body)
{
    unsigned allow;
    hd_txn_t *txn;
    hd_jval_t *v;
    hd_call_t *c = hd_alloc(a, sizeof(*c));
    *c = (hd_call_t){ .cx.arena = a, .site = &site, .store = store };
    c->req = (hd_req_t){ .method = HD_POST, .path = path, .body = body, .database = HD_STR("d"), .rpc_session = hd_str(session),
                         .authorization = hd_strf(a, "bearer %s", token), .content_type = HD_STR("application/json") };
    hd_code_t code = hd_route_find(&hd_rpc_door, c, &allow);
    if (code != HD_OK) {
        hd_call_refuse(c, code);
        return HD_OK;
    }
    code = hd_call_body(c);
    if (code == HD_OK) {
        must(hd_txn_begin(store, false, a, cache, &txn) == HD_OK, "read");
        code = c->route->settle == NULL ? HD_OK : hd_call_settle(c, txn);
        hd_txn_abort(txn);
    }
    if (code == HD_OK && !prepare(c, &code)) {
        return HD_OK;
    }
    if (code != HD_OK) {
        hd_call_refuse(c, code);
    } else {
        bool write = c->lane == HD_WRITE;
        size_t had = write ? files() : 0;
        must(hd_txn_begin(store, write, a, cache, &txn) == HD_OK, "begin");
        uint64_t writes = hd_txn_writes(txn);
        code = run_call(c, txn);
        must(write || hd_txn_writes(txn) == writes, "a read wrote");
        hd_txn_abort(txn);
        must(!write || files() == had, "a file was made while others waited to write");
        if (getenv("FZ_SHOW") != NULL) {
            fprintf(stderr, "%u %.*s\n", c->res.status, HD_STR_ARG(hd_buf_view(&c->res.body)));
        }
    }
    must(c->res.status >= 200 && c->res.status < 600 && c->res.body.len != 0, "no answer");
    bool json = c->res.content_type != NULL && hd_str_starts(hd_str(c->res.content_type), HD_STR("application/json"));
    must(!json || c->res.body.len > HD_BODY_MAX || hd_jparse(a, hd_buf_view(&c->res.body), &v) == HD_OK, "the answer is no JSON");
    return HD_OK;
}

static hd_code_t try_one(hd_arena_t *a, hd_str_t data)
{
    hd_str_t path = { 0, "" };
    (void) hd_str_split(&data, '\n', &path);
    data = with_token(a, data);
    check_xml(a, data);
    return data.len > HD_BODY_MAX ? HD_OK : run(a, path, data);
}
