/*
 * Time: clocks, and RFC 3339 both ways.  The calendar is counted in days by arithmetic (years begin
 * in March, so the leap day is the last one), because the C library's functions read the time zone
 * and take locks.
 */
#include "base.h"

#include <time.h>

#define DAY_S    86400
#define YEAR0    (-62167219200 * HD_SECOND)      /* 0000-01-01T00:00:00Z */
#define YEAR9999 (253402300799 * HD_SECOND + 999)

hd_time_t hd_time_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (hd_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t hd_time_mono_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static int64_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t) era * 146097 + doe - 719468;
}

static int days_in_month(int y, int m)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    return days[m - 1] + (m == 2 && leap);
}

/* Reads n digits at *at, checks the range and the byte that must follow (0: any). */
static bool read_digits(hd_str_t s, size_t *at, size_t n, int low, int high, char after, int *ret)
{
    int v = 0;
    if (s.len - *at < n + (after != 0)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned) (unsigned char) s.data[*at + i] - '0';
        if (d > 9) {
            return false;
        }
        v = v * 10 + (int) d;
    }
    *at += n;
    if (after != 0) {
        char c = s.data[(*at)++];
        if (c != after && !(after == 'T' && c == 't')) {
            return false;
        }
    }
    *ret = v;
    return v >= low && v <= high;
}

static bool read_fraction(hd_str_t s, size_t *at, int *ret_ms)
{
    int ms = 0, scale = 100;
    size_t start = ++*at;
    while (*at < s.len && s.data[*at] >= '0' && s.data[*at] <= '9') {
        ms += (s.data[*at] - '0') * scale;
        scale /= 10;
        ++*at;
    }
    *ret_ms = ms;
    return *at > start;
}

static bool read_offset(hd_str_t s, size_t *at, int *ret_minutes)
{
    int h, m;
    if (*at >= s.len) {
        return false;
    }
    char sign = s.data[(*at)++];
    if (sign == 'Z' || sign == 'z') {
        *ret_minutes = 0;
        return true;
    }
    if ((sign != '+' && sign != '-') || !read_digits(s, at, 2, 0, 23, ':', &h)
        || !read_digits(s, at, 2, 0, 59, 0, &m))
    {
        return false;
    }
    *ret_minutes = sign == '-' ? -(h * 60 + m) : h * 60 + m;
    return true;
}

/*
 * Refuses what cannot be written back: moments outside the years 0000 to 9999 in UTC.  A leap
 * second (23:59:60 UTC) counts as the first of the next day.  Digits beyond milliseconds are cut.
 */
bool hd_time_parse(hd_str_t s, hd_time_t *ret_t)
{
    int year, month, day, hour, minute, second, ms = 0, offset = 0;
    size_t at = 0;
    if (!read_digits(s, &at, 4, 0, 9999, '-', &year) || !read_digits(s, &at, 2, 1, 12, '-', &month)
        || !read_digits(s, &at, 2, 1, days_in_month(year, month), 'T', &day)
        || !read_digits(s, &at, 2, 0, 23, ':', &hour)
        || !read_digits(s, &at, 2, 0, 59, ':', &minute)
        || !read_digits(s, &at, 2, 0, 60, 0, &second))
    {
        return false;
    }
    if (at < s.len && s.data[at] == '.' && !read_fraction(s, &at, &ms)) {
        return false;
    }
    if (!read_offset(s, &at, &offset) || at != s.len) {
        return false;
    }
    int64_t secs = days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second
                   - (int64_t) offset * 60;
    hd_time_t t = secs * 1000 + ms;
    if ((second == 60 && secs % DAY_S != 0) || t < YEAR0 || t > YEAR9999) {
        return false;
    }
    *ret_t = t;
    return true;
}

static void put_two(char *p, unsigned n)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    memcpy(p, pairs + 2 * n, 2);
}

/* Neri and Schneider's calendar: multiplications instead of divisions.  day: days since 0000-03-01, 0 or more. */
static void put_date(char *p, uint32_t day, unsigned years_less)
{
    uint32_t n1 = 4 * day + 3, century = n1 / 146097;
    uint64_t p2 = UINT64_C(2939745) * (n1 % 146097 | 3);
    uint32_t of_year = (uint32_t) p2 / 2939745 / 4, n3 = 2141 * of_year + 197913;
    unsigned late = of_year >= 306;              /* January and February belong to the year before */
    unsigned year = 100 * century + (unsigned) (p2 >> 32) + late - years_less;
    put_two(p, year / 100);
    put_two(p + 2, year % 100);
    put_two(p + 5, (n3 >> 16) - 12 * late);
    put_two(p + 8, (n3 & 0xffff) / 2141 + 1);
}

size_t hd_time_format(hd_time_t t, char out[HD_TIME_LEN])
{
    t = t < YEAR0 ? YEAR0 : t > YEAR9999 ? YEAR9999 : t;
    uint64_t since = (uint64_t) (t - YEAR0);     /* 60 days before 0000-03-01, so 400 years are lent to the calendar */
    uint32_t day = (uint32_t) (since / (uint64_t) HD_DAY) + 146097 - 60;
    uint32_t rest = (uint32_t) (since % (uint64_t) HD_DAY), secs = rest / 1000, ms = rest % 1000;

    memcpy(out, "0000-00-00T00:00:00.000Z", HD_TIME_LEN);
    put_date(out, day, 400);
    put_two(out + 11, secs / 3600);
    put_two(out + 14, secs / 60 % 60);
    put_two(out + 17, secs % 60);
    out[20] = (char) ('0' + ms / 100);
    put_two(out + 21, ms % 100);
    return HD_TIME_LEN;
}
