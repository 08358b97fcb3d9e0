/*
 * XML-RPC requests become JSON.  libxml2 reads (SAX, no tree): a document type is refused as soon as it begins, so there are
 * no entities but the five of XML, and nothing is ever fetched.
 *
 * Known are i4 i8 int boolean double string base64 dateTime.iso8601 nil array struct, bare text in <value>, CDATA, an empty
 * <value/> is the empty string.
 */
#include "rpc_inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxml/parser.h>

typedef enum {
    T_METHOD_CALL, T_METHOD_NAME, T_PARAMS, T_PARAM, T_VALUE, T_ARRAY, T_DATA, T_STRUCT, T_MEMBER, T_NAME,
    T_INT, T_BOOLEAN, T_DOUBLE, T_STRING, T_BASE64, T_TIME, T_NIL, T_NONE
} tag_t;

static const struct {
    const char *name;
    tag_t       tag;
} tags[] = {
    { "methodCall", T_METHOD_CALL }, { "methodName", T_METHOD_NAME }, { "params", T_PARAMS }, { "param", T_PARAM },
    { "value", T_VALUE }, { "array", T_ARRAY }, { "data", T_DATA }, { "struct", T_STRUCT }, { "member", T_MEMBER },
    { "name", T_NAME }, { "int", T_INT }, { "i4", T_INT }, { "i8", T_INT }, { "boolean", T_BOOLEAN }, { "double", T_DOUBLE },
    { "string", T_STRING }, { "base64", T_BASE64 }, { "dateTime.iso8601", T_TIME }, { "nil", T_NIL },
};

#define ELEMENTS_MAX (4 * HD_JSON_DEPTH + 8)         /* a value in a struct stands four elements deeper than it */

typedef struct {
    tag_t tag;
    bool  full;                  /* a value, param or name that has what it may hold once; a struct's member its name */
} element_t;

typedef struct {
    hd_arena_t      *arena;
    xmlParserCtxtPtr parser;
    element_t        open[ELEMENTS_MAX];
    unsigned         depth;
    bool             failed, too_deep, done, in_params;
    hd_str_t         name;
    hd_buf_t         text;       /* of the element that holds text now */
    hd_buf_t         json;
    hd_json_t        out;
} reader_t;

static void stop(reader_t *r)
{
    r->failed = true;
    xmlStopParser(r->parser);
}

static tag_t find_tag(const char *name)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (strcmp(tags[i].name, name) == 0) {
            return tags[i].tag;
        }
    }
    return T_NONE;
}

/* May tag begin inside top?  Notes what top may hold only once. */
static bool may_begin(reader_t *r, element_t *top, tag_t tag)
{
    bool once = false;
    switch (top->tag) {
    case T_METHOD_CALL:
        if (tag == T_PARAMS && r->name.data != NULL && !r->in_params) {
            return r->in_params = true;
        }
        return tag == T_METHOD_NAME && r->name.data == NULL;
    case T_PARAMS: return tag == T_PARAM;
    case T_DATA:   return tag == T_VALUE;
    case T_STRUCT: return tag == T_MEMBER;
    case T_PARAM:  once = tag == T_VALUE; break;
    case T_ARRAY:  once = tag == T_DATA; break;
    case T_VALUE:  once = tag >= T_ARRAY && tag != T_DATA && tag != T_MEMBER && tag != T_NAME; break;
    case T_MEMBER:               /* its name, then its value */
        if (tag == T_NAME && !top->full) {
            return true;
        }
        if (tag == T_VALUE && top->full) {
            top->tag = T_NONE;   /* nothing more */
            return true;
        }
        return false;
    default:
        return false;
    }
    if (!once || top->full) {
        return false;
    }
    return top->full = true;
}

/* Attributes and namespaces mean nothing here ("ex:nil" is nil). */
static void begin_element(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
                          const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    reader_t *r = arg;
    tag_t tag = find_tag((const char *) name);
    (void) prefix, (void) uri, (void) n_namespaces, (void) namespaces, (void) n_attributes, (void) n_defaulted, (void) attributes;
    if (r->failed) {
        return;
    }
    if (r->depth == ELEMENTS_MAX) {
        r->too_deep = true;
        stop(r);
        return;
    }
    bool mixed = r->depth != 0 && r->open[r->depth - 1].tag == T_VALUE && hd_str_trim(hd_buf_view(&r->text)).len != 0;
    if (mixed || tag == T_NONE || (r->depth == 0 ? tag != T_METHOD_CALL || r->done : !may_begin(r, &r->open[r->depth - 1], tag))) {
        stop(r);
        return;
    }
    r->open[r->depth++] = (element_t){ .tag = tag };
    r->text.len = 0;
    if (tag == T_ARRAY) {
        hd_json_arr(&r->out);
    } else if (tag == T_STRUCT) {
        hd_json_obj(&r->out);
    }
}

/* As hd_json_str, but < > & stay as they are: the text is parsed at once, and markup must not grow to its limit. */
static void put_string(reader_t *r, hd_str_t s)
{
    hd_buf_t b;
    hd_buf_init(&b, r->arena, s.len + 16, 2 * s.len + 16);
    hd_buf_byte(&b, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (c == '"' || c == '\\') {
            hd_buf_byte(&b, '\\');
        } else if (c == '\n' || c == '\r' || c == '\t') {
            hd_buf_byte(&b, '\\');
            c = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        }
        hd_buf_byte(&b, c);
    }
    hd_buf_byte(&b, '"');
    hd_json_raw(&r->out, hd_buf_view(&b));
}

static bool put_int(reader_t *r, hd_str_t s)
{
    int64_t n;
    if (s.len > 1 && s.data[0] == '+') {
        s = (hd_str_t){ s.len - 1, s.data + 1 };
    }
    if (!hd_str_to_i64(s, &n)) {
        return false;
    }
    hd_json_i64(&r->out, n);
    return true;
}

/* Neither hexadecimal digits nor "inf" and "nan", which strtod would take. */
static bool put_double(reader_t *r, hd_str_t s)
{
    hd_str_t z = hd_str_dup(r->arena, s);
    char *end;
    double d = strtod(z.data, &end);
    if (s.len == 0 || strspn(z.data, "0123456789+-.eE") != s.len || end != z.data + z.len || !isfinite(d)) {
        return false;
    }
    hd_str_t text = hd_strf(r->arena, "%.17g", d);
    bool real = memchr(text.data, '.', text.len) != NULL || memchr(text.data, 'e', text.len) != NULL;
    hd_json_raw(&r->out, real ? text : hd_str_cat(r->arena, 2, text, HD_STR(".0")));
    return true;
}

/* "20260601T07:00:00", also with dashes and a Z, becomes "2026-06-01 07:00:00". */
static bool put_time(reader_t *r, hd_str_t s)
{
    char d[14];
    size_t n = 0;
    if (s.len != 0 && s.data[s.len - 1] == 'Z') {
        s.len--;
    }
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (c >= '0' && c <= '9' && n < sizeof(d)) {
            d[n++] = c;
        } else if (c != (n == 8 ? 'T' : n == 10 || n == 12 ? ':' : '-')) {
            return false;
        }
    }
    if (n != sizeof(d)) {
        return false;
    }
    put_string(r, hd_strf(r->arena, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", d, d + 4, d + 6, d + 8, d + 10, d + 12));
    return true;
}

/* Stays base64, without the line breaks some put in: that is how a field's bytes are written in JSON. */
static bool put_base64(reader_t *r, hd_str_t s)
{
    char *out = hd_alloc_raw(r->arena, s.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=') {
            out[n++] = c;
        } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            return false;
        }
    }
    put_string(r, (hd_str_t){ n, out });
    return true;
}

static bool put_scalar(reader_t *r, tag_t tag, hd_str_t text)
{
    hd_str_t trimmed = hd_str_trim(text);
    switch (tag) {
    case T_INT:    return put_int(r, trimmed);
    case T_DOUBLE: return put_double(r, trimmed);
    case T_TIME:   return put_time(r, trimmed);
    case T_BASE64: return put_base64(r, text);
    case T_BOOLEAN:
        hd_json_bool(&r->out, hd_str_is(trimmed, "1"));
        return hd_str_is(trimmed, "0") || hd_str_is(trimmed, "1");
    case T_NIL:
        hd_json_null(&r->out);
        return trimmed.len == 0;
    default:
        put_string(r, text);
        return true;
    }
}

static bool end_tag(reader_t *r, const element_t *e, hd_str_t text)
{
    switch (e->tag) {
    case T_METHOD_CALL:
        r->done = true;
        return r->name.data != NULL;
    case T_METHOD_NAME:
        r->name = hd_str_dup(r->arena, hd_str_trim(text));
        return r->name.len != 0;
    case T_PARAM:
        return e->full;
    case T_MEMBER:               /* T_NONE once it has its value */
        return false;
    case T_ARRAY:
        hd_json_end_arr(&r->out);
        return true;
    case T_STRUCT:
        hd_json_end_obj(&r->out);
        return true;
    case T_NAME:
        put_string(r, text);
        hd_buf_byte(&r->json, ':');
        r->out.comma = false;
        r->open[r->depth - 1].full = true;
        return true;
    case T_VALUE:
        return e->full || put_scalar(r, T_STRING, text);
    case T_PARAMS: case T_DATA: case T_NONE:
        return true;
    default:
        return put_scalar(r, e->tag, text);
    }
}

static void end_element(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    reader_t *r = arg;
    (void) name, (void) prefix, (void) uri;
    if (r->failed || r->depth == 0) {
        return;
    }
    element_t e = r->open[--r->depth];
    if (!end_tag(r, &e, hd_buf_view(&r->text)) || r->json.failed) {
        stop(r);
    }
    r->text.len = 0;
}

static bool is_blank(const char *p, size_t n)
{
    return hd_str_trim((hd_str_t){ n, p }).len == 0;
}

/* Text counts in scalars, and in a value that holds no element; elsewhere only white space may stand. */
static void put_text(void *arg, const xmlChar *p, int n)
{
    reader_t *r = arg;
    const element_t *top = r->depth == 0 ? NULL : &r->open[r->depth - 1];
    if (r->failed || n <= 0) {
        return;
    }
    bool holds = top != NULL && (top->tag == T_METHOD_NAME || top->tag == T_NAME || (top->tag >= T_INT && top->tag < T_NIL)
                                 || (top->tag == T_VALUE && !top->full));
    if (holds) {
        hd_buf_put(&r->text, p, (size_t) n);
    } else if (!is_blank((const char *) p, (size_t) n)) {
        stop(r);
    }
}

static void refuse_dtd(void *arg, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void) name, (void) external, (void) system;
    stop(arg);
}

static void be_silent(void *arg, xmlErrorPtr error)
{
    (void) arg, (void) error;
}

static void free_parser(void *parser)
{
    xmlFreeParserCtxt(parser);
}

hd_code_t rpc_xml_read(hd_arena_t *a, hd_str_t body, hd_str_t *ret_name, hd_jval_t **ret_params)
{
    static const xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC, .internalSubset = refuse_dtd, .startElementNs = begin_element,
        .endElementNs = end_element, .characters = put_text, .cdataBlock = put_text, .ignorableWhitespace = put_text, .serror = be_silent,
    };
    xmlSAXHandler sax = handler;
    reader_t *r = hd_alloc(a, sizeof(*r));
    if (body.len > HD_BODY_MAX) {
        return HD_E_TOO_LARGE;
    }
    r->arena = a;
    hd_buf_init(&r->text, a, 256, HD_BODY_MAX);
    hd_buf_init(&r->json, a, body.len / 2 + 64, HD_BODY_MAX);
    r->out = hd_json(&r->json);
    r->parser = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
    if (r->parser == NULL) {
        return HD_E_MEMORY;
    }
    hd_arena_defer(a, free_parser, r->parser);
    (void) xmlCtxtUseOptions(r->parser, XML_PARSE_NONET);
    hd_json_arr(&r->out);
    (void) xmlParseChunk(r->parser, body.data, (int) body.len, 1);
    hd_json_end_arr(&r->out);
    if (r->too_deep) {
        return HD_E_TOO_DEEP;
    }
    if (r->json.failed || r->text.failed) {
        return HD_E_TOO_LARGE;
    }
    if (r->failed || !r->done || !r->parser->wellFormed) {
        return HD_E_JSON;
    }
    *ret_name = r->name;
    return hd_jparse(a, hd_buf_view(&r->json), ret_params);
}
