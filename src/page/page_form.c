/*
 * The form of a team: its fields, its token, what is wrong with what was typed, and how it looks.
 *
 * Token, base64url: time(8) random(8) HMAC-SHA-256(secret, "form" slug time random)(32).  It says
 * that this site gave the form out and when; its siphash is the idempotency key, so a form counts
 * once.
 */
#include "page_impl.h"

#define TOKEN_BYTES  48
#define TOKEN_SIGNED 16
#define TRAP         "homepage"
#define LOCAL_MAX    64
#define LABEL_MAX    63
#define EMAIL_MAX    254
#define SLUG_MAX     240

_Static_assert(TOKEN_BYTES / 3 * 4 == HD_FORM_TOKEN_LEN, "a token is written without padding");

typedef struct {
    const char *name;            /* of the control, and of the ticket's field */
    const char *label, *hint;    /* catalog keys; hint may be NULL */
    const char *attributes;
    uint16_t    field;
    bool        required, long_text;
} field_t;

static const field_t fields[HD_FORM_FIELDS] = {
    [HD_FORM_NAME] = { .name = "partner_name", .label = "form.name",
        .field = HD_TICKET_F_partner_name, .required = true,
        .attributes = "type=\"text\" autocomplete=\"name\" dir=\"auto\"" },
    [HD_FORM_EMAIL] = { .name = "partner_email", .label = "form.email", .hint = "form.email_hint",
        .field = HD_TICKET_F_partner_email, .required = true,
        .attributes = "type=\"email\" autocomplete=\"email\" dir=\"ltr\" spellcheck=\"false\"" },
    [HD_FORM_PHONE] = { .name = "partner_phone", .label = "form.phone",
        .field = HD_TICKET_F_partner_phone,
        .attributes = "type=\"tel\" autocomplete=\"tel\" dir=\"ltr\"" },
    [HD_FORM_SUBJECT] = { .name = "name", .label = "form.subject", .field = HD_TICKET_F_name,
        .required = true, .attributes = "type=\"text\" autocomplete=\"off\" dir=\"auto\"" },
    [HD_FORM_QUESTION] = { .name = "description", .label = "form.question",
        .hint = "form.question_hint", .field = HD_TICKET_F_description, .required = true,
        .long_text = true, .attributes = "rows=\"8\" dir=\"auto\"" },
};

static const hd_field_t *table_row(const field_t *f)
{
    return &hd_entities[HD_TICKET]->fields[f->field];
}

/* ---- token ---- */

/* False when the slug is longer than any team's. */
static bool sign_token(const hd_site_t *site, hd_str_t slug, const uint8_t head[TOKEN_SIGNED],
                       uint8_t out[HD_HASH_LEN])
{
    uint8_t text[4 + SLUG_MAX + TOKEN_SIGNED] = { 'f', 'o', 'r', 'm' };
    if (slug.len > SLUG_MAX) {
        return false;
    }
    memcpy(text + 4, slug.data, slug.len);
    memcpy(text + 4 + slug.len, head, TOKEN_SIGNED);
    hd_hmac(site->secret, text, 4 + slug.len + TOKEN_SIGNED, out);
    return true;
}

hd_str_t hd_form_sign(hd_arena_t *a, const hd_site_t *site, hd_str_t slug, hd_time_t now,
                      const uint8_t random[8])
{
    uint8_t token[TOKEN_BYTES];
    hd_put_be64(token, (uint64_t) now);
    memcpy(token + 8, random, 8);
    if (!sign_token(site, slug, token, token + TOKEN_SIGNED)) {
        return (hd_str_t){ 0, "" };
    }
    return hd_base64url(a, token, sizeof(token));
}

hd_form_verdict_t hd_form_verify(const hd_site_t *site, hd_str_t slug, hd_str_t token,
                                 hd_time_t now, uint8_t ret_key[16])
{
    uint8_t got[TOKEN_BYTES], want[HD_HASH_LEN];
    if (token.len != HD_FORM_TOKEN_LEN || !hd_base64url_decode(token, got, sizeof(got))
        || !sign_token(site, slug, got, want)
        || !hd_mem_eq_const(got + TOKEN_SIGNED, want, sizeof(want)))
    {
        return HD_FORM_BAD;
    }
    hd_siphash(site->secret, got, sizeof(got), ret_key);
    hd_time_t made = (hd_time_t) hd_get_be64(got);
    return made > now - HD_FORM_LIFE && made < now + HD_FORM_LIFE ? HD_FORM_FRESH : HD_FORM_EXPIRED;
}

void hd_form_fingerprint(const hd_site_t *site, hd_arena_t *a, hd_str_t slug, const hd_form_t *f,
                         uint8_t out[16])
{
    hd_buf_t b;
    hd_buf_init(&b, a, 1024, 2 * HD_BODY_MAX);
    hd_buf_varint(&b, slug.len);
    hd_buf_str(&b, slug);
    for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
        hd_buf_varint(&b, f->value[i].len);
        hd_buf_str(&b, f->value[i]);
    }
    hd_siphash(site->secret, b.data, b.len, out);
}

/* ---- reading and checking ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 dot-atom, without quoted strings. */
static bool is_local_part(hd_str_t s)
{
    static const char marks[] = "!#$%&'*+-/=?^_`{|}~";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool dot = c == '.' && i > 0 && i + 1 < s.len && s.data[i - 1] != '.';
        if (!is_letter_or_digit(c) && !dot && memchr(marks, c, sizeof(marks) - 1) == NULL) {
            return false;
        }
    }
    return s.len > 0 && s.len <= LOCAL_MAX;
}

static bool is_label(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_letter_or_digit(s.data[i]) && (s.data[i] != '-' || i == 0 || i + 1 == s.len)) {
            return false;
        }
    }
    return s.len > 0 && s.len <= LABEL_MAX;
}

/* At least two labels, and the last begins with a letter, so no IP address. */
static bool is_domain(hd_str_t s)
{
    hd_str_t label = { 0, "" };
    unsigned n = 0;
    if (s.len == 0 || s.data[s.len - 1] == '.') {
        return false;
    }
    for (; hd_str_split(&s, '.', &label); n++) {
        if (!is_label(label)) {
            return false;
        }
    }
    return n >= 2 && (label.data[0] < '0' || label.data[0] > '9');
}

bool hd_form_is_email(hd_str_t s)
{
    const char *at = s.len == 0 || s.len > EMAIL_MAX ? NULL : memchr(s.data, '@', s.len);
    if (at == NULL) {
        return false;
    }
    size_t n = (size_t) (at - s.data);
    return is_local_part((hd_str_t){ n, s.data })
        && is_domain((hd_str_t){ s.len - n - 1, at + 1 });
}

void hd_form_bad(hd_form_t *f, hd_str_t field, const char *code)
{
    for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
        if (hd_str_is(field, fields[i].name) && f->error[i] == NULL) {
            f->error[i] = code;
            f->n_errors++;
        }
    }
}

static bool has_line_break(hd_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\r' || s.data[i] == '\n') {
            return true;
        }
    }
    return false;
}

/* A line break inside an address is no slip: it is refused before cleaning joins the lines. */
static void read_field(hd_arena_t *a, hd_form_t *f, unsigned i, hd_str_t value)
{
    if (i == HD_FORM_EMAIL && has_line_break(hd_str_trim(value))) {
        hd_form_bad(f, hd_str(fields[i].name), "bad_email");
    }
    f->value[i] = hd_text_clean(a, value, fields[i].long_text);
}

/* What the form does not have is ignored; of a name that comes twice, the first value counts. */
void hd_form_read(hd_arena_t *a, hd_str_t body, hd_form_t *ret_form)
{
    hd_str_t name, value;
    *ret_form = (hd_form_t){ .trapped = false };
    while (hd_query_next(&body, a, &name, &value)) {
        if (hd_str_is(name, "token") && ret_form->token.len == 0) {
            ret_form->token = value;
        } else if (hd_str_is(name, TRAP)) {
            ret_form->trapped = ret_form->trapped || hd_str_trim(value).len != 0;
        }
        for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
            if (hd_str_is(name, fields[i].name) && ret_form->value[i].len == 0) {
                read_field(a, ret_form, i, value);
            }
        }
    }
}

void hd_form_check(hd_form_t *f)
{
    for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
        const hd_field_t *row = table_row(&fields[i]);
        size_t max = (size_t) row->max;
        hd_str_t v = f->value[i];
        if (fields[i].required && v.len == 0) {
            hd_form_bad(f, hd_str(row->name), "required");
        } else if (v.len > 4 * max || (v.len > max && hd_text_length(v) > max)) {
            hd_form_bad(f, hd_str(row->name), "too_long");
        } else if (i == HD_FORM_EMAIL && !hd_form_is_email(v)) {
            hd_form_bad(f, hd_str(row->name), "bad_email");
        }
    }
}

void hd_form_ticket(const hd_form_t *f, hd_ticket_t *ret_t, uint64_t *ret_mask)
{
    *ret_t = (hd_ticket_t){ 0 };
    *ret_mask = 0;
    for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
        *(hd_str_t *) hd_field_at(table_row(&fields[i]), ret_t) = f->value[i];
        *ret_mask |= HD_BIT(fields[i].field);
    }
}

/* ---- looks ---- */

/* Codes without a sentence of their own get form.error.invalid. */
static hd_str_t error_sentence(const hd_sheet_t *s, const hd_form_t *f, unsigned i)
{
    if (strcmp(f->error[i], "too_long") == 0) {
        return hd_t_plural(s->arena, s->lang, "form.error.too_long", table_row(&fields[i])->max);
    }
    if (strcmp(f->error[i], "required") == 0) {
        return hd_sheet_say(s, "form.error.required");
    }
    return hd_sheet_say(s, strcmp(f->error[i], "bad_email") == 0 ? "form.error.bad_email"
                                                                 : "form.error.invalid");
}

static void write_summary(hd_sheet_t *s, const hd_form_t *f)
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
        for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
            if (f->error[i] != NULL) {
                hd_buf_printf(s->b, "<li><a href=\"#%s\">", fields[i].name);
                hd_sheet_text(s, fields[i].label);
                hd_buf_z(s->b, ": ");
                hd_buf_html(s->b, error_sentence(s, f, i));
                hd_buf_z(s->b, "</a></li>\n");
            }
        }
        hd_buf_z(s->b, "</ul>\n");
    }
    hd_buf_z(s->b, "</div>\n");
}

static void write_label(hd_sheet_t *s, const hd_form_t *f, unsigned i)
{
    const field_t *d = &fields[i];
    hd_buf_printf(s->b, "<div class=\"field%s\">\n<label for=\"%s\">",
                  f->error[i] ? " bad" : "", d->name);
    hd_sheet_text(s, d->label);
    if (!d->required) {
        hd_buf_z(s->b, " <span class=\"optional\">");
        hd_sheet_text(s, "form.optional");
        hd_buf_z(s->b, "</span>");
    }
    hd_buf_z(s->b, "</label>\n");
    if (d->hint != NULL) {
        hd_buf_printf(s->b, "<p class=\"hint\" id=\"%s-hint\">", d->name);
        hd_sheet_text(s, d->hint);
        hd_buf_z(s->b, "</p>\n");
    }
    if (f->error[i] != NULL) {
        hd_buf_printf(s->b, "<p class=\"error\" id=\"%s-error\">", d->name);
        hd_buf_html(s->b, error_sentence(s, f, i));
        hd_buf_z(s->b, "</p>\n");
    }
}

static void write_described(hd_sheet_t *s, const hd_form_t *f, unsigned i)
{
    const field_t *d = &fields[i];
    bool bad = f->error[i] != NULL;
    if (bad) {
        hd_buf_z(s->b, " aria-invalid=\"true\"");
    }
    if (bad && d->hint != NULL) {
        hd_buf_printf(s->b, " aria-describedby=\"%s-error %s-hint\"", d->name, d->name);
    } else if (bad || d->hint != NULL) {
        hd_buf_printf(s->b, " aria-describedby=\"%s-%s\"", d->name, bad ? "error" : "hint");
    }
}

/* Browsers drop the line break after <textarea>, so a first empty line of the text survives. */
static void write_field(hd_sheet_t *s, const hd_form_t *f, unsigned i)
{
    const field_t *d = &fields[i];
    write_label(s, f, i);
    hd_buf_printf(s->b, "<%s id=\"%s\" name=\"%s\" %s%s", d->long_text ? "textarea" : "input",
                  d->name, d->name, d->attributes, d->required ? " required" : "");
    write_described(s, f, i);
    if (d->long_text) {
        hd_buf_z(s->b, ">\n");
        hd_buf_html(s->b, f->value[i]);
        hd_buf_z(s->b, "</textarea>\n</div>\n");
    } else {
        hd_buf_z(s->b, " value=\"");
        hd_buf_html(s->b, f->value[i]);
        hd_buf_z(s->b, "\">\n</div>\n");
    }
}

static void write_trap(hd_sheet_t *s)
{
    hd_buf_z(s->b, "<div class=\"away\" aria-hidden=\"true\">\n<label for=\"" TRAP "\">");
    hd_sheet_text(s, "form.leave_empty");
    hd_buf_z(s->b, "</label>\n<input id=\"" TRAP "\" name=\"" TRAP "\" type=\"text\""
                   " tabindex=\"-1\" autocomplete=\"off\">\n</div>\n");
}

void hd_form_write(hd_sheet_t *s, hd_str_t slug, const hd_form_t *f, hd_str_t token)
{
    write_summary(s, f);
    hd_buf_z(s->b, "<form class=\"card\" method=\"post\" action=\"");
    hd_sheet_address(s, slug);
    hd_buf_z(s->b, "\">\n<input type=\"hidden\" name=\"token\" value=\"");
    hd_buf_html(s->b, token);
    hd_buf_z(s->b, "\">\n");
    for (unsigned i = 0; i < HD_FORM_FIELDS; i++) {
        write_field(s, f, i);
    }
    write_trap(s);
    hd_buf_z(s->b, "<button type=\"submit\">");
    hd_sheet_text(s, "form.send");
    hd_buf_z(s->b, "</button>\n</form>\n");
}
