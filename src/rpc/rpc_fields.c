/*
 * What fields are: fields_get; and what else is asked before records are: default_get, rights.
 */
#include "rpc_query.h"

#define NAME_MAX_SHOWN 64

/* ---- words ---- */

static const struct { const char *model, *field, *key; } labels[] = {
#define RPC_LABEL(m, f, k)     { m, f, k },
#define RPC_OPTION(m, f, s, k)
#include "rpc_labels.def"
#undef RPC_LABEL
#undef RPC_OPTION
};
static const struct { const char *model, *field, *slug, *key; } options[] = {
#define RPC_LABEL(m, f, k)
#define RPC_OPTION(m, f, s, k) { m, f, s, k },
#include "rpc_labels.def"
#undef RPC_LABEL
#undef RPC_OPTION
};

/* "partner_email": "Partner email"; what a relation names is no id to a reader. */
static hd_str_t words_of(hd_arena_t *a, hd_str_t name)
{
    static const char *const ends[] = { "_ids", "_id", "_uid" };
    hd_str_t s = hd_str_dup(a, name.len <= NAME_MAX_SHOWN ? name : (hd_str_t){ NAME_MAX_SHOWN, name.data });
    char *p = (char *) (uintptr_t) s.data;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t n = strlen(ends[i]);
        if (s.len > n && memcmp(s.data + s.len - n, ends[i], n) == 0) {
            s.len -= n;
            break;
        }
    }
    for (size_t i = 0; i < s.len; i++) {
        p[i] = p[i] == '_' ? ' ' : p[i];
    }
    if (s.len != 0 && p[0] >= 'a' && p[0] <= 'z') {
        p[0] = (char) (p[0] - 'a' + 'A');
    }
    return s;
}

hd_str_t rpc_field_label(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (strcmp(labels[i].field, f->name) == 0 && (labels[i].model == NULL || strcmp(labels[i].model, m->name) == 0)) {
            return hd_t(rpc->cx->arena, rpc->context.lang, labels[i].key, 0);
        }
    }
    return words_of(rpc->cx->arena, hd_str(f->name));
}

static hd_str_t option_label(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f, hd_str_t slug)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].field, f->name) == 0 && hd_str_is(slug, options[i].slug)
            && (options[i].model == NULL || strcmp(options[i].model, m->name) == 0)) {
            return hd_t(rpc->cx->arena, rpc->context.lang, options[i].key, 0);
        }
    }
    return words_of(rpc->cx->arena, slug);
}

/* ---- facts ---- */

const char *rpc_kind_name(rpc_kind_t kind)
{
    static const char *const names[] = {
        [RPC_BOOLEAN] = "boolean", [RPC_INTEGER] = "integer", [RPC_FLOAT] = "float", [RPC_CHAR] = "char", [RPC_TEXT] = "text",
        [RPC_HTML] = "html", [RPC_SELECTION] = "selection", [RPC_DATE] = "date", [RPC_DATETIME] = "datetime",
        [RPC_BINARY] = "binary", [RPC_MANY2ONE] = "many2one", [RPC_ONE2MANY] = "one2many", [RPC_MANY2MANY] = "many2many",
        [RPC_REFERENCE] = "reference", [RPC_PROPERTIES] = "properties", [RPC_ANY_JSON] = "json",
    };
    return names[kind];
}

bool rpc_is_required(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own != NULL && (own->flags & HD_F_REQ) != 0 && !rpc_is_readonly(m, f);
}

bool rpc_is_readonly(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    bool fixed = (f->flags & RPC_F_READONLY) != 0 || own == NULL || (own->flags & HD_F_RO) != 0 || own->kind == HD_K_COMPUTED;
    return fixed && (f->flags & RPC_F_SET) == 0;
}

bool rpc_is_stored(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own != NULL && own->tag != 0;
}

static bool is_searchable(const rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    bool name = m->rec_name != NULL && strcmp(f->name, "display_name") == 0;
    return f->ask != NULL || name
           || (own != NULL && own->kind != HD_K_JSON && hd_field_is_asked(own, hd_actor_is_staff(rpc->cx->actor)));
}

/* ---- fields_get ---- */

typedef struct {
    rpc_t           *rpc;
    const hd_jval_t *only;       /* attributes; NULL: all */
    hd_json_t       *j;
} describe_t;

static bool names(const hd_jval_t *list, const char *name)
{
    for (size_t i = 0; i < hd_jlen(list); i++) {
        const hd_jval_t *v = hd_jat(list, i);
        if (hd_jtype(v) == HD_J_STR && hd_str_is(hd_jstr(v), name)) {
            return true;
        }
    }
    return false;
}

/* Is the attribute wanted?  Then its key is written. */
static bool begins(describe_t *d, const char *attribute)
{
    bool wanted = d->only == NULL || names(d->only, attribute);
    if (wanted) {
        hd_json_key(d->j, hd_str(attribute));
    }
    return wanted;
}

static void put_text(describe_t *d, const char *attribute, hd_str_t s)
{
    if (begins(d, attribute)) {
        hd_json_str(d->j, s);
    }
}

static void put_flag(describe_t *d, const char *attribute, bool v)
{
    if (begins(d, attribute)) {
        hd_json_bool(d->j, v);
    }
}

static void put_choice(describe_t *d, hd_str_t value, hd_str_t label)
{
    hd_json_arr(d->j);
    hd_json_str(d->j, value);
    hd_json_str(d->j, label);
    hd_json_end_arr(d->j);
}

static void put_choices(describe_t *d, const rpc_model_t *m, const rpc_field_t *f, const hd_enum_t *o)
{
    for (uint8_t i = 0; i < o->n; i++) {
        hd_str_t slug = hd_str(o->slugs[i]);
        put_choice(d, slug, option_label(d->rpc, m, f, slug));
    }
}

/* Selections that are no options of the record. */
static void put_other_choices(describe_t *d, const rpc_model_t *m, const rpc_field_t *f)
{
    static const struct { const char *field; const char *const v[8]; } of[] = {
        { "company_type", { "person", "company" } }, { "notification_type", { "email", "inbox" } }, { "type", { "binary" } },
        { "dayofweek", { "0", "1", "2", "3", "4", "5", "6" } },
    };
    if (strcmp(f->name, "lang") == 0) {
        for (int lang = 0; lang < HD_LANG_COUNT; lang++) {
            hd_str_t code = hd_str(rpc_lang_name((hd_lang_t) lang));
            put_choice(d, code, code);
        }
    } else if (strcmp(f->name, "team_privacy_visibility") == 0) {
        put_choices(d, m, f, hd_entities[HD_TEAM]->fields[HD_TEAM_F_privacy_visibility].options);
    } else if (strcmp(f->name, "ttype") == 0) {
        for (int k = 0; k <= RPC_ANY_JSON; k++) {
            put_choice(d, hd_str(rpc_kind_name((rpc_kind_t) k)), hd_str(rpc_kind_name((rpc_kind_t) k)));
        }
    }
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        for (size_t k = 0; strcmp(f->name, of[i].field) == 0 && k < 8 && of[i].v[k] != NULL; k++) {
            put_choice(d, hd_str(of[i].v[k]), option_label(d->rpc, m, f, hd_str(of[i].v[k])));
        }
    }
}

static void put_selection(describe_t *d, const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    if (f->kind != RPC_SELECTION || !begins(d, "selection")) {
        return;
    }
    hd_json_arr(d->j);
    if (own != NULL && own->options != NULL) {
        put_choices(d, m, f, own->options);
    } else {
        put_other_choices(d, m, f);
    }
    hd_json_end_arr(d->j);
}

static void put_relation(describe_t *d, const rpc_model_t *m, const rpc_field_t *f)
{
    const rpc_model_t *to = rpc_relation(m, f);
    if (f->kind != RPC_MANY2ONE && f->kind != RPC_ONE2MANY && f->kind != RPC_MANY2MANY) {
        return;
    }
    put_text(d, "relation", hd_str(to != NULL ? to->name : ""));
    if (begins(d, "domain")) {
        hd_json_arr(d->j);
        hd_json_end_arr(d->j);
    }
    if (begins(d, "context")) {
        hd_json_obj(d->j);
        hd_json_end_obj(d->j);
    }
}

static void put_field(describe_t *d, const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    bool stored = rpc_is_stored(m, f), many = f->kind == RPC_ONE2MANY;
    hd_json_key(d->j, hd_str(f->name));
    hd_json_obj(d->j);
    put_text(d, "type", hd_str(rpc_kind_name((rpc_kind_t) f->kind)));
    put_text(d, "string", rpc_field_label(d->rpc, m, f));
    if (own != NULL && own->doc != NULL) {
        put_text(d, "help", hd_str(own->doc));
    }
    put_text(d, "name", hd_str(f->name));
    put_flag(d, "required", rpc_is_required(m, f));
    put_flag(d, "readonly", rpc_is_readonly(m, f));
    put_flag(d, "store", stored);
    put_flag(d, "searchable", is_searchable(d->rpc, m, f));
    put_flag(d, "sortable", rpc_is_sortable(m, f));
    put_flag(d, "groupable", rpc_is_groupable(m, f));
    put_flag(d, "company_dependent", false);
    put_flag(d, "manual", false);
    put_selection(d, m, f);
    put_relation(d, m, f);
    if (many && f->relation != NULL && strcmp(f->relation, "mail.activity") == 0) {
        put_text(d, "relation_field", HD_STR("ticket_id"));
    }
    hd_json_end_obj(d->j);
}

hd_code_t rpc_fields_get(rpc_t *rpc)
{
    const rpc_model_t *m = rpc->model;
    const hd_jval_t *all = rpc_arg(rpc, 0, "allfields"), *only = rpc_arg(rpc, 1, "attributes");
    bool some = all != NULL && hd_jtype(all) == HD_J_ARR && hd_jlen(all) != 0;
    describe_t d = { .rpc = rpc, .j = rpc->out };
    d.only = only != NULL && hd_jtype(only) == HD_J_ARR && hd_jlen(only) != 0 ? only : NULL;
    hd_json_obj(rpc->out);
    for (size_t i = 0; i < m->n_fields; i++) {
        const rpc_field_t *f = &m->fields[i];
        if (rpc_field(m, hd_str(f->name)) == f && rpc_sees_field(rpc, m, f) && (!some || names(all, f->name))) {
            put_field(&d, m, f);
        }
    }
    hd_json_end_obj(rpc->out);
    return HD_OK;
}

/* ---- default_get ---- */

/* What a new record begins with where nobody says otherwise; false: nothing to say. */
static bool put_default(rpc_t *rpc, const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    const hd_actor_t *a = rpc->cx->actor;
    if (own == NULL || rpc_is_readonly(m, f)) {
        return false;
    }
    hd_json_key(rpc->out, hd_str(f->name));
    if (strcmp(f->name, "active") == 0) {
        hd_json_bool(rpc->out, true);
    } else if (own->kind == HD_K_BOOL) {
        hd_json_bool(rpc->out, false);
    } else if (own->kind == HD_K_ENUM) {
        hd_json_str(rpc->out, hd_str(own->options->slugs[0]));
    } else if (strcmp(f->name, "company_id") == 0 && m->type != HD_CONTACT && a->user != NULL && a->user->company_id != 0) {
        hd_json_u64(rpc->out, a->user->company_id);
    } else if (m->type == HD_TICKET && own->ref == HD_TEAM && hd_ticket_default_team(rpc->cx) != NULL) {
        hd_json_u64(rpc->out, hd_ticket_default_team(rpc->cx)->rec.id);
    } else {
        hd_json_bool(rpc->out, false);
    }
    return true;
}

hd_code_t rpc_default_get(rpc_t *rpc)
{
    const hd_jval_t *fields = rpc_arg(rpc, 0, "fields_list") != NULL ? rpc_arg(rpc, 0, "fields_list") : rpc_arg(rpc, 0, "fields");
    if (fields != NULL && hd_jtype(fields) != HD_J_ARR) {
        return rpc_fail(rpc, "builtins.ValueError", "fields must be a list of names.");
    }
    hd_json_obj(rpc->out);
    for (size_t i = 0; fields != NULL && i < hd_jlen(fields); i++) {
        const hd_jval_t *v = hd_jat(fields, i);
        hd_str_t name = hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR("");
        const rpc_field_t *f = rpc_field_named(rpc, rpc->model, name);
        if (f == NULL) {
            continue;            /* there, too, names that are none are passed over */
        }
        const hd_jval_t *given = rpc_context(rpc, hd_strf(rpc->cx->arena, "default_%s", f->name).data);
        if (given != NULL) {
            hd_json_key(rpc->out, hd_str(f->name));
            hd_json_raw(rpc->out, hd_jdump(rpc->cx->arena, given));
        } else {
            (void) put_default(rpc, rpc->model, f);
        }
    }
    hd_json_end_obj(rpc->out);
    return HD_OK;
}
