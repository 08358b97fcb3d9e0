/*
 * The documents of this room: the list of teams, a form, what a visitor reads after sending it, and what he reads
 * when there is no such form.
 */
#include "page_impl.h"

#define EXCERPT_LINES 2
#define EXCERPT_BYTES 240

/* ---- descriptions ---- */

/* People write markup or plain lines; both become lines without markup. */
static hd_str_t plain_text(hd_arena_t *a, hd_str_t description)
{
    for (size_t i = 0; i < description.len; i++) {
        if (description.data[i] == '<' || description.data[i] == '&') {
            return hd_text_from_html(a, description);
        }
    }
    return hd_text_clean(a, description, true);
}

/* The part of a line that fits, cut between words where it can be; never inside a character. */
static hd_str_t cut_line(hd_str_t line, size_t max)
{
    size_t n = max;
    if (line.len <= max) {
        return line;
    }
    while (n > max / 2 && line.data[n] != ' ') {
        n--;
    }
    return hd_str_trim(hd_str_cut(line, line.data[n] == ' ' ? n : max));
}

static void write_excerpt(hd_sheet_t *s, hd_str_t description)
{
    hd_str_t rest = plain_text(s->arena, description), line;
    size_t left = EXCERPT_BYTES;
    unsigned n = 0;
    while (n < EXCERPT_LINES && left > 0 && hd_str_split(&rest, '\n', &line)) {
        line = hd_str_trim(line);
        hd_str_t part = cut_line(line, left);
        if (part.len == 0) {
            continue;
        }
        hd_buf_z(s->b, n++ == 0 ? "<p dir=\"auto\">" : "<br>\n");
        hd_buf_html(s->b, part);
        hd_buf_z(s->b, part.len < line.len ? "…" : "");
        left = part.len < line.len ? 0 : left - part.len;
    }
    hd_buf_z(s->b, n > 0 ? "</p>\n" : "");
}

static void write_description(hd_sheet_t *s, hd_str_t description)
{
    hd_str_t rest = plain_text(s->arena, description), line;
    hd_buf_z(s->b, "<div class=\"lead\">\n");
    while (hd_str_split(&rest, '\n', &line)) {
        if (hd_str_trim(line).len != 0) {
            hd_sheet_element(s, "p dir=\"auto\"", hd_str_trim(line));
        }
    }
    hd_buf_z(s->b, "</div>\n");
}

/* ---- the documents ---- */

hd_code_t hd_page_write_list(hd_call_t *c, const hd_team_t *const *teams, size_t n)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "page.list.title");
    hd_sheet_head(&s, title, true);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"",
                     hd_sheet_say(&s, n ? "page.list.lead" : "page.list.empty"));
    hd_buf_z(s.b, n ? "<ul class=\"teams\">\n" : "");
    for (size_t i = 0; i < n; i++) {
        hd_buf_z(s.b, "<li class=\"card\">\n<h2><a dir=\"auto\" href=\"");
        hd_sheet_address(&s, teams[i]->slug);
        hd_buf_z(s.b, "\">");
        hd_buf_html(s.b, teams[i]->name);
        hd_buf_z(s.b, "</a></h2>\n");
        write_excerpt(&s, teams[i]->description);
        hd_buf_z(s.b, "</li>\n");
    }
    hd_buf_z(s.b, n ? "</ul>\n" : "");
    return hd_sheet_end(&s, 200);
}

/* After a refusal the form is sent again at once, so its token is as old as one of a form somebody filled in. */
static bool make_token(hd_call_t *c, hd_str_t slug, bool again, hd_str_t *ret)
{
    uint8_t random[8];
    if (!hd_random(random, sizeof(random))) {
        return false;
    }
    *ret = hd_page_sign(c->cx.arena, c->site, slug, hd_page_session(c),
                        again ? c->cx.now - HD_FORM_HASTE : c->cx.now, random);
    return true;
}

hd_code_t hd_page_write_form(hd_call_t *c, const hd_filled_t *f, uint16_t status)
{
    const hd_team_t *team = f->form->team;
    hd_str_t token, title = team->name;
    if (!make_token(c, team->slug, status != 200, &token)) {
        return HD_E_INTERNAL;
    }
    c->refused = status == 200 ? HD_OK : status == 409 ? HD_E_KEY_REUSE
        : status == 429 ? HD_E_THROTTLED : HD_E_INVALID;
    hd_sheet_t s = hd_sheet_begin(c);
    if (status != 200) {
        title = hd_t(s.arena, s.lang, "form.title_again", 1, "team", hd_page_isolate(s.arena, team->name));
    }
    hd_sheet_head(&s, title, status == 200);
    hd_sheet_element(&s, "h1 dir=\"auto\"", team->name);
    write_description(&s, team->description);
    if (c->cx.actor->user != NULL) {
        hd_sheet_element(&s, "p class=\"who\"", hd_t(s.arena, s.lang, "form.signed_in", 1, "name",
                                                   hd_page_isolate(s.arena, c->cx.actor->user->name)));
    }
    hd_page_form_element(&s, f, token);
    return hd_sheet_end(&s, status);
}

/* "#00042": the table's own computed field, without the quotes of JSON. */
hd_str_t hd_page_reference(hd_arena_t *a, hd_id_t id)
{
    hd_ticket_t t = { .rec.id = id };
    hd_buf_t b;
    hd_buf_init(&b, a, 32, 64);
    hd_json_t j = hd_json(&b);
    hd_field_json(&j, &hd_entities[HD_TICKET]->fields[HD_TICKET_F_ticket_ref], &t);
    if (b.len < 2) {
        return (hd_str_t){ 0, "" };
    }
    return hd_str_cat(a, 2, HD_STR("#"), (hd_str_t){ b.len - 2, b.data + 1 });
}

/* The reference alone opens nothing: who may read the ticket is asked elsewhere (VIS-7). */
hd_code_t hd_page_write_thanks(hd_call_t *c, const hd_form_t *form, hd_str_t title, hd_id_t id)
{
    const hd_team_t *team = form->team;
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t heading = hd_sheet_say(&s, "form.thanks.title");
    hd_sheet_head(&s, heading, false);
    hd_sheet_element(&s, "h1", heading);
    hd_buf_z(s.b, "<div class=\"card done\" role=\"status\">\n");
    hd_sheet_element(&s, "p class=\"hint\"", hd_sheet_say(&s, "form.thanks.reference"));
    hd_sheet_element(&s, "p class=\"reference\" dir=\"ltr\"", hd_page_reference(s.arena, id));
    hd_sheet_element(&s, "p class=\"subject\" dir=\"auto\"", title);
    hd_buf_z(s.b, "</div>\n");
    hd_sheet_element(&s, "h2", hd_sheet_say(&s, "form.thanks.next_title"));
    hd_sheet_element(&s, "p", hd_t(s.arena, s.lang, c->cx.actor->uid != 0 ? "form.thanks.next_known"
                                                                                 : "form.thanks.next",
                                   1, "team", hd_page_isolate(s.arena, team->name)));
    hd_sheet_element(&s, "p", hd_sheet_say(&s, "form.thanks.keep"));
    hd_buf_z(s.b, "<p><a href=\"");
    hd_sheet_address(&s, team->slug);
    hd_buf_z(s.b, "\">");
    hd_sheet_text(&s, "form.thanks.another");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, 201);
}

/* Unknown, unpublished, archived: the same page (CHN-12). */
hd_code_t hd_page_write_not_found(hd_call_t *c)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "page.not_found.title");
    c->refused = HD_E_NOT_FOUND;
    s.lost = true;
    hd_sheet_head(&s, title, c->req.method == HD_GET);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_sheet_say(&s, "page.not_found.text"));
    bool own = hd_str_starts(c->req.path, HD_STR("/my/"));
    hd_buf_z(s.b, "<p><a href=\"");
    if (own) {
        hd_buf_z(s.b, "/my/tickets");
    } else {
        hd_sheet_address(&s, (hd_str_t){ 0, NULL });
    }
    hd_buf_z(s.b, "\">");
    hd_sheet_text(&s, own ? "portal.tickets" : "page.not_found.link");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, 404);
}

