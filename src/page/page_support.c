/*
 * The handlers: the list of teams, the form of one, and sending it.
 *
 * A form that was sent twice (double click, reload, lost answer) answers the same reference: its
 * token is an idempotency key, put in the transaction that creates the ticket.  What a visitor can
 * mend brings the page again with all that was typed; nothing is dropped without a word.
 *
 * Who is signed in is the customer (CHN-16), if the form's token was made for his session; any other
 * token is a form of nobody, whatever cookies came along (T-11).
 */
#include <stdlib.h>

#include "page_impl.h"

hd_code_t hd_page_home(hd_call_t *c)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_sheet_address(&s, (hd_str_t){ 0, NULL });
    hd_str_t address = hd_str_dup(s.arena, hd_buf_view(s.b));
    hd_buf_init(s.b, s.arena, 0, 0);
    return hd_page_see_other(c, address);
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
    hd_call_guest(c, &c->cx);
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
    hd_call_guest(c, &c->cx);
    const hd_team_t *team = hd_team_by_slug(&c->cx, c->path_slug);
    if (team == NULL) {
        return hd_page_write_not_found(c);
    }
    hd_filled_t f = { .form = hd_form_of(&c->cx, team) };
    f.answers = hd_form_defaults(&c->cx, f.form);
    return hd_page_write_form(c, &f, 200);
}

/* ---- what all forms ask ---- */

hd_str_t hd_page_pair(const hd_pair_t *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!pairs[i].file && hd_str_is(pairs[i].name, name)) {
            return pairs[i].value;
        }
    }
    return (hd_str_t){ 0, "" };
}

bool hd_page_is_trapped(const hd_pair_t *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (hd_str_is(pairs[i].name, HD_FORM_TRAP) && hd_str_trim(pairs[i].value).len != 0) {
            return true;
        }
    }
    return false;
}

/* ---- sending ---- */

typedef struct {
    hd_call_t       *c;
    const hd_team_t *team;
    hd_pair_t       *pairs;
    size_t           n;
    hd_verdict_t     verdict;
    uint8_t          key[16];
    hd_filled_t      f;
} sending_t;

static hd_str_t title_of(const sending_t *s)
{
    int i = hd_form_find(s->f.form, HD_STR("name"));
    return i >= 0 && s->f.answers[i].n != 0 ? s->f.answers[i].v[0] : (hd_str_t){ 0, "" };
}

static hd_code_t write_again(sending_t *s, const char *notice, uint16_t status)
{
    if (notice == NULL && s->c->cx.n_uploads != 0) {
        notice = "form.files_again";     /* browsers forget what was chosen */
    }
    if (notice != NULL) {
        hd_sheet_t sheet = hd_sheet_begin(s->c);
        s->f.notice = hd_sheet_say(&sheet, notice);
    }
    return hd_page_write_form(s->c, &s->f, status);
}

/* The token was used already: the same form gets the same answer, another text is asked about. */
static hd_code_t answer_seen(sending_t *s, const hd_idem_t *seen)
{
    uint8_t now[16];
    hd_call_t *c = s->c;
    hd_page_fingerprint(c->site, c->cx.arena, s->f.form, s->f.answers, now);
    if (hd_mem_eq_const(now, seen->request, sizeof(now))) {
        return hd_page_write_thanks(c, s->f.form, title_of(s), seen->id);
    }
    hd_sheet_t sheet = hd_sheet_begin(c);
    s->f.notice = hd_t(sheet.arena, sheet.lang, "form.sent_already", 1, "reference",
                       hd_page_isolate(sheet.arena, hd_page_reference(sheet.arena, seen->id)));
    return hd_page_write_form(c, &s->f, 409);
}

static uint32_t count_errors(const hd_filled_t *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->form->n; i++) {
        n += f->answers[i].error != NULL;
    }
    return n;
}

static hd_code_t store_form(sending_t *s)
{
    hd_call_t *c = s->c;
    hd_ticket_t ticket;
    hd_idem_t idem = { .time = c->cx.now, .status = 201, .type = HD_TICKET };
    hd_page_fingerprint(c->site, c->cx.arena, s->f.form, s->f.answers, idem.request);
    hd_code_t code = hd_form_send(&c->cx, s->f.form, s->f.answers, (hd_str_t){ 0, "" }, &ticket);
    if (code == HD_E_INVALID) {
        s->f.n_errors = count_errors(&s->f);
        return write_again(s, NULL, 422);
    }
    if (code != HD_OK) {
        return code;
    }
    idem.id = ticket.rec.id;
    hd_idem_put(c->cx.txn, s->key, &idem);
    return hd_page_write_thanks(c, s->f.form, title_of(s), ticket.rec.id);
}

/* Key of what to say about the files that came; NULL: they are taken. */
static const char *files_notice(const sending_t *s)
{
    bool any = false, takes = hd_form_find(s->f.form, HD_STR("attachments")) >= 0;
    for (size_t i = 0; i < s->n; i++) {
        any = any || s->pairs[i].file;
    }
    if (any && !takes) {
        return "form.no_files";
    }
    switch (hd_page_files_use(s->c)) {
    case HD_OK:          return NULL;
    case HD_E_FILES:     return "form.files_many";
    case HD_E_TOO_LARGE: return "form.files_large";
    default:             return "form.throttled";
    }
}

static hd_code_t check_and_store(sending_t *s)
{
    hd_call_t *c = s->c;
    s->f.n_errors = hd_form_check(s->f.form, s->f.answers);
    if (hd_page_is_trapped(s->pairs, s->n)) {
        return write_again(s, "form.trapped", 422);
    }
    if (s->verdict != HD_FORM_FRESH) {
        return write_again(s, s->verdict == HD_FORM_HASTY ? "form.hasty" : "form.expired", 422);
    }
    const char *about_files = files_notice(s);
    if (about_files != NULL) {
        return write_again(s, about_files, 422);
    }
    if (s->f.n_errors > 0) {
        return write_again(s, NULL, 422);
    }
    uint32_t wait = hd_call_sender_wait(c, HD_STR("form"), true);
    if (wait != 0) {
        hd_res_retry_after(c, wait);
        return write_again(s, "form.throttled", 429);
    }
    return store_form(s);
}

/* Sets the actor to whom the token was made for. */
static void decide_sender(sending_t *s)
{
    char csrf[44];
    hd_call_t *c = s->c;
    hd_str_t token = hd_page_pair(s->pairs, s->n, "token");
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid != 0) {
        hd_csrf_token(c, csrf);
        s->verdict = hd_page_verify(c->site, s->team->slug, hd_str(csrf), token, c->cx.now, s->key);
        if (s->verdict != HD_FORM_BAD) {
            return;
        }
        c->cx.actor = &hd_actor_nobody;
        c->uid = 0;
        c->session_id = 0;
    }
    s->verdict = hd_page_verify(c->site, s->team->slug, (hd_str_t){ 0, "" }, token, c->cx.now, s->key);
}

hd_code_t hd_page_submit(hd_call_t *c)
{
    hd_idem_t seen;
    sending_t s = { .c = c, .team = hd_team_by_slug(&c->cx, c->path_slug) };
    if (s.team == NULL) {
        return hd_page_write_not_found(c);
    }
    hd_code_t code = hd_form_pairs(c, &s.pairs, &s.n);
    if (code != HD_OK) {
        return code;
    }
    decide_sender(&s);
    s.f.form = hd_form_of(&c->cx, s.team);
    s.f.answers = hd_form_read(&c->cx, s.f.form, s.pairs, s.n);
    if (s.verdict != HD_FORM_BAD && hd_idem_get(c->cx.txn, s.key, &seen)) {
        return answer_seen(&s, &seen);
    }
    return check_and_store(&s);
}
