/*
 * load: reads what dump wrote into an empty store, in transactions of bounded size.
 * Indexes, counters and sequences come out of the records and events themselves.
 */
#include <errno.h>
#include <stdlib.h>

#include "tool.h"

#define BATCH      5000
#define LINE_MAX_  (4 * HD_BODY_MAX)

typedef struct {
    FILE    *in;
    uint64_t line, records, events, in_batch;
    bool     started, ended;
    hd_file_in_t file;
} hd_load_t;

static int bad_line(const hd_load_t *l, const char *why)
{
    return tool_fail("Line %" PRIu64 ": %s", l->line, why);
}

static bool get_int(const hd_jval_t *v, const char *key, int64_t *ret_n)
{
    const hd_jval_t *m = hd_jget(v, key);
    if (m == NULL || hd_jtype(m) != HD_J_INT || hd_jint(m) < 0) {
        return false;
    }
    *ret_n = hd_jint(m);
    return true;
}

static hd_str_t get_str(const hd_jval_t *v, const char *key)
{
    const hd_jval_t *m = hd_jget(v, key);
    return m && hd_jtype(m) == HD_J_STR ? hd_jstr(m) : (hd_str_t){ 0, "" };
}

static int load_record(hd_tool_t *t, hd_load_t *l, const hd_entity_t *e, hd_jval_t *obj)
{
    if (obj == NULL || hd_jtype(obj) != HD_J_OBJ) {
        return bad_line(l, "the record is missing.");
    }
    hd_rec_t *rec = hd_alloc(t->scratch, e->size);
    uint64_t present;
    hd_problem_t p;
    hd_problem_init(&p);
    hd_code_t code = hd_read_json(e, t->scratch, obj, rec, &present, HD_READ_LOAD, &p);
    if (code != HD_OK) {
        const hd_bad_field_t *f = p.fields;
        return f ? tool_fail("Line %" PRIu64 ": field %.*s of the %s is wrong (%s).", l->line,
                             HD_STR_ARG(f->field), e->name, f->code)
                 : bad_line(l, hd_err_info(code)->sentence);
    }
    if (rec->id == 0 || rec->id > HD_ID_MAX) {
        return bad_line(l, "the record has no usable id.");
    }
    code = hd_row_restore(t->cx.txn, t->scratch, (hd_type_t) e->type, rec);
    if (code != HD_OK) {
        return bad_line(l, code == HD_E_CONFLICT ? "this record is there already." :
                        hd_err_info(code)->sentence);
    }
    l->records++;
    return 0;
}

static int load_event(hd_tool_t *t, hd_load_t *l, hd_jval_t *v)
{
    int64_t seq, actor, id;
    hd_event_t ev = { .changes = get_str(v, "changes") };
    hd_str_t kind = get_str(v, "kind"), of = get_str(v, "of");
    if (!get_int(v, "seq", &seq) || !get_int(v, "actor", &actor) || !get_int(v, "id", &id) ||
        !hd_time_parse(get_str(v, "time"), &ev.time))
    {
        return bad_line(l, "the event lacks seq, time, actor or id.");
    }
    ev.kind = hd_event_kind_of(kind);
    const hd_entity_t *e = of.len ? hd_entity_by_name(of) : NULL;
    if (ev.kind == 0 || (of.len && e == NULL)) {
        return bad_line(l, "the event's kind or record type is not known.");
    }
    ev.seq = (uint64_t) seq;
    ev.actor = (hd_id_t) actor;
    ev.type = e ? e->type : 0;
    ev.id = (hd_id_t) id;
    if (ev.seq <= hd_txn_log_end(t->cx.txn)) {
        return bad_line(l, "the event does not follow the one before it.");
    }
    hd_log_restore(t->cx.txn, &ev);
    hd_code_t code = hd_txn_error(t->cx.txn);
    l->events++;
    return code == HD_OK ? 0 : bad_line(l, hd_err_info(code)->sentence);
}

static int load_file(hd_tool_t *t, hd_load_t *l, const hd_jval_t *v)
{
    int64_t size, at;
    const char *bad = "the piece of a file lacks size or place.";
    if (get_int(v, "size", &size) && get_int(v, "at", &at)) {
        bad = tool_files_load(t, &l->file, get_str(v, "hash"), size, at, get_str(v, "data"));
    }
    return bad == NULL ? 0 : bad_line(l, bad);
}

static int load_end(hd_load_t *l, const hd_jval_t *v)
{
    int64_t records, events, files;
    if (l->file.open || (get_int(v, "files", &files) && (uint64_t) files != l->file.n)) {
        return bad_line(l, "files of the dump are missing.");
    }
    if (!get_int(v, "records", &records) || !get_int(v, "events", &events) ||
        (uint64_t) records != l->records || (uint64_t) events != l->events)
    {
        return bad_line(l, "lines of the dump are missing.");
    }
    l->ended = true;
    return 0;
}

static int load_value(hd_tool_t *t, hd_load_t *l, hd_jval_t *v)
{
    hd_str_t type = get_str(v, "type");
    if (hd_str_is(type, "event")) {
        return load_event(t, l, v);
    }
    if (hd_str_is(type, "file")) {
        return load_file(t, l, v);
    }
    if (hd_str_is(type, "end")) {
        return load_end(l, v);
    }
    if (hd_str_is(type, "team_last")) {
        int64_t team, user;
        if (!get_int(v, "team", &team) || !get_int(v, "user", &user)) {
            return bad_line(l, "team or user is missing.");
        }
        hd_counter_set(t->cx.txn, HD_CN_TEAM_LAST, (hd_id_t) team, 0, user);
        return 0;
    }
    const hd_entity_t *e = hd_entity_by_name(type);
    return e ? load_record(t, l, e, hd_jget(v, "record")) : bad_line(l, "this type of line is not known.");
}

static int load_line(hd_tool_t *t, hd_load_t *l, hd_str_t text)
{
    hd_jval_t *v;
    hd_arena_reset(t->scratch);
    if (l->ended) {
        return bad_line(l, "something follows the end of the dump.");
    }
    if (hd_jparse(t->scratch, text, &v) != HD_OK || hd_jtype(v) != HD_J_OBJ) {
        return bad_line(l, "this is not a JSON object.");
    }
    if (!l->started) {
        int64_t version;
        if (!get_int(v, "helpdesk_dump", &version)) {
            return bad_line(l, "this is not a dump of helpdeskctl.");
        }
        l->started = true;
        return version == HD_DUMP_VERSION ? 0 : bad_line(l, "this dump comes from another version.");
    }
    int status = load_value(t, l, v);
    if (status == 0 && ++l->in_batch >= BATCH) {
        l->in_batch = 0;
        status = tool_commit(t) == 0 ? tool_begin(t, true) : 1;
    }
    return status;
}

static int load_lines(hd_tool_t *t, void *arg)
{
    hd_load_t *l = arg;
    char *line = NULL;
    size_t size = 0;
    int status = 0;
    for (ssize_t n; status == 0 && (n = getline(&line, &size, l->in)) >= 0;) {
        l->line++;
        size_t len = n > 0 && line[n - 1] == '\n' ? (size_t) n - 1 : (size_t) n;
        status = len > LINE_MAX_ ? bad_line(l, "this line is too long.") : load_line(t, l, (hd_str_t){ len, line });
    }
    free(line);
    if (status == 0 && ferror(l->in)) {
        status = tool_fail("The dump cannot be read: %s.", strerror(errno));
    }
    if (status == 0 && !l->ended) {
        l->line++;
        status = bad_line(l, "the dump ends too early.");
    }
    return status;
}

/* Nothing of any type and no event. */
static int check_empty(hd_tool_t *t)
{
    bool empty = hd_txn_log_end(t->cx.txn) == 0;
    for (size_t i = 0; empty && i < HD_TYPE_COUNT - 1; i++) {
        hd_scan_t sc;
        hd_str_t key, value;
        hd_scan_rows(&sc, t->cx.txn, tool_dump_order[i], 0);
        empty = !hd_scan_next(&sc, &key, &value);
        hd_scan_done(&sc);
    }
    return empty ? 0 : tool_fail("%s holds records already; load needs an empty store.", t->dir);
}

static int load_from(hd_tool_t *t, FILE *in)
{
    hd_load_t l = { .in = in };
    if (tool_open(t, true) != 0 || tool_begin(t, true) != 0 || check_empty(t) != 0) {
        return 1;
    }
    int status = tool_guard(t, load_lines, &l);
    free(l.file.bytes);
    if (status == 0) {
        hd_clock_init(&t->cx);
        status = tool_commit(t);
    }
    if (status != 0) {
        tool_abort(t);
        return tool_fail("The store in %s is incomplete: remove it before the next try.", t->dir);
    }
    tool_give_away(t->dir);
    fprintf(stderr, "%" PRIu64 " records, %" PRIu64 " events and %" PRIu64 " files loaded.\n", l.records, l.events, l.file.n);
    return 0;
}

int tool_load(hd_tool_t *t, int argc, char **argv)
{
    const char *file = "-";
    size_t n = 1;
    if (tool_options(argc, argv, NULL, 0, &file, &n) != 0) {
        return 2;
    }
    if (strcmp(file, "-") == 0) {
        return load_from(t, stdin);
    }
    FILE *in = fopen(file, "re");
    if (in == NULL) {
        return tool_fail("%s cannot be read: %s.", file, strerror(errno));
    }
    int status = load_from(t, in);
    fclose(in);
    return status;
}
