/*
 * Conditions that no query string can say, for doors with a language of their own: texts as they stand, patterns, texts by
 * their order, ids by their order, parts of a time, thousands of numbers.
 *
 *     pattern    % any text, also none     _ one character     \ before either, or before itself: the character
 */
#include <stdlib.h>
#include <time.h>

#include "model_impl.h"

/* ---- patterns ---- */

static size_t char_length(hd_str_t s, size_t at)
{
    size_t n = 1;
    while (at + n < s.len && ((uint8_t) s.data[at + n] & 0xc0) == 0x80) {
        n++;
    }
    return n;
}

/* Bytes of the pattern's next character as it is compared: behind its backslash. */
static size_t literal_at(hd_str_t p, size_t at)
{
    return p.data[at] == '\\' && at + 1 < p.len ? at + 1 : at;
}

/* One step of both, or false; only the last % is ever gone back to, so time is at most the product of the lengths. */
static bool step(hd_str_t s, size_t *si, hd_str_t p, size_t *pi)
{
    if (*pi >= p.len || *si >= s.len) {
        return false;
    }
    if (p.data[*pi] == '_') {
        *si += char_length(s, *si);
        *pi += 1;
        return true;
    }
    size_t at = literal_at(p, *pi);
    if (s.data[*si] != p.data[at]) {
        return false;
    }
    *si += 1;
    *pi = at + 1;
    return true;
}

bool hd_pattern_match(hd_str_t s, hd_str_t p)
{
    size_t si = 0, pi = 0, back_s = 0, back_p = SIZE_MAX;
    while (si < s.len || pi < p.len) {
        if (pi < p.len && p.data[pi] == '%') {
            back_p = ++pi;
            back_s = si;
            if (pi == p.len) {
                return true;
            }
        } else if (!step(s, &si, p, &pi)) {
            if (back_p == SIZE_MAX || back_s >= s.len) {
                return false;
            }
            back_s += char_length(s, back_s);
            si = back_s;
            pi = back_p;
        }
    }
    return true;
}

bool hd_pattern_is_plain(hd_str_t p)
{
    for (size_t i = 0; i < p.len; i++) {
        if (p.data[i] == '%' || p.data[i] == '_' || p.data[i] == '\\') {
            return false;
        }
    }
    return true;
}

/* ---- making conditions ---- */

static const hd_field_t *asked_field(const hd_entity_t *e, unsigned field, bool staff)
{
    return field < e->n_fields && hd_field_is_asked(&e->fields[field], staff) ? &e->fields[field] : NULL;
}

static bool is_order(hd_op_t op)
{
    return op >= HD_OP_GT && op <= HD_OP_LTE;
}

const char *hd_filter_texts(const hd_entity_t *e, hd_arena_t *a, unsigned field, hd_op_t op, bool exact,
                            const hd_str_t *values, size_t n, bool staff, hd_filter_t *ret_f)
{
    const hd_field_t *f = asked_field(e, field, staff);
    if (f == NULL || (f->kind != HD_K_STR && f->kind != HD_K_TEXT)) {
        return f == NULL ? "unknown_field" : "wrong_type";
    }
    if (n == 0 || n > HD_LIST_MAX || (n > 1 && op != HD_OP_IN)) {
        return n == 0 ? "required" : "too_many";
    }
    hd_filter_t out = { .field = (uint16_t) field, .op = (uint8_t) op, .n = (uint32_t) n, .exact = exact };
    out.text = hd_alloc_n(a, n, sizeof(*out.text));
    for (size_t i = 0; i < n; i++) {
        const char *bad = hd_filter_text(a, values[i], exact, &out.text[i]);
        if (bad != NULL) {
            return bad;
        }
    }
    *ret_f = out;
    return NULL;
}

static int compare_nums(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

static bool takes_op(const hd_field_t *f, hd_op_t op, hd_part_t part)
{
    bool equal = op == HD_OP_EQ || op == HD_OP_NE || op == HD_OP_IN;
    bool ordered = f->kind == HD_K_INT || f->kind == HD_K_ENUM || f->kind == HD_K_TIME || (f->kind == HD_K_REF && f->ref == 0);
    return (part == HD_PART_NONE || f->kind == HD_K_TIME) && (equal || (ordered && is_order(op)));
}

const char *hd_filter_nums(const hd_entity_t *e, hd_arena_t *a, unsigned field, hd_op_t op, hd_part_t part,
                           const int64_t *values, size_t n, bool staff, hd_filter_t *ret_f)
{
    const hd_field_t *f = asked_field(e, field, staff);
    if (f == NULL) {
        return "unknown_field";
    }
    if (f->kind == HD_K_STR || f->kind == HD_K_TEXT || f->kind == HD_K_JSON || f->kind == HD_K_COMPUTED) {
        return "wrong_type";
    }
    if (!takes_op(f, op, part)) {
        return "unknown_operator";
    }
    if (n == 0 || n > HD_NUMS_MAX || (n > 1 && op != HD_OP_IN)) {
        return n == 0 ? "required" : "too_many";
    }
    hd_filter_t out = { .field = (uint16_t) field, .op = (uint8_t) op, .n = (uint32_t) n, .part = (uint8_t) part };
    out.num = hd_alloc_n(a, n, sizeof(*out.num));
    memcpy(out.num, values, n * sizeof(*values));
    if (n > 1) {
        qsort(out.num, n, sizeof(*out.num), compare_nums);
        out.sorted = true;
    }
    *ret_f = out;
    return NULL;
}

/* ---- parts of a time ---- */

bool hd_time_part(hd_str_t tz, hd_time_t t, hd_part_t part, int64_t *ret)
{
    hd_time_t local;
    struct tm tm;
    if (t == 0 || !hd_zone_local(tz.len == 0 ? HD_STR("UTC") : tz, t, &local)) {
        return false;
    }
    int64_t s = local / HD_SECOND - (local % HD_SECOND < 0);
    time_t clock = (time_t) s;
    if (gmtime_r(&clock, &tm) == NULL) {
        return false;
    }
    char week[8];
    switch (part) {
    case HD_PART_YEAR:         *ret = tm.tm_year + 1900; return true;
    case HD_PART_QUARTER:      *ret = tm.tm_mon / 3 + 1; return true;
    case HD_PART_MONTH:        *ret = tm.tm_mon + 1; return true;
    case HD_PART_DAY_OF_MONTH: *ret = tm.tm_mday; return true;
    case HD_PART_DAY_OF_WEEK:  *ret = tm.tm_wday; return true;
    case HD_PART_DAY_OF_YEAR:  *ret = tm.tm_yday + 1; return true;
    case HD_PART_HOUR:         *ret = tm.tm_hour; return true;
    case HD_PART_MINUTE:       *ret = tm.tm_min; return true;
    case HD_PART_SECOND:       *ret = tm.tm_sec; return true;
    case HD_PART_ISO_WEEK:
        (void) strftime(week, sizeof(week), "%V", &tm);
        *ret = (week[0] - '0') * 10 + week[1] - '0';
        return true;
    default:
        return false;
    }
}
