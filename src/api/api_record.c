/*
 * Companies, contacts, users, teams and stages: the same five handlers for each; the type stands in
 * the route's row, the rules in desk.
 */
#include "api_impl.h"

static hd_type_t type_of(const hd_call_t *c)
{
    return (hd_type_t) c->route->type;
}

hd_code_t hd_api_record_list(hd_call_t *c)
{
    hd_type_t type = type_of(c);
    const hd_entity_t *e = hd_entities[type];
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_page_t page = { 0 };
    hd_code_t code = hd_api_query(c, e, l, NULL);
    if (code != HD_OK) {
        return code;
    }
    if (hd_call_wants_csv(c)) {
        return hd_api_csv(c, type, l, NULL);
    }
    hd_query_t q = {
        .filters = l->filters, .n_filters = l->n_filters, .where = l->where, .sort = l->sort,
        .n_sort = l->n_sort, .limit = l->limit, .after = l->after
    };
    code = hd_record_list(&c->cx, type, &q, &page);
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = l->mask };
    hd_expand_t *x = hd_api_expand(c, l->expand);
    hd_json_t j = hd_api_list_begin(c, 64 + 512 * (size_t) page.n);
    for (uint32_t i = 0; i < page.n; i++) {
        hd_api_record(&j, x, e, hd_record_view(&c->cx, type, page.v[i]), &opt);
    }
    hd_api_list_end(&j, page.next);
    return HD_OK;
}

hd_code_t hd_api_record_get(hd_call_t *c)
{
    hd_type_t type = type_of(c);
    void *rec = hd_alloc(c->cx.arena, hd_entities[type]->size);
    uint64_t expand = 0;
    hd_code_t code = hd_api_expand_query(c, hd_entities[type], &expand);
    if (code == HD_OK) {
        code = hd_record_get(&c->cx, type, c->path_id, rec);
    }
    return code == HD_OK ? hd_api_res_expanded(c, type, rec, expand) : code;
}

hd_code_t hd_api_record_create(hd_call_t *c)
{
    hd_type_t type = type_of(c);
    const hd_entity_t *e = hd_entities[type];
    void *rec = hd_alloc(c->cx.arena, e->size);
    uint64_t mask = 0;
    hd_code_t code = hd_read_json(e, c->cx.arena, c->json, rec, &mask, HD_READ_CREATE, &c->problem);
    if (code == HD_OK) {
        code = hd_record_create(&c->cx, type, rec, mask);
    }
    return code == HD_OK ? hd_res_record(c, type, rec, 201) : code;
}

hd_code_t hd_api_record_patch(hd_call_t *c)
{
    hd_type_t type = type_of(c);
    const hd_entity_t *e = hd_entities[type];
    void *rec = hd_alloc(c->cx.arena, e->size);
    uint64_t mask = 0, version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_read_json(e, c->cx.arena, c->json, rec, &mask, HD_READ_PATCH, &c->problem);
    }
    if (code == HD_OK) {
        code = hd_record_update(&c->cx, type, c->path_id, version, rec, mask);
    }
    return code == HD_OK ? hd_res_record(c, type, rec, 200) : code;
}

hd_code_t hd_api_record_delete(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_record_delete(&c->cx, type_of(c), c->path_id, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}
