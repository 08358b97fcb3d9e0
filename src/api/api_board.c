/*
 * The board of a team: its stages in pipeline order, each with how many tickets and the first of
 * them.
 */
#include "api_impl.h"

#define BOARD_DEFAULT 20         /* tickets a column */

static void put_column(hd_call_t *c, hd_json_t *j, const hd_board_column_t *col,
                       uint64_t ticket_mask)
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
        hd_record_json(j, hd_entities[HD_TICKET], &col->page.v[i], &ticket);
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

hd_code_t hd_api_board_get(hd_call_t *c)
{
    hd_team_t team = { 0 };
    hd_board_column_t *cols = NULL;
    size_t n = 0;
    uint32_t limit = BOARD_DEFAULT;
    hd_code_t code = hd_api_limit_query(c, &limit);
    if (code == HD_OK) {
        code = hd_record_get(&c->cx, HD_TEAM, c->path_id, &team);
    }
    if (code == HD_OK) {
        code = hd_board(&c->cx, c->path_id, limit, &cols, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    bool staff = hd_actor_is_staff(c->cx.actor);
    hd_json_opt_t opt = { .mask = hd_json_mask(hd_entities[HD_TEAM], true, staff) };
    uint64_t tickets = hd_json_mask(hd_entities[HD_TICKET], true, staff);
    hd_json_t j = hd_res_json(c, 200, guess_board(cols, n));
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("team"));
    hd_record_json(&j, hd_entities[HD_TEAM], hd_record_view(&c->cx, HD_TEAM, &team), &opt);
    hd_json_key(&j, HD_STR("columns"));
    hd_json_arr(&j);
    for (size_t i = 0; i < n; i++) {
        put_column(c, &j, &cols[i], tickets);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}
