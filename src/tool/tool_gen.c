/*
 * gen: many made-up tickets for measuring.  Tickets spread over the past two years, about 70 % closed, few customers
 * with many tickets, few teams with most of the work.  The same seed on the same store gives the same tickets.
 */
#include <unistd.h>

#include "tool.h"

#define SPAN       (730 * HD_DAY)
#define BODY_BYTES 950
#define TEAMS_MAX  200
#define STAGES_MAX 20

typedef struct {
    hd_id_t  id, company_id;
    hd_id_t  open[STAGES_MAX], folded[STAGES_MAX];
    hd_id_t  members[200], partners[200];
    uint32_t n_open, n_folded, n_members;
} hd_gen_team_t;

typedef struct {
    uint64_t       n, done, batch, rand;
    hd_time_t      end;
    hd_gen_team_t *teams;
    size_t         n_teams;
    hd_id_t        first_contact, n_contacts;
    uint64_t       started;
} hd_gen_t;

/* ---- what the store has to offer ---- */

static hd_code_t add_team(hd_tool_t *t, hd_id_t company, const char *name)
{
    hd_team_t team = { .name = hd_str(name), .active = true, .company_id = company, .sequence = 10,
                       .privacy_visibility = HD_VIS_PORTAL };
    hd_code_t code = hd_record_create(&t->cx, HD_TEAM, &team,
        HD_BIT(HD_TEAM_F_name) | HD_BIT(HD_TEAM_F_active) | HD_BIT(HD_TEAM_F_company_id) |
        HD_BIT(HD_TEAM_F_sequence) | HD_BIT(HD_TEAM_F_privacy_visibility));
    static const struct { const char *name; bool fold; } stages[] = {
        { "New", false }, { "In progress", false }, { "Waiting", false }, { "Solved", true },
    };
    for (size_t i = 0; code == HD_OK && i < 4; i++) {
        hd_stage_t stage = { .name = hd_str(stages[i].name), .sequence = (int64_t) i * 10,
                             .fold = stages[i].fold, .active = true,
                             .team_ids = hd_ids_make(t->arena, &team.rec.id, 1) };
        code = hd_record_create(&t->cx, HD_STAGE, &stage,
            HD_BIT(HD_STAGE_F_name) | HD_BIT(HD_STAGE_F_sequence) | HD_BIT(HD_STAGE_F_fold) |
            HD_BIT(HD_STAGE_F_active) | HD_BIT(HD_STAGE_F_team_ids));
    }
    return code;
}

static hd_code_t add_agent(hd_tool_t *t, hd_id_t company, size_t i)
{
    const hd_phrases_t *p = &tool_phrases[i % HD_LANG_COUNT];
    hd_user_t u = {
        .login = hd_strf(t->arena, "agent%zu", i + 1), .role = HD_ROLE_USER, .company_id = company,
        .name = hd_strf(t->arena, "%s %s", p->first.v[i % p->first.n], p->last.v[i / 3 % p->last.n]),
        .company_ids = hd_ids_make(t->arena, &company, 1), .active = true,
    };
    return hd_record_create(&t->cx, HD_USER, &u,
        HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_role) |
        HD_BIT(HD_USER_F_company_id) | HD_BIT(HD_USER_F_company_ids) | HD_BIT(HD_USER_F_active));
}

/* An empty store gets a company, six teams and twenty agents who cannot sign in. */
static int fill_setup(hd_tool_t *t)
{
    size_t n;
    hd_id_t company = 0;
    if (tool_begin(t, true) != 0) {
        return 1;
    }
    hd_config_all(t->cx.txn, HD_TEAM, &n);
    if (n > 0) {
        tool_abort(t);
        return 0;
    }
    static const char *const teams[] = { "Orders", "Billing", "Repairs", "Returns", "Complaints" };
    const void *const *companies = hd_config_all(t->cx.txn, HD_COMPANY, &n);
    hd_code_t code = HD_OK;
    if (n > 0) {
        company = ((const hd_company_t *) companies[0])->rec.id;
    } else {
        code = hd_setup_base(&t->cx, HD_STR("Northwind Trading"), &company);
    }
    for (size_t i = 0; code == HD_OK && i < 5; i++) {
        code = add_team(t, company, teams[i]);
    }
    for (size_t i = 0; code == HD_OK && i < 20; i++) {
        code = add_agent(t, company, i);
    }
    return code == HD_OK ? tool_commit(t) : tool_refused(t, "Teams and agents were not created", code);
}

static void read_members(hd_tool_t *t, const hd_team_t *team, hd_gen_team_t *g)
{
    size_t n;
    const void *const *users = hd_config_all(t->cx.txn, HD_USER, &n);
    for (size_t i = 0; i < n && g->n_members < 200; i++) {
        const hd_user_t *u = users[i];
        bool staff = u->role == HD_ROLE_USER || u->role == HD_ROLE_ADMIN;
        bool member = team->member_ids.n ? hd_ids_has(team->member_ids, u->rec.id)
                                         : hd_ids_has(u->company_ids, team->company_id);
        if (u->active && staff && member) {
            g->members[g->n_members] = u->rec.id;
            g->partners[g->n_members++] = u->partner_id;
        }
    }
}

static int read_setup(hd_tool_t *t, hd_gen_t *g)
{
    size_t n, n_stages;
    if (tool_begin(t, false) != 0) {
        return 1;
    }
    static hd_gen_team_t teams[TEAMS_MAX];
    const void *const *all = hd_config_all(t->cx.txn, HD_TEAM, &n);
    g->teams = teams;
    for (size_t i = 0; i < n && g->n_teams < TEAMS_MAX; i++) {
        const hd_team_t *team = all[i];
        hd_gen_team_t *to = &teams[g->n_teams];
        const hd_stage_t *const *stages = hd_team_stages(&t->cx, team->rec.id, &n_stages);
        to->id = team->rec.id;
        to->company_id = team->company_id;
        for (size_t k = 0; k < n_stages && k < STAGES_MAX; k++) {
            hd_id_t id = stages[k]->rec.id;
            if (stages[k]->fold) {
                to->folded[to->n_folded++] = id;
            } else {
                to->open[to->n_open++] = id;
            }
        }
        read_members(t, team, to);
        g->n_teams += team->active && to->n_open > 0 ? 1 : 0;
        if (!team->active || to->n_open == 0) {
            memset(to, 0, sizeof(*to));
        }
    }
    tool_abort(t);
    return g->n_teams > 0 ? 0 : tool_fail("No active team has an open stage.");
}

/* Customer number i has the same name and language in the contact and in every ticket. */
static const hd_phrases_t *customer_phrases(uint64_t i)
{
    uint64_t r = i;
    return &tool_phrases[tool_below(&r, HD_LANG_COUNT)];
}

static hd_str_t customer_name(hd_tool_t *t, uint64_t i)
{
    uint64_t r = i ^ UINT64_C(0x5851F42D4C957F2D);
    const hd_phrases_t *p = customer_phrases(i);
    const char *first = tool_pick(&r, p->first);
    return hd_strf(t->scratch, "%s %s", first, tool_pick(&r, p->last));
}

static int fill_contacts(hd_tool_t *t, hd_gen_t *g)
{
    uint64_t want = g->n / 20 + 50;
    for (uint64_t i = 0; i < want;) {
        if (tool_begin(t, true) != 0) {
            return 1;
        }
        for (uint64_t k = 0; k < g->batch && i < want; k++, i++) {
            hd_arena_reset(t->scratch);
            hd_contact_t c = {
                .name = customer_name(t, i),
                .email = hd_strf(t->scratch, "customer%" PRIu64 "@example.com", i + 1),
                .lang = hd_str(hd_lang_code((hd_lang_t) (customer_phrases(i) - tool_phrases))), .active = true,
            };
            hd_code_t code = hd_row_insert(t->cx.txn, t->scratch, HD_CONTACT, &c, g->end - SPAN, 0);
            if (code != HD_OK) {
                return tool_refused(t, "A customer was not created", code);
            }
            g->first_contact = i == 0 ? c.rec.id : g->first_contact;
        }
        if (tool_commit(t) != 0) {
            return 1;
        }
    }
    g->n_contacts = want;
    return 0;
}

/* ---- tickets ---- */

static hd_str_t write_body(hd_tool_t *t, hd_gen_t *g, const hd_phrases_t *p)
{
    hd_buf_t b;
    hd_buf_init(&b, t->scratch, 2048, HD_BODY_MAX);
    hd_buf_z(&b, p->greeting);
    hd_buf_z(&b, "\n\n");
    while (b.len < BODY_BYTES) {
        tool_fill(&b, &g->rand, p, tool_pick(&g->rand, p->sentences), NULL);
        hd_buf_byte(&b, tool_below(&g->rand, 4) == 0 ? '\n' : ' ');
    }
    hd_buf_z(&b, "\n\n");
    hd_buf_z(&b, p->closing);
    return hd_buf_view(&b);
}

/* Where it stands: stage, assignee and the dates that go with them. */
static void set_state(hd_gen_t *g, const hd_gen_team_t *team, hd_time_t created, hd_ticket_t *k)
{
    bool closed = team->n_folded > 0 && tool_below(&g->rand, 100) < 70;
    hd_time_t moved = created + (hd_time_t) tool_skewed(&g->rand, (uint64_t) (14 * HD_DAY));
    moved = moved < g->end ? moved : g->end;
    k->stage_id = closed ? team->folded[tool_skewed(&g->rand, team->n_folded)]
                         : team->open[tool_skewed(&g->rand, team->n_open)];
    k->closed = closed;
    k->close_date = closed ? moved : 0;
    k->date_last_stage_update = moved;
    k->kanban_state = !closed && tool_below(&g->rand, 10) == 0 ? HD_KANBAN_BLOCKED : HD_KANBAN_NORMAL;
}

static void assign(hd_tool_t *t, hd_gen_t *g, const hd_gen_team_t *team, hd_time_t created, hd_ticket_t *k)
{
    hd_id_t followers[2] = { k->partner_id, 0 };
    if (team->n_members > 0 && (k->closed || tool_below(&g->rand, 10) != 0)) {
        uint64_t i = tool_below(&g->rand, team->n_members);
        k->user_id = team->members[i];
        k->assign_date = created;
        followers[1] = team->partners[i];
    }
    k->message_partner_ids = hd_ids_make(t->scratch, followers, 2);
}

static hd_code_t add_ticket(hd_tool_t *t, hd_gen_t *g)
{
    hd_arena_reset(t->scratch);
    const hd_gen_team_t *team = &g->teams[tool_skewed(&g->rand, g->n_teams)];
    hd_time_t created = g->end - SPAN + (hd_time_t) ((double) SPAN / (double) g->n * (double) g->done);
    uint64_t customer = tool_skewed(&g->rand, g->n_contacts);
    const hd_phrases_t *p = customer_phrases(customer);
    hd_buf_t title;
    hd_buf_init(&title, t->scratch, 256, 4096);
    tool_fill(&title, &g->rand, p, tool_pick(&g->rand, p->titles), NULL);
    if (title.data[0] >= 'a' && title.data[0] <= 'z') {
        title.data[0] = (char) (title.data[0] - 'a' + 'A');
    }
    hd_ticket_t k = {
        .name = hd_buf_view(&title), .description = write_body(t, g, p), .active = true, .team_id = team->id,
        .company_id = team->company_id, .priority = (uint8_t) tool_skewed(&g->rand, 4),
        .partner_id = g->first_contact + customer,
        .partner_name = customer_name(t, customer),
        .partner_email = hd_strf(t->scratch, "customer%" PRIu64 "@example.com", customer + 1),
    };
    set_state(g, team, created, &k);
    assign(t, g, team, created, &k);
    hd_code_t code = hd_row_insert(t->cx.txn, t->scratch, HD_TICKET, &k, created, 0);
    hd_event_t ev = { .time = created, .kind = HD_EV_CREATED, .type = HD_TICKET, .id = k.rec.id };
    if (code == HD_OK) {
        (void) hd_log_append(t->cx.txn, &ev);
        code = hd_txn_error(t->cx.txn);
    }
    return code;
}

static void show_progress(const hd_gen_t *g, bool last)
{
    uint64_t us = hd_time_mono_us() - g->started;
    double rate = us > 0 ? (double) g->done * 1e6 / (double) us : 0;
    if (last || isatty(STDERR_FILENO)) {
        fprintf(stderr, "%s%" PRIu64 " tickets, %.0f a second%s", last ? "" : "\r", g->done, rate,
                last ? "\n" : "   ");
        if (last && isatty(STDERR_FILENO)) {
            fputc('\n', stderr);
        }
    }
}

static int fill_tickets(hd_tool_t *t, hd_gen_t *g)
{
    g->started = hd_time_mono_us();
    while (g->done < g->n) {
        if (tool_begin(t, true) != 0) {
            return 1;
        }
        for (uint64_t i = 0; i < g->batch && g->done < g->n; i++) {
            hd_code_t code = add_ticket(t, g);
            if (code != HD_OK) {
                return tool_refused(t, "A ticket was not created", code);
            }
            g->done++;
        }
        if (tool_commit(t) != 0) {
            return 1;
        }
        show_progress(g, false);
    }
    show_progress(g, true);
    return 0;
}

int tool_gen(hd_tool_t *t, int argc, char **argv)
{
    const char *count = NULL, *seed = "1", *batch = NULL;
    const hd_tool_opt_t opts[] = { { "--seed", &seed, false }, { "--batch", &batch, false } };
    size_t n = 1;
    hd_gen_t g = { .batch = HD_TOOL_BATCH };
    if (tool_options(argc, argv, opts, 2, &count, &n) != 0 || n != 1 ||
        !tool_number(count, 100000000, &g.n) || !tool_number(seed, UINT64_MAX, &g.rand) ||
        (batch && (!tool_number(batch, 5000, &g.batch) || g.batch == 0)))
    {
        return 2;
    }
    g.end = hd_time_now() / HD_DAY * HD_DAY;
    if (tool_open(t, true) != 0 || fill_setup(t) != 0 || read_setup(t, &g) != 0 ||
        fill_contacts(t, &g) != 0)
    {
        return 1;
    }
    return fill_tickets(t, &g);
}
