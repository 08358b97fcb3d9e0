/*
 * desk: the rules.  Queries read, commands decide and then write; every refusal comes before the first put.
 * A rule lives here and nowhere else; doors translate.  Every read path asks hd_sees_ticket / hd_scope (VIS-16).
 */
#ifndef HD_DESK_H
#define HD_DESK_H

#include "../store/store.h"

/* ---- who is asking ---- */

typedef struct {
    const hd_user_t *user;       /* NULL: nobody signed in */
    hd_id_t   uid, partner_id;   /* 0 for nobody */
    hd_role_t role;              /* meaningful when uid != 0 */
    hd_ids_t  companies;         /* allowed companies */
    uint32_t  scopes;            /* HD_SCOPE_*: all of them for a browser session */
} hd_actor_t;

extern const hd_actor_t hd_actor_nobody;     /* the public */
extern const hd_actor_t hd_actor_desk;       /* the desk itself (timers, set-up): may everything */

static inline bool hd_actor_is_staff(const hd_actor_t *a)    /* Helpdesk User or Administrator */
{
    return a->uid != 0 && (a->role == HD_ROLE_USER || a->role == HD_ROLE_ADMIN);
}
static inline bool hd_actor_is_internal(const hd_actor_t *a) /* signed in and no customer */
{
    return a->uid != 0 && a->role != HD_ROLE_PORTAL;
}
bool hd_actor_is_admin(const hd_actor_t *a);

/* A file that came with a request: its content is in its place already (hd_blob_put). */
typedef struct {
    hd_str_t    name;            /* clean */
    const char *mimetype;
    hd_blob_t   blob;
} hd_upload_t;

/* What every query and command gets.  The problem collects field errors beside the returned code. */
typedef struct {
    hd_arena_t       *arena;
    hd_txn_t         *txn;
    const hd_actor_t *actor;
    hd_time_t         now;
    hd_problem_t     *problem;
    const hd_upload_t *uploads;  /* files of a message or form that came with it */
    uint32_t          n_uploads;
    bool             *defer;     /* on the event loop, else NULL: set by what would take too long there, see hd_cx_defer */
    bool              quiet;     /* nobody is told of new and changed tickets; of messages they are */
    bool              dry_run;   /* commands on tickets, and updates of records, decide and write nothing */
} hd_cx_t;

/*
 * May not go on here: on the event loop, with what may go through all tickets.  Who is told so answers HD_E_BROAD, or
 * anything; the call is run again as a whole in the thread pool (hd_call_run).
 */
static inline bool hd_cx_defer(hd_cx_t *cx)
{
    if (cx->defer != NULL) {
        *cx->defer = true;
    }
    return cx->defer != NULL;
}

/* ---- visibility: the one cut (VIS-1 .. VIS-8, VIS-16, VIS-17, ACC-2) ---- */

/* SHARED: those he follows, and those of customers of his own company (D-11). */
typedef enum { HD_SEES_NONE, HD_SEES_FOLLOWED, HD_SEES_SHARED, HD_SEES_ALL } hd_sees_t;

/* How much of a team's tickets the actor may see. */
hd_sees_t hd_sees_team_tickets(hd_cx_t *cx, const hd_team_t *team);
/* May the actor open this ticket?  Archived tickets and teams follow the same rule (except for portal users, TKT-6). */
bool hd_sees_ticket(hd_cx_t *cx, const hd_ticket_t *ticket);
bool hd_sees_team(hd_cx_t *cx, const hd_team_t *team);       /* incl. VIS-2: follower of one of its tickets */
bool hd_sees(hd_cx_t *cx, hd_type_t type, const void *rec);  /* any record type */
/* The record as the actor may see it: rec, or a copy without ids of teams hidden from him (stages), or with counts (teams). */
const void *hd_record_view(hd_cx_t *cx, hd_type_t type, const void *rec);

/* Teams whose tickets the actor may see at all, with how much; cached until the configuration changes. */
typedef struct {
    uint32_t          n;
    const hd_team_t **team;
    uint8_t          *sees;      /* hd_sees_t of each */
} hd_scope_t;
const hd_scope_t *hd_scope(hd_cx_t *cx);

/* ---- tickets ---- */

/* One field of sort=: times of tickets by whole seconds, texts by their folded beginning, relations of tickets by name. */
typedef struct {
    uint16_t field;
    bool     desc;
} hd_sort_t;

typedef struct {
    hd_id_t      team_id, stage_id, user_id, partner_id;     /* 0 = any; they choose the index */
    int8_t       active;         /* 1 (default), 0 archived only, -1 both */
    bool         unassigned;
    hd_filter_t *filters;        /* the rest */
    size_t       n_filters;
    const hd_expr_t *where;      /* and this; NULL: everything */
    const hd_sort_t *sort;       /* none: the default order */
    size_t       n_sort;
    uint32_t     limit;
    hd_str_t     after;          /* cursor as the client sent it, or empty */
} hd_ticket_query_t;

typedef struct {
    hd_ticket_t *v;
    uint32_t     n;
    hd_str_t     next;           /* cursor of the next page; empty at the end */
} hd_ticket_page_t;

/* Only keys and active: answered from index ranges and counters, fit for the event loop, but for portal users of teams
   that share (D-11).  All else scans the facts (hd_cx_defer). */
bool hd_ticket_is_plain(const hd_ticket_query_t *q);
/*
 * Default order: priority desc, id desc (TKT-3); behind every other order stands id, the newest first.  Reads up to
 * HD_SCAN_MAX rows, then hands out a cursor.  HD_E_CURSOR; HD_E_BROAD when the order stands only in the rows and to read
 * all that match would take too long (hd_budget_t).
 */
hd_code_t hd_ticket_list(hd_cx_t *cx, const hd_ticket_query_t *q, hd_ticket_page_t *ret);
/*
 * How many; limit and after are ignored.  Exact: from counters where the whole team is seen, else from facts, rows where
 * these do not tell.  HD_E_BROAD when to read them would take too long.
 */
hd_code_t hd_ticket_count(hd_cx_t *cx, const hd_ticket_query_t *q, uint64_t *ret_n);
/* All that match, ascending, for commands on many; *ret_n is max + 1, and there are none, when more match.  HD_E_BROAD. */
hd_code_t hd_ticket_ids(hd_cx_t *cx, const hd_ticket_query_t *q, size_t max, hd_id_t **ret_ids, size_t *ret_n);

/* The cursor behind a ticket of q's answer, for those who stop in the middle of a page. */
hd_str_t hd_ticket_cursor(hd_cx_t *cx, const hd_ticket_query_t *q, const hd_ticket_t *t);

typedef enum { HD_BY_VALUE, HD_BY_DAY, HD_BY_WEEK, HD_BY_MONTH, HD_BY_QUARTER, HD_BY_YEAR } hd_period_t;
int64_t hd_period_day(hd_period_t period, int64_t day);      /* the first day of a day's period; days since 1970-01-01 */
typedef struct {
    int64_t  value;              /* as in hd_filter_t; of a period its first moment, UTC; 0 = null */
    uint64_t count;
} hd_group_t;
typedef struct {
    hd_group_t *v;               /* by value; when there are more than HD_GROUPS_MAX, only the largest */
    size_t      n;
    uint64_t    total, other;    /* tickets that match; those in groups not shown */
} hd_groups_t;
/* What hd_ticket_groups() makes of a field of tickets: periods for a time, else a group for each value; or it cannot. */
typedef enum { HD_GROUPED_NOT, HD_GROUPED_BY_VALUE, HD_GROUPED_BY_PERIOD } hd_grouping_t;
hd_grouping_t hd_ticket_grouping(unsigned field);
/*
 * Groups of what matches (TKT-8).  tag_ids: a ticket counts in each of its groups.  HD_E_FILTER when hd_ticket_grouping()
 * says something else than `period`; HD_E_BROAD.
 */
hd_code_t hd_ticket_groups(hd_cx_t *cx, const hd_ticket_query_t *q, unsigned field, hd_period_t period, hd_groups_t *ret);

/* The dashboard (DSH-1 .. DSH-5): tickets in force that the actor sees; closed: since week_from. */
typedef struct {
    uint64_t open, seconds;      /* seconds: how long they are open, together */
} hd_mine_count_t;
typedef struct {
    hd_id_t  team_id;
    uint64_t open, unassigned, urgent, waiting, closed;
} hd_team_count_t;
typedef struct {
    hd_time_t        today_from, week_from;      /* midnight by the actor's clock; 7 x 24 hours ago, both whole seconds */
    hd_mine_count_t  mine, mine_high, mine_urgent;
    uint64_t         closed_today, closed_week;  /* the actor's own */
    hd_team_count_t *teams;                      /* those in force that are seen, by id */
    size_t           n;
} hd_dashboard_t;
hd_code_t hd_dashboard(hd_cx_t *cx, hd_dashboard_t *ret);                /* HD_E_BROAD */

hd_code_t hd_ticket_get(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret);      /* HD_E_NOT_FOUND when hidden */

/* ---- events (desk_event.c) ---- */

/*
 * May the actor hear of it: who sees the record as it is now; of what is gone and of sign-ins administrators of its
 * companies (VIS-17).  *ret_rec is that record, NULL when it is gone.
 */
hd_code_t hd_sees_event(hd_cx_t *cx, const hd_event_t *ev, bool *ret_sees, const void **ret_rec);
/* Old and new value of a field, as an event holds them: may the actor see them?  (VIS-16: teams that are hidden; secrets.) */
bool hd_sees_value(hd_cx_t *cx, const hd_entity_t *e, hd_str_t name, const hd_jval_t *v);
/* Does the actor hear that uid is at a ticket?  A customer hears of nobody, nobody of himself, in none of his tabs. */
bool hd_sees_presence(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t uid, hd_ticket_t *ret_ticket);

typedef struct {
    hd_id_t   actor, id;         /* id: with a type */
    bool      by_actor;
    uint8_t   kind, type;        /* 0 = any */
    hd_time_t from, to;          /* from <= time < to; 0 = open */
    uint64_t  before;            /* sequence; 0 = from the newest */
    uint32_t  limit;
} hd_event_query_t;
typedef struct {
    hd_event_t *v;
    uint32_t    n;
    uint64_t    next;            /* `before` of the next page, which may be empty; 0 at the end */
} hd_event_page_t;
/* Events the actor may hear of, newest first, also those of records that are gone; looks at a bounded number of them. */
hd_code_t hd_event_list(hd_cx_t *cx, const hd_event_query_t *q, hd_event_page_t *ret);
/* Those of one ticket, for internal users.  HD_E_NOT_FOUND. */
hd_code_t hd_ticket_history(hd_cx_t *cx, hd_id_t id, uint64_t before, uint32_t limit, hd_event_page_t *ret);
/*
 * The ticket as it was: today's with the tracked changes after `at` undone, for internal users.  *ret_mask: fields that
 * can be told, which are those that are tracked; team and stage only when the actor sees that team.  HD_E_NOT_FOUND,
 * also when it was not yet there.
 */
hd_code_t hd_ticket_at(hd_cx_t *cx, hd_id_t id, hd_time_t at, hd_ticket_t *ret, uint64_t *ret_mask);

typedef struct {
    const hd_stage_t *stage;
    uint64_t          count;     /* all of the stage the actor may see */
    hd_ticket_page_t  page;      /* the first n */
} hd_board_column_t;
/*
 * Stages of the team in pipeline order, each with count and first n tickets (STG-4, STG-21).  q: NULL, or what else must
 * hold (its team, stage, limit and after are not looked at).  HD_E_BROAD.
 */
hd_code_t hd_board(hd_cx_t *cx, hd_id_t team_id, uint32_t n, const hd_ticket_query_t *q,
                   hd_board_column_t **ret_cols, size_t *ret_n);

/*
 * CHN-22: the one create path of all channels: team default stage, reference, assignment, followers, event.
 * rec holds the fields of mask; on HD_OK it is the stored ticket.  team_id 0: the actor's first team.
 */
hd_code_t hd_ticket_create(hd_cx_t *cx, hd_ticket_t *rec, uint64_t mask);
const hd_team_t *hd_ticket_default_team(hd_cx_t *cx);        /* of a new ticket that names none; NULL */
/* if_version 0: no check.  rec holds the fields of mask; on return the stored ticket. HD_E_VERSION. */
hd_code_t hd_ticket_update(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_ticket_t *rec, uint64_t mask);
hd_code_t hd_ticket_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version);     /* administrators only (TKT-6) */
hd_code_t hd_ticket_follow(hd_cx_t *cx, hd_id_t id, hd_id_t partner_id, bool follow, hd_ticket_t *ret);
/*
 * TKT-11: a new ticket in the team's first stage with what people typed into the old one: its texts, customer, labels,
 * priority, properties and assignee; no reference, dates, followers or history.  HD_E_NOT_FOUND.
 */
hd_code_t hd_ticket_duplicate(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret);

/* One change for many tickets; each goes through the rules of a single change and is refused alone. */
typedef enum { HD_BULK_SET, HD_BULK_DELETE, HD_BULK_FOLLOW, HD_BULK_UNFOLLOW } hd_bulk_action_t;
typedef struct {
    hd_bulk_action_t action;
    hd_ticket_t      set;        /* fields of mask; archive and unarchive set `active` */
    uint64_t         mask;
    hd_ids_t         add_tags, remove_tags;
    const hd_expr_t *where;      /* NULL, or what must hold of the ticket now: HD_E_VERSION when it does not */
    int8_t           active;     /* goes with where: 1 not archived, 0 archived, -1 either */
} hd_bulk_t;
/* *ret_changed: something differs (or would, with cx->dry_run).  Errors as of the single command. */
hd_code_t hd_bulk_one(hd_cx_t *cx, const hd_bulk_t *b, hd_id_t id, hd_ticket_t *ret, bool *ret_changed);

/* CSV into tickets: the header once, then row by row; each row is a command of its own (desk_import.c). */
typedef struct hd_import_s hd_import_t;
typedef enum { HD_IMPORT_CREATED, HD_IMPORT_UPDATED, HD_IMPORT_SAME } hd_imported_t;
/* Lives in cx->arena.  HD_E_INVALID: columns that are no field, or there twice. */
hd_code_t hd_import_plan(hd_cx_t *cx, const hd_str_t *cells, size_t n, hd_import_t **ret);
hd_code_t hd_import_row(hd_cx_t *cx, const hd_import_t *im, const hd_str_t *cells, size_t n,
                        hd_imported_t *ret);

/* Why a ticket has the assignee it has.  The numbers of both enums are stored. */
typedef enum { HD_BY_NONE, HD_BY_HAND, HD_BY_RANDOMLY, HD_BY_BALANCED, HD_BY_TAGS } hd_assigned_by_t;
typedef enum {
    HD_WHY_CHOSEN, HD_WHY_HIGHER_LOAD, HD_WHY_TIE, HD_WHY_TIME_OFF, HD_WHY_OFF_HOURS, HD_WHY_AT_CAP,
    HD_WHY_NO_TAG, HD_WHY_NOT_ALLOWED
} hd_why_t;
typedef struct {
    hd_id_t user_id;
    int64_t load;                /* what the method counts: tickets ever, or open ones */
    uint8_t why;                 /* hd_why_t */
} hd_candidate_t;
#define HD_TRACE_MAX 100         /* candidates a ticket remembers */
typedef struct {
    hd_time_t       at;          /* 0: nobody ever assigned it, nor tried to */
    uint8_t         method;      /* hd_assigned_by_t */
    hd_id_t         team_id, user_id;
    bool            waiting;     /* for a member with room (D-9, cap) */
    hd_time_t       looked_ahead_to;     /* nobody was at work: then the first one is; 0: somebody was */
    uint32_t        n;
    hd_candidate_t *v;
} hd_assignment_t;
/* HD_E_NOT_FOUND when hidden.  Candidates the actor does not see are left out. */
hd_code_t hd_ticket_assignment(hd_cx_t *cx, hd_id_t id, hd_assignment_t *ret);

/* ---- time off from and to iCalendar: of one user, team or company (the one id that is not 0) ---- */

typedef struct {
    uint64_t created, updated, unchanged;
} hd_leaves_taken_t;
/* HD_E_INVALID when the actor may not; fills the company, and the zone of times that name none. */
hd_code_t hd_leave_subject(hd_cx_t *cx, hd_leave_t *subject, hd_str_t *ret_tz);
/* With cx->dry_run it only counts.  Administrators' leaves are approved, a user's own are drafts. */
hd_code_t hd_leave_import(hd_cx_t *cx, const hd_leave_t *subject, const hd_ical_t *in, hd_leaves_taken_t *ret);
hd_code_t hd_leave_export(hd_cx_t *cx, const hd_leave_t *subject, hd_buf_t *out);
/*
 * The link that needs no login (VIS-22, PRT-4, D-17).  The seed is random and kept with the ticket; the door makes the
 * token of it and of the site's secret, so a copy of the store opens nothing.  Made on demand; HD_E_NO_LINK.
 */
#define HD_LINK_SEED 16
hd_code_t hd_ticket_link(hd_cx_t *cx, hd_id_t id, uint8_t ret_seed[HD_LINK_SEED]);
/* For whoever holds the token: HD_E_NOT_FOUND unless the link is in force. */
hd_code_t hd_ticket_by_link(hd_cx_t *cx, hd_id_t id, hd_ticket_t *ret, uint8_t ret_seed[HD_LINK_SEED]);

/* ---- files (CHT-4; desk_file.c) ---- */

/*
 * May the actor upload: to a ticket, internal or not, or (ticket 0) for a message of his that follows?  HD_E_NOT_FOUND,
 * HD_E_RIGHT, HD_E_FILES.  Asked before a body is read, and again by hd_file_create.
 */
hd_code_t hd_file_admit(hd_cx_t *cx, hd_id_t ticket_id, bool internal);
/* Of the ticket itself; without a ticket it is loose: only its author sees it, a message of his may use it, and after
 * HD_LOOSE_KEEP it goes. */
hd_code_t hd_file_create(hd_cx_t *cx, hd_id_t ticket_id, bool internal, const hd_upload_t *u, hd_attachment_t *ret);
/* A loose file of the actor becomes the ticket's; one that is the ticket's already stays.  HD_E_NOT_FOUND (ticket, or file that
 * he does not see), HD_E_IN_USE: it is something else's, HD_E_FILES. */
hd_code_t hd_file_link(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t id);
/* All of a ticket that the actor sees, oldest first; HD_E_NOT_FOUND. */
hd_code_t hd_file_list(hd_cx_t *cx, hd_id_t ticket_id, hd_attachment_t **ret_v, uint32_t *ret_n);
/* For whoever holds the ticket's link (hd_ticket_by_link said so): what customers may see. */
hd_code_t hd_file_list_public(hd_cx_t *cx, hd_id_t ticket_id, hd_attachment_t **ret_v, uint32_t *ret_n);
hd_code_t hd_file_public(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t id, hd_attachment_t *ret);
/* A file of the ticket, by who holds its link.  HD_E_FILES. */
hd_code_t hd_file_create_linked(hd_cx_t *cx, const hd_ticket_t *t, const hd_upload_t *u, hd_attachment_t *ret);
/* Its author, and administrators; its message forgets it.  HD_E_VERSION. */
hd_code_t hd_file_delete(hd_cx_t *cx, hd_id_t id, uint64_t if_version);
/*
 * Of a message that is posted, in this order: check, with all other checks, before the first put (attachment_ids are
 * loose files of the actor; they and cx->uploads have room: HD_E_INVALID, HD_E_FILES); take makes records of
 * cx->uploads and adds them to attachment_ids; and when the message has its row, attach gives it all of them.
 */
hd_code_t hd_file_check(hd_cx_t *cx, const hd_message_t *m);
hd_code_t hd_file_take(hd_cx_t *cx, hd_message_t *m);
hd_code_t hd_file_attach(hd_cx_t *cx, const hd_message_t *m);
/* cx->uploads become files of a ticket (the public form); attachments of a message, a ticket or a team go with it. */
hd_code_t hd_file_of_ticket(hd_cx_t *cx, hd_id_t ticket_id);
hd_code_t hd_file_drop(hd_cx_t *cx, hd_type_t type, const void *rec);
/* png, jpeg, gif and webp by what they begin with; else application/octet-stream (T-02). */
const char *hd_file_type(hd_str_t content);

#include "desk_talk.h"

/* ---- everything that is set up: companies, contacts, users, teams, stages (ACC-1, TEAM-2) ---- */

typedef struct {
    hd_filter_t *filters;
    size_t       n_filters;
    const hd_expr_t *where;
    const hd_sort_t *sort;       /* none: the default order */
    size_t       n_sort;
    uint32_t     limit;
    hd_str_t     after;
} hd_query_t;

typedef struct {
    void    **v;                 /* records */
    uint32_t  n;
    hd_str_t  next;
} hd_page_t;

/*
 * Lists what the actor may see, ascending id (stages: sequence, id; TEAM: sequence, id), or as q says.  HD_E_CURSOR;
 * HD_E_BROAD when there are too many records to sort.
 */
hd_code_t hd_record_list(hd_cx_t *cx, hd_type_t type, const hd_query_t *q, hd_page_t *ret);
hd_str_t hd_record_cursor(hd_cx_t *cx, hd_type_t type, const hd_query_t *q, const void *rec);
hd_code_t hd_record_get(hd_cx_t *cx, hd_type_t type, hd_id_t id, void *ret_rec);
/* Generic commands; each type has its checks (a table in desk_record.c).  Rights first, then the fields. */
hd_code_t hd_record_create(hd_cx_t *cx, hd_type_t type, void *rec, uint64_t mask);
hd_code_t hd_record_update(hd_cx_t *cx, hd_type_t type, hd_id_t id, uint64_t if_version, void *rec, uint64_t mask);
hd_code_t hd_record_delete(hd_cx_t *cx, hd_type_t type, hd_id_t id, uint64_t if_version);

/*
 * Has the actor that right on records of the type at all, or on rec, which he sees (ACC-1)?  For those who ask before they
 * try; the commands ask again, and refuse for more reasons than this.
 */
typedef enum { HD_MAY_READ, HD_MAY_WRITE, HD_MAY_CREATE, HD_MAY_DELETE } hd_may_t;
bool hd_record_may(hd_cx_t *cx, hd_type_t type, hd_may_t what, const void *rec);

/*
 * A record of another desk as it stands (desk_adopt.c): id, dates and users of rec are given; old is the row here, or NULL.
 * HD_E_INVALID with field errors, HD_E_CONFLICT, HD_E_IN_USE.  For helpdeskctl, which acts as the desk itself.
 */
hd_code_t hd_adopt(hd_cx_t *cx, hd_type_t type, const void *old, void *rec);

/* STG-4: these stages in this order, in the places they hold together; others stay where they are.  HD_E_INVALID. */
hd_code_t hd_stage_order(hd_cx_t *cx, const hd_id_t *ids, size_t n);
/* Stages a team uses, active, in pipeline order (STG-4); from the configuration cache. */
const hd_stage_t *const *hd_team_stages(hd_cx_t *cx, hd_id_t team_id, size_t *ret_n);
/* What a change of a team would do (VIS-14); nothing is written.  Errors as of the change itself. */
#define HD_PREVIEW_MAX 200       /* people named in one list */
typedef struct {
    hd_id_t     partner_id;
    hd_str_t    name;
    const char *kind;            /* portal, internal; contact: without a login, notified only */
    uint64_t    tickets;         /* how many fewer, or more */
} hd_access_t;
typedef struct {
    hd_access_t *v;              /* those whose names the actor may see, by contact */
    uint32_t     n, total;
} hd_access_list_t;
typedef struct {
    const char      *codes[2];   /* portal_users_leave, customers_follow; internal_only_followed, internal_see_all; NULL: neither */
    hd_str_t         warning;    /* the same as English sentences; empty when visibility stays */
    uint64_t         tickets, links_end;
    hd_access_list_t lose, gain;
} hd_team_preview_t;
hd_code_t hd_team_preview(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_team_t *rec, uint64_t mask,
                          hd_team_preview_t *ret);
/* The team with its stages and counts, as far as the actor may see tickets. */
const hd_team_t *hd_team_view(hd_cx_t *cx, const hd_team_t *team);
const hd_team_t *hd_team_by_slug(hd_cx_t *cx, hd_str_t slug);        /* published form or NULL (CHN-12) */

/* ---- the public form of a team ---- */

#include "desk_form.h"

#include "desk_notify.h"
#include "desk_activity.h"
#include "desk_portal.h"
#include "desk_invite.h"

/* ---- people: sessions, tokens, passwords, first start ---- */

/* The password itself is checked by the door in the pool; these are what goes with it. */
const hd_user_t *hd_user_by_login(hd_cx_t *cx, hd_str_t login);      /* active users only; NULL */
const hd_user_t *hd_user_by_id(hd_cx_t *cx, hd_id_t id);             /* the same; for who brings its password or token */
typedef enum {
    HD_PASSWORD_GOOD, HD_PASSWORD_LONG, HD_PASSWORD_BYTES, HD_PASSWORD_SHORT, HD_PASSWORD_NAME, HD_PASSWORD_COMMON
} hd_password_fault_t;
hd_password_fault_t hd_password_fault(hd_str_t password, hd_str_t login, hd_str_t name);
/* NULL when the rule of trust.md 5.1 is kept, else a sentence. */
const char *hd_password_problem(hd_str_t password, hd_str_t login, hd_str_t name);
/* phc: hash made in the pool.  Ends every other session of the user and all tokens keep working (T-12). */
hd_code_t hd_user_set_password(hd_cx_t *cx, hd_id_t user_id, hd_str_t phc, hd_id_t keep_session);
hd_code_t hd_session_start(hd_cx_t *cx, hd_id_t user_id, hd_str_t address, hd_str_t agent,
                           hd_str_t *ret_secret, hd_id_t *ret_session);
hd_code_t hd_session_end(hd_cx_t *cx, hd_id_t session_id);
hd_code_t hd_session_touch(hd_cx_t *cx, hd_id_t session_id);         /* writes only when the last sign is > 10 min old */
bool hd_session_is_quiet(hd_cx_t *cx, hd_id_t session_id);           /* would it write? */
/* Actor of a session secret (43 characters) or of an API token; NULL when there is none.  *ret_session may be 0. */
const hd_actor_t *hd_actor_of_session(hd_cx_t *cx, hd_str_t secret, hd_id_t *ret_session);
const hd_actor_t *hd_actor_of_token(hd_cx_t *cx, hd_str_t token);
hd_id_t hd_token_by_text(hd_cx_t *cx, hd_str_t token);        /* whoever's it is; 0: there is none */
const hd_actor_t *hd_actor_of_login(hd_cx_t *cx, hd_str_t login);    /* trusted proxy header */
hd_code_t hd_token_create(hd_cx_t *cx, hd_token_t *rec, hd_str_t *ret_token);   /* shown once */

/* First start: while there is no user, one link opens the set-up page. */
bool hd_desk_is_new(hd_cx_t *cx);
hd_code_t hd_setup_open(hd_cx_t *cx, hd_str_t *ret_secret);          /* makes a new secret, ends an older one */
bool hd_setup_ok(hd_cx_t *cx, hd_str_t secret);
typedef struct {
    hd_str_t company, login, name, email, phc, tz, lang;
} hd_setup_t;
/* Company, administrator, a first team with stages New, In Progress, Solved (fold), Cancelled (fold). */
hd_code_t hd_setup_finish(hd_cx_t *cx, hd_str_t secret, const hd_setup_t *in, hd_id_t *ret_user);
/* The same without a secret, for helpdeskctl and the demo. */
hd_code_t hd_setup_base(hd_cx_t *cx, hd_str_t company, hd_id_t *ret_company);

/* ---- the clock: runs due timers in the given write transaction, at most max ---- */

uint32_t hd_clock_run(hd_cx_t *cx, uint32_t max, hd_time_t *ret_next_due);   /* ret_next_due 0 = none */
void hd_clock_init(hd_cx_t *cx);                                             /* sets the standing timers once */

#endif
