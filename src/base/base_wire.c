/*
 * Numbers in stored rows: LEB128 varints (seven bits a byte, low bits first) and big-endian words.
 */
#include "base.h"

#include <endian.h>

static uint64_t fail_read(hd_wire_t *w)
{
    w->failed = true;
    w->p = w->end;
    return 0;
}

uint64_t hd_wire_varint(hd_wire_t *w)
{
    uint64_t n = 0;
    if (w->failed) {
        return 0;
    }
    for (unsigned shift = 0; shift < 64 && w->p < w->end; shift += 7) {
        uint8_t c = *w->p++;
        if (shift == 63 && c > 1) {
            break;
        }
        n |= (uint64_t) (c & 0x7F) << shift;
        if (c < 0x80) {
            return n;
        }
    }
    return fail_read(w);
}

hd_str_t hd_wire_bytes(hd_wire_t *w, size_t n)
{
    if (w->failed || n > (size_t) (w->end - w->p)) {
        fail_read(w);
        return (hd_str_t){ 0, "" };
    }
    hd_str_t s = { n, (const char *) w->p };
    w->p += n;
    return s;
}

void hd_buf_varint(hd_buf_t *b, uint64_t n)
{
    uint8_t out[10];
    size_t len = 0;
    while (n >= 0x80) {
        out[len++] = (uint8_t) (n | 0x80);
        n >>= 7;
    }
    out[len++] = (uint8_t) n;
    hd_buf_put(b, out, len);
}

void hd_put_be32(uint8_t *p, uint32_t n)
{
    n = htobe32(n);
    memcpy(p, &n, sizeof(n));
}

void hd_put_be64(uint8_t *p, uint64_t n)
{
    n = htobe64(n);
    memcpy(p, &n, sizeof(n));
}

uint32_t hd_get_be32(const uint8_t *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof(n));
    return be32toh(n);
}

uint64_t hd_get_be64(const uint8_t *p)
{
    uint64_t n;
    memcpy(&n, p, sizeof(n));
    return be64toh(n);
}
