/*
 * The public form of a team (CHN-12 .. CHN-16): which fields it has, what was typed into them, and the ticket that
 * comes of it.  Doors show the items and hand in pairs; every rule about them is here.
 *
 * team.form_fields is a JSON array, one object a field, null for the usual fields (CHN-13):
 *
 *     field           partner_name partner_email partner_phone name description ticket_type_id priority tag_ids attachments,
 *                     properties.<name> of the team, or text: a question of the team's own, whose answer goes below
 *                     "Other Information" in the description
 *     name            of a text: a-z 0-9 _, so that a condition can name it; without it its place, from 1
 *     input           text email tel url number date datetime textarea select radio checkbox hidden file; each field allows some
 *     label help placeholder    a text, or an object of texts by language: {"en": "Serial number", "lt": "..."}
 *     label_position  above (default), beside, hidden (for screen readers only)
 *     default         a text, a number or true; of a datetime "2026-11-30T14:30", by the clock of the team; a list of texts where several can be chosen
 *     options         of select, radio and checkbox: texts, or {"value": "a", "label": text or texts}; of
 *                     ticket_type_id, tag_ids, priority and properties a choice among theirs (tags: required)
 *     required        false (default) or true
 *     visibility      always (default), hidden (the default is stored, whatever is sent) or conditional
 *     condition       {"field": "<control>", "op": "= != contains set not_set > <", "value": "..."} about a field
 *                     further up: a text is named text.<name>
 *
 * partner_name, partner_email and name are always there and required; those not listed come first.
 */
#ifndef HD_DESK_FORM_H
#define HD_DESK_FORM_H

typedef enum {
    HD_INPUT_TEXT, HD_INPUT_EMAIL, HD_INPUT_TEL, HD_INPUT_URL, HD_INPUT_NUMBER, HD_INPUT_DATE, HD_INPUT_DATETIME,
    HD_INPUT_TEXTAREA, HD_INPUT_SELECT, HD_INPUT_RADIO, HD_INPUT_CHECKBOX, HD_INPUT_HIDDEN, HD_INPUT_FILE
} hd_input_t;
typedef enum { HD_SHOW_ALWAYS, HD_SHOW_HIDDEN, HD_SHOW_CONDITIONAL } hd_show_t;
typedef enum { HD_LABEL_ABOVE, HD_LABEL_BESIDE, HD_LABEL_HIDDEN } hd_label_t;
typedef enum { HD_WHEN_EQ, HD_WHEN_NE, HD_WHEN_CONTAINS, HD_WHEN_SET, HD_WHEN_NOT_SET, HD_WHEN_GT, HD_WHEN_LT } hd_when_t;
typedef enum {
    HD_PROP_NONE, HD_PROP_TEXT, HD_PROP_LINES, HD_PROP_BOOL, HD_PROP_INT, HD_PROP_NUMBER, HD_PROP_DATE, HD_PROP_DATETIME,
    HD_PROP_CHOICE, HD_PROP_TAGS
} hd_prop_kind_t;

typedef struct {
    hd_str_t         value;          /* what is sent and stored */
    hd_str_t         text;           /* what people read, unless words say it in their language */
    const hd_jval_t *words;
} hd_choice_t;

typedef struct {
    hd_str_t         name;           /* of the control: "name", "properties.color", "text.serial" */
    uint16_t         field;          /* of the ticket; description for questions of the team's own */
    uint8_t          prop;           /* hd_prop_kind_t of a property */
    uint8_t          input, show, label_position, op;
    bool             own, required, many;
    const hd_jval_t *label, *help, *placeholder;
    hd_str_t         title;          /* label of a property, when the form gives none */
    size_t           max;            /* characters */
    hd_choice_t     *choices;
    uint32_t         n_choices;
    hd_str_t        *defaults;
    uint32_t         n_defaults;
    uint32_t         about;          /* item the condition asks about */
    hd_str_t         value;          /* of the condition */
    hd_str_t         zone;           /* of a datetime: whose clock is meant, the team's; visitors' clocks are not known */
} hd_form_item_t;

#define HD_FORM_ITEMS   60
#define HD_FORM_CHOICES 200

typedef struct {
    const hd_team_t *team;
    hd_form_item_t   item[HD_FORM_ITEMS];
    uint32_t         n;
} hd_form_t;

/* A field as it was sent. */
typedef struct {
    hd_str_t name, value;
    bool     file;                   /* a file with content; value is empty */
    hd_str_t file_name, content;     /* of a file, as they were sent */
} hd_pair_t;

/* What was typed into one item. */
typedef struct {
    hd_str_t   *v;                   /* cleaned; several only where several can be chosen */
    uint32_t    n;
    bool        shown;               /* not hidden, and its condition holds: asked for, stored */
    const char *error;               /* code, or NULL */
} hd_answer_t;

/*
 * The form of a team for the actor: somebody signed in is its customer, so his name and address are known and hidden
 * (CHN-16).  An item that does not fit any more (its property is gone) is left out.
 */
const hd_form_t *hd_form_of(hd_cx_t *cx, const hd_team_t *team);
/* Text of an item in a language: that, English, the first there is; empty when there is none. */
hd_str_t hd_form_words(hd_arena_t *a, const hd_jval_t *words, hd_lang_t lang);
/* An empty form: the defaults. */
hd_answer_t *hd_form_defaults(hd_cx_t *cx, const hd_form_t *form);
/* Cleans what was sent, decides what is shown; one answer an item.  Pairs that are no item are not looked at. */
hd_answer_t *hd_form_read(hd_cx_t *cx, const hd_form_t *form, const hd_pair_t *pairs, size_t n);
/* Adds errors: required too_long bad_email bad_url bad_number bad_date bad_datetime not_an_option not_allowed.  How many there are. */
uint32_t hd_form_check(const hd_form_t *form, hd_answer_t *answers);
/* The item a control's name or a ticket's field belongs to; -1. */
int hd_form_find(const hd_form_t *form, hd_str_t name);
/*
 * Makes the ticket of answers without errors, by hd_ticket_create (CHN-22); other: lines for "Other Information" beside
 * the team's own questions, or empty.  cx->uploads become files of the ticket.  What the ticket's rules refuse becomes errors of the answers, and HD_E_INVALID.
 */
hd_code_t hd_form_send(hd_cx_t *cx, const hd_form_t *form, hd_answer_t *answers, hd_str_t other, hd_ticket_t *ret);
bool hd_form_is_email(hd_str_t s);
const char *hd_when_name(hd_when_t op);          /* "!=" */

#endif
