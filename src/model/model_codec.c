/*
 * Records as bytes: tag varint, length varint, that many bytes; in the order of the table.
 *
 *     STR TEXT JSON BYTES as they are        ENUM BOOL FLAGS REF   varint
 *     INT TIME         zigzag varint      REFS                  varints, steps between ids
 *
 * Empty fields are not written, and neither is the id (it is the key).  A ticket named "Hi",
 * active, team 300, followed by contacts 5 and 9, version 1:
 *
 *     02 01 02   0a 02 48 69   0c 01 01   0d 02 ac 02   17 02 05 04
 */
#include "model_impl.h"

#define VARINT_MAX 10

/* ---- encode ---- */

static inline uint8_t *put_varint(uint8_t *p, uint64_t n)
{
    while (n >= 0x80) {
        *p++ = (uint8_t) (n | 0x80);
        n >>= 7;
    }
    *p++ = (uint8_t) n;
    return p;
}

static inline void put_number(hd_buf_t *out, uint8_t tag, uint64_t n)
{
    if (n == 0 || !hd_buf_room(out, 2 + VARINT_MAX)) {
        return;
    }
    uint8_t *p = (uint8_t *) out->data + out->len;
    uint8_t *end = put_varint(p + 2, n);
    p[0] = tag;
    p[1] = (uint8_t) (end - p - 2);
    out->len += (size_t) (end - p);
}

static inline void put_string(hd_buf_t *out, uint8_t tag, hd_str_t s)
{
    if (s.len == 0 || !hd_buf_room(out, 1 + VARINT_MAX + s.len)) {
        return;
    }
    uint8_t *p = (uint8_t *) out->data + out->len;
    p[0] = tag;
    uint8_t *body = put_varint(p + 1, s.len);
    memcpy(body, s.data, s.len);
    out->len += (size_t) (body - p) + s.len;
}

static void put_ids(hd_buf_t *out, uint8_t tag, hd_ids_t ids)
{
    if (ids.n == 0 || !hd_buf_room(out, 1 + VARINT_MAX + (size_t) ids.n * VARINT_MAX)) {
        return;
    }
    size_t len = 0;
    hd_id_t before = 0;
    for (uint32_t i = 0; i < ids.n; i++) {
        uint8_t step[VARINT_MAX];
        len += (size_t) (put_varint(step, ids.v[i] - before) - step);
        before = ids.v[i];
    }
    uint8_t *start = (uint8_t *) out->data + out->len;
    start[0] = tag;
    uint8_t *p = put_varint(start + 1, len);
    before = 0;
    for (uint32_t i = 0; i < ids.n; i++) {
        p = put_varint(p, ids.v[i] - before);
        before = ids.v[i];
    }
    out->len += (size_t) (p - start);
}

void hd_encode(const hd_entity_t *e, const void *rec, hd_buf_t *out)
{
    for (const hd_field_t *f = e->fields + 1, *end = e->fields + e->n_fields; f < end; f++) {
        const void *at = hd_field_at(f, rec);
        if (f->tag == 0) {
            continue;       /* not stored: filled in when the record is shown */
        }
        switch ((hd_kind_t) f->kind) {
        case HD_K_STR:
        case HD_K_TEXT:
        case HD_K_JSON:
        case HD_K_BYTES:    put_string(out, f->tag, *(const hd_str_t *) at); break;
        case HD_K_BOOL:     put_number(out, f->tag, *(const bool *) at); break;
        case HD_K_INT:
        case HD_K_TIME:     put_number(out, f->tag, hd_zigzag(*(const int64_t *) at)); break;
        case HD_K_ENUM:     put_number(out, f->tag, *(const uint8_t *) at); break;
        case HD_K_FLAGS:    put_number(out, f->tag, *(const uint32_t *) at); break;
        case HD_K_REF:      put_number(out, f->tag, *(const hd_id_t *) at); break;
        case HD_K_REFS:     put_ids(out, f->tag, *(const hd_ids_t *) at); break;
        case HD_K_COMPUTED: break;
        }
    }
}

/* ---- decode ---- */

static inline uint64_t get_varint(hd_wire_t *w)
{
    if (w->p < w->end && *w->p < 0x80) {
        return *w->p++;
    }
    return hd_wire_varint(w);
}

static bool get_number(const hd_field_t *f, hd_wire_t *body, void *at)
{
    uint64_t n = get_varint(body);
    if (body->failed || body->p != body->end) {
        return false;
    }
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
        *(bool *) at = n != 0;
        return n <= 1;
    case HD_K_INT:
    case HD_K_TIME:
        *(int64_t *) at = hd_unzigzag(n);
        return true;
    case HD_K_ENUM:
        *(uint8_t *) at = (uint8_t) n;
        return n < f->options->n;
    case HD_K_FLAGS:
        *(uint32_t *) at = (uint32_t) n;
        return n >> f->options->n == 0;
    case HD_K_REF:
        *(hd_id_t *) at = n;
        return n <= HD_ID_MAX;
    default:
        return false;
    }
}

static bool get_ids(hd_arena_t *a, hd_wire_t *body, hd_ids_t *ret)
{
    size_t n = 0;
    for (const uint8_t *p = body->p; p < body->end; p++) {
        n += *p < 0x80;     /* the last byte of each */
    }
    if (n == 0) {
        return body->p == body->end;
    }
    hd_id_t *v = hd_alloc_raw(a, n * sizeof(*v));
    hd_id_t before = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t step = get_varint(body);
        if (step == 0 || step > HD_ID_MAX - before) {
            return false;
        }
        before += step;
        v[i] = before;
    }
    *ret = (hd_ids_t){ (uint32_t) n, v };
    return !body->failed && body->p == body->end;
}

static inline bool get_field(const hd_field_t *f, hd_arena_t *a, hd_wire_t *body, void *rec)
{
    void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:
    case HD_K_JSON:
    case HD_K_BYTES:
        *(hd_str_t *) at = (hd_str_t){ (size_t) (body->end - body->p), (const char *) body->p };
        return true;
    case HD_K_REFS:
        return get_ids(a, body, at);
    default:
        return get_number(f, body, at);
    }
}

hd_code_t hd_decode(const hd_entity_t *e, hd_arena_t *a, hd_str_t bytes, void *rec)
{
    memset(rec, 0, e->size);
    if (bytes.len == 0) {
        return HD_OK;
    }
    hd_wire_t w = hd_wire(bytes.data, bytes.len);
    uint64_t seen = 0;
    while (w.p < w.end) {
        uint64_t tag = get_varint(&w);
        uint64_t len = get_varint(&w);
        if (w.failed || tag == 0 || len > (size_t) (w.end - w.p)) {
            return HD_E_DATA;
        }
        hd_wire_t body = { w.p, w.p + len, false };
        w.p += len;
        unsigned number = tag < HD_TAGS ? e->by_tag[tag] : 0;
        if (number <= 1) {
            continue;       /* a tag of another release, or the id */
        }
        number--;
        if (seen & HD_BIT(number) || !get_field(&e->fields[number], a, &body, rec)) {
            return HD_E_DATA;
        }
        seen |= HD_BIT(number);
    }
    return HD_OK;
}
