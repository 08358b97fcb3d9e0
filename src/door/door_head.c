/*
 * What can be refused from the head alone, in this order: content encoding, media type, size, CSRF,
 * key.
 *
 * CSRF (T-11): a request that changes something and carries what a browser adds by itself (a
 * session cookie, or the name a trusted proxy puts in) must come from our own pages: Origin equals
 * base_url or, without Origin, Sec-Fetch-Site is same-origin; and X-CSRF is the token of that
 * session.  API tokens are never ambient.
 */
#include "door_impl.h"

static hd_str_t media_type(hd_str_t content_type)
{
    hd_str_t type = { 0, "" };
    (void) hd_str_split(&content_type, ';', &type);
    return hd_str_trim(type);
}

static hd_code_t check_media(const hd_call_t *c)
{
    if (c->req.content_encoding.len != 0
        && !hd_str_ieq(c->req.content_encoding, HD_STR("identity"))) {
        return HD_E_MEDIA;
    }
    hd_str_t type = media_type(c->req.content_type);
    switch ((hd_in_t) c->route->in) {
    case HD_IN_NONE:
        return HD_OK;
    case HD_IN_RECORD:
    case HD_IN_PATCH:
    case HD_IN_JSON:
        return hd_str_ieq(type, HD_STR("application/json"))
               || hd_str_ieq(type, HD_STR("application/merge-patch+json")) ? HD_OK : HD_E_MEDIA;
    case HD_IN_RPC:
        return hd_str_ieq(type, HD_STR("application/json"))
               || hd_str_ieq(type, HD_STR("application/json-rpc")) ? HD_OK : HD_E_MEDIA;
    case HD_IN_XML:
        return hd_str_ieq(type, HD_STR("text/xml")) || hd_str_ieq(type, HD_STR("application/xml")) ? HD_OK : HD_E_MEDIA;
    case HD_IN_CSV:
        return hd_str_ieq(type, HD_STR("text/csv")) ? HD_OK : HD_E_MEDIA;
    case HD_IN_ICAL:
        return hd_str_ieq(type, HD_STR("text/calendar")) ? HD_OK : HD_E_MEDIA;
    case HD_IN_FILE:
        return HD_OK;
    case HD_IN_FORM:
    case HD_IN_FORM_FILES:
        return hd_str_ieq(type, HD_STR("application/x-www-form-urlencoded"))
               || hd_str_ieq(type, HD_STR("multipart/form-data")) ? HD_OK : HD_E_MEDIA;
    }
    return HD_E_MEDIA;
}

static bool is_own_page(const hd_call_t *c)
{
    if (c->req.origin.len != 0) {
        return hd_str_eq(c->req.origin, c->site->base_url);
    }
    return hd_str_is(c->req.sec_fetch_site, "same-origin");
}

/* Without a session: programs send neither header, browsers do. */
static bool is_not_foreign(const hd_call_t *c)
{
    hd_str_t site = c->req.sec_fetch_site;
    return (c->req.origin.len == 0 || hd_str_eq(c->req.origin, c->site->base_url))
           && (site.len == 0 || hd_str_is(site, "same-origin") || hd_str_is(site, "none"));
}

/* A page that leaves no Referer sends its own forms with the origin "null"; who sent them only Sec-Fetch-Site tells then. */
bool hd_call_is_foreign(const hd_call_t *c)
{
    bool hidden = hd_str_is(c->req.origin, "null") && hd_str_is(c->req.sec_fetch_site, "same-origin");
    return !hidden && !is_not_foreign(c);
}

static bool has_csrf_token(hd_call_t *c)
{
    char want[44];
    hd_csrf_token(c, want);
    return c->req.x_csrf.len == sizeof(want) - 1
           && hd_mem_eq_const(c->req.x_csrf.data, want, sizeof(want) - 1);
}

static bool is_form(const hd_call_t *c)
{
    return c->route->in == HD_IN_FORM || c->route->in == HD_IN_FORM_FILES;
}

static hd_code_t check_csrf(hd_call_t *c)
{
    hd_str_t secret;
    if (c->req.method == HD_GET) {
        return HD_OK;
    }
    if (c->route->need == HD_NEED_PUBLIC) {          /* forms carry a signed token of their own */
        return is_form(c) || is_not_foreign(c) ? HD_OK : HD_E_CSRF;
    }
    hd_by_t by = hd_call_credential(c, &secret);
    if (by == HD_BY_NOBODY || by == HD_BY_TOKEN) {
        return HD_OK;
    }
    c->session_secret = by == HD_BY_SESSION ? secret : (hd_str_t){ 0, "" };
    if (!is_own_page(c)) {
        return HD_E_CSRF;
    }
    return is_form(c) || has_csrf_token(c) ? HD_OK : HD_E_CSRF;
}

static hd_code_t check_key(const hd_call_t *c)
{
    hd_str_t key = c->req.idempotency_key;
    if (key.len > HD_IDEM_KEY_MAX) {
        return HD_E_REQUEST;
    }
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] <= ' ' || key.data[i] > '~') {
            return HD_E_REQUEST;
        }
    }
    return HD_OK;
}

bool hd_call_wants_csv(const hd_call_t *c)
{
    hd_str_t query = c->req.query, accept = c->req.accept, part, type;
    while (hd_str_split(&query, '&', &part)) {
        if (hd_str_is(part, "format=csv")) {
            return true;
        }
    }
    return hd_str_split(&accept, ',', &part) && hd_str_split(&part, ';', &type)
           && hd_str_ieq(hd_str_trim(type), HD_STR("text/csv"));
}

int64_t hd_call_body_max(const hd_call_t *c)
{
    switch ((hd_in_t) c->route->in) {
    case HD_IN_FILE:       return c->site->file_max;
    case HD_IN_FORM_FILES: return HD_BODY_MAX + (hd_form_is_multipart(c) ? c->site->file_max : 0);
    default:               return HD_BODY_MAX;
    }
}

hd_code_t hd_call_head(hd_call_t *c, int64_t content_length)
{
    hd_code_t code = check_media(c);
    if (code == HD_OK && content_length > hd_call_body_max(c)) {
        code = HD_E_TOO_LARGE;
    }
    if (code == HD_OK) {
        code = check_csrf(c);
    }
    return code == HD_OK ? check_key(c) : code;
}
