/*
 * GET /dashboard: one's own tickets and those of each team in numbers (DSH-1 .. DSH-5).
 *
 *     {"today_from":"...","week_from":"...","mine":{"all":{"open":7,"seconds":113400},"high":{...},"urgent":{...}},
 *      "closed":{"today":2,"week":11,"target":5},
 *      "teams":[{"team_id":1,"open":20,"unassigned":3,"urgent":1,"waiting":0,"closed_week":14}]}
 *
 * The two times are what "today" and "week" mean, so that a list can be asked for exactly these tickets.
 */
#include "api_impl.h"

static void put_number(hd_json_t *j, const char *name, uint64_t n)
{
    hd_json_key(j, hd_str(name));
    hd_json_u64(j, n);
}

static void put_mine(hd_json_t *j, const char *name, const hd_mine_count_t *m)
{
    hd_json_key(j, hd_str(name));
    hd_json_obj(j);
    put_number(j, "open", m->open);
    put_number(j, "seconds", m->open == 0 ? 0 : m->seconds / m->open);
    hd_json_end_obj(j);
}

static void put_team(hd_json_t *j, const hd_team_count_t *t)
{
    hd_json_obj(j);
    put_number(j, "team_id", t->team_id);
    put_number(j, "open", t->open);
    put_number(j, "unassigned", t->unassigned);
    put_number(j, "urgent", t->urgent);
    put_number(j, "waiting", t->waiting);
    put_number(j, "closed_week", t->closed);
    hd_json_end_obj(j);
}

hd_code_t hd_api_dashboard_get(hd_call_t *c)
{
    hd_dashboard_t d = { .n = 0 };
    const hd_user_t *me = c->cx.actor->user;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_dashboard(&c->cx, &d);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 512 + 128 * d.n);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("today_from"));
    hd_json_time(&j, d.today_from);
    hd_json_key(&j, HD_STR("week_from"));
    hd_json_time(&j, d.week_from);
    hd_json_key(&j, HD_STR("mine"));
    hd_json_obj(&j);
    put_mine(&j, "all", &d.mine);
    put_mine(&j, "high", &d.mine_high);
    put_mine(&j, "urgent", &d.mine_urgent);
    hd_json_end_obj(&j);
    hd_json_key(&j, HD_STR("closed"));
    hd_json_obj(&j);
    put_number(&j, "today", d.closed_today);
    put_number(&j, "week", d.closed_week);
    put_number(&j, "target", me != NULL ? (uint64_t) me->helpdesk_target_closed : 0);
    hd_json_end_obj(&j);
    hd_json_key(&j, HD_STR("teams"));
    hd_json_arr(&j);
    for (size_t i = 0; i < d.n; i++) {
        put_team(&j, &d.teams[i]);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}
