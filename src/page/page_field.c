/*
 * What small forms are made of: a labelled control with its hint and its error, a notice, the hidden field that ties a form
 * to a session (T-11).
 */
#include "page_impl.h"

void hd_sheet_notice(hd_sheet_t *s, const char *key)
{
    if (key != NULL) {
        hd_buf_z(s->b, "<div class=\"notice\" role=\"alert\" tabindex=\"-1\" autofocus>\n");
        hd_sheet_element(s, "p", hd_sheet_say(s, key));
        hd_buf_z(s->b, "</div>\n");
    }
}

static void write_note(hd_sheet_t *s, const char *class, const char *name, const char *key)
{
    if (key != NULL) {
        hd_buf_printf(s->b, "<p class=\"%s\" id=\"%s-%s\">", class, name, class);
        hd_sheet_text(s, key);
        hd_buf_z(s->b, "</p>\n");
    }
}

void hd_sheet_field(hd_sheet_t *s, const hd_page_field_t *f, hd_str_t value)
{
    hd_buf_printf(s->b, "<div class=\"field%s\">\n<label for=\"%s\">", f->error != NULL ? " bad" : "", f->name);
    hd_sheet_text(s, f->label);
    hd_buf_z(s->b, "</label>\n");
    write_note(s, "hint", f->name, f->hint);
    write_note(s, "error", f->name, f->error);
    hd_buf_printf(s->b, "<input id=\"%s\" name=\"%s\" required %s", f->name, f->name, f->attributes);
    if (f->error != NULL || f->hint != NULL) {
        hd_buf_printf(s->b, "%s aria-describedby=\"%s-%s\"", f->error != NULL ? " aria-invalid=\"true\"" : "", f->name,
                      f->error != NULL ? "error" : "hint");
    }
    hd_buf_z(s->b, " value=\"");
    hd_buf_html(s->b, value);
    hd_buf_z(s->b, "\">\n</div>\n");
}

void hd_sheet_hidden(hd_sheet_t *s, const char *name, hd_str_t value)
{
    hd_buf_printf(s->b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    hd_buf_html(s->b, value);
    hd_buf_z(s->b, "\">\n");
}

void hd_sheet_select(hd_sheet_t *s, const char *name, const char *label, const hd_str_t *values, const hd_str_t *texts,
                     size_t n, hd_str_t chosen)
{
    hd_buf_printf(s->b, "<div class=\"field\">\n<label for=\"%s\">", name);
    hd_sheet_text(s, label);
    hd_buf_printf(s->b, "</label>\n<select id=\"%s\" name=\"%s\">\n", name, name);
    for (size_t i = 0; i < n; i++) {
        hd_buf_z(s->b, "<option value=\"");
        hd_buf_html(s->b, values[i]);
        hd_buf_z(s->b, hd_str_eq(values[i], chosen) ? "\" selected>" : "\">");
        hd_buf_html(s->b, texts[i]);
        hd_buf_z(s->b, "</option>\n");
    }
    hd_buf_z(s->b, "</select>\n</div>\n");
}

static hd_str_t readable(hd_arena_t *a, hd_str_t zone)
{
    char *text = hd_alloc_raw(a, zone.len + 1);
    for (size_t i = 0; i < zone.len; i++) {
        text[i] = zone.data[i] == '_' ? ' ' : zone.data[i];
    }
    return (hd_str_t){ zone.len, text };
}

void hd_sheet_zones(hd_sheet_t *s, hd_str_t chosen)
{
    hd_str_t *places, *zones, *texts;
    size_t n = hd_text_timezones(s->arena, &places), k = 0;
    zones = hd_alloc_n(s->arena, n + 2, sizeof(*zones));
    texts = hd_alloc_n(s->arena, n + 2, sizeof(*texts));
    zones[k++] = chosen;
    if (!hd_str_is(chosen, "UTC")) {
        zones[k++] = HD_STR("UTC");
    }
    for (size_t i = 0; i < n; i++) {
        if (!hd_str_eq(places[i], chosen)) {
            zones[k++] = places[i];
        }
    }
    for (size_t i = 0; i < k; i++) {
        texts[i] = readable(s->arena, zones[i]);
    }
    hd_sheet_select(s, "tz", "user.tz", zones, texts, k, chosen);
}

void hd_sheet_button(hd_sheet_t *s, const char *attributes, const char *key)
{
    hd_buf_printf(s->b, "<p class=\"buttons\"><button type=\"submit\"%s>", attributes);
    hd_sheet_text(s, key);
    hd_buf_z(s->b, "</button></p>\n");
}

hd_code_t hd_page_form_pairs(hd_call_t *c, hd_pair_t **ret_pairs, size_t *ret_n)
{
    return hd_call_is_foreign(c) ? HD_E_CSRF : hd_form_pairs(c, ret_pairs, ret_n);
}

bool hd_page_is_own_form(hd_call_t *c, const hd_pair_t *pairs, size_t n)
{
    hd_str_t want = hd_page_session(c), got = hd_page_pair(pairs, n, "csrf");
    return want.len != 0 && want.len == got.len && hd_mem_eq_const(want.data, got.data, want.len);
}

const char *hd_page_password_fault(hd_str_t password, hd_str_t again, hd_str_t login, hd_str_t name)
{
    static const char *const keys[] = {
        [HD_PASSWORD_GOOD] = NULL, [HD_PASSWORD_LONG] = "page.password.long", [HD_PASSWORD_BYTES] = "page.password.bytes",
        [HD_PASSWORD_SHORT] = "page.password.short", [HD_PASSWORD_NAME] = "page.password.name",
        [HD_PASSWORD_COMMON] = "page.password.common",
    };
    const char *key = keys[hd_password_fault(password, login, name)];
    return key != NULL ? key : hd_str_eq(password, again) ? NULL : "page.password.differ";
}

void hd_sheet_new_password(hd_sheet_t *s, const char *name, const char *fault)
{
    const hd_page_field_t fields[] = {
        { .name = name, .label = "account.new_password", .hint = "user.password_hint", .error = fault,
          .attributes = "type=\"password\" autocomplete=\"new-password\" dir=\"ltr\" minlength=\"12\" maxlength=\"128\"" },
        { .name = "again", .label = "page.password.again",
          .attributes = "type=\"password\" autocomplete=\"new-password\" dir=\"ltr\" maxlength=\"128\"" },
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        hd_sheet_field(s, &fields[i], (hd_str_t){ 0, "" });
    }
}
