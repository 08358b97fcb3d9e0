/*
 * What a change of a team would do to people, before anybody makes it (VIS-14): who loses tickets,
 * who gains some, how many tickets and links are meant.  Counted from keys, never from rows, and
 * nothing is written.  Names go to those who may see them; the others are only counted.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define TAIL 5                   /* of a ticket key: ~priority(1) ~id(4) */

typedef struct {
    hd_cx_t        *cx;
    const hd_team_t *old, *now;
    hd_step_t       step;
    hd_ids_t        stages;      /* archived ones too */
    hd_team_preview_t *out;
} preview_t;

/* ---- how many tickets one contact follows ---- */

static hd_key_t make_key(hd_index_t index, hd_id_t subject, uint8_t active, hd_id_t team)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, subject);
    hd_key_u8(&k, active);
    hd_key_id(&k, team);
    return k;
}

/* Tickets of a stage that he follows (0: none), or of which one of these is the customer, each once. */
static uint64_t count_own(const preview_t *p, hd_id_t follower, hd_ids_t customers, hd_id_t stage, uint8_t active)
{
    hd_id_t team = p->old->rec.id;
    hd_merge_t *m = hd_merge_create(p->cx->txn, p->cx->arena, TAIL);
    uint64_t n = 0;
    hd_str_t key;
    if (follower != 0) {
        hd_key_t k = make_key(HD_IX_TICKET_FOLLOWER, follower, active, team);
        hd_key_id(&k, stage);
        hd_merge_add(m, &k, (hd_str_t){ 0, NULL });
    }
    for (uint32_t i = 0; i < customers.n; i++) {
        hd_key_t k = make_key(HD_IX_TICKET_PARTNER, customers.v[i], active, team);
        hd_key_id(&k, stage);
        hd_merge_add(m, &k, (hd_str_t){ 0, NULL });
    }
    while (hd_merge_next(m, &key)) {
        n++;
    }
    hd_merge_done(m);
    return n;
}

static bool has_any(const preview_t *p, hd_index_t index, hd_id_t contact)
{
    for (uint8_t active = 0; active <= 1; active++) {
        hd_key_t k = make_key(index, contact, active, p->old->rec.id);
        if (hd_desk_any_key(p->cx->txn, &k)) {
            return true;
        }
    }
    return false;
}

typedef struct {
    uint64_t active, all;        /* all: with archived ones */
} followed_t;

/* after: as the step leaves it; shared: customers whose tickets he sees in any case. */
static followed_t count_followed(const preview_t *p, hd_id_t contact, hd_ids_t shared, bool is_portal, bool after)
{
    followed_t n = { 0, 0 };
    const hd_step_t *s = &p->step;
    bool lost = after && (hd_ids_has(s->remove, contact) || (s->drop && is_portal));
    bool follows = !lost && has_any(p, HD_IX_TICKET_FOLLOWER, contact);
    bool customer = after && s->customers && has_any(p, HD_IX_TICKET_PARTNER, contact);
    bool added = after && hd_ids_has(s->add, contact);
    hd_ids_t customers = customer ? hd_ids_with(p->cx->arena, shared, contact) : shared;
    if (!follows && customers.n == 0 && !added) {
        return n;
    }
    for (uint32_t i = 0; i < p->stages.n; i++) {
        hd_id_t stage = p->stages.v[i];
        for (uint8_t active = 0; active <= 1; active++) {
            bool whole = added && active && !hd_desk_stage_folded(p->cx, stage);        /* D-8 */
            uint64_t one = whole
                ? (uint64_t) hd_counter_get(p->cx->txn, HD_CN_TEAM_STAGE, p->old->rec.id, stage)
                : count_own(p, follows ? contact : 0, customers, stage, active);
            n.all += one;
            n.active += active ? one : 0;
        }
    }
    return n;
}

/* ---- who sees how many ---- */

static uint64_t count_seen(const preview_t *p, const hd_user_t *u, const hd_team_t *team, bool after)
{
    hd_actor_t who = hd_desk_actor_of(u);
    hd_cx_t cx = *p->cx;
    hd_ids_t shared = { 0, NULL };
    cx.actor = &who;
    hd_sees_t sees = hd_sees_team_tickets(&cx, team);
    if (sees == HD_SEES_ALL || sees == HD_SEES_NONE) {
        return sees == HD_SEES_ALL ? p->out->tickets : 0;
    }
    if (sees == HD_SEES_SHARED) {
        shared = hd_desk_colleagues(&cx, u->partner_id);
    }
    bool is_portal = who.role == HD_ROLE_PORTAL;
    followed_t n = count_followed(p, u->partner_id, shared, is_portal, after);
    return is_portal ? n.active : n.all;        /* TKT-6 */
}

static void add_person(preview_t *p, hd_id_t contact, const hd_user_t *u, uint64_t was,
                       uint64_t is)
{
    if (was == is) {
        return;
    }
    hd_access_list_t *list = was > is ? &p->out->lose : &p->out->gain;
    hd_contact_t c;
    list->total++;
    if (list->n == HD_PREVIEW_MAX || (u != NULL && !hd_sees(p->cx, HD_USER, u))
        || hd_row_get(p->cx->txn, p->cx->arena, HD_CONTACT, contact, &c) != HD_OK
        || !hd_sees(p->cx, HD_CONTACT, &c)) {
        return;
    }
    list->v[list->n++] = (hd_access_t){
        .partner_id = contact, .name = c.name, .tickets = was > is ? was - is : is - was,
        .kind = u == NULL ? "contact" : u->role == HD_ROLE_PORTAL ? "portal" : "internal",
    };
}

static void add_users(preview_t *p)
{
    size_t n;
    const void *const *users = hd_config_all(p->cx->txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->active) {
            add_person(p, u->partner_id, u, count_seen(p, u, p->old, false),
                       count_seen(p, u, p->now, true));
        }
    }
}

/* Followers without a login: they are notified, or no longer (VIS-9). */
static void add_contacts(preview_t *p, hd_ids_t ids)
{
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_key_t k = hd_desk_key(HD_IX_USER_PARTNER);
        hd_key_id(&k, ids.v[i]);
        if (!hd_desk_any_key(p->cx->txn, &k)) {
            add_person(p, ids.v[i], NULL, count_followed(p, ids.v[i], (hd_ids_t){ 0, NULL }, false, false).all,
                       count_followed(p, ids.v[i], (hd_ids_t){ 0, NULL }, false, true).all);
        }
    }
}

static int compare_people(const void *a, const void *b)
{
    const hd_access_t *x = a, *y = b;
    return (x->partner_id > y->partner_id) - (x->partner_id < y->partner_id);
}

static void sort_people(hd_access_list_t *list)
{
    if (list->n > 1) {
        qsort(list->v, list->n, sizeof(*list->v), compare_people);
    }
}

/* ---- in words ---- */

static const char *const warnings[][2] = {
    { "portal_users_leave",
      "Portal users stop following this team and all its tickets, archived ones included, and links sent to customers"
      " stop working. Changing back does not restore either. " },
    { "customers_follow", "Customers follow their tickets again and see them in the portal. " },
    { "internal_only_followed", "Internal users see only tickets they follow. " },
    { "internal_see_all", "All internal users of the company see all tickets. " },
};

static void warn(const preview_t *p)
{
    uint8_t was = p->old->privacy_visibility, is = p->now->privacy_visibility;
    bool said[] = { p->step.drop, p->step.customers, was != HD_VIS_INVITED && is == HD_VIS_INVITED,
                    was == HD_VIS_INVITED && is != HD_VIS_INVITED };
    hd_str_t text = HD_STR("");
    for (size_t i = 0; i < 4; i++) {
        if (said[i]) {
            p->out->codes[i / 2] = warnings[i][0];
            text = hd_str_cat(p->cx->arena, 2, text, hd_str(warnings[i][1]));
        }
    }
    p->out->warning = hd_str_trim(text);
}

hd_code_t hd_team_preview(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_team_t *rec,
                          uint64_t mask, hd_team_preview_t *ret)
{
    hd_team_t old;
    hd_cx_t dry = *cx;
    dry.dry_run = true;
    hd_code_t code = hd_record_update(&dry, HD_TEAM, id, if_version, rec, mask);
    if (code == HD_OK) {
        code = hd_record_get(cx, HD_TEAM, id, &old);
    }
    if (code != HD_OK) {
        return code;
    }
    preview_t p = { .cx = cx, .old = &old, .now = rec, .out = ret };
    *ret = (hd_team_preview_t){ .tickets = hd_desk_team_tickets(cx, id) };
    ret->lose.v = hd_alloc_n(cx->arena, HD_PREVIEW_MAX, sizeof(hd_access_t));
    ret->gain.v = hd_alloc_n(cx->arena, HD_PREVIEW_MAX, sizeof(hd_access_t));
    p.stages = hd_desk_stage_ids(cx, id, true);
    (void) hd_desk_team_step(cx, &old, rec, &p.step);
    if (p.step.drop) {
        ret->links_end = (uint64_t) hd_counter_get(cx->txn, HD_CN_TEAM_LINKS, id, 0);
    }
    add_users(&p);
    add_contacts(&p, p.step.remove);
    add_contacts(&p, p.step.add);
    sort_people(&ret->lose);
    sort_people(&ret->gain);
    warn(&p);
    return hd_txn_error(cx->txn);
}
