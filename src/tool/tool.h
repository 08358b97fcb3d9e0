/*
 * tool: helpdeskctl.  One command table (tool_main.c); a command is a row and a function.
 * Errors are one sentence on stderr and exit status 1; wrong usage is 2.  Passwords never come from argv.
 */
#ifndef HD_TOOL_H
#define HD_TOOL_H

#include <stdio.h>
#include <sys/types.h>

#include "../desk/desk.h"

#define HD_TOOL_DIR   "/var/lib/helpdesk"
#define HD_TOOL_DEMO  "/usr/share/helpdesk/demo.jsonl"
#define HD_TOOL_SIZE  (UINT64_C(64) << 30)    /* address space, not disk */
#define HD_TOOL_BATCH 2000                    /* records a transaction, unless a command says otherwise */

typedef struct {
    const char *dir;
    hd_sync_t   sync;
    hd_arena_t *arena;           /* of the transaction at hand */
    hd_arena_t *scratch;         /* of one record */
    hd_store_t *store;
    hd_cx_t     cx;              /* valid between tool_begin and tool_commit or tool_abort */
    hd_problem_t problem;
} hd_tool_t;

typedef struct {
    const char  *name;           /* "--role" */
    const char **value;          /* set to the next argument; to "" when the option takes none */
    bool         alone;          /* takes no value */
} hd_tool_opt_t;

typedef struct {
    const char *name, *usage, *help;
    int (*run)(hd_tool_t *t, int argc, char **argv);
} hd_tool_command_t;

/* ---- tool_run.c ---- */

int tool_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));   /* says it, returns 1 */
int tool_refused(hd_tool_t *t, const char *what, hd_code_t code);            /* code and fields of the problem */
/* Options may stand anywhere.  *ret_n plain arguments go to args.  0, or 2 after saying what is wrong. */
int tool_options(int argc, char **argv, const hd_tool_opt_t *opts, size_t n_opts, const char **args,
                 size_t *ret_n);
bool tool_number(const char *text, uint64_t max, uint64_t *ret_n);           /* false: no number of digits alone, or more than max */
int tool_open(hd_tool_t *t, bool create);                 /* the store in t->dir: 0, or 1 after saying why */
bool tool_has_store(const char *dir);                     /* false also when dir cannot be looked into */
int tool_begin(hd_tool_t *t, bool write);                 /* fills t->cx; the actor is the desk itself */
int tool_commit(hd_tool_t *t);                            /* ends it either way: 0, or 1 after saying why */
void tool_abort(hd_tool_t *t);                            /* also after tool_commit: then it does nothing */
/* Runs fn with an arena border: a job that needs too much memory is an error, not an abort. */
int tool_guard(hd_tool_t *t, int (*fn)(hd_tool_t *t, void *arg), void *arg);
int tool_read_password(hd_str_t *ret_password);           /* one line of stdin */
bool tool_random_text(char *out, size_t n);               /* n readable characters and a NUL; > 5.9 bits each */
hd_str_t tool_path(hd_tool_t *t, const char *dir, const char *name);         /* "dir/name", in the scratch arena */
bool tool_sync_dir(const char *dir);                      /* names in it are on the disk; false: it cannot be synced */
void tool_give_away(const char *dir);                     /* as root: the store belongs to the directory's owner */

/* ---- tool_files.c ---- */

int tool_copy_file(const char *from, const char *to);     /* synced; `to` must not exist yet.  0, or 1 after saying why */
/* All files of a store's directory of files into another, linked or copied, synced; nothing when there are none. */
int tool_files_copy(const char *from, const char *to);
void tool_files_remove(const char *dir);
void tool_files_give(const char *dir, uid_t uid, gid_t gid);      /* those of a store's directory */
int tool_files_dump(hd_tool_t *t, FILE *out, uint64_t *ret_n);

typedef struct {
    uint64_t n;                  /* whole ones */
    size_t   size, at;           /* of the one at hand */
    bool     open;
    char     hex[2 * HD_HASH_LEN];
    char    *bytes;              /* malloc */
} hd_file_in_t;
/* NULL, or what is wrong. */
const char *tool_files_load(hd_tool_t *t, hd_file_in_t *in, hd_str_t hex, int64_t size, int64_t at, hd_str_t data);

/* ---- commands ---- */

int tool_init(hd_tool_t *t, int argc, char **argv);
int tool_fsck(hd_tool_t *t, int argc, char **argv);
int tool_backup(hd_tool_t *t, int argc, char **argv);
int tool_restore(hd_tool_t *t, int argc, char **argv);
int tool_user_add(hd_tool_t *t, int argc, char **argv);
int tool_user_passwd(hd_tool_t *t, int argc, char **argv);
int tool_user_list(hd_tool_t *t, int argc, char **argv);
int tool_token_add(hd_tool_t *t, int argc, char **argv);
int tool_setup(hd_tool_t *t, int argc, char **argv);
int tool_dump(hd_tool_t *t, int argc, char **argv);
int tool_load(hd_tool_t *t, int argc, char **argv);
int tool_gen(hd_tool_t *t, int argc, char **argv);
int tool_demo(hd_tool_t *t, int argc, char **argv);
int tool_import(hd_tool_t *t, int argc, char **argv);
int tool_import_odoo(hd_tool_t *t, int argc, char **argv);

/* ---- dump format, shared by dump and load ---- */

#define HD_DUMP_VERSION 1
/* Referenced types first, so that a reader can check as it goes. */
extern const hd_type_t tool_dump_order[HD_TYPE_COUNT - 1];

/* ---- tool_words.c: what gen writes with ---- */

typedef struct {
    const char *const *v;
    size_t             n;
} hd_words_t;

typedef struct {                 /* '@' in a title or sentence is a thing, '#' a number */
    hd_words_t titles, sentences, things, first, last;
    const char *greeting, *closing;
} hd_phrases_t;

extern const hd_phrases_t tool_phrases[HD_LANG_COUNT];

/* Deterministic numbers (SplitMix64). */
uint64_t tool_rand(uint64_t *state);
static inline uint64_t tool_below(uint64_t *state, uint64_t n) { return tool_rand(state) % n; }
static inline const char *tool_pick(uint64_t *state, hd_words_t w) { return w.v[tool_below(state, w.n)]; }
/* Small numbers far more often than large ones. */
uint64_t tool_skewed(uint64_t *state, uint64_t n);
/* Writes pattern with its placeholders filled; thing NULL: one is picked each time. */
void tool_fill(hd_buf_t *b, uint64_t *state, const hd_phrases_t *p, const char *pattern, const char *thing);

#endif
