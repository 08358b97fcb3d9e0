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
 */
#include "store_lmdb.h"

#define FREE_DBI      0          /* LMDB's own: the list of free pages */
#define META_PAGES    2
#define RESERVE_PAGES 1024       /* a deletion at a million tickets takes about 90, and so do the two before it */

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

static uint64_t reserve(const hd_etxn_t *t)
{
    return t->pages / 4 < RESERVE_PAGES ? t->pages / 4 : RESERVE_PAGES;
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
    t->pages = size / page_size(e);
    if (size <= info.me_mapsize || !e->declared) {
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
