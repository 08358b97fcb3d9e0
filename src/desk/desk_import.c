/*
 * CSV into tickets.  The header names fields, and properties.<name> of the row's team; a column of
 * an export that cannot be written (create_date, ticket_ref ...) is passed over, so an export can
 * be imported as it is.
 *
 *     id,name,team_id,stage_id,tag_ids,properties.serial
 *     ,Printer on fire,Customer Support,New,printer;urgent,AX-17
 *     7,Renamed,,,,
 *
 * A row with an id changes that ticket; one without makes a ticket.  In a row with an id an empty
 * cell empties its field, except where a ticket cannot be without (team, stage, priority, active
 * ...); in a new one it stands for the usual value.  The rules are those of single commands.
 */
#include "desk_import.h"

#define COLUMNS_MAX 200

typedef struct {
    int      field;              /* -1: a property, or passed over */
    hd_str_t name;               /* as in the header */
    hd_str_t property;
} column_t;

struct hd_import_s {
    column_t *columns;
    size_t    n, named;          /* columns; of them single properties */
    int       at[HD_TICKET_F_COUNT];     /* field -> column, -1 */
};

typedef struct {
    hd_cx_t           *cx;
    const hd_import_t *im;
    const hd_str_t    *cells;
    hd_ticket_t       *t;        /* what the row says */
    uint64_t           mask;
    hd_ticket_t        old;      /* of a row with an id */
    hd_id_t            id, team;
} row_t;

/* ---- the header ---- */

static bool is_writable(unsigned field)
{
    return hd_desk_writable(HD_TICKET, HD_BIT(field), true) != 0;
}

static bool is_repeated(const hd_import_t *im, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (hd_str_eq(im->columns[k].name, im->columns[i].name)) {
            return true;
        }
    }
    return false;
}

static void plan_column(hd_cx_t *cx, hd_import_t *im, size_t i)
{
    column_t *c = &im->columns[i];
    static const char prefix[] = "properties.";
    const hd_entity_t *e = hd_entities[HD_TICKET];
    c->field = hd_field_index(e, c->name);
    if (is_repeated(im, i)) {
        hd_desk_bad_name(cx, c->name, "taken");
        return;
    }
    if (c->field < 0 && hd_str_starts(c->name, hd_str(prefix))) {
        c->property = (hd_str_t){ c->name.len - sizeof(prefix) + 1,
                                  c->name.data + sizeof(prefix) - 1 };
        return;
    }
    if (c->field < 0 || (e->fields[c->field].flags & HD_F_SECRET) != 0
        || e->fields[c->field].kind == HD_K_BYTES) {
        hd_value_bad(cx->problem, cx->arena, c->name, "unknown_field");
        return;
    }
    im->at[c->field] = (int) i;
}

hd_code_t hd_import_plan(hd_cx_t *cx, const hd_str_t *cells, size_t n, hd_import_t **ret)
{
    hd_import_t *im = hd_alloc(cx->arena, sizeof(*im));
    uint32_t before = cx->problem->n_fields;
    if (n > COLUMNS_MAX) {
        return hd_problem_set(cx->problem, HD_E_INVALID, "The header has too many columns.");
    }
    im->n = n;
    im->columns = hd_alloc_n(cx->arena, n + 1, sizeof(*im->columns));
    for (size_t f = 0; f < HD_TICKET_F_COUNT; f++) {
        im->at[f] = -1;
    }
    for (size_t i = 0; i < n; i++) {
        im->columns[i].name = hd_str_dup(cx->arena, hd_str_trim(cells[i]));
        plan_column(cx, im, i);
        im->named += im->columns[i].property.len != 0;
    }
    if (im->named != 0 && im->at[HD_TICKET_F_properties] >= 0) {   /* either all or one by one */
        hd_desk_bad(cx, HD_TICKET, HD_TICKET_F_properties, "not_allowed");
    }
    *ret = im;
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

/* ---- a row ---- */

static hd_str_t cell_of(const row_t *r, unsigned field)
{
    int i = r->im->at[field];
    return i < 0 ? HD_STR("") : hd_str_trim(r->cells[i]);
}

static hd_code_t read_id(row_t *r)
{
    hd_str_t cell = cell_of(r, HD_F_id);
    uint64_t id;
    if (cell.len == 0) {
        return HD_OK;
    }
    if (!hd_str_to_u64(cell, &id) || id < 1 || id > HD_ID_MAX) {
        hd_desk_bad(r->cx, HD_TICKET, HD_F_id, "not_an_id");
        return HD_E_INVALID;
    }
    r->id = (hd_id_t) id;
    return hd_ticket_get(r->cx, r->id, &r->old);
}

static void read_team(row_t *r)
{
    hd_str_t cell = cell_of(r, HD_TICKET_F_team_id);
    r->team = r->old.team_id;
    if (cell.len != 0) {
        r->t->team_id = hd_import_ref(r->cx, HD_TICKET_F_team_id, cell, 0);
        r->mask |= HD_BIT(HD_TICKET_F_team_id);
        r->team = r->t->team_id;
    } else if (r->id == 0) {
        const hd_team_t *t = hd_ticket_default_team(r->cx);
        r->team = t != NULL ? t->rec.id : 0;
    }
}

/* Fields a ticket cannot be without keep what they have; others are emptied. */
static bool stays(const hd_field_t *f, unsigned field)
{
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
    case HD_K_INT:
    case HD_K_ENUM:
        return true;
    default:
        return field == HD_TICKET_F_stage_id;
    }
}

static void read_field(row_t *r, unsigned field)
{
    const hd_field_t *f = &hd_entities[HD_TICKET]->fields[field];
    int at = r->im->at[field];
    hd_str_t cell = cell_of(r, field);
    if (cell.len == 0) {
        r->mask |= r->id != 0 && !stays(f, field) ? HD_BIT(field) : 0;
        return;
    }
    r->mask |= HD_BIT(field);
    if (field == HD_TICKET_F_tag_ids) {
        (void) hd_import_tags(r->cx, cell, &r->t->tag_ids);
    } else if (f->kind == HD_K_REF) {
        *(hd_id_t *) hd_field_at(f, r->t) = hd_import_ref(r->cx, field, cell, r->team);
    } else {
        const char *code = hd_csv_field(f, r->cx->arena, r->cells[at], r->t);
        if (code != NULL) {
            hd_value_bad(r->cx->problem, r->cx->arena, hd_str(f->name), code);
        }
    }
}

/* ---- properties: their own columns, and the column with all of them ---- */

static void put_all(row_t *r, hd_json_t *j, hd_jval_t *given)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *v, *old;
    while (given != NULL && hd_jnext(given, &it, &name, &v)) {
        hd_json_name(j, name);
        hd_json_raw(j, hd_jdump(r->cx->arena, v));
    }
    if (r->old.properties.len == 0
        || hd_jparse(r->cx->arena, r->old.properties, &old) != HD_OK) {
        return;
    }
    it = NULL;
    while (hd_jnext(old, &it, &name, &v)) {         /* the cell is the whole value */
        if (given == NULL || hd_jget(given, name.data) == NULL) {
            hd_json_name(j, name);
            hd_json_null(j);
        }
    }
}

static void put_property(row_t *r, hd_json_t *j, const column_t *c, const hd_property_t *p,
                         hd_str_t cell)
{
    if (p == NULL) {
        if (cell.len != 0) {
            hd_value_bad(r->cx->problem, r->cx->arena, c->name, "unknown_field");
        }
        return;
    }
    if (cell.len == 0) {
        if (r->id != 0) {
            hd_json_name(j, c->property);
            hd_json_null(j);
        }
        return;
    }
    hd_jval_t *v = hd_desk_property_cell(r->cx, p, hd_csv_text(cell));
    if (v == NULL) {
        hd_value_bad(r->cx->problem, r->cx->arena, c->name, "wrong_type");
        return;
    }
    hd_json_name(j, c->property);
    hd_json_raw(j, hd_jdump(r->cx->arena, v));
}

static void read_properties(row_t *r)
{
    const hd_team_t *team = hd_config_get(r->cx->txn, HD_TEAM, r->team);
    int all = r->im->at[HD_TICKET_F_properties];
    size_t n = 0;
    if (team == NULL || (all < 0 && r->im->named == 0)) {
        return;
    }
    const hd_property_t *v = hd_desk_properties(r->cx, team, &n);
    hd_jval_t *given = NULL;
    if (all >= 0 && (r->mask & HD_BIT(HD_TICKET_F_properties)) && r->t->properties.len != 0
        && hd_jparse(r->cx->arena, r->t->properties, &given) != HD_OK) {
        return;
    }
    if (all >= 0 && given == NULL) {  /* empty: none, also not the defaults */
        r->t->properties = HD_STR("");
        r->mask |= HD_BIT(HD_TICKET_F_properties);
        return;
    }
    hd_buf_t b;
    hd_buf_init(&b, r->cx->arena, 512, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    if (all >= 0) {
        put_all(r, &j, given);
    }
    for (size_t i = 0; i < r->im->n; i++) {
        const column_t *c = &r->im->columns[i];
        if (c->property.len != 0) {
            put_property(r, &j, c, hd_desk_property(v, n, c->property), hd_str_trim(r->cells[i]));
        }
    }
    hd_json_end_obj(&j);
    r->t->properties = hd_buf_view(&b);
    r->mask |= HD_BIT(HD_TICKET_F_properties);
}

/* ---- the command ---- */

static hd_code_t write(row_t *r, hd_imported_t *ret)
{
    hd_code_t code;
    if (r->id == 0) {
        *ret = HD_IMPORT_CREATED;
        return hd_ticket_create(r->cx, r->t, r->mask);
    }
    code = hd_ticket_update(r->cx, r->id, 0, r->t, r->mask);
    if (code == HD_OK) {
        uint64_t diff = hd_desk_diff(HD_TICKET, &r->old, r->t)
            & ~HD_BIT(HD_TICKET_F_follow_epoch);
        *ret = diff != 0 ? HD_IMPORT_UPDATED : HD_IMPORT_SAME;
    }
    return code;
}

hd_code_t hd_import_row(hd_cx_t *cx, const hd_import_t *im, const hd_str_t *cells, size_t n,
                        hd_imported_t *ret)
{
    uint32_t before = cx->problem->n_fields;
    hd_ticket_t t = { .active = false };
    row_t r = { .cx = cx, .im = im, .cells = cells, .t = &t };
    if (n != im->n) {
        return hd_problem_set(cx->problem, HD_E_INVALID,
                              "The line has not as many cells as the header.");
    }
    hd_code_t code = read_id(&r);
    if (code != HD_OK) {
        return code;
    }
    read_team(&r);
    if (cx->problem->n_fields != before) {
        return HD_E_INVALID;
    }
    for (unsigned f = HD_F_OWN; f < HD_TICKET_F_COUNT; f++) {
        if (im->at[f] >= 0 && f != HD_TICKET_F_team_id && is_writable(f)) {
            read_field(&r, f);
        }
    }
    if (cx->problem->n_fields == before) {
        read_properties(&r);
    }
    return cx->problem->n_fields == before ? write(&r, ret) : HD_E_INVALID;
}
