/*
 * Drafts, and what goes into them: canned responses filled in for a ticket.
 */
#include "api_impl.h"

/* ?subtype=, comment when it is not given. */
static hd_code_t read_which(hd_call_t *c, hd_draft_t *ret)
{
    hd_str_t rest = c->req.query, name, value;
    bool team = hd_str_starts(c->req.path, HD_STR("/api/v1/teams/"));
    *ret = (hd_draft_t){ .ticket_id = team ? 0 : c->path_id, .team_id = team ? c->path_id : 0 };
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (!hd_str_is(name, "subtype")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        if (!hd_str_is(value, "comment") && !hd_str_is(value, "note")) {
            return hd_api_bad_parameter(c, name, "not_an_option", "Give comment or note.");
        }
        ret->subtype = hd_str_is(value, "note") ? HD_SUB_NOTE : HD_SUB_COMMENT;
    }
    return c->path_id != 0 ? HD_OK : HD_E_NOT_FOUND;
}

static hd_code_t answer(hd_call_t *c, const hd_draft_t *d)
{
    hd_json_opt_t opt = { .mask = hd_json_mask(hd_entities[HD_DRAFT], false, true) };
    hd_json_t j = hd_res_json(c, 200, 512 + d->body.len);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("draft"));
    if (d->rec.id != 0) {
        hd_record_json(&j, hd_entities[HD_DRAFT], d, &opt);
    } else {
        hd_json_null(&j);
    }
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_draft_get(hd_call_t *c)
{
    hd_draft_t which, d;
    hd_code_t code = read_which(c, &which);
    if (code == HD_OK) {
        code = hd_draft_get(&c->cx, &which, &d);
    }
    return code == HD_OK ? answer(c, &d) : code;
}

hd_code_t hd_api_draft_put(hd_call_t *c)
{
    hd_draft_t d;
    uint64_t mask = 0;
    hd_code_t code = read_which(c, &d);
    if (code == HD_OK) {
        code = hd_read_json(hd_entities[HD_DRAFT], c->cx.arena, c->json, &d, &mask, HD_READ_CREATE, &c->problem);
    }
    if (code == HD_OK) {
        code = hd_draft_put(&c->cx, &d, mask);
    }
    return code == HD_OK ? answer(c, &d) : code;
}

hd_code_t hd_api_draft_delete(hd_call_t *c)
{
    hd_draft_t which;
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = read_which(c, &which);
    }
    if (code == HD_OK) {
        code = hd_draft_delete(&c->cx, &which, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}

/* ---- POST /canned_responses/{id}/expand, /canned_responses/preview ---- */

static hd_code_t read_one(hd_call_t *c, hd_str_t key, const hd_jval_t *v, hd_id_t *ticket, hd_str_t *text)
{
    hd_arena_t *a = c->cx.arena;
    bool is_text = text != NULL && hd_str_is(key, "body");
    if (!is_text && !hd_str_is(key, "ticket_id")) {
        (void) hd_problem_field(&c->problem, a, key, "unknown_field", "There is no such field.");
        return HD_E_UNKNOWN_FIELD;
    }
    if (hd_jtype(v) != (is_text ? HD_J_STR : HD_J_INT)) {
        return hd_problem_field(&c->problem, a, key, "wrong_type", "The value has the wrong type.");
    }
    if (is_text) {
        *text = hd_jstr(v);
        return text->len <= (size_t) hd_entities[HD_CANNED_RESPONSE]->fields[HD_CANNED_RESPONSE_F_body].max ? HD_OK
             : hd_problem_field(&c->problem, a, key, "too_long", "The text is too long.");
    }
    if (hd_jint(v) < 1 || hd_jint(v) > (int64_t) HD_ID_MAX) {
        return hd_problem_field(&c->problem, a, key, "not_an_id", "The value is not the number of a record.");
    }
    *ticket = (hd_id_t) hd_jint(v);
    return HD_OK;
}

/* The ticket whose values are filled in and, where text is not NULL, the text that is. */
static hd_code_t read_filling(hd_call_t *c, hd_id_t *ret_ticket, hd_str_t *text)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    hd_code_t code = HD_OK;
    *ret_ticket = 0;
    while (code == HD_OK && hd_jnext(c->json, &it, &key, &v)) {
        code = read_one(c, key, v, ret_ticket, text);
    }
    if (code != HD_OK || *ret_ticket != 0) {
        return code;
    }
    return hd_problem_field(&c->problem, c->cx.arena, HD_STR("ticket_id"), "required", "A value is required.");
}

static hd_code_t answer_text(hd_call_t *c, hd_str_t body)
{
    hd_json_t j = hd_res_json(c, 200, 64 + body.len);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("body"));
    hd_json_str(&j, body);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_canned_expand(hd_call_t *c)
{
    hd_id_t ticket;
    hd_str_t body;
    hd_code_t code = read_filling(c, &ticket, NULL);
    if (code == HD_OK) {
        code = hd_canned_expand(&c->cx, c->path_id, ticket, &body);
    }
    return code == HD_OK ? answer_text(c, body) : code;
}

hd_code_t hd_api_canned_preview(hd_call_t *c)
{
    hd_id_t ticket;
    hd_str_t text = { 0, NULL }, body;
    hd_code_t code = read_filling(c, &ticket, &text);
    if (code == HD_OK && text.data == NULL) {
        code = hd_problem_field(&c->problem, c->cx.arena, HD_STR("body"), "required", "A value is required.");
    }
    if (code == HD_OK) {
        code = hd_canned_fill(&c->cx, text, ticket, &body);
    }
    return code == HD_OK ? answer_text(c, body) : code;
}
