/*
 * The content handler: a call is made, refused from its head or run in its lane.  A body is read first when the route
 * takes one; an early refusal discards it, so that keep-alive stays in step.
 */

#include "ngx_http_helpdesk.h"


static void ngx_http_helpdesk_body(ngx_http_request_t *r);


/* ---- call ---- */

static void
ngx_http_helpdesk_cleanup(void *data)
{
    ngx_http_helpdesk_arena_put(data);
}


static ngx_http_helpdesk_ctx_t *
ngx_http_helpdesk_ctx_create(ngx_http_request_t *r)
{
    hd_call_t                *call;
    hd_arena_t               *arena;
    ngx_pool_cleanup_t       *cln;
    ngx_http_helpdesk_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    arena = ngx_http_helpdesk_arena_get();
    if (arena == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_helpdesk_cleanup;
    cln->data = arena;

    /* both fit into the arena's first block, which is always there */
    ctx = hd_alloc(arena, sizeof(ngx_http_helpdesk_ctx_t));
    call = hd_alloc(arena, sizeof(hd_call_t));

    ctx->arena = arena;
    ctx->request = r;
    ctx->call = call;

    hd_problem_init(&call->problem);
    call->cx.arena = ctx->arena;
    call->cx.problem = &call->problem;
    call->cx.actor = &hd_actor_nobody;
    call->site = &ngx_http_helpdesk_worker.conf->site;
    call->throttle = &ngx_http_helpdesk_throttle;
    call->proofs = &ngx_http_helpdesk_proofs;
    call->presence = &ngx_http_helpdesk_presence;
    call->store = ngx_http_helpdesk_worker.store;

    ngx_http_set_ctx(r, ctx, ngx_http_helpdesk_module);

    return ctx;
}


/* The call as it is after its head: nothing that its arena holds is asked for again. */

ngx_http_helpdesk_ctx_t *
ngx_http_helpdesk_ctx_keep(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    hd_call_t                *call;
    ngx_pool_cleanup_t       *cln;
    ngx_http_helpdesk_ctx_t  *kept;

    kept = ngx_palloc(r->pool, sizeof(ngx_http_helpdesk_ctx_t));
    call = ngx_palloc(r->pool, sizeof(hd_call_t));

    if (kept == NULL || call == NULL) {
        return NULL;
    }

    *call = *ctx->call;
    call->res = (hd_res_t) { .status = ctx->call->res.status };
    hd_problem_init(&call->problem);
    call->cx = (hd_cx_t) { .problem = &call->problem,
                           .actor = &hd_actor_nobody };
    *kept = *ctx;
    kept->arena = NULL;
    kept->call = call;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_helpdesk_cleanup
            && cln->data == ctx->arena)
        {
            cln->data = NULL;
        }
    }

    ngx_http_helpdesk_arena_put(ctx->arena);
    ngx_http_set_ctx(r, kept, ngx_http_helpdesk_module);

    return kept;
}


/* ---- questions before a call has its turn: a short read on the event loop ---- */

static hd_code_t
ngx_http_helpdesk_ask(ngx_http_helpdesk_ctx_t *ctx,
    hd_code_t (*ask)(hd_call_t *c, hd_txn_t *txn))
{
    hd_txn_t   *txn;
    hd_code_t   code;

    code = hd_txn_begin(ngx_http_helpdesk_worker.store, false, ctx->arena,
                        ngx_http_helpdesk_worker.cache, &txn);

    if (code == HD_OK) {
        code = ask(ctx->call, txn);
        hd_txn_abort(txn);
    }

    return code;
}


/* ---- body ---- */

static hd_code_t
ngx_http_helpdesk_take_body(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx)
{
    hd_code_t  code;

    code = (hd_code_t) ngx_http_helpdesk_body_view(r, ctx);

    if (code != HD_OK) {
        return code;
    }

    if (ctx->call->lane == HD_WRITE && ctx->call->route->before == NULL
        && ctx->call->route->settle == NULL)
    {
        ctx->parse = 1;                        /* by the thread that has it first */
        return HD_OK;
    }

    code = hd_call_body(ctx->call);

    return code == HD_OK && ctx->call->route->settle != NULL
           ? ngx_http_helpdesk_ask(ctx, hd_call_settle) : code;
}


static void
ngx_http_helpdesk_body(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    hd_code_t                 code;
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_helpdesk_module);
    ctx->counted = 1;                          /* by reading the body */

    HD_ARENA_TRY(ctx->arena, code, ngx_http_helpdesk_take_body(r, ctx));

    if (code != HD_OK) {
        ngx_http_helpdesk_refuse(ctx, code);
        ngx_http_finalize_request(r, ngx_http_helpdesk_answer(r, ctx));
        return;
    }

    rc = ngx_http_helpdesk_run(r, ctx);

    if (rc == NGX_OK) {
        ngx_http_finalize_request(r, ngx_http_helpdesk_answer(r, ctx));

    } else if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


/* ---- the content handler ---- */

static hd_code_t
ngx_http_helpdesk_head(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx,
    const hd_door_t *door)
{
    unsigned    allow;
    hd_code_t   code;
    hd_call_t  *call;

    call = ctx->call;

    ngx_http_helpdesk_request(r, &call->req);

    code = hd_route_find(door, call, &allow);

    if (code == HD_OK) {
        code = hd_call_head(call, r->headers_in.content_length_n);
    }

    if (code == HD_OK
        && ngx_http_helpdesk_store_open(r->connection->log) != NGX_OK)
    {
        code = HD_E_STORE;
    }

    call->store = ngx_http_helpdesk_worker.store;

    /* a stranger's file is refused before it is read */
    return code == HD_OK && call->route->admit != NULL
           ? ngx_http_helpdesk_ask(ctx, hd_call_admit) : code;
}


static ngx_int_t
ngx_http_helpdesk_door(ngx_http_request_t *r, const hd_door_t *door)
{
    ngx_int_t                 rc;
    hd_code_t                 code;
    ngx_http_helpdesk_ctx_t  *ctx;

    ctx = ngx_http_helpdesk_ctx_create(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    HD_ARENA_TRY(ctx->arena, code, ngx_http_helpdesk_head(r, ctx, door));

    if (code != HD_OK) {
        ngx_http_helpdesk_refuse(ctx, code);

        if (r->headers_in.expect != NULL
            && r->headers_in.content_length_n > HD_BODY_MAX)
        {
            r->expect_tested = 1;              /* not asked for; nobody knows whether it comes */
            r->keepalive = 0;
        }
    }

    if (code != HD_OK || ctx->call->route->in == HD_IN_NONE) {
        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }

        rc = code != HD_OK ? NGX_OK : ngx_http_helpdesk_run(r, ctx);

        return rc == NGX_OK ? ngx_http_helpdesk_answer(r, ctx) : rc;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_helpdesk_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


/* Errors nginx raises before us (413, 400 ...), by error_page, in our own words. */

static hd_code_t
ngx_http_helpdesk_code_of(ngx_uint_t status)
{
    ngx_uint_t  i;

    static const struct {
        ngx_uint_t  status;
        hd_code_t   code;
    } codes[] = {
        { NGX_HTTP_FORBIDDEN, HD_E_RIGHT },
        { NGX_HTTP_NOT_FOUND, HD_E_NOT_FOUND },
        { NGX_HTTP_NOT_ALLOWED, HD_E_METHOD },
        { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, HD_E_TOO_LARGE },
        { NGX_HTTP_REQUEST_URI_TOO_LARGE, HD_E_URI },
        { 429, HD_E_THROTTLED },
        { 431, HD_E_HEADERS },
        { NGX_HTTP_INTERNAL_SERVER_ERROR, HD_E_INTERNAL },
        { NGX_HTTP_NOT_IMPLEMENTED, HD_E_CODING },
        { NGX_HTTP_SERVICE_UNAVAILABLE, HD_E_BUSY },
        { NGX_HTTP_VERSION_NOT_SUPPORTED, HD_E_HTTP_VERSION },
        { NGX_HTTP_INSUFFICIENT_STORAGE, HD_E_FULL }
    };

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].status == status) {
            return codes[i].code;
        }
    }

    return status < NGX_HTTP_INTERNAL_SERVER_ERROR ? HD_E_REQUEST
                                                   : HD_E_INTERNAL;
}


/* Of a request line nginx refused there are only bytes. */

static hd_str_t
ngx_http_helpdesk_asked(ngx_http_request_t *r)
{
    u_char    *p, *end;
    hd_str_t   path;

    if (r->unparsed_uri.len != 0 || r->request_start == NULL) {
        return ngx_http_helpdesk_str(&r->unparsed_uri);
    }

    end = r->header_in->last;
    p = ngx_strlchr(r->request_start, end, ' ');
    path.data = p == NULL ? "" : (char *) p + 1;
    path.len = p == NULL ? 0 : (size_t) (end - p - 1);

    return path;
}


static ngx_int_t
ngx_http_helpdesk_problem(ngx_http_request_t *r)
{
    hd_req_t                 *req;
    ngx_int_t                 rc;
    ngx_http_helpdesk_ctx_t  *ctx;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK && rc != NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return rc;
    }

    ctx = ngx_http_helpdesk_ctx_create(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what was asked for: r->uri and r->args may be the error page's own */
    req = &ctx->call->req;
    ngx_http_helpdesk_request(r, req);
    req->query = ngx_http_helpdesk_asked(r);
    req->path = (hd_str_t) { 0, "" };
    (void) hd_str_split(&req->query, '?', &req->path);
    ngx_http_helpdesk_refuse(ctx,
                        ngx_http_helpdesk_code_of(r->headers_out.status != 0
                                                  ? r->headers_out.status
                                                  : r->err_status));
    r->err_status = 0;

    return ngx_http_helpdesk_answer(r, ctx);
}


ngx_int_t
ngx_http_helpdesk_handler(ngx_http_request_t *r)
{
    ngx_http_helpdesk_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_helpdesk_module);

    switch (lcf->door) {
    case NGX_HELPDESK_API:
        return ngx_http_helpdesk_door(r, &hd_api_door);
    case NGX_HELPDESK_PAGE:
        return ngx_http_helpdesk_door(r, &hd_page_door);
    case NGX_HELPDESK_RPC:
        return ngx_http_helpdesk_door(r, &hd_rpc_door);
    case NGX_HELPDESK_HEALTH:
        return ngx_http_helpdesk_health_handler(r);
    case NGX_HELPDESK_METRICS:
        return ngx_http_helpdesk_metrics_handler(r);
    case NGX_HELPDESK_PROBLEM:
        return ngx_http_helpdesk_problem(r);
    default:
        return NGX_DECLINED;
    }
}
