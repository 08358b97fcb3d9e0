/*
 * GET /tickets/{id}/assignment: why a ticket went to whom it went.
 */
#include "api_impl.h"

static const char *const methods[] = {
    [HD_BY_NONE] = "none", [HD_BY_HAND] = "manual", [HD_BY_RANDOMLY] = "randomly",
    [HD_BY_BALANCED] = "balanced", [HD_BY_TAGS] = "tags",
};
static const char *const reasons[] = {
    [HD_WHY_CHOSEN] = "chosen", [HD_WHY_HIGHER_LOAD] = "higher_load", [HD_WHY_TIE] = "tie",
    [HD_WHY_TIME_OFF] = "time_off", [HD_WHY_OFF_HOURS] = "off_hours", [HD_WHY_AT_CAP] = "at_cap",
    [HD_WHY_NO_TAG] = "no_tag", [HD_WHY_NOT_ALLOWED] = "not_allowed",
};

static void put_id(hd_json_t *j, const char *name, hd_id_t id)
{
    hd_json_key(j, hd_str(name));
    if (id != 0) {
        hd_json_u64(j, id);
    } else {
        hd_json_null(j);
    }
}

static void put_candidates(hd_json_t *j, const hd_assignment_t *a)
{
    hd_json_key(j, HD_STR("candidates"));
    hd_json_arr(j);
    for (uint32_t i = 0; i < a->n; i++) {
        hd_json_obj(j);
        put_id(j, "user_id", a->v[i].user_id);
        hd_json_key(j, HD_STR("load"));
        hd_json_i64(j, a->v[i].load);
        hd_json_key(j, HD_STR("reason"));
        hd_json_str(j, hd_str(reasons[a->v[i].why]));
        hd_json_end_obj(j);
    }
    hd_json_end_arr(j);
}

hd_code_t hd_api_assignment_get(hd_call_t *c)
{
    hd_assignment_t a;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_ticket_assignment(&c->cx, c->path_id, &a);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 256 + 56 * (size_t) a.n);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("at"));
    hd_json_time(&j, a.at);
    hd_json_key(&j, HD_STR("method"));
    hd_json_str(&j, hd_str(methods[a.method]));
    put_id(&j, "team_id", a.team_id);
    put_id(&j, "user_id", a.user_id);
    hd_json_key(&j, HD_STR("waiting"));
    hd_json_bool(&j, a.waiting);
    hd_json_key(&j, HD_STR("looked_ahead_to"));
    hd_json_time(&j, a.looked_ahead_to);
    put_candidates(&j, &a);
    hd_json_end_obj(&j);
    return HD_OK;
}
