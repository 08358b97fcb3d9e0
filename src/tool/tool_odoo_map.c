/*
 * Which model of Odoo becomes which record type, and which fields become which.  A field of ours that has one of the same
 * name there, of a kind that fits, needs no line.  What a server lacks is left alone: its version does not matter.
 */
#include "tool_odoo.h"

static const odoo_name_t contact_names[] = {
    { "name", "name,display_name,email" }, { "phone", "phone,mobile" }, { NULL, NULL },
};
static const odoo_name_t user_names[] = {
    { "name", "name,login" }, { "role", "" }, { "password", "" }, { NULL, NULL },
};
static const odoo_name_t team_names[] = {
    { "message_subtypes", "" },
    { "website_published", "website_published,is_published" }, { "ticket_properties", "" }, { "form_fields", "" },
    { "slug", "slug" },
    { NULL, NULL },
};
static const odoo_name_t stage_names[] = { { "fold", "is_close,fold" }, { NULL, NULL } };
static const odoo_name_t ticket_names[] = { { "properties", "" }, { NULL, NULL } };
static const odoo_name_t calendar_names[] = { { "hours", "" }, { NULL, NULL } };
static const odoo_name_t leave_names[] = { { "user_id", "" }, { NULL, NULL } };
static const odoo_name_t message_names[] = {
    { "create_date", "date,create_date" }, { "body", "body_source,body" }, { "notified_ids", "notified_partner_ids" },
    { "ticket_id", "" }, { "team_id", "" }, { "subtype", "" }, { "format", "" }, { "attachment_ids", "" },
    { "author_name", "" }, { NULL, NULL },
};
static const odoo_name_t file_names[] = {
    { "mimetype", "" }, { "file_size", "" }, { "hash", "" }, { "ticket_id", "" }, { "team_id", "" }, { "message_id", "" },
    { "internal", "" }, { "author_id", "" }, { NULL, NULL },
};
static const odoo_name_t activity_names[] = { { "ticket_id", "" }, { NULL, NULL } };
static const odoo_name_t canned_names[] = {
    { "name", "name,source" }, { "shortcut", "source" }, { "body", "substitution" }, { NULL, NULL },
};
static const odoo_name_t follower_names[] = { { "ticket_id", "" }, { "subtypes", "" }, { NULL, NULL } };

/* Odoo's own accounts, with which nobody signs in. */
#define PEOPLE "[[\"login\",\"not in\",[\"__system__\",\"public\",\"portaltemplate\",\"default\"]]]"
#define TALKED_ABOUT(field) "[[\"" field "\",\"in\",[\"helpdesk.ticket\",\"helpdesk.team\"]]]"

const odoo_model_t odoo_models[ODOO_MODELS] = {
    { .model = "res.company", .words = "companies", .type = HD_COMPANY, .domain = "[]", .key = "name" },
    { .model = "resource.calendar", .words = "calendars", .type = HD_CALENDAR, .domain = "[]", .names = calendar_names,
      .more = "hours,attendance_ids", .hook = odoo_hook_calendar, .prepare = odoo_prepare_calendars },
    { .model = "res.partner", .words = "contacts", .type = HD_CONTACT, .domain = "[]", .names = contact_names },
    { .model = "res.users", .words = "users", .type = HD_USER, .domain = PEOPLE, .names = user_names, .key = "login",
      .more = "role,share,groups_id,group_ids", .hook = odoo_hook_user, .prepare = odoo_prepare_users },
    { .model = "helpdesk.ticket.type", .words = "types", .type = HD_TICKET_TYPE, .domain = "[]", .key = "name" },
    { .model = "helpdesk.tag", .words = "tags", .type = HD_TAG, .domain = "[]", .key = "name" },
    { .model = "helpdesk.team", .words = "teams", .type = HD_TEAM, .domain = "[]", .names = team_names,
      .more = "ticket_properties,message_subtypes,form_fields", .hook = odoo_hook_team },
    { .model = "helpdesk.stage", .words = "stages", .type = HD_STAGE, .domain = "[]", .names = stage_names },
    { .model = "mail.activity.type", .words = "activity types", .type = HD_ACTIVITY_TYPE, .domain = "[]", .key = "name" },
    { .model = "helpdesk.ticket", .words = "tickets", .type = HD_TICKET, .domain = "[]", .names = ticket_names,
      .more = "properties", .hook = odoo_hook_ticket },
    { .model = "ir.attachment", .words = "files", .type = HD_ATTACHMENT, .domain = TALKED_ABOUT("res_model"),
      .names = file_names, .by_date = true, .files = true, .hook = odoo_hook_file,
      .prepare = odoo_prepare_talk,
      .more = "res_model,res_id,type,file_size,internal,author_id,create_uid" },
    { .model = "mail.message", .words = "messages", .type = HD_MESSAGE, .domain = TALKED_ABOUT("model"),
      .names = message_names, .by_date = true, .hook = odoo_hook_message, .prepare = odoo_prepare_talk,
      .more = "model,res_id,subtype,subtype_id,is_internal,format,body_source,attachment_ids,author_name,author_id,"
              "email_from" },
    { .model = "mail.followers", .words = "subscriptions", .type = HD_FOLLOWER, .domain = TALKED_ABOUT("res_model"),
      .names = follower_names, .hook = odoo_hook_follower, .more = "res_model,res_id,subtypes,subtype_ids" },
    { .model = "mail.activity", .words = "activities", .type = HD_ACTIVITY,
      .domain = "[[\"res_model\",\"=\",\"helpdesk.ticket\"]]", .names = activity_names, .more = "res_model,res_id,active",
      .hook = odoo_hook_activity },
    { .model = "resource.calendar.leaves", .words = "leaves", .type = HD_LEAVE, .domain = "[]", .names = leave_names,
      .more = "user_id,resource_id", .hook = odoo_hook_leave, .prepare = odoo_prepare_leaves },
    { .model = "mail.canned.response", .older = "mail.shortcode", .words = "canned responses", .type = HD_CANNED_RESPONSE, .domain = "[]",
      .names = canned_names },
};

int odoo_model_index(hd_str_t model)
{
    for (int i = 0; i < ODOO_MODELS; i++) {
        if (hd_str_is(model, odoo_models[i].model)) {
            return i;
        }
    }
    return -1;
}
