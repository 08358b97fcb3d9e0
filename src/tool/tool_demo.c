/*
 * demo: a desk to look at.  Two companies, three teams of different visibility, shared and own stages, agents, an
 * administrator, portal customers, 200 tickets in six languages.  Everything goes through the desk's commands.
 */
#include "tool.h"

#define TICKETS      200
#define PASSWORD_LEN 16

enum { TEAM_S, TEAM_I, TEAM_F, TEAMS };

typedef struct {
    uint8_t     lang, team, priority;
    const char *title, *text;
} demo_text_t;

static const demo_text_t texts[] = {
#define HD_DEMO(l, t, p, title, text) { HD_LANG_##l, TEAM_##t, p, title, text },
#include "tool_demo.def"
#undef HD_DEMO
};
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

typedef struct {
    const char *login, *name, *tz, *lang;
    uint8_t     role, company;   /* company: 0 the first, 1 the second, 2 both */
} demo_user_t;

static const demo_user_t users[] = {
    { "admin",   "Ingrid Holm",      "Europe/Stockholm",  "en", HD_ROLE_ADMIN,  2 },
    { "ruta",    "Rūta Petraitė",    "Europe/Vilnius",    "lt", HD_ROLE_USER,   0 },
    { "erik",    "Erik Lindqvist",   "Europe/Stockholm",  "sv", HD_ROLE_USER,   0 },
    { "sara",    "سارا احمدی",       "Asia/Tehran",       "fa", HD_ROLE_USER,   0 },
    { "minh",    "Nguyễn Minh Anh",  "Asia/Ho_Chi_Minh",  "vi", HD_ROLE_USER,   2 },
    { "lucia",   "Lucía Muñoz",      "Europe/Madrid",     "es", HD_ROLE_USER,   1 },
    { "oliver",  "Oliver Bennett",   "Europe/London",     "en", HD_ROLE_USER,   1 },
    { "emma",    "Emma Walker",      "Europe/London",     "en", HD_ROLE_PORTAL, 0 },
    { "mantas",  "Mantas Urbonas",   "Europe/Vilnius",    "lt", HD_ROLE_PORTAL, 0 },
    { "linnea",  "Linnéa Öberg",     "Europe/Stockholm",  "sv", HD_ROLE_PORTAL, 0 },
    { "kian",    "کیان رضایی",       "Asia/Tehran",       "fa", HD_ROLE_PORTAL, 0 },
    { "thao",    "Phạm Thu Thảo",    "Asia/Ho_Chi_Minh",  "vi", HD_ROLE_PORTAL, 0 },
    { "alvaro",  "Álvaro Ibáñez",    "Europe/Madrid",     "es", HD_ROLE_PORTAL, 0 },
};
#define N_USERS (sizeof(users) / sizeof(users[0]))
#define FIRST_CUSTOMER 7         /* customers, and agents from 1 on, stand in the order of hd_lang_t */

typedef struct {
    uint64_t rand;
    hd_id_t  companies[2], teams[TEAMS], stages[TEAMS][5];
    hd_id_t  user_ids[N_USERS], partners[N_USERS];
    char     passwords[N_USERS][PASSWORD_LEN + 1], phc[N_USERS][HD_PWHASH_MAX];
} demo_t;

/* The stages of each team, by number: the first four come with it, the last is the team's own. */
enum { ST_NEW, ST_WORK, ST_SOLVED, ST_CANCELLED, ST_OWN, ST_COUNT };

#define BIT(t, f) HD_BIT(HD_##t##_F_##f)

static hd_code_t add_companies(hd_tool_t *t, demo_t *d)
{
    static const char *const names[] = { "Baltic Home Goods", "Northern Finance" };
    for (size_t i = 0; i < 2; i++) {
        hd_company_t c = { .name = hd_str(names[i]), .active = true };
        hd_code_t code = hd_record_create(&t->cx, HD_COMPANY, &c, BIT(COMPANY, name) | BIT(COMPANY, active));
        if (code != HD_OK) {
            return code;
        }
        d->companies[i] = c.rec.id;
    }
    return HD_OK;
}

static hd_code_t add_users(hd_tool_t *t, demo_t *d)
{
    for (size_t i = 0; i < N_USERS; i++) {
        const demo_user_t *in = &users[i];
        hd_id_t home = d->companies[in->company == 1];
        hd_user_t u = {
            .login = hd_str(in->login), .name = hd_str(in->name), .role = in->role, .active = true,
            .company_id = home, .tz = hd_str(in->tz), .lang = hd_str(in->lang),
            .company_ids = in->company == 2 ? hd_ids_make(t->arena, d->companies, 2)
                                            : hd_ids_make(t->arena, &home, 1),
            .email = hd_strf(t->arena, "%s@example.com", in->login),
        };
        hd_code_t code = hd_record_create(&t->cx, HD_USER, &u,
            BIT(USER, login) | BIT(USER, name) | BIT(USER, role) | BIT(USER, active) | BIT(USER, company_id) |
            BIT(USER, tz) | BIT(USER, lang) | BIT(USER, company_ids) | BIT(USER, email));
        if (code == HD_OK) {
            code = hd_user_set_password(&t->cx, u.rec.id, hd_str(d->phc[i]), 0);
        }
        if (code != HD_OK) {
            return code;
        }
        d->user_ids[i] = u.rec.id;
        d->partners[i] = u.partner_id;
    }
    return HD_OK;
}

static hd_code_t add_team(hd_tool_t *t, demo_t *d, size_t i)
{
    static const struct {
        const char *name, *text, *slug;
        uint8_t     company, visibility, method;
        bool        form;
        uint8_t     members[4];  /* numbers in users[], 0 ends */
    } in[TEAMS] = {
        { "Customer Support", "Orders, deliveries, refunds: tell us what happened and we answer within a day.",
          "customer-support", 0, HD_VIS_PORTAL, HD_ASSIGN_BALANCED, true, { 1, 2, 3, 4 } },
        { "Internal IT", "Computers, accounts and everything with a plug.", "internal-it",
          0, HD_VIS_INTERNAL, HD_ASSIGN_RANDOMLY, false, { 2, 4 } },
        { "Financial Services", "Invoices, expenses and pay.", "financial-services",
          1, HD_VIS_INVITED, HD_ASSIGN_BALANCED, false, { 5, 6 } },
    };
    hd_id_t members[4] = { 0 }, followers[4] = { 0 };
    for (size_t k = 0; k < 4 && in[i].members[k] != 0; k++) {
        members[k] = d->user_ids[in[i].members[k]];
        followers[k] = d->partners[in[i].members[k]];
    }
    hd_team_t team = {
        .name = hd_str(in[i].name), .description = hd_str(in[i].text), .active = true, .slug = hd_str(in[i].slug),
        .company_id = d->companies[in[i].company], .sequence = (int64_t) i * 10, .color = (int64_t) i + 1,
        .privacy_visibility = in[i].visibility, .auto_assignment = true, .assign_method = in[i].method,
        .member_ids = hd_ids_make(t->arena, members, 4), .use_website_helpdesk_form = in[i].form,
        .website_published = in[i].form,
        .message_partner_ids = hd_ids_make(t->arena, followers, in[i].visibility == HD_VIS_INVITED ? 4 : 0),
    };
    hd_code_t code = hd_record_create(&t->cx, HD_TEAM, &team,
        BIT(TEAM, name) | BIT(TEAM, description) | BIT(TEAM, active) | BIT(TEAM, slug) | BIT(TEAM, company_id) |
        BIT(TEAM, sequence) | BIT(TEAM, color) | BIT(TEAM, privacy_visibility) | BIT(TEAM, auto_assignment) |
        BIT(TEAM, assign_method) | BIT(TEAM, member_ids) | BIT(TEAM, use_website_helpdesk_form) |
        BIT(TEAM, website_published) | BIT(TEAM, message_partner_ids));
    d->teams[i] = team.rec.id;
    return code;
}

/* A new team has its pipeline already; each gets one stage of its own between work and the end of it. */
static hd_code_t add_stages(hd_tool_t *t, demo_t *d)
{
    static const char *const own[TEAMS] = { "Waiting for customer", "Waiting for parts", "Needs approval" };
    for (size_t i = 0; i < TEAMS; i++) {
        size_t n;
        const hd_stage_t *const *stages = hd_team_stages(&t->cx, d->teams[i], &n);
        for (size_t k = 0; k < n && k < ST_OWN; k++) {
            d->stages[i][k] = stages[k]->rec.id;
        }
        hd_stage_t s = {
            .name = hd_str(own[i]), .sequence = stages[ST_WORK]->sequence + 5, .active = true,
            .team_ids = hd_ids_make(t->arena, d->teams + i, 1),
        };
        hd_code_t code = hd_record_create(&t->cx, HD_STAGE, &s,
            BIT(STAGE, name) | BIT(STAGE, sequence) | BIT(STAGE, active) | BIT(STAGE, team_ids));
        if (code != HD_OK) {
            return code;
        }
        d->stages[i][ST_OWN] = s.rec.id;
    }
    return HD_OK;
}

/* ---- tickets: created some time ago, then moved along ---- */

static hd_code_t move_ticket(hd_tool_t *t, demo_t *d, hd_id_t id, size_t team, hd_time_t end)
{
    static const uint8_t ways[] = { ST_SOLVED, ST_SOLVED, ST_SOLVED, ST_SOLVED, ST_SOLVED, ST_CANCELLED, ST_OWN,
                                    ST_WORK, ST_WORK, ST_NEW };
    uint8_t to = ways[tool_below(&d->rand, sizeof(ways))];
    if (to == ST_NEW) {
        return HD_OK;
    }
    t->cx.now += (hd_time_t) tool_skewed(&d->rand, (uint64_t) (end - t->cx.now) + 1);
    hd_ticket_t rec = { .stage_id = d->stages[team][to] };
    hd_code_t code = hd_ticket_update(&t->cx, id, 0, &rec, BIT(TICKET, stage_id));
    if (code == HD_OK && to == ST_WORK && tool_below(&d->rand, 4) == 0) {
        rec = (hd_ticket_t) { .kanban_state = HD_KANBAN_BLOCKED };
        code = hd_ticket_update(&t->cx, id, 0, &rec, BIT(TICKET, kanban_state));
    }
    return code;
}

/* A sentence that fits any ticket, so that a text that comes again does not read the same. */
#define EXTRAS 4
static const char *const *extras(uint8_t lang)
{
    static const char *const v[HD_LANG_COUNT][EXTRAS] = {
        { "You can reach me on extension #.", "Thanks for looking into it.", "It is not the first time, by the way.",
          "An e-mail is enough, no need to call." },
        { "Mano vidinis numeris #.", "Ačiū iš anksto.", "Beje, tai jau ne pirmas kartas.",
          "Užtenka atsakyti el. paštu." },
        { "Ni når mig på anknytning #.", "Tack på förhand!", "Det är för övrigt inte första gången.",
          "Det räcker med ett mejl." },
        { "داخلی من # است.", "پیشاپیش سپاسگزارم.", "البته این بار اول نیست.", "پاسخ با ایمیل کافی است." },
        { "Số máy lẻ của tôi là #.", "Cảm ơn trước ạ.", "Đây không phải lần đầu.", "Chỉ cần trả lời qua email là được." },
        { "Mi extensión es la #.", "Gracias de antemano.", "Por cierto, no es la primera vez.",
          "Con un correo me basta." },
    };
    return v[lang];
}

static hd_code_t add_ticket(hd_tool_t *t, demo_t *d, size_t i, hd_time_t end)
{
    const demo_text_t *in = &texts[i * 37 % N_TEXTS];
    const hd_phrases_t *p = &tool_phrases[in->lang];
    size_t who = in->team == TEAM_S ? (size_t) FIRST_CUSTOMER + in->lang : in->lang == HD_LANG_EN ? 6 : in->lang;
    hd_buf_t title, text;
    hd_buf_init(&title, t->arena, 256, 1024);
    hd_buf_init(&text, t->arena, 1024, 65536);
    tool_fill(&title, &d->rand, p, in->title, NULL);
    hd_buf_printf(&text, "%s\n\n", p->greeting);
    tool_fill(&text, &d->rand, p, in->text, NULL);
    for (uint64_t more = tool_below(&d->rand, 3); more > 0; more--) {
        hd_buf_byte(&text, ' ');
        tool_fill(&text, &d->rand, p, extras(in->lang)[tool_below(&d->rand, EXTRAS)], NULL);
    }
    hd_buf_printf(&text, "\n\n%s\n%s", p->closing, users[who].name);
    hd_ticket_t rec = {
        .name = hd_buf_view(&title), .description = hd_buf_view(&text), .team_id = d->teams[in->team],
        .priority = in->priority, .partner_id = d->partners[who],
    };
    hd_code_t code = hd_ticket_create(&t->cx, &rec, BIT(TICKET, name) | BIT(TICKET, description) |
        BIT(TICKET, team_id) | BIT(TICKET, priority) | BIT(TICKET, partner_id));
    return code == HD_OK ? move_ticket(t, d, rec.rec.id, in->team, end) : code;
}

static hd_code_t add_tickets(hd_tool_t *t, demo_t *d, hd_time_t end)
{
    hd_time_t start = t->cx.now;
    hd_code_t code = HD_OK;
    for (size_t i = 0; code == HD_OK && i < TICKETS; i++) {
        t->cx.now = start + (hd_time_t) i * ((end - start) / TICKETS);
        code = add_ticket(t, d, i, end);
    }
    return code;
}

static hd_code_t fill_store(hd_tool_t *t, demo_t *d)
{
    hd_time_t end = t->cx.now;
    t->cx.now = end - 120 * HD_DAY;
    hd_code_t code = add_companies(t, d);
    code = code == HD_OK ? add_users(t, d) : code;
    for (size_t i = 0; code == HD_OK && i < TEAMS; i++) {
        code = add_team(t, d, i);
    }
    code = code == HD_OK ? add_stages(t, d) : code;
    code = code == HD_OK ? add_tickets(t, d, end) : code;
    t->cx.now = end;
    if (code == HD_OK) {
        hd_clock_init(&t->cx);
    }
    return code;
}

static bool draw_passwords(demo_t *d)
{
    for (size_t i = 0; i < N_USERS; i++) {
        if (!tool_random_text(d->passwords[i], PASSWORD_LEN) ||
            !hd_password_hash(hd_str(d->passwords[i]), d->phc[i]))
        {
            return false;
        }
    }
    return true;
}

static void print_passwords(const demo_t *d)
{
    static const char *const roles[] = { "none", "user", "admin", "portal" };
    printf("%-10s %-*s %-7s %s\n", "login", PASSWORD_LEN, "password", "role", "name");
    for (size_t i = 0; i < N_USERS; i++) {
        printf("%-10s %s %-7s %s\n", users[i].login, d->passwords[i], roles[users[i].role], users[i].name);
    }
}

int tool_demo(hd_tool_t *t, int argc, char **argv)
{
    static demo_t d = { .rand = 7 };
    size_t n = 0, companies;
    if (tool_options(argc, argv, NULL, 0, NULL, &n) != 0) {
        return 2;
    }
    if (tool_open(t, true) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    hd_config_all(t->cx.txn, HD_COMPANY, &companies);
    if (companies > 0 || !hd_desk_is_new(&t->cx)) {
        return tool_fail("%s is in use; the demo needs an empty store.", t->dir);
    }
    tool_abort(t);
    if (!draw_passwords(&d)) {
        return tool_fail("No passwords could be drawn.");
    }
    if (tool_begin(t, true) != 0) {
        return 1;
    }
    hd_code_t code = fill_store(t, &d);
    if (code != HD_OK) {
        return tool_refused(t, "The demo was not created", code);
    }
    if (tool_commit(t) != 0) {
        return 1;
    }
    tool_give_away(t->dir);
    print_passwords(&d);
    return 0;
}
