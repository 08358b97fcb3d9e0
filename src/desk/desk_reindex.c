/*
 * Indexes younger than the store: rows that were written before have no keys in them.  These are made in pieces, by a
 * timer; until the last of them is there no list goes by such an index.  A version that does not keep them all is refused the
 * store from the first start of this one on: it would leave rows without keys that nothing looks for any more (F26).
 */
#include "desk_impl.h"

#define SLICE 500
#define AGAIN (HD_SECOND / 20)   /* others write meanwhile */

/* A row's place is the timer's id: rows are added, none is taken away. */
static const struct {
    hd_index_t  index;           /* not a unique one */
    hd_type_t   type;
    const char *mark;            /* in the store: "1", all is there; "@7": the walk has come to record 7 */
} young[] = {
    { HD_IX_CONTACT_PARENT, HD_CONTACT, "index_contact_parent" },
};
#define YOUNG (sizeof(young) / sizeof(young[0]))

static void go_on(hd_cx_t *cx, size_t i, hd_id_t after)
{
    hd_timer_t tm = { .due = cx->now + AGAIN, .kind = HD_TM_REINDEX, .id = (hd_id_t) i };
    hd_meta_put(cx->txn, young[i].mark, hd_strf(cx->arena, "@%" PRIu64, after));
    hd_timer_set(cx->txn, &tm);
}

void hd_desk_reindex_resume(hd_cx_t *cx)
{
    hd_str_t mark;
    hd_store_refuse_older(cx->txn);
    for (size_t i = 0; i < YOUNG; i++) {
        if (hd_meta_get(cx->txn, young[i].mark, &mark)) {
            continue;
        }
        if (hd_row_last(cx->txn, young[i].type) == 0) {
            hd_meta_put(cx->txn, young[i].mark, HD_STR("1"));    /* no row is older */
        } else {
            go_on(cx, i, 0);
        }
    }
}

void hd_desk_reindex_fire(hd_cx_t *cx, hd_id_t id)
{
    hd_str_t mark, key, value;
    uint64_t after = 0;
    hd_scan_t sc;
    size_t n = 0;
    if (id >= YOUNG) {
        return;
    }
    if (hd_meta_get(cx->txn, young[id].mark, &mark) && mark.len > 1) {
        (void) hd_str_to_u64((hd_str_t){ mark.len - 1, mark.data + 1 }, &after);
    }
    hd_id_t *ids = hd_alloc_n(cx->arena, SLICE, sizeof(*ids));
    hd_scan_rows(&sc, cx->txn, young[id].type, after);
    while (n < SLICE && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + 1);
    }
    hd_scan_done(&sc);
    void *rec = hd_alloc(cx->arena, hd_entities[young[id].type]->size);
    for (size_t i = 0; i < n; i++) {
        if (hd_row_get(cx->txn, cx->arena, young[id].type, ids[i], rec) == HD_OK) {      /* a damaged one fsck names */
            hd_row_index(cx->txn, cx->arena, young[id].type, rec, young[id].index);
        }
    }
    if (n == SLICE) {
        go_on(cx, id, ids[n - 1]);
    } else {
        hd_meta_put(cx->txn, young[id].mark, HD_STR("1"));
    }
}

bool hd_desk_index_is_whole(hd_cx_t *cx, hd_index_t index)
{
    hd_str_t mark;
    for (size_t i = 0; i < YOUNG; i++) {
        if (young[i].index == index) {
            return hd_meta_get(cx->txn, young[i].mark, &mark) && hd_str_is(mark, "1");
        }
    }
    return true;
}
