/*
 * What a call that writes brings along and what takes long to make of it, made in the pool before anybody holds the writer: the
 * contents of files are decoded, written and synced, so that the command writes their records alone; long texts of HTML become
 * plain.  The call finds each by what it was made of: the same bytes make the same file, and the same text.
 */
#include "rpc_talk.h"

#define LONG_TEXT (16 * 1024)            /* a shorter one is converted sooner than handed to another thread */

typedef struct {
    hd_str_t    of;
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
    r->v[r->n].of = of;
    return &r->v[r->n++];
}

static const made_t *find(rpc_t *rpc, hd_str_t of)
{
    rpc_ready_t *r = rpc->ready;
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        const made_t *m = &r->v[(r->at + i) % r->n];
        if (hd_str_eq(m->of, of)) {
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

bool rpc_file(rpc_t *rpc, hd_str_t name, const hd_jval_t *content, hd_upload_t *ret)
{
    const made_t *m = hd_jtype(content) == HD_J_STR ? find(rpc, hd_jstr(content)) : NULL;
    if (m != NULL) {
        *ret = m->file;
        ret->name = hd_text_file_name(rpc->cx->arena, name, HD_FILE_NAME_MAX);       /* two may hold the same */
    }
    return m != NULL;
}

/* [0, _, {"name", "datas"}]: a file that a list of commands makes; its content, or NULL. */
static const hd_jval_t *file_of(const hd_jval_t *command, hd_str_t *ret_name)
{
    const hd_jval_t *op = hd_jtype(command) == HD_J_ARR ? hd_jat(command, 0) : NULL, *vals = hd_jat(command, 2);
    bool makes = op != NULL && hd_jtype(op) == HD_J_INT && hd_jint(op) == 0 && hd_jtype(vals) == HD_J_OBJ;
    const hd_jval_t *name = makes ? hd_jget(vals, "name") : NULL, *content = makes ? hd_jget(vals, "datas") : NULL;
    if (makes && content == NULL) {
        content = hd_jget(vals, "raw");
    }
    if (hd_jtype(name) != HD_J_STR || hd_jtype(content) != HD_J_STR) {
        return NULL;
    }
    *ret_name = hd_jstr(name);
    return content;
}

/* Users may; others as many as they may leave about. */
static hd_code_t admit(rpc_t *rpc, void *arg)
{
    (void) arg;
    return hd_actor_is_staff(rpc->cx->actor) ? HD_OK : hd_file_admit(rpc->cx, 0, false);
}

/* ---- texts ---- */

static bool is_long_html(const hd_jval_t *v)
{
    return hd_jtype(v) == HD_J_STR && hd_jstr(v).len >= LONG_TEXT && rpc_has_markup(hd_jstr(v));
}

/* Does v hold something to be made ahead, wherever it stands? */
static bool brings(const hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *member;
    bool found = is_long_html(v) || file_of(v, &name) != NULL;
    for (size_t i = 0; !found && hd_jtype(v) == HD_J_ARR && i < hd_jlen(v); i++) {
        found = brings(hd_jat(v, i));
    }
    while (!found && hd_jtype(v) == HD_J_OBJ && hd_jnext((hd_jval_t *) (uintptr_t) v, &it, &name, &member)) {
        found = brings(member);
    }
    return found;
}

/* Makes what v holds, wherever it stands. */
static hd_code_t make(rpc_t *rpc, const hd_jval_t *v)
{
    void *it = NULL;
    hd_str_t name;
    hd_jval_t *member;
    hd_code_t code = HD_OK;
    const hd_jval_t *content = file_of(v, &name);
    if (is_long_html(v)) {
        hd_str_t plain = hd_text_from_html(rpc->cx->arena, hd_jstr(v));
        add(rpc, hd_jstr(v))->text = plain;
    }
    if (content != NULL) {
        code = rpc_ask_ahead(rpc, admit, NULL);
        code = code == HD_OK ? rpc_file_ahead(rpc, name, content) : code;
    }
    for (size_t i = 0; code == HD_OK && hd_jtype(v) == HD_J_ARR && i < hd_jlen(v); i++) {
        code = make(rpc, hd_jat(v, i));
    }
    while (code == HD_OK && hd_jtype(v) == HD_J_OBJ && hd_jnext((hd_jval_t *) (uintptr_t) v, &it, &name, &member)) {
        code = make(rpc, member);
    }
    return code;
}

bool rpc_brings_nothing(const rpc_t *rpc)
{
    return !brings(rpc->args) && !brings(rpc->kwargs);
}

hd_code_t rpc_values_ahead(rpc_t *rpc)
{
    hd_code_t code = make(rpc, rpc->args);
    return code == HD_OK ? make(rpc, rpc->kwargs) : code;
}

hd_str_t rpc_text_of_html(rpc_t *rpc, hd_str_t s)
{
    const made_t *m = s.len >= LONG_TEXT ? find(rpc, s) : NULL;
    return m != NULL ? m->text : rpc_has_markup(s) ? hd_text_from_html(rpc->cx->arena, s) : s;
}
