/*
 * Counting characters, cutting words.
 *
 * A word is a run of letters, marks and digits of the folded text, so the same word is found in any
 * surroundings.  Scripts written without spaces (Han, kana, Thai) are cut by ICU's dictionaries.
 * Break iterators are costly to open: each thread keeps two, closed when it ends.
 */
#include "text.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#define WORD_MAX ((size_t) 64)

typedef struct {
    UBreakIterator *chars, *words;
    UText           text;
} tools_t;

static HD_OF_THREAD tools_t *my_tools;
static pthread_key_t  tools_key;
static pthread_once_t tools_once = PTHREAD_ONCE_INIT;

static void close_tools(void *p)
{
    tools_t *t = p;
    ubrk_close(t->chars);
    ubrk_close(t->words);
    utext_close(&t->text);
    free(t);
    my_tools = NULL;
}

static void make_key(void)
{
    if (pthread_key_create(&tools_key, close_tools) != 0) {
        abort();
    }
}

/* NULL when memory or ICU's data is missing. */
static tools_t *open_tools(void)
{
    const UText empty = UTEXT_INITIALIZER;
    UErrorCode err = U_ZERO_ERROR;
    if (my_tools != NULL) {
        return my_tools;
    }
    pthread_once(&tools_once, make_key);
    tools_t *t = malloc(sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->text = empty;
    t->chars = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &err);
    t->words = ubrk_open(UBRK_WORD, "", NULL, 0, &err);
    if (U_FAILURE(err) || pthread_setspecific(tools_key, t) != 0) {
        close_tools(t);
        return NULL;
    }
    my_tools = t;
    return t;
}

static bool set_text(tools_t *t, UBreakIterator *it, hd_str_t s)
{
    UErrorCode err = U_ZERO_ERROR;
    utext_openUTF8(&t->text, s.data, (int64_t) s.len, &err);
    ubrk_setUText(it, &t->text, &err);
    return U_SUCCESS(err);
}

size_t hd_text_length(hd_str_t s)
{
    size_t n = 0, starts = 0;
    bool simple = s.len <= INT32_MAX;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char) s.data[i];
        starts += (c & 0xC0) != 0x80;
        simple = simple && c < 0x80 && c != '\r';
    }
    tools_t *t = simple || s.len > INT32_MAX ? NULL : open_tools();
    if (t == NULL || !set_text(t, t->chars, s)) {
        return starts;
    }
    for (ubrk_first(t->chars); ubrk_next(t->chars) != UBRK_DONE;) {
        n++;
    }
    return n;
}

typedef struct {
    void (*fn)(void *arg, hd_str_t word);
    void *arg;
} sink_t;

static void send_word(const sink_t *to, const char *p, size_t n)
{
    hd_str_t word = hd_str_cut((hd_str_t){ n, p }, WORD_MAX);
    if (word.len > 0) {
        to->fn(to->arg, word);
    }
}

typedef enum { CHAR_GAP, CHAR_WORD, CHAR_DENSE } char_kind_t;

static char_kind_t classify(UChar32 c)
{
    if (c < 0x80) {              /* -1 too */
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
               ? CHAR_WORD : CHAR_GAP;
    }
    if ((U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) == 0) {
        return CHAR_GAP;
    }
    if (c < 0xE00) {
        return CHAR_WORD;
    }
    UErrorCode err = U_ZERO_ERROR;
    switch (uscript_getScript(c, &err)) {
    case USCRIPT_THAI: case USCRIPT_LAO: case USCRIPT_KHMER: case USCRIPT_MYANMAR:
    case USCRIPT_HAN: case USCRIPT_HIRAGANA: case USCRIPT_KATAKANA:
        return CHAR_DENSE;
    default:
        return c == 0x30FC ? CHAR_DENSE : CHAR_WORD;     /* the kana length mark is common */
    }
}

/* The ends are noted first, because fn may use the thread's iterators itself. */
static void send_dense(hd_arena_t *a, const sink_t *to, hd_str_t run)
{
    tools_t *t = open_tools();
    if (t == NULL || !set_text(t, t->words, run)) {
        hd_arena_fail(a);
    }
    uint32_t *ends = hd_alloc_raw(a, (run.len + 1) * sizeof(*ends));
    size_t n = 0, start = 0;
    for (int32_t at = ubrk_first(t->words); (at = ubrk_next(t->words)) != UBRK_DONE;) {
        ends[n++] = (uint32_t) at;
    }
    for (size_t i = 0; i < n; i++) {
        send_word(to, run.data + start, ends[i] - start);
        start = ends[i];
    }
}

static void send_run(hd_arena_t *a, const sink_t *to, char_kind_t kind, hd_str_t run)
{
    if (kind == CHAR_WORD) {
        send_word(to, run.data, run.len);
    } else if (kind == CHAR_DENSE) {
        send_dense(a, to, run);
    }
}

/* ICU's macro narrows its own ints; -1 for a broken sequence. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
static UChar32 next_char(const char *p, int32_t *at, int32_t len)
{
    UChar32 c;
    U8_NEXT(p, *at, len, c);
    return c;
}
#pragma GCC diagnostic pop

void hd_text_words(hd_arena_t *a, hd_str_t s, void (*fn)(void *arg, hd_str_t word), void *arg)
{
    const sink_t to = { fn, arg };
    hd_str_t text = hd_text_fold(a, s);
    char_kind_t kind = CHAR_GAP;
    int32_t start = 0, at = 0, len = (int32_t) text.len;
    if (text.len > INT32_MAX) {
        hd_arena_fail(a);
    }
    while (at < len) {
        int32_t before = at;
        char_kind_t k = classify(next_char(text.data, &at, len));
        if (k != kind) {
            send_run(a, &to, kind, (hd_str_t){ (size_t) (before - start), text.data + start });
            start = before;
            kind = k;
        }
    }
    send_run(a, &to, kind, (hd_str_t){ (size_t) (len - start), text.data + start });
}
