/*
 * Requests of strangers and of people signed in, through the doors for programs and for pages: a line "METHOD address", lines
 * of a head, an empty line, the body.  "As: admin" (agent, customer) is a session with all a browser sends, "With: admin" an
 * API token.  In address and body TOKEN stands for what opens the ticket's link, FORM and OWN for the tokens of the team's form
 * and of the reply to the ticket, CSRF for that of the session.  Each call takes the way it takes under nginx and is then aborted.
 *
 * Whatever comes, there is an answer with a status; JSON is JSON, all text is UTF-8, no header ends early, a read puts nothing,
 * and who is refused has put nothing.
 */
#include <jansson.h>
#include <sodium.h>

#include "api/api.h"
#include "page/page_impl.h"
#include "../unit/run_call.h"
#include "fz_desk.h"

#define PIECES 8

/* One hash for all: real ones take longer than a fuzzer has. */
static const char phc[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

int crypto_pwhash(unsigned char *out, unsigned long long n, const char *password, unsigned long long len, const unsigned char *salt,
                  unsigned long long passes, size_t memory, int alg)
{
    (void) password, (void) len, (void) salt, (void) passes, (void) memory, (void) alg;
    memset(out, 0, n);
    return 0;
}

int crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len, unsigned long long passes, size_t memory, int alg)
{
    (void) password, (void) len, (void) passes, (void) memory, (void) alg;
    memcpy(out, phc, sizeof(phc));
    return 0;
}

static const hd_site_t site = { .base_url = { 19, "http://desk.example" }, .host = { 12, "desk.example" }, .version = { 1, "1" },
                                .secret = "0123456789abcdef0123456789abcde", .html_dir = { 4, "html" }, .file_max = 1 << 20 };

typedef struct {
    const char *login;
    hd_role_t   role;
    char        token[128], cookie[80], csrf[44];
} person_t;
static person_t people[] = { { .login = "admin", .role = HD_ROLE_ADMIN }, { .login = "agent", .role = HD_ROLE_USER },
                             { .login = "customer", .role = HD_ROLE_PORTAL } };
static char form[HD_FORM_TOKEN_LEN + 1], own[HD_FORM_TOKEN_LEN + 1], link_token[64];

static void set_presence(void *arg, const hd_present_t *p) { (void) arg, (void) p; }
static const hd_presence_t presence = { .set = set_presence };

/* ---- a desk ---- */

static void keep(char *to, size_t size, hd_str_t s)
{
    must(s.len != 0 && s.len < size, "a secret");
    (void) snprintf(to, size, "%.*s", HD_STR_ARG(s));
}

static void add_person(hd_cx_t *cx, person_t *p, hd_id_t company)
{
    hd_id_t session;
    hd_str_t text;
    hd_user_t u = { .login = hd_str(p->login), .name = hd_str(p->login), .role = (uint8_t) p->role, .password = hd_str(phc),
                    .company_id = company, .company_ids = hd_ids_make(cx->arena, &company, 1), .email = HD_STR("a@desk.example") };
    must(hd_record_create(cx, HD_USER, &u, HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_role)
                          | HD_BIT(HD_USER_F_password) | HD_BIT(HD_USER_F_company_id) | HD_BIT(HD_USER_F_company_ids)
                          | HD_BIT(HD_USER_F_email)) == HD_OK, "user");
    hd_cx_t his = *cx;
    his.actor = hd_actor_of_login(&his, u.login);
    must(his.actor != NULL, "actor");
    hd_token_t t = { .name = HD_STR("fuzz"), .scopes = HD_SCOPE_READ | HD_SCOPE_WRITE | (p->role == HD_ROLE_ADMIN ? HD_SCOPE_ADMIN : 0) };
    must(hd_token_create(&his, &t, &text) == HD_OK, "token");
    keep(p->token, sizeof(p->token), text);
    must(hd_session_start(cx, u.rec.id, HD_STR("::1"), HD_STR("fuzz"), &text, &session) == HD_OK, "session");
    (void) snprintf(p->cookie, sizeof(p->cookie), "sid=%.*s", HD_STR_ARG(text));
    hd_call_t c = { .cx = his, .site = &site, .session_secret = text };
    hd_csrf_token(&c, p->csrf);
}

static void add_tickets(hd_cx_t *cx, hd_id_t customer)
{
    uint8_t seed[HD_LINK_SEED], random[8] = { 0 };
    for (int i = 0; i < 5; i++) {
        hd_ticket_t k = { .name = hd_strf(cx->arena, "Ticket %d", i), .description = HD_STR("<p>text</p>"), .partner_id = customer, .team_id = 1 };
        must(hd_ticket_create(cx, &k, HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_description) | HD_BIT(HD_TICKET_F_partner_id)
                              | HD_BIT(HD_TICKET_F_team_id)) == HD_OK, "ticket");
    }
    must(hd_ticket_link(cx, 1, seed) == HD_OK, "link");
    keep(link_token, sizeof(link_token), hd_link_token(cx->arena, &site, 1, seed));
    hd_page_ticket_t p = { .t.rec.id = 1 };
    hd_str_t slug = hd_page_ticket_slug(cx->arena, &p);
    hd_time_t made = hd_time_now() - HD_MINUTE;
    keep(form, sizeof(form), hd_page_sign(cx->arena, &site, HD_STR("team"), HD_STR(""), made, random));
    keep(own, sizeof(own), hd_page_sign(cx->arena, &site, slug, hd_str(people[2].csrf), made, random));
}

static hd_code_t fill(hd_arena_t *a, hd_txn_t *txn)
{
    hd_problem_t p;
    hd_id_t company;
    hd_problem_init(&p);
    hd_cx_t cx = { .arena = a, .txn = txn, .actor = &hd_actor_desk, .now = hd_time_now() - HD_MINUTE, .problem = &p };
    must(hd_setup_base(&cx, HD_STR("Company"), &company) == HD_OK, "company");
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        add_person(&cx, &people[i], company);
    }
    hd_team_t old, t;
    must(hd_record_get(&cx, HD_TEAM, 1, &old) == HD_OK, "team");
    t = old;
    t.privacy_visibility = HD_VIS_PORTAL;
    t.allow_portal_ticket_closing = t.portal_share_company = t.use_website_helpdesk_form = t.website_published = true;
    t.slug = HD_STR("team");
    must(hd_row_update(txn, a, HD_TEAM, &old, &t, cx.now, 0) == HD_OK, "team");
    add_tickets(&cx, hd_actor_of_login(&cx, HD_STR("customer"))->partner_id);
    return HD_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char err[256];
    (void) argc, (void) argv;
    must(hd_base_init() && hd_catalog_load("html/i18n", err), "catalogs");
    make_desk(fill);
    return 0;
}

/* ---- a request ---- */

static hd_str_t with_secrets(hd_arena_t *a, hd_str_t s, const person_t *who)
{
    const struct { const char *name, *value; } v[] = {
        { "TOKEN", link_token }, { "FORM", form }, { "OWN", own }, { "CSRF", who != NULL ? who->csrf : "" },
    };
    hd_buf_t b;
    hd_buf_init(&b, a, s.len + 256, LIMIT);
    for (size_t i = 0; i < s.len;) {
        size_t k = 0, n = 0;
        while (k < 4 && (n = strlen(v[k].name), s.len - i < n || memcmp(s.data + i, v[k].name, n) != 0)) {
            k++;
        }
        hd_buf_put(&b, k < 4 ? v[k].value : s.data + i, k < 4 ? strlen(v[k].value) : 1);
        i += k < 4 ? n : 1;
    }
    return hd_buf_view(&b);
}

static hd_method_t read_method(hd_str_t s)
{
    static const char *const names[] = { "GET", "POST", "PATCH", "PUT", "DELETE" };
    for (unsigned i = 0; i < 5; i++) {
        if (hd_str_is(s, names[i])) {
            return (hd_method_t) (1U << i);
        }
    }
    return HD_GET;
}

static void take_header(hd_req_t *r, hd_arena_t *a, hd_str_t name, hd_str_t value, const person_t **who)
{
    const struct { const char *name; hd_str_t *to; } v[] = {
        { "Cookie", &r->cookie }, { "Authorization", &r->authorization }, { "If-Match", &r->if_match },
        { "If-None-Match", &r->if_none_match }, { "Idempotency-Key", &r->idempotency_key }, { "Content-Type", &r->content_type },
        { "Content-Encoding", &r->content_encoding }, { "Accept", &r->accept }, { "Accept-Language", &r->accept_language },
        { "Origin", &r->origin }, { "Sec-Fetch-Site", &r->sec_fetch_site }, { "X-CSRF", &r->x_csrf }, { "User-Agent", &r->user_agent },
        { "Host", &r->host }, { "X-Companies", &r->companies },
    };
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        if (hd_str_is(name, v[i].name)) {
            *v[i].to = value;
        }
    }
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        if (hd_str_is(value, people[i].login) && hd_str_is(name, "As")) {
            r->cookie = hd_str(people[i].cookie);
            r->x_csrf = hd_str(people[i].csrf);
            r->origin = site.base_url;
            *who = &people[i];
        } else if (hd_str_is(value, people[i].login) && hd_str_is(name, "With")) {
            r->authorization = hd_strf(a, "Bearer %s", people[i].token);
        }
    }
}

/* As nginx hands a path on: decoded, with nothing between slashes, without dots. */
static bool is_normal(hd_str_t path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '\0' || (path.data[i] == '/' && i + 1 < path.len && memchr("/.", path.data[i + 1], 2) != NULL)) {
            return false;
        }
    }
    return path.len != 0 && path.data[0] == '/';
}

/* nginx takes no others into a query. */
static bool is_printed(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] <= ' ' || s.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool read_request(hd_call_t *c, hd_str_t data)
{
    hd_arena_t *a = c->cx.arena;
    hd_str_t line = { 0, "" }, method = { 0, "" }, name;
    const person_t *who = NULL;
    hd_req_t *r = &c->req;
    (void) hd_str_split(&data, '\n', &line);
    (void) hd_str_split(&line, ' ', &method);
    hd_str_t address = line;
    r->content_type = HD_STR("application/json");
    r->address = HD_STR("127.0.0.1");
    while (hd_str_split(&data, '\n', &line) && line.len != 0) {
        (void) hd_str_split(&line, ':', &name);
        take_header(r, a, name, hd_str_trim(line), &who);
    }
    address = with_secrets(a, address, who);
    (void) hd_str_split(&address, '?', &r->path);
    r->query = address;
    r->method = read_method(method);
    r->body = with_secrets(a, data, who);
    return is_normal(r->path) && is_printed(r->query);
}

/* ---- its way ---- */

typedef hd_code_t (*step_t)(hd_call_t *c, hd_txn_t *txn);

static hd_code_t in_a_read(hd_call_t *c, step_t step)
{
    hd_txn_t *txn;
    must(hd_txn_begin(store, false, c->cx.arena, cache, &txn) == HD_OK, "read");
    hd_code_t code = step(c, txn);
    hd_txn_abort(txn);
    return code;
}

static hd_code_t prepare(hd_call_t *c, const hd_door_t *door)
{
    unsigned allow;
    hd_code_t code = hd_route_find(door, c, &allow);
    code = code == HD_OK ? hd_call_head(c, (int64_t) c->req.body.len) : code;
    if (code == HD_OK && c->route->admit != NULL) {
        code = in_a_read(c, hd_call_admit);
    }
    code = code == HD_OK ? hd_call_body(c) : code;
    if (code == HD_OK && c->route->ahead != NULL) {
        code = in_a_read(c, hd_call_ahead);
    }
    if (code == HD_OK && c->before != NULL) {
        c->cx.now = hd_time_now();
        code = c->before(c);
    }
    return code;
}

static void read_pieces(hd_call_t *c, hd_txn_t *txn)
{
    bool more = true;
    for (int i = 0; i < PIECES && more && c->piece != NULL; i++) {
        hd_buf_t out;
        hd_arena_t *a = hd_arena_create(LIMIT);
        must(a != NULL, "memory");
        hd_code_t code = hd_call_piece(c, txn, a, &out, &more);
        must(code != HD_OK || hd_str_is_utf8(hd_buf_view(&out)), "a piece is no UTF-8");
        more = more && code == HD_OK;
        hd_arena_destroy(a);
    }
}

/* The write of each piece stands in one transaction here, which is the harder way. */
static hd_code_t run_in(hd_call_t *c, hd_txn_t *txn)
{
    uint64_t writes = hd_txn_writes(txn);
    hd_code_t code = run_call(c, txn);
    if (c->lane == HD_INLINE || c->lane == HD_POOL || c->lane == HD_STREAM) {
        must(hd_txn_writes(txn) == writes, "a read wrote");
        read_pieces(c, txn);
        return code;
    }
    must(code == HD_OK || !c->wrote, "who was refused has put something");
    for (int i = 0; i < PIECES && code == HD_OK && hd_call_goes_on(c); i++) {
        hd_call_again(c);
        code = hd_call_run(c, txn);
    }
    return code;
}

static void run(hd_call_t *c)
{
    hd_txn_t *txn;
    bool write = c->lane == HD_WRITE;
    must(hd_txn_begin(store, write, c->cx.arena, cache, &txn) == HD_OK, "begin");
    hd_code_t code = run_in(c, txn);
    hd_watch_t watch;
    if (code == HD_OK && c->lane == HD_STREAM && hd_api_watch(c, &watch) != HD_OK) {
        hd_call_refuse(c, HD_E_FILTER);
    }
    hd_txn_abort(txn);
}

static void check_answer(hd_call_t *c)
{
    hd_str_t body = hd_buf_view(&c->res.body);
    bool json = c->res.content_type != NULL && strstr(c->res.content_type, "json") != NULL && c->res.file.len == 0;
    if (getenv("FZ_SHOW") != NULL) {
        fprintf(stderr, "%u %s %.*s\n", c->res.status, c->res.content_type, HD_STR_ARG(body));
    }
    must(c->res.status >= 200 && c->res.status < 600 && c->res.status != 500, "no answer");
    must(hd_str_is_utf8(body), "the answer is no UTF-8");
    if (json && body.len != 0 && c->piece == NULL) {
        json_t *v = json_loadb(body.data, body.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
        must(v != NULL, "the answer is no JSON");
        json_decref(v);
    }
    for (uint32_t i = 0; i < c->res.n_headers; i++) {
        hd_str_t h = c->res.headers[i].value;
        for (size_t k = 0; k < h.len; k++) {
            must((unsigned char) h.data[k] >= ' ' && h.data[k] != 0x7F, "a header ends early");
        }
    }
}

static hd_code_t try_one(hd_arena_t *a, hd_str_t data)
{
    hd_call_t *c = hd_alloc(a, sizeof(*c));
    *c = (hd_call_t){ .cx.arena = a, .site = &site, .store = store, .presence = &presence };
    if (!read_request(c, data)) {
        return HD_OK;
    }
    hd_code_t code = prepare(c, hd_str_starts(c->req.path, HD_STR("/api/")) ? &hd_api_door : &hd_page_door);
    if (code == HD_OK) {
        run(c);
    } else {
        hd_call_refuse(c, code);
    }
    check_answer(c);
    return HD_OK;
}
