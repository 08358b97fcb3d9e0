/*
 * A preload library that makes allocations fail, told so at run time (trust.md F11).
 *
 * HD_MALLOC_CONTROL names a file of four 64-bit numbers that all processes share:
 *
 *     MODE AFTER TIMES CALLS
 *
 * MODE 0: everything passes.  MODE 1: calls of malloc, calloc and realloc are counted in CALLS; after AFTER of them, TIMES
 * fail (-1: all that follow).  The file is there before the process starts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    _Atomic int64_t mode, after, times, calls;
} control_t;

/* glibc's own names: dlsym would allocate before there is anything to allocate with */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static control_t *control;

__attribute__((constructor)) static void start(void)
{
    const char *file = getenv("HD_MALLOC_CONTROL");
    int fd = file != NULL ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *at = mmap(NULL, sizeof(control_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = at != MAP_FAILED ? at : NULL;
        (void) close(fd);
    }
}

static int fails(void)
{
    if (control == NULL || atomic_load(&control->mode) == 0) {
        return 0;
    }
    int64_t n = atomic_fetch_add(&control->calls, 1) - atomic_load(&control->after);
    int64_t times = atomic_load(&control->times);
    if (n < 0 || (times >= 0 && n >= times)) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

/* nginx's pools come from these */
extern void *__libc_memalign(size_t align, size_t size);

int posix_memalign(void **ret_p, size_t align, size_t size)
{
    void *p = fails() ? NULL : __libc_memalign(align, size);
    if (p == NULL) {
        return ENOMEM;
    }
    *ret_p = p;
    return 0;
}
