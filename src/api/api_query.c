/*
 * The query string of lists: limit, after, fields, and a filter for every other name.  An unknown
 * name is an error that names the parameter; values never come back (T-23, T-25).
 */
#include "api_impl.h"

#define BOARD_KEYS 4             /* conditions that choose an index of tickets */

hd_code_t hd_api_bad_parameter(hd_call_t *c, hd_str_t name, const char *code, const char *sentence)
{
    (void) hd_problem_set(&c->problem, HD_E_FILTER, NULL);
    (void) hd_problem_field(&c->problem, c->cx.arena, name, code, sentence);
    return HD_E_FILTER;
}

static hd_code_t read_limit(hd_call_t *c, hd_str_t value, uint32_t *ret_limit)
{
    uint64_t n;
    if (!hd_str_to_u64(value, &n) || n < 1 || n > HD_PAGE_MAX) {
        return hd_api_bad_parameter(c, HD_STR("limit"), "out_of_range",
                                    "Give a number from 1 to 200.");
    }
    *ret_limit = (uint32_t) n;
    return HD_OK;
}

static hd_code_t read_fields(hd_call_t *c, const hd_entity_t *e, hd_str_t value, uint64_t *ret_mask)
{
    uint64_t may = hd_json_mask(e, false, hd_actor_is_staff(c->cx.actor));
    uint64_t mask = HD_BIT(HD_F_id) | HD_BIT(HD_F_version);
    hd_str_t part;
    while (hd_str_split(&value, ',', &part)) {
        int i = hd_field_index(e, part);
        if (i < 0 || !(may & HD_BIT(i))) {
            return hd_api_bad_parameter(c, HD_STR("fields"), "unknown_field",
                                        "There is no such field.");
        }
        mask |= HD_BIT(i);
    }
    *ret_mask = mask;
    return HD_OK;
}

/* Plain conditions on the ids that choose an index; *ret_taken false: it is an ordinary filter. */
static hd_code_t read_key(hd_call_t *c, hd_ticket_query_t *q, hd_str_t name, hd_str_t value,
                          bool *ret_taken)
{
    static const char *const names[BOARD_KEYS] = { "team_id", "stage_id", "user_id", "partner_id" };
    hd_id_t *const at[BOARD_KEYS] = { &q->team_id, &q->stage_id, &q->user_id, &q->partner_id };
    for (size_t i = 0; i < BOARD_KEYS; i++) {
        uint64_t id;
        if (!hd_str_is(name, names[i]) || *at[i] != 0) {
            continue;
        }
        if (at[i] == &q->user_id && (value.len == 0 || hd_str_is(value, "null"))) {
            q->unassigned = true;
        } else if (value.len == 0 || hd_str_is(value, "null")
                   || (at[i] == &q->user_id && q->unassigned)) {
            return HD_OK;
        } else if (hd_str_to_u64(value, &id) && id >= 1 && id <= HD_ID_MAX) {
            *at[i] = id;
        } else {
            return hd_api_bad_parameter(c, name, "not_an_id",
                                        "The value is not the number of a record.");
        }
        *ret_taken = true;
    }
    return HD_OK;
}

static hd_code_t read_active(hd_call_t *c, hd_ticket_query_t *q, hd_str_t value)
{
    if (hd_str_is(value, "true")) {
        q->active = 1;
    } else if (hd_str_is(value, "false")) {
        q->active = 0;
    } else if (hd_str_is(value, "any")) {
        q->active = -1;
    } else {
        return hd_api_bad_parameter(c, HD_STR("active"), "not_an_option",
                                    "Give true, false or any.");
    }
    return HD_OK;
}

/* Lists show what is not archived unless a condition speaks of it: active in (false, true). */
static hd_code_t filter_any_active(hd_call_t *c, const hd_entity_t *e, hd_filter_t *ret)
{
    int i = hd_field_index(e, HD_STR("active"));
    if (i < 0) {
        return hd_api_bad_parameter(c, HD_STR("active"), "unknown_field",
                                    "There is no such field.");
    }
    *ret = (hd_filter_t){ .field = (uint16_t) i, .op = HD_OP_IN, .n = 2 };
    ret->num = hd_alloc_n(c->cx.arena, 2, sizeof(*ret->num));
    ret->num[1] = 1;
    return HD_OK;
}

static hd_code_t read_filter(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_str_t name,
                             hd_str_t value)
{
    if (l->n_filters == HD_FILTERS_MAX) {
        return hd_api_bad_parameter(c, name, "too_many", "There are too many conditions.");
    }
    if (hd_str_is(name, "active") && hd_str_is(value, "any")) {
        return filter_any_active(c, e, &l->filters[l->n_filters++]);
    }
    return hd_filter_parse(e, c->cx.arena, name, value, hd_actor_is_staff(c->cx.actor),
                           &l->filters[l->n_filters++], &c->problem);
}

static hd_code_t read_pair(hd_call_t *c, const hd_entity_t *e, hd_list_t *l,
                           hd_ticket_query_t *tickets, hd_str_t name, hd_str_t value)
{
    if (hd_str_is(name, "limit")) {
        l->limited = true;
        return read_limit(c, value, &l->limit);
    }
    if (hd_str_is(name, "format")) {
        return hd_str_is(value, "csv") || hd_str_is(value, "json")
                   ? HD_OK
                   : hd_api_bad_parameter(c, name, "not_an_option", "Give csv or json.");
    }
    if (hd_str_is(name, "after")) {
        l->after = value;
        return HD_OK;
    }
    if (hd_str_is(name, "fields")) {
        l->chosen = true;
        return read_fields(c, e, value, &l->mask);
    }
    if (tickets != NULL) {
        if (hd_str_is(name, "active")) {
            return read_active(c, tickets, value);
        }
        bool taken = false;
        hd_code_t code = read_key(c, tickets, name, value, &taken);
        if (code != HD_OK || taken) {
            return code;
        }
    }
    return read_filter(c, e, l, name, value);
}

hd_code_t hd_api_query(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_ticket_query_t *tickets)
{
    hd_str_t rest = c->req.query, name, value;
    l->n_filters = 0;
    l->chosen = l->limited = false;
    l->limit = HD_PAGE_DEFAULT;
    l->after = (hd_str_t){ 0, "" };
    l->mask = hd_json_mask(e, true, hd_actor_is_staff(c->cx.actor));
    if (tickets != NULL) {
        *tickets = (hd_ticket_query_t){ .active = 1 };
    }
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        hd_code_t code =
            name.data == NULL ? HD_E_REQUEST : read_pair(c, e, l, tickets, name, value);
        if (code != HD_OK) {
            return code;
        }
    }
    if (tickets != NULL) {
        tickets->filters = l->filters;
        tickets->n_filters = l->n_filters;
        tickets->limit = l->limit;
        tickets->after = l->after;
    }
    return HD_OK;
}

hd_code_t hd_api_limit_query(hd_call_t *c, uint32_t *limit)
{
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (limit == NULL || !hd_str_is(name, "limit")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        hd_code_t code = read_limit(c, value, limit);
        if (code != HD_OK) {
            return code;
        }
    }
    return HD_OK;
}

hd_code_t hd_api_no_query(hd_call_t *c)
{
    return c->req.query.len == 0 ? HD_OK : hd_api_limit_query(c, NULL);
}
