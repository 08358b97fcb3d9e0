/*
 * Customers: their tickets in their own words and closing them, for who is signed in (PRT-1 .. PRT-5, SLF-6), and all they
 * may do with one ticket for whoever holds its link (VIS-22): read, answer, attach, close.  The link's token comes as
 * ?access_token=; what is wrong with the request otherwise is said first, whether there is such a ticket or not.
 */
#include "api_impl.h"

/* ---- what they read ---- */

static void put_text(hd_json_t *j, hd_str_t key, hd_str_t value)
{
    hd_json_key(j, key);
    hd_json_str(j, value);
}

static void put_time(hd_json_t *j, hd_str_t key, hd_time_t time)
{
    hd_json_key(j, key);
    hd_json_time(j, time);
}

static void put_bool(hd_json_t *j, hd_str_t key, bool value)
{
    hd_json_key(j, key);
    hd_json_bool(j, value);
}

static void put_ticket(hd_call_t *c, hd_json_t *j, const hd_ticket_t *t)
{
    hd_portal_view_t v;
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_portal_view(&c->cx, t, &v);
    hd_json_obj(j);
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, t->rec.id);
    hd_json_key(j, HD_STR("ticket_ref"));
    hd_field_json(j, &e->fields[HD_TICKET_F_ticket_ref], t);
    put_text(j, HD_STR("name"), t->name);
    put_text(j, HD_STR("description"), t->description);
    put_text(j, HD_STR("stage"), v.stage);
    put_text(j, HD_STR("team"), v.team);
    put_text(j, HD_STR("assignee"), v.assignee);
    put_text(j, HD_STR("customer"), v.customer);
    put_bool(j, HD_STR("closed"), t->closed);
    put_bool(j, HD_STR("may_close"), v.may_close);
    put_time(j, HD_STR("create_date"), t->rec.create_date);
    put_time(j, HD_STR("date_last_stage_update"), t->date_last_stage_update);
    put_time(j, HD_STR("close_date"), t->close_date);
    hd_json_end_obj(j);
}

static void put_file(hd_json_t *j, const hd_attachment_t *f)
{
    hd_json_obj(j);
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, f->rec.id);
    put_text(j, HD_STR("name"), f->name);
    put_text(j, HD_STR("mimetype"), f->mimetype);
    hd_json_key(j, HD_STR("file_size"));
    hd_json_i64(j, f->file_size);
    put_time(j, HD_STR("create_date"), f->rec.create_date);
    hd_json_end_obj(j);
}

/* Files of a comment are none of a note's, but a link shows nothing that is marked otherwise (CHT-4). */
static void put_message(hd_call_t *c, hd_json_t *j, hd_authors_t *names, const hd_message_t *m)
{
    hd_json_obj(j);
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, m->rec.id);
    put_text(j, HD_STR("author_name"), hd_author_name(&c->cx, names, m));
    put_time(j, HD_STR("create_date"), m->rec.create_date);
    put_text(j, HD_STR("body"), m->body);
    put_text(j, HD_STR("body_html"), hd_message_html(c->cx.arena, m));
    hd_json_key(j, HD_STR("attachments"));
    hd_json_arr(j);
    for (uint32_t i = 0; i < m->attachment_ids.n; i++) {
        hd_attachment_t f;
        if (hd_file_public(&c->cx, m->ticket_id, m->attachment_ids.v[i], &f) == HD_OK && f.message_id == m->rec.id) {
            put_file(j, &f);
        }
    }
    hd_json_end_arr(j);
    hd_json_end_obj(j);
}

static hd_code_t answer_ticket(hd_call_t *c, const hd_ticket_t *t)
{
    hd_json_t j = hd_res_json(c, 200, 1024 + t->description.len);
    put_ticket(c, &j, t);
    return HD_OK;
}

/* ---- who is signed in ---- */

/* The number of the value among v; a bad parameter when it is none of them. */
static hd_code_t choose(hd_call_t *c, const hd_own_t *own, const char *const *v, unsigned n, unsigned *ret)
{
    *ret = 0;
    if (own->value.data == NULL) {
        return HD_OK;
    }
    while (*ret < n && !hd_str_is(own->value, v[*ret])) {
        ++*ret;
    }
    return *ret < n ? HD_OK : hd_api_bad_parameter(c, hd_str(own->name), "not_an_option", "There is no such choice.");
}

static hd_code_t read_time(hd_call_t *c, const hd_own_t *own, hd_time_t *ret)
{
    if (own->value.data != NULL && !hd_time_parse(own->value, ret)) {
        return hd_api_bad_parameter(c, hd_str(own->name), "bad_time", "Give a time such as 2026-11-30T00:00:00Z.");
    }
    return HD_OK;
}

static hd_code_t read_list(hd_call_t *c, hd_portal_query_t *q)
{
    hd_own_t own[] = { { .name = "sort" }, { .name = "state" }, { .name = "in" }, { .name = "group" }, { .name = "q" },
                       { .name = "from" }, { .name = "to" } };
    hd_list_t *l = hd_alloc(c->cx.arena, sizeof(*l));
    unsigned sort = 0, state = 0, in = 0, group = 0;
    hd_code_t code = hd_api_query_own(c, hd_entities[HD_TICKET], l, own, sizeof(own) / sizeof(own[0]));
    code = code != HD_OK ? code : choose(c, &own[0], hd_portal_sorts, HD_PORTAL_SORTS, &sort);
    code = code != HD_OK ? code : choose(c, &own[1], hd_portal_states, HD_PORTAL_STATES, &state);
    code = code != HD_OK ? code : choose(c, &own[2], hd_portal_ins, HD_PORTAL_INS, &in);
    code = code != HD_OK ? code : choose(c, &own[3], hd_portal_groups, 2, &group);
    code = code != HD_OK ? code : read_time(c, &own[5], &q->from);
    code = code != HD_OK ? code : read_time(c, &own[6], &q->to);
    q->sort = (hd_portal_sort_t) sort;
    q->state = own[1].value.data == NULL ? HD_PORTAL_ALL : (hd_portal_state_t) state;
    q->in = (hd_portal_in_t) in;
    q->by_stage = group == 1;
    q->words = own[4].value.data != NULL ? own[4].value : (hd_str_t){ 0, "" };
    q->limit = l->limit;
    q->after = l->after;
    return code;
}

hd_code_t hd_api_my_ticket_list(hd_call_t *c)
{
    hd_portal_query_t q = { .limit = 0 };
    hd_ticket_page_t page = { .n = 0 };
    hd_code_t code = read_list(c, &q);
    if (code == HD_OK) {
        code = hd_portal_list(&c->cx, &q, &page);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_api_list_begin(c, 64 + 1024 * (size_t) page.n);
    for (uint32_t i = 0; i < page.n; i++) {
        put_ticket(c, &j, &page.v[i]);
    }
    hd_api_list_end(&j, page.next);
    return HD_OK;
}

hd_code_t hd_api_my_ticket_count(hd_call_t *c)
{
    uint64_t open = 0, closed = 0;
    hd_code_t code = hd_api_no_query(c);
    code = code != HD_OK ? code : hd_portal_count(&c->cx, HD_PORTAL_OPEN, &open);
    code = code != HD_OK ? code : hd_portal_count(&c->cx, HD_PORTAL_CLOSED, &closed);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 64);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("open"));
    hd_json_u64(&j, open);
    hd_json_key(&j, HD_STR("closed"));
    hd_json_u64(&j, closed);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_my_ticket_get(hd_call_t *c)
{
    hd_ticket_t t;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_ticket_get(&c->cx, c->path_id, &t);
    }
    return code == HD_OK ? answer_ticket(c, &t) : code;
}

hd_code_t hd_api_ticket_close(hd_call_t *c)
{
    hd_ticket_t t;
    hd_code_t code = hd_portal_close(&c->cx, c->path_id, &t);
    return code == HD_OK ? answer_ticket(c, &t) : code;
}

/* ---- who holds a link ---- */

typedef struct {
    hd_ticket_t       t;
    hd_thread_query_t q;         /* of messages */
    hd_str_t          name;      /* of a file */
} linked_t;

/* access_token, and those of more; what a parameter is worth is not said before its name is known. */
static hd_code_t read_query(hd_call_t *c, bool thread, bool file, linked_t *l)
{
    hd_str_t rest = c->req.query, name, value;
    uint64_t n;
    l->q.limit = HD_PAGE_DEFAULT;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (thread && hd_str_is(name, "limit")) {
            if (!hd_str_to_u64(value, &n) || n < 1 || n > HD_PAGE_MAX) {
                return hd_api_bad_parameter(c, name, "out_of_range", "Give a number from 1 to 200.");
            }
            l->q.limit = (uint32_t) n;
        } else if (thread && hd_str_is(name, "before")) {
            l->q.before = value;
        } else if (thread && hd_str_is(name, "after")) {
            l->q.after = value;
        } else if (file && hd_str_is(name, "name")) {
            l->name = value;
        } else if (!hd_str_is(name, "access_token")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
    }
    return file && l->name.len == 0
        ? hd_problem_field(&c->problem, c->cx.arena, HD_STR("name"), "required", "A value is required.") : HD_OK;
}

static hd_code_t open_linked(hd_call_t *c, bool thread, bool file, linked_t *ret)
{
    hd_str_t token;
    *ret = (linked_t){ .name = { 0, "" } };
    hd_res_header(c, "Referrer-Policy", HD_STR("no-referrer"));
    hd_code_t code = read_query(c, thread, file, ret);
    return code == HD_OK ? hd_call_linked(c, &ret->t, &token) : code;
}

hd_code_t hd_api_linked_get(hd_call_t *c)
{
    linked_t l;
    hd_code_t code = open_linked(c, false, false, &l);
    return code == HD_OK ? answer_ticket(c, &l.t) : code;
}

hd_code_t hd_api_linked_messages(hd_call_t *c)
{
    linked_t l;
    hd_thread_page_t page;
    hd_authors_t names = { .n = 0 };
    hd_code_t code = open_linked(c, true, false, &l);
    if (code == HD_OK) {
        l.q.linked = &l.t;
        code = hd_thread_list(&c->cx, &l.q, &page);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_api_list_begin(c, 64 + 1024 * (size_t) page.n);
    for (uint32_t i = 0; i < page.n; i++) {
        put_message(c, &j, &names, page.v[i].message);
    }
    hd_api_thread_end(&j, &page);
    return HD_OK;
}

/* Strangers' writes are counted as their tickets are. */
static hd_code_t count_sender(hd_call_t *c)
{
    c->problem.retry_after = hd_call_sender_wait(c, HD_STR("form"), true);
    return c->problem.retry_after != 0 ? HD_E_THROTTLED : HD_OK;
}

static void answer_message(hd_call_t *c, const hd_message_t *m)
{
    hd_authors_t names = { .n = 0 };
    hd_json_t j = hd_res_json(c, 200, 1024 + 2 * m->body.len);
    put_message(c, &j, &names, m);
    c->res.record_type = HD_MESSAGE;
    c->res.record_id = m->rec.id;
}

hd_code_t hd_api_linked_message_post(hd_call_t *c)
{
    linked_t l;
    hd_message_t m = { .format = HD_BODY_PLAIN };
    const hd_want_t want[] = { { "name", &m.author_name, 1, 200 }, { "body", &m.body, 1, 60000 } };
    hd_code_t code = hd_api_strings(c, want, 2);
    if (code == HD_OK) {
        code = open_linked(c, false, false, &l);
    }
    if (code == HD_OK) {
        code = count_sender(c);
    }
    if (code == HD_OK) {
        m.ticket_id = l.t.rec.id;
        m.author_name = hd_text_clean(c->cx.arena, m.author_name, false);
        code = hd_message_post_linked(&c->cx, &l.t, &m, HD_BIT(HD_MESSAGE_F_body) | HD_BIT(HD_MESSAGE_F_format));
    }
    if (code == HD_OK) {
        answer_message(c, &m);
    }
    return code;
}

hd_code_t hd_api_linked_message_again(hd_call_t *c)
{
    linked_t l;
    hd_message_t m;
    hd_code_t code = open_linked(c, false, false, &l);
    if (code == HD_OK) {
        code = hd_message_linked(&c->cx, &l.t, c->res.record_id, &m);
    }
    if (code == HD_OK) {
        answer_message(c, &m);
    }
    return code;
}

hd_code_t hd_api_linked_close(hd_call_t *c)
{
    linked_t l;
    hd_ticket_t t;
    hd_code_t code = open_linked(c, false, false, &l);
    if (code == HD_OK) {
        code = hd_portal_close_linked(&c->cx, &l.t, (hd_str_t){ 0, "" }, &t);
    }
    return code == HD_OK ? answer_ticket(c, &t) : code;
}

/* ---- files of who holds a link ---- */

hd_code_t hd_api_linked_files(hd_call_t *c)
{
    linked_t l;
    hd_attachment_t *v = NULL;
    uint32_t n = 0;
    hd_code_t code = open_linked(c, false, false, &l);
    if (code == HD_OK) {
        code = hd_file_list_public(&c->cx, l.t.rec.id, &v, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 64 + 256 * (size_t) n);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("items"));
    hd_json_arr(&j);
    for (uint32_t i = 0; i < n; i++) {
        put_file(&j, &v[i]);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_linked_file_content(hd_call_t *c)
{
    linked_t l;
    hd_attachment_t f;
    hd_code_t code = open_linked(c, false, false, &l);
    if (code == HD_OK) {
        code = hd_file_public(&c->cx, l.t.rec.id, c->path_id2, &f);
    }
    if (code == HD_OK) {
        hd_res_file(c, &f);
    }
    return code;
}

/* Before its bytes are read; they are counted here, because they are hashed before the command runs. */
hd_code_t hd_api_linked_file_admit(hd_call_t *c)
{
    linked_t l;
    hd_code_t code = open_linked(c, false, true, &l);
    if (code == HD_OK) {
        c->problem.retry_after = hd_call_sender_wait(c, HD_STR("files"), false);
    }
    return code == HD_OK && c->problem.retry_after != 0 ? HD_E_THROTTLED : code;
}

hd_code_t hd_api_linked_file_before(hd_call_t *c)
{
    linked_t l = { .name = { 0, "" } };
    hd_upload_t *u = hd_alloc(c->cx.arena, sizeof(*u));
    hd_code_t code = read_query(c, false, true, &l);
    if (code == HD_OK) {
        code = hd_call_take_file(c, l.name, c->req.body, u);
    }
    c->prepared = code == HD_OK ? u : NULL;
    if (code == HD_OK) {
        c->req.body = (hd_str_t){ HD_HASH_LEN, (const char *) u->blob.hash };      /* stands for it in an Idempotency-Key */
    }
    return code;
}

static void answer_file(hd_call_t *c, const hd_attachment_t *f)
{
    hd_json_t j = hd_res_json(c, 200, 512);
    put_file(&j, f);
    c->res.record_type = HD_ATTACHMENT;
    c->res.record_id = f->rec.id;
}

hd_code_t hd_api_linked_file_create(hd_call_t *c)
{
    linked_t l;
    hd_attachment_t f;
    if (c->prepared == NULL) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = open_linked(c, false, true, &l);
    if (code == HD_OK) {
        code = hd_file_create_linked(&c->cx, &l.t, c->prepared, &f);
    }
    if (code != HD_OK) {
        return code;
    }
    answer_file(c, &f);
    return HD_OK;
}

hd_code_t hd_api_linked_file_again(hd_call_t *c)
{
    linked_t l;
    hd_attachment_t f;
    hd_code_t code = open_linked(c, false, true, &l);
    if (code == HD_OK) {
        code = hd_file_public(&c->cx, l.t.rec.id, c->res.record_id, &f);
    }
    if (code == HD_OK) {
        answer_file(c, &f);
    }
    return code;
}
