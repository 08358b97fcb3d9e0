/*
 * What select, radio and checkbox of a form offer: all there is of the field, or the team's choice among it.
 */
#include <stdlib.h>

#include "desk_form_impl.h"

#define CHOICE_MAX 200

static hd_str_t scalar(hd_arena_t *a, const hd_jval_t *v)
{
    if (v != NULL && hd_jtype(v) == HD_J_INT) {
        return hd_jdump(a, v);
    }
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_text_clean(a, hd_jstr(v), false)
                                                : (hd_str_t){ 0, "" };
}

/* A choice of a property or of an entry: a text, or an object with value and label. */
static hd_choice_t read_choice(hd_arena_t *a, const hd_jval_t *v)
{
    hd_choice_t c = { .value = { 0, "" } };
    if (hd_jtype(v) != HD_J_OBJ) {
        c.value = scalar(a, v);
        return c;
    }
    hd_jval_t *label = hd_jget(v, "label");
    c.value = scalar(a, hd_jget(v, "value"));
    if (label != NULL && (hd_jtype(label) == HD_J_OBJ || hd_jtype(label) == HD_J_STR)) {
        c.words = label;
    }
    return c;
}

static const hd_jval_t *property_options(const hd_form_reader_t *r, const hd_form_item_t *it)
{
    const size_t head = sizeof("properties.") - 1;
    const hd_jval_t *p = hd_form_property(r, (hd_str_t){ it->name.len - head, it->name.data + head });
    const hd_jval_t *list = p == NULL ? NULL : hd_jget(p, "options");
    return list != NULL && hd_jtype(list) == HD_J_ARR ? list : NULL;
}

/* Completes c with what the field itself knows of the value; false when it knows no such value. */
static bool complete(const hd_form_reader_t *r, const hd_form_item_t *it, hd_choice_t *c)
{
    uint64_t id;
    c->text = c->text.len != 0 ? c->text : c->value;
    if (it->own) {
        return true;
    }
    if (it->prop != HD_PROP_NONE) {
        const hd_jval_t *list = property_options(r, it);
        for (size_t i = 0; i < hd_jlen(list); i++) {
            hd_choice_t known = read_choice(r->cx->arena, hd_jat(list, i));
            if (hd_str_eq(known.value, c->value)) {
                c->words = c->words != NULL ? c->words : known.words;
                return true;
            }
        }
        return false;
    }
    if (it->field == HD_TICKET_F_priority) {
        return c->value.len == 1 && c->value.data[0] >= '0' && c->value.data[0] <= '3';
    }
    if (!hd_str_to_u64(c->value, &id)) {
        return false;
    }
    const hd_ticket_type_t *type = NULL;
    const hd_tag_t *tag = NULL;
    if (it->field == HD_TICKET_F_ticket_type_id) {
        type = hd_config_get(r->cx->txn, HD_TICKET_TYPE, id);
        c->text = type != NULL ? type->name : c->text;
    } else {
        tag = hd_config_get(r->cx->txn, HD_TAG, id);
        c->text = tag != NULL ? tag->name : c->text;
    }
    return (type != NULL && type->active) || (tag != NULL && tag->active);
}

static void add(hd_form_item_t *it, hd_choice_t c)
{
    if (it->n_choices < HD_FORM_CHOICES) {
        it->choices[it->n_choices++] = c;
    }
}

static bool is_there(const hd_form_item_t *it, hd_str_t value)
{
    for (uint32_t i = 0; i < it->n_choices; i++) {
        if (hd_str_eq(it->choices[i].value, value)) {
            return true;
        }
    }
    return false;
}

static const char *check_option(hd_form_reader_t *r, hd_form_item_t *it, hd_choice_t *c)
{
    if (c->value.len == 0) {
        return "required";
    }
    if (c->value.len > CHOICE_MAX * 4 || hd_text_length(c->value) > CHOICE_MAX) {
        return "too_long";
    }
    return is_there(it, c->value) ? "taken" : complete(r, it, c) ? NULL : "not_an_option";
}

/* The team's options; when the form is shown, one that went away is left out. */
static void add_listed(hd_form_reader_t *r, hd_form_item_t *it, const hd_jval_t *list)
{
    for (size_t i = 0; i < hd_jlen(list); i++) {
        hd_choice_t c = read_choice(r->cx->arena, hd_jat(list, i));
        const char *code = check_option(r, it, &c);
        if (code == NULL) {
            add(it, c);
        } else if (r->report) {
            hd_form_reject(r, hd_strf(r->cx->arena, "options[%zu]", i).data, code);
        }
    }
}

static int compare_types(const void *x, const void *y)
{
    const hd_ticket_type_t *a = *(const hd_ticket_type_t *const *) x;
    const hd_ticket_type_t *b = *(const hd_ticket_type_t *const *) y;
    int order = (a->sequence > b->sequence) - (a->sequence < b->sequence);
    return order != 0 ? order : (a->rec.id > b->rec.id) - (a->rec.id < b->rec.id);
}

/* Types in their order; tags only for what is never shown, as their names are not meant for customers. */
static void add_records(hd_form_reader_t *r, hd_form_item_t *it)
{
    size_t n = 0;
    hd_type_t type = it->field == HD_TICKET_F_tag_ids ? HD_TAG : HD_TICKET_TYPE;
    if (type == HD_TAG && it->show != HD_SHOW_HIDDEN) {
        return;
    }
    const void *const *all = hd_config_all(r->cx->txn, type, &n);
    const void **v = hd_alloc_n(r->cx->arena, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        v[i] = all[i];
    }
    if (type == HD_TICKET_TYPE && n > 1) {
        qsort(v, n, sizeof(*v), compare_types);
    }
    for (size_t i = 0; i < n; i++) {
        hd_choice_t c = { .value = hd_strf(r->cx->arena, "%" PRIu64, ((const hd_rec_t *) v[i])->id) };
        if (check_option(r, it, &c) == NULL) {
            add(it, c);
        }
    }
}

static void add_all(hd_form_reader_t *r, hd_form_item_t *it)
{
    static const char *const priorities[] = { "0", "1", "2", "3" };
    if (it->prop != HD_PROP_NONE) {
        const hd_jval_t *list = property_options(r, it);
        for (size_t i = 0; i < hd_jlen(list); i++) {
            hd_choice_t c = read_choice(r->cx->arena, hd_jat(list, i));
            if (check_option(r, it, &c) == NULL) {
                add(it, c);
            }
        }
    } else if (it->field == HD_TICKET_F_priority) {
        for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
            add(it, (hd_choice_t){ .value = hd_str(priorities[i]), .text = hd_str(priorities[i]) });
        }
    } else if (!it->own) {
        add_records(r, it);
    }
}

static bool is_choice(const hd_form_item_t *it)
{
    return it->input == HD_INPUT_SELECT || it->input == HD_INPUT_RADIO
        || (it->input == HD_INPUT_CHECKBOX && it->prop != HD_PROP_BOOL);
}

void hd_form_choices(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *list = hd_jget(r->entry, "options");
    bool given = list != NULL && hd_jtype(list) != HD_J_NULL
              && (hd_jtype(list) != HD_J_ARR || hd_jlen(list) != 0);
    if (given && (hd_jtype(list) != HD_J_ARR || hd_jlen(list) > HD_FORM_CHOICES)) {
        hd_form_reject(r, "options", hd_jtype(list) != HD_J_ARR ? "wrong_type" : "too_many");
        return;
    }
    if (!is_choice(it)) {
        if (given) {
            hd_form_reject(r, "options", "not_allowed");
        }
        return;
    }
    it->choices = hd_alloc_n(r->cx->arena, HD_FORM_CHOICES, sizeof(hd_choice_t));
    if (given) {
        add_listed(r, it, list);
    } else {
        add_all(r, it);
    }
    it->many = it->input == HD_INPUT_CHECKBOX && it->n_choices != 0;
    bool yes_no = it->own && it->input == HD_INPUT_CHECKBOX && !given;
    if (it->n_choices == 0 && !yes_no && !r->bad) {
        hd_form_reject(r, "options", "required");
    }
}
