/*
 * How full the store is.  A deletion needs room itself: it copies the pages it changes, writes an event and columns of
 * facts, and what it frees can be used again two commits later.  So the last pages are kept for it: what makes the store
 * grow is refused while there is still room for what frees some (trust.md F08).
 *
 * What counts is the pages in use, which LMDB knows at any time, also inside a transaction, and which fall with a
 * deletion; not the last page of the file, which never falls, nor its list of free pages, which lags behind.
 *
 * The size belongs to the store, not to the process: the server that was opened last writes it down, and all others go by
 * it from their next write on, workers that were there before a reload too.
 *
 *   0x4d 's' -> size in bytes(8)
 *
 * A disk is full without asking the store.  So that many pages are always allocated behind the last one, and while the disk
 * gives no more, the store is as large as what it holds (trust.md F06).  A file system that cannot allocate ahead, or that
 * never overwrites in place, keeps no such reserve: there a full disk stops deletions too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* fallocate */
#endif
#include "store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define FREE_DBI      0          /* LMDB's own: the list of free pages */
#define META_PAGES    2
#define RESERVE_PAGES 1024       /* a deletion at a million tickets takes about 90, and so do the two before it */
#define LEAST_BACKED  ((uint64_t) 64 * 1024)     /* bytes not worth asking the disk for */

static hd_str_t size_key(void)
{
    static const char key[2] = { HD_SPACE_STATE, 's' };
    return (hd_str_t){ sizeof(key), key };
}

static uint64_t pages_of(MDB_txn *mt, MDB_dbi dbi)
{
    MDB_stat s;
    return mdb_stat(mt, dbi, &s) == 0 ? s.ms_branch_pages + s.ms_leaf_pages + s.ms_overflow_pages : 0;
}

static uint64_t page_size(hd_engine_t *e)
{
    MDB_stat s;
    return mdb_env_stat(e->env, &s) == 0 ? s.ms_psize : 4096;
}

static uint64_t reserve_of(uint64_t pages)
{
    return pages / 4 < RESERVE_PAGES ? pages / 4 : RESERVE_PAGES;
}

static uint64_t reserve(const hd_etxn_t *t)
{
    return reserve_of(t->pages);
}

uint64_t hd_lmdb_room(const hd_etxn_t *t)
{
    uint64_t used = META_PAGES + pages_of(t->mt, FREE_DBI) + pages_of(t->mt, t->engine->dbi) + reserve(t);
    return used < t->pages ? t->pages - used : 0;
}

bool hd_engine_has_room(const hd_etxn_t *t, hd_room_t what, size_t bytes)
{
    uint64_t used = META_PAGES + pages_of(t->mt, FREE_DBI) + pages_of(t->mt, t->engine->dbi);
    uint64_t kept = what == HD_ROOM_GROW ? reserve(t) : reserve(t) / 4 * 3;
    return used + kept + bytes / page_size(t->engine) < t->pages;
}

/* Allocates up to there, or as much of it as the disk has.  Returns where what is allocated ends, or more where nobody can say. */
static uint64_t allocate(hd_engine_t *e, int fd, uint64_t to)
{
    struct stat st;
    struct statvfs fs;
    if (fstat(fd, &st) != 0 || statvfs(e->path, &fs) != 0) {
        return to;
    }
    /* what another process has allocated behind the end of the file is known by its blocks only */
    uint64_t held = (uint64_t) st.st_blocks * 512, from = (uint64_t) st.st_size;
    uint64_t most = (uint64_t) fs.f_bavail * fs.f_frsize;
    if (held >= to || from >= to) {
        return to;
    }
    for (uint64_t n = to - from < most ? to - from : most; n >= LEAST_BACKED; n /= 2) {
        if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t) from, (off_t) n) == 0) {
            from += n;
            n = (to - from) * 2;
        } else if (hd_lmdb_code(errno) != HD_E_FULL) {
            return to;
        }
    }
    return from > held ? from : held;
}

/* How many pages the store may have as far as the disk goes; all, unless it is full. */
static uint64_t backed_pages(hd_etxn_t *t, uint64_t pages)
{
    hd_engine_t *e = t->engine;
    MDB_envinfo info;
    int fd;
    uint64_t psize = page_size(e), reserve = reserve_of(pages);
    if (mdb_env_info(e->env, &info) != 0 || mdb_env_get_fd(e->env, &fd) != 0) {
        return pages;
    }
    uint64_t least = (uint64_t) info.me_last_pgno + 1 + reserve;
    if (least > pages) {
        least = pages;
    }
    if (e->backed < least * psize) {
        uint64_t to = least + reserve < pages ? least + reserve : pages;
        e->backed = allocate(e, fd, to * psize);
    }
    return e->backed >= least * psize ? pages : e->backed / psize;
}

int hd_lmdb_measure(hd_etxn_t *t)
{
    hd_engine_t *e = t->engine;
    MDB_envinfo info;
    hd_str_t v;
    (void) mdb_env_info(e->env, &info);
    uint64_t size = info.me_mapsize;
    if (hd_lmdb_get(t, size_key(), &v) && v.len == 8) {
        size = hd_get_be64((const uint8_t *) v.data);
    }
    if (size <= info.me_mapsize || !e->declared) {
        t->pages = backed_pages(t, size / page_size(e));
        return 0;
    }
    e->conf.size = size;         /* guarded by the write lock; heal takes it up once that is let go */
    return MDB_MAP_RESIZED;
}

hd_code_t hd_lmdb_declare(hd_engine_t *e)
{
    uint8_t size[8];
    hd_str_t v, mine = { sizeof(size), (const char *) size };
    hd_etxn_t *t;
    hd_put_be64(size, e->conf.size);
    hd_code_t code = hd_engine_begin(e, false, &t);
    if (code != HD_OK) {
        return code;
    }
    bool known = hd_lmdb_get(t, size_key(), &v) && hd_str_eq(v, mine);
    hd_engine_abort(t);
    if (known || (code = hd_engine_begin(e, true, &t)) != HD_OK) {
        return code;
    }
    hd_lmdb_put(t, size_key(), mine);
    return hd_engine_commit(t);
}
