/*
 * page: the public pages that work without JavaScript: the teams that have a form (VIS-22), the
 * form of one team (CHN-12 .. CHN-14), what a visitor reads after sending it, and the address other
 * sites send a team's form to (CHN-15).  Six languages, chosen by ?lang=, a cookie or
 * Accept-Language.  A session counts only for a form that was made for it (T-11, CHN-16).
 */
#ifndef HD_PAGE_H
#define HD_PAGE_H

#include "../door/door.h"

extern const hd_door_t hd_page_door;

#endif
