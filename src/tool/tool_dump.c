/*
 * dump: everything as newline-delimited JSON, independent of the store's format.
 *
 *     {"helpdesk_dump":1,"time":"2026-11-21T08:00:00.000Z"}
 *     {"type":"company","record":{"id":1,...}}                        every record, referenced types first
 *     {"type":"team_last","team":3,"user":7}                          whose turn the rotation is at (D-1)
 *     {"type":"event","seq":1,"time":...,"actor":1,"kind":"created","of":"ticket","id":5,"changes":"{...}"}
 *     {"type":"file","hash":"...","size":12,"at":0,"data":"..."}      every file, in pieces (tool_files.c)
 *     {"type":"end","records":12,"events":34,"files":1}
 *
 * changes is a string that holds JSON, so that an event comes back byte for byte.
 * Idempotency keys live two days and stay behind; backup keeps them.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tool.h"

#define LINE_FIRST 4096

const hd_type_t tool_dump_order[HD_TYPE_COUNT - 1] = {
    HD_COMPANY, HD_CONTACT, HD_USER, HD_SESSION, HD_TOKEN, HD_TEAM, HD_STAGE, HD_TICKET,
    HD_TICKET_TYPE, HD_TAG, HD_CALENDAR, HD_LEAVE, HD_MESSAGE, HD_ATTACHMENT, HD_FOLLOWER, HD_NOTIFICATION, HD_MAIL,
    HD_DRAFT, HD_CANNED_RESPONSE, HD_ACTIVITY_TYPE, HD_ACTIVITY, HD_INVITATION,
    HD_EXTERNAL_ID, HD_ORIGIN, HD_VIEW,
};

typedef struct {
    FILE    *out;
    uint64_t records, events, files;
} hd_dump_t;

static void put_line(hd_dump_t *d, hd_buf_t *b)
{
    hd_buf_byte(b, '\n');
    fwrite(b->data, 1, b->len, d->out);
}

static int dump_rows(hd_tool_t *t, hd_dump_t *d, const hd_entity_t *e)
{
    hd_scan_t sc;
    hd_str_t key, value;
    hd_code_t code = HD_OK;
    hd_scan_rows(&sc, t->cx.txn, (hd_type_t) e->type, 0);
    while (code == HD_OK && hd_scan_next(&sc, &key, &value)) {
        hd_arena_reset(t->scratch);
        void *rec = hd_alloc(t->scratch, e->size);
        code = hd_scan_row(&sc, t->scratch, key, value, rec);
        if (code != HD_OK) {
            break;
        }
        hd_buf_t b;
        hd_buf_init(&b, t->scratch, LINE_FIRST, HD_REPLY_MAX);
        hd_buf_printf(&b, "{\"type\":\"%s\",\"record\":", e->name);
        hd_json_t j = hd_json(&b);
        hd_json_opt_t opt = { .mask = UINT64_MAX >> (64 - e->n_fields), .secrets = true };
        hd_record_json(&j, e, rec, &opt);
        hd_buf_byte(&b, '}');
        put_line(d, &b);
        d->records++;
    }
    hd_scan_done(&sc);
    return code == HD_OK ? 0 : tool_fail("A %s is damaged; run helpdeskctl fsck.", e->name);
}

static void dump_rotation(hd_tool_t *t, hd_dump_t *d)
{
    size_t n;
    const void *const *teams = hd_config_all(t->cx.txn, HD_TEAM, &n);
    for (size_t i = 0; i < n; i++) {
        const hd_team_t *team = teams[i];
        int64_t user = hd_counter_get(t->cx.txn, HD_CN_TEAM_LAST, team->rec.id, 0);
        if (user != 0) {
            fprintf(d->out, "{\"type\":\"team_last\",\"team\":%" PRIu64 ",\"user\":%" PRId64 "}\n",
                    team->rec.id, user);
        }
    }
}

static void write_event(hd_json_t *j, const hd_event_t *ev)
{
    const char *kind = hd_event_kind_name(ev->kind);
    hd_json_obj(j);
    hd_json_key(j, HD_STR("type"));
    hd_json_str(j, HD_STR("event"));
    hd_json_key(j, HD_STR("seq"));
    hd_json_u64(j, ev->seq);
    hd_json_key(j, HD_STR("time"));
    hd_json_time(j, ev->time);
    hd_json_key(j, HD_STR("actor"));
    hd_json_u64(j, ev->actor);
    hd_json_key(j, HD_STR("kind"));
    hd_json_str(j, hd_str(kind != NULL ? kind : ""));
    hd_json_key(j, HD_STR("of"));
    hd_json_str(j, hd_str(ev->type > 0 && ev->type < HD_TYPE_COUNT ? hd_entities[ev->type]->name : ""));
    hd_json_key(j, HD_STR("id"));
    hd_json_u64(j, ev->id);
    hd_json_key(j, HD_STR("changes"));
    hd_json_str(j, ev->changes);
    hd_json_end_obj(j);
}

static int dump_events(hd_tool_t *t, hd_dump_t *d)
{
    hd_event_t ev = { 0 };
    while (hd_log_next(t->cx.txn, ev.seq, &ev)) {
        hd_arena_reset(t->scratch);
        hd_buf_t b;
        hd_buf_init(&b, t->scratch, LINE_FIRST, HD_REPLY_MAX);
        hd_json_t j = hd_json(&b);
        write_event(&j, &ev);
        put_line(d, &b);
        d->events++;
    }
    hd_code_t code = hd_txn_error(t->cx.txn);
    return code == HD_OK ? 0 : tool_fail("The event log is damaged after %" PRIu64 ".", ev.seq);
}

static int dump_all(hd_tool_t *t, hd_dump_t *d)
{
    char now[HD_TIME_LEN];
    hd_time_format(t->cx.now, now);
    fprintf(d->out, "{\"helpdesk_dump\":%d,\"time\":\"%.*s\"}\n", HD_DUMP_VERSION, HD_TIME_LEN, now);
    for (size_t i = 0; i < HD_TYPE_COUNT - 1; i++) {
        if (dump_rows(t, d, hd_entities[tool_dump_order[i]]) != 0) {
            return 1;
        }
    }
    dump_rotation(t, d);
    if (dump_events(t, d) != 0 || tool_files_dump(t, d->out, &d->files) != 0) {
        return 1;
    }
    fprintf(d->out, "{\"type\":\"end\",\"records\":%" PRIu64 ",\"events\":%" PRIu64 ",\"files\":%" PRIu64 "}\n",
            d->records, d->events, d->files);
    return fflush(d->out) == 0 && !ferror(d->out) ? 0 : tool_fail("The dump could not be written.");
}

int tool_dump(hd_tool_t *t, int argc, char **argv)
{
    const char *file = "-";
    size_t n = 1;
    if (tool_options(argc, argv, NULL, 0, &file, &n) != 0) {
        return 2;
    }
    if (tool_open(t, false) != 0) {
        return 1;
    }
    (void) hd_blob_hold(t->store);       /* until this process ends: what the records name is there to be written */
    if (tool_begin(t, false) != 0) {
        return 1;
    }
    hd_dump_t d = { .out = stdout };
    if (strcmp(file, "-") == 0) {
        return dump_all(t, &d);
    }
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    d.out = fd < 0 ? NULL : fdopen(fd, "w");
    if (d.out == NULL) {
        return tool_fail("%s cannot be made: %s.", file, strerror(errno));
    }
    int status = dump_all(t, &d);
    bool synced = fsync(fd) == 0;
    if (fclose(d.out) != 0 || !synced) {
        status = tool_fail("%s could not be written: %s.", file, strerror(errno));
    }
    if (status != 0) {
        unlink(file);
    }
    return status;
}
