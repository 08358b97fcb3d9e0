/*
 * GET /schema: what the pages build forms, filters and columns from.
 *
 *     {"ticket":{"plural":"tickets","doc":"...","fields":[{"name","kind","flags":[...],...}]}}
 */
#include "api_impl.h"

static const char *const kinds[] = {
    [HD_K_STR] = "str", [HD_K_TEXT] = "text", [HD_K_JSON] = "json", [HD_K_BYTES] = "bytes", [HD_K_BOOL] = "bool",
    [HD_K_INT] = "int", [HD_K_ENUM] = "enum", [HD_K_FLAGS] = "flags", [HD_K_REF] = "ref",
    [HD_K_REFS] = "refs", [HD_K_TIME] = "time", [HD_K_COMPUTED] = "computed",
};

static const struct {
    uint32_t    flag;
    const char *name;
} flag_names[] = {
    { HD_F_REQ, "required" },       { HD_F_RO, "read_only" }, { HD_F_HEAVY, "heavy" },
    { HD_F_TRACK, "tracked" },      { HD_F_CSV, "csv" },      { HD_F_ADMIN, "staff_only" },
    { HD_F_WRITE1, "create_only" },
};

static void put_text(hd_json_t *j, const char *key, const char *value)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, hd_str(value));
}

static void put_flags(hd_json_t *j, const hd_field_t *f)
{
    hd_json_key(j, HD_STR("flags"));
    hd_json_arr(j);
    for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
        if (f->flags & flag_names[i].flag) {
            hd_json_str(j, hd_str(flag_names[i].name));
        }
    }
    hd_json_end_arr(j);
}

static void put_range(hd_json_t *j, const hd_field_t *f)
{
    if (f->kind == HD_K_STR || f->kind == HD_K_TEXT || f->kind == HD_K_INT) {
        hd_json_key(j, HD_STR("min"));
        hd_json_i64(j, f->min);
        hd_json_key(j, HD_STR("max"));
        hd_json_i64(j, f->max);
    }
    if (f->options != NULL) {
        hd_json_key(j, HD_STR("options"));
        hd_json_arr(j);
        for (unsigned i = 0; i < f->options->n; i++) {
            hd_json_str(j, hd_str(f->options->slugs[i]));
        }
        hd_json_end_arr(j);
    }
    if (f->ref != 0 && f->ref < HD_TYPE_COUNT) {
        put_text(j, "ref", hd_entities[f->ref]->name);
    }
}

static void put_field(hd_json_t *j, const hd_field_t *f)
{
    hd_json_obj(j);
    put_text(j, "name", f->name);
    put_text(j, "kind", kinds[f->kind]);
    put_range(j, f);
    put_flags(j, f);
    put_text(j, "doc", f->doc);
    hd_json_end_obj(j);
}

static void put_type(hd_json_t *j, const hd_entity_t *e, bool staff)
{
    uint64_t mask = hd_json_mask(e, false, staff);
    hd_json_key(j, hd_str(e->name));
    hd_json_obj(j);
    put_text(j, "plural", e->plural);
    put_text(j, "doc", e->doc);
    hd_json_key(j, HD_STR("fields"));
    hd_json_arr(j);
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (mask & HD_BIT(i) && e->fields[i].kind != HD_K_BYTES) {
            put_field(j, &e->fields[i]);
        }
    }
    hd_json_end_arr(j);
    hd_json_end_obj(j);
}

hd_code_t hd_api_schema_get(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 24 * 1024);
    hd_json_obj(&j);
    for (unsigned type = 1; type < HD_TYPE_COUNT; type++) {
        if (type != HD_SESSION) {
            put_type(&j, hd_entities[type], hd_actor_is_staff(c->cx.actor));
        }
    }
    hd_json_end_obj(&j);
    return HD_OK;
}
