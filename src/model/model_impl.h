/*
 * What the files of this room share; nobody outside includes it.
 */
#ifndef HD_MODEL_IMPL_H
#define HD_MODEL_IMPL_H

#include "model.h"

#define HD_TAGS 128                  /* tags are 1 to 127: one byte as a varint */

/* ---- model_value.c: values from text, and what is wrong with them ---- */

/* Each answers NULL, or the code of a hd_bad_field_t. */
const char *hd_value_text(const hd_field_t *f, hd_arena_t *a, hd_str_t s, hd_str_t *ret);
const char *hd_value_num(const hd_field_t *f, hd_str_t s, int64_t *ret);  /* not text, not bytes */
const char *hd_value_bytes(const hd_field_t *f, hd_arena_t *a, hd_str_t s, hd_str_t *ret);
void hd_value_set(const hd_field_t *f, void *rec, int64_t n);                /* scalars only */

static inline hd_str_t hd_field_name(const hd_field_t *f)
{
    return (hd_str_t){ f->key.len - 3, f->name };
}

/* ---- model_index.c ---- */

void hd_keys_none(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_contact(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_user(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_session(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_token(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_team(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_stage(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_ticket_type(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_tag(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_message(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_attachment(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_follower(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_notification(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_mail(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_draft(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_activity(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_invitation(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_external_id(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_origin(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_keys_ticket(hd_arena_t *a, const void *rec, hd_keyset_t *out);
void hd_counts_none(const void *rec, hd_keyset_t *out);
void hd_counts_notification(const void *rec, hd_keyset_t *out);
void hd_counts_ticket(const void *rec, hd_keyset_t *out);

/* ---- model_facts.c ---- */

void hd_facts_ticket(const void *rec, uint32_t out[HD_FACTS]);

/* ---- model_filter.c ---- */

/* A text to compare with; NULL or the code of what is wrong. */
const char *hd_filter_text(hd_arena_t *a, hd_str_t s, bool exact, hd_str_t *ret);

/* ---- model_member.c: a member of a JSON object, compared ---- */

bool hd_member_match(hd_arena_t *a, hd_str_t json, const hd_filter_t *f);

#endif
