/*
 * The chain: every event holds the SHA-256 of the one before as that is stored, key and value (zeros: there is none).
 * So nothing in the log can be changed, put in or taken out without changing everything behind it.  fsck follows the
 * chain and prints its head, the hash of the newest event: who keeps heads elsewhere can prove the rest.  load writes
 * the same events under the same numbers, so the head stays.  An event whose kind lacks the bit HD_CHAINED was written
 * before there was a chain; none stands behind one that has it.
 */
#include "store_inner.h"

void hd_chain_set(hd_txn_t *t, hd_str_t key, hd_str_t value)
{
    hd_sha256_two(key, value, t->chain);
    t->chain_known = true;
}

const uint8_t *hd_chain_end(hd_txn_t *t)
{
    hd_str_t value;
    hd_skey_t k = hd_skey_log(hd_txn_log_end(t));
    if (t->chain_known) {
        return t->chain;
    }
    if (hd_txn_get(t, hd_skey_view(&k), &value)) {
        hd_chain_set(t, hd_skey_view(&k), value);
    } else {
        memset(t->chain, 0, sizeof(t->chain));
        t->chain_known = true;
    }
    return t->chain;
}

const char *hd_chain_check(hd_chain_t *c, hd_str_t key, hd_str_t value, hd_str_t before)
{
    uint8_t hash[HD_HASH_LEN];
    const char *wrong = NULL;
    hd_sha256_two(key, value, hash);
    if (!c->begun) {
        memcpy(c->head, hash, sizeof(hash));
    } else if (c->expects && memcmp(c->want, hash, sizeof(hash)) != 0) {
        wrong = "was changed, or what stood behind it was taken out";
    } else if (c->unchained && before.len != 0) {
        wrong = "has an event behind it that is not of the chain";
    }
    c->begun = true;
    c->expects = before.len == HD_HASH_LEN;
    c->unchained = !c->expects;
    if (c->expects) {
        memcpy(c->want, before.data, HD_HASH_LEN);
    }
    return wrong;
}

bool hd_chain_is_whole(const hd_chain_t *c)
{
    static const uint8_t none[HD_HASH_LEN];
    return !c->expects || memcmp(c->want, none, sizeof(none)) == 0;
}
