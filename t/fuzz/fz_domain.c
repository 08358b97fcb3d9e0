/*
 * A domain of a stranger, for each kind of model: never a crash, the limits hold, and what the desk finds by its columns and
 * indexes is what a look at every record finds, among those the actor sees.
 */
#include "rpc/rpc_domain.h"
#include "fz_desk.h"

#define LAST  12                 /* the highest number of a record */

static void put(hd_arena_t *a, hd_txn_t *txn, hd_type_t type, void *rec)
{
    must(hd_row_insert(txn, a, type, rec, 1795000000000, 0) == HD_OK, "row");
}

static hd_ids_t two(hd_arena_t *a, hd_id_t x, hd_id_t y)
{
    hd_id_t v[2] = { x, y };
    return hd_ids_make(a, v, 2);
}

static hd_code_t fill(hd_arena_t *a, hd_txn_t *txn)
{
    static const char *const names[] = { "Printer dead", "printer 100%", "\xc5\xbdivil\xc4\x97", "a_b\\c", "", "Scanner" };
    for (hd_id_t i = 1; i <= 2; i++) {
        hd_company_t c = { .name = HD_STR("Company"), .active = true };
        hd_tag_t g = { .name = i == 1 ? HD_STR("vip") : HD_STR("net"), .active = true };
        hd_stage_t s = { .name = HD_STR("Stage"), .fold = i == 2, .active = true, .team_ids = two(a, 1, 2) };
        hd_team_t t = { .name = i == 1 ? HD_STR("Support") : HD_STR("Secret"), .company_id = i, .active = true,
                        .privacy_visibility = i == 1 ? HD_VIS_PORTAL : HD_VIS_INTERNAL };
        put(a, txn, HD_COMPANY, &c);
        put(a, txn, HD_TAG, &g);
        put(a, txn, HD_STAGE, &s);
        put(a, txn, HD_TEAM, &t);
    }
    for (hd_id_t i = 1; i <= 6; i++) {
        hd_contact_t c = { .name = hd_str(names[i - 1][0] == '\0' ? "Nobody" : names[i - 1]), .parent_id = i % 4, .active = i != 5 };
        put(a, txn, HD_CONTACT, &c);
    }
    hd_user_t u = { .login = HD_STR("uma"), .name = HD_STR("Uma"), .partner_id = 6, .role = HD_ROLE_USER, .company_id = 1,
                    .company_ids = two(a, 1, 0), .active = true };
    put(a, txn, HD_USER, &u);
    for (hd_id_t i = 1; i <= LAST; i++) {
        hd_ticket_t t = {
            .rec = { .create_date = 1780000000000 + (hd_time_t) i * 2000000123 }, .name = hd_str(names[i % 6]), .active = i != 7,
            .team_id = 1 + i % 5 / 4, .stage_id = 1 + i % 2, .closed = i % 2 == 1, .user_id = i % 3 == 0, .priority = (uint8_t) (i % 4),
            .partner_id = i % 7, .tag_ids = two(a, i % 3, i % 2 * 2), .close_date = i % 2 == 1 ? 1795000000000 : 0,
            .properties = i == 2 ? HD_STR("{\"p\":[1,\"x\"],\"q\":true}") : HD_STR(""),
        };
        t.company_id = t.team_id;
        put(a, txn, HD_TICKET, &t);
    }
    return HD_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc, (void) argv;
    make_desk(fill);
    return 0;
}

static void count(const hd_expr_t *x, unsigned depth, unsigned *terms)
{
    must(depth <= 2 * RPC_DOMAIN_DEPTH + 4, "deep");
    *terms += x->kind == HD_EXPR_TEST;
    must(*terms <= 8 * RPC_DOMAIN_TERMS, "many");
    must(x->kind == HD_EXPR_TEST || (x->n != 0 && (x->kind != HD_EXPR_NOT || x->n == 1)), "parts");
    for (uint32_t i = 0; i < x->n; i++) {
        count(x->v[i], depth + 1, terms);
    }
}

static void compare(rpc_t *rpc, const hd_expr_t *x, const hd_id_t *ids, size_t n)
{
    const hd_entity_t *e = rpc_entity(rpc->model);
    size_t at = 0;
    for (hd_id_t id = 1; id <= LAST; id++) {
        void *rec = NULL;
        bool fits = rpc_get(rpc, rpc->model, id, &rec) == HD_OK
                    && hd_expr_match(e, rpc->cx->arena, rpc_view(rpc, rpc->model, rec), x);
        must((at < n && ids[at] == id) == fits, fits ? "not found" : "found");
        at += fits;
    }
    must(at == n, "found too much");
}

static void try_model(hd_cx_t *cx, const char *name, const hd_jval_t *domain)
{
    rpc_t rpc = { .cx = cx, .model = rpc_model(hd_str(name)), .context = { .active_test = true, .tz = HD_STR("Europe/Vilnius") } };
    const hd_expr_t *x = NULL;
    hd_id_t *ids = NULL;
    size_t n = 0;
    unsigned terms = 0;
    hd_code_t code = rpc_domain(&rpc, rpc.model, domain, &x);
    if (code != HD_OK) {
        must(code == HD_E_MEMORY || code == HD_E_BROAD || rpc.fault_name != NULL, "refused without a fault");
        return;
    }
    must(x != NULL, "all of these know archived records");
    count(x, 0, &terms);
    code = rpc_find(&rpc, rpc.model, x, HD_STR("id"), 0, 0, &ids, &n);
    if (code == HD_OK) {
        compare(&rpc, x, ids, n);
    }
}

static hd_code_t try_all(hd_cx_t *cx, hd_str_t text)
{
    hd_jval_t *domain;
    if (hd_jparse(cx->arena, text, &domain) != HD_OK) {
        return HD_OK;
    }
    cx->actor = hd_actor_of_login(cx, HD_STR("uma"));
    must(cx->actor != NULL, "actor");
    try_model(cx, "helpdesk.ticket", domain);
    try_model(cx, "res.partner", domain);
    try_model(cx, "helpdesk.stage", domain);
    return HD_OK;
}

static hd_code_t try_one(hd_arena_t *a, hd_str_t data)
{
    hd_code_t code;
    hd_problem_t p;
    hd_cx_t cx = { .arena = a, .actor = &hd_actor_nobody, .now = 1795000000000, .problem = &p };
    hd_problem_init(&p);
    must(hd_txn_begin(store, false, a, cache, &cx.txn) == HD_OK, "begin");
    HD_ARENA_TRY(a, code, try_all(&cx, data));
    hd_txn_abort(cx.txn);
    return code;
}
