/*
 * How much strangers may send: tickets and answers, and files, of one address and (but for files) of all together (T-14c).
 */
#include "door_impl.h"

#define OF_ADDRESS 30                    /* an address (/32 or /64) and window */
#define OF_ALL     3000
#define WINDOW     (15 * HD_MINUTE)
#define WHAT_MAX   8

uint32_t hd_call_sender_wait(hd_call_t *c, hd_str_t what, bool all)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };      /* ::ffff: before an IPv4 address */
    uint8_t key[WHAT_MAX + 16];
    const hd_throttle_t *t = c->throttle;
    if (t == NULL || t->take == NULL || what.len > WHAT_MAX) {
        return 0;
    }
    size_t n = memcmp(c->req.ip, mapped, sizeof(mapped)) == 0 ? 16 : 8;
    memcpy(key, what.data, what.len);
    memcpy(key + what.len, c->req.ip, n);
    uint32_t wait = t->take(t->arg, key, what.len + n, OF_ADDRESS, WINDOW, HD_TAKE);
    return wait != 0 || !all ? wait : t->take(t->arg, key, what.len, OF_ALL, WINDOW, HD_TAKE);
}
