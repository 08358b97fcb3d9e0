/*
 * What the files of this room share; nobody outside includes it.
 */
#ifndef HD_DOOR_IMPL_H
#define HD_DOOR_IMPL_H

#include "door.h"

#define HD_SESSION_SECRET_LEN 43     /* 32 bytes as base64url */
#define HD_PROXY_USER_MAX     254

/* ---- door_actor.c ---- */

/* What the request brought; token > proxy > cookie. */
typedef enum { HD_BY_NOBODY, HD_BY_TOKEN, HD_BY_PROXY, HD_BY_SESSION } hd_by_t;
/* *ret_secret: the token, the name or the session secret. */
hd_by_t hd_call_credential(const hd_call_t *c, hd_str_t *ret_secret);

/* ---- door_idem.c ---- */

bool hd_idem_is_keyed(const hd_call_t *c);
/* *ret_done: the same request was answered before, and c->res holds that answer again. */
hd_code_t hd_idem_replay(hd_call_t *c, bool *ret_done);
void hd_idem_remember(hd_call_t *c);

void hd_idem_key(const hd_call_t *c, uint8_t out[16]);
void hd_idem_request(const hd_call_t *c, uint8_t out[16]);

/* ---- door_pieces.c: HD_E_KEY_REUSE, HD_E_IN_PROGRESS ---- */

hd_code_t hd_pieces_begin(hd_call_t *c);
void hd_pieces_end(hd_call_t *c);

/* ---- door_form.c ---- */

bool hd_form_is_multipart(const hd_call_t *c);

/* ---- door_query.c ---- */

bool hd_etag_listed(hd_str_t if_none_match, uint64_t version);

#endif
