/*
 * Tickets that wait because all members at work are at the team's cap, oldest first.
 *
 * A place is freed by a ticket (closed, archived, deleted, given to somebody else) or by the set-up
 * (members, cap, rights, time off, hours).  The transaction that frees it gives it away, up to
 * SLICE tickets; the rest a timer of the clock goes on with, from where the slice ended.  A ticket
 * somebody unassigned by hand does not wait: a person decided.
 */
#include <stdio.h>

#include "desk_impl.h"

#define SLICE      50            /* tickets one transaction assigns */
#define LOOK       500           /* and looks at */
#define TEAMS_MAX  HD_TEAMS_MAX
#define CURSOR_LEN 24

typedef struct {
    hd_cx_t  cx;                 /* the desk itself is the actor: nobody gave these tickets by hand */
    uint32_t left, looks;
} drain_t;

static void cursor_name(hd_id_t team, char out[CURSOR_LEN])
{
    snprintf(out, CURSOR_LEN, "drain_%" PRIu64, team);
}

static void go_on_later(hd_cx_t *cx, hd_id_t team, hd_id_t after)
{
    char name[CURSOR_LEN];
    uint8_t be[4];
    hd_timer_t tm = { cx->now + 1, HD_TM_DRAIN, HD_TEAM, team };   /* in a transaction of its own */
    hd_put_be32(be, (uint32_t) after);
    cursor_name(team, name);
    hd_meta_put(cx->txn, name, after == 0 ? HD_STR("") : (hd_str_t){ 4, (const char *) be });
    hd_timer_set(cx->txn, &tm);
}

static size_t collect(hd_cx_t *cx, hd_id_t team, hd_id_t after, hd_id_t *ids, size_t max)
{
    hd_key_t prefix = hd_desk_key(HD_IX_TICKET_WAITING), from;
    hd_scan_t sc;
    hd_str_t key, value;
    size_t n = 0;
    hd_key_id(&prefix, team);
    from = prefix;
    hd_key_id(&from, after);
    hd_scan_index(&sc, cx->txn, &prefix, after != 0 ? &from : NULL);
    while (n < max && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    return n;
}

/* *ret_given false: there is no room for it.  A damaged row does not keep the others waiting. */
static hd_code_t try_one(hd_cx_t *cx, const hd_team_t *team, hd_id_t id, bool *ret_given)
{
    hd_ticket_t old;
    hd_assigned_t done;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &old);
    *ret_given = false;
    if (code != HD_OK) {
        *ret_given = true;
        return code == HD_E_DATA || code == HD_E_NOT_FOUND ? HD_OK : code;
    }
    hd_ticket_t t = old;
    hd_desk_settle(cx, &t);
    hd_assign_auto(cx, team, &t, &done);
    if (done.user != 0) {
        *ret_given = true;
        code = hd_desk_put(cx, HD_TICKET, &old, &t);
    }
    if (code == HD_OK) {
        hd_assign_done(cx, &t, &done);
    }
    if (code == HD_OK && done.user != 0) {
        code = hd_notify_ticket(cx, &old, &t);
    }
    return code;
}

/* after: where an earlier slice ended. */
static hd_code_t drain_team(drain_t *d, const hd_team_t *team, hd_id_t after)
{
    hd_cx_t *cx = &d->cx;
    if (!team->auto_assignment || !team->active) {
        return HD_OK;
    }
    hd_id_t *ids = hd_alloc_n(cx->arena, LOOK, sizeof(*ids));
    size_t n = collect(cx, team->rec.id, after, ids, LOOK);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        bool given = false;
        if (d->left == 0 || d->looks == 0) {
            go_on_later(cx, team->rec.id, i == 0 ? after : ids[i - 1]);
            return HD_OK;
        }
        d->looks--;
        code = try_one(cx, team, ids[i], &given);
        d->left -= given;
        if (!given && team->assign_method != HD_ASSIGN_TAGS) {
            return code;                /* the same people for every ticket: the next ones wait too */
        }
    }
    if (code == HD_OK && n == LOOK) {
        go_on_later(cx, team->rec.id, ids[n - 1]);
    }
    return code;
}

static hd_code_t drain(hd_cx_t *cx, hd_id_t freed)
{
    hd_key_t prefix = hd_desk_key(HD_IX_TICKET_WAITING), *groups;
    if (!hd_desk_any_key(cx->txn, &prefix)) {
        return HD_OK;
    }
    drain_t d = { .cx = *cx, .left = SLICE, .looks = LOOK };
    d.cx.actor = &hd_actor_desk;
    size_t n = hd_scan_groups(cx->txn, cx->arena, &prefix, 4, TEAMS_MAX, &groups);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_id_t id = hd_get_be32(groups[i].b + groups[i].len - 4);
        const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, id);
        if (team != NULL
            && (freed == 0 || team->member_ids.n == 0 || hd_ids_has(team->member_ids, freed))) {
            code = drain_team(&d, team, 0);
        }
    }
    return code;
}

static hd_id_t holder(const hd_ticket_t *t)
{
    return t != NULL && t->active && !t->closed ? t->user_id : 0;
}

hd_code_t hd_assign_freed(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *now)
{
    hd_id_t user = holder(old);
    return user != 0 && user != holder(now) ? drain(cx, user) : HD_OK;
}

hd_code_t hd_assign_set_up(hd_cx_t *cx, hd_type_t type)
{
    switch (type) {
    case HD_COMPANY:
    case HD_USER:
    case HD_TEAM:
    case HD_STAGE:
    case HD_TAG:
    case HD_CALENDAR:
    case HD_LEAVE:
        return drain(cx, 0);
    default:
        return HD_OK;
    }
}

void hd_assign_again(hd_cx_t *cx, hd_id_t team_id)
{
    char name[CURSOR_LEN];
    hd_str_t value;
    hd_id_t after = 0;
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, team_id);
    drain_t d = { .cx = *cx, .left = SLICE, .looks = LOOK };
    d.cx.actor = &hd_actor_desk;
    cursor_name(team_id, name);
    if (hd_meta_get(cx->txn, name, &value)) {
        after = value.len == 4 ? hd_get_be32((const uint8_t *) value.data) : 0;
        hd_meta_put(cx->txn, name, HD_STR(""));
    }
    if (team != NULL) {
        (void) drain_team(&d, team, after);     /* an error stays with the transaction */
    }
}
