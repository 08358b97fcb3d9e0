/*
 * What all workers share and a reload keeps: the counters behind /metrics, the throttle of sign-ins and forms, and which
 * passwords were proven lately.
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
            || !hd_random(shared->key, sizeof(shared->key))
            || !hd_random(shared->proof_key, sizeof(shared->proof_key)))
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


/* ---- proofs: MACs of what was checked, each in one of a few neighbours ---- */

static ngx_http_helpdesk_proof_t *
ngx_http_helpdesk_proof_row(hd_str_t text, u_char mac[16])
{
    uint64_t  h;
    uint8_t   full[HD_HASH_LEN];

    hd_mac(ngx_http_helpdesk_shared->proof_key, text.data, text.len, full);
    ngx_memcpy(mac, full, 16);
    ngx_memcpy(&h, full + 16, sizeof(h));

    return &ngx_http_helpdesk_shared->proofs[
               h % (NGX_HELPDESK_PROOFS / NGX_HELPDESK_WAYS)
               * NGX_HELPDESK_WAYS];
}


static bool
ngx_http_helpdesk_proof_has(void *arg, hd_str_t text)
{
    bool                        found;
    u_char                      mac[16];
    ngx_uint_t                  i;
    ngx_msec_t                  now;
    ngx_http_helpdesk_proof_t  *row;

    row = ngx_http_helpdesk_proof_row(text, mac);
    now = (ngx_msec_t) (hd_time_mono_us() / 1000);
    found = false;

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    for (i = 0; i < NGX_HELPDESK_WAYS; i++) {
        found = found || (row[i].until > now
                          && hd_mem_eq_const(row[i].mac, mac, 16));
    }

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);

    return found;
}


static void
ngx_http_helpdesk_proof_add(void *arg, hd_str_t text)
{
    u_char                      mac[16];
    ngx_uint_t                  i;
    ngx_http_helpdesk_proof_t  *row, *oldest;

    row = ngx_http_helpdesk_proof_row(text, mac);
    oldest = row;

    ngx_shmtx_lock(&ngx_http_helpdesk_slab->mutex);

    for (i = 0; i < NGX_HELPDESK_WAYS; i++) {

        if (ngx_memcmp(row[i].mac, mac, 16) == 0) {
            oldest = &row[i];
            break;
        }

        if (row[i].until < oldest->until) {
            oldest = &row[i];
        }
    }

    ngx_memcpy(oldest->mac, mac, 16);
    oldest->until = (ngx_msec_t) (hd_time_mono_us() / 1000) + HD_PROOF_LIFE;

    ngx_shmtx_unlock(&ngx_http_helpdesk_slab->mutex);
}


const hd_proofs_t  ngx_http_helpdesk_proofs = {
    ngx_http_helpdesk_proof_has, ngx_http_helpdesk_proof_add, NULL
};


/* ---- counting ---- */

static ngx_uint_t
ngx_http_helpdesk_route_number(const hd_route_t *route)
{
    size_t      n;
    ngx_uint_t  i, first;

    static const hd_door_t *const  doors[] = { &hd_api_door, &hd_page_door,
                                               &hd_rpc_door };

    for (i = 0, first = 0; i < 3; first += doors[i++]->n) {
        n = (size_t) (route - doors[i]->routes);

        if (n < doors[i]->n) {
            return ngx_min(first + n, NGX_HELPDESK_ROUTES - 1);
        }
    }

    return NGX_HELPDESK_ROUTES - 1;
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
