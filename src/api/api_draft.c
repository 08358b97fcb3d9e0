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

/* ---- POST /canned_responses/{id}/expand ---- */

static hd_code_t read_ticket(hd_call_t *c, hd_id_t *ret)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    hd_arena_t *a = c->cx.arena;
    while (hd_jnext(c->json, &it, &key, &v)) {
        if (!hd_str_is(key, "ticket_id")) {
            (void) hd_problem_field(&c->problem, a, key, "unknown_field", "There is no such field.");
            return HD_E_UNKNOWN_FIELD;
        }
        if (hd_jtype(v) != HD_J_INT) {
            return hd_problem_field(&c->problem, a, key, "wrong_type", "The value has the wrong type.");
        }
        if (hd_jint(v) < 1 || hd_jint(v) > (int64_t) HD_ID_MAX) {
            return hd_problem_field(&c->problem, a, key, "not_an_id", "The value is not the number of a record.");
        }
        *ret = (hd_id_t) hd_jint(v);
    }
    return *ret != 0 ? HD_OK : hd_problem_field(&c->problem, a, HD_STR("ticket_id"), "required", "A value is required.");
}

hd_code_t hd_api_canned_expand(hd_call_t *c)
{
    hd_id_t ticket = 0;
    hd_str_t body;
    hd_code_t code = read_ticket(c, &ticket);
    if (code == HD_OK) {
        code = hd_canned_expand(&c->cx, c->path_id, ticket, &body);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 64 + body.len);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("body"));
    hd_json_str(&j, body);
    hd_json_end_obj(&j);
    return HD_OK;
}
