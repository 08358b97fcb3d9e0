/*
 * What the OpenAPI document says about an operation beyond its row in the route table: parameters of its own, the media
 * types of a body and an answer that are no JSON, and the schema of an answer that is no record and no list.
 * t/111-openapi.t refuses an operation whose JSON answer is not described here.
 */
#include "api_impl.h"

#define REF(NAME)          "{\"$ref\":\"#/components/schemas/" NAME "\"}"
#define LIST(ITEM)         "{\"type\":\"array\",\"items\":" ITEM "}"
#define OBJECT(REQ, PROPS) "{\"type\":\"object\",\"required\":[" REQ "],\"properties\":{" PROPS "}}"
#define IS(NAME, SCHEMA)   "\"" NAME "\":" SCHEMA
#define COUNT              "{\"type\":\"integer\",\"minimum\":0}"
#define ID                 "{\"type\":\"integer\",\"minimum\":1}"
#define FLAG               "{\"type\":\"boolean\"}"
#define TEXT               "{\"type\":\"string\"}"
#define TEXT_OR_NULL       "{\"type\":[\"string\",\"null\"]}"

#define SESSION_MEMBERS \
    IS("user", REF("User")) "," IS("csrf", TEXT_OR_NULL) "," IS("companies", LIST(ID))
#define SESSION OBJECT("\"user\",\"csrf\",\"companies\"", SESSION_MEMBERS)
#define PAGE_OF(NAME, TYPE) \
    IS(NAME, OBJECT("\"items\",\"next\"", IS("items", LIST(REF(TYPE))) "," IS("next", TEXT_OR_NULL)))
#define START \
    OBJECT("\"user\",\"csrf\",\"companies\",\"users\",\"teams\",\"stages\",\"types\",\"tags\",\"activity_types\",\"my\"," \
           "\"unassigned\",\"unread\",\"seq\"", \
           SESSION_MEMBERS "," PAGE_OF("users", "User") "," PAGE_OF("teams", "Team") "," PAGE_OF("stages", "Stage") "," \
           PAGE_OF("types", "TicketType") "," PAGE_OF("tags", "Tag") "," PAGE_OF("activity_types", "ActivityType") "," \
           IS("my", COUNT) "," IS("unassigned", COUNT) "," IS("unread", COUNT) "," IS("seq", COUNT))
#define COLUMN \
    OBJECT("\"stage\",\"count\",\"tickets\",\"next\"", \
           IS("stage", REF("Stage")) "," IS("count", COUNT) "," IS("tickets", LIST(REF("Ticket"))) "," \
           IS("next", TEXT_OR_NULL))
#define GROUP \
    OBJECT("\"value\",\"count\"", \
           IS("value", "{\"type\":[\"integer\",\"string\",\"boolean\",\"null\"]}") "," IS("count", COUNT))
#define FIELD \
    OBJECT("\"name\",\"kind\",\"flags\",\"doc\"", \
           IS("name", TEXT) "," IS("kind", TEXT) "," IS("flags", LIST(TEXT)) "," IS("doc", TEXT) "," \
           IS("min", "{\"type\":\"integer\"}") "," IS("max", "{\"type\":\"integer\"}") "," \
           IS("options", LIST(TEXT)) "," IS("ref", TEXT))
#define RECORD_TYPE \
    OBJECT("\"plural\",\"doc\",\"fields\"", IS("plural", TEXT) "," IS("doc", TEXT) "," IS("fields", LIST(FIELD)))

#define FIELD_ERROR \
    OBJECT("\"field\",\"code\",\"sentence\"", \
           IS("field", TEXT) "," IS("code", TEXT) "," IS("sentence", TEXT))
#define BULK_RESULT \
    OBJECT("\"id\",\"status\"", \
           IS("id", ID) "," IS("status", COUNT) "," IS("version", COUNT) "," IS("code", TEXT) "," \
           IS("errors", LIST(FIELD_ERROR)))
#define DRY_RUN { "dry_run", "string", "1: say what would happen, change nothing" }
#define FILE_NAME { "name", "string", "Name of the file, required; a path before it and what cannot be seen is dropped" }
#define ID_OR_NULL         "{\"type\":[\"integer\",\"null\"],\"minimum\":1}"
#define TIME_OR_NULL       "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define PORTAL \
    OBJECT("\"state\",\"user_id\",\"login\",\"invited\",\"expires\"", \
           IS("state", "{\"enum\":[\"none\",\"invited\",\"expired\",\"active\",\"revoked\",\"internal\"]}") "," \
           IS("user_id", ID_OR_NULL) "," IS("login", TEXT) "," IS("invited", TIME_OR_NULL) "," \
           IS("expires", TIME_OR_NULL))
#define CANDIDATE \
    OBJECT("\"user_id\",\"load\",\"reason\"", \
           IS("user_id", ID) "," IS("load", COUNT) "," \
           IS("reason", "{\"enum\":[\"chosen\",\"higher_load\",\"tie\",\"time_off\",\"off_hours\"," \
                        "\"at_cap\",\"no_tag\",\"not_allowed\"]}"))
#define ASSIGNMENT \
    OBJECT("\"at\",\"method\",\"team_id\",\"user_id\",\"waiting\",\"looked_ahead_to\",\"candidates\"", \
           IS("at", TIME_OR_NULL) "," \
           IS("method", "{\"enum\":[\"none\",\"manual\",\"randomly\",\"balanced\",\"tags\"]}") "," \
           IS("team_id", ID_OR_NULL) "," IS("user_id", ID_OR_NULL) "," IS("waiting", FLAG) "," \
           IS("looked_ahead_to", TIME_OR_NULL) "," IS("candidates", LIST(CANDIDATE)))

#define SUBTYPES LIST("{\"enum\":[\"comment\",\"note\",\"activity\",\"created\",\"stage\",\"rating\"]}")
#define FOLLOWERS \
    OBJECT("\"items\",\"next\"", \
           IS("items", LIST(OBJECT("\"partner_id\",\"name\",\"kind\",\"subtypes\"", \
                                   IS("partner_id", ID) "," IS("name", TEXT) "," IS("subtypes", SUBTYPES) "," \
                                   IS("kind", "{\"enum\":[\"internal\",\"portal\",\"contact\"]}")))) "," \
           IS("next", "{\"type\":\"null\"}"))
#define PAGED \
    { "limit", "integer", "Records of one page, at most 200; 50 if not given" }, \
    { "after", "string", "Cursor: `next` of the page before" }, \
    { "expand", "string", "References, separated by commas: user_id adds the member user" }
#define ACTIVITIES \
    { "user_id", "string", "Of this user, or of any; me if neither user, team nor ticket is given" }, \
    { "ticket_id", "string", "Of these tickets instead, separated by commas" }, \
    { "team_id", "string", "Only of tickets of this team, or of mine: the teams one is a member of" }, \
    { "activity_type_id", "integer", "Only of this type" }
#define UNREAD(MORE, PROPS) OBJECT("\"unread\",\"more\"" MORE, IS("unread", COUNT) "," IS("more", FLAG) PROPS)

#define LINE_ERROR \
    OBJECT("\"line\",\"field\",\"code\",\"message\"", \
           IS("line", ID) "," IS("field", TEXT) "," IS("code", TEXT) "," IS("message", TEXT))
#define WHOSE \
    { "user_id", "integer", "Of this user" }, { "team_id", "integer", "or of this team" }, \
    { "company_id", "integer", "or of this company" }

#define PERSON \
    OBJECT("\"partner_id\",\"name\",\"kind\",\"tickets\"", \
           IS("partner_id", ID) "," IS("name", TEXT) "," IS("tickets", COUNT) "," \
           IS("kind", "{\"enum\":[\"portal\",\"internal\",\"contact\"]}"))
#define WARNING "{\"enum\":[\"portal_users_leave\",\"customers_follow\",\"internal_only_followed\",\"internal_see_all\"]}"
#define TEAM_PREVIEW \
    OBJECT("\"dry_run\",\"warning\",\"warning_codes\",\"tickets\",\"links_end\",\"lose\",\"lose_total\",\"gain\",\"gain_total\"", \
           IS("dry_run", "{\"const\":true}") "," IS("warning", TEXT) "," IS("warning_codes", LIST(WARNING)) "," IS("tickets", COUNT) "," \
           IS("links_end", COUNT) "," IS("lose", LIST(PERSON)) "," IS("lose_total", COUNT) "," \
           IS("gain", LIST(PERSON)) "," IS("gain_total", COUNT))

#define TALK_QUERY \
    { "before", "string", "Cursor `prev` of a page: what came before it" }, \
    { "after", "string", "Cursor `next` of a page: what came after it" }, \
    { "limit", "integer", "At most so many, up to 200; 50 if not given" }, \
    { "q", "string", "Only messages with all of these words; not with after" }
#define TALK_PAGE(ITEM) \
    OBJECT("\"items\",\"prev\",\"next\"", IS("items", LIST(ITEM)) "," IS("prev", TEXT_OR_NULL) "," IS("next", TEXT_OR_NULL))
#define ANY                "{}"
#define CHANGE \
    OBJECT("\"field\",\"old\",\"new\"", \
           IS("field", TEXT) "," IS("old", ANY) "," IS("new", ANY) "," IS("old_name", TEXT) "," IS("new_name", TEXT))
#define THREAD_ITEM \
    "{\"oneOf\":[" \
    OBJECT("\"kind\",\"message\",\"attachments\"", \
           IS("kind", "{\"const\":\"message\"}") "," IS("message", REF("Message")) "," \
           IS("attachments", LIST(REF("Attachment")))) "," \
    OBJECT("\"kind\",\"seq\",\"time\",\"user_id\",\"user_name\",\"changes\"", \
           IS("kind", "{\"enum\":[\"created\",\"change\"]}") "," IS("seq", COUNT) "," IS("time", TIME_OR_NULL) "," \
           IS("user_id", ID_OR_NULL) "," IS("user_name", TEXT) "," IS("changes", LIST(CHANGE))) "]}"
#define MENTIONABLE \
    OBJECT("\"items\",\"next\"", IS("next", "{\"type\":\"null\"}") "," \
           IS("items", LIST(OBJECT("\"partner_id\",\"name\",\"login\"", \
                                   IS("partner_id", ID) "," IS("name", TEXT) "," IS("login", TEXT)))))
#define DRAFT_QUERY { "subtype", "string", "comment (if not given) or note" }
#define DRAFT \
    OBJECT("\"draft\"", IS("draft", "{\"anyOf\":[" REF("Draft") ",{\"type\":\"null\"}]}"))
#define TALK_DOCS(NOUN) \
    { .op = NOUN "_thread", .query = { TALK_QUERY }, .answer = TALK_PAGE(THREAD_ITEM) }, \
    { .op = NOUN "_mentionable", .answer = MENTIONABLE, \
      .query = { { "q", "string", "The beginning of a word of the name, or of the login" } } }, \
    { .op = NOUN "_messages", .query = { TALK_QUERY }, .answer = TALK_PAGE(REF("Message")) }, \
    { .op = NOUN "_draft_get", .query = { DRAFT_QUERY }, .answer = DRAFT }, \
    { .op = NOUN "_draft_put", .query = { DRAFT_QUERY }, .answer = DRAFT }, \
    { .op = NOUN "_draft_delete", .query = { DRAFT_QUERY } }
#define EVENT \
    OBJECT("\"seq\",\"time\",\"actor\",\"actor_name\",\"kind\",\"type\",\"id\",\"changes\"", \
           IS("seq", ID) "," IS("time", "{\"type\":\"string\",\"format\":\"date-time\"}") "," IS("actor", COUNT) "," \
           IS("actor_name", TEXT) "," IS("type", TEXT) "," IS("id", COUNT) "," IS("changes", "{\"type\":\"object\"}") "," \
           IS("kind", "{\"enum\":[\"created\",\"changed\",\"deleted\",\"login\",\"logout\",\"refused\"]}"))
#define EVENTS OBJECT("\"items\",\"next\"", IS("items", LIST(EVENT)) "," IS("next", TEXT_OR_NULL))
#define EVENT_PAGE \
    { "limit", "integer", "At most so many, 1 to 200; 50 if not given" }, \
    { "after", "string", "next of the page before; a page may be empty and yet have one" }

#define MY_TICKET \
    OBJECT("\"id\",\"ticket_ref\",\"name\",\"description\",\"stage\",\"team\",\"assignee\",\"customer\",\"closed\",\"may_close\"," \
           "\"create_date\",\"date_last_stage_update\",\"close_date\"", \
           IS("id", ID) "," IS("ticket_ref", TEXT) "," IS("name", TEXT) "," IS("description", TEXT) "," IS("stage", TEXT) "," \
           IS("team", TEXT) "," IS("assignee", TEXT) "," IS("customer", TEXT) "," \
           IS("closed", FLAG) "," IS("may_close", FLAG) "," \
           IS("create_date", TIME_OR_NULL) "," IS("date_last_stage_update", TIME_OR_NULL) "," IS("close_date", TIME_OR_NULL))
#define LINKED_FILE \
    OBJECT("\"id\",\"name\",\"mimetype\",\"file_size\",\"create_date\"", \
           IS("id", ID) "," IS("name", TEXT) "," IS("mimetype", TEXT) "," IS("file_size", COUNT) "," IS("create_date", TIME_OR_NULL))
#define LINKED_MESSAGE \
    OBJECT("\"id\",\"author_name\",\"create_date\",\"body\",\"body_html\",\"attachments\"", \
           IS("id", ID) "," IS("author_name", TEXT) "," IS("create_date", TIME_OR_NULL) "," IS("body", TEXT) "," \
           IS("body_html", TEXT) "," IS("attachments", LIST(LINKED_FILE)))
#define TOKEN { "access_token", "string", "Of the ticket's link; without the right one the ticket does not exist" }

#define MINE OBJECT("\"open\",\"seconds\"", IS("open", COUNT) "," IS("seconds", "{\"type\":\"integer\",\"minimum\":0," \
    "\"description\":\"How long they are open on average\"}"))
#define DASHBOARD \
    OBJECT("\"today_from\",\"week_from\",\"mine\",\"closed\",\"teams\"", \
           IS("today_from", TIME_OR_NULL) "," IS("week_from", TIME_OR_NULL) "," \
           IS("mine", OBJECT("\"all\",\"high\",\"urgent\"", IS("all", MINE) "," IS("high", MINE) "," IS("urgent", MINE))) "," \
           IS("closed", OBJECT("\"today\",\"week\",\"target\"", IS("today", COUNT) "," IS("week", COUNT) "," IS("target", COUNT))) "," \
           IS("teams", LIST(OBJECT("\"team_id\",\"open\",\"unassigned\",\"urgent\",\"waiting\",\"closed_week\"", \
                                   IS("team_id", ID) "," IS("open", COUNT) "," IS("unassigned", COUNT) "," \
                                   IS("urgent", COUNT) "," IS("waiting", COUNT) "," IS("closed_week", COUNT)))))

static const hd_doc_t docs[] = {
    { .op = "my_ticket_list",
      .query = { { "sort", "string", "newest (if not given), title, stage or updated (last change of stage)" },
                 { "state", "string", "open, closed or all (if not given)" },
                 { "group", "string", "stage: those of one stage stand together; none" },
                 { "q", "string", "Words to search for" },
                 { "in", "string", "Where: all (title, description, reference; if not given), reference or title" },
                 { "from", "string", "Created at this time or later" }, { "to", "string", "Created before this time" },
                 { "limit", "integer", "Records of one page, at most 200; 50 if not given" },
                 { "after", "string", "Cursor: `next` of the page before" } },
      .answer = OBJECT("\"items\",\"next\"", IS("items", LIST(MY_TICKET)) "," IS("next", TEXT_OR_NULL)) },
    { .op = "my_ticket_count", .answer = OBJECT("\"open\",\"closed\"", IS("open", COUNT) "," IS("closed", COUNT)) },
    { .op = "my_ticket_get", .answer = MY_TICKET },
    { .op = "ticket_close", .answer = MY_TICKET },
    { .op = "linked_get", .query = { TOKEN }, .answer = MY_TICKET },
    { .op = "linked_close", .query = { TOKEN }, .answer = MY_TICKET },
    { .op = "linked_messages", .answer = TALK_PAGE(LINKED_MESSAGE),
      .query = { TOKEN, { "before", "string", "Cursor `prev` of a page: what came before it" },
                 { "after", "string", "Cursor `next` of a page: what came after it" },
                 { "limit", "integer", "At most so many, up to 200; 50 if not given" } } },
    { .op = "linked_message_post", .query = { TOKEN }, .answer = LINKED_MESSAGE },
    { .op = "linked_attachments", .query = { TOKEN }, .answer = OBJECT("\"items\"", IS("items", LIST(LINKED_FILE))) },
    { .op = "linked_attachment_create", .query = { FILE_NAME, TOKEN }, .body_media = "application/octet-stream",
      .answer = LINKED_FILE },
    { .op = "linked_attachment_content", .query = { TOKEN }, .media = "application/octet-stream" },
    TALK_DOCS("ticket"),
    TALK_DOCS("team"),
    { .op = "message_history",
      .answer = OBJECT("\"items\"", IS("items", LIST(OBJECT("\"date\",\"user_id\",\"body\"",
                       IS("date", TIME_OR_NULL) "," IS("user_id", COUNT) "," IS("body", TEXT))))) },
    { .op = "canned_response_expand", .answer = OBJECT("\"body\"", IS("body", TEXT)) },
    { .op = "canned_response_preview", .answer = OBJECT("\"body\"", IS("body", TEXT)) },
    { .op = "ticket_get",
      .query = { { "at", "string", "A time: the ticket as it was then, by the changes that are tracked; for internal users" } },
      .answer = OBJECT("\"at\",\"id\"", IS("at", "{\"type\":\"string\",\"format\":\"date-time\"}") "," IS("id", ID)) },
    { .op = "ticket_history", .query = { EVENT_PAGE }, .answer = EVENTS },
    { .op = "audit_list", .answer = EVENTS,
      .query = { EVENT_PAGE, { "actor", "integer", "User; 0: the desk itself, or nobody" },
                 { "kind", "string", "created, changed, deleted, login, logout or refused" },
                 { "type", "string", "Type of record: ticket, team, user ..." }, { "id", "integer", "Number of the record, with type" },
                 { "from", "string", "Not before this time" }, { "to", "string", "Before this time" },
                 { "format", "string", "csv: all that match as text/csv" } } },
    { .op = "ticket_import", .query = { DRY_RUN }, .body_media = "text/csv",
      .answer = OBJECT("\"created\",\"updated\",\"unchanged\",\"errors\"",
                       IS("created", COUNT) "," IS("updated", COUNT) "," IS("unchanged", COUNT) ","
                       IS("errors", LIST(LINE_ERROR))) },
    { .op = "ticket_followers", .answer = FOLLOWERS },
    { .op = "ticket_follower_add", .answer = FOLLOWERS },
    { .op = "ticket_follower_patch", .answer = FOLLOWERS },
    { .op = "team_followers", .answer = FOLLOWERS },
    { .op = "team_follower_add", .answer = FOLLOWERS },
    { .op = "team_follower_patch", .answer = FOLLOWERS },
    { .op = "activity_list",
      .query = { ACTIVITIES, { "state", "string", "overdue, today or planned, by the clock of each user" }, PAGED },
      .answer = OBJECT("\"items\",\"next\"", IS("items", LIST(REF("Activity"))) "," IS("next", TEXT_OR_NULL)) },
    { .op = "activity_count", .query = { ACTIVITIES },
      .answer = OBJECT("\"overdue\",\"today\",\"planned\"",
                       IS("overdue", COUNT) "," IS("today", COUNT) "," IS("planned", COUNT)) },
    { .op = "activity_done",
      .answer = OBJECT("\"message_id\",\"next\",\"suggested_type_ids\"",
                       IS("message_id", ID) "," IS("next", "{\"anyOf\":[" REF("Activity") ",{\"type\":\"null\"}]}") ","
                       IS("suggested_type_ids", LIST(ID))) },
    { .op = "notification_list",
      .query = { { "unread", "boolean", "true: only unread lines" }, PAGED },
      .answer = OBJECT("\"items\",\"next\"", IS("items", LIST(REF("Notification"))) "," IS("next", TEXT_OR_NULL)) },
    { .op = "notification_count", .answer = UNREAD("", "") },
    { .op = "notification_read", .answer = UNREAD(",\"read\"", "," IS("read", COUNT)) },
    { .op = "team_patch", .query = { DRY_RUN }, .answer = TEAM_PREVIEW },
    { .op = "ticket_bulk", .query = { DRY_RUN },
      .answer = OBJECT("\"matched\",\"changed\",\"results\"",
                       IS("matched", COUNT) "," IS("changed", COUNT) "," IS("results", LIST(BULK_RESULT))) },
    { .op = "assignment_get", .answer = ASSIGNMENT },
    { .op = "dashboard_get", .answer = DASHBOARD },
    { .op = "ticket_attachments", .answer = OBJECT("\"items\"", IS("items", LIST(REF("Attachment")))) },
    { .op = "ticket_attachment_create", .body_media = "application/octet-stream",
      .query = { FILE_NAME, { "internal", "boolean", "true: customers do not see it" } } },
    { .op = "attachment_create", .body_media = "application/octet-stream", .query = { FILE_NAME } },
    { .op = "attachment_content", .query = { { "inline", "boolean", "Has no effect: a file always comes as attachment" } },
      .media = "application/octet-stream" },
    { .op = "leave_import", .body_media = "text/calendar", .query = { WHOSE, DRY_RUN },
      .answer = OBJECT("\"created\",\"updated\",\"unchanged\",\"errors\"",
                       IS("created", COUNT) "," IS("updated", COUNT) "," IS("unchanged", COUNT) ","
                       IS("errors", LIST(OBJECT("\"line\",\"code\",\"message\"",
                                                IS("line", COUNT) "," IS("code", TEXT) "," IS("message", TEXT))))) },
    { .op = "leave_ical", .media = "text/calendar", .query = { WHOSE } },
    { .op = "login", .answer = SESSION },
    { .op = "invitation_use", .answer = SESSION },
    { .op = "portal_get", .answer = PORTAL },
    { .op = "portal_grant", .answer = PORTAL },
    { .op = "portal_revoke", .answer = PORTAL },
    { .op = "user_invite",
      .answer = OBJECT("\"invited\",\"expires\",\"url\"",
                       IS("invited", TIME_OR_NULL) "," IS("expires", TIME_OR_NULL) "," IS("url", TEXT)) },
    { .op = "setup", .answer = SESSION },
    { .op = "session_get", .answer = SESSION },
    { .op = "start_get", .answer = START },
    { .op = "together_get",
      .query = { { "get", "string", "Address below /api/v1 with its query, percent-encoded; may stand 12 times" } },
      .answer = OBJECT("\"answers\"", IS("answers", LIST(OBJECT("\"get\",\"status\",\"body\"",
                       IS("get", TEXT) "," IS("status", COUNT) "," IS("body", "{\"type\":\"object\"}"))))) },
    { .op = "setup_get", .answer = OBJECT("\"open\"", IS("open", FLAG)) },
    { .op = "ticket_count", .answer = OBJECT("\"count\"", IS("count", COUNT)) },
    { .op = "ticket_link", .answer = OBJECT("\"url\"", IS("url", TEXT)) },
    { .op = "ticket_groups",
      .query = { { "by", "string", "stage_id, team_id, user_id, priority, ticket_type_id, tag_ids, kanban_state, partner_id ...; "
                                   "create_date.day, .week, .month, .quarter or .year (UTC), and so with the other dates" } },
      .answer = OBJECT("\"groups\",\"total\",\"other\"",
                       IS("groups", LIST(GROUP)) "," IS("total", COUNT) "," IS("other", COUNT)) },
    { .op = "board_get",
      .query = { { "filter", "string", "Expression the tickets must match; filters by field work too" }, { "limit", "integer", "Tickets of one column, at most 200; 20 if not given" } },
      .answer = OBJECT("\"team\",\"columns\"", IS("team", REF("Team")) "," IS("columns", LIST(COLUMN))) },
    { .op = "schema_get", .answer = "{\"type\":\"object\",\"additionalProperties\":" RECORD_TYPE "}" },
    { .op = "openapi_get",
      .answer = OBJECT("\"openapi\",\"info\",\"paths\",\"components\"",
                       IS("openapi", "{\"const\":\"3.1.0\"}") "," IS("paths", "{\"type\":\"object\"}")) },
    { .op = "event_stream", .media = "text/event-stream",
      .query = { { "after", "integer", "Sequence number of the last event you have" },
                 { "ticket_id", "integer", "Only events of this ticket and of what belongs to it" },
                 { "team_id", "integer", "Only events of this team, its tickets and what belongs to them" } } },
};

const hd_doc_t *hd_api_doc(const char *op)
{
    static const hd_doc_t none = { .op = "" };
    for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
        if (strcmp(docs[i].op, op) == 0) {
            return &docs[i];
        }
    }
    return &none;
}
