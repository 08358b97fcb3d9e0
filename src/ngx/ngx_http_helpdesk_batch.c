/*
 * The WRITE lane: group commit.  Commands wait in `pending`; one batch at a time is run by a pool thread in one
 * transaction with one commit, and all its requests are answered after it.  While one batch syncs, the next one fills.
 *
 * No locks: the lists belong to the event loop, a batch belongs to its thread between post and completion.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_WAIT_MAX     3000         /* ms a command waits for the writer before it is refused */
#define NGX_HELPDESK_TASK_ALERT   60000
#define NGX_HELPDESK_ANSWERS      1            /* sent in one turn of the event loop */
#define NGX_HELPDESK_BATCH_ARENA  ((size_t) 512 * 1024 * 1024)


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


/*
 * A few answers a turn of the event loop: readers must not wait for a whole
 * batch to be sent.  An exiting worker has no next turn to wait for.
 */

static void
ngx_http_helpdesk_answer_some(ngx_event_t *ev)
{
    ngx_uint_t                   n;
    ngx_queue_t                 *q;
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;

    for (n = 0; !ngx_queue_empty(&w->ready); n++) {

        if (n >= NGX_HELPDESK_ANSWERS && !ngx_exiting && !ngx_terminate) {

            if (!ev->timer_set) {
                ngx_add_timer(ev, 1000);       /* a worker told to end now waits for it */
            }

            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&w->ready);
        ngx_queue_remove(q);
        ngx_http_helpdesk_finish(
                       ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue));
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }
}


/*
 * What goes on in another piece waits behind those who came meanwhile; what is
 * done is answered.
 */

static void
ngx_http_helpdesk_sort_batch(ngx_http_helpdesk_worker_t *w)
{
    ngx_queue_t              *q;
    ngx_http_helpdesk_ctx_t  *ctx;

    while (!ngx_queue_empty(&w->batch)) {
        q = ngx_queue_head(&w->batch);
        ngx_queue_remove(q);
        ctx = ngx_queue_data(q, ngx_http_helpdesk_ctx_t, queue);

        if (ctx->code == HD_OK && ctx->call != NULL
            && hd_call_goes_on(ctx->call))
        {
            ctx->queued_us = hd_time_mono_us();
            ngx_queue_insert_tail(&w->pending, q);
            w->n_pending++;

            if (!w->sweep.timer_set) {
                ngx_add_timer(&w->sweep, 1000);
            }

            continue;
        }

        ngx_queue_insert_tail(&w->ready, q);
    }
}


/*
 * Who listens is to be told what is new, and the clock that there is a timer; a
 * write that is news to nobody wakes nobody.  A stream that is opened now is
 * counted before it reads what is new.
 */

static ngx_flag_t
ngx_http_helpdesk_is_news(ngx_http_helpdesk_batch_t *b)
{
    return b->timed
           || (b->wrote && ngx_http_helpdesk_listeners() != 0);
}


static void
ngx_http_helpdesk_batch_done(ngx_event_t *ev)
{
    ngx_flag_t                   news;
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
    ngx_http_helpdesk_pace_done(w);

    ngx_http_helpdesk_sort_batch(w);

    ngx_http_helpdesk_count_batch(b);

    if (b->code != HD_OK) {
        ngx_log_error(NGX_LOG_CRIT, ev->log, 0,
                      "helpdesk: writing failed: %s",
                      hd_err_info(b->code)->slug);
    }

    news = ngx_http_helpdesk_is_news(b);

    /* the next batch syncs while this one's answers are sent; b is its now */
    ngx_http_helpdesk_post_batch();

    ngx_http_helpdesk_answer_some(&w->answers);

    if (news) {
        ngx_http_helpdesk_wake_all();
    }
}


void
ngx_http_helpdesk_post_batch(void)
{
    ngx_uint_t                   n;
    ngx_queue_t                 *q;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->in_flight || w->n_pending == 0
        || ngx_http_helpdesk_pace_wait(w) != NGX_OK)
    {
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


ngx_int_t
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


ngx_int_t
ngx_http_helpdesk_batch_init(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_queue_init(&w->pending);
    ngx_queue_init(&w->batch);
    ngx_queue_init(&w->ready);

    w->answers.handler = ngx_http_helpdesk_answer_some;
    w->answers.data = w;
    w->answers.log = cycle->log;

    w->writer_cache = hd_cache_create();
    w->batch_arena = hd_arena_create(NGX_HELPDESK_BATCH_ARENA);
    w->task = ngx_thread_task_alloc(cycle->pool,
                                    sizeof(ngx_http_helpdesk_worker_t *));

    if (w->writer_cache == NULL || w->batch_arena == NULL || w->task == NULL) {
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

    ngx_http_helpdesk_pace_init(cycle);

    return NGX_OK;
}


void
ngx_http_helpdesk_batch_exit(void)
{
    hd_cache_destroy(ngx_http_helpdesk_worker.writer_cache);
    hd_arena_destroy(ngx_http_helpdesk_worker.batch_arena);
}
