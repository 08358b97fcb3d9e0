/*
 * Directives and life cycle.  The configuration is read-only once a worker runs; each worker opens the store for itself
 * after the fork and owns everything in ngx_http_helpdesk_worker.
 */

#include "ngx_http_helpdesk.h"

#include <signal.h>
#include <sys/eventfd.h>


static void *ngx_http_helpdesk_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_helpdesk_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_helpdesk_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_helpdesk_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_helpdesk_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_helpdesk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_helpdesk_store(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_helpdesk_base_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_helpdesk_secret_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_helpdesk_proxy_secret(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_helpdesk_trusted_proxy(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_helpdesk_check_bounds(ngx_conf_t *cf, void *post,
    void *data);
static ngx_int_t ngx_http_helpdesk_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_helpdesk_init_process(ngx_cycle_t *cycle);
static void ngx_http_helpdesk_exit_process(ngx_cycle_t *cycle);


ngx_http_helpdesk_worker_t   ngx_http_helpdesk_worker;
ngx_http_helpdesk_shared_t  *ngx_http_helpdesk_shared;
ngx_slab_pool_t             *ngx_http_helpdesk_slab;

static int                   ngx_http_helpdesk_event_fd = -1;


static ngx_conf_enum_t  ngx_http_helpdesk_syncs[] = {
    { ngx_string("full"), HD_SYNC_FULL },
    { ngx_string("meta"), HD_SYNC_META },
    { ngx_string("off"), HD_SYNC_OFF },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_helpdesk_doors[] = {
    { ngx_string("api"), NGX_HELPDESK_API },
    { ngx_string("page"), NGX_HELPDESK_PAGE },
    { ngx_string("health"), NGX_HELPDESK_HEALTH },
    { ngx_string("metrics"), NGX_HELPDESK_METRICS },
    { ngx_string("problem"), NGX_HELPDESK_PROBLEM },
    { ngx_null_string, 0 }
};


typedef struct {
    ngx_conf_post_handler_pt   post_handler;
    ngx_int_t                  low;
    ngx_int_t                  high;
    char                      *unit;
} ngx_http_helpdesk_bounds_t;


static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_batch_bounds =
    { ngx_http_helpdesk_check_bounds, 1, 4096, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_queue_bounds =
    { ngx_http_helpdesk_check_bounds, 1, 1000000, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_stream_bounds =
    { ngx_http_helpdesk_check_bounds, 0, 1000000, "" };
static ngx_http_helpdesk_bounds_t  ngx_http_helpdesk_heartbeat_bounds =
    { ngx_http_helpdesk_check_bounds, 10, 3600000, "ms" };


static ngx_command_t  ngx_http_helpdesk_commands[] = {

    { ngx_string("helpdesk"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_helpdesk,
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
      ngx_http_helpdesk_secret_file,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("helpdesk_html"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_helpdesk_main_conf_t, html),
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
      ngx_http_helpdesk_proxy_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

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


static ngx_http_module_t  ngx_http_helpdesk_module_ctx = {
    ngx_http_helpdesk_preconfiguration,        /* preconfiguration */
    NULL,                                      /* postconfiguration */

    ngx_http_helpdesk_create_main_conf,        /* create main configuration */
    ngx_http_helpdesk_init_main_conf,          /* init main configuration */

    NULL,                                      /* create server configuration */
    NULL,                                      /* merge server configuration */

    ngx_http_helpdesk_create_loc_conf,         /* create location configuration */
    ngx_http_helpdesk_merge_loc_conf           /* merge location configuration */
};


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


/* ---- configuration ---- */

static ngx_int_t
ngx_http_helpdesk_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_helpdesk_add_variables(cf);
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

    if (ngx_conf_full_name(cf->cycle, &mcf->html, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
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

    return NGX_CONF_OK;
}


/* ---- directive setters ---- */

static char *
ngx_http_helpdesk_check_bounds(ngx_conf_t *cf, void *post, void *data)
{
    ngx_int_t                   *np = data;
    ngx_http_helpdesk_bounds_t  *b = post;

    if (*np >= b->low && *np <= b->high) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "the value must be between %i%s and %i%s",
                       b->low, b->unit, b->high, b->unit);

    return NGX_CONF_ERROR;
}


/* Sets *out from a list of words; NULL when the word is none of them. */

static ngx_conf_enum_t *
ngx_http_helpdesk_word(ngx_conf_enum_t *words, ngx_str_t *word)
{
    for ( /* void */ ; words->name.len != 0; words++) {
        if (words->name.len == word->len
            && ngx_strncmp(words->name.data, word->data, word->len) == 0)
        {
            return words;
        }
    }

    return NULL;
}


static char *
ngx_http_helpdesk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_loc_conf_t *lcf = conf;

    ngx_str_t                      *value;
    ngx_conf_enum_t                *door;
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_helpdesk_main_conf_t  *mcf;

    if (lcf->door != NGX_CONF_UNSET_UINT) {
        return "is duplicate: a location has one door";
    }

    value = cf->args->elts;
    door = ngx_http_helpdesk_word(ngx_http_helpdesk_doors, &value[1]);

    if (door == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"helpdesk %V\" is not known; write one of: api, "
                           "page, health, metrics, problem", &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->door = door->value;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_helpdesk_module);
    mcf->doors++;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_helpdesk_handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_helpdesk_store_option(ngx_conf_t *cf,
    ngx_http_helpdesk_main_conf_t *mcf, ngx_str_t *word)
{
    ngx_int_t         n;
    ngx_str_t         s;
    ngx_conf_enum_t  *sync;

    if (ngx_strncmp(word->data, "size=", 5) == 0) {
        s.data = word->data + 5;
        s.len = word->len - 5;
        mcf->size = ngx_parse_offset(&s);

        if (mcf->size >= 1024 * 1024) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not a usable size; write, for example, "
                           "size=64g (at least 1m; it is address space, not "
                           "disk)", word);
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(word->data, "sync=", 5) == 0) {
        s.data = word->data + 5;
        s.len = word->len - 5;
        sync = ngx_http_helpdesk_word(ngx_http_helpdesk_syncs, &s);

        if (sync != NULL) {
            mcf->sync = sync->value;

            if (mcf->sync != HD_SYNC_FULL) {
                ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                                   "%V: a power cut can lose writes that were "
                                   "acknowledged", word);
            }

            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not known; write sync=full, sync=meta "
                           "or sync=off", word);
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(word->data, "readers=", 8) == 0) {
        n = ngx_atoi(word->data + 8, word->len - 8);

        if (n >= 64 && n <= 65536) {
            mcf->readers = (ngx_uint_t) n;
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be between readers=64 and "
                           "readers=65536", word);
        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is not an option of helpdesk_store; there are "
                       "size=, sync= and readers=", word);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_helpdesk_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    char            *rv;
    ngx_str_t       *value;
    ngx_path_t      *path;
    ngx_uint_t       i;

    if (mcf->store != NULL) {
        return "is duplicate";
    }

    mcf->size = (off_t) 64 * 1024 * 1024 * 1024;
    mcf->sync = HD_SYNC_FULL;
    mcf->readers = 1024;

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_helpdesk_store_option(cf, mcf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));
    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    path->name = value[1];

    if (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.len--;
        path->name.data[path->name.len] = '\0';
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;
    mcf->store = path;

    /* nginx makes the directory and gives it to the worker's user */
    if (ngx_add_path(cf, &mcf->store) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_helpdesk_base_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    size_t      n;
    ngx_str_t  *value, *url;

    value = cf->args->elts;
    url = &value[1];

    if (mcf->base_url.len != 0) {
        return "is duplicate";
    }

    if (url->len > 8 && ngx_strncmp(url->data, "https://", 8) == 0) {
        mcf->site.secure = 1;
        n = 8;

    } else if (url->len > 7 && ngx_strncmp(url->data, "http://", 7) == 0) {
        n = 7;

    } else {
        n = 0;
    }

    if (n == 0 || ngx_strlchr(url->data + n, url->data + url->len, '/')
        != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be a scheme and a host without a path "
                           "or a slash at the end; write, for example, "
                           "https://desk.example.com", url);
        return NGX_CONF_ERROR;
    }

    mcf->base_url = *url;
    mcf->site.base_url = (hd_str_t) { url->len, (char *) url->data };
    mcf->site.host = (hd_str_t) { url->len - n, (char *) url->data + n };

    return NGX_CONF_OK;
}


/* The file's bytes without white space at the end are hashed to a key. */

static char *
ngx_http_helpdesk_read_secret(ngx_conf_t *cf, ngx_str_t *name, u_char key[32])
{
    int      fd;
    u_char   buf[4096];
    ssize_t  n;

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read \"%V\"; make it with: (umask 077; "
                           "head -c 32 /dev/urandom | base64 > %V)",
                           name, name);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));
    (void) ngx_close_file(fd);

    while (n > 0 && buf[n - 1] <= ' ') {
        n--;
    }

    if (n < 32) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" holds fewer than 32 bytes; make it with: "
                           "(umask 077; head -c 32 /dev/urandom | base64 > "
                           "%V)", name, name);
        return NGX_CONF_ERROR;
    }

    hd_sha256(buf, (size_t) n, key);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


static char *
ngx_http_helpdesk_secret_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    ngx_str_t  *value;

    if (mcf->secret_file.len != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->secret_file = value[1];

    return ngx_http_helpdesk_read_secret(cf, &mcf->secret_file,
                                         mcf->site.secret);
}


static char *
ngx_http_helpdesk_proxy_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    ngx_str_t  *value;

    if (mcf->proxy_secret_file.len != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->proxy_secret_file = value[1];

    /* the same rule as for the other secret; the header carries the text */
    return ngx_http_helpdesk_read_secret(cf, &mcf->proxy_secret_file,
                                         mcf->proxy_secret);
}


static char *
ngx_http_helpdesk_trusted_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    ngx_int_t    rc;
    ngx_str_t   *value;
    ngx_cidr_t  *cidr;

    value = cf->args->elts;

    if (mcf->proxies == NULL) {
        mcf->proxies = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
        if (mcf->proxies == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    cidr = ngx_array_push(mcf->proxies);
    if (cidr == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = ngx_ptocidr(&value[1], cidr);

    if (rc == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not an address or network; write, for "
                           "example, 10.0.0.5 or 10.0.0.0/24", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (rc == NGX_DONE) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "low address bits of %V are meaningless",
                           &value[1]);
    }

    return NGX_CONF_OK;
}


/* ---- life cycle ---- */

int
ngx_http_helpdesk_wake_fd(void)
{
    return ngx_http_helpdesk_event_fd;
}


static ngx_int_t
ngx_http_helpdesk_init_module(ngx_cycle_t *cycle)
{
    char                            err[256], dir[NGX_MAX_PATH];
    ngx_http_helpdesk_main_conf_t  *mcf;

    if (ngx_http_cycle_get_module_main_conf(cycle, ngx_http_helpdesk_module)
        == NULL)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_helpdesk_module);

    if (mcf->store == NULL) {
        return NGX_OK;
    }

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
        .create = true
    };

    code = hd_store_open(&conf, &w->store, err);

    if (code == HD_OK) {
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

    if (ngx_http_cycle_get_module_main_conf(cycle, ngx_http_helpdesk_module)
        == NULL)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_helpdesk_module);

    if (mcf->store == NULL) {
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
