/*
 * Lanes.  INLINE runs here on the event loop in one read transaction.  POOL runs in nginx's thread pool, as does the
 * hashing of a password before a WRITE, or before a read, which then goes on in that thread.  WRITE goes to ngx_http_helpdesk_batch.c, STREAM to _live.c.
 *
 * The request side follows nginx's own thread-task protocol (blocked, aio, a timer on the task's event so that a
 * graceful exit waits).
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_HASHING      2            /* argon2 at once; each takes 19 MiB and 50 to 100 ms */
#define NGX_HELPDESK_HASH_QUEUE   32
#define NGX_HELPDESK_FILE_QUEUE   256          /* files to be hashed and synced wait longer */
#define NGX_HELPDESK_TASK_ALERT   60000


static void ngx_http_helpdesk_hash_next(void);


/* ---- a request that waits for a thread ---- */

static void
ngx_http_helpdesk_write_event(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);

    if (ctx->sent || r->aio) {                 /* aio: the socket has room, the thread is not done */
        return;
    }

    rc = ngx_http_helpdesk_answer(r, ctx);

    if (rc != NGX_DONE) {                      /* else pieces follow */
        ngx_http_finalize_request(r, rc);
    }
}


void
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


void
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


/* ---- POOL, and password hashing before a WRITE ---- */

typedef struct {
    ngx_http_helpdesk_ctx_t  *ctx;
    hd_cache_t               *cache;
} ngx_http_helpdesk_pool_t;


hd_cache_t *
ngx_http_helpdesk_thread_cache(void)
{
    static HD_OF_THREAD hd_cache_t  *cache;

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


/* What a WRITE is about is looked up while others write. */

static hd_code_t
ngx_http_helpdesk_ahead(ngx_http_helpdesk_ctx_t *ctx, hd_cache_t *cache)
{
    hd_txn_t   *txn;
    hd_code_t   code;

    ctx->parse = 0;
    code = hd_call_body(ctx->call);

    if (code != HD_OK) {
        return code;
    }

    code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, ctx->arena,
                        cache, &txn);

    if (code == HD_OK) {
        code = hd_call_ahead(ctx->call, txn);
        hd_txn_abort(txn);
    }

    return code;
}


static void
ngx_http_helpdesk_pool_thread(void *data, ngx_log_t *log)
{
    ngx_http_helpdesk_pool_t  *p = data;

    if (p->ctx->call->lane == HD_POOL && p->ctx->call->before == NULL) {
        ngx_http_helpdesk_query(p->ctx, ngx_http_helpdesk_thread_cache());
        return;
    }

    if (p->ctx->call->route->ahead != NULL) {
        p->ctx->code = ngx_http_helpdesk_ahead(p->ctx,
                                            ngx_http_helpdesk_thread_cache());
        return;
    }

    p->ctx->call->cx.now = hd_time_now();

    HD_ARENA_TRY(p->ctx->arena, p->ctx->code,
                 p->ctx->call->before(p->ctx->call));

    if (p->ctx->code == HD_OK && p->ctx->call->lane != HD_WRITE) {
        p->ctx->call->lane = HD_POOL;          /* where it now is */
        ngx_http_helpdesk_query(p->ctx, ngx_http_helpdesk_thread_cache());
        return;
    }

    if (p->ctx->code == HD_E_STORE || p->ctx->code == HD_E_FULL) {
        ngx_log_error(NGX_LOG_CRIT, log, ngx_errno,
                      "helpdesk: what came with a request could not be stored");
    }
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

    if (ctx->call->lane == HD_POOL && ctx->call->before == NULL) {
        ngx_http_helpdesk_pool_end();
        ngx_http_helpdesk_release(ctx);
        return;
    }

    if (ctx->call->route->ahead != NULL) {
        ngx_http_helpdesk_pool_end();

    } else {
        w->n_hashing--;
        ngx_http_helpdesk_hash_next();
    }

    if (ctx->code == HD_OK && ctx->call->lane != HD_WRITE) {
        ngx_http_helpdesk_release(ctx);        /* a read, answered by the same thread */
        return;
    }

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


static ngx_thread_task_t *
ngx_http_helpdesk_pool_alloc(ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_thread_task_t         *task;
    ngx_http_helpdesk_pool_t  *p;

    task = ngx_thread_task_alloc(ctx->request->pool,
                                 sizeof(ngx_http_helpdesk_pool_t));
    if (task == NULL) {
        return NULL;
    }

    p = task->ctx;
    p->ctx = ctx;

    task->handler = ngx_http_helpdesk_pool_thread;
    task->event.handler = ngx_http_helpdesk_pool_done;
    task->event.data = ctx;
    task->event.log = ngx_cycle->log;

    return task;
}


static ngx_int_t
ngx_http_helpdesk_pool_post(ngx_thread_task_t *task)
{
    if (task == NULL
        || ngx_thread_task_post(ngx_http_helpdesk_worker.conf->pool, task)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_add_timer(&task->event, NGX_HELPDESK_TASK_ALERT);

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_pool_start(ngx_thread_task_t *task)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->n_pool >= w->conf->queue_max
        || ngx_http_helpdesk_pool_post(task) != NGX_OK)
    {
        return NGX_ERROR;
    }

    w->n_pool++;
    ngx_http_helpdesk_shared->metrics.pool[ngx_worker
                               % NGX_HELPDESK_WORKERS] = w->n_pool;
    return NGX_OK;
}


void
ngx_http_helpdesk_pool_end(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    w->n_pool--;
    ngx_http_helpdesk_shared->metrics.pool[ngx_worker
                               % NGX_HELPDESK_WORKERS] = w->n_pool;
}


static ngx_int_t
ngx_http_helpdesk_pool(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_thread_task_t  *task;

    task = ngx_http_helpdesk_pool_alloc(ctx);

    if (task == NULL || ngx_http_helpdesk_pool_start(task) != NGX_OK) {
        hd_call_refuse(ctx->call, HD_E_BUSY);
        return NGX_OK;
    }

    ngx_http_helpdesk_hold(r, ctx);

    return NGX_DONE;
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

        if (ngx_http_helpdesk_pool_post(ngx_http_helpdesk_pool_alloc(ctx))
            == NGX_OK)
        {
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
    ngx_uint_t                   room;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    /* a program's many connections prove one password together */
    room = ctx->call->route->in == HD_IN_FILE
           || ctx->call->route->settle != NULL ? NGX_HELPDESK_FILE_QUEUE
                                               : NGX_HELPDESK_HASH_QUEUE;

    if (w->n_hash_waiting >= room) {
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

    if (ctx->call->before != NULL) {
        return ngx_http_helpdesk_hash(r, ctx);
    }

    switch (ctx->call->lane) {

    case HD_INLINE:
        ngx_http_helpdesk_worker.n_reads++;
        ngx_http_helpdesk_query(ctx, w->cache);

        if (ctx->call->lane == HD_POOL) {      /* too long for here */
            hd_call_again(ctx->call);
            return ngx_http_helpdesk_pool(r, ctx);
        }

        return NGX_OK;

    case HD_POOL:
        return ngx_http_helpdesk_pool(r, ctx);

    case HD_WRITE:
        if (ctx->call->route->ahead != NULL) {
            return ngx_http_helpdesk_pool(r, ctx);
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
    ngx_uint_t                   slot;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    slot = ngx_worker % NGX_HELPDESK_WORKERS;

    ngx_queue_init(&w->hash_waiting);

    /* this worker's place may be that of one that was killed */
    ngx_http_helpdesk_shared->metrics.pending[slot] = 0;
    ngx_http_helpdesk_shared->metrics.pool[slot] = 0;
    ngx_http_helpdesk_shared->metrics.streams[slot] = 0;

    w->cache = hd_cache_create();

    return w->cache == NULL ? NGX_ERROR : ngx_http_helpdesk_batch_init(cycle);
}


void
ngx_http_helpdesk_lane_exit(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_http_helpdesk_batch_exit();
    hd_cache_destroy(w->cache);

    while (w->n_arenas != 0) {
        hd_arena_destroy(w->arenas[--w->n_arenas]);
    }
}
