/*
 * The set of pending keys: a skip list in blocks of its own, and the journal's record format.
 */
#include "store_pending.h"

#include <stdlib.h>

#define BLOCK       (64 * 1024)
#define RECORD_MAX  (16 * 1024)
#define HEAD_LEN    3            /* key length, value length */
#define CRC_LEN     4
#define GONE        0xffff

typedef struct block_s {
    struct block_s *next;
    char            data[];
} block_t;

void hd_pending_clear(hd_pending_t *p)
{
    for (block_t *b = p->blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    *p = (hd_pending_t){ .random = p->random };
}

static void *take(hd_pending_t *p, size_t size)
{
    size = (size + 7) & ~(size_t) 7;
    if ((size_t) (p->end - p->free) < size) {
        size_t room = size > BLOCK / 4 ? size : BLOCK;
        block_t *b = malloc(sizeof(*b) + room);
        if (b == NULL) {
            return NULL;
        }
        b->next = p->blocks;
        p->blocks = b;
        p->free = b->data;
        p->end = b->data + room;
    }
    char *at = p->free;
    p->free += size;
    return at;
}

hd_str_t hd_pnode_key(const hd_pnode_t *n)
{
    return (hd_str_t){ n->key_len, (const char *) (n->next + n->levels) };
}

hd_str_t hd_pnode_value(const hd_pnode_t *n)
{
    return (hd_str_t){ n->value_len, n->value };
}

static uint64_t head_of(hd_str_t key)
{
    uint8_t b[8] = { 0 };
    memcpy(b, key.data, key.len < 8 ? key.len : 8);
    return hd_get_be64(b);
}

static int compare(const hd_plink_t *to, uint64_t head, hd_str_t key)
{
    if (to->head != head) {
        return to->head < head ? -1 : 1;
    }
    hd_str_t k = hd_pnode_key(to->node);
    size_t common = k.len < key.len ? k.len : key.len;
    int c = memcmp(k.data, key.data, common);
    return c != 0 ? c : (k.len > key.len) - (k.len < key.len);
}

/* The first node >= key; before[] gets the links that lead to it on each level. */
static hd_pnode_t *find(const hd_pending_t *p, hd_str_t key, hd_plink_t *before[HD_PENDING_LEVELS])
{
    uint64_t head = head_of(key);
    const hd_plink_t *row = p->first, *link = row;
    for (int level = HD_PENDING_LEVELS - 1; level >= 0; level--) {
        link = &row[level];
        while (link->node != NULL && compare(link, head, key) < 0) {
            row = link->node->next;
            link = &row[level];
        }
        if (before != NULL) {
            before[level] = (hd_plink_t *) (uintptr_t) link;
        }
    }
    return link->node;
}

hd_pnode_t *hd_pending_seek(const hd_pending_t *p, hd_str_t key)
{
    return find(p, key, NULL);
}

static uint8_t draw_levels(hd_pending_t *p)
{
    uint8_t levels = 1;
    p->random = p->random * 1664525 + 1013904223;
    for (uint32_t r = p->random >> 8; (r & 3) == 0 && levels < HD_PENDING_LEVELS; r >>= 2) {
        levels++;
    }
    return levels;
}

bool hd_pending_set(hd_pending_t *p, hd_str_t key, hd_str_t value, bool gone)
{
    hd_plink_t *before[HD_PENDING_LEVELS];
    hd_pnode_t *n = find(p, key, before);
    char *copy = value.len != 0 ? take(p, value.len) : NULL;
    if (value.len != 0 && copy == NULL) {
        return false;
    }
    if (n == NULL || !hd_str_eq(hd_pnode_key(n), key)) {
        uint8_t levels = draw_levels(p);
        n = take(p, sizeof(*n) + levels * sizeof(n->next[0]) + key.len);
        if (n == NULL) {
            return false;
        }
        n->key_len = (uint16_t) key.len;
        n->levels = levels;
        memcpy(n->next + levels, key.data, key.len);
        for (uint8_t i = 0; i < levels; i++) {
            n->next[i] = *before[i];
            *before[i] = (hd_plink_t){ head_of(key), n };
        }
        p->n++;
    }
    if (value.len != 0) {
        memcpy(copy, value.data, value.len);
    }
    n->value = copy;
    n->value_len = (uint32_t) value.len;
    n->gone = gone;
    return true;
}

/* ---- journal records ---- */

hd_code_t hd_pending_apply(hd_pending_t *p, hd_str_t record)
{
    if (record.len < CRC_LEN
        || hd_get_be32((const uint8_t *) record.data) != hd_crc32c(0, record.data + CRC_LEN, record.len - CRC_LEN)) {
        return HD_E_DATA;
    }
    hd_wire_t w = hd_wire(record.data + CRC_LEN, record.len - CRC_LEN);
    while (w.p < w.end) {
        hd_str_t head = hd_wire_bytes(&w, HEAD_LEN);
        if (w.failed) {
            return HD_E_DATA;
        }
        size_t value_len = (size_t) (uint8_t) head.data[1] << 8 | (uint8_t) head.data[2];
        hd_str_t key = hd_wire_bytes(&w, (uint8_t) head.data[0]);
        hd_str_t value = hd_wire_bytes(&w, value_len == GONE ? 0 : value_len);
        if (w.failed || key.len == 0) {
            return HD_E_DATA;
        }
        if (!hd_pending_set(p, key, value, value_len == GONE)) {
            return HD_E_STORE;
        }
    }
    return HD_OK;
}

bool hd_journal_add(hd_journal_t *j, hd_str_t key, hd_str_t value, bool gone)
{
    size_t need = HEAD_LEN + key.len + value.len;
    if (key.len > UINT8_MAX || value.len >= GONE) {
        return false;
    }
    if (j->cap - j->len < need) {
        size_t cap = (j->cap + need) * 2 + 1024;
        char *data = realloc(j->data, cap);
        if (data == NULL) {
            return false;
        }
        j->data = data;
        j->cap = cap;
    }
    size_t value_len = gone ? GONE : value.len;
    char *at = j->data + j->len;
    at[0] = (char) key.len;
    at[1] = (char) (value_len >> 8);
    at[2] = (char) value_len;
    memcpy(at + HEAD_LEN, key.data, key.len);
    if (!gone && value.len != 0) {
        memcpy(at + HEAD_LEN + key.len, value.data, value.len);
    }
    j->len += HEAD_LEN + key.len + (gone ? 0 : value.len);
    return true;
}

/* Length of the entry at p. */
static size_t entry_len(const char *p)
{
    size_t value_len = (size_t) (uint8_t) p[1] << 8 | (uint8_t) p[2];
    return HEAD_LEN + (uint8_t) p[0] + (value_len == GONE ? 0 : value_len);
}

hd_str_t hd_journal_cut(hd_journal_t *j, size_t *at, char **ret_scratch)
{
    size_t end = *at;
    while (end < j->len) {
        size_t n = entry_len(j->data + end);
        if (end != *at && end + n - *at > RECORD_MAX) {
            break;
        }
        end += n;
    }
    size_t len = end - *at;
    char *record = len == 0 ? NULL : realloc(*ret_scratch, len + CRC_LEN);
    if (record == NULL) {
        return (hd_str_t){ 0, "" };
    }
    *ret_scratch = record;
    memcpy(record + CRC_LEN, j->data + *at, len);
    hd_put_be32((uint8_t *) record, hd_crc32c(0, record + CRC_LEN, len));
    *at = end;
    return (hd_str_t){ len + CRC_LEN, record };
}
