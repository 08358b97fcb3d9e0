/*
 * One call inside a transaction: actor, rights, idempotency, handler.  What this file writes itself
 * (the sign of life of a session, the remembered key) comes after the handler, so a refusal has put
 * nothing.
 */
#include "door_impl.h"

static hd_code_t finish_write(hd_call_t *c)
{
    if (c->lane != HD_WRITE) {
        return HD_OK;
    }
    if (c->route->out == HD_OUT_PIECES) {
        hd_pieces_end(c);
    } else if (hd_idem_is_keyed(c)) {
        hd_idem_remember(c);
    }
    if (c->session_id == 0) {
        return HD_OK;
    }
    hd_code_t code = hd_session_touch(&c->cx, c->session_id);
    return code == HD_E_NOT_FOUND ? HD_OK : code;    /* the call itself ended it */
}

static hd_code_t run_handler(hd_call_t *c)
{
    if (c->route->run == NULL) {
        c->res.status = 200;
        c->res.content_type = "text/event-stream";
        return HD_OK;
    }
    hd_code_t code = c->route->run(c);
    return code == HD_OK ? finish_write(c) : code;
}

static hd_code_t run_route(hd_call_t *c)
{
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code != HD_OK) {
        return code;
    }
    c->uid = c->cx.actor->uid;
    if (c->path_id > HD_ID_MAX || c->path_id2 > HD_ID_MAX) {
        return HD_E_NOT_FOUND;
    }
    if (c->route->out == HD_OUT_PIECES) {
        code = hd_pieces_begin(c);
        if (code != HD_OK) {
            return code;
        }
    } else if (hd_idem_is_keyed(c)) {
        bool done = false;
        code = hd_idem_replay(c, &done);
        if (code != HD_OK || done) {
            return code;
        }
    }
    code = run_handler(c);
    if (code == HD_OK) {
        code = hd_txn_error(c->cx.txn);
    }
    return code == HD_OK && c->res.body.failed ? HD_E_MEMORY : code;
}

static hd_code_t run_guarded(hd_call_t *c)
{
    hd_code_t code;
    HD_ARENA_TRY(c->cx.arena, code, run_route(c));
    return code;
}

hd_code_t hd_call_run(hd_call_t *c, hd_txn_t *txn)
{
    uint64_t writes = hd_txn_writes(txn);
    bool defer = false;
    c->cx.defer = c->lane == HD_INLINE ? &defer : NULL;
    c->cx.txn = txn;
    c->cx.problem = &c->problem;
    c->cx.now = c->cx.now == 0 ? hd_time_now() : c->cx.now;
    hd_code_t code = run_guarded(c);
    c->cx.defer = NULL;
    if (defer) {
        c->lane = HD_POOL;
        return HD_OK;
    }
    c->wrote = hd_txn_writes(txn) != writes;
    if (code != HD_OK) {
        hd_call_refuse(c, code);
    }
    return code;
}

static hd_code_t ask(hd_call_t *c, hd_handler_t what)
{
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code == HD_OK && (c->path_id > HD_ID_MAX || c->path_id2 > HD_ID_MAX)) {
        code = HD_E_NOT_FOUND;
    }
    return code == HD_OK ? what(c) : code;
}

static hd_code_t ask_first(hd_call_t *c, hd_txn_t *txn, hd_handler_t what)
{
    hd_code_t code;
    c->cx.txn = txn;
    c->cx.now = hd_time_now();
    HD_ARENA_TRY(c->cx.arena, code, ask(c, what));
    code = code == HD_OK ? hd_txn_error(txn) : code;
    c->cx.txn = NULL;
    c->cx.now = 0;
    c->cx.actor = &hd_actor_nobody;
    return code;
}

hd_code_t hd_call_admit(hd_call_t *c, hd_txn_t *txn)
{
    return ask_first(c, txn, c->route->admit);
}

hd_code_t hd_call_ahead(hd_call_t *c, hd_txn_t *txn)
{
    return ask_first(c, txn, c->route->ahead);
}

hd_code_t hd_call_settle(hd_call_t *c, hd_txn_t *txn)
{
    hd_code_t code;
    c->cx.txn = txn;
    c->cx.now = hd_time_now();
    HD_ARENA_TRY(c->cx.arena, code, c->route->settle(c));
    code = code == HD_OK ? hd_txn_error(txn) : code;
    c->cx.txn = NULL;
    c->cx.now = 0;
    c->cx.actor = &hd_actor_nobody;
    return code;
}

hd_code_t hd_call_piece(hd_call_t *c, hd_txn_t *txn, hd_arena_t *a, hd_buf_t *out, bool *ret_more)
{
    hd_code_t code;
    hd_arena_t *own = c->cx.arena;
    c->cx.arena = a;
    c->cx.txn = txn;
    c->cx.now = hd_time_now();
    *ret_more = false;
    hd_buf_init(out, a, 64 * 1024, HD_REPLY_MAX);
    HD_ARENA_TRY(a, code, hd_call_actor(c, &c->cx));
    if (code == HD_OK) {
        HD_ARENA_TRY(a, code, c->piece(c, out, ret_more));
    }
    if (code == HD_OK) {
        code = hd_txn_error(txn);
    }
    c->cx.arena = own;
    return code == HD_OK && out->failed ? HD_E_MEMORY : code;
}

void hd_call_again(hd_call_t *c)
{
    c->res = (hd_res_t){ .status = 0 };
    c->wrote = false;
    c->piece = NULL;
    c->refused = HD_OK;
    hd_problem_init(&c->problem);
    c->cx.problem = &c->problem;
    c->cx.actor = &hd_actor_nobody;
}
