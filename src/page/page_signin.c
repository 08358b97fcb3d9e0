/*
 * Signing in and out without a script, for everybody: customers go on to /my, colleagues to /agent, or to where they wanted
 * to go, if that is an address of ours (T-21).  A foreign page cannot sign anybody in (T-11): browsers say where a form
 * stood.
 */
#include "page_impl.h"

#define NEXT_MAX 500

typedef struct {
    hd_code_t  code;             /* of the check: HD_OK, HD_E_PASSWORD, HD_E_THROTTLED */
    hd_str_t   login, next;
    hd_login_t l;
} entry_t;

/* ---- where to ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/*
 * The address when it is a path of this site: a slash and a letter or digit, nothing a browser could read as another site
 * or a header; else empty (T-21).
 */
static hd_str_t own_address(hd_str_t next)
{
    bool good = next.len >= 2 && next.len <= NEXT_MAX && next.data[0] == '/' && is_letter_or_digit(next.data[1]);
    for (size_t i = 0; good && i < next.len; i++) {
        good = next.data[i] > ' ' && next.data[i] < 0x7F && next.data[i] != '\\';
    }
    return good ? next : (hd_str_t){ 0, "" };
}

static bool is_for_colleagues(hd_str_t next)
{
    return hd_str_starts(next, HD_STR("/agent"));
}

hd_code_t hd_page_go_on(hd_call_t *c, hd_str_t next)
{
    bool internal = hd_actor_is_internal(c->cx.actor);
    next = own_address(next);
    if (next.len == 0 || (!internal && is_for_colleagues(next))) {
        next = internal ? HD_STR("/agent") : HD_STR("/my");
    }
    return hd_page_see_other(c, next);
}

/* ---- the page ---- */

static hd_code_t write_page(hd_call_t *c, hd_str_t login, hd_str_t next, const char *notice, uint16_t status)
{
    static const hd_page_field_t who = {
        .name = "login", .label = "user.login", .hint = "page.signin.login_hint",
        .attributes = "type=\"text\" autocomplete=\"username\" dir=\"ltr\" spellcheck=\"false\" autocapitalize=\"none\""
                      " maxlength=\"254\"" };
    static const hd_page_field_t password = {
        .name = "password", .label = "user.password",
        .attributes = "type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" maxlength=\"128\"" };
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "signin.action");
    hd_sheet_head(&s, title, status == 200);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_notice(&s, notice);
    hd_buf_z(s.b, "<form class=\"card\" method=\"post\" action=\"/signin\">\n");
    hd_sheet_hidden(&s, "next", next);
    hd_sheet_field(&s, &who, login);
    hd_sheet_field(&s, &password, (hd_str_t){ 0, "" });
    hd_sheet_button(&s, "", "signin.action");
    hd_buf_z(s.b, "</form>\n<p class=\"after\"><a href=\"/reset\">");
    hd_sheet_text(&s, "page.signin.forgotten");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, status);
}

hd_code_t hd_page_signin(hd_call_t *c)
{
    hd_str_t next = own_address(hd_form_get(c->req.query, c->cx.arena, "next"));
    bool out = hd_str_is(hd_form_get(c->req.query, c->cx.arena, "out"), "1");
    if (hd_desk_is_new(&c->cx)) {
        return hd_page_see_other(c, HD_STR("/setup"));           /* nobody is there who could sign in */
    }
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid != 0 && !out) {
        return hd_page_go_on(c, next);
    }
    return write_page(c, (hd_str_t){ 0, "" }, next, out ? "page.signin.out" : NULL, 200);
}

hd_code_t hd_page_signin_before(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    entry_t *e = hd_alloc(c->cx.arena, sizeof(*e));
    hd_code_t code = hd_page_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    hd_str_t password = hd_page_pair(pairs, n, "password");
    e->login = hd_str_trim(hd_page_pair(pairs, n, "login"));
    e->next = own_address(hd_page_pair(pairs, n, "next"));
    bool fits = e->login.len != 0 && e->login.len <= 254 && hd_str_is_utf8(e->login) && password.len <= HD_PASSWORD_MAX;
    e->code = fits ? hd_login_check(c, e->login, password, &e->l) : HD_E_PASSWORD;
    c->prepared = e;
    return e->code == HD_E_PASSWORD || e->code == HD_E_THROTTLED ? HD_OK : e->code;
}

hd_code_t hd_page_signin_post(hd_call_t *c)
{
    const entry_t *e = c->prepared;
    if (e == NULL) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = e->code == HD_OK ? hd_login_use(c, &e->l) : e->code;
    if (code == HD_OK) {
        return hd_page_go_on(c, e->next);
    }
    if (code != HD_E_PASSWORD && code != HD_E_THROTTLED) {
        return code;
    }
    c->cx.actor = &hd_actor_nobody;
    c->refused = code;
    if (code == HD_E_THROTTLED) {
        hd_res_retry_after(c, c->problem.retry_after);
        return write_page(c, e->login, e->next, "page.signin.throttled", 429);
    }
    return write_page(c, e->login, e->next, "page.signin.wrong", 401);
}

/* ---- out ---- */

void hd_sheet_sign_out(hd_sheet_t *s)
{
    hd_buf_z(s->b, "<form class=\"out\" method=\"post\" action=\"/signout\">\n");
    hd_sheet_hidden(s, "csrf", hd_page_session(s->c));
    hd_sheet_button(s, " class=\"second\"", "signin.out");
    hd_buf_z(s->b, "</form>\n");
}

/* Who is signed out already sees the same. */
hd_code_t hd_page_signout(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    hd_code_t code = hd_form_pairs(c, &pairs, &n);
    hd_call_guest(c, &c->cx);
    if (code == HD_OK && c->cx.actor->uid != 0 && (hd_call_is_foreign(c) || !hd_page_is_own_form(c, pairs, n))) {
        code = HD_E_CSRF;
    }
    if (code == HD_OK) {
        code = hd_call_sign_out(c);
    }
    return code == HD_OK ? hd_page_see_other(c, HD_STR("/signin?out=1")) : code;
}
