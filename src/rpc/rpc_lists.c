/*
 * Lists whose lines are no records of their own here, or belong to somebody: the hours of a calendar, the files of a ticket;
 * and how a user is told, which there is one word and here one of each kind.
 */
#include "rpc_values.h"

/* ---- resource.calendar: attendance_ids ---- */

typedef struct {
    hd_id_t     id;              /* 0: a new one, or one that is gone */
    const hd_jval_t *old;        /* {"day","from","to"} as it stands; NULL */
    const hd_jval_t *vals;       /* what a command says of it; NULL */
    bool        gone;
} line_t;

typedef struct {
    rpc_vals_t        *v;
    const rpc_field_t *f;
    line_t            *lines;
    size_t             n;
} hours_t;

static bool is_set(const hd_jval_t *v)
{
    return v != NULL && !rpc_is_false(v);
}

/* Members a line may have; those that mean other weeks than every one are not for calendars here. */
static hd_code_t check_line(hours_t *h, const hd_jval_t *vals)
{
    static const char *const known[] = { "dayofweek", "hour_from", "hour_to", "name", "day_period", "calendar_id", "sequence", "id",
                                         "display_name", "duration_hours", "duration_days", "work_entry_type_id", "resource_id",
                                         "week_type", "display_type", "date_from", "date_to", "two_weeks_calendar" };
    static const size_t plain = 13, n = sizeof(known) / sizeof(known[0]);
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *value;
    while (hd_jnext((hd_jval_t *) (uintptr_t) vals, &it, &key, &value)) {
        size_t i = 0;
        while (i < n && !hd_str_is(key, known[i])) {
            i++;
        }
        if (i == n) {
            return rpc_fail(h->v->rpc, "builtins.ValueError", "Invalid field '%.*s' on model 'resource.calendar.attendance'",
                            (int) (key.len < 64 ? key.len : 64), key.data);
        }
        if (i >= plain && is_set(value)) {
            return rpc_bad_value(h->v->rpc, h->v->m, h->f, "hours are those of every week; there are no others.");
        }
    }
    return HD_OK;
}

static line_t *find_line(hours_t *h, hd_id_t id)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].id == id && !h->lines[i].gone) {
            return &h->lines[i];
        }
    }
    return NULL;
}

static hd_code_t missing_line(hours_t *h, hd_id_t id)
{
    return rpc_fail(h->v->rpc, "odoo.exceptions.MissingError",
                    "Record does not exist or has been deleted.\n(Record: resource.calendar.attendance(%" PRIu64 ",))", id);
}

static void keep_only(hours_t *h, hd_ids_t ids)
{
    for (size_t i = 0; i < h->n; i++) {
        h->lines[i].gone = h->lines[i].gone || h->lines[i].id == 0 || !hd_ids_has(ids, h->lines[i].id);
    }
}

static hd_code_t run_line(hours_t *h, const rpc_command_t *c)
{
    hd_ids_t ids = { 0, NULL };
    line_t *line = c->op >= 1 && c->op <= 4 ? find_line(h, c->id) : NULL;
    hd_code_t code = c->op <= 1 ? check_line(h, c->value) : HD_OK;
    if (code != HD_OK) {
        return code;
    }
    if (c->op >= 1 && c->op <= 4 && line == NULL) {
        return missing_line(h, c->id);
    }
    switch (c->op) {
    case 0:
        h->lines[h->n++] = (line_t){ .vals = c->value };
        return HD_OK;
    case 1:
        line->vals = c->value;
        return HD_OK;
    case 2:
    case 3:
        line->gone = true;
        return HD_OK;
    case 6:
        if (!rpc_command_ids(h->v->rpc->cx->arena, c->value, &ids)) {
            return rpc_bad_command(h->v->rpc, h->v->m, h->f);
        }
        for (uint32_t i = 0; i < ids.n; i++) {
            if (find_line(h, ids.v[i]) == NULL) {
                return missing_line(h, ids.v[i]);
            }
        }
        keep_only(h, ids);
        return HD_OK;
    case 5:
        keep_only(h, ids);
        return HD_OK;
    default:
        return HD_OK;
    }
}

/* 8.5 becomes "08:30"; what is no hour of a day is left to the calendar's own checks. */
static void put_clock(hours_t *h, const line_t *line, const char *ours, const char *theirs)
{
    hd_json_t *j = &h->v->house;
    const hd_jval_t *v = hd_jget(line->vals, theirs), *old = hd_jget(line->old, ours);
    double hour = hd_jtype(v) == HD_J_REAL ? hd_jreal(v) : hd_jtype(v) == HD_J_INT ? (double) hd_jint(v) : -1;
    hd_json_key(j, hd_str(ours));
    if (v == NULL && old != NULL) {
        hd_json_raw(j, hd_jdump(h->v->rpc->cx->arena, old));
    } else if (hour >= 0 && hour <= 24) {
        int minutes = (int) (hour * 60 + 0.5);
        hd_json_str(j, hd_strf(h->v->rpc->cx->arena, "%02d:%02d", minutes / 60, minutes % 60));
    } else {
        hd_json_str(j, HD_STR(""));
    }
}

static void put_day(hours_t *h, const line_t *line)
{
    hd_json_t *j = &h->v->house;
    const hd_jval_t *v = hd_jget(line->vals, "dayofweek"), *old = hd_jget(line->old, "day");
    uint64_t day = UINT64_MAX;
    hd_json_key(j, HD_STR("day"));
    if (v == NULL && old != NULL) {
        hd_json_raw(j, hd_jdump(h->v->rpc->cx->arena, old));
    } else if (hd_jtype(v) == HD_J_STR && hd_str_to_u64(hd_jstr(v), &day)) {
        hd_json_u64(j, day);
    } else {
        hd_json_i64(j, hd_jtype(v) == HD_J_INT ? hd_jint(v) : -1);
    }
}

/* A break is the time between two lines. */
static bool is_break(const line_t *line)
{
    const hd_jval_t *period = hd_jget(line->vals, "day_period");
    return hd_jtype(period) == HD_J_STR && hd_str_is(hd_jstr(period), "lunch");
}

static void put_lines(hours_t *h)
{
    hd_json_t *j = &h->v->house;
    hd_json_arr(j);
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].gone || is_break(&h->lines[i])) {
            continue;
        }
        hd_json_obj(j);
        put_day(h, &h->lines[i]);
        put_clock(h, &h->lines[i], "from", "hour_from");
        put_clock(h, &h->lines[i], "to", "hour_to");
        hd_json_end_obj(j);
    }
    hd_json_end_arr(j);
}

/* The lines there are, and room for one a command. */
static void begin_lines(hours_t *h, size_t more)
{
    hd_arena_t *a = h->v->rpc->cx->arena;
    const hd_calendar_t *c = h->v->old;
    hd_jval_t *all = NULL;
    if (c != NULL && c->hours.len != 0 && hd_jparse(a, c->hours, &all) != HD_OK) {
        all = NULL;
    }
    h->n = hd_jlen(all);
    h->lines = hd_alloc_n(a, h->n + more + 1, sizeof(*h->lines));
    for (size_t i = 0; i < h->n; i++) {
        h->lines[i] = (line_t){ .id = c->rec.id * RPC_LINES + i, .old = hd_jat(all, i) };
    }
}

hd_code_t rpc_set_attendances(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    hours_t h = { .v = v, .f = f };
    hd_ids_t ids;
    hd_code_t code = HD_OK;
    bool plain = rpc_command_plain(value);
    if (hd_jtype(value) != HD_J_ARR || (plain && !rpc_command_ids(v->rpc->cx->arena, value, &ids))) {
        return rpc_bad_command(v->rpc, v->m, f);
    }
    begin_lines(&h, hd_jlen(value));
    for (size_t i = 0; i < hd_jlen(value) && !plain && code == HD_OK; i++) {
        rpc_command_t c;
        code = rpc_command_read(hd_jat(value, i), &c) ? run_line(&h, &c) : rpc_bad_command(v->rpc, v->m, f);
    }
    if (plain) {
        rpc_command_t c = { .op = 6, .value = value };
        code = run_line(&h, &c);
    }
    if (code == HD_OK && hd_jlen(value) != 0 && rpc_vals_key(v, HD_CALENDAR_F_hours)) {
        put_lines(&h);
    }
    return code;
}

/* ---- res.users: notification_type ---- */

hd_code_t rpc_set_notification_type(rpc_vals_t *v, const rpc_field_t *f, const hd_jval_t *value)
{
    const hd_enum_t *kinds = hd_entities[HD_NOTIFICATION]->fields[HD_NOTIFICATION_F_kind].options;
    const hd_user_t *u = v->old;
    hd_jval_t *now = NULL;
    bool known = hd_jtype(value) == HD_J_STR && (hd_str_is(hd_jstr(value), "email") || hd_str_is(hd_jstr(value), "inbox"));
    if (!known) {
        return rpc_bad_value(v->rpc, v->m, f, "email or inbox.");
    }
    if (!rpc_vals_key(v, HD_USER_F_notify_by)) {
        return HD_OK;
    }
    if (u != NULL && u->notify_by.len != 0 && hd_jparse(v->rpc->cx->arena, u->notify_by, &now) != HD_OK) {
        now = NULL;
    }
    hd_json_obj(&v->house);
    for (unsigned i = 0; i < kinds->n; i++) {
        const hd_jval_t *way = hd_jget(now, kinds->slugs[i]);
        bool off = hd_jtype(way) == HD_J_STR && hd_str_is(hd_jstr(way), "none") && strcmp(kinds->slugs[i], "comment") != 0;
        hd_json_key(&v->house, hd_str(kinds->slugs[i]));
        hd_json_str(&v->house, off ? HD_STR("none") : hd_jstr(value));
    }
    hd_json_end_obj(&v->house);
    return HD_OK;
}

/* ---- helpdesk.ticket: attachment_ids ---- */

static hd_code_t stays(rpc_t *rpc)
{
    return rpc_fail(rpc, "odoo.exceptions.UserError", "A file does not leave what it belongs to. Delete it by ir.attachment unlink().");
}

static hd_code_t link_files(rpc_vals_t *v, hd_ids_t ids)
{
    hd_code_t code = HD_OK;
    for (uint32_t i = 0; i < ids.n && code == HD_OK; i++) {
        code = ids.v[i] > HD_ID_MAX ? HD_E_NOT_FOUND : hd_file_link(v->rpc->cx, v->id, ids.v[i]);
        if (code == HD_E_NOT_FOUND) {
            code = rpc_fail(v->rpc, "odoo.exceptions.MissingError",
                            "Record does not exist or has been deleted.\n(Record: ir.attachment(%" PRIu64 ",))", ids.v[i]);
        }
    }
    return code;
}

/* Nothing that is there may be left out. */
static hd_code_t replace_files(rpc_vals_t *v, hd_ids_t ids)
{
    hd_attachment_t *now;
    uint32_t n;
    hd_code_t code = hd_file_list(v->rpc->cx, v->id, &now, &n);
    for (uint32_t i = 0; i < n && code == HD_OK; i++) {
        code = hd_ids_has(ids, now[i].rec.id) ? HD_OK : stays(v->rpc);
    }
    return code == HD_OK ? link_files(v, ids) : code;
}

static hd_code_t make_file(rpc_vals_t *v, const rpc_model_t *files, const hd_jval_t *vals)
{
    hd_id_t id;
    hd_arena_t *a = v->rpc->cx->arena;
    hd_buf_t b;
    hd_str_t key;
    hd_jval_t *value;
    void *it = NULL;
    hd_buf_init(&b, a, 1024, HD_REPLY_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    while (hd_jnext((hd_jval_t *) (uintptr_t) vals, &it, &key, &value)) {
        if (!hd_str_is(key, "res_model") && !hd_str_is(key, "res_id")) {
            hd_json_name(&j, key);
            hd_json_raw(&j, hd_jdump(a, value));
        }
    }
    hd_json_key(&j, HD_STR("res_model"));
    hd_json_str(&j, hd_str(v->m->name));
    hd_json_key(&j, HD_STR("res_id"));
    hd_json_u64(&j, v->id);
    hd_json_end_obj(&j);
    return rpc_create_one(v->rpc, files, rpc_json_of(v->rpc, hd_buf_view(&b)), &id);
}

hd_code_t rpc_set_files(rpc_vals_t *v, const rpc_later_t *l)
{
    const rpc_model_t *files = rpc_relation(v->m, l->f);
    hd_arena_t *a = v->rpc->cx->arena;
    hd_code_t code = HD_OK;
    hd_ids_t ids = { 0, NULL };
    if (rpc_command_plain(l->commands)) {
        return rpc_command_ids(a, l->commands, &ids) ? replace_files(v, ids) : rpc_bad_command(v->rpc, v->m, l->f);
    }
    for (size_t i = 0; i < hd_jlen(l->commands) && code == HD_OK; i++) {
        rpc_command_t c;
        if (!rpc_command_read(hd_jat(l->commands, i), &c) || (c.op == 6 && !rpc_command_ids(a, c.value, &ids))) {
            return rpc_bad_command(v->rpc, v->m, l->f);
        }
        switch (c.op) {
        case 0:  code = make_file(v, files, c.value); break;
        case 1:  code = rpc_write_one(v->rpc, files, c.id, c.value); break;
        case 2:  code = rpc_unlink_one(v->rpc, files, c.id); break;
        case 3:  code = stays(v->rpc); break;
        case 4:  code = link_files(v, hd_ids_make(a, &c.id, 1)); break;
        case 5:  code = replace_files(v, (hd_ids_t){ 0, NULL }); break;
        default: code = replace_files(v, ids); break;
        }
    }
    return code;
}

/* ---- mail.message: attachment_ids ---- */

static hd_code_t run_message_file(rpc_t *rpc, const rpc_command_t *c, hd_ids_t had, hd_ids_t *ids)
{
    hd_ids_t more = { 0, NULL };
    hd_arena_t *a = rpc->cx->arena;
    hd_id_t id = c->id;
    hd_code_t code = HD_OK;
    switch (c->op) {
    case 0:
        code = rpc_create_one(rpc, rpc_model(HD_STR("ir.attachment")), c->value, &id);
        *ids = code == HD_OK ? hd_ids_with(a, *ids, id) : *ids;
        return code;
    case 4:
        *ids = hd_ids_with(a, *ids, id);
        return HD_OK;
    case 6:
        if (!rpc_command_ids(a, c->value, &more)) {
            return rpc_fail(rpc, "builtins.ValueError", "A list of files' numbers is expected.");
        }
        for (uint32_t i = 0; i < had.n; i++) {
            if (!hd_ids_has(more, had.v[i])) {
                return stays(rpc);
            }
        }
        *ids = more;
        return HD_OK;
    default:
        return stays(rpc);
    }
}

hd_code_t rpc_message_files(rpc_t *rpc, const rpc_model_t *m, hd_id_t id, const hd_jval_t *value)
{
    void *old = NULL;
    hd_ids_t ids = { 0, NULL };
    hd_code_t code = rpc_get(rpc, m, id, &old);
    bool plain = rpc_command_plain(value);
    for (size_t i = 0; i < (plain ? 1 : hd_jlen(value)) && code == HD_OK; i++) {
        rpc_command_t c = { .op = 6, .value = value };
        code = plain || rpc_command_read(hd_jat(value, i), &c)
             ? run_message_file(rpc, &c, ((const hd_message_t *) old)->attachment_ids, &ids)
             : rpc_fail(rpc, "builtins.ValueError", "A list of commands such as [4, id, 0] is expected.");
    }
    for (uint32_t i = 0; i < ids.n && code == HD_OK; i++) {
        code = ids.v[i] > HD_ID_MAX ? HD_E_NOT_FOUND : HD_OK;
    }
    return code == HD_OK ? hd_message_add_files(rpc->cx, id, ids) : code;
}
