/*
 * Activities: lists by the day they are due, done with feedback and what comes next, cancelled (ACT-4, ACT-6, ACT-7).
 */
#include "desk_impl.h"

#define DAY_LEN 10
#define TAIL    (DAY_LEN + 4)    /* of a key: day, id */

/* ---- lists ---- */

static void add_range(hd_merge_t *m, hd_index_t index, hd_id_t subject, hd_str_t after)
{
    hd_key_t k = hd_desk_key(index);
    hd_key_id(&k, subject);
    hd_merge_add(m, &k, after);
}

/* Each ticket, or each user, has his own in the order of days. */
static hd_merge_t *begin(hd_cx_t *cx, const hd_activity_query_t *q, hd_str_t after)
{
    hd_merge_t *m = hd_merge_create(cx->txn, cx->arena, TAIL);
    size_t n = 0;
    const void *const *users = hd_config_all(cx->txn, HD_USER, &n);
    for (uint32_t i = 0; i < q->ticket_ids.n; i++) {
        add_range(m, HD_IX_ACTIVITY_TICKET, q->ticket_ids.v[i], after);
    }
    if (q->ticket_ids.n == 0 && q->user_id != 0) {
        add_range(m, HD_IX_ACTIVITY_USER, q->user_id, after);
        return m;
    }
    for (size_t i = 0; q->ticket_ids.n == 0 && i < n; i++) {
        const hd_user_t *u = users[i];
        if (u->role != HD_ROLE_PORTAL) {
            add_range(m, HD_IX_ACTIVITY_USER, u->rec.id, after);
        }
    }
    return m;
}

static bool is_of_team(hd_cx_t *cx, hd_ids_t teams, hd_id_t ticket_id)
{
    hd_ticket_t t;
    return hd_row_get(cx->txn, cx->arena, HD_TICKET, ticket_id, &t) == HD_OK && hd_ids_has(teams, t.team_id);
}

/* The one a key stands for, if the actor sees it and it is asked for. */
static bool read_one(hd_cx_t *cx, const hd_activity_query_t *q, hd_str_t key, hd_activity_t *ret)
{
    hd_id_t id = hd_get_be32((const uint8_t *) key.data + key.len - 4);
    return hd_row_get(cx->txn, cx->arena, HD_ACTIVITY, id, ret) == HD_OK
        && (q->type_id == 0 || q->type_id == ret->activity_type_id)
        && (q->team_ids.n == 0 || is_of_team(cx, q->team_ids, ret->ticket_id)) && hd_sees(cx, HD_ACTIVITY, ret);
}

hd_code_t hd_activity_list(hd_cx_t *cx, const hd_activity_query_t *q, hd_page_t *ret)
{
    uint8_t tail[TAIL];
    hd_str_t after = { 0, (const char *) tail }, key;
    if (q->after.len != 0) {
        if (!hd_desk_cursor_read(q->after, tail, TAIL)) {
            return HD_E_CURSOR;
        }
        after.len = TAIL;
    }
    uint32_t limit = hd_desk_page_limit(q->limit), looked = 0;
    *ret = (hd_page_t){ .v = hd_alloc_n(cx->arena, limit, sizeof(void *)) };
    hd_merge_t *m = begin(cx, q, after);
    bool more = false;
    while (!more && hd_merge_next(m, &key)) {
        hd_activity_t *t = hd_alloc_raw(cx->arena, sizeof(*t));
        more = ret->n == limit || looked++ == HD_SCAN_MAX;
        if (more) {
            break;
        }
        memcpy(tail, key.data + key.len - TAIL, TAIL);
        if (read_one(cx, q, key, t) && (q->state < 0 || hd_desk_activity_state(cx, t) == q->state)) {
            ret->v[ret->n++] = t;
        }
    }
    hd_merge_done(m);
    if (more) {
        ret->next = hd_desk_cursor(cx->arena, tail, TAIL);
    }
    return hd_txn_error(cx->txn);
}

hd_code_t hd_activity_count(hd_cx_t *cx, const hd_activity_query_t *q, uint32_t ret_n[HD_ACT_PLANNED + 1])
{
    hd_merge_t *m = begin(cx, q, (hd_str_t){ 0, "" });
    hd_str_t key;
    hd_activity_t t;
    memset(ret_n, 0, (HD_ACT_PLANNED + 1) * sizeof(*ret_n));
    for (uint32_t looked = 0; looked < HD_SCAN_MAX && hd_merge_next(m, &key); looked++) {
        if (read_one(cx, q, key, &t)) {
            ret_n[hd_desk_activity_state(cx, &t)]++;
        }
    }
    hd_merge_done(m);
    return hd_txn_error(cx->txn);
}

/* ---- done and cancelled ---- */

static hd_code_t open_activity(hd_cx_t *cx, hd_id_t id, uint64_t if_version, hd_activity_t *ret)
{
    hd_code_t code = hd_record_get(cx, HD_ACTIVITY, id, ret);
    if (code == HD_OK && !hd_actor_is_staff(cx->actor)) {
        code = HD_E_RIGHT;
    }
    return code == HD_OK && if_version != 0 && if_version != ret->rec.version ? HD_E_VERSION : code;
}

static hd_code_t remove_activity(hd_cx_t *cx, const hd_activity_t *t)
{
    hd_ticket_t ticket;
    hd_code_t code = hd_desk_forget_activity(cx, t);
    code = code == HD_OK ? hd_desk_remove(cx, HD_ACTIVITY, t) : code;
    return code == HD_OK ? hd_desk_keep_days(cx, t->ticket_id, 0, &ticket) : code;
}

hd_code_t hd_activity_cancel(hd_cx_t *cx, hd_id_t id, uint64_t if_version)
{
    hd_activity_t t;
    hd_code_t code = open_activity(cx, id, if_version, &t);
    return code == HD_OK ? remove_activity(cx, &t) : code;
}

/* "Call: about the contract", and below what came of it. */
static hd_str_t write_body(hd_cx_t *cx, const hd_activity_type_t *type, const hd_activity_t *t, hd_str_t feedback)
{
    hd_str_t summary = t->summary.len != 0 ? hd_str_cat(cx->arena, 2, HD_STR(": "), t->summary) : HD_STR("");
    feedback = hd_str_trim(feedback);
    return hd_str_cat(cx->arena, 4, type->name, summary, feedback.len != 0 ? HD_STR("\n\n") : HD_STR(""), feedback);
}

/* ACT-6: the type's default user, else who had this one, else who did it. */
static bool decide_next(hd_cx_t *cx, const hd_activity_type_t *type, const hd_activity_t *t, const hd_ticket_t *ticket,
                        hd_activity_t *ret)
{
    const hd_activity_type_t *next = hd_config_get(cx->txn, HD_ACTIVITY_TYPE, type->triggered_next_type_id);
    if (type->chaining_type != HD_CHAIN_TRIGGER || next == NULL || !next->active) {
        return false;
    }
    *ret = (hd_activity_t){ .ticket_id = t->ticket_id, .activity_type_id = next->rec.id };
    const hd_id_t users[] = { next->default_user_id, t->user_id, cx->actor->uid };
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]) && ret->user_id == 0; i++) {
        ret->user_id = hd_desk_may_do(cx, users[i], ticket) ? users[i] : 0;
    }
    ret->date_deadline = hd_desk_deadline(cx, next, ret->user_id, t->date_deadline);
    return true;
}

hd_code_t hd_activity_done(hd_cx_t *cx, hd_id_t id, hd_str_t feedback, hd_ids_t files, hd_activity_done_t *ret)
{
    hd_activity_t t, next;
    hd_subject_t s;
    hd_code_t code = open_activity(cx, id, 0, &t);
    if (code == HD_OK) {
        code = hd_subject_open(cx, t.ticket_id, 0, &s);
    }
    const hd_activity_type_t *type = code == HD_OK ? hd_config_get(cx->txn, HD_ACTIVITY_TYPE, t.activity_type_id) : NULL;
    if (type == NULL) {
        return code == HD_OK ? HD_E_DATA : code;
    }
    hd_activity_done_t done = { .suggested = type->chaining_type == HD_CHAIN_SUGGEST ? type->suggested_next_type_ids
                                                                                     : (hd_ids_t){ 0, NULL } };
    bool goes_on = decide_next(cx, type, &t, &s.ticket, &next);
    done.message = (hd_message_t){
        .subtype = HD_SUB_ACTIVITY, .message_type = HD_MSG_NOTIFICATION, .format = HD_BODY_PLAIN,
        .author_id = cx->actor->partner_id, .body = write_body(cx, type, &t, feedback),
        .author_name = cx->actor->user != NULL ? cx->actor->user->name : HD_STR(""), .attachment_ids = files,
    };
    code = hd_desk_message_new(cx, &s, &done.message);
    if (code == HD_OK) {
        code = remove_activity(cx, &t);
    }
    if (code == HD_OK && goes_on) {
        uint64_t given = HD_BIT(HD_ACTIVITY_F_ticket_id) | HD_BIT(HD_ACTIVITY_F_activity_type_id)
                       | HD_BIT(HD_ACTIVITY_F_user_id) | HD_BIT(HD_ACTIVITY_F_date_deadline);
        code = hd_record_create(cx, HD_ACTIVITY, &next, given);
        done.next = next;
    }
    if (code == HD_OK) {
        *ret = done;
    }
    return code;
}
