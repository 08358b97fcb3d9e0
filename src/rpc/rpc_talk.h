/*
 * Messages, followers and activities as methods and as records of their own models (rpc_talk.c, rpc_special.c).
 */
#ifndef HD_RPC_TALK_H
#define HD_RPC_TALK_H

#include "rpc_values.h"

typedef struct {
    hd_str_t         body, subject;
    bool             html;       /* body is HTML: its text is kept */
    uint8_t          subtype;    /* hd_subtype_t */
    const hd_jval_t *author, *parent, *partners, *files, *contents;      /* NULL, false: none; contents: [[name, base64]] */
} rpc_said_t;
/* Posts it.  The fault of an argument that is none; HD_E_NOT_FOUND for a document the actor does not see. */
hd_code_t rpc_say(rpc_t *rpc, const rpc_document_t *doc, const rpc_said_t *s, hd_id_t *ret_id);
/* "mail.mt_note", or its number; *ret stays when neither is given. */
hd_code_t rpc_subtype(rpc_t *rpc, const hd_jval_t *id, const hd_jval_t *xmlid, uint8_t *ret);
/* subtypes: a list of their numbers; none: the usual ones.  ValueError; HD_E_NOT_FOUND as above. */
hd_code_t rpc_follow(rpc_t *rpc, const rpc_document_t *doc, hd_ids_t partners, const hd_jval_t *subtypes);

#endif
