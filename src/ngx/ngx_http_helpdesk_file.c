/*
 * Bodies and files.  A request's body becomes one view: a single buffer as it is, several joined, and a temporary file
 * mapped, so that an upload of any size takes no memory of its own.  A file goes out by nginx's own sendfile and ranges.
 */

#include "ngx_http_helpdesk.h"

#include <sys/mman.h>


typedef struct {
    void    *at;
    size_t   size;
} ngx_http_helpdesk_map_t;


static void
ngx_http_helpdesk_unmap(void *data)
{
    ngx_http_helpdesk_map_t  *m = data;

    (void) munmap(m->at, m->size);
}


/* nginx removes the temporary file's name later; what is mapped stays. */

static ngx_int_t
ngx_http_helpdesk_map(ngx_buf_t *b, hd_arena_t *a, hd_str_t *body)
{
    size_t                    size;
    ngx_http_helpdesk_map_t  *m;

    size = (size_t) (b->file_last - b->file_pos);
    m = hd_alloc(a, sizeof(ngx_http_helpdesk_map_t));
    m->size = size;
    m->at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, b->file->fd, b->file_pos);

    if (m->at == MAP_FAILED) {
        return HD_E_INTERNAL;
    }

    hd_arena_defer(a, ngx_http_helpdesk_unmap, m);
    *body = (hd_str_t) { size, m->at };

    return HD_OK;
}


static ngx_int_t
ngx_http_helpdesk_join(ngx_chain_t *cl, size_t size, hd_arena_t *a,
    hd_str_t *body)
{
    char       *p;
    off_t       part;
    ssize_t     n;
    ngx_buf_t  *b;

    p = hd_alloc(a, size + 1);
    *body = (hd_str_t) { size, p };

    for ( /* void */ ; cl != NULL; cl = cl->next) {
        b = cl->buf;
        part = ngx_buf_size(b);

        if (part == 0) {
            continue;                          /* the last buffer of a chunked body */
        }

        if (!b->in_file) {
            p = (char *) ngx_cpymem(p, b->pos, (size_t) part);
            continue;
        }

        n = ngx_read_file(b->file, (u_char *) p, (size_t) part, b->file_pos);

        if (n != (ssize_t) part) {
            return HD_E_INTERNAL;
        }

        p += n;
    }

    return HD_OK;
}


ngx_int_t
ngx_http_helpdesk_body_view(ngx_http_request_t *r,
    ngx_http_helpdesk_ctx_t *ctx)
{
    off_t         size;
    hd_str_t     *body;
    ngx_buf_t    *b;
    ngx_chain_t  *cl, *first;

    body = &ctx->call->req.body;
    *body = (hd_str_t) { 0, "" };

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return HD_OK;
    }

    first = r->request_body->bufs;
    b = first->buf;

    for (size = 0, cl = first; cl != NULL; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > hd_call_body_max(ctx->call)) {
        return HD_E_TOO_LARGE;
    }

    if (first->next == NULL && ngx_buf_in_memory(b)) {
        *body = (hd_str_t) { (size_t) (b->last - b->pos), (char *) b->pos };
        return HD_OK;
    }

    if (first->next == NULL && b->in_file && size != 0 && b->file_pos == 0) {
        return ngx_http_helpdesk_map(b, ctx->arena, body);
    }

    return ngx_http_helpdesk_join(first, (size_t) size, ctx->arena, body);
}


/* ---- out ---- */

/* NGX_DECLINED: the file is not what the store says; nothing was sent. */

static ngx_int_t
ngx_http_helpdesk_open_file(ngx_http_request_t *r, hd_res_t *res,
    ngx_file_t *file)
{
    ngx_file_info_t           fi;
    ngx_pool_cleanup_t       *cln;
    ngx_pool_cleanup_file_t  *clnf;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_pool_cleanup_file_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(file, sizeof(ngx_file_t));
    file->name.data = (u_char *) res->file.data;
    file->name.len = res->file.len;
    file->log = r->connection->log;
    file->fd = ngx_open_file(file->name.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                             NGX_FILE_OPEN, 0);

    if (file->fd == NGX_INVALID_FILE) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, ngx_errno,
                      "helpdesk: a file is missing: \"%V\"", &file->name);
        return NGX_DECLINED;
    }

    cln->handler = ngx_pool_cleanup_file;
    clnf = cln->data;
    clnf->fd = file->fd;
    clnf->name = file->name.data;
    clnf->log = r->pool->log;

    if (ngx_fd_info(file->fd, &fi) == NGX_FILE_ERROR
        || (uint64_t) ngx_file_size(&fi) != res->file_size)
    {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "helpdesk: a file is damaged: \"%V\"", &file->name);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_helpdesk_answer_file(ngx_http_request_t *r, hd_res_t *res)
{
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_file_t  *file;
    ngx_chain_t  out;

    file = ngx_palloc(r->pool, sizeof(ngx_file_t));
    b = ngx_calloc_buf(r->pool);

    if (file == NULL || b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_helpdesk_open_file(r, res, file);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? rc : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = res->status;
    r->headers_out.content_length_n = (off_t) res->file_size;
    r->headers_out.content_type.data = (u_char *) res->content_type;
    r->headers_out.content_type.len = ngx_strlen(res->content_type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->disable_not_modified = 1;
    r->allow_ranges = 1;
    r->single_range = 1;                       /* many ranges are an old attack */

    if (ngx_http_helpdesk_answer_headers(r, res) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->file = file;
    b->file_pos = 0;
    b->file_last = (off_t) res->file_size;
    b->in_file = b->file_last != 0 ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = (b->last_buf || b->in_file) ? 0 : 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
