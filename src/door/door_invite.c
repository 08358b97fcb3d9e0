/*
 * Links with which people set a password.  The store keeps a random seed; the token is made of it and of the site's
 * secret, like that of a ticket's link (door_link.c):
 *
 *     base64url of HMAC-SHA-256(secret, "invite" purpose(1) id(8) seed(16)) (32)  id XOR its first four bytes (4)
 *
 * so tokens have nothing in common and name the row they are for.
 */
#include "door_impl.h"

#define TOKEN_BYTES (HD_HASH_LEN + 4)
#define HEAD        6
#define SIGNED      (HEAD + 1 + 8 + HD_INVITE_SEED)

_Static_assert(TOKEN_BYTES / 3 * 4 == HD_INVITE_TOKEN_LEN, "a token is written without padding");

static void sign(const hd_site_t *site, hd_id_t id, uint8_t purpose, const uint8_t seed[HD_INVITE_SEED],
                 uint8_t out[TOKEN_BYTES])
{
    uint8_t text[SIGNED] = { 'i', 'n', 'v', 'i', 't', 'e', purpose };
    hd_put_be64(text + HEAD + 1, id);
    memcpy(text + HEAD + 1 + 8, seed, HD_INVITE_SEED);
    hd_hmac(site->secret, text, sizeof(text), out);
    hd_put_be32(out + HD_HASH_LEN, (uint32_t) id ^ hd_get_be32(out));
}

static hd_str_t make_token(hd_arena_t *a, const hd_site_t *site, const hd_invitation_t *i)
{
    uint8_t token[TOKEN_BYTES];
    if (i->seed.len != HD_INVITE_SEED) {
        return (hd_str_t){ 0, "" };
    }
    sign(site, i->rec.id, i->purpose, (const uint8_t *) i->seed.data, token);
    return hd_base64url(a, token, sizeof(token));
}

hd_str_t hd_invite_url(hd_arena_t *a, const hd_site_t *site, const hd_invitation_t *i)
{
    return hd_strf(a, "%.*s/%s?token=%.*s", HD_STR_ARG(site->base_url),
                   i->purpose == HD_INVITE_INVITATION ? "invitation" : "reset",
                   HD_STR_ARG(make_token(a, site, i)));
}

hd_letter_t hd_invite_letter(hd_arena_t *a, const hd_site_t *site, const hd_invitation_t *i, const hd_user_t *u)
{
    hd_lang_t lang = hd_lang_from(u->lang);
    bool first = i->purpose == HD_INVITE_INVITATION;
    return (hd_letter_t){
        .subject = hd_t(a, lang, first ? "page.mail.invitation.subject" : "page.mail.password.subject", 1, "site",
                        hd_t(a, lang, "page.site", 0)),
        .text = hd_t(a, lang, first ? "page.mail.invitation.text" : "page.mail.password.text", 4, "name", u->name, "login", u->login,
                     "link", hd_invite_url(a, site, i), "until", hd_text_time(a, lang, u->tz, true, i->expires)),
    };
}

/* ---- for whoever brings a token ---- */

typedef struct {
    const uint8_t *token;
    hd_invited_t  *in;
} look_t;

static hd_code_t look(hd_call_t *c, void *arg)
{
    const look_t *l = arg;
    uint8_t want[TOKEN_BYTES];
    hd_invitation_t i;
    const hd_user_t *u;
    hd_id_t id = hd_get_be32(l->token) ^ hd_get_be32(l->token + HD_HASH_LEN);
    hd_code_t code = hd_invitation_get(&c->cx, id, &i, &u);
    if (code != HD_OK) {
        return code;
    }
    sign(c->site, id, i.purpose, (const uint8_t *) i.seed.data, want);
    if (!hd_mem_eq_const(l->token, want, sizeof(want))) {
        return HD_E_EXPIRED;
    }
    l->in->id = id;
    memcpy(l->in->seed, i.seed.data, HD_INVITE_SEED);
    l->in->purpose = (hd_invitation_purpose_t) i.purpose;
    hd_account_fill(&l->in->acc, u);
    return HD_OK;
}

hd_code_t hd_invite_open(hd_call_t *c, hd_str_t token, hd_invited_t *ret)
{
    uint8_t bytes[TOKEN_BYTES];
    hd_attempt_t at;
    look_t l = { bytes, ret };
    hd_code_t code = hd_attempt_link(c, &at);
    if (code != HD_OK) {
        return code;
    }
    code = token.len == HD_INVITE_TOKEN_LEN && hd_base64url_decode(token, bytes, sizeof(bytes))
         ? (c->cx.txn != NULL ? look(c, &l) : hd_call_read(c, look, &l)) : HD_E_EXPIRED;
    hd_attempt_end(c, &at, code != HD_E_EXPIRED);
    return code;
}

hd_code_t hd_invite_check(hd_call_t *c, hd_str_t token, const char *field, hd_str_t password, hd_invited_t *ret)
{
    hd_code_t code = hd_invite_open(c, token, ret);
    if (code != HD_OK) {
        return code;
    }
    return hd_call_hash(c, field, password, (hd_str_t){ ret->acc.login_len, ret->acc.login },
                        (hd_str_t){ ret->acc.name_len, ret->acc.name }, &ret->phc);
}

hd_code_t hd_invite_use(hd_call_t *c, const hd_invited_t *in)
{
    hd_invitation_t i;
    const hd_user_t *u;
    hd_code_t code = hd_invitation_get(&c->cx, in->id, &i, &u);
    if (code == HD_OK && (i.purpose != in->purpose || memcmp(i.seed.data, in->seed, HD_INVITE_SEED) != 0)) {
        code = HD_E_EXPIRED;             /* the row of another link */
    }
    if (code == HD_OK) {
        code = hd_invitation_use(&c->cx, in->id, in->phc);
    }
    return code == HD_OK ? hd_call_sign_in(c, c->cx.actor->uid, c->cx.actor->user->login) : code;
}
