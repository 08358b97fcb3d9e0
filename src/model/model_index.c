/*
 * Index keys and counters of every record type.
 *
 * A key of an index that is not unique ends with the record's id or its complement; a unique one
 * does not (the store writes the id as the value).  Ticket 7, active, team 2, stage 3, priority 1,
 * on the board:
 *
 *     20  00000000  01  00000002  00000003  fe  fffffff8
 *     ix  subject   act team      stage     ~p  ~id
 */
#include "model_impl.h"

#define KEY_STR_MAX  64
#define KEY_STR_CUT  48

/* ---- key builder ---- */

void hd_key_bytes(hd_key_t *k, const void *p, size_t n)
{
    if (n != 0 && n <= (size_t) (HD_KEY_MAX - k->len)) {
        memcpy(k->b + k->len, p, n);
        k->len = (uint8_t) (k->len + n);
    }
}

void hd_key_id(hd_key_t *k, hd_id_t id)
{
    uint8_t be[4];
    hd_put_be32(be, (uint32_t) id);
    hd_key_bytes(k, be, sizeof(be));
}

void hd_key_id_desc(hd_key_t *k, hd_id_t id)
{
    hd_key_id(k, ~id);
}

void hd_key_str(hd_key_t *k, hd_str_t folded)
{
    if (folded.len <= KEY_STR_MAX) {
        hd_key_bytes(k, folded.data, folded.len);
    } else {
        uint8_t hash[HD_HASH_LEN];
        hd_sha256(folded.data, folded.len, hash);
        hd_key_bytes(k, folded.data, KEY_STR_CUT);
        hd_key_bytes(k, hash, KEY_STR_MAX - KEY_STR_CUT);
    }
    hd_key_u8(k, 0);
}

/* ---- sets of keys: length byte, key ---- */

void hd_keyset_init(hd_keyset_t *s, hd_arena_t *a)
{
    /* A ticket with the most followers: (1 + 19) * 1003 bytes. */
    hd_buf_init(&s->buf, a, 256, (size_t) (HD_KEY_MAX + 1) * (HD_LIST_MAX + 8));
    s->n = 0;
}

/* An index key: its value is the record's id. */
static void add_key(hd_keyset_t *s, const hd_key_t *key)
{
    if (hd_buf_room(&s->buf, key->len + (size_t) 1)) {
        hd_buf_byte(&s->buf, (char) key->len);
        hd_buf_put(&s->buf, key->b, key->len);
        s->n++;
    }
}

bool hd_keyset_next(const hd_keyset_t *s, size_t *pos, hd_str_t *ret_key)
{
    if (*pos >= s->buf.len) {
        return false;
    }
    size_t len = (uint8_t) s->buf.data[*pos];
    *ret_key = (hd_str_t){ len, s->buf.data + *pos + 1 };
    *pos += len + 1;
    return true;
}

static void add_text(hd_keyset_t *s, hd_index_t index, hd_arena_t *a, hd_str_t text, hd_id_t id)
{
    if (text.len == 0) {
        return;
    }
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, (uint8_t) index);
    hd_key_str(&k, hd_text_fold(a, text));
    if (id != 0) {
        hd_key_id(&k, id);
    }
    add_key(s, &k);
}

static void add_hash(hd_keyset_t *s, hd_index_t index, hd_str_t hash)
{
    if (hash.len == 0) {
        return;
    }
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, (uint8_t) index);
    hd_key_bytes(&k, hash.data, hash.len);
    add_key(s, &k);
}

static void add_ref(hd_keyset_t *s, hd_index_t index, hd_id_t ref, hd_id_t id)
{
    if (ref == 0) {
        return;
    }
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, (uint8_t) index);
    hd_key_id(&k, ref);
    hd_key_id(&k, id);
    add_key(s, &k);
}

/* ---- per record type ---- */

void hd_keys_none(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    (void) a;
    (void) rec;
    (void) out;
}

void hd_keys_contact(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_contact_t *c = rec;
    add_text(out, HD_IX_CONTACT_EMAIL, a, c->email, c->rec.id);
    add_text(out, HD_IX_CONTACT_NAME, a, c->name, c->rec.id);
    add_ref(out, HD_IX_CONTACT_PARENT, c->parent_id, c->rec.id);
}

void hd_keys_user(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_user_t *u = rec;
    add_text(out, HD_IX_USER_LOGIN, a, u->login, 0);
    add_ref(out, HD_IX_USER_PARTNER, u->partner_id, u->rec.id);
}

void hd_keys_session(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_session_t *s = rec;
    (void) a;
    add_hash(out, HD_IX_SESSION_HASH, s->hash);
    add_ref(out, HD_IX_SESSION_USER, s->user_id, s->rec.id);
}

void hd_keys_token(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_token_t *t = rec;
    (void) a;
    add_hash(out, HD_IX_TOKEN_HASH, t->hash);
    add_ref(out, HD_IX_TOKEN_USER, t->user_id, t->rec.id);
}

void hd_keys_team(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    add_text(out, HD_IX_TEAM_SLUG, a, ((const hd_team_t *) rec)->slug, 0);
}

void hd_keys_stage(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_stage_t *s = rec;
    (void) a;
    for (uint32_t i = 0; i < s->team_ids.n; i++) {
        hd_key_t k = { .len = 0 };
        hd_key_u8(&k, HD_IX_STAGE_TEAM);
        hd_key_id(&k, s->team_ids.v[i]);
        hd_key_id(&k, (uint32_t) s->sequence ^ UINT32_C(0x80000000));    /* negative ones first */
        hd_key_id(&k, s->rec.id);
        add_key(out, &k);
    }
}

void hd_keys_ticket_type(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    add_text(out, HD_IX_TYPE_NAME, a, ((const hd_ticket_type_t *) rec)->name, 0);
}

void hd_keys_tag(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    add_text(out, HD_IX_TAG_NAME, a, ((const hd_tag_t *) rec)->name, 0);
}

/*
 * The hot one: every change of a ticket builds these twice, so each key is one block copied and
 * patched.
 */
void hd_keys_ticket(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_ticket_t *t = rec;
    (void) a;
    size_t most = (size_t) t->message_partner_ids.n + 3;
    if (!hd_buf_room(&out->buf, most * (HD_TICKET_KEY_LEN + 1))) {
        return;
    }

    uint8_t key[HD_TICKET_KEY_LEN + 1] = { HD_TICKET_KEY_LEN, HD_IX_TICKET_BOARD };
    key[6] = t->active ? 1 : 0;
    hd_put_be32(key + 7, (uint32_t) t->team_id);
    hd_put_be32(key + 11, (uint32_t) t->stage_id);
    key[15] = (uint8_t) (0xff - t->priority);
    hd_put_be32(key + 16, ~(uint32_t) t->rec.id);

    hd_buf_put(&out->buf, key, sizeof(key));
    out->n++;
    if (t->user_id != 0) {
        key[1] = HD_IX_TICKET_USER;
        hd_put_be32(key + 2, (uint32_t) t->user_id);
        hd_buf_put(&out->buf, key, sizeof(key));
        out->n++;
    }
    if (t->partner_id != 0) {
        key[1] = HD_IX_TICKET_PARTNER;
        hd_put_be32(key + 2, (uint32_t) t->partner_id);
        hd_buf_put(&out->buf, key, sizeof(key));
        out->n++;
    }
    if (t->waiting) {
        hd_key_t k = { .len = 0 };
        hd_key_u8(&k, HD_IX_TICKET_WAITING);
        hd_key_id(&k, t->team_id);
        hd_key_id(&k, t->rec.id);
        add_key(out, &k);
    }
    key[1] = HD_IX_TICKET_FOLLOWER;
    for (uint32_t i = 0; i < t->message_partner_ids.n; i++) {
        hd_put_be32(key + 2, (uint32_t) t->message_partner_ids.v[i]);
        hd_buf_put(&out->buf, key, sizeof(key));
        out->n++;
    }
}

/* ---- the conversation ---- */

void hd_keys_message(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_message_t *m = rec;
    (void) a;
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, m->ticket_id != 0 ? HD_IX_MESSAGE_TICKET : HD_IX_MESSAGE_TEAM);
    hd_key_id(&k, m->ticket_id != 0 ? m->ticket_id : m->team_id);
    hd_key_id_desc(&k, m->rec.id);
    add_key(out, &k);
}

void hd_keys_attachment(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_attachment_t *f = rec;
    (void) a;
    add_ref(out, HD_IX_ATTACHMENT_TICKET, f->ticket_id, f->rec.id);
    add_ref(out, HD_IX_ATTACHMENT_TEAM, f->team_id, f->rec.id);
    if (f->ticket_id == 0 && f->team_id == 0) {
        hd_key_t loose = { .len = 0 };
        hd_key_u8(&loose, HD_IX_ATTACHMENT_LOOSE);
        hd_key_id(&loose, f->author_id);
        hd_key_id(&loose, f->rec.id);
        add_key(out, &loose);
    }
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, HD_IX_ATTACHMENT_HASH);
    hd_key_bytes(&k, f->hash.data, f->hash.len);
    hd_key_id(&k, f->rec.id);
    add_key(out, &k);
}

void hd_keys_follower(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_follower_t *f = rec;
    hd_key_t k = { .len = 0 };
    (void) a;
    hd_key_u8(&k, HD_IX_FOLLOWER);
    hd_key_id(&k, f->ticket_id);
    hd_key_id(&k, f->partner_id);
    add_key(out, &k);
    add_ref(out, HD_IX_FOLLOWER_CONTACT, f->partner_id, f->rec.id);
}

void hd_keys_notification(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_notification_t *n = rec;
    hd_key_t k = { .len = 0 };
    (void) a;
    hd_key_u8(&k, HD_IX_NOTIFICATION);
    hd_key_id(&k, n->partner_id);
    hd_key_u8(&k, n->read_date != 0);
    hd_key_id_desc(&k, n->rec.id);
    add_key(out, &k);
    hd_key_t of = { .len = 0 };
    hd_key_u8(&of, HD_IX_NOTIFICATION_OF);
    hd_key_id(&of, n->ticket_id);
    hd_key_id(&of, n->team_id);
    hd_key_id(&of, n->partner_id);
    hd_key_id(&of, n->rec.id);
    add_key(out, &of);
}

void hd_keys_mail(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_mail_t *m = rec;
    hd_key_t k = { .len = 0 };
    uint8_t due[8];
    (void) a;
    hd_put_be64(due, (uint64_t) m->next_try);
    hd_key_u8(&k, HD_IX_MAIL_STATE);
    hd_key_u8(&k, m->state);
    hd_key_bytes(&k, due, sizeof(due));
    hd_key_id(&k, m->rec.id);
    add_key(out, &k);
    hd_key_t of = { .len = 0 };
    hd_key_u8(&of, HD_IX_MAIL_OF);
    hd_key_id(&of, m->ticket_id);
    hd_key_id(&of, m->team_id);
    hd_key_id(&of, m->rec.id);
    add_key(out, &of);
    add_ref(out, HD_IX_MAIL_CONTACT, m->partner_id, m->rec.id);
}

void hd_keys_draft(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_draft_t *d = rec;
    hd_key_t k = { .len = 0 };
    (void) a;
    hd_key_u8(&k, HD_IX_DRAFT);
    hd_key_id(&k, d->user_id);
    hd_key_id(&k, d->ticket_id);
    hd_key_id(&k, d->team_id);
    hd_key_u8(&k, d->subtype);
    add_key(out, &k);
    add_ref(out, HD_IX_DRAFT_TICKET, d->ticket_id, d->rec.id);
}

/* A day is YYYY-MM-DD, which sorts as it is. */
static void add_day(hd_keyset_t *s, hd_index_t index, hd_id_t of, hd_str_t day, hd_id_t id)
{
    hd_key_t k = { .len = 0 };
    if (of == 0) {
        return;
    }
    hd_key_u8(&k, (uint8_t) index);
    hd_key_id(&k, of);
    hd_key_bytes(&k, day.data, day.len);
    hd_key_id(&k, id);
    add_key(s, &k);
}

void hd_keys_activity(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_activity_t *t = rec;
    (void) a;
    add_day(out, HD_IX_ACTIVITY_TICKET, t->ticket_id, t->date_deadline, t->rec.id);
    add_day(out, HD_IX_ACTIVITY_USER, t->user_id, t->date_deadline, t->rec.id);
}

void hd_keys_external_id(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_external_id_t *x = rec;
    const hd_entity_t *e = hd_entity_by_name(x->type);
    hd_key_t name = { .len = 0 }, of = { .len = 0 };
    hd_key_u8(&name, HD_IX_EXTERNAL_NAME);
    hd_key_str(&name, hd_str_cat(a, 3, x->module, HD_STR("."), x->name));
    add_key(out, &name);
    hd_key_u8(&of, HD_IX_EXTERNAL_OF);
    hd_key_u8(&of, e != NULL ? e->type : 0);
    hd_key_id(&of, (hd_id_t) x->res_id);
    hd_key_id(&of, x->rec.id);
    add_key(out, &of);
}

void hd_keys_invitation(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_invitation_t *i = rec;
    (void) a;
    add_ref(out, HD_IX_INVITATION_USER, i->user_id, i->rec.id);
}

void hd_key_origin(hd_key_t *k, hd_str_t source, hd_str_t model, uint64_t source_id)
{
    uint8_t hash[HD_HASH_LEN], number[8];
    hd_sha256(source.data, source.len, hash);
    hd_put_be64(number, source_id);
    k->len = 0;
    hd_key_u8(k, HD_IX_ORIGIN);
    hd_key_bytes(k, hash, 8);
    hd_key_str(k, model);
    hd_key_bytes(k, number, sizeof(number));
}

void hd_keys_origin(hd_arena_t *a, const void *rec, hd_keyset_t *out)
{
    const hd_origin_t *o = rec;
    hd_key_t k;
    (void) a;
    hd_key_origin(&k, o->source, o->model, (uint64_t) o->source_id);
    add_key(out, &k);
}

/* ---- counters ---- */

static void add_count(hd_keyset_t *s, hd_counter_t kind, hd_id_t first, hd_id_t second)
{
    hd_key_t k = { .len = 0 };
    hd_key_u8(&k, (uint8_t) kind);
    hd_key_id(&k, first);
    hd_key_id(&k, second);
    add_key(s, &k);
}

void hd_counts_notification(const void *rec, hd_keyset_t *out)
{
    const hd_notification_t *n = rec;
    if (n->read_date == 0) {
        add_count(out, HD_CN_CONTACT_UNREAD, n->partner_id, 0);
    }
}

void hd_counts_none(const void *rec, hd_keyset_t *out)
{
    (void) rec;
    (void) out;
}

void hd_counts_ticket(const void *rec, hd_keyset_t *out)
{
    const hd_ticket_t *t = rec;
    add_count(out, t->active ? HD_CN_TEAM_STAGE : HD_CN_TEAM_STAGE_ARCHIVED, t->team_id,
              t->stage_id);
    if (t->ticket_type_id != 0) {
        add_count(out, HD_CN_TYPE_TICKETS, t->ticket_type_id, 0);
    }
    for (uint32_t i = 0; i < t->tag_ids.n; i++) {
        add_count(out, HD_CN_TAG_TICKETS, t->tag_ids.v[i], 0);
    }
    bool open = t->active && !t->closed;
    if (t->access_token.len != 0) {
        add_count(out, HD_CN_TEAM_LINKS, t->team_id, 0);
    }
    if (open && t->priority == 3) {
        add_count(out, HD_CN_TEAM_URGENT, t->team_id, 0);
    }
    if (open) {
        add_count(out, t->user_id == 0 ? HD_CN_TEAM_UNASSIGNED : HD_CN_USER_OPEN,
                  t->user_id == 0 ? t->team_id : t->user_id, 0);
    }
    if (t->user_id == 0) {
        return;
    }
    add_count(out, HD_CN_TEAM_USER_EVER, t->team_id, t->user_id);
}
