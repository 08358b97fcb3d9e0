/*
 * Models whose records are not made like all others: messages are posted, followers follow, files have content.
 */
#include "rpc_values.h"
#include "rpc_show.h"
#include "rpc_talk.h"

static hd_code_t wrong(rpc_t *rpc, const char *field, const char *why)
{
    return rpc_fail(rpc, "builtins.ValueError", "Wrong value for %s.%s: %s", rpc->model->name, field, why);
}

static hd_id_t id_of(const hd_jval_t *v)
{
    return v != NULL && hd_jtype(v) == HD_J_INT && hd_jint(v) > 0 && hd_jint(v) <= (int64_t) HD_ID_MAX ? (hd_id_t) hd_jint(v) : 0;
}

static hd_str_t text_of(const hd_jval_t *v)
{
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

/* The document that model and id name.  Leaves a fault. */
static hd_code_t read_document(rpc_t *rpc, const hd_jval_t *model, const hd_jval_t *id, rpc_document_t *ret)
{
    *ret = (rpc_document_t){ .ticket = 0 };
    if (hd_str_is(text_of(model), "helpdesk.ticket")) {
        ret->ticket = id_of(id);
    } else if (hd_str_is(text_of(model), "helpdesk.team")) {
        ret->team = id_of(id);
    } else {
        return wrong(rpc, "model", "helpdesk.ticket or helpdesk.team.");
    }
    return ret->ticket != 0 || ret->team != 0 ? HD_OK : wrong(rpc, "res_id", "the number of a record.");
}

/* Members an object may have; others are a fault.  names end with NULL. */
static hd_code_t check_members(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, const char *const *names)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *value;
    if (hd_jtype(vals) != HD_J_OBJ) {
        return rpc_fail(rpc, "builtins.TypeError", "Values of a record must be a struct.");
    }
    while (hd_jnext((hd_jval_t *) (uintptr_t) vals, &it, &key, &value)) {
        size_t i = 0;
        while (names[i] != NULL && !hd_str_is(key, names[i])) {
            i++;
        }
        if (names[i] == NULL) {
            return rpc_fail(rpc, "builtins.ValueError", "Invalid field '%.*s' on model '%s'", (int) (key.len < 64 ? key.len : 64),
                            key.data, m->name);
        }
    }
    return HD_OK;
}

/* ---- mail.message ---- */

static const hd_jval_t *member(const hd_jval_t *vals, const char *name)
{
    return hd_jget(vals, name);
}

static hd_code_t create_message(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id)
{
    static const char *const names[] = {
        "model", "res_id", "body", "subject", "message_type", "subtype_id", "author_id", "email_from", "parent_id", "partner_ids",
        "attachment_ids", "is_internal", "record_name", "reply_to", "date", NULL
    };
    rpc_document_t doc;
    rpc_said_t said = { .html = true, .subtype = HD_SUB_NOTE };
    hd_code_t code = check_members(rpc, m, vals, names);
    if (code == HD_OK) {
        code = read_document(rpc, member(vals, "model"), member(vals, "res_id"), &doc);
    }
    if (code == HD_OK) {
        said.body = text_of(member(vals, "body"));
        said.subject = text_of(member(vals, "subject"));
        said.author = member(vals, "author_id");
        said.parent = member(vals, "parent_id");
        said.partners = member(vals, "partner_ids");
        said.files = member(vals, "attachment_ids");
        code = rpc_subtype(rpc, member(vals, "subtype_id"), NULL, &said.subtype);
    }
    return code == HD_OK ? rpc_say(rpc, &doc, &said, ret_id) : code;
}

static hd_code_t write_message(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals)
{
    static const char *const names[] = { "body", "attachment_ids", NULL };
    const hd_jval_t *files = member(vals, "attachment_ids");
    hd_code_t code = check_members(rpc, m, vals, names);
    if (code == HD_OK && id <= HD_ID_MAX && !rpc_is_false(files)) {
        code = rpc_message_files(rpc, m, id, files);
    }
    if (code != HD_OK || member(vals, "body") == NULL) {
        return code;
    }
    hd_message_t said = { .body = rpc_text_of_html(rpc, text_of(member(vals, "body"))) };
    return id > HD_ID_MAX ? HD_E_NOT_FOUND : hd_message_edit(rpc->cx, id, 0, &said, HD_BIT(HD_MESSAGE_F_body));
}

static hd_code_t unlink_message(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    (void) m;
    return id > HD_ID_MAX ? HD_E_NOT_FOUND : hd_message_delete(rpc->cx, id, 0);
}

/* ---- mail.followers ---- */

/* The document and the contact a line of followers is made of. */
typedef struct {
    rpc_document_t doc;
    hd_id_t        partner;
} line_t;

static hd_code_t open_line(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, line_t *ret)
{
    void *rec = NULL;
    hd_code_t code = rpc_get(rpc, m, id, &rec);
    if (code != HD_OK) {
        return code;
    }
    const hd_entity_t *e = rpc_entity(m);
    hd_str_t model = *(const hd_str_t *) hd_field_at(&e->fields[hd_field_index(e, HD_STR("res_model"))], rec);
    hd_id_t doc = (hd_id_t) *(const int64_t *) hd_field_at(&e->fields[hd_field_index(e, HD_STR("res_id"))], rec);
    bool team = hd_str_is(model, "helpdesk.team");
    *ret = (line_t){ .doc = { .ticket = team ? 0 : doc, .team = team ? doc : 0 },
                     .partner = *(const hd_id_t *) hd_field_at(&e->fields[hd_field_index(e, HD_STR("partner_id"))], rec) };
    return HD_OK;
}

static hd_code_t create_follower(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id)
{
    static const char *const names[] = { "res_model", "res_id", "partner_id", "subtype_ids", NULL };
    rpc_document_t doc;
    hd_code_t code = check_members(rpc, m, vals, names);
    if (code == HD_OK) {
        code = read_document(rpc, member(vals, "res_model"), member(vals, "res_id"), &doc);
    }
    hd_id_t partner = id_of(member(vals, "partner_id"));
    if (code == HD_OK && partner == 0) {
        code = wrong(rpc, "partner_id", "the number of a contact.");
    }
    if (code == HD_OK) {
        code = rpc_follow(rpc, &doc, hd_ids_make(rpc->cx->arena, &partner, 1), member(vals, "subtype_ids"));
    }
    if (code == HD_OK) {
        *ret_id = rpc_follower_id(doc.team != 0, doc.ticket + doc.team, partner);
    }
    return code;
}

static hd_code_t write_follower(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals)
{
    static const char *const names[] = { "subtype_ids", NULL };
    line_t l;
    hd_code_t code = check_members(rpc, m, vals, names);
    code = code == HD_OK ? open_line(rpc, m, id, &l) : code;
    return code != HD_OK || member(vals, "subtype_ids") == NULL ? code
         : rpc_follow(rpc, &l.doc, hd_ids_make(rpc->cx->arena, &l.partner, 1), member(vals, "subtype_ids"));
}

static hd_code_t unlink_follower(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    line_t l;
    hd_code_t code = open_line(rpc, m, id, &l);
    return code != HD_OK ? code
         : hd_follower_remove(rpc->cx, l.doc.team != 0 ? HD_TEAM : HD_TICKET, l.doc.ticket + l.doc.team, l.partner, 0);
}

/* ---- ir.attachment ---- */

typedef struct {
    hd_id_t          ticket;     /* 0: of a message that follows */
    bool             internal;
    hd_str_t         name;
    const hd_jval_t *content;
} file_t;

static hd_code_t read_file(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, file_t *ret)
{
    static const char *const names[] = { "name", "datas", "raw", "res_model", "res_id", "mimetype", "type", "description",
                                         "datas_fname", "public", "internal", NULL };
    rpc_document_t doc = { .ticket = 0 };
    const hd_jval_t *content = member(vals, "datas") != NULL ? member(vals, "datas") : member(vals, "raw");
    hd_code_t code = check_members(rpc, m, vals, names);
    bool loose = rpc_is_false(member(vals, "res_id")) || hd_str_is(text_of(member(vals, "res_model")), "mail.compose.message");
    if (code == HD_OK && !loose) {
        code = read_document(rpc, member(vals, "res_model"), member(vals, "res_id"), &doc);
    }
    if (code == HD_OK && doc.team != 0) {
        code = wrong(rpc, "res_model", "files belong to helpdesk.ticket, or to the message they are sent with.");
    }
    if (code == HD_OK && (content == NULL || text_of(member(vals, "name")).len == 0)) {
        code = wrong(rpc, content == NULL ? "datas" : "name", "a value is required.");
    }
    *ret = (file_t){ .ticket = doc.ticket, .internal = !rpc_is_false(member(vals, "internal")),
                     .name = text_of(member(vals, "name")), .content = content };
    return code;
}

static hd_code_t create_file(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id)
{
    file_t f;
    hd_upload_t u;
    hd_attachment_t rec;
    hd_code_t code = read_file(rpc, m, vals, &f);
    if (code == HD_OK) {
        code = hd_file_admit(rpc->cx, f.ticket, f.internal);
    }
    if (code == HD_OK && !rpc_file(rpc, f.name, f.content, &u)) {
        code = wrong(rpc, "datas", "the content in base64.");
    }
    if (code == HD_OK) {
        code = hd_file_create(rpc->cx, f.ticket, f.internal, &u, &rec);
    }
    *ret_id = code == HD_OK ? rec.rec.id : 0;
    return code;
}

static hd_code_t admit_file(rpc_t *rpc, void *arg)
{
    const file_t *f = arg;
    return hd_file_admit(rpc->cx, f->ticket, f->internal);
}

/* Of those that belong to one ticket the first is asked about; whether they are too many together, the call says. */
static hd_code_t admit_files(rpc_t *rpc, file_t *v, size_t n)
{
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        bool same = i != 0 && v[i].ticket == v[i - 1].ticket && v[i].internal == v[i - 1].internal;
        code = same ? HD_OK : rpc_ask_ahead(rpc, admit_file, &v[i]);
    }
    return code;
}

hd_code_t rpc_create_files_ahead(rpc_t *rpc)
{
    const hd_jval_t *vals = rpc_arg(rpc, 0, "vals_list");
    bool list = hd_jtype(vals) == HD_J_ARR;
    size_t n = list ? hd_jlen(vals) : 1;
    hd_code_t code = HD_OK;
    if (vals == NULL || n > HD_RPC_WRITES) {
        return HD_OK;            /* the call says what is wrong */
    }
    file_t *v = hd_alloc_n(rpc->cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        code = read_file(rpc, rpc->model, list ? hd_jat(vals, i) : vals, &v[i]);
    }
    code = code == HD_OK ? admit_files(rpc, v, n) : code;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        code = rpc_file_ahead(rpc, v[i].name, v[i].content);
    }
    return code;
}

static hd_code_t write_nothing(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals)
{
    (void) id;
    (void) vals;
    return rpc_fail(rpc, "odoo.exceptions.AccessError", "Records of %s cannot be changed.", m->name);
}

static hd_code_t unlink_file(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    (void) m;
    return id > HD_ID_MAX ? HD_E_NOT_FOUND : hd_file_delete(rpc->cx, id, 0);
}

/* ---- mail.activity: what goes before it was done was cancelled (ACT-6) ---- */

static hd_code_t unlink_activity(rpc_t *rpc, const rpc_model_t *m, hd_id_t id)
{
    (void) m;
    return id > HD_ID_MAX ? HD_E_NOT_FOUND : hd_activity_cancel(rpc->cx, id, 0);
}

/* ---- the table ---- */

static const rpc_special_t specials[] = {
    { "mail.message", create_message, write_message, unlink_message },
    { "mail.followers", create_follower, write_follower, unlink_follower },
    { "ir.attachment", create_file, write_nothing, unlink_file },
    { "mail.activity", NULL, NULL, unlink_activity },
};

const rpc_special_t *rpc_special(const rpc_model_t *m)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (strcmp(m->name, specials[i].model) == 0) {
            return &specials[i];
        }
    }
    return NULL;
}
