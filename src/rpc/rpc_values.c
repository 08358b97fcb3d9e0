/*
 * Values as clients write them (spec.md 4.7).
 */
#include "rpc_values.h"

/* "2026-06-01" + "T" + "07:00" + ":00" + "Z" */
bool rpc_time_read(hd_arena_t *a, hd_str_t s, hd_time_t *ret_t, bool *ret_day)
{
    s = hd_str_trim(s);
    if (s.len < 10 || s.len > 40 || (s.len > 10 && s.data[10] != ' ' && s.data[10] != 'T')) {
        return false;
    }
    hd_str_t day = { 10, s.data }, clock = { s.len > 10 ? s.len - 11 : 0, s.data + (s.len > 10 ? 11 : 10) };
    size_t end = 0;
    while (end < clock.len && clock.data[end] != 'Z' && clock.data[end] != '+' && clock.data[end] != '-') {
        end++;
    }
    hd_str_t zone = { clock.len - end, clock.data + end };
    clock.len = end;
    *ret_day = s.len == 10;
    return hd_time_parse(hd_str_cat(a, 5, day, HD_STR("T"), clock.len == 0 ? HD_STR("00:00") : clock,
                                    clock.len <= 5 ? HD_STR(":00") : HD_STR(""), zone.len == 0 ? HD_STR("Z") : zone), ret_t);
}
