/*
 * Lists as CSV: the first page with a header line, then page after page (hd_piece_t) until the end.  Each page is a read
 * of its own that goes on where the last one stopped, so an export of any size holds no transaction and little memory;
 * what changes meanwhile shows as it is when its page is read.
 */
#include "api_impl.h"

#define CURSOR_BYTES 288
#define PIECE_BYTES  (256 * 1024)            /* after so many a piece ends */

typedef struct {
    hd_type_t         type;
    uint64_t          mask;
    bool              once;                    /* the client gave a limit: this page and no more */
    hd_ticket_query_t tickets;                 /* of tickets */
    hd_query_t        records;                 /* of everything else */
    char              after[CURSOR_BYTES];
} export_t;

/* Rows as far as a piece goes; *ret_n: how many. */
static void put_rows(hd_call_t *c, const export_t *x, const hd_ticket_page_t *tickets,
                     const hd_page_t *records, hd_buf_t *out, uint32_t *ret_n)
{
    const hd_entity_t *e = hd_entities[x->type];
    uint32_t i = 0;
    for (; i < tickets->n && out->len < PIECE_BYTES; i++) {
        hd_csv_row(out, e, &tickets->v[i], x->mask);
    }
    for (; i < records->n && out->len < PIECE_BYTES; i++) {
        hd_csv_row(out, e, hd_record_view(&c->cx, x->type, records->v[i]), x->mask);
    }
    *ret_n = i;
}

static hd_code_t next_page(hd_call_t *c, hd_buf_t *out, bool *ret_more)
{
    export_t *x = c->piece_data;
    hd_ticket_page_t tickets = { .n = 0 };
    hd_page_t records = { .n = 0 };
    uint32_t n;
    bool of_tickets = x->type == HD_TICKET;
    hd_code_t code = of_tickets ? hd_ticket_list(&c->cx, &x->tickets, &tickets)
                                : hd_record_list(&c->cx, x->type, &x->records, &records);
    if (code != HD_OK) {
        return code;
    }
    put_rows(c, x, &tickets, &records, out, &n);
    hd_str_t next = of_tickets ? tickets.next : records.next;
    bool cut = n < (of_tickets ? tickets.n : records.n);
    if (cut) {
        next = of_tickets ? hd_ticket_cursor(&c->cx, &x->tickets, &tickets.v[n - 1])
                          : hd_record_cursor(&c->cx, x->type, &x->records, records.v[n - 1]);
    }
    if (next.len >= CURSOR_BYTES) {
        return HD_E_INTERNAL;
    }
    if (next.len != 0) {
        memcpy(x->after, next.data, next.len);
    }
    x->tickets.after = x->records.after = (hd_str_t){ next.len, x->after };
    if (x->once) {
        x->tickets.limit -= n < x->tickets.limit ? n : 0;
        x->records.limit -= n < x->records.limit ? n : 0;
    }
    *ret_more = cut || (next.len != 0 && !x->once);
    return HD_OK;
}

hd_code_t hd_api_csv(hd_call_t *c, hd_type_t type, hd_list_t *l,
                     const hd_ticket_query_t *tickets)
{
    const hd_entity_t *e = hd_entities[type];
    export_t *x = hd_alloc(c->cx.arena, sizeof(*x));
    *x = (export_t){ .type = type, .mask = l->columns, .once = l->limited };
    uint32_t page = l->limited ? l->limit : HD_PIECE_MAX;
    if (tickets != NULL) {
        x->tickets = *tickets;
        x->tickets.limit = page;
    } else {
        x->records = (hd_query_t){ .filters = l->filters, .n_filters = l->n_filters, .where = l->where,
                                   .sort = l->sort, .n_sort = l->n_sort, .limit = page, .after = l->after };
    }
    (void) hd_res_json(c, 200, 64 * 1024);
    c->res.content_type = "text/csv; charset=utf-8";
    hd_res_header(c, "Content-Disposition",
                  hd_strf(c->cx.arena, "attachment; filename=\"%s.csv\"", e->plural));
    c->piece_data = x;
    bool more = false;
    hd_csv_header(&c->res.body, e, x->mask);
    hd_code_t code = next_page(c, &c->res.body, &more);
    c->piece = code == HD_OK && more ? next_page : NULL;
    return code;
}
