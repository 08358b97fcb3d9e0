/*
 * Folding a stage closes its tickets, unfolding opens them, however many there are (STG-11).  Some
 * are written with the stage itself, the rest in pieces by the clock.  Meanwhile a ticket that is
 * changed takes the state of its stage at once (desk_ticket_update.c), so none is left behind.
 *
 * While it goes on, meta "fold:<stage>" holds when and by whom, and how far it is:
 *
 *     time(8) user(8) last board key
 */
#include <stdio.h>

#include "desk_impl.h"

#define AT_ONCE 1000             /* tickets in the transaction of the change */
#define PIECE   500              /* ... in one of the clock's */
#define PAUSE   20               /* ms between pieces: others write too */
#define HEAD    16

typedef struct {
    hd_cx_t           *cx;
    const hd_stage_t  *stage;
    hd_time_t          since;
    hd_id_t            user;
    hd_key_t           at;       /* the last key that is done; empty at the beginning */
    hd_id_t           *ids;
    size_t             n, max, seen;
} fold_t;

static void make_name(hd_id_t stage, char out[32])
{
    (void) snprintf(out, 32, "fold:%" PRIu64, stage);
}

static void set_timer(hd_cx_t *cx, hd_id_t stage)
{
    hd_timer_t tm = { .due = cx->now + PAUSE, .kind = HD_TM_FOLD, .type = HD_STAGE, .id = stage };
    hd_timer_set(cx->txn, &tm);
}

static hd_key_t make_prefix(const fold_t *f, uint8_t active, hd_id_t team)
{
    hd_key_t k = hd_desk_key(HD_IX_TICKET_BOARD);
    hd_key_id(&k, 0);
    hd_key_u8(&k, active);
    hd_key_id(&k, team);
    hd_key_id(&k, f->stage->rec.id);
    return k;
}

static void collect_group(fold_t *f, const hd_key_t *prefix)
{
    hd_scan_t sc;
    hd_str_t key, value;
    int before = f->at.len == 0 ? 1 : memcmp(prefix->b, f->at.b, prefix->len);
    if (before < 0) {
        return;                             /* done */
    }
    hd_scan_index(&sc, f->cx->txn, prefix, before == 0 ? &f->at : NULL);
    while (f->n < f->max && hd_scan_next(&sc, &key, &value)) {
        f->ids[f->n++] = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        memcpy(f->at.b, key.data, key.len);
        f->at.len = (uint8_t) key.len;
    }
    hd_scan_done(&sc);
}

static void collect(fold_t *f)
{
    f->ids = hd_alloc_n(f->cx->arena, f->max, sizeof(*f->ids));
    for (uint8_t active = 0; active <= 1; active++) {
        for (uint32_t i = 0; i < f->stage->team_ids.n && f->n < f->max; i++) {
            hd_key_t prefix = make_prefix(f, active, f->stage->team_ids.v[i]);
            collect_group(f, &prefix);
        }
    }
}

static hd_code_t fold_ticket(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    fold_t *f = arg;
    hd_ticket_t t = *old;
    f->seen++;
    hd_desk_settle(cx, &t);
    t.closed = f->stage->fold;
    if (!t.closed) {
        t.close_date = 0;
        t.closed_by_partner = false;
    } else {
        t.close_date = t.close_date == 0 ? f->since : t.close_date;
        t.waiting = false;
    }
    uint64_t diff = hd_desk_diff(HD_TICKET, old, &t) & ~HD_BIT(HD_TICKET_F_follow_epoch);
    return diff == 0 ? HD_OK : hd_desk_put(cx, HD_TICKET, old, &t);
}

/* A damaged ticket is passed over; fsck names it. */
static hd_code_t fold_all(fold_t *f)
{
    hd_actor_t actor = *f->cx->actor;
    hd_cx_t cx = *f->cx;
    actor.uid = f->user;                    /* in whose name, also when the clock does it */
    cx.actor = &actor;
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < f->n && code == HD_OK; i++) {
        f->seen = 0;
        code = hd_desk_visit(&cx, f->ids + i, f->n - i, fold_ticket, f);
        i += f->seen;
        code = code == HD_E_DATA || code == HD_E_NOT_FOUND ? HD_OK : code;
    }
    return code;
}

static hd_code_t run(fold_t *f)
{
    char name[32];
    uint8_t value[HEAD + HD_KEY_MAX];
    make_name(f->stage->rec.id, name);
    collect(f);
    hd_code_t code = fold_all(f);
    if (f->n < f->max) {
        hd_meta_put(f->cx->txn, name, HD_STR(""));
        return code;
    }
    hd_put_be64(value, (uint64_t) f->since);
    hd_put_be64(value + 8, f->user);
    memcpy(value + HEAD, f->at.b, f->at.len);
    hd_meta_put(f->cx->txn, name, (hd_str_t){ HEAD + (size_t) f->at.len, (const char *) value });
    set_timer(f->cx, f->stage->rec.id);
    return code;
}

hd_code_t hd_desk_fold(hd_cx_t *cx, const hd_stage_t *stage)
{
    fold_t f = { .cx = cx, .stage = stage, .since = cx->now, .user = cx->actor->uid,
                 .max = AT_ONCE };
    return run(&f);
}

void hd_desk_fold_fire(hd_cx_t *cx, hd_id_t stage_id)
{
    char name[32];
    hd_str_t value;
    const hd_stage_t *stage = hd_config_get(cx->txn, HD_STAGE, stage_id);
    make_name(stage_id, name);
    if (!hd_meta_get(cx->txn, name, &value) || value.len < HEAD || value.len > HEAD + HD_KEY_MAX) {
        return;                             /* another timer has done it */
    }
    if (stage == NULL) {
        hd_meta_put(cx->txn, name, HD_STR(""));
        return;
    }
    fold_t f = { .cx = cx, .stage = stage, .max = PIECE };
    const uint8_t *p = (const uint8_t *) value.data;
    f.since = (hd_time_t) hd_get_be64(p);
    f.user = (hd_id_t) hd_get_be64(p + 8);
    f.at.len = (uint8_t) (value.len - HEAD);
    memcpy(f.at.b, p + HEAD, f.at.len);
    (void) run(&f);                         /* an error stays with the transaction */
}
