/*
 * The conversation: messages and notes of tickets and teams, their thread, drafts, canned responses (CHT-1 .. CHT-10).
 * Part of desk.h, which includes it.
 */
#ifndef HD_DESK_TALK_H
#define HD_DESK_TALK_H

/* What a message belongs to. */
typedef struct {
    hd_ticket_t      ticket;     /* id 0: the message is one of the team itself */
    const hd_team_t *team;       /* the ticket's, or the one talked to */
} hd_subject_t;

/* The ticket or the team (the other id is 0), as far as the actor may talk about it: HD_E_NOT_FOUND. */
hd_code_t hd_subject_open(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t team_id, hd_subject_t *ret);

/*
 * The one way a message comes to be.  rec names its ticket or team and holds the fields of mask; on HD_OK it is the stored
 * message, and the draft it was typed as is gone.  Who reads the ticket may comment (CHT-9); notes are for internal
 * users, mentions and recipients for helpdesk users.  HD_E_NOT_FOUND, HD_E_RIGHT, HD_E_INVALID.  Who has rendered rec
 * before, of this body and format, spares it the time: so does the API, which does that before the writer is held.
 */
hd_code_t hd_message_post(hd_cx_t *cx, hd_message_t *rec, uint64_t mask);
/* A comment of somebody who holds the ticket's link (VIS-22); the door has proved it.  Signed with rec->author_name. */
hd_code_t hd_message_post_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_message_t *rec, uint64_t mask);
/* A comment of the ticket, for who holds its link; HD_E_NOT_FOUND for anything else. */
hd_code_t hd_message_linked(hd_cx_t *cx, const hd_ticket_t *t, hd_id_t id, hd_message_t *ret);
/* Renders body into body_html. */
void hd_message_render(hd_arena_t *a, hd_message_t *m);
/* Of the row, or rendered now when another version of this program wrote it. */
hd_str_t hd_message_html(hd_arena_t *a, const hd_message_t *m);

/* Names of authors as of now; asked for once a list. */
typedef struct {
    uint32_t n;
    hd_id_t  id[8];
    hd_str_t name[8];
} hd_authors_t;
hd_str_t hd_author_name(hd_cx_t *cx, hd_authors_t *known, const hd_message_t *m);

hd_code_t hd_message_get(hd_cx_t *cx, hd_id_t id, hd_message_t *ret);        /* HD_E_NOT_FOUND when hidden */
/* CHT-7: one's own, administrators all; nobody is notified; the text before is kept.  HD_E_RIGHT, HD_E_VERSION. */
hd_code_t hd_message_edit(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_message_t *rec, uint64_t mask);
/* Loose files of the actor go with a message he may edit; those it has stay.  HD_E_NOT_FOUND, HD_E_RIGHT, HD_E_INVALID, HD_E_FILES. */
hd_code_t hd_message_add_files(hd_cx_t *cx, hd_id_t id, hd_ids_t ids);
hd_code_t hd_message_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version);   /* administrators only */

/*
 * CHT-3: active internal users who may read the ticket or the team's thread (the other id is 0) and whose name or login has a
 * word that begins with words, at most limit, those first who follow it or have the ticket; never the actor.
 * HD_E_NOT_FOUND.
 */
hd_code_t hd_mentionable(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t team_id, hd_str_t words, uint32_t limit,
                         const hd_user_t ***ret_v, uint32_t *ret_n);

/* ---- thread ---- */

typedef struct {
    hd_id_t            ticket_id, team_id;   /* one of them; or: */
    const hd_ticket_t *linked;               /* the ticket, for who holds its link: its comments */
    hd_str_t           before, after;        /* cursors; without: the newest page */
    hd_str_t           words;                /* only messages with all of these (CHT-8); not with after */
    uint32_t           limit;
    bool               changes;              /* tracked changes of the ticket too (CHT-5), for internal users */
} hd_thread_query_t;

typedef struct {
    const hd_message_t *message;             /* or: */
    const hd_event_t   *event;
} hd_thread_item_t;

typedef struct {
    hd_thread_item_t *v;                     /* oldest first */
    uint32_t          n;
    hd_str_t          prev, next;            /* cursors of the pages before and after; empty: there is none */
} hd_thread_page_t;

/*
 * What the actor may see of a thread: portal users and who holds a link see comments only (CHT-9).  A page ends early
 * when its texts are long.  HD_E_NOT_FOUND, HD_E_CURSOR; HD_E_BROAD when `after` is too far from the newest.
 */
hd_code_t hd_thread_list(hd_cx_t *cx, const hd_thread_query_t *q, hd_thread_page_t *ret);

/* ---- drafts: one a user, ticket or team, and subtype ---- */

/* HD_E_NOT_FOUND: the subject is hidden.  *ret has id 0 when nothing is kept. */
hd_code_t hd_draft_get(hd_cx_t *cx, const hd_draft_t *which, hd_draft_t *ret);
/* rec names the subject and holds the fields of mask; a draft that is left empty goes. */
hd_code_t hd_draft_put(hd_cx_t *cx, hd_draft_t *rec, uint64_t mask);
hd_code_t hd_draft_delete(hd_cx_t *cx, const hd_draft_t *which, uint64_t if_version);

/* ---- canned responses ---- */

/* Its text for this ticket.  Placeholders are filled in once: what a value holds is not looked at again. */
hd_code_t hd_canned_expand(hd_cx_t *cx, hd_id_t id, hd_id_t ticket_id, hd_str_t *ret);
/* The same with a text that need not be kept anywhere, to see what it will look like. */
hd_code_t hd_canned_fill(hd_cx_t *cx, hd_str_t text, hd_id_t ticket_id, hd_str_t *ret);

#endif
