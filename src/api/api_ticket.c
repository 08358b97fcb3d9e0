/*
 * Tickets.
 */
#include "api_impl.h"

static const hd_entity_t *entity(void)
{
    return hd_entities[HD_TICKET];
}

/* Texts that are shown make a row long; the rest of a ticket takes about 700 bytes. */
static size_t guess_list(const hd_ticket_page_t *page, uint64_t mask)
{
    size_t n = 64 + 900 * (size_t) page->n;
    for (uint32_t i = 0; i < page->n && mask & HD_BIT(HD_TICKET_F_description); i++) {
        n += page->v[i].description.len;
    }
    return n < HD_REPLY_MAX ? n : HD_REPLY_MAX;
}

hd_code_t hd_api_ticket_list(hd_call_t *c)
{
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_ticket_query_t q;
    hd_ticket_page_t page = { 0 };
    hd_code_t code = hd_api_query(c, entity(), l, &q);
    if (code == HD_OK && hd_call_wants_csv(c)) {
        return hd_api_csv(c, HD_TICKET, l, &q);
    }
    if (code == HD_OK) {
        code = hd_ticket_list(&c->cx, &q, &page);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = l->mask };
    hd_expand_t *x = hd_api_expand(c, l->expand);
    hd_json_t j = hd_api_list_begin(c, guess_list(&page, l->mask));
    for (uint32_t i = 0; i < page.n; i++) {
        hd_api_record(&j, x, entity(), &page.v[i], &opt);
    }
    hd_api_list_end(&j, page.next);
    return HD_OK;
}

hd_code_t hd_api_ticket_count(hd_call_t *c)
{
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_ticket_query_t q;
    uint64_t n = 0;
    hd_code_t code = hd_api_query(c, entity(), l, &q);
    if (code == HD_OK) {
        code = hd_ticket_count(&c->cx, &q, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 48);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("count"));
    hd_json_u64(&j, n);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_ticket_get(hd_call_t *c)
{
    hd_ticket_t t;
    uint64_t expand = 0;
    if (hd_form_get(c->req.query, c->cx.arena, "at").len != 0) {
        return hd_api_ticket_at(c);
    }
    hd_code_t code = hd_api_expand_query(c, entity(), &expand);
    if (code == HD_OK) {
        code = hd_ticket_get(&c->cx, c->path_id, &t);
    }
    return code == HD_OK ? hd_api_res_expanded(c, HD_TICKET, &t, expand) : code;
}

hd_code_t hd_api_ticket_create(hd_call_t *c)
{
    hd_ticket_t t = { 0 };
    uint64_t mask = 0;
    hd_code_t code =
        hd_read_json(entity(), c->cx.arena, c->json, &t, &mask, HD_READ_CREATE, &c->problem);
    if (code == HD_OK) {
        code = hd_ticket_create(&c->cx, &t, mask);
    }
    return code == HD_OK ? hd_res_record(c, HD_TICKET, &t, 201) : code;
}

hd_code_t hd_api_ticket_patch(hd_call_t *c)
{
    hd_ticket_t t = { 0 };
    uint64_t mask = 0, version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_read_json(entity(), c->cx.arena, c->json, &t, &mask, HD_READ_PATCH, &c->problem);
    }
    if (code == HD_OK) {
        code = hd_ticket_update(&c->cx, c->path_id, version, &t, mask);
    }
    return code == HD_OK ? hd_res_record(c, HD_TICKET, &t, 200) : code;
}

hd_code_t hd_api_ticket_delete(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_ticket_delete(&c->cx, c->path_id, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}

static hd_code_t set_follower(hd_call_t *c, bool follow)
{
    hd_ticket_t t = { 0 };
    hd_code_t code = hd_ticket_follow(&c->cx, c->path_id, c->path_id2, follow, &t);
    return code == HD_OK ? hd_res_record(c, HD_TICKET, &t, 200) : code;
}

hd_code_t hd_api_ticket_follow(hd_call_t *c)
{
    return set_follower(c, true);
}

hd_code_t hd_api_ticket_unfollow(hd_call_t *c)
{
    return set_follower(c, false);
}
