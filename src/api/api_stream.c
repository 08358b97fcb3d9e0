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

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [HD_EV_CREATED] = "created", [HD_EV_CHANGED] = "changed", [HD_EV_DELETED] = "deleted",
        [HD_EV_LOGIN] = "login", [HD_EV_LOGOUT] = "logout", [HD_EV_REFUSED] = "refused",
    };
    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

/* ---- who may see an event ---- */

/* The record as it is now; *ret_rec NULL when the actor does not see it, or it is gone (VIS-17: then it has no company). */
static hd_code_t see_record(hd_cx_t *cx, const hd_event_t *ev, const void **ret_rec)
{
    hd_type_t type = (hd_type_t) ev->type;
    const void *rec = NULL;
    hd_code_t code = HD_OK;
    if (hd_entities[type]->config) {
        rec = hd_config_get(cx->txn, type, ev->id);
    } else {
        void *row = hd_alloc(cx->arena, hd_entities[type]->size);
        code = hd_row_get(cx->txn, cx->arena, type, ev->id, row);
        rec = code == HD_OK ? row : NULL;
    }
    *ret_rec = rec != NULL && hd_sees(cx, type, rec) ? rec : NULL;
    return code == HD_E_NOT_FOUND || code == HD_E_DATA ? HD_OK : code;
}

/* VIS-17: of what is gone, and of sign-ins, administrators of its companies hear; the event names them. */
static bool owns_event(hd_cx_t *cx, const hd_event_t *ev)
{
    hd_jval_t *all = NULL;
    if (!hd_actor_is_admin(cx->actor) || ev->changes.len == 0
        || hd_jparse(cx->arena, ev->changes, &all) != HD_OK) {
        return false;
    }
    const hd_jval_t *ids = hd_jget(all, "company_ids");
    ids = ids != NULL && hd_jtype(ids) == HD_J_ARR && hd_jlen(ids) != 0 ? hd_jat(ids, 0) : NULL;
    if (ids == NULL || hd_jtype(ids) != HD_J_ARR) {
        return false;
    }
    for (size_t i = 0; i < hd_jlen(ids); i++) {
        if (hd_ids_has(cx->actor->companies, (hd_id_t) hd_jint(hd_jat(ids, i)))) {
            return true;
        }
    }
    return hd_jlen(ids) == 0;
}

static hd_code_t see_event(hd_cx_t *cx, const hd_event_t *ev, bool *ret_sees, const void **ret_rec)
{
    bool of_people = ev->type == HD_SESSION || ev->type == HD_TOKEN || ev->kind >= HD_EV_LOGIN;
    bool known = ev->type > 0 && ev->type < HD_TYPE_COUNT && hd_entities[ev->type] != NULL
                 && ev->id >= 1 && ev->id <= HD_ID_MAX;
    if (cx->actor->uid == 0) {
        *ret_sees = false;
    } else if (of_people || !known || ev->kind == HD_EV_DELETED) {
        *ret_sees = owns_event(cx, ev);
    } else {
        hd_code_t code = see_record(cx, ev, ret_rec);
        *ret_sees = *ret_rec != NULL;
        return code;
    }
    return HD_OK;
}

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

static bool sees_team_id(hd_cx_t *cx, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_INT || hd_jint(v) <= 0) {
        return hd_jtype(v) == HD_J_NULL || hd_jtype(v) == HD_J_INT;
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, (hd_id_t) hd_jint(v));
    return team != NULL && hd_sees_team(cx, team);
}

static bool sees_teams(hd_cx_t *cx, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_ARR) {
        return sees_team_id(cx, v);
    }
    for (size_t i = 0; i < hd_jlen(v); i++) {
        if (!sees_teams(cx, hd_jat(v, i))) {
            return false;
        }
    }
    return true;
}

bool hd_api_may_show(hd_cx_t *cx, const hd_entity_t *e, hd_str_t name, const hd_jval_t *v)
{
    int i = hd_field_index(e, name);
    if (i < 0 || e->fields[i].flags & HD_F_SECRET) {
        return false;
    }
    if (e->fields[i].flags & HD_F_ADMIN && !hd_actor_is_staff(cx->actor)) {
        return false;
    }
    return e->fields[i].ref != HD_TEAM || sees_teams(cx, v);
}

static void put_changes(hd_cx_t *cx, hd_json_t *j, const hd_event_t *ev)
{
    hd_jval_t *all = NULL, *v;
    void *it = NULL;
    hd_str_t name;
    hd_json_key(j, HD_STR("changes"));
    hd_json_obj(j);
    if (ev->changes.len != 0 && ev->type > 0 && ev->type < HD_TYPE_COUNT
        && hd_jparse(cx->arena, ev->changes, &all) == HD_OK && hd_jtype(all) == HD_J_OBJ) {
        while (hd_jnext(all, &it, &name, &v)) {
            if (hd_api_may_show(cx, hd_entities[ev->type], name, v)) {
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

static void put_event(hd_cx_t *cx, hd_json_t *j, const hd_event_t *ev, hd_watch_t place)
{
    bool typed = ev->type > 0 && ev->type < HD_TYPE_COUNT;
    hd_json_obj(j);
    hd_json_key(j, HD_STR("seq"));
    hd_json_u64(j, ev->seq);
    hd_json_key(j, HD_STR("time"));
    hd_json_time(j, ev->time);
    hd_json_key(j, HD_STR("actor"));
    hd_json_u64(j, ev->actor);
    hd_json_key(j, HD_STR("kind"));
    hd_json_str(j, hd_str(kind_name(ev->kind)));
    hd_json_key(j, HD_STR("type"));
    hd_json_str(j, typed ? hd_str(hd_entities[ev->type]->name) : HD_STR(""));
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, ev->id);
    put_place(j, ev, place);
    put_changes(cx, j, ev);
    hd_json_end_obj(j);
}

hd_code_t hd_api_event_json(hd_cx_t *cx, const hd_event_t *ev, const hd_watch_t *watch, hd_buf_t *out,
                            bool *ret_visible)
{
    bool sees = false;
    const void *rec = NULL;
    hd_code_t code = see_event(cx, ev, &sees, &rec);
    hd_watch_t place = place_of(ev, rec);
    *ret_visible = code == HD_OK && sees && kind_name(ev->kind) != NULL && is_watched(cx, ev, place, watch);
    if (!*ret_visible) {
        return code;
    }
    hd_json_t j = hd_json(out);
    hd_buf_z(out, "id: ");
    hd_buf_u64(out, ev->seq);
    hd_buf_z(out, "\ndata: ");
    put_event(cx, &j, ev, place);
    hd_buf_z(out, "\n\n");
    return out->failed ? HD_E_MEMORY : HD_OK;
}
