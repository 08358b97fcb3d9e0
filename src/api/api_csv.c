/*
 * Lists as CSV: the first page with a header line, then page after page (hd_piece_t) until the end.  Each page is a read
 * of its own that goes on where the last one stopped, so an export of any size holds no transaction and little memory;
 * what changes meanwhile shows as it is when its page is read.
 */
#include "api_impl.h"

#define CURSOR_BYTES 128

typedef struct {
    hd_type_t         type;
    uint64_t          mask;
    bool              once;                    /* the client gave a limit: this page and no more */
    hd_ticket_query_t tickets;                 /* of tickets */
    hd_query_t        records;                 /* of everything else */
    char              after[CURSOR_BYTES];
} export_t;

static void put_rows(hd_call_t *c, const export_t *x, const hd_ticket_page_t *tickets,
                     const hd_page_t *records, hd_buf_t *out)
{
    const hd_entity_t *e = hd_entities[x->type];
    for (uint32_t i = 0; i < tickets->n; i++) {
        hd_csv_row(out, e, &tickets->v[i], x->mask);
    }
    for (uint32_t i = 0; i < records->n; i++) {
        hd_csv_row(out, e, hd_record_view(&c->cx, x->type, records->v[i]), x->mask);
    }
}

static hd_code_t next_page(hd_call_t *c, hd_buf_t *out, bool *ret_more)
{
    export_t *x = c->piece_data;
    hd_ticket_page_t tickets = { .n = 0 };
    hd_page_t records = { .n = 0 };
    hd_code_t code = x->type == HD_TICKET
                         ? hd_ticket_list(&c->cx, &x->tickets, &tickets)
                         : hd_record_list(&c->cx, x->type, &x->records, &records);
    if (code != HD_OK) {
        return code;
    }
    put_rows(c, x, &tickets, &records, out);
    hd_str_t next = x->type == HD_TICKET ? tickets.next : records.next;
    if (next.len >= CURSOR_BYTES) {
        return HD_E_INTERNAL;
    }
    if (next.len != 0) {
        memcpy(x->after, next.data, next.len);
    }
    x->tickets.after = x->records.after = (hd_str_t){ next.len, x->after };
    *ret_more = next.len != 0 && !x->once;
    return HD_OK;
}

/* Without fields=: the columns that are worth a spreadsheet. */
static uint64_t columns(const hd_call_t *c, const hd_entity_t *e, const hd_list_t *l)
{
    if (l->chosen) {
        return l->mask;
    }
    uint64_t may = hd_json_mask(e, false, hd_actor_is_staff(c->cx.actor)), mask = HD_BIT(HD_F_id);
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (e->fields[i].flags & HD_F_CSV) {
            mask |= HD_BIT(i) & may;
        }
    }
    return mask;
}

hd_code_t hd_api_csv(hd_call_t *c, hd_type_t type, hd_list_t *l,
                     const hd_ticket_query_t *tickets)
{
    const hd_entity_t *e = hd_entities[type];
    export_t *x = hd_alloc(c->cx.arena, sizeof(*x));
    *x = (export_t){ .type = type, .mask = columns(c, e, l), .once = l->limited };
    uint32_t page = l->limited ? l->limit : HD_PAGE_MAX;
    if (tickets != NULL) {
        x->tickets = *tickets;
        x->tickets.limit = page;
    } else {
        x->records = (hd_query_t){ .filters = l->filters, .n_filters = l->n_filters,
                                   .limit = page, .after = l->after };
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
