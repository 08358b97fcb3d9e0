/*
 * What the tables of models name: how values are shown that no field of the record holds as Odoo shows them, how such a
 * field is asked about in a domain, and the models whose records are made (rpc_made.c).
 */
#ifndef HD_RPC_SHOW_H
#define HD_RPC_SHOW_H

#include "rpc_query.h"

#define RPC_X2M_MAX 5000         /* numbers one one2many value shows */

#define RPC_SHOW(name) void rpc_show_##name(rpc_t *rpc, const rpc_model_t *m, const void *rec, hd_json_t *out)
RPC_SHOW(display_name);
/* rpc_external.c */
RPC_SHOW(external_model);
RPC_SHOW(complete_name);
/* rpc_html.c */
RPC_SHOW(ticket_description);
RPC_SHOW(team_description);
RPC_SHOW(activity_note);
/* rpc_show.c: tickets, teams, people */
RPC_SHOW(ticket_team);
RPC_SHOW(ticket_stage);
RPC_SHOW(ticket_user);
RPC_SHOW(properties);
RPC_SHOW(team_privacy);
RPC_SHOW(open_hours);
RPC_SHOW(partner_tickets);
RPC_SHOW(ticket_count);
RPC_SHOW(access_url);
RPC_SHOW(partner_lang);
RPC_SHOW(user_lang);
RPC_SHOW(company_type);
RPC_SHOW(commercial_partner);
RPC_SHOW(children);
RPC_SHOW(partner_users);
RPC_SHOW(partner_tz);
RPC_SHOW(share);
RPC_SHOW(groups);
RPC_SHOW(notification_type);
RPC_SHOW(attendances);
/* rpc_show_talk.c: messages, files, activities and what they belong to */
RPC_SHOW(messages);
RPC_SHOW(attachments);
RPC_SHOW(activities);
RPC_SHOW(body);
RPC_SHOW(author);
RPC_SHOW(preview);
RPC_SHOW(document_model);
RPC_SHOW(document_id);
RPC_SHOW(document_name);
RPC_SHOW(subtype);
RPC_SHOW(is_internal);
RPC_SHOW(email_from);
RPC_SHOW(attachment_type);
RPC_SHOW(datas);
/* rpc_made_followers.c */
RPC_SHOW(ticket_followers);
RPC_SHOW(team_followers);
RPC_SHOW(ticket_is_follower);
RPC_SHOW(team_is_follower);
/* rpc_made.c */
RPC_SHOW(hour_from);
RPC_SHOW(hour_to);

#define RPC_ASK(name) hd_code_t rpc_ask_##name(rpc_t *rpc, const rpc_model_t *m, hd_str_t op, const hd_jval_t *value, \
                                               const hd_expr_t **ret)
RPC_ASK(external_model);         /* rpc_external.c */
RPC_ASK(ticket_ref);
RPC_ASK(lang);
RPC_ASK(share);
RPC_ASK(groups);
RPC_ASK(document_model);
RPC_ASK(document_id);
RPC_ASK(subtype);
RPC_ASK(is_internal);

/* Numbers of the records of a model whose field names this one (rpc_show_talk.c). */
void rpc_put_related(rpc_t *rpc, const char *model, const char *field, hd_id_t id, const char *order, hd_json_t *out);

/* ---- conditions (rpc_ask.c) ---- */

/* The record's field is one of n numbers (ids, options, 0/1). */
const hd_expr_t *rpc_expr_in(rpc_t *rpc, unsigned field, const int64_t *v, size_t n);

/* ---- models whose records are made ---- */

extern const rpc_made_t rpc_made_followers, rpc_made_subtypes, rpc_made_attendances, rpc_made_groups, rpc_made_models,
    rpc_made_fields;
enum {
    RPC_FOLLOWER_FIELDS = 7, RPC_SUBTYPE_FIELDS = 7, RPC_ATTENDANCE_FIELDS = 7, RPC_GROUP_FIELDS = 4, RPC_IRMODEL_FIELDS = 6,
    RPC_IRFIELD_FIELDS = 11
};
extern const rpc_field_t rpc_follower_fields[RPC_FOLLOWER_FIELDS], rpc_subtype_fields[RPC_SUBTYPE_FIELDS],
    rpc_attendance_fields[RPC_ATTENDANCE_FIELDS], rpc_group_fields[RPC_GROUP_FIELDS],
    rpc_irmodel_fields[RPC_IRMODEL_FIELDS], rpc_irfield_fields[RPC_IRFIELD_FIELDS];

/* Numbers of subtypes and groups, which these lists and the desk's own enums share. */
enum { RPC_SUBTYPE_COMMENT = 1, RPC_SUBTYPE_NOTE, RPC_SUBTYPE_ACTIVITY, RPC_SUBTYPE_LAST = 6 };
enum { RPC_GROUP_INTERNAL = 1, RPC_GROUP_PORTAL, RPC_GROUP_USER, RPC_GROUP_ADMIN };
/* Number of a follower's line: stable, of a ticket or team and a contact (rpc_made_followers.c). */
hd_id_t rpc_follower_id(bool team, hd_id_t document, hd_id_t partner);

#endif
