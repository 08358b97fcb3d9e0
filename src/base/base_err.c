/*
 * Error codes as a table, and the collector of what is wrong with one request.
 */
#include "base.h"

static const hd_err_info_t infos[HD_CODE_COUNT] = {
#define HD_ERR(name, status, slug, sentence) [HD_##name] = { status, slug, sentence },
#include "base_err.def"
#undef HD_ERR
};

/* A number outside the list counts as an internal error. */
const hd_err_info_t *hd_err_info(hd_code_t code)
{
    return &infos[(unsigned) code < HD_CODE_COUNT ? code : HD_E_INTERNAL];
}

void hd_problem_init(hd_problem_t *p)
{
    *p = (hd_problem_t){ .code = HD_OK };
    p->last = &p->fields;
}

hd_code_t hd_problem_field(hd_problem_t *p, hd_arena_t *a, hd_str_t field, const char *code,
                           const char *sentence)
{
    if (p->n_fields < HD_BAD_FIELDS) {
        hd_bad_field_t *f = hd_alloc(a, sizeof(*f));
        f->field = hd_str_dup(a, field);
        f->code = code;
        f->sentence = sentence;
        *p->last = f;
        p->last = &f->next;
        p->n_fields++;
    }
    return hd_problem_set(p, HD_E_INVALID, NULL);
}

hd_code_t hd_problem_set(hd_problem_t *p, hd_code_t code, const char *detail)
{
    if (p->code == HD_OK && code != HD_OK) {
        p->code = code;
        p->detail = detail;
    }
    return p->code;
}
