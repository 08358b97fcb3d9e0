/*
 * Rules of activity types and activities (ACT-2 .. ACT-5): defaults, days, who may get one, what follows from it.
 */
#include "desk_impl.h"

#define DAY_LEN     10           /* YYYY-MM-DD */
#define REMIND_AT   (8 * HD_HOUR)    /* of the day it is due, by the user's clock */

/* ---- days ---- */

static bool day_time(hd_arena_t *a, hd_str_t day, hd_time_t *ret)
{
    return day.len == DAY_LEN && hd_time_parse(hd_str_cat(a, 2, day, HD_STR("T00:00:00Z")), ret);
}

static hd_str_t time_day(hd_arena_t *a, hd_time_t local)
{
    char text[HD_TIME_LEN];
    (void) hd_time_format(local, text);
    return hd_str_dup(a, (hd_str_t){ DAY_LEN, text });
}

hd_str_t hd_desk_today(hd_cx_t *cx, hd_id_t user_id)
{
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, user_id);
    hd_time_t local = cx->now;
    if (u != NULL) {
        (void) hd_zone_local(u->tz, cx->now, &local);
    }
    return time_day(cx->arena, local);
}

uint8_t hd_desk_activity_state(hd_cx_t *cx, const hd_activity_t *t)
{
    hd_str_t today = hd_desk_today(cx, t->user_id);
    int order = t->date_deadline.len == DAY_LEN ? memcmp(t->date_deadline.data, today.data, DAY_LEN) : 1;
    return order < 0 ? HD_ACT_OVERDUE : order == 0 ? HD_ACT_TODAY : HD_ACT_PLANNED;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static int number(hd_str_t s, size_t at, size_t n)
{
    int v = 0;
    for (size_t i = at; i < at + n; i++) {
        v = v * 10 + (s.data[i] - '0');
    }
    return v;
}

/* The same day of a later month, or its last one. */
static hd_str_t add_months(hd_arena_t *a, hd_str_t day, int64_t months)
{
    int64_t m = (int64_t) number(day, 0, 4) * 12 + number(day, 5, 2) - 1 + months;
    int year = (int) (m / 12), month = (int) (m % 12) + 1, d = number(day, 8, 2);
    int last = days_of_month(year, month);
    return hd_strf(a, "%04d-%02d-%02d", year, month, d < last ? d : last);
}

hd_str_t hd_desk_deadline(hd_cx_t *cx, const hd_activity_type_t *type, hd_id_t user_id, hd_str_t previous)
{
    hd_time_t t;
    bool from_previous = type->delay_from == HD_DELAY_PREVIOUS && day_time(cx->arena, previous, &t);
    hd_str_t from = from_previous ? previous : hd_desk_today(cx, user_id);
    if (type->delay_unit == HD_DELAY_MONTHS) {
        return add_months(cx->arena, from, type->delay_count);
    }
    int64_t days = type->delay_count * (type->delay_unit == HD_DELAY_WEEKS ? 7 : 1);
    return day_time(cx->arena, from, &t) ? time_day(cx->arena, t + days * HD_DAY) : from;
}

hd_time_t hd_desk_day_instant(hd_cx_t *cx, hd_id_t user_id, hd_str_t day, hd_time_t into)
{
    hd_time_t local, at;
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, user_id);
    if (!day_time(cx->arena, day, &local)) {
        return 0;
    }
    return u != NULL && hd_zone_instant(u->tz, local + into, &at) ? at : local + into;
}

/* When the user is reminded: in the morning of the day, by his own clock. */
static hd_time_t remind_time(hd_cx_t *cx, const hd_activity_t *t)
{
    return hd_desk_day_instant(cx, t->user_id, t->date_deadline, REMIND_AT);
}

/* ---- types ---- */

static bool may_write_type(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) old;
    (void) mask;
    return hd_actor_is_admin(cx->actor);
}

static bool is_type(hd_cx_t *cx, hd_id_t id)
{
    return hd_config_get(cx->txn, HD_ACTIVITY_TYPE, id) != NULL;
}

static int64_t last_sequence(hd_cx_t *cx)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_ACTIVITY_TYPE, &n);
    int64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const hd_activity_type_t *t = all[i];
        last = t->sequence > last ? t->sequence : last;
    }
    return last;
}

static hd_code_t check_type(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_activity_type_t *old = old_rec;
    hd_activity_type_t *t = rec;
    if (old == NULL && !(mask & HD_BIT(HD_ACTIVITY_TYPE_F_sequence))) {
        int64_t last = last_sequence(cx);
        t->sequence = last < 1000000 ? last + 1 : last;
    }
    for (uint32_t i = 0; i < t->suggested_next_type_ids.n; i++) {
        if (!is_type(cx, t->suggested_next_type_ids.v[i])) {
            return hd_desk_bad(cx, HD_ACTIVITY_TYPE, HD_ACTIVITY_TYPE_F_suggested_next_type_ids, "not_found");
        }
    }
    if (t->triggered_next_type_id != 0 && !is_type(cx, t->triggered_next_type_id)) {
        return hd_desk_bad(cx, HD_ACTIVITY_TYPE, HD_ACTIVITY_TYPE_F_triggered_next_type_id, "not_found");
    }
    if (t->chaining_type == HD_CHAIN_TRIGGER && t->triggered_next_type_id == 0) {
        return hd_desk_bad(cx, HD_ACTIVITY_TYPE, HD_ACTIVITY_TYPE_F_triggered_next_type_id, "required");
    }
    bool same = old != NULL && old->default_user_id == t->default_user_id;
    if (t->default_user_id != 0 && !same && !hd_desk_ref_ok(cx, HD_USER, t->default_user_id)) {
        return hd_desk_bad(cx, HD_ACTIVITY_TYPE, HD_ACTIVITY_TYPE_F_default_user_id, "not_found");
    }
    return HD_OK;
}

static hd_code_t check_delete_type(hd_cx_t *cx, const void *old)
{
    hd_id_t id = ((const hd_rec_t *) old)->id;
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_ACTIVITY_TYPE, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_activity_type_t *t = all[i];
        if (t->rec.id != id && (t->triggered_next_type_id == id || hd_ids_has(t->suggested_next_type_ids, id))) {
            return HD_E_IN_USE;
        }
    }
    return hd_desk_is_unnamed(cx, HD_ACTIVITY, HD_ACTIVITY_F_activity_type_id, id) ? HD_OK : HD_E_IN_USE;
}

const hd_rules_t hd_rules_activity_type = {
    .may_write = may_write_type,
    .check = check_type,
    .check_delete = check_delete_type,
};

/* At set-up: people begin with something. */
hd_code_t hd_desk_make_activity_types(hd_cx_t *cx)
{
    static const struct {
        const char *name, *icon, *category;
        int64_t     days;
    } usual[] = { { "To-Do", "check", "default", 5 }, { "Call", "phone", "phonecall", 2 },
                  { "Meeting", "people", "meeting", 0 }, { "Upload document", "clip", "upload_file", 5 } };
    const hd_enum_t *o = hd_entities[HD_ACTIVITY_TYPE]->fields[HD_ACTIVITY_TYPE_F_category].options;
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && code == HD_OK; i++) {
        hd_activity_type_t t = {
            .name = hd_str(usual[i].name), .icon = hd_str(usual[i].icon), .delay_count = usual[i].days,
            .sequence = (int64_t) i + 1, .active = true,
        };
        while (strcmp(o->slugs[t.category], usual[i].category) != 0) {
            t.category++;
        }
        code = hd_desk_put(cx, HD_ACTIVITY_TYPE, NULL, &t);
    }
    return code;
}

/* ---- activities ---- */

static bool may_write_activity(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) old;
    (void) mask;
    return hd_actor_is_staff(cx->actor);
}

static void bad(hd_cx_t *cx, unsigned field, const char *code)
{
    (void) hd_desk_bad(cx, HD_ACTIVITY, field, code);
}

/* ACT-5: an internal user who may read the ticket. */
bool hd_desk_may_do(hd_cx_t *cx, hd_id_t user_id, const hd_ticket_t *ticket)
{
    const hd_user_t *u = user_id != 0 ? hd_config_get(cx->txn, HD_USER, user_id) : NULL;
    return u != NULL && u->active && u->role != HD_ROLE_PORTAL && hd_desk_user_sees(cx, u, ticket, NULL);
}

/* What the type fills in (ACT-3). */
static void fill(hd_cx_t *cx, const hd_activity_type_t *type, const hd_ticket_t *ticket, hd_activity_t *t, uint64_t mask)
{
    if (!(mask & HD_BIT(HD_ACTIVITY_F_summary))) {
        t->summary = type->summary;
    }
    if (!(mask & HD_BIT(HD_ACTIVITY_F_note))) {
        t->note = type->default_note;
    }
    if (t->user_id == 0) {
        t->user_id = hd_desk_may_do(cx, type->default_user_id, ticket) ? type->default_user_id : cx->actor->uid;
    }
    if (t->date_deadline.len == 0) {
        t->date_deadline = hd_desk_deadline(cx, type, t->user_id, t->date_deadline);
    }
}

static hd_code_t check_activity(hd_cx_t *cx, const void *old_rec, void *rec, uint64_t mask)
{
    const hd_activity_t *old = old_rec;
    hd_activity_t *t = rec;
    hd_ticket_t ticket;
    hd_time_t day;
    if (t->ticket_id == 0 || hd_ticket_get(cx, t->ticket_id, &ticket) != HD_OK) {
        return hd_desk_bad(cx, HD_ACTIVITY, HD_ACTIVITY_F_ticket_id, t->ticket_id != 0 ? "not_found" : "required");
    }
    const hd_activity_type_t *type = hd_config_get(cx->txn, HD_ACTIVITY_TYPE, t->activity_type_id);
    bool same_type = old != NULL && old->activity_type_id == t->activity_type_id;
    if (type == NULL || (!type->active && !same_type)) {
        const char *code = t->activity_type_id == 0 ? "required" : type == NULL ? "not_found" : "archived";
        return hd_desk_bad(cx, HD_ACTIVITY, HD_ACTIVITY_F_activity_type_id, code);
    }
    if (old == NULL) {
        fill(cx, type, &ticket, t, mask);
    }
    if ((old == NULL || old->user_id != t->user_id) && !hd_desk_may_do(cx, t->user_id, &ticket)) {
        bad(cx, HD_ACTIVITY_F_user_id, t->user_id != 0 ? "not_allowed" : "required");
    }
    if (!day_time(cx->arena, t->date_deadline, &day)) {
        bad(cx, HD_ACTIVITY_F_date_deadline, "bad_date");
    }
    if (old == NULL || old->user_id != t->user_id || !hd_str_eq(old->date_deadline, t->date_deadline)) {
        t->reminded = remind_time(cx, t) <= cx->now;    /* who gets it now is told now */
    }
    return HD_OK;
}

static void set_timer(hd_cx_t *cx, const hd_activity_t *t)
{
    hd_timer_t tm = { .due = remind_time(cx, t), .kind = HD_TM_REMIND, .type = HD_ACTIVITY, .id = t->rec.id };
    hd_timer_set(cx->txn, &tm);
}

void hd_desk_remind(hd_cx_t *cx, const hd_activity_t *t)
{
    if (!t->reminded) {
        set_timer(cx, t);
    }
}

static hd_code_t tell_user(hd_cx_t *cx, const hd_activity_t *t, const hd_ticket_t *ticket, const hd_user_t *u)
{
    hd_notification_t of = { .ticket_id = t->ticket_id, .activity_id = t->rec.id };
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, ticket->team_id);
    return hd_desk_tell(cx, hd_ids_make(cx->arena, &u->partner_id, 1), HD_NOTICE_ACTIVITY, &of, ticket, team);
}

/* ACT-5: who gets it from somebody else follows the ticket and is told. */
static hd_code_t hand_over(hd_cx_t *cx, const void *old_rec, const void *rec)
{
    const hd_activity_t *old = old_rec, *t = rec;
    hd_ticket_t ticket;
    hd_desk_remind(cx, t);
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, t->user_id);
    bool gets = (old == NULL || old->user_id != t->user_id) && t->user_id != cx->actor->uid && u != NULL;
    hd_code_t code = hd_desk_keep_days(cx, t->ticket_id, gets ? u->partner_id : 0, &ticket);
    return code == HD_OK && gets ? tell_user(cx, t, &ticket, u) : code;
}

const hd_rules_t hd_rules_activity = {
    .may_write = may_write_activity,
    .check = check_activity,
    .after = hand_over,
};

void hd_activity_remind(hd_cx_t *cx, hd_id_t id)
{
    hd_activity_t old;
    hd_ticket_t ticket;
    if (hd_row_get(cx->txn, cx->arena, HD_ACTIVITY, id, &old) != HD_OK || old.reminded) {
        return;                         /* done, cancelled, or moved and told */
    }
    if (remind_time(cx, &old) > cx->now) {
        set_timer(cx, &old);            /* put off */
        return;
    }
    hd_activity_t t = old;
    t.reminded = true;
    hd_code_t code = hd_desk_put(cx, HD_ACTIVITY, &old, &t);
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, t.user_id);
    if (code == HD_OK && u != NULL && hd_row_get(cx->txn, cx->arena, HD_TICKET, t.ticket_id, &ticket) == HD_OK) {
        (void) tell_user(cx, &t, &ticket, u);           /* an error stays with the transaction */
    }
}
