/*
 * Part of desk.h: links with which people set a password (PRT-6, T-04, T-13).
 *
 * The store keeps a random seed; the door makes the token of it and of the site's secret, so a copy of the store opens
 * nothing.  A user has at most one link: a new one, a password, another e-mail address or login, and the end of the access
 * end it, and its mail if that still waits.  It goes to the address of the user's login, nobody else's.
 */
#ifndef HD_DESK_INVITE_H
#define HD_DESK_INVITE_H

#define HD_INVITE_SEED 16

typedef enum {
    HD_GRANT_NONE, HD_GRANT_INVITED, HD_GRANT_EXPIRED, HD_GRANT_ACTIVE, HD_GRANT_REVOKED,
    HD_GRANT_INTERNAL                   /* signs in as a colleague: the portal is not for him */
} hd_grant_state_t;
typedef struct {
    hd_grant_state_t state;
    hd_id_t           user_id;           /* 0: none */
    hd_str_t          login;
    hd_time_t         invited, expires;  /* of the link, if there is one */
} hd_grant_t;

/* Portal access of a contact, for helpdesk users.  HD_E_NOT_FOUND, HD_E_RIGHT. */
hd_code_t hd_grant_get(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret);
/*
 * Makes the login (its name is the contact's e-mail address), or gives it back, and mails an invitation; asked again while
 * no password is set, another one.  HD_E_INVALID (email), HD_E_CONFLICT when he has a password or is a colleague.
 */
hd_code_t hd_grant_give(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret);
/* Disables the login; its sessions and links end.  HD_E_NOT_FOUND when there is none, HD_E_CONFLICT for a colleague. */
hd_code_t hd_grant_end(hd_cx_t *cx, hd_id_t contact_id, hd_grant_t *ret);

/* Administrators: a link for any user to set the password.  HD_E_INVALID (email), HD_E_CONFLICT when archived. */
hd_code_t hd_user_invite(hd_cx_t *cx, hd_id_t user_id, hd_invitation_t *ret);
/* Administrators: the link a user has.  HD_E_EXPIRED when it has ended. */
hd_code_t hd_user_invited(hd_cx_t *cx, hd_id_t user_id, hd_invitation_t *ret);
/*
 * Somebody forgot the password of this login or e-mail address: mails a link to who may have one.  HD_OK whoever it is,
 * and the same work (T-13).
 */
hd_code_t hd_password_forgotten(hd_cx_t *cx, hd_str_t name);
/* For whoever holds the link: HD_E_EXPIRED unless it is in force. */
hd_code_t hd_invitation_get(hd_cx_t *cx, hd_id_t id, hd_invitation_t *ret, const hd_user_t **ret_user);
/* phc: hash made in the pool.  Ends the link and all sessions; cx->actor is then the user.  HD_E_EXPIRED. */
hd_code_t hd_invitation_use(hd_cx_t *cx, hd_id_t id, hd_str_t phc);

#endif
