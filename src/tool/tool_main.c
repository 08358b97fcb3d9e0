/*
 * helpdeskctl: the command table, the global options, help.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

#define TXN_ARENA     ((size_t) 1 << 30)
#define SCRATCH_ARENA ((size_t) 256 << 20)

static const hd_tool_command_t commands[] = {
    { "init", "init [--company NAME]",
      "Creates the store.  With --company also the company and a first team with its stages;\n"
      "without it the set-up page asks for them (see: setup).", tool_init },
    { "setup", "setup",
      "Prints a fresh one-time secret for the set-up page, while there is no user.\n"
      "An older secret ends.  It is good for one hour.", tool_setup },
    { "user add", "user add LOGIN --name NAME --role admin|user|none|portal [--company COMPANY]\n"
      "         [--email ADDRESS] [--tz ZONE] [--lang CODE] --password-stdin",
      "Creates a user.  COMPANY is a name or a number; needed when there are several.\n"
      "The password is one line of standard input.", tool_user_add },
    { "user passwd", "user passwd LOGIN --password-stdin",
      "Sets a user's password and ends the user's sessions.", tool_user_passwd },
    { "user list", "user list", "Lists the users.", tool_user_list },
    { "token add", "token add LOGIN [--name NAME] [--scopes read,write,admin]",
      "Creates an API token and prints it, this once.  Scopes: read,write unless given.", tool_token_add },
    { "fsck", "fsck",
      "Checks every record, index, counter, event and file; one line a problem.\n"
      "Exit status 0 means the store is sound.", tool_fsck },
    { "backup", "backup FILE|-",
      "Writes a consistent, compacted copy while the desk goes on working, and attachments into the\n"
      "directory FILE.files (not with \"-\").  What exists is never replaced.", tool_backup },
    { "restore", "restore FILE",
      "Puts a backup, with its FILE.files, into a data directory that has no store, after checking it.", tool_restore },
    { "dump", "dump [FILE]",
      "Writes everything as newline-delimited JSON, secrets included: keep it safe.", tool_dump },
    { "load", "load [FILE]", "Reads a dump into an empty store.", tool_load },
    { "import", "import FILE.csv|- [--user LOGIN] [--dry-run]",
      "Tickets from CSV, also while the desk serves.  The first line names fields; relations by\n"
      "number or name.  A line with an id changes that ticket, one without creates one.  Bad\n"
      "lines are reported one by one on standard output, the others are stored.  --user: with\n"
      "the rights and in the name of that user.  Exit status 1: there were bad lines.", tool_import },
    { "import-odoo", "import-odoo URL DB LOGIN [--password-stdin] [--dry-run] [--batch N] [--timeout SECONDS]",
      "Takes companies, contacts, users (without passwords), teams, stages, types, tags, tickets,\n"
      "messages, files, subscriptions, activities, calendars and leaves from an Odoo server, 14 to 19,\n"
      "or from another desk, also while this one serves.  Numbers are kept where there was nothing of\n"
      "their kind before.  Run again it takes what changed since; stopped, it goes on.  What was\n"
      "changed here stays until it changes there too.  Records that are refused and values that are\n"
      "left out go to standard output as CSV.  Exit status 1: a record was refused, or it was stopped.", tool_import_odoo },
    { "gen", "gen N [--seed SEED] [--batch RECORDS]",
      "Adds N made-up tickets of about 1 KB, for measuring.  The same seed gives the same tickets.", tool_gen },
    { "demo", "demo [FILE]",
      "Fills an empty store with two companies, three teams, users and 200 tickets from\n"
      HD_TOOL_DEMO " or FILE.  The passwords are drawn at random and printed once.", tool_demo },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
    fprintf(out, "usage: helpdeskctl [-d DIR] [--sync full|meta|off] COMMAND ...\n\n"
                 "  -d DIR   data directory (default %s)\n"
                 "  --sync   how hard writes are pushed to the disk (default full)\n\n", HD_TOOL_DIR);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        fprintf(out, "  %s\n", commands[i].usage);
    }
    fprintf(out, "\nhelpdeskctl COMMAND --help says more.\n");
}

static int print_command_help(const hd_tool_command_t *c)
{
    printf("usage: helpdeskctl [-d DIR] %s\n\n%s\n", c->usage, c->help);
    return 0;
}

/* The command that the first one or two words name; *ret_used words of argv. */
static const hd_tool_command_t *find_command(int argc, char **argv, int *ret_used)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i].name;
        const char *space = strchr(name, ' ');
        size_t first = space ? (size_t) (space - name) : strlen(name);
        if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0) {
            continue;
        }
        if (space == NULL) {
            *ret_used = 1;
            return &commands[i];
        }
        if (argc > 1 && strcmp(argv[1], space + 1) == 0) {
            *ret_used = 2;
            return &commands[i];
        }
    }
    return NULL;
}

/* The commands that begin with this word; how many. */
static size_t print_group(FILE *out, const char *word)
{
    size_t n = 0, len = strlen(word);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ') {
            fprintf(out, "%s%s\n", n++ ? "       helpdeskctl [-d DIR] " : "usage: helpdeskctl [-d DIR] ",
                    commands[i].usage);
        }
    }
    return n;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

/* No command: what there is instead. */
static int print_unknown(int argc, char **argv, bool help)
{
    help = help || asks_help(argc, argv);
    if (argc > 0 && print_group(help ? stdout : stderr, argv[0]) > 0) {
        return help ? 0 : 2;
    }
    fprintf(stderr, "helpdeskctl: there is no command \"%s\"; helpdeskctl help lists them.\n", argc > 0 ? argv[0] : "");
    return 2;
}

static bool read_sync(const char *word, hd_sync_t *ret_sync)
{
    static const char *const words[] = { "full", "meta", "off" };
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret_sync = (hd_sync_t) i;
            return true;
        }
    }
    return false;
}

/* Takes the options before the command; returns how many words, or -1. */
static int global_options(hd_tool_t *t, int argc, char **argv)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--help") != 0; i += 2) {
        bool is_dir = strcmp(argv[i], "-d") == 0;
        if (!is_dir && strcmp(argv[i], "--sync") != 0) {
            fprintf(stderr, "helpdeskctl: %s is not known here; helpdeskctl help lists what is.\n", argv[i]);
            return -1;
        }
        if (i + 1 == argc) {
            fprintf(stderr, "helpdeskctl: %s needs a value.\n", argv[i]);
            return -1;
        }
        if (is_dir) {
            t->dir = argv[i + 1];
        } else if (!read_sync(argv[i + 1], &t->sync)) {
            fprintf(stderr, "helpdeskctl: --sync is full, meta or off.\n");
            return -1;
        }
    }
    return i;
}

typedef struct {
    const hd_tool_command_t *command;
    int                      argc;
    char                   **argv;
} hd_invocation_t;

static int run_command(hd_tool_t *t, void *arg)
{
    hd_invocation_t *in = arg;
    return in->command->run(t, in->argc, in->argv);
}

static int run_tool(hd_tool_t *t, hd_invocation_t *in)
{
    t->arena = hd_arena_create(TXN_ARENA);
    t->scratch = hd_arena_create(SCRATCH_ARENA);
    if (!hd_base_init() || t->arena == NULL || t->scratch == NULL) {
        return tool_fail("Not enough memory to start.");
    }
    int status = tool_guard(t, run_command, in);
    tool_abort(t);
    hd_store_close(t->store);
    hd_arena_destroy(t->scratch);
    hd_arena_destroy(t->arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return tool_fail("Standard output could not be written.");
    }
    return status;
}

/* LMDB dies on a tree whose pages are damaged; a parent stays behind to say so. */
static int run_watched(hd_tool_t *t, hd_invocation_t *in)
{
    int status = 0;
    pid_t pid = fork();
    if (pid < 0) {
        return tool_fail("No process can be made: %s.", strerror(errno));
    }
    if (pid == 0) {
        exit(run_tool(t, in));
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return tool_fail("The command was lost: %s.", strerror(errno));
        }
    }
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    if (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM) {
        return tool_fail("Stopped.");
    }
    return tool_fail("The store's pages are damaged (signal %d while reading them); restore a backup.",
                     WTERMSIG(status));
}

int main(int argc, char **argv)
{
    hd_tool_t t = { .dir = HD_TOOL_DIR, .sync = HD_SYNC_FULL };
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    int at = global_options(&t, argc, argv);
    if (at < 0) {
        return 2;
    }
    if (at >= argc) {
        print_help(stderr);
        return 2;
    }
    bool help = strcmp(argv[at], "help") == 0 || strcmp(argv[at], "--help") == 0;
    if (help && at + 1 == argc) {
        print_help(stdout);
        return 0;
    }
    at += help ? 1 : 0;
    int used = 0;
    const hd_tool_command_t *c = find_command(argc - at, argv + at, &used);
    if (c == NULL) {
        return print_unknown(argc - at, argv + at, help);
    }
    if (help || asks_help(argc - at - used, argv + at + used)) {
        return print_command_help(c);
    }
    hd_invocation_t in = { c, argc - at - used, argv + at + used };
    int status = run_watched(&t, &in);
    if (status == 2) {
        fprintf(stderr, "usage: helpdeskctl [-d DIR] %s\n", c->usage);
    }
    return status;
}
