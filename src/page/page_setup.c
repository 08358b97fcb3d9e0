/*
 * /setup: the first administrator of a new desk, without a script.  The secret comes with the link the desk logged, or is
 * typed in when helpdeskctl printed it; it is in no index, no Referer and not in the log of conf/nginx.conf.
 */
#include "page_impl.h"

typedef struct {
    hd_code_t  code;             /* of the link: HD_OK, HD_E_EXPIRED, HD_E_THROTTLED */
    bool       linked;           /* the secret came with the link: it is not asked for */
    hd_str_t   secret;
    hd_setup_t in;
    const char *company, *name, *login, *email, *tz, *password;         /* keys of what is wrong, or NULL */
} wish_t;

static hd_code_t write_done(hd_call_t *c)
{
    return hd_page_write_message(c, "page.setup.title", "page.setup.done", HD_OK, "/signin", "signin.action");
}

static hd_code_t write_refused(hd_call_t *c, hd_code_t code)
{
    bool throttled = code == HD_E_THROTTLED;
    if (!throttled && !hd_desk_is_new(&c->cx)) {
        return write_done(c);
    }
    return hd_page_write_message(c, throttled ? "page.setup.title" : "page.link.ended",
                                 throttled ? "page.problem.throttled" : "page.setup.ended", code, "/setup", "page.setup.enter");
}

static void write_fields(hd_sheet_t *s, const wish_t *w)
{
#define LTR "dir=\"ltr\" spellcheck=\"false\" autocapitalize=\"none\" maxlength=\"254\""
    const hd_page_field_t secret = { .name = "secret", .label = "page.setup.secret", .hint = "page.setup.secret_hint",
                                     .attributes = "type=\"text\" autocomplete=\"off\" " LTR };
    const struct {
        hd_page_field_t f;
        hd_str_t        value;
    } fields[] = {
        { { .name = "company", .label = "page.setup.company", .error = w->company,
            .attributes = "type=\"text\" autocomplete=\"organization\" dir=\"auto\" maxlength=\"120\"" }, w->in.company },
        { { .name = "name", .label = "page.setup.name", .error = w->name,
            .attributes = "type=\"text\" autocomplete=\"name\" dir=\"auto\" maxlength=\"200\"" }, w->in.name },
        { { .name = "login", .label = "user.login", .hint = "page.setup.login_hint", .error = w->login,
            .attributes = "type=\"text\" autocomplete=\"username\" " LTR }, w->in.login },
        { { .name = "email", .label = "user.email", .error = w->email,
            .attributes = "type=\"email\" autocomplete=\"email\" " LTR }, w->in.email },
    };
#undef LTR
    if (w->linked) {
        hd_sheet_hidden(s, "secret", w->secret);
        hd_sheet_hidden(s, "linked", HD_STR("1"));
    } else {
        hd_sheet_field(s, &secret, w->secret);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        hd_sheet_field(s, &fields[i].f, fields[i].value);
    }
    hd_sheet_new_password(s, "password", w->password);
    hd_sheet_zones(s, w->in.tz.len != 0 ? w->in.tz : HD_STR("UTC"));
}

static hd_code_t write_page(hd_call_t *c, const wish_t *w, uint16_t status)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "page.setup.title");
    hd_sheet_head(&s, title, status == 200);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_sheet_say(&s, "page.setup.text"));
    hd_sheet_notice(&s, w->tz);
    hd_buf_z(s.b, "<form class=\"card\" method=\"post\" action=\"/setup\">\n");
    write_fields(&s, w);
    hd_sheet_button(&s, "", "page.setup.action");
    hd_buf_z(s.b, "</form>\n");
    hd_buf_z(s.b, status == 200 ? "<script src=\"/public/zone.js\" type=\"module\"></script>\n" : "");
    return hd_sheet_end(&s, status);
}

hd_code_t hd_page_setup(hd_call_t *c)
{
    wish_t w = { .secret = hd_form_get(c->req.query, c->cx.arena, "token") };
    w.linked = w.secret.len != 0;
    hd_page_keep_private(c);
    return hd_desk_is_new(&c->cx) ? write_page(c, &w, 200) : write_done(c);
}

/* ---- what was sent ---- */

static void read_wish(hd_call_t *c, wish_t *w, const hd_pair_t *pairs, size_t n)
{
    const struct {
        const char *name;
        hd_str_t   *to;
    } fields[] = {
        { "secret", &w->secret },  { "company", &w->in.company }, { "name", &w->in.name },
        { "login", &w->in.login }, { "email", &w->in.email },     { "tz", &w->in.tz },
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        *fields[i].to = hd_text_clean(c->cx.arena, hd_page_pair(pairs, n, fields[i].name), false);
    }
    w->linked = hd_str_is(hd_page_pair(pairs, n, "linked"), "1");
}

/* What the desk would refuse too, in the words of this page. */
static bool find_faults(wish_t *w, const hd_pair_t *pairs, size_t n)
{
    static const char required[] = "form.error.required";
    const hd_setup_t *in = &w->in;
    w->company = in->company.len == 0 ? required : hd_text_length(in->company) > 120 ? "form.error.invalid" : NULL;
    w->name = in->name.len == 0 ? required : hd_text_length(in->name) > 200 ? "page.account.name" : NULL;
    w->login = in->login.len == 0 ? required : NULL;
    w->email = in->email.len == 0 ? required : !hd_form_is_email(in->email) ? "form.error.bad_email" : NULL;
    w->password = hd_page_password_fault(hd_page_pair(pairs, n, "password"), hd_page_pair(pairs, n, "again"), in->login, in->name);
    return w->company != NULL || w->name != NULL || w->login != NULL || w->email != NULL || w->password != NULL;
}

hd_code_t hd_page_setup_before(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    wish_t *w = hd_alloc(c->cx.arena, sizeof(*w));
    hd_code_t code = hd_page_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    read_wish(c, w, pairs, n);
    c->prepared = w;
    w->code = hd_setup_check(c, w->secret);
    if (w->code != HD_OK) {
        return w->code == HD_E_EXPIRED || w->code == HD_E_THROTTLED ? HD_OK : w->code;
    }
    if (find_faults(w, pairs, n)) {
        return HD_OK;
    }
    return hd_call_hash(c, "password", hd_page_pair(pairs, n, "password"), w->in.login, w->in.name, &w->in.phc);
}

/* What only the desk knows: each of its entries beside its field. */
static void take_faults(const hd_call_t *c, wish_t *w)
{
    const struct {
        const char  *name;
        const char **to;
    } fields[] = { { "login", &w->login }, { "email", &w->email }, { "tz", &w->tz }, { "name", &w->name } };
    for (const hd_bad_field_t *f = c->problem.fields; f != NULL; f = f->next) {
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            if (hd_str_is(f->field, fields[i].name)) {
                *fields[i].to = "form.error.invalid";
            }
        }
    }
    if (w->tz != NULL) {
        w->in.tz = (hd_str_t){ 0, "" };          /* an option of a list, and this is none */
    }
}

hd_code_t hd_page_setup_post(hd_call_t *c)
{
    wish_t *w = c->prepared;
    if (w == NULL) {
        return HD_E_INTERNAL;
    }
    hd_page_keep_private(c);
    if (w->code != HD_OK) {
        return write_refused(c, w->code);
    }
    if (w->in.phc.len != 0) {
        bool asked;
        w->in.lang = hd_str(hd_lang_code(hd_call_lang(c, &asked)));
        hd_code_t code = hd_setup_use(c, w->secret, &w->in);
        if (code == HD_OK) {
            return hd_page_go_on(c, HD_STR("/agent/settings/teams"));
        }
        if (code != HD_E_INVALID) {
            return code == HD_E_EXPIRED ? write_refused(c, code) : code;
        }
        take_faults(c, w);
    }
    c->cx.actor = &hd_actor_nobody;
    c->refused = HD_E_INVALID;
    return write_page(c, w, 422);
}
