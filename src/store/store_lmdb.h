/*
 * What the two files of the LMDB engine share.  Nobody else includes lmdb.h.
 */
#ifndef HD_STORE_LMDB_H
#define HD_STORE_LMDB_H

#include <lmdb.h>
#include <pthread.h>

#include "store_pending.h"

#define HD_SPACE_STATE 0x4d      /* of the engine's own records */

struct hd_ecur_s {
    MDB_cursor *mc;
    hd_etxn_t  *txn;
    hd_ecur_t  *next;            /* in txn->idle */
    hd_ecur_t  *all;             /* in txn->all */
    uint64_t    renewed;         /* txn->uses it was last renewed for */
    /* over pending keys: where the tree stands, where the set stands, which of them the last answer came from */
    bool        merged, in_tree, from_tree, from_set;
    hd_pnode_t *node;
    hd_str_t    key, value;
    char        copy[512 + 64];  /* of key and value in a write transaction, whose pages move */
};

struct hd_etxn_s {
    hd_engine_t *engine;
    MDB_txn     *mt;
    hd_ecur_t   *idle, *all;
    hd_etxn_t   *next;           /* in engine->pool */
    uint64_t     uses;
    hd_code_t    err;
    bool         write, viewed;  /* viewed: pending is up to this snapshot */
    uint64_t     pages;          /* of a write transaction: how many the store may have */
    hd_pending_t *pending, own;  /* a write transaction uses the engine's */
    hd_journal_t journal;
};

struct hd_engine_s {
    MDB_env         *env;
    MDB_dbi          dbi;
    hd_engine_conf_t conf;
    char            *path;
    pthread_rwlock_t lock;
    pthread_mutex_t  pool_lock;
    hd_etxn_t       *pool;
    hd_pending_t     writer;     /* guarded by LMDB's write lock */
    uint64_t         file_size;  /* as this process last saw it */
    uint64_t         backed;     /* bytes of the file the disk has given, as far as this process asked */
    bool             declared;   /* the store's size is settled: a write takes up a larger one */
};

hd_code_t hd_lmdb_code(int rc);
/* Adopts a map another process grew (MDB_MAP_RESIZED), else closes and opens again.  Returns an LMDB code. */
int hd_lmdb_heal(hd_engine_t *e, int why);
void hd_lmdb_free_cursors(hd_etxn_t *t);

/* The tree alone, without pending keys (store_lmdb.c). */
bool hd_lmdb_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value);
void hd_lmdb_put(hd_etxn_t *t, hd_str_t key, hd_str_t value);
bool hd_lmdb_del(hd_etxn_t *t, hd_str_t key);
bool hd_lmdb_move(hd_ecur_t *c, MDB_cursor_op op, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value);
void hd_lmdb_fail(hd_etxn_t *t, hd_code_t code);

/* How full it is (store_room.c). */
/* A write transaction learns the store's size.  MDB_MAP_RESIZED: it is beyond this process's map; end it and heal. */
int hd_lmdb_measure(hd_etxn_t *t);
/* Pages that are neither in use nor in reserve. */
uint64_t hd_lmdb_room(const hd_etxn_t *t);
/* A server writes its size down.  Without that the store works on, with the size it had. */
hd_code_t hd_lmdb_declare(hd_engine_t *e);

/* Pending keys of a transaction (store_merge.c). */
bool hd_merged_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value);
void hd_merged_put(hd_etxn_t *t, hd_str_t key, hd_str_t value);
bool hd_merged_del(hd_etxn_t *t, hd_str_t key);
bool hd_merged_seek(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value);
bool hd_merged_next(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value);
/* Before a commit: writes the journal, or moves everything to its place. */
void hd_merged_flush(hd_etxn_t *t);
/* After it. */
void hd_merged_end(hd_etxn_t *t, bool saved);

#endif
