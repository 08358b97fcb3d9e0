/*
 * What writing shares: values as clients write them, records made, changed and ended one by one (rpc_values.c, rpc_commands.c,
 * rpc_write.c, rpc_special.c, rpc_talk.c).  One call is one transaction: what is refused half way takes all of it back.
 */
#ifndef HD_RPC_VALUES_H
#define HD_RPC_VALUES_H

#include "rpc_impl.h"

/* Once the record is written: commands of a list that other records' fields make, or records of its own list that end. */
typedef struct rpc_later_s {
    struct rpc_later_s *next;
    const rpc_field_t  *f;
    const hd_jval_t    *commands;        /* NULL: */
    hd_id_t             doomed;
} rpc_later_t;

typedef struct {
    rpc_t             *rpc;
    const rpc_model_t *m;
    hd_id_t            id;       /* 0: of a new record */
    const void        *old;      /* the record as it is; NULL */
    hd_buf_t           buf;
    hd_json_t          house;    /* the same values as our REST takes them */
    uint64_t           named;    /* fields that are in it */
    rpc_later_t       *later, **last;
} rpc_vals_t;

/* ---- rpc_values.c ---- */

/* Opens the object; values and, for a new record, default_<field> of the context go into it. */
hd_code_t rpc_vals_read(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const void *old, const hd_jval_t *vals, rpc_vals_t *ret);
/* Into a record: HD_E_INVALID with what is wrong with each field, as REST says it. */
hd_code_t rpc_vals_take(rpc_vals_t *v, void *rec, uint64_t *ret_mask);
/* Writes a member under the name of one of the record's own fields, unless it is there already; false: then write nothing. */
bool rpc_vals_key(rpc_vals_t *v, unsigned field);
hd_code_t rpc_bad_value(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f, const char *why);
bool rpc_has_markup(hd_str_t s);                          /* rpc_html.c: a tag or an entity */

/* ---- rpc_ahead.c ---- */

/* What somebody wrote into an HTML field, as the text we keep: of a value with markup its text. */
hd_str_t rpc_text_of_html(rpc_t *rpc, hd_str_t s);
/* In `ahead`: puts the content in its place; HD_E_TOO_LARGE, HD_E_FULL.  What is no base64 is left for the call to refuse. */
hd_code_t rpc_file_ahead(rpc_t *rpc, hd_str_t name, const hd_jval_t *content);
/* In the call: what became of it; false: it is no base64. */
bool rpc_file(rpc_t *rpc, hd_str_t name, const hd_jval_t *content, hd_upload_t *ret);

/* ---- rpc_commands.c ---- */

typedef struct {
    int64_t          op;         /* 0 .. 6 */
    hd_id_t          id;         /* of 1 to 4 */
    const hd_jval_t *value;      /* vals of 0 and 1, ids of 6 */
} rpc_command_t;
/* False: it is no command, or lacks what its kind needs. */
bool rpc_command_read(const hd_jval_t *v, rpc_command_t *ret);
/* [7, 8], not empty: some clients send what they read. */
bool rpc_command_plain(const hd_jval_t *v);
bool rpc_command_ids(hd_arena_t *a, const hd_jval_t *list, hd_ids_t *ret);
hd_code_t rpc_bad_command(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f);

/* [[0,0,{}],[4,7],[6,0,[1,2]]] on a list that holds `now`; a list of numbers alone replaces it. */
hd_code_t rpc_commands(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *commands, hd_ids_t now, hd_ids_t *ret);
/* The same where the other records name this one. */
hd_code_t rpc_commands_later(rpc_vals_t *v);
/* Fields whose values are not the record's own in this form; *ret_taken false: it is none. */
hd_code_t rpc_set_special(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value, bool *ret_taken);
hd_code_t rpc_set_external_model(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value);         /* rpc_external.c */
int rpc_inverse_of(const rpc_model_t *m, const rpc_field_t *f, const rpc_model_t *related);      /* rpc_path.c */

/* ---- rpc_lists.c: lists whose lines are no records of their own, or are kept elsewhere ---- */

/* resource.calendar: attendance_ids are the lines of `hours`. */
hd_code_t rpc_set_attendances(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value);
/* res.users: one word for all kinds of notifications that are not switched off (CHT-2). */
hd_code_t rpc_set_notification_type(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value);
/* helpdesk.ticket: files made, linked and deleted (CHT-4).  One that is there leaves by [2, id] only: it would be nobody's. */
hd_code_t rpc_set_files(rpc_vals_t *v, const rpc_later_t *l);
/* mail.message: files are added to it, and stay. */
hd_code_t rpc_message_files(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *value);
/* The number of a line of a calendar, and back: calendar * RPC_LINES + line. */
#define RPC_LINES 1000

/* ---- rpc_write.c ---- */

void rpc_begin_writing(rpc_t *rpc);                       /* before the first of a call */
hd_code_t rpc_create_one(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id);
hd_code_t rpc_write_one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals);
hd_code_t rpc_unlink_one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id);
/* An object made here, for the three above: "{"subtype_ids":[1]}". */
const hd_jval_t *rpc_json_of(rpc_t *rpc, hd_str_t text);

/* ---- rpc_special.c: models whose records are not made like all others ---- */

typedef struct {
    const char *model;
    hd_code_t (*create)(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *vals, hd_id_t *ret_id);   /* NULL: like all others */
    hd_code_t (*write)(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *vals);
    hd_code_t (*unlink)(rpc_t *rpc, const rpc_model_t *m, hd_id_t id);
} rpc_special_t;
const rpc_special_t *rpc_special(const rpc_model_t *m);                  /* NULL: it has none */

/* What a message, a follower or a file belongs to: one of the two is not 0. */
typedef struct {
    hd_id_t ticket, team;
} rpc_document_t;

#endif
