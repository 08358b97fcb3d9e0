/*
 * /my/account: one's own name, language, time zone and password, without a script.  Two forms on one page; each brings the
 * session's token (T-11), and what cannot be taken brings the page again.
 */
#include "page_impl.h"

typedef struct {
    bool        password;        /* which form: the password's, or the rest */
    hd_code_t   code;            /* HD_OK, HD_E_THROTTLED */
    const char *old_fault, *new_fault;
    hd_change_t change;
} sent_t;

typedef struct {
    hd_str_t    name, lang, tz;
    const char *name_fault, *notice, *done;
    const sent_t *sent;
} account_t;

/* ---- the page ---- */

static void write_languages(hd_sheet_t *s, hd_str_t chosen)
{
    hd_str_t codes[HD_LANG_COUNT], names[HD_LANG_COUNT];
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        codes[i] = hd_str(hd_lang_code((hd_lang_t) i));
        names[i] = hd_t(s->arena, (hd_lang_t) i, "page.language_name", 0);
    }
    hd_sheet_select(s, "lang", "page.languages", codes, names, HD_LANG_COUNT, chosen);
}

static void open_form(hd_sheet_t *s, const char *title, const char *which)
{
    hd_sheet_element(s, "h2", hd_sheet_say(s, title));
    hd_buf_z(s->b, "<form class=\"card\" method=\"post\" action=\"/my/account\">\n");
    hd_sheet_hidden(s, "csrf", hd_page_session(s->c));
    hd_sheet_hidden(s, "do", hd_str(which));
}

static void write_profile(hd_sheet_t *s, const account_t *a)
{
    const hd_page_field_t name = { .name = "name", .label = "user.name", .error = a->name_fault,
                                   .attributes = "type=\"text\" autocomplete=\"name\" dir=\"auto\" maxlength=\"200\"" };
    open_form(s, "account.profile", "profile");
    hd_sheet_field(s, &name, a->name);
    write_languages(s, a->lang);
    hd_sheet_zones(s, a->tz);
    hd_sheet_button(s, "", "page.account.save");
    hd_buf_z(s->b, "</form>\n");
}

static void write_password(hd_sheet_t *s, const account_t *a)
{
    const hd_page_field_t old = {
        .name = "old_password", .label = "account.old_password", .error = a->sent != NULL ? a->sent->old_fault : NULL,
        .attributes = "type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" maxlength=\"128\"" };
    open_form(s, "account.change_password", "password");
    hd_sheet_field(s, &old, (hd_str_t){ 0, "" });
    hd_sheet_new_password(s, "new_password", a->sent != NULL ? a->sent->new_fault : NULL);
    hd_sheet_button(s, "", "account.change_password");
    hd_buf_z(s->b, "</form>\n");
}

static hd_code_t write_page(hd_call_t *c, const account_t *a, uint16_t status)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "portal.account");
    hd_sheet_head(&s, title, false);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"who\"", hd_t(s.arena, s.lang, "portal.hello", 1, "name",
                                               hd_page_isolate(s.arena, c->cx.actor->user->login)));
    if (a->done != NULL) {
        hd_sheet_element(&s, "p class=\"lead\" role=\"status\"", hd_sheet_say(&s, a->done));
    }
    hd_sheet_notice(&s, a->notice);
    write_profile(&s, a);
    write_password(&s, a);
    hd_sheet_sign_out(&s);
    return hd_sheet_end(&s, status);
}

static account_t account_of(const hd_user_t *u)
{
    return (account_t){ .name = u->name, .lang = u->lang, .tz = u->tz };
}

hd_code_t hd_page_account(hd_call_t *c)
{
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid == 0) {
        return hd_page_to_sign_in(c);
    }
    account_t a = account_of(c->cx.actor->user);
    hd_str_t done = hd_form_get(c->req.query, c->cx.arena, "done");
    a.done = hd_str_is(done, "password") ? "account.password_changed" : hd_str_is(done, "profile") ? "page.account.saved" : NULL;
    return write_page(c, &a, 200);
}

/* ---- what was sent ---- */

typedef struct {
    const hd_pair_t *pairs;
    size_t           n;
    bool             own;
} asked_t;

static hd_code_t is_own_form(hd_call_t *c, void *arg)
{
    asked_t *a = arg;
    hd_call_guest(c, &c->cx);
    a->own = c->cx.actor->uid != 0 && hd_page_is_own_form(c, a->pairs, a->n);
    return HD_OK;
}

static hd_code_t check_password(hd_call_t *c, sent_t *p, const hd_pair_t *pairs, size_t n)
{
    hd_str_t password = hd_page_pair(pairs, n, "new_password");
    const hd_account_t *acc = &p->change.acc;
    hd_code_t code = hd_change_check(c, hd_page_pair(pairs, n, "old_password"), password, &p->change);
    p->code = code;
    if (code == HD_E_THROTTLED) {
        return HD_OK;
    }
    if (code != HD_OK && code != HD_E_INVALID) {
        return code;
    }
    if (code == HD_E_INVALID && hd_str_is(c->problem.fields->field, "old_password")) {
        p->old_fault = "page.account.wrong_password";
    } else {
        p->new_fault = hd_page_password_fault(password, hd_page_pair(pairs, n, "again"),
                                              (hd_str_t){ acc->login_len, acc->login }, (hd_str_t){ acc->name_len, acc->name });
    }
    hd_problem_init(&c->problem);
    return HD_OK;
}

/* A form of another session, or of none, makes nothing hash. */
hd_code_t hd_page_account_before(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    sent_t *p = hd_alloc(c->cx.arena, sizeof(*p));
    hd_code_t code = hd_page_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    asked_t a = { .pairs = pairs, .n = n };
    p->password = hd_str_is(hd_page_pair(pairs, n, "do"), "password");
    code = hd_call_read(c, is_own_form, &a);
    c->prepared = p;
    return code == HD_OK && a.own && p->password ? check_password(c, p, pairs, n) : code;
}

static hd_code_t change_password(hd_call_t *c, const sent_t *p)
{
    account_t a = account_of(c->cx.actor->user);
    a.sent = p;
    c->refused = p->code == HD_E_THROTTLED ? p->code : HD_E_INVALID;
    if (p->code == HD_E_THROTTLED) {
        a.notice = "page.signin.throttled";
        hd_res_retry_after(c, c->problem.retry_after);
        return write_page(c, &a, 429);
    }
    if (p->old_fault != NULL || p->new_fault != NULL) {
        return write_page(c, &a, 422);
    }
    c->refused = HD_OK;
    hd_code_t code = hd_change_use(c, &p->change);
    return code == HD_OK ? hd_page_see_other(c, HD_STR("/my/account?done=password")) : code;
}

static hd_code_t change_profile(hd_call_t *c, const hd_pair_t *pairs, size_t n)
{
    account_t a = {
        .name = hd_text_clean(c->cx.arena, hd_page_pair(pairs, n, "name"), false),
        .lang = hd_page_pair(pairs, n, "lang"), .tz = hd_page_pair(pairs, n, "tz"),
    };
    hd_user_t u = { .name = a.name, .lang = a.lang, .tz = a.tz };
    uint64_t mask = HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_lang) | HD_BIT(HD_USER_F_tz);
    hd_code_t code = hd_text_length(a.name) > 200 ? HD_E_INVALID
                   : hd_record_update(&c->cx, HD_USER, c->cx.actor->uid, 0, &u, mask);
    if (code == HD_OK) {
        return hd_page_see_other(c, HD_STR("/my/account?done=profile"));
    }
    if (code != HD_E_INVALID) {
        return code;
    }
    c->refused = code;
    bool named = a.name.len == 0 || hd_text_length(a.name) > 200;
    a.name_fault = named ? "page.account.name" : NULL;
    a.notice = named ? NULL : "form.error.invalid";
    a.lang = named ? a.lang : c->cx.actor->user->lang;           /* options of a list, and these are none */
    a.tz = named ? a.tz : c->cx.actor->user->tz;
    return write_page(c, &a, 422);
}

hd_code_t hd_page_account_post(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    const sent_t *p = c->prepared;
    hd_code_t code = p == NULL ? HD_E_INTERNAL : hd_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid == 0) {
        return hd_page_to_sign_in(c);
    }
    if (!hd_page_is_own_form(c, pairs, n)) {
        return HD_E_CSRF;
    }
    return p->password ? change_password(c, p) : change_profile(c, pairs, n);
}
