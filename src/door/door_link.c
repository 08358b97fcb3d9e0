/*
 * The link that shows one ticket without a login (PRT-4).  What the store keeps is a random seed;
 * the token is made of it and of the site's secret, so a copy of the store hands out no links, a new
 * secret ends all of them, and asking twice gives the same one.
 */
#include "door_impl.h"

hd_str_t hd_link_token(hd_arena_t *a, const hd_site_t *site, hd_id_t ticket,
                       const uint8_t seed[HD_LINK_SEED])
{
    uint8_t text[4 + 8 + HD_LINK_SEED] = { 'l', 'i', 'n', 'k' }, mac[HD_HASH_LEN];
    hd_put_be64(text + 4, ticket);
    memcpy(text + 12, seed, HD_LINK_SEED);
    hd_hmac(site->secret, text, sizeof(text), mac);
    return hd_base64url(a, mac, sizeof(mac));
}

hd_str_t hd_link_url(hd_arena_t *a, const hd_site_t *site, hd_id_t ticket,
                     const uint8_t seed[HD_LINK_SEED])
{
    return hd_strf(a, "%.*s/support/ticket/%" PRIu64 "?access_token=%.*s",
                   HD_STR_ARG(site->base_url), ticket,
                   HD_STR_ARG(hd_link_token(a, site, ticket, seed)));
}
