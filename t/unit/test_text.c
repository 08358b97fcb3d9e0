/*
 * Unit tests of src/text.  Random cases come from a fixed seed, so a failure repeats.
 */
#include "unit.h"

#include "text/text.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_fold(void **state)
{
    (void) state;
    static const char *same[][2] = {
        { "", "" },
        { "Hello World 42", "hello world 42" },
        { "Ąžuolas ČĘĖĮŠŲŪ", "azuolas ceeisuu" },                       /* lt */
        { "Smörgåsbord ÄÖÅ", "smorgasbord aoa" },                       /* sv */
        { "Đường Nguyễn Thị Ước", "duong nguyen thi uoc" },             /* vi */
        { "¿Dónde está el Niño, pingüino?", "¿donde esta el nino, pinguino?" },  /* es */
        { "علي", "علی" },                                               /* fa: Arabic yeh */
        { "كتاب", "کتاب" },                                             /* kaf */
        { "می\u200cشود", "میشود" },                                     /* ZWNJ */
        { "کـــتاب", "کتاب" },                                          /* tatweel */
        { "مُحَمَّد", "محمد" },                                         /* vowel marks */
        { "آب", "اب" },
        { "شماره ۱۲۳", "شماره 123" },
        { "ﻻ", "لا" },                                                  /* presentation form */
        { "Łódź Søren Ħal", "lodz soren hal" },
        { "Straße ÆØŒ Þór", "strasse aeooe thor" },
        { "İstanbul ISPARTA ılık", "istanbul isparta ilik" },
        { "ﬁne Ｆｕｌｌ ①", "fine full 1" },
        { "e\u0301 \u00e9", "e e" },
        { "soft\u00adhyphen", "softhyphen" },
        { "don’t", "don't" },
        { "ΣΊΣΥΦΟΣ", "σισυφοσ" },
        { "Йод Ёлка", "иод елка" },
        { "ｶﾞ", "ガ" },
        { "한글", "한글" },
        { "ที่", "ที่" },
        { "bad \xFF byte", "bad \xEF\xBF\xBD byte" },
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_str(hd_text_fold(arena, hd_str(same[i][0])), same[i][1]);
    }
}

static hd_str_t random_text(char *out, size_t chars)
{
    static const uint32_t starts[] = { 0x20, 0x41, 0xA0, 0x100, 0x300, 0x370, 0x410, 0x600, 0x640,
                                       0xE00,
                                       0x1100, 0x1EA0, 0x2000, 0x2060, 0x3040, 0x4E00, 0xAC00,
                                       0xFB50, 0xFF00, 0x1F600, 0xE0001, 0x09, 0x0900 };
    size_t n = 0;
    while (chars-- > 0) {
        uint32_t c = starts[rnd(sizeof(starts) / sizeof(starts[0]))] + rnd(64);
        if (c < 0x80) {
            out[n++] = (char) c;
        } else if (c < 0x800) {
            out[n++] = (char) (0xC0 | c >> 6);
            out[n++] = (char) (0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out[n++] = (char) (0xE0 | c >> 12);
            out[n++] = (char) (0x80 | ((c >> 6) & 0x3F));
            out[n++] = (char) (0x80 | (c & 0x3F));
        } else {
            out[n++] = (char) (0xF0 | c >> 18);
            out[n++] = (char) (0x80 | ((c >> 12) & 0x3F));
            out[n++] = (char) (0x80 | ((c >> 6) & 0x3F));
            out[n++] = (char) (0x80 | (c & 0x3F));
        }
    }
    return (hd_str_t){ n, out };
}

static void ignore_word(void *arg, hd_str_t word)
{
    (void) arg;
    assert_true(word.len > 0 && word.len <= 64 && hd_str_is_utf8(word));
}

static void test_idempotent(void **state)
{
    (void) state;
    char text[400];
    for (int i = 0; i < 5000; i++) {
        hd_str_t s = random_text(text, rnd(60));
        hd_str_t once = hd_text_fold(arena, s);
        assert_true(hd_str_is_utf8(once));
        assert_true(hd_str_eq(once, hd_text_fold(arena, once)));
        once = hd_text_clean(arena, s, i % 2 == 0);
        assert_true(hd_str_is_utf8(once));
        assert_true(hd_str_eq(once, hd_text_clean(arena, once, i % 2 == 0)));
        assert_true(hd_text_length(s) <= s.len);
        hd_text_words(arena, s, ignore_word, NULL);
        hd_text_from_html(arena, s);
        hd_arena_reset(arena);
    }
}

/* T-02: of a path that ends in "/" no name is left. */
static void test_file_name(void **state)
{
    (void) state;
    assert_str(hd_text_file_name(arena, HD_STR("dir/a.txt"), 100), "a.txt");
    assert_str(hd_text_file_name(arena, HD_STR("a.txt/"), 100), "file");
    assert_str(hd_text_file_name(arena, HD_STR("con.txt"), 100), "_con.txt");
}

static void test_clean(void **state)
{
    (void) state;
    static const struct {
        const char *in, *one, *many;
    } rows[] = {
        { "  plain  ", "plain", "plain" },
        { "a\nb", "a b", "a\nb" },
        { "a\r\nb\rc\tD", "a b c D", "a\nb\nc\tD" },
        { "a\x01\x7f" "b", "ab", "ab" },
        { "e\u0301", "é", "é" },
        { "\u202eevil\u202c\u2066\u200f", "evil", "evil" },
        { "\ufeffbom", "bom", "bom" },
        { "می‌شود", "می‌شود", "می‌شود" },
        { "a\u200c b\u200d", "a b", "a b" },
        { "👩‍👩‍👧", "👩‍👩‍👧", "👩‍👩‍👧" },
        { "\u00a0x\u3000", "x", "x" },
        { "a\u2028b\xC2\x85" "c", "a b c", "a\nb\nc" },
        { "\u200b\u00ad", "", "" },
        { "", "", "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_str(hd_text_clean(arena, hd_str(rows[i].in), false), rows[i].one);
        assert_str(hd_text_clean(arena, hd_str(rows[i].in), true), rows[i].many);
    }
}

static void test_slug(void **state)
{
    (void) state;
    assert_str(hd_text_slug(arena, HD_STR("Customer Support"), 64), "customer-support");
    assert_str(hd_text_slug(arena, HD_STR("  --Ünïcode & Đà Nẵng!! "), 64), "unicode-da-nang");
    assert_str(hd_text_slug(arena, HD_STR("Don't panic"), 64), "dont-panic");
    assert_str(hd_text_slug(arena, HD_STR("پشتیبانی مشتری"), 64), "");
    assert_str(hd_text_slug(arena, HD_STR("日本語"), 64), "");
    assert_str(hd_text_slug(arena, HD_STR("abc def"), 4), "abc");
    assert_str(hd_text_slug(arena, HD_STR("abc def"), 5), "abc-d");
    assert_str(hd_text_slug(arena, HD_STR("abc"), 0), "");
}

static void test_length(void **state)
{
    (void) state;
    assert_int_equal(hd_text_length(HD_STR("")), 0);
    assert_int_equal(hd_text_length(HD_STR("hello")), 5);
    assert_int_equal(hd_text_length(HD_STR("a\r\nb")), 3);
    assert_int_equal(hd_text_length(HD_STR("e\u0301")), 1);
    assert_int_equal(hd_text_length(HD_STR("👩‍👩‍👧é")), 2);
    assert_int_equal(hd_text_length(HD_STR("🇱🇹🇸🇪")), 2);
    assert_int_equal(hd_text_length(HD_STR("Đường")), 5);
}

static void add_word(void *arg, hd_str_t word)
{
    hd_buf_t *b = arg;
    hd_buf_str(b, word);
    hd_buf_byte(b, '|');
}

static hd_str_t words(const char *z)
{
    hd_buf_t *b = hd_alloc(arena, sizeof(*b));
    hd_buf_init(b, arena, 0, 4096);
    hd_text_words(arena, hd_str(z), add_word, b);
    return hd_buf_view(b);
}

static void test_words(void **state)
{
    (void) state;
    assert_str(words(""), "");
    assert_str(words(" ...!? "), "");
    assert_str(words("Error 404: see log_file.txt"), "error|404|see|log|file|txt|");
    assert_str(words("Ann@Example.com é"), "ann|example|com|e|");
    assert_str(words("Đường Nguyễn"), "duong|nguyen|");
    assert_str(words("کتاب‌ها، خانه"), "کتابها|خانه|");
    assert_str(words("日本語 abc"), "日本語|abc|");
    assert_str(words("สวัสดีครับ"), "สวัสดี|ครับ|");
    assert_str(words("zero 😀 width"), "zero|width|");
    char text[200];
    memset(text, 'x', sizeof(text));
    hd_str_t got = words(hd_str_dup(arena, (hd_str_t){ sizeof(text), text }).data);
    assert_int_equal(got.len, 65);
    text[0] = 'a';
    for (size_t i = 1; i < 199; i += 2) {
        memcpy(text + i, "я", 2);
    }
    got = words(hd_str_dup(arena, (hd_str_t){ 199, text }).data);
    assert_int_equal(got.len, 64);      /* 63 bytes: the 64th would split a letter */
    assert_true(hd_str_is_utf8(got));
}

static void *use_iterators(void *arg)
{
    *(size_t *) arg = hd_text_length(HD_STR("e\u0301x"));
    return NULL;
}

static void test_threads(void **state)
{
    (void) state;
    pthread_t ids[4];
    size_t got[4] = { 0 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&ids[i], NULL, use_iterators, &got[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(ids[i], NULL);
        assert_int_equal(got[i], 2);
    }
}

static void test_lang(void **state)
{
    (void) state;
    static const struct {
        const char *header;
        hd_lang_t   lang;
    } rows[] = {
        { "", HD_LANG_EN }, { "fa-IR", HD_LANG_FA }, { "de, lt;q=0.5", HD_LANG_LT },
        { "en;q=0.5, sv;q=0.9", HD_LANG_SV }, { "vi,es", HD_LANG_VI }, { "es;q=0, *", HD_LANG_EN },
        { "*", HD_LANG_EN }, { "en;q=0, *;q=0.1", HD_LANG_LT }, { "de", HD_LANG_EN },
        { "LT-lt ; q=0.300 , en ; q=0.299", HD_LANG_LT }, { "sv;q=abc, es;q=0.1", HD_LANG_ES },
        { ",,;;q=,", HD_LANG_EN }, { "sv;q=1.5, vi;q=0.2", HD_LANG_VI }, { "english", HD_LANG_EN },
        { "es-419,es;q=0.9,en;q=0.8", HD_LANG_ES }, { "fa;q=", HD_LANG_EN },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(hd_lang_code(hd_lang_accept(hd_str(rows[i].header))),
                            hd_lang_code(rows[i].lang));
    }
    assert_int_equal(hd_lang_from(HD_STR("fa-IR")), HD_LANG_FA);
    assert_int_equal(hd_lang_from(HD_STR("SV_se")), HD_LANG_SV);
    assert_int_equal(hd_lang_from(HD_STR("xx")), HD_LANG_EN);
    assert_int_equal(hd_lang_from(HD_STR("")), HD_LANG_EN);
    assert_string_equal(hd_lang_dir(HD_LANG_FA), "rtl");
    assert_string_equal(hd_lang_dir(HD_LANG_LT), "ltr");
}

static void test_timezone(void **state)
{
    (void) state;
    const char *good[] = { "Europe/Vilnius", "America/Argentina/Buenos_Aires", "UTC", "Asia/Tehran",
                           "Asia/Ho_Chi_Minh", "Asia/Saigon", "Etc/GMT+3", "GMT", "CET", "Turkey" };
    const char *bad[] = { "", "Mars/Olympus", "GMT+3", "+02:00", "PST", "Etc/Unknown",
                          "SystemV/PST8",
                          "europe/vilnius ", "Europe/", "../etc/passwd", "Europe/Vilni\xC5\xABs" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!hd_text_is_timezone(hd_str(good[i]))) {
            fail_msg("refused %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hd_text_is_timezone(hd_str(bad[i]))) {
            fail_msg("accepted %s", bad[i]);
        }
    }
}

static void test_time(void **state)
{
    (void) state;
    const hd_time_t winter = 1763807400000, summer = 1752526740000;      /* 2025-11-22T10:30Z, 2025-07-14T20:59Z */
    const struct { hd_lang_t lang; const char *zone; bool named; hd_time_t time; const char *want; } v[] = {
        { HD_LANG_SV, "", true, winter, "22 nov. 2025 10:30 UTC" },
        { HD_LANG_SV, "Europe/Vilnius", false, winter, "22 nov. 2025 12:30" },
        { HD_LANG_SV, "Europe/Vilnius", false, summer, "14 juli 2025 23:59" },
        { HD_LANG_SV, "Asia/Tehran", true, winter, "22 nov. 2025 14:00 GMT+3:30" },
        { HD_LANG_SV, "Pacific/Kiritimati", false, summer, "15 juli 2025 10:59" },
    };
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        hd_str_t got = hd_text_time(arena, v[i].lang, hd_str(v[i].zone), v[i].named, v[i].time);
        if (!hd_str_is(got, v[i].want)) {
            fail_msg("%zu: %.*s, not %s", i, HD_STR_ARG(got), v[i].want);
        }
    }
}

static void test_html(void **state)
{
    (void) state;
    static const char *rows[][2] = {
        { "", "" },
        { "plain &amp; simple", "plain & simple" },
        { "<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree" },
        { "<div>a</div>\n<div> b  c\n d</div>", "a\nb c d" },
        { "<b>bo</b>ld <i>it</i>", "bold it" },
        { "<title>t</title><style>p{}</style>x<script>if (a<b) '</p>'</script>y", "xy" },
        { "a<!-- <b>x</b> -- > -->b<!-->c<!DOCTYPE html>d<?x?>e", "abcde" },
        { "<a title=\"a>b\" href='c>d'>link</a>", "link" },
        { "1 < 2 and a<3 <> </ x>y", "1 < 2 and a<3 <> y" },
        { "&lt;b&gt; &eacute;&Eacute;&nbsp;&hellip;&#8364;&#x20AC;&#128;", "<b> éÉ …€€€" },
        { "&bogus; &amp &ampx &#; &#x; &#0;&#xD800;&#99999999999;",
          "&bogus; & &ampx &#; &#x; \uFFFD\uFFFD\uFFFD" },
        { "<ul><li>a<li>b</ul>c", "a\nb\n\nc" },
        { "<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc" },
        { "<pre>x\n  y</pre>z", "x\n  y\n\nz" },
        { "<script>never closed", "" },
        { "text<b", "text" },
        { "a<SCRIPT>x</ScRiPt >b", "ab" },
        { "a<br><br><br><br>b", "a\n\nb" },
        { "&", "&" },
        { "<", "<" },
        { "a&#1;b&#x202e;c", "abc" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_str(hd_text_from_html(arena, hd_str(rows[i][0])), rows[i][1]);
    }
    static const char *pieces[] = { "<", ">", "<!--", "-->", "<script>", "</script", "&", "#",
                                    "x", ";",
                                    "&#x", "<pre>", "</pre>", "\"", "=", "'", " ", "<p", "</",
                                    "amp", "\n" };
    for (int i = 0; i < 5000; i++) {
        char text[400];
        size_t n = 0;
        for (uint32_t k = rnd(40); k > 0; k--) {
            const char *p = pieces[rnd(sizeof(pieces) / sizeof(pieces[0]))];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        }
        char *fit = malloc(n > 0 ? n : 1);    /* reads behind the end show under the sanitizer */
        assert_non_null(fit);
        memcpy(fit, text, n);
        assert_true(hd_str_is_utf8(hd_text_from_html(arena, (hd_str_t){ n, fit })));
        free(fit);
        hd_arena_reset(arena);
    }
}

static char dir[64];

static void write_file(const char *code, const char *text)
{
    char path[128];
    (void) snprintf(path, sizeof(path), "%s/%s.json", dir, code);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_files(void)
{
    char path[128];
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s.json", dir, hd_lang_code((hd_lang_t) i));
        (void) unlink(path);
    }
    (void) snprintf(path, sizeof(path), "%s/server/en.json", dir);
    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/server", dir);
    (void) rmdir(path);
    (void) rmdir(dir);
}

static void test_catalog(void **state)
{
    (void) state;
    char err[256];
    (void) snprintf(dir, sizeof(dir), "build/unit-catalog-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_str(hd_t(arena, HD_LANG_LT, "hello", 0), "hello");
    assert_false(hd_catalog_load(dir, err));
    assert_non_null(strstr(err, "en.json"));
    write_file("en",
               "{\"hello\":\"Hello {name}, {name}! {x} {\",\"plain\":\"Plain\",\"only\":\"Only\","
                     "\"n\":{\"one\":\"{count} ticket\",\"other\":\"{count} tickets\"},"
                     "\"m\":{\"one\":\"{count} mail\",\"other\":\"{count} mails\"}}");
    write_file("lt", "{\"hello\":\"Labas, {name}\",\"n\":{\"one\":\"{count} užklausa\","
                     "\"few\":\"{count} užklausos\",\"many\":\"{count} užklausos\","
                     "\"other\":\"{count} užklausų\"}}");
    assert_false(hd_catalog_load(dir, err));
    assert_non_null(strstr(err, "server/en.json"));
    char own[128];
    (void) snprintf(own, sizeof(own), "%s/server", dir);
    assert_int_equal(mkdir(own, 0700), 0);
    write_file("server/en", "{\"page\":\"Page {n}\"}");
    write_file("sv", "{\"bad\":{\"one\":\"x\"}}");
    assert_false(hd_catalog_load(dir, err));
    assert_non_null(strstr(err, "bad"));
    write_file("sv", "{\"bad\":");
    assert_false(hd_catalog_load(dir, err));
    write_file("sv", "{}");
    write_file("fa", "{\"n\":{\"one\":\"{count} تیکت\",\"other\":\"{count} تیکت\"}}");
    assert_true(hd_catalog_load(dir, err));
    assert_true(hd_catalog_load(dir, err));
    assert_string_equal(err, "");
    assert_str(hd_t(arena, HD_LANG_EN, "hello", 1, "name", HD_STR("{name}<")),
               "Hello {name}<, {name}<! {x} {");
    assert_str(hd_t(arena, HD_LANG_LT, "hello", 1, "name", HD_STR("Ona")), "Labas, Ona");
    assert_str(hd_t(arena, HD_LANG_LT, "plain", 0), "Plain");
    assert_str(hd_t(arena, HD_LANG_EN, "page", 1, "n", HD_STR("1")), "Page 1");
    assert_str(hd_t(arena, HD_LANG_LT, "page", 0), "Page {n}");
    assert_str(hd_t(arena, HD_LANG_FA, "only", 0), "Only");
    assert_str(hd_t(arena, HD_LANG_LT, "nowhere", 0), "nowhere");
    assert_str(hd_t_plural(arena, HD_LANG_EN, "n", 1), "1 ticket");
    assert_str(hd_t_plural(arena, HD_LANG_EN, "n", 0), "0 tickets");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "n", 1), "1 užklausa");
    assert_str(hd_t_plural(arena, HD_LANG_FA, "n", 1209), "۱۲۰۹ تیکت");
    assert_str(hd_t_plural(arena, HD_LANG_FA, "m", 2), "2 mails");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "n", 21), "21 užklausa");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "n", 3), "3 užklausos");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "n", 11), "11 užklausų");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "m", 21), "21 mails");     /* English rules */
    assert_str(hd_t_plural(arena, HD_LANG_LT, "plain", 2), "Plain");
    assert_str(hd_t_plural(arena, HD_LANG_LT, "nowhere", 2), "nowhere");
    assert_str(hd_t(arena, HD_LANG_EN, "n", 0), "{count} tickets");
    remove_files();
}

/* ---- Markdown and plain text as HTML (T-01) ---- */

/* Every "<" of the answer begins one of these, and nothing but http, https, mailto and tel is linked to. */
static void assert_safe(hd_str_t h)
{
    static const char *const may[] = { "p>", "br />", "br>", "strong>", "em>", "del>", "a href=\"", "a>", "code>", "code class=\"language-",
        "pre>", "ul>", "ol>", "ol start=\"", "li>", "blockquote>", "h3>", "h4>", "h5>", "h6>", "hr />", "table>", "thead>", "tbody>",
        "tr>", "th>", "td>", "th align=\"", "td align=\"" };
    for (size_t i = 0; i < h.len; i++) {
        bool known = h.data[i] != '<';
        size_t at = i + 1 + (i + 1 < h.len && h.data[i + 1] == '/');
        hd_str_t rest = { h.len - (at < h.len ? at : h.len), h.data + (at < h.len ? at : h.len) };
        for (size_t k = 0; k < sizeof(may) / sizeof(may[0]) && !known; k++) {
            known = hd_str_starts(rest, hd_str(may[k]));
        }
        assert_true(known);
        if (h.data[i] == '<' && hd_str_starts(rest, HD_STR("a href=\""))) {
            hd_str_t url = { rest.len - 8, rest.data + 8 };
            assert_true(hd_str_starts(url, HD_STR("http")) || hd_str_starts(url, HD_STR("mailto:")) || hd_str_starts(url, HD_STR("tel:"))
                        || hd_str_starts(url, HD_STR("HTTP")));
        }
    }
}

static void test_markup_is_safe(void **state)
{
    static const char *const bits[] = { "<", ">", "\"", "'", "&", "[x](", ")", "![", "](", "javascript:alert(1)", "http://a.b/", "data:text/html,x",
        "<script>", "</p>", "<img src=x onerror=y>", "*", "**", "_", "~~", "`", "```\n", "\n", "\n\n", "# ", "> ", "- ", "1. ", "|", "\n|-|-|\n",
        "[a]: javascript:x\n", "[a]", "a@b.c", "www.x.y", "&#106;avascript:", "\\", " ", "word", "tel:1", "<!--", "-->", "<a href=\"javascript:x\">" };
    (void) state;
    for (int round = 0; round < 1500; round++) {
        char text[1200];
        size_t n = 0;
        for (int i = 0; i < 24; i++) {
            const char *b = bits[rnd(sizeof(bits) / sizeof(bits[0]))];
            memcpy(text + n, b, strlen(b));
            n += strlen(b);
        }
        assert_safe(hd_text_markdown(arena, (hd_str_t){ n, text }));
        assert_safe(hd_text_html(arena, (hd_str_t){ n, text }));
        hd_arena_reset(arena);
    }
}

/* What costs the square of its length, or grows without bound, is shown as plain text or without that extension. */
static void test_markup_is_bounded(void **state)
{
    static const char *const bits[] = { ">", "www.a.b_c_", "a@", "[a][", "|a", "- ", "*a **a ", "![", "<b ", "`", "a_ " };
    (void) state;
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        size_t n = strlen(bits[i]), len = 60000 / n * n;
        char *text = hd_alloc(arena, len);
        for (size_t k = 0; k < len; k += n) {
            memcpy(text + k, bits[i], n);
        }
        hd_str_t h = hd_text_markdown(arena, (hd_str_t){ len, text });
        assert_in_range(h.len, 1, 1024 * 1024);
        hd_arena_reset(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_idempotent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slug, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lang, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timezone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_html, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_markup_is_safe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_markup_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_catalog, set_up, tear_down),
    };
    if (!hd_base_init()) {
        return 1;
    }
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
