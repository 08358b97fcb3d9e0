/*
 * The thread of a ticket or a team: messages and, of a ticket, its tracked changes from the event log (CHT-5), merged by
 * time (CHT-8, CHT-9).
 *
 * Both sources are read from the newest on, each in its own order, so that a clock that was put back moves nothing.  A
 * cursor is a place in both: message(4) event(8).  Index keys are read forwards only, and newest messages have the
 * smallest keys, so pages after a cursor are found by coming from the newest, too.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE              /* memmem */
#endif
#include "desk_impl.h"

#define PLACE      12
#define TEXT_MAX   (2 * 1024 * 1024) /* bytes of text after which a page ends */
#define WORDS_MAX  10

typedef struct {
    uint64_t message, event;     /* what lies before this place has smaller numbers */
} place_t;

typedef struct {
    hd_cx_t                 *cx;
    const hd_thread_query_t *q;
    hd_subject_t             s;
    hd_scan_t                sc;
    place_t                  at;         /* of the last item taken from either source */
    const hd_message_t      *message;    /* next of each; NULL: none */
    const hd_event_t        *event;
    uint64_t                 event_at;   /* of the trail */
    hd_arena_t              *scratch;    /* of a message whose words are looked at */
    bool                     comments, changes;
    uint32_t                 looked, n_words;
    hd_str_t                 words[WORDS_MAX];
} walk_t;

/* ---- words (CHT-8) ---- */

static void add_word(void *arg, hd_str_t word)
{
    walk_t *w = arg;
    if (w->n_words < WORDS_MAX) {
        w->words[w->n_words++] = hd_str_dup(w->cx->arena, word);
    }
}

static bool has_words(const walk_t *w, const hd_message_t *m)
{
    if (w->n_words == 0) {
        return true;
    }
    hd_arena_reset(w->scratch);
    hd_str_t text = hd_text_fold(w->scratch, m->body);
    for (uint32_t i = 0; i < w->n_words; i++) {
        if (memmem(text.data, text.len, w->words[i].data, w->words[i].len) == NULL) {
            return false;
        }
    }
    return true;
}

/* ---- the two sources, newest first ---- */

static const hd_message_t *next_message(walk_t *w)
{
    hd_str_t key, value;
    hd_message_t *m = hd_alloc_raw(w->cx->arena, sizeof(*m));
    while (w->looked < HD_SCAN_MAX && hd_scan_next(&w->sc, &key, &value)) {
        hd_id_t id = ~hd_get_be32((const uint8_t *) key.data + key.len - 4);
        w->looked++;
        if (hd_row_get(w->cx->txn, w->cx->arena, HD_MESSAGE, id, m) == HD_OK
            && (!w->comments || m->subtype == HD_SUB_COMMENT) && has_words(w, m)) {
            return m;
        }
        w->at.message = id;
    }
    return NULL;
}

static const hd_event_t *next_event(walk_t *w)
{
    hd_event_t *ev = hd_alloc_raw(w->cx->arena, sizeof(*ev));
    while (w->changes && w->looked < HD_SCAN_MAX
           && hd_trail_next(w->cx->txn, HD_TICKET, w->s.ticket.rec.id, &w->event_at, ev)) {
        w->looked++;
        if (ev->kind == HD_EV_CREATED || (ev->kind == HD_EV_CHANGED && ev->changes.len != 0)) {
            return ev;
        }
        w->at.event = ev->seq;
    }
    return NULL;
}

static void walk_begin(walk_t *w, place_t from)
{
    bool ticket = w->s.ticket.rec.id != 0;
    hd_key_t prefix = hd_desk_key(ticket ? HD_IX_MESSAGE_TICKET : HD_IX_MESSAGE_TEAM);
    hd_key_id(&prefix, ticket ? w->s.ticket.rec.id : w->s.team->rec.id);
    hd_key_t after = prefix;
    hd_key_id_desc(&after, from.message);
    w->at = from;
    w->event_at = from.event == UINT64_MAX ? 0 : from.event;
    hd_scan_index(&w->sc, w->cx->txn, &prefix, from.message <= HD_ID_MAX ? &after : NULL);
    w->message = next_message(w);
    w->event = next_event(w);
}

/* The newer of the two; false at the end. */
static bool walk_next(walk_t *w, hd_thread_item_t *ret)
{
    bool event = w->event != NULL && (w->message == NULL || w->event->time > w->message->rec.create_date);
    *ret = (hd_thread_item_t){ .message = NULL };
    if (event) {
        ret->event = w->event;
        w->at.event = w->event->seq;
        w->event = next_event(w);
    } else if (w->message != NULL) {
        ret->message = w->message;
        w->at.message = w->message->rec.id;
        w->message = next_message(w);
    }
    return ret->event != NULL || ret->message != NULL;
}

/* ---- cursors ---- */

static hd_str_t write_place(hd_cx_t *cx, place_t p)
{
    uint8_t b[PLACE];
    hd_put_be32(b, (uint32_t) p.message);
    hd_put_be64(b + 4, p.event);
    return hd_desk_cursor(cx->arena, b, PLACE);
}

static bool read_place(hd_str_t text, place_t *ret)
{
    uint8_t b[PLACE];
    if (!hd_desk_cursor_read(text, b, PLACE)) {
        return false;
    }
    *ret = (place_t){ hd_get_be32(b), hd_get_be64(b + 4) };
    return true;
}

/* ---- pages ---- */

static size_t weight(const hd_thread_item_t *i)
{
    return i->message != NULL ? i->message->body.len + i->message->body_html.len : i->event->changes.len;
}

static void turn(hd_thread_page_t *p)
{
    for (uint32_t i = 0; i < p->n / 2; i++) {
        hd_thread_item_t t = p->v[i];
        p->v[i] = p->v[p->n - 1 - i];
        p->v[p->n - 1 - i] = t;
    }
}

/* From a place on towards the oldest. */
static hd_code_t page_before(walk_t *w, place_t from, uint32_t limit, hd_thread_page_t *p)
{
    hd_thread_item_t item;
    size_t text = 0;
    place_t last = from;
    walk_begin(w, from);
    while (p->n < limit && text <= TEXT_MAX && walk_next(w, &item)) {
        p->v[p->n++] = item;
        text += weight(&item);
        last.message = item.message != NULL ? item.message->rec.id : last.message;
        last.event = item.event != NULL ? item.event->seq : last.event;
    }
    if (w->message != NULL || w->event != NULL) {
        p->prev = write_place(w->cx, last);
    } else if (w->looked >= HD_SCAN_MAX) {
        p->prev = write_place(w->cx, w->at);
    }
    if (w->q->before.len != 0) {
        p->next = write_place(w->cx, (place_t){ from.message - 1, from.event - 1 });
    }
    turn(p);
    return HD_OK;
}

/* What came after a place: the items next to it, found by walking down from the newest. */
static hd_code_t page_after(walk_t *w, place_t place, uint32_t limit, hd_thread_page_t *p)
{
    hd_thread_item_t item;
    hd_thread_item_t *ring = hd_alloc_n(w->cx->arena, limit, sizeof(*ring));
    uint64_t n = 0;
    size_t text = 0;
    place_t last = place;
    walk_begin(w, (place_t){ UINT64_MAX, UINT64_MAX });
    while (walk_next(w, &item)) {
        bool newer = item.message != NULL ? item.message->rec.id > place.message : item.event->seq > place.event;
        if (newer) {
            ring[n++ % limit] = item;
        }
        if ((w->message == NULL || w->message->rec.id <= place.message)
            && (w->event == NULL || w->event->seq <= place.event)) {
            break;
        }
    }
    if (w->looked >= HD_SCAN_MAX) {
        return HD_E_BROAD;
    }
    uint64_t keep = n < limit ? n : limit;
    for (; p->n < keep && text <= TEXT_MAX; p->n++) {
        item = ring[(n - 1 - p->n) % limit];
        p->v[p->n] = item;
        text += weight(&item);
        last.message = item.message != NULL ? item.message->rec.id : last.message;
        last.event = item.event != NULL ? item.event->seq : last.event;
    }
    p->prev = write_place(w->cx, (place_t){ place.message + 1, place.event + 1 });
    p->next = n > p->n ? write_place(w->cx, last) : (hd_str_t){ 0, "" };
    return HD_OK;
}

static hd_code_t open_thread(walk_t *w)
{
    const hd_thread_query_t *q = w->q;
    bool internal = hd_actor_is_internal(w->cx->actor) || hd_actor_is_desk(w->cx->actor);
    w->comments = q->linked != NULL || !internal;
    w->changes = q->changes && !w->comments && q->words.len == 0;
    if (q->words.len != 0) {
        w->scratch = hd_desk_scratch(w->cx);
        hd_text_words(w->cx->arena, q->words, add_word, w);
    }
    if (q->linked != NULL) {
        w->s.ticket = *q->linked;
        return HD_OK;
    }
    hd_code_t code = hd_subject_open(w->cx, q->ticket_id, q->team_id, &w->s);
    w->changes = w->changes && w->s.ticket.rec.id != 0;
    return code;
}

hd_code_t hd_thread_list(hd_cx_t *cx, const hd_thread_query_t *q, hd_thread_page_t *ret)
{
    walk_t w = { .cx = cx, .q = q };
    place_t place = { UINT64_MAX, UINT64_MAX };
    hd_thread_page_t page = { .n = 0 };
    uint32_t limit = hd_desk_page_limit(q->limit);
    hd_code_t code = open_thread(&w);
    if (code != HD_OK) {
        return code;
    }
    hd_str_t cursor = q->after.len != 0 ? q->after : q->before;
    if ((cursor.len != 0 && !read_place(cursor, &place)) || (q->after.len != 0 && (q->before.len != 0 || q->words.len != 0))) {
        return HD_E_CURSOR;
    }
    page.v = hd_alloc_n(cx->arena, limit, sizeof(*page.v));
    code = q->after.len != 0 ? page_after(&w, place, limit, &page) : page_before(&w, place, limit, &page);
    hd_scan_done(&w.sc);
    code = code == HD_OK ? hd_txn_error(cx->txn) : code;
    if (code == HD_OK) {
        *ret = page;
    }
    return code;
}
