/*
 * Properties: definitions live on the team and apply to its tickets (TKT-12).  What a client sends
 *
 *     [{"label":"Serial number","type":"text"},{"type":"selection","label":"Colour","options":["red"]}]
 *
 * is checked member by member and stored in full: names made from labels where they are missing,
 * options as objects.  A name never changes by itself, so values find their definition again.
 */
#include "desk_property.h"

#define NAME_MAX_LEN   60
#define LABEL_MAX      120
#define NAME_TRIES     1000

static const char *const types[HD_P_COUNT] = {
    "text", "multiline", "html", "checkbox", "integer", "decimal", "monetary", "date", "datetime",
    "selection", "tags", "many2one", "many2many", "separator",
};
static const hd_type_t comodels[] = {
    HD_CONTACT, HD_USER, HD_TICKET, HD_TEAM, HD_TAG, HD_COMPANY, HD_TICKET_TYPE,
};
static const char *const members[] = {
    "name", "type", "label", "default", "options", "comodel", "in_cards", "currency",
};

/* ---- small readers ---- */

static bool find_type(hd_str_t slug, hd_ptype_t *ret)
{
    for (int i = 0; i < HD_P_COUNT; i++) {
        if (hd_str_is(slug, types[i])) {
            *ret = (hd_ptype_t) i;
            return true;
        }
    }
    return false;
}

static hd_type_t find_comodel(hd_str_t name)
{
    for (size_t i = 0; i < sizeof(comodels) / sizeof(comodels[0]); i++) {
        if (hd_str_is(name, hd_entities[comodels[i]]->name)) {
            return comodels[i];
        }
    }
    return 0;
}

static bool has_options(hd_ptype_t type)
{
    return type == HD_P_SELECTION || type == HD_P_TAGS;
}

static bool is_relation(hd_ptype_t type)
{
    return type == HD_P_MANY2ONE || type == HD_P_MANY2MANY;
}

static hd_str_t string_of(const hd_jval_t *v)
{
    return v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR("");
}

static bool is_name(hd_str_t s)
{
    bool ok = s.len != 0 && s.len <= NAME_MAX_LEN && s.data[0] >= 'a' && s.data[0] <= 'z';
    for (size_t i = 0; i < s.len && ok; i++) {
        char c = s.data[i];
        ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    return ok;
}

/* ---- definitions of a stored team ---- */

const hd_property_t *hd_desk_properties(hd_cx_t *cx, const hd_team_t *team, size_t *ret_n)
{
    hd_jval_t *list;
    *ret_n = 0;
    if (team->ticket_properties.len == 0
        || hd_jparse(cx->arena, team->ticket_properties, &list) != HD_OK) {
        return NULL;
    }
    hd_property_t *v = hd_alloc_n(cx->arena, hd_jlen(list) + 1, sizeof(*v));
    for (size_t i = 0; i < hd_jlen(list); i++) {
        hd_jval_t *item = hd_jat(list, i);
        hd_property_t *p = &v[*ret_n];
        p->name = string_of(hd_jget(item, "name"));
        p->comodel = find_comodel(string_of(hd_jget(item, "comodel")));
        p->options = hd_jget(item, "options");
        p->initial = hd_jget(item, "default");
        *ret_n += find_type(string_of(hd_jget(item, "type")), &p->type);
    }
    return v;
}

const hd_property_t *hd_desk_property(const hd_property_t *v, size_t n, hd_str_t name)
{
    for (size_t i = 0; i < n; i++) {
        if (hd_str_eq(v[i].name, name)) {
            return &v[i];
        }
    }
    return NULL;
}

/* ---- checking what a client sent ---- */

typedef struct {
    hd_cx_t      *cx;
    hd_json_t     out;
    hd_jval_t    *list;
    hd_property_t def;           /* of the element at hand */
    hd_jval_t    *item;
    size_t        i;
    hd_str_t     *names;         /* of the elements before, and those given behind */
} check_t;

static void bad(check_t *c, const char *member, const char *code)
{
    hd_desk_bad_name(c->cx, hd_strf(c->cx->arena, "ticket_properties[%zu]%s%s", c->i,
                                    member[0] != '\0' ? "." : "", member), code);
}

static void put_text(check_t *c, const char *key, hd_str_t value)
{
    hd_json_key(&c->out, hd_str(key));
    hd_json_str(&c->out, value);
}

static bool is_taken(const check_t *c, hd_str_t name, size_t among)
{
    for (size_t i = 0; i < among; i++) {
        if (i != c->i && hd_str_eq(c->names[i], name)) {
            return true;
        }
    }
    return false;
}

static hd_str_t make_name(check_t *c, hd_str_t label)
{
    hd_arena_t *a = c->cx->arena;
    hd_str_t slug = hd_str_dup(a, hd_text_slug(a, label, NAME_MAX_LEN - 8));
    for (size_t i = 0; i < slug.len; i++) {
        char *p = (char *) (uintptr_t) slug.data + i;
        *p = *p == '-' ? '_' : *p;
    }
    hd_str_t base = is_name(slug) ? slug : hd_str_cat(a, 2, HD_STR("p_"), slug);
    hd_str_t name = base;
    for (int n = 2; n < NAME_TRIES && is_taken(c, name, hd_jlen(c->list)); n++) {
        name = hd_strf(a, "%.*s_%d", HD_STR_ARG(base), n);
    }
    return name;
}

static void check_name(check_t *c, hd_str_t label)
{
    if (c->names[c->i].len == 0) {
        c->names[c->i] = make_name(c, label);
    } else if (!is_name(c->names[c->i])) {
        bad(c, "name", "not_allowed");
    } else if (is_taken(c, c->names[c->i], c->i)) {
        bad(c, "name", "taken");
    }
    c->def.name = c->names[c->i];
    put_text(c, "name", c->def.name);
}

/* Text of 1 to LABEL_MAX characters, cleaned; reports itself. */
static bool read_label(check_t *c, const char *member, const hd_jval_t *v, hd_str_t *ret)
{
    if (hd_jtype(v) != HD_J_STR) {
        bad(c, member, "wrong_type");
        return false;
    }
    *ret = hd_text_clean(c->cx->arena, hd_jstr(v), false);
    if (ret->len == 0 || ret->len > 4 * LABEL_MAX || hd_text_length(*ret) > LABEL_MAX) {
        bad(c, member, ret->len == 0 ? "required" : "too_long");
        return false;
    }
    return true;
}

/* "red", or {"value":"red","label":"Red","color":1}. */
static void check_option(check_t *c, size_t n, hd_jval_t *v)
{
    hd_arena_t *a = c->cx->arena;
    const char *where = hd_strf(a, "options[%zu]", n).data;
    bool object = hd_jtype(v) == HD_J_OBJ;
    hd_jval_t *value = object ? hd_jget(v, "value") : v, *label = object ? hd_jget(v, "label") : v;
    hd_jval_t *color = object ? hd_jget(v, "color") : NULL;
    hd_str_t slug, text;
    value = value == NULL ? label : value;
    label = label == NULL ? value : label;
    if (value == NULL) {
        bad(c, where, "wrong_type");
        return;
    }
    if (!read_label(c, where, value, &slug) || !read_label(c, where, label, &text)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        hd_jval_t *o = hd_jat(hd_jget(c->item, "options"), i);
        hd_jval_t *other = hd_jtype(o) == HD_J_OBJ ? hd_jget(o, "value") : o;
        if (hd_str_eq(string_of(other), slug)) {
            bad(c, where, "taken");
            return;
        }
    }
    hd_json_obj(&c->out);
    put_text(c, "value", slug);
    put_text(c, "label", text);
    if (color != NULL && hd_jtype(color) == HD_J_INT && hd_jint(color) >= 0 && hd_jint(color) <= 11) {
        hd_json_key(&c->out, HD_STR("color"));
        hd_json_i64(&c->out, hd_jint(color));
    } else if (color != NULL && hd_jtype(color) != HD_J_NULL) {
        bad(c, where, "out_of_range");
    }
    hd_json_end_obj(&c->out);
}

static void check_options(check_t *c)
{
    hd_jval_t *v = hd_jget(c->item, "options");
    bool given = v != NULL && hd_jtype(v) != HD_J_NULL;
    if (!has_options(c->def.type)) {
        if (given && !(hd_jtype(v) == HD_J_ARR && hd_jlen(v) == 0)) {
            bad(c, "options", "not_allowed");
        }
        return;
    }
    if (!given || hd_jtype(v) != HD_J_ARR || hd_jlen(v) > HD_OPTIONS_MAX) {
        bad(c, "options", !given ? "required" : hd_jtype(v) == HD_J_ARR ? "too_many" : "wrong_type");
        return;
    }
    hd_json_key(&c->out, HD_STR("options"));
    size_t start = c->out.b->len;
    hd_json_arr(&c->out);
    for (size_t i = 0; i < hd_jlen(v); i++) {
        check_option(c, i, hd_jat(v, i));
    }
    hd_json_end_arr(&c->out);
    hd_str_t text = { c->out.b->len - start, c->out.b->data + start };
    if (hd_jparse(c->cx->arena, text, &c->def.options) != HD_OK) {
        c->def.options = NULL;
    }
}

static void check_comodel(check_t *c)
{
    hd_jval_t *v = hd_jget(c->item, "comodel");
    bool given = v != NULL && hd_jtype(v) != HD_J_NULL;
    if (!is_relation(c->def.type)) {
        if (given) {
            bad(c, "comodel", "not_allowed");
        }
        return;
    }
    c->def.comodel = find_comodel(string_of(v));
    if (c->def.comodel == 0) {
        bad(c, "comodel", !given ? "required" : "not_an_option");
        return;
    }
    put_text(c, "comodel", string_of(v));
}

static void check_currency(check_t *c)
{
    hd_jval_t *v = hd_jget(c->item, "currency");
    if (v == NULL || hd_jtype(v) == HD_J_NULL) {
        return;
    }
    hd_str_t s = string_of(v);
    bool ok = c->def.type == HD_P_MONETARY && s.len == 3;
    for (size_t i = 0; i < s.len && ok; i++) {
        ok = s.data[i] >= 'A' && s.data[i] <= 'Z';
    }
    if (!ok) {
        bad(c, "currency", "not_allowed");
        return;
    }
    put_text(c, "currency", s);
}

static void check_default(check_t *c)
{
    hd_jval_t *v = hd_jget(c->item, "default");
    if (v == NULL || hd_jtype(v) == HD_J_NULL || (has_options(c->def.type) && c->def.options == NULL)) {
        return;
    }
    hd_str_t where = hd_strf(c->cx->arena, "ticket_properties[%zu].default", c->i);
    hd_json_key(&c->out, HD_STR("default"));
    if (!hd_desk_property_write(c->cx, &c->def, v, v, where, &c->out)) {
        hd_json_null(&c->out);
    }
}

static void check_members(check_t *c)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *v;
    while (hd_jnext(c->item, &it, &key, &v)) {
        bool known = false;
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            known |= hd_str_is(key, members[i]);
        }
        if (!known) {
            bad(c, key.len <= 32 ? hd_str_dup(c->cx->arena, key).data : "", "unknown_field");
        }
    }
    v = hd_jget(c->item, "in_cards");
    bool given = v != NULL && hd_jtype(v) != HD_J_NULL;
    if (given && hd_jtype(v) != HD_J_BOOL) {
        bad(c, "in_cards", "wrong_type");
    }
    hd_json_key(&c->out, HD_STR("in_cards"));
    hd_json_bool(&c->out, given && hd_jbool(v));
}

static void check_definition(check_t *c)
{
    hd_jval_t *type = hd_jget(c->item, "type"), *label = hd_jget(c->item, "label");
    hd_str_t text = { 0, "" };
    c->def = (hd_property_t){ .type = HD_P_COUNT };
    if (type == NULL || hd_jtype(type) != HD_J_STR || !find_type(hd_jstr(type), &c->def.type)) {
        bad(c, "type", type == NULL ? "required"
                       : hd_jtype(type) != HD_J_STR ? "wrong_type" : "not_an_option");
        return;
    }
    bool labelled = label != NULL && hd_jtype(label) != HD_J_NULL;
    if (labelled && !read_label(c, "label", label, &text)) {
        return;
    }
    if (!labelled && c->names[c->i].len == 0) {
        bad(c, "label", "required");
        return;
    }
    hd_json_obj(&c->out);
    check_name(c, text);
    put_text(c, "type", hd_jstr(type));
    put_text(c, "label", labelled ? text : c->def.name);
    check_options(c);
    check_comodel(c);
    check_currency(c);
    check_default(c);
    check_members(c);
    hd_json_end_obj(&c->out);
}

/* Names that were given, so that a name made from a label keeps off them. */
static bool collect_names(check_t *c)
{
    bool all = true;
    c->names = hd_alloc_n(c->cx->arena, hd_jlen(c->list) + 1, sizeof(*c->names));
    for (c->i = 0; c->i < hd_jlen(c->list); c->i++) {
        hd_jval_t *item = hd_jat(c->list, c->i);
        hd_jval_t *name = hd_jtype(item) == HD_J_OBJ ? hd_jget(item, "name") : NULL;
        if (hd_jtype(item) != HD_J_OBJ) {
            bad(c, "", "wrong_type");
            all = false;
        } else if (name != NULL && hd_jtype(name) != HD_J_STR && hd_jtype(name) != HD_J_NULL) {
            bad(c, "name", "wrong_type");
            all = false;
        }
        c->names[c->i] = string_of(name);
    }
    return all;
}

void hd_desk_check_properties(hd_cx_t *cx, hd_team_t *t)
{
    check_t c = { .cx = cx };
    if (t->ticket_properties.len == 0) {
        return;
    }
    if (hd_jparse(cx->arena, t->ticket_properties, &c.list) != HD_OK
        || hd_jtype(c.list) != HD_J_ARR) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_ticket_properties, "wrong_type");
        return;
    }
    if (hd_jlen(c.list) > HD_PROPERTIES_MAX) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_ticket_properties, "too_many");
        return;
    }
    if (!collect_names(&c)) {
        return;
    }
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 2 * t->ticket_properties.len + 256, HD_BODY_MAX);
    c.out = hd_json(&b);
    hd_json_arr(&c.out);
    for (c.i = 0; c.i < hd_jlen(c.list); c.i++) {
        c.item = hd_jat(c.list, c.i);
        check_definition(&c);
    }
    hd_json_end_arr(&c.out);
    if (b.failed || b.len > (size_t) hd_entities[HD_TEAM]->fields[HD_TEAM_F_ticket_properties].max) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_ticket_properties, "too_long");
        return;
    }
    t->ticket_properties = hd_jlen(c.list) != 0 ? hd_buf_view(&b) : HD_STR("");
}
