/*
 * The board of a team: a column a stage, each with how many tickets and the first of them.  Without conditions it comes from
 * counters and index ranges; with them from one walk over the facts.
 */
#include "desk_impl.h"

typedef struct {
    hd_cx_t            *cx;
    const hd_cut_t     *cut;
    hd_board_column_t  *cols;
    hd_best_t         **best;
    size_t              n;
    hd_fact_t           stage, priority;
} board_t;

/* TKT-3: ~priority, ~id; the same bytes are the cursor of a plain list. */
static void add_ticket(board_t *b, hd_best_t *best, const hd_chunk_t *c, unsigned slot)
{
    uint8_t key[5];
    hd_id_t id = hd_cut_id(c, slot);
    uint32_t flags = hd_chunk_value(c, b->priority.column, slot);
    key[0] = (uint8_t) ~(flags >> b->priority.shift & ((1u << b->priority.bits) - 1));
    hd_put_be32(key + 1, ~(uint32_t) id);
    (void) hd_best_add(best, key, sizeof(key), NULL);
}

static hd_code_t add_chunk(void *arg, const hd_chunk_t *c, uint64_t mask)
{
    board_t *b = arg;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t id = (uint32_t) b->cols[i].stage->rec.id;
        uint64_t here = mask & hd_chunk_test(c, b->stage.column, UINT32_MAX, id, id);
        b->cols[i].count += (uint64_t) __builtin_popcountll(here);
        for (; here != 0 && b->best != NULL; here &= here - 1) {
            add_ticket(b, b->best[i], c, (unsigned) __builtin_ctzll(here));
        }
    }
    return HD_OK;
}

static void read_column(board_t *b, size_t i, uint32_t limit)
{
    hd_ticket_page_t *page = &b->cols[i].page;
    page->v = hd_alloc_raw(b->cx->arena, limit * sizeof(*page->v));
    for (size_t k = 0; k < hd_best_count(b->best[i]) && k < limit; k++) {
        hd_str_t key;
        (void) hd_best_at(b->best[i], k, &key);
        hd_id_t id = ~hd_get_be32((const uint8_t *) key.data + 1);
        page->n += hd_cut_read(b->cut, b->cx->arena, id, &page->v[page->n]);
    }
}

/* A column that goes on has no cursor here: the list by stage_id and the same conditions has. */
static hd_code_t filter_board(hd_cx_t *cx, hd_id_t team_id, uint32_t limit, const hd_ticket_query_t *q,
                              hd_board_column_t *cols, size_t n)
{
    hd_ticket_query_t of_team = *q;
    hd_cut_t *cut;
    of_team.team_id = team_id;
    of_team.stage_id = 0;
    hd_code_t code = hd_cut_make(cx, &of_team, &cut);
    if (code != HD_OK) {
        return code;
    }
    board_t b = { .cx = cx, .cut = cut, .cols = cols, .n = n,
                  .stage = hd_fact_of(HD_TICKET, HD_TICKET_F_stage_id),
                  .priority = hd_fact_of(HD_TICKET, HD_TICKET_F_priority) };
    if (limit != 0) {
        b.best = hd_alloc_n(cx->arena, n + 1, sizeof(hd_best_t *));
        for (size_t i = 0; i < n; i++) {
            b.best[i] = hd_best_make(cx->arena, limit, (hd_str_t){ 0, NULL });
        }
    }
    code = hd_cut_walk(cut, UINT32_C(1) << b.stage.column | UINT32_C(1) << b.priority.column, add_chunk, &b);
    for (size_t i = 0; i < n && code == HD_OK && limit != 0; i++) {
        read_column(&b, i, limit);
    }
    return code;
}

static hd_code_t plain_column(hd_cx_t *cx, hd_id_t team_id, uint32_t limit, hd_board_column_t *col)
{
    hd_ticket_query_t q = { .team_id = team_id, .stage_id = col->stage->rec.id, .active = 1, .limit = limit };
    hd_code_t code = hd_ticket_count(cx, &q, &col->count);
    return code == HD_OK && limit != 0 ? hd_ticket_list(cx, &q, &col->page) : code;
}

hd_code_t hd_board(hd_cx_t *cx, hd_id_t team_id, uint32_t n, const hd_ticket_query_t *q,
                   hd_board_column_t **ret_cols, size_t *ret_n)
{
    const hd_team_t *team = hd_config_get(cx->txn, HD_TEAM, team_id);
    if (team == NULL || !hd_sees_team(cx, team)) {
        return HD_E_NOT_FOUND;
    }
    size_t n_stages;
    const hd_stage_t *const *stages = hd_team_stages(cx, team_id, &n_stages);
    hd_board_column_t *cols = hd_alloc_n(cx->arena, n_stages + 1, sizeof(*cols));
    hd_code_t code = HD_OK;
    for (size_t i = 0; i < n_stages; i++) {         /* STG-21: the empty ones too */
        cols[i].stage = stages[i];
        if (q == NULL && code == HD_OK) {
            code = plain_column(cx, team_id, n, &cols[i]);
        }
    }
    if (q != NULL) {
        code = filter_board(cx, team_id, n, q, cols, n_stages);
    }
    if (code == HD_OK) {
        *ret_cols = cols;
        *ret_n = n_stages;
    }
    return code;
}
