/*
 * A store in a temporary directory that is gone at the end, for fuzzers of what reads and writes a desk.  Included once.
 */
#include <stdio.h>
#include <stdlib.h>

#define LIMIT ((size_t) 256 * 1024 * 1024)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fuzzer's own: one input, in an arena that goes with it. */
static hd_code_t try_one(hd_arena_t *a, hd_str_t data);

static hd_store_t *store;
static hd_cache_t *cache;
static char folder[] = "/tmp/fz_desk-XXXXXX";

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void remove_store(void)
{
    char cmd[64];
    (void) snprintf(cmd, sizeof(cmd), "rm -rf %s", folder);
    must(system(cmd) == 0, "rm");
}

/* Opens the store and commits what fill puts into it. */
static void make_desk(hd_code_t (*fill)(hd_arena_t *a, hd_txn_t *txn))
{
    char err[256];
    hd_txn_t *txn;
    hd_code_t code;
    must(hd_base_init() && mkdtemp(folder) != NULL, "start");
    hd_engine_conf_t conf = { .path = folder, .size = (uint64_t) 64 << 20, .readers = 64, .sync = HD_SYNC_OFF, .create = true };
    must(hd_store_open(&conf, &store, err) == HD_OK, "store");
    (void) atexit(remove_store);
    hd_arena_t *a = hd_arena_create(LIMIT);
    cache = hd_cache_create();
    must(a != NULL && cache != NULL && hd_txn_begin(store, true, a, cache, &txn) == HD_OK, "begin");
    HD_ARENA_TRY(a, code, fill(a, txn));
    must(code == HD_OK && hd_txn_commit(txn) == HD_OK, "commit");
    hd_arena_destroy(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hd_code_t code;
    hd_arena_t *a = hd_arena_create(LIMIT);
    must(a != NULL, "memory");
    HD_ARENA_TRY(a, code, try_one(a, (hd_str_t){ size, (const char *) data }));
    (void) code;
    hd_arena_destroy(a);
    return 0;
}
