/*
 * A preload library that makes the disk below data.mdb fail or slow, told so by a file at run time.
 *
 * HD_IO_CONTROL names the file.  Its one line is
 *
 *     OP AFTER TIMES DELAY_MS
 *
 * OP: any of the letters w (write of pages), s (fdatasync, fsync), m (write of the meta page through the synchronous
 * descriptor); AFTER: so many calls pass first; TIMES: so many then fail with EIO (-1: for ever); DELAY_MS: each
 * matching call takes that much longer and, with TIMES 0, then does its work; a file FILE.waits says that one began.  No
 * file: everything passes.  Each process
 * counts for itself, and anew when the file is another one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct timespec seen;
static long  calls;

static int is_data(int fd)
{
    char link[64], path[512];
    (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    if (n < 9) {
        return 0;
    }
    path[n] = '\0';
    return strcmp(path + n - 9, "/data.mdb") == 0;
}

/* 1: fail with EIO. */
static int judge(int fd, char op)
{
    const char *file = getenv("HD_IO_CONTROL");
    struct stat st;
    char ops[16];
    long after, times, delay, fails = 0;
    if (file == NULL || stat(file, &st) != 0 || !is_data(fd)) {
        return 0;
    }
    if (op == 'w' && (fcntl(fd, F_GETFL) & O_DSYNC)) {
        op = 'm';
    }
    FILE *f = fopen(file, "re");
    if (f == NULL) {
        return 0;
    }
    int n = fscanf(f, "%15s %ld %ld %ld", ops, &after, &times, &delay);
    (void) fclose(f);
    if (n != 4 || strchr(ops, op) == NULL) {
        return 0;
    }
    (void) pthread_mutex_lock(&lock);
    if (seen.tv_sec != st.st_mtim.tv_sec || seen.tv_nsec != st.st_mtim.tv_nsec) {
        seen = st.st_mtim;
        calls = 0;
    }
    calls++;
    fails = times < 0 ? calls > after : calls > after && calls <= after + times;
    (void) pthread_mutex_unlock(&lock);
    if (delay > 0) {
        char waits[512];
        (void) snprintf(waits, sizeof(waits), "%s.waits", file);
        int mark = open(waits, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (mark >= 0) {
            (void) close(mark);
        }
        (void) usleep((useconds_t) delay * 1000);
    }
    return (int) fails;
}

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))
#define FAIL_OR(fd, op, call) \
    do { \
        if (judge(fd, op)) { \
            errno = EIO; \
            return -1; \
        } \
        return call; \
    } while (0)

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    FAIL_OR(fd, 'w', REAL(pwrite)(fd, p, n, at));
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    FAIL_OR(fd, 'w', REAL(pwrite64)(fd, p, n, at));
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
    FAIL_OR(fd, 'w', REAL(pwritev)(fd, v, n, at));
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
    FAIL_OR(fd, 'w', REAL(pwritev64)(fd, v, n, at));
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    FAIL_OR(fd, 'w', REAL(writev)(fd, v, n));
}

ssize_t write(int fd, const void *p, size_t n)
{
    FAIL_OR(fd, 'w', REAL(write)(fd, p, n));
}

int fdatasync(int fd)
{
    FAIL_OR(fd, 's', REAL(fdatasync)(fd));
}

int fsync(int fd)
{
    FAIL_OR(fd, 's', REAL(fsync)(fd));
}
