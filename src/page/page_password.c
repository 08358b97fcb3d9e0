/*
 * Passwords by link: /reset asks for one, /invitation?token= and /reset?token= set it (PRT-6, T-04, T-13).  Looking at a
 * link does not use it up; its page leaves no Referer and is in no index.  The token stands in the query, which the log
 * of conf/nginx.conf does not hold, and from then on in the form.
 */
#include "page_impl.h"

typedef struct {
    hd_code_t    code;           /* HD_OK, HD_E_EXPIRED, HD_E_THROTTLED */
    const char  *fault;          /* key of what is wrong with the password, or NULL */
    hd_str_t     token, login;   /* login: who asks for a link */
    hd_invited_t in;
} setting_t;

static bool is_invitation(const hd_call_t *c) { return hd_str_is(c->req.path, "/invitation"); }

static hd_code_t write_message(hd_call_t *c, const char *title_key, const char *text_key, hd_code_t refused)
{
    bool ended = refused == HD_E_EXPIRED;
    return hd_page_write_message(c, title_key, text_key, refused, ended ? "/reset" : "/signin",
                                 ended ? "page.reset.title" : "signin.action");
}

static hd_code_t write_refused(hd_call_t *c, hd_code_t code)
{
    return write_message(c, "page.link.ended", code == HD_E_THROTTLED ? "page.problem.throttled" : "page.link.ended_text", code);
}

/* ---- the page of a link ---- */

static hd_code_t write_setting(hd_call_t *c, const setting_t *p)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, p->in.purpose == HD_INVITE_INVITATION ? "page.link.welcome" : "page.link.title");
    hd_str_t login = { p->in.acc.login_len, p->in.acc.login };
    c->refused = p->fault != NULL ? HD_E_INVALID : HD_OK;
    hd_sheet_head(&s, title, false);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_t(s.arena, s.lang, "page.link.text", 1, "login", hd_page_isolate(s.arena, login)));
    hd_buf_printf(s.b, "<form class=\"card\" method=\"post\" action=\"%s\">\n", is_invitation(c) ? "/invitation" : "/reset");
    hd_sheet_hidden(&s, "token", p->token);
    /* for password managers */
    hd_buf_z(s.b, "<input class=\"away\" type=\"text\" name=\"login\" autocomplete=\"username\" tabindex=\"-1\" aria-hidden=\"true\""
                  " readonly value=\"");
    hd_buf_html(s.b, login);
    hd_buf_z(s.b, "\">\n");
    hd_sheet_new_password(&s, "password", p->fault);
    hd_sheet_button(&s, "", "page.link.action");
    hd_buf_z(s.b, "</form>\n");
    return hd_sheet_end(&s, p->fault != NULL ? 422 : 200);
}

static bool fits_page(const hd_call_t *c, const hd_invited_t *in)
{
    return is_invitation(c) == (in->purpose == HD_INVITE_INVITATION);
}

static hd_code_t open_link(hd_call_t *c, hd_str_t token, hd_invited_t *in)
{
    hd_code_t code = hd_invite_open(c, token, in);
    return code == HD_OK && !fits_page(c, in) ? HD_E_EXPIRED : code;
}

/* ---- asking for one ---- */

static hd_code_t write_asking(hd_call_t *c)
{
    static const hd_page_field_t who = {
        .name = "login", .label = "page.reset.login",
        .attributes = "type=\"text\" autocomplete=\"username\" dir=\"ltr\" spellcheck=\"false\" autocapitalize=\"none\""
                      " maxlength=\"254\"" };
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "page.reset.title");
    hd_sheet_head(&s, title, true);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_sheet_say(&s, "page.reset.text"));
    hd_buf_z(s.b, "<form class=\"card\" method=\"post\" action=\"/reset\">\n");
    hd_sheet_field(&s, &who, (hd_str_t){ 0, "" });
    hd_sheet_button(&s, "", "page.reset.action");
    hd_buf_z(s.b, "</form>\n<p class=\"after\"><a href=\"/signin\">");
    hd_sheet_text(&s, "signin.action");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, 200);
}

hd_code_t hd_page_link(hd_call_t *c)
{
    setting_t p = { .token = hd_form_get(c->req.query, c->cx.arena, "token") };
    hd_page_keep_private(c);
    if (p.token.len == 0 && !is_invitation(c)) {
        return write_asking(c);
    }
    hd_code_t code = open_link(c, p.token, &p.in);
    if (code != HD_OK) {
        return code == HD_E_EXPIRED || code == HD_E_THROTTLED ? write_refused(c, code) : code;
    }
    return write_setting(c, &p);
}

/* ---- what was sent ---- */

static hd_code_t check_link(hd_call_t *c, setting_t *p, const hd_pair_t *pairs, size_t n)
{
    hd_str_t password = hd_page_pair(pairs, n, "password");
    const hd_account_t *acc = &p->in.acc;
    p->code = open_link(c, p->token, &p->in);
    if (p->code != HD_OK) {
        return p->code == HD_E_EXPIRED || p->code == HD_E_THROTTLED ? HD_OK : p->code;
    }
    hd_str_t login = { acc->login_len, acc->login }, name = { acc->name_len, acc->name };
    p->fault = hd_page_password_fault(password, hd_page_pair(pairs, n, "again"), login, name);
    return p->fault != NULL ? HD_OK : hd_call_hash(c, "password", password, login, name, &p->in.phc);
}

static hd_code_t check_asking(hd_call_t *c, setting_t *p)
{
    bool fits = p->login.len != 0 && p->login.len <= 254 && hd_str_is_utf8(p->login);
    p->code = fits ? hd_attempt_reset(c, p->login) : HD_E_REQUEST;
    return p->code == HD_E_THROTTLED ? HD_OK : p->code;
}

hd_code_t hd_page_link_before(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    setting_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    hd_code_t code = hd_page_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    c->prepared = p;
    p->token = hd_page_pair(pairs, n, "token");
    if (p->token.len != 0 || is_invitation(c)) {
        return check_link(c, p, pairs, n);
    }
    p->login = hd_str_trim(hd_page_pair(pairs, n, "login"));
    return check_asking(c, p);
}

/* One answer for everybody (T-13). */
static hd_code_t ask(hd_call_t *c, const setting_t *p)
{
    if (p->code != HD_OK) {
        return write_message(c, "page.reset.title", "page.problem.throttled", p->code);
    }
    hd_code_t code = hd_password_forgotten(&c->cx, p->login);
    return code == HD_OK ? write_message(c, "page.reset.sent", "page.reset.sent_text", HD_OK) : code;
}

hd_code_t hd_page_link_post(hd_call_t *c)
{
    const setting_t *p = c->prepared;
    if (p == NULL) {
        return HD_E_INTERNAL;
    }
    hd_page_keep_private(c);
    if (p->token.len == 0 && !is_invitation(c)) {
        return ask(c, p);
    }
    if (p->code == HD_OK && p->fault != NULL) {
        return write_setting(c, p);
    }
    hd_code_t code = p->code == HD_OK ? hd_invite_use(c, &p->in) : p->code;
    if (code == HD_OK) {
        return hd_page_go_on(c, (hd_str_t){ 0, "" });
    }
    return code == HD_E_EXPIRED || code == HD_E_THROTTLED ? write_refused(c, code) : code;
}
