/*
 * Event streams (server-sent events).  A subscriber is a request, the last sequence it was sent and whose eyes it sees
 * with; there are no queues and no messages: on every wake-up it reads the log after its own number.  A slow reader costs
 * one buffer; nothing is read for it while that buffer waits.  A session that ended closes its stream.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_FRAME        (64 * 1024)  /* bytes read from the log at once */
#define NGX_HELPDESK_EVENTS       500          /* events looked at at once */
#define NGX_HELPDESK_BEHIND       10000        /* further behind than this: resync */
#define NGX_HELPDESK_LOOK         1000         /* ms between looks for writes that wake nobody */


typedef struct {
    ngx_queue_t                queue;
    ngx_http_request_t        *request;
    ngx_http_helpdesk_ctx_t   *ctx;
    uint64_t                   last;
    ngx_chain_t               *free;
    ngx_chain_t               *busy;
    unsigned                   closing:1;
    unsigned                   beat:1;
} ngx_http_helpdesk_stream_t;


static void ngx_http_helpdesk_stream_pull(ngx_http_helpdesk_stream_t *s);


static void
ngx_http_helpdesk_stream_gauge(void)
{
    ngx_http_helpdesk_shared->metrics.streams[ngx_worker
               % NGX_HELPDESK_WORKERS] = ngx_http_helpdesk_worker.n_streams;
}


static void
ngx_http_helpdesk_stream_cleanup(void *data)
{
    ngx_http_helpdesk_stream_t  *s = data;

    ngx_queue_remove(&s->queue);
    ngx_http_helpdesk_worker.n_streams--;
    ngx_http_helpdesk_stream_gauge();
}


/* ---- reading the log ---- */

typedef struct {
    ngx_http_helpdesk_stream_t  *s;
    hd_arena_t                  *arena;
    hd_buf_t                     out;
    ngx_uint_t                   more;         /* stopped at a limit, not at the end */
} ngx_http_helpdesk_pull_t;


static hd_code_t
ngx_http_helpdesk_stream_events(ngx_http_helpdesk_pull_t *p, hd_txn_t *txn)
{
    bool         visible;
    hd_call_t   *call;
    hd_code_t    code;
    hd_event_t   ev;
    ngx_uint_t   n;

    call = p->s->ctx->call;
    call->cx.arena = p->arena;
    call->cx.txn = txn;
    call->cx.now = hd_time_now();

    code = hd_call_actor(call, &call->cx);                /* who is looking, as of now */

    if (code != HD_OK) {
        return code;
    }

    if (hd_txn_log_end(txn) > p->s->last + NGX_HELPDESK_BEHIND) {
        p->s->last = hd_txn_log_end(txn);
        hd_buf_printf(&p->out, "event: resync\nid: %" PRIu64 "\ndata: {}\n\n",
                      p->s->last);
        return HD_OK;
    }

    for (n = 0; hd_log_next(txn, p->s->last, &ev); n++) {

        if (n == NGX_HELPDESK_EVENTS || p->out.len > NGX_HELPDESK_FRAME / 2) {
            p->more = 1;
            break;
        }

        code = hd_api_event_json(&call->cx, &ev, &p->out, &visible);

        if (code != HD_OK) {
            return code;
        }

        p->s->last = ev.seq;
    }

    return HD_OK;
}


static hd_code_t
ngx_http_helpdesk_stream_read(ngx_http_helpdesk_pull_t *p)
{
    hd_txn_t   *txn;
    hd_code_t   code;

    code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, p->arena,
                        ngx_http_helpdesk_worker.cache, &txn);

    if (code == HD_OK) {
        HD_ARENA_TRY(p->arena, code, ngx_http_helpdesk_stream_events(p, txn));
        hd_txn_abort(txn);
    }

    return code;
}


/* ---- sending ---- */

static void
ngx_http_helpdesk_stream_finalize(ngx_http_helpdesk_stream_t *s, ngx_int_t rc)
{
    ngx_connection_t  *c;

    c = s->request->connection;
    s->closing = 1;

    ngx_http_finalize_request(s->request, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_helpdesk_stream_flush(ngx_http_helpdesk_stream_t *s, ngx_chain_t *out)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = s->request;
    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &s->free, &s->busy, &out,
                         (ngx_buf_tag_t) &ngx_http_helpdesk_module);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (s->busy == NULL && !r->buffered) {
        if (r->connection->write->timer_set) {
            ngx_del_timer(r->connection->write);
        }

        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!r->connection->write->timer_set) {
        ngx_add_timer(r->connection->write, clcf->send_timeout);
    }

    if (ngx_handle_write_event(r->connection->write, clcf->send_lowat)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_helpdesk_stream_send(ngx_http_helpdesk_stream_t *s, hd_str_t text,
    ngx_uint_t last)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(s->request->pool, &s->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;

    if (b->start == NULL) {
        b->start = ngx_palloc(s->request->pool, NGX_HELPDESK_FRAME);
        if (b->start == NULL) {
            return NGX_ERROR;
        }

        b->end = b->start + NGX_HELPDESK_FRAME;
    }

    b->pos = b->start;
    b->last = ngx_cpymem(b->start, text.data,
                         ngx_min(text.len, NGX_HELPDESK_FRAME));
    b->tag = (ngx_buf_tag_t) &ngx_http_helpdesk_module;
    b->temporary = 1;
    b->flush = 1;
    b->last_buf = last != 0;

    return ngx_http_helpdesk_stream_flush(s, cl);
}


static void
ngx_http_helpdesk_stream_pull(ngx_http_helpdesk_stream_t *s)
{
    ngx_int_t                 rc;
    hd_code_t                 code;
    ngx_http_helpdesk_pull_t  p;

    do {
        if (s->closing || s->busy != NULL || s->request->buffered) {
            return;
        }

        ngx_memzero(&p, sizeof(p));
        p.s = s;
        p.arena = ngx_http_helpdesk_arena_get();

        if (p.arena == NULL) {
            ngx_http_helpdesk_stream_finalize(s, NGX_ERROR);
            return;
        }

        hd_buf_init(&p.out, p.arena, 4096, NGX_HELPDESK_FRAME);

        if (s->beat) {
            s->beat = 0;
            hd_buf_z(&p.out, ":\n\n");
        }

        code = ngx_http_helpdesk_stream_read(&p);
        rc = NGX_OK;

        if (code != HD_OK) {
            rc = ngx_http_helpdesk_stream_send(s,
                                HD_STR("event: end\ndata: {}\n\n"), 1);
            rc = rc == NGX_AGAIN ? NGX_AGAIN : NGX_DONE;

        } else if (p.out.len != 0) {
            rc = ngx_http_helpdesk_stream_send(s, hd_buf_view(&p.out), 0);
        }

        ngx_http_helpdesk_arena_put(p.arena);

        if (rc == NGX_DONE || rc == NGX_ERROR) {
            ngx_http_helpdesk_stream_finalize(s, rc == NGX_DONE ? NGX_OK : rc);
            return;
        }

    } while (p.more);
}


static void
ngx_http_helpdesk_stream_write(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_event_t                 *wev;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_stream_t  *s;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);
    s = ctx->data;
    wev = r->connection->write;

    if (wev->timedout) {
        r->connection->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (s->busy != NULL || r->buffered) {
        rc = ngx_http_helpdesk_stream_flush(s, NULL);

        if (rc == NGX_ERROR) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }

        if (rc == NGX_AGAIN) {
            return;
        }
    }

    ngx_http_helpdesk_stream_pull(s);
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
    uint64_t *last)
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

    *last = ngx_http_helpdesk_stream_after(r, call);

    if (*last > hd_txn_log_end(txn)) {
        *last = hd_txn_log_end(txn);
    }

    hd_txn_abort(txn);

    return code;
}


static ngx_int_t
ngx_http_helpdesk_stream_start(ngx_http_helpdesk_stream_t *s)
{
    ngx_int_t            rc;
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

    if (ngx_http_helpdesk_stream_send(s, HD_STR("retry: 3000\n\n"), 0)
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
                 ngx_http_helpdesk_stream_check(r, ctx->call, &s->last));

    if (code == HD_OK && (ngx_exiting || w->n_streams >= w->conf->stream_max)) {
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

    s->request = r;
    s->ctx = ctx;
    ctx->data = s;
    ctx->call->res.status = NGX_HTTP_OK;
    ngx_http_helpdesk_count(ctx);

    ngx_queue_insert_tail(&w->streams, &s->queue);
    w->n_streams++;
    cln->handler = ngx_http_helpdesk_stream_cleanup;
    cln->data = s;
    ngx_http_helpdesk_stream_gauge();

    return ngx_http_helpdesk_stream_start(s);
}


/* ---- all of them ---- */

/* Pulling may end a request and with it any stream, so each is looked up again by its place in the list. */

static void
ngx_http_helpdesk_stream_each(void (*fn)(ngx_http_helpdesk_stream_t *s))
{
    ngx_queue_t                  todo, *q;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (ngx_queue_empty(&w->streams)) {
        return;
    }

    ngx_queue_init(&todo);
    ngx_queue_add(&todo, &w->streams);
    ngx_queue_init(&w->streams);

    while (!ngx_queue_empty(&todo)) {
        q = ngx_queue_head(&todo);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&w->streams, q);
        fn(ngx_queue_data(q, ngx_http_helpdesk_stream_t, queue));
    }
}


void
ngx_http_helpdesk_live_wake(void)
{
    ngx_http_helpdesk_stream_each(ngx_http_helpdesk_stream_pull);
}


static void
ngx_http_helpdesk_stream_beat(ngx_http_helpdesk_stream_t *s)
{
    s->beat = 1;
    ngx_http_helpdesk_stream_pull(s);
}


static void
ngx_http_helpdesk_heartbeat(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    ngx_http_helpdesk_stream_each(ngx_http_helpdesk_stream_beat);

    if (ngx_http_helpdesk_worker.n_streams != 0) {
        ngx_add_timer(ev, ngx_http_helpdesk_worker.conf->heartbeat);
    }
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
    if (s->closing) {
        return;
    }

    if (s->busy == NULL && !s->request->buffered) {
        (void) ngx_http_helpdesk_stream_send(s, HD_STR("retry: 500\n\n"), 1);
    }

    ngx_http_helpdesk_stream_finalize(s, NGX_OK);
}


void
ngx_http_helpdesk_live_close_all(void)
{
    ngx_http_helpdesk_stream_each(ngx_http_helpdesk_stream_close);
}


ngx_int_t
ngx_http_helpdesk_live_init(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    ngx_queue_init(&w->streams);

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
