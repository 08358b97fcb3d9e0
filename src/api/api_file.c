/*
 * Files: POST a body of any bytes, GET its record or its content.  Who may is asked before the body is read; its bytes
 * are hashed, put in their place and synced in the pool; the command then writes the record alone.
 */
#include "api_impl.h"

typedef struct {
    hd_upload_t upload;
    bool        internal;
} file_t;

static hd_code_t read_query(hd_call_t *c, hd_str_t *ret_name, bool *ret_internal)
{
    hd_str_t rest = c->req.query, name, value;
    *ret_name = (hd_str_t){ 0, "" };
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (hd_str_is(name, "name")) {
            *ret_name = value;
        } else if (hd_str_is(name, "internal") && c->path_id != 0) {
            *ret_internal = hd_str_is(value, "true");
            if (!*ret_internal && !hd_str_is(value, "false")) {
                return hd_api_bad_parameter(c, name, "not_an_option", "Give true or false.");
            }
        } else {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
    }
    if (ret_name->len == 0) {
        return hd_problem_field(&c->problem, c->cx.arena, HD_STR("name"), "required", "A value is required.");
    }
    return HD_OK;
}

hd_code_t hd_api_file_admit(hd_call_t *c)
{
    hd_str_t name;
    bool internal = false;
    hd_code_t code = read_query(c, &name, &internal);
    return code == HD_OK ? hd_file_admit(&c->cx, c->path_id, internal) : code;
}

hd_code_t hd_api_file_before(hd_call_t *c)
{
    hd_str_t name;
    file_t *f = hd_alloc(c->cx.arena, sizeof(*f));
    hd_code_t code = read_query(c, &name, &f->internal);
    if (code == HD_OK) {
        code = hd_call_take_file(c, name, c->req.body, &f->upload);
    }
    if (code == HD_OK) {
        c->prepared = f;
        c->req.body = (hd_str_t){ HD_HASH_LEN, (const char *) f->upload.blob.hash };   /* stands for it in an Idempotency-Key */
    }
    return code;
}

/* Its address, whichever it was sent to. */
static void set_location(hd_call_t *c, hd_id_t id)
{
    for (uint32_t i = 0; i < c->res.n_headers; i++) {
        if (strcmp(c->res.headers[i].name, "Location") == 0) {
            c->res.headers[i].value = hd_strf(c->cx.arena, "/api/v1/attachments/%" PRIu64, id);
        }
    }
}

hd_code_t hd_api_file_create(hd_call_t *c)
{
    const file_t *in = c->prepared;
    hd_attachment_t f;
    if (in == NULL) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = hd_file_create(&c->cx, c->path_id, in->internal, &in->upload, &f);
    if (code == HD_OK) {
        code = hd_res_record(c, HD_ATTACHMENT, &f, 201);
        set_location(c, f.rec.id);
    }
    return code;
}

hd_code_t hd_api_file_list(hd_call_t *c)
{
    hd_attachment_t *v;
    uint32_t n;
    const hd_entity_t *e = hd_entities[HD_ATTACHMENT];
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_file_list(&c->cx, c->path_id, &v, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_opt_t opt = { .mask = hd_json_mask(e, true, hd_actor_is_staff(c->cx.actor)) };
    hd_json_t j = hd_res_json(c, 200, 64 + 512 * (size_t) n);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("items"));
    hd_json_arr(&j);
    for (uint32_t i = 0; i < n; i++) {
        hd_record_json(&j, e, &v[i], &opt);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_file_content(hd_call_t *c)
{
    hd_attachment_t f;
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL || !hd_str_is(name, "inline")) {
            return name.data == NULL ? HD_E_REQUEST : hd_api_no_query(c);
        }
    }
    hd_code_t code = hd_record_get(&c->cx, HD_ATTACHMENT, c->path_id, &f);
    if (code == HD_OK) {
        hd_res_file(c, &f);
    }
    return code;
}

hd_code_t hd_api_file_delete(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_file_delete(&c->cx, c->path_id, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}
