/*
 * How a form looks: what is wrong on top, then each item with its label, its help, its error and its control, and a
 * field for machines.  Works without JavaScript: an item with a condition is shown with the sentence that says when it
 * matters, and /public/form.js hides it while its condition does not hold (the desk decides again when it is sent).
 */
#include "page_impl.h"

typedef struct {
    uint16_t    field;               /* of the ticket */
    const char *label, *hint;        /* catalog keys */
    const char *attributes;
} look_t;

static const look_t looks[] = {
    { HD_TICKET_F_partner_name, "form.name", NULL, " autocomplete=\"name\"" },
    { HD_TICKET_F_partner_email, "form.email", "form.email_hint", " autocomplete=\"email\"" },
    { HD_TICKET_F_partner_phone, "form.phone", NULL, " autocomplete=\"tel\"" },
    { HD_TICKET_F_name, "form.subject", NULL, " autocomplete=\"off\"" },
    { HD_TICKET_F_description, "form.question", "form.question_hint", "" },
    { HD_TICKET_F_ticket_type_id, "form.type", NULL, "" },
    { HD_TICKET_F_priority, "form.priority", NULL, "" },
    { HD_TICKET_F_tag_ids, "form.tags", NULL, "" },
    { HD_F_id, "form.files", "form.files_hint", "" },       /* attachments are no field of the ticket */
};

static const look_t plain = { .attributes = "" };

static const look_t *look_of(const hd_form_item_t *it)
{
    for (size_t i = 0; !it->own && i < sizeof(looks) / sizeof(looks[0]); i++) {
        if (looks[i].field == it->field) {
            return &looks[i];
        }
    }
    return &plain;
}

/* ---- texts ---- */

static hd_str_t label_of(const hd_sheet_t *s, const hd_form_item_t *it)
{
    hd_str_t own = hd_form_words(s->arena, it->label, s->lang);
    const look_t *look = look_of(it);
    if (own.len != 0) {
        return own;
    }
    return look->label != NULL ? hd_sheet_say(s, look->label) : it->title;
}

static hd_str_t help_of(const hd_sheet_t *s, const hd_form_item_t *it)
{
    const look_t *look = look_of(it);
    if (it->help == NULL && it->label == NULL && look->hint != NULL) {
        return hd_sheet_say(s, look->hint);
    }
    hd_str_t help = hd_form_words(s->arena, it->help, s->lang);
    if (it->input != HD_INPUT_DATETIME) {
        return help;
    }
    hd_str_t zone = hd_t(s->arena, s->lang, "form.zone", 1, "zone", hd_page_isolate(s->arena, it->zone));
    return help.len == 0 ? zone : hd_str_cat(s->arena, 3, help, HD_STR(" "), zone);
}

static hd_str_t choice_label(const hd_sheet_t *s, const hd_form_item_t *it, const hd_choice_t *c)
{
    static const char *const priorities[] = { "form.priority.0", "form.priority.1",
                                              "form.priority.2", "form.priority.3" };
    hd_str_t own = hd_form_words(s->arena, c->words, s->lang);
    if (own.len == 0 && !it->own && it->field == HD_TICKET_F_priority) {
        return hd_sheet_say(s, priorities[(c->value.data[0] - '0') & 3]);
    }
    return own.len != 0 ? own : c->text;
}

static bool is_group(const hd_form_item_t *it)
{
    return it->input == HD_INPUT_RADIO || it->many;
}

static bool is_tick(const hd_form_item_t *it)
{
    return it->input == HD_INPUT_CHECKBOX && !it->many;
}

/* Codes without a sentence of their own get form.error.invalid. */
static hd_str_t error_sentence(const hd_sheet_t *s, const hd_form_item_t *it, const char *code)
{
    static const struct { const char *code, *key; } keys[] = {
        { "bad_email", "form.error.bad_email" }, { "bad_url", "form.error.bad_url" },
        { "bad_number", "form.error.bad_number" }, { "bad_date", "form.error.bad_date" },
        { "bad_datetime", "form.error.bad_datetime" },
    };
    if (strcmp(code, "too_long") == 0) {
        return hd_t_plural(s->arena, s->lang, "form.error.too_long", (int64_t) it->max);
    }
    if (strcmp(code, "required") == 0) {
        bool typed = it->input < HD_INPUT_SELECT;
        return hd_sheet_say(s, typed ? "form.error.required"
                                     : is_tick(it) ? "form.error.tick" : "form.error.choose");
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(code, keys[i].code) == 0) {
            return hd_sheet_say(s, keys[i].key);
        }
    }
    return hd_sheet_say(s, "form.error.invalid");
}

/* What a condition says to people; of a tick it says that. */
static hd_str_t when_sentence(const hd_sheet_t *s, const hd_form_t *form, const hd_form_item_t *it)
{
    static const char *const keys[] = { "form.when.eq", "form.when.ne", "form.when.contains", "form.when.set",
                                        "form.when.not_set", "form.when.gt", "form.when.lt" };
    const hd_form_item_t *about = &form->item[it->about];
    const char *key = keys[it->op];
    hd_str_t value = it->value;
    if (is_tick(about)) {
        bool off = it->op == HD_WHEN_NE || it->op == HD_WHEN_NOT_SET;
        key = off ? "form.when.unticked" : "form.when.ticked";
    }
    for (uint32_t i = 0; i < about->n_choices; i++) {
        if (hd_str_eq(about->choices[i].value, value)) {
            value = choice_label(s, about, &about->choices[i]);
            break;
        }
    }
    return hd_t(s->arena, s->lang, key, 2, "field", hd_page_isolate(s->arena, label_of(s, about)),
                "value", hd_page_isolate(s->arena, value));
}

/* ---- pieces ---- */

static void write_summary(hd_sheet_t *s, const hd_filled_t *f)
{
    if (f->n_errors == 0 && f->notice.len == 0) {
        return;
    }
    hd_buf_z(s->b, "<div class=\"notice\" role=\"alert\" tabindex=\"-1\" autofocus>\n");
    if (f->notice.len != 0) {
        hd_sheet_element(s, "p", f->notice);
    }
    if (f->n_errors != 0) {
        hd_sheet_element(s, "h2", hd_t_plural(s->arena, s->lang, "form.errors", f->n_errors));
        hd_buf_z(s->b, "<ul>\n");
        for (uint32_t i = 0; i < f->form->n; i++) {
            if (f->answers[i].error != NULL) {
                hd_buf_z(s->b, "<li><a href=\"#");
                hd_buf_html(s->b, f->form->item[i].name);
                hd_buf_z(s->b, "\">");
                hd_buf_html(s->b, label_of(s, &f->form->item[i]));
                hd_buf_z(s->b, ": ");
                hd_buf_html(s->b, error_sentence(s, &f->form->item[i], f->answers[i].error));
                hd_buf_z(s->b, "</a></li>\n");
            }
        }
        hd_buf_z(s->b, "</ul>\n");
    }
    hd_buf_z(s->b, "</div>\n");
}

/* An attribute whose value is the name of the control with an ending of ours. */
static void write_named(hd_sheet_t *s, const char *attribute, const hd_form_item_t *it, const char *ending)
{
    hd_buf_printf(s->b, " %s=\"", attribute);
    hd_buf_html(s->b, it->name);
    hd_buf_z(s->b, ending);
    hd_buf_byte(s->b, '"');
}

static void write_paragraph(hd_sheet_t *s, const char *class, const hd_form_item_t *it, const char *ending,
                            hd_str_t text)
{
    hd_buf_printf(s->b, "<p class=\"%s\"", class);
    write_named(s, "id", it, ending);
    hd_buf_z(s->b, " dir=\"auto\">");
    hd_buf_html(s->b, text);
    hd_buf_z(s->b, "</p>\n");
}

/* Is the sentence with its condition wanted?  About what is never shown there is nothing to say. */
static bool says_when(const hd_form_t *form, const hd_form_item_t *it)
{
    return it->show == HD_SHOW_CONDITIONAL && form->item[it->about].show != HD_SHOW_HIDDEN;
}

static void write_label_text(hd_sheet_t *s, const hd_form_item_t *it)
{
    hd_buf_html(s->b, label_of(s, it));
    if (!it->required) {
        hd_buf_z(s->b, " <span class=\"optional\">");
        hd_sheet_text(s, "form.optional");
        hd_buf_z(s->b, "</span>");
    }
}

static void write_label(hd_sheet_t *s, const hd_form_item_t *it)
{
    const char *class = it->label_position == HD_LABEL_HIDDEN ? " class=\"away\"" : "";
    if (is_group(it)) {
        hd_buf_printf(s->b, "<legend%s>", class);
        write_label_text(s, it);
        hd_buf_z(s->b, "</legend>\n");
        return;
    }
    hd_buf_z(s->b, "<label");
    write_named(s, "for", it, "");
    hd_buf_printf(s->b, "%s>", class);
    write_label_text(s, it);
    hd_buf_z(s->b, "</label>\n");
}

static void write_notes(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    hd_str_t help = help_of(s, it);
    if (says_when(f->form, it)) {
        write_paragraph(s, "hint when", it, "-when", when_sentence(s, f->form, it));
    }
    if (help.len != 0) {
        write_paragraph(s, "hint", it, "-hint", help);
    }
    if (f->answers[i].error != NULL) {
        hd_buf_z(s->b, "<p class=\"error\"");
        write_named(s, "id", it, "-error");
        hd_buf_byte(s->b, '>');
        hd_buf_html(s->b, error_sentence(s, it, f->answers[i].error));
        hd_buf_z(s->b, "</p>\n");
    }
}

static void write_described(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    const char *parts[3];
    size_t n = 0;
    if (f->answers[i].error != NULL) {
        parts[n++] = "-error";
        hd_buf_z(s->b, it->many ? "" : " aria-invalid=\"true\"");
    }
    if (help_of(s, it).len != 0) {
        parts[n++] = "-hint";
    }
    if (says_when(f->form, it)) {
        parts[n++] = "-when";
    }
    for (size_t k = 0; k < n; k++) {
        hd_buf_z(s->b, k == 0 ? " aria-describedby=\"" : " ");
        hd_buf_html(s->b, it->name);
        hd_buf_z(s->b, parts[k]);
    }
    hd_buf_z(s->b, n != 0 ? "\"" : "");
}

static bool is_chosen(const hd_answer_t *a, hd_str_t value)
{
    for (uint32_t i = 0; i < a->n; i++) {
        if (hd_str_eq(a->v[i], value)) {
            return true;
        }
    }
    return false;
}

/* ---- controls ---- */

/* Browsers are not told of what only sometimes is required. */
static const char *required_of(const hd_form_item_t *it)
{
    return it->required && it->show == HD_SHOW_ALWAYS ? " required" : "";
}

static void write_placeholder(hd_sheet_t *s, const hd_form_item_t *it)
{
    hd_str_t text = hd_form_words(s->arena, it->placeholder, s->lang);
    if (text.len != 0) {
        hd_buf_z(s->b, " placeholder=\"");
        hd_buf_html(s->b, hd_text_clean(s->arena, text, false));
        hd_buf_byte(s->b, '"');
    }
}

static void open_control(hd_sheet_t *s, const hd_form_item_t *it, const char *tag, const char *attributes)
{
    hd_buf_printf(s->b, "<%s", tag);
    write_named(s, "id", it, "");
    write_named(s, "name", it, "");
    hd_buf_z(s->b, attributes);
}

static hd_str_t first_value(const hd_answer_t *a)
{
    return a->n == 0 ? (hd_str_t){ 0, "" } : a->v[0];
}

static void write_input(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    static const char *const attributes[] = {
        [HD_INPUT_TEXT] = " type=\"text\" dir=\"auto\"",
        [HD_INPUT_EMAIL] = " type=\"email\" dir=\"ltr\" spellcheck=\"false\"",
        [HD_INPUT_TEL] = " type=\"tel\" dir=\"ltr\"",
        [HD_INPUT_URL] = " type=\"url\" dir=\"ltr\" spellcheck=\"false\"",
        [HD_INPUT_NUMBER] = " type=\"text\" inputmode=\"decimal\" dir=\"ltr\"",
        [HD_INPUT_DATE] = " type=\"date\"",
        [HD_INPUT_DATETIME] = " type=\"datetime-local\"",
    };
    const hd_form_item_t *it = &f->form->item[i];
    open_control(s, it, "input", attributes[it->input]);
    hd_buf_z(s->b, look_of(it)->attributes);
    write_placeholder(s, it);
    hd_buf_z(s->b, required_of(it));
    write_described(s, f, i);
    hd_buf_z(s->b, " value=\"");
    hd_buf_html(s->b, first_value(&f->answers[i]));
    hd_buf_z(s->b, "\">\n");
}

/* Browsers drop the line break after <textarea>, so a first empty line of the text survives. */
static void write_textarea(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    open_control(s, it, "textarea", it->field == HD_TICKET_F_description && !it->own
                                        ? " rows=\"8\" dir=\"auto\"" : " rows=\"4\" dir=\"auto\"");
    write_placeholder(s, it);
    hd_buf_z(s->b, required_of(it));
    write_described(s, f, i);
    hd_buf_z(s->b, ">\n");
    hd_buf_html(s->b, first_value(&f->answers[i]));
    hd_buf_z(s->b, "</textarea>\n");
}

static void write_files(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    open_control(s, it, "input", " type=\"file\" multiple");
    hd_buf_z(s->b, required_of(it));
    write_described(s, f, i);
    hd_buf_z(s->b, ">\n");
}

static void write_option(hd_sheet_t *s, hd_str_t value, bool selected, hd_str_t text)
{
    hd_buf_z(s->b, "<option value=\"");
    hd_buf_html(s->b, value);
    hd_buf_z(s->b, selected ? "\" selected>" : "\">");
    hd_buf_html(s->b, text);
    hd_buf_z(s->b, "</option>\n");
}

static void write_select(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    hd_str_t none = hd_form_words(s->arena, it->placeholder, s->lang);
    open_control(s, it, "select", required_of(it));
    write_described(s, f, i);
    hd_buf_z(s->b, ">\n");
    write_option(s, (hd_str_t){ 0, "" }, false, none.len != 0 ? none : hd_sheet_say(s, "form.choose"));
    for (uint32_t k = 0; k < it->n_choices; k++) {
        const hd_choice_t *c = &it->choices[k];
        write_option(s, c->value, is_chosen(&f->answers[i], c->value), choice_label(s, it, c));
    }
    hd_buf_z(s->b, "</select>\n");
}

/* The first has the name as its id, so that links from the summary find it. */
static void write_box(hd_sheet_t *s, const hd_filled_t *f, uint32_t i, uint32_t place, hd_str_t value, hd_str_t text)
{
    const hd_form_item_t *it = &f->form->item[i];
    bool radio = it->input == HD_INPUT_RADIO;
    hd_buf_printf(s->b, "<label class=\"choice\"><input type=\"%s\"", radio ? "radio" : "checkbox");
    write_named(s, "id", it, place == 0 ? "" : hd_strf(s->arena, "-%u", place + 1).data);
    write_named(s, "name", it, "");
    hd_buf_z(s->b, radio ? required_of(it) : "");
    hd_buf_z(s->b, is_chosen(&f->answers[i], value) || (value.len == 0 && f->answers[i].n == 0) ? " checked" : "");
    hd_buf_z(s->b, " value=\"");
    hd_buf_html(s->b, value);
    hd_buf_z(s->b, "\"> <span dir=\"auto\">");
    hd_buf_html(s->b, text);
    hd_buf_z(s->b, "</span></label>\n");
}

static void write_boxes(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    hd_buf_z(s->b, "<div class=\"choices\">\n");
    for (uint32_t k = 0; k < it->n_choices; k++) {
        write_box(s, f, i, k, it->choices[k].value, choice_label(s, it, &it->choices[k]));
    }
    if (it->input == HD_INPUT_RADIO && !it->required) {
        write_box(s, f, i, it->n_choices, (hd_str_t){ 0, "" }, hd_sheet_say(s, "form.no_choice"));
    }
    hd_buf_z(s->b, "</div>\n");
}

static void write_tick(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    open_control(s, it, "input", " type=\"checkbox\" value=\"true\"");
    hd_buf_z(s->b, required_of(it));
    write_described(s, f, i);
    hd_buf_z(s->b, f->answers[i].n != 0 ? " checked>\n" : ">\n");
}

/* ---- items ---- */

/* For the script: on what it depends. */
static void write_condition(hd_sheet_t *s, const hd_form_t *form, const hd_form_item_t *it)
{
    if (!says_when(form, it)) {
        return;
    }
    hd_buf_z(s->b, " data-when=\"");
    hd_buf_html(s->b, form->item[it->about].name);
    hd_buf_z(s->b, "\" data-op=\"");
    hd_buf_html(s->b, hd_str(hd_when_name((hd_when_t) it->op)));
    hd_buf_z(s->b, "\" data-value=\"");
    hd_buf_html(s->b, it->value);
    hd_buf_z(s->b, it->required ? "\" data-required" : "\"");
}

static void open_item(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    hd_buf_printf(s->b, "<%s class=\"field%s%s%s\"", is_group(it) ? "fieldset" : "div",
                  f->answers[i].error != NULL ? " bad" : "",
                  it->label_position == HD_LABEL_BESIDE && !is_tick(it) ? " beside" : "",
                  is_tick(it) ? " tick" : "");
    if (is_group(it)) {
        hd_buf_z(s->b, it->input == HD_INPUT_RADIO ? " role=\"radiogroup\"" : "");
        write_described(s, f, i);
    }
    write_condition(s, f->form, it);
    hd_buf_z(s->b, ">\n");
}

static void write_item(hd_sheet_t *s, const hd_filled_t *f, uint32_t i)
{
    const hd_form_item_t *it = &f->form->item[i];
    bool settled = it->show == HD_SHOW_CONDITIONAL && !says_when(f->form, it) && !f->answers[i].shown;
    if (it->show == HD_SHOW_HIDDEN || settled) {
        return;
    }
    open_item(s, f, i);
    if (is_tick(it)) {
        write_tick(s, f, i);
    }
    write_label(s, it);
    write_notes(s, f, i);
    if (is_group(it)) {
        write_boxes(s, f, i);
    } else if (it->input == HD_INPUT_SELECT) {
        write_select(s, f, i);
    } else if (it->input == HD_INPUT_TEXTAREA) {
        write_textarea(s, f, i);
    } else if (it->input == HD_INPUT_FILE) {
        write_files(s, f, i);
    } else if (!is_tick(it)) {
        write_input(s, f, i);
    }
    hd_buf_z(s->b, is_group(it) ? "</fieldset>\n" : "</div>\n");
}

static void write_trap(hd_sheet_t *s)
{
    hd_buf_z(s->b, "<div class=\"away\" aria-hidden=\"true\">\n<label for=\"" HD_FORM_TRAP "\">");
    hd_sheet_text(s, "form.leave_empty");
    hd_buf_z(s->b, "</label>\n<input id=\"" HD_FORM_TRAP "\" name=\"" HD_FORM_TRAP "\" type=\"text\""
                   " tabindex=\"-1\" autocomplete=\"off\">\n</div>\n");
}

void hd_page_form_element(hd_sheet_t *s, const hd_filled_t *f, hd_str_t token)
{
    bool conditions = false;
    write_summary(s, f);
    hd_buf_z(s->b, "<form class=\"card\" method=\"post\" action=\"");
    hd_sheet_address(s, f->form->team->slug);
    hd_buf_z(s->b, hd_form_find(f->form, HD_STR("attachments")) >= 0 ? "\" enctype=\"multipart/form-data" : "");
    hd_buf_z(s->b, "\">\n<input type=\"hidden\" name=\"token\" value=\"");
    hd_buf_html(s->b, token);
    hd_buf_z(s->b, "\">\n");
    for (uint32_t i = 0; i < f->form->n; i++) {
        write_item(s, f, i);
        conditions = conditions || says_when(f->form, &f->form->item[i]);
    }
    write_trap(s);
    hd_buf_z(s->b, "<button type=\"submit\">");
    hd_sheet_text(s, "form.send");
    hd_buf_z(s->b, "</button>\n</form>\n");
    hd_buf_z(s->b, conditions ? "<script src=\"/public/form.js\" type=\"module\"></script>\n" : "");
}
