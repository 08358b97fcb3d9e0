/*
 * Automatic assignment: who gets a ticket that enters a team.
 *
 *     randomly   fewest tickets of this team, whatever their state (ASG-7); a tie goes to the next
 *                tied member, in ascending id and around, after the one who got the last (D-1)
 *     balanced   fewest open tickets of any team (ASG-8, D-2); a tie goes to the lowest id
 *     tags       as balanced, among those who are members of one of the ticket's tags (ASG-9)
 *
 * Considered are those who are at work now; when nobody is, those who are there first within 366
 * days (ASG-4, ASG-6).  Of these, members with as many open tickets as the team's cap get none; when
 * all are at the cap the ticket waits (desk_drain.c).
 *
 * The counters move with each ticket in the same transaction: a batch sees its own results
 * (ASG-10, ASG-13).
 */
#include "desk_impl.h"

#define LOOK_AHEAD (366 * HD_DAY)

typedef struct {
    hd_candidate_t pub;
    hd_time_t      at;           /* first instant at work; 0 never */
} person_t;

typedef struct {
    hd_cx_t           *cx;
    const hd_team_t   *team;
    const hd_ticket_t *ticket;
    person_t          *v;
    uint32_t           n;
    person_t          *best;
    hd_time_t          first;    /* when the first of them is at work; 0 nobody */
    hd_time_t          again;    /* then somebody with room is */
} choice_t;

/* ---- candidates, in ascending id (ASG-3, ASG-9) ---- */

/* ASG-9: the mapping of tags that are in use. */
static bool knows_tag(const choice_t *c, hd_id_t user)
{
    for (uint32_t i = 0; i < c->ticket->tag_ids.n; i++) {
        const hd_tag_t *tag = hd_config_get(c->cx->txn, HD_TAG, c->ticket->tag_ids.v[i]);
        if (tag != NULL && tag->active && hd_ids_has(tag->member_ids, user)) {
            return true;
        }
    }
    return false;
}

static int64_t open_of(const choice_t *c, const person_t *p)
{
    return hd_counter_get(c->cx->txn, HD_CN_USER_OPEN, p->pub.user_id, 0);
}

static int64_t load_of(const choice_t *c, const person_t *p)
{
    return c->team->assign_method != HD_ASSIGN_RANDOMLY
        ? open_of(c, p)
        : hd_counter_get(c->cx->txn, HD_CN_TEAM_USER_EVER, c->team->rec.id, p->pub.user_id);
}

static void add(choice_t *c, const hd_user_t *u, hd_id_t id)
{
    person_t *p = &c->v[c->n++];
    p->pub.user_id = id;
    p->pub.load = load_of(c, p);
    if (u == NULL || !hd_desk_may_hold(c->cx, id, c->team->company_id)) {
        p->pub.why = HD_WHY_NOT_ALLOWED;
        return;
    }
    if (c->team->assign_method == HD_ASSIGN_TAGS && !knows_tag(c, id)) {
        p->pub.why = HD_WHY_NO_TAG;
        return;
    }
    hd_time_t now = c->cx->now;
    p->at = hd_desk_available(c->cx, c->team, u, now, now + LOOK_AHEAD);
    p->pub.why = HD_WHY_OFF_HOURS;
    if (p->at != 0 && (c->first == 0 || p->at < c->first)) {
        c->first = p->at;
    }
}

static void add_all(choice_t *c)
{
    hd_ids_t members = c->team->member_ids;
    if (members.n != 0) {
        c->v = hd_alloc_n(c->cx->arena, members.n, sizeof(*c->v));
        for (uint32_t i = 0; i < members.n; i++) {
            add(c, hd_config_get(c->cx->txn, HD_USER, members.v[i]), members.v[i]);
        }
        return;
    }
    size_t n;
    const void *const *users = hd_config_all(c->cx->txn, HD_USER, &n);
    c->v = hd_alloc_n(c->cx->arena, n + 1, sizeof(*c->v));
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if ((u->role == HD_ROLE_USER || u->role == HD_ROLE_ADMIN)
            && hd_desk_may_hold(c->cx, u->rec.id, c->team->company_id)) {
            add(c, u, u->rec.id);
        }
    }
}

/* ---- choice ---- */

static bool is_at_cap(const choice_t *c, const person_t *p)
{
    return c->team->assign_cap != 0 && open_of(c, p) >= c->team->assign_cap;
}

static bool wins(const choice_t *c, const person_t *p, hd_id_t last)
{
    if (c->best == NULL || p->pub.load != c->best->pub.load) {
        return c->best == NULL || p->pub.load < c->best->pub.load;
    }
    return c->team->assign_method == HD_ASSIGN_RANDOMLY
        && c->best->pub.user_id <= last && p->pub.user_id > last;   /* D-1: the first after the last */
}

static void choose(choice_t *c)
{
    hd_id_t last = (hd_id_t) hd_counter_get(c->cx->txn, HD_CN_TEAM_LAST, c->team->rec.id, 0);
    for (uint32_t i = 0; i < c->n; i++) {
        person_t *p = &c->v[i];
        if (p->pub.why != HD_WHY_OFF_HOURS) {
            continue;
        }
        if (p->at == 0 || p->at != c->first) {
            hd_time_t at = c->first != 0 ? c->first : c->cx->now;
            if (hd_desk_back_at(c->cx, c->team, p->pub.user_id, at) != 0) {
                p->pub.why = HD_WHY_TIME_OFF;
            }
            if (p->at != 0 && !is_at_cap(c, p) && (c->again == 0 || p->at < c->again)) {
                c->again = p->at;
            }
        } else if (is_at_cap(c, p)) {
            p->pub.why = HD_WHY_AT_CAP;
        } else {
            p->pub.why = HD_WHY_TIE;
            c->best = wins(c, p, last) ? p : c->best;
        }
    }
    for (uint32_t i = 0; i < c->n && c->best != NULL; i++) {
        if (c->v[i].pub.why == HD_WHY_TIE && c->v[i].pub.load > c->best->pub.load) {
            c->v[i].pub.why = HD_WHY_HIGHER_LOAD;
        }
    }
    if (c->best != NULL) {
        c->best->pub.why = HD_WHY_CHOSEN;
    }
}

/* ---- what comes of it ---- */

static uint8_t method_of(const hd_team_t *team)
{
    switch (team->assign_method) {
    case HD_ASSIGN_RANDOMLY: return HD_BY_RANDOMLY;
    case HD_ASSIGN_BALANCED: return HD_BY_BALANCED;
    default:                 return HD_BY_TAGS;
    }
}

static void write_trace(choice_t *c, hd_ticket_t *t)
{
    hd_assignment_t a = {
        .at = c->cx->now, .method = method_of(c->team), .team_id = c->team->rec.id,
        .user_id = t->user_id, .waiting = t->waiting,
        .looked_ahead_to = c->first > c->cx->now ? c->first : 0,
    };
    a.v = hd_alloc_n(c->cx->arena, c->n + (size_t) 1, sizeof(*a.v));
    for (uint32_t i = 0; i < c->n; i++) {
        bool last = a.n + 1 == HD_TRACE_MAX;    /* the last place is kept for the chosen one */
        if (a.n < HD_TRACE_MAX
            && (!last || c->best == NULL || &c->v[i] == c->best || c->best < &c->v[i])) {
            a.v[a.n++] = c->v[i].pub;
        }
    }
    t->assign_trace = hd_desk_write_trace(c->cx, &a);
}

/* ASG-12, MAN-3, MAN-4. */
static void hand_over(hd_cx_t *cx, hd_ticket_t *t)
{
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, t->user_id);
    t->assign_date = t->assign_date != 0 ? t->assign_date : cx->now;
    if (u != NULL) {
        t->message_partner_ids = hd_ids_with(cx->arena, t->message_partner_ids, u->partner_id);
    }
}

void hd_assign_auto(hd_cx_t *cx, const hd_team_t *team, hd_ticket_t *t, hd_assigned_t *ret)
{
    *ret = (hd_assigned_t){ .user = 0 };
    t->waiting = false;
    t->assign_trace = (hd_str_t){ 0, "" };
    if (!team->auto_assignment || !team->active) {      /* ASG-1 */
        return;
    }
    choice_t c = { .cx = cx, .team = team, .ticket = t };
    add_all(&c);
    choose(&c);
    if (c.best != NULL) {
        ret->user = t->user_id = c.best->pub.user_id;
        hand_over(cx, t);
    } else if (c.first != 0) {          /* somebody there, but with no room */
        t->waiting = true;
        ret->again = c.again;
    }
    write_trace(&c, t);
}

static void note_hand(hd_cx_t *cx, hd_ticket_t *t)
{
    hd_assignment_t a = {
        .at = cx->now, .method = HD_BY_HAND, .team_id = t->team_id, .user_id = t->user_id
    };
    t->assign_trace = hd_desk_write_trace(cx, &a);
}

void hd_assign_decide(hd_cx_t *cx, const hd_team_t *team, const hd_ticket_t *old, hd_ticket_t *t,
                      hd_assigned_t *ret)
{
    bool enters = old == NULL || old->team_id != t->team_id;
    hd_id_t was = old != NULL ? old->user_id : 0;
    *ret = (hd_assigned_t){ .user = 0 };
    if (enters && t->user_id == 0 && !t->closed && t->active) {         /* ASG-2, ASG-11, D-15 */
        hd_assign_auto(cx, team, t, ret);
        return;
    }
    if (t->user_id != 0 && (enters || t->user_id != was)
        && !hd_desk_may_hold(cx, t->user_id, team->company_id)) {
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_user_id, "not_allowed");         /* ACC-6 */
        return;
    }
    if (t->user_id != was) {
        note_hand(cx, t);
        if (t->user_id != 0) {
            hand_over(cx, t);
        }
    }
    bool unassigned = was != 0 && t->user_id == 0;      /* a person decided: it does not wait */
    if (t->user_id != 0 || unassigned || t->closed || !t->active) {
        t->waiting = false;
    }
}

void hd_assign_done(hd_cx_t *cx, const hd_ticket_t *t, const hd_assigned_t *done)
{
    if (done->user != 0) {
        hd_counter_set(cx->txn, HD_CN_TEAM_LAST, t->team_id, 0, (int64_t) done->user);
    }
    if (done->again != 0) {
        hd_timer_t tm = { done->again, HD_TM_DRAIN, HD_TEAM, t->team_id };
        hd_timer_set(cx->txn, &tm);
    }
}
