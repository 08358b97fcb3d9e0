/*
 * One ticket as its customers see it: for whoever holds its link (VIS-22), and for who is signed in and may read it
 * (PRT-2).  Nothing of what is the desk's own.  Without a right or a token in force the answer is that of a ticket which
 * does not exist (PRT-3).  The token stands in no link of the page but those below the page itself, and those to it in
 * another language, and leaves in no Referer.
 *
 * Agents see the same page as a preview: no form.
 */
#include "page_impl.h"

/* ---- who ---- */

static bool is_own(const hd_call_t *c)
{
    return hd_str_starts(c->req.path, HD_STR("/my/"));
}

hd_code_t hd_page_ticket_open(hd_call_t *c, hd_page_ticket_t *ret)
{
    *ret = (hd_page_ticket_t){ .preview = false };
    if (!is_own(c) || hd_form_get(c->req.query, c->cx.arena, "access_token").len != 0) {
        return hd_call_linked(c, &ret->t, &ret->token);
    }
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid == 0) {
        return HD_E_LOGIN;
    }
    ret->preview = hd_actor_is_internal(c->cx.actor);
    return hd_ticket_get(&c->cx, c->path_id, &ret->t);
}

hd_str_t hd_page_ticket_address(const hd_call_t *c, const hd_page_ticket_t *p, const char *tail)
{
    if (p->token.len == 0) {
        return hd_strf(c->cx.arena, "/my/ticket/%" PRIu64 "%s", p->t.rec.id, tail);
    }
    return hd_strf(c->cx.arena, "/support/ticket/%" PRIu64 "%s%saccess_token=%.*s", p->t.rec.id, tail,
                   strchr(tail, '?') != NULL ? "&" : "?", HD_STR_ARG(p->token));
}

/* What is wrong with the request as a page: where to sign in, or that there is no such ticket. */
static hd_code_t answer(hd_call_t *c, hd_code_t code)
{
    if (code == HD_E_LOGIN) {
        return hd_page_to_sign_in(c);
    }
    return code == HD_E_NOT_FOUND ? hd_page_write_not_found(c) : code;
}

/* ---- what ---- */

static void write_fact(hd_sheet_t *s, const char *key, hd_str_t value)
{
    if (value.len == 0) {
        return;
    }
    hd_sheet_element(s, "dt", hd_sheet_say(s, key));
    hd_sheet_element(s, "dd dir=\"auto\"", value);
}

static void write_time(hd_sheet_t *s, const char *key, hd_time_t time)
{
    if (time != 0) {
        hd_sheet_element(s, "dt", hd_sheet_say(s, key));
        hd_buf_z(s->b, "<dd>");
        hd_sheet_time(s, time);
        hd_buf_z(s->b, "</dd>\n");
    }
}

static void write_facts(hd_sheet_t *s, const hd_ticket_t *t, const hd_portal_view_t *v)
{
    hd_buf_z(s->b, "<dl class=\"card facts\">\n");
    write_fact(s, "form.thanks.reference", hd_page_reference(s->arena, t->rec.id));
    write_fact(s, "ticket.stage", v->stage);
    write_fact(s, "ticket.team", v->team);
    write_fact(s, "ticket.assignee", v->assignee);
    write_fact(s, "ticket.customer", v->customer);
    write_time(s, "ticket.created", t->rec.create_date);
    write_time(s, "ticket.stage_since", t->date_last_stage_update);
    write_time(s, "ticket.closed_on", t->close_date);
    hd_buf_z(s->b, "</dl>\n");
}

/* Plain text, as the agents' pages show it: what looks like markup is text too. */
static void write_text(hd_sheet_t *s, hd_str_t text)
{
    hd_str_t rest = hd_text_clean(s->arena, text, true), line;
    hd_buf_z(s->b, "<div class=\"lead\">\n");
    while (hd_str_split(&rest, '\n', &line)) {
        if (hd_str_trim(line).len != 0) {
            hd_sheet_element(s, "p dir=\"auto\"", hd_str_trim(line));
        }
    }
    hd_buf_z(s->b, "</div>\n");
}

void hd_page_ticket_files(hd_sheet_t *s, const hd_page_ticket_t *p, const hd_attachment_t *v, uint32_t n)
{
    hd_buf_z(s->b, n == 0 ? "" : "<ul class=\"files\">\n");
    for (uint32_t i = 0; i < n; i++) {
        const char *tail = hd_strf(s->arena, "/file/%" PRIu64, v[i].rec.id).data;
        hd_buf_z(s->b, "<li><a href=\"");
        hd_buf_html(s->b, hd_page_ticket_address(s->c, p, tail));
        hd_buf_z(s->b, "\" dir=\"auto\">");
        hd_buf_html(s->b, v[i].name);
        hd_buf_z(s->b, "</a></li>\n");
    }
    hd_buf_z(s->b, n == 0 ? "" : "</ul>\n");
}

/* Those of messages stand with their messages. */
static hd_code_t write_files(hd_sheet_t *s, const hd_page_ticket_t *p)
{
    hd_attachment_t *v;
    uint32_t all, n = 0;
    hd_code_t code = hd_file_list_public(&s->c->cx, p->t.rec.id, &v, &all);
    if (code != HD_OK) {
        return code;
    }
    for (uint32_t i = 0; i < all; i++) {
        if (v[i].message_id == 0) {
            v[n++] = v[i];
        }
    }
    if (n != 0) {
        hd_sheet_element(s, "h2", hd_sheet_say(s, "form.files"));
        hd_page_ticket_files(s, p, v, n);
    }
    return HD_OK;
}

/* After a refusal the form is sent again at once, so its token is as old as one somebody filled in. */
static bool make_token(hd_call_t *c, const hd_page_ticket_t *p, hd_str_t *ret)
{
    uint8_t random[8];
    if (!hd_random(random, sizeof(random))) {
        return false;
    }
    *ret = hd_page_sign(c->cx.arena, c->site, hd_page_ticket_slug(c->cx.arena, p), hd_page_session(c), c->cx.now, random);
    return true;
}

hd_code_t hd_page_ticket_write(hd_call_t *c, const hd_page_ticket_t *p, uint16_t status)
{
    hd_str_t token = { 0, "" };
    hd_portal_view_t view;
    if (!make_token(c, p, &token)) {
        return HD_E_INTERNAL;
    }
    if (p->token.len != 0) {
        hd_page_keep_private(c);
    }
    hd_portal_view(&c->cx, &p->t, &view);
    hd_sheet_t s = hd_sheet_begin(c);
    s.zone = s.own ? s.zone : view.zone;
    hd_sheet_head(&s, p->t.name, c->req.method == HD_GET);
    if (p->preview) {
        hd_sheet_element(&s, "p class=\"who\"", hd_sheet_say(&s, "portal.preview"));
    }
    hd_sheet_element(&s, "h1 dir=\"auto\"", p->t.name);
    write_facts(&s, &p->t, &view);
    write_text(&s, p->t.description);
    hd_code_t code = write_files(&s, p);
    if (code == HD_OK) {
        code = hd_page_thread_write(&s, p);
    }
    if (code == HD_OK && !p->preview) {
        hd_page_reply_form(&s, p, view.may_close, token);
    }
    return code == HD_OK ? hd_sheet_end(&s, status) : code;
}

/* ---- handlers ---- */

/* The same headers for what is not there: they must not tell. */
static void set_headers(hd_call_t *c)
{
    if (!is_own(c)) {
        hd_page_keep_private(c);
    }
}

hd_code_t hd_page_ticket(hd_call_t *c)
{
    hd_page_ticket_t p;
    hd_code_t code = hd_page_ticket_open(c, &p);
    if (code != HD_OK) {
        set_headers(c);
        return answer(c, code);
    }
    code = hd_page_ticket_write(c, &p, 200);
    return code == HD_E_CURSOR ? hd_page_see_other(c, hd_page_ticket_address(c, &p, "")) : code;
}

hd_code_t hd_page_ticket_file(hd_call_t *c)
{
    hd_page_ticket_t p;
    hd_attachment_t f;
    hd_code_t code = hd_page_ticket_open(c, &p);
    if (code == HD_OK) {
        code = hd_file_public(&c->cx, p.t.rec.id, c->path_id2, &f);
    }
    if (code != HD_OK) {
        return answer(c, code);
    }
    hd_res_header(c, "Referrer-Policy", HD_STR("no-referrer"));
    hd_res_file(c, &f);
    return HD_OK;
}
