/*
 * One event stream (server-sent events).  A subscriber is a request, the last sequence it was sent and whose eyes it sees
 * with; there are no queues and no messages: it reads the log after its own number.  A slow reader costs one buffer;
 * nothing is read for it while that buffer waits.  A session that ended closes its stream.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_FRAME        (64 * 1024)  /* bytes read from the log at once */
#define NGX_HELPDESK_EVENTS       500          /* events looked at at once */
#define NGX_HELPDESK_BEHIND       10000        /* further behind than this: resync */


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

        code = hd_api_event_json(&call->cx, &ev, &p->s->watch, &p->out,
                                 &visible);

        if (code != HD_OK) {
            return code;
        }

        p->s->last = ev.seq;
    }

    if (!p->more) {
        switch (ngx_http_helpdesk_presence_read(&call->cx, &p->s->watch,
                                                &p->s->present, &p->out))
        {
        case NGX_ERROR:
            return HD_E_MEMORY;
        case NGX_AGAIN:
            p->more = 1;
        }
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

void
ngx_http_helpdesk_stream_finalize(ngx_http_helpdesk_stream_t *s, ngx_int_t rc)
{
    ngx_connection_t  *c;

    c = s->request->connection;
    s->closing = 1;

    ngx_http_finalize_request(s->request, rc);
    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_helpdesk_wait_write(ngx_http_request_t *r, ngx_uint_t sent)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (sent) {
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
ngx_http_helpdesk_stream_flush(ngx_http_helpdesk_stream_t *s, ngx_chain_t *out)
{
    ngx_int_t            rc;
    ngx_uint_t           sent;
    ngx_http_request_t  *r;

    r = s->request;
    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &s->free, &s->busy, &out,
                         (ngx_buf_tag_t) &ngx_http_helpdesk_module);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    sent = s->busy == NULL && !r->buffered;

    if (sent) {
        ngx_free(s->frame);
        s->frame = NULL;
    }

    return ngx_http_helpdesk_wait_write(r, sent);
}


/* Nothing else is on its way then.  The copy lives until it is sent: an idle stream holds no buffer. */

ngx_int_t
ngx_http_helpdesk_stream_send(ngx_http_helpdesk_stream_t *s, hd_str_t text,
    ngx_uint_t last)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(s->request->pool, &s->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    s->frame = ngx_alloc(text.len, s->request->connection->log);
    if (s->frame == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;
    b->start = s->frame;
    b->pos = b->start;
    b->last = ngx_cpymem(b->start, text.data, text.len);
    b->end = b->last;
    b->tag = (ngx_buf_tag_t) &ngx_http_helpdesk_module;
    b->temporary = 1;
    b->flush = 1;
    b->last_buf = last != 0;

    return ngx_http_helpdesk_stream_flush(s, cl);
}


void
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


void
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
