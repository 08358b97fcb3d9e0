/*
 * What is said, followed and to be done about a ticket or a team: message_post, message_subscribe, activity_schedule and their
 * like.  The text is kept plain: of HTML its text, links and emphasis are lost; what is not marked as HTML stays as it is.
 */
#include "rpc_talk.h"
#include "rpc_show.h"

#define MESSAGE_FILES 20                 /* contents one message brings */
#define TYPES_MAX     20                 /* types of activities one call names */

static bool is_ticket(const rpc_t *rpc)
{
    return rpc->model->type == HD_TICKET;
}

static rpc_document_t document_of(const rpc_t *rpc, hd_id_t id)
{
    id = id > HD_ID_MAX ? 0 : id;
    return (rpc_document_t){ .ticket = is_ticket(rpc) ? id : 0, .team = is_ticket(rpc) ? 0 : id };
}

static hd_code_t missing(rpc_t *rpc, hd_id_t id)
{
    return rpc_fail(rpc, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.\n(Record: %s(%" PRId64 ",))",
                    rpc->model->name, id > HD_ID_MAX ? INT64_C(-1) : (int64_t) id);
}

static hd_code_t one_record(rpc_t *rpc)
{
    return rpc->n_ids == 1 ? HD_OK
         : rpc_fail(rpc, "builtins.ValueError", "Expected singleton: %s.%.*s() is for one record.", rpc->model->name,
                    HD_STR_ARG(rpc->method));
}

static hd_str_t text_arg(const rpc_t *rpc, unsigned place, const char *name)
{
    const hd_jval_t *v = rpc_arg(rpc, place, name);
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

/* Numbers of a parameter, or of a list of commands [4, id]; none when it is not given. */
static hd_code_t ids_arg(rpc_t *rpc, const hd_jval_t *v, hd_ids_t *ret)
{
    hd_id_t *ids = NULL;
    uint32_t n = 0;
    bool one;
    if (rpc_is_false(v)) {
        *ret = (hd_ids_t){ 0, NULL };
        return HD_OK;
    }
    if (hd_jtype(v) == HD_J_ARR && hd_jtype(hd_jat(v, 0)) == HD_J_ARR) {
        ids = hd_alloc_n(rpc->cx->arena, hd_jlen(v), sizeof(*ids));
        for (size_t i = 0; i < hd_jlen(v); i++) {
            const hd_jval_t *c = hd_jat(v, i);
            if (hd_jtype(c) == HD_J_ARR && hd_jlen(c) == 3 && hd_jtype(hd_jat(c, 2)) == HD_J_ARR) {
                return ids_arg(rpc, hd_jat(c, 2), ret);
            }
            ids[n++] = hd_jtype(c) == HD_J_ARR && hd_jlen(c) > 1 && hd_jint(hd_jat(c, 1)) > 0 ? (hd_id_t) hd_jint(hd_jat(c, 1)) : 0;
        }
    } else {
        hd_code_t code = rpc_ids(rpc, v, &ids, &n, &one);
        if (code != HD_OK) {
            return code;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (ids[i] == 0 || ids[i] > HD_ID_MAX) {
            return rpc_fail(rpc, "builtins.ValueError", "A list of records' numbers is expected.");
        }
    }
    *ret = hd_ids_make(rpc->cx->arena, ids, n);
    return HD_OK;
}

/* ---- messages ---- */

hd_code_t rpc_subtype(rpc_t *rpc, const hd_jval_t *id, const hd_jval_t *xmlid, uint8_t *ret)
{
    hd_str_t name = xmlid != NULL && hd_jtype(xmlid) == HD_J_STR ? hd_jstr(xmlid) : (hd_str_t){ 0, "" };
    int64_t number = id != NULL && hd_jtype(id) == HD_J_INT ? hd_jint(id) : 0;
    if (rpc_is_false(id) && rpc_is_false(xmlid)) {
        return HD_OK;
    }
    if (hd_str_is(name, "mail.mt_comment") || number == RPC_SUBTYPE_COMMENT) {
        *ret = HD_SUB_COMMENT;
    } else if (hd_str_is(name, "mail.mt_note") || number == RPC_SUBTYPE_COMMENT + HD_SUB_NOTE) {
        *ret = HD_SUB_NOTE;
    } else {
        return rpc_fail(rpc, "builtins.ValueError", "A message is mail.mt_comment or mail.mt_note.");
    }
    return HD_OK;
}

static hd_code_t bad_contents(rpc_t *rpc)
{
    return rpc_fail(rpc, "builtins.ValueError", "Attachments are lists of a name and a content in base64.");
}

/* [["report.txt", "aGVsbG8="], ...] */
static hd_code_t check_contents(rpc_t *rpc, const hd_jval_t *list, size_t *ret_n)
{
    *ret_n = rpc_is_false(list) ? 0 : hd_jlen(list);
    if (*ret_n > MESSAGE_FILES) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "A message brings at most %d files.", MESSAGE_FILES);
    }
    for (size_t i = 0; i < *ret_n; i++) {
        const hd_jval_t *one = hd_jat(list, i);
        if (hd_jtype(one) != HD_J_ARR || hd_jlen(one) < 2 || hd_jtype(hd_jat(one, 0)) != HD_J_STR) {
            return bad_contents(rpc);
        }
    }
    return HD_OK;
}

static hd_code_t take_contents(rpc_t *rpc, const hd_jval_t *list, hd_cx_t *cx)
{
    size_t n;
    hd_code_t code = check_contents(rpc, list, &n);
    hd_upload_t *v = code == HD_OK ? hd_alloc_n(cx->arena, n + 1, sizeof(*v)) : NULL;
    for (size_t i = 0; code == HD_OK && i < n; i++) {
        const hd_jval_t *one = hd_jat(list, i);
        code = rpc_file(rpc, hd_jstr(hd_jat(one, 0)), hd_jat(one, 1), &v[i]) ? HD_OK : bad_contents(rpc);
    }
    cx->uploads = v;
    cx->n_uploads = code == HD_OK ? (uint32_t) n : 0;
    return code;
}

/* The subject has no place of its own: it stands above the text, unless the text is empty. */
static hd_str_t text_of(rpc_t *rpc, const rpc_said_t *s)
{
    hd_str_t body = s->html ? rpc_text_of_html(rpc, s->body) : s->body;
    return s->subject.len == 0 ? body : hd_str_cat(rpc->cx->arena, 3, s->subject, HD_STR("\n\n"), body);
}

hd_code_t rpc_say(rpc_t *rpc, const rpc_document_t *doc, const rpc_said_t *s, hd_id_t *ret_id)
{
    hd_cx_t cx = *rpc->cx;
    hd_ids_t people, author;
    hd_message_t m = { .ticket_id = doc->ticket, .team_id = doc->team, .subtype = s->subtype, .format = HD_BODY_PLAIN,
                       .body = text_of(rpc, s) };
    uint64_t mask = HD_BIT(HD_MESSAGE_F_subtype) | HD_BIT(HD_MESSAGE_F_format) | HD_BIT(HD_MESSAGE_F_body)
                    | HD_BIT(HD_MESSAGE_F_parent_id) | HD_BIT(HD_MESSAGE_F_attachment_ids);
    hd_code_t code = ids_arg(rpc, s->partners, &people);
    code = code == HD_OK ? ids_arg(rpc, s->files, &m.attachment_ids) : code;
    code = code == HD_OK ? ids_arg(rpc, s->author, &author) : code;
    if (code == HD_OK && author.n != 0 && author.v[0] != cx.actor->partner_id) {
        code = rpc_fail(rpc, "odoo.exceptions.AccessError", "A message is signed by who sends it.");
    }
    if (code == HD_OK) {
        code = take_contents(rpc, s->contents, &cx);
    }
    if (code != HD_OK) {
        return code;
    }
    m.parent_id = s->parent != NULL && hd_jtype(s->parent) == HD_J_INT && hd_jint(s->parent) > 0 ? (hd_id_t) hd_jint(s->parent) : 0;
    if (s->subtype == HD_SUB_COMMENT) {      /* of a note recipients are who is mentioned */
        m.partner_ids = people;
        mask |= HD_BIT(HD_MESSAGE_F_partner_ids);
    } else {
        m.mention_ids = people;
        mask |= HD_BIT(HD_MESSAGE_F_mention_ids);
    }
    code = hd_message_post(&cx, &m, mask);
    *ret_id = code == HD_OK ? m.rec.id : 0;
    return code;
}

/* body, subject, message_type, email_from, author_id, parent_id, subtype_xmlid, subtype_id, partner_ids, attachments,
 * attachment_ids, body_is_html */
hd_code_t rpc_message_post(rpc_t *rpc)
{
    rpc_said_t s = {
        .body = text_arg(rpc, 0, "body"), .subject = text_arg(rpc, 1, "subject"), .html = !rpc_is_false(rpc_arg(rpc, 11, "body_is_html")),
        .subtype = HD_SUB_NOTE, .author = rpc_arg(rpc, 4, "author_id"), .parent = rpc_arg(rpc, 5, "parent_id"),
        .partners = rpc_arg(rpc, 8, "partner_ids"), .contents = rpc_arg(rpc, 9, "attachments"),
        .files = rpc_arg(rpc, 10, "attachment_ids"),
    };
    hd_id_t id = 0;
    hd_code_t code = one_record(rpc);
    if (code == HD_OK) {
        code = rpc_subtype(rpc, rpc_arg(rpc, 7, "subtype_id"), rpc_arg(rpc, 6, "subtype_xmlid"), &s.subtype);
    }
    if (code == HD_OK) {
        rpc_document_t doc = document_of(rpc, rpc->ids[0]);
        code = doc.ticket + doc.team == 0 ? HD_E_NOT_FOUND : rpc_say(rpc, &doc, &s, &id);
        code = code == HD_E_NOT_FOUND ? missing(rpc, rpc->ids[0]) : code;
    }
    if (code == HD_OK) {
        hd_json_u64(rpc->out, id);
    }
    return code;
}

bool rpc_message_post_is_light(const rpc_t *rpc)
{
    return rpc_is_false(rpc_arg(rpc, 9, "attachments")) && rpc_brings_nothing(rpc);
}

static hd_code_t admit_message(rpc_t *rpc, void *arg)
{
    const rpc_document_t *doc = arg;
    hd_subject_t s;
    return hd_subject_open(rpc->cx, doc->ticket, doc->team, &s);
}

hd_code_t rpc_message_post_ahead(rpc_t *rpc)
{
    const hd_jval_t *list = rpc_arg(rpc, 9, "attachments");
    size_t n;
    hd_code_t code = one_record(rpc);
    if (code == HD_OK) {
        code = check_contents(rpc, list, &n);
    }
    if (code == HD_OK) {
        rpc_document_t doc = document_of(rpc, rpc->ids[0]);
        code = doc.ticket + doc.team == 0 ? HD_E_NOT_FOUND : rpc_ask_ahead(rpc, admit_message, &doc);
        code = code == HD_E_NOT_FOUND ? missing(rpc, rpc->ids[0]) : code;
    }
    for (size_t i = 0; code == HD_OK && i < n; i++) {
        code = rpc_file_ahead(rpc, hd_jstr(hd_jat(hd_jat(list, i), 0)), hd_jat(hd_jat(list, i), 1));
    }
    return code == HD_OK ? rpc_values_ahead(rpc) : code;
}

/* ---- followers ---- */

hd_code_t rpc_follow(rpc_t *rpc, const rpc_document_t *doc, hd_ids_t partners, const hd_jval_t *subtypes)
{
    hd_ids_t ids = { 0, NULL };
    uint32_t flags = 0;
    hd_code_t code = ids_arg(rpc, subtypes, &ids);
    for (uint32_t i = 0; i < ids.n && code == HD_OK; i++) {
        flags |= ids.v[i] <= RPC_SUBTYPE_LAST ? UINT32_C(1) << (ids.v[i] - 1) : 0;
        if (ids.v[i] > RPC_SUBTYPE_LAST) {
            code = rpc_fail(rpc, "builtins.ValueError", "There is no such message subtype.");
        }
    }
    return code != HD_OK ? code
         : hd_follower_add(rpc->cx, doc->team != 0 ? HD_TEAM : HD_TICKET, doc->ticket + doc->team, partners,
                           ids.n == 0 ? NULL : &flags, !rpc->cx->quiet);
}

hd_code_t rpc_message_subscribe(rpc_t *rpc)
{
    hd_ids_t partners;
    rpc_begin_writing(rpc);
    hd_code_t code = ids_arg(rpc, rpc_arg(rpc, 0, "partner_ids"), &partners);
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK && partners.n != 0; i++) {
        rpc_document_t doc = document_of(rpc, rpc->ids[i]);
        code = doc.ticket + doc.team == 0 ? HD_E_NOT_FOUND : rpc_follow(rpc, &doc, partners, rpc_arg(rpc, 1, "subtype_ids"));
        code = code == HD_E_NOT_FOUND ? missing(rpc, rpc->ids[i]) : code;
    }
    return code;
}

/* Also of those who do not follow, so that nobody learns who does by asking. */
static hd_code_t unfollow(rpc_t *rpc, const rpc_document_t *doc, hd_ids_t partners)
{
    hd_type_t type = doc->team != 0 ? HD_TEAM : HD_TICKET;
    hd_id_t id = doc->ticket + doc->team;
    hd_code_t code = id == 0 ? HD_E_NOT_FOUND : HD_OK;
    for (uint32_t i = 0; i < partners.n && code == HD_OK; i++) {
        code = hd_follower_remove(rpc->cx, type, id, partners.v[i], 0);
    }
    return code;
}

hd_code_t rpc_message_unsubscribe(rpc_t *rpc)
{
    hd_ids_t partners;
    hd_code_t code = ids_arg(rpc, rpc_arg(rpc, 0, "partner_ids"), &partners);
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        rpc_document_t doc = document_of(rpc, rpc->ids[i]);
        code = unfollow(rpc, &doc, partners);
        code = code == HD_E_NOT_FOUND ? missing(rpc, rpc->ids[i]) : code;
    }
    return code;
}

/* ---- activities ---- */

/* Odoo's own types by what they are; a type of the desk's that has the name as its external id goes before. */
static hd_id_t type_of_xmlid(rpc_t *rpc, hd_str_t xmlid)
{
    static const struct { const char *xmlid; uint8_t category; const char *name; } known[] = {
        { "mail.mail_activity_data_call", 2, "call" }, { "mail.mail_activity_data_meeting", 3, "meeting" },
        { "mail.mail_activity_data_upload_document", 1, "upload" }, { "mail.mail_activity_data_todo", 0, "to" },
        { "mail.mail_activity_data_email", 0, "mail" }, { "mail.mail_activity_data_warning", 0, "" },
    };
    size_t n;
    const void *const *all = hd_config_all(rpc->cx->txn, HD_ACTIVITY_TYPE, &n);
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        hd_id_t best = 0;
        if (!hd_str_is(xmlid, known[k].xmlid)) {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            const hd_activity_type_t *t = all[i];
            hd_str_t name = hd_text_fold(rpc->cx->arena, t->name);
            bool fits = t->active && t->category == known[k].category && hd_sees(rpc->cx, HD_ACTIVITY_TYPE, t);
            if (fits && (known[k].category != 0 || hd_str_starts(name, hd_str(known[k].name))
                         || (known[k].name[0] == 'm' && strstr(hd_str_dup(rpc->cx->arena, name).data, "mail") != NULL))) {
                return t->rec.id;
            }
            best = fits && best == 0 ? t->rec.id : best;
        }
        return best;
    }
    return 0;
}

static void put_member(hd_json_t *j, const char *name, const hd_jval_t *v, hd_arena_t *a)
{
    if (v != NULL) {
        hd_json_key(j, hd_str(name));
        hd_json_raw(j, hd_jdump(a, v));
    }
}

/* act_type_xmlid, date_deadline, summary, note, activity_type_id, user_id */
hd_code_t rpc_activity_schedule(rpc_t *rpc)
{
    static const char *const names[] = { NULL, "date_deadline", "summary", "note", "activity_type_id", "user_id" };
    const rpc_model_t *activities = rpc_model(HD_STR("mail.activity"));
    hd_str_t xmlid = text_arg(rpc, 0, "act_type_xmlid");
    hd_id_t type = type_of_xmlid(rpc, xmlid), id = 0;
    hd_code_t code = HD_OK;
    rpc_begin_writing(rpc);
    if (type == 0 && rpc_arg(rpc, 4, "activity_type_id") == NULL) {
        return rpc_fail(rpc, "builtins.ValueError", "Name the type of the activity: activity_type_id.");
    }
    if (!rpc->one) {
        hd_json_arr(rpc->out);
    }
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        hd_buf_t b;
        hd_buf_init(&b, rpc->cx->arena, 256, HD_BODY_MAX);
        hd_json_t j = hd_json(&b);
        hd_json_obj(&j);
        hd_json_key(&j, HD_STR("ticket_id"));
        hd_json_u64(&j, rpc->ids[i] > HD_ID_MAX ? 0 : rpc->ids[i]);
        if (rpc_arg(rpc, 4, "activity_type_id") == NULL) {
            hd_json_key(&j, HD_STR("activity_type_id"));
            hd_json_u64(&j, type);
        }
        for (unsigned k = 1; k < sizeof(names) / sizeof(names[0]); k++) {
            put_member(&j, names[k], rpc_arg(rpc, k, names[k]), rpc->cx->arena);
        }
        hd_json_end_obj(&j);
        code = rpc_create_one(rpc, activities, rpc_json_of(rpc, hd_buf_view(&b)), &id);
        hd_json_u64(rpc->out, id);
    }
    if (!rpc->one) {
        hd_json_end_arr(rpc->out);
    }
    return code;
}

/* ---- activities that are done, or called off ---- */

/* act_type_xmlids, user_id: of the tickets' activities those of these types, and this user's. */
typedef struct {
    rpc_t   *rpc;
    hd_ids_t types, files;
    hd_id_t  user;
    hd_code_t (*end)(rpc_t *rpc, hd_id_t id, hd_ids_t files);
} ending_t;

static void read_types(ending_t *e)
{
    const hd_jval_t *types = rpc_arg(e->rpc, 0, "act_type_xmlids"), *user = rpc_arg(e->rpc, 1, "user_id");
    hd_id_t want[TYPES_MAX];
    size_t n = 0;
    for (size_t i = 0; types != NULL && hd_jtype(types) == HD_J_ARR && i < hd_jlen(types) && n < TYPES_MAX; i++) {
        want[n] = hd_jtype(hd_jat(types, i)) == HD_J_STR ? type_of_xmlid(e->rpc, hd_jstr(hd_jat(types, i))) : 0;
        n += want[n] != 0;
    }
    e->types = hd_ids_make(e->rpc->cx->arena, want, n);
    e->user = user != NULL && hd_jtype(user) == HD_J_INT && hd_jint(user) > 0 ? (hd_id_t) hd_jint(user) : 0;
}

/* Of one ticket; of more than a page, the earliest. */
static hd_code_t end_of_ticket(ending_t *e, hd_id_t ticket)
{
    hd_activity_query_t q = { .state = -1, .limit = HD_PAGE_MAX,
                              .ticket_ids = hd_ids_make(e->rpc->cx->arena, &ticket, 1) };
    hd_page_t page = { 0 };
    hd_ticket_t t;
    hd_code_t code = ticket > HD_ID_MAX ? HD_E_NOT_FOUND : hd_ticket_get(e->rpc->cx, ticket, &t);
    code = code == HD_OK ? hd_activity_list(e->rpc->cx, &q, &page) : code;
    for (uint32_t k = 0; k < page.n && code == HD_OK; k++) {
        const hd_activity_t *act = page.v[k];
        if (hd_ids_has(e->types, act->activity_type_id) && (e->user == 0 || act->user_id == e->user)) {
            code = e->end(e->rpc, act->rec.id, e->files);
            e->files.n = 0;      /* a file goes with one message */
        }
    }
    return code == HD_E_NOT_FOUND ? missing(e->rpc, ticket) : code;
}

static hd_code_t end_all(ending_t *e)
{
    hd_code_t code = HD_OK;
    rpc_begin_writing(e->rpc);
    read_types(e);
    for (uint32_t i = 0; i < e->rpc->n_ids && code == HD_OK; i++) {
        code = end_of_ticket(e, e->rpc->ids[i]);
    }
    return code;
}

static hd_code_t do_activity(rpc_t *rpc, hd_id_t id, hd_ids_t files)
{
    hd_activity_done_t done;
    return hd_activity_done(rpc->cx, id, text_arg(rpc, 2, "feedback"), files, &done);
}

static hd_code_t cancel_activity(rpc_t *rpc, hd_id_t id, hd_ids_t files)
{
    (void) files;
    return hd_activity_cancel(rpc->cx, id, 0);
}

/* act_type_xmlids, user_id, feedback, attachment_ids */
hd_code_t rpc_activity_feedback(rpc_t *rpc)
{
    ending_t e = { .rpc = rpc, .end = do_activity };
    hd_code_t code = ids_arg(rpc, rpc_arg(rpc, 3, "attachment_ids"), &e.files);
    return code == HD_OK ? end_all(&e) : code;
}

/* act_type_xmlids, user_id */
hd_code_t rpc_activity_unlink(rpc_t *rpc)
{
    ending_t e = { .rpc = rpc, .end = cancel_activity };
    return end_all(&e);
}

/* mail.activity: feedback, attachment_ids.  The number of the message that says so; files go with the first. */
hd_code_t rpc_action_feedback(rpc_t *rpc)
{
    hd_ids_t files;
    hd_activity_done_t done = { .message = { .format = 0 } };
    hd_code_t code = ids_arg(rpc, rpc_arg(rpc, 1, "attachment_ids"), &files);
    rpc_begin_writing(rpc);
    for (uint32_t i = 0; i < rpc->n_ids && code == HD_OK; i++) {
        code = rpc->ids[i] > HD_ID_MAX ? HD_E_NOT_FOUND
             : hd_activity_done(rpc->cx, rpc->ids[i], text_arg(rpc, 0, "feedback"), files, &done);
        code = code == HD_E_NOT_FOUND ? missing(rpc, rpc->ids[i]) : code;
        files.n = 0;
    }
    if (code == HD_OK && rpc->n_ids != 0) {
        hd_json_u64(rpc->out, done.message.rec.id);
    }
    return code;
}
