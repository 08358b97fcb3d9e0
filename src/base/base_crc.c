/*
 * CRC-32C (Castagnoli, reflected, 0x82F63B78): the processor's own instruction where there is one,
 * else slicing by eight over tables made at first use.
 */
#include "base.h"

#include <endian.h>
#include <pthread.h>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

static uint32_t       table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) {
            c = (c >> 1) ^ (0x82F63B78U & (0 - (c & 1)));
        }
        table[0][i] = c;
    }
    for (int k = 1; k < 8; k++) {
        for (size_t i = 0; i < 256; i++) {
            uint32_t c = table[k - 1][i];
            table[k][i] = (c >> 8) ^ table[0][c & 0xFF];
        }
    }
}

static uint32_t crc_by_table(uint32_t crc, const uint8_t *p, size_t n)
{
    pthread_once(&table_once, make_table);
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, sizeof(w));
        w = le64toh(w) ^ crc;
        crc = table[7][w & 0xFF] ^ table[6][(w >> 8) & 0xFF] ^ table[5][(w >> 16) & 0xFF]
            ^ table[4][(w >> 24) & 0xFF] ^ table[3][(w >> 32) & 0xFF] ^ table[2][(w >> 40) & 0xFF]
            ^ table[1][(w >> 48) & 0xFF] ^ table[0][w >> 56];
    }
    while (n-- > 0) {
        crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
    }
    return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2")))
static uint32_t crc_by_sse(uint32_t crc, const uint8_t *p, size_t n)
{
    uint64_t c = crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, sizeof(w));
        c = _mm_crc32_u64(c, w);
    }
    crc = (uint32_t) c;
    while (n-- > 0) {
        crc = _mm_crc32_u8(crc, *p++);
    }
    return crc;
}

/* The instruction takes three cycles and one can begin in each. */
__attribute__((target("sse4.2")))
static void three_by_sse(uint32_t crc[3], const uint8_t *p, size_t n)
{
    uint64_t a = crc[0], b = crc[1], c = crc[2];
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t u, v, w;
        memcpy(&u, p + i, sizeof(u));
        memcpy(&v, p + n + i, sizeof(v));
        memcpy(&w, p + 2 * n + i, sizeof(w));
        a = _mm_crc32_u64(a, u);
        b = _mm_crc32_u64(b, v);
        c = _mm_crc32_u64(c, w);
    }
    size_t done = n & ~(size_t) 7;
    crc[0] = crc_by_sse((uint32_t) a, p + done, n - done);
    crc[1] = crc_by_sse((uint32_t) b, p + n + done, n - done);
    crc[2] = crc_by_sse((uint32_t) c, p + 2 * n + done, n - done);
}
#endif

uint32_t hd_crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc_by_sse(~crc, p, n);
    }
#endif
    return ~crc_by_table(~crc, p, n);
}

void hd_crc32c_three(uint32_t crc[3], const void *p, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        uint32_t c[3] = { ~crc[0], ~crc[1], ~crc[2] };
        three_by_sse(c, p, n);
        for (int i = 0; i < 3; i++) {
            crc[i] = ~c[i];
        }
        return;
    }
#endif
    for (size_t i = 0; i < 3; i++) {
        crc[i] = hd_crc32c(crc[i], (const uint8_t *) p + i * n, n);
    }
}
