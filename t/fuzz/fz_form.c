/*
 * Bytes of strangers as a posted form: the first line is the content type, the rest the body.  Whatever comes, reading
 * ends within its bounds, hands out UTF-8, and checking what was typed into the usual form finds a code for each fault.
 * A multipart body that is taken says the same when it is written again.
 */
#include <stdlib.h>

#include "door/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static hd_call_t make_call(hd_arena_t *a, hd_str_t type, hd_str_t body)
{
    hd_call_t c = { .cx = { .arena = a, .actor = &hd_actor_nobody, .now = 1 } };
    c.req.content_type = type;
    c.req.body = body;
    return c;
}

/* As a browser would, with a boundary that no value holds. */
static void write_again(hd_arena_t *a, const hd_pair_t *pairs, size_t n)
{
    hd_pair_t *again;
    size_t m;
    hd_buf_t b;
    hd_buf_init(&b, a, 1024, HD_BODY_MAX * 8);
    for (size_t i = 0; i < n; i++) {
        hd_buf_z(&b, "--0123456789abcdefghij\r\nContent-Disposition: form-data; name=\"");
        for (size_t k = 0; k < pairs[i].name.len; k++) {
            char ch = pairs[i].name.data[k];
            hd_buf_z(&b, ch == '"' ? "%22" : ch == '\r' ? "%0D" : ch == '\n' ? "%0A" : ch == '\\' ? "\\\\" : "");
            if (memchr("\"\r\n\\", ch, 4) == NULL) {
                hd_buf_byte(&b, ch);
            }
        }
        hd_buf_z(&b, "\"\r\n\r\n");
        hd_buf_str(&b, pairs[i].value);
        hd_buf_z(&b, "\r\n");
    }
    hd_buf_z(&b, "--0123456789abcdefghij--\r\n");
    hd_call_t c = make_call(a, HD_STR("multipart/form-data; boundary=0123456789abcdefghij"), hd_buf_view(&b));
    must(!b.failed && hd_form_pairs(&c, &again, &m) == HD_OK && m == n);
    for (size_t i = 0; i < n; i++) {
        must(hd_str_eq(pairs[i].value, again[i].value));
    }
}

static bool may_be_written(const hd_pair_t *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const hd_pair_t *p = &pairs[i];
        bool plain = !p->file && p->name.len <= HD_PART_NAME_MAX / 3 && n > 0;
        for (size_t k = 0; k + 20 <= p->value.len && plain; k++) {
            plain = memcmp(p->value.data + k, "0123456789abcdefghij", 20) != 0;
        }
        if (!plain) {
            return false;
        }
    }
    return n > 0;
}

static void fill_form(hd_call_t *c, const hd_pair_t *pairs, size_t n)
{
    static const hd_team_t team = { .rec.id = 1, .name = { 4, "Team" } };
    uint32_t found = 0;
    const hd_form_t *form = hd_form_of(&c->cx, &team);
    hd_answer_t *answers = hd_form_read(&c->cx, form, pairs, n);
    uint32_t errors = hd_form_check(form, answers);
    for (uint32_t i = 0; i < form->n; i++) {
        must(answers[i].n <= 1);
        must(answers[i].n == 0 || hd_str_is_utf8(answers[i].v[0]));
        found += answers[i].error != NULL;
    }
    must(found == errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hd_pair_t *pairs;
    size_t n;
    hd_str_t rest = { size, (const char *) data }, type = { 0, "" };
    hd_arena_t *a = hd_arena_create((size_t) 256 * 1024 * 1024);
    if (a == NULL || !hd_base_init()) {
        abort();
    }
    (void) hd_str_split(&rest, '\n', &type);
    hd_call_t c = make_call(a, type, rest);
    hd_code_t code = hd_form_pairs(&c, &pairs, &n);
    must(code == HD_OK || code == HD_E_REQUEST);
    if (code == HD_OK) {
        size_t total = 0;
        must(n <= HD_FORM_PAIRS);
        for (size_t i = 0; i < n; i++) {
            must(hd_str_is_utf8(pairs[i].name) && hd_str_is_utf8(pairs[i].value));
            must(!pairs[i].file || pairs[i].value.len == 0);
            total += pairs[i].name.len + pairs[i].value.len;
        }
        must(total <= size);
        if (may_be_written(pairs, n)) {
            write_again(a, pairs, n);
        }
        fill_form(&c, pairs, n);
    }
    hd_arena_destroy(a);
    return 0;
}
