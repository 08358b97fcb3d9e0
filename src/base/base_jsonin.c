/*
 * JSON in: jansson parses, and what it allocates meanwhile comes from the arena: nothing has to be released, and the
 * arena's limit holds for the document too.  Depth is counted over the text before the parse, so that a hostile
 * document costs no memory.
 */
#include "base.h"

#include <jansson.h>
#include <stdlib.h>

static bool is_too_deep(hd_str_t text)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (quoted) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > HD_JSON_DEPTH) {
                return true;
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

static HD_OF_THREAD hd_arena_t *parsing;        /* whose parse runs on this thread */

static void *json_alloc(size_t size)
{
    return parsing != NULL ? hd_alloc_raw(parsing, size) : malloc(size);
}

static void json_free(void *p)
{
    if (parsing == NULL) {
        free(p);
    }
}

void hd_json_init(void)
{
    json_object_seed(0);
    json_set_alloc_funcs(json_alloc, json_free);
}

hd_code_t hd_jparse(hd_arena_t *a, hd_str_t text, hd_jval_t **ret_v)
{
    return hd_jparse_long(a, text, HD_BODY_MAX, ret_v);
}

hd_code_t hd_jparse_long(hd_arena_t *a, hd_str_t text, size_t max, hd_jval_t **ret_v)
{
    json_error_t err;
    if (text.len > max) {
        return HD_E_TOO_LARGE;
    }
    if (text.len == 0) {
        return HD_E_JSON;
    }
    if (is_too_deep(text)) {
        return HD_E_TOO_DEEP;
    }
    parsing = a;                 /* stays behind when the arena runs out and jumps; the next parse sets it again */
    json_t *root = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
    parsing = NULL;
    if (root == NULL) {
        return json_error_code(&err) == json_error_out_of_memory ? HD_E_MEMORY : HD_E_JSON;
    }
    *ret_v = root;
    return HD_OK;
}

hd_jval_t *hd_jstrings(hd_arena_t *a, const hd_str_t *v, size_t n)
{
    parsing = a;                 /* as in hd_jparse_long */
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        (void) json_array_append_new(list, json_stringn(v[i].data, v[i].len));
    }
    parsing = NULL;
    return list;
}

hd_jtype_t hd_jtype(const hd_jval_t *v)
{
    if (v == NULL) {
        return HD_J_NULL;
    }
    switch (json_typeof(v)) {
    case JSON_OBJECT:  return HD_J_OBJ;
    case JSON_ARRAY:   return HD_J_ARR;
    case JSON_STRING:  return HD_J_STR;
    case JSON_INTEGER: return HD_J_INT;
    case JSON_REAL:    return HD_J_REAL;
    case JSON_TRUE:
    case JSON_FALSE:   return HD_J_BOOL;
    case JSON_NULL:    break;
    }
    return HD_J_NULL;
}

bool hd_jbool(const hd_jval_t *v)
{
    return json_is_true(v);
}

int64_t hd_jint(const hd_jval_t *v)
{
    return json_integer_value(v);
}

double hd_jreal(const hd_jval_t *v)
{
    return json_number_value(v);
}

hd_str_t hd_jstr(const hd_jval_t *v)
{
    const char *p = json_string_value(v);
    return p == NULL ? (hd_str_t){ 0, "" } : (hd_str_t){ json_string_length(v), p };
}

size_t hd_jlen(const hd_jval_t *v)
{
    return json_is_object(v) ? json_object_size(v) : json_array_size(v);
}

hd_jval_t *hd_jat(const hd_jval_t *v, size_t i)
{
    return json_array_get(v, i);
}

hd_jval_t *hd_jget(const hd_jval_t *v, const char *key)
{
    return json_object_get(v, key);
}

bool hd_jnext(hd_jval_t *obj, void **it, hd_str_t *ret_key, hd_jval_t **ret_v)
{
    *it = *it == NULL ? json_object_iter(obj) : json_object_iter_next(obj, *it);
    if (*it == NULL) {
        return false;
    }
    *ret_key = (hd_str_t){ json_object_iter_key_len(*it), json_object_iter_key(*it) };
    *ret_v = json_object_iter_value(*it);
    return true;
}

static void dump(hd_json_t *j, const hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *member;
    char real[40];
    switch (hd_jtype(v)) {
    case HD_J_OBJ:
        hd_json_obj(j);
        while (hd_jnext((hd_jval_t *) (uintptr_t) v, &it, &key, &member)) {
            hd_json_name(j, key);
            dump(j, member);
        }
        hd_json_end_obj(j);
        break;
    case HD_J_ARR:
        hd_json_arr(j);
        for (size_t i = 0; i < hd_jlen(v); i++) {
            dump(j, hd_jat(v, i));
        }
        hd_json_end_arr(j);
        break;
    case HD_J_STR:  hd_json_str(j, hd_jstr(v)); break;
    case HD_J_INT:  hd_json_i64(j, hd_jint(v)); break;
    case HD_J_BOOL: hd_json_bool(j, hd_jbool(v)); break;
    case HD_J_REAL:
        snprintf(real, sizeof(real), "%.15g", hd_jreal(v));
        if (strtod(real, NULL) != hd_jreal(v)) {        /* the shortest that reads the same */
            snprintf(real, sizeof(real), "%.17g", hd_jreal(v));
        }
        hd_json_raw(j, hd_str(real));
        break;
    case HD_J_NULL: hd_json_null(j); break;
    }
}

hd_str_t hd_jdump(hd_arena_t *a, const hd_jval_t *v)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 256, HD_BODY_MAX * 6);
    hd_json_t j = hd_json(&b);
    dump(&j, v);
    return hd_buf_view(&b);
}
