/*
 * What was said about a ticket, as its customers read it (CHT-9): comments only, oldest first, a page at a time.
 */
#include "page_impl.h"

/* Of the message, and none that is internal (CHT-4). */
static void write_files(hd_sheet_t *s, const hd_page_ticket_t *p, const hd_message_t *m)
{
    hd_call_t *c = s->c;
    uint32_t n = 0;
    hd_attachment_t *v = hd_alloc_n(s->arena, m->attachment_ids.n + 1, sizeof(*v));
    for (uint32_t i = 0; i < m->attachment_ids.n; i++) {
        if (hd_file_public(&c->cx, p->t.rec.id, m->attachment_ids.v[i], &v[n]) == HD_OK && v[n].message_id == m->rec.id) {
            n++;
        }
    }
    hd_page_ticket_files(s, p, v, n);
}

static void write_message(hd_sheet_t *s, const hd_page_ticket_t *p, hd_authors_t *names, const hd_message_t *m)
{
    hd_buf_printf(s->b, "<li class=\"card message%s\" id=\"m%" PRIu64 "\">\n<p class=\"by\">",
                  m->message_type == HD_MSG_NOTIFICATION ? " event" : "", m->rec.id);
    hd_sheet_element(s, "strong dir=\"auto\"", hd_author_name(&s->c->cx, names, m));
    hd_sheet_time(s, m->rec.create_date);
    hd_buf_z(s->b, "</p>\n<div class=\"text\" dir=\"auto\">\n");
    hd_buf_str(s->b, hd_message_html(s->arena, m));             /* safe: text_markdown.c, text_html.c */
    hd_buf_z(s->b, "</div>\n");
    write_files(s, p, m);
    hd_buf_z(s->b, "</li>\n");
}

static void write_link(hd_sheet_t *s, const hd_page_ticket_t *p, const char *key, const char *name, hd_str_t cursor)
{
    if (cursor.len == 0) {
        return;
    }
    const char *tail = hd_strf(s->arena, "?%s=%.*s", name, HD_STR_ARG(cursor)).data;
    hd_buf_z(s->b, "<p><a href=\"");
    hd_buf_html(s->b, hd_page_ticket_address(s->c, p, tail));
    hd_buf_z(s->b, "\">");
    hd_sheet_text(s, key);
    hd_buf_z(s->b, "</a></p>\n");
}

hd_code_t hd_page_thread_write(hd_sheet_t *s, const hd_page_ticket_t *p)
{
    hd_call_t *c = s->c;
    hd_thread_page_t page;
    hd_authors_t names = { .n = 0 };
    hd_thread_query_t q = {
        .linked = &p->t, .limit = HD_PAGE_DEFAULT, .before = hd_form_get(c->req.query, s->arena, "before"),
        .after = hd_form_get(c->req.query, s->arena, "after"),
    };
    if (c->req.method != HD_GET) {
        q.before = q.after = (hd_str_t){ 0, "" };
    }
    hd_code_t code = hd_thread_list(&c->cx, &q, &page);
    if (code != HD_OK) {
        return code;
    }
    hd_sheet_element(s, "h2", hd_sheet_say(s, "portal.thread"));
    if (page.n == 0) {
        hd_sheet_element(s, "p class=\"hint\"", hd_sheet_say(s, "portal.no_messages"));
    }
    write_link(s, p, "portal.earlier", "before", page.prev);
    hd_buf_z(s->b, page.n != 0 ? "<ol class=\"thread\">\n" : "");
    for (uint32_t i = 0; i < page.n; i++) {
        write_message(s, p, &names, page.v[i].message);
    }
    hd_buf_z(s->b, page.n != 0 ? "</ol>\n" : "");
    write_link(s, p, "portal.later", "after", page.next);
    return HD_OK;
}
