/*
 * Messages, files, subscriptions and activities: what the tables cannot tell of them.
 *
 * A file comes before the message it belongs to: which that is, is asked of the messages first, and the file belongs to
 * the ticket, hidden from customers, until the last pass gives it to its message.
 */
#include <stdlib.h>

#include "tool_odoo.h"

#define SUBTYPES_MAX 64
#define CHUNK        1000        /* messages asked at once for the numbers of their files */

typedef struct {
    hd_id_t file, message;       /* numbers of theirs */
} link_t;

typedef struct odoo_talk_s {
    struct {
        hd_id_t id;
        uint8_t bit;             /* of hd_follow_subtypes */
    } subtype[SUBTYPES_MAX];
    size_t    n_subtypes, n_links, cap;
    link_t   *links;             /* by file */
    hd_id_t   fetched;           /* file whose content was just put into its place */
    hd_str_t  why;               /* or why it was not */
    hd_blob_t blob;
    const char *mimetype;
} odoo_talk_t;

/* ---- subtypes: by their external names, else by their English ones ---- */

static const struct {
    const char *xml, *name;
} subtypes[] = {                 /* in the order of hd_follow_subtypes */
    { "mt_comment", "Discussions" }, { "mt_note", "Note" }, { "mt_activities", "Activities" },
    { "mt_ticket_new", "Ticket Created" }, { "mt_ticket_stage", "Stage Changed" }, { "mt_ticket_rated", "Ticket Rated" },
};
#define N_SUBTYPES (sizeof(subtypes) / sizeof(subtypes[0]))

static void note_subtype(odoo_talk_t *k, hd_id_t id, const hd_jval_t *name, bool xml)
{
    for (uint8_t i = 0; name != NULL && hd_jtype(name) == HD_J_STR && i < N_SUBTYPES; i++) {
        if (hd_str_is(hd_jstr(name), xml ? subtypes[i].xml : subtypes[i].name) && k->n_subtypes < SUBTYPES_MAX) {
            k->subtype[k->n_subtypes].id = id;
            k->subtype[k->n_subtypes++].bit = i;
        }
    }
}

static odoo_status_t read_subtypes(odoo_import_t *m, odoo_talk_t *k)
{
    hd_jval_t *v = NULL;
    odoo_status_t status = odoo_execute(&m->odoo, "ir.model.data", "search_read",
        HD_STR("[[[\"model\",\"=\",\"mail.message.subtype\"],[\"module\",\"in\",[\"mail\",\"helpdesk\"]]],"
               "[\"name\",\"res_id\"]]"),
        HD_STR(""), &v);
    for (size_t i = 0; status == ODOO_OK && i < hd_jlen(v); i++) {
        note_subtype(k, odoo_id(hd_jget(hd_jat(v, i), "res_id")), hd_jget(hd_jat(v, i), "name"), true);
    }
    if (status == ODOO_LOST || k->n_subtypes != 0) {
        return status;
    }
    status = odoo_execute(&m->odoo, "mail.message.subtype", "search_read", HD_STR("[[],[\"name\"]]"), HD_STR(""), &v);
    for (size_t i = 0; status == ODOO_OK && i < hd_jlen(v); i++) {
        note_subtype(k, odoo_id(hd_jget(hd_jat(v, i), "id")), hd_jget(hd_jat(v, i), "name"), false);
    }
    return status;
}

/* -1: none of ours. */
static int subtype_of(const odoo_import_t *m, const hd_jval_t *v)
{
    hd_id_t id = odoo_id(v);
    for (size_t i = 0; m->talk != NULL && id != 0 && i < m->talk->n_subtypes; i++) {
        if (m->talk->subtype[i].id == id) {
            return m->talk->subtype[i].bit;
        }
    }
    return -1;
}

/* ---- which file belongs to which message ---- */

static int compare_links(const void *a, const void *b)
{
    const link_t *x = a, *y = b;
    return (x->file > y->file) - (x->file < y->file);
}

static void add_links(odoo_talk_t *k, hd_arena_t *a, const hd_jval_t *row)
{
    const hd_jval_t *files = hd_jget(row, "attachment_ids");
    for (size_t i = 0; files != NULL && hd_jtype(files) == HD_J_ARR && i < hd_jlen(files); i++) {
        if (k->n_links == k->cap) {
            link_t *more = hd_alloc_n(a, k->cap * 2 + 1000, sizeof(*more));
            if (k->n_links != 0) {
                memcpy(more, k->links, k->n_links * sizeof(*more));
            }
            k->links = more;
            k->cap = k->cap * 2 + 1000;
        }
        k->links[k->n_links++] = (link_t){ odoo_id(hd_jat(files, i)), odoo_id(hd_jget(row, "id")) };
    }
}

static odoo_status_t read_links(odoo_import_t *m, odoo_talk_t *k)
{
    int at = odoo_model_index(HD_STR("mail.message"));
    odoo_status_t status = ODOO_OK;
    if (!odoo_has(m, (size_t) at, "attachment_ids")) {
        return ODOO_OK;
    }
    hd_id_t after = 0;
    for (size_t n = CHUNK; status == ODOO_OK && n != 0;) {
        hd_jval_t *v = NULL;
        char args[256];
        (void) snprintf(args, sizeof(args), "[[[\"model\",\"in\",[\"helpdesk.ticket\",\"helpdesk.team\"]],"
                        "[\"attachment_ids\",\"!=\",false],[\"id\",\">\",%" PRIu64 "]],[\"attachment_ids\"]]", after);
        status = odoo_execute(&m->odoo, "mail.message", "search_read", hd_str(args),
                              HD_STR("\"order\":\"id\",\"limit\":1000"), &v);
        n = status == ODOO_OK ? hd_jlen(v) : 0;
        for (size_t i = 0; i < n; i++) {
            after = odoo_id(hd_jget(hd_jat(v, i), "id"));
            add_links(k, m->arena, hd_jat(v, i));
        }
    }
    if (k->n_links > 1) {
        qsort(k->links, k->n_links, sizeof(*k->links), compare_links);
    }
    return status;
}

static hd_id_t message_of(const odoo_import_t *m, hd_id_t file)
{
    link_t key = { file, 0 };
    const link_t *l = m->talk->n_links == 0 ? NULL
                    : bsearch(&key, m->talk->links, m->talk->n_links, sizeof(key), compare_links);
    return l != NULL ? l->message : 0;
}

odoo_status_t odoo_prepare_talk(odoo_import_t *m)
{
    if (m->talk != NULL) {
        return ODOO_OK;
    }
    m->talk = hd_alloc(m->arena, sizeof(*m->talk));
    odoo_status_t status = read_subtypes(m, m->talk);
    return status == ODOO_LOST ? status : read_links(m, m->talk);
}

/* ---- what all of these have: the ticket or the team they are about ---- */

static hd_id_t resolve(odoo_import_t *m, const char *model, const hd_jval_t *theirs)
{
    return odoo_resolve(m, (size_t) odoo_model_index(hd_str(model)), odoo_id(theirs));
}

/* "ticket_id" or "team_id"; false: the record is about neither, or about one that was not taken. */
static bool put_document(odoo_import_t *m, odoo_row_t *row, const char *model_field, hd_json_t *out)
{
    int at = odoo_model_index(odoo_text(row, model_field));
    hd_id_t theirs = odoo_id(hd_jget(row->v, "res_id"));
    hd_type_t type = at >= 0 ? odoo_models[at].type : 0;
    hd_id_t id = (type == HD_TICKET || type == HD_TEAM) && theirs != 0 ? odoo_resolve(m, (size_t) at, theirs) : 0;
    if (id == 0) {
        row->incomplete = true;
        if (m->last_pass) {
            odoo_report(m, "refused", row->id, HD_STR("res_id"), "not_found", "What it belongs to was not taken over.");
            m->state[m->at].refused++;
        }
        return false;
    }
    hd_json_key(out, type == HD_TICKET ? HD_STR("ticket_id") : HD_STR("team_id"));
    hd_json_u64(out, id);
    return true;
}

static void put_own(const odoo_row_t *row, const char *name, const char *otherwise, hd_json_t *out)
{
    hd_str_t own = odoo_text(row, name);
    hd_json_key(out, hd_str(name));
    hd_json_str(out, own.len != 0 ? own : hd_str(otherwise));
}

/* ---- messages ---- */

/* What we cannot tell to be a comment is a note: customers do not see it. */
static const char *subtype_name(odoo_import_t *m, const odoo_row_t *row)
{
    const hd_jval_t *internal = hd_jget(row->v, "is_internal");
    int subtype = subtype_of(m, hd_jget(row->v, "subtype_id"));
    if (subtype == 2) {
        return "activity";
    }
    return subtype == 0 && (internal == NULL || !hd_jbool(internal)) ? "comment" : "note";
}

static hd_str_t author_name(odoo_import_t *m, const odoo_row_t *row)
{
    const hd_jval_t *author = hd_jget(row->v, "author_id");
    hd_str_t own = odoo_text(row, "author_name"), from = odoo_text(row, "email_from");
    if (own.len != 0 || odoo_has(m, m->at, "author_name")) {
        return own;
    }
    bool named = author != NULL && hd_jtype(author) == HD_J_ARR && hd_jlen(author) > 1
              && hd_jtype(hd_jat(author, 1)) == HD_J_STR;
    return named ? hd_jstr(hd_jat(author, 1)) : from;
}

static size_t put_files(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const hd_jval_t *files = hd_jget(row->v, "attachment_ids");
    int at = odoo_model_index(HD_STR("ir.attachment"));
    size_t n = 0;
    hd_json_key(out, HD_STR("attachment_ids"));
    hd_json_arr(out);
    for (size_t i = 0; files != NULL && hd_jtype(files) == HD_J_ARR && i < hd_jlen(files); i++) {
        hd_id_t id = odoo_resolve(m, (size_t) at, odoo_id(hd_jat(files, i)));
        if (id != 0) {
            hd_json_u64(out, id);
            n++;
        }
    }
    hd_json_end_arr(out);
    return n;
}

odoo_hook_t odoo_hook_message(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    hd_str_t html = odoo_text(row, "body"), source = odoo_text(row, "body_source");
    size_t files = put_files(m, row, out);
    if (files == 0 && source.len == 0 && hd_text_from_html(m->tool->scratch, html).len == 0) {
        return ODOO_PASSED;                      /* only tracked values: changes, not words */
    }
    if (!put_document(m, row, "model", out)) {
        return m->last_pass ? ODOO_PASSED : ODOO_WAITS;
    }
    put_own(row, "subtype", subtype_name(m, row), out);
    put_own(row, "format", "plain", out);
    hd_str_t name = author_name(m, row);
    hd_json_key(out, HD_STR("author_name"));
    hd_json_str(out, (hd_str_t){ name.len < 200 ? name.len : 200, name.data });
    return ODOO_TAKEN;
}

/* ---- files ---- */

static size_t decode_base64(hd_str_t s, uint8_t *out)
{
    uint32_t bits = 0;
    unsigned n = 0;
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char) s.data[i];
        int v = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52
              : c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : c == '\n' || c == '\r' || c == '=' ? -1 : -2;
        if (v == -2) {
            return SIZE_MAX;
        }
        if (v >= 0) {
            bits = bits << 6 | (uint32_t) v;
            if (++n % 4 != 1) {
                out[len++] = (uint8_t) (bits >> (6 - 2 * ((n - 1) % 4)));
            }
        }
    }
    return len;
}

odoo_status_t odoo_fetch_file(odoo_import_t *m, hd_id_t id)
{
    char args[64];
    hd_jval_t *v = NULL;
    (void) snprintf(args, sizeof(args), "[[%" PRIu64 "],[\"datas\"]]", id);
    odoo_status_t status = odoo_execute(&m->odoo, "ir.attachment", "read", hd_str(args), HD_STR(""), &v);
    const hd_jval_t *data = status == ODOO_OK && hd_jlen(v) == 1 ? hd_jget(hd_jat(v, 0), "datas") : NULL;
    m->talk->fetched = 0;
    m->talk->why = status == ODOO_FAULT ? hd_str_dup(m->arena, hd_str(m->odoo.fault))
                                        : HD_STR("It has no content, or one this desk cannot take.");
    if (data == NULL || hd_jtype(data) != HD_J_STR) {
        return status;
    }
    hd_str_t text = hd_jstr(data);
    uint8_t *bytes = malloc(text.len / 4 * 3 + 4);
    size_t n = bytes != NULL ? decode_base64(text, bytes) : SIZE_MAX;
    if (n != SIZE_MAX) {
        hd_str_t content = { n, (const char *) bytes };
        m->talk->mimetype = hd_file_type(content);
        hd_code_t code = m->dry_run ? HD_OK : hd_blob_put(m->tool->store, content, hd_time_now(), &m->talk->blob);
        if (m->dry_run) {
            hd_sha256(bytes, n, m->talk->blob.hash);
            m->talk->blob.size = n;
        }
        m->talk->fetched = code == HD_OK ? id : 0;
    }
    free(bytes);
    return status;
}

/* Of a message that is here: what it says about the file. */
static bool put_message(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    hd_message_t said;
    hd_id_t theirs = message_of(m, row->id);
    hd_id_t id = theirs != 0 ? odoo_resolve(m, (size_t) odoo_model_index(HD_STR("mail.message")), theirs) : 0;
    if (id == 0 || hd_row_get(m->tool->cx.txn, m->tool->scratch, HD_MESSAGE, id, &said) != HD_OK) {
        row->incomplete = row->incomplete || theirs != 0;
        return false;
    }
    hd_json_key(out, HD_STR("message_id"));
    hd_json_u64(out, id);
    hd_json_key(out, HD_STR("internal"));
    hd_json_bool(out, said.subtype != HD_SUB_COMMENT);
    return true;
}

static void put_file_author(odoo_import_t *m, const odoo_row_t *row, hd_json_t *out)
{
    hd_id_t uid = resolve(m, "res.users", hd_jget(row->v, "create_uid"));
    const hd_user_t *u = uid != 0 ? hd_config_get(m->tool->cx.txn, HD_USER, uid) : NULL;
    hd_id_t author = odoo_id(hd_jget(row->v, "author_id"));
    author = author != 0 ? odoo_resolve(m, (size_t) odoo_model_index(HD_STR("res.partner")), author)
           : u != NULL && !odoo_has(m, m->at, "author_id") ? u->partner_id : 0;
    if (author != 0) {
        hd_json_key(out, HD_STR("author_id"));
        hd_json_u64(out, author);
    }
}

odoo_hook_t odoo_hook_file(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    hd_origin_t o;
    const hd_jval_t *internal = hd_jget(row->v, "internal");
    bool known = odoo_origin(m, m->at, row->id, &o);
    if (!known && m->talk->fetched != row->id) {
        odoo_report(m, "refused", row->id, HD_STR("datas"), "not_found", m->talk->why.data);
        m->state[m->at].refused++;
        return ODOO_PASSED;
    }
    if (!put_document(m, row, "res_model", out)) {
        return m->last_pass ? ODOO_PASSED : ODOO_WAITS;
    }
    if (!put_message(m, row, out)) {
        hd_json_key(out, HD_STR("internal"));
        hd_json_bool(out, internal == NULL || hd_jbool(internal) || message_of(m, row->id) != 0);
    }
    put_file_author(m, row, out);
    if (!known) {
        hd_json_key(out, HD_STR("hash"));
        hd_json_str(out, hd_base64url(m->tool->scratch, m->talk->blob.hash, HD_HASH_LEN));
        hd_json_key(out, HD_STR("file_size"));
        hd_json_u64(out, m->talk->blob.size);
        hd_json_key(out, HD_STR("mimetype"));
        hd_json_str(out, hd_str(m->talk->mimetype));
    }
    return ODOO_TAKEN;
}

/* ---- subscriptions, activities ---- */

/* What he hears of here without a row of his own: what was chosen for the team, or the usual; a row says the same as he has. */
static bool hears(odoo_import_t *m, hd_id_t ticket, hd_id_t partner, uint32_t set)
{
    hd_follower_row_t *rows = NULL;
    uint32_t n = 0;
    if (hd_follower_list(&m->tool->cx, HD_TICKET, ticket, &rows, &n) != HD_OK) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i].partner_id == partner) {
            return rows[i].subtypes == set;
        }
    }
    return set == HD_FOLLOW_USUAL;
}

odoo_hook_t odoo_hook_follower(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const hd_jval_t *list = hd_jget(row->v, "subtype_ids");
    const hd_enum_t *names = hd_entities[HD_FOLLOWER]->fields[HD_FOLLOWER_F_subtypes].options;
    uint32_t set = 0;
    for (size_t i = 0; list != NULL && hd_jtype(list) == HD_J_ARR && i < hd_jlen(list); i++) {
        int bit = subtype_of(m, hd_jat(list, i));
        set |= bit >= 0 ? UINT32_C(1) << bit : 0;
    }
    if (!hd_str_is(odoo_text(row, "res_model"), "helpdesk.ticket")) {
        return ODOO_PASSED;
    }
    if (!put_document(m, row, "res_model", out)) {
        return m->last_pass ? ODOO_PASSED : ODOO_WAITS;
    }
    hd_id_t ticket = resolve(m, "helpdesk.ticket", hd_jget(row->v, "res_id"));
    hd_id_t partner = resolve(m, "res.partner", hd_jget(row->v, "partner_id"));
    if (hears(m, ticket, partner, set)) {
        return ODOO_PASSED;
    }
    hd_json_key(out, HD_STR("subtypes"));
    hd_json_arr(out);
    for (uint8_t i = 0; i < names->n; i++) {
        if (set >> i & 1) {
            hd_json_str(out, hd_str(names->slugs[i]));
        }
    }
    hd_json_end_arr(out);
    return ODOO_TAKEN;
}

odoo_hook_t odoo_hook_activity(odoo_import_t *m, odoo_row_t *row, hd_json_t *out)
{
    const hd_jval_t *active = hd_jget(row->v, "active");
    if (active != NULL && hd_jtype(active) == HD_J_BOOL && !hd_jbool(active)) {
        return ODOO_PASSED;                      /* done */
    }
    return put_document(m, row, "res_model", out) ? ODOO_TAKEN : m->last_pass ? ODOO_PASSED : ODOO_WAITS;
}
