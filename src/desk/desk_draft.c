/*
 * Drafts: what somebody has typed and not sent, kept for him alone.  They are no part of the desk's history: no events.
 */
#include "desk_impl.h"

static bool find(hd_cx_t *cx, const hd_draft_t *which, hd_draft_t *ret)
{
    hd_id_t id;
    hd_key_t k = hd_desk_key(HD_IX_DRAFT);
    hd_key_id(&k, cx->actor->uid);
    hd_key_id(&k, which->ticket_id);
    hd_key_id(&k, which->team_id);
    hd_key_u8(&k, which->subtype);
    return hd_index_find(cx->txn, &k, &id) && hd_row_get(cx->txn, cx->arena, HD_DRAFT, id, ret) == HD_OK;
}

/* Who may write such a message may keep it. */
static hd_code_t open_subject(hd_cx_t *cx, const hd_draft_t *which)
{
    hd_subject_t s;
    hd_code_t code = hd_subject_open(cx, which->ticket_id, which->team_id, &s);
    bool note = which->subtype != HD_SUB_COMMENT;
    return code == HD_OK && note && cx->actor->role == HD_ROLE_PORTAL ? HD_E_RIGHT : code;
}

hd_code_t hd_draft_get(hd_cx_t *cx, const hd_draft_t *which, hd_draft_t *ret)
{
    hd_code_t code = open_subject(cx, which);
    if (code == HD_OK && !find(cx, which, ret)) {
        *ret = (hd_draft_t){ .ticket_id = which->ticket_id, .team_id = which->team_id, .subtype = which->subtype };
    }
    return code;
}

static bool is_blank(const hd_draft_t *d)
{
    return hd_str_trim(d->body).len == 0 && d->attachment_ids.n == 0;
}

hd_code_t hd_desk_draft_drop(hd_cx_t *cx, const hd_draft_t *which)
{
    hd_draft_t d;
    return find(cx, which, &d) ? hd_row_delete(cx->txn, cx->arena, HD_DRAFT, &d) : HD_OK;
}

hd_code_t hd_draft_put(hd_cx_t *cx, hd_draft_t *rec, uint64_t mask)
{
    hd_draft_t old, d = { .user_id = cx->actor->uid };
    hd_code_t code = open_subject(cx, rec);
    if (code != HD_OK) {
        return code;
    }
    bool there = find(cx, rec, &old);
    d = there ? old : d;
    d.ticket_id = rec->ticket_id;
    d.team_id = rec->team_id;
    d.subtype = rec->subtype;
    hd_record_merge(hd_entities[HD_DRAFT], &d, rec, hd_desk_writable(HD_DRAFT, mask, true));
    if (is_blank(&d)) {
        *rec = (hd_draft_t){ .ticket_id = d.ticket_id, .team_id = d.team_id, .subtype = d.subtype };
        return there ? hd_row_delete(cx->txn, cx->arena, HD_DRAFT, &old) : HD_OK;
    }
    if (!there) {
        code = hd_row_insert(cx->txn, cx->arena, HD_DRAFT, &d, cx->now, cx->actor->uid);
    } else if (hd_desk_diff(HD_DRAFT, &old, &d) != 0) {
        code = hd_row_update(cx->txn, cx->arena, HD_DRAFT, &old, &d, cx->now, cx->actor->uid);
    }
    if (code == HD_OK) {
        *rec = d;
    }
    return code;
}

hd_code_t hd_draft_delete(hd_cx_t *cx, const hd_draft_t *which, uint64_t if_version)
{
    hd_draft_t d = { .body = { 0, "" } };
    hd_code_t code = hd_draft_get(cx, which, &d);
    if (code == HD_OK && if_version != 0 && if_version != d.rec.version) {
        return HD_E_VERSION;
    }
    return code == HD_OK ? hd_desk_draft_drop(cx, which) : code;
}

/* ---- what goes with a ticket, a team, a user ---- */

static bool is_of(const hd_draft_t *d, hd_type_t type, hd_id_t id)
{
    return (type == HD_TICKET ? d->ticket_id : type == HD_TEAM ? d->team_id : d->user_id) == id;
}

/* Those of a ticket by index, all others by looking at all: drafts are few, each goes when it is sent. */
hd_code_t hd_desk_drafts_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    hd_scan_t sc;
    hd_str_t key, value;
    size_t n = 0;
    hd_code_t code = HD_OK;
    hd_id_t *ids = hd_alloc_n(cx->arena, HD_CASCADE_MAX, sizeof(*ids));
    hd_key_t k = hd_desk_key(HD_IX_DRAFT_TICKET);
    hd_key_id(&k, id);
    if (type == HD_TICKET) {
        hd_scan_index(&sc, cx->txn, &k, NULL);
    } else {
        hd_scan_rows(&sc, cx->txn, HD_DRAFT, 0);
    }
    while (n < HD_CASCADE_MAX && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_draft_t d;
        code = hd_row_get(cx->txn, cx->arena, HD_DRAFT, ids[i], &d);
        if (code == HD_OK && is_of(&d, type, id)) {
            code = hd_row_delete(cx->txn, cx->arena, HD_DRAFT, &d);
        }
    }
    return code;
}
