/*
 * rpc: the door for those who speak Odoo's external API (spec.md 4): XML-RPC (/xmlrpc/2, /xmlrpc), JSON-RPC (/jsonrpc), session
 * calls (/web/session, /web/dataset/call_kw) and JSON-2 (/json/2).  Closed until `helpdesk_rpc DATABASE;` stands in a location.
 *
 *     routes   the table; each wire's request becomes one operation      models   record types under Odoo's names
 *     xml      XML-RPC bytes from and to JSON                             read, search, group, fields   methods that read
 *     json     envelopes of JSON-RPC and JSON-2                           write, commands, talk          methods that write
 *     session  session calls           auth   who is asking               domain   domains to filters
 *     call     arguments, context, one call of a method                   methods  the table of methods
 *     fault    refusals on every wire
 *
 * Which version it claims to be: 17.0 to those who ask by the old calls (version(), sessions): they use what 19 no longer has
 * (name_get, read_group, check_access_rights); 19.0 at /web/version, which only tells whether there is /json/2.
 */
#ifndef HD_RPC_H
#define HD_RPC_H

#include "../door/door.h"

extern const hd_door_t hd_rpc_door;

#endif
