/*
 * What all workers share and a reload keeps: the counters behind /metrics, and the throttle of sign-ins and forms.
 */

#include "ngx_http_helpdesk.h"


const ngx_uint_t  ngx_http_helpdesk_sizes[8] =
    { 1, 2, 4, 8, 16, 32, 64, 128 };
const ngx_uint_t  ngx_http_helpdesk_commit_bounds[7] =
    { 500, 1000, 2000, 5000, 10000, 50000, 250000 };


ngx_int_t
ngx_http_helpdesk_zone_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t            *slab;
    ngx_http_helpdesk_shared_t *shared;

    slab = (ngx_slab_pool_t *) zone->shm.addr;

    if (data != NULL) {
        zone->data = data;                     /* a reload: the counters go on */

    } else if (zone->shm.exists) {
        zone->data = slab->data;

    } else {
        shared = ngx_slab_calloc(slab, sizeof(ngx_http_helpdesk_shared_t));

        if (shared == NULL
            || !hd_random(shared->key, sizeof(shared->key)))
        {
            return NGX_ERROR;
        }

        slab->data = shared;
        zone->data = shared;
    }

    ngx_http_helpdesk_shared = zone->data;
    ngx_http_helpdesk_slab = slab;

    return NGX_OK;
}


/* ---- throttle: fixed windows in a table of buckets ---- */

/* A key stands in one of a few neighbours; a new one takes the place of the least counted, so a full one stays. */

static ngx_http_helpdesk_bucket_t *
ngx_http_helpdesk_bucket(const uint64_t h[2], ngx_msec_t now,
    ngx_msec_t window)
{
    ngx_uint_t                   i;
    ngx_http_helpdesk_bucket_t  *b, *least;

    b = &ngx_http_helpdesk_shared->buckets[
            h[0] % (NGX_HELPDESK_BUCKETS / NGX_HELPDESK_WAYS)
            * NGX_HELPDESK_WAYS];
    least = b;

    for (i = 0; i < NGX_HELPDESK_WAYS; i++, b++) {

        if (now - b->since >= window) {
            b->n = 0;
            b->busy = 0;
        }

        if (b->key == h[1]) {
            least = b;
            break;
        }

        if (b->n + b->busy < least->n + least->busy) {
            least = b;
        }
    }

    if (least->key != h[1] || least->n + least->busy == 0) {
        ngx_memzero(least, sizeof(ngx_http_helpdesk_bucket_t));
        least->key = h[1];
        least->since = now;
    }

    return least;
}


static uint32_t
ngx_http_helpdesk_throttle_take(void *arg, const void *key, size_t len,
    uint32_t limit, hd_time_t window, hd_take_t how)
{
    uint64_t                     h[2];
    uint32_t                     wait;
    ngx_msec_t                   now;
    ngx_http_helpdesk_bucket_t  *b;

    hd_siphash(ngx_http_helpdesk_shared->key, key, len, (uint8_t *) h);
    now = (ngx_msec_t) (hd_time_mono_us() / 1000);
    wait = 0;

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    b = ngx_http_helpdesk_bucket(h, now, (ngx_msec_t) window);

    if (how == HD_TAKE_BAD || how == HD_TAKE_BACK) {
        b->busy -= b->busy > 0;
        b->n += how == HD_TAKE_BAD;

    } else if (b->n >= limit) {
        wait = (uint32_t) ((window - (hd_time_t) (now - b->since)) / 1000 + 1);

    } else if (b->n + b->busy >= limit) {
        wait = 1;                              /* some of those may be given back */

    } else if (how == HD_TAKE_BEGIN) {
        b->busy++;

    } else {
        b->n++;
    }

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);

    return wait;
}


const hd_throttle_t  ngx_http_helpdesk_throttle = {
    ngx_http_helpdesk_throttle_take, NULL
};


/* ---- counting ---- */

static ngx_uint_t
ngx_http_helpdesk_route_number(const hd_route_t *route)
{
    size_t  n;

    n = (size_t) (route - hd_api_door.routes);

    if (n < hd_api_door.n) {
        return n;
    }

    n = (size_t) (route - hd_page_door.routes);

    return n < hd_page_door.n ? hd_api_door.n + n : NGX_HELPDESK_ROUTES - 1;
}


void
ngx_http_helpdesk_count(ngx_http_helpdesk_ctx_t *ctx)
{
    ngx_uint_t  n, class;

    if (ctx->call->route == NULL) {
        return;
    }

    n = ngx_http_helpdesk_route_number(ctx->call->route);
    class = ngx_min(ctx->call->res.status / 100, 5);

    (void) ngx_atomic_fetch_add(
            &ngx_http_helpdesk_shared->metrics.requests[n][class], 1);
    (void) ngx_atomic_fetch_add(
            &ngx_http_helpdesk_shared->metrics.run_us[n], ctx->call->run_us);
}


void
ngx_http_helpdesk_count_batch(ngx_http_helpdesk_batch_t *b)
{
    ngx_uint_t                    i;
    ngx_http_helpdesk_metrics_t  *m;

    m = &ngx_http_helpdesk_shared->metrics;

    (void) ngx_atomic_fetch_add(&m->batches, 1);
    (void) ngx_atomic_fetch_add(&m->batch_commands, b->n);

    for (i = 0; i < 8 && b->n > ngx_http_helpdesk_sizes[i]; i++) { /* void */ }
    (void) ngx_atomic_fetch_add(&m->batch_size[i], 1);

    if (b->code != HD_OK) {
        (void) ngx_atomic_fetch_add(&m->commit_failed, 1);

    } else if (b->wrote) {
        for (i = 0; i < 7 && b->commit_us > ngx_http_helpdesk_commit_bounds[i];
             i++) { /* void */ }
        (void) ngx_atomic_fetch_add(&m->commit_le[i], 1);
        (void) ngx_atomic_fetch_add(&m->commit_us, b->commit_us);
    }
}
