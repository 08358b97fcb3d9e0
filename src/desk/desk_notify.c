/*
 * Who is told of what, and how (VIS-9, VIS-19, CHT-1 .. CHT-3, MAN-4, ASG-12).
 *
 *                      comment                          note, activity done       created, stage    assigned
 *     internal user    subscriber, mentioned, by hand   subscriber, mentioned     subscriber        the assignee
 *     portal user      subscriber, mentioned, by hand   never                     subscriber
 *     contact          subscriber, mentioned, by hand   mentioned in a note       subscriber
 *     customer         also when ticked
 *
 * Internal users are told where they may read the ticket, in the inbox or by mail as they chose (notify_by); everybody else
 * by mail.  First it is decided whom to tell, without a put; then the rows are written beside what caused them.
 */
#include <stdlib.h>

#include "desk_impl.h"

typedef struct {
    hd_cx_t           *cx;
    const hd_ticket_t *ticket;   /* NULL: of the team itself */
    const hd_team_t   *team;
    hd_id_t            author;   /* never told */
    bool               internal; /* a note or an activity */
    hd_told_list_t    *out;
    uint32_t           cap;
} telling_t;

/* ---- the user behind a contact ---- */

typedef struct {
    hd_id_t          partner;
    const hd_user_t *user;
} login_t;

typedef struct {
    size_t   n;
    login_t *v;
} logins_t;

/* Active ones first. */
static int compare_logins(const void *x, const void *y)
{
    const login_t *a = x, *b = y;
    if (a->partner != b->partner) {
        return a->partner < b->partner ? -1 : 1;
    }
    return (int) b->user->active - (int) a->user->active;
}

static const logins_t *find_logins(hd_cx_t *cx)
{
    static const char key[] = "logins";
    const logins_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept != NULL) {
        return kept;
    }
    size_t n;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    logins_t all = { .n = 0 };
    all.v = hd_alloc_n(hd_config_arena(cx->txn), n + 1, sizeof(*all.v));
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        all.v[all.n++] = (login_t){ u->partner_id, u };
    }
    if (all.n > 1) {
        qsort(all.v, all.n, sizeof(*all.v), compare_logins);
    }
    bool is_new;
    logins_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(all), &is_new);
    *slot = all;
    return slot;
}

const hd_user_t *hd_desk_user_of(hd_cx_t *cx, hd_id_t partner)
{
    const logins_t *all = find_logins(cx);
    size_t lo = 0, hi = all->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (all->v[mid].partner < partner) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return partner != 0 && lo < all->n && all->v[lo].partner == partner ? all->v[lo].user : NULL;
}

hd_actor_t hd_desk_actor_of(const hd_user_t *u)
{
    return (hd_actor_t){
        .user = u, .uid = u->rec.id, .partner_id = u->partner_id, .role = (hd_role_t) u->role, .companies = u->company_ids,
    };
}

bool hd_desk_user_sees(hd_cx_t *cx, const hd_user_t *u, const hd_ticket_t *ticket, const hd_team_t *team)
{
    hd_actor_t who = hd_desk_actor_of(u);
    hd_cx_t as = *cx;
    as.actor = &who;
    return ticket != NULL ? hd_sees_ticket(&as, ticket) : hd_sees_team(&as, team);
}

/* ---- how: the inbox, by mail, not at all (CHT-2) ---- */

typedef enum { BY_INBOX, BY_EMAIL, BY_NONE, BY_COUNT } by_t;
static const char *const by_names[BY_COUNT] = { "inbox", "email", "none" };

static int find_name(hd_str_t s, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        if (hd_str_is(s, names[i])) {
            return i;
        }
    }
    return -1;
}

static const hd_enum_t *kinds(void)
{
    return hd_entities[HD_NOTIFICATION]->fields[HD_NOTIFICATION_F_kind].options;
}

static by_t choose_way(hd_cx_t *cx, const hd_user_t *u, hd_notice_t kind)
{
    by_t usual = u->role == HD_ROLE_PORTAL ? BY_EMAIL : BY_INBOX;
    hd_jval_t *all = NULL;
    if (u->notify_by.len == 0 || hd_jparse(cx->arena, u->notify_by, &all) != HD_OK) {
        return usual;
    }
    const hd_jval_t *v = hd_jget(all, kinds()->slugs[kind]);
    int by = v != NULL && hd_jtype(v) == HD_J_STR ? find_name(hd_jstr(v), by_names, BY_COUNT) : -1;
    return by < 0 || (by == BY_INBOX && u->role == HD_ROLE_PORTAL) ? usual : (by_t) by;
}

void hd_desk_check_notify_by(hd_cx_t *cx, const hd_user_t *u)
{
    hd_jval_t *all = NULL, *v;
    void *it = NULL;
    hd_str_t name;
    if (u->notify_by.len == 0 || hd_jparse(cx->arena, u->notify_by, &all) != HD_OK) {
        return;                 /* its shape was checked before */
    }
    while (hd_jnext(all, &it, &name, &v)) {
        hd_str_t field = hd_str_cat(cx->arena, 2, HD_STR("notify_by."), name);
        int by = hd_jtype(v) == HD_J_STR ? find_name(hd_jstr(v), by_names, BY_COUNT) : -1;
        if (find_name(name, kinds()->slugs, kinds()->n) < 0) {
            hd_desk_bad_name(cx, field, "unknown_field");
        } else if (by < 0 || (by == BY_INBOX && u->role == HD_ROLE_PORTAL)) {
            hd_desk_bad_name(cx, field, "not_an_option");
        }
    }
}

/* ---- the list ---- */

static bool is_told(const telling_t *t, hd_id_t partner, hd_str_t email)
{
    hd_str_t folded = hd_text_fold(t->cx->arena, email);
    for (uint32_t i = 0; i < t->out->n; i++) {
        const hd_told_t *o = &t->out->v[i];
        if ((partner != 0 && o->partner_id == partner)
            || (folded.len != 0 && o->email.len != 0 && hd_str_eq(hd_text_fold(t->cx->arena, o->email), folded))) {
            return true;
        }
    }
    return false;
}

static void add(telling_t *t, hd_id_t partner, hd_notice_t kind, hd_str_t email)
{
    hd_told_list_t *o = t->out;
    if (is_told(t, partner, email)) {
        return;
    }
    if (o->n == t->cap) {
        hd_told_t *more = hd_alloc_n(t->cx->arena, t->cap * 2 + 8, sizeof(*more));
        if (o->n != 0) {
            memcpy(more, o->v, o->n * sizeof(*more));
        }
        o->v = more;
        t->cap = t->cap * 2 + 8;
    }
    o->v[o->n++] = (hd_told_t){ .partner_id = partner, .email = hd_str_trim(email), .kind = (uint8_t) kind };
    if (o->ids.n < HD_LIST_MAX) {
        o->ids = hd_ids_with(t->cx->arena, o->ids, partner);
    }
}

static hd_str_t email_of(hd_cx_t *cx, hd_id_t partner)
{
    hd_contact_t c;
    bool there = hd_row_get(cx->txn, cx->arena, HD_CONTACT, partner, &c) == HD_OK && c.active;
    return there ? hd_str_trim(c.email) : (hd_str_t){ 0, "" };
}

static void tell_user(telling_t *t, const hd_user_t *u, hd_id_t partner, hd_notice_t kind)
{
    bool portal = u->role == HD_ROLE_PORTAL;
    if (!u->active || (portal && t->internal)
        || (!portal && !hd_desk_user_sees(t->cx, u, t->ticket, t->team))) {
        return;
    }
    by_t by = choose_way(t->cx, u, kind);
    hd_str_t email = { 0, "" };
    if (by == BY_EMAIL) {
        email = u->email.len != 0 ? u->email : email_of(t->cx, partner);
    }
    if (by == BY_NONE || (portal && email.len == 0)) {
        return;
    }
    add(t, partner, kind, email);           /* a user without an address still has the inbox */
}

static void tell(telling_t *t, hd_id_t partner, hd_notice_t kind)
{
    if (partner == 0 || partner == t->author || hd_ids_has(t->out->ids, partner)) {
        return;
    }
    const hd_user_t *u = hd_desk_user_of(t->cx, partner);
    if (u != NULL) {
        tell_user(t, u, partner, kind);
        return;
    }
    if (t->internal && kind != HD_NOTICE_MENTION) {         /* VIS-19; CHT-3: but who is mentioned in a note */
        return;
    }
    hd_str_t email = email_of(t->cx, partner);
    if (email.len != 0) {
        add(t, partner, kind, email);
    }
}

static void tell_subscribers(telling_t *t, uint32_t subtype, hd_notice_t kind)
{
    hd_subscriptions_t s;
    hd_ticket_t settled;
    hd_ids_t ids = t->team->message_partner_ids;
    if (t->ticket != NULL) {
        settled = *t->ticket;
        hd_desk_settle(t->cx, &settled);
        ids = settled.message_partner_ids;
    }
    hd_desk_subscriptions(t->cx, t->ticket != NULL ? t->ticket->rec.id : 0, t->team, &s);
    for (uint32_t i = 0; i < ids.n; i++) {
        if (hd_desk_subtypes(t->cx, &s, ids.v[i]) & subtype) {
            tell(t, ids.v[i], kind);
        }
    }
}

/* ---- messages ---- */

/* CHT-1: the customer is told when ticked, also one who is only an address. */
static void tell_customer(telling_t *t)
{
    if (t->ticket->partner_id != 0) {
        tell(t, t->ticket->partner_id, HD_NOTICE_COMMENT);
    } else if (t->ticket->partner_email.len != 0) {
        add(t, 0, HD_NOTICE_COMMENT, t->ticket->partner_email);
    }
}

void hd_notify_plan(hd_cx_t *cx, const hd_message_t *m, const hd_ticket_t *ticket, const hd_team_t *team,
                    hd_told_list_t *ret)
{
    static const struct {
        uint32_t    subtype;
        hd_notice_t kind;
    } of[] = {
        [HD_SUB_COMMENT] = { HD_FOLLOW_COMMENT, HD_NOTICE_COMMENT },
        [HD_SUB_NOTE] = { HD_FOLLOW_NOTE, HD_NOTICE_NOTE },
        [HD_SUB_ACTIVITY] = { HD_FOLLOW_ACTIVITY, HD_NOTICE_ACTIVITY },
    };
    telling_t t = { .cx = cx, .ticket = ticket, .team = team, .author = m->author_id, .out = ret };
    *ret = (hd_told_list_t){ .n = 0 };
    t.internal = m->subtype != HD_SUB_COMMENT;
    for (uint32_t i = 0; i < m->mention_ids.n; i++) {
        tell(&t, m->mention_ids.v[i], HD_NOTICE_MENTION);
    }
    for (uint32_t i = 0; i < m->partner_ids.n && !t.internal; i++) {
        tell(&t, m->partner_ids.v[i], HD_NOTICE_COMMENT);
    }
    if (m->notify_customer && !t.internal && ticket != NULL) {
        tell_customer(&t);
    }
    tell_subscribers(&t, of[m->subtype].subtype, of[m->subtype].kind);
}

/* ---- rows ---- */

static hd_code_t put_rows(hd_cx_t *cx, const hd_told_list_t *told, const hd_notification_t *of)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < told->n && code == HD_OK; i++) {
        const hd_told_t *who = &told->v[i];
        if (who->email.len == 0) {
            hd_notification_t n = *of;
            n.partner_id = who->partner_id;
            n.kind = who->kind;
            code = hd_desk_put(cx, HD_NOTIFICATION, NULL, &n);      /* its event reaches the owner's pages */
            continue;
        }
        hd_mail_t m = {
            .state = HD_MAIL_QUEUED, .kind = HD_MAIL_NOTIFICATION, .partner_id = who->partner_id, .email = who->email,
            .why = who->kind, .message_id = of->message_id, .ticket_id = of->ticket_id, .team_id = of->team_id,
            .activity_id = of->activity_id, .next_try = cx->now,
        };
        code = hd_row_insert(cx->txn, cx->arena, HD_MAIL, &m, cx->now, cx->actor->uid);
    }
    return code;
}

hd_code_t hd_notify_message(hd_cx_t *cx, const hd_message_t *m, const hd_told_list_t *told)
{
    hd_notification_t of = { .message_id = m->rec.id, .ticket_id = m->ticket_id, .team_id = m->team_id };
    return put_rows(cx, told, &of);
}

/* ---- what is no message ---- */

hd_code_t hd_desk_tell(hd_cx_t *cx, hd_ids_t partners, hd_notice_t kind, const hd_notification_t *of,
                       const hd_ticket_t *ticket, const hd_team_t *team)
{
    hd_told_list_t told = { .n = 0 };
    telling_t t = { .cx = cx, .ticket = ticket, .team = team, .author = cx->actor->partner_id, .out = &told };
    t.internal = kind == HD_NOTICE_ACTIVITY;
    for (uint32_t i = 0; i < partners.n; i++) {
        tell(&t, partners.v[i], kind);
    }
    return put_rows(cx, &told, of);
}

hd_code_t hd_notify_ticket(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *now)
{
    hd_told_list_t told = { .n = 0 };
    telling_t t = { .cx = cx, .ticket = now, .author = cx->actor->partner_id, .out = &told };
    t.team = hd_config_get(cx->txn, HD_TEAM, now->team_id);
    if (t.team == NULL || cx->quiet) {
        return HD_OK;
    }
    const hd_user_t *u = NULL;
    if (now->user_id != 0 && (old == NULL || old->user_id != now->user_id)) {      /* MAN-4, ASG-12 */
        u = hd_config_get(cx->txn, HD_USER, now->user_id);
    }
    if (u != NULL) {
        tell(&t, u->partner_id, HD_NOTICE_ASSIGNED);
    }
    if (old == NULL && t.team->message_subtypes.len != 0) {     /* a new ticket has no other subscriptions */
        tell_subscribers(&t, HD_FOLLOW_CREATED, HD_NOTICE_CREATED);
    } else if (old != NULL && old->stage_id != now->stage_id) {
        tell_subscribers(&t, HD_FOLLOW_STAGE, HD_NOTICE_STAGE);
    }
    hd_notification_t of = { .ticket_id = now->rec.id };
    return put_rows(cx, &told, &of);
}
