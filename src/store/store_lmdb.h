/*
 * What the two files of the LMDB engine share.  Nobody else includes lmdb.h.
 */
#ifndef HD_STORE_LMDB_H
#define HD_STORE_LMDB_H

#include <lmdb.h>
#include <pthread.h>

#include "engine.h"

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

hd_code_t hd_lmdb_code(int rc);
/* Adopts a map another process grew (MDB_MAP_RESIZED), else closes and opens again.  Returns an LMDB code. */
int hd_lmdb_heal(hd_engine_t *e, int why);
void hd_lmdb_free_cursors(hd_etxn_t *t);

#endif
