/*
 * What every page has in common: the language, the head and the foot of the document.  Headers that
 * all HTML answers carry (policy, no-store) are the glue's.
 */
#include "page_impl.h"

#define BODY_FIRST 8192

#define COOKIE_LIFE "31536000"

/* Who is signed in and chose nothing in this browser reads his own language. */
static hd_lang_t language_of(hd_call_t *c, bool *ret_asked)
{
    hd_lang_t lang = hd_call_lang(c, ret_asked);
    const hd_user_t *u = c->cx.actor->user;
    bool chosen = *ret_asked || hd_cookie_get(c->req.cookie, "lang").len != 0;
    return u != NULL && u->lang.len != 0 && !chosen ? hd_lang_from(u->lang) : lang;
}

hd_sheet_t hd_sheet_begin(hd_call_t *c)
{
    hd_sheet_t s = { .c = c, .arena = c->cx.arena, .b = &c->res.body };
    s.lang = language_of(c, &s.asked);
    s.own = c->cx.actor->user != NULL && c->cx.actor->user->tz.len != 0;
    s.zone = s.own ? c->cx.actor->user->tz : HD_STR("");
    hd_buf_init(s.b, s.arena, BODY_FIRST, HD_REPLY_MAX);
    return s;
}

hd_str_t hd_page_isolate(hd_arena_t *a, hd_str_t value)
{
    return hd_str_cat(a, 3, HD_STR("\xE2\x81\xA8"), value, HD_STR("\xE2\x81\xA9"));
}

/* Whoever chooses a language keeps it; nobody gets a cookie who did not ask (T-11). */
static void remember_language(hd_sheet_t *s)
{
    hd_call_t *c = s->c;
    const char *code = hd_lang_code(s->lang);
    if (s->asked && !hd_str_is(hd_cookie_get(c->req.cookie, "lang"), code)) {
        hd_res_header(c, "Set-Cookie", hd_strf(s->arena, "lang=%s; Path=/; Max-Age=" COOKIE_LIFE
                                               "; HttpOnly; SameSite=Lax%s", code,
                                               c->site->secure ? "; Secure" : ""));
    }
}

hd_str_t hd_sheet_say(const hd_sheet_t *s, const char *key)
{
    return hd_t(s->arena, s->lang, key, 0);
}

void hd_sheet_text(hd_sheet_t *s, const char *key)
{
    hd_buf_html(s->b, hd_sheet_say(s, key));
}

void hd_sheet_element(hd_sheet_t *s, const char *tag, hd_str_t text)
{
    hd_buf_byte(s->b, '<');
    hd_buf_z(s->b, tag);
    hd_buf_byte(s->b, '>');
    hd_buf_html(s->b, text);
    hd_buf_z(s->b, "</");
    hd_buf_put(s->b, tag, strcspn(tag, " "));
    hd_buf_z(s->b, ">\n");
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
        || c == '_';
}

void hd_sheet_address(hd_sheet_t *s, hd_str_t slug)
{
    hd_buf_z(s->b, "/support");
    for (size_t i = 0; i < slug.len; i++) {
        if (i == 0) {
            hd_buf_byte(s->b, '/');
        }
        if (is_plain(slug.data[i])) {
            hd_buf_byte(s->b, slug.data[i]);
        } else {
            hd_buf_printf(s->b, "%%%02X", (unsigned) (unsigned char) slug.data[i]);
        }
    }
    if (s->asked) {
        hd_buf_printf(s->b, "?lang=%s", hd_lang_code(s->lang));
    }
}

/* As it came, but in ASCII: a query may hold bytes that are no UTF-8. */
static void put_encoded(hd_buf_t *b, hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char) s.data[i];
        if (byte > ' ' && byte < 0x7F) {
            hd_buf_html(b, (hd_str_t){ 1, s.data + i });
        } else {
            hd_buf_printf(b, "%%%02X", (unsigned) byte);
        }
    }
}

void hd_sheet_query(hd_sheet_t *s, hd_str_t but, hd_str_t nor)
{
    hd_str_t rest = s->lost ? (hd_str_t){ 0, "" } : s->c->req.query, pair;
    while (hd_str_split(&rest, '&', &pair)) {
        if (pair.len != 0 && !hd_str_starts(pair, but) && !hd_str_starts(pair, nor)) {
            put_encoded(s->b, pair);
            hd_buf_z(s->b, "&amp;");
        }
    }
}

void hd_sheet_time(hd_sheet_t *s, hd_time_t time)
{
    char plain[HD_TIME_LEN];
    hd_buf_printf(s->b, "<time datetime=\"%.*s\">", (int) hd_time_format(time, plain), plain);
    hd_buf_html(s->b, hd_text_time(s->arena, s->lang, s->zone, !s->own, time));
    hd_buf_z(s->b, "</time>");
    s->told = s->told || !s->own;
}

/* Each catalog names its own language, so everybody finds the one he reads. */
static void write_languages(hd_sheet_t *s)
{
    hd_buf_z(s->b, "<nav class=\"languages\" aria-label=\"");
    hd_sheet_text(s, "page.languages");
    hd_buf_z(s->b, "\">\n<ul>\n");
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        hd_lang_t lang = (hd_lang_t) i;
        const char *code = hd_lang_code(lang);
        hd_buf_z(s->b, "<li><a href=\"?");
        hd_sheet_query(s, HD_STR("lang="), HD_STR("lang="));
        hd_buf_printf(s->b, "lang=%s\" hreflang=\"%s\" lang=\"%s\" dir=\"%s\"%s>", code, code, code, hd_lang_dir(lang),
                      lang == s->lang ? " aria-current=\"true\"" : "");
        hd_buf_html(s->b, hd_t(s->arena, lang, "page.language_name", 0));
        hd_buf_z(s->b, "</a></li>\n");
    }
    hd_buf_z(s->b, "</ul>\n</nav>\n");
}

static bool is_at(const hd_sheet_t *s, const char *address)
{
    return hd_str_is(s->c->req.path, address);
}

/* The pages of a customer who is signed in; of others, where tickets are sent, the way in. */
static void write_own_pages(hd_sheet_t *s, bool known)
{
    static const struct { bool known; const char *address, *key; } pages[] = {
        { true, "/my", "portal.title" }, { true, "/my/tickets", "portal.tickets" }, { true, "/my/account", "portal.account" },
        { false, "/signin", "signin.action" },
    };
    hd_buf_z(s->b, "<nav class=\"mine\" aria-label=\"");
    hd_sheet_text(s, "portal.own_pages");
    hd_buf_z(s->b, "\">\n<ul>\n");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (pages[i].known != known) {
            continue;
        }
        hd_buf_printf(s->b, "<li><a href=\"%s\"%s>", pages[i].address, is_at(s, pages[i].address) ? " aria-current=\"page\"" : "");
        hd_sheet_text(s, pages[i].key);
        hd_buf_z(s->b, "</a></li>\n");
    }
    hd_buf_z(s->b, "</ul>\n</nav>\n");
}

void hd_sheet_head(hd_sheet_t *s, hd_str_t title, bool switchable)
{
    hd_buf_printf(s->b, "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n",
                  hd_lang_code(s->lang), hd_lang_dir(s->lang));
    hd_buf_z(s->b, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,"
                   " initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    hd_buf_html(s->b, title);
    hd_buf_z(s->b, " – ");
    hd_sheet_text(s, "page.site");
    hd_buf_z(s->b, "</title>\n<link rel=\"icon\" href=\"/img/favicon.svg\" type=\"image/svg+xml\">\n"
                   "<link rel=\"stylesheet\" href=\"/css/page.css\">\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#main\">");
    hd_sheet_text(s, "page.skip");
    hd_buf_z(s->b, "</a>\n<header class=\"top\">\n<a class=\"site\" href=\"");
    hd_sheet_address(s, (hd_str_t){ 0, NULL });
    hd_buf_z(s->b, "\">");
    hd_sheet_text(s, "page.site");
    hd_buf_z(s->b, "</a>\n");
    if (switchable) {
        write_languages(s);
    }
    bool sends = hd_str_starts(s->c->req.path, HD_STR("/support")) && !hd_str_starts(s->c->req.path, HD_STR("/support/ticket/"));
    bool known = s->c->cx.actor->uid != 0 && s->c->cx.actor->role == HD_ROLE_PORTAL;
    if (known ? sends || hd_str_starts(s->c->req.path, HD_STR("/my")) : sends && switchable && s->c->cx.actor->uid == 0) {
        write_own_pages(s, known);
    }
    hd_buf_z(s->b, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

hd_code_t hd_sheet_end(hd_sheet_t *s, uint16_t status)
{
    hd_call_t *c = s->c;
    hd_buf_z(s->b, s->told ? "<script src=\"/public/times.js\" type=\"module\"></script>\n" : "");
    hd_buf_z(s->b, "</main>\n</body>\n</html>\n");
    if (s->b->failed) {
        return HD_E_MEMORY;
    }
    c->res.status = status;
    c->res.content_type = "text/html; charset=utf-8";
    hd_res_header(c, "Content-Language", hd_str(hd_lang_code(s->lang)));
    hd_res_header(c, "Vary", HD_STR("Accept-Language, Cookie"));
    remember_language(s);
    return HD_OK;
}
