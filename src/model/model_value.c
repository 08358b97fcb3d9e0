/*
 * Values from text (JSON strings, query strings, CSV cells), and the sentences for what is wrong
 * with them.
 */
#include "model_impl.h"

#define NAME_MAX_BYTES 64        /* of an unknown field's name that is echoed */

static const struct {
    const char *code, *sentence;
} reasons[] = {
    { "unknown_field",    "There is no such field." },
    { "unknown_operator", "This field cannot be compared in that way." },
    { "read_only",        "This field cannot be set." },
    { "wrong_type",       "The value has the wrong type." },
    { "too_long",         "The text is too long." },
    { "too_short",        "The text is too short." },
    { "out_of_range",     "The number or time is outside the allowed range." },
    { "not_an_option",    "The value is not one of the options." },
    { "not_an_id",        "The value is not the number of a record." },
    { "too_many",         "The list has too many elements." },
    { "bad_time",         "The value is not a time such as 2026-11-21T08:00:00Z." },
    { "bad_utf8",         "The text is not valid UTF-8." },
    { "required",         "A value is required." },
    { "syntax",           "The expression cannot be read." },
};

void hd_value_bad(hd_problem_t *p, hd_arena_t *a, hd_str_t field, const char *code)
{
    const char *sentence = "The value cannot be accepted.";
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (strcmp(reasons[i].code, code) == 0) {
            sentence = reasons[i].sentence;
        }
    }
    hd_problem_field(p, a, hd_str_cut(field, NAME_MAX_BYTES), code, sentence);
}

/* Bytes bound characters from both sides, so the slow count is for the texts in between. */
const char *hd_value_text(const hd_field_t *f, hd_arena_t *a, hd_str_t s, hd_str_t *ret)
{
    if (!hd_str_is_utf8(s)) {
        return "bad_utf8";
    }
    hd_str_t clean = hd_text_clean(a, s, f->kind == HD_K_TEXT);
    size_t min = (size_t) f->min, max = (size_t) f->max;
    if (clean.len > 4 * max || (clean.len > max && hd_text_length(clean) > max)) {
        return "too_long";
    }
    if (clean.len < min || (min > 1 && hd_text_length(clean) < min)) {
        return "too_short";
    }
    *ret = clean;
    return NULL;
}

static const char *read_option(const hd_enum_t *o, hd_str_t s, uint8_t *ret)
{
    for (uint8_t i = 0; i < o->n; i++) {
        if (hd_str_is(s, o->slugs[i])) {
            *ret = i;
            return NULL;
        }
    }
    return "not_an_option";
}

const char *hd_value_bytes(const hd_field_t *f, hd_arena_t *a, hd_str_t s, hd_str_t *ret)
{
    size_t len = s.len / 4 * 3 + (s.len % 4 != 0 ? s.len % 4 - 1 : 0);
    if (len > (size_t) f->max) {
        return "too_long";
    }
    char *out = hd_alloc(a, len + 1);
    if (s.len % 4 == 1 || !hd_base64url_decode(s, out, len)) {
        return "wrong_type";
    }
    *ret = (hd_str_t){ len, out };
    return NULL;
}

static const char *parse_id(hd_str_t s, int64_t *ret)
{
    uint64_t id;
    if (!hd_str_to_u64(s, &id) || id == 0 || id > HD_ID_MAX) {
        return "not_an_id";
    }
    *ret = (int64_t) id;
    return NULL;
}

static const char *parse_time(hd_str_t s, int64_t *ret)
{
    hd_time_t t;
    if (!hd_time_parse(s, &t)) {
        return "bad_time";
    }
    if (t == 0) {
        return "out_of_range";      /* 0 stands for no time */
    }
    *ret = t;
    return NULL;
}

static const char *parse_int(const hd_field_t *f, hd_str_t s, int64_t *ret)
{
    int64_t n;
    if (!hd_str_to_i64(s, &n)) {
        return "wrong_type";
    }
    if (n < f->min || n > f->max) {
        return "out_of_range";
    }
    *ret = n;
    return NULL;
}

const char *hd_value_num(const hd_field_t *f, hd_str_t s, int64_t *ret)
{
    uint8_t option;
    const char *bad;
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
        if (!hd_str_is(s, "true") && !hd_str_is(s, "false")) {
            return "wrong_type";
        }
        *ret = s.len == 4;
        return NULL;
    case HD_K_INT:
        return parse_int(f, s, ret);
    case HD_K_ENUM:
    case HD_K_FLAGS:
        bad = read_option(f->options, s, &option);
        if (bad == NULL) {
            *ret = f->kind == HD_K_ENUM ? option : INT64_C(1) << option;
        }
        return bad;
    case HD_K_REF:
    case HD_K_REFS:
        return parse_id(s, ret);
    case HD_K_TIME:
        return parse_time(s, ret);
    default:
        return "wrong_type";
    }
}

void hd_value_set(const hd_field_t *f, void *rec, int64_t n)
{
    void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:  *(bool *) at = n != 0; break;
    case HD_K_ENUM:  *(uint8_t *) at = (uint8_t) n; break;
    case HD_K_FLAGS: *(uint32_t *) at = (uint32_t) n; break;
    case HD_K_REF:   *(hd_id_t *) at = (hd_id_t) n; break;
    case HD_K_INT:
    case HD_K_TIME:  *(int64_t *) at = n; break;
    default:         break;
    }
}

int64_t hd_value_get(const hd_field_t *f, const void *rec)
{
    const void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:  return *(const bool *) at;
    case HD_K_ENUM:  return *(const uint8_t *) at;
    case HD_K_FLAGS: return *(const uint32_t *) at;
    case HD_K_REF:   return (int64_t) *(const hd_id_t *) at;
    case HD_K_INT:
    case HD_K_TIME:  return *(const int64_t *) at;
    default:         return 0;
    }
}
