/*
 * Folding, cleaning, slugs.
 *
 * Fold: NFKC_Casefold (which also drops what is invisible by default: ZWNJ, soft hyphen, variation
 * selectors), then NFKD, then accents dropped and the letters that Unicode does not decompose
 * mapped to the ones a reader types for them.  The marks of Indic and South-East Asian scripts and
 * the kana voicing marks are letters to their readers and stay; what stays apart is composed (NFC).
 */
#include "text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

typedef struct {
    UChar  *data;
    int32_t len;
} wide_t;

typedef const UNormalizer2 *(*normalizer_fn)(UErrorCode *);

static wide_t widen(hd_arena_t *a, hd_str_t s)
{
    UErrorCode err = U_ZERO_ERROR;
    wide_t w = { NULL, 0 };
    if (s.len > INT32_MAX / 8) {
        hd_arena_fail(a);
    }
    w.data = hd_alloc_raw(a, (s.len + 1) * sizeof(UChar));
    u_strFromUTF8WithSub(w.data, (int32_t) s.len + 1, &w.len, s.data, (int32_t) s.len, 0xFFFD, NULL,
                         &err);
    if (U_FAILURE(err)) {
        hd_arena_fail(a);
    }
    return w;
}

static hd_str_t narrow(hd_arena_t *a, wide_t w)
{
    UErrorCode err = U_ZERO_ERROR;
    int32_t len = 0, cap = w.len * 3 + 1;
    char *out = hd_alloc_raw(a, (size_t) cap);
    u_strToUTF8WithSub(out, cap, &len, w.data, w.len, 0xFFFD, NULL, &err);
    if (U_FAILURE(err)) {
        hd_arena_fail(a);
    }
    return (hd_str_t){ (size_t) len, out };
}

static wide_t normalize(hd_arena_t *a, normalizer_fn normalizer, wide_t in)
{
    UErrorCode err = U_ZERO_ERROR;
    const UNormalizer2 *n = normalizer(&err);
    if (U_FAILURE(err)) {
        hd_arena_fail(a);
    }
    if (unorm2_spanQuickCheckYes(n, in.data, in.len, &err) == in.len) {
        return in;
    }
    int32_t cap = in.len + in.len / 2 + 16;
    for (;;) {
        UChar *out = hd_alloc_raw(a, (size_t) cap * sizeof(UChar));
        err = U_ZERO_ERROR;
        int32_t len = unorm2_normalize(n, in.data, in.len, out, cap, &err);
        if (U_SUCCESS(err)) {
            return (wide_t){ out, len };
        }
        if (err != U_BUFFER_OVERFLOW_ERROR || len <= cap) {
            hd_arena_fail(a);
        }
        cap = len;
    }
}

static UChar32 next_char(wide_t w, int32_t *i)
{
    UChar c = w.data[(*i)++];
    if (U16_IS_LEAD(c) && *i < w.len && U16_IS_TRAIL(w.data[*i])) {
        return (UChar32) U16_GET_SUPPLEMENTARY(c, w.data[(*i)++]);
    }
    return c;
}

static bool is_accent(UChar32 c)
{
    UErrorCode err = U_ZERO_ERROR;
    if (c < 0x300 || u_charType(c) != U_NON_SPACING_MARK || c == 0x3099 || c == 0x309A) {
        return false;
    }
    switch (uscript_getScript(c, &err)) {
    case USCRIPT_INHERITED:
    case USCRIPT_COMMON:
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_HEBREW:
    case USCRIPT_ARABIC:
        return true;
    default:
        return false;
    }
}

/* What a letter without decomposition is typed as; 0 when it stays. */
static UChar base_letter(UChar32 c)
{
    switch (c) {
    case 0x0111: case 0x00F0: case 0x0256: return 'd';
    case 0x0142: return 'l';
    case 0x00F8: return 'o';
    case 0x0131: return 'i';
    case 0x0127: return 'h';
    case 0x0167: return 't';
    case 0x0180: return 'b';
    case 0x0138: return 'k';
    case 0x014B: return 'n';
    case 0x0268: return 'i';
    case 0x2018: case 0x2019: case 0x02BC: return '\'';
    case 0x064A: case 0x0649: return 0x06CC;             /* Arabic yeh, alef maksura: Persian yeh */
    case 0x0643: return 0x06A9;                          /* Arabic kaf: keheh */
    case 0x0629: case 0x06C1: case 0x06D5: return 0x0647; /* teh marbuta, heh goal, ae: heh */
    default:     return 0;
    }
}

static const char *letter_pair(UChar32 c)
{
    switch (c) {
    case 0x00E6: return "ae";
    case 0x0153: return "oe";
    case 0x00FE: return "th";
    default:     return NULL;
    }
}

/* Drops and maps in place; a pair takes two units, so out has twice the room. */
static wide_t simplify(hd_arena_t *a, wide_t in)
{
    wide_t out = { hd_alloc_raw(a, ((size_t) in.len * 2 + 1) * sizeof(UChar)), 0 };
    for (int32_t i = 0; i < in.len;) {
        UChar32 c = next_char(in, &i);
        if (c < 0x80) {
            out.data[out.len++] = (UChar) c;
            continue;
        }
        if (c == 0x0640 || is_accent(c)) {               /* tatweel */
            continue;
        }
        const char *pair = letter_pair(c);
        UChar base = base_letter(c);
        int32_t digit = u_charDigitValue(c);
        if (pair != NULL) {
            out.data[out.len++] = (UChar) pair[0];
            out.data[out.len++] = (UChar) pair[1];
        } else if (base != 0) {
            out.data[out.len++] = base;
        } else if (digit >= 0 && u_charType(c) == U_DECIMAL_DIGIT_NUMBER) {
            out.data[out.len++] = (UChar) ('0' + digit);
        } else {
            U16_APPEND_UNSAFE(out.data, out.len, c);
        }
    }
    return out;
}

hd_str_t hd_text_fold(hd_arena_t *a, hd_str_t s)
{
    char *out = hd_alloc_raw(a, s.len + 1);
    unsigned char high = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char) s.data[i];
        high |= c;
        out[i] = (char) (c + (((unsigned char) (c - 'A') < 26) << 5));
    }
    if (high < 0x80) {
        return (hd_str_t){ s.len, out };
    }
    wide_t w = normalize(a, unorm2_getNFKCCasefoldInstance, widen(a, s));
    w = simplify(a, normalize(a, unorm2_getNFKDInstance, w));
    return narrow(a, normalize(a, unorm2_getNFCInstance, w));
}

static bool is_plain(hd_str_t s, bool multiline)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char) s.data[i];
        if (c - 0x20U > 0x7E - 0x20 && !(multiline && (c == '\n' || c == '\t'))) {
            return false;
        }
    }
    return true;
}

static bool is_dropped(UChar32 c)
{
    uint32_t mask = U_GET_GC_MASK(c);
    if ((mask & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CS_MASK)) != 0) {
        return !u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK);
    }
    return (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

static bool is_line_break(UChar32 c)
{
    return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/*
 * Without control and format characters.  ZWNJ and ZWJ are spelling (Persian, emoji) and stay
 * between two visible characters.  On one line, line breaks and TABs become spaces.
 */
static wide_t drop_controls(hd_arena_t *a, wide_t in, bool multiline)
{
    wide_t out = { hd_alloc_raw(a, ((size_t) in.len + 1) * sizeof(UChar)), 0 };
    UChar32 c, joiner = 0;
    bool after_space = true;
    for (int32_t i = 0; i < in.len;) {
        c = next_char(in, &i);
        if (c == 0x200C || c == 0x200D) {
            joiner = c;
            continue;
        }
        if (c == '\r' && i < in.len && in.data[i] == '\n') {
            continue;
        }
        if (is_line_break(c)) {
            c = multiline ? '\n' : ' ';
        } else if (c == '\t') {
            c = multiline ? '\t' : ' ';
        } else if (is_dropped(c)) {
            continue;
        }
        bool space = u_isUWhiteSpace(c);
        if (joiner != 0 && !space && !after_space) {
            out.data[out.len++] = (UChar) joiner;
        }
        joiner = 0;
        after_space = space;
        U16_APPEND_UNSAFE(out.data, out.len, c);
    }
    return out;
}

static wide_t trim(wide_t w)
{
    while (w.len > 0 && u_isUWhiteSpace(w.data[w.len - 1])) {
        w.len--;
    }
    while (w.len > 0 && u_isUWhiteSpace(w.data[0])) {
        w.data++;
        w.len--;
    }
    return w;
}

hd_str_t hd_text_clean(hd_arena_t *a, hd_str_t s, bool multiline)
{
    if (is_plain(s, multiline)) {
        return hd_str_dup(a, hd_str_trim(s));
    }
    wide_t w = trim(drop_controls(a, widen(a, s), multiline));
    return narrow(a, normalize(a, unorm2_getNFCInstance, w));
}

/* Apostrophes vanish ("don't" -> "dont"); what else is not an ASCII letter or digit divides. */
hd_str_t hd_text_slug(hd_arena_t *a, hd_str_t s, size_t max)
{
    hd_str_t folded = hd_text_fold(a, s);
    char *out = hd_alloc_raw(a, folded.len + 1);
    size_t n = 0;
    bool dash = false;
    for (size_t i = 0; i < folded.len; i++) {
        char c = folded.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (dash && n > 0) {
                out[n++] = '-';
            }
            out[n++] = c;
            dash = false;
        } else if (c != '\'') {
            dash = true;
        }
    }
    n = n < max ? n : max;
    while (n > 0 && out[n - 1] == '-') {
        n--;
    }
    return (hd_str_t){ n, out };
}
