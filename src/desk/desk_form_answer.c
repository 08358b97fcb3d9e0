/*
 * What was typed into a form: cleaned, measured against the items, and which items count at all.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include <stdlib.h>

#include "desk_form_impl.h"

#define LOCAL_MAX  64
#define LABEL_MAX  63
#define EMAIL_MAX  254
#define DIGITS_MAX 15
#define PLACES_MAX 6

/* ---- addresses ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 dot-atom, without quoted strings. */
static bool is_local_part(hd_str_t s)
{
    static const char marks[] = "!#$%&'*+-/=?^_`{|}~";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool dot = c == '.' && i > 0 && i + 1 < s.len && s.data[i - 1] != '.';
        if (!is_letter_or_digit(c) && !dot && memchr(marks, c, sizeof(marks) - 1) == NULL) {
            return false;
        }
    }
    return s.len > 0 && s.len <= LOCAL_MAX;
}

static bool is_label(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_letter_or_digit(s.data[i]) && (s.data[i] != '-' || i == 0 || i + 1 == s.len)) {
            return false;
        }
    }
    return s.len > 0 && s.len <= LABEL_MAX;
}

/* At least two labels, and the last begins with a letter, so no IP address. */
static bool is_domain(hd_str_t s)
{
    hd_str_t label, last = { 0, "" };
    unsigned n = 0;
    if (s.len == 0 || s.data[s.len - 1] == '.') {
        return false;
    }
    for (; hd_str_split(&s, '.', &label); n++) {
        if (!is_label(label)) {
            return false;
        }
        last = label;
    }
    return n >= 2 && (last.data[0] < '0' || last.data[0] > '9');
}

bool hd_form_is_email(hd_str_t s)
{
    const char *at = s.len == 0 || s.len > EMAIL_MAX ? NULL : memchr(s.data, '@', s.len);
    if (at == NULL) {
        return false;
    }
    size_t n = (size_t) (at - s.data);
    return is_local_part((hd_str_t){ n, s.data })
        && is_domain((hd_str_t){ s.len - n - 1, at + 1 });
}

/* ---- one value ---- */

/* http or https, a host, nothing that ends an address in a text. */
static bool is_url(hd_str_t s)
{
    size_t head = hd_str_starts(s, HD_STR("https://")) ? 8 : hd_str_starts(s, HD_STR("http://")) ? 7 : 0;
    if (head == 0 || s.len == head || !(is_letter_or_digit(s.data[head]) || s.data[head] == '['
                                        || (s.data[head] & 0x80) != 0)) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] <= ' ' || memchr("<>\"\\^`{|}", s.data[i], 9) != NULL) {
            return false;
        }
    }
    return true;
}

/* As JSON writes numbers, so that it is stored as it was typed: -12.50, not +1, 007, 1e9. */
static bool read_number(hd_str_t s, double *ret)
{
    char text[DIGITS_MAX + PLACES_MAX + 4];
    size_t i = s.len > 0 && s.data[0] == '-', first = i, digits, places = 0;
    if (s.len >= sizeof(text)) {
        return false;
    }
    for (; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++) {
    }
    digits = i - first;
    if (i + 1 < s.len && s.data[i] == '.') {
        for (i++; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++) {
            places++;
        }
    }
    if (i != s.len || digits == 0 || digits > DIGITS_MAX || places > PLACES_MAX
        || (digits > 1 && s.data[first] == '0')) {
        return false;
    }
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    *ret = strtod(text, NULL);
    return true;
}

static bool is_date(hd_str_t s)
{
    char text[] = "0000-00-00T00:00:00Z";
    hd_time_t t;
    if (s.len != 10) {
        return false;
    }
    memcpy(text, s.data, s.len);
    return hd_time_parse(hd_str(text), &t);
}

/* "2026-11-30T14:30", as browsers send it. */
static bool is_datetime(hd_str_t s)
{
    char text[] = "0000-00-00T00:00:00Z";
    hd_time_t t;
    if (s.len != 16) {
        return false;
    }
    memcpy(text, s.data, s.len);
    return hd_time_parse(hd_str(text), &t);
}

static bool is_offered(const hd_form_item_t *it, hd_str_t v)
{
    for (uint32_t i = 0; i < it->n_choices; i++) {
        if (hd_str_eq(it->choices[i].value, v)) {
            return true;
        }
    }
    return false;
}

const char *hd_form_problem(const hd_form_item_t *it, hd_str_t v)
{
    double n;
    if (v.len > 4 * it->max || (v.len > it->max && hd_text_length(v) > it->max)) {
        return "too_long";
    }
    switch ((hd_input_t) it->input) {
    case HD_INPUT_EMAIL:
        return hd_form_is_email(v) ? NULL : "bad_email";
    case HD_INPUT_URL:
        return is_url(v) ? NULL : "bad_url";
    case HD_INPUT_DATE:
        return is_date(v) ? NULL : "bad_date";
    case HD_INPUT_DATETIME:
        return is_datetime(v) ? NULL : "bad_datetime";
    case HD_INPUT_NUMBER:
        if (!read_number(v, &n)) {
            return "bad_number";
        }
        return it->prop == HD_PROP_INT && memchr(v.data, '.', v.len) != NULL ? "bad_number" : NULL;
    case HD_INPUT_SELECT:
    case HD_INPUT_RADIO:
        return is_offered(it, v) ? NULL : "not_an_option";
    case HD_INPUT_CHECKBOX:
        return it->many ? is_offered(it, v) ? NULL : "not_an_option"
                        : hd_str_is(v, "true") ? NULL : "not_an_option";
    case HD_INPUT_TEXT:
    case HD_INPUT_TEL:
    case HD_INPUT_TEXTAREA:
    case HD_INPUT_HIDDEN:
    case HD_INPUT_FILE:
        return NULL;
    }
    return NULL;
}

/* ---- reading ---- */

static bool has_line_break(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\r' || s.data[i] == '\n') {
            return true;
        }
    }
    return false;
}

/* People of most languages write 1,5; a browser that knows numbers sends 1.5 anyway. */
static hd_str_t with_point(hd_arena_t *a, hd_str_t s)
{
    s = hd_str_dup(a, s);
    char *comma = s.len == 0 ? NULL : memchr((char *) (uintptr_t) s.data, ',', s.len);
    if (comma != NULL) {
        *comma = '.';
    }
    return s;
}

/* Who types it himself writes a space; seconds, which some browsers send, are left out. */
static hd_str_t as_datetime(hd_arena_t *a, hd_str_t s)
{
    bool seconds = s.len == 19 && s.data[16] == ':';
    if ((s.len != 16 && !seconds) || (s.data[10] != ' ' && s.data[10] != 'T')) {
        return s;
    }
    return hd_strf(a, "%.10sT%.5s", s.data, s.data + 11);
}

static void add_value(hd_arena_t *a, const hd_form_item_t *it, hd_answer_t *answer, hd_str_t value)
{
    /* a line break inside an address is no slip: it is refused before cleaning joins the lines */
    if (it->input == HD_INPUT_EMAIL && has_line_break(hd_str_trim(value))) {
        answer->error = "bad_email";
    }
    hd_str_t v = hd_text_clean(a, value, it->input == HD_INPUT_TEXTAREA);
    if (it->input == HD_INPUT_NUMBER) {
        v = with_point(a, v);
    } else if (it->input == HD_INPUT_DATETIME) {
        v = as_datetime(a, v);
    } else if (it->input == HD_INPUT_CHECKBOX && !it->many && v.len != 0) {
        v = HD_STR("true");
    }
    for (uint32_t i = 0; i < answer->n; i++) {
        if (hd_str_eq(answer->v[i], v)) {
            return;
        }
    }
    if (v.len != 0) {
        answer->v[answer->n++] = v;
    }
}

/* What tells one sending from another: name and size of each. */
static void read_files(hd_arena_t *a, const hd_form_item_t *it, const hd_pair_t *pairs, size_t n, hd_answer_t *answer)
{
    answer->v = hd_alloc_n(a, n + 1, sizeof(hd_str_t));
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].file && hd_str_eq(pairs[i].name, it->name)) {
            answer->v[answer->n++] = hd_strf(a, "%zu %.*s", pairs[i].content.len, HD_STR_ARG(pairs[i].file_name));
        }
    }
}

/* Of a name that comes twice, the first value counts, unless several can be chosen. */
static void read_item(hd_arena_t *a, const hd_form_item_t *it, const hd_pair_t *pairs, size_t n,
                      hd_answer_t *answer)
{
    uint32_t max = it->many ? it->n_choices + 1 : 1;
    answer->v = hd_alloc_n(a, max, sizeof(hd_str_t));
    for (size_t i = 0; i < n && answer->n < max; i++) {
        if (!pairs[i].file && hd_str_eq(pairs[i].name, it->name)) {
            add_value(a, it, answer, pairs[i].value);
        }
    }
}

static void take_defaults(const hd_form_item_t *it, hd_answer_t *answer)
{
    answer->v = it->defaults;
    answer->n = it->n_defaults;
}

/* ---- conditions ---- */

bool hd_form_counts(const hd_form_item_t *it, const hd_answer_t *a)
{
    return it->show == HD_SHOW_HIDDEN || a->shown;
}

/* Numbers as numbers; else by bytes, which is right for dates. */
static int compare(hd_str_t a, hd_str_t b)
{
    double x, y;
    if (read_number(a, &x) && read_number(b, &y)) {
        return (x > y) - (x < y);
    }
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool contains(hd_arena_t *a, hd_str_t text, hd_str_t part)
{
    text = hd_text_fold(a, text);
    part = hd_text_fold(a, part);
    return part.len == 0 || memmem(text.data, text.len, part.data, part.len) != NULL;
}

static bool value_holds(hd_arena_t *a, const hd_form_item_t *it, hd_str_t v)
{
    switch ((hd_when_t) it->op) {
    case HD_WHEN_EQ:
    case HD_WHEN_NE:       return hd_str_eq(v, it->value);
    case HD_WHEN_CONTAINS: return contains(a, v, it->value);
    case HD_WHEN_GT:       return compare(v, it->value) > 0;
    case HD_WHEN_LT:       return compare(v, it->value) < 0;
    case HD_WHEN_SET:
    case HD_WHEN_NOT_SET:  return true;
    }
    return false;
}

/* Any value will do; != and not_set are the opposites of = and set. */
static bool condition_holds(hd_arena_t *a, const hd_form_t *form, const hd_answer_t *answers,
                            const hd_form_item_t *it)
{
    const hd_answer_t *about = &answers[it->about];
    bool holds = false;
    if (hd_form_counts(&form->item[it->about], about)) {
        for (uint32_t i = 0; i < about->n; i++) {
            holds = holds || value_holds(a, it, about->v[i]);
        }
    }
    return it->op == HD_WHEN_NE || it->op == HD_WHEN_NOT_SET ? !holds : holds;
}

/* A condition asks only about items before its own, so one pass decides them all. */
static void decide_shown(hd_arena_t *a, const hd_form_t *form, hd_answer_t *answers)
{
    for (uint32_t i = 0; i < form->n; i++) {
        const hd_form_item_t *it = &form->item[i];
        answers[i].shown = it->show == HD_SHOW_ALWAYS
                        || (it->show == HD_SHOW_CONDITIONAL && condition_holds(a, form, answers, it));
    }
}

hd_answer_t *hd_form_defaults(hd_cx_t *cx, const hd_form_t *form)
{
    hd_answer_t *answers = hd_alloc_n(cx->arena, form->n + 1, sizeof(*answers));
    for (uint32_t i = 0; i < form->n; i++) {
        take_defaults(&form->item[i], &answers[i]);
    }
    decide_shown(cx->arena, form, answers);
    return answers;
}

hd_answer_t *hd_form_read(hd_cx_t *cx, const hd_form_t *form, const hd_pair_t *pairs, size_t n)
{
    hd_answer_t *answers = hd_alloc_n(cx->arena, form->n + 1, sizeof(*answers));
    for (uint32_t i = 0; i < form->n; i++) {
        if (form->item[i].show == HD_SHOW_HIDDEN) {
            take_defaults(&form->item[i], &answers[i]);
        } else if (form->item[i].input == HD_INPUT_FILE) {
            read_files(cx->arena, &form->item[i], pairs, n, &answers[i]);
        } else {
            read_item(cx->arena, &form->item[i], pairs, n, &answers[i]);
        }
    }
    decide_shown(cx->arena, form, answers);
    return answers;
}

uint32_t hd_form_check(const hd_form_t *form, hd_answer_t *answers)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < form->n; i++) {
        const hd_form_item_t *it = &form->item[i];
        hd_answer_t *a = &answers[i];
        if (!a->shown) {
            a->error = NULL;
            continue;
        }
        if (a->n == 0 && it->required) {
            a->error = "required";
        }
        for (uint32_t k = 0; k < a->n && a->error == NULL && it->input != HD_INPUT_FILE; k++) {
            a->error = hd_form_problem(it, a->v[k]);
        }
        n += a->error != NULL;
    }
    return n;
}
