/*
 * Known browsers (T-27): a sign-in leaves a cookie that says which account signed in here.  Wrong passwords others try
 * for that account do not lock such a browser out; its own are counted apart.
 *
 *     dev=<user, hex>.<end in seconds, hex>.<HMAC-SHA-256 over both and the password's hash>
 *
 * So it is worth nothing for another account, after another password, or later than HD_DEVICE_LIFE.
 */
#include "door_impl.h"

#define MAC_LEN 43               /* base64url of 32 bytes */

static const char *name_of(const hd_call_t *c)
{
    return c->site->secure ? "__Secure-dev" : "dev";
}

static hd_str_t make_value(const hd_call_t *c, hd_id_t uid, int64_t end, hd_str_t phc)
{
    uint8_t mac[HD_HASH_LEN];
    hd_arena_t *a = c->cx.arena;
    hd_str_t text = hd_strf(a, "device.%" PRIx64 ".%" PRIx64 ".%.*s", (uint64_t) uid, (uint64_t) end,
                            HD_STR_ARG(phc));
    hd_hmac(c->site->secret, text.data, text.len, mac);
    return hd_strf(a, "%" PRIx64 ".%" PRIx64 ".%.*s", (uint64_t) uid, (uint64_t) end,
                   HD_STR_ARG(hd_base64url(a, mac, sizeof(mac))));
}

/* It goes only where somebody signs in. */
void hd_device_put(hd_call_t *c, hd_id_t uid, hd_str_t phc)
{
    static const char *const paths[] = { "/api/v1/login", "/signin" };
    int64_t life = HD_DEVICE_LIFE / HD_SECOND;
    hd_str_t value = make_value(c, uid, c->cx.now / HD_SECOND + life, phc);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        hd_res_header(c, "Set-Cookie",
                      hd_strf(c->cx.arena, "%s=%.*s; Path=%s; Max-Age=%" PRId64 "; HttpOnly; SameSite=Strict%s",
                              name_of(c), HD_STR_ARG(value), paths[i], life, c->site->secure ? "; Secure" : ""));
    }
}

/* The end stands in the middle: what is signed is made again from it and compared as a whole. */
static int64_t end_of(hd_str_t value)
{
    uint64_t n = 0;
    hd_str_t part;
    (void) hd_str_split(&value, '.', &part);
    if (!hd_str_split(&value, '.', &part) || part.len == 0 || part.len > 12) {
        return 0;
    }
    for (size_t i = 0; i < part.len; i++) {
        char ch = part.data[i];
        n = n << 4 | (ch >= '0' && ch <= '9' ? (uint64_t) (ch - '0') : (uint64_t) (ch - 'a' + 10) & 15);
    }
    return (int64_t) n;
}

hd_str_t hd_device_get(const hd_call_t *c, hd_id_t uid, hd_str_t phc)
{
    hd_str_t none = { 0, "" }, value = hd_cookie_get(c->req.cookie, name_of(c));
    int64_t end = value.len > MAC_LEN ? end_of(value) : 0;
    if (end <= hd_time_now() / HD_SECOND) {
        return none;
    }
    hd_str_t good = make_value(c, uid, end, phc);
    return good.len == value.len && hd_mem_eq_const(good.data, value.data, good.len) ? value : none;
}
