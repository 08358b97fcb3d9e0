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

static bool may_be_told(hd_cx_t *cx, const hd_subject_t *s, const hd_user_t *u)
{
    if (!u->active || u->role == HD_ROLE_PORTAL || u->partner_id == 0 || u->rec.id == cx->actor->uid) {
        return false;
    }
    if (s->ticket.rec.id == 0) {
        return hd_desk_user_hears_team(cx, u, s->team) && hd_desk_ref_ok(cx, HD_CONTACT, u->partner_id);
    }
    return hd_desk_user_sees(cx, u, &s->ticket, s->team) && hd_desk_ref_ok(cx, HD_CONTACT, u->partner_id);
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
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    hd_str_t folded = hd_text_fold(cx->arena, hd_str_trim(words));
    *ret_v = hd_alloc_n(cx->arena, limit, sizeof(**ret_v));
    *ret_n = 0;
    for (int round = 0; round < 2; round++) {       /* first who takes part, then everybody else */
        for (size_t i = 0; i < n && *ret_n < limit; i++) {
            const hd_user_t *u = users[i];
            if (takes_part(&s, u) == (round == 0)
                && (begins(hd_text_fold(cx->arena, u->name), folded) || begins(hd_text_fold(cx->arena, u->login), folded))
                && may_be_told(cx, &s, u)) {
                (*ret_v)[(*ret_n)++] = u;
            }
        }
    }
    return HD_OK;
}
