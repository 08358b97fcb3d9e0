/*
 * May a team, and with it every ticket it has, move to another company (TEAM-7, ACC-6)?  Decided before the change is made
 * and from keys and facts, never from the tickets' rows, so that it takes milliseconds however many tickets there are.
 */
#include "desk_impl.h"

#define SCRATCH 64               /* contacts read before the scratch memory is used again */

typedef struct {
    hd_cx_t    *cx;
    hd_id_t     team, from;
    uint8_t    *seen;            /* a bit for each contact that was looked at */
    size_t      bytes;           /* of seen */
    uint64_t    n_seen;
    hd_arena_t *scratch;
} move_t;

/* Some ticket of the team, archived or not, is his. */
static bool holds_any(hd_cx_t *cx, hd_id_t user, hd_id_t team)
{
    for (uint8_t active = 0; active <= 1; active++) {
        hd_key_t k = hd_desk_key(HD_IX_TICKET_USER);
        hd_key_id(&k, user);
        hd_key_u8(&k, active);
        hd_key_id(&k, team);
        if (hd_desk_any_key(cx->txn, &k)) {
            return true;
        }
    }
    return false;
}

/* Every assignee has access to the new company, whether or not he still works here. */
static bool assignees_fit(hd_cx_t *cx, hd_id_t team, hd_id_t to)
{
    size_t n;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_user_t *u = users[i];
        if (!hd_ids_has(u->company_ids, to) && holds_any(cx, u->rec.id, team)) {
            return false;
        }
    }
    return true;
}

/* True the first time. */
static bool is_new(move_t *m, hd_id_t contact)
{
    size_t at = contact / 8;
    uint8_t bit = (uint8_t) (1u << (contact % 8));
    if (at >= m->bytes) {
        size_t more = 2 * at + 1024;
        uint8_t *v = hd_alloc(m->cx->arena, more);
        if (m->bytes != 0) {
            memcpy(v, m->seen, m->bytes);
        }
        m->seen = v;
        m->bytes = more;
    }
    bool fresh = (m->seen[at] & bit) == 0;
    m->seen[at] |= bit;
    return fresh;
}

/* A customer is held back when he belongs to the old company alone. */
static hd_code_t check_customer(move_t *m, hd_id_t contact)
{
    hd_contact_t c;
    if (m->n_seen++ % SCRATCH == 0) {
        hd_arena_reset(m->scratch);
    }
    hd_code_t code = hd_row_get(m->cx->txn, m->scratch, HD_CONTACT, contact, &c);
    return code == HD_OK && c.company_id == m->from ? HD_E_IN_USE : code;
}

static hd_code_t check_customers(move_t *m)
{
    hd_fact_t team = hd_fact_of(HD_TICKET, HD_TICKET_F_team_id), partner = hd_fact_of(HD_TICKET, HD_TICKET_F_partner_id);
    hd_code_t code = HD_OK;
    hd_facts_scan_t sc;
    hd_chunk_t c;
    m->scratch = hd_desk_scratch(m->cx);
    hd_facts_begin(&sc, m->cx->txn, false, UINT32_C(1) << team.column | UINT32_C(1) << partner.column);
    while (code == HD_OK && hd_facts_next(&sc, &c)) {
        uint64_t mask = c.present & hd_chunk_test(&c, team.column, UINT32_MAX, (uint32_t) m->team, (uint32_t) m->team);
        for (; mask != 0 && code == HD_OK; mask &= mask - 1) {
            hd_id_t id = hd_chunk_value(&c, partner.column, (unsigned) __builtin_ctzll(mask));
            if (id != 0 && is_new(m, id)) {
                code = check_customer(m, id);
            }
        }
    }
    hd_facts_done(&sc);
    return code == HD_OK ? hd_txn_error(m->cx->txn) : code;
}

hd_code_t hd_desk_check_move(hd_cx_t *cx, const hd_team_t *team, hd_id_t company)
{
    move_t m = { .cx = cx, .team = team->rec.id, .from = team->company_id };
    hd_code_t code = assignees_fit(cx, team->rec.id, company) ? check_customers(&m) : HD_E_IN_USE;
    return code == HD_E_IN_USE ? hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_company_id, "in_use") : code;
}
