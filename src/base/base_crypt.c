/*
 * Secrets: libsodium behind a few calls, and what a process does once before its threads start.
 */
#include "base.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/random.h>

#define ARGON_PASSES 2
#define ARGON_MEMORY ((size_t) 19456 * 1024)

_Static_assert(HD_PWHASH_MAX >= crypto_pwhash_STRBYTES, "a password hash fits");
_Static_assert(HD_HASH_LEN == crypto_hash_sha256_BYTES, "a hash fits");

bool hd_base_init(void)
{
    if (sodium_init() < 0) {
        return false;
    }
    hd_json_init();
    return true;
}

bool hd_random(void *p, size_t n)
{
    char *out = p;
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        out += got;
        n -= (size_t) got;
    }
    return true;
}

bool hd_mem_eq_const(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void hd_sha256(const void *p, size_t n, uint8_t out[HD_HASH_LEN])
{
    crypto_hash_sha256(out, p, n);
}

void hd_sha256_two(hd_str_t one, hd_str_t two, uint8_t out[HD_HASH_LEN])
{
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    crypto_hash_sha256_update(&s, (const unsigned char *) one.data, one.len);
    crypto_hash_sha256_update(&s, (const unsigned char *) two.data, two.len);
    crypto_hash_sha256_final(&s, out);
}

void hd_hmac(const uint8_t key[32], const void *p, size_t n, uint8_t out[HD_HASH_LEN])
{
    crypto_auth_hmacsha256(out, p, n, key);
}

void hd_mac(const uint8_t key[32], const void *p, size_t n, uint8_t out[HD_HASH_LEN])
{
    (void) crypto_generichash(out, HD_HASH_LEN, p, n, key, 32);
}

void hd_siphash(const uint8_t key[16], const void *p, size_t n, uint8_t out[16])
{
    crypto_shorthash_siphashx24(out, p, n, key);
}

static hd_str_t encode_base64(hd_arena_t *a, const void *p, size_t n, int variant)
{
    if (n > SIZE_MAX / 4) {
        hd_arena_fail(a);
    }
    size_t size = sodium_base64_encoded_len(n, variant);
    char *out = hd_alloc_raw(a, size);
    sodium_bin2base64(out, size, p, n, variant);
    return (hd_str_t){ size - 1, out };
}

hd_str_t hd_base64url(hd_arena_t *a, const void *p, size_t n)
{
    return encode_base64(a, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

hd_str_t hd_base64(hd_arena_t *a, const void *p, size_t n)
{
    return encode_base64(a, p, n, sodium_base64_VARIANT_ORIGINAL);
}

bool hd_base64_decode(hd_arena_t *a, hd_str_t s, hd_str_t *ret)
{
    size_t got = 0, size = s.len / 4 * 3 + 3;
    unsigned char *out = hd_alloc_raw(a, size);
    if (sodium_base642bin(out, size, s.data, s.len, " \r\n\t", &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    *ret = (hd_str_t){ got, (const char *) out };
    return true;
}

bool hd_base64url_decode(hd_str_t s, void *out, size_t want)
{
    size_t got;
    const char *end;
    if (sodium_base642bin(out, want, s.data, s.len, NULL, &got, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    {
        return false;
    }
    return got == want && end == s.data + s.len;
}

void hd_hex(const void *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
}

bool hd_password_hash(hd_str_t password, char out[HD_PWHASH_MAX])
{
    return crypto_pwhash_str_alg(out, password.data, password.len, ARGON_PASSES, ARGON_MEMORY,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
}

/* One field of a PHC string: base64 of exactly n bytes, up to the end character.  Returns what follows; NULL: it is none. */
static const char *phc_field(const char *p, char end, uint8_t *out, size_t n)
{
    size_t len = 0;
    const char *stop = strchr(p, end);
    bool ok = stop != NULL && sodium_base642bin(out, n, p, (size_t) (stop - p), NULL, &len, NULL,
                                                sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
    return ok && len == n ? stop + 1 : NULL;
}

/* Not crypto_pwhash_str_verify: for that a password is wrong when there is no memory to look at it. */
hd_code_t hd_password_check(const char *phc, hd_str_t password)
{
    unsigned kib, passes;
    int at = 0;
    uint8_t salt[crypto_pwhash_SALTBYTES], want[HD_HASH_LEN], got[HD_HASH_LEN];
    if (sscanf(phc, "$argon2id$v=19$m=%u,t=%u,p=1$%n", &kib, &passes, &at) != 2 || at == 0) {
        return HD_E_PASSWORD;
    }
    const char *hash = phc_field(phc + at, '$', salt, sizeof(salt));
    if (hash == NULL || phc_field(hash, '\0', want, sizeof(want)) == NULL) {
        return HD_E_PASSWORD;
    }
    if (crypto_pwhash(got, sizeof(got), password.data, password.len, salt, passes, (size_t) kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
    {
        return HD_E_MEMORY;
    }
    return sodium_memcmp(got, want, sizeof(want)) == 0 ? HD_OK : HD_E_PASSWORD;
}
