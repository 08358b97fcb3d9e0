/*
 * What a change of a team would do to people, before anybody makes it (VIS-14): who loses tickets,
 * who gains some, how many tickets and links are meant.  Counted from keys, and from the facts where a company's people
 * see each other's (D-11); nothing is written.  Names go to those who may see them; the others are only counted.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define TAIL 5                   /* of a ticket key: ~priority(1) ~id(4) */

typedef struct {
    hd_cx_t        *cx;
    const hd_team_t *old, *now;
    hd_step_t       step;
    hd_ids_t        stages;      /* archived ones too */
    hd_ids_t        companies;   /* of portal users: who sees the tickets of his */
    uint32_t       *shared;      /* [company][stage]: the team's tickets in force; NULL: not counted yet */
    hd_arena_t     *scratch;     /* of one row */
    hd_team_preview_t *out;
} preview_t;

/* ---- tickets of a company, as the tickets say it (hd_sees_ticket) ---- */

static hd_ids_t companies_of_portal(hd_cx_t *cx)
{
    size_t n, n_portal = 0;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    hd_id_t *v = hd_alloc_n(cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->active && u->role == HD_ROLE_PORTAL) {
            v[n_portal++] = hd_desk_commercial(cx, u->partner_id);
        }
    }
    return hd_ids_make(cx->arena, v, n_portal);
}

/* One walk for all of them, however many work for each. */
static void count_companies(preview_t *p)
{
    hd_fact_t team = hd_fact_of(HD_TICKET, HD_TICKET_F_team_id), on = hd_fact_of(HD_TICKET, HD_TICKET_F_active);
    hd_fact_t stage = hd_fact_of(HD_TICKET, HD_TICKET_F_stage_id), of = hd_fact_of(HD_TICKET, HD_TICKET_F_commercial_partner_id);
    uint32_t id = (uint32_t) p->old->rec.id, bit = UINT32_C(1) << on.shift;
    hd_facts_scan_t sc;
    hd_chunk_t c;
    p->companies = companies_of_portal(p->cx);
    p->shared = hd_alloc_n(p->cx->arena, ((size_t) p->companies.n + 1) * p->stages.n + 1, sizeof(*p->shared));
    hd_facts_begin(&sc, p->cx->txn, false, UINT32_C(1) << team.column | UINT32_C(1) << stage.column | UINT32_C(1) << of.column);
    while (hd_facts_next(&sc, &c)) {
        uint64_t mask = c.present & hd_chunk_test(&c, team.column, UINT32_MAX, id, id);
        mask &= mask == 0 ? 0 : hd_chunk_test(&c, on.column, bit, bit, bit);
        for (; mask != 0; mask &= mask - 1) {
            unsigned slot = (unsigned) __builtin_ctzll(mask);
            uint32_t company = hd_ids_find(p->companies, hd_chunk_value(&c, of.column, slot));
            uint32_t at = hd_ids_find(p->stages, hd_chunk_value(&c, stage.column, slot));
            if (company < p->companies.n && at < p->stages.n) {
                p->shared[(size_t) company * p->stages.n + at]++;
            }
        }
    }
    hd_facts_done(&sc);
}

static uint64_t count_shared(const preview_t *p, hd_id_t company, uint32_t stage)
{
    uint32_t i = company == 0 ? p->companies.n : hd_ids_find(p->companies, company);
    return i < p->companies.n ? p->shared[(size_t) i * p->stages.n + stage] : 0;
}

static bool is_of_company(const preview_t *p, hd_id_t ticket, hd_id_t company)
{
    hd_ticket_t t;
    hd_arena_reset(p->scratch);
    return hd_row_get(p->cx->txn, p->scratch, HD_TICKET, ticket, &t) == HD_OK && t.commercial_partner_id == company;
}

/* ---- how many tickets one contact follows ---- */

static hd_key_t make_key(hd_index_t index, hd_id_t subject, uint8_t active, hd_id_t team)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, subject);
    hd_key_u8(&k, active);
    hd_key_id(&k, team);
    return k;
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
    hd_id_t contact;
    bool    follows, customer;   /* which of his tickets count: those he follows, those whose customer he is */
} own_t;

/* Each once; those of the company (0: of none) do not count. */
static uint64_t count_own(const preview_t *p, own_t own, hd_id_t company, hd_id_t stage, uint8_t active)
{
    const struct {
        bool       counts;
        hd_index_t index;
    } from[] = { { own.follows, HD_IX_TICKET_FOLLOWER }, { own.customer, HD_IX_TICKET_PARTNER } };
    hd_merge_t *m = hd_merge_create(p->cx->txn, p->cx->arena, TAIL);
    uint64_t n = 0;
    hd_str_t key;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
        hd_key_t k = make_key(from[i].index, own.contact, active, p->old->rec.id);
        hd_key_id(&k, stage);
        if (from[i].counts) {
            hd_merge_add(m, &k, (hd_str_t){ 0, NULL });
        }
    }
    while (hd_merge_next(m, &key)) {
        n += company == 0 || !is_of_company(p, ~hd_get_be32((const uint8_t *) key.data + key.len - 4), company);
    }
    hd_merge_done(m);
    return n;
}

typedef struct {
    uint64_t active, all;        /* all: with archived ones */
} followed_t;

/* after: as the step leaves it; company: its tickets in force he sees in any case, 0: no such company. */
static followed_t count_followed(const preview_t *p, hd_id_t contact, hd_id_t company, bool is_portal, bool after)
{
    followed_t n = { 0, 0 };
    const hd_step_t *s = &p->step;
    bool lost = after && (hd_ids_has(s->remove, contact) || (s->drop && is_portal));
    bool added = after && hd_ids_has(s->add, contact);
    own_t own = { contact, !lost && has_any(p, HD_IX_TICKET_FOLLOWER, contact),
                  after && s->customers && has_any(p, HD_IX_TICKET_PARTNER, contact) };
    if (!own.follows && !own.customer && company == 0 && !added) {
        return n;
    }
    for (uint32_t i = 0; i < p->stages.n; i++) {
        hd_id_t stage = p->stages.v[i];
        for (uint8_t active = 0; active <= 1; active++) {
            bool whole = added && active && !hd_desk_stage_folded(p->cx, stage);        /* D-8 */
            hd_id_t of = active ? company : 0;
            uint64_t one = whole ? (uint64_t) hd_counter_get(p->cx->txn, HD_CN_TEAM_STAGE, p->old->rec.id, stage)
                                 : count_own(p, own, of, stage, active) + count_shared(p, of, i);
            n.all += one;
            n.active += active ? one : 0;
        }
    }
    return n;
}

/* ---- who sees how many ---- */

static uint64_t count_seen(preview_t *p, const hd_user_t *u, const hd_team_t *team, bool after)
{
    hd_actor_t who = hd_desk_actor_of(u);
    hd_cx_t cx = *p->cx;
    hd_id_t company = 0;
    cx.actor = &who;
    hd_sees_t sees = hd_sees_team_tickets(&cx, team);
    if (sees == HD_SEES_ALL || sees == HD_SEES_NONE) {
        return sees == HD_SEES_ALL ? p->out->tickets : 0;
    }
    if (sees == HD_SEES_SHARED) {
        company = hd_desk_commercial(&cx, u->partner_id);
        if (p->shared == NULL) {
            count_companies(p);
        }
    }
    bool is_portal = who.role == HD_ROLE_PORTAL;
    followed_t n = count_followed(p, u->partner_id, company, is_portal, after);
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
            add_person(p, ids.v[i], NULL, count_followed(p, ids.v[i], 0, false, false).all,
                       count_followed(p, ids.v[i], 0, false, true).all);
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
    preview_t p = { .cx = cx, .old = &old, .now = rec, .out = ret, .scratch = hd_desk_scratch(cx) };
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
