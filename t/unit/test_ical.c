/*
 * iCalendar: what an event means in instants, each worked out by hand; faults with their lines.
 */
#include "unit.h"

#include "text/text.h"

static hd_ical_t   got;
static char        shown[8192];

/* Events as "uid from to; ", then faults as "line:code; ". */
static const char *read_text(const char *body)
{
    size_t at = 0;
    hd_time_t now = 0;
    hd_str_t text = hd_strf(arena, "BEGIN:VCALENDAR\r\n%sEND:VCALENDAR\r\n", body);
    assert_true(hd_time_parse(HD_STR("2026-01-01T00:00:00Z"), &now));
    hd_ical_read(arena, text, HD_STR("Europe/Vilnius"), now, &got);
    shown[0] = '\0';
    for (size_t i = 0; i < got.n && at < sizeof(shown) - 100; i++) {
        const hd_ical_event_t *e = &got.v[i];
        hd_str_t from = hd_ical_stamp(arena, e->from), to = hd_ical_stamp(arena, e->to);
        at += (size_t) snprintf(shown + at, sizeof(shown) - at, "%.*s %.11s %.11s; ",
                                HD_STR_ARG(e->uid), from.data, to.data);
    }
    for (size_t i = 0; i < got.n_faults && at < sizeof(shown) - 100; i++) {
        at += (size_t) snprintf(shown + at, sizeof(shown) - at, "%u:%s; ", got.faults[i].line,
                                got.faults[i].code);
    }
    return shown;
}

#define EVENT(UID, LINES) "BEGIN:VEVENT\r\nUID:" UID "\r\n" LINES "END:VEVENT\r\n"

static void test_one(void **state)
{
    (void) state;
    static const char *const rows[][2] = {
        { "DTSTART:20260105T080000Z\r\nDTEND:20260105T093000Z\r\n", "20260105T08 20260105T09" },
        { "DTSTART;TZID=Europe/Vilnius:20260105T080000\r\nDTEND;TZID=America/New_York:20260105T080000\r\n",
          "20260105T06 20260105T13" },
        { "DTSTART;TZID=\"FLE Standard Time\":20260705T080000\r\nDURATION:PT2H\r\n", "20260705T05 20260705T07" },
        { "DTSTART;TZID=/freeassociation.sourceforge.net/Tzfile/Europe/Stockholm:20260105T080000\r\n"
          "DURATION:PT1H\r\n", "20260105T07 20260105T08" },
        { "DTSTART:20260105T080000\r\nDTEND:20260105T100000\r\n", "20260105T06 20260105T08" },  /* floating */
        { "DTSTART;VALUE=DATE:20260105\r\n", "20260104T22 20260105T22" },                       /* one day */
        { "DTSTART;VALUE=DATE:20260105\r\nDTEND;VALUE=DATE:20260108\r\n", "20260104T22 20260107T22" },
        { "DTSTART;VALUE=DATE:20260329\r\n", "20260328T22 20260329T21" },           /* clocks go forward */
        { "DTSTART;TZID=Europe/Vilnius:20260328T120000\r\nDURATION:P1D\r\n", "20260328T10 20260329T09" },
        { "DTSTART;TZID=Europe/Vilnius:20260328T120000\r\nDURATION:PT24H\r\n", "20260328T10 20260329T10" },
        { "DTSTART:20260105T080000Z\r\nDURATION:P1W\r\n", "20260105T08 20260112T08" },
        { "DTSTA\r\n RT:20260105T080000Z\r\nDTEND:2026010\r\n\t5T090000Z\r\n", "20260105T08 20260105T09" },
        { "dtstart:20260105T080000Z\r\nDTEND:20260105T090000Z\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\n"
          "DURATION:PT9H\r\nEND:VALARM\r\n", "20260105T08 20260105T09" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hd_str_t text = hd_strf(arena, "BEGIN:VEVENT\r\nUID:u\r\n%sEND:VEVENT\r\n", rows[i][0]);
        hd_str_t want = hd_strf(arena, "u %s; ", rows[i][1]);
        assert_string_equal(read_text(text.data), want.data);
    }
    read_text(EVENT("a\\,b", "SUMMARY:Sea\\, sun\\; a\\\\b\r\nDTSTART:20260105T080000Z\r\nDURATION:PT1H\r\n"));
    assert_true(hd_str_is(got.v[0].name, "Sea, sun; a\\b"));
    assert_true(hd_str_is(got.v[0].uid, "a,b"));
    assert_int_equal(got.n_series, 1);
}

static void test_own_zone(void **state)
{
    (void) state;
    assert_string_equal(read_text(
        "BEGIN:VTIMEZONE\r\nTZID:Our Office\r\nBEGIN:STANDARD\r\nDTSTART:19701025T040000\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\n"
        "BEGIN:DAYLIGHT\r\nDTSTART:19700329T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
        "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
        EVENT("w", "DTSTART;TZID=Our Office:20260105T080000\r\nDURATION:PT1H\r\n")
        EVENT("s", "DTSTART;TZID=Our Office:20260705T080000\r\nDURATION:PT1H\r\n")
        EVENT("n", "DTSTART;TZID=Nobody's:20260705T080000\r\nDURATION:PT1H\r\n")),
        "w 20260105T06 20260105T07; s 20260705T05 20260705T06; 29:unknown_zone; ");
    assert_string_equal(read_text("X-WR-TIMEZONE:Asia/Tehran\r\n" EVENT("t", "DTSTART;VALUE=DATE:20260105\r\n")),
                        "t 20260104T20 20260105T20; ");
}

static void test_repeat(void **state)
{
    (void) state;
    /* Fridays at 15:00 in Vilnius over the change of the clock: 13:00Z, then 12:00Z. */
    assert_string_equal(read_text(EVENT("r",
        "DTSTART;TZID=Europe/Vilnius:20260320T150000\r\nDTEND;TZID=Europe/Vilnius:20260320T160000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\r\n")),
        "r/20260320T130000Z 20260320T13 20260320T14; r/20260327T130000Z 20260327T13 20260327T14; "
        "r/20260403T120000Z 20260403T12 20260403T13; ");
    /* UNTIL is the instant of the third one; another is left out, one more day is added. */
    assert_string_equal(read_text(EVENT("r",
        "DTSTART;TZID=Europe/Vilnius:20260105T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;UNTIL=20260108T070000Z\r\n"
        "EXDATE;TZID=Europe/Vilnius:20260106T090000,20260120T090000\r\nEXDATE;VALUE=DATE:20260107\r\n"
        "RDATE;TZID=Europe/Vilnius:20260201T090000\r\n")),
        "r/20260105T070000Z 20260105T07 20260105T08; r/20260108T070000Z 20260108T07 20260108T08; "
        "r/20260201T070000Z 20260201T07 20260201T08; ");
    /* The last Friday of December, whole days. */
    assert_string_equal(read_text(EVENT("y",
        "DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=-1FR\r\n")),
        "y/20261224T220000Z 20261224T22 20261225T22; y/20271230T220000Z 20271230T22 20271231T22; "
        "y/20281228T220000Z 20281228T22 20281229T22; ");
    /* One occurrence moved, one cancelled. */
    assert_string_equal(read_text(
        EVENT("m", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\n")
        EVENT("m", "RECURRENCE-ID:20260106T080000Z\r\nDTSTART:20260106T120000Z\r\nDURATION:PT1H\r\n")
        EVENT("m", "RECURRENCE-ID:20260107T080000Z\r\nDTSTART:20260107T080000Z\r\nDURATION:PT1H\r\n"
                   "STATUS:CANCELLED\r\n")),
        "m/20260105T080000Z 20260105T08 20260105T09; m/20260106T080000Z 20260106T12 20260106T13; ");
    assert_int_equal(got.n_series, 1);
    assert_string_equal(read_text(EVENT("c", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nstatus:Cancelled\r\n")), "");
    assert_int_equal(got.n_series, 1);
}

static void test_bounds(void **state)
{
    (void) state;
    read_text(EVENT("d", "DTSTART:20200105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n"));
    assert_int_equal(got.n, HD_ICAL_REPEATS);               /* and a note that there are more */
    assert_int_equal(got.n_faults, 1);
    assert_string_equal(got.faults[0].code, "too_many");
    assert_true(hd_str_starts(hd_ical_stamp(arena, got.v[0].from), HD_STR("20241231")));  /* a year ago */
    read_text(EVENT("w", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\n"));
    assert_int_equal(got.n, 157);                           /* three years of weeks */
    assert_string_equal(read_text(EVENT("s", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=SECONDLY\r\n")),
                        "6:not_supported; ");
    assert_string_equal(read_text(EVENT("n", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\n"
                                             "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n")), "6:bad_rule; ");
}

static void test_faults(void **state)
{
    (void) state;
    static const char *const rows[][2] = {
        { EVENT("a", "DTSTART:yesterday\r\nDURATION:PT1H\r\n"), "4:bad_time; " },
        { EVENT("a", "DTSTART:20260231T080000Z\r\nDURATION:PT1H\r\n"), "4:bad_time; " },
        { EVENT("a", "SUMMARY:x\r\nDURATION:PT1H\r\n"), "2:no_start; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDTEND:20260105T080000Z\r\n"), "5:no_length; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\n"), "2:no_length; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDURATION:soon\r\n"), "5:bad_duration; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDURATION:-PT1H\r\n"), "5:bad_duration; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDTEND;VALUE=DATE:20260106\r\n"), "5:bad_time; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDTSTART:20260105T080000Z\r\n"), "5:twice; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=OFTEN\r\n"), "6:bad_rule; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2\r\nEXDATE:no\r\n"),
          "7:bad_time; " },
        { "BEGIN:VEVENT\r\nDTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n", "2:no_uid; " },
        { "BEGIN:VEVENT\r\nUID:a\r\n" EVENT("b", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\n"),
          "b 20260105T08 20260105T09; 2:not_closed; " },
        { "BEGIN:VEVENT\r\nUID:a\r\n", "2:not_closed; " },
        { EVENT("a", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\n") EVENT("a", "DTSTART:20260106T080000Z\r\nDURATION:PT1H\r\n"),
          "a 20260105T08 20260105T09; 7:twice; " },
        /* what is wrong with one does not lose the others */
        { EVENT("a", "DTSTART:x\r\n") EVENT("b", "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\n"),
          "b 20260105T08 20260105T09; 4:bad_time; " },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(read_text(rows[i][0]), rows[i][1]);
    }
    static const char *const texts[] = { "", "hello", "BEGIN:VCARD\r\nEND:VCARD\r\n", "\xEF\xBB\xBF" };
    for (size_t i = 0; i < 4; i++) {
        hd_ical_read(arena, hd_str(texts[i]), HD_STR("UTC"), 1, &got);
        assert_int_equal(got.n_faults, 1);
        assert_string_equal(got.faults[0].code, "not_icalendar");
    }
    hd_ical_read(arena, HD_STR("BEGIN:VCALENDAR\nX:\xFF\n"), HD_STR("UTC"), 1, &got);
    assert_string_equal(got.faults[0].code, "bad_utf8");
    hd_ical_read(arena, HD_STR("BEGIN:VCALENDAR\n"), HD_STR("UTC"), 1, &got);
    assert_string_equal(got.faults[0].code, "cut_off");
}

/* What we write we read. */
static void test_round(void **state)
{
    (void) state;
    hd_buf_t b;
    hd_ical_event_t e = { 0, HD_STR("a;b"), HD_STR("Šventės, atostogos; jūra\\kalnai ir dar daug visokių ilgų žodžių, "
                          "kad eilutė būtų ilgesnė nei septyniasdešimt penki baitai"), 1767600000000, 1767603600000 };
    hd_buf_init(&b, arena, 256, 65536);
    hd_ical_begin(&b);
    hd_ical_put(&b, &e, 1767600000000, "CONFIRMED");
    hd_ical_end(&b);
    hd_str_t text = hd_buf_view(&b), rest = text, line;
    while (hd_str_split(&rest, '\n', &line)) {
        assert_true(line.len <= 76);
        assert_true(hd_str_is_utf8(line));
    }
    hd_ical_read(arena, text, HD_STR("UTC"), 1767600000000, &got);
    assert_int_equal(got.n_faults, 0);
    assert_int_equal(got.n, 1);
    assert_true(hd_str_eq(got.v[0].uid, e.uid) && hd_str_eq(got.v[0].name, e.name));
    assert_true(got.v[0].from == e.from && got.v[0].to == e.to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_zone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repeat, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_round, set_up, tear_down),
    };
    if (!hd_base_init()) {
        return 1;
    }
    return cmocka_run_group_tests_name("ical", tests, NULL, NULL);
}
