/*
 * Models whose records have no rows: subtypes of messages, groups, lines of calendars, models and their fields.  Each list
 * is made when it is asked for, filtered and sorted like any other (rpc_search.c).
 */
#include "rpc_show.h"
#include "rpc_values.h"

#define HEAD(nm, k, off) { .name = #nm, .key = { sizeof(#nm) + 2, "\"" #nm "\":" }, .tag = 1, .kind = (k), .offset = (off) }
#define HEADS                                                                                          \
    HEAD(id, HD_K_REF, offsetof(hd_rec_t, id)), HEAD(version, HD_K_INT, offsetof(hd_rec_t, version)),  \
    HEAD(create_date, HD_K_TIME, offsetof(hd_rec_t, create_date)),                                     \
    HEAD(write_date, HD_K_TIME, offsetof(hd_rec_t, write_date)),                                       \
    HEAD(create_uid, HD_K_REF, offsetof(hd_rec_t, create_uid)),                                        \
    HEAD(write_uid, HD_K_REF, offsetof(hd_rec_t, write_uid))
#define OWN(st, nm, k)   HEAD(nm, k, offsetof(st, nm))
#define IS(nm, kd, number)      { .name = nm, .kind = RPC_##kd, .field = (number), .flags = RPC_F_READONLY }
#define TO(nm, number, rel)     { .name = nm, .kind = RPC_MANY2ONE, .field = (number), .flags = RPC_F_READONLY, .relation = (rel) }
#define SHOWN(nm, kd, number, rd) { .name = nm, .kind = RPC_##kd, .field = (number), .flags = RPC_F_READONLY, .read = (rd) }
#define ENTITY(one, list)       { .name = one, .fields = (list), .n_fields = sizeof(list) / sizeof((list)[0]) }

static hd_code_t give(rpc_t *rpc, void *records, size_t size, size_t n, rpc_list_t *ret)
{
    ret->v = hd_alloc_n(rpc->cx->arena, n + 1, sizeof(void *));
    ret->n = n;
    for (size_t i = 0; i < n; i++) {
        ret->v[i] = (char *) records + i * size;
    }
    return HD_OK;
}

/* By going through all of them: these lists are short. */
static const void *find(rpc_t *rpc, const rpc_made_t *made, hd_id_t id)
{
    rpc_list_t all;
    if (made->all(rpc, NULL, &all) == HD_OK) {
        for (size_t i = 0; i < all.n; i++) {
            if (((const hd_rec_t *) all.v[i])->id == id) {
                return all.v[i];
            }
        }
    }
    return NULL;
}

/* ---- mail.message.subtype: what messages are and what followers hear of (CHT-6, CHT-10) ---- */

typedef struct {
    hd_rec_t rec;
    hd_str_t name, description, res_model;
    int64_t  sequence;
    bool     internal, hidden;
} subtype_t;
enum { SUBTYPE_NAME = HD_F_OWN, SUBTYPE_DESCRIPTION, SUBTYPE_RES_MODEL, SUBTYPE_SEQUENCE, SUBTYPE_INTERNAL, SUBTYPE_HIDDEN };
static const hd_field_t subtype_own[] = {
    HEADS, OWN(subtype_t, name, HD_K_STR), OWN(subtype_t, description, HD_K_STR), OWN(subtype_t, res_model, HD_K_STR),
    OWN(subtype_t, sequence, HD_K_INT), OWN(subtype_t, internal, HD_K_BOOL), OWN(subtype_t, hidden, HD_K_BOOL),
};
static const hd_entity_t subtype_entity = ENTITY("subtype", subtype_own);
const rpc_field_t rpc_subtype_fields[RPC_SUBTYPE_FIELDS] = {
    IS("id", INTEGER, HD_F_id), SHOWN("display_name", CHAR, -1, rpc_show_display_name), IS("name", CHAR, SUBTYPE_NAME),
    IS("res_model", CHAR, SUBTYPE_RES_MODEL), IS("sequence", INTEGER, SUBTYPE_SEQUENCE),
    IS("internal", BOOLEAN, SUBTYPE_INTERNAL), IS("hidden", BOOLEAN, SUBTYPE_HIDDEN),
};

static hd_code_t all_subtypes(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    static const struct { const char *name, *model; bool internal; } of[RPC_SUBTYPE_LAST] = {
        { "Discussions", "", false }, { "Note", "", true }, { "Activities", "", true },
        { "Ticket Created", "helpdesk.ticket", false }, { "Stage Changed", "helpdesk.ticket", false },
        { "Ticket Rated", "helpdesk.ticket", false },
    };
    subtype_t *v = hd_alloc_n(rpc->cx->arena, RPC_SUBTYPE_LAST, sizeof(*v));
    size_t n = 0;
    (void) where;
    for (size_t i = 0; i < RPC_SUBTYPE_LAST; i++) {
        if (!of[i].internal || hd_actor_is_internal(rpc->cx->actor)) {       /* CHT-9: customers know of no notes */
            v[n++] = (subtype_t){ .rec = { .id = i + 1 }, .name = hd_str(of[i].name), .description = hd_str(""),
                                  .res_model = hd_str(of[i].model), .sequence = (int64_t) i, .internal = of[i].internal };
        }
    }
    return give(rpc, v, sizeof(*v), n, ret);
}

static const void *get_subtype(rpc_t *rpc, hd_id_t id)
{
    return find(rpc, &rpc_made_subtypes, id);
}

const rpc_made_t rpc_made_subtypes = { &subtype_entity, all_subtypes, get_subtype };

/* ---- res.groups: what the role of a user means there (ACC-1) ---- */

typedef struct {
    hd_rec_t rec;
    hd_str_t name, full_name;
} group_t;
enum { GROUP_NAME = HD_F_OWN, GROUP_FULL_NAME };
static const hd_field_t group_own[] = { HEADS, OWN(group_t, name, HD_K_STR), OWN(group_t, full_name, HD_K_STR) };
static const hd_entity_t group_entity = ENTITY("group", group_own);
const rpc_field_t rpc_group_fields[RPC_GROUP_FIELDS] = {
    IS("id", INTEGER, HD_F_id), SHOWN("display_name", CHAR, -1, rpc_show_display_name), IS("name", CHAR, GROUP_NAME),
    IS("full_name", CHAR, GROUP_FULL_NAME),
};

static hd_code_t all_groups(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    static const struct { const char *name, *full; } of[] = {
        { "Internal User", "User types / Internal User" }, { "Portal", "User types / Portal" },
        { "User", "Helpdesk / User" }, { "Administrator", "Helpdesk / Administrator" },
    };
    size_t n = hd_actor_is_staff(rpc->cx->actor) ? sizeof(of) / sizeof(of[0]) : 0;
    group_t *v = hd_alloc_n(rpc->cx->arena, n + 1, sizeof(*v));
    (void) where;
    for (size_t i = 0; i < n; i++) {
        v[i] = (group_t){ .rec = { .id = i + 1 }, .name = hd_str(of[i].name), .full_name = hd_str(of[i].full) };
    }
    return give(rpc, v, sizeof(*v), n, ret);
}

static const void *get_group(rpc_t *rpc, hd_id_t id)
{
    return find(rpc, &rpc_made_groups, id);
}

const rpc_made_t rpc_made_groups = { &group_entity, all_groups, get_group };

/* ---- resource.calendar.attendance: the lines of a calendar's hours ---- */

typedef struct {
    hd_rec_t rec;
    hd_str_t name, dayofweek;
    int64_t  hour_from, hour_to; /* minutes */
    hd_id_t  calendar_id;
} attendance_t;
enum { ATT_NAME = HD_F_OWN, ATT_DAY, ATT_FROM, ATT_TO, ATT_CALENDAR };
static const hd_field_t attendance_own[] = {
    HEADS, OWN(attendance_t, name, HD_K_STR), OWN(attendance_t, dayofweek, HD_K_STR),
    OWN(attendance_t, hour_from, HD_K_INT), OWN(attendance_t, hour_to, HD_K_INT), OWN(attendance_t, calendar_id, HD_K_REF),
};
static const hd_entity_t attendance_entity = ENTITY("attendance", attendance_own);
const rpc_field_t rpc_attendance_fields[RPC_ATTENDANCE_FIELDS] = {
    IS("id", INTEGER, HD_F_id), SHOWN("display_name", CHAR, -1, rpc_show_display_name), IS("name", CHAR, ATT_NAME),
    IS("dayofweek", SELECTION, ATT_DAY), SHOWN("hour_from", FLOAT, ATT_FROM, rpc_show_hour_from),
    SHOWN("hour_to", FLOAT, ATT_TO, rpc_show_hour_to), TO("calendar_id", ATT_CALENDAR, "resource.calendar"),
};

static void put_hour(rpc_t *rpc, int64_t minutes, hd_json_t *out)
{
    hd_json_raw(out, hd_strf(rpc->cx->arena, "%.4f", (double) minutes / 60.0));
}

RPC_SHOW(hour_from)
{
    (void) m;
    put_hour(rpc, ((const attendance_t *) rec)->hour_from, out);
}

RPC_SHOW(hour_to)
{
    (void) m;
    put_hour(rpc, ((const attendance_t *) rec)->hour_to, out);
}

/* "08:30" */
static int64_t read_minutes(const hd_jval_t *v)
{
    uint64_t h, min;
    hd_str_t s = v != NULL && hd_jtype(v) == HD_J_STR ? hd_jstr(v) : HD_STR("");
    if (s.len != 5 || !hd_str_to_u64((hd_str_t){ 2, s.data }, &h) || !hd_str_to_u64((hd_str_t){ 2, s.data + 3 }, &min)) {
        return 0;
    }
    return (int64_t) (h * 60 + min);
}

/* Appends the lines of one calendar; NULL v only counts. */
static size_t add_lines(rpc_t *rpc, const hd_calendar_t *c, attendance_t *v)
{
    static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
    hd_jval_t *all = NULL;
    if (c->hours.len == 0 || hd_jparse(rpc->cx->arena, c->hours, &all) != HD_OK) {
        return 0;
    }
    size_t n = hd_jlen(all) < RPC_LINES ? hd_jlen(all) : RPC_LINES;
    for (size_t i = 0; v != NULL && i < n; i++) {
        const hd_jval_t *line = hd_jat(all, i), *day = hd_jget(line, "day");
        uint64_t d = day != NULL && hd_jtype(day) == HD_J_INT ? (uint64_t) hd_jint(day) % 7 : 0;
        v[i] = (attendance_t){ .rec = c->rec, .name = hd_str(days[d]), .dayofweek = hd_strf(rpc->cx->arena, "%" PRIu64, d),
                               .hour_from = read_minutes(hd_jget(line, "from")), .hour_to = read_minutes(hd_jget(line, "to")),
                               .calendar_id = c->rec.id };
        v[i].rec.id = c->rec.id * RPC_LINES + i;
    }
    return n;
}

static hd_code_t all_attendances(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    size_t n, lines = 0;
    const void *const *all = hd_config_all(rpc->cx->txn, HD_CALENDAR, &n);
    attendance_t *v = NULL;
    (void) where;
    for (int pass = 0; pass < 2; pass++) {
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            const hd_calendar_t *c = all[i];
            if (hd_sees(rpc->cx, HD_CALENDAR, c)) {
                at += add_lines(rpc, c, pass == 0 ? NULL : v + at);
            }
        }
        lines = at;
        v = pass == 0 ? hd_alloc_n(rpc->cx->arena, lines + 1, sizeof(*v)) : v;
    }
    return give(rpc, v, sizeof(*v), lines, ret);
}

static const void *get_attendance(rpc_t *rpc, hd_id_t id)
{
    const hd_calendar_t *c = id / RPC_LINES > HD_ID_MAX ? NULL : hd_config_get(rpc->cx->txn, HD_CALENDAR, id / RPC_LINES);
    if (c == NULL || !hd_sees(rpc->cx, HD_CALENDAR, c)) {
        return NULL;
    }
    attendance_t *v = hd_alloc_n(rpc->cx->arena, add_lines(rpc, c, NULL) + 1, sizeof(*v));
    return id % RPC_LINES < add_lines(rpc, c, v) ? &v[id % RPC_LINES] : NULL;
}

const rpc_made_t rpc_made_attendances = { &attendance_entity, all_attendances, get_attendance };

RPC_SHOW(attendances)
{
    const hd_calendar_t *c = rec;
    size_t n = add_lines(rpc, c, NULL);
    (void) m;
    hd_json_arr(out);
    for (size_t i = 0; i < n; i++) {
        hd_json_u64(out, c->rec.id * RPC_LINES + i);
    }
    hd_json_end_arr(out);
}

/* ---- ir.model, ir.model.fields: what this door knows itself ---- */

typedef struct {
    hd_rec_t rec;
    hd_str_t name, model;
    bool     transient;
} irmodel_t;
enum { IRMODEL_NAME = HD_F_OWN, IRMODEL_MODEL, IRMODEL_TRANSIENT };
static const hd_field_t irmodel_own[] = {
    HEADS, OWN(irmodel_t, name, HD_K_STR), OWN(irmodel_t, model, HD_K_STR), OWN(irmodel_t, transient, HD_K_BOOL),
};
static const hd_entity_t irmodel_entity = ENTITY("model", irmodel_own);

#define FIELDS 1000              /* numbers kept for the fields of one model */

/* Numbers of the fields of model i that the actor sees. */
static void show_field_ids(rpc_t *rpc, const rpc_model_t *m, const void *rec, hd_json_t *out)
{
    hd_id_t id = ((const hd_rec_t *) rec)->id;
    const rpc_model_t *of = rpc_model_at((size_t) id - 1);
    (void) m;
    hd_json_arr(out);
    for (size_t i = 0; i < of->n_fields; i++) {
        if (rpc_field(of, hd_str(of->fields[i].name)) == &of->fields[i] && rpc_sees_field(rpc, of, &of->fields[i])) {
            hd_json_u64(out, id * FIELDS + i);
        }
    }
    hd_json_end_arr(out);
}

const rpc_field_t rpc_irmodel_fields[RPC_IRMODEL_FIELDS] = {
    IS("id", INTEGER, HD_F_id), SHOWN("display_name", CHAR, -1, rpc_show_display_name), IS("name", CHAR, IRMODEL_NAME),
    IS("model", CHAR, IRMODEL_MODEL), IS("transient", BOOLEAN, IRMODEL_TRANSIENT),
    { .name = "field_id", .kind = RPC_ONE2MANY, .field = -1, .flags = RPC_F_READONLY, .relation = "ir.model.fields",
      .read = show_field_ids },
};

static hd_code_t all_models(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    size_t n = 0;
    (void) where;
    while (rpc_model_at(n) != NULL) {
        n++;
    }
    irmodel_t *v = hd_alloc_n(rpc->cx->arena, n, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        const rpc_model_t *m = rpc_model_at(i);
        v[i] = (irmodel_t){ .rec = { .id = i + 1 }, .name = hd_t(rpc->cx->arena, rpc->context.lang, m->label, 0),
                            .model = hd_str(m->name) };
    }
    return give(rpc, v, sizeof(*v), n, ret);
}

static const void *get_model(rpc_t *rpc, hd_id_t id)
{
    return find(rpc, &rpc_made_models, id);
}

const rpc_made_t rpc_made_models = { &irmodel_entity, all_models, get_model };

typedef struct {
    hd_rec_t rec;
    hd_str_t name, field_description, ttype, model, relation;
    hd_id_t  model_id;
    bool     required, readonly, store;
} irfield_t;
enum { IRF_NAME = HD_F_OWN, IRF_DESCRIPTION, IRF_TTYPE, IRF_MODEL, IRF_RELATION, IRF_MODEL_ID, IRF_REQUIRED, IRF_READONLY, IRF_STORE };
static const hd_field_t irfield_own[] = {
    HEADS, OWN(irfield_t, name, HD_K_STR), OWN(irfield_t, field_description, HD_K_STR), OWN(irfield_t, ttype, HD_K_STR),
    OWN(irfield_t, model, HD_K_STR), OWN(irfield_t, relation, HD_K_STR), OWN(irfield_t, model_id, HD_K_REF),
    OWN(irfield_t, required, HD_K_BOOL), OWN(irfield_t, readonly, HD_K_BOOL), OWN(irfield_t, store, HD_K_BOOL),
};
static const hd_entity_t irfield_entity = ENTITY("field", irfield_own);
const rpc_field_t rpc_irfield_fields[RPC_IRFIELD_FIELDS] = {
    IS("id", INTEGER, HD_F_id), SHOWN("display_name", CHAR, -1, rpc_show_display_name), IS("name", CHAR, IRF_NAME),
    IS("field_description", CHAR, IRF_DESCRIPTION), IS("ttype", SELECTION, IRF_TTYPE), IS("model", CHAR, IRF_MODEL),
    IS("relation", CHAR, IRF_RELATION), TO("model_id", IRF_MODEL_ID, "ir.model"), IS("required", BOOLEAN, IRF_REQUIRED),
    IS("readonly", BOOLEAN, IRF_READONLY), IS("store", BOOLEAN, IRF_STORE),
};

/* Field i of model number `model`; false: there is none the actor sees. */
static bool make_field(rpc_t *rpc, hd_id_t model, size_t i, irfield_t *ret)
{
    const rpc_model_t *m = model == 0 ? NULL : rpc_model_at((size_t) model - 1);
    const rpc_field_t *f = m != NULL && i < m->n_fields ? &m->fields[i] : NULL;
    if (f == NULL || rpc_field(m, hd_str(f->name)) != f || !rpc_sees_field(rpc, m, f)) {
        return false;
    }
    const rpc_model_t *to = rpc_relation(m, f);
    *ret = (irfield_t){
        .rec = { .id = model * FIELDS + i }, .name = hd_str(f->name), .field_description = rpc_field_label(rpc, m, f),
        .ttype = hd_str(rpc_kind_name((rpc_kind_t) f->kind)), .model = hd_str(m->name), .model_id = model,
        .relation = hd_str(to != NULL ? to->name : ""), .required = rpc_is_required(m, f),
        .readonly = rpc_is_readonly(m, f), .store = rpc_is_stored(m, f),
    };
    return true;
}

static hd_code_t all_fields(rpc_t *rpc, const hd_expr_t *where, rpc_list_t *ret)
{
    size_t n = 0, most = 0;
    (void) where;
    for (size_t i = 0; rpc_model_at(i) != NULL; i++) {
        most += rpc_model_at(i)->n_fields;
    }
    irfield_t *v = hd_alloc_n(rpc->cx->arena, most, sizeof(*v));
    for (size_t i = 0; rpc_model_at(i) != NULL; i++) {
        for (size_t k = 0; k < rpc_model_at(i)->n_fields; k++) {
            n += make_field(rpc, i + 1, k, &v[n]);
        }
    }
    return give(rpc, v, sizeof(*v), n, ret);
}

static const void *get_field(rpc_t *rpc, hd_id_t id)
{
    irfield_t *f = hd_alloc(rpc->cx->arena, sizeof(*f));
    return make_field(rpc, id / FIELDS, id % FIELDS, f) ? f : NULL;
}

const rpc_made_t rpc_made_fields = { &irfield_entity, all_fields, get_field };
