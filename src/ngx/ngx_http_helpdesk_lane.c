/*
 * Lanes.  INLINE runs here on the event loop in one read transaction.  POOL runs in nginx's thread pool.  WRITE waits
 * in `pending`; one batch at a time is run by a pool thread in one transaction with one commit, and all its requests
 * are answered after it.  While one batch syncs, the next one fills.
 *
 * No locks: the lists belong to the event loop, a batch belongs to its thread between post and completion.
 * The request side follows nginx's own thread-task protocol (blocked, aio, a timer on the task's event so that a
 * graceful exit waits); style.md 2.5 says what happens without each line.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_HASHING      2            /* argon2 at once; each takes 19 MiB and 50 to 100 ms */
#define NGX_HELPDESK_HASH_QUEUE   32
#define NGX_HELPDESK_WAIT_MAX     3000         /* ms a command waits for the writer before it is refused */
#define NGX_HELPDESK_TASK_ALERT   60000
#define NGX_HELPDESK_BATCH_ARENA  ((size_t) 512 * 1024 * 1024)


static void ngx_http_helpdesk_post_batch(void);
static void ngx_http_helpdesk_hash_next(void);


/* ---- in the thread that runs a batch: no request, no pool, no connection log ---- */

static hd_code_t
ngx_http_helpdesk_job(ngx_http_helpdesk_ctx_t *ctx, hd_txn_t *txn)
{
    hd_cx_t       cx;
    hd_problem_t  problem;

    hd_problem_init(&problem);
    cx = (hd_cx_t) { ctx->arena, txn, &hd_actor_desk, hd_time_now(), &problem };
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
        code = hd_txn_commit(txn);
    }

    ctx->code = code;

    if (code != HD_OK) {
        b->code = code;

        if (ctx->call != NULL) {
            hd_call_again(ctx->call);
            hd_call_refuse(ctx->call, code);
        }
    }
}


/* HD_OK: all ran and nothing failed after its first write. */

static hd_code_t
ngx_http_helpdesk_run_all(ngx_http_helpdesk_worker_t *w, hd_txn_t *txn)
{
    uint64_t                  writes;
    ngx_queue_t              *q;
    ngx_http_helpdesk_ctx_t  *ctx;

    for (q = ngx_queue_head(&w->batch);
         q != ngx_queue_sentinel(&w->batch);
         q = ngx_queue_next(q))
    {
        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);

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


static void
ngx_http_helpdesk_refuse_all(ngx_http_helpdesk_worker_t *w, hd_code_t code)
{
    ngx_queue_t              *q;
    ngx_http_helpdesk_ctx_t  *ctx;

    for (q = ngx_queue_head(&w->batch);
         q != ngx_queue_sentinel(&w->batch);
         q = ngx_queue_next(q))
    {
        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);

        if (ctx->code != HD_OK && ctx->again) {
            continue;                          /* refused before it wrote: that answer stands */
        }

        ctx->code = code;

        if (ctx->call != NULL) {
            hd_call_again(ctx->call);
            hd_call_refuse(ctx->call, code);
        }
    }
}


static void
ngx_http_helpdesk_batch_thread(void *data, ngx_log_t *log)
{
    uint64_t                     start;
    hd_txn_t                    *txn;
    hd_code_t                    code;
    ngx_queue_t                 *q;
    ngx_http_helpdesk_batch_t   *b;
    ngx_http_helpdesk_worker_t  *w;

    w = *(ngx_http_helpdesk_worker_t **) data;
    b = &w->last;
    b->wrote = 0;

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
    b->code = HD_OK;

    for (q = ngx_queue_head(&w->batch);
         q != ngx_queue_sentinel(&w->batch);
         q = ngx_queue_next(q))
    {
        ngx_http_helpdesk_run_alone(w,
                    ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue), b);
    }
}


/* ---- on the event loop ---- */

static void
ngx_http_helpdesk_write_event(ngx_http_request_t *r)
{
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);

    if (ctx->sent) {
        return;
    }

    ngx_http_finalize_request(r, ngx_http_helpdesk_answer(r, ctx));
}


static void
ngx_http_helpdesk_hold(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    r->write_event_handler = ngx_http_helpdesk_write_event;
    r->read_event_handler = ngx_http_test_reading;
    r->main->blocked++;
    r->aio = 1;

    if (!ctx->counted) {
        ctx->counted = 1;
        r->main->count++;
    }
}


static void
ngx_http_helpdesk_release(ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    r->main->blocked--;
    r->aio = 0;

    if (r->done) {
        c->write->handler(c->write);

    } else {
        r->write_event_handler(r);
        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_http_helpdesk_finish(ngx_http_helpdesk_ctx_t *ctx)
{
    void       (*done)(void *data, hd_code_t code);
    void        *data;
    hd_code_t    code;

    if (ctx->request != NULL) {
        ngx_http_helpdesk_release(ctx);
        return;
    }

    done = ctx->done;
    data = ctx->data;
    code = ctx->code;

    ngx_http_helpdesk_arena_put(ctx->arena);
    ngx_free(ctx);

    done(data, code);
}


static void
ngx_http_helpdesk_batch_done(ngx_event_t *ev)
{
    ngx_queue_t                  ready, *q;
    ngx_http_helpdesk_batch_t   *b;
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "helpdesk: the batch of %ui writes takes too long",
                      w->last.n);
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    b = &w->last;
    w->in_flight = 0;

    ngx_queue_init(&ready);

    if (!ngx_queue_empty(&w->batch)) {
        ngx_queue_add(&ready, &w->batch);
        ngx_queue_init(&w->batch);
    }

    ngx_http_helpdesk_count_batch(b);

    if (b->code != HD_OK) {
        ngx_log_error(NGX_LOG_CRIT, ev->log, 0,
                      "helpdesk: writing failed: %s",
                      hd_err_info(b->code)->slug);
    }

    /* the next batch syncs while this one's answers are sent */
    ngx_http_helpdesk_post_batch();

    while (!ngx_queue_empty(&ready)) {
        q = ngx_queue_head(&ready);
        ngx_queue_remove(q);
        ngx_http_helpdesk_finish(
                       ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue));
    }

    if (b->wrote) {
        ngx_http_helpdesk_wake_all();
    }
}


static void
ngx_http_helpdesk_post_batch(void)
{
    ngx_uint_t                   n;
    ngx_queue_t                 *q;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->in_flight || w->n_pending == 0) {
        return;
    }

    for (n = 0; n < w->conf->batch_max && w->n_pending != 0; n++) {
        q = ngx_queue_head(&w->pending);
        ngx_queue_remove(q);
        w->n_pending--;

        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);

        if (ctx->call != NULL) {
            ctx->call->queue_us = hd_time_mono_us() - ctx->queued_us;
        }

        ngx_queue_insert_tail(&w->batch, q);
    }

    w->last.n = n;
    w->in_flight = 1;

    ngx_http_helpdesk_shared->metrics.pending[ngx_worker
                               % NGX_HELPDESK_WORKERS] = w->n_pending;

    if (ngx_thread_task_post(w->conf->pool, w->task) == NGX_OK) {
        ngx_add_timer(&w->task->event, NGX_HELPDESK_TASK_ALERT);
        return;
    }

    w->in_flight = 0;
    ngx_http_helpdesk_refuse_all(w, HD_E_BUSY);

    while (!ngx_queue_empty(&w->batch)) {
        q = ngx_queue_head(&w->batch);
        ngx_queue_remove(q);
        ngx_http_helpdesk_finish(
                       ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue));
    }
}


/* A writer that is stuck (a stopped process holds the lock) must not hang everybody: F12. */

static void
ngx_http_helpdesk_sweep(ngx_event_t *ev)
{
    uint64_t                     now;
    ngx_queue_t                  late, *q;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;
    now = hd_time_mono_us();
    ngx_queue_init(&late);

    for (q = ngx_queue_head(&w->pending);
         q != ngx_queue_sentinel(&w->pending);
         /* void */)
    {
        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);
        q = ngx_queue_next(q);

        if (now - ctx->queued_us < NGX_HELPDESK_WAIT_MAX * 1000) {
            break;
        }

        ngx_queue_remove(&ctx->queue);
        ngx_queue_insert_tail(&late, &ctx->queue);
        w->n_pending--;
    }

    ngx_http_helpdesk_shared->metrics.pending[ngx_worker
                               % NGX_HELPDESK_WORKERS] = w->n_pending;

    while (!ngx_queue_empty(&late)) {
        q = ngx_queue_head(&late);
        ngx_queue_remove(q);

        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);
        ctx->code = HD_E_BUSY;

        if (ctx->call != NULL) {
            hd_call_refuse(ctx->call, HD_E_BUSY);
            (void) ngx_atomic_fetch_add(
                        &ngx_http_helpdesk_shared->metrics.refused_busy, 1);
        }

        ngx_http_helpdesk_finish(ctx);
    }

    if (w->n_pending != 0) {
        ngx_add_timer(ev, 1000);
    }
}


static ngx_int_t
ngx_http_helpdesk_enqueue(ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->n_pending >= w->conf->queue_max) {
        (void) ngx_atomic_fetch_add(
                        &ngx_http_helpdesk_shared->metrics.refused_busy, 1);
        return NGX_BUSY;
    }

    ctx->queued_us = hd_time_mono_us();
    ngx_queue_insert_tail(&w->pending, &ctx->queue);
    w->n_pending++;

    ngx_http_helpdesk_shared->metrics.pending[ngx_worker
                               % NGX_HELPDESK_WORKERS] = w->n_pending;

    if (!w->sweep.timer_set) {
        ngx_add_timer(&w->sweep, 1000);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_command(void (*job)(hd_cx_t *cx, void *data),
    void (*done)(void *data, hd_code_t code), void *data)
{
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_calloc(sizeof(ngx_http_helpdesk_ctx_t), ngx_cycle->log);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->arena = ngx_http_helpdesk_arena_get();
    ctx->job = job;
    ctx->done = done;
    ctx->data = data;

    if (ctx->arena == NULL || ngx_http_helpdesk_enqueue(ctx) != NGX_OK) {
        ngx_http_helpdesk_arena_put(ctx->arena);
        ngx_free(ctx);
        return NGX_ERROR;
    }

    ngx_http_helpdesk_post_batch();

    return NGX_OK;
}


/* ---- POOL, and password hashing before a WRITE ---- */

typedef struct {
    ngx_http_helpdesk_ctx_t  *ctx;
    hd_cache_t               *cache;
} ngx_http_helpdesk_pool_t;


hd_cache_t *
ngx_http_helpdesk_thread_cache(void)
{
    static __thread hd_cache_t  *cache;

    if (cache == NULL) {
        cache = hd_cache_create();
    }

    return cache;
}


static void
ngx_http_helpdesk_query(ngx_http_helpdesk_ctx_t *ctx, hd_cache_t *cache)
{
    uint64_t    start;
    hd_txn_t   *txn;
    hd_code_t   code;

    start = hd_time_mono_us();
    ctx->call->cx.now = hd_time_now();

    code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, ctx->arena,
                        cache, &txn);

    if (code == HD_OK) {
        HD_ARENA_TRY(ctx->arena, code, hd_call_run(ctx->call, txn));
        hd_txn_abort(txn);

        if (code == HD_E_MEMORY) {
            hd_call_refuse(ctx->call, code);
        }

    } else {
        hd_call_refuse(ctx->call, code);
    }

    ctx->code = code;
    ctx->call->run_us = hd_time_mono_us() - start;
}


static void
ngx_http_helpdesk_pool_thread(void *data, ngx_log_t *log)
{
    ngx_http_helpdesk_pool_t  *p = data;

    if (p->ctx->call->route->lane == HD_POOL) {
        ngx_http_helpdesk_query(p->ctx, ngx_http_helpdesk_thread_cache());
        return;
    }

    p->ctx->call->cx.now = hd_time_now();

    HD_ARENA_TRY(p->ctx->arena, p->ctx->code,
                 p->ctx->call->route->before(p->ctx->call));
}


static void
ngx_http_helpdesk_pool_done(ngx_event_t *ev)
{
    ngx_http_request_t          *r;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_worker_t  *w;

    ctx = ev->data;
    r = ctx->request;
    w = &ngx_http_helpdesk_worker;

    ngx_http_set_log_request(r->connection->log, r);

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "helpdesk: a job in the thread pool takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    if (ctx->call->route->lane == HD_POOL) {
        w->n_pool--;
        ngx_http_helpdesk_shared->metrics.pool[ngx_worker
                                   % NGX_HELPDESK_WORKERS] = w->n_pool;
        ngx_http_helpdesk_release(ctx);
        return;
    }

    w->n_hashing--;
    ngx_http_helpdesk_hash_next();

    if (ctx->code == HD_OK) {
        if (ngx_http_helpdesk_enqueue(ctx) == NGX_OK) {
            ngx_http_helpdesk_post_batch();
            return;
        }

        ctx->code = HD_E_BUSY;
    }

    hd_call_refuse(ctx->call, ctx->code);
    ngx_http_helpdesk_release(ctx);
}


static ngx_int_t
ngx_http_helpdesk_pool_post(ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_http_request_t        *r;
    ngx_thread_task_t         *task;
    ngx_http_helpdesk_pool_t  *p;

    r = ctx->request;

    task = ngx_thread_task_alloc(r->pool, sizeof(ngx_http_helpdesk_pool_t));
    if (task == NULL) {
        return NGX_ERROR;
    }

    p = task->ctx;
    p->ctx = ctx;

    task->handler = ngx_http_helpdesk_pool_thread;
    task->event.handler = ngx_http_helpdesk_pool_done;
    task->event.data = ctx;
    task->event.log = ngx_cycle->log;

    if (ngx_thread_task_post(ngx_http_helpdesk_worker.conf->pool, task)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_add_timer(&task->event, NGX_HELPDESK_TASK_ALERT);

    return NGX_OK;
}


static void
ngx_http_helpdesk_hash_next(void)
{
    ngx_queue_t                 *q;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    while (w->n_hashing < NGX_HELPDESK_HASHING
           && !ngx_queue_empty(&w->hash_waiting))
    {
        q = ngx_queue_head(&w->hash_waiting);
        ngx_queue_remove(q);
        w->n_hash_waiting--;

        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);

        if (ngx_http_helpdesk_pool_post(ctx) == NGX_OK) {
            w->n_hashing++;
            continue;
        }

        hd_call_refuse(ctx->call, HD_E_BUSY);
        ngx_http_helpdesk_release(ctx);
    }
}


static ngx_int_t
ngx_http_helpdesk_hash(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->n_hash_waiting >= NGX_HELPDESK_HASH_QUEUE) {
        hd_call_refuse(ctx->call, HD_E_BUSY);
        return NGX_OK;
    }

    ngx_http_helpdesk_hold(r, ctx);

    ngx_queue_insert_tail(&w->hash_waiting, &ctx->queue);
    w->n_hash_waiting++;
    ngx_http_helpdesk_hash_next();

    return NGX_DONE;
}


/* ---- which lane ---- */

ngx_int_t
ngx_http_helpdesk_run(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    switch (ctx->call->route->lane) {

    case HD_INLINE:
        ngx_http_helpdesk_query(ctx, w->cache);
        return NGX_OK;

    case HD_POOL:
        if (w->n_pool >= w->conf->queue_max
            || ngx_http_helpdesk_pool_post(ctx) != NGX_OK)
        {
            hd_call_refuse(ctx->call, HD_E_BUSY);
            return NGX_OK;
        }

        w->n_pool++;
        ngx_http_helpdesk_shared->metrics.pool[ngx_worker
                                   % NGX_HELPDESK_WORKERS] = w->n_pool;
        ngx_http_helpdesk_hold(r, ctx);
        return NGX_DONE;

    case HD_WRITE:
        if (ctx->call->route->before != NULL) {
            return ngx_http_helpdesk_hash(r, ctx);
        }

        if (ngx_http_helpdesk_enqueue(ctx) != NGX_OK) {
            hd_call_refuse(ctx->call, HD_E_BUSY);
            return NGX_OK;
        }

        ngx_http_helpdesk_hold(r, ctx);
        ngx_http_helpdesk_post_batch();
        return NGX_DONE;

    default:
        return ngx_http_helpdesk_live_open(r, ctx);
    }
}


ngx_int_t
ngx_http_helpdesk_lane_init(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_queue_init(&w->pending);
    ngx_queue_init(&w->batch);
    ngx_queue_init(&w->hash_waiting);

    w->cache = hd_cache_create();
    w->writer_cache = hd_cache_create();
    w->batch_arena = hd_arena_create(NGX_HELPDESK_BATCH_ARENA);
    w->task = ngx_thread_task_alloc(cycle->pool,
                                    sizeof(ngx_http_helpdesk_worker_t *));

    if (w->cache == NULL || w->writer_cache == NULL || w->batch_arena == NULL
        || w->task == NULL)
    {
        return NGX_ERROR;
    }

    *(ngx_http_helpdesk_worker_t **) w->task->ctx = w;
    w->task->handler = ngx_http_helpdesk_batch_thread;
    w->task->event.handler = ngx_http_helpdesk_batch_done;
    w->task->event.data = w;
    w->task->event.log = cycle->log;

    w->sweep.handler = ngx_http_helpdesk_sweep;
    w->sweep.data = w;
    w->sweep.log = cycle->log;
    w->sweep.cancelable = 1;

    /* a worker that was killed has left its gauges behind */
    ngx_http_helpdesk_shared->metrics.pending[ngx_worker
                                              % NGX_HELPDESK_WORKERS] = 0;
    ngx_http_helpdesk_shared->metrics.pool[ngx_worker
                                           % NGX_HELPDESK_WORKERS] = 0;
    ngx_http_helpdesk_shared->metrics.streams[ngx_worker
                                              % NGX_HELPDESK_WORKERS] = 0;

    return NGX_OK;
}


void
ngx_http_helpdesk_lane_exit(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    hd_cache_destroy(w->cache);
    hd_cache_destroy(w->writer_cache);
    hd_arena_destroy(w->batch_arena);

    while (w->n_arenas != 0) {
        hd_arena_destroy(w->arenas[--w->n_arenas]);
    }
}
