/*
 * The event log for people: GET /audit for administrators, as JSON or CSV, and GET /tickets/{id}/history.
 */
#include "api_impl.h"

/* ---- the query ---- */

static hd_code_t read_id(hd_call_t *c, hd_str_t name, hd_str_t value, uint64_t least, hd_id_t *ret)
{
    return hd_str_to_u64(value, ret) && *ret >= least && *ret <= HD_ID_MAX ? HD_OK
         : hd_api_bad_parameter(c, name, "not_an_id", "The value is not the number of a record.");
}

static hd_code_t read_time(hd_call_t *c, hd_str_t name, hd_str_t value, hd_time_t *ret)
{
    return hd_time_parse(value, ret) ? HD_OK
         : hd_api_bad_parameter(c, name, "bad_time", "Give a time as 2026-11-21T08:00:00Z.");
}

static hd_code_t read_type(hd_call_t *c, hd_str_t value, hd_event_query_t *q)
{
    const hd_entity_t *e = hd_entity_by_name(value);
    q->type = e != NULL ? e->type : 0;
    return e != NULL ? HD_OK
         : hd_api_bad_parameter(c, HD_STR("type"), "not_an_option", "There is no such type of record.");
}

static hd_code_t read_page(hd_call_t *c, hd_str_t name, hd_str_t value, hd_event_query_t *q, bool *ret_taken)
{
    uint64_t n;
    *ret_taken = true;
    if (hd_str_is(name, "limit")) {
        if (!hd_str_to_u64(value, &n) || n < 1 || n > HD_PAGE_MAX) {
            return hd_api_bad_parameter(c, name, "out_of_range", "Give a number from 1 to 200.");
        }
        q->limit = (uint32_t) n;
        return HD_OK;
    }
    if (hd_str_is(name, "after")) {
        return hd_str_to_u64(value, &q->before) && q->before != 0 ? HD_OK : HD_E_CURSOR;
    }
    *ret_taken = false;
    return HD_OK;
}

static hd_code_t read_condition(hd_call_t *c, hd_str_t name, hd_str_t value, hd_event_query_t *q)
{
    if (hd_str_is(name, "actor")) {
        q->by_actor = true;
        return read_id(c, name, value, 0, &q->actor);        /* 0: the desk itself, or nobody */
    }
    if (hd_str_is(name, "kind")) {
        q->kind = hd_event_kind_of(value);
        return q->kind != 0 ? HD_OK : hd_api_bad_parameter(c, name, "not_an_option", "There is no such kind of event.");
    }
    if (hd_str_is(name, "type")) {
        return read_type(c, value, q);
    }
    if (hd_str_is(name, "id")) {
        return read_id(c, name, value, 1, &q->id);
    }
    if (hd_str_is(name, "from")) {
        return read_time(c, name, value, &q->from);
    }
    if (hd_str_is(name, "to")) {
        return read_time(c, name, value, &q->to);
    }
    if (hd_str_is(name, "format") && (hd_str_is(value, "csv") || hd_str_is(value, "json"))) {
        return HD_OK;
    }
    return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
}

static hd_code_t read_query(hd_call_t *c, bool conditions, hd_event_query_t *q)
{
    hd_str_t rest = c->req.query, name, value;
    *q = (hd_event_query_t){ .limit = HD_PAGE_DEFAULT };
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        bool taken = false;
        hd_code_t code = name.data == NULL ? HD_E_REQUEST : read_page(c, name, value, q, &taken);
        if (code == HD_OK && !taken) {
            code = conditions ? read_condition(c, name, value, q)
                 : hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        if (code != HD_OK) {
            return code;
        }
    }
    if (q->id != 0 && q->type == 0) {
        return hd_api_bad_parameter(c, HD_STR("type"), "required", "Say which type of record the number is of.");
    }
    return HD_OK;
}

/* ---- the answer ---- */

static hd_str_t name_of(hd_cx_t *cx, hd_id_t uid)
{
    const hd_user_t *u = uid != 0 ? hd_config_get(cx->txn, HD_USER, uid) : NULL;
    return u != NULL ? u->name : HD_STR("");
}

static hd_code_t write_page(hd_call_t *c, const hd_event_page_t *page)
{
    hd_json_t j = hd_api_list_begin(c, 128 + 320 * (size_t) page->n);
    for (uint32_t i = 0; i < page->n; i++) {
        hd_json_obj(&j);
        hd_api_event_members(&j, &page->v[i]);
        hd_json_key(&j, HD_STR("actor_name"));
        hd_json_str(&j, name_of(&c->cx, page->v[i].actor));
        hd_json_key(&j, HD_STR("changes"));
        hd_api_event_changes(&c->cx, &j, &page->v[i]);
        hd_json_end_obj(&j);
    }
    hd_api_list_end(&j, page->next != 0 ? hd_strf(c->cx.arena, "%" PRIu64, page->next) : HD_STR(""));
    return HD_OK;
}

static void put_line(hd_call_t *c, hd_buf_t *out, const hd_event_t *ev)
{
    char time[HD_TIME_LEN];
    hd_arena_t *a = c->cx.arena;
    hd_buf_t changes;
    hd_buf_init(&changes, a, 256, HD_BODY_MAX);
    hd_json_t j = hd_json(&changes);
    hd_api_event_changes(&c->cx, &j, ev);
    hd_str_t text = hd_buf_view(&changes);
    bool typed = ev->type > 0 && ev->type < HD_TYPE_COUNT;
    hd_csv_cell(out, hd_strf(a, "%" PRIu64, ev->seq), true);
    hd_csv_cell(out, (hd_str_t){ hd_time_format(ev->time, time), time }, false);
    hd_csv_cell(out, hd_strf(a, "%" PRIu64, ev->actor), false);
    hd_csv_cell(out, name_of(&c->cx, ev->actor), false);
    hd_csv_cell(out, hd_str(hd_event_kind_name(ev->kind)), false);
    hd_csv_cell(out, typed ? hd_str(hd_entities[ev->type]->name) : HD_STR(""), false);
    hd_csv_cell(out, hd_strf(a, "%" PRIu64, ev->id), false);
    hd_csv_cell(out, hd_str_is(text, "{}") ? HD_STR("") : text, false);
    hd_buf_z(out, "\r\n");
}

static hd_code_t next_lines(hd_call_t *c, hd_buf_t *out, bool *ret_more)
{
    hd_event_query_t *q = c->piece_data;
    hd_event_page_t page;
    hd_code_t code = hd_event_list(&c->cx, q, &page);
    for (uint32_t i = 0; code == HD_OK && i < page.n; i++) {
        put_line(c, out, &page.v[i]);
    }
    if (code == HD_OK) {
        q->before = page.next;
        *ret_more = page.next != 0;
    }
    return code;
}

static hd_code_t write_csv(hd_call_t *c, const hd_event_query_t *query)
{
    hd_event_query_t *q = hd_alloc(c->cx.arena, sizeof(*q));
    bool more = false;
    *q = *query;
    q->limit = HD_PAGE_MAX;
    (void) hd_res_json(c, 200, 64 * 1024);
    c->res.content_type = "text/csv; charset=utf-8";
    hd_res_header(c, "Content-Disposition", HD_STR("attachment; filename=\"audit.csv\""));
    hd_buf_z(&c->res.body, "seq,time,actor,actor_name,kind,type,id,changes\r\n");
    c->piece_data = q;
    hd_code_t code = next_lines(c, &c->res.body, &more);
    c->piece = code == HD_OK && more ? next_lines : NULL;
    return code;
}

hd_code_t hd_api_audit_list(hd_call_t *c)
{
    hd_event_query_t q;
    hd_event_page_t page;
    hd_code_t code = read_query(c, true, &q);
    if (code == HD_OK && hd_call_wants_csv(c)) {
        return write_csv(c, &q);
    }
    if (code == HD_OK) {
        code = hd_event_list(&c->cx, &q, &page);
    }
    return code == HD_OK ? write_page(c, &page) : code;
}

hd_code_t hd_api_ticket_history(hd_call_t *c)
{
    hd_event_query_t q;
    hd_event_page_t page;
    hd_code_t code = read_query(c, false, &q);
    if (code == HD_OK) {
        code = hd_ticket_history(&c->cx, c->path_id, q.before, q.limit, &page);
    }
    return code == HD_OK ? write_page(c, &page) : code;
}

/* ---- GET /tickets/{id}?at= ---- */

hd_code_t hd_api_ticket_at(hd_call_t *c)
{
    hd_str_t rest = c->req.query, name, value;
    hd_time_t at = 0;
    hd_ticket_t t;
    hd_json_opt_t opt = { 0 };
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        hd_code_t bad = name.data == NULL ? HD_E_REQUEST
                      : hd_str_is(name, "at") ? read_time(c, name, value, &at)
                      : hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter beside at.");
        if (bad != HD_OK) {
            return bad;
        }
    }
    hd_code_t code = hd_ticket_at(&c->cx, c->path_id, at, &t, &opt.mask);
    if (code != HD_OK) {
        return code;
    }
    opt.mask |= HD_BIT(HD_F_id) | HD_BIT(HD_F_create_date) | HD_BIT(HD_TICKET_F_ticket_ref);
    hd_json_t j = hd_res_json(c, 200, 768);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("at"));
    hd_json_time(&j, at);
    hd_record_members(&j, hd_entities[HD_TICKET], &t, &opt);
    hd_json_end_obj(&j);
    return HD_OK;
}
