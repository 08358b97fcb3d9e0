/*
 * Files: content of attachments, beside the engine, named by its SHA-256 and never changed once it has its name.
 *
 *     <store>/files/ab/cd/abcd...      64 hex digits
 *     <store>/files/new/...            being written; what a dead writer leaves is swept
 *     <store>/files/lock               flock: shared to put and to copy, alone to remove
 *
 * A file is written under files/new, synced, renamed to its name, and the directories are synced, all before the
 * transaction that names it begins: a power cut leaves at worst content nobody names.  Such content is removed later, but
 * never what was put in the last hour (the file's time says when): its row may be about to be committed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* mkostemp, asprintf */
#endif
#include "store_inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_LEN (2 * HD_HASH_LEN)

typedef struct {
    char dir[3][PATH_MAX];       /* files, files/ab, files/ab/cd */
    char file[PATH_MAX];
} place_t;

static hd_code_t code_of(int err)
{
    return err == ENOSPC || err == EDQUOT || err == EFBIG ? HD_E_FULL : HD_E_STORE;
}

static void make_place(const hd_store_t *s, const uint8_t hash[HD_HASH_LEN], place_t *ret)
{
    char hex[HEX_LEN];
    hd_hex(hash, HD_HASH_LEN, hex);
    (void) snprintf(ret->dir[0], PATH_MAX, "%s", s->files);
    (void) snprintf(ret->dir[1], PATH_MAX, "%s/%.2s", s->files, hex);
    (void) snprintf(ret->dir[2], PATH_MAX, "%s/%.2s/%.2s", s->files, hex, hex + 2);
    (void) snprintf(ret->file, PATH_MAX, "%s/%.2s/%.2s/%.*s", s->files, hex, hex + 2, HEX_LEN, hex);
}

hd_str_t hd_blob_path(hd_store_t *s, hd_arena_t *a, const uint8_t hash[HD_HASH_LEN])
{
    place_t p;
    make_place(s, hash, &p);
    return hd_str_dup(a, hd_str(p.file));
}

/* ---- the lock ---- */

/* -1: not to be had; errno is EWOULDBLOCK when somebody else has it. */
static int lock_files(const hd_store_t *s, int how)
{
    char path[PATH_MAX];
    if (mkdir(s->files, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    (void) snprintf(path, sizeof(path), "%s/lock", s->files);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, how) != 0) {
        if (errno != EINTR) {
            int err = errno;
            close(fd);
            errno = err;
            return -1;
        }
    }
    return fd;
}

/* ---- putting ---- */

static bool sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int err = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = err;
    return ok;
}

static bool write_all(int fd, hd_str_t bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        size_t done = n > 0 ? (size_t) n : 0;
        bytes = (hd_str_t){ bytes.len - done, bytes.data + done };
    }
    return true;
}

static bool mark(int fd, hd_time_t now)
{
    struct timespec t = { .tv_sec = now / HD_SECOND, .tv_nsec = now % HD_SECOND * 1000000 };
    return futimens(fd, (struct timespec[2]){ t, t }) == 0;
}

/* Marks what is there; false when it is not, or is not whole. */
static bool touch(const place_t *p, uint64_t size, hd_time_t now)
{
    struct stat st;
    int fd = open(p->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = fstat(fd, &st) == 0 && (uint64_t) st.st_size == size && mark(fd, now);
    close(fd);
    return ok;
}

static bool make_dirs(const place_t *p)
{
    for (size_t i = 0; i < 3; i++) {
        if (mkdir(p->dir[i], 0700) != 0 && errno != EEXIST) {
            return false;
        }
    }
    return true;
}

/* Writes a file of no name yet; errno on false. */
static bool write_new(const hd_store_t *s, hd_str_t bytes, hd_time_t now, char path[PATH_MAX])
{
    (void) snprintf(path, PATH_MAX, "%s/new", s->files);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return false;
    }
    (void) snprintf(path, PATH_MAX, "%s/new/XXXXXX", s->files);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = write_all(fd, bytes) && mark(fd, now) && (!s->sync || fsync(fd) == 0);
    int err = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        err = errno;
    }
    if (!ok) {
        unlink(path);
    }
    errno = err;
    return ok;
}

/* Directories somebody else made a moment ago may not be synced yet, so all three are, each time. */
static bool sync_dirs(const hd_store_t *s, const place_t *p)
{
    return !s->sync || (sync_dir(p->dir[2]) && sync_dir(p->dir[1]) && sync_dir(p->dir[0]));
}

static hd_code_t place(const hd_store_t *s, const place_t *p, hd_str_t bytes, hd_time_t now)
{
    char temp[PATH_MAX];
    if (touch(p, bytes.len, now)) {
        return sync_dirs(s, p) ? HD_OK : code_of(errno);
    }
    if (!make_dirs(p) || !write_new(s, bytes, now, temp)) {
        return code_of(errno);
    }
    if (rename(temp, p->file) != 0) {
        hd_code_t code = code_of(errno);
        unlink(temp);
        return code;
    }
    return sync_dirs(s, p) ? HD_OK : code_of(errno);
}

hd_code_t hd_blob_put(hd_store_t *s, hd_str_t bytes, hd_time_t now, hd_blob_t *ret)
{
    place_t p;
    ret->size = bytes.len;
    hd_sha256(bytes.data, bytes.len, ret->hash);
    make_place(s, ret->hash, &p);
    int lock = lock_files(s, LOCK_SH);
    if (lock < 0) {
        return code_of(errno);
    }
    hd_code_t code = place(s, &p, bytes, now);
    close(lock);
    return code;
}

/* ---- reading ---- */

hd_code_t hd_blob_check(hd_store_t *s, const hd_blob_t *b)
{
    place_t p;
    struct stat st;
    uint8_t hash[HD_HASH_LEN];
    make_place(s, b->hash, &p);
    int fd = open(p.file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return HD_E_NOT_FOUND;
    }
    void *at = MAP_FAILED;
    bool ok = fstat(fd, &st) == 0 && (uint64_t) st.st_size == b->size;
    if (ok && st.st_size != 0) {
        at = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = at != MAP_FAILED;
    }
    close(fd);
    if (!ok) {
        return HD_E_DATA;
    }
    hd_sha256(st.st_size != 0 ? at : "", (size_t) st.st_size, hash);
    if (at != MAP_FAILED) {
        (void) munmap(at, (size_t) st.st_size);
    }
    return memcmp(hash, b->hash, sizeof(hash)) == 0 ? HD_OK : HD_E_DATA;
}

static bool read_all(int fd, char *to, size_t n)
{
    while (n != 0) {
        ssize_t got = read(fd, to, n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to += got;
        n -= (size_t) got;
    }
    return true;
}

hd_code_t hd_blob_read(hd_store_t *s, hd_arena_t *a, const hd_blob_t *b, hd_str_t *ret)
{
    place_t p;
    struct stat st;
    char *bytes = hd_alloc_raw(a, b->size + 1);      /* before the file is open: memory may end here */
    make_place(s, b->hash, &p);
    int fd = open(p.file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return HD_E_NOT_FOUND;
    }
    bool ok = fstat(fd, &st) == 0 && (uint64_t) st.st_size == b->size && read_all(fd, bytes, b->size);
    close(fd);
    *ret = (hd_str_t){ b->size, bytes };
    return ok ? HD_OK : HD_E_DATA;
}

/* ---- walking ---- */

static bool is_hex(const char *name, size_t len)
{
    return strlen(name) == len && strspn(name, "0123456789abcdef") == len;
}

static bool unhex(const char *hex, uint8_t hash[HD_HASH_LEN])
{
    for (size_t i = 0; i < HD_HASH_LEN; i++) {
        unsigned n;
        if (sscanf(hex + 2 * i, "%2x", &n) != 1) {
            return false;
        }
        hash[i] = (uint8_t) n;
    }
    return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

typedef bool (*entry_fn)(void *arg, const char *path, const char *name);

/* Names of hex digits, of that length, in order; a directory that is not there is empty. */
static bool each_entry(const char *dir, size_t len, entry_fn fn, void *arg)
{
    struct dirent **list;
    char path[PATH_MAX];
    int n = scandir(dir, &list, NULL, by_name);
    bool go = n >= 0 || errno == ENOENT;
    for (int i = 0; i < n; i++) {
        if (go && is_hex(list[i]->d_name, len)
            && snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name) < (int) sizeof(path)) {
            go = fn(arg, path, list[i]->d_name);
        }
        free(list[i]);
    }
    if (n >= 0) {
        free(list);
    }
    return go;
}

typedef struct {
    entry_fn fn;
    void    *arg;
} walk_t;

static bool walk_second(void *arg, const char *path, const char *name)
{
    const walk_t *w = arg;
    (void) name;
    return each_entry(path, HEX_LEN, w->fn, w->arg);
}

static bool walk_first(void *arg, const char *path, const char *name)
{
    (void) name;
    return each_entry(path, 2, walk_second, arg);
}

int hd_blob_hold(hd_store_t *s)
{
    return lock_files(s, LOCK_SH);
}

bool hd_blob_each_in(const char *dir, bool (*fn)(void *arg, const char *path, const char *hex), void *arg)
{
    walk_t w = { fn, arg };
    return each_entry(dir, 2, walk_first, &w);
}

bool hd_blob_each(hd_store_t *s, bool (*fn)(void *arg, const char *path, const char *hex), void *arg)
{
    return hd_blob_each_in(s->files, fn, arg);
}

/* ---- sweeping ---- */

typedef struct {
    hd_store_t      *s;
    hd_arena_t      *a;
    hd_time_t        before;
    bool             dry;
    hd_code_t        code;
    hd_blob_swept_t *out;
} sweep_t;

/* HD_E_NOT_FOUND: no row names it, as far as the newest commit says. */
static hd_code_t is_named(sweep_t *w, const uint8_t hash[HD_HASH_LEN])
{
    hd_txn_t *t;
    hd_scan_t sc;
    hd_str_t key, value;
    hd_key_t k = { .len = 0 };
    hd_arena_reset(w->a);
    hd_code_t code = hd_txn_begin(w->s, false, w->a, NULL, &t);
    if (code != HD_OK) {
        return code;
    }
    hd_key_u8(&k, HD_IX_ATTACHMENT_HASH);
    hd_key_bytes(&k, hash, HD_HASH_LEN);
    hd_scan_index(&sc, t, &k, NULL);
    bool any = hd_scan_next(&sc, &key, &value);
    hd_scan_done(&sc);
    code = hd_txn_error(t);
    hd_txn_abort(t);
    return code != HD_OK ? code : any ? HD_OK : HD_E_NOT_FOUND;
}

static bool is_old(const sweep_t *w, const char *path, uint64_t *ret_size)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return false;
    }
    *ret_size = (uint64_t) st.st_size;
    return (hd_time_t) st.st_mtim.tv_sec * HD_SECOND + st.st_mtim.tv_nsec / 1000000 < w->before;
}

/* Alone with the lock nobody can be putting it: what is old and unnamed now stays so until it is gone. */
static void remove_alone(sweep_t *w, const char *path, const uint8_t hash[HD_HASH_LEN])
{
    uint64_t size = 0;
    int lock = lock_files(w->s, LOCK_EX | LOCK_NB);
    if (lock < 0) {
        return;                      /* somebody puts or copies: next time */
    }
    if (is_old(w, path, &size) && is_named(w, hash) == HD_E_NOT_FOUND && unlink(path) == 0) {
        w->out->removed++;
        w->out->bytes += size;
    }
    close(lock);
}

static bool sweep_file(void *arg, const char *path, const char *hex)
{
    sweep_t *w = arg;
    uint8_t hash[HD_HASH_LEN];
    uint64_t size = 0;
    w->out->seen++;
    if (!unhex(hex, hash) || !is_old(w, path, &size)) {
        return true;
    }
    hd_code_t code = is_named(w, hash);
    if (code == HD_E_NOT_FOUND && w->dry) {
        w->out->removed++;
        w->out->bytes += size;
    } else if (code == HD_E_NOT_FOUND) {
        remove_alone(w, path, hash);
    } else if (code != HD_OK) {
        w->code = code;
    }
    return w->code == HD_OK;
}

/* Half-written files: their writer would have renamed them long ago. */
static void sweep_new(sweep_t *w)
{
    char dir[PATH_MAX], path[PATH_MAX];
    struct dirent *e;
    uint64_t size = 0;
    (void) snprintf(dir, sizeof(dir), "%s/new", w->s->files);
    DIR *d = opendir(dir);
    while (d != NULL && (e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= (int) sizeof(path)
            || !is_old(w, path, &size)) {
            continue;
        }
        if (w->dry || unlink(path) == 0) {
            w->out->removed++;
            w->out->bytes += size;
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

hd_code_t hd_blob_sweep(hd_store_t *s, unsigned part, hd_time_t before, bool dry, hd_blob_swept_t *ret)
{
    char dir[PATH_MAX];
    sweep_t w = { .s = s, .a = hd_arena_create((size_t) 64 << 20), .before = before, .dry = dry, .out = ret };
    walk_t walk = { sweep_file, &w };
    if (w.a == NULL) {
        return HD_E_MEMORY;
    }
    if (part == 0) {
        sweep_new(&w);
    }
    (void) snprintf(dir, sizeof(dir), "%s/%02x", s->files, part & 0xFF);
    if (!each_entry(dir, 2, walk_second, &walk) && w.code == HD_OK) {
        w.code = HD_E_STORE;
    }
    hd_arena_destroy(w.a);
    return w.code;
}
