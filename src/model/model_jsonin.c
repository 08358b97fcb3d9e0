/*
 * JSON into records.  One reader a field kind; each answers NULL or the code of what is wrong.
 * Elements of a list are reported one by one as "field[2]".
 */
#include "model_impl.h"

typedef struct {
    const hd_entity_t *e;
    hd_arena_t        *a;
    hd_problem_t      *p;
    hd_read_mode_t            mode;
    bool               bad;          /* anything */
    bool               unwritable;   /* an unknown or read-only field */
} reader_t;

static void report(reader_t *r, hd_str_t field, const char *code)
{
    r->bad = true;
    hd_value_bad(r->p, r->a, field, code);
}

static void report_element(reader_t *r, const hd_field_t *f, size_t i, const char *code)
{
    report(r, hd_strf(r->a, "%s[%zu]", f->name, i), code);
}

/* ---- kinds ---- */

static const char *read_string(reader_t *r, const hd_field_t *f, const hd_jval_t *v, hd_str_t *at)
{
    if (hd_jtype(v) == HD_J_NULL) {
        *at = (hd_str_t){ 0, "" };
        return NULL;
    }
    if (hd_jtype(v) != HD_J_STR) {
        return "wrong_type";
    }
    return f->kind == HD_K_BYTES ? hd_value_bytes(f, r->a, hd_jstr(v), at)
                                 : hd_value_text(f, r->a, hd_jstr(v), at);
}

static const char *read_id(const hd_jval_t *v, hd_id_t *ret)
{
    if (hd_jtype(v) != HD_J_INT) {
        return "wrong_type";
    }
    int64_t n = hd_jint(v);
    if (n < 1 || n > (int64_t) HD_ID_MAX) {
        return "not_an_id";
    }
    *ret = (hd_id_t) n;
    return NULL;
}

static const char *read_scalar(const hd_field_t *f, const hd_jval_t *v, void *rec)
{
    hd_jtype_t type = hd_jtype(v);
    int64_t n = 0;
    hd_id_t id = 0;
    const char *bad = NULL;
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
        bad = type == HD_J_BOOL ? NULL : "wrong_type";
        n = bad == NULL && hd_jbool(v);
        break;
    case HD_K_INT:
        bad = type == HD_J_INT ? NULL : "wrong_type";
        n = bad == NULL ? hd_jint(v) : 0;
        if (bad == NULL && (n < f->min || n > f->max)) {
            bad = "out_of_range";
        }
        break;
    case HD_K_REF:
        bad = type == HD_J_NULL ? NULL : read_id(v, &id);
        n = (int64_t) id;
        break;
    case HD_K_TIME:
        if (type == HD_J_NULL) {
            break;
        }
        /* fall through */
    default:
        bad = type == HD_J_STR ? hd_value_num(f, hd_jstr(v), &n) : "wrong_type";
        break;
    }
    if (bad == NULL) {
        hd_value_set(f, rec, n);
    }
    return bad;
}

static const char *read_flags(reader_t *r, const hd_field_t *f, const hd_jval_t *v, void *rec)
{
    if (hd_jtype(v) != HD_J_ARR) {
        return "wrong_type";
    }
    if (hd_jlen(v) > f->options->n) {
        return "too_many";
    }
    int64_t flags = 0;
    for (size_t i = 0; i < hd_jlen(v); i++) {
        const hd_jval_t *slug = hd_jat(v, i);
        int64_t bit = 0;
        const char *bad = hd_jtype(slug) == HD_J_STR ? hd_value_num(f, hd_jstr(slug), &bit)
                                                     : "wrong_type";
        if (bad != NULL) {
            report_element(r, f, i, bad);
        }
        flags |= bit;
    }
    hd_value_set(f, rec, flags);
    return NULL;
}

static const char *read_ids(reader_t *r, const hd_field_t *f, const hd_jval_t *v, hd_ids_t *at)
{
    if (hd_jtype(v) != HD_J_ARR) {
        return "wrong_type";
    }
    size_t n = hd_jlen(v);
    if (n > (size_t) f->max) {
        return "too_many";
    }
    hd_id_t *ids = hd_alloc_n(r->a, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        const char *bad = read_id(hd_jat(v, i), &ids[i]);
        if (bad != NULL) {
            report_element(r, f, i, bad);
        }
    }
    *at = hd_ids_make(r->a, ids, n);
    return NULL;
}

static const char *read_json(reader_t *r, const hd_field_t *f, const hd_jval_t *v, hd_str_t *at)
{
    hd_jtype_t want = f->shape == '[' ? HD_J_ARR : HD_J_OBJ;
    if (hd_jtype(v) != HD_J_NULL && hd_jtype(v) != want) {
        return "wrong_type";
    }
    bool none = hd_jtype(v) == HD_J_NULL || (hd_jlen(v) == 0 && f->shape == '[');
    *at = none ? (hd_str_t){ 0, "" } : hd_jdump(r->a, v);   /* {} patches nothing, null all */
    return at->len > (size_t) f->max ? "too_long" : NULL;
}

static const char *read_value(reader_t *r, const hd_field_t *f, const hd_jval_t *v, void *rec)
{
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_BYTES: return read_string(r, f, v, hd_field_at(f, rec));
    case HD_K_JSON:  return read_json(r, f, v, hd_field_at(f, rec));
    case HD_K_FLAGS: return read_flags(r, f, v, rec);
    case HD_K_REFS:  return read_ids(r, f, v, hd_field_at(f, rec));
    default:         return read_scalar(f, v, rec);
    }
}

/* ---- objects ---- */

/* Why the field may not be set in this mode; a secret is not even admitted to exist. */
static const char *refuse_field(const hd_field_t *f, hd_read_mode_t mode)
{
    if (mode == HD_READ_LOAD) {
        return NULL;
    }
    if (f->flags & HD_F_SECRET || f->kind == HD_K_BYTES) {
        return "unknown_field";
    }
    if (f->flags & HD_F_RO || f->kind == HD_K_COMPUTED) {
        return "read_only";
    }
    return f->flags & HD_F_WRITE1 && mode == HD_READ_PATCH ? "read_only" : NULL;
}

static uint64_t read_member(reader_t *r, hd_str_t name, const hd_jval_t *v, void *rec)
{
    int i = hd_field_index(r->e, name);
    const hd_field_t *f = i < 0 ? NULL : &r->e->fields[i];
    const char *refused = f == NULL ? "unknown_field" : refuse_field(f, r->mode);
    if (refused != NULL) {
        report(r, name, refused);
        r->unwritable = true;
        return 0;
    }
    if (f->kind == HD_K_COMPUTED) {
        return 0;
    }
    const char *bad = read_value(r, f, v, rec);
    if (bad != NULL) {
        report(r, name, bad);
    }
    return HD_BIT(i);
}

bool hd_read_field(const hd_entity_t *e, unsigned field, hd_arena_t *a, const hd_jval_t *v, void *rec)
{
    hd_problem_t p;
    hd_problem_init(&p);
    reader_t r = { .e = e, .a = a, .p = &p, .mode = HD_READ_LOAD };
    return e->fields[field].kind != HD_K_COMPUTED && read_value(&r, &e->fields[field], v, rec) == NULL && !r.bad;
}

hd_code_t hd_read_json(const hd_entity_t *e, hd_arena_t *a, hd_jval_t *obj, void *rec,
                       uint64_t *ret_present, hd_read_mode_t mode, hd_problem_t *p)
{
    if (hd_jtype(obj) != HD_J_OBJ) {
        return hd_problem_set(p, HD_E_INVALID, "The body must be a JSON object.");
    }
    reader_t r = { .e = e, .a = a, .p = p, .mode = mode };
    uint64_t present = 0;
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v;
    while (hd_jnext(obj, &it, &name, &v)) {
        present |= read_member(&r, name, v, rec);
    }
    *ret_present = present;
    if (r.unwritable && p->code == HD_E_INVALID) {
        p->code = HD_E_UNKNOWN_FIELD;
    }
    return r.bad ? p->code : HD_OK;
}
