/*
 * The form of a team: read from team.form_fields, strictly when a team is written, leniently when the form is shown.
 * What an entry may hold stands in desk_form.h.
 */
#include "desk_form_impl.h"

static void add(hd_form_t *form, hd_form_item_t it)
{
    if (form->n < HD_FORM_ITEMS) {
        form->item[form->n++] = it;
    }
}

int hd_form_find(const hd_form_t *form, hd_str_t name)
{
    for (uint32_t i = 0; i < form->n; i++) {
        if (hd_str_eq(form->item[i].name, name)) {
            return (int) i;
        }
    }
    return -1;
}

hd_str_t hd_form_words(hd_arena_t *a, const hd_jval_t *words, hd_lang_t lang)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v = NULL;
    if (words == NULL || hd_jtype(words) != HD_J_OBJ) {
        return words == NULL ? (hd_str_t){ 0, "" } : hd_text_clean(a, hd_jstr(words), true);
    }
    v = hd_jget(words, hd_lang_code(lang));
    v = v != NULL ? v : hd_jget(words, hd_lang_code(HD_LANG_EN));
    if (v == NULL) {
        (void) hd_jnext((hd_jval_t *) (uintptr_t) words, &it, &key, &v);
    }
    return v == NULL ? (hd_str_t){ 0, "" } : hd_text_clean(a, hd_jstr(v), true);
}

/* ---- the usual fields ---- */

static void add_usual(hd_form_t *form, const char *name, bool required)
{
    hd_form_item_t it;
    if (hd_form_known(hd_str(name), &it)) {
        it.required = it.required || required;
        add(form, it);
    }
}

/* What every form has (CHN-13), unless the team lists it. */
static void add_missing(hd_form_t *form, const hd_jval_t *list)
{
    static const char *const always[] = { "partner_name", "partner_email", "name" };
    for (size_t k = 0; k < sizeof(always) / sizeof(always[0]); k++) {
        bool listed = false;
        for (size_t i = 0; i < hd_jlen(list); i++) {
            hd_jval_t *entry = hd_jat(list, i);
            hd_jval_t *field = hd_jtype(entry) == HD_J_OBJ ? hd_jget(entry, "field") : NULL;
            listed = listed || (field != NULL && hd_str_is(hd_jstr(field), always[k]));
        }
        if (!listed) {
            add_usual(form, always[k], true);
        }
    }
}

static void add_defaults(hd_form_t *form)
{
    add_usual(form, "partner_name", true);
    add_usual(form, "partner_email", true);
    add_usual(form, "partner_phone", false);
    add_usual(form, "name", true);
    add_usual(form, "description", true);
    add_usual(form, "attachments", false);
}

/* ---- a team's own ---- */

static bool parse(hd_cx_t *cx, hd_str_t text, hd_jval_t **ret_list)
{
    return hd_jparse(cx->arena, text, ret_list) == HD_OK && hd_jtype(*ret_list) == HD_J_ARR;
}

/* The properties of a team are another rule's to check: here a broken list is an empty one. */
static hd_jval_t *properties_of(hd_cx_t *cx, const hd_team_t *t)
{
    hd_jval_t *list = NULL;
    return t->ticket_properties.len != 0 && parse(cx, t->ticket_properties, &list) ? list : NULL;
}

static void read_entries(hd_form_reader_t *r, hd_jval_t *list)
{
    add_missing(r->form, list);
    for (r->at = 0; r->at < hd_jlen(list) && r->form->n < HD_FORM_ITEMS; r->at++) {
        hd_form_item_t it;
        r->entry = hd_jat(list, r->at);
        if (hd_form_entry(r, &it)) {
            add(r->form, it);
        }
    }
}

void hd_desk_check_form(hd_cx_t *cx, const hd_team_t *t)
{
    hd_jval_t *list;
    if (t->form_fields.len == 0) {
        return;
    }
    if (!parse(cx, t->form_fields, &list)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_form_fields, "wrong_type");
        return;
    }
    hd_form_t *form = hd_alloc(cx->arena, sizeof(*form));
    form->team = t;
    hd_form_reader_t r = { .cx = cx, .form = form, .properties = properties_of(cx, t), .report = true };
    read_entries(&r, list);
    if (r.at < hd_jlen(list)) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_form_fields, "too_many");
    }
}

/* CHN-16: who is signed in is the customer; his name and address are those of his contact. */
static void hide_known(hd_cx_t *cx, hd_form_t *form)
{
    hd_contact_t c = { .active = false };
    if (cx->actor->uid == 0
        || hd_row_get(cx->txn, cx->arena, HD_CONTACT, cx->actor->partner_id, &c) != HD_OK) {
        return;
    }
    for (uint32_t i = 0; i < form->n; i++) {
        hd_form_item_t *it = &form->item[i];
        bool name = it->field == HD_TICKET_F_partner_name;
        if (!it->own && (name || it->field == HD_TICKET_F_partner_email)) {
            it->show = HD_SHOW_HIDDEN;
            it->defaults = hd_alloc(cx->arena, sizeof(hd_str_t));
            it->defaults[0] = name ? c.name : c.email;
            it->n_defaults = it->defaults[0].len != 0;
        }
    }
}

const hd_form_t *hd_form_of(hd_cx_t *cx, const hd_team_t *team)
{
    hd_jval_t *list;
    hd_form_t *form = hd_alloc(cx->arena, sizeof(*form));
    form->team = team;
    if (team->form_fields.len == 0 || !parse(cx, team->form_fields, &list)) {
        add_defaults(form);
    } else {
        hd_form_reader_t r = { .cx = cx, .form = form, .properties = properties_of(cx, team) };
        read_entries(&r, list);
    }
    hide_known(cx, form);
    return form;
}
