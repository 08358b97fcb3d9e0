/*
 * ?expand=team_id,tag_ids: beside the ids of a reference the records they name, as far as the actor may see them.
 *
 *     "team_id":3, ... ,"team":{"id":3,"name":"Billing",...},"tags":[{"id":8,...}]
 *
 * A record is written once a call: a page of tickets names few teams and people.
 */
#include "api_impl.h"

typedef struct shown_s {
    struct shown_s *next;
    uint8_t         type;
    hd_id_t         id;
    hd_str_t        json;        /* empty: not for the actor's eyes */
} shown_t;

#define BUCKETS 64

struct hd_expand_s {
    hd_call_t *c;
    uint64_t   fields;
    shown_t   *bucket[BUCKETS];
};

static bool ends_in(hd_str_t s, const char *end, hd_str_t *ret_rest)
{
    size_t n = strlen(end);
    if (s.len <= n || memcmp(s.data + s.len - n, end, n) != 0) {
        return false;
    }
    *ret_rest = (hd_str_t){ s.len - n, s.data };
    return true;
}

/* team_id: team; tag_ids: tags; create_uid: create_user */
static hd_str_t member_name(hd_arena_t *a, const hd_field_t *f)
{
    hd_str_t name = hd_str(f->name), rest;
    if (ends_in(name, "_ids", &rest)) {
        return hd_str_cat(a, 2, rest, HD_STR("s"));
    }
    if (ends_in(name, "_uid", &rest)) {
        return hd_str_cat(a, 2, rest, HD_STR("_user"));
    }
    return ends_in(name, "_id", &rest) ? rest : name;
}

/* What is shown, also what the desk fills in when it shows the record. */
static bool may_expand(const hd_field_t *f, bool staff)
{
    return f->ref != 0 && (f->flags & HD_F_SECRET) == 0 && (staff || (f->flags & HD_F_ADMIN) == 0);
}

hd_code_t hd_api_expand_fields(hd_call_t *c, const hd_entity_t *e, hd_str_t names, uint64_t *ret_mask)
{
    hd_str_t part;
    while (hd_str_split(&names, ',', &part)) {
        int i = hd_field_index(e, part);
        const hd_field_t *f = i < 0 ? NULL : &e->fields[i];
        if (f == NULL || !may_expand(f, hd_actor_is_staff(c->cx.actor))) {
            return hd_api_bad_parameter(c, HD_STR("expand"), "unknown_field", "There is no such reference.");
        }
        *ret_mask |= HD_BIT(i);
    }
    return HD_OK;
}

hd_expand_t *hd_api_expand(hd_call_t *c, uint64_t fields)
{
    hd_expand_t *x = NULL;
    if (fields != 0) {
        x = hd_alloc(c->cx.arena, sizeof(*x));
        x->c = c;
        x->fields = fields;
    }
    return x;
}

static const void *read_ref(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    const void *rec = NULL;
    if (hd_entities[type]->config) {
        rec = hd_config_get(cx->txn, type, id);
    } else {
        void *row = hd_alloc(cx->arena, hd_entities[type]->size);
        rec = hd_row_get(cx->txn, cx->arena, type, id, row) == HD_OK ? row : NULL;
    }
    return rec != NULL && hd_sees(cx, type, rec) ? rec : NULL;
}

/* Of a team not what is counted: that is a question of its own, and a page of tickets would ask it of each. */
static uint64_t mask_of(const hd_entity_t *e, bool staff)
{
    uint64_t mask = hd_json_mask(e, true, staff);
    for (unsigned i = 0; i < e->n_fields && e->type == HD_TEAM; i++) {
        if (e->fields[i].tag == 0) {
            mask &= ~HD_BIT(i);
        }
    }
    return mask;
}

static hd_str_t write_ref(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    const hd_entity_t *e = hd_entities[type];
    const void *rec = read_ref(cx, type, id);
    hd_json_opt_t opt = { .mask = mask_of(e, hd_actor_is_staff(cx->actor)) };
    hd_buf_t b;
    if (rec == NULL) {
        return (hd_str_t){ 0, "" };
    }
    hd_buf_init(&b, cx->arena, 512, HD_REPLY_MAX);
    hd_json_t j = hd_json(&b);
    hd_record_json(&j, e, type == HD_TEAM ? rec : hd_record_view(cx, type, rec), &opt);
    return hd_buf_view(&b);
}

static hd_str_t show(hd_expand_t *x, uint8_t type, hd_id_t id)
{
    shown_t **at = &x->bucket[(id * 31 + type) % BUCKETS];
    for (const shown_t *s = *at; s != NULL; s = s->next) {
        if (s->id == id && s->type == type) {
            return s->json;
        }
    }
    shown_t *s = hd_alloc(x->c->cx.arena, sizeof(*s));
    *s = (shown_t){ *at, type, id, write_ref(&x->c->cx, (hd_type_t) type, id) };
    *at = s;
    return s->json;
}

static void put_one(hd_json_t *j, hd_expand_t *x, uint8_t type, hd_id_t id, bool or_null)
{
    hd_str_t json = id == 0 ? (hd_str_t){ 0, "" } : show(x, type, id);
    if (json.len != 0) {
        hd_json_raw(j, json);
    } else if (or_null) {
        hd_json_null(j);
    }
}

static void put_field(hd_json_t *j, hd_expand_t *x, const hd_field_t *f, const void *rec)
{
    const void *at = hd_field_at(f, rec);
    const hd_ids_t *ids = at;
    hd_json_key(j, member_name(x->c->cx.arena, f));
    if (f->kind == HD_K_REF) {
        put_one(j, x, f->ref, *(const hd_id_t *) at, true);
        return;
    }
    hd_json_arr(j);
    for (uint32_t i = 0; i < ids->n; i++) {
        put_one(j, x, f->ref, ids->v[i], false);
    }
    hd_json_end_arr(j);
}

/* Into an object that was just closed. */
static void put_more(hd_json_t *j, hd_expand_t *x, const hd_entity_t *e, const void *rec)
{
    j->b->len--;
    for (unsigned i = 0; i < e->n_fields; i++) {
        if ((x->fields & HD_BIT(i)) != 0) {
            put_field(j, x, &e->fields[i], rec);
        }
    }
    hd_json_end_obj(j);
}

void hd_api_record(hd_json_t *j, hd_expand_t *x, const hd_entity_t *e, const void *rec, const hd_json_opt_t *opt)
{
    hd_record_json(j, e, rec, opt);
    if (x != NULL && !j->b->failed) {
        put_more(j, x, e, rec);
    }
}

hd_code_t hd_api_res_expanded(hd_call_t *c, hd_type_t type, const void *rec, uint64_t fields)
{
    const hd_entity_t *e = hd_entities[type];
    if (fields == 0) {
        return hd_res_record(c, type, rec, 200);
    }
    c->req.if_none_match = (hd_str_t){ 0, "" };      /* the version says nothing of the records named */
    hd_code_t code = hd_res_record(c, type, rec, 200);
    if (code == HD_OK && !c->res.body.failed) {
        hd_json_t j = { &c->res.body, true };
        put_more(&j, hd_api_expand(c, fields), e, hd_record_view(&c->cx, type, rec));
    }
    return code;
}
