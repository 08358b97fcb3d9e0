/*
 * The models: which records stand behind a name, and what Odoo calls their fields.  A model is one list (rpc_<name>.def)
 * and one row of `models`; its fields are those of the record, by their own names, and what the list adds.
 */
#include "rpc_show.h"

#define RPC_OF_STR(lo, hi)  RPC_CHAR
#define RPC_OF_TEXT(hi)     RPC_TEXT
#define RPC_OF_JSON(sh, hi) RPC_ANY_JSON
#define RPC_OF_BYTES(hi)    RPC_BINARY
#define RPC_OF_BOOL         RPC_BOOLEAN
#define RPC_OF_INT(lo, hi)  RPC_INTEGER
#define RPC_OF_ENUM(o)      RPC_SELECTION
#define RPC_OF_FLAGS(o)     RPC_ANY_JSON
#define RPC_OF_REF(t)       RPC_MANY2ONE
#define RPC_OF_REFS(t, hi)  RPC_MANY2MANY
#define RPC_OF_TIME         RPC_DATETIME
#define RPC_OF_COMPUTED(fn) RPC_CHAR

#define HD_MESSAGE_F_create_date HD_F_create_date       /* its other name is date */

#define RPC_X_FIELDS   ticket_fields
#define RPC_X_MORE     "rpc_ticket.def"
#define RPC_X_DEF      "../model/model_ticket.def"
#define RPC_X_NUM(nm)  HD_TICKET_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   team_fields
#define RPC_X_MORE     "rpc_team.def"
#define RPC_X_DEF      "../model/model_team.def"
#define RPC_X_NUM(nm)  HD_TEAM_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   stage_fields
#define RPC_X_MORE     "rpc_stage.def"
#define RPC_X_DEF      "../model/model_stage.def"
#define RPC_X_NUM(nm)  HD_STAGE_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   tag_fields
#define RPC_X_MORE     "rpc_plain.def"
#define RPC_X_DEF      "../model/model_tag.def"
#define RPC_X_NUM(nm)  HD_TAG_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   ticket_type_fields
#define RPC_X_MORE     "rpc_plain.def"
#define RPC_X_DEF      "../model/model_ticket_type.def"
#define RPC_X_NUM(nm)  HD_TICKET_TYPE_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   partner_fields
#define RPC_X_MORE     "rpc_partner.def"
#define RPC_X_DEF      "../model/model_contact.def"
#define RPC_X_NUM(nm)  HD_CONTACT_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   user_fields
#define RPC_X_MORE     "rpc_user.def"
#define RPC_X_DEF      "../model/model_user.def"
#define RPC_X_NUM(nm)  HD_USER_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   company_fields
#define RPC_X_MORE     "rpc_plain.def"
#define RPC_X_DEF      "../model/model_company.def"
#define RPC_X_NUM(nm)  HD_COMPANY_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   message_fields
#define RPC_X_MORE     "rpc_message.def"
#define RPC_X_DEF      "../model/model_message.def"
#define RPC_X_NUM(nm)  HD_MESSAGE_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   activity_fields
#define RPC_X_MORE     "rpc_activity.def"
#define RPC_X_DEF      "../model/model_activity.def"
#define RPC_X_NUM(nm)  HD_ACTIVITY_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   activity_type_fields
#define RPC_X_MORE     "rpc_plain.def"
#define RPC_X_DEF      "../model/model_activity_type.def"
#define RPC_X_NUM(nm)  HD_ACTIVITY_TYPE_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   attachment_fields
#define RPC_X_MORE     "rpc_attachment.def"
#define RPC_X_DEF      "../model/model_attachment.def"
#define RPC_X_NUM(nm)  HD_ATTACHMENT_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   calendar_fields
#define RPC_X_MORE     "rpc_calendar.def"
#define RPC_X_DEF      "../model/model_calendar.def"
#define RPC_X_NUM(nm)  HD_CALENDAR_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   leave_fields
#define RPC_X_MORE     "rpc_plain.def"
#define RPC_X_DEF      "../model/model_leave.def"
#define RPC_X_NUM(nm)  HD_LEAVE_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   external_id_fields
#define RPC_X_MORE     "rpc_external_id.def"
#define RPC_X_DEF      "../model/model_external_id.def"
#define RPC_X_NUM(nm)  HD_EXTERNAL_ID_F_##nm
#include "rpc_expand.h"

#define RPC_X_FIELDS   token_fields
#define RPC_X_MORE     "rpc_token.def"
#define RPC_X_DEF      "../model/model_token.def"
#define RPC_X_NUM(nm)  HD_TOKEN_F_##nm
#include "rpc_expand.h"

#define N(list) .fields = (list), .n_fields = sizeof(list) / sizeof((list)[0])

static const rpc_model_t models[] = {
    { .name = "helpdesk.ticket", .label = "ticket.one", .type = HD_TICKET, N(ticket_fields), .rec_name = "name",
      .order = "priority desc, id desc" },
    { .name = "helpdesk.team", .label = "team.one", .type = HD_TEAM, N(team_fields), .rec_name = "name", .order = "sequence, id" },
    { .name = "helpdesk.stage", .label = "stage.one", .type = HD_STAGE, N(stage_fields), .rec_name = "name",
      .order = "sequence, id" },
    { .name = "helpdesk.tag", .label = "ticket.tags", .type = HD_TAG, N(tag_fields), .rec_name = "name", .order = "name" },
    { .name = "helpdesk.ticket.type", .label = "ticket.type", .type = HD_TICKET_TYPE, N(ticket_type_fields),
      .rec_name = "name", .order = "sequence, id" },
    { .name = "res.partner", .label = "contact.one", .type = HD_CONTACT, N(partner_fields), .rec_name = "name", .order = "id" },
    { .name = "res.users", .label = "user.one", .type = HD_USER, N(user_fields), .rec_name = "name", .order = "name, id" },
    { .name = "res.company", .label = "company.one", .type = HD_COMPANY, N(company_fields), .rec_name = "name", .order = "id" },
    { .name = "mail.message", .label = "Message", .type = HD_MESSAGE, N(message_fields), .order = "id desc" },
    { .name = "mail.activity", .label = "activity.many", .type = HD_ACTIVITY, N(activity_fields), .rec_name = "summary",
      .order = "date_deadline, id" },
    { .name = "mail.activity.type", .label = "activity.type", .type = HD_ACTIVITY_TYPE, N(activity_type_fields),
      .rec_name = "name", .order = "sequence, id" },
    { .name = "ir.attachment", .label = "Attachment", .type = HD_ATTACHMENT, N(attachment_fields), .rec_name = "name",
      .order = "id desc" },
    { .name = "resource.calendar", .label = "calendar.one", .type = HD_CALENDAR, N(calendar_fields), .rec_name = "name",
      .order = "id" },
    { .name = "resource.calendar.leaves", .label = "leave.one", .type = HD_LEAVE, N(leave_fields), .rec_name = "name",
      .order = "date_from" },
    { .name = "ir.model.data", .label = "External ids", .type = HD_EXTERNAL_ID, N(external_id_fields), .rec_name = "name", .order = "id" },
    { .name = "res.users.apikeys", .label = "API keys", .type = HD_TOKEN, N(token_fields), .rec_name = "name", .order = "id" },
    { .name = "mail.followers", .label = "ticket.followers", .made = &rpc_made_followers, .fields = rpc_follower_fields,
      .n_fields = RPC_FOLLOWER_FIELDS, .order = "id" },
    { .name = "mail.message.subtype", .label = "Message subtypes", .made = &rpc_made_subtypes, .fields = rpc_subtype_fields,
      .n_fields = RPC_SUBTYPE_FIELDS, .rec_name = "name", .order = "sequence, id" },
    { .name = "resource.calendar.attendance", .label = "calendar.hours", .made = &rpc_made_attendances,
      .fields = rpc_attendance_fields, .n_fields = RPC_ATTENDANCE_FIELDS, .rec_name = "name", .order = "dayofweek, hour_from" },
    { .name = "res.groups", .label = "user.role", .made = &rpc_made_groups, .fields = rpc_group_fields,
      .n_fields = RPC_GROUP_FIELDS, .rec_name = "name", .order = "id" },
    { .name = "ir.model", .label = "Models", .made = &rpc_made_models, .fields = rpc_irmodel_fields,
      .n_fields = RPC_IRMODEL_FIELDS, .rec_name = "name", .order = "model" },
    { .name = "ir.model.fields", .label = "Fields", .made = &rpc_made_fields, .fields = rpc_irfield_fields,
      .n_fields = RPC_IRFIELD_FIELDS, .rec_name = "field_description", .order = "name" },
};
#define MODELS (sizeof(models) / sizeof(models[0]))

const rpc_model_t *rpc_model(hd_str_t name)
{
    for (size_t i = 0; i < MODELS; i++) {
        if (hd_str_is(name, models[i].name)) {
            return &models[i];
        }
    }
    return NULL;
}

const rpc_model_t *rpc_model_of(hd_type_t type)
{
    for (size_t i = 0; i < MODELS && type != 0; i++) {
        if (models[i].type == type) {
            return &models[i];
        }
    }
    return NULL;
}

const rpc_model_t *rpc_model_at(size_t i)
{
    return i < MODELS ? &models[i] : NULL;
}

const hd_field_t *rpc_own_field(const rpc_model_t *m, const rpc_field_t *f)
{
    return f->field < 0 ? NULL : &rpc_entity(m)->fields[f->field];
}

static bool is_secret(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own != NULL && (own->kind == HD_K_BYTES || (own->flags & HD_F_SECRET) != 0);
}

const rpc_field_t *rpc_field(const rpc_model_t *m, hd_str_t name)
{
    for (size_t i = 0; i < m->n_fields; i++) {
        if (name.len != 0 && m->fields[i].name[0] == name.data[0] && hd_str_is(name, m->fields[i].name)) {   /* most differ there */
            return is_secret(m, &m->fields[i]) ? NULL : &m->fields[i];
        }
    }
    return NULL;
}

bool rpc_sees_field(const rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    bool staff_only = (f->flags & RPC_F_STAFF) != 0 || (own != NULL && (own->flags & HD_F_ADMIN) != 0);
    return !is_secret(m, f) && (!staff_only || hd_actor_is_staff(rpc->cx->actor));
}

const rpc_model_t *rpc_relation(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    if (f->relation != NULL) {
        return rpc_model(hd_str(f->relation));
    }
    return own != NULL && own->ref != 0 ? rpc_model_of((hd_type_t) own->ref) : NULL;
}
