/*
 * Pending keys.  A commit costs what its scattered pages cost, and a ticket's index and idempotency keys belong to ten
 * places all over the tree.  So a write appends them as one record to a journal beside the newest tickets, and every
 * reader merges the journal with the tree; when enough have gathered, one transaction moves them all, in key order, to
 * their places.  Journal and move are ordinary rows of the same transactions: nothing is less durable or less exact.
 *
 *   0x4c journal   sequence(8)  -> crc32c(4), then per key: length(1) value length(2, 0xffff = deleted) key value
 *   0x4d state                  -> sequence moved(8), newest sequence(8)
 *
 * A set of pending keys belongs to one transaction object and is brought up to its snapshot when first needed.
 */
#ifndef HD_STORE_PENDING_H
#define HD_STORE_PENDING_H

#include "engine.h"

#define HD_PENDING_MOVE 24576    /* keys that gather before they are moved; a move holds about 1.6 KB a key in memory */
#define HD_PENDING_LEVELS 12

/* The head stands with the link, so that a node which is passed by need not come into the processor's cache. */
typedef struct {
    uint64_t           head;     /* first 8 bytes of the node's key */
    struct hd_pnode_s *node;     /* NULL at the end */
} hd_plink_t;

typedef struct hd_pnode_s {
    const char        *value;
    uint32_t           value_len;
    uint16_t           key_len;
    uint8_t            levels;
    bool               gone;     /* deleted */
    hd_plink_t         next[];   /* then the key */
} hd_pnode_t;

typedef struct {
    hd_plink_t  first[HD_PENDING_LEVELS];
    void       *blocks;
    char       *free, *end;
    size_t      n;
    uint64_t    moved, newest;   /* the set holds the journal after `moved` up to `newest` */
    uint32_t    random;
    bool        stale;           /* holds what was aborted: start again */
} hd_pending_t;

static inline bool hd_pending_is(hd_str_t key)       /* index, idempotency and trail keys */
{
    return key.len != 0 && (key.data[0] == 0x30 || key.data[0] == 0x38 || key.data[0] == 0x39);
}

void hd_pending_clear(hd_pending_t *p);              /* frees everything; the set can be used again */
/* False when out of memory. */
bool hd_pending_set(hd_pending_t *p, hd_str_t key, hd_str_t value, bool gone);
hd_pnode_t *hd_pending_seek(const hd_pending_t *p, hd_str_t key);    /* first >= key, NULL at the end */
hd_str_t hd_pnode_key(const hd_pnode_t *n);
hd_str_t hd_pnode_value(const hd_pnode_t *n);

/* One journal record: HD_E_DATA when damaged, HD_E_STORE when out of memory. */
hd_code_t hd_pending_apply(hd_pending_t *p, hd_str_t record);

/* The record a write transaction gathers. */
typedef struct {
    char  *data;
    size_t len, cap;
} hd_journal_t;

bool hd_journal_add(hd_journal_t *j, hd_str_t key, hd_str_t value, bool gone);
/* Cuts the next record of at most about 16 KB from *at on and seals it in place; empty at the end. */
hd_str_t hd_journal_cut(hd_journal_t *j, size_t *at, char **ret_scratch);

#endif
