/*
 * From the head of an nginx request to a neutral one: method, address, the headers the doors read, who sent it.  Strings
 * point into the request: nothing is copied.
 */

#include "ngx_http_helpdesk.h"


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
    case 11:
        if (ngx_memcmp(h->lowcase_key, "x-companies", 11) == 0) {
            to = &req->companies;
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

        } else if (ngx_memcmp(h->lowcase_key, "x-odoo-database", 15) == 0) {
            to = &req->rpc_database;

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
    case 20:
        if (ngx_memcmp(h->lowcase_key, "x-openerp-session-id", 20) == 0) {
            to = &req->rpc_session;
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


void
ngx_http_helpdesk_request(ngx_http_request_t *r, hd_req_t *req)
{
    ngx_http_helpdesk_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_helpdesk_module);

    req->method = ngx_http_helpdesk_method(r);
    req->path = ngx_http_helpdesk_str(&r->uri);
    req->database = ngx_http_helpdesk_str(&lcf->database);
    req->query = ngx_http_helpdesk_str(&r->args);
    req->host = ngx_http_helpdesk_str(&r->headers_in.server);
    req->user_agent = ngx_http_helpdesk_value(r->headers_in.user_agent);

    ngx_http_helpdesk_headers(r, req);
    ngx_http_helpdesk_address(r, req);
}
