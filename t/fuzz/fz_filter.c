/*
 * A condition of a query string, cut at the first '=': never a crash, and the limits hold.
 */
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_filter(hd_arena_t *a, hd_str_t name, hd_str_t value)
{
    static const hd_id_t ids[] = { 3, 5 };
    static const hd_ticket_t ticket = {
        .rec = { .id = 7, .version = 2 }, .name = { 8, "On fire!" }, .active = true, .team_id = 2,
        .partner_name = { 9, "\xc5\xbdivil\xc4\x97 " }, .priority = 3,
        .message_partner_ids = { 2, ids },
        .assign_date = 1795248000000,
    };
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_filter_t f;
    hd_problem_t p;
    hd_problem_init(&p);
    hd_code_t code = hd_filter_parse(e, a, name, value, true, &f, &p);
    if (code != HD_OK) {
        if (code != HD_E_FILTER || p.code != code || p.n_fields != 1 || p.fields->field.len > 64) {
            abort();
        }
        return;
    }
    if (f.n == 0 || f.n > HD_LIST_MAX || f.field >= e->n_fields
        || (f.text == NULL) == (f.num == NULL))
    {
        abort();
    }
    (void) hd_filter_match(e, a, &ticket, &f, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hd_arena_t *a;
    if (a == NULL) {
        a = hd_arena_create(64 * 1024 * 1024);
    }
    const uint8_t *cut = size == 0 ? NULL : memchr(data, '=', size);
    if (cut == NULL || a == NULL) {
        return 0;
    }
    hd_str_t name = { (size_t) (cut - data), (const char *) data };
    check_filter(a, name, (hd_str_t){ size - name.len - 1, (const char *) cut + 1 });
    hd_arena_reset(a);
    return 0;
}
