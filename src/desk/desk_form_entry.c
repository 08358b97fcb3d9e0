/*
 * One entry of team.form_fields: its field, how it is asked, when it is shown.
 */
#include "desk_form_impl.h"

#define BIT(input) (1U << (input))

#define LABEL_MAX   200
#define HELP_MAX    1000
#define LINE_MAX    1000
#define LINES_MAX   10000
#define NAME_MAX    40

static const char *const inputs[] = { "text", "email", "tel", "url", "number", "date", "datetime", "textarea",
                                      "select", "radio", "checkbox", "hidden", "file" };
static const char *const shows[] = { "always", "hidden", "conditional" };
static const char *const positions[] = { "above", "beside", "hidden" };
static const char *const ops[] = { "=", "!=", "contains", "set", "not_set", ">", "<" };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *hd_when_name(hd_when_t op)
{
    return ops[op];
}

/* ---- fields ---- */

#define ONE_OF (BIT(HD_INPUT_SELECT) | BIT(HD_INPUT_RADIO))
#define LINE   (BIT(HD_INPUT_TEXT) | BIT(HD_INPUT_EMAIL) | BIT(HD_INPUT_TEL) | BIT(HD_INPUT_URL))
#define HIDDEN BIT(HD_INPUT_HIDDEN)

typedef struct {
    const char *name;
    uint32_t    allowed;
    uint8_t     first;
    uint8_t     number;              /* HD_TICKET_F_* or hd_prop_kind_t */
    bool        required;
} kind_t;

static const kind_t fields[] = {
    { "partner_name", BIT(HD_INPUT_TEXT), HD_INPUT_TEXT, HD_TICKET_F_partner_name, true },
    { "partner_email", BIT(HD_INPUT_EMAIL), HD_INPUT_EMAIL, HD_TICKET_F_partner_email, true },
    { "partner_phone", BIT(HD_INPUT_TEL) | BIT(HD_INPUT_TEXT), HD_INPUT_TEL,
      HD_TICKET_F_partner_phone, false },
    { "name", BIT(HD_INPUT_TEXT) | HIDDEN, HD_INPUT_TEXT, HD_TICKET_F_name, true },
    { "description", BIT(HD_INPUT_TEXTAREA) | BIT(HD_INPUT_TEXT), HD_INPUT_TEXTAREA,
      HD_TICKET_F_description, false },
    { "ticket_type_id", ONE_OF | HIDDEN, HD_INPUT_SELECT, HD_TICKET_F_ticket_type_id, false },
    { "priority", ONE_OF | HIDDEN, HD_INPUT_SELECT, HD_TICKET_F_priority, false },
    { "tag_ids", ONE_OF | BIT(HD_INPUT_CHECKBOX) | HIDDEN, HD_INPUT_CHECKBOX, HD_TICKET_F_tag_ids,
      false },
    { "attachments", BIT(HD_INPUT_FILE), HD_INPUT_FILE, HD_F_id, false },     /* no field of the ticket */
};

static const kind_t properties[] = {
    { "text", LINE | HIDDEN, HD_INPUT_TEXT, HD_PROP_TEXT, false },
    { "multiline", BIT(HD_INPUT_TEXTAREA) | BIT(HD_INPUT_TEXT) | HIDDEN, HD_INPUT_TEXTAREA,
      HD_PROP_LINES, false },
    { "checkbox", BIT(HD_INPUT_CHECKBOX) | HIDDEN, HD_INPUT_CHECKBOX, HD_PROP_BOOL, false },
    { "integer", BIT(HD_INPUT_NUMBER) | HIDDEN, HD_INPUT_NUMBER, HD_PROP_INT, false },
    { "decimal", BIT(HD_INPUT_NUMBER) | HIDDEN, HD_INPUT_NUMBER, HD_PROP_NUMBER, false },
    { "monetary", BIT(HD_INPUT_NUMBER) | HIDDEN, HD_INPUT_NUMBER, HD_PROP_NUMBER, false },
    { "date", BIT(HD_INPUT_DATE) | HIDDEN, HD_INPUT_DATE, HD_PROP_DATE, false },
    { "datetime", BIT(HD_INPUT_DATETIME) | HIDDEN, HD_INPUT_DATETIME, HD_PROP_DATETIME, false },
    { "selection", ONE_OF | HIDDEN, HD_INPUT_SELECT, HD_PROP_CHOICE, false },
    { "tags", ONE_OF | BIT(HD_INPUT_CHECKBOX) | HIDDEN, HD_INPUT_CHECKBOX, HD_PROP_TAGS, false },
};

static const kind_t own = { "text", ~BIT(HD_INPUT_FILE), HD_INPUT_TEXT, HD_TICKET_F_description, false };

static const kind_t *kind_of(const hd_form_item_t *it)
{
    const kind_t *list = it->prop != HD_PROP_NONE ? properties : fields;
    size_t n = it->prop != HD_PROP_NONE ? COUNT(properties) : COUNT(fields);
    uint8_t number = it->prop != HD_PROP_NONE ? it->prop : (uint8_t) it->field;
    for (size_t i = 0; i < n && !it->own; i++) {
        if (list[i].number == number) {
            return &list[i];
        }
    }
    return &own;
}

bool hd_form_known(hd_str_t name, hd_form_item_t *ret)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (hd_str_is(name, fields[i].name)) {
            const hd_field_t *f = &hd_entities[HD_TICKET]->fields[fields[i].number];
            *ret = (hd_form_item_t){ .name = hd_str(fields[i].name), .field = fields[i].number,
                                     .input = fields[i].first, .required = fields[i].required };
            ret->max = f->kind == HD_K_STR || f->kind == HD_K_TEXT ? (size_t) f->max : LINE_MAX;
            return true;
        }
    }
    return false;
}

/* ---- members ---- */

void hd_form_reject(hd_form_reader_t *r, const char *member, const char *code)
{
    r->bad = true;
    if (r->report) {
        hd_desk_bad_name(r->cx, hd_strf(r->cx->arena, "form_fields[%zu]%s%s", r->at,
                                        member[0] != '\0' ? "." : "", member), code);
    }
}

/* NULL also for null. */
static hd_jval_t *member(const hd_jval_t *obj, const char *name)
{
    hd_jval_t *v = hd_jget(obj, name);
    return v != NULL && hd_jtype(v) != HD_J_NULL ? v : NULL;
}

static void check_members(hd_form_reader_t *r)
{
    static const char *const known[] = { "field", "name", "input", "label", "label_position",
        "help", "placeholder", "default", "options", "required", "visibility", "condition" };
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    while (hd_jnext(r->entry, &it, &key, &v)) {
        bool found = false;
        for (size_t i = 0; i < COUNT(known); i++) {
            found = found || hd_str_is(key, known[i]);
        }
        if (!found) {
            hd_form_reject(r, hd_str_dup(r->cx->arena, key).data, "unknown_field");
        }
    }
}

/* The place of a member's text in a list; `otherwise` when it is not there, SIZE_MAX when it is none of them. */
static size_t read_word(hd_form_reader_t *r, const char *name, const char *const *list, size_t n,
                        size_t otherwise)
{
    const hd_jval_t *v = member(r->entry, name);
    if (v == NULL) {
        return otherwise;
    }
    if (hd_jtype(v) != HD_J_STR) {
        hd_form_reject(r, name, "wrong_type");
        return SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        if (hd_str_is(hd_jstr(v), list[i])) {
            return i;
        }
    }
    hd_form_reject(r, name, "not_an_option");
    return SIZE_MAX;
}

static const char *check_text(const hd_jval_t *v, size_t max)
{
    if (hd_jtype(v) != HD_J_STR) {
        return "wrong_type";
    }
    hd_str_t s = hd_jstr(v);
    return hd_str_trim(s).len == 0 ? "required"
        : s.len > 4 * max || hd_text_length(s) > max ? "too_long" : NULL;
}

static bool is_language(hd_str_t key)
{
    for (unsigned i = 0; i < HD_LANG_COUNT; i++) {
        if (hd_str_is(key, hd_lang_code((hd_lang_t) i))) {
            return true;
        }
    }
    return false;
}

/* Code of what is wrong with a text or texts by language. */
static const char *check_words(hd_jval_t *v, size_t max)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *text;
    const char *code = NULL;
    if (hd_jtype(v) != HD_J_OBJ) {
        return check_text(v, max);
    }
    if (hd_jlen(v) == 0) {
        return "required";
    }
    while (code == NULL && hd_jnext(v, &it, &key, &text)) {
        code = is_language(key) ? check_text(text, max) : "not_an_option";
    }
    return code;
}

static const hd_jval_t *read_words(hd_form_reader_t *r, const char *name, size_t max)
{
    hd_jval_t *v = member(r->entry, name);
    const char *code = v == NULL ? NULL : check_words(v, max);
    if (code != NULL) {
        hd_form_reject(r, name, code);
    }
    return code == NULL ? v : NULL;
}

/* ---- which field ---- */

static bool is_name(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
            return false;
        }
    }
    return s.len >= 1 && s.len <= NAME_MAX;
}

static bool read_own(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *name = member(r->entry, "name");
    *it = (hd_form_item_t){ .own = true, .field = HD_TICKET_F_description, .max = LINE_MAX };
    if (name == NULL) {
        it->name = hd_strf(r->cx->arena, "text.%zu", r->at + 1);
        return true;
    }
    if (hd_jtype(name) != HD_J_STR || !is_name(hd_jstr(name))) {
        hd_form_reject(r, "name", hd_jtype(name) != HD_J_STR ? "wrong_type" : "not_allowed");
        return false;
    }
    it->name = hd_str_cat(r->cx->arena, 2, HD_STR("text."), hd_jstr(name));
    return true;
}

const hd_jval_t *hd_form_property(const hd_form_reader_t *r, hd_str_t name)
{
    for (size_t i = 0; i < hd_jlen(r->properties); i++) {
        const hd_jval_t *p = hd_jat(r->properties, i);
        const hd_jval_t *n = hd_jtype(p) == HD_J_OBJ ? hd_jget(p, "name") : NULL;
        if (n != NULL && hd_str_eq(hd_jstr(n), name)) {
            return p;
        }
    }
    return NULL;
}

static bool read_property(hd_form_reader_t *r, hd_str_t field, hd_form_item_t *it)
{
    const size_t head = sizeof("properties.") - 1;
    hd_str_t name = { field.len - head, field.data + head };
    const hd_jval_t *p = hd_form_property(r, name);
    hd_str_t type = p == NULL ? (hd_str_t){ 0, "" } : hd_jstr(hd_jget(p, "type"));
    for (size_t i = 0; i < COUNT(properties); i++) {
        if (hd_str_is(type, properties[i].name)) {
            const hd_jval_t *label = member(p, "label");
            *it = (hd_form_item_t){ .name = field, .field = HD_TICKET_F_properties,
                                    .prop = properties[i].number, .max = LINE_MAX };
            it->title = label != NULL && hd_jtype(label) == HD_J_STR ? hd_jstr(label) : name;
            return true;
        }
    }
    hd_form_reject(r, "field", p == NULL ? "not_found" : "not_allowed");
    return false;
}

static bool read_field(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *v = member(r->entry, "field");
    hd_str_t field = v == NULL ? (hd_str_t){ 0, "" } : hd_jstr(v);
    if (v == NULL || hd_jtype(v) != HD_J_STR) {
        hd_form_reject(r, "field", v == NULL ? "required" : "wrong_type");
        return false;
    }
    if (hd_str_is(field, "text")) {
        return read_own(r, it);
    }
    if (hd_jget(r->entry, "name") != NULL) {
        hd_form_reject(r, "name", "not_allowed");
    }
    if (hd_str_starts(field, HD_STR("properties."))) {
        return read_property(r, field, it);
    }
    if (!hd_form_known(field, it)) {
        hd_form_reject(r, "field", "not_an_option");
        return false;
    }
    return true;
}

/* ---- how and when ---- */

/* An input of `hidden` is the field's own input that is never shown. */
static void read_look(hd_form_reader_t *r, hd_form_item_t *it)
{
    const kind_t *kind = kind_of(it);
    size_t input = read_word(r, "input", inputs, COUNT(inputs), kind->first);
    size_t show = read_word(r, "visibility", shows, COUNT(shows), HD_SHOW_ALWAYS);
    size_t position = read_word(r, "label_position", positions, COUNT(positions), HD_LABEL_ABOVE);
    if (input == SIZE_MAX || show == SIZE_MAX || position == SIZE_MAX) {
        return;
    }
    if (input == HD_INPUT_HIDDEN) {
        show = HD_SHOW_HIDDEN;
    }
    if (show == HD_SHOW_HIDDEN && !(kind->allowed & HIDDEN)) {
        hd_form_reject(r, input == HD_INPUT_HIDDEN ? "input" : "visibility", "not_allowed");
    } else if (show == HD_SHOW_CONDITIONAL && kind->required) {
        hd_form_reject(r, "visibility", "not_allowed");
    } else if (!(kind->allowed & BIT(input))) {
        hd_form_reject(r, "input", "not_allowed");
    }
    it->input = (uint8_t) (input == HD_INPUT_HIDDEN ? kind->first : input);
    it->show = (uint8_t) show;
    it->label_position = (uint8_t) position;
    if (it->input == HD_INPUT_TEXTAREA && (it->own || it->prop != HD_PROP_NONE)) {
        it->max = LINES_MAX;
    }
    it->zone = it->input == HD_INPUT_DATETIME ? hd_desk_team_zone(r->cx, r->form->team) : (hd_str_t){ 0, "" };
}

static void read_required(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *v = member(r->entry, "required");
    bool always = kind_of(it)->required;
    it->required = always;
    if (v == NULL) {
        return;
    }
    if (hd_jtype(v) != HD_J_BOOL) {
        hd_form_reject(r, "required", "wrong_type");
    } else if (always && !hd_jbool(v)) {
        hd_form_reject(r, "required", "not_allowed");        /* CHN-13 */
    } else {
        it->required = hd_jbool(v);
    }
}

/* A text, number or truth as text; false when it is none of them. */
static bool scalar_text(hd_arena_t *a, const hd_jval_t *v, bool lines, hd_str_t *ret)
{
    switch (hd_jtype(v)) {
    case HD_J_STR:  *ret = hd_text_clean(a, hd_jstr(v), lines); return true;
    case HD_J_INT:
    case HD_J_REAL: *ret = hd_jdump(a, v); return true;
    case HD_J_BOOL: *ret = hd_jbool(v) ? HD_STR("true") : (hd_str_t){ 0, "" }; return true;
    default:        return false;
    }
}

static void add_default(hd_form_reader_t *r, hd_form_item_t *it, const hd_jval_t *v)
{
    hd_str_t text;
    if (!scalar_text(r->cx->arena, v, it->input == HD_INPUT_TEXTAREA, &text)) {
        hd_form_reject(r, "default", "wrong_type");
    } else if (text.len != 0) {
        const char *code = hd_form_problem(it, text);
        if (code == NULL) {
            it->defaults[it->n_defaults++] = text;
        } else if (r->report) {              /* an option that went away takes its default along */
            hd_form_reject(r, "default", code);
        }
    }
}

static void read_default(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *v = member(r->entry, "default");
    if (v != NULL && hd_jtype(v) == HD_J_ARR && it->many && hd_jlen(v) <= HD_FORM_CHOICES) {
        it->defaults = hd_alloc_n(r->cx->arena, hd_jlen(v) + 1, sizeof(hd_str_t));
        for (size_t i = 0; i < hd_jlen(v); i++) {
            add_default(r, it, hd_jat(v, i));
        }
    } else if (v != NULL) {
        it->defaults = hd_alloc(r->cx->arena, sizeof(hd_str_t));
        add_default(r, it, v);
    }
    if (it->show == HD_SHOW_HIDDEN && it->n_defaults == 0 && kind_of(it)->required && !r->bad) {
        hd_form_reject(r, "default", "required");
    }
}

static void read_condition(hd_form_reader_t *r, hd_form_item_t *it)
{
    const hd_jval_t *c = member(r->entry, "condition");
    if (it->show != HD_SHOW_CONDITIONAL) {
        return;
    }
    if (c == NULL || hd_jtype(c) != HD_J_OBJ) {
        hd_form_reject(r, "condition", c == NULL ? "required" : "wrong_type");
        return;
    }
    const hd_jval_t *field = member(c, "field"), *op = member(c, "op"), *value = member(c, "value");
    int about = field == NULL ? -1 : hd_form_find(r->form, hd_jstr(field));
    size_t i = 0;
    while (op != NULL && i < COUNT(ops) && !hd_str_is(hd_jstr(op), ops[i])) {
        i++;
    }
    if (about < 0) {
        hd_form_reject(r, "condition.field", field == NULL ? "required" : "not_found");
    } else if (op == NULL || i == COUNT(ops)) {
        hd_form_reject(r, "condition.op", op == NULL ? "required" : "not_an_option");
    } else if (i != HD_WHEN_SET && i != HD_WHEN_NOT_SET
               && (value == NULL || !scalar_text(r->cx->arena, value, false, &it->value)
                   || it->value.len == 0 || it->value.len > LINE_MAX)) {
        bool none = value == NULL || (hd_jtype(value) == HD_J_STR && hd_jstr(value).len == 0);
        hd_form_reject(r, "condition.value", none ? "required" : "wrong_type");
    } else {
        it->about = (uint32_t) about;
        it->op = (uint8_t) i;
    }
}

bool hd_form_entry(hd_form_reader_t *r, hd_form_item_t *it)
{
    r->bad = false;
    if (hd_jtype(r->entry) != HD_J_OBJ) {
        hd_form_reject(r, "", "wrong_type");
        return false;
    }
    check_members(r);
    if (!read_field(r, it)) {
        return false;
    }
    if (hd_form_find(r->form, it->name) >= 0) {
        hd_form_reject(r, "field", "taken");
    }
    it->label = read_words(r, "label", LABEL_MAX);
    it->help = read_words(r, "help", HELP_MAX);
    it->placeholder = read_words(r, "placeholder", LABEL_MAX);
    if (it->own && it->label == NULL && !r->bad) {
        hd_form_reject(r, "label", "required");
    }
    read_look(r, it);
    read_required(r, it);
    hd_form_choices(r, it);
    read_default(r, it);
    read_condition(r, it);
    return !r->bad;
}
