/*
 * Queries of tickets: random tickets, random conditions, orders and groups, for several actors, against a slow evaluation
 * written here from the text of the contract; the parser of expressions; facts that are wrong are found by fsck.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* strcasestr */
#endif
#include "unit_desk.h"

#define WORLDS  6
#define QUERIES 220
#define MOST    700              /* tickets of a world */
#define LAST    6000             /* the highest number one may have: some blocks of facts */
#define N_TAGS  40               /* more than bits, so that some share one */
#define N_USERS 5

typedef struct {
    UNIT_DESK;
    uint64_t     random;
    hd_id_t      company[2], team[5], stage[6], user[N_USERS], partner[N_USERS], contact[8], tag[N_TAGS], type[2];
    hd_ticket_t *all;            /* read back, ascending id */
    size_t       n;
} world_t;

static uint64_t draw(world_t *w, uint64_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->random >> 33) % below;
}

/* ---- a world ---- */

static void open_world(world_t *w, uint64_t seed)
{
    memset(w, 0, sizeof(*w));
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15);
    unit_open(w);
}

static void make_people(world_t *w)
{
    static const hd_role_t roles[N_USERS] = { HD_ROLE_ADMIN, HD_ROLE_USER, HD_ROLE_USER, HD_ROLE_NONE, HD_ROLE_PORTAL };
    for (size_t i = 0; i < 2; i++) {
        hd_company_t c = { .name = HD_STR("Company"), .active = true };
        w->company[i] = unit_put(w, HD_COMPANY, &c);
    }
    for (size_t i = 0; i < 8; i++) {
        static const char *const names[] = { "\xc5\xbd" "em\xc4\x97", "adam", "Beata", "beata", "Zed", "", "\xd9\xbe\xd8\xb1\xdb\x8c", "Adam" };
        hd_contact_t c = { .name = hd_str(names[i]), .active = true, .company_id = i % 3 == 2 ? w->company[1] : 0 };
        w->contact[i] = unit_put(w, HD_CONTACT, &c);
    }
    for (size_t i = 0; i < N_USERS; i++) {
        hd_contact_t c = { .name = hd_strf(w->arena, "User %zu", 7 * i % 5), .active = true };
        w->partner[i] = unit_put(w, HD_CONTACT, &c);
        hd_user_t u = { .login = hd_strf(w->arena, "user%zu", i), .name = c.name, .partner_id = w->partner[i],
                        .role = (uint8_t) roles[i], .company_id = w->company[0], .active = true,
                        .company_ids = hd_ids_make(w->arena, w->company, i <= 1 ? 2 : 1) };
        w->user[i] = unit_put(w, HD_USER, &u);
    }
}

static void make_setup(world_t *w)
{
    for (size_t i = 0; i < 5; i++) {
        hd_team_t t = { .name = hd_strf(w->arena, "Team %zu", 3 * i % 5), .active = i != 3, .company_id = w->company[i == 4],
                        .privacy_visibility = (uint8_t) (i % 3), .slug = hd_strf(w->arena, "team-%zu", i) };
        w->team[i] = unit_put(w, HD_TEAM, &t);
    }
    for (size_t i = 0; i < 6; i++) {
        hd_stage_t s = { .name = hd_strf(w->arena, "Stage %zu", i / 2 * 2 + 1 - i % 2), .sequence = (int64_t) i, .fold = i > 3, .active = true,
                         .team_ids = hd_ids_make(w->arena, w->team, 5) };
        w->stage[i] = unit_put(w, HD_STAGE, &s);
    }
    for (size_t i = 0; i < N_TAGS; i++) {
        hd_tag_t t = { .name = hd_strf(w->arena, "Tag %zu", i), .active = true };
        w->tag[i] = unit_put(w, HD_TAG, &t);
    }
    for (size_t i = 0; i < 2; i++) {
        hd_ticket_type_t t = { .name = hd_strf(w->arena, "Type %zu", 1 - i), .active = true };
        w->type[i] = unit_put(w, HD_TICKET_TYPE, &t);
    }
}

static hd_time_t draw_time(world_t *w)
{
    static const hd_time_t odd[] = { 1, -5000, 999, INT64_C(5000000000000), 4294967295000 };
    if (draw(w, 40) == 0) {
        return odd[draw(w, 5)];
    }
    return T0 + (hd_time_t) draw(w, 20) * HD_SECOND + (draw(w, 2) == 0 ? 0 : (hd_time_t) draw(w, 3) * 400);
}

static hd_ids_t draw_ids(world_t *w, const hd_id_t *from, size_t n, size_t most)
{
    hd_id_t v[8];
    size_t k = draw(w, most + 1);
    for (size_t i = 0; i < k; i++) {
        v[i] = from[draw(w, n)];
    }
    return hd_ids_make(w->arena, v, k);
}

static const char *const emails[] = { "", "A.Long@Example.com", "b@example.com", "zoe@sub.example.org" };
static const char *const words[] = { "Printer", "\xc5\xbdivil\xc4\x97", "invoice", "PRINTER jam", "zebra", "" };

static void draw_ticket(world_t *w, hd_ticket_t *t)
{
    static const char *const props[] = { "", "{\"p\":7}", "{\"p\":\"Blue\"}", "{\"p\":[\"a\",\"B\"]}", "{\"p\":null,\"q\":true}" };
    size_t team = draw(w, 5);
    hd_ids_t people = draw_ids(w, w->partner, N_USERS, 2), others = draw_ids(w, w->contact, 8, 2);
    t->team_id = w->team[team];
    t->company_id = w->company[team == 4];
    t->stage_id = w->stage[draw(w, 6)];
    t->closed = draw(w, 2) == 0;
    t->user_id = draw(w, 3) == 0 ? 0 : w->user[draw(w, 3)];
    t->partner_id = draw(w, 3) == 0 ? 0 : w->contact[draw(w, 8)];
    t->ticket_type_id = draw(w, 3) == 0 ? 0 : w->type[draw(w, 2)];
    t->priority = (uint8_t) draw(w, 4);
    t->kanban_state = (uint8_t) draw(w, 3);
    t->color = (int64_t) draw(w, 12);
    t->active = draw(w, 5) != 0;
    t->name = hd_strf(w->arena, "%s %d", words[draw(w, 6)], (int) draw(w, 30));
    t->partner_name = hd_str(words[draw(w, 6)]);
    t->partner_email = hd_str(emails[draw(w, 4)]);
    t->partner_phone = hd_strf(w->arena, "%d", (int) draw(w, 20));
    t->description = draw(w, 3) == 0 ? hd_strf(w->arena, "It is the %s again", words[draw(w, 6)]) : (hd_str_t){ 0, "" };
    t->close_date = t->closed ? draw_time(w) : 0;
    t->assign_date = draw(w, 2) == 0 ? 0 : draw_time(w);
    t->date_last_stage_update = draw_time(w);
    t->tag_ids = draw_ids(w, w->tag, draw(w, 2) == 0 ? 4 : N_TAGS, 3);
    t->properties = hd_str(props[draw(w, 5)]);
    t->message_partner_ids = people;
    for (uint32_t i = 0; i < others.n; i++) {
        t->message_partner_ids = hd_ids_with(w->arena, t->message_partner_ids, others.v[i]);
    }
}

/* In many transactions, with changes and deletions, so that chunks fill, change and empty. */
static void make_tickets(world_t *w)
{
    size_t left = 100 + draw(w, MOST - 100);
    hd_id_t last = 0;
    while (left > 0) {
        size_t n = 1 + draw(w, draw(w, 2) == 0 ? 5 : 150);
        unit_begin(w, true);
        for (size_t i = 0; i < n && left > 0; i++, left--) {
            last += 1 + (draw(w, 40) == 0 && last < LAST - 1000 ? draw(w, 400) : 0);
            hd_ticket_t t = { .rec = { .id = last, .create_date = draw_time(w) } }, old;
            draw_ticket(w, &t);
            hd_id_t id = unit_put(w, HD_TICKET, &t);
            id = 1 + draw(w, id);
            uint64_t what = draw(w, 6);
            if (what < 2 && hd_row_get(w->cx.txn, w->arena, HD_TICKET, id, &old) == HD_OK) {
                hd_ticket_t now = old;
                draw_ticket(w, &now);
                assert_int_equal(what == 0 ? hd_row_delete(w->cx.txn, w->arena, HD_TICKET, &old)
                                           : hd_row_update(w->cx.txn, w->arena, HD_TICKET, &old, &now, draw_time(w), 0),
                                 HD_OK);
            }
        }
        if (draw(w, 4) == 0) {       /* looked at before the commit */
            hd_ticket_query_t q = { .active = -1, .unassigned = true };
            uint64_t count, want = 0;
            hd_ticket_t t;
            for (hd_id_t id = 1; id <= LAST; id++) {
                want += hd_row_get(w->cx.txn, w->arena, HD_TICKET, id, &t) == HD_OK && t.user_id == 0;
            }
            assert_int_equal(hd_ticket_count(&w->cx, &q, &count), HD_OK);
            assert_int_equal(count, want);
        }
        unit_commit(w);
    }
}

static void read_tickets(world_t *w)
{
    w->all = hd_alloc_n(w->arena, MOST, sizeof(*w->all));
    w->n = 0;
    for (hd_id_t id = 1; id <= LAST; id++) {
        w->n += hd_row_get(w->cx.txn, w->arena, HD_TICKET, id, &w->all[w->n]) == HD_OK;
    }
}

/* ---- a condition: its text, and what it means ---- */

typedef struct term_s {
    int            kind, op, n;
    int64_t        v[12];
    const char    *text[2];
    struct term_s *a, *b;
} term_t;

enum { NOT = 100, AND, OR };
enum { EQ, NE, GT, GTE, LT, LTE, IN, CONTAINS };
static const char *const ops[] = { "=", "!=", ">", ">=", "<", "<=", "in", "contains" };

static bool compare(int op, int64_t x, int64_t y)
{
    switch (op) {
    case EQ:  return x == y;
    case NE:  return x != y;
    case GT:  return x > y;
    case GTE: return x >= y;
    case LT:  return x < y;
    default:  return x <= y;
    }
}

static bool any_of(const term_t *t, int64_t x)
{
    bool any = false;
    for (int i = 0; i < t->n; i++) {
        any |= t->v[i] == x;
    }
    return any == (t->op != NE);
}

static bool any_in(const term_t *t, hd_ids_t ids)
{
    bool any = false;
    for (int i = 0; i < t->n; i++) {
        any |= t->v[i] == 0 ? ids.n == 0 : hd_ids_has(ids, (hd_id_t) t->v[i]);
    }
    return any == (t->op != NE);
}

static bool at_time(const term_t *t, hd_time_t x)
{
    if (t->op == EQ || t->op == NE) {
        return compare(t->op, x, t->v[0]);
    }
    return x != 0 && compare(t->op, x, t->v[0]);
}

static bool holds_property(const term_t *t, hd_str_t json)
{
    static const char *const docs[] = { "{\"p\":7}", "{\"p\":\"Blue\"}", "{\"p\":[\"a\",\"B\"]}" };
    bool is = hd_str_is(json, docs[t->v[0]]);
    return is == (t->op != NE);
}

static hd_str_t text_of(const hd_ticket_t *k, int64_t which)
{
    return which == 0 ? k->name : which == 1 ? k->partner_name : which == 2 ? k->partner_email : k->description;
}

static bool holds_text(const term_t *t, const hd_ticket_t *k)
{
    hd_arena_t *tmp = hd_arena_create(1 << 20);
    const char *hay = hd_strf(tmp, "%.*s", HD_STR_ARG(hd_text_fold(tmp, text_of(k, t->v[0])))).data;
    bool any = false;
    for (int i = 0; i < t->n; i++) {
        const char *needle = hd_strf(tmp, "%.*s", HD_STR_ARG(hd_text_fold(tmp, hd_str(t->text[i])))).data;
        any |= t->op == CONTAINS ? strstr(hay, needle) != NULL : strcmp(hay, needle) == 0;
    }
    hd_arena_destroy(tmp);
    return any == (t->op != NE);
}

static bool holds(const term_t *t, const hd_ticket_t *k)
{
    switch (t->kind) {
    case NOT: return !holds(t->a, k);
    case AND: return holds(t->a, k) && holds(t->b, k);
    case OR:  return holds(t->a, k) || holds(t->b, k);
    case 0:   return compare(t->op, k->priority, t->v[0]);
    case 1:   return any_of(t, (int64_t) k->team_id);
    case 2:   return any_of(t, (int64_t) k->user_id);
    case 3:   return compare(t->op, k->closed, t->v[0]);
    case 4:   return compare(t->op, k->kanban_state, t->v[0]);
    case 5:   return at_time(t, k->rec.create_date);
    case 6:   return at_time(t, k->close_date);
    case 7:   return any_in(t, k->tag_ids);
    case 8:   return holds_text(t, k);
    case 9:   return compare(t->op, k->color, t->v[0]);
    case 10:  return any_of(t, (int64_t) k->rec.id);
    case 11:  return compare(t->op, k->active, t->v[0]);
    case 12:  return any_of(t, (int64_t) k->company_id);
    case 13:  return holds_property(t, k->properties);
    case 14:  return any_of(t, (int64_t) k->partner_id);
    case 15:  return at_time(t, k->rec.write_date);
    case 16:  return any_in(t, k->message_partner_ids);
    case 17:  return any_of(t, (int64_t) k->stage_id);
    default:  return any_of(t, (int64_t) k->ticket_type_id);
    }
}

static void say_time(hd_buf_t *b, hd_time_t t)
{
    char text[HD_TIME_LEN];
    if (t == 0) {
        hd_buf_z(b, "null");
    } else {
        hd_buf_put(b, text, hd_time_format(t, text));
    }
}

static void say_id(hd_buf_t *b, int64_t id)
{
    if (id == 0) {
        hd_buf_z(b, "null");
    } else {
        hd_buf_i64(b, id);
    }
}

static void draw_list(world_t *w, term_t *t, hd_buf_t *b, const char *name, const hd_id_t *from, size_t n, int most)
{
    static const int list_ops[] = { EQ, NE, IN };
    t->op = list_ops[draw(w, 3)];
    t->n = t->op == IN ? 1 + (int) draw(w, (uint64_t) most) : 1;
    hd_buf_printf(b, "%s %s", name, t->op == IN ? "in (" : ops[t->op]);
    for (int i = 0; i < t->n; i++) {
        t->v[i] = draw(w, 6) == 0 ? 0 : (int64_t) from[draw(w, n)];
        hd_buf_z(b, i == 0 ? " " : ", ");
        say_id(b, t->v[i]);
    }
    hd_buf_z(b, t->op == IN ? ")" : "");
}

static void draw_when(world_t *w, term_t *t, hd_buf_t *b, const char *name)
{
    t->op = (int) draw(w, 6);
    t->v[0] = t->op <= NE && draw(w, 3) == 0 ? 0 : draw_time(w);
    if (t->v[0] < 0) {
        t->v[0] = 1;
    }
    hd_buf_printf(b, "%s%s", name, ops[t->op]);
    say_time(b, t->v[0]);
}

static void draw_text(world_t *w, term_t *t, hd_buf_t *b)
{
    static const char *const fields[] = { "name", "partner_name", "partner_email", "description" };
    static const char *const asked[] = { "print", "INV", "\xc5\xbdIVIL", "zivile", "", "e", "B@EXAMPLE.COM", "zebra 7", "Printer", "example", "nowhere" };
    static const int text_ops[] = { EQ, NE, IN, CONTAINS, CONTAINS, CONTAINS };
    t->op = text_ops[draw(w, 6)];
    t->v[0] = (int64_t) draw(w, 4);
    t->n = t->op == IN ? 2 : 1;
    t->text[0] = asked[draw(w, 11)];
    t->text[1] = asked[draw(w, 11)];
    hd_buf_printf(b, t->op == IN ? "%s %s (\"%s\", \"%s\")" : "%s %s \"%s\"", fields[t->v[0]], ops[t->op], t->text[0], t->text[1]);
}

static void draw_term(world_t *w, term_t *t, hd_buf_t *b)
{
    static const char *const kanban[] = { "normal", "done", "blocked" };
    static const char *const props[] = { "7", "\"bLUE\"", "b" };
    hd_id_t ids[20];
    t->kind = (int) draw(w, 19);
    t->op = (int) draw(w, 6);
    switch (t->kind) {
    case 0:
        t->v[0] = (int64_t) draw(w, 4);
        hd_buf_printf(b, "priority %s %d", ops[t->op], (int) t->v[0]);
        break;
    case 1: draw_list(w, t, b, "team_id", w->team, 5, 4); break;
    case 2: draw_list(w, t, b, "user_id", w->user, N_USERS, 3); break;
    case 3:
    case 11:
        t->op = (int) draw(w, 2);
        t->v[0] = (int64_t) draw(w, 2);
        hd_buf_printf(b, "%s%s%s", t->kind == 3 ? "closed" : "active", ops[t->op], t->v[0] != 0 ? "true" : "false");
        break;
    case 4:
        t->op = (int) draw(w, 2);
        t->v[0] = (int64_t) draw(w, 3);
        hd_buf_printf(b, "kanban_state %s \"%s\"", ops[t->op], kanban[t->v[0]]);
        break;
    case 5:  draw_when(w, t, b, "create_date"); break;
    case 6:  draw_when(w, t, b, "close_date"); break;
    case 15: draw_when(w, t, b, "write_date"); break;
    case 7:  draw_list(w, t, b, "tag_ids", w->tag, draw(w, 2) == 0 ? 4 : N_TAGS, 3); break;
    case 8:
        draw_text(w, t, b);
        break;
    case 9:
        t->v[0] = (int64_t) draw(w, 12);
        hd_buf_printf(b, "color%s%d", ops[t->op], (int) t->v[0]);
        break;
    case 10:
        for (size_t i = 0; i < 20; i++) {
            ids[i] = 1 + draw(w, draw(w, 2) == 0 ? MOST : LAST);
        }
        draw_list(w, t, b, "id", ids, 20, 12);
        break;
    case 12: draw_list(w, t, b, "company_id", w->company, 2, 2); break;
    case 13:
        t->op = (int) draw(w, 2);
        t->v[0] = (int64_t) draw(w, 3);
        hd_buf_printf(b, "properties.p %s %s", ops[t->op], props[t->v[0]]);
        break;
    case 14: draw_list(w, t, b, "partner_id", w->contact, 8, 12); break;
    case 16: draw_list(w, t, b, "message_partner_ids", w->contact, 8, 3); break;
    case 17: draw_list(w, t, b, "stage_id", w->stage, 6, 6); break;
    default: draw_list(w, t, b, "ticket_type_id", w->type, 2, 2); break;
    }
    if (t->kind == 12 && t->op != IN && t->v[0] == 0) {
        t->v[0] = 0;
    }
}

static term_t *draw_expr(world_t *w, hd_buf_t *b, int depth)
{
    term_t *t = hd_alloc(w->arena, sizeof(*t));
    uint64_t what = depth == 0 ? 0 : draw(w, 6);
    if (what < 2) {
        draw_term(w, t, b);
    } else if (what == 2) {
        t->kind = NOT;
        hd_buf_z(b, "not (");
        t->a = draw_expr(w, b, depth - 1);
        hd_buf_z(b, ")");
    } else {
        t->kind = what == 3 ? OR : AND;
        hd_buf_z(b, "(");
        t->a = draw_expr(w, b, depth - 1);
        hd_buf_z(b, t->kind == OR ? ") OR (" : ") and (");
        t->b = draw_expr(w, b, depth - 1);
        hd_buf_z(b, ")");
    }
    return t;
}

/* Names what only helpdesk users know: followers (16), the customer's address (8, third of the texts). */
static bool is_internal(const term_t *t)
{
    return t->kind >= NOT ? is_internal(t->a) || (t->b != NULL && is_internal(t->b))
                          : t->kind == 16 || (t->kind == 8 && t->v[0] == 2);
}

static bool has_active(const term_t *t)
{
    return t->kind >= NOT ? has_active(t->a) || (t->b != NULL && has_active(t->b)) : t->kind == 11;
}

/* ---- what ought to come ---- */

static hd_sort_t sorts[HD_SORT_MAX];
static size_t n_sorts;

static int64_t seconds(hd_time_t t)
{
    return t == 0 ? 0 : t / 1000 < 1 ? 1 : t / 1000 > UINT32_MAX ? UINT32_MAX : t / 1000;
}

static world_t *world;           /* of compare_tickets, which qsort calls */

static int compare_texts(hd_str_t s, hd_str_t t)
{
    hd_arena_t *tmp = hd_arena_create(1 << 20);
    hd_str_t p = hd_text_fold(tmp, s), q = hd_text_fold(tmp, t);
    size_t n = p.len < q.len ? p.len : q.len;
    int c = n == 0 ? 0 : memcmp(p.data, q.data, n);
    c = c != 0 ? c : (p.len > q.len) - (p.len < q.len);
    hd_arena_destroy(tmp);
    return (c > 0) - (c < 0);
}

static struct { hd_type_t type; hd_id_t id; hd_str_t name; } related[64];
static size_t n_related;

/* What the actor may read of a related record; "" when that is nothing. */
static hd_str_t read_related(hd_type_t type, hd_id_t id)
{
    union { hd_team_t team; hd_user_t user; hd_ticket_type_t type; hd_contact_t contact; hd_stage_t stage; } rec;
    if (hd_row_get(world->cx.txn, world->arena, type, id, &rec) != HD_OK || !hd_sees(&world->cx, type, &rec)) {
        return (hd_str_t){ 0, "" };
    }
    switch (type) {
    case HD_TEAM:    return rec.team.name;
    case HD_USER:    return rec.user.name;
    case HD_CONTACT: return rec.contact.name;
    case HD_STAGE:   return rec.stage.name;
    default:         return rec.type.name;
    }
}

static hd_str_t related_name(hd_type_t type, hd_id_t id)
{
    size_t i = 0;
    while (i < n_related && (related[i].type != type || related[i].id != id)) {
        i++;
    }
    if (i == n_related) {
        assert_true(n_related < 64);
        related[i].type = type;
        related[i].id = id;
        related[i].name = read_related(type, id);
        n_related++;
    }
    return related[i].name;
}

static int compare_related(hd_type_t type, hd_id_t a, hd_id_t b)
{
    int c = compare_texts(related_name(type, a), related_name(type, b));
    return c != 0 ? c : (a > b) - (a < b);
}

static int compare_field(unsigned f, const hd_ticket_t *a, const hd_ticket_t *b)
{
    int64_t x = 0, y = 0;
    switch (f) {
    case HD_TICKET_F_priority:    x = a->priority; y = b->priority; break;
    case HD_TICKET_F_color:       x = a->color; y = b->color; break;
    case HD_TICKET_F_close_date:  x = seconds(a->close_date); y = seconds(b->close_date); break;
    case HD_F_create_date:        x = seconds(a->rec.create_date); y = seconds(b->rec.create_date); break;
    case HD_F_id:                 x = (int64_t) a->rec.id; y = (int64_t) b->rec.id; break;
    case HD_TICKET_F_team_id:     return compare_related(HD_TEAM, a->team_id, b->team_id);
    case HD_TICKET_F_stage_id:    return compare_related(HD_STAGE, a->stage_id, b->stage_id);
    case HD_TICKET_F_user_id:     return compare_related(HD_USER, a->user_id, b->user_id);
    case HD_TICKET_F_partner_id:  return compare_related(HD_CONTACT, a->partner_id, b->partner_id);
    case HD_TICKET_F_ticket_type_id: return compare_related(HD_TICKET_TYPE, a->ticket_type_id, b->ticket_type_id);
    case HD_TICKET_F_name:        return compare_texts(a->name, b->name);
    case HD_TICKET_F_partner_phone: return compare_texts(a->partner_phone, b->partner_phone);
    case HD_TICKET_F_partner_email: return compare_texts(a->partner_email, b->partner_email);
    default:                      return compare_texts(a->partner_name, b->partner_name);
    }
    return (x > y) - (x < y);
}

static int compare_tickets(const void *pa, const void *pb)
{
    const hd_ticket_t *a = *(const hd_ticket_t *const *) pa, *b = *(const hd_ticket_t *const *) pb;
    for (size_t i = 0; i < n_sorts; i++) {
        int c = compare_field(sorts[i].field, a, b);
        if (c != 0) {
            return sorts[i].desc ? -c : c;
        }
    }
    return a->rec.id > b->rec.id ? -1 : 1;
}

static bool in_force(world_t *w, const hd_ticket_t *t)
{
    return t->active && t->team_id != w->team[3];
}

static void draw_sort(world_t *w)
{
    static const uint16_t fields[] = { HD_TICKET_F_priority, HD_TICKET_F_team_id, HD_TICKET_F_user_id, HD_TICKET_F_color,
                                       HD_TICKET_F_close_date, HD_F_create_date, HD_F_id, HD_TICKET_F_name,
                                       HD_TICKET_F_partner_name, HD_TICKET_F_partner_email, HD_TICKET_F_stage_id,
                                       HD_TICKET_F_partner_id, HD_TICKET_F_ticket_type_id, HD_TICKET_F_partner_phone };
    n_sorts = draw(w, 4);
    for (size_t i = 0; i < n_sorts; i++) {
        sorts[i] = (hd_sort_t){ fields[draw(w, 14)], draw(w, 2) == 0 };
    }
}

static void check_pages(world_t *w, hd_ticket_query_t q, const hd_ticket_t **want, size_t n, const char *text)
{
    size_t at = 0;
    hd_ticket_page_t page;
    q.limit = 1 + (uint32_t) draw(w, draw(w, 2) == 0 ? 7 : 200);
    do {
        assert_int_equal(hd_ticket_list(&w->cx, &q, &page), HD_OK);
        for (uint32_t i = 0; i < page.n; i++, at++) {
            if (at >= n || page.v[i].rec.id != want[at]->rec.id) {
                fail_msg("place %zu of %zu: ticket %d, not %d; sort %s%d %s%d (%zu), limit %u: %s", at, n, (int) page.v[i].rec.id,
                         at < n ? (int) want[at]->rec.id : 0, sorts[0].desc ? "-" : "", sorts[0].field,
                         sorts[1].desc ? "-" : "", sorts[1].field, n_sorts, q.limit, text);
            }
        }
        q.after = page.next;
    } while (page.next.len != 0);
    if (at != n) {
        fail_msg("%zu of %zu tickets: %s", at, n, text);
    }
}

static int64_t group_of(const hd_ticket_t *t, unsigned field)
{
    switch (field) {
    case HD_TICKET_F_stage_id:     return (int64_t) t->stage_id;
    case HD_TICKET_F_user_id:      return (int64_t) t->user_id;
    case HD_TICKET_F_kanban_state: return t->kanban_state;
    default:                       return t->rec.create_date / HD_DAY * HD_DAY;
    }
}

static void check_groups(world_t *w, const hd_ticket_query_t *q, const hd_ticket_t **want, size_t n)
{
    static const unsigned fields[] = { HD_TICKET_F_stage_id, HD_TICKET_F_user_id, HD_TICKET_F_kanban_state };
    unsigned field = fields[draw(w, 3)];
    hd_groups_t g;
    uint64_t sum = 0;
    assert_int_equal(hd_ticket_groups(&w->cx, q, field, HD_BY_VALUE, &g), HD_OK);
    assert_int_equal(g.total, n);
    for (size_t i = 0; i < g.n; i++) {
        uint64_t there = 0;
        for (size_t k = 0; k < n; k++) {
            there += group_of(want[k], field) == g.v[i].value;
        }
        assert_int_equal(g.v[i].count, there);
        assert_true(there > 0 && (i == 0 || g.v[i - 1].value < g.v[i].value));
        sum += there;
    }
    assert_int_equal(sum, n);
    assert_int_equal(hd_ticket_groups(&w->cx, q, HD_TICKET_F_tag_ids, HD_BY_VALUE, &g), HD_OK);
    for (size_t i = 0; i < g.n; i++) {
        uint64_t there = 0;
        for (size_t k = 0; k < n; k++) {
            there += g.v[i].value == 0 ? want[k]->tag_ids.n == 0 : hd_ids_has(want[k]->tag_ids, (hd_id_t) g.v[i].value);
        }
        assert_int_equal(g.v[i].count, there);
        assert_true(there > 0);
    }
}

static void check_board(world_t *w, const hd_ticket_query_t *q, const term_t *t)
{
    hd_board_column_t *cols;
    size_t n, team = draw(w, 3);
    hd_code_t code = hd_board(&w->cx, w->team[team], 5, q, &cols, &n);
    n_sorts = 1;
    sorts[0] = (hd_sort_t){ HD_TICKET_F_priority, true };
    for (size_t c = 0; code == HD_OK && c < n; c++) {
        const hd_ticket_t *want[MOST];
        size_t k = 0;
        for (size_t i = 0; i < w->n; i++) {
            const hd_ticket_t *x = &w->all[i];
            if (x->team_id == w->team[team] && x->stage_id == cols[c].stage->rec.id && hd_sees_ticket(&w->cx, x) && holds(t, x)
                && (q->active < 0 || in_force(w, x) == (q->active == 1))) {
                want[k++] = x;
            }
        }
        qsort(want, k, sizeof(want[0]), compare_tickets);
        assert_int_equal(cols[c].count, k);
        assert_int_equal(cols[c].page.n, k < 5 ? k : 5);
        for (uint32_t i = 0; i < cols[c].page.n; i++) {
            assert_int_equal(cols[c].page.v[i].rec.id, want[i]->rec.id);
        }
    }
}

static void check_query(world_t *w)
{
    hd_buf_t b;
    const hd_expr_t *x = NULL;
    const hd_ticket_t *want[MOST];
    hd_id_t *ids;
    uint64_t count;
    size_t n = 0, n_ids;
    hd_buf_init(&b, w->arena, 1024, 1 << 20);
    term_t *t = draw_expr(w, &b, 3);
    bool staff = hd_actor_is_staff(w->cx.actor);
    hd_str_t text = hd_str_dup(w->arena, hd_buf_view(&b));
    world = w;
    n_related = 0;
    hd_problem_init(&w->problem);
    hd_code_t code = hd_expr_parse(hd_entities[HD_TICKET], w->arena, text, staff, &x, &w->problem);
    if (!staff && is_internal(t)) {
        assert_int_equal(code, HD_E_FILTER);                /* nobody learns of it by asking */
        return;
    }
    if (code != HD_OK) {
        fail_msg("%s: %s", text.data, w->problem.fields->sentence);
    }
    draw_sort(w);
    hd_ticket_query_t q = { .where = x, .sort = sorts, .n_sort = n_sorts, .active = (int8_t) ((int) draw(w, 3) - 1) };
    if (has_active(t)) {
        q.active = -1;
    }
    for (size_t i = 0; i < w->n; i++) {
        const hd_ticket_t *k = &w->all[i];
        if (hd_sees_ticket(&w->cx, k) && holds(t, k) && (q.active < 0 || in_force(w, k) == (q.active == 1))) {
            want[n++] = k;
        }
    }
    assert_int_equal(hd_ticket_count(&w->cx, &q, &count), HD_OK);
    if (count != n) {
        fail_msg("%d counted, %zu there, active %d: %s", (int) count, n, q.active, text.data);
    }
    assert_int_equal(hd_ticket_ids(&w->cx, &q, MOST, &ids, &n_ids), HD_OK);
    assert_int_equal(n_ids, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ids[i], want[i]->rec.id);
    }
    check_groups(w, &q, want, n);
    bool sorted = n_sorts != 0;
    if (!sorted) {
        n_sorts = 1;
        sorts[0] = (hd_sort_t){ HD_TICKET_F_priority, true };
    }
    qsort(want, n, sizeof(want[0]), compare_tickets);
    check_pages(w, q, want, n, text.data);
    check_board(w, &q, t);
}

static void queries_are_what_a_slow_look_finds(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        world_t *w = calloc(1, sizeof(*w));
        open_world(w, seed);
        unit_begin(w, true);
        make_people(w);
        make_setup(w);
        unit_commit(w);
        make_tickets(w);
        assert_int_equal(unit_problems(w->store, true), 0);
        for (int i = 0; i < QUERIES; i++) {
            unit_begin(w, false);
            w->cx.actor = hd_actor_of_login(&w->cx, hd_strf(w->arena, "user%d", i % N_USERS));
            assert_non_null(w->cx.actor);
            read_tickets(w);
            check_query(w);
            hd_txn_abort(w->cx.txn);
            w->cx.actor = &hd_actor_desk;
        }
        unit_close(w);
        free(w);
    }
}

/* ---- facts in the store ---- */

static void a_wrong_fact_is_found(void **state)
{
    (void) state;
    world_t *w = calloc(1, sizeof(*w));
    char key[7] = { 0x4e, HD_TICKET, 1, 0, 0, 0, 0 }, copy[4096];
    hd_str_t k = { 7, key }, v;
    hd_etxn_t *t;
    open_world(w, 77);
    unit_begin(w, true);
    make_people(w);
    make_setup(w);
    for (int i = 0; i < 1000; i++) {
        hd_ticket_t x = { .rec = { .create_date = T0 } };
        draw_ticket(w, &x);
        unit_put(w, HD_TICKET, &x);
    }
    unit_commit(w);
    assert_int_equal(unit_problems(w->store, true), 0);

    assert_int_equal(hd_engine_begin(hd_store_engine(w->store), true, &t), HD_OK);
    assert_true(hd_engine_get(t, k, &v));
    assert_true(v.len < sizeof(copy));
    size_t len = v.len;
    memcpy(copy, v.data, len);
    copy[4 * 5] ^= 1;                                       /* the team of ticket 5 */
    hd_engine_put(t, k, (hd_str_t){ len, copy });
    assert_int_equal(hd_engine_commit(t), HD_OK);
    assert_int_equal(unit_problems(w->store, false), 1);
    copy[4 * 5] ^= 1;
    assert_int_equal(hd_engine_begin(hd_store_engine(w->store), true, &t), HD_OK);
    hd_engine_put(t, k, (hd_str_t){ len, copy });
    key[2] = 0;
    assert_true(hd_engine_get(t, k, &v));
    len = v.len;
    memcpy(copy, v.data, len);
    copy[0] ^= 1;                                           /* ticket 0, which is not there */
    hd_engine_put(t, k, (hd_str_t){ len, copy });
    assert_int_equal(hd_engine_commit(t), HD_OK);
    assert_int_equal(unit_problems(w->store, false), 1);
    assert_int_equal(hd_engine_begin(hd_store_engine(w->store), true, &t), HD_OK);
    assert_true(hd_engine_del(t, k));
    assert_int_equal(hd_engine_commit(t), HD_OK);
    assert_int_equal(unit_problems(w->store, false), 2);                /* it differs, and there are too few */

    /* a store without facts, as older ones are, gets them when it is opened */
    char err[256] = "";
    hd_engine_conf_t conf = { .path = w->dir, .size = 256u << 20, .readers = 16, .sync = HD_SYNC_OFF };
    unit_begin(w, true);
    hd_meta_put(w->cx.txn, "facts", HD_STR(""));
    unit_commit(w);
    hd_store_close(w->store);
    assert_int_equal(hd_store_open(&conf, &w->store, err), HD_OK);
    assert_int_equal(unit_problems(w->store, true), 0);
    unit_close(w);
    free(w);
}

/* ---- expressions ---- */

static void check_error(hd_arena_t *a, const char *text, const char *code, const char *where)
{
    const hd_expr_t *x = NULL;
    hd_problem_t p;
    hd_problem_init(&p);
    assert_int_equal(hd_expr_parse(hd_entities[HD_TICKET], a, hd_str(text), false, &x, &p), HD_E_FILTER);
    assert_int_equal(p.n_fields, 1);
    assert_true(hd_str_is(p.fields->field, "filter"));
    assert_string_equal(p.fields->code, code);
    if (strstr(p.fields->sentence, where) == NULL) {
        fail_msg("%s: %s", text, p.fields->sentence);
    }
}

static void errors_name_their_place(void **state)
{
    (void) state;
    hd_arena_t *a = hd_arena_create(1 << 26);
    check_error(a, "", "syntax", "At character 1:");
    check_error(a, "priority", "syntax", "At character 9:");
    check_error(a, "priority =", "syntax", "At character 11:");
    check_error(a, "priority = 2 and", "syntax", "At character 17:");
    check_error(a, "priority = 2 user_id = 1", "syntax", "At character 14:");
    check_error(a, "(priority = 2", "syntax", "At character 14:");
    check_error(a, "priority = 9", "not_an_option", "At character 12:");
    check_error(a, "zz = 9", "unknown_field", "At character 1:");
    check_error(a, "priority = 1 or access_token = 9", "unknown_field", "At character 17:");
    check_error(a, "message_partner_ids = 9", "unknown_field", "At character 1:");
    check_error(a, "name > \"a\"", "unknown_operator", "At character 8:");
    check_error(a, "name = \"\xc5\xbd\" and name = \"\\x\"", "syntax", "At character 23:");
    check_error(a, "name = \"a", "syntax", "At character 8:");
    check_error(a, "team_id in 1", "syntax", "At character 12:");
    check_error(a, "team_id in (1", "syntax", "At character 14:");
    check_error(a, "team_id in ()", "syntax", "At character 13:");
    check_error(a, "team_id = 1 & user_id = 2", "syntax", "At character 13:");
    check_error(a, "properties = 1", "unknown_field", "At character 1:");
    hd_buf_t b;
    hd_buf_init(&b, a, 1024, 1 << 20);
    for (int i = 0; i < HD_EXPR_DEPTH + 1; i++) {
        hd_buf_z(&b, "(");
    }
    check_error(a, hd_str_dup(a, hd_buf_view(&b)).data, "too_deep", "At character 21:");
    b.len = 0;
    for (int i = 0; i < HD_TERMS_MAX + 1; i++) {
        hd_buf_z(&b, i == 0 ? "closed=true" : " or closed=true");
    }
    check_error(a, hd_str_dup(a, hd_buf_view(&b)).data, "too_many", "At character");
    hd_arena_destroy(a);
}

static bool match(hd_arena_t *a, const char *text, const hd_ticket_t *t)
{
    const hd_expr_t *x = NULL;
    hd_problem_t p;
    hd_problem_init(&p);
    if (hd_expr_parse(hd_entities[HD_TICKET], a, hd_str(text), true, &x, &p) != HD_OK) {
        fail_msg("%s: %s", text, p.fields->sentence);
    }
    return hd_expr_match(hd_entities[HD_TICKET], a, t, x);
}

static void expressions_hold_as_written(void **state)
{
    (void) state;
    hd_arena_t *a = hd_arena_create(1 << 26);
    hd_ticket_t t = { .name = HD_STR("A \"big\" Printer\\"), .priority = 2, .team_id = 1, .active = true,
                      .properties = HD_STR("{\"size\":10,\"due\":\"2026-11-20\",\"on\":true,\"tags\":[\"X\",\"y\"]}") };
    assert_true(match(a, "priority>=2 and (user_id=null or team_id in (1,2)) and not name contains \"fax\"", &t));
    assert_true(match(a, "closed = true or priority = 2 and team_id = 1", &t));      /* and binds tighter */
    assert_false(match(a, "(closed = true or priority = 2) and team_id = 2", &t));
    assert_true(match(a, "not closed = true and team_id not in (2, 3)", &t));
    assert_true(match(a, "not not name contains \"\\\"BIG\\\"\" AND name contains \"\\\\\"", &t));
    assert_true(match(a, "partner_name = null and partner_name = \"\"", &t));
    assert_true(match(a, "properties.size > 9 and properties.size < 10.5 and properties.size = 10.0", &t));
    assert_true(match(a, "properties.due < 2026-12-01 and properties.on = true and properties.none = null", &t));
    assert_true(match(a, "properties.tags = x and properties.tags in (z, Y) and properties.tags != z", &t));
    assert_false(match(a, "properties.none > 1 or properties.none contains \"n\" or properties.size = null", &t));
    hd_arena_destroy(a);
}

/* ---- conditions of other doors ---- */

static void patterns_fit(void **state)
{
    (void) state;
    static const struct { const char *text, *pattern; bool fits; } table[] = {
        { "", "", true }, { "", "%", true }, { "", "_", false }, { "a", "", false }, { "a", "%%", true },
        { "Printer", "Print__", true }, { "Printer", "Print_", false }, { "Printer", "%nt%", true }, { "Printer", "%NT%", false },
        { "aXbXc", "a%b%c", true }, { "aXbXc", "a%c%b", false }, { "aaab", "%aab", true }, { "aaab", "%aac", false },
        { "\xc5\xbe!", "_!", true }, { "\xc5\xbe!", "__!", false }, { "100%", "100\\%", true }, { "1000", "100\\%", false },
        { "a_b", "a\\_b", true }, { "aXb", "a\\_b", false }, { "a\\b", "a\\\\b", true }, { "a\\", "a\\", true },
        { "mississippi", "m%iss%ip%i", true }, { "mississippi", "m%iss%ipx%i", false }, { "%", "\\%%", true },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (hd_pattern_match(hd_str(table[i].text), hd_str(table[i].pattern)) != table[i].fits) {
            fail_msg("%s: %s", table[i].text, table[i].pattern);
        }
    }
}

static void parts_of_a_time_are_those_of_its_zone(void **state)
{
    (void) state;
    hd_time_t t;                     /* a Sunday evening in UTC, Monday in Vilnius, and the week's number jumps */
    int64_t n;
    assert_true(hd_time_parse(HD_STR("2027-01-03T23:05:09.700Z"), &t));
    static const struct { hd_part_t part; int64_t utc, vilnius; } table[] = {
        { HD_PART_YEAR, 2027, 2027 }, { HD_PART_QUARTER, 1, 1 }, { HD_PART_MONTH, 1, 1 }, { HD_PART_ISO_WEEK, 53, 1 },
        { HD_PART_DAY_OF_MONTH, 3, 4 }, { HD_PART_DAY_OF_WEEK, 0, 1 }, { HD_PART_DAY_OF_YEAR, 3, 4 }, { HD_PART_HOUR, 23, 1 },
        { HD_PART_MINUTE, 5, 5 }, { HD_PART_SECOND, 9, 9 },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_true(hd_time_part(HD_STR(""), t, table[i].part, &n));
        assert_int_equal(n, table[i].utc);
        assert_true(hd_time_part(HD_STR("Europe/Vilnius"), t, table[i].part, &n));
        assert_int_equal(n, table[i].vilnius);
    }
    assert_false(hd_time_part(HD_STR("Nowhere/Atall"), t, HD_PART_YEAR, &n));
    assert_false(hd_time_part(HD_STR(""), 0, HD_PART_YEAR, &n));
}

/* Said by text and columns, and by the rows alone, which know nothing of either. */
static void check_condition(world_t *w, const hd_filter_t *f)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_ticket_query_t q = { .active = -1, .where = hd_expr_of(w->arena, f, 1) };
    uint64_t count = 0, want = 0;
    for (size_t i = 0; i < w->n; i++) {
        want += hd_filter_match(e, w->arena, &w->all[i], f, 1);
    }
    assert_int_equal(hd_ticket_count(&w->cx, &q, &count), HD_OK);
    if (count != want) {
        fail_msg("%s, operator %d, exact %d: %d, not %d", e->fields[f->field].name, f->op, f->exact, (int) count, (int) want);
    }
}

static void conditions_no_query_string_says(void **state)
{
    (void) state;
    static const char *const asked[] = { "Printer 7", "printer 7", "%rint%", "_rinter %", "%\xc5\xbeivil%", "%\xc5\xbdivil_%", "", "%", "p%7",
                                         "%\\_%", "b@example.com", "Q", "\xef\xbc\xbc%", "%\xc5\xbe\xef\xbc\xbf%" };
    static const unsigned fields[] = { HD_TICKET_F_name, HD_TICKET_F_partner_name, HD_TICKET_F_partner_email, HD_TICKET_F_description };
    const hd_entity_t *e = hd_entities[HD_TICKET];
    world_t *w = calloc(1, sizeof(*w));
    hd_filter_t f;
    open_world(w, 4711);
    unit_begin(w, true);
    make_people(w);
    make_setup(w);
    unit_commit(w);
    make_tickets(w);
    unit_begin(w, false);
    read_tickets(w);
    for (size_t i = 0; i < 4 * 9 * 2 * 14; i++) {
        hd_op_t op = (hd_op_t) (i / 4 % 9);
        hd_str_t v[2] = { hd_str(asked[i / 72]), HD_STR("Printer 3") };
        assert_null(hd_filter_texts(e, w->arena, fields[i % 4], op, i / 36 % 2 != 0, v, op == HD_OP_IN ? 2 : 1, true, &f));
        check_condition(w, &f);
    }
    int64_t ids[300];
    for (size_t i = 0; i < 300; i++) {
        ids[i] = (int64_t) (3 * (300 - i));
    }
    assert_null(hd_filter_nums(e, w->arena, HD_F_id, HD_OP_IN, HD_PART_NONE, ids, 300, true, &f));
    check_condition(w, &f);
    for (int64_t op = HD_OP_EQ; op <= HD_OP_LTE; op++) {
        int64_t id = 211, month = 11;
        assert_null(hd_filter_nums(e, w->arena, HD_F_id, (hd_op_t) op, HD_PART_NONE, &id, 1, true, &f));
        check_condition(w, &f);
        assert_null(hd_filter_nums(e, w->arena, HD_TICKET_F_close_date, (hd_op_t) op, HD_PART_MONTH, &month, 1, true, &f));
        check_condition(w, &f);
    }
    hd_filter_t bad;
    assert_string_equal(hd_filter_nums(e, w->arena, HD_TICKET_F_team_id, HD_OP_GT, HD_PART_NONE, ids, 1, true, &bad), "unknown_operator");
    assert_string_equal(hd_filter_nums(e, w->arena, HD_TICKET_F_name, HD_OP_EQ, HD_PART_NONE, ids, 1, true, &bad), "wrong_type");
    assert_string_equal(hd_filter_texts(e, w->arena, HD_TICKET_F_access_token, HD_OP_EQ, true, &HD_STR("x"), 1, true, &bad), "unknown_field");
    assert_string_equal(hd_filter_nums(e, w->arena, HD_TICKET_F_message_partner_ids, HD_OP_EQ, HD_PART_NONE, ids, 1, false, &bad),
                        "unknown_field");
    hd_txn_abort(w->cx.txn);
    unit_close(w);
    free(w);
}

int main(void)
{
    (void) hd_base_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(expressions_hold_as_written),
        cmocka_unit_test(patterns_fit),
        cmocka_unit_test(parts_of_a_time_are_those_of_its_zone),
        cmocka_unit_test(conditions_no_query_string_says),
        cmocka_unit_test(a_wrong_fact_is_found),
        cmocka_unit_test(queries_are_what_a_slow_look_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
