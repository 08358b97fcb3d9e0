/*
 * Orders: "priority desc, id desc" as Odoo writes them.
 */
#include "rpc_query.h"

bool rpc_is_sortable(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own != NULL && own->tag != 0 && own->kind != HD_K_TEXT && own->kind != HD_K_JSON && own->kind != HD_K_REFS
           && own->kind != HD_K_FLAGS && own->kind != HD_K_BYTES;
}

bool rpc_is_groupable(const rpc_model_t *m, const rpc_field_t *f)
{
    const hd_field_t *own = rpc_own_field(m, f);
    return own != NULL && (own->tag != 0 || (own->flags & HD_F_ASKED) != 0) && own->kind != HD_K_TEXT && own->kind != HD_K_JSON
           && own->kind != HD_K_FLAGS && own->kind != HD_K_BYTES;
}

static hd_code_t bad_order(rpc_t *rpc)
{
    return rpc_fail(rpc, "odoo.exceptions.UserError", "Invalid \"order\" specified. A valid \"order\" specification is a comma-separated "
                    "list of valid field names (optionally followed by asc/desc for the direction)");
}

/* "desc nulls last": where the unset ones stand is the desk's to say. */
static bool read_direction(hd_str_t rest, bool *ret_desc)
{
    hd_str_t word;
    *ret_desc = false;
    for (int i = 0; hd_str_split(&rest, ' ', &word);) {
        if (word.len == 0) {
            continue;
        }
        bool known = i == 0 ? hd_str_ieq(word, HD_STR("desc")) || hd_str_ieq(word, HD_STR("asc")) || hd_str_ieq(word, HD_STR("nulls"))
                            : hd_str_ieq(word, HD_STR("nulls")) || hd_str_ieq(word, HD_STR("first")) || hd_str_ieq(word, HD_STR("last"));
        if (!known || i++ == 3) {
            return false;
        }
        *ret_desc = *ret_desc || hd_str_ieq(word, HD_STR("desc"));
    }
    return true;
}

static hd_code_t add_part(rpc_t *rpc, const rpc_model_t *m, hd_str_t part, rpc_sort_t *s)
{
    hd_str_t rest = part, name;
    bool desc;
    (void) hd_str_split(&rest, ' ', &name);
    if (name.len == 0 || !read_direction(rest, &desc)) {
        return bad_order(rpc);
    }
    if (hd_str_is(name, "display_name") && m->rec_name != NULL) {
        name = hd_str(m->rec_name);
    }
    const rpc_field_t *f = rpc_field_named(rpc, m, name);
    if (f == NULL) {
        return rpc_no_field(rpc, m, name);
    }
    if (!rpc_is_sortable(m, f)) {
        return rpc_fail(rpc, "builtins.ValueError", "Cannot sort by field '%s' of '%s'", f->name, m->name);
    }
    if (s->n == HD_SORT_MAX) {
        return rpc_fail(rpc, "odoo.exceptions.UserError", "Records can be sorted by %d fields at most.", HD_SORT_MAX);
    }
    s->v[s->n++] = (hd_sort_t){ (uint16_t) f->field, desc };
    return HD_OK;
}

/* Record types whose own order is sequence, id; that of the others is id. */
static bool has_sequence(const rpc_model_t *m)
{
    return m->type == HD_TEAM || m->type == HD_STAGE || m->type == HD_TICKET_TYPE || m->type == HD_ACTIVITY_TYPE;
}

/* What the desk does anyway is not asked for: its own order needs no sort. */
static void drop_own(const rpc_model_t *m, rpc_sort_t *s)
{
    bool ticket = m->type == HD_TICKET;
    if (s->n != 0 && s->v[s->n - 1].field == HD_F_id && s->v[s->n - 1].desc == ticket && (s->n > 1 || (!ticket && !has_sequence(m)))) {
        s->n--;
    }
    if (ticket && s->n == 1 && s->v[0].field == HD_TICKET_F_priority && s->v[0].desc) {
        s->n = 0;
    }
    int sequence = has_sequence(m) ? hd_field_index(rpc_entity(m), HD_STR("sequence")) : -1;
    if (s->n == 1 && s->v[0].field == sequence && !s->v[0].desc) {
        s->n = 0;
    }
}

hd_code_t rpc_order(rpc_t *rpc, const rpc_model_t *m, hd_str_t order, rpc_sort_t *ret)
{
    hd_str_t rest = hd_str_trim(order).len != 0 ? order : hd_str(m->order), part;
    *ret = (rpc_sort_t){ .n = 0 };
    while (hd_str_split(&rest, ',', &part)) {
        hd_code_t code = add_part(rpc, m, hd_str_trim(part), ret);
        if (code != HD_OK) {
            return code;
        }
        if (ret->v[ret->n - 1].field == HD_F_id) {
            break;              /* nothing behind the number decides anything */
        }
    }
    if (m->made == NULL) {
        drop_own(m, ret);
    }
    return HD_OK;
}

/* ---- made records, which are sorted here ---- */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(hd_str_t a, hd_str_t b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

int rpc_compare(hd_arena_t *a, const hd_entity_t *e, const rpc_sort_t *s, const void *x, const void *y)
{
    for (size_t i = 0; i < s->n; i++) {
        const hd_field_t *f = &e->fields[s->v[i].field];
        int c = f->kind == HD_K_STR ? compare_texts(hd_text_fold(a, *(const hd_str_t *) hd_field_at(f, x)),
                                                    hd_text_fold(a, *(const hd_str_t *) hd_field_at(f, y)))
                                    : compare_numbers(hd_value_get(f, x), hd_value_get(f, y));
        if (c != 0) {
            return s->v[i].desc ? -c : c;
        }
    }
    return compare_numbers((int64_t) ((const hd_rec_t *) x)->id, (int64_t) ((const hd_rec_t *) y)->id);
}
