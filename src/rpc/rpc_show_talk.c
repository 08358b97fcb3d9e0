/*
 * Values of messages, files and activities, and what belongs to a ticket or a team.
 */
#include "rpc_show.h"

#define PREVIEW 190              /* bytes of a text's beginning */

/* ---- lists of a document ---- */

void rpc_put_related(rpc_t *rpc, const char *model, const char *field, hd_id_t id, const char *order, hd_json_t *out)
{
    const rpc_model_t *m = rpc_model(hd_str(model));
    int f = hd_field_index(rpc_entity(m), hd_str(field));
    const int64_t v[] = { (int64_t) id };
    hd_id_t *ids = NULL;
    size_t n = 0;
    hd_code_t code = rpc_find(rpc, m, rpc_expr_in(rpc, (unsigned) f, v, 1), hd_str(order), 0, RPC_X2M_MAX + 1, &ids, &n);
    if (code != HD_OK || n > RPC_X2M_MAX) {
        n = 0;
        (void) rpc_fail(rpc, "odoo.exceptions.UserError", "There are more than %d %s records of number %" PRIu64 ". Leave the field out "
                        "and search %s instead.", RPC_X2M_MAX, model, id, model);
    }
    hd_json_arr(out);
    for (size_t i = 0; i < n; i++) {
        hd_json_u64(out, ids[i]);
    }
    hd_json_end_arr(out);
}

static const char *document_of(const rpc_model_t *m)
{
    return m->type == HD_TEAM ? "team_id" : "ticket_id";
}

RPC_SHOW(messages)
{
    rpc_put_related(rpc, "mail.message", document_of(m), ((const hd_rec_t *) rec)->id, "id desc", out);
}

RPC_SHOW(attachments)
{
    rpc_put_related(rpc, "ir.attachment", document_of(m), ((const hd_rec_t *) rec)->id, "id", out);
}

RPC_SHOW(activities)
{
    (void) m;
    rpc_put_related(rpc, "mail.activity", "ticket_id", ((const hd_rec_t *) rec)->id, "date_deadline, id", out);
}

/* ---- the document of a message, a file, an activity ---- */

typedef struct {
    hd_type_t type;              /* 0: none */
    hd_id_t   id;
} document_t;

static hd_id_t ref_of(const rpc_model_t *m, const void *rec, hd_str_t name)
{
    int f = hd_field_index(rpc_entity(m), name);
    return f < 0 ? 0 : *(const hd_id_t *) hd_field_at(&rpc_entity(m)->fields[f], rec);
}

static document_t document(const rpc_model_t *m, const void *rec)
{
    hd_id_t ticket = ref_of(m, rec, HD_STR("ticket_id")), team = ref_of(m, rec, HD_STR("team_id"));
    if (ticket != 0) {
        return (document_t){ HD_TICKET, ticket };
    }
    return (document_t){ team != 0 ? HD_TEAM : (hd_type_t) 0, team };
}

RPC_SHOW(document_model)
{
    document_t d = document(m, rec);
    (void) rpc;
    rpc_put_text(out, d.type == 0 ? HD_STR("") : hd_str(rpc_model_of(d.type)->name));
}

RPC_SHOW(document_id)
{
    (void) rpc;
    hd_json_u64(out, document(m, rec).id);
}

RPC_SHOW(document_name)
{
    document_t d = document(m, rec);
    rpc_put_text(out, d.type == 0 ? HD_STR("") : rpc_display_name(rpc, d.type, d.id));
}

/* ---- messages ---- */

RPC_SHOW(body)
{
    (void) m;
    rpc_put_text(out, hd_message_html(rpc->cx->arena, rec));
}

RPC_SHOW(preview)
{
    (void) rpc;
    (void) m;
    rpc_put_text(out, hd_str_cut(((const hd_message_t *) rec)->body, PREVIEW));
}

/* Customers know by name who answers them. */
RPC_SHOW(author)
{
    const hd_message_t *msg = rec;
    hd_authors_t known = { .n = 0 };
    (void) m;
    if (msg->author_id == 0 || rpc->bare || hd_actor_is_staff(rpc->cx->actor)) {
        rpc_put_many2one(rpc, rpc_model_of(HD_CONTACT), msg->author_id, out);
        return;
    }
    hd_json_arr(out);
    hd_json_u64(out, msg->author_id);
    hd_json_str(out, hd_author_name(rpc->cx, &known, msg));
    hd_json_end_arr(out);
}

RPC_SHOW(email_from)
{
    const hd_message_t *msg = rec;
    hd_authors_t known = { .n = 0 };
    hd_str_t name = hd_author_name(rpc->cx, &known, msg);
    void *author = NULL;
    (void) m;
    if (msg->author_id != 0 && rpc_get(rpc, rpc_model_of(HD_CONTACT), msg->author_id, &author) == HD_OK) {
        hd_str_t email = ((const hd_contact_t *) author)->email;
        if (email.len != 0) {
            name = hd_str_cat(rpc->cx->arena, 5, HD_STR("\""), name, HD_STR("\" <"), email, HD_STR(">"));
        }
    }
    rpc_put_text(out, name);
}

RPC_SHOW(subtype)
{
    (void) m;
    rpc_put_many2one(rpc, rpc_model(HD_STR("mail.message.subtype")),
                     RPC_SUBTYPE_COMMENT + (hd_id_t) ((const hd_message_t *) rec)->subtype, out);
}

RPC_SHOW(is_internal)
{
    (void) rpc;
    (void) m;
    hd_json_bool(out, ((const hd_message_t *) rec)->subtype != HD_SUB_COMMENT);
}

/* ---- files ---- */

RPC_SHOW(attachment_type)
{
    (void) rpc;
    (void) m;
    (void) rec;
    hd_json_str(out, HD_STR("binary"));
}

/* The content; one that is lost, or does not fit into an answer, is a fault of the whole call (rpc_fits). */
RPC_SHOW(datas)
{
    const hd_attachment_t *f = rec;
    hd_str_t bytes;
    (void) m;
    if (f->hash.len != HD_HASH_LEN || (uint64_t) f->file_size > HD_REPLY_MAX / 2) {
        (void) rpc_fail(rpc, "odoo.exceptions.UserError", "File %" PRIu64 " is larger than %d MB, more than an answer holds. Fetch "
                        "/api/v1/attachments/%" PRIu64 "/content instead.", f->rec.id, HD_REPLY_MAX / 2 / (1024 * 1024), f->rec.id);
        hd_json_bool(out, false);
        return;
    }
    hd_blob_t b = { .size = (uint64_t) f->file_size };
    memcpy(b.hash, f->hash.data, HD_HASH_LEN);
    if (hd_blob_read(rpc->call->store, rpc->cx->arena, &b, &bytes) != HD_OK) {
        (void) rpc_fail(rpc, "odoo.exceptions.UserError", "The content of file %" PRIu64 " cannot be read. Run helpdeskctl fsck.", f->rec.id);
        hd_json_bool(out, false);
        return;
    }
    hd_json_str(out, hd_base64(rpc->cx->arena, bytes.data, bytes.len));
}
