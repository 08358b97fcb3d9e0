/*
 * What the files of the form share.
 */
#ifndef HD_DESK_FORM_IMPL_H
#define HD_DESK_FORM_IMPL_H

#include "desk_impl.h"

/* Reads entries of team.form_fields one by one into form. */
typedef struct {
    hd_cx_t         *cx;
    hd_form_t       *form;
    const hd_jval_t *properties;     /* of the team, or NULL */
    hd_jval_t       *entry;
    size_t           at;
    bool             report;         /* what does not fit is a field error; otherwise it is left out */
    bool             bad;            /* the entry at hand does not fit */
} hd_form_reader_t;

/* A field of the ticket as it is without a team's wishes; false when name is none a form may have. */
bool hd_form_known(hd_str_t name, hd_form_item_t *ret);
/* The entry as an item; false when it does not fit. */
bool hd_form_entry(hd_form_reader_t *r, hd_form_item_t *ret);
/* Marks the entry as bad: member "label" becomes form_fields[2].label. */
void hd_form_reject(hd_form_reader_t *r, const char *member, const char *code);
/* Definition of a property of the team, or NULL. */
const hd_jval_t *hd_form_property(const hd_form_reader_t *r, hd_str_t name);
/* What select, radio and checkbox offer. */
void hd_form_choices(hd_form_reader_t *r, hd_form_item_t *it);

/* Code of what is wrong with one value of a shown item, or NULL. */
const char *hd_form_problem(const hd_form_item_t *it, hd_str_t v);
/* Is what the answer holds stored? */
bool hd_form_counts(const hd_form_item_t *it, const hd_answer_t *a);

#endif
