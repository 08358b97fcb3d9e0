/*
 * Time off as iCalendar: POST /leaves/import, GET /leaves/ical.  The text is read in the pool, before
 * the write; what it holds is compared and stored in one command.
 */
#include "api_impl.h"

typedef struct {
    hd_leave_t subject;
    hd_str_t   tz;
    hd_ical_t  ical;
    bool       dry_run;
} import_t;

/* user_id, team_id, company_id; dry_run for the import. */
static hd_code_t read_query(hd_call_t *c, hd_leave_t *s, bool *dry_run)
{
    hd_str_t rest = c->req.query, name, value;
    while (hd_query_next(&rest, c->cx.arena, &name, &value)) {
        if (name.data == NULL) {
            return HD_E_REQUEST;
        }
        hd_id_t *at = hd_str_is(name, "user_id") ? &s->user_id
            : hd_str_is(name, "team_id") ? &s->team_id
            : hd_str_is(name, "company_id") ? &s->company_id : NULL;
        if (at == NULL && dry_run != NULL && hd_str_is(name, "dry_run")) {
            *dry_run = hd_str_is(value, "1") || hd_str_is(value, "true");
            if (!*dry_run && !hd_str_is(value, "0") && !hd_str_is(value, "false")) {
                return hd_api_bad_parameter(c, name, "not_an_option", "Give 1 or 0.");
            }
            continue;
        }
        if (at == NULL) {
            return hd_api_bad_parameter(c, name, "unknown_field", "There is no such parameter.");
        }
        if (!hd_str_to_u64(value, at) || *at < 1 || *at > HD_ID_MAX) {
            return hd_api_bad_parameter(c, name, "not_an_id",
                                        "The value is not the number of a record.");
        }
    }
    return HD_OK;
}

/* May he, and in which zone are times that name none? */
static hd_code_t look(hd_call_t *c, void *arg)
{
    import_t *im = arg;
    hd_leave_t s = im->subject;
    hd_str_t tz = { 0, "" };
    hd_code_t code = hd_call_actor(c, &c->cx);
    if (code == HD_OK && hd_leave_subject(&c->cx, &s, &tz) == HD_OK && tz.len < 64) {
        memcpy((char *) (uintptr_t) im->tz.data, tz.data, tz.len);
        im->tz.len = tz.len;
    }
    return code;
}

hd_code_t hd_api_leave_import_before(hd_call_t *c)
{
    import_t *im = hd_alloc(c->cx.arena, sizeof(*im));
    im->tz.data = hd_alloc(c->cx.arena, 64);
    hd_code_t code = read_query(c, &im->subject, &im->dry_run);
    if (code == HD_OK) {
        code = hd_call_read(c, look, im);
    }
    if (code != HD_OK) {
        return code;
    }
    if (im->tz.len != 0) {              /* else the write says why not */
        hd_time_t now = c->cx.now != 0 ? c->cx.now : hd_time_now();
        hd_ical_read(c->cx.arena, c->req.body, im->tz, now, &im->ical);
    }
    c->prepared = im;
    return HD_OK;
}

static void put_count(hd_json_t *j, const char *name, uint64_t n)
{
    hd_json_key(j, hd_str(name));
    hd_json_u64(j, n);
}

static void put_faults(hd_json_t *j, const hd_ical_t *ical)
{
    hd_json_key(j, HD_STR("errors"));
    hd_json_arr(j);
    for (size_t i = 0; i < ical->n_faults; i++) {
        hd_json_obj(j);
        put_count(j, "line", ical->faults[i].line);
        hd_json_key(j, HD_STR("code"));
        hd_json_str(j, hd_str(ical->faults[i].code));
        hd_json_key(j, HD_STR("message"));
        hd_json_str(j, hd_str(ical->faults[i].sentence));
        hd_json_end_obj(j);
    }
    hd_json_end_arr(j);
}

hd_code_t hd_api_leave_import(hd_call_t *c)
{
    import_t *im = c->prepared;
    hd_leaves_taken_t done;
    if (im == NULL) {
        return HD_E_INTERNAL;
    }
    hd_cx_t cx = c->cx;
    cx.dry_run = im->dry_run;
    hd_code_t code = hd_leave_import(&cx, &im->subject, &im->ical, &done);
    if (code != HD_OK) {
        return code;
    }
    hd_json_t j = hd_res_json(c, 200, 256 + 128 * im->ical.n_faults);
    hd_json_obj(&j);
    put_count(&j, "created", done.created);
    put_count(&j, "updated", done.updated);
    put_count(&j, "unchanged", done.unchanged);
    put_faults(&j, &im->ical);
    hd_json_end_obj(&j);
    return HD_OK;
}

hd_code_t hd_api_leave_ical(hd_call_t *c)
{
    hd_leave_t subject = { .user_id = 0 };
    hd_code_t code = read_query(c, &subject, NULL);
    if (code != HD_OK) {
        return code;
    }
    hd_buf_init(&c->res.body, c->cx.arena, 4096, HD_REPLY_MAX);
    code = hd_leave_export(&c->cx, &subject, &c->res.body);
    if (code == HD_OK) {
        c->res.status = 200;
        c->res.content_type = "text/calendar; charset=utf-8";
        hd_res_header(c, "Content-Disposition", HD_STR("attachment; filename=\"leaves.ics\""));
    }
    return code;
}
