/*
 * import-odoo: takes companies, people, teams, tickets and what was said about them from an Odoo server (14 to 19, or
 * another desk like this one) through its external API.
 *
 * Model after model, the ones that others name first.  Rows are fetched while no transaction is open, so that the desk
 * goes on serving, and written batch by batch with a row of HD_ORIGIN beside each: who runs it again finds what was
 * taken, writes only what changed, and goes on where it was stopped.  What names a record that came later is asked for
 * once more in a last pass.
 *
 * Standard output: a line of CSV for each record that was refused and each value that was left out.
 *
 *     what,model,id,field,code,message
 *     refused,res.partner,17,name,required,A value is required.
 *
 * Standard error: a bar when it is a terminal, and at the end a table.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool_odoo.h"

#define BATCH     200
#define BATCH_MAX 2000
#define CHUNK     1000           /* rows of which only the date is asked */
#define TIMEOUT   120
#define ARENA     ((size_t) 2 << 30)
#define BAR       30
#define BAR_US    100000

static int lost(const odoo_import_t *m)
{
    return tool_fail("%.*s: %s  What was taken so far stays; run it again to go on.", HD_STR_ARG(m->odoo.url), m->odoo.fault);
}

/* ---- what people see ---- */

static void draw(odoo_import_t *m, bool end)
{
    const odoo_state_t *s = &m->state[m->at];
    size_t total = m->last_pass ? s->n_again : s->n_ids;
    uint64_t now = hd_time_mono_us();
    if (!m->bar || (!end && now - m->drawn_us < BAR_US)) {
        return;
    }
    m->drawn_us = now;
    size_t part = total == 0 ? BAR : (size_t) (s->done * BAR / total);
    fprintf(stderr, "\r%-18s [%-*.*s] %" PRIu64 " of %zu\033[K%s", odoo_models[m->at].words, BAR, (int) part,
            "##############################", s->done, total, end ? "\n" : "");
}

static int print_summary(const odoo_import_t *m)
{
    uint64_t refused = 0;
    fprintf(stderr, "\n%-24s %9s %9s %9s %9s %9s %9s %9s\n", "", "read", "created", "updated", "unchanged", "passed",
            "refused", "left out");
    for (size_t i = 0; i < ODOO_MODELS; i++) {
        const odoo_state_t *s = &m->state[i];
        refused += s->refused;
        if (s->absent) {
            fprintf(stderr, "%-24s skipped: %.*s\n", odoo_models[i].model, HD_STR_ARG(s->why));
            continue;
        }
        fprintf(stderr, "%-24s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64,
                odoo_models[i].model, s->read, s->created, s->updated, s->unchanged, s->passed, s->refused, s->left_out);
        if (s->linked != 0) {
            fprintf(stderr, "  %" PRIu64 " were here already and stay as they are", s->linked);
        }
        if (s->gone != 0) {
            fprintf(stderr, "  %" PRIu64 " were deleted here and stay so", s->gone);
        }
        fputc('\n', stderr);
    }
    fprintf(stderr, "%s", m->dry_run ? "Nothing was written: this was a dry run.\n" : "");
    return refused != 0;
}

/* ---- fetching ---- */

static hd_str_t ids_json(hd_arena_t *a, const hd_id_t *ids, size_t n, hd_str_t fields)
{
    hd_buf_t b;
    hd_buf_init(&b, a, n * 12 + fields.len + 16, (size_t) 1 << 20);
    hd_json_t j = hd_json(&b);
    hd_json_arr(&j);
    hd_json_arr(&j);
    for (size_t i = 0; i < n; i++) {
        hd_json_u64(&j, ids[i]);
    }
    hd_json_end_arr(&j);
    hd_json_raw(&j, fields);
    hd_json_end_arr(&j);
    return hd_buf_view(&b);
}

static odoo_status_t read_ids(odoo_import_t *m, const hd_id_t *ids, size_t n, hd_str_t fields, hd_jval_t **ret)
{
    hd_arena_reset(m->tool->scratch);
    return odoo_execute(&m->odoo, m->state[m->at].name, "read", ids_json(m->tool->scratch, ids, n, fields), HD_STR(""), ret);
}

static int compare_ids(const void *a, const void *b)
{
    hd_id_t x = *(const hd_id_t *) a, y = *(const hd_id_t *) b;
    return (x > y) - (x < y);
}

static odoo_status_t list_ids(odoo_import_t *m, size_t at)
{
    hd_jval_t *v = NULL;
    odoo_state_t *s = &m->state[at];
    hd_arena_reset(m->tool->scratch);
    hd_str_t args = hd_strf(m->tool->scratch, "[%s]", odoo_models[at].domain);
    odoo_status_t status = odoo_execute(&m->odoo, s->name, "search", args, HD_STR("\"order\":\"id\""), &v);
    if (status == ODOO_FAULT) {
        s->absent = true;
        s->why = hd_str_dup(m->arena, hd_str(m->odoo.fault));
        return ODOO_OK;
    }
    size_t n = status == ODOO_OK ? hd_jlen(v) : 0;
    s->ids = hd_alloc_n(m->arena, n + 1, sizeof(*s->ids));
    s->again = hd_alloc_n(m->arena, n + 1, sizeof(*s->again));
    for (size_t i = 0; i < n; i++) {
        hd_id_t id = odoo_id(hd_jat(v, i));
        s->ids[s->n_ids] = id;
        s->n_ids += id != 0;
    }
    if (s->n_ids > 1) {
        qsort(s->ids, s->n_ids, sizeof(*s->ids), compare_ids);
    }
    return status;
}

/* ---- batches ---- */

static int take_rows(odoo_import_t *m, const hd_jval_t *rows)
{
    if (tool_begin(m->tool, true) != 0) {
        return 1;
    }
    for (size_t i = 0; i < hd_jlen(rows); i++) {
        if (odoo_take_row(m, hd_jat(rows, i)) != 0) {
            return 1;
        }
    }
    return tool_commit(m->tool);
}

/* A file's content is fetched when the file is new. */
static odoo_status_t prepare_file(odoo_import_t *m, hd_id_t id)
{
    hd_origin_t o;
    hd_arena_reset(m->tool->scratch);
    if (tool_begin(m->tool, false) != 0) {
        return ODOO_LOST;
    }
    bool known = odoo_origin(m, m->at, id, &o);
    tool_abort(m->tool);
    odoo_status_t status = known ? ODOO_OK : odoo_fetch_file(m, id);
    return status == ODOO_FAULT ? ODOO_OK : status;
}

/* One row that spoils a whole batch is found by asking for each alone. */
static int take_batch(odoo_import_t *m, const hd_id_t *ids, size_t n)
{
    hd_jval_t *rows = NULL;
    odoo_status_t status = odoo_models[m->at].files ? prepare_file(m, ids[0]) : ODOO_OK;
    status = status == ODOO_OK ? read_ids(m, ids, n, m->state[m->at].fields, &rows) : status;
    if (status == ODOO_LOST) {
        return lost(m);
    }
    if (status == ODOO_OK) {
        return take_rows(m, rows);
    }
    if (n == 1) {
        odoo_report(m, "refused", ids[0], HD_STR("id"), "unreadable", m->odoo.fault);
        m->state[m->at].refused++;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (take_batch(m, ids + i, 1) != 0) {
            return 1;
        }
    }
    return 0;
}

static int take_ids(odoo_import_t *m, const hd_id_t *ids, size_t n)
{
    size_t most = odoo_models[m->at].files ? 1 : m->batch;
    for (size_t i = 0; i < n; i += most) {
        size_t some = n - i < most ? n - i : most;
        if (take_batch(m, ids + i, some) != 0) {
            return 1;
        }
        m->state[m->at].done += some;
        draw(m, false);
    }
    return 0;
}

/* Of a chunk those whose date is another one than when they were taken; the rest is counted. */
static int keep_changed(odoo_import_t *m, const hd_jval_t *rows, hd_id_t *ids, size_t *ret_n)
{
    hd_origin_t o;
    odoo_state_t *s = &m->state[m->at];
    *ret_n = 0;
    if (tool_begin(m->tool, false) != 0) {
        return 1;
    }
    for (size_t i = 0; i < hd_jlen(rows); i++) {
        hd_arena_reset(m->tool->scratch);
        odoo_row_t row = { .id = odoo_id(hd_jget(hd_jat(rows, i), "id")), .v = hd_jat(rows, i) };
        hd_str_t date = odoo_text(&row, "write_date");
        bool same = odoo_origin(m, m->at, row.id, &o) && date.len != 0 && hd_str_eq(o.source_date, date) && o.digest.len != 0;
        if (same) {
            s->read++;
            odoo_count_same(m, &o);
            s->done++;
        } else if (row.id != 0) {
            ids[(*ret_n)++] = row.id;
        }
    }
    tool_abort(m->tool);
    return 0;
}

static int take_by_date(odoo_import_t *m)
{
    odoo_state_t *s = &m->state[m->at];
    hd_id_t *changed = hd_alloc_n(m->arena, CHUNK, sizeof(*changed));
    for (size_t i = 0; i < s->n_ids; i += CHUNK) {
        hd_jval_t *rows = NULL;
        size_t n = s->n_ids - i < CHUNK ? s->n_ids - i : CHUNK;
        memcpy(changed, s->ids + i, n * sizeof(*changed));
        odoo_status_t status = read_ids(m, s->ids + i, n, HD_STR("[\"write_date\"]"), &rows);
        if (status == ODOO_LOST) {
            return lost(m);
        }
        if ((status == ODOO_OK && keep_changed(m, rows, changed, &n) != 0) || take_ids(m, changed, n) != 0) {
            return 1;
        }
        draw(m, false);
    }
    return 0;
}

/* ---- the order of things ---- */

static int remember_model(odoo_import_t *m)
{
    hd_arena_reset(m->tool->scratch);
    if (tool_begin(m->tool, true) != 0) {
        return 1;
    }
    hd_code_t code = odoo_decide_keep(m, m->at);
    return code == HD_OK ? tool_commit(m->tool) : tool_fail("The store refuses: %s", hd_err_info(code)->sentence);
}

/* Contacts that users sign in as; they leave the list of all others. */
static odoo_status_t split_contacts(odoo_import_t *m, size_t contacts, size_t users, hd_id_t **ret, size_t *ret_n)
{
    hd_jval_t *rows = NULL;
    odoo_state_t *s = &m->state[contacts];
    m->at = users;
    odoo_status_t status = read_ids(m, m->state[users].ids, m->state[users].n_ids, HD_STR("[\"partner_id\"]"), &rows);
    size_t n = status == ODOO_OK ? hd_jlen(rows) : 0, kept = 0, found = 0;
    hd_id_t *ids = hd_alloc_n(m->arena, n + 1, sizeof(*ids));
    for (size_t i = 0; i < n; i++) {
        ids[i] = odoo_id(hd_jget(hd_jat(rows, i), "partner_id"));
    }
    if (n > 1) {
        qsort(ids, n, sizeof(*ids), compare_ids);
    }
    hd_id_t *first = hd_alloc_n(m->arena, s->n_ids + 1, sizeof(*first));
    for (size_t i = 0; i < s->n_ids; i++) {
        if (n != 0 && bsearch(&s->ids[i], ids, n, sizeof(*ids), compare_ids) != NULL) {
            first[found++] = s->ids[i];
        } else {
            s->ids[kept++] = s->ids[i];
        }
    }
    s->n_ids = kept;
    *ret = first;
    *ret_n = found;
    return status;
}

static int take_model(odoo_import_t *m, size_t at)
{
    const odoo_model_t *model = &odoo_models[at];
    odoo_state_t *s = &m->state[at];
    m->at = at;
    if (s->absent) {
        return 0;
    }
    odoo_status_t status = model->prepare != NULL ? model->prepare(m) : ODOO_OK;
    if (status == ODOO_LOST) {
        return lost(m);
    }
    if (remember_model(m) != 0) {
        return 1;
    }
    int rc = model->by_date && odoo_has(m, at, "write_date") ? take_by_date(m) : take_ids(m, s->ids, s->n_ids);
    if (s->n_ids != 0) {
        draw(m, true);
    }
    return rc;
}

static int take_again(odoo_import_t *m, size_t at)
{
    odoo_state_t *s = &m->state[at];
    size_t n = s->n_again;
    m->at = at;
    m->last_pass = true;
    s->done = 0;
    int rc = n != 0 ? take_ids(m, s->again, n) : 0;
    s->n_again = 0;
    m->last_pass = false;
    return rc;
}

static int plan_all(odoo_import_t *m)
{
    for (size_t i = 0; i < ODOO_MODELS; i++) {
        if (odoo_plan(m, i) == ODOO_LOST || (!m->state[i].absent && list_ids(m, i) == ODOO_LOST)) {
            return lost(m);
        }
    }
    return 0;
}

static int finish(odoo_import_t *m)
{
    if (tool_begin(m->tool, true) != 0) {
        return 1;
    }
    hd_clock_init(&m->tool->cx);
    return tool_commit(m->tool);
}

/* The contacts of users, the users, and then the other contacts, which users made. */
static int take_people(odoo_import_t *m, size_t contacts, size_t users)
{
    hd_id_t *first = NULL;
    size_t n = 0;
    bool both = !m->state[users].absent && !m->state[contacts].absent;
    if (both && split_contacts(m, contacts, users, &first, &n) == ODOO_LOST) {
        return lost(m);
    }
    m->at = contacts;
    if (both && (remember_model(m) != 0 || take_ids(m, first, n) != 0)) {
        return 1;
    }
    m->state[contacts].done = 0;
    /* at once, because tickets know the companies of their customers */
    return take_model(m, users) != 0 || take_model(m, contacts) != 0 || take_again(m, contacts) != 0;
}

static int import_all(odoo_import_t *m)
{
    size_t contacts = (size_t) odoo_model_index(HD_STR("res.partner")), users = (size_t) odoo_model_index(HD_STR("res.users"));
    if (plan_all(m) != 0) {
        return 1;
    }
    for (size_t i = 0; i < ODOO_MODELS; i++) {
        int rc = i == contacts ? take_people(m, contacts, users) : i == users ? 0 : take_model(m, i);
        if (rc != 0) {
            return 1;
        }
    }
    for (size_t i = 0; i < ODOO_MODELS; i++) {
        if (take_again(m, i) != 0) {
            return 1;
        }
    }
    return finish(m);
}

/* ---- a dry run works on a copy of the store, which has no name any more when the work begins ---- */

static int open_copy(hd_tool_t *t, hd_arena_t *a)
{
    char err[256] = "", *dir = (char *) (uintptr_t) hd_strf(a, "%s/dry-run.XXXXXX", t->dir).data;
    if (mkdtemp(dir) == NULL) {
        return tool_fail("%s: no directory for a copy can be made there: %s.", t->dir, strerror(errno));
    }
    const char *data = hd_strf(a, "%s/data.mdb", dir).data, *lock = hd_strf(a, "%s/lock.mdb", dir).data;
    int fd = open(data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool copied = fd >= 0 && hd_engine_copy(hd_store_engine(t->store), fd, err) == HD_OK;
    if (fd >= 0) {
        close(fd);
    }
    hd_store_close(t->store);
    t->store = NULL;
    t->sync = HD_SYNC_OFF;
    t->dir = dir;
    int status = copied ? tool_open(t, false) : tool_fail("The store could not be copied: %s", err);
    unlink(data);
    unlink(lock);
    (void) rmdir(dir);
    return status;
}

/* ---- the command ---- */

typedef struct {
    const char *args[3];         /* URL DB LOGIN */
    const char *dry_run;
    uint64_t    batch, timeout;
    hd_str_t    password;
} order_t;

static int run(hd_tool_t *t, void *arg)
{
    const order_t *order = arg;
    odoo_import_t m = { .tool = t, .dry_run = order->dry_run != NULL, .batch = (size_t) order->batch,
                        .bar = isatty(STDERR_FILENO) == 1, .arena = hd_arena_create(ARENA) };
    if (m.arena == NULL) {
        return tool_fail("Not enough memory.");
    }
    *hd_arena_border(m.arena) = *hd_arena_border(t->arena);
    m.odoo.border = *hd_arena_border(t->arena);
    m.odoo.timeout = order->timeout;
    int status = !odoo_open(&m.odoo, order->args[0], order->args[1], order->args[2], order->password);
    if (status == 0 && m.dry_run) {
        status = open_copy(t, m.arena);
    }
    if (status == 0) {
        m.source = hd_strf(m.arena, "%.*s %s", HD_STR_ARG(m.odoo.url), order->args[1]);
        status = import_all(&m);
        tool_abort(t);
        status = print_summary(&m) != 0 || status != 0;
    }
    odoo_close(&m.odoo);
    hd_arena_destroy(m.arena);
    return status;
}

int tool_import_odoo(hd_tool_t *t, int argc, char **argv)
{
    order_t order = { .batch = BATCH, .timeout = TIMEOUT };
    const char *stdin_ = NULL, *batch = NULL, *timeout = NULL;
    const hd_tool_opt_t opts[] = { { "--password-stdin", &stdin_, true }, { "--dry-run", &order.dry_run, true },
                                   { "--batch", &batch, false }, { "--timeout", &timeout, false } };
    size_t n = 3;
    if (tool_options(argc, argv, opts, 4, order.args, &n) != 0) {
        return 2;
    }
    if (n != 3) {
        fprintf(stderr, "helpdeskctl: import-odoo needs an address, a database and a login.\n");
        return 2;
    }
    if ((batch != NULL && (!tool_number(batch, BATCH_MAX, &order.batch) || order.batch == 0))
        || (timeout != NULL && (!tool_number(timeout, 86400, &order.timeout) || order.timeout == 0))) {
        fprintf(stderr, "helpdeskctl: --batch is a number from 1 to %d, --timeout one of seconds.\n", BATCH_MAX);
        return 2;
    }
    if (stdin_ == NULL && isatty(STDIN_FILENO) != 1) {
        fprintf(stderr, "helpdeskctl: the password is typed, or given with --password-stdin.\n");
        return 2;
    }
    if (tool_open(t, false) != 0 || tool_read_password(&order.password) != 0) {
        return 1;
    }
    const char *dir = t->dir;
    int status = tool_guard(t, run, &order);
    tool_give_away(dir);
    return status;
}
