/*
 * Part of door.h: signing in and out, passwords, what strangers may try how often.  Hashing happens in the pool, in
 * `before` handlers; what they look up is read in a short transaction of their own, and the write checks again that it
 * is still so.
 */
#ifndef HD_DOOR_ACCESS_H
#define HD_DOOR_ACCESS_H

/* ---- door_password.c: what runs in the pool ---- */

typedef struct {
    hd_id_t id;
    size_t  phc_len, login_len, name_len;
    char    phc[HD_PWHASH_MAX + 1];      /* followed by NUL */
    char    login[1024], name[832];
} hd_account_t;

void hd_account_fill(hd_account_t *acc, const hd_user_t *u);
bool hd_account_is(const hd_account_t *acc, const hd_user_t *u);     /* same user, same hash */
/* Runs fn in a short read of its own, with its own arena: fn copies; field errors it meets are forgotten. */
hd_code_t hd_call_read(hd_call_t *c, hd_code_t (*fn)(hd_call_t *c, void *arg), void *arg);
/* Rule, then hash: HD_E_INVALID with the field, or *ret_phc, which lives in the call's arena. */
hd_code_t hd_call_hash(hd_call_t *c, const char *field, hd_str_t password, hd_str_t login, hd_str_t name,
                       hd_str_t *ret_phc);
/*
 * One's own new password: the old one is asked for, counted like a sign-in.  check, in the pool: HD_E_INVALID with
 * old_password or new_password, HD_E_RIGHT for a token, HD_E_THROTTLED.  use, in the write: HD_E_CONFLICT when the
 * password changed in between; all other sessions end (T-12).
 */
typedef struct {
    hd_account_t acc;
    hd_str_t     phc;
} hd_change_t;
hd_code_t hd_change_check(hd_call_t *c, hd_str_t old_password, hd_str_t new_password, hd_change_t *ret);
/* The same once ret->acc says whose it is; HD_E_PASSWORD: the old one is wrong. */
hd_code_t hd_change_prove(hd_call_t *c, hd_str_t old_password, hd_str_t new_password, hd_change_t *ch);
hd_code_t hd_change_use(hd_call_t *c, const hd_change_t *ch);

/* ---- door_throttle.c: wrong passwords and tokens (T-27, T-04) ---- */

typedef struct {
    uint8_t   key[1 + HD_HASH_LEN];
    size_t    len;
    uint32_t  limit;
    hd_time_t window;
} hd_bucket_t;
typedef struct {
    hd_bucket_t v[3];
    size_t      n;
} hd_attempt_t;

/*
 * An attempt begins: HD_E_THROTTLED with Retry-After when there were too many.  account may be empty; device is what
 * hd_device_get returned.  Between this and the end nothing may jump out.
 */
hd_code_t hd_attempt_begin(hd_call_t *c, hd_str_t account, hd_str_t device, hd_attempt_t *ret_at);
void hd_attempt_end(const hd_call_t *c, const hd_attempt_t *at, bool good);
/* The same for somebody who brings the token of a link (T-04). */
hd_code_t hd_attempt_link(hd_call_t *c, hd_attempt_t *ret_at);
/* Somebody forgot a password: always counts, known or not. */
hd_code_t hd_attempt_reset(hd_call_t *c, hd_str_t name);

/* ---- door_device.c: browsers that signed in before (T-27) ---- */

/* Sets the cookies; to be called before the session's own. */
void hd_device_put(hd_call_t *c, hd_id_t uid, hd_str_t phc);
/* The cookie's value when it was given for this user with this password, else empty. */
hd_str_t hd_device_get(const hd_call_t *c, hd_id_t uid, hd_str_t phc);

/* ---- door_invite.c: links with which people set a password (PRT-6, T-04) ---- */

#define HD_INVITE_TOKEN_LEN 48           /* base64url of 36 bytes */
/* The address with the token: for the mail, and for the administrator who made the link. */
hd_str_t hd_invite_url(hd_arena_t *a, const hd_site_t *site, const hd_invitation_t *i);
/*
 * Subject and text of the mail that brings a link, plain text in the user's language; empty when a catalog lacks them.
 * Made when the mail is sent: nothing of it is stored.
 */
typedef struct {
    hd_str_t subject, text;
} hd_letter_t;
hd_letter_t hd_invite_letter(hd_arena_t *a, const hd_site_t *site, const hd_invitation_t *i, const hd_user_t *u);
/*
 * Who the link is for: HD_E_EXPIRED for any token that is not in force, HD_E_THROTTLED.  Does not end the link, so
 * programs that look at the links of a mail do no harm.  In a read of its own where there is none.
 */
typedef struct {
    hd_id_t                 id;
    uint8_t                 seed[HD_INVITE_SEED];
    hd_invitation_purpose_t purpose;
    hd_account_t            acc;
    hd_str_t                phc;
} hd_invited_t;
hd_code_t hd_invite_open(hd_call_t *c, hd_str_t token, hd_invited_t *ret);
/* Then the new password: HD_E_INVALID with field. */
hd_code_t hd_invite_check(hd_call_t *c, hd_str_t token, const char *field, hd_str_t password, hd_invited_t *ret);
/* In the write: sets it, ends all sessions and starts one.  HD_E_EXPIRED when the link was used in between. */
hd_code_t hd_invite_use(hd_call_t *c, const hd_invited_t *in);

/* ---- door_setup.c: the first administrator ---- */

/* Before the write: HD_E_EXPIRED for any secret that is not in force, HD_E_THROTTLED.  In a read of its own. */
hd_code_t hd_setup_check(hd_call_t *c, hd_str_t secret);
/* In the write: makes company, team and administrator, who is signed in then.  HD_E_EXPIRED, HD_E_INVALID with fields. */
hd_code_t hd_setup_use(hd_call_t *c, hd_str_t secret, const hd_setup_t *in);

/* ---- door_session.c ---- */

typedef struct {
    hd_str_t     login;
    bool         known;
    hd_account_t acc;
} hd_login_t;
/*
 * check, in the pool: HD_E_PASSWORD, after the same time whether the login exists or not (T-13); HD_E_THROTTLED.  use,
 * in the write: starts the session, sets the cookies; HD_E_PASSWORD when the password changed in between.
 */
hd_code_t hd_login_check(hd_call_t *c, hd_str_t login, hd_str_t password, hd_login_t *ret);
hd_code_t hd_login_use(hd_call_t *c, const hd_login_t *l);
/* Starts a session for whoever may sign in as login; one the browser had before ends (T-12). */
hd_code_t hd_call_sign_in(hd_call_t *c, hd_id_t uid, hd_str_t login);
hd_code_t hd_call_sign_out(hd_call_t *c);

#endif
