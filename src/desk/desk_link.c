/*
 * Links to tickets that need no login (VIS-12, VIS-22, PRT-4, D-17): in force while the team invites
 * portal users, team and ticket are active and nobody cleared the seed.
 */
#include "desk_impl.h"

static bool has_links(hd_cx_t *cx, const hd_ticket_t *t)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    return t->active && team != NULL && team->active && team->privacy_visibility == HD_VIS_PORTAL;
}

hd_code_t hd_ticket_link(hd_cx_t *cx, hd_id_t id, uint8_t ret_seed[HD_LINK_SEED])
{
    hd_ticket_t old;
    hd_code_t code = hd_desk_ticket_open(cx, id, 0, &old);
    if (code != HD_OK) {
        return code;
    }
    hd_ticket_t t = old;
    hd_desk_settle(cx, &t);
    if (!has_links(cx, &t)) {
        return HD_E_NO_LINK;
    }
    if (t.access_token.len == HD_LINK_SEED) {
        memcpy(ret_seed, t.access_token.data, HD_LINK_SEED);
        return HD_OK;
    }
    if (!hd_random(ret_seed, HD_LINK_SEED)) {
        return HD_E_INTERNAL;
    }
    t.access_token = hd_str_dup(cx->arena, (hd_str_t){ HD_LINK_SEED, (const char *) ret_seed });
    return hd_desk_put(cx, HD_TICKET, &old, &t);
}

hd_code_t hd_ticket_by_link(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret,
                            uint8_t ret_seed[HD_LINK_SEED])
{
    hd_ticket_t t;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &t);
    if (code != HD_OK) {
        return code == HD_E_DATA ? HD_E_NOT_FOUND : code;
    }
    hd_desk_settle(cx, &t);
    if (!has_links(cx, &t) || t.access_token.len != HD_LINK_SEED) {
        return HD_E_NOT_FOUND;
    }
    memcpy(ret_seed, t.access_token.data, HD_LINK_SEED);
    *ret = t;
    return HD_OK;
}
