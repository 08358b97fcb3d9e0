/*
 * Wrong passwords (T-27): three buckets, of the account, the address (/32 or /64) and the network (/24 or /48); a known
 * browser has one of its own instead.  An attempt counts from its beginning, before a password is hashed, so that many
 * at once are no more than many in a row; when it succeeds it is given back.
 */
#include "door_impl.h"

#define WINDOW (15 * HD_MINUTE)

static void add_bucket(hd_attempt_t *at, char kind, const void *p, size_t n, uint32_t limit)
{
    hd_bucket_t *b = &at->v[at->n++];
    b->key[0] = (uint8_t) kind;
    if (n <= HD_HASH_LEN) {
        memcpy(b->key + 1, p, n);
        b->len = 1 + n;
    } else {
        hd_sha256(p, n, b->key + 1);
        b->len = 1 + HD_HASH_LEN;
    }
    b->limit = limit;
    b->window = WINDOW;
}

static void add_buckets(const hd_call_t *c, hd_str_t account, hd_str_t device, hd_attempt_t *at)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    bool v4 = memcmp(c->req.ip, mapped, sizeof(mapped)) == 0;
    if (device.len != 0) {
        add_bucket(at, 'd', device.data, device.len, HD_LOGIN_ACCOUNT);
        return;
    }
    if (account.len != 0) {
        hd_str_t folded = hd_text_fold(c->cx.arena, account);
        add_bucket(at, 'a', folded.data, folded.len, HD_LOGIN_ACCOUNT);
    }
    add_bucket(at, 'i', c->req.ip, v4 ? 16 : 8, HD_LOGIN_ADDRESS);
    add_bucket(at, 'n', c->req.ip, v4 ? 15 : 6, HD_LOGIN_NETWORK);
}

static uint32_t take(const hd_call_t *c, const hd_bucket_t *b, hd_take_t how)
{
    return c->throttle->take(c->throttle->arg, b->key, b->len, b->limit, b->window, how);
}

hd_code_t hd_attempt_begin(hd_call_t *c, hd_str_t account, hd_str_t device, hd_attempt_t *ret_at)
{
    uint32_t wait = 0;
    size_t n = 0;
    *ret_at = (hd_attempt_t){ .n = 0 };
    if (c->throttle == NULL || c->throttle->take == NULL) {
        return HD_OK;
    }
    add_buckets(c, account, device, ret_at);
    while (n < ret_at->n && (wait = take(c, &ret_at->v[n], HD_TAKE_BEGIN)) == 0) {
        n++;
    }
    if (wait == 0) {
        return HD_OK;
    }
    ret_at->n = n;
    hd_attempt_end(c, ret_at, true);
    c->problem.retry_after = wait;
    return HD_E_THROTTLED;
}

void hd_attempt_end(const hd_call_t *c, const hd_attempt_t *at, bool good)
{
    for (size_t i = 0; i < at->n; i++) {
        (void) take(c, &at->v[i], good ? HD_TAKE_BACK : HD_TAKE_BAD);
    }
}
