/*
 * GET /tickets/groups?by=stage_id: how many of the matching tickets have which value (TKT-8).
 *
 *     {"groups":[{"value":3,"count":40},{"value":null,"count":2}],"total":42,"other":0}
 *
 * A group shows what the tickets themselves show, an id or a word, and nothing of the record behind it.
 */
#include "api_impl.h"

static const struct {
    const char *name;
    hd_period_t period;
} periods[] = {
    { "day", HD_BY_DAY }, { "week", HD_BY_WEEK }, { "month", HD_BY_MONTH }, { "quarter", HD_BY_QUARTER },
    { "year", HD_BY_YEAR },
};

/* "create_date.month"; a time without a period goes by day. */
static hd_code_t read_by(hd_call_t *c, hd_str_t by, unsigned *ret_field, hd_period_t *ret_period)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_str_t name, rest = by;
    bool known = false;
    (void) hd_str_split(&rest, '.', &name);
    int i = by.len == 0 ? -1 : hd_field_index(e, name);
    hd_grouping_t grouping = i < 0 ? HD_GROUPED_NOT : hd_ticket_grouping((unsigned) i);
    bool timed = grouping == HD_GROUPED_BY_PERIOD;
    if (grouping == HD_GROUPED_NOT || !hd_field_is_asked(&e->fields[i], hd_actor_is_staff(c->cx.actor))) {
        return hd_api_bad_parameter(c, HD_STR("by"), by.len == 0 ? "required" : "unknown_field",
                                    "Name a field tickets can be grouped by.");
    }
    *ret_field = (unsigned) i;
    *ret_period = timed ? HD_BY_DAY : HD_BY_VALUE;
    for (size_t k = 0; k < sizeof(periods) / sizeof(periods[0]) && timed && name.len < by.len; k++) {
        if (hd_str_is(rest, periods[k].name)) {
            *ret_period = periods[k].period;
            known = true;
        }
    }
    return known || name.len == by.len ? HD_OK
         : hd_api_bad_parameter(c, HD_STR("by"), "not_an_option",
                                "Dates are grouped by day, week, month, quarter or year.");
}

static void put_value(hd_json_t *j, const hd_field_t *f, int64_t v)
{
    switch ((hd_kind_t) f->kind) {
    case HD_K_TIME: hd_json_time(j, v); break;
    case HD_K_BOOL: hd_json_bool(j, v != 0); break;
    case HD_K_INT:  hd_json_i64(j, v); break;
    case HD_K_ENUM: hd_json_str(j, hd_str(v < f->options->n ? f->options->slugs[v] : "")); break;
    default:
        if (v == 0) {
            hd_json_null(j);
        } else {
            hd_json_i64(j, v);
        }
    }
}

static void put_groups(hd_call_t *c, const hd_field_t *f, const hd_groups_t *g)
{
    hd_json_t j = hd_res_json(c, 200, 128 + 48 * g->n);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("groups"));
    hd_json_arr(&j);
    for (size_t i = 0; i < g->n; i++) {
        hd_json_obj(&j);
        hd_json_key(&j, HD_STR("value"));
        put_value(&j, f, g->v[i].value);
        hd_json_key(&j, HD_STR("count"));
        hd_json_u64(&j, g->v[i].count);
        hd_json_end_obj(&j);
    }
    hd_json_end_arr(&j);
    hd_json_key(&j, HD_STR("total"));
    hd_json_u64(&j, g->total);
    hd_json_key(&j, HD_STR("other"));
    hd_json_u64(&j, g->other);
    hd_json_end_obj(&j);
}

hd_code_t hd_api_ticket_groups(hd_call_t *c)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_ticket_query_t q;
    hd_groups_t groups = { .n = 0 };
    hd_period_t period = HD_BY_VALUE;
    unsigned field = 0;
    hd_code_t code = hd_api_query(c, e, l, &q);
    if (code == HD_OK) {
        code = read_by(c, l->by, &field, &period);
    }
    if (code == HD_OK) {
        code = hd_ticket_groups(&c->cx, &q, field, period, &groups);
    }
    if (code == HD_OK) {
        put_groups(c, &e->fields[field], &groups);
    }
    return code;
}
