/*
 * Wrong passwords (T-27): three buckets, of the account, the address (/32 or /64) and the network (/24 or /48); a known
 * browser has one of its own instead.  An attempt counts from its beginning, before a password is hashed, so that many
 * at once are no more than many in a row; when it succeeds it is given back.
 */
#include "door_impl.h"

#define WINDOW (15 * HD_MINUTE)

static void add_bucket(hd_attempt_t *at, char kind, hd_str_t what, uint32_t limit, hd_time_t window)
{
    hd_bucket_t *b = &at->v[at->n++];
    b->key[0] = (uint8_t) kind;
    if (what.len <= HD_HASH_LEN) {
        memcpy(b->key + 1, what.data, what.len);
        b->len = 1 + what.len;
    } else {
        hd_sha256(what.data, what.len, b->key + 1);
        b->len = 1 + HD_HASH_LEN;
    }
    b->limit = limit;
    b->window = window;
}

static hd_str_t beginning(const hd_call_t *c, size_t v4, size_t v6)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    return (hd_str_t){ memcmp(c->req.ip, mapped, sizeof(mapped)) == 0 ? v4 : v6, (const char *) c->req.ip };
}

static hd_str_t address_of(const hd_call_t *c) { return beginning(c, 16, 8); }
static hd_str_t network_of(const hd_call_t *c) { return beginning(c, 15, 6); }

static void add_buckets(const hd_call_t *c, hd_str_t account, hd_str_t device, hd_attempt_t *at)
{
    if (device.len != 0) {
        add_bucket(at, 'd', device, HD_LOGIN_ACCOUNT, WINDOW);
        return;
    }
    if (account.len != 0) {
        add_bucket(at, 'a', hd_text_fold(c->cx.arena, account), HD_LOGIN_ACCOUNT, WINDOW);
    }
    add_bucket(at, 'i', address_of(c), HD_LOGIN_ADDRESS, WINDOW);
    add_bucket(at, 'n', network_of(c), HD_LOGIN_NETWORK, WINDOW);
}

static uint32_t take(const hd_call_t *c, const hd_bucket_t *b, hd_take_t how)
{
    return c->throttle->take(c->throttle->arg, b->key, b->len, b->limit, b->window, how);
}

/* All or none. */
static hd_code_t begin(hd_call_t *c, hd_attempt_t *at)
{
    uint32_t wait = 0;
    size_t n = 0;
    while (n < at->n && (wait = take(c, &at->v[n], HD_TAKE_BEGIN)) == 0) {
        n++;
    }
    if (wait == 0) {
        return HD_OK;
    }
    at->n = n;
    hd_attempt_end(c, at, true);
    c->problem.retry_after = wait;
    return HD_E_THROTTLED;
}

static bool is_counting(const hd_call_t *c) { return c->throttle != NULL && c->throttle->take != NULL; }

hd_code_t hd_attempt_begin(hd_call_t *c, hd_str_t account, hd_str_t device, hd_attempt_t *ret_at)
{
    *ret_at = (hd_attempt_t){ .n = 0 };
    if (is_counting(c)) {
        add_buckets(c, account, device, ret_at);
    }
    return begin(c, ret_at);
}

hd_code_t hd_attempt_link(hd_call_t *c, hd_attempt_t *ret_at)
{
    *ret_at = (hd_attempt_t){ .n = 0 };
    if (is_counting(c)) {
        add_bucket(ret_at, 'l', network_of(c), HD_LINK_NETWORK, HD_MINUTE);
    }
    return begin(c, ret_at);
}

hd_code_t hd_attempt_reset(hd_call_t *c, hd_str_t name)
{
    hd_attempt_t at = { .n = 0 };
    if (is_counting(c)) {
        add_bucket(&at, 'r', hd_text_fold(c->cx.arena, hd_str_trim(name)), HD_RESET_ACCOUNT, WINDOW);
        add_bucket(&at, 'R', address_of(c), HD_RESET_ADDRESS, WINDOW);
    }
    hd_code_t code = begin(c, &at);
    if (code == HD_OK) {
        hd_attempt_end(c, &at, false);
    }
    return code;
}

void hd_attempt_end(const hd_call_t *c, const hd_attempt_t *at, bool good)
{
    for (size_t i = 0; i < at->n; i++) {
        (void) take(c, &at->v[i], good ? HD_TAKE_BACK : HD_TAKE_BAD);
    }
}
