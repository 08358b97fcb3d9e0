/*
 * The table of models.
 */
#include "rpc_impl.h"

static const rpc_model_t models[] = {
    { "res.users", "User", HD_USER, NULL, 0, "name, login", 0 },
};

const rpc_model_t *rpc_model(hd_str_t name)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (hd_str_is(name, models[i].name)) {
            return &models[i];
        }
    }
    return NULL;
}

const rpc_field_t *rpc_field(const rpc_model_t *m, hd_str_t name)
{
    for (size_t i = 0; i < m->n_fields; i++) {
        if (hd_str_is(name, m->fields[i].name)) {
            return &m->fields[i];
        }
    }
    return NULL;
}
