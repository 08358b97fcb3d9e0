/*
 * What a change of a team means for the followers, links and company of its tickets, for teams of
 * any size (VIS-11 .. VIS-13, D-8, TEAM-7).
 *
 * Such a change is a step.  It gets the next number, team.follow_epoch, and stands in
 * team.follow_steps from the commit that makes the change.  From that commit on everybody who
 * decides by a ticket's followers decides by what the steps leave of them (hd_desk_settle): access
 * ends at once, whatever the row still says.  The rows are rewritten behind it, some at once, the
 * rest by the clock; a ticket that is written meanwhile is settled first, so the outcome is that of
 * one transaction.  ticket.follow_epoch says which steps a row has taken over.  What somebody gains by
 * following opens at once and stands in his lists when its row was rewritten.
 *
 *     team 3, epoch 6, steps [{"epoch":5,"drop":true},{"epoch":6,"customers":true}]
 *     ticket of epoch 4: loses portal users and token, then its customer follows
 *     ticket of epoch 6: as it is
 *
 * While a sweep is under way meta "sweep:<team>" holds how far it is: "-" or the last board key.
 * Without it the steps are done and nobody reads them; the next change of the team drops them.
 */
#include <stdio.h>

#include "desk_impl.h"

#ifndef AT_ONCE                  /* t/unit/test_worlds.c has smaller ones */
#define AT_ONCE     1000         /* tickets looked at in the transaction of the change */
#define PIECE       500          /* ... in one of the clock's */
#endif
#define PAUSE       20           /* ms between pieces: others write too */
#define STEPS_MAX   60000        /* bytes */

typedef struct {
    hd_id_t  team;
    char     text[32];
} meta_name_t;

static meta_name_t make_name(hd_id_t team)
{
    meta_name_t n = { .team = team };
    (void) snprintf(n.text, sizeof(n.text), "sweep:%" PRIu64, team);
    return n;
}

bool hd_desk_is_sweeping(hd_cx_t *cx, const hd_team_t *team)
{
    hd_str_t at;
    meta_name_t name = make_name(team->rec.id);
    return team->follow_steps.len != 0 && hd_meta_get(cx->txn, name.text, &at);
}

bool hd_desk_is_any_sweeping(hd_cx_t *cx)
{
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_desk_is_sweeping(cx, teams[i])) {
            return true;
        }
    }
    return false;
}

/* ---- portal users ---- */

/* Contacts somebody signs in as with a portal user's rights; kept until the configuration changes. */
hd_ids_t hd_desk_portal_contacts(hd_cx_t *cx)
{
    static const char key[] = "p";
    const hd_ids_t *kept = hd_config_slot(cx->txn, key, 1, 0, NULL);
    if (kept != NULL) {
        return *kept;
    }
    size_t n, found = 0;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    hd_id_t *v = hd_alloc_n(cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->role == HD_ROLE_PORTAL) {
            v[found++] = u->partner_id;
        }
    }
    hd_ids_t ids = hd_ids_make(hd_config_arena(cx->txn), v, found);
    bool is_new;
    hd_ids_t *slot = hd_config_slot(cx->txn, key, 1, sizeof(ids), &is_new);
    *slot = ids;
    return ids;
}

hd_ids_t hd_desk_subtract(hd_arena_t *a, hd_ids_t ids, hd_ids_t gone)
{
    uint32_t n = 0;
    hd_id_t *v = hd_alloc_n(a, ids.n, sizeof(*v));
    for (uint32_t i = 0; i < ids.n; i++) {
        v[n] = ids.v[i];
        n += !hd_ids_has(gone, ids.v[i]);
    }
    return n == ids.n ? ids : (hd_ids_t){ n, n != 0 ? v : NULL };
}

/* ---- steps as text ---- */

static void write_ids(hd_json_t *j, const char *name, hd_ids_t ids)
{
    hd_json_key(j, hd_str(name));
    hd_json_arr(j);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_json_u64(j, ids.v[i]);
    }
    hd_json_end_arr(j);
}

static void write_step(hd_json_t *j, const hd_step_t *s)
{
    hd_json_obj(j);
    hd_json_key(j, HD_STR("epoch"));
    hd_json_i64(j, s->epoch);
    hd_json_key(j, HD_STR("drop"));
    hd_json_bool(j, s->drop);
    hd_json_key(j, HD_STR("customers"));
    hd_json_bool(j, s->customers);
    write_ids(j, "add", s->add);
    write_ids(j, "remove", s->remove);
    hd_json_end_obj(j);
}

static hd_ids_t read_ids(hd_arena_t *a, const hd_jval_t *v)
{
    size_t n = hd_jlen(v);
    hd_id_t *ids = hd_alloc_n(a, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        ids[i] = (hd_id_t) hd_jint(hd_jat(v, i));
    }
    return hd_ids_make(a, ids, n);
}

typedef struct {
    size_t     n;
    hd_step_t *v;
} steps_t;

static steps_t read_steps(hd_arena_t *a, hd_str_t text)
{
    steps_t s = { 0, NULL };
    hd_jval_t *list;
    if (text.len == 0 || hd_jparse(a, text, &list) != HD_OK || hd_jtype(list) != HD_J_ARR) {
        return s;
    }
    s.v = hd_alloc_n(a, hd_jlen(list) + 1, sizeof(*s.v));
    for (size_t i = 0; i < hd_jlen(list); i++) {
        const hd_jval_t *v = hd_jat(list, i);
        s.v[s.n++] = (hd_step_t){
            .epoch = hd_jint(hd_jget(v, "epoch")), .drop = hd_jbool(hd_jget(v, "drop")),
            .customers = hd_jbool(hd_jget(v, "customers")),
            .add = read_ids(a, hd_jget(v, "add")), .remove = read_ids(a, hd_jget(v, "remove")),
        };
    }
    return s;
}

/* Read once, kept until the configuration changes. */
static const steps_t *find_steps(hd_cx_t *cx, const hd_team_t *team)
{
    uint8_t key[5] = { 'w' };
    hd_put_be32(key + 1, (uint32_t) team->rec.id);
    const steps_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept == NULL) {
        steps_t s = read_steps(hd_config_arena(cx->txn), team->follow_steps);
        bool is_new;
        steps_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(s), &is_new);
        *slot = s;
        kept = slot;
    }
    return kept;
}

/* ---- one ticket ---- */

static void take_step(hd_cx_t *cx, const hd_step_t *s, hd_ticket_t *t)
{
    hd_ids_t ids = hd_desk_subtract(cx->arena, t->message_partner_ids, s->remove);
    if (s->drop) {
        ids = hd_desk_subtract(cx->arena, ids, hd_desk_portal_contacts(cx));    /* VIS-11 */
        t->access_token = (hd_str_t){ 0, NULL };                                /* VIS-12 */
    }
    if (t->active && !t->closed) {
        ids = hd_desk_add_followers(cx, ids, s->add);                           /* D-8 */
    }
    if (s->customers) {                                                         /* VIS-13 */
        ids = hd_desk_add_followers(cx, ids, hd_ids_make(cx->arena, &t->partner_id, 1));
    }
    t->message_partner_ids = ids;
}

bool hd_desk_settle(hd_cx_t *cx, hd_ticket_t *t)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    t->activity_state = hd_desk_ticket_activity(cx, t);
    if (t->activity_state != HD_ACTS_NONE) {
        t->rec.memo = NULL;         /* the time changes it, not the row */
    }
    if (team == NULL || t->follow_epoch == team->follow_epoch || !hd_desk_is_sweeping(cx, team)) {
        return false;
    }
    const steps_t *steps = find_steps(cx, team);
    for (size_t i = 0; i < steps->n; i++) {
        if (steps->v[i].epoch > t->follow_epoch) {
            take_step(cx, &steps->v[i], t);
        }
    }
    t->company_id = team->company_id;
    t->follow_epoch = team->follow_epoch;
    t->rec.memo = NULL;             /* its JSON tells of the row */
    return true;
}

/* ---- the change ---- */

hd_code_t hd_desk_sweep_plan(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t, hd_step_t *s)
{
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 256, STEPS_MAX);
    hd_json_t j = hd_json(&b);
    t->follow_epoch = old->follow_epoch + 1;
    s->epoch = t->follow_epoch;
    hd_json_arr(&j);
    if (hd_desk_is_sweeping(cx, old)) {
        const steps_t *before = find_steps(cx, old);
        for (size_t i = 0; i < before->n; i++) {
            write_step(&j, &before->v[i]);
        }
    }
    write_step(&j, s);
    hd_json_end_arr(&j);
    t->follow_steps = hd_buf_view(&b);
    return b.failed ? hd_problem_set(cx->problem, HD_E_CONFLICT,
                                     "Earlier changes of this team are still being carried out."
                                     " Try again in a minute.")
                    : HD_OK;
}

/* ---- sweeping ---- */

static hd_key_t make_prefix(hd_id_t team, uint8_t active)
{
    hd_key_t k = hd_desk_key(HD_IX_TICKET_BOARD);
    hd_key_id(&k, 0);
    hd_key_u8(&k, active);
    hd_key_id(&k, team);
    return k;
}

#define ACTIVE_AT 5              /* of a board key: index(1) subject(4) active(1) */

/* The next tickets of the team behind *at, which moves on; fewer than max at the end. */
static size_t next_tickets(hd_cx_t *cx, hd_id_t team, hd_key_t *at, hd_id_t *ids, size_t max)
{
    size_t n = 0;
    for (uint8_t active = at->len != 0 ? at->b[ACTIVE_AT] : 0; active <= 1 && n < max; active++) {
        hd_key_t prefix = make_prefix(team, active);
        hd_key_t from = *at;
        bool within = from.len != 0 && from.b[ACTIVE_AT] == active;
        hd_scan_t sc;
        hd_str_t key, value;
        hd_scan_index(&sc, cx->txn, &prefix, within ? &from : NULL);
        while (n < max && hd_scan_next(&sc, &key, &value)) {
            ids[n++] = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
            at->len = 0;
            hd_key_bytes(at, key.data, key.len);
        }
        hd_scan_done(&sc);
    }
    return n;
}

static hd_code_t sweep_ticket(hd_cx_t *cx, const hd_ticket_t *old, void *arg)
{
    (void) arg;
    hd_ticket_t t = *old;
    if (!hd_desk_settle(cx, &t)) {
        return HD_OK;
    }
    uint64_t diff = hd_desk_diff(HD_TICKET, old, &t) & ~HD_BIT(HD_TICKET_F_follow_epoch);
    return diff == 0 ? HD_OK : hd_desk_put(cx, HD_TICKET, old, &t);
}

/* Looks at max tickets behind the mark; the mark goes with the last of them. */
static hd_code_t sweep(hd_cx_t *cx, hd_id_t team, size_t max, bool *ret_end)
{
    meta_name_t name = make_name(team);
    hd_str_t mark;
    hd_key_t at = { .len = 0 };
    if (!hd_meta_get(cx->txn, name.text, &mark)) {
        *ret_end = true;
        return HD_OK;
    }
    if (mark.len > ACTIVE_AT) {
        hd_key_bytes(&at, mark.data, mark.len);
    }
    hd_id_t *ids = hd_alloc_n(cx->arena, max, sizeof(*ids));
    size_t n = next_tickets(cx, team, &at, ids, max);
    hd_code_t code = hd_desk_visit(cx, ids, n, sweep_ticket, NULL);
    *ret_end = n < max;
    hd_meta_put(cx->txn, name.text,
                *ret_end ? HD_STR("") : (hd_str_t){ at.len, (const char *) at.b });
    return code;
}

static void set_timer(hd_cx_t *cx, hd_id_t team)
{
    hd_timer_t tm = { .due = cx->now + PAUSE, .kind = HD_TM_SWEEP, .type = HD_TEAM, .id = team };
    hd_timer_set(cx->txn, &tm);
}

hd_code_t hd_desk_sweep_begin(hd_cx_t *cx, hd_id_t team)
{
    meta_name_t name = make_name(team);
    bool end, under_way;
    hd_str_t mark;
    under_way = hd_meta_get(cx->txn, name.text, &mark);     /* then its timer goes on */
    hd_meta_put(cx->txn, name.text, HD_STR("-"));
    hd_code_t code = sweep(cx, team, AT_ONCE, &end);
    if (code == HD_OK && !end && !under_way) {
        set_timer(cx, team);
    }
    return code;
}

void hd_desk_sweep_fire(hd_cx_t *cx, hd_id_t team)
{
    bool end = false;
    /* A damaged ticket stops it: what cannot be read shows nobody anything; fsck names it. */
    if (sweep(cx, team, PIECE, &end) != HD_OK || !end) {
        set_timer(cx, team);
    }
}

void hd_desk_sweep_resume(hd_cx_t *cx)
{
    size_t n;
    const void *const *teams = hd_config_all(cx->txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *team = teams[i];
        if (team->follow_steps.len != 0 && !hd_desk_is_sweeping(cx, team)) {
            meta_name_t name = make_name(team->rec.id);
            hd_meta_put(cx->txn, name.text, HD_STR("-"));
            set_timer(cx, team->rec.id);
        }
    }
}
