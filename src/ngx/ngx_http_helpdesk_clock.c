/*
 * The clock and the wake-ups.
 *
 * Wake-up: one eventfd made in the master and kept over reloads; every worker watches it edge-triggered and never reads
 * it, so one write wakes all of them.  After a commit the event log says what is new.
 *
 * Clock: the worker that holds an exclusive lock on <store>/clock.lock runs due timers.  Each worker has a small thread
 * that waits for that lock, so a dead holder is replaced at once; a leaving holder closes the file first.  A timer fires
 * by deleting its row in the transaction that does its work: never twice.
 */

#include "ngx_http_helpdesk.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/file.h>


#define NGX_HELPDESK_TICK         5000         /* ms: dead readers are looked for, the clock is read again */
#define NGX_HELPDESK_FIRE         100          /* timers in one transaction */


typedef struct {
    int  lock_fd;
    int  ready_fd;
} ngx_http_helpdesk_waiter_t;


typedef struct {
    hd_time_t  next;
    uint32_t   fired;
    ngx_flag_t first;
    hd_str_t   setup;
    u_char     setup_buf[128];
} ngx_http_helpdesk_fire_t;


static ngx_http_helpdesk_fire_t  ngx_http_helpdesk_fire;


static void ngx_http_helpdesk_clock_fire(ngx_flag_t first);


void
ngx_http_helpdesk_wake_all(void)
{
    uint64_t  one = 1;

    if (write(ngx_http_helpdesk_wake_fd(), &one, sizeof(one)) == -1
        && ngx_errno != NGX_EAGAIN)
    {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, ngx_errno,
                      "helpdesk: waking the workers failed");
    }
}


/* ---- the lock ---- */

static void *
ngx_http_helpdesk_clock_wait(void *data)
{
    uint64_t                    one = 1;
    ngx_http_helpdesk_waiter_t  *w = data;

    while (flock(w->lock_fd, LOCK_EX) == -1) {
        if (errno != EINTR) {
            return NULL;
        }
    }

    (void) !write(w->ready_fd, &one, sizeof(one));

    return NULL;
}


static ngx_int_t
ngx_http_helpdesk_clock_thread(ngx_cycle_t *cycle, int ready_fd)
{
    int                                 err;
    sigset_t                            all, old;
    pthread_t                           tid;
    pthread_attr_t                      attr;
    static ngx_http_helpdesk_waiter_t   waiter;

    waiter.lock_fd = ngx_http_helpdesk_worker.clock_fd;
    waiter.ready_fd = ready_fd;

    (void) pthread_attr_init(&attr);
    (void) pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void) pthread_attr_setstacksize(&attr, 64 * 1024);

    sigfillset(&all);
    (void) pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&tid, &attr, ngx_http_helpdesk_clock_wait, &waiter);
    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void) pthread_attr_destroy(&attr);

    if (err != 0) {
        ngx_log_error(NGX_LOG_CRIT, cycle->log, err,
                      "helpdesk: the clock's thread cannot start");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* ---- firing: a command like any other ---- */

static void
ngx_http_helpdesk_clock_job(hd_cx_t *cx, void *data)
{
    hd_str_t                   secret;
    ngx_http_helpdesk_fire_t  *f = data;

    f->setup.len = 0;

    if (f->first) {
        hd_clock_init(cx);

        if (hd_desk_is_new(cx) && hd_setup_open(cx, &secret) == HD_OK
            && secret.len < sizeof(f->setup_buf))
        {
            ngx_memcpy(f->setup_buf, secret.data, secret.len);
            f->setup = (hd_str_t) { secret.len, (char *) f->setup_buf };
        }
    }

    f->fired = hd_clock_run(cx, NGX_HELPDESK_FIRE, &f->next);
}


static void
ngx_http_helpdesk_clock_arm(hd_time_t due)
{
    hd_time_t                    wait;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    wait = due == 0 ? NGX_HELPDESK_TICK : due - hd_time_now();
    wait = ngx_min(ngx_max(wait, 1), NGX_HELPDESK_TICK);

    ngx_add_timer(&w->clock, (ngx_msec_t) wait);
}


static void
ngx_http_helpdesk_clock_done(void *data, hd_code_t code)
{
    ngx_http_helpdesk_fire_t    *f = data;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    w->clock_queued = 0;

    if (code != HD_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "helpdesk: the clock could not run: %s",
                      hd_err_info(code)->slug);

        if (w->is_clock && !ngx_exiting) {
            ngx_add_timer(&w->clock, 1000);
        }

        return;
    }

    (void) ngx_atomic_fetch_add(
                 &ngx_http_helpdesk_shared->metrics.timers_fired, f->fired);

    if (f->setup.len != 0) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "helpdesk: no user yet; set-up link, good for one hour: "
                      "%*s/setup?token=%*s",
                      w->conf->site.base_url.len, w->conf->site.base_url.data,
                      f->setup.len, f->setup.data);
        ngx_memzero(f->setup_buf, sizeof(f->setup_buf));
    }

    f->first = 0;

    if (w->is_clock && !ngx_exiting) {
        ngx_http_helpdesk_clock_arm(f->next);
    }
}


static void
ngx_http_helpdesk_clock_fire(ngx_flag_t first)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->clock_queued || ngx_exiting) {
        return;
    }

    ngx_http_helpdesk_fire.first |= first;

    if (ngx_http_helpdesk_store_open(ngx_cycle->log) != NGX_OK
        || ngx_http_helpdesk_command(ngx_http_helpdesk_clock_job,
                                     ngx_http_helpdesk_clock_done,
                                     &ngx_http_helpdesk_fire)
           != NGX_OK)
    {
        ngx_add_timer(&w->clock, 1000);
        return;
    }

    w->clock_queued = 1;
}


/* Reads the first due row: fires when it is due, else sleeps until then. */

static void
ngx_http_helpdesk_clock_look(void)
{
    hd_txn_t                    *txn;
    hd_arena_t                  *a;
    hd_timer_t                   first;
    ngx_flag_t                   found;
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    a = ngx_http_helpdesk_arena_get();

    if (a == NULL || w->store == NULL
        || hd_txn_begin(w->store, false, a, NULL, &txn) != HD_OK)
    {
        ngx_http_helpdesk_arena_put(a);
        ngx_http_helpdesk_clock_fire(0);
        return;
    }

    found = hd_timer_first(txn, &first);
    hd_txn_abort(txn);
    ngx_http_helpdesk_arena_put(a);

    if (found && first.due <= hd_time_now()) {
        ngx_http_helpdesk_clock_fire(0);
        return;
    }

    ngx_http_helpdesk_clock_arm(found ? first.due : 0);
}


static void
ngx_http_helpdesk_clock_tick(ngx_event_t *ev)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (ngx_exiting || !w->is_clock) {
        return;
    }

    if (w->store != NULL) {
        (void) hd_engine_reader_check(hd_store_engine(w->store));
        ngx_http_helpdesk_sweep_files();
    }

    if (ngx_http_helpdesk_fire.first) {
        ngx_http_helpdesk_clock_fire(1);
        return;
    }

    ngx_http_helpdesk_clock_look();
}


static void
ngx_http_helpdesk_clock_release(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;
    w->is_clock = 0;

    if (w->clock.timer_set) {
        ngx_del_timer(&w->clock);
    }

    if (w->clock_fd != -1) {
        (void) close(w->clock_fd);
        w->clock_fd = -1;
    }
}


/* ---- event handlers ---- */

static void
ngx_http_helpdesk_on_ready(ngx_event_t *ev)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (ngx_exiting || w->is_clock || w->clock_fd == -1) {
        return;
    }

    w->is_clock = 1;
    ngx_http_helpdesk_clock_fire(1);
}


/*
 * The connection is marked idle: nginx calls this with c->close set at the
 * start of a graceful exit.
 */

static void
ngx_http_helpdesk_on_wake(ngx_event_t *ev)
{
    ngx_connection_t            *c;
    ngx_http_helpdesk_worker_t  *w;

    c = ev->data;
    w = &ngx_http_helpdesk_worker;

    if (c->close) {
        c->close = 0;
        c->idle = 0;
        ngx_http_helpdesk_clock_release();
        ngx_http_helpdesk_live_close_all();
        return;
    }

    ngx_http_helpdesk_live_wake();

    if (w->is_clock && !w->clock_queued && w->clock.timer_set) {
        ngx_http_helpdesk_clock_look();
    }
}


static ngx_connection_t *
ngx_http_helpdesk_watch(ngx_cycle_t *cycle, int fd,
    ngx_event_handler_pt handler)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(fd, cycle->log);
    if (c == NULL) {
        return NULL;
    }

    c->read->handler = handler;
    c->read->log = cycle->log;
    c->read->channel = 1;                      /* not an open socket at exit */
    c->log = cycle->log;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_CLEAR_EVENT) != NGX_OK) {
        return NULL;
    }

    return c;
}


ngx_int_t
ngx_http_helpdesk_clock_init(ngx_cycle_t *cycle)
{
    int                          ready;
    char                         path[NGX_MAX_PATH];
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    w->clock.handler = ngx_http_helpdesk_clock_tick;
    w->clock.data = w;
    w->clock.log = cycle->log;
    w->clock.cancelable = 1;

    w->wake = ngx_http_helpdesk_watch(cycle, ngx_http_helpdesk_wake_fd(),
                                      ngx_http_helpdesk_on_wake);
    if (w->wake == NULL) {
        return NGX_ERROR;
    }

    w->wake->idle = 1;

    (void) snprintf(path, sizeof(path), "%s/clock.lock",
                    (char *) w->conf->store->name.data);

    w->clock_fd = open(path, O_RDWR|O_CREAT|O_CLOEXEC, 0600);
    ready = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (w->clock_fd == -1 || ready == -1) {
        ngx_log_error(NGX_LOG_CRIT, cycle->log, ngx_errno,
                      "helpdesk: cannot open \"%s\"", path);
        return NGX_OK;                         /* reads go on without a clock */
    }

    w->clock_ready = ngx_http_helpdesk_watch(cycle, ready,
                                             ngx_http_helpdesk_on_ready);
    if (w->clock_ready == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_helpdesk_clock_thread(cycle, ready);
}


void
ngx_http_helpdesk_clock_exit(void)
{
    ngx_http_helpdesk_clock_release();
}
