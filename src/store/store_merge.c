/*
 * Tree and pending keys read as one; see store_pending.h.  In a write transaction the set belongs to the engine and is
 * guarded by LMDB's write lock; what an aborted transaction left in it makes it stale, and it is read again.
 */
#include "store_lmdb.h"

#include <stdlib.h>

#define JOURNAL 0x4c

static hd_str_t record_key(uint64_t seq, uint8_t key[9])
{
    key[0] = JOURNAL;
    hd_put_be64(key + 1, seq);
    return (hd_str_t){ 9, (const char *) key };
}

static hd_str_t state_key(void)
{
    static const char key[1] = { HD_SPACE_STATE };
    return (hd_str_t){ 1, key };
}

static void read_state(hd_etxn_t *t, uint64_t *ret_moved, uint64_t *ret_newest)
{
    hd_str_t v;
    *ret_moved = *ret_newest = 0;
    if (hd_lmdb_get(t, state_key(), &v) && v.len == 16) {
        *ret_moved = hd_get_be64((const uint8_t *) v.data);
        *ret_newest = hd_get_be64((const uint8_t *) v.data + 8);
    }
}

static void write_state(hd_etxn_t *t, uint64_t moved, uint64_t newest)
{
    uint8_t v[16];
    hd_put_be64(v, moved);
    hd_put_be64(v + 8, newest);
    hd_lmdb_put(t, state_key(), (hd_str_t){ 16, (const char *) v });
}

/* Brings the set up to the transaction's snapshot. */
static bool view(hd_etxn_t *t)
{
    hd_pending_t *p = t->pending;
    uint64_t moved, newest;
    uint8_t key[9];
    hd_str_t record;
    if (t->viewed || t->err != HD_OK) {
        return t->err == HD_OK;
    }
    read_state(t, &moved, &newest);
    if (p->stale || p->moved != moved || p->newest > newest) {
        hd_pending_clear(p);
        p->moved = p->newest = moved;
    }
    while (t->err == HD_OK && p->newest < newest) {
        hd_code_t code = hd_lmdb_get(t, record_key(p->newest + 1, key), &record) ? hd_pending_apply(p, record)
                                                                                 : HD_E_DATA;
        if (code != HD_OK) {
            p->stale = true;
            hd_lmdb_fail(t, code);
        }
        p->newest++;
    }
    t->viewed = true;
    return t->err == HD_OK;
}

static hd_pnode_t *find(hd_etxn_t *t, hd_str_t key)
{
    hd_pnode_t *n = hd_pending_seek(t->pending, key);
    return n != NULL && hd_str_eq(hd_pnode_key(n), key) ? n : NULL;
}

bool hd_merged_get(hd_etxn_t *t, hd_str_t key, hd_str_t *ret_value)
{
    if (!view(t)) {
        return false;
    }
    hd_pnode_t *n = find(t, key);
    if (n == NULL) {
        return hd_lmdb_get(t, key, ret_value);
    }
    *ret_value = hd_pnode_value(n);
    return !n->gone;
}

static void change(hd_etxn_t *t, hd_str_t key, hd_str_t value, bool gone)
{
    if (!hd_pending_set(t->pending, key, value, gone) || !hd_journal_add(&t->journal, key, value, gone)) {
        t->pending->stale = true;
        hd_lmdb_fail(t, HD_E_MEMORY);
    }
}

void hd_merged_put(hd_etxn_t *t, hd_str_t key, hd_str_t value)
{
    if (view(t)) {
        change(t, key, value, false);
    }
}

bool hd_merged_del(hd_etxn_t *t, hd_str_t key)
{
    hd_str_t v;
    if (!hd_merged_get(t, key, &v)) {
        return false;
    }
    change(t, key, (hd_str_t){ 0, "" }, true);
    return t->err == HD_OK;
}

/* ---- cursors ---- */

static void step_tree(hd_ecur_t *c, MDB_cursor_op op, hd_str_t key)
{
    c->in_tree = hd_lmdb_move(c, op, key, &c->key, &c->value);
    if (!c->in_tree || !c->txn->write || c->key.len > 512 || c->value.len > 64) {
        return;
    }
    memcpy(c->copy, c->key.data, c->key.len);
    if (c->value.len != 0) {
        memcpy(c->copy + 512, c->value.data, c->value.len);
    }
    c->key.data = c->copy;
    c->value.data = c->copy + 512;
}

static int compare(hd_str_t a, hd_str_t b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int r = memcmp(a.data, b.data, n);
    return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

static void step(hd_ecur_t *c)
{
    if (c->from_set) {
        c->node = c->node->next[0].node;
    }
    if (c->from_tree) {
        step_tree(c, MDB_NEXT, (hd_str_t){ 0, NULL });
    }
}

/* The smaller of both; an equal key is the set's, and a deleted one nobody's. */
static bool settle(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value)
{
    for (;;) {
        if (c->txn->err != HD_OK || (c->node == NULL && !c->in_tree)) {
            return false;
        }
        int r = c->node == NULL ? 1 : !c->in_tree ? -1 : compare(hd_pnode_key(c->node), c->key);
        c->from_set = r <= 0;
        c->from_tree = r >= 0;
        if (!c->from_set || !c->node->gone) {
            break;
        }
        step(c);
    }
    *ret_key = c->from_set ? hd_pnode_key(c->node) : c->key;
    if (ret_value != NULL) {
        *ret_value = c->from_set ? hd_pnode_value(c->node) : c->value;
    }
    return true;
}

bool hd_merged_seek(hd_ecur_t *c, hd_str_t key, hd_str_t *ret_key, hd_str_t *ret_value)
{
    if (!view(c->txn)) {
        return false;
    }
    c->node = hd_pending_seek(c->txn->pending, key);
    step_tree(c, MDB_SET_RANGE, key);
    return settle(c, ret_key, ret_value);
}

bool hd_merged_next(hd_ecur_t *c, hd_str_t *ret_key, hd_str_t *ret_value)
{
    step(c);
    return settle(c, ret_key, ret_value);
}

/* ---- commit ---- */

static void append(hd_etxn_t *t)
{
    hd_pending_t *p = t->pending;
    char *scratch = NULL;
    size_t at = 0;
    uint8_t key[9];
    while (t->err == HD_OK && at < t->journal.len) {
        hd_str_t record = hd_journal_cut(&t->journal, &at, &scratch);
        if (record.len == 0) {
            hd_lmdb_fail(t, HD_E_MEMORY);
            break;
        }
        hd_lmdb_put(t, record_key(++p->newest, key), record);
    }
    free(scratch);
    write_state(t, p->moved, p->newest);
}

/* In key order, so that keys that belong to one page meet there. */
static void move_all(hd_etxn_t *t)
{
    hd_pending_t *p = t->pending;
    uint8_t key[9];
    for (const hd_pnode_t *n = p->first[0].node; n != NULL && t->err == HD_OK; n = n->next[0].node) {
        if (n->gone) {
            (void) hd_lmdb_del(t, hd_pnode_key(n));
        } else {
            hd_lmdb_put(t, hd_pnode_key(n), hd_pnode_value(n));
        }
    }
    for (uint64_t seq = p->moved + 1; seq <= p->newest && t->err == HD_OK; seq++) {
        (void) hd_lmdb_del(t, record_key(seq, key));
    }
    write_state(t, p->newest, p->newest);
}

/*
 * A move may copy a page for each key, so no more gather than there is room for: in a full store each transaction moves
 * its own.
 */
static bool has_room(const hd_etxn_t *t)
{
    return t->pending->n < HD_PENDING_MOVE && t->pending->n < hd_lmdb_room(t);
}

void hd_merged_flush(hd_etxn_t *t)
{
    if (t->journal.len == 0) {
        return;
    }
    if (has_room(t)) {
        append(t);
        return;
    }
    move_all(t);
    uint64_t newest = t->pending->newest;
    hd_pending_clear(t->pending);
    t->pending->moved = t->pending->newest = newest;
}

void hd_merged_end(hd_etxn_t *t, bool saved)
{
    if (t->journal.len != 0 && !saved) {
        t->pending->stale = true;
    }
    t->journal.len = 0;
}
