/*
 * The handlers: the list of teams, the form of one, and sending it.
 *
 * A form that was sent twice (double click, reload, lost answer) answers the same reference: its
 * token is an idempotency key, put in the transaction that creates the ticket.  What a visitor can
 * mend brings the page again with all that was typed; nothing is dropped without a word.
 */
#include <stdlib.h>

#include "page_impl.h"

#define EXCERPT_LINES 2
#define EXCERPT_BYTES 240
#define MAPPED_PREFIX 12                 /* ::ffff: before an IPv4 address */

hd_code_t hd_page_home(hd_call_t *c)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_sheet_address(&s, (hd_str_t){ 0, NULL });
    hd_res_header(c, "Location", hd_str_dup(s.arena, hd_buf_view(s.b)));
    hd_buf_init(s.b, s.arena, 0, 0);
    c->res.status = 303;
    c->res.content_type = "text/html; charset=utf-8";
    return HD_OK;
}

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
    n = line.data[n] == ' ' ? n : max;
    while (n > 0 && ((unsigned char) line.data[n] & 0xC0) == 0x80) {
        n--;
    }
    return hd_str_trim((hd_str_t){ n, line.data });
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

/* A value inside a sentence keeps its own direction (U+2068, U+2069). */
static hd_str_t isolate(hd_arena_t *a, hd_str_t value)
{
    return hd_str_cat(a, 3, HD_STR("\xE2\x81\xA8"), value, HD_STR("\xE2\x81\xA9"));
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

hd_code_t hd_page_write_form(hd_call_t *c, const hd_team_t *team, const hd_form_t *f,
                             uint16_t status)
{
    uint8_t random[8];
    if (!hd_random(random, sizeof(random))) {
        return HD_E_INTERNAL;
    }
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t token = hd_form_sign(s.arena, c->site, team->slug, c->cx.now, random);
    hd_str_t title = team->name;
    if (status != 200) {
        title = hd_t(s.arena, s.lang, "form.title_again", 1, "team", isolate(s.arena, team->name));
    }
    hd_sheet_head(&s, title, status == 200);
    hd_sheet_element(&s, "h1 dir=\"auto\"", team->name);
    write_description(&s, team->description);
    hd_form_write(&s, team->slug, f, token);
    return hd_sheet_end(&s, status);
}

/* "#00042": the table's own computed field, without the quotes of JSON. */
static hd_str_t reference(hd_arena_t *a, hd_id_t id)
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

hd_code_t hd_page_write_thanks(hd_call_t *c, const hd_team_t *team, hd_str_t title, hd_id_t id)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t heading = hd_sheet_say(&s, "form.thanks.title");
    hd_sheet_head(&s, heading, false);
    hd_sheet_element(&s, "h1", heading);
    hd_buf_z(s.b, "<div class=\"card done\" role=\"status\">\n");
    hd_sheet_element(&s, "p class=\"hint\"", hd_sheet_say(&s, "form.thanks.reference"));
    hd_sheet_element(&s, "p class=\"reference\" dir=\"ltr\"", reference(s.arena, id));
    hd_sheet_element(&s, "p class=\"subject\" dir=\"auto\"", title);
    hd_buf_z(s.b, "</div>\n");
    hd_sheet_element(&s, "h2", hd_sheet_say(&s, "form.thanks.next_title"));
    hd_sheet_element(&s, "p", hd_t(s.arena, s.lang, "form.thanks.next", 1, "team",
                                       isolate(s.arena, team->name)));
    hd_sheet_element(&s, "p", hd_sheet_say(&s, "form.thanks.keep"));
    hd_buf_z(s.b, "<p><a href=\"");
    hd_sheet_address(&s, team->slug);
    hd_buf_z(s.b, "\">");
    hd_sheet_text(&s, "form.thanks.another");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, 201);
}

/* Unknown and unpublished teams look the same. */
static hd_code_t write_not_found(hd_call_t *c)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "page.not_found.title");
    hd_sheet_head(&s, title, c->req.method == HD_GET);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_sheet_say(&s, "page.not_found.text"));
    hd_buf_z(s.b, "<p><a href=\"");
    hd_sheet_address(&s, (hd_str_t){ 0, NULL });
    hd_buf_z(s.b, "\">");
    hd_sheet_text(&s, "page.not_found.link");
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, 404);
}

/* ---- reading ---- */

static int compare_teams(const void *a, const void *b)
{
    const hd_team_t *x = *(const hd_team_t *const *) a, *y = *(const hd_team_t *const *) b;
    int order = (x->sequence > y->sequence) - (x->sequence < y->sequence);
    return order != 0 ? order : (x->rec.id > y->rec.id) - (x->rec.id < y->rec.id);
}

/* Which forms are published is the desk's to say (CHN-12): it is asked for each slug. */
hd_code_t hd_page_list(hd_call_t *c)
{
    size_t all, n = 0;
    const void *const *rows = hd_config_all(c->cx.txn, HD_TEAM, &all);
    const hd_team_t **teams = hd_alloc_n(c->cx.arena, all + 1, sizeof(const hd_team_t *));
    for (size_t i = 0; i < all; i++) {
        const hd_team_t *team = rows[i];
        const hd_team_t *public = hd_team_by_slug(&c->cx, team->slug);
        if (public != NULL && public->rec.id == team->rec.id) {
            teams[n++] = team;
        }
    }
    qsort(teams, n, sizeof(const hd_team_t *), compare_teams);
    return hd_page_write_list(c, teams, n);
}

hd_code_t hd_page_form(hd_call_t *c)
{
    hd_form_t empty = { 0 };
    const hd_team_t *team = hd_team_by_slug(&c->cx, c->path_slug);
    return team != NULL ? hd_page_write_form(c, team, &empty, 200) : write_not_found(c);
}

/* ---- sending ---- */

static hd_code_t write_again(hd_call_t *c, const hd_team_t *team, hd_form_t *f, const char *notice,
                             uint16_t status)
{
    if (notice != NULL) {
        hd_sheet_t s = hd_sheet_begin(c);
        f->notice = hd_sheet_say(&s, notice);
    }
    return hd_page_write_form(c, team, f, status);
}

/* The token was used already: the same form gets the same answer, another text is asked about. */
static hd_code_t answer_seen(hd_call_t *c, const hd_team_t *team, hd_form_t *f,
                             const hd_idem_t *seen)
{
    uint8_t now[16];
    hd_form_fingerprint(c->site, c->cx.arena, team->slug, f, now);
    if (hd_mem_eq_const(now, seen->request, sizeof(now))) {
        return hd_page_write_thanks(c, team, f->value[HD_FORM_SUBJECT], seen->id);
    }
    hd_sheet_t s = hd_sheet_begin(c);
    f->notice = hd_t(s.arena, s.lang, "form.sent_already", 1, "reference",
                     isolate(s.arena, reference(s.arena, seen->id)));
    return hd_page_write_form(c, team, f, 409);
}

/* Seconds to wait, 0 = go on.  IPv6 addresses count by their /64. */
static uint32_t throttle(hd_call_t *c)
{
    static const uint8_t mapped[MAPPED_PREFIX] = { [10] = 0xFF, [11] = 0xFF };
    uint8_t key[4 + 16] = { 'f', 'o', 'r', 'm' };
    const hd_throttle_t *t = c->throttle;
    if (t == NULL || t->take == NULL) {
        return 0;
    }
    size_t n = memcmp(c->req.ip, mapped, sizeof(mapped)) == 0 ? 16 : 8;
    memcpy(key + 4, c->req.ip, n);
    uint32_t wait = t->take(t->arg, key, 4 + n, HD_FORM_ADDRESS, HD_FORM_WINDOW, HD_TAKE);
    return wait != 0 ? wait : t->take(t->arg, key, 4, HD_FORM_ALL, HD_FORM_WINDOW, HD_TAKE);
}

/* Nobody signed in sends a form, whatever cookies came along (T-11). */
static hd_code_t create_ticket(hd_call_t *c, const hd_team_t *team, hd_form_t *f,
                               hd_problem_t *ret_problem, hd_id_t *ret_id)
{
    hd_ticket_t ticket;
    uint64_t mask;
    hd_cx_t cx = c->cx;
    hd_problem_init(ret_problem);
    cx.actor = &hd_actor_nobody;
    cx.problem = ret_problem;
    hd_form_ticket(f, &ticket, &mask);
    ticket.team_id = team->rec.id;
    hd_code_t code = hd_ticket_create(&cx, &ticket, mask | HD_BIT(HD_TICKET_F_team_id));
    if (code == HD_OK) {
        *ret_id = ticket.rec.id;
    }
    for (hd_bad_field_t *bad = ret_problem->fields; code != HD_OK && bad != NULL; bad = bad->next) {
        hd_form_bad(f, bad->field, bad->code);
    }
    return code;
}

static hd_code_t store_form(hd_call_t *c, const hd_team_t *team, hd_form_t *f,
                            const uint8_t key[16])
{
    hd_problem_t problem;
    hd_id_t id;
    uint64_t before = hd_txn_writes(c->cx.txn);
    hd_idem_t idem = { .time = c->cx.now, .status = 201, .type = HD_TICKET };
    hd_form_fingerprint(c->site, c->cx.arena, team->slug, f, idem.request);
    hd_code_t code = create_ticket(c, team, f, &problem, &id);
    if (code != HD_OK) {
        bool ours = f->n_errors > 0 && hd_txn_writes(c->cx.txn) == before;
        return ours ? write_again(c, team, f, NULL, 422)
                    : hd_problem_set(c->cx.problem, code, problem.detail);
    }
    idem.id = id;
    hd_idem_put(c->cx.txn, key, &idem);
    return hd_page_write_thanks(c, team, f->value[HD_FORM_SUBJECT], id);
}

static hd_code_t check_and_store(hd_call_t *c, const hd_team_t *team, hd_form_t *f,
                                 hd_form_verdict_t verdict, const uint8_t key[16])
{
    hd_form_check(f);
    if (f->trapped) {
        return write_again(c, team, f, "form.trapped", 422);
    }
    if (verdict != HD_FORM_FRESH) {
        return write_again(c, team, f, "form.expired", 422);
    }
    if (f->n_errors > 0) {
        return write_again(c, team, f, NULL, 422);
    }
    uint32_t wait = throttle(c);
    if (wait != 0) {
        hd_res_header(c, "Retry-After", hd_strf(c->cx.arena, "%" PRIu32, wait));
        return write_again(c, team, f, "form.throttled", 429);
    }
    return store_form(c, team, f, key);
}

hd_code_t hd_page_submit(hd_call_t *c)
{
    hd_form_t f;
    hd_idem_t seen;
    uint8_t key[16] = { 0 };
    const hd_team_t *team = hd_team_by_slug(&c->cx, c->path_slug);
    if (team == NULL) {
        return write_not_found(c);
    }
    hd_form_read(c->cx.arena, c->req.body, &f);
    hd_form_verdict_t verdict = hd_form_verify(c->site, team->slug, f.token, c->cx.now, key);
    if (verdict != HD_FORM_BAD && hd_idem_get(c->cx.txn, key, &seen)) {
        return answer_seen(c, team, &f, &seen);
    }
    return check_and_store(c, team, &f, verdict, key);
}
