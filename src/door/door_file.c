/*
 * Files in and out, for all doors (T-02, T-17).
 */
#include "door_impl.h"

hd_code_t hd_call_take_file(hd_call_t *c, hd_str_t name, hd_str_t content, hd_upload_t *ret)
{
    if ((uint64_t) content.len > (uint64_t) c->site->file_max) {
        return HD_E_TOO_LARGE;
    }
    if (!hd_str_is_utf8(name)) {
        return hd_problem_field(&c->problem, c->cx.arena, HD_STR("name"), "bad_utf8", "The text is not valid UTF-8.");
    }
    ret->name = hd_text_file_name(c->cx.arena, name, HD_FILE_NAME_MAX);
    ret->mimetype = hd_file_type(content);
    return hd_blob_put(c->store, content, hd_time_now(), &ret->blob);
}

/* What old clients understand: anything that could end the quotes, or is not ASCII, becomes "_". */
static void put_plain_name(hd_buf_t *b, hd_str_t name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char ch = (unsigned char) name.data[i];
        bool more = (ch & 0xC0) == 0x80;         /* one "_" a character */
        if (!more) {
            hd_buf_byte(b, ch >= ' ' && ch < 0x7F && strchr("\"\\%;", ch) == NULL ? (char) ch : '_');
        }
    }
}

/* RFC 8187: attr-char as they are, all else percent-encoded. */
static void put_coded_name(hd_buf_t *b, hd_str_t name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char ch = (unsigned char) name.data[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9')
                     || (ch != 0 && strchr("!#$&+-.^_`|~", ch) != NULL);
        if (plain) {
            hd_buf_byte(b, (char) ch);
        } else {
            hd_buf_printf(b, "%%%02X", ch);
        }
    }
}

void hd_res_file(hd_call_t *c, const hd_attachment_t *f)
{
    hd_buf_t b;
    hd_buf_init(&b, c->cx.arena, 256, 4096);
    hd_buf_z(&b, "attachment; filename=\"");
    put_plain_name(&b, f->name);
    hd_buf_z(&b, "\"; filename*=UTF-8''");
    put_coded_name(&b, f->name);
    c->res.status = 200;
    c->res.content_type = hd_str_starts(f->mimetype, HD_STR("image/")) ? hd_str_dup(c->cx.arena, f->mimetype).data
                                                                       : "application/octet-stream";
    c->res.file = hd_blob_path(c->store, c->cx.arena, (const uint8_t *) f->hash.data);
    c->res.file_size = (uint64_t) f->file_size;
    hd_res_header(c, "Content-Disposition", hd_buf_view(&b));
    hd_res_header(c, "Content-Security-Policy", HD_STR("sandbox; default-src 'none'"));
    hd_res_header(c, "Cache-Control", HD_STR("private, no-store"));
    hd_res_header(c, "ETag", hd_strf(c->cx.arena, "\"f%" PRIu64 "\"", f->rec.id));
}
