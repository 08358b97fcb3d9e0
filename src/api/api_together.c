/*
 * GET /together?get=/tickets/7&get=/tickets/7/thread%3Flimit%3D5: several reads as one, in one transaction, so what they
 * say fits together.  Each is answered as at its own address, with its own rights and refusals.
 *
 *     {"answers":[{"get":"/tickets/7","status":200,"body":{}}, ...]}
 */
#include "api_impl.h"

#define MOST 12

/* What answers with JSON at once; no commands, streams, files, and no reads that have to work ahead of the transaction. */
static bool may_join(const hd_route_t *r)
{
    bool json = r->out == HD_OUT_RECORD || r->out == HD_OUT_LIST || r->out == HD_OUT_JSON;
    return r->method == HD_GET && json && (r->lane == HD_INLINE || r->lane == HD_POOL) && r->run != NULL
        && r->run != hd_api_together_get && r->before == NULL && r->settle == NULL && r->admit == NULL;
}

/* The answer of one address, in s->res; there always is one. */
static void ask(const hd_call_t *c, hd_str_t get, hd_call_t *s)
{
    const char *query = get.len == 0 ? NULL : memchr(get.data, '?', get.len);
    size_t n = query == NULL ? get.len : (size_t) (query - get.data);
    unsigned allow;
    *s = *c;
    s->res = (hd_res_t){ .status = 0 };
    s->req.path = hd_str_cat(c->cx.arena, 2, HD_STR("/api/v1"), (hd_str_t){ n, get.data });
    s->req.query = query == NULL ? HD_STR("") : (hd_str_t){ get.len - n - 1, query + 1 };
    s->req.if_none_match = s->req.accept = HD_STR("");
    hd_code_t code = hd_route_find(c->door, s, &allow);
    s->lane = c->lane;           /* where this runs, whatever that address alone would be */
    if (code == HD_OK && may_join(s->route) && !hd_call_wants_csv(s)) {
        code = hd_call_run(s, c->cx.txn);
        code = code == HD_OK && s->piece != NULL ? HD_E_NOT_FOUND : code;
    } else {
        code = HD_E_NOT_FOUND;
    }
    if (code != HD_OK && s->res.status < 400) {
        hd_call_refuse(s, code);
    }
}

hd_code_t hd_api_together_get(hd_call_t *c)
{
    hd_str_t rest = c->req.query, name, value, gets[MOST];
    size_t n = 0;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (!hd_str_is(name, "get")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        if (n == MOST) {
            return hd_api_bad_parameter(c, name, "too_many", "Ask for 12 addresses at most.");
        }
        gets[n++] = value;
    }
    hd_json_t j = hd_res_json(c, 200, 4096 * (n + 1));
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("answers"));
    hd_json_arr(&j);
    for (size_t i = 0; i < n; i++) {
        hd_call_t s;
        ask(c, gets[i], &s);
        hd_json_obj(&j);
        hd_json_key(&j, HD_STR("get"));
        hd_json_str(&j, gets[i]);
        hd_json_key(&j, HD_STR("status"));
        hd_json_u64(&j, s.res.status);
        hd_json_key(&j, HD_STR("body"));
        hd_json_raw(&j, hd_buf_view(&s.res.body));
        hd_json_end_obj(&j);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}
