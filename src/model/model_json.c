/*
 * Records as JSON, field by field in the order of the table:
 *
 *     {"id":7,"version":3,"create_date":"2026-11-21T08:00:00.000Z",...,"user_id":null}
 */
#include "model_impl.h"

#include <stdlib.h>

static void write_slug(hd_json_t *j, const hd_enum_t *o, unsigned option)
{
    hd_json_str(j, hd_str(option < o->n ? o->slugs[option] : ""));
}

static void write_flags(hd_json_t *j, const hd_enum_t *o, uint32_t flags)
{
    hd_json_arr(j);
    for (unsigned i = 0; i < o->n; i++) {
        if (flags >> i & 1) {
            write_slug(j, o, i);
        }
    }
    hd_json_end_arr(j);
}

static void write_ids(hd_json_t *j, hd_ids_t ids)
{
    hd_json_arr(j);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_json_u64(j, ids.v[i]);
    }
    hd_json_end_arr(j);
}

static void write_ref(hd_json_t *j, hd_id_t id)
{
    if (id == 0) {
        hd_json_null(j);
    } else {
        hd_json_u64(j, id);
    }
}

static void write_json(hd_json_t *j, hd_str_t json)
{
    if (json.len == 0) {
        hd_json_null(j);
    } else {
        hd_json_raw(j, json);
    }
}

static void write_bytes(hd_json_t *j, hd_str_t bytes)
{
    if (bytes.len == 0) {
        hd_json_null(j);
    } else {
        hd_json_str(j, hd_base64url(j->b->arena, bytes.data, bytes.len));
    }
}

static inline void write_value(hd_json_t *j, const hd_field_t *f, const void *rec)
{
    const void *at = hd_field_at(f, rec);
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:     hd_json_str(j, *(const hd_str_t *) at); break;
    case HD_K_JSON:     write_json(j, *(const hd_str_t *) at); break;
    case HD_K_BYTES:    write_bytes(j, *(const hd_str_t *) at); break;
    case HD_K_BOOL:     hd_json_bool(j, *(const bool *) at); break;
    case HD_K_INT:      hd_json_i64(j, *(const int64_t *) at); break;
    case HD_K_ENUM:     write_slug(j, f->options, *(const uint8_t *) at); break;
    case HD_K_FLAGS:    write_flags(j, f->options, *(const uint32_t *) at); break;
    case HD_K_REF:      write_ref(j, *(const hd_id_t *) at); break;
    case HD_K_REFS:     write_ids(j, *(const hd_ids_t *) at); break;
    case HD_K_TIME:     hd_json_time(j, *(const hd_time_t *) at); break;
    case HD_K_COMPUTED: f->compute(rec, j); break;
    }
}

/* The key is ready in the table: one copy instead of three. */
static inline void write_key(hd_json_t *j, const hd_field_t *f)
{
    if (j->comma) {
        hd_buf_byte(j->b, ',');
    }
    hd_buf_str(j->b, f->key);
    j->comma = false;
}

uint64_t hd_json_mask(const hd_entity_t *e, bool list, bool staff)
{
    uint32_t hidden = HD_F_SECRET | (list ? HD_F_HEAVY : 0) | (staff ? 0 : HD_F_ADMIN);
    uint64_t mask = 0;
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (!(e->fields[i].flags & hidden)) {
            mask |= HD_BIT(i);
        }
    }
    return mask;
}

void hd_record_members(hd_json_t *j, const hd_entity_t *e, const void *rec,
                       const hd_json_opt_t *opt)
{
    for (unsigned i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (!(opt->mask & HD_BIT(i))) {
            continue;
        }
        if (!opt->secrets && (f->flags & HD_F_SECRET || f->kind == HD_K_BYTES)) {
            continue;
        }
        if (opt->secrets && ((f->tag == 0 && f->kind != HD_K_COMPUTED) || f->flags & HD_F_CACHE)) {
            continue;           /* a dump holds what is stored */
        }
        write_key(j, f);
        write_value(j, f, rec);
    }
}

static bool write_memo(hd_json_t *j, const hd_memo_t *m, uint64_t mask)
{
    for (unsigned i = 0; i < HD_MEMOS; i++) {
        if (m->text[i].mask == mask) {
            hd_json_raw(j, (hd_str_t){ m->text[i].len, m->text[i].data });
            return true;
        }
    }
    return false;
}

static void keep_memo(hd_memo_t *m, uint64_t mask, hd_str_t text)
{
    for (unsigned i = 0; i < HD_MEMOS && text.len <= HD_MEMO_MAX; i++) {
        if (m->text[i].mask == 0 && (m->text[i].data = malloc(text.len)) != NULL) {
            memcpy(m->text[i].data, text.data, text.len);
            m->text[i].len = text.len;
            m->text[i].mask = mask;
            return;
        }
    }
}

void hd_record_json(hd_json_t *j, const hd_entity_t *e, const void *rec, const hd_json_opt_t *opt)
{
    hd_memo_t *memo = opt->secrets ? NULL : ((const hd_rec_t *) rec)->memo;
    if (memo != NULL && write_memo(j, memo, opt->mask)) {
        return;
    }
    hd_json_obj(j);
    size_t start = j->b->len - 1;
    hd_record_members(j, e, rec, opt);
    hd_json_end_obj(j);
    if (memo != NULL && !j->b->failed) {
        keep_memo(memo, opt->mask, (hd_str_t){ j->b->len - start, j->b->data + start });
    }
}

void hd_field_json(hd_json_t *j, const hd_field_t *f, const void *rec)
{
    if (f->flags & HD_F_SECRET || f->kind == HD_K_BYTES) {
        hd_json_null(j);
    } else {
        write_value(j, f, rec);
    }
}
