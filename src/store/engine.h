/*
 * engine: an ordered key-value transaction.  LMDB (store_lmdb.c) is the engine; another may follow, so above
 * this header nobody assumes that a read is free, that the write lock is local, or that a pointer outlives
 * the transaction.  In a write transaction a value is valid only until the next put or del.
 *
 * Errors are sticky: after the first failure every call is a no-op that returns the same code, and commit
 * turns into abort.
 */
#ifndef HD_ENGINE_H
#define HD_ENGINE_H

#include "../base/base.h"

typedef enum { HD_SYNC_FULL, HD_SYNC_META, HD_SYNC_OFF } hd_sync_t;   /* trust.md 0.2: FULL unless ops insist */

typedef struct {
    const char *path;            /* directory; holds data.mdb and lock.mdb */
    uint64_t    size;            /* bytes the store may grow to (address space, not disk) */
    bool        server;          /* that size is the store's from now on, for every process that has it open */
    unsigned    readers;         /* slots of the reader table */
    hd_sync_t   sync;
    bool        create;          /* make it when it is not there (crash-safe: temp directory, sync, rename) */
} hd_engine_conf_t;

typedef struct hd_engine_s hd_engine_t;
typedef struct hd_etxn_s   hd_etxn_t;
typedef struct hd_ecur_s   hd_ecur_t;

/* err gets a sentence that an operator understands; with HD_OK it is empty or a warning.  HD_E_STORE, HD_E_DATA (truncated, damaged), HD_E_NOT_FOUND. */
hd_code_t hd_engine_open(const hd_engine_conf_t *conf, hd_engine_t **ret_e, char err[256]);
void hd_engine_close(hd_engine_t *e);                    /* NULL is allowed; no transaction may be open */

/*
 * HD_E_STORE when no slot or no map can be had.  A full reader table is cleaned of dead processes and tried again;
 * a map another process grew is adopted; a poisoned environment (failed meta write) is closed and opened again.
 */
hd_code_t hd_engine_begin(hd_engine_t *e, bool write, hd_etxn_t **ret_t);
/* HD_E_FULL: nothing was saved (disk or map).  HD_E_UNKNOWN: it is not known whether it was. */
hd_code_t hd_engine_commit(hd_etxn_t *t);
void hd_engine_abort(hd_etxn_t *t);                      /* NULL is allowed */
uint64_t hd_engine_snapshot(const hd_etxn_t *t);         /* grows with every commit; equal means nothing changed */
hd_code_t hd_engine_error(const hd_etxn_t *t);

bool hd_engine_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value);      /* false: absent, or failed (see error) */
void hd_engine_put(hd_etxn_t *t, hd_str_t key, hd_str_t value);
bool hd_engine_del(hd_etxn_t *t, hd_str_t key);          /* false when it was not there */

/*
 * Is there room for so many more bytes?  The last pages are kept: some for what grows little, such as a change of a
 * record, the very last for deletions, which is how a person makes room (F08).  O(1); only in a write transaction.
 */
typedef enum { HD_ROOM_GROW, HD_ROOM_CHANGE } hd_room_t;
bool hd_engine_has_room(const hd_etxn_t *t, hd_room_t what, size_t bytes);

/* Cursors belong to their transaction and end with it. */
hd_ecur_t *hd_engine_cursor(hd_etxn_t *t);               /* NULL when failed */
bool hd_engine_seek(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value);  /* first >= key */
bool hd_engine_next(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value);
bool hd_engine_prev(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value);  /* last < key */
bool hd_engine_back(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value);                /* one before; never over pending keys */
void hd_engine_cursor_done(hd_ecur_t *c);                /* back to the transaction's pool */

typedef struct {
    uint64_t size_max, size_used, readers_max, readers_used;
    uint64_t oldest_reader_lag;  /* commits since the oldest reader's snapshot */
    uint64_t last_txn;
} hd_engine_stat_t;
void hd_engine_stat(hd_engine_t *e, hd_engine_stat_t *ret_s);
int  hd_engine_reader_check(hd_engine_t *e);             /* frees slots of dead processes; how many */
hd_code_t hd_engine_copy(hd_engine_t *e, int fd, char err[256]);   /* compacted, consistent, while others write */

#endif
