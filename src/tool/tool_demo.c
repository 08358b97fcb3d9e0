/*
 * demo: a desk to look at, read from a file of lines (conf/demo.jsonl).  Everything goes through the desk's commands,
 * in the order in which it happened, so that assignment, followers and dates come out as they would have.
 *
 *     {"at":"-12d 14:05","create":"ticket","by":"emma","record":{"name":"..","team_id":"Customer Support"},
 *      "then":[["+3h",{"stage_id":"In Progress"}],["+4h",{"create":"message","record":{"body":".."}}],
 *              ["+2d",{"stage_id":"Solved"}]]}
 *
 * A reference is the name of the record (of a user the login); a stage is looked for in the record's own team.
 * Times: "-12d", "-3h", "-40m" before now, "+3h" after; with a time of day that of the day so far from today, in UTC.
 * "by" is who creates it, otherwise the desk itself.  A ticket is changed by the agent who has it, who also is the
 * author of what is created about it (messages, activities) without a "by".
 */
#include <errno.h>
#include <stdlib.h>

#include "tool.h"

#define PASSWORD_LEN 16
#define USERS_MAX    100
#define STEPS_MAX    10000

/* One record of the file, from its creation on. */
typedef struct {
    uint32_t           line;
    const hd_entity_t *e;
    hd_str_t           by;
    hd_id_t            id;       /* 0 until it is created */
} demo_record_t;

typedef struct {
    hd_time_t      at;
    uint32_t       order;        /* equal times: as they stand in the file */
    demo_record_t *of;
    hd_jval_t     *fields;
} demo_step_t;

typedef struct {
    hd_str_t login, name, role;
    char     password[PASSWORD_LEN + 1];
} demo_login_t;

typedef struct {
    const char   *path;
    uint32_t      line;
    hd_time_t     now;
    demo_step_t  *steps;
    uint32_t      n_steps, n_logins;
    demo_login_t *logins;
} demo_t;

static int bad_line(const demo_t *d, uint32_t line, const char *why)
{
    return tool_fail("%s, line %" PRIu32 ": %s", d->path, line, why);
}

/* ---- reading ---- */

/* "-12d 14:05" or "+3h" as seen from base; false when it is something else. */
static bool read_when(hd_str_t s, hd_time_t base, hd_time_t *ret)
{
    char unit, text[24];
    int n, hour, minute, used = 0;
    if (s.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    if (sscanf(text, "%d%c%n", &n, &unit, &used) != 2 || (text[0] != '-' && text[0] != '+')) {
        return false;
    }
    hd_time_t step = unit == 'd' ? HD_DAY : unit == 'h' ? HD_HOUR : unit == 'm' ? HD_MINUTE : 0;
    *ret = base + n * step;
    if (text[used] == '\0' || step != HD_DAY) {
        return step != 0 && text[used] == '\0';
    }
    *ret = *ret / HD_DAY * HD_DAY;
    if (sscanf(text + used, " %2d:%2d%n", &hour, &minute, &n) != 2 || text[used + n] != '\0' || hour > 23 ||
        minute > 59 || hour < 0 || minute < 0)
    {
        return false;
    }
    *ret += hour * HD_HOUR + minute * HD_MINUTE;
    return true;
}

static hd_str_t get_str(const hd_jval_t *v, const char *key)
{
    const hd_jval_t *m = hd_jget(v, key);
    return m && hd_jtype(m) == HD_J_STR ? hd_jstr(m) : (hd_str_t){ 0, "" };
}

static int add_step(demo_t *d, demo_record_t *of, hd_time_t at, hd_jval_t *fields)
{
    if (fields == NULL || hd_jtype(fields) != HD_J_OBJ || at > d->now || d->n_steps == STEPS_MAX) {
        return bad_line(d, of->line, at > d->now ? "this lies in the future." : "a record is missing.");
    }
    d->steps[d->n_steps] = (demo_step_t){ at, d->n_steps, of, fields };
    d->n_steps++;
    return 0;
}

static int read_line(hd_tool_t *t, demo_t *d, hd_str_t text)
{
    hd_jval_t *v;
    demo_record_t *of = hd_alloc(t->scratch, sizeof(*of));
    hd_time_t at, later;
    if (hd_jparse(t->scratch, text, &v) != HD_OK || hd_jtype(v) != HD_J_OBJ) {
        return bad_line(d, d->line, "this is not a JSON object.");
    }
    *of = (demo_record_t){ d->line, hd_entity_by_name(get_str(v, "create")), get_str(v, "by"), 0 };
    if (of->e == NULL || !read_when(get_str(v, "at"), d->now, &at)) {
        return bad_line(d, d->line, "\"create\" must name a record type and \"at\" a time.");
    }
    int status = add_step(d, of, at, hd_jget(v, "record"));
    const hd_jval_t *then = hd_jget(v, "then");
    for (size_t i = 0; status == 0 && then && i < hd_jlen(then); i++) {
        const hd_jval_t *step = hd_jat(then, i);
        if (hd_jlen(step) != 2 || hd_jtype(hd_jat(step, 0)) != HD_J_STR ||
            !read_when(hd_jstr(hd_jat(step, 0)), at, &later))
        {
            return bad_line(d, d->line, "a step of \"then\" is a time and an object.");
        }
        status = add_step(d, of, later, hd_jat(step, 1));
    }
    return status;
}

static int compare_steps(const void *a, const void *b)
{
    const demo_step_t *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->order < y->order ? -1 : 1;
}

static int read_file(hd_tool_t *t, demo_t *d)
{
    char *line = NULL;
    size_t size = 0;
    int status = 0;
    FILE *in = fopen(d->path, "re");
    if (in == NULL) {
        return tool_fail("%s cannot be read: %s.", d->path, strerror(errno));
    }
    for (ssize_t n; status == 0 && (n = getline(&line, &size, in)) >= 0;) {
        d->line++;
        hd_str_t text = { (size_t) n, line };
        status = n > 1 ? read_line(t, d, hd_strf(t->scratch, "%.*s", HD_STR_ARG(text))) : 0;
    }
    if (status == 0 && ferror(in)) {
        status = tool_fail("%s cannot be read: %s.", d->path, strerror(errno));
    }
    free(line);
    fclose(in);
    qsort(d->steps, d->n_steps, sizeof(*d->steps), compare_steps);
    return status;
}

/* ---- names instead of numbers ---- */

static hd_id_t find_stage(hd_tool_t *t, hd_id_t team_id, hd_str_t name)
{
    size_t n;
    const hd_stage_t *const *stages = hd_team_stages(&t->cx, team_id, &n);
    for (size_t i = 0; i < n; i++) {
        if (hd_str_eq(stages[i]->name, name)) {
            return stages[i]->rec.id;
        }
    }
    return 0;
}

/* 0 when there is none of this name. */
static hd_id_t find_record(hd_tool_t *t, hd_type_t type, hd_id_t team_id, hd_str_t name)
{
    hd_filter_t f;
    hd_page_t page;
    if (type == HD_STAGE && team_id != 0) {
        return find_stage(t, team_id, name);
    }
    hd_query_t q = { .filters = &f, .n_filters = 1, .limit = 1 };
    return hd_filter_parse(hd_entities[type], t->arena, type == HD_USER ? HD_STR("login") : HD_STR("name"), name,
                           true, &f, &t->problem) == HD_OK &&
           hd_record_list(&t->cx, type, &q, &page) == HD_OK && page.n == 1 ? ((const hd_rec_t *) page.v[0])->id : 0;
}

/* Writes the value with its references and times as the API takes them; a name nobody has becomes 0, which is refused. */
static void write_value(hd_tool_t *t, const demo_t *d, const hd_field_t *f, hd_id_t team_id, const hd_jval_t *v,
                        hd_json_t *j)
{
    hd_time_t when;
    bool is_ref = f && (f->kind == HD_K_REF || f->kind == HD_K_REFS);
    if (is_ref && hd_jtype(v) == HD_J_ARR) {
        hd_json_arr(j);
        for (size_t i = 0; i < hd_jlen(v); i++) {
            write_value(t, d, f, team_id, hd_jat(v, i), j);
        }
        hd_json_end_arr(j);
    } else if (is_ref && hd_jtype(v) == HD_J_STR) {
        hd_json_u64(j, find_record(t, f->ref, team_id, hd_jstr(v)));
    } else if (f && f->kind == HD_K_TIME && hd_jtype(v) == HD_J_STR && read_when(hd_jstr(v), d->now, &when)) {
        hd_json_time(j, when);
    } else {
        hd_json_raw(j, hd_jdump(t->arena, v));
    }
}

static hd_code_t read_fields(hd_tool_t *t, const demo_t *d, const hd_entity_t *e, hd_jval_t *fields,
                             hd_id_t team_id, void *rec, uint64_t *ret_mask, hd_read_mode_t how)
{
    hd_buf_t b;
    hd_buf_init(&b, t->arena, 1024, HD_BODY_MAX);
    hd_json_t j = hd_json(&b);
    hd_str_t name;
    hd_jval_t *v;
    hd_json_obj(&j);
    for (void *it = NULL; hd_jnext(fields, &it, &name, &v);) {
        int i = hd_field_index(e, name);
        hd_json_name(&j, name);
        write_value(t, d, i < 0 ? NULL : &e->fields[i], team_id, v, &j);
    }
    hd_json_end_obj(&j);
    hd_code_t code = hd_jparse(t->arena, hd_buf_view(&b), &v);
    return code != HD_OK ? code : hd_read_json(e, t->arena, v, rec, ret_mask, how, &t->problem);
}

/* ---- doing ---- */

static hd_code_t add_password(hd_tool_t *t, demo_t *d, const hd_user_t *u)
{
    static const char *const roles[] = { "none", "user", "admin", "portal" };
    char phc[HD_PWHASH_MAX];
    if (d->n_logins == USERS_MAX) {
        return hd_problem_set(&t->problem, HD_E_CONFLICT, "There are too many users.");
    }
    demo_login_t *l = &d->logins[d->n_logins++];
    *l = (demo_login_t){ .login = hd_str_dup(t->scratch, u->login), .name = hd_str_dup(t->scratch, u->name),
                         .role = hd_str(roles[u->role]) };
    return tool_random_text(l->password, PASSWORD_LEN) && hd_password_hash(hd_str(l->password), phc)
         ? hd_user_set_password(&t->cx, u->rec.id, hd_str(phc), 0)
         : hd_problem_set(&t->problem, HD_E_INTERNAL, "No password could be drawn.");
}

static hd_code_t create(hd_tool_t *t, demo_t *d, const demo_step_t *s)
{
    uint64_t mask = 0;
    hd_rec_t *rec = hd_alloc(t->arena, s->of->e->size);
    const hd_jval_t *team = hd_jget(s->fields, "team_id");
    hd_id_t team_id = team && hd_jtype(team) == HD_J_STR ? find_record(t, HD_TEAM, 0, hd_jstr(team)) : 0;
    hd_code_t code = read_fields(t, d, s->of->e, s->fields, team_id, rec, &mask, HD_READ_CREATE);
    if (s->of->by.len) {
        t->cx.actor = hd_actor_of_login(&t->cx, s->of->by);
    }
    if (code != HD_OK || t->cx.actor == NULL) {
        return code != HD_OK ? code : hd_problem_set(&t->problem, HD_E_NOT_FOUND, "\"by\" names no user.");
    }
    code = s->of->e->type == HD_TICKET ? hd_ticket_create(&t->cx, (hd_ticket_t *) rec, mask)
                                       : hd_record_create(&t->cx, s->of->e->type, rec, mask);
    s->of->id = rec->id;
    t->cx.actor = &hd_actor_desk;
    return code == HD_OK && s->of->e->type == HD_USER ? add_password(t, d, (const hd_user_t *) rec) : code;
}

/* A message or an activity; the actor is set. */
static hd_code_t add_to_ticket(hd_tool_t *t, const demo_t *d, const demo_step_t *s)
{
    uint64_t mask = 0;
    const hd_entity_t *e = hd_entity_by_name(get_str(s->fields, "create"));
    hd_jval_t *fields = hd_jget(s->fields, "record");
    if (e == NULL || (e->type != HD_MESSAGE && e->type != HD_ACTIVITY) || !fields || hd_jtype(fields) != HD_J_OBJ) {
        return hd_problem_set(&t->problem, HD_E_REQUEST, "Of a ticket a message or an activity is created.");
    }
    hd_rec_t *rec = hd_alloc(t->arena, e->size);
    hd_message_t *m = (hd_message_t *) rec;
    hd_activity_t *a = (hd_activity_t *) rec;
    hd_code_t code = read_fields(t, d, e, fields, 0, rec, &mask, HD_READ_CREATE);
    if (code != HD_OK) {
        return code;
    }
    if (e->type == HD_MESSAGE) {
        m->ticket_id = s->of->id;
        return hd_message_post(&t->cx, m, mask);
    }
    a->ticket_id = s->of->id;
    return hd_record_create(&t->cx, HD_ACTIVITY, rec, mask | HD_BIT(HD_ACTIVITY_F_ticket_id));
}

static hd_code_t change_ticket(hd_tool_t *t, const demo_t *d, const demo_step_t *s)
{
    uint64_t mask = 0;
    bool adds = hd_jget(s->fields, "create") != NULL;
    hd_str_t by = get_str(s->fields, "by");
    hd_ticket_t was, rec = { .active = true };
    hd_code_t code = hd_ticket_get(&t->cx, s->of->id, &was);
    const hd_user_t *u = code == HD_OK ? hd_config_get(t->cx.txn, HD_USER, was.user_id) : NULL;
    if (code == HD_OK && !adds) {
        code = read_fields(t, d, s->of->e, s->fields, was.team_id, &rec, &mask, HD_READ_PATCH);
    }
    if (code == HD_OK && adds && by.len == 0 && u == NULL) {
        return hd_problem_set(&t->problem, HD_E_REQUEST, "Nobody has the ticket then: \"by\" must name the author.");
    }
    if (code == HD_OK && (by.len || u != NULL)) {
        t->cx.actor = hd_actor_of_login(&t->cx, by.len ? by : u->login);
    }
    if (code != HD_OK || t->cx.actor == NULL) {
        return code != HD_OK ? code : hd_problem_set(&t->problem, HD_E_NOT_FOUND, "\"by\" names no user.");
    }
    return adds ? add_to_ticket(t, d, s) : hd_ticket_update(&t->cx, s->of->id, 0, &rec, mask);
}

static hd_code_t change(hd_tool_t *t, const demo_t *d, const demo_step_t *s)
{
    uint64_t mask = 0;
    if (s->of->e->type == HD_TICKET) {
        hd_code_t code = change_ticket(t, d, s);
        t->cx.actor = &hd_actor_desk;
        return code;
    }
    hd_rec_t *rec = hd_alloc(t->arena, s->of->e->size);
    hd_code_t code = read_fields(t, d, s->of->e, s->fields, s->of->e->type == HD_TEAM ? s->of->id : 0, rec, &mask,
                                 HD_READ_PATCH);
    return code == HD_OK ? hd_record_update(&t->cx, s->of->e->type, s->of->id, 0, rec, mask) : code;
}

/* What became due since the step before: tickets that waited for somebody to be at work. */
static void run_clock(hd_tool_t *t, hd_time_t until)
{
    hd_time_t due;
    while ((void) hd_clock_run(&t->cx, 100, &due), due != 0 && due <= until) {
        t->cx.now = due;
    }
    t->cx.now = until;
}

static int fill_store(hd_tool_t *t, demo_t *d)
{
    for (uint32_t i = 0; i < d->n_steps; i++) {
        const demo_step_t *s = &d->steps[i];
        run_clock(t, s->at);
        hd_code_t code = s->of->id == 0 ? create(t, d, s) : change(t, d, s);
        if (code != HD_OK) {
            bad_line(d, s->of->line, "the desk refuses this.");
            return tool_refused(t, "The demo was not created", code);
        }
    }
    run_clock(t, d->now);
    hd_clock_init(&t->cx);
    return 0;
}

static int check_new(hd_tool_t *t)
{
    size_t companies;
    if (tool_open(t, true) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    hd_config_all(t->cx.txn, HD_COMPANY, &companies);
    return companies == 0 && hd_desk_is_new(&t->cx)
         ? 0 : tool_fail("%s is in use; the demo needs an empty store.", t->dir);
}

int tool_demo(hd_tool_t *t, int argc, char **argv)
{
    demo_t d = { .path = HD_TOOL_DEMO, .now = hd_time_now() };
    size_t n = 1;
    if (tool_options(argc, argv, NULL, 0, &d.path, &n) != 0) {
        return 2;
    }
    d.steps = hd_alloc_n(t->scratch, STEPS_MAX, sizeof(*d.steps));
    d.logins = hd_alloc_n(t->scratch, USERS_MAX, sizeof(*d.logins));
    if (read_file(t, &d) != 0 || check_new(t) != 0 || fill_store(t, &d) != 0 || tool_commit(t) != 0) {
        return 1;
    }
    tool_give_away(t->dir);
    printf("%-10s %-*s %-7s %s\n", "login", PASSWORD_LEN, "password", "role", "name");
    for (uint32_t i = 0; i < d.n_logins; i++) {
        const demo_login_t *l = &d.logins[i];
        printf("%-10.*s %s %-7.*s %.*s\n", HD_STR_ARG(l->login), l->password, HD_STR_ARG(l->role), HD_STR_ARG(l->name));
    }
    return 0;
}
