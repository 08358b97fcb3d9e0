/*
 * A desk in a temporary directory, for tests of what reads and writes one.  A test's own struct begins with UNIT_DESK.
 */
#ifndef HD_UNIT_DESK_H
#define HD_UNIT_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk/desk.h"

#define T0 ((hd_time_t) 1795000000000)

#define UNIT_DESK               \
    char         dir[64];       \
    hd_store_t  *store;         \
    hd_cache_t  *cache;         \
    hd_arena_t  *arena;         \
    hd_problem_t problem;       \
    hd_cx_t      cx

typedef struct {
    UNIT_DESK;
} unit_desk_t;

/* The desk itself acts, at T0. */
static inline void unit_open(void *desk)
{
    char err[256] = "";
    unit_desk_t *d = desk;
    snprintf(d->dir, sizeof(d->dir), "build/unit-desk-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    hd_engine_conf_t conf = { .path = d->dir, .size = 256u << 20, .readers = 16, .sync = HD_SYNC_OFF, .create = true };
    if (hd_store_open(&conf, &d->store, err) != HD_OK) {
        fail_msg("%s", err);
    }
    d->cache = hd_cache_create();
    d->arena = hd_arena_create((size_t) 1 << 30);
    hd_problem_init(&d->problem);
    d->cx = (hd_cx_t){ .arena = d->arena, .actor = &hd_actor_desk, .now = T0, .problem = &d->problem };
}

static inline void unit_begin(void *desk, bool write)
{
    unit_desk_t *d = desk;
    hd_arena_reset(d->arena);
    assert_int_equal(hd_txn_begin(d->store, write, d->arena, d->cache, &d->cx.txn), HD_OK);
}

static inline void unit_commit(void *desk)
{
    unit_desk_t *d = desk;
    assert_int_equal(hd_txn_error(d->cx.txn), HD_OK);
    assert_int_equal(hd_txn_commit(d->cx.txn), HD_OK);
    d->cx.txn = NULL;
}

static inline void unit_close(void *desk)
{
    char cmd[128];
    unit_desk_t *d = desk;
    hd_arena_destroy(d->arena);
    hd_cache_destroy(d->cache);
    hd_store_close(d->store);
    snprintf(cmd, sizeof(cmd), "rm -rf %s", d->dir);
    assert_int_equal(system(cmd), 0);
}

static inline hd_id_t unit_put(void *desk, hd_type_t type, void *rec)
{
    unit_desk_t *d = desk;
    assert_int_equal(hd_row_insert(d->cx.txn, d->arena, type, rec, T0, 0), HD_OK);
    return ((hd_rec_t *) rec)->id;
}

static inline void unit_print(void *arg, const char *line)
{
    (void) arg;
    print_message("fsck: %s\n", line);
}

/* What fsck finds wrong; aloud: it is told. */
static inline uint64_t unit_problems(hd_store_t *store, bool aloud)
{
    hd_fsck_t f = { .say = aloud ? unit_print : NULL };
    hd_code_t code = hd_store_fsck(store, &f);
    return f.problems != 0 ? f.problems : code != HD_OK;
}

#endif
