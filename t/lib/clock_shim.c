/*
 * A preload library that lets tests set the time of day.
 *
 * HD_CLOCK names a file; what stands in it, in whole seconds since 1970, is what the process and its children take for
 * the time of day until it says another.  It is read anew at each question: who moves the clock renames a new file over
 * it.  Without the file the time is the kernel's.  Clocks that only measure (CLOCK_MONOTONIC and so on) go on, so many
 * seconds ahead as a second number in the file says: what waits for a time to pass then takes it for passed.
 *
 * libfaketime would do, but not below AddressSanitizer: its first clock_gettime() allocates, and ASan's allocator asks
 * for the time under its own lock.  Here nothing is allocated and no lock is taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char file[256];

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("HD_CLOCK");
    if (name != NULL && strlen(name) < sizeof(file)) {
        strcpy(file, name);
    }
}

/* The file's two numbers, 0 where there is none.  System calls by number: the sanitizers wrap the functions. */
static void numbers(time_t ret[2])
{
    char text[48];
    int  saved = errno;
    long fd = file[0] == '\0' ? -1 : syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
    ret[0] = ret[1] = 0;
    if (fd >= 0) {
        long n = syscall(SYS_read, fd, text, sizeof(text) - 1);
        (void) syscall(SYS_close, fd);
        for (long i = 0, k = 0; i < n && k < 2; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                ret[k] = ret[k] * 10 + (text[i] - '0');
            } else {
                k++;
            }
        }
    }
    errno = saved;
}

static int time_of_day(struct timespec *now)
{
    time_t n[2];
    numbers(n);
    if (n[0] > 0) {
        *now = (struct timespec){ .tv_sec = n[0] };
        return 0;
    }
    return (int) syscall(SYS_clock_gettime, CLOCK_REALTIME, now);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        return time_of_day(now);
    }
    int rc = (int) syscall(SYS_clock_gettime, id, now);
    if (rc == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)) {
        time_t n[2];
        numbers(n);
        now->tv_sec += n[1];
    }
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;
    int rc = time_of_day(&t);
    if (rc == 0) {
        *now = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
    }
    if (zone != NULL) {
        memset(zone, 0, sizeof(struct timezone));
    }
    return rc;
}

time_t time(time_t *now)
{
    struct timespec t;
    if (time_of_day(&t) != 0) {
        return (time_t) -1;
    }
    if (now != NULL) {
        *now = t.tv_sec;
    }
    return t.tv_sec;
}
