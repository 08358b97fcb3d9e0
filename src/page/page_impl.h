/*
 * What the files of this room share.
 *
 * A sheet is one HTML document being written into c->res.body.  Text from catalogs and from people
 * goes through hd_buf_html; only markup that stands in this room's source is written as it is.
 */
#ifndef HD_PAGE_IMPL_H
#define HD_PAGE_IMPL_H

#include "page.h"

#ifndef HD_FORM_ADDRESS
#define HD_FORM_ADDRESS 30               /* tickets an address (/32 or /64) and window (T-14c) */
#define HD_FORM_ALL     3000             /* tickets of all addresses together */
#define HD_FORM_WINDOW  (15 * HD_MINUTE)
#endif

/* ---- page_layout.c ---- */

typedef struct {
    hd_call_t  *c;
    hd_arena_t *arena;
    hd_buf_t   *b;
    hd_lang_t   lang;
    bool        asked;                   /* by ?lang=, so links carry it on */
} hd_sheet_t;

hd_sheet_t hd_sheet_begin(hd_call_t *c);
hd_str_t hd_sheet_say(const hd_sheet_t *s, const char *key);     /* the catalog's text, as it is */
void hd_sheet_text(hd_sheet_t *s, const char *key);              /* the same, escaped, into s */
/* An element with escaped text; tag may carry attributes: "p class=\"lead\"". */
void hd_sheet_element(hd_sheet_t *s, const char *tag, hd_str_t text);
/* "/support/<slug>?lang=sv": what goes into href and action; without slug the list. */
void hd_sheet_address(hd_sheet_t *s, hd_str_t slug);
/* switchable: with links to the same page in the other languages. */
void hd_sheet_head(hd_sheet_t *s, hd_str_t title, bool switchable);
/* Ends the document and fills the rest of c->res. */
hd_code_t hd_sheet_end(hd_sheet_t *s, uint16_t status);

/* ---- page_form.c ---- */

typedef enum {
    HD_FORM_NAME, HD_FORM_EMAIL, HD_FORM_PHONE, HD_FORM_SUBJECT, HD_FORM_QUESTION,
    HD_FORM_FIELDS
} hd_form_field_t;

typedef struct {
    hd_str_t    value[HD_FORM_FIELDS];   /* cleaned */
    const char *error[HD_FORM_FIELDS];   /* code, or NULL */
    uint32_t    n_errors;
    hd_str_t    token;                   /* as it came */
    hd_str_t    notice;                  /* a sentence above the form, or empty */
    bool        trapped;                 /* the field for machines was filled in */
} hd_form_t;

#define HD_FORM_TOKEN_LEN 64             /* base64url of time(8) random(8) HMAC(32) */
typedef enum { HD_FORM_BAD, HD_FORM_EXPIRED, HD_FORM_FRESH } hd_form_verdict_t;

hd_str_t hd_form_sign(hd_arena_t *a, const hd_site_t *site, hd_str_t slug, hd_time_t now,
                      const uint8_t random[8]);
/* ret_key: the idempotency key of the token; not written when HD_FORM_BAD. */
hd_form_verdict_t hd_form_verify(const hd_site_t *site, hd_str_t slug, hd_str_t token,
                                 hd_time_t now, uint8_t ret_key[16]);
bool hd_form_is_email(hd_str_t s);

void hd_form_read(hd_arena_t *a, hd_str_t body, hd_form_t *ret_form);
void hd_form_check(hd_form_t *f);                                /* required, length, address */
void hd_form_bad(hd_form_t *f, hd_str_t field, const char *code);    /* field of the ticket */
void hd_form_ticket(const hd_form_t *f, hd_ticket_t *ret_t, uint64_t *ret_mask);
void hd_form_fingerprint(const hd_site_t *site, hd_arena_t *a, hd_str_t slug, const hd_form_t *f,
                         uint8_t out[16]);
/* The error summary and the form, with a token that is fresh. */
void hd_form_write(hd_sheet_t *s, hd_str_t slug, const hd_form_t *f, hd_str_t token);

/* ---- page_support.c ---- */

hd_code_t hd_page_home(hd_call_t *c);
hd_code_t hd_page_list(hd_call_t *c);
hd_code_t hd_page_form(hd_call_t *c);
hd_code_t hd_page_submit(hd_call_t *c);
/* The documents themselves, without a store. */
hd_code_t hd_page_write_list(hd_call_t *c, const hd_team_t *const *teams, size_t n);
hd_code_t hd_page_write_form(hd_call_t *c, const hd_team_t *team, const hd_form_t *f,
                             uint16_t status);
hd_code_t hd_page_write_thanks(hd_call_t *c, const hd_team_t *team, hd_str_t title, hd_id_t id);

#endif
