/*
 * The inbox of a user: who was told what, unread lines first (CHT-2).  A line about a ticket its owner may not read any more
 * is neither shown nor counted (VIS-16).
 */
#include "desk_impl.h"

#define TAIL 5                   /* of a key: read(1) ~id(4) */

static hd_key_t make_prefix(const hd_cx_t *cx)
{
    hd_key_t k = hd_desk_key(HD_IX_NOTIFICATION);
    hd_key_id(&k, cx->actor->partner_id);
    return k;
}

static hd_id_t id_of(hd_str_t key)
{
    return ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
}

/* The line with its author: of the message, or who made the change. */
static bool read_line(hd_cx_t *cx, hd_id_t id, hd_notification_t *ret)
{
    return hd_row_get(cx->txn, cx->arena, HD_NOTIFICATION, id, ret) == HD_OK && hd_sees(cx, HD_NOTIFICATION, ret);
}

static void add_author(hd_cx_t *cx, hd_notification_t *n)
{
    hd_message_t m;
    if (n->message_id != 0 && hd_row_get(cx->txn, cx->arena, HD_MESSAGE, n->message_id, &m) == HD_OK) {
        n->author_id = m.author_id;
        return;
    }
    const hd_user_t *u = n->rec.create_uid != 0 ? hd_config_get(cx->txn, HD_USER, n->rec.create_uid) : NULL;
    n->author_id = u != NULL ? u->partner_id : 0;
}

/* ---- list ---- */

hd_code_t hd_inbox_list(hd_cx_t *cx, bool unread_only, uint32_t limit, hd_str_t after, hd_page_t *ret)
{
    hd_key_t prefix = make_prefix(cx), from = prefix;
    uint8_t tail[TAIL];
    if (after.len != 0) {
        if (!hd_desk_cursor_read(after, tail, TAIL)) {
            return HD_E_CURSOR;
        }
        hd_key_bytes(&from, tail, TAIL);
    }
    if (unread_only) {
        hd_key_u8(&prefix, 0);
    }
    limit = hd_desk_page_limit(limit);
    *ret = (hd_page_t){ .v = hd_alloc_n(cx->arena, limit, sizeof(void *)) };
    hd_scan_t sc;
    hd_str_t key, value;
    bool more = false;
    hd_scan_index(&sc, cx->txn, &prefix, after.len != 0 ? &from : NULL);
    for (uint32_t looked = 0; hd_scan_next(&sc, &key, &value); looked++) {
        hd_notification_t *n = hd_alloc_raw(cx->arena, sizeof(*n));
        more = ret->n == limit || looked == HD_SCAN_MAX;
        if (more) {
            break;
        }
        memcpy(tail, key.data + key.len - TAIL, TAIL);
        if (read_line(cx, id_of(key), n)) {
            add_author(cx, n);
            ret->v[ret->n++] = n;
        }
    }
    hd_scan_done(&sc);
    if (more) {
        ret->next = hd_desk_cursor(cx->arena, tail, TAIL);
    }
    return hd_txn_error(cx->txn);
}

uint32_t hd_inbox_unread(hd_cx_t *cx)
{
    if (cx->actor->partner_id == 0 || hd_counter_get(cx->txn, HD_CN_CONTACT_UNREAD, cx->actor->partner_id, 0) == 0) {
        return 0;
    }
    hd_key_t prefix = make_prefix(cx);
    hd_key_u8(&prefix, 0);
    hd_scan_t sc;
    hd_str_t key, value;
    hd_notification_t n;
    uint32_t unread = 0;
    hd_scan_index(&sc, cx->txn, &prefix, NULL);
    for (uint32_t looked = 0; unread < HD_UNREAD_MAX && looked < HD_SCAN_MAX && hd_scan_next(&sc, &key, &value); looked++) {
        unread += read_line(cx, id_of(key), &n);
    }
    hd_scan_done(&sc);
    return unread;
}

/* ---- reading them ---- */

static hd_code_t mark(hd_cx_t *cx, const hd_notification_t *old, bool read, hd_notification_t *ret)
{
    hd_notification_t n = *old;
    if ((old->read_date != 0) != read) {
        n.read_date = read ? cx->now : 0;
    }
    hd_code_t code = n.read_date == old->read_date ? HD_OK : hd_desk_put(cx, HD_NOTIFICATION, old, &n);
    add_author(cx, &n);
    *ret = n;
    return code;
}

hd_code_t hd_inbox_mark(hd_cx_t *cx, hd_id_t id, bool read, hd_notification_t *ret)
{
    hd_notification_t old;
    hd_code_t code = hd_record_get(cx, HD_NOTIFICATION, id, &old);
    return code == HD_OK ? mark(cx, &old, read, ret) : code;
}

/* Unread lines of the actor: all, or those of a ticket; at most max. */
static size_t gather(hd_cx_t *cx, hd_id_t ticket, hd_id_t *ids, size_t max)
{
    hd_key_t prefix = make_prefix(cx);
    if (ticket != 0) {
        prefix = hd_desk_key(HD_IX_NOTIFICATION_OF);
        hd_key_id(&prefix, ticket);
        hd_key_id(&prefix, 0);
        hd_key_id(&prefix, cx->actor->partner_id);
    } else {
        hd_key_u8(&prefix, 0);
    }
    hd_scan_t sc;
    hd_str_t key, value;
    size_t n = 0;
    hd_scan_index(&sc, cx->txn, &prefix, NULL);
    while (n < max && hd_scan_next(&sc, &key, &value)) {
        ids[n] = ticket != 0 ? hd_get_be32((const uint8_t *) key.data + key.len - 4) : id_of(key);
        hd_notification_t line;
        n += ticket == 0
          || (hd_row_get(cx->txn, cx->arena, HD_NOTIFICATION, ids[n], &line) == HD_OK && line.read_date == 0);
    }
    hd_scan_done(&sc);
    return n;
}

hd_code_t hd_inbox_read(hd_cx_t *cx, hd_ids_t ids, hd_id_t ticket, uint32_t *ret_n)
{
    hd_id_t *found = hd_alloc_n(cx->arena, HD_READ_MAX, sizeof(*found));
    hd_ids_t those = ids;
    hd_code_t code = HD_OK;
    uint32_t done = 0;
    if (cx->actor->partner_id == 0) {
        return HD_E_RIGHT;
    }
    if (ids.n == 0) {
        those = (hd_ids_t){ (uint32_t) gather(cx, ticket, found, HD_READ_MAX), found };
    }
    for (uint32_t i = 0; i < those.n && code == HD_OK; i++) {
        hd_notification_t old, n;
        code = hd_row_get(cx->txn, cx->arena, HD_NOTIFICATION, those.v[i], &old);
        if (code == HD_OK && old.partner_id == cx->actor->partner_id && old.read_date == 0) {
            code = mark(cx, &old, true, &n);
            done++;
        }
        code = code == HD_E_NOT_FOUND ? HD_OK : code;       /* of somebody else, or gone: nothing to do */
    }
    *ret_n = done;
    return code;
}
