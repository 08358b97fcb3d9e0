/*
 * The query string of lists: limit, after, fields, sort, filter ..., and a filter for every other name.  An unknown
 * name is an error that names the parameter; values never come back (T-23, T-25).
 */
#include "api_impl.h"

#define KEYS 4                   /* conditions that choose an index of tickets */

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

static hd_code_t read_fields(hd_call_t *c, const hd_entity_t *e, hd_str_t value, hd_list_t *l)
{
    uint64_t may = hd_json_mask(e, false, hd_actor_is_staff(c->cx.actor));
    hd_str_t part;
    l->columns = 0;
    while (hd_str_split(&value, ',', &part)) {
        int i = hd_field_index(e, part);
        if (i < 0 || !(may & HD_BIT(i))) {
            return hd_api_bad_parameter(c, HD_STR("fields"), "unknown_field",
                                        "There is no such field.");
        }
        l->columns |= HD_BIT(i);
    }
    l->mask = l->columns | HD_BIT(HD_F_id) | HD_BIT(HD_F_version);
    return HD_OK;
}

static bool is_sortable(const hd_field_t *f, bool staff)
{
    return f->tag != 0 && hd_field_is_asked(f, staff) && f->kind != HD_K_TEXT && f->kind != HD_K_JSON && f->kind != HD_K_REFS
           && f->kind != HD_K_FLAGS;
}

/* "-priority,create_date" */
static hd_code_t read_sort(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_str_t value)
{
    hd_str_t part;
    l->n_sort = 0;
    while (hd_str_split(&value, ',', &part)) {
        bool desc = part.len > 0 && part.data[0] == '-';
        hd_str_t name = { part.len - desc, part.data + desc };
        int i = hd_field_index(e, name);
        if (i < 0 || !is_sortable(&e->fields[i], hd_actor_is_staff(c->cx.actor))) {
            return hd_api_bad_parameter(c, HD_STR("sort"), "unknown_field",
                                        "There is no such field to sort by.");
        }
        if (l->n_sort == HD_SORT_MAX) {
            return hd_api_bad_parameter(c, HD_STR("sort"), "too_many", "Sort by at most three fields.");
        }
        l->sort[l->n_sort++] = (hd_sort_t){ (uint16_t) i, desc };
    }
    return HD_OK;
}

static hd_code_t read_expression(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_str_t value)
{
    const hd_expr_t *x = NULL;
    if (value.len == 0) {
        return HD_OK;
    }
    hd_code_t code = hd_expr_parse(e, c->cx.arena, value, hd_actor_is_staff(c->cx.actor), &x, &c->problem);
    if (code == HD_OK) {
        l->where = hd_expr_and(c->cx.arena, l->where, x);
    }
    return code;
}

static hd_code_t read_format(hd_call_t *c, hd_str_t value)
{
    return hd_str_is(value, "csv") || hd_str_is(value, "json") ? HD_OK
         : hd_api_bad_parameter(c, HD_STR("format"), "not_an_option", "Give csv or json.");
}

/* Plain conditions on the ids that choose an index; *ret_taken false: it is an ordinary filter. */
static hd_code_t read_key(hd_call_t *c, hd_ticket_query_t *q, hd_str_t name, hd_str_t value,
                          bool *ret_taken)
{
    static const char *const names[KEYS] = { "team_id", "stage_id", "user_id", "partner_id" };
    hd_id_t *const at[KEYS] = { &q->team_id, &q->stage_id, &q->user_id, &q->partner_id };
    for (size_t i = 0; i < KEYS; i++) {
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

hd_code_t hd_api_read_active(hd_call_t *c, hd_str_t value, int8_t *ret)
{
    if (hd_str_is(value, "true")) {
        *ret = 1;
    } else if (hd_str_is(value, "false")) {
        *ret = 0;
    } else if (hd_str_is(value, "any")) {
        *ret = -1;
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

/* What is no condition; *ret_taken false: it is one. */
static hd_code_t read_option(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_str_t name, hd_str_t value,
                             bool *ret_taken)
{
    *ret_taken = true;
    if (hd_str_is(name, "limit")) {
        l->limited = true;
        return read_limit(c, value, &l->limit);
    }
    if (hd_str_is(name, "after")) {
        l->after = value;
        return HD_OK;
    }
    if (hd_str_is(name, "fields")) {
        return read_fields(c, e, value, l);
    }
    if (hd_str_is(name, "filter")) {
        return read_expression(c, e, l, value);
    }
    if (hd_str_is(name, "sort")) {
        return read_sort(c, e, l, value);
    }
    if (hd_str_is(name, "expand")) {
        return hd_api_expand_fields(c, e, value, &l->expand);
    }
    if (hd_str_is(name, "format")) {
        return read_format(c, value);
    }
    if (hd_str_is(name, "by") && c->route->run == hd_api_ticket_groups) {
        l->by = value;
        return HD_OK;
    }
    *ret_taken = false;
    return HD_OK;
}

static hd_code_t read_pair(hd_call_t *c, const hd_entity_t *e, hd_list_t *l,
                           hd_ticket_query_t *tickets, hd_str_t name, hd_str_t value)
{
    bool taken = false;
    hd_code_t code = read_option(c, e, l, name, value, &taken);
    if (code == HD_OK && !taken && tickets != NULL) {
        if (hd_str_is(name, "active")) {
            return hd_api_read_active(c, value, &tickets->active);
        }
        code = read_key(c, tickets, name, value, &taken);
    }
    return code != HD_OK || taken ? code : read_filter(c, e, l, name, value);
}

/* Fields marked for CSV, as far as the viewer sees them. */
static uint64_t csv_columns(const hd_entity_t *e, bool staff)
{
    uint64_t mask = hd_json_mask(e, false, staff);
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (!(e->fields[i].flags & HD_F_CSV)) {
            mask &= ~HD_BIT(i);
        }
    }
    return mask;
}

/* TKT-3: that order by name is the order there is an index for. */
static bool is_default_order(const hd_list_t *l)
{
    return (l->n_sort == 1 || (l->n_sort == 2 && l->sort[1].field == HD_F_id && l->sort[1].desc))
        && l->sort[0].field == HD_TICKET_F_priority && l->sort[0].desc;
}

static void fill_tickets(hd_call_t *c, const hd_list_t *l, hd_ticket_query_t *q)
{
    const hd_expr_t *all = hd_expr_and(c->cx.arena, hd_expr_of(c->cx.arena, l->filters, l->n_filters), l->where);
    if (hd_expr_names(all, HD_TICKET_F_active)) {
        q->active = -1;              /* the condition says what it wants */
    }
    q->where = all;
    q->sort = l->sort;
    q->n_sort = is_default_order(l) ? 0 : l->n_sort;
    q->limit = l->limit;
    q->after = l->after;
}

static void begin_list(hd_call_t *c, const hd_entity_t *e, hd_list_t *l)
{
    bool staff = hd_actor_is_staff(c->cx.actor);
    l->limited = false;
    l->n_filters = l->n_sort = 0;
    l->where = NULL;
    l->limit = HD_PAGE_DEFAULT;
    l->after = l->by = (hd_str_t){ 0, "" };
    l->mask = hd_json_mask(e, true, staff);
    l->columns = csv_columns(e, staff);
    l->expand = 0;
}

hd_code_t hd_api_query_own(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_own_t *own, size_t n)
{
    hd_str_t rest = c->req.query, name, value;
    begin_list(c, e, l);
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        bool taken = false;
        for (size_t i = 0; name.data != NULL && i < n; i++) {
            if (hd_str_is(name, own[i].name)) {
                own[i].value = value;
                taken = true;
            }
        }
        bool option = name.data != NULL && (hd_str_is(name, "limit") || hd_str_is(name, "after") || hd_str_is(name, "expand"));
        hd_code_t code = name.data == NULL ? HD_E_REQUEST : HD_OK;
        if (code == HD_OK && !taken) {
            code = option ? read_option(c, e, l, name, value, &taken)
                          : hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        if (code != HD_OK) {
            return code;
        }
    }
    return HD_OK;
}

hd_code_t hd_api_query(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_ticket_query_t *tickets)
{
    hd_str_t rest = c->req.query, name, value;
    begin_list(c, e, l);
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
        fill_tickets(c, l, tickets);
    }
    return HD_OK;
}

hd_code_t hd_api_expand_query(hd_call_t *c, const hd_entity_t *e, uint64_t *ret_expand)
{
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (!hd_str_is(name, "expand")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        hd_code_t code = hd_api_expand_fields(c, e, value, ret_expand);
        if (code != HD_OK) {
            return code;
        }
    }
    return HD_OK;
}

hd_code_t hd_api_no_query(hd_call_t *c)
{
    hd_str_t rest = c->req.query, name, value;
    if (!hd_query_next(&rest, c->cx.arena, &name, &value)) {
        return HD_OK;
    }
    return name.data == NULL ? HD_E_REQUEST : hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
}
