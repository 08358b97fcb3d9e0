/*
 * What unit tests without a store share: an arena of one test, numbers that come in the same order in each run, texts.
 */
#ifndef HD_UNIT_H
#define HD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"

#define UNIT_SEED UINT64_C(88172645463325252)

static hd_arena_t *arena;
static uint64_t    seed = UNIT_SEED;

static inline uint64_t rnd(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static inline int set_up(void **state)
{
    (void) state;
    seed = UNIT_SEED;
    arena = hd_arena_create((size_t) 256 << 20);
    return arena == NULL;
}

static inline int tear_down(void **state)
{
    (void) state;
    hd_arena_destroy(arena);
    return 0;
}

static inline void assert_str(hd_str_t got, const char *want)
{
    if (!hd_str_is(got, want)) {
        fail_msg("got \"%.*s\", want \"%s\"", HD_STR_ARG(got), want);
    }
}

#endif
