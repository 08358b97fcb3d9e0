/*
 * model: what the data is.  One table a record type (model_<type>.def); engines interpret the tables:
 * codec, JSON out and in, checks, filters, CSV, OpenAPI.  Engines know field kinds, never record types.
 * Index keys and counters are functions from a record, declared beside the table (model_index.c).
 *
 * To add a field: one line in the .def with a new tag number.  A tag is never reused, a meaning never changed.
 */
#ifndef HD_MODEL_H
#define HD_MODEL_H

#include "../text/text.h"

/* ---- record types: the number is stored in keys, never reused ---- */

typedef enum {
    HD_COMPANY = 1, HD_CONTACT = 2, HD_USER = 3, HD_SESSION = 4, HD_TOKEN = 5,
    HD_TEAM = 6, HD_STAGE = 7, HD_TICKET = 8,
    HD_TICKET_TYPE = 9, HD_TAG = 10, HD_CALENDAR = 11, HD_LEAVE = 12,
    HD_MESSAGE = 13, HD_ATTACHMENT = 14, HD_FOLLOWER = 15, HD_NOTIFICATION = 16, HD_MAIL = 17,
    HD_DRAFT = 18, HD_CANNED_RESPONSE = 19, HD_ACTIVITY_TYPE = 20, HD_ACTIVITY = 21, HD_INVITATION = 22,
    HD_EXTERNAL_ID = 23, HD_ORIGIN = 24, HD_VIEW = 25,
    HD_TYPE_COUNT
} hd_type_t;

/* ---- fields ---- */

typedef enum {
    HD_K_STR,        /* hd_str_t, one line, min..max characters (max bytes = 4 * max) */
    HD_K_TEXT,       /* hd_str_t, many lines; in JSON a string */
    HD_K_JSON,       /* hd_str_t, compact JSON, an array or an object as `shape` says; empty = null; the desk checks what it holds */
    HD_K_BYTES,      /* hd_str_t, opaque; never in JSON except dump (base64url) */
    HD_K_BOOL,       /* bool */
    HD_K_INT,        /* int64_t, min..max */
    HD_K_ENUM,       /* uint8_t, index into hd_enum_t */
    HD_K_FLAGS,      /* uint32_t, set of an hd_enum_t; JSON: list of slugs */
    HD_K_REF,        /* hd_id_t, 0 = null */
    HD_K_REFS,       /* hd_ids_t, set of ids, ascending, no duplicates */
    HD_K_TIME,       /* hd_time_t, 0 = null */
    HD_K_COMPUTED    /* no storage: written by compute() */
} hd_kind_t;

typedef struct {
    uint32_t       n;
    const hd_id_t *v;
} hd_ids_t;

uint32_t hd_ids_find(hd_ids_t ids, hd_id_t id);                             /* where it stands; ids.n: nowhere */
bool hd_ids_has(hd_ids_t ids, hd_id_t id);
hd_ids_t hd_ids_with(hd_arena_t *a, hd_ids_t ids, hd_id_t id);              /* union; id 0 is ignored */
hd_ids_t hd_ids_without(hd_arena_t *a, hd_ids_t ids, hd_id_t id);
hd_ids_t hd_ids_make(hd_arena_t *a, const hd_id_t *v, size_t n);            /* sorts, drops 0 and duplicates */

typedef struct {
    uint8_t            n;
    const char *const *slugs;
} hd_enum_t;

enum {                       /* flags of a field */
    HD_F_REQ    = 1 << 0,    /* required on create, never emptied */
    HD_F_RO     = 1 << 1,    /* not writable through JSON in */
    HD_F_SECRET = 1 << 2,    /* never leaves through JSON, CSV, filter; only dump and load */
    HD_F_HEAVY  = 1 << 3,    /* left out of lists unless asked for by fields= */
    HD_F_TRACK  = 1 << 4,    /* old and new value go into the event (CHT-5) */
    HD_F_CSV    = 1 << 5,
    HD_F_ADMIN  = 1 << 6,    /* shown to helpdesk users and administrators only, never to portal users */
    HD_F_WRITE1 = 1 << 7,    /* settable on create, not afterwards */
    HD_F_CACHE  = 1 << 8,    /* made from other fields: not in a dump, made again when it is missing */
    HD_F_ASKED  = 1 << 10,   /* worked out when it is read, and yet a condition may name it */
    HD_F_PHONE  = 1 << 11,   /* a telephone number: "contains" with one minds its digits alone */
    HD_F_LOOSE  = 1 << 9     /* the record it names may be gone: what was said names people who left */
};

typedef struct {
    const char      *name, *doc;
    hd_str_t         key;        /* "name": ready for JSON */
    uint16_t         offset;     /* into the struct */
    uint8_t          tag, kind;  /* tag 1 to 127; 0 = not stored: COMPUTED, or filled in by the desk when shown */
    uint32_t         flags;
    int64_t          min, max;
    const hd_enum_t *options;
    uint8_t          ref;        /* hd_type_t of REF and REFS */
    char             shape;      /* of JSON: '[' or '{' */
    void           (*compute)(const void *rec, hd_json_t *out);
} hd_field_t;

/* JSON that was written of a record before, one text a set of fields; whoever keeps the record frees it. */
#define HD_MEMOS 2
#define HD_MEMO_MAX 8192         /* bytes; a longer text is written anew */
typedef struct {
    struct {
        uint64_t mask;           /* 0: free */
        size_t   len;
        char    *data;
    } text[HD_MEMOS];
} hd_memo_t;

/* Every record begins with this; the fields appear in each table (tags 1 to 6). */
typedef struct {
    hd_id_t   id;                /* from the key */
    uint64_t  version;           /* 1 on create, +1 each write; the ETag */
    hd_time_t create_date, write_date;
    hd_id_t   create_uid, write_uid;   /* users */
    hd_memo_t *memo;             /* only on records a read got from the store's cache, never on one that is changed */
} hd_rec_t;

/* ---- keys: fixed-width big-endian parts; model builds them, store stores them ---- */

#define HD_KEY_MAX 96
typedef struct {
    uint8_t len;
    uint8_t b[HD_KEY_MAX];
} hd_key_t;

static inline void hd_key_u8(hd_key_t *k, uint8_t n) { if (k->len < HD_KEY_MAX) k->b[k->len++] = n; }
void hd_key_id(hd_key_t *k, hd_id_t id);             /* 4 bytes */
void hd_key_id_desc(hd_key_t *k, hd_id_t id);        /* 4 bytes, complement: newest first */
/* Then 0x00.  Over 64 bytes: the first 48 and 16 of the SHA-256, so that equal keys still mean equal strings. */
void hd_key_str(hd_key_t *k, hd_str_t folded);
void hd_key_bytes(hd_key_t *k, const void *p, size_t n);
void hd_key_origin(hd_key_t *k, hd_str_t source, hd_str_t model, uint64_t source_id);    /* the whole key of HD_IX_ORIGIN */

typedef enum {               /* first byte of an index key; never reused */
    HD_IX_USER_LOGIN = 1,    /* unique: login                   -> id */
    HD_IX_USER_PARTNER,      /* contact, id */
    HD_IX_SESSION_HASH,      /* unique: SHA-256 of the secret   -> id */
    HD_IX_SESSION_USER,      /* user, id */
    HD_IX_TOKEN_HASH,        /* unique */
    HD_IX_TOKEN_USER,        /* user, id */
    HD_IX_CONTACT_EMAIL,     /* folded e-mail, id */
    HD_IX_CONTACT_NAME,      /* folded name, id */
    HD_IX_TEAM_SLUG,         /* unique */
    HD_IX_STAGE_TEAM,        /* team, sequence (4, sign flipped), id */
    HD_IX_TYPE_NAME,         /* unique: folded name */
    HD_IX_TAG_NAME,          /* unique: folded name */
    HD_IX_MESSAGE_TICKET,    /* ticket, ~id: its thread, newest first */
    HD_IX_MESSAGE_TEAM,      /* team, ~id: of the team itself */
    HD_IX_ATTACHMENT_TICKET, /* ticket, id */
    HD_IX_ATTACHMENT_TEAM,   /* team, id */
    HD_IX_ATTACHMENT_HASH,   /* hash(32), id: who uses a file */
    HD_IX_ATTACHMENT_LOOSE,  /* author, id: of those nothing uses yet */
    HD_IX_FOLLOWER,          /* unique: ticket, contact         -> id */
    HD_IX_NOTIFICATION,      /* contact, read(1), ~id: unread ones first, the newest first */
    HD_IX_NOTIFICATION_OF,   /* ticket, team (one of them 0), contact, id */
    HD_IX_MAIL_STATE,        /* state(1), next try (8), id */
    HD_IX_DRAFT,             /* unique: user, ticket, team, subtype(1) */
    HD_IX_DRAFT_TICKET,      /* ticket, id */
    HD_IX_ACTIVITY_TICKET,   /* ticket, deadline(str), id */
    HD_IX_ACTIVITY_USER,     /* user, deadline(str), id */
    HD_IX_INVITATION_USER,   /* user, id */
    HD_IX_ORIGIN,            /* unique: first 8 bytes of the SHA-256 of source, model, source_id -> id */
    /* Tickets: four views with one suffix, so that one scan serves them all:
     *   subject(4) active(1) team(4) stage(4) ~priority(1) ~id(4)
     * active is 1 or 0; the suffix after stage is the default order (TKT-3: priority desc, id desc). */
    HD_IX_TICKET_BOARD = 32, /* subject 0 */
    HD_IX_TICKET_USER,       /* subject = assignee */
    HD_IX_TICKET_PARTNER,    /* subject = customer */
    HD_IX_TICKET_FOLLOWER,   /* subject = following contact, one key each */
    HD_IX_TICKET_WAITING,    /* team, id: waits for a member with room, oldest first */
    HD_IX_FOLLOWER_CONTACT = 40,     /* contact, id */
    HD_IX_MAIL_OF,           /* ticket, team, id */
    HD_IX_MAIL_CONTACT,      /* contact, id */
    HD_IX_CONTACT_PARENT,    /* contact, id: who works for it */
    HD_IX_EXTERNAL_NAME = 44,        /* unique: module.name        -> id */
    HD_IX_EXTERNAL_OF        /* record type(1), record, id */
} hd_index_t;

#define HD_TICKET_KEY_LEN 19     /* index byte + suffix above */

typedef enum {               /* counters: kind(1) a(4) b(4) -> int64 */
    HD_CN_TEAM_STAGE = 1,    /* team, stage: active tickets */
    HD_CN_TEAM_STAGE_ARCHIVED,
    HD_CN_USER_OPEN,         /* user, 0: active tickets in open stages (D-2) */
    HD_CN_TEAM_USER_EVER,    /* team, user: tickets of this team this user holds, whatever their state (D-1) */
    HD_CN_TEAM_UNASSIGNED = 6,   /* team, 0: open tickets without an assignee */
    HD_CN_TEAM_URGENT,       /* team, 0: open tickets of priority 3 */
    HD_CN_TEAM_LINKS,        /* team, 0: tickets with an access token, archived ones too (VIS-12) */
    HD_CN_CONTACT_UNREAD,    /* contact, 0: unread lines of the inbox */
    HD_CN_TYPE_TICKETS = 16, /* type, 0: tickets that carry it, archived ones too (TKT-4) */
    HD_CN_TAG_TICKETS        /* tag, 0: the same (TKT-5) */
} hd_counter_t;

typedef struct {             /* keys or counters of one record, packed into an arena buffer */
    hd_buf_t buf;
    uint32_t n;
} hd_keyset_t;

void hd_keyset_init(hd_keyset_t *s, hd_arena_t *a);              /* before keys() or counts() */
bool hd_keyset_next(const hd_keyset_t *s, size_t *pos, hd_str_t *ret_key);

/* ---- facts: what is asked about many records at once, as columns of numbers (model_facts.c) ---- */

#define HD_FACTS      17         /* columns of a record type that has them: 0 of bytes, the others of 32 bits; unused ones hold 0 */
#define HD_FACT_SLOTS 64         /* records of one chunk: id / 64 is the chunk, id % 64 the slot */
#define HD_FACT_TEXTS 3          /* texts kept beside the columns */
typedef enum {
    HD_FACT_NONE,                /* the field has no column: only its row tells */
    HD_FACT_ID,                  /* chunk and slot tell */
    HD_FACT_VALUE,               /* the value: REF, small INT; 0 = null */
    HD_FACT_BITS,                /* `bits` bits from `shift` on of column 0: BOOL, ENUM */
    HD_FACT_TIME,                /* hd_fact_time: whole seconds, 0 = null */
    HD_FACT_BLOOM,               /* REFS: bit id % 32 of each id; 0 = empty */
    HD_FACT_TEXT,                /* text number `column`, folded (hd_fact_text) */
    HD_FACT_DERIVED              /* other columns and the time tell: activity_state of activity_due and activity_late */
} hd_fact_kind_t;
typedef struct {
    uint8_t kind, column, shift, bits;
} hd_fact_t;

typedef struct {
    uint32_t        n;           /* ids n * 64 .. n * 64 + 63 */
    uint64_t        present;     /* slots in use; what other slots hold means nothing */
    const uint8_t  *bytes;       /* column 0 */
    const uint32_t *words[HD_FACTS];     /* the others; NULL where the reader did not ask for the column */
    void           *scan;        /* whose chunk it is: texts are fetched when they are asked for (hd_facts_texts) */
} hd_chunk_t;

/* One text of the tickets of a chunk, folded, one behind the other, each with a NUL behind it. */
typedef struct {
    uint32_t    at[HD_FACT_SLOTS + 1];   /* where each begins; the last is the end of all */
    const char *bytes;
} hd_texts_t;

static inline hd_str_t hd_texts_at(const hd_texts_t *t, unsigned slot)
{
    return (hd_str_t){ t->at[slot + 1] - t->at[slot] - 1u, t->bytes + t->at[slot] };
}

hd_str_t hd_fact_text(const void *rec, unsigned n);          /* the n-th text of a ticket, as it stands in the record */
hd_fact_t hd_fact_of(uint8_t type, unsigned field);
uint32_t hd_fact_time(hd_time_t t);          /* never falls while t grows; 1 and UINT32_MAX stand for all beyond them */
/* The slots whose value in a column has lo <= (value & mask) <= hi. */
uint64_t hd_chunk_test(const hd_chunk_t *c, unsigned column, uint32_t mask, uint32_t lo, uint32_t hi);

static inline uint32_t hd_chunk_value(const hd_chunk_t *c, unsigned column, unsigned slot)
{
    return column == 0 ? c->bytes[slot] : c->words[column][slot];
}

/* ---- the record type ---- */

typedef struct {
    uint8_t           type;
    const char       *name, *plural, *doc;    /* "ticket", "tickets" */
    size_t            size;                   /* of the struct */
    const hd_field_t *fields;
    uint16_t          n_fields;               /* <= 64: a mask is a uint64_t */
    const uint8_t    *by_tag;                 /* tag (0 to 127) -> field number + 1; 0 = unknown */
    void (*keys)(hd_arena_t *a, const void *rec, hd_keyset_t *out);
    void (*counts)(const void *rec, hd_keyset_t *out);   /* each key counts 1; neither is ever NULL */
    void (*facts)(const void *rec, uint32_t out[HD_FACTS]);   /* NULL: the type has none */
    uint64_t          unique;                 /* bit (index number) set for unique indexes; only numbers < 64 */
    bool              config;                 /* part of the desk's set-up: a write moves the config generation */
    bool              config_end;             /* only a deletion moves it: signing in must not empty every cache */
} hd_entity_t;

extern const hd_entity_t *const hd_entities[HD_TYPE_COUNT];      /* [0] is NULL */
const hd_entity_t *hd_entity_by_name(hd_str_t name);
int hd_field_index(const hd_entity_t *e, hd_str_t name);         /* -1 if unknown */
#define HD_BIT(i) (UINT64_C(1) << (i))

static inline void *hd_field_at(const hd_field_t *f, const void *rec)
{
    return (char *) (uintptr_t) rec + f->offset;
}

/* Structs and field numbers (HD_TICKET_F_stage_id ...), both expanded from the .def lists. */
#include "model_records.h"

/* ---- engines ---- */

/* codec: tag varint, length varint, bytes; empty fields are not written, unknown tags are skipped. */
void hd_encode(const hd_entity_t *e, const void *rec, hd_buf_t *out);
/* Strings point into bytes, lists into the arena.  HD_E_DATA when malformed.  rec is zeroed first; id stays 0. */
hd_code_t hd_decode(const hd_entity_t *e, hd_arena_t *a, hd_str_t bytes, void *rec);

typedef struct {
    uint64_t mask;               /* fields to write */
    bool     secrets;            /* dump only */
} hd_json_opt_t;

uint64_t hd_json_mask(const hd_entity_t *e, bool list, bool staff);  /* default fields of a list or a record for that viewer */
void hd_record_json(hd_json_t *j, const hd_entity_t *e, const void *rec, const hd_json_opt_t *opt);
void hd_record_members(hd_json_t *j, const hd_entity_t *e, const void *rec, const hd_json_opt_t *opt); /* without the braces */

typedef enum {
    HD_READ_CREATE,                /* RO and SECRET fields are refused */
    HD_READ_PATCH,                 /* and HD_F_WRITE1 too */
    HD_READ_LOAD                   /* helpdeskctl load: everything stored is accepted, COMPUTED is skipped */
} hd_read_mode_t;

/*
 * JSON in: writes the fields an object names into rec (the others stay as they are), sets *ret_present to them
 * (also those set to null).  Unknown, read-only and secret fields, wrong types, ranges and lengths become entries
 * of the problem (HD_E_UNKNOWN_FIELD when any is unknown or not writable, else HD_E_INVALID).  Text is cleaned (NFC).
 * Codes: unknown_field read_only wrong_type too_long too_short out_of_range not_an_option not_an_id too_many
 * bad_time bad_utf8; from hd_record_check: required.
 */
hd_code_t hd_read_json(const hd_entity_t *e, hd_arena_t *a, hd_jval_t *obj, void *rec, uint64_t *ret_present,
                       hd_read_mode_t mode, hd_problem_t *p);
/* One value as an event of the log holds it; false when it is none of the field's. */
bool hd_read_field(const hd_entity_t *e, unsigned field, hd_arena_t *a, const hd_jval_t *v, void *rec);
/* Copies the fields of mask from src to dst (merge-patch).  Strings and lists are shared, not copied. */
void hd_record_merge(const hd_entity_t *e, void *dst, const void *src, uint64_t mask);
/* Adds an entry with the sentence of its code. */
void hd_value_bad(hd_problem_t *p, hd_arena_t *a, hd_str_t field, const char *code);
/* Required fields that are empty become entries, unless the problem names them already; HD_OK or HD_E_INVALID. */
hd_code_t hd_record_check(const hd_entity_t *e, hd_arena_t *a, const void *rec, hd_problem_t *p);
/* Fields that differ. */
uint64_t hd_record_diff(const hd_entity_t *e, const void *a, const void *b);
bool hd_field_is_empty(const hd_field_t *f, const void *rec);
int64_t hd_value_get(const hd_field_t *f, const void *rec);      /* of a number, option, flags, id or time; else 0 */
void hd_field_json(hd_json_t *j, const hd_field_t *f, const void *rec);      /* the value alone; a SECRET gives null */

/*
 * Filters: "field=value" or "field.op=value"; op: eq ne gt gte lt lte in contains.  Only readable fields.
 * "null" is the empty REF, TIME, REFS or FLAGS; the empty string is the empty text.  An empty field is neither
 * before nor after any time.  REFS and FLAGS: eq and in mean "has any of", ne means "has not".
 * A member of a JSON object field is named "field.member": its value is compared as number when both are numbers,
 * else as folded text; of an array any element will do; an absent member and null are "null".
 */
typedef enum {
    HD_OP_EQ, HD_OP_NE, HD_OP_GT, HD_OP_GTE, HD_OP_LT, HD_OP_LTE, HD_OP_IN, HD_OP_CONTAINS,
    HD_OP_LIKE                   /* a pattern; no query string says it (hd_filter_texts) */
} hd_op_t;
typedef enum {                   /* of a time, by the clock of a zone */
    HD_PART_NONE, HD_PART_YEAR, HD_PART_QUARTER, HD_PART_MONTH, HD_PART_ISO_WEEK, HD_PART_DAY_OF_MONTH,
    HD_PART_DAY_OF_WEEK /* Sunday 0 */, HD_PART_DAY_OF_YEAR, HD_PART_HOUR, HD_PART_MINUTE, HD_PART_SECOND
} hd_part_t;
typedef struct {
    uint16_t  field;             /* index into the entity's fields */
    uint8_t   op, part;          /* part: of a TIME, which is compared as a number */
    bool      exact, sorted;     /* texts are compared as they stand; num is ascending */
    bool      digits;            /* of a HD_F_PHONE: text holds digits, only those of the field count */
    uint32_t  n;                 /* values: 1, or more for HD_OP_IN */
    hd_str_t *text;              /* for STR and TEXT and members of JSON; folded, unless exact */
    int64_t  *num;               /* everything else: id, enum index, 0/1, time, one bit of FLAGS; null = 0 */
    hd_str_t  member;            /* of a JSON object */
    hd_str_t  tz;                /* of a part; empty: UTC */
} hd_filter_t;

/* The n-th operator a condition on the field takes, as written in a query string; NULL behind the last. */
const char *hd_filter_op(const hd_field_t *f, unsigned n);
/* HD_E_FILTER with an entry in the problem when the name, the operator or the value does not fit. */
hd_code_t hd_filter_parse(const hd_entity_t *e, hd_arena_t *a, hd_str_t name, hd_str_t value, bool staff,
                          hd_filter_t *ret_f, hd_problem_t *p);
/* The same from parts: name is the field's, or "field.member".  NULL, or the code of a bad field (hd_value_bad). */
const char *hd_filter_make(const hd_entity_t *e, hd_arena_t *a, hd_str_t name, hd_op_t op, const hd_str_t *values,
                           size_t n, bool staff, hd_filter_t *ret_f);
/*
 * Conditions that no query string can say (model_pattern.c); NULL or the code of what is wrong, as above.  Texts: any operator,
 * folded or exact; an empty text is neither before nor behind another.  Numbers: EQ, NE, IN up to HD_NUMS_MAX, and order
 * of INT, ENUM, TIME and `id`.
 */
const char *hd_filter_texts(const hd_entity_t *e, hd_arena_t *a, unsigned field, hd_op_t op, bool exact,
                            const hd_str_t *values, size_t n, bool staff, hd_filter_t *ret_f);
const char *hd_filter_nums(const hd_entity_t *e, hd_arena_t *a, unsigned field, hd_op_t op, hd_part_t part,
                           const int64_t *values, size_t n, bool staff, hd_filter_t *ret_f);
/* The whole text fits the pattern: % is any text, _ one character, \ makes the next one a character. */
bool hd_pattern_match(hd_str_t s, hd_str_t pattern);
bool hd_pattern_is_plain(hd_str_t pattern);                  /* none of the three is in it */
bool hd_time_part(hd_str_t tz, hd_time_t t, hd_part_t part, int64_t *ret);   /* false: no time, no such zone */
/* All n hold.  a is used for folding text that is not ASCII: a scratch arena reset now and then keeps a scan small. */
bool hd_filter_match(const hd_entity_t *e, hd_arena_t *a, const void *rec, const hd_filter_t *f, size_t n);
/* The condition on a text that is folded already. */
bool hd_filter_match_folded(hd_str_t folded, const hd_filter_t *f);
/* May a viewer filter, sort and group by this field?  Secret, computed and opaque ones nobody; ADMIN ones staff. */
bool hd_field_is_asked(const hd_field_t *f, bool staff);

/*
 * Expressions (model_expr.c): filters joined by and, or, not and parentheses.
 *
 *     expr   = term { "or" term }           term = factor { "and" factor }
 *     factor = "not" factor | "(" expr ")" | name op value | name ["not"] "in" "(" value { "," value } ")"
 *     op     = "=" | "!=" | ">" | ">=" | "<" | "<=" | "contains"
 *     value  = "text in double quotes, \" and \\ escaped" | null | true | false | a word of letters, digits and . : + - _ @
 *
 * At most HD_TERMS_MAX conditions and HD_EXPR_DEPTH levels.
 */
typedef enum { HD_EXPR_TEST, HD_EXPR_AND, HD_EXPR_OR, HD_EXPR_NOT } hd_expr_kind_t;
typedef struct hd_expr_s {
    uint8_t                  kind;
    uint32_t                 n;      /* parts of AND and OR (at least 1), 1 of NOT */
    const struct hd_expr_s **v;
    hd_filter_t              test;
} hd_expr_t;

/* HD_E_FILTER; the problem then has an entry for "filter" whose sentence names the position. */
hd_code_t hd_expr_parse(const hd_entity_t *e, hd_arena_t *a, hd_str_t text, bool staff, const hd_expr_t **ret,
                        hd_problem_t *p);
/* x NULL matches everything. */
bool hd_expr_match(const hd_entity_t *e, hd_arena_t *a, const void *rec, const hd_expr_t *x);
bool hd_expr_names(const hd_expr_t *x, unsigned field);      /* is there a condition on this field? */
/* One whose n parts, or whose test, the caller sets. */
hd_expr_t *hd_expr_new(hd_arena_t *a, hd_expr_kind_t kind, uint32_t n);
const hd_expr_t *hd_expr_test(hd_arena_t *a, const hd_filter_t *f);
const hd_expr_t *hd_expr_not(hd_arena_t *a, const hd_expr_t *x);
/* Both must hold; either may be NULL.  Filters become tests. */
const hd_expr_t *hd_expr_and(hd_arena_t *a, const hd_expr_t *x, const hd_expr_t *y);
const hd_expr_t *hd_expr_of(hd_arena_t *a, const hd_filter_t *f, size_t n);

void hd_csv_header(hd_buf_t *b, const hd_entity_t *e, uint64_t mask);
void hd_csv_row(hd_buf_t *b, const hd_entity_t *e, const void *rec, uint64_t mask);
/* A CSV cell into the field of rec: NULL, or the code of what is wrong.  An empty cell leaves the field as it is. */
const char *hd_csv_field(const hd_field_t *f, hd_arena_t *a, hd_str_t cell, void *rec);

/* Components of the OpenAPI 3.1 document: "Ticket", "TicketCreate", "TicketPatch". */
hd_str_t hd_openapi_name(hd_arena_t *a, const hd_entity_t *e);     /* "ticket_type": "TicketType" */
void hd_openapi_schemas(hd_json_t *j, const hd_entity_t *e);

#endif
