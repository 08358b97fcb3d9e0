/*
 * What the files that read iCalendar share.
 */
#ifndef HD_TEXT_ICAL_IMPL_H
#define HD_TEXT_ICAL_IMPL_H

#include "text.h"

#include <libical/ical.h>

typedef struct {
    uint32_t number;             /* of its first line in the text */
    hd_str_t text;               /* unfolded, followed by a NUL */
} hd_ical_line_t;

/* A VTIMEZONE of the text; zone is an icaltimezone *. */
typedef struct hd_ical_zone_s {
    struct hd_ical_zone_s *next;
    hd_str_t               tzid;
    void                  *zone;
} hd_ical_zone_t;

/* A VEVENT as it was read; a repeated one is not laid out yet. */
typedef struct hd_ical_vevent_s {
    struct hd_ical_vevent_s *next;
    uint32_t                 line;
    hd_str_t                 uid, name;
    const hd_ical_line_t    *start, *end, *duration, *rrule, *rid, *status;
    const hd_ical_line_t   **dates;      /* EXDATE and RDATE */
    uint32_t                 n_dates;
    hd_time_t                rid_at;     /* RECURRENCE-ID: which occurrence it replaces; 0 it is a series */
    bool                     failed;     /* has a fault: nothing of its series is touched */
} hd_ical_vevent_t;

typedef struct {
    hd_arena_t       *arena;
    hd_str_t          tz;                /* of times that name none */
    hd_time_t         now;
    hd_ical_zone_t   *zones;
    hd_ical_vevent_t *first, **last;
    hd_ical_t        *out;
    size_t            cap, cap_series;
    uint64_t          stop_us;           /* no rule is laid out after this */
} hd_ical_reader_t;

void hd_ical_fault(hd_ical_reader_t *r, uint32_t line, const char *code, const char *sentence);
/* text_ical_event.c: reads the lines of one VEVENT; adds the event to the reader's. */
void hd_ical_vevent(hd_ical_reader_t *r, uint32_t line, const hd_ical_line_t *v, size_t n);
/* Lays out all events read. */
void hd_ical_lay_out(hd_ical_reader_t *r);

/* ---- text_ical_time.c ---- */

typedef struct {
    enum { HD_CLOCK_LOCAL, HD_CLOCK_UTC, HD_CLOCK_NAMED, HD_CLOCK_OWN } kind;
    hd_str_t name;
    void    *own;                /* icaltimezone */
} hd_ical_clock_t;

typedef struct {
    hd_time_t       local;       /* read off the clock */
    bool            is_date;
    hd_ical_clock_t zone;
} hd_ical_moment_t;

/* Adds a fault, and the event has failed; false. */
bool hd_ical_fail(hd_ical_reader_t *r, hd_ical_vevent_t *e, uint32_t line, const char *code,
                  const char *sentence);
/* text: the line, or one of its values behind its name. */
bool hd_ical_read_moment(hd_ical_reader_t *r, hd_ical_vevent_t *e, const hd_ical_line_t *l,
                         const char *text, hd_ical_moment_t *ret);
bool hd_ical_read_time(const struct icaltimetype *t, hd_time_t *ret_local);  /* false: no time we take */
struct icaltimetype hd_ical_from_local(hd_time_t local, bool is_date);
hd_time_t hd_ical_instant(const hd_ical_reader_t *r, const hd_ical_clock_t *z, hd_time_t local);
hd_time_t hd_ical_local(const hd_ical_reader_t *r, const hd_ical_clock_t *z, hd_time_t t);

/* ---- text_ical.c ---- */

/* Name of a line's property, compared without case. */
bool hd_ical_is(const hd_ical_line_t *l, const char *name);

#endif
