/*
 * The one cut: what an actor may see (VIS-1 .. VIS-8, VIS-16, VIS-17, ACC-2, ACC-5).  Everything
 * that reads asks here; what is hidden does not exist.
 *
 *                 user        administrator   without right   portal user
 *     portal      all         all             followed        followed, ticket and team active; where the team shares
 *                                                             also those of customers of his company (D-11)
 *     internal    all         all             followed        nothing
 *     invited     followed    all             followed        nothing
 *
 * and nobody sees what belongs to a company outside his own.
 */
#include <stdlib.h>

#include "desk_impl.h"

const hd_actor_t hd_actor_nobody = { .role = HD_ROLE_NONE };
const hd_actor_t hd_actor_desk = { .role = HD_ROLE_ADMIN, .scopes = UINT32_MAX };

bool hd_actor_is_admin(const hd_actor_t *a)
{
    return a->role == HD_ROLE_ADMIN;
}

hd_id_t hd_desk_own_company(const hd_actor_t *a)
{
    hd_id_t id = a->user != NULL ? a->user->company_id : 0;
    if (id != 0 && !hd_ids_has(a->companies, id)) {
        id = a->companies.n != 0 ? a->companies.v[0] : 0;
    }
    return id;
}

bool hd_desk_has_company(const hd_actor_t *a, hd_id_t company)
{
    return hd_actor_is_desk(a) || (a->uid != 0 && hd_ids_has(a->companies, company));
}

hd_sees_t hd_sees_team_tickets(hd_cx_t *cx, const hd_team_t *team)
{
    const hd_actor_t *a = cx->actor;
    if (hd_actor_is_desk(a)) {
        return HD_SEES_ALL;
    }
    if (a->uid == 0) {
        return HD_SEES_NONE;
    }
    bool is_customer = a->role == HD_ROLE_PORTAL && a->companies.n == 0;    /* of any company */
    if (!is_customer && !hd_ids_has(a->companies, team->company_id)) {      /* VIS-17 */
        return HD_SEES_NONE;
    }
    if (a->role == HD_ROLE_PORTAL) {        /* VIS-7, VIS-8, TKT-6, D-11 */
        bool open = team->active && team->privacy_visibility == HD_VIS_PORTAL;
        return !open ? HD_SEES_NONE : team->portal_share_company ? HD_SEES_SHARED : HD_SEES_FOLLOWED;
    }
    if (a->role == HD_ROLE_NONE) {          /* ACC-2 */
        return HD_SEES_FOLLOWED;
    }
    if (a->role == HD_ROLE_ADMIN || team->privacy_visibility != HD_VIS_INVITED) {
        return HD_SEES_ALL;                 /* VIS-5, VIS-6 */
    }
    return HD_SEES_FOLLOWED;                /* VIS-3: given and taken ticket by ticket */
}

static bool is_own(const hd_actor_t *a, hd_ids_t contacts)
{
    return a->partner_id != 0 && hd_ids_has(contacts, a->partner_id);
}

/* By what the ticket says, as the facts do: after a contact changed companies both follow together (desk_commercial.c). */
static bool is_of_company(hd_cx_t *cx, const hd_ticket_t *t)
{
    return t->partner_id != 0 && t->commercial_partner_id != 0 && cx->actor->partner_id != 0
        && t->commercial_partner_id == hd_desk_commercial(cx, cx->actor->partner_id);
}

/* What the team's changes so far leave of them, also where the row does not say so yet. */
static hd_ids_t followers_of(hd_cx_t *cx, const hd_team_t *team, const hd_ticket_t *ticket)
{
    if (ticket->follow_epoch == team->follow_epoch) {
        return ticket->message_partner_ids;
    }
    hd_ticket_t t = *ticket;
    hd_desk_settle(cx, &t);
    return t.message_partner_ids;
}

bool hd_sees_ticket(hd_cx_t *cx, const hd_ticket_t *ticket)
{
    const hd_actor_t *a = cx->actor;
    if (a->uid == 0) {
        return hd_actor_is_desk(a);
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, ticket->team_id);
    if (team == NULL || (a->role == HD_ROLE_PORTAL && !ticket->active)) {
        return false;
    }
    switch (hd_sees_team_tickets(cx, team)) {
    case HD_SEES_ALL:
        return true;
    case HD_SEES_SHARED:
        return is_own(a, followers_of(cx, team, ticket)) || is_of_company(cx, ticket);
    case HD_SEES_FOLLOWED:
        return is_own(a, followers_of(cx, team, ticket));
    default:
        return false;
    }
}

/* While the team's changes are carried out the keys alone prove nothing. */
static bool sees_one_of(hd_cx_t *cx, const hd_key_t *prefix)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_ticket_t t;
    bool sees = false;
    hd_scan_index(&sc, cx->txn, prefix, NULL);
    for (uint32_t i = 0; i < HD_SCAN_MAX && !sees && hd_scan_next(&sc, &key, &value); i++) {
        hd_id_t id = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        sees = hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &t) == HD_OK && hd_sees_ticket(cx, &t);
    }
    hd_scan_done(&sc);
    return sees;
}

/* VIS-2: somebody who follows one of its tickets. */
static bool follows_any(hd_cx_t *cx, const hd_team_t *team)
{
    if (cx->actor->partner_id == 0) {
        return false;
    }
    bool sweeping = hd_desk_is_sweeping(cx, team);
    for (uint8_t active = cx->actor->role == HD_ROLE_PORTAL; active <= 1; active++) {
        hd_key_t k = hd_desk_key(HD_IX_TICKET_FOLLOWER);
        hd_key_id(&k, cx->actor->partner_id);
        hd_key_u8(&k, active);
        hd_key_id(&k, team->rec.id);
        if (sweeping ? sees_one_of(cx, &k) : hd_desk_any_key(cx->txn, &k)) {
            return true;
        }
    }
    return false;
}

bool hd_sees_team(hd_cx_t *cx, const hd_team_t *team)
{
    switch (hd_sees_team_tickets(cx, team)) {
    case HD_SEES_ALL:
        return true;
    case HD_SEES_FOLLOWED:
        return (hd_actor_is_internal(cx->actor) && is_own(cx->actor, team->message_partner_ids))
            || follows_any(cx, team);
    case HD_SEES_SHARED:        /* of teams portal users see no more than the names on their tickets */
        return follows_any(cx, team);
    default:
        return false;
    }
}

/* ---- the other record types ---- */

static bool sees_user(const hd_actor_t *a, const hd_user_t *u)
{
    if (u->rec.id == a->uid) {
        return true;
    }
    if (!hd_actor_is_staff(a)) {
        return false;
    }
    for (uint32_t i = 0; i < u->company_ids.n; i++) {
        if (hd_ids_has(a->companies, u->company_ids.v[i])) {
            return true;
        }
    }
    return u->company_ids.n == 0;
}

static bool sees_contact(const hd_actor_t *a, const hd_contact_t *c)
{
    if (c->rec.id == a->partner_id) {
        return true;
    }
    return hd_actor_is_staff(a) && (c->company_id == 0 || hd_ids_has(a->companies, c->company_id));
}

/* STG-5, ACC-5: staff sees the shared stages; others those of a team they reach. */
static bool sees_stage(hd_cx_t *cx, const hd_stage_t *s)
{
    if (hd_actor_is_staff(cx->actor)) {
        return true;
    }
    for (uint32_t i = 0; i < s->team_ids.n; i++) {
        const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, s->team_ids.v[i]);
        if (team != NULL && hd_sees_team(cx, team)) {
            return true;
        }
    }
    return false;
}

static bool sees_ticket_id(hd_cx_t *cx, hd_id_t id)
{
    hd_ticket_t t;
    return hd_row_get(cx->txn, cx->arena, HD_TICKET, id, &t) == HD_OK && hd_sees_ticket(cx, &t);
}

/* One's own inbox, as far as one may still read what it tells of. */
static bool sees_notification(hd_cx_t *cx, const hd_notification_t *n)
{
    if (n->partner_id == 0 || n->partner_id != cx->actor->partner_id || !hd_actor_is_internal(cx->actor)) {
        return false;
    }
    if (n->ticket_id == 0) {
        const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, n->team_id);
        return team != NULL && hd_sees_team(cx, team);
    }
    return sees_ticket_id(cx, n->ticket_id);
}

/* Who follows is for helpdesk users. */
static bool sees_follower(hd_cx_t *cx, const hd_follower_t *f)
{
    return hd_actor_is_staff(cx->actor) && sees_ticket_id(cx, f->ticket_id);
}

static bool sees_calendar(const hd_actor_t *a, const hd_calendar_t *c)
{
    return hd_actor_is_staff(a) && (c->company_id == 0 || hd_ids_has(a->companies, c->company_id));
}

/* One's own; administrators those of users they see, and of teams and companies they work in. */
static bool sees_leave(hd_cx_t *cx, const hd_leave_t *l)
{
    const hd_actor_t *a = cx->actor;
    if (l->user_id != 0 && l->user_id == a->uid) {
        return hd_actor_is_staff(a);
    }
    if (a->role != HD_ROLE_ADMIN) {
        return false;
    }
    if (l->user_id != 0) {
        const hd_user_t *u = hd_config_get(cx->txn, HD_USER, l->user_id);
        return u != NULL && sees_user(a, u);
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, l->team_id);
    return hd_ids_has(a->companies, team != NULL ? team->company_id : l->company_id);
}

bool hd_sees(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    const hd_actor_t *a = cx->actor;
    if (a->uid == 0) {
        return hd_actor_is_desk(a);
    }
    bool internal = hd_actor_is_internal(a);
    switch (type) {
    case HD_COMPANY:
        return internal && hd_ids_has(a->companies, ((const hd_rec_t *) rec)->id);
    case HD_CONTACT:
        return sees_contact(a, rec);
    case HD_USER:
        return sees_user(a, rec);
    case HD_SESSION:
        return ((const hd_session_t *) rec)->user_id == a->uid;
    case HD_TOKEN:
        return ((const hd_token_t *) rec)->user_id == a->uid;
    case HD_TEAM:
        return internal && hd_sees_team(cx, rec);
    case HD_STAGE:
        return internal && sees_stage(cx, rec);
    case HD_TICKET:
        return hd_sees_ticket(cx, rec);
    case HD_TICKET_TYPE:
    case HD_TAG:
    case HD_ACTIVITY_TYPE:
        return hd_actor_is_staff(a);
    case HD_CALENDAR:
        return sees_calendar(a, rec);
    case HD_LEAVE:
        return sees_leave(cx, rec);
    case HD_ATTACHMENT:
        return hd_desk_sees_file(cx, rec);
    case HD_FOLLOWER:
        return sees_follower(cx, rec);
    case HD_NOTIFICATION:
        return sees_notification(cx, rec);
    case HD_MESSAGE:
        return hd_desk_sees_message(cx, rec);
    case HD_DRAFT:
        return ((const hd_draft_t *) rec)->user_id == a->uid;
    case HD_CANNED_RESPONSE:
        return hd_desk_sees_canned(cx, rec);
    case HD_VIEW:
        return hd_desk_sees_view(cx, rec);
    case HD_ACTIVITY:                                           /* ACT-3: for internal users who read the ticket */
        return internal && sees_ticket_id(cx, ((const hd_activity_t *) rec)->ticket_id);
    case HD_EXTERNAL_ID:
        return hd_desk_sees_external_id(cx, rec);
    default:
        return false;
    }
}

/* ---- what is shown ---- */

const void *hd_record_view(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    if (type == HD_TEAM) {
        return hd_team_view(cx, rec);
    }
    if (type == HD_ACTIVITY) {
        hd_activity_t *shown = hd_alloc_raw(cx->arena, sizeof(*shown));
        *shown = *(const hd_activity_t *) rec;
        shown->state = hd_desk_activity_state(cx, shown);
        return shown;
    }
    if (type != HD_STAGE) {
        return rec;
    }
    const hd_stage_t *stage = rec;
    hd_id_t *seen = hd_alloc_n(cx->arena, stage->team_ids.n, sizeof(*seen));
    uint32_t n = 0;
    for (uint32_t i = 0; i < stage->team_ids.n; i++) {
        const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, stage->team_ids.v[i]);
        if (team != NULL && hd_sees_team(cx, team)) {
            seen[n++] = stage->team_ids.v[i];
        }
    }
    hd_stage_t *copy = hd_alloc_raw(cx->arena, sizeof(*copy));
    *copy = *stage;
    copy->team_ids = (hd_ids_t){ n, seen };
    return copy;
}

/* ---- references ---- */

bool hd_desk_ref_ok(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    if (hd_entities[type]->config) {
        const void *rec = hd_config_get(cx->txn, type, id);
        return rec != NULL && hd_sees(cx, type, rec);
    }
    void *rec = hd_alloc(cx->arena, hd_entities[type]->size);
    return hd_row_get(cx->txn, cx->arena, type, id, rec) == HD_OK && hd_sees(cx, type, rec);
}

bool hd_desk_refs_ok(hd_cx_t *cx, hd_type_t type, hd_ids_t ids, const hd_ids_t *old)
{
    for (uint32_t i = 0; i < ids.n; i++) {
        if (old != NULL && hd_ids_has(*old, ids.v[i])) {
            continue;
        }
        if (!hd_desk_ref_ok(cx, type, ids.v[i])) {
            return false;
        }
    }
    return true;
}

/* ---- derived from the configuration, kept until it changes ---- */

static hd_scope_t make_scope(hd_cx_t *cx, hd_arena_t *a)
{
    size_t n;
    const void *const *all = hd_config_all(cx->txn, HD_TEAM, &n);
    hd_scope_t s = { .n = 0 };
    s.team = hd_alloc_n(a, n + 1, sizeof(const hd_team_t *));
    s.sees = hd_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *team = all[i];
        hd_sees_t sees = hd_sees_team_tickets(cx, team);
        if (sees != HD_SEES_NONE) {
            s.team[s.n] = team;
            s.sees[s.n++] = (uint8_t) sees;
        }
    }
    return s;
}

/* Built aside, then kept: an arena that runs out on the way leaves nothing half done behind. */
const hd_scope_t *hd_scope(hd_cx_t *cx)
{
    const hd_actor_t *a = cx->actor;
    if (a->user != NULL && a->companies.n != a->user->company_ids.n) {
        hd_scope_t *own = hd_alloc_raw(cx->arena, sizeof(*own));    /* ACC-5: of this request only */
        *own = make_scope(cx, cx->arena);
        return own;
    }
    uint8_t key[6] = { 'o', (uint8_t) a->role };
    hd_put_be32(key + 2, (uint32_t) a->uid);
    hd_scope_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept != NULL) {
        return kept;
    }
    hd_scope_t s = make_scope(cx, hd_config_arena(cx->txn));
    bool is_new;
    kept = hd_config_slot(cx->txn, key, sizeof(key), sizeof(s), &is_new);
    *kept = s;
    return kept;
}

static int compare_stages(const void *x, const void *y)
{
    const hd_stage_t *a = *(const hd_stage_t *const *) x, *b = *(const hd_stage_t *const *) y;
    if (a->sequence != b->sequence) {
        return a->sequence < b->sequence ? -1 : 1;
    }
    return (a->rec.id > b->rec.id) - (a->rec.id < b->rec.id);
}

typedef struct {
    size_t             n;
    const hd_stage_t **v;
} pipeline_t;

const hd_stage_t *const *hd_team_stages(hd_cx_t *cx, hd_id_t team_id, size_t *ret_n)
{
    uint8_t key[5] = { 'g' };
    hd_put_be32(key + 1, (uint32_t) team_id);
    const pipeline_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept == NULL) {
        size_t n;
        const void *const *all = hd_config_all(cx->txn, HD_STAGE, &n);
        pipeline_t p = { .n = 0 };
        p.v = hd_alloc_n(hd_config_arena(cx->txn), n + 1, sizeof(const hd_stage_t *));
        for (size_t i = 0; i < n; i++) {
            const hd_stage_t *s = all[i];
            if (s->active && hd_ids_has(s->team_ids, team_id)) {
                p.v[p.n++] = s;
            }
        }
        if (p.n > 1) {
            qsort(p.v, p.n, sizeof(const hd_stage_t *), compare_stages);        /* STG-4 */
        }
        bool is_new;
        pipeline_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(p), &is_new);
        *slot = p;
        kept = slot;
    }
    *ret_n = kept->n;
    return kept->v;
}

const hd_team_t *hd_team_by_slug(hd_cx_t *cx, hd_str_t slug)
{
    hd_id_t id;
    if (slug.len == 0 || !hd_desk_find_text(cx, HD_IX_TEAM_SLUG, slug, &id)) {
        return NULL;
    }
    const hd_team_t *t = hd_config_get(cx->txn, HD_TEAM, id);       /* CHN-12 */
    bool open = t != NULL && t->active && t->use_website_helpdesk_form && t->website_published;
    return open ? t : NULL;
}
