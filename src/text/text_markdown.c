/*
 * What people type into messages, as HTML that is safe to show: Markdown through libcmark-gfm (CommonMark with tables,
 * strikethrough and links found in text), or plain text.
 *
 * The library never copies raw HTML or dangerous links through; on top of that the tree is changed before it is written:
 * raw HTML becomes the text it was typed as, so that nobody's "<foo>" disappears; images become links, so that opening a
 * ticket fetches nothing from strangers; links lead to http, https, mailto and tel or are no links; headings start below
 * those of the page.
 *
 * libcmark-gfm keeps which characters are special in a table of the process while extensions are attached, so one text is
 * rendered at a time.  Its own allocator ends the process when there is no memory; it gets one that gives up the text, which
 * is then shown as plain text.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <pthread.h>

#include "text.h"

#define URL_MAX     2000         /* bytes of an address in plain text that becomes a link */
#define CELLS_MAX   20000        /* of one text's tables: the library fills short rows up to the width of the head */
#define DEPTH_MAX   50           /* quotes in one line: deeper ones cost more than they say */
#define WORD_MAX    2000         /* bytes without a blank: looking for links in longer ones takes the square of it */
#define MENTIONS_MAX (4 * 1024 * 1024)   /* bytes that links by name may grow to */
#define HTML_MAX    (700 * 1024) /* what grows beyond this is shown as plain text */
#define MEMORY_MAX  (48 * 1024 * 1024)   /* bytes one text may take; nothing is freed before its end */
#define OPTIONS     (CMARK_OPT_HARDBREAKS | CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE)

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* ---- memory ---- */

/* The library's memory, while the lock is held.  A piece is preceded by its size. */
static hd_arena_t *memory;

static void *piece(size_t size, bool zero)
{
    size_t *p = zero ? hd_alloc(memory, size + 16) : hd_alloc_raw(memory, size + 16);
    *p = size;
    return (char *) p + 16;
}

static void *piece_new(size_t n, size_t size)
{
    return piece(n * size, true);
}

static void *piece_grow(void *old, size_t size)
{
    size_t was = old == NULL ? 0 : *(size_t *) (void *) ((char *) old - 16);
    void *p = piece(size, false);
    if (was != 0) {
        memcpy(p, old, was < size ? was : size);
    }
    return p;
}

static void piece_free(void *p)
{
    (void) p;
}

static cmark_mem hooks = { piece_new, piece_grow, piece_free };

/* ---- links ---- */

static bool is_safe_url(const char *url)
{
    static const char *const schemes[] = { "http://", "https://", "mailto:", "tel:" };
    hd_str_t u = hd_str(url);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        hd_str_t s = hd_str(schemes[i]);
        if (u.len > s.len && hd_str_ieq((hd_str_t){ s.len, u.data }, s)) {
            return true;
        }
    }
    return false;
}

/* ---- the tree ---- */

static void move_children(cmark_node *from, cmark_node *to)
{
    for (cmark_node *c; (c = cmark_node_first_child(from)) != NULL;) {
        if (!cmark_node_append_child(to, c)) {
            cmark_node_unlink(c);
            cmark_node_free(c);
        }
    }
}

static void replace(cmark_node *old, cmark_node *now)
{
    if (cmark_node_replace(old, now)) {
        cmark_node_free(old);
    } else {
        cmark_node_free(now);
    }
}

/* Line by line; each line is text. */
static void add_lines(cmark_node *to, const char *literal)
{
    char *copy = (char *) (uintptr_t) hd_str_dup(memory, hd_str(literal != NULL ? literal : "")).data, *end;
    for (char *line = copy; *line != '\0'; line = end) {
        end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        cmark_node *text = cmark_node_new_with_mem(CMARK_NODE_TEXT, &hooks);
        cmark_node_set_literal(text, line);
        cmark_node_append_child(to, text);
        if (end != NULL && *end != '\0') {
            cmark_node_append_child(to, cmark_node_new_with_mem(CMARK_NODE_LINEBREAK, &hooks));
        }
    }
}

static void make_text(cmark_node *raw)
{
    bool block = cmark_node_get_type(raw) == CMARK_NODE_HTML_BLOCK;
    cmark_node *n = cmark_node_new_with_mem(block ? CMARK_NODE_PARAGRAPH : CMARK_NODE_TEXT, &hooks);
    if (block) {
        add_lines(n, cmark_node_get_literal(raw));
    } else {
        cmark_node_set_literal(n, cmark_node_get_literal(raw));
    }
    replace(raw, n);
}

/* An image, by its description or its address. */
static void make_link(cmark_node *image)
{
    cmark_node *link = cmark_node_new_with_mem(CMARK_NODE_LINK, &hooks);
    cmark_node_set_url(link, cmark_node_get_url(image));
    cmark_node_set_title(link, cmark_node_get_title(image));
    move_children(image, link);
    if (cmark_node_first_child(link) == NULL) {
        cmark_node *text = cmark_node_new_with_mem(CMARK_NODE_TEXT, &hooks);
        cmark_node_set_literal(text, cmark_node_get_url(image));
        cmark_node_append_child(link, text);
    }
    replace(image, link);
}

static void drop_link(cmark_node *link)
{
    for (cmark_node *c; (c = cmark_node_first_child(link)) != NULL;) {
        cmark_node_unlink(c);
        if (!cmark_node_insert_before(link, c)) {
            cmark_node_free(c);
        }
    }
    cmark_node_unlink(link);
    cmark_node_free(link);
}

/* Called when a node is left, so that what happens to it is no longer walked over. */
static void make_safe(cmark_node *n, bool nested)
{
    cmark_node_type type = cmark_node_get_type(n);
    if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE) {
        make_text(n);
    } else if (type == CMARK_NODE_HEADING) {
        int level = cmark_node_get_heading_level(n) + 2;
        cmark_node_set_heading_level(n, level > 6 ? 6 : level);
    } else if (type == CMARK_NODE_IMAGE || type == CMARK_NODE_LINK) {
        if (!is_safe_url(cmark_node_get_url(n)) || nested) {
            drop_link(n);
        } else if (type == CMARK_NODE_IMAGE) {
            make_link(n);
        }
    }
}

static void make_tree_safe(cmark_node *root)
{
    cmark_iter *it = cmark_iter_new(root);
    cmark_event_type ev;
    unsigned open = 0;               /* links and images around this place */
    while ((ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
        cmark_node *n = cmark_iter_get_node(it);
        cmark_node_type type = cmark_node_get_type(n);
        bool leaf = type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
        bool link = type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE;
        if (ev == CMARK_EVENT_ENTER && link) {
            open++;
        } else if (ev == CMARK_EVENT_EXIT || leaf) {
            open -= link;
            make_safe(n, open != 0);     /* leaves have no exit; the iterator has moved on already */
        }
    }
    cmark_iter_free(it);
}

/* ---- what would cost too much ---- */

typedef struct {
    size_t lines, widest, deepest, word, brackets;
    bool   defines;              /* a line may define a link by name, whose address is then written at each mention */
} cost_t;

static bool is_marker(char c)
{
    return c == '>' || c == '-' || c == '+' || c == '*' || c == '.' || c == ')';
}

static void weigh_line(cost_t *cost, hd_str_t line)
{
    size_t bars = 0, depth = 0, word = 0, i = 0;
    for (; i < line.len && (is_marker(line.data[i]) || strchr(" \t0123456789", line.data[i]) != NULL); i++) {
        depth += is_marker(line.data[i]);
    }
    cost->defines = cost->defines || (i < line.len && line.data[i] == '[' && memmem(line.data + i, line.len - i, "]:", 2) != NULL);
    for (i = 0; i < line.len; i++) {
        bars += line.data[i] == '|';
        cost->brackets += line.data[i] == '[';
        word = line.data[i] == ' ' ? 0 : word + 1;
        cost->word = word > cost->word ? word : cost->word;
    }
    cost->lines++;
    cost->widest = bars > cost->widest ? bars : cost->widest;
    cost->deepest = depth > cost->deepest ? depth : cost->deepest;
}

static cost_t weigh(hd_str_t text)
{
    cost_t cost = { .lines = 0 };
    hd_str_t rest = text, line;
    while (hd_str_split(&rest, '\n', &line)) {
        weigh_line(&cost, line);
    }
    return cost;
}

/* ---- Markdown ---- */

static void attach(cmark_parser *p, const char *name)
{
    cmark_syntax_extension *x = cmark_find_syntax_extension(name);
    if (x != NULL) {
        cmark_parser_attach_syntax_extension(p, x);
    }
}

static hd_code_t render(hd_str_t text, const cost_t *cost, hd_str_t *ret_html)
{
    cmark_parser *p = cmark_parser_new_with_mem(OPTIONS, &hooks);
    attach(p, "strikethrough");
    if (cost->word <= WORD_MAX) {
        attach(p, "autolink");
    }
    if ((cost->widest + 1) * cost->lines <= CELLS_MAX) {
        attach(p, "table");
    }
    cmark_parser_feed(p, text.data, text.len);
    cmark_node *root = cmark_parser_finish(p);
    make_tree_safe(root);
    *ret_html = hd_str(cmark_render_html_with_mem(root, OPTIONS, cmark_parser_get_syntax_extensions(p), &hooks));
    return HD_OK;
}

static void free_slot(void *arg)
{
    hd_arena_destroy(*(hd_arena_t **) arg);
}

hd_str_t hd_text_markdown(hd_arena_t *a, hd_str_t text)
{
    hd_str_t html = { 0, "" };
    hd_code_t code = HD_E_MEMORY;
    cost_t cost = weigh(text);
    if (cost.deepest > DEPTH_MAX || (cost.defines && cost.brackets * text.len > MENTIONS_MAX)) {
        return hd_text_html(a, text);
    }
    hd_arena_t **slot = hd_alloc(a, sizeof(*slot));    /* nothing may jump out while the lock is held */
    hd_arena_defer(a, free_slot, slot);
    (void) pthread_mutex_lock(&one_at_a_time);
    *slot = memory = hd_arena_create(MEMORY_MAX);
    if (memory != NULL) {
        cmark_gfm_core_extensions_ensure_registered();
        HD_ARENA_TRY(memory, code, render(text, &cost, &html));
    }
    (void) pthread_mutex_unlock(&one_at_a_time);
    html = code == HD_OK && html.len <= HTML_MAX ? hd_str_dup(a, html) : hd_text_html(a, text);
    hd_arena_destroy(*slot);
    *slot = NULL;
    return html;
}

/* ---- plain text ---- */

static bool ends_url(char c)
{
    return (unsigned char) c <= ' ' || c == '<' || c == '>' || c == '"' || c == '|';
}

/* Length of the address s begins with; 0: it does not. */
static size_t url_length(hd_str_t s)
{
    size_t head = hd_str_starts(s, HD_STR("https://")) ? 8 : hd_str_starts(s, HD_STR("http://")) ? 7 : 0;
    size_t n = head;
    while (head != 0 && n < s.len && n <= URL_MAX && !ends_url(s.data[n])) {
        n++;
    }
    while (n > head && strchr(".,;:!?)]}'*_", s.data[n - 1]) != NULL) {
        n--;                         /* the sentence's, not the address's */
    }
    return n > head && n <= URL_MAX ? n : 0;
}

static void put_line(hd_buf_t *b, hd_str_t line)
{
    size_t from = 0;
    for (size_t i = 0; i < line.len;) {
        size_t n = line.data[i] == 'h' ? url_length((hd_str_t){ line.len - i, line.data + i }) : 0;
        if (n == 0) {
            i++;
            continue;
        }
        hd_str_t url = { n, line.data + i };
        hd_buf_html(b, (hd_str_t){ i - from, line.data + from });
        hd_buf_z(b, "<a href=\"");
        hd_buf_html(b, url);
        hd_buf_z(b, "\">");
        hd_buf_html(b, url);
        hd_buf_z(b, "</a>");
        i += n;
        from = i;
    }
    hd_buf_html(b, (hd_str_t){ line.len - from, line.data + from });
}

hd_str_t hd_text_html(hd_arena_t *a, hd_str_t text)
{
    hd_str_t rest = text, line;
    bool open = false;
    hd_buf_t b;
    hd_buf_init(&b, a, text.len + text.len / 4 + 64, text.len * 16 + 64);
    while (hd_str_split(&rest, '\n', &line)) {
        line = line.len != 0 && line.data[line.len - 1] == '\r' ? (hd_str_t){ line.len - 1, line.data } : line;
        if (hd_str_trim(line).len == 0) {
            hd_buf_z(&b, open ? "</p>\n" : "");
            open = false;
            continue;
        }
        hd_buf_z(&b, open ? "<br>\n" : "<p>");
        put_line(&b, line);
        open = true;
    }
    hd_buf_z(&b, open ? "</p>\n" : "");
    return hd_buf_view(&b);
}
