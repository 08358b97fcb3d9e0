/*
 * Files beside a backup or a dump.  A backup FILE has them in the directory FILE.files, hard-linked where that is possible:
 * a file never changes once it has its name.  A dump holds them as lines:
 *
 *     {"type":"file","hash":"...","size":12,"at":0,"data":"<base64url>"}       pieces of one file follow each other
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* nftw */
#endif
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define PIECE    (256 * 1024)
#define SIZE_MAX_ (INT64_C(1) << 30)

/* ---- copying ---- */

static bool copy_bytes(int from, int to)
{
    static char buf[1 << 18];
    for (;;) {
        ssize_t got = read(from, buf, sizeof(buf));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        for (ssize_t done = 0; done < got;) {
            ssize_t n = write(to, buf + done, (size_t) (got - done));
            if (n < 0 && errno != EINTR) {
                return false;
            }
            done += n > 0 ? n : 0;
        }
    }
}

int tool_copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        return tool_fail("%s cannot be read: %s.", from, strerror(errno));
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_bytes(in, out) && fsync(out) == 0;
    int why = errno;
    close(in);
    if (out >= 0 && close(out) != 0 && ok) {
        ok = false;
        why = errno;
    }
    return ok ? 0 : tool_fail("%s cannot be copied to %s: %s.", from, to, strerror(why));
}

typedef struct {
    const char *to;
    uint64_t    n;
} copy_t;

static bool make_dir(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool link_or_copy(void *arg, const char *path, const char *hex)
{
    copy_t *c = arg;
    char first[PATH_MAX], second[PATH_MAX], file[PATH_MAX];
    (void) snprintf(first, sizeof(first), "%s/%.2s", c->to, hex);
    (void) snprintf(second, sizeof(second), "%s/%.2s/%.2s", c->to, hex, hex + 2);
    if (snprintf(file, sizeof(file), "%s/%.2s/%.2s/%s", c->to, hex, hex + 2, hex) >= (int) sizeof(file)
        || !make_dir(c->to) || !make_dir(first) || !make_dir(second)) {
        return tool_fail("%s cannot be made: %s.", second, strerror(errno)) == 0;
    }
    if (link(path, file) != 0 && tool_copy_file(path, file) != 0) {
        return false;
    }
    c->n++;
    return tool_sync_dir(second) && tool_sync_dir(first);
}

int tool_files_copy(const char *from, const char *to)
{
    copy_t c = { .to = to };
    if (!hd_blob_each_in(from, link_or_copy, &c) || (c.n != 0 && !tool_sync_dir(to))) {
        return tool_fail("The files in %s could not be copied to %s.", from, to);
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void) st;
    (void) type;
    (void) at;
    return remove(path);
}

void tool_files_remove(const char *dir)
{
    (void) nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uid_t give_uid;           /* nftw hands nothing on */
static gid_t give_gid;

static int give_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void) st;
    (void) type;
    (void) at;
    return lchown(path, give_uid, give_gid);
}

void tool_files_give(const char *dir, uid_t uid, gid_t gid)
{
    char path[PATH_MAX];
    (void) snprintf(path, sizeof(path), "%s/files", dir);
    give_uid = uid;
    give_gid = gid;
    if (access(path, F_OK) == 0 && nftw(path, give_one, 16, FTW_PHYS) != 0) {
        tool_fail("%s could not be given to the directory's owner.", path);
    }
}

/* ---- dump ---- */

typedef struct {
    hd_tool_t *t;
    FILE      *out;
    uint64_t   n;
} dump_t;

static void dump_piece(dump_t *d, const char *hex, size_t size, size_t at, const char *bytes)
{
    size_t len = size - at < PIECE ? size - at : PIECE;
    hd_arena_reset(d->t->scratch);
    hd_str_t data = hd_base64url(d->t->scratch, bytes + at, len);
    fprintf(d->out, "{\"type\":\"file\",\"hash\":\"%s\",\"size\":%zu,\"at\":%zu,\"data\":\"%.*s\"}\n", hex, size, at,
            HD_STR_ARG(data));
}

static bool dump_file(void *arg, const char *path, const char *hex)
{
    dump_t *d = arg;
    struct stat st;
    void *bytes = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    size_t size = ok ? (size_t) st.st_size : 0;
    if (ok && size != 0) {
        bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = bytes != MAP_FAILED;
    }
    if (fd >= 0) {
        close(fd);
    }
    for (size_t at = 0; ok && (at < size || at == 0); at += PIECE) {
        dump_piece(d, hex, size, at, size != 0 ? bytes : "");
    }
    if (bytes != MAP_FAILED) {
        (void) munmap(bytes, size);
    }
    d->n += ok;
    return ok && !ferror(d->out);
}

int tool_files_dump(hd_tool_t *t, FILE *out, uint64_t *ret_n)
{
    dump_t d = { .t = t, .out = out };
    if (!hd_blob_each(t->store, dump_file, &d)) {
        return tool_fail("The files could not be read.");
    }
    *ret_n = d.n;
    return 0;
}

/* ---- load ---- */

static const char *put_whole(hd_tool_t *t, hd_file_in_t *in)
{
    hd_blob_t b;
    char hex[2 * HD_HASH_LEN];
    hd_str_t bytes = { in->size, in->size != 0 ? in->bytes : "" };
    if (hd_blob_put(t->store, bytes, hd_time_now(), &b) != HD_OK) {
        return "the file could not be written.";
    }
    hd_hex(b.hash, sizeof(b.hash), hex);
    in->n++;
    in->at = 0;
    in->open = false;
    return memcmp(hex, in->hex, sizeof(hex)) == 0 ? NULL : "the file is not what its hash says.";
}

const char *tool_files_load(hd_tool_t *t, hd_file_in_t *in, hd_str_t hex, int64_t size, int64_t at, hd_str_t data)
{
    if (hex.len != 2 * HD_HASH_LEN || size < 0 || size > SIZE_MAX_ || at != (int64_t) in->at) {
        return "this piece of a file does not follow the one before it.";
    }
    if (!in->open) {
        char *bytes = realloc(in->bytes, (size_t) size + 1);
        if (bytes == NULL) {
            return "there is not enough memory for this file.";
        }
        in->bytes = bytes;
        in->size = (size_t) size;
        in->open = true;
        memcpy(in->hex, hex.data, sizeof(in->hex));
    }
    size_t len = in->size - in->at < PIECE ? in->size - in->at : PIECE;
    if (in->size != (size_t) size || memcmp(in->hex, hex.data, hex.len) != 0
        || (len != 0 && !hd_base64url_decode(data, in->bytes + in->at, len))) {
        return "this piece of a file is damaged.";
    }
    in->at += len;
    return in->at == in->size ? put_whole(t, in) : NULL;
}
