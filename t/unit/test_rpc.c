/*
 * The RPC room without a server: XML-RPC from and to JSON, byte for byte.
 */
#include "unit.h"

#include "rpc/rpc_inner.h"

/* The parameters as JSON, or the code's slug. */
static const char *read_bytes(hd_str_t body)
{
    hd_str_t name;
    hd_jval_t *params;
    hd_code_t code;
    hd_arena_reset(arena);
    HD_ARENA_TRY(arena, code, rpc_xml_read(arena, body, &name, &params));
    if (code != HD_OK) {
        return hd_err_info(code)->slug;
    }
    assert_true(hd_str_is(name, "m"));
    return hd_str_dup(arena, hd_jdump(arena, params)).data;
}

static const char *read_value(const char *value)
{
    static char text[100000];
    (void) snprintf(text, sizeof(text), "<?xml version=\"1.0\"?><methodCall><methodName>m</methodName><params><param>%s"
                    "</param></params></methodCall>", value);
    return read_bytes(hd_str(text));
}

static void test_requests(void **state)
{
    static const char *const good[][2] = {
        { "<value><int>7</int></value>", "[7]" },
        { "<value><i4>-7</i4></value>", "[-7]" },
        { "<value><i8>9007199254740993</i8></value>", "[9007199254740993]" },
        { "<value> <int> +7 </int> </value>", "[7]" },
        { "<value><boolean>1</boolean></value>", "[true]" },
        { "<value><boolean>0</boolean></value>", "[false]" },
        { "<value><double>-1.5</double></value>", "[-1.5]" },
        { "<value><double>2</double></value>", "[2]" },
        { "<value><double>1e300</double></value>", "[1e+300]" },
        { "<value><string>a &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; &#x161;&#10;</string></value>",
          "[\"a \\u003cb\\u003e \\u0026 \\\"c\\\" 'd' \xC5\xA1\\n\"]" },
        { "<value>bare text</value>", "[\"bare text\"]" },
        { "<value> </value>", "[\" \"]" },
        { "<value/>", "[\"\"]" },
        { "<value></value>", "[\"\"]" },
        { "<value><string/></value>", "[\"\"]" },
        { "<value><string><![CDATA[<p>a & b</p>]]></string></value>", "[\"\\u003cp\\u003ea \\u0026 b\\u003c/p\\u003e\"]" },
        { "<value><string>one <![CDATA[<two>]]> three</string></value>", "[\"one \\u003ctwo\\u003e three\"]" },
        { "<value><![CDATA[bare]]></value>", "[\"bare\"]" },
        { "<value><nil/></value>", "[null]" },
        { "<value xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\"><ex:nil/></value>", "[null]" },
        { "<value><base64>\n aGVs\n bG8=\n</base64></value>", "[\"aGVsbG8=\"]" },
        { "<value><dateTime.iso8601>20260601T07:00:05</dateTime.iso8601></value>", "[\"2026-06-01 07:00:05\"]" },
        { "<value><dateTime.iso8601>2026-06-01T07:00:05Z</dateTime.iso8601></value>", "[\"2026-06-01 07:00:05\"]" },
        { "<value><array><data/></array></value>", "[[]]" },
        { "<value><array/></value>", "[[]]" },
        { "<value><struct/></value>", "[{}]" },
        { "<value><array><data><value><int>1</int></value>\n<value>b</value></data></array></value>", "[[1,\"b\"]]" },
        { "<value><struct><member><name>a &amp; b</name><value><int>1</int></value></member>"
          "<member><name>c</name><value><array><data><value><struct/></value></data></array></value></member></struct></value>",
          "[{\"a \\u0026 b\":1,\"c\":[{}]}]" },
        { "<value><!-- a comment --><int>1</int><?and an instruction?></value>", "[1]" },
    };
    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_string_equal(read_value(good[i][0]), good[i][1]);
    }
    assert_string_equal(read_bytes(HD_STR("<methodCall><methodName> m </methodName></methodCall>")), "[]");
    assert_string_equal(read_bytes(HD_STR("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><methodCall><methodName>m</methodName><params>"
                                          "<param><value>\xE9</value></param></params></methodCall>")), "[\"\xC3\xA9\"]");
}

static void test_bad_requests(void **state)
{
    static const char *const bad[] = {
        "", "<value>", "<value><int></int></value>", "<value><int>x</int></value>", "<value><int>1.5</int></value>",
        "<value><i8>9223372036854775808</i8></value>", "<value><int>1</int><int>2</int></value>", "<value>a<int>1</int></value>",
        "<value><int>1</int>a</value>", "<value><boolean>2</boolean></value>", "<value><boolean>true</boolean></value>",
        "<value><double>0x10</double></value>", "<value><double>nan</double></value>", "<value><double>1e999</double></value>",
        "<value><double></double></value>", "<value><nil>x</nil></value>", "<value><base64>a*b</base64></value>",
        "<value><dateTime.iso8601>tomorrow</dateTime.iso8601></value>", "<value><Int>1</Int></value>", "<VALUE/>",
        "<value><unknown/></value>", "<value><string><b/></string></value>", "<value><array><value/></array></value>",
        "<value><array><data/><data/></array></value>", "<value><struct><member><name>a</name></member></struct></value>",
        "<value><struct><member><value/></member></struct></value>",
        "<value><struct><member><name>a</name><value/><value/></member></struct></value>",
        "<value><struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct></value>",
        "<value/><value/>", "text", "<value>&undefined;</value>", "<value>\x01</value>", "<value>&#0;</value>", "<value>\xFF</value>",
        "<value></value></param></params></methodCall><methodCall>",
    };
    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (strcmp(read_value(bad[i]), "bad_json") != 0) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    static const char *const documents[] = {
        "", "x", "<a/>", "<methodCall/>", "<methodCall><params/></methodCall>", "<methodCall><methodName/></methodCall>",
        "<methodCall><methodName>m</methodName><methodName>m</methodName></methodCall>",
        "<methodCall><methodName>m</methodName><params/><params/></methodCall>",
        "<methodCall><methodName>m</methodName></methodCall><x/>", "<methodCall><methodName>m</methodName>",
        "<!DOCTYPE methodCall><methodCall><methodName>m</methodName></methodCall>",
        "<!DOCTYPE methodCall [<!ENTITY a \"b\">]><methodCall><methodName>&a;</methodName></methodCall>",
        "<!DOCTYPE methodCall SYSTEM \"file:///etc/passwd\"><methodCall><methodName>m</methodName></methodCall>",
        "<!DOCTYPE m [<!ENTITY % a SYSTEM \"http://127.0.0.1:1/x\">%a;]><methodCall><methodName>m</methodName></methodCall>",
    };
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        if (strcmp(read_bytes(hd_str(documents[i])), "bad_json") != 0) {
            fail_msg("taken: %s", documents[i]);
        }
    }
}

static const char *read_nested(size_t depth)
{
    static char text[100000];
    size_t n = 0;
    for (size_t i = 0; i < depth; i++) {
        n += (size_t) snprintf(text + n, sizeof(text) - n, "<value><array><data>");
    }
    for (size_t i = 0; i < depth; i++) {
        n += (size_t) snprintf(text + n, sizeof(text) - n, "</data></array></value>");
    }
    return read_value(text);
}

static void test_depth(void **state)
{
    (void) state;
    assert_int_equal(read_nested(HD_JSON_DEPTH - 1)[0], '[');
    assert_string_equal(read_nested(HD_JSON_DEPTH), "too_deep");
    assert_string_equal(read_nested(1000), "too_deep");
}

static void test_size(void **state)
{
    (void) state;
    hd_str_t head = HD_STR("<methodCall><methodName>m</methodName><params><param><value><![CDATA["),
             tail = HD_STR("]]></value></param></params></methodCall>");
    size_t n = HD_BODY_MAX - head.len - tail.len;
    char *text = malloc(HD_BODY_MAX + 1);
    assert_non_null(text);
    memcpy(text, head.data, head.len);
    memset(text + head.len, '<', n);         /* markup does not grow on its way */
    memcpy(text + head.len + n, tail.data, tail.len);
    hd_str_t name;
    hd_jval_t *params;
    hd_code_t code;
    hd_arena_reset(arena);
    HD_ARENA_TRY(arena, code, rpc_xml_read(arena, (hd_str_t){ HD_BODY_MAX, text }, &name, &params));
    assert_int_equal(code, HD_OK);
    assert_int_equal(hd_jstr(hd_jat(params, 0)).len, n);
    assert_string_equal(read_bytes((hd_str_t){ HD_BODY_MAX + 1, text }), "too_large");
    free(text);
}

static const char *write_json(const char *json)
{
    hd_buf_t b;
    hd_arena_reset(arena);
    hd_buf_init(&b, arena, 16, HD_REPLY_MAX);
    rpc_xml_value(&b, hd_str(json));
    return hd_str_dup(arena, hd_buf_view(&b)).data;
}

static void test_answers(void **state)
{
    static const char *const cases[][2] = {
        { "7", "<value><int>7</int></value>" },
        { "-2147483648", "<value><int>-2147483648</int></value>" },
        { "2147483648", "<value><double>2147483648</double></value>" },
        { "1.5", "<value><double>1.5</double></value>" },
        { "true", "<value><boolean>1</boolean></value>" },
        { "false", "<value><boolean>0</boolean></value>" },
        { "null", "<value><boolean>0</boolean></value>" },
        { "\"\"", "<value><string></string></value>" },
        { "\"a < b > c & d\"", "<value><string>a &lt; b &gt; c &amp; d</string></value>" },
        { "\"\\u003cp\\u003e \\\"q\\\" \\\\ \\/ \\n\\t\\r.\"", "<value><string>&lt;p&gt; \"q\" \\ / \n\t&#13;.</string></value>" },
        { "\"a\\u0001b\\u000bc\x07" "d\"", "<value><string>abcd</string></value>" },
        { "\"\\u0161\\u2028\\ud83d\\ude00\"", "<value><string>\xC5\xA1\xE2\x80\xA8\xF0\x9F\x98\x80</string></value>" },
        { "\"a\xEF\xBF\xBE" "b\xEF\xBF\xBF" "c\xEF\xBC\xA1\"", "<value><string>abc\xEF\xBC\xA1</string></value>" },
        { "[]", "<value><array><data>\n</data></array></value>" },
        { "{}", "<value><struct>\n</struct></value>" },
        { "[1,[2,\"x\"],{}]", "<value><array><data>\n<value><int>1</int></value>\n<value><array><data>\n<value><int>2</int></value>\n"
          "<value><string>x</string></value>\n</data></array></value>\n<value><struct>\n</struct></value>\n</data></array></value>" },
        { "{\"id\":7,\"a<b\":false}", "<value><struct>\n<member><name>id</name><value><int>7</int></value></member>\n"
          "<member><name>a&lt;b</name><value><boolean>0</boolean></value></member>\n</struct></value>" },
    };
    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(write_json(cases[i][0]), cases[i][1]);
    }
}

/* What is written comes back the same through the reader, whatever the text. */
static void test_round_trip(void **state)
{
    (void) state;
    const char *json = "[{\"a\":[1,2.5,true,false,\"x \\u003c\\u0026\\r\\n\\\"y\\\\\"],\"b\":{\"c\":\"\"}}]";
    hd_buf_t b;
    hd_jval_t *v;
    hd_arena_reset(arena);
    assert_int_equal(hd_jparse(arena, hd_str(json), &v), HD_OK);
    hd_buf_init(&b, arena, 16, HD_REPLY_MAX);
    rpc_xml_value(&b, hd_jdump(arena, hd_jat(v, 0)));
    char *copy = strndup(b.data, b.len);
    assert_string_equal(read_value(copy), json);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_bad_requests), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size), cmocka_unit_test(test_answers), cmocka_unit_test(test_round_trip),
    };
    return hd_base_init() ? cmocka_run_group_tests(tests, set_up, tear_down) : 1;
}
