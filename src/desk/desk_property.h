/*
 * Properties of tickets (TKT-12), shared by desk_property.c (definitions), desk_property_value.c
 * (values) and desk_import.c (columns).  Nobody outside the room includes it.
 */
#ifndef HD_DESK_PROPERTY_H
#define HD_DESK_PROPERTY_H

#include "desk_impl.h"

typedef enum {
    HD_P_TEXT, HD_P_MULTILINE, HD_P_HTML, HD_P_CHECKBOX, HD_P_INTEGER, HD_P_DECIMAL, HD_P_MONETARY,
    HD_P_DATE, HD_P_DATETIME, HD_P_SELECTION, HD_P_TAGS, HD_P_MANY2ONE, HD_P_MANY2MANY,
    HD_P_SEPARATOR, HD_P_COUNT
} hd_ptype_t;

typedef struct {
    hd_str_t   name;
    hd_ptype_t type;
    hd_type_t  comodel;          /* of relations */
    hd_jval_t *options;          /* of selection and tags: [{"value":..,"label":..}] */
    hd_jval_t *initial;          /* default, or NULL */
} hd_property_t;

/* The definitions of a stored team, in their order. */
const hd_property_t *hd_desk_properties(hd_cx_t *cx, const hd_team_t *team, size_t *ret_n);
const hd_property_t *hd_desk_property(const hd_property_t *v, size_t n, hd_str_t name);

/*
 * Writes the value as it is stored, or adds field errors under the name `where`.  False when it
 * cannot be accepted.  old: what is stored now; its ids are not asked about again.  NULL: nothing.
 */
bool hd_desk_property_write(hd_cx_t *cx, const hd_property_t *p, hd_jval_t *v, const hd_jval_t *old,
                            hd_str_t where, hd_json_t *j);
/* A CSV cell as the JSON value it stands for; NULL when it cannot be one.  cell is not empty. */
hd_jval_t *hd_desk_property_cell(hd_cx_t *cx, const hd_property_t *p, hd_str_t cell);

#endif
