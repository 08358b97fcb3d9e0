/*
 * Which row of the table answers.  One pass over the rows: after the door's common prefix most rows
 * differ in the first byte.  {id}: decimal without leading zeros; {slug}: 1 to 60 of a-z 0-9 and
 * "-"; {rest}: all that follows, at least a byte.
 */
#include "door_impl.h"

#define SLUG_MAX 60

typedef struct {
    hd_id_t  id[2];
    unsigned n_ids;
    hd_str_t slug;
} binding_t;

/* An id that cannot exist becomes UINT64_MAX, which every reader knows as "no such record". */
static bool bind_id(const char **p, const char *end, binding_t *b)
{
    const char *start = *p;
    uint64_t n = 0;
    bool over = false;
    while (*p < end && **p >= '0' && **p <= '9') {
        over = __builtin_mul_overflow(n, (uint64_t) 10, &n) || over;
        over = __builtin_add_overflow(n, (uint64_t) (**p - '0'), &n) || over;
        (*p)++;
    }
    if (*p == start || (*start == '0' && *p - start > 1) || b->n_ids == 2) {
        return false;
    }
    b->id[b->n_ids++] = over || n == 0 ? UINT64_MAX : n;
    return true;
}

static bool bind_slug(const char **p, const char *end, binding_t *b)
{
    const char *start = *p;
    while (*p < end && ((**p >= 'a' && **p <= 'z') || (**p >= '0' && **p <= '9') || **p == '-')) {
        (*p)++;
    }
    b->slug = (hd_str_t){ (size_t) (*p - start), start };
    return b->slug.len >= 1 && b->slug.len <= SLUG_MAX;
}

static bool bind_rest(const char **p, const char *end, binding_t *b)
{
    b->slug = (hd_str_t){ (size_t) (end - *p), *p };
    *p = end;
    return b->slug.len != 0;
}

static bool match_path(const char *pattern, const char *p, const char *end, binding_t *b)
{
    *b = (binding_t){ .n_ids = 0 };
    while (*pattern != '\0') {
        if (*pattern == '{') {
            bool is_id = pattern[1] == 'i', is_rest = pattern[1] == 'r';
            if (!(is_id ? bind_id(&p, end, b) : is_rest ? bind_rest(&p, end, b) : bind_slug(&p, end, b))) {
                return false;
            }
            pattern += is_id ? sizeof("{id}") - 1 : sizeof("{slug}") - 1;        /* {rest} is as long as {slug} */
            continue;
        }
        if (p == end || *p != *pattern) {
            return false;
        }
        p++;
        pattern++;
    }
    return p == end;
}

hd_code_t hd_route_find(const hd_door_t *door, hd_call_t *c, unsigned *ret_allow)
{
    hd_problem_init(&c->problem);
    c->cx.problem = &c->problem;
    c->cx.actor = &hd_actor_nobody;
    c->door = door;
    c->route = NULL;
    c->allow = 0;
    if (!hd_str_starts(c->req.path, door->prefix)) {
        return HD_E_NOT_FOUND;
    }
    const char *p = c->req.path.data + door->prefix.len;
    const char *end = c->req.path.data + c->req.path.len;
    for (size_t i = 0; i < door->n; i++) {
        const hd_route_t *r = &door->routes[i];
        binding_t b;
        if (!match_path(r->path + door->prefix.len, p, end, &b)) {
            continue;
        }
        if (r->method != c->req.method) {
            c->allow |= r->method;
            continue;
        }
        c->route = r;
        c->path_id = b.id[0];
        c->path_id2 = b.id[1];
        c->path_slug = b.slug;
        c->before = r->before;
        c->lane = door->lane != NULL ? (uint8_t) door->lane(c) : r->lane;
        return HD_OK;
    }
    *ret_allow = c->allow;
    return c->allow != 0 ? HD_E_METHOD : HD_E_NOT_FOUND;
}
