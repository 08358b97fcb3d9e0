/*
 * import: tickets from a CSV file, through the rules of single commands, in bounded transactions.
 * A bar on standard error shows how far it is when that is a terminal; bad lines go to standard
 * output:
 *
 *     line,field,code,message
 *     17,stage_id,not_of_team,The stage does not belong to the ticket's team.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define BATCH     500            /* tickets a transaction: others wait no longer for the writer */
#define CELLS_MAX 400
#define BAR       30
#define BAR_US    100000

typedef struct {
    const char  *user;
    bool         dry_run;
    hd_str_t     text;           /* the whole file */
    size_t       pos;
    uint64_t     line, count[3], bad, in_batch;
    hd_arena_t  *plan_arena;
    hd_import_t *plan;
    hd_str_t    *cells;
    bool         bar;
    uint64_t     drawn_us;
} import_t;

/* ---- what people see ---- */

static void draw(import_t *m, bool end)
{
    uint64_t now = hd_time_mono_us();
    if (!m->bar || (!end && now - m->drawn_us < BAR_US)) {
        return;
    }
    m->drawn_us = now;
    size_t done = m->text.len == 0 ? BAR : (size_t) ((double) m->pos / (double) m->text.len * BAR);
    fprintf(stderr, "\r[%-*.*s] %3zu %%  %" PRIu64 " tickets, %" PRIu64 " bad lines%s", BAR, (int) done,
            "##############################", done * 100 / BAR, m->count[0] + m->count[1] + m->count[2],
            m->bad, end ? "\n" : "");
}

static void report(import_t *m, hd_arena_t *a, hd_str_t field, const char *code, const char *message)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 256, 64 * 1024);
    if (m->bad == 0) {
        hd_buf_z(&b, "line,field,code,message\r\n");
    }
    hd_buf_printf(&b, "%" PRIu64, m->line);
    hd_csv_cell(&b, field, false);
    hd_csv_cell(&b, hd_str(code), false);
    hd_csv_cell(&b, hd_str(message), false);
    hd_buf_z(&b, "\r\n");
    m->bad++;
    (void) fwrite(b.data, 1, b.len, stdout);
}

static void report_all(import_t *m, hd_arena_t *a, hd_code_t code, const hd_problem_t *p)
{
    const hd_err_info_t *info = hd_err_info(code);
    uint64_t before = m->bad;
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        report(m, a, f->field, f->code, f->sentence);
    }
    if (p->fields == NULL) {
        report(m, a, HD_STR("id"), info->slug, p->detail != NULL ? p->detail : info->sentence);
    }
    m->bad = before + 1;                     /* lines, not fields */
}

/* ---- transactions ---- */

static int begin(hd_tool_t *t, import_t *m)
{
    if (tool_begin(t, true) != 0) {
        return 1;
    }
    if (m->user != NULL) {
        t->cx.actor = hd_actor_of_login(&t->cx, hd_str(m->user));
        if (t->cx.actor == NULL) {
            return tool_fail("There is no active user %s.", m->user);
        }
    }
    t->cx.dry_run = m->dry_run;
    m->in_batch = 0;
    return 0;
}

static int read_header(hd_tool_t *t, import_t *m)
{
    hd_cx_t cx = t->cx;
    hd_problem_t p;
    int n = hd_csv_read(m->plan_arena, m->text, &m->pos, m->cells, CELLS_MAX);
    if (n <= 0 || n > CELLS_MAX) {
        return tool_fail("The file has no usable header line.");
    }
    hd_problem_init(&p);
    cx.arena = m->plan_arena;
    cx.problem = &p;
    if (hd_import_plan(&cx, m->cells, (size_t) n, &m->plan) == HD_OK) {
        return 0;
    }
    for (const hd_bad_field_t *f = p.fields; f != NULL; f = f->next) {
        (void) tool_fail("Column \"%.*s\": %s", HD_STR_ARG(f->field), f->sentence);
    }
    return p.fields != NULL ? 1 : tool_fail("%s", p.detail);
}

/* 0, or 1 when the store failed. */
static int run_line(hd_tool_t *t, import_t *m, int n)
{
    hd_problem_t p;
    hd_imported_t done = HD_IMPORT_SAME;
    hd_problem_init(&p);
    hd_cx_t cx = t->cx;
    cx.arena = t->scratch;
    cx.problem = &p;
    cx.now = hd_time_now();
    hd_code_t code = hd_import_row(&cx, m->plan, m->cells, (size_t) n, &done);
    if (hd_txn_error(cx.txn) != HD_OK) {
        return tool_fail("Line %" PRIu64 ": %s", m->line, hd_err_info(hd_txn_error(cx.txn))->sentence);
    }
    if (code == HD_OK) {
        m->count[done]++;
    } else {
        report_all(m, t->scratch, code, &p);
    }
    if (++m->in_batch >= BATCH) {
        return tool_commit(t) == 0 ? begin(t, m) : 1;
    }
    return 0;
}

static uint64_t count_lines(hd_str_t text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.data[i] == '\n';
    }
    return n;
}

static int import_lines(hd_tool_t *t, void *arg)
{
    import_t *m = arg;
    uint64_t lines = count_lines((hd_str_t){ m->pos, m->text.data });
    while (m->pos < m->text.len) {
        size_t from = m->pos;
        hd_arena_reset(t->scratch);
        int n = hd_csv_read(t->scratch, m->text, &m->pos, m->cells, CELLS_MAX);
        m->line = lines + 1;
        if (n < 0) {
            report(m, t->scratch, HD_STR(""), "bad_csv",
                   "The quotes of this line do not end well; nothing behind it was read.");
            m->pos = m->text.len;
            break;
        }
        lines += count_lines((hd_str_t){ m->pos - from, m->text.data + from });
        bool blank = n == 1 && hd_str_trim(m->cells[0]).len == 0;
        if (!blank && run_line(t, m, n > CELLS_MAX ? CELLS_MAX : n) != 0) {
            return 1;
        }
        draw(m, false);
    }
    return 0;
}

/* ---- the command ---- */

static int run(hd_tool_t *t, import_t *m)
{
    m->plan_arena = hd_arena_create((size_t) 16 << 20);
    if (m->plan_arena == NULL) {
        return tool_fail("Not enough memory.");
    }
    *hd_arena_border(m->plan_arena) = *hd_arena_border(t->arena);
    m->cells = hd_alloc_n(m->plan_arena, CELLS_MAX, sizeof(*m->cells));
    m->bar = isatty(STDERR_FILENO) == 1;
    int status = tool_open(t, false);
    status = status == 0 ? begin(t, m) : status;
    status = status == 0 ? read_header(t, m) : status;
    status = status == 0 ? tool_guard(t, import_lines, m) : status;
    if (status == 0) {
        status = tool_commit(t);
    }
    draw(m, true);
    hd_arena_destroy(m->plan_arena);
    if (status == 0) {
        fprintf(stderr, "%" PRIu64 " tickets created, %" PRIu64 " changed, %" PRIu64 " unchanged, "
                "%" PRIu64 " bad lines%s.\n", m->count[HD_IMPORT_CREATED], m->count[HD_IMPORT_UPDATED],
                m->count[HD_IMPORT_SAME], m->bad, m->dry_run ? "; nothing was written" : "");
    }
    return status != 0 || m->bad != 0;
}

/* A pipe is read to its end, a file is mapped. */
static bool read_all(int fd, hd_str_t *ret)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *ret = (hd_str_t){ (size_t) st.st_size, "" };
        void *p = ret->len == 0 ? NULL : mmap(NULL, ret->len, PROT_READ, MAP_PRIVATE, fd, 0);
        ret->data = p != NULL ? p : "";
        return p != MAP_FAILED;
    }
    char *buf = NULL;
    size_t len = 0, cap = 0;
    for (ssize_t n = 1; n > 0; len += (size_t) n) {
        if (cap - len < 65536) {
            cap = cap == 0 ? 1 << 20 : 2 * cap;
            char *more = realloc(buf, cap);
            if (more == NULL) {
                free(buf);
                return false;
            }
            buf = more;
        }
        n = read(fd, buf + len, cap - len);
        if (n < 0) {
            free(buf);
            return false;
        }
    }
    *ret = (hd_str_t){ len, buf };
    return true;
}

int tool_import(hd_tool_t *t, int argc, char **argv)
{
    const char *file = NULL, *dry = NULL;
    import_t m = { .user = NULL };
    const hd_tool_opt_t opts[] = { { "--user", &m.user, false }, { "--dry-run", &dry, true } };
    size_t n = 1;
    if (tool_options(argc, argv, opts, 2, &file, &n) != 0) {
        return 2;
    }
    if (file == NULL) {
        fprintf(stderr, "helpdeskctl: import needs a file.\n");
        return 2;
    }
    m.dry_run = dry != NULL;
    int fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !read_all(fd, &m.text)) {
        return tool_fail("%s cannot be read: %s.", file, strerror(errno));
    }
    return run(t, &m);
}
