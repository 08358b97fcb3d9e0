/*
 * iCalendar (RFC 5545), as much as time off needs: lines and blocks here, events in
 * text_ical_event.c.  We cut the text into lines ourselves, so that what is wrong has a number;
 * values, time zones and rules of repetition are read by libical.
 */
#include "text_ical_impl.h"

#include <stdlib.h>

#define LINES_MAX  200000
#define FAULTS_MAX 50
#define FOLD_AT    73
#define SPACE(len) ((size_t) 1024 * 1024 + 32 * (len))     /* bytes libical may want for a text */
#define WORK_US    (10 * 1000 * 1000)

void hd_ical_fault(hd_ical_reader_t *r, uint32_t line, const char *code, const char *sentence)
{
    hd_ical_t *out = r->out;
    if (out->n_faults < FAULTS_MAX) {
        out->faults[out->n_faults++] = (hd_ical_fault_t){ line, code, sentence };
    }
}

/* ---- lines ---- */

bool hd_ical_is(const hd_ical_line_t *l, const char *name)
{
    size_t n = strlen(name);
    if (l->text.len <= n || (l->text.data[n] != ':' && l->text.data[n] != ';')) {
        return false;
    }
    return hd_str_ieq((hd_str_t){ n, l->text.data }, hd_str(name));
}

/* "BEGIN:VEVENT" and the like. */
static bool is_mark(const hd_ical_line_t *l, const char *mark)
{
    return hd_str_ieq(hd_str_trim(l->text), hd_str(mark));
}

static size_t count_lines(hd_str_t text)
{
    size_t n = 1;
    for (const char *p = text.data; p < text.data + text.len; p++) {
        n += *p == '\n';
    }
    return n;
}

static size_t line_length(const char *p, const char *end, const char **ret_next)
{
    const char *nl = memchr(p, '\n', (size_t) (end - p));
    const char *stop = nl != NULL ? nl : end;
    size_t len = (size_t) (stop - p);
    *ret_next = stop + (nl != NULL);
    return len - (len != 0 && p[len - 1] == '\r');
}

static bool goes_on(const char *p, const char *end)
{
    return p < end && (*p == ' ' || *p == '\t');
}

/* A line with those that go on with it, because they begin with a blank.  Counts them. */
static hd_str_t unfold(hd_arena_t *a, const char **p, const char *end, uint32_t *number)
{
    const char *next;
    size_t len = line_length(*p, end, &next), n = len;
    for (const char *at = next; goes_on(at, end);) {
        n += line_length(at, end, &at);          /* a byte too many for each: its blank */
    }
    char *text = hd_alloc_raw(a, n + 1);
    memcpy(text, *p, len);
    for (++*number; goes_on(next, end); ++*number) {
        const char *from = next + 1;
        size_t more = line_length(next, end, &next);
        if (more != 0) {
            memcpy(text + len, from, more - 1);
            len += more - 1;
        }
    }
    text[len] = '\0';
    *p = next;
    return (hd_str_t){ len, text };
}

static size_t cut_lines(hd_arena_t *a, hd_str_t text, hd_ical_line_t *v, size_t max)
{
    size_t n = 0;
    const char *p = text.data, *end = text.data + text.len;
    if (text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) {
        p += 3;
    }
    for (uint32_t number = 1; p < end;) {
        uint32_t first = number;
        hd_str_t line = unfold(a, &p, end, &number);
        if (line.len != 0 && n < max) {
            v[n++] = (hd_ical_line_t){ first, line };
        }
    }
    return n;
}

/* ---- blocks ---- */

static void free_zone(void *zone)
{
    icaltimezone_free(zone, 1);
}

static void read_zone(hd_ical_reader_t *r, const hd_ical_line_t *v, size_t n)
{
    hd_buf_t b;
    hd_buf_init(&b, r->arena, 1024, HD_BODY_MAX);
    for (size_t i = 0; i < n; i++) {
        hd_buf_str(&b, v[i].text);
        hd_buf_z(&b, "\r\n");
    }
    hd_buf_byte(&b, '\0');
    icalcomponent *c = b.failed ? NULL : icalparser_parse_string(b.data);
    icaltimezone *zone = c != NULL ? icaltimezone_new() : NULL;
    const char *tzid = NULL;
    if (zone != NULL && icalcomponent_isa(c) == ICAL_VTIMEZONE_COMPONENT
        && icaltimezone_set_component(zone, c)) {
        hd_arena_defer(r->arena, free_zone, zone);      /* it owns the component now */
        tzid = icaltimezone_get_tzid(zone);
    } else {
        if (zone != NULL) {
            icaltimezone_free(zone, 1);
        }
        if (c != NULL) {
            icalcomponent_free(c);
        }
    }
    if (tzid != NULL) {
        hd_ical_zone_t *z = hd_alloc(r->arena, sizeof(*z));
        *z = (hd_ical_zone_t){ r->zones, hd_str_dup(r->arena, hd_str(tzid)), zone };
        r->zones = z;
    } else {
        hd_ical_fault(r, v[0].number, "bad_zone", "This time zone cannot be read.");
    }
}

/* Index of the line that ends the block which begins at i; n: it does not end. */
static size_t find_end(const hd_ical_line_t *v, size_t i, size_t n, const char *mark)
{
    size_t k = i;
    while (k < n && !is_mark(&v[k], mark)) {
        k++;
    }
    return k;
}

/* VEVENT or VTIMEZONE. */
static void read_block(hd_ical_reader_t *r, const hd_ical_line_t *v, size_t n, bool event)
{
    if (event) {
        hd_ical_vevent(r, v[0].number, v + 1, n - 2);
    } else {
        read_zone(r, v, n);
    }
}

static void read_blocks(hd_ical_reader_t *r, const hd_ical_line_t *v, size_t n, bool event)
{
    for (size_t i = 0; i < n; i++) {
        bool begins = is_mark(&v[i], event ? "BEGIN:VEVENT" : "BEGIN:VTIMEZONE");
        if (!begins) {
            continue;
        }
        /* not beyond the next one: many that are never closed would take the square of their number */
        size_t stop = event ? find_end(v, i + 1, n, "BEGIN:VEVENT") : n;
        size_t end = find_end(v, i, stop, event ? "END:VEVENT" : "END:VTIMEZONE");
        if (end == stop) {
            hd_ical_fault(r, v[i].number, "not_closed", "This block has no end.");
            i = stop - 1;
            continue;
        }
        read_block(r, v + i, end - i + 1, event);
        i = end;
    }
}

static void read_all(hd_ical_reader_t *r, const hd_ical_line_t *v, size_t n)
{
    if (n == 0 || !is_mark(&v[0], "BEGIN:VCALENDAR")) {
        hd_ical_fault(r, 1, "not_icalendar", "The text does not begin with BEGIN:VCALENDAR.");
        return;
    }
    if (!is_mark(&v[n - 1], "END:VCALENDAR")) {
        hd_ical_fault(r, v[n - 1].number, "cut_off", "The text does not end with END:VCALENDAR.");
    }
    for (size_t i = 0; i < n; i++) {
        if (hd_ical_is(&v[i], "X-WR-TIMEZONE")) {
            hd_str_t name = hd_str_trim((hd_str_t){ v[i].text.len - 14, v[i].text.data + 14 });
            r->tz = hd_text_is_timezone(name) ? name : r->tz;
        }
    }
    read_blocks(r, v, n, false);
    read_blocks(r, v, n, true);
    hd_ical_lay_out(r);
}

/* libical follows the pointers it could not allocate, so whether there is memory is asked first (F11). */
static void want_memory(hd_arena_t *a, size_t len)
{
    void *all = malloc(SPACE(len));
    if (all == NULL) {
        hd_arena_fail(a);
    }
    free(all);
}

void hd_ical_read(hd_arena_t *a, hd_str_t text, hd_str_t tz, hd_time_t now, hd_ical_t *ret)
{
    size_t max = count_lines(text);
    max = max < LINES_MAX ? max : LINES_MAX;
    *ret = (hd_ical_t){ .n = 0 };
    ret->faults = hd_alloc_n(a, FAULTS_MAX, sizeof(*ret->faults));
    hd_ical_reader_t r = { .arena = a, .tz = tz, .now = now, .out = ret };
    r.last = &r.first;
    r.stop_us = hd_time_mono_us() + WORK_US;
    icalerror_set_errors_are_fatal(0);
    want_memory(a, text.len);
    hd_ical_line_t *v = hd_alloc_n(a, max, sizeof(*v));
    if (!hd_str_is_utf8(text)) {
        hd_ical_fault(&r, 1, "bad_utf8", "The text is not UTF-8.");
        return;
    }
    read_all(&r, v, cut_lines(a, text, v, max));
}

/* ---- writing ---- */

/* A content line, folded at 75 bytes, never inside a character. */
static void put_line(hd_buf_t *b, hd_str_t name, hd_str_t value)
{
    size_t used = name.len;
    hd_buf_str(b, name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        bool begins = ((unsigned char) c & 0xC0) != 0x80;
        if (used >= FOLD_AT - 3 && begins) {
            hd_buf_z(b, "\r\n ");
            used = 1;
        }
        hd_buf_byte(b, c);
        used++;
    }
    hd_buf_z(b, "\r\n");
}

static hd_str_t escape(hd_arena_t *a, hd_str_t s)
{
    hd_buf_t b;
    hd_buf_init(&b, a, s.len + 8, 2 * s.len + 8);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (c == '\\' || c == ';' || c == ',') {
            hd_buf_byte(&b, '\\');
        }
        if (c == '\n') {
            hd_buf_z(&b, "\\n");
        } else if (c != '\r') {
            hd_buf_byte(&b, c);
        }
    }
    return hd_buf_view(&b);
}

/* 20260105T080000Z */
static hd_str_t utc(hd_arena_t *a, hd_time_t t)
{
    char s[HD_TIME_LEN];
    hd_time_format(t, s);
    return hd_strf(a, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", s, s + 5, s + 8, s + 11, s + 14, s + 17);
}

hd_str_t hd_ical_stamp(hd_arena_t *a, hd_time_t t)
{
    return utc(a, t);
}

void hd_ical_begin(hd_buf_t *b)
{
    hd_buf_z(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//nginx-helpdesk//time off//EN\r\n"
                "CALSCALE:GREGORIAN\r\n");
}

void hd_ical_put(hd_buf_t *b, const hd_ical_event_t *e, hd_time_t stamp, const char *status)
{
    hd_arena_t *a = b->arena;
    hd_buf_z(b, "BEGIN:VEVENT\r\n");
    put_line(b, HD_STR("UID:"), escape(a, e->uid));
    put_line(b, HD_STR("DTSTAMP:"), utc(a, stamp));
    put_line(b, HD_STR("DTSTART:"), utc(a, e->from));
    put_line(b, HD_STR("DTEND:"), utc(a, e->to));
    put_line(b, HD_STR("SUMMARY:"), escape(a, e->name));
    put_line(b, HD_STR("STATUS:"), hd_str(status));
    hd_buf_z(b, "END:VEVENT\r\n");
}

void hd_ical_end(hd_buf_t *b)
{
    hd_buf_z(b, "END:VCALENDAR\r\n");
}
