/*
 * Refusals: problem+json, or a small page where a person was to read HTML.  Sentences are a closed
 * set; field names are cut, nothing else of the request comes back (T-23).  Not found is one and
 * the same answer, whether the record is hidden or does not exist (T-03).
 */
#include "door_impl.h"

#define FIELD_MAX 64

/* Without an arena: the answer when memory is out.  Never written to. */
static char no_memory[] =
    "{\"type\":\"about:blank\",\"title\":\"The request needs more memory than allowed.\","
    "\"status\":503,\"code\":\"out_of_memory\",\"fields\":[]}";

static void put_member(hd_json_t *j, const char *key, hd_str_t value)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, value);
}

static void put_fields(hd_json_t *j, const hd_problem_t *p)
{
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        hd_json_obj(j);
        put_member(j, "field", hd_str_cut(f->field, FIELD_MAX));
        put_member(j, "code", hd_str(f->code));
        put_member(j, "sentence", hd_str(f->sentence));
        hd_json_end_obj(j);
    }
}

static const char *sentence_of(const hd_call_t *c, hd_code_t code)
{
    if (c->problem.code == code && c->problem.detail != NULL) {
        return c->problem.detail;
    }
    return hd_err_info(code)->sentence;
}

static void write_json(hd_call_t *c, hd_code_t code)
{
    const hd_err_info_t *info = hd_err_info(code);
    bool about_values = info->status == 400 || info->status == 409 || info->status == 422;
    hd_json_t j = hd_res_json(c, info->status, 256 + 128 * (size_t) c->problem.n_fields);
    c->res.content_type = "application/problem+json";
    hd_json_obj(&j);
    put_member(&j, "type", HD_STR("about:blank"));
    put_member(&j, "title", hd_str(sentence_of(c, code)));
    hd_json_key(&j, HD_STR("status"));
    hd_json_u64(&j, info->status);
    put_member(&j, "code", hd_str(info->slug));
    hd_json_key(&j, HD_STR("fields"));
    hd_json_arr(&j);
    if (about_values) {
        put_fields(&j, &c->problem);
    }
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
}

/* What a person reads who wanted a page, in his language; the closed set of base_err.def in fewer words. */
static const char *page_key(hd_code_t code)
{
    switch (code) {
    case HD_E_NOT_FOUND: return "page.not_found.text";
    case HD_E_THROTTLED: return "page.problem.throttled";
    case HD_E_TOO_LARGE: return "page.problem.too_large";
    case HD_E_LOGIN:
    case HD_E_SESSION:   return "page.problem.login";
    case HD_E_RIGHT:
    case HD_E_PROXY:     return "page.problem.forbidden";
    case HD_E_INTERNAL:
    case HD_E_DATA:      return "page.problem.internal";
    case HD_E_BUSY:
    case HD_E_STORE:
    case HD_E_MEMORY:
    case HD_E_UNKNOWN:
    case HD_E_FULL:      return "page.problem.busy";
    default:             return "page.problem.request";
    }
}

static void write_html(hd_call_t *c, hd_code_t code)
{
    hd_buf_t *b = &c->res.body;
    hd_arena_t *a = c->cx.arena;
    bool asked;
    hd_lang_t lang = hd_call_lang(c, &asked);
    hd_str_t text = hd_t(a, lang, page_key(code), 0);
    hd_buf_init(b, a, 1000, HD_REPLY_MAX);
    c->res.status = hd_err_info(code)->status;
    c->res.content_type = "text/html; charset=utf-8";
    hd_buf_printf(b, "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<link rel=\"stylesheet\" href=\"/css/page.css\">\n<title>",
                  hd_lang_code(lang), hd_lang_dir(lang));
    hd_buf_html(b, text);
    hd_buf_z(b, "</title>\n<main class=\"problem\">\n<h1>");
    hd_buf_html(b, text);
    hd_buf_z(b, "</h1>\n<p><a href=\"/support\">");
    hd_buf_html(b, hd_t(a, lang, "page.problem.back", 0));
    hd_buf_z(b, "</a></p>\n</main>\n");
    hd_res_header(c, "Content-Language", hd_str(hd_lang_code(lang)));
    hd_res_header(c, "Vary", HD_STR("Accept-Language, Cookie"));
}

static void put_allow(hd_call_t *c)
{
    static const struct { unsigned bit; const char *name; } names[] = {
        { HD_GET, "GET, HEAD" }, { HD_POST, "POST" }, { HD_PUT, "PUT" }, { HD_PATCH, "PATCH" },
        { HD_DELETE, "DELETE" },
    };
    hd_buf_t b;
    hd_buf_init(&b, c->cx.arena, 48, 64);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (c->allow & names[i].bit) {
            hd_buf_z(&b, b.len != 0 ? ", " : "");
            hd_buf_z(&b, names[i].name);
        }
    }
    hd_res_header(c, "Allow", hd_buf_view(&b));
}

static hd_code_t write_problem(hd_call_t *c, hd_code_t code)
{
    if (c->door != NULL && c->door->refuse != NULL) {
        c->door->refuse(c, code);
        return HD_OK;
    }
    bool wants_page = c->route != NULL ? c->route->out == HD_OUT_HTML
                                       : !hd_str_starts(c->req.path, HD_STR("/api/"))
                                             && !hd_str_starts(c->req.path, HD_STR("/website/"));
    if (wants_page) {
        write_html(c, code);
    } else {
        write_json(c, code);
    }
    uint64_t wait = c->problem.retry_after;
    if (wait == 0 && (code == HD_E_BUSY || code == HD_E_STORE || code == HD_E_IN_PROGRESS)) {
        wait = 1;
    }
    if (wait != 0) {
        hd_res_retry_after(c, wait);
    }
    if (code == HD_E_METHOD) {
        put_allow(c);
    }
    if (code == HD_E_LOGIN || code == HD_E_TOKEN) {
        hd_res_header(c, "WWW-Authenticate", HD_STR("Bearer"));
    }
    return HD_OK;
}

void hd_call_refuse(hd_call_t *c, hd_code_t code)
{
    hd_code_t done;
    c->refused = c->pieces.begun ? HD_E_UNKNOWN : code;     /* a part is stored already */
    c->res = (hd_res_t){ .status = 0 };
    HD_ARENA_TRY(c->cx.arena, done, write_problem(c, c->refused));
    if (done != HD_OK) {
        c->res = (hd_res_t){ .status = 503, .content_type = "application/problem+json" };
        c->res.body = (hd_buf_t){ .data = no_memory, .len = sizeof(no_memory) - 1,
                                  .cap = sizeof(no_memory) - 1, .max = sizeof(no_memory) - 1 };
    }
}
