/*
 * Life cycle: what the master prepares once and what each worker opens for itself after the fork and owns in
 * ngx_http_helpdesk_worker.  Directives are in ngx_http_helpdesk_conf.c.
 */

#include "ngx_http_helpdesk.h"

#include <signal.h>
#include <sys/eventfd.h>


static ngx_int_t ngx_http_helpdesk_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_helpdesk_init_process(ngx_cycle_t *cycle);
static void ngx_http_helpdesk_exit_process(ngx_cycle_t *cycle);


ngx_http_helpdesk_worker_t   ngx_http_helpdesk_worker;
ngx_http_helpdesk_shared_t  *ngx_http_helpdesk_shared;
ngx_slab_pool_t             *ngx_http_helpdesk_slab;

static int                   ngx_http_helpdesk_event_fd = -1;


ngx_module_t  ngx_http_helpdesk_module = {
    NGX_MODULE_V1,
    &ngx_http_helpdesk_module_ctx,             /* module context */
    ngx_http_helpdesk_commands,                /* module directives */
    NGX_HTTP_MODULE,                           /* module type */
    NULL,                                      /* init master */
    ngx_http_helpdesk_init_module,             /* init module */
    ngx_http_helpdesk_init_process,            /* init process */
    NULL,                                      /* init thread */
    NULL,                                      /* exit thread */
    ngx_http_helpdesk_exit_process,            /* exit process */
    NULL,                                      /* exit master */
    NGX_MODULE_V1_PADDING
};


int
ngx_http_helpdesk_wake_fd(void)
{
    return ngx_http_helpdesk_event_fd;
}


/* NULL: there is no http block, or no desk in it. */

static ngx_http_helpdesk_main_conf_t *
ngx_http_helpdesk_configured(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_helpdesk_module);

    return mcf != NULL && mcf->store != NULL ? mcf : NULL;
}


static ngx_int_t
ngx_http_helpdesk_init_module(ngx_cycle_t *cycle)
{
    char                            err[256], dir[NGX_MAX_PATH];
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_http_helpdesk_configured(cycle);

    if (mcf == NULL) {
        return NGX_OK;
    }

    ngx_http_helpdesk_pace_allow(cycle);

    if (!hd_base_init()) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "helpdesk: the random generator cannot be used");
        return NGX_ERROR;
    }

    (void) snprintf(dir, sizeof(dir), "%.*s/i18n", (int) mcf->html.len,
                    mcf->html.data);

    if (!hd_catalog_load(dir, err)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "helpdesk: %s; \"helpdesk_html\" must name the html "
                      "directory that came with the module", err);
        return NGX_ERROR;
    }

    if (!ngx_test_config && ngx_http_helpdesk_event_fd == -1) {
        ngx_http_helpdesk_event_fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

        if (ngx_http_helpdesk_event_fd == -1) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                          "helpdesk: eventfd() failed");
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Tries again at most once a second, so that a repaired store is picked up and a broken one costs nothing. */

ngx_int_t
ngx_http_helpdesk_store_open(ngx_log_t *log)
{
    char                            err[256];
    hd_code_t                       code;
    hd_engine_conf_t                conf;
    ngx_http_helpdesk_worker_t     *w;
    ngx_http_helpdesk_main_conf_t  *mcf;

    w = &ngx_http_helpdesk_worker;

    if (w->store != NULL) {
        return NGX_OK;
    }

    if (w->open_failed == ngx_time()) {
        return NGX_ERROR;
    }

    mcf = w->conf;
    conf = (hd_engine_conf_t) {
        .path = (char *) mcf->store->name.data,
        .size = (uint64_t) mcf->size,
        .readers = (unsigned) mcf->readers,
        .sync = (hd_sync_t) mcf->sync,
        .create = true,
        .server = true
    };

    code = hd_store_open(&conf, &w->store, err);

    if (code == HD_OK) {
        if (err[0] != '\0') {
            ngx_log_error(NGX_LOG_WARN, log, 0, "helpdesk: %s", err);
        }

        return NGX_OK;
    }

    w->open_failed = ngx_time();
    ngx_log_error(NGX_LOG_CRIT, log, 0, "helpdesk: %s", err);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_helpdesk_init_process(ngx_cycle_t *cycle)
{
    ngx_http_helpdesk_main_conf_t  *mcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;                         /* cache helpers run this too */
    }

    mcf = ngx_http_helpdesk_configured(cycle);

    if (mcf == NULL) {
        return NGX_OK;
    }

    (void) signal(SIGXFSZ, SIG_IGN);           /* a file size limit is an error code, not a death */

    ngx_memzero(&ngx_http_helpdesk_worker, sizeof(ngx_http_helpdesk_worker));
    ngx_http_helpdesk_worker.conf = mcf;
    ngx_http_helpdesk_worker.cycle = cycle;
    ngx_http_helpdesk_worker.clock_fd = -1;

    (void) ngx_atomic_fetch_add(
                      &ngx_http_helpdesk_shared->metrics.worker_starts, 1);

    if (ngx_http_helpdesk_lane_init(cycle) != NGX_OK
        || ngx_http_helpdesk_live_init(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    (void) ngx_http_helpdesk_store_open(cycle->log);

    return ngx_http_helpdesk_clock_init(cycle);
}


static void
ngx_http_helpdesk_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_http_helpdesk_worker.conf == NULL) {
        return;
    }

    ngx_http_helpdesk_clock_exit();
    ngx_http_helpdesk_lane_exit();
    hd_store_close(ngx_http_helpdesk_worker.store);
    ngx_http_helpdesk_worker.store = NULL;
}
