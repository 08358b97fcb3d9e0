/*
 * What a customer does on the page of a ticket (PRT-5): says something, with files, and closes it where the team allows it
 * (SLF-6).  The page's own form, without a script; its token ties it to the ticket and the session (T-11) and counts once,
 * so that a form sent twice says one thing.  What cannot be taken brings the page again with all that was typed; what was
 * taken is answered by 303.
 */
#include "page_impl.h"

#define BODY_MAX 60000           /* as of the message */
#define NAME_MAX 200

/* ---- the form ---- */

static void write_name(hd_sheet_t *s, hd_str_t name)
{
    hd_buf_z(s->b, "<div class=\"field\">\n<label for=\"name\">");
    hd_sheet_text(s, "form.name");
    hd_buf_printf(s->b, "</label>\n<input id=\"name\" name=\"name\" type=\"text\" dir=\"auto\" autocomplete=\"name\""
                        " maxlength=\"%d\" required value=\"", NAME_MAX);
    hd_buf_html(s->b, name);
    hd_buf_z(s->b, "\">\n</div>\n");
}

static void write_files(hd_sheet_t *s)
{
    hd_buf_z(s->b, "<div class=\"field\">\n<label for=\"files\">");
    hd_sheet_text(s, "form.files");
    hd_buf_z(s->b, " <span class=\"optional\">");
    hd_sheet_text(s, "form.optional");
    hd_buf_z(s->b, "</span></label>\n<input id=\"files\" name=\"files\" type=\"file\" multiple>\n</div>\n");
}

static void write_button(hd_sheet_t *s, const char *what, const char *key)
{
    hd_buf_printf(s->b, "<button type=\"submit\" name=\"do\" value=\"%s\"%s>", what,
                  strcmp(what, "close") == 0 ? " class=\"second\"" : "");
    hd_sheet_text(s, key);
    hd_buf_z(s->b, "</button>\n");
}

void hd_page_reply_form(hd_sheet_t *s, const hd_page_ticket_t *p, bool may_close, hd_str_t form_token)
{
    if (p->notice.len != 0) {
        hd_buf_z(s->b, "<div class=\"notice\" role=\"alert\">\n");
        hd_sheet_element(s, "p", p->notice);
        hd_buf_z(s->b, "</div>\n");
    }
    hd_buf_z(s->b, "<form class=\"card\" id=\"reply\" method=\"post\" enctype=\"multipart/form-data\">\n"
                   "<input type=\"hidden\" name=\"token\" value=\"");
    hd_buf_html(s->b, form_token);
    hd_buf_z(s->b, "\">\n");
    if (p->token.len != 0) {
        write_name(s, p->name.len != 0 ? p->name : p->t.partner_name);
    }
    hd_buf_z(s->b, "<div class=\"field\">\n<label for=\"text\">");
    hd_sheet_text(s, "portal.answer");
    hd_buf_printf(s->b, "</label>\n<textarea id=\"text\" name=\"text\" dir=\"auto\" rows=\"5\" maxlength=\"%d\"%s>\n", BODY_MAX,
                  p->notice.len != 0 ? " aria-invalid=\"true\"" : "");
    hd_buf_html(s->b, p->text);
    hd_buf_z(s->b, "</textarea>\n</div>\n");
    write_files(s);
    hd_buf_z(s->b, "<p class=\"buttons\">\n");
    write_button(s, "say", "form.send");
    if (may_close) {
        write_button(s, "close", "portal.close");
    }
    hd_buf_z(s->b, "</p>\n</form>\n");
}

hd_str_t hd_page_ticket_slug(hd_arena_t *a, const hd_page_ticket_t *p)
{
    return hd_strf(a, "/ticket/%" PRIu64, p->t.rec.id);         /* no team's: those have no slash */
}

/* ---- what was sent ---- */

typedef struct {
    hd_call_t       *c;
    hd_page_ticket_t p;
    bool             closes, says;
    uint8_t          key[16];
} reply_t;

static hd_code_t write_again(reply_t *r, const char *key, uint16_t status, hd_code_t refused)
{
    hd_sheet_t s = hd_sheet_begin(r->c);
    r->p.notice = hd_sheet_say(&s, key);
    r->c->refused = refused;
    return hd_page_ticket_write(r->c, &r->p, status);
}

/* Line ends as forms send them are CRLF. */
static hd_str_t clean_lines(hd_arena_t *a, hd_str_t text)
{
    return hd_str_trim(hd_text_clean(a, text, true));
}

static hd_code_t go_back(reply_t *r, hd_id_t message)
{
    const char *mark = "";
    if (message != 0) {
        mark = hd_strf(r->c->cx.arena, "#m%" PRIu64, message).data;
    }
    hd_str_t address = hd_page_ticket_address(r->c, &r->p, "");
    return hd_page_see_other(r->c, hd_str_cat(r->c->cx.arena, 2, address, hd_str(mark)));
}

static hd_code_t say(reply_t *r, hd_message_t *m)
{
    hd_cx_t *cx = &r->c->cx;
    uint64_t mask = HD_BIT(HD_MESSAGE_F_body) | HD_BIT(HD_MESSAGE_F_format);
    *m = (hd_message_t){ .body = r->p.text, .format = HD_BODY_PLAIN, .ticket_id = r->p.t.rec.id, .author_name = r->p.name };
    if (!r->says) {
        return HD_OK;
    }
    return r->p.token.len != 0 ? hd_message_post_linked(cx, &r->p.t, m, mask) : hd_message_post(cx, m, mask);
}

static hd_code_t close_ticket(reply_t *r)
{
    hd_ticket_t t;
    hd_cx_t *cx = &r->c->cx;
    if (!r->closes) {
        return HD_OK;
    }
    return r->p.token.len != 0 ? hd_portal_close_linked(cx, &r->p.t, r->p.name, &t)
                               : hd_portal_close(cx, r->p.t.rec.id, &t);
}

static hd_code_t store(reply_t *r)
{
    hd_call_t *c = r->c;
    hd_message_t m;
    hd_code_t code = say(r, &m);
    if (code == HD_E_INVALID || code == HD_E_FILES) {
        return write_again(r, code == HD_E_FILES ? "portal.files_full" : "form.error.invalid", 422, code);
    }
    if (code == HD_OK) {
        code = close_ticket(r);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_idem_t idem = { .time = c->cx.now, .status = 303, .type = HD_MESSAGE, .id = m.rec.id };
    hd_idem_put(c->cx.txn, r->key, &idem);
    return go_back(r, m.rec.id);
}

static const char *files_notice(hd_call_t *c)
{
    switch (hd_page_files_use(c)) {
    case HD_OK:          return NULL;
    case HD_E_FILES:     return "form.files_many";
    case HD_E_TOO_LARGE: return "form.files_large";
    default:             return "form.throttled";
    }
}

/* All that can refuse it, before the first put. */
static hd_code_t check_and_store(reply_t *r, hd_verdict_t verdict)
{
    hd_call_t *c = r->c;
    hd_portal_view_t view;
    if (verdict == HD_FORM_BAD || verdict == HD_FORM_EXPIRED) {
        bool bad = verdict == HD_FORM_BAD;
        return write_again(r, "form.expired", bad ? 403 : 422, bad ? HD_E_CSRF : HD_E_INVALID);
    }
    const char *about_files = files_notice(c);
    if (about_files != NULL) {
        return write_again(r, about_files, 422, HD_E_INVALID);
    }
    r->says = r->p.text.len != 0 || c->cx.n_uploads != 0;
    if (!r->says && !r->closes) {
        return write_again(r, "portal.empty", 422, HD_E_INVALID);
    }
    if (r->p.token.len != 0 && r->p.name.len == 0) {
        return write_again(r, "portal.name_missing", 422, HD_E_INVALID);
    }
    hd_portal_view(&c->cx, &r->p.t, &view);
    r->closes = r->closes && view.may_close;         /* somebody else did: what was typed counts all the same */
    uint32_t wait = r->p.token.len != 0 ? hd_call_sender_wait(c, HD_STR("form"), true) : 0;
    if (wait != 0) {
        hd_res_retry_after(c, wait);
        return write_again(r, "form.throttled", 429, HD_E_THROTTLED);
    }
    return store(r);
}

/* Before its files are read. */
hd_code_t hd_page_ticket_admit(hd_call_t *c)
{
    hd_page_ticket_t p;
    hd_code_t code = hd_page_ticket_open(c, &p);
    return code == HD_OK && p.preview ? HD_E_RIGHT : code;
}

hd_code_t hd_page_ticket_post(hd_call_t *c)
{
    reply_t r = { .c = c };
    hd_pair_t *pairs;
    hd_idem_t seen;
    size_t n;
    hd_code_t code = hd_page_ticket_open(c, &r.p);
    if (code == HD_OK && r.p.preview) {
        code = HD_E_RIGHT;
    }
    if (code == HD_OK) {
        code = hd_form_pairs(c, &pairs, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    r.p.text = clean_lines(c->cx.arena, hd_page_pair(pairs, n, "text"));
    r.p.name = hd_str_trim(hd_text_clean(c->cx.arena, hd_page_pair(pairs, n, "name"), false));
    r.closes = hd_str_is(hd_page_pair(pairs, n, "do"), "close");
    hd_verdict_t verdict = hd_page_verify(c->site, hd_page_ticket_slug(c->cx.arena, &r.p), hd_page_session(c),
                                          hd_page_pair(pairs, n, "token"), c->cx.now, r.key);
    if (verdict != HD_FORM_BAD && hd_idem_get(c->cx.txn, r.key, &seen)) {
        return go_back(&r, seen.id);
    }
    return check_and_store(&r, verdict);
}
