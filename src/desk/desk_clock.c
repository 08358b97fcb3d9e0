/*
 * The clock: timers are rows by due time.  A timer that fires is deleted and its next one set in
 * the same transaction, so a crash neither loses nor doubles one.
 */
#include "desk_impl.h"

#define IDEM_EVERY      (10 * HD_MINUTE)
#define SESSIONS_EVERY  HD_HOUR
#define AGAIN           HD_SECOND            /* there was more than one slice */
#define SLICE           1000
#define META_CURSOR     "idem_cursor"
#define META_CLOCK      "clock"

static void set_timer(hd_cx_t *cx, hd_timer_kind_t kind, hd_time_t after)
{
    hd_timer_t tm = { .due = cx->now + after, .kind = (uint8_t) kind };
    hd_timer_set(cx->txn, &tm);
}

void hd_clock_init(hd_cx_t *cx)
{
    hd_str_t value;
    hd_desk_days_resume(cx);
    hd_desk_reindex_resume(cx);
    hd_desk_notices_resume(cx);
    if (hd_meta_get(cx->txn, META_CLOCK, &value)) {
        return;
    }
    hd_meta_put(cx->txn, META_CLOCK, HD_STR("1"));
    set_timer(cx, HD_TM_PURGE_IDEM, IDEM_EVERY);
    set_timer(cx, HD_TM_PURGE_SESSIONS, SESSIONS_EVERY);
    hd_desk_sweep_resume(cx);
    hd_desk_file_resume(cx);
}

static void purge_idem(hd_cx_t *cx)
{
    hd_str_t value;
    uint8_t cursor[16] = { 0 };
    if (hd_meta_get(cx->txn, META_CURSOR, &value) && value.len == sizeof(cursor)) {
        memcpy(cursor, value.data, sizeof(cursor));
    }
    bool end = hd_idem_purge(cx->txn, cx->now - HD_IDEM_KEEP, SLICE, cursor);
    hd_str_t next = { end ? 0 : sizeof(cursor), (const char *) cursor };
    hd_meta_put(cx->txn, META_CURSOR, next);
    set_timer(cx, HD_TM_PURGE_IDEM, end ? IDEM_EVERY : AGAIN);
}

static size_t find_over(hd_cx_t *cx, hd_type_t type, hd_id_t *ids, size_t max)
{
    size_t n, found = 0;
    const void *const *all = hd_config_all(cx->txn, type, &n);
    for (size_t i = 0; i < n && found < max; i++) {
        const hd_token_t *t = type == HD_TOKEN ? all[i] : NULL;
        bool over = t != NULL ? t->expires != 0 && cx->now >= t->expires
                              : hd_desk_session_over(cx, all[i]);
        if (over) {
            ids[found++] = ((const hd_rec_t *) all[i])->id;
        }
    }
    return found;
}

static bool purge_type(hd_cx_t *cx, hd_type_t type)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    size_t n = find_over(cx, type, ids, SLICE);
    void *rec = hd_alloc(cx->arena, hd_entities[type]->size);
    for (size_t i = 0; i < n; i++) {
        if (hd_row_get(cx->txn, cx->arena, type, ids[i], rec) == HD_OK) {
            hd_row_delete(cx->txn, cx->arena, type, rec);
        }
    }
    return n < SLICE;
}

static void purge_sessions(hd_cx_t *cx)
{
    bool end = purge_type(cx, HD_SESSION);
    end = purge_type(cx, HD_TOKEN) && end;
    set_timer(cx, HD_TM_PURGE_SESSIONS, end ? SESSIONS_EVERY : AGAIN);
}

uint32_t hd_clock_run(hd_cx_t *cx, uint32_t max, hd_time_t *ret_next_due)
{
    uint32_t n = 0;
    hd_timer_t tm;
    while (n < max && hd_timer_first(cx->txn, &tm) && tm.due <= cx->now) {
        hd_timer_clear(cx->txn, &tm);
        switch ((hd_timer_kind_t) tm.kind) {
        case HD_TM_PURGE_IDEM:
            purge_idem(cx);
            break;
        case HD_TM_PURGE_SESSIONS:
            purge_sessions(cx);
            break;
        case HD_TM_DRAIN:
            hd_assign_again(cx, tm.id);
            break;
        case HD_TM_READERS:
            break;
        case HD_TM_FILE:
            hd_desk_file_fire(cx, tm.id);
            break;
        case HD_TM_COMMERCIAL:
            hd_desk_commercial_fire(cx, tm.id);
            break;
        case HD_TM_REMIND:
            hd_activity_remind(cx, tm.id);
            break;
        case HD_TM_DAYS:
            hd_desk_days_fire(cx);
            break;
        case HD_TM_REINDEX:
            hd_desk_reindex_fire(cx, tm.id);
            break;
        case HD_TM_NOTICES:
            hd_desk_notices_fire(cx);
            break;
        case HD_TM_FOLD:
            hd_desk_fold_fire(cx, tm.id);
            break;
        case HD_TM_SWEEP:
            hd_desk_sweep_fire(cx, tm.id);
            break;
        }
        n++;
    }
    *ret_next_due = hd_timer_first(cx->txn, &tm) ? tm.due : 0;
    return n;
}
