/*
 * Values of Odoo as ours: false is empty, times are "2026-06-01 07:00:00" in UTC, a relation is [number, name] or a number,
 * HTML becomes text.  Each is written as JSON of our own; hd_read_json then holds it to the field's rules.
 */
#include <stdlib.h>

#include "tool_odoo.h"

/* "2026-06-01 07:00:00", UTC; also a day alone. */
static bool read_time(hd_str_t text, hd_time_t *ret)
{
    char iso[40];
    if (text.len == 10) {
        (void) snprintf(iso, sizeof(iso), "%.10sT00:00:00Z", text.data);
    } else if (text.len >= 19 && text.len < 30) {
        (void) snprintf(iso, sizeof(iso), "%.10sT%.*sZ", text.data, (int) text.len - 11, text.data + 11);
    } else {
        return false;
    }
    return hd_time_parse(hd_str(iso), ret);
}

hd_id_t odoo_id(const hd_jval_t *v)
{
    const hd_jval_t *one = v != NULL && hd_jtype(v) == HD_J_ARR && hd_jlen(v) != 0 ? hd_jat(v, 0) : v;
    int64_t n = one != NULL && hd_jtype(one) == HD_J_INT ? hd_jint(one) : 0;
    return n > 0 ? (hd_id_t) n : 0;
}

hd_str_t odoo_text(const odoo_row_t *row, const char *field)
{
    const hd_jval_t *v = hd_jget(row->v, field);
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
}

static bool is_empty(const hd_jval_t *v)
{
    return v == NULL || hd_jtype(v) == HD_J_NULL || (hd_jtype(v) == HD_J_BOOL && !hd_jbool(v))
        || (hd_jtype(v) == HD_J_STR && hd_jstr(v).len == 0);
}

/* ---- texts ---- */

/* The first max characters. */
static hd_str_t cut(hd_str_t s, int64_t max)
{
    size_t i = 0;
    int64_t n = 0;
    for (; i < s.len && n < max; n++) {
        for (i++; i < s.len && ((unsigned char) s.data[i] & 0xC0) == 0x80; i++) { }
    }
    return (hd_str_t){ i, s.data };
}

/* "lt_LT" -> "lt"; what is none of ours is empty, and said. */
static hd_str_t language(hd_str_t s)
{
    hd_str_t code = { s.len < 2 ? s.len : 2, s.data };
    return hd_str_is(code, hd_lang_code(hd_lang_from(code))) ? code : s;
}

static void put_text(odoo_import_t *m, const odoo_row_t *row, const hd_field_t *f, const hd_jval_t *v, bool html,
                     hd_json_t *out)
{
    hd_arena_t *a = m->tool->scratch;
    char number[32];
    hd_str_t s = hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
    if (hd_jtype(v) == HD_J_INT) {
        s = (hd_str_t){ (size_t) snprintf(number, sizeof(number), "%" PRId64, hd_jint(v)), number };
    }
    s = html ? hd_text_from_html(a, s) : s;
    s = strcmp(f->name, "lang") == 0 ? language(s) : s;
    hd_str_t kept = cut(s, f->max);
    if (kept.len < s.len) {
        odoo_report(m, "cut off", row->id, hd_str(f->name), "too_long", "The text is too long; its end was left out.");
    }
    hd_json_str(out, kept);
}

/* ---- relations ---- */

static hd_id_t resolve(odoo_import_t *m, odoo_row_t *row, const hd_field_t *f, const odoo_item_t *item, hd_id_t theirs)
{
    hd_id_t id = theirs != 0 ? odoo_resolve(m, (size_t) item->relation, theirs) : 0;
    bool of_head = item->field == HD_F_create_uid || item->field == HD_F_write_uid;      /* nobody here: the desk itself */
    if (theirs != 0 && id == 0 && !(f->flags & HD_F_LOOSE)) {
        row->incomplete = true;
        if (m->last_pass && !of_head) {
            char message[160];
            (void) snprintf(message, sizeof(message), "%s %" PRIu64 " was not taken over.",
                            odoo_models[item->relation].model, theirs);
            odoo_report(m, "left out", row->id, hd_str(f->name), "not_found", message);
        }
    }
    return id;
}

static void put_refs(odoo_import_t *m, odoo_row_t *row, const hd_field_t *f, const odoo_item_t *item, const hd_jval_t *v,
                     hd_json_t *out)
{
    hd_json_arr(out);
    for (size_t i = 0; hd_jtype(v) == HD_J_ARR && i < hd_jlen(v); i++) {
        hd_id_t id = resolve(m, row, f, item, odoo_id(hd_jat(v, i)));
        if (id != 0) {
            hd_json_u64(out, id);
        }
    }
    hd_json_end_arr(out);
}

/* ---- the rest ---- */

static bool put_enum(odoo_import_t *m, const odoo_row_t *row, const hd_field_t *f, const hd_jval_t *v, hd_json_t *out)
{
    hd_str_t slug = hd_jtype(v) == HD_J_STR ? hd_jstr(v) : (hd_str_t){ 0, "" };
    for (uint8_t i = 0; i < f->options->n; i++) {
        if (hd_str_is(slug, f->options->slugs[i])) {
            hd_json_key(out, hd_str(f->name));
            hd_json_str(out, slug);
            return true;
        }
    }
    if (slug.len != 0) {
        odoo_report(m, "left out", row->id, hd_str(f->name), "not_an_option", "This desk has no such option.");
    }
    return false;
}

static void put_number(const hd_jval_t *v, hd_json_t *out)
{
    double real = hd_jtype(v) == HD_J_REAL ? hd_jreal(v) : 0;
    if (hd_jtype(v) == HD_J_REAL && real > -9e15 && real < 9e15) {
        hd_json_i64(out, (int64_t) (real < 0 ? real - 0.5 : real + 0.5));
    } else {
        hd_json_i64(out, hd_jtype(v) == HD_J_INT ? hd_jint(v) : 0);
    }
}

/* JSON as it is, or text that holds it. */
static void put_json(odoo_import_t *m, const hd_jval_t *v, hd_json_t *out)
{
    hd_jval_t *held;
    if (hd_jtype(v) == HD_J_STR && hd_jparse(m->tool->scratch, hd_jstr(v), &held) == HD_OK) {
        v = held;
    }
    if (hd_jtype(v) == HD_J_OBJ || hd_jtype(v) == HD_J_ARR) {
        hd_json_raw(out, hd_jdump(m->tool->scratch, v));
    } else {
        hd_json_null(out);
    }
}

static void put_time(const hd_jval_t *v, hd_json_t *out)
{
    hd_time_t t = 0;
    if (hd_jtype(v) == HD_J_STR && !read_time(hd_jstr(v), &t)) {
        hd_json_str(out, hd_jstr(v));            /* refused where the field is read */
    } else {
        hd_json_time(out, t);
    }
}

static void put_value(odoo_import_t *m, odoo_row_t *row, const hd_field_t *f, const odoo_item_t *item, const hd_jval_t *v,
                      bool html, hd_json_t *out)
{
    hd_id_t id;
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
        hd_json_bool(out, hd_jtype(v) == HD_J_BOOL && hd_jbool(v));
        break;
    case HD_K_INT:
        put_number(v, out);
        break;
    case HD_K_REF:
        id = resolve(m, row, f, item, odoo_id(v));
        if (id != 0) {
            hd_json_u64(out, id);
        } else {
            hd_json_null(out);
        }
        break;
    case HD_K_REFS:
        put_refs(m, row, f, item, v, out);
        break;
    case HD_K_TIME:
        put_time(v, out);
        break;
    case HD_K_JSON:
        put_json(m, v, out);
        break;
    default:
        put_text(m, row, f, v, html, out);
        break;
    }
}

void odoo_put_item(odoo_import_t *m, odoo_row_t *row, const odoo_item_t *item, hd_json_t *out)
{
    const hd_field_t *f = &hd_entities[odoo_models[m->at].type]->fields[item->field];
    unsigned i = 0;
    const hd_jval_t *v = hd_jget(row->v, item->theirs[0]);
    while (is_empty(v) && i + 1 < item->n) {
        v = hd_jget(row->v, item->theirs[++i]);
    }
    if (v == NULL || (f->kind == HD_K_ENUM && (put_enum(m, row, f, v, out), true))) {
        return;
    }
    hd_json_key(out, hd_str(f->name));
    put_value(m, row, f, item, v, item->html[i], out);
}
