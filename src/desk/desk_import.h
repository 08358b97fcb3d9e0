/*
 * CSV into tickets, shared by desk_import.c (rows) and desk_import_cell.c (relations by name).
 * Nobody outside the room includes it.
 */
#ifndef HD_DESK_IMPORT_H
#define HD_DESK_IMPORT_H

#include "desk_property.h"

/*
 * The id a cell stands for: a number, or the name people know the record by; 0 after reporting.
 * team: of the ticket, for stages and customers; 0 when it has none yet.
 */
hd_id_t hd_import_ref(hd_cx_t *cx, unsigned field, hd_str_t cell, hd_id_t team);
/* Tags between semicolons. */
bool hd_import_tags(hd_cx_t *cx, hd_str_t cell, hd_ids_t *ret);

#endif
