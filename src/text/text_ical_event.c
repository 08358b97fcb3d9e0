/*
 * Events of an iCalendar text: from VEVENT to stretches of time.
 *
 * A rule of repetition runs on the clock of the event's zone (libical), each occurrence then becomes
 * an instant.  A length given by DTEND is exact; one given in days, by DURATION or by dates, is days
 * of the clock (RFC 5545 3.8.5.3).
 */
#include "text_ical_impl.h"

#define LINE_LEN   ((size_t) 8192)
#define PAST       (366 * HD_DAY)
#define SPAN       (3 * 366 * HD_DAY)
#define STEPS_MAX  200000        /* occurrences of one rule walked over */
#define NAME_LEN   200           /* characters of a leave's name */

/* ---- one VEVENT ---- */

static bool keep(hd_ical_vevent_t *e, const hd_ical_line_t *l)
{
    const struct {
        const char            *name;
        const hd_ical_line_t **at;
    } known[] = { { "DTSTART", &e->start }, { "DTEND", &e->end }, { "DURATION", &e->duration },
                  { "RRULE", &e->rrule }, { "RECURRENCE-ID", &e->rid }, { "STATUS", &e->status } };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (hd_ical_is(l, known[i].name)) {
            bool first = *known[i].at == NULL;
            *known[i].at = l;
            return first;
        }
    }
    if (hd_ical_is(l, "EXDATE") || hd_ical_is(l, "RDATE")) {
        e->dates[e->n_dates++] = l;
    }
    return true;
}

static void free_property(void *p)
{
    icalproperty_free(p);
}

/* NULL, or one that goes with the arena, which may jump while it is used. */
static const icalvalue *read_value(hd_arena_t *a, const hd_ical_line_t *l)
{
    icalproperty *p = icalproperty_new_from_string(l->text.data);
    if (p == NULL) {
        return NULL;
    }
    hd_arena_defer(a, free_property, p);
    return icalproperty_get_value(p);
}

/* Text of UID and SUMMARY without its backslashes. */
static hd_str_t read_text(hd_arena_t *a, const hd_ical_line_t *l)
{
    const icalvalue *v = read_value(a, l);
    const char *z = v != NULL && icalvalue_isa(v) == ICAL_TEXT_VALUE ? icalvalue_get_text(v) : NULL;
    return hd_text_clean(a, hd_str_dup(a, hd_str(z)), false);
}

static hd_str_t short_uid(hd_arena_t *a, hd_str_t uid)
{
    uint8_t hash[HD_HASH_LEN];
    char hex[2 * HD_HASH_LEN];
    if (uid.len <= HD_ICAL_UID) {
        return uid;
    }
    hd_sha256(uid.data, uid.len, hash);
    hd_hex(hash, sizeof(hash), hex);
    return hd_str_dup(a, (hd_str_t){ sizeof(hex), hex });
}

/* At most so many characters; never cut inside one. */
static hd_str_t cut_text(hd_str_t s, size_t max)
{
    size_t i = 0;
    for (size_t n = 0; i < s.len; i++) {
        n += ((unsigned char) s.data[i] & 0xC0) != 0x80;
        if (n > max) {
            break;
        }
    }
    return (hd_str_t){ i, s.data };
}

void hd_ical_vevent(hd_ical_reader_t *r, uint32_t line, const hd_ical_line_t *v, size_t n)
{
    hd_ical_vevent_t *e = hd_alloc(r->arena, sizeof(*e));
    e->line = line;
    e->dates = hd_alloc_n(r->arena, n + 1, sizeof(hd_ical_line_t *));
    int depth = 0;
    for (size_t i = 0; i < n; i++) {
        depth += hd_ical_is(&v[i], "BEGIN");            /* VALARM: not ours */
        depth -= hd_ical_is(&v[i], "END");
        if (depth != 0 || hd_ical_is(&v[i], "END")) {
            continue;
        }
        if (v[i].text.len > LINE_LEN) {
            hd_ical_fail(r, e, v[i].number, "too_long", "This line is too long.");
        } else if (hd_ical_is(&v[i], "UID")) {
            e->uid = short_uid(r->arena, read_text(r->arena, &v[i]));
        } else if (hd_ical_is(&v[i], "SUMMARY")) {
            e->name = cut_text(read_text(r->arena, &v[i]), NAME_LEN);
        } else if (!keep(e, &v[i])) {
            hd_ical_fail(r, e, v[i].number, "twice", "The event has this line already.");
        }
    }
    if (e->uid.len == 0) {
        hd_ical_fail(r, e, line, "no_uid", "The event has no UID.");
    }
    if (e->start == NULL) {
        hd_ical_fail(r, e, line, "no_start", "The event has no DTSTART.");
    }
    *r->last = e;
    r->last = &e->next;
}

/* ---- lengths ---- */

typedef struct {
    hd_ical_moment_t  start;
    hd_time_t days;              /* of the clock */
    hd_time_t exact;             /* and then */
} shape_t;

static bool read_duration(hd_ical_reader_t *r, hd_ical_vevent_t *e, shape_t *s)
{
    const icalvalue *v = read_value(r->arena, e->duration);
    bool ok = v != NULL && icalvalue_isa(v) == ICAL_DURATION_VALUE;
    if (ok) {
        struct icaldurationtype d = icalvalue_get_duration(v);
        ok = !icaldurationtype_is_bad_duration(d) && !d.is_neg && d.weeks < 1000 && d.days < 10000
            && d.hours < 100000 && d.minutes < 10000000 && d.seconds < 100000000;
        s->days = ok ? (hd_time_t) (d.weeks * 7 + d.days) * HD_DAY : 0;
        s->exact = ok ? d.hours * HD_HOUR + d.minutes * HD_MINUTE + d.seconds * HD_SECOND : 0;
    }
    return ok || hd_ical_fail(r, e, e->duration->number, "bad_duration", "This is no length of time.");
}

static bool read_shape(hd_ical_reader_t *r, hd_ical_vevent_t *e, shape_t *s)
{
    *s = (shape_t){ .days = 0 };
    if (!hd_ical_read_moment(r, e, e->start, e->start->text.data, &s->start)) {
        return false;
    }
    if (e->end != NULL) {
        hd_ical_moment_t end;
        if (!hd_ical_read_moment(r, e, e->end, e->end->text.data, &end)) {
            return false;
        }
        if (end.is_date != s->start.is_date) {
            return hd_ical_fail(r, e, e->end->number, "bad_time", "DTSTART and DTEND are not of one kind.");
        }
        s->days = end.is_date ? end.local - s->start.local : 0;
        s->exact = end.is_date ? 0
                               : hd_ical_instant(r, &end.zone, end.local)
                                     - hd_ical_instant(r, &s->start.zone, s->start.local);
    } else if (e->duration != NULL) {
        if (!read_duration(r, e, s)) {
            return false;
        }
    } else if (s->start.is_date) {
        s->days = HD_DAY;
    }
    uint32_t line = e->end != NULL ? e->end->number
        : e->duration != NULL ? e->duration->number : e->line;
    return s->days + s->exact > 0
        || hd_ical_fail(r, e, line, "no_length", "The event must end after it begins.");
}

/* ---- occurrences ---- */

typedef struct {
    hd_ical_reader_t *r;
    hd_ical_vevent_t *e;
    shape_t           shape;
    hd_time_t         since, until;
    hd_time_t        *ex, *rd;           /* instants left out, instants added */
    bool             *ex_day;            /* the whole day is left out: ex is local */
    size_t            n_ex, n_rd;
    size_t            taken;
} series_t;

static void add_event(hd_ical_reader_t *r, const hd_ical_vevent_t *e, hd_str_t uid, hd_time_t from,
                      hd_time_t to)
{
    hd_ical_t *out = r->out;
    if (out->n == HD_ICAL_EVENTS) {
        hd_ical_fault(r, e->line, "too_many", "The text has more events than are taken at once.");
        return;
    }
    if (out->n == r->cap) {
        hd_ical_event_t *v = hd_alloc_n(r->arena, r->cap = r->cap * 2 + 64, sizeof(*v));
        if (out->n != 0) {
            memcpy(v, out->v, out->n * sizeof(*v));
        }
        out->v = v;
    }
    out->v[out->n++] = (hd_ical_event_t){ e->line, uid, e->name, from, to };
}

static hd_time_t end_of(const hd_ical_reader_t *r, const shape_t *s, hd_time_t local, hd_time_t from)
{
    hd_time_t mid = s->days != 0 ? hd_ical_instant(r, &s->start.zone, local + s->days) : from;
    return mid + s->exact;
}

static bool is_replaced(const series_t *s, hd_time_t from)
{
    for (const hd_ical_vevent_t *o = s->r->first; o != NULL; o = o->next) {
        if (o->rid_at == from && hd_str_eq(o->uid, s->e->uid)) {
            return true;
        }
    }
    return false;
}

static bool is_left_out(const series_t *s, hd_time_t local, hd_time_t from)
{
    for (size_t i = 0; i < s->n_ex; i++) {
        if (s->ex_day[i] ? local >= s->ex[i] && local < s->ex[i] + HD_DAY : s->ex[i] == from) {
            return true;
        }
    }
    return is_replaced(s, from);
}

static hd_str_t occurrence_uid(hd_arena_t *a, hd_str_t uid, hd_time_t from)
{
    return hd_str_cat(a, 3, uid, HD_STR("/"), hd_ical_stamp(a, from));
}

static void take(series_t *s, hd_time_t local)
{
    hd_time_t from = hd_ical_instant(s->r, &s->shape.start.zone, local);
    hd_time_t to = end_of(s->r, &s->shape, local, from);
    if (to > s->since && from < s->until && !is_left_out(s, local, from)) {
        s->taken++;
        add_event(s->r, s->e, occurrence_uid(s->r->arena, s->e->uid, from), from, to);
    }
}

/* EXDATE and RDATE may hold several values with commas. */
static bool read_dates(series_t *s)
{
    hd_arena_t *a = s->r->arena;
    size_t max = 0;
    for (uint32_t i = 0; i < s->e->n_dates; i++) {
        hd_str_t t = s->e->dates[i]->text;
        for (size_t k = 0; k < t.len; k++) {
            max += t.data[k] == ',';
        }
        max++;
    }
    s->ex = hd_alloc_n(a, max + 1, sizeof(*s->ex));
    s->rd = hd_alloc_n(a, max + 1, sizeof(*s->rd));
    s->ex_day = hd_alloc_n(a, max + 1, sizeof(*s->ex_day));
    for (uint32_t i = 0; i < s->e->n_dates; i++) {
        const hd_ical_line_t *l = s->e->dates[i];
        const char *colon = memchr(l->text.data, ':', l->text.len);
        size_t head = colon != NULL ? (size_t) (colon - l->text.data) + 1 : l->text.len;
        hd_str_t rest = { l->text.len - head, l->text.data + head }, one;
        while (hd_str_split(&rest, ',', &one)) {
            hd_ical_moment_t m;
            hd_str_t text = hd_str_cat(a, 2, (hd_str_t){ head, l->text.data }, one);
            if (!hd_ical_read_moment(s->r, s->e, l, hd_str_dup(a, text).data, &m)) {
                return false;
            }
            if (hd_ical_is(l, "EXDATE")) {
                s->ex_day[s->n_ex] = m.is_date;
                s->ex[s->n_ex++] = m.is_date ? m.local : hd_ical_instant(s->r, &m.zone, m.local);
            } else {
                hd_time_t t = hd_ical_instant(s->r, &m.zone, m.local);
                s->rd[s->n_rd++] = m.is_date ? m.local : hd_ical_local(s->r, &s->shape.start.zone, t);
            }
        }
    }
    return true;
}

static void free_rule(void *it)
{
    icalrecur_iterator_free(it);
}

static void walk(series_t *s, struct icalrecurrencetype rule)
{
    const shape_t *sh = &s->shape;
    if (!icaltime_is_null_time(rule.until) && !rule.until.is_date && icaltime_is_utc(rule.until)) {
        hd_time_t until;
        if (hd_ical_read_time(&rule.until, &until)) {           /* on the clock the rule runs on */
            rule.until = hd_ical_from_local(hd_ical_local(s->r, &sh->start.zone, until), false);
        }
    }
    struct icaltimetype start = hd_ical_from_local(sh->start.local, sh->start.is_date);
    icalrecur_iterator *it = icalrecur_iterator_new(rule, start);
    if (it == NULL) {
        (void) hd_ical_fail(s->r, s->e, s->e->rrule->number, "bad_rule", "This rule cannot be read.");
        return;
    }
    hd_arena_defer(s->r->arena, free_rule, it);
    for (int i = 0; i < STEPS_MAX; i++) {
        hd_time_t local;
        struct icaltimetype t = icalrecur_iterator_next(it);
        if (icaltime_is_null_time(t) || !hd_ical_read_time(&t, &local)
            || hd_ical_instant(s->r, &sh->start.zone, local) >= s->until) {
            break;
        }
        if (s->taken == HD_ICAL_REPEATS || hd_time_mono_us() > s->r->stop_us) {
            hd_ical_fault(s->r, s->e->rrule->number, "too_many",
                          "The rule repeats more often than is taken; the first ones were.");
            break;
        }
        take(s, local);
    }
}

static void repeat(series_t *s)
{
    const icalvalue *v = read_value(s->r->arena, s->e->rrule);
    if (v == NULL || icalvalue_isa(v) != ICAL_RECUR_VALUE) {
        (void) hd_ical_fail(s->r, s->e, s->e->rrule->number, "bad_rule", "This rule cannot be read.");
    } else {
        struct icalrecurrencetype rule = icalvalue_get_recur(v);
        if (rule.freq == ICAL_DAILY_RECURRENCE || rule.freq == ICAL_WEEKLY_RECURRENCE
            || rule.freq == ICAL_MONTHLY_RECURRENCE || rule.freq == ICAL_YEARLY_RECURRENCE) {
            walk(s, rule);
        } else {
            (void) hd_ical_fail(s->r, s->e, s->e->rrule->number, "not_supported",
                        "Rules repeat by the day, week, month or year.");
        }
    }
}

static bool is_cancelled(const hd_ical_vevent_t *e)
{
    if (e->status == NULL) {
        return false;
    }
    hd_str_t s = e->status->text;
    const char *colon = memchr(s.data, ':', s.len);
    size_t head = colon != NULL ? (size_t) (colon - s.data) + 1 : s.len;
    return hd_str_ieq(hd_str_trim((hd_str_t){ s.len - head, s.data + head }), HD_STR("CANCELLED"));
}

static void add_series(hd_ical_reader_t *r, hd_str_t uid, hd_time_t since)
{
    hd_ical_t *out = r->out;
    if (out->n_series == r->cap_series) {
        hd_ical_series_t *v = hd_alloc_n(r->arena, r->cap_series = r->cap_series * 2 + 64, sizeof(*v));
        if (out->n_series != 0) {
            memcpy(v, out->series, out->n_series * sizeof(*v));
        }
        out->series = v;
    }
    out->series[out->n_series++] = (hd_ical_series_t){ uid, since };
}

static void lay_out(hd_ical_reader_t *r, hd_ical_vevent_t *e)
{
    series_t s = { .r = r, .e = e };
    if (!read_shape(r, e, &s.shape)) {
        return;
    }
    size_t before = r->out->n;
    hd_time_t first = hd_ical_instant(r, &s.shape.start.zone, s.shape.start.local);
    bool repeats = e->rrule != NULL || e->n_dates != 0;
    s.since = !repeats ? INT64_MIN : first > r->now - PAST ? first : r->now - PAST;
    s.until = s.since + (repeats ? SPAN : 0);
    if (!is_cancelled(e) && !repeats) {
        add_event(r, e, e->uid, first, end_of(r, &s.shape, s.shape.start.local, first));
    } else if (!is_cancelled(e) && read_dates(&s)) {
        if (e->rrule != NULL) {
            repeat(&s);
        } else {
            take(&s, s.shape.start.local);
        }
        for (size_t i = 0; i < s.n_rd; i++) {
            take(&s, s.rd[i]);
        }
    }
    if (e->failed) {
        r->out->n = before;                 /* half a series is none */
    } else {
        add_series(r, e->uid, s.since);
    }
}

/* One occurrence that was moved or cancelled. */
static void lay_out_other(hd_ical_reader_t *r, hd_ical_vevent_t *e)
{
    shape_t s;
    if (read_shape(r, e, &s) && !is_cancelled(e)) {
        hd_time_t from = hd_ical_instant(r, &s.start.zone, s.start.local);
        add_event(r, e, occurrence_uid(r->arena, e->uid, e->rid_at), from,
                  end_of(r, &s, s.start.local, from));
    }
}

static bool has_earlier(const hd_ical_reader_t *r, const hd_ical_vevent_t *e)
{
    for (const hd_ical_vevent_t *o = r->first; o != e; o = o->next) {
        if (o->rid == NULL && hd_str_eq(o->uid, e->uid)) {
            return true;
        }
    }
    return false;
}

void hd_ical_lay_out(hd_ical_reader_t *r)
{
    for (hd_ical_vevent_t *e = r->first; e != NULL; e = e->next) {
        hd_ical_moment_t m;
        if (!e->failed && e->rid != NULL && hd_ical_read_moment(r, e, e->rid, e->rid->text.data, &m)) {
            e->rid_at = hd_ical_instant(r, &m.zone, m.local);
        }
    }
    for (hd_ical_vevent_t *e = r->first; e != NULL; e = e->next) {
        if (e->failed) {
            continue;
        }
        if (e->rid != NULL) {
            lay_out_other(r, e);
        } else if (has_earlier(r, e)) {
            (void) hd_ical_fail(r, e, e->line, "twice", "Another event has this UID.");
        } else {
            lay_out(r, e);
        }
    }
}
