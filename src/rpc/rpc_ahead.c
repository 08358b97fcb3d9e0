/*
 * What a call that writes brings along and what takes long to make of it, made in the pool before anybody holds the writer: the
 * contents of files are decoded, written and synced, so that the command writes their records alone; long texts of HTML become
 * plain.  The call finds each by the bytes it was made of.
 */
#include "rpc_talk.h"

#define LONG_TEXT (16 * 1024)            /* a shorter one is converted sooner than handed to another thread */

typedef struct {
    const char *of;              /* where the value's bytes lie */
    hd_str_t    text;
    hd_upload_t file;
} made_t;

struct rpc_ready_s {
    made_t *v;
    size_t  n, cap;
    size_t  at;                  /* behind the last that was found: they are asked for in their order */
};

static made_t *add(rpc_t *rpc, hd_str_t of)
{
    hd_arena_t *a = rpc->cx->arena;
    rpc_ready_t *r = rpc->ready;
    if (r == NULL) {
        r = rpc->ready = hd_alloc(a, sizeof(*r));
    }
    if (r->n == r->cap) {
        made_t *v = hd_alloc_n(a, 2 * r->cap + 8, sizeof(*v));
        if (r->n != 0) {
            memcpy(v, r->v, r->n * sizeof(*v));
        }
        r->v = v;
        r->cap = 2 * r->cap + 8;
    }
    r->v[r->n].of = of.data;
    return &r->v[r->n++];
}

static const made_t *find(rpc_t *rpc, hd_str_t of)
{
    rpc_ready_t *r = rpc->ready;
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        const made_t *m = &r->v[(r->at + i) % r->n];
        if (m->of == of.data) {
            r->at = (size_t) (m - r->v) + 1;
            return m;
        }
    }
    return NULL;
}

/* ---- files ---- */

hd_code_t rpc_file_ahead(rpc_t *rpc, hd_str_t name, const hd_jval_t *content)
{
    hd_upload_t u;
    hd_str_t bytes;
    if (hd_jtype(content) != HD_J_STR || !hd_base64_decode(rpc->cx->arena, hd_jstr(content), &bytes)) {
        return HD_OK;            /* the call says so */
    }
    hd_code_t code = hd_call_take_file(rpc->call, name, bytes, &u);
    if (code == HD_OK) {
        add(rpc, hd_jstr(content))->file = u;
    }
    return code;
}

bool rpc_file(rpc_t *rpc, const hd_jval_t *content, hd_upload_t *ret)
{
    const made_t *m = hd_jtype(content) == HD_J_STR ? find(rpc, hd_jstr(content)) : NULL;
    if (m != NULL) {
        *ret = m->file;
    }
    return m != NULL;
}

/* ---- texts ---- */

static bool is_long_html(const hd_jval_t *v)
{
    return hd_jtype(v) == HD_J_STR && hd_jstr(v).len >= LONG_TEXT && rpc_has_markup(hd_jstr(v));
}

/* Converts the long texts of v, wherever they stand.  rpc NULL: true when there is one. */
static bool convert(rpc_t *rpc, const hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t key;
    hd_jval_t *member;
    bool any = is_long_html(v);
    if (any && rpc != NULL) {
        hd_str_t plain = hd_text_from_html(rpc->cx->arena, hd_jstr(v));
        add(rpc, hd_jstr(v))->text = plain;
    }
    for (size_t i = 0; hd_jtype(v) == HD_J_ARR && i < hd_jlen(v); i++) {
        any |= convert(rpc, hd_jat(v, i));
    }
    while (hd_jtype(v) == HD_J_OBJ && hd_jnext((hd_jval_t *) (uintptr_t) v, &it, &key, &member)) {
        any |= convert(rpc, member);
    }
    return any;
}

bool rpc_brings_no_text(const rpc_t *rpc)
{
    return rpc->call->req.body.len < LONG_TEXT || (!convert(NULL, rpc->args) && !convert(NULL, rpc->kwargs));
}

hd_code_t rpc_texts_ahead(rpc_t *rpc)
{
    (void) convert(rpc, rpc->args);
    (void) convert(rpc, rpc->kwargs);
    return HD_OK;
}

hd_str_t rpc_text_of_html(rpc_t *rpc, hd_str_t s)
{
    const made_t *m = s.len >= LONG_TEXT ? find(rpc, s) : NULL;
    return m != NULL ? m->text : rpc_has_markup(s) ? hd_text_from_html(rpc->cx->arena, s) : s;
}
