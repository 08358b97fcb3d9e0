/*
 * The fields a team's public form has (CHN-14): team.form_fields is a JSON array, one object a field.
 */
#include "desk_impl.h"

static void bad(hd_cx_t *cx, size_t i, const char *member, const char *code)
{
    hd_str_t name = hd_strf(cx->arena, "form_fields[%zu]%s%s", i, member[0] ? "." : "", member);
    hd_desk_bad_name(cx, name, code);
}

void hd_desk_check_form(hd_cx_t *cx, const hd_team_t *t)
{
    hd_jval_t *list;
    if (t->form_fields.len == 0) {
        return;
    }
    if (hd_jparse(cx->arena, t->form_fields, &list) != HD_OK || hd_jtype(list) != HD_J_ARR) {
        hd_desk_bad(cx, HD_TEAM, HD_TEAM_F_form_fields, "wrong_type");
        return;
    }
    for (size_t i = 0; i < hd_jlen(list); i++) {
        hd_jval_t *item = hd_jat(list, i);
        if (hd_jtype(item) != HD_J_OBJ) {
            bad(cx, i, "", "wrong_type");
            continue;
        }
        hd_jval_t *field = hd_jget(item, "field");
        if (field == NULL) {
            bad(cx, i, "field", "required");
        } else if (hd_jtype(field) != HD_J_STR || hd_jstr(field).len == 0) {
            bad(cx, i, "field", "wrong_type");
        }
    }
}
