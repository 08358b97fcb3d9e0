/*
 * Commands in pieces (HD_OUT_PIECES): the state that goes from one transaction to the next, and
 * what is kept of it under an Idempotency-Key.
 *
 *     idem row       time, request, 102 while it runs or 200, number of parts
 *     part n         at(8) count(8) x 4, then the text piece n added to the answer
 *     part PLAN      what the handler settled in its first piece, when it did
 */
#include "door_impl.h"

#define RUNNING   102
#define HEAD      40
#define LEASE     (10 * HD_SECOND)           /* after that the worker that ran it is dead */
#define OUT_FIRST 4096

static bool is_keyed(const hd_call_t *c)
{
    return c->req.idempotency_key.len != 0;
}

/* Takes up what was stored: all of a finished answer, or a part of one nobody works on any more. */
static hd_code_t load(hd_call_t *c, const uint8_t key[16], const hd_idem_t *seen)
{
    hd_pieces_state_t *s = &c->pieces.kept;
    hd_str_t plan;
    if (hd_piece_get(c->cx.txn, key, HD_PIECE_PLAN, &plan)) {
        c->pieces.plan = hd_str_dup(c->cx.arena, plan);
    }
    for (uint32_t n = 0; n < seen->id; n++) {
        hd_str_t part;
        if (!hd_piece_get(c->cx.txn, key, n, &part) || part.len < HEAD) {
            return HD_E_DATA;
        }
        const uint8_t *p = (const uint8_t *) part.data;
        s->at = hd_get_be64(p);
        for (size_t i = 0; i < 4; i++) {
            s->count[i] = hd_get_be64(p + 8 + 8 * i);
        }
        hd_buf_put(&s->out, part.data + HEAD, part.len - HEAD);
    }
    c->pieces.stored = (uint32_t) seen->id;
    return HD_OK;
}

static hd_code_t look_up(hd_call_t *c)
{
    uint8_t key[16], request[16];
    hd_idem_t seen;
    hd_idem_key(c, key);
    bool found = hd_idem_get(c->cx.txn, key, &seen) && c->cx.now - seen.time <= HD_IDEM_KEEP;
    if (c->pieces.begun) {                  /* did somebody take it over? */
        return !found || seen.id == c->pieces.stored ? HD_OK : HD_E_IN_PROGRESS;
    }
    if (!found) {
        return HD_OK;
    }
    hd_idem_request(c, request);
    if (memcmp(request, seen.request, sizeof(request)) != 0 || seen.type != HD_IDEM_PIECES) {
        return HD_E_KEY_REUSE;
    }
    if (seen.status == RUNNING && c->cx.now - seen.time < LEASE) {
        return HD_E_IN_PROGRESS;
    }
    c->pieces.replayed = seen.status != RUNNING;
    return load(c, key, &seen);
}

hd_code_t hd_pieces_begin(hd_call_t *c)
{
    hd_pieces_t *p = &c->pieces;
    hd_code_t code = HD_OK;
    if (!p->begun) {                        /* perhaps again: an aborted run left no trace */
        *p = (hd_pieces_t){ .stored = 0 };
        hd_buf_init(&p->kept.out, c->cx.arena, OUT_FIRST, HD_REPLY_MAX);
    }
    if (is_keyed(c)) {
        code = look_up(c);
    }
    p->now = p->kept;
    p->more = false;
    return code;
}

void hd_pieces_end(hd_call_t *c)
{
    hd_pieces_t *p = &c->pieces;
    if (!is_keyed(c) || p->replayed) {
        if (p->replayed) {
            hd_res_header(c, "Idempotency-Replayed", HD_STR("true"));
        }
        return;
    }
    uint8_t key[16];
    hd_buf_t b;
    hd_buf_init(&b, c->cx.arena, HEAD + p->now.out.len - p->kept.out.len, HD_REPLY_MAX);
    uint8_t head[HEAD];
    hd_put_be64(head, p->now.at);
    for (size_t i = 0; i < 4; i++) {
        hd_put_be64(head + 8 + 8 * i, p->now.count[i]);
    }
    hd_buf_put(&b, head, HEAD);
    hd_buf_put(&b, p->now.out.data + p->kept.out.len, p->now.out.len - p->kept.out.len);
    hd_idem_t v = { .time = c->cx.now, .type = HD_IDEM_PIECES, .id = p->stored + 1,
                    .status = p->more ? RUNNING : 200 };
    hd_idem_key(c, key);
    hd_idem_request(c, v.request);
    hd_piece_put(c->cx.txn, key, p->stored, hd_buf_view(&b));
    if (p->stored == 0 && p->plan.len != 0) {
        hd_piece_put(c->cx.txn, key, HD_PIECE_PLAN, p->plan);
    }
    hd_idem_put(c->cx.txn, key, &v);
}

bool hd_call_goes_on(hd_call_t *c)
{
    hd_pieces_t *p = &c->pieces;
    if (c->route == NULL || c->route->out != HD_OUT_PIECES || !p->more) {
        return false;
    }
    p->kept = p->now;
    p->begun = true;
    p->stored += is_keyed(c);
    return true;
}
