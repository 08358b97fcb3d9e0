/*
 * What the agents' pages need before they can show anything, in one answer: who is signed in, the short record types
 * with those that are archived, the numbers beside the navigation, and the event after which the stream goes on.
 *
 *     {"user":{},"csrf":"","companies":[1],"users":{"items":[],"next":null}, ..., "my":3,"unassigned":2,"unread":1,"seq":17}
 */
#include "api_impl.h"

static const struct {
    const char *name;
    hd_type_t   type;
} lists[] = {
    { "users", HD_USER }, { "teams", HD_TEAM }, { "stages", HD_STAGE }, { "types", HD_TICKET_TYPE },
    { "tags", HD_TAG }, { "activity_types", HD_ACTIVITY_TYPE }, { "views", HD_VIEW }
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

/* The first page of the list, with active=any where records are archived; a long list goes on at its own address. */
static hd_code_t read_page(hd_call_t *c, hd_type_t type, hd_page_t *ret)
{
    int64_t either[] = { 0, 1 };
    int active = hd_field_index(hd_entities[type], HD_STR("active"));
    hd_filter_t f = { .field = (uint16_t) active, .op = HD_OP_IN, .n = 2, .num = either };
    hd_query_t q = { .filters = &f, .n_filters = active < 0 ? 0 : 1, .limit = HD_PAGE_MAX };
    return hd_record_list(&c->cx, type, &q, ret);
}

static void put_page(hd_call_t *c, hd_json_t *j, size_t i, const hd_page_t *page)
{
    const hd_entity_t *e = hd_entities[lists[i].type];
    hd_json_opt_t opt = { .mask = hd_json_mask(e, true, hd_actor_is_staff(c->cx.actor)) };
    hd_json_key(j, hd_str(lists[i].name));
    hd_json_obj(j);
    hd_json_key(j, HD_STR("items"));
    hd_json_arr(j);
    for (uint32_t n = 0; n < page->n; n++) {
        hd_record_json(j, e, hd_record_view(&c->cx, lists[i].type, page->v[n]), &opt);
    }
    hd_api_list_end(j, page->next);
}

/* Open tickets of one's own, and of nobody (TKT-8). */
static hd_code_t count_open(hd_call_t *c, hd_ticket_query_t q, uint64_t *ret)
{
    hd_filter_t f;
    hd_code_t code = hd_filter_parse(hd_entities[HD_TICKET], c->cx.arena, HD_STR("closed"), HD_STR("false"),
                                     hd_actor_is_staff(c->cx.actor), &f, &c->problem);
    q.active = 1;
    q.where = code == HD_OK ? hd_expr_of(c->cx.arena, &f, 1) : NULL;
    return code == HD_OK ? hd_ticket_count(&c->cx, &q, ret) : code;
}

hd_code_t hd_api_start_get(hd_call_t *c)
{
    hd_page_t pages[LISTS] = { { NULL, 0, { 0, NULL } } };
    uint64_t my = 0, unassigned = 0;
    size_t rows = 0;
    hd_code_t code = hd_api_no_query(c);
    for (size_t i = 0; i < LISTS && code == HD_OK; i++) {
        code = read_page(c, lists[i].type, &pages[i]);
        rows += pages[i].n;
    }
    if (code == HD_OK) {
        code = count_open(c, (hd_ticket_query_t){ .user_id = c->cx.actor->user->rec.id }, &my);
    }
    if (code == HD_OK) {
        code = count_open(c, (hd_ticket_query_t){ .unassigned = true }, &unassigned);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 2048 + 400 * rows);
    hd_json_obj(&j);
    hd_api_session_members(c, &j);
    for (size_t i = 0; i < LISTS; i++) {
        put_page(c, &j, i, &pages[i]);
    }
    hd_json_key(&j, HD_STR("my"));
    hd_json_u64(&j, my);
    hd_json_key(&j, HD_STR("unassigned"));
    hd_json_u64(&j, unassigned);
    hd_json_key(&j, HD_STR("unread"));
    hd_json_u64(&j, hd_inbox_unread(&c->cx));
    hd_json_key(&j, HD_STR("seq"));
    hd_json_u64(&j, hd_txn_log_end(c->cx.txn));
    hd_json_end_obj(&j);
    return HD_OK;
}
