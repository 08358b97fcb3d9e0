/*
 * ngx: the only room that includes nginx.  It turns a request into a neutral call, runs it in its lane and sends the
 * answer.  No parsing of bodies and no rule of the desk lives here.
 *
 *     conf, directive    directives and their mistakes     lane      INLINE and POOL; which lane
 *     module             life cycle                        batch     WRITE: group commit; writer: its thread
 *     handler            the content handler               stream    one event stream
 *     request            head -> neutral request           live      all of a worker's
 *     file               bodies as one view; files out
 *     answer             result -> nginx                   clock     timers, wake-ups, first start
 *     shared             counters, throttle                status    /metrics, /healthz, variables
 *     presence           who looks at which ticket
 */
#ifndef NGX_HTTP_HELPDESK_H
#define NGX_HTTP_HELPDESK_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../api/api.h"
#include "../page/page.h"
#include "../rpc/rpc.h"


#define NGX_HELPDESK_VERSION     "0.1.0"
#define NGX_HELPDESK_WORKERS     64
#define NGX_HELPDESK_ROUTES      256
#define NGX_HELPDESK_PROXY_SECRET "x-helpdesk-proxy-secret"


typedef enum {
    NGX_HELPDESK_OFF = 0,
    NGX_HELPDESK_API,
    NGX_HELPDESK_PAGE,
    NGX_HELPDESK_HEALTH,
    NGX_HELPDESK_METRICS,
    NGX_HELPDESK_PROBLEM,
    NGX_HELPDESK_RPC
} ngx_http_helpdesk_door_e;


typedef struct {
    ngx_path_t                *store;          /* directory of the store */
    off_t                      size;
    ngx_uint_t                 sync;
    ngx_uint_t                 readers;
    ngx_str_t                  base_url;
    ngx_str_t                  secret_file;
    ngx_str_t                  html;           /* static pages; i18n catalogs are read from here */
    ngx_array_t               *proxies;        /* ngx_cidr_t */
    ngx_str_t                  proxy_header;   /* lower case */
    ngx_str_t                  proxy_secret_file;
    u_char                     proxy_secret[32];
    ngx_uint_t                 batch_max;
    ngx_uint_t                 queue_max;
    ngx_uint_t                 stream_max;
    ngx_msec_t                 heartbeat;
    ngx_thread_pool_t         *pool;
    ngx_shm_zone_t            *zone;
    ngx_uint_t                 doors;          /* locations that use the module */
    size_t                     file_max;
    ngx_array_t               *file_locations; /* ngx_http_core_loc_conf_t *: those that take files */
    hd_site_t                  site;
} ngx_http_helpdesk_main_conf_t;


typedef struct {
    ngx_uint_t                 door;
    ngx_str_t                  database;       /* of RPC */
} ngx_http_helpdesk_loc_conf_t;


/* one command or query under way */

typedef struct ngx_http_helpdesk_ctx_s  ngx_http_helpdesk_ctx_t;

struct ngx_http_helpdesk_ctx_s {
    ngx_queue_t                queue;
    ngx_http_request_t        *request;        /* NULL: a command of the desk itself */
    hd_arena_t                *arena;
    hd_call_t                 *call;
    void                     (*job)(hd_cx_t *cx, void *data);
    void                      *data;
    void                     (*done)(void *data, hd_code_t code);
    hd_code_t                  code;
    uint64_t                   queued_us;
    unsigned                   counted:1;      /* r->main->count was raised by us */
    unsigned                   again:1;
    unsigned                   parse:1;        /* the body is not parsed yet */
    unsigned                   refused:1;      /* before its turn: the answer stands */
    unsigned                   sent:1;
};


typedef struct {
    ngx_uint_t                 n;
    uint64_t                   commit_us;
    hd_code_t                  code;
    unsigned                   wrote:1;
    unsigned                   timed:1;        /* and set a timer */
    unsigned                   back:1;         /* readers are busy: it takes what they leave */
} ngx_http_helpdesk_batch_t;


/* everything a worker owns */

typedef struct {
    ngx_http_helpdesk_main_conf_t  *conf;
    ngx_cycle_t               *cycle;
    hd_store_t                *store;
    hd_cache_t                *cache;          /* of the event loop */
    hd_cache_t                *writer_cache;   /* of the thread that runs the batch */
    hd_arena_t                *batch_arena;
    hd_arena_t                *arenas[64];
    ngx_uint_t                 n_arenas;
    time_t                     open_failed;

    ngx_queue_t                pending;        /* commands waiting for the next batch */
    ngx_queue_t                batch;          /* commands of the batch in flight */
    ngx_queue_t                ready;          /* done, not yet answered */
    ngx_event_t                answers;
    ngx_uint_t                 n_pending;
    ngx_thread_task_t         *task;
    ngx_http_helpdesk_batch_t  last;
    ngx_event_t                sweep;
    ngx_event_t                pace;           /* the next batch waits for readers */
    ngx_uint_t                 n_reads;        /* since the last batch was posted */
    uint64_t                   posted_us;
    ngx_event_t                patience;       /* with a batch that stands back */
    ngx_atomic_t               writer_tid;     /* of the thread that stands back, else 0 */
    unsigned                   stands_back:1;  /* the system lets a thread do so and return */
    unsigned                   in_flight:1;

    ngx_queue_t                hash_waiting;   /* commands whose password must be hashed first */
    ngx_uint_t                 n_hashing;
    ngx_uint_t                 n_hash_waiting;
    ngx_uint_t                 n_pool;

    ngx_connection_t          *wake;
    ngx_connection_t          *clock_ready;    /* readable once this worker holds the clock */
    ngx_event_t                clock;
    int                        clock_fd;
    unsigned                   is_clock:1;
    unsigned                   clock_queued:1;

    ngx_queue_t                streams;
    ngx_queue_t                stale;          /* streams that are to look at the log */
    ngx_event_t                turn;
    ngx_uint_t                 n_streams;
    ngx_event_t                heartbeat;
    ngx_event_t                look;
    uint64_t                   looked;         /* end of the log at the last look */
} ngx_http_helpdesk_worker_t;


/* shared by all workers, survives a reload */

typedef struct {
    ngx_atomic_t               requests[NGX_HELPDESK_ROUTES][6];   /* by status class */
    ngx_atomic_t               run_us[NGX_HELPDESK_ROUTES];
    ngx_atomic_t               batches;
    ngx_atomic_t               batch_commands;
    ngx_atomic_t               batch_size[9];  /* <= 1 2 4 8 16 32 64 128 more */
    ngx_atomic_t               commit_us;
    ngx_atomic_t               commit_le[8];   /* <= 0.5 1 2 5 10 50 250 ms, more */
    ngx_atomic_t               commit_failed;
    ngx_atomic_t               refused_busy;
    ngx_atomic_t               timers_fired;
    ngx_atomic_t               worker_starts;
    ngx_atomic_t               pending[NGX_HELPDESK_WORKERS];
    ngx_atomic_t               pool[NGX_HELPDESK_WORKERS];
    ngx_atomic_t               streams[NGX_HELPDESK_WORKERS];
} ngx_http_helpdesk_metrics_t;


typedef struct {
    uint64_t                   key;
    ngx_msec_t                 since;
    uint32_t                   n;              /* counted */
    uint32_t                   busy;           /* under way */
} ngx_http_helpdesk_bucket_t;


typedef struct {
    uint32_t                   ticket;         /* 0: free */
    uint32_t                   uid;
    uint64_t                   changed;        /* the change it was */
    ngx_msec_t                 until;
    uint32_t                   state;          /* hd_presence_state_t */
} ngx_http_helpdesk_present_t;


typedef struct {
    u_char                     mac[16];
    ngx_msec_t                 until;
} ngx_http_helpdesk_proof_t;


#define NGX_HELPDESK_BUCKETS     16384
#define NGX_HELPDESK_WAYS        4             /* buckets a key may stand in */
#define NGX_HELPDESK_PROOFS      1024

typedef struct {
    ngx_http_helpdesk_metrics_t  metrics;
    u_char                     key[16];        /* of the bucket hash */
    ngx_http_helpdesk_bucket_t buckets[NGX_HELPDESK_BUCKETS];
    u_char                     proof_key[32];
    ngx_http_helpdesk_proof_t  proofs[NGX_HELPDESK_PROOFS];
    ngx_atomic_t               present_changes;
    ngx_http_helpdesk_present_t  present[HD_PRESENCE_MAX];
} ngx_http_helpdesk_shared_t;


extern ngx_module_t                 ngx_http_helpdesk_module;
extern ngx_http_helpdesk_worker_t   ngx_http_helpdesk_worker;
extern ngx_http_helpdesk_shared_t  *ngx_http_helpdesk_shared;
extern ngx_slab_pool_t             *ngx_http_helpdesk_slab;


typedef struct {
    ngx_queue_t                queue;
    ngx_http_request_t        *request;
    ngx_http_helpdesk_ctx_t   *ctx;
    uint64_t                   last;           /* sequence it was sent */
    uint64_t                   present;        /* change of presence it was sent */
    hd_watch_t                 watch;
    ngx_chain_t               *free;
    ngx_chain_t               *busy;
    u_char                    *frame;          /* what is being sent, while it is */
    unsigned                   closing:1;
    unsigned                   beat:1;
} ngx_http_helpdesk_stream_t;


typedef struct {
    ngx_conf_post_handler_pt   post_handler;
    ngx_int_t                  low;
    ngx_int_t                  high;
    char                      *unit;
} ngx_http_helpdesk_bounds_t;


static ngx_inline hd_str_t
ngx_http_helpdesk_str(ngx_str_t *s)
{
    return (hd_str_t) { s->len, (const char *) s->data };
}


/* conf, directive */
extern ngx_command_t          ngx_http_helpdesk_commands[];
extern ngx_http_module_t      ngx_http_helpdesk_module_ctx;
char *ngx_http_helpdesk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_helpdesk_rpc(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_helpdesk_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_helpdesk_html(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_helpdesk_base_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_helpdesk_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_helpdesk_trusted_proxy(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_helpdesk_check_bounds(ngx_conf_t *cf, void *post, void *data);

/* module */
ngx_int_t ngx_http_helpdesk_store_open(ngx_log_t *log);      /* NGX_OK when the store can be used */
int ngx_http_helpdesk_wake_fd(void);

/* handler, request, answer */
ngx_int_t ngx_http_helpdesk_handler(ngx_http_request_t *r);
/* gives the arena back: of a call that lasts, what its head said; NULL when there is no memory, and then nothing changed */
ngx_http_helpdesk_ctx_t *ngx_http_helpdesk_ctx_keep(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx);
void ngx_http_helpdesk_request(ngx_http_request_t *r, hd_req_t *req);
ngx_int_t ngx_http_helpdesk_answer(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx);
ngx_int_t ngx_http_helpdesk_answer_headers(ngx_http_request_t *r, hd_res_t *res);
ngx_int_t ngx_http_helpdesk_body_view(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx);             /* body: one view of it, a file is mapped; a hd_code_t */
/* NGX_DECLINED: the file cannot be had, nothing was sent */
ngx_int_t ngx_http_helpdesk_answer_file(ngx_http_request_t *r, hd_res_t *res);
void ngx_http_helpdesk_refuse(ngx_http_helpdesk_ctx_t *ctx, hd_code_t code);
hd_arena_t *ngx_http_helpdesk_arena_get(void);
void ngx_http_helpdesk_arena_put(hd_arena_t *a);

/* lane: NGX_OK = answered in ctx, NGX_DONE = will be answered later */
ngx_int_t ngx_http_helpdesk_run(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx);
ngx_int_t ngx_http_helpdesk_lane_init(ngx_cycle_t *cycle);
void ngx_http_helpdesk_lane_exit(void);
/* keeps the request until release; release answers it */
/* a task of the POOL lane: counted from start to end; NGX_ERROR when too many wait */
ngx_int_t ngx_http_helpdesk_pool_start(ngx_thread_task_t *task);
void ngx_http_helpdesk_pool_end(void);
hd_cache_t *ngx_http_helpdesk_thread_cache(void);
void ngx_http_helpdesk_hold(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx);
void ngx_http_helpdesk_release(ngx_http_helpdesk_ctx_t *ctx);

/* pieces: what follows the first part of a long answer; NGX_DONE, the request is finalized later */
ngx_int_t ngx_http_helpdesk_pieces_begin(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx);

/* writer: runs in the pool's thread */
void ngx_http_helpdesk_batch_thread(void *data, ngx_log_t *log);
void ngx_http_helpdesk_refuse_all(ngx_http_helpdesk_worker_t *w, hd_code_t code);

/* pace: who runs first; _allow in the master; NGX_AGAIN, the next batch waits for readers; stand_* in the pool's thread */
void ngx_http_helpdesk_pace_allow(ngx_cycle_t *cycle);
void ngx_http_helpdesk_pace_init(ngx_cycle_t *cycle);
ngx_int_t ngx_http_helpdesk_pace_wait(ngx_http_helpdesk_worker_t *w);
void ngx_http_helpdesk_pace_done(ngx_http_helpdesk_worker_t *w);
void ngx_http_helpdesk_stand_back(ngx_http_helpdesk_worker_t *w);
void ngx_http_helpdesk_stand_up(ngx_http_helpdesk_worker_t *w);

/* batch: NGX_BUSY when the queue is full */
ngx_int_t ngx_http_helpdesk_batch_init(ngx_cycle_t *cycle);
void ngx_http_helpdesk_batch_exit(void);
ngx_int_t ngx_http_helpdesk_enqueue(ngx_http_helpdesk_ctx_t *ctx);
void ngx_http_helpdesk_post_batch(void);
/* queues a command of the desk itself; data must live until done was called */
ngx_int_t ngx_http_helpdesk_command(void (*job)(hd_cx_t *cx, void *data),
    void (*done)(void *data, hd_code_t code), void *data);

/* clock */
ngx_int_t ngx_http_helpdesk_clock_init(ngx_cycle_t *cycle);
void ngx_http_helpdesk_clock_exit(void);
void ngx_http_helpdesk_wake_all(void);

/* sweep: files nothing names */
void ngx_http_helpdesk_sweep_files(void);

/* stream */
/* After output: waits for the client to take the rest, at most send_timeout (NGX_AGAIN); sent: no longer (NGX_OK). */
ngx_int_t ngx_http_helpdesk_wait_write(ngx_http_request_t *r, ngx_uint_t sent);
void ngx_http_helpdesk_stream_pull(ngx_http_helpdesk_stream_t *s);
ngx_int_t ngx_http_helpdesk_stream_send(ngx_http_helpdesk_stream_t *s,
    hd_str_t text, ngx_uint_t last);
void ngx_http_helpdesk_stream_finalize(ngx_http_helpdesk_stream_t *s,
    ngx_int_t rc);
void ngx_http_helpdesk_stream_write(ngx_http_request_t *r);

/* presence */
extern const hd_presence_t  ngx_http_helpdesk_presence;
/* appends frames of what changed after *seen; NGX_AGAIN when there is no room for all of them */
ngx_int_t ngx_http_helpdesk_presence_read(hd_cx_t *cx, const hd_watch_t *watch,
    uint64_t *seen, hd_buf_t *out);
/* who has not been heard of for HD_PRESENCE_LIFE is gone */
void ngx_http_helpdesk_presence_expire(void);

/* live */
ngx_int_t ngx_http_helpdesk_live_open(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx);
ngx_int_t ngx_http_helpdesk_live_init(ngx_cycle_t *cycle);
void ngx_http_helpdesk_live_wake(void);
/* open streams of all workers */
ngx_uint_t ngx_http_helpdesk_listeners(void);
void ngx_http_helpdesk_live_close_all(void);

/* shared, status */
extern const ngx_uint_t             ngx_http_helpdesk_sizes[8];
extern const ngx_uint_t             ngx_http_helpdesk_commit_bounds[7];
ngx_int_t ngx_http_helpdesk_zone_init(ngx_shm_zone_t *zone, void *data);
ngx_int_t ngx_http_helpdesk_metrics_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_helpdesk_health_handler(ngx_http_request_t *r);
void ngx_http_helpdesk_count(ngx_http_helpdesk_ctx_t *ctx);
void ngx_http_helpdesk_count_batch(ngx_http_helpdesk_batch_t *b);
ngx_int_t ngx_http_helpdesk_add_variables(ngx_conf_t *cf);
extern const hd_throttle_t  ngx_http_helpdesk_throttle;
extern const hd_proofs_t  ngx_http_helpdesk_proofs;


#endif
