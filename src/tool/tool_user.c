/*
 * People: user add, user passwd, user list, token add, setup.  All writes go through the desk's rules.
 */
#include "tool.h"

typedef struct {
    const char *login, *name, *role, *company, *email, *tz, *lang, *stdin_flag;
} hd_new_user_t;

static bool read_option(const hd_entity_t *e, const char *field, const char *word, uint8_t *ret)
{
    const hd_enum_t *o = e->fields[hd_field_index(e, hd_str(field))].options;
    for (uint8_t i = 0; i < o->n; i++) {
        if (strcmp(o->slugs[i], word) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* By name or number; without a word the only one there is.  0 after saying why. */
static hd_id_t find_company(hd_tool_t *t, const char *word)
{
    size_t n;
    const void *const *all = hd_config_all(t->cx.txn, HD_COMPANY, &n);
    uint64_t number = 0;
    bool is_number = word && hd_str_to_u64(hd_str(word), &number);
    for (size_t i = 0; i < n; i++) {
        const hd_company_t *c = all[i];
        if ((word == NULL && n == 1) || (is_number && c->rec.id == number) ||
            (word && hd_str_is(c->name, word)))
        {
            return c->rec.id;
        }
    }
    if (word) {
        tool_fail("There is no company \"%s\".", word);
    } else if (n == 0) {
        tool_fail("There is no company yet; helpdeskctl init --company NAME makes one.");
    } else {
        tool_fail("There are %zu companies; name one with --company.", n);
    }
    return 0;
}

static int hash_password(const char *login, const char *name, char phc[HD_PWHASH_MAX])
{
    hd_str_t password;
    if (tool_read_password(&password) != 0) {
        return 1;
    }
    const char *problem = hd_password_problem(password, hd_str(login), hd_str(name));
    if (problem != NULL) {
        return tool_fail("%s", problem);
    }
    return hd_password_hash(password, phc) ? 0 : tool_fail("Not enough memory to hash the password.");
}

static int create_user(hd_tool_t *t, const hd_new_user_t *in, uint8_t role, const char *phc)
{
    if (tool_begin(t, true) != 0) {
        return 1;
    }
    hd_id_t company = find_company(t, in->company);
    if (company == 0) {
        return 1;
    }
    hd_user_t u = {
        .login = hd_str(in->login), .name = hd_str(in->name), .role = role, .company_id = company,
        .company_ids = hd_ids_make(t->arena, &company, 1), .tz = hd_str(in->tz), .lang = hd_str(in->lang),
        .active = true, .email = hd_str(in->email),
    };
    uint64_t mask = HD_BIT(HD_USER_F_login) | HD_BIT(HD_USER_F_name) | HD_BIT(HD_USER_F_role) |
                    HD_BIT(HD_USER_F_company_id) | HD_BIT(HD_USER_F_company_ids) | HD_BIT(HD_USER_F_active);
    mask |= in->tz ? HD_BIT(HD_USER_F_tz) : 0;
    mask |= in->lang ? HD_BIT(HD_USER_F_lang) : 0;
    mask |= in->email ? HD_BIT(HD_USER_F_email) : 0;
    hd_code_t code = hd_record_create(&t->cx, HD_USER, &u, mask);
    if (code == HD_OK) {
        code = hd_user_set_password(&t->cx, u.rec.id, hd_str(phc), 0);
    }
    return code == HD_OK ? tool_commit(t) : tool_refused(t, "The user was not created", code);
}

int tool_user_add(hd_tool_t *t, int argc, char **argv)
{
    hd_new_user_t in = { 0 };
    const hd_tool_opt_t opts[] = {
        { "--name", &in.name, false },   { "--role", &in.role, false }, { "--company", &in.company, false },
        { "--email", &in.email, false }, { "--tz", &in.tz, false },     { "--lang", &in.lang, false },
        { "--password-stdin", &in.stdin_flag, true },
    };
    size_t n = 1;
    if (tool_options(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &in.login, &n) != 0 || n != 1 ||
        in.name == NULL || in.role == NULL || in.stdin_flag == NULL)
    {
        return 2;
    }
    uint8_t role;
    if (!read_option(hd_entities[HD_USER], "role", in.role, &role)) {
        fprintf(stderr, "helpdeskctl: there is no role \"%s\".\n", in.role);
        return 2;
    }
    char phc[HD_PWHASH_MAX];
    if (tool_open(t, false) != 0 || hash_password(in.login, in.name, phc) != 0) {
        return 1;
    }
    return create_user(t, &in, role, phc);
}

static const hd_user_t *find_user(hd_tool_t *t, const char *login)
{
    const hd_user_t *u = hd_user_by_login(&t->cx, hd_str(login));
    if (u == NULL) {
        tool_fail("There is no active user \"%s\".", login);
    }
    return u;
}

int tool_user_passwd(hd_tool_t *t, int argc, char **argv)
{
    const char *login = NULL, *flag = NULL;
    const hd_tool_opt_t opts[] = { { "--password-stdin", &flag, true } };
    size_t n = 1;
    if (tool_options(argc, argv, opts, 1, &login, &n) != 0 || n != 1 || flag == NULL) {
        return 2;
    }
    char phc[HD_PWHASH_MAX];
    if (tool_open(t, false) != 0 || hash_password(login, login, phc) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    const hd_user_t *u = find_user(t, login);
    if (u == NULL) {
        return 1;
    }
    hd_code_t code = hd_user_set_password(&t->cx, u->rec.id, hd_str(phc), 0);
    return code == HD_OK ? tool_commit(t) : tool_refused(t, "The password was not set", code);
}

int tool_user_list(hd_tool_t *t, int argc, char **argv)
{
    size_t n = 0;
    if (tool_options(argc, argv, NULL, 0, NULL, &n) != 0) {
        return 2;
    }
    if (tool_open(t, false) != 0 || tool_begin(t, false) != 0) {
        return 1;
    }
    const hd_entity_t *e = hd_entities[HD_USER];
    const hd_enum_t *roles = e->fields[HD_USER_F_role].options;
    const void *const *all = hd_config_all(t->cx.txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = all[i];
        printf("%" PRIu64 "\t%.*s\t%s\t%s\t%.*s\t%.*s\n", u->rec.id, HD_STR_ARG(u->login),
               u->role < roles->n ? roles->slugs[u->role] : "?", u->active ? "active" : "archived",
               HD_STR_ARG(u->name), HD_STR_ARG(u->email));
    }
    hd_code_t code = hd_txn_error(t->cx.txn);
    return code == HD_OK ? 0 : tool_refused(t, "The list is not complete", code);
}

/* ---- token ---- */

static bool read_scopes(const char *words, uint32_t *ret)
{
    hd_str_t rest = hd_str(words), part;
    uint32_t scopes = 0;
    const hd_enum_t *o = hd_entities[HD_TOKEN]->fields[HD_TOKEN_F_scopes].options;
    while (hd_str_split(&rest, ',', &part)) {
        uint8_t i = 0;
        while (i < o->n && !hd_str_is(part, o->slugs[i])) {
            i++;
        }
        if (i == o->n) {
            return false;
        }
        scopes |= 1U << i;
    }
    *ret = scopes;
    return scopes != 0;
}

/* The token belongs to the actor, so the actor here is the user. */
static int create_token(hd_tool_t *t, const char *login, const char *name, uint32_t scopes)
{
    const hd_user_t *u = find_user(t, login);
    if (u == NULL) {
        return 1;
    }
    hd_actor_t actor = { .user = u, .uid = u->rec.id, .partner_id = u->partner_id, .role = (hd_role_t) u->role,
                         .companies = u->company_ids,
                         .scopes = HD_SCOPE_READ | HD_SCOPE_WRITE | HD_SCOPE_ADMIN };
    t->cx.actor = &actor;
    hd_token_t rec = { .name = hd_str(name), .user_id = u->rec.id, .scopes = scopes };
    hd_str_t token;
    hd_code_t code = hd_token_create(&t->cx, &rec, &token);
    if (code != HD_OK) {
        return tool_refused(t, "The token was not created", code);
    }
    const char *text = hd_str_dup(t->scratch, token).data;
    if (tool_commit(t) != 0) {
        return 1;
    }
    printf("%s\n", text);
    return 0;
}

int tool_token_add(hd_tool_t *t, int argc, char **argv)
{
    const char *login = NULL, *name = "helpdeskctl", *scopes = "read,write";
    const hd_tool_opt_t opts[] = { { "--name", &name, false }, { "--scopes", &scopes, false } };
    size_t n = 1;
    uint32_t bits;
    if (tool_options(argc, argv, opts, 2, &login, &n) != 0 || n != 1) {
        return 2;
    }
    if (!read_scopes(scopes, &bits)) {
        fprintf(stderr, "helpdeskctl: \"%s\" is not a list of scopes.\n", scopes);
        return 2;
    }
    if (tool_open(t, false) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    return create_token(t, login, name, bits);
}

/* ---- first start ---- */

int tool_setup(hd_tool_t *t, int argc, char **argv)
{
    size_t n = 0;
    if (tool_options(argc, argv, NULL, 0, NULL, &n) != 0) {
        return 2;
    }
    if (tool_open(t, false) != 0 || tool_begin(t, true) != 0) {
        return 1;
    }
    if (!hd_desk_is_new(&t->cx)) {
        return tool_fail("There are users already; the set-up page stays closed.");
    }
    hd_str_t secret;
    hd_code_t code = hd_setup_open(&t->cx, &secret);
    if (code != HD_OK) {
        return tool_refused(t, "No secret was made", code);
    }
    const char *text = hd_str_dup(t->scratch, secret).data;
    if (tool_commit(t) != 0) {
        return 1;
    }
    fprintf(stderr, "Enter this secret on the set-up page within one hour:\n");
    printf("%s\n", text);
    return 0;
}
