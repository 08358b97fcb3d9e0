/*
 * What the files of this room share.
 *
 * A sheet is one HTML document being written into c->res.body.  Text from catalogs and from people
 * goes through hd_buf_html; only markup that stands in this room's source is written as it is.
 */
#ifndef HD_PAGE_IMPL_H
#define HD_PAGE_IMPL_H

#include "page.h"

#define HD_FORM_TRAP "homepage"          /* the field for machines: people never see it */

/* ---- page_layout.c ---- */

typedef struct {
    hd_call_t  *c;
    hd_arena_t *arena;
    hd_buf_t   *b;
    hd_lang_t   lang;
    bool        asked;                   /* by ?lang=, so links carry it on */
    hd_str_t    zone;                    /* whose clock times are told by; empty: UTC */
    bool        own;                     /* that of the reader's account */
    bool        told;                    /* a time by another clock */
    bool        lost;                    /* there is no such page: what its address asks means nothing */
} hd_sheet_t;

hd_sheet_t hd_sheet_begin(hd_call_t *c);
hd_str_t hd_sheet_say(const hd_sheet_t *s, const char *key);     /* the catalog's text, as it is */
void hd_sheet_text(hd_sheet_t *s, const char *key);              /* the same, escaped, into s */
/* An element with escaped text; tag may carry attributes: "p class=\"lead\"". */
void hd_sheet_element(hd_sheet_t *s, const char *tag, hd_str_t text);
/* "/support/<slug>?lang=sv": what goes into href and action; without slug the list. */
void hd_sheet_address(hd_sheet_t *s, hd_str_t slug);
/* The pairs of the query but for those two names, each with what joins it to the next: escaped, for an href. */
void hd_sheet_query(hd_sheet_t *s, hd_str_t but, hd_str_t nor);
/* Day and time; by a clock that is not the reader's the zone is named, and a script tells it by the browser's (times.js). */
void hd_sheet_time(hd_sheet_t *s, hd_time_t time);
/* switchable: with links to the same page in the other languages. */
void hd_sheet_head(hd_sheet_t *s, hd_str_t title, bool switchable);
/* Ends the document and fills the rest of c->res. */
hd_code_t hd_sheet_end(hd_sheet_t *s, uint16_t status);
/* A value inside a sentence keeps its own direction (U+2068, U+2069). */
hd_str_t hd_page_isolate(hd_arena_t *a, hd_str_t value);

/* ---- page_files.c ---- */

/* What `before` made of the files of a form: c->prepared, NULL when there were none. */
typedef struct {
    hd_code_t    refused;                /* nothing was put in its place: HD_E_FILES, HD_E_TOO_LARGE, HD_E_THROTTLED */
    hd_upload_t *v;
    uint32_t     n;
} hd_page_files_t;
hd_code_t hd_page_files_before(hd_call_t *c);
/* Takes them into c->cx; HD_OK also without any. */
hd_code_t hd_page_files_use(hd_call_t *c);

/* ---- page_token.c ---- */

#define HD_FORM_TOKEN_LEN 64             /* base64url of time(8) random(8) HMAC(32) */
typedef enum { HD_FORM_BAD, HD_FORM_EXPIRED, HD_FORM_HASTY, HD_FORM_FRESH } hd_verdict_t;

hd_str_t hd_page_session(hd_call_t *c);  /* the CSRF token of who is signed in, or empty */
/* session: that token. */
hd_str_t hd_page_sign(hd_arena_t *a, const hd_site_t *site, hd_str_t slug, hd_str_t session,
                      hd_time_t now, const uint8_t random[8]);
/* ret_key: the idempotency key of the token; not written when HD_FORM_BAD. */
hd_verdict_t hd_page_verify(const hd_site_t *site, hd_str_t slug, hd_str_t session, hd_str_t token,
                            hd_time_t now, uint8_t ret_key[16]);
void hd_page_fingerprint(const hd_site_t *site, hd_arena_t *a, const hd_form_t *form,
                         const hd_answer_t *answers, uint8_t out[16]);

/* ---- page_form.c ---- */

/* A form as it is on the screen. */
typedef struct {
    const hd_form_t *form;
    hd_answer_t     *answers;
    uint32_t         n_errors;
    hd_str_t         notice;             /* a sentence above the form, or empty */
} hd_filled_t;

/* The error summary and the form, with a token that is fresh. */
void hd_page_form_element(hd_sheet_t *s, const hd_filled_t *f, hd_str_t token);

/* ---- page_document.c: the documents, without a store ---- */

hd_code_t hd_page_write_list(hd_call_t *c, const hd_team_t *const *teams, size_t n);
hd_code_t hd_page_write_form(hd_call_t *c, const hd_filled_t *f, uint16_t status);
hd_code_t hd_page_write_thanks(hd_call_t *c, const hd_form_t *form, hd_str_t title, hd_id_t id);
hd_code_t hd_page_write_not_found(hd_call_t *c);
hd_str_t hd_page_reference(hd_arena_t *a, hd_id_t id);           /* "#00042" */

/* ---- page_ticket.c, page_thread.c, page_reply.c: a ticket as its customers see it ---- */

typedef struct {
    hd_ticket_t t;
    hd_str_t    token;                   /* of its link; empty: somebody who is signed in */
    bool        preview;                 /* he is no customer, but looks at what customers see */
    hd_str_t    name, text;              /* what was typed into the form */
    hd_str_t    notice;                  /* a sentence above it, or empty */
} hd_page_ticket_t;

/* By token (VIS-22) or as who is signed in (hd_call_guest).  HD_E_LOGIN: neither; HD_E_NOT_FOUND. */
hd_code_t hd_page_ticket_open(hd_call_t *c, hd_page_ticket_t *ret);
hd_code_t hd_page_ticket_write(hd_call_t *c, const hd_page_ticket_t *p, uint16_t status);
/* "/my/ticket/7" and what `tail` says behind it, with the token of a link: not escaped. */
hd_str_t hd_page_ticket_address(const hd_call_t *c, const hd_page_ticket_t *p, const char *tail);
/* A list of files, with their addresses; nothing when there are none. */
void hd_page_ticket_files(hd_sheet_t *s, const hd_page_ticket_t *p, const hd_attachment_t *v, uint32_t n);
hd_code_t hd_page_thread_write(hd_sheet_t *s, const hd_page_ticket_t *p);
void hd_page_reply_form(hd_sheet_t *s, const hd_page_ticket_t *p, bool may_close, hd_str_t form_token);
/* What the token of its form is signed for (hd_page_sign). */
hd_str_t hd_page_ticket_slug(hd_arena_t *a, const hd_page_ticket_t *p);

hd_code_t hd_page_ticket(hd_call_t *c);
hd_code_t hd_page_ticket_file(hd_call_t *c);
hd_code_t hd_page_ticket_admit(hd_call_t *c);
hd_code_t hd_page_ticket_post(hd_call_t *c);

/* ---- page_my.c ---- */

hd_code_t hd_page_my(hd_call_t *c);
hd_code_t hd_page_my_tickets(hd_call_t *c);

/* ---- page_answer.c ---- */

hd_code_t hd_page_see_other(hd_call_t *c, hd_str_t address);     /* 303 */
/* 303 to the sign-in page, which comes back to where the request wanted to go. */
hd_code_t hd_page_to_sign_in(hd_call_t *c);
/* The page's address holds a secret: it goes into no index and no Referer. */
void hd_page_keep_private(hd_call_t *c);
/* A heading, a sentence and a link: title, text and link are catalog keys.  Status and log are those of `refused`. */
hd_code_t hd_page_write_message(hd_call_t *c, const char *title, const char *text, hd_code_t refused, const char *address,
                                const char *link);

/* ---- page_field.c: small forms; labels, hints and errors are catalog keys ---- */

typedef struct {
    const char *name, *label, *hint, *error, *attributes;        /* hint, error: may be NULL */
} hd_page_field_t;
void hd_sheet_notice(hd_sheet_t *s, const char *key);                  /* nothing for NULL */
void hd_sheet_field(hd_sheet_t *s, const hd_page_field_t *f, hd_str_t value);
void hd_sheet_hidden(hd_sheet_t *s, const char *name, hd_str_t value);
void hd_sheet_select(hd_sheet_t *s, const char *name, const char *label, const hd_str_t *values, const hd_str_t *texts,
                     size_t n, hd_str_t chosen);
/* Time zones; the chosen one first, for it may be another name of a place in the list. */
void hd_sheet_zones(hd_sheet_t *s, hd_str_t chosen);
void hd_sheet_button(hd_sheet_t *s, const char *attributes, const char *key);
/* A new password, twice. */
void hd_sheet_new_password(hd_sheet_t *s, const char *name, const char *fault);
/* Key of what is wrong with it, or NULL. */
const char *hd_page_password_fault(hd_str_t password, hd_str_t again, hd_str_t login, hd_str_t name);
/* For `before`: what a form of our own pages sent; HD_E_CSRF when another site's page sent it. */
hd_code_t hd_page_form_pairs(hd_call_t *c, hd_pair_t **ret_pairs, size_t *ret_n);
/* Does the hidden field `csrf` belong to the session of who is signed in (T-11)? */
bool hd_page_is_own_form(hd_call_t *c, const hd_pair_t *pairs, size_t n);

/* ---- page_signin.c, page_password.c, page_setup.c, page_account.c ---- */

/* 303 for who has just signed in: to next, or to the first page of his kind. */
hd_code_t hd_page_go_on(hd_call_t *c, hd_str_t next);
void hd_sheet_sign_out(hd_sheet_t *s);           /* the button */
hd_code_t hd_page_signin(hd_call_t *c);
hd_code_t hd_page_signin_before(hd_call_t *c);
hd_code_t hd_page_signin_post(hd_call_t *c);
hd_code_t hd_page_signout(hd_call_t *c);
hd_code_t hd_page_link(hd_call_t *c);
hd_code_t hd_page_link_before(hd_call_t *c);
hd_code_t hd_page_link_post(hd_call_t *c);
hd_code_t hd_page_setup(hd_call_t *c);
hd_code_t hd_page_setup_before(hd_call_t *c);
hd_code_t hd_page_setup_post(hd_call_t *c);
hd_code_t hd_page_account(hd_call_t *c);
hd_code_t hd_page_account_before(hd_call_t *c);
hd_code_t hd_page_account_post(hd_call_t *c);

/* ---- page_support.c, page_endpoint.c: the handlers ---- */

hd_code_t hd_page_home(hd_call_t *c);
hd_code_t hd_page_list(hd_call_t *c);
hd_code_t hd_page_form(hd_call_t *c);
hd_code_t hd_page_submit(hd_call_t *c);
hd_code_t hd_page_endpoint(hd_call_t *c);
bool hd_page_is_trapped(const hd_pair_t *pairs, size_t n);
/* First value of a pair, or empty. */
hd_str_t hd_page_pair(const hd_pair_t *pairs, size_t n, const char *name);

#endif
