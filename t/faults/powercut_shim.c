/*
 * LD_PRELOAD shim: records what a process asks of the disk below one directory (trust.md, appendix).
 *
 *     gcc -std=gnu17 -shared -fPIC powercut_shim.c -o powercut_shim.so -ldl
 *     HD_TRACE_DIR=/data HD_TRACE_FILE=/tmp/trace LD_PRELOAD=./powercut_shim.so helpdeskctl ...
 *
 * A write is recorded before it happens; a sync when it begins and again when it has ended, so a replay never
 * takes for durable what came in between.  Lock files are memory shared by living processes and left out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "powercut_trace.h"

#define FDS 4096
enum { NOT_OURS, PLAIN, DSYNC };

#define REAL(ret, name, ...)                                                    \
    static ret (*real_##name)(__VA_ARGS__);                                     \
    if (real_##name == NULL) {                                                  \
        real_##name = (ret (*)(__VA_ARGS__)) dlsym(RTLD_NEXT, #name);           \
    }

static int trace = -1;
static char root[PATH_MAX];
static size_t root_len;
static _Atomic uint64_t tokens;
static struct {
    _Atomic int kind;
    uint64_t    ino;
} fds[FDS];

static void record(uint32_t op, uint64_t ino, uint64_t off, uint64_t extra, uint64_t token,
                   const void *p, size_t len)
{
    REAL(ssize_t, writev, int, const struct iovec *, int)
    pc_record_t r = { PC_MAGIC, op, ino, off, extra, token, len };
    struct iovec v[2] = { { &r, sizeof(r) }, { (void *) (uintptr_t) p, len } };
    if (trace >= 0 && real_writev(trace, v, len ? 2 : 1) != (ssize_t) (sizeof(r) + len)) {
        abort();
    }
}

static uint64_t new_token(void)
{
    return ((uint64_t) getpid() << 32) | (atomic_fetch_add(&tokens, 1) & UINT32_MAX);
}

__attribute__((constructor)) static void start(void)
{
    const char *dir = getenv("HD_TRACE_DIR"), *file = getenv("HD_TRACE_FILE");
    if (dir == NULL || file == NULL || realpath(dir, root) == NULL) {
        return;
    }
    root_len = strlen(root);
    trace = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (trace >= 0 && trace < 200) {             /* out of the way of programs that close low descriptors */
        int up = fcntl(trace, F_DUPFD_CLOEXEC, 200);
        close(trace);
        trace = up;
    }
    struct stat st;
    if (trace >= 0 && fstat(trace, &st) == 0 && st.st_size == 0 && stat(root, &st) == 0) {
        record('B', st.st_ino, 0, 0, 0, NULL, 0);
    }
}

/* ---- names: the directory's inode and the last part; false when the path is not below the root ---- */

typedef struct {
    uint64_t dir;
    char     path[PATH_MAX], name[NAME_MAX + 1];
    bool     lock;
} place_t;

static bool place(int at, const char *path, place_t *p)
{
    char parent[PATH_MAX], link[64], base[PATH_MAX];
    struct stat st;
    if (trace < 0 || path == NULL) {
        return false;
    }
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t) (slash - path) : 0;
    if (path[0] == '/') {
        snprintf(parent, sizeof(parent), "%.*s", (int) (len ? len : 1), path);
    } else {
        ssize_t n;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
        n = readlink(at == AT_FDCWD ? "/proc/self/cwd" : link, base, sizeof(base) - 1);
        if (n < 0) {
            return false;
        }
        base[n] = '\0';
        if (snprintf(parent, sizeof(parent), "%s/%.*s", base, (int) len, path) >= PATH_MAX) {
            return false;
        }
    }
    if (realpath(parent, p->path) == NULL || strncmp(p->path, root, root_len) != 0 ||
        (p->path[root_len] != '\0' && p->path[root_len] != '/') || stat(p->path, &st) != 0)
    {
        return false;
    }
    p->dir = st.st_ino;
    snprintf(p->name, sizeof(p->name), "%s", slash ? slash + 1 : path);
    p->lock = strcmp(p->name, "lock.mdb") == 0;
    return true;
}

static uint64_t inode_at(int at, const char *path)
{
    struct stat st;
    return fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static bool is_ours(int fd)
{
    return fd >= 0 && fd < FDS && atomic_load(&fds[fd].kind) != NOT_OURS;
}

static int opened(int fd, int flags, const place_t *p, bool was_there)
{
    struct stat st;
    int saved = errno;
    if (fd >= 0 && fd < FDS && fstat(fd, &st) == 0) {
        if (!was_there) {
            record('C', p->dir, 0, st.st_ino, 0, p->name, strlen(p->name));
        }
        if ((flags & O_TRUNC) && S_ISREG(st.st_mode)) {
            record('T', st.st_ino, 0, 0, 0, NULL, 0);
        }
        fds[fd].ino = st.st_ino;
        atomic_store(&fds[fd].kind, (flags & O_DSYNC) ? DSYNC : PLAIN);
    }
    errno = saved;
    return fd;
}

static int open_any(int (*fn)(int, const char *, int, ...), int at, const char *path, int flags, mode_t mode)
{
    place_t p;
    if (!place(at, path, &p) || p.lock) {
        return fn(at, path, flags, mode);
    }
    bool was_there = inode_at(at, path) != 0;
    return opened(fn(at, path, flags, mode), flags, &p, was_there);
}

#define OPEN_MODE(flags, last)                                                  \
    mode_t mode = 0;                                                            \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                    \
        va_list ap;                                                             \
        va_start(ap, last);                                                     \
        mode = va_arg(ap, mode_t);                                              \
        va_end(ap);                                                             \
    }

int open(const char *path, int flags, ...)
{
    REAL(int, openat, int, const char *, int, ...)
    OPEN_MODE(flags, flags)
    return open_any(real_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    REAL(int, openat, int, const char *, int, ...)
    OPEN_MODE(flags, flags)
    return open_any(real_openat, AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    REAL(int, openat, int, const char *, int, ...)
    OPEN_MODE(flags, flags)
    return open_any(real_openat, at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
    REAL(int, openat, int, const char *, int, ...)
    OPEN_MODE(flags, flags)
    return open_any(real_openat, at, path, flags, mode);
}

int close(int fd)
{
    REAL(int, close, int)
    if (is_ours(fd)) {
        atomic_store(&fds[fd].kind, NOT_OURS);
    }
    return real_close(fd);
}

/* ---- bytes ---- */

static uint64_t before_write(int fd, const struct iovec *v, int n, off_t at)
{
    uint64_t token = new_token();
    uint64_t off = (uint64_t) (at >= 0 ? at : lseek(fd, 0, SEEK_CUR));
    for (int i = 0; i < n; i++) {
        record('W', fds[fd].ino, off, 0, token, v[i].iov_base, v[i].iov_len);
        off += v[i].iov_len;
    }
    return token;
}

static ssize_t after_write(int fd, uint64_t token, ssize_t rc)
{
    int saved = errno;
    if (rc >= 0 && atomic_load(&fds[fd].kind) == DSYNC) {
        record('E', fds[fd].ino, 0, 0, token, NULL, 0);
    }
    errno = saved;
    return rc;
}

#define WRITES(name, params, args, types, vec, count, at)                       \
    ssize_t name params                                                         \
    {                                                                           \
        REAL(ssize_t, name, types)                                              \
        if (!is_ours(fd)) {                                                     \
            return real_##name args;                                            \
        }                                                                       \
        uint64_t token = before_write(fd, vec, count, at);                      \
        return after_write(fd, token, real_##name args);                        \
    }
#define T_(...) __VA_ARGS__
#define ONE(b, n) (&(struct iovec){ (void *) (uintptr_t) (b), (n) })

WRITES(write, (int fd, const void *b, size_t n), (fd, b, n), T_(int, const void *, size_t), ONE(b, n), 1, -1)
WRITES(pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), T_(int, const void *, size_t, off_t),
       ONE(b, n), 1, o)
WRITES(pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o),
       T_(int, const void *, size_t, off64_t), ONE(b, n), 1, o)
WRITES(writev, (int fd, const struct iovec *v, int n), (fd, v, n), T_(int, const struct iovec *, int), v, n, -1)
WRITES(pwritev, (int fd, const struct iovec *v, int n, off_t o), (fd, v, n, o),
       T_(int, const struct iovec *, int, off_t), v, n, o)
WRITES(pwritev64, (int fd, const struct iovec *v, int n, off64_t o), (fd, v, n, o),
       T_(int, const struct iovec *, int, off64_t), v, n, o)

#define TRUNCATES(name, off_type)                                               \
    int name(int fd, off_type size)                                             \
    {                                                                           \
        REAL(int, name, int, off_type)                                          \
        if (is_ours(fd)) {                                                      \
            record('T', fds[fd].ino, (uint64_t) size, 0, 0, NULL, 0);           \
        }                                                                       \
        return real_##name(fd, size);                                           \
    }
TRUNCATES(ftruncate, off_t)
TRUNCATES(ftruncate64, off64_t)

#define SYNCS(name)                                                             \
    int name(int fd)                                                            \
    {                                                                           \
        REAL(int, name, int)                                                    \
        if (!is_ours(fd)) {                                                     \
            return real_##name(fd);                                             \
        }                                                                       \
        uint64_t token = new_token();                                           \
        record('s', fds[fd].ino, 0, 0, token, NULL, 0);                         \
        int rc = real_##name(fd);                                               \
        if (rc == 0) {                                                          \
            record('S', fds[fd].ino, 0, 0, token, NULL, 0);                     \
        }                                                                       \
        return rc;                                                              \
    }
SYNCS(fsync)
SYNCS(fdatasync)

static void check_map(int prot, int flags, int fd)
{
    if ((prot & PROT_WRITE) && (flags & MAP_SHARED) && is_ours(fd)) {
        record('!', fds[fd].ino, 0, 0, 0, "writable map", 12);
    }
}

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t o)
{
    REAL(void *, mmap, void *, size_t, int, int, int, off_t)
    check_map(prot, flags, fd);
    return real_mmap(at, n, prot, flags, fd, o);
}

void *mmap64(void *at, size_t n, int prot, int flags, int fd, off64_t o)
{
    REAL(void *, mmap64, void *, size_t, int, int, int, off64_t)
    check_map(prot, flags, fd);
    return real_mmap64(at, n, prot, flags, fd, o);
}

/* ---- names ---- */

static int removed(int rc, bool ours, const place_t *p)
{
    int saved = errno;
    if (ours && rc == 0 && !p->lock) {
        record('U', p->dir, 0, 0, 0, p->name, strlen(p->name));
    }
    errno = saved;
    return rc;
}

int unlinkat(int at, const char *path, int flags)
{
    REAL(int, unlinkat, int, const char *, int)
    place_t p;
    bool ours = place(at, path, &p);
    return removed(real_unlinkat(at, path, flags), ours, &p);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path)  { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode)
{
    REAL(int, mkdirat, int, const char *, mode_t)
    place_t p;
    bool ours = place(at, path, &p);
    int rc = real_mkdirat(at, path, mode), saved = errno;
    if (ours && rc == 0) {
        record('F', p.dir, 0, inode_at(at, path), 0, p.name, strlen(p.name));
    }
    errno = saved;
    return rc;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int from, const char *old, int to, const char *path, int flags)
{
    REAL(int, linkat, int, const char *, int, const char *, int)
    place_t p;
    bool ours = place(to, path, &p);
    int rc = real_linkat(from, old, to, path, flags), saved = errno;
    if (ours && rc == 0) {
        record('C', p.dir, 0, inode_at(to, path), 0, p.name, strlen(p.name));
    }
    errno = saved;
    return rc;
}

int link(const char *old, const char *path) { return linkat(AT_FDCWD, old, AT_FDCWD, path, 0); }

int renameat2(int from, const char *old, int to, const char *path, unsigned flags)
{
    REAL(int, renameat2, int, const char *, int, const char *, unsigned)
    place_t a, b;
    bool ours = place(from, old, &a), also = place(to, path, &b);
    uint64_t ino = inode_at(from, old);
    int rc = real_renameat2(from, old, to, path, flags), saved = errno;
    if (rc == 0 && ours && also) {
        char both[2 * NAME_MAX + 2];
        size_t n = strlen(a.name) + 1, m = strlen(b.name);
        memcpy(both, a.name, n);
        memcpy(both + n, b.name, m);
        record('R', a.dir, b.dir, ino, 0, both, n + m);
    } else if (rc == 0 && (ours || also)) {
        record('!', 0, 0, 0, 0, "rename across the root", 22);
    }
    errno = saved;
    return rc;
}

int renameat(int from, const char *old, int to, const char *path) { return renameat2(from, old, to, path, 0); }
int rename(const char *old, const char *path) { return renameat2(AT_FDCWD, old, AT_FDCWD, path, 0); }
