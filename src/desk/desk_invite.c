/*
 * Links with which people set a password: portal access of contacts, invitations, forgotten passwords (PRT-6).
 * desk_invite.h says what ends a link.
 */
#include <stdlib.h>

#include "desk_impl.h"

/* ---- links and their mails ---- */

static hd_code_t cancel_mail(hd_cx_t *cx, hd_id_t id)
{
    hd_mail_t old;
    hd_code_t code = id == 0 ? HD_E_NOT_FOUND : hd_row_get(cx->txn, cx->arena, HD_MAIL, id, &old);
    if (code != HD_OK || old.state != HD_MAIL_QUEUED) {
        return code == HD_E_NOT_FOUND ? HD_OK : code;
    }
    hd_mail_t m = old;
    m.state = HD_MAIL_CANCELLED;
    return hd_row_update(cx->txn, cx->arena, HD_MAIL, &old, &m, cx->now, cx->actor->uid);
}

/* The user's only one. */
static bool find_invitation(hd_cx_t *cx, hd_id_t user_id, hd_invitation_t *ret)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_key_t k = hd_desk_key(HD_IX_INVITATION_USER);
    hd_id_t id = 0;
    hd_key_id(&k, user_id);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    if (user_id != 0 && hd_scan_next(&sc, &key, &value)) {
        id = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    return id != 0 && hd_row_get(cx->txn, cx->arena, HD_INVITATION, id, ret) == HD_OK;
}

hd_code_t hd_desk_invitations_drop(hd_cx_t *cx, hd_id_t user_id)
{
    hd_invitation_t i;
    hd_code_t code = HD_OK;
    while (code == HD_OK && find_invitation(cx, user_id, &i)) {
        code = cancel_mail(cx, i.mail_id);
        if (code == HD_OK) {
            code = hd_desk_remove(cx, HD_INVITATION, &i);
        }
    }
    return code;
}

static bool make_invitation(hd_cx_t *cx, hd_id_t user_id, hd_invitation_purpose_t purpose, hd_invitation_t *ret)
{
    uint8_t seed[HD_INVITE_SEED];
    if (!hd_random(seed, sizeof(seed))) {
        return false;
    }
    *ret = (hd_invitation_t){
        .user_id = user_id, .purpose = (uint8_t) purpose,
        .seed = hd_str_dup(cx->arena, (hd_str_t){ sizeof(seed), (const char *) seed }),
        .expires = cx->now + (purpose == HD_INVITE_INVITATION ? HD_INVITATION_LIFE : HD_RESET_LIFE),
    };
    return true;
}

static hd_mail_t make_mail(const hd_cx_t *cx, const hd_user_t *u, const hd_invitation_t *i)
{
    return (hd_mail_t){
        .state = HD_MAIL_QUEUED, .kind = i->purpose == HD_INVITE_INVITATION ? HD_MAIL_INVITATION : HD_MAIL_PASSWORD,
        .partner_id = u->partner_id, .email = hd_str_trim(u->email), .invitation_id = i->rec.id, .next_try = cx->now,
    };
}

/* The link and the mail that brings it, instead of an older one. */
static hd_code_t put_invitation(hd_cx_t *cx, const hd_user_t *u, hd_invitation_t *ret)
{
    hd_invitation_t i, made;
    if (!make_invitation(cx, u->rec.id, u->password.len == 0 ? HD_INVITE_INVITATION : HD_INVITE_PASSWORD, &i)) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = hd_desk_invitations_drop(cx, u->rec.id);
    if (code == HD_OK) {
        code = hd_desk_put(cx, HD_INVITATION, NULL, &i);
    }
    if (code != HD_OK) {
        return code;
    }
    hd_mail_t m = make_mail(cx, u, &i);
    code = hd_row_insert(cx->txn, cx->arena, HD_MAIL, &m, cx->now, cx->actor->uid);
    made = i;
    i.mail_id = m.rec.id;
    if (code == HD_OK) {
        code = hd_row_update(cx->txn, cx->arena, HD_INVITATION, &made, &i, cx->now, cx->actor->uid);
    }
    *ret = i;
    return code;
}

/* ---- portal access ---- */

static hd_code_t refuse(hd_cx_t *cx, const char *sentence)
{
    return hd_problem_set(cx->problem, HD_E_CONFLICT, sentence);
}

static hd_code_t bad_email(hd_cx_t *cx, const char *code)
{
    return hd_desk_bad(cx, HD_USER, HD_USER_F_email, code);
}

static hd_code_t open_contact(hd_cx_t *cx, hd_id_t id, hd_contact_t *ret)
{
    hd_code_t code = hd_record_get(cx, HD_CONTACT, id, ret);
    return code == HD_OK && !hd_actor_is_staff(cx->actor) ? HD_E_RIGHT : code;
}

/* VIS-17: a customer of another company's is for those who work there. */
static bool works_with(const hd_cx_t *cx, const hd_user_t *u)
{
    for (uint32_t i = 0; i < u->company_ids.n; i++) {
        if (!hd_desk_has_company(cx->actor, u->company_ids.v[i])) {
            return false;
        }
    }
    return true;
}

static void tell_portal(hd_cx_t *cx, const hd_user_t *u, hd_grant_t *ret)
{
    hd_invitation_t i;
    *ret = (hd_grant_t){ .state = HD_GRANT_NONE, .login = { 0, "" } };
    if (u == NULL) {
        return;
    }
    ret->user_id = u->rec.id;
    ret->login = u->login;
    if (u->role != HD_ROLE_PORTAL) {
        ret->state = HD_GRANT_INTERNAL;
        return;
    }
    ret->state = !u->active ? HD_GRANT_REVOKED : u->password.len != 0 ? HD_GRANT_ACTIVE : HD_GRANT_EXPIRED;
    if (find_invitation(cx, u->rec.id, &i)) {
        ret->invited = i.rec.create_date;
        ret->expires = i.expires;
        if (ret->state == HD_GRANT_EXPIRED && cx->now < i.expires) {
            ret->state = HD_GRANT_INVITED;
        }
    }
}

hd_code_t hd_grant_get(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret)
{
    hd_contact_t c;
    hd_code_t code = open_contact(cx, contact_id, &c);
    if (code == HD_OK) {
        tell_portal(cx, hd_desk_user_of(cx, contact_id), ret);
    }
    return code;
}

/* The rules of users, which only administrators pass, are asked as the desk; the trail names who it was. */
static hd_code_t check_as_desk(hd_cx_t *cx, const hd_user_t *old, hd_user_t *u, uint64_t mask)
{
    hd_cx_t desk = *cx;
    uint32_t before = cx->problem->n_fields;
    hd_id_t other;
    if (hd_desk_find_text(cx, HD_IX_USER_LOGIN, u->login, &other) && other != u->rec.id) {
        return bad_email(cx, "taken");
    }
    desk.actor = &hd_actor_desk;
    hd_code_t code = hd_rules_user.check(&desk, old, u, mask);
    if (code == HD_OK) {
        code = hd_record_check(hd_entities[HD_USER], cx->arena, u, cx->problem);
    }
    return cx->problem->n_fields == before ? code : HD_E_INVALID;
}

static hd_code_t make_login(hd_cx_t *cx, const hd_contact_t *c, hd_user_t *u)
{
    hd_str_t email = hd_str_trim(c->email);
    *u = (hd_user_t){
        .login = email, .email = email, .name = c->name, .lang = c->lang, .role = HD_ROLE_PORTAL, .active = true,
        .company_id = c->company_id, .company_ids = hd_ids_make(cx->arena, &c->company_id, c->company_id != 0),
    };
    hd_code_t code = check_as_desk(cx, NULL, u, 0);
    u->partner_id = c->rec.id;
    return code;
}

/* An old password does not come back with the access. */
static hd_code_t renew_login(hd_cx_t *cx, const hd_user_t *old, const hd_contact_t *c, hd_user_t *u)
{
    if (!works_with(cx, old)) {
        return HD_E_RIGHT;
    }
    if (old->active && old->password.len != 0) {
        return refuse(cx, "This customer has set a password already.");
    }
    *u = *old;
    u->active = true;
    u->email = hd_str_trim(c->email);
    u->password = (hd_str_t){ 0, "" };
    return check_as_desk(cx, old, u, HD_BIT(HD_USER_F_active) | HD_BIT(HD_USER_F_email));
}

hd_code_t hd_grant_give(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret)
{
    hd_contact_t c;
    hd_user_t u;
    hd_invitation_t i;
    hd_code_t code = open_contact(cx, contact_id, &c);
    if (code != HD_OK) {
        return code;
    }
    const hd_user_t *old = hd_desk_user_of(cx, contact_id);
    if (old != NULL && old->role != HD_ROLE_PORTAL) {
        return refuse(cx, "This contact signs in as a colleague.");
    }
    if (!c.active) {
        return refuse(cx, "The contact is archived.");
    }
    if (!hd_form_is_email(hd_str_trim(c.email))) {
        return bad_email(cx, c.email.len == 0 ? "required" : "bad_email");
    }
    code = old == NULL ? make_login(cx, &c, &u) : renew_login(cx, old, &c, &u);
    if (code == HD_OK && (old == NULL || hd_desk_diff(HD_USER, old, &u) != 0)) {
        code = hd_desk_record_write(cx, HD_USER, old, &u);
    }
    if (code == HD_OK) {
        code = put_invitation(cx, &u, &i);
    }
    if (code == HD_OK) {
        tell_portal(cx, &u, ret);
    }
    return code;
}

hd_code_t hd_grant_end(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret)
{
    hd_contact_t c;
    hd_code_t code = open_contact(cx, contact_id, &c);
    const hd_user_t *old = code == HD_OK ? hd_desk_user_of(cx, contact_id) : NULL;
    if (code != HD_OK || old == NULL || (old->role == HD_ROLE_PORTAL && !old->active)) {
        return code == HD_OK ? HD_E_NOT_FOUND : code;
    }
    if (old->role != HD_ROLE_PORTAL) {
        return refuse(cx, "This contact signs in as a colleague.");
    }
    if (!works_with(cx, old)) {
        return HD_E_RIGHT;
    }
    hd_user_t u = *old;
    u.active = false;
    code = hd_desk_record_write(cx, HD_USER, old, &u);
    if (code == HD_OK) {
        tell_portal(cx, &u, ret);
    }
    return code;
}

/* ---- the address ---- */

bool hd_desk_login_follows(hd_cx_t *cx, const hd_user_t *u)
{
    return u->role == HD_ROLE_PORTAL && u->email.len != 0
        && hd_str_eq(hd_text_fold(cx->arena, u->login), hd_text_fold(cx->arena, hd_str_trim(u->email)));
}

hd_code_t hd_desk_email_follow(hd_cx_t *cx, const hd_contact_t *c)
{
    const hd_user_t *old = hd_desk_user_of(cx, c->rec.id);
    hd_str_t email = hd_str_trim(c->email);
    if (old == NULL || hd_str_eq(old->email, email)) {
        return HD_OK;
    }
    hd_user_t u = *old;
    u.email = email;
    if (email.len != 0 && hd_desk_login_follows(cx, old)) {
        u.login = email;
    }
    return hd_desk_record_write(cx, HD_USER, old, &u);
}

/* ---- passwords ---- */

/* Whoever may set the password may have a link that sets it. */
static hd_code_t open_user(hd_cx_t *cx, hd_id_t user_id, hd_user_t *ret)
{
    hd_code_t code = hd_record_get(cx, HD_USER, user_id, ret);
    if (code != HD_OK) {
        return code;
    }
    return hd_actor_is_admin(cx->actor) && hd_rules_user.may_write(cx, ret, HD_BIT(HD_USER_F_password)) ? HD_OK : HD_E_RIGHT;
}

hd_code_t hd_user_invite(hd_cx_t *cx, hd_id_t user_id, hd_invitation_t *ret)
{
    hd_user_t u;
    hd_code_t code = open_user(cx, user_id, &u);
    if (code != HD_OK) {
        return code;
    }
    if (!u.active) {
        return refuse(cx, "The user is archived.");
    }
    if (!hd_form_is_email(hd_str_trim(u.email))) {
        return bad_email(cx, u.email.len == 0 ? "required" : "bad_email");
    }
    return put_invitation(cx, &u, ret);
}

hd_code_t hd_user_invited(hd_cx_t *cx, hd_id_t user_id, hd_invitation_t *ret)
{
    hd_user_t u;
    hd_code_t code = open_user(cx, user_id, &u);
    if (code != HD_OK) {
        return code;
    }
    return find_invitation(cx, user_id, ret) && cx->now < ret->expires ? HD_OK : HD_E_EXPIRED;
}

typedef struct {
    hd_str_t         email;      /* folded */
    const hd_user_t *user;
} address_t;
typedef struct {
    size_t     n;
    address_t *v;
} addresses_t;

static int compare_text(hd_str_t a, hd_str_t b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n != 0 ? memcmp(a.data, b.data, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_addresses(const void *x, const void *y)
{
    const address_t *a = x, *b = y;
    return compare_text(a->email, b->email);
}

/* Kept until the configuration changes: active users by their e-mail address. */
static const addresses_t *find_addresses(hd_cx_t *cx)
{
    static const char key[] = "addresses";
    const addresses_t *kept = hd_config_slot(cx->txn, key, sizeof(key), 0, NULL);
    if (kept != NULL) {
        return kept;
    }
    size_t n;
    hd_arena_t *a = hd_config_arena(cx->txn);
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    addresses_t all = { .n = 0, .v = hd_alloc_n(a, n + 1, sizeof(*all.v)) };
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->active && u->email.len != 0) {
            all.v[all.n++] = (address_t){ hd_text_fold(a, hd_str_trim(u->email)), u };
        }
    }
    if (all.n > 1) {
        qsort(all.v, all.n, sizeof(*all.v), compare_addresses);
    }
    bool is_new;
    addresses_t *slot = hd_config_slot(cx->txn, key, sizeof(key), sizeof(all), &is_new);
    *slot = all;
    return slot;
}

/* The one with this address; NULL also when there are several. */
static const hd_user_t *find_by_email(hd_cx_t *cx, hd_str_t email)
{
    const addresses_t *all = find_addresses(cx);
    hd_str_t folded = hd_text_fold(cx->arena, email);
    size_t lo = 0, hi = all->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_text(all->v[mid].email, folded) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    bool found = folded.len != 0 && lo < all->n && hd_str_eq(all->v[lo].email, folded);
    bool again = found && lo + 1 < all->n && hd_str_eq(all->v[lo + 1].email, folded);
    return found && !again ? all->v[lo].user : NULL;
}

/* Colleagues without a password sign in elsewhere (a trusted proxy): a mail must not give them one. */
static bool may_reset(const hd_user_t *u)
{
    return u != NULL && (u->password.len != 0 || u->role == HD_ROLE_PORTAL) && hd_form_is_email(hd_str_trim(u->email));
}

/* The work of a mail nobody gets: rows that come and go. */
static hd_code_t pretend(hd_cx_t *cx)
{
    hd_invitation_t i;
    const hd_user_t nobody = { .login = { 0, "" }, .email = { 0, "" } };
    if (!make_invitation(cx, 0, HD_INVITE_PASSWORD, &i)) {
        return HD_E_INTERNAL;
    }
    hd_code_t code = hd_row_insert(cx->txn, cx->arena, HD_INVITATION, &i, cx->now, 0);
    hd_mail_t m = make_mail(cx, &nobody, &i);
    if (code == HD_OK) {
        code = hd_row_insert(cx->txn, cx->arena, HD_MAIL, &m, cx->now, 0);
    }
    if (code == HD_OK) {
        code = hd_row_delete(cx->txn, cx->arena, HD_MAIL, &m);
    }
    return code == HD_OK ? hd_row_delete(cx->txn, cx->arena, HD_INVITATION, &i) : code;
}

hd_code_t hd_password_forgotten(hd_cx_t *cx, hd_str_t name)
{
    hd_invitation_t i;
    name = hd_str_trim(name);
    const hd_user_t *by_login = hd_user_by_login(cx, name), *by_email = find_by_email(cx, name);
    const hd_user_t *u = by_login != NULL ? by_login : by_email;
    return may_reset(u) ? put_invitation(cx, u, &i) : pretend(cx);
}

/* ---- for whoever holds the link ---- */

hd_code_t hd_invitation_get(hd_cx_t *cx, hd_id_t id, hd_invitation_t *ret, const hd_user_t **ret_user)
{
    hd_code_t code = id == 0 || id > HD_ID_MAX ? HD_E_NOT_FOUND
                                               : hd_row_get(cx->txn, cx->arena, HD_INVITATION, id, ret);
    if (code != HD_OK) {
        return code == HD_E_NOT_FOUND ? HD_E_EXPIRED : code;
    }
    *ret_user = hd_config_get(cx->txn, HD_USER, ret->user_id);
    bool good = *ret_user != NULL && (*ret_user)->active && cx->now < ret->expires && ret->seed.len == HD_INVITE_SEED;
    return good ? HD_OK : HD_E_EXPIRED;
}

hd_code_t hd_invitation_use(hd_cx_t *cx, hd_id_t id, hd_str_t phc)
{
    hd_invitation_t i;
    const hd_user_t *u;
    hd_code_t code = hd_invitation_get(cx, id, &i, &u);
    const hd_actor_t *self = code == HD_OK ? hd_actor_of_login(cx, u->login) : NULL;
    if (self == NULL) {
        return code == HD_OK ? HD_E_EXPIRED : code;
    }
    cx->actor = self;
    return hd_user_set_password(cx, self->uid, phc, 0);
}
