/*
 * JSON Schema 2020-12 of a record type, three members of components/schemas:
 *
 *     "Ticket": every readable field   "TicketCreate": what create takes   "TicketPatch": a change
 */
#include "model_impl.h"

typedef enum { SHOW, CREATE, PATCH } use_t;

static bool is_shown(const hd_field_t *f, use_t use)
{
    if (f->flags & HD_F_SECRET || f->kind == HD_K_BYTES) {
        return false;
    }
    if (use == SHOW) {
        return true;
    }
    return !(f->flags & HD_F_RO) && f->kind != HD_K_COMPUTED
           && !(use == PATCH && f->flags & HD_F_WRITE1);
}

/* Empty texts are written as "", so null is for input only. */
static bool is_nullable(const hd_field_t *f, use_t use)
{
    switch ((hd_kind_t) f->kind) {
    case HD_K_REF:
    case HD_K_TIME: return f->tag != 1;
    case HD_K_STR:
    case HD_K_TEXT: return use != SHOW && !(f->flags & HD_F_REQ) && f->min == 0;
    default:        return false;
    }
}

static void member_str(hd_json_t *j, const char *key, const char *value)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, hd_str(value));
}

static void member_int(hd_json_t *j, const char *key, int64_t value)
{
    hd_json_key(j, hd_str(key));
    hd_json_i64(j, value);
}

static void member_true(hd_json_t *j, const char *key)
{
    hd_json_key(j, hd_str(key));
    hd_json_bool(j, true);
}

static void write_type(hd_json_t *j, const char *type, bool nullable)
{
    if (!nullable) {
        member_str(j, "type", type);
        return;
    }
    hd_json_key(j, HD_STR("type"));
    hd_json_arr(j);
    hd_json_str(j, hd_str(type));
    hd_json_str(j, HD_STR("null"));
    hd_json_end_arr(j);
}

static void write_options(hd_json_t *j, const hd_enum_t *o)
{
    member_str(j, "type", "string");
    hd_json_key(j, HD_STR("enum"));
    hd_json_arr(j);
    for (unsigned i = 0; i < o->n; i++) {
        hd_json_str(j, hd_str(o->slugs[i]));
    }
    hd_json_end_arr(j);
}

static void write_id(hd_json_t *j, bool nullable)
{
    write_type(j, "integer", nullable);
    member_int(j, "minimum", 1);
    member_int(j, "maximum", HD_ID_MAX);
}

static void write_list(hd_json_t *j, const hd_field_t *f)
{
    member_str(j, "type", "array");
    hd_json_key(j, HD_STR("items"));
    hd_json_obj(j);
    if (f->kind == HD_K_FLAGS) {
        write_options(j, f->options);
    } else {
        write_id(j, false);
    }
    hd_json_end_obj(j);
    member_int(j, "maxItems", f->kind == HD_K_FLAGS ? f->options->n : f->max);
    member_true(j, "uniqueItems");
}

/* The table does not say what a computed field yields; an empty record shows it. */
static const char *type_of_computed(const hd_entity_t *e, const hd_field_t *f, hd_arena_t *a)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 256, 4096);
    hd_json_t j = hd_json(&b);
    f->compute(hd_alloc(a, e->size), &j);
    char c = b.len == 0 ? '"' : b.data[0];
    return c == '"' ? "string" : c == 't' || c == 'f' ? "boolean" : "integer";
}

static void write_text(hd_json_t *j, const hd_field_t *f, use_t use)
{
    write_type(j, "string", is_nullable(f, use));
    if (f->min > 0 && use != SHOW) {
        member_int(j, "minLength", f->min);
    }
    member_int(j, "maxLength", f->max);
}

static void write_kind(hd_json_t *j, const hd_entity_t *e, const hd_field_t *f, use_t use)
{
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
        write_text(j, f, use);
        break;
    case HD_K_BOOL:
        member_str(j, "type", "boolean");
        break;
    case HD_K_INT:
        member_str(j, "type", "integer");
        member_int(j, "minimum", f->min);
        member_int(j, "maximum", f->max);
        break;
    case HD_K_ENUM:
        write_options(j, f->options);
        break;
    case HD_K_FLAGS:
    case HD_K_REFS:
        write_list(j, f);
        break;
    case HD_K_REF:
        write_id(j, is_nullable(f, use));
        break;
    case HD_K_TIME:
        write_type(j, "string", true);
        member_str(j, "format", "date-time");
        break;
    case HD_K_COMPUTED:
        member_str(j, "type", type_of_computed(e, f, j->b->arena));
        break;
    case HD_K_JSON:
        write_type(j, f->shape == '[' ? "array" : "object", true);
        break;
    case HD_K_BYTES:
        break;
    }
}

/* Stored as a hash and never shown, a password is given as text together with the new record. */
static void write_password(hd_json_t *j)
{
    hd_json_key(j, HD_STR("password"));
    hd_json_obj(j);
    member_str(j, "type", "string");
    member_int(j, "maxLength", HD_PASSWORD_MAX);
    member_str(j, "description", "Password to sign in with");
    member_true(j, "writeOnly");
    hd_json_end_obj(j);
}

static void write_properties(hd_json_t *j, const hd_entity_t *e, use_t use)
{
    hd_json_key(j, HD_STR("properties"));
    hd_json_obj(j);
    for (const hd_field_t *f = e->fields; f < e->fields + e->n_fields; f++) {
        if (!is_shown(f, use)) {
            continue;
        }
        hd_json_key(j, hd_field_name(f));
        hd_json_obj(j);
        write_kind(j, e, f, use);
        member_str(j, "description", f->doc);
        if (use == SHOW && !is_shown(f, CREATE)) {
            member_true(j, "readOnly");
        }
        hd_json_end_obj(j);
    }
    if (use == CREATE && hd_field_index(e, HD_STR("password")) >= 0) {
        write_password(j);
    }
    hd_json_end_obj(j);
}

static void write_required(hd_json_t *j, const hd_entity_t *e)
{
    bool any = false;
    for (const hd_field_t *f = e->fields; f < e->fields + e->n_fields; f++) {
        if (!(f->flags & HD_F_REQ) || !is_shown(f, CREATE)) {
            continue;
        }
        if (!any) {
            hd_json_key(j, HD_STR("required"));
            hd_json_arr(j);
            any = true;
        }
        hd_json_str(j, hd_field_name(f));
    }
    if (any) {
        hd_json_end_arr(j);
    }
}

hd_str_t hd_openapi_name(hd_arena_t *a, const hd_entity_t *e)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 64, 64);
    bool first = true;
    for (const char *p = e->name; *p != '\0'; p++) {
        if (*p == '_') {
            first = true;
            continue;
        }
        hd_buf_byte(&b, first ? (char) (*p & ~0x20) : *p);
        first = false;
    }
    return hd_buf_view(&b);
}

static void write_schema(hd_json_t *j, const hd_entity_t *e, use_t use)
{
    static const char *const suffixes[] = { [SHOW] = "", [CREATE] = "Create", [PATCH] = "Patch" };
    hd_json_key(j, hd_strf(j->b->arena, "%.*s%s", HD_STR_ARG(hd_openapi_name(j->b->arena, e)), suffixes[use]));
    hd_json_obj(j);
    member_str(j, "type", "object");
    member_str(j, "description", e->doc);
    if (use == CREATE) {
        write_required(j, e);
    } else if (use == PATCH) {
        member_int(j, "minProperties", 1);
    }
    if (use != SHOW) {
        hd_json_key(j, HD_STR("additionalProperties"));
        hd_json_bool(j, false);
    }
    write_properties(j, e, use);
    hd_json_end_obj(j);
}

void hd_openapi_schemas(hd_json_t *j, const hd_entity_t *e)
{
    bool writable = false;
    for (const hd_field_t *f = e->fields; f < e->fields + e->n_fields; f++) {
        writable = writable || is_shown(f, PATCH);
    }
    write_schema(j, e, SHOW);
    if (writable) {
        write_schema(j, e, CREATE);
        write_schema(j, e, PATCH);
    }
}
