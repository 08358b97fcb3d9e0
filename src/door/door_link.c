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

static hd_code_t prove(hd_call_t *c, hd_str_t got, hd_ticket_t *ret, hd_str_t *ret_token)
{
    uint8_t seed[HD_LINK_SEED];
    hd_ticket_t t;
    hd_code_t code = hd_ticket_by_link(&c->cx, c->path_id, &t, seed);
    if (code != HD_OK) {
        return code;
    }
    hd_str_t want = hd_link_token(c->cx.arena, c->site, t.rec.id, seed);
    if (got.len != want.len || !hd_mem_eq_const(got.data, want.data, want.len)) {
        return HD_E_NOT_FOUND;
    }
    *ret = t;
    *ret_token = want;
    return HD_OK;
}

hd_code_t hd_call_linked(hd_call_t *c, hd_ticket_t *ret, hd_str_t *ret_token)
{
    hd_str_t got = hd_form_get(c->req.query, c->cx.arena, "access_token");
    hd_attempt_t at;
    if (got.len == 0) {
        return HD_E_NOT_FOUND;
    }
    hd_code_t code = hd_attempt_link(c, &at);
    if (code != HD_OK) {
        return code;
    }
    code = prove(c, got, ret, ret_token);
    hd_attempt_end(c, &at, code != HD_E_NOT_FOUND);
    return code;
}

hd_str_t hd_link_url(hd_arena_t *a, const hd_site_t *site, hd_id_t ticket,
                     const uint8_t seed[HD_LINK_SEED])
{
    return hd_strf(a, "%.*s/support/ticket/%" PRIu64 "?access_token=%.*s",
                   HD_STR_ARG(site->base_url), ticket,
                   HD_STR_ARG(hd_link_token(a, site, ticket, seed)));
}
