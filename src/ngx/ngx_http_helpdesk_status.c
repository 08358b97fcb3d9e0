/*
 * What ops see: /metrics (Prometheus text), /healthz, $helpdesk_* variables.
 */

#include "ngx_http_helpdesk.h"


/* ---- text ---- */

static void
ngx_http_helpdesk_metric(hd_buf_t *b, const char *name, const char *type,
    const char *help, uint64_t value)
{
    hd_buf_printf(b, "# HELP helpdesk_%s %s\n# TYPE helpdesk_%s %s\n"
                  "helpdesk_%s %" PRIu64 "\n", name, help, name, type, name,
                  value);
}


static void
ngx_http_helpdesk_metrics_routes(hd_buf_t *b, const hd_door_t *door,
    ngx_uint_t first)
{
    size_t                        i;
    ngx_uint_t                    class, n;
    ngx_http_helpdesk_metrics_t  *m;

    m = &ngx_http_helpdesk_shared->metrics;

    for (i = 0; i < door->n; i++) {
        n = first + i;

        for (class = 1; class < 6; class++) {
            if (m->requests[n][class] != 0) {
                hd_buf_printf(b, "helpdesk_requests_total{door=\"%s\","
                              "route=\"%s\",status=\"%uxx\"} %" PRIu64 "\n",
                              door->name, door->routes[i].op,
                              (unsigned) class,
                              (uint64_t) m->requests[n][class]);
            }
        }
    }
}


static uint64_t
ngx_http_helpdesk_sum(ngx_atomic_t *v)
{
    uint64_t    sum;
    ngx_uint_t  i;

    for (sum = 0, i = 0; i < NGX_HELPDESK_WORKERS; i++) {
        sum += v[i];
    }

    return sum;
}


static void
ngx_http_helpdesk_metrics_lanes(hd_buf_t *b)
{
    uint64_t                      n;
    ngx_uint_t                    i;
    ngx_http_helpdesk_metrics_t  *m;

    m = &ngx_http_helpdesk_shared->metrics;

    hd_buf_z(b, "# HELP helpdesk_lane_queue Requests waiting or running in a "
                "lane.\n# TYPE helpdesk_lane_queue gauge\n");
    hd_buf_printf(b, "helpdesk_lane_queue{lane=\"write\"} %" PRIu64 "\n",
                  ngx_http_helpdesk_sum(m->pending));
    hd_buf_printf(b, "helpdesk_lane_queue{lane=\"pool\"} %" PRIu64 "\n",
                  ngx_http_helpdesk_sum(m->pool));
    hd_buf_printf(b, "helpdesk_lane_queue{lane=\"stream\"} %" PRIu64 "\n",
                  (uint64_t) ngx_http_helpdesk_listeners());

    hd_buf_z(b, "# HELP helpdesk_batch_size Commands in one commit.\n"
                "# TYPE helpdesk_batch_size histogram\n");

    for (n = 0, i = 0; i < 9; i++) {
        n += m->batch_size[i];

        if (i < 8) {
            hd_buf_printf(b, "helpdesk_batch_size_bucket{le=\"%u\"} %" PRIu64
                          "\n", (unsigned) ngx_http_helpdesk_sizes[i], n);
        }
    }

    hd_buf_printf(b, "helpdesk_batch_size_bucket{le=\"+Inf\"} %" PRIu64
                  "\nhelpdesk_batch_size_sum %" PRIu64
                  "\nhelpdesk_batch_size_count %" PRIu64 "\n", n,
                  (uint64_t) m->batch_commands, n);

    hd_buf_z(b, "# HELP helpdesk_commit_seconds Time of one durable commit.\n"
                "# TYPE helpdesk_commit_seconds histogram\n");

    for (n = 0, i = 0; i < 8; i++) {
        n += m->commit_le[i];

        if (i < 7) {
            hd_buf_printf(b, "helpdesk_commit_seconds_bucket{le=\"%g\"} %"
                          PRIu64 "\n",
                          (double) ngx_http_helpdesk_commit_bounds[i] / 1e6, n);
        }
    }

    hd_buf_printf(b, "helpdesk_commit_seconds_bucket{le=\"+Inf\"} %" PRIu64
                  "\nhelpdesk_commit_seconds_sum %.6f"
                  "\nhelpdesk_commit_seconds_count %" PRIu64 "\n", n,
                  (double) m->commit_us / 1e6, n);
}


static void
ngx_http_helpdesk_metrics_store(hd_buf_t *b, hd_arena_t *a)
{
    uint64_t          behind;
    hd_txn_t         *txn;
    hd_engine_stat_t  st;

    if (ngx_http_helpdesk_worker.store == NULL) {
        return;
    }

    hd_engine_stat(hd_store_engine(ngx_http_helpdesk_worker.store), &st);

    ngx_http_helpdesk_metric(b, "store_bytes", "gauge",
                             "Size of the store.", st.size_used);
    ngx_http_helpdesk_metric(b, "store_bytes_max", "gauge",
                             "Size the store may grow to.", st.size_max);
    ngx_http_helpdesk_metric(b, "store_commits_total", "counter",
                             "Commits since the store was made.", st.last_txn);
    ngx_http_helpdesk_metric(b, "store_readers", "gauge",
                             "Slots of the reader table in use.",
                             st.readers_used);
    ngx_http_helpdesk_metric(b, "store_oldest_reader_commits", "gauge",
                             "Commits since the oldest reader began.",
                             st.oldest_reader_lag);

    if (hd_txn_begin(ngx_http_helpdesk_worker.store, false, a, NULL, &txn)
        == HD_OK)
    {
        behind = hd_timer_behind(txn, hd_time_now(), 1000);
        hd_txn_abort(txn);
        ngx_http_helpdesk_metric(b, "timers_behind", "gauge",
                                 "Timers that are due, counted up to 1000.",
                                 behind);
    }
}


static ngx_int_t
ngx_http_helpdesk_send_text(ngx_http_request_t *r, ngx_uint_t status,
    hd_str_t text, char *type)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_create_temp_buf(r->pool, text.len + 1);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_cpymem(b->pos, text.data, text.len);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    r->headers_out.status = status;
    r->headers_out.content_length_n = (off_t) text.len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static hd_code_t
ngx_http_helpdesk_metrics_text(hd_buf_t *b, hd_arena_t *a)
{
    ngx_http_helpdesk_metrics_t  *m;

    m = &ngx_http_helpdesk_shared->metrics;

    hd_buf_z(b, "# HELP helpdesk_requests_total Answers by route and status."
                "\n# TYPE helpdesk_requests_total counter\n");
    ngx_http_helpdesk_metrics_routes(b, &hd_api_door, 0);
    ngx_http_helpdesk_metrics_routes(b, &hd_page_door, hd_api_door.n);
    ngx_http_helpdesk_metrics_routes(b, &hd_rpc_door,
                                     hd_api_door.n + hd_page_door.n);
    ngx_http_helpdesk_metrics_lanes(b);
    ngx_http_helpdesk_metric(b, "commit_failed_total", "counter",
                             "Commits that failed.", m->commit_failed);
    ngx_http_helpdesk_metric(b, "refused_busy_total", "counter",
                             "Writes refused because the queue was full.",
                             m->refused_busy);
    ngx_http_helpdesk_metric(b, "timers_fired_total", "counter",
                             "Timers that fired.", m->timers_fired);
    ngx_http_helpdesk_metric(b, "worker_starts_total", "counter",
                             "Workers that were started.", m->worker_starts);
    ngx_http_helpdesk_metrics_store(b, a);

    return b->failed ? HD_E_MEMORY : HD_OK;
}


static ngx_int_t
ngx_http_helpdesk_read_only(ngx_http_request_t *r)
{
    return r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)
           ? ngx_http_discard_request_body(r) : NGX_HTTP_NOT_ALLOWED;
}


ngx_int_t
ngx_http_helpdesk_metrics_handler(ngx_http_request_t *r)
{
    hd_buf_t     b;
    ngx_int_t    rc;
    hd_code_t    code;
    hd_arena_t  *a;

    rc = ngx_http_helpdesk_read_only(r);

    if (rc != NGX_OK) {
        return rc;
    }

    a = ngx_http_helpdesk_arena_get();
    if (a == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    hd_buf_init(&b, a, 16 * 1024, 1024 * 1024);

    HD_ARENA_TRY(a, code, ngx_http_helpdesk_metrics_text(&b, a));

    rc = code != HD_OK ? NGX_HTTP_INTERNAL_SERVER_ERROR
                       : ngx_http_helpdesk_send_text(r, NGX_HTTP_OK,
                             hd_buf_view(&b),
                             "text/plain; version=0.0.4; charset=utf-8");
    ngx_http_helpdesk_arena_put(a);

    return rc;
}


/* Healthy: the store opens and can be read. */

ngx_int_t
ngx_http_helpdesk_health_handler(ngx_http_request_t *r)
{
    hd_txn_t    *txn;
    ngx_int_t    rc;
    hd_code_t    code;
    hd_arena_t  *a;

    rc = ngx_http_helpdesk_read_only(r);

    if (rc != NGX_OK) {
        return rc;
    }

    code = HD_E_STORE;
    a = ngx_http_helpdesk_arena_get();

    if (a != NULL
        && ngx_http_helpdesk_store_open(r->connection->log) == NGX_OK)
    {
        code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, a, NULL,
                            &txn);
        if (code == HD_OK) {
            (void) hd_txn_log_end(txn);
            code = hd_txn_error(txn);
            hd_txn_abort(txn);
        }
    }

    ngx_http_helpdesk_arena_put(a);

    if (code == HD_OK) {
        return ngx_http_helpdesk_send_text(r, NGX_HTTP_OK,
                                           HD_STR("{\"status\":\"ok\"}"),
                                           "application/json");
    }

    return ngx_http_helpdesk_send_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                             HD_STR("{\"status\":\"store_unavailable\"}"),
                             "application/json");
}


/* ---- variables for log_format ---- */

typedef enum {
    NGX_HELPDESK_VAR_ROUTE,
    NGX_HELPDESK_VAR_USER,
    NGX_HELPDESK_VAR_LANE,
    NGX_HELPDESK_VAR_ERROR,
    NGX_HELPDESK_VAR_QUEUE_MS,
    NGX_HELPDESK_VAR_RUN_MS
} ngx_http_helpdesk_var_e;


static hd_str_t
ngx_http_helpdesk_var_text(hd_call_t *call, uintptr_t which, u_char buf[32])
{
    static const char *const  lanes[] = { "inline", "pool", "write", "stream" };
    uint64_t                  us;
    u_char                   *p;

    switch (which) {
    case NGX_HELPDESK_VAR_ROUTE:
        return hd_str(call->route == NULL ? "" : call->route->op);
    case NGX_HELPDESK_VAR_LANE:
        return hd_str(call->route == NULL ? "" : lanes[call->lane]);
    case NGX_HELPDESK_VAR_ERROR:
        return hd_str(call->refused == HD_OK
                      ? "" : hd_err_info(call->refused)->slug);
    case NGX_HELPDESK_VAR_USER:
        if (call->uid == 0) {
            return hd_str("");
        }
        p = ngx_snprintf(buf, 32, "%uL", (uint64_t) call->uid);
        return (hd_str_t) { (size_t) (p - buf), (char *) buf };
    default:
        us = which == NGX_HELPDESK_VAR_QUEUE_MS ? call->queue_us : call->run_us;
        p = ngx_snprintf(buf, 32, "%uL.%03uL", us / 1000, us % 1000);
        return (hd_str_t) { (size_t) (p - buf), (char *) buf };
    }
}


static ngx_int_t
ngx_http_helpdesk_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char                    buf[32];
    hd_str_t                  text;
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);

    if (ctx == NULL || ctx->call == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = ngx_http_helpdesk_var_text(ctx->call, data, buf);

    v->data = ngx_pnalloc(r->pool, text.len + 1);
    if (v->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(v->data, text.data, text.len);
    v->len = text.len & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = text.len == 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_add_variables(ngx_conf_t *cf)
{
    static const struct {
        ngx_str_t  name;
        uintptr_t  which;
    } vars[] = {
        { ngx_string("helpdesk_route"), NGX_HELPDESK_VAR_ROUTE },
        { ngx_string("helpdesk_user"), NGX_HELPDESK_VAR_USER },
        { ngx_string("helpdesk_lane"), NGX_HELPDESK_VAR_LANE },
        { ngx_string("helpdesk_error"), NGX_HELPDESK_VAR_ERROR },
        { ngx_string("helpdesk_queue_ms"), NGX_HELPDESK_VAR_QUEUE_MS },
        { ngx_string("helpdesk_run_ms"), NGX_HELPDESK_VAR_RUN_MS }
    };
    ngx_str_t             name;
    ngx_uint_t            i;
    ngx_http_variable_t  *v;

    for (i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
        name = vars[i].name;

        v = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (v == NULL) {
            return NGX_ERROR;
        }

        v->get_handler = ngx_http_helpdesk_variable;
        v->data = vars[i].which;
    }

    return NGX_OK;
}
