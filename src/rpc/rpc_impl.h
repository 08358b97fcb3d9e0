/*
 * What methods and models of this room share; nobody outside includes it.  Every value, in and out, is JSON (null, numbers,
 * strings, lists, objects): rpc_xml.c alone knows XML.
 */
#ifndef HD_RPC_IMPL_H
#define HD_RPC_IMPL_H

#include "rpc.h"

/* ---- models: which record type stands behind a name, and which of its fields behind its fields (rpc_models.c) ---- */

typedef enum {
    RPC_BOOLEAN, RPC_INTEGER, RPC_FLOAT, RPC_CHAR, RPC_TEXT, RPC_HTML, RPC_SELECTION, RPC_DATE, RPC_DATETIME, RPC_BINARY,
    RPC_MANY2ONE, RPC_ONE2MANY, RPC_MANY2MANY, RPC_REFERENCE, RPC_PROPERTIES, RPC_ANY_JSON
} rpc_kind_t;

typedef struct rpc_s rpc_t;
typedef struct rpc_ready_s rpc_ready_t;
typedef struct rpc_model_s rpc_model_t;
/* "field op value" of a domain, with op as Odoo writes it, as a condition on the record. */
typedef hd_code_t (*rpc_ask_t)(rpc_t *rpc, const rpc_model_t *m, hd_str_t op, const hd_jval_t *value, const hd_expr_t **ret);
typedef struct {
    const char *name;            /* "team_id" */
    uint8_t     kind;            /* rpc_kind_t */
    int16_t     field;           /* number of the record's field behind it; -1: `read` tells */
    uint16_t    flags;           /* RPC_F_* */
    const char *relation;        /* model name of many2one, one2many, many2many; NULL: that of the record's field */
    /* Writes the value where it is not what the record's field holds (display_name, child_ids, body as HTML ...). */
    void      (*read)(rpc_t *rpc, const rpc_model_t *m, const void *rec, hd_json_t *out);
    rpc_ask_t   ask;             /* makes the condition where the record's field cannot; NULL with field -1: not searchable */
} rpc_field_t;
enum {
    RPC_F_STAFF = 1,             /* for helpdesk users and administrators only */
    RPC_F_HEAVY = 2,             /* left out unless it is named */
    RPC_F_READONLY = 4,          /* whatever the record's field says */
    RPC_F_SET = 8                /* it can be set all the same: rpc_set_special knows how */
};

/* Records that have no rows: made when they are asked for (ir.model, mail.followers ...). */
typedef struct {
    void **v;
    size_t n;
} rpc_list_t;
typedef struct {
    const hd_entity_t *entity;   /* only its name and fields */
    /* Those the actor may see.  `where` may narrow what is looked at; each is asked for it again. */
    hd_code_t (*all)(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret);
    const void *(*get)(rpc_t *rpc, hd_id_t id);      /* NULL: hidden or none */
} rpc_made_t;

struct rpc_model_s {
    const char        *name;     /* "helpdesk.ticket" */
    const char        *label;    /* catalog key of html/i18n, or a text in English when none fits */
    uint8_t            type;     /* hd_type_t; 0: `made` */
    const rpc_made_t  *made;
    const rpc_field_t *fields;
    size_t             n_fields;
    const char        *rec_name; /* the field that is a record's name; NULL: none is */
    const char        *order;    /* default order as Odoo writes it: "priority desc, id desc" */
};

const rpc_model_t *rpc_model(hd_str_t name);                             /* NULL: there is none */
const rpc_model_t *rpc_model_of(hd_type_t type);
const rpc_model_t *rpc_model_at(size_t i);                               /* NULL behind the last */
/* NULL: there is none, or only a secret. */
const rpc_field_t *rpc_field(const rpc_model_t *m, hd_str_t name);
/* May the actor read the field at all, and ask for it in a domain?  What he may not has no name. */
bool rpc_sees_field(const rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f);
/* The record's field behind it; NULL. */
const hd_field_t *rpc_own_field(const rpc_model_t *m, const rpc_field_t *f);
const rpc_model_t *rpc_relation(const rpc_model_t *m, const rpc_field_t *f);     /* NULL: it relates to nothing */

/* What the records of a model are: conditions (hd_expr_t) on them name its fields. */
static inline const hd_entity_t *rpc_entity(const rpc_model_t *m)
{
    return m->made != NULL ? m->made->entity : hd_entities[m->type];
}

/* ---- one call, whatever wire it came by (rpc_call.c) ---- */

struct rpc_s {
    hd_call_t         *call;
    hd_cx_t           *cx;       /* the call's: actor, transaction, arena, problem */
    const rpc_model_t *model;
    hd_str_t           method;
    const char        *params;   /* of the method's row */
    const hd_jval_t   *args;     /* array; positional parameters are args[first] and what follows: rpc_arg finds them */
    size_t             first;
    const hd_jval_t   *kwargs;   /* object, or NULL; its `context` and `ids` are no parameters */
    const hd_id_t     *ids;      /* of a record method, in the order given, repetitions kept; UINT64_MAX: none can have it */
    uint32_t           n_ids;
    bool               one;      /* a bare integer came instead of a list */
    struct {
        hd_lang_t        lang;
        hd_str_t         tz;     /* IANA name; empty: the user's */
        bool             active_test;        /* true unless switched off */
        hd_ids_t         companies;          /* allowed_company_ids, which the actor has already been cut to; none: all of his */
        const hd_jval_t *all;    /* the whole context, NULL or an object: default_<field>, mail_notrack ... by rpc_context */
    } context;
    uint32_t           written;  /* records this call has written so far (HD_RPC_WRITES) */
    void              *prepared; /* what the method's `ahead` made */
    rpc_ready_t       *ready;    /* files and texts it made (rpc_ahead.c) */
    hd_json_t         *out;      /* where the method writes its result; nothing written is true */
    struct rpc_names_s *names;   /* of many2one values, looked up once a call (rpc_read.c) */
    struct {                     /* which field names a record, looked for once a model (rpc_read.c) */
        const rpc_model_t *model;
        const hd_field_t  *field;
    } naming[HD_TYPE_COUNT];
    bool               bare;     /* many2one as bare ids: load is null */
    /* What went wrong, beside the code a method returns (rpc_fault.c says what becomes of HD_E_*). */
    const char        *fault_name;
    hd_str_t           fault_text;
};

/* Parameter of the method by its place or its name; NULL when it was not given ("" and null count as not given: spec 4.2). */
const hd_jval_t *rpc_arg(const rpc_t *rpc, unsigned place, const char *name);
/* Member of the context, e.g. "default_team_id"; NULL. */
const hd_jval_t *rpc_context(const rpc_t *rpc, const char *key);
/* False, null, 0, "", [] and {}: what Python takes for false.  NULL, too. */
bool rpc_is_false(const hd_jval_t *v);
/* A list of ids, or one; *ret_one says which.  HD_E_INVALID (TypeError) when it is neither; at most HD_RPC_IDS. */
hd_code_t rpc_ids(rpc_t *rpc, const hd_jval_t *v, hd_id_t **ret_ids, uint32_t *ret_n, bool *ret_one);
/* Odoo's name of a language ("lt_LT"), and back, from the first two letters; false when it is none of ours. */
const char *rpc_lang_name(hd_lang_t lang);
bool rpc_lang_from(hd_str_t name, hd_lang_t *ret_lang);
/*
 * Leaves the fault and returns the code to return: exception is one of the classes of rpc_fault.c
 * ("odoo.exceptions.UserError", "builtins.ValueError").
 */
hd_code_t rpc_fail(rpc_t *rpc, const char *exception, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- methods (rpc_methods.c has the table) ---- */

typedef hd_code_t (*rpc_run_t)(rpc_t *rpc);
typedef enum { RPC_READ = 1, RPC_WRITE = 2, RPC_MODEL = 4, RPC_RECORDS = 8, RPC_LIGHT = 16 } rpc_method_flags_t;
typedef struct {
    const char *name;
    uint8_t     flags;           /* RPC_READ or RPC_WRITE, RPC_MODEL or RPC_RECORDS (is args[0] the ids?); RPC_LIGHT below */
    const char *model;           /* NULL: every model; else the only one */
    const char *params;          /* names in their order: "domain,fields,offset,limit,order"; with "!" behind it must be given */
    rpc_run_t   run;
    /*
     * Reads run in the pool, unless they are short for sure: RPC_LIGHT, always; or when this says so, before anybody knows
     * who is asking (there is no actor and no transaction).  Of a write: nothing is worth doing `ahead`.
     */
    bool      (*is_light)(const rpc_t *rpc);
    /*
     * Optional, of a write: in the pool, without a transaction, before it, once it is known who is asking: what takes long
     * (hashing, files).
     */
    rpc_run_t   ahead;
} rpc_method_t;

/* For `ahead`: fn in a read of its own, as who is asking; what it makes is gone with it, so it leaves no fault but its code. */
hd_code_t rpc_ask_ahead(rpc_t *rpc, hd_code_t (*fn)(rpc_t *rpc, void *arg), void *arg);          /* rpc_auth.c */

/* The row for a method of a model; NULL: there is none. */
const rpc_method_t *rpc_method(const rpc_model_t *m, hd_str_t name);

/* ---- domains (rpc_domain.c): NULL or [] matches everything; adds active = true where the model has it and nobody asked ---- */
hd_code_t rpc_domain(rpc_t *rpc, const rpc_model_t *m, const hd_jval_t *domain, const hd_expr_t **ret);

/* A day or time as clients write it; *ret_day: a day alone.  False: it is none. */
bool rpc_time_read(hd_arena_t *a, hd_str_t s, hd_time_t *ret_t, bool *ret_day);      /* rpc_values.c */

/* ---- reading (rpc_read.c) ---- */
/* The record by id as the actor may see it; HD_E_NOT_FOUND. */
hd_code_t rpc_get(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, void **ret_rec);
/* Ids that match, in order, offset and limit (0: all) applied.  HD_E_BROAD when it would take too long. */
hd_code_t rpc_find(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, hd_str_t order, uint64_t offset, uint64_t limit,
                   hd_id_t **ret_ids, size_t *ret_n);
/* The same as records, as they stand: rpc_view is still to be asked. */
hd_code_t rpc_rows(rpc_t *rpc, const rpc_model_t *m, const hd_expr_t *where, hd_str_t order, uint64_t offset, uint64_t limit,
                   rpc_list_t *ret);
const void *rpc_view(rpc_t *rpc, const rpc_model_t *m, const void *rec);
hd_str_t rpc_display_name(rpc_t *rpc, hd_type_t type, hd_id_t id);       /* empty: hidden or gone */
/* The name of a record the actor sees: that of its rec_name field, or "model,id". */
hd_str_t rpc_record_name(rpc_t *rpc, const rpc_model_t *m, const void *rec);
void rpc_put_many2one(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, hd_json_t *out);     /* [id, name], id or false */
void rpc_put_time(hd_json_t *out, hd_time_t t);          /* "YYYY-MM-DD HH:MM:SS" or false */
void rpc_put_text(hd_json_t *out, hd_str_t s);           /* the empty one is false */

/* ---- what the table of methods names ---- */

/* rpc_write.c */
hd_code_t rpc_create(rpc_t *rpc);
hd_code_t rpc_write(rpc_t *rpc);
hd_code_t rpc_create_files_ahead(rpc_t *rpc);    /* rpc_special.c */
bool rpc_brings_nothing(const rpc_t *rpc);       /* rpc_ahead.c */
hd_code_t rpc_values_ahead(rpc_t *rpc);
hd_code_t rpc_unlink(rpc_t *rpc);
hd_code_t rpc_copy(rpc_t *rpc);
hd_code_t rpc_name_create(rpc_t *rpc);
hd_code_t rpc_archive(rpc_t *rpc);
hd_code_t rpc_unarchive(rpc_t *rpc);
hd_code_t rpc_toggle_active(rpc_t *rpc);
/* rpc_external.c */
hd_code_t rpc_key_generate(rpc_t *rpc);
hd_code_t rpc_key_revoke(rpc_t *rpc);
/* rpc_talk.c */
hd_code_t rpc_message_post(rpc_t *rpc);
bool rpc_message_post_is_light(const rpc_t *rpc);
hd_code_t rpc_message_post_ahead(rpc_t *rpc);
hd_code_t rpc_message_subscribe(rpc_t *rpc);
hd_code_t rpc_message_unsubscribe(rpc_t *rpc);
hd_code_t rpc_activity_schedule(rpc_t *rpc);
hd_code_t rpc_activity_feedback(rpc_t *rpc);
hd_code_t rpc_activity_unlink(rpc_t *rpc);
hd_code_t rpc_action_feedback(rpc_t *rpc);
hd_code_t rpc_context_get(rpc_t *rpc);           /* rpc_session.c */
hd_code_t rpc_change_password(rpc_t *rpc);       /* rpc_auth.c */
hd_code_t rpc_change_password_ahead(rpc_t *rpc);
hd_code_t rpc_read(rpc_t *rpc);                  /* rpc_read.c */
bool rpc_read_is_light(const rpc_t *rpc);
hd_code_t rpc_name_get(rpc_t *rpc);
hd_code_t rpc_exists(rpc_t *rpc);
hd_code_t rpc_search(rpc_t *rpc);                /* rpc_search.c */
hd_code_t rpc_search_count(rpc_t *rpc);
hd_code_t rpc_search_read(rpc_t *rpc);
bool rpc_search_read_is_light(const rpc_t *rpc);
hd_code_t rpc_name_search(rpc_t *rpc);
hd_code_t rpc_fields_get(rpc_t *rpc);            /* rpc_fields.c */
hd_code_t rpc_default_get(rpc_t *rpc);
hd_code_t rpc_check_access_rights(rpc_t *rpc);   /* rpc_rights.c */
hd_code_t rpc_has_access(rpc_t *rpc);
hd_code_t rpc_check_access(rpc_t *rpc);
hd_code_t rpc_read_group(rpc_t *rpc);            /* rpc_group.c */
hd_code_t rpc_formatted_read_group(rpc_t *rpc);

#endif
