/*
 * Values of properties on tickets (TKT-12): one checking writer a type, and what CSV cells mean.
 */
#include "desk_property.h"

#define TEXT_CHARS      1000
#define MULTILINE_CHARS 10000
#define HTML_BYTES      20000
#define AMOUNT_MAX      1e15
#define INTEGER_MAX     (INT64_C(1) << 53)

typedef struct {
    hd_cx_t             *cx;
    const hd_property_t *p;
    const hd_jval_t     *old;
    hd_str_t             where;
    hd_json_t           *j;
} write_t;

static bool bad(write_t *w, const char *code)
{
    hd_desk_bad_name(w->cx, w->where, code);
    return false;
}

static bool bad_element(write_t *w, size_t i, const char *code)
{
    hd_desk_bad_name(w->cx, hd_strf(w->cx->arena, "%.*s[%zu]", HD_STR_ARG(w->where), i), code);
    return false;
}

/* ---- one writer a type ---- */

static bool write_text(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_STR) {
        return bad(w, "wrong_type");
    }
    hd_str_t s = hd_jstr(v);
    if (w->p->type == HD_P_HTML) {
        if (s.len > HTML_BYTES) {
            return bad(w, "too_long");
        }
    } else {
        size_t max = w->p->type == HD_P_TEXT ? TEXT_CHARS : MULTILINE_CHARS;
        s = hd_text_clean(w->cx->arena, s, w->p->type == HD_P_MULTILINE);
        if (s.len > 4 * max || (s.len > max && hd_text_length(s) > max)) {
            return bad(w, "too_long");
        }
    }
    hd_json_str(w->j, s);
    return true;
}

static bool write_number(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) == HD_J_INT) {
        int64_t n = hd_jint(v);
        if (n > INTEGER_MAX || n < -INTEGER_MAX) {
            return bad(w, "out_of_range");
        }
        hd_json_i64(w->j, n);
        return true;
    }
    if (w->p->type == HD_P_INTEGER || hd_jtype(v) != HD_J_REAL) {
        return bad(w, "wrong_type");
    }
    double d = hd_jreal(v);
    if (!(d <= AMOUNT_MAX && d >= -AMOUNT_MAX)) {
        return bad(w, "out_of_range");
    }
    hd_json_raw(w->j, hd_jdump(w->cx->arena, v));
    return true;
}

static bool write_time(write_t *w, const hd_jval_t *v)
{
    hd_time_t t;
    if (hd_jtype(v) != HD_J_STR) {
        return bad(w, "wrong_type");
    }
    hd_str_t s = hd_jstr(v);
    if (w->p->type == HD_P_DATETIME) {
        if (!hd_time_parse(s, &t) || t == 0) {
            return bad(w, "bad_time");
        }
        hd_json_time(w->j, t);
        return true;
    }
    hd_str_t midnight = hd_str_cat(w->cx->arena, 2, s, HD_STR("T00:00:00Z"));
    if (s.len != 10 || !hd_time_parse(midnight, &t)) {
        return bad(w, "bad_date");
    }
    hd_json_str(w->j, s);
    return true;
}

static bool is_option(const hd_property_t *p, hd_str_t s)
{
    for (size_t i = 0; p->options != NULL && i < hd_jlen(p->options); i++) {
        hd_jval_t *value = hd_jget(hd_jat(p->options, i), "value");
        if (value != NULL && hd_jtype(value) == HD_J_STR && hd_str_eq(hd_jstr(value), s)) {
            return true;
        }
    }
    return false;
}

static bool write_selection(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_STR) {
        return bad(w, "wrong_type");
    }
    if (!is_option(w->p, hd_jstr(v))) {
        return bad(w, "not_an_option");
    }
    hd_json_str(w->j, hd_jstr(v));
    return true;
}

static bool write_tags(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_ARR) {
        return bad(w, "wrong_type");
    }
    for (size_t i = 0; i < hd_jlen(v); i++) {
        const hd_jval_t *one = hd_jat(v, i);
        if (hd_jtype(one) != HD_J_STR) {
            return bad_element(w, i, "wrong_type");
        }
        if (!is_option(w->p, hd_jstr(one))) {
            return bad_element(w, i, "not_an_option");
        }
    }
    hd_json_arr(w->j);
    for (size_t o = 0; o < hd_jlen(w->p->options); o++) {       /* in the order of the options, once */
        hd_str_t value = hd_jstr(hd_jget(hd_jat(w->p->options, o), "value"));
        bool chosen = false;
        for (size_t i = 0; i < hd_jlen(v) && !chosen; i++) {
            chosen = hd_str_eq(hd_jstr(hd_jat(v, i)), value);
        }
        if (chosen) {
            hd_json_str(w->j, value);
        }
    }
    hd_json_end_arr(w->j);
    return true;
}

static bool is_old_id(const hd_jval_t *old, int64_t id)
{
    if (old == NULL) {
        return false;
    }
    if (hd_jtype(old) == HD_J_INT) {
        return hd_jint(old) == id;
    }
    bool found = false;
    for (size_t i = 0; hd_jtype(old) == HD_J_ARR && i < hd_jlen(old); i++) {
        const hd_jval_t *v = hd_jat(old, i);
        found |= hd_jtype(v) == HD_J_INT && hd_jint(v) == id;
    }
    return found;
}

/* NULL, or the code of what is wrong with it. */
static const char *check_id(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_INT) {
        return "wrong_type";
    }
    int64_t id = hd_jint(v);
    if (id < 1 || id > (int64_t) HD_ID_MAX) {
        return "not_an_id";
    }
    bool ok = is_old_id(w->old, id) || hd_desk_ref_ok(w->cx, w->p->comodel, (hd_id_t) id);
    return ok ? NULL : "not_found";
}

static bool write_ids(write_t *w, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_ARR || hd_jlen(v) > HD_OPTIONS_MAX) {
        return bad(w, hd_jtype(v) != HD_J_ARR ? "wrong_type" : "too_many");
    }
    hd_id_t *ids = hd_alloc_n(w->cx->arena, hd_jlen(v) + 1, sizeof(*ids));
    for (size_t i = 0; i < hd_jlen(v); i++) {
        const char *why = check_id(w, hd_jat(v, i));
        if (why != NULL) {
            return bad_element(w, i, why);
        }
        ids[i] = (hd_id_t) hd_jint(hd_jat(v, i));
    }
    hd_ids_t set = hd_ids_make(w->cx->arena, ids, hd_jlen(v));
    hd_json_arr(w->j);
    for (uint32_t i = 0; i < set.n; i++) {
        hd_json_u64(w->j, set.v[i]);
    }
    hd_json_end_arr(w->j);
    return true;
}

bool hd_desk_property_write(hd_cx_t *cx, const hd_property_t *p, hd_jval_t *v, const hd_jval_t *old,
                            hd_str_t where, hd_json_t *j)
{
    write_t w = { cx, p, old, where, j };
    const char *why;
    switch (p->type) {
    case HD_P_TEXT:
    case HD_P_MULTILINE:
    case HD_P_HTML:
        return write_text(&w, v);
    case HD_P_CHECKBOX:
        if (hd_jtype(v) != HD_J_BOOL) {
            return bad(&w, "wrong_type");
        }
        hd_json_bool(j, hd_jbool(v));
        return true;
    case HD_P_INTEGER:
    case HD_P_DECIMAL:
    case HD_P_MONETARY:
        return write_number(&w, v);
    case HD_P_DATE:
    case HD_P_DATETIME:
        return write_time(&w, v);
    case HD_P_SELECTION:
        return write_selection(&w, v);
    case HD_P_TAGS:
        return write_tags(&w, v);
    case HD_P_MANY2ONE:
        why = check_id(&w, v);
        if (why != NULL) {
            return bad(&w, why);
        }
        hd_json_i64(j, hd_jint(v));
        return true;
    case HD_P_MANY2MANY:
        return write_ids(&w, v);
    case HD_P_SEPARATOR:
    case HD_P_COUNT:
        break;
    }
    return bad(&w, "not_allowed");
}

/* ---- CSV ---- */

static hd_jval_t *parse(hd_cx_t *cx, hd_str_t json)
{
    hd_jval_t *v;
    return hd_jparse(cx->arena, json, &v) == HD_OK ? v : NULL;
}

/* A document is an object or an array, so a value travels in an array of one. */
static hd_jval_t *parse_one(hd_cx_t *cx, hd_str_t json)
{
    hd_jval_t *v = parse(cx, hd_str_cat(cx->arena, 3, HD_STR("["), json, HD_STR("]")));
    return v != NULL && hd_jlen(v) == 1 ? hd_jat(v, 0) : NULL;
}

static void join(hd_json_t *j, hd_str_t cell, bool text)
{
    hd_str_t part;
    hd_json_arr(j);
    while (hd_str_split(&cell, ';', &part)) {
        part = hd_str_trim(part);
        if (text) {
            hd_json_str(j, part);
        } else {
            hd_json_raw(j, part);
        }
    }
    hd_json_end_arr(j);
}

hd_jval_t *hd_desk_property_cell(hd_cx_t *cx, const hd_property_t *p, hd_str_t cell)
{
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 2 * cell.len + 64, 8 * cell.len + 64);
    hd_json_t j = hd_json(&b);
    switch (p->type) {
    case HD_P_TAGS:
    case HD_P_MANY2MANY:
        if (cell.data[0] == '[') {
            return parse(cx, cell);
        }
        join(&j, cell, p->type == HD_P_TAGS);
        return parse(cx, hd_buf_view(&b));
    case HD_P_CHECKBOX:
    case HD_P_INTEGER:
    case HD_P_DECIMAL:
    case HD_P_MONETARY:
    case HD_P_MANY2ONE:
        return parse_one(cx, hd_str_trim(cell));
    default:
        hd_json_str(&j, cell);
        return parse_one(cx, hd_buf_view(&b));
    }
}
