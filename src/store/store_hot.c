/*
 * Hot rows: an agent's list shows the same tickets and customers all day, and the threads of these are read again and again.
 * One table a thread and type, found by id; a kept row is one block with the decoded record, its text and its lists, and the
 * JSON that was written of it (hd_memo_t).  In the snapshot in which it was last compared with the store nothing need be
 * looked up; in a later one it is compared again.  What is replaced stays until the transaction ends, because its strings may
 * have been handed out.
 */
#include "store_inner.h"

#include <stdlib.h>

#define SLOTS 1024
#define HEAD  48                 /* bytes compared: format, CRC, version, dates */
#define LARGEST 8192             /* a longer row is not kept */
#define TABLES 3

typedef struct row_s {
    struct row_s *next;          /* in retired */
    hd_memo_t     memo;
    uint64_t      snapshot;      /* the last in which it was what the store holds */
    hd_id_t       id;
    size_t        len;
    uint8_t       head[HEAD];
    _Alignas(16) char data[];    /* record, text, lists */
} row_t;

struct hd_hot_s {
    row_t  *slot[TABLES][SLOTS];
    hd_id_t seen[TABLES][SLOTS]; /* read once, not kept yet */
    row_t  *retired;
};

bool hd_hot_may(hd_type_t type)
{
    return type == HD_TICKET || type == HD_MESSAGE || type == HD_CONTACT;
}

static unsigned table_of(hd_type_t type)
{
    return type == HD_TICKET ? 0 : type == HD_MESSAGE ? 1 : 2;
}

hd_hot_t *hd_hot_create(void)
{
    return calloc(1, sizeof(hd_hot_t));
}

static void free_row(row_t *r)
{
    for (unsigned i = 0; r != NULL && i < HD_MEMOS; i++) {
        free(r->memo.text[i].data);
    }
    free(r);
}

void hd_hot_end(hd_hot_t *h)
{
    while (h != NULL && h->retired != NULL) {
        row_t *r = h->retired;
        h->retired = r->next;
        free_row(r);
    }
}

void hd_hot_destroy(hd_hot_t *h)
{
    if (h != NULL) {
        hd_hot_end(h);
        for (unsigned i = 0; i < TABLES * SLOTS; i++) {
            free_row(h->slot[i / SLOTS][i % SLOTS]);
        }
        free(h);
    }
}

static row_t *find(hd_cache_t *c, hd_type_t type, hd_id_t id)
{
    hd_hot_t *h = hd_cache_hot(c);
    row_t *r = h == NULL ? NULL : h->slot[table_of(type)][id % SLOTS];
    return r != NULL && r->id == id ? r : NULL;
}

bool hd_hot_get(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, void *ret_rec)
{
    const row_t *r = find(c, type, id);
    if (r == NULL || r->snapshot != snapshot) {
        return false;
    }
    memcpy(ret_rec, r->data, hd_entities[type]->size);
    return true;
}

bool hd_hot_renew(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, hd_str_t stored, void *ret_rec)
{
    row_t *r = find(c, type, id);
    if (r == NULL || r->len != stored.len || memcmp(r->head, stored.data, HEAD) != 0) {
        return false;
    }
    r->snapshot = snapshot;
    memcpy(ret_rec, r->data, hd_entities[type]->size);
    return true;
}

static size_t lists_size(const hd_entity_t *e, const void *rec)
{
    size_t n = 0;
    for (uint16_t i = 0; i < e->n_fields; i++) {
        if (e->fields[i].kind == HD_K_REFS) {
            n += ((const hd_ids_t *) hd_field_at(&e->fields[i], rec))->n * sizeof(hd_id_t);
        }
    }
    return n;
}

/* Points the copy's strings into its own text and copies its lists. */
static void move_in(const hd_entity_t *e, void *rec, hd_str_t stored, const char *text, char *lists)
{
    for (uint16_t i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        void *at = hd_field_at(f, rec);
        if (f->kind == HD_K_STR || f->kind == HD_K_TEXT || f->kind == HD_K_JSON || f->kind == HD_K_BYTES) {
            hd_str_t *s = at;
            if (s->len != 0) {
                s->data = text + (s->data - stored.data);
            }
        } else if (f->kind == HD_K_REFS) {
            hd_ids_t *ids = at;
            if (ids->n != 0) {
                memcpy(lists, ids->v, ids->n * sizeof(hd_id_t));
                ids->v = (const hd_id_t *) (const void *) lists;
                lists += ids->n * sizeof(hd_id_t);
            }
        }
    }
}

void hd_hot_keep(hd_cache_t *c, hd_type_t type, hd_id_t id, uint64_t snapshot, hd_str_t stored, const void *rec)
{
    hd_hot_t *h = hd_cache_hot(c);
    const hd_entity_t *e = hd_entities[type];
    if (h == NULL || stored.len < HEAD || stored.len > LARGEST) {
        return;
    }
    hd_id_t *seen = &h->seen[table_of(type)][id % SLOTS];
    if (*seen != id) {
        *seen = id;
        return;
    }
    size_t text = (e->size + 15) & ~(size_t) 15, lists = text + ((stored.len + 15) & ~(size_t) 15);
    row_t *r = malloc(sizeof(*r) + lists + lists_size(e, rec));
    if (r == NULL) {
        return;
    }
    *r = (row_t){ .id = id, .len = stored.len, .snapshot = snapshot };
    memcpy(r->head, stored.data, HEAD);
    memcpy(r->data, rec, e->size);
    memcpy(r->data + text, stored.data, stored.len);
    move_in(e, r->data, stored, r->data + text, r->data + lists);
    if (type != HD_CONTACT) {    /* what is shown of a contact depends on who asks */
        ((hd_rec_t *) (void *) r->data)->memo = &r->memo;
    }
    row_t **slot = &h->slot[table_of(type)][id % SLOTS];
    if (*slot != NULL) {
        (*slot)->next = h->retired;
        h->retired = *slot;
    }
    *slot = r;
}
