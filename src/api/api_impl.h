/*
 * What the files of this room share; nobody outside includes it.
 */
#ifndef HD_API_IMPL_H
#define HD_API_IMPL_H

#include "api.h"

/* ---- api_query.c: the query string of lists ---- */

typedef struct {
    hd_filter_t      filters[HD_FILTERS_MAX];
    size_t           n_filters;
    const hd_expr_t *where;      /* filter= */
    hd_sort_t        sort[HD_SORT_MAX];
    size_t           n_sort;
    uint32_t         limit;
    hd_str_t         after, by;  /* by: of groups */
    uint64_t         mask;       /* fields to show */
    uint64_t         columns;    /* ... in CSV */
    uint64_t         expand;     /* references to show as records */
    bool             limited;    /* limit= was given */
} hd_list_t;

/*
 * The parameters of a list: limit, after, fields, expand, sort, filter, format, and a condition for every other name.
 * tickets: NULL, or gets the conditions that choose an index and all the others.  HD_E_FILTER names no values.
 */
hd_code_t hd_api_query(hd_call_t *c, const hd_entity_t *e, hd_list_t *l,
                       hd_ticket_query_t *tickets);
/* `active` of ticket queries: true, false or any, as hd_ticket_query_t has it. */
hd_code_t hd_api_read_active(hd_call_t *c, hd_str_t value, int8_t *ret);
/* For lists with conditions of their own and no filters: limit, after, expand, and these names. */
typedef struct {
    const char *name;
    hd_str_t    value;           /* data NULL: not given */
} hd_own_t;
hd_code_t hd_api_query_own(hd_call_t *c, const hd_entity_t *e, hd_list_t *l, hd_own_t *own, size_t n);
/* Plain lists and boards on the event loop; with conditions, another order or CSV in the pool. */
hd_lane_t hd_api_lane(const hd_call_t *c);
/* expand= alone, of addresses that show one record. */
hd_code_t hd_api_expand_query(hd_call_t *c, const hd_entity_t *e, uint64_t *ret_expand);
hd_code_t hd_api_no_query(hd_call_t *c);                 /* of addresses that take no parameters */
hd_code_t hd_api_bad_parameter(hd_call_t *c, hd_str_t name, const char *code, const char *sentence);

/* ---- api_expand.c: records instead of the ids of references ---- */

typedef struct hd_expand_s hd_expand_t;
/* NULL when nothing is to be expanded. */
hd_expand_t *hd_api_expand(hd_call_t *c, uint64_t fields);
/* The record; references the actor does not see are null, or left out of a list. */
void hd_api_record(hd_json_t *j, hd_expand_t *x, const hd_entity_t *e, const void *rec, const hd_json_opt_t *opt);
/* hd_res_record with more. */
hd_code_t hd_api_res_expanded(hd_call_t *c, hd_type_t type, const void *rec, uint64_t fields);
hd_code_t hd_api_expand_fields(hd_call_t *c, const hd_entity_t *e, hd_str_t names, uint64_t *ret_mask);

/* ---- api_csv.c: the whole list as text/csv, for calls that hd_call_wants_csv; tickets is NULL for other types ---- */

hd_code_t hd_api_csv(hd_call_t *c, hd_type_t type, hd_list_t *l,
                     const hd_ticket_query_t *tickets);

/* ---- api_json.c ---- */

/* {"items":[ ... then hd_api_list_end writes ],"next":cursor|null}. */
hd_json_t hd_api_list_begin(hd_call_t *c, size_t first);
void hd_api_list_end(hd_json_t *j, hd_str_t next);
void hd_api_cursor(hd_json_t *j, hd_str_t next);
void hd_api_thread_end(hd_json_t *j, const hd_thread_page_t *p);        /* of a list that goes on both ways: "prev", too */
void hd_api_value(hd_json_t *j, hd_arena_t *a, hd_jval_t *v); /* a parsed value, written again */
/* The object without one member. */
hd_code_t hd_api_without(hd_arena_t *a, hd_jval_t *obj, const char *member, hd_jval_t **ret_v);

typedef struct {
    const char *name;
    hd_str_t   *value;
    size_t      min, max;        /* bytes; min 0 = may be absent */
} hd_want_t;
/* Members of a JSON body that are all strings; unknown ones are refused. */
hd_code_t hd_api_strings(hd_call_t *c, const hd_want_t *want, size_t n);

/* ---- api_piece.c: commands in pieces ---- */

hd_code_t hd_api_dry_run(hd_call_t *c, bool *ret);
/* May the piece that began then do its n-th row? */
bool hd_api_piece_has_room(uint64_t start_us, uint32_t n);
/* Lives as long as the call; NULL when out of memory.  Its border is set before each run. */
hd_arena_t *hd_api_row_arena(hd_call_t *c);

/* ---- api_document.c: what the OpenAPI document says beyond the route's row ---- */

#define HD_DOC_QUERY 10
typedef struct {
    const char *op;              /* operation id */
    struct {
        const char *name, *type, *doc;
    } query[HD_DOC_QUERY];       /* parameters of its own; a NULL name ends them */
    const char *body_media;      /* when the body is not application/json */
    const char *media;           /* when the answer is not application/json: a text */
    const char *answer;          /* JSON schema of an answer that is no record and no list; of a record: what else it may be */
} hd_doc_t;
const hd_doc_t *hd_api_doc(const char *op);          /* never NULL */

/* ---- api_session.c ---- */

/* Answers as GET /session does. */
hd_code_t hd_api_session_answer(hd_call_t *c);
void hd_api_session_members(hd_call_t *c, hd_json_t *j);         /* user, csrf, companies */

/* ---- api_stream.c: an event as JSON ---- */

void hd_api_event_members(hd_json_t *j, const hd_event_t *ev);       /* seq, time, actor, kind, type, id */
/* Old and new values, without what the actor may not see. */
void hd_api_event_changes(hd_cx_t *cx, hd_json_t *j, const hd_event_t *ev);

/* ---- handlers ---- */

hd_code_t hd_api_audit_list(hd_call_t *c);
hd_code_t hd_api_ticket_at(hd_call_t *c);          /* GET /tickets/{id} with at= */
hd_code_t hd_api_ticket_history(hd_call_t *c);

hd_code_t hd_api_login_before(hd_call_t *c);
hd_code_t hd_api_login(hd_call_t *c);
hd_code_t hd_api_logout(hd_call_t *c);
hd_code_t hd_api_session_get(hd_call_t *c);
hd_code_t hd_api_session_keep(hd_call_t *c);
hd_code_t hd_api_start_get(hd_call_t *c);
hd_code_t hd_api_together_get(hd_call_t *c);
hd_code_t hd_api_session_password_before(hd_call_t *c);
hd_code_t hd_api_session_password(hd_call_t *c);
hd_code_t hd_api_setup_get(hd_call_t *c);
hd_code_t hd_api_setup_before(hd_call_t *c);
hd_code_t hd_api_setup(hd_call_t *c);

hd_code_t hd_api_ticket_list(hd_call_t *c);
hd_code_t hd_api_ticket_count(hd_call_t *c);
hd_code_t hd_api_ticket_groups(hd_call_t *c);
hd_code_t hd_api_ticket_get(hd_call_t *c);
hd_code_t hd_api_ticket_create(hd_call_t *c);
hd_code_t hd_api_ticket_patch(hd_call_t *c);
hd_code_t hd_api_ticket_delete(hd_call_t *c);
hd_code_t hd_api_ticket_follow(hd_call_t *c);
hd_code_t hd_api_ticket_unfollow(hd_call_t *c);
hd_code_t hd_api_ticket_duplicate(hd_call_t *c);
hd_code_t hd_api_ticket_bulk(hd_call_t *c);
hd_code_t hd_api_ticket_bulk_ahead(hd_call_t *c);
hd_code_t hd_api_ticket_link(hd_call_t *c);
hd_code_t hd_api_presence(hd_call_t *c);
hd_code_t hd_api_ticket_import(hd_call_t *c);
hd_code_t hd_api_team_patch(hd_call_t *c);
hd_code_t hd_api_follower_list(hd_call_t *c);        /* of a ticket or a team: the type in the route's row */
hd_code_t hd_api_follower_add(hd_call_t *c);
hd_code_t hd_api_follower_patch(hd_call_t *c);
hd_code_t hd_api_follower_remove(hd_call_t *c);
hd_code_t hd_api_activity_list(hd_call_t *c);
hd_code_t hd_api_activity_count(hd_call_t *c);
hd_code_t hd_api_activity_done(hd_call_t *c);
hd_code_t hd_api_activity_done_may(hd_call_t *c);
hd_code_t hd_api_activity_cancel(hd_call_t *c);
hd_code_t hd_api_notification_list(hd_call_t *c);
hd_code_t hd_api_notification_count(hd_call_t *c);
hd_code_t hd_api_notification_patch(hd_call_t *c);
hd_code_t hd_api_notification_read(hd_call_t *c);
hd_code_t hd_api_stage_order(hd_call_t *c);
hd_code_t hd_api_board_get(hd_call_t *c);
hd_code_t hd_api_dashboard_get(hd_call_t *c);
hd_code_t hd_api_assignment_get(hd_call_t *c);
hd_code_t hd_api_file_admit(hd_call_t *c);
hd_code_t hd_api_file_before(hd_call_t *c);
hd_code_t hd_api_file_create(hd_call_t *c);
hd_code_t hd_api_file_list(hd_call_t *c);
hd_code_t hd_api_file_content(hd_call_t *c);
hd_code_t hd_api_file_delete(hd_call_t *c);
hd_code_t hd_api_leave_import_before(hd_call_t *c);
hd_code_t hd_api_leave_import(hd_call_t *c);
hd_code_t hd_api_leave_ical(hd_call_t *c);

hd_code_t hd_api_record_list(hd_call_t *c);          /* the type is in the route's row */
hd_code_t hd_api_record_get(hd_call_t *c);
hd_code_t hd_api_record_create(hd_call_t *c);
hd_code_t hd_api_record_patch(hd_call_t *c);
hd_code_t hd_api_record_delete(hd_call_t *c);

hd_code_t hd_api_message_list(hd_call_t *c);
hd_code_t hd_api_message_ahead(hd_call_t *c);
hd_code_t hd_api_message_post(hd_call_t *c);
hd_code_t hd_api_message_get(hd_call_t *c);
hd_code_t hd_api_message_patch(hd_call_t *c);
hd_code_t hd_api_message_delete(hd_call_t *c);
hd_code_t hd_api_message_history(hd_call_t *c);
hd_code_t hd_api_thread_get(hd_call_t *c);
hd_code_t hd_api_mentionable(hd_call_t *c);
hd_code_t hd_api_draft_get(hd_call_t *c);
hd_code_t hd_api_draft_put(hd_call_t *c);
hd_code_t hd_api_draft_delete(hd_call_t *c);
hd_code_t hd_api_canned_expand(hd_call_t *c);
hd_code_t hd_api_canned_preview(hd_call_t *c);

hd_code_t hd_api_my_ticket_list(hd_call_t *c);
hd_code_t hd_api_my_ticket_count(hd_call_t *c);
hd_code_t hd_api_my_ticket_get(hd_call_t *c);
hd_code_t hd_api_ticket_close(hd_call_t *c);
hd_code_t hd_api_linked_get(hd_call_t *c);
hd_code_t hd_api_linked_messages(hd_call_t *c);
hd_code_t hd_api_linked_message_post(hd_call_t *c);
hd_code_t hd_api_linked_message_again(hd_call_t *c);
hd_code_t hd_api_linked_close(hd_call_t *c);
hd_code_t hd_api_linked_files(hd_call_t *c);
hd_code_t hd_api_linked_file_content(hd_call_t *c);
hd_code_t hd_api_linked_file_admit(hd_call_t *c);
hd_code_t hd_api_linked_file_before(hd_call_t *c);
hd_code_t hd_api_linked_file_create(hd_call_t *c);
hd_code_t hd_api_linked_file_again(hd_call_t *c);

hd_code_t hd_api_user_create_before(hd_call_t *c);
hd_code_t hd_api_user_create(hd_call_t *c);
hd_code_t hd_api_user_password_before(hd_call_t *c);
hd_code_t hd_api_user_password(hd_call_t *c);

hd_code_t hd_api_portal_get(hd_call_t *c);
hd_code_t hd_api_portal_grant(hd_call_t *c);
hd_code_t hd_api_portal_revoke(hd_call_t *c);
hd_code_t hd_api_user_invite(hd_call_t *c);
hd_code_t hd_api_user_invite_again(hd_call_t *c);
hd_code_t hd_api_password_forgotten_before(hd_call_t *c);
hd_code_t hd_api_password_forgotten(hd_call_t *c);
hd_code_t hd_api_invitation_before(hd_call_t *c);
hd_code_t hd_api_invitation(hd_call_t *c);

hd_code_t hd_api_token_create(hd_call_t *c);

hd_code_t hd_api_openapi_get(hd_call_t *c);
hd_code_t hd_api_schema_get(hd_call_t *c);

#endif
