/*
 * JSON shapes this door needs beside records: list envelopes, bodies of plain strings, parsed
 * values again.
 */
#include "api_impl.h"

hd_json_t hd_api_list_begin(hd_call_t *c, size_t first)
{
    hd_json_t j = hd_res_json(c, 200, first);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("items"));
    hd_json_arr(&j);
    return j;
}

static void put_cursor(hd_json_t *j, hd_str_t name, hd_str_t cursor)
{
    hd_json_key(j, name);
    if (cursor.len == 0) {
        hd_json_null(j);
    } else {
        hd_json_str(j, cursor);
    }
}

void hd_api_cursor(hd_json_t *j, hd_str_t next)
{
    put_cursor(j, HD_STR("next"), next);
}

void hd_api_thread_end(hd_json_t *j, const hd_thread_page_t *p)
{
    hd_json_end_arr(j);
    put_cursor(j, HD_STR("prev"), p->prev);
    put_cursor(j, HD_STR("next"), p->next);
    hd_json_end_obj(j);
}

void hd_api_list_end(hd_json_t *j, hd_str_t next)
{
    hd_json_end_arr(j);
    hd_api_cursor(j, next);
    hd_json_end_obj(j);
}

static void put_object(hd_json_t *j, hd_arena_t *a, hd_jval_t *obj, const char *without)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    hd_json_obj(j);
    while (hd_jnext(obj, &it, &key, &v)) {
        if (without != NULL && hd_str_is(key, without)) {
            continue;
        }
        hd_json_str(j, key); /* names of clients need escaping, so not hd_json_key */
        hd_buf_byte(j->b, ':');
        j->comma = false;
        hd_api_value(j, a, v);
    }
    hd_json_end_obj(j);
}

/* Depth is bounded by the parser (HD_JSON_DEPTH). */
void hd_api_value(hd_json_t *j, hd_arena_t *a, hd_jval_t *v)
{
    switch (hd_jtype(v)) {
    case HD_J_NULL: hd_json_null(j); break;
    case HD_J_BOOL: hd_json_bool(j, hd_jbool(v)); break;
    case HD_J_INT:  hd_json_i64(j, hd_jint(v)); break;
    case HD_J_REAL: hd_json_raw(j, hd_strf(a, "%.17e", hd_jreal(v))); break;
    case HD_J_STR:  hd_json_str(j, hd_jstr(v)); break;
    case HD_J_OBJ:  put_object(j, a, v, NULL); break;
    case HD_J_ARR:
        hd_json_arr(j);
        for (size_t i = 0; i < hd_jlen(v); i++) {
            hd_api_value(j, a, hd_jat(v, i));
        }
        hd_json_end_arr(j);
        break;
    }
}

hd_code_t hd_api_without(hd_arena_t *a, hd_jval_t *obj, const char *member, hd_jval_t **ret_v)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 1024, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    put_object(&j, a, obj, member);
    return b.failed ? HD_E_TOO_LARGE : hd_jparse(a, hd_buf_view(&b), ret_v);
}

static hd_code_t read_string(hd_call_t *c, const hd_want_t *w, const hd_jval_t *v)
{
    hd_arena_t *a = c->cx.arena;
    hd_str_t name = hd_str(w->name);
    if (hd_jtype(v) != HD_J_STR) {
        return hd_problem_field(&c->problem, a, name, "wrong_type",
                                "The value has the wrong type.");
    }
    *w->value = hd_jstr(v);
    if (w->value->len > w->max) {
        return hd_problem_field(&c->problem, a, name, "too_long", "The text is too long.");
    }
    return HD_OK;
}

hd_code_t hd_api_strings(hd_call_t *c, const hd_want_t *want, size_t n)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    hd_arena_t *a = c->cx.arena;
    bool unknown = false;
    for (size_t i = 0; i < n; i++) {
        *want[i].value = (hd_str_t){ 0, "" };
    }
    while (hd_jnext(c->json, &it, &key, &v)) {
        size_t i = 0;
        while (i < n && !hd_str_is(key, want[i].name)) {
            i++;
        }
        if (i < n) {
            (void) read_string(c, &want[i], v);
        } else {
            unknown = true;
            hd_problem_field(&c->problem, a, key, "unknown_field", "There is no such field.");
        }
    }
    for (size_t i = 0; i < n && c->problem.code == HD_OK; i++) {
        if (want[i].value->len < want[i].min) {
            hd_problem_field(&c->problem, a, hd_str(want[i].name), "required",
                             "A value is required.");
        }
    }
    return unknown ? HD_E_UNKNOWN_FIELD : c->problem.code;
}
