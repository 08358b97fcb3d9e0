/*
 * One ticket, for whoever holds its link (VIS-22, PRT-2, D-17): what a customer may know and nothing
 * else.  Without a token in force the answer is that of a ticket which does not exist.  The token
 * stands in no link of the page but those to its files, and leaves in no Referer.
 */
#include "page_impl.h"

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
        write_fact(s, key, hd_text_time(s->arena, s->lang, time));
    }
}

static void write_facts(hd_sheet_t *s, const hd_ticket_t *t)
{
    hd_txn_t *txn = s->c->cx.txn;
    const hd_team_t *team = hd_config_get(txn, HD_TEAM, t->team_id);
    const hd_stage_t *stage = hd_config_get(txn, HD_STAGE, t->stage_id);
    const hd_user_t *user = hd_config_get(txn, HD_USER, t->user_id);
    hd_buf_z(s->b, "<dl class=\"card facts\">\n");
    write_fact(s, "form.thanks.reference", hd_page_reference(s->arena, t->rec.id));
    write_fact(s, "ticket.stage", stage != NULL ? stage->name : HD_STR(""));
    write_fact(s, "ticket.team", team != NULL ? team->name : HD_STR(""));
    write_fact(s, "ticket.assignee", user != NULL ? user->name : HD_STR(""));
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

/* What customers may see: files of notes are not among them (CHT-4). */
static hd_code_t write_files(hd_sheet_t *s, hd_id_t ticket, const uint8_t seed[HD_LINK_SEED])
{
    hd_attachment_t *v;
    uint32_t n;
    hd_call_t *c = s->c;
    hd_code_t code = hd_file_list_public(&c->cx, ticket, &v, &n);
    if (code != HD_OK || n == 0) {
        return code;
    }
    hd_str_t token = hd_link_token(s->arena, c->site, ticket, seed);
    hd_sheet_element(s, "h2", hd_sheet_say(s, "form.files"));
    hd_buf_z(s->b, "<ul class=\"card files\">\n");
    for (uint32_t i = 0; i < n; i++) {
        hd_buf_printf(s->b, "<li><a href=\"/support/ticket/%" PRIu64 "/file/%" PRIu64 "?access_token=%.*s\" dir=\"auto\">",
                      ticket, v[i].rec.id, HD_STR_ARG(token));
        hd_buf_html(s->b, v[i].name);
        hd_buf_z(s->b, "</a></li>\n");
    }
    hd_buf_z(s->b, "</ul>\n");
    return HD_OK;
}

static bool is_token(hd_call_t *c, const uint8_t seed[HD_LINK_SEED])
{
    hd_str_t got = hd_form_get(c->req.query, c->cx.arena, "access_token");
    hd_str_t want = hd_link_token(c->cx.arena, c->site, c->path_id, seed);
    return got.len == want.len && hd_mem_eq_const(got.data, want.data, want.len);
}

hd_code_t hd_page_ticket(hd_call_t *c)
{
    hd_ticket_t t;
    uint8_t seed[HD_LINK_SEED];
    hd_res_header(c, "Referrer-Policy", HD_STR("no-referrer"));
    hd_res_header(c, "X-Robots-Tag", HD_STR("noindex"));
    hd_code_t code = hd_ticket_by_link(&c->cx, c->path_id, &t, seed);
    if (code != HD_OK && code != HD_E_NOT_FOUND) {
        return code;
    }
    if (code == HD_E_NOT_FOUND || !is_token(c, seed)) {
        return hd_page_write_not_found(c);
    }
    hd_sheet_t s = hd_sheet_begin(c);
    hd_sheet_head(&s, t.name, false);
    hd_sheet_element(&s, "h1 dir=\"auto\"", t.name);
    write_facts(&s, &t);
    write_text(&s, t.description);
    code = write_files(&s, t.rec.id, seed);
    return code == HD_OK ? hd_sheet_end(&s, 200) : code;
}

hd_code_t hd_page_ticket_file(hd_call_t *c)
{
    hd_ticket_t t;
    hd_attachment_t f;
    uint8_t seed[HD_LINK_SEED];
    hd_code_t code = hd_ticket_by_link(&c->cx, c->path_id, &t, seed);
    if (code == HD_OK && !is_token(c, seed)) {
        code = HD_E_NOT_FOUND;
    }
    if (code == HD_OK) {
        code = hd_file_public(&c->cx, t.rec.id, c->path_id2, &f);
    }
    if (code != HD_OK) {
        return code == HD_E_NOT_FOUND ? hd_page_write_not_found(c) : code;
    }
    hd_res_header(c, "Referrer-Policy", HD_STR("no-referrer"));
    hd_res_file(c, &f);
    return HD_OK;
}
