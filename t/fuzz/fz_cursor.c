/*
 * Bytes of strangers as a query string, a form, a cookie header and a cursor: whatever comes,
 * decoding ends and what it hands out is UTF-8 inside the input's length.
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

static void walk_pairs(hd_arena_t *a, hd_str_t text)
{
    hd_str_t rest = text, name, value;
    size_t total = 0;
    while (hd_query_next(&rest, a, &name, &value)) {
        must(rest.len < text.len);
        must((name.data == NULL) == (value.data == NULL));
        if (name.data != NULL) {
            must(hd_str_is_utf8(name) && hd_str_is_utf8(value));
            total += name.len + value.len;
        }
    }
    must(total <= text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[32];
    hd_str_t text = { size, (const char *) data };
    hd_arena_t *a = hd_arena_create((size_t) 64 * 1024 * 1024);
    if (a == NULL || !hd_base_init()) {
        abort();
    }
    walk_pairs(a, text);
    must(hd_form_get(text, a, "after").len <= size);
    must(hd_cookie_get(text, "sid").len <= size);
    for (size_t want = 0; want <= sizeof(bytes); want++) {
        (void) hd_base64url_decode(text, bytes, want);
    }
    hd_arena_destroy(a);
    return 0;
}
