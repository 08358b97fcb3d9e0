/*
 * Names of files (T-17).  The order matters: first what cannot be seen goes, then what is left is looked at, so that no
 * hidden character stands between a check and what it would have found.  A name is shown and handed to whoever downloads
 * the file; it is never part of a path of ours.
 */
#include "text.h"

static hd_str_t tail_of(hd_str_t s, size_t from)
{
    return (hd_str_t){ s.len - from, s.data + from };
}

/* What follows the last "/", "\" or drive letter. */
static hd_str_t without_path(hd_str_t s)
{
    size_t at = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool drive = s.data[i] == ':' && i == 1;
        at = s.data[i] == '/' || s.data[i] == '\\' || drive ? i + 1 : at;
    }
    return tail_of(s, at);
}

static hd_str_t without_dots(hd_str_t s)
{
    while (s.len > 0 && (s.data[0] == '.' || s.data[0] == ' ')) {
        s = tail_of(s, 1);
    }
    while (s.len > 0 && (s.data[s.len - 1] == '.' || s.data[s.len - 1] == ' ')) {
        s.len--;
    }
    return s;
}

/* CON, con.txt, COM1.log ...: Windows opens a device whatever follows the dot. */
static bool is_device(hd_str_t s)
{
    static const char *const names[] = { "con", "prn", "aux", "nul", "com", "lpt" };
    hd_str_t stem;
    (void) hd_str_split(&s, '.', &stem);
    stem = hd_str_trim(stem);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = i < 4 ? 3 : 4;
        bool number = n == 3 || (stem.len == 4 && stem.data[3] >= '0' && stem.data[3] <= '9');
        if (stem.len == n && number && hd_str_ieq((hd_str_t){ 3, stem.data }, hd_str(names[i]))) {
            return true;
        }
    }
    return false;
}

static hd_str_t cut(hd_arena_t *a, hd_str_t s, size_t max)
{
    size_t dot = s.len;
    if (s.len <= max) {
        return s;
    }
    while (dot > 0 && s.data[dot - 1] != '.') {
        dot--;
    }
    hd_str_t end = dot > 0 && s.len - dot < 20 && s.len - dot + 1 < max ? tail_of(s, dot - 1)
                                                                       : (hd_str_t){ 0, "" };
    hd_str_t stem = hd_str_cut(s, max - end.len);
    return hd_str_cat(a, 2, stem, end);
}

hd_str_t hd_text_file_name(hd_arena_t *a, hd_str_t name, size_t max)
{
    hd_str_t s = without_dots(without_path(hd_text_clean(a, name, false)));
    if (is_device(s)) {
        s = hd_str_cat(a, 2, HD_STR("_"), s);
    }
    s = cut(a, s, max);
    return s.len != 0 ? s : HD_STR("file");
}
