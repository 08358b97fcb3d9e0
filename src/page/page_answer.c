/*
 * Answers that every page may give: somewhere else, a sentence, and what keeps an address to oneself.
 */
#include "page_impl.h"

hd_code_t hd_page_see_other(hd_call_t *c, hd_str_t address)
{
    hd_res_header(c, "Location", address);
    c->res.status = 303;
    c->res.content_type = "text/html; charset=utf-8";
    return HD_OK;
}

/* Of a form that was sent the page it stood on; paths of this table hold nothing that needs escaping. */
hd_code_t hd_page_to_sign_in(hd_call_t *c)
{
    return hd_page_see_other(c, hd_strf(c->cx.arena, "/signin?next=%.*s", HD_STR_ARG(c->req.path)));
}

void hd_page_keep_private(hd_call_t *c)
{
    hd_res_header(c, "Referrer-Policy", HD_STR("no-referrer"));
    hd_res_header(c, "X-Robots-Tag", HD_STR("noindex"));
}

hd_code_t hd_page_write_message(hd_call_t *c, const char *title, const char *text, hd_code_t refused, const char *address,
                                const char *link)
{
    hd_sheet_t s = hd_sheet_begin(c);
    hd_str_t heading = hd_sheet_say(&s, title);
    c->refused = refused;
    if (refused == HD_E_THROTTLED) {
        hd_res_retry_after(c, c->problem.retry_after);
    }
    hd_sheet_head(&s, heading, false);
    hd_sheet_element(&s, "h1", heading);
    hd_sheet_element(&s, "p class=\"lead\" role=\"status\"", hd_sheet_say(&s, text));
    hd_buf_printf(s.b, "<p><a href=\"%s\">", address);
    hd_sheet_text(&s, link);
    hd_buf_z(s.b, "</a></p>\n");
    return hd_sheet_end(&s, hd_err_info(refused)->status);
}
