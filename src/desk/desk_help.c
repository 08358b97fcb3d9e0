/*
 * Small things every rule needs: field errors, events, cursors, look-ups by text.
 */
#include "desk_impl.h"

#define CHANGES_MAX   (1024 * 1024)
#define CHECK_LEN     3
#define EMAIL_LOOK    20             /* contacts with one address that are looked at */

static const struct {
    const char *code, *sentence;
} sentences[] = {
    { "required",      "A value is required." },
    { "not_found",     "There is no such record, or none you may see." },
    { "not_allowed",   "This value is not allowed here." },
    { "not_of_team",   "The stage does not belong to the ticket's team." },
    { "no_stage",      "The team has no stage." },
    { "archived",      "This one is archived and cannot be chosen any more." },
    { "ambiguous",     "Several records have this name; give the number." },
    { "taken",         "Another record has this value already." },
    { "not_an_option", "The value is not one of the options." },
    { "too_many",      "The list has too many elements." },
    { "out_of_range",  "The number or time is outside the allowed range." },
    { "unknown_field", "There is no such field." },
    { "bad_time",      "The value is not a time such as 2026-11-21T08:00:00Z." },
    { "bad_date",      "The value is not a date such as 2026-11-21." },
    { "bad_datetime",  "The value is not a day and a time such as 2026-11-21T08:00." },
    { "not_an_id",     "The value is not the number of a record." },
    { "too_long",      "The text is too long." },
    { "wrong_type",    "The value has the wrong type." },
    { "not_hours",     "Give a day from 0 (Monday) to 6, and from and to as \"HH:MM\"." },
    { "overlaps",      "These hours overlap others of the same day." },
    { "not_after",     "The end must be after the beginning." },
    { "not_draft",     "Only a draft can be changed." },
    { "in_use",        "Tickets of the team still depend on the present value." },
};

hd_code_t hd_desk_bad_name(hd_cx_t *cx, hd_str_t name, const char *code)
{
    const char *sentence = "The value cannot be accepted.";
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        if (strcmp(sentences[i].code, code) == 0) {
            sentence = sentences[i].sentence;
        }
    }
    hd_problem_field(cx->problem, cx->arena, name, code, sentence);
    return HD_E_INVALID;
}

hd_code_t hd_desk_bad(hd_cx_t *cx, hd_type_t type, unsigned field, const char *code)
{
    return hd_desk_bad_name(cx, hd_str(hd_entities[type]->fields[field].name), code);
}

uint64_t hd_desk_writable(hd_type_t type, uint64_t mask, bool create)
{
    const hd_entity_t *e = hd_entities[type];
    uint32_t locked = HD_F_RO | HD_F_SECRET | (create ? 0U : (uint32_t) HD_F_WRITE1);
    uint64_t writable = 0;
    for (unsigned i = HD_F_OWN; i < e->n_fields; i++) {
        if ((e->fields[i].flags & locked) == 0 && e->fields[i].kind != HD_K_COMPUTED) {
            writable |= HD_BIT(i);
        }
    }
    return mask & writable;
}

uint64_t hd_desk_diff(hd_type_t type, const void *old, const void *rec)
{
    return hd_record_diff(hd_entities[type], old, rec) & ~(HD_BIT(HD_F_OWN) - 1);
}

/* ---- events ---- */

static hd_str_t write_changes(hd_cx_t *cx, hd_type_t type, const void *old, const void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    uint64_t diff = hd_desk_diff(type, old, rec);
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 256, CHANGES_MAX);
    hd_json_t j = hd_json(&b);
    bool any = false;
    hd_json_obj(&j);
    for (unsigned i = HD_F_OWN; i < e->n_fields; i++) {
        const hd_field_t *f = &e->fields[i];
        if (!(diff & HD_BIT(i)) || !(f->flags & HD_F_TRACK) || (f->flags & HD_F_SECRET)) {
            continue;
        }
        any = true;
        hd_json_key(&j, hd_str(f->name));
        hd_json_arr(&j);
        hd_field_json(&j, f, old);
        hd_field_json(&j, f, rec);
        hd_json_end_arr(&j);
    }
    hd_json_end_obj(&j);
    return any && !b.failed ? hd_buf_view(&b) : HD_STR("");
}

static hd_id_t ref_of(const hd_entity_t *e, const void *rec, const char *name)
{
    int i = hd_field_index(e, hd_str(name));
    return i >= 0 && e->fields[i].kind == HD_K_REF ? *(const hd_id_t *) hd_field_at(&e->fields[i], rec) : 0;
}

static hd_ids_t companies_of_teams(hd_cx_t *cx, hd_ids_t teams)
{
    hd_ids_t all = { 0, NULL };
    for (uint32_t i = 0; i < teams.n; i++) {
        const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, teams.v[i]);
        all = team != NULL ? hd_ids_with(cx->arena, all, team->company_id) : all;
    }
    return all;
}

/* What the record names says whose it is: a company, a ticket, teams, a user. */
static hd_ids_t companies_of(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    const hd_entity_t *e = hd_entities[type];
    hd_id_t one = type == HD_COMPANY ? ((const hd_rec_t *) rec)->id : ref_of(e, rec, "company_id");
    hd_id_t ticket = ref_of(e, rec, "ticket_id"), team = ref_of(e, rec, "team_id");
    hd_ticket_t t;
    if (one == 0 && ticket != 0 && hd_row_get(cx->txn, cx->arena, HD_TICKET, ticket, &t) == HD_OK) {
        one = t.company_id;
    }
    if (one != 0) {
        return hd_ids_make(cx->arena, &one, 1);
    }
    if (type == HD_STAGE || team != 0) {
        return companies_of_teams(cx, type == HD_STAGE ? ((const hd_stage_t *) rec)->team_ids
                                                       : hd_ids_make(cx->arena, &team, 1));
    }
    const hd_user_t *u = type == HD_USER ? rec : hd_config_get(cx->txn, HD_USER, ref_of(e, rec, "user_id"));
    return u != NULL ? u->company_ids : (hd_ids_t){ 0, NULL };
}

hd_str_t hd_desk_owner(hd_cx_t *cx, hd_type_t type, const void *rec)
{
    hd_ids_t ids = companies_of(cx, type, rec);
    hd_buf_t b;
    hd_buf_init(&b, cx->arena, 64, CHANGES_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("company_ids"));
    hd_json_arr(&j);
    hd_json_arr(&j);
    for (uint32_t i = 0; i < ids.n; i++) {
        hd_json_u64(&j, ids.v[i]);
    }
    hd_json_end_arr(&j);
    hd_json_null(&j);
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
    return b.failed ? HD_STR("") : hd_buf_view(&b);
}

void hd_desk_log(hd_cx_t *cx, hd_event_kind_t kind, hd_type_t type, const void *old,
                 const void *rec)
{
    hd_event_t ev = {
        .time = cx->now, .actor = cx->actor->uid, .kind = (uint8_t) kind, .type = (uint8_t) type,
        .id = ((const hd_rec_t *) rec)->id,
    };
    if (kind == HD_EV_DELETED || type == HD_SESSION || type == HD_TOKEN || type == HD_INVITATION) {
        ev.changes = hd_desk_owner(cx, type, rec);
    } else if (old != NULL) {
        ev.changes = write_changes(cx, type, old, rec);
    }
    hd_log_append(cx->txn, &ev);
}

/* What enters a team has nothing to take over; what stays has taken over all. */
static void settle(hd_cx_t *cx, const hd_ticket_t *old, hd_ticket_t *t)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, t->team_id);
    if (team != NULL && (old == NULL || old->team_id != t->team_id)) {
        t->follow_epoch = team->follow_epoch;
    }
    hd_desk_settle(cx, t);
}

hd_code_t hd_desk_put(hd_cx_t *cx, hd_type_t type, const void *old, void *rec)
{
    if (type == HD_TICKET) {
        settle(cx, old, rec);
    }
    hd_id_t uid = cx->actor->uid;
    hd_code_t code = old == NULL ? hd_row_insert(cx->txn, cx->arena, type, rec, cx->now, uid)
                                 : hd_row_update(cx->txn, cx->arena, type, old, rec, cx->now, uid);
    if (code == HD_OK) {
        hd_desk_log(cx, old == NULL ? HD_EV_CREATED : HD_EV_CHANGED, type, old, rec);
    }
    return code;
}

hd_code_t hd_desk_remove(hd_cx_t *cx, hd_type_t type, const void *old)
{
    hd_code_t code = hd_row_delete(cx->txn, cx->arena, type, old);
    if (code == HD_OK) {
        hd_desk_log(cx, HD_EV_DELETED, type, NULL, old);
        code = type == HD_EXTERNAL_ID ? HD_OK : hd_desk_external_ids_drop(cx, type, ((const hd_rec_t *) old)->id);
    }
    return code;
}

/* ---- keys ---- */

hd_key_t hd_desk_key(hd_index_t index)
{
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, (uint8_t) index);
    return k;
}

bool hd_desk_any_key(hd_txn_t *t, const hd_key_t *prefix)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_index(&sc, t, prefix, NULL);
    bool any = hd_scan_next(&sc, &key, &value);
    hd_scan_done(&sc);
    return any;
}

bool hd_desk_find_text(hd_cx_t *cx, hd_index_t index, hd_str_t text, hd_id_t *ret_id)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_str(&k, hd_text_fold(cx->arena, text));
    return hd_index_find(cx->txn, &k, ret_id);
}

hd_id_t hd_desk_contact_of_email(hd_cx_t *cx, hd_str_t email, hd_id_t company)
{
    hd_str_t folded = hd_text_fold(cx->arena, hd_str_trim(email));
    if (folded.len == 0) {
        return 0;
    }
    hd_key_t k = hd_desk_key(HD_IX_CONTACT_EMAIL);
    hd_key_str(&k, folded);

    hd_id_t ids[EMAIL_LOOK], found = 0;
    size_t n = 0;
    hd_scan_t sc;
    hd_str_t key, value;
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (n < EMAIL_LOOK && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    }
    hd_scan_done(&sc);
    for (size_t i = 0; i < n; i++) {
        hd_contact_t c = { .active = false };
        if (hd_row_get(cx->txn, cx->arena, HD_CONTACT, ids[i], &c) != HD_OK || !c.active
            || (c.company_id != 0 && c.company_id != company)
            || !hd_str_eq(hd_text_fold(cx->arena, hd_str_trim(c.email)), folded)) {
            continue;
        }
        if (found != 0) {
            return 0;
        }
        found = ids[i];
    }
    return n < EMAIL_LOOK ? found : 0;
}

/* ---- cursors ---- */

static void put_check(const void *tail, size_t n, uint8_t out[CHECK_LEN])
{
    uint32_t crc = hd_crc32c(0, tail, n);
    out[0] = (uint8_t) (crc >> 16);
    out[1] = (uint8_t) (crc >> 8);
    out[2] = (uint8_t) crc;
}

hd_str_t hd_desk_cursor(hd_arena_t *a, const void *tail, size_t n)
{
    uint8_t b[HD_CURSOR_MAX + CHECK_LEN] = { 0 };
    memcpy(b, tail, n);
    put_check(tail, n, b + n);
    return hd_base64url(a, b, n + CHECK_LEN);
}

bool hd_desk_cursor_read_any(hd_str_t text, void *ret_tail, size_t *ret_n)
{
    uint8_t b[HD_CURSOR_MAX + CHECK_LEN] = { 0 }, check[CHECK_LEN];
    size_t n = text.len / 4 * 3 + (text.len % 4 != 0 ? text.len % 4 - 1 : 0);
    if (n <= CHECK_LEN || n > sizeof(b) || !hd_base64url_decode(text, b, n)) {
        return false;
    }
    n -= CHECK_LEN;
    put_check(b, n, check);
    if (memcmp(check, b + n, CHECK_LEN) != 0) {
        return false;
    }
    memcpy(ret_tail, b, n);
    *ret_n = n;
    return true;
}

bool hd_desk_cursor_read(hd_str_t text, void *ret_tail, size_t n)
{
    uint8_t b[HD_CURSOR_MAX];
    size_t got;
    if (!hd_desk_cursor_read_any(text, b, &got) || got != n) {
        return false;
    }
    memcpy(ret_tail, b, n);
    return true;
}
