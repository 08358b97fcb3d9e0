/*
 * CSV (RFC 4180), read leniently (CRLF or LF, a byte order mark, quotes inside bare cells) and
 * written strictly.  A spreadsheet runs a cell that begins with = + - @ TAB CR, or with the
 * full-width twins of the first four, as a formula; such a cell, also when only a later line of it
 * begins so, is written behind an apostrophe.  Plain numbers (-5, +3.25) are left alone.  A text
 * that has apostrophes of its own before such a beginning gets one more, so that reading is exact.
 */
#include "base.h"

/* A quoted cell; *at stands behind the opening quote.  False when the quote does not end well. */
static bool read_quoted(hd_arena_t *a, hd_str_t text, size_t *at, hd_str_t *ret)
{
    size_t start = *at, i = start, doubles = 0;
    while (i < text.len && (text.data[i] != '"' || (i + 1 < text.len && text.data[i + 1] == '"'))) {
        bool doubled = text.data[i] == '"';
        doubles += doubled;
        i += 1 + doubled;
    }
    if (i >= text.len) {
        return false;
    }
    *at = i + 1;
    *ret = (hd_str_t){ i - start, text.data + start };
    if (doubles > 0) {
        char *out = hd_alloc_raw(a, i - start);
        size_t n = 0;
        for (size_t k = start; k < i; k += text.data[k] == '"' ? 2 : 1) {
            out[n++] = text.data[k];
        }
        *ret = (hd_str_t){ n, out };
    }
    return true;
}

static hd_str_t read_bare(hd_str_t text, size_t *at)
{
    size_t start = *at, i = start;
    while (i < text.len && text.data[i] != ',' && text.data[i] != '\n') {
        i++;
    }
    *at = i;
    bool crlf = i < text.len && text.data[i] == '\n' && i > start && text.data[i - 1] == '\r';
    return (hd_str_t){ i - start - crlf, text.data + start };
}

/* Cells beyond max_cells are counted but not kept. */
int hd_csv_read(hd_arena_t *a, hd_str_t text, size_t *pos, hd_str_t *cells, int max_cells)
{
    size_t at = *pos;
    int n = 0;
    if (at == 0 && hd_str_starts(text, HD_STR("\xEF\xBB\xBF"))) {
        at = 3;
    }
    if (at >= text.len) {
        return 0;
    }
    for (;;) {
        hd_str_t cell;
        if (at < text.len && text.data[at] == '"') {
            at++;
            if (!read_quoted(a, text, &at, &cell)) {
                return -1;
            }
            if (at + 1 < text.len && text.data[at] == '\r' && text.data[at + 1] == '\n') {
                at++;
            }
        } else {
            cell = read_bare(text, &at);
        }
        if (n < max_cells) {
            cells[n] = cell;
        }
        n++;
        if (at >= text.len || text.data[at] == '\n') {
            *pos = at < text.len ? at + 1 : at;
            return n;
        }
        if (text.data[at++] != ',') {
            return -1;           /* text behind a closing quote */
        }
    }
}

static bool is_number(hd_str_t s)
{
    size_t i = s.len > 0 && (s.data[0] == '-' || s.data[0] == '+'), digits = 0;
    bool dot = false;
    for (; i < s.len; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9') {
            digits++;
        } else if (s.data[i] == '.' && !dot && digits > 0) {
            dot = true;
        } else {
            return false;
        }
    }
    return digits > 0 && s.data[s.len - 1] != '.';
}

static bool starts_formula(const char *p, size_t n)
{
    static const char wide[] = "\x9D\x8B\x8D\xA0";           /* U+FF1D U+FF0B U+FF0D U+FF20 */
    if (n == 0) {
        return false;
    }
    if (memchr("=+-@\t\r", p[0], 6) != NULL) {
        return true;
    }
    return n >= 3 && p[0] == '\xEF' && p[1] == '\xBC' && memchr(wide, p[2], 4) != NULL;
}

static bool needs_apostrophe(hd_str_t s)
{
    while (s.len > 0 && s.data[0] == '\'') {
        s = (hd_str_t){ s.len - 1, s.data + 1 };
    }
    if (starts_formula(s.data, s.len)) {
        return !is_number(s);
    }
    for (size_t i = 1; i < s.len; i++) {
        if ((s.data[i - 1] == '\n' || s.data[i - 1] == '\r')
            && s.data[i] != '\r' && starts_formula(s.data + i, s.len - i))
        {
            return true;
        }
    }
    return false;
}

hd_str_t hd_csv_text(hd_str_t cell)
{
    hd_str_t rest = { cell.len - (cell.len != 0), cell.data + (cell.len != 0) };
    return cell.len > 1 && cell.data[0] == '\'' && needs_apostrophe(rest) ? rest : cell;
}

/* The semicolon and TAB are quoted because some spreadsheets take them for the separator. */
static bool needs_quotes(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.data[i]) {
        case ',': case ';': case '"': case '\t': case '\r': case '\n':
            return true;
        default:
            break;
        }
    }
    return s.len > 0 && (s.data[0] == ' ' || s.data[s.len - 1] == ' ');
}

void hd_csv_cell(hd_buf_t *b, hd_str_t cell, bool first)
{
    bool apostrophe = needs_apostrophe(cell);
    if (!first) {
        hd_buf_byte(b, ',');
    }
    if (!apostrophe && !needs_quotes(cell)) {
        hd_buf_str(b, cell);
        return;
    }
    hd_buf_z(b, apostrophe ? "\"'" : "\"");
    hd_str_t part, rest = cell;
    while (hd_str_split(&rest, '"', &part)) {
        hd_buf_str(b, part);
        if (part.data + part.len < cell.data + cell.len) {
            hd_buf_z(b, "\"\"");
        }
    }
    hd_buf_byte(b, '"');
}
