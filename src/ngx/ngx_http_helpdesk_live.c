/*
 * All event streams of a worker: opening, waking, heartbeat, closing.  One stream is in ngx_http_helpdesk_stream.c.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_TURN         32           /* streams told in one turn of the event loop */
#define NGX_HELPDESK_LOOK         1000         /* ms between looks for writes that wake nobody */
#define NGX_HELPDESK_AGAIN        250          /* ms after which a stream cut off by a reload asks again, at least */
#define NGX_HELPDESK_RETRY        2000         /* ... any other */


/* Not only shown: what no gauge counts is not woken by a write.  The successor of a worker that exits has its place. */

static void
ngx_http_helpdesk_stream_gauge(void)
{
    if (ngx_exiting) {
        return;
    }

    ngx_http_helpdesk_shared->metrics.streams[ngx_worker
               % NGX_HELPDESK_WORKERS] = ngx_http_helpdesk_worker.n_streams;
}


ngx_uint_t
ngx_http_helpdesk_listeners(void)
{
    ngx_uint_t  i, n;

    for (n = 0, i = 0; i < NGX_HELPDESK_WORKERS; i++) {
        n += ngx_http_helpdesk_shared->metrics.streams[i];
    }

    return n;
}


static void
ngx_http_helpdesk_stream_cleanup(void *data)
{
    ngx_http_helpdesk_stream_t  *s = data;

    ngx_queue_remove(&s->queue);
    ngx_free(s->frame);
    ngx_http_helpdesk_worker.n_streams--;
    ngx_http_helpdesk_stream_gauge();
}


/* When to come back, spread over twice the least time: a thousand browsers are not to knock at the same moment. */

static hd_str_t
ngx_http_helpdesk_retry(u_char buf[NGX_INT_T_LEN + sizeof("retry: \n\n")],
    ngx_uint_t least)
{
    u_char  *p;

    p = ngx_sprintf(buf, "retry: %ui\n\n",
                    least + (ngx_uint_t) ngx_random() % (2 * least));

    return (hd_str_t) { (size_t) (p - buf), (char *) buf };
}


/* ---- opening ---- */

static uint64_t
ngx_http_helpdesk_stream_after(ngx_http_request_t *r, hd_call_t *call)
{
    uint64_t          n;
    hd_str_t          after;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;

    for (h = part->elts, i = 0; /* void */ ; i++) {
        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == 13
            && ngx_memcmp(h[i].lowcase_key, "last-event-id", 13) == 0
            && hd_str_to_u64((hd_str_t) { h[i].value.len,
                                          (char *) h[i].value.data }, &n))
        {
            return n;
        }
    }

    after = hd_form_get(call->req.query, call->cx.arena, "after");

    return hd_str_to_u64(after, &n) ? n : UINT64_MAX;
}


/* Rights are checked here once for the answer's status, then again with every read. */

static hd_code_t
ngx_http_helpdesk_stream_check(ngx_http_request_t *r, hd_call_t *call,
    ngx_http_helpdesk_stream_t *s)
{
    hd_txn_t   *txn;
    hd_code_t   code;

    code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, call->cx.arena,
                        ngx_http_helpdesk_worker.cache, &txn);
    if (code != HD_OK) {
        return code;
    }

    call->cx.txn = txn;
    call->cx.now = hd_time_now();
    code = hd_call_actor(call, &call->cx);
    call->uid = call->cx.actor->uid;

    if (code == HD_OK) {
        code = hd_api_watch(call, &s->watch);
    }

    s->last = ngx_http_helpdesk_stream_after(r, call);

    if (s->last > hd_txn_log_end(txn)) {
        s->last = hd_txn_log_end(txn);
    }

    hd_txn_abort(txn);

    return code;
}


static ngx_int_t
ngx_http_helpdesk_stream_start(ngx_http_helpdesk_stream_t *s)
{
    ngx_int_t            rc;
    u_char               buf[NGX_INT_T_LEN + sizeof("retry: \n\n")];
    ngx_str_t            value;
    ngx_http_request_t  *r;

    r = s->request;

    ngx_str_set(&value, "text/event-stream");
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_type = value;
    r->headers_out.content_type_len = value.len;
    r->headers_out.content_length_n = -1;
    r->keepalive = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc == NGX_OK ? NGX_HTTP_CLOSE : rc;
    }

    r->main->count++;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_helpdesk_stream_write;

    if (ngx_http_helpdesk_stream_send(s,
                         ngx_http_helpdesk_retry(buf, NGX_HELPDESK_RETRY), 0)
        == NGX_ERROR)
    {
        s->closing = 1;
        ngx_http_finalize_request(r, NGX_ERROR);
        return NGX_DONE;
    }

    if (!ngx_http_helpdesk_worker.heartbeat.timer_set) {
        ngx_add_timer(&ngx_http_helpdesk_worker.heartbeat,
                      ngx_http_helpdesk_worker.conf->heartbeat);
    }

    if (!ngx_http_helpdesk_worker.look.timer_set) {
        ngx_add_timer(&ngx_http_helpdesk_worker.look, NGX_HELPDESK_LOOK);
    }

    ngx_http_helpdesk_stream_pull(s);

    return NGX_DONE;
}


/* An EventSource never asks again after an error, so a worker that ends says 200, and when to come back. */

static void
ngx_http_helpdesk_come_again(hd_call_t *call)
{
    u_char  buf[NGX_INT_T_LEN + sizeof("retry: \n\n")];

    call->res.status = NGX_HTTP_OK;
    call->res.content_type = "text/event-stream";

    hd_buf_init(&call->res.body, call->cx.arena, sizeof(buf), sizeof(buf));
    hd_buf_str(&call->res.body,
               ngx_http_helpdesk_retry(buf, NGX_HELPDESK_AGAIN));
}


ngx_int_t
ngx_http_helpdesk_live_open(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    hd_code_t                    code;
    ngx_pool_cleanup_t          *cln;
    ngx_http_helpdesk_worker_t  *w;
    ngx_http_helpdesk_stream_t  *s;

    w = &ngx_http_helpdesk_worker;

    s = ngx_pcalloc(r->pool, sizeof(ngx_http_helpdesk_stream_t));
    if (s == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    HD_ARENA_TRY(ctx->arena, code,
                 ngx_http_helpdesk_stream_check(r, ctx->call, s));

    if (code == HD_OK && ngx_exiting) {
        ngx_http_helpdesk_come_again(ctx->call);
        return NGX_OK;
    }

    if (code == HD_OK && w->n_streams >= w->conf->stream_max) {
        code = HD_E_BUSY;
    }

    if (code != HD_OK) {
        ngx_http_helpdesk_refuse(ctx, code);
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL
        || ngx_http_helpdesk_answer_headers(r, &ctx->call->res) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->call->res.status = NGX_HTTP_OK;
    ngx_http_helpdesk_count(ctx);

    ctx = ngx_http_helpdesk_ctx_keep(r, ctx);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    s->request = r;
    s->ctx = ctx;
    ctx->data = s;

    ngx_queue_insert_tail(&w->streams, &s->queue);
    w->n_streams++;
    cln->handler = ngx_http_helpdesk_stream_cleanup;
    cln->data = s;
    ngx_http_helpdesk_stream_gauge();

    return ngx_http_helpdesk_stream_start(s);
}


/* ---- all of them ---- */

/*
 * A few streams a turn of the event loop: who asks for something else must not
 * wait until thousands were told.  Streams that are to look stand in `stale`,
 * all others in `streams`.  Pulling may end a request and with it any stream,
 * so each is looked up again by its place in the list.
 */

static void
ngx_http_helpdesk_live_turn(ngx_event_t *ev)
{
    ngx_uint_t                   n;
    ngx_queue_t                 *q;
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;

    for (n = 0; !ngx_queue_empty(&w->stale); n++) {

        if (n == NGX_HELPDESK_TURN && !ngx_exiting) {
            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&w->stale);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&w->streams, q);

        ngx_http_helpdesk_stream_pull(
                       ngx_queue_data(q, ngx_http_helpdesk_stream_t, queue));
    }
}


/* Those that have not had their turn yet keep their places. */

static void
ngx_http_helpdesk_live_stale(ngx_http_helpdesk_worker_t *w)
{
    if (!ngx_queue_empty(&w->streams)) {
        ngx_queue_add(&w->stale, &w->streams);
        ngx_queue_init(&w->streams);
    }
}


void
ngx_http_helpdesk_live_wake(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_http_helpdesk_live_stale(w);

    if (!w->turn.posted) {
        ngx_http_helpdesk_live_turn(&w->turn);
    }
}


static void
ngx_http_helpdesk_heartbeat(ngx_event_t *ev)
{
    ngx_queue_t                 *q;
    ngx_http_helpdesk_stream_t  *s;
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;

    if (ngx_exiting || w->n_streams == 0) {
        return;
    }

    ngx_http_helpdesk_live_stale(w);

    for (q = ngx_queue_head(&w->stale);
         q != ngx_queue_sentinel(&w->stale);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_http_helpdesk_stream_t, queue);
        s->beat = 1;
    }

    ngx_http_helpdesk_live_wake();
    ngx_add_timer(ev, w->conf->heartbeat);
}


/* Workers of another master (a binary upgrade) and helpdeskctl write too, and have no way to wake this one. */

static void
ngx_http_helpdesk_look(ngx_event_t *ev)
{
    uint64_t                     end;
    hd_txn_t                    *txn;
    hd_arena_t                  *a;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (ngx_exiting || w->n_streams == 0) {
        return;
    }

    ngx_add_timer(ev, NGX_HELPDESK_LOOK);
    ngx_http_helpdesk_presence_expire();

    a = ngx_http_helpdesk_arena_get();

    if (a == NULL || hd_txn_begin(w->store, false, a, NULL, &txn) != HD_OK) {
        ngx_http_helpdesk_arena_put(a);
        return;
    }

    end = hd_txn_log_end(txn);
    hd_txn_abort(txn);
    ngx_http_helpdesk_arena_put(a);

    if (end != w->looked) {
        w->looked = end;
        ngx_http_helpdesk_live_wake();
    }
}


static void
ngx_http_helpdesk_stream_close(ngx_http_helpdesk_stream_t *s)
{
    u_char  buf[NGX_INT_T_LEN + sizeof("retry: \n\n")];

    if (s->closing) {
        return;
    }

    if (s->busy == NULL && !s->request->buffered) {
        (void) ngx_http_helpdesk_stream_send(s,
                          ngx_http_helpdesk_retry(buf, NGX_HELPDESK_AGAIN), 1);
    }

    ngx_http_helpdesk_stream_finalize(s, NGX_OK);
}


void
ngx_http_helpdesk_live_close_all(void)
{
    ngx_queue_t                 *q;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_http_helpdesk_live_stale(w);

    while (!ngx_queue_empty(&w->stale)) {
        q = ngx_queue_head(&w->stale);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&w->streams, q);

        ngx_http_helpdesk_stream_close(
                       ngx_queue_data(q, ngx_http_helpdesk_stream_t, queue));
    }
}


ngx_int_t
ngx_http_helpdesk_live_init(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_queue_init(&w->streams);
    ngx_queue_init(&w->stale);

    w->turn.handler = ngx_http_helpdesk_live_turn;
    w->turn.data = w;
    w->turn.log = cycle->log;

    w->heartbeat.handler = ngx_http_helpdesk_heartbeat;
    w->heartbeat.data = w;
    w->heartbeat.log = cycle->log;
    w->heartbeat.cancelable = 1;

    w->look.handler = ngx_http_helpdesk_look;
    w->look.data = w;
    w->look.log = cycle->log;
    w->look.cancelable = 1;

    return NGX_OK;
}
