/*
 * The growable buffer.  Its storage always has one byte more than cap, so that printf's NUL fits
 * even when the text itself ends exactly at max.
 */
#include "base.h"

#include <stdio.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void hd_buf_init(hd_buf_t *b, hd_arena_t *a, size_t first, size_t max)
{
    *b = (hd_buf_t){ .arena = a, .data = NULL, .max = max };
    b->cap = first < max ? first : max;
    b->data = hd_alloc_raw(a, b->cap + 1);
}

void hd_buf_grow(hd_buf_t *b, size_t more)
{
    if (b->failed || more > b->max - b->len) {
        b->failed = true;
        return;
    }
    if (more <= b->cap - b->len) {
        return;
    }
    size_t cap = b->cap < 64 ? 127 : b->cap <= b->max / 2 ? b->cap * 2 : b->max;
    if (cap < b->len + more) {
        cap = b->len + more;
    }
    if (cap > b->max) {
        cap = b->max;
    }
    char *p = hd_alloc_raw(b->arena, cap + 1);
    memcpy(p, b->data, b->len);
    b->data = p;
    b->cap = cap;
}

void hd_buf_printf(hd_buf_t *b, const char *fmt, ...)
{
    va_list args, again;
    if (b->failed) {
        return;
    }
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(b->data + b->len, b->cap - b->len + 1, fmt, args);
    va_end(args);
    if (n > 0 && (size_t) n > b->cap - b->len && hd_buf_room(b, (size_t) n)) {
        (void) vsnprintf(b->data + b->len, b->cap - b->len + 1, fmt, again);
    }
    va_end(again);
    if (n > 0 && !b->failed) {
        b->len += (size_t) n;
    }
}

void hd_buf_u64(hd_buf_t *b, uint64_t n)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    char text[20], *p = text + sizeof(text);
    while (n >= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (n % 100), 2);
        n /= 100;
    }
    if (n >= 10) {
        p -= 2;
        memcpy(p, pairs + 2 * n, 2);
    } else {
        *--p = (char) ('0' + n);
    }
    hd_buf_put(b, p, (size_t) (text + sizeof(text) - p));
}

void hd_buf_i64(hd_buf_t *b, int64_t n)
{
    if (n < 0) {
        hd_buf_byte(b, '-');
    }
    hd_buf_u64(b, n < 0 ? 0 - (uint64_t) n : (uint64_t) n);
}

static bool needs_entity(char c)
{
    return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'';
}

/* Number of bytes at p that can be copied as they stand. */
static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
#ifdef __SSE2__
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *) (const void *) (p + i));
        __m128i angle = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8('>'));
        __m128i quote = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(1)), _mm_set1_epi8('\''));
        __m128i twice = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        int mask = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(angle, quote), twice));
        if (mask != 0) {
            return i + (size_t) __builtin_ctz((unsigned) mask);
        }
    }
#endif
    while (i < n && !needs_entity(p[i])) {
        i++;
    }
    return i;
}

void hd_buf_html(hd_buf_t *b, hd_str_t s)
{
    const char *p = s.data;
    size_t left = s.len;
    while (left > 0 && !b->failed) {
        size_t n = plain_run(p, left);
        hd_buf_put(b, p, n);
        if (n == left) {
            return;
        }
        switch (p[n]) {
        case '&':  hd_buf_z(b, "&amp;");  break;
        case '<':  hd_buf_z(b, "&lt;");   break;
        case '>':  hd_buf_z(b, "&gt;");   break;
        case '"':  hd_buf_z(b, "&quot;"); break;
        default:   hd_buf_z(b, "&#39;");  break;
        }
        p += n + 1;
        left -= n + 1;
    }
}
