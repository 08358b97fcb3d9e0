/*
 * An iCalendar text: never a crash, the limits hold, and every event has a length.
 */
#include <stdlib.h>

#include "text/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hd_arena_t *a;
    if (a == NULL && (a = hd_arena_create(256 * 1024 * 1024)) == NULL) {
        return 0;
    }
    hd_ical_t got;
    hd_str_t body = { size, (const char *) data };
    hd_str_t text = size > 16 && memcmp(data, "BEGIN:VCALENDAR", 15) == 0
        ? body
        : hd_str_cat(a, 3, HD_STR("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDURATION:PT1H\n"), body,
                     HD_STR("\nEND:VEVENT\nEND:VCALENDAR\n"));
    hd_ical_read(a, text, HD_STR("Europe/Vilnius"), 1767600000000, &got);
    if (got.n > HD_ICAL_EVENTS || got.n_faults > 50) {
        abort();
    }
    for (size_t i = 0; i < got.n; i++) {
        if (got.v[i].from >= got.v[i].to || got.v[i].uid.len == 0 || got.v[i].uid.len > HD_ICAL_UID + 17) {
            abort();
        }
    }
    hd_arena_reset(a);
    return 0;
}
