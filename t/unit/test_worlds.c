/*
 * Who sees what, in 2,000 random worlds: every read path through its own handler, without a server,
 * against a brute-force oracle.  The oracle keeps a model of its own, written from the requirements:
 * each change of a team happens to all of its tickets at once (VIS-11 .. VIS-13, D-8).  The desk
 * rewrites rows in pieces; here a piece is one ticket, so nearly every world is read while followers
 * of some team are still on their way, and in the end the rows must be those of the model.  Until
 * then one thing may lag: what somebody gains by following opens at once, but stands in his lists
 * only when its row was rewritten (is_listed).
 *
 * WORLDS and SEED in the environment repeat a run.  The same property over HTTP: t/132-visibility.t.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* The linker takes this copy, whose pieces are one ticket, and not the one of the room. */
#define AT_ONCE 1
#define PIECE   1
#include "../../src/desk/desk_sweep.c"

#include "api/api.h"
#include "page/page.h"
#include "rpc/rpc_impl.h"
#include "run_call.h"

#if defined(__SANITIZE_ADDRESS__)
#define WORLDS 150
#else
#define WORLDS 2000
#endif
#define PEOPLE   6
#define TEAMS    4
#define STAGES   3               /* the last one is folded */
#define TICKETS  8
#define CONTACTS (PEOPLE + 3)    /* people, two strangers, root */
#define STRANGER PEOPLE
#define ROOT     (PEOPLE + 2)
#define S(z)     hd_str(z)

typedef unsigned set_t;          /* of contacts or companies: bits */

typedef struct { hd_id_t id, partner; int role; set_t companies; bool active; } person_t;
typedef struct { hd_id_t id; int company, mode; bool active, share; set_t followers; } m_team_t;
typedef struct {
    hd_id_t id;                  /* 0: there is none */
    int     team, stage, user, partner, priority;      /* user, partner -1: none */
    bool    active, link, dead;
    set_t   followers, row;
    uint8_t seed[HD_LINK_SEED], old_seed[HD_LINK_SEED];
} m_ticket_t;

static hd_store_t *store;
static hd_cache_t *cache;
static hd_arena_t *arena;
static hd_txn_t   *txn;
static hd_problem_t problem;
static hd_cx_t     cx;
static hd_time_t   now = 1795000000000;
static char        folder[] = "build/unit-worlds-XXXXXX";
static hd_site_t   site = { .base_url = { 24, "https://desk.example.com" }, .secure = true,
                            .version = { 1, "1" }, .secret = "0123456789abcdef0123456789abcde" };
static person_t    people[PEOPLE + 1];         /* the last one is root, who works in both companies */
static m_team_t    teams[TEAMS];
static m_ticket_t  tickets[TICKETS];
static hd_id_t     companies[2], stages[STAGES], contacts[CONTACTS];
static int         firm[CONTACTS];             /* whom he works for: one of the two strangers, which are companies; or himself */
static unsigned    world, reads, seen[2], events_seen;
static uint64_t    rng;

static unsigned rnd(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned) (rng >> 33) % n;
}

static set_t some(unsigned of_ten)
{
    set_t s = 0;
    for (int i = 0; i < CONTACTS - 1; i++) {
        s |= rnd(10) < of_ten ? 1U << i : 0;
    }
    return s;
}

#define BIT(i) (1U << (i))

/* ---- the oracle ---- */

static bool is_internal(const person_t *p) { return p->role != HD_ROLE_PORTAL; }
static bool is_staff(const person_t *p) { return p->role == HD_ROLE_USER || p->role == HD_ROLE_ADMIN; }

static set_t portal_contacts(void)
{
    set_t s = 0;
    for (int i = 0; i < PEOPLE; i++) {
        s |= people[i].role == HD_ROLE_PORTAL ? BIT(i) : 0;
    }
    return s;
}

/* D-11 */
static bool shares(int who, const m_ticket_t *t)
{
    return teams[t->team].share && t->partner >= 0 && firm[t->partner] == firm[who];
}

static bool sees(int who, const m_ticket_t *t)
{
    const person_t *p = &people[who];
    const m_team_t *team = &teams[t->team];
    bool follows = t->followers & BIT(who), works = p->companies & BIT(team->company);
    if (p->role == HD_ROLE_PORTAL) {                            /* VIS-7, VIS-8, TKT-6 */
        return (p->companies == 0 || works) && team->mode == HD_VIS_PORTAL && team->active && t->active
            && (follows || shares(who, t));
    }
    if (!works) {                                               /* VIS-17 */
        return false;
    }
    if (p->role == HD_ROLE_ADMIN) {                             /* VIS-5 */
        return true;
    }
    return (p->role == HD_ROLE_USER && team->mode != HD_VIS_INVITED) || follows;    /* VIS-1, VIS-6, ACC-2 */
}

/* Followers as the row has them: no part of what may be seen, but of when lists know it. */
static void read_rows(void)
{
    for (int i = 0; i < TICKETS; i++) {
        hd_ticket_t t;
        tickets[i].row = 0;
        if (tickets[i].id == 0) {
            continue;
        }
        assert_int_equal(hd_row_get(txn, arena, HD_TICKET, tickets[i].id, &t), HD_OK);
        for (int c = 0; c < CONTACTS; c++) {
            tickets[i].row |= hd_ids_has(t.message_partner_ids, contacts[c]) ? BIT(c) : 0;
        }
    }
}

static bool is_listed(int who, const m_ticket_t *t)
{
    const person_t *p = &people[who];
    bool whole = p->role == HD_ROLE_ADMIN || (p->role == HD_ROLE_USER && teams[t->team].mode != HD_VIS_INVITED);
    return sees(who, t) && (whole || t->row & BIT(who) || (p->role == HD_ROLE_PORTAL && shares(who, t)));
}

static bool reaches(int who, int k)
{
    const person_t *p = &people[who];
    const m_team_t *team = &teams[k];
    if (!is_internal(p) || !(p->companies & BIT(team->company))) {
        return false;
    }
    if (p->role == HD_ROLE_ADMIN || (p->role == HD_ROLE_USER && team->mode != HD_VIS_INVITED)
        || team->followers & BIT(who)) {
        return true;
    }
    for (int i = 0; i < TICKETS; i++) {                         /* VIS-2 */
        if (tickets[i].id != 0 && tickets[i].team == k && tickets[i].followers & tickets[i].row & BIT(who)) {
            return true;
        }
    }
    return false;
}

/* ---- changing the world, in the model and on the desk ---- */

static hd_ids_t ids_of(set_t s, const hd_id_t *table, int n)
{
    hd_id_t v[32];
    size_t k = 0;
    for (int i = 0; i < n; i++) {
        if (s & BIT(i)) {
            v[k++] = table[i];
        }
    }
    return hd_ids_make(arena, v, k);
}

static void begin(bool write)
{
    hd_arena_reset(arena);
    assert_int_equal(hd_txn_begin(store, write, arena, cache, &txn), HD_OK);
    hd_problem_init(&problem);
    cx = (hd_cx_t){ .arena = arena, .txn = txn, .actor = &hd_actor_desk, .now = now, .problem = &problem };
}

static void commit(void)
{
    assert_int_equal(hd_txn_error(txn), HD_OK);
    assert_int_equal(hd_txn_commit(txn), HD_OK);
}

static void as_root(void)
{
    cx.actor = hd_actor_of_login(&cx, S("root"));
    assert_non_null(cx.actor);
    hd_problem_init(&problem);
}

static void run_clock(unsigned max)
{
    hd_time_t next;
    now += 60 * HD_SECOND;
    cx.now = now;
    cx.actor = &hd_actor_desk;
    hd_clock_run(&cx, max, &next);
}

static bool is_settled(void)
{
    cx.actor = &hd_actor_desk;
    return !hd_desk_is_any_sweeping(&cx);
}

static void finish_sweeps(void)
{
    for (int i = 0; i < 10000 && !is_settled(); i++) {
        run_clock(50);
    }
    assert_true(is_settled());
}

static void change_person(int i)
{
    static const int roles[] = { HD_ROLE_USER, HD_ROLE_USER, HD_ROLE_NONE, HD_ROLE_PORTAL, HD_ROLE_PORTAL, HD_ROLE_ADMIN };
    person_t to = people[i];
    to.role = i == 0 ? (rnd(3) ? HD_ROLE_ADMIN : HD_ROLE_USER) : roles[rnd(6)];
    to.companies = rnd(3) ? 1 + rnd(3) : BIT(rnd(2));
    to.companies = to.role == HD_ROLE_PORTAL && rnd(2) ? 0 : to.companies;
    to.active = rnd(12) != 0;
    if (to.role == HD_ROLE_PORTAL && people[i].role != HD_ROLE_PORTAL) {
        finish_sweeps();        /* who becomes one meanwhile would be taken from tickets as well */
    }
    as_root();
    hd_user_t u = { .role = (uint8_t) to.role, .active = to.active, .company_ids = ids_of(to.companies, companies, 2) };
    u.company_id = u.company_ids.n != 0 ? u.company_ids.v[0] : 0;
    uint64_t mask = HD_BIT(HD_USER_F_role) | HD_BIT(HD_USER_F_active) | HD_BIT(HD_USER_F_company_ids) | HD_BIT(HD_USER_F_company_id);
    bool held = people[i].role == HD_ROLE_PORTAL && to.role != HD_ROLE_PORTAL && !is_settled();
    as_root();
    hd_code_t code = hd_record_update(&cx, HD_USER, people[i].id, 0, &u, mask);
    assert_int_equal(code, held ? HD_E_CONFLICT : HD_OK);
    if (code == HD_OK) {
        people[i] = to;
    }
}

static void change_firm(int who)
{
    hd_contact_t c = { 0 };
    int to = (int) rnd(3);
    c.parent_id = to == 2 ? 0 : contacts[STRANGER + to];
    as_root();
    assert_int_equal(hd_record_update(&cx, HD_CONTACT, contacts[who], 0, &c, HD_BIT(HD_CONTACT_F_parent_id)), HD_OK);
    firm[who] = to == 2 ? who : STRANGER + to;
}

static void change_team(int k)
{
    m_team_t to = teams[k], from = teams[k];
    uint64_t mask = 0;
    hd_team_t t = { 0 };
    if (rnd(3)) {
        to.mode = (int) rnd(3);
        t.privacy_visibility = (uint8_t) to.mode;
        mask |= HD_BIT(HD_TEAM_F_privacy_visibility);
    }
    if (rnd(2)) {
        to.followers = some(2);
        t.message_partner_ids = ids_of(to.followers, contacts, CONTACTS);
        mask |= HD_BIT(HD_TEAM_F_message_partner_ids);
    }
    if (rnd(5) == 0) {
        to.active = rnd(3) != 0;
        t.active = to.active;
        mask |= HD_BIT(HD_TEAM_F_active);
    }
    if (rnd(3) == 0) {
        t.portal_share_company = to.share = rnd(3) != 0;
        mask |= HD_BIT(HD_TEAM_F_portal_share_company);
    }
    as_root();
    assert_int_equal(hd_record_update(&cx, HD_TEAM, to.id, 0, &t, mask), HD_OK);
    bool drop = from.mode == HD_VIS_PORTAL && to.mode != HD_VIS_PORTAL;
    bool back = from.mode != HD_VIS_PORTAL && to.mode == HD_VIS_PORTAL;
    to.followers &= drop ? ~portal_contacts() : ~0U;            /* VIS-11 */
    for (int i = 0; i < TICKETS; i++) {
        m_ticket_t *x = &tickets[i];
        if (x->id == 0 || x->team != k) {
            continue;
        }
        x->followers &= ~(from.followers & ~to.followers);      /* D-8 */
        if (drop) {
            x->followers &= ~portal_contacts();
            x->dead |= x->link;                                 /* VIS-12 */
            memcpy(x->old_seed, x->link ? x->seed : x->old_seed, HD_LINK_SEED);
            x->link = false;
        }
        if (x->active && x->stage != STAGES - 1) {
            x->followers |= to.followers & ~from.followers;     /* D-8 */
        }
        if (back && x->partner >= 0) {
            x->followers |= BIT(x->partner);                    /* VIS-13 */
        }
    }
    teams[k] = to;
}

static bool may_hold(int user, int team)
{
    const person_t *p = &people[user];
    return p->active && is_internal(p) && p->companies & BIT(teams[team].company);
}

/* VIS-4, VIS-13, VIS-20: what entering a team brings. */
static set_t entering(const m_ticket_t *x)
{
    set_t s = teams[x->team].followers;
    return s | (x->partner >= 0 && teams[x->team].mode == HD_VIS_PORTAL ? BIT(x->partner) : 0);
}

static void create_ticket(int i)
{
    m_ticket_t x = { .team = (int) rnd(TEAMS), .stage = (int) rnd(STAGES), .user = -1, .active = true,
                     .partner = (int) rnd(CONTACTS) - 1, .priority = (int) rnd(4) };
    set_t given = some(2);
    hd_ticket_t t = { .name = S("Ticket"), .team_id = teams[x.team].id, .stage_id = stages[x.stage],
                      .priority = (uint8_t) x.priority, .message_partner_ids = ids_of(given, contacts, CONTACTS) };
    uint64_t mask = HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_team_id) | HD_BIT(HD_TICKET_F_stage_id)
        | HD_BIT(HD_TICKET_F_priority) | HD_BIT(HD_TICKET_F_message_partner_ids) | HD_BIT(HD_TICKET_F_partner_id);
    t.partner_id = x.partner >= 0 ? contacts[x.partner] : 0;
    as_root();
    hd_code_t code = hd_ticket_create(&cx, &t, mask);
    assert_int_equal(code, teams[x.team].active ? HD_OK : HD_E_INVALID);
    if (code == HD_OK) {
        x.id = t.rec.id;
        x.followers = given | BIT(ROOT) | entering(&x);
        tickets[i] = x;
    }
}

static void patch(int i, const m_ticket_t *to, hd_ticket_t *t, uint64_t mask, bool fits)
{
    as_root();
    hd_code_t code = hd_ticket_update(&cx, to->id, 0, t, mask);
    assert_int_equal(code, fits ? HD_OK : HD_E_INVALID);
    if (code == HD_OK) {
        tickets[i] = *to;
    }
}

static void change_ticket(int i)
{
    m_ticket_t to = tickets[i];
    hd_ticket_t t = { 0 };
    switch (rnd(9)) {
    case 0:
        to.followers = some(3);
        t.message_partner_ids = ids_of(to.followers, contacts, CONTACTS);
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_message_partner_ids), true);
        break;
    case 1:
        t.active = to.active = rnd(2);
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_active), true);
        break;
    case 2:
        to.stage = (int) rnd(STAGES);
        t.stage_id = stages[to.stage];
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_stage_id), true);
        break;
    case 3: {
        to.team = (int) rnd(TEAMS);
        bool moved = to.team != tickets[i].team;
        t.team_id = teams[to.team].id;
        to.followers |= moved ? entering(&to) : 0;
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_team_id),
              !moved || (teams[to.team].active && (to.user < 0 || may_hold(to.user, to.team))));
        break;
    }
    case 4: {
        bool same;
        to.user = (int) rnd(PEOPLE + 1) - 1;
        same = to.user == tickets[i].user;
        t.user_id = to.user >= 0 ? people[to.user].id : 0;
        to.followers |= to.user >= 0 && !same ? BIT(to.user) : 0;
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_user_id), same || to.user < 0 || may_hold(to.user, to.team));
        break;
    }
    case 5: {
        to.partner = (int) rnd(CONTACTS) - 1;
        t.partner_id = to.partner >= 0 ? contacts[to.partner] : 0;
        if (to.partner != tickets[i].partner && to.partner >= 0 && teams[to.team].mode == HD_VIS_PORTAL) {
            to.followers |= BIT(to.partner);
        }
        patch(i, &to, &t, HD_BIT(HD_TICKET_F_partner_id), true);
        break;
    }
    case 6: {
        int who = (int) rnd(PEOPLE);
        bool follow = rnd(2);
        as_root();
        assert_int_equal(hd_ticket_follow(&cx, to.id, people[who].partner, follow, &t), HD_OK);
        tickets[i].followers = follow ? to.followers | BIT(who) : to.followers & ~BIT(who);
        break;
    }
    case 7: {
        bool open = to.active && teams[to.team].active && teams[to.team].mode == HD_VIS_PORTAL;
        as_root();
        assert_int_equal(hd_ticket_link(&cx, to.id, to.seed), open ? HD_OK : HD_E_NO_LINK);
        to.link = to.link || open;
        tickets[i] = to;
        break;
    }
    default:
        if (rnd(3) == 0) {
            as_root();
            assert_int_equal(hd_ticket_delete(&cx, to.id, 0), HD_OK);
            tickets[i].id = 0;
        }
        break;
    }
}

static void change_world(void)
{
    begin(true);
    for (unsigned n = 8 + rnd(8); n != 0; n--) {
        int i = (int) rnd(TICKETS);
        switch (rnd(9)) {
        case 0: change_person((int) rnd(PEOPLE)); break;
        case 8: change_firm((int) rnd(PEOPLE)); break;
        case 1:
        case 2: change_team((int) rnd(TEAMS)); break;
        case 3: run_clock(1 + rnd(4)); break;
        default:
            if (tickets[i].id == 0) {
                create_ticket(i);
            } else {
                change_ticket(i);
            }
        }
    }
    commit();
}

/* ---- asking ---- */

static hd_call_t *ask(const hd_door_t *door, int who, const char *path, const char *query)
{
    unsigned allow = 0;
    hd_arena_reset(arena);
    hd_call_t *c = hd_alloc(arena, sizeof(*c));
    c->cx.arena = arena;
    c->cx.now = now;
    c->site = &site;
    c->store = store;
    c->req.method = HD_GET;
    c->req.path = hd_str_dup(arena, S(path));
    c->req.query = hd_str_dup(arena, S(query));
    if (who >= 0) {
        c->req.proxy_user = hd_strf(arena, "p%d", who);
    }
    assert_int_equal(hd_route_find(door, c, &allow), HD_OK);
    assert_int_equal(hd_txn_begin(store, false, arena, cache, &txn), HD_OK);
    (void) run_call(c, txn);
    hd_txn_abort(txn);
    reads++;
    return c;
}

static hd_call_t *get(int who, const char *path, const char *query)
{
    return ask(&hd_api_door, who, path, query);
}

static hd_jval_t *json(const hd_call_t *c)
{
    hd_jval_t *v = NULL;
    assert_int_equal(hd_jparse(arena, hd_buf_view(&c->res.body), &v), HD_OK);
    return v;
}

#define FAIL(...) (print_error("world %u: ", world), print_error(__VA_ARGS__), print_error("\n"), fail())

/* Wanted tickets in the order of lists: priority, then newest. */
typedef bool (*wanted_t)(const m_ticket_t *t, int arg);

static bool in_force(const m_ticket_t *t, int arg) { return (t->active && teams[t->team].active) == (arg != 0); }
static bool any(const m_ticket_t *t, int arg) { (void) t, (void) arg; return true; }
static bool of_partner(const m_ticket_t *t, int arg) { return t->partner == arg && in_force(t, 1); }
static bool of_user(const m_ticket_t *t, int arg) { return t->user == arg && in_force(t, 1); }
static bool of_team(const m_ticket_t *t, int arg) { return t->team == arg && in_force(t, 1); }
static bool of_follower(const m_ticket_t *t, int arg) { return t->followers & BIT(arg) && in_force(t, 1); }
static bool of_priority(const m_ticket_t *t, int arg) { return t->priority >= arg && in_force(t, 1); }

static size_t want(int who, wanted_t fits, int arg, hd_id_t out[TICKETS])
{
    size_t n = 0;
    const m_ticket_t *v[TICKETS];
    for (int i = 0; i < TICKETS; i++) {
        if (tickets[i].id == 0 || !fits(&tickets[i], arg) || !is_listed(who, &tickets[i])) {
            continue;
        }
        size_t at = n++;
        for (; at > 0 && (v[at - 1]->priority < tickets[i].priority
                          || (v[at - 1]->priority == tickets[i].priority && v[at - 1]->id < tickets[i].id)); at--) {
            v[at] = v[at - 1];
        }
        v[at] = &tickets[i];
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = v[i]->id;
    }
    return n;
}

static void check_list(int who, wanted_t fits, int arg, const char *query)
{
    hd_id_t ids[TICKETS];
    size_t n = want(who, fits, arg, ids);
    hd_call_t *c = get(who, "/api/v1/tickets", query);
    if (c->res.status != 200) {
        FAIL("p%d %s: %u %.*s", who, query, c->res.status, (int) c->res.body.len, c->res.body.data);
    }
    hd_jval_t *items = hd_jget(json(c), "items");
    bool same = hd_jlen(items) == n;
    for (size_t i = 0; same && i < n; i++) {
        same = (hd_id_t) hd_jint(hd_jget(hd_jat(items, i), "id")) == ids[i];
    }
    if (!same) {
        FAIL("p%d (role %d) list %s: %zu wanted, got %.*s", who, people[who].role, query, n, (int) c->res.body.len, c->res.body.data);
    }
    c = get(who, "/api/v1/tickets/count", query);
    if ((size_t) hd_jint(hd_jget(json(c), "count")) != n) {
        FAIL("p%d count %s: %zu wanted, got %.*s", who, query, n, (int) c->res.body.len, c->res.body.data);
    }
}

static void check_lists(int who)
{
    char q[80];
    check_list(who, in_force, 1, "active=true");
    check_list(who, in_force, 0, "active=false");
    check_list(who, any, 0, "active=any");
    int k = (int) rnd(TEAMS), p = (int) rnd(CONTACTS), u = (int) rnd(PEOPLE);
    (void) snprintf(q, sizeof(q), "team_id=%u", (unsigned) teams[k].id);
    check_list(who, of_team, k, q);
    (void) snprintf(q, sizeof(q), "partner_id=%u", (unsigned) contacts[p]);
    check_list(who, of_partner, p, q);
    (void) snprintf(q, sizeof(q), "user_id=%u", (unsigned) people[u].id);
    check_list(who, of_user, u, q);
    check_list(who, of_priority, 2, "priority.gte=2");
    (void) snprintf(q, sizeof(q), "message_partner_ids=%u", (unsigned) contacts[p]);
    if (is_staff(&people[who])) {
        check_list(who, of_follower, p, q);
    } else {                        /* nobody learns what is not for him by asking about it */
        static const char *const others[] = { "filter=message_partner_ids=7", "fields=message_partner_ids",
                                              "expand=message_partner_ids", "sort=message_partner_ids" };
        assert_int_equal(get(who, "/api/v1/tickets", q)->res.status, 422);
        assert_int_equal(get(who, "/api/v1/tickets", others[rnd(4)])->res.status, 422);
    }
    static const char *const secrets[] = { "access_token=x", "filter=access_token!=null", "fields=access_token",
                                           "sort=follow_epoch", "follow_epoch.gt=1", "filter=follow_epoch>0" };
    assert_int_equal(get(who, "/api/v1/tickets", secrets[rnd(6)])->res.status, 422);
}

/* ---- other ways to the same tickets ---- */

static bool of_both(const m_ticket_t *t, int arg) { return of_priority(t, 2) && (t->user < 0 || t->team == arg); }

static int compare_ids(const void *a, const void *b)
{
    hd_id_t x = *(const hd_id_t *) a, y = *(const hd_id_t *) b;
    return (x > y) - (x < y);
}

static void check_sorted(int who)
{
    hd_id_t ids[TICKETS];
    char q[160];
    int k = (int) rnd(TEAMS);
    size_t n = want(who, of_both, k, ids);
    qsort(ids, n, sizeof(ids[0]), compare_ids);
    (void) snprintf(q, sizeof(q), "filter=priority>=2 and (user_id=null or team_id in (%u)) and not name contains \"zzz\"&sort=id",
                    (unsigned) teams[k].id);
    hd_call_t *c = get(who, "/api/v1/tickets", q);
    assert_int_equal(c->res.status, 200);
    hd_jval_t *items = hd_jget(json(c), "items");
    bool same = hd_jlen(items) == n;
    for (size_t i = 0; same && i < n; i++) {
        same = (hd_id_t) hd_jint(hd_jget(hd_jat(items, i), "id")) == ids[i];
    }
    if (!same) {
        FAIL("p%d %s: %zu wanted, got %.*s", who, q, n, (int) c->res.body.len, c->res.body.data);
    }
}

static hd_id_t group_of(const m_ticket_t *t, int by)
{
    return by == 0 ? stages[t->stage] : by == 1 ? teams[t->team].id
        : by == 2 ? (t->user >= 0 ? people[t->user].id : 0)
        : by == 3 ? (t->partner >= 0 ? contacts[t->partner] : 0) : companies[teams[t->team].company];
}

static void check_groups(int who)
{
    static const char *const names[] = { "by=stage_id", "by=team_id", "by=user_id", "by=partner_id", "by=company_id" };
    int by = (int) rnd(5);
    size_t total = 0;
    hd_call_t *c = get(who, "/api/v1/tickets/groups", names[by]);
    assert_int_equal(c->res.status, 200);
    hd_jval_t *v = json(c), *groups = hd_jget(v, "groups");
    for (size_t g = 0; g < hd_jlen(groups); g++) {
        hd_jval_t *value = hd_jget(hd_jat(groups, g), "value");
        hd_id_t id = hd_jtype(value) == HD_J_NULL ? 0 : (hd_id_t) hd_jint(value);
        size_t n = 0;
        for (int i = 0; i < TICKETS; i++) {
            n += tickets[i].id != 0 && in_force(&tickets[i], 1) && group_of(&tickets[i], by) == id && is_listed(who, &tickets[i]);
        }
        total += n;
        if ((size_t) hd_jint(hd_jget(hd_jat(groups, g), "count")) != n) {
            FAIL("p%d groups %s: %zu wanted of %u: %.*s", who, names[by], n, (unsigned) id, (int) c->res.body.len, c->res.body.data);
        }
    }
    hd_id_t ids[TICKETS];
    if (total != want(who, in_force, 1, ids) || (size_t) hd_jint(hd_jget(v, "total")) != total) {
        FAIL("p%d groups %s: total %zu: %.*s", who, names[by], total, (int) c->res.body.len, c->res.body.data);
    }
}

/* ---- the same by the Odoo-compatible door: its methods, without the wires ---- */

static hd_code_t rpc_code;
static hd_call_t rpc_call;

/* The answer, or NULL with the code of the refusal. */
static hd_jval_t *rpc_ask(int who, const char *model, const char *method, const char *args, const hd_id_t *ids, uint32_t n_ids)
{
    hd_buf_t out;
    hd_jval_t *v = NULL, *list = NULL;
    begin(false);
    cx.actor = hd_actor_of_login(&cx, hd_strf(arena, "p%d", who));
    assert_non_null(cx.actor);
    hd_buf_init(&out, arena, 4096, HD_REPLY_MAX);
    hd_json_t j = hd_json(&out);
    rpc_call = (hd_call_t){ .cx = cx, .store = store };
    assert_int_equal(hd_jparse(arena, S(args), &list), HD_OK);
    rpc_t r = { .call = &rpc_call, .cx = &cx, .model = rpc_model(S(model)), .method = S(method), .args = list, .ids = ids,
                .n_ids = n_ids, .out = &j, .context = { .tz = { 3, "UTC" }, .active_test = false } };
    const rpc_method_t *m = rpc_method(r.model, r.method);
    assert_non_null(m);
    r.params = m->params;
    rpc_code = m->run(&r);
    if (rpc_code == HD_OK) {
        assert_int_equal(hd_jparse(arena, hd_buf_view(&out), &v), HD_OK);
    }
    hd_txn_abort(txn);
    reads++;
    return v;
}

static bool has_number(const hd_jval_t *list, hd_id_t id)
{
    for (size_t i = 0; i < hd_jlen(list); i++) {
        if ((hd_id_t) hd_jint(hd_jat(list, i)) == id) {
            return true;
        }
    }
    return false;
}

static void check_rpc_lists(int who)
{
    hd_id_t ids[TICKETS];
    size_t n = want(who, any, 0, ids);
    hd_jval_t *v = rpc_ask(who, "helpdesk.ticket", "search", "[[]]", NULL, 0);
    bool same = v != NULL && hd_jlen(v) == n;
    for (size_t i = 0; same && i < n; i++) {
        same = (hd_id_t) hd_jint(hd_jat(v, i)) == ids[i];
    }
    if (!same) {
        FAIL("p%d (role %d) rpc search: %zu wanted, got %zu, code %d", who, people[who].role, n, hd_jlen(v), rpc_code);
    }
    v = rpc_ask(who, "helpdesk.ticket", "search_count", "[[[\"priority\",\">=\",\"0\"]]]", NULL, 0);
    if (v == NULL || (size_t) hd_jint(v) != n) {
        FAIL("p%d rpc search_count: %zu wanted", who, n);
    }
    size_t total = 0;
    v = rpc_ask(who, "helpdesk.ticket", "read_group", rnd(2) ? "[[],[\"color:sum\"],[\"stage_id\"]]" : "[[],[\"name\"],[\"stage_id\"]]", NULL, 0);
    for (size_t i = 0; i < hd_jlen(v); i++) {
        total += (size_t) hd_jint(hd_jget(hd_jat(v, i), "stage_id_count"));
    }
    if (total != n) {
        FAIL("p%d rpc read_group: %zu wanted, got %zu, code %d", who, n, total, rpc_code);
    }
}

static void check_rpc_tickets(int who)
{
    for (int i = 0; i < TICKETS; i++) {
        hd_id_t id = tickets[i].id;
        if (id == 0) {
            continue;
        }
        bool may = sees(who, &tickets[i]);
        hd_jval_t *v = rpc_ask(who, "helpdesk.ticket", "read", "[[\"name\",\"team_id\"]]", &id, 1);
        if ((v != NULL) != may || (!may && rpc_code != HD_E_NOT_FOUND)) {
            FAIL("p%d (role %d) rpc read %u: sees %d, code %d", who, people[who].role, (unsigned) id, may, rpc_code);
        }
        v = rpc_ask(who, "helpdesk.ticket", "exists", "[]", &id, 1);
        if (hd_jlen(v) != (may ? 1 : 0)) {
            FAIL("p%d rpc exists %u: sees %d", who, (unsigned) id, may);
        }
        char domain[120];
        (void) snprintf(domain, sizeof(domain), "[[[\"res_model\",\"=\",\"helpdesk.ticket\"],[\"res_id\",\"=\",%u]],[\"partner_id\"]]", (unsigned) id);
        v = rpc_ask(who, "mail.followers", "search_read", domain, NULL, 0);
        size_t lines = 0;
        for (int c = 0; c < CONTACTS; c++) {
            bool listed = tickets[i].followers & BIT(c) && (is_staff(&people[who]) || c == who);
            lines += may && listed;
        }
        if (v == NULL || hd_jlen(v) != lines) {
            FAIL("p%d (role %d) rpc followers of %u: %zu wanted, got %zu", who, people[who].role, (unsigned) id, lines, hd_jlen(v));
        }
    }
}

static void check_rpc(int who)
{
    check_rpc_lists(who);
    check_rpc_tickets(who);
    hd_jval_t *v = rpc_ask(who, "helpdesk.team", "search", "[[]]", NULL, 0);
    for (int k = 0; k < TEAMS; k++) {
        if (has_number(v, teams[k].id) != reaches(who, k)) {
            FAIL("p%d (role %d) rpc team %d listed: %d", who, people[who].role, k, !reaches(who, k));
        }
    }
    v = rpc_ask(who, "helpdesk.stage", "search_read", "[[],[\"team_ids\"]]", NULL, 0);
    for (size_t i = 0; i < hd_jlen(v); i++) {
        for (int k = 0; k < TEAMS; k++) {
            if (has_number(hd_jget(hd_jat(v, i), "team_ids"), teams[k].id) && !reaches(who, k)) {
                FAIL("p%d (role %d) rpc stage names team %d", who, people[who].role, k);
            }
        }
    }
    (void) rpc_ask(who, "helpdesk.ticket", "search", "[[[\"access_token\",\"=\",\"x\"]]]", NULL, 0);
    assert_int_not_equal(rpc_code, HD_OK);
    (void) rpc_ask(who, "helpdesk.ticket", "search_read", "[[],[\"message_partner_ids\"]]", NULL, 0);
    assert_int_equal(rpc_code == HD_OK, is_staff(&people[who]));
}

static bool sees_person(int who, int other)
{
    return who == other || (is_staff(&people[who]) && (people[other].companies == 0 || people[other].companies & people[who].companies));
}

/* What is joined to a ticket is shown as far as it may be seen by itself. */
static void check_expand(int who)
{
    hd_jval_t *items = hd_jget(json(get(who, "/api/v1/tickets", "expand=team_id,user_id,partner_id&active=any")), "items");
    for (size_t i = 0; i < hd_jlen(items); i++) {
        hd_jval_t *v = hd_jat(items, i);
        const m_ticket_t *t = NULL;
        for (int k = 0; k < TICKETS; k++) {
            t = tickets[k].id == (hd_id_t) hd_jint(hd_jget(v, "id")) ? &tickets[k] : t;
        }
        assert_non_null(t);
        bool team = hd_jtype(hd_jget(v, "team")) == HD_J_OBJ, user = hd_jtype(hd_jget(v, "user")) == HD_J_OBJ;
        bool partner = hd_jtype(hd_jget(v, "partner")) == HD_J_OBJ;
        bool own = t->partner == who, known = is_staff(&people[who]);
        if (team != reaches(who, t->team) || user != (t->user >= 0 && sees_person(who, t->user))
            || partner != (t->partner >= 0 && (own || known))) {
            FAIL("p%d (role %d) ticket %u: joined team %d user %d partner %d", who, people[who].role, (unsigned) t->id, team, user, partner);
        }
    }
}

static void check_csv(int who)
{
    hd_id_t ids[TICKETS];
    size_t n = want(who, any, 0, ids), lines = 0;
    hd_call_t *c = get(who, "/api/v1/tickets", "active=any&format=csv&fields=id");
    for (size_t i = 0; i < c->res.body.len; i++) {
        lines += c->res.body.data[i] == '\n';
    }
    if (c->res.status != 200 || lines != n + 1) {
        FAIL("p%d CSV: %zu wanted: %u %.*s", who, n, c->res.status, (int) c->res.body.len, c->res.body.data);
    }
}

static void check_tickets(int who)
{
    char path[80];
    for (int i = 0; i < TICKETS; i++) {
        if (tickets[i].id == 0) {
            continue;
        }
        bool may = sees(who, &tickets[i]);
        seen[may]++;
        (void) snprintf(path, sizeof(path), "/api/v1/tickets/%u", (unsigned) tickets[i].id);
        hd_call_t *c = get(who, path, "");
        if (c->res.status != (may ? 200 : 404)) {
            FAIL("p%d (role %d) reads ticket %u: %u", who, people[who].role, (unsigned) tickets[i].id, c->res.status);
        }
        (void) snprintf(path, sizeof(path), "/api/v1/my/tickets/%u", (unsigned) tickets[i].id);
        c = get(who, path, "");
        if (c->res.status != (may ? 200 : 404)) {
            FAIL("p%d ticket %u in a customer's words: %u", who, (unsigned) tickets[i].id, c->res.status);
        }
        (void) snprintf(path, sizeof(path), "/api/v1/tickets/%u/assignment", (unsigned) tickets[i].id);
        c = get(who, path, "");
        if (c->res.status != (!is_staff(&people[who]) ? 403 : may ? 200 : 404)) {
            FAIL("p%d assignment of %u: %u", who, (unsigned) tickets[i].id, c->res.status);
        }
    }
}

static void check_team_counts(int who, int k, hd_jval_t *v)
{
    int64_t open = 0, unassigned = 0, urgent = 0;
    for (int i = 0; i < TICKETS; i++) {
        const m_ticket_t *t = &tickets[i];
        if (t->id != 0 && t->team == k && in_force(t, 1) && t->stage != STAGES - 1 && is_listed(who, t)) {
            open++;
            unassigned += t->user < 0;
            urgent += t->priority == 3;
        }
    }
    if (hd_jint(hd_jget(v, "open_ticket_count")) != open || hd_jint(hd_jget(v, "unassigned_tickets")) != unassigned
        || hd_jint(hd_jget(v, "urgent_ticket")) != urgent) {
        FAIL("p%d team %d counts: %d %d %d wanted", who, k, (int) open, (int) unassigned, (int) urgent);
    }
}

static void check_board(int who, int k, hd_jval_t *v)
{
    hd_jval_t *columns = hd_jget(v, "columns");
    assert_int_equal(hd_jlen(columns), STAGES);
    for (size_t s = 0; s < STAGES; s++) {
        hd_jval_t *col = hd_jat(columns, s), *list = hd_jget(col, "tickets");
        hd_id_t stage = (hd_id_t) hd_jint(hd_jget(hd_jget(col, "stage"), "id"));
        size_t n = 0;
        for (int i = 0; i < TICKETS; i++) {
            const m_ticket_t *t = &tickets[i];
            n += t->id != 0 && t->team == k && stages[t->stage] == stage && in_force(t, 1) && is_listed(who, t);
        }
        if (hd_jlen(list) != n || (size_t) hd_jint(hd_jget(col, "count")) != n) {
            FAIL("p%d board of team %d: column of %zu wanted", who, k, n);
        }
    }
}

static void check_teams(int who)
{
    char path[80];
    hd_jval_t *items = hd_jget(json(get(who, "/api/v1/teams", "active=any&limit=200")), "items");
    for (int k = 0; k < TEAMS; k++) {
        bool may = reaches(who, k), listed = false;
        for (size_t i = 0; i < hd_jlen(items); i++) {
            listed = listed || (hd_id_t) hd_jint(hd_jget(hd_jat(items, i), "id")) == teams[k].id;
        }
        if (listed != may) {
            FAIL("p%d (role %d) team %d listed: %d", who, people[who].role, k, listed);
        }
    }
    int k = (int) rnd(TEAMS);
    bool may = reaches(who, k);
    (void) snprintf(path, sizeof(path), "/api/v1/teams/%u", (unsigned) teams[k].id);
    hd_call_t *c = get(who, path, "");
    if (c->res.status != (may ? 200 : 404)) {
        FAIL("p%d reads team %d: %u", who, k, c->res.status);
    }
    if (may) {
        check_team_counts(who, k, json(c));
    }
    (void) snprintf(path, sizeof(path), "/api/v1/teams/%u/board", (unsigned) teams[k].id);
    c = get(who, path, "limit=100");
    if (c->res.status != (!is_staff(&people[who]) ? 403 : may ? 200 : 404)) {
        FAIL("p%d board of team %d: %u", who, k, c->res.status);
    }
    if (c->res.status == 200) {
        check_board(who, k, json(c));
    }
}

/* D-17, VIS-12: nobody is signed in; the token is all. */
static void check_links(void)
{
    char path[80], by_api[80], query[80];
    for (int i = 0; i < TICKETS; i++) {
        const m_ticket_t *t = &tickets[i];
        if (t->id == 0) {
            continue;
        }
        bool open = t->link && t->active && teams[t->team].active && teams[t->team].mode == HD_VIS_PORTAL;
        (void) snprintf(path, sizeof(path), "/support/ticket/%u", (unsigned) t->id);
        for (int old = 0; old < 2; old++) {
            hd_arena_reset(arena);
            hd_str_t token = hd_link_token(arena, &site, t->id, old ? t->old_seed : t->seed);
            (void) snprintf(query, sizeof(query), "access_token=%.*s", HD_STR_ARG(token));
            hd_call_t *c = ask(&hd_page_door, -1, path, query);
            if (c->res.status != (open && !old ? 200 : 404)) {
                FAIL("link of ticket %u%s: %u", (unsigned) t->id, old ? ", an old one" : "", c->res.status);
            }
            (void) snprintf(by_api, sizeof(by_api), "/api/v1/linked/%u", (unsigned) t->id);
            c = ask(&hd_api_door, -1, by_api, query);
            if (c->res.status != (open && !old ? 200 : 404)) {
                FAIL("ticket %u by link%s: %u", (unsigned) t->id, old ? ", an old one" : "", c->res.status);
            }
        }
    }
}

static void check_events(int who, uint64_t from)
{
    hd_event_t ev = { .kind = 0 };
    hd_buf_t out;
    begin(false);
    char login[8];
    (void) snprintf(login, sizeof(login), "p%d", who);
    cx.actor = hd_actor_of_login(&cx, S(login));
    hd_buf_init(&out, arena, 4096, 1 << 20);
    for (uint64_t seq = from; hd_log_next(txn, seq, &ev); seq = ev.seq) {
        bool visible = false, may = false;
        assert_int_equal(hd_api_event_json(&cx, &ev, NULL, &out, &visible), HD_OK);
        if (ev.type != HD_TICKET || ev.kind == HD_EV_DELETED) {
            continue;
        }
        for (int i = 0; i < TICKETS; i++) {
            may = may || (tickets[i].id == ev.id && sees(who, &tickets[i]));
        }
        events_seen += visible;
        if (visible != may) {
            FAIL("p%d hears of ticket %u: %d", who, (unsigned) ev.id, visible);
        }
    }
    hd_txn_abort(txn);
}

/* Once everything was carried out the rows are the model's. */
static void check_rows(void)
{
    begin(true);
    finish_sweeps();
    commit();
    begin(false);
    for (int i = 0; i < TICKETS; i++) {
        hd_ticket_t t;
        if (tickets[i].id == 0) {
            continue;
        }
        assert_int_equal(hd_row_get(txn, arena, HD_TICKET, tickets[i].id, &t), HD_OK);
        hd_ids_t ids = ids_of(tickets[i].followers, contacts, CONTACTS);
        bool same = t.message_partner_ids.n == ids.n && (ids.n == 0 || memcmp(t.message_partner_ids.v, ids.v, ids.n * sizeof(hd_id_t)) == 0);
        if (!same || (t.access_token.len != 0) != tickets[i].link || t.company_id != companies[teams[tickets[i].team].company]) {
            FAIL("row of ticket %u", (unsigned) tickets[i].id);
        }
    }
    hd_txn_abort(txn);
}

/* ---- the cast ---- */

static hd_id_t make_user(const char *login, hd_role_t role, hd_id_t *ret_partner)
{
    hd_user_t u = { .login = S(login), .name = S(login), .role = (uint8_t) role, .company_ids = hd_ids_make(arena, companies, 2) };
    assert_int_equal(hd_record_create(&cx, HD_USER, &u, HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_role)
                                                             | HD_BIT(HD_USER_F_company_ids)), HD_OK);
    *ret_partner = u.partner_id;
    return u.rec.id;
}

static void make_cast(void)
{
    char login[8];
    begin(true);
    hd_clock_init(&cx);
    for (int i = 0; i < 2; i++) {
        hd_company_t c = { .name = S("Company") };
        assert_int_equal(hd_record_create(&cx, HD_COMPANY, &c, HD_BIT(HD_COMPANY_F_name)), HD_OK);
        companies[i] = c.rec.id;
    }
    for (int i = 0; i < PEOPLE; i++) {
        (void) snprintf(login, sizeof(login), "p%d", i);
        people[i] = (person_t){ .role = HD_ROLE_USER, .companies = 3, .active = true };
        people[i].id = make_user(login, HD_ROLE_USER, &people[i].partner);
        contacts[i] = people[i].partner;
    }
    people[PEOPLE].id = make_user("root", HD_ROLE_ADMIN, &contacts[ROOT]);
    for (int i = 0; i < 2; i++) {
        hd_contact_t c = { .name = S("Stranger"), .is_company = true };
        assert_int_equal(hd_record_create(&cx, HD_CONTACT, &c, HD_BIT(HD_CONTACT_F_name) | HD_BIT(HD_CONTACT_F_is_company)), HD_OK);
        contacts[STRANGER + i] = c.rec.id;
    }
    for (int i = 0; i < CONTACTS; i++) {
        firm[i] = i;
    }
    for (int s = 0; s < STAGES; s++) {
        hd_stage_t st = { .name = S("Stage"), .fold = s == STAGES - 1, .sequence = s };
        assert_int_equal(hd_record_create(&cx, HD_STAGE, &st, HD_BIT(HD_STAGE_F_name) | HD_BIT(HD_STAGE_F_fold) | HD_BIT(HD_STAGE_F_sequence)), HD_OK);
        stages[s] = st.rec.id;
    }
    for (int k = 0; k < TEAMS; k++) {
        hd_team_t t = { .name = S("Team"), .company_id = companies[k % 2], .stage_ids = hd_ids_make(arena, stages, STAGES) };
        assert_int_equal(hd_record_create(&cx, HD_TEAM, &t, HD_BIT(HD_TEAM_F_name) | HD_BIT(HD_TEAM_F_company_id) | HD_BIT(HD_TEAM_F_stage_ids)), HD_OK);
        teams[k] = (m_team_t){ .id = t.rec.id, .company = k % 2, .mode = HD_VIS_PORTAL, .active = true };
    }
    commit();
}

static void test_worlds(void **state)
{
    (void) state;
    const char *n = getenv("WORLDS"), *seed = getenv("SEED");
    unsigned worlds = n != NULL ? (unsigned) atoi(n) : WORLDS, swept = 0;
    rng = seed != NULL ? strtoull(seed, NULL, 10) : 20261122;
    make_cast();
    for (world = 1; world <= worlds; world++) {
        begin(false);
        uint64_t from = hd_txn_log_end(txn);
        hd_txn_abort(txn);
        change_world();
        begin(false);
        swept += !is_settled();
        read_rows();
        hd_txn_abort(txn);
        for (int who = 0; who < PEOPLE; who++) {
            if (!people[who].active) {
                assert_int_equal(get(who, "/api/v1/tickets", "")->res.status, 401);
                continue;
            }
            check_tickets(who);
            check_lists(who);
            check_sorted(who);
            check_groups(who);
            if (world % 4 == 0) {
                check_rpc(who);
            }
            check_expand(who);
            check_csv(who);
            check_teams(who);
            check_events(who, from);
        }
        check_links();
        if (world % 10 == 0) {
            check_rows();
        }
    }
    print_message("%u worlds, %u while followers were on their way; %u reads; tickets seen %u, hidden %u; events %u\n", worlds,
                  swept, reads, seen[1], seen[0], events_seen);
    assert_true(swept > worlds / 4 && seen[0] > worlds && seen[1] > worlds && events_seen > worlds);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(test_worlds) };
    char err[256] = "", path[sizeof(folder) + 16];
    arena = hd_arena_create((size_t) 1 << 28);
    cache = hd_cache_create();
    if (!hd_base_init() || mkdtemp(folder) == NULL || arena == NULL || cache == NULL || !hd_catalog_load("html/i18n", err)) {
        return 1;
    }
    hd_engine_conf_t conf = { .path = folder, .size = 1u << 30, .readers = 16, .sync = HD_SYNC_OFF, .create = true };
    if (hd_store_open(&conf, &store, err) != HD_OK) {
        (void) fprintf(stderr, "%s\n", err);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    hd_fsck_t f = { 0 };
    failed += hd_store_fsck(store, &f) != HD_OK || f.problems != 0;
    hd_store_close(store);
    hd_cache_destroy(cache);
    hd_arena_destroy(arena);
    for (int i = 0; i < 2; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, i ? "lock.mdb" : "data.mdb");
        (void) remove(path);
    }
    (void) rmdir(folder);
    return failed;
}
