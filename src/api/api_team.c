/*
 * What teams have beside the five handlers of every record: links for their customers, and
 * what a change of one would do.
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

static void put_people(hd_json_t *j, const char *name, const char *total, const hd_access_list_t *list)
{
    hd_json_key(j, hd_str(name));
    hd_json_arr(j);
    for (uint32_t i = 0; i < list->n; i++) {
        const hd_access_t *a = &list->v[i];
        hd_json_obj(j);
        hd_json_key(j, HD_STR("partner_id"));
        hd_json_u64(j, a->partner_id);
        hd_json_key(j, HD_STR("name"));
        hd_json_str(j, a->name);
        hd_json_key(j, HD_STR("kind"));
        hd_json_str(j, hd_str(a->kind));
        hd_json_key(j, HD_STR("tickets"));
        hd_json_u64(j, a->tickets);
        hd_json_end_obj(j);
    }
    hd_json_end_arr(j);
    hd_json_key(j, hd_str(total));
    hd_json_u64(j, list->total);
}

static hd_code_t preview(hd_call_t *c)
{
    hd_team_t rec = { 0 };
    hd_team_preview_t p;
    uint64_t mask = 0, version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_read_json(hd_entities[HD_TEAM], c->cx.arena, c->json, &rec, &mask, HD_READ_PATCH,
                            &c->problem);
    }
    if (code == HD_OK) {
        code = hd_team_preview(&c->cx, c->path_id, version, &rec, mask, &p);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 1024);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("dry_run"));
    hd_json_bool(&j, true);
    hd_json_key(&j, HD_STR("warning"));
    hd_json_str(&j, p.warning);
    hd_json_key(&j, HD_STR("warning_codes"));
    hd_json_arr(&j);
    for (size_t i = 0; i < 2; i++) {
        if (p.codes[i] != NULL) {
            hd_json_str(&j, hd_str(p.codes[i]));
        }
    }
    hd_json_end_arr(&j);
    hd_json_key(&j, HD_STR("tickets"));
    hd_json_u64(&j, p.tickets);
    hd_json_key(&j, HD_STR("links_end"));
    hd_json_u64(&j, p.links_end);
    put_people(&j, "lose", "lose_total", &p.lose);
    put_people(&j, "gain", "gain_total", &p.gain);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_team_patch(hd_call_t *c)
{
    bool dry = false;
    hd_code_t code = hd_api_dry_run(c, &dry);
    if (code != HD_OK) {
        return code;
    }
    return dry ? preview(c) : hd_api_record_patch(c);
}
