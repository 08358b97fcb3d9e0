/*
 * What every command needs: messages, options, the store, transactions, passwords, files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "tool.h"

int tool_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("helpdeskctl: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return 1;
}

int tool_refused(hd_tool_t *t, const char *what, hd_code_t code)
{
    const hd_problem_t *p = &t->problem;
    fprintf(stderr, "helpdeskctl: %s: %s", what,
            p->detail && p->code == code ? p->detail : hd_err_info(code)->sentence);
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        fprintf(stderr, " %.*s: %s", HD_STR_ARG(f->field), f->sentence ? f->sentence : f->code);
    }
    fputc('\n', stderr);
    return 1;
}

int tool_options(int argc, char **argv, const hd_tool_opt_t *opts, size_t n_opts, const char **args,
                 size_t *ret_n)
{
    size_t max = *ret_n, n = 0;
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            if (n == max) {
                fprintf(stderr, "helpdeskctl: \"%s\" is one argument too many.\n", argv[i]);
                return 2;
            }
            args[n++] = argv[i];
            continue;
        }
        const hd_tool_opt_t *o = NULL;
        for (size_t k = 0; k < n_opts && o == NULL; k++) {
            o = strcmp(opts[k].name, argv[i]) == 0 ? &opts[k] : NULL;
        }
        if (o == NULL || (!o->alone && i + 1 == argc)) {
            fprintf(stderr, "helpdeskctl: %s %s.\n", argv[i], o ? "needs a value" : "is not known here");
            return 2;
        }
        *o->value = o->alone ? "" : argv[++i];
    }
    *ret_n = n;
    return 0;
}

bool tool_number(const char *text, uint64_t max, uint64_t *ret_n)
{
    uint64_t n;
    if (!hd_str_to_u64(hd_str(text), &n) || n > max) {
        return false;
    }
    *ret_n = n;
    return true;
}

hd_str_t tool_path(hd_tool_t *t, const char *dir, const char *name)
{
    return hd_strf(t->scratch, "%s/%s", dir, name);
}

bool tool_has_store(const char *dir)
{
    struct stat st;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool has = fstatat(fd, "data.mdb", &st, 0) == 0;
    close(fd);
    return has;
}

int tool_open(hd_tool_t *t, bool create)
{
    hd_engine_conf_t conf = {
        .path = t->dir, .size = HD_TOOL_SIZE, .readers = 1024, .sync = t->sync, .create = create,
    };
    char err[256] = "";
    if (create && mkdir(t->dir, 0700) != 0 && errno != EEXIST) {
        return tool_fail("%s cannot be made: %s.", t->dir, strerror(errno));
    }
    hd_code_t code = hd_store_open(&conf, &t->store, err);
    if (code == HD_E_NOT_FOUND) {
        return tool_fail("There is no store in %s; helpdeskctl init makes one.", t->dir);
    }
    if (code != HD_OK) {
        return tool_fail("The store in %s cannot be opened: %s", t->dir,
                         err[0] ? err : hd_err_info(code)->sentence);
    }
    return 0;
}

int tool_begin(hd_tool_t *t, bool write)
{
    hd_arena_reset(t->arena);
    hd_problem_init(&t->problem);
    t->cx = (hd_cx_t){ .arena = t->arena, .actor = &hd_actor_desk, .now = hd_time_now(),
                       .problem = &t->problem };
    hd_code_t code = hd_txn_begin(t->store, write, t->arena, NULL, &t->cx.txn);
    if (code != HD_OK) {
        t->cx.txn = NULL;
        return tool_fail("The store cannot be read: %s", hd_err_info(code)->sentence);
    }
    return 0;
}

int tool_commit(hd_tool_t *t)
{
    hd_txn_t *txn = t->cx.txn;
    t->cx.txn = NULL;
    hd_code_t code = hd_txn_commit(txn);
    return code == HD_OK ? 0 : tool_fail("Nothing is certain to be saved: %s", hd_err_info(code)->sentence);
}

void tool_abort(hd_tool_t *t)
{
    hd_txn_t *txn = t->cx.txn;
    t->cx.txn = NULL;
    hd_txn_abort(txn);
}

typedef struct {
    int (*fn)(hd_tool_t *t, void *arg);
    void *arg;
    int   status;
} hd_guard_t;

static hd_code_t call_guarded(hd_tool_t *t, hd_guard_t *g)
{
    g->status = g->fn(t, g->arg);
    return HD_OK;
}

static hd_code_t guard_scratch(hd_tool_t *t, hd_guard_t *g)
{
    hd_code_t code;
    HD_ARENA_TRY(t->scratch, code, call_guarded(t, g));
    return code;
}

int tool_guard(hd_tool_t *t, int (*fn)(hd_tool_t *t, void *arg), void *arg)
{
    hd_guard_t g = { fn, arg, 1 };
    hd_code_t code;
    HD_ARENA_TRY(t->arena, code, guard_scratch(t, &g));
    return code == HD_OK ? g.status : tool_fail("This needs more memory than there is.");
}

int tool_read_password(hd_str_t *ret_password)
{
    static char line[HD_PASSWORD_MAX + 3];
    struct termios old, quiet;
    bool tty = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
    if (tty) {
        quiet = old;
        quiet.c_lflag &= (tcflag_t) ~ECHO;
        fputs("Password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    char *got = fgets(line, sizeof(line), stdin);
    if (tty) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    if (got == NULL) {
        return tool_fail("There is no password on standard input.");
    }
    size_t n = strcspn(line, "\r\n");
    if (n > HD_PASSWORD_MAX) {
        return tool_fail("The password is longer than %d bytes.", HD_PASSWORD_MAX);
    }
    *ret_password = (hd_str_t){ n, line };
    return 0;
}

/* 58 letters and digits without the look-alikes; 0 bias by drawing again. */
bool tool_random_text(char *out, size_t n)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
    for (size_t i = 0; i < n;) {
        uint8_t b;
        if (!hd_random(&b, 1)) {
            return false;
        }
        if (b < 4 * (sizeof(letters) - 1)) {
            out[i++] = letters[b % (sizeof(letters) - 1)];
        }
    }
    out[n] = '\0';
    return true;
}

bool tool_sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

void tool_give_away(const char *dir)
{
    struct stat st;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (geteuid() == 0 && fstat(fd, &st) == 0 && st.st_uid != 0) {
        static const char *const names[] = { "data.mdb", "lock.mdb" };
        for (size_t i = 0; i < 2; i++) {
            if (fchownat(fd, names[i], st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT) {
                tool_fail("%s/%s could not be given to the directory's owner.", dir, names[i]);
            }
        }
        tool_files_give(dir, st.st_uid, st.st_gid);
    }
    close(fd);
}
