/*
 * Followers of tickets and teams, and the inbox.
 */
#include "api_impl.h"

/* ---- bodies ---- */

typedef enum { IS_ID, IS_IDS, IS_FLAG, IS_SUBTYPES } is_t;
typedef struct {
    const char *name;
    is_t        is;
    void       *ret;             /* hd_id_t, hd_ids_t, bool, uint32_t */
    bool        given;
} member_t;

static void bad(hd_call_t *c, const char *field, const char *code)
{
    hd_value_bad(&c->problem, c->cx.arena, hd_str(field), code);
}

static bool is_id(const hd_jval_t *v)
{
    return hd_jtype(v) == HD_J_INT && hd_jint(v) >= 1 && hd_jint(v) <= HD_ID_MAX;
}

static const char *read_ids(hd_call_t *c, const hd_jval_t *v, hd_ids_t *ret)
{
    size_t n = hd_jtype(v) == HD_J_ARR ? hd_jlen(v) : 0;
    hd_id_t *ids = hd_alloc_n(c->cx.arena, n + 1, sizeof(*ids));
    if (hd_jtype(v) != HD_J_ARR || n > HD_READ_MAX) {
        return n > HD_READ_MAX ? "too_many" : "wrong_type";
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_id(hd_jat(v, i))) {
            return "not_an_id";
        }
        ids[i] = (hd_id_t) hd_jint(hd_jat(v, i));
    }
    *ret = hd_ids_make(c->cx.arena, ids, n);
    return NULL;
}

static const hd_enum_t *subtypes(void)
{
    return hd_entities[HD_FOLLOWER]->fields[HD_FOLLOWER_F_subtypes].options;
}

static const char *read_subtypes(const hd_jval_t *v, uint32_t *ret)
{
    const hd_enum_t *o = subtypes();
    if (hd_jtype(v) != HD_J_ARR) {
        return "wrong_type";
    }
    for (size_t i = 0; i < hd_jlen(v); i++) {
        const hd_jval_t *one = hd_jat(v, i);
        uint8_t k = 0;
        while (k < o->n && !(hd_jtype(one) == HD_J_STR && hd_str_is(hd_jstr(one), o->slugs[k]))) {
            k++;
        }
        if (k == o->n) {
            return "not_an_option";
        }
        *ret |= UINT32_C(1) << k;
    }
    return NULL;
}

static const char *read_member(hd_call_t *c, const member_t *m, const hd_jval_t *v)
{
    switch (m->is) {
    case IS_ID:
        *(hd_id_t *) m->ret = is_id(v) ? (hd_id_t) hd_jint(v) : 0;
        return is_id(v) ? NULL : "not_an_id";
    case IS_IDS:
        return read_ids(c, v, m->ret);
    case IS_SUBTYPES:
        return read_subtypes(v, m->ret);
    default:
        *(bool *) m->ret = hd_jbool(v);
        return hd_jtype(v) == HD_J_BOOL ? NULL : "wrong_type";
    }
}

/* Members of the body; others are refused. */
static hd_code_t read_members(hd_call_t *c, member_t *m, size_t n)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v;
    bool unknown = false;
    while (hd_jnext(c->json, &it, &name, &v)) {
        size_t i = 0;
        while (i < n && !hd_str_is(name, m[i].name)) {
            i++;
        }
        if (i == n) {
            unknown = true;
            hd_value_bad(&c->problem, c->cx.arena, name, "unknown_field");
            continue;
        }
        const char *fault = read_member(c, &m[i], v);
        m[i].given = true;
        if (fault != NULL) {
            bad(c, m[i].name, fault);
        }
    }
    return unknown ? HD_E_UNKNOWN_FIELD : c->problem.n_fields != 0 ? HD_E_INVALID : HD_OK;
}

static hd_code_t require(hd_call_t *c, const char *field)
{
    bad(c, field, "required");
    return HD_E_INVALID;
}

/* ---- followers ---- */

static hd_type_t followed_type(const hd_call_t *c)
{
    return (hd_type_t) c->route->type;
}

static hd_code_t answer_followers(hd_call_t *c)
{
    hd_follower_row_t *v;
    uint32_t n;
    hd_code_t code = hd_follower_list(&c->cx, followed_type(c), c->path_id, &v, &n);
    if (code != HD_OK) {
        return code;
    }
    const hd_enum_t *o = subtypes();
    hd_json_t j = hd_api_list_begin(c, 64 + 128 * (size_t) n);
    for (uint32_t i = 0; i < n; i++) {
        hd_json_obj(&j);
        hd_json_key(&j, HD_STR("partner_id"));
        hd_json_u64(&j, v[i].partner_id);
        hd_json_key(&j, HD_STR("name"));
        hd_json_str(&j, v[i].name);
        hd_json_key(&j, HD_STR("kind"));
        hd_json_str(&j, hd_str(v[i].kind));
        hd_json_key(&j, HD_STR("subtypes"));
        hd_json_arr(&j);
        for (uint8_t k = 0; k < o->n; k++) {
            if (v[i].subtypes & UINT32_C(1) << k) {
                hd_json_str(&j, hd_str(o->slugs[k]));
            }
        }
        hd_json_end_arr(&j);
        hd_json_end_obj(&j);
    }
    hd_api_list_end(&j, (hd_str_t){ 0, "" });
    return HD_OK;
}

hd_code_t hd_api_follower_list(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    return code == HD_OK ? answer_followers(c) : code;
}

hd_code_t hd_api_follower_add(hd_call_t *c)
{
    hd_ids_t partners = { 0, NULL };
    uint32_t set = 0;
    bool notify = false;
    member_t m[] = { { .name = "partner_ids", .is = IS_IDS, .ret = &partners },
                     { .name = "subtypes", .is = IS_SUBTYPES, .ret = &set },
                     { .name = "notify", .is = IS_FLAG, .ret = &notify } };
    hd_code_t code = read_members(c, m, 3);
    if (code == HD_OK && partners.n == 0) {
        code = require(c, "partner_ids");
    }
    if (code == HD_OK) {
        code = hd_follower_add(&c->cx, followed_type(c), c->path_id, partners, m[1].given ? &set : NULL, notify);
    }
    return code == HD_OK ? answer_followers(c) : code;
}

hd_code_t hd_api_follower_patch(hd_call_t *c)
{
    uint32_t set = 0;
    member_t m = { .name = "subtypes", .is = IS_SUBTYPES, .ret = &set };
    hd_code_t code = read_members(c, &m, 1);
    if (code == HD_OK && !m.given) {
        code = require(c, m.name);
    }
    if (code == HD_OK) {
        code = hd_follower_set(&c->cx, followed_type(c), c->path_id, c->path_id2, set);
    }
    return code == HD_OK ? answer_followers(c) : code;
}

hd_code_t hd_api_follower_remove(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_follower_remove(&c->cx, followed_type(c), c->path_id, c->path_id2, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}

/* ---- the inbox ---- */

static hd_code_t answer_count(hd_call_t *c, int64_t marked)
{
    hd_json_t j = hd_res_json(c, 200, 64);
    uint32_t n = hd_inbox_unread(&c->cx);
    hd_json_obj(&j);
    if (marked >= 0) {
        hd_json_key(&j, HD_STR("read"));
        hd_json_i64(&j, marked);
    }
    hd_json_key(&j, HD_STR("unread"));
    hd_json_u64(&j, n);
    hd_json_key(&j, HD_STR("more"));
    hd_json_bool(&j, n == HD_UNREAD_MAX);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_notification_count(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    return code == HD_OK ? answer_count(c, -1) : code;
}

hd_code_t hd_api_notification_list(hd_call_t *c)
{
    const hd_entity_t *e = hd_entities[HD_NOTIFICATION];
    hd_list_t *l = hd_alloc_raw(c->cx.arena, sizeof(*l));
    hd_own_t unread = { .name = "unread" };
    hd_page_t page = { 0 };
    hd_code_t code = hd_api_query_own(c, e, l, &unread, 1);
    bool only = unread.value.data != NULL && hd_str_is(unread.value, "true");
    if (code == HD_OK && unread.value.data != NULL && !only && !hd_str_is(unread.value, "false")) {
        code = hd_api_bad_parameter(c, HD_STR("unread"), "not_an_option", "Give true or false.");
    }
    if (code == HD_OK) {
        code = hd_inbox_list(&c->cx, only, l->limit, l->after, &page);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = l->mask };
    hd_expand_t *x = hd_api_expand(c, l->expand);
    hd_json_t j = hd_api_list_begin(c, 64 + 256 * (size_t) page.n);
    for (uint32_t i = 0; i < page.n; i++) {
        hd_api_record(&j, x, e, page.v[i], &opt);
    }
    hd_api_list_end(&j, page.next);
    return HD_OK;
}

hd_code_t hd_api_notification_patch(hd_call_t *c)
{
    hd_notification_t n;
    bool read = false;
    member_t m = { .name = "read", .is = IS_FLAG, .ret = &read };
    hd_code_t code = read_members(c, &m, 1);
    if (code == HD_OK && !m.given) {
        code = require(c, m.name);
    }
    if (code == HD_OK) {
        code = hd_inbox_mark(&c->cx, c->path_id, read, &n);
    }
    return code == HD_OK ? hd_res_record(c, HD_NOTIFICATION, &n, 200) : code;
}

/* Exactly one of {"ids":[..]}, {"ticket_id":n}, {"all":true}. */
hd_code_t hd_api_notification_read(hd_call_t *c)
{
    hd_ids_t ids = { 0, NULL };
    hd_id_t ticket = 0;
    uint32_t n = 0;
    bool all = false;
    member_t m[] = { { .name = "ids", .is = IS_IDS, .ret = &ids },
                     { .name = "ticket_id", .is = IS_ID, .ret = &ticket },
                     { .name = "all", .is = IS_FLAG, .ret = &all } };
    hd_code_t code = read_members(c, m, 3);
    if (code == HD_OK && m[0].given + m[1].given + all != 1) {
        code = require(c, "ids");
    }
    if (code == HD_OK && (ids.n != 0 || !m[0].given)) {
        code = hd_inbox_read(&c->cx, ids, ticket, &n);
    }
    return code == HD_OK ? answer_count(c, n) : code;
}
