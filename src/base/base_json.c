/*
 * JSON out.  Strings are copied in runs; a run ends at a byte that may need escaping: below 0x20,
 * " \ < > &, or 0xE2, with which U+2028 and U+2029 begin.
 */
#include "base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline void put_open(hd_json_t *j, char c)
{
    if (hd_buf_room(j->b, 2)) {
        if (j->comma) {
            j->b->data[j->b->len++] = ',';
        }
        j->b->data[j->b->len++] = c;
    }
    j->comma = false;
}

static inline void put_close(hd_json_t *j, char c)
{
    hd_buf_byte(j->b, c);
    j->comma = true;
}

static inline void put_comma(hd_json_t *j)
{
    if (j->comma) {
        hd_buf_byte(j->b, ',');
    }
    j->comma = true;
}

void hd_json_obj(hd_json_t *j)
{
    put_open(j, '{');
}

void hd_json_end_obj(hd_json_t *j)
{
    put_close(j, '}');
}

void hd_json_arr(hd_json_t *j)
{
    put_open(j, '[');
}

void hd_json_end_arr(hd_json_t *j)
{
    put_close(j, ']');
}

void hd_json_key(hd_json_t *j, hd_str_t key)
{
    put_comma(j);
    if (hd_buf_room(j->b, key.len + 3)) {
        char *p = j->b->data + j->b->len;
        *p++ = '"';
        memcpy(p, key.data, key.len);
        p += key.len;
        *p++ = '"';
        *p = ':';
        j->b->len += key.len + 3;
    }
    j->comma = false;
}

void hd_json_name(hd_json_t *j, hd_str_t key)
{
    hd_json_str(j, key);
    hd_buf_byte(j->b, ':');
    j->comma = false;
}

static const bool stops[256] = {
    [0 ... 0x1F] = true, ['"'] = true, ['\\'] = true, ['<'] = true, ['>'] = true, ['&'] = true, [0xE2] = true,
};

static inline bool is_line_separator(const unsigned char *p, size_t left)
{
    return left >= 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] & 0xFE) == 0xA8;
}

/* First byte at or after i that may need an escape; n if there is none. */
static inline size_t next_stop(const unsigned char *p, size_t i, size_t n)
{
#ifdef __SSE2__
    const __m128i low = _mm_set1_epi8(0x1F), two = _mm_set1_epi8(2), four = _mm_set1_epi8(4);
    const __m128i angle = _mm_set1_epi8('>'), amp = _mm_set1_epi8('&');
    const __m128i back = _mm_set1_epi8('\\'), e2 = _mm_set1_epi8((char) 0xE2);
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *) (const void *) (p + i));
        __m128i m = _mm_cmpeq_epi8(_mm_min_epu8(v, low), v);
        m = _mm_or_si128(m, _mm_cmpeq_epi8(_mm_or_si128(v, two), angle));    /* < > */
        m = _mm_or_si128(m, _mm_cmpeq_epi8(_mm_or_si128(v, four), amp));     /* " & */
        m = _mm_or_si128(m, _mm_cmpeq_epi8(v, back));
        m = _mm_or_si128(m, _mm_cmpeq_epi8(v, e2));
        unsigned mask = (unsigned) _mm_movemask_epi8(m);
        if (mask != 0) {
            return i + (size_t) __builtin_ctz(mask);
        }
    }
#endif
    while (i < n && !stops[p[i]]) {
        i++;
    }
    return i;
}

static void put_escape(hd_buf_t *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char out[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
    size_t n = 2;
    switch (c) {
    case '"':
    case '\\': out[1] = (char) c; break;
    case '\n': out[1] = 'n'; break;
    case '\r': out[1] = 'r'; break;
    case '\t': out[1] = 't'; break;
    default:   n = 6; break;
    }
    hd_buf_put(b, out, n);
}

void hd_json_str(hd_json_t *j, hd_str_t s)
{
    hd_buf_t *b = j->b;
    const unsigned char *p = (const unsigned char *) s.data;
    size_t start = 0, i = 0;
    put_comma(j);
    hd_buf_byte(b, '"');
    while ((i = next_stop(p, i, s.len)) < s.len && !b->failed) {
        bool separator = is_line_separator(p + i, s.len - i);
        if (p[i] == 0xE2 && !separator) {
            i++;
            continue;
        }
        hd_buf_put(b, p + start, i - start);
        if (separator) {
            hd_buf_z(b, p[i + 2] == 0xA8 ? "\\u2028" : "\\u2029");
            i += 3;
        } else {
            put_escape(b, p[i++]);
        }
        start = i;
    }
    if (start < s.len) {
        hd_buf_put(b, p + start, s.len - start);
    }
    hd_buf_byte(b, '"');
}

void hd_json_u64(hd_json_t *j, uint64_t n)
{
    put_comma(j);
    hd_buf_u64(j->b, n);
}

void hd_json_i64(hd_json_t *j, int64_t n)
{
    put_comma(j);
    hd_buf_i64(j->b, n);
}

void hd_json_bool(hd_json_t *j, bool v)
{
    hd_json_raw(j, v ? HD_STR("true") : HD_STR("false"));
}

void hd_json_null(hd_json_t *j)
{
    hd_json_raw(j, HD_STR("null"));
}

void hd_json_time(hd_json_t *j, hd_time_t t)
{
    char out[HD_TIME_LEN + 2];
    if (t == 0) {
        hd_json_null(j);
        return;
    }
    out[0] = '"';
    out[HD_TIME_LEN + 1] = '"';
    (void) hd_time_format(t, out + 1);
    hd_json_raw(j, (hd_str_t){ sizeof(out), out });
}

void hd_json_raw(hd_json_t *j, hd_str_t json)
{
    put_comma(j);
    hd_buf_str(j->b, json);
}
