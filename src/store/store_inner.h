/*
 * What the files of the store share: the transaction, key building, spaces.
 */
#ifndef HD_STORE_INNER_H
#define HD_STORE_INNER_H

#include "store.h"

enum {
    HD_SP_ROW = 0x10, HD_SP_INDEX = 0x30, HD_SP_IDEM = 0x38, HD_SP_TRAIL = 0x39, HD_SP_TIMER = 0x3a, HD_SP_PIECE = 0x3b,
    HD_SP_GROW = 0x40, HD_SP_BIG = 0x48, HD_SP_FACTS = 0x4e, HD_SP_COUNTER = 0x50, HD_SP_META = 0x51, HD_SP_LOG = 0x58
};

enum {                       /* counters of the store itself, beside those of the model */
    HD_CN_GENERATION = 201,  /* moves with every write to configuration */
    HD_CN_SEQUENCE = 202     /* type: last id given */
};

#define HD_ROW_FORMAT 1
#define HD_ROW_HEAD   5      /* format, crc */

struct hd_store_s {
    hd_engine_t *engine;
    char        *files;          /* directory of the files */
    bool         sync;           /* files too are synced */
};

typedef struct {
    uint8_t kind;                /* 0: free */
    bool    dirty;
    hd_id_t a, b;
    int64_t value;
} hd_count_t;

struct hd_txn_s {
    hd_store_t *store;
    hd_etxn_t  *e;
    hd_arena_t *arena;
    hd_cache_t *cache;
    hd_code_t   err;
    uint64_t    writes, log_end;
    hd_count_t *counts;          /* a write transaction reads each counter once and writes it once, at its end */
    size_t      n_counts, cap_counts;
    struct hd_fact_change_s *facts;      /* changed facts, written at the end too (store_facts.c) */
    size_t      n_facts, cap_facts;
    uint32_t    facts_sealed;    /* chunks below are stored */
    uint8_t     chain[HD_HASH_LEN];      /* hash of the newest event (store_chain.c) */
    bool        chain_known, write, timed, config_changed, log_known, cache_ok, facts_known;
};

typedef struct {
    uint8_t b[HD_KEY_MAX + 1];
    uint8_t len;
} hd_skey_t;                 /* a key with its space */

static inline hd_str_t hd_skey_view(const hd_skey_t *k) { return (hd_str_t){ k->len, (const char *) k->b }; }

hd_skey_t hd_skey_row(hd_type_t type, hd_id_t id);
hd_skey_t hd_skey_counter(uint8_t kind, hd_id_t a, hd_id_t b);
hd_skey_t hd_skey_index(hd_str_t key);
hd_skey_t hd_skey_log(uint64_t seq);
uint64_t hd_log_seq(hd_str_t key);   /* of a log key; 0 when it is none */
uint8_t hd_space_of(hd_type_t type);

/* The trail (store_trail.c): events of things people do not keep as records have no place in it. */
#define HD_TRAIL_LEN 14          /* space(1) type(1) id(4) ~sequence(8) */
static inline bool hd_trail_has(const hd_event_t *ev) { return ev->type != 0 && ev->id != 0 && ev->id <= HD_ID_MAX; }
void hd_trail_put(hd_txn_t *t, const hd_event_t *ev);
bool hd_trail_check(hd_txn_t *t, const hd_event_t *ev);      /* is it where it belongs? */
uint64_t hd_trail_total(hd_txn_t *t);                        /* keys stored, for fsck */

/* The chain of the log (store_chain.c). */
#define HD_CHAINED 0x80          /* in an event's kind: it holds the hash of the one before */
/* before: that hash as it is stored; empty when there is none. */
hd_code_t hd_log_decode(hd_str_t key, hd_str_t value, hd_event_t *ret_ev, hd_str_t *ret_before);
const uint8_t *hd_chain_end(hd_txn_t *t);
void hd_chain_set(hd_txn_t *t, hd_str_t key, hd_str_t value);
typedef struct {
    uint8_t head[HD_HASH_LEN], want[HD_HASH_LEN];
    bool    begun, expects, unchained;
} hd_chain_t;
/* For fsck, which reads the newest event first: what is wrong with this one, or NULL. */
const char *hd_chain_check(hd_chain_t *c, hd_str_t key, hd_str_t value, hd_str_t before);
bool hd_chain_is_whole(const hd_chain_t *c);     /* after the oldest: none is missing before it */

bool hd_txn_get(hd_txn_t *t, hd_str_t key, hd_str_t *ret_value);
void hd_txn_put(hd_txn_t *t, hd_str_t key, hd_str_t value);
bool hd_txn_del(hd_txn_t *t, hd_str_t key);
hd_code_t hd_txn_fail(hd_txn_t *t, hd_code_t code);

/* Checks format and CRC of a stored row or event; on HD_OK ret_fields is what follows. */
hd_code_t hd_row_open(hd_str_t key, hd_str_t value, hd_str_t *ret_fields);
/* Frames fields that were written after HD_ROW_HEAD bytes of room. */
void hd_row_seal(hd_str_t key, hd_buf_t *b);
/* key: the row's, with its space. */
hd_code_t hd_row_decode(hd_arena_t *a, hd_type_t type, hd_str_t key, hd_str_t value, void *ret_rec);

/* Facts of a record that was written; old or rec is NULL when it was made or deleted.  Nothing for types that have none. */
void hd_facts_change(hd_txn_t *t, hd_type_t type, const void *old, const void *rec);
void hd_facts_flush(hd_txn_t *t);
bool hd_facts_ready(hd_txn_t *t);        /* the store has facts of the present form */
/* Gives it some of them, from the rows, in a transaction of its own each time, until it is ready. */
hd_code_t hd_facts_prepare(hd_txn_t *t);
#define HD_FACT_WINDOWS 15       /* chunks of a block */
#define HD_FACT_BLOCK   (HD_FACT_WINDOWS * HD_FACT_SLOTS)
struct hd_block_s {
    uint64_t present[HD_FACT_WINDOWS];
    uint8_t  bytes[HD_FACT_BLOCK];
    uint32_t words[HD_FACTS][HD_FACT_BLOCK];     /* [0] is not used */
};
void hd_block_set(hd_block_t *b, hd_id_t id, bool present, const uint32_t value[HD_FACTS]);
hd_skey_t hd_fact_key(unsigned column, uint32_t block);
/* What a stored column holds; NULL when its length or a CRC is wrong. */
const char *hd_fact_open(unsigned column, uint32_t block, hd_str_t value);
/* Into a block of zeros, from its rows, but for those known (a bit each; may be NULL).  A damaged row has none; fsck names it. */
void hd_facts_from_rows(hd_txn_t *t, uint32_t block, const uint8_t *known, hd_block_t *b);
/* The sums behind a stored column (a multiple of 24 bytes); their length. */
#define HD_FACT_SUM 12
void hd_fact_sum(const hd_skey_t *key, const char *bytes, size_t len, uint8_t ret[HD_FACT_SUM]);
/*
 * Texts (store_texts.c): what is stored of a chunk stands while one of its tickets does.  write: those of the windows of a
 * block whose bit is set, from the rows.  check, for fsck: what is stored is what the rows say.
 */
#define HD_FACT_TEXT0 24         /* column of text 0 in keys */
void hd_texts_write(hd_txn_t *t, uint32_t block, uint32_t windows);
void hd_texts_drop(hd_txn_t *t, uint32_t chunk);
bool hd_texts_check(hd_txn_t *t, hd_arena_t *a, uint32_t chunk, uint64_t present);
bool hd_texts_differ(const void *old, const void *rec);
/* Blocks below this one are stored. */
static inline uint32_t hd_facts_full(int64_t last_id) { return (uint32_t) (last_id / HD_FACT_BLOCK); }
/* The stored facts of a block, zeros for columns that are missing or damaged; false: it is filling, or behind that one. */
bool hd_facts_of_block(hd_txn_t *t, uint32_t block, hd_block_t *ret, bool *ret_sound);
/*
 * Rows that are read again and again, decoded (store_hot.c).  A hit is proved by the stored row's length and first bytes,
 * which hold its CRC and its version; a row is kept from its second reading on.
 */
typedef struct hd_hot_s hd_hot_t;
bool hd_hot_may(hd_type_t type);
/* Only for read transactions: a snapshot is the state of the whole store. */
bool hd_hot_get(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, void *ret_rec);
/* The kept row if it is what is stored: then it counts for this snapshot too. */
bool hd_hot_renew(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, hd_str_t stored, void *ret_rec);
void hd_hot_keep(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, hd_str_t stored, const void *rec);
hd_hot_t *hd_hot_create(void);
void hd_hot_destroy(hd_hot_t *h);
void hd_hot_end(hd_hot_t *h);        /* the transaction is over: what was replaced can go */
hd_hot_t *hd_cache_hot(hd_cache_t *c);

void hd_cache_end(hd_cache_t *c, bool undo);
void hd_cache_touch(hd_txn_t *t);

#endif
