/*
 * Answers: headers, JSON, one record with its ETag.
 */
#include "door_impl.h"

void hd_res_header(hd_call_t *c, const char *name, hd_str_t value)
{
    if (c->res.n_headers == HD_RES_HEADERS) {
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char) value.data[i] < ' ' || value.data[i] == 0x7F) {
            return;
        }
    }
    c->res.headers[c->res.n_headers++] = (hd_header_t){ name, value };
}

void hd_res_retry_after(hd_call_t *c, uint64_t seconds)
{
    hd_res_header(c, "Retry-After", hd_strf(c->cx.arena, "%" PRIu64, seconds));
}

hd_json_t hd_res_json(hd_call_t *c, uint16_t status, size_t first)
{
    c->res.status = status;
    c->res.content_type = "application/json; charset=utf-8";
    hd_buf_init(&c->res.body, c->cx.arena, first, HD_REPLY_MAX);
    return hd_json(&c->res.body);
}

static hd_str_t make_etag(hd_arena_t *a, uint64_t version)
{
    hd_buf_t b;
    hd_buf_init(&b, a, 24, 24);
    hd_buf_put(&b, "\"v", 2);
    hd_buf_u64(&b, version);
    hd_buf_byte(&b, '"');
    return hd_buf_view(&b);
}

/* Of a list: the list's address; of what was made at another record: that of all records of its type. */
static void put_location(hd_call_t *c, const hd_entity_t *e, hd_id_t id)
{
    hd_str_t path = c->req.path;
    hd_buf_t b;
    hd_buf_init(&b, c->cx.arena, path.len + 48, path.len + 48);
    if (strchr(c->route->path, '{') != NULL && hd_str_starts(path, HD_STR("/api/v1/"))) {
        hd_buf_z(&b, "/api/v1/");
        hd_buf_z(&b, e->plural);
    } else {
        hd_buf_str(&b, path);
    }
    hd_buf_byte(&b, '/');
    hd_buf_u64(&b, id);
    hd_res_header(c, "Location", hd_buf_view(&b));
}

/* What a stage shows depends on the teams the actor sees, what a team shows on its tickets, the state of an activity on the
 * day: their version alone proves nothing. */
static bool is_unchanged(const hd_call_t *c, hd_type_t type, uint64_t version)
{
    bool proves = type != HD_STAGE && type != HD_TEAM && type != HD_ACTIVITY;
    return proves && c->req.method == HD_GET && c->req.if_none_match.len != 0 && hd_etag_listed(c->req.if_none_match, version);
}

/* Numbers and keys of a record take less than 1 KB; what is long is the text. */
static size_t guess_size(hd_type_t type, const void *rec)
{
    switch (type) {
    case HD_TICKET: return 1280 + ((const hd_ticket_t *) rec)->description.len;
    case HD_MESSAGE: return 1024 + ((const hd_message_t *) rec)->body.len + 2 * ((const hd_message_t *) rec)->body_html.len;
    case HD_TEAM:   return 1024 + ((const hd_team_t *) rec)->description.len;
    default:        return 768;
    }
}

hd_code_t hd_res_record(hd_call_t *c, hd_type_t type, const void *rec, uint16_t status)
{
    const hd_rec_t *head = rec;
    const hd_entity_t *e = hd_entities[type];
    c->res.record_type = (uint8_t) type;
    c->res.record_id = head->id;
    hd_res_header(c, "ETag", make_etag(c->cx.arena, head->version));
    if (is_unchanged(c, type, head->version)) {
        c->res.status = 304;
        return HD_OK;
    }
    hd_json_opt_t opt = { .mask = hd_json_mask(e, false, hd_actor_is_staff(c->cx.actor)) };
    hd_json_t j = hd_res_json(c, status, guess_size(type, rec));
    hd_record_json(&j, e, hd_record_view(&c->cx, type, rec), &opt);
    if (status == 201) {
        put_location(c, e, head->id);
    }
    return HD_OK;
}
