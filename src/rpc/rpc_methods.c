/*
 * The table of methods.
 */
#include "rpc_impl.h"

static const rpc_method_t methods[] = {
    { "search", RPC_READ | RPC_MODEL, NULL, "domain,offset,limit,order", rpc_search, NULL },
    { "search_count", RPC_READ | RPC_MODEL, NULL, "domain,limit", rpc_search_count, NULL },
    { "search_read", RPC_READ | RPC_MODEL, NULL, "domain,fields,offset,limit,order,load", rpc_search_read, rpc_search_read_is_light },
    { "read", RPC_READ | RPC_RECORDS, NULL, "fields,load", rpc_read, rpc_read_is_light },
    { "name_search", RPC_READ | RPC_MODEL, NULL, "name,args,operator,limit,domain", rpc_name_search, NULL },
    { "name_get", RPC_READ | RPC_RECORDS, NULL, "", rpc_name_get, NULL },
    { "exists", RPC_READ | RPC_RECORDS, NULL, "", rpc_exists, NULL },
    { "fields_get", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "allfields,attributes", rpc_fields_get, NULL },
    { "default_get", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "fields_list,fields", rpc_default_get, NULL },
    { "read_group", RPC_READ | RPC_MODEL, NULL, "domain,fields,groupby,offset,limit,orderby,lazy", rpc_read_group, NULL },
    { "formatted_read_group", RPC_READ | RPC_MODEL, NULL, "domain,groupby,aggregates,having,offset,limit,order",
      rpc_formatted_read_group, NULL },
    { "check_access_rights", RPC_READ | RPC_MODEL | RPC_LIGHT, NULL, "operation!,raise_exception", rpc_check_access_rights, NULL },
    { "has_access", RPC_READ | RPC_RECORDS, NULL, "operation!", rpc_has_access, NULL },
    { "check_access", RPC_READ | RPC_RECORDS, NULL, "operation!", rpc_check_access, NULL },
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
