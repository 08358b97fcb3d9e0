/*
 * Idempotency-Key: a POST that was answered well is answered again, not done again.  What is kept
 * is the key (hashed together with the user and the operation), a hash of the request, the status
 * and which record the answer showed; the record is read again, so a replay never shows more than
 * the actor may see now.  An answer that cannot be made again (`keep`) is stored whole.
 */
#include "door_impl.h"

/* Sign-in, set-up and the like answer with secrets, which cannot be given twice. */
bool hd_route_is_keyed(const hd_route_t *r)
{
    return r->method == HD_POST && r->lane == HD_WRITE
        && (r->out == HD_OUT_RECORD || r->out == HD_OUT_NONE || r->out == HD_OUT_PIECES || r->again != NULL || r->keep);
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

static hd_code_t give_kept(hd_call_t *c, const uint8_t key[16], const hd_idem_t *seen)
{
    hd_str_t kept;
    if (!hd_piece_get(c->cx.txn, key, 0, &kept)) {
        return HD_E_DATA;
    }
    (void) hd_res_json(c, seen->status, kept.len + 1);
    hd_buf_str(&c->res.body, kept);
    return HD_OK;
}

static hd_code_t give_record(hd_call_t *c, const hd_idem_t *seen)
{
    void *rec = hd_alloc(c->cx.arena, hd_entities[seen->type]->size);
    hd_code_t code = hd_record_get(&c->cx, (hd_type_t) seen->type, seen->id, rec);
    return code == HD_OK ? hd_res_record(c, (hd_type_t) seen->type, rec, seen->status) : code;
}

static hd_code_t give_again(hd_call_t *c, const uint8_t key[16], const hd_idem_t *seen)
{
    hd_code_t code = HD_OK;
    if (c->route->again != NULL) {
        c->res.record_id = seen->id;
        code = c->route->again(c);
    } else if (seen->type != 0 && seen->type < HD_TYPE_COUNT) {
        code = give_record(c, seen);
    } else {
        c->res.status = seen->status;
    }
    return code == HD_OK && c->route->keep ? give_kept(c, key, seen) : code;
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
    hd_code_t code = give_again(c, key, &seen);
    if (code == HD_OK) {
        hd_res_header(c, "Idempotency-Replayed", HD_STR("true"));
    }
    return code;
}

#define MARGIN HD_MINUTE         /* between this look and the write the key must not go */

static hd_code_t look_up(hd_call_t *c, void *arg)
{
    uint8_t key[16];
    hd_idem_t seen;
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code == HD_OK) {
        hd_idem_key(c, key);
        *(bool *) arg = hd_idem_get(c->cx.txn, key, &seen) && c->cx.now - seen.time < HD_IDEM_KEEP - MARGIN;
    }
    return code;
}

bool hd_call_is_repeated(hd_call_t *c)
{
    bool found = false;
    return hd_idem_is_keyed(c) && hd_call_read(c, look_up, &found) == HD_OK && found;
}

void hd_idem_remember(hd_call_t *c)
{
    uint8_t key[16];
    hd_idem_t v = { .time = c->cx.now, .status = c->res.status, .type = c->res.record_type,
                    .id = c->res.record_id };
    hd_idem_key(c, key);
    hd_idem_request(c, v.request);
    hd_idem_put(c->cx.txn, key, &v);
    if (c->route->keep) {
        hd_piece_put(c->cx.txn, key, 0, hd_buf_view(&c->res.body));
    }
}
