/*
 * Answers: from a call's result back to nginx.  The body lies in the call's arena, which the request's pool gives back
 * when the request ends: nothing is copied.
 */

#include "ngx_http_helpdesk.h"


typedef struct {
    ngx_str_t  value;
    char      *name;
} ngx_http_helpdesk_standing_t;


static const ngx_http_helpdesk_standing_t  ngx_http_helpdesk_json_headers[] = {
    { ngx_string("no-store"), "Cache-Control" },
    { ngx_string("nosniff"), "X-Content-Type-Options" },
    { ngx_string("default-src 'none'; frame-ancestors 'none'"),
      "Content-Security-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Resource-Policy" },
    { ngx_null_string, NULL }
};


static const ngx_http_helpdesk_standing_t  ngx_http_helpdesk_html_headers[] = {
    { ngx_string("no-store"), "Cache-Control" },
    { ngx_string("nosniff"), "X-Content-Type-Options" },
    { ngx_string("default-src 'none'; script-src 'self'; style-src 'self'; "
                 "img-src 'self'; form-action 'self'; base-uri 'none'; "
                 "frame-ancestors 'none'"), "Content-Security-Policy" },
    { ngx_string("same-origin"), "Referrer-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Opener-Policy" },
    { ngx_string("same-origin"), "Cross-Origin-Resource-Policy" },
    { ngx_string("camera=(), microphone=(), geolocation=(), payment=()"),
      "Permissions-Policy" },
    { ngx_null_string, NULL }
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

    if (ngx_strcmp(name, "ETag") == 0 && r->allow_ranges) {
        r->headers_out.etag = h;               /* If-Range is compared with it */
    }

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}


/* An answer that names one of these itself (a stricter referrer policy) is not contradicted. */

static ngx_uint_t
ngx_http_helpdesk_names(hd_res_t *res, const char *name)
{
    ngx_uint_t  i;

    for (i = 0; i < res->n_headers; i++) {
        if (ngx_strcmp(res->headers[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_helpdesk_answer_headers(ngx_http_request_t *r, hd_res_t *res)
{
    ngx_str_t                          value;
    ngx_uint_t                         i, is_html;
    const ngx_http_helpdesk_standing_t  *h;

    is_html = res->content_type != NULL
              && ngx_strncmp(res->content_type, "text/html", 9) == 0;
    h = is_html ? ngx_http_helpdesk_html_headers
                : ngx_http_helpdesk_json_headers;

    for ( /* void */ ; h->name != NULL; h++) {
        value = h->value;

        if (!ngx_http_helpdesk_names(res, h->name)
            && ngx_http_helpdesk_header(r, h->name, &value) != NGX_OK)
        {
            return NGX_ERROR;
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


/* NGX_DECLINED: there is none, or a refusal is to be sent instead. */

static ngx_int_t
ngx_http_helpdesk_send_file(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx->call->res.file.len == 0) {
        return NGX_DECLINED;
    }

    rc = ngx_http_helpdesk_answer_file(r, &ctx->call->res);

    if (rc == NGX_DECLINED) {
        hd_call_again(ctx->call);
        ngx_http_helpdesk_refuse(ctx, HD_E_DATA);

    } else {
        ngx_http_helpdesk_count(ctx);
    }

    return rc;
}


static ngx_int_t
ngx_http_helpdesk_send_empty(ngx_http_request_t *r, hd_res_t *res)
{
    r->header_only = 1;

    if (res->status != NGX_HTTP_NO_CONTENT
        && res->status != NGX_HTTP_NOT_MODIFIED)
    {
        r->headers_out.content_length_n = 0;
    }

    return ngx_http_send_header(r);
}


ngx_int_t
ngx_http_helpdesk_answer(ngx_http_request_t *r, ngx_http_helpdesk_ctx_t *ctx)
{
    hd_res_t    *res;
    unsigned     pieces;
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_chain_t  out;

    res = &ctx->call->res;
    ctx->sent = 1;

    rc = ngx_http_helpdesk_send_file(r, ctx);

    if (rc != NGX_DECLINED) {
        return rc;
    }

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
        return ngx_http_helpdesk_send_empty(r, res);
    }

    pieces = ctx->call->piece != NULL;
    r->headers_out.content_length_n = pieces ? -1 : (off_t) res->body.len;
    r->headers_out.content_type.data = (u_char *) res->content_type;
    r->headers_out.content_type.len = ngx_strlen(res->content_type);
    /* what gzip_types names is the type without its charset; only JSON is packed: a page may repeat what was sent beside
       a token, and the length of the packed page would tell of the token */
    r->headers_out.content_type_len = ngx_strncmp(res->content_type, "application/json", 16) == 0
                                      ? 16 : r->headers_out.content_type.len;

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
    b->last_buf = (r == r->main && !pieces);
    b->last_in_chain = 1;
    b->flush = pieces;

    out.buf = b;
    out.next = NULL;

    rc = ngx_http_output_filter(r, &out);

    if (pieces && rc != NGX_ERROR) {
        return ngx_http_helpdesk_pieces_begin(r, ctx);
    }

    return rc;
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
