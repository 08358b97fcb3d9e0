/*
 * Canned responses: texts for answers, personal, of a team, or of everybody; with placeholders for what the ticket knows.
 */
#include "desk_impl.h"

#define EXPANDED_MAX (256 * 1024)

/* ---- the records ---- */

bool hd_desk_sees_canned(hd_cx_t *cx, const hd_canned_response_t *r)
{
    if (!hd_actor_is_staff(cx->actor) || (r->user_id != 0 && r->user_id != cx->actor->uid)) {
        return false;
    }
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, r->team_id);
    return r->team_id == 0 || (team != NULL && hd_sees_team(cx, team));
}

static bool is_own(hd_cx_t *cx, const hd_canned_response_t *r)
{
    return r->user_id != 0 && r->user_id == cx->actor->uid;
}

/* Everybody keeps his own; those of teams and of all are set up by administrators. */
static bool may_write(hd_cx_t *cx, const void *old, uint64_t mask)
{
    (void) mask;
    return hd_actor_is_admin(cx->actor) || (hd_actor_is_staff(cx->actor) && (old == NULL || is_own(cx, old)));
}

static hd_code_t check(hd_cx_t *cx, const void *old, void *rec, uint64_t mask)
{
    hd_canned_response_t *r = rec;
    bool admin = hd_actor_is_admin(cx->actor);
    if (old == NULL && !admin && !(mask & HD_BIT(HD_CANNED_RESPONSE_F_user_id))) {
        r->user_id = cx->actor->uid;
    }
    if (!is_own(cx, r) && (!admin || r->user_id != 0)) {
        return hd_desk_bad(cx, HD_CANNED_RESPONSE, HD_CANNED_RESPONSE_F_user_id, "not_allowed");
    }
    if (r->team_id != 0 && !hd_desk_ref_ok(cx, HD_TEAM, r->team_id)) {
        return hd_desk_bad(cx, HD_CANNED_RESPONSE, HD_CANNED_RESPONSE_F_team_id, "not_found");
    }
    return HD_OK;
}

static bool may_delete(hd_cx_t *cx, const void *old)
{
    return is_own(cx, old);
}

const hd_rules_t hd_rules_canned_response = {
    .may_write = may_write,
    .check = check,
    .may_delete = may_delete,
};

size_t hd_desk_all_ids(hd_cx_t *cx, hd_type_t type, hd_id_t **ret_ids)
{
    hd_scan_t sc;
    hd_str_t key, value;
    size_t n = 0;
    hd_id_t *ids = hd_alloc_n(cx->arena, HD_CASCADE_MAX, sizeof(*ids));
    hd_scan_rows(&sc, cx->txn, type, 0);
    while (n < HD_CASCADE_MAX && hd_scan_next(&sc, &key, &value)) {
        ids[n++] = hd_get_be32((const uint8_t *) key.data + 1);
    }
    hd_scan_done(&sc);
    *ret_ids = ids;
    return n;
}

hd_code_t hd_desk_canned_drop(hd_cx_t *cx, hd_type_t type, hd_id_t id)
{
    hd_id_t *ids;
    hd_code_t code = HD_OK;
    size_t n = hd_desk_all_ids(cx, HD_CANNED_RESPONSE, &ids);
    for (size_t i = 0; i < n && code == HD_OK; i++) {
        hd_canned_response_t r;
        code = hd_row_get(cx->txn, cx->arena, HD_CANNED_RESPONSE, ids[i], &r);
        if (code == HD_OK && (type == HD_TEAM ? r.team_id : r.user_id) == id) {
            code = hd_desk_remove(cx, HD_CANNED_RESPONSE, &r);
        }
    }
    return code;
}

/* ---- placeholders ---- */

typedef struct {
    hd_cx_t     *cx;
    hd_ticket_t  t;
    hd_contact_t customer;
} filling_t;

static hd_str_t name_of_user(hd_cx_t *cx, hd_id_t id)
{
    const hd_user_t *u = hd_config_get(cx->txn, HD_USER, id);
    return u != NULL ? u->name : HD_STR("");
}

static hd_str_t of_customer(const filling_t *f, hd_str_t ticket, hd_str_t contact)
{
    return ticket.len != 0 || f->t.partner_id == 0 ? ticket : contact;
}

/* False: there is no such placeholder. */
static bool value_of(const filling_t *f, hd_str_t name, hd_str_t *ret)
{
    hd_cx_t *cx = f->cx;
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, f->t.team_id);
    const hd_stage_t *stage = hd_config_get(cx->txn, HD_STAGE, f->t.stage_id);
    const hd_company_t *company = hd_config_get(cx->txn, HD_COMPANY, f->t.company_id);
    const hd_user_t *me = cx->actor->user;
    const struct {
        const char *name;
        hd_str_t    value;
    } known[] = {
        { "ticket.id", hd_strf(cx->arena, "%" PRIu64, f->t.rec.id) },
        { "ticket.ref", hd_strf(cx->arena, "%05" PRIu64, f->t.rec.id) },
        { "ticket.name", f->t.name },
        { "ticket.stage", stage != NULL ? stage->name : HD_STR("") },
        { "ticket.team", team != NULL ? team->name : HD_STR("") },
        { "ticket.assignee", name_of_user(cx, f->t.user_id) },
        { "ticket.company", company != NULL ? company->name : HD_STR("") },
        { "customer.name", of_customer(f, f->t.partner_name, f->customer.name) },
        { "customer.email", of_customer(f, f->t.partner_email, f->customer.email) },
        { "customer.phone", of_customer(f, f->t.partner_phone, f->customer.phone) },
        { "me.name", me != NULL ? me->name : HD_STR("") },
        { "me.email", me != NULL ? me->email : HD_STR("") },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (hd_str_is(name, known[i].name)) {
            *ret = known[i].value;
            return true;
        }
    }
    return false;
}

/* One pass over the template; what is no placeholder stays as it is. */
static hd_str_t fill(const filling_t *f, hd_str_t text)
{
    hd_buf_t b;
    hd_buf_init(&b, f->cx->arena, text.len + 256, EXPANDED_MAX);
    for (size_t i = 0; i < text.len;) {
        hd_str_t rest = { text.len - i, text.data + i }, value = { 0, "" };
        const char *end = hd_str_starts(rest, HD_STR("{{")) ? memchr(rest.data, '}', rest.len) : NULL;
        size_t n = end != NULL ? (size_t) (end - rest.data) : 0;
        bool closed = n >= 2 && n + 1 < rest.len && end[1] == '}';
        if (closed && value_of(f, hd_str_trim((hd_str_t){ n - 2, rest.data + 2 }), &value)) {
            hd_buf_str(&b, value);
            i += n + 2;
        } else {
            hd_buf_byte(&b, text.data[i++]);
        }
    }
    return hd_buf_view(&b);
}

hd_code_t hd_canned_fill(hd_cx_t *cx, hd_str_t text, hd_id_t ticket_id, hd_str_t *ret)
{
    filling_t f = { .cx = cx };
    hd_code_t code = hd_ticket_get(cx, ticket_id, &f.t);
    if (code != HD_OK) {
        return code;
    }
    if (f.t.partner_id != 0 && hd_row_get(cx->txn, cx->arena, HD_CONTACT, f.t.partner_id, &f.customer) != HD_OK) {
        f.customer = (hd_contact_t){ .active = false };
    }
    *ret = fill(&f, text);
    return HD_OK;
}

hd_code_t hd_canned_expand(hd_cx_t *cx, hd_id_t id, hd_id_t ticket_id, hd_str_t *ret)
{
    hd_canned_response_t r;
    hd_code_t code = hd_record_get(cx, HD_CANNED_RESPONSE, id, &r);
    return code == HD_OK ? hd_canned_fill(cx, r.body, ticket_id, ret) : code;
}
