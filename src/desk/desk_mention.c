/*
 * Who may be mentioned in a message (CHT-3): colleagues who may read what is talked about, so that a name that is offered
 * is a person who is told.
 */
#include "desk_impl.h"

/* What was typed begins a word of the name, or the login. */
static bool begins(hd_str_t text, hd_str_t words)
{
    for (size_t at = 0; at + words.len <= text.len; at++) {
        if ((at == 0 || text.data[at - 1] == ' ') && memcmp(text.data + at, words.data, words.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_meant(hd_cx_t *cx, const hd_user_t *u, hd_str_t words)
{
    return words.len == 0 || begins(hd_text_fold(cx->arena, u->name), words) || begins(hd_text_fold(cx->arena, u->login), words);
}

static bool is_colleague(hd_cx_t *cx, const hd_user_t *u)
{
    return u->active && u->role != HD_ROLE_PORTAL && u->partner_id != 0 && u->rec.id != cx->actor->uid;
}

static bool may_be_told(hd_cx_t *cx, const hd_subject_t *s, const hd_user_t *u)
{
    bool reads = s->ticket.rec.id != 0 ? hd_desk_user_sees(cx, u, &s->ticket, s->team) : hd_desk_user_hears_team(cx, u, s->team);
    return reads && hd_desk_ref_ok(cx, HD_CONTACT, u->partner_id);
}

static bool takes_part(const hd_subject_t *s, const hd_user_t *u)
{
    hd_ids_t followers = s->ticket.rec.id != 0 ? s->ticket.message_partner_ids : s->team->message_partner_ids;
    return (s->ticket.rec.id != 0 && s->ticket.user_id == u->rec.id) || hd_ids_has(followers, u->partner_id);
}

hd_code_t hd_mentionable(hd_cx_t *cx, hd_id_t ticket_id, hd_id_t team_id, hd_str_t words, uint32_t limit,
                         const hd_user_t ***ret_v, uint32_t *ret_n)
{
    hd_subject_t s;
    hd_code_t code = hd_subject_open(cx, ticket_id, team_id, &s);
    if (code != HD_OK) {
        return code;
    }
    size_t n;
    uint32_t n_near = 0, n_far = 0;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    const hd_user_t **near = hd_alloc_n(cx->arena, limit, sizeof(*near));
    const hd_user_t **far = hd_alloc_n(cx->arena, limit, sizeof(*far));
    hd_str_t folded = hd_text_fold(cx->arena, hd_str_trim(words));
    for (size_t i = 0; i < n && n_near < limit; i++) {
        const hd_user_t *u = users[i];
        bool is_near = is_colleague(cx, u) && takes_part(&s, u);
        if (is_colleague(cx, u) && (is_near || n_far < limit) && is_meant(cx, u, folded) && may_be_told(cx, &s, u)) {
            *(is_near ? &near[n_near++] : &far[n_far++]) = u;
        }
    }
    for (uint32_t i = 0; i < n_far && n_near < limit; i++) {
        near[n_near++] = far[i];
    }
    *ret_v = near;
    *ret_n = n_near;
    return HD_OK;
}
