/*
 * The thread that runs a batch: one transaction, one commit.  Here is no request, no pool and no connection log.  What a
 * command did after its first put and then failed cannot be taken back alone, so the batch is aborted and its commands
 * run again one by one; aborted commands leave no trace.
 */

#include "ngx_http_helpdesk.h"

#include <sched.h>


/* The command of the batch after this one; NULL begins and ends. */

static ngx_http_helpdesk_ctx_t *
ngx_http_helpdesk_next(ngx_http_helpdesk_worker_t *w,
    ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_queue_t  *q;

    q = ctx == NULL ? ngx_queue_head(&w->batch) : ngx_queue_next(&ctx->queue);

    return q == ngx_queue_sentinel(&w->batch)
           ? NULL : ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);
}


static void
ngx_http_helpdesk_undo(ngx_http_helpdesk_ctx_t *ctx, hd_code_t code)
{
    ctx->code = code;

    if (ctx->call != NULL) {
        hd_call_again(ctx->call);
        hd_call_refuse(ctx->call, code);
    }
}


static hd_code_t
ngx_http_helpdesk_job(ngx_http_helpdesk_ctx_t *ctx, hd_txn_t *txn)
{
    hd_cx_t       cx;
    hd_problem_t  problem;

    hd_problem_init(&problem);
    cx = (hd_cx_t) { .arena = ctx->arena, .txn = txn, .actor = &hd_actor_desk,
                     .now = hd_time_now(), .problem = &problem };
    ctx->job(&cx, ctx->data);

    return HD_OK;
}


static hd_code_t
ngx_http_helpdesk_guarded(ngx_http_helpdesk_ctx_t *ctx, hd_txn_t *txn)
{
    hd_code_t  code;

    if (ctx->call == NULL) {
        HD_ARENA_TRY(ctx->arena, code, ngx_http_helpdesk_job(ctx, txn));

    } else {
        ctx->call->cx.now = hd_time_now();
        HD_ARENA_TRY(ctx->arena, code, hd_call_run(ctx->call, txn));
    }

    return code;
}


/*
 * Two arenas can run out: the command's own and the batch's.  A jump to the
 * outer border leaves the inner one dangling, so it is cleared.
 */

static hd_code_t
ngx_http_helpdesk_run_one(ngx_http_helpdesk_ctx_t *ctx, hd_txn_t *txn)
{
    uint64_t   start;
    hd_code_t  code;

    start = hd_time_mono_us();

    if (ctx->again && ctx->call != NULL) {
        hd_call_again(ctx->call);
    }

    ctx->again = 1;

    HD_ARENA_TRY(ngx_http_helpdesk_worker.batch_arena, code,
                 ngx_http_helpdesk_guarded(ctx, txn));

    *hd_arena_border(ctx->arena) = NULL;

    if (ctx->call != NULL) {
        if (code == HD_E_MEMORY) {
            hd_call_refuse(ctx->call, code);
        }

        ctx->call->run_us = hd_time_mono_us() - start;
    }

    return code;
}


/* Aborted commands leave no trace, so they can run again alone. */

static void
ngx_http_helpdesk_run_alone(ngx_http_helpdesk_worker_t *w,
    ngx_http_helpdesk_ctx_t *ctx, ngx_http_helpdesk_batch_t *b)
{
    hd_txn_t   *txn;
    hd_code_t   code, ran;

    hd_arena_reset(w->batch_arena);

    code = hd_txn_begin(w->store, true, w->batch_arena, w->writer_cache, &txn);

    if (code == HD_OK) {
        ran = ngx_http_helpdesk_run_one(ctx, txn);

        if (ran != HD_OK && hd_txn_error(txn) == HD_OK) {
            hd_txn_abort(txn);
            ctx->code = ran;
            return;
        }

        b->wrote |= hd_txn_writes(txn) != 0;
        b->timed |= hd_txn_is_timed(txn);
        code = hd_txn_commit(txn);
    }

    ctx->code = code;

    if (code != HD_OK) {
        b->code = code;
        ngx_http_helpdesk_undo(ctx, code);
    }
}


/* HD_OK: all ran and nothing failed after its first write. */

static hd_code_t
ngx_http_helpdesk_run_all(ngx_http_helpdesk_worker_t *w, hd_txn_t *txn)
{
    uint64_t                  writes;
    ngx_http_helpdesk_ctx_t  *ctx;

    for (ctx = NULL; (ctx = ngx_http_helpdesk_next(w, ctx)) != NULL; /**/) {

        if (ctx->refused) {
            continue;
        }

        (void) sched_yield();
        writes = hd_txn_writes(txn);
        ctx->code = ngx_http_helpdesk_run_one(ctx, txn);

        if (hd_txn_error(txn) != HD_OK) {
            return hd_txn_error(txn);
        }

        if (ctx->code != HD_OK && hd_txn_writes(txn) != writes) {
            return HD_E_CONFLICT;
        }
    }

    return HD_OK;
}


void
ngx_http_helpdesk_refuse_all(ngx_http_helpdesk_worker_t *w, hd_code_t code)
{
    ngx_http_helpdesk_ctx_t  *ctx;

    for (ctx = NULL; (ctx = ngx_http_helpdesk_next(w, ctx)) != NULL; /**/) {

        if (ctx->refused || (ctx->code != HD_OK && ctx->again)) {
            continue;                          /* refused before it wrote: that answer stands */
        }

        ngx_http_helpdesk_undo(ctx, code);
    }
}


/* Before the write lock is taken: parsing is what costs most after writing. */

static void
ngx_http_helpdesk_parse_all(ngx_http_helpdesk_worker_t *w)
{
    ngx_http_helpdesk_ctx_t  *ctx;

    for (ctx = NULL; (ctx = ngx_http_helpdesk_next(w, ctx)) != NULL; /**/) {

        if (!ctx->parse) {
            continue;
        }

        ctx->parse = 0;
        ctx->code = hd_call_body(ctx->call);

        if (ctx->code != HD_OK) {
            ctx->refused = 1;
            hd_call_refuse(ctx->call, ctx->code);
        }
    }
}


static void
ngx_http_helpdesk_run_batch(ngx_http_helpdesk_worker_t *w)
{
    uint64_t                     start;
    hd_txn_t                    *txn;
    hd_code_t                    code;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_batch_t   *b;

    b = &w->last;
    b->wrote = 0;
    b->timed = 0;

    ngx_http_helpdesk_parse_all(w);

    hd_arena_reset(w->batch_arena);
    code = hd_txn_begin(w->store, true, w->batch_arena, w->writer_cache, &txn);

    if (code != HD_OK) {
        ngx_http_helpdesk_refuse_all(w, code);
        b->code = code;
        return;
    }

    code = ngx_http_helpdesk_run_all(w, txn);

    start = hd_time_mono_us();

    if (code == HD_OK) {
        b->wrote = hd_txn_writes(txn) != 0;
        b->timed = hd_txn_is_timed(txn);

        if (b->wrote) {
            code = hd_txn_commit(txn);

        } else {
            hd_txn_abort(txn);
        }

    } else {
        hd_txn_abort(txn);
    }

    b->commit_us = hd_time_mono_us() - start;
    b->code = code;

    if (code == HD_OK) {
        return;
    }

    if (code == HD_E_UNKNOWN) {
        ngx_http_helpdesk_refuse_all(w, code);
        return;
    }

    b->wrote = 0;
    b->timed = 0;
    b->code = HD_OK;

    for (ctx = NULL; (ctx = ngx_http_helpdesk_next(w, ctx)) != NULL; /**/) {

        if (!ctx->refused) {
            ngx_http_helpdesk_run_alone(w, ctx, b);
        }
    }
}


void
ngx_http_helpdesk_batch_thread(void *data, ngx_log_t *log)
{
    ngx_http_helpdesk_worker_t  *w;

    w = *(ngx_http_helpdesk_worker_t **) data;

    ngx_http_helpdesk_stand_back(w);
    ngx_http_helpdesk_run_batch(w);
    ngx_http_helpdesk_stand_up(w);
}
