/*
 * base: what every room stands on: memory, strings, buffers, errors, JSON, time, random numbers.
 * No domain, no nginx, no LMDB.  Nothing here logs and nothing here keeps state between calls,
 * except where a struct that the caller owns says so.
 *
 * Memory: one arena a request or job.  An allocation never returns NULL: when the arena's limit or
 * the machine's memory is reached, the arena jumps to the border its owner set with HD_ARENA_TRY,
 * which answers HD_E_MEMORY.  Foreign handles (json_t *, ICU objects) are tied to the arena with
 * hd_arena_defer, so a jump leaks nothing.
 */
#ifndef HD_BASE_H
#define HD_BASE_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "limits_hd.h"

/* ---- strings: pointer and length, UTF-8, never NUL-terminated by contract ---- */

typedef struct {
    size_t      len;
    const char *data;
} hd_str_t;

#define HD_STR(literal)   ((hd_str_t){ sizeof(literal) - 1, (literal) })
#define HD_STR_ARG(s)     (int) (s).len, (s).data      /* for "%.*s" */

static inline hd_str_t hd_str(const char *z)    /* from a C string; NULL gives the empty string */
{
    return (hd_str_t){ z ? strlen(z) : 0, z ? z : "" };
}

static inline bool hd_str_eq(hd_str_t a, hd_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool hd_str_is(hd_str_t a, const char *z)
{
    return hd_str_eq(a, hd_str(z));
}

bool hd_str_starts(hd_str_t s, hd_str_t prefix);
bool hd_str_ieq(hd_str_t a, hd_str_t b);                     /* ASCII letters without case */
hd_str_t hd_str_trim(hd_str_t s);                            /* ASCII white space at both ends */
bool hd_str_split(hd_str_t *rest, char sep, hd_str_t *ret_part); /* false, and an empty part, when nothing is left */
hd_str_t hd_str_cut(hd_str_t s, size_t max);                /* its first whole characters of UTF-8, in at most max bytes */
bool hd_str_is_utf8(hd_str_t s);                             /* well-formed UTF-8 without NUL */
bool hd_str_to_u64(hd_str_t s, uint64_t *ret_n);             /* decimal digits only, no sign, no overflow */
bool hd_str_to_i64(hd_str_t s, int64_t *ret_n);
bool hd_mem_eq_const(const void *a, const void *b, size_t n); /* time does not depend on the content */

/* ---- ids and times ---- */

typedef uint64_t hd_id_t;        /* 1 .. HD_ID_MAX; 0 means none */
typedef int64_t  hd_time_t;      /* UTC, milliseconds since 1970; 0 means none */

#define HD_SECOND ((hd_time_t) 1000)
#define HD_MINUTE (60 * HD_SECOND)
#define HD_HOUR   (60 * HD_MINUTE)
#define HD_DAY    (24 * HD_HOUR)

hd_time_t hd_time_now(void);                                 /* wall clock */
uint64_t  hd_time_mono_us(void);                             /* monotonic microseconds, for durations */
bool hd_time_parse(hd_str_t rfc3339, hd_time_t *ret_t);      /* "2026-11-21T08:00:00Z", ".123", "+02:00" */
#define HD_TIME_LEN 24                                       /* "2026-11-21T08:00:00.000Z" */
size_t hd_time_format(hd_time_t t, char out[HD_TIME_LEN]);   /* always HD_TIME_LEN bytes */

/* A variable of each thread.  Not allocated when a thread first looks at it: without memory that would end the process. */
#define HD_OF_THREAD _Thread_local __attribute__((tls_model("initial-exec")))

/* ---- arena ---- */

typedef struct hd_arena_s hd_arena_t;

hd_arena_t *hd_arena_create(size_t limit);       /* NULL when not even the first block can be had; limit in bytes */
void  hd_arena_reset(hd_arena_t *a);             /* runs the deferred calls, keeps the first block */
void  hd_arena_destroy(hd_arena_t *a);           /* NULL is allowed */
size_t hd_arena_used(const hd_arena_t *a);
jmp_buf **hd_arena_border(hd_arena_t *a);
_Noreturn void hd_arena_fail(hd_arena_t *a);     /* to the border; abort() when none is set */
void  hd_arena_defer(hd_arena_t *a, void (*fn)(void *), void *arg);

void *hd_alloc(hd_arena_t *a, size_t size);      /* zeroed, aligned to 16; never NULL */
void *hd_alloc_n(hd_arena_t *a, size_t n, size_t size);
void *hd_alloc_raw(hd_arena_t *a, size_t size);  /* the same, but not zeroed: for bytes that are written at once */
hd_str_t hd_str_dup(hd_arena_t *a, hd_str_t s);  /* copy, followed by a NUL that len does not count */
hd_str_t hd_str_cat(hd_arena_t *a, size_t n, ...);   /* n hd_str_t values joined */
hd_str_t hd_strf(hd_arena_t *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Runs CALL (an expression of type hd_code_t) with a border set; RET gets its value, or HD_E_MEMORY
 * when the arena ran out.  Borders nest.
 */
#define HD_ARENA_TRY(A, RET, CALL)                              \
    do {                                                        \
        jmp_buf hd_jmp_, *hd_old_ = *hd_arena_border(A);        \
        if (setjmp(hd_jmp_) == 0) {                             \
            *hd_arena_border(A) = &hd_jmp_;                     \
            (RET) = (CALL);                                     \
        } else {                                                \
            (RET) = HD_E_MEMORY;                                \
        }                                                       \
        *hd_arena_border(A) = hd_old_;                          \
    } while (0)

/* ---- growable buffer: one pass, hard cap, sticky overflow ---- */

typedef struct {
    hd_arena_t *arena;
    char       *data;
    size_t      len, cap, max;
    bool        failed;          /* max was reached; what was appended since is dropped */
} hd_buf_t;

void hd_buf_init(hd_buf_t *b, hd_arena_t *a, size_t first, size_t max);
void hd_buf_grow(hd_buf_t *b, size_t more);
void hd_buf_printf(hd_buf_t *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hd_buf_u64(hd_buf_t *b, uint64_t n);        /* decimal */
void hd_buf_i64(hd_buf_t *b, int64_t n);
void hd_buf_html(hd_buf_t *b, hd_str_t s);       /* text with & < > " ' as entities */

static inline bool hd_buf_room(hd_buf_t *b, size_t n)
{
    if (b->cap - b->len < n) {
        hd_buf_grow(b, n);
    }
    return !b->failed;
}

static inline void hd_buf_put(hd_buf_t *b, const void *p, size_t n)
{
    if (n != 0 && hd_buf_room(b, n)) {
        memcpy(b->data + b->len, p, n);
        b->len += n;
    }
}

static inline void hd_buf_str(hd_buf_t *b, hd_str_t s)  { hd_buf_put(b, s.data, s.len); }
static inline void hd_buf_z(hd_buf_t *b, const char *z) { hd_buf_put(b, z, strlen(z)); }

static inline void hd_buf_byte(hd_buf_t *b, char c)
{
    if (hd_buf_room(b, 1)) {
        b->data[b->len++] = c;
    }
}

static inline hd_str_t hd_buf_view(const hd_buf_t *b) { return (hd_str_t){ b->len, b->data }; }

/* ---- wire cursor: bounded reads with a sticky error ---- */

typedef struct {
    const uint8_t *p, *end;
    bool           failed;
} hd_wire_t;

static inline hd_wire_t hd_wire(const void *p, size_t n)
{
    return (hd_wire_t){ (const uint8_t *) p, n == 0 ? (const uint8_t *) p : (const uint8_t *) p + n, false };    /* NULL of 0 bytes, too */
}

uint64_t hd_wire_varint(hd_wire_t *w);                       /* LEB128; 0 once failed */
hd_str_t hd_wire_bytes(hd_wire_t *w, size_t n);
void hd_buf_varint(hd_buf_t *b, uint64_t n);
static inline uint64_t hd_zigzag(int64_t n)    { return ((uint64_t) n << 1) ^ (n < 0 ? UINT64_MAX : 0); }
static inline int64_t  hd_unzigzag(uint64_t n) { return (int64_t) (n >> 1) ^ -(int64_t) (n & 1); }

void hd_put_be32(uint8_t *p, uint32_t n);
void hd_put_be64(uint8_t *p, uint64_t n);
uint32_t hd_get_be32(const uint8_t *p);
uint64_t hd_get_be64(const uint8_t *p);

uint32_t hd_crc32c(uint32_t crc, const void *p, size_t n);   /* Castagnoli; start with 0 */
/* Of three parts of n bytes that lie one behind the other, in about a third of the time. */
void hd_crc32c_three(uint32_t crc[3], const void *p, size_t n);

/* ---- errors: one list; status and public slug stand beside the name ---- */

typedef enum {
#define HD_ERR(name, status, slug, sentence) HD_##name,
#include "base_err.def"
#undef HD_ERR
    HD_CODE_COUNT
} hd_code_t;

typedef struct {
    uint16_t    status;          /* HTTP */
    const char *slug;            /* stable, public */
    const char *sentence;        /* what a person reads; closed set, never echoes input */
} hd_err_info_t;

const hd_err_info_t *hd_err_info(hd_code_t code);

/* A problem collects what is wrong with one request: the code, and an entry per bad field. */
typedef struct hd_bad_field_s {
    struct hd_bad_field_s *next;
    hd_str_t    field;           /* name as in the API, "members[2]" for a list element */
    const char *code;            /* "required", "too_long", "unknown_field" ... */
    const char *sentence;        /* static text */
} hd_bad_field_t;

typedef struct {
    hd_code_t       code;
    const char     *detail;      /* static text that replaces the code's own sentence, or NULL */
    hd_bad_field_t *fields, **last;
    uint32_t        n_fields;
    uint64_t        retry_after; /* seconds, 0 = no header */
} hd_problem_t;

void hd_problem_init(hd_problem_t *p);
/* Adds an entry, sets p->code to HD_E_INVALID if it was HD_OK; returns p->code.  At most HD_BAD_FIELDS are kept. */
hd_code_t hd_problem_field(hd_problem_t *p, hd_arena_t *a, hd_str_t field, const char *code, const char *sentence);
/* Sets the code (the first one wins) and returns it. */
hd_code_t hd_problem_set(hd_problem_t *p, hd_code_t code, const char *detail);

/* ---- JSON out: streaming writer with its own comma, into a buffer ---- */

typedef struct {
    hd_buf_t *b;
    bool      comma;
} hd_json_t;

static inline hd_json_t hd_json(hd_buf_t *b) { return (hd_json_t){ b, false }; }

void hd_json_obj(hd_json_t *j);                  /* { */
void hd_json_end_obj(hd_json_t *j);
void hd_json_arr(hd_json_t *j);
void hd_json_end_arr(hd_json_t *j);
void hd_json_key(hd_json_t *j, hd_str_t key);    /* key is a name of ours: written as it stands */
void hd_json_name(hd_json_t *j, hd_str_t key);   /* a key of somebody else's: escaped */
void hd_json_str(hd_json_t *j, hd_str_t s);      /* escapes " \ controls, and < > & U+2028 U+2029 as \uXXXX */
void hd_json_u64(hd_json_t *j, uint64_t n);
void hd_json_i64(hd_json_t *j, int64_t n);
void hd_json_bool(hd_json_t *j, bool v);
void hd_json_null(hd_json_t *j);
void hd_json_time(hd_json_t *j, hd_time_t t);    /* RFC 3339 in UTC with milliseconds; 0 gives null */
void hd_json_raw(hd_json_t *j, hd_str_t json);   /* a value that is JSON already */

/* ---- JSON in: jansson behind three calls; nobody else includes jansson.h ---- */

void hd_json_init(void);                           /* hd_base_init calls it */

typedef struct json_t hd_jval_t;                 /* a value inside a parsed document, owned by the arena */
typedef enum { HD_J_NULL, HD_J_BOOL, HD_J_INT, HD_J_REAL, HD_J_STR, HD_J_ARR, HD_J_OBJ } hd_jtype_t;

/*
 * Parses one document: no duplicate keys, no NUL in strings, depth <= HD_JSON_DEPTH, size <= HD_BODY_MAX.
 * HD_E_JSON when it is not JSON, HD_E_TOO_DEEP, HD_E_TOO_LARGE.
 */
hd_code_t hd_jparse(hd_arena_t *a, hd_str_t text, hd_jval_t **ret_v);
/* The same for what is longer: at most max bytes. */
hd_code_t hd_jparse_long(hd_arena_t *a, hd_str_t text, size_t max, hd_jval_t **ret_v);
hd_jval_t *hd_jstrings(hd_arena_t *a, const hd_str_t *v, size_t n);  /* an array of n strings, which are UTF-8 */
hd_str_t hd_jdump(hd_arena_t *a, const hd_jval_t *v);        /* compact, members in the order they came */
hd_jtype_t hd_jtype(const hd_jval_t *v);
bool     hd_jbool(const hd_jval_t *v);
int64_t  hd_jint(const hd_jval_t *v);
double   hd_jreal(const hd_jval_t *v);
hd_str_t hd_jstr(const hd_jval_t *v);
size_t   hd_jlen(const hd_jval_t *v);                        /* elements of an array, members of an object */
hd_jval_t *hd_jat(const hd_jval_t *v, size_t i);             /* element of an array */
hd_jval_t *hd_jget(const hd_jval_t *v, const char *key);     /* member, NULL if absent */
/* Walks an object in order: *it starts as NULL; false at the end. */
bool hd_jnext(hd_jval_t *obj, void **it, hd_str_t *ret_key, hd_jval_t **ret_v);

/* ---- CSV ---- */

/* One record from text at *pos (RFC 4180; CRLF or LF).  0 at the end, -1 on a broken quote, else the number of cells. */
int  hd_csv_read(hd_arena_t *a, hd_str_t text, size_t *pos, hd_str_t *cells, int max_cells);
hd_str_t hd_csv_text(hd_str_t cell);             /* the text hd_csv_cell wrote: without the apostrophe it put before */
void hd_csv_cell(hd_buf_t *b, hd_str_t cell, bool first);    /* quotes when needed, defuses formulas (T-08) */

/* ---- secrets: libsodium behind a few calls ---- */

#define HD_HASH_LEN 32
bool hd_random(void *p, size_t n);                           /* getrandom; false only if the kernel refuses */
void hd_sha256(const void *p, size_t n, uint8_t out[HD_HASH_LEN]);
void hd_sha256_two(hd_str_t one, hd_str_t two, uint8_t out[HD_HASH_LEN]);    /* of both, one behind the other */
void hd_hmac(const uint8_t key[32], const void *p, size_t n, uint8_t out[HD_HASH_LEN]); /* HMAC-SHA-256 */
void hd_mac(const uint8_t key[32], const void *p, size_t n, uint8_t out[HD_HASH_LEN]);  /* BLAKE2b; never leaves the process */
void hd_siphash(const uint8_t key[16], const void *p, size_t n, uint8_t out[16]);
hd_str_t hd_base64url(hd_arena_t *a, const void *p, size_t n);       /* no padding */
hd_str_t hd_base64(hd_arena_t *a, const void *p, size_t n);          /* RFC 4648, padded */
bool hd_base64_decode(hd_arena_t *a, hd_str_t s, hd_str_t *ret);      /* the same back; line breaks and spaces are skipped */
bool hd_base64url_decode(hd_str_t s, void *out, size_t want);       /* exactly want bytes, canonical */
void hd_hex(const void *p, size_t n, char *out);                     /* 2n lower-case digits */
/* argon2id, 19456 KiB, t=2, p=1 (trust.md 5.1): 50 to 100 ms, so only in the POOL lane. */
#define HD_PWHASH_MAX 128
bool hd_password_hash(hd_str_t password, char out[HD_PWHASH_MAX]);   /* PHC string */
hd_code_t hd_password_check(const char *phc, hd_str_t password);     /* HD_E_PASSWORD; HD_E_MEMORY: it is not known */
bool hd_base_init(void);                                     /* once a process, before threads: sodium, json seed */

#endif
