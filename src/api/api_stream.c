/*
 * GET /events: this room only says what a frame holds and who may see it; ngx/ keeps the
 * connection.
 *
 *     id: 1042
 *     data: {"seq":1042,"time":"...","actor":3,"kind":"changed","type":"ticket","id":17,
 *            "changes":{...}}                                        (on one line)
 *
 * What hangs on a ticket or team (messages, files, activities) also names its ticket_id or team_id.
 */
#include "api_impl.h"

/* ---- what a stream is about ---- */

static hd_id_t ref_of(const hd_entity_t *e, const void *rec, const char *name)
{
    int i = rec != NULL ? hd_field_index(e, hd_str(name)) : -1;
    return i >= 0 && e->fields[i].kind == HD_K_REF ? *(const hd_id_t *) hd_field_at(&e->fields[i], rec) : 0;
}

/* The ticket and team an event belongs to; 0 where there is none. */
static hd_watch_t place_of(const hd_event_t *ev, const void *rec)
{
    const hd_entity_t *e = ev->type > 0 && ev->type < HD_TYPE_COUNT ? hd_entities[ev->type] : NULL;
    if (e == NULL) {
        return (hd_watch_t){ 0, 0 };
    }
    return (hd_watch_t){ ev->type == HD_TICKET ? ev->id : ref_of(e, rec, "ticket_id"),
                         ev->type == HD_TEAM ? ev->id : ref_of(e, rec, "team_id") };
}

/* The team a ticket has just left is told of it too. */
static bool came_from(hd_cx_t *cx, const hd_event_t *ev, hd_id_t team)
{
    hd_jval_t *all = NULL;
    if (ev->type != HD_TICKET || ev->changes.len == 0 || hd_jparse(cx->arena, ev->changes, &all) != HD_OK) {
        return false;
    }
    const hd_jval_t *v = hd_jget(all, "team_id");
    return v != NULL && hd_jtype(v) == HD_J_ARR && hd_jlen(v) == 2 && hd_jtype(hd_jat(v, 0)) == HD_J_INT
           && (hd_id_t) hd_jint(hd_jat(v, 0)) == team;
}

static bool is_watched(hd_cx_t *cx, const hd_event_t *ev, hd_watch_t place, const hd_watch_t *watch)
{
    hd_ticket_t t;
    if (watch == NULL || (watch->ticket_id == 0 && watch->team_id == 0)) {
        return true;
    }
    if (watch->ticket_id != 0 && place.ticket_id != watch->ticket_id) {
        return false;
    }
    if (watch->team_id == 0 || place.team_id == watch->team_id || came_from(cx, ev, watch->team_id)) {
        return true;
    }
    return place.team_id == 0 && place.ticket_id != 0
           && hd_row_get(cx->txn, cx->arena, HD_TICKET, place.ticket_id, &t) == HD_OK && t.team_id == watch->team_id;
}

static hd_code_t read_watch(hd_call_t *c, hd_str_t name, hd_str_t value, hd_watch_t *w)
{
    uint64_t id;
    hd_id_t *at = hd_str_is(name, "ticket_id") ? &w->ticket_id : hd_str_is(name, "team_id") ? &w->team_id : NULL;
    if (at == NULL) {
        return hd_str_is(name, "after") ? HD_OK
             : hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
    }
    if (!hd_str_to_u64(value, &id) || id < 1 || id > HD_ID_MAX) {
        return hd_api_bad_parameter(c, name, "not_an_id", "The value is not the number of a record.");
    }
    *at = id;
    return HD_OK;
}

hd_code_t hd_api_watch(hd_call_t *c, hd_watch_t *ret)
{
    hd_str_t rest = c->req.query, name, value;
    *ret = (hd_watch_t){ 0, 0 };
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        hd_code_t code = name.data == NULL ? HD_E_REQUEST : read_watch(c, name, value, ret);
        if (code != HD_OK) {
            return code;
        }
    }
    return HD_OK;
}

/* ---- old and new values ---- */

void hd_api_event_changes(hd_cx_t *cx, hd_json_t *j, const hd_event_t *ev)
{
    hd_jval_t *all = NULL, *v;
    void *it = NULL;
    hd_str_t name;
    hd_json_obj(j);
    if (ev->changes.len != 0 && ev->type > 0 && ev->type < HD_TYPE_COUNT
        && hd_jparse(cx->arena, ev->changes, &all) == HD_OK && hd_jtype(all) == HD_J_OBJ) {
        while (hd_jnext(all, &it, &name, &v)) {
            if (hd_sees_value(cx, hd_entities[ev->type], name, v)) {
                hd_json_key(j, name);            /* the name of a field of ours */
                hd_api_value(j, cx->arena, v);
            }
        }
    }
    hd_json_end_obj(j);
}

static void put_place(hd_json_t *j, const hd_event_t *ev, hd_watch_t place)
{
    if (place.ticket_id != 0 && ev->type != HD_TICKET) {
        hd_json_key(j, HD_STR("ticket_id"));
        hd_json_u64(j, place.ticket_id);
    }
    if (place.team_id != 0 && place.ticket_id == 0 && ev->type != HD_TEAM) {
        hd_json_key(j, HD_STR("team_id"));
        hd_json_u64(j, place.team_id);
    }
}

void hd_api_event_members(hd_json_t *j, const hd_event_t *ev)
{
    bool typed = ev->type > 0 && ev->type < HD_TYPE_COUNT;
    hd_json_key(j, HD_STR("seq"));
    hd_json_u64(j, ev->seq);
    hd_json_key(j, HD_STR("time"));
    hd_json_time(j, ev->time);
    hd_json_key(j, HD_STR("actor"));
    hd_json_u64(j, ev->actor);
    hd_json_key(j, HD_STR("kind"));
    hd_json_str(j, hd_str(hd_event_kind_name(ev->kind)));
    hd_json_key(j, HD_STR("type"));
    hd_json_str(j, typed ? hd_str(hd_entities[ev->type]->name) : HD_STR(""));
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, ev->id);
}

hd_code_t hd_api_event_json(hd_cx_t *cx, const hd_event_t *ev, const hd_watch_t *watch, hd_buf_t *out,
                            bool *ret_visible)
{
    bool sees = false;
    const void *rec = NULL;
    hd_code_t code = hd_sees_event(cx, ev, &sees, &rec);
    hd_watch_t place = place_of(ev, rec);
    *ret_visible = code == HD_OK && sees && hd_event_kind_name(ev->kind) != NULL && is_watched(cx, ev, place, watch);
    if (!*ret_visible) {
        return code;
    }
    hd_json_t j = hd_json(out);
    hd_buf_z(out, "id: ");
    hd_buf_u64(out, ev->seq);
    hd_buf_z(out, "\ndata: ");
    hd_json_obj(&j);
    hd_api_event_members(&j, ev);
    put_place(&j, ev, place);
    hd_json_key(&j, HD_STR("changes"));
    hd_api_event_changes(cx, &j, ev);
    hd_json_end_obj(&j);
    hd_buf_z(out, "\n\n");
    return out->failed ? HD_E_MEMORY : HD_OK;
}
