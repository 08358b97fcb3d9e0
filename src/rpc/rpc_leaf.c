/*
 * One condition of a domain on a field of the record itself.  Texts are compared as they stand, except by ilike and =ilike,
 * which look away from case and accents; false is the unset value; a time without a zone is UTC, and one that is
 * equal is so within its second, for clients are shown no more of it.
 */
#include "rpc_domain.h"

#define NAME_SHOWN 64                    /* bytes of a field's name in a message */

hd_code_t rpc_leaf_bad(rpc_reader_t *r, const rpc_model_t *m, hd_str_t name, const char *why)
{
    name = hd_str_cut(name, NAME_SHOWN);
    return rpc_fail(r->rpc, "builtins.ValueError", "Invalid condition on %s.%.*s: %s", m->name, HD_STR_ARG(name), why);
}

static const char *sentence_of(const char *code)
{
    static const struct { const char *code, *sentence; } known[] = {
        { "unknown_field", "there is no such field to ask for." },
        { "unknown_operator", "this field cannot be compared in that way." },
        { "too_many", "the list has too many elements." },
        { "too_long", "the text is too long." },
        { "bad_utf8", "the text is not valid UTF-8." },
        { "bad_time", "the value is not a date or time." },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(code, known[i].code) == 0) {
            return known[i].sentence;
        }
    }
    return "the value does not fit the field.";
}

static hd_code_t refuse(rpc_reader_t *r, const rpc_model_t *m, hd_str_t name, const char *code)
{
    return rpc_leaf_bad(r, m, name, sentence_of(code));
}

static hd_arena_t *arena(const rpc_reader_t *r)
{
    return r->rpc->cx->arena;
}

static bool staff(const rpc_reader_t *r)
{
    return hd_actor_is_staff(r->rpc->cx->actor);
}

/* The values of a condition: those of a list, or the one. */
static size_t count_values(const rpc_leaf_t *l)
{
    return hd_jtype(l->value) == HD_J_ARR ? hd_jlen(l->value) : 1;
}

static const hd_jval_t *value_at(const rpc_leaf_t *l, size_t i)
{
    return hd_jtype(l->value) == HD_J_ARR ? hd_jat(l->value, i) : l->value;
}

static bool is_among(rpc_op_t op)
{
    return op == RPC_OP_EQ || op == RPC_OP_IN;
}

static bool is_order(rpc_op_t op)
{
    return op >= RPC_OP_GT && op <= RPC_OP_LTE;
}

static bool is_like(rpc_op_t op)
{
    return op >= RPC_OP_LIKE && op <= RPC_OP_EILIKE;
}

static hd_op_t order_of(rpc_op_t op)
{
    return op == RPC_OP_GT ? HD_OP_GT : op == RPC_OP_GTE ? HD_OP_GTE : op == RPC_OP_LT ? HD_OP_LT : HD_OP_LTE;
}

/* ---- numbers ---- */

hd_code_t rpc_leaf_nums(rpc_reader_t *r, const rpc_model_t *m, unsigned field, hd_op_t op, const int64_t *v, size_t n,
                        const hd_expr_t **ret)
{
    hd_filter_t f;
    if (n == 0) {
        *ret = rpc_always(arena(r), false);
        return HD_OK;
    }
    op = op == HD_OP_IN && n == 1 ? HD_OP_EQ : op;
    const char *bad = hd_filter_nums(rpc_entity(m), arena(r), field, op, HD_PART_NONE, v, n, staff(r), &f);
    if (bad != NULL) {
        return refuse(r, m, hd_str(rpc_entity(m)->fields[field].name), bad);
    }
    *ret = hd_expr_test(arena(r), &f);
    return HD_OK;
}

/* False: no number.  Texts of digits are numbers, too: that is how some clients write them. */
static bool read_int(const hd_jval_t *v, int64_t *ret)
{
    switch (hd_jtype(v)) {
    case HD_J_NULL: *ret = 0; return true;
    case HD_J_BOOL: *ret = hd_jbool(v); return true;
    case HD_J_INT:  *ret = hd_jint(v); return true;
    case HD_J_STR:  return hd_str_to_i64(hd_jstr(v), ret);
    case HD_J_REAL: {
        double d = hd_jreal(v);
        *ret = d > -9e15 && d < 9e15 ? (int64_t) d : 0;
        return (double) *ret == d;
    }
    default:        return false;
    }
}

static hd_code_t number_leaf(rpc_reader_t *r, const rpc_model_t *m, unsigned field, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    size_t n = count_values(l);
    int64_t *v = hd_alloc_n(arena(r), n + 1, sizeof(*v));
    if (!is_among(l->op) && !is_order(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_int(value_at(l, i), &v[i])) {
            return refuse(r, m, l->name, "wrong_type");
        }
    }
    return rpc_leaf_nums(r, m, field, is_order(l->op) ? order_of(l->op) : HD_OP_IN, v, n, ret);
}

static hd_code_t bool_leaf(rpc_reader_t *r, const rpc_model_t *m, unsigned field, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    size_t n = count_values(l);
    int64_t *v = hd_alloc_n(arena(r), n + 1, sizeof(*v));
    if (!is_among(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_int(value_at(l, i), &v[i])) {
            return refuse(r, m, l->name, "wrong_type");
        }
        v[i] = v[i] != 0;
    }
    return rpc_leaf_nums(r, m, field, HD_OP_IN, v, n, ret);
}

/* ---- texts ---- */

/* What a value looks like as text; false: it has none. */
static bool text_of(rpc_reader_t *r, const hd_jval_t *v, hd_str_t *ret)
{
    switch (hd_jtype(v)) {
    case HD_J_STR:  *ret = hd_jstr(v); return true;
    case HD_J_INT:  *ret = hd_strf(arena(r), "%" PRId64, hd_jint(v)); return true;
    case HD_J_REAL: *ret = hd_strf(arena(r), "%.17g", hd_jreal(v)); return true;
    default:        *ret = HD_STR(""); return rpc_is_empty(v);
    }
}

/* like and ilike look inside, the others at the whole. */
static hd_str_t pattern_of(rpc_reader_t *r, rpc_op_t op, hd_str_t s)
{
    bool inside = op == RPC_OP_LIKE || op == RPC_OP_ILIKE;
    return inside ? hd_str_cat(arena(r), 3, HD_STR("%"), s, HD_STR("%")) : s;
}

/* The cheapest operator that says it. */
static hd_op_t like_op(rpc_op_t op, hd_str_t s)
{
    bool inside = op == RPC_OP_LIKE || op == RPC_OP_ILIKE;
    return !hd_pattern_is_plain(s) ? HD_OP_LIKE : inside ? HD_OP_CONTAINS : HD_OP_EQ;
}

static hd_code_t text_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l,
                           const hd_expr_t **ret)
{
    size_t n = count_values(l);
    hd_str_t *v = hd_alloc_n(arena(r), n + 1, sizeof(*v));
    bool exact = l->op != RPC_OP_ILIKE && l->op != RPC_OP_EILIKE;
    hd_op_t op = HD_OP_IN;
    hd_filter_t filter;
    for (size_t i = 0; i < n; i++) {
        if (!text_of(r, value_at(l, i), &v[i])) {
            return refuse(r, m, l->name, "wrong_type");
        }
        if (f->kind == RPC_DATE && v[i].len > 10) {
            v[i].len = 10;
        }
    }
    if (n == 0 || (n > 1 && !is_among(l->op))) {
        *ret = rpc_always(arena(r), false);
        return n == 0 ? HD_OK : refuse(r, m, l->name, "wrong_type");
    }
    if (is_like(l->op)) {
        op = like_op(l->op, v[0]);
        v[0] = op == HD_OP_LIKE ? pattern_of(r, l->op, v[0]) : v[0];
    } else if (!is_among(l->op) && !is_order(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    } else if (n == 1) {
        op = is_order(l->op) ? order_of(l->op) : HD_OP_EQ;
    }
    const char *bad = hd_filter_texts(rpc_entity(m), arena(r), (unsigned) f->field, op, exact, v, n, staff(r), &filter);
    if (bad != NULL) {
        return refuse(r, m, l->name, bad);
    }
    *ret = hd_expr_test(arena(r), &filter);
    return HD_OK;
}

/* ---- selections: what fits of the options ---- */

static bool option_fits(rpc_reader_t *r, const rpc_leaf_t *l, hd_str_t slug)
{
    for (size_t i = 0; i < count_values(l); i++) {
        hd_str_t s;
        if (!text_of(r, value_at(l, i), &s) || (s.len == 0 && !is_like(l->op))) {
            continue;
        }
        bool folded = l->op == RPC_OP_ILIKE || l->op == RPC_OP_EILIKE;
        hd_str_t pattern = pattern_of(r, l->op, folded ? hd_text_fold(arena(r), s) : s);
        if (is_like(l->op) ? hd_pattern_match(slug, pattern) : hd_str_eq(slug, s)) {
            return true;
        }
    }
    return false;
}

static hd_code_t option_leaf(rpc_reader_t *r, const rpc_model_t *m, unsigned field, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    const hd_field_t *own = &rpc_entity(m)->fields[field];
    bool flags = own->kind == HD_K_FLAGS;
    int64_t v[UINT8_MAX + 1];
    size_t n = 0;
    if (!is_among(l->op) && !is_like(l->op) && (flags || !is_order(l->op))) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    rpc_leaf_t equal = *l;
    equal.op = is_order(l->op) ? RPC_OP_EQ : l->op;
    for (uint8_t i = 0; i < own->options->n; i++) {
        if (option_fits(r, &equal, hd_str(own->options->slugs[i]))) {
            v[n++] = flags ? INT64_C(1) << i : i;
        }
    }
    if (is_order(l->op) && n != 1) {
        return refuse(r, m, l->name, "wrong_type");
    }
    return rpc_leaf_nums(r, m, field, is_order(l->op) ? order_of(l->op) : HD_OP_IN, v, n, ret);
}

/* ---- times ---- */

static hd_code_t time_test(rpc_reader_t *r, const rpc_model_t *m, unsigned field, hd_op_t op, hd_time_t t, const hd_expr_t **ret)
{
    int64_t v = t;
    return rpc_leaf_nums(r, m, field, op, &v, 1, ret);
}

static hd_code_t time_equal(rpc_reader_t *r, const rpc_model_t *m, unsigned field, hd_time_t t, const hd_expr_t **ret)
{
    const hd_expr_t *from = NULL, *to = NULL;
    if (t == 0) {
        return time_test(r, m, field, HD_OP_EQ, 0, ret);
    }
    hd_code_t code = time_test(r, m, field, HD_OP_GTE, t, &from);
    code = code == HD_OK ? time_test(r, m, field, HD_OP_LT, t + HD_SECOND, &to) : code;
    *ret = code == HD_OK ? rpc_join(arena(r), HD_EXPR_AND, from, to) : NULL;
    return code;
}

/* Of a day alone: > and <= speak of its end, the others of its beginning. */
static hd_code_t time_leaf(rpc_reader_t *r, const rpc_model_t *m, unsigned field, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    const hd_expr_t *any = NULL;
    hd_code_t code = HD_OK;
    if (!is_among(l->op) && !is_order(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    for (size_t i = 0; i < count_values(l) && code == HD_OK; i++) {
        const hd_jval_t *v = value_at(l, i);
        const hd_expr_t *x = NULL;
        hd_time_t t = 0;
        bool day = false;
        if (!rpc_is_empty(v) && (hd_jtype(v) != HD_J_STR || !rpc_time_read(arena(r), hd_jstr(v), &t, &day))) {
            return refuse(r, m, l->name, "bad_time");
        }
        if (is_order(l->op)) {
            t += day && (l->op == RPC_OP_GT || l->op == RPC_OP_LTE) ? HD_DAY - HD_SECOND : 0;
            if (t == 0) {
                break;                   /* nothing is before or after nothing */
            }
            return time_test(r, m, field, order_of(l->op), t, ret);
        }
        code = time_equal(r, m, field, t, &x);
        any = any == NULL || code != HD_OK ? x : rpc_join(arena(r), HD_EXPR_OR, any, x);
    }
    *ret = any == NULL ? rpc_always(arena(r), false) : any;
    return code;
}

/* "create_date.month_number" */
static hd_code_t part_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, hd_str_t part, const rpc_leaf_t *l,
                           const hd_expr_t **ret)
{
    static const char *const names[] = {
        [HD_PART_YEAR] = "year_number", [HD_PART_QUARTER] = "quarter_number", [HD_PART_MONTH] = "month_number",
        [HD_PART_ISO_WEEK] = "iso_week_number", [HD_PART_DAY_OF_MONTH] = "day_of_month",
        [HD_PART_DAY_OF_WEEK] = "day_of_week", [HD_PART_DAY_OF_YEAR] = "day_of_year", [HD_PART_HOUR] = "hour_number",
        [HD_PART_MINUTE] = "minute_number", [HD_PART_SECOND] = "second_number",
    };
    size_t n = count_values(l), which = HD_PART_YEAR;
    int64_t *v = hd_alloc_n(arena(r), n + 1, sizeof(*v));
    hd_filter_t filter;
    while (which <= HD_PART_SECOND && !hd_str_is(part, names[which])) {
        which++;
    }
    if (which > HD_PART_SECOND) {
        return refuse(r, m, l->name, "unknown_field");
    }
    for (size_t i = 0; i < n; i++) {
        if (hd_jtype(value_at(l, i)) == HD_J_BOOL || !read_int(value_at(l, i), &v[i])) {
            return refuse(r, m, l->name, "wrong_type");
        }
    }
    if (n == 0) {
        *ret = rpc_always(arena(r), false);
        return HD_OK;
    }
    if (!is_among(l->op) && !is_order(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    hd_op_t op = is_order(l->op) ? order_of(l->op) : n == 1 ? HD_OP_EQ : HD_OP_IN;
    const char *bad = hd_filter_nums(rpc_entity(m), arena(r), (unsigned) f->field, op, (hd_part_t) which, v, n, staff(r), &filter);
    if (bad != NULL) {
        return refuse(r, m, l->name, bad);
    }
    filter.tz = r->rpc->context.tz;
    *ret = hd_expr_test(arena(r), &filter);
    return HD_OK;
}

/* ---- properties ---- */

static hd_code_t member_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    size_t n = count_values(l);
    hd_str_t *v = hd_alloc_n(arena(r), n + 1, sizeof(*v));
    hd_filter_t filter;
    for (size_t i = 0; i < n; i++) {
        const hd_jval_t *one = value_at(l, i);
        if (hd_jtype(one) == HD_J_BOOL && hd_jbool(one)) {
            v[i] = HD_STR("true");
        } else if (!text_of(r, one, &v[i])) {
            return refuse(r, m, l->name, "wrong_type");
        } else if (rpc_is_empty(one)) {
            v[i] = HD_STR("null");
        }
    }
    if (n == 0) {
        *ret = rpc_always(arena(r), false);
        return HD_OK;
    }
    hd_op_t op = is_order(l->op) ? order_of(l->op) : n == 1 ? HD_OP_EQ : HD_OP_IN;
    if (is_like(l->op)) {
        op = HD_OP_LIKE;
        v[0] = pattern_of(r, l->op, v[0]);
    } else if (!is_among(l->op) && !is_order(l->op)) {
        return refuse(r, m, l->name, "unknown_operator");
    }
    const char *bad = hd_filter_make(rpc_entity(m), arena(r), l->name, op, v, is_among(l->op) ? n : 1, staff(r), &filter);
    if (bad != NULL) {
        return refuse(r, m, l->name, bad);
    }
    *ret = hd_expr_test(arena(r), &filter);
    return HD_OK;
}

/* ---- names ---- */

/* What else than its name somebody is found by. */
static const char *second_name(const rpc_model_t *m)
{
    return m->type == HD_CONTACT ? "email" : m->type == HD_USER ? "login" : NULL;
}

hd_code_t rpc_leaf_name(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    rpc_leaf_t by_name = *l, by_second = *l;
    const rpc_field_t *second = second_name(m) == NULL ? NULL : rpc_field(m, hd_str(second_name(m)));
    if (m->rec_name == NULL) {
        return refuse(r, m, l->name, "unknown_field");
    }
    by_name.name = hd_str(m->rec_name);
    by_name.turned = by_second.turned = false;
    hd_code_t code = rpc_leaf(r, m, &by_name, ret);
    if (code == HD_OK && second != NULL && rpc_sees_field(r->rpc, m, second)) {
        const hd_expr_t *x = NULL;
        by_second.name = hd_str(second->name);
        code = rpc_leaf(r, m, &by_second, &x);
        *ret = code == HD_OK ? rpc_join(arena(r), HD_EXPR_OR, *ret, x) : NULL;
    }
    return code;
}

/* ---- one condition ---- */

static hd_code_t own_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    unsigned field = (unsigned) f->field;
    switch ((hd_kind_t) rpc_entity(m)->fields[field].kind) {
    case HD_K_STR:
    case HD_K_TEXT:  return text_leaf(r, m, f, l, ret);
    case HD_K_BOOL:  return bool_leaf(r, m, field, l, ret);
    case HD_K_INT:   return number_leaf(r, m, field, l, ret);
    case HD_K_ENUM:
    case HD_K_FLAGS: return option_leaf(r, m, field, l, ret);
    case HD_K_TIME:  return time_leaf(r, m, field, l, ret);
    case HD_K_REF:
    case HD_K_REFS:  return rpc_leaf_related(r, m, f, l, ret);
    default:         return refuse(r, m, l->name, "unknown_field");
    }
}

static hd_code_t positive_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, const rpc_leaf_t *l,
                               const hd_expr_t **ret)
{
    if (f->ask != NULL) {
        return f->ask(r->rpc, m, hd_str(rpc_op_names[l->op]), l->value, ret);
    }
    if (hd_str_is(l->name, "id")) {
        bool tree = l->op == RPC_OP_CHILD || l->op == RPC_OP_PARENT;
        return tree ? rpc_leaf_tree(r, m, l, ret) : number_leaf(r, m, HD_F_id, l, ret);
    }
    if (hd_str_is(l->name, "display_name")) {
        return rpc_leaf_name(r, m, l, ret);
    }
    if (f->field >= 0) {
        return own_leaf(r, m, f, l, ret);
    }
    return f->relation != NULL ? rpc_leaf_related(r, m, f, l, ret) : refuse(r, m, l->name, "unknown_field");
}

static hd_code_t path_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_field_t *f, hd_str_t rest, const rpc_leaf_t *l,
                           const hd_expr_t **ret)
{
    const hd_field_t *own = rpc_own_field(m, f);
    bool has_members = own != NULL && own->kind == HD_K_JSON;
    if (rpc_relation(m, f) != NULL) {
        return rpc_leaf_path(r, m, f, rest, l, ret);
    }
    if (own == NULL || (own->kind != HD_K_TIME && !has_members)) {
        return refuse(r, m, l->name, "unknown_field");
    }
    hd_code_t code = has_members ? member_leaf(r, m, l, ret) : part_leaf(r, m, f, rest, l, ret);
    if (code == HD_OK && l->turned) {
        *ret = rpc_turn(arena(r), *ret);
    }
    return code;
}

hd_code_t rpc_leaf(rpc_reader_t *r, const rpc_model_t *m, const rpc_leaf_t *l, const hd_expr_t **ret)
{
    hd_str_t rest = l->name, first;
    if (!hd_str_is_utf8(l->name) || !hd_str_split(&rest, '.', &first)) {
        return rpc_leaf_bad(r, m, HD_STR("?"), sentence_of("unknown_field"));
    }
    const rpc_field_t *f = rpc_field(m, first);
    if (f == NULL || !rpc_sees_field(r->rpc, m, f)) {
        return refuse(r, m, l->name, "unknown_field");
    }
    rpc_leaf_t short_one = *l;
    if (first.len != l->name.len) {
        if (!hd_str_is(rest, "id") || rpc_relation(m, f) == NULL) {
            return path_leaf(r, m, f, rest, l, ret);
        }
        short_one.name = first;
    }
    hd_code_t code = positive_leaf(r, m, f, &short_one, ret);
    if (code == HD_OK && l->turned) {
        *ret = rpc_turn(arena(r), *ret);
    }
    return code;
}
