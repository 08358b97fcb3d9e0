/*
 * Why a ticket went where it went, kept with the ticket: ticket.assign_trace.
 *
 *     01 format, method(1), flags(1: 1 waiting), then varints: at team user looked_ahead_to n,
 *     then n candidates: user (varint) load (zigzag varint) why(1)
 *
 *     01 03 00  e0cbd4c3bf33 02 09 00 02  09 04 00  0b 06 01     balanced, team 2: 9 with 2, not 11 with 3
 */
#include "desk_impl.h"

#define FORMAT    1
#define WAITING   1
#define TRACE_LEN 20000

hd_str_t hd_desk_write_trace(hd_cx_t *cx, const hd_assignment_t *a)
{
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 32 + 8 * (size_t) a->n, TRACE_LEN);
    hd_buf_byte(&b, FORMAT);
    hd_buf_byte(&b, (char) a->method);
    hd_buf_byte(&b, a->waiting ? WAITING : 0);
    hd_buf_varint(&b, (uint64_t) a->at);
    hd_buf_varint(&b, a->team_id);
    hd_buf_varint(&b, a->user_id);
    hd_buf_varint(&b, (uint64_t) a->looked_ahead_to);
    hd_buf_varint(&b, a->n);
    for (uint32_t i = 0; i < a->n; i++) {
        hd_buf_varint(&b, a->v[i].user_id);
        hd_buf_varint(&b, hd_zigzag(a->v[i].load));
        hd_buf_byte(&b, (char) a->v[i].why);
    }
    return b.failed ? (hd_str_t){ 0, "" } : hd_buf_view(&b);
}

static uint8_t get_byte(hd_wire_t *w)
{
    hd_str_t s = hd_wire_bytes(w, 1);
    return s.len == 1 ? (uint8_t) s.data[0] : 0;
}

/* False: no trace, or one this version cannot read. */
static bool read_trace(hd_cx_t *cx, hd_str_t bytes, hd_assignment_t *a)
{
    hd_wire_t w = hd_wire(bytes.data, bytes.len);
    if (bytes.len == 0 || get_byte(&w) != FORMAT) {
        return false;
    }
    a->method = get_byte(&w);
    a->waiting = (get_byte(&w) & WAITING) != 0;
    a->at = (hd_time_t) hd_wire_varint(&w);
    a->team_id = hd_wire_varint(&w);
    a->user_id = hd_wire_varint(&w);
    a->looked_ahead_to = (hd_time_t) hd_wire_varint(&w);
    uint64_t n = hd_wire_varint(&w);
    if (w.failed || n > HD_TRACE_MAX || a->method > HD_BY_TAGS) {
        return false;
    }
    a->v = hd_alloc_n(cx->arena, n + 1, sizeof(*a->v));
    for (uint64_t i = 0; i < n; i++) {
        hd_candidate_t c = { .user_id = hd_wire_varint(&w) };
        c.load = hd_unzigzag(hd_wire_varint(&w));
        c.why = get_byte(&w);
        const hd_user_t *u = hd_config_get(cx->txn, HD_USER, c.user_id);
        if (w.failed || c.why > HD_WHY_NOT_ALLOWED) {
            return false;
        }
        if (u != NULL && hd_sees(cx, HD_USER, u)) {     /* VIS-17: nobody of a company not his */
            a->v[a->n++] = c;
        }
    }
    return true;
}

hd_code_t hd_ticket_assignment(hd_cx_t *cx, hd_id_t id, hd_assignment_t *ret)
{
    hd_ticket_t t;
    hd_code_t code = hd_ticket_get(cx, id, &t);
    if (code != HD_OK) {
        return code;
    }
    hd_assignment_t a = { .method = HD_BY_NONE };
    if (!read_trace(cx, t.assign_trace, &a)) {
        a = (hd_assignment_t){ .method = HD_BY_NONE, .team_id = t.team_id, .user_id = t.user_id };
    }
    a.waiting = t.waiting;
    *ret = a;
    return HD_OK;
}
