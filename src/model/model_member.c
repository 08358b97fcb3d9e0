/*
 * Conditions on a member of a JSON object: properties of tickets (TKT-12).
 */
#include <stdlib.h>

#include "model_impl.h"

#define NUMBER_MAX 40            /* digits of a number in text */

static bool read_number(hd_str_t s, double *ret)
{
    char text[NUMBER_MAX + 1], *end;
    if (s.len == 0 || s.len > NUMBER_MAX || strchr("+-.0123456789", s.data[0]) == NULL) {
        return false;
    }
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    *ret = strtod(text, &end);
    return end == text + s.len;
}

/* Text as it is compared; an empty one is null. */
static hd_str_t text_of(hd_arena_t *a, const hd_jval_t *v)
{
    if (v == NULL) {
        return HD_STR("null");
    }
    switch (hd_jtype(v)) {
    case HD_J_STR:
        return hd_text_fold(a, hd_jstr(v));
    case HD_J_BOOL:
        return hd_jbool(v) ? HD_STR("true") : HD_STR("false");
    case HD_J_INT:
        return hd_strf(a, "%" PRId64, hd_jint(v));
    case HD_J_REAL:
        return hd_strf(a, "%.17g", hd_jreal(v));
    default:
        return HD_STR("null");
    }
}

static int compare(hd_str_t a, hd_str_t b)
{
    double x, y;
    if (read_number(a, &x) && read_number(b, &y)) {
        return (x > y) - (x < y);
    }
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool contains(hd_str_t hay, hd_str_t needle)
{
    for (size_t i = 0; i + needle.len <= hay.len; i++) {
        if (needle.len == 0 || memcmp(hay.data + i, needle.data, needle.len) == 0) {
            return true;
        }
    }
    return false;
}

/* One value against the condition; HD_OP_NE is turned round by the caller. */
static bool holds(hd_arena_t *a, const hd_jval_t *v, const hd_filter_t *f)
{
    hd_str_t s = text_of(a, v);
    bool is_null = v == NULL || hd_jtype(v) == HD_J_NULL, any = false;
    switch ((hd_op_t) f->op) {
    case HD_OP_CONTAINS: return !is_null && contains(s, f->text[0]);
    case HD_OP_LIKE:     return !is_null && hd_pattern_match(s, f->text[0]);
    case HD_OP_GT:       return !is_null && compare(s, f->text[0]) > 0;
    case HD_OP_GTE:      return !is_null && compare(s, f->text[0]) >= 0;
    case HD_OP_LT:       return !is_null && compare(s, f->text[0]) < 0;
    case HD_OP_LTE:      return !is_null && compare(s, f->text[0]) <= 0;
    default:
        for (unsigned i = 0; i < f->n && !any; i++) {
            any = compare(s, f->text[i]) == 0;
        }
        return any;
    }
}

bool hd_member_match(hd_arena_t *a, hd_str_t json, const hd_filter_t *f)
{
    hd_jval_t *doc = NULL;
    const hd_jval_t *v = NULL;
    bool any = false;
    if (json.len != 0 && hd_jparse(a, json, &doc) == HD_OK && hd_jtype(doc) == HD_J_OBJ) {
        v = hd_jget(doc, hd_strf(a, "%.*s", HD_STR_ARG(f->member)).data);
    }
    if (v == NULL || hd_jtype(v) != HD_J_ARR || hd_jlen(v) == 0) {
        any = holds(a, v != NULL && hd_jtype(v) == HD_J_ARR ? NULL : v, f);
    } else {
        for (size_t i = 0; i < hd_jlen(v) && !any; i++) {
            any = holds(a, hd_jat(v, i), f);
        }
    }
    return any == (f->op != HD_OP_NE);
}
