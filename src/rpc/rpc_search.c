/*
 * The methods that search: search, search_count, search_read, name_search.
 */
#include "rpc_query.h"

#define NAMES 100                /* that name_search gives unless it is told otherwise */
#define VALUE_ABOUT 32           /* bytes of a value and its name */
#define PAGE_ABOUT  (64 * 1024)

/* ---- parameters ---- */

hd_code_t rpc_arg_number(rpc_t *rpc, unsigned place, const char *name, uint64_t *ret)
{
    const hd_jval_t *v = rpc_arg(rpc, place, name);
    *ret = 0;
    if (rpc_is_false(v)) {
        return HD_OK;
    }
    if (hd_jtype(v) != HD_J_INT || hd_jint(v) < 0) {
        return rpc_fail(rpc, "builtins.ValueError", "%s must be a number that is not negative.", name);
    }
    *ret = (uint64_t) hd_jint(v);
    return HD_OK;
}

hd_code_t rpc_arg_text(rpc_t *rpc, unsigned place, const char *name, hd_str_t *ret)
{
    const hd_jval_t *v = rpc_arg(rpc, place, name);
    *ret = (hd_str_t){ 0, "" };
    if (rpc_is_false(v)) {
        return HD_OK;
    }
    if (hd_jtype(v) != HD_J_STR) {
        return rpc_fail(rpc, "builtins.ValueError", "%s must be a text.", name);
    }
    *ret = hd_jstr(v);
    return HD_OK;
}

typedef struct {
    const hd_expr_t *where;
    uint64_t         offset, limit;
    hd_str_t         order;
} list_t;

/* domain, then offset, limit and order from `place` on. */
static hd_code_t read_list(rpc_t *rpc, unsigned place, list_t *ret)
{
    *ret = (list_t){ .where = NULL };
    hd_code_t code = rpc_arg_number(rpc, place, "offset", &ret->offset);
    if (code == HD_OK) {
        code = rpc_arg_number(rpc, place + 1, "limit", &ret->limit);
    }
    if (code == HD_OK) {
        code = rpc_arg_text(rpc, place + 2, "order", &ret->order);
    }
    return code == HD_OK ? rpc_domain(rpc, rpc->model, rpc_arg(rpc, 0, "domain"), &ret->where) : code;
}

/* ---- methods ---- */

hd_code_t rpc_search(rpc_t *rpc)
{
    list_t l;
    hd_id_t *ids = NULL;
    size_t n = 0;
    hd_code_t code = read_list(rpc, 1, &l);
    if (code == HD_OK) {
        code = rpc_find(rpc, rpc->model, l.where, l.order, l.offset, l.limit, &ids, &n);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_arr(rpc->out);
    for (size_t i = 0; i < n; i++) {
        hd_json_u64(rpc->out, ids[i]);
    }
    hd_json_end_arr(rpc->out);
    return rpc_fits(rpc);
}

/* Tickets are counted by the desk, all else by being found. */
static hd_code_t count(rpc_t *rpc, const hd_expr_t *where, uint64_t *ret_n)
{
    hd_ticket_query_t q;
    hd_id_t *ids = NULL;
    size_t n = 0;
    if (rpc->model->type == HD_TICKET) {
        rpc_ticket_query(rpc->cx->arena, where, &q);
        return hd_ticket_count(rpc->cx, &q, ret_n);
    }
    hd_code_t code = rpc_find(rpc, rpc->model, where, HD_STR("id"), 0, 0, &ids, &n);
    *ret_n = n;
    return code;
}

hd_code_t rpc_search_count(rpc_t *rpc)
{
    const hd_expr_t *where = NULL;
    uint64_t limit, n = 0;
    hd_code_t code = rpc_arg_number(rpc, 1, "limit", &limit);
    if (code == HD_OK) {
        code = rpc_domain(rpc, rpc->model, rpc_arg(rpc, 0, "domain"), &where);
    }
    if (code == HD_OK) {
        code = count(rpc, where, &n);
    }
    if (code == HD_OK) {
        hd_json_u64(rpc->out, limit != 0 && n > limit ? limit : n);
    }
    return code;
}

hd_code_t rpc_search_read(rpc_t *rpc)
{
    list_t l;
    rpc_columns_t cs;
    rpc_list_t rows = { .n = 0 };
    hd_code_t code = read_list(rpc, 2, &l);
    if (code == HD_OK) {
        code = rpc_columns(rpc, rpc->model, rpc_arg(rpc, 1, "fields"), &cs);
    }
    if (code == HD_OK) {
        code = rpc_rows(rpc, rpc->model, l.where, l.order, l.offset, l.limit, &rows);
    }
    if (code != HD_OK) {
        return code;
    }
    rpc->bare = rpc_is_bare(rpc, 5);
    size_t about = rows.n * cs.n * VALUE_ABOUT;          /* so that the answer of a page is not copied as it grows */
    (void) hd_buf_room(rpc->out->b, about < PAGE_ABOUT ? about : PAGE_ABOUT);
    hd_json_arr(rpc->out);
    for (size_t i = 0; i < rows.n; i++) {
        rpc_put_record(rpc, &cs, rows.v[i], rpc->out);
    }
    hd_json_end_arr(rpc->out);
    return rpc_fits(rpc);
}

/* ---- names ---- */

static void put_test(hd_json_t *j, const char *field, hd_str_t op, hd_str_t name)
{
    hd_json_arr(j);
    hd_json_str(j, hd_str(field));
    hd_json_str(j, op);
    hd_json_str(j, name);
    hd_json_end_arr(j);
}

/* What else a record is looked for by: the address of a contact, the login of a user. */
static const char *second_name(rpc_t *rpc)
{
    const char *name = rpc->model->type == HD_CONTACT ? "email" : rpc->model->type == HD_USER ? "login" : NULL;
    return name != NULL && rpc_field_named(rpc, rpc->model, hd_str(name)) != NULL ? name : NULL;
}

/* The name as a domain of its own: rec_name, also the reference of a ticket. */
static hd_code_t name_domain(rpc_t *rpc, hd_str_t op, hd_str_t name, const hd_expr_t **ret)
{
    hd_arena_t *a = rpc->cx->arena;
    const char *second = second_name(rpc);
    hd_jval_t *domain = NULL;
    uint64_t id;
    hd_buf_t b;
    hd_buf_init(&b, a, 128 + name.len, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    bool negative = hd_str_starts(op, HD_STR("not")) || hd_str_is(op, "!=");
    bool by_ref = rpc->model->type == HD_TICKET && !negative && hd_str_to_u64(name, &id) && id != 0 && id <= HD_ID_MAX;
    hd_json_arr(&j);
    if (second != NULL || by_ref) {
        hd_json_str(&j, negative ? HD_STR("&") : HD_STR("|"));
    }
    put_test(&j, rpc->model->rec_name, op, name);
    if (second != NULL) {
        put_test(&j, second, op, name);
    }
    if (by_ref) {
        hd_json_raw(&j, hd_strf(a, "[\"id\",\"=\",%" PRIu64 "]", id));
    }
    hd_json_end_arr(&j);
    hd_code_t code = b.failed ? HD_E_TOO_LARGE : hd_jparse(a, hd_buf_view(&b), &domain);
    return code == HD_OK ? rpc_domain(rpc, rpc->model, domain, ret) : code;
}

hd_code_t rpc_name_search(rpc_t *rpc)
{
    hd_str_t name, op;
    uint64_t limit;
    const hd_expr_t *where = NULL, *named = NULL;
    rpc_list_t rows = { .n = 0 };
    const hd_jval_t *domain = rpc_arg(rpc, 1, "args") != NULL ? rpc_arg(rpc, 1, "args") : rpc_arg(rpc, 1, "domain");
    hd_code_t code = rpc_arg_text(rpc, 0, "name", &name);
    if (code == HD_OK) {
        code = rpc_arg_text(rpc, 2, "operator", &op);
    }
    if (code == HD_OK) {
        code = rpc_arg_number(rpc, 3, "limit", &limit);
    }
    if (code == HD_OK) {
        code = rpc_domain(rpc, rpc->model, domain, &where);
    }
    op = code == HD_OK && op.len == 0 ? HD_STR("ilike") : op;
    if (code == HD_OK && name.len != 0 && rpc->model->rec_name != NULL) {
        code = name_domain(rpc, op, name, &named);
    }
    if (code == HD_OK) {
        bool all = limit == 0 && rpc_arg(rpc, 3, "limit") != NULL;
        code = rpc_rows(rpc, rpc->model, hd_expr_and(rpc->cx->arena, where, named), HD_STR(""), 0, all ? 0 : limit != 0 ? limit : NAMES,
                        &rows);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_json_arr(rpc->out);
    for (size_t i = 0; i < rows.n; i++) {
        rpc_put_pair(rpc, rpc->model, rows.v[i], rpc->out);
    }
    hd_json_end_arr(rpc->out);
    return rpc_fits(rpc);
}

/* ---- which of them are no long work ---- */

bool rpc_names_slow(const rpc_model_t *m, const hd_jval_t *fields)
{
    for (size_t i = 0; i < hd_jlen(fields); i++) {
        const hd_jval_t *v = hd_jat(fields, i);
        const rpc_field_t *f = hd_jtype(v) == HD_J_STR ? rpc_field(m, hd_jstr(v)) : NULL;
        if (f != NULL && f->field < 0 && ((f->flags & RPC_F_HEAVY) != 0 || f->kind == RPC_ONE2MANY)) {
            return true;
        }
    }
    return false;
}

/* Conditions an index of tickets serves. */
static bool is_key(const hd_jval_t *leaf)
{
    static const char *const keys[] = { "team_id", "stage_id", "user_id", "partner_id", "active" };
    if (hd_jtype(leaf) != HD_J_ARR || hd_jlen(leaf) != 3 || hd_jtype(hd_jat(leaf, 0)) != HD_J_STR
        || hd_jtype(hd_jat(leaf, 1)) != HD_J_STR || !hd_str_is(hd_jstr(hd_jat(leaf, 1)), "=")) {
        return false;
    }
    const hd_jval_t *v = hd_jat(leaf, 2);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (hd_str_is(hd_jstr(hd_jat(leaf, 0)), keys[i])) {
            return strcmp(keys[i], "active") == 0 ? hd_jtype(v) == HD_J_BOOL : hd_jtype(v) == HD_J_INT && hd_jint(v) > 0;
        }
    }
    return false;
}

static bool is_plain(const rpc_t *rpc, const hd_jval_t *domain)
{
    const hd_jval_t *order = rpc_arg(rpc, 4, "order");
    for (size_t i = 0; domain != NULL && i < hd_jlen(domain); i++) {
        if (!is_key(hd_jat(domain, i))) {
            return false;
        }
    }
    return (domain == NULL || hd_jtype(domain) == HD_J_ARR) && (order == NULL || rpc_is_false(order));
}

/* One page of tickets by an index, as pages ask for all day. */
bool rpc_search_read_is_light(const rpc_t *rpc)
{
    const hd_jval_t *limit = rpc_arg(rpc, 3, "limit"), *offset = rpc_arg(rpc, 2, "offset"), *fields = rpc_arg(rpc, 1, "fields");
    bool few = limit != NULL && hd_jtype(limit) == HD_J_INT && hd_jint(limit) > 0 && hd_jint(limit) <= RPC_LIGHT_ROWS
               && rpc_is_false(offset);
    return rpc->model->type == HD_TICKET && few && fields != NULL && hd_jtype(fields) == HD_J_ARR && hd_jlen(fields) != 0
           && !rpc_names_slow(rpc->model, fields) && is_plain(rpc, rpc_arg(rpc, 0, "domain"));
}
