/*
 * Files: whose they are and who may have them (CHT-4).
 *
 *     loose                    uploaded for a message that follows: its author's alone, gone after a day
 *     of a ticket              who reads the ticket (internal: its internal readers)
 *     of a message             the same; files of notes are internal
 *
 * What a file holds stands beside the store under its hash (store_blob.c) and is put there before a command runs; here
 * are only its records.  A record that goes leaves content behind, which is swept when no other record names it.
 */
#include "desk_impl.h"

const char *hd_file_type(hd_str_t content)
{
    static const struct { const char *type, *head; size_t len; } heads[] = {
        { "image/png", "\x89PNG\r\n\x1a\n", 8 },
        { "image/jpeg", "\xff\xd8\xff", 3 },
        { "image/gif", "GIF87a", 6 },
        { "image/gif", "GIF89a", 6 },
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (content.len >= heads[i].len && memcmp(content.data, heads[i].head, heads[i].len) == 0) {
            return heads[i].type;
        }
    }
    bool webp = content.len >= 12 && memcmp(content.data, "RIFF", 4) == 0
                && memcmp(content.data + 8, "WEBP", 4) == 0;
    return webp ? "image/webp" : "application/octet-stream";
}

/* ---- who sees it ---- */

static bool is_loose(const hd_attachment_t *f)
{
    return f->ticket_id == 0 && f->team_id == 0;
}

static bool is_own(hd_cx_t *cx, const hd_attachment_t *f)
{
    const hd_actor_t *a = cx->actor;
    return a->uid != 0 && a->partner_id != 0 && f->author_id == a->partner_id && f->rec.create_uid == a->uid;
}

bool hd_desk_sees_file(hd_cx_t *cx, const hd_attachment_t *f)
{
    if (is_loose(f)) {
        return is_own(cx, f);
    }
    if ((f->internal || f->ticket_id == 0) && !hd_actor_is_internal(cx->actor)) {
        return false;
    }
    if (f->ticket_id != 0) {
        hd_ticket_t t;
        return hd_row_get(cx->txn, cx->arena, HD_TICKET, f->ticket_id, &t) == HD_OK && hd_sees_ticket(cx, &t);
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, f->team_id);
    return team != NULL && hd_sees_team(cx, team);
}

/* ---- all of something ---- */

typedef struct {
    hd_attachment_t *v;
    uint32_t         n;
    int64_t          bytes;
} files_t;

/* At most HD_TICKET_FILES: there are no more. */
static hd_code_t read_all(hd_cx_t *cx, hd_index_t index, hd_id_t id, files_t *ret)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_code_t code = HD_OK;
    hd_id_t *ids = hd_alloc_n(cx->arena, HD_TICKET_FILES, sizeof(*ids));
    uint32_t n = 0;
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, id);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (n < HD_TICKET_FILES && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    *ret = (files_t){ .v = hd_alloc_n(cx->arena, n + 1, sizeof(*ret->v)) };
    for (uint32_t i = 0; i < n && code == HD_OK; i++) {
        code = hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, ids[i], &ret->v[ret->n]);
        ret->bytes += code == HD_OK ? ret->v[ret->n].file_size : 0;
        ret->n += code == HD_OK;
    }
    return code;
}

static hd_code_t check_room(hd_cx_t *cx, hd_index_t index, hd_id_t id, uint32_t more, int64_t bytes)
{
    files_t all;
    hd_code_t code = more == 0 ? HD_OK : read_all(cx, index, id, &all);
    if (more == 0 || code != HD_OK) {
        return code;
    }
    return all.n + more > HD_TICKET_FILES || all.bytes + bytes > HD_TICKET_BYTES ? HD_E_FILES : HD_OK;
}

static uint32_t count_loose(hd_cx_t *cx)
{
    hd_scan_t sc;
    hd_str_t key, value;
    uint32_t n = 0;
    hd_key_t k = hd_desk_key(HD_IX_ATTACHMENT_LOOSE);
    hd_key_id(&k, cx->actor->partner_id);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (n < HD_LOOSE_FILES && hd_scan_next(&sc, &key, &value)) {
        n++;
    }
    hd_scan_done(&sc);
    return n;
}

/* ---- uploading ---- */

hd_code_t hd_file_admit(hd_cx_t *cx, hd_id_t ticket_id, bool internal)
{
    hd_ticket_t t;
    if (ticket_id == 0) {
        return cx->actor->partner_id == 0 ? HD_E_RIGHT : count_loose(cx) >= HD_LOOSE_FILES ? HD_E_FILES : HD_OK;
    }
    hd_code_t code = hd_ticket_get(cx, ticket_id, &t);
    if (code == HD_OK && internal && !hd_actor_is_internal(cx->actor)) {
        code = HD_E_RIGHT;
    }
    return code == HD_OK ? check_room(cx, HD_IX_ATTACHMENT_TICKET, ticket_id, 1, 0) : code;
}

static hd_attachment_t record_of(hd_cx_t *cx, const hd_upload_t *u)
{
    return (hd_attachment_t){
        .name = u->name, .mimetype = hd_str(u->mimetype), .file_size = (int64_t) u->blob.size,
        .hash = hd_str_dup(cx->arena, (hd_str_t){ HD_HASH_LEN, (const char *) u->blob.hash }),
        .author_id = cx->actor->partner_id,
    };
}

static void wait_for_message(hd_cx_t *cx, const hd_attachment_t *f)
{
    hd_timer_t tm = { .due = f->rec.create_date + HD_LOOSE_KEEP, .kind = HD_TM_FILE, .type = HD_ATTACHMENT,
                      .id = f->rec.id };
    hd_timer_set(cx->txn, &tm);
}

hd_code_t hd_file_create(hd_cx_t *cx, hd_id_t ticket_id, bool internal, const hd_upload_t *u, hd_attachment_t *ret)
{
    hd_code_t code = hd_file_admit(cx, ticket_id, internal);
    if (code == HD_OK && ticket_id != 0) {
        code = check_room(cx, HD_IX_ATTACHMENT_TICKET, ticket_id, 1, (int64_t) u->blob.size);
    }
    if (code != HD_OK) {
        return code;
    }
    *ret = record_of(cx, u);
    ret->ticket_id = ticket_id;
    ret->internal = internal && ticket_id != 0;
    code = hd_desk_put(cx, HD_ATTACHMENT, NULL, ret);
    if (code == HD_OK && ticket_id == 0) {
        wait_for_message(cx, ret);
    }
    return code;
}

hd_code_t hd_file_link(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t id)
{
    hd_attachment_t old, f;
    hd_code_t code = hd_record_get(cx, HD_ATTACHMENT, id, &old);
    if (code != HD_OK || old.ticket_id == ticket_id) {
        return code;
    }
    if (!is_loose(&old)) {
        return hd_problem_set(cx->problem, HD_E_IN_USE, "This file belongs to something else already.");
    }
    code = hd_file_admit(cx, ticket_id, false);
    if (code == HD_OK) {
        code = check_room(cx, HD_IX_ATTACHMENT_TICKET, ticket_id, 1, old.file_size);
    }
    if (code != HD_OK) {
        return code;
    }
    f = old;
    f.ticket_id = ticket_id;
    return hd_desk_put(cx, HD_ATTACHMENT, &old, &f);
}

hd_code_t hd_file_create_linked(hd_cx_t *cx, const hd_ticket_t *t, const hd_upload_t *u, hd_attachment_t *ret)
{
    hd_code_t code = check_room(cx, HD_IX_ATTACHMENT_TICKET, t->rec.id, 1, (int64_t) u->blob.size);
    if (code != HD_OK) {
        return code;
    }
    *ret = record_of(cx, u);
    ret->ticket_id = t->rec.id;
    return hd_desk_put(cx, HD_ATTACHMENT, NULL, ret);
}

hd_code_t hd_file_of_ticket(hd_cx_t *cx, hd_id_t ticket_id)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < cx->n_uploads && code == HD_OK; i++) {
        hd_attachment_t f = record_of(cx, &cx->uploads[i]);
        f.ticket_id = ticket_id;
        code = hd_desk_put(cx, HD_ATTACHMENT, NULL, &f);
    }
    return code;
}

void hd_desk_file_fire(hd_cx_t *cx, hd_id_t id)
{
    hd_attachment_t f;
    if (hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, id, &f) == HD_OK && is_loose(&f)) {
        hd_desk_remove(cx, HD_ATTACHMENT, &f);
    }
}

void hd_desk_file_resume(hd_cx_t *cx)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_key_t k = hd_desk_key(HD_IX_ATTACHMENT_LOOSE);
    hd_ids_t ids = { 0, NULL };
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (hd_scan_next(&sc, &key, &value)) {
        ids = hd_ids_with(cx->arena, ids, hd_get_be32((const uint8_t *) key.data + key.len - 4));
    }
    hd_scan_done(&sc);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_attachment_t f;
        if (hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, ids.v[i], &f) == HD_OK) {
            wait_for_message(cx, &f);
        }
    }
}

/* ---- of a message ---- */

static hd_index_t index_of(const hd_message_t *m)
{
    return m->ticket_id != 0 ? HD_IX_ATTACHMENT_TICKET : HD_IX_ATTACHMENT_TEAM;
}

hd_code_t hd_file_check(hd_cx_t *cx, const hd_message_t *m)
{
    hd_id_t subject = m->ticket_id != 0 ? m->ticket_id : m->team_id;
    int64_t bytes = 0;
    for (uint32_t i = 0; i < m->attachment_ids.n; i++) {
        hd_attachment_t f;
        hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, m->attachment_ids.v[i], &f);
        if (code != HD_OK || !is_loose(&f) || !is_own(cx, &f)) {
            return hd_desk_bad(cx, HD_MESSAGE, HD_MESSAGE_F_attachment_ids, "not_found");
        }
        bytes += f.file_size;
    }
    for (uint32_t i = 0; i < cx->n_uploads; i++) {
        bytes += (int64_t) cx->uploads[i].blob.size;
    }
    return check_room(cx, index_of(m), subject, m->attachment_ids.n + cx->n_uploads, bytes);
}

hd_code_t hd_file_take(hd_cx_t *cx, hd_message_t *m)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < cx->n_uploads && code == HD_OK; i++) {
        hd_attachment_t f = record_of(cx, &cx->uploads[i]);
        code = hd_row_insert(cx->txn, cx->arena, HD_ATTACHMENT, &f, cx->now, cx->actor->uid);
        m->attachment_ids = hd_ids_with(cx->arena, m->attachment_ids, f.rec.id);
    }
    return code;
}

hd_code_t hd_file_attach(hd_cx_t *cx, const hd_message_t *m)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < m->attachment_ids.n && code == HD_OK; i++) {
        hd_attachment_t old, f;
        code = hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, m->attachment_ids.v[i], &old);
        if (code == HD_OK) {
            f = old;
            f.message_id = m->rec.id;
            f.ticket_id = m->ticket_id;
            f.team_id = m->team_id;
            f.internal = m->subtype != HD_SUB_COMMENT;
            code = hd_desk_put(cx, HD_ATTACHMENT, &old, &f);
        }
    }
    return code;
}

/* ---- reading ---- */

hd_code_t hd_file_list(hd_cx_t *cx, hd_id_t ticket_id, hd_attachment_t **ret_v, uint32_t *ret_n)
{
    hd_ticket_t t;
    files_t all;
    uint32_t n = 0;
    hd_code_t code = hd_ticket_get(cx, ticket_id, &t);
    if (code == HD_OK) {
        code = read_all(cx, HD_IX_ATTACHMENT_TICKET, ticket_id, &all);
    }
    if (code != HD_OK) {
        return code;
    }
    for (uint32_t i = 0; i < all.n; i++) {
        if (hd_sees(cx, HD_ATTACHMENT, &all.v[i])) {
            all.v[n++] = all.v[i];
        }
    }
    *ret_v = all.v;
    *ret_n = n;
    return HD_OK;
}

hd_code_t hd_file_list_public(hd_cx_t *cx, hd_id_t ticket_id, hd_attachment_t **ret_v, uint32_t *ret_n)
{
    files_t all;
    uint32_t n = 0;
    hd_code_t code = read_all(cx, HD_IX_ATTACHMENT_TICKET, ticket_id, &all);
    if (code != HD_OK) {
        return code;
    }
    for (uint32_t i = 0; i < all.n; i++) {
        if (!all.v[i].internal) {
            all.v[n++] = all.v[i];
        }
    }
    *ret_v = all.v;
    *ret_n = n;
    return HD_OK;
}

hd_code_t hd_file_public(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t id, hd_attachment_t *ret)
{
    hd_attachment_t f;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, id, &f);
    if (code != HD_OK || f.ticket_id != ticket_id || f.internal) {
        return code == HD_OK || code == HD_E_DATA ? HD_E_NOT_FOUND : code;
    }
    *ret = f;
    return HD_OK;
}

/* ---- deleting ---- */

static hd_code_t leave_message(hd_cx_t *cx, const hd_attachment_t *f)
{
    hd_message_t old, m;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_MESSAGE, f->message_id, &old);
    if (code != HD_OK) {
        return code;
    }
    m = old;
    m.attachment_ids = hd_ids_without(cx->arena, m.attachment_ids, f->rec.id);
    return hd_desk_put(cx, HD_MESSAGE, &old, &m);
}

hd_code_t hd_file_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version)
{
    hd_attachment_t f;
    hd_code_t code = hd_record_get(cx, HD_ATTACHMENT, id, &f);
    if (code != HD_OK) {
        return code;
    }
    if (!is_own(cx, &f) && !hd_actor_is_admin(cx->actor)) {
        return HD_E_RIGHT;
    }
    if (if_version != 0 && if_version != f.rec.version) {
        return HD_E_VERSION;
    }
    if (f.message_id != 0) {
        code = leave_message(cx, &f);
    }
    return code == HD_OK ? hd_desk_remove(cx, HD_ATTACHMENT, &f) : code;
}

static hd_code_t drop_ids(hd_cx_t *cx, hd_ids_t ids)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < ids.n && code == HD_OK; i++) {
        hd_attachment_t f;
        code = hd_row_get(cx->txn, cx->arena, HD_ATTACHMENT, ids.v[i], &f);
        code = code == HD_OK ? hd_desk_remove(cx, HD_ATTACHMENT, &f) : code;
    }
    return code;
}

hd_code_t hd_file_drop(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    files_t all;
    if (type == HD_MESSAGE) {
        return drop_ids(cx, ((const hd_message_t *) rec)->attachment_ids);
    }
    hd_index_t index = type == HD_TICKET ? HD_IX_ATTACHMENT_TICKET : HD_IX_ATTACHMENT_TEAM;
    hd_code_t code = read_all(cx, index, ((const hd_rec_t *) rec)->id, &all);
    for (uint32_t i = 0; i < all.n && code == HD_OK; i++) {
        code = hd_desk_remove(cx, HD_ATTACHMENT, &all.v[i]);
    }
    return code;
}
