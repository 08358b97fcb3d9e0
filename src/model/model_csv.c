/*
 * Records as CSV rows: ids and numbers in digits, times RFC 3339, lists joined by ';'.
 *
 *     id,name,active,team_id,close_date
 *     7,Printer on fire,true,2,2026-11-21T08:00:00.000Z
 */
#include "model_impl.h"

/* Holds the longest cell that is not a text: a list of ids, or a computed title with escapes. */
#define CELL_MAX 16384

/* ---- out ---- */

static bool is_column(const hd_field_t *f, unsigned i, uint64_t mask)
{
    return mask & HD_BIT(i) && !(f->flags & HD_F_SECRET) && f->kind != HD_K_BYTES;
}

static unsigned hex_digit(char c)
{
    return (unsigned) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* A \uXXXX of ours is below the surrogates. */
static size_t put_utf8(char *out, unsigned c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    if (n == 1) {
        out[0] = (char) c;
    } else if (n == 2) {
        out[0] = (char) (0xc0 | c >> 6);
        out[1] = (char) (0x80 | (c & 0x3f));
    } else {
        out[0] = (char) (0xe0 | c >> 12);
        out[1] = (char) (0x80 | (c >> 6 & 0x3f));
        out[2] = (char) (0x80 | (c & 0x3f));
    }
    return n;
}

/*
 * A value our JSON writer wrote, in place: a string without quotes and escapes, the rest as it is.
 */
static hd_str_t strip_json(char *p, size_t len)
{
    if (len < 2 || p[0] != '"') {
        return (hd_str_t){ len, p };
    }
    size_t n = 0;
    for (size_t i = 1; i < len - 1; i++) {
        if (p[i] != '\\') {
            p[n++] = p[i];
            continue;
        }
        i++;
        if (p[i] == 'u' && i + 4 < len) {
            unsigned c = hex_digit(p[i + 1]) << 12 | hex_digit(p[i + 2]) << 8
                         | hex_digit(p[i + 3]) << 4 | hex_digit(p[i + 4]);
            n += put_utf8(p + n, c);
            i += 4;
        } else {
            p[n++] = p[i] == 'n' ? '\n' : p[i] == 'r' ? '\r' : p[i] == 't' ? '\t' : p[i];
        }
    }
    return (hd_str_t){ n, p };
}

static void join_flags(hd_buf_t *b, const hd_enum_t *o, uint32_t flags)
{
    for (unsigned i = 0; i < o->n; i++) {
        if (flags >> i & 1) {
            hd_buf_z(b, b->len == 0 ? "" : ";");
            hd_buf_z(b, o->slugs[i]);
        }
    }
}

static void join_ids(hd_buf_t *b, const hd_ids_t *ids)
{
    for (uint32_t i = 0; i < ids->n; i++) {
        hd_buf_z(b, i == 0 ? "" : ";");
        hd_buf_u64(b, ids->v[i]);
    }
}

static hd_str_t write_computed(hd_buf_t *b, const hd_field_t *f, const void *rec)
{
    hd_json_t j = hd_json(b);
    f->compute(rec, &j);
    return strip_json(b->data, b->len);
}

/* Everything but texts, into b. */
static hd_str_t write_cell(hd_buf_t *b, const hd_field_t *f, const void *rec)
{
    int64_t n = hd_value_get(f, rec);
    char time[HD_TIME_LEN];
    switch ((hd_kind_t) f->kind) {
    case HD_K_BOOL:
        hd_buf_z(b, n != 0 ? "true" : "false");
        break;
    case HD_K_INT:
        hd_buf_i64(b, n);
        break;
    case HD_K_ENUM:
        hd_buf_z(b, n < f->options->n ? f->options->slugs[n] : "");
        break;
    case HD_K_FLAGS:
        join_flags(b, f->options, (uint32_t) n);
        break;
    case HD_K_REFS:
        join_ids(b, hd_field_at(f, rec));
        break;
    case HD_K_REF:
        if (n != 0) {
            hd_buf_i64(b, n);
        }
        break;
    case HD_K_TIME:
        if (n != 0) {
            hd_buf_put(b, time, hd_time_format(n, time));
        }
        break;
    case HD_K_COMPUTED:
        return write_computed(b, f, rec);
    default:
        break;
    }
    return hd_buf_view(b);
}

void hd_csv_header(hd_buf_t *b, const hd_entity_t *e, uint64_t mask)
{
    bool first = true;
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (is_column(&e->fields[i], i, mask)) {
            hd_csv_cell(b, hd_field_name(&e->fields[i]), first);
            first = false;
        }
    }
    hd_buf_z(b, "\r\n");
}

void hd_csv_row(hd_buf_t *b, const hd_entity_t *e, const void *rec, uint64_t mask)
{
    char space[CELL_MAX];
    bool first = true;
    for (unsigned i = 0; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (!is_column(f, i, mask)) {
            continue;
        }
        hd_str_t cell;
        if (f->kind == HD_K_STR || f->kind == HD_K_TEXT || f->kind == HD_K_JSON) {
            cell = *(const hd_str_t *) hd_field_at(f, rec);
        } else {
            hd_buf_t s = { .arena = b->arena, .data = space, .cap = CELL_MAX, .max = CELL_MAX };
            cell = write_cell(&s, f, rec);
        }
        hd_csv_cell(b, cell, first);
        first = false;
    }
    hd_buf_z(b, "\r\n");
}

/* ---- in ---- */

/* FLAGS and REFS: parts between semicolons. */
static const char *read_list(const hd_field_t *f, hd_arena_t *a, hd_str_t cell, void *rec)
{
    size_t most = f->kind == HD_K_FLAGS ? f->options->n : (size_t) f->max, n = 0;
    hd_id_t *ids = hd_alloc_n(a, most + 1, sizeof(*ids));
    uint32_t flags = 0;
    hd_str_t part;
    while (hd_str_split(&cell, ';', &part)) {
        int64_t value;
        const char *bad = n == most ? "too_many" : hd_value_num(f, hd_str_trim(part), &value);
        if (bad != NULL) {
            return bad;
        }
        flags |= (uint32_t) value;
        ids[n++] = (hd_id_t) value;
    }
    if (f->kind == HD_K_FLAGS) {
        hd_value_set(f, rec, flags);
    } else {
        *(hd_ids_t *) hd_field_at(f, rec) = hd_ids_make(a, ids, n);
    }
    return NULL;
}

static const char *read_json(const hd_field_t *f, hd_arena_t *a, hd_str_t cell, hd_str_t *ret)
{
    hd_jval_t *v;
    if (hd_jparse(a, cell, &v) != HD_OK || hd_jtype(v) != (f->shape == '[' ? HD_J_ARR : HD_J_OBJ)) {
        return "wrong_type";
    }
    *ret = hd_jdump(a, v);
    return ret->len <= (size_t) f->max ? NULL : "too_long";
}

const char *hd_csv_field(const hd_field_t *f, hd_arena_t *a, hd_str_t cell, void *rec)
{
    int64_t n;
    bool text = f->kind == HD_K_STR || f->kind == HD_K_TEXT;
    if (f->kind == HD_K_COMPUTED || f->kind == HD_K_BYTES) {
        return "read_only";
    }
    cell = text ? cell : hd_str_trim(cell);
    if (cell.len == 0) {
        return NULL;
    }
    if (text) {
        return hd_value_text(f, a, hd_csv_text(cell), hd_field_at(f, rec));
    }
    if (f->kind == HD_K_JSON) {
        return read_json(f, a, hd_csv_text(cell), hd_field_at(f, rec));
    }
    if (f->kind == HD_K_FLAGS || f->kind == HD_K_REFS) {
        return read_list(f, a, cell, rec);
    }
    const char *bad = hd_value_num(f, cell, &n);
    if (bad == NULL) {
        hd_value_set(f, rec, n);
    }
    return bad;
}
