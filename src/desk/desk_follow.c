/*
 * Followers and what they hear of (VIS-18 .. VIS-21, CHT-6).  Who follows stands in message_partner_ids.  Who hears of more
 * or less than the usual has a row of HD_FOLLOWER for a ticket, or a member in the team's message_subtypes.  On a ticket
 * its own row counts, then what was chosen for the team (VIS-20), then the usual; so nothing is copied when a ticket
 * enters a team, and a choice made on a ticket stays (VIS-21).  Rows of those who follow no more count for nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "desk_impl.h"

/* ---- subscriptions ---- */

typedef struct {
    hd_id_t  partner;
    uint32_t subtypes;
} choice_t;

typedef struct {
    size_t    n;
    choice_t *v;
} choices_t;

static const hd_enum_t *subtypes_enum(void)
{
    return hd_entities[HD_FOLLOWER]->fields[HD_FOLLOWER_F_subtypes].options;
}

static uint32_t read_subtypes(const hd_jval_t *list)
{
    const hd_enum_t *o = subtypes_enum();
    uint32_t set = 0;
    for (size_t i = 0; i < hd_jlen(list); i++) {
        for (uint8_t bit = 0; bit < o->n; bit++) {
            set |= hd_str_is(hd_jstr(hd_jat(list, i)), o->slugs[bit]) ? UINT32_C(1) << bit : 0;
        }
    }
    return set;
}

static hd_id_t read_id(hd_str_t name)
{
    hd_id_t id = 0;
    for (size_t i = 0; i < name.len && name.len <= 10; i++) {
        id = id * 10 + (hd_id_t) (name.data[i] - '0');
    }
    return id;
}

static choices_t read_choices(hd_arena_t *a, hd_str_t text)
{
    choices_t c = { 0, NULL };
    hd_jval_t *all, *v;
    void *it = NULL;
    hd_str_t name;
    if (text.len == 0 || hd_jparse(a, text, &all) != HD_OK) {
        return c;
    }
    c.v = hd_alloc_n(a, hd_jlen(all) + 1, sizeof(*c.v));
    while (hd_jnext(all, &it, &name, &v)) {
        c.v[c.n++] = (choice_t){ read_id(name), read_subtypes(v) };
    }
    return c;
}

/* Of a team; read once, kept until the configuration changes. */
static const choices_t *find_choices(hd_cx_t *cx, const hd_team_t *team)
{
    uint8_t key[6] = { 'f', 's' };
    hd_put_be32(key + 2, (uint32_t) team->rec.id);
    const choices_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept == NULL) {
        choices_t c = read_choices(hd_config_arena(cx->txn), team->message_subtypes);
        bool is_new;
        choices_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(c), &is_new);
        *slot = c;
        kept = slot;
    }
    return kept;
}

void hd_desk_subscriptions(hd_cx_t *cx, hd_id_t ticket, const hd_team_t *team, hd_subscriptions_t *ret)
{
    *ret = (hd_subscriptions_t){ .team = team };
    if (ticket == 0) {
        return;
    }
    hd_follower_t *own = NULL;
    uint32_t n = 0, cap = 0;
    hd_key_t prefix = hd_desk_key(HD_IX_FOLLOWER);
    hd_key_id(&prefix, ticket);
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_index(&sc, cx->txn, &prefix, NULL);
    while (hd_scan_next(&sc, &key, &value)) {
        if (n == cap) {
            hd_follower_t *more = hd_alloc_n(cx->arena, cap * 2 + 8, sizeof(*more));
            if (n != 0) {
                memcpy(more, own, n * sizeof(*more));
            }
            own = more;
            cap = cap * 2 + 8;
        }
        n += hd_row_get(cx->txn, cx->arena, HD_FOLLOWER, hd_get_be32((const uint8_t *) value.data), &own[n]) == HD_OK;
    }
    hd_scan_done(&sc);
    ret->own = own;
    ret->n = n;
}

static const hd_follower_t *find_own(const hd_subscriptions_t *s, hd_id_t partner)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->own[i].partner_id == partner) {
            return &s->own[i];
        }
    }
    return NULL;
}

uint32_t hd_desk_subtypes(hd_cx_t *cx, const hd_subscriptions_t *s, hd_id_t partner)
{
    const hd_follower_t *own = find_own(s, partner);
    if (own != NULL) {
        return own->subtypes;
    }
    if (s->team == NULL || s->team->message_subtypes.len == 0 || !hd_ids_has(s->team->message_partner_ids, partner)) {
        return HD_FOLLOW_USUAL;
    }
    const choices_t *c = find_choices(cx, s->team);
    for (size_t i = 0; i < c->n; i++) {
        if (c->v[i].partner == partner) {
            return c->v[i].subtypes;
        }
    }
    return HD_FOLLOW_USUAL;
}

hd_code_t hd_desk_unsubscribe(hd_cx_t *cx, hd_id_t ticket, hd_id_t partner)
{
    hd_subscriptions_t s;
    hd_desk_subscriptions(cx, ticket, NULL, &s);
    const hd_follower_t *own = find_own(&s, partner);
    return own != NULL ? hd_desk_remove(cx, HD_FOLLOWER, own) : HD_OK;
}

/* ---- what is followed ---- */

typedef struct {
    hd_cx_t    *cx;
    hd_type_t   type;
    hd_id_t     id;
    hd_ticket_t ticket;          /* settled; of HD_TICKET */
    hd_team_t   team;            /* the ticket's, or the one followed */
} followed_t;

static hd_code_t open_followed(hd_cx_t *cx, hd_type_t type, hd_id_t id, followed_t *ret)
{
    *ret = (followed_t){ .cx = cx, .type = type, .id = id };
    if (type == HD_TEAM) {
        return hd_record_get(cx, HD_TEAM, id, &ret->team);
    }
    hd_code_t code = hd_ticket_get(cx, id, &ret->ticket);
    const hd_team_t *team = code == HD_OK ? hd_config_get(cx->txn, HD_TEAM, ret->ticket.team_id) : NULL;
    if (team != NULL) {
        ret->team = *team;
    }
    return code;
}

static hd_ids_t followers_of(const followed_t *f)
{
    return f->type == HD_TEAM ? f->team.message_partner_ids : f->ticket.message_partner_ids;
}

static bool is_own(const followed_t *f, hd_id_t partner)
{
    return partner != 0 && partner == f->cx->actor->partner_id && hd_actor_is_internal(f->cx->actor);
}

/* May the actor decide for others? */
static bool may_manage(const followed_t *f)
{
    const hd_actor_t *a = f->cx->actor;
    return f->type == HD_TEAM ? hd_actor_is_admin(a) && hd_desk_has_company(a, f->team.company_id) : hd_actor_is_staff(a);
}

/* Internal subtypes are for internal users (VIS-19). */
static hd_code_t check_subtypes(hd_cx_t *cx, hd_id_t partner, uint32_t subtypes)
{
    const hd_user_t *u = hd_desk_user_of(cx, partner);
    bool internal = u != NULL && u->role != HD_ROLE_PORTAL;
    return internal || (subtypes & HD_FOLLOW_INTERNAL) == 0 ? HD_OK
                                                            : hd_desk_bad_name(cx, HD_STR("subtypes"), "not_allowed");
}

/* ---- writing what somebody hears of ---- */

/* Commands on followers act with the rights they have asked for, in the name of who asks. */
static hd_cx_t act_for(hd_cx_t *cx, hd_actor_t *actor)
{
    hd_cx_t as = *cx;
    *actor = *cx->actor;
    actor->role = HD_ROLE_ADMIN;
    as.actor = actor;
    return as;
}

static hd_code_t put_own(const followed_t *f, hd_id_t partner, uint32_t subtypes)
{
    hd_cx_t *cx = f->cx;
    hd_subscriptions_t s;
    hd_desk_subscriptions(cx, f->id, &f->team, &s);
    const hd_follower_t *old = find_own(&s, partner);
    hd_follower_t row = { .ticket_id = f->id, .partner_id = partner };
    if (old != NULL) {
        row = *old;
    }
    row.subtypes = subtypes;
    bool same = old != NULL ? old->subtypes == subtypes : hd_desk_subtypes(cx, &s, partner) == subtypes;
    return same ? HD_OK : hd_desk_put(cx, HD_FOLLOWER, old, &row);
}

static void write_choice(hd_json_t *j, hd_id_t partner, uint32_t subtypes)
{
    const hd_enum_t *o = subtypes_enum();
    char name[16];
    (void) snprintf(name, sizeof(name), "%" PRIu64, partner);
    hd_json_key(j, hd_str(name));
    hd_json_arr(j);
    for (uint8_t bit = 0; bit < o->n; bit++) {
        if (subtypes & UINT32_C(1) << bit) {
            hd_json_str(j, hd_str(o->slugs[bit]));
        }
    }
    hd_json_end_arr(j);
}

/* The team's choices with those of partners replaced; those of others who follow no more are dropped. */
static hd_str_t write_choices(hd_cx_t *cx, const hd_team_t *team, hd_ids_t partners, uint32_t subtypes)
{
    choices_t c = read_choices(cx->arena, team->message_subtypes);
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 256, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    size_t n = 0;
    hd_json_obj(&j);
    for (size_t i = 0; i < c.n; i++) {
        if (hd_ids_has(team->message_partner_ids, c.v[i].partner) && !hd_ids_has(partners, c.v[i].partner)) {
            write_choice(&j, c.v[i].partner, c.v[i].subtypes);
            n++;
        }
    }
    for (uint32_t i = 0; i < partners.n && subtypes != HD_FOLLOW_USUAL; i++) {
        write_choice(&j, partners.v[i], subtypes);
        n++;
    }
    hd_json_end_obj(&j);
    return n != 0 ? hd_buf_view(&b) : HD_STR("");
}

static hd_code_t put_team_choices(followed_t *f, hd_ids_t partners, uint32_t subtypes)
{
    hd_team_t old;
    hd_code_t code = hd_row_get(f->cx->txn, f->cx->arena, HD_TEAM, f->id, &old);
    if (code != HD_OK) {
        return code;
    }
    hd_team_t t = old;
    t.message_subtypes = write_choices(f->cx, &old, partners, subtypes);
    return hd_str_eq(t.message_subtypes, old.message_subtypes) ? HD_OK : hd_desk_put(f->cx, HD_TEAM, &old, &t);
}

static hd_code_t put_subtypes(followed_t *f, hd_ids_t partners, uint32_t subtypes)
{
    if (f->type == HD_TEAM) {
        return put_team_choices(f, partners, subtypes);
    }
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < partners.n && code == HD_OK; i++) {
        code = put_own(f, partners.v[i], subtypes);
    }
    return code;
}

/* Who follows from now on. */
static hd_code_t put_followers(followed_t *f, hd_ids_t ids)
{
    hd_actor_t actor;
    hd_cx_t as = act_for(f->cx, &actor);
    if (f->type == HD_TEAM) {
        hd_team_t t = { .message_partner_ids = ids };
        return hd_record_update(&as, HD_TEAM, f->id, 0, &t, HD_BIT(HD_TEAM_F_message_partner_ids));
    }
    hd_ticket_t old;
    hd_code_t code = hd_row_get(as.txn, as.arena, HD_TICKET, f->id, &old);
    if (code != HD_OK) {
        return code;
    }
    hd_ticket_t t = old;
    hd_desk_settle(&as, &t);
    t.message_partner_ids = ids;
    return hd_desk_put(&as, HD_TICKET, &old, &t);
}

/* ---- commands ---- */

static hd_code_t decide_add(followed_t *f, hd_ids_t partners, const uint32_t *subtypes)
{
    hd_cx_t *cx = f->cx;
    bool own = partners.n == 1 && is_own(f, partners.v[0]);
    bool may_join = f->type == HD_TICKET ? hd_actor_is_staff(cx->actor)
                                         : hd_sees_team_tickets(cx, &f->team) == HD_SEES_ALL;
    if (!may_manage(f) && !(own && may_join)) {
        return HD_E_RIGHT;
    }
    hd_ids_t now = followers_of(f);
    uint32_t n = now.n;
    for (uint32_t i = 0; i < partners.n; i++) {
        if (!hd_ids_has(now, partners.v[i])) {
            n++;
            if (!is_own(f, partners.v[i]) && !hd_desk_ref_ok(cx, HD_CONTACT, partners.v[i])) {
                return hd_desk_bad_name(cx, HD_STR("partner_ids"), "not_found");
            }
        }
        if (subtypes != NULL && check_subtypes(cx, partners.v[i], *subtypes) != HD_OK) {
            return HD_E_INVALID;
        }
    }
    return n <= HD_LIST_MAX ? HD_OK : hd_desk_bad_name(cx, HD_STR("partner_ids"), "too_many");
}

hd_code_t hd_follower_add(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_ids_t partners, const uint32_t *subtypes, bool notify)
{
    followed_t f;
    hd_code_t code = open_followed(cx, type, id, &f);
    if (code == HD_OK) {
        code = decide_add(&f, partners, subtypes);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_ids_t ids = followers_of(&f), added = { 0, NULL };
    for (uint32_t i = 0; i < partners.n; i++) {
        if (!hd_ids_has(followers_of(&f), partners.v[i])) {
            added = hd_ids_with(cx->arena, added, partners.v[i]);
        }
        ids = hd_ids_with(cx->arena, ids, partners.v[i]);
    }
    if (added.n != 0) {
        code = put_followers(&f, ids);
    }
    if (code == HD_OK && subtypes != NULL) {
        code = put_subtypes(&f, partners, *subtypes);
    }
    if (code == HD_OK) {
        code = open_followed(cx, type, id, &f);
    }
    if (code == HD_OK && notify) {
        hd_notification_t of = { .ticket_id = type == HD_TICKET ? id : 0, .team_id = type == HD_TEAM ? id : 0 };
        code = hd_desk_tell(cx, added, HD_NOTICE_FOLLOW, &of, type == HD_TICKET ? &f.ticket : NULL, &f.team);
    }
    return code;
}

/* What somebody follows, to change how he does: oneself, or who manages it. */
static hd_code_t open_line(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t partner, followed_t *ret)
{
    hd_code_t code = open_followed(cx, type, id, ret);
    return code != HD_OK || may_manage(ret) || is_own(ret, partner) ? code : HD_E_RIGHT;
}

hd_code_t hd_follower_remove(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t partner, uint64_t if_version)
{
    followed_t f;
    hd_code_t code = open_line(cx, type, id, partner, &f);
    if (code != HD_OK) {
        return code;
    }
    if (if_version != 0 && if_version != (type == HD_TEAM ? f.team.rec.version : f.ticket.rec.version)) {
        return HD_E_VERSION;
    }
    if (!hd_ids_has(followers_of(&f), partner)) {
        return HD_OK;
    }
    if (type == HD_TICKET) {
        hd_ticket_t t;
        return hd_ticket_follow(cx, id, partner, false, &t);
    }
    code = put_team_choices(&f, hd_ids_make(cx->arena, &partner, 1), HD_FOLLOW_USUAL);
    return code == HD_OK ? put_followers(&f, hd_ids_without(cx->arena, followers_of(&f), partner)) : code;
}

hd_code_t hd_follower_set(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t partner, uint32_t subtypes)
{
    followed_t f;
    hd_code_t code = open_line(cx, type, id, partner, &f);
    if (code != HD_OK) {
        return code;
    }
    if (!hd_ids_has(followers_of(&f), partner)) {
        return HD_E_NOT_FOUND;
    }
    code = check_subtypes(cx, partner, subtypes);
    return code == HD_OK ? put_subtypes(&f, hd_ids_make(cx->arena, &partner, 1), subtypes) : code;
}

/* ---- the list ---- */

static const char *kind_of(const hd_user_t *u)
{
    return u == NULL ? "contact" : u->role == HD_ROLE_PORTAL ? "portal" : "internal";
}

hd_code_t hd_follower_list(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_follower_row_t **ret_v, uint32_t *ret_n)
{
    followed_t f;
    hd_subscriptions_t s;
    hd_code_t code = open_followed(cx, type, id, &f);
    if (code != HD_OK) {
        return code;
    }
    hd_ids_t ids = followers_of(&f);
    hd_follower_row_t *v = hd_alloc_n(cx->arena, ids.n + (size_t) 1, sizeof(*v));
    uint32_t n = 0;
    hd_desk_subscriptions(cx, type == HD_TICKET ? id : 0, &f.team, &s);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_contact_t c;
        if (!hd_actor_is_staff(cx->actor) && !hd_actor_is_desk(cx->actor) && ids.v[i] != cx->actor->partner_id) {
            continue;
        }
        bool seen = hd_row_get(cx->txn, cx->arena, HD_CONTACT, ids.v[i], &c) == HD_OK && hd_sees(cx, HD_CONTACT, &c);
        v[n++] = (hd_follower_row_t){
            .partner_id = ids.v[i], .name = seen ? c.name : HD_STR(""),
            .kind = kind_of(hd_desk_user_of(cx, ids.v[i])), .subtypes = hd_desk_subtypes(cx, &s, ids.v[i]),
        };
    }
    *ret_v = v;
    *ret_n = n;
    return HD_OK;
}
