/*
 * POST /website/form/helpdesk.ticket (CHN-15): the form of a team for other sites' pages.  The fields are those of
 * the team's form; what it does not know goes below "Other Information".  Answers have status 200 as callers of this
 * address expect, unless the request itself is refused:
 *
 *     {"id": 42}                       stored
 *     {"error_fields": ["name"]}       these cannot be accepted
 *     {"error": "...", "code": "..."}  nothing was stored; code files, csrf, throttled, no_form ...
 *
 * There is no token of a page, so whoever is signed in here has to show the CSRF token of his session (T-11), in the
 * field csrf_token or the header X-CSRF; everybody else sends as nobody.
 */
#include "page_impl.h"

#define OTHER_FIELDS    50
#define OTHER_NAME_MAX  100
#define OTHER_VALUE_MAX 4000

/* ---- answers ---- */

static hd_json_t open_answer(hd_call_t *c, uint16_t status)
{
    hd_json_t j = hd_res_json(c, status, 256);
    hd_json_obj(&j);
    return j;
}

static hd_code_t answer_error(hd_call_t *c, uint16_t status, const char *code, const char *sentence)
{
    hd_json_t j = open_answer(c, status);
    hd_json_key(&j, HD_STR("error"));
    hd_json_str(&j, hd_str(sentence));
    hd_json_key(&j, HD_STR("code"));
    hd_json_str(&j, hd_str(code));
    hd_json_end_obj(&j);
    c->refused = status == 403 ? HD_E_CSRF : status == 429 ? HD_E_THROTTLED : HD_E_INVALID;
    return HD_OK;
}

static hd_code_t answer_fields(hd_call_t *c, const hd_form_t *form, const hd_answer_t *answers)
{
    hd_json_t j = open_answer(c, 200);
    hd_json_key(&j, HD_STR("error_fields"));
    hd_json_arr(&j);
    for (uint32_t i = 0; i < form->n; i++) {
        if (answers[i].error != NULL) {
            hd_json_str(&j, form->item[i].name);
        }
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    c->refused = HD_E_INVALID;
    return HD_OK;
}

/* ---- other information ---- */

/* What carries the form and is no answer. */
static bool is_ours(hd_str_t name)
{
    static const char *const ours[] = { "token", "csrf_token", "team_id", "lang", "context",
                                        "website_form_signature", HD_FORM_TRAP };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (hd_str_is(name, ours[i])) {
            return true;
        }
    }
    return false;
}

/* false: there is more than fits, and nothing is dropped without a word. */
static bool other_lines(hd_call_t *c, const hd_form_t *form, const hd_pair_t *pairs, size_t n, hd_str_t *ret)
{
    hd_buf_t b;
    unsigned lines = 0;
    hd_buf_init(&b, c->cx.arena, 256, HD_BODY_MAX);
    for (size_t i = 0; i < n; i++) {
        hd_str_t name = hd_text_clean(c->cx.arena, pairs[i].name, false);
        hd_str_t value = hd_text_clean(c->cx.arena, pairs[i].value, true);
        if (is_ours(pairs[i].name) || hd_form_find(form, pairs[i].name) >= 0 || value.len == 0) {
            continue;
        }
        if (++lines > OTHER_FIELDS || value.len > OTHER_VALUE_MAX) {
            return false;
        }
        hd_buf_str(&b, hd_str_cut(name, OTHER_NAME_MAX));
        hd_buf_z(&b, memchr(value.data, '\n', value.len) != NULL ? ":\n" : ": ");
        hd_buf_str(&b, value);
        hd_buf_byte(&b, '\n');
    }
    *ret = hd_buf_view(&b);
    return true;
}

/* ---- who, and to whom ---- */

/* False: signed in, but without the session's CSRF token. */
static bool decide_sender(hd_call_t *c, const hd_pair_t *pairs, size_t n)
{
    char want[44];
    hd_str_t got = hd_page_pair(pairs, n, "csrf_token");
    hd_call_guest(c, &c->cx);
    if (c->cx.actor->uid == 0) {
        return true;
    }
    got = got.len != 0 ? got : c->req.x_csrf;
    hd_csrf_token(c, want);
    return got.len == sizeof(want) - 1 && hd_mem_eq_const(got.data, want, sizeof(want) - 1);
}

/* Unknown, unpublished and archived teams are the same (CHN-12). */
static const hd_team_t *find_team(hd_call_t *c, const hd_pair_t *pairs, size_t n)
{
    uint64_t id;
    if (!hd_str_to_u64(hd_page_pair(pairs, n, "team_id"), &id) || id > HD_ID_MAX) {
        return NULL;
    }
    const hd_team_t *t = hd_config_get(c->cx.txn, HD_TEAM, id);
    return t != NULL ? hd_team_by_slug(&c->cx, t->slug) : NULL;
}

static hd_code_t answer_files(hd_call_t *c, hd_code_t code)
{
    if (code == HD_E_THROTTLED) {
        return answer_error(c, 429, "throttled", "Too many files came from your network. Wait a few minutes.");
    }
    return code == HD_E_FILES ? answer_error(c, 200, "too_many_files", "A form takes at most ten files.")
                              : answer_error(c, 200, "too_large", "A file is larger than this desk takes.");
}

/* ---- sending ---- */

static hd_code_t send(hd_call_t *c, const hd_form_t *form, hd_answer_t *answers, hd_str_t other)
{
    hd_ticket_t ticket;
    uint32_t wait = hd_call_sender_wait(c, HD_STR("form"), true);
    if (wait != 0) {
        hd_res_retry_after(c, wait);
        return answer_error(c, 429, "throttled", "Too many tickets came from your network. Wait a few minutes.");
    }
    hd_code_t code = hd_form_send(&c->cx, form, answers, other, &ticket);
    if (code == HD_E_INVALID) {
        return answer_fields(c, form, answers);
    }
    if (code == HD_E_CONFLICT) {
        return answer_error(c, 200, "conflict", "The team cannot take tickets at the moment.");
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = open_answer(c, 200);
    hd_json_key(&j, HD_STR("id"));
    hd_json_u64(&j, ticket.rec.id);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_page_endpoint(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n;
    hd_str_t other;
    hd_code_t code = hd_form_pairs(c, &pairs, &n);
    if (code != HD_OK) {
        return code;
    }
    if (!decide_sender(c, pairs, n)) {
        c->cx.actor = &hd_actor_nobody;
        return answer_error(c, 403, "csrf", "The request did not come from this site's own pages.");
    }
    const hd_team_t *team = find_team(c, pairs, n);
    if (team == NULL) {
        return answer_error(c, 200, "no_form", "There is no form of such a team.");
    }
    code = hd_page_files_use(c);
    if (code != HD_OK) {
        return answer_files(c, code);
    }
    const hd_form_t *form = hd_form_of(&c->cx, team);
    hd_answer_t *answers = hd_form_read(&c->cx, form, pairs, n);
    if (hd_page_is_trapped(pairs, n)) {
        return answer_error(c, 200, "trapped", "A hidden field that must stay empty was filled in.");
    }
    if (hd_form_check(form, answers) != 0) {
        return answer_fields(c, form, answers);
    }
    if (!other_lines(c, form, pairs, n, &other)) {
        return answer_error(c, 200, "too_long", "There is more beside the form's fields than a ticket takes.");
    }
    return send(c, form, answers, other);
}
