/*
 * Opening, healing and looking after an LMDB environment.
 *
 * The read-write lock is held shared by every transaction; it is taken alone only to adopt a map another process grew
 * and to close and reopen an environment that a failed meta write has poisoned (MDB_PANIC).
 */
#include "store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHORT_PAGES_OK 64        /* a valid file may lack pages that were allocated and freed unwritten */

hd_code_t hd_lmdb_code(int rc)
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
    (void) snprintf(err, 256, "data.mdb was %" PRIu64 " bytes shorter than its last page and was extended; "
                    "run helpdeskctl fsck", want - (uint64_t) st.st_size);
    return HD_OK;
}

static hd_code_t open_checked(hd_engine_t *e, char err[256])
{
    char data[4200];
    struct stat st;
    int rc = 0;
    e->backed = 0;
    (void) snprintf(data, sizeof(data), "%s/data.mdb", e->path);
    if (stat(data, &st) != 0) {
        if (errno != ENOENT || !e->conf.create) {
            rc = errno;
            (void) snprintf(err, 256, "no store in %.180s: %s", e->path, strerror(rc));
            return rc == ENOENT ? HD_E_NOT_FOUND : HD_E_STORE;
        }
        if ((rc = create_safely(e, data)) != 0) {
            (void) snprintf(err, 256, "cannot create a store in %.150s: %s", e->path, mdb_strerror(rc));
            return hd_lmdb_code(rc);
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
        return hd_lmdb_code(rc);
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
    if (conf->server && hd_lmdb_declare(e) != HD_OK && err[0] == '\0') {
        (void) snprintf(err, 256, "the size of the store could not be written down; it keeps the one it had");
    }
    e->declared = true;
    *ret_e = e;
    return HD_OK;
}

/* ---- closing and healing ---- */

static void drop_pool(hd_engine_t *e)
{
    hd_pending_clear(&e->writer);
    (void) pthread_mutex_lock(&e->pool_lock);
    while (e->pool != NULL) {
        hd_etxn_t *t = e->pool;
        e->pool = t->next;
        hd_lmdb_free_cursors(t);
        hd_pending_clear(&t->own);
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

/* The map another process grew, or the size a server has written down since. */
static int adopt(hd_engine_t *e)
{
    MDB_envinfo info;
    if (e->env == NULL) {
        return MDB_PANIC;
    }
    int rc = mdb_env_set_mapsize(e->env, 0);
    if (rc == 0 && mdb_env_info(e->env, &info) == 0 && info.me_mapsize < e->conf.size) {
        rc = mdb_env_set_mapsize(e->env, e->conf.size);
    }
    return rc;
}

/* Alone in this process: no transaction is open.  Returns an LMDB code. */
int hd_lmdb_heal(hd_engine_t *e, int why)
{
    int rc = 0;
    (void) pthread_rwlock_wrlock(&e->lock);
    if (why == MDB_MAP_RESIZED && adopt(e) != 0) {
        why = MDB_PANIC;                         /* it is not mapped now */
    }
    if (why != MDB_MAP_RESIZED) {
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
    return hd_lmdb_code(rc);
}
