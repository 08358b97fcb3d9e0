/*
 * Cells of relations: a number, or what people call the record: a team, stage, type or tag by its
 * name, an assignee by login, a customer by e-mail address.
 */
#include "desk_import.h"

static hd_id_t bad(hd_cx_t *cx, unsigned field, const char *code)
{
    hd_desk_bad(cx, HD_TICKET, field, code);
    return 0;
}

static bool read_number(hd_str_t cell, hd_id_t *ret)
{
    uint64_t n;
    if (!hd_str_to_u64(cell, &n) || n < 1 || n > HD_ID_MAX) {
        return false;
    }
    *ret = (hd_id_t) n;
    return true;
}

static hd_id_t find_team(hd_cx_t *cx, hd_str_t cell)
{
    const hd_scope_t *s = hd_scope(cx);
    hd_str_t want = hd_text_fold(cx->arena, cell);
    hd_id_t found = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        const hd_team_t *t = s->team[i];
        if (!t->active || !hd_str_eq(hd_text_fold(cx->arena, t->name), want)
            || !hd_sees_team(cx, t)) {
            continue;
        }
        if (found != 0) {
            return bad(cx, HD_TICKET_F_team_id, "ambiguous");
        }
        found = t->rec.id;
    }
    return found != 0 ? found : bad(cx, HD_TICKET_F_team_id, "not_found");
}

static hd_id_t find_stage(hd_cx_t *cx, hd_str_t cell, hd_id_t team)
{
    size_t n;
    const hd_stage_t *const *stages = hd_team_stages(cx, team, &n);
    hd_str_t want = hd_text_fold(cx->arena, cell);
    for (size_t i = 0; i < n; i++) {
        if (hd_str_eq(hd_text_fold(cx->arena, stages[i]->name), want)) {
            return stages[i]->rec.id;
        }
    }
    return bad(cx, HD_TICKET_F_stage_id, "not_of_team");
}

static hd_id_t find_user(hd_cx_t *cx, hd_str_t cell)
{
    const hd_user_t *u = hd_user_by_login(cx, cell);
    return u != NULL && hd_sees(cx, HD_USER, u) ? u->rec.id
                                                : bad(cx, HD_TICKET_F_user_id, "not_found");
}

static hd_id_t find_customer(hd_cx_t *cx, hd_str_t cell, hd_id_t team)
{
    const hd_team_t *t = hd_config_get(cx->txn, HD_TEAM, team);
    hd_id_t id = hd_desk_contact_of_email(cx, cell, t != NULL ? t->company_id : 0);
    return id != 0 ? id : bad(cx, HD_TICKET_F_partner_id, "not_found");
}

hd_id_t hd_import_ref(hd_cx_t *cx, unsigned field, hd_str_t cell, hd_id_t team)
{
    hd_id_t id;
    if (read_number(cell, &id)) {
        return id;
    }
    cell = hd_csv_text(cell);
    switch (field) {
    case HD_TICKET_F_team_id:
        return find_team(cx, cell);
    case HD_TICKET_F_stage_id:
        return find_stage(cx, cell, team);
    case HD_TICKET_F_user_id:
        return find_user(cx, cell);
    case HD_TICKET_F_partner_id:
        return find_customer(cx, cell, team);
    case HD_TICKET_F_ticket_type_id:
        return hd_desk_find_text(cx, HD_IX_TYPE_NAME, cell, &id) ? id : bad(cx, field, "not_found");
    default:
        return bad(cx, field, "not_an_id");
    }
}

bool hd_import_tags(hd_cx_t *cx, hd_str_t cell, hd_ids_t *ret)
{
    hd_str_t part;
    *ret = (hd_ids_t){ 0, NULL };
    cell = hd_csv_text(cell);
    while (hd_str_split(&cell, ';', &part)) {
        hd_id_t id;
        part = hd_str_trim(part);
        if (part.len == 0) {
            continue;
        }
        if (!read_number(part, &id) && !hd_desk_find_text(cx, HD_IX_TAG_NAME, part, &id)) {
            bad(cx, HD_TICKET_F_tag_ids, "not_found");
            return false;
        }
        *ret = hd_ids_with(cx->arena, *ret, id);
    }
    return true;
}
