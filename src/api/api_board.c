/*
 * The board of a team: its stages in pipeline order, each with how many tickets and the first of
 * them, of all or of those that match the filters of the list.
 */
#include "api_impl.h"

#define BOARD_DEFAULT 20         /* tickets a column */

static void put_column(hd_call_t *c, hd_json_t *j, const hd_board_column_t *col,
                       uint64_t ticket_mask, hd_expand_t *x)
{
    bool staff = hd_actor_is_staff(c->cx.actor);
    hd_json_opt_t stage = { .mask = hd_json_mask(hd_entities[HD_STAGE], true, staff) };
    hd_json_opt_t ticket = { .mask = ticket_mask };
    hd_json_obj(j);
    hd_json_key(j, HD_STR("stage"));
    hd_record_json(j, hd_entities[HD_STAGE], hd_record_view(&c->cx, HD_STAGE, col->stage), &stage);
    hd_json_key(j, HD_STR("count"));
    hd_json_u64(j, col->count);
    hd_json_key(j, HD_STR("tickets"));
    hd_json_arr(j);
    for (uint32_t i = 0; i < col->page.n; i++) {
        hd_api_record(j, x, hd_entities[HD_TICKET], &col->page.v[i], &ticket);
    }
    hd_json_end_arr(j);
    hd_api_cursor(j, col->page.next);
    hd_json_end_obj(j);
}

static size_t guess_board(const hd_board_column_t *cols, size_t n)
{
    size_t size = 2048;
    for (size_t i = 0; i < n; i++) {
        size += 512 + 900 * (size_t) cols[i].page.n;
    }
    return size < HD_REPLY_MAX ? size : HD_REPLY_MAX;
}

static bool has_parameter(hd_call_t *c, const char *want)
{
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data != NULL && hd_str_is(name, want)) {
            return true;
        }
    }
    return false;
}

/* The list's parameters; the order and the ends of the columns are the board's own. */
static hd_code_t read_board(hd_call_t *c, hd_list_t *l, hd_ticket_query_t *q)
{
    static const char *const not_here[] = { "after", "sort", "format" };
    hd_code_t code = hd_api_query(c, hd_entities[HD_TICKET], l, q);
    for (size_t i = 0; i < sizeof(not_here) / sizeof(not_here[0]) && code == HD_OK; i++) {
        if (has_parameter(c, not_here[i])) {
            code = hd_api_bad_parameter(c, hd_str(not_here[i]), "unknown_field", "There is no such parameter.");
        }
    }
    if (!has_parameter(c, "limit")) {
        l->limit = BOARD_DEFAULT;
    }
    return code;
}

static bool is_plain(const hd_ticket_query_t *q)
{
    return hd_ticket_is_plain(q) && q->active == 1 && (q->team_id | q->stage_id | q->user_id | q->partner_id) == 0;
}

hd_code_t hd_api_board_get(hd_call_t *c)
{
    hd_team_t team = { 0 };
    hd_board_column_t *cols = NULL;
    size_t n = 0;
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_ticket_query_t q;
    hd_code_t code = read_board(c, l, &q);
    if (code == HD_OK) {
        code = hd_record_get(&c->cx, HD_TEAM, c->path_id, &team);
    }
    if (code == HD_OK) {
        code = hd_board(&c->cx, c->path_id, l->limit, is_plain(&q) ? NULL : &q, &cols, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    bool staff = hd_actor_is_staff(c->cx.actor);
    hd_json_opt_t opt = { .mask = hd_json_mask(hd_entities[HD_TEAM], true, staff) };
    hd_expand_t *x = hd_api_expand(c, l->expand);
    hd_json_t j = hd_res_json(c, 200, guess_board(cols, n));
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("team"));
    hd_record_json(&j, hd_entities[HD_TEAM], hd_record_view(&c->cx, HD_TEAM, &team), &opt);
    hd_json_key(&j, HD_STR("columns"));
    hd_json_arr(&j);
    for (size_t i = 0; i < n; i++) {
        put_column(c, &j, &cols[i], l->mask, x);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}
