/*
 * Long answers (CSV), sent piece by piece: a thread of the pool reads a piece in a read transaction of its own, the loop
 * sends it and asks for the next one when it is gone.  A slow client holds one piece in memory and no transaction; one
 * that leaves ends it.  What breaks on the way cannot become an error any more: the connection is cut, so that nobody
 * takes half for the whole.
 */

#include "ngx_http_helpdesk.h"


typedef struct {
    ngx_http_helpdesk_ctx_t   *ctx;
    ngx_thread_task_t         *task;
    hd_arena_t                *arena;
    hd_buf_t                   out;
    ngx_chain_t               *free;
    ngx_chain_t               *busy;
    hd_code_t                  code;
    bool                       more;
    unsigned                   ready:1;        /* read, not yet sent */
} ngx_http_helpdesk_pieces_t;


static void ngx_http_helpdesk_pieces_write(ngx_http_request_t *r);


static void
ngx_http_helpdesk_pieces_thread(void *data, ngx_log_t *log)
{
    hd_txn_t                    *txn;
    ngx_http_helpdesk_pieces_t  *p;

    p = *(ngx_http_helpdesk_pieces_t **) data;

    hd_arena_reset(p->arena);

    p->code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, p->arena,
                           ngx_http_helpdesk_thread_cache(), &txn);

    if (p->code == HD_OK) {
        p->code = hd_call_piece(p->ctx->call, txn, p->arena, &p->out,
                                &p->more);
        hd_txn_abort(txn);
    }
}


static ngx_int_t
ngx_http_helpdesk_pieces_next(ngx_http_request_t *r,
    ngx_http_helpdesk_pieces_t *p)
{
    if (ngx_http_helpdesk_pool_start(p->task) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_helpdesk_hold(r, p->ctx);
    r->write_event_handler = ngx_http_helpdesk_pieces_write;

    return NGX_OK;
}


static ngx_int_t
ngx_http_helpdesk_pieces_flush(ngx_http_request_t *r,
    ngx_http_helpdesk_pieces_t *p, ngx_chain_t *out)
{
    ngx_int_t  rc;

    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &p->free, &p->busy, &out,
                         (ngx_buf_tag_t) &ngx_http_helpdesk_pieces_thread);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_helpdesk_wait_write(r, p->busy == NULL && !r->buffered
                                           && !r->connection->buffered);
}


static ngx_int_t
ngx_http_helpdesk_pieces_send(ngx_http_request_t *r,
    ngx_http_helpdesk_pieces_t *p)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (p->out.len == 0 && p->more) {
        return NGX_OK;
    }

    cl = ngx_chain_get_free_buf(r->pool, &p->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;
    ngx_memzero(b, sizeof(ngx_buf_t));

    if (p->out.len != 0) {
        b->start = b->pos = (u_char *) p->out.data;
        b->end = b->last = b->pos + p->out.len;
        b->memory = 1;
    }

    b->tag = (ngx_buf_tag_t) &ngx_http_helpdesk_pieces_thread;
    b->flush = 1;
    b->last_buf = !p->more;
    b->last_in_chain = !p->more;

    return ngx_http_helpdesk_pieces_flush(r, p, cl);
}


static void
ngx_http_helpdesk_pieces_write(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_helpdesk_ctx_t     *ctx;
    ngx_http_helpdesk_pieces_t  *p;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);
    p = ctx->data;

    if (r->aio) {
        return;                                /* the thread has it */
    }

    if (r->connection->write->timedout) {
        r->connection->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (!p->ready) {
        rc = ngx_http_helpdesk_pieces_flush(r, p, NULL);

    } else if (p->code == HD_OK) {
        p->ready = 0;
        rc = ngx_http_helpdesk_pieces_send(r, p);

    } else {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "helpdesk: a long answer broke off: %s",
                      hd_err_info(p->code)->slug);
        rc = NGX_ERROR;
    }

    if (rc == NGX_ERROR || !p->more) {
        ngx_http_finalize_request(r, rc == NGX_ERROR ? NGX_ERROR : NGX_OK);
        return;
    }

    /* from here on p belongs to the thread */

    if (rc == NGX_OK && ngx_http_helpdesk_pieces_next(r, p) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


static void
ngx_http_helpdesk_pieces_done(ngx_event_t *ev)
{
    ngx_http_request_t          *r;
    ngx_http_helpdesk_pieces_t  *p;

    p = ev->data;
    r = p->ctx->request;

    ngx_http_set_log_request(r->connection->log, r);

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "helpdesk: a piece of an answer takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_http_helpdesk_pool_end();
    p->ready = 1;

    ngx_http_helpdesk_release(p->ctx);
}


static void
ngx_http_helpdesk_pieces_cleanup(void *data)
{
    ngx_http_helpdesk_pieces_t  *p = data;

    ngx_http_helpdesk_arena_put(p->arena);
}


ngx_int_t
ngx_http_helpdesk_pieces_begin(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_helpdesk_pieces_t  *p;

    p = ngx_pcalloc(r->pool, sizeof(ngx_http_helpdesk_pieces_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (p == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    p->task = ngx_thread_task_alloc(r->pool,
                                    sizeof(ngx_http_helpdesk_pieces_t *));
    p->arena = ngx_http_helpdesk_arena_get();

    if (p->task == NULL || p->arena == NULL) {
        ngx_http_helpdesk_arena_put(p->arena);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_helpdesk_pieces_cleanup;
    cln->data = p;

    *(ngx_http_helpdesk_pieces_t **) p->task->ctx = p;
    p->task->handler = ngx_http_helpdesk_pieces_thread;
    p->task->event.handler = ngx_http_helpdesk_pieces_done;
    p->task->event.data = p;
    p->task->event.log = ngx_cycle->log;

    p->ctx = ctx;
    p->more = true;
    ctx->data = p;
    r->write_event_handler = ngx_http_helpdesk_pieces_write;

    ngx_http_helpdesk_pieces_write(r);

    return NGX_DONE;
}
