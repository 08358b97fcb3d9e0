/*
 * HTML to plain text, for mail and pasted text.  One pass, no tree: tags go, what script, style and
 * their like contain goes too, white space collapses as in a browser (not in pre), blocks become
 * lines and paragraphs blank lines.
 */
#include "text.h"


typedef struct {
    hd_str_t in;
    size_t   at;
    hd_buf_t out;
    unsigned breaks;             /* line breaks owed before the next text, at most 2 */
    bool     space;              /* a space is owed */
    unsigned pre;                /* open pre elements */
} reader_t;

/* HTML 4 entities that mail programs write; Latin letters below 0x100 are in the second table. */
static const struct {
    char     name[8];
    uint16_t code;
} entities[] = {
    { "amp", '&' }, { "apos", '\'' }, { "bdquo", 0x201E }, { "bull", 0x2022 }, { "dagger", 0x2020 },
    { "euro", 0x20AC }, { "gt", '>' }, { "hellip", 0x2026 }, { "larr", 0x2190 },
    { "ldquo", 0x201C }, { "lsquo", 0x2018 }, { "lt", '<' }, { "mdash", 0x2014 },
    { "minus", 0x2212 }, { "ndash", 0x2013 }, { "OElig", 0x152 }, { "oelig", 0x153 },
    { "quot", '"' }, { "rarr", 0x2192 }, { "rdquo", 0x201D }, { "rsquo", 0x2019 },
    { "sbquo", 0x201A }, { "Scaron", 0x160 }, { "scaron", 0x161 }, { "trade", 0x2122 },
    { "zwj", 0x200D }, { "zwnj", 0x200C },
};

static const char latin1[96][7] = {
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para",
    "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave",
    "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc",
    "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc",
    "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave",
    "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve",
    "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml",
    "yacute", "thorn", "yuml",
};

/* What browsers read for &#128; to &#159; (windows-1252). */
static const uint16_t cp1252[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
    0x152, 0xFFFD, 0x17D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0xFFFD, 0x17E, 0x178,
};

typedef enum { TAG_INLINE, TAG_BREAK, TAG_BLOCK, TAG_PARA, TAG_CELL, TAG_PRE, TAG_SKIP } tag_kind_t;

static const struct {
    char       name[12];
    tag_kind_t kind;
} tags[] = {
    { "address", TAG_BLOCK }, { "article", TAG_BLOCK }, { "aside", TAG_BLOCK },
    { "blockquote", TAG_PARA }, { "br", TAG_BREAK }, { "dd", TAG_BLOCK }, { "div", TAG_BLOCK },
    { "dl", TAG_PARA }, { "dt", TAG_BLOCK }, { "figure", TAG_BLOCK }, { "footer", TAG_BLOCK },
    { "form", TAG_BLOCK }, { "h1", TAG_PARA }, { "h2", TAG_PARA }, { "h3", TAG_PARA },
    { "h4", TAG_PARA }, { "h5", TAG_PARA }, { "h6", TAG_PARA }, { "header", TAG_BLOCK },
    { "hr", TAG_PARA }, { "iframe", TAG_SKIP }, { "li", TAG_BLOCK }, { "main", TAG_BLOCK },
    { "nav", TAG_BLOCK }, { "noscript", TAG_SKIP }, { "ol", TAG_PARA }, { "option", TAG_BLOCK },
    { "p", TAG_PARA }, { "pre", TAG_PRE }, { "script", TAG_SKIP }, { "section", TAG_BLOCK },
    { "style", TAG_SKIP }, { "table", TAG_PARA }, { "td", TAG_CELL }, { "template", TAG_SKIP },
    { "textarea", TAG_BLOCK }, { "th", TAG_CELL }, { "title", TAG_SKIP }, { "tr", TAG_BLOCK },
    { "ul", TAG_PARA },
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters and digits from at on. */
static hd_str_t read_alnum(hd_str_t s, size_t at)
{
    size_t n = at;
    while (n < s.len && (is_letter(s.data[n]) || (s.data[n] >= '0' && s.data[n] <= '9'))) {
        n++;
    }
    return (hd_str_t){ n - at, s.data + at };
}

static void owe_breaks(reader_t *r, unsigned n)
{
    r->space = false;
    r->breaks = r->breaks > n ? r->breaks : n;
}

static void put_text(reader_t *r, const char *p, size_t n)
{
    if (r->out.len > 0) {
        hd_buf_put(&r->out, "\n\n", r->breaks);
        if (r->space && r->breaks == 0) {
            hd_buf_byte(&r->out, ' ');
        }
    }
    r->breaks = 0;
    r->space = false;
    hd_buf_put(&r->out, p, n);
}

static void put_char(reader_t *r, uint32_t c)
{
    char s[4];
    size_t n;
    if (c == 0xA0) {
        put_text(r, " ", 1);
        return;
    }
    if (c < 0x80) {
        s[0] = (char) c;
        n = 1;
    } else if (c < 0x800) {
        s[0] = (char) (0xC0 | c >> 6);
        n = 2;
    } else if (c < 0x10000) {
        s[0] = (char) (0xE0 | c >> 12);
        n = 3;
    } else {
        s[0] = (char) (0xF0 | c >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++) {
        s[i] = (char) (0x80 | ((c >> (6 * (n - 1 - i))) & 0x3F));
    }
    put_text(r, s, n);
}

/* Stands behind "&#"; gives the code and moves on, or false when no digit follows. */
static bool read_number(reader_t *r, uint32_t *ret)
{
    hd_str_t s = r->in;
    size_t i = r->at, start;
    bool hex = i < s.len && (s.data[i] | 0x20) == 'x';
    uint32_t n = 0;
    i += hex;
    for (start = i; i < s.len; i++) {
        unsigned c = (unsigned char) s.data[i], d = c - '0';
        if (d > 9) {
            d = hex && ((c | 0x20) - 'a') < 6 ? (c | 0x20) - 'a' + 10 : 99;
        }
        if (d == 99) {
            break;
        }
        n = n > 0x110000 ? n : n * (hex ? 16 : 10) + d;
    }
    if (i == start) {
        return false;
    }
    r->at = i + (i < s.len && s.data[i] == ';');
    if (n >= 0x80 && n < 0xA0) {
        n = cp1252[n - 0x80];
    }
    *ret = n == 0 || n > 0x10FFFF || (n >= 0xD800 && n < 0xE000) ? 0xFFFD : n;
    return true;
}

/* Names need their semicolon, except amp, lt, gt, quot and nbsp, which people forget it after. */
static bool read_name(reader_t *r, uint32_t *ret)
{
    hd_str_t name = read_alnum((hd_str_t){ r->at + 8 < r->in.len ? r->at + 8 : r->in.len,
                                           r->in.data }, r->at);
    uint32_t code = 0;
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]) && code == 0; i++) {
        code = hd_str_is(name, entities[i].name) ? entities[i].code : 0;
    }
    for (unsigned i = 0; i < 96 && code == 0; i++) {
        code = hd_str_is(name, latin1[i]) ? 0xA0 + i : 0;
    }
    bool ended = r->at + name.len < r->in.len && name.data[name.len] == ';';
    if (code == 0 || (!ended && code >= 0x80 && code != 0xA0) || (!ended && code == '\'')) {
        return false;
    }
    r->at += name.len + ended;
    *ret = code;
    return true;
}

static void read_entity(reader_t *r)
{
    uint32_t c;
    size_t start = r->at++;
    bool number = r->at < r->in.len && r->in.data[r->at] == '#';
    r->at += number;
    if (number ? read_number(r, &c) : read_name(r, &c)) {
        put_char(r, c);
    } else {
        r->at = start + 1;
        put_text(r, "&", 1);
    }
}

static tag_kind_t tag_kind(hd_str_t name)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if ((name.data[0] | 0x20) == tags[i].name[0] && hd_str_ieq(name, hd_str(tags[i].name))) {
            return tags[i].kind;
        }
    }
    return TAG_INLINE;
}

/* Behind the end tag of the element, or at the end of the text. */
static void skip_element(reader_t *r, hd_str_t name)
{
    const char *p = r->in.data + r->at, *end = r->in.data + r->in.len;
    for (; (p = memchr(p, '<', (size_t) (end - p))) != NULL; p++) {
        size_t left = (size_t) (end - p);
        if (left >= name.len + 3 && p[1] == '/' && hd_str_ieq((hd_str_t){ name.len, p + 2 }, name)
            && !is_letter(p[2 + name.len]))
        {
            const char *gt = memchr(p, '>', left);
            r->at = gt ? (size_t) (gt + 1 - r->in.data) : r->in.len;
            return;
        }
    }
    r->at = r->in.len;
}

/* Moves behind the tag's ">", minding quoted values. */
static void skip_attributes(reader_t *r)
{
    char quote = 0, before = 0;
    for (; r->at < r->in.len; r->at++) {
        char c = r->in.data[r->at];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if ((c == '"' || c == '\'') && before == '=') {
            quote = c;
        } else if (c == '>') {
            r->at++;
            return;
        }
        before = is_space(c) ? before : c;
    }
}

static void read_tag(reader_t *r)
{
    bool closing = r->in.data[++r->at] == '/';
    r->at += closing;
    hd_str_t name = read_alnum(r->in, r->at);
    r->at += name.len;
    skip_attributes(r);
    switch (tag_kind(name)) {
    case TAG_INLINE:
        break;
    case TAG_BREAK:
        r->breaks = r->breaks < 2 ? r->breaks + 1 : 2;
        r->space = false;
        break;
    case TAG_BLOCK:
        owe_breaks(r, 1);
        break;
    case TAG_PARA:
        owe_breaks(r, 2);
        break;
    case TAG_CELL:
        r->space = true;
        break;
    case TAG_PRE:
        owe_breaks(r, 2);
        r->pre = closing ? r->pre - (r->pre > 0) : r->pre + 1;
        break;
    case TAG_SKIP:
        if (!closing) {
            skip_element(r, name);
        }
        break;
    }
}

/* "<!-- -->", "<!doctype>", "<?xml?>"; Word writes "<![if]>" */
static void skip_declaration(reader_t *r)
{
    hd_str_t rest = { r->in.len - r->at, r->in.data + r->at };
    bool comment = hd_str_starts(rest, HD_STR("<!--"));
    size_t i = comment ? 4 : 1;
    while (i < rest.len
           && (rest.data[i] != '>' || (comment && memcmp(rest.data + i - 2, "--", 2) != 0)))
    {
        i++;
    }
    r->at += i < rest.len ? i + 1 : rest.len;
}

static void read_plain(reader_t *r)
{
    char c = r->in.data[r->at];
    if (is_space(c)) {
        r->at++;
        if (r->pre == 0) {
            r->space = r->breaks == 0;
        } else if (c == '\n') {
            put_text(r, "\n", 1);
        } else if (c != '\r') {
            put_text(r, " ", 1);
        }
        return;
    }
    size_t start = r->at++;
    while (r->at < r->in.len && !is_space(r->in.data[r->at]) && r->in.data[r->at] != '<'
           && r->in.data[r->at] != '&')
    {
        r->at++;
    }
    put_text(r, r->in.data + start, r->at - start);
}

/* The result has no markup: "<" in it is text, so it must be escaped where it is shown as HTML. */
hd_str_t hd_text_from_html(hd_arena_t *a, hd_str_t html)
{
    reader_t r = { .in = html };
    hd_buf_init(&r.out, a, html.len / 2 + 64, html.len * 2 + 64);
    while (r.at < html.len) {
        char c = html.data[r.at], next = r.at + 1 < html.len ? html.data[r.at + 1] : 0;
        char third = r.at + 2 < html.len ? html.data[r.at + 2] : 0;
        if (c == '&') {
            read_entity(&r);
        } else if (c == '<' && (is_letter(next) || (next == '/' && is_letter(third)))) {
            read_tag(&r);
        } else if (c == '<' && (next == '!' || next == '?' || next == '/')) {
            skip_declaration(&r);
        } else {
            read_plain(&r);
        }
    }
    return hd_text_clean(a, hd_buf_view(&r.out), true);
}
