/*
 * Properties: definitions live on the team and apply to its tickets (TKT-12).
 */
#include "desk_impl.h"

static void bad(hd_cx_t *cx, size_t i, const char *member, const char *code)
{
    hd_str_t name = hd_strf(cx->arena, "ticket_properties[%zu]%s%s", i, member[0] ? "." : "",
                            member);
    hd_desk_bad_name(cx, name, code);
}

void hd_desk_check_properties(hd_cx_t *cx, const hd_team_t *t)
{
    static const char *const members[] = { "name", "type" };
    hd_jval_t *list;
    if (t->ticket_properties.len == 0) {
        return;
    }
    if (hd_jparse(cx->arena, t->ticket_properties, &list) != HD_OK || hd_jtype(list) != HD_J_ARR) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_ticket_properties, "wrong_type");
        return;
    }
    for (size_t i = 0; i < hd_jlen(list); i++) {
        hd_jval_t *item = hd_jat(list, i);
        if (hd_jtype(item) != HD_J_OBJ) {
            bad(cx, i, "", "wrong_type");
            continue;
        }
        for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
            hd_jval_t *v = hd_jget(item, members[m]);
            if (v == NULL || hd_jtype(v) != HD_J_STR || hd_jstr(v).len == 0) {
                bad(cx, i, members[m], v == NULL ? "required" : "wrong_type");
            }
        }
    }
}
