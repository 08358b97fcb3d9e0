/*
 * What the disk gives: durable LMDB commits a second, one row each, in an environment of its own.
 *
 *     lmdb_ceiling DIR SECONDS row       one row of a stored ticket's size, appended
 *     lmdb_ceiling DIR SECONDS ticket    all rows of one created ticket, with the sizes the store gives them
 *     lmdb_ceiling DIR SECONDS message   those of one message: its row, its place in the thread, event, trail and key
 *
 * Default flags, so each commit syncs data and meta page.  DIR is made when missing and kept: the next run goes on
 * where this one stopped, so that only the first one pays for a new file.
 */
#include <errno.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ROW_BYTES   1100
#define MAP_BYTES   ((size_t) 8 << 30)
#define WARM_UP     50

static void check(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "lmdb_ceiling: %s: %s\n", what, mdb_strerror(rc));
        exit(1);
    }
}

static double now(void)
{
    struct timespec ts;
    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8) {
        p[i] = (uint8_t) v;
    }
}

static uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static void put(MDB_txn *t, MDB_dbi dbi, const void *key, size_t key_len, const void *value, size_t len,
                unsigned flags)
{
    MDB_val k = { key_len, (void *) (uintptr_t) key }, v = { len, (void *) (uintptr_t) value };
    check(mdb_put(t, dbi, &k, &v, flags), "put");
}

static void put_row(MDB_txn *t, MDB_dbi dbi, uint32_t id, unsigned flags)
{
    uint8_t key[6] = { 0x10, 8 }, value[ROW_BYTES];
    for (size_t i = 0; i < sizeof(value); i++) {
        value[i] = (uint8_t) (id * 31 + i * 7);
    }
    put_be32(key + 2, id);
    put(t, dbi, key, sizeof(key), value, sizeof(value), flags);
}

/* board, assignee, customer, three followers: index, subject, active, team, stage, ~priority, ~id */
static void put_index_keys(MDB_txn *t, MDB_dbi dbi, uint32_t id)
{
    const uint32_t subjects[6] = { 0, 2 + id % 20, 100 + id * 7 % 500, 1, 100 + id * 7 % 500, 30 + id % 20 };
    const uint8_t indexes[6] = { 0x20, 0x21, 0x22, 0x23, 0x23, 0x23 };
    for (size_t i = 0; i < 6; i++) {
        uint8_t key[20] = { 0x30, indexes[i] };
        put_be32(key + 2, subjects[i]);
        key[6] = 1;
        put_be32(key + 7, 1);
        put_be32(key + 11, 1);
        key[15] = (uint8_t) (0xff - id % 4);
        put_be32(key + 16, ~id);
        put(t, dbi, key, sizeof(key), "", 0, 0);
    }
}

static void put_place_in_thread(MDB_txn *t, MDB_dbi dbi, uint32_t id)
{
    uint8_t key[10] = { 0x30, 0x30 };
    put_be32(key + 2, id * 7 % 500);
    put_be32(key + 6, ~id);
    put(t, dbi, key, sizeof(key), "", 0, 0);
}

static void put_counters(MDB_txn *t, MDB_dbi dbi, uint32_t id)
{
    for (uint8_t kind = 1; kind <= 5; kind++) {
        uint8_t key[10] = { 0x50, kind }, value[8] = { 0 };
        put_be32(key + 2, kind == 1 ? 1 : id % 20);
        put_be32(value + 4, id);
        put(t, dbi, key, sizeof(key), value, sizeof(value), 0);
    }
}

/* the event with the hash of the one before, its place in the ticket's trail, and the idempotency key */
static void put_event_and_key(MDB_txn *t, MDB_dbi dbi, uint32_t id)
{
    uint8_t seq[9] = { 0x40 }, event[49] = { 1 }, trail[14] = { 0x39, 8 }, key[17] = { 0x38 }, seen[31] = { 0 };
    uint64_t hash = (id + 1) * UINT64_C(0x9E3779B97F4A7C15);
    put_be32(seq + 5, id);
    put(t, dbi, seq, sizeof(seq), event, sizeof(event), 0);
    put_be32(trail + 2, id);
    put_be32(trail + 10, ~id);
    put(t, dbi, trail, sizeof(trail), "", 0, 0);
    memcpy(key + 1, &hash, sizeof(hash));
    put(t, dbi, key, sizeof(key), seen, sizeof(seen), 0);
}

typedef enum { ROW, TICKET, MESSAGE, KINDS } kind_t;

static void commit_one(MDB_env *env, MDB_dbi dbi, uint32_t id, kind_t kind)
{
    MDB_txn *t;
    check(mdb_txn_begin(env, NULL, 0, &t), "begin");
    put_row(t, dbi, id, kind == ROW ? MDB_APPEND : 0);
    if (kind == TICKET) {
        put_index_keys(t, dbi, id);
        put_counters(t, dbi, id);
    } else if (kind == MESSAGE) {
        put_place_in_thread(t, dbi, id);
    }
    if (kind != ROW) {
        put_event_and_key(t, dbi, id);
    }
    check(mdb_txn_commit(t), "commit");
}

/* The newest row's id, 0 when there is none. */
static uint32_t last_id(MDB_env *env, MDB_dbi *ret_dbi)
{
    MDB_txn *t;
    MDB_cursor *c;
    uint8_t behind = 0x11;
    uint32_t id = 0;
    check(mdb_txn_begin(env, NULL, 0, &t), "begin");
    check(mdb_dbi_open(t, NULL, 0, ret_dbi), "open");
    check(mdb_cursor_open(t, *ret_dbi, &c), "cursor");
    MDB_val k = { 1, &behind }, v;
    int rc = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);
    rc = mdb_cursor_get(c, &k, &v, rc == 0 ? MDB_PREV : MDB_LAST);
    if (rc == 0 && k.mv_size == 6) {
        id = get_be32((const uint8_t *) k.mv_data + 2);
    }
    mdb_cursor_close(c);
    check(mdb_txn_commit(t), "commit");
    return id;
}

int main(int argc, char **argv)
{
    MDB_env *env;
    MDB_dbi dbi;
    static const char *const kinds[KINDS] = { "row", "ticket", "message" };
    kind_t kind = ROW;
    while (argc == 4 && kind < KINDS && strcmp(argv[3], kinds[kind]) != 0) {
        kind++;
    }
    if (argc != 4 || kind == KINDS) {
        fprintf(stderr, "usage: lmdb_ceiling DIR SECONDS row|ticket|message\n");
        return 2;
    }
    check(mkdir(argv[1], 0700) != 0 && errno != EEXIST ? errno : 0, argv[1]);
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_mapsize(env, MAP_BYTES), "size");
    check(mdb_env_open(env, argv[1], 0, 0600), argv[1]);
    uint32_t id = last_id(env, &dbi), n = 0;
    for (int i = 0; i < WARM_UP; i++) {
        commit_one(env, dbi, ++id, kind);
    }
    double start = now(), end = start + atof(argv[2]), at;
    do {
        commit_one(env, dbi, ++id, kind);
        n++;
    } while ((at = now()) < end);
    printf("commits=%u seconds=%.3f rate=%.1f\n", n, at - start, n / (at - start));
    mdb_env_close(env);
    return 0;
}
