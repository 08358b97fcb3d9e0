/*
 * Reading facts: chunk after chunk, the columns asked for side by side.
 */
#include "store_inner.h"

#define NO_WINDOW (-1)

void hd_facts_begin(hd_facts_scan_t *s, hd_txn_t *t, bool backward, uint32_t columns)
{
    memset(s, 0, sizeof(*s));
    s->txn = t;
    s->columns = columns | 1;
    s->backward = backward;
    s->window = NO_WINDOW;
    if (t->write) {
        uint64_t writes = t->writes;
        hd_facts_flush(t);
        t->writes = writes;      /* of rows that are counted already: who only looks has put nothing */
    }
    s->full = t->write ? t->facts_sealed : hd_facts_full(hd_counter_get(t, HD_CN_SEQUENCE, HD_TICKET, 0));
    s->next = backward ? s->full : 0;
    for (unsigned c = 0; c < HD_FACTS; c++) {
        if ((s->columns >> c & 1) != 0 && t->err == HD_OK) {
            s->cur[c] = hd_engine_cursor(t->e);
        }
    }
    s->tail_left = true;
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        s->text[n].chunk = UINT32_MAX;
    }
}

static void enter(hd_facts_scan_t *s, uint32_t block)
{
    s->block = block;
    s->window = s->backward ? HD_FACT_WINDOWS - 1 : 0;
}

/* What is not stored, or damaged: other blocks are then still found by theirs. */
static void take_rows(hd_facts_scan_t *s, uint32_t block)
{
    if (s->own == NULL) {
        s->own = hd_alloc(s->txn->arena, sizeof(*s->own));
    }
    memset(s->own, 0, sizeof(*s->own));
    hd_facts_from_rows(s->txn, block, NULL, s->own);
    s->masks = s->own->present;
    s->at.bytes = s->own->bytes;
    for (unsigned c = 1; c < HD_FACTS; c++) {
        s->at.words[c] = s->own->words[c];
    }
    enter(s, block);
}

static bool take_tail(hd_facts_scan_t *s)
{
    if (!s->tail_left) {
        return false;
    }
    s->tail_left = false;
    take_rows(s, s->full);
    return true;
}

/* The next block that has the column. */
static bool step(const hd_facts_scan_t *s, unsigned column, uint32_t *ret_block, hd_str_t *ret_value)
{
    hd_ecur_t *cur = s->cur[column];
    hd_skey_t k = hd_fact_key(column, s->next);
    hd_str_t key;
    bool found;
    if (cur == NULL) {
        return false;
    }
    if (s->in_step) {
        found = s->backward ? hd_engine_back(cur, &key, ret_value) : hd_engine_next(cur, &key, ret_value);
    } else {
        found = s->backward ? hd_engine_prev(cur, hd_skey_view(&k), &key, ret_value)
                            : hd_engine_seek(cur, hd_skey_view(&k), &key, ret_value);
    }
    if (!found || key.len != k.len || memcmp(key.data, k.b, k.len - 4u) != 0) {
        return false;
    }
    *ret_block = hd_get_be32((const uint8_t *) key.data + k.len - 4);
    return true;
}

/* The columns asked for; false when one is missing or damaged. */
static bool open_columns(hd_facts_scan_t *s, uint32_t block, hd_str_t first)
{
    s->masks = hd_fact_open(0, block, first);
    if (s->masks == NULL) {
        return false;
    }
    s->at.bytes = (const uint8_t *) s->masks + HD_FACT_WINDOWS * sizeof(uint64_t);
    for (uint32_t left = s->columns >> 1; left != 0; left &= left - 1) {
        unsigned c = (unsigned) __builtin_ctz(left) + 1;
        uint32_t here;
        hd_str_t value;
        const char *bytes = step(s, c, &here, &value) && here == block ? hd_fact_open(c, block, value) : NULL;
        if (bytes == NULL) {
            return false;
        }
        s->at.words[c] = (const uint32_t *) (const void *) bytes;
    }
    return true;
}

/* A block from `from` on and below `to` that has tickets, the first of them to come; it ought to be stored. */
static bool find_lost(hd_facts_scan_t *s, uint32_t from, uint32_t to, uint32_t *ret_block)
{
    hd_skey_t low = hd_skey_row(HD_TICKET, (hd_id_t) from * HD_FACT_BLOCK);
    hd_skey_t high = hd_skey_row(HD_TICKET, (hd_id_t) to * HD_FACT_BLOCK);
    hd_str_t key, value;
    if (from >= to) {
        return false;
    }
    hd_ecur_t *c = hd_engine_cursor(s->txn->e);
    bool found = c != NULL && (s->backward ? hd_engine_prev(c, hd_skey_view(&high), &key, &value)
                                           : hd_engine_seek(c, hd_skey_view(&low), &key, &value));
    found = found && key.len == low.len && memcmp(key.data, low.b, low.len) >= 0 && memcmp(key.data, high.b, low.len) < 0;
    if (found) {
        *ret_block = hd_get_be32((const uint8_t *) key.data + low.len - 4) / HD_FACT_BLOCK;
    }
    hd_engine_cursor_done(c);
    return found;
}

/* The cursors go in step, since a block has all columns or none; where that is not so they are set anew behind it. */
static bool take_block(hd_facts_scan_t *s)
{
    uint32_t block, lost;
    hd_str_t first;
    bool found = step(s, 0, &block, &first) && block < s->full;
    if (s->backward ? find_lost(s, found ? block + 1 : 0, s->next, &lost) : find_lost(s, s->next, found ? block : s->full, &lost)) {
        s->in_step = false;
        block = lost;
    } else if (!found) {
        s->ended = true;
        return false;
    } else {
        s->in_step = open_columns(s, block, first);
    }
    s->next = s->backward ? block : block + 1;
    if (s->in_step) {
        enter(s, block);
    } else {
        take_rows(s, block);
    }
    return true;
}

bool hd_facts_next(hd_facts_scan_t *s, hd_chunk_t *ret)
{
    for (;;) {
        if (s->window < 0 || s->window >= HD_FACT_WINDOWS) {
            bool more = (s->backward && take_tail(s)) || (!s->ended && take_block(s)) || (!s->backward && take_tail(s));
            if (!more || hd_txn_error(s->txn) != HD_OK) {
                return false;
            }
        }
        unsigned w = (unsigned) s->window;
        s->window += s->backward ? -1 : 1;
        memcpy(&ret->present, (const char *) s->masks + w * sizeof(uint64_t), sizeof(ret->present));
        if (ret->present == 0) {
            continue;
        }
        ret->n = s->block * HD_FACT_WINDOWS + w;
        ret->scan = s;
        ret->bytes = s->at.bytes + w * HD_FACT_SLOTS;
        for (uint32_t left = s->columns >> 1; left != 0; left &= left - 1) {
            unsigned c = (unsigned) __builtin_ctz(left) + 1;
            ret->words[c] = s->at.words[c] + w * HD_FACT_SLOTS;
        }
        return true;
    }
}

void hd_facts_done(hd_facts_scan_t *s)
{
    for (unsigned c = 0; c < HD_FACTS; c++) {
        hd_engine_cursor_done(s->cur[c]);
        s->cur[c] = NULL;
    }
    for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
        hd_engine_cursor_done(s->text[n].cur);
        s->text[n].cur = NULL;
    }
}
