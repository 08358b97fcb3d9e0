/*
 * Catalogs: <dir>/<code>.json, which browsers read too, and <dir>/server/<code>.json, what only the server says; each is one
 * object of "key": "text" or "key": {"one": "", "other": ""}.
 * The loaded set is the room's only state: one arena that holds the parsed files and lives as long
 * as the process.  A second load replaces it, so it must not run beside requests.
 */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

#define CATALOG_MEMORY ((size_t) 16 * 1024 * 1024)
#define OUTPUT_MAX     ((size_t) HD_REPLY_MAX)

typedef struct {
    hd_jval_t    *texts, *own;   /* of the two files; NULL: no file, English is used */
    UPluralRules *rules;
} catalog_t;

static struct {
    hd_arena_t *arena;
    catalog_t   of[HD_LANG_COUNT];
} loaded;

static void close_rules(void *rules)
{
    uplrules_close(rules);
}

static bool is_category(hd_str_t s)
{
    static const char *const names[] = { "zero", "one", "two", "few", "many", "other" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (hd_str_is(s, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_entry(hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t category;
    hd_jval_t *text;
    if (hd_jtype(v) == HD_J_STR) {
        return true;
    }
    if (hd_jtype(v) != HD_J_OBJ || hd_jget(v, "other") == NULL) {
        return false;
    }
    while (hd_jnext(v, &it, &category, &text)) {
        if (!is_category(category) || hd_jtype(text) != HD_J_STR) {
            return false;
        }
    }
    return true;
}

static bool check_texts(hd_jval_t *texts, const char *path, char err[256])
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    if (hd_jtype(texts) != HD_J_OBJ) {
        (void) snprintf(err, 256, "%s: not an object", path);
        return false;
    }
    while (hd_jnext(texts, &it, &key, &v)) {
        if (!is_entry(v)) {
            (void) snprintf(err, 256, "%s: \"%.*s\" is neither a text nor a set of plural forms",
                            path, (int) (key.len < 80 ? key.len : 80), key.data);
            return false;
        }
    }
    return true;
}

/* HD_E_NOT_FOUND when there is no such file. */
static hd_code_t read_file(hd_arena_t *a, const char *path, hd_str_t *ret_text)
{
    char *p = hd_alloc_raw(a, HD_BODY_MAX + 1);
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        return errno == ENOENT ? HD_E_NOT_FOUND : HD_E_DATA;
    }
    size_t n = fread(p, 1, HD_BODY_MAX + 1, f);
    bool bad = ferror(f) != 0;
    (void) fclose(f);
    if (bad) {
        return HD_E_DATA;
    }
    *ret_text = (hd_str_t){ n, p };
    return HD_OK;
}

static hd_code_t load_file(hd_arena_t *a, const char *path, hd_lang_t lang, hd_jval_t **ret_texts, char err[256])
{
    hd_str_t text;
    hd_code_t code = read_file(a, path, &text);
    if (code == HD_E_NOT_FOUND && lang != HD_LANG_EN) {
        return HD_OK;
    }
    code = code == HD_OK ? hd_jparse(a, text, ret_texts) : code;
    if (code != HD_OK) {
        (void) snprintf(err, 256, "%s: %s", path,
                        code == HD_E_NOT_FOUND ? "no such file"
                        : code == HD_E_DATA ? "cannot be read" : "not valid JSON");
        return code;
    }
    return check_texts(*ret_texts, path, err) ? HD_OK : HD_E_DATA;
}

static hd_code_t load_one(hd_arena_t *a, const char *dir, hd_lang_t lang, catalog_t *c,
                          char err[256])
{
    UErrorCode icu = U_ZERO_ERROR;
    const char *name = hd_lang_code(lang);
    c->rules = uplrules_open(hd_lang_code(lang), &icu);
    if (U_FAILURE(icu)) {
        (void) snprintf(err, 256, "plural rules of %s: %s", hd_lang_code(lang), u_errorName(icu));
        return HD_E_INTERNAL;
    }
    hd_arena_defer(a, close_rules, c->rules);
    hd_code_t code = load_file(a, hd_strf(a, "%s/%s.json", dir, name).data, lang, &c->texts, err);
    return code == HD_OK ? load_file(a, hd_strf(a, "%s/server/%s.json", dir, name).data, lang, &c->own, err) : code;
}

static hd_code_t load_all(hd_arena_t *a, const char *dir, catalog_t *of, char err[256])
{
    hd_code_t code = HD_OK;
    for (unsigned i = 0; i < HD_LANG_COUNT && code == HD_OK; i++) {
        code = load_one(a, dir, (hd_lang_t) i, &of[i], err);
    }
    return code;
}

/* English must be there; a missing file of another language is no error. */
bool hd_catalog_load(const char *dir, char err[256])
{
    catalog_t of[HD_LANG_COUNT] = { 0 };
    hd_code_t code;
    hd_arena_t *a = hd_arena_create(CATALOG_MEMORY);
    (void) snprintf(err, 256, "out of memory");
    if (a == NULL) {
        return false;
    }
    HD_ARENA_TRY(a, code, load_all(a, dir, of, err));
    if (code != HD_OK) {
        hd_arena_destroy(a);
        return false;
    }
    hd_arena_destroy(loaded.arena);
    loaded.arena = a;
    memcpy(loaded.of, of, sizeof(of));
    err[0] = '\0';
    return true;
}

static const hd_jval_t *find_in(const catalog_t *c, const char *key)
{
    const hd_jval_t *v = hd_jget(c->own, key);
    return v != NULL ? v : hd_jget(c->texts, key);
}

/* The entry in lang or in English; *ret_lang tells which, for its plural rules. */
static const hd_jval_t *find_entry(hd_lang_t lang, const char *key, hd_lang_t *ret_lang)
{
    *ret_lang = (unsigned) lang < HD_LANG_COUNT ? lang : HD_LANG_EN;
    const hd_jval_t *v = find_in(&loaded.of[*ret_lang], key);
    if (v == NULL && *ret_lang != HD_LANG_EN) {
        *ret_lang = HD_LANG_EN;
        v = find_in(&loaded.of[HD_LANG_EN], key);
    }
    return v;
}

typedef struct {
    const char *name;
    hd_str_t    value;
} pair_t;

static const pair_t *find_pair(const pair_t *pairs, size_t n, hd_str_t name)
{
    for (size_t i = 0; i < n; i++) {
        if (hd_str_is(name, pairs[i].name)) {
            return &pairs[i];
        }
    }
    return NULL;
}

/* Placeholders nobody gave a value for stay as they are. */
static hd_str_t fill(hd_arena_t *a, hd_str_t text, const pair_t *pairs, size_t n)
{
    hd_buf_t out;
    if (n == 0 || text.len == 0 || memchr(text.data, '{', text.len) == NULL) {
        return hd_str_dup(a, text);
    }
    hd_buf_init(&out, a, text.len + 64, OUTPUT_MAX);
    for (size_t i = 0; i < text.len;) {
        const char *open = memchr(text.data + i, '{', text.len - i);
        size_t at = open ? (size_t) (open - text.data) : text.len;
        hd_buf_put(&out, text.data + i, at - i);
        const char *close = open ? memchr(open, '}', text.len - at) : NULL;
        if (close == NULL) {
            hd_buf_put(&out, text.data + at, text.len - at);
            break;
        }
        hd_str_t name = { (size_t) (close - open) - 1, open + 1 };
        const pair_t *pair = find_pair(pairs, n, name);
        if (pair != NULL) {
            hd_buf_str(&out, pair->value);
            i = at + name.len + 2;
        } else {
            hd_buf_byte(&out, '{');
            i = at + 1;
        }
    }
    return hd_buf_view(&out);
}

hd_str_t hd_t(hd_arena_t *a, hd_lang_t lang, const char *key, size_t n, ...)
{
    hd_lang_t from;
    va_list args;
    const hd_jval_t *v = find_entry(lang, key, &from);
    if (v == NULL) {
        return hd_str_dup(a, hd_str(key));
    }
    pair_t *pairs = n == 0 ? NULL : hd_alloc_n(a, n, sizeof(*pairs));
    va_start(args, n);
    for (size_t i = 0; i < n; i++) {
        pairs[i].name = va_arg(args, const char *);
        pairs[i].value = va_arg(args, hd_str_t);
    }
    va_end(args);
    return fill(a, hd_jstr(hd_jtype(v) == HD_J_OBJ ? hd_jget(v, "other") : v), pairs, n);
}

/* In the digits of the language: times on the same page have them. */
static hd_str_t count_in(hd_arena_t *a, hd_lang_t lang, int64_t count)
{
    hd_str_t plain = hd_strf(a, "%" PRId64, count);
    if (lang != HD_LANG_FA) {
        return plain;
    }
    char *out = hd_alloc(a, plain.len * 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];
        if (c >= '0' && c <= '9') {
            out[n++] = (char) 0xDB;                     /* U+06F0 and the nine after it */
            out[n++] = (char) (0xB0 + (c - '0'));
        } else {
            out[n++] = c;
        }
    }
    return (hd_str_t){ n, out };
}

hd_str_t hd_t_plural(hd_arena_t *a, hd_lang_t lang, const char *key, int64_t count)
{
    UChar wide[16];
    char category[16];
    UErrorCode icu = U_ZERO_ERROR;
    hd_lang_t from;
    const hd_jval_t *v = find_entry(lang, key, &from);
    if (v == NULL) {
        return hd_str_dup(a, hd_str(key));
    }
    if (hd_jtype(v) == HD_J_OBJ) {
        int32_t n = uplrules_select(loaded.of[from].rules, (double) count, wide, 16, &icu);
        const hd_jval_t *form = NULL;
        if (U_SUCCESS(icu) && n < 16) {
            u_UCharsToChars(wide, category, n);
            category[n] = '\0';
            form = hd_jget(v, category);
        }
        v = form != NULL ? form : hd_jget(v, "other");
    }
    pair_t pair = { "count", count_in(a, from, count) };
    return fill(a, hd_jstr(v), &pair, 1);
}
