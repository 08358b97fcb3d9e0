/*
 * Files nothing names any more are removed by the worker that holds the clock, hourly, in threads of the pool: one part
 * of 256 at a time, so that a worker told to end waits for one at most.
 */

#include "ngx_http_helpdesk.h"


typedef struct {
    ngx_uint_t                 part;
    hd_time_t                  next;           /* when to begin again */
    hd_code_t                  code;
    hd_blob_swept_t            swept;
    unsigned                   busy:1;
} ngx_http_helpdesk_sweep_t;


static ngx_http_helpdesk_sweep_t  ngx_http_helpdesk_sweep_state;
static ngx_thread_task_t         *ngx_http_helpdesk_sweep_task;


static void
ngx_http_helpdesk_sweep_thread(void *data, ngx_log_t *log)
{
    ngx_http_helpdesk_sweep_t  *s = &ngx_http_helpdesk_sweep_state;

    s->code = hd_blob_sweep(ngx_http_helpdesk_worker.store,
                            (unsigned) s->part, hd_time_now() - HD_BLOB_KEEP,
                            false, &s->swept);
}


static void
ngx_http_helpdesk_sweep_part(ngx_http_helpdesk_sweep_t *s)
{
    if (ngx_http_helpdesk_pool_start(ngx_http_helpdesk_sweep_task) == NGX_OK) {
        s->busy = 1;
        return;
    }

    s->next = hd_time_now() + HD_MINUTE;       /* the pool is full: later */
    s->part = 0;
}


static void
ngx_http_helpdesk_sweep_done(ngx_event_t *ev)
{
    ngx_http_helpdesk_sweep_t  *s = ev->data;

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "helpdesk: looking for unused files takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_http_helpdesk_pool_end();
    s->busy = 0;

    if (s->code != HD_OK) {
        ngx_log_error(NGX_LOG_ERR, ev->log, 0,
                      "helpdesk: unused files could not be looked for: %s",
                      hd_err_info(s->code)->slug);
    }

    if (ngx_exiting || ngx_terminate || !ngx_http_helpdesk_worker.is_clock) {
        return;
    }

    if (++s->part < HD_BLOB_PARTS && s->code == HD_OK) {
        ngx_http_helpdesk_sweep_part(s);
        return;
    }

    if (s->swept.removed != 0) {
        ngx_log_error(NGX_LOG_NOTICE, ev->log, 0,
                      "helpdesk: %uL unused files removed, %uL bytes",
                      s->swept.removed, s->swept.bytes);
    }

    s->next = hd_time_now() + HD_HOUR;
    s->part = 0;
}


/* At every tick of the clock, in the worker that holds it. */

void
ngx_http_helpdesk_sweep_files(void)
{
    ngx_http_helpdesk_sweep_t  *s = &ngx_http_helpdesk_sweep_state;

    if (s->busy || ngx_exiting || hd_time_now() < s->next
        || ngx_http_helpdesk_worker.store == NULL)
    {
        return;
    }

    if (ngx_http_helpdesk_sweep_task == NULL) {
        ngx_http_helpdesk_sweep_task = ngx_thread_task_alloc(
                                  ngx_http_helpdesk_worker.cycle->pool, 0);
        if (ngx_http_helpdesk_sweep_task == NULL) {
            return;
        }

        ngx_http_helpdesk_sweep_task->handler = ngx_http_helpdesk_sweep_thread;
        ngx_http_helpdesk_sweep_task->event.handler =
                                               ngx_http_helpdesk_sweep_done;
        ngx_http_helpdesk_sweep_task->event.data = s;
        ngx_http_helpdesk_sweep_task->event.log = ngx_cycle->log;
    }

    ngx_memzero(&s->swept, sizeof(hd_blob_swept_t));
    s->part = 0;
    ngx_http_helpdesk_sweep_part(s);
}
