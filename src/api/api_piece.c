/*
 * What commands in pieces share: ?dry_run=1, how long a piece may hold the writer, memory of one
 * row.
 */
#include "api_impl.h"

#include <sched.h>

#define PIECE_ROWS 250
#define PIECE_US   15000                     /* others wait for the writer meanwhile */
#define ROW_ARENA  ((size_t) 8 * 1024 * 1024)

hd_code_t hd_api_dry_run(hd_call_t *c, bool *ret)
{
    hd_str_t rest = c->req.query, name, value;
    *ret = false;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (!hd_str_is(name, "dry_run")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        *ret = hd_str_is(value, "1") || hd_str_is(value, "true");
        if (!*ret && !hd_str_is(value, "0") && !hd_str_is(value, "false")) {
            return hd_api_bad_parameter(c, name, "not_an_option", "Give 1 or 0.");
        }
    }
    return HD_OK;
}

/* Between two rows whoever waits for the processor has it: readers come first. */
bool hd_api_piece_has_room(uint64_t start_us, uint32_t n)
{
    (void) sched_yield();
    return n < PIECE_ROWS && (n % 8 != 0 || hd_time_mono_us() - start_us < PIECE_US);
}

static void destroy(void *arena)
{
    hd_arena_destroy(arena);
}

hd_arena_t *hd_api_row_arena(hd_call_t *c)
{
    hd_arena_t *a = hd_arena_create(ROW_ARENA);
    if (a != NULL) {
        hd_arena_defer(c->cx.arena, destroy, a);
    }
    return a;
}
