/*
 * Messages and threads of tickets and teams (CHT-1 .. CHT-9).
 */
#include "api_impl.h"

static const hd_entity_t *entity(void)
{
    return hd_entities[HD_MESSAGE];
}

static bool is_of_team(const hd_call_t *c)
{
    return hd_str_starts(c->req.path, HD_STR("/api/v1/teams/"));
}

/* ---- one message ---- */

typedef struct {
    hd_message_t m;
    uint64_t     mask;
} said_t;

static hd_code_t read_message(hd_call_t *c, said_t *s)
{
    hd_read_mode_t how = c->req.method == HD_POST ? HD_READ_CREATE : HD_READ_PATCH;
    return hd_read_json(entity(), c->cx.arena, c->json, &s->m, &s->mask, how, &c->problem);
}

/* A long text takes 50 ms to become HTML.  What is wrong with it is said later, after whether its author may speak here. */
hd_code_t hd_api_message_ahead(hd_call_t *c)
{
    said_t *s = hd_alloc(c->cx.arena, sizeof(*s));
    if (read_message(c, s) != HD_OK || s->m.body.len > (size_t) entity()->fields[HD_MESSAGE_F_body].max) {
        hd_problem_init(&c->problem);
        return HD_OK;
    }
    if (s->mask & HD_BIT(HD_MESSAGE_F_body)) {
        hd_message_render(c->cx.arena, &s->m);
    }
    c->prepared = s;
    return HD_OK;
}

static hd_code_t take_message(hd_call_t *c, said_t *ret)
{
    *ret = (said_t){ .mask = 0 };
    if (c->prepared == NULL) {
        return read_message(c, ret);
    }
    *ret = *(const said_t *) c->prepared;
    return HD_OK;
}

hd_code_t hd_api_message_post(hd_call_t *c)
{
    said_t s;
    hd_code_t code = take_message(c, &s);
    if (code == HD_OK) {
        s.m.team_id = is_of_team(c) ? c->path_id : 0;
        s.m.ticket_id = is_of_team(c) ? 0 : c->path_id;
        code = c->path_id != 0 ? hd_message_post(&c->cx, &s.m, s.mask) : HD_E_NOT_FOUND;
    }
    if (code == HD_OK) {
        code = hd_res_record(c, HD_MESSAGE, &s.m, 201);
    }
    return code;
}

hd_code_t hd_api_message_get(hd_call_t *c)
{
    hd_message_t m;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_message_get(&c->cx, c->path_id, &m);
    }
    return code == HD_OK ? hd_res_record(c, HD_MESSAGE, &m, 200) : code;
}

hd_code_t hd_api_message_patch(hd_call_t *c)
{
    said_t s;
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = take_message(c, &s);
    }
    if (code == HD_OK) {
        code = hd_message_edit(&c->cx, c->path_id, version, &s.m, s.mask);
    }
    return code == HD_OK ? hd_res_record(c, HD_MESSAGE, &s.m, 200) : code;
}

hd_code_t hd_api_message_delete(hd_call_t *c)
{
    uint64_t version = 0;
    hd_code_t code = hd_if_match(c, &version);
    if (code == HD_OK) {
        code = hd_message_delete(&c->cx, c->path_id, version);
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}

/* What stood there before it was edited; for internal users (CHT-7). */
hd_code_t hd_api_message_history(hd_call_t *c)
{
    hd_message_t m;
    hd_code_t code = hd_api_no_query(c);
    if (code == HD_OK) {
        code = hd_message_get(&c->cx, c->path_id, &m);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 64 + m.history.len);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("items"));
    hd_json_raw(&j, m.history.len != 0 ? m.history : HD_STR("[]"));
    hd_json_end_obj(&j);
    return HD_OK;
}

/* ---- who may be mentioned ---- */

#define MENTIONABLE_MAX 20

hd_code_t hd_api_mentionable(hd_call_t *c)
{
    hd_str_t rest = c->req.query, name, value, words = { 0, "" };
    const hd_user_t **users;
    uint32_t n;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        if (!hd_str_is(name, "q")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        words = value;
    }
    bool team = is_of_team(c);
    hd_code_t code = c->path_id == 0 ? HD_E_NOT_FOUND
        : hd_mentionable(&c->cx, team ? 0 : c->path_id, team ? c->path_id : 0, words, MENTIONABLE_MAX, &users, &n);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_api_list_begin(c, 128 + 128 * n);
    for (uint32_t i = 0; i < n; i++) {
        hd_json_obj(&j);
        hd_json_key(&j, HD_STR("partner_id"));
        hd_json_u64(&j, users[i]->partner_id);
        hd_json_key(&j, HD_STR("name"));
        hd_json_str(&j, users[i]->name);
        hd_json_key(&j, HD_STR("login"));
        hd_json_str(&j, users[i]->login);
        hd_json_end_obj(&j);
    }
    hd_api_list_end(&j, (hd_str_t){ 0, "" });
    return HD_OK;
}

/* ---- threads ---- */

static hd_code_t read_query(hd_call_t *c, hd_thread_query_t *q)
{
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        uint64_t n;
        if (hd_str_is(name, "before")) {
            q->before = value;
        } else if (hd_str_is(name, "after")) {
            q->after = value;
        } else if (hd_str_is(name, "q")) {
            q->words = value;
        } else if (!hd_str_is(name, "limit")) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        } else if (!hd_str_to_u64(value, &n) || n < 1 || n > HD_PAGE_MAX) {
            return hd_api_bad_parameter(c, name, "out_of_range", "Give a number from 1 to 200.");
        } else {
            q->limit = (uint32_t) n;
        }
    }
    return HD_OK;
}

static hd_code_t read_thread(hd_call_t *c, bool changes, hd_thread_page_t *ret)
{
    hd_thread_query_t q = { .limit = HD_PAGE_DEFAULT, .changes = changes };
    hd_code_t code = read_query(c, &q);
    q.team_id = is_of_team(c) ? c->path_id : 0;
    q.ticket_id = is_of_team(c) ? 0 : c->path_id;
    if (code == HD_OK && c->path_id == 0) {
        code = HD_E_NOT_FOUND;
    }
    return code == HD_OK ? hd_thread_list(&c->cx, &q, ret) : code;
}

/* What all messages of an answer are written with. */
typedef struct {
    hd_call_t    *c;
    hd_authors_t  names;
    hd_json_opt_t message, file;
} writer_t;

static writer_t make_writer(hd_call_t *c)
{
    bool staff = hd_actor_is_staff(c->cx.actor);
    return (writer_t){ .c = c, .message.mask = hd_json_mask(entity(), true, staff),
                       .file.mask = hd_json_mask(hd_entities[HD_ATTACHMENT], true, staff) };
}

static void put_message(writer_t *w, hd_json_t *j, const hd_message_t *m)
{
    hd_str_t name = hd_author_name(&w->c->cx, &w->names, m), html = hd_message_html(w->c->cx.arena, m);
    if (html.data == m->body_html.data && hd_str_eq(name, m->author_name)) {
        hd_record_json(j, entity(), m, &w->message);
        return;
    }
    hd_message_t shown = *m;
    shown.body_html = html;
    shown.author_name = name;
    shown.rec.memo = NULL;       /* his name or the renderer changed; his message's row does not say so */
    hd_record_json(j, entity(), &shown, &w->message);
}

static size_t guess(const hd_thread_page_t *p)
{
    size_t n = 128;
    for (uint32_t i = 0; i < p->n; i++) {
        const hd_message_t *m = p->v[i].message;
        n += 700 + (m != NULL ? m->body.len + 2 * m->body_html.len : 0);
    }
    return n < HD_REPLY_MAX ? n : HD_REPLY_MAX;
}

/* ---- the thread with what was changed (CHT-5) ---- */

/* The name of the record an old or new value refers to, if the viewer may see it. */
static void put_name(hd_call_t *c, hd_json_t *j, const char *key, const hd_field_t *f, const hd_jval_t *v)
{
    static const char *const names[] = { "name", "login" };
    hd_type_t type = (hd_type_t) f->ref;
    hd_str_t name = { 0, "" };
    int64_t id = hd_jtype(v) == HD_J_INT ? hd_jint(v) : 0;
    int at = type != 0 && f->kind == HD_K_REF ? hd_field_index(hd_entities[type], hd_str(names[0])) : -1;
    if (at >= 0 && id > 0 && id <= (int64_t) HD_ID_MAX) {
        void *rec = hd_alloc(c->cx.arena, hd_entities[type]->size);
        if (hd_record_get(&c->cx, type, (hd_id_t) id, rec) == HD_OK) {
            name = *(const hd_str_t *) hd_field_at(&hd_entities[type]->fields[at], rec);
        }
    }
    if (name.len != 0) {
        hd_json_key(j, hd_str(key));
        hd_json_str(j, name);
    }
}

static void put_change(hd_call_t *c, hd_json_t *j, hd_str_t name, const hd_jval_t *pair)
{
    hd_jval_t *old = hd_jat(pair, 0), *now = hd_jat(pair, 1);
    int at = hd_field_index(hd_entities[HD_TICKET], name);
    hd_json_obj(j);
    hd_json_key(j, HD_STR("field"));
    hd_json_str(j, name);
    hd_json_key(j, HD_STR("old"));
    hd_api_value(j, c->cx.arena, old);
    hd_json_key(j, HD_STR("new"));
    hd_api_value(j, c->cx.arena, now);
    if (at >= 0) {
        put_name(c, j, "old_name", &hd_entities[HD_TICKET]->fields[at], old);
        put_name(c, j, "new_name", &hd_entities[HD_TICKET]->fields[at], now);
    }
    hd_json_end_obj(j);
}

static void put_event(hd_call_t *c, hd_json_t *j, const hd_event_t *ev)
{
    hd_jval_t *all = NULL, *v;
    void *it = NULL;
    hd_str_t name;
    const hd_user_t *u = hd_config_get(c->cx.txn, HD_USER, ev->actor);
    hd_json_key(j, HD_STR("seq"));
    hd_json_u64(j, ev->seq);
    hd_json_key(j, HD_STR("time"));
    hd_json_time(j, ev->time);
    hd_json_key(j, HD_STR("user_id"));
    if (ev->actor != 0) {
        hd_json_u64(j, ev->actor);
    } else {
        hd_json_null(j);
    }
    hd_json_key(j, HD_STR("user_name"));
    hd_json_str(j, u != NULL ? u->name : HD_STR(""));
    hd_json_key(j, HD_STR("changes"));
    hd_json_arr(j);
    if (ev->changes.len != 0 && hd_jparse(c->cx.arena, ev->changes, &all) == HD_OK) {
        while (hd_jnext(all, &it, &name, &v)) {
            if (hd_sees_value(&c->cx, hd_entities[HD_TICKET], name, v)) {
                put_change(c, j, name, v);
            }
        }
    }
    hd_json_end_arr(j);
}

static void put_files(writer_t *w, hd_json_t *j, const hd_message_t *m)
{
    hd_cx_t *cx = &w->c->cx;
    hd_json_key(j, HD_STR("attachments"));
    hd_json_arr(j);
    for (uint32_t i = 0; i < m->attachment_ids.n; i++) {
        hd_attachment_t f;
        if (hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, m->attachment_ids.v[i], &f) == HD_OK
            && f.message_id == m->rec.id) {
            hd_record_json(j, hd_entities[HD_ATTACHMENT], &f, &w->file);
        }
    }
    hd_json_end_arr(j);
}

static void put_item(writer_t *w, hd_json_t *j, const hd_thread_item_t *i)
{
    hd_json_obj(j);
    hd_json_key(j, HD_STR("kind"));
    if (i->message != NULL) {
        hd_json_str(j, HD_STR("message"));
        hd_json_key(j, HD_STR("message"));
        put_message(w, j, i->message);
        put_files(w, j, i->message);
    } else {
        hd_json_str(j, i->event->kind == HD_EV_CREATED ? HD_STR("created") : HD_STR("change"));
        put_event(w->c, j, i->event);
    }
    hd_json_end_obj(j);
}

/* all: what was changed, too. */
static hd_code_t answer_thread(hd_call_t *c, bool all)
{
    hd_thread_page_t page;
    hd_code_t code = read_thread(c, all, &page);
    if (code != HD_OK) {
        return code;
    }
    writer_t w = make_writer(c);
    hd_json_t j = hd_api_list_begin(c, guess(&page));
    for (uint32_t i = 0; i < page.n; i++) {
        if (all) {
            put_item(&w, &j, &page.v[i]);
        } else {
            put_message(&w, &j, page.v[i].message);
        }
    }
    hd_api_thread_end(&j, &page);
    return HD_OK;
}

hd_code_t hd_api_message_list(hd_call_t *c)
{
    return answer_thread(c, false);
}

hd_code_t hd_api_thread_get(hd_call_t *c)
{
    return answer_thread(c, true);
}
