/*
 * Activities: lists and counts by day, done, cancelled.
 */
#include "api_impl.h"

#define TICKETS 200              /* of one list */

static hd_code_t bad_id(hd_call_t *c, const char *name)
{
    return hd_api_bad_parameter(c, hd_str(name), "not_an_id", "The value is not the number of a record.");
}

static bool is_id(hd_str_t value, hd_id_t *ret)
{
    uint64_t id;
    if (!hd_str_to_u64(value, &id) || id < 1 || id > HD_ID_MAX) {
        return false;
    }
    *ret = (hd_id_t) id;
    return true;
}

static hd_code_t read_tickets(hd_call_t *c, hd_str_t value, hd_ids_t *ret)
{
    hd_id_t ids[TICKETS];
    size_t n = 0;
    hd_str_t part;
    while (hd_str_split(&value, ',', &part)) {
        if (n == TICKETS || !is_id(part, &ids[n])) {
            return bad_id(c, "ticket_id");
        }
        n++;
    }
    *ret = hd_ids_make(c->cx.arena, ids, n);
    return n != 0 ? HD_OK : bad_id(c, "ticket_id");
}

static hd_code_t read_user(hd_call_t *c, hd_str_t value, hd_id_t *ret)
{
    if (hd_str_is(value, "any")) {
        *ret = 0;
        return HD_OK;
    }
    *ret = c->cx.actor->uid;
    return hd_str_is(value, "me") || is_id(value, ret) ? HD_OK : bad_id(c, "user_id");
}

/* Teams the actor is a member of; one that nobody has where he is a member of none. */
static hd_ids_t own_teams(hd_cx_t *cx)
{
    static const hd_id_t none = HD_ID_MAX;
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    hd_ids_t ids = { 0, NULL };
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *t = teams[i];
        ids = hd_ids_has(t->member_ids, cx->actor->uid) ? hd_ids_with(cx->arena, ids, t->rec.id) : ids;
    }
    return ids.n != 0 ? ids : hd_ids_make(cx->arena, &none, 1);
}

static hd_code_t read_team(hd_call_t *c, hd_str_t value, hd_ids_t *ret)
{
    hd_id_t id;
    if (hd_str_is(value, "mine")) {
        *ret = own_teams(&c->cx);
        return HD_OK;
    }
    if (!is_id(value, &id)) {
        return bad_id(c, "team_id");
    }
    *ret = hd_ids_make(c->cx.arena, &id, 1);
    return HD_OK;
}

static hd_code_t read_state(hd_call_t *c, hd_str_t value, int8_t *ret)
{
    const hd_enum_t *o = hd_entities[HD_ACTIVITY]->fields[HD_ACTIVITY_F_state].options;
    for (uint8_t i = 0; i < o->n; i++) {
        if (hd_str_is(value, o->slugs[i])) {
            *ret = (int8_t) i;
            return HD_OK;
        }
    }
    return hd_api_bad_parameter(c, HD_STR("state"), "not_an_option", "Give overdue, today or planned.");
}

enum { OF_TICKET, OF_USER, OF_STATE, OF_TEAM, OF_TYPE, OWN };

/* By ticket, by user (me, where nothing is said), or by team and then of everybody. */
static hd_code_t read_query(hd_call_t *c, hd_list_t *l, hd_activity_query_t *q)
{
    hd_own_t own[OWN] = { [OF_TICKET] = { .name = "ticket_id" }, [OF_USER] = { .name = "user_id" }, [OF_STATE] = { .name = "state" },
                          [OF_TEAM] = { .name = "team_id" }, [OF_TYPE] = { .name = "activity_type_id" } };
    hd_code_t code = hd_api_query_own(c, hd_entities[HD_ACTIVITY], l, own, OWN);
    *q = (hd_activity_query_t){ .state = -1, .limit = l->limit, .after = l->after };
    if (code == HD_OK && own[OF_TICKET].value.data != NULL) {
        code = own[OF_USER].value.data != NULL
            ? hd_api_bad_parameter(c, HD_STR("user_id"), "not_allowed", "Ask by ticket or by user.")
            : read_tickets(c, own[OF_TICKET].value, &q->ticket_ids);
    } else if (code == HD_OK) {
        hd_str_t user = own[OF_TEAM].value.data != NULL ? HD_STR("any") : HD_STR("me");
        code = read_user(c, own[OF_USER].value.data != NULL ? own[OF_USER].value : user, &q->user_id);
    }
    if (code == HD_OK && own[OF_TEAM].value.data != NULL) {
        code = read_team(c, own[OF_TEAM].value, &q->team_ids);
    }
    if (code == HD_OK && own[OF_TYPE].value.data != NULL && !is_id(own[OF_TYPE].value, &q->type_id)) {
        code = bad_id(c, "activity_type_id");
    }
    return code == HD_OK && own[OF_STATE].value.data != NULL ? read_state(c, own[OF_STATE].value, &q->state) : code;
}

hd_code_t hd_api_activity_list(hd_call_t *c)
{
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_activity_query_t q;
    hd_page_t page = { 0 };
    hd_code_t code = read_query(c, l, &q);
    if (code == HD_OK) {
        code = hd_activity_list(&c->cx, &q, &page);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = l->mask };
    hd_expand_t *x = hd_api_expand(c, l->expand);
    hd_json_t j = hd_api_list_begin(c, 64 + 400 * (size_t) page.n);
    for (uint32_t i = 0; i < page.n; i++) {
        hd_api_record(&j, x, hd_entities[HD_ACTIVITY], hd_record_view(&c->cx, HD_ACTIVITY, page.v[i]), &opt);
    }
    hd_api_list_end(&j, page.next);
    return HD_OK;
}

hd_code_t hd_api_activity_count(hd_call_t *c)
{
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    const hd_enum_t *o = hd_entities[HD_ACTIVITY]->fields[HD_ACTIVITY_F_state].options;
    hd_activity_query_t q;
    uint32_t n[HD_ACT_PLANNED + 1];
    hd_code_t code = read_query(c, l, &q);
    if (code == HD_OK) {
        code = hd_activity_count(&c->cx, &q, n);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 64);
    hd_json_obj(&j);
    for (uint8_t i = 0; i <= HD_ACT_PLANNED; i++) {
        hd_json_key(&j, hd_str(o->slugs[i]));
        hd_json_u64(&j, n[i]);
    }
    hd_json_end_obj(&j);
    return HD_OK;
}

/* ---- done and cancelled ---- */

static void put_record(hd_call_t *c, hd_json_t *j, hd_type_t type, const void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    hd_json_opt_t opt = { .mask = hd_json_mask(e, false, hd_actor_is_staff(c->cx.actor)) };
    hd_record_json(j, e, hd_record_view(&c->cx, type, rec), &opt);
}

hd_code_t hd_api_activity_done(hd_call_t *c)
{
    hd_str_t feedback;
    hd_activity_done_t done;
    const hd_want_t want = { "feedback", &feedback, 0, 20000 };
    hd_code_t code = hd_api_strings(c, &want, 1);
    if (code == HD_OK) {
        code = hd_activity_done(&c->cx, c->path_id, feedback, (hd_ids_t){ 0, NULL }, &done);
    }
    if (code != HD_OK) {
        return code;
    }
    c->res.record_id = done.message.rec.id;
    hd_json_t j = hd_res_json(c, 200, 1024);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("message_id"));
    hd_json_u64(&j, done.message.rec.id);
    hd_json_key(&j, HD_STR("next"));
    if (done.next.rec.id != 0) {
        put_record(c, &j, HD_ACTIVITY, &done.next);
    } else {
        hd_json_null(&j);
    }
    hd_json_key(&j, HD_STR("suggested_type_ids"));
    hd_json_arr(&j);
    for (uint32_t i = 0; i < done.suggested.n; i++) {
        hd_json_u64(&j, done.suggested.v[i]);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}

/* The activity is gone; who may read what the thread says of it may read the answer again. */
hd_code_t hd_api_activity_done_may(hd_call_t *c)
{
    hd_message_t m;
    return hd_record_get(&c->cx, HD_MESSAGE, c->res.record_id, &m);
}

hd_code_t hd_api_activity_cancel(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_activity_cancel(&c->cx, c->path_id, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}
