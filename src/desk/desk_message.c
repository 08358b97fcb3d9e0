/*
 * Messages: said, edited, deleted (CHT-1, CHT-3, CHT-7, CHT-9).  Every door comes here, so what a message may be is
 * decided once.
 */
#include "desk_impl.h"

#define OWN_FIELDS (HD_BIT(HD_MESSAGE_F_mention_ids) | HD_BIT(HD_MESSAGE_F_partner_ids)        \
                    | HD_BIT(HD_MESSAGE_F_notify_customer))

/* ---- what is talked about ---- */

/* Of the team's own thread; who was invited to one of its tickets sees no more of it than its name (VIS-2). */
static bool sees_team_talk(hd_cx_t *cx, const hd_team_t *team)
{
    if (team == NULL || (!hd_actor_is_internal(cx->actor) && !hd_actor_is_desk(cx->actor))) {
        return false;
    }
    hd_sees_t sees = hd_sees_team_tickets(cx, team);
    return sees == HD_SEES_ALL
        || (sees == HD_SEES_FOLLOWED && hd_ids_has(team->message_partner_ids, cx->actor->partner_id));
}

bool hd_desk_user_hears_team(hd_cx_t *cx, const hd_user_t *u, const hd_team_t *team)
{
    hd_actor_t who = hd_desk_actor_of(u);
    hd_cx_t as = *cx;
    as.actor = &who;
    return sees_team_talk(&as, team);
}

hd_code_t hd_subject_open(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t team_id, hd_subject_t *ret)
{
    *ret = (hd_subject_t){ .team = NULL };
    hd_code_t code = ticket_id != 0 ? hd_ticket_get(cx, ticket_id, &ret->ticket) : HD_OK;
    if (code != HD_OK) {
        return code;
    }
    ret->team = hd_config_get(cx->txn, HD_TEAM, ticket_id != 0 ? ret->ticket.team_id : team_id);
    if (ret->team == NULL || (ticket_id == 0 && !sees_team_talk(cx, ret->team))) {
        return HD_E_NOT_FOUND;
    }
    return HD_OK;
}

/* CHT-9: notes and what else is internal is not for portal users. */
static bool is_for(const hd_actor_t *a, const hd_message_t *m)
{
    return a->role != HD_ROLE_PORTAL || m->subtype == HD_SUB_COMMENT;
}

bool hd_desk_sees_message(hd_cx_t *cx, const hd_message_t *m)
{
    hd_subject_t s;
    if (cx->actor->uid == 0) {
        return hd_actor_is_desk(cx->actor);
    }
    return is_for(cx->actor, m) && hd_subject_open(cx, m->ticket_id, m->team_id, &s) == HD_OK;
}

hd_code_t hd_message_get(hd_cx_t *cx, hd_id_t id, hd_message_t *ret)
{
    hd_authors_t names = { .n = 0 };
    hd_code_t code = hd_record_get(cx, HD_MESSAGE, id, ret);
    if (code == HD_OK) {
        ret->body_html = hd_message_html(cx->arena, ret);
        ret->author_name = hd_author_name(cx, &names, ret);
        ret->rec.memo = NULL;    /* the name is not the row's */
    }
    return code;
}

/* ---- text ---- */

void hd_message_render(hd_arena_t *a, hd_message_t *m)
{
    m->body_html = m->format == HD_BODY_PLAIN ? hd_text_html(a, m->body) : hd_text_markdown(a, m->body);
    m->html_version = HD_HTML_VERSION;
}

/* Written already, by hd_message_render before the writer was held or by who stored it? */
static void keep_html(hd_arena_t *a, hd_message_t *m)
{
    if (m->html_version != HD_HTML_VERSION) {
        hd_message_render(a, m);
    }
}

hd_str_t hd_message_html(hd_arena_t *a, const hd_message_t *m)
{
    if (m->html_version == HD_HTML_VERSION) {
        return m->body_html;
    }
    hd_message_t copy = *m;
    hd_message_render(a, &copy);
    return copy.body_html;
}

hd_str_t hd_author_name(hd_cx_t *cx, hd_authors_t *known, const hd_message_t *m)
{
    hd_contact_t c;
    if (m->author_id == 0) {
        return m->author_name;
    }
    for (uint32_t i = 0; i < known->n; i++) {
        if (known->id[i] == m->author_id) {
            return known->name[i];
        }
    }
    bool there = hd_row_get(cx->txn, cx->arena, HD_CONTACT, m->author_id, &c) == HD_OK;
    if (there && known->n < sizeof(known->id) / sizeof(known->id[0])) {
        known->id[known->n] = m->author_id;
        known->name[known->n++] = c.name;
    }
    return there ? c.name : m->author_name;
}

/* ---- post: decide ---- */

static void bad(hd_cx_t *cx, unsigned field, const char *code)
{
    (void) hd_desk_bad(cx, HD_MESSAGE, field, code);
}

static void check_body(hd_cx_t *cx, const hd_message_t *m)
{
    if (hd_str_trim(m->body).len == 0 && m->attachment_ids.n == 0 && cx->n_uploads == 0) {
        bad(cx, HD_MESSAGE_F_body, "required");
    }
}

/* A customer who reads a comment must not learn from it that there is a note. */
static void check_parent(hd_cx_t *cx, const hd_message_t *m)
{
    hd_message_t p;
    if (m->parent_id == 0) {
        return;
    }
    if (hd_row_get(cx->txn, cx->arena, HD_MESSAGE, m->parent_id, &p) != HD_OK || p.ticket_id != m->ticket_id
        || p.team_id != m->team_id || !is_for(cx->actor, &p)) {
        bad(cx, HD_MESSAGE_F_parent_id, "not_found");
    } else if (m->subtype == HD_SUB_COMMENT && p.subtype != HD_SUB_COMMENT) {
        bad(cx, HD_MESSAGE_F_parent_id, "not_allowed");
    }
}

static void check_people(hd_cx_t *cx, const hd_message_t *m, const hd_message_t *old)
{
    if (!hd_desk_refs_ok(cx, HD_CONTACT, m->mention_ids, old != NULL ? &old->mention_ids : NULL)) {
        bad(cx, HD_MESSAGE_F_mention_ids, "not_found");
    }
    if (!hd_desk_refs_ok(cx, HD_CONTACT, m->partner_ids, old != NULL ? &old->partner_ids : NULL)) {
        bad(cx, HD_MESSAGE_F_partner_ids, "not_found");
    }
    if (m->subtype != HD_SUB_COMMENT && (m->partner_ids.n != 0 || m->notify_customer)) {
        bad(cx, m->notify_customer ? HD_MESSAGE_F_notify_customer : HD_MESSAGE_F_partner_ids, "not_allowed");
    }
}

static void sign(hd_cx_t *cx, hd_message_t *m)
{
    const hd_actor_t *a = cx->actor;
    m->author_id = a->partner_id;
    if (a->user != NULL) {
        m->author_name = a->user->name;
    }
}

/* The draft the message was typed as. */
static hd_code_t drop_draft(hd_cx_t *cx, const hd_message_t *m)
{
    hd_draft_t which = { .ticket_id = m->ticket_id, .team_id = m->team_id, .subtype = m->subtype };
    return cx->actor->uid != 0 ? hd_desk_draft_drop(cx, &which) : HD_OK;
}

hd_code_t hd_desk_message_new(hd_cx_t *cx, const hd_subject_t *s, hd_message_t *m)
{
    uint32_t before = cx->problem->n_fields;
    m->ticket_id = s->ticket.rec.id;
    m->team_id = m->ticket_id != 0 ? 0 : s->team->rec.id;
    check_body(cx, m);
    check_parent(cx, m);
    check_people(cx, m, NULL);
    hd_record_check(hd_entities[HD_MESSAGE], cx->arena, m, cx->problem);
    hd_code_t code = hd_file_check(cx, m);
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
    }
    if (code != HD_OK) {
        return code;
    }
    hd_told_list_t told;
    hd_notify_plan(cx, m, m->ticket_id != 0 ? &s->ticket : NULL, s->team, &told);
    m->notified_ids = told.ids;
    keep_html(cx->arena, m);
    code = hd_file_take(cx, m);
    if (code == HD_OK) {
        code = hd_desk_put(cx, HD_MESSAGE, NULL, m);
    }
    if (code == HD_OK) {
        code = hd_file_attach(cx, m);
    }
    if (code == HD_OK) {
        code = hd_notify_message(cx, m, &told);
    }
    return code == HD_OK ? drop_draft(cx, m) : code;
}

static hd_message_t take(const hd_message_t *rec, uint64_t mask)
{
    hd_message_t m = { .message_type = HD_MSG_COMMENT };
    hd_record_merge(hd_entities[HD_MESSAGE], &m, rec, hd_desk_writable(HD_MESSAGE, mask, true));
    m.body_html = rec->body_html;           /* of this very text, or of no version */
    m.html_version = rec->html_version;
    return m;
}

hd_code_t hd_message_post(hd_cx_t *cx, hd_message_t *rec, uint64_t mask)
{
    hd_subject_t s;
    hd_code_t code = hd_subject_open(cx, rec->ticket_id, rec->team_id, &s);
    if (code != HD_OK) {
        return code;
    }
    hd_message_t m = take(rec, mask);
    bool people = m.mention_ids.n != 0 || m.partner_ids.n != 0 || m.notify_customer;
    bool staff = hd_actor_is_staff(cx->actor) || hd_actor_is_desk(cx->actor);
    if (!is_for(cx->actor, &m) || (people && !staff)) {
        return HD_E_RIGHT;
    }
    if (m.subtype == HD_SUB_ACTIVITY) {     /* an activity that is done writes it */
        return hd_desk_bad(cx, HD_MESSAGE, HD_MESSAGE_F_subtype, "not_allowed");
    }
    sign(cx, &m);
    code = hd_desk_message_new(cx, &s, &m);
    if (code == HD_OK) {
        *rec = m;
    }
    return code;
}

hd_code_t hd_message_post_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_message_t *rec, uint64_t mask)
{
    hd_subject_t s = { .ticket = *t, .team = hd_config_get(cx->txn, HD_TEAM, t->team_id) };
    hd_message_t m = take(rec, mask & ~OWN_FIELDS);
    if (s.team == NULL || m.subtype != HD_SUB_COMMENT) {
        return HD_E_RIGHT;
    }
    m.author_name = rec->author_name;
    hd_code_t code = hd_desk_message_new(cx, &s, &m);
    if (code == HD_OK) {
        *rec = m;
    }
    return code;
}

hd_code_t hd_message_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_id_t id, hd_message_t *ret)
{
    hd_message_t m;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_MESSAGE, id, &m);
    if (code != HD_OK || m.ticket_id != t->rec.id || m.subtype != HD_SUB_COMMENT) {
        return code == HD_OK || code == HD_E_DATA ? HD_E_NOT_FOUND : code;
    }
    *ret = m;
    return HD_OK;
}

/* ---- edit ---- */

static bool may_edit(hd_cx_t *cx, const hd_message_t *m)
{
    const hd_actor_t *a = cx->actor;
    bool own = m->author_id != 0 && m->author_id == a->partner_id && m->message_type == HD_MSG_COMMENT
            && m->subtype != HD_SUB_ACTIVITY;
    return hd_actor_is_admin(a) || (own && hd_actor_is_internal(a));     /* PRT-5 */
}

/* [..., {"date","user_id","body"}]: the text that stood until now, and since when whose it was. */
static hd_code_t keep_text(hd_cx_t *cx, const hd_message_t *old, hd_message_t *m)
{
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, old->history.len + old->body.len + 256,
                (size_t) hd_entities[HD_MESSAGE]->fields[HD_MESSAGE_F_history].max);
    hd_json_t j = hd_json(&b);
    if (old->history.len > 2) {
        hd_buf_put(&b, old->history.data, old->history.len - 1);
        hd_buf_byte(&b, ',');
    } else {
        hd_json_arr(&j);
    }
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("date"));
    hd_json_time(&j, old->edit_date != 0 ? old->edit_date : old->rec.create_date);
    hd_json_key(&j, HD_STR("user_id"));
    hd_json_u64(&j, old->edit_date != 0 ? old->edit_uid : old->rec.create_uid);
    hd_json_key(&j, HD_STR("body"));
    hd_json_str(&j, old->body);
    hd_json_end_obj(&j);
    hd_json_end_arr(&j);
    if (b.failed) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, "This message was edited too often to keep yet another text.");
    }
    m->history = hd_buf_view(&b);
    return HD_OK;
}

static hd_code_t open_message(hd_cx_t *cx, hd_id_t id, uint64_t if_version, bool may(hd_cx_t *, const hd_message_t *),
                              hd_message_t *ret)
{
    hd_code_t code = hd_record_get(cx, HD_MESSAGE, id, ret);
    if (code == HD_OK && !may(cx, ret)) {
        return HD_E_RIGHT;
    }
    return code == HD_OK && if_version != 0 && if_version != ret->rec.version ? HD_E_VERSION : code;
}

static hd_code_t check_edit(hd_cx_t *cx, const hd_message_t *old, hd_message_t *m)
{
    uint32_t before = cx->problem->n_fields;
    check_body(cx, m);
    check_people(cx, m, old);
    hd_record_check(hd_entities[HD_MESSAGE], cx->arena, m, cx->problem);
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

hd_code_t hd_message_edit(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_message_t *rec, uint64_t mask)
{
    hd_message_t old, m;
    hd_authors_t names = { .n = 0 };
    hd_code_t code = open_message(cx, id, if_version, may_edit, &old);
    if (code != HD_OK) {
        return code;
    }
    m = old;
    mask = hd_desk_writable(HD_MESSAGE, mask, false);
    hd_record_merge(hd_entities[HD_MESSAGE], &m, rec, mask);
    code = check_edit(cx, &old, &m);
    if (code == HD_OK && !hd_str_eq(old.body, m.body)) {
        m.edit_date = cx->now;
        m.edit_uid = cx->actor->uid;
        m.html_version = rec->format == m.format ? rec->html_version : 0;
        m.body_html = rec->body_html;
        keep_html(cx->arena, &m);
        code = keep_text(cx, &old, &m);
    }
    if (code == HD_OK && hd_desk_diff(HD_MESSAGE, &old, &m) != 0) {
        code = hd_desk_put(cx, HD_MESSAGE, &old, &m);
    }
    if (code == HD_OK) {
        *rec = m;
        rec->author_name = hd_author_name(cx, &names, &m);
    }
    return code;
}

hd_code_t hd_message_add_files(hd_cx_t *cx, hd_id_t id, hd_ids_t ids)
{
    hd_message_t old, m;
    hd_code_t code = open_message(cx, id, 0, may_edit, &old);
    if (code != HD_OK) {
        return code;
    }
    m = old;
    m.attachment_ids = (hd_ids_t){ 0, NULL };
    for (uint32_t i = 0; i < ids.n; i++) {
        if (!hd_ids_has(old.attachment_ids, ids.v[i])) {
            m.attachment_ids = hd_ids_with(cx->arena, m.attachment_ids, ids.v[i]);
        }
    }
    if (m.attachment_ids.n == 0) {
        return HD_OK;
    }
    if (old.attachment_ids.n + m.attachment_ids.n > (uint32_t) hd_entities[HD_MESSAGE]->fields[HD_MESSAGE_F_attachment_ids].max) {
        return HD_E_FILES;
    }
    code = hd_file_check(cx, &m);
    if (code == HD_OK) {
        code = hd_file_attach(cx, &m);
    }
    for (uint32_t i = 0; i < old.attachment_ids.n; i++) {
        m.attachment_ids = hd_ids_with(cx->arena, m.attachment_ids, old.attachment_ids.v[i]);
    }
    return code == HD_OK ? hd_desk_put(cx, HD_MESSAGE, &old, &m) : code;
}

/* ---- delete ---- */

static bool may_delete(hd_cx_t *cx, const hd_message_t *m)
{
    (void) m;
    return hd_actor_is_admin(cx->actor);
}

hd_code_t hd_message_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version)
{
    hd_message_t m;
    hd_code_t code = open_message(cx, id, if_version, may_delete, &m);
    if (code == HD_OK) {
        code = hd_notify_forget_message(cx, &m);
    }
    if (code == HD_OK) {
        code = hd_file_drop(cx, HD_MESSAGE, &m);
    }
    return code == HD_OK ? hd_desk_remove(cx, HD_MESSAGE, &m) : code;
}

/* Ids at the end of keys. */
static size_t collect(hd_scan_t *sc, hd_id_t flip, hd_id_t *ids, size_t max)
{
    hd_str_t key, value;
    size_t n = 0;
    while (n < max && hd_scan_next(sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4) ^ flip;
    }
    hd_scan_done(sc);
    return n;
}

static hd_code_t drop_messages(hd_cx_t *cx, hd_index_t index, hd_id_t of, hd_id_t *ids)
{
    hd_scan_t sc;
    hd_code_t code = HD_OK;
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, of);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    size_t n = collect(&sc, HD_ID_MAX, ids, HD_CASCADE_MAX);
    if (n == HD_CASCADE_MAX) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, "Too much was said here to delete it at once. Archive it instead.");
    }
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_message_t m;
        code = hd_row_get(cx->txn, cx->arena, HD_MESSAGE, ids[i], &m);
        code = code == HD_OK ? hd_row_delete(cx->txn, cx->arena, HD_MESSAGE, &m) : code;
    }
    return code;
}

hd_code_t hd_desk_talk_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    bool ticket = type == HD_TICKET;
    hd_id_t *ids = hd_alloc_n(cx->arena, HD_CASCADE_MAX, sizeof(*ids));
    hd_code_t code = drop_messages(cx, ticket ? HD_IX_MESSAGE_TICKET : HD_IX_MESSAGE_TEAM, id, ids);
    return code == HD_OK ? hd_desk_drafts_drop(cx, type, id) : code;
}
