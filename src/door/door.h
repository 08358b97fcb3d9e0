/*
 * door: what all doors share: the neutral request and answer, the route table, who is asking, the order of
 * refusals, idempotency, problem+json.  A door (api, page) is a table of routes and their handlers.
 * Handlers know neither nginx nor the lane they run in.
 */
#ifndef HD_DOOR_H
#define HD_DOOR_H

#include "../desk/desk.h"

typedef enum { HD_GET = 1, HD_POST = 2, HD_PATCH = 4, HD_PUT = 8, HD_DELETE = 16 } hd_method_t;   /* HEAD arrives as GET */

typedef struct {
    hd_method_t method;
    hd_str_t    path;            /* as nginx normalised it, without the query */
    hd_str_t    query;           /* raw */
    hd_str_t    body;
    hd_str_t    cookie, authorization, if_match, if_none_match, idempotency_key, content_type, content_encoding,
                accept, accept_language, origin, sec_fetch_site, x_csrf, user_agent, host;
    hd_str_t    companies;       /* X-Companies: "1,3", those the request works in (ACC-5) */
    hd_str_t    rpc_session, rpc_database;   /* X-Openerp-Session-Id, X-Odoo-Database */
    hd_str_t    database;        /* what the location's helpdesk_rpc calls this desk */
    hd_str_t    proxy_user;      /* value of the trusted header, only when the peer is trusted and its secret matched */
    bool        proxy_refused;   /* the header came from somebody who is not trusted */
    hd_str_t    address;         /* of the client, text */
    uint8_t     ip[16];          /* the same, IPv6 or mapped IPv4 */
} hd_req_t;

typedef struct {
    const char *name;
    hd_str_t    value;
} hd_header_t;

#define HD_RES_HEADERS 12
typedef struct {
    uint16_t    status;
    const char *content_type;
    hd_buf_t    body;
    hd_header_t headers[HD_RES_HEADERS];
    uint32_t    n_headers;
    hd_str_t    file;            /* not empty: the body is this file of so many bytes, ranges of it too */
    uint64_t    file_size;
    hd_id_t     record_id;       /* record the answer shows (idempotency) */
    uint8_t     record_type;
} hd_res_t;

typedef enum { HD_INLINE, HD_POOL, HD_WRITE, HD_STREAM } hd_lane_t;
typedef enum {                   /* who may; deny is the default: 0 is no value */
    HD_NEED_PUBLIC = 1,          /* anybody */
    HD_NEED_LOGIN,               /* any signed-in user */
    HD_NEED_STAFF,               /* Helpdesk User or Administrator */
    HD_NEED_ADMIN
} hd_need_t;
typedef enum { HD_IN_NONE, HD_IN_RECORD, HD_IN_PATCH, HD_IN_JSON, HD_IN_FORM,
               HD_IN_CSV, HD_IN_ICAL,      /* text: the handler reads req.body */
               HD_IN_FORM_FILES,           /* a form that may bring files */
               HD_IN_XML,                  /* text/xml: the handler reads req.body */
               HD_IN_RPC,                  /* JSON, also as application/json-rpc; any value */
               HD_IN_FILE } hd_in_t;       /* any bytes, up to site.file_max */
typedef enum { HD_OUT_NONE, HD_OUT_RECORD, HD_OUT_LIST, HD_OUT_JSON, HD_OUT_HTML, HD_OUT_STREAM,
               HD_OUT_PIECES } hd_out_t;           /* JSON, made by a command in pieces */

/*
 * A command that touches thousands of records runs in pieces, each a transaction between those of others, and is
 * answered after the last (HD_OUT_PIECES).  Its handler goes on at `at`, appends to `out`, and sets `more` when there
 * is something left; when nothing is left it writes the answer.  A piece that is aborted leaves no trace: the next run
 * finds the state of the last commit.  Under an Idempotency-Key each piece's part is stored with what it did, so a
 * repetition is answered the same, or goes on where a dead worker stopped.  `plan` is what the first piece settled for
 * all of them, when the request alone does not say it (which tickets a filter matched); it is stored with that piece.
 */
typedef struct {
    uint64_t at;                 /* how much of the input is done, in the handler's own unit */
    uint64_t count[4];           /* the handler's own */
    hd_buf_t out;                /* entries of the answer, JSON between commas */
} hd_pieces_state_t;

typedef struct {
    hd_pieces_state_t now, kept; /* of this run, and as of the last commit */
    hd_str_t          plan;      /* in the call's arena; empty until the handler sets it */
    uint32_t          stored;    /* parts under the key as of the last commit */
    bool              begun, more, replayed;
} hd_pieces_t;

typedef struct hd_call_s hd_call_t;
typedef hd_code_t (*hd_handler_t)(hd_call_t *c);

/*
 * The next piece of a long answer, into an empty out; *ret_more false at the end.  cx has the arena and the read
 * transaction of this piece only; what must last lies in the arena the handler had.
 */
typedef hd_code_t (*hd_piece_t)(hd_call_t *c, hd_buf_t *out, bool *ret_more);

typedef struct {
    uint8_t      method, need, lane, in, out;
    uint8_t      type;           /* record type of in and out, 0 = none */
    const char  *path;           /* "/api/v1/tickets/{id}": {id} is a record id, {slug} a name */
    const char  *op;             /* operationId, unique: also metrics label and $helpdesk_route */
    hd_handler_t run;
    hd_handler_t before;         /* optional: in the pool, before a WRITE, without a transaction (password hashing); its
                                    caller guards the arena */
    hd_handler_t ahead;          /* optional: in a read in the pool, before a WRITE: what need not be done under the lock */
    hd_handler_t admit;          /* optional: in a read, before the body is read: may he send it at all? */
    hd_handler_t settle;         /* optional: in a read, after the body: sets lane and before of the call, when it tells */
    hd_handler_t again;          /* optional: answers a POST repeated under its key, where the answer is no record;
                                    res.record_id is the one `run` left there */
    bool         keep;           /* the answer cannot be made again: it is stored under the key and given once `again`,
                                    if there is one, says that it may still be seen; without secrets */
    const char  *summary;
    const char  *schema;         /* optional: JSON schema of a JSON body, for OpenAPI */
} hd_route_t;
/* Whether an Idempotency-Key counts there. */
bool hd_route_is_keyed(const hd_route_t *r);
/* For a `before` that a repetition could not pass: the call will be answered from its key, if it is answered well at all. */
bool hd_call_is_repeated(hd_call_t *c);

typedef struct {
    const char       *name;      /* "api", "page" */
    const hd_route_t *routes;
    size_t            n;
    hd_str_t          prefix;    /* every path of the table begins with it; may be empty */
    hd_lane_t       (*lane)(const hd_call_t *c);     /* NULL: the route's; else from the route and the query string */
    void            (*refuse)(hd_call_t *c, hd_code_t code);     /* NULL: problem+json or a page; fills c->res */
} hd_door_t;

/* What ops configured; read-only, shared by all threads. */
typedef struct {
    hd_str_t base_url;           /* "https://desk.example.com", no slash at the end */
    hd_str_t host;               /* host[:port] of it */
    bool     secure;             /* https: cookie gets __Host- and Secure */
    uint8_t  secret[32];         /* from the secret file */
    hd_str_t version;
    hd_str_t html_dir;
    int64_t  file_max;           /* bytes of one file */
} hd_site_t;

/*
 * Throttle (T-27): counts a key in windows, in memory that all workers share.  What is under way counts like what is
 * done.  HD_TAKE and HD_TAKE_BEGIN return 0, or the seconds to wait and then count nothing; the others return 0.
 */
typedef enum {
    HD_TAKE,                     /* one more */
    HD_TAKE_BEGIN,               /* one more is under way; HD_TAKE_BAD or HD_TAKE_BACK ends it */
    HD_TAKE_BAD,                 /* it ended and counts */
    HD_TAKE_BACK                 /* it ended well and does not */
} hd_take_t;
typedef struct {
    uint32_t (*take)(void *arg, const void *key, size_t len, uint32_t limit, hd_time_t window, hd_take_t how);
    void *arg;
} hd_throttle_t;

/*
 * What was checked lately and found good, for doors where every request carries a password: a MAC of the text, under a
 * random key that leaves no memory but this, kept for HD_PROOF_LIFE where all workers see it.  The text must name all that
 * the check depended on; what is not known is simply checked again.
 */
typedef struct {
    bool (*has)(void *arg, hd_str_t text);
    void (*add)(void *arg, hd_str_t text);
    void *arg;
} hd_proofs_t;

/* Who looks at a ticket or writes an answer: kept for HD_PRESENCE_LIFE in memory that all workers share, never in the store. */
typedef enum { HD_GONE, HD_VIEWING, HD_TYPING } hd_presence_state_t;
typedef struct {
    hd_id_t             ticket_id, uid;
    hd_presence_state_t state;
} hd_present_t;
typedef struct {
    void (*set)(void *arg, const hd_present_t *p);
    void *arg;
} hd_presence_t;

/* ngx fills cx.arena, site, throttle, proofs, presence, store and req; hd_route_find and hd_call_run set the rest (now, if it is 0). */
struct hd_call_s {
    hd_cx_t           cx;        /* arena, txn, actor, now, problem */
    hd_problem_t      problem;
    const hd_route_t *route;
    const hd_site_t  *site;
    const hd_door_t  *door;
    const hd_throttle_t *throttle;
    const hd_proofs_t *proofs;
    const hd_presence_t *presence;
    hd_store_t       *store;
    hd_req_t          req;
    hd_res_t          res;
    hd_id_t           path_id;   /* {id} */
    hd_id_t           path_id2;  /* second {id}, e.g. followers/{id} */
    hd_str_t          path_slug;
    hd_jval_t        *json;      /* parsed body of routes with a JSON body */
    hd_id_t           uid;       /* who it was, for the log; outlives the transaction */
    hd_code_t         refused;   /* why it was refused, for the log; HD_OK when it was not */
    hd_id_t           session_id;
    hd_str_t          session_secret;
    uint8_t           lane;      /* of the route, but POOL for what is long work, and what `settle` says */
    hd_handler_t      before;    /* the route's, or what `settle` says; of a read, too */
    hd_piece_t        piece;     /* set by a handler in the POOL lane: more follows what is in res */
    void             *piece_data;
    bool              by_token, wrote;
    unsigned          allow;     /* methods the path knows, for 405 */
    void             *prepared;  /* what `before` or `ahead` hands to `run`, or one piece to the next */
    hd_pieces_t       pieces;
    uint64_t          queue_us, run_us;      /* for metrics and variables */
};

/* ---- for ngx, in this order ---- */

/*
 * HD_E_NOT_FOUND or HD_E_METHOD (then *ret_allow is a set of hd_method_t).  Fills route, path_id, path_id2, path_slug
 * of c and sets up its problem.  An id that cannot exist (0, > HD_ID_MAX) matches; hd_call_run answers not_found.
 */
hd_code_t hd_route_find(const hd_door_t *door, hd_call_t *c, unsigned *ret_allow);
/* What can be refused from the head alone: media type, encoding, size, CSRF, key length.  content_length -1 = unknown. */
hd_code_t hd_call_head(hd_call_t *c, int64_t content_length);
/* Bytes its body may have: of files more than of what is parsed. */
int64_t hd_call_body_max(const hd_call_t *c);
/* For routes that say who may send a body: asks, in a read.  The call is then as if nobody had. */
hd_code_t hd_call_admit(hd_call_t *c, hd_txn_t *txn);
/* In a read: what the route's `ahead` looks up, into c->prepared.  The call is then as if nobody had asked. */
hd_code_t hd_call_ahead(hd_call_t *c, hd_txn_t *txn);
/* For routes whose body tells the lane: asks, in a read on the event loop.  The call is then as if nobody had asked. */
hd_code_t hd_call_settle(hd_call_t *c, hd_txn_t *txn);
/* Parses the body (no transaction). */
hd_code_t hd_call_body(hd_call_t *c);
/*
 * In a transaction: actor, rights, idempotency, handler.  Always leaves an answer in c->res (a problem when the code is
 * not HD_OK).  May run again with another transaction after an abort.  c->wrote: this run has put something.
 * A STREAM route has no handler: HD_OK means the actor may listen, and run again checks that he still may.
 * INLINE that has become POOL: it would take long (hd_cx_defer), there is no answer yet; hd_call_again, then in the pool.
 */
hd_code_t hd_call_run(hd_call_t *c, hd_txn_t *txn);
/* A further piece: asks again who is asking and whether he still may.  Any code but HD_OK ends the answer unfinished. */
hd_code_t hd_call_piece(hd_call_t *c, hd_txn_t *txn, hd_arena_t *a, hd_buf_t *out, bool *ret_more);
/* Does the client want CSV (Accept: text/csv, or format=csv)? */
bool hd_call_wants_csv(const hd_call_t *c);
/* Fills c->res with the problem of code (problem+json, or an HTML page for HD_OUT_HTML routes). */
void hd_call_refuse(hd_call_t *c, hd_code_t code);
/* Resets answer and problem before a second hd_call_run. */
void hd_call_again(hd_call_t *c);
/* After the commit of a run that was HD_OK: is there another piece to run?  Then it may. */
bool hd_call_goes_on(hd_call_t *c);

/* ---- for handlers ---- */

/*
 * Who is asking (token, then trusted proxy, then cookie), and may he use the route: sets cx->actor, and by_token,
 * session_id, session_secret of c.  cx needs arena, txn and now.  hd_call_run does it with c->cx; streams and
 * `before` handlers do it in reads of their own.
 */
hd_code_t hd_call_actor(hd_call_t *c, hd_cx_t *cx);
/*
 * For public routes that found out who is asking by themselves: the actor with the rights its scopes leave.  HD_E_SCOPE
 * when they do not cover scope.
 */
hd_code_t hd_call_act_as(hd_call_t *c, const hd_actor_t *a, uint32_t scope);
bool hd_bearer_get(hd_str_t authorization, hd_str_t *ret_token);       /* "Bearer TOKEN", in any case */
/*
 * For public routes that like to know who is signed in: sets cx->actor, session_id and session_secret of c, or leaves
 * nobody. Tokens do not count, and a session that is over is as none (T-11).
 */
void hd_call_guest(hd_call_t *c, hd_cx_t *cx);
/* Answers with one record and its ETag; 304 when If-None-Match names it, 201 adds Location. */
hd_code_t hd_res_record(hd_call_t *c, hd_type_t type, const void *rec, uint16_t status);
/* Begins a JSON answer in c->res; first is a guess of its size. */
hd_json_t hd_res_json(hd_call_t *c, uint16_t status, size_t first);
/*
 * A file as it is stored (T-02): always as attachment, with a type of its own only when its first bytes are those of an
 * image.
 */
void hd_res_file(hd_call_t *c, const hd_attachment_t *f);
/*
 * For `before`: cleans the name, puts the content in its place.  HD_E_TOO_LARGE; HD_E_INVALID for a name that is no
 * UTF-8; HD_E_FULL.  ret lives in the call's arena.
 */
hd_code_t hd_call_take_file(hd_call_t *c, hd_str_t name, hd_str_t content, hd_upload_t *ret);
/* value must live as long as the call.  A value with control characters is dropped (T-08: no header injection). */
void hd_res_header(hd_call_t *c, const char *name, hd_str_t value);
void hd_res_retry_after(hd_call_t *c, uint64_t seconds);
/* Percent-decoded, '+' is a space, empty pairs are skipped.  A malformed pair comes with ret_name->data NULL. */
bool hd_query_next(hd_str_t *rest, hd_arena_t *a, hd_str_t *ret_name, hd_str_t *ret_value);
hd_str_t hd_form_get(hd_str_t pairs, hd_arena_t *a, const char *name);   /* first value, or empty */
hd_str_t hd_cookie_get(hd_str_t cookie, const char *name);
/*
 * Fields of a posted form in their order, urlencoded or multipart/form-data by content type.  A malformed urlencoded
 * pair is skipped; a malformed multipart body, or more than HD_FORM_PAIRS fields, is HD_E_REQUEST.
 */
hd_code_t hd_form_pairs(hd_call_t *c, hd_pair_t **ret_pairs, size_t *ret_n);
/* Counts what a stranger sends: 0, or the seconds to wait (T-14c).  all: those of everybody together count, too. */
uint32_t hd_call_sender_wait(hd_call_t *c, hd_str_t what, bool all);
/* The language of an HTML answer: ?lang=, then the cookie `lang`, then Accept-Language. *ret_asked: by ?lang=. */
hd_lang_t hd_call_lang(hd_call_t *c, bool *ret_asked);
/*
 * ETag of a version: "v<version>" in quotes.  If-Match: version, 0 when absent or "*"; HD_E_REQUEST when unusable.
 * W/ is accepted: nginx makes tags weak when it compresses.
 */
hd_code_t hd_if_match(hd_call_t *c, uint64_t *ret_version);
/* Token of the link to a ticket: HMAC(secret, "link" id seed), base64url; and the address with it. */
hd_str_t hd_link_token(hd_arena_t *a, const hd_site_t *site, hd_id_t ticket, const uint8_t seed[HD_LINK_SEED]);
/* The ticket of {id}, for whoever shows its token in ?access_token= (VIS-22).  HD_E_NOT_FOUND; HD_E_THROTTLED after many wrong ones (T-04). */
hd_code_t hd_call_linked(hd_call_t *c, hd_ticket_t *ret, hd_str_t *ret_token);
hd_str_t hd_link_url(hd_arena_t *a, const hd_site_t *site, hd_id_t ticket, const uint8_t seed[HD_LINK_SEED]);
/* Did a form come from another site's page?  Public forms that sign somebody in ask it (T-11). */
bool hd_call_is_foreign(const hd_call_t *c);
/* HMAC(secret, "csrf" + session), base64url, NUL; behind a trusted proxy the user's name stands for the session. */
void hd_csrf_token(const hd_call_t *c, char out[44]);

#include "door_access.h"

#endif
