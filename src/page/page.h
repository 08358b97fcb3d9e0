/*
 * page: the public pages that work without JavaScript: the teams that have a form (VIS-22), the
 * form of one team (CHN-12, CHN-13), and what a visitor reads after sending it.  Six languages,
 * chosen by ?lang= or by Accept-Language.  Cookies are never looked at (T-11).
 */
#ifndef HD_PAGE_H
#define HD_PAGE_H

#include "../door/door.h"

extern const hd_door_t hd_page_door;

#endif
