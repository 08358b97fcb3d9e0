/*
 * What tells of a ticket, a team, a message or a contact goes with it: lines of inboxes, rows of the outbox, subscriptions.
 */
#include "desk_impl.h"

#define SLICE 500                /* ids gathered at once: a scan must not stand while rows go */

typedef bool (*fits_t)(const void *rec, hd_id_t id);

/* Deletes the rows whose ids end the keys behind prefix, those that fit. */
static hd_code_t drop(hd_cx_t *cx, hd_type_t type, const hd_key_t *prefix, fits_t fits, hd_id_t id)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    void *rec = hd_alloc(cx->arena, hd_entities[type]->size);
    hd_key_t at = { .len = 0 };
    hd_code_t code = HD_OK;
    size_t n = SLICE;
    while (code == HD_OK && n == SLICE) {
        hd_scan_t sc;
        hd_str_t key, value;
        n = 0;
        hd_scan_index(&sc, cx->txn, prefix, at.len != 0 ? &at : NULL);
        while (n < SLICE && hd_scan_next(&sc, &key, &value)) {
            uint32_t last = hd_get_be32((const uint8_t *) key.data + key.len - 4);
            ids[n++] = prefix->b[0] == HD_IX_NOTIFICATION ? ~last : last;       /* newest first there */
            at.len = 0;
            hd_key_bytes(&at, key.data, key.len);
        }
        hd_scan_done(&sc);
        for (size_t i = 0; i < n && code == HD_OK; i++) {
            code = hd_row_get(cx->txn, cx->arena, type, ids[i], rec);
            if (code == HD_OK && (fits == NULL || fits(rec, id))) {
                code = hd_row_delete(cx->txn, cx->arena, type, rec);
            }
        }
    }
    return code;
}

static bool line_of_message(const void *rec, hd_id_t id)
{
    return ((const hd_notification_t *) rec)->message_id == id;
}

static bool mail_of_message(const void *rec, hd_id_t id)
{
    return ((const hd_mail_t *) rec)->message_id == id;
}

static bool line_of_activity(const void *rec, hd_id_t id)
{
    return ((const hd_notification_t *) rec)->activity_id == id;
}

static bool mail_of_activity(const void *rec, hd_id_t id)
{
    return ((const hd_mail_t *) rec)->activity_id == id;
}

static hd_key_t make_key(hd_index_t index, hd_id_t first, hd_id_t second)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, first);
    hd_key_id(&k, second);
    return k;
}

/* Rows that tell of a ticket or a team, those that fit. */
static hd_code_t drop_told(hd_cx_t *cx, hd_id_t ticket, hd_id_t team, fits_t line, fits_t mail, hd_id_t id)
{
    hd_key_t lines = make_key(HD_IX_NOTIFICATION_OF, ticket, team);
    hd_key_t mails = make_key(HD_IX_MAIL_OF, ticket, team);
    hd_code_t code = drop(cx, HD_NOTIFICATION, &lines, line, id);
    return code == HD_OK ? drop(cx, HD_MAIL, &mails, mail, id) : code;
}

hd_code_t hd_notify_forget_message(hd_cx_t *cx, const hd_message_t *m)
{
    return drop_told(cx, m->ticket_id, m->team_id, line_of_message, mail_of_message, m->rec.id);
}

hd_code_t hd_desk_forget_activity(hd_cx_t *cx, const hd_activity_t *t)
{
    return drop_told(cx, t->ticket_id, 0, line_of_activity, mail_of_activity, t->rec.id);
}

static hd_code_t drop_activities(hd_cx_t *cx, hd_id_t ticket)
{
    hd_key_t k = hd_desk_key(HD_IX_ACTIVITY_TICKET);
    hd_key_id(&k, ticket);
    return drop(cx, HD_ACTIVITY, &k, NULL, 0);
}

/* The unique index keeps the row's id beside the key. */
static hd_code_t drop_subscriptions(hd_cx_t *cx, hd_id_t ticket)
{
    hd_subscriptions_t s;
    hd_desk_subscriptions(cx, ticket, NULL, &s);
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < s.n && code == HD_OK; i++) {
        code = hd_row_delete(cx->txn, cx->arena, HD_FOLLOWER, &s.own[i]);
    }
    return code;
}

static hd_code_t drop_contact(hd_cx_t *cx, hd_id_t id)
{
    static const struct {
        hd_type_t  type;
        hd_index_t index;
    } of[] = { { HD_NOTIFICATION, HD_IX_NOTIFICATION }, { HD_MAIL, HD_IX_MAIL_CONTACT }, { HD_FOLLOWER, HD_IX_FOLLOWER_CONTACT } };
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]) && code == HD_OK; i++) {
        hd_key_t k = hd_desk_key(of[i].index);
        hd_key_id(&k, id);
        code = drop(cx, of[i].type, &k, NULL, 0);
    }
    return code;
}

hd_code_t hd_desk_forget(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    switch (type) {
    case HD_TICKET: {
        hd_code_t code = drop_told(cx, id, 0, NULL, NULL, 0);
        code = code == HD_OK ? drop_activities(cx, id) : code;
        return code == HD_OK ? drop_subscriptions(cx, id) : code;
    }
    case HD_TEAM:
        return drop_told(cx, 0, id, NULL, NULL, 0);
    case HD_CONTACT:
        return drop_contact(cx, id);
    default:
        return HD_OK;
    }
}

/* ---- lines read long ago ---- */

#define NOTICES_EVERY HD_DAY
#define NOTICES_AGAIN HD_SECOND  /* there was more than one slice */
#define NOTICES_MARK  "notices"  /* "-", or the id up to which this walk has come */

static void set_notices(hd_cx_t *cx, hd_id_t at, hd_time_t after)
{
    hd_timer_t tm = { .due = cx->now + after, .kind = HD_TM_NOTICES };
    hd_timer_set(cx->txn, &tm);
    hd_meta_put(cx->txn, NOTICES_MARK, at == 0 ? HD_STR("-") : hd_strf(cx->arena, "%" PRIu64, at));
}

void hd_desk_notices_resume(hd_cx_t *cx)
{
    hd_str_t mark;
    if (!hd_meta_get(cx->txn, NOTICES_MARK, &mark)) {
        set_notices(cx, 0, NOTICES_EVERY);
    }
}

/*
 * Ids grow with time, so the walk ends at the first line that is not old enough to have been read so long ago; what is
 * older and still there was never read, or not until lately.
 */
static bool next_old(hd_cx_t *cx, hd_id_t *at, hd_id_t *ids, size_t *ret_n)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_notification_t line;
    hd_time_t before = cx->now - HD_NOTICE_KEEP;
    uint32_t looked = 0;
    bool more = false;
    *ret_n = 0;
    hd_scan_rows(&sc, cx->txn, HD_NOTIFICATION, *at);
    while (!more && hd_scan_next(&sc, &key, &value)) {
        if (hd_scan_row(&sc, cx->arena, key, value, &line) == HD_OK) {
            if (line.rec.create_date >= before) {
                break;
            }
            ids[*ret_n] = line.rec.id;
            *ret_n += line.read_date != 0 && line.read_date < before;
        }
        *at = hd_get_be32((const uint8_t *) key.data + 1);
        more = ++looked == SLICE;
    }
    hd_scan_done(&sc);
    return more;
}

void hd_desk_notices_fire(hd_cx_t *cx)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    hd_notification_t line;
    hd_str_t mark = { 0, "" };
    uint64_t at = 0;
    size_t n;
    if (!hd_meta_get(cx->txn, NOTICES_MARK, &mark) || !hd_str_to_u64(mark, &at)) {
        at = 0;
    }
    bool more = next_old(cx, &at, ids, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_row_get(cx->txn, cx->arena, HD_NOTIFICATION, ids[i], &line) == HD_OK) {
            (void) hd_row_delete(cx->txn, cx->arena, HD_NOTIFICATION, &line);      /* an error stays with the transaction */
        }
    }
    set_notices(cx, more ? at : 0, more ? NOTICES_AGAIN : NOTICES_EVERY);
}
