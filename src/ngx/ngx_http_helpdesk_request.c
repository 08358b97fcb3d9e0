/*
 * From an nginx request to a neutral call, and from its answer back to nginx.  Strings of the call point into the
 * request, the answer's body into the call's arena, which the request's pool gives back when it ends: nothing is copied.
 */

#include "ngx_http_helpdesk.h"


static void ngx_http_helpdesk_body(ngx_http_request_t *r);


static const struct {
    ngx_str_t  value;
    char      *name;
} ngx_http_helpdesk_json_headers[] = {
    { ngx_string("no-store"), "Cache-Control" },
    { ngx_string("nosniff"), "X-Content-Type-Options" },
    { ngx_string("default-src 'none'; frame-ancestors 'none'"),
      "Content-Security-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Resource-Policy" }
}, ngx_http_helpdesk_html_headers[] = {
    { ngx_string("no-store"), "Cache-Control" },
    { ngx_string("nosniff"), "X-Content-Type-Options" },
    { ngx_string("default-src 'none'; style-src 'self'; img-src 'self'; "
                 "form-action 'self'; base-uri 'none'; "
                 "frame-ancestors 'none'"), "Content-Security-Policy" },
    { ngx_string("same-origin"), "Referrer-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Opener-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Resource-Policy" },
    { ngx_string("camera=(), microphone=(), geolocation=(), payment=()"),
      "Permissions-Policy" }
};


/* ---- arenas: a few are kept, each with its first block ---- */

hd_arena_t *
ngx_http_helpdesk_arena_get(void)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (w->n_arenas != 0) {
        return w->arenas[--w->n_arenas];
    }

    return hd_arena_create(HD_ARENA_REQUEST);
}


void
ngx_http_helpdesk_arena_put(hd_arena_t *a)
{
    ngx_http_helpdesk_worker_t  *w;

    w = &ngx_http_helpdesk_worker;

    if (a == NULL) {
        return;
    }

    if (w->n_arenas == sizeof(w->arenas) / sizeof(w->arenas[0])) {
        hd_arena_destroy(a);
        return;
    }

    hd_arena_reset(a);
    *hd_arena_border(a) = NULL;
    w->arenas[w->n_arenas++] = a;
}


static void
ngx_http_helpdesk_cleanup(void *data)
{
    ngx_http_helpdesk_arena_put(data);
}


/* ---- request ---- */

static ngx_inline hd_str_t
ngx_http_helpdesk_str(ngx_str_t *s)
{
    return (hd_str_t) { s->len, (const char *) s->data };
}


static ngx_inline hd_str_t
ngx_http_helpdesk_value(ngx_table_elt_t *h)
{
    return h == NULL ? (hd_str_t) { 0, "" } : ngx_http_helpdesk_str(&h->value);
}


static hd_method_t
ngx_http_helpdesk_method(ngx_http_request_t *r)
{
    switch (r->method) {
    case NGX_HTTP_GET:
    case NGX_HTTP_HEAD:
        return HD_GET;
    case NGX_HTTP_POST:
        return HD_POST;
    case NGX_HTTP_PUT:
        return HD_PUT;
    case NGX_HTTP_DELETE:
        return HD_DELETE;
    case NGX_HTTP_PATCH:
        return HD_PATCH;
    default:
        return 0;
    }
}


/* The last trusted hop is the socket's peer: nothing else says who it is. */

static ngx_uint_t
ngx_http_helpdesk_peer_trusted(ngx_http_request_t *r)
{
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_http_helpdesk_worker.conf;

    return mcf->proxies != NULL
           && ngx_cidr_match(r->connection->sockaddr, mcf->proxies) == NGX_OK;
}


static void
ngx_http_helpdesk_proxy_user(ngx_http_request_t *r, hd_req_t *req,
    ngx_table_elt_t *user, ngx_table_elt_t *secret, ngx_uint_t n_user)
{
    u_char                          mac[32];
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_http_helpdesk_worker.conf;

    if (user == NULL || mcf->proxies == NULL) {
        return;                                /* off: the header means nothing */
    }

    req->proxy_refused = 1;

    if (n_user != 1 || secret == NULL || !ngx_http_helpdesk_peer_trusted(r)) {
        return;
    }

    hd_sha256(secret->value.data, secret->value.len, mac);

    if (hd_mem_eq_const(mac, mcf->proxy_secret, 32)) {
        req->proxy_user = ngx_http_helpdesk_value(user);
        req->proxy_refused = 0;
    }
}


/* Where the value of a header belongs; NULL when the desk does not look at it. */

static hd_str_t *
ngx_http_helpdesk_header_slot(hd_req_t *req, ngx_table_elt_t *h)
{
    hd_str_t  *to;

    to = NULL;

    switch (h->key.len) {
    case 6:
        if (ngx_memcmp(h->lowcase_key, "accept", 6) == 0) {
            to = &req->accept;

        } else if (ngx_memcmp(h->lowcase_key, "origin", 6) == 0) {
            to = &req->origin;

        } else if (ngx_memcmp(h->lowcase_key, "x-csrf", 6) == 0) {
            to = &req->x_csrf;

        } else if (ngx_memcmp(h->lowcase_key, "cookie", 6) == 0
                   && req->cookie.len == 0)
        {
            to = &req->cookie;
        }
        break;
    case 8:
        if (ngx_memcmp(h->lowcase_key, "if-match", 8) == 0) {
            to = &req->if_match;
        }
        break;
    case 12:
        if (ngx_memcmp(h->lowcase_key, "content-type", 12) == 0) {
            to = &req->content_type;
        }
        break;
    case 13:
        if (ngx_memcmp(h->lowcase_key, "if-none-match", 13) == 0) {
            to = &req->if_none_match;

        } else if (ngx_memcmp(h->lowcase_key, "authorization", 13)
                   == 0)
        {
            to = &req->authorization;
        }
        break;
    case 14:
        if (ngx_memcmp(h->lowcase_key, "sec-fetch-site", 14) == 0) {
            to = &req->sec_fetch_site;
        }
        break;
    case 15:
        if (ngx_memcmp(h->lowcase_key, "idempotency-key", 15) == 0) {
            to = &req->idempotency_key;

        } else if (ngx_memcmp(h->lowcase_key, "accept-language", 15)
                   == 0)
        {
            to = &req->accept_language;
        }
        break;
    case 16:
        if (ngx_memcmp(h->lowcase_key, "content-encoding", 16) == 0) {
            to = &req->content_encoding;
        }
        break;
    }

    return to;
}


static void
ngx_http_helpdesk_headers(ngx_http_request_t *r, hd_req_t *req)
{
    hd_str_t                       *to;
    ngx_str_t                      *name;
    ngx_uint_t                      i, n_user;
    ngx_list_part_t                *part;
    ngx_table_elt_t                *h, *user, *secret;
    ngx_http_helpdesk_main_conf_t  *mcf;

    mcf = ngx_http_helpdesk_worker.conf;
    part = &r->headers_in.headers.part;
    h = part->elts;
    user = NULL;
    secret = NULL;
    n_user = 0;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        name = &h[i].key;
        to = ngx_http_helpdesk_header_slot(req, &h[i]);

        if (to != NULL) {
            *to = ngx_http_helpdesk_str(&h[i].value);
            continue;
        }

        if (mcf->proxies == NULL) {
            continue;
        }

        if (name->len == mcf->proxy_header.len
            && ngx_memcmp(h[i].lowcase_key, mcf->proxy_header.data, name->len)
               == 0)
        {
            user = &h[i];
            n_user++;

        } else if (name->len == sizeof(NGX_HELPDESK_PROXY_SECRET) - 1
                   && ngx_memcmp(h[i].lowcase_key, NGX_HELPDESK_PROXY_SECRET,
                                 name->len) == 0)
        {
            secret = &h[i];
        }
    }

    ngx_http_helpdesk_proxy_user(r, req, user, secret, n_user);
}


static void
ngx_http_helpdesk_address(ngx_http_request_t *r, hd_req_t *req)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    req->address = ngx_http_helpdesk_str(&r->connection->addr_text);

    switch (r->connection->sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) r->connection->sockaddr;
        ngx_memcpy(req->ip, &sin6->sin6_addr, 16);
        break;
#endif

    case AF_INET:
        sin = (struct sockaddr_in *) r->connection->sockaddr;
        req->ip[10] = 0xff;
        req->ip[11] = 0xff;
        ngx_memcpy(&req->ip[12], &sin->sin_addr, 4);
        break;
    }
}


static void
ngx_http_helpdesk_request(ngx_http_request_t *r, hd_req_t *req)
{
    req->method = ngx_http_helpdesk_method(r);
    req->path = ngx_http_helpdesk_str(&r->uri);
    req->query = ngx_http_helpdesk_str(&r->args);
    req->host = ngx_http_helpdesk_str(&r->headers_in.server);
    req->user_agent = ngx_http_helpdesk_value(r->headers_in.user_agent);

    ngx_http_helpdesk_headers(r, req);
    ngx_http_helpdesk_address(r, req);
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
    call->store = ngx_http_helpdesk_worker.store;

    ngx_http_set_ctx(r, ctx, ngx_http_helpdesk_module);

    return ctx;
}


/* ---- answer ---- */

static ngx_int_t
ngx_http_helpdesk_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_answer_headers(ngx_http_request_t *r, hd_res_t *res)
{
    ngx_str_t   value;
    ngx_uint_t  i, is_html;

    is_html = res->content_type != NULL
              && ngx_strncmp(res->content_type, "text/html", 9) == 0;

    if (is_html) {
        for (i = 0; i < sizeof(ngx_http_helpdesk_html_headers)
                        / sizeof(ngx_http_helpdesk_html_headers[0]); i++)
        {
            value = ngx_http_helpdesk_html_headers[i].value;
            if (ngx_http_helpdesk_header(r,
                      ngx_http_helpdesk_html_headers[i].name, &value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

    } else {
        for (i = 0; i < sizeof(ngx_http_helpdesk_json_headers)
                        / sizeof(ngx_http_helpdesk_json_headers[0]); i++)
        {
            value = ngx_http_helpdesk_json_headers[i].value;
            if (ngx_http_helpdesk_header(r,
                      ngx_http_helpdesk_json_headers[i].name, &value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    for (i = 0; i < res->n_headers; i++) {
        value.len = res->headers[i].value.len;
        value.data = (u_char *) res->headers[i].value.data;

        if (ngx_http_helpdesk_header(r, res->headers[i].name, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_answer(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    hd_res_t    *res;
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_chain_t  out;

    res = &ctx->call->res;
    ctx->sent = 1;

    ngx_http_helpdesk_count(ctx);

    if (res->body.failed) {
        hd_call_refuse(ctx->call, HD_E_INTERNAL);
    }

    if (res->status == 0) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = res->status;
    r->disable_not_modified = 1;               /* If-Match was answered by the door */

    if (ngx_http_helpdesk_answer_headers(r, res) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (res->body.len == 0) {
        r->header_only = 1;

        if (res->status != NGX_HTTP_NO_CONTENT
            && res->status != NGX_HTTP_NOT_MODIFIED)
        {
            r->headers_out.content_length_n = 0;
        }

        return ngx_http_send_header(r);
    }

    r->headers_out.content_length_n = (off_t) res->body.len;
    r->headers_out.content_type.data = (u_char *) res->content_type;
    r->headers_out.content_type.len = ngx_strlen(res->content_type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) res->body.data;
    b->last = b->pos + res->body.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* ---- body ---- */

/* One view of the body: a single buffer as it is, several joined, a temporary file read. */

static ngx_int_t
ngx_http_helpdesk_body_view(ngx_http_request_t *r, hd_arena_t *a,
    hd_str_t *body)
{
    off_t         size;
    char         *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    *body = (hd_str_t) { 0, "" };

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return HD_OK;
    }

    cl = r->request_body->bufs;

    if (cl->next == NULL && ngx_buf_in_memory(cl->buf)) {
        body->data = (char *) cl->buf->pos;
        body->len = (size_t) (cl->buf->last - cl->buf->pos);
        return body->len > HD_BODY_MAX ? HD_E_TOO_LARGE : HD_OK;
    }

    for (size = 0; cl != NULL; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > HD_BODY_MAX) {
        return HD_E_TOO_LARGE;
    }

    p = hd_alloc(a, (size_t) size + 1);
    body->data = p;
    body->len = (size_t) size;

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        b = cl->buf;
        size = ngx_buf_size(b);

        if (!b->in_file) {
            p = (char *) ngx_cpymem(p, b->pos, (size_t) size);
            continue;
        }

        n = ngx_read_file(b->file, (u_char *) p, (size_t) size, b->file_pos);

        if (n != (ssize_t) size) {
            return HD_E_INTERNAL;
        }

        p += n;
    }

    return HD_OK;
}


static hd_code_t
ngx_http_helpdesk_take_body(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx)
{
    hd_code_t  code;

    code = (hd_code_t) ngx_http_helpdesk_body_view(r, ctx->arena,
                                                   &ctx->call->req.body);
    return code == HD_OK ? hd_call_body(ctx->call) : code;
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


void
ngx_http_helpdesk_refuse(ngx_http_helpdesk_ctx_t *ctx, hd_code_t code)
{
    hd_code_t  ignored;

    ctx->code = code;

    HD_ARENA_TRY(ctx->arena, ignored,
                 (hd_call_refuse(ctx->call, code), HD_OK));

    if (ignored != HD_OK) {
        ctx->call->res.status = 0;
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

    return code;
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
    switch (status) {
    case NGX_HTTP_FORBIDDEN:
        return HD_E_RIGHT;
    case NGX_HTTP_NOT_FOUND:
        return HD_E_NOT_FOUND;
    case NGX_HTTP_NOT_ALLOWED:
        return HD_E_METHOD;
    case NGX_HTTP_REQUEST_ENTITY_TOO_LARGE:
        return HD_E_TOO_LARGE;
    case 429:
        return HD_E_THROTTLED;
    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return HD_E_BUSY;
    case NGX_HTTP_INTERNAL_SERVER_ERROR:
        return HD_E_INTERNAL;
    default:
        return HD_E_REQUEST;
    }
}


static ngx_int_t
ngx_http_helpdesk_problem(ngx_http_request_t *r)
{
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

    /* what was asked for: r->uri may be the error page's own */
    ctx->call->req.path = ngx_http_helpdesk_str(&r->unparsed_uri);
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
