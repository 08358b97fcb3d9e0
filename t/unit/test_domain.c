/*
 * Domains (spec.md 4.6): a table of them, and the records each finds, for an administrator, a helpdesk user of one company and a
 * customer.
 */
#include "unit_desk.h"

#include "rpc/rpc_impl.h"

static unit_desk_t w;

static hd_id_t put(hd_type_t type, void *rec)
{
    return unit_put(&w, type, rec);
}

static hd_time_t at(const char *text)
{
    hd_time_t t;
    assert_true(hd_time_parse(hd_str(text), &t));
    return t;
}

static hd_ids_t ids2(hd_id_t one, hd_id_t two)
{
    hd_id_t v[2] = { one, two };
    return hd_ids_make(w.arena, v, 2);
}

/* Contacts: Acme (1) > Zydre (2) > Bob (3); Solo (4) is the customer who signs in; 5 and 6 are the desk's own people. */
static void make_people(void)
{
    hd_company_t companies[] = { { .name = HD_STR("Main"), .active = true }, { .name = HD_STR("Other"), .active = true } };
    hd_contact_t contacts[] = {
        { .name = HD_STR("Acme"), .email = HD_STR("info@acme.test"), .is_company = true, .active = true },
        { .name = HD_STR("\xc5\xbdydr\xc4\x97 Oak"), .email = HD_STR("zydre@acme.test"), .parent_id = 1, .active = true },
        { .name = HD_STR("Bob"), .email = HD_STR("bob@example.test"), .parent_id = 2, .active = true },
        { .name = HD_STR("Solo"), .active = true }, { .name = HD_STR("Ada Admin"), .active = true },
        { .name = HD_STR("Uma User"), .active = true }, { .name = HD_STR("Gone"), .parent_id = 1 },
    };
    hd_user_t users[] = {
        { .login = HD_STR("ada"), .name = HD_STR("Ada Admin"), .partner_id = 5, .role = HD_ROLE_ADMIN, .company_id = 1, .active = true },
        { .login = HD_STR("uma"), .name = HD_STR("Uma User"), .partner_id = 6, .role = HD_ROLE_USER, .company_id = 1, .active = true },
        { .login = HD_STR("solo"), .name = HD_STR("Solo"), .partner_id = 4, .role = HD_ROLE_PORTAL, .company_id = 1, .active = true },
    };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(put(HD_COMPANY, &companies[i]), i + 1);
    }
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(put(HD_CONTACT, &contacts[i]), i + 1);
    }
    users[0].company_ids = ids2(1, 2);
    users[1].company_ids = users[2].company_ids = ids2(1, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(put(HD_USER, &users[i]), i + 1);
    }
}

static void make_tickets(void)
{
    hd_team_t teams[] = {
        { .name = HD_STR("Support"), .company_id = 1, .active = true, .privacy_visibility = HD_VIS_PORTAL },
        { .name = HD_STR("Secret"), .company_id = 2, .active = true, .privacy_visibility = HD_VIS_INTERNAL },
    };
    hd_stage_t stages[] = {
        { .name = HD_STR("New"), .sequence = 1, .active = true }, { .name = HD_STR("Done"), .sequence = 2, .fold = true, .active = true },
    };
    hd_tag_t tags[] = { { .name = HD_STR("vip"), .active = true }, { .name = HD_STR("net"), .active = true } };
    hd_ticket_t tickets[] = {
        { .name = HD_STR("Printer dead"), .team_id = 1, .stage_id = 1, .user_id = 2, .priority = 3, .partner_id = 2, .active = true,
          .tag_ids = ids2(1, 0), .rec = { .create_date = at("2026-06-01T07:00:00.500Z") },
          .properties = HD_STR("{\"size\":10,\"colour\":\"Blue\"}") },
        { .name = HD_STR("printer slow"), .team_id = 1, .stage_id = 1, .priority = 1, .partner_id = 3, .active = true,
          .tag_ids = ids2(1, 2), .rec = { .create_date = at("2026-06-15T12:00:00Z") }, .kanban_state = HD_KANBAN_BLOCKED },
        { .name = HD_STR("Scanner 100%"), .team_id = 1, .stage_id = 2, .closed = true, .user_id = 1, .active = true,
          .rec = { .create_date = at("2026-06-30T22:30:00Z") }, .close_date = at("2026-07-02T00:00:00Z") },
        { .name = HD_STR("Old printer"), .team_id = 1, .stage_id = 1, .partner_id = 1, .rec = { .create_date = at("2025-01-01T00:00:00Z") } },
        { .name = HD_STR("Secret plan"), .team_id = 2, .stage_id = 1, .user_id = 1, .priority = 2, .partner_id = 4, .active = true,
          .tag_ids = ids2(2, 0), .rec = { .create_date = at("2026-08-01T00:00:00Z") } },
    };
    stages[0].team_ids = stages[1].team_ids = ids2(1, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(put(HD_TEAM, &teams[i]), i + 1);
    }
    for (size_t i = 0; i < 2; i++) {
        (void) put(HD_STAGE, &stages[i]);
        (void) put(HD_TAG, &tags[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        tickets[i].company_id = teams[tickets[i].team_id - 1].company_id;
        assert_int_equal(put(HD_TICKET, &tickets[i]), i + 1);
    }
}

static int set_up(void **state)
{
    (void) state;
    unit_open(&w);
    unit_begin(&w, true);
    make_people();
    make_tickets();
    unit_commit(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    unit_close(&w);
    return 0;
}

/* ---- asking ---- */

typedef struct {
    const char *domain, *want;           /* "1 2", or what is wrong */
} case_t;

typedef struct {
    const char *login, *model, *tz;
    bool        archived;
} who_t;

static const char *find(const who_t *who, const char *domain)
{
    hd_jval_t *v = NULL;
    const hd_expr_t *x = NULL;
    hd_id_t *ids = NULL;
    size_t n = 0;
    rpc_t rpc = { .cx = &w.cx, .context = { .active_test = !who->archived, .tz = hd_str(who->tz) } };
    hd_buf_t b;
    w.cx.actor = hd_actor_of_login(&w.cx, hd_str(who->login));
    assert_non_null(w.cx.actor);
    rpc.model = rpc_model(hd_str(who->model));
    assert_non_null(rpc.model);
    assert_int_equal(hd_jparse(w.arena, hd_str(domain), &v), HD_OK);
    hd_code_t code = rpc_domain(&rpc, rpc.model, v, &x);
    if (code == HD_OK) {
        code = rpc_find(&rpc, rpc.model, x, HD_STR("id"), 0, 0, &ids, &n);
    }
    if (code != HD_OK) {
        return hd_strf(w.arena, "%s: %.*s", rpc.fault_name != NULL ? rpc.fault_name : hd_err_info(code)->slug,
                       HD_STR_ARG(rpc.fault_text)).data;
    }
    hd_buf_init(&b, w.arena, 256, 4096);
    for (size_t i = 0; i < n; i++) {
        hd_buf_printf(&b, "%s%" PRIu64, i == 0 ? "" : " ", ids[i]);
    }
    return hd_str_dup(w.arena, hd_buf_view(&b)).data;
}

static void check(const who_t *who, const case_t *cases, size_t n)
{
    assert_int_equal(hd_txn_begin(w.store, false, w.arena, w.cache, &w.cx.txn), HD_OK);
    for (size_t i = 0; i < n; i++) {
        const char *got = find(who, cases[i].domain);
        bool fault = strstr(got, "Error") != NULL;
        if (fault ? strstr(got, cases[i].want) == NULL || cases[i].want[0] == '\0' : strcmp(got, cases[i].want) != 0) {
            fail_msg("%s, %s: %s\n  got %s, not %s", who->login, who->model, cases[i].domain, got, cases[i].want);
        }
    }
    hd_txn_abort(w.cx.txn);
    w.cx.actor = &hd_actor_desk;
    hd_arena_reset(w.arena);
}
#define CHECK(who, cases) check(&(who), cases, sizeof(cases) / sizeof((cases)[0]))

static const who_t ada = { "ada", "helpdesk.ticket", "", false }, everything = { "ada", "helpdesk.ticket", "", true };
static const who_t uma = { "uma", "helpdesk.ticket", "", false }, solo = { "solo", "helpdesk.ticket", "", false };
static const who_t vilnius = { "ada", "helpdesk.ticket", "Europe/Vilnius", false }, people = { "ada", "res.partner", "", false };

static void operators_of_texts(void **state)
{
    (void) state;
    static const case_t cases[] = {
        { "[]", "1 2 3 5" }, { "false", "1 2 3 5" },
        { "[[\"name\",\"=\",\"Printer dead\"]]", "1" }, { "[[\"name\",\"==\",\"printer dead\"]]", "" },
        { "[[\"name\",\"!=\",\"Printer dead\"]]", "2 3 5" }, { "[[\"name\",\"<>\",\"Printer dead\"]]", "2 3 5" },
        { "[[\"name\",\"like\",\"rinter\"]]", "1 2" }, { "[[\"name\",\"like\",\"Printer\"]]", "1" },
        { "[[\"name\",\"not like\",\"Printer\"]]", "2 3 5" }, { "[[\"name\",\"ilike\",\"PRINTER\"]]", "1 2" },
        { "[[\"name\",\"not ilike\",\"PRINTER\"]]", "3 5" }, { "[[\"name\",\"ILIKE\",\"s_anner\"]]", "3" },
        { "[[\"name\",\"like\",\"r%d\"]]", "1" }, { "[[\"name\",\"like\",\"100\\\\%\"]]", "3" },
        { "[[\"name\",\"=like\",\"Printer%\"]]", "1" }, { "[[\"name\",\"=ilike\",\"Printer%\"]]", "1 2" },
        { "[[\"name\",\"not =ilike\",\"Printer%\"]]", "3 5" }, { "[[\"name\",\"=like\",\"rinter%\"]]", "" },
        { "[[\"name\",\"ilike\",\"\"]]", "1 2 3 5" }, { "[[\"name\",\"not ilike\",\"\"]]", "" },
        { "[[\"name\",\"in\",[\"printer slow\",\"Scanner 100%\"]]]", "2 3" }, { "[[\"name\",\"not in\",[\"printer slow\"]]]", "1 3 5" },
        { "[[\"name\",\"=\",[\"printer slow\",\"Scanner 100%\"]]]", "2 3" },
        { "[[\"name\",\"in\",[]]]", "" }, { "[[\"name\",\"not in\",[]]]", "1 2 3 5" },
        { "[[\"partner_name\",\"=\",false]]", "1 2 3 5" }, { "[[\"partner_name\",\"!=\",false]]", "" },
        { "[[\"partner_name\",\"in\",[false,\"x\"]]]", "1 2 3 5" }, { "[[\"partner_name\",\"not ilike\",\"x\"]]", "1 2 3 5" },
        { "[[\"name\",\">=\",\"Scanner\"],[\"name\",\"<\",\"a\"]]", "3 5" }, { "[[\"partner_name\",\"<\",\"z\"]]", "" },
        { "[[\"name\",\"=?\",false]]", "1 2 3 5" }, { "[[\"name\",\"=?\",\"printer slow\"]]", "2" },
        { "[[\"display_name\",\"ilike\",\"printer\"]]", "1 2" }, { "[[\"description\",\"ilike\",\"x\"]]", "" },
    };
    CHECK(ada, cases);
}

static void operators_of_other_kinds(void **state)
{
    (void) state;
    static const case_t cases[] = {
        { "[[\"id\",\"=\",3]]", "3" }, { "[[\"id\",\">\",2]]", "3 5" }, { "[[\"id\",\"<=\",2]]", "1 2" }, { "[[\"id\",\"!=\",1]]", "2 3 5" },
        { "[[\"id\",\"in\",[5,1,99,-4]]]", "1 5" }, { "[[\"id\",\"not in\",[5,1]]]", "2 3" },
        { "[[\"priority\",\"=\",\"3\"]]", "1" }, { "[[\"priority\",\"=\",3]]", "1" }, { "[[\"priority\",\">=\",\"2\"]]", "1 5" },
        { "[[\"priority\",\"in\",[\"0\",\"1\"]]]", "2 3" }, { "[[\"priority\",\"not in\",[\"0\",\"1\"]]]", "1 5" },
        { "[[\"priority\",\"=\",\"9\"]]", "" }, { "[[\"kanban_state\",\"ilike\",\"BLOCK\"]]", "2" },
        { "[[\"kanban_state\",\"!=\",\"normal\"]]", "2" }, { "[[\"kanban_state\",\"=\",false]]", "" },
        { "[[\"closed\",\"=\",true]]", "3" }, { "[[\"closed\",\"=\",1]]", "3" }, { "[[\"closed\",\"!=\",true]]", "1 2 5" },
        { "[[\"color\",\"=\",0]]", "1 2 3 5" }, { "[[\"color\",\">\",0]]", "" }, { "[[\"color\",\"=\",false]]", "1 2 3 5" },
        { "[[\"create_date\",\"=\",\"2026-06-01 07:00:00\"]]", "1" }, { "[[\"create_date\",\"!=\",\"2026-06-01 07:00:00\"]]", "2 3 5" },
        { "[[\"create_date\",\">\",\"2026-06-15 12:00:00\"]]", "3 5" }, { "[[\"create_date\",\">=\",\"2026-06-15T12:00:00Z\"]]", "2 3 5" },
        { "[[\"create_date\",\"<\",\"2026-06-15 15:00:00+03:00\"]]", "1" }, { "[[\"create_date\",\"<=\",\"2026-06-01\"]]", "1" },
        { "[[\"create_date\",\"<\",\"2026-06-01\"]]", "" }, { "[[\"create_date\",\">\",\"2026-06-15\"]]", "3 5" },
        { "[[\"create_date\",\">=\",\"2026-06-15\"]]", "2 3 5" }, { "[[\"create_date\",\"in\",[\"2026-06-15 12:00:00\",\"2026-08-01\"]]]", "2 5" },
        { "[[\"close_date\",\"=\",false]]", "1 2 5" }, { "[[\"close_date\",\"!=\",false]]", "3" },
        { "[[\"close_date\",\"<\",\"2030-01-01\"]]", "3" }, { "[\"!\",[\"close_date\",\"<\",\"2000-01-01\"]]", "3" },
        { "[[\"create_date.month_number\",\"=\",6]]", "1 2 3" }, { "[[\"create_date.year_number\",\"!=\",2026]]", "" },
        { "[[\"create_date.day_of_week\",\"in\",[1,6]]]", "1 2 5" }, { "[[\"create_date.quarter_number\",\">\",2]]", "5" },
        { "[[\"properties.size\",\">\",9]]", "1" }, { "[[\"properties.colour\",\"ilike\",\"LU\"]]", "1" },
        { "[[\"properties.colour\",\"=\",false]]", "2 3 5" }, { "[[\"properties.colour\",\"!=\",\"blue\"]]", "2 3 5" },
    }, in_vilnius[] = { { "[[\"create_date.month_number\",\"=\",7]]", "3" }, { "[[\"create_date.hour_number\",\"=\",10]]", "1" } };
    CHECK(ada, cases);
    CHECK(vilnius, in_vilnius);
}

static void relations(void **state)
{
    (void) state;
    static const case_t cases[] = {
        { "[[\"user_id\",\"=\",false]]", "2" }, { "[[\"user_id\",\"!=\",false]]", "1 3 5" }, { "[[\"user_id\",\"!=\",2]]", "2 3 5" },
        { "[[\"user_id\",\"in\",[false,2]]]", "1 2" }, { "[[\"user_id\",\"not in\",[2]]]", "2 3 5" }, { "[[\"user_id.id\",\"=\",2]]", "1" },
        { "[[\"partner_id\",\"ilike\",\"BOB\"]]", "2" }, { "[[\"partner_id\",\"ilike\",\"acme\"]]", "1" },
        { "[[\"partner_id\",\"not ilike\",\"bob\"]]", "1 3 5" }, { "[[\"partner_id\",\"=\",\"Bob\"]]", "2" },
        { "[[\"partner_id\",\"in\",[\"Bob\",4]]]", "2 5" }, { "[[\"partner_id\",\"=\",\"Nobody\"]]", "" },
        { "[[\"partner_id.name\",\"ilike\",\"zydre\"]]", "1" }, { "[[\"partner_id.parent_id.name\",\"=\",\"Acme\"]]", "1" },
        { "[[\"partner_id.parent_id\",\"=\",false]]", "5" }, { "[[\"partner_id.name\",\"!=\",\"Bob\"]]", "1 5" },
        { "[[\"partner_id\",\"child_of\",1]]", "1 2" }, { "[[\"partner_id\",\"child_of\",[2]]]", "1 2" },
        { "[[\"partner_id\",\"child_of\",\"acme\"]]", "1 2" }, { "[[\"partner_id\",\"parent_of\",2]]", "1" },
        { "[[\"partner_id\",\"parent_of\",[3]]]", "1 2" }, { "[[\"team_id\",\"child_of\",2]]", "5" }, { "[[\"id\",\"child_of\",[1,2]]]", "1 2" },
        { "[[\"team_id.company_id.name\",\"=\",\"Other\"]]", "5" }, { "[[\"company_id\",\"=\",2]]", "5" },
        { "[[\"team_id\",\"any\",[[\"name\",\"like\",\"Sec\"]]]]", "5" }, { "[[\"team_id\",\"not any\",[[\"name\",\"like\",\"Sec\"]]]]", "1 2 3" },
        { "[[\"tag_ids\",\"in\",[1]]]", "1 2" }, { "[[\"tag_ids\",\"=\",2]]", "2 5" }, { "[[\"tag_ids\",\"not in\",[1]]]", "3 5" },
        { "[[\"tag_ids\",\"=\",false]]", "3" }, { "[[\"tag_ids\",\"!=\",false]]", "1 2 5" }, { "[[\"tag_ids\",\"ilike\",\"VIP\"]]", "1 2" },
        { "[[\"tag_ids.name\",\"=\",\"net\"]]", "2 5" }, { "[[\"tag_ids.name\",\"!=\",\"net\"]]", "1 2" },
        { "[[\"tag_ids\",\"any\",[[\"name\",\"=\",\"vip\"]]]]", "1 2" }, { "[[\"tag_ids\",\"not any\",[[\"name\",\"=\",\"vip\"]]]]", "3 5" },
        { "[[\"stage_id.fold\",\"=\",true]]", "3" },
    }, of_people[] = {
        { "[[\"id\",\"child_of\",1]]", "1 2 3" }, { "[[\"id\",\"parent_of\",3]]", "1 2 3" }, { "[[\"child_ids.name\",\"=\",\"Bob\"]]", "2" },
        { "[[\"child_ids\",\"=\",3]]", "2" }, { "[[\"child_ids\",\"!=\",false]]", "1 2" }, { "[[\"child_ids\",\"=\",false]]", "3 4 5 6" },
        { "[[\"child_ids\",\"any\",[[\"name\",\"ilike\",\"oak\"]]]]", "1" }, { "[[\"user_ids\",\"!=\",false]]", "4 5 6" },
        { "[[\"user_ids.login\",\"=\",\"uma\"]]", "6" }, { "[[\"parent_id\",\"=\",false]]", "1 4 5 6" },
    };
    CHECK(ada, cases);
    CHECK(people, of_people);
}

static void prefix_notation(void **state)
{
    (void) state;
    static const case_t cases[] = {
        { "[[\"priority\",\"=\",\"1\"],[\"user_id\",\"=\",false]]", "2" },
        { "[\"|\",[\"id\",\"=\",1],[\"id\",\"=\",2],[\"priority\",\"=\",\"1\"]]", "2" },
        { "[\"|\",\"|\",[\"id\",\"=\",1],[\"id\",\"=\",2],[\"id\",\"=\",3]]", "1 2 3" },
        { "[\"&\",\"|\",[\"id\",\"=\",1],[\"id\",\"=\",2],\"!\",[\"priority\",\"=\",\"1\"]]", "1" },
        { "[\"!\",\"|\",[\"id\",\"=\",1],[\"id\",\"=\",2]]", "3 5" }, { "[\"!\",\"!\",[\"id\",\"=\",1]]", "1" },
        { "[[1,\"=\",1]]", "1 2 3 5" }, { "[[0,\"=\",1]]", "" }, { "[\"|\",[0,\"=\",1],[\"id\",\"=\",1]]", "1" }, { "[\"!\",[1,\"=\",1]]", "" },
        { "[[\"active\",\"=\",false]]", "4" }, { "[[\"active\",\"in\",[true,false]]]", "1 2 3 4 5" },
        { "[\"|\",[\"active\",\"=\",true],[\"active\",\"=\",false]]", "1 2 3 4 5" }, { "[[\"partner_id.active\",\"=\",true]]", "1 2 5" },
    }, archived[] = { { "[]", "1 2 3 4 5" }, { "[[\"active\",\"=\",true]]", "1 2 3 5" } };
    CHECK(ada, cases);
    CHECK(everything, archived);
}

static void refusals(void **state)
{
    (void) state;
    static const case_t cases[] = {
        { "[[\"nonsense\",\"=\",1]]", "no such field" }, { "[[\"access_token\",\"=\",\"x\"]]", "no such field" },
        { "[[\"name\",\"resembles\",\"x\"]]", "no such operator" }, { "[\"|\",[\"id\",\"=\",1]]", "lacks its conditions" },
        { "[\"!\"]", "lacks its conditions" }, { "[\"and\",[\"id\",\"=\",1]]", "'&', '|' and '!' only" }, { "{\"id\":1}", "it is a list" },
        { "[[\"id\",\"=\"]]", "a field, an operator and a value" }, { "[7]", "a field, an operator and a value" },
        { "[[\"team_id\",\">\",1]]", "cannot be compared" }, { "[[\"create_date\",\"=\",\"yesterday\"]]", "not a date" },
        { "[[\"create_date.era\",\"=\",1]]", "no such field" }, { "[[\"name.x\",\"=\",1]]", "no such field" },
        { "[[\"id\",\"=\",\"seven\"]]", "does not fit" }, { "[[\"partner_id\",\"=\",{\"a\":1}]]", "does not fit" },
        { "[[\"team_id.secret\",\"=\",1]]", "no such field" }, { "[[\"id\",\"like\",\"1\"]]", "cannot be compared" },
        { "[[2,\"=\",\"x\"]]", "begins with the name" },
    };
    CHECK(ada, cases);
    hd_buf_t b;
    hd_buf_init(&b, w.arena, 1 << 16, 1 << 20);
    hd_buf_z(&b, "[");
    for (int i = 0; i < 60; i++) {           /* turns that do not cancel out: each "&" has another kind below it */
        hd_buf_z(&b, i % 2 == 0 ? "\"&\",[\"id\",\"!=\",99]," : "\"|\",[\"id\",\"=\",98],");
    }
    hd_buf_z(&b, "[\"id\",\"=\",1]]");
    const case_t deep = { hd_str_dup(w.arena, hd_buf_view(&b)).data, "nested too deeply" };
    check(&ada, &deep, 1);
    hd_buf_init(&b, w.arena, 1 << 16, 1 << 20);
    hd_buf_z(&b, "[");
    for (int i = 0; i < 199; i++) {
        hd_buf_z(&b, "\"|\",");
    }
    for (int i = 0; i < 200; i++) {
        hd_buf_printf(&b, "%s[\"id\",\"=\",%d]", i == 0 ? "" : ",", i + 2);
    }
    hd_str_t row = hd_str_dup(w.arena, hd_buf_view(&b));
    hd_str_t full = hd_str_cat(w.arena, 2, row, HD_STR("]")), more = hd_str_cat(w.arena, 2, row, HD_STR(",[\"id\",\"=\",7]]"));
    static char kept[2][1 << 14];            /* a check empties the arena */
    snprintf(kept[0], sizeof(kept[0]), "%.*s", HD_STR_ARG(full));
    snprintf(kept[1], sizeof(kept[1]), "%.*s", HD_STR_ARG(more));
    const case_t wide[] = { { kept[0], "2 3 5" }, { kept[1], "too many conditions" } };
    CHECK(ada, wide);
}

/* VIS-16: no condition finds, or tells of, what the actor does not see. */
static void nobody_learns_what_is_hidden(void **state)
{
    (void) state;
    static const case_t of_uma[] = {
        { "[]", "1 2 3" }, { "[[\"team_id.name\",\"=\",\"Secret\"]]", "" }, { "[[\"team_id.name\",\"!=\",\"Secret\"]]", "1 2 3" },
        { "[[\"id\",\"=\",5]]", "" }, { "[[\"team_id\",\"ilike\",\"secret\"]]", "" }, { "[\"!\",[\"id\",\"=\",1]]", "2 3" },
        { "[[\"team_id\",\"any\",[]]]", "1 2 3" },
    }, of_solo[] = {
        { "[]", "" }, { "[[\"message_partner_ids\",\"in\",[4]]]", "no such field" }, { "[[\"partner_id.email\",\"ilike\",\"a\"]]", "" },
        { "[[\"user_id.login\",\"ilike\",\"a\"]]", "no such field" },
    };
    CHECK(uma, of_uma);
    CHECK(solo, of_solo);
}

int main(void)
{
    (void) hd_base_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_of_texts),
        cmocka_unit_test(operators_of_other_kinds),
        cmocka_unit_test(relations),
        cmocka_unit_test(prefix_notation),
        cmocka_unit_test(refusals),
        cmocka_unit_test(nobody_learns_what_is_hidden),
    };
    return cmocka_run_group_tests_name("domain", tests, set_up, tear_down);
}
