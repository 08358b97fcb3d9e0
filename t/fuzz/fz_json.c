/*
 * Any bytes go to hd_jparse; what it accepts is written by our writer and parsed again, and both
 * documents must be equal.  The same bytes also go through the plain string checks of base.
 *
 * clang -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc t/fuzz/fz_json.c src/base/xx.c
 *       -ljansson -lsodium
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

#define OUT_MAX ((size_t) 16 * HD_BODY_MAX)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void write_value(hd_arena_t *a, hd_json_t *j, hd_jval_t *v);

/* The writer takes keys as they stand, so a foreign key is written as a string and its colon. */
static void write_object(hd_arena_t *a, hd_json_t *j, hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *member;
    hd_json_obj(j);
    while (hd_jnext(v, &it, &key, &member)) {
        hd_json_str(j, key);
        hd_buf_byte(j->b, ':');
        j->comma = false;
        write_value(a, j, member);
    }
    hd_json_end_obj(j);
}

static void write_value(hd_arena_t *a, hd_json_t *j, hd_jval_t *v)
{
    switch (hd_jtype(v)) {
    case HD_J_NULL:
        hd_json_null(j);
        break;
    case HD_J_BOOL:
        hd_json_bool(j, hd_jbool(v));
        break;
    case HD_J_INT:
        hd_json_i64(j, hd_jint(v));
        break;
    case HD_J_REAL:
        hd_json_raw(j, hd_strf(a, "%.17e", hd_jreal(v)));
        break;
    case HD_J_STR:
        check(hd_str_is_utf8(hd_jstr(v)), "a parsed string is not UTF-8");
        hd_json_str(j, hd_jstr(v));
        break;
    case HD_J_ARR:
        hd_json_arr(j);
        for (size_t i = 0; i < hd_jlen(v); i++) {
            write_value(a, j, hd_jat(v, i));
        }
        hd_json_end_arr(j);
        break;
    case HD_J_OBJ:
        write_object(a, j, v);
        break;
    }
}

static bool is_equal(hd_jval_t *a, hd_jval_t *b)
{
    void *ia = NULL, *ib = NULL;
    hd_str_t ka, kb;
    hd_jval_t *ma, *mb;
    if (hd_jtype(a) != hd_jtype(b) || hd_jlen(a) != hd_jlen(b) || hd_jbool(a) != hd_jbool(b)
        || hd_jint(a) != hd_jint(b) || hd_jreal(a) < hd_jreal(b) || hd_jreal(a) > hd_jreal(b)
        || !hd_str_eq(hd_jstr(a), hd_jstr(b)))
    {
        return false;
    }
    for (size_t i = 0; hd_jtype(a) == HD_J_ARR && i < hd_jlen(a); i++) {
        if (!is_equal(hd_jat(a, i), hd_jat(b, i))) {
            return false;
        }
    }
    while (hd_jtype(a) == HD_J_OBJ && hd_jnext(a, &ia, &ka, &ma)) {
        if (!hd_jnext(b, &ib, &kb, &mb) || !hd_str_eq(ka, kb) || !is_equal(ma, mb)) {
            return false;
        }
    }
    return true;
}

static hd_code_t run(hd_arena_t *a, hd_str_t text)
{
    hd_jval_t *first, *second;
    hd_time_t t;
    hd_buf_t b;
    hd_code_t code = hd_jparse(a, text, &first);
    if (hd_time_parse(text, &t)) {
        char out[HD_TIME_LEN];
        hd_time_t again;
        hd_str_t written = { hd_time_format(t, out), out };
        check(hd_time_parse(written, &again) && again == t, "a time changed");
    }
    if (code != HD_OK) {
        return code;
    }
    hd_buf_init(&b, a, 64, OUT_MAX);
    hd_json_t j = hd_json(&b);
    write_value(a, &j, first);
    check(!b.failed, "the output grew out of bounds");
    check(b.len > HD_BODY_MAX || hd_jparse(a, hd_buf_view(&b), &second) == HD_OK,
          "our own output was refused");
    check(b.len > HD_BODY_MAX || is_equal(first, second), "the document changed");
    return HD_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;
    check(hd_base_init(), "hd_base_init");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hd_code_t code;
    hd_arena_t *a = hd_arena_create(HD_ARENA_REQUEST);
    check(a != NULL, "no memory");
    HD_ARENA_TRY(a, code, run(a, (hd_str_t){ size, (const char *) data }));
    (void) code;
    hd_arena_destroy(a);
    return 0;
}
