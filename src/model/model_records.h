/*
 * Structs and field numbers of every record type, expanded from the .def lists.  A line of a list:
 *
 *     HD_F(tag, name, KIND(...), flags, "doc")
 *
 * KIND is one of STR(min,max) TEXT(max) BYTES(max) BOOL INT(min,max) ENUM(options) FLAGS(options)
 * REF(type) REFS(type,max) TIME COMPUTED(fn).  The first six fields (hd_rec_t) come from model_rec.def.
 */
#ifndef HD_MODEL_RECORDS_H
#define HD_MODEL_RECORDS_H

#define HD_CT_STR(lo, hi)   hd_str_t
#define HD_CT_TEXT(hi)      hd_str_t
#define HD_CT_BYTES(hi)     hd_str_t
#define HD_CT_JSON(sh, hi)  hd_str_t
#define HD_CT_BOOL          bool
#define HD_CT_INT(lo, hi)   int64_t
#define HD_CT_ENUM(o)       uint8_t
#define HD_CT_FLAGS(o)      uint32_t
#define HD_CT_REF(t)        hd_id_t
#define HD_CT_REFS(t, hi)   hd_ids_t
#define HD_CT_TIME          hd_time_t
#define HD_CT_COMPUTED(fn)  char               /* one unused byte: a field number needs a member */

/* values of the enums; the order is stored, new values go to the end */
typedef enum { HD_ROLE_NONE, HD_ROLE_USER, HD_ROLE_ADMIN, HD_ROLE_PORTAL } hd_role_t;      /* ACC-1 */
typedef enum { HD_VIS_PORTAL, HD_VIS_INTERNAL, HD_VIS_INVITED } hd_visibility_t;           /* VIS-1, 6, 7 */
typedef enum { HD_ASSIGN_RANDOMLY, HD_ASSIGN_BALANCED, HD_ASSIGN_TAGS } hd_assign_t;       /* ASG-7, 8, 9 */
typedef enum { HD_LEAVE_DRAFT, HD_LEAVE_APPROVED, HD_LEAVE_REFUSED, HD_LEAVE_CANCELLED } hd_leave_state_t;
typedef enum { HD_ALIAS_EVERYONE, HD_ALIAS_PARTNERS, HD_ALIAS_FOLLOWERS, HD_ALIAS_EMPLOYEES } hd_alias_contact_t;
typedef enum { HD_KANBAN_NORMAL, HD_KANBAN_DONE, HD_KANBAN_BLOCKED } hd_kanban_t;
typedef enum { HD_SUB_COMMENT, HD_SUB_NOTE, HD_SUB_ACTIVITY } hd_subtype_t;
typedef enum { HD_MSG_COMMENT, HD_MSG_EMAIL, HD_MSG_NOTIFICATION, HD_MSG_AUTO_COMMENT, HD_MSG_USER_NOTIFICATION } hd_message_type_t;
typedef enum { HD_BODY_MARKDOWN, HD_BODY_PLAIN } hd_body_format_t;
typedef enum {
    HD_NOTICE_COMMENT, HD_NOTICE_NOTE, HD_NOTICE_MENTION, HD_NOTICE_ACTIVITY, HD_NOTICE_CREATED, HD_NOTICE_STAGE,
    HD_NOTICE_RATING, HD_NOTICE_ASSIGNED, HD_NOTICE_FOLLOW, HD_NOTICE_COUNT
} hd_notice_t;
enum {                       /* of a follower: what he hears of (CHT-6) */
    HD_FOLLOW_COMMENT = 1, HD_FOLLOW_NOTE = 2, HD_FOLLOW_ACTIVITY = 4, HD_FOLLOW_CREATED = 8, HD_FOLLOW_STAGE = 16,
    HD_FOLLOW_RATING = 32
};
typedef enum { HD_MAIL_QUEUED, HD_MAIL_SENT, HD_MAIL_FAILED, HD_MAIL_CANCELLED } hd_mail_state_t;
typedef enum { HD_MAIL_NOTIFICATION, HD_MAIL_INVITATION, HD_MAIL_PASSWORD } hd_mail_kind_t;
typedef enum { HD_DELAY_DAYS, HD_DELAY_WEEKS, HD_DELAY_MONTHS } hd_delay_unit_t;
typedef enum { HD_DELAY_TODAY, HD_DELAY_PREVIOUS } hd_delay_start_t;
typedef enum { HD_VIEW_PRIVATE, HD_VIEW_TEAM, HD_VIEW_EVERYONE } hd_view_share_t;
typedef enum { HD_CHAIN_SUGGEST, HD_CHAIN_TRIGGER } hd_chaining_t;
typedef enum { HD_ACTS_NONE, HD_ACTS_PLANNED, HD_ACTS_TODAY, HD_ACTS_OVERDUE, HD_ACTS_COUNT } hd_ticket_activity_t;
typedef enum { HD_ACT_OVERDUE, HD_ACT_TODAY, HD_ACT_PLANNED } hd_activity_state_t;
typedef enum { HD_INVITE_INVITATION, HD_INVITE_PASSWORD } hd_invitation_purpose_t;
enum { HD_SCOPE_READ = 1, HD_SCOPE_WRITE = 2, HD_SCOPE_ADMIN = 4 };

#define HD_F(tag, name, kind, flags, doc)  HD_CT_##kind name;
typedef struct { hd_rec_t rec;
#include "model_company.def"
} hd_company_t;
typedef struct { hd_rec_t rec;
#include "model_contact.def"
} hd_contact_t;
typedef struct { hd_rec_t rec;
#include "model_user.def"
} hd_user_t;
typedef struct { hd_rec_t rec;
#include "model_session.def"
} hd_session_t;
typedef struct { hd_rec_t rec;
#include "model_token.def"
} hd_token_t;
typedef struct { hd_rec_t rec;
#include "model_team.def"
} hd_team_t;
typedef struct { hd_rec_t rec;
#include "model_stage.def"
} hd_stage_t;
typedef struct { hd_rec_t rec;
#include "model_ticket.def"
} hd_ticket_t;
typedef struct { hd_rec_t rec;
#include "model_ticket_type.def"
} hd_ticket_type_t;
typedef struct { hd_rec_t rec;
#include "model_tag.def"
} hd_tag_t;
typedef struct { hd_rec_t rec;
#include "model_calendar.def"
} hd_calendar_t;
typedef struct { hd_rec_t rec;
#include "model_leave.def"
} hd_leave_t;
typedef struct { hd_rec_t rec;
#include "model_message.def"
} hd_message_t;
typedef struct { hd_rec_t rec;
#include "model_attachment.def"
} hd_attachment_t;
typedef struct { hd_rec_t rec;
#include "model_follower.def"
} hd_follower_t;
typedef struct { hd_rec_t rec;
#include "model_notification.def"
} hd_notification_t;
typedef struct { hd_rec_t rec;
#include "model_mail.def"
} hd_mail_t;
typedef struct { hd_rec_t rec;
#include "model_draft.def"
} hd_draft_t;
typedef struct { hd_rec_t rec;
#include "model_canned_response.def"
} hd_canned_response_t;
typedef struct { hd_rec_t rec;
#include "model_activity_type.def"
} hd_activity_type_t;
typedef struct { hd_rec_t rec;
#include "model_activity.def"
} hd_activity_t;
typedef struct { hd_rec_t rec;
#include "model_invitation.def"
} hd_invitation_t;
typedef struct { hd_rec_t rec;
#include "model_external_id.def"
} hd_external_id_t;
typedef struct { hd_rec_t rec;
#include "model_origin.def"
} hd_origin_t;
typedef struct { hd_rec_t rec;
#include "model_view.def"
} hd_view_t;
#undef HD_F

/* Field numbers: the six of hd_rec_t first. */
enum { HD_F_id, HD_F_version, HD_F_create_date, HD_F_write_date, HD_F_create_uid, HD_F_write_uid, HD_F_OWN };

#define HD_F(tag, name, kind, flags, doc)  HD_COMPANY_F_##name,
enum { HD_COMPANY_F_FIRST = HD_F_OWN - 1,
#include "model_company.def"
HD_COMPANY_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_CONTACT_F_##name,
enum { HD_CONTACT_F_FIRST = HD_F_OWN - 1,
#include "model_contact.def"
HD_CONTACT_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_USER_F_##name,
enum { HD_USER_F_FIRST = HD_F_OWN - 1,
#include "model_user.def"
HD_USER_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_SESSION_F_##name,
enum { HD_SESSION_F_FIRST = HD_F_OWN - 1,
#include "model_session.def"
HD_SESSION_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_TOKEN_F_##name,
enum { HD_TOKEN_F_FIRST = HD_F_OWN - 1,
#include "model_token.def"
HD_TOKEN_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_TEAM_F_##name,
enum { HD_TEAM_F_FIRST = HD_F_OWN - 1,
#include "model_team.def"
HD_TEAM_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_STAGE_F_##name,
enum { HD_STAGE_F_FIRST = HD_F_OWN - 1,
#include "model_stage.def"
HD_STAGE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_TICKET_F_##name,
enum { HD_TICKET_F_FIRST = HD_F_OWN - 1,
#include "model_ticket.def"
HD_TICKET_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_TICKET_TYPE_F_##name,
enum { HD_TICKET_TYPE_F_FIRST = HD_F_OWN - 1,
#include "model_ticket_type.def"
HD_TICKET_TYPE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_TAG_F_##name,
enum { HD_TAG_F_FIRST = HD_F_OWN - 1,
#include "model_tag.def"
HD_TAG_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_CALENDAR_F_##name,
enum { HD_CALENDAR_F_FIRST = HD_F_OWN - 1,
#include "model_calendar.def"
HD_CALENDAR_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_LEAVE_F_##name,
enum { HD_LEAVE_F_FIRST = HD_F_OWN - 1,
#include "model_leave.def"
HD_LEAVE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_MESSAGE_F_##name,
enum { HD_MESSAGE_F_FIRST = HD_F_OWN - 1,
#include "model_message.def"
HD_MESSAGE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_ATTACHMENT_F_##name,
enum { HD_ATTACHMENT_F_FIRST = HD_F_OWN - 1,
#include "model_attachment.def"
HD_ATTACHMENT_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_FOLLOWER_F_##name,
enum { HD_FOLLOWER_F_FIRST = HD_F_OWN - 1,
#include "model_follower.def"
HD_FOLLOWER_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_NOTIFICATION_F_##name,
enum { HD_NOTIFICATION_F_FIRST = HD_F_OWN - 1,
#include "model_notification.def"
HD_NOTIFICATION_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_MAIL_F_##name,
enum { HD_MAIL_F_FIRST = HD_F_OWN - 1,
#include "model_mail.def"
HD_MAIL_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_DRAFT_F_##name,
enum { HD_DRAFT_F_FIRST = HD_F_OWN - 1,
#include "model_draft.def"
HD_DRAFT_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_CANNED_RESPONSE_F_##name,
enum { HD_CANNED_RESPONSE_F_FIRST = HD_F_OWN - 1,
#include "model_canned_response.def"
HD_CANNED_RESPONSE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_ACTIVITY_TYPE_F_##name,
enum { HD_ACTIVITY_TYPE_F_FIRST = HD_F_OWN - 1,
#include "model_activity_type.def"
HD_ACTIVITY_TYPE_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_ACTIVITY_F_##name,
enum { HD_ACTIVITY_F_FIRST = HD_F_OWN - 1,
#include "model_activity.def"
HD_ACTIVITY_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_INVITATION_F_##name,
enum { HD_INVITATION_F_FIRST = HD_F_OWN - 1,
#include "model_invitation.def"
HD_INVITATION_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_EXTERNAL_ID_F_##name,
enum { HD_EXTERNAL_ID_F_FIRST = HD_F_OWN - 1,
#include "model_external_id.def"
HD_EXTERNAL_ID_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_ORIGIN_F_##name,
enum { HD_ORIGIN_F_FIRST = HD_F_OWN - 1,
#include "model_origin.def"
HD_ORIGIN_F_COUNT };
#undef HD_F
#define HD_F(tag, name, kind, flags, doc)  HD_VIEW_F_##name,
enum { HD_VIEW_F_FIRST = HD_F_OWN - 1,
#include "model_view.def"
HD_VIEW_F_COUNT };
#undef HD_F

#endif
