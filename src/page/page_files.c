/*
 * Files that come with a form: put in their places before the command runs (in the pool), so that a ticket names only
 * what is there.  What cannot be taken does not lose what was typed: the form comes back and says so.
 */
#include "page_impl.h"

static hd_code_t take(hd_call_t *c, const hd_pair_t *pairs, size_t n, hd_page_files_t *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (!pairs[i].file) {
            continue;
        }
        if (ret->n == HD_FORM_FILES) {
            return HD_E_FILES;
        }
        hd_code_t code = hd_call_take_file(c, pairs[i].file_name, pairs[i].content, &ret->v[ret->n]);
        if (code != HD_OK) {
            return code;
        }
        ret->n++;
    }
    return HD_OK;
}

hd_code_t hd_page_files_before(hd_call_t *c)
{
    hd_pair_t *pairs;
    size_t n, files = 0;
    hd_code_t code = hd_form_pairs(c, &pairs, &n);
    for (size_t i = 0; code == HD_OK && i < n; i++) {
        files += pairs[i].file;
    }
    if (files == 0 || hd_page_is_trapped(pairs, n)) {
        return HD_OK;                    /* what is wrong otherwise the command says */
    }
    hd_page_files_t *f = hd_alloc(c->cx.arena, sizeof(*f));
    f->v = hd_alloc_n(c->cx.arena, HD_FORM_FILES, sizeof(*f->v));
    /* counted apart from tickets: what is refused later has cost its hashing all the same */
    code = hd_call_sender_wait(c, HD_STR("files"), false) != 0 ? HD_E_THROTTLED : take(c, pairs, n, f);
    if (code != HD_OK && code != HD_E_FILES && code != HD_E_TOO_LARGE && code != HD_E_THROTTLED) {
        return code;
    }
    f->refused = code;
    c->prepared = f;
    return HD_OK;
}

hd_code_t hd_page_files_use(hd_call_t *c)
{
    const hd_page_files_t *f = c->prepared;
    if (f == NULL || f->refused != HD_OK) {
        return f == NULL ? HD_OK : f->refused;
    }
    c->cx.uploads = f->v;
    c->cx.n_uploads = f->n;
    return HD_OK;
}
