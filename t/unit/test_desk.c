/*
 * desk: assignment worked by hand, stages, tickets, people, and the visibility property: random
 * worlds against an oracle written from the text of the specification.
 */
#include <signal.h>
#include <sys/wait.h>

#include "unit_desk.h"

#include "desk/desk_impl.h"
#include "store/store_inner.h"

/* ---- a desk in a temporary directory ---- */

typedef struct {
    UNIT_DESK;
    hd_id_t      company, boss, team, stage[4];
} desk_t;

static void begin(desk_t *d, bool write)
{
    unit_begin(d, write);
}

static void commit(desk_t *d)
{
    unit_commit(d);
}

/* Every test ends with a check of the store. */
static void close_desk(desk_t *d)
{
    if (d->cx.txn != NULL) {
        commit(d);
    }
    assert_int_equal(unit_problems(d->store, true), 0);
    unit_close(d);
}

/* Resolves the actor again: what it saw may have changed. */
static void as(desk_t *d, const char *login)
{
    hd_problem_init(&d->problem);
    d->cx.actor = hd_actor_of_login(&d->cx, hd_str(login));
    assert_non_null(d->cx.actor);
}

static void open_desk(desk_t *d)
{
    hd_str_t secret;
    memset(d, 0, sizeof(*d));
    unit_open(d);
    begin(d, true);
    assert_true(hd_desk_is_new(&d->cx));
    assert_int_equal(hd_setup_open(&d->cx, &secret), HD_OK);
    hd_setup_t in = { HD_STR("Acme"),       HD_STR("boss"),
                      HD_STR("The Boss"),   HD_STR("boss@example.com"),
                      HD_STR("$argon2id$"), HD_STR("Europe/Vilnius"),
                      HD_STR("lt") };
    assert_false(hd_setup_ok(&d->cx, HD_STR("no")));
    assert_int_equal(hd_setup_finish(&d->cx, HD_STR("no"), &in, &d->boss), HD_E_EXPIRED);
    assert_int_equal(hd_setup_finish(&d->cx, secret, &in, &d->boss), HD_OK);
    assert_int_equal(hd_setup_finish(&d->cx, secret, &in, &d->boss), HD_E_EXPIRED);
    as(d, "boss");
    d->company = d->cx.actor->user->company_id;
    d->team = hd_scope(&d->cx)->team[0]->rec.id;
    size_t n;
    const hd_stage_t *const *s = hd_team_stages(&d->cx, d->team, &n);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        d->stage[i] = s[i]->rec.id;
    }
}

static hd_id_t add_user(desk_t *d, const char *login, hd_role_t role)
{
    hd_user_t u = { .login = hd_str(login), .name = hd_str(login), .role = (uint8_t) role };
    as(d, "boss");
    u.email = hd_strf(d->arena, "%s@example.com", login);
    assert_int_equal(hd_record_create(&d->cx, HD_USER, &u,
                                      HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name)
                                          | HD_BIT(HD_USER_F_role) | HD_BIT(HD_USER_F_email)),
                     HD_OK);
    as(d, "boss");
    return u.rec.id;
}

static hd_id_t contact_of(desk_t *d, hd_id_t user)
{
    const hd_user_t *u = hd_config_get(d->cx.txn, HD_USER, user);
    return u->partner_id;
}

static void set_team(desk_t *d, hd_team_t in, uint64_t mask)
{
    as(d, "boss");
    assert_int_equal(hd_record_update(&d->cx, HD_TEAM, d->team, 0, &in, mask), HD_OK);
    as(d, "boss");
}

static hd_ticket_t add_ticket(desk_t *d, hd_ticket_t in, uint64_t mask)
{
    in.name = HD_STR("Printer");
    in.team_id = in.team_id != 0 ? in.team_id : d->team;
    mask |= HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_team_id);
    assert_int_equal(hd_ticket_create(&d->cx, &in, mask), HD_OK);
    return in;
}

static hd_ticket_t read_ticket(desk_t *d, hd_id_t id)
{
    hd_ticket_t t;
    assert_int_equal(hd_row_get(d->cx.txn, d->arena, HD_TICKET, id, &t), HD_OK);
    return t;
}

static hd_ids_t ids(desk_t *d, size_t n, ...)
{
    hd_id_t v[16];
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = va_arg(ap, hd_id_t);
    }
    va_end(ap);
    return hd_ids_make(d->arena, v, n);
}

static const char *bad_code(const desk_t *d, const char *field)
{
    for (const hd_bad_field_t *b = d->problem.fields; b != NULL; b = b->next) {
        if (hd_str_is(b->field, field)) {
            return b->code;
        }
    }
    return "";
}

/* ---- assignment ---- */

static hd_id_t created_for(desk_t *d)
{
    hd_ticket_t t = { .name = HD_STR("") };
    return add_ticket(d, t, 0).user_id;
}

static void auto_assign(desk_t *d, hd_assign_t how, hd_ids_t members)
{
    hd_team_t t = { .auto_assignment = true,
                    .assign_method = (uint8_t) how,
                    .member_ids = members };
    set_team(d, t, HD_BIT(HD_TEAM_F_auto_assignment) | HD_BIT(HD_TEAM_F_assign_method)
             | HD_BIT(HD_TEAM_F_member_ids));
}

static void assigns_randomly_asg7_d1(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    assert_int_equal(created_for(&d), 0);           /* ASG-1 */
    hd_id_t a = add_user(&d, "ann", HD_ROLE_USER), b = add_user(&d, "bob", HD_ROLE_USER);
    hd_id_t c = add_user(&d, "cid", HD_ROLE_USER), p = add_user(&d, "pat", HD_ROLE_PORTAL);
    auto_assign(&d, HD_ASSIGN_RANDOMLY, ids(&d, 3, a, b, c));
    const hd_id_t round[] = { a, b, c, a, b };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(created_for(&d), round[i]);
    }
    /* a2 b2 c1: an explicit assignee wins (ASG-2): b3.  Then c2; a and c tie at 2, last was c: a;
     * then c. */
    hd_ticket_t t = add_ticket(&d, (hd_ticket_t){ .user_id = b }, HD_BIT(HD_TICKET_F_user_id));
    assert_int_equal(t.user_id, b);
    assert_int_equal(created_for(&d), c);
    assert_int_equal(created_for(&d), a);
    assert_int_equal(created_for(&d), c);
    /* a3 b3 c3, last c: around to a, then b. */
    assert_int_equal(created_for(&d), a);
    assert_int_equal(created_for(&d), b);
    /* Closed and archived ones still count: state does not matter (ASG-7). */
    hd_ticket_t closed = { .stage_id = d.stage[2] };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &closed, HD_BIT(HD_TICKET_F_stage_id)),
                     HD_OK);
    assert_int_equal(created_for(&d), c);
    /* a4 b4 c4; a5 and c5 by hand, so b5; all tie and the last was b: c, not a (D-1); then a, b. */
    add_ticket(&d, (hd_ticket_t){ .user_id = a }, HD_BIT(HD_TICKET_F_user_id));
    add_ticket(&d, (hd_ticket_t){ .user_id = c }, HD_BIT(HD_TICKET_F_user_id));
    assert_int_equal(created_for(&d), b);
    assert_int_equal(created_for(&d), c);
    assert_int_equal(created_for(&d), a);
    assert_int_equal(created_for(&d), b);
    /* ASG-11: folded stage, nobody. */
    t = add_ticket(&d, (hd_ticket_t){ .stage_id = d.stage[3] }, HD_BIT(HD_TICKET_F_stage_id));
    assert_int_equal(t.user_id, 0);
    assert_true(t.closed && t.close_date == T0);
    /* A portal user is no member (MAN-2). */
    hd_team_t bad = { .member_ids = ids(&d, 1, p) };
    assert_int_equal(
        hd_record_update(&d.cx, HD_TEAM, d.team, 0, &bad, HD_BIT(HD_TEAM_F_member_ids)),
        HD_E_INVALID);
    close_desk(&d);
}

static void assigns_balanced_asg8_d2(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_id_t a = add_user(&d, "ann", HD_ROLE_USER), b = add_user(&d, "bob", HD_ROLE_USER);
    auto_assign(&d, HD_ASSIGN_BALANCED, ids(&d, 2, a, b));
    hd_ticket_t first = add_ticket(&d, (hd_ticket_t){ .active = true }, 0);
    assert_int_equal(first.user_id, a);                     /* tie: lowest id */
    assert_int_equal(created_for(&d), b);
    assert_int_equal(created_for(&d), a);                   /* a2 b1 */
    assert_int_equal(created_for(&d), b);                   /* a2 b2 */
    hd_ticket_t in = { .stage_id = d.stage[2] };
    assert_int_equal(hd_ticket_update(&d.cx, first.rec.id, 0, &in, HD_BIT(HD_TICKET_F_stage_id)),
                     HD_OK);
    assert_int_equal(created_for(&d), a);                   /* a1 b2 -> a2 */
    in.active = false;
    hd_ticket_page_t page;
    hd_ticket_query_t q = { .user_id = b, .active = 1 };
    assert_int_equal(hd_ticket_list(&d.cx, &q, &page), HD_OK);
    assert_int_equal(page.n, 2);
    assert_int_equal(hd_ticket_update(&d.cx, page.v[0].rec.id, 0, &in, HD_BIT(HD_TICKET_F_active)),
                     HD_OK);
    assert_int_equal(created_for(&d), b);                   /* archived is not open: a2 b1 -> b2 */
    assert_int_equal(created_for(&d), a);                   /* no rotation here */
    /* D-2: open tickets of another team count. */
    hd_team_t other = { .name = HD_STR("Other") };
    assert_int_equal(hd_record_create(&d.cx, HD_TEAM, &other, HD_BIT(HD_TEAM_F_name)), HD_OK);
    as(&d, "boss");
    for (int i = 0; i < 3; i++) {
        add_ticket(&d, (hd_ticket_t){ .team_id = other.rec.id, .user_id = b },
                   HD_BIT(HD_TICKET_F_user_id));
    }
    assert_int_equal(created_for(&d), a);                   /* a3 b5 -> a4 */
    assert_int_equal(created_for(&d), a);
    /* ASG-3: no members means everybody with the right; the boss has none yet. */
    auto_assign(&d, HD_ASSIGN_BALANCED, ids(&d, 0));
    add_user(&d, "nil", HD_ROLE_NONE);
    assert_int_equal(created_for(&d), d.boss);
    close_desk(&d);
}

/* ---- tickets ---- */

static void stages_and_closing(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_ticket_t t = add_ticket(&d, (hd_ticket_t){ .active = true }, 0);
    assert_int_equal(t.stage_id, d.stage[0]);               /* STG-7 */
    assert_int_equal(t.company_id, d.company);
    assert_true(t.active && !t.closed && t.assign_date == 0);
    assert_true(hd_ids_has(t.message_partner_ids, d.cx.actor->partner_id));    /* VIS-4 */

    hd_ticket_t in = { .kanban_state = HD_KANBAN_BLOCKED };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 1, &in, HD_BIT(HD_TICKET_F_kanban_state)),
                     HD_OK);
    assert_int_equal(in.rec.version, 2);
    uint64_t end = hd_txn_log_end(d.cx.txn);
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 2, &in, HD_BIT(HD_TICKET_F_kanban_state)),
                     HD_OK);
    assert_int_equal(in.rec.version, 2);                    /* nothing changed, nothing written */
    assert_int_equal(hd_txn_log_end(d.cx.txn), end);
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 1, &in, HD_BIT(HD_TICKET_F_kanban_state)),
                     HD_E_VERSION);

    d.cx.now = T0 + 5;
    in = (hd_ticket_t){ .stage_id = d.stage[2] };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_stage_id)),
                     HD_OK);
    assert_int_equal(in.kanban_state, HD_KANBAN_NORMAL);    /* STG-20 */
    assert_true(in.closed && in.close_date == T0 + 5 && in.date_last_stage_update == T0 + 5);
    hd_event_t ev;
    assert_int_equal(hd_log_get(d.cx.txn, hd_txn_log_end(d.cx.txn), &ev), HD_OK);
    hd_str_t changes = hd_strf(d.arena, "{\"stage_id\":[%" PRIu64 ",%" PRIu64 "],\"kanban_state\":"
                               "[\"blocked\",\"normal\"]}", d.stage[0], d.stage[2]);
    assert_int_equal(ev.changes.len, changes.len);
    assert_memory_equal(ev.changes.data, changes.data, changes.len);

    d.cx.now = T0 + 9;
    in = (hd_ticket_t){ .stage_id = d.stage[3], .kanban_state = HD_KANBAN_DONE };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_stage_id)
                                      | HD_BIT(HD_TICKET_F_kanban_state)), HD_OK);
    assert_int_equal(in.kanban_state, HD_KANBAN_DONE);
    assert_int_equal(in.close_date, T0 + 5);                /* TKT-10: from folded to folded */
    in = (hd_ticket_t){ .stage_id = d.stage[1] };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_stage_id)),
                     HD_OK);
    assert_true(!in.closed && in.close_date == 0);

    close_desk(&d);
}

static void stages_hold_their_tickets(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    d.cx.now = T0 + 9;
    hd_ticket_t in, t = add_ticket(&d, (hd_ticket_t){ .stage_id = d.stage[1] },
                                   HD_BIT(HD_TICKET_F_stage_id));
    hd_stage_t lone = { .name = HD_STR("Lone") };
    assert_int_equal(hd_record_create(&d.cx, HD_STAGE, &lone, HD_BIT(HD_STAGE_F_name)), HD_OK);
    as(&d, "boss");
    in = (hd_ticket_t){ .stage_id = lone.rec.id };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_stage_id)),
                     HD_E_INVALID);
    assert_string_equal(bad_code(&d, "stage_id"), "not_of_team");   /* STG-6 */

    /* STG-11, STG-18, STG-19 */
    hd_stage_t fold = { .fold = true };
    assert_int_equal(
        hd_record_update(&d.cx, HD_STAGE, d.stage[1], 0, &fold, HD_BIT(HD_STAGE_F_fold)), HD_OK);
    assert_true(read_ticket(&d, t.rec.id).closed && read_ticket(&d, t.rec.id).close_date == T0 + 9);
    as(&d, "boss");
    assert_int_equal(hd_record_delete(&d.cx, HD_STAGE, d.stage[1], 0), HD_E_IN_USE);
    as(&d, "boss");
    fold = (hd_stage_t){ .team_ids = { 0, NULL } };
    assert_int_equal(
        hd_record_update(&d.cx, HD_STAGE, d.stage[1], 0, &fold, HD_BIT(HD_STAGE_F_team_ids)),
        HD_E_IN_USE);
    as(&d, "boss");
    assert_int_equal(
        hd_record_update(&d.cx, HD_STAGE, d.stage[1], 0, &fold, HD_BIT(HD_STAGE_F_fold)), HD_OK);
    assert_false(read_ticket(&d, t.rec.id).closed);
    as(&d, "boss");
    assert_int_equal(hd_record_delete(&d.cx, HD_STAGE, lone.rec.id, 0), HD_OK);
    as(&d, "boss");
    assert_int_equal(hd_record_delete(&d.cx, HD_TEAM, d.team, 0), HD_E_IN_USE);     /* TEAM-9 */
    as(&d, "boss");
    assert_int_equal(hd_ticket_delete(&d.cx, t.rec.id, 0), HD_OK);
    assert_int_equal(hd_record_delete(&d.cx, HD_TEAM, d.team, 0), HD_OK);
    close_desk(&d);
}

static void customers_and_hands(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_contact_t c = { .name = HD_STR("Zoe"),
                       .email = HD_STR("zoe@example.org"),
                       .phone = HD_STR("1") };
    uint64_t fields = HD_BIT(HD_CONTACT_F_name) | HD_BIT(HD_CONTACT_F_email)
                      | HD_BIT(HD_CONTACT_F_phone);
    assert_int_equal(hd_record_create(&d.cx, HD_CONTACT, &c, fields), HD_OK);
    hd_ticket_t t = add_ticket(&d, (hd_ticket_t){ .partner_email = HD_STR("ZOE@example.org") },
                               HD_BIT(HD_TICKET_F_partner_email));
    assert_int_equal(t.partner_id, c.rec.id);               /* TKT-9 */
    assert_true(hd_str_is(t.partner_name, "Zoe") && hd_str_is(t.partner_phone, "1"));
    assert_true(hd_ids_has(t.message_partner_ids, c.rec.id));
    hd_contact_t twin = c;
    assert_int_equal(hd_record_create(&d.cx, HD_CONTACT, &twin, fields), HD_OK);
    t = add_ticket(&d, (hd_ticket_t){ .partner_email = HD_STR("zoe@example.org") },
                   HD_BIT(HD_TICKET_F_partner_email));
    assert_int_equal(t.partner_id, 0);                      /* two of them: nobody */

    hd_id_t a = add_user(&d, "ann", HD_ROLE_USER), p = add_user(&d, "pat", HD_ROLE_PORTAL);
    hd_id_t b = add_user(&d, "bob", HD_ROLE_USER);
    hd_ticket_t in = { .user_id = p };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_user_id)),
                     HD_E_INVALID);
    assert_string_equal(bad_code(&d, "user_id"), "not_allowed");    /* MAN-2 */
    in.user_id = a;
    d.cx.now = T0 + 1;
    as(&d, "boss");
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_user_id)), HD_OK);
    assert_int_equal(in.assign_date, T0 + 1);
    in.user_id = b;
    d.cx.now = T0 + 2;
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_user_id)), HD_OK);
    assert_int_equal(in.assign_date, T0 + 1);               /* MAN-3 */
    in.user_id = 0;
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_user_id)), HD_OK);
    assert_true(in.user_id == 0 && hd_ids_has(in.message_partner_ids, contact_of(&d, a))
                && hd_ids_has(in.message_partner_ids, contact_of(&d, b)));      /* MAN-4, MAN-5 */

    close_desk(&d);
}

/* No delete for users, no write for the others, no desk for strangers. */
static void rights_and_forms(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    add_user(&d, "ann", HD_ROLE_USER);
    add_user(&d, "pat", HD_ROLE_PORTAL);
    hd_ticket_t in, t = add_ticket(&d, (hd_ticket_t){ .active = true }, 0);
    as(&d, "ann");
    assert_int_equal(hd_ticket_delete(&d.cx, t.rec.id, 0), HD_E_RIGHT);
    hd_team_t team = { .name = HD_STR("Mine") };
    assert_int_equal(hd_record_create(&d.cx, HD_TEAM, &team, HD_BIT(HD_TEAM_F_name)), HD_E_RIGHT);
    as(&d, "pat");
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, 0), HD_E_NOT_FOUND);
    hd_ticket_t form = { .name = HD_STR("Help"), .team_id = d.team };
    uint64_t mask = HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_team_id);
    assert_int_equal(hd_ticket_create(&d.cx, &form, mask), HD_E_INVALID);       /* not published */
    set_team(&d, (hd_team_t){ .use_website_helpdesk_form = true, .website_published = true },
             HD_BIT(HD_TEAM_F_use_website_helpdesk_form) | HD_BIT(HD_TEAM_F_website_published));
    assert_non_null(hd_team_by_slug(&d.cx, HD_STR("helpdesk")));
    as(&d, "pat");
    assert_int_equal(hd_ticket_create(&d.cx, &form, mask | HD_BIT(HD_TICKET_F_priority)),
                     HD_E_RIGHT);
    assert_int_equal(hd_ticket_create(&d.cx, &form, mask), HD_OK);
    assert_int_equal(form.partner_id, d.cx.actor->partner_id);                  /* CHN-16 */
    assert_int_equal(hd_ticket_get(&d.cx, form.rec.id, &in), HD_OK);
    assert_int_equal(hd_ticket_update(&d.cx, form.rec.id, 0, &in, 0), HD_E_RIGHT);
    close_desk(&d);
}

/* ---- team followers and visibility changes ---- */

static void followers_of_teams(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_id_t a = contact_of(&d, add_user(&d, "ann", HD_ROLE_USER));
    hd_id_t p = contact_of(&d, add_user(&d, "pat", HD_ROLE_PORTAL));
    hd_ticket_t open = add_ticket(&d, (hd_ticket_t){ .partner_id = p },
                                  HD_BIT(HD_TICKET_F_partner_id));
    hd_ticket_t shut = add_ticket(&d, (hd_ticket_t){ .stage_id = d.stage[2] },
                                  HD_BIT(HD_TICKET_F_stage_id));
    set_team(&d, (hd_team_t){ .message_partner_ids = ids(&d, 2, a, p) },
             HD_BIT(HD_TEAM_F_message_partner_ids));
    assert_true(hd_ids_has(read_ticket(&d, open.rec.id).message_partner_ids, a));       /* D-8 */
    assert_false(hd_ids_has(read_ticket(&d, shut.rec.id).message_partner_ids, a));
    hd_ticket_t later = add_ticket(&d, (hd_ticket_t){ .active = true }, 0);
    assert_true(hd_ids_has(later.message_partner_ids, a)
                && hd_ids_has(later.message_partner_ids, p));

    set_team(&d, (hd_team_t){ .privacy_visibility = HD_VIS_INVITED },
             HD_BIT(HD_TEAM_F_privacy_visibility));
    const hd_team_t *team = hd_config_get(d.cx.txn, HD_TEAM, d.team);
    assert_false(hd_ids_has(team->message_partner_ids, p));                             /* VIS-11 */
    assert_true(hd_ids_has(team->message_partner_ids, a));
    assert_false(hd_ids_has(read_ticket(&d, open.rec.id).message_partner_ids, p));
    assert_false(hd_ids_has(read_ticket(&d, later.rec.id).message_partner_ids, p));
    hd_ticket_t t;
    as(&d, "ann");
    assert_int_equal(hd_ticket_get(&d.cx, open.rec.id, &t), HD_OK);
    assert_int_equal(hd_ticket_get(&d.cx, shut.rec.id, &t), HD_E_NOT_FOUND);
    assert_int_equal(hd_ticket_follow(&d.cx, open.rec.id, a, false, &t), HD_OK);
    assert_int_equal(hd_ticket_get(&d.cx, open.rec.id, &t), HD_E_NOT_FOUND);            /* VIS-3 */

    set_team(&d, (hd_team_t){ .privacy_visibility = HD_VIS_PORTAL },
             HD_BIT(HD_TEAM_F_privacy_visibility));
    assert_true(hd_ids_has(read_ticket(&d, open.rec.id).message_partner_ids, p));       /* VIS-13 */
    assert_false(hd_ids_has(read_ticket(&d, later.rec.id).message_partner_ids, p));
    set_team(&d, (hd_team_t){ .message_partner_ids = ids(&d, 0) },
             HD_BIT(HD_TEAM_F_message_partner_ids));
    assert_false(hd_ids_has(read_ticket(&d, later.rec.id).message_partner_ids, a));
    close_desk(&d);
}

static void teams_change(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_team_t two = { .name = HD_STR("Helpdesk") }, far = { .name = HD_STR("Far") };
    assert_int_equal(hd_record_create(&d.cx, HD_TEAM, &two, HD_BIT(HD_TEAM_F_name)), HD_OK);
    assert_true(hd_str_is(two.slug, "helpdesk-2"));
    as(&d, "boss");
    hd_company_t c = { .name = HD_STR("Beta") };
    assert_int_equal(hd_record_create(&d.cx, HD_COMPANY, &c, HD_BIT(HD_COMPANY_F_name)), HD_OK);
    as(&d, "boss");
    far.company_id = c.rec.id;
    assert_int_equal(hd_record_create(&d.cx, HD_TEAM, &far, HD_BIT(HD_TEAM_F_name)
                                      | HD_BIT(HD_TEAM_F_company_id)), HD_OK);
    as(&d, "boss");
    hd_id_t a = add_user(&d, "ann", HD_ROLE_USER);
    hd_ticket_t t = add_ticket(&d, (hd_ticket_t){ .user_id = a, .stage_id = d.stage[1] },
                               HD_BIT(HD_TICKET_F_user_id) | HD_BIT(HD_TICKET_F_stage_id));
    hd_ticket_t in = { .team_id = two.rec.id };
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_team_id)), HD_OK);
    assert_true(in.stage_id == d.stage[1] && in.user_id == a); /* D-15: shared stages */
    in.team_id = far.rec.id;
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_team_id)),
                     HD_E_INVALID);
    assert_string_equal(bad_code(&d, "user_id"), "not_allowed");            /* ACC-6 */
    as(&d, "boss");
    in.user_id = 0;
    assert_int_equal(hd_ticket_update(&d.cx, t.rec.id, 0, &in, HD_BIT(HD_TICKET_F_team_id)
                                      | HD_BIT(HD_TICKET_F_user_id)), HD_OK);
    assert_true(in.stage_id != d.stage[1] && in.company_id == c.rec.id);
    as(&d, "ann");
    assert_int_equal(hd_ticket_get(&d.cx, t.rec.id, &in),
                     HD_E_NOT_FOUND); /* VIS-17, follower or not */
    close_desk(&d);
}

/* ---- people ---- */

/* So many clerks of a firm as a version would have left them that had no index of contacts by the company they work for. */
static hd_id_t make_old_clerks(desk_t *d, int n)
{
    hd_contact_t firm = { .name = HD_STR("Firm"), .is_company = true, .active = true };
    assert_int_equal(hd_row_insert(d->cx.txn, d->arena, HD_CONTACT, &firm, T0, 0), HD_OK);
    for (int i = 0; i < n; i++) {
        hd_contact_t c = { .name = HD_STR("Clerk"), .parent_id = firm.rec.id, .active = true };
        hd_key_t k = { .len = 0 };
        assert_int_equal(hd_row_insert(d->cx.txn, d->arena, HD_CONTACT, &c, T0, 0), HD_OK);
        hd_key_u8(&k, HD_IX_CONTACT_PARENT);
        hd_key_id(&k, firm.rec.id);
        hd_key_id(&k, c.rec.id);
        hd_skey_t s = hd_skey_index((hd_str_t){ k.len, (const char *) k.b });
        assert_true(hd_txn_del(d->cx.txn, hd_skey_view(&s)));
    }
    hd_meta_put(d->cx.txn, "index_contact_parent", (hd_str_t){ 0, "" });
    return firm.rec.id;
}

static bool find_clerks(desk_t *d, hd_id_t firm, size_t *ret_n)
{
    int64_t parent = (int64_t) firm;
    hd_id_t *ids;
    hd_filter_t f = { .field = HD_CONTACT_F_parent_id, .op = HD_OP_EQ, .n = 1, .num = &parent };
    return hd_desk_candidates(&d->cx, HD_CONTACT, hd_expr_of(d->arena, &f, 1), &ids, ret_n);
}

static void an_index_younger_than_the_store(void **state)
{
    desk_t d;
    hd_time_t next;
    size_t n;
    (void) state;
    open_desk(&d);
    hd_id_t firm = make_old_clerks(&d, 520);                     /* more than one piece */
    assert_false(find_clerks(&d, firm, &n));                     /* each is looked at meanwhile */
    hd_clock_init(&d.cx);
    assert_false(find_clerks(&d, firm, &n));
    for (int i = 0; i < 2; i++) {
        d.cx.now += HD_SECOND;
        assert_true(hd_clock_run(&d.cx, 100, &next) > 0);
        assert_int_equal(find_clerks(&d, firm, &n), i == 1);
    }
    assert_int_equal(n, 520);
    close_desk(&d);              /* fsck finds every key */
}

/* However many work for the company, before its index is whole too; what one follows anyway counts once. */
static void a_preview_counts_all_of_a_company_vis14(void **state)
{
    enum { CLERKS = HD_LIST_MAX + 10, OPEN = CLERKS - 1 };
    desk_t d;
    hd_team_preview_t p;
    hd_ticket_t gone = { .active = false };
    hd_team_t share = { .portal_share_company = true };
    (void) state;
    open_desk(&d);
    set_team(&d, (hd_team_t){ .privacy_visibility = HD_VIS_PORTAL }, HD_BIT(HD_TEAM_F_privacy_visibility));
    hd_id_t firm = make_old_clerks(&d, CLERKS), pia = add_user(&d, "pia", HD_ROLE_PORTAL), other = add_user(&d, "paul", HD_ROLE_PORTAL);
    hd_contact_t at = { .parent_id = firm };
    assert_int_equal(hd_record_update(&d.cx, HD_CONTACT, contact_of(&d, pia), 0, &at, HD_BIT(HD_CONTACT_F_parent_id)), HD_OK);
    hd_ticket_t last = { .active = false };
    for (hd_id_t clerk = firm + 1; clerk <= firm + CLERKS; clerk++) {
        last = add_ticket(&d, (hd_ticket_t){ .partner_id = clerk }, HD_BIT(HD_TICKET_F_partner_id));
    }
    assert_int_equal(hd_ticket_update(&d.cx, last.rec.id, 0, &gone, HD_BIT(HD_TICKET_F_active)), HD_OK);
    hd_ticket_t own = add_ticket(&d, (hd_ticket_t){ .partner_id = contact_of(&d, pia) }, HD_BIT(HD_TICKET_F_partner_id));
    hd_ticket_t foreign = add_ticket(&d, (hd_ticket_t){ .partner_id = contact_of(&d, other) }, HD_BIT(HD_TICKET_F_partner_id));
    assert_int_equal(hd_ticket_follow(&d.cx, foreign.rec.id, contact_of(&d, pia), true, &own), HD_OK);
    assert_int_equal(hd_team_preview(&d.cx, d.team, 0, &share, HD_BIT(HD_TEAM_F_portal_share_company), &p), HD_OK);
    assert_int_equal(p.gain.total, 1);
    assert_int_equal(p.gain.v[0].tickets, OPEN);                 /* her own and the foreign one she has already */
    set_team(&d, share, HD_BIT(HD_TEAM_F_portal_share_company));
    hd_team_t shut = { .privacy_visibility = HD_VIS_INTERNAL };
    assert_int_equal(hd_team_preview(&d.cx, d.team, 0, &shut, HD_BIT(HD_TEAM_F_privacy_visibility), &p), HD_OK);
    assert_int_equal(p.lose.total, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(p.lose.v[i].tickets, p.lose.v[i].partner_id == contact_of(&d, pia) ? OPEN + 2 : 1);
    }
    hd_clock_init(&d.cx);
    for (hd_time_t next; d.cx.now < T0 + 10 * HD_SECOND; d.cx.now += HD_SECOND) {
        (void) hd_clock_run(&d.cx, 100, &next);
    }
    close_desk(&d);
}

/* ---- F26 ---- */

static void open_again(desk_t *d)
{
    char err[256] = "";
    hd_engine_conf_t conf = { .path = d->dir, .size = 256u << 20, .readers = 16, .sync = HD_SYNC_OFF };
    if (hd_store_open(&conf, &d->store, err) != HD_OK) {
        fail_msg("%s", err);
    }
    d->cache = hd_cache_create();
}

static void leave_store(desk_t *d)
{
    hd_store_close(d->store);
    hd_cache_destroy(d->cache);
}

/* What a worker does after its start, until there is nothing left to bring up to date. */
static void upgrade(desk_t *d)
{
    hd_str_t mark = { 0, "" };
    hd_time_t next;
    begin(d, true);
    hd_clock_init(&d->cx);
    commit(d);
    for (bool whole = false; !whole;) {
        d->cx.now += HD_SECOND;
        begin(d, true);
        (void) hd_clock_run(&d->cx, 1, &next);
        whole = hd_meta_get(d->cx.txn, "index_contact_parent", &mark) && hd_str_is(mark, "1");
        commit(d);
    }
}

/* Killed again and again at any point, it goes on where it was; meanwhile nothing half done is believed. */
static void an_upgrade_that_is_killed_f26(void **state)
{
    enum { CLERKS = 20000 };
    desk_t d;
    hd_str_t mark = { 0, "" };
    hd_id_t firm;
    size_t n = 0;
    unsigned killed = 0, half = 0;
    bool ended = false;
    (void) state;
    open_desk(&d);
    firm = make_old_clerks(&d, CLERKS);
    hd_meta_put(d.cx.txn, "format", HD_STR("1"));
    commit(&d);
    leave_store(&d);
    for (useconds_t round = 1; !ended; round++) {
        int status;
        pid_t pid = fork();                          /* no environment is open here */
        if (pid == 0) {
            open_again(&d);
            upgrade(&d);
            _exit(0);
        }
        usleep(round * 7919 % 997 * round / 2);      /* longer and longer */
        (void) kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        ended = WIFEXITED(status);
        killed += WIFSIGNALED(status);
        assert_int_equal(ended ? WEXITSTATUS(status) : WTERMSIG(status), ended ? 0 : SIGKILL);
        open_again(&d);
        begin(&d, false);
        bool known = hd_meta_get(d.cx.txn, "index_contact_parent", &mark), whole = known && hd_str_is(mark, "1");
        half += known && !whole;
        assert_int_equal(find_clerks(&d, firm, &n), whole);
        assert_true(!whole || n == CLERKS);
        if (known) {                                 /* versions before the index would not keep it: they are to refuse the store */
            assert_true(hd_meta_get(d.cx.txn, "format", &mark) && hd_str_is(mark, "2"));
        }
        hd_txn_abort(d.cx.txn);
        d.cx.txn = NULL;
        ended = ended || whole;
        if (!ended) {
            leave_store(&d);
        }
    }
    assert_true(killed > 2 && half > 0);
    begin(&d, true);
    close_desk(&d);                                  /* fsck finds every key, none twice */
}

/* As those versions do with ours. */
static void a_store_of_a_later_version_f26(void **state)
{
    desk_t d;
    hd_store_t *s = NULL;
    char err[256] = "", name[128];
    uint8_t hash[2][HD_HASH_LEN];
    (void) state;
    open_desk(&d);
    hd_meta_put(d.cx.txn, "format", HD_STR("3"));
    commit(&d);
    leave_store(&d);
    snprintf(name, sizeof(name), "%s/data.mdb", d.dir);
    for (int i = 0; i < 2; i++) {
        hd_engine_conf_t conf = { .path = d.dir, .size = 256u << 20, .readers = 16, .sync = HD_SYNC_OFF };
        static char bytes[32 << 20];
        FILE *f = fopen(name, "rb");
        assert_non_null(f);
        size_t len = fread(bytes, 1, sizeof(bytes), f);
        fclose(f);
        assert_in_range(len, 4096, sizeof(bytes) - 1);
        hd_sha256(bytes, len, hash[i]);
        assert_int_equal(hd_store_open(&conf, &s, err), HD_E_STORE);
        assert_string_equal(err, "the store was written by a newer version (format 3)");
    }
    assert_memory_equal(hash[0], hash[1], HD_HASH_LEN);      /* it was left as it is */
    hd_arena_destroy(d.arena);
    remove(name);
    snprintf(name, sizeof(name), "%s/lock.mdb", d.dir);
    remove(name);
    rmdir(d.dir);
}

static void sessions_and_tokens(void **state)
{
    desk_t d;
    hd_str_t secret, other, token;
    hd_id_t s1, s2, got;
    (void) state;
    open_desk(&d);
    hd_id_t a = add_user(&d, "Ann", HD_ROLE_USER);
    assert_non_null(hd_user_by_login(&d.cx, HD_STR("aNN")));
    assert_int_equal(hd_session_start(&d.cx, a, HD_STR("::1"), HD_STR("\xff"), &secret, &s1),
                     HD_OK);
    assert_int_equal(hd_session_start(&d.cx, a, HD_STR("::1"), HD_STR("x"), &other, &s2), HD_OK);
    assert_int_equal(secret.len, 43);
    for (int i = 0; i < 2; i++) {
        const hd_actor_t *who = hd_actor_of_session(&d.cx, secret, &got);
        assert_true(who != NULL && who->uid == a && got == s1);
    }
    d.cx.now = T0 + HD_SESSION_IDLE - 1;
    assert_non_null(hd_actor_of_session(&d.cx, secret, &got));
    assert_int_equal(hd_session_touch(&d.cx, s1), HD_OK);
    d.cx.now += 5;
    assert_non_null(hd_actor_of_session(&d.cx, secret, &got));
    assert_null(hd_actor_of_session(&d.cx, other, &got));           /* idle */
    d.cx.now = T0;
    as(&d, "ann");
    hd_token_t t = { .name = HD_STR("ci"), .scopes = HD_SCOPE_READ | HD_SCOPE_ADMIN };
    assert_int_equal(hd_token_create(&d.cx, &t, &token), HD_E_INVALID);
    t.scopes = HD_SCOPE_READ;
    as(&d, "ann");
    assert_int_equal(hd_token_create(&d.cx, &t, &token), HD_OK);
    const hd_actor_t *by = hd_actor_of_token(&d.cx, token);
    assert_true(by != NULL && by->uid == a && by->scopes == HD_SCOPE_READ);
    char *typo = (char *) (uintptr_t) hd_str_dup(d.arena, token).data;
    typo[20] = typo[20] == 'x' ? 'y' : 'x';
    assert_null(hd_actor_of_token(&d.cx, (hd_str_t){ token.len, typo }));

    as(&d, "ann");
    assert_int_equal(hd_user_set_password(&d.cx, d.boss, HD_STR("$x"), 0), HD_E_RIGHT);
    assert_int_equal(hd_user_set_password(&d.cx, a, HD_STR("$x"), s2), HD_OK);
    assert_null(hd_actor_of_session(&d.cx, secret, &got));
    assert_non_null(hd_actor_of_session(&d.cx, other, &got));
    assert_non_null(hd_actor_of_token(&d.cx, token));
    as(&d, "boss");
    hd_user_t u = { .active = false };
    assert_int_equal(hd_record_update(&d.cx, HD_USER, a, 0, &u, HD_BIT(HD_USER_F_active)), HD_OK);
    assert_null(hd_actor_of_session(&d.cx, other, &got));           /* T-12 */
    assert_null(hd_actor_of_token(&d.cx, token));

    hd_time_t due;
    d.cx.now = T0 + 400 * HD_DAY;
    assert_int_equal(hd_clock_run(&d.cx, 10, &due), 4);             /* those that stand, and once the days of activities */
    assert_true(due > d.cx.now);
    assert_int_equal(hd_row_get(d.cx.txn, d.arena, HD_TOKEN, t.rec.id, &t), HD_E_NOT_FOUND);
    close_desk(&d);
}

static void users_have_rules(void **state)
{
    desk_t d;
    (void) state;
    open_desk(&d);
    hd_user_t u = {
        .login = HD_STR("BOSS"), .name = HD_STR("x"), .lang = HD_STR("xx"), .tz = HD_STR("Mars")
    };
    assert_int_equal(hd_record_create(&d.cx, HD_USER, &u,
                                      HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name)
                                          | HD_BIT(HD_USER_F_lang) | HD_BIT(HD_USER_F_tz)),
                     HD_E_INVALID);
    assert_string_equal(bad_code(&d, "login"), "taken");
    assert_string_equal(bad_code(&d, "tz"), "not_an_option");
    assert_string_equal(bad_code(&d, "lang"), "not_an_option");
    as(&d, "boss");
    u = (hd_user_t){ .role = HD_ROLE_USER };
    assert_int_equal(hd_record_update(&d.cx, HD_USER, d.boss, 0, &u, HD_BIT(HD_USER_F_role)),
                     HD_E_CONFLICT);
    as(&d, "boss");
    assert_int_equal(hd_record_delete(&d.cx, HD_USER, d.boss, 0), HD_E_CONFLICT);
    hd_id_t p = add_user(&d, "pat", HD_ROLE_PORTAL);
    as(&d, "pat");
    u = (hd_user_t){ .role = HD_ROLE_ADMIN, .lang = HD_STR("sv") };
    assert_int_equal(hd_record_update(&d.cx, HD_USER, p, 0, &u, HD_BIT(HD_USER_F_role)),
                     HD_E_RIGHT); /* T-10 */
    assert_int_equal(hd_record_get(&d.cx, HD_USER, d.boss, &u), HD_E_NOT_FOUND); /* T-03 */
    assert_int_equal(hd_record_get(&d.cx, HD_TEAM, d.team, &(hd_team_t){ .active = true }),
                     HD_E_NOT_FOUND);
    hd_page_t page;
    hd_query_t q = { .limit = 0 };
    assert_int_equal(hd_record_list(&d.cx, HD_USER, &q, &page), HD_OK);
    assert_int_equal(page.n, 1);
    assert_int_equal(hd_record_list(&d.cx, HD_CONTACT, &q, &page), HD_OK);
    assert_int_equal(page.n, 1);
    assert_non_null(hd_password_problem(HD_STR("short"), HD_STR("a"), HD_STR("b")));
    assert_non_null(hd_password_problem(HD_STR("Password1234"), HD_STR("a"), HD_STR("b")));
    assert_non_null(
        hd_password_problem(HD_STR("The Big Boss!"), HD_STR("a"), HD_STR("the big boss!")));
    assert_null(hd_password_problem(HD_STR("seven blue otters"), HD_STR("a"), HD_STR("b")));
    close_desk(&d);
}

static void lists_have_pages(void **state)
{
    desk_t d;
    hd_page_t page;
    hd_query_t q = { .limit = 1 };
    (void) state;
    open_desk(&d);
    assert_int_equal(hd_record_list(&d.cx, HD_STAGE, &q, &page), HD_OK);
    hd_id_t seen = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(page.n, 1);
        seen = ((hd_rec_t *) page.v[0])->id;
        assert_int_equal(seen, d.stage[i]);
        q.after = page.next;
        if (i < 3) {
            assert_int_equal(hd_record_list(&d.cx, HD_STAGE, &q, &page), HD_OK);
        }
    }
    assert_int_equal(page.next.len, 0);
    q.after = HD_STR("AAAAAAAAAAAAAAA");
    assert_int_equal(hd_record_list(&d.cx, HD_STAGE, &q, &page), HD_E_CURSOR);
    close_desk(&d);
}

/* ---- worlds ---- */

#define WORLDS    320
#define N_USERS   8
#define N_LOOSE   3              /* contacts of nobody who signs in */
#define N_TEAMS   6
#define N_STAGES  4
#define N_TICKETS 40

typedef struct {
    hd_id_t   id, contact;
    hd_role_t role;
    bool      active;
    hd_ids_t  companies;
    hd_str_t  login;
} person_t;

typedef struct {
    hd_id_t         id, company;
    hd_visibility_t mode;
    bool            active;
    hd_ids_t        followers;
} group_t;

typedef struct {
    hd_id_t  id, user, partner, stage;
    size_t   team;
    int      priority;
    bool     active;
    hd_ids_t followers;
} paper_t;

typedef struct {
    desk_t   d;
    uint64_t random;
    hd_id_t  company[3], contact[N_USERS + N_LOOSE];
    person_t user[N_USERS];
    group_t  team[N_TEAMS];
    hd_stage_t stage[N_STAGES];
    paper_t  ticket[N_TICKETS];
    size_t   n_tickets;
} world_t;

static uint64_t draw(world_t *w, uint64_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (w->random >> 11) % below;
}

static hd_ids_t some_of(world_t *w, const hd_id_t *from, size_t n, uint64_t one_in)
{
    hd_ids_t got = { 0, NULL };
    for (size_t i = 0; i < n; i++) {
        if (draw(w, one_in) == 0) {
            got = hd_ids_with(w->d.arena, got, from[i]);
        }
    }
    return got;
}

static hd_id_t put(world_t *w, hd_type_t type, void *rec)
{
    assert_int_equal(hd_row_insert(w->d.cx.txn, w->d.arena, type, rec, T0, 0), HD_OK);
    return ((const hd_rec_t *) rec)->id;
}

static void make_people(world_t *w)
{
    for (size_t i = 0; i < 3; i++) {
        hd_company_t c = { .name = HD_STR("C"), .active = true };
        w->company[i] = put(w, HD_COMPANY, &c);
    }
    for (size_t i = 0; i < N_USERS + N_LOOSE; i++) {
        hd_contact_t c = { .name = HD_STR("P"), .active = draw(w, 8) != 0 };
        w->contact[i] = put(w, HD_CONTACT, &c);
    }
    for (size_t i = 0; i < N_USERS; i++) {
        person_t *p = &w->user[i];
        p->role = (hd_role_t) draw(w, 4);
        p->active = draw(w, 10) != 0;
        p->contact = w->contact[i];
        p->login = hd_strf(w->d.arena, "u%zu", i);
        p->companies = some_of(w, w->company, 3, 2);
        if (p->companies.n == 0 && p->role != HD_ROLE_PORTAL) {
            p->companies = hd_ids_make(w->d.arena, &w->company[draw(w, 3)], 1);
        }
        hd_user_t u = { .login = p->login,
                        .name = p->login,
                        .partner_id = p->contact,
                        .active = p->active,
                        .role = (uint8_t) p->role,
                        .company_ids = p->companies };
        u.company_id = p->companies.n != 0 ? p->companies.v[0] : 0;
        p->id = put(w, HD_USER, &u);
    }
}

static void make_teams(world_t *w)
{
    hd_id_t team_ids[N_TEAMS];
    for (size_t i = 0; i < N_TEAMS; i++) {
        group_t *g = &w->team[i];
        g->company = w->company[draw(w, 3)];
        g->mode = (hd_visibility_t) draw(w, 3);
        g->active = draw(w, 5) != 0;
        g->followers = some_of(w, w->contact, N_USERS + N_LOOSE, 4);
        hd_team_t t = { .name = HD_STR("T"),
                        .slug = hd_strf(w->d.arena, "t%zu", i),
                        .active = g->active,
                        .company_id = g->company,
                        .privacy_visibility = (uint8_t) g->mode,
                        .message_partner_ids = g->followers };
        g->id = team_ids[i] = put(w, HD_TEAM, &t);
    }
    for (size_t i = 0; i < N_STAGES; i++) {
        hd_stage_t *s = &w->stage[i];
        *s = (hd_stage_t){ .name = HD_STR("S"),
                           .sequence = (int64_t) draw(w, 3) - 1,
                           .fold = draw(w, 3) == 0,
                           .active = i == 0 || draw(w, 6) != 0 };
        s->team_ids = i == 0 ? hd_ids_make(w->d.arena, team_ids, N_TEAMS)
                             : some_of(w, team_ids, N_TEAMS, 2);
        put(w, HD_STAGE, s);
    }
}

static void make_tickets(world_t *w)
{
    w->n_tickets = draw(w, N_TICKETS + 1);
    for (size_t i = 0; i < w->n_tickets; i++) {
        paper_t *p = &w->ticket[i];
        size_t stage;
        p->team = draw(w, N_TEAMS);
        do {
            stage = draw(w, N_STAGES);
        } while (!hd_ids_has(w->stage[stage].team_ids, w->team[p->team].id));
        p->stage = w->stage[stage].rec.id;
        p->user = draw(w, 3) == 0 ? 0 : w->user[draw(w, N_USERS)].id;
        p->partner = draw(w, 3) == 0 ? 0 : w->contact[draw(w, N_USERS + N_LOOSE)];
        p->priority = (int) draw(w, 4);
        p->active = draw(w, 5) != 0;
        p->followers = some_of(w, w->contact, N_USERS + N_LOOSE, 3);
        hd_ticket_t t = { .name = HD_STR("X"), .active = p->active, .team_id = w->team[p->team].id,
                          .stage_id = p->stage, .user_id = p->user, .partner_id = p->partner,
                          .priority = (uint8_t) p->priority, .message_partner_ids = p->followers,
                          .company_id = w->team[p->team].company, .closed = w->stage[stage].fold };
        p->id = put(w, HD_TICKET, &t);
    }
}

/* ---- the oracle: the words of the specification, one after the other ---- */

static bool follows(const person_t *u, hd_ids_t followers)
{
    for (uint32_t i = 0; i < followers.n; i++) {
        if (followers.v[i] == u->contact) {
            return true;
        }
    }
    return false;
}

static bool works_in(const person_t *u, hd_id_t company)
{
    for (uint32_t i = 0; i < u->companies.n; i++) {
        if (u->companies.v[i] == company) {
            return true;
        }
    }
    return false;
}

static bool ought_see(const world_t *w, const person_t *u, const paper_t *t)
{
    const group_t *team = &w->team[t->team];
    if (u == NULL) {
        return false;                                       /* VIS-22 */
    }
    if ((u->role != HD_ROLE_PORTAL || u->companies.n != 0) && !works_in(u, team->company)) {
        return false;                                       /* VIS-17 */
    }
    if (u->role == HD_ROLE_PORTAL) {
        if (team->mode != HD_VIS_PORTAL) {
            return false;                                   /* VIS-8 */
        }
        if (!t->active || !team->active) {
            return false;                                   /* TKT-6, TEAM-8 */
        }
        return follows(u, t->followers);                    /* VIS-7 */
    }
    if (u->role == HD_ROLE_ADMIN) {
        return true;                                        /* VIS-5 */
    }
    if (u->role == HD_ROLE_NONE || team->mode == HD_VIS_INVITED) {
        return follows(u, t->followers);                    /* ACC-2, VIS-1 with VIS-3 and VIS-20 */
    }
    return true;                                            /* VIS-6, VIS-7 */
}

static bool ought_see_team(const world_t *w, const person_t *u, size_t team)
{
    const group_t *g = &w->team[team];
    if (u == NULL || (u->role != HD_ROLE_PORTAL && !works_in(u, g->company))) {
        return false;
    }
    if (u->role == HD_ROLE_ADMIN || (u->role == HD_ROLE_USER && g->mode != HD_VIS_INVITED)) {
        return true;
    }
    if (u->role != HD_ROLE_PORTAL && follows(u, g->followers)) {
        return true;                                        /* VIS-1 */
    }
    for (size_t i = 0; i < w->n_tickets; i++) {             /* VIS-2 */
        if (w->ticket[i].team == team && ought_see(w, u, &w->ticket[i])) {
            return true;
        }
    }
    return false;
}

static bool ought_match(const world_t *w, const hd_ticket_query_t *q, const paper_t *t)
{
    bool in_force = t->active && w->team[t->team].active;   /* TKT-6, TEAM-8 */
    return (q->active < 0 || in_force == (q->active == 1))
        && (q->team_id == 0 || q->team_id == w->team[t->team].id)
        && (q->stage_id == 0 || q->stage_id == t->stage)
        && (q->user_id == 0 || q->user_id == t->user)
        && (q->partner_id == 0 || q->partner_id == t->partner)
        && (!q->unassigned || t->user == 0)
        && (q->n_filters == 0 || q->filters[0].num[0] == t->priority);
}

/* TKT-3: by selection, slowly. */
static size_t ought_list(const world_t *w, const person_t *u, const hd_ticket_query_t *q,
                         hd_id_t *out)
{
    size_t n = 0;
    for (int priority = 3; priority >= 0; priority--) {
        for (size_t i = w->n_tickets; i-- > 0;) {
            const paper_t *t = &w->ticket[i];
            if (t->priority == priority && ought_match(w, q, t) && ought_see(w, u, t)) {
                out[n++] = t->id;
            }
        }
    }
    return n;
}

/* ---- compare ---- */

static void check_list(world_t *w, const person_t *u, hd_ticket_query_t q)
{
    hd_id_t want[N_TICKETS];
    size_t n = ought_list(w, u, &q, want), at = 0;
    uint64_t count;
    hd_ticket_page_t page;
    assert_int_equal(hd_ticket_count(&w->d.cx, &q, &count), HD_OK);
    assert_int_equal(count, n);
    q.limit = (uint32_t) draw(w, 9) + 1;
    do {
        assert_int_equal(hd_ticket_list(&w->d.cx, &q, &page), HD_OK);
        assert_true(page.n <= q.limit);
        for (uint32_t i = 0; i < page.n; i++) {
            assert_true(at < n);
            assert_int_equal(page.v[i].rec.id, want[at++]);
        }
        q.after = page.next;
    } while (page.next.len != 0);
    assert_int_equal(at, n);
}

static hd_ticket_query_t draw_query(world_t *w)
{
    hd_ticket_query_t q = { .active = (int8_t) ((int) draw(w, 4) - 1) };
    q.active = q.active > 1 ? 1 : q.active;
    q.team_id = draw(w, 3) == 0 ? w->team[draw(w, N_TEAMS)].id : 0;
    q.stage_id = draw(w, 4) == 0 ? w->stage[draw(w, N_STAGES)].rec.id : 0;
    q.user_id = draw(w, 4) == 0 ? w->user[draw(w, N_USERS)].id : 0;
    q.partner_id = draw(w, 4) == 0 ? w->contact[draw(w, N_USERS + N_LOOSE)] : 0;
    q.unassigned = draw(w, 6) == 0;
    if (draw(w, 5) == 0) {
        int64_t *num = hd_alloc(w->d.arena, sizeof(*num));
        hd_filter_t *f = hd_alloc(w->d.arena, sizeof(*f));
        *num = (int64_t) draw(w, 4);
        *f = (hd_filter_t){ .field = HD_TICKET_F_priority, .op = HD_OP_EQ, .n = 1, .num = num };
        q.filters = f;
        q.n_filters = 1;
    }
    return q;
}

static void check_board(world_t *w, const person_t *u, size_t team)
{
    hd_board_column_t *cols;
    hd_id_t want[N_TICKETS];
    size_t n = 0, active = 0;
    hd_code_t code = hd_board(&w->d.cx, w->team[team].id, 3, NULL, &cols, &n);
    assert_int_equal(code, ought_see_team(w, u, team) ? HD_OK : HD_E_NOT_FOUND);
    if (code != HD_OK) {
        return;
    }
    for (size_t s = 0; s < N_STAGES; s++) {
        active += w->stage[s].active && hd_ids_has(w->stage[s].team_ids, w->team[team].id);
    }
    assert_int_equal(n, active);                            /* STG-21 */
    for (size_t c = 0; c < n; c++) {
        hd_ticket_query_t q = { .team_id = w->team[team].id,
                                .stage_id = cols[c].stage->rec.id,
                                .active = 1 };
        size_t all = ought_list(w, u, &q, want);
        assert_int_equal(cols[c].count, all);
        assert_int_equal(cols[c].page.n, all < 3 ? all : 3);
        for (uint32_t i = 0; i < cols[c].page.n; i++) {
            assert_int_equal(cols[c].page.v[i].rec.id, want[i]);
        }
        if (c > 0) {                                        /* STG-4 */
            const hd_stage_t *a = cols[c - 1].stage, *b = cols[c].stage;
            assert_true(a->sequence < b->sequence
                        || (a->sequence == b->sequence && a->rec.id < b->rec.id));
        }
    }
}

static void check_person(world_t *w, const person_t *u)
{
    hd_ticket_t t;
    w->d.cx.actor = u != NULL ? hd_actor_of_login(&w->d.cx, u->login) : &hd_actor_nobody;
    if (u != NULL && !u->active) {
        assert_null(w->d.cx.actor);
        return;
    }
    for (size_t i = 0; i < w->n_tickets; i++) {
        hd_code_t want = ought_see(w, u, &w->ticket[i]) ? HD_OK : HD_E_NOT_FOUND;
        assert_int_equal(hd_ticket_get(&w->d.cx, w->ticket[i].id, &t), want);
    }
    for (size_t i = 0; i < N_TEAMS; i++) {
        check_board(w, u, i);
    }
    check_list(w, u, (hd_ticket_query_t){ .active = 1 });
    check_list(w, u, (hd_ticket_query_t){ .active = 0 });
    check_list(w, u, (hd_ticket_query_t){ .active = -1 });
    for (int i = 0; i < 10; i++) {
        check_list(w, u, draw_query(w));
    }
}

static void worlds_are_seen_as_written(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        world_t *w = calloc(1, sizeof(*w));
        assert_non_null(w);
        unit_open(&w->d);
        w->random = seed * UINT64_C(0x9e3779b97f4a7c15);
        begin(&w->d, true);
        make_people(w);
        make_teams(w);
        make_tickets(w);
        assert_int_equal(hd_txn_commit(w->d.cx.txn), HD_OK);
        assert_int_equal(hd_txn_begin(w->d.store, false, w->d.arena, w->d.cache, &w->d.cx.txn),
                         HD_OK);
        check_person(w, NULL);
        for (size_t i = 0; i < N_USERS; i++) {
            check_person(w, &w->user[i]);
        }
        hd_txn_abort(w->d.cx.txn);
        w->d.cx.txn = NULL;
        close_desk(&w->d);
        free(w);
    }
}

int main(void)
{
    hd_base_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assigns_randomly_asg7_d1),
        cmocka_unit_test(assigns_balanced_asg8_d2),
        cmocka_unit_test(stages_and_closing),
        cmocka_unit_test(stages_hold_their_tickets),
        cmocka_unit_test(customers_and_hands),
        cmocka_unit_test(rights_and_forms),
        cmocka_unit_test(followers_of_teams),
        cmocka_unit_test(teams_change),
        cmocka_unit_test(an_index_younger_than_the_store),
        cmocka_unit_test(a_preview_counts_all_of_a_company_vis14),
        cmocka_unit_test(an_upgrade_that_is_killed_f26),
        cmocka_unit_test(a_store_of_a_later_version_f26),
        cmocka_unit_test(sessions_and_tokens),
        cmocka_unit_test(users_have_rules),
        cmocka_unit_test(lists_have_pages),
        cmocka_unit_test(worlds_are_seen_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
