/*
 * api: the REST door under /api/v1.  api_routes.c is the table and the best page to begin with; a
 * handler reads the request, calls one query or command of the desk, and writes the answer.
 */
#ifndef HD_API_H
#define HD_API_H

#include "../door/door.h"

extern const hd_door_t hd_api_door;

/* What a stream is about: events of one ticket, or of one team and its tickets; 0 = of all. */
typedef struct {
    hd_id_t ticket_id, team_id;
} hd_watch_t;

/* ticket_id= and team_id= of a stream's address; HD_E_FILTER names the one that is no number. */
hd_code_t hd_api_watch(hd_call_t *c, hd_watch_t *ret);

/*
 * One frame of the event stream ("id:" and "data:" lines) appended to out when the actor may see
 * the record as it is now, and the stream is about it (watch may be NULL); *ret_visible tells.
 * Deleted records and sign-ins are for administrators.  Old and new values leave out fields and
 * teams the actor may not see.
 */
hd_code_t hd_api_event_json(hd_cx_t *cx, const hd_event_t *ev, const hd_watch_t *watch, hd_buf_t *out,
                            bool *ret_visible);

/*
 * One frame of presence ("event: presence", without an id): who looks at a ticket or writes.  Only internal users who
 * see the ticket hear of it, and nobody of himself.
 */
hd_code_t hd_api_presence_json(hd_cx_t *cx, const hd_present_t *p, const hd_watch_t *watch, hd_buf_t *out);

#endif
