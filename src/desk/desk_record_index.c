/*
 * Which records of a list can match at all, by an index: those of a ticket or a team, of a user, with an address.  What the
 * condition says of them is asked of each all the same.
 */
#include <stdlib.h>

#include "desk_impl.h"

#define NARROW_MAX 20000         /* more are not narrow */

typedef struct {
    uint8_t type, index;
    uint8_t field;
    bool    inverted;            /* the key ends in ~id */
} way_t;

static const way_t ways[] = {
    { HD_MESSAGE, HD_IX_MESSAGE_TICKET, HD_MESSAGE_F_ticket_id, true },
    { HD_MESSAGE, HD_IX_MESSAGE_TEAM, HD_MESSAGE_F_team_id, true },
    { HD_ATTACHMENT, HD_IX_ATTACHMENT_TICKET, HD_ATTACHMENT_F_ticket_id, false },
    { HD_ATTACHMENT, HD_IX_ATTACHMENT_TEAM, HD_ATTACHMENT_F_team_id, false },
    { HD_ACTIVITY, HD_IX_ACTIVITY_TICKET, HD_ACTIVITY_F_ticket_id, false },
    { HD_ACTIVITY, HD_IX_ACTIVITY_USER, HD_ACTIVITY_F_user_id, false },
    { HD_CONTACT, HD_IX_CONTACT_EMAIL, HD_CONTACT_F_email, false },
    { HD_CONTACT, HD_IX_CONTACT_PARENT, HD_CONTACT_F_parent_id, false },
};

typedef struct {
    hd_id_t *v;
    size_t   n, cap;
    bool     known;              /* no other record can match */
} narrow_t;

static int compare_ids(const void *a, const void *b)
{
    hd_id_t x = *(const hd_id_t *) a, y = *(const hd_id_t *) b;
    return (x > y) - (x < y);
}

static void add(hd_cx_t *cx, narrow_t *out, hd_id_t id)
{
    if (out->n == out->cap) {
        size_t cap = out->cap == 0 ? 64 : 2 * out->cap;
        hd_id_t *v = hd_alloc_n(cx->arena, cap, sizeof(*v));
        if (out->n != 0) {
            memcpy(v, out->v, out->n * sizeof(*v));
        }
        out->v = v;
        out->cap = cap;
    }
    out->v[out->n++] = id;
}

static void scan(hd_cx_t *cx, const way_t *w, const hd_key_t *prefix, narrow_t *out)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_index(&sc, cx->txn, prefix, NULL);
    while (out->known && hd_scan_next(&sc, &key, &value)) {
        uint32_t id = hd_get_be32((const uint8_t *) key.data + key.len - 4);
        out->known = out->n < NARROW_MAX;
        if (out->known) {
            add(cx, out, w->inverted ? (uint32_t) ~id : id);
        }
    }
    hd_scan_done(&sc);
}

static narrow_t of_test(hd_cx_t *cx, hd_type_t type, const hd_filter_t *f)
{
    narrow_t out = { .known = false };
    if ((f->op != HD_OP_EQ && f->op != HD_OP_IN) || f->member.len != 0) {
        return out;
    }
    if (f->field == HD_F_id) {
        for (size_t i = 0; i < f->n; i++) {
            add(cx, &out, f->num[i] < 0 ? 0 : (hd_id_t) f->num[i]);
        }
        out.known = true;
        return out;
    }
    const way_t *w = ways;
    while (w < ways + sizeof(ways) / sizeof(ways[0]) && (w->type != type || w->field != f->field)) {
        w++;
    }
    if (w == ways + sizeof(ways) / sizeof(ways[0]) || !hd_desk_index_is_whole(cx, (hd_index_t) w->index)) {
        return out;
    }
    out.known = true;
    for (size_t i = 0; i < f->n && out.known; i++) {
        hd_key_t k = hd_desk_key((hd_index_t) w->index);
        if (f->text != NULL) {
            out.known = f->text[i].len != 0;                /* what has no address has no key */
            hd_key_str(&k, hd_text_fold(cx->arena, f->text[i]));
        } else {
            out.known = f->num[i] > 0 && f->num[i] <= (int64_t) HD_ID_MAX;
            hd_key_id(&k, (hd_id_t) f->num[i]);
        }
        if (out.known) {
            scan(cx, w, &k, &out);
        }
    }
    return out;
}

static const hd_str_t *exact_text(const hd_expr_t *all, unsigned field)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const hd_filter_t *f = &all->v[i]->test;
        if (all->v[i]->kind == HD_EXPR_TEST && f->field == field && f->op == HD_OP_EQ && f->exact) {
            return &f->text[0];
        }
    }
    return NULL;
}

/* Module and name together are a key. */
static bool of_external_id(hd_cx_t *cx, const hd_expr_t *all, narrow_t *out)
{
    hd_id_t id;
    const hd_str_t *module = exact_text(all, HD_EXTERNAL_ID_F_module), *name = exact_text(all, HD_EXTERNAL_ID_F_name);
    if (module == NULL || name == NULL) {
        return false;
    }
    hd_key_t k = hd_desk_key(HD_IX_EXTERNAL_NAME);
    hd_key_str(&k, hd_str_cat(cx->arena, 3, *module, HD_STR("."), *name));
    if (hd_index_find(cx->txn, &k, &id)) {
        add(cx, out, id);
    }
    out->known = true;
    return true;
}

static narrow_t narrow(hd_cx_t *cx, hd_type_t type, const hd_expr_t *x)
{
    narrow_t out = { .known = false };
    if (x == NULL || x->kind == HD_EXPR_NOT || (type == HD_EXTERNAL_ID && x->kind == HD_EXPR_AND && of_external_id(cx, x, &out))) {
        return out;
    }
    if (x->kind == HD_EXPR_TEST) {
        return of_test(cx, type, &x->test);
    }
    for (uint32_t i = 0; i < x->n; i++) {
        narrow_t one = narrow(cx, type, x->v[i]);
        if (x->kind == HD_EXPR_AND) {
            out = one.known && (!out.known || one.n < out.n) ? one : out;
        } else if (!one.known || (i != 0 && out.n + one.n > NARROW_MAX)) {
            return (narrow_t){ .known = false };
        } else {
            for (size_t k = 0; k < one.n; k++) {
                add(cx, &out, one.v[k]);
            }
            out.known = true;
        }
    }
    return out;
}

bool hd_desk_candidates(hd_cx_t *cx, hd_type_t type, const hd_expr_t *where, hd_id_t **ret_ids, size_t *ret_n)
{
    narrow_t n = narrow(cx, type, where);
    size_t kept = 0;
    if (!n.known) {
        return false;
    }
    if (n.n > 1) {
        qsort(n.v, n.n, sizeof(*n.v), compare_ids);
    }
    for (size_t i = 0; i < n.n; i++) {
        if (n.v[i] != 0 && (kept == 0 || n.v[kept - 1] != n.v[i])) {
            n.v[kept++] = n.v[i];
        }
    }
    *ret_ids = n.v;
    *ret_n = kept;
    return true;
}
