/*
 * Fields of a posted form.  multipart/form-data (RFC 7578) is read strictly: what browsers send is taken, anything else
 * is refused as a whole.  Debian has no C library for it that needs no server or object system around it, so it is
 * read here: boundary, headers of a part, bytes up to the next boundary; nothing is copied but names with escapes.
 *
 *     --BOUNDARY CRLF  headers CRLF CRLF  content  CRLF --BOUNDARY CRLF ...  CRLF --BOUNDARY--
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include "door_impl.h"

#define BOUNDARY_MAX 70
#define HEADERS_MAX  8
#define HEADER_MAX   1000

/* ---- header parameters ---- */

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7F && memchr("()<>@,;:\\\"/[]?={}", c, 17) == NULL;
}

static void skip_space(hd_str_t *s)
{
    while (s->len > 0 && (s->data[0] == ' ' || s->data[0] == '\t')) {
        *s = (hd_str_t){ s->len - 1, s->data + 1 };
    }
}

static hd_str_t take_token(hd_str_t *s)
{
    size_t n = 0;
    while (n < s->len && is_token_char(s->data[n])) {
        n++;
    }
    hd_str_t token = { n, s->data };
    *s = (hd_str_t){ s->len - n, s->data + n };
    return token;
}

/* Up to the closing quote; browsers write %22 for a quote, others \". */
static bool take_quoted(hd_str_t *s, hd_str_t *ret)
{
    size_t n = 1;
    while (n < s->len && s->data[n] != '"') {
        n += s->data[n] == '\\' && n + 1 < s->len ? 2 : 1;
    }
    if (n >= s->len) {
        return false;
    }
    *ret = (hd_str_t){ n - 1, s->data + 1 };
    *s = (hd_str_t){ s->len - n - 1, s->data + n + 1 };
    return true;
}

/* "; name=value": 1, the end: 0, anything else: -1. */
static int next_param(hd_str_t *s, hd_str_t *ret_name, hd_str_t *ret_value)
{
    skip_space(s);
    if (s->len == 0) {
        return 0;
    }
    if (s->data[0] != ';') {
        return -1;
    }
    *s = (hd_str_t){ s->len - 1, s->data + 1 };
    skip_space(s);
    *ret_name = take_token(s);
    if (ret_name->len == 0 || s->len < 2 || s->data[0] != '=') {
        return -1;
    }
    *s = (hd_str_t){ s->len - 1, s->data + 1 };
    if (s->data[0] == '"') {
        return take_quoted(s, ret_value) ? 1 : -1;
    }
    *ret_value = take_token(s);
    return ret_value->len != 0 ? 1 : -1;
}

static bool find_boundary(hd_str_t content_type, hd_str_t *ret)
{
    hd_str_t type, name, value;
    int more;
    *ret = (hd_str_t){ 0, "" };
    (void) hd_str_split(&content_type, ';', &type);
    hd_str_t rest = { content_type.len + 1, content_type.data - 1 };     /* from the semicolon */
    if (content_type.len == 0) {
        return false;
    }
    while ((more = next_param(&rest, &name, &value)) == 1) {
        if (hd_str_ieq(name, HD_STR("boundary"))) {
            *ret = ret->len == 0 ? value : (hd_str_t){ 0, "" };
        }
    }
    return more == 0 && ret->len >= 1 && ret->len <= BOUNDARY_MAX
        && memchr(ret->data, '"', ret->len) == NULL && memchr(ret->data, '\r', ret->len) == NULL
        && memchr(ret->data, '\n', ret->len) == NULL;
}

/* ---- parts ---- */

/* Browsers escape a quote and line breaks of a name as %22 %0D %0A and nothing else. */
static hd_str_t read_name(hd_arena_t *a, hd_str_t s)
{
    static const struct { const char *from; char to; } escapes[] = {
        { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' }, { "\\\"", '"' }, { "\\\\", '\\' },
    };
    char *out = hd_alloc_raw(a, s.len + 1);
    size_t n = 0;
    while (s.len > 0) {
        size_t skip = 1;
        char c = s.data[0];
        for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
            if (hd_str_starts(s, hd_str(escapes[i].from))) {
                c = escapes[i].to;
                skip = strlen(escapes[i].from);
                break;
            }
        }
        out[n++] = c;
        s = (hd_str_t){ s.len - skip, s.data + skip };
    }
    return (hd_str_t){ n, out };
}

/* What is no UTF-8 is no name: the file gets one later. */
static hd_str_t file_name(hd_arena_t *a, hd_str_t value)
{
    hd_str_t name = read_name(a, value);
    return hd_str_is_utf8(name) ? name : (hd_str_t){ 0, "" };
}

static bool read_disposition(hd_arena_t *a, hd_str_t v, hd_pair_t *ret, bool *ret_file)
{
    hd_str_t name, value;
    int more;
    bool named = false;
    if (!hd_str_ieq(take_token(&v), HD_STR("form-data"))) {
        return false;
    }
    while ((more = next_param(&v, &name, &value)) == 1) {
        if (hd_str_ieq(name, HD_STR("name"))) {
            if (named || value.len > HD_PART_NAME_MAX) {
                return false;
            }
            named = true;
            ret->name = read_name(a, value);
        } else if (hd_str_ieq(name, HD_STR("filename")) || hd_str_ieq(name, HD_STR("filename*"))) {
            *ret_file = true;
            ret->file_name = hd_str_ieq(name, HD_STR("filename")) ? file_name(a, value) : ret->file_name;
        }
    }
    return more == 0 && named && hd_str_is_utf8(ret->name);
}

static bool is_plain_encoding(hd_str_t v)
{
    return hd_str_ieq(v, HD_STR("7bit")) || hd_str_ieq(v, HD_STR("8bit"))
        || hd_str_ieq(v, HD_STR("binary"));
}

static bool take_line(hd_str_t *s, hd_str_t *ret)
{
    const char *end = s->len == 0 ? NULL : memmem(s->data, s->len, "\r\n", 2);
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t) (end - s->data);
    *ret = (hd_str_t){ n, s->data };
    *s = (hd_str_t){ s->len - n - 2, end + 2 };
    return true;
}

/* Header lines up to the empty one; exactly one Content-Disposition. */
static bool read_headers(hd_arena_t *a, hd_str_t *body, hd_pair_t *ret, bool *ret_file)
{
    hd_str_t line;
    bool disposed = false;
    for (unsigned n = 0; take_line(body, &line) && n <= HEADERS_MAX; n++) {
        if (line.len == 0) {
            return disposed;
        }
        hd_str_t rest = line, name = take_token(&rest);
        if (line.len > HEADER_MAX || name.len == 0 || rest.len == 0 || rest.data[0] != ':') {
            return false;
        }
        hd_str_t value = hd_str_trim((hd_str_t){ rest.len - 1, rest.data + 1 });
        if (hd_str_ieq(name, HD_STR("Content-Disposition"))) {
            if (disposed || !read_disposition(a, value, ret, ret_file)) {
                return false;
            }
            disposed = true;
        } else if (hd_str_ieq(name, HD_STR("Content-Transfer-Encoding")) && !is_plain_encoding(value)) {
            return false;
        }
    }
    return false;
}

/* The content up to the delimiter, which is taken too. */
static bool take_content(hd_str_t *body, hd_str_t delimiter, hd_str_t *ret)
{
    const char *end = body->len == 0 ? NULL : memmem(body->data, body->len, delimiter.data, delimiter.len);
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t) (end - body->data);
    *ret = (hd_str_t){ n, body->data };
    *body = (hd_str_t){ body->len - n - delimiter.len, end + delimiter.len };
    return true;
}

/* After a delimiter: a line break (another part) or "--" and the end. */
static bool is_end(hd_str_t body)
{
    return hd_str_is(body, "--") || hd_str_is(body, "--\r\n");
}

static bool read_part(hd_arena_t *a, hd_str_t *body, hd_str_t delimiter, hd_pair_t *ret)
{
    bool file = false;
    hd_str_t line;
    *ret = (hd_pair_t){ .file = false, .file_name = { 0, "" }, .content = { 0, "" } };
    if (!take_line(body, &line) || line.len != 0 || !read_headers(a, body, ret, &file)) {
        return false;
    }
    /* the line break before the delimiter is the one that ended the headers when there is no content */
    *body = (hd_str_t){ body->len + 2, body->data - 2 };
    if (!take_content(body, delimiter, &ret->value)) {
        return false;
    }
    if (ret->value.len >= 2) {
        ret->value = (hd_str_t){ ret->value.len - 2, ret->value.data + 2 };
    }
    ret->file = file && ret->value.len != 0;
    if (file) {
        ret->content = ret->value;
        ret->value = (hd_str_t){ 0, "" };        /* a file field left empty is no file */
    }
    return hd_str_is_utf8(ret->value);
}

static hd_code_t read_multipart(hd_call_t *c, hd_pair_t *pairs, size_t *ret_n)
{
    hd_str_t boundary, body = c->req.body;
    if (!find_boundary(c->req.content_type, &boundary)) {
        return HD_E_REQUEST;
    }
    hd_str_t delimiter = hd_str_cat(c->cx.arena, 2, HD_STR("\r\n--"), boundary);
    hd_str_t first = { delimiter.len - 2, delimiter.data + 2 };
    if (!hd_str_starts(body, first)) {
        return HD_E_REQUEST;
    }
    body = (hd_str_t){ body.len - first.len, body.data + first.len };
    while (!is_end(body)) {
        if (*ret_n == HD_FORM_PAIRS || !read_part(c->cx.arena, &body, delimiter, &pairs[*ret_n])) {
            return HD_E_REQUEST;
        }
        (*ret_n)++;
    }
    return HD_OK;
}

bool hd_form_is_multipart(const hd_call_t *c)
{
    hd_str_t type, types = c->req.content_type;
    return hd_str_split(&types, ';', &type) && hd_str_ieq(hd_str_trim(type), HD_STR("multipart/form-data"));
}

hd_code_t hd_form_pairs(hd_call_t *c, hd_pair_t **ret_pairs, size_t *ret_n)
{
    hd_str_t rest = c->req.body;
    hd_pair_t *pairs = hd_alloc_n(c->cx.arena, HD_FORM_PAIRS, sizeof(*pairs)), p = { .file = false };
    *ret_pairs = pairs;
    *ret_n = 0;
    if (hd_form_is_multipart(c)) {
        return read_multipart(c, pairs, ret_n);
    }
    while (hd_query_next(&rest, c->cx.arena, &p.name, &p.value)) {
        if (p.name.data == NULL) {
            continue;
        }
        if (*ret_n == HD_FORM_PAIRS) {
            return HD_E_REQUEST;
        }
        pairs[(*ret_n)++] = p;
    }
    return HD_OK;
}
