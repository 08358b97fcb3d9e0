/*
 * Who is asking: sessions, API tokens, passwords (trust.md 5.1, T-12).  Secrets are 32 random
 * bytes; the store holds SHA-256 of them, so a stolen data file opens nothing.
 *
 *     session   43 characters base64url
 *     token     hd_ 1f2e3d4c _ 43 characters _ 6 hex digits of CRC-32C over all before
 */
#include "desk_impl.h"

#define SECRET_LEN     32
#define SECRET_TEXT    43
#define TOKEN_ID_HEX   8
#define TOKEN_HASHED   (TOKEN_ID_HEX + 1 + SECRET_TEXT)
#define TOKEN_CHECKED  (3 + TOKEN_HASHED)
#define TOKEN_CRC      6
#define TOKEN_TEXT     (TOKEN_CHECKED + 1 + TOKEN_CRC)
#define TOUCH_EVERY    (10 * HD_MINUTE)
#define SCOPES_ALL     ((uint32_t) (HD_SCOPE_READ | HD_SCOPE_WRITE | HD_SCOPE_ADMIN))
#define SESSIONS_MAX   10000
#define AGENT_MAX      200
#define ADDRESS_MAX    64

/* An actor kept until the configuration changes: users, sessions and tokens are part of it. */
typedef struct {
    hd_actor_t actor;
    hd_id_t    session;
    hd_time_t  ends;             /* 0: never */
} known_t;

/* ---- actors ---- */

static void fill_actor(hd_actor_t *a, const hd_user_t *u, uint32_t scopes)
{
    *a = (hd_actor_t){
        .user = u, .uid = u->rec.id, .partner_id = u->partner_id, .role = (hd_role_t) u->role,
        .companies = u->company_ids, .scopes = scopes,
    };
}

const hd_user_t *hd_user_by_id(hd_cx_t *cx, hd_id_t id)
{
    const hd_user_t *u = id != 0 && id <= HD_ID_MAX ? hd_config_get(cx->txn, HD_USER, id) : NULL;
    return u != NULL && u->active ? u : NULL;
}

#define KEY_MAX (1 + TOKEN_TEXT)

static size_t make_key(char kind, hd_str_t text, uint8_t key[KEY_MAX])
{
    key[0] = (uint8_t) kind;
    memcpy(key + 1, text.data, text.len);
    return text.len + 1;
}

static const hd_actor_t *use_known(const hd_cx_t *cx, const known_t *k, hd_id_t *ret_session)
{
    if (k->ends != 0 && cx->now >= k->ends) {
        return NULL;
    }
    if (ret_session != NULL) {
        *ret_session = k->session;
    }
    return &k->actor;
}

static known_t *keep(hd_cx_t *cx, const uint8_t *key, size_t len, const hd_user_t *u,
                     uint32_t scopes)
{
    bool is_new;
    known_t *k = hd_config_slot(cx->txn, key, len, sizeof(*k), &is_new);
    fill_actor(&k->actor, u, scopes);
    return k;
}

static bool find_hash(hd_cx_t *cx, hd_index_t index, const void *p, size_t n, hd_id_t *ret_id)
{
    uint8_t hash[HD_HASH_LEN];
    hd_key_t k = hd_desk_key(index);
    hd_sha256(p, n, hash);
    hd_key_bytes(&k, hash, sizeof(hash));
    return hd_index_find(cx->txn, &k, ret_id);
}

static hd_time_t find_end(hd_cx_t *cx, const hd_session_t *s)
{
    const hd_user_t *u = hd_user_by_id(cx, s->user_id);
    if (u == NULL) {
        return 1;
    }
    hd_time_t idle = s->seen
                     + (u->role == HD_ROLE_PORTAL ? HD_SESSION_IDLE_PORTAL : HD_SESSION_IDLE);
    return idle < s->expires ? idle : s->expires;
}

bool hd_desk_session_over(hd_cx_t *cx, const hd_session_t *s)
{
    return cx->now >= find_end(cx, s);
}

const hd_actor_t *hd_actor_of_session(hd_cx_t *cx, hd_str_t secret, hd_id_t *ret_session)
{
    uint8_t key[KEY_MAX];
    if (secret.len != SECRET_TEXT) {
        return NULL;
    }
    size_t len = make_key('s', secret, key);
    const known_t *known = hd_config_slot(cx->txn, key, len, 0, NULL);
    if (known != NULL && cx->now < known->ends) {
        return use_known(cx, known, ret_session);
    }
    hd_id_t id;                  /* unknown, or idle for too long as far as this cache knows */
    hd_session_t s;
    if (!find_hash(cx, HD_IX_SESSION_HASH, secret.data, secret.len, &id)
        || hd_row_get(cx->txn, cx->arena, HD_SESSION, id, &s) != HD_OK || hd_desk_session_over(cx, &s)) {
        return NULL;
    }
    const hd_user_t *u = hd_user_by_id(cx, s.user_id);
    if (u == NULL) {
        return NULL;
    }
    known_t *k = keep(cx, key, len, u, SCOPES_ALL);
    k->session = id;
    k->ends = find_end(cx, &s);
    return use_known(cx, k, ret_session);
}

static void write_crc(const char *text, char out[TOKEN_CRC + 2])
{
    uint8_t b[4];
    hd_put_be32(b, hd_crc32c(0, text, TOKEN_CHECKED));
    hd_hex(b, TOKEN_CRC / 2, out);
}

/* Typos and guesses end here, without a look-up. */
static bool is_token(hd_str_t t)
{
    char crc[TOKEN_CRC + 2];
    if (t.len != TOKEN_TEXT || memcmp(t.data, "hd_", 3) != 0 || t.data[TOKEN_CHECKED] != '_') {
        return false;
    }
    write_crc(t.data, crc);
    return hd_mem_eq_const(crc, t.data + TOKEN_CHECKED + 1, TOKEN_CRC);
}

const hd_actor_t *hd_actor_of_token(hd_cx_t *cx, hd_str_t token)
{
    uint8_t key[KEY_MAX];
    if (!is_token(token)) {
        return NULL;
    }
    size_t len = make_key('k', token, key);
    const known_t *known = hd_config_slot(cx->txn, key, len, 0, NULL);
    if (known != NULL) {
        return use_known(cx, known, NULL);
    }
    hd_id_t id;
    if (!find_hash(cx, HD_IX_TOKEN_HASH, token.data + 3, TOKEN_HASHED, &id)) {
        return NULL;
    }
    const hd_token_t *t = hd_config_get(cx->txn, HD_TOKEN, id);
    const hd_user_t *u = t != NULL ? hd_user_by_id(cx, t->user_id) : NULL;
    if (u == NULL || (t->expires != 0 && cx->now >= t->expires)) {
        return NULL;
    }
    known_t *k = keep(cx, key, len, u, t->scopes);
    k->ends = t->expires;
    return use_known(cx, k, NULL);
}

hd_id_t hd_token_by_text(hd_cx_t *cx, hd_str_t token)
{
    hd_id_t id;
    return is_token(token) && find_hash(cx, HD_IX_TOKEN_HASH, token.data + 3, TOKEN_HASHED, &id) ? id : 0;
}

const hd_user_t *hd_user_by_login(hd_cx_t *cx, hd_str_t login)
{
    hd_id_t id;
    if (login.len == 0 || !hd_desk_find_text(cx, HD_IX_USER_LOGIN, login, &id)) {
        return NULL;
    }
    return hd_user_by_id(cx, id);
}

const hd_actor_t *hd_actor_of_login(hd_cx_t *cx, hd_str_t login)
{
    const hd_user_t *u = hd_user_by_login(cx, login);
    if (u == NULL) {
        return NULL;
    }
    uint8_t key[5] = { 'u' };
    hd_put_be32(key + 1, (uint32_t) u->rec.id);
    return use_known(cx, keep(cx, key, sizeof(key), u, SCOPES_ALL), NULL);
}

/* ---- sessions ---- */

static bool make_secret(hd_cx_t *cx, hd_str_t *ret)
{
    uint8_t b[SECRET_LEN];
    if (!hd_random(b, sizeof(b))) {
        return false;
    }
    *ret = hd_base64url(cx->arena, b, sizeof(b));
    return true;
}

/* What a stranger sent, cut to a field: whole characters only. */
static hd_str_t cut_text(hd_cx_t *cx, hd_str_t s, size_t max)
{
    if (!hd_str_is_utf8(s)) {
        return HD_STR("");
    }
    return hd_str_cut(hd_text_clean(cx->arena, s, false), max);
}

hd_code_t hd_session_start(hd_cx_t *cx, hd_id_t user_id, hd_str_t address, hd_str_t agent,
                           hd_str_t *ret_secret, hd_id_t *ret_session)
{
    hd_str_t secret;
    uint8_t hash[HD_HASH_LEN];
    if (hd_user_by_id(cx, user_id) == NULL) {
        return HD_E_PASSWORD;
    }
    if (!make_secret(cx, &secret)) {
        return HD_E_INTERNAL;
    }
    hd_sha256(secret.data, secret.len, hash);
    hd_session_t s = {
        .hash = hd_str_dup(cx->arena, (hd_str_t){ sizeof(hash), (const char *) hash }),
        .user_id = user_id, .seen = cx->now, .expires = cx->now + HD_SESSION_LIFE,
        .address = cut_text(cx, address, ADDRESS_MAX), .agent = cut_text(cx, agent, AGENT_MAX),
    };
    hd_code_t code = hd_row_insert(cx->txn, cx->arena, HD_SESSION, &s, cx->now, user_id);
    if (code != HD_OK) {
        return code;
    }
    hd_event_t ev = { .time = cx->now, .actor = user_id, .kind = HD_EV_LOGIN, .type = HD_SESSION,
                      .id = s.rec.id, .changes = hd_desk_owner(cx, HD_SESSION, &s) };
    hd_log_append(cx->txn, &ev);
    *ret_secret = secret;
    *ret_session = s.rec.id;
    return HD_OK;
}

hd_code_t hd_session_end(hd_cx_t *cx, hd_id_t session_id)
{
    hd_session_t s;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_SESSION, session_id, &s);
    if (code != HD_OK) {
        return code;
    }
    hd_event_t ev = { .time = cx->now, .actor = s.user_id, .kind = HD_EV_LOGOUT, .type = HD_SESSION,
                      .id = session_id, .changes = hd_desk_owner(cx, HD_SESSION, &s) };
    code = hd_row_delete(cx->txn, cx->arena, HD_SESSION, &s);
    if (code == HD_OK) {
        hd_log_append(cx->txn, &ev);
    }
    return code;
}

bool hd_session_is_quiet(hd_cx_t *cx, hd_id_t session_id)
{
    hd_session_t s;
    return hd_row_get(cx->txn, cx->arena, HD_SESSION, session_id, &s) == HD_OK && cx->now - s.seen > TOUCH_EVERY;
}

hd_code_t hd_session_touch(hd_cx_t *cx, hd_id_t session_id)
{
    hd_session_t old;
    hd_code_t code = hd_row_get(cx->txn, cx->arena, HD_SESSION, session_id, &old);
    if (code != HD_OK || cx->now - old.seen <= TOUCH_EVERY) {
        return code;
    }
    hd_session_t s = old;
    s.seen = cx->now;
    return hd_row_update(cx->txn, cx->arena, HD_SESSION, &old, &s, cx->now, s.user_id);
}

hd_code_t hd_desk_end_sessions(hd_cx_t *cx, hd_id_t user_id, hd_id_t keep_session)
{
    hd_id_t *ids = hd_alloc_n(cx->arena, SESSIONS_MAX, sizeof(*ids));
    size_t n = 0;
    hd_scan_t sc;
    hd_str_t key, value;
    hd_key_t k = hd_desk_key(HD_IX_SESSION_USER);
    hd_key_id(&k, user_id);
    hd_scan_index(&sc, cx->txn, &k, NULL);
    while (n < SESSIONS_MAX && hd_scan_next(&sc, &key, &value)) {
        ids[n] = hd_get_be32((const uint8_t *) key.data + key.len - 4);
        n += ids[n] != keep_session;
    }
    hd_scan_done(&sc);
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        code = hd_session_end(cx, ids[i]);
    }
    return code;
}

/* ---- tokens ---- */

static hd_code_t check_token(hd_cx_t *cx, hd_token_t *t)
{
    uint32_t before = cx->problem->n_fields;
    if (t->scopes == 0) {
        hd_desk_bad(cx, HD_TOKEN, HD_TOKEN_F_scopes, "required");
    } else if ((t->scopes & ~cx->actor->scopes) != 0
               || ((t->scopes & HD_SCOPE_ADMIN) != 0 && !hd_actor_is_admin(cx->actor))) {
        hd_desk_bad(cx, HD_TOKEN, HD_TOKEN_F_scopes, "not_allowed");
    }
    if (t->expires == 0) {
        t->expires = cx->now + HD_TOKEN_LIFE;
    } else if (t->expires <= cx->now) {
        hd_desk_bad(cx, HD_TOKEN, HD_TOKEN_F_expires, "out_of_range");
    }
    hd_record_check(hd_entities[HD_TOKEN], cx->arena, t, cx->problem);
    return cx->problem->n_fields == before ? HD_OK : HD_E_INVALID;
}

static bool make_token(hd_cx_t *cx, hd_str_t *ret)
{
    uint8_t id[TOKEN_ID_HEX / 2];
    char hex[TOKEN_ID_HEX + 2] = "", crc[TOKEN_CRC + 2] = "";
    hd_str_t secret;
    if (!hd_random(id, sizeof(id)) || !make_secret(cx, &secret)) {
        return false;
    }
    hd_hex(id, sizeof(id), hex);
    hd_str_t head = hd_str_cat(cx->arena, 4, HD_STR("hd_"), (hd_str_t){ TOKEN_ID_HEX, hex },
                               HD_STR("_"), secret);
    write_crc(head.data, crc);
    *ret = hd_str_cat(cx->arena, 3, head, HD_STR("_"), (hd_str_t){ TOKEN_CRC, crc });
    return true;
}

hd_code_t hd_token_create(hd_cx_t *cx, hd_token_t *rec, hd_str_t *ret_token)
{
    hd_token_t t = { .name = rec->name, .scopes = rec->scopes, .expires = rec->expires,
                     .user_id = cx->actor->uid };
    if (cx->actor->uid == 0) {
        return HD_E_RIGHT;
    }
    hd_code_t code = check_token(cx, &t);
    hd_str_t text;
    if (code != HD_OK) {
        return code;
    }
    if (!make_token(cx, &text)) {
        return HD_E_INTERNAL;
    }
    uint8_t hash[HD_HASH_LEN];
    hd_sha256(text.data + 3, TOKEN_HASHED, hash);
    t.hash = hd_str_dup(cx->arena, (hd_str_t){ sizeof(hash), (const char *) hash });
    code = hd_desk_put(cx, HD_TOKEN, NULL, &t);
    if (code == HD_OK) {
        *rec = t;
        *ret_token = text;
    }
    return code;
}
