/*
 * Idempotency-Key: a POST that was answered well is answered again, not done again.  What is kept
 * is the key (hashed together with the user and the operation), a hash of the request, the status
 * and which record the answer showed; the record is read again, so a replay never shows more than
 * the actor may see now.
 */
#include "door_impl.h"

/* Answers that are no record (sign-in, set-up) hold secrets and cannot be given twice, but where a route knows how. */
bool hd_route_is_keyed(const hd_route_t *r)
{
    return r->method == HD_POST && r->lane == HD_WRITE
        && (r->out == HD_OUT_RECORD || r->out == HD_OUT_NONE || r->out == HD_OUT_PIECES || r->again != NULL);
}

bool hd_idem_is_keyed(const hd_call_t *c)
{
    return c->req.idempotency_key.len != 0 && hd_route_is_keyed(c->route);
}

/* Strangers are told apart by what they ask, a link's token included: none meets the key of another. */
void hd_idem_key(const hd_call_t *c, uint8_t out[16])
{
    uint8_t uid[8];
    hd_str_t none = { 0, "" };
    bool stranger = c->cx.actor->uid == 0;
    hd_put_be64(uid, c->cx.actor->uid);
    hd_str_t text = hd_str_cat(c->cx.arena, 7, (hd_str_t){ sizeof(uid), (const char *) uid },
                               hd_str(c->route->op), HD_STR("\n"), c->req.idempotency_key,
                               stranger ? HD_STR("\n") : none, stranger ? c->req.path : none,
                               stranger ? c->req.query : none);
    hd_siphash(c->site->secret, text.data, text.len, out);
}

void hd_idem_request(const hd_call_t *c, uint8_t out[16])
{
    uint8_t body[16], method = (uint8_t) c->req.method;
    hd_siphash(c->site->secret, c->req.body.data, c->req.body.len, body);
    hd_str_t companies = c->req.companies;          /* they decide what is seen, so what a filter matches */
    hd_str_t text = hd_str_cat(c->cx.arena, 7, (hd_str_t){ 1, (const char *) &method },
                               (hd_str_t){ sizeof(body), (const char *) body }, c->req.path, HD_STR("?"), c->req.query,
                               companies.len != 0 ? HD_STR("\n") : companies, companies);
    hd_siphash(c->site->secret, text.data, text.len, out);
}

hd_code_t hd_idem_replay(hd_call_t *c, bool *ret_done)
{
    uint8_t key[16], request[16];
    hd_idem_t seen;
    hd_idem_key(c, key);
    if (!hd_idem_get(c->cx.txn, key, &seen) || c->cx.now - seen.time > HD_IDEM_KEEP) {
        return HD_OK;
    }
    hd_idem_request(c, request);
    if (memcmp(request, seen.request, sizeof(request)) != 0) {
        return HD_E_KEY_REUSE;
    }
    *ret_done = true;
    if (c->route->again != NULL) {
        c->res.record_id = seen.id;
        hd_code_t code = c->route->again(c);
        if (code != HD_OK) {
            return code;
        }
    } else if (seen.type == 0 || seen.type >= HD_TYPE_COUNT) {
        c->res.status = seen.status;
    } else {
        void *rec = hd_alloc(c->cx.arena, hd_entities[seen.type]->size);
        hd_code_t code = hd_record_get(&c->cx, (hd_type_t) seen.type, seen.id, rec);
        if (code == HD_OK) {
            code = hd_res_record(c, (hd_type_t) seen.type, rec, seen.status);
        }
        if (code != HD_OK) {
            return code;
        }
    }
    hd_res_header(c, "Idempotency-Replayed", HD_STR("true"));
    return HD_OK;
}

void hd_idem_remember(hd_call_t *c)
{
    uint8_t key[16];
    hd_idem_t v = { .time = c->cx.now, .status = c->res.status, .type = c->res.record_type,
                    .id = c->res.record_id };
    hd_idem_key(c, key);
    hd_idem_request(c, v.request);
    hd_idem_put(c->cx.txn, key, &v);
}
