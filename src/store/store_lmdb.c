/*
 * The engine over LMDB 0.9.24, used narrowly (one writer, copy on write): one unnamed database, default durability, MDB_NOTLS,
 * no DUPSORT, no nested transactions, no WRITEMAP.
 *
 * Read transactions are pooled: a reset one keeps its reader slot and is renewed without a lock.
 */
#include "store_lmdb.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GROW_STEP  ((uint64_t) 1 << 20)  /* bytes the file is extended by */
#define GROW_AHEAD ((uint64_t) 1 << 18)  /* ... when fewer than these are left behind the last page */

static hd_code_t fail(hd_etxn_t *t, int rc)
{
    if (t->err == HD_OK) {
        t->err = hd_lmdb_code(rc);
    }
    return t->err;
}

/* ---- cursors ---- */

void hd_lmdb_free_cursors(hd_etxn_t *t)
{
    while (t->all != NULL) {
        hd_ecur_t *c = t->all;
        t->all = c->all;
        mdb_cursor_close(c->mc);
        free(c);
    }
    t->idle = NULL;
}

static void rewind_cursors(hd_etxn_t *t)
{
    t->idle = NULL;
    for (hd_ecur_t *c = t->all; c != NULL; c = c->all) {
        c->next = t->idle;
        t->idle = c;
    }
}

hd_ecur_t *hd_engine_cursor(hd_etxn_t *t)
{
    if (t->err != HD_OK) {
        return NULL;
    }
    hd_ecur_t *c = t->idle;
    if (c != NULL) {
        t->idle = c->next;
        if (c->renewed != t->uses) {
            c->renewed = t->uses;
            int rc = mdb_cursor_renew(t->mt, c->mc);
            if (rc != 0) {
                (void) fail(t, rc);
                return NULL;
            }
        }
        return c;
    }
    if ((c = calloc(1, sizeof(*c))) == NULL) {
        (void) fail(t, ENOMEM);
        return NULL;
    }
    int rc = mdb_cursor_open(t->mt, t->engine->dbi, &c->mc);
    if (rc != 0) {
        free(c);
        (void) fail(t, rc);
        return NULL;
    }
    c->txn = t;
    c->renewed = t->uses;
    c->all = t->all;
    t->all = c;
    return c;
}

void hd_engine_cursor_done(hd_ecur_t *c)
{
    if (c != NULL) {
        c->next = c->txn->idle;
        c->txn->idle = c;
    }
}

bool hd_lmdb_move(hd_ecur_t *c, MDB_cursor_op op, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
{
    if (c->txn->err != HD_OK) {
        return false;
    }
    MDB_val k = { key.len, (void *) (uintptr_t) key.data }, v;
    int rc = mdb_cursor_get(c->mc, &k, &v, op);
    if (rc != 0) {
        if (rc != MDB_NOTFOUND) {
            (void) fail(c->txn, rc);
        }
        return false;
    }
    *ret_key = (hd_str_t){ k.mv_size, k.mv_data };
    if (ret_value != NULL) {
        *ret_value = (hd_str_t){ v.mv_size, v.mv_data };
    }
    return true;
}

bool hd_engine_seek(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
{
    c->merged = hd_pending_is(key);
    return c->merged ? hd_merged_seek(c, key, ret_key, ret_value)
                     : hd_lmdb_move(c, MDB_SET_RANGE, key, ret_key, ret_value);
}

bool hd_engine_next(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value)
{
    return c->merged ? hd_merged_next(c, ret_key, ret_value)
                     : hd_lmdb_move(c, MDB_NEXT, (hd_str_t){ 0, NULL }, ret_key, ret_value);
}

bool hd_engine_prev(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
{
    c->merged = false;           /* the log is never pending */
    if (hd_lmdb_move(c, MDB_SET_RANGE, key, ret_key, ret_value)) {
        return hd_lmdb_move(c, MDB_PREV, (hd_str_t){ 0, NULL }, ret_key, ret_value);
    }
    return c->txn->err == HD_OK && hd_lmdb_move(c, MDB_LAST, (hd_str_t){ 0, NULL }, ret_key, ret_value);
}

bool hd_engine_back(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value)
{
    return hd_lmdb_move(c, MDB_PREV, (hd_str_t){ 0, NULL }, ret_key, ret_value);
}

/* ---- transactions ---- */

static hd_etxn_t *pool_take(hd_engine_t *e)
{
    (void) pthread_mutex_lock(&e->pool_lock);
    hd_etxn_t *t = e->pool;
    if (t != NULL) {
        e->pool = t->next;
    }
    (void) pthread_mutex_unlock(&e->pool_lock);
    return t;
}

static int try_begin(hd_engine_t *e, bool write, hd_etxn_t **ret_t)
{
    int rc;
    if (e->env == NULL) {
        return MDB_PANIC;
    }
    hd_etxn_t *t = write ? NULL : pool_take(e);
    if (t != NULL) {
        if ((rc = mdb_txn_renew(t->mt)) != 0) {
            hd_lmdb_free_cursors(t);
            hd_pending_clear(&t->own);
            mdb_txn_abort(t->mt);
            free(t);
            return rc;
        }
    } else {
        if ((t = calloc(1, sizeof(*t))) == NULL) {
            return ENOMEM;
        }
        if ((rc = mdb_txn_begin(e->env, NULL, write ? 0 : MDB_RDONLY, &t->mt)) != 0) {
            free(t);
            return rc;
        }
    }
    t->engine = e;
    t->write = write;
    t->err = HD_OK;
    t->viewed = false;
    t->pending = write ? &e->writer : &t->own;
    t->uses++;
    *ret_t = t;
    return 0;
}

hd_code_t hd_engine_begin(hd_engine_t *e, bool write, hd_etxn_t **ret_t)
{
    int rc = 0;
    for (int tries = 0; tries < 3; tries++) {
        (void) pthread_rwlock_rdlock(&e->lock);
        rc = try_begin(e, write, ret_t);
        if (rc == 0 && write && (rc = hd_lmdb_measure(*ret_t)) != 0) {
            hd_engine_abort(*ret_t);
            (void) hd_lmdb_heal(e, rc);
            continue;
        }
        if (rc == 0) {
            return HD_OK;                        /* the lock stays shared until the transaction ends */
        }
        if (rc == MDB_READERS_FULL) {
            int dead = 0;
            (void) mdb_reader_check(e->env, &dead);
        }
        (void) pthread_rwlock_unlock(&e->lock);
        if (rc == MDB_MAP_RESIZED || rc == MDB_PANIC) {
            (void) hd_lmdb_heal(e, rc);
        } else if (rc != MDB_READERS_FULL) {
            break;
        }
    }
    return hd_lmdb_code(rc);
}

static void end(hd_etxn_t *t, bool keep)
{
    hd_engine_t *e = t->engine;
    if (keep) {
        rewind_cursors(t);
        (void) pthread_mutex_lock(&e->pool_lock);
        t->next = e->pool;
        e->pool = t;
        (void) pthread_mutex_unlock(&e->pool_lock);
    } else {
        free(t->journal.data);
        free(t);
    }
    (void) pthread_rwlock_unlock(&e->lock);
}

/* EIO is also what LMDB makes of a short write on a full disk. */
static hd_code_t code_of_commit(hd_engine_t *e, int rc)
{
    struct statvfs fs;
    if (rc == 0) {
        return HD_OK;
    }
    if (hd_lmdb_code(rc) == HD_E_FULL) {
        return HD_E_FULL;
    }
    if (rc == EIO && statvfs(e->path, &fs) == 0 && (uint64_t) fs.f_bavail * fs.f_frsize < (UINT64_C(1) << 20)) {
        return HD_E_FULL;
    }
    return HD_E_UNKNOWN;
}

/*
 * Writes zeros ahead of the last page.  A commit that only overwrites spares the file system's journal, which a growing
 * file would need at every sync.  Only inside a write transaction: its lock keeps other processes from writing there.
 * Failing is harmless: LMDB then grows the file itself.
 */
static void grow_ahead(hd_engine_t *e)
{
    static const char zeros[64 * 1024];
    MDB_envinfo info;
    struct stat st;
    int fd;
    (void) mdb_env_info(e->env, &info);
    uint64_t used = ((uint64_t) info.me_last_pgno + 1) * 4096;
    if (used + GROW_AHEAD <= e->file_size || mdb_env_get_fd(e->env, &fd) != 0 || fstat(fd, &st) != 0) {
        return;
    }
    e->file_size = (uint64_t) st.st_size;
    uint64_t to = used + GROW_STEP < info.me_mapsize ? used + GROW_STEP : info.me_mapsize;
    while (e->file_size < to) {
        uint64_t n = to - e->file_size < sizeof(zeros) ? to - e->file_size : sizeof(zeros);
        ssize_t w = pwrite(fd, zeros, n, (off_t) e->file_size);
        if (w <= 0) {
            return;
        }
        e->file_size += (uint64_t) w;
    }
}

hd_code_t hd_engine_commit(hd_etxn_t *t)
{
    if (t->write && t->err == HD_OK) {
        hd_merged_flush(t);
    }
    hd_code_t code = t->err;
    if (code != HD_OK || !t->write) {
        hd_engine_abort(t);
        return code;
    }
    hd_lmdb_free_cursors(t);
    grow_ahead(t->engine);
    code = code_of_commit(t->engine, mdb_txn_commit(t->mt));
    hd_merged_end(t, code == HD_OK);
    end(t, false);
    return code;
}

void hd_engine_abort(hd_etxn_t *t)
{
    if (t == NULL) {
        return;
    }
    if (t->write) {
        hd_merged_end(t, false);
        hd_lmdb_free_cursors(t);
        mdb_txn_abort(t->mt);
        end(t, false);
    } else {
        mdb_txn_reset(t->mt);
        end(t, true);
    }
}

uint64_t hd_engine_snapshot(const hd_etxn_t *t)
{
    return mdb_txn_id(t->mt);
}

hd_code_t hd_engine_error(const hd_etxn_t *t)
{
    return t->err;
}

bool hd_lmdb_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value)
{
    if (t->err != HD_OK) {
        return false;
    }
    MDB_val k = { key.len, (void *) (uintptr_t) key.data }, v;
    int rc = mdb_get(t->mt, t->engine->dbi, &k, &v);
    if (rc != 0) {
        if (rc != MDB_NOTFOUND) {
            (void) fail(t, rc);
        }
        return false;
    }
    *ret_value = (hd_str_t){ v.mv_size, v.mv_data };
    return true;
}

void hd_lmdb_put(hd_etxn_t *t, hd_str_t key, hd_str_t value)
{
    if (t->err == HD_OK) {
        MDB_val k = { key.len, (void *) (uintptr_t) key.data }, v = { value.len, (void *) (uintptr_t) value.data };
        int rc = mdb_put(t->mt, t->engine->dbi, &k, &v, 0);
        if (rc != 0) {
            (void) fail(t, rc);
        }
    }
}

bool hd_lmdb_del(hd_etxn_t *t, hd_str_t key)
{
    if (t->err != HD_OK) {
        return false;
    }
    MDB_val k = { key.len, (void *) (uintptr_t) key.data };
    int rc = mdb_del(t->mt, t->engine->dbi, &k, NULL);
    if (rc != 0 && rc != MDB_NOTFOUND) {
        (void) fail(t, rc);
    }
    return rc == 0;
}

bool hd_engine_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value)
{
    return hd_pending_is(key) ? hd_merged_get(t, key, ret_value) : hd_lmdb_get(t, key, ret_value);
}

void hd_engine_put(hd_etxn_t *t, hd_str_t key, hd_str_t value)
{
    if (hd_pending_is(key)) {
        hd_merged_put(t, key, value);
    } else {
        hd_lmdb_put(t, key, value);
    }
}

bool hd_engine_del(hd_etxn_t *t, hd_str_t key)
{
    return hd_pending_is(key) ? hd_merged_del(t, key) : hd_lmdb_del(t, key);
}

void hd_lmdb_fail(hd_etxn_t *t, hd_code_t code)
{
    if (t->err == HD_OK) {
        t->err = code;
    }
}
