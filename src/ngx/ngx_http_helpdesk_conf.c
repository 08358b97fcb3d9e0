/*
 * Directives: what they are called, what they accept, and what is said about a mistake.  The result is read-only once
 * a worker runs.
 */

#include "ngx_http_helpdesk.h"


static void *ngx_http_helpdesk_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_helpdesk_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_helpdesk_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_helpdesk_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_helpdesk_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_helpdesk_postconfiguration(ngx_conf_t *cf);
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_batch_bounds =
    { ngx_http_helpdesk_check_bounds, 1, 4096, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_queue_bounds =
    { ngx_http_helpdesk_check_bounds, 1, 1000000, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_file_bounds =
    { ngx_http_helpdesk_check_bounds, 1, 1073741824, " bytes" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_stream_bounds =
    { ngx_http_helpdesk_check_bounds, 0, 1000000, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_heartbeat_bounds =
    { ngx_http_helpdesk_check_bounds, 10, 3600000, "ms" };


ngx_command_t  ngx_http_helpdesk_commands[] = {

    { ngx_string("helpdesk"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_helpdesk,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_rpc"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_rpc,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_store"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_helpdesk_store,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_base_url"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_base_url,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_secret_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, secret_file),
      (void *) offsetof(ngx_http_helpdesk_main_conf_t, site.secret) },

    { ngx_string("helpdesk_html"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_html,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_trusted_proxy"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_trusted_proxy,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_proxy_user_header"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, proxy_header),
      NULL },

    { ngx_string("helpdesk_proxy_secret_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, proxy_secret_file),
      (void *) offsetof(ngx_http_helpdesk_main_conf_t, proxy_secret) },

    { ngx_string("helpdesk_batch_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, batch_max),
      &ngx_http_helpdesk_batch_bounds },

    { ngx_string("helpdesk_queue_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, queue_max),
      &ngx_http_helpdesk_queue_bounds },

    { ngx_string("helpdesk_file_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, file_max),
      &ngx_http_helpdesk_file_bounds },

    { ngx_string("helpdesk_stream_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, stream_max),
      &ngx_http_helpdesk_stream_bounds },

    { ngx_string("helpdesk_stream_heartbeat"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, heartbeat),
      &ngx_http_helpdesk_heartbeat_bounds },

      ngx_null_command
};


ngx_http_module_t  ngx_http_helpdesk_module_ctx = {
    ngx_http_helpdesk_preconfiguration,        /* preconfiguration */
    ngx_http_helpdesk_postconfiguration,       /* postconfiguration */

    ngx_http_helpdesk_create_main_conf,        /* create main configuration */
    ngx_http_helpdesk_init_main_conf,          /* init main configuration */

    NULL,                                      /* create server configuration */
    NULL,                                      /* merge server configuration */

    ngx_http_helpdesk_create_loc_conf,         /* create location configuration */
    ngx_http_helpdesk_merge_loc_conf           /* merge location configuration */
};


/* ---- configuration ---- */

static ngx_int_t
ngx_http_helpdesk_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_helpdesk_add_variables(cf);
}


/* Where files are taken their limit is ours, not client_max_body_size. */

static ngx_int_t
ngx_http_helpdesk_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_core_loc_conf_t       **clcf;
    ngx_http_helpdesk_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_helpdesk_module);

    if (mcf->file_locations == NULL) {
        return NGX_OK;
    }

    clcf = mcf->file_locations->elts;

    for (i = 0; i < mcf->file_locations->nelts; i++) {
        clcf[i]->client_max_body_size = (off_t) mcf->file_max
                                        + HD_BODY_MAX;
    }

    return NGX_OK;
}


static void *
ngx_http_helpdesk_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_helpdesk_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     mcf->store = NULL;
     *     mcf->base_url = { 0, NULL };
     *     mcf->secret_file = { 0, NULL };
     *     mcf->proxies = NULL;
     *     mcf->doors = 0;
     */

    mcf->batch_max = NGX_CONF_UNSET_UINT;
    mcf->queue_max = NGX_CONF_UNSET_UINT;
    mcf->stream_max = NGX_CONF_UNSET_UINT;
    mcf->heartbeat = NGX_CONF_UNSET_MSEC;
    mcf->file_max = NGX_CONF_UNSET_SIZE;

    return mcf;
}


static char *
ngx_http_helpdesk_missing(ngx_conf_t *cf, char *name, char *example)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"%s\" is missing in the http block of %V; "
                  "write, for example: %s", name, &cf->conf_file->file.name,
                  example);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_helpdesk_init_proxy(ngx_conf_t *cf,
    ngx_http_helpdesk_main_conf_t *mcf)
{
    if (mcf->proxies == NULL) {
        if (mcf->proxy_secret_file.len != 0) {
            return ngx_http_helpdesk_missing(cf, "helpdesk_trusted_proxy",
                               "helpdesk_trusted_proxy 10.0.0.5;");
        }

        return NGX_CONF_OK;
    }

    if (mcf->proxy_secret_file.len == 0) {
        return ngx_http_helpdesk_missing(cf, "helpdesk_proxy_secret_file",
                    "helpdesk_proxy_secret_file /etc/helpdesk/proxy.secret;");
    }

    if (mcf->proxy_header.len == 0) {
        ngx_str_set(&mcf->proxy_header, "X-Remote-User");
    }

    mcf->proxy_header.data = ngx_pstrdup(cf->pool, &mcf->proxy_header);
    if (mcf->proxy_header.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_strlow(mcf->proxy_header.data, mcf->proxy_header.data,
               mcf->proxy_header.len);

    return NGX_CONF_OK;
}


static char *
ngx_http_helpdesk_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    ngx_str_t  name = ngx_string("default");
    ngx_str_t  zone = ngx_string("helpdesk");

    ngx_conf_init_uint_value(mcf->batch_max, 256);
    ngx_conf_init_uint_value(mcf->queue_max, 4096);
    ngx_conf_init_uint_value(mcf->stream_max, 2000);
    ngx_conf_init_msec_value(mcf->heartbeat, 25000);
    ngx_conf_init_size_value(mcf->file_max, HD_FILE_MAX);

    mcf->site.file_max = (int64_t) mcf->file_max;

    if (mcf->doors == 0 && mcf->store == NULL) {
        return NGX_CONF_OK;                    /* loaded, not used */
    }

    if (mcf->store == NULL) {
        return ngx_http_helpdesk_missing(cf, "helpdesk_store",
                                  "helpdesk_store /var/lib/helpdesk;");
    }

    if (mcf->base_url.len == 0) {
        return ngx_http_helpdesk_missing(cf, "helpdesk_base_url",
                            "helpdesk_base_url https://desk.example.com;");
    }

    if (mcf->secret_file.len == 0) {
        return ngx_http_helpdesk_missing(cf, "helpdesk_secret_file",
                         "helpdesk_secret_file /etc/helpdesk/secret;");
    }

    if (mcf->html.len == 0) {
        return ngx_http_helpdesk_missing(cf, "helpdesk_html",
                         "helpdesk_html /usr/share/helpdesk/html;");
    }

    mcf->site.html_dir = (hd_str_t) { mcf->html.len, (char *) mcf->html.data };
    mcf->site.version = HD_STR(NGX_HELPDESK_VERSION);

    mcf->pool = ngx_thread_pool_add(cf, &name);
    mcf->zone = ngx_shared_memory_add(cf, &zone,
                        sizeof(ngx_http_helpdesk_shared_t) + 256 * 1024,
                        &ngx_http_helpdesk_module);

    if (mcf->pool == NULL || mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->zone->init = ngx_http_helpdesk_zone_init;

    return ngx_http_helpdesk_init_proxy(cf, mcf);
}


static void *
ngx_http_helpdesk_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_helpdesk_loc_conf_t  *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_helpdesk_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }

    lcf->door = NGX_CONF_UNSET_UINT;

    return lcf;
}


static char *
ngx_http_helpdesk_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_helpdesk_loc_conf_t *prev = parent;
    ngx_http_helpdesk_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->door, prev->door, NGX_HELPDESK_OFF);
    ngx_conf_merge_str_value(conf->database, prev->database, "");

    return NGX_CONF_OK;
}
