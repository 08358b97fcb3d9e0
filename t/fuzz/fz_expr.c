/*
 * A filter expression: never a crash, an error names a place inside the text, the limits hold, and what was read can be
 * matched.
 */
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(const hd_expr_t *x, unsigned depth, unsigned *terms)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    if (depth > 4 * HD_EXPR_DEPTH) {
        abort();
    }
    if (x->kind == HD_EXPR_TEST) {
        if (++*terms > HD_TERMS_MAX || x->n != 0 || x->test.n == 0 || x->test.n > HD_LIST_MAX
            || x->test.field >= e->n_fields || (x->test.text == NULL) == (x->test.num == NULL)
            || !hd_field_is_asked(&e->fields[x->test.field], true))
        {
            abort();
        }
        return;
    }
    if (x->n == 0 || (x->kind == HD_EXPR_NOT && x->n != 1)) {
        abort();
    }
    for (uint32_t i = 0; i < x->n; i++) {
        count(x->v[i], depth + 1, terms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hd_arena_t *a;
    static const hd_id_t ids[] = { 3, 5 };
    static const hd_ticket_t ticket = {
        .rec = { .id = 7, .version = 2 }, .name = { 8, "On fire!" }, .active = true, .team_id = 2,
        .partner_name = { 9, "\xc5\xbdivil\xc4\x97 " }, .priority = 3, .message_partner_ids = { 2, ids },
        .tag_ids = { 2, ids }, .assign_date = 1795248000000, .properties = { 27, "{\"a\":[1,\"x\",null],\"b\":true}" },
    };
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_str_t text = { size, (const char *) data };
    const hd_expr_t *x = NULL;
    hd_problem_t p;
    unsigned terms = 0;
    if (a == NULL && (a = hd_arena_create(64 * 1024 * 1024)) == NULL) {
        return 0;
    }
    hd_problem_init(&p);
    hd_code_t code = hd_expr_parse(e, a, text, true, &x, &p);
    if (code == HD_OK) {
        count(x, 0, &terms);
        bool one = hd_expr_match(e, a, &ticket, x);
        if (p.n_fields != 0 || hd_expr_match(e, a, &ticket, hd_expr_and(a, x, x)) != one) {
            abort();
        }
    } else if (code != HD_E_FILTER || p.code != code || p.n_fields != 1 || x != NULL) {
        abort();
    }
    hd_arena_reset(a);
    return 0;
}
