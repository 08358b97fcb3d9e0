/*
 * The body of routes that take JSON: one document, always an object but in RPC, where the door says what it is.
 */
#include "door_impl.h"

static hd_code_t parse_body(hd_call_t *c)
{
    hd_code_t code = hd_jparse(c->cx.arena, c->req.body, &c->json);
    if (code == HD_OK && hd_jtype(c->json) != HD_J_OBJ) {
        return hd_problem_set(&c->problem, HD_E_JSON, "The body must be a JSON object.");
    }
    return code;
}

hd_code_t hd_call_body(hd_call_t *c)
{
    hd_code_t code = HD_OK;
    hd_in_t in = (hd_in_t) c->route->in;
    if (in == HD_IN_RPC) {
        HD_ARENA_TRY(c->cx.arena, code, hd_jparse(c->cx.arena, c->req.body, &c->json));
    } else if (in == HD_IN_RECORD || in == HD_IN_PATCH || in == HD_IN_JSON) {
        HD_ARENA_TRY(c->cx.arena, code, parse_body(c));
    }
    return code;
}
