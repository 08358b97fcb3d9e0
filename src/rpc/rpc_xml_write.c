/*
 * Answers of XML-RPC, from JSON that our writers wrote.  Not by libxml2's writer: the JSON lies in the arena and goes there once
 * more, and what XML has no place for is left out on the way.  No nil (null is false), no CDATA; an int has 32 bits, and what is
 * larger is a double, which every client reads as a number (i8 arrives as a string in some).
 */
#include "rpc_inner.h"

static const char *entity_of(char c)
{
    switch (c) {
    case '&':  return "&amp;";
    case '<':  return "&lt;";
    case '>':  return "&gt;";
    case '\r': return "&#13;";   /* else it would be read as a line feed */
    default:   return NULL;
    }
}

static bool is_dropped(const char *p, size_t left, size_t *ret_n)
{
    unsigned char c = (unsigned char) *p;
    *ret_n = c == 0xEF ? 3 : 1;
    if (c == 0xEF) {             /* U+FFFE and U+FFFF */
        return left >= 3 && (unsigned char) p[1] == 0xBF && ((unsigned char) p[2] & 0xFE) == 0xBE;
    }
    return c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

void rpc_xml_text(hd_buf_t *out, hd_str_t text)
{
    size_t start = 0, i = 0, n = 1;
    while (i < text.len) {
        const char *entity = entity_of(text.data[i]);
        bool dropped = entity == NULL && is_dropped(text.data + i, text.len - i, &n);
        if (entity == NULL && !dropped) {
            i++;
            continue;
        }
        hd_buf_put(out, text.data + start, i - start);
        if (entity != NULL) {
            hd_buf_z(out, entity);
            n = 1;
        }
        i += n;
        start = i;
    }
    hd_buf_put(out, text.data + start, text.len - start);
}

typedef struct {
    const char *p, *end;
    hd_buf_t   *out;
} writer_t;

static uint32_t hex4(const char *p)
{
    uint32_t n = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        n = n << 4 | (uint32_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return n;
}

static void put_code_point(hd_buf_t *out, uint32_t c)
{
    char utf8[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6) {
        utf8[i] = (char) (0x80 | (c & 0x3F));
    }
    utf8[0] = (char) (n == 1 ? c : (0xF00u >> n) | c);
    rpc_xml_text(out, (hd_str_t){ n, utf8 });
}

/* From the backslash on. */
static void put_escaped(writer_t *w)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    char c = w->p[1];
    if (c == 'u' && w->end - w->p >= 6) {
        uint32_t n = hex4(w->p + 2);
        w->p += 6;
        if (n >= 0xD800 && n < 0xDC00 && w->end - w->p >= 6 && w->p[1] == 'u') {
            n = 0x10000 + ((n - 0xD800) << 10) + (hex4(w->p + 2) - 0xDC00);
            w->p += 6;
        }
        put_code_point(w->out, n);
        return;
    }
    const char *at = strchr(from, c);
    c = at != NULL ? to[at - from] : c;
    rpc_xml_text(w->out, (hd_str_t){ 1, &c });
    w->p += 2;
}

/* From the opening quote to behind the closing one. */
static void put_json_string(writer_t *w)
{
    w->p++;
    while (w->p < w->end && *w->p != '"') {
        const char *q = w->p;
        while (q < w->end && *q != '"' && *q != '\\') {
            q++;
        }
        rpc_xml_text(w->out, (hd_str_t){ (size_t) (q - w->p), w->p });
        w->p = q;
        if (w->end - q >= 2 && *q == '\\') {
            put_escaped(w);
        }
    }
    w->p++;
}

static void put_number(writer_t *w)
{
    const char *start = w->p;
    int64_t n = 0;
    while (w->p < w->end && strchr("+-.0123456789eE", *w->p) != NULL) {
        w->p++;
    }
    hd_str_t s = { (size_t) (w->p - start), start };
    bool small = hd_str_to_i64(s, &n) && n >= INT32_MIN && n <= INT32_MAX;
    hd_buf_z(w->out, small ? "<int>" : "<double>");
    hd_buf_str(w->out, s);
    hd_buf_z(w->out, small ? "</int>" : "</double>");
}

static void put_value(writer_t *w);

static void put_object(writer_t *w)
{
    hd_buf_z(w->out, "<struct>\n");
    while (w->p < w->end && *w->p != '}') {
        w->p++;                              /* brace or comma */
        if (w->p < w->end && *w->p == '"') {
            hd_buf_z(w->out, "<member><name>");
            put_json_string(w);
            hd_buf_z(w->out, "</name>");
            w->p++;
            put_value(w);
            hd_buf_z(w->out, "</member>\n");
        }
    }
    w->p++;
    hd_buf_z(w->out, "</struct>");
}

static void put_array(writer_t *w)
{
    hd_buf_z(w->out, "<array><data>\n");
    while (w->p < w->end && *w->p != ']') {
        w->p++;
        if (w->p < w->end && *w->p != ']') {
            put_value(w);
            hd_buf_byte(w->out, '\n');
        }
    }
    w->p++;
    hd_buf_z(w->out, "</data></array>");
}

static void put_value(writer_t *w)
{
    hd_buf_z(w->out, "<value>");
    switch (w->p < w->end ? *w->p : 'n') {
    case '{': put_object(w); break;
    case '[': put_array(w); break;
    case '"':
        hd_buf_z(w->out, "<string>");
        put_json_string(w);
        hd_buf_z(w->out, "</string>");
        break;
    case 't':
        hd_buf_z(w->out, "<boolean>1</boolean>");
        w->p += 4;
        break;
    case 'f':
    case 'n':
        hd_buf_z(w->out, "<boolean>0</boolean>");
        w->p += w->p < w->end && *w->p == 'f' ? 5 : 4;
        break;
    default:
        put_number(w);
    }
    hd_buf_z(w->out, "</value>");
}

void rpc_xml_value(hd_buf_t *out, hd_str_t json)
{
    writer_t w = { json.data, json.data + json.len, out };
    put_value(&w);
}
