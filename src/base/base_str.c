/*
 * Strings: comparing, cutting, checking, numbers, and copies into an arena.
 */
#include "base.h"

#include <stdio.h>

bool hd_str_starts(hd_str_t s, hd_str_t prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char) c;
    return (unsigned char) (u >= 'A' && u <= 'Z' ? u | 0x20 : u);
}

bool hd_str_ieq(hd_str_t a, hd_str_t b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

hd_str_t hd_str_trim(hd_str_t s)
{
    while (s.len > 0 && is_space(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

hd_str_t hd_str_cut(hd_str_t s, size_t max)
{
    if (s.len > max) {
        s.len = max;
        while (s.len > 0 && ((uint8_t) s.data[s.len] & 0xc0) == 0x80) {
            s.len--;
        }
    }
    return s;
}

/* A separator at the very end does not make one more, empty part. */
bool hd_str_split(hd_str_t *rest, char sep, hd_str_t *ret_part)
{
    if (rest->len == 0) {
        *ret_part = (hd_str_t){ 0, "" };
        return false;
    }
    const char *p = memchr(rest->data, sep, rest->len);
    size_t n = p ? (size_t) (p - rest->data) : rest->len;
    size_t skip = p ? n + 1 : n;
    *ret_part = (hd_str_t){ n, rest->data };
    rest->data += skip;
    rest->len -= skip;
    return true;
}

/* Length of the well-formed sequence at p (Unicode table 3-7), 0 if it is broken. */
static size_t sequence_length(const uint8_t *p, size_t left)
{
    uint8_t c = p[0], low = 0x80, high = 0xBF;
    size_t n;
    if (c >= 0xC2 && c <= 0xDF) {
        n = 2;
    } else if (c >= 0xE0 && c <= 0xEF) {
        n = 3;
        low = c == 0xE0 ? 0xA0 : 0x80;
        high = c == 0xED ? 0x9F : 0xBF;
    } else if (c >= 0xF0 && c <= 0xF4) {
        n = 4;
        low = c == 0xF0 ? 0x90 : 0x80;
        high = c == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (left < n || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return n;
}

bool hd_str_is_utf8(hd_str_t s)
{
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    const uint8_t *p = (const uint8_t *) s.data;
    size_t i = 0;
    while (i < s.len) {
        uint64_t w;
        if (s.len - i >= sizeof(w)) {
            memcpy(&w, p + i, sizeof(w));
            if (((w | (w - ones)) & tops) == 0) {    /* eight bytes of 0x01 .. 0x7F */
                i += sizeof(w);
                continue;
            }
        }
        if (p[i] == 0) {
            return false;
        }
        size_t n = p[i] < 0x80 ? 1 : sequence_length(p + i, s.len - i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

bool hd_str_to_u64(hd_str_t s, uint64_t *ret_n)
{
    uint64_t n = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned) (unsigned char) s.data[i] - '0';
        if (d > 9 || __builtin_mul_overflow(n, (uint64_t) 10, &n)
            || __builtin_add_overflow(n, (uint64_t) d, &n))
        {
            return false;
        }
    }
    *ret_n = n;
    return true;
}

bool hd_str_to_i64(hd_str_t s, int64_t *ret_n)
{
    bool minus = s.len > 0 && s.data[0] == '-';
    uint64_t n;
    if (minus) {
        s.data++;
        s.len--;
    }
    if (!hd_str_to_u64(s, &n) || n > (uint64_t) INT64_MAX + minus) {
        return false;
    }
    *ret_n = minus ? (int64_t) (0 - n) : (int64_t) n;
    return true;
}

hd_str_t hd_str_dup(hd_arena_t *a, hd_str_t s)
{
    if (s.len == SIZE_MAX) {
        hd_arena_fail(a);
    }
    char *p = hd_alloc_raw(a, s.len + 1);
    if (s.len != 0) {
        memcpy(p, s.data, s.len);
    }
    p[s.len] = '\0';
    return (hd_str_t){ s.len, p };
}

hd_str_t hd_str_cat(hd_arena_t *a, size_t n, ...)
{
    va_list args, again;
    size_t len = 0, at = 0;
    va_start(args, n);
    va_copy(again, args);
    for (size_t i = 0; i < n; i++) {
        len += va_arg(args, hd_str_t).len;
    }
    va_end(args);
    char *p = hd_alloc_raw(a, len + 1);
    for (size_t i = 0; i < n; i++) {
        hd_str_t s = va_arg(again, hd_str_t);
        if (s.len != 0) {
            memcpy(p + at, s.data, s.len);
            at += s.len;
        }
    }
    va_end(again);
    p[len] = '\0';
    return (hd_str_t){ len, p };
}

hd_str_t hd_strf(hd_arena_t *a, const char *fmt, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    hd_str_t s = { 0, "" };
    if (n >= 0 && (size_t) n < sizeof(small)) {
        s = hd_str_dup(a, (hd_str_t){ (size_t) n, small });
    } else if (n >= 0) {
        char *p = hd_alloc_raw(a, (size_t) n + 1);
        (void) vsnprintf(p, (size_t) n + 1, fmt, again);
        s = (hd_str_t){ (size_t) n, p };
    }
    va_end(again);
    return s;
}
