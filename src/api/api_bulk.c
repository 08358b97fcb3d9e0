/*
 * POST /tickets/bulk: one change for up to 10,000 tickets, in pieces.  Every ticket has its own
 * line in the answer; what is refused refuses nothing else.
 *
 *     {"ids":[7,8],"set":{"priority":"2"},"add_tag_ids":[3]}         or {"filter":"stage_id = 4", ...}
 *     {"matched":2,"changed":1,"results":[{"id":7,"status":200,"version":4},{"id":8,"status":404,...}]}
 *
 * A filter matches as in a list and is asked once, in a read before the writer is held: what it found is the plan of all
 * pieces and, under an Idempotency-Key, of a repetition.  A ticket that no longer matches when its turn comes, because
 * somebody changed it meanwhile, is left alone and answered with 412.
 */
#include "api_impl.h"

typedef struct {
    hd_bulk_t   what;
    hd_ids_t    ids;
    hd_str_t    plan;            /* what the filter found */
    bool        dry_run;
    hd_arena_t *row;             /* of one ticket, emptied after each */
} bulk_t;

enum { CHANGED };

static hd_code_t bad(hd_call_t *c, const char *field, const char *code, const char *sentence)
{
    (void) hd_problem_field(&c->problem, c->cx.arena, hd_str(field), code, sentence);
    return HD_E_INVALID;
}

/* ---- the body ---- */

/* In the order they came. */
static hd_code_t read_list(hd_call_t *c, const char *name, hd_jval_t *v, size_t max, hd_id_t **ret)
{
    hd_arena_t *a = c->cx.arena;
    if (hd_jtype(v) != HD_J_ARR) {
        return bad(c, name, "wrong_type", "Give a list of numbers.");
    }
    if (hd_jlen(v) > max) {
        return bad(c, name, "too_many", "The list has too many elements.");
    }
    hd_id_t *ids = hd_alloc_n(a, hd_jlen(v) + 1, sizeof(*ids));
    for (size_t i = 0; i < hd_jlen(v); i++) {
        const hd_jval_t *one = hd_jat(v, i);
        int64_t n = hd_jtype(one) == HD_J_INT ? hd_jint(one) : 0;
        if (n < 1 || n > (int64_t) HD_ID_MAX) {
            return bad(c, hd_strf(a, "%s[%zu]", name, i).data, "not_an_id",
                       "The value is not the number of a record.");
        }
        ids[i] = (hd_id_t) n;
    }
    *ret = ids;
    return HD_OK;
}

static hd_code_t read_ids(hd_call_t *c, const char *name, hd_jval_t *v, size_t max, hd_ids_t *ret)
{
    hd_id_t *ids;
    hd_code_t code = read_list(c, name, v, max, &ids);
    if (code == HD_OK) {
        *ret = hd_ids_make(c->cx.arena, ids, hd_jlen(v));
    }
    return code;
}

static hd_code_t read_set(hd_call_t *c, hd_bulk_t *b, hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_OBJ) {
        return bad(c, "set", "wrong_type", "Give an object of fields.");
    }
    uint64_t mask = 0;
    hd_code_t code = hd_read_json(hd_entities[HD_TICKET], c->cx.arena, v, &b->set, &mask,
                                  HD_READ_PATCH, &c->problem);
    b->mask |= mask;
    return code;
}

static hd_code_t read_action(hd_call_t *c, hd_bulk_t *b, const hd_jval_t *v)
{
    static const char *const names[] = { "archive", "unarchive", "delete", "follow", "unfollow" };
    static const hd_bulk_action_t actions[] = { HD_BULK_SET, HD_BULK_SET, HD_BULK_DELETE,
                                                HD_BULK_FOLLOW, HD_BULK_UNFOLLOW };
    for (size_t i = 0; i < 5; i++) {
        if (hd_jtype(v) == HD_J_STR && hd_str_is(hd_jstr(v), names[i])) {
            b->action = actions[i];
            if (b->action == HD_BULK_SET) {
                b->set.active = i == 1;
                b->mask |= HD_BIT(HD_TICKET_F_active);
            }
            return HD_OK;
        }
    }
    return bad(c, "action", "not_an_option",
               "Give archive, unarchive, delete, follow or unfollow.");
}

static hd_code_t read_filter(hd_call_t *c, bulk_t *b, const hd_jval_t *v)
{
    if (hd_jtype(v) != HD_J_STR) {
        return bad(c, "filter", "wrong_type", "Give an expression as a text.");
    }
    if (hd_str_trim(hd_jstr(v)).len == 0) {
        return bad(c, "filter", "required", "A value is required.");
    }
    return hd_expr_parse(hd_entities[HD_TICKET], c->cx.arena, hd_jstr(v), hd_actor_is_staff(c->cx.actor),
                         &b->what.where, &c->problem);
}

static hd_code_t read_member(hd_call_t *c, bulk_t *b, hd_str_t name, hd_jval_t *v)
{
    if (hd_str_is(name, "ids")) {
        return read_ids(c, "ids", v, HD_BULK_MAX, &b->ids);
    }
    if (hd_str_is(name, "filter")) {
        return read_filter(c, b, v);
    }
    if (hd_str_is(name, "active")) {
        return hd_api_read_active(c, hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR(""), &b->what.active);
    }
    if (hd_str_is(name, "add_tag_ids")) {
        return read_ids(c, "add_tag_ids", v, HD_LIST_MAX, &b->what.add_tags);
    }
    if (hd_str_is(name, "remove_tag_ids")) {
        return read_ids(c, "remove_tag_ids", v, HD_LIST_MAX, &b->what.remove_tags);
    }
    if (hd_str_is(name, "set")) {
        return read_set(c, &b->what, v);
    }
    if (hd_str_is(name, "action")) {
        return read_action(c, &b->what, v);
    }
    (void) hd_problem_field(&c->problem, c->cx.arena, name, "unknown_field",
                            "There is no such field.");
    c->problem.code = HD_E_UNKNOWN_FIELD;
    return HD_OK;
}

static hd_code_t read_body(hd_call_t *c, bulk_t *b)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v;
    while (hd_jnext(c->json, &it, &name, &v)) {
        hd_code_t code = read_member(c, b, name, v);
        if (code != HD_OK) {
            return code;
        }
    }
    if (c->problem.code != HD_OK) {
        return c->problem.code;
    }
    bool named = hd_jget(c->json, "ids") != NULL;
    if (named && hd_jget(c->json, "active") != NULL) {
        return bad(c, "active", "not_allowed", "This goes with a filter.");
    }
    if (named == (b->what.where != NULL)) {
        return named ? bad(c, "filter", "not_allowed", "Give ids or a filter, not both.")
                     : bad(c, "ids", "required", "A value is required.");
    }
    const hd_bulk_t *w = &b->what;
    bool sets = w->mask != 0 || w->add_tags.n != 0 || w->remove_tags.n != 0;
    if (w->action != HD_BULK_SET && sets) {
        return bad(c, "action", "not_allowed", "This action goes with no other change.");
    }
    if (w->action == HD_BULK_SET && !sets) {
        return bad(c, "set", "required", "Say what is to change: set, tags or an action.");
    }
    return HD_OK;
}

/* ---- a filter ---- */

/* The plan: how many(4), then id(4) each. */
static hd_code_t make_plan(hd_call_t *c, bulk_t *b)
{
    hd_ticket_query_t q = { .active = b->what.active, .where = b->what.where };
    hd_id_t *ids = NULL;
    size_t n = 0;
    hd_code_t code = hd_ticket_ids(&c->cx, &q, HD_BULK_MAX, &ids, &n);
    if (code != HD_OK) {
        return code;
    }
    if (n > HD_BULK_MAX) {
        return bad(c, "filter", "too_many", "More than 10000 tickets match. Narrow the filter.");
    }
    uint8_t *p = hd_alloc_raw(c->cx.arena, 4 * (n + 1));
    hd_put_be32(p, (uint32_t) n);
    for (size_t i = 0; i < n; i++) {
        hd_put_be32(p + 4 * (i + 1), (uint32_t) ids[i]);
    }
    b->plan = (hd_str_t){ 4 * (n + 1), (const char *) p };
    return HD_OK;
}

/* The tickets of the filter; a plan that was stored under the key goes before what was found now. */
static hd_code_t read_plan(hd_call_t *c, bulk_t *b)
{
    if (c->pieces.plan.len == 0) {
        hd_code_t code = b->plan.len == 0 ? make_plan(c, b) : HD_OK;
        if (code != HD_OK) {
            return code;
        }
        c->pieces.plan = b->plan;
    }
    const uint8_t *p = (const uint8_t *) c->pieces.plan.data;
    uint32_t n = hd_get_be32(p);
    if (c->pieces.plan.len != 4 * ((size_t) n + 1)) {
        return HD_E_DATA;
    }
    hd_id_t *ids = hd_alloc_n(c->cx.arena, n + 1, sizeof(*ids));
    for (uint32_t i = 0; i < n; i++) {
        ids[i] = hd_get_be32(p + 4 * ((size_t) i + 1));
    }
    b->ids = (hd_ids_t){ n, ids };
    return HD_OK;
}

/* ---- one ticket ---- */

static void put_errors(hd_json_t *j, const hd_problem_t *p)
{
    hd_json_key(j, HD_STR("errors"));
    hd_json_arr(j);
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        hd_json_obj(j);
        hd_json_key(j, HD_STR("field"));
        hd_json_str(j, f->field);
        hd_json_key(j, HD_STR("code"));
        hd_json_str(j, hd_str(f->code));
        hd_json_key(j, HD_STR("sentence"));
        hd_json_str(j, hd_str(f->sentence));
        hd_json_end_obj(j);
    }
    hd_json_end_arr(j);
}

static void put_result(hd_call_t *c, hd_id_t id, hd_code_t code, const hd_ticket_t *t, bool gone,
                       const hd_problem_t *p)
{
    hd_pieces_state_t *s = &c->pieces.now;
    hd_json_t j = { &s->out, s->out.len != 0 };
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("id"));
    hd_json_u64(&j, id);
    hd_json_key(&j, HD_STR("status"));
    hd_json_u64(&j, code == HD_OK && gone ? 204 : hd_err_info(code)->status);
    if (code != HD_OK) {
        hd_json_key(&j, HD_STR("code"));
        hd_json_str(&j, hd_str(hd_err_info(code)->slug));
        put_errors(&j, p);
    } else if (!gone) {
        hd_json_key(&j, HD_STR("version"));
        hd_json_u64(&j, t->rec.version);
    }
    hd_json_end_obj(&j);
}

/* False when the store itself failed: the piece is given up. */
static bool run_one(hd_call_t *c, bulk_t *b, hd_id_t id)
{
    hd_problem_t problem;
    hd_ticket_t t = { .active = false };
    bool changed = false;
    hd_problem_init(&problem);
    hd_cx_t cx = c->cx;
    cx.arena = b->row;
    cx.problem = &problem;
    cx.dry_run = b->dry_run;
    hd_code_t code = hd_bulk_one(&cx, &b->what, id, &t, &changed);
    if (hd_txn_error(cx.txn) != HD_OK) {
        return false;
    }
    c->pieces.now.count[CHANGED] += code == HD_OK && changed;
    put_result(c, id, code, &t, b->what.action == HD_BULK_DELETE, &problem);
    hd_arena_reset(b->row);
    return true;
}

/* ---- the call ---- */

static void put_answer(hd_call_t *c, const bulk_t *b)
{
    const hd_pieces_state_t *s = &c->pieces.now;
    hd_json_t j = hd_res_json(c, 200, s->out.len + 128);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("matched"));
    hd_json_u64(&j, b->ids.n);
    hd_json_key(&j, HD_STR("changed"));
    hd_json_u64(&j, s->count[CHANGED]);
    hd_json_key(&j, HD_STR("results"));
    hd_json_arr(&j);
    hd_buf_str(j.b, hd_buf_view(&s->out));
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
}

static hd_code_t begin(hd_call_t *c, bulk_t **ret)
{
    bulk_t *b = hd_alloc(c->cx.arena, sizeof(*b));
    b->what.active = 1;
    hd_code_t code = hd_api_dry_run(c, &b->dry_run);
    if (code == HD_OK) {
        code = read_body(c, b);
    }
    if (code == HD_OK && b->what.where != NULL && hd_expr_names(b->what.where, HD_TICKET_F_active)) {
        b->what.active = -1;                /* the filter says which */
    }
    if (code == HD_OK) {
        b->row = hd_api_row_arena(c);
        code = b->row == NULL ? HD_E_MEMORY : HD_OK;
    }
    *ret = c->prepared = code == HD_OK ? b : NULL;
    return code;
}

/* Under a key the plan may be stored already, and whether it could be made now means nothing. */
hd_code_t hd_api_ticket_bulk_ahead(hd_call_t *c)
{
    bulk_t *b;
    hd_code_t code = begin(c, &b);
    if (code != HD_OK || b->what.where == NULL) {
        return code;
    }
    code = make_plan(c, b);
    if (code != HD_OK && c->req.idempotency_key.len != 0) {
        hd_problem_init(&c->problem);
        return HD_OK;
    }
    return code;
}

hd_code_t hd_api_ticket_bulk(hd_call_t *c)
{
    bulk_t *b = c->prepared;
    hd_pieces_state_t *s = &c->pieces.now;
    hd_code_t code = b == NULL ? begin(c, &b) : HD_OK;
    if (code == HD_OK && b->what.where != NULL && (b->ids.v == NULL || !c->pieces.begun)) {
        code = read_plan(c, b);
    }
    if (code != HD_OK) {
        return code;
    }
    *hd_arena_border(b->row) = *hd_arena_border(c->cx.arena);
    uint64_t start = hd_time_mono_us();
    for (uint32_t n = 0; s->at < b->ids.n && hd_api_piece_has_room(start, n); n++, s->at++) {
        if (!run_one(c, b, b->ids.v[s->at])) {
            return hd_txn_error(c->cx.txn);
        }
    }
    c->pieces.more = s->at < b->ids.n;
    if (!c->pieces.more) {
        put_answer(c, b);
    }
    return s->out.failed ? HD_E_MEMORY : HD_OK;
}

hd_code_t hd_api_ticket_duplicate(hd_call_t *c)
{
    hd_ticket_t t;
    hd_code_t code = hd_ticket_duplicate(&c->cx, c->path_id, &t);
    return code == HD_OK ? hd_res_record(c, HD_TICKET, &t, 201) : code;
}

/* PUT /stages/order {"ids":[3,1,2]} (STG-4). */
hd_code_t hd_api_stage_order(hd_call_t *c)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v, *list = NULL;
    hd_id_t *ids;
    while (hd_jnext(c->json, &it, &name, &v)) {
        if (!hd_str_is(name, "ids")) {
            (void) hd_problem_field(&c->problem, c->cx.arena, name, "unknown_field",
                                    "There is no such field.");
            return HD_E_UNKNOWN_FIELD;
        }
        list = v;
    }
    if (list == NULL) {
        return bad(c, "ids", "required", "A value is required.");
    }
    hd_code_t code = read_list(c, "ids", list, HD_LIST_MAX, &ids);
    if (code == HD_OK) {
        code = hd_stage_order(&c->cx, ids, hd_jlen(list));
    }
    if (code == HD_OK) {
        c->res.status = 204;
    }
    return code;
}
