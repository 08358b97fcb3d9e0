/*
 * The table of methods.
 */
#include "rpc_impl.h"

#define RPC_POST_PARAMS "body,subject,message_type,email_from,author_id,parent_id,subtype_xmlid,subtype_id,partner_ids,attachments," \
                        "attachment_ids,body_is_html"

static const rpc_method_t methods[] = {
    { "search", RPC_READ | RPC_MODEL, NULL, "domain,offset,limit,order", rpc_search, NULL, NULL },
    { "search_count", RPC_READ | RPC_MODEL, NULL, "domain,limit", rpc_search_count, NULL, NULL },
    { "search_read", RPC_READ | RPC_MODEL, NULL, "domain,fields,offset,limit,order,load", rpc_search_read, rpc_search_read_is_light, NULL },
    { "read", RPC_READ | RPC_RECORDS, NULL, "fields,load", rpc_read, rpc_read_is_light, NULL },
    { "name_search", RPC_READ | RPC_MODEL, NULL, "name,args,operator,limit,domain", rpc_name_search, NULL, NULL },
    { "name_get", RPC_READ | RPC_RECORDS, NULL, "", rpc_name_get, NULL, NULL },
    { "exists", RPC_READ | RPC_RECORDS, NULL, "", rpc_exists, NULL, NULL },
    { "fields_get", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "allfields,attributes", rpc_fields_get, NULL, NULL },
    { "default_get", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "fields_list,fields", rpc_default_get, NULL, NULL },
    { "read_group", RPC_READ | RPC_MODEL, NULL, "domain,fields,groupby,offset,limit,orderby,lazy", rpc_read_group, NULL, NULL },
    { "formatted_read_group", RPC_READ | RPC_MODEL, NULL, "domain,groupby,aggregates,having,offset,limit,order",
      rpc_formatted_read_group, NULL, NULL },
    { "check_access_rights", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "operation!,raise_exception", rpc_check_access_rights, NULL, NULL },
    { "has_access", RPC_READ | RPC_RECORDS, NULL, "operation!", rpc_has_access, NULL, NULL },
    { "check_access", RPC_READ | RPC_RECORDS, NULL, "operation!", rpc_check_access, NULL, NULL },
    { "create", RPC_WRITE | RPC_MODEL, "ir.attachment", "vals_list!", rpc_create, NULL, rpc_create_files_ahead },
    { "create", RPC_WRITE | RPC_MODEL, NULL, "vals_list!", rpc_create, rpc_brings_nothing, rpc_values_ahead },
    { "write", RPC_WRITE | RPC_RECORDS, NULL, "vals!", rpc_write, rpc_brings_nothing, rpc_values_ahead },
    { "unlink", RPC_WRITE | RPC_RECORDS, NULL, "", rpc_unlink, NULL, NULL },
    { "copy", RPC_WRITE | RPC_RECORDS, NULL, "default", rpc_copy, rpc_brings_nothing, rpc_values_ahead },
    { "name_create", RPC_WRITE | RPC_MODEL, NULL, "name!", rpc_name_create, NULL, NULL },
    { "action_archive", RPC_WRITE | RPC_RECORDS, NULL, "", rpc_archive, NULL, NULL },
    { "action_unarchive", RPC_WRITE | RPC_RECORDS, NULL, "", rpc_unarchive, NULL, NULL },
    { "toggle_active", RPC_WRITE | RPC_RECORDS, NULL, "", rpc_toggle_active, NULL, NULL },
    { "message_post", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket", RPC_POST_PARAMS, rpc_message_post,
      rpc_message_post_is_light, rpc_message_post_ahead },
    { "message_post", RPC_WRITE | RPC_RECORDS, "helpdesk.team", RPC_POST_PARAMS, rpc_message_post,
      rpc_message_post_is_light, rpc_message_post_ahead },
    { "message_subscribe", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket", "partner_ids,subtype_ids", rpc_message_subscribe, NULL, NULL },
    { "message_subscribe", RPC_WRITE | RPC_RECORDS, "helpdesk.team", "partner_ids,subtype_ids", rpc_message_subscribe, NULL, NULL },
    { "message_unsubscribe", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket", "partner_ids", rpc_message_unsubscribe, NULL, NULL },
    { "message_unsubscribe", RPC_WRITE | RPC_RECORDS, "helpdesk.team", "partner_ids", rpc_message_unsubscribe, NULL, NULL },
    { "activity_schedule", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket",
      "act_type_xmlid,date_deadline,summary,note,activity_type_id,user_id", rpc_activity_schedule, NULL, NULL },
    { "activity_feedback", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket", "act_type_xmlids!,user_id,feedback,attachment_ids",
      rpc_activity_feedback, NULL, NULL },
    { "activity_unlink", RPC_WRITE | RPC_RECORDS, "helpdesk.ticket", "act_type_xmlids!,user_id", rpc_activity_unlink, NULL, NULL },
    { "action_feedback", RPC_WRITE | RPC_RECORDS, "mail.activity", "feedback,attachment_ids", rpc_action_feedback, NULL, NULL },
    { "action_done", RPC_WRITE | RPC_RECORDS, "mail.activity", "", rpc_action_feedback, NULL, NULL },
    { "generate", RPC_WRITE | RPC_MODEL, "res.users.apikeys", "key,scope,name!,expiration_date", rpc_key_generate, NULL, NULL },
    { "revoke", RPC_WRITE | RPC_MODEL, "res.users.apikeys", "key!", rpc_key_revoke, NULL, NULL },
    { "change_password", RPC_WRITE | RPC_MODEL, "res.users", "old_passwd!,new_passwd!",
      rpc_change_password, NULL, rpc_change_password_ahead },
    { "context_get", RPC_READ | RPC_MODEL | RPC_LIGHT, "res.users", "", rpc_context_get, NULL, NULL },
};

const rpc_method_t *rpc_method(const rpc_model_t *m, hd_str_t name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (hd_str_is(name, methods[i].name) && (methods[i].model == NULL || strcmp(methods[i].model, m->name) == 0)) {
            return &methods[i];
        }
    }
    return NULL;
}
