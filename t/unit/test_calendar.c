/*
 * Time zones and working hours (SLA-7, ASG-5): days the clock changes by hand, and random weeks
 * against an oracle that reads the C library's clock minute by minute.
 */
#include "unit.h"

#include <time.h>

#include "text/text.h"

static hd_time_t at(const char *text)
{
    hd_time_t t = 0;
    if (!hd_time_parse(hd_str(text), &t)) {
        fail_msg("not a time: %s", text);
    }
    return t;
}

static void assert_time(hd_time_t got, const char *want)
{
    char text[HD_TIME_LEN + 1] = "";
    hd_time_format(got, text);
    if (got != at(want)) {
        fail_msg("got %s, want %s", text, want);
    }
}

/* Monday to Friday 08-12 and 13-17. */
static const hd_hours_span_t office[] = {
    { 480, 720 },   { 780, 1020 },  { 1920, 2160 }, { 2220, 2460 }, { 3360, 3600 },
    { 3660, 3900 }, { 4800, 5040 }, { 5100, 5340 }, { 6240, 6480 }, { 6540, 6780 },
};
#define SPANS(a) sizeof(a) / sizeof((a)[0]), (a)

static void check(const hd_hours_t *h, const char *t, const char *from, const char *to)
{
    hd_time_t f, e;
    assert_true(hd_hours_next(h, at(t), &f, &e));
    assert_time(f, from);
    assert_time(e, to);
}

static void test_week(void **state)
{
    (void) state;
    hd_hours_t h = { HD_STR("Europe/Vilnius"), SPANS(office) };         /* +02 in January */
    check(&h, "2026-01-05T05:59:59.999Z", "2026-01-05T06:00:00Z", "2026-01-05T10:00:00Z");
    check(&h, "2026-01-05T06:00:00Z", "2026-01-05T06:00:00Z", "2026-01-05T10:00:00Z");
    check(&h, "2026-01-05T09:59:59.999Z", "2026-01-05T06:00:00Z", "2026-01-05T10:00:00Z");
    check(&h, "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z", "2026-01-05T15:00:00Z");  /* lunch */
    check(&h, "2026-01-09T15:00:00Z", "2026-01-12T06:00:00Z", "2026-01-12T10:00:00Z");  /* weekend */
    check(&h, "2026-01-11T23:00:00Z", "2026-01-12T06:00:00Z", "2026-01-12T10:00:00Z");
    hd_hours_t ny = { HD_STR("America/New_York"), SPANS(office) };      /* -05 */
    check(&ny, "2026-01-05T10:00:00Z", "2026-01-05T13:00:00Z", "2026-01-05T17:00:00Z");
    check(&ny, "2026-01-10T00:00:00Z", "2026-01-12T13:00:00Z", "2026-01-12T17:00:00Z");
    hd_time_t f, e;
    hd_hours_t never = { HD_STR("UTC"), 0, NULL };
    assert_false(hd_hours_next(&never, at("2026-01-05T10:00:00Z"), &f, &e));
    hd_hours_t nowhere = { HD_STR("Mars/Olympus"), SPANS(office) };
    assert_false(hd_hours_next(&nowhere, at("2026-01-05T10:00:00Z"), &f, &e));
    assert_false(hd_hours_next(&h, INT64_MAX, &f, &e));
    assert_false(hd_hours_next(&h, INT64_MIN, &f, &e));
}

/* Clocks go forward in Vilnius on Sunday 2026-03-29 at 03:00, back on 2026-10-25 at 04:00. */
static void test_change_of_clock(void **state)
{
    (void) state;
    static const hd_hours_span_t night[] = { { 6 * 1440 + 120, 6 * 1440 + 300 } };  /* Sun 02-05 */
    hd_hours_t h = { HD_STR("Europe/Vilnius"), SPANS(night) };
    check(&h, "2026-03-28T12:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z");  /* 2 hours */
    check(&h, "2026-10-24T12:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z");  /* 4 hours */
    check(&h, "2026-10-25T01:30:00Z", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z");
    static const hd_hours_span_t gone[] = { { 6 * 1440 + 190, 6 * 1440 + 230 } };   /* 03:10-03:50 */
    h = (hd_hours_t){ HD_STR("Europe/Vilnius"), SPANS(gone) };
    check(&h, "2026-03-28T12:00:00Z", "2026-04-05T00:10:00Z", "2026-04-05T00:50:00Z");  /* left out */
    check(&h, "2026-10-25T00:20:00Z", "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z");  /* once */
    check(&h, "2026-10-25T01:20:00Z", "2026-11-01T01:10:00Z", "2026-11-01T01:50:00Z");
    static const hd_hours_span_t meet[] = { { 6 * 1440 + 60, 6 * 1440 + 210 },
                                            { 6 * 1440 + 210, 6 * 1440 + 360 } };
    h = (hd_hours_t){ HD_STR("Europe/Vilnius"), SPANS(meet) };          /* no gap, no overlap */
    check(&h, "2026-10-25T00:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z");
    check(&h, "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T04:00:00Z");
    check(&h, "2026-10-25T01:40:00Z", "2026-10-25T00:30:00Z", "2026-10-25T04:00:00Z");
    hd_hours_t work = { HD_STR("America/New_York"), SPANS(office) };    /* forward on 2026-03-08 */
    check(&work, "2026-03-06T23:00:00Z", "2026-03-09T12:00:00Z", "2026-03-09T16:00:00Z");
    check(&work, "2026-10-30T22:00:00Z", "2026-11-02T13:00:00Z", "2026-11-02T17:00:00Z");
}

static void test_midnight(void **state)
{
    (void) state;
    static const hd_hours_span_t late[] = { { 1200, 1440 }, { 6 * 1440 + 600, 7 * 1440 } };
    hd_hours_t h = { HD_STR("Asia/Tehran"), SPANS(late) };              /* +03:30, no change */
    check(&h, "2026-01-05T20:29:59.999Z", "2026-01-05T16:30:00Z", "2026-01-05T20:30:00Z");
    check(&h, "2026-01-05T20:30:00Z", "2026-01-11T06:30:00Z", "2026-01-11T20:30:00Z");
    /* Cairo's clocks go forward at midnight: Friday 2026-04-24 begins at 01:00. */
    static const hd_hours_span_t friday[] = { { 4 * 1440, 4 * 1440 + 120 } };
    h = (hd_hours_t){ HD_STR("Africa/Cairo"), SPANS(friday) };
    hd_time_t f, e;
    assert_true(hd_hours_next(&h, at("2026-04-23T12:00:00Z"), &f, &e));
    assert_true(e - f == HD_HOUR || e - f == 2 * HD_HOUR);      /* as old as ICU's data is */
    static const hd_hours_span_t always[] = { { 0, 10080 } };
    h = (hd_hours_t){ HD_STR("Europe/Stockholm"), SPANS(always) };
    for (hd_time_t t = at("2026-01-01T00:00:00Z"); t < at("2027-01-01T00:00:00Z"); t += HD_MINUTE) {
        if (!hd_hours_next(&h, t, &f, &e) || f > t) {
            fail_msg("closed at %lld", (long long) t);          /* not for one minute a week */
        }
    }
}

static void test_local(void **state)
{
    (void) state;
    hd_time_t t;
    assert_true(hd_zone_local(HD_STR("Asia/Kathmandu"), at("2026-01-05T00:00:00Z"), &t));
    assert_time(t, "2026-01-05T05:45:00Z");
    assert_true(hd_zone_instant(HD_STR("Europe/Vilnius"), at("2026-03-29T03:30:00Z"), &t));
    assert_time(t, "2026-03-29T01:00:00Z");
    assert_true(hd_zone_instant(HD_STR("Europe/Vilnius"), at("2026-10-25T03:30:00Z"), &t));
    assert_time(t, "2026-10-25T00:30:00Z");
    /* Samoa left out 2011-12-30. */
    assert_true(hd_zone_instant(HD_STR("Pacific/Apia"), at("2011-12-30T12:00:00Z"), &t));
    assert_time(t, "2011-12-30T10:00:00Z");
    assert_false(hd_zone_local(HD_STR("Mars/Olympus"), t, &t));
    assert_false(hd_zone_instant(HD_STR(""), t, &t));
}

/* More zones than a thread keeps, asked in turn. */
static void test_many_zones(void **state)
{
    (void) state;
    static const struct {
        const char *tz;
        int         minutes;     /* east of Greenwich on 2026-01-05 */
    } zones[] = {
        { "UTC", 0 }, { "Europe/Vilnius", 120 }, { "Asia/Tehran", 210 }, { "Asia/Kolkata", 330 },
        { "America/New_York", -300 }, { "Asia/Ho_Chi_Minh", 420 }, { "Europe/Madrid", 60 },
        { "Pacific/Chatham", 825 }, { "America/St_Johns", -210 }, { "Asia/Kathmandu", 345 },
        { "Pacific/Kiritimati", 840 }, { "Europe/Stockholm", 60 },
    };
    hd_time_t t = at("2026-01-05T10:00:00Z"), local;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
            assert_true(hd_zone_local(hd_str(zones[i].tz), t, &local));
            assert_int_equal((local - t) / HD_MINUTE, zones[i].minutes);
        }
    }
}

/* ---- against the C library, minute by minute ---- */

static hd_time_t clock_of(hd_time_t t)
{
    struct tm tm;
    time_t s = (time_t) (t / 1000);
    localtime_r(&s, &tm);
    return t + tm.tm_gmtoff * 1000;
}

/* First minute in [from, to) whose clock shows at least local. */
static hd_time_t first_minute(hd_time_t from, hd_time_t to, hd_time_t local)
{
    while (from < to && clock_of(from) < local) {
        from += HD_MINUTE;
    }
    return from;
}

static bool oracle(const hd_hours_t *h, hd_time_t t, hd_time_t *from, hd_time_t *to)
{
    hd_time_t day = at("1970-01-05T00:00:00Z");
    hd_time_t begin = t - 2 * HD_DAY;
    for (hd_time_t week = day + (clock_of(begin) - day) / (7 * HD_DAY) * 7 * HD_DAY;
         week < t + 15 * HD_DAY; week += 7 * HD_DAY) {
        for (uint32_t i = 0; i < h->n; i++) {
            hd_time_t lf = week + h->v[i].from * HD_MINUTE, lt = week + h->v[i].to * HD_MINUTE;
            if (lt + 2 * HD_DAY < t || lf > t + 16 * HD_DAY) {
                continue;
            }
            *from = first_minute(lf - 15 * HD_HOUR, lf + 15 * HD_HOUR, lf);
            *to = first_minute(lt - 15 * HD_HOUR, lt + 15 * HD_HOUR, lt);
            if (*to > t && *from < *to) {
                return true;
            }
        }
    }
    return false;
}

static uint32_t random_week(hd_hours_span_t *v, uint32_t max)
{
    uint32_t n = 0;
    uint16_t at_minute = (uint16_t) rnd(2000);
    while (n < max && at_minute < 10070) {
        v[n].from = at_minute;
        at_minute = (uint16_t) (at_minute + 5 + rnd(600));
        v[n].to = at_minute < 10080 ? at_minute : 10080;
        n++;
        at_minute = (uint16_t) (at_minute + (rnd(3) == 0 ? 0 : rnd(4000)));
    }
    return n;
}

static void test_oracle(void **state)
{
    (void) state;
    static const char *const zones[] = { "Europe/Vilnius", "America/New_York", "Australia/Lord_Howe",
                                         "Asia/Tehran", "America/Santiago" };
    static const char *const around[] = { "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z",
                                          "2025-03-09T07:00:00Z", "2025-11-02T06:00:00Z",
                                          "2025-04-05T15:00:00Z", "2025-10-04T15:30:00Z",
                                          "2025-09-07T04:00:00Z", "2025-06-15T12:00:00Z" };
    for (int i = 0; i < 150; i++) {
        const char *tz = zones[rnd(5)];
        hd_hours_span_t v[20];
        hd_hours_t h = { hd_str(tz), random_week(v, 20), v };
        hd_time_t t = at(around[rnd(8)]) + ((hd_time_t) rnd(4 * 1440) - 2 * 1440) * HD_MINUTE;
        hd_time_t f = 0, e = 0, of = 0, oe = 0;
        setenv("TZ", tz, 1);
        tzset();
        bool got = hd_hours_next(&h, t, &f, &e), want = oracle(&h, t, &of, &oe);
        if (got != want || (got && (f != of || e != oe))) {
            fail_msg("%s, case %d, t %lld: %d %lld %lld, want %d %lld %lld", tz, i, (long long) t,
                     got, (long long) f, (long long) e, want, (long long) of, (long long) oe);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_week),     cmocka_unit_test(test_change_of_clock),
        cmocka_unit_test(test_midnight), cmocka_unit_test(test_local),
        cmocka_unit_test(test_many_zones), cmocka_unit_test(test_oracle),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
