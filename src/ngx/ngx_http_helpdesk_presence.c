/*
 * Presence: who looks at which ticket, in a table that all workers share.  Every change takes the next number, and a
 * stream is told of what changed after the number it has; who has left stays in the table until his place is needed, so
 * that every stream can be told.  Nothing is written down; who looks on says so again before HD_PRESENCE_LIFE is over.
 */

#include "ngx_http_helpdesk.h"


#define NGX_HELPDESK_PRESENCE_ROOM  4096       /* a frame fits: a name has 200 characters, six bytes each at most */


static ngx_inline ngx_msec_t
ngx_http_helpdesk_presence_now(void)
{
    return (ngx_msec_t) (hd_time_mono_us() / 1000);
}


/* Who gives way: a free place, who left first, who will first be forgotten. */

static ngx_uint_t
ngx_http_helpdesk_presence_before(ngx_http_helpdesk_present_t *a,
    ngx_http_helpdesk_present_t *b)
{
    if (b == NULL) {
        return 1;
    }

    if ((a->state == HD_GONE) != (b->state == HD_GONE)) {
        return a->state == HD_GONE;
    }

    return a->state == HD_GONE ? a->changed < b->changed : a->until < b->until;
}


/* The place of the pair, or the one it is to take: one of his own when he has too many. */

static ngx_http_helpdesk_present_t *
ngx_http_helpdesk_presence_place(const hd_present_t *p)
{
    ngx_uint_t                    i, n;
    ngx_http_helpdesk_present_t  *e, *least, *own;

    e = ngx_http_helpdesk_shared->present;
    least = own = NULL;

    for (i = 0, n = 0; i < HD_PRESENCE_MAX; i++, e++) {

        if (e->ticket == p->ticket_id && e->uid == p->uid) {
            return e;
        }

        if (e->uid == p->uid && e->state != HD_GONE) {
            n++;

            if (ngx_http_helpdesk_presence_before(e, own)) {
                own = e;
            }
        }

        if (ngx_http_helpdesk_presence_before(e, least)) {
            least = e;
        }
    }

    return n < HD_PRESENCE_USER ? least : own;
}


static void
ngx_http_helpdesk_presence_change(ngx_http_helpdesk_present_t *e,
    hd_presence_state_t state)
{
    e->state = state;
    e->changed = ++ngx_http_helpdesk_shared->present_changes;
}


static void
ngx_http_helpdesk_presence_set(void *arg, const hd_present_t *p)
{
    ngx_uint_t                    changed;
    ngx_http_helpdesk_present_t  *e;

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    e = ngx_http_helpdesk_presence_place(p);

    if (e->ticket != p->ticket_id || e->uid != p->uid) {
        ngx_memzero(e, sizeof(ngx_http_helpdesk_present_t));
        e->ticket = (uint32_t) p->ticket_id;
        e->uid = (uint32_t) p->uid;
    }

    e->until = ngx_http_helpdesk_presence_now() + HD_PRESENCE_LIFE;
    changed = e->state != p->state;

    if (changed) {
        ngx_http_helpdesk_presence_change(e, p->state);
    }

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);

    if (changed) {
        ngx_http_helpdesk_wake_all();
    }
}


const hd_presence_t  ngx_http_helpdesk_presence = {
    ngx_http_helpdesk_presence_set, NULL
};


void
ngx_http_helpdesk_presence_expire(void)
{
    ngx_uint_t                    i, changed;
    ngx_msec_t                    now;
    ngx_http_helpdesk_present_t  *e;

    if (ngx_http_helpdesk_shared->present_changes == 0) {
        return;
    }

    now = ngx_http_helpdesk_presence_now();
    changed = 0;

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    for (i = 0; i < HD_PRESENCE_MAX; i++) {
        e = &ngx_http_helpdesk_shared->present[i];

        if (e->state != HD_GONE && e->until <= now) {
            ngx_http_helpdesk_presence_change(e, HD_GONE);
            changed = 1;
        }
    }

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);

    if (changed) {
        ngx_http_helpdesk_wake_all();
    }
}


/* ---- reading ---- */

static int ngx_libc_cdecl
ngx_http_helpdesk_presence_compare(const void *one, const void *two)
{
    const ngx_http_helpdesk_present_t  *a, *b;

    a = one;
    b = two;

    return a->changed < b->changed ? -1 : a->changed > b->changed;
}


/* A stream that has been told nothing yet need not hear of those who left. */

static ngx_uint_t
ngx_http_helpdesk_presence_copy(hd_arena_t *a, uint64_t seen,
    ngx_http_helpdesk_present_t **ret)
{
    ngx_uint_t                    i, n;
    ngx_http_helpdesk_present_t  *e;

    *ret = hd_alloc_n(a, HD_PRESENCE_MAX, sizeof(**ret));

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    for (i = 0, n = 0; i < HD_PRESENCE_MAX; i++) {
        e = &ngx_http_helpdesk_shared->present[i];

        if (e->changed > seen && (seen != 0 || e->state != HD_GONE)) {
            (*ret)[n++] = *e;
        }
    }

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);

    ngx_qsort(*ret, n, sizeof(**ret), ngx_http_helpdesk_presence_compare);

    return n;
}


ngx_int_t
ngx_http_helpdesk_presence_read(hd_cx_t *cx, const hd_watch_t *watch,
    uint64_t *seen, hd_buf_t *out)
{
    uint64_t                      end;
    ngx_uint_t                    i, n;
    hd_present_t                  p;
    ngx_http_helpdesk_present_t  *v;

    end = ngx_http_helpdesk_shared->present_changes;

    if (end == *seen || !hd_actor_is_internal(cx->actor)) {
        *seen = end;
        return NGX_OK;
    }

    n = ngx_http_helpdesk_presence_copy(cx->arena, *seen, &v);

    for (i = 0; i < n; i++) {

        if (out->max - out->len < NGX_HELPDESK_PRESENCE_ROOM) {
            return NGX_AGAIN;
        }

        p.ticket_id = v[i].ticket;
        p.uid = v[i].uid;
        p.state = v[i].state;

        if (hd_api_presence_json(cx, &p, watch, out) != HD_OK) {
            return NGX_ERROR;
        }

        *seen = v[i].changed;
    }

    *seen = ngx_max(*seen, end);

    return NGX_OK;
}
