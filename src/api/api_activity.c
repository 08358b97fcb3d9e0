/*
 * Activities: lists and counts by day, done, cancelled.
 */
#include "api_impl.h"

#define TICKETS 200              /* of one list */

static hd_code_t bad_id(hd_call_t *c, const char *name)
{
    return hd_api_bad_parameter(c, hd_str(name), "not_an_id", "The value is not the number of a record.");
}

static hd_code_t read_tickets(hd_call_t *c, hd_str_t value, hd_ids_t *ret)
{
    hd_id_t ids[TICKETS];
    size_t n = 0;
    hd_str_t part;
    uint64_t id;
    while (hd_str_split(&value, ',', &part)) {
        if (n == TICKETS || !hd_str_to_u64(part, &id) || id < 1 || id > HD_ID_MAX) {
            return bad_id(c, "ticket_id");
        }
        ids[n++] = (hd_id_t) id;
    }
    *ret = hd_ids_make(c->cx.arena, ids, n);
    return n != 0 ? HD_OK : bad_id(c, "ticket_id");
}

static hd_code_t read_user(hd_call_t *c, hd_str_t value, hd_id_t *ret)
{
    uint64_t id;
    if (hd_str_is(value, "me")) {
        return HD_OK;
    }
    if (!hd_str_to_u64(value, &id) || id < 1 || id > HD_ID_MAX) {
        return bad_id(c, "user_id");
    }
    *ret = (hd_id_t) id;
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

static hd_code_t read_query(hd_call_t *c, hd_list_t *l, hd_activity_query_t *q)
{
    hd_own_t own[] = { { .name = "ticket_id" }, { .name = "user_id" }, { .name = "state" } };
    hd_code_t code = hd_api_query_own(c, hd_entities[HD_ACTIVITY], l, own, 3);
    *q = (hd_activity_query_t){ .user_id = c->cx.actor->uid, .state = -1 };
    if (code == HD_OK && own[0].value.data != NULL) {
        code = read_tickets(c, own[0].value, &q->ticket_ids);
    }
    if (code == HD_OK && own[1].value.data != NULL) {
        code = q->ticket_ids.n != 0
            ? hd_api_bad_parameter(c, HD_STR("user_id"), "not_allowed", "Ask by ticket or by user.")
            : read_user(c, own[1].value, &q->user_id);
    }
    if (code == HD_OK && own[2].value.data != NULL) {
        code = read_state(c, own[2].value, &q->state);
    }
    q->limit = l->limit;
    q->after = l->after;
    return code;
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
        code = hd_activity_done(&c->cx, c->path_id, feedback, &done);
    }
    if (code != HD_OK) {
        return code;
    }
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
