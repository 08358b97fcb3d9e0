/*
 * The token of a form, base64url: time(8) random(8) HMAC-SHA-256(secret, "form" slug [NUL session] time random)(32).
 * It says that this site gave the form out, when, and to whom; its siphash is the idempotency key, so a form counts
 * once.  With a session in it, another site cannot make one for a visitor who is signed in here (T-11).
 */
#include "page_impl.h"

#define TOKEN_BYTES  48
#define TOKEN_SIGNED 16
#define SLUG_MAX     240
#define SESSION_MAX  64

_Static_assert(TOKEN_BYTES / 3 * 4 == HD_FORM_TOKEN_LEN, "a token is written without padding");

/* False when slug or session is longer than any can be. */
static bool sign(const hd_site_t *site, hd_str_t slug, hd_str_t session,
                 const uint8_t head[TOKEN_SIGNED], uint8_t out[HD_HASH_LEN])
{
    uint8_t text[4 + SLUG_MAX + 1 + SESSION_MAX + TOKEN_SIGNED] = { 'f', 'o', 'r', 'm' };
    size_t n = 4;
    if (slug.len > SLUG_MAX || session.len > SESSION_MAX) {
        return false;
    }
    memcpy(text + n, slug.data, slug.len);
    n += slug.len;
    if (session.len != 0) {
        text[n++] = 0;
        memcpy(text + n, session.data, session.len);
        n += session.len;
    }
    memcpy(text + n, head, TOKEN_SIGNED);
    hd_hmac(site->secret, text, n + TOKEN_SIGNED, out);
    return true;
}

hd_str_t hd_page_session(hd_call_t *c)
{
    char csrf[44] = "";
    if (c->cx.actor->uid != 0) {
        hd_csrf_token(c, csrf);
    }
    return hd_str_dup(c->cx.arena, hd_str(csrf));
}

hd_str_t hd_page_sign(hd_arena_t *a, const hd_site_t *site, hd_str_t slug, hd_str_t session,
                      hd_time_t now, const uint8_t random[8])
{
    uint8_t token[TOKEN_BYTES];
    hd_put_be64(token, (uint64_t) now);
    memcpy(token + 8, random, 8);
    if (!sign(site, slug, session, token, token + TOKEN_SIGNED)) {
        return (hd_str_t){ 0, "" };
    }
    return hd_base64url(a, token, sizeof(token));
}

hd_verdict_t hd_page_verify(const hd_site_t *site, hd_str_t slug, hd_str_t session, hd_str_t token,
                            hd_time_t now, uint8_t ret_key[16])
{
    uint8_t got[TOKEN_BYTES], want[HD_HASH_LEN];
    if (token.len != HD_FORM_TOKEN_LEN || !hd_base64url_decode(token, got, sizeof(got))
        || !sign(site, slug, session, got, want)
        || !hd_mem_eq_const(got + TOKEN_SIGNED, want, sizeof(want))) {
        return HD_FORM_BAD;
    }
    hd_siphash(site->secret, got, sizeof(got), ret_key);
    hd_time_t made = (hd_time_t) hd_get_be64(got);
    if (made <= now - HD_FORM_LIFE || made >= now + HD_FORM_LIFE) {
        return HD_FORM_EXPIRED;
    }
    return made > now - HD_FORM_HASTE ? HD_FORM_HASTY : HD_FORM_FRESH;
}

void hd_page_fingerprint(const hd_site_t *site, hd_arena_t *a, const hd_form_t *form,
                         const hd_answer_t *answers, uint8_t out[16])
{
    hd_buf_t b;
    hd_buf_init(&b, a, 1024, 2 * HD_BODY_MAX);
    hd_buf_varint(&b, form->team->rec.id);
    for (uint32_t i = 0; i < form->n; i++) {
        hd_buf_varint(&b, form->item[i].name.len);
        hd_buf_str(&b, form->item[i].name);
        hd_buf_varint(&b, answers[i].n);
        for (uint32_t k = 0; k < answers[i].n; k++) {
            hd_buf_varint(&b, answers[i].v[k].len);
            hd_buf_str(&b, answers[i].v[k]);
        }
    }
    hd_siphash(site->secret, b.data, b.len, out);
}
