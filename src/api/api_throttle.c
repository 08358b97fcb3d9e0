/*
 * Wrong passwords (T-27): three buckets, of the account, the address (/32 or /64) and the network
 * (/24 or /48). They are looked at before a password is hashed; only failures fill them.
 */
#include "api_impl.h"

#define WINDOW    (15 * HD_MINUTE)
#define N_BUCKETS 3

typedef struct {
    uint8_t  key[1 + HD_HASH_LEN];
    size_t   len;
    uint32_t limit;
} bucket_t;

static void fill_bucket(bucket_t *b, char kind, const void *p, size_t n, uint32_t limit)
{
    b->key[0] = (uint8_t) kind;
    if (n <= HD_HASH_LEN) {
        if (n != 0) {
            memcpy(b->key + 1, p, n);
        }
        b->len = 1 + n;
    } else {
        hd_sha256(p, n, b->key + 1);
        b->len = 1 + HD_HASH_LEN;
    }
    b->limit = limit;
}

static void fill_buckets(const hd_call_t *c, hd_str_t account, bucket_t b[N_BUCKETS])
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    bool v4 = memcmp(c->req.ip, mapped, sizeof(mapped)) == 0;
    hd_str_t folded = hd_text_fold(c->cx.arena, account);
    fill_bucket(&b[0], 'a', folded.data, folded.len, HD_LOGIN_ACCOUNT);
    fill_bucket(&b[1], 'i', c->req.ip, v4 ? 16 : 8, HD_LOGIN_ADDRESS);
    fill_bucket(&b[2], 'n', c->req.ip, v4 ? 15 : 6, HD_LOGIN_NETWORK);
}

static uint32_t take_all(hd_call_t *c, hd_str_t account, bool peek)
{
    bucket_t b[N_BUCKETS];
    uint32_t wait = 0;
    if (c->throttle == NULL || c->throttle->take == NULL) {
        return 0;
    }
    fill_buckets(c, account, b);
    for (size_t i = account.len == 0 ? 1 : 0; i < N_BUCKETS; i++) {
        uint32_t n =
            c->throttle->take(c->throttle->arg, b[i].key, b[i].len, b[i].limit, WINDOW, peek);
        wait = n > wait ? n : wait;
    }
    return wait;
}

hd_code_t hd_api_throttle_check(hd_call_t *c, hd_str_t account)
{
    uint32_t wait = take_all(c, account, true);
    if (wait == 0) {
        return HD_OK;
    }
    c->problem.retry_after = wait;
    return HD_E_THROTTLED;
}

void hd_api_throttle_count(hd_call_t *c, hd_str_t account)
{
    (void) take_all(c, account, false);
}
