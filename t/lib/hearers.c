/*
 * Many event streams in one process, for tests:
 *
 *     hearers PORT N COOKIE [N COOKIE ...]        groups of streams, each group with one session
 *
 * Says "open MS" when each stream has its first words, then takes commands, a line each, and answers each with a line:
 *
 *     wait SEQ MS    until each stream heard an event numbered SEQ or later, at most so long: "waited MS behind=N"
 *     tell           a line a group: "group=0 n=50 closed=0 odd=0 seqs=7,8,12 retries=2000,5999"; seqs are those of its
 *                    first stream in the order they came, odd counts the streams that heard anything else, retries are
 *                    the times for coming back that each was told; then "told"
 *
 * Keeps of each stream a count and a hash of the sequences it heard.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE      64             /* of a line only its beginning matters: data: {"seq":7, */
#define GROUPS    16
#define OPENING   64             /* connections that wait for their first words at once */

enum { HEAD, SIZE, BODY, BODY_END };

typedef struct {
    int       fd, state, closed;
    unsigned  group;
    int       heard;             /* the first words: retry */
    size_t    left, n_line;      /* of the chunk; of the line */
    char      line[LINE];
    uint64_t  last, count, hash;
    unsigned  retry;             /* the first one */
} stream_t;

typedef struct {
    unsigned        n;
    const char     *cookie;
    const stream_t *first;
    uint64_t       *seqs;
    size_t          n_seqs, room;
} group_t;

static group_t   groups[GROUPS];
static unsigned  n_groups, n_streams, n_heard;
static stream_t *streams;
static int       epoll;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "hearers: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void) clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is heard ---- */

static void keep(group_t *g, uint64_t seq)
{
    if (g->n_seqs == g->room) {
        g->room = g->room == 0 ? 1024 : 2 * g->room;
        g->seqs = realloc(g->seqs, g->room * sizeof(*g->seqs));
        if (g->seqs == NULL) {
            die("memory");
        }
    }
    g->seqs[g->n_seqs++] = seq;
}

static void take_line(stream_t *s)
{
    static const char event[] = "data: {\"seq\":";
    s->line[s->n_line < LINE ? s->n_line : LINE - 1] = '\0';
    if (strncmp(s->line, "retry: ", 7) == 0 && !s->heard) {
        s->heard = 1;
        s->retry = (unsigned) strtoul(s->line + 7, NULL, 10);
        n_heard++;
    }
    if (strncmp(s->line, event, sizeof(event) - 1) == 0) {
        s->last = strtoull(s->line + sizeof(event) - 1, NULL, 10);
        s->hash = (s->hash ^ s->last) * UINT64_C(0x100000001b3);
        s->count++;
        if (groups[s->group].first == s) {
            keep(&groups[s->group], s->last);
        }
    }
    s->n_line = 0;
}

static void take_body(stream_t *s, char c)
{
    if (c == '\n') {
        take_line(s);
    } else if (s->n_line < LINE - 1) {
        s->line[s->n_line++] = c;
    }
    if (--s->left == 0) {
        s->state = BODY_END;
    }
}

/* A line of the head; an empty one ends it. */
static void take_head(stream_t *s, char c)
{
    if (c == '\r') {
        return;
    }
    if (c != '\n') {
        s->line[s->n_line < LINE - 1 ? s->n_line++ : s->n_line] = c;
        return;
    }
    s->line[s->n_line] = '\0';
    if (strncmp(s->line, "HTTP/1.1 ", 9) == 0 && strncmp(s->line + 9, "200", 3) != 0) {
        fprintf(stderr, "hearers: %s\n", s->line);
        exit(1);
    }
    s->state = s->n_line == 0 ? SIZE : HEAD;
    s->n_line = 0;
}

/* The size of a chunk, in hexadecimal. */
static void take_size(stream_t *s, char c)
{
    if (c == '\n') {
        s->state = s->left != 0 ? BODY : SIZE;
    } else if (c != '\r') {
        s->left = s->left * 16 + (size_t) (c <= '9' ? c - '0' : c - 'a' + 10);
    }
}

static void take(stream_t *s, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->state == BODY) {
            take_body(s, p[i]);
        } else if (s->state == BODY_END) {
            s->state = p[i] == '\n' ? SIZE : BODY_END;
        } else if (s->state == SIZE) {
            take_size(s, p[i]);
        } else {
            take_head(s, p[i]);
        }
    }
}

static void hear(stream_t *s)
{
    static char buf[65536];
    ssize_t n = read(s->fd, buf, sizeof(buf));
    if (n > 0) {
        take(s, buf, (size_t) n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        s->closed = 1;
        (void) epoll_ctl(epoll, EPOLL_CTL_DEL, s->fd, NULL);
    }
}

static void hear_all(int ms)
{
    struct epoll_event ev[256];
    int n = epoll_wait(epoll, ev, 256, ms);
    for (int i = 0; i < n; i++) {
        if (ev[i].data.ptr != NULL) {            /* else a command, which waits */
            hear(ev[i].data.ptr);
        }
    }
}

/* ---- commands ---- */

static void open_one(stream_t *s, uint16_t port)
{
    char head[1024];
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (s->fd < 0 || connect(s->fd, (struct sockaddr *) &to, sizeof(to)) != 0) {
        die("connect");
    }
    int n = snprintf(head, sizeof(head), "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nCookie: %s\r\n\r\n",
                     port, groups[s->group].cookie);
    struct epoll_event ev = { .events = EPOLLIN, .data = { .ptr = s } };
    if (write(s->fd, head, (size_t) n) != n || fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0
        || epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &ev) != 0) {
        die("open");
    }
}

static void open_all(uint16_t port)
{
    int64_t start = now_ms();
    unsigned at = 0;
    for (unsigned g = 0; g < n_groups; g++) {
        groups[g].first = &streams[at];
        for (unsigned i = 0; i < groups[g].n; i++, at++) {
            streams[at].group = g;
            open_one(&streams[at], port);
            while (at + 1 >= n_heard + OPENING) {
                hear_all(1000);
                if (now_ms() - start > 60000) {
                    die("a stream says nothing");
                }
            }
        }
    }
    while (n_heard < n_streams && now_ms() - start < 60000) {
        hear_all(1000);
    }
    printf("open %lld heard=%u\n", (long long) (now_ms() - start), n_heard);
}

static unsigned count_behind(uint64_t seq)
{
    unsigned n = 0;
    for (unsigned i = 0; i < n_streams; i++) {
        n += streams[i].last < seq;
    }
    return n;
}

static void wait_for(uint64_t seq, int64_t ms)
{
    int64_t start = now_ms();
    unsigned behind;
    while ((behind = count_behind(seq)) != 0 && now_ms() - start < ms) {
        hear_all(20);
    }
    printf("waited %lld behind=%u\n", (long long) (now_ms() - start), behind);
}

static void tell(void)
{
    for (unsigned g = 0; g < n_groups; g++) {
        unsigned closed = 0, odd = 0;
        const stream_t *first = groups[g].first;
        for (const stream_t *s = first; s < first + groups[g].n; s++) {
            closed += s->closed != 0;
            odd += s->count != first->count || s->hash != first->hash;
        }
        printf("group=%u n=%u closed=%u odd=%u seqs=", g, groups[g].n, closed, odd);
        for (size_t i = 0; i < groups[g].n_seqs; i++) {
            printf("%s%llu", i == 0 ? "" : ",", (unsigned long long) groups[g].seqs[i]);
        }
        printf(" retries=");
        for (const stream_t *s = first; s < first + groups[g].n; s++) {
            printf("%s%u", s == first ? "" : ",", s->retry);
        }
        printf("\n");
    }
    printf("told\n");
}

static int obey(void)
{
    char text[128];
    unsigned long long seq, ms;
    if (fgets(text, sizeof(text), stdin) == NULL) {
        return 0;
    }
    if (sscanf(text, "wait %llu %llu", &seq, &ms) == 2) {
        wait_for(seq, (int64_t) ms);
    } else if (strcmp(text, "tell\n") == 0) {
        tell();
    } else {
        return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);             /* epoll sees what stdio has not taken */
    if (argc < 4 || argc % 2 != 0 || argc / 2 - 1 > GROUPS) {
        fprintf(stderr, "usage: hearers PORT N COOKIE [N COOKIE ...]\n");
        return 2;
    }
    for (int i = 2; i < argc; i += 2) {
        groups[n_groups] = (group_t){ .n = (unsigned) strtoul(argv[i], NULL, 10), .cookie = argv[i + 1] };
        n_streams += groups[n_groups++].n;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &files);
    }
    streams = calloc(n_streams, sizeof(*streams));
    epoll = epoll_create1(0);
    struct epoll_event ev = { .events = EPOLLIN, .data = { .ptr = NULL } };
    if (streams == NULL || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &ev) != 0) {
        die("epoll");
    }
    open_all((uint16_t) strtoul(argv[1], NULL, 10));
    /* between commands, too, what comes is taken: a stream that is not read falls behind */
    for (;;) {
        struct epoll_event got[256];
        int n = epoll_wait(epoll, got, 256, -1);
        for (int i = 0; i < n; i++) {
            if (got[i].data.ptr != NULL) {
                hear(got[i].data.ptr);
            } else if (!obey()) {
                return 0;
            }
        }
    }
}
