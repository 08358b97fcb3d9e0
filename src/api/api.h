/*
 * api: the REST door under /api/v1.  api_routes.c is the table and the best page to begin with; a
 * handler reads the request, calls one query or command of the desk, and writes the answer.
 */
#ifndef HD_API_H
#define HD_API_H

#include "../door/door.h"

extern const hd_door_t hd_api_door;

/*
 * One frame of the event stream ("id:" and "data:" lines) appended to out when the actor may see
 * the record as it is now; *ret_visible tells.  Deleted records and sign-ins are for
 * administrators.  Old and new values leave out fields and teams the actor may not see.
 */
hd_code_t hd_api_event_json(hd_cx_t *cx, const hd_event_t *ev, hd_buf_t *out, bool *ret_visible);

#endif
