/*
 * Activities: what is to be done about a ticket, by whom, by which day (ACT-1 .. ACT-7).  Included by desk.h.  They are made
 * and changed like every record (hd_record_create, hd_record_update).
 */
#ifndef HD_DESK_ACTIVITY_H
#define HD_DESK_ACTIVITY_H

typedef struct {
    hd_ids_t ticket_ids;         /* of these; empty: of user_id */
    hd_id_t  user_id;            /* 0: of everybody */
    hd_ids_t team_ids;           /* of tickets of these teams; empty: any */
    hd_id_t  type_id;            /* 0: any */
    int8_t   state;              /* hd_activity_state_t; -1: any */
    uint32_t limit;
    hd_str_t after;
} hd_activity_query_t;
/* By the day they are due.  HD_E_CURSOR. */
hd_code_t hd_activity_list(hd_cx_t *cx, const hd_activity_query_t *q, hd_page_t *ret);
/* How many are overdue, due today and planned (q->state, limit and after are not looked at); up to HD_SCAN_MAX are looked at. */
hd_code_t hd_activity_count(hd_cx_t *cx, const hd_activity_query_t *q, uint32_t ret_n[HD_ACT_PLANNED + 1]);

typedef struct {
    hd_message_t  message;       /* in the thread: type, summary, feedback */
    hd_activity_t next;          /* made by a type that triggers one; id 0: none */
    hd_ids_t      suggested;     /* types offered next */
} hd_activity_done_t;
/* ACT-6.  Helpdesk users who see the ticket; files: loose ones of the actor.  HD_E_NOT_FOUND, HD_E_RIGHT, HD_E_INVALID. */
hd_code_t hd_activity_done(hd_cx_t *cx, hd_id_t id, hd_str_t feedback, hd_ids_t files, hd_activity_done_t *ret);
/* It goes and nobody hears of it. */
hd_code_t hd_activity_cancel(hd_cx_t *cx, hd_id_t id, uint64_t if_version);

#endif
