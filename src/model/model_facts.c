/*
 * Facts: the columns of a ticket that lists, counts, groups and boards are cut by.  The store keeps each column apart
 * (store_facts.c) and hands them out 64 tickets a time, one bit of a mask for each.
 *
 *     byte    0-1 priority  2-3 kanban_state  4 active  5 closed  6 waiting  7 closed_by_partner
 *
 * They are bytes because nearly every question asks one of them: 64 tickets in one cache line.
 *
 * What a column means is never changed; a new one takes a free column, whose 0 says "none" for all older tickets.  Whoever
 * must change one raises HD_FACTS_FORM (store_facts.c): the store then makes them anew.
 */
#include "model_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    STATE, TEAM, STAGE, USER, PARTNER, TYPE, CREATED, WRITTEN, STAGE_DATE, CLOSED, ASSIGNED, TAGS, COMMERCIAL, COLOR,
    CREATOR, DUE, LATE
};

enum { NAME, PARTNER_NAME, PARTNER_EMAIL };      /* texts */

enum { PRIORITY = 0, KANBAN = 2, ACTIVE = 4, IS_CLOSED = 5, WAITING = 6, BY_PARTNER = 7 };

static const hd_fact_t ticket_facts[HD_TICKET_F_COUNT] = {
    [HD_F_id]                  = { HD_FACT_ID, 0, 0, 0 },
    [HD_F_create_uid]          = { HD_FACT_VALUE, CREATOR, 0, 0 },
    [HD_F_create_date]         = { HD_FACT_TIME, CREATED, 0, 0 },
    [HD_F_write_date]          = { HD_FACT_TIME, WRITTEN, 0, 0 },
    [HD_TICKET_F_ticket_ref]   = { HD_FACT_ID, 0, 0, 0 },
    [HD_TICKET_F_active]       = { HD_FACT_BITS, STATE, ACTIVE, 1 },
    [HD_TICKET_F_team_id]      = { HD_FACT_VALUE, TEAM, 0, 0 },
    [HD_TICKET_F_stage_id]     = { HD_FACT_VALUE, STAGE, 0, 0 },
    [HD_TICKET_F_user_id]      = { HD_FACT_VALUE, USER, 0, 0 },
    [HD_TICKET_F_priority]     = { HD_FACT_BITS, STATE, PRIORITY, 2 },
    [HD_TICKET_F_kanban_state] = { HD_FACT_BITS, STATE, KANBAN, 2 },
    [HD_TICKET_F_partner_id]   = { HD_FACT_VALUE, PARTNER, 0, 0 },
    [HD_TICKET_F_assign_date]  = { HD_FACT_TIME, ASSIGNED, 0, 0 },
    [HD_TICKET_F_close_date]   = { HD_FACT_TIME, CLOSED, 0, 0 },
    [HD_TICKET_F_date_last_stage_update] = { HD_FACT_TIME, STAGE_DATE, 0, 0 },
    [HD_TICKET_F_closed]       = { HD_FACT_BITS, STATE, IS_CLOSED, 1 },
    [HD_TICKET_F_ticket_type_id] = { HD_FACT_VALUE, TYPE, 0, 0 },
    [HD_TICKET_F_tag_ids]      = { HD_FACT_BLOOM, TAGS, 0, 0 },
    [HD_TICKET_F_color]        = { HD_FACT_VALUE, COLOR, 0, 0 },
    [HD_TICKET_F_closed_by_partner] = { HD_FACT_BITS, STATE, BY_PARTNER, 1 },
    [HD_TICKET_F_waiting]      = { HD_FACT_BITS, STATE, WAITING, 1 },
    [HD_TICKET_F_activity_due] = { HD_FACT_TIME, DUE, 0, 0 },
    [HD_TICKET_F_activity_late] = { HD_FACT_TIME, LATE, 0, 0 },
    [HD_TICKET_F_activity_state] = { HD_FACT_DERIVED, 0, 0, 0 },
    [HD_TICKET_F_commercial_partner_id] = { HD_FACT_VALUE, COMMERCIAL, 0, 0 },
    [HD_TICKET_F_name]          = { HD_FACT_TEXT, NAME, 0, 0 },
    [HD_TICKET_F_partner_name]  = { HD_FACT_TEXT, PARTNER_NAME, 0, 0 },
    [HD_TICKET_F_partner_email] = { HD_FACT_TEXT, PARTNER_EMAIL, 0, 0 },
};

hd_fact_t hd_fact_of(uint8_t type, unsigned field)
{
    return type == HD_TICKET && field < HD_TICKET_F_COUNT ? ticket_facts[field] : (hd_fact_t){ .kind = HD_FACT_NONE };
}

hd_str_t hd_fact_text(const void *rec, unsigned n)
{
    const hd_ticket_t *t = rec;
    return n == NAME ? t->name : n == PARTNER_NAME ? t->partner_name : t->partner_email;
}

uint32_t hd_fact_time(hd_time_t t)
{
    if (t == 0) {
        return 0;
    }
    hd_time_t s = t / HD_SECOND;         /* before 1970 all is 1 */
    return s < 1 ? 1 : s > UINT32_MAX ? UINT32_MAX : (uint32_t) s;
}

void hd_facts_ticket(const void *rec, uint32_t out[HD_FACTS])
{
    const hd_ticket_t *t = rec;
    memset(out, 0, HD_FACTS * sizeof(out[0]));
    out[TEAM] = (uint32_t) t->team_id;
    out[STAGE] = (uint32_t) t->stage_id;
    out[USER] = (uint32_t) t->user_id;
    out[PARTNER] = (uint32_t) t->partner_id;
    out[TYPE] = (uint32_t) t->ticket_type_id;
    out[COMMERCIAL] = (uint32_t) t->commercial_partner_id;
    out[STATE] = (uint32_t) (t->priority & 3u) << PRIORITY | (uint32_t) (t->kanban_state & 3u) << KANBAN
                 | (uint32_t) t->active << ACTIVE | (uint32_t) t->closed << IS_CLOSED
                 | (uint32_t) t->waiting << WAITING | (uint32_t) t->closed_by_partner << BY_PARTNER;
    out[COLOR] = (uint32_t) t->color;
    out[CREATOR] = (uint32_t) t->rec.create_uid;
    out[CREATED] = hd_fact_time(t->rec.create_date);
    out[WRITTEN] = hd_fact_time(t->rec.write_date);
    out[STAGE_DATE] = hd_fact_time(t->date_last_stage_update);
    out[CLOSED] = hd_fact_time(t->close_date);
    out[ASSIGNED] = hd_fact_time(t->assign_date);
    out[DUE] = hd_fact_time(t->activity_due);
    out[LATE] = hd_fact_time(t->activity_late);
    for (uint32_t i = 0; i < t->tag_ids.n; i++) {
        out[TAGS] |= UINT32_C(1) << (t->tag_ids.v[i] % 32);
    }
}

#ifdef __SSE2__

/* Four values: all ones where one is outside. */
static __m128i is_outside(const uint32_t *p, __m128i mask, __m128i lo, __m128i span)
{
    const __m128i sign = _mm_set1_epi32(INT32_MIN);
    __m128i v = _mm_and_si128(_mm_loadu_si128((const __m128i *) (const void *) p), mask);
    return _mm_cmpgt_epi32(_mm_xor_si128(_mm_sub_epi32(v, lo), sign), span);
}

static uint64_t test_words(const uint32_t *column, uint32_t mask, uint32_t lo, uint32_t hi)
{
    const __m128i m = _mm_set1_epi32((int32_t) mask), l = _mm_set1_epi32((int32_t) lo);
    const __m128i s = _mm_set1_epi32((int32_t) ((hi - lo) ^ UINT32_C(0x80000000)));
    uint64_t out = 0;
    for (unsigned i = 0; i < HD_FACT_SLOTS; i += 16) {
        __m128i a = _mm_packs_epi32(is_outside(column + i, m, l, s), is_outside(column + i + 4, m, l, s));
        __m128i b = _mm_packs_epi32(is_outside(column + i + 8, m, l, s), is_outside(column + i + 12, m, l, s));
        out |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_packs_epi16(a, b)) << i;
    }
    return ~out;
}

static uint64_t test_bytes(const uint8_t *column, uint8_t mask, uint8_t lo, uint8_t hi)
{
    const __m128i m = _mm_set1_epi8((char) mask), l = _mm_set1_epi8((char) lo), s = _mm_set1_epi8((char) (hi - lo));
    uint64_t out = 0;
    for (unsigned i = 0; i < HD_FACT_SLOTS; i += 16) {
        __m128i v = _mm_and_si128(_mm_loadu_si128((const __m128i *) (const void *) (column + i)), m);
        __m128i d = _mm_sub_epi8(v, l);
        out |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(d, s), d)) << i;
    }
    return out;
}

#else

static uint64_t test_words(const uint32_t *column, uint32_t mask, uint32_t lo, uint32_t hi)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < HD_FACT_SLOTS; i++) {
        out |= (uint64_t) ((column[i] & mask) - lo <= hi - lo) << i;
    }
    return out;
}

static uint64_t test_bytes(const uint8_t *column, uint8_t mask, uint8_t lo, uint8_t hi)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < HD_FACT_SLOTS; i++) {
        out |= (uint64_t) ((column[i] & mask) >= lo && (column[i] & mask) <= hi) << i;
    }
    return out;
}

#endif

uint64_t hd_chunk_test(const hd_chunk_t *c, unsigned column, uint32_t mask, uint32_t lo, uint32_t hi)
{
    return column == 0 ? test_bytes(c->bytes, (uint8_t) mask, (uint8_t) lo, (uint8_t) hi)
                       : test_words(c->words[column], mask, lo, hi);
}
