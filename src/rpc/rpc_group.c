/*
 * read_group and formatted_read_group (spec.md 4.5).
 */
#include "rpc_group.h"

/* ---- what is asked for ---- */

static const struct { const char *name; rpc_period_t period; } periods[] = {
    { "hour", RPC_P_HOUR }, { "day", RPC_P_DAY }, { "week", RPC_P_WEEK }, { "month", RPC_P_MONTH }, { "quarter", RPC_P_QUARTER },
    { "year", RPC_P_YEAR },
};

static hd_code_t read_period(rpc_groups_t *g, rpc_by_t *by, hd_str_t name)
{
    bool dated = by->f->kind == RPC_DATE || by->f->kind == RPC_DATETIME;
    by->period = dated ? RPC_P_MONTH : RPC_P_NONE;      /* what Odoo takes when none is named */
    for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
        if (dated && hd_str_is(name, periods[i].name) && !(by->f->kind == RPC_DATE && periods[i].period == RPC_P_HOUR)) {
            by->period = periods[i].period;
            return HD_OK;
        }
    }
    return name.len == 0 ? HD_OK : rpc_fail(g->rpc, "builtins.ValueError", "Field '%s' cannot be grouped by '%.*s'", by->f->name,
                                            HD_STR_ARG(name));
}

static hd_code_t read_by(rpc_groups_t *g, hd_str_t spec)
{
    hd_str_t rest = spec, name;
    (void) hd_str_split(&rest, ':', &name);
    const rpc_field_t *f = rpc_field_named(g->rpc, g->m, name);
    if (f == NULL) {
        return rpc_no_field(g->rpc, g->m, name);
    }
    if (!rpc_is_groupable(g->m, f)) {
        return rpc_fail(g->rpc, "builtins.ValueError", "Records cannot be grouped by field '%s'", f->name);
    }
    rpc_by_t *by = &g->by[g->n_by++];
    *by = (rpc_by_t){ .spec = spec, .f = f, .own = rpc_own_field(g->m, f), .to = rpc_relation(g->m, f) };
    return read_period(g, by, name.len < spec.len ? rest : HD_STR(""));
}

/* A list of names, or names between commas. */
static hd_code_t each_name(rpc_groups_t *g, const hd_jval_t *v, hd_code_t (*fn)(rpc_groups_t *g, hd_str_t name), size_t max)
{
    hd_code_t code = HD_OK;
    hd_str_t rest, part;
    size_t n = 0;
    if (v == NULL || rpc_is_false(v)) {
        return HD_OK;
    }
    if (hd_jtype(v) == HD_J_STR) {
        rest = hd_jstr(v);
        while (code == HD_OK && n++ < max && hd_str_split(&rest, ',', &part)) {
            code = fn(g, hd_str_trim(part));
        }
        return code;
    }
    for (size_t i = 0; code == HD_OK && i < hd_jlen(v); i++) {
        const hd_jval_t *name = hd_jtype(v) == HD_J_ARR ? hd_jat(v, i) : NULL;
        if (name == NULL || hd_jtype(name) != HD_J_STR || n++ == max) {
            return rpc_fail(g->rpc, "builtins.ValueError", "A list of at most %d names is wanted.", (int) max);
        }
        code = fn(g, hd_jstr(name));
    }
    return code;
}

static const struct { const char *name; rpc_what_t what; } whats[] = {
    { "sum", RPC_SUM }, { "avg", RPC_AVG }, { "min", RPC_MIN }, { "max", RPC_MAX }, { "count", RPC_COUNT },
    { "count_distinct", RPC_COUNT_DISTINCT }, { "array_agg", RPC_ARRAY },
};

static bool is_number(const hd_field_t *own)
{
    return own != NULL && own->tag != 0 && own->kind == HD_K_INT;
}

/* Sums and averages are of numbers; the rest of whatever one number stands for. */
static bool may_add(const hd_field_t *own, rpc_what_t what)
{
    bool plain = own != NULL && own->tag != 0
        && (own->kind == HD_K_INT || own->kind == HD_K_REF || own->kind == HD_K_TIME || own->kind == HD_K_BOOL || own->kind == HD_K_ENUM);
    return what == RPC_SUM || what == RPC_AVG ? is_number(own)
         : what == RPC_MIN || what == RPC_MAX ? is_number(own) || (plain && own->kind == HD_K_TIME) : plain;
}

static hd_code_t add_aggregate(rpc_groups_t *g, hd_str_t shown, hd_str_t field, hd_str_t what)
{
    const rpc_field_t *f = rpc_field_named(g->rpc, g->m, field);
    if (f == NULL) {
        return rpc_no_field(g->rpc, g->m, field);
    }
    for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
        const hd_field_t *own = rpc_own_field(g->m, f);
        if (hd_str_is(what, whats[i].name) && may_add(own, whats[i].what) && g->n_agg < RPC_AGG_MAX) {
            g->agg[g->n_agg++] = (rpc_agg_t){ shown, own, whats[i].what };
            return HD_OK;
        }
    }
    return rpc_fail(g->rpc, "builtins.ValueError", "Field '%s' cannot be added up by '%.*s'", f->name, what.len < 40 ? (int) what.len : 40,
                    what.data);
}

static bool is_grouped(const rpc_groups_t *g, const rpc_field_t *f)
{
    for (size_t i = 0; i < g->n_by; i++) {
        if (g->by[i].f == f) {
            return true;
        }
    }
    return false;
}

/* "color", "color:avg", "mean:avg(color)"; a plain name is summed when it is a number, and passed over when it is none. */
static hd_code_t read_aggregate(rpc_groups_t *g, hd_str_t spec)
{
    hd_str_t rest = spec, name;
    (void) hd_str_split(&rest, ':', &name);
    if (hd_str_is(spec, "__count") || hd_str_is(spec, "id:count")) {
        g->agg[g->n_agg++] = (rpc_agg_t){ spec, NULL, RPC_ALL };
        return HD_OK;
    }
    if (name.len == spec.len) {
        const rpc_field_t *f = rpc_field_named(g->rpc, g->m, name);
        if (f == NULL) {
            return rpc_no_field(g->rpc, g->m, name);
        }
        return is_number(rpc_own_field(g->m, f)) && !is_grouped(g, f) ? add_aggregate(g, name, name, HD_STR("sum")) : HD_OK;
    }
    const char *open = rest.len == 0 ? NULL : memchr(rest.data, '(', rest.len);
    if (open == NULL || rest.data[rest.len - 1] != ')') {
        return add_aggregate(g, name, name, rest);
    }
    size_t n = (size_t) (open - rest.data);
    return add_aggregate(g, name, (hd_str_t){ rest.len - n - 2, open + 1 }, (hd_str_t){ n, rest.data });
}

/* There it stands under its whole name: "color:avg". */
static hd_code_t read_formatted(rpc_groups_t *g, hd_str_t spec)
{
    hd_str_t rest = spec, name;
    if (hd_str_is(spec, "__count") || hd_str_is(spec, "id:count")) {
        return read_aggregate(g, spec);
    }
    (void) hd_str_split(&rest, ':', &name);
    return add_aggregate(g, spec, name, name.len < spec.len ? rest : HD_STR("sum"));
}

static hd_code_t add_numbers(rpc_groups_t *g)
{
    for (size_t i = 0; i < g->m->n_fields && g->n_agg < RPC_AGG_MAX; i++) {
        const rpc_field_t *f = &g->m->fields[i];
        if (rpc_field(g->m, hd_str(f->name)) == f && rpc_sees_field(g->rpc, g->m, f) && is_number(rpc_own_field(g->m, f))
            && f->read == NULL && !is_grouped(g, f)) {
            g->agg[g->n_agg++] = (rpc_agg_t){ hd_str(f->name), rpc_own_field(g->m, f), RPC_SUM };
        }
    }
    return HD_OK;
}

static void begin(rpc_t *rpc, rpc_groups_t *g)
{
    const hd_user_t *u = rpc->cx->actor->user;
    *g = (rpc_groups_t){ .rpc = rpc, .m = rpc->model, .tz = rpc->context.tz };
    if (g->tz.len == 0) {
        g->tz = u != NULL && u->tz.len != 0 ? u->tz : HD_STR("UTC");
    }
}

/* ---- the answer ---- */

static hd_str_t label_of(rpc_groups_t *g, const rpc_by_t *by, hd_time_t from)
{
    hd_time_t local;
    if (by->f->kind == RPC_DATE || !hd_zone_local(g->tz, from, &local)) {
        local = from;
    }
    return hd_text_period(g->rpc->cx->arena, g->rpc->context.lang, (hd_text_period_t) (by->period - RPC_P_HOUR), local);
}

static void put_moment(hd_json_t *j, const rpc_by_t *by, hd_time_t t)
{
    char text[HD_TIME_LEN];
    if (by->f->kind != RPC_DATE) {
        rpc_put_time(j, t);
        return;
    }
    (void) hd_time_format(t, text);
    hd_json_str(j, (hd_str_t){ 10, text });
}

static void put_key(rpc_groups_t *g, const rpc_by_t *by, const rpc_key_t *k, bool formatted, hd_json_t *j)
{
    if (by->period != RPC_P_NONE) {
        if (k->num == 0) {
            hd_json_bool(j, false);
        } else if (!formatted) {
            hd_json_str(j, label_of(g, by, k->num));
        } else {
            hd_json_arr(j);
            put_moment(j, by, k->num);
            hd_json_str(j, label_of(g, by, k->num));
            hd_json_end_arr(j);
        }
        return;
    }
    switch ((hd_kind_t) by->own->kind) {
    case HD_K_REF:
    case HD_K_REFS: rpc_put_many2one(g->rpc, by->to, (hd_id_t) k->num, j); break;
    case HD_K_STR:  rpc_put_text(j, k->text); break;
    case HD_K_BOOL: hd_json_bool(j, k->num != 0); break;
    case HD_K_ENUM: rpc_put_text(j, hd_str(k->num < by->own->options->n ? by->own->options->slugs[k->num] : "")); break;
    default:        hd_json_i64(j, k->num); break;
    }
}

static void put_number(rpc_groups_t *g, hd_json_t *j, double v)
{
    int64_t whole = (int64_t) v;
    if ((double) whole == v) {
        hd_json_i64(j, whole);
    } else {
        hd_json_raw(j, hd_strf(g->rpc->cx->arena, "%.6f", v));
    }
}

static void put_sum(rpc_groups_t *g, const rpc_group_t *x, size_t i, hd_json_t *j)
{
    const rpc_agg_t *agg = &g->agg[i];
    double v;
    if (agg->what == RPC_ARRAY) {
        hd_json_arr(j);
        for (uint64_t k = 0; k < x->sum[i].n; k++) {
            hd_json_i64(j, x->sum[i].v[k]);
        }
        hd_json_end_arr(j);
    } else if (!rpc_agg_value(g, x, i, &v)) {
        hd_json_bool(j, false);
    } else if (agg->own != NULL && agg->own->kind == HD_K_TIME && (agg->what == RPC_MIN || agg->what == RPC_MAX)) {
        rpc_put_time(j, agg->what == RPC_MIN ? x->sum[i].min : x->sum[i].max);
    } else {
        put_number(g, j, v);
    }
}

static void put_leaf(hd_json_t *j, const char *field, const char *op)
{
    hd_json_arr(j);
    hd_json_str(j, hd_str(field));
    hd_json_str(j, hd_str(op));
}

static void put_conditions(rpc_groups_t *g, const rpc_by_t *by, const rpc_key_t *k, hd_json_t *j)
{
    if (by->period != RPC_P_NONE && k->num != 0) {
        put_leaf(j, by->f->name, ">=");
        put_moment(j, by, k->num);
        hd_json_end_arr(j);
        put_leaf(j, by->f->name, "<");
        put_moment(j, by, rpc_period_end(g, by, k->num));
        hd_json_end_arr(j);
        return;
    }
    put_leaf(j, by->f->name, "=");
    if ((by->own->kind == HD_K_REF || by->own->kind == HD_K_REFS) && k->num != 0) {
        hd_json_i64(j, k->num);
    } else {
        put_key(g, by, k, false, j);
    }
    hd_json_end_arr(j);
}

static void put_domain(rpc_groups_t *g, const rpc_group_t *x, const hd_jval_t *domain, const char *name, hd_json_t *j)
{
    hd_json_key(j, hd_str(name));
    hd_json_arr(j);
    for (size_t i = 0; i < g->n_by; i++) {
        put_conditions(g, &g->by[i], &x->key[i], j);
    }
    for (size_t i = 0; domain != NULL && hd_jtype(domain) == HD_J_ARR && i < hd_jlen(domain); i++) {
        hd_json_raw(j, hd_jdump(g->rpc->cx->arena, hd_jat(domain, i)));
    }
    hd_json_end_arr(j);
}

static void put_range(rpc_groups_t *g, const rpc_group_t *x, hd_json_t *j)
{
    bool begun = false;
    for (size_t i = 0; i < g->n_by; i++) {
        const rpc_by_t *by = &g->by[i];
        if (by->period == RPC_P_NONE) {
            continue;
        }
        if (!begun) {
            hd_json_key(j, HD_STR("__range"));
            hd_json_obj(j);
            begun = true;
        }
        hd_json_name(j, by->spec);
        if (x->key[i].num == 0) {
            hd_json_bool(j, false);
            continue;
        }
        hd_json_obj(j);
        hd_json_key(j, HD_STR("from"));
        put_moment(j, by, x->key[i].num);
        hd_json_key(j, HD_STR("to"));
        put_moment(j, by, rpc_period_end(g, by, x->key[i].num));
        hd_json_end_obj(j);
    }
    if (begun) {
        hd_json_end_obj(j);
    }
}

/* What was not expanded yet. */
static void put_rest(rpc_t *rpc, const hd_jval_t *groupby, hd_json_t *j)
{
    if (groupby == NULL || hd_jtype(groupby) != HD_J_ARR || hd_jlen(groupby) < 2) {
        return;
    }
    hd_json_key(j, HD_STR("__context"));
    hd_json_obj(j);
    hd_json_key(j, HD_STR("group_by"));
    hd_json_arr(j);
    for (size_t i = 1; i < hd_jlen(groupby); i++) {
        hd_json_raw(j, hd_jdump(rpc->cx->arena, hd_jat(groupby, i)));
    }
    hd_json_end_arr(j);
    hd_json_end_obj(j);
}

static void put_keys_and_sums(rpc_groups_t *g, const rpc_group_t *x, bool formatted, hd_json_t *j)
{
    for (size_t i = 0; i < g->n_by; i++) {
        hd_json_name(j, g->by[i].spec);
        put_key(g, &g->by[i], &x->key[i], formatted, j);
    }
    for (size_t i = 0; i < g->n_agg; i++) {
        hd_json_name(j, g->agg[i].name);
        put_sum(g, x, i, j);
    }
}

/* As read_group shows groups, or formatted_read_group; the rest is for read_group. */
typedef struct {
    bool             formatted, lazy;
    const hd_jval_t *groupby, *domain;
} shape_t;

static void put_row(rpc_groups_t *g, const rpc_group_t *x, const shape_t *as)
{
    hd_json_t *j = g->rpc->out;
    hd_json_obj(j);
    put_keys_and_sums(g, x, as->formatted, j);
    if (as->formatted) {
        put_domain(g, x, NULL, "__extra_domain", j);
        hd_json_end_obj(j);
        return;
    }
    hd_json_key(j, as->lazy && g->n_by != 0 ? hd_strf(g->rpc->cx->arena, "%s_count", g->by[0].f->name) : HD_STR("__count"));
    hd_json_u64(j, x->count);
    put_range(g, x, j);
    put_domain(g, x, as->domain, "__domain", j);
    if (as->lazy) {
        put_rest(g->rpc, as->groupby, j);
    }
    hd_json_end_obj(j);
}

typedef struct {
    uint64_t offset, limit;
    hd_str_t order;
} page_t;

static hd_code_t read_page(rpc_t *rpc, unsigned place, const char *order, page_t *ret)
{
    hd_code_t code = rpc_arg_number(rpc, place, "offset", &ret->offset);
    if (code == HD_OK) {
        code = rpc_arg_number(rpc, place + 1, "limit", &ret->limit);
    }
    return code == HD_OK ? rpc_arg_text(rpc, place + 2, order, &ret->order) : code;
}

static hd_code_t put_page(rpc_groups_t *g, const page_t *p, const shape_t *as)
{
    hd_code_t code = rpc_groups_sort(g, p->order);
    if (code != HD_OK) {
        return code;
    }
    hd_json_arr(g->rpc->out);
    for (size_t i = 0; i < g->n; i++) {
        if (i >= p->offset && (p->limit == 0 || i - p->offset < p->limit)) {
            put_row(g, &g->v[i], as);
        }
    }
    hd_json_end_arr(g->rpc->out);
    return rpc_fits(g->rpc);
}

hd_code_t rpc_read_group(rpc_t *rpc)
{
    rpc_groups_t *g = hd_alloc(rpc->cx->arena, sizeof(*g));
    const hd_jval_t *domain = rpc_arg(rpc, 0, "domain"), *fields = rpc_arg(rpc, 1, "fields"), *groupby = rpc_arg(rpc, 2, "groupby");
    const hd_jval_t *lazily = rpc_arg(rpc, 6, "lazy");
    bool lazy = lazily == NULL || !rpc_is_false(lazily);
    page_t page;
    begin(rpc, g);
    hd_code_t code = read_page(rpc, 3, "orderby", &page);
    if (code == HD_OK) {
        code = each_name(g, groupby, read_by, RPC_BY_MAX);
    }
    g->n_by = lazy && g->n_by > 1 ? 1 : g->n_by;
    if (code == HD_OK) {
        code = fields == NULL || rpc_is_false(fields) ? add_numbers(g) : each_name(g, fields, read_aggregate, RPC_AGG_MAX);
    }
    if (code == HD_OK) {
        code = rpc_domain(rpc, rpc->model, domain, &g->where);
    }
    if (code == HD_OK) {
        code = rpc_groups_make(g);
    }
    return code == HD_OK ? put_page(g, &page, &(shape_t){ .lazy = lazy, .groupby = groupby, .domain = domain }) : code;
}

/* ---- formatted_read_group (19) ---- */

static bool compare_sum(hd_str_t op, double a, double b)
{
    return hd_str_is(op, ">") ? a > b : hd_str_is(op, ">=") ? a >= b : hd_str_is(op, "<") ? a < b : hd_str_is(op, "<=") ? a <= b
         : hd_str_is(op, "!=") ? a < b || a > b : !(a < b || a > b);
}

/* having: conditions [aggregate, operator, number], all of which must hold. */
static hd_code_t keep_having(rpc_groups_t *g, const hd_jval_t *having)
{
    for (size_t i = 0; having != NULL && i < hd_jlen(having); i++) {
        const hd_jval_t *leaf = hd_jat(having, i);
        size_t agg = 0, kept = 0;
        bool leafy = hd_jtype(leaf) == HD_J_ARR && hd_jlen(leaf) == 3 && hd_jtype(hd_jat(leaf, 0)) == HD_J_STR
            && hd_jtype(hd_jat(leaf, 1)) == HD_J_STR && (hd_jtype(hd_jat(leaf, 2)) == HD_J_INT || hd_jtype(hd_jat(leaf, 2)) == HD_J_REAL);
        while (leafy && agg < g->n_agg && !hd_str_eq(hd_jstr(hd_jat(leaf, 0)), g->agg[agg].name)) {
            agg++;
        }
        if (!leafy || agg == g->n_agg) {
            return rpc_fail(g->rpc, "builtins.ValueError", "having is a list of [aggregate, operator, number], of aggregates asked for.");
        }
        const hd_jval_t *than = hd_jat(leaf, 2);
        double value, bound = hd_jtype(than) == HD_J_INT ? (double) hd_jint(than) : hd_jreal(than);
        for (size_t k = 0; k < g->n; k++) {
            if (rpc_agg_value(g, &g->v[k], agg, &value) && compare_sum(hd_jstr(hd_jat(leaf, 1)), value, bound)) {
                g->v[kept++] = g->v[k];
            }
        }
        g->n = kept;
    }
    return HD_OK;
}

hd_code_t rpc_formatted_read_group(rpc_t *rpc)
{
    rpc_groups_t *g = hd_alloc(rpc->cx->arena, sizeof(*g));
    page_t page;
    begin(rpc, g);
    hd_code_t code = read_page(rpc, 4, "order", &page);
    if (code == HD_OK) {
        code = each_name(g, rpc_arg(rpc, 1, "groupby"), read_by, RPC_BY_MAX);
    }
    if (code == HD_OK) {
        code = each_name(g, rpc_arg(rpc, 2, "aggregates"), read_formatted, RPC_AGG_MAX);
    }
    if (code == HD_OK) {
        code = rpc_domain(rpc, rpc->model, rpc_arg(rpc, 0, "domain"), &g->where);
    }
    if (code == HD_OK) {
        code = rpc_groups_make(g);
    }
    if (code == HD_OK) {
        code = keep_having(g, rpc_arg(rpc, 3, "having"));
    }
    return code == HD_OK ? put_page(g, &page, &(shape_t){ .formatted = true }) : code;
}
