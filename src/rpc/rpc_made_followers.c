/*
 * mail.followers: a line for each who follows a ticket or a team, with what he hears of (CHT-6).  Who follows stands with
 * the document, so a line has no row; its number is made of both numbers, Szudzik's pairing and a bit, and so stays the same.
 */
#include "rpc_show.h"

#define TICKETS_MAX 10000        /* whose followers one call lists when it does not say of which */

typedef struct {
    hd_rec_t rec;
    hd_str_t res_model, name;
    int64_t  res_id;
    hd_id_t  partner_id;
    hd_ids_t subtype_ids;
} follower_t;
enum { FOL_RES_MODEL = HD_F_OWN, FOL_NAME, FOL_RES_ID, FOL_PARTNER, FOL_SUBTYPES };

#define OWN(st, nm, k) { .name = #nm, .key = { sizeof(#nm) + 2, "\"" #nm "\":" }, .tag = 1, .kind = (k), .offset = offsetof(st, nm) }
static const hd_field_t follower_own[] = {
    OWN(hd_rec_t, id, HD_K_REF), OWN(hd_rec_t, version, HD_K_INT), OWN(hd_rec_t, create_date, HD_K_TIME),
    OWN(hd_rec_t, write_date, HD_K_TIME), OWN(hd_rec_t, create_uid, HD_K_REF), OWN(hd_rec_t, write_uid, HD_K_REF),
    OWN(follower_t, res_model, HD_K_STR), OWN(follower_t, name, HD_K_STR), OWN(follower_t, res_id, HD_K_INT),
    OWN(follower_t, partner_id, HD_K_REF), OWN(follower_t, subtype_ids, HD_K_REFS),
};
static const hd_entity_t follower_entity = {
    .name = "follower", .fields = follower_own, .n_fields = sizeof(follower_own) / sizeof(follower_own[0])
};
#define IS(nm, kd, number) { .name = nm, .kind = RPC_##kd, .field = (number), .flags = RPC_F_READONLY }
const rpc_field_t rpc_follower_fields[RPC_FOLLOWER_FIELDS] = {
    IS("id", INTEGER, HD_F_id), IS("res_model", CHAR, FOL_RES_MODEL), IS("res_id", INTEGER, FOL_RES_ID),
    IS("name", CHAR, FOL_NAME), { .name = "display_name", .kind = RPC_CHAR, .field = FOL_NAME, .flags = RPC_F_READONLY },
    { .name = "partner_id", .kind = RPC_MANY2ONE, .field = FOL_PARTNER, .flags = RPC_F_READONLY, .relation = "res.partner" },
    { .name = "subtype_ids", .kind = RPC_MANY2MANY, .field = FOL_SUBTYPES, .flags = RPC_F_READONLY,
      .relation = "mail.message.subtype" },
};

/* ---- numbers ---- */

hd_id_t rpc_follower_id(bool team, hd_id_t document, hd_id_t partner)
{
    hd_id_t x = document, y = partner;
    return 2 * (x < y ? y * y + x : x * x + x + y) + team;
}

static hd_id_t root_of(hd_id_t z)
{
    hd_id_t lo = 0, hi = HD_ID_MAX;
    while (lo < hi) {
        hd_id_t mid = lo + (hi - lo + 1) / 2;
        if (mid * mid <= z) {
            lo = mid;
        } else {
            hi = mid - 1;
        }
    }
    return lo;
}

static void split_id(hd_id_t id, bool *team, hd_id_t *document, hd_id_t *partner)
{
    hd_id_t z = id / 2, s = root_of(z), rest = z - s * s;
    *team = id % 2 != 0;
    *document = rest < s ? rest : s;
    *partner = rest < s ? s : rest - s;
}

/* ---- lines ---- */

typedef struct {
    rpc_t  *rpc;
    void  **v;
    size_t  n, cap;
} lines_t;

static hd_ids_t subtype_ids(hd_arena_t *a, uint32_t flags)
{
    hd_id_t v[32];
    size_t n = 0;
    for (unsigned i = 0; i < RPC_SUBTYPE_LAST; i++) {
        if ((flags >> i & 1) != 0) {
            v[n++] = i + 1;
        }
    }
    return hd_ids_make(a, v, n);
}

static void add_line(lines_t *l, bool team, hd_id_t document, const hd_follower_row_t *row)
{
    hd_arena_t *a = l->rpc->cx->arena;
    follower_t *f = hd_alloc(a, sizeof(*f));
    *f = (follower_t){ .rec = { .id = rpc_follower_id(team, document, row->partner_id) },
                       .res_model = team ? HD_STR("helpdesk.team") : HD_STR("helpdesk.ticket"), .name = row->name,
                       .res_id = (int64_t) document, .partner_id = row->partner_id,
                       .subtype_ids = subtype_ids(a, row->subtypes) };
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
        void **v = hd_alloc_n(a, cap, sizeof(*v));
        if (l->n != 0) {
            memcpy(v, l->v, l->n * sizeof(*v));
        }
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n++] = f;
}

/* Those of one document; one that is hidden has none. */
static hd_code_t add_document(lines_t *l, bool team, hd_id_t id)
{
    hd_follower_row_t *rows = NULL;
    uint32_t n = 0;
    hd_code_t code = hd_follower_list(l->rpc->cx, team ? HD_TEAM : HD_TICKET, id, &rows, &n);
    for (uint32_t i = 0; code == HD_OK && i < n; i++) {
        add_line(l, team, id, &rows[i]);
    }
    return code == HD_E_NOT_FOUND ? HD_OK : code;
}

/* ---- which documents a condition leaves ---- */

typedef struct {
    bool           teams, tickets;
    const int64_t *ids;          /* of documents; NULL: any */
    size_t         n;
    const int64_t *lines;        /* numbers of lines; NULL: any */
    size_t         n_lines;
} narrow_t;

static bool has_text(const hd_filter_t *f, hd_str_t s)
{
    for (unsigned i = 0; i < f->n; i++) {
        if (hd_str_eq(f->text[i], s)) {
            return true;
        }
    }
    return false;
}

static void narrow(narrow_t *w, const hd_expr_t *x)
{
    if (x == NULL || x->kind == HD_EXPR_OR || x->kind == HD_EXPR_NOT) {
        return;
    }
    for (uint32_t i = 0; x->kind == HD_EXPR_AND && i < x->n; i++) {
        narrow(w, x->v[i]);
    }
    if (x->kind != HD_EXPR_TEST || (x->test.op != HD_OP_EQ && x->test.op != HD_OP_IN)) {
        return;
    }
    if (x->test.field == HD_F_id) {
        w->lines = x->test.num;
        w->n_lines = x->test.n;
    } else if (x->test.field == FOL_RES_ID) {
        w->ids = x->test.num;
        w->n = x->test.n;
    } else if (x->test.field == FOL_RES_MODEL) {
        w->teams = w->teams && has_text(&x->test, HD_STR("helpdesk.team"));
        w->tickets = w->tickets && has_text(&x->test, HD_STR("helpdesk.ticket"));
    }
}

static hd_code_t add_all(lines_t *l, bool team)
{
    hd_id_t *ids = NULL;
    size_t n = 0;
    const rpc_model_t *m = rpc_model_of(team ? HD_TEAM : HD_TICKET);
    hd_code_t code = rpc_find(l->rpc, m, NULL, HD_STR(""), 0, TICKETS_MAX + 1, &ids, &n);
    if (code == HD_OK && n > TICKETS_MAX) {
        return rpc_fail(l->rpc, "odoo.exceptions.UserError",
                        "Followers of more than %d documents would have to be listed. Name res_id in the domain.", TICKETS_MAX);
    }
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        code = add_document(l, team, ids[i]);
    }
    return code;
}

static const void *get_follower(rpc_t *rpc, hd_id_t id);

static void add_numbered(rpc_t *rpc, const narrow_t *w, rpc_list_t *ret)
{
    hd_ids_t ids = hd_ids_make(rpc->cx->arena, (const hd_id_t *) (const void *) w->lines, w->n_lines);
    ret->v = hd_alloc_n(rpc->cx->arena, ids.n + 1, sizeof(void *));
    for (uint32_t i = 0; i < ids.n; i++) {
        const void *line = get_follower(rpc, ids.v[i]);
        if (line != NULL) {
            ret->v[ret->n++] = (void *) (uintptr_t) line;
        }
    }
}

static hd_code_t all_followers(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    lines_t l = { .rpc = rpc };
    narrow_t w = { .teams = true, .tickets = true };
    hd_code_t code = HD_OK;
    narrow(&w, where);
    if (w.lines != NULL) {
        *ret = (rpc_list_t){ .n = 0 };
        add_numbered(rpc, &w, ret);
        return HD_OK;
    }
    for (int team = 0; team < 2 && code == HD_OK; team++) {
        if (team != 0 ? !w.teams : !w.tickets) {
            continue;
        }
        if (w.ids == NULL) {
            code = add_all(&l, team != 0);
        }
        for (size_t i = 0; i < w.n && code == HD_OK; i++) {
            code = add_document(&l, team != 0, (hd_id_t) w.ids[i]);
        }
    }
    *ret = (rpc_list_t){ l.v, l.n };
    return code;
}

static const void *get_follower(rpc_t *rpc, hd_id_t id)
{
    bool team;
    hd_id_t document, partner;
    lines_t l = { .rpc = rpc };
    if (id >= UINT64_C(1) << 62) {
        return NULL;
    }
    split_id(id, &team, &document, &partner);
    if (add_document(&l, team, document) != HD_OK) {
        return NULL;
    }
    for (size_t i = 0; i < l.n; i++) {
        if (((const follower_t *) l.v[i])->partner_id == partner) {
            return l.v[i];
        }
    }
    return NULL;
}

const rpc_made_t rpc_made_followers = { &follower_entity, all_followers, get_follower };

/* ---- on the documents themselves ---- */

static void put_followers(rpc_t *rpc, bool team, hd_id_t id, hd_json_t *out)
{
    lines_t l = { .rpc = rpc };
    hd_json_arr(out);
    if (add_document(&l, team, id) == HD_OK) {
        for (size_t i = 0; i < l.n; i++) {
            hd_json_u64(out, ((const hd_rec_t *) l.v[i])->id);
        }
    }
    hd_json_end_arr(out);
}

RPC_SHOW(ticket_followers)
{
    (void) m;
    put_followers(rpc, false, ((const hd_rec_t *) rec)->id, out);
}

RPC_SHOW(team_followers)
{
    (void) m;
    put_followers(rpc, true, ((const hd_rec_t *) rec)->id, out);
}

static bool is_own(const rpc_t *rpc, hd_ids_t followers)
{
    return rpc->cx->actor->partner_id != 0 && hd_ids_has(followers, rpc->cx->actor->partner_id);
}

RPC_SHOW(ticket_is_follower)
{
    (void) m;
    hd_json_bool(out, is_own(rpc, ((const hd_ticket_t *) rec)->message_partner_ids));
}

RPC_SHOW(team_is_follower)
{
    (void) m;
    hd_json_bool(out, is_own(rpc, ((const hd_team_t *) rec)->message_partner_ids));
}
