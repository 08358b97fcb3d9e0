/*
 * Who hears of what: subtypes of followers, inboxes, the outbox (VIS-18 .. VIS-21, CHT-1 .. CHT-3, CHT-6, MAN-4, ASG-12).
 * Included by desk.h.
 */
#ifndef HD_DESK_NOTIFY_H
#define HD_DESK_NOTIFY_H

#define HD_FOLLOW_USUAL    HD_FOLLOW_COMMENT                         /* of who never chose */
#define HD_FOLLOW_INTERNAL (HD_FOLLOW_NOTE | HD_FOLLOW_ACTIVITY)     /* never reach contacts and portal users (VIS-19) */

/* ---- whom to tell ---- */

typedef struct {
    hd_id_t  partner_id;         /* 0: an address that is no contact */
    hd_str_t email;              /* of the outbox row; empty: a line of the inbox */
    uint8_t  kind;               /* hd_notice_t */
} hd_told_t;
typedef struct {
    hd_told_t *v;
    uint32_t   n;
    hd_ids_t   ids;              /* the contacts among them, for notified_ids */
} hd_told_list_t;

/*
 * Who is told of a message that is about to be put, and how; it reads only, so it belongs before the first put.  team is
 * the ticket's, or the message's own; ticket is NULL for a message to the team.  Of m it looks at author_id, subtype,
 * mention_ids, partner_ids and notify_customer.  Never the author, each person and each address once; of notes and
 * activities only who is mentioned or an internal subscriber; nobody with a login who may not read the ticket, but a
 * customer (VIS-9); each as notify_by says (CHT-2).
 */
void hd_notify_plan(hd_cx_t *cx, const hd_message_t *m, const hd_ticket_t *ticket, const hd_team_t *team,
                    hd_told_list_t *ret);
/* After the put of m: the lines of the inboxes and the rows of the outbox. */
hd_code_t hd_notify_message(hd_cx_t *cx, const hd_message_t *m, const hd_told_list_t *told);
/* After the put of a ticket, created (old is NULL) or changed: created, assigned, stage. */
hd_code_t hd_notify_ticket(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *t);
/* Before a message goes: what tells of it. */
hd_code_t hd_notify_forget_message(hd_cx_t *cx, const hd_message_t *m);

/* ---- followers of a ticket or a team: type is HD_TICKET or HD_TEAM ---- */

typedef struct {
    hd_id_t     partner_id;
    hd_str_t    name;            /* empty when the actor may not see the contact */
    const char *kind;            /* internal, portal, contact */
    uint32_t    subtypes;        /* HD_FOLLOW_* */
} hd_follower_row_t;
/* Helpdesk users see all followers, everybody else himself. */
hd_code_t hd_follower_list(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_follower_row_t **ret_v, uint32_t *ret_n);
/*
 * CHT-6: makes contacts follow; subtypes: NULL, or what they hear of from now on.  notify: tells them.  On tickets
 * helpdesk users; on teams administrators, and each for himself who sees all its tickets anyway.
 */
hd_code_t hd_follower_add(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_ids_t partners, const uint32_t *subtypes, bool notify);
/* if_version 0: no check. */
hd_code_t hd_follower_remove(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t partner, uint64_t if_version);
/* What a follower hears of: one's own, or as helpdesk user (tickets) or administrator (teams).  HD_E_NOT_FOUND: follows not. */
hd_code_t hd_follower_set(hd_cx_t *cx, hd_type_t type, hd_id_t id, hd_id_t partner, uint32_t subtypes);

/* ---- the inbox: lines about tickets one may not read any more do not exist ---- */

#define HD_UNREAD_MAX 200        /* unread lines are counted up to here */
/* Unread ones first, the newest first.  HD_E_CURSOR. */
hd_code_t hd_inbox_list(hd_cx_t *cx, bool unread_only, uint32_t limit, hd_str_t after, hd_page_t *ret);
uint32_t hd_inbox_unread(hd_cx_t *cx);
hd_code_t hd_inbox_mark(hd_cx_t *cx, hd_id_t id, bool read, hd_notification_t *ret);
/* Several at once: those of ids, or of a ticket, or (both empty) all; *ret_n: how many were unread.  At most HD_READ_MAX. */
#define HD_READ_MAX 1000
hd_code_t hd_inbox_read(hd_cx_t *cx, hd_ids_t ids, hd_id_t ticket, uint32_t *ret_n);

#endif
