/*
 * A call as a worker runs it: what would take long on the event loop begins again in the pool.
 */
#ifndef HD_RUN_CALL_H
#define HD_RUN_CALL_H

#include "door/door.h"

static inline hd_code_t run_call(hd_call_t *c, hd_txn_t *txn)
{
    bool at_once = c->lane == HD_INLINE;
    hd_code_t code = hd_call_run(c, txn);
    if (at_once && c->lane == HD_POOL) {
        hd_call_again(c);
        code = hd_call_run(c, txn);
    }
    return code;
}

#endif
