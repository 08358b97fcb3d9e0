/*
 * Filter expressions: a recursive-descent parser of the grammar in model.h, and the match against a record.
 *
 *     priority >= 2 and (user_id = null or team_id in (1, 2)) and not name contains "printer"
 */
#include "model_impl.h"

typedef enum { T_END, T_OPEN, T_CLOSE, T_COMMA, T_OP, T_WORD, T_TEXT, T_BAD } token_kind_t;

typedef struct {
    token_kind_t kind;
    size_t       at;             /* byte where it begins */
    hd_str_t     text;           /* of a word or a text */
    hd_op_t      op;
} token_t;

typedef struct {
    const hd_entity_t *e;
    hd_arena_t        *a;
    hd_str_t           in;
    size_t             at;
    token_t            next;
    hd_problem_t      *p;
    unsigned           depth, terms;
    bool               staff, failed;
} parser_t;

/* ---- tokens ---- */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr(".:+-_@", c) != NULL)
           || (uint8_t) c >= 0x80;
}

static token_t take_text(parser_t *p)
{
    token_t t = { .kind = T_BAD, .at = p->at };
    char *out = hd_alloc_raw(p->a, p->in.len - p->at + 1);
    size_t n = 0;
    for (size_t i = p->at + 1; i < p->in.len; i++) {
        char c = p->in.data[i];
        if (c == '"') {
            p->at = i + 1;
            t.kind = T_TEXT;
            t.text = (hd_str_t){ n, out };
            return t;
        }
        if (c == '\\' && (++i == p->in.len || (p->in.data[i] != '"' && p->in.data[i] != '\\'))) {
            break;
        }
        out[n++] = p->in.data[i];
    }
    return t;
}

static token_t take_op(parser_t *p)
{
    static const struct { const char *text; hd_op_t op; } ops[] = {
        { "!=", HD_OP_NE }, { ">=", HD_OP_GTE }, { "<=", HD_OP_LTE },
        { "=", HD_OP_EQ }, { ">", HD_OP_GT }, { "<", HD_OP_LT },
    };
    hd_str_t rest = { p->in.len - p->at, p->in.data + p->at };
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (hd_str_starts(rest, hd_str(ops[i].text))) {
            token_t t = { .kind = T_OP, .at = p->at, .op = ops[i].op };
            p->at += strlen(ops[i].text);
            return t;
        }
    }
    return (token_t){ .kind = T_BAD, .at = p->at };
}

static void advance(parser_t *p)
{
    while (p->at < p->in.len && strchr(" \t\r\n", p->in.data[p->at]) != NULL && p->in.data[p->at] != '\0') {
        p->at++;
    }
    token_t t = { .kind = T_END, .at = p->at };
    if (p->at < p->in.len) {
        char c = p->in.data[p->at];
        if (c == '(' || c == ')' || c == ',') {
            t.kind = c == '(' ? T_OPEN : c == ')' ? T_CLOSE : T_COMMA;
            p->at++;
        } else if (c == '"') {
            t = take_text(p);
        } else if (is_word_byte(c)) {
            t.kind = T_WORD;
            while (p->at < p->in.len && is_word_byte(p->in.data[p->at])) {
                p->at++;
            }
            t.text = (hd_str_t){ p->at - t.at, p->in.data + t.at };
        } else {
            t = take_op(p);
        }
    }
    p->next = t;
}

static bool next_is(const parser_t *p, const char *word)
{
    return p->next.kind == T_WORD && hd_str_ieq(p->next.text, hd_str(word));
}

static bool accept(parser_t *p, const char *word)
{
    if (!next_is(p, word)) {
        return false;
    }
    advance(p);
    return true;
}

/* The first thing that is wrong; at: the byte it was found at, said as a character counted from 1. */
static const hd_expr_t *wrong(parser_t *p, size_t at, const char *code, const char *why)
{
    if (!p->failed) {
        p->failed = true;
        size_t n = hd_text_length((hd_str_t){ at, p->in.data }) + 1;
        hd_problem_set(p->p, HD_E_FILTER, NULL);
        hd_problem_field(p->p, p->a, HD_STR("filter"), code, hd_strf(p->a, "At character %zu: %s", n, why).data);
    }
    return NULL;
}

/* ---- conditions ---- */

static bool take_value(parser_t *p, hd_str_t *ret)
{
    if (p->next.kind != T_WORD && p->next.kind != T_TEXT) {
        (void) wrong(p, p->next.at, "syntax", "a value is expected here.");
        return false;
    }
    *ret = p->next.text;
    advance(p);
    return true;
}

static bool take_list(parser_t *p, hd_str_t *values, size_t *ret_n)
{
    if (p->next.kind != T_OPEN) {
        (void) wrong(p, p->next.at, "syntax", "a list in parentheses is expected here.");
        return false;
    }
    do {
        advance(p);
        if (*ret_n == HD_LIST_MAX) {
            (void) wrong(p, p->next.at, "too_many", "the list has too many elements.");
            return false;
        }
        if (!take_value(p, &values[(*ret_n)++])) {
            return false;
        }
    } while (p->next.kind == T_COMMA);
    if (p->next.kind != T_CLOSE) {
        (void) wrong(p, p->next.at, "syntax", "a comma or a closing parenthesis is expected here.");
        return false;
    }
    advance(p);
    return true;
}

static const char *sentence_of(const char *code)
{
    if (strcmp(code, "unknown_field") == 0) {
        return "there is no such field.";
    }
    return strcmp(code, "unknown_operator") == 0 ? "this field cannot be compared in that way."
                                                 : "the value does not fit the field.";
}

static const hd_expr_t *take_test(parser_t *p)
{
    token_t name = p->next;
    hd_expr_t *x = hd_expr_new(p->a, HD_EXPR_TEST, 0);
    hd_op_t op = HD_OP_EQ;
    size_t n = 0, value_at;
    bool turned = false, ok;
    if (p->terms++ == HD_TERMS_MAX) {
        return wrong(p, name.at, "too_many", "there are too many conditions.");
    }
    hd_str_t one, *values = &one;
    advance(p);
    turned = next_is(p, "not");
    if (turned) {
        advance(p);
    }
    if (accept(p, "in")) {
        op = HD_OP_IN;
    } else if (!turned && accept(p, "contains")) {
        op = HD_OP_CONTAINS;
    } else if (!turned && p->next.kind == T_OP) {
        op = p->next.op;
        advance(p);
    } else {
        return wrong(p, p->next.at, "syntax", "a comparison such as = or in is expected here.");
    }
    value_at = p->next.at;
    if (op == HD_OP_IN) {
        values = hd_alloc_n(p->a, HD_LIST_MAX, sizeof(*values));
        ok = take_list(p, values, &n);
    } else {
        bool is_null = next_is(p, "null");
        ok = take_value(p, &one);
        n = 1;
        int i = hd_field_index(p->e, name.text);
        if (ok && is_null && i >= 0 && (p->e->fields[i].kind == HD_K_STR || p->e->fields[i].kind == HD_K_TEXT)) {
            one = HD_STR("");
        }
    }
    if (!ok) {
        return NULL;
    }
    const char *bad = hd_filter_make(p->e, p->a, name.text, op, values, n, p->staff, &x->test);
    if (bad != NULL) {
        return wrong(p, strcmp(bad, "unknown_field") == 0 ? name.at : value_at, bad, sentence_of(bad));
    }
    return turned ? hd_expr_not(p->a, x) : x;
}

/* ---- and, or, not ---- */

static const hd_expr_t *take_or(parser_t *p);

static const hd_expr_t *take_factor(parser_t *p)
{
    const hd_expr_t *x = NULL;
    size_t at = p->next.at;
    if (p->next.kind == T_WORD && !next_is(p, "not")) {
        return take_test(p);
    }
    if (p->depth++ == HD_EXPR_DEPTH) {
        return wrong(p, at, "too_deep", "the expression is nested too deeply.");
    }
    if (accept(p, "not")) {
        x = take_factor(p);
        x = x == NULL ? NULL : hd_expr_not(p->a, x);
    } else if (p->next.kind == T_OPEN) {
        advance(p);
        x = take_or(p);
        if (x != NULL && p->next.kind != T_CLOSE) {
            return wrong(p, p->next.at, "syntax", "a closing parenthesis is expected here.");
        }
        advance(p);
    } else {
        return wrong(p, at, "syntax", p->next.kind == T_BAD ? "this cannot be read." : "a condition is expected here.");
    }
    p->depth--;
    return x;
}

typedef struct {
    const hd_expr_t *v[HD_TERMS_MAX + 1];
    uint32_t         n;
} parts_t;

static const hd_expr_t *join(parser_t *p, hd_expr_kind_t kind, const parts_t *parts)
{
    if (parts->n == 1) {
        return parts->v[0];
    }
    hd_expr_t *x = hd_expr_new(p->a, kind, parts->n);
    memcpy(x->v, parts->v, parts->n * sizeof(x->v[0]));
    return x;
}

/* Every part holds at least one condition, so there are no more parts than conditions. */
static const hd_expr_t *take_and(parser_t *p)
{
    parts_t *parts = hd_alloc(p->a, sizeof(*parts));
    do {
        const hd_expr_t *x = take_factor(p);
        if (x == NULL) {
            return NULL;
        }
        parts->v[parts->n++] = x;
    } while (accept(p, "and"));
    return join(p, HD_EXPR_AND, parts);
}

static const hd_expr_t *take_or(parser_t *p)
{
    parts_t *parts = hd_alloc(p->a, sizeof(*parts));
    do {
        const hd_expr_t *x = take_and(p);
        if (x == NULL) {
            return NULL;
        }
        parts->v[parts->n++] = x;
    } while (accept(p, "or"));
    return join(p, HD_EXPR_OR, parts);
}

hd_code_t hd_expr_parse(const hd_entity_t *e, hd_arena_t *a, hd_str_t text, bool staff, const hd_expr_t **ret,
                        hd_problem_t *p)
{
    parser_t s = { .e = e, .a = a, .in = text, .p = p, .staff = staff };
    if (!hd_str_is_utf8(text)) {
        (void) wrong(&s, 0, "bad_utf8", "the text is not valid UTF-8.");
        return HD_E_FILTER;
    }
    advance(&s);
    const hd_expr_t *x = take_or(&s);
    if (x != NULL && s.next.kind != T_END) {
        x = wrong(&s, s.next.at, "syntax", "and, or, or the end is expected here.");
    }
    if (x == NULL) {
        return HD_E_FILTER;
    }
    *ret = x;
    return HD_OK;
}

/* ---- build ---- */

hd_expr_t *hd_expr_new(hd_arena_t *a, hd_expr_kind_t kind, uint32_t n)
{
    hd_expr_t *x = hd_alloc(a, sizeof(*x));
    x->kind = (uint8_t) kind;
    x->n = n;
    x->v = n == 0 ? NULL : hd_alloc_n(a, n, sizeof(const hd_expr_t *));
    return x;
}

const hd_expr_t *hd_expr_test(hd_arena_t *a, const hd_filter_t *f)
{
    hd_expr_t *x = hd_expr_new(a, HD_EXPR_TEST, 0);
    x->test = *f;
    return x;
}

const hd_expr_t *hd_expr_not(hd_arena_t *a, const hd_expr_t *x)
{
    hd_expr_t *no = hd_expr_new(a, HD_EXPR_NOT, 1);
    no->v[0] = x;
    return no;
}

const hd_expr_t *hd_expr_and(hd_arena_t *a, const hd_expr_t *x, const hd_expr_t *y)
{
    if (x == NULL || y == NULL) {
        return x == NULL ? y : x;
    }
    hd_expr_t *both = hd_expr_new(a, HD_EXPR_AND, 2);
    both->v[0] = x;
    both->v[1] = y;
    return both;
}

const hd_expr_t *hd_expr_of(hd_arena_t *a, const hd_filter_t *f, size_t n)
{
    const hd_expr_t *all = NULL;
    for (size_t i = 0; i < n; i++) {
        all = hd_expr_and(a, all, hd_expr_test(a, &f[i]));
    }
    return all;
}

/* ---- match ---- */

bool hd_expr_match(const hd_entity_t *e, hd_arena_t *a, const void *rec, const hd_expr_t *x)
{
    if (x == NULL) {
        return true;
    }
    switch ((hd_expr_kind_t) x->kind) {
    case HD_EXPR_TEST:
        return hd_filter_match(e, a, rec, &x->test, 1);
    case HD_EXPR_NOT:
        return !hd_expr_match(e, a, rec, x->v[0]);
    default:
        for (uint32_t i = 0; i < x->n; i++) {
            if (hd_expr_match(e, a, rec, x->v[i]) == (x->kind == HD_EXPR_OR)) {
                return x->kind == HD_EXPR_OR;
            }
        }
        return x->kind == HD_EXPR_AND;
    }
}

bool hd_expr_names(const hd_expr_t *x, unsigned field)
{
    if (x == NULL || x->kind == HD_EXPR_TEST) {
        return x != NULL && x->test.field == field;
    }
    for (uint32_t i = 0; i < x->n; i++) {
        if (hd_expr_names(x->v[i], field)) {
            return true;
        }
    }
    return false;
}
