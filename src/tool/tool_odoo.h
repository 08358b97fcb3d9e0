/*
 * import-odoo: what its files share.
 *
 *     tool_odoo_http.c    the connection: JSON-RPC calls over HTTP, bounded in size and time
 *     tool_odoo_map.c     tables: which model becomes which record type, which field which
 *     tool_odoo_plan.c    what of that this server has (fields_get)
 *     tool_odoo_value.c   its values as ours
 *     tool_odoo_origin.c  where records came from: found again, linked, numbered
 *     tool_odoo_form.c    fields of a team's form
 *     tool_odoo_row.c     one of its records into one of ours
 *     tool_odoo_talk.c    messages, files, followers
 *     tool_odoo_people.c  roles of users, calendars and leaves
 *     tool_odoo.c         the command, its order, the report
 */
#ifndef HD_TOOL_ODOO_H
#define HD_TOOL_ODOO_H

#include "tool.h"

#define ODOO_ANSWER_MAX ((size_t) 96 << 20)      /* bytes of one answer, and so of a file in base64 */
#define ODOO_TRIES      4                        /* of a call, once the server has answered at all */

/* ---- tool_odoo_http.c ---- */

typedef struct {
    hd_str_t    url, db, login, password;    /* url without a slash at its end */
    uint64_t    timeout;                     /* seconds one call may take */
    void       *curl;
    jmp_buf    *border;                      /* of the arena: where a lack of memory is told */
    hd_arena_t *arena;                       /* of the last answer */
    char       *body;                        /* malloc */
    size_t      len, cap;
    bool        too_long, answered;
    hd_id_t     uid;
    char        fault_name[120], fault[600]; /* what the server said when it refused */
} odoo_t;

typedef enum {
    ODOO_OK,
    ODOO_FAULT,      /* the server refused this call, or its answer is too long to be taken: fault_name, fault */
    ODOO_LOST        /* there is no talking to it; the sentence is in fault */
} odoo_status_t;

/* False after saying why on standard error. */
bool odoo_open(odoo_t *o, const char *url, const char *db, const char *login, hd_str_t password);
void odoo_close(odoo_t *o);
/* args: a JSON array; kwargs: members of a JSON object without its braces, or empty. */
odoo_status_t odoo_execute(odoo_t *o, const char *model, const char *method, hd_str_t args, hd_str_t kwargs,
                           hd_jval_t **ret);

/* ---- tool_odoo_map.c ---- */

typedef struct odoo_import_s odoo_import_t;
typedef struct odoo_row_s odoo_row_t;

typedef struct {
    const char *ours;            /* field of the record */
    const char *theirs;          /* theirs in order of preference, separated by commas: the first that has a value; "": none */
} odoo_name_t;

typedef enum {
    ODOO_TAKEN, ODOO_PASSED,
    ODOO_WAITS                   /* what it belongs to is not here yet */
} odoo_hook_t;
typedef struct {
    const char *model, *words;   /* "res.partner", "contacts" */
    const char *older;           /* what it was called before; NULL */
    hd_type_t   type;
    const char *domain;          /* JSON */
    const odoo_name_t *names;    /* what has the same name on both sides need not stand here; NULL: nothing else */
    const char *more;            /* fields the hook looks at, separated by commas; NULL: none */
    const char *key;             /* field by which a record that is here already is known; NULL: none */
    bool        by_date;         /* these records do not change without a new write_date */
    bool        files;           /* a file goes with each */
    /* Writes members of the record that the table cannot tell; ODOO_PASSED: this one is none of ours. */
    odoo_hook_t (*hook)(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
    /* Reads what the hook needs, once; ODOO_LOST ends the import. */
    odoo_status_t (*prepare)(odoo_import_t *m);
} odoo_model_t;

#define ODOO_MODELS 16
extern const odoo_model_t odoo_models[ODOO_MODELS];      /* referenced ones first */
int odoo_model_index(hd_str_t model);                    /* -1: none of ours */

/* ---- tool_odoo_plan.c ---- */

typedef struct {
    uint16_t    field;           /* of ours */
    uint8_t     n;               /* theirs, in order of preference */
    bool        html[3];
    const char *theirs[3];
    int         relation;        /* index into odoo_models, of REF and REFS */
} odoo_item_t;

typedef struct {
    const char  *name;           /* of the model on this server */
    bool         absent;         /* the server has no such model, or does not let us read it; why: */
    hd_str_t     why;
    odoo_item_t *items;
    size_t       n_items;
    hd_str_t     fields;         /* JSON array of what to ask for */
    const hd_jval_t *has;        /* fields_get */
    bool         keep;           /* numbers */
    hd_id_t     *ids;            /* malloc: all there are; those to be asked for again */
    size_t       n_ids, n_again;
    hd_id_t     *again;
    uint64_t     done, read, created, updated, unchanged, linked, gone, passed, refused, left_out;
} odoo_state_t;

struct odoo_row_s {
    hd_id_t          id;
    const hd_jval_t *v;
    bool             incomplete; /* something it names is not here yet */
};

struct odoo_import_s {
    hd_tool_t   *tool;
    odoo_t       odoo;
    hd_str_t     source;         /* "https://odoo.example.com db" */
    bool         dry_run, last_pass, bar;
    size_t       batch, at;      /* model at hand */
    uint64_t     drawn_us, problems;
    hd_arena_t  *arena;          /* of the whole run */
    odoo_state_t state[ODOO_MODELS];
    struct odoo_talk_s   *talk;
    struct odoo_people_s *people;
};

/* Asks the server for the model's fields.  ODOO_LOST: it cannot go on. */
odoo_status_t odoo_plan(odoo_import_t *m, size_t model);
bool odoo_has(const odoo_import_t *m, size_t model, const char *field);

/* ---- tool_odoo_form.c ---- */

/* The fields of a team's form, with the numbers of types and tags as they are here. */
void odoo_put_form(odoo_import_t *m, const hd_jval_t *fields, odoo_row_t *row, hd_json_t *out);

/* ---- tool_odoo_value.c ---- */

/* Writes "name":value of our field when the row has one. */
void odoo_put_item(odoo_import_t *m, odoo_row_t *row, const odoo_item_t *item, hd_json_t *out);
hd_id_t odoo_id(const hd_jval_t *v);                     /* [7,"Name"], 7; 0 */
hd_str_t odoo_text(const odoo_row_t *row, const char *field);    /* empty: false, or none */
/* Their definitions and values of properties as ours, and empty when there is nothing; both write the value. */
void odoo_put_definitions(odoo_import_t *m, const hd_jval_t *v, hd_json_t *out);
void odoo_put_properties(odoo_import_t *m, const hd_jval_t *v, hd_json_t *out);

/* ---- tool_odoo_origin.c ---- */

bool odoo_origin(odoo_import_t *m, size_t model, hd_id_t source_id, hd_origin_t *ret);
/* Number here of a record there; 0: it is not here (yet). */
hd_id_t odoo_resolve(odoo_import_t *m, size_t model, hd_id_t source_id);
/* Whether this model's records keep their numbers: decided when the first one comes, remembered. */
hd_code_t odoo_decide_keep(odoo_import_t *m, size_t model);
/* old NULL: a new one. */
hd_code_t odoo_remember(odoo_import_t *m, const hd_origin_t *old, hd_origin_t *o);
/* A record that is here already and has this key; 0. */
hd_id_t odoo_find_twin(odoo_import_t *m, const odoo_model_t *model, const void *rec);

/* ---- tool_odoo_row.c ---- */

/* Inside a write transaction.  0, or 1 when the store failed. */
int odoo_take_row(odoo_import_t *m, const hd_jval_t *v);
/* A row that is as it was when it was taken: unchanged, unless its record was deleted here. */
void odoo_count_same(odoo_import_t *m, const hd_origin_t *o);
/* A line of the report on standard output; what: "refused" or "left out". */
void odoo_report(odoo_import_t *m, const char *what, hd_id_t id, hd_str_t field, const char *code, const char *message);

/* ---- tool_odoo_talk.c, tool_odoo_people.c: hooks ---- */

odoo_hook_t odoo_hook_message(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_file(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_follower(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_activity(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_status_t odoo_prepare_talk(odoo_import_t *m);
odoo_hook_t odoo_hook_user(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_team(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_ticket(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_calendar(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_hook_t odoo_hook_leave(odoo_import_t *m, odoo_row_t *row, hd_json_t *out);
odoo_status_t odoo_prepare_users(odoo_import_t *m);
odoo_status_t odoo_prepare_calendars(odoo_import_t *m);
odoo_status_t odoo_prepare_leaves(odoo_import_t *m);

/* The light half of a listing, of models that are by_date: notes what the file pass needs of a message. */
void odoo_note_message(odoo_import_t *m, hd_id_t id, const hd_jval_t *v);
/* Fetches the content of a file that is to be taken and puts it into its place. */
odoo_status_t odoo_fetch_file(odoo_import_t *m, hd_id_t id);

#endif
