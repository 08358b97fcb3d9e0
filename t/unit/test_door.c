/*
 * The door room without a server: routes, pairs, cookies, ETags, CSRF, headers, refusals from the
 * head; and the REST door through a store of its own: set-up, sign-in, tickets, idempotency,
 * rights.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/api.h"
#include "page/page.h"
#include "run_call.h"

#define BASE     "https://desk.example.com"
#define S(z)     hd_str(z)
#define PASSWORD "correct-horse-battery-9"

static hd_arena_t *arena;
static hd_store_t *store;
static hd_cache_t *cache;
static char        folder[] = "build/unit-door-XXXXXX";
static char        cookie[160], csrf[64];
static hd_site_t site = { .base_url = { sizeof(BASE) - 1, BASE },
                          .secure = true,
                          .version = { 1, "1" },
                          .secret = "0123456789abcdef0123456789abcde" };
static uint32_t    wait_for;

static uint32_t take(void *arg, const void *key, size_t len, uint32_t limit, hd_time_t window,
                     hd_take_t how)
{
    (void) arg, (void) key, (void) len, (void) limit, (void) window, (void) how;
    return wait_for;
}
static const hd_throttle_t throttle = { .take = take };

static bool has(hd_str_t text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; len != 0 && i + len <= text.len; i++) {
        if (memcmp(text.data + i, part, len) == 0) {
            return true;
        }
    }
    return len == 0;
}

static hd_call_t *make(hd_method_t method, const char *path)
{
    hd_arena_reset(arena);
    hd_call_t *c = hd_alloc(arena, sizeof(*c));
    c->cx.arena = arena;
    c->site = &site;
    c->store = store;
    c->throttle = &throttle;
    c->req.method = method;
    c->req.path = S(path);
    return c;
}

static hd_code_t find(hd_call_t *c)
{
    unsigned allow = 0;
    return hd_route_find(&hd_api_door, c, &allow);
}

static hd_str_t header(const hd_call_t *c, const char *name)
{
    for (uint32_t i = 0; i < c->res.n_headers; i++) {
        if (strcmp(c->res.headers[i].name, name) == 0) {
            return c->res.headers[i].value;
        }
    }
    return S("");
}

/* ---- pieces ---- */

static void test_table(void **state)
{
    (void) state;
    for (size_t i = 0; i < hd_api_door.n; i++) {
        const hd_route_t *r = &hd_api_door.routes[i];
        assert_true(hd_str_starts(S(r->path), hd_api_door.prefix));
        assert_in_range(r->need, HD_NEED_PUBLIC, HD_NEED_ADMIN);
        assert_true(r->run != NULL || r->lane == HD_STREAM);
        bool stores = r->method != HD_GET && strcmp(r->op, "ticket_presence") != 0    /* that is kept in memory only */
                   && strcmp(r->op, "canned_response_expand") != 0                    /* and that but says something */
                   && strcmp(r->op, "canned_response_preview") != 0;
        assert_true(stores ? r->lane == HD_WRITE : r->lane != HD_WRITE);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(r->op, hd_api_door.routes[k].op);
        }
    }
}

static void test_routes(void **state)
{
    (void) state;
    hd_call_t *c = make(HD_GET, "/api/v1/tickets/42");
    assert_int_equal(find(c), HD_OK);
    assert_string_equal(c->route->op, "ticket_get");
    assert_int_equal(c->path_id, 42);
    c = make(HD_PUT, "/api/v1/tickets/7/followers/9");
    assert_int_equal(find(c), HD_OK);
    assert_int_equal(c->path_id, 7);
    assert_int_equal(c->path_id2, 9);
    c = make(HD_GET, "/api/v1/tickets/9007199254740991");
    assert_int_equal(find(c), HD_OK);
    assert_true(c->path_id > HD_ID_MAX);
    c = make(HD_GET, "/api/v1/tickets/99999999999999999999999999");
    assert_int_equal(find(c), HD_OK);
    assert_true(c->path_id > HD_ID_MAX);
    c = make(HD_GET, "/api/v1/tickets/count");
    assert_int_equal(find(c), HD_OK);
    assert_string_equal(c->route->op, "ticket_count");
    static const char *const wrong[] = { "/api/v1/tickets/007",
                                         "/api/v1/tickets/",
                                         "/api/v1/tickets/1/",
                                         "/api/v1/tickets/-1",
                                         "/api/v1/tickets/1x",
                                         "/api/v1",
                                         "/api/v1/",
                                         "/api/v1/nothing",
                                         "",
                                         "/" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(find(make(HD_GET, wrong[i])), HD_E_NOT_FOUND);
    }
    c = make(HD_PUT, "/api/v1/tickets/42");
    unsigned allow = 0;
    assert_int_equal(hd_route_find(&hd_api_door, c, &allow), HD_E_METHOD);
    assert_int_equal(allow, HD_GET | HD_PATCH | HD_DELETE);
    hd_call_refuse(c, HD_E_METHOD);
    assert_int_equal(c->res.status, 405);
    assert_true(hd_str_is(header(c, "Allow"), "GET, HEAD, PATCH, DELETE"));
}

static void test_slug(void **state)
{
    (void) state;
    unsigned allow = 0;
    hd_call_t *c = make(HD_GET, "/support/customer-care");
    assert_int_equal(hd_route_find(&hd_page_door, c, &allow), HD_OK);
    assert_true(hd_str_is(c->path_slug, "customer-care"));
    c = make(HD_GET, "/support/Customer");
    assert_int_equal(hd_route_find(&hd_page_door, c, &allow), HD_E_NOT_FOUND);
    c = make(HD_GET, "/support/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_int_equal(hd_route_find(&hd_page_door, c, &allow), HD_E_NOT_FOUND);
}

static void test_query(void **state)
{
    (void) state;
    hd_str_t rest = S("a=1&&b+c=%C5%A1%20x&d&e=%zz&f=%ff&g=%00&=v&h=%4"), name, value;
    static const char *const want[][2] = { { "a", "1" }, { "b c", "\xC5\xA1 x" },
                                           { "d", "" },  { NULL, "" },
                                           { NULL, "" }, { NULL, "" },
                                           { "", "v" },  { NULL, "" } };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_true(hd_query_next(&rest, arena, &name, &value));
        if (want[i][0] == NULL) {
            assert_null(name.data);
        } else {
            assert_true(hd_str_is(name, want[i][0]));
            assert_true(hd_str_is(value, want[i][1]));
        }
    }
    assert_false(hd_query_next(&rest, arena, &name, &value));
    assert_true(hd_str_is(hd_form_get(S("x=%ff&name=A+B&name=C"), arena, "name"), "A B"));
    assert_int_equal(hd_form_get(S("x=1"), arena, "name").len, 0);
}

static void test_cookie(void **state)
{
    (void) state;
    assert_true(hd_str_is(hd_cookie_get(S("a=1; sid=xyz; sid=2"), "sid"), "xyz"));
    assert_int_equal(hd_cookie_get(S("xsid=1; sid"), "sid").len, 0);
    assert_int_equal(hd_cookie_get(S(""), "sid").len, 0);
}

static void test_if_match(void **state)
{
    (void) state;
    static const struct { const char *text; hd_code_t code; uint64_t version;
    } cases[] = { { "", HD_OK, 0 },
                  { "*", HD_OK, 0 },
                  { "\"v12\"", HD_OK, 12 },
                  { "W/\"v12\"", HD_OK, 12 },
                  { "\"v0\"", HD_E_REQUEST, 0 },
                  { "v12", HD_E_REQUEST, 0 },
                  { "\"12\"", HD_E_REQUEST, 0 },
                  { "\"v1\", \"v2\"", HD_E_REQUEST, 0 },
                  { "\"v99999999999999999999999\"", HD_E_REQUEST, 0 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t version = 0;
        hd_call_t *c = make(HD_PATCH, "/api/v1/tickets/1");
        assert_int_equal(find(c), HD_OK);
        c->req.if_match = S(cases[i].text);
        assert_int_equal(hd_if_match(c, &version), cases[i].code);
        assert_int_equal(version, cases[i].version);
    }
}

static void test_header(void **state)
{
    (void) state;
    hd_call_t *c = make(HD_GET, "/");
    hd_res_header(c, "Location", S("/a\r\nSet-Cookie: x=1"));
    hd_res_header(c, "Location", S("/a\nb"));
    hd_res_header(c, "Location", (hd_str_t){ 3, "a\0b" });
    assert_int_equal(c->res.n_headers, 0);
    for (int i = 0; i < HD_RES_HEADERS + 3; i++) {
        hd_res_header(c, "X", S("1"));
    }
    assert_int_equal(c->res.n_headers, HD_RES_HEADERS);
}

/* ---- the head ---- */

#define SECRET "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static hd_call_t *make_patch(void)
{
    hd_call_t *c = make(HD_PATCH, "/api/v1/tickets/1");
    assert_int_equal(find(c), HD_OK);
    c->req.content_type = S("application/json; charset=utf-8");
    c->req.cookie = S("__Host-sid=" SECRET);
    c->req.origin = S(BASE);
    c->session_secret = S(SECRET);
    char *token = hd_alloc(arena, 44);
    hd_csrf_token(c, token);
    c->req.x_csrf = S(token);
    return c;
}

static void test_head(void **state)
{
    (void) state;
    hd_call_t *c = make_patch();
    assert_int_equal(hd_call_head(c, 10), HD_OK);
    assert_int_equal(hd_call_head(c, -1), HD_OK);
    assert_int_equal(hd_call_head(c, HD_BODY_MAX + 1), HD_E_TOO_LARGE);
    c->req.content_type = S("application/merge-patch+json");
    assert_int_equal(hd_call_head(c, 10), HD_OK);
    c->req.content_type = S("text/plain");
    assert_int_equal(hd_call_head(c, 10), HD_E_MEDIA);
    c->req.content_type = S("application/x-www-form-urlencoded");
    assert_int_equal(hd_call_head(c, 10), HD_E_MEDIA);
    c = make_patch();
    c->req.content_encoding = S("gzip");
    assert_int_equal(hd_call_head(c, 10), HD_E_MEDIA);
    c = make_patch();
    c->req.idempotency_key = S("with space");
    assert_int_equal(hd_call_head(c, 10), HD_E_REQUEST);
}

static void test_csrf(void **state)
{
    (void) state;
    hd_call_t *c = make_patch();
    c->req.origin = S("https://evil.example");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.sec_fetch_site = S("same-origin");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.origin = S("");
    assert_int_equal(hd_call_head(c, 1), HD_OK);
    c->req.sec_fetch_site = S("cross-site");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.sec_fetch_site = S("");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c = make_patch();
    c->req.x_csrf = S("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.x_csrf = S("");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.authorization = S("Basic YTpi");              /* ambient too */
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.authorization = S("Bearer hd_x");
    assert_int_equal(hd_call_head(c, 1), HD_OK);
    c = make_patch();
    c->req.proxy_user = S("alice"); /* the session's token is not the proxy user's */
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c = make(HD_POST, "/api/v1/login");
    assert_int_equal(find(c), HD_OK);
    c->req.content_type = S("application/json");
    assert_int_equal(hd_call_head(c, 1), HD_OK);
    c->req.sec_fetch_site = S("cross-site");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
    c->req.sec_fetch_site = S("same-origin");
    c->req.origin = S("null");
    assert_int_equal(hd_call_head(c, 1), HD_E_CSRF);
}

/* ---- through the store ---- */

/* One request from route to commit, as ngx does it. */
static hd_call_t *ask(hd_method_t method, const char *path, const char *query, const char *body,
                      const char *key)
{
    hd_call_t *c = make(method, path);
    hd_txn_t *txn = NULL;
    hd_code_t code = find(c);
    c->req.query = S(query);
    c->req.body = S(body);
    c->req.cookie = S(cookie);
    c->req.origin = S(BASE);
    c->req.x_csrf = S(csrf);
    c->req.idempotency_key = S(key);
    c->req.content_type = S("application/json");
    code = code == HD_OK ? hd_call_head(c, (int64_t) c->req.body.len) : code;
    code = code == HD_OK ? hd_call_body(c) : code;
    if (code == HD_OK && c->route->before != NULL) {
        HD_ARENA_TRY(arena, code, c->route->before(c));
    }
    if (code != HD_OK) {
        hd_call_refuse(c, code);
        return c;
    }
    bool write = c->route->lane == HD_WRITE;
    assert_int_equal(hd_txn_begin(store, write, arena, cache, &txn), HD_OK);
    code = run_call(c, txn);
    assert_true(code == HD_OK || !c->wrote);
    if (write && code == HD_OK) {
        assert_int_equal(hd_txn_commit(txn), HD_OK);
    } else {
        hd_txn_abort(txn);
    }
    return c;
}

static hd_call_t *expect(int status, hd_call_t *c, const char *part)
{
    hd_str_t body = hd_buf_view(&c->res.body);
    if (c->res.status != status || !has(body, part)) {
        print_error("%.*s: %u %.*s\n", HD_STR_ARG(c->req.path), c->res.status, HD_STR_ARG(body));
    }
    assert_int_equal(c->res.status, status);
    assert_true(has(body, part));
    return c;
}

static void keep_session(const hd_call_t *c)
{
    hd_jval_t *v;
    assert_true(hd_str_starts(header(c, "Set-Cookie"), S("__Secure-dev=")));      /* T-27 */
    hd_str_t set = c->res.headers[c->res.n_headers - 1].value;
    assert_true(has(set, "; Path=/; ") && has(set, "; HttpOnly; SameSite=Lax; Secure"));
    (void) snprintf(cookie, sizeof(cookie), "%.*s", (int) (sizeof("__Host-sid=") - 1 + 43),
                    set.data);
    assert_int_equal(hd_jparse(arena, hd_buf_view(&c->res.body), &v), HD_OK);
    (void) snprintf(csrf, sizeof(csrf), "%.*s", HD_STR_ARG(hd_jstr(hd_jget(v, "csrf"))));
}

static hd_str_t open_setup(void)
{
    static char secret[128];
    hd_txn_t *txn;
    hd_str_t s = { 0, "" };
    hd_problem_t p;
    hd_problem_init(&p);
    assert_int_equal(hd_txn_begin(store, true, arena, cache, &txn), HD_OK);
    hd_cx_t cx = { .arena = arena, .txn = txn, .actor = &hd_actor_desk, .now = hd_time_now(), .problem = &p };
    assert_int_equal(hd_setup_open(&cx, &s), HD_OK);
    (void) snprintf(secret, sizeof(secret), "%.*s", HD_STR_ARG(s));
    assert_int_equal(hd_txn_commit(txn), HD_OK);
    return S(secret);
}

static void test_sign_in(void **state)
{
    (void) state;
    char body[512];
    hd_str_t secret = open_setup();
    expect(200, ask(HD_GET, "/api/v1/setup", "", "", ""), "{\"open\":true}");
    expect(410,
           ask(HD_POST, "/api/v1/setup", "",
               "{\"secret\":\"x\",\"company\":\"C\",\"login\":\"ada\","
               "\"name\":\"Ada\",\"password\":\"" PASSWORD "\"}",
               ""),
           "\"expired\"");
    (void) snprintf(body, sizeof(body),
                    "{\"secret\":\"%.*s\",\"company\":\"C\",\"login\":\"ada\",\"name\":"
                    "\"Ada\",\"email\":\"a@x.example\",\"password\":\"%s\"}",
                    HD_STR_ARG(secret), PASSWORD);
    keep_session(expect(200, ask(HD_POST, "/api/v1/setup", "", body, ""), "\"login\":\"ada\""));
    expect(200, ask(HD_GET, "/api/v1/session", "", "", ""), "\"role\":\"admin\"");
    expect(204, ask(HD_POST, "/api/v1/logout", "", "", ""), "");
    expect(401, ask(HD_GET, "/api/v1/session", "", "", ""), "session_expired");
    expect(401, ask(HD_POST, "/api/v1/login", "", "{\"login\":\"ada\",\"password\":\"nope\"}", ""),
           "bad_login");
    expect(401, ask(HD_POST, "/api/v1/login", "", "{\"login\":\"bob\",\"password\":\"nope\"}", ""),
           "bad_login");
    wait_for = 60;
    hd_call_t *c =
        ask(HD_POST, "/api/v1/login", "", "{\"login\":\"ada\",\"password\":\"" PASSWORD "\"}", "");
    expect(429, c, "throttled");
    assert_true(hd_str_is(header(c, "Retry-After"), "60"));
    wait_for = 0;
    c = ask(HD_POST, "/api/v1/login", "", "{\"login\":\"ADA\",\"password\":\"" PASSWORD "\"}", "");
    keep_session(expect(200, c, "\"companies\":[1]"));
    expect(422, ask(HD_POST, "/api/v1/login", "", "{\"login\":1,\"x\":2}", ""), "unknown_field");
}

static void test_tickets(void **state)
{
    (void) state;
    const char *body = "{\"name\":\"Printer on fire\",\"team_id\":1}";
    hd_call_t *c = expect(201, ask(HD_POST, "/api/v1/tickets", "", body, "k1"), "Printer on fire");
    assert_true(hd_str_is(header(c, "Location"), "/api/v1/tickets/1"));
    assert_true(hd_str_is(header(c, "ETag"), "\"v1\""));
    c = expect(201, ask(HD_POST, "/api/v1/tickets", "", body, "k1"), "\"id\":1,");
    assert_true(hd_str_is(header(c, "Idempotency-Replayed"), "true"));
    expect(422, ask(HD_POST, "/api/v1/tickets", "", "{\"name\":\"Other\",\"team_id\":1}", "k1"),
           "key_reuse");
    expect(200, ask(HD_GET, "/api/v1/tickets/1", "", "", ""), "\"description\":");
    expect(200, ask(HD_GET, "/api/v1/tickets", "team_id=1&user_id=null&active=any", "", ""),
           "\"next\":null");
    expect(200, ask(HD_GET, "/api/v1/tickets", "fields=name", "", ""),
           "{\"id\":1,\"version\":1,\"name\":");
    expect(200, ask(HD_GET, "/api/v1/tickets/count", "team_id=1", "", ""), "{\"count\":1}");
    expect(200, ask(HD_GET, "/api/v1/teams/1/board", "limit=5", "", ""),
           "\"count\":1,\"tickets\":[{");
    expect(200, ask(HD_GET, "/api/v1/stages", "active=any", "", ""), "\"team_ids\":[1]");
    expect(422, ask(HD_GET, "/api/v1/tickets", "nothing=1", "", ""), "\"field\":\"nothing\"");
    expect(422, ask(HD_GET, "/api/v1/users", "password=canary", "", ""), "bad_filter");
    assert_false(has(hd_buf_view(&c->res.body), "canary"));
    expect(400, ask(HD_GET, "/api/v1/tickets", "a=%ff", "", ""), "bad_request");
    expect(404, ask(HD_GET, "/api/v1/tickets/9007199254740991", "", "", ""), "not_found");
    expect(404, ask(HD_GET, "/api/v1/tickets/0", "", "", ""), "not_found");
    expect(200, ask(HD_PATCH, "/api/v1/tickets/1", "", "{\"priority\":\"3\"}", ""),
           "\"version\":2");
    expect(422, ask(HD_PATCH, "/api/v1/tickets/1", "", "{\"id\":3}", ""), "unknown_field");
    expect(200, ask(HD_PUT, "/api/v1/tickets/1/followers/1", "", "", ""),
           "\"message_partner_ids\":[1]");
    expect(204, ask(HD_DELETE, "/api/v1/tickets/1", "", "", ""), "");
    expect(404, ask(HD_POST, "/api/v1/tickets", "", body, "k1"), "not_found");
}

static void test_people(void **state)
{
    (void) state;
    expect(422,
           ask(HD_POST, "/api/v1/users", "",
               "{\"login\":\"eve\",\"name\":\"Eve\",\"password\":\"short\"}", ""),
           "weak_password");
    expect(201,
           ask(HD_POST, "/api/v1/users", "",
               "{\"login\":\"eve\",\"name\":\"Eve\",\"role\":\"user\","
               "\"company_id\":1,\"company_ids\":[1],\"password\":\"" PASSWORD "\"}",
               ""),
           "\"eve\"");
    hd_call_t *c =
        ask(HD_POST, "/api/v1/tokens", "", "{\"name\":\"ci\",\"scopes\":[\"read\",\"write\"]}", "");
    expect(201, c, "{\"token\":\"hd_");
    expect(200, ask(HD_GET, "/api/v1/tokens", "", "", ""), "\"ci\"");
    expect(422,
           ask(HD_POST, "/api/v1/session/password", "",
               "{\"old_password\":\"no\",\"new_password\":\"" PASSWORD "1\"}", ""),
           "wrong_password");
    expect(200, ask(HD_GET, "/api/v1/schema", "", "", ""), "\"ticket\":{");
    c = ask(HD_POST, "/api/v1/login", "", "{\"login\":\"eve\",\"password\":\"" PASSWORD "\"}", "");
    keep_session(expect(200, c, "\"role\":\"user\""));
    expect(403, ask(HD_DELETE, "/api/v1/tickets/1", "", "", ""), "forbidden");
    expect(403, ask(HD_PUT, "/api/v1/users/1/password", "", "{\"password\":\"" PASSWORD "\"}", ""),
           "forbidden");
    expect(403, ask(HD_PATCH, "/api/v1/users/2", "", "{\"role\":\"admin\"}", ""), "forbidden");
    expect(204, ask(HD_POST, "/api/v1/session/password", "", "{\"old_password\":\"" PASSWORD
                    "\",\"new_password\":\"" PASSWORD "1\"}", ""), "");
    expect(200, ask(HD_GET, "/api/v1/session", "", "", ""), "\"eve\"");
}

/* What a token may: its scopes, and never more than a Helpdesk User without `admin`. */
static void test_actor(void **state)
{
    (void) state;
    hd_txn_t *txn;
    char token[128];
    hd_jval_t *v;
    keep_session(
        ask(HD_POST, "/api/v1/login", "", "{\"login\":\"ada\",\"password\":\"" PASSWORD "\"}", ""));
    hd_call_t *c = ask(HD_POST, "/api/v1/tokens", "", "{\"name\":\"r\",\"scopes\":[\"read\"]}", "");
    assert_int_equal(hd_jparse(arena, hd_buf_view(&c->res.body), &v), HD_OK);
    (void) snprintf(token, sizeof(token), "Bearer %.*s", HD_STR_ARG(hd_jstr(hd_jget(v, "token"))));
    static const struct { hd_method_t method; const char *path; hd_code_t code; } cases[] = {
        { HD_GET, "/api/v1/users/1", HD_OK }, { HD_PATCH, "/api/v1/users/1", HD_E_SCOPE },
        { HD_DELETE, "/api/v1/users/1", HD_E_SCOPE }, { HD_GET, "/api/v1/setup", HD_OK } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        c = make(cases[i].method, cases[i].path);
        c->req.authorization = S(token);
        assert_int_equal(find(c), HD_OK);
        assert_int_equal(hd_txn_begin(store, false, arena, cache, &txn), HD_OK);
        assert_int_equal(hd_call_run(c, txn), cases[i].code);
        assert_true(c->cx.actor->role != HD_ROLE_ADMIN || cases[i].code != HD_OK);
        hd_txn_abort(txn);
    }
    c = make(HD_GET, "/api/v1/session");
    c->req.proxy_user = S("ada");
    assert_int_equal(find(c), HD_OK);
    assert_int_equal(hd_txn_begin(store, false, arena, cache, &txn), HD_OK);
    assert_int_equal(hd_call_run(c, txn), HD_OK);
    c->req.proxy_refused = true;
    hd_call_again(c);
    assert_int_equal(hd_call_run(c, txn), HD_E_PROXY);
    hd_txn_abort(txn);
    c = make(HD_GET, "/api/v1/users/1");
    c->req.cookie = S(cookie);
    c->req.if_none_match = S("\"v0\", W/\"v1\"");
    assert_int_equal(find(c), HD_OK);
    assert_int_equal(hd_txn_begin(store, false, arena, cache, &txn), HD_OK);
    assert_int_equal(hd_call_run(c, txn), HD_OK);
    assert_int_equal(c->res.status, 304);
    assert_int_equal(c->res.body.len, 0);
    hd_txn_abort(txn);
}

static void test_events(void **state)
{
    (void) state;
    hd_txn_t *txn;
    hd_buf_t out;
    hd_problem_t p;
    hd_event_t ev = { .kind = 0 };
    uint32_t seen = 0, all = 0;
    hd_problem_init(&p);
    hd_arena_reset(arena);
    assert_int_equal(hd_txn_begin(store, false, arena, cache, &txn), HD_OK);
    hd_cx_t cx = { .arena = arena, .txn = txn, .actor = &hd_actor_nobody, .now = hd_time_now(), .problem = &p };
    for (unsigned who = 0; who < 3; who++) {
        cx.actor =
            who == 0 ? &hd_actor_nobody : hd_actor_of_login(&cx, S(who == 1 ? "eve" : "ada"));
        uint32_t n = 0;
        hd_buf_init(&out, arena, 4096, 1 << 20);
        for (uint64_t seq = 0; hd_log_next(txn, seq, &ev); seq = ev.seq) {
            bool visible;
            assert_int_equal(hd_api_event_json(&cx, &ev, NULL, &out, &visible), HD_OK);
            n += visible;
        }
        assert_true(who == 0 ? n == 0 : n > seen);
        assert_true(who != 1 || !has(hd_buf_view(&out), "\"kind\":\"login\""));
        assert_true(who != 2 || has(hd_buf_view(&out), "\"kind\":\"login\",\"type\":\"session\""));
        seen = n;
        all += n;
    }
    assert_true(all > 0);
    hd_txn_abort(txn);
}

static void test_openapi(void **state)
{
    (void) state;
    hd_jval_t *v;
    hd_call_t *c = expect(200, ask(HD_GET, "/api/v1/openapi.json", "", "", ""), "\"TicketPatch\"");
    assert_int_equal(hd_jparse(arena, hd_buf_view(&c->res.body), &v), HD_OK);
    assert_non_null(hd_jget(hd_jget(v, "paths"), "/api/v1/tickets/{id}/followers/{id2}"));
    const char *out = getenv("OPENAPI_OUT");
    FILE *f = out != NULL ? fopen(out, "w") : NULL;
    if (f != NULL) {
        assert_int_equal(fwrite(c->res.body.data, 1, c->res.body.len, f), c->res.body.len);
        assert_int_equal(fclose(f), 0);
    }
}

static int open_all(void **state)
{
    (void) state;
    char err[256] = "";
    arena = hd_base_init() ? hd_arena_create(64u << 20) : NULL;
    cache = hd_cache_create();
    hd_engine_conf_t conf = {
        .path = mkdtemp(folder), .size = 64u << 20, .readers = 8, .create = true
    };
    return arena == NULL || hd_store_open(&conf, &store, err) != HD_OK;
}

static int close_all(void **state)
{
    (void) state;
    char command[64];
    hd_cache_destroy(cache);
    hd_store_close(store);
    hd_arena_destroy(arena);
    (void) snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),   cmocka_unit_test(test_routes),
        cmocka_unit_test(test_slug),    cmocka_unit_test(test_query),
        cmocka_unit_test(test_cookie),  cmocka_unit_test(test_if_match),
        cmocka_unit_test(test_header),  cmocka_unit_test(test_head),
        cmocka_unit_test(test_csrf),    cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_tickets), cmocka_unit_test(test_people),
        cmocka_unit_test(test_actor),   cmocka_unit_test(test_events),
        cmocka_unit_test(test_openapi),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
