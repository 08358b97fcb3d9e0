/*
 * Unit tests of src/base.  Random cases come from a fixed seed, so a failure repeats.
 */
#include "unit.h"

/* base_crc.c once more under other names, for its table fallback. */
#define hd_crc32c crc_under_test
#define hd_crc32c_three three_under_test
#include "base/base_crc.c"
#undef hd_crc32c
#undef hd_crc32c_three

#define KB ((size_t) 1024)

/* ---- arena ---- */

static char   calls[16];
static size_t n_calls;

static void note_call(void *arg)
{
    calls[n_calls++] = *(char *) arg;
}

static void test_arena_alloc(void **state)
{
    (void) state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++) {
            size_t n = rnd(50) == 0 ? rnd(200000) : rnd(300);
            unsigned char *p = hd_alloc(arena, n);
            assert_int_equal((uintptr_t) p % 16, 0);
            for (size_t k = 0; k < n; k++) {
                assert_int_equal(p[k], 0);
            }
            memset(p, 0xAA, n);
        }
        assert_true(hd_arena_used(arena) > 0);
        hd_arena_reset(arena);
        assert_int_equal(hd_arena_used(arena), 0);
    }
    assert_ptr_not_equal(hd_alloc(arena, 0), hd_alloc(arena, 0));
    hd_arena_destroy(NULL);
}

static void test_arena_defer(void **state)
{
    (void) state;
    n_calls = 0;
    hd_arena_defer(arena, note_call, "a");
    hd_arena_defer(arena, note_call, "b");
    hd_arena_defer(arena, note_call, "c");
    hd_arena_reset(arena);
    assert_memory_equal(calls, "cba", 3);
    hd_arena_reset(arena);
    assert_int_equal(n_calls, 3);
}

static hd_code_t take_n(hd_arena_t *a, size_t n, size_t size)
{
    hd_alloc_n(a, n, size);
    return HD_OK;
}

static hd_code_t take_many(hd_arena_t *a, size_t size, bool nested)
{
    hd_code_t code = HD_OK;
    if (nested) {
        HD_ARENA_TRY(a, code, take_many(a, size, false));
        assert_int_equal(code, HD_E_MEMORY);
        return HD_E_BUSY;
    }
    for (;;) {
        hd_alloc(a, size);
    }
}

static hd_code_t defer_many(hd_arena_t *a, int n)
{
    while (n-- > 0) {
        n_calls = 0;
        hd_arena_defer(a, note_call, "x");
    }
    return HD_OK;
}

static void check_limit(size_t size)
{
    hd_code_t code;
    hd_arena_t *a = hd_arena_create(100 * KB);
    HD_ARENA_TRY(a, code, take_many(a, size, false));
    assert_int_equal(code, HD_E_MEMORY);
    assert_true(hd_arena_used(a) <= 100 * KB);
    assert_true(size > 9000 || hd_arena_used(a) > 80 * KB);
    assert_null(*hd_arena_border(a));
    hd_arena_reset(a);
    HD_ARENA_TRY(a, code, take_many(a, size, true));
    assert_int_equal(code, HD_E_BUSY);
    HD_ARENA_TRY(a, code, take_n(a, SIZE_MAX / 2, 3));
    assert_int_equal(code, HD_E_MEMORY);
    HD_ARENA_TRY(a, code, take_n(a, 1, SIZE_MAX));
    assert_int_equal(code, HD_E_MEMORY);
    hd_arena_destroy(a);
}

static void test_arena_limit(void **state)
{
    (void) state;
    hd_code_t code;
    const size_t sizes[] = { 1, 100, 5000, 9000, 300000 };
    for (size_t i = 0; i < 5; i++) {
        check_limit(sizes[i]);
    }
    hd_arena_t *tiny = hd_arena_create(100);
    HD_ARENA_TRY(tiny, code, take_n(tiny, 1, 90));
    assert_int_equal(code, HD_OK);
    HD_ARENA_TRY(tiny, code, take_n(tiny, 1, 90));
    assert_int_equal(code, HD_E_MEMORY);
    HD_ARENA_TRY(tiny, code, defer_many(tiny, 1000));
    assert_int_equal(code, HD_E_MEMORY);
    assert_int_equal(n_calls, 1);      /* what could not be remembered was released at once */
    hd_arena_destroy(tiny);
}

/* ---- strings ---- */

static void test_str(void **state)
{
    (void) state;
    hd_str_t part, rest = HD_STR("a,,b,");
    assert_true(hd_str_split(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(hd_str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_true(hd_str_split(&rest, ',', &part));
    assert_str(part, "b");
    assert_false(hd_str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_true(hd_str_starts(HD_STR("abc"), HD_STR("ab")));
    assert_true(hd_str_starts(HD_STR("abc"), HD_STR("")));
    assert_false(hd_str_starts(HD_STR("a"), HD_STR("ab")));
    assert_true(hd_str_ieq(HD_STR("Content-Type"), HD_STR("content-TYPE")));
    assert_false(hd_str_ieq(HD_STR("@"), HD_STR("`")));
    assert_str(hd_str_trim(HD_STR(" \t\r\n x y \v")), "x y");
    assert_str(hd_str_trim(HD_STR("  ")), "");
    assert_str(hd_str_cut(HD_STR("abc"), 3), "abc");
    assert_str(hd_str_cut(HD_STR("a\xc4\x97\xe2\x82\xac"), 6), "a\xc4\x97\xe2\x82\xac");
    assert_str(hd_str_cut(HD_STR("a\xc4\x97\xe2\x82\xac"), 5), "a\xc4\x97");
    assert_str(hd_str_cut(HD_STR("a\xc4\x97\xe2\x82\xac"), 2), "a");
    assert_str(hd_str_cut(HD_STR("\xc4\x97"), 1), "");
    assert_str(hd_str_cat(arena, 3, HD_STR("a"), hd_str(NULL), HD_STR("bc")), "abc");
    assert_str(hd_strf(arena, "%d-%s", 7, "x"), "7-x");
    assert_int_equal(hd_strf(arena, "%0300d", 1).len, 300);
    hd_str_t copy = hd_str_dup(arena, (hd_str_t){ 2, "xyz" });
    assert_int_equal(copy.data[2], 0);
    assert_true(hd_mem_eq_const("abc", "abd", 2));
    assert_false(hd_mem_eq_const("abc", "abd", 3));
}

static void test_numbers(void **state)
{
    (void) state;
    uint64_t u = 7;
    int64_t i = 7;
    assert_true(hd_str_to_u64(HD_STR("18446744073709551615"), &u));
    assert_true(u == UINT64_MAX);
    const char *bad[] = { "", "18446744073709551616", "99999999999999999999", "-1", "+1", " 1",
                          "1 ", "0x1", "1e3" };
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        assert_false(hd_str_to_u64(hd_str(bad[k]), &u));
    }
    assert_true(hd_str_to_i64(HD_STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_true(hd_str_to_i64(HD_STR("9223372036854775807"), &i));
    assert_true(i == INT64_MAX);
    assert_false(hd_str_to_i64(HD_STR("9223372036854775808"), &i));
    assert_false(hd_str_to_i64(HD_STR("-9223372036854775809"), &i));
    assert_false(hd_str_to_i64(HD_STR("-"), &i));
    assert_false(hd_str_to_i64(HD_STR("--1"), &i));
    assert_true(i == INT64_MAX);
}

static void test_utf8(void **state)
{
    (void) state;
    const char *good[] = { "", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                           "twelve bytes\xC3\xA9 and more text", "\x7F" };
    const char *bad[] = { "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41",
                          "\xE0\x80\x80",
                          "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80", "\xED\xBF\xBF",
                          "\xF0\x80\x80\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE",
                          "\xFF", "\xF0\x90\x80", "\xE2\x82\x41", "\xF8\x88\x80\x80\x80",
                          "longer text \xE2\x82" };
    char text[40];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(hd_str_is_utf8(hd_str(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(hd_str_is_utf8(hd_str(bad[i])));
        memset(text, 'x', sizeof(text));
        memcpy(text + 16, bad[i], strlen(bad[i]));
        assert_false(hd_str_is_utf8((hd_str_t){ sizeof(text), text }));
    }
    for (size_t i = 0; i < sizeof(text); i++) {
        memset(text, 'x', sizeof(text));
        text[i] = 0;
        assert_false(hd_str_is_utf8((hd_str_t){ sizeof(text), text }));
    }
}

/* ---- buffers and wire ---- */

static void test_buf(void **state)
{
    (void) state;
    hd_buf_t b;
    hd_buf_init(&b, arena, 0, 20);
    hd_buf_printf(&b, "%s", "12345678901234567890");
    assert_false(b.failed);
    assert_str(hd_buf_view(&b), "12345678901234567890");
    hd_buf_byte(&b, 'x');
    assert_true(b.failed);
    b.len = 0;
    hd_buf_z(&b, "y");                 /* sticky */
    assert_int_equal(b.len, 0);
    hd_buf_init(&b, arena, 100, 20);
    hd_buf_put(&b, "123456789012345678901", 21);
    assert_true(b.failed && b.len == 0);
    hd_buf_init(&b, arena, 4, 1000);
    assert_false(hd_buf_room(&b, SIZE_MAX));
    hd_buf_init(&b, arena, 4, 100000);
    for (int i = 0; i < 1000; i++) {
        hd_buf_z(&b, "0123456789");
    }
    assert_int_equal(b.len, 10000);
    assert_memory_equal(b.data + 9990, "0123456789", 10);
    hd_buf_init(&b, arena, 0, 1000);
    hd_buf_u64(&b, 0);
    hd_buf_byte(&b, ' ');
    hd_buf_u64(&b, UINT64_MAX);
    hd_buf_byte(&b, ' ');
    hd_buf_i64(&b, INT64_MIN);
    hd_buf_byte(&b, ' ');
    hd_buf_u64(&b, 905);
    assert_str(hd_buf_view(&b), "0 18446744073709551615 -9223372036854775808 905");
    hd_buf_init(&b, arena, 0, 1000);
    hd_buf_html(&b, HD_STR("a long run of text, then <b class=\"x\">'&' \xC3\xA9%/=?</b>"));
    assert_str(hd_buf_view(&b),
               "a long run of text, then &lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39; "
               "\xC3\xA9%/=?&lt;/b&gt;");
}

static void test_wire(void **state)
{
    (void) state;
    const uint64_t values[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX };
    hd_buf_t b;
    for (size_t i = 0; i < 9; i++) {
        hd_buf_init(&b, arena, 0, 100);
        hd_buf_varint(&b, values[i]);
        hd_wire_t w = hd_wire(b.data, b.len);
        assert_true(hd_wire_varint(&w) == values[i] && !w.failed && w.p == w.end);
        for (size_t cut = 0; cut < b.len; cut++) {
            w = hd_wire(b.data, cut);
            assert_true(hd_wire_varint(&w) == 0 && w.failed);
            assert_true(hd_wire_varint(&w) == 0 && hd_wire_bytes(&w, 0).len == 0 && w.failed);
        }
    }
    hd_wire_t w = hd_wire("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10);
    assert_true(hd_wire_varint(&w) == 0 && w.failed);
    w = hd_wire("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11);
    assert_true(hd_wire_varint(&w) == 0 && w.failed);
    w = hd_wire("abc", 3);
    assert_str(hd_wire_bytes(&w, 2), "ab");
    assert_str(hd_wire_bytes(&w, 2), "");
    assert_true(w.failed);
    w = hd_wire("abc", 3);
    assert_true(hd_wire_bytes(&w, SIZE_MAX).len == 0 && w.failed);
    for (int64_t n = -3; n <= 3; n++) {
        assert_true(hd_unzigzag(hd_zigzag(n)) == n);
    }
    assert_true(hd_unzigzag(hd_zigzag(INT64_MIN)) == INT64_MIN && hd_zigzag(-1) == 1);
    uint8_t be[8];
    hd_put_be64(be, 0x0102030405060708U);
    assert_memory_equal(be, "\1\2\3\4\5\6\7\10", 8);
    assert_true(hd_get_be64(be) == 0x0102030405060708U && hd_get_be32(be) == 0x01020304);
    hd_put_be32(be, 0xFFFEFDFCU);
    assert_true(hd_get_be32(be) == 0xFFFEFDFCU);
}

static void test_crc(void **state)
{
    (void) state;
    uint8_t data[300] = { 0 };
    assert_true(hd_crc32c(0, "123456789", 9) == 0xE3069283U);
    assert_true(hd_crc32c(0, data, 32) == 0x8A9136AAU);
    assert_true(hd_crc32c(0, "", 0) == 0);
    assert_true(~crc_by_table(~0U, (const uint8_t *) "123456789", 9) == 0xE3069283U);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t) rnd(256);
    }
    for (size_t n = 0; n < sizeof(data); n++) {
        size_t at = n % 9 < n ? n % 9 : 0, cut = n / 3;
        uint32_t crc = hd_crc32c(0, data + at, n - at);
        assert_true(~crc_by_table(~0U, data + at, n - at) == crc);
        assert_true(crc_under_test(0, data + at, n - at) == crc);
        assert_true(hd_crc32c(hd_crc32c(0, data, cut), data + cut, n - cut) == hd_crc32c(0, data,
                                                                                         n));
    }
    for (size_t n = 0; 3 * n <= sizeof(data); n++) {
        uint32_t crc[3] = { 0, (uint32_t) n, 7 };
        hd_crc32c_three(crc, data, n);
        assert_true(crc[0] == hd_crc32c(0, data, n) && crc[1] == hd_crc32c((uint32_t) n, data + n, n));
        assert_true(crc[2] == hd_crc32c(7, data + 2 * n, n));
    }
}

/* ---- errors ---- */

static void test_errors(void **state)
{
    (void) state;
    hd_problem_t p;
    assert_int_equal(hd_err_info(HD_E_VERSION)->status, 412);
    assert_string_equal(hd_err_info((hd_code_t) 9999)->slug, "internal");
    for (int i = 0; i < HD_CODE_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(hd_err_info((hd_code_t) i)->slug,
                                    hd_err_info((hd_code_t) k)->slug);
        }
    }
    hd_problem_init(&p);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(hd_problem_field(&p, arena, hd_strf(arena, "f%d", i), "required", "x"),
                         HD_E_INVALID);
    }
    assert_int_equal(p.n_fields, HD_BAD_FIELDS);
    assert_str(p.fields->next->field, "f1");
    assert_int_equal(hd_problem_set(&p, HD_E_RIGHT, "no"), HD_E_INVALID);
    assert_null(p.detail);
    hd_problem_init(&p);
    assert_int_equal(hd_problem_set(&p, HD_E_RIGHT, "no"), HD_E_RIGHT);
    assert_int_equal(hd_problem_field(&p, arena, HD_STR("a"), "b", "c"), HD_E_RIGHT);
}

/* ---- time ---- */

static void assert_time(const char *in, const char *want)
{
    hd_time_t t;
    char out[HD_TIME_LEN];
    if (!hd_time_parse(hd_str(in), &t)) {
        fail_msg("refused %s", in);
    }
    assert_int_equal(hd_time_format(t, out), HD_TIME_LEN);
    assert_str((hd_str_t){ sizeof(out), out }, want);
}

static void test_time(void **state)
{
    (void) state;
    hd_time_t t = 5;
    assert_time("2026-11-21T08:00:00Z", "2026-11-21T08:00:00.000Z");
    assert_time("2026-11-21t08:00:00.1z", "2026-11-21T08:00:00.100Z");
    assert_time("2026-11-21T08:00:00.123999999+02:00", "2026-11-21T06:00:00.123Z");
    assert_time("2026-01-01T00:30:00-23:59", "2026-01-02T00:29:00.000Z");
    assert_time("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z");
    assert_time("2000-02-29T23:59:59.999Z", "2000-02-29T23:59:59.999Z");
    assert_time("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z");
    assert_time("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
    assert_time("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
    assert_time("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z");
    assert_time("2017-01-01T01:59:60+02:00", "2017-01-01T00:00:00.000Z");
    const char *bad[] = {
        "", "2026", "2026-11-21", "2026-11-21T08:00:00", "2026-11-21T08:00Z",
        "2026-11-21 08:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00,1Z",
        "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "-001-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        "+026-01-01T00:00:00Z", "2026-01-01T00:00:00.5", "2026\r01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hd_time_parse(hd_str(bad[i]), &t)) {
            fail_msg("accepted %s", bad[i]);
        }
    }
    assert_true(t == 5);
    assert_time("2001-09-09T01:46:40Z", "2001-09-09T01:46:40.000Z");
    assert_true(hd_time_parse(HD_STR("2001-09-09T01:46:40Z"), &t) && t == 1000000000 * HD_SECOND);
    char out[HD_TIME_LEN];
    hd_time_format(INT64_MAX, out);
    assert_str((hd_str_t){ sizeof(out), out }, "9999-12-31T23:59:59.999Z");
    hd_time_format(INT64_MIN, out);
    assert_str((hd_str_t){ sizeof(out), out }, "0000-01-01T00:00:00.000Z");
    for (int i = 0; i < 20000; i++) {
        uint64_t far = (uint64_t) rnd(1U << 30) * rnd(1U << 30);
        hd_time_t v = -62167219200000 + (hd_time_t) (far % 315569520000000);
        hd_time_format(v, out);
        assert_true(hd_time_parse((hd_str_t){ sizeof(out), out }, &t) && t == v);
    }
    assert_true(hd_time_now() > 1700000000 * HD_SECOND);
    uint64_t before = hd_time_mono_us();
    assert_true(hd_time_mono_us() >= before);
}

/* ---- JSON ---- */

static hd_str_t escaped(hd_str_t s)
{
    hd_buf_t b;
    hd_buf_init(&b, arena, 16, 1 << 20);
    hd_json_t j = hd_json(&b);
    hd_json_str(&j, s);
    assert_false(b.failed);
    return hd_buf_view(&b);
}

static void test_json_out(void **state)
{
    (void) state;
    hd_buf_t b;
    hd_buf_init(&b, arena, 0, 4096);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("a"));
    hd_json_arr(&j);
    hd_json_u64(&j, 1);
    hd_json_i64(&j, -2);
    hd_json_obj(&j);
    hd_json_end_obj(&j);
    hd_json_arr(&j);
    hd_json_end_arr(&j);
    hd_json_bool(&j, true);
    hd_json_bool(&j, false);
    hd_json_null(&j);
    hd_json_end_arr(&j);
    hd_json_key(&j, HD_STR("t"));
    hd_json_time(&j, 1);
    hd_json_key(&j, HD_STR("n"));
    hd_json_time(&j, 0);
    hd_json_key(&j, HD_STR("r"));
    hd_json_raw(&j, HD_STR("{\"x\":1}"));
    hd_json_key(&j, HD_STR("e"));
    hd_json_str(&j, hd_str(NULL));
    hd_json_end_obj(&j);
    assert_str(hd_buf_view(&b),
               "{\"a\":[1,-2,{},[],true,false,null],\"t\":\"1970-01-01T00:00:00.001Z\","
               "\"n\":null,\"r\":{\"x\":1},\"e\":\"\"}");
}

static void test_json_escape(void **state)
{
    (void) state;
    assert_str(escaped(HD_STR("\"\\/\b\f\n\r\t\x01\x1f\x7f")),
               "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_str(escaped(HD_STR("</script>&")), "\"\\u003c/script\\u003e\\u0026\"");
    assert_str(escaped(HD_STR("\xE2\x80\xA8|\xE2\x80\xA9|\xE2\x80\xA7|\xE2\x82\xAC|\xE2\x80")),
               "\"\\u2028|\\u2029|\xE2\x80\xA7|\xE2\x82\xAC|\xE2\x80\"");
    assert_str(escaped(HD_STR("$%'=?;:Z^]")), "\"$%'=?;:Z^]\"");
    static const char *pieces[] = { "a", "\"", "\\", "\n", "<", ">", "&", "\x1f", "\xE2\x80\xA8",
                                    "~",
                                    "\xE2\x80\xA9", "\xE2\x80\x99", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                    "0123456789abcdef", " ", "$", "=", "?", "Z" };
    for (int i = 0; i < 3000; i++) {
        char text[600];
        size_t n = 0;
        for (uint32_t k = rnd(30); k > 0; k--) {
            const char *piece = pieces[rnd(rnd(2) ? 20 : 2) % 20];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        hd_str_t s = { n, text }, json = escaped(s);
        hd_jval_t *v;
        assert_int_equal(hd_jparse(arena, json, &v), HD_OK);
        assert_true(hd_str_eq(hd_jstr(v), s));
        for (size_t k = 1; k + 1 < json.len; k++) {
            assert_true((unsigned char) json.data[k] >= 0x20 && json.data[k] != '<'
                        && json.data[k] != '>' && json.data[k] != '&');
        }
        hd_arena_reset(arena);
    }
}

static hd_code_t parse(const char *text)
{
    hd_jval_t *v;
    return hd_jparse(arena, hd_str(text), &v);
}

static void test_json_in(void **state)
{
    (void) state;
    hd_jval_t *v, *m;
    const hd_str_t strings[] = { HD_STR("a\"b"), HD_STR("") };
    assert_str(hd_jdump(arena, hd_jstrings(arena, strings, 2)), "[\"a\\\"b\",\"\"]");
    assert_int_equal(hd_jlen(hd_jstrings(arena, NULL, 0)), 0);
    assert_int_equal(hd_jparse(arena, HD_STR("{\"a\":[1,2.5,\"x\",true,null],\"b\":{}}"), &v),
                     HD_OK);
    assert_int_equal(hd_jtype(v), HD_J_OBJ);
    assert_int_equal(hd_jlen(v), 2);
    m = hd_jget(v, "a");
    assert_int_equal(hd_jtype(m), HD_J_ARR);
    assert_int_equal(hd_jlen(m), 5);
    assert_int_equal(hd_jint(hd_jat(m, 0)), 1);
    assert_true(hd_jreal(hd_jat(m, 1)) > 2.4 && hd_jtype(hd_jat(m, 1)) == HD_J_REAL);
    assert_str(hd_jstr(hd_jat(m, 2)), "x");
    assert_true(hd_jbool(hd_jat(m, 3)));
    assert_int_equal(hd_jtype(hd_jat(m, 4)), HD_J_NULL);
    assert_null(hd_jat(m, 5));
    assert_null(hd_jget(v, "c"));
    assert_null(hd_jget(m, "c"));
    assert_str(hd_jstr(NULL), "");
    void *it = NULL;
    hd_str_t key;
    assert_true(hd_jnext(v, &it, &key, &m));
    assert_str(key, "a");
    assert_true(hd_jnext(v, &it, &key, &m));
    assert_str(key, "b");
    assert_false(hd_jnext(v, &it, &key, &m));

    const char *bad[] = { "", " ", "{", "[1,]", "{\"a\":1,\"a\":2}", "{\"a\":1}x", "\"\\u0000\"",
                          "\"\xFF\"", "\"\\ud800\"", "nul", "01", "1e999", "99999999999999999999",
                          "{\"a\\u0000b\":1}", "'a'", "[1] [2]", "\"\n\"", "\xEF\xBB\xBF{}" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (parse(bad[i]) != HD_E_JSON) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
    assert_int_equal(hd_jparse(arena, (hd_str_t){ 3, "{}\0" }, &v), HD_E_JSON);
    assert_int_equal(hd_jparse(arena, (hd_str_t){ 5, "\"a\0b\"" }, &v), HD_E_JSON);
    assert_int_equal(parse("-9223372036854775808"), HD_OK);
    assert_int_equal(parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\""), HD_OK);
    char deep[80];
    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    assert_int_equal(hd_jparse(arena, (hd_str_t){ 66, deep }, &v), HD_E_TOO_DEEP);
    assert_int_equal(hd_jparse(arena, (hd_str_t){ 64, deep + 1 }, &v), HD_OK);
    char *big = hd_alloc(arena, HD_BODY_MAX + 1);
    memset(big, ' ', HD_BODY_MAX + 1);
    big[0] = '1';
    assert_int_equal(hd_jparse(arena, (hd_str_t){ HD_BODY_MAX + 1, big }, &v), HD_E_TOO_LARGE);
    assert_int_equal(hd_jparse(arena, (hd_str_t){ HD_BODY_MAX, big }, &v), HD_OK);
}

/* ---- CSV ---- */

static hd_str_t cell(const char *z)
{
    hd_buf_t b;
    hd_buf_init(&b, arena, 0, 4096);
    hd_csv_cell(&b, hd_str(z), true);
    return hd_buf_view(&b);
}

static void test_csv_write(void **state)
{
    (void) state;
    assert_str(cell("plain"), "plain");
    assert_str(cell(""), "");
    assert_str(cell("a,b"), "\"a,b\"");
    assert_str(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    assert_str(cell("\""), "\"\"\"\"");
    assert_str(cell("=HYPERLINK(\"http://x\",\"y\")"),
               "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    assert_str(cell("@SUM(1)"), "\"'@SUM(1)\"");
    assert_str(cell("\tx"), "\"'\tx\"");
    assert_str(cell("\rx"), "\"'\rx\"");
    assert_str(cell("\xEF\xBC\x9D" "1"), "\"'\xEF\xBC\x9D" "1\"");
    assert_str(cell("\xEF\xBC\xA0x"), "\"'\xEF\xBC\xA0x\"");
    assert_str(cell("\xEF\xBC\xA1"), "\xEF\xBC\xA1");
    assert_str(cell("-5"), "-5");
    assert_str(cell("+3.25"), "+3.25");
    assert_str(cell("-5+cmd|' /C calc'!A0"), "\"'-5+cmd|' /C calc'!A0\"");
    assert_str(cell("-"), "\"'-\"");
    assert_str(cell("-5."), "\"'-5.\"");
    assert_str(cell("hello\n=1+1"), "\"'hello\n=1+1\"");
    assert_str(cell("hello\r\n-x"), "\"'hello\r\n-x\"");
    assert_str(cell("a\r\n\r\nb"), "\"a\r\n\r\nb\"");
    assert_str(cell("a=b"), "a=b");
}

static void test_csv_read(void **state)
{
    (void) state;
    hd_str_t c[3];
    hd_str_t text = HD_STR("\xEF\xBB\xBFname,\"note, \"\"q\"\"\"\r\nx,\n\n\"two\nlines\",b,c,d");
    size_t pos = 0;
    assert_int_equal(hd_csv_read(arena, text, &pos, c, 3), 2);
    assert_str(c[0], "name");
    assert_str(c[1], "note, \"q\"");
    assert_int_equal(hd_csv_read(arena, text, &pos, c, 3), 2);
    assert_str(c[1], "");
    assert_int_equal(hd_csv_read(arena, text, &pos, c, 3), 1);
    assert_str(c[0], "");
    assert_int_equal(hd_csv_read(arena, text, &pos, c, 3), 4);
    assert_str(c[0], "two\nlines");
    assert_str(c[2], "c");
    assert_int_equal(hd_csv_read(arena, text, &pos, c, 3), 0);
    const char *bad[] = { "\"", "\"abc", "\"a\"b", "x,\"a\" ,y", "\"a\"\"", "\"a\"\rb" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        pos = 0;
        assert_int_equal(hd_csv_read(arena, hd_str(bad[i]), &pos, c, 3), -1);
    }
    pos = 0;
    assert_int_equal(hd_csv_read(arena, HD_STR("a\"b,c"), &pos, c, 3), 2);
    assert_str(c[0], "a\"b");
}

static void test_csv_round_trip(void **state)
{
    (void) state;
    static const char alphabet[] = "ab,;\"\r\n\t =+-@'15.";
    for (int i = 0; i < 5000; i++) {
        char store[5][12];
        hd_str_t in[5], out[5];
        hd_buf_t b;
        size_t pos = 0;
        int n = 1 + (int) rnd(5);
        hd_buf_init(&b, arena, 0, 4096);
        for (int k = 0; k < n; k++) {
            in[k] = (hd_str_t){ rnd(12), store[k] };
            for (size_t x = 0; x < in[k].len; x++) {
                store[k][x] = alphabet[rnd(sizeof(alphabet) - 1)];
            }
            hd_csv_cell(&b, in[k], k == 0);
        }
        hd_buf_z(&b, "\r\n");
        assert_int_equal(hd_csv_read(arena, hd_buf_view(&b), &pos, out, 5), n);
        assert_int_equal(pos, b.len);
        for (int k = 0; k < n; k++) {
            hd_str_t defused = hd_str_cat(arena, 2, HD_STR("'"), in[k]);
            assert_true(hd_str_eq(out[k], in[k]) || hd_str_eq(out[k], defused));
        }
        hd_arena_reset(arena);
    }
}

/* ---- secrets ---- */

static void test_crypt(void **state)
{
    (void) state;
    uint8_t out[32], again[32], key[32];
    char hex[65] = "";
    hd_sha256("abc", 3, out);
    hd_hex(out, 32, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    memset(key, 0x0b, sizeof(key));
    hd_hmac(key, "Hi There", 8, out);
    hd_hex(out, 32, hex);
    assert_string_equal(hex, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
    for (uint8_t i = 0; i < 16; i++) {
        key[i] = i;
    }
    hd_siphash(key, "", 0, out);
    hd_hex(out, 16, hex);
    hex[32] = '\0';
    assert_string_equal(hex, "a3817f04ba25a8e66df67214c7550293");
    assert_true(hd_random(out, 32) && hd_random(again, 32) && hd_random(again, 0));
    assert_memory_not_equal(out, again, 32);
}

static void test_base64url(void **state)
{
    (void) state;
    uint8_t in[40], out[40];
    for (size_t n = 0; n <= 40; n++) {
        assert_true(n == 0 || hd_random(in, n));
        hd_str_t s = hd_base64url(arena, in, n);
        assert_true(hd_base64url_decode(s, out, n));
        assert_memory_equal(in, out, n);
        assert_false(n > 0 && hd_base64url_decode(s, out, n - 1));
        assert_false(n < 40 && hd_base64url_decode(s, out, n + 1));
    }
    assert_str(hd_base64url(arena, "\xFB\xFF", 2), "-_8");
    const char *bad[] = { "-_9", "-_8=", "+/8", "-_8 ", " -_8", "-_", "-_8A", "-_8\n", "-_*" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(hd_base64url_decode(hd_str(bad[i]), out, 2));
    }
}

static void test_password(void **state)
{
    (void) state;
    char phc[HD_PWHASH_MAX], other[HD_PWHASH_MAX];
    assert_true(hd_password_hash(HD_STR("correct horse"), phc));
    assert_true(hd_password_hash(HD_STR("correct horse"), other));
    assert_string_not_equal(phc, other);
    assert_non_null(strstr(phc, "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_int_equal(hd_password_check(phc, HD_STR("correct horse")), HD_OK);
    assert_int_equal(hd_password_check(phc, HD_STR("correct horsf")), HD_E_PASSWORD);
    assert_int_equal(hd_password_check("", HD_STR("correct horse")), HD_E_PASSWORD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_arena_alloc, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arena_defer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arena_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_str, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_buf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crc, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_escape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_csv_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_csv_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_csv_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crypt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_base64url, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_password, set_up, tear_down),
    };
    if (!hd_base_init()) {
        return 1;
    }
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
