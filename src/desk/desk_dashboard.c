/*
 * The dashboard (DSH-1 .. DSH-5): what a person has open and closed, and a line of numbers a team.  One walk over the facts
 * of all tickets in force; a number counts what the list behind it shows.
 */
#include "desk_impl.h"

#define URGENT 3

typedef struct {
    hd_dashboard_t *d;
    hd_id_t         uid;
    uint32_t        now, today, week;            /* seconds, as facts have them */
    hd_team_count_t *last;                       /* most neighbours are of one team */
    hd_team_count_t none;                        /* of teams that have no line: their tickets are followed one by one */
} count_t;

static hd_team_count_t *line_of(count_t *w, uint32_t team)
{
    size_t lo = 0, hi = w->d->n;
    if (w->last->team_id == team) {
        return w->last;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->d->teams[mid].team_id < team) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    w->last = lo < w->d->n && w->d->teams[lo].team_id == team ? &w->d->teams[lo] : &w->none;
    return w->last;
}

static unsigned column(unsigned field)
{
    return hd_fact_of(HD_TICKET, field).column;
}

static uint64_t test_bits(const hd_chunk_t *c, unsigned field, uint32_t value)
{
    hd_fact_t f = hd_fact_of(HD_TICKET, field);
    uint32_t v = value << f.shift;
    return hd_chunk_test(c, f.column, ((1u << f.bits) - 1) << f.shift, v, v);
}

static void add_mine(hd_mine_count_t *m, uint32_t now, uint32_t created)
{
    m->open++;
    m->seconds += now > created ? now - created : 0;
}

static void count_open(count_t *w, const hd_chunk_t *c, uint64_t open)
{
    uint64_t urgent = test_bits(c, HD_TICKET_F_priority, URGENT), high = test_bits(c, HD_TICKET_F_priority, URGENT - 1);
    uint64_t waiting = test_bits(c, HD_TICKET_F_waiting, 1);
    for (; open != 0; open &= open - 1) {
        unsigned slot = (unsigned) __builtin_ctzll(open);
        uint32_t user = hd_chunk_value(c, column(HD_TICKET_F_user_id), slot);
        hd_team_count_t *line = line_of(w, hd_chunk_value(c, column(HD_TICKET_F_team_id), slot));
        line->open++;
        line->unassigned += user == 0;
        line->urgent += urgent >> slot & 1;
        line->waiting += waiting >> slot & 1;
        if (user == w->uid) {
            uint32_t created = hd_chunk_value(c, column(HD_F_create_date), slot);
            add_mine(&w->d->mine, w->now, created);
            if ((urgent >> slot & 1) != 0) {
                add_mine(&w->d->mine_urgent, w->now, created);
            } else if ((high >> slot & 1) != 0) {
                add_mine(&w->d->mine_high, w->now, created);
            }
        }
    }
}

static void count_closed(count_t *w, const hd_chunk_t *c, uint64_t closed, uint64_t today)
{
    for (; closed != 0; closed &= closed - 1) {
        unsigned slot = (unsigned) __builtin_ctzll(closed);
        line_of(w, hd_chunk_value(c, column(HD_TICKET_F_team_id), slot))->closed++;
        if (hd_chunk_value(c, column(HD_TICKET_F_user_id), slot) == w->uid) {
            w->d->closed_week++;
            w->d->closed_today += today >> slot & 1;
        }
    }
}

static hd_code_t count(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    count_t *w = arg;
    uint64_t open = mask & test_bits(c, HD_TICKET_F_closed, 0), closed = mask & ~open;
    unsigned date = column(HD_TICKET_F_close_date);
    if (open != 0) {
        count_open(w, c, open);
    }
    closed &= closed == 0 ? 0 : hd_chunk_test(c, date, UINT32_MAX, w->week, UINT32_MAX);
    if (closed != 0) {
        count_closed(w, c, closed, hd_chunk_test(c, date, UINT32_MAX, w->today, UINT32_MAX));
    }
    return HD_OK;
}

static void take_teams(hd_cx_t *cx, hd_dashboard_t *d)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TEAM, &n);            /* by id */
    d->teams = hd_alloc_n(cx->arena, n + 1, sizeof(*d->teams));
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *team = all[i];
        if (team->active && hd_sees_team(cx, team)) {
            d->teams[d->n++] = (hd_team_count_t){ .team_id = team->rec.id };
        }
    }
}

hd_code_t hd_dashboard(hd_cx_t *cx, hd_dashboard_t *ret)
{
    const unsigned fields[] = { HD_TICKET_F_team_id, HD_TICKET_F_user_id, HD_F_create_date, HD_TICKET_F_close_date };
    hd_ticket_query_t q = { .active = 1 };
    hd_time_t now = cx->now / HD_SECOND * HD_SECOND;
    hd_time_t today = hd_desk_day_instant(cx, cx->actor->uid, hd_desk_today(cx, cx->actor->uid), 0);
    hd_cut_t *cut;
    uint32_t columns = 0;
    *ret = (hd_dashboard_t){ .today_from = today, .week_from = now - 7 * HD_DAY };
    count_t w = { .d = ret, .uid = cx->actor->uid, .now = hd_fact_time(now), .today = hd_fact_time(ret->today_from),
                  .week = hd_fact_time(ret->week_from) };
    w.last = &w.none;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        columns |= UINT32_C(1) << column(fields[i]);
    }
    take_teams(cx, ret);
    hd_code_t code = hd_cut_make(cx, &q, &cut);
    return code == HD_OK ? hd_cut_walk(cut, columns, count, &w) : code;
}
