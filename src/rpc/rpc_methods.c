/*
 * The table of methods.
 */
#include "rpc_impl.h"

static const rpc_method_t methods[] = {
    { "context_get", RPC_READ | RPC_MODEL | RPC_LIGHT, "res.users", "", rpc_context_get, NULL },
};

bool rpc_method_at(size_t i, const rpc_method_t **ret)
{
    *ret = i < sizeof(methods) / sizeof(methods[0]) ? &methods[i] : NULL;
    return *ret != NULL;
}

const rpc_method_t *rpc_method(const rpc_model_t *m, hd_str_t name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (hd_str_is(name, methods[i].name) && (methods[i].model == NULL || strcmp(methods[i].model, m->name) == 0)) {
            return &methods[i];
        }
    }
    return NULL;
}
