/*
 * What comes in headers and in name=value pairs: queries, forms, cookies, ETags, and the CSRF
 * token.
 */
#include "door_impl.h"

/* ---- pairs ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False when a % is not followed by two digits, or the bytes are not UTF-8 without NUL. */
static bool decode_part(hd_str_t s, hd_arena_t *a, hd_str_t *ret)
{
    size_t i = 0, n = 0;
    while (i < s.len && s.data[i] != '%' && s.data[i] != '+') {
        i++;
    }
    if (i == s.len) {
        *ret = s;
        return hd_str_is_utf8(s);
    }
    char *out = hd_alloc_raw(a, s.len);
    memcpy(out, s.data, i);
    for (n = i; i < s.len; i++) {
        if (s.data[i] != '%') {
            out[n++] = s.data[i] == '+' ? ' ' : s.data[i];
            continue;
        }
        int high = s.len - i > 2 ? hex_value(s.data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.data[i + 2]) : -1;
        if (low < 0) {
            return false;
        }
        out[n++] = (char) (high << 4 | low);
        i += 2;
    }
    *ret = (hd_str_t){ n, out };
    return hd_str_is_utf8(*ret);
}

bool hd_query_next(hd_str_t *rest, hd_arena_t *a, hd_str_t *ret_name, hd_str_t *ret_value)
{
    hd_str_t value;
    while (hd_str_split(rest, '&', &value)) {
        hd_str_t name = { 0, "" };
        if (value.len == 0) {
            continue;
        }
        const char *eq = memchr(value.data, '=', value.len);
        name = (hd_str_t){ eq != NULL ? (size_t) (eq - value.data) : value.len, value.data };
        size_t skip = name.len + (eq != NULL);
        value = (hd_str_t){ value.len - skip, value.data + skip };
        if (!decode_part(name, a, ret_name) || !decode_part(value, a, ret_value)) {
            *ret_name = *ret_value = (hd_str_t){ 0, NULL };
        }
        return true;
    }
    return false;
}

hd_str_t hd_form_get(hd_str_t pairs, hd_arena_t *a, const char *name)
{
    hd_str_t key, value;
    while (hd_query_next(&pairs, a, &key, &value)) {
        if (key.data != NULL && hd_str_is(key, name)) {
            return value;
        }
    }
    return (hd_str_t){ 0, "" };
}

hd_str_t hd_cookie_get(hd_str_t cookie, const char *name)
{
    hd_str_t part, want = hd_str(name);
    while (hd_str_split(&cookie, ';', &part)) {
        part = hd_str_trim(part);
        if (part.len > want.len && part.data[want.len] == '=' && hd_str_starts(part, want)) {
            return (hd_str_t){ part.len - want.len - 1, part.data + want.len + 1 };
        }
    }
    return (hd_str_t){ 0, "" };
}

/* ---- language ---- */

/* True when code is exactly one of the six. */
static bool find_language(hd_str_t code, hd_lang_t *ret_lang)
{
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        if (hd_str_is(code, hd_lang_code((hd_lang_t) i))) {
            *ret_lang = (hd_lang_t) i;
            return true;
        }
    }
    return false;
}

hd_lang_t hd_call_lang(hd_call_t *c, bool *ret_asked)
{
    hd_lang_t lang;
    *ret_asked = find_language(hd_form_get(c->req.query, c->cx.arena, "lang"), &lang);
    if (*ret_asked || find_language(hd_cookie_get(c->req.cookie, "lang"), &lang)) {
        return lang;
    }
    return hd_lang_accept(c->req.accept_language);
}

/* ---- ETags ---- */

/* "v12" or W/"v12" */
static bool parse_etag(hd_str_t s, uint64_t *ret_version)
{
    if (hd_str_starts(s, HD_STR("W/"))) {
        s = (hd_str_t){ s.len - 2, s.data + 2 };
    }
    if (s.len < 4 || s.data[0] != '"' || s.data[1] != 'v' || s.data[s.len - 1] != '"') {
        return false;
    }
    return hd_str_to_u64((hd_str_t){ s.len - 3, s.data + 2 }, ret_version);
}

hd_code_t hd_if_match(hd_call_t *c, uint64_t *ret_version)
{
    hd_str_t s = hd_str_trim(c->req.if_match);
    uint64_t version = 0;
    if (s.len != 0 && !hd_str_is(s, "*") && (!parse_etag(s, &version) || version == 0)) {
        return hd_problem_set(&c->problem, HD_E_REQUEST,
                              "If-Match must be one ETag of this record.");
    }
    *ret_version = version;
    return HD_OK;
}

bool hd_etag_listed(hd_str_t if_none_match, uint64_t version)
{
    hd_str_t part;
    uint64_t n;
    while (hd_str_split(&if_none_match, ',', &part)) {
        part = hd_str_trim(part);
        if (hd_str_is(part, "*") || (parse_etag(part, &n) && n == version)) {
            return true;
        }
    }
    return false;
}

/* ---- CSRF ---- */

void hd_csrf_token(const hd_call_t *c, char out[44])
{
    char text[16 + HD_PROXY_USER_MAX];
    bool by_session = c->session_secret.len != 0;
    hd_str_t head = by_session ? HD_STR("csrf") : HD_STR("csrf proxy ");
    hd_str_t tail = by_session ? c->session_secret : c->req.proxy_user;
    size_t n = tail.len < HD_PROXY_USER_MAX ? tail.len : HD_PROXY_USER_MAX;
    uint8_t mac[HD_HASH_LEN];
    memcpy(text, head.data, head.len);
    if (n != 0) {
        memcpy(text + head.len, tail.data, n);
    }
    hd_hmac(c->site->secret, text, head.len + n, mac);
    hd_str_t token = hd_base64url(c->cx.arena, mac, sizeof(mac));
    memcpy(out, token.data, 43);
    out[43] = '\0';
}
