/*
 * A customer's own pages: /my with its counters and /my/tickets (PRT-1), for who is signed in.  What they list is what
 * the desk lets him see.  Colleagues inside have pages of their own.
 */
#include "page_impl.h"

#define MY_LIMIT  20             /* tickets of one page */
#define WORDS_MAX 200            /* bytes of a search */

/* True: the answer is written already. */
static bool is_elsewhere(hd_call_t *c, hd_code_t *ret_code)
{
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid == 0) {
        *ret_code = hd_page_to_sign_in(c);
        return true;
    }
    if (hd_actor_is_internal(c->cx.actor)) {
        *ret_code = hd_page_see_other(c, HD_STR("/agent"));
        return true;
    }
    return false;
}

/* ---- /my ---- */

static void write_counter(hd_sheet_t *s, const char *state, const char *key, uint64_t n)
{
    hd_buf_printf(s->b, "<li class=\"card\"><a href=\"/my/tickets?state=%s\">", state);
    hd_buf_html(s->b, hd_t_plural(s->arena, s->lang, key, (int64_t) n));
    hd_buf_z(s->b, "</a></li>\n");
}

static void write_link(hd_sheet_t *s, const char *address, const char *key)
{
    hd_buf_printf(s->b, "<li><a href=\"%s\">", address);
    hd_sheet_text(s, key);
    hd_buf_z(s->b, "</a></li>\n");
}

hd_code_t hd_page_my(hd_call_t *c)
{
    uint64_t open = 0, closed = 0;
    hd_code_t code;
    if (is_elsewhere(c, &code)) {
        return code;
    }
    code = hd_portal_count(&c->cx, HD_PORTAL_OPEN, &open);
    if (code == HD_OK) {
        code = hd_portal_count(&c->cx, HD_PORTAL_CLOSED, &closed);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "portal.title");
    hd_sheet_head(&s, title, true);
    hd_sheet_element(&s, "h1", title);
    hd_sheet_element(&s, "p class=\"lead\"", hd_t(s.arena, s.lang, "portal.hello", 1, "name",
                                                  hd_page_isolate(s.arena, c->cx.actor->user->name)));
    hd_sheet_element(&s, "h2", hd_sheet_say(&s, "portal.tickets"));
    hd_buf_z(s.b, "<ul class=\"counters\">\n");
    write_counter(&s, "open", "portal.open_count", open);
    write_counter(&s, "closed", "portal.closed_count", closed);
    hd_buf_z(s.b, "</ul>\n<ul class=\"plain\">\n");
    write_link(&s, "/support", "portal.new_ticket");
    write_link(&s, "/my/account", "portal.account");
    hd_buf_z(s.b, "</ul>\n");
    return hd_sheet_end(&s, 200);
}

/* ---- /my/tickets: what is asked ---- */

typedef struct {
    hd_portal_query_t q;
    hd_str_t          from, to;          /* as typed */
    const char       *notice;            /* catalog key */
} asked_t;

/* What is not among them is the first. */
static unsigned choose(hd_str_t value, const char *const *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (hd_str_is(value, v[i])) {
            return i;
        }
    }
    return 0;
}

/* The midnight with which the day begins, or one so many days later, by the clock the pages show. */
static hd_time_t read_day(hd_call_t *c, hd_str_t text, hd_time_t days, asked_t *a)
{
    hd_time_t t = 0, instant;
    if (text.len != 0 && (text.len != 10 || !hd_time_parse(hd_str_cat(c->cx.arena, 2, text, HD_STR("T00:00:00Z")), &t))) {
        a->notice = "form.error.bad_date";
        return 0;
    }
    const hd_user_t *u = c->cx.actor->user;
    t += t != 0 ? days * HD_DAY : 0;
    return t != 0 && u != NULL && hd_zone_instant(u->tz, t, &instant) ? instant : t;
}

static asked_t read_asked(hd_call_t *c)
{
    hd_arena_t *a = c->cx.arena;
    hd_str_t query = c->req.query;
    asked_t asked = { .from = hd_str_trim(hd_form_get(query, a, "from")), .to = hd_str_trim(hd_form_get(query, a, "to")) };
    hd_str_t words = hd_str_trim(hd_text_clean(a, hd_form_get(query, a, "q"), false));
    asked.q = (hd_portal_query_t){
        .sort = (hd_portal_sort_t) choose(hd_form_get(query, a, "sort"), hd_portal_sorts, HD_PORTAL_SORTS),
        .state = (hd_portal_state_t) choose(hd_form_get(query, a, "state"), hd_portal_states, HD_PORTAL_STATES),
        .in = (hd_portal_in_t) choose(hd_form_get(query, a, "in"), hd_portal_ins, HD_PORTAL_INS),
        .by_stage = choose(hd_form_get(query, a, "group"), hd_portal_groups, 2) == 1,
        .words = words, .limit = MY_LIMIT, .after = hd_form_get(query, a, "after"),
    };
    if (words.len > WORDS_MAX) {
        asked.q.words = (hd_str_t){ 0, "" };
        asked.notice = "portal.too_much";
    }
    asked.q.from = read_day(c, asked.from, 0, &asked);
    asked.q.to = read_day(c, asked.to, 1, &asked);
    return asked;
}

/* ---- /my/tickets: the form ---- */

/* words: beginning of the catalog keys of its options. */
static void write_select(hd_sheet_t *s, const char *name, const char *key, const char *words, const char *const *v, unsigned n,
                         unsigned chosen)
{
    hd_buf_printf(s->b, "<div class=\"field\">\n<label for=\"%s\">", name);
    hd_sheet_text(s, key);
    hd_buf_printf(s->b, "</label>\n<select id=\"%s\" name=\"%s\">\n", name, name);
    for (unsigned i = 0; i < n; i++) {
        hd_buf_printf(s->b, "<option value=\"%s\"%s>", v[i], i == chosen ? " selected" : "");
        hd_sheet_text(s, hd_strf(s->arena, "%s%s", words, v[i]).data);
        hd_buf_z(s->b, "</option>\n");
    }
    hd_buf_z(s->b, "</select>\n</div>\n");
}

static void write_input(hd_sheet_t *s, const char *name, const char *key, const char *type, hd_str_t value)
{
    hd_buf_printf(s->b, "<div class=\"field\">\n<label for=\"%s\">", name);
    hd_sheet_text(s, key);
    hd_buf_printf(s->b, "</label>\n<input id=\"%s\" name=\"%s\" type=\"%s\" dir=\"auto\" value=\"", name, name, type);
    hd_buf_html(s->b, value);
    hd_buf_z(s->b, "\">\n</div>\n");
}

/* What is seldom chosen is folded away, unless it was chosen. */
static bool is_plain(const asked_t *a)
{
    return a->q.in == 0 && a->q.sort == 0 && !a->q.by_stage && a->from.len == 0 && a->to.len == 0;
}

static void write_form(hd_sheet_t *s, const asked_t *a)
{
    hd_buf_z(s->b, "<form class=\"card search\" method=\"get\" action=\"/my/tickets\" role=\"search\">\n");
    write_input(s, "q", "portal.q", "search", a->q.words);
    write_select(s, "state", "portal.state", "portal.state.", hd_portal_states, HD_PORTAL_STATES, a->q.state);
    hd_buf_z(s->b, "<button type=\"submit\">");
    hd_sheet_text(s, "portal.show");
    hd_buf_printf(s->b, "</button>\n<details%s>\n<summary>", is_plain(a) ? "" : " open");
    hd_sheet_text(s, "portal.more");
    hd_buf_z(s->b, "</summary>\n<div class=\"more\">\n");
    write_select(s, "in", "portal.in", "portal.in.", hd_portal_ins, HD_PORTAL_INS, a->q.in);
    write_select(s, "sort", "portal.sort", "portal.sort.", hd_portal_sorts, HD_PORTAL_SORTS, a->q.sort);
    write_select(s, "group", "portal.group", "portal.group.", hd_portal_groups, 2, a->q.by_stage);
    write_input(s, "from", "portal.from", "date", a->from);
    write_input(s, "to", "portal.to", "date", a->to);
    hd_buf_z(s->b, "</div>\n</details>\n</form>\n");
}

/* ---- /my/tickets: the list ---- */

static void write_ticket(hd_sheet_t *s, const hd_ticket_t *t)
{
    hd_portal_view_t v;
    hd_portal_view(&s->c->cx, t, &v);
    hd_buf_printf(s->b, "<li class=\"card\">\n<a class=\"title\" dir=\"auto\" href=\"/my/ticket/%" PRIu64 "\">", t->rec.id);
    hd_buf_html(s->b, t->name);
    hd_buf_z(s->b, "</a>\n<p class=\"meta\">");
    hd_sheet_element(s, "span dir=\"ltr\"", hd_page_reference(s->arena, t->rec.id));
    hd_sheet_element(s, "span class=\"stage\" dir=\"auto\"", v.stage);
    hd_sheet_element(s, "span dir=\"auto\"", v.team);
    if (v.customer.len != 0) {
        hd_sheet_element(s, "span class=\"customer\" dir=\"auto\"", v.customer);
    }
    hd_sheet_time(s, t->date_last_stage_update);
    hd_buf_z(s->b, "</p>\n</li>\n");
}

static void write_list(hd_sheet_t *s, const asked_t *a, const hd_ticket_page_t *page)
{
    hd_portal_view_t v;
    hd_id_t stage = 0;
    for (uint32_t i = 0; i < page->n; i++) {
        const hd_ticket_t *t = &page->v[i];
        bool begins = a->q.by_stage && t->stage_id != stage;
        if (begins || i == 0) {
            hd_buf_z(s->b, i == 0 ? "" : "</ul>\n");
            hd_portal_view(&s->c->cx, t, &v);
            if (begins) {
                hd_sheet_element(s, "h2 dir=\"auto\"", v.stage);
            }
            hd_buf_z(s->b, "<ul class=\"tickets\">\n");
        }
        stage = t->stage_id;
        write_ticket(s, t);
    }
    hd_buf_z(s->b, page->n != 0 ? "</ul>\n" : "");
}

/* The same list from another place on. */
static void write_turn(hd_sheet_t *s, const char *key, hd_str_t after)
{
    hd_buf_z(s->b, "<li><a href=\"/my/tickets?");
    hd_sheet_query(s, HD_STR("after="), HD_STR("lang="));
    hd_buf_z(s->b, after.len != 0 ? "after=" : "");
    hd_buf_html(s->b, after);
    hd_buf_z(s->b, "\">");
    hd_sheet_text(s, key);
    hd_buf_z(s->b, "</a></li>\n");
}

static void write_turns(hd_sheet_t *s, const asked_t *a, const hd_ticket_page_t *page)
{
    if (a->q.after.len == 0 && page->next.len == 0) {
        return;
    }
    hd_buf_z(s->b, "<nav class=\"turn\" aria-label=\"");
    hd_sheet_text(s, "portal.pages");
    hd_buf_z(s->b, "\">\n<ul>\n");
    if (a->q.after.len != 0) {
        write_turn(s, "portal.first", (hd_str_t){ 0, "" });
    }
    if (page->next.len != 0) {
        write_turn(s, "portal.next", page->next);
    }
    hd_buf_z(s->b, "</ul>\n</nav>\n");
}

hd_code_t hd_page_my_tickets(hd_call_t *c)
{
    hd_ticket_page_t page = { .n = 0 };
    hd_code_t code;
    if (is_elsewhere(c, &code)) {
        return code;
    }
    asked_t a = read_asked(c);
    code = a.notice == NULL ? hd_portal_list(&c->cx, &a.q, &page) : HD_OK;
    if (code == HD_E_CURSOR) {
        return hd_page_see_other(c, HD_STR("/my/tickets"));
    }
    if (code == HD_E_FILTER || code == HD_E_BROAD) {
        a.notice = "portal.too_much";
        code = HD_OK;
    }
    if (code != HD_OK) {
        return code;
    }
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t title = hd_sheet_say(&s, "portal.tickets");
    hd_sheet_head(&s, title, true);
    hd_sheet_element(&s, "h1", title);
    write_form(&s, &a);
    if (a.notice != NULL) {
        c->refused = HD_E_FILTER;
        hd_sheet_element(&s, "p class=\"notice\" role=\"alert\"", hd_sheet_say(&s, a.notice));
    } else if (page.n == 0) {
        hd_sheet_element(&s, "p class=\"lead\"", hd_sheet_say(&s, "portal.none"));
    }
    write_list(&s, &a, &page);
    write_turns(&s, &a, &page);
    return hd_sheet_end(&s, a.notice != NULL ? 422 : 200);
}
