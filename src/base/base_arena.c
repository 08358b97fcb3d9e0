/*
 * The arena: a list of blocks, the newest first.  The first block (8 KB) shares its malloc with the
 * arena itself and survives a reset; later blocks double up to 1 MB.  What would fill more than a
 * quarter of a new block has a block of its own, put behind the current one, so the current one
 * stays in use.  The limit counts the bytes of the blocks, not only what was handed out.
 */
#include "base.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>

#define MAGIC       0x61726e61U
#define ALIGN       ((size_t) 16)
#define FIRST_BLOCK ((size_t) 8 * 1024)
#define LAST_BLOCK  ((size_t) 1024 * 1024)

typedef struct block_s {
    alignas(16) struct block_s *next;
    size_t size;
    char   data[];
} block_t;

typedef struct defer_s {
    struct defer_s *next;
    void          (*fn)(void *);
    void           *arg;
} defer_t;

struct hd_arena_s {
    uint32_t  magic;
    char     *pos, *end;         /* free part of the current block */
    jmp_buf  *border;
    defer_t  *defers;
    block_t  *current, *first;
    size_t    limit, held, used, next_size;
};

static void use_block(hd_arena_t *a, block_t *b)
{
    a->current = b;
    a->pos = b->data;
    a->end = b->data + b->size;
}

hd_arena_t *hd_arena_create(size_t limit)
{
    size_t head = (sizeof(hd_arena_t) + ALIGN - 1) & ~(ALIGN - 1);
    size_t size = (limit < FIRST_BLOCK ? limit : FIRST_BLOCK) & ~(ALIGN - 1);
    char *p = malloc(head + sizeof(block_t) + size);
    if (p == NULL) {
        return NULL;
    }
    hd_arena_t *a = (hd_arena_t *) (void *) p;
    *a = (hd_arena_t){ .magic = MAGIC, .limit = limit, .held = size, .next_size = 2 * FIRST_BLOCK };
    a->first = (block_t *) (void *) (p + head);
    a->first->next = NULL;
    a->first->size = size;
    use_block(a, a->first);
    return a;
}

void hd_arena_reset(hd_arena_t *a)
{
    assert(a->magic == MAGIC);
    while (a->defers != NULL) {
        defer_t *d = a->defers;
        a->defers = d->next;
        d->fn(d->arg);
    }
    for (block_t *b = a->current, *next; b != a->first; b = next) {
        next = b->next;
        free(b);
    }
    use_block(a, a->first);
    a->held = a->first->size;
    a->used = 0;
    a->next_size = 2 * FIRST_BLOCK;
}

void hd_arena_destroy(hd_arena_t *a)
{
    if (a != NULL) {
        hd_arena_reset(a);
        a->magic = 0;
        free(a);
    }
}

size_t hd_arena_used(const hd_arena_t *a)
{
    return a->used;
}

jmp_buf **hd_arena_border(hd_arena_t *a)
{
    return &a->border;
}

void hd_arena_fail(hd_arena_t *a)
{
    if (a->border == NULL) {
        abort();
    }
    longjmp(*a->border, 1);
}

static block_t *take_block(hd_arena_t *a, size_t size, bool zero)
{
    if (size > a->limit - a->held) {
        hd_arena_fail(a);
    }
    block_t *b = zero ? calloc(1, sizeof(block_t) + size) : malloc(sizeof(block_t) + size);
    if (b == NULL) {
        hd_arena_fail(a);
    }
    b->size = size;
    a->held += size;
    return b;
}

/* Allocation goes on where it was; the first block must stay the last one of the list. */
static void *take_own(hd_arena_t *a, size_t size, bool zero)
{
    block_t *b = take_block(a, size, zero);
    if (a->current == a->first) {
        b->next = a->first;
        a->current = b;          /* pos and end still point into the first block */
    } else {
        b->next = a->current->next;
        a->current->next = b;
    }
    a->used += size;
    return b->data;
}

static inline void *take(hd_arena_t *a, size_t size, bool zero)
{
    size_t n = (size + ALIGN - 1) & ~(ALIGN - 1);
    if (n < ALIGN) {
        if (size != 0) {
            hd_arena_fail(a);    /* the rounding wrapped around */
        }
        n = ALIGN;
    }
    if ((size_t) (a->end - a->pos) < n) {
        if (n > a->next_size / 4 || a->next_size > a->limit - a->held) {
            return take_own(a, n, zero);
        }
        block_t *b = take_block(a, a->next_size, false);
        b->next = a->current;
        use_block(a, b);
        a->next_size = a->next_size < LAST_BLOCK ? a->next_size * 2 : LAST_BLOCK;
    }
    void *p = a->pos;
    a->pos += n;
    a->used += n;
    return zero ? memset(p, 0, n) : p;
}

void *hd_alloc(hd_arena_t *a, size_t size)
{
    return take(a, size, true);
}

void *hd_alloc_raw(hd_arena_t *a, size_t size)
{
    return take(a, size, false);
}

void *hd_alloc_n(hd_arena_t *a, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total)) {
        hd_arena_fail(a);
    }
    return take(a, total, true);
}

void hd_arena_defer(hd_arena_t *a, void (*fn)(void *), void *arg)
{
    jmp_buf border, *old = a->border;
    if (setjmp(border) != 0) {   /* no room to remember the call: make it now, so nothing leaks */
        a->border = old;
        fn(arg);
        hd_arena_fail(a);
    }
    a->border = &border;
    defer_t *d = take(a, sizeof(*d), false);
    a->border = old;
    *d = (defer_t){ a->defers, fn, arg };
    a->defers = d;
}
