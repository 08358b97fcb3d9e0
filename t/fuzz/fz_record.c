/*
 * Arbitrary bytes as a stored record: the first byte chooses the type.  What decodes must encode to
 * bytes that decode to the same record.
 */
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(hd_arena_t *a, const hd_entity_t *e, hd_str_t bytes)
{
    void *one = hd_alloc(a, e->size), *two = hd_alloc(a, e->size);
    if (hd_decode(e, a, bytes, one) != HD_OK) {
        return;
    }
    hd_buf_t b;
    hd_buf_init(&b, a, 256, 16 * 1024 * 1024);
    hd_encode(e, one, &b);
    if (b.failed || hd_decode(e, a, hd_buf_view(&b), two) != HD_OK
        || hd_record_diff(e, one, two) != 0)
    {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hd_arena_t *a;
    if (a == NULL) {
        a = hd_arena_create(64 * 1024 * 1024);
    }
    if (size == 0 || a == NULL) {
        return 0;
    }
    const hd_entity_t *e = hd_entities[1 + data[0] % (HD_TYPE_COUNT - 1)];
    check_record(a, e, (hd_str_t){ size - 1, (const char *) data + 1 });
    hd_arena_reset(a);
    return 0;
}
