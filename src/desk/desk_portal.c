/*
 * What customers have of their tickets: one in their words, closing it, their lists (PRT-1 .. PRT-5, SLF-6).
 */
#include "desk_impl.h"

#define WORDS_MAX 10
#define QUERY_MAX 8000           /* bytes of the expression a search becomes */

/* ---- one ticket ---- */

/* Automatic closing goes the same way; 0: the team has no stage. */
static hd_id_t closing_stage(hd_cx_t *cx, hd_id_t team)
{
    size_t n;
    const hd_stage_t *const *v = hd_team_stages(cx, team, &n);
    for (size_t i = 0; i < n; i++) {
        if (v[i]->fold) {
            return v[i]->rec.id;
        }
    }
    return n != 0 ? v[n - 1]->rec.id : 0;
}

static bool may_close(hd_cx_t *cx, const hd_ticket_t *t)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    if (team == NULL || !team->allow_portal_ticket_closing || t->closed) {
        return false;
    }
    hd_id_t stage = closing_stage(cx, t->team_id);
    return stage != 0 && stage != t->stage_id;
}

static hd_str_t customer_of(hd_cx_t *cx, const hd_ticket_t *t)
{
    hd_contact_t c;
    const hd_actor_t *a = cx->actor;
    bool colleague = a->role == HD_ROLE_PORTAL && a->partner_id != 0 && t->partner_id != 0 && t->partner_id != a->partner_id
        && t->commercial_partner_id == hd_desk_commercial(cx, a->partner_id);
    return colleague && hd_row_get(cx->txn, cx->arena, HD_CONTACT, t->partner_id, &c) == HD_OK ? c.name : (hd_str_t){ 0, "" };
}

void hd_portal_view(hd_cx_t *cx, const hd_ticket_t *t, hd_portal_view_t *ret)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    const hd_stage_t *stage = hd_config_get(cx->txn, HD_STAGE, t->stage_id);
    const hd_user_t *user = hd_config_get(cx->txn, HD_USER, t->user_id);
    *ret = (hd_portal_view_t){
        .stage = stage != NULL ? stage->name : HD_STR(""), .team = team != NULL ? team->name : HD_STR(""),
        .assignee = user != NULL ? user->name : HD_STR(""), .customer = customer_of(cx, t), .may_close = may_close(cx, t),
        .zone = team != NULL ? hd_desk_team_zone(cx, team) : HD_STR("UTC"),
    };
}

/* ---- closing (SLF-6) ---- */

/* In the language of the one who closes it, whose words these are. */
static hd_lang_t customer_lang(hd_cx_t *cx, const hd_ticket_t *t)
{
    hd_contact_t p = { .lang = { 0, "" } };
    if (cx->actor->user != NULL) {
        return hd_lang_from(cx->actor->user->lang);
    }
    bool known = t->partner_id != 0 && hd_row_get(cx->txn, cx->arena, HD_CONTACT, t->partner_id, &p) == HD_OK;
    return known ? hd_lang_from(p.lang) : HD_LANG_EN;
}

static hd_code_t close_ticket(hd_cx_t *cx, const hd_ticket_t *t, hd_str_t name, hd_ticket_t *ret)
{
    if (!may_close(cx, t)) {
        return hd_problem_set(cx->problem, HD_E_CONFLICT, t->closed ? "This ticket is closed already."
                                                                    : "Customers do not close tickets of this team.");
    }
    hd_message_t say = {
        .subtype = HD_SUB_COMMENT, .message_type = HD_MSG_NOTIFICATION, .format = HD_BODY_PLAIN,
        .author_id = cx->actor->partner_id, .author_name = name,
        .body = hd_t(cx->arena, customer_lang(cx, t), "portal.closed_entry", 0),
    };
    return hd_desk_ticket_close(cx, t->rec.id, closing_stage(cx, t->team_id), &say, ret);
}

hd_code_t hd_portal_close(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret)
{
    hd_ticket_t t;
    hd_code_t code = hd_ticket_get(cx, id, &t);
    if (code != HD_OK) {
        return code;
    }
    if (cx->actor->user == NULL || hd_actor_is_staff(cx->actor)) {
        return HD_E_RIGHT;
    }
    return close_ticket(cx, &t, cx->actor->user->name, ret);
}

hd_code_t hd_portal_close_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_str_t name, hd_ticket_t *ret)
{
    return close_ticket(cx, t, name.len != 0 ? name : t->partner_name, ret);
}

/* ---- lists (PRT-1) ---- */

const char *const hd_portal_sorts[HD_PORTAL_SORTS] = { "newest", "title", "stage", "updated" };
const char *const hd_portal_states[HD_PORTAL_STATES] = { "open", "closed", "all" };
const char *const hd_portal_ins[HD_PORTAL_INS] = { "all", "reference", "title" };
const char *const hd_portal_groups[2] = { "none", "stage" };

typedef struct {
    hd_arena_t *arena;
    hd_buf_t    b;               /* an expression (model_expr.c) */
    uint32_t    n;               /* conditions so far */
} expr_t;

static void add(expr_t *e, const char *condition)
{
    hd_buf_z(&e->b, e->n++ == 0 ? "" : " and ");
    hd_buf_z(&e->b, condition);
}

static void put_quoted(expr_t *e, hd_str_t text)
{
    hd_buf_byte(&e->b, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            hd_buf_byte(&e->b, '\\');
        }
        hd_buf_byte(&e->b, text.data[i]);
    }
    hd_buf_byte(&e->b, '"');
}

static void add_time(expr_t *e, const char *condition, hd_time_t time)
{
    char text[HD_TIME_LEN];
    if (time != 0) {
        add(e, condition);
        put_quoted(e, (hd_str_t){ hd_time_format(time, text), text });
    }
}

/* "#00042", "42"; 0: it is no reference. */
static hd_id_t read_ref(hd_str_t text)
{
    uint64_t id;
    if (text.len != 0 && text.data[0] == '#') {
        text = (hd_str_t){ text.len - 1, text.data + 1 };
    }
    while (text.len > 1 && text.data[0] == '0') {
        text = (hd_str_t){ text.len - 1, text.data + 1 };
    }
    return hd_str_to_u64(text, &id) && id <= HD_ID_MAX ? id : 0;
}

/* Every word in the title, or as asked in the description, too. */
static void add_words(expr_t *e, const hd_portal_query_t *q)
{
    hd_str_t rest = q->words, word;
    uint32_t n = 0;
    hd_id_t id = q->in == HD_PORTAL_IN_ALL ? read_ref(q->words) : 0;
    add(e, "(");
    if (id != 0) {
        hd_buf_printf(&e->b, "id = %" PRIu64 " or ", id);
    }
    while (n < WORDS_MAX && hd_str_split(&rest, ' ', &word)) {
        if (hd_str_trim(word).len == 0) {
            continue;
        }
        hd_buf_z(&e->b, n++ == 0 ? "" : " and ");
        hd_buf_z(&e->b, q->in == HD_PORTAL_IN_ALL ? "(name contains " : "name contains ");
        put_quoted(e, hd_str_trim(word));
        if (q->in == HD_PORTAL_IN_ALL) {
            hd_buf_z(&e->b, " or description contains ");
            put_quoted(e, hd_str_trim(word));
            hd_buf_byte(&e->b, ')');
        }
    }
    hd_buf_byte(&e->b, ')');
}

/* NULL in *ret: everything. */
static hd_code_t make_where(hd_cx_t *cx, const hd_portal_query_t *q, const hd_expr_t **ret)
{
    expr_t e = { .arena = cx->arena };
    hd_buf_init(&e.b, cx->arena, 256, QUERY_MAX);
    *ret = NULL;
    if (q->state != HD_PORTAL_ALL) {
        add(&e, q->state == HD_PORTAL_OPEN ? "closed = false" : "closed = true");
    }
    add_time(&e, "create_date >= ", q->from);
    add_time(&e, "create_date < ", q->to);
    if (hd_str_trim(q->words).len != 0 && q->in == HD_PORTAL_IN_REF) {
        add(&e, "id = ");
        hd_buf_u64(&e.b, read_ref(hd_str_trim(q->words)));
    } else if (hd_str_trim(q->words).len != 0) {
        add_words(&e, q);
    }
    if (e.b.failed) {
        return HD_E_FILTER;
    }
    return e.n == 0 ? HD_OK
        : hd_expr_parse(hd_entities[HD_TICKET], cx->arena, hd_buf_view(&e.b), false, ret, cx->problem);
}

static size_t make_sort(const hd_portal_query_t *q, hd_sort_t sort[2])
{
    static const hd_sort_t by[HD_PORTAL_SORTS] = {
        [HD_PORTAL_NEWEST]  = { HD_F_id, true },
        [HD_PORTAL_TITLE]   = { HD_TICKET_F_name, false },
        [HD_PORTAL_STAGE]   = { HD_TICKET_F_stage_id, false },
        [HD_PORTAL_UPDATED] = { HD_TICKET_F_date_last_stage_update, true },
    };
    size_t n = 0;
    if (q->by_stage && q->sort != HD_PORTAL_STAGE) {
        sort[n++] = by[HD_PORTAL_STAGE];
    }
    sort[n++] = by[q->sort];
    return n;
}

hd_code_t hd_portal_list(hd_cx_t *cx, const hd_portal_query_t *q, hd_ticket_page_t *ret)
{
    hd_sort_t sort[2];
    hd_ticket_query_t list = { .active = 1, .sort = sort, .n_sort = make_sort(q, sort), .limit = q->limit, .after = q->after };
    hd_code_t code = make_where(cx, q, &list.where);
    return code == HD_OK ? hd_ticket_list(cx, &list, ret) : code;
}

hd_code_t hd_portal_count(hd_cx_t *cx, hd_portal_state_t state, uint64_t *ret_n)
{
    hd_portal_query_t q = { .state = state };
    hd_ticket_query_t count = { .active = 1 };
    hd_code_t code = make_where(cx, &q, &count.where);
    return code == HD_OK ? hd_ticket_count(cx, &count, ret_n) : code;
}
