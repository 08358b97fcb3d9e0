/*
 * Expands the list of one record type into HD_X_FIELDS (hd_field_t rows) and HD_X_TAGS (tag ->
 * number + 1). Included by model_tables.c once a type, with HD_X_STRUCT, HD_X_DEF, HD_X_NUM(name),
 * HD_X_COUNT, HD_X_FIELDS and HD_X_TAGS defined; undefines them.  Two fields with one tag do not
 * compile (-Woverride-init).
 */
#define HD_ROW(st, tg, nm, kd, fl, dc)                                                      \
    { .name = #nm, .doc = dc, .key = { sizeof(#nm) + 2, "\"" #nm "\":" },                   \
      .offset = offsetof(st, nm), .tag = (tg), .flags = (fl), HD_FI_##kd },
/* Fields without a tag get slots of their own behind the tags. */
#define HD_SLOT(tg, number) [(tg) != 0 ? (tg) : HD_TAGS + (number)] = (number) + 1,

static const hd_field_t HD_X_FIELDS[] = {
#define HD_F(tg, nm, kd, fl, dc) HD_ROW(hd_rec_t, tg, nm, kd, fl, dc)
#include "model_rec.def"
#undef HD_F
#define HD_F(tg, nm, kd, fl, dc) HD_ROW(HD_X_STRUCT, tg, nm, kd, fl, dc)
#include HD_X_DEF
#undef HD_F
};

static const uint8_t HD_X_TAGS[HD_TAGS + 64] = {
#define HD_F(tg, nm, kd, fl, dc) HD_SLOT(tg, HD_F_##nm)
#include "model_rec.def"
#undef HD_F
#define HD_F(tg, nm, kd, fl, dc) HD_SLOT(tg, HD_X_NUM(nm))
#include HD_X_DEF
#undef HD_F
};

_Static_assert(HD_X_COUNT <= 64, "a mask of fields has 64 bits");
_Static_assert(sizeof(HD_X_FIELDS) / sizeof(HD_X_FIELDS[0]) == HD_X_COUNT, "one row a number");

#undef HD_ROW
#undef HD_SLOT
#undef HD_X_STRUCT
#undef HD_X_DEF
#undef HD_X_NUM
#undef HD_X_COUNT
#undef HD_X_FIELDS
#undef HD_X_TAGS
