/*
 * The tables: every list (model_<type>.def) becomes an array of hd_field_t and a row of
 * hd_entities.
 */
#include "model_impl.h"

/* ---- options; the order is stored ---- */

#define OPTIONS(name, ...)                                                            \
    static const char *const name##_slugs[] = { __VA_ARGS__ };                        \
    static const hd_enum_t name = { sizeof(name##_slugs) / sizeof(name##_slugs[0]), name##_slugs }

OPTIONS(hd_roles, "none", "user", "admin", "portal");
OPTIONS(hd_visibilities, "portal", "internal", "invited_internal");
OPTIONS(hd_assign_methods, "randomly", "balanced", "tags");
OPTIONS(hd_leave_states, "draft", "approved", "refused", "cancelled");
OPTIONS(hd_alias_contacts, "everyone", "partners", "followers", "employees");
OPTIONS(hd_scopes, "read", "write", "admin");
OPTIONS(hd_priorities, "0", "1", "2", "3");
OPTIONS(hd_kanban_states, "normal", "done", "blocked");
OPTIONS(hd_message_subtypes, "comment", "note", "activity");
OPTIONS(hd_message_types, "comment", "email", "notification", "auto_comment", "user_notification");
OPTIONS(hd_body_formats, "markdown", "plain");
OPTIONS(hd_notice_kinds, "comment", "note", "mention", "activity", "created", "stage", "rating", "assigned", "follow");
OPTIONS(hd_follow_subtypes, "comment", "note", "activity", "created", "stage", "rating");
OPTIONS(hd_mail_states, "queued", "sent", "failed", "cancelled");
OPTIONS(hd_mail_kinds, "notification", "invitation", "password");
OPTIONS(hd_activity_categories, "default", "upload_file", "phonecall", "meeting");
OPTIONS(hd_delay_units, "days", "weeks", "months");
OPTIONS(hd_delay_starts, "current_date", "previous_activity");
OPTIONS(hd_chainings, "suggest", "trigger");
OPTIONS(hd_activity_states, "overdue", "today", "planned");
OPTIONS(hd_ticket_activities, "none", "planned", "today", "overdue");
OPTIONS(hd_invitation_purposes, "invitation", "password");
OPTIONS(hd_view_shares, "private", "team", "everyone");
OPTIONS(hd_view_layouts, "list", "board");

/* ---- computed fields ---- */

#define REF_MAX 24

/* "00042": at least five digits. */
static hd_str_t format_ref(hd_id_t id, char out[REF_MAX])
{
    char *p = out + REF_MAX;
    for (int digits = 0; digits < 5 || id != 0; digits++) {
        *--p = (char) ('0' + id % 10);
        id /= 10;
    }
    return (hd_str_t){ (size_t) (out + REF_MAX - p), p };
}

static void hd_compute_ticket_ref(const void *rec, hd_json_t *out)
{
    char digits[REF_MAX];
    hd_json_str(out, format_ref(((const hd_rec_t *) rec)->id, digits));
}

static void hd_compute_ticket_display_name(const void *rec, hd_json_t *out)
{
    const hd_ticket_t *t = rec;
    char digits[REF_MAX];
    hd_json_str(out, t->name);
    if (out->b->failed) {
        return;
    }
    out->b->len--;      /* the closing quote comes after the reference */
    hd_buf_z(out->b, " (#");
    hd_buf_str(out->b, format_ref(t->rec.id, digits));
    hd_buf_z(out->b, ")\"");
}

static void hd_compute_stage_is_close(const void *rec, hd_json_t *out)
{
    hd_json_bool(out, ((const hd_stage_t *) rec)->fold);
}

/* ---- fields ---- */

#define HD_FI_STR(lo, hi)   .kind = HD_K_STR, .min = (lo), .max = (hi)
#define HD_FI_TEXT(hi)      .kind = HD_K_TEXT, .max = (hi)
#define HD_FI_JSON(sh, hi)  .kind = HD_K_JSON, .shape = (sh), .max = (hi)
#define HD_FI_BYTES(hi)     .kind = HD_K_BYTES, .max = (hi)
#define HD_FI_BOOL          .kind = HD_K_BOOL, .max = 1
#define HD_FI_INT(lo, hi)   .kind = HD_K_INT, .min = (lo), .max = (hi)
#define HD_FI_ENUM(o)       .kind = HD_K_ENUM, .options = &(o)
#define HD_FI_FLAGS(o)      .kind = HD_K_FLAGS, .options = &(o)
#define HD_FI_REF(t)        .kind = HD_K_REF, .max = HD_ID_MAX, .ref = (t)
#define HD_FI_REFS(t, hi)   .kind = HD_K_REFS, .max = (hi), .ref = (t)
#define HD_FI_TIME          .kind = HD_K_TIME
#define HD_FI_COMPUTED(fn)  .kind = HD_K_COMPUTED, .compute = (fn)

#define HD_X_STRUCT     hd_company_t
#define HD_X_DEF        "model_company.def"
#define HD_X_NUM(nm)    HD_COMPANY_F_##nm
#define HD_X_COUNT      HD_COMPANY_F_COUNT
#define HD_X_FIELDS     company_fields
#define HD_X_TAGS       company_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_contact_t
#define HD_X_DEF        "model_contact.def"
#define HD_X_NUM(nm)    HD_CONTACT_F_##nm
#define HD_X_COUNT      HD_CONTACT_F_COUNT
#define HD_X_FIELDS     contact_fields
#define HD_X_TAGS       contact_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_user_t
#define HD_X_DEF        "model_user.def"
#define HD_X_NUM(nm)    HD_USER_F_##nm
#define HD_X_COUNT      HD_USER_F_COUNT
#define HD_X_FIELDS     user_fields
#define HD_X_TAGS       user_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_session_t
#define HD_X_DEF        "model_session.def"
#define HD_X_NUM(nm)    HD_SESSION_F_##nm
#define HD_X_COUNT      HD_SESSION_F_COUNT
#define HD_X_FIELDS     session_fields
#define HD_X_TAGS       session_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_token_t
#define HD_X_DEF        "model_token.def"
#define HD_X_NUM(nm)    HD_TOKEN_F_##nm
#define HD_X_COUNT      HD_TOKEN_F_COUNT
#define HD_X_FIELDS     token_fields
#define HD_X_TAGS       token_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_team_t
#define HD_X_DEF        "model_team.def"
#define HD_X_NUM(nm)    HD_TEAM_F_##nm
#define HD_X_COUNT      HD_TEAM_F_COUNT
#define HD_X_FIELDS     team_fields
#define HD_X_TAGS       team_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_stage_t
#define HD_X_DEF        "model_stage.def"
#define HD_X_NUM(nm)    HD_STAGE_F_##nm
#define HD_X_COUNT      HD_STAGE_F_COUNT
#define HD_X_FIELDS     stage_fields
#define HD_X_TAGS       stage_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_ticket_t
#define HD_X_DEF        "model_ticket.def"
#define HD_X_NUM(nm)    HD_TICKET_F_##nm
#define HD_X_COUNT      HD_TICKET_F_COUNT
#define HD_X_FIELDS     ticket_fields
#define HD_X_TAGS       ticket_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_ticket_type_t
#define HD_X_DEF        "model_ticket_type.def"
#define HD_X_NUM(nm)    HD_TICKET_TYPE_F_##nm
#define HD_X_COUNT      HD_TICKET_TYPE_F_COUNT
#define HD_X_FIELDS     ticket_type_fields
#define HD_X_TAGS       ticket_type_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_tag_t
#define HD_X_DEF        "model_tag.def"
#define HD_X_NUM(nm)    HD_TAG_F_##nm
#define HD_X_COUNT      HD_TAG_F_COUNT
#define HD_X_FIELDS     tag_fields
#define HD_X_TAGS       tag_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_calendar_t
#define HD_X_DEF        "model_calendar.def"
#define HD_X_NUM(nm)    HD_CALENDAR_F_##nm
#define HD_X_COUNT      HD_CALENDAR_F_COUNT
#define HD_X_FIELDS     calendar_fields
#define HD_X_TAGS       calendar_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_leave_t
#define HD_X_DEF        "model_leave.def"
#define HD_X_NUM(nm)    HD_LEAVE_F_##nm
#define HD_X_COUNT      HD_LEAVE_F_COUNT
#define HD_X_FIELDS     leave_fields
#define HD_X_TAGS       leave_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_message_t
#define HD_X_DEF        "model_message.def"
#define HD_X_NUM(nm)    HD_MESSAGE_F_##nm
#define HD_X_COUNT      HD_MESSAGE_F_COUNT
#define HD_X_FIELDS     message_fields
#define HD_X_TAGS       message_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_attachment_t
#define HD_X_DEF        "model_attachment.def"
#define HD_X_NUM(nm)    HD_ATTACHMENT_F_##nm
#define HD_X_COUNT      HD_ATTACHMENT_F_COUNT
#define HD_X_FIELDS     attachment_fields
#define HD_X_TAGS       attachment_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_follower_t
#define HD_X_DEF        "model_follower.def"
#define HD_X_NUM(nm)    HD_FOLLOWER_F_##nm
#define HD_X_COUNT      HD_FOLLOWER_F_COUNT
#define HD_X_FIELDS     follower_fields
#define HD_X_TAGS       follower_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_notification_t
#define HD_X_DEF        "model_notification.def"
#define HD_X_NUM(nm)    HD_NOTIFICATION_F_##nm
#define HD_X_COUNT      HD_NOTIFICATION_F_COUNT
#define HD_X_FIELDS     notification_fields
#define HD_X_TAGS       notification_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_mail_t
#define HD_X_DEF        "model_mail.def"
#define HD_X_NUM(nm)    HD_MAIL_F_##nm
#define HD_X_COUNT      HD_MAIL_F_COUNT
#define HD_X_FIELDS     mail_fields
#define HD_X_TAGS       mail_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_draft_t
#define HD_X_DEF        "model_draft.def"
#define HD_X_NUM(nm)    HD_DRAFT_F_##nm
#define HD_X_COUNT      HD_DRAFT_F_COUNT
#define HD_X_FIELDS     draft_fields
#define HD_X_TAGS       draft_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_canned_response_t
#define HD_X_DEF        "model_canned_response.def"
#define HD_X_NUM(nm)    HD_CANNED_RESPONSE_F_##nm
#define HD_X_COUNT      HD_CANNED_RESPONSE_F_COUNT
#define HD_X_FIELDS     canned_response_fields
#define HD_X_TAGS       canned_response_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_activity_type_t
#define HD_X_DEF        "model_activity_type.def"
#define HD_X_NUM(nm)    HD_ACTIVITY_TYPE_F_##nm
#define HD_X_COUNT      HD_ACTIVITY_TYPE_F_COUNT
#define HD_X_FIELDS     activity_type_fields
#define HD_X_TAGS       activity_type_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_activity_t
#define HD_X_DEF        "model_activity.def"
#define HD_X_NUM(nm)    HD_ACTIVITY_F_##nm
#define HD_X_COUNT      HD_ACTIVITY_F_COUNT
#define HD_X_FIELDS     activity_fields
#define HD_X_TAGS       activity_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_invitation_t
#define HD_X_DEF        "model_invitation.def"
#define HD_X_NUM(nm)    HD_INVITATION_F_##nm
#define HD_X_COUNT      HD_INVITATION_F_COUNT
#define HD_X_FIELDS     invitation_fields
#define HD_X_TAGS       invitation_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_external_id_t
#define HD_X_DEF        "model_external_id.def"
#define HD_X_NUM(nm)    HD_EXTERNAL_ID_F_##nm
#define HD_X_COUNT      HD_EXTERNAL_ID_F_COUNT
#define HD_X_FIELDS     external_id_fields
#define HD_X_TAGS       external_id_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_origin_t
#define HD_X_DEF        "model_origin.def"
#define HD_X_NUM(nm)    HD_ORIGIN_F_##nm
#define HD_X_COUNT      HD_ORIGIN_F_COUNT
#define HD_X_FIELDS     origin_fields
#define HD_X_TAGS       origin_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_view_t
#define HD_X_DEF        "model_view.def"
#define HD_X_NUM(nm)    HD_VIEW_F_##nm
#define HD_X_COUNT      HD_VIEW_F_COUNT
#define HD_X_FIELDS     view_fields
#define HD_X_TAGS       view_tags
#include "model_expand.h"

/* ---- record types ---- */

#define ENTITY(NAME, one, many)                                                        \
    .type = HD_##NAME, .name = #one, .plural = many, .size = sizeof(hd_##one##_t),     \
    .fields = one##_fields, .n_fields = HD_##NAME##_F_COUNT, .by_tag = one##_tags

static const hd_entity_t company_entity = {
    ENTITY(COMPANY, company, "companies"),
    .doc = "A company of this helpdesk",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t contact_entity = {
    ENTITY(CONTACT, contact, "contacts"),
    .doc = "A customer, a colleague of one, or the person behind a user",
    .keys = hd_keys_contact, .counts = hd_counts_none,
};
static const hd_entity_t user_entity = {
    ENTITY(USER, user, "users"),
    .doc = "Somebody who can sign in",
    .keys = hd_keys_user, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_USER_LOGIN), .config = true,
};
static const hd_entity_t session_entity = {
    ENTITY(SESSION, session, "sessions"),
    .doc = "A signed-in browser",
    .keys = hd_keys_session, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_SESSION_HASH), .config_end = true,
};
static const hd_entity_t token_entity = {
    ENTITY(TOKEN, token, "tokens"),
    .doc = "An API token",
    .keys = hd_keys_token, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TOKEN_HASH), .config = true,
};
static const hd_entity_t team_entity = {
    ENTITY(TEAM, team, "teams"),
    .doc = "A helpdesk team",
    .keys = hd_keys_team, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TEAM_SLUG), .config = true,
};
static const hd_entity_t stage_entity = {
    ENTITY(STAGE, stage, "stages"),
    .doc = "A stage of a pipeline",
    .keys = hd_keys_stage, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t ticket_entity = {
    ENTITY(TICKET, ticket, "tickets"),
    .doc = "A ticket",
    .keys = hd_keys_ticket, .counts = hd_counts_ticket, .facts = hd_facts_ticket,
};
static const hd_entity_t ticket_type_entity = {
    ENTITY(TICKET_TYPE, ticket_type, "types"),
    .doc = "A kind of ticket: question, issue ...",
    .keys = hd_keys_ticket_type, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TYPE_NAME), .config = true,
};
static const hd_entity_t tag_entity = {
    ENTITY(TAG, tag, "tags"),
    .doc = "A tag of tickets, with the members who know about it",
    .keys = hd_keys_tag, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TAG_NAME), .config = true,
};
static const hd_entity_t calendar_entity = {
    ENTITY(CALENDAR, calendar, "calendars"),
    .doc = "Weekly working hours in a time zone",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t leave_entity = {
    ENTITY(LEAVE, leave, "leaves"),
    .doc = "Time off of a user, a team or a whole company",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};

static const hd_entity_t message_entity = {
    ENTITY(MESSAGE, message, "messages"),
    .doc = "Something said about a ticket or to a team",
    .keys = hd_keys_message, .counts = hd_counts_none,
};
static const hd_entity_t attachment_entity = {
    ENTITY(ATTACHMENT, attachment, "attachments"),
    .doc = "A file of a message or a ticket",
    .keys = hd_keys_attachment, .counts = hd_counts_none,
};
static const hd_entity_t follower_entity = {
    ENTITY(FOLLOWER, follower, "followers"),
    .doc = "A subscription that differs from the usual one",
    .keys = hd_keys_follower, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_FOLLOWER),
};
static const hd_entity_t notification_entity = {
    ENTITY(NOTIFICATION, notification, "notifications"),
    .doc = "A line of an inbox",
    .keys = hd_keys_notification, .counts = hd_counts_notification,
};
static const hd_entity_t mail_entity = {
    ENTITY(MAIL, mail, "mails"),
    .doc = "A row of the outbox",
    .keys = hd_keys_mail, .counts = hd_counts_none,
};
static const hd_entity_t draft_entity = {
    ENTITY(DRAFT, draft, "drafts"),
    .doc = "A message that is not sent yet",
    .keys = hd_keys_draft, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_DRAFT),
};
static const hd_entity_t canned_response_entity = {
    ENTITY(CANNED_RESPONSE, canned_response, "canned_responses"),
    .doc = "A text kept for answers",
    .keys = hd_keys_none, .counts = hd_counts_none,
};
static const hd_entity_t activity_type_entity = {
    ENTITY(ACTIVITY_TYPE, activity_type, "activity_types"),
    .doc = "A kind of activity",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t activity_entity = {
    ENTITY(ACTIVITY, activity, "activities"),
    .doc = "Something to do about a ticket",
    .keys = hd_keys_activity, .counts = hd_counts_none,
};
static const hd_entity_t invitation_entity = {
    ENTITY(INVITATION, invitation, "invitations"),
    .doc = "A link to set a password",
    .keys = hd_keys_invitation, .counts = hd_counts_none,
};
static const hd_entity_t external_id_entity = {
    ENTITY(EXTERNAL_ID, external_id, "external_ids"),
    .doc = "What another program calls a record",
    .keys = hd_keys_external_id, .counts = hd_counts_none, .unique = HD_BIT(HD_IX_EXTERNAL_NAME),
};
static const hd_entity_t origin_entity = {
    ENTITY(ORIGIN, origin, "origins"),
    .doc = "Where a record came from",
    .keys = hd_keys_origin, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_ORIGIN),
};
static const hd_entity_t view_entity = {
    ENTITY(VIEW, view, "views"),
    .doc = "What a list or a board of tickets shows, kept by name",
    .keys = hd_keys_none, .counts = hd_counts_none,
};

const hd_entity_t *const hd_entities[HD_TYPE_COUNT] = {
    [HD_COMPANY] = &company_entity,
    [HD_CONTACT] = &contact_entity,
    [HD_USER] = &user_entity,
    [HD_SESSION] = &session_entity,
    [HD_TOKEN] = &token_entity,
    [HD_TEAM] = &team_entity,
    [HD_STAGE] = &stage_entity,
    [HD_TICKET] = &ticket_entity,
    [HD_TICKET_TYPE] = &ticket_type_entity,
    [HD_TAG] = &tag_entity,
    [HD_CALENDAR] = &calendar_entity,
    [HD_LEAVE] = &leave_entity,
    [HD_MESSAGE] = &message_entity,
    [HD_ATTACHMENT] = &attachment_entity,
    [HD_FOLLOWER] = &follower_entity,
    [HD_NOTIFICATION] = &notification_entity,
    [HD_MAIL] = &mail_entity,
    [HD_DRAFT] = &draft_entity,
    [HD_CANNED_RESPONSE] = &canned_response_entity,
    [HD_ACTIVITY_TYPE] = &activity_type_entity,
    [HD_ACTIVITY] = &activity_entity,
    [HD_INVITATION] = &invitation_entity,
    [HD_EXTERNAL_ID] = &external_id_entity,
    [HD_ORIGIN] = &origin_entity,
    [HD_VIEW] = &view_entity,
};

const hd_entity_t *hd_entity_by_name(hd_str_t name)
{
    for (int i = 1; i < HD_TYPE_COUNT; i++) {
        if (hd_str_is(name, hd_entities[i]->name)) {
            return hd_entities[i];
        }
    }
    return NULL;
}

int hd_field_index(const hd_entity_t *e, hd_str_t name)
{
    for (int i = 0; i < e->n_fields; i++) {
        if (hd_str_eq(name, hd_field_name(&e->fields[i]))) {
            return i;
        }
    }
    return -1;
}
