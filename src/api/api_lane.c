/*
 * Where a call runs.  Pages of plain lists and boards are short reads on the event loop; what goes over the facts of all
 * tickets or over many rows, or is as long as an export, runs in the pool.
 */
#include "api_impl.h"

/* Names that leave a list plain: keys, with a number, and what says how much to show.  A board and a thread know no keys. */
static bool is_plain_pair(hd_str_t name, hd_str_t value, bool board)
{
    static const char *const keys[] = { "team_id", "stage_id", "user_id", "partner_id", "active" };
    static const char *const options[] = { "limit", "after", "before", "fields", "expand" };
    uint64_t n;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !board; i++) {
        if (hd_str_is(name, keys[i])) {
            return hd_str_is(name, "active") || hd_str_to_u64(value, &n);
        }
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (hd_str_is(name, options[i])) {
            return true;
        }
    }
    return false;
}

/* As sent, still percent-encoded: what is written in an odd way only takes the longer way. */
static bool is_plain(hd_str_t query, bool board)
{
    hd_str_t pair;
    while (hd_str_split(&query, '&', &pair)) {
        const char *eq = pair.len == 0 ? NULL : memchr(pair.data, '=', pair.len);
        size_t n = eq == NULL ? pair.len : (size_t) (eq - pair.data);
        hd_str_t name = { n, pair.data };
        hd_str_t value = { eq == NULL ? 0 : pair.len - n - 1, eq == NULL ? "" : eq + 1 };
        if (pair.len != 0 && !is_plain_pair(name, value, board)) {
            return false;
        }
    }
    return true;
}

hd_lane_t hd_api_lane(const hd_call_t *c)
{
    bool board = c->route->run == hd_api_board_get || c->route->run == hd_api_message_list
              || c->route->run == hd_api_thread_get;
    if (c->route->run == hd_api_ticket_get && hd_str_starts(c->req.query, HD_STR("at="))) {
        return HD_POOL;          /* goes through all the ticket's events */
    }
    if (c->route->run == hd_api_team_patch && (hd_str_is(c->req.query, "dry_run=1") || hd_str_is(c->req.query, "dry_run=true"))) {
        return HD_POOL;          /* counts over the facts of all tickets, puts nothing */
    }
    if (c->route->lane != HD_INLINE || (!board && c->route->out != HD_OUT_LIST)) {
        return (hd_lane_t) c->route->lane;
    }
    return is_plain(c->req.query, board) && !hd_call_wants_csv(c) ? HD_INLINE : HD_POOL;
}
