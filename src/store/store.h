/*
 * store: rows, their indexes and counters, scans, event log, timers, idempotency keys, configuration cache, fsck.
 * The only room that knows the engine.  One hd_store_t a process, opened after fork.
 *
 * Keys.  The first byte is the space; the order of spaces keeps what one new ticket touches close together,
 * because a commit costs what its scattered pages cost.  All numbers big-endian.
 *
 *   0x10 row        type(1) id(4)             -> format(1) crc32c(4) fields (model_codec.c)
 *   0x30 index      index(1) ...              -> empty, or id(4) when unique
 *   0x38 idem       siphash of actor, key(16) -> what was answered
 *   0x39 trail       type(1) id(4) ~sequence(8) -> empty: a record's events (store_trail.c)
 *   0x3a timer      due(8) kind(1) type(1) id(4) -> empty
 *   0x3b piece      key of an idem(16) number(4) -> part of a long answer
 *   0x40 talk row   type(1) id(4)             -> as row: messages, attachments, notifications, mails, activities, origins
 *   0x48 ticket row type(1) id(4)             -> as row; types that grow append in spaces of their own
 *   0x4c, 0x4d      the engine's: pending keys of 0x30, 0x38, 0x39, moved to their places in bulk (store_pending.h), its size
 *   0x4e facts        type(1) column(1) block(4) -> one column of 960 tickets (store_facts.c)
 *                     type(1) 24+n(1) chunk(4)   -> one text of 64 tickets, folded (store_texts.c)
 *   0x50 counter    kind(1) a(4) b(4)         -> int64
 *   0x51 meta       name                      -> bytes
 *   0x58 log        ~sequence(8)              -> format(1) crc32c(4) event
 *
 * New tickets go to the end of 0x48 and new events to the beginning of 0x58, with the counters between: the places every
 * write touches share their leaves and the branches above them.
 *
 * Example: ticket 7 is stored under 48 08 00000007; it stands on the board of team 1, stage 2, priority 3 under
 * 30 20 00000000 01 00000001 00000002 fc fffffff8.
 */
#ifndef HD_STORE_H
#define HD_STORE_H

#include "../model/model.h"
#include "engine.h"

typedef struct hd_store_s hd_store_t;
typedef struct hd_cache_s hd_cache_t;
typedef struct hd_txn_s   hd_txn_t;

hd_code_t hd_store_open(const hd_engine_conf_t *conf, hd_store_t **ret_s, char err[256]);
void hd_store_close(hd_store_t *s);
hd_engine_t *hd_store_engine(hd_store_t *s);

/* Decoded configuration rows of one thread, valid for one configuration generation.  Never shared by threads. */
hd_cache_t *hd_cache_create(void);                       /* NULL when out of memory */
void hd_cache_destroy(hd_cache_t *c);

/* ---- transactions ---- */

/*
 * cache may be NULL (tools).  arena holds what the transaction needs until its end.
 * Reads: end with hd_txn_abort.  Nothing that came from a transaction may be used after its end.
 */
hd_code_t hd_txn_begin(hd_store_t *s, bool write, hd_arena_t *arena, hd_cache_t *cache, hd_txn_t **ret_t);
hd_code_t hd_txn_commit(hd_txn_t *t);
void hd_txn_abort(hd_txn_t *t);                          /* NULL is allowed */
hd_code_t hd_txn_error(const hd_txn_t *t);               /* sticky: HD_OK while all went well */
uint64_t hd_txn_writes(const hd_txn_t *t);               /* puts and dels so far: "has this command written?" */
bool hd_txn_is_timed(const hd_txn_t *t);                /* has it set a timer? */
uint64_t hd_txn_snapshot(const hd_txn_t *t);
bool hd_txn_is_write(const hd_txn_t *t);
uint64_t hd_txn_log_end(hd_txn_t *t);                    /* sequence of the newest event, 0 when none */

/* ---- rows ---- */

/* HD_E_NOT_FOUND; HD_E_DATA when the CRC or a field is wrong.  Strings live as long as the transaction. */
hd_code_t hd_row_get(hd_txn_t *t, hd_arena_t *a, hd_type_t type, hd_id_t id, void *ret_rec);
/* Fills rec.id (unless given, for load), version 1, dates, users; writes row, index keys, counters. */
hd_code_t hd_row_insert(hd_txn_t *t, hd_arena_t *a, hd_type_t type, void *rec, hd_time_t now, hd_id_t uid);
/* old is what hd_row_get gave; bumps version and write_date in rec. */
hd_code_t hd_row_update(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, void *rec,
                        hd_time_t now, hd_id_t uid);
hd_code_t hd_row_delete(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old);
/* For imports: changes the row to rec with the dates and users that rec has; its version follows that of old. */
hd_code_t hd_row_amend(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *old, void *rec);
/* The keys of a record that is there in one index, not a unique one, which may lack them: it is younger than the row. */
void hd_row_index(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *rec, hd_index_t index);
/* The number the next new record of the type gets. */
hd_id_t hd_row_next_id(hd_txn_t *t, hd_type_t type);
/* For load: writes rec as it is (id, version, dates given); the row must not exist. */
hd_code_t hd_row_restore(hd_txn_t *t, hd_arena_t *a, hd_type_t type, const void *rec);

hd_id_t hd_row_last(hd_txn_t *t, hd_type_t type);        /* the highest number ever given out; 0: none */

/* ---- configuration rows through the cache (entity.config types) ---- */

const void *hd_config_get(hd_txn_t *t, hd_type_t type, hd_id_t id);     /* NULL: absent or damaged */
/* All rows of a configuration type, ascending id; n may be 0. */
const void *const *hd_config_all(hd_txn_t *t, hd_type_t type, size_t *ret_n);
/*
 * A slot for something derived from configuration (actors, scopes); lives until the generation changes.
 * size 0 only looks: NULL when there is none.  Else a missing slot is made, zeroed, and *ret_new set.
 * Never make slots for what a stranger chose (unknown tokens): they would fill the cache.
 */
void *hd_config_slot(hd_txn_t *t, const void *key, size_t key_len, size_t size, bool *ret_new);
hd_arena_t *hd_config_arena(hd_txn_t *t);

/* ---- indexes and scans ---- */

bool hd_index_find(hd_txn_t *t, const hd_key_t *unique_key, hd_id_t *ret_id);

typedef struct {
    hd_txn_t  *txn;
    hd_ecur_t *cur;
    uint8_t    prefix[HD_KEY_MAX + 1];
    uint8_t    start[HD_KEY_MAX + 8];
    uint8_t    prefix_len, start_len;
    bool       begun;
} hd_scan_t;

/* Index keys that begin with prefix; from: NULL, or start at the first key > from (same index). */
void hd_scan_index(hd_scan_t *sc, hd_txn_t *t, const hd_key_t *prefix, const hd_key_t *from);
void hd_scan_rows(hd_scan_t *sc, hd_txn_t *t, hd_type_t type, hd_id_t after);
/* key without the space byte; value raw.  End with hd_scan_done (also after false). */
bool hd_scan_next(hd_scan_t *sc, hd_str_t *ret_key, hd_str_t *ret_value);
void hd_scan_done(hd_scan_t *sc);
/* Decodes the row a row scan stands on. */
hd_code_t hd_scan_row(hd_scan_t *sc, hd_arena_t *a, hd_str_t key, hd_str_t value, void *ret_rec);
/* Distinct continuations of prefix, len bytes each, found by seeking (cost: one seek each). */
size_t hd_scan_groups(hd_txn_t *t, hd_arena_t *a, const hd_key_t *prefix, size_t len, size_t max, hd_key_t **ret_groups);

/* Several index ranges read as one, ordered by the last `tail` bytes of their keys; equal tails come once. */
typedef struct hd_merge_s hd_merge_t;
hd_merge_t *hd_merge_create(hd_txn_t *t, hd_arena_t *a, size_t tail);
/* after: NULL, or a tail; the range then starts behind it. */
void hd_merge_add(hd_merge_t *m, const hd_key_t *prefix, hd_str_t after);
bool hd_merge_next(hd_merge_t *m, hd_str_t *ret_key);        /* the full index key, without the space byte */
void hd_merge_done(hd_merge_t *m);

/* ---- facts of tickets: chunk after chunk (store_facts_scan.c) ---- */

typedef struct hd_block_s hd_block_t;
typedef struct {
    hd_txn_t  *txn;
    hd_ecur_t *cur[HD_FACTS];    /* of the columns asked for */
    hd_chunk_t at;               /* words: where the block's columns begin */
    const void *masks;
    hd_block_t *own;             /* a block that is not stored, or damaged, from its rows */
    uint32_t   block, next, full, columns;
    int        window;           /* of the block, next to be handed out; outside: the next block */
    bool       backward, in_step, ended, tail_left;
    struct {
        hd_ecur_t  *cur;
        uint32_t    chunk;       /* whose texts are there; UINT32_MAX: none */
        bool        placed;      /* the cursor stands at one of them */
        hd_texts_t  texts;
    } text[HD_FACT_TEXTS];
    hd_arena_t *text_arena;      /* of texts that had to be made from the rows */
} hd_facts_scan_t;

/*
 * All tickets, ascending by chunk or descending; a chunk is good until the next.  columns: a bit for each that is looked at (0 is always there).  A write
 * transaction sees its own changes; it must not write meanwhile.
 */
void hd_facts_begin(hd_facts_scan_t *s, hd_txn_t *t, bool backward, uint32_t columns);
bool hd_facts_next(hd_facts_scan_t *s, hd_chunk_t *ret);
void hd_facts_done(hd_facts_scan_t *s);          /* also after false */
/* A text of the tickets of a chunk that hd_facts_next gave last (slots that are not present hold anything); good until the next. */
const hd_texts_t *hd_facts_texts(const hd_chunk_t *c, unsigned n);

/* ---- counters, meta ---- */

int64_t hd_counter_get(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b);
#define HD_CN_TEAM_LAST 200      /* set, not counted: user who got the team's previous automatic assignment (D-1) */
void hd_counter_set(hd_txn_t *t, uint8_t kind, hd_id_t a, hd_id_t b, int64_t value);
bool hd_meta_get(hd_txn_t *t, const char *name, hd_str_t *ret_value);
void hd_meta_put(hd_txn_t *t, const char *name, hd_str_t value);   /* empty value deletes */
/* From this commit on versions that do not keep every index of this one refuse to open the store (F26). */
void hd_store_refuse_older(hd_txn_t *t);

/* ---- event log ---- */

typedef enum { HD_EV_CREATED = 1, HD_EV_CHANGED, HD_EV_DELETED, HD_EV_LOGIN, HD_EV_LOGOUT, HD_EV_REFUSED } hd_event_kind_t;
const char *hd_event_kind_name(uint8_t kind);        /* "created"; NULL: there is no such kind */
uint8_t hd_event_kind_of(hd_str_t name);             /* 0: there is none of this name */

typedef struct {
    uint64_t  seq;
    hd_time_t time;
    hd_id_t   actor;             /* user, 0 = nobody signed in, or the desk itself */
    uint8_t   kind, type;
    hd_id_t   id;
    hd_str_t  changes;           /* JSON object {"field":[old,new]}, or empty */
} hd_event_t;

uint64_t hd_log_append(hd_txn_t *t, const hd_event_t *ev);       /* returns its sequence */
hd_code_t hd_log_get(hd_txn_t *t, uint64_t seq, hd_event_t *ret_ev);
/* For load: the event keeps its sequence, which must be larger than every one there; ids of records that
 * were deleted since are not given out again. */
void hd_log_restore(hd_txn_t *t, const hd_event_t *ev);
/* First event with seq > after; false at the end. */
bool hd_log_next(hd_txn_t *t, uint64_t after, hd_event_t *ret_ev);

/*
 * The events of one record, newest first: the newest older than *before (0: the newest of all), whose sequence *before
 * becomes.  False at the end.  A record that is gone keeps its trail.  Events of no record (type or id 0) have none.
 */
bool hd_trail_next(hd_txn_t *t, hd_type_t type, hd_id_t id, uint64_t *before, hd_event_t *ret_ev);

/* ---- timers: rows by due time ---- */

typedef enum { HD_TM_PURGE_IDEM = 1, HD_TM_PURGE_SESSIONS, HD_TM_READERS, HD_TM_DRAIN,
    HD_TM_COMMERCIAL = 20,       /* of a contact (desk_commercial.c) */
    HD_TM_FILE = 12,             /* of an uploaded file nothing uses (desk_file.c) */
    HD_TM_REMIND = 30,           /* of an activity (desk_rules_activity.c) */
    HD_TM_NOTICES = 33,          /* read lines of inboxes go (desk_forget.c) */
    HD_TM_REINDEX = 32,          /* of an index younger than the store (desk_reindex.c) */
    HD_TM_DAYS = 31,             /* of tickets' activities (desk_activity_days.c) */
    HD_TM_FOLD = 11,             /* of a stage (desk_fold.c) */
    HD_TM_SWEEP = 10             /* of a team (desk_sweep.c) */
} hd_timer_kind_t;
typedef struct {
    hd_time_t due;
    uint8_t   kind, type;
    hd_id_t   id;
} hd_timer_t;

void hd_timer_set(hd_txn_t *t, const hd_timer_t *tm);
bool hd_timer_clear(hd_txn_t *t, const hd_timer_t *tm);           /* false when it was not there */
bool hd_timer_first(hd_txn_t *t, hd_timer_t *ret_tm);
uint64_t hd_timer_behind(hd_txn_t *t, hd_time_t now, uint64_t max); /* how many are due, counted up to max */

/* ---- idempotency keys ---- */

typedef struct {
    hd_time_t time;
    uint8_t   request[16];       /* siphash of method, path and body */
    uint16_t  status;
    uint8_t   type;              /* record the answer showed, 0 = none */
    hd_id_t   id;
} hd_idem_t;

#define HD_IDEM_PIECES 255       /* as type: the answer is kept in pieces, id of them so far */
/* One part of the answer under a key; they go when the key goes. */
#define HD_PIECE_PLAN  UINT32_MAX   /* as number: what the first piece settled for all */
bool hd_piece_get(hd_txn_t *t, const uint8_t key[16], uint32_t n, hd_str_t *ret);
void hd_piece_put(hd_txn_t *t, const uint8_t key[16], uint32_t n, hd_str_t bytes);
bool hd_idem_get(hd_txn_t *t, const uint8_t key[16], hd_idem_t *ret);
void hd_idem_put(hd_txn_t *t, const uint8_t key[16], const hd_idem_t *v);
/* Deletes keys older than `before`, looking at up to max rows after *cursor; true when the end was reached. */
bool hd_idem_purge(hd_txn_t *t, hd_time_t before, uint32_t max, uint8_t cursor[16]);

/* ---- files (store_blob.c): content beside the engine, <store>/files/ab/cd/<SHA-256 in hex>, never changed ---- */

typedef struct {
    uint8_t  hash[HD_HASH_LEN];
    uint64_t size;
} hd_blob_t;

/*
 * Hashes bytes and puts them in their place; on HD_OK they are synced, and so are the directories above them, so that a
 * row committed afterwards never names content that is not there.  What is there already is only marked as wanted at
 * `now`.  HD_E_FULL, HD_E_STORE.  No transaction is needed, and none should be open: this waits for the disk.
 */
hd_code_t hd_blob_put(hd_store_t *s, hd_str_t bytes, hd_time_t now, hd_blob_t *ret);
hd_str_t hd_blob_path(hd_store_t *s, hd_arena_t *a, const uint8_t hash[HD_HASH_LEN]);
/* Reads all of it: HD_E_NOT_FOUND, or HD_E_DATA when size or hash differ. */
hd_code_t hd_blob_check(hd_store_t *s, const hd_blob_t *b);

/* The bytes, in memory of a.  HD_E_NOT_FOUND, or HD_E_DATA when there are not as many. */
hd_code_t hd_blob_read(hd_store_t *s, hd_arena_t *a, const hd_blob_t *b, hd_str_t *ret);

#define HD_BLOB_PARTS 256
typedef struct {
    uint64_t seen, removed, bytes;       /* files; of the removed ones: how many, and their size */
} hd_blob_swept_t;
/*
 * Removes from one part (first byte of the hash) what no row names and nobody put since `before`, and what dead writers
 * left.  Safe beside hd_blob_put of the same content: a put marks the file under a lock, and under that lock alone a file
 * goes.  dry: only counts.  Skips while a backup holds the files.
 */
hd_code_t hd_blob_sweep(hd_store_t *s, unsigned part, hd_time_t before, bool dry, hd_blob_swept_t *ret);
/* Until the descriptor is closed no file is removed; -1: that cannot be had.  For copies that take their time. */
int hd_blob_hold(hd_store_t *s);
/* The same of a directory that belongs to no open store; one that is not there has none. */
bool hd_blob_each_in(const char *dir, bool (*fn)(void *arg, const char *path, const char *hex), void *arg);
/* All files, in order of their names; fn answers false to stop.  False: stopped, or failed. */
bool hd_blob_each(hd_store_t *s, bool (*fn)(void *arg, const char *path, const char *hex), void *arg);

/* ---- fsck (store_fsck.c) ---- */

typedef struct {
    uint64_t rows, index_keys, counters, events, files, orphans, problems;
    uint8_t  head[HD_HASH_LEN];  /* of the log's chain (store_chain.c); zeros: no events */
    void   (*say)(void *arg, const char *line);      /* one line a problem */
    void    *arg;
} hd_fsck_t;

/* CRCs, decode, index keys == records both ways, counters == recounts, references, sequences, event order. */
hd_code_t hd_store_fsck(hd_store_t *s, hd_fsck_t *f);

#endif
