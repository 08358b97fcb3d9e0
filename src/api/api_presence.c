/*
 * Presence: POST /tickets/{id}/presence says that somebody looks at a ticket, writes an answer, or has left; the streams
 * of internal users tell (wants.md 18).  Nothing of it is stored.
 */
#include "api_impl.h"

static const char *const states[] = { [HD_GONE] = "gone", [HD_VIEWING] = "viewing", [HD_TYPING] = "typing" };

hd_code_t hd_api_presence(hd_call_t *c)
{
    hd_str_t state = { 0, "" };
    hd_want_t want[] = { { "state", &state, 1, 20 } };
    hd_ticket_t t;
    hd_present_t p = { .ticket_id = c->path_id, .uid = c->cx.actor->uid };
    hd_code_t code = hd_api_strings(c, want, 1);
    if (code == HD_OK) {
        code = hd_ticket_get(&c->cx, c->path_id, &t);
    }
    if (code != HD_OK) {
        return code;
    }
    while (p.state <= HD_TYPING && !hd_str_is(state, states[p.state])) {
        p.state++;
    }
    if (p.state > HD_TYPING) {
        (void) hd_problem_set(&c->problem, HD_E_INVALID, NULL);
        (void) hd_problem_field(&c->problem, c->cx.arena, HD_STR("state"), "not_an_option",
                                "Give viewing, typing or gone.");
        return HD_E_INVALID;
    }
    c->presence->set(c->presence->arg, &p);
    c->res.status = 204;
    return HD_OK;
}

hd_code_t hd_api_presence_json(hd_cx_t *cx, const hd_present_t *p, const hd_watch_t *watch, hd_buf_t *out)
{
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, p->uid);
    hd_ticket_t t;
    if (u == NULL || (watch->ticket_id != 0 && watch->ticket_id != p->ticket_id)        /* most streams: no row is read */
        || !hd_sees_presence(cx, p->ticket_id, p->uid, &t) || (watch->team_id != 0 && watch->team_id != t.team_id)) {
        return HD_OK;
    }
    hd_json_t j = hd_json(out);
    hd_buf_z(out, "event: presence\ndata: ");
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("ticket_id"));
    hd_json_u64(&j, p->ticket_id);
    hd_json_key(&j, HD_STR("user_id"));
    hd_json_u64(&j, p->uid);
    hd_json_key(&j, HD_STR("name"));
    hd_json_str(&j, u->name);
    hd_json_key(&j, HD_STR("state"));
    hd_json_str(&j, hd_str(states[p->state]));
    hd_json_end_obj(&j);
    hd_buf_z(out, "\n\n");
    return out->failed ? HD_E_MEMORY : HD_OK;
}
