/*
 * The page room: the form's token, addresses, what the documents escape and keep, and the way of a
 * form through a store of its own.  PAGE_OUT=<dir> leaves the documents there to look at.
 */
#include "unit.h"

#include <unistd.h>

#include "page/page_impl.h"

#define NOW     ((hd_time_t) 1795000000000)
#define NOBODY  ((hd_str_t){ 0, "" })
#define LATER   (NOW + HD_FORM_HASTE)
#define HOSTILE "\"><script>alert(1)</script>'&amp;"

static hd_site_t   site = { .secret = "0123456789abcdef0123456789abcde" };
static hd_store_t *store;
static char        folder[] = "build/unit-page-XXXXXX";
static uint32_t    wait_for;

/* ---- helpers ---- */

static const char *find(hd_str_t text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, part, len) == 0) {
            return text.data + i;
        }
    }
    return NULL;
}

static bool contains(hd_str_t text, const char *part)
{
    return find(text, part) != NULL;
}

static size_t count(hd_str_t text, const char *part)
{
    size_t n = 0, len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.data + i, part, len) == 0;
    }
    return n;
}

static uint32_t take(void *arg, const void *key, size_t len, uint32_t limit, hd_time_t window,
                     hd_take_t how)
{
    (void) arg, (void) key, (void) len, (void) limit, (void) window, (void) how;
    return wait_for;
}

static const hd_throttle_t throttle = { take, NULL };

static void start_call(hd_call_t *c, hd_method_t method, const char *query, const char *body)
{
    *c = (hd_call_t){ .site = &site, .throttle = &throttle, .store = store };
    c->cx = (hd_cx_t){ .arena = arena, .actor = &hd_actor_nobody, .now = NOW,
                       .problem = &c->problem };
    hd_problem_init(&c->problem);
    c->req.method = method;
    c->req.query = hd_str(query);
    c->req.body = hd_str(body);
    c->path_slug = HD_STR("desk");
}

static hd_str_t body_of(const hd_call_t *c)
{
    return hd_buf_view(&c->res.body);
}

static void keep(const hd_call_t *c, const char *name)
{
    const char *dir = getenv("PAGE_OUT");
    FILE *f = dir ? fopen(hd_strf(arena, "%s/%s.html", dir, name).data, "w") : NULL;
    if (f != NULL) {
        (void) fwrite(c->res.body.data, 1, c->res.body.len, f);
        (void) fclose(f);
    }
}

static int start_test(void **state)
{
    wait_for = 0;
    return set_up(state);
}

/* ---- token ---- */

static void test_token(void **state)
{
    (void) state;
    static const uint8_t random[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    uint8_t key[16], again[16];
    hd_str_t slug = HD_STR("desk"), t = hd_page_sign(arena, &site, slug, NOBODY, NOW, random);
    assert_int_equal(t.len, HD_FORM_TOKEN_LEN);
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, t, LATER, key), HD_FORM_FRESH);
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, t, NOW + HD_FORM_LIFE - 1, again), HD_FORM_FRESH);
    assert_memory_equal(key, again, sizeof(key));
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, t, NOW + HD_FORM_LIFE, key), HD_FORM_EXPIRED);
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, t, NOW - HD_FORM_LIFE, key), HD_FORM_EXPIRED);
    assert_int_equal(hd_page_verify(&site, HD_STR("other"), NOBODY, t, NOW, key), HD_FORM_BAD);

    assert_int_equal(hd_page_verify(&site, slug, NOBODY, t, LATER - 1, key), HD_FORM_HASTY);

    hd_str_t session = HD_STR("0123456789abcdef0123456789abcdef0123456789a");
    hd_str_t bound = hd_page_sign(arena, &site, slug, session, NOW, random);
    assert_int_equal(hd_page_verify(&site, slug, session, bound, LATER, again), HD_FORM_FRESH);
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, bound, LATER, again), HD_FORM_BAD);
    assert_int_equal(hd_page_verify(&site, slug, session, t, LATER, again), HD_FORM_BAD);
    assert_int_equal(hd_page_sign(arena, &site, slug, (hd_str_t){ 65, HOSTILE HOSTILE HOSTILE }, NOW, random).len, 0);

    hd_site_t stranger = site;
    stranger.secret[0] ^= 1;
    assert_int_equal(hd_page_verify(&stranger, slug, NOBODY, t, NOW, key), HD_FORM_BAD);

    uint8_t other[8] = { 0 };
    hd_str_t second = hd_page_sign(arena, &site, slug, NOBODY, NOW, other);
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, second, LATER, again), HD_FORM_FRESH);
    assert_memory_not_equal(key, again, sizeof(key));
}

static void test_token_tampered(void **state)
{
    (void) state;
    static const uint8_t random[8] = { 9 };
    uint8_t key[16];
    hd_str_t slug = HD_STR("desk"), t = hd_page_sign(arena, &site, slug, NOBODY, NOW, random);
    for (size_t i = 0; i < t.len; i++) {
        char *copy = (char *) (uintptr_t) hd_str_dup(arena, t).data;
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_int_equal(hd_page_verify(&site, slug, NOBODY, (hd_str_t){ t.len, copy }, NOW, key),
                         HD_FORM_BAD);
        assert_int_equal(hd_page_verify(&site, slug, NOBODY, (hd_str_t){ i, t.data }, NOW, key),
                         HD_FORM_BAD);
    }
    char *longer = hd_alloc(arena, 5000);
    memset(longer, 'a', 5000);
    hd_str_t huge = { 5000, longer };
    assert_int_equal(hd_page_verify(&site, slug, NOBODY, huge, NOW, key), HD_FORM_BAD);
    assert_int_equal(hd_page_verify(&site, huge, NOBODY, t, NOW, key), HD_FORM_BAD);
    assert_int_equal(hd_page_sign(arena, &site, huge, NOBODY, NOW, random).len, 0);
}

/* ---- addresses ---- */

static void test_email(void **state)
{
    (void) state;
    static const char *const good[] = {
        "a@b.co", "anna.o'brien+desk@mail.example.com", "x_1-2@ex-ample.org",
        "A@XN--BCHER-KVA.example", "1@1.a1", "!#$%&'*+-/=?^_`{|}~@example.com",
    };
    static const char *const bad[] = {
        "", "@", "a", "a@", "@b.co", "a@b", "a@@b.co", "a@b@c.co", "a b@c.co", "a@b .co", ".a@b.co",
        "a.@b.co", "a..b@c.co", "a@.b.co", "a@b..co", "a@b.co.", "a@-b.co", "a@b-.co", "a@b_c.co",
        "a@b.co\r\nBcc: v@x.co", "a@b.co\n", "a,b@c.co", "a@b.co,c@d.co", "<a@b.co>", "a@127.0.0.1",
        "a@[127.0.0.1]", "\"a@evil.example x\"@good.example", "a@good.example(b@evil)", "g:a@b.co;",
        "a\t@b.co", "\xC3\xA4@b.co", "a@b\xD0\xB0nk.co", "a@b.co\x7F",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(hd_form_is_email(hd_str(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hd_form_is_email(hd_str(bad[i]))) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_false(hd_form_is_email((hd_str_t){ 7, "a\0@b.co" }));
}

static hd_str_t address_of(size_t local, size_t labels)
{
    hd_buf_t b;
    hd_buf_init(&b, arena, 64, 1024);
    for (size_t i = 0; i < local; i++) {
        hd_buf_byte(&b, 'a');
    }
    hd_buf_byte(&b, '@');
    for (size_t i = 0; i < labels; i++) {
        hd_buf_z(&b, "bbbbbbbbbbbbbbb.");
    }
    hd_buf_z(&b, "co");
    return hd_buf_view(&b);
}

static void test_email_length(void **state)
{
    (void) state;
    assert_true(hd_form_is_email(address_of(64, 1)));
    assert_false(hd_form_is_email(address_of(65, 1)));
    assert_int_equal(address_of(59, 12).len, 254);
    assert_true(hd_form_is_email(address_of(59, 12)));
    assert_false(hd_form_is_email(address_of(60, 12)));
}

/* ---- documents ---- */

static const hd_team_t hostile_team = {
    .rec.id = 1, .name = HD_STR(HOSTILE), .slug = HD_STR(HOSTILE),
    .description = HD_STR("<p>Hello " HOSTILE "</p><img src=x onerror=alert(1)>&lt;script&gt;"),
};

/* The team's form with what a body says; without a store. */
static hd_filled_t fill(const hd_team_t *team, const char *body)
{
    hd_call_t c;
    hd_pair_t *pairs;
    size_t n;
    start_call(&c, HD_POST, "", body);
    hd_filled_t f = { .form = hd_form_of(&c.cx, team) };
    assert_int_equal(hd_form_pairs(&c, &pairs, &n), HD_OK);
    f.answers = hd_form_read(&c.cx, f.form, pairs, n);
    f.n_errors = hd_form_check(f.form, f.answers);
    return f;
}

static hd_answer_t *answer_of(const hd_filled_t *f, const char *name)
{
    int i = hd_form_find(f->form, hd_str(name));
    assert_true(i >= 0);
    return &f->answers[i];
}

static void set_all(hd_filled_t *f, hd_str_t value, const char *error)
{
    for (uint32_t i = 0; i < f->form->n; i++) {
        f->answers[i] = (hd_answer_t){ .v = hd_alloc(arena, sizeof(hd_str_t)), .n = 1, .shown = true, .error = error };
        f->answers[i].v[0] = value;
    }
    f->n_errors = f->form->n;
}

/* Whatever was typed or set up, tags come from the source of this room alone. */
static void assert_harmless(const hd_call_t *c, uint16_t status)
{
    hd_str_t html = body_of(c);
    assert_int_equal(c->res.status, status);
    assert_string_equal(c->res.content_type, "text/html; charset=utf-8");
    assert_true(hd_str_starts(html, HD_STR("<!doctype html>\n<html lang=\"")));
    assert_false(contains(html, "<script"));
    assert_false(contains(html, "<img"));
    assert_false(contains(html, "style="));
    assert_false(contains(html, "\"\">"));
    assert_false(contains(html, "alert(1)</"));
    assert_int_equal(count(html, "<h1"), 1);
    assert_int_equal(count(html, "<main"), 1);
}

static void test_hostile(void **state)
{
    (void) state;
    hd_call_t c;
    const hd_team_t *teams[] = { &hostile_team };
    start_call(&c, HD_GET, "lang=" HOSTILE, "");
    c.req.accept_language = HD_STR(HOSTILE);
    assert_int_equal(hd_page_write_list(&c, teams, 1), HD_OK);
    assert_harmless(&c, 200);
    assert_true(contains(body_of(&c), "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_true(contains(body_of(&c), "href=\"/support/%22%3E%3Cscript%3E"));

    hd_filled_t f = fill(&hostile_team, "");
    set_all(&f, HD_STR(HOSTILE "</textarea>"), "required");
    start_call(&c, HD_POST, "", "");
    assert_int_equal(hd_page_write_form(&c, &f, 422), HD_OK);
    assert_harmless(&c, 422);
    assert_int_equal(count(body_of(&c), "</textarea>"), 1);
    assert_int_equal(count(body_of(&c), "aria-invalid=\"true\""), 6);

    start_call(&c, HD_POST, "", "");
    assert_int_equal(hd_page_write_thanks(&c, f.form, HD_STR(HOSTILE), 42), HD_OK);
    assert_harmless(&c, 201);
    assert_true(contains(body_of(&c), ">#00042<"));
}

static void test_typed_is_kept(void **state)
{
    (void) state;
    hd_call_t c;
    hd_filled_t f = fill(&hostile_team, "partner_name=%C5%BDivil%C4%97+%22Z%22&partner_email=not+an+address"
                                        "&partner_phone=%2B46+8&name="
                                        "&description=%0D%0Aone%0D%0A%0D%0Atwo+%3C3&stage_id=7");
    assert_int_equal(f.n_errors, 2);
    assert_string_equal(answer_of(&f, "partner_email")->error, "bad_email");
    assert_string_equal(answer_of(&f, "name")->error, "required");
    start_call(&c, HD_POST, "lang=lt", "");
    assert_int_equal(hd_page_write_form(&c, &f, 422), HD_OK);
    hd_str_t html = body_of(&c);
    assert_true(contains(html, "value=\"Živilė &quot;Z&quot;\""));
    assert_true(contains(html, "value=\"not an address\""));
    assert_true(contains(html, "value=\"+46 8\""));
    assert_true(contains(html, ">\none\n\ntwo &lt;3</textarea>"));
    assert_true(contains(html, "<a href=\"#partner_email\">"));
    assert_true(contains(html, "aria-describedby=\"partner_email-error partner_email-hint\""));
    assert_true(contains(html, "id=\"partner_email-error\""));
    assert_true(contains(html, "id=\"partner_email-hint\""));
    assert_true(contains(html, "?lang=lt\""));
}

static void test_too_long(void **state)
{
    (void) state;
    hd_filled_t f = fill(&hostile_team, "");
    char *text = hd_alloc(arena, 60001);
    memset(text, 'x', 60001);
    set_all(&f, (hd_str_t){ 60001, text }, NULL);
    assert_int_equal(hd_form_check(f.form, f.answers), 5);
    for (uint32_t i = 0; i < f.form->n; i++) {
        if (f.form->item[i].input == HD_INPUT_FILE) {        /* its name is cut, its size is the door's */
            assert_null(f.answers[i].error);
            continue;
        }
        assert_string_equal(f.answers[i].error, "too_long");
    }
}

static void test_line_break_in_address(void **state)
{
    (void) state;
    hd_filled_t f = fill(&hostile_team, "partner_email=a%40b.co%0D%0A.example");
    assert_string_equal(answer_of(&f, "partner_email")->error, "bad_email");
    f = fill(&hostile_team, "partner_email=+a%40b.co%0D%0A");
    assert_null(answer_of(&f, "partner_email")->error);
    assert_true(hd_str_is(answer_of(&f, "partner_email")->v[0], "a@b.co"));
}

static void assert_all_translated(hd_str_t html)
{
    assert_false(contains(html, ">page."));
    assert_false(contains(html, ">form."));
    assert_false(contains(html, "{count}"));
    assert_false(contains(html, "{team}"));
}

static void test_languages(void **state)
{
    (void) state;
    static const hd_team_t team = {
        .rec.id = 1, .name = HD_STR("Customer Care"), .slug = HD_STR("desk"),
        .description = HD_STR("Questions about orders, delivery and invoices.\n\nWe answer on "
                              "working days from 8 to 17."),
    };
    static const hd_team_t second = {
        .rec.id = 2, .name = HD_STR("پشتیبانی تهران"), .slug = HD_STR("tehran"),
        .description = HD_STR("<p>پرسش‌های فنی و نصب</p>"),
    };
    const hd_team_t *teams[] = { &team, &second };
    hd_call_t c;
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        hd_lang_t lang = (hd_lang_t) i;
        const char *code = hd_lang_code(lang);
        hd_filled_t f = fill(&team, "");
        f.answers = hd_alloc_n(arena, f.form->n, sizeof(*f.answers));
        f.n_errors = 0;
        const char *query = hd_strf(arena, "lang=%s", code).data;
        start_call(&c, HD_GET, query, "");
        assert_int_equal(hd_page_write_list(&c, teams, 2), HD_OK);
        keep(&c, hd_strf(arena, "list-%s", code).data);
        start_call(&c, HD_GET, query, "");
        assert_int_equal(hd_page_write_form(&c, &f, 200), HD_OK);
        assert_all_translated(body_of(&c));
        assert_true(contains(body_of(&c), hd_strf(arena, "<html lang=\"%s\" dir=\"%s\">", code,
                                                  hd_lang_dir(lang)).data));
        keep(&c, hd_strf(arena, "form-%s", code).data);
        f = fill(&team, "partner_email=anna%40example");
        answer_of(&f, "name")->error = "too_long";
        f.notice = hd_t(arena, lang, "form.expired", 0);
        start_call(&c, HD_POST, query, "");
        assert_int_equal(hd_page_write_form(&c, &f, 422), HD_OK);
        assert_all_translated(body_of(&c));
        keep(&c, hd_strf(arena, "bad-%s", code).data);
        start_call(&c, HD_POST, query, "");
        assert_int_equal(hd_page_write_thanks(&c, f.form, HD_STR("Invoice 4711"), 42), HD_OK);
        assert_all_translated(body_of(&c));
        keep(&c, hd_strf(arena, "thanks-%s", code).data);
    }
}

static void test_language_choice(void **state)
{
    (void) state;
    hd_call_t c;
    start_call(&c, HD_GET, "", "");
    c.req.accept_language = HD_STR("fa-IR, en;q=0.5");
    assert_int_equal(hd_page_write_list(&c, NULL, 0), HD_OK);
    assert_true(contains(body_of(&c), "<html lang=\"fa\" dir=\"rtl\">"));
    assert_true(contains(body_of(&c), "href=\"/support\""));
    start_call(&c, HD_GET, "lang=sv", "");
    c.req.accept_language = HD_STR("fa");
    assert_int_equal(hd_page_write_list(&c, NULL, 0), HD_OK);
    assert_true(contains(body_of(&c), "<html lang=\"sv\" dir=\"ltr\">"));
    assert_true(contains(body_of(&c), "href=\"/support?lang=sv\""));
    start_call(&c, HD_GET, "lang=xx", "");
    c.req.accept_language = HD_STR("vi");
    assert_int_equal(hd_page_write_list(&c, NULL, 0), HD_OK);
    assert_true(contains(body_of(&c), "<html lang=\"vi\" dir=\"ltr\">"));
    start_call(&c, HD_GET, "lang=es", "");
    assert_int_equal(hd_page_home(&c), HD_OK);
    assert_int_equal(c.res.status, 303);
    assert_string_equal(c.res.headers[0].name, "Location");
    assert_true(hd_str_is(c.res.headers[0].value, "/support?lang=es"));
}

/* ---- multipart bodies ---- */

static hd_code_t read_parts(hd_str_t type, hd_str_t body, hd_pair_t **pairs, size_t *n)
{
    hd_call_t *c = hd_alloc(arena, sizeof(*c));
    start_call(c, HD_POST, "", "");
    c->req.content_type = type;
    c->req.body = body;
    return hd_form_pairs(c, pairs, n);
}

/* Every cut of a good body is refused, except behind the last delimiter. */
static void test_multipart(void **state)
{
    (void) state;
    static const char text[] = "--xyz\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\none\r\n--xy\r\n\r\n--xyz\r\n"
        "content-disposition: FORM-DATA; name=c; filename=\"x\\\"y.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--xyz\r\n"
        "Content-Disposition: form-data; name=\"d\"; filename=\"z\"\r\n\r\n\xFF\xD8\r\n--xyz\r\n"
        "Content-Disposition: form-data; name=\"e\"\r\n\r\n--xyz--\r\n";
    hd_str_t type = HD_STR("multipart/form-data; boundary=xyz"), whole = HD_STR(text);
    hd_pair_t *p;
    size_t n;
    assert_int_equal(read_parts(type, whole, &p, &n), HD_OK);
    assert_int_equal(n, 4);
    assert_true(hd_str_is(p[0].name, "a\"b"));
    assert_true(hd_str_is(p[0].value, "one\r\n--xy\r\n"));
    assert_true(hd_str_is(p[1].name, "c"));
    assert_false(p[1].file);                         /* a file field left empty */
    assert_true(p[2].file);
    assert_int_equal(p[2].value.len, 0);
    assert_true(hd_str_is(p[3].name, "e"));
    assert_int_equal(p[3].value.len, 0);
    for (size_t i = 0; i + 2 < whole.len; i++) {
        hd_str_t cut = hd_str_dup(arena, (hd_str_t){ i, whole.data });
        assert_int_equal(read_parts(type, cut, &p, &n), HD_E_REQUEST);
    }
    assert_int_equal(read_parts(type, (hd_str_t){ whole.len - 2, text }, &p, &n), HD_OK);
    assert_int_equal(read_parts(HD_STR("multipart/form-data"), whole, &p, &n), HD_E_REQUEST);
    assert_int_equal(read_parts(HD_STR("multipart/form-data; boundary=\"xyz"), whole, &p, &n), HD_E_REQUEST);
    assert_int_equal(read_parts(HD_STR("Multipart/Form-Data ; x=\"a;b\" ; BOUNDARY=\"xyz\""), whole, &p, &n), HD_OK);
}

/* ---- a team's own fields ---- */

static void test_own_fields(void **state)
{
    (void) state;
    static const hd_team_t team = { .rec.id = 1, .name = HD_STR("T"), .slug = HD_STR("desk"), .form_fields = HD_STR(
        "[{\"field\":\"text\",\"name\":\"a\",\"input\":\"radio\",\"options\":[\"<x>\",{\"value\":\"y\",\"label\":{\"sv\":\"Ja <b>\"}}],"
        "\"label\":{\"lt\":\"Klausimas <i>\"},\"help\":\"\\\"><script>\",\"required\":true},"
        "{\"field\":\"text\",\"name\":\"b\",\"label\":\"B\",\"required\":true,\"visibility\":\"conditional\",\"placeholder\":\"\\\" autofocus x=\\\"\","
        "\"condition\":{\"field\":\"text.a\",\"op\":\"=\",\"value\":\"<x>\"}},"
        "{\"field\":\"nonsense\"},7,{\"field\":\"text\",\"label\":\"C\",\"visibility\":\"conditional\","
        "\"condition\":{\"field\":\"nonsense\",\"op\":\"set\"}}]") };
    hd_call_t c;
    hd_filled_t f = fill(&team, "text.a=%3Cx%3E&partner_name=N&partner_email=a%40b.co&name=S");
    assert_int_equal(f.form->n, 5);                  /* three that are always there; what does not fit is left out */
    assert_int_equal(f.n_errors, 1);
    assert_string_equal(answer_of(&f, "text.b")->error, "required");
    f = fill(&team, "text.a=y&partner_name=N&partner_email=a%40b.co&name=S&text.b=kept");
    assert_int_equal(f.n_errors, 0);
    assert_false(answer_of(&f, "text.b")->shown);
    start_call(&c, HD_POST, "lang=sv", "");
    assert_int_equal(hd_page_write_form(&c, &f, 422), HD_OK);
    hd_str_t html = body_of(&c);
    assert_int_equal(count(html, "<script"), 1);
    assert_true(contains(html, "<script src=\"/public/form.js\" type=\"module\"></script>"));
    assert_true(contains(html, "<legend>Klausimas &lt;i&gt;</legend>"));
    assert_true(contains(html, "Ja &lt;b&gt;"));
    assert_true(contains(html, "placeholder=\"&quot; autofocus x=&quot;\""));
    assert_true(contains(html, "data-when=\"text.a\" data-op=\"=\" data-value=\"&lt;x&gt;\" data-required"));
    assert_true(contains(html, "value=\"kept\""));
    assert_true(contains(html, " checked value=\"y\""));
    assert_false(contains(html, "<i>"));
    assert_false(contains(html, "<x>"));
}

/* ---- the way of a form ---- */

static void insert(hd_txn_t *t, hd_type_t type, void *rec)
{
    assert_int_equal(hd_row_insert(t, arena, type, rec, NOW, 0), HD_OK);
}

/* A company, a stage, one published team and one that is not. */
static void fill_store(hd_txn_t *t)
{
    hd_company_t company = { .name = HD_STR("Acme"), .active = true };
    insert(t, HD_COMPANY, &company);
    hd_team_t team = { .name = HD_STR("Desk"), .slug = HD_STR("desk"), .active = true,
                       .sequence = 2, .company_id = company.rec.id,
                       .use_website_helpdesk_form = true,
                       .website_published = true };
    insert(t, HD_TEAM, &team);
    hd_stage_t stage = { .name = HD_STR("New"), .active = true };
    stage.team_ids = hd_ids_make(arena, &team.rec.id, 1);
    insert(t, HD_STAGE, &stage);
    hd_team_t hidden = { .name = HD_STR("Hidden"), .slug = HD_STR("hidden"), .active = true,
                         .company_id = company.rec.id, .use_website_helpdesk_form = true };
    insert(t, HD_TEAM, &hidden);
}

static int open_store(void **state)
{
    char err[256] = "";
    if (start_test(state) != 0 || mkdtemp(folder) == NULL) {
        return 1;
    }
    hd_engine_conf_t conf = { .path = folder, .size = 64 << 20,
                              .readers = 16, .sync = HD_SYNC_OFF, .create = true };
    if (hd_store_open(&conf, &store, err) != HD_OK) {
        print_error("%s\n", err);
        return 1;
    }
    return 0;
}

static int close_store(void **state)
{
    hd_store_close(store);
    store = NULL;
    (void) unlink(hd_strf(arena, "%s/data.mdb", folder).data);
    (void) unlink(hd_strf(arena, "%s/lock.mdb", folder).data);
    (void) rmdir(folder);
    return tear_down(state);
}

static hd_str_t token_in(hd_str_t html)
{
    static const char mark[] = "name=\"token\" value=\"";
    const char *p = find(html, mark);
    assert_non_null(p);
    return (hd_str_t){ HD_FORM_TOKEN_LEN, p + sizeof(mark) - 1 };
}

static hd_call_t *send_form(hd_txn_t *t, hd_str_t token, const char *rest, hd_time_t now)
{
    hd_call_t *c = hd_alloc(arena, sizeof(*c));
    start_call(c, HD_POST, "", hd_strf(arena, "token=%.*s&%s", HD_STR_ARG(token), rest).data);
    c->cx.txn = t;
    c->cx.now = now == NOW ? LATER : now;
    assert_int_equal(hd_page_submit(c), HD_OK);
    return c;
}

static uint64_t count_tickets(hd_txn_t *t)
{
    hd_ticket_query_t q = { .active = -1 };
    uint64_t n = 0;
    hd_problem_t p;
    hd_problem_init(&p);
    hd_cx_t cx = { .arena = arena, .txn = t, .actor = &hd_actor_desk, .now = NOW, .problem = &p };
    assert_int_equal(hd_ticket_count(&cx, &q, &n), HD_OK);
    return n;
}

#define GOOD "partner_name=Anna&partner_email=anna%40example.com&name=Broken&description=It+broke"

static void try_refusals(hd_txn_t *t, hd_str_t token)
{
    hd_call_t *c = send_form(t, token, GOOD "&homepage=spam", NOW);
    assert_int_equal(c->res.status, 422);
    assert_true(contains(body_of(c), "value=\"anna@example.com\""));
    assert_false(contains(body_of(c), "spam"));
    c = send_form(t, HD_STR("forged"), GOOD, NOW);
    assert_int_equal(c->res.status, 422);
    c = send_form(t, token, GOOD, NOW + HD_FORM_LIFE);
    assert_int_equal(c->res.status, 422);
    assert_true(contains(body_of(c), ">\nIt broke</textarea>"));
    c = send_form(t, token, "partner_name=Anna", NOW);
    assert_int_equal(c->res.status, 422);
    assert_int_equal(count(body_of(c), "aria-invalid=\"true\""), 3);
    wait_for = 60;
    c = send_form(t, token, GOOD, NOW);
    wait_for = 0;
    assert_int_equal(c->res.status, 429);
    assert_int_equal(count_tickets(t), 0);
}

static void try_success(hd_txn_t *t, hd_str_t token)
{
    hd_call_t *c = send_form(t, token, GOOD, NOW);
    assert_int_equal(c->res.status, 201);
    assert_true(contains(body_of(c), ">#00001<"));
    assert_true(contains(body_of(c), ">Broken<"));
    assert_false(contains(body_of(c), "anna@example.com"));
    hd_call_t *again = send_form(t, token, GOOD, NOW + 3 * HD_FORM_LIFE);
    assert_int_equal(again->res.status, 201);
    assert_true(hd_str_eq(body_of(c), body_of(again)));
    assert_int_equal(count_tickets(t), 1);

    c = send_form(t, token, GOOD "+again", NOW);
    assert_int_equal(c->res.status, 409);
    assert_true(contains(body_of(c), "#00001"));
    assert_int_equal(count_tickets(t), 1);
    c = send_form(t, token_in(body_of(c)), GOOD "+again", NOW);
    assert_int_equal(c->res.status, 201);
    assert_true(contains(body_of(c), ">#00002<"));

    hd_ticket_t ticket;
    assert_int_equal(hd_row_get(t, arena, HD_TICKET, 1, &ticket), HD_OK);
    assert_true(hd_str_is(ticket.name, "Broken"));
    assert_true(hd_str_is(ticket.partner_email, "anna@example.com"));
    assert_true(hd_str_is(ticket.description, "It broke"));
    assert_int_equal(ticket.team_id, 1);
}

static void test_submit(void **state)
{
    (void) state;
    hd_call_t c, other;
    hd_txn_t *t;
    hd_cache_t *cache = hd_cache_create();
    assert_int_equal(hd_txn_begin(store, true, arena, cache, &t), HD_OK);
    fill_store(t);
    start_call(&c, HD_GET, "", "");
    c.cx.txn = t;
    assert_int_equal(hd_page_list(&c), HD_OK);
    assert_true(contains(body_of(&c), "href=\"/support/desk\""));
    assert_false(contains(body_of(&c), "hidden\""));

    start_call(&c, HD_GET, "", "");
    c.cx.txn = t;
    assert_int_equal(hd_page_form(&c), HD_OK);
    assert_int_equal(c.res.status, 200);
    hd_str_t token = token_in(body_of(&c));
    try_refusals(t, token);
    try_success(t, token);

    start_call(&c, HD_GET, "", "");
    start_call(&other, HD_GET, "", "");
    c.cx.txn = other.cx.txn = t;
    c.path_slug = HD_STR("hidden");
    other.path_slug = HD_STR("nowhere");
    assert_int_equal(hd_page_form(&c), HD_OK);
    assert_int_equal(hd_page_form(&other), HD_OK);
    assert_int_equal(c.res.status, 404);
    assert_true(hd_str_eq(body_of(&c), body_of(&other)));
    assert_int_equal(hd_txn_error(t), HD_OK);
    hd_txn_abort(t);
    hd_cache_destroy(cache);
}

static void test_routes(void **state)
{
    (void) state;
    for (size_t i = 0; i < hd_page_door.n; i++) {
        const hd_route_t *r = &hd_page_door.routes[i];
        assert_int_equal(r->need, HD_NEED_PUBLIC);
        assert_int_equal(r->out, strcmp(r->op, "page.endpoint") == 0 ? HD_OUT_JSON : HD_OUT_HTML);
        assert_true((r->method == HD_POST) == (r->lane == HD_WRITE));
        assert_non_null(r->run);
        assert_non_null(r->summary);
    }
}

/* PRT-6, T-09: both letters in six languages hold the link, which begins with base_url, and leave no placeholder. */
static void test_letters(void **state)
{
    (void) state;
    hd_site_t here = site;
    here.base_url = HD_STR("https://desk.example.com");
    hd_invitation_t i = { .rec.id = 7, .seed = HD_STR("sixteen bytes !!"), .expires = NOW };
    for (unsigned lang = 0; lang < HD_LANG_COUNT; lang++) {
        hd_user_t u = { .name = HD_STR("Ann <b>"), .login = HD_STR("ann@example.com"), .lang = hd_str(hd_lang_code((hd_lang_t) lang)) };
        for (uint8_t purpose = HD_INVITE_INVITATION; purpose <= HD_INVITE_PASSWORD; purpose++) {
            i.purpose = purpose;
            hd_letter_t l = hd_invite_letter(arena, &here, &i, &u);
            hd_str_t url = hd_invite_url(arena, &here, &i);
            assert_true(hd_str_starts(url, purpose == HD_INVITE_INVITATION ? HD_STR("https://desk.example.com/invitation?token=")
                                                                           : HD_STR("https://desk.example.com/reset?token=")));
            assert_int_equal(count(l.text, hd_strf(arena, "\n%.*s\n", HD_STR_ARG(url)).data), 1);
            assert_true(contains(l.text, "ann@example.com") && contains(l.text, "Ann <b>"));
            assert_true(l.subject.len > 5 && !contains(l.subject, "page.mail") && !contains(l.text, "page.mail"));
            assert_false(contains(l.text, "{") || contains(l.subject, "{") || contains(l.subject, "\n"));
        }
    }
}

int main(void)
{
    char err[256];
    const char *dir = access("html/i18n/en.json", R_OK) == 0 ? "html/i18n" : "../../html/i18n";
    if (!hd_base_init() || !hd_catalog_load(dir, err)) {
        (void) fprintf(stderr, "set-up failed: %s\n", err);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_token_tampered, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_email, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_email_length, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_typed_is_kept, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_line_break_in_address, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_languages, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_language_choice, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_letters, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_multipart, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_own_fields, start_test, tear_down),
        cmocka_unit_test_setup_teardown(test_submit, open_store, close_store),
        cmocka_unit_test(test_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
