/*
 * Builds one disk state that a power cut may leave (trust.md, appendix).
 *
 *     powercut_replay TRACE OUT SEED [FIRST LAST]     cut between the records FIRST and LAST (default: anywhere)
 *     powercut_replay TRACE --phases                  prints the number of records and where each phase ended
 *
 * Durable is what a sync that ended before the cut had covered when it began.  Of the rest any part may be there:
 * each write whole, torn at a 512-byte border, or not at all; each change of a name or not.  A directory's names
 * are durable only after a sync of the directory; a rename is one change.  Prints the marks before the cut:
 * "cut N", "phase P", "sent ...", "acked ...".
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "powercut_trace.h"

#define FILES_MAX 4096
#define NAMES_MAX 4096
#define SECTOR    512

typedef struct {
    const pc_record_t *r;
    const char        *p;        /* payload */
    size_t             file;     /* W, T, s, S, E: number in files[] */
    bool               done;     /* covered by a sync that ended */
} op_t;

typedef struct {
    uint64_t ino;
    bool     is_dir, gone;       /* gone: its last name went, so the inode may come again as another file */
    size_t   links;
    char    *image;
    uint64_t size, cap;
} file_t;

typedef struct {
    uint64_t dir;
    char     name[256];
    size_t   file;
    bool     used;
} name_t;

static op_t *ops;
static size_t n_ops;
static file_t files[FILES_MAX];
static size_t n_files;
static name_t live[NAMES_MAX], disk[NAMES_MAX];
static uint64_t seed;

static void die(const char *why)
{
    fprintf(stderr, "powercut_replay: %s\n", why);
    exit(2);
}

static uint64_t draw(uint64_t n)
{
    uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % n;
}

/* ---- the trace ---- */

static void read_trace(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        die("no trace");
    }
    const char *p = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0), *end = p + st.st_size;
    if (p == MAP_FAILED) {
        die("no memory");
    }
    size_t cap = 0;
    while (end - p >= (ptrdiff_t) sizeof(pc_record_t)) {
        pc_record_t *r = malloc(sizeof(*r));
        memcpy(r, p, sizeof(*r));
        if (r->magic != PC_MAGIC || r->len > (uint64_t) (end - p) - sizeof(*r)) {
            die("the trace is broken");
        }
        if (r->op == '!') {
            fprintf(stderr, "%.*s\n", (int) r->len, p + sizeof(*r));
            die("the model does not cover this");
        }
        if (n_ops == cap) {
            cap = cap * 2 + 4096;
            ops = realloc(ops, cap * sizeof(*ops));
        }
        ops[n_ops++] = (op_t){ .r = r, .p = p + sizeof(*r) };
        p += sizeof(*r) + r->len;
    }
}

/* ---- names and files ---- */

static size_t file_of(uint64_t ino)
{
    for (size_t i = n_files; i-- > 0;) {
        if (files[i].ino == ino && !files[i].gone) {
            return i;
        }
    }
    if (n_files == FILES_MAX) {
        die("too many files");
    }
    files[n_files] = (file_t){ .ino = ino };
    return n_files++;
}

static name_t *find_name(name_t *set, uint64_t dir, const char *name, size_t len)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        if (set[i].used && set[i].dir == dir && strlen(set[i].name) == len && memcmp(set[i].name, name, len) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

static void set_name(name_t *set, uint64_t dir, const char *name, size_t len, size_t file)
{
    name_t *n = find_name(set, dir, name, len);
    for (size_t i = 0; n == NULL && i < NAMES_MAX; i++) {
        n = set[i].used ? NULL : &set[i];
    }
    if (n == NULL || len > 255) {
        die("too many names");
    }
    *n = (name_t){ .dir = dir, .file = file, .used = true };
    memcpy(n->name, name, len);
}

static void drop_name(name_t *set, uint64_t dir, const char *name, size_t len)
{
    name_t *n = find_name(set, dir, name, len);
    if (n != NULL) {
        n->used = false;
    }
}

static void change_names(name_t *set, const op_t *o)
{
    const pc_record_t *r = o->r;
    size_t first = r->op == 'R' ? strnlen(o->p, r->len) : r->len;
    if (r->op == 'C' || r->op == 'F') {
        set_name(set, r->ino, o->p, first, o->file);
    } else if (r->op == 'U') {
        drop_name(set, r->ino, o->p, first);
    } else if (r->op == 'R') {
        drop_name(set, r->ino, o->p, first);
        set_name(set, r->off, o->p + first + 1, r->len - first - 1, o->file);
    }
}

/* A name went: when it was the last one, the inode number is free for another file. */
static void forget(uint64_t dir, const char *name, size_t len)
{
    name_t *n = find_name(live, dir, name, len);
    if (n != NULL && --files[n->file].links == 0) {
        files[n->file].gone = true;
    }
}

/* Follows the names as the running system saw them, and numbers the files. */
static void resolve(op_t *o)
{
    const pc_record_t *r = o->r;
    switch (r->op) {
    case 'C': case 'F':
        o->file = file_of(r->extra);
        files[o->file].is_dir = r->op == 'F';
        files[o->file].links += find_name(live, r->ino, o->p, r->len) ? 0 : 1;
        break;
    case 'U':
        forget(r->ino, o->p, r->len);
        break;
    case 'R': {
        size_t first = strnlen(o->p, r->len);
        o->file = file_of(r->extra);
        forget(r->off, o->p + first + 1, r->len - first - 1);
        break;
    }
    case 'W': case 'T': case 's': case 'S': case 'E':
        o->file = file_of(r->ino);
        break;
    default:
        break;
    }
    change_names(live, o);
}

/* ---- bytes ---- */

static void resize(file_t *f, uint64_t size)
{
    if (size > f->cap) {
        uint64_t cap = size * 3 / 2 + 65536;
        f->image = realloc(f->image, cap);
        if (f->image == NULL) {
            die("no memory");
        }
        memset(f->image + f->cap, 0, cap - f->cap);
        f->cap = cap;
    }
    if (size < f->size) {
        memset(f->image + size, 0, f->size - size);
    }
    f->size = size;
}

static void put_bytes(file_t *f, uint64_t off, const char *p, uint64_t len)
{
    if (off + len > f->size) {
        resize(f, off + len);
    }
    memcpy(f->image + off, p, len);
}

static bool is_change(const op_t *o)      { return strchr("WTCFUR", (int) o->r->op) != NULL; }
static bool is_name_change(const op_t *o) { return strchr("CFUR", (int) o->r->op) != NULL; }

static void apply(const op_t *o)
{
    file_t *f = &files[o->file];
    if (o->r->op == 'W') {
        put_bytes(f, o->r->off, o->p, o->r->len);
    } else if (o->r->op == 'T') {
        resize(f, o->r->off);
    } else {
        change_names(disk, o);
    }
}

/* Any of the 512-byte pieces of a write, each with p in ten. */
static void apply_torn(const op_t *o, uint64_t p)
{
    uint64_t off = o->r->off, end = off + o->r->len;
    while (off < end) {
        uint64_t next = (off / SECTOR + 1) * SECTOR;
        next = next < end ? next : end;
        if (draw(10) < p) {
            put_bytes(&files[o->file], off, o->p + (off - o->r->off), next - off);
        }
        off = next;
    }
}

/* ---- the cut ---- */

static bool covers(const op_t *sync, const op_t *o)
{
    if (!is_name_change(o)) {
        return o->file == sync->file;
    }
    return o->r->ino == sync->r->ino || (o->r->op == 'R' && o->r->off == sync->r->ino);
}

static void mark_durable(size_t end)
{
    const pc_record_t *r = ops[end].r;
    size_t from = end;
    if (r->op == 'E') {
        for (size_t i = end; i-- > 0 && end - i < 100000;) {
            ops[i].done |= ops[i].r->op == 'W' && ops[i].r->token == r->token;
        }
        return;
    }
    while (from > 0 && !(ops[from].r->op == 's' && ops[from].r->token == r->token)) {
        from--;
    }
    for (size_t i = 0; i < from; i++) {
        ops[i].done |= is_change(&ops[i]) && covers(&ops[end], &ops[i]);
    }
}

/* Marks what is durable at the cut: each file's and directory's last sync is enough. */
static void mark_all(size_t cut)
{
    static bool seen[FILES_MAX];
    for (size_t i = cut; i-- > 0;) {
        if (ops[i].r->op == 'E') {
            mark_durable(i);
        } else if (ops[i].r->op == 'S' && !seen[ops[i].file]) {
            seen[ops[i].file] = true;
            mark_durable(i);
        }
    }
}

static void build(size_t cut)
{
    static const uint64_t chances[] = { 0, 1, 5, 9, 10 };
    uint64_t p = chances[draw(5)];
    for (size_t i = 0; i < cut; i++) {           /* in order: a later durable write wins over an earlier lost one */
        if (!is_change(&ops[i])) {
            continue;
        }
        if (ops[i].done) {
            apply(&ops[i]);
        } else if (ops[i].r->op == 'W' && draw(2) == 0) {
            apply_torn(&ops[i], p);
        } else if (draw(10) < p) {
            apply(&ops[i]);
        }
    }
}

static void write_out(uint64_t dir, const char *path)
{
    if (mkdir(path, 0700) != 0) {
        die("the state's directory exists");
    }
    for (size_t i = 0; i < NAMES_MAX; i++) {
        char to[4096];
        if (!disk[i].used || disk[i].dir != dir || snprintf(to, sizeof(to), "%s/%s", path, disk[i].name) >= 4096) {
            continue;
        }
        const file_t *f = &files[disk[i].file];
        if (f->is_dir) {
            write_out(f->ino, to);
            continue;
        }
        int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        for (uint64_t at = 0; fd >= 0 && at < f->size;) {
            ssize_t n = write(fd, f->image + at, f->size - at);
            if (n <= 0) {
                die("the state cannot be written");
            }
            at += (uint64_t) n;
        }
        if (fd < 0 || close(fd) != 0) {
            die("the state cannot be written");
        }
    }
}

static void print_marks(size_t cut, uint32_t op, const char *what)
{
    printf("%s", what);
    for (size_t i = 0; i < cut; i++) {
        if (ops[i].r->op == op) {
            printf(" %llu", (unsigned long long) ops[i].r->ino);
        }
    }
    printf("\n");
}

static void print_phases(void)
{
    printf("records %zu\n", n_ops);
    for (size_t i = 0; i < n_ops; i++) {
        if (ops[i].r->op == 'P') {
            printf("phase %llu %zu\n", (unsigned long long) ops[i].r->ino, i);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4 && argc != 6) {
        die("usage: powercut_replay TRACE OUT SEED [FIRST LAST]");
    }
    read_trace(argv[1]);
    if (argc == 3) {
        print_phases();
        return 0;
    }
    seed = strtoull(argv[3], NULL, 10);
    size_t first = argc == 6 ? strtoull(argv[4], NULL, 10) : 1;
    size_t last = argc == 6 ? strtoull(argv[5], NULL, 10) : n_ops;
    if (first > last || last > n_ops || ops[0].r->op != 'B') {
        die("there is no such cut");
    }
    size_t cut = first + draw(last - first + 1);
    cut = cut < n_ops ? cut : n_ops;
    for (size_t i = 0; i < cut; i++) {
        resolve(&ops[i]);
    }
    mark_all(cut);
    build(cut);
    write_out(ops[0].r->ino, argv[2]);
    printf("cut %zu\n", cut);
    print_marks(cut, 'P', "phase");
    print_marks(cut, 'Q', "sent");
    print_marks(cut, 'A', "acked");
    return 0;
}
