/*
 * THE table of this door: what can be asked, by whom, in which lane, with what in and out.  Router,
 * rights, CSRF, body parsing, OpenAPI and the coverage test all read it.  The columns:
 *
 *     method path          operation      who may  lane   body   answer  record type
 *     handler   before (runs in the pool)   schema of a JSON body   summary
 *
 * Tickets come first: they are asked for most.  {id} never matches a word, so order decides nothing
 * else.
 */
#include "api_impl.h"

#define ROW(METHOD, PATH, OP, NEED, LANE, IN, OUT, TYPE, RUN, BEFORE, SCHEMA, SUMMARY) \
    { .method = HD_##METHOD, .path = "/api/v1" PATH, .op = OP, .need = HD_NEED_##NEED, \
      .lane = HD_##LANE, .in = HD_IN_##IN, .out = HD_OUT_##OUT, .type = TYPE, .run = RUN, \
      .before = BEFORE, .schema = SCHEMA, .summary = SUMMARY },
#define AHEAD(METHOD, PATH, OP, NEED, IN, OUT, TYPE, RUN, FIRST, SCHEMA, SUMMARY) \
    { .method = HD_##METHOD, .path = "/api/v1" PATH, .op = OP, .need = HD_NEED_##NEED, \
      .lane = HD_WRITE, .in = HD_IN_##IN, .out = HD_OUT_##OUT, .type = TYPE, .run = RUN, \
      .ahead = FIRST, .schema = SCHEMA, .summary = SUMMARY },

/* Its answer is no record, but `again` gives it a second time under the same key. */
#define KEYED(PATH, OP, NEED, IN, TYPE, RUN, AGAIN, SCHEMA, SUMMARY) \
    { .method = HD_POST, .path = "/api/v1" PATH, .op = OP, .need = HD_NEED_##NEED, \
      .lane = HD_WRITE, .in = HD_IN_##IN, .out = HD_OUT_JSON, .type = TYPE, .run = RUN, \
      .again = AGAIN, .schema = SCHEMA, .summary = SUMMARY },

/* The answer itself is kept under the key; MAY (or NULL) says whether it may still be seen. */
#define KEPT(PATH, OP, NEED, IN, TYPE, RUN, BEFORE, MAY, SCHEMA, SUMMARY) \
    { .method = HD_POST, .path = "/api/v1" PATH, .op = OP, .need = HD_NEED_##NEED, \
      .lane = HD_WRITE, .in = HD_IN_##IN, .out = HD_OUT_JSON, .type = TYPE, .run = RUN, \
      .before = BEFORE, .again = MAY, .keep = true, .schema = SCHEMA, .summary = SUMMARY },

/* What tickets and teams have in common: messages, and drafts of them. */
#define TALK(NOUN, NOUNS, A_NOUN) \
    ROW(GET, "/" NOUNS "/{id}/messages", NOUN "_messages", LOGIN, INLINE, NONE, JSON, HD_MESSAGE, \
        hd_api_message_list, NULL, NULL, "Messages of " A_NOUN ", oldest first; without a cursor the newest page") \
    AHEAD(POST, "/" NOUNS "/{id}/messages", NOUN "_message_post", LOGIN, RECORD, RECORD, HD_MESSAGE, \
        hd_api_message_post, hd_api_message_ahead, NULL, "Say something; a note is for internal users") \
    ROW(GET, "/" NOUNS "/{id}/thread", NOUN "_thread", LOGIN, INLINE, NONE, JSON, 0, \
        hd_api_thread_get, NULL, NULL, \
        "Messages of " A_NOUN " with their files, merged with tracked changes by time; without a cursor the newest page") \
    ROW(GET, "/" NOUNS "/{id}/mentionable", NOUN "_mentionable", STAFF, POOL, NONE, JSON, 0, \
        hd_api_mentionable, NULL, NULL, "Colleagues who may read it and so may be mentioned; ?q= the beginning of a name") \
    ROW(GET, "/" NOUNS "/{id}/draft", NOUN "_draft_get", LOGIN, INLINE, NONE, JSON, HD_DRAFT, \
        hd_api_draft_get, NULL, NULL, "What you have typed and not sent") \
    ROW(PUT, "/" NOUNS "/{id}/draft", NOUN "_draft_put", LOGIN, WRITE, RECORD, JSON, HD_DRAFT, \
        hd_api_draft_put, NULL, NULL, "Keep what you have typed; an empty text ends the draft") \
    ROW(DELETE, "/" NOUNS "/{id}/draft", NOUN "_draft_delete", LOGIN, WRITE, NONE, NONE, HD_DRAFT, \
        hd_api_draft_delete, NULL, NULL, "Throw a draft away")

/* The same five rows for each record type that is set up; who may create, change, delete. */
#define FIVE(NOUN, NOUNS, TYPE, CREATE, CHANGE, DEL, RUN, BEFORE) \
    FIVE_IN(INLINE, NOUN, NOUNS, TYPE, CREATE, CHANGE, DEL, RUN, BEFORE, hd_api_record_patch)
#define FIVE_IN(LANE, NOUN, NOUNS, TYPE, CREATE, CHANGE, DEL, RUN, BEFORE, PATCH_RUN) \
    ROW(GET, "/" NOUNS, NOUN "_list", LOGIN, LANE, NONE, LIST, TYPE, \
        hd_api_record_list, NULL, NULL, "List " NOUNS " you may see") \
    ROW(POST, "/" NOUNS, NOUN "_create", CREATE, WRITE, RECORD, RECORD, TYPE, \
        RUN, BEFORE, NULL, "Create a " NOUN) \
    ROW(GET, "/" NOUNS "/{id}", NOUN "_get", LOGIN, LANE, NONE, RECORD, TYPE, \
        hd_api_record_get, NULL, NULL, "Read a " NOUN) \
    ROW(PATCH, "/" NOUNS "/{id}", NOUN "_patch", CHANGE, WRITE, PATCH, RECORD, TYPE, \
        PATCH_RUN, NULL, NULL, "Change some fields of a " NOUN) \
    ROW(DELETE, "/" NOUNS "/{id}", NOUN "_delete", DEL, WRITE, NONE, NONE, TYPE, \
        hd_api_record_delete, NULL, NULL, "Delete a " NOUN " nothing refers to")

/* A body of any bytes: who may is asked before it is read. */
#define UPLOAD(PATH, OP, SUMMARY) \
    { .method = HD_POST, .path = "/api/v1" PATH, .op = OP, .need = HD_NEED_LOGIN, .lane = HD_WRITE, \
      .in = HD_IN_FILE, .out = HD_OUT_RECORD, .type = HD_ATTACHMENT, .run = hd_api_file_create, \
      .before = hd_api_file_before, .admit = hd_api_file_admit, .schema = file_body, .summary = SUMMARY },

#define TEXT(NAME) "\"" NAME "\":{\"type\":\"string\"}"
#define OBJECT(REQUIRED, MEMBERS) \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" REQUIRED "]," \
    "\"properties\":{" MEMBERS "}}"

static const char login_body[] =
    OBJECT("\"login\",\"password\"", TEXT("login") "," TEXT("password"));
static const char change_body[] =
    OBJECT("\"old_password\",\"new_password\"", TEXT("old_password") "," TEXT("new_password"));
static const char forgotten_body[] = OBJECT("\"login\"", TEXT("login"));
static const char invitation_body[] = OBJECT("\"token\",\"password\"", TEXT("token") "," TEXT("password"));
static const char password_body[] = OBJECT("\"password\"", TEXT("password"));
static const char setup_body[] =
    OBJECT("\"secret\",\"company\",\"login\",\"name\",\"password\"",
           TEXT("secret") "," TEXT("company") "," TEXT("login") "," TEXT("name") ","
           TEXT("email") "," TEXT("password") "," TEXT("tz") "," TEXT("lang"));

#define IDS(NAME, MAX) "\"" NAME "\":{\"type\":\"array\",\"maxItems\":" MAX "," \
    "\"items\":{\"type\":\"integer\",\"minimum\":1}}"
static const char order_body[] = OBJECT("\"ids\"", IDS("ids", "1000"));
static const char bulk_body[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"oneOf\":[{\"required\":[\"ids\"]},{\"required\":[\"filter\"]}],\"properties\":{"
    IDS("ids", "10000") ",\"filter\":{\"type\":\"string\",\"minLength\":1,\"description\":\"Expression, as filter of "
    "the list: what matches is changed, if that is not more than 10000 tickets\"},"
    "\"active\":{\"enum\":[\"true\",\"false\",\"any\"],\"default\":\"true\",\"description\":\"With a filter that does not "
    "name active: false for archived ones\"},"
    "\"set\":{\"$ref\":\"#/components/schemas/TicketPatch\"},"
    IDS("add_tag_ids", "1000") "," IDS("remove_tag_ids", "1000") ",\"action\":{\"type\":\"string\","
    "\"enum\":[\"archive\",\"unarchive\",\"delete\",\"follow\",\"unfollow\"]}}}";

static const char presence_body[] =
    OBJECT("\"state\"", "\"state\":{\"enum\":[\"viewing\",\"typing\",\"gone\"]}");
#define SUBTYPES "\"subtypes\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"enum\":[\"comment\",\"note\"," \
    "\"activity\",\"created\",\"stage\",\"rating\"]}}"
static const char follow_body[] =
    OBJECT("\"partner_ids\"", IDS("partner_ids", "1000") "," SUBTYPES ",\"notify\":{\"type\":\"boolean\"}");
static const char subtypes_body[] = OBJECT("\"subtypes\"", SUBTYPES);
static const char feedback_body[] = OBJECT("", TEXT("feedback"));
static const char mark_body[] = OBJECT("\"read\"", "\"read\":{\"type\":\"boolean\"}");
static const char read_body[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"minProperties\":1,\"maxProperties\":1,\"properties\":{"
    IDS("ids", "1000") ",\"ticket_id\":{\"type\":\"integer\",\"minimum\":1},\"all\":{\"type\":\"boolean\"}}}";
static const char preview_body[] =
    OBJECT("\"ticket_id\",\"body\"", "\"ticket_id\":{\"type\":\"integer\",\"minimum\":1}," TEXT("body"));
static const char linked_message_body[] =
    OBJECT("\"name\",\"body\"", "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
           "\"body\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":60000}");
static const char expand_body[] = OBJECT("\"ticket_id\"", "\"ticket_id\":{\"type\":\"integer\",\"minimum\":1}");

static const char file_body[] = "{\"type\":\"string\",\"format\":\"binary\"}";
static const char ical_body[] = "{\"type\":\"string\"}";

static const hd_route_t routes[] = {
    ROW(GET, "/tickets/{id}", "ticket_get", LOGIN, INLINE, NONE, RECORD, HD_TICKET,
        hd_api_ticket_get, NULL, NULL, "Read a ticket")
    ROW(PATCH, "/tickets/{id}", "ticket_patch", STAFF, WRITE, PATCH, RECORD, HD_TICKET,
        hd_api_ticket_patch, NULL, NULL, "Change some fields of a ticket")
    ROW(DELETE, "/tickets/{id}", "ticket_delete", ADMIN, WRITE, NONE, NONE, HD_TICKET,
        hd_api_ticket_delete, NULL, NULL, "Delete a ticket for good")
    ROW(GET, "/tickets", "ticket_list", LOGIN, INLINE, NONE, LIST, HD_TICKET,
        hd_api_ticket_list, NULL, NULL, "List tickets, highest priority first, then newest")
    ROW(POST, "/tickets", "ticket_create", STAFF, WRITE, RECORD, RECORD, HD_TICKET,
        hd_api_ticket_create, NULL, NULL, "Create a ticket")
    ROW(GET, "/tickets/count", "ticket_count", LOGIN, POOL, NONE, JSON, HD_TICKET,
        hd_api_ticket_count, NULL, NULL, "Count tickets; takes the filters of the list")
    ROW(GET, "/tickets/groups", "ticket_groups", LOGIN, POOL, NONE, JSON, HD_TICKET,
        hd_api_ticket_groups, NULL, NULL, "How many tickets have which value of a field; takes the filters of the list")
    ROW(POST, "/tickets/{id}/duplicate", "ticket_duplicate", STAFF, WRITE, NONE, RECORD, HD_TICKET,
        hd_api_ticket_duplicate, NULL, NULL, "Create a ticket with what people typed into this one")
    AHEAD(POST, "/tickets/bulk", "ticket_bulk", STAFF, JSON, PIECES, 0,
          hd_api_ticket_bulk, hd_api_ticket_bulk_ahead, bulk_body,
          "One change for up to 10000 tickets, each with its own result")
    ROW(GET, "/tickets/{id}/assignment", "assignment_get", STAFF, INLINE, NONE, JSON, 0,
        hd_api_assignment_get, NULL, NULL, "Why the ticket went to whom it went")
    ROW(POST, "/tickets/import", "ticket_import", STAFF, WRITE, CSV, PIECES, 0,
        hd_api_ticket_import, NULL, "{\"type\":\"string\"}",
        "Tickets from CSV: a line with an id changes that ticket, one without creates one")
    ROW(PUT, "/tickets/{id}/followers/{id}", "ticket_follow", STAFF, WRITE, NONE, RECORD, HD_TICKET,
        hd_api_ticket_follow, NULL, NULL, "Make a contact (the second id) follow the ticket")
    ROW(DELETE, "/tickets/{id}/followers/{id}", "ticket_unfollow", STAFF, WRITE, NONE, RECORD,
        HD_TICKET, hd_api_ticket_unfollow, NULL, NULL,
        "Stop a contact (the second id) from following it")

    ROW(POST, "/tickets/{id}/presence", "ticket_presence", LOGIN, INLINE, JSON, NONE, 0,
        hd_api_presence, NULL, presence_body, "Say for half a minute that you look at the ticket, write, or have left")
    ROW(GET, "/tickets/{id}/followers", "ticket_followers", LOGIN, INLINE, NONE, JSON, HD_TICKET,
        hd_api_follower_list, NULL, NULL, "Who follows the ticket and what they hear of")
    KEYED("/tickets/{id}/followers", "ticket_follower_add", STAFF, JSON, HD_TICKET,
        hd_api_follower_add, hd_api_follower_list, follow_body, "Make contacts follow the ticket, telling them or not")
    ROW(PATCH, "/tickets/{id}/followers/{id}", "ticket_follower_patch", LOGIN, WRITE, JSON, JSON, HD_TICKET,
        hd_api_follower_patch, NULL, subtypes_body, "What a follower (the second id) hears of")
    ROW(GET, "/teams/{id}/followers", "team_followers", LOGIN, INLINE, NONE, JSON, HD_TEAM,
        hd_api_follower_list, NULL, NULL, "Who follows the team and what they hear of")
    KEYED("/teams/{id}/followers", "team_follower_add", STAFF, JSON, HD_TEAM,
        hd_api_follower_add, hd_api_follower_list, follow_body, "Make contacts follow all tickets of the team, telling them or not")
    ROW(PATCH, "/teams/{id}/followers/{id}", "team_follower_patch", LOGIN, WRITE, JSON, JSON, HD_TEAM,
        hd_api_follower_patch, NULL, subtypes_body, "What a follower (the second id) of the team hears of")
    ROW(DELETE, "/teams/{id}/followers/{id}", "team_follower_remove", LOGIN, WRITE, NONE, NONE, HD_TEAM,
        hd_api_follower_remove, NULL, NULL, "Stop a contact (the second id) from following the team and its tickets")

    FIVE("activity_type", "activity_types", HD_ACTIVITY_TYPE, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL)
    ROW(GET, "/activities", "activity_list", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_activity_list, NULL, NULL, "Activities of a user or of tickets, by the day they are due")
    ROW(GET, "/activities/count", "activity_count", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_activity_count, NULL, NULL, "How many activities are overdue, due today and planned")
    ROW(POST, "/activities", "activity_create", STAFF, WRITE, RECORD, RECORD, HD_ACTIVITY,
        hd_api_record_create, NULL, NULL, "Plan an activity; its type fills in what is not given")
    ROW(GET, "/activities/{id}", "activity_get", LOGIN, INLINE, NONE, RECORD, HD_ACTIVITY,
        hd_api_record_get, NULL, NULL, "Read an activity")
    ROW(PATCH, "/activities/{id}", "activity_patch", STAFF, WRITE, PATCH, RECORD, HD_ACTIVITY,
        hd_api_record_patch, NULL, NULL, "Put off, hand over or change an activity")
    ROW(DELETE, "/activities/{id}", "activity_cancel", STAFF, WRITE, NONE, NONE, HD_ACTIVITY,
        hd_api_activity_cancel, NULL, NULL, "Cancel an activity; the thread does not mention it")
    KEPT("/activities/{id}/done", "activity_done", STAFF, JSON, 0,
        hd_api_activity_done, NULL, hd_api_activity_done_may, feedback_body, "It is done: the thread says so, the next one begins")

    ROW(GET, "/notifications", "notification_list", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_notification_list, NULL, NULL, "One's own inbox, unread lines first")
    ROW(GET, "/notifications/count", "notification_count", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_notification_count, NULL, NULL, "How many lines of the inbox are unread")
    ROW(PATCH, "/notifications/{id}", "notification_patch", LOGIN, WRITE, JSON, RECORD, HD_NOTIFICATION,
        hd_api_notification_patch, NULL, mark_body, "Mark a line of the inbox read or unread")
    KEPT("/notifications/read", "notification_read", LOGIN, JSON, 0,
        hd_api_notification_read, NULL, NULL, read_body, "Mark lines read: some, those of a ticket, or all (1000 at a time)")
    TALK("ticket", "tickets", "a ticket")
    TALK("team", "teams", "a team")
    ROW(GET, "/messages/{id}", "message_get", LOGIN, INLINE, NONE, RECORD, HD_MESSAGE,
        hd_api_message_get, NULL, NULL, "Read a message")
    AHEAD(PATCH, "/messages/{id}", "message_patch", LOGIN, PATCH, RECORD, HD_MESSAGE,
        hd_api_message_patch, hd_api_message_ahead, NULL, "Edit a message of your own; nobody is notified, the old text is kept")
    ROW(DELETE, "/messages/{id}", "message_delete", ADMIN, WRITE, NONE, NONE, HD_MESSAGE,
        hd_api_message_delete, NULL, NULL, "Delete a message for good")
    ROW(GET, "/messages/{id}/history", "message_history", STAFF, INLINE, NONE, JSON, HD_MESSAGE,
        hd_api_message_history, NULL, NULL, "Earlier texts of a message, oldest first")
    FIVE("view", "views", HD_VIEW, STAFF, STAFF, STAFF, hd_api_record_create, NULL)
    FIVE("canned_response", "canned_responses", HD_CANNED_RESPONSE, STAFF, STAFF, STAFF, hd_api_record_create, NULL)
    ROW(POST, "/canned_responses/{id}/expand", "canned_response_expand", STAFF, INLINE, JSON, JSON, HD_CANNED_RESPONSE,
        hd_api_canned_expand, NULL, expand_body, "Its text with the placeholders filled in for a ticket")
    ROW(POST, "/canned_responses/preview", "canned_response_preview", STAFF, INLINE, JSON, JSON, 0,
        hd_api_canned_preview, NULL, preview_body, "Any text with the placeholders filled in for a ticket; nothing is kept")

    KEYED("/tickets/{id}/link", "ticket_link", STAFF, NONE, 0,
        hd_api_ticket_link, hd_api_ticket_link, NULL, "The address at which a customer reads the ticket without a login")
    KEYED("/tickets/{id}/close", "ticket_close", LOGIN, NONE, HD_TICKET,
        hd_api_ticket_close, hd_api_my_ticket_get, NULL, "Close a ticket as its customer, where the team lets customers do so")
    ROW(GET, "/my/tickets", "my_ticket_list", LOGIN, POOL, NONE, JSON, 0,
        hd_api_my_ticket_list, NULL, NULL, "A customer's tickets, in a customer's words")
    ROW(GET, "/my/tickets/count", "my_ticket_count", LOGIN, POOL, NONE, JSON, 0,
        hd_api_my_ticket_count, NULL, NULL, "How many tickets a customer has, open and closed")
    ROW(GET, "/my/tickets/{id}", "my_ticket_get", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_my_ticket_get, NULL, NULL, "A ticket in a customer's words")
    ROW(GET, "/linked/{id}", "linked_get", PUBLIC, INLINE, NONE, JSON, 0,
        hd_api_linked_get, NULL, NULL, "A ticket, for whoever holds its link")
    ROW(GET, "/linked/{id}/messages", "linked_messages", PUBLIC, INLINE, NONE, JSON, 0,
        hd_api_linked_messages, NULL, NULL, "Its messages, oldest first; without a cursor the newest page")
    KEYED("/linked/{id}/messages", "linked_message_post", PUBLIC, JSON, 0,
        hd_api_linked_message_post, hd_api_linked_message_again, linked_message_body, "Say something under a name")
    KEYED("/linked/{id}/close", "linked_close", PUBLIC, NONE, 0,
        hd_api_linked_close, hd_api_linked_get, NULL, "Close it, where the team lets customers do so")
    ROW(GET, "/linked/{id}/attachments", "linked_attachments", PUBLIC, INLINE, NONE, JSON, 0,
        hd_api_linked_files, NULL, NULL, "Its files, but for internal ones")
    { .method = HD_POST, .path = "/api/v1/linked/{id}/attachments", .op = "linked_attachment_create", .need = HD_NEED_PUBLIC,
      .lane = HD_WRITE, .in = HD_IN_FILE, .out = HD_OUT_JSON, .run = hd_api_linked_file_create,
      .before = hd_api_linked_file_before, .admit = hd_api_linked_file_admit, .again = hd_api_linked_file_again,
      .schema = file_body, .summary = "Add a file to it: the body is its content" },
    ROW(GET, "/linked/{id}/attachments/{id}/content", "linked_attachment_content", PUBLIC, INLINE, NONE, JSON, 0,
        hd_api_linked_file_content, NULL, NULL, "A file of it, whole or in ranges")
    ROW(GET, "/teams/{id}/board", "board_get", STAFF, INLINE, NONE, JSON, 0,
        hd_api_board_get, NULL, NULL, "A team's stages, each with a count and its first tickets")
    ROW(GET, "/dashboard", "dashboard_get", STAFF, POOL, NONE, JSON, 0,
        hd_api_dashboard_get, NULL, NULL, "Your tickets and those of each team in numbers")
    /* POOL: who follows many tickets of a team has them counted one by one */
    FIVE_IN(POOL, "team", "teams", HD_TEAM, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL, hd_api_team_patch)
    ROW(PUT, "/stages/order", "stage_order", ADMIN, WRITE, JSON, NONE, 0,
        hd_api_stage_order, NULL, order_body, "Put stages into this order")
    FIVE("stage", "stages", HD_STAGE, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL)
    FIVE("type", "types", HD_TICKET_TYPE, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL)
    FIVE("tag", "tags", HD_TAG, STAFF, ADMIN, ADMIN, hd_api_record_create, NULL)
    FIVE("contact", "contacts", HD_CONTACT, STAFF, STAFF, ADMIN, hd_api_record_create, NULL)
    ROW(GET, "/contacts/{id}/portal", "portal_get", STAFF, INLINE, NONE, JSON, 0,
        hd_api_portal_get, NULL, NULL, "Portal access of a contact")
    KEYED("/contacts/{id}/portal", "portal_grant", STAFF, NONE, 0,
        hd_api_portal_grant, hd_api_portal_get, NULL, "Give a contact access to the portal, or send the invitation again")
    ROW(DELETE, "/contacts/{id}/portal", "portal_revoke", STAFF, WRITE, NONE, JSON, 0,
        hd_api_portal_revoke, NULL, NULL, "Take portal access away: the login is disabled, its sessions end")
    ROW(GET, "/tickets/{id}/attachments", "ticket_attachments", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_file_list, NULL, NULL, "All files of the ticket and its messages, oldest first")
    UPLOAD("/tickets/{id}/attachments", "ticket_attachment_create", "Add a file to the ticket: the body is its content")
    UPLOAD("/attachments", "attachment_create", "Upload a file for a message that follows; it waits for a day")
    ROW(GET, "/attachments/{id}", "attachment_get", LOGIN, INLINE, NONE, RECORD, HD_ATTACHMENT,
        hd_api_record_get, NULL, NULL, "Name, type and size of a file")
    ROW(GET, "/attachments/{id}/content", "attachment_content", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_file_content, NULL, NULL, "The file itself, whole or in ranges")
    ROW(DELETE, "/attachments/{id}", "attachment_delete", LOGIN, WRITE, NONE, NONE, HD_ATTACHMENT,
        hd_api_file_delete, NULL, NULL, "Delete a file one sent; administrators any")
    FIVE("calendar", "calendars", HD_CALENDAR, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL)
    KEPT("/leaves/import", "leave_import", STAFF, ICAL, 0,
        hd_api_leave_import, hd_api_leave_import_before, NULL, ical_body,
        "Take time off of one user, team or company from an iCalendar text")
    ROW(GET, "/leaves/ical", "leave_ical", STAFF, POOL, NONE, JSON, 0,
        hd_api_leave_ical, NULL, NULL, "Time off of one user, team or company as iCalendar")
    FIVE("leave", "leaves", HD_LEAVE, STAFF, STAFF, ADMIN, hd_api_record_create, NULL)
    FIVE("company", "companies", HD_COMPANY, ADMIN, ADMIN, ADMIN, hd_api_record_create, NULL)
    FIVE("user", "users", HD_USER, ADMIN, LOGIN, ADMIN,
         hd_api_user_create, hd_api_user_create_before)
    ROW(PUT, "/users/{id}/password", "user_password", ADMIN, WRITE, JSON, NONE, 0,
        hd_api_user_password, hd_api_user_password_before, password_body,
        "Set the password of a user")
    KEYED("/users/{id}/invitation", "user_invite", ADMIN, NONE, 0,
        hd_api_user_invite, hd_api_user_invite_again, NULL, "Mail a user a link with which to set the password; the answer has it, too")

    ROW(POST, "/login", "login", PUBLIC, WRITE, JSON, JSON, 0,
        hd_api_login, hd_api_login_before, login_body,
        "Sign in: starts a session and sets its cookie")
    ROW(POST, "/logout", "logout", LOGIN, WRITE, NONE, NONE, 0,
        hd_api_logout, NULL, NULL, "Sign out: ends the session")
    ROW(GET, "/session", "session_get", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_session_get, NULL, NULL, "Who is signed in, and the session's CSRF token")
    ROW(GET, "/start", "start_get", LOGIN, POOL, NONE, JSON, 0,
        hd_api_start_get, NULL, NULL, "What a client shows first, in one answer: the session, short lists, counts")
    ROW(GET, "/together", "together_get", LOGIN, POOL, NONE, JSON, 0,
        hd_api_together_get, NULL, NULL, "Several reads in one answer, each as at its own address and all of one moment")
    ROW(POST, "/session/keep", "session_keep", LOGIN, WRITE, NONE, NONE, 0,
        hd_api_session_keep, NULL, NULL, "A sign of life: keeps the session from going idle")
    ROW(POST, "/session/password", "session_password", LOGIN, WRITE, JSON, NONE, 0,
        hd_api_session_password, hd_api_session_password_before, change_body,
        "Change one's own password; other sessions end")
    ROW(POST, "/password/forgotten", "password_forgotten", PUBLIC, WRITE, JSON, NONE, 0,
        hd_api_password_forgotten, hd_api_password_forgotten_before, forgotten_body,
        "Ask for a link to set a new password; answered the same for everybody, known or not")
    ROW(POST, "/invitation", "invitation_use", PUBLIC, WRITE, JSON, JSON, 0,
        hd_api_invitation, hd_api_invitation_before, invitation_body,
        "Set the password with the token of a mailed link, and sign in; all other sessions end")
    ROW(GET, "/setup", "setup_get", PUBLIC, INLINE, NONE, JSON, 0,
        hd_api_setup_get, NULL, NULL, "Is the desk new, with no user yet?")
    ROW(POST, "/setup", "setup", PUBLIC, WRITE, JSON, JSON, 0,
        hd_api_setup, hd_api_setup_before, setup_body,
        "Make the first administrator with the set-up link")

    ROW(GET, "/tokens", "token_list", LOGIN, INLINE, NONE, LIST, HD_TOKEN,
        hd_api_record_list, NULL, NULL, "List one's own API tokens")
    ROW(POST, "/tokens", "token_create", LOGIN, WRITE, RECORD, RECORD, HD_TOKEN,
        hd_api_token_create, NULL, NULL, "Make an API token; its text is shown this once")
    ROW(DELETE, "/tokens/{id}", "token_delete", LOGIN, WRITE, NONE, NONE, HD_TOKEN,
        hd_api_record_delete, NULL, NULL, "End one of one's own API tokens")

    ROW(GET, "/tickets/{id}/history", "ticket_history", LOGIN, POOL, NONE, JSON, 0,
        hd_api_ticket_history, NULL, NULL, "What happened to the ticket, newest first; for internal users")
    ROW(GET, "/audit", "audit_list", ADMIN, POOL, NONE, JSON, 0,
        hd_api_audit_list, NULL, NULL, "The log of everything that happened in your companies, newest first; JSON or CSV")
    ROW(GET, "/events", "event_stream", LOGIN, STREAM, NONE, STREAM, 0,
        NULL, NULL, NULL, "Everything that happens and you may see, as server-sent events")
    ROW(GET, "/schema", "schema_get", LOGIN, INLINE, NONE, JSON, 0,
        hd_api_schema_get, NULL, NULL, "Fields of all record types, for forms and filters")
    ROW(GET, "/openapi.json", "openapi_get", PUBLIC, POOL, NONE, JSON, 0,
        hd_api_openapi_get, NULL, NULL, "This table as an OpenAPI 3.1 document")
};

const hd_door_t hd_api_door = {
    .name = "api", .routes = routes, .n = sizeof(routes) / sizeof(routes[0]),
    .prefix = { sizeof("/api/v1/") - 1, "/api/v1/" },
    .lane = hd_api_lane,
};
