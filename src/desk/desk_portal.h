/*
 * What customers have of their tickets: what they may know of one, their lists, closing it (PRT-1 .. PRT-5, SLF-6).  Both
 * who is signed in (hd_ticket_get said he sees it) and who holds its link (hd_ticket_by_link).  Included by desk.h.
 */
#ifndef HD_DESK_PORTAL_H
#define HD_DESK_PORTAL_H

/* A ticket in a customer's words: names of records he may not read himself. */
typedef struct {
    hd_str_t stage, team, assignee;      /* assignee: empty when there is none */
    hd_str_t customer;                   /* whose it is, to a colleague of his (D-11); empty to himself and to others */
    hd_str_t zone;                       /* the clock of the team: its calendar's, else the company's, else UTC */
    bool     may_close;                  /* SLF-6: the team allows it and it is not closed */
} hd_portal_view_t;
void hd_portal_view(hd_cx_t *cx, const hd_ticket_t *t, hd_portal_view_t *ret);

/*
 * SLF-6: into the team's first folded stage, or its last; the thread says so.  Not for helpdesk users, who choose the stage:
 * HD_E_RIGHT.  HD_E_NOT_FOUND; HD_E_CONFLICT when the team does not let customers close, or it is closed.
 */
hd_code_t hd_portal_close(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret);
/* The same by who holds the link of t; signed with name, or that of the ticket's customer. */
hd_code_t hd_portal_close_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_str_t name, hd_ticket_t *ret);

/* PRT-1: the tickets the signed-in customer sees. */
typedef enum { HD_PORTAL_NEWEST, HD_PORTAL_TITLE, HD_PORTAL_STAGE, HD_PORTAL_UPDATED, HD_PORTAL_SORTS } hd_portal_sort_t;
typedef enum { HD_PORTAL_OPEN, HD_PORTAL_CLOSED, HD_PORTAL_ALL, HD_PORTAL_STATES } hd_portal_state_t;
typedef enum { HD_PORTAL_IN_ALL, HD_PORTAL_IN_REF, HD_PORTAL_IN_TITLE, HD_PORTAL_INS } hd_portal_in_t;
/* What these are called, in addresses of every door. */
extern const char *const hd_portal_sorts[HD_PORTAL_SORTS], *const hd_portal_states[HD_PORTAL_STATES],
                  *const hd_portal_ins[HD_PORTAL_INS], *const hd_portal_groups[2];
typedef struct {
    hd_portal_sort_t  sort;
    hd_portal_state_t state;
    hd_portal_in_t    in;
    hd_str_t          words;     /* all of title, description (IN_ALL) or reference contain them; empty: no search */
    bool              by_stage;  /* those of one stage stand together */
    hd_time_t         from, to;  /* of creation: from <= time < to; 0 = open */
    uint32_t          limit;
    hd_str_t          after;
} hd_portal_query_t;
/* HD_E_CURSOR, HD_E_BROAD. */
hd_code_t hd_portal_list(hd_cx_t *cx, const hd_portal_query_t *q, hd_ticket_page_t *ret);
hd_code_t hd_portal_count(hd_cx_t *cx, hd_portal_state_t state, uint64_t *ret_n);

#endif
