/*
 * Automatic assignment: who gets a ticket that enters a team.
 *
 *     randomly   fewest tickets of this team, whatever their state (ASG-7); a tie goes to the next
 *                tied member, in ascending id and around, after the one who got the last (D-1)
 *     balanced   fewest open tickets of any team (ASG-8, D-2); a tie goes to the lowest id
 *
 * The counters move with each ticket in the same transaction: a batch sees its own results
 * (ASG-10, ASG-13).
 */
#include "desk_impl.h"

typedef struct {
    hd_cx_t         *cx;
    const hd_team_t *team;
    hd_id_t          last;       /* who got the previous one */
    hd_id_t          best;
    int64_t          least;
} choice_t;

static int64_t load_of(const choice_t *c, hd_id_t user)
{
    return c->team->assign_method == HD_ASSIGN_BALANCED
        ? hd_counter_get(c->cx->txn, HD_CN_USER_OPEN, user, 0)
        : hd_counter_get(c->cx->txn, HD_CN_TEAM_USER_EVER, c->team->rec.id, user);
}

/* Candidates come in ascending id. */
static void consider(choice_t *c, hd_id_t user)
{
    int64_t load = load_of(c, user);
    bool wins = c->best == 0 || load < c->least;
    if (!wins && load == c->least && c->team->assign_method != HD_ASSIGN_BALANCED) {
        wins = c->best <= c->last && user > c->last;        /* D-1: the first one after the last */
    }
    if (wins) {
        c->best = user;
        c->least = load;
    }
}

hd_id_t hd_assign_choose(hd_cx_t *cx, const hd_team_t *team)
{
    if (!team->auto_assignment) {           /* ASG-1 */
        return 0;
    }
    choice_t c = { .cx = cx, .team = team };
    c.last = (hd_id_t) hd_counter_get(cx->txn, HD_CN_TEAM_LAST, team->rec.id, 0);
    if (team->member_ids.n != 0) {
        for (uint32_t i = 0; i < team->member_ids.n; i++) {
            if (hd_desk_may_hold(cx, team->member_ids.v[i], team->company_id)) {
                consider(&c, team->member_ids.v[i]);
            }
        }
        return c.best;
    }
    size_t n;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {        /* ASG-3 */
        const hd_user_t *u = users[i];
        if ((u->role == HD_ROLE_USER || u->role == HD_ROLE_ADMIN)
            && hd_desk_may_hold(cx, u->rec.id, team->company_id)) {
            consider(&c, u->rec.id);
        }
    }
    return c.best;
}
