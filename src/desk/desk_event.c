/*
 * Events: who may see one, and queries over the log (VIS-16, VIS-17).  An event shows nothing its record would not show
 * now; what is gone is for administrators of the companies it belonged to, which the event of its deletion names.
 */
#include "desk_impl.h"

#define LOOK  50000              /* events one query looks at before it hands out a cursor */
#define SLACK HD_HOUR            /* clocks of two workers, and one set back, may differ by so much */

/* The record as it is now; *ret_rec NULL when the actor does not see it, or it is gone. */
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

/* Of what is gone, and of sign-ins, administrators of its companies hear; the event names them. */
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

hd_code_t hd_sees_event(hd_cx_t *cx, const hd_event_t *ev, bool *ret_sees, const void **ret_rec)
{
    bool of_people = ev->type == HD_SESSION || ev->type == HD_TOKEN || ev->type == HD_INVITATION
                     || ev->kind >= HD_EV_LOGIN;
    bool known = ev->type > 0 && ev->type < HD_TYPE_COUNT && hd_entities[ev->type] != NULL
                 && ev->id >= 1 && ev->id <= HD_ID_MAX;
    *ret_rec = NULL;
    *ret_sees = false;
    if (cx->actor->uid == 0) {
        return HD_OK;
    }
    if (of_people || !known || ev->kind == HD_EV_DELETED) {
        *ret_sees = owns_event(cx, ev);
        return HD_OK;
    }
    hd_code_t code = see_record(cx, ev, ret_rec);
    *ret_sees = *ret_rec != NULL;
    return code;
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

bool hd_sees_value(hd_cx_t *cx, const hd_entity_t *e, hd_str_t name, const hd_jval_t *v)
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

/* ---- presence ---- */

bool hd_sees_presence(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t uid, hd_ticket_t *ret_ticket)
{
    return hd_actor_is_internal(cx->actor) && cx->actor->uid != uid
        && hd_ticket_get(cx, ticket_id, ret_ticket) == HD_OK;
}

/* ---- queries ---- */

/* What is gone: its last event is that of its deletion. */
static bool owned_to_the_end(hd_cx_t *cx, const hd_event_t *ev)
{
    uint64_t before = 0;
    hd_event_t last;
    return hd_trail_next(cx->txn, (hd_type_t) ev->type, ev->id, &before, &last) && last.kind == HD_EV_DELETED
           && owns_event(cx, &last);
}

static bool matches(const hd_event_query_t *q, const hd_event_t *ev)
{
    return (!q->by_actor || ev->actor == q->actor) && (q->kind == 0 || ev->kind == q->kind)
           && (q->type == 0 || ev->type == q->type) && (q->id == 0 || ev->id == q->id)
           && ev->time >= q->from && (q->to == 0 || ev->time < q->to);
}

/* The newest event older than *before; of one record by its trail. */
static bool step(hd_cx_t *cx, const hd_event_query_t *q, uint64_t *before, hd_event_t *ret)
{
    if (q->type != 0 && q->id != 0) {
        return hd_trail_next(cx->txn, (hd_type_t) q->type, q->id, before, ret);
    }
    uint64_t seq = *before == 0 ? hd_txn_log_end(cx->txn) : *before - 1;
    for (; seq != 0; seq--) {
        if (hd_log_get(cx->txn, seq, ret) == HD_OK) {
            *before = seq;
            return true;
        }
    }
    return false;
}

/* A sequence all events before the time stand below; they are in the order of their times, but for SLACK. */
static uint64_t below_of(hd_cx_t *cx, hd_time_t to)
{
    uint64_t low = 0, high = hd_txn_log_end(cx->txn) + 1;
    hd_event_t ev;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (!hd_log_next(cx->txn, mid, &ev) || ev.time >= to + SLACK) {
            high = mid;
        } else {
            low = ev.seq;
        }
    }
    return low + 1;
}

hd_code_t hd_event_list(hd_cx_t *cx, const hd_event_query_t *q, hd_event_page_t *ret)
{
    uint64_t before = q->before;
    hd_event_t ev;
    *ret = (hd_event_page_t){ .v = hd_alloc_n(cx->arena, q->limit, sizeof(*ret->v)) };
    if (before == 0 && q->to != 0 && q->id == 0) {
        before = below_of(cx, q->to);
    }
    for (uint32_t looked = 0; step(cx, q, &before, &ev) && ev.time + SLACK >= q->from; looked++) {
        bool sees = false;
        const void *rec;
        if (matches(q, &ev)) {
            hd_code_t code = hd_sees_event(cx, &ev, &sees, &rec);
            if (code != HD_OK) {
                return code;
            }
            sees = sees || owned_to_the_end(cx, &ev);
        }
        if (sees) {
            ret->v[ret->n++] = ev;
        }
        if (ret->n == q->limit || looked == LOOK) {
            ret->next = before;
            break;
        }
    }
    return HD_OK;
}

hd_code_t hd_ticket_history(hd_cx_t *cx, hd_id_t id, uint64_t before, uint32_t limit, hd_event_page_t *ret)
{
    hd_event_query_t q = { .type = HD_TICKET, .id = id, .before = before, .limit = limit };
    hd_ticket_t t;
    hd_code_t code = hd_actor_is_internal(cx->actor) ? hd_ticket_get(cx, id, &t) : HD_E_NOT_FOUND;
    return code == HD_OK ? hd_event_list(cx, &q, ret) : code;
}

/* ---- as it was ---- */

/* {"field":old} of everything that changed after the time; false when the ticket was made later. */
static bool undo(hd_cx_t *cx, hd_id_t id, hd_time_t at, hd_jval_t **old)
{
    uint64_t before = 0;
    hd_event_t ev;
    hd_str_t name;
    hd_jval_t *changes, *v;
    while (hd_trail_next(cx->txn, HD_TICKET, id, &before, &ev) && ev.time > at) {
        void *it = NULL;
        if (ev.kind == HD_EV_CREATED) {
            return false;
        }
        if (ev.changes.len == 0 || hd_jparse(cx->arena, ev.changes, &changes) != HD_OK) {
            continue;
        }
        while (hd_jnext(changes, &it, &name, &v)) {
            int i = hd_field_index(hd_entities[HD_TICKET], name);
            if (i >= 0 && hd_jtype(v) == HD_J_ARR && hd_jlen(v) == 2) {
                old[i] = hd_jat(v, 0);               /* an earlier change has the last word */
            }
        }
    }
    return true;
}

static uint64_t tracked(void)
{
    uint64_t mask = 0;
    for (uint16_t i = 0; i < hd_entities[HD_TICKET]->n_fields; i++) {
        mask |= hd_entities[HD_TICKET]->fields[i].flags & HD_F_TRACK ? HD_BIT(i) : 0;
    }
    return mask;
}

hd_code_t hd_ticket_at(hd_cx_t *cx, hd_id_t id, hd_time_t at, hd_ticket_t *ret, uint64_t *ret_mask)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_jval_t **old = hd_alloc_n(cx->arena, e->n_fields, sizeof(hd_jval_t *));
    hd_code_t code = hd_actor_is_internal(cx->actor) ? hd_ticket_get(cx, id, ret) : HD_E_NOT_FOUND;
    if (code != HD_OK) {
        return code;
    }
    if (!undo(cx, id, at, old)) {
        return HD_E_NOT_FOUND;
    }
    *ret_mask = tracked();
    for (uint16_t i = 0; i < e->n_fields; i++) {
        if (old[i] != NULL && !hd_read_field(e, i, cx->arena, old[i], ret)) {
            *ret_mask &= ~HD_BIT(i);                 /* written by a version that knew other values */
        }
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, ret->team_id);
    if (team == NULL || !hd_sees_team(cx, team)) {
        *ret_mask &= ~(HD_BIT(HD_TICKET_F_team_id) | HD_BIT(HD_TICKET_F_stage_id));
    }
    return HD_OK;
}
