/*
 * The store as a whole: init, fsck, backup, restore.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

int tool_init(hd_tool_t *t, int argc, char **argv)
{
    const char *company = NULL;
    const hd_tool_opt_t opts[] = { { "--company", &company, false } };
    size_t n = 0;
    if (tool_options(argc, argv, opts, 1, NULL, &n) != 0) {
        return 2;
    }
    if (tool_has_store(t->dir)) {
        return tool_fail("%s already holds a store; nothing was changed.", t->dir);
    }
    if (tool_open(t, true) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    hd_id_t id;
    hd_code_t code = company ? hd_setup_base(&t->cx, hd_str(company), &id) : HD_OK;
    if (code != HD_OK) {
        return tool_refused(t, "The company was not created", code);
    }
    hd_clock_init(&t->cx);
    if (tool_commit(t) != 0) {
        return 1;
    }
    tool_give_away(t->dir);
    return 0;
}

/* ---- fsck ---- */

static void print_problem(void *arg, const char *line)
{
    fprintf(arg, "%s\n", line);
}

/* fsck with a summary line; 0 or 1. */
static int check_store(hd_store_t *s, FILE *out, const char *what)
{
    hd_fsck_t f = { .say = print_problem, .arg = out };
    hd_code_t code = hd_store_fsck(s, &f);
    fprintf(out, "%s: %" PRIu64 " records, %" PRIu64 " index keys, %" PRIu64 " counters, %" PRIu64
            " events, %" PRIu64 " files (%" PRIu64 " unused), %" PRIu64 " problems\n", what, f.rows, f.index_keys,
            f.counters, f.events, f.files, f.orphans, f.problems);
    char head[2 * HD_HASH_LEN + 1] = "";
    hd_hex(f.head, sizeof(f.head), head);
    fprintf(out, "%s: the log ends with %.*s\n", what, (int) sizeof(head) - 1, head);
    if (code != HD_OK && f.problems == 0) {
        return tool_fail("The check could not be finished: %s", hd_err_info(code)->sentence);
    }
    return f.problems == 0 ? 0 : 1;
}

int tool_fsck(hd_tool_t *t, int argc, char **argv)
{
    size_t n = 0;
    if (tool_options(argc, argv, NULL, 0, NULL, &n) != 0) {
        return 2;
    }
    if (tool_open(t, false) != 0) {
        return 1;
    }
    return check_store(t->store, stdout, t->dir);
}

/* ---- backup ---- */

/* The directory of a path, in the scratch arena. */
static const char *dir_of(hd_tool_t *t, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ".";
    }
    size_t len = slash == path ? 1 : (size_t) (slash - path);
    return hd_str_dup(t->scratch, (hd_str_t){ len, path }).data;
}

/* Links the finished copy under its name: fails when somebody else made that file meanwhile. */
static int publish(hd_tool_t *t, const char *temp, const char *path)
{
    if (link(temp, path) != 0) {
        return tool_fail("%s cannot be made: %s.", path, strerror(errno));
    }
    unlink(temp);
    if (!tool_sync_dir(dir_of(t, path))) {
        return tool_fail("The directory of %s could not be synced: %s.", path, strerror(errno));
    }
    return 0;
}

static int backup_to_file(hd_tool_t *t, const char *path)
{
    struct stat st;
    const char *files = hd_strf(t->scratch, "%s.files", path).data;
    if (lstat(path, &st) == 0 || lstat(files, &st) == 0) {
        return tool_fail("%s or %s exists already; a backup never replaces a file.", path, files);
    }
    const char *temp = hd_strf(t->scratch, "%s.part-%ld", path, (long) getpid()).data;
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tool_fail("%s cannot be made: %s.", temp, strerror(errno));
    }
    char err[256] = "";
    hd_code_t code = hd_engine_copy(hd_store_engine(t->store), fd, err);
    bool synced = code == HD_OK && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 || !synced) {
        unlink(temp);
        return tool_fail("The backup was not made: %s", code != HD_OK ? err : strerror(why));
    }
    int status = tool_files_copy(tool_path(t, t->dir, "files").data, files);
    if (status == 0) {
        status = publish(t, temp, path);
    }
    if (status != 0) {
        tool_files_remove(files);
        unlink(temp);
    }
    return status;
}

int tool_backup(hd_tool_t *t, int argc, char **argv)
{
    const char *file = NULL;
    size_t n = 1;
    if (tool_options(argc, argv, NULL, 0, &file, &n) != 0 || n != 1) {
        return 2;
    }
    if (tool_open(t, false) != 0) {
        return 1;
    }
    if (strcmp(file, "-") != 0) {
        int hold = hd_blob_hold(t->store);       /* what the copy names stays until it is copied too */
        int status = backup_to_file(t, file);
        if (hold >= 0) {
            close(hold);
        }
        return status;
    }
    if (isatty(STDOUT_FILENO)) {
        return tool_fail("A backup is not for a terminal; redirect it.");
    }
    char err[256] = "";
    if (hd_engine_copy(hd_store_engine(t->store), STDOUT_FILENO, err) != HD_OK) {
        return tool_fail("The backup was not made: %s", err);
    }
    return 0;
}

/* ---- restore: copy into a directory of its own, check it there, rename it into place ---- */

static int check_copy(hd_tool_t *t, const char *dir)
{
    const char *place = t->dir;
    t->dir = dir;
    int status = tool_open(t, false);
    if (status == 0) {
        status = check_store(t->store, stderr, "backup");
        hd_store_close(t->store);
        t->store = NULL;
    }
    t->dir = place;
    return status;
}

static int restore_checked(hd_tool_t *t, const char *file, const char *temp)
{
    const char *copy = tool_path(t, temp, "data.mdb").data;
    const char *lock = tool_path(t, temp, "lock.mdb").data;
    const char *place = tool_path(t, t->dir, "data.mdb").data;
    const char *files = tool_path(t, temp, "files").data;
    const char *home = tool_path(t, t->dir, "files").data;
    int status = tool_copy_file(file, copy);
    if (status == 0) {
        status = tool_files_copy(hd_strf(t->scratch, "%s.files", file).data, files);
    }
    if (status == 0) {
        status = check_copy(t, temp);
    }
    bool moved = status == 0 && rename(files, home) == 0;
    if (status == 0 && !moved && errno != ENOENT) {
        status = tool_fail("%s cannot be made: %s.", home, strerror(errno));
    }
    if (status == 0 && (link(copy, place) != 0 || !tool_sync_dir(t->dir))) {
        status = tool_fail("%s cannot be made: %s.", place, strerror(errno));
    }
    if (status != 0) {
        tool_files_remove(moved ? home : files);
    }
    unlink(lock);
    unlink(copy);
    return status;
}

int tool_restore(hd_tool_t *t, int argc, char **argv)
{
    const char *file = NULL;
    size_t n = 1;
    if (tool_options(argc, argv, NULL, 0, &file, &n) != 0 || n != 1) {
        return 2;
    }
    if (tool_has_store(t->dir)) {
        return tool_fail("%s holds a store; move it away first.", t->dir);
    }
    if (mkdir(t->dir, 0700) != 0 && errno != EEXIST) {
        return tool_fail("%s cannot be made: %s.", t->dir, strerror(errno));
    }
    const char *temp = hd_strf(t->scratch, "%s/restore-%ld", t->dir, (long) getpid()).data;
    if (mkdir(temp, 0700) != 0) {
        return tool_fail("%s cannot be made: %s.", temp, strerror(errno));
    }
    int status = restore_checked(t, file, temp);
    rmdir(temp);
    if (status != 0) {
        return tool_fail("Nothing was restored.");
    }
    unlink(tool_path(t, t->dir, "lock.mdb").data);      /* of a store that is gone */
    tool_give_away(t->dir);
    return tool_sync_dir(dir_of(t, t->dir)) ? 0 : tool_fail("The directory above could not be synced.");
}
