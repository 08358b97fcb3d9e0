/*
 * POST /tickets/import: CSV into tickets, in pieces.  A bad line is reported and the others are
 * stored.
 *
 *     {"created":2,"updated":1,"unchanged":0,
 *      "errors":[{"line":4,"field":"stage_id","code":"not_of_team","message":"..."}]}
 */
#include "api_impl.h"

#define CELLS_MAX 400

typedef struct {
    hd_import_t *plan;
    hd_arena_t  *row;            /* of one line, emptied after each */
    hd_str_t    *cells;
    bool         dry_run;
} import_t;

enum { CREATED = HD_IMPORT_CREATED, UPDATED = HD_IMPORT_UPDATED, SAME = HD_IMPORT_SAME, LINES };

static uint64_t count_lines(hd_str_t text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.data[i] == '\n';
    }
    return n;
}

static void put_error(hd_buf_t *b, uint64_t line, hd_str_t field, const char *code,
                      const char *message)
{
    hd_json_t j = { b, b->len != 0 };
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("line"));
    hd_json_u64(&j, line);
    hd_json_key(&j, HD_STR("field"));
    hd_json_str(&j, field);
    hd_json_key(&j, HD_STR("code"));
    hd_json_str(&j, hd_str(code));
    hd_json_key(&j, HD_STR("message"));
    hd_json_str(&j, hd_str(message));
    hd_json_end_obj(&j);
}

static void put_errors(hd_buf_t *b, uint64_t line, hd_code_t code, const hd_problem_t *p)
{
    const hd_err_info_t *info = hd_err_info(code);
    for (const hd_bad_field_t *f = p->fields; f != NULL; f = f->next) {
        put_error(b, line, f->field, f->code, f->sentence);
    }
    if (p->fields == NULL) {
        put_error(b, line, code == HD_E_INVALID ? HD_STR("") : HD_STR("id"), info->slug,
                  p->detail != NULL ? p->detail : info->sentence);
    }
}

/* ---- the header ---- */

static hd_code_t begin(hd_call_t *c, import_t **ret)
{
    import_t *m = hd_alloc(c->cx.arena, sizeof(*m));
    hd_code_t code = hd_api_dry_run(c, &m->dry_run);
    if (code != HD_OK) {
        return code;
    }
    hd_pieces_state_t *s = &c->pieces.now;
    size_t pos = 0;
    m->cells = hd_alloc_n(c->cx.arena, CELLS_MAX, sizeof(*m->cells));
    int n = hd_csv_read(c->cx.arena, c->req.body, &pos, m->cells, CELLS_MAX);
    if (n <= 0 || n > CELLS_MAX) {
        return hd_problem_set(&c->problem, HD_E_REQUEST, "The body has no usable header line.");
    }
    for (int i = 0; i < n; i++) {
        if (!hd_str_is_utf8(m->cells[i])) {
            return hd_problem_set(&c->problem, HD_E_REQUEST, "The header line is not UTF-8.");      /* refusals name columns */
        }
    }
    code = hd_import_plan(&c->cx, m->cells, (size_t) n, &m->plan);
    if (code == HD_OK) {
        m->row = hd_api_row_arena(c);
        code = m->row == NULL ? HD_E_MEMORY : HD_OK;
    }
    if (code == HD_OK && s->at == 0) {
        s->at = pos;
        s->count[LINES] = count_lines((hd_str_t){ pos, c->req.body.data });
    }
    *ret = c->prepared = code == HD_OK ? m : NULL;
    return code;
}

/* ---- one line ---- */

/* False when the store itself failed: the piece is given up. */
static bool run_row(hd_call_t *c, import_t *m, uint64_t line, int n)
{
    hd_problem_t problem;
    hd_imported_t done = HD_IMPORT_SAME;
    hd_problem_init(&problem);
    hd_cx_t cx = c->cx;
    cx.arena = m->row;
    cx.problem = &problem;
    cx.dry_run = m->dry_run;
    hd_code_t code = hd_import_row(&cx, m->plan, m->cells, (size_t) n, &done);
    if (hd_txn_error(cx.txn) != HD_OK) {
        return false;
    }
    if (code == HD_OK) {
        c->pieces.now.count[done]++;
    } else {
        put_errors(&c->pieces.now.out, line, code, &problem);
    }
    return true;
}

static hd_code_t read_line(hd_call_t *c, import_t *m)
{
    hd_pieces_state_t *s = &c->pieces.now;
    hd_str_t body = c->req.body;
    size_t pos = s->at;
    hd_arena_reset(m->row);
    int n = hd_csv_read(m->row, body, &pos, m->cells, CELLS_MAX);
    uint64_t line = s->count[LINES] + 1;
    if (n < 0) {
        put_error(&s->out, line, HD_STR(""), "bad_csv",
                  "The quotes of this line do not end well; nothing behind it was read.");
        s->at = body.len;
        return HD_OK;
    }
    s->count[LINES] += count_lines((hd_str_t){ pos - s->at, body.data + s->at });
    s->at = n == 0 ? body.len : pos;
    bool blank = n == 1 && hd_str_trim(m->cells[0]).len == 0;
    if (n > CELLS_MAX) {
        n = CELLS_MAX;           /* more than any header has: refused */
    }
    return n == 0 || blank || run_row(c, m, line, n) ? HD_OK : hd_txn_error(c->cx.txn);
}

/* ---- the call ---- */

static void put_count(hd_json_t *j, const char *name, uint64_t n)
{
    hd_json_key(j, hd_str(name));
    hd_json_u64(j, n);
}

static void put_answer(hd_call_t *c)
{
    const hd_pieces_state_t *s = &c->pieces.now;
    hd_json_t j = hd_res_json(c, 200, s->out.len + 128);
    hd_json_obj(&j);
    put_count(&j, "created", s->count[CREATED]);
    put_count(&j, "updated", s->count[UPDATED]);
    put_count(&j, "unchanged", s->count[SAME]);
    hd_json_key(&j, HD_STR("errors"));
    hd_json_arr(&j);
    hd_buf_str(j.b, hd_buf_view(&s->out));
    hd_json_end_arr(&j);
    hd_json_end_obj(&j);
}

hd_code_t hd_api_ticket_import(hd_call_t *c)
{
    import_t *m = c->prepared;
    hd_pieces_state_t *s = &c->pieces.now;
    hd_code_t code = m == NULL ? begin(c, &m) : HD_OK;
    if (code != HD_OK) {
        return code;
    }
    *hd_arena_border(m->row) = *hd_arena_border(c->cx.arena);
    uint64_t start = hd_time_mono_us();
    for (uint32_t n = 0; s->at < c->req.body.len && hd_api_piece_has_room(start, n); n++) {
        code = read_line(c, m);
        if (code != HD_OK) {
            return code;
        }
    }
    c->pieces.more = s->at < c->req.body.len;
    if (!c->pieces.more) {
        put_answer(c);
    }
    return s->out.failed ? HD_E_MEMORY : HD_OK;
}
