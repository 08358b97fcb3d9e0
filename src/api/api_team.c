/*
 * What teams have beside the five handlers of every record: links for their customers.
 */
#include "api_impl.h"

hd_code_t hd_api_ticket_link(hd_call_t *c)
{
    uint8_t seed[HD_LINK_SEED];
    hd_code_t code = hd_ticket_link(&c->cx, c->path_id, seed);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 256);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("url"));
    hd_json_str(&j, hd_link_url(c->cx.arena, c->site, c->path_id, seed));
    hd_json_end_obj(&j);
    return HD_OK;
}
