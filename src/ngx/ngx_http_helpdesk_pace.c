/*
 * Readers come first.  While they keep the worker busy, batches are larger
 * and fewer, and the thread that runs one takes what the processors have left
 * (SCHED_IDLE): on two of them it would otherwise push the event loop and
 * its clients together onto one, for whole ticks of 4 ms.  A kernel that
 * preempts lazily looks for somebody more urgent only at a tick or at the end
 * of a system call, so whoever holds the writer long calls sched_yield()
 * between its rows.
 *
 * A batch that takes long all the same, on a machine that is never idle,
 * goes on as everybody else does.
 */

#include "ngx_http_helpdesk.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>


#define NGX_HELPDESK_READS        8            /* since the last batch: the worker is busy with readers */
#define NGX_HELPDESK_PACE         10           /* ms from batch to batch then */
#define NGX_HELPDESK_PATIENCE     100          /* ms after which a batch no longer stands back */


static int
ngx_http_helpdesk_policy(pid_t tid, int policy)
{
    struct sched_param  none = { 0 };

    return sched_setscheduler(tid, policy, &none);
}


/* Leaving SCHED_IDLE needs RLIMIT_NICE, which only the master, as root, may raise; the workers inherit it. */

void
ngx_http_helpdesk_pace_allow(ngx_cycle_t *cycle)
{
    rlim_t             want;
    struct rlimit      limit;
    ngx_core_conf_t   *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    want = (rlim_t) (20 - ngx_max(-20, ngx_min(ccf->priority, 19)));

    if (getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur < want) {
        limit.rlim_cur = want;
        limit.rlim_max = ngx_max(limit.rlim_max, want);
        (void) setrlimit(RLIMIT_NICE, &limit);
    }
}


/* Tried where it does no harm: a thread that cannot come back ends here. */

static void *
ngx_http_helpdesk_pace_try(void *data)
{
    *(int *) data = ngx_http_helpdesk_policy(0, SCHED_IDLE) == 0
                    && ngx_http_helpdesk_policy(0, SCHED_OTHER) == 0;

    return NULL;
}


static void
ngx_http_helpdesk_pace_over(ngx_event_t *ev)
{
    ngx_http_helpdesk_post_batch();
}


static void
ngx_http_helpdesk_impatient(ngx_event_t *ev)
{
    ngx_http_helpdesk_worker_t  *w;

    w = ev->data;

    if (w->writer_tid != 0) {
        (void) ngx_http_helpdesk_policy((pid_t) w->writer_tid, SCHED_OTHER);
    }
}


void
ngx_http_helpdesk_pace_init(ngx_cycle_t *cycle)
{
    int                          able;
    pthread_t                    thread;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    able = 0;

    if (sched_getscheduler(0) == SCHED_OTHER
        && pthread_create(&thread, NULL, ngx_http_helpdesk_pace_try, &able)
           == 0)
    {
        (void) pthread_join(thread, NULL);
    }

    w->stands_back = able;

    w->pace.handler = ngx_http_helpdesk_pace_over;
    w->pace.data = w;
    w->pace.log = cycle->log;

    w->patience.handler = ngx_http_helpdesk_impatient;
    w->patience.data = w;
    w->patience.log = cycle->log;
    w->patience.cancelable = 1;
}


ngx_int_t
ngx_http_helpdesk_pace_wait(ngx_http_helpdesk_worker_t *w)
{
    uint64_t  elapsed;

    w->last.back = 0;

    if (w->pace.timer_set) {
        return NGX_AGAIN;
    }

    if (w->n_reads >= NGX_HELPDESK_READS && !ngx_exiting && !ngx_terminate) {
        elapsed = (hd_time_mono_us() - w->posted_us) / 1000;

        if (elapsed < NGX_HELPDESK_PACE) {
            ngx_add_timer(&w->pace, NGX_HELPDESK_PACE - elapsed);
            return NGX_AGAIN;
        }

        w->last.back = w->stands_back;
    }

    w->n_reads = 0;
    w->posted_us = hd_time_mono_us();

    if (w->last.back) {
        ngx_add_timer(&w->patience, NGX_HELPDESK_PATIENCE);
    }

    return NGX_OK;
}


void
ngx_http_helpdesk_pace_done(ngx_http_helpdesk_worker_t *w)
{
    if (w->patience.timer_set) {
        ngx_del_timer(&w->patience);
    }
}


void
ngx_http_helpdesk_stand_back(ngx_http_helpdesk_worker_t *w)
{
    if (w->last.back && ngx_http_helpdesk_policy(0, SCHED_IDLE) == 0) {
        w->writer_tid = (ngx_atomic_t) syscall(SYS_gettid);
    }
}


/* The thread goes back to the pool, where reads run in it, too. */

void
ngx_http_helpdesk_stand_up(ngx_http_helpdesk_worker_t *w)
{
    if (w->writer_tid != 0) {
        w->writer_tid = 0;
        (void) ngx_http_helpdesk_policy(0, SCHED_OTHER);
    }
}
