/*
 * The event log: the trail of a record against the log read from end to end, over pending keys, moved keys and a
 * reopened store; and the chain, which lets nobody change what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store_inner.h"

#define EVENTS 30000             /* more than HD_PENDING_MOVE: some keys are moved, some wait */
#define IDS    40

static char dir[64];
static hd_store_t *store;
static hd_arena_t *arena;
static uint32_t seed = 7;
static char said[256];

static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void open_store(void)
{
    char err[256] = "";
    hd_engine_conf_t conf = {
        .path = dir, .size = 256u << 20, .readers = 16, .sync = HD_SYNC_OFF, .create = true
    };
    assert_int_equal(hd_store_open(&conf, &store, err), HD_OK);
}

static hd_txn_t *begin(bool write)
{
    hd_txn_t *t;
    hd_arena_reset(arena);
    assert_int_equal(hd_txn_begin(store, write, arena, NULL, &t), HD_OK);
    return t;
}

static void say(void *arg, const char *line)
{
    (void) arg;
    (void) snprintf(said, sizeof(said), "%s", line);
}

static uint64_t problems(void)
{
    hd_fsck_t f = { .say = say };
    (void) hd_store_fsck(store, &f);
    return f.problems;
}

static void append_some(hd_txn_t *t, unsigned n)
{
    static const uint8_t types[] = { HD_TICKET, HD_TEAM, HD_MESSAGE, 0 };
    for (unsigned i = 0; i < n; i++) {
        hd_event_t ev = { .time = 1, .kind = HD_EV_CHANGED, .type = types[rnd(4)], .id = rnd(IDS) };
        (void) hd_log_append(t, &ev);
    }
}

/* Every event of a record is in its trail once, in falling order, and in no other. */
static void check_trails(hd_txn_t *t)
{
    uint64_t end = hd_txn_log_end(t), left = 0, after = 0;
    uint8_t *seen = hd_alloc(arena, end + 1);
    hd_event_t ev;
    for (; hd_log_next(t, after, &ev); after = ev.seq) {
        left += hd_trail_has(&ev);
    }
    for (hd_id_t id = 0; id <= IDS; id++) {
        for (hd_type_t type = HD_COMPANY; type < HD_TYPE_COUNT; type++) {
            uint64_t before = 0, last = UINT64_MAX;
            for (; hd_trail_next(t, type, id, &before, &ev); last = ev.seq, left--) {
                assert_true(ev.type == type && ev.id == id && ev.seq == before && ev.seq < last && !seen[ev.seq]);
                seen[ev.seq] = 1;
            }
        }
    }
    assert_int_equal(left, 0);
}

/* CHT-5: a ticket's history comes from its own events, complete and in order. */
static void test_trail_is_the_log(void **state)
{
    (void) state;
    hd_txn_t *t;
    for (unsigned done = 0; done < EVENTS; done += EVENTS / 10) {
        t = begin(true);
        append_some(t, EVENTS / 10);
        assert_int_equal(hd_txn_commit(t), HD_OK);
    }
    assert_int_equal(problems(), 0);
    hd_store_close(store);
    open_store();
    t = begin(true);
    append_some(t, 100);
    check_trails(t);
    uint64_t before = 0;
    hd_event_t ev, again;
    assert_true(hd_trail_next(t, HD_TICKET, 3, &before, &ev));
    hd_txn_abort(t);
    t = begin(false);
    check_trails(t);
    before = 0;
    assert_true(hd_trail_next(t, HD_TICKET, 3, &before, &again));
    assert_true(again.seq <= ev.seq);
    assert_false(hd_trail_next(t, HD_TICKET, HD_ID_MAX + 1, &before, &ev));
    hd_txn_abort(t);
}

static void test_fsck_sees_what_is_missing(void **state)
{
    (void) state;
    hd_txn_t *t = begin(true);
    uint64_t before = 0;
    hd_event_t ev;
    assert_true(hd_trail_next(t, HD_TICKET, 3, &before, &ev));
    hd_skey_t k = { .len = HD_TRAIL_LEN, .b = { HD_SP_TRAIL, HD_TICKET, 0, 0, 0, 3 } };
    hd_put_be64(k.b + 6, ~ev.seq);
    assert_true(hd_txn_del(t, hd_skey_view(&k)));
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 2);             /* the event's, and the total */
    t = begin(true);
    hd_trail_put(t, &ev);
    k.b[5] = 99;                                 /* one too many */
    hd_txn_put(t, hd_skey_view(&k), (hd_str_t){ 0, "" });
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 1);
    assert_non_null(strstr(said, "trails: "));
    t = begin(true);
    assert_true(hd_txn_del(t, hd_skey_view(&k)));
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 0);
}

/* The event's stored value, changed by fn and sealed again, as somebody with a hex editor and a CRC would. */
static void forge(hd_txn_t *t, uint64_t seq, char from, char to)
{
    hd_skey_t k = hd_skey_log(seq);
    hd_str_t v;
    hd_buf_t b;
    assert_true(hd_txn_get(t, hd_skey_view(&k), &v));
    hd_buf_init(&b, arena, v.len, v.len);
    hd_buf_str(&b, v);
    char *at = memchr(b.data + HD_ROW_HEAD, from, b.len - HD_ROW_HEAD);
    assert_non_null(at);
    *at = to;
    hd_row_seal(hd_skey_view(&k), &b);
    hd_txn_put(t, hd_skey_view(&k), hd_buf_view(&b));
}

static void head_of_log(uint8_t head[HD_HASH_LEN])
{
    hd_fsck_t f = { .say = say };
    (void) hd_store_fsck(store, &f);
    memcpy(head, f.head, HD_HASH_LEN);
}

static void test_nobody_changes_the_log(void **state)
{
    (void) state;
    uint8_t head[HD_HASH_LEN], now[HD_HASH_LEN];
    hd_event_t ev = { .time = 5, .kind = HD_EV_CHANGED, .type = HD_TICKET, .id = 7, .changes = HD_STR("{\"#\":1}") };
    hd_txn_t *t = begin(true);
    uint64_t seq = hd_log_append(t, &ev);
    (void) hd_log_append(t, &ev);
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 0);
    head_of_log(head);

    t = begin(true);
    forge(t, seq, '#', '$');
    assert_int_equal(hd_log_get(t, seq, &ev), HD_OK);        /* it looks like any other */
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 1);
    assert_non_null(strstr(said, "was changed"));
    t = begin(true);
    forge(t, seq, '$', '#');
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 0);

    t = begin(true);                                         /* one is taken out, without a trace in the trail */
    hd_skey_t k = hd_skey_log(seq), trail = { .len = HD_TRAIL_LEN, .b = { HD_SP_TRAIL, HD_TICKET, 0, 0, 0, 7 } };
    hd_put_be64(trail.b + 6, ~seq);
    assert_true(hd_txn_del(t, hd_skey_view(&k)) && hd_txn_del(t, hd_skey_view(&trail)));
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 1);

    t = begin(true);                                         /* the newest are taken out: only the head tells */
    k = hd_skey_log(seq + 1);
    hd_put_be64(trail.b + 6, ~(seq + 1));
    assert_true(hd_txn_del(t, hd_skey_view(&k)) && hd_txn_del(t, hd_skey_view(&trail)));
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 0);
    head_of_log(now);
    assert_memory_not_equal(head, now, HD_HASH_LEN);

    ev.changes = HD_STR("{\"#\":1}");
    for (int i = 0; i < 2; i++) {                            /* the same events again, as load writes them: the same head */
        t = begin(true);
        ev.seq = seq + (uint64_t) i;
        hd_log_restore(t, &ev);
        assert_int_equal(hd_txn_commit(t), HD_OK);
    }
    head_of_log(now);
    assert_memory_equal(head, now, HD_HASH_LEN);

    t = begin(true);                                         /* the oldest */
    k = hd_skey_log(1);
    assert_int_equal(hd_log_get(t, 1, &ev), HD_OK);
    trail = (hd_skey_t){ .len = HD_TRAIL_LEN, .b = { HD_SP_TRAIL, ev.type } };
    hd_put_be32(trail.b + 2, (uint32_t) ev.id);
    hd_put_be64(trail.b + 6, ~UINT64_C(1));
    assert_true(hd_txn_del(t, hd_skey_view(&k)));
    if (hd_trail_has(&ev)) {
        assert_true(hd_txn_del(t, hd_skey_view(&trail)));
    }
    assert_int_equal(hd_txn_commit(t), HD_OK);
    assert_int_equal(problems(), 1);
    assert_string_equal(said, "events: the oldest are missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trail_is_the_log),
        cmocka_unit_test(test_fsck_sees_what_is_missing),
        cmocka_unit_test(test_nobody_changes_the_log),
    };
    (void) snprintf(dir, sizeof(dir), "build/unit-trail-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    arena = hd_arena_create((size_t) 1 << 30);
    open_store();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const files[] = { "data.mdb", "lock.mdb" };
    hd_store_close(store);
    hd_arena_destroy(arena);
    for (int i = 0; i < 2; i++) {
        char name[128];
        (void) snprintf(name, sizeof(name), "%s/%s", dir, files[i]);
        (void) remove(name);
    }
    (void) rmdir(dir);
    return failed;
}
