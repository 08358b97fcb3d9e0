/*
 * The engine over LMDB 0.9.24, used narrowly (trust.md 1.2): one unnamed database, default durability, MDB_NOTLS,
 * no DUPSORT, no nested transactions, no WRITEMAP.
 *
 * Read transactions are pooled: a reset one keeps its reader slot and is renewed without a lock.  The read-write
 * lock is held shared by every transaction; it is taken alone only to adopt a map another process grew and to close
 * and reopen an environment that a failed meta write has poisoned (MDB_PANIC).
 */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GROW_STEP  ((uint64_t) 1 << 20)  /* bytes the file is extended by */
#define GROW_AHEAD ((uint64_t) 1 << 18)  /* ... when fewer than these are left behind the last page */
#define SHORT_PAGES_OK 64        /* a valid file may lack pages that were allocated and freed unwritten */

struct hd_ecur_s {
    MDB_cursor *mc;
    hd_etxn_t  *txn;
    hd_ecur_t  *next;            /* in txn->idle */
    hd_ecur_t  *all;             /* in txn->all */
    uint64_t    renewed;         /* txn->uses it was last renewed for */
};

struct hd_etxn_s {
    hd_engine_t *engine;
    MDB_txn     *mt;
    hd_ecur_t   *idle, *all;
    hd_etxn_t   *next;           /* in engine->pool */
    uint64_t     uses;
    hd_code_t    err;
    bool         write;
};

struct hd_engine_s {
    MDB_env         *env;
    MDB_dbi          dbi;
    hd_engine_conf_t conf;
    char            *path;
    pthread_rwlock_t lock;
    pthread_mutex_t  pool_lock;
    hd_etxn_t       *pool;
    uint64_t         file_size;  /* as this process last saw it */
};

static hd_code_t code_of(int rc)
{
    switch (rc) {
    case 0:
        return HD_OK;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return HD_E_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return HD_E_DATA;
    case MDB_BAD_VALSIZE:
        return HD_E_INTERNAL;
    default:
        return HD_E_STORE;
    }
}

static hd_code_t fail(hd_etxn_t *t, int rc)
{
    if (t->err == HD_OK) {
        t->err = code_of(rc);
    }
    return t->err;
}

/* ---- opening ---- */

static int env_open(hd_engine_t *e, const char *path, bool create)
{
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    if (e->conf.sync == HD_SYNC_META) {
        flags |= MDB_NOMETASYNC;
    } else if (e->conf.sync == HD_SYNC_OFF) {
        flags |= MDB_NOSYNC;
    }
    int rc = mdb_env_create(&e->env);
    if (rc == 0) {
        rc = mdb_env_set_mapsize(e->env, e->conf.size);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(e->env, e->conf.readers);
    }
    if (rc == 0) {
        rc = mdb_env_open(e->env, path, flags, 0600);
    }
    MDB_txn *t = NULL;
    if (rc == 0) {
        rc = mdb_txn_begin(e->env, NULL, create ? 0 : MDB_RDONLY, &t);
    }
    if (rc == 0) {
        rc = mdb_dbi_open(t, NULL, 0, &e->dbi);
    }
    if (rc == 0) {
        rc = mdb_txn_commit(t);
    } else if (t != NULL) {
        mdb_txn_abort(t);
    }
    if (rc != 0 && e->env != NULL) {
        mdb_env_close(e->env);
        e->env = NULL;
    }
    return rc;
}

static int sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int rc = fsync(fd) == 0 ? 0 : errno;
    (void) close(fd);
    return rc;
}

/* LMDB's own creation is not crash-safe: 26 of 200 power cuts left a file that cannot be opened (trust.md 0.3a). */
static int create_safely(hd_engine_t *e, const char *data)
{
    char dir[4096], made[4200];
    struct stat st;
    (void) snprintf(dir, sizeof(dir), "%s/new.%ld", e->path, (long) getpid());
    (void) snprintf(made, sizeof(made), "%s/data.mdb", dir);
    (void) unlink(made);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return errno;
    }
    int rc = env_open(e, dir, true);
    if (rc == 0) {
        rc = mdb_env_sync(e->env, 1);
        mdb_env_close(e->env);
        e->env = NULL;
    }
    if (rc == 0) {
        rc = sync_path(made);
    }
    /* link, not rename: a second worker that creates at the same time must lose, not overwrite */
    if (rc == 0 && link(made, data) != 0 && errno != EEXIST) {
        rc = errno;
    }
    (void) unlink(made);
    (void) snprintf(made, sizeof(made), "%s/lock.mdb", dir);
    (void) unlink(made);
    (void) rmdir(dir);
    if (rc == 0) {
        rc = sync_path(e->path);
    }
    (void) snprintf(made, sizeof(made), "%s/..", e->path);
    return rc == 0 && stat(made, &st) == 0 ? sync_path(made) : rc;
}

/* A truncated file kills its readers with SIGBUS, so the length is checked first (trust.md 0.3c). */
static hd_code_t check_length(hd_engine_t *e, const char *data, char err[256])
{
    MDB_envinfo info;
    MDB_stat ms;
    struct stat st;
    int fd;
    if (mdb_env_info(e->env, &info) != 0 || mdb_env_stat(e->env, &ms) != 0 || stat(data, &st) != 0) {
        return HD_E_STORE;
    }
    uint64_t want = ((uint64_t) info.me_last_pgno + 1) * ms.ms_psize;
    if ((uint64_t) st.st_size >= want) {
        return HD_OK;
    }
    if (want - (uint64_t) st.st_size > (uint64_t) SHORT_PAGES_OK * ms.ms_psize) {
        (void) snprintf(err, 256, "data.mdb is cut off: %" PRIu64 " bytes are there, %" PRIu64
                        " are needed; restore a backup", (uint64_t) st.st_size, want);
        return HD_E_DATA;
    }
    if (mdb_env_get_fd(e->env, &fd) != 0 || ftruncate(fd, (off_t) want) != 0) {
        (void) snprintf(err, 256, "cannot extend data.mdb: %s", strerror(errno));
        return HD_E_STORE;
    }
    return HD_OK;
}

static hd_code_t open_checked(hd_engine_t *e, char err[256])
{
    char data[4200];
    struct stat st;
    int rc = 0;
    (void) snprintf(data, sizeof(data), "%s/data.mdb", e->path);
    if (stat(data, &st) != 0) {
        if (errno != ENOENT || !e->conf.create) {
            rc = errno;
            (void) snprintf(err, 256, "no store in %.180s: %s", e->path, strerror(rc));
            return rc == ENOENT ? HD_E_NOT_FOUND : HD_E_STORE;
        }
        if ((rc = create_safely(e, data)) != 0) {
            (void) snprintf(err, 256, "cannot create a store in %.150s: %s", e->path, mdb_strerror(rc));
            return code_of(rc);
        }
    } else if (st.st_size == 0) {                /* LMDB would begin anew, and the desk be open to be set up */
        (void) snprintf(err, 256, "data.mdb in %.150s is empty; restore a backup", e->path);
        return HD_E_DATA;
    }
    for (int tries = 0; tries < 5; tries++) {    /* opening while another process opens may fail (trust.md 1.2) */
        if ((rc = env_open(e, e->path, false)) == 0) {
            break;
        }
        if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH || rc == EACCES) {
            break;
        }
        (void) usleep(20000u * (unsigned) (tries + 1));
    }
    if (rc != 0) {
        (void) snprintf(err, 256, "cannot open the store in %.150s: %s%s", e->path, mdb_strerror(rc),
                        rc == MDB_INVALID ? "; data.mdb is damaged, restore a backup" : "");
        return code_of(rc);
    }
    hd_code_t code = check_length(e, data, err);
    if (code != HD_OK) {
        mdb_env_close(e->env);
        e->env = NULL;
    } else {
        int dead;
        (void) mdb_reader_check(e->env, &dead);
    }
    return code;
}

hd_code_t hd_engine_open(const hd_engine_conf_t *conf, hd_engine_t **ret_e, char err[256])
{
    hd_engine_t *e = calloc(1, sizeof(*e));
    err[0] = '\0';
    if (e == NULL || (e->path = strdup(conf->path)) == NULL) {
        free(e);
        return HD_E_MEMORY;
    }
    e->conf = *conf;
    e->conf.path = e->path;
    if (pthread_rwlock_init(&e->lock, NULL) != 0 || pthread_mutex_init(&e->pool_lock, NULL) != 0) {
        free(e->path);
        free(e);
        return HD_E_MEMORY;
    }
    hd_code_t code = open_checked(e, err);
    if (code != HD_OK) {
        hd_engine_close(e);
        return code;
    }
    *ret_e = e;
    return HD_OK;
}

/* ---- cursors ---- */

static void free_cursors(hd_etxn_t *t)
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

static bool move(hd_ecur_t *c, MDB_cursor_op op, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
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
    return move(c, MDB_SET_RANGE, key, ret_key, ret_value);
}

bool hd_engine_next(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value)
{
    return move(c, MDB_NEXT, (hd_str_t){ 0, NULL }, ret_key, ret_value);
}

bool hd_engine_prev(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
{
    if (move(c, MDB_SET_RANGE, key, ret_key, ret_value)) {
        return move(c, MDB_PREV, (hd_str_t){ 0, NULL }, ret_key, ret_value);
    }
    return c->txn->err == HD_OK && move(c, MDB_LAST, (hd_str_t){ 0, NULL }, ret_key, ret_value);
}

/* ---- closing and healing ---- */

static void drop_pool(hd_engine_t *e)
{
    (void) pthread_mutex_lock(&e->pool_lock);
    while (e->pool != NULL) {
        hd_etxn_t *t = e->pool;
        e->pool = t->next;
        free_cursors(t);
        mdb_txn_abort(t->mt);
        free(t);
    }
    (void) pthread_mutex_unlock(&e->pool_lock);
}

void hd_engine_close(hd_engine_t *e)
{
    if (e == NULL) {
        return;
    }
    drop_pool(e);
    if (e->env != NULL) {
        mdb_env_close(e->env);
    }
    (void) pthread_rwlock_destroy(&e->lock);
    (void) pthread_mutex_destroy(&e->pool_lock);
    free(e->path);
    free(e);
}

/* Alone in this process: no transaction is open.  Returns an LMDB code. */
static int heal(hd_engine_t *e, int why)
{
    int rc = 0;
    (void) pthread_rwlock_wrlock(&e->lock);
    if (why == MDB_MAP_RESIZED) {
        rc = mdb_env_set_mapsize(e->env, 0);
    } else {
        char err[256];
        drop_pool(e);
        if (e->env != NULL) {
            mdb_env_close(e->env);
            e->env = NULL;
        }
        rc = open_checked(e, err) == HD_OK ? 0 : MDB_PANIC;
    }
    (void) pthread_rwlock_unlock(&e->lock);
    return rc;
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
            free_cursors(t);
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
        if (rc == 0) {
            return HD_OK;                        /* the lock stays shared until the transaction ends */
        }
        if (rc == MDB_READERS_FULL) {
            int dead = 0;
            (void) mdb_reader_check(e->env, &dead);
        }
        (void) pthread_rwlock_unlock(&e->lock);
        if (rc == MDB_MAP_RESIZED || rc == MDB_PANIC) {
            (void) heal(e, rc);
        } else if (rc != MDB_READERS_FULL) {
            break;
        }
    }
    return code_of(rc);
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
    if (code_of(rc) == HD_E_FULL) {
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
    hd_code_t code = t->err;
    if (code != HD_OK || !t->write) {
        hd_engine_abort(t);
        return code;
    }
    free_cursors(t);
    grow_ahead(t->engine);
    code = code_of_commit(t->engine, mdb_txn_commit(t->mt));
    end(t, false);
    return code;
}

void hd_engine_abort(hd_etxn_t *t)
{
    if (t == NULL) {
        return;
    }
    if (t->write) {
        free_cursors(t);
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

bool hd_engine_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value)
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

void hd_engine_put(hd_etxn_t *t, hd_str_t key, hd_str_t value)
{
    if (t->err == HD_OK) {
        MDB_val k = { key.len, (void *) (uintptr_t) key.data }, v = { value.len, (void *) (uintptr_t) value.data };
        int rc = mdb_put(t->mt, t->engine->dbi, &k, &v, 0);
        if (rc != 0) {
            (void) fail(t, rc);
        }
    }
}

bool hd_engine_del(hd_etxn_t *t, hd_str_t key)
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

/* ---- operations ---- */

static int see_reader(const char *line, void *arg)
{
    uint64_t *oldest = arg;
    unsigned long long txn = 0;
    if (sscanf(line, "%*d %*x %llu", &txn) == 1 && txn < *oldest) {
        *oldest = txn;
    }
    return 0;
}

void hd_engine_stat(hd_engine_t *e, hd_engine_stat_t *ret_s)
{
    MDB_envinfo info;
    MDB_stat ms;
    memset(ret_s, 0, sizeof(*ret_s));
    (void) pthread_rwlock_rdlock(&e->lock);
    if (e->env != NULL && mdb_env_info(e->env, &info) == 0 && mdb_env_stat(e->env, &ms) == 0) {
        uint64_t oldest = info.me_last_txnid;
        (void) mdb_reader_list(e->env, see_reader, &oldest);
        ret_s->size_max = info.me_mapsize;
        ret_s->size_used = ((uint64_t) info.me_last_pgno + 1) * ms.ms_psize;
        ret_s->readers_max = info.me_maxreaders;
        ret_s->readers_used = info.me_numreaders;
        ret_s->last_txn = info.me_last_txnid;
        ret_s->oldest_reader_lag = info.me_last_txnid - oldest;
    }
    (void) pthread_rwlock_unlock(&e->lock);
}

int hd_engine_reader_check(hd_engine_t *e)
{
    int dead = 0;
    (void) pthread_rwlock_rdlock(&e->lock);
    if (e->env != NULL) {
        (void) mdb_reader_check(e->env, &dead);
    }
    (void) pthread_rwlock_unlock(&e->lock);
    return dead;
}

hd_code_t hd_engine_copy(hd_engine_t *e, int fd, char err[256])
{
    (void) pthread_rwlock_rdlock(&e->lock);
    int rc = e->env == NULL ? MDB_PANIC : mdb_env_copyfd2(e->env, fd, MDB_CP_COMPACT);
    (void) pthread_rwlock_unlock(&e->lock);
    if (rc != 0) {
        (void) snprintf(err, 256, "copying the store failed: %s", mdb_strerror(rc));
    }
    return code_of(rc);
}
