/*
 * GET /openapi.json: the route table and the record tables as an OpenAPI 3.1 document.
 */
#include "api_impl.h"

static void put_text(hd_json_t *j, const char *key, const char *value)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, hd_str(value));
}

static void put_true(hd_json_t *j, const char *key)
{
    hd_json_key(j, hd_str(key));
    hd_json_bool(j, true);
}

static void open_obj(hd_json_t *j, const char *key)
{
    hd_json_key(j, hd_str(key));
    hd_json_obj(j);
}

static void put_ref(hd_json_t *j, const char *where, const char *name, const char *more)
{
    hd_buf_t *b = j->b;
    hd_json_obj(j);
    hd_json_key(j, HD_STR("$ref"));
    hd_buf_printf(b, "\"#/components/%s/%s%s\"", where, name, more);
    j->comma = true;
    hd_json_end_obj(j);
}

static void put_schema_ref(hd_json_t *j, uint8_t type, const char *more)
{
    hd_str_t name = hd_openapi_name(j->b->arena, hd_entities[type]);
    put_ref(j, "schemas", hd_str_dup(j->b->arena, name).data, more);
}

/* ---- parameters ---- */

/* Leaves the object open. */
static void begin_parameter(hd_json_t *j, const char *name, const char *in, const char *type, const char *doc)
{
    hd_json_obj(j);
    put_text(j, "name", name);
    put_text(j, "in", in);
    if (in[0] == 'p') {
        put_true(j, "required");
    }
    put_text(j, "description", doc);
    open_obj(j, "schema");
    put_text(j, "type", type);
    if (type[0] == 'i') {
        hd_json_key(j, HD_STR("minimum"));
        hd_json_i64(j, in[0] == 'p' || name[0] == 'l' ? 1 : 0);
    }
    hd_json_end_obj(j);
}

static void put_parameter(hd_json_t *j, const char *name, const char *in, const char *type, const char *doc)
{
    begin_parameter(j, name, in, type, doc);
    hd_json_end_obj(j);
}

static void put_path_parameters(hd_json_t *j, const char *path)
{
    const char *first = strstr(path, "{id}");
    if (first != NULL) {
        put_parameter(j, "id", "path", "integer", "Number of the record");
        if (strstr(first + 1, "{id}") != NULL) {
            put_parameter(j, "id2", "path", "integer", "Number of the second record");
        }
    }
    if (strstr(path, "{slug}") != NULL) {
        put_parameter(j, "slug", "path", "string", "Name in addresses");
    }
}

/* A parameter a field; x-operators are those that may stand behind its name: priority.gte. */
static void put_filters(hd_json_t *j, const hd_entity_t *e)
{
    for (unsigned i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (!hd_field_is_asked(f, true) || f->kind == HD_K_JSON) {
            continue;
        }
        begin_parameter(j, f->name, "query", "string", f->doc);
        hd_json_key(j, HD_STR("x-operators"));
        hd_json_arr(j);
        for (unsigned n = 0; hd_filter_op(f, n) != NULL; n++) {
            hd_json_str(j, hd_str(hd_filter_op(f, n)));
        }
        hd_json_end_arr(j);
        hd_json_end_obj(j);
    }
}

static bool shows_records(const hd_route_t *r)
{
    return r->method == HD_GET && (r->out == HD_OUT_LIST || r->out == HD_OUT_RECORD || r->run == hd_api_board_get);
}

static void put_query_parameters(hd_json_t *j, const hd_route_t *r)
{
    if (r->out == HD_OUT_LIST) {
        put_parameter(j, "limit", "query", "integer",
                      "Records of one page, at most 200; 50 if not given");
        put_parameter(j, "after", "query", "string", "Cursor: `next` of the page before");
        put_parameter(j, "fields", "query", "string", "Fields to show, separated by commas");
        put_parameter(j, "sort", "query", "string", "Up to three fields, separated by commas; -field falls");
        put_parameter(j, "format", "query", "string",
                      "csv: every match as CSV, like Accept: text/csv; json if not given");
    }
    if (shows_records(r)) {
        put_parameter(j, "expand", "query", "string",
                      "References, separated by commas: user_id adds the member user, tag_ids the member tags");
    }
    if (r->type != 0 && r->method == HD_GET
        && (r->out == HD_OUT_LIST || strstr(r->path, "{id}") == NULL)) {
        put_parameter(j, "filter", "query", "string",
                      "Expression: comparisons (= != > >= < <= in contains) joined by and, or, not, parentheses");
        put_filters(j, hd_entities[r->type]);
    }
    const hd_doc_t *d = hd_api_doc(r->op);
    for (size_t i = 0; i < HD_DOC_QUERY && d->query[i].name != NULL; i++) {
        put_parameter(j, d->query[i].name, "query", d->query[i].type, d->query[i].doc);
    }
}

static void put_header_parameters(hd_json_t *j, const hd_route_t *r)
{
    if (r->need != HD_NEED_PUBLIC) {
        put_parameter(j, "X-Companies", "header", "string",
                      "Companies to work in, some of one's own: numbers separated by commas; all of them if not sent");
    }
    if (r->method == HD_GET) {
        if (r->out == HD_OUT_STREAM) {
            put_parameter(j, "Last-Event-ID", "header", "string", "Sequence number of the last event you have, as browsers send it");
        }
        if (r->out == HD_OUT_RECORD) {
            put_parameter(j, "If-None-Match", "header", "string",
                          "ETag you have; 304 when it still holds");
        }
        return;
    }
    if (r->in == HD_IN_PATCH
        || (r->method == HD_DELETE && r->out == HD_OUT_NONE && r->type != HD_TOKEN)) {
        put_parameter(j, "If-Match", "header", "string",
                      "ETag you read; 412 when the record changed since");
    }
    if (hd_route_is_keyed(r)) {
        put_parameter(j, "Idempotency-Key", "header", "string",
                      "A repetition with this key is not done twice");
    }
    if (r->need != HD_NEED_PUBLIC) {
        put_parameter(j, "X-CSRF", "header", "string",
                      "`csrf` of GET /session; needed with a session cookie");
    }
}

/* ---- body and answers ---- */

static void put_body_schema(hd_json_t *j, const hd_route_t *r)
{
    hd_json_key(j, HD_STR("schema"));
    if (r->schema != NULL) {
        hd_json_raw(j, hd_str(r->schema));
    } else {
        put_schema_ref(j, r->type, r->in == HD_IN_PATCH ? "Patch" : "Create");
    }
}

static void put_body(hd_json_t *j, const hd_route_t *r)
{
    if (r->in == HD_IN_NONE) {
        return;
    }
    open_obj(j, "requestBody");
    put_true(j, "required");
    open_obj(j, "content");
    const hd_doc_t *d = hd_api_doc(r->op);
    open_obj(j, d->body_media ? d->body_media
                : r->in == HD_IN_PATCH ? "application/merge-patch+json" : "application/json");
    put_body_schema(j, r);
    hd_json_end_obj(j);
    hd_json_end_obj(j);
    hd_json_end_obj(j);
}

static void put_list_schema(hd_json_t *j, uint8_t type)
{
    hd_json_obj(j);
    put_text(j, "type", "object");
    hd_json_key(j, HD_STR("required"));
    hd_json_raw(j, HD_STR("[\"items\",\"next\"]"));
    open_obj(j, "properties");
    open_obj(j, "items");
    put_text(j, "type", "array");
    hd_json_key(j, HD_STR("items"));
    put_schema_ref(j, type, "");
    hd_json_end_obj(j);
    hd_json_key(j, HD_STR("next"));
    hd_json_raw(j, HD_STR("{\"type\":[\"string\",\"null\"]}"));
    hd_json_end_obj(j);
    hd_json_end_obj(j);
}

static void put_record_schema(hd_json_t *j, const hd_route_t *r, const char *other)
{
    if (other == NULL) {
        put_schema_ref(j, r->type, "");
        return;
    }
    hd_json_obj(j);
    hd_json_key(j, HD_STR("anyOf"));
    hd_json_arr(j);
    put_schema_ref(j, r->type, "");
    hd_json_raw(j, hd_str(other));
    hd_json_end_arr(j);
    hd_json_end_obj(j);
}

static void put_content(hd_json_t *j, const hd_route_t *r)
{
    if (r->out == HD_OUT_NONE) {
        return;
    }
    const hd_doc_t *d = hd_api_doc(r->op);
    open_obj(j, "content");
    open_obj(j, d->media ? d->media : "application/json");
    hd_json_key(j, HD_STR("schema"));
    if (d->media != NULL) {
        hd_json_raw(j, HD_STR("{\"type\":\"string\"}"));
    } else if (r->out == HD_OUT_RECORD) {
        put_record_schema(j, r, d->answer);
    } else if (r->out == HD_OUT_LIST) {
        put_list_schema(j, r->type);
    } else {
        hd_json_raw(j, d->answer ? hd_str(d->answer) : HD_STR("{\"type\":\"object\"}"));
    }
    hd_json_end_obj(j);
    if (r->out == HD_OUT_LIST) {
        hd_json_key(j, HD_STR("text/csv"));
        hd_json_raw(j, HD_STR("{\"schema\":{\"type\":\"string\"}}"));
    }
    hd_json_end_obj(j);
}

static void put_responses(hd_json_t *j, const hd_route_t *r)
{
    const char *status = r->out == HD_OUT_NONE ? "204"
                         : r->method == HD_POST && r->out == HD_OUT_RECORD ? "201" : "200";
    open_obj(j, "responses");
    open_obj(j, status);
    put_text(j, "description", r->summary);
    put_content(j, r);
    hd_json_end_obj(j);
    hd_json_key(j, HD_STR("default"));
    put_ref(j, "responses", "Problem", "");
    hd_json_end_obj(j);
}

/* ---- paths ---- */

static const char *method_name(uint8_t method)
{
    switch ((hd_method_t) method) {
    case HD_GET:    return "get";
    case HD_POST:   return "post";
    case HD_PATCH:  return "patch";
    case HD_PUT:    return "put";
    default:        return "delete";
    }
}

static void put_operation(hd_json_t *j, const hd_route_t *r)
{
    static const char *const needs[] = {
        [HD_NEED_PUBLIC] = "public", [HD_NEED_LOGIN] = "login", [HD_NEED_STAFF] = "staff",
        [HD_NEED_ADMIN] = "admin",
    };
    open_obj(j, method_name(r->method));
    put_text(j, "operationId", r->op);
    put_text(j, "summary", r->summary);
    put_text(j, "x-need", needs[r->need]);
    if (r->need == HD_NEED_PUBLIC) {
        hd_json_key(j, HD_STR("security"));
        hd_json_raw(j, HD_STR("[]"));
    }
    hd_json_key(j, HD_STR("parameters"));
    hd_json_arr(j);
    put_path_parameters(j, r->path);
    put_query_parameters(j, r);
    put_header_parameters(j, r);
    hd_json_end_arr(j);
    put_body(j, r);
    put_responses(j, r);
    hd_json_end_obj(j);
}

/* A name may stand in a path once: the second {id} becomes {id2}. */
static void put_path_key(hd_json_t *j, hd_arena_t *a, const char *path)
{
    const char *first = strstr(path, "{id}");
    const char *second = first != NULL ? strstr(first + 1, "{id}") : NULL;
    hd_str_t key = hd_str(path);
    if (second != NULL) {
        hd_str_t head = { (size_t) (second - path), path };
        key = hd_str_cat(a, 3, head, HD_STR("{id2}"), hd_str(second + 4));
    }
    hd_json_key(j, key);
}

static bool is_first_of_path(const hd_route_t *r)
{
    for (const hd_route_t *p = hd_api_door.routes; p < r; p++) {
        if (hd_str_is(hd_str(p->path), r->path)) {
            return false;
        }
    }
    return true;
}

static void put_paths(hd_json_t *j, hd_arena_t *a)
{
    const hd_route_t *end = hd_api_door.routes + hd_api_door.n;
    open_obj(j, "paths");
    for (const hd_route_t *r = hd_api_door.routes; r < end; r++) {
        if (!is_first_of_path(r)) {
            continue;
        }
        put_path_key(j, a, r->path);
        hd_json_obj(j);
        for (const hd_route_t *p = r; p < end; p++) {
            if (hd_str_is(hd_str(p->path), r->path)) {
                put_operation(j, p);
            }
        }
        hd_json_end_obj(j);
    }
    hd_json_end_obj(j);
}

/* ---- components ---- */

static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"code\",\"fields\"],"
    "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"
    "\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"required\":[\"field\",\"code\",\"sentence\"],\"properties\":{"
    "\"field\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
    "\"sentence\":{\"type\":\"string\"}}}}}}";
static const char problem_response[] =
    "{\"Problem\":{\"description\":\"What went wrong\",\"content\":{\"application/problem+json\":"
    "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}";

static void put_components(hd_json_t *j, bool secure)
{
    open_obj(j, "components");
    open_obj(j, "schemas");
    for (unsigned type = 1; type < HD_TYPE_COUNT; type++) {
        if (type != HD_SESSION) {
            hd_openapi_schemas(j, hd_entities[type]);
        }
    }
    hd_json_key(j, HD_STR("Problem"));
    hd_json_raw(j, hd_str(problem_schema));
    hd_json_end_obj(j);
    hd_json_key(j, HD_STR("responses"));
    hd_json_raw(j, hd_str(problem_response));
    open_obj(j, "securitySchemes");
    open_obj(j, "cookie");
    put_text(j, "type", "apiKey");
    put_text(j, "in", "cookie");
    put_text(j, "name", secure ? "__Host-sid" : "sid");
    hd_json_end_obj(j);
    open_obj(j, "bearer");
    put_text(j, "type", "http");
    put_text(j, "scheme", "bearer");
    hd_json_end_obj(j);
    hd_json_end_obj(j);
    hd_json_end_obj(j);
}

hd_code_t hd_api_openapi_get(hd_call_t *c)
{
    hd_code_t code = hd_api_no_query(c);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 96 * 1024);
    hd_json_obj(&j);
    put_text(&j, "openapi", "3.1.0");
    open_obj(&j, "info");
    put_text(&j, "title", "nginx-helpdesk");
    hd_json_key(&j, HD_STR("version"));
    hd_json_str(&j, c->site->version);
    put_text(&j, "description",
             "Lists take a filter for every field: field=value, or field.op=value with op one "
             "of eq, ne, gt, gte, lt, lte, in, contains (x-operators of the parameter says which); null stands for empty. Properties of tickets are "
             "properties.name=value. Tickets stand in the order of the names of related records, not of their numbers. "
             "What would take too long to read, record by record, is refused as too_broad.");
    hd_json_end_obj(&j);
    hd_json_key(&j, HD_STR("security"));
    hd_json_raw(&j, HD_STR("[{\"cookie\":[]},{\"bearer\":[]}]"));
    put_paths(&j, c->cx.arena);
    put_components(&j, c->site->secure);
    hd_json_end_obj(&j);
    return HD_OK;
}
