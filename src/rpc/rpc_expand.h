/*
 * Expands the list of one record type (model_<type>.def) into RPC_X_FIELDS: first what this door calls otherwise or works
 * out (RPC_X_MORE, where a name hides the record's own), then what every record has, then the record's fields by their
 * own names.  Included by rpc_models.c once a type, with RPC_X_FIELDS, RPC_X_MORE, RPC_X_DEF and RPC_X_NUM(name) defined;
 * undefines them.
 */
static const rpc_field_t RPC_X_FIELDS[] = {
/* Another name, or another kind, of one of the record's fields. */
#define RPC_IS(nm, kd, of)              { .name = #nm, .kind = RPC_##kd, .field = RPC_X_NUM(of) },
/* One whose value is shown, or asked about, in another way than the record holds it. */
#define RPC_SHOWN(nm, kd, of, fl, rd, as) { .name = #nm, .kind = RPC_##kd, .field = RPC_X_NUM(of), .flags = (fl), \
                                            .read = (rd), .ask = (as) },
/* One the record has no field for. */
#define RPC_HAS(nm, kd, rel, fl, rd, as)  { .name = #nm, .kind = RPC_##kd, .field = -1, .flags = RPC_F_READONLY | (fl), \
                                            .relation = (rel), .read = (rd), .ask = (as) },
#include RPC_X_MORE
#undef RPC_IS
#undef RPC_SHOWN
#undef RPC_HAS
    { .name = "id", .kind = RPC_INTEGER, .field = HD_F_id },
    { .name = "display_name", .kind = RPC_CHAR, .field = -1, .flags = RPC_F_READONLY, .read = rpc_show_display_name },
    { .name = "create_uid", .kind = RPC_MANY2ONE, .field = HD_F_create_uid },
    { .name = "create_date", .kind = RPC_DATETIME, .field = HD_F_create_date },
    { .name = "write_uid", .kind = RPC_MANY2ONE, .field = HD_F_write_uid },
    { .name = "write_date", .kind = RPC_DATETIME, .field = HD_F_write_date },
    { .name = "__last_update", .kind = RPC_DATETIME, .field = HD_F_write_date, .flags = RPC_F_READONLY },
#define HD_F(tag, nm, kd, fl, dc) { .name = #nm, .kind = RPC_OF_##kd, .field = RPC_X_NUM(nm) },
#include RPC_X_DEF
#undef HD_F
};

#undef RPC_X_FIELDS
#undef RPC_X_MORE
#undef RPC_X_DEF
#undef RPC_X_NUM
