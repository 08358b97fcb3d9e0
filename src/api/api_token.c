/*
 * API tokens of the one who asks.  Listing and ending them is what every record does
 * (api_record.c); making one shows its text this once.
 */
#include "api_impl.h"

/* A token never makes a token that may do more than itself. */
static hd_code_t check_scopes(hd_call_t *c, const hd_token_t *t)
{
    return (t->scopes & ~c->cx.actor->scopes) == 0 ? HD_OK : HD_E_SCOPE;
}

hd_code_t hd_api_token_create(hd_call_t *c)
{
    const hd_entity_t *e = hd_entities[HD_TOKEN];
    hd_token_t t = { .scopes = 0 };
    hd_str_t text = { 0, "" };
    uint64_t mask = 0;
    hd_code_t code = hd_read_json(e, c->cx.arena, c->json, &t, &mask, HD_READ_CREATE, &c->problem);
    if (code == HD_OK) {
        code = check_scopes(c, &t);
    }
    if (code == HD_OK) {
        code = hd_token_create(&c->cx, &t, &text);
    }
    if (code == HD_OK) {
        code = hd_res_record(c, HD_TOKEN, &t, 201);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = hd_json_mask(e, false, true) };
    hd_json_t j = hd_res_json(c, 201, 768);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("token"));
    hd_json_str(&j, text);
    hd_record_members(&j, e, &t, &opt);
    hd_json_end_obj(&j);
    return HD_OK;
}
