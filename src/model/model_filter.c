/*
 * Filters: one condition on one field, from a name and a value of a query string.
 *
 *     team_id=3   priority.gte=2   name.contains=printer   id.in=1,2,3   user_id=null
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include "model_impl.h"

#define TEXT_MAX  1000           /* bytes of a text to compare with */
#define MEMBER_MAX 200           /* bytes of the name of a member of JSON */
#define CHUNK     4096           /* bytes of ASCII text folded at a time */

static const char *const op_names[] = { "eq", "ne", "gt", "gte", "lt", "lte", "in", "contains" };
#define OP_COUNT (sizeof(op_names) / sizeof(op_names[0]))
#define OP(name) (1u << HD_OP_##name)

static bool is_text(const hd_field_t *f)
{
    return f->kind == HD_K_STR || f->kind == HD_K_TEXT;
}

static unsigned allowed_ops(const hd_field_t *f)
{
    unsigned order = OP(GT) | OP(GTE) | OP(LT) | OP(LTE);
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:  return OP(EQ) | OP(NE) | OP(IN) | OP(CONTAINS);
    case HD_K_BOOL:  return OP(EQ) | OP(NE);
    case HD_K_INT:
    case HD_K_ENUM:
    case HD_K_TIME:  return OP(EQ) | OP(NE) | OP(IN) | order;
    case HD_K_REF:
    case HD_K_REFS:
    case HD_K_FLAGS: return OP(EQ) | OP(NE) | OP(IN);
    default:         return 0;
    }
}

const char *hd_filter_op(const hd_field_t *f, unsigned n)
{
    unsigned ops = allowed_ops(f);
    for (uint8_t i = 0; i < OP_COUNT; i++) {
        if ((ops >> i & 1) != 0 && n-- == 0) {
            return op_names[i];
        }
    }
    return NULL;
}

/* ---- parse ---- */

static bool find_op(hd_str_t name, uint8_t *ret)
{
    for (uint8_t i = 0; i < OP_COUNT; i++) {
        if (hd_str_is(name, op_names[i])) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static const char *parse_num(const hd_field_t *f, uint8_t op, hd_str_t part, int64_t *ret)
{
    bool nullable = f->kind == HD_K_REF || f->kind == HD_K_REFS || f->kind == HD_K_TIME
                    || f->kind == HD_K_FLAGS;
    if (nullable && hd_str_is(part, "null")) {
        *ret = 0;
        return op >= HD_OP_GT && op <= HD_OP_LTE ? "wrong_type" : NULL;
    }
    return hd_value_num(f, part, ret);
}

const char *hd_filter_text(hd_arena_t *a, hd_str_t part, bool exact, hd_str_t *ret)
{
    if (part.len > TEXT_MAX) {
        return "too_long";
    }
    if (!hd_str_is_utf8(part)) {
        return "bad_utf8";
    }
    *ret = exact ? part : hd_text_fold(a, part);
    return NULL;
}

static const char *parse_values(const hd_field_t *f, hd_arena_t *a, const hd_str_t *values, size_t n,
                                hd_filter_t *out)
{
    bool text = is_text(f) || out->member.len != 0;
    if (n == 0 || n > HD_LIST_MAX) {
        return n == 0 ? "required" : "too_many";
    }
    out->n = (uint32_t) n;
    if (text) {
        out->text = hd_alloc_n(a, n, sizeof(*out->text));
    } else {
        out->num = hd_alloc_n(a, n, sizeof(*out->num));
    }
    const char *bad = NULL;
    for (size_t i = 0; i < n && bad == NULL; i++) {
        bad = text ? hd_filter_text(a, values[i], false, &out->text[i])
                   : parse_num(f, out->op, values[i], &out->num[i]);
    }
    return bad;
}

bool hd_field_is_asked(const hd_field_t *f, bool staff)
{
    return (f->tag != 0 || f->flags & HD_F_ASKED) && f->kind != HD_K_BYTES && !(f->flags & HD_F_SECRET)
           && (staff || !(f->flags & HD_F_ADMIN));
}

static hd_str_t cut_at_dot(hd_str_t s, hd_str_t *ret_rest)
{
    const char *dot = s.len == 0 ? NULL : memchr(s.data, '.', s.len);
    *ret_rest = (hd_str_t){ 0, NULL };
    if (dot != NULL) {
        size_t len = (size_t) (dot - s.data);
        *ret_rest = (hd_str_t){ s.len - len - 1, dot + 1 };
        s.len = len;
    }
    return s;
}

/* ---- telephone numbers: however they are spaced, and in Persian and Arabic digits, too ---- */

#define PHONE_DIGITS 64          /* a number has 15; more of a field are not looked at */
#define NUMBER_LEAST 6           /* so many make a number, which may begin with 0 or 00 instead of the country's + */

/* The digit at *ret_at, or -1; goes beyond the character. */
static int next_digit(hd_str_t s, size_t *ret_at)
{
    uint8_t c = (uint8_t) s.data[(*ret_at)++];
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    uint8_t then = *ret_at < s.len ? (uint8_t) s.data[*ret_at] : 0;
    int first = c == 0xd9 ? 0xa0 : c == 0xdb ? 0xb0 : 0;         /* of U+0660, U+06F0 */
    if (first == 0 || then < first || then > first + 9) {
        return -1;
    }
    (*ret_at)++;
    return then - first;
}

static size_t digits_of(hd_str_t s, char *digits)
{
    size_t n = 0;
    for (size_t at = 0; at < s.len && n < PHONE_DIGITS;) {
        int d = next_digit(s, &at);
        if (d >= 0) {
            digits[n++] = (char) ('0' + d);
        }
    }
    return n;
}

/* Where the value asked for is a number, its digits are asked for. */
static void ask_digits(hd_arena_t *a, hd_filter_t *f)
{
    char digits[PHONE_DIGITS];
    hd_str_t s = f->text[0];
    for (size_t at = 0; at < s.len;) {
        size_t from = at;
        if (next_digit(s, &at) < 0 && memchr("+-()./ \xc2\xa0", s.data[from], 9) == NULL) {
            return;
        }
    }
    size_t n = digits_of(s, digits), zeros = 0;
    while (n - zeros > NUMBER_LEAST && digits[zeros] == '0') {
        zeros++;
    }
    if (n != 0) {
        f->text[0] = hd_str_dup(a, (hd_str_t){ n - zeros, digits + zeros });
        f->digits = true;
    }
}

static bool match_digits(hd_str_t s, hd_str_t asked)
{
    char digits[PHONE_DIGITS];
    size_t n = digits_of(s, digits);
    return n >= asked.len && memmem(digits, n, asked.data, asked.len) != NULL;
}

const char *hd_filter_make(const hd_entity_t *e, hd_arena_t *a, hd_str_t name, hd_op_t op, const hd_str_t *values,
                           size_t n, bool staff, hd_filter_t *ret_f)
{
    hd_str_t member;
    int i = hd_field_index(e, cut_at_dot(name, &member));
    if (i < 0 || !hd_field_is_asked(&e->fields[i], staff)) {
        return "unknown_field";
    }
    const hd_field_t *f = &e->fields[i];
    bool has_members = f->kind == HD_K_JSON && f->shape == '{';
    if (has_members != (member.len != 0) || member.len > MEMBER_MAX || !hd_str_is_utf8(member)) {
        return "unknown_field";
    }
    if (!has_members && !(allowed_ops(f) & (1u << op))) {
        return "unknown_operator";
    }
    hd_filter_t out = { .field = (uint16_t) i, .op = (uint8_t) op, .member = member };
    const char *bad = parse_values(f, a, values, n, &out);
    if (bad == NULL && op == HD_OP_CONTAINS && f->flags & HD_F_PHONE) {
        ask_digits(a, &out);
    }
    if (bad == NULL) {
        *ret_f = out;
    }
    return bad;
}

/* "name", "name.op", "field.member", "field.member.op" */
static hd_str_t split_op(const hd_entity_t *e, hd_str_t name, uint8_t *ret_op, bool *ret_known)
{
    hd_str_t rest, field = cut_at_dot(name, &rest);
    int i = hd_field_index(e, field);
    size_t last = name.len;
    *ret_op = HD_OP_EQ;
    *ret_known = true;
    if (i >= 0 && e->fields[i].kind == HD_K_JSON) {
        while (last > 0 && name.data[last - 1] != '.') {
            last--;
        }
        if (last > field.len + 1 && find_op((hd_str_t){ name.len - last, name.data + last }, ret_op)) {
            name.len = last - 1;
        }
        return name;
    }
    if (rest.data != NULL) {
        *ret_known = find_op(rest, ret_op);
    }
    return field;
}

static hd_str_t *split_values(hd_arena_t *a, hd_str_t value, bool list, size_t *ret_n)
{
    size_t n = 1, at = 0;
    for (size_t i = 0; list && i < value.len; i++) {
        n += value.data[i] == ',';
    }
    hd_str_t *v = hd_alloc_n(a, n, sizeof(*v));
    for (size_t i = 0, start = 0; i <= value.len; i++) {
        if (i == value.len || (list && value.data[i] == ',')) {
            v[at++] = (hd_str_t){ i - start, value.data + start };
            start = i + 1;
        }
    }
    *ret_n = n;
    return v;
}

hd_code_t hd_filter_parse(const hd_entity_t *e, hd_arena_t *a, hd_str_t name, hd_str_t value,
                          bool staff, hd_filter_t *ret_f, hd_problem_t *p)
{
    uint8_t op;
    bool known;
    size_t n;
    hd_str_t field = split_op(e, name, &op, &known);
    hd_str_t *values = split_values(a, value, op == HD_OP_IN, &n);
    const char *bad = hd_filter_make(e, a, field, (hd_op_t) op, values, n, staff, ret_f);
    if (!known && (bad == NULL || strcmp(bad, "unknown_field") != 0)) {
        bad = "unknown_operator";
    }
    if (bad == NULL) {
        return HD_OK;
    }
    hd_problem_set(p, HD_E_FILTER, NULL);
    hd_value_bad(p, a, hd_str_is_utf8(name) ? name : HD_STR("?"), bad);
    return HD_E_FILTER;
}

/* ---- match: text ---- */

static bool is_order(const hd_filter_t *f)
{
    return f->op >= HD_OP_GT && f->op <= HD_OP_LTE;
}

static bool is_ascii(hd_str_t s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;
        memcpy(&word, s.data + i, sizeof(word));
        if (word & UINT64_C(0x8080808080808080)) {
            return false;
        }
    }
    for (; i < s.len; i++) {
        if ((uint8_t) s.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static char fold_ascii(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}

/* Folds a window at a time on the stack: linear, and a scan over many rows allocates nothing. */
static bool contains_ascii(hd_str_t hay, hd_str_t needle)
{
    char window[CHUNK];
    if (needle.len == 0) {
        return true;
    }
    for (size_t at = 0; needle.len <= CHUNK && hay.len - at >= needle.len;) {
        size_t n = hay.len - at < CHUNK ? hay.len - at : CHUNK;
        for (size_t i = 0; i < n; i++) {
            window[i] = fold_ascii(hay.data[at + i]);
        }
        if (memmem(window, n, needle.data, needle.len) != NULL) {
            return true;
        }
        at += n - needle.len + 1;
    }
    return false;
}

static bool equals_ascii(hd_str_t s, hd_str_t folded)
{
    if (s.len != folded.len) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (fold_ascii(s.data[i]) != folded.data[i]) {
            return false;
        }
    }
    return true;
}

/* By bytes: that is the order of code points. */
static bool match_text_order(hd_str_t s, hd_op_t op, hd_str_t than)
{
    size_t n = s.len < than.len ? s.len : than.len;
    int c = n == 0 ? 0 : memcmp(s.data, than.data, n);
    c = c != 0 ? c : (s.len > than.len) - (s.len < than.len);
    switch (op) {
    case HD_OP_GT:  return s.len != 0 && c > 0;
    case HD_OP_GTE: return s.len != 0 && c >= 0;
    case HD_OP_LT:  return s.len != 0 && c < 0;
    default:        return s.len != 0 && c <= 0;
    }
}

bool hd_filter_match_folded(hd_str_t s, const hd_filter_t *f)
{
    if (f->digits) {
        return match_digits(s, f->text[0]);
    }
    if (f->op == HD_OP_CONTAINS) {
        return f->text[0].len == 0
               || (s.len >= f->text[0].len && memmem(s.data, s.len, f->text[0].data, f->text[0].len) != NULL);
    }
    if (f->op == HD_OP_LIKE) {
        return hd_pattern_match(s, f->text[0]);
    }
    if (is_order(f)) {
        return match_text_order(s, (hd_op_t) f->op, f->text[0]);
    }
    bool any = false;
    for (unsigned i = 0; i < f->n && !any; i++) {
        any = hd_str_eq(s, f->text[i]);
    }
    return any == (f->op != HD_OP_NE);
}

static bool match_text(hd_arena_t *a, hd_str_t s, const hd_filter_t *f)
{
    if (f->exact || f->digits) {
        return hd_filter_match_folded(s, f);
    }
    if (!is_ascii(s) || f->op == HD_OP_LIKE || is_order(f)) {
        return hd_filter_match_folded(hd_text_fold(a, s), f);
    }
    if (f->op == HD_OP_CONTAINS) {
        return contains_ascii(s, f->text[0]);
    }
    bool any = false;
    for (unsigned i = 0; i < f->n && !any; i++) {
        any = equals_ascii(s, f->text[i]);
    }
    return any == (f->op != HD_OP_NE);
}

/* ---- match: numbers ---- */

static bool has_value(const hd_field_t *field, const void *rec, int64_t n)
{
    if (field->kind == HD_K_REFS) {
        const hd_ids_t *ids = hd_field_at(field, rec);
        return n == 0 ? ids->n == 0 : hd_ids_has(*ids, (hd_id_t) n);
    }
    int64_t value = hd_value_get(field, rec);
    return field->kind == HD_K_FLAGS && n != 0 ? (value & n) != 0 : value == n;
}

static bool match_order(int64_t value, const hd_filter_t *f)
{
    int64_t than = f->num[0];
    switch ((hd_op_t) f->op) {
    case HD_OP_GT:  return value > than;
    case HD_OP_GTE: return value >= than;
    case HD_OP_LT:  return value < than;
    default:        return value <= than;
    }
}

static bool is_among(const hd_filter_t *f, int64_t value)
{
    uint32_t lo = 0, hi = f->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->num[mid] < value) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < f->n && f->num[lo] == value;
}

static bool match_part(int64_t value, const hd_filter_t *f)
{
    int64_t part;
    if (!hd_time_part(f->tz, value, (hd_part_t) f->part, &part)) {
        return f->op == HD_OP_NE;
    }
    return is_order(f) ? match_order(part, f) : is_among(f, part) == (f->op != HD_OP_NE);
}

static bool match_num(const hd_field_t *field, const void *rec, const hd_filter_t *f)
{
    if (f->part != HD_PART_NONE) {
        return match_part(hd_value_get(field, rec), f);
    }
    if (is_order(f)) {
        int64_t value = hd_value_get(field, rec);
        return (field->kind != HD_K_TIME || value != 0) && match_order(value, f);
    }
    if (f->sorted && field->kind != HD_K_REFS && field->kind != HD_K_FLAGS) {
        return is_among(f, hd_value_get(field, rec)) == (f->op != HD_OP_NE);
    }
    bool any = false;
    for (unsigned i = 0; i < f->n && !any; i++) {
        any = has_value(field, rec, f->num[i]);
    }
    return any == (f->op != HD_OP_NE);
}

static bool match_slow(const hd_field_t *field, hd_arena_t *a, const void *rec, const hd_filter_t *f)
{
    const hd_str_t *s = hd_field_at(field, rec);
    return f->member.len != 0 ? hd_member_match(a, *s, f) : match_text(a, *s, f);
}

/* Numbers first: most rows fall out before a text is looked at. */
bool hd_filter_match(const hd_entity_t *e, hd_arena_t *a, const void *rec, const hd_filter_t *f,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (f[i].num != NULL && !match_num(&e->fields[f[i].field], rec, &f[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (f[i].text != NULL && !match_slow(&e->fields[f[i].field], a, rec, &f[i])) {
            return false;
        }
    }
    return true;
}
