/*
 * What the files of this room share; nobody outside includes it.
 */
#ifndef HD_DESK_IMPL_H
#define HD_DESK_IMPL_H

#include "desk.h"

#define HD_CASCADE_MAX  10000        /* tickets one set-up change may rewrite in its transaction */
#define HD_KEY_LIMIT    (HD_TEAMS_MAX * 20)      /* groups of one index subject */

static inline bool hd_actor_is_desk(const hd_actor_t *a)
{
    return a->uid == 0 && a->role == HD_ROLE_ADMIN;
}

/* ---- desk_help.c ---- */

/* Adds a field error with the sentence that belongs to its code. */
hd_code_t hd_desk_bad(hd_cx_t *cx, hd_type_t type, unsigned field, const char *code);
/* The same for a name inside a field: "form_fields[2].label". */
hd_code_t hd_desk_bad_name(hd_cx_t *cx, hd_str_t name, const char *code);
/* The fields of mask a client may write. */
uint64_t hd_desk_writable(hd_type_t type, uint64_t mask, bool create);
/* Inserts (old is NULL) or updates, and appends the event with the tracked fields. */
hd_code_t hd_desk_put(hd_cx_t *cx, hd_type_t type, const void *old, void *rec);
hd_code_t hd_desk_remove(hd_cx_t *cx, hd_type_t type, const void *old);
void hd_desk_log(hd_cx_t *cx, hd_event_kind_t kind, hd_type_t type, const void *old,
                 const void *rec);
/*
 * What an event keeps of a record that is gone or secret, as changes: {"company_ids":[[1,2],null]}, the companies whose
 * administrators may hear of it (VIS-17); none: all.
 */
hd_str_t hd_desk_owner(hd_cx_t *cx, hd_type_t type, const void *rec);
/* Fields that differ, without version, dates and users of the head. */
uint64_t hd_desk_diff(hd_type_t type, const void *old, const void *rec);
/* Is there a key with this prefix? */
bool hd_desk_any_key(hd_txn_t *t, const hd_key_t *prefix);
hd_key_t hd_desk_key(hd_index_t index);
/* A unique index whose key is folded text. */
bool hd_desk_find_text(hd_cx_t *cx, hd_index_t index, hd_str_t text, hd_id_t *ret_id);
/* The one active contact with this address, seen by all of the company; 0: none or several. */
hd_id_t hd_desk_contact_of_email(hd_cx_t *cx, hd_str_t email, hd_id_t company);

/* Cursors: the key's tail and 3 check bytes, base64url. */
#define HD_CURSOR_MAX 200
hd_str_t hd_desk_cursor(hd_arena_t *a, const void *tail, size_t n);
bool hd_desk_cursor_read(hd_str_t text, void *ret_tail, size_t n);
bool hd_desk_cursor_read_any(hd_str_t text, void *ret_tail, size_t *ret_n);     /* up to HD_CURSOR_MAX bytes */

/* ---- desk_record_index.c ---- */

/* The only records of a list that can match, ascending; false: an index does not tell. */
bool hd_desk_candidates(hd_cx_t *cx, hd_type_t type, const hd_expr_t *where, hd_id_t **ret_ids, size_t *ret_n);

/* ---- desk_sort.c: any order of any records ---- */

#define HD_SORT_TEXT 48          /* bytes of a folded text that decide its place; what is equal so far stands by id */
/* A key that memcmp orders as the sort asks, the id behind it; at most HD_CURSOR_MAX bytes. */
size_t hd_desk_sort_key(hd_arena_t *a, const hd_entity_t *e, const void *rec, const hd_sort_t *sort, size_t n,
                        uint8_t out[HD_CURSOR_MAX]);
/* Parts of such keys, ascending: how many bytes they take. */
size_t hd_desk_sort_field(hd_arena_t *a, const hd_field_t *f, const void *rec, uint8_t *out);
size_t hd_desk_sort_text(hd_str_t folded, uint8_t *out);
/* The first `keep` of many, in order. */
typedef struct hd_best_s hd_best_t;
hd_best_t *hd_best_make(hd_arena_t *a, size_t keep, hd_str_t after);
/* False: no key that begins like this is among them. */
bool hd_best_may_take(const hd_best_t *b, const uint8_t *begin, size_t len);
/* False: rec is not among them (or not behind `after`). */
bool hd_best_add(hd_best_t *b, const uint8_t *key, size_t len, const void *rec);
size_t hd_best_count(const hd_best_t *b);
const void *hd_best_at(const hd_best_t *b, size_t i, hd_str_t *ret_key);       /* in order */

/* ---- desk_cut.c: a ticket query against chunks of facts ---- */

typedef struct hd_cut_s hd_cut_t;
/* HD_E_BROAD when the actor follows too many tickets, and on the event loop (hd_cx_defer).  exact: facts alone tell, no row need be read. */
hd_code_t hd_cut_make(hd_cx_t *cx, const hd_ticket_query_t *q, hd_cut_t **ret_cut);
bool hd_cut_is_exact(const hd_cut_t *cut);
hd_cx_t *hd_cut_cx(const hd_cut_t *cut);
uint32_t hd_cut_columns(const hd_cut_t *cut);           /* a bit for each it looks at */
/* Slots that surely fit and that the actor sees; and those that may. */
void hd_cut_masks(const hd_cut_t *cut, const hd_chunk_t *c, uint64_t *ret_sure, uint64_t *ret_maybe);
/* Bit of a tag in the bloom column; *ret_alone: no other tag of the desk has it, so the bit proves the tag. */
uint32_t hd_cut_tag(hd_cx_t *cx, hd_id_t tag, bool *ret_alone);
/* Reads a ticket and asks fits. */
bool hd_cut_read(const hd_cut_t *cut, hd_arena_t *a, hd_id_t id, hd_ticket_t *ret);
static inline hd_id_t hd_cut_id(const hd_chunk_t *c, unsigned slot) { return (hd_id_t) c->n * HD_FACT_SLOTS + slot; }

/*
 * Goes over all chunks.  each gets what surely fits and what turned out to (maybe rows are read, as many as the
 * budget allows, then HD_E_BROAD); it answers HD_OK, or stops the walk with another code.  columns: those it looks at itself.
 */
typedef hd_code_t (*hd_cut_fn)(void *arg, const hd_chunk_t *c, uint64_t mask);
hd_code_t hd_cut_walk(const hd_cut_t *cut, uint32_t columns, hd_cut_fn each, void *arg);

/* ---- desk_search.c ---- */

hd_code_t hd_search_list(hd_cx_t *cx, const hd_ticket_query_t *q, hd_ticket_page_t *ret);
hd_str_t hd_search_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t);
hd_code_t hd_search_count(hd_cx_t *cx, const hd_ticket_query_t *q, uint64_t *ret_n);
uint32_t hd_desk_page_limit(uint32_t limit);
/*
 * How many rows a query may read, one by one: HD_SCAN_MAX where it holds up others (a write transaction), elsewhere what
 * HD_SCAN_TIME allows.  spend: one more; false when that is too much.
 */
typedef struct {
    uint64_t until;              /* microseconds; 0: by number */
    uint32_t n;
} hd_budget_t;
hd_budget_t hd_desk_budget(hd_cx_t *cx);
bool hd_desk_spend(hd_budget_t *b);
/* Scratch memory that goes with the call's arena and fails where that one would. */
hd_arena_t *hd_desk_scratch(hd_cx_t *cx);

/* ---- desk_order.c: orders by texts, by names of related records, and by what only rows know ---- */

bool hd_order_is_needed(const hd_sort_t *sort, size_t n);
hd_code_t hd_order_list(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_cut_t *cut, hd_ticket_page_t *page);
hd_str_t hd_order_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t);

/* ---- desk_visibility.c ---- */

/* All of these exist and are visible; those in old (may be NULL) are not asked about again. */
bool hd_desk_refs_ok(hd_cx_t *cx, hd_type_t type, hd_ids_t ids, const hd_ids_t *old);
bool hd_desk_ref_ok(hd_cx_t *cx, hd_type_t type, hd_id_t id);
hd_id_t hd_desk_own_company(const hd_actor_t *a);       /* what he makes belongs to it unless he says so; 0 */
/* Access to a company: the desk itself, or one of the actor's. */
bool hd_desk_has_company(const hd_actor_t *a, hd_id_t company);

/* ---- desk_ticket.c ---- */

/* hd_ticket_create without the question whether the actor may set the fields of mask: the form's fields are the team's. */
hd_code_t hd_desk_ticket_new(hd_cx_t *cx, hd_ticket_t *rec, uint64_t mask);
/* MAN-2, ACC-6: an active internal user with access to the company. */
bool hd_desk_may_hold(hd_cx_t *cx, hd_id_t user_id, hd_id_t company);
/* STG-7; 0 when the team has no stage. */
hd_id_t hd_desk_first_stage(hd_cx_t *cx, hd_id_t team_id);
bool hd_desk_stage_of_team(hd_cx_t *cx, hd_id_t stage_id, hd_id_t team_id);
bool hd_desk_stage_folded(hd_cx_t *cx, hd_id_t stage_id);
/* Team followers that are active contacts, added to ids (VIS-20, VIS-21). */
hd_ids_t hd_desk_add_followers(hd_cx_t *cx, hd_ids_t ids, hd_ids_t team_followers);
/* TKT-1: what the ticket knows of the customer fills what the contact lacks. */
hd_code_t hd_desk_fill_contact(hd_cx_t *cx, const hd_ticket_t *t, uint64_t mask);
/* TKT-4, TKT-5: type and tags that are new to the ticket exist and are not archived; field errors. */
void hd_desk_check_labels(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *t);
/* The company a contact belongs to, however deep, or the contact itself; 0 for 0. */
hd_id_t hd_desk_commercial(hd_cx_t *cx, hd_id_t partner_id);
/* SLF-6: into that stage, by its customer, saying so; whether he may was asked before. */
hd_code_t hd_desk_ticket_close(hd_cx_t *cx, hd_id_t id, hd_id_t stage, hd_message_t *say, hd_ticket_t *ret);
/* Old ticket for a write: hidden, rights, version. */
hd_code_t hd_desk_ticket_open(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_ticket_t *ret);

/* ---- desk_record.c and its tables ---- */

typedef struct {
    /* Fills defaults, adds field errors, writes nothing; old is NULL on create. */
    hd_code_t (*check)(hd_cx_t *cx, const void *old, void *rec, uint64_t mask);
    /* Before the row is written: rows it needs (rec has no id yet on create). */
    hd_code_t (*before)(hd_cx_t *cx, const void *old, void *rec);
    /* After the row was written: what follows from it. */
    hd_code_t (*after)(hd_cx_t *cx, const void *old, const void *rec);
    /* May it go?  NULL: always. */
    hd_code_t (*check_delete)(hd_cx_t *cx, const void *old);
    /* What goes with it. */
    hd_code_t (*before_delete)(hd_cx_t *cx, const void *old);
    /* May the actor write this record (ACC-1, TEAM-2)?  old is NULL on create. */
    bool (*may_write)(hd_cx_t *cx, const void *old, uint64_t mask);
    /* May others than administrators delete it?  NULL: no (ACC-1). */
    bool (*may_delete)(hd_cx_t *cx, const void *old);
} hd_rules_t;

extern const hd_rules_t hd_rules_company, hd_rules_contact, hd_rules_user, hd_rules_team,
    hd_rules_stage, hd_rules_ticket_type, hd_rules_tag, hd_rules_calendar, hd_rules_leave,
    hd_rules_canned_response, hd_rules_view;
/* NULL: of this type there are none. */
const hd_rules_t *hd_desk_rules(hd_type_t type);
/* No row names id in field; false also when the table is too long to tell. */
bool hd_desk_is_unnamed(hd_cx_t *cx, hd_type_t type, unsigned field, hd_id_t id);
/* Ends all sessions of a user but one. */
hd_code_t hd_desk_end_sessions(hd_cx_t *cx, hd_id_t user_id, hd_id_t keep);
bool hd_desk_session_over(hd_cx_t *cx, const hd_session_t *s);
/* Ends the link with which a user may set a password (desk_invite.c). */
hd_code_t hd_desk_invitations_drop(hd_cx_t *cx, hd_id_t user_id);

/* ---- desk_external.c ---- */

bool hd_desk_sees_external_id(hd_cx_t *cx, const hd_external_id_t *x);
hd_code_t hd_desk_external_ids_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id);      /* a record goes, and its names */
/* A customer signs in with his e-mail address: does his login change with it? */
bool hd_desk_login_follows(hd_cx_t *cx, const hd_user_t *u);
/* After the address of a contact changed: that of who signs in as it. */
hd_code_t hd_desk_email_follow(hd_cx_t *cx, const hd_contact_t *c);
/* The second half of a command, when rights and fields were checked; old NULL: a new record. */
hd_code_t hd_desk_record_write(hd_cx_t *cx, hd_type_t type, const void *old, void *rec);

/* ---- desk_message.c, desk_draft.c, desk_canned.c ---- */

bool hd_desk_sees_message(hd_cx_t *cx, const hd_message_t *m);
/* May a user read what is said to the team itself? */
bool hd_desk_user_hears_team(hd_cx_t *cx, const hd_user_t *u, const hd_team_t *team);
/*
 * hd_message_post without the question who may: m is complete but for its ticket or team, text as HTML and head.  Refuses
 * before it writes.
 */
hd_code_t hd_desk_message_new(hd_cx_t *cx, const hd_subject_t *s, hd_message_t *m);
/* What was said about a ticket or to a team, and the drafts, go with it; without events of their own. */
hd_code_t hd_desk_talk_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id);
/* Canned responses and views of a team or a user, and a user's drafts, go with them. */
hd_code_t hd_desk_canned_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id);
hd_code_t hd_desk_views_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id);
/* Ids of all records of a type of which there are few, at most HD_CASCADE_MAX. */
size_t hd_desk_all_ids(hd_cx_t *cx, hd_type_t type, hd_id_t **ret_ids);
hd_code_t hd_desk_drafts_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id);
/* The actor's own, if there is one. */
hd_code_t hd_desk_draft_drop(hd_cx_t *cx, const hd_draft_t *which);
bool hd_desk_sees_canned(hd_cx_t *cx, const hd_canned_response_t *r);
bool hd_desk_sees_view(hd_cx_t *cx, const hd_view_t *v);
/* ---- desk_notify.c, desk_follow.c ---- */

/* The user behind a contact, an active one if there are several; NULL: nobody signs in as it. */
const hd_user_t *hd_desk_user_of(hd_cx_t *cx, hd_id_t partner);
/* A user as who asks, to see what he sees. */
hd_actor_t hd_desk_actor_of(const hd_user_t *u);
/* Does a user see the ticket, or the team where ticket is NULL? */
bool hd_desk_user_sees(hd_cx_t *cx, const hd_user_t *u, const hd_ticket_t *ticket, const hd_team_t *team);
/* CHT-2: how to be told by kind; field errors. */
void hd_desk_check_notify_by(hd_cx_t *cx, const hd_user_t *u);
/* Tells contacts of something that is no message; of: ticket_id, team_id, activity_id. */
hd_code_t hd_desk_tell(hd_cx_t *cx, hd_ids_t partners, hd_notice_t kind, const hd_notification_t *of,
                       const hd_ticket_t *ticket, const hd_team_t *team);
/* Lines, outbox rows, subscriptions and activities of a ticket, a team or a contact go with it. */
hd_code_t hd_desk_forget(hd_cx_t *cx, hd_type_t type, hd_id_t id);

void hd_desk_notices_resume(hd_cx_t *cx);                /* sets the timer, once */
void hd_desk_notices_fire(hd_cx_t *cx);                  /* the timer: lines read long ago go (HD_NOTICE_KEEP) */
hd_code_t hd_desk_forget_activity(hd_cx_t *cx, const hd_activity_t *t);

/* ---- desk_rules_activity.c ---- */

extern const hd_rules_t hd_rules_activity_type, hd_rules_activity, hd_rules_external_id;
hd_str_t hd_desk_today(hd_cx_t *cx, hd_id_t user_id);    /* YYYY-MM-DD by the user's clock */
/* The day something of this type is due; previous: the deadline of the one before, or empty. */
hd_str_t hd_desk_deadline(hd_cx_t *cx, const hd_activity_type_t *type, hd_id_t user_id, hd_str_t previous);
uint8_t hd_desk_activity_state(hd_cx_t *cx, const hd_activity_t *t);     /* ACT-4 */
bool hd_desk_may_do(hd_cx_t *cx, hd_id_t user_id, const hd_ticket_t *ticket);
/* The instant at which the user's clock has gone `into` ms past the begin of the day (YYYY-MM-DD); 0: no day. */
hd_time_t hd_desk_day_instant(hd_cx_t *cx, hd_id_t user_id, hd_str_t day, hd_time_t into);

/* ---- desk_reindex.c: keys of rows that are older than an index ---- */
void hd_desk_reindex_resume(hd_cx_t *cx);                /* at every start: refuses older versions, sets what timers lack */
void hd_desk_reindex_fire(hd_cx_t *cx, hd_id_t id);      /* the timer */
bool hd_desk_index_is_whole(hd_cx_t *cx, hd_index_t index);      /* has every row its keys in it? */

/* ---- desk_activity_days.c: activity_due and activity_late of tickets (ACT-7) ---- */

/* After an activity of the ticket was put or has gone; follower (0: nobody) follows from now on.  *ret: the ticket now. */
hd_code_t hd_desk_keep_days(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t follower, hd_ticket_t *ret);
uint8_t hd_desk_ticket_activity(const hd_cx_t *cx, const hd_ticket_t *t);        /* hd_ticket_activity_t, now */
/* The same after an activity was adopted: the ticket keeps its dates, nobody follows; its reminder is set. */
hd_code_t hd_desk_adopt_days(hd_cx_t *cx, const hd_activity_t *a);
void hd_desk_days_resume(hd_cx_t *cx);                   /* of a store written before tickets kept them: sets the timer */
void hd_desk_days_fire(hd_cx_t *cx);                     /* the timer */
hd_code_t hd_desk_days_of_user(hd_cx_t *cx, hd_id_t user_id);    /* his time zone changed; of many by the timer */
hd_code_t hd_desk_make_activity_types(hd_cx_t *cx);
void hd_desk_remind(hd_cx_t *cx, const hd_activity_t *t);       /* sets that timer, unless it has rung */
void hd_activity_remind(hd_cx_t *cx, hd_id_t id);        /* the timer */

/* Subscriptions of one ticket (or team, ticket 0), read once. */
typedef struct {
    const hd_team_t     *team;
    const hd_follower_t *own;    /* of the ticket */
    uint32_t             n;
} hd_subscriptions_t;
void hd_desk_subscriptions(hd_cx_t *cx, hd_id_t ticket, const hd_team_t *team, hd_subscriptions_t *ret);
uint32_t hd_desk_subtypes(hd_cx_t *cx, const hd_subscriptions_t *s, hd_id_t partner);
/* Who follows a ticket no more begins as usual when he comes back. */
hd_code_t hd_desk_unsubscribe(hd_cx_t *cx, hd_id_t ticket, hd_id_t partner);

/* ---- desk_form.c, desk_property.c: add field errors ---- */

void hd_desk_check_form(hd_cx_t *cx, const hd_team_t *t);            /* CHN-14 */
/* TKT-12: fills t->ticket_properties in: names from labels, options as objects. */
void hd_desk_check_properties(hd_cx_t *cx, hd_team_t *t);
/*
 * TKT-12: t->properties holds what the client sent (when given); becomes what is stored, with the
 * defaults of a new ticket, and with what goes along and comes back when the team changes.
 */
void hd_desk_decide_properties(hd_cx_t *cx, const hd_ticket_t *old, hd_ticket_t *t,
                               const hd_team_t *team, bool given);

/* ---- desk_rules_calendar.c ---- */

/* A reference to a calendar that changed: seen, not archived, of one of the companies or of all. */
void hd_desk_check_calendar(hd_cx_t *cx, hd_type_t type, unsigned field, hd_id_t was, hd_id_t id,
                            hd_ids_t companies);
/* The leaves of a user or a team go with it. */
hd_code_t hd_desk_remove_leaves(hd_cx_t *cx, hd_type_t type, hd_id_t id);

/* ---- desk_calendar.c ---- */

#define HD_HOURS_MAX 336         /* intervals of a week */

/* Ascending into ret (HD_HOURS_MAX); with report, what is wrong becomes field errors "hours[3]". */
uint32_t hd_desk_read_hours(hd_cx_t *cx, hd_str_t json, bool report, hd_hours_span_t *ret);
hd_str_t hd_desk_write_hours(hd_cx_t *cx, const hd_hours_span_t *v, uint32_t n);
/* The zone of the team's calendar, or of its company's; "UTC". */
hd_str_t hd_desk_team_zone(hd_cx_t *cx, const hd_team_t *team);
hd_str_t hd_desk_company_zone(hd_cx_t *cx, hd_id_t company);
/* When user, team and company are all back, if one of them is off at t by approved leave; else 0. */
hd_time_t hd_desk_back_at(hd_cx_t *cx, const hd_team_t *team, hd_id_t user_id, hd_time_t t);
/* The first instant from t to until at which the user works for the team (D-9, ASG-5); 0: none. */
hd_time_t hd_desk_available(hd_cx_t *cx, const hd_team_t *team, const hd_user_t *u, hd_time_t t,
                            hd_time_t until);

/* ---- desk_assign.c, desk_assign_trace.c, desk_drain.c ---- */

typedef struct {
    hd_id_t   user;              /* whom automatic assignment chose; 0 nobody */
    hd_time_t again;             /* it waits: then somebody with room comes to work; 0 never */
} hd_assigned_t;

/*
 * Who holds a ticket that is created (old NULL) or changed, decided on t (ASG-2, ASG-11, MAN-2 .. MAN-5,
 * D-15, ACC-6); field errors go to the problem.  Writes nothing: hd_assign_done follows the put of the row.
 */
void hd_assign_decide(hd_cx_t *cx, const hd_team_t *team, const hd_ticket_t *old, hd_ticket_t *t,
                      hd_assigned_t *ret);
/* Chooses among the candidates of the team (ASG-3 .. ASG-10), sets user, waiting, trace of t. */
void hd_assign_auto(hd_cx_t *cx, const hd_team_t *team, hd_ticket_t *t, hd_assigned_t *ret);
void hd_assign_done(hd_cx_t *cx, const hd_ticket_t *t, const hd_assigned_t *done);
hd_str_t hd_desk_write_trace(hd_cx_t *cx, const hd_assignment_t *a);
/* After a ticket was changed (or deleted: now NULL), after a record was: waiting tickets get what was freed. */
hd_code_t hd_assign_freed(hd_cx_t *cx, const hd_ticket_t *old, const hd_ticket_t *now);
hd_code_t hd_assign_set_up(hd_cx_t *cx, hd_type_t type);
void hd_assign_again(hd_cx_t *cx, hd_id_t team_id);      /* the timer: goes on with a team's waiting tickets */

/* ---- desk_cascade.c ---- */

uint64_t hd_desk_team_tickets(hd_cx_t *cx, hd_id_t team_id);
/* team_id 0: of all teams of the stage. */
uint64_t hd_desk_stage_tickets(hd_cx_t *cx, hd_id_t stage_id, hd_id_t team_id);

typedef hd_code_t (*hd_visit_t)(hd_cx_t *cx, const hd_ticket_t *old, void *arg);
/* Calls fn for each, with a small arena in cx.  A damaged row stops it: it could not be kept right. */
hd_code_t hd_desk_visit(hd_cx_t *cx, const hd_id_t *ids, size_t n, hd_visit_t fn, void *arg);

/* ---- desk_file.c ---- */

bool hd_desk_sees_file(hd_cx_t *cx, const hd_attachment_t *f);
void hd_desk_file_fire(hd_cx_t *cx, hd_id_t id);         /* the timer: it waited long enough for a message */
void hd_desk_file_resume(hd_cx_t *cx);                   /* of a store that was loaded from a dump */

/* ---- desk_fold.c ---- */

hd_code_t hd_desk_fold(hd_cx_t *cx, const hd_stage_t *stage);   /* after fold was written: STG-11 */
void hd_desk_fold_fire(hd_cx_t *cx, hd_id_t stage_id);          /* the timer: the next piece */

/* ---- desk_rules_team.c, desk_pipeline.c ---- */

typedef struct {
    int64_t  epoch;
    hd_ids_t add, remove;        /* followers: added to open tickets, removed from all (D-8) */
    bool     drop;               /* portal users lose every ticket, links end (VIS-11, VIS-12) */
    bool     customers;          /* follow their tickets again (VIS-13) */
} hd_step_t;

/* What the change means for the tickets, false: nothing.  Portal users leave t's followers (VIS-11). */
bool hd_desk_team_step(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t, hd_step_t *ret_step);
hd_ids_t hd_desk_stage_ids(hd_cx_t *cx, hd_id_t team_id, bool archived);
/* old NULL: a new team.  Adds field errors about stage_ids. */
void hd_desk_pipeline_check(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t);
/* Writes the difference into the stages. */
hd_code_t hd_desk_pipeline_set(hd_cx_t *cx, const hd_team_t *old, const hd_team_t *t);
hd_code_t hd_desk_pipeline_make(hd_cx_t *cx, const hd_team_t *t);

/* ---- desk_sweep.c: changes of a team that its tickets take over ---- */


/* Numbers the step and notes it in t, which is still to be written.  HD_E_CONFLICT: too many at once. */
hd_code_t hd_desk_sweep_plan(hd_cx_t *cx, const hd_team_t *old, hd_team_t *t, hd_step_t *s);
/* After the team was written: the first tickets at once, the rest by the clock. */
hd_code_t hd_desk_sweep_begin(hd_cx_t *cx, hd_id_t team);
void hd_desk_sweep_fire(hd_cx_t *cx, hd_id_t team);
void hd_desk_sweep_resume(hd_cx_t *cx);          /* of a store that was loaded from a dump */
bool hd_desk_is_sweeping(hd_cx_t *cx, const hd_team_t *team);
bool hd_desk_is_any_sweeping(hd_cx_t *cx);
/*
 * Brings followers, token and company of a ticket to what its team's changes leave of them; true
 * when its row had not.  Who decides or writes by a ticket's followers settles it first.
 */
bool hd_desk_settle(hd_cx_t *cx, hd_ticket_t *t);
hd_ids_t hd_desk_portal_contacts(hd_cx_t *cx);
hd_ids_t hd_desk_subtract(hd_arena_t *a, hd_ids_t ids, hd_ids_t gone);

/* ---- desk_commercial.c ---- */

/* After a contact was written: its tickets' commercial_partner_id. */
hd_code_t hd_desk_commercial_follow(hd_cx_t *cx, const hd_contact_t *old, hd_id_t contact);
void hd_desk_commercial_fire(hd_cx_t *cx, hd_id_t contact);      /* the timer: the next piece */

/* ---- desk_move.c ---- */

/* TEAM-7, ACC-6: may the team's tickets move to that company?  HD_E_INVALID with a field error: people hold them back. */
hd_code_t hd_desk_check_move(hd_cx_t *cx, const hd_team_t *team, hd_id_t company);

#endif
