/*
 * The store alone: facts against a slow model while tickets come, change, go and the store is closed and opened; facts
 * that are damaged; a store that is full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HD_FACTS_PIECE 2
#define HD_FACTS_CLEAR 50
#include "store/store_facts.c"   /* in small pieces; the linker takes this one */
#include "store/store.h"

#define T0     ((hd_time_t) 1795000000000)
#define LAST   8000              /* the highest number of a ticket: some blocks of facts */
#define BLOCK  960
#define TEAMS  4
#define WORLDS 8
#define STEPS  60

typedef struct {
    bool     present;
    uint32_t v[HD_FACTS];
    char     text[HD_FACT_TEXTS][40];
} facts_t;

typedef struct {
    char        dir[64];
    uint64_t    size;
    hd_store_t *store;
    hd_cache_t *cache;
    hd_arena_t *arena;
    hd_txn_t   *txn;
    uint64_t    random;
    hd_id_t     team[TEAMS], stage[TEAMS], last, last_saved;
    facts_t     now[LAST + 1], saved[LAST + 1];
} world_t;

static uint64_t draw(world_t *w, uint64_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->random >> 33) % below;
}

static void open_store(world_t *w)
{
    char err[256] = "";
    hd_engine_conf_t conf = { .path = w->dir, .size = w->size, .readers = 16, .sync = HD_SYNC_OFF, .create = true };
    if (hd_store_open(&conf, &w->store, err) != HD_OK) {
        fail_msg("%s", err);
    }
    w->cache = hd_cache_create();
}

static void close_store(world_t *w)
{
    hd_cache_destroy(w->cache);
    hd_store_close(w->store);
}

static void begin(world_t *w, bool write)
{
    hd_arena_reset(w->arena);
    assert_int_equal(hd_txn_begin(w->store, write, w->arena, w->cache, &w->txn), HD_OK);
}

static void commit(world_t *w)
{
    assert_int_equal(hd_txn_commit(w->txn), HD_OK);
    memcpy(w->saved, w->now, sizeof(w->now));
    w->last_saved = w->last;
}

static void take_back(world_t *w)
{
    hd_txn_abort(w->txn);
    memcpy(w->now, w->saved, sizeof(w->now));
    w->last = w->last_saved;
}

static hd_id_t put(world_t *w, hd_type_t type, void *rec)
{
    assert_int_equal(hd_row_insert(w->txn, w->arena, type, rec, T0, 0), HD_OK);
    return ((hd_rec_t *) rec)->id;
}

static world_t *make_world(uint64_t seed, uint64_t size)
{
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15);
    w->size = size;
    snprintf(w->dir, sizeof(w->dir), "%s/hd-store-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(w->dir));
    w->arena = hd_arena_create((size_t) 1 << 30);
    open_store(w);
    begin(w, true);
    for (size_t i = 0; i < TEAMS; i++) {
        hd_team_t t = { .name = hd_strf(w->arena, "Team %zu", i), .active = true, .slug = hd_strf(w->arena, "team-%zu", i) };
        w->team[i] = put(w, HD_TEAM, &t);
        hd_stage_t s = { .name = hd_strf(w->arena, "Stage %zu", i), .sequence = (int64_t) i, .active = true };
        w->stage[i] = put(w, HD_STAGE, &s);
    }
    commit(w);
    return w;
}

static void end_world(world_t *w)
{
    char cmd[128];
    close_store(w);
    hd_arena_destroy(w->arena);
    snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
    assert_int_equal(system(cmd), 0);
    free(w);
}

static void print_line(void *arg, const char *line)
{
    (void) arg;
    print_message("fsck: %s\n", line);
}

static uint64_t problems(world_t *w, bool aloud)
{
    hd_fsck_t f = { .say = aloud ? print_line : NULL };
    (void) hd_store_fsck(w->store, &f);
    return f.problems;
}

/* ---- tickets and what is expected of them ---- */

static hd_time_t draw_time(world_t *w)
{
    return draw(w, 4) == 0 ? 0 : T0 + (hd_time_t) draw(w, 1000) * 700;
}

static void draw_ticket(world_t *w, hd_ticket_t *t)
{
    t->name = hd_strf(w->arena, "%s %d", draw(w, 2) == 0 ? "Ticket" : "\xc5\xbdinut\xc4\x97", (int) draw(w, 1000));
    t->partner_name = draw(w, 3) == 0 ? (hd_str_t){ 0, "" } : hd_strf(w->arena, "Customer %d", (int) draw(w, 20));
    t->partner_email = draw(w, 3) == 0 ? (hd_str_t){ 0, "" } : hd_strf(w->arena, "C%d@example.com", (int) draw(w, 20));
    t->team_id = w->team[draw(w, TEAMS)];
    t->stage_id = w->stage[draw(w, TEAMS)];
    t->priority = (uint8_t) draw(w, 4);
    t->kanban_state = (uint8_t) draw(w, 3);
    t->color = (int64_t) draw(w, 12);
    t->active = draw(w, 5) != 0;
    t->closed = draw(w, 2) == 0;
    t->close_date = draw_time(w);
    t->assign_date = draw_time(w);
}

static void expect(world_t *w, hd_id_t id, const hd_ticket_t *t)
{
    memset(&w->now[id], 0, sizeof(w->now[id]));
    if (t != NULL) {
        w->now[id].present = true;
        hd_entities[HD_TICKET]->facts(t, w->now[id].v);
        for (unsigned n = 0; n < HD_FACT_TEXTS; n++) {
            hd_str_t folded = hd_text_fold(w->arena, hd_fact_text(t, n));
            memcpy(w->now[id].text[n], folded.data, folded.len);
        }
    }
}

static void add(world_t *w, hd_id_t id)
{
    hd_ticket_t t = { .rec = { .id = id, .create_date = T0 } };
    draw_ticket(w, &t);
    expect(w, put(w, HD_TICKET, &t), &t);
    w->last = t.rec.id > w->last ? t.rec.id : w->last;
}

static void change(world_t *w, hd_id_t id)
{
    hd_ticket_t old, t;
    if (hd_row_get(w->txn, w->arena, HD_TICKET, id, &old) == HD_OK) {
        t = old;
        if (draw(w, 6) == 0) {
            t.name = hd_strf(w->arena, "Only the title %d", (int) draw(w, 1000));
        } else if (draw(w, 3) == 0) {
            t.priority = (uint8_t) (3 - t.priority);         /* one column */
        } else {
            draw_ticket(w, &t);
        }
        assert_int_equal(hd_row_update(w->txn, w->arena, HD_TICKET, &old, &t, T0 + 1, 0), HD_OK);
        expect(w, id, &t);
    }
}

static void drop(world_t *w, hd_id_t id)
{
    hd_ticket_t old;
    if (hd_row_get(w->txn, w->arena, HD_TICKET, id, &old) == HD_OK) {
        assert_int_equal(hd_row_delete(w->txn, w->arena, HD_TICKET, &old), HD_OK);
        expect(w, id, NULL);
    }
}

/* As `load` does, with a number that was not given, or was given back. */
static void restore(world_t *w, hd_id_t id)
{
    hd_ticket_t t = { .rec = { .id = id, .version = 3, .create_date = T0, .write_date = T0 } };
    if (!w->now[id].present) {
        draw_ticket(w, &t);
        assert_int_equal(hd_row_restore(w->txn, w->arena, HD_TICKET, &t), HD_OK);
        expect(w, id, &t);
        w->last = id > w->last ? id : w->last;
    }
}

/* All chunks, in order, with the columns asked for, as the model has them. */
static void check(world_t *w, bool backward, uint32_t columns)
{
    uint32_t texts = (uint32_t) draw(w, 1u << HD_FACT_TEXTS);
    hd_facts_scan_t sc;
    hd_chunk_t c;
    size_t seen = 0, want = 0;
    int64_t before = backward ? INT64_MAX : -1;
    uint64_t writes = hd_txn_writes(w->txn);
    hd_facts_begin(&sc, w->txn, backward, columns);
    assert_int_equal(hd_txn_writes(w->txn), writes);        /* who looks and is then refused has put nothing */
    while (hd_facts_next(&sc, &c)) {
        assert_true(backward ? c.n < before : c.n > before);
        before = c.n;
        for (unsigned slot = 0; slot < HD_FACT_SLOTS; slot++) {
            hd_id_t id = (hd_id_t) c.n * HD_FACT_SLOTS + slot;
            bool present = (c.present & HD_BIT(slot)) != 0;
            assert_int_equal(present, id <= LAST && w->now[id].present);
            for (unsigned col = 0; present && col < HD_FACTS; col++) {
                if (col == 0 || (columns >> col & 1) != 0) {
                    assert_int_equal(hd_chunk_value(&c, col, slot), w->now[id].v[col]);
                }
            }
            for (unsigned n = 0; present && n < HD_FACT_TEXTS; n++) {
                if ((texts >> n & 1) != 0 && (texts != 2 || c.n % 3 == 0)) {
                    assert_true(hd_str_is(hd_texts_at(hd_facts_texts(&c, n), slot), w->now[id].text[n]));
                }
            }
            seen += present;
        }
    }
    hd_facts_done(&sc);
    assert_int_equal(hd_txn_error(w->txn), HD_OK);
    for (hd_id_t id = 0; id <= LAST; id++) {
        want += w->now[id].present;
    }
    assert_int_equal(seen, want);
}

static void check_anew(world_t *w)
{
    begin(w, false);
    check(w, false, (1u << HD_FACTS) - 1);
    check(w, true, (uint32_t) draw(w, 1u << HD_FACTS));
    hd_txn_abort(w->txn);
}

/* ---- facts ---- */

static void one_change(world_t *w)
{
    hd_id_t id = 1 + draw(w, w->last == 0 ? 1 : w->last);
    switch (draw(w, 8)) {
    case 0:
        drop(w, id);
        break;
    case 1:
        restore(w, id);
        break;
    case 2:
        change(w, w->last - draw(w, w->last < 5 ? 1 : 5));   /* in the block that is filling, mostly */
        break;
    case 3:
        change(w, id);
        break;
    default:
        if (w->last < LAST) {
            add(w, 0);
        }
    }
}

/* A run of numbers that empties a block, or leaps over some. */
static void many_changes(world_t *w)
{
    hd_id_t from = 1 + draw(w, w->last + 1);
    if (draw(w, 2) == 0) {
        for (hd_id_t id = from; id <= w->last && id < from + 1500; id++) {
            drop(w, id);
        }
    } else if (w->last + 1800 < LAST) {
        add(w, w->last + 1 + draw(w, 1700));
    }
}

static void facts_are_what_rows_say(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        world_t *w = make_world(seed, 256u << 20);
        for (int step = 0; step < STEPS; step++) {
            begin(w, true);
            for (uint64_t n = draw(w, draw(w, 2) == 0 ? 5 : 400); n > 0; n--) {
                one_change(w);
                if (draw(w, 200) == 0) {
                    check(w, draw(w, 2) == 0, (uint32_t) draw(w, 1u << HD_FACTS));
                }
            }
            if (draw(w, 8) == 0) {
                many_changes(w);
            }
            if (draw(w, 6) == 0) {
                take_back(w);
            } else {
                commit(w);
            }
            check_anew(w);
            if (draw(w, 12) == 0) {
                close_store(w);
                open_store(w);
                check_anew(w);
            }
        }
        assert_int_equal(problems(w, true), 0);
        end_world(w);
    }
}

typedef enum { FLIP, CUT, LOSE, SWAP, LOSE_ALL } damage_t;      /* of texts the first three */

static void damage_column(world_t *w, uint8_t block, uint8_t column, damage_t how)
{
    char key[7] = { 0x4e, HD_TICKET, (char) column, 0, 0, 0, (char) block }, copy[4096];
    hd_str_t k = { sizeof(key), key }, v;
    hd_etxn_t *t;
    assert_int_equal(hd_engine_begin(hd_store_engine(w->store), true, &t), HD_OK);
    assert_true(hd_engine_get(t, k, &v) && v.len < sizeof(copy));
    size_t len = v.len;
    memcpy(copy, v.data, len);
    if (how == FLIP) {
        copy[draw(w, len)] ^= (char) (1u << draw(w, 8));
    } else if (how == CUT) {
        len -= 4;
    } else if (how == SWAP) {
        key[6] ^= 1;                                         /* another block's: sound, but in the wrong place */
        assert_true(hd_engine_get(t, k, &v) && v.len == len);
        memcpy(copy, v.data, len);
        key[6] ^= 1;
    }
    if (how == LOSE) {
        assert_true(hd_engine_del(t, k));
    } else if (how == LOSE_ALL) {
        for (uint8_t c = 0; c < HD_FACTS; c++) {
            key[2] = (char) c;
            assert_true(hd_engine_del(t, k));
        }
    } else {
        hd_engine_put(t, k, (hd_str_t){ len, copy });
    }
    assert_int_equal(hd_engine_commit(t), HD_OK);
}

/* A text of one chunk of 64; what was right is there again once one of its tickets has another text. */
static void damaged_texts_are_not_believed(void **state)
{
    (void) state;
    world_t *w = make_world(51, 256u << 20);
    begin(w, true);
    for (int i = 0; i < 2 * BLOCK + 100; i++) {
        add(w, 0);
    }
    commit(w);
    for (int round = 0; round < 60; round++) {
        uint8_t chunk = (uint8_t) draw(w, 30);
        hd_ticket_t old, t;
        hd_id_t id = (hd_id_t) chunk * 64 + 1 + draw(w, 63);
        damage_column(w, chunk, (uint8_t) (HD_FACT_TEXT0 + draw(w, HD_FACT_TEXTS)), (damage_t) (round % 3));
        check_anew(w);
        assert_int_not_equal(problems(w, false), 0);
        begin(w, true);
        assert_int_equal(hd_row_get(w->txn, w->arena, HD_TICKET, id, &old), HD_OK);
        t = old;
        t.name = hd_strf(w->arena, "Round %d", round);
        assert_int_equal(hd_row_update(w->txn, w->arena, HD_TICKET, &old, &t, T0 + 1, 0), HD_OK);
        expect(w, id, &t);
        check(w, draw(w, 2) == 0, 0x7fff);
        commit(w);
        assert_int_equal(problems(w, true), 0);
    }
    end_world(w);
}

/* trust.md F25: never wrong data; fsck names it; the next change of one of its tickets heals it. */
static void damaged_facts_are_not_believed(void **state)
{
    (void) state;
    world_t *w = make_world(50, 256u << 20);
    begin(w, true);
    for (int i = 0; i < 4 * BLOCK + 100; i++) {
        add(w, 0);
    }
    commit(w);
    for (int round = 0; round < 100; round++) {
        uint8_t block = (uint8_t) draw(w, 4), column = round % 5 == 0 ? 0 : (uint8_t) draw(w, HD_FACTS);
        check_anew(w);                                       /* the cache has seen them sound */
        damage_column(w, block, column, (damage_t) (round % 5));
        check_anew(w);
        assert_int_not_equal(problems(w, false), 0);
        begin(w, true);
        change(w, (hd_id_t) block * BLOCK + 1 + draw(w, BLOCK - 1));
        check(w, draw(w, 2) == 0, 0x7fff);
        commit(w);
        check_anew(w);
        assert_int_equal(problems(w, true), 0);
    }
    end_world(w);
}

static void set_form(world_t *w, const char *form)
{
    begin(w, true);
    hd_meta_put(w->txn, "facts", hd_str(form));
    commit(w);
}

/* An older store gets its facts when it is opened, in several transactions; where that ended in the middle it goes on. */
static void facts_are_made_in_pieces(void **state)
{
    (void) state;
    world_t *w = make_world(52, 256u << 20);
    hd_str_t form;
    begin(w, true);
    for (int i = 0; i < 5 * BLOCK + 100; i++) {
        add(w, 0);
    }
    many_changes(w);
    commit(w);
    for (int round = 0; round < 3; round++) {
        uint64_t before = hd_txn_snapshot((begin(w, false), w->txn));
        hd_txn_abort(w->txn);
        damage_column(w, 1, 3, FLIP);
        damage_column(w, 47, HD_FACT_TEXT0 + 1, FLIP);          /* of block 3 */
        set_form(w, round == 0 ? "4" : round == 1 ? "" : HD_FACTS_FORM "+1");
        close_store(w);
        open_store(w);
        begin(w, false);
        assert_true(hd_meta_get(w->txn, "facts", &form) && hd_str_is(form, HD_FACTS_FORM));
        assert_true(hd_txn_snapshot(w->txn) >= before + 3 + (round < 2 ? 3 : 2));
        hd_txn_abort(w->txn);
        check_anew(w);
        assert_int_equal(problems(w, true), 0);
    }
    end_world(w);
}

/* ---- hot rows ---- */

#define HOT 40

/* Rows that are read again and again, in one snapshot and in the next, while some change, go, or change and are taken back. */
static void hot_rows_are_never_old(void **state)
{
    (void) state;
    world_t *w = make_world(7, 64u << 20);
    hd_id_t ids[HOT];
    uint64_t name[HOT], kept[HOT];           /* 0: gone */
    begin(w, true);
    for (size_t i = 0; i < HOT; i++) {
        hd_contact_t c = { .name = hd_strf(w->arena, "%d", (int) (name[i] = i + 1)), .active = true };
        ids[i] = put(w, HD_CONTACT, &c);
    }
    commit(w);
    for (int step = 0; step < 600; step++) {
        memcpy(kept, name, sizeof(kept));
        begin(w, true);
        for (uint64_t n = draw(w, 3); n != 0; n--) {
            size_t i = draw(w, HOT);
            hd_contact_t old, c;
            if (hd_row_get(w->txn, w->arena, HD_CONTACT, ids[i], &old) != HD_OK) {
                continue;
            }
            c = old;
            c.name = hd_strf(w->arena, "%d", 1000 + step);       /* as long as the one before */
            name[i] = draw(w, 40) == 0 ? 0 : 1000 + (uint64_t) step;
            assert_int_equal(name[i] == 0 ? hd_row_delete(w->txn, w->arena, HD_CONTACT, &old)
                                          : hd_row_update(w->txn, w->arena, HD_CONTACT, &old, &c, T0, 0), HD_OK);
        }
        if (draw(w, 3) == 0) {               /* the number of its snapshot is given again */
            hd_txn_abort(w->txn);
            memcpy(name, kept, sizeof(kept));
        } else {
            commit(w);
        }
        for (uint64_t again = 1 + draw(w, 3); again != 0; again--) {
            begin(w, false);
            for (size_t k = 0; k < HOT; k++) {
                size_t i = draw(w, HOT);
                hd_contact_t c;
                hd_code_t code = hd_row_get(w->txn, w->arena, HD_CONTACT, ids[i], &c);
                assert_int_equal(code, name[i] == 0 ? HD_E_NOT_FOUND : HD_OK);
                if (code == HD_OK) {
                    hd_str_t want = hd_strf(w->arena, "%d", (int) name[i]);
                    assert_true(hd_str_eq(c.name, want));
                }
            }
            hd_txn_abort(w->txn);
        }
    }
    end_world(w);
}

/* ---- full ---- */

#define SMALL_STORE (4u << 20)

static hd_code_t add_alone(world_t *w, size_t len)
{
    hd_ticket_t t = { .rec = { .create_date = T0 } };
    begin(w, true);
    draw_ticket(w, &t);
    char *text = hd_alloc(w->arena, len + 1);
    memset(text, 'x', len);
    t.description = (hd_str_t){ len, text };
    hd_code_t code = hd_row_insert(w->txn, w->arena, HD_TICKET, &t, T0, 0);
    if (code != HD_OK) {
        take_back(w);
        return code;
    }
    expect(w, t.rec.id, &t);
    w->last = t.rec.id;
    code = hd_txn_commit(w->txn);
    if (code == HD_OK) {
        memcpy(w->saved, w->now, sizeof(w->now));
        w->last_saved = w->last;
    } else {
        memcpy(w->now, w->saved, sizeof(w->now));
        w->last = w->last_saved;
    }
    return code;
}

/* F08: whatever filled it, what takes little goes through, what frees some always does, and then there is room. */
static void a_full_store_can_be_emptied(void **state)
{
    static const size_t texts[] = { 0, 300, 3000, 11000, 59000 };
    (void) state;
    for (size_t kind = 0; kind <= 5; kind++) {
        world_t *w = make_world(70 + kind, SMALL_STORE);
        hd_code_t code = HD_OK;
        for (int round = 0; round < 3; round++) {
            while (w->last < LAST && (code = add_alone(w, kind < 5 ? texts[kind] : draw(w, 12000))) == HD_OK) {
            }
            if (w->last == LAST) {
                break;
            }
            assert_int_equal(code, HD_E_FULL);
            for (int i = 0; i < 40; i++) {
                begin(w, true);
                change(w, 1 + draw(w, w->last));
                commit(w);
            }
            size_t dropped = 0;
            for (hd_id_t id = 1; id <= w->last; id++) {
                if (draw(w, 3) != 0 && w->now[id].present) {
                    begin(w, true);
                    drop(w, id);
                    commit(w);
                    dropped++;
                }
            }
            assert_true(dropped > 20);
            assert_int_equal(add_alone(w, 3000), HD_OK);
            check_anew(w);
            assert_int_equal(problems(w, true), 0);
        }
        end_world(w);
    }
}

/* A server of the next generation; a process has a store open once. */
static void declare_size(world_t *w, uint64_t size)
{
    char err[256] = "";
    hd_engine_conf_t conf = { .path = w->dir, .size = size, .readers = 16, .sync = HD_SYNC_OFF, .server = true };
    hd_store_t *s;
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        hd_code_t code = hd_store_open(&conf, &s, err);
        if (code == HD_OK) {
            hd_store_close(s);
        }
        _exit(code == HD_OK && err[0] == '\0' ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void the_size_is_the_stores(void **state)
{
    (void) state;
    world_t *w = make_world(90, SMALL_STORE);
    size_t n;
    for (n = 0; add_alone(w, 11000) == HD_OK; n++) {
    }
    declare_size(w, 2 * SMALL_STORE);
    for (n = 0; add_alone(w, 11000) == HD_OK; n++) {
    }
    assert_true(n > 150);                                    /* a process with the old size wrote on */
    assert_int_equal(problems(w, true), 0);
    declare_size(w, 4 * SMALL_STORE);
    declare_size(w, SMALL_STORE);                            /* smaller: no more comes in until so much has gone */
    assert_int_equal(add_alone(w, 11000), HD_E_FULL);
    for (hd_id_t id = 1; id < w->last; id++) {
        begin(w, true);
        drop(w, id);
        commit(w);
    }
    assert_int_equal(add_alone(w, 11000), HD_OK);
    check_anew(w);
    assert_int_equal(problems(w, true), 0);
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_what_rows_say),
        cmocka_unit_test(damaged_facts_are_not_believed),
        cmocka_unit_test(damaged_texts_are_not_believed),
        cmocka_unit_test(facts_are_made_in_pieces),
        cmocka_unit_test(hot_rows_are_never_old),
        cmocka_unit_test(a_full_store_can_be_emptied),
        cmocka_unit_test(the_size_is_the_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
