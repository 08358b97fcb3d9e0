/*
 * The model room: tables, codec, JSON out and in, filters, keys, counters, CSV, OpenAPI.
 * Random records come from a fixed seed, so a failure repeats.
 */
#include "unit.h"

#include "model/model.h"

#define ROUNDS 60

static hd_buf_t new_buf(void)
{
    hd_buf_t b;
    hd_buf_init(&b, arena, 256, 4 * 1024 * 1024);
    return b;
}

/* ---- random records ---- */

static hd_str_t random_text(const hd_field_t *f)
{
    static const char *const letters[] = {
        "a", "B", "7", "\xc4\x97", "\xd8\xa7", "\xe1\xba\xbf", "<", "\"",
        "\\", "'", ",", ";", "=", "&"
    };
    hd_buf_t b = new_buf();
    int64_t most = f->max < 40 ? f->max : 40;
    int64_t least = f->min == 0 && (f->flags & HD_F_REQ) ? 1 : f->min;
    uint64_t n = (uint64_t) least + rnd((uint64_t) (most - least) + 1);
    for (uint64_t i = 0; i < n; i++) {
        hd_buf_z(&b, letters[rnd(sizeof(letters) / sizeof(letters[0]))]);
    }
    return hd_buf_view(&b);
}

static hd_str_t random_bytes(const hd_field_t *f)
{
    int64_t most = f->max < 500 ? f->max : 500;
    char *p = hd_alloc(arena, (size_t) most);
    for (int64_t i = 0; i < most; i++) {
        p[i] = (char) rnd(256);
    }
    return (hd_str_t){ (size_t) rnd((uint64_t) most) + 1, p };
}

static hd_ids_t random_ids(void)
{
    hd_id_t v[20];
    size_t n = rnd(20);
    for (size_t i = 0; i < n; i++) {
        v[i] = rnd(2) ? rnd(HD_ID_MAX) + 1 : rnd(30);
    }
    return hd_ids_make(arena, v, n);
}

static hd_str_t random_json(const hd_field_t *f)
{
    return f->shape == '[' ? hd_strf(arena, "[%u,{\"a\":\"\\u003cb\",\"c\":[true,null,1.5]}]", (unsigned) rnd(1000))
                           : hd_strf(arena, "{\"n\":%u,\"list\":[\"x\",\"\"]}", (unsigned) rnd(1000));
}

static void randomize(const hd_field_t *f, void *rec)
{
    void *at = hd_field_at(f, rec);
    if (f->tag == 0) {
        return;             /* not stored */
    }
    switch ((hd_kind_t) f->kind) {
    case HD_K_STR:
    case HD_K_TEXT:     *(hd_str_t *) at = random_text(f); break;
    case HD_K_JSON:     *(hd_str_t *) at = random_json(f); break;
    case HD_K_BYTES:    *(hd_str_t *) at = random_bytes(f); break;
    case HD_K_BOOL:     *(bool *) at = rnd(2); break;
    case HD_K_INT:      *(int64_t *) at = f->min < 0 ? (int64_t) rnd(2000001) - 1000000
                                                     : (int64_t) rnd((uint64_t) f->max); break;
    case HD_K_ENUM:     *(uint8_t *) at = (uint8_t) rnd(f->options->n); break;
    case HD_K_FLAGS:    *(uint32_t *) at = (uint32_t) rnd(UINT64_C(1) << f->options->n); break;
    case HD_K_REF:      *(hd_id_t *) at = rnd(HD_ID_MAX) + 1; break;
    case HD_K_REFS:     *(hd_ids_t *) at = random_ids(); break;
    case HD_K_TIME:     *(hd_time_t *) at = (hd_time_t) rnd(4000000000000) + 1; break;
    case HD_K_COMPUTED: break;
    }
}

static void *random_record(const hd_entity_t *e)
{
    void *rec = hd_alloc(arena, e->size);
    for (int i = 0; i < e->n_fields; i++) {
        if (i == 0 || e->fields[i].flags & HD_F_REQ || rnd(4) != 0) {
            randomize(&e->fields[i], rec);
        }
    }
    return rec;
}

#define EACH_RANDOM(E, REC)                                                             \
    for (int t_ = 1; t_ < HD_TYPE_COUNT; t_++)                                          \
        for (const hd_entity_t *E = hd_entities[t_]; E != NULL; E = NULL)               \
            for (int r_ = 0; r_ < ROUNDS; r_++)                                         \
                for (void *REC = random_record(E); REC != NULL; REC = NULL)

static hd_str_t encode(const hd_entity_t *e, const void *rec)
{
    hd_buf_t b = new_buf();
    hd_encode(e, rec, &b);
    assert_false(b.failed);
    return hd_buf_view(&b);
}

/* ---- tables ---- */

static void test_tables(void **state)
{
    (void) state;
    for (int t = 1; t < HD_TYPE_COUNT; t++) {
        const hd_entity_t *e = hd_entities[t];
        uint64_t tags[2] = { 0, 0 };
        assert_int_equal(e->type, t);
        assert_ptr_equal(hd_entity_by_name(hd_str(e->name)), e);
        for (int i = 0; i < e->n_fields; i++) {
            const hd_field_t *f = &e->fields[i];
            assert_int_equal(hd_field_index(e, hd_str(f->name)), i);
            assert_true(f->tag < 128 && (f->tag != 0 || f->kind == HD_K_COMPUTED || !(f->flags & (HD_F_REQ | HD_F_CSV))));
            assert_true(f->tag == 0 || !(tags[f->tag / 64] >> f->tag % 64 & 1));
            tags[f->tag / 64] |= HD_BIT(f->tag % 64);
            assert_true(f->tag == 0 || e->by_tag[f->tag] == i + 1);
            assert_int_equal(f->key.len, strlen(f->name) + 3);
        }
    }
    const hd_entity_t *ticket = hd_entities[HD_TICKET];
    assert_int_equal(hd_field_index(ticket, HD_STR("stage_id")), HD_TICKET_F_stage_id);
    assert_int_equal(hd_field_index(hd_entities[HD_TICKET], HD_STR("")), -1);
}

static void test_ids(void **state)
{
    (void) state;
    const hd_id_t v[] = { 9, 3, 0, 3, 5 };
    hd_ids_t ids = hd_ids_make(arena, v, 5);
    assert_int_equal(ids.n, 3);
    assert_true(hd_ids_has(ids, 5) && !hd_ids_has(ids, 4));
    for (hd_id_t id = 1; id < 12; id++) {
        hd_ids_t more = hd_ids_with(arena, ids, id), less = hd_ids_without(arena, more, id);
        assert_int_equal(more.n, 3 + !hd_ids_has(ids, id));
        assert_int_equal(less.n, more.n - 1);
        assert_true(hd_ids_has(more, id) && !hd_ids_has(less, id));
        for (uint32_t i = 1; i < more.n; i++) {
            assert_true(more.v[i - 1] < more.v[i]);
        }
        for (uint32_t i = 1; i < less.n; i++) {
            assert_true(less.v[i - 1] < less.v[i]);
        }
    }
    assert_int_equal(hd_ids_with(arena, ids, 0).n, 3);
}

/* ---- codec ---- */

static void test_codec_round_trip(void **state)
{
    (void) state;
    EACH_RANDOM(e, rec) {
        hd_rec_t *back = hd_alloc(arena, e->size);
        assert_int_equal(hd_decode(e, arena, encode(e, rec), back), HD_OK);
        assert_int_equal(back->id, 0);
        back->id = ((hd_rec_t *) rec)->id;
        assert_int_equal(hd_record_diff(e, rec, back), 0);
    }
}

/*
 * What decodes must survive another round; each input is a heap block of its exact size for the
 * sanitizer.
 */
static void decode_hostile(const hd_entity_t *e, const char *p, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    void *one = hd_alloc(arena, e->size), *two = hd_alloc(arena, e->size);
    assert_non_null(exact);
    memcpy(exact, p, n);
    hd_code_t code = hd_decode(e, arena, (hd_str_t){ n, exact }, one);
    assert_true(code == HD_OK || code == HD_E_DATA);
    if (code == HD_OK) {
        assert_int_equal(hd_decode(e, arena, encode(e, one), two), HD_OK);
        assert_int_equal(hd_record_diff(e, one, two), 0);
    }
    free(exact);
}

static void test_codec_damage(void **state)
{
    (void) state;
    for (int t = 1; t < HD_TYPE_COUNT; t++) {
        const hd_entity_t *e = hd_entities[t];
        hd_str_t bytes = hd_str_dup(arena, encode(e, random_record(e)));
        char *p = (char *) (uintptr_t) bytes.data;
        for (size_t n = 0; n <= bytes.len; n++) {
            decode_hostile(e, p, n);
        }
        for (size_t bit = 0; bit < bytes.len * 8; bit++) {
            p[bit / 8] ^= (char) (1 << bit % 8);
            decode_hostile(e, p, bytes.len);
            p[bit / 8] ^= (char) (1 << bit % 8);
        }
        hd_arena_reset(arena);
    }
}

static void test_codec_strict(void **state)
{
    (void) state;
    static const struct { hd_str_t bytes; hd_code_t code; } rows[] = {
        { { 0, NULL }, HD_OK },
        { { 14, "\x02\x01\x02\x0a\x02Hi\x0c\x01\x01\x0d\x02\xac\x02" }, HD_OK },
        { { 4, "\x7e\x02xx" }, HD_OK },                /* a tag of a later release */
        { { 5, "\x90\x4e\x02xx" }, HD_OK },            /* and one of two bytes */
        { { 3, "\x10\x01\x03" }, HD_OK },
        { { 3, "\x10\x01\x04" }, HD_E_DATA },          /* priority 4 */
        { { 3, "\x0c\x01\x02" }, HD_E_DATA },          /* a third truth value */
        { { 4, "\x0c\x02\x01\x00" }, HD_E_DATA },      /* bytes behind the number */
        { { 2, "\x0c\x00" }, HD_E_DATA },
        { { 6, "\x0c\x01\x01\x0c\x01\x01" }, HD_E_DATA },
        { { 2, "\x00\x00" }, HD_E_DATA },
        { { 4, "\x17\x02\x05\x00" }, HD_E_DATA },      /* the same id twice */
        { { 7, "\x0d\x05\xff\xff\xff\xff\x0f" }, HD_OK },
        { { 7, "\x0d\x05\x80\x80\x80\x80\x10" }, HD_E_DATA },  /* id beyond 32 bits */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hd_ticket_t t;
        assert_int_equal(hd_decode(hd_entities[HD_TICKET], arena, rows[i].bytes, &t), rows[i].code);
        assert_true(i != 1 || (t.team_id == 300 && t.active && hd_str_is(t.name, "Hi")));
    }
}

/* ---- JSON ---- */

static hd_str_t to_json(const hd_entity_t *e, const void *rec, uint64_t mask, bool secrets)
{
    hd_buf_t b = new_buf();
    hd_json_t j = hd_json(&b);
    hd_record_json(&j, e, rec, &(hd_json_opt_t){ mask, secrets });
    return hd_buf_view(&b);
}

static hd_code_t from_json(const hd_entity_t *e, hd_str_t text, void *rec, uint64_t *present,
                           hd_read_mode_t mode, hd_problem_t *p)
{
    hd_jval_t *v = NULL;
    assert_int_equal(hd_jparse(arena, text, &v), HD_OK);
    hd_problem_init(p);
    return hd_read_json(e, arena, v, rec, present, mode, p);
}

/* What is made from other fields stays out of a dump. */
static void clear_made(const hd_entity_t *e, void *rec)
{
    void *none = hd_alloc(arena, e->size);
    for (unsigned i = 0; i < e->n_fields; i++) {
        if (e->fields[i].flags & HD_F_CACHE) {
            hd_record_merge(e, rec, none, HD_BIT(i));
        }
    }
}

static void test_json_round_trip(void **state)
{
    (void) state;
    EACH_RANDOM(e, rec) {
        hd_problem_t p;
        uint64_t present = 0;
        clear_made(e, rec);
        void *back = hd_alloc(arena, e->size);
        hd_str_t text = to_json(e, rec, UINT64_MAX, true);
        assert_int_equal(from_json(e, text, back, &present, HD_READ_LOAD, &p), HD_OK);
        assert_int_equal(hd_record_diff(e, rec, back), 0);
        assert_int_equal(hd_record_check(e, arena, back, &p), HD_OK);
        void *merged = hd_alloc(arena, e->size);
        hd_record_merge(e, merged, back, present);
        assert_int_equal(hd_record_diff(e, rec, merged), 0);
    }
}

static void test_json_text(void **state)
{
    (void) state;
    hd_ticket_t t = { .rec = { .id = 42, .version = 3 }, .name = HD_STR("A \"b\""), .priority = 2,
                      .team_id = 5, .close_date = 1 };
    const hd_entity_t *e = hd_entities[HD_TICKET];
    uint64_t mask = HD_BIT(HD_F_id) | HD_BIT(HD_TICKET_F_ticket_ref) | HD_BIT(HD_TICKET_F_priority)
                    | HD_BIT(HD_TICKET_F_user_id) | HD_BIT(HD_TICKET_F_message_partner_ids)
                    | HD_BIT(HD_TICKET_F_close_date) | HD_BIT(HD_TICKET_F_display_name);
    hd_str_t json = to_json(e, &t, mask, false);
    assert_string_equal(hd_str_dup(arena, json).data,
                        "{\"id\":42,\"ticket_ref\":\"00042\",\"user_id\":null,\"priority\":\"2\","
                        "\"message_partner_ids\":[],\"close_date\":\"1970-01-01T00:00:00.001Z\","
                        "\"display_name\":\"A \\\"b\\\" (#00042)\"}");
    hd_stage_t s = { .fold = true };
    json = to_json(hd_entities[HD_STAGE], &s, HD_BIT(HD_STAGE_F_is_close), false);
    assert_true(hd_str_is(json, "{\"is_close\":true}"));
}

static void test_masks(void **state)
{
    (void) state;
    const hd_entity_t *e = hd_entities[HD_TICKET], *u = hd_entities[HD_USER];
    uint64_t list = hd_json_mask(e, true, true), one = hd_json_mask(e, false, true);
    assert_int_equal(one & ~list, HD_BIT(HD_TICKET_F_description));
    assert_int_equal(one & ~hd_json_mask(e, false, false),
                     HD_BIT(HD_TICKET_F_message_partner_ids) | HD_BIT(HD_TICKET_F_partner_email)
                     | HD_BIT(HD_TICKET_F_partner_phone) | HD_BIT(HD_TICKET_F_email_cc) | HD_BIT(HD_TICKET_F_activity_due)
                     | HD_BIT(HD_TICKET_F_activity_late) | HD_BIT(HD_TICKET_F_activity_state));
    assert_int_equal(hd_json_mask(u, false, true) & HD_BIT(HD_USER_F_password), 0);
    hd_user_t rec = { .password = HD_STR("$argon2id$") };
    assert_true(hd_str_is(to_json(u, &rec, HD_BIT(HD_USER_F_password), false), "{}"));
    assert_true(hd_str_is(to_json(u, &rec, HD_BIT(HD_USER_F_password), true),
                          "{\"password\":\"JGFyZ29uMmlkJA\"}"));
}

static const char *repeat(const char *s, size_t n)
{
    hd_buf_t b = new_buf();
    while (n-- > 0) {
        hd_buf_z(&b, s);
    }
    hd_buf_byte(&b, '\0');
    return b.data;
}

/* One member of a ticket, user or token; the one complaint it earns. */
static void expect_bad(hd_type_t type, hd_read_mode_t mode, const char *name, const char *value,
                       const char *field, const char *code)
{
    void *rec = hd_alloc(arena, hd_entities[type]->size);
    uint64_t present;
    hd_problem_t p;
    hd_str_t text = hd_strf(arena, "{\"%s\":%s}", name, value);
    hd_code_t got = from_json(hd_entities[type], text, rec, &present, mode, &p);
    if (code == NULL) {
        assert_int_equal(got, HD_OK);
        return;
    }
    bool unwritable = strcmp(code, "unknown_field") == 0 || strcmp(code, "read_only") == 0;
    assert_int_equal(got, unwritable ? HD_E_UNKNOWN_FIELD : HD_E_INVALID);
    assert_int_equal(p.n_fields, 1);
    assert_string_equal(p.fields->code, code);
    assert_string_equal(p.fields->field.data, field);
}

static const struct {
    hd_type_t type; hd_read_mode_t mode; const char *name, *value, *field, *code;
} json_rows[] = {
    { HD_TICKET, HD_READ_CREATE, "nonsense", "1", "nonsense", "unknown_field" },
    { HD_TICKET, HD_READ_CREATE, "id", "1", "id", "read_only" },
    { HD_TICKET, HD_READ_LOAD, "id", "1", NULL, NULL },
    { HD_TICKET, HD_READ_CREATE, "ticket_ref", "\"00001\"", "ticket_ref", "read_only" },
    { HD_TICKET, HD_READ_LOAD, "ticket_ref", "\"00001\"", NULL, NULL },
    { HD_USER, HD_READ_CREATE, "password", "\"x\"", "password", "unknown_field" },
    { HD_USER, HD_READ_LOAD, "password", "\"JGFy\"", NULL, NULL },
    { HD_USER, HD_READ_LOAD, "password", "\"!\"", "password", "wrong_type" },
    { HD_TOKEN, HD_READ_CREATE, "scopes", "[\"read\",\"admin\"]", NULL, NULL },
    { HD_TOKEN, HD_READ_PATCH, "scopes", "[\"read\"]", "scopes", "read_only" },
    { HD_TOKEN, HD_READ_CREATE, "scopes", "[\"read\",\"fly\"]", "scopes[1]", "not_an_option" },
    { HD_TOKEN, HD_READ_CREATE, "scopes", "[1]", "scopes[0]", "wrong_type" },
    { HD_TOKEN, HD_READ_CREATE, "scopes", "[1,2,3,4]", "scopes", "too_many" },
    { HD_TICKET, HD_READ_CREATE, "name", "7", "name", "wrong_type" },
    { HD_TICKET, HD_READ_CREATE, "name", "\" \\t \"", "name", "too_short" },
    { HD_TICKET, HD_READ_CREATE, "name", "null", NULL, NULL },
    { HD_TICKET, HD_READ_PATCH, "active", "null", "active", "wrong_type" },
    { HD_TICKET, HD_READ_PATCH, "active", "1", "active", "wrong_type" },
    { HD_TICKET, HD_READ_PATCH, "priority", "\"9\"", "priority", "not_an_option" },
    { HD_TICKET, HD_READ_PATCH, "priority", "1", "priority", "wrong_type" },
    { HD_TICKET, HD_READ_PATCH, "priority", "null", "priority", "wrong_type" },
    { HD_TICKET, HD_READ_PATCH, "team_id", "0", "team_id", "not_an_id" },
    { HD_TICKET, HD_READ_PATCH, "team_id", "4294967296", "team_id", "not_an_id" },
    { HD_TICKET, HD_READ_PATCH, "team_id", "4294967295", NULL, NULL },
    { HD_TICKET, HD_READ_PATCH, "team_id", "\"5\"", "team_id", "wrong_type" },
    { HD_TICKET, HD_READ_PATCH, "team_id", "null", NULL, NULL },
    { HD_TICKET, HD_READ_LOAD, "close_date", "\"tomorrow\"", "close_date", "bad_time" },
    { HD_TICKET, HD_READ_LOAD, "close_date", "5", "close_date", "wrong_type" },
    { HD_TICKET, HD_READ_LOAD, "close_date", "null", NULL, NULL },
    { HD_TEAM, HD_READ_CREATE, "color", "12", "color", "out_of_range" },
    { HD_TEAM, HD_READ_CREATE, "color", "1.0", "color", "wrong_type" },
    { HD_TEAM, HD_READ_CREATE, "color", "null", "color", "wrong_type" },
    { HD_TEAM, HD_READ_CREATE, "member_ids", "[1,-2]", "member_ids[1]", "not_an_id" },
    { HD_TEAM, HD_READ_CREATE, "member_ids", "null", "member_ids", "wrong_type" },
};

static void test_json_errors(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(json_rows) / sizeof(json_rows[0]); i++) {
        expect_bad(json_rows[i].type, json_rows[i].mode, json_rows[i].name, json_rows[i].value,
                   json_rows[i].field, json_rows[i].code);
    }
    expect_bad(HD_TEAM, HD_READ_CREATE, "member_ids",
               hd_strf(arena, "[%s1]", repeat("1,", 1000)).data, "member_ids", "too_many");
    expect_bad(HD_TICKET, HD_READ_CREATE, repeat("n", 900), "1", repeat("n", 64), "unknown_field");
    expect_bad(HD_TICKET, HD_READ_CREATE, "name",
               hd_strf(arena, "\"%s\"", repeat("\xc4\x97", 250)).data, NULL, NULL);
    expect_bad(HD_TICKET, HD_READ_CREATE, "name",
               hd_strf(arena, "\"%s\"", repeat("\xc4\x97", 251)).data, "name", "too_long");
}

static void test_required(void **state)
{
    (void) state;
    hd_problem_t p;
    hd_user_t u = { .name = HD_STR("Ada") };
    hd_problem_init(&p);
    assert_int_equal(hd_record_check(hd_entities[HD_USER], arena, &u, &p), HD_E_INVALID);
    assert_int_equal(hd_record_check(hd_entities[HD_USER], arena, &u, &p), HD_E_INVALID);
    assert_int_equal(p.n_fields, 1);
    assert_string_equal(p.fields->code, "required");
    assert_true(hd_str_is(p.fields->field, "login"));
}

/* ---- filters ---- */

static hd_ticket_t worked_ticket(void)
{
    static const hd_id_t followers[] = { 21, 22 };
    return (hd_ticket_t){ .rec = { .id = 7, .version = 1 }, .name = HD_STR("Printer On FIRE"),
                          .partner_name = HD_STR("\xc5\xbdivil\xc4\x97"), .active = true,
                          .team_id = 2,
                          .stage_id = 3, .user_id = 9, .priority = 2, .partner_id = 21,
                          .message_partner_ids = { 2, followers }, .assign_date = 1795248000000 };
}

/* 1 and 0: the filter holds or not; otherwise the code of the complaint. */
static void expect_filter(const char *name, hd_str_t value, bool staff, int holds, const char *code)
{
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_ticket_t t = worked_ticket();
    hd_filter_t f;
    hd_problem_t p;
    hd_problem_init(&p);
    hd_code_t got = hd_filter_parse(e, arena, hd_str(name), value, staff, &f, &p);
    assert_int_equal(got, code == NULL ? HD_OK : HD_E_FILTER);
    assert_int_equal(p.code, got);
    if (code == NULL) {
        assert_int_equal(hd_filter_match(e, arena, &t, &f, 1), holds);
    } else {
        assert_string_equal(p.fields->code, code);
    }
}

static const struct { const char *name, *value; int holds; } good_filters[] = {
    { "priority", "2", 1 }, { "priority.gte", "2", 1 }, { "priority.gt", "2", 0 },
    { "priority.lt", "3", 1 }, { "priority.lte", "1", 0 }, { "priority.in", "0,1", 0 },
    { "id.in", "1,7", 1 }, { "id.ne", "7", 0 }, { "user_id", "null", 0 },
    { "user_id.ne", "null", 1 },
    { "user_id.in", "null,9", 1 }, { "active", "true", 1 }, { "active.ne", "true", 0 },
    { "name", "printer on fire", 1 }, { "name.contains", "ON F", 1 }, { "name.contains", "", 1 },
    { "name.contains", "onf", 0 }, { "name.ne", "x", 1 }, { "name.in", "x,PRINTER ON FIRE", 1 },
    { "partner_name", "zivile", 1 }, { "partner_name.contains", "VIL\xc4\x96", 1 },
    { "partner_email", "", 1 }, { "partner_phone.ne", "", 0 },
    { "name.contains", "FIR\xc4\x97", 1 },
    { "message_partner_ids", "22", 1 }, { "message_partner_ids.in", "1,2", 0 },
    { "message_partner_ids.ne", "22", 0 }, { "message_partner_ids", "null", 0 },
    { "assign_date.gte", "2026-11-21T08:00:00Z", 1 },
    { "assign_date.lt", "2026-11-21T08:00:00Z", 0 },
    { "close_date.lt", "2030-01-01T00:00:00Z", 0 }, { "close_date", "null", 1 },
    { "version", "1", 1 },
};

static const struct { const char *name, *value, *code; } bad_filters[] = {
    { "nonsense", "1", "unknown_field" }, { "display_name", "x", "unknown_field" },
    { "", "1", "unknown_field" }, { "name.gt", "x", "unknown_operator" },
    { "name.", "x", "unknown_operator" }, { "name.eq.eq", "x", "unknown_operator" },
    { "active.in", "true", "unknown_operator" }, { "active", "yes", "wrong_type" },
    { "team_id", "two", "not_an_id" }, { "team_id", "0", "not_an_id" },
    { "team_id.in", "", "not_an_id" },
    { "priority", "high", "not_an_option" }, { "close_date.lt", "null", "wrong_type" },
    { "close_date.lt", "soon", "bad_time" }, { "name", "\xff", "bad_utf8" },
    { "version", "x", "wrong_type" },
    { "version", "-1", "out_of_range" },
};

static void test_filters(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(good_filters) / sizeof(good_filters[0]); i++) {
        expect_filter(good_filters[i].name, hd_str(good_filters[i].value), true,
                      good_filters[i].holds, NULL);
    }
    for (size_t i = 0; i < sizeof(bad_filters) / sizeof(bad_filters[0]); i++) {
        expect_filter(bad_filters[i].name, hd_str(bad_filters[i].value), true, 0,
                      bad_filters[i].code);
    }
    expect_filter("message_partner_ids", HD_STR("22"), false, 0, "unknown_field");
    expect_filter("id.in", hd_str(repeat(",", 1000)), true, 0, "too_many");
    expect_filter("name", hd_str(repeat("x", 1001)), true, 0, "too_long");
    hd_filter_t f;
    hd_problem_t p;
    hd_problem_init(&p);
    const hd_entity_t *u = hd_entities[HD_USER];
    assert_int_equal(hd_filter_parse(u, arena, HD_STR("password"), HD_STR("x"), true, &f, &p),
                     HD_E_FILTER);
}

/* A telephone number is found however it is spaced; what is no number is looked for as it stands. */
static void test_filter_phone(void **state)
{
    (void) state;
    static const struct { const char *phone, *asked; bool holds; } cases[] = {
        { "+370 600 12345", "370-60012345", true }, { "37060012345", "+370 (600) 12 345", true },
        { "+370 600 12345", "00370 600 12345", true }, { "+370 600 12345", "0600 12345", true },
        { "+370 600 12345", "12345", true }, { "+370 600 12345", "600.123", true }, { "+370 600 12345", "60013", false },
        { "+370 600 12345", "", true }, { "", "", true }, { "", "1", false }, { "+1 000", "000", true },
        { "\xdb\xb0\xdb\xb9\xdb\xb1\xdb\xb2 345 6789", "0912-345", true },
        { "0912 345 6789", "\xd9\xa9\xd9\xa1\xd9\xa2", true },
        { "+370 600 12345 ext. 7", "ext", true }, { "+370 600 12345 ext. 7", "600 ext", false },
        { "+370 600 12345", "+", true }, { "370", "+", false }, { "\xdb", "1", false },
        { "11111 11111 11111 11111 11111 11111 11111 11111 11111 11111 99", "1199", true },
    };
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_ticket_t t;
    memset(&t, 0, sizeof(t));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hd_filter_t f;
        hd_problem_t p;
        hd_problem_init(&p);
        t.partner_phone = hd_str(cases[i].phone);
        assert_int_equal(hd_filter_parse(e, arena, HD_STR("partner_phone.contains"), hd_str(cases[i].asked), true, &f, &p), HD_OK);
        assert_int_equal(hd_filter_match(e, arena, &t, &f, 1), cases[i].holds);
        assert_int_equal(hd_filter_match_folded(hd_text_fold(arena, t.partner_phone), &f), cases[i].holds);
    }
}

/* The window over ASCII text finds a needle at every place, across its borders too. */
static void test_filter_windows(void **state)
{
    (void) state;
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_filter_t f;
    hd_problem_t p;
    hd_problem_init(&p);
    assert_int_equal(hd_filter_parse(e, arena, HD_STR("description.contains"), HD_STR("needle"),
                                     true, &f, &p), HD_OK);
    char *text = hd_alloc(arena, 10000);
    for (size_t at = 0; at + 6 <= 10000; at++) {
        memset(text, 'e', 10000);
        memcpy(text + at, "NeedLe", 6);
        hd_ticket_t t = { .description = { 10000, text } };
        assert_true(hd_filter_match(e, arena, &t, &f, 1));
        t.description.len = at + 5;
        assert_false(hd_filter_match(e, arena, &t, &f, 1));
    }
}

/* ---- keys and counters ---- */

static hd_str_t hex_of(hd_str_t key)
{
    char *out = hd_alloc(arena, 2 * key.len + 1);
    hd_hex(key.data, key.len, out);
    return (hd_str_t){ 2 * key.len, out };
}

static void expect_keys(const hd_keyset_t *s, size_t n, const char *const *hex)
{
    size_t pos = 0;
    hd_str_t key;
    assert_int_equal(s->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(hd_keyset_next(s, &pos, &key));
        assert_string_equal(hex_of(key).data, hex[i]);
    }
    assert_false(hd_keyset_next(s, &pos, &key));
}

static void expect_index(hd_type_t type, const void *rec, size_t n, const char *const *hex)
{
    hd_keyset_t s;
    hd_keyset_init(&s, arena);
    hd_entities[type]->keys(arena, rec, &s);
    expect_keys(&s, n, hex);
}

static void expect_counts(const hd_ticket_t *t, size_t n, const char *const *hex)
{
    hd_keyset_t s;
    hd_keyset_init(&s, arena);
    hd_entities[HD_TICKET]->counts(t, &s);
    expect_keys(&s, n, hex);
}

static void test_index_keys(void **state)
{
    (void) state;
    hd_ticket_t t = worked_ticket();
    expect_index(HD_TICKET, &t, 5, (const char *const[]){
        "2000000000" "01" "00000002" "00000003" "fd" "fffffff8",
        "2100000009" "01" "00000002" "00000003" "fd" "fffffff8",
        "2200000015" "01" "00000002" "00000003" "fd" "fffffff8",
        "2300000015" "01" "00000002" "00000003" "fd" "fffffff8",
        "2300000016" "01" "00000002" "00000003" "fd" "fffffff8" });
    hd_user_t u = { .rec = { .id = 9 }, .login = HD_STR("\xc3\x81" "da"), .partner_id = 21 };
    expect_index(HD_USER, &u, 2, (const char *const[]){ "0161646100", "020000001500000009" });
    hd_contact_t c = { .rec = { .id = 21 }, .name = HD_STR("B"), .email = HD_STR("B@X") };
    expect_index(HD_CONTACT, &c, 2, (const char *const[]){ "0762407800" "00000015",
                                                       "086200" "00000015" });
    hd_team_t team = { .rec = { .id = 2 }, .slug = HD_STR("it") };
    expect_index(HD_TEAM, &team, 1, (const char *const[]){ "09697400" });
    hd_token_t k = { .rec = { .id = 4 }, .user_id = 9, .hash = HD_STR("\x01\x02") };
    expect_index(HD_TOKEN, &k, 2, (const char *const[]){ "050102", "060000000900000004" });
    hd_session_t n = { .rec = { .id = 4 }, .user_id = 9, .hash = HD_STR("\x01\x02") };
    expect_index(HD_SESSION, &n, 2, (const char *const[]){ "030102", "040000000900000004" });
    hd_stage_t s = { .rec = { .id = 3 }, .sequence = -1,
                     .team_ids = { 1, (const hd_id_t[]){ 2 } } };
    expect_index(HD_STAGE, &s, 1, (const char *const[]){ "0a00000002" "7fffffff" "00000003" });
    expect_index(HD_COMPANY, &(hd_company_t){ .rec = { .id = 1 } }, 0, NULL);
    assert_int_equal(hd_entities[HD_USER]->unique, HD_BIT(HD_IX_USER_LOGIN));
}

static void test_long_key(void **state)
{
    (void) state;
    hd_key_t one = { .len = 0 }, two = { .len = 0 };
    hd_key_str(&one, hd_str(repeat("a", 80)));
    hd_key_str(&two, hd_str(repeat("a", 81)));
    assert_int_equal(one.len, 65);
    assert_int_equal(two.len, 65);
    assert_memory_equal(one.b, two.b, 48);
    assert_true(memcmp(one.b, two.b, 65) != 0);
}

static void test_counters(void **state)
{
    (void) state;
    hd_ticket_t t = worked_ticket();
    expect_counts(&t, 3, (const char *const[]){ "010000000200000003", "030000000900000000",
                                                "040000000200000009" });
    t.closed = true;
    expect_counts(&t, 2, (const char *const[]){ "010000000200000003", "040000000200000009" });
    t.active = false;
    expect_counts(&t, 2, (const char *const[]){ "020000000200000003", "040000000200000009" });
    t.user_id = 0;
    expect_counts(&t, 1, (const char *const[]){ "020000000200000003" });
}

typedef struct { hd_key_t key; hd_ticket_t t; } placed_t;

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const placed_t *) a)->key.b, ((const placed_t *) b)->key.b, HD_TICKET_KEY_LEN);
}

static void test_key_order(void **state)
{
    (void) state;
    placed_t v[200];
    for (size_t i = 0; i < 200; i++) {
        v[i].t = (hd_ticket_t){ .rec = { .id = i + 1 }, .active = rnd(2),
                                .team_id = 1, .stage_id = 1, .priority = (uint8_t) rnd(4) };
        hd_keyset_t s;
        size_t pos = 0;
        hd_str_t key;
        hd_keyset_init(&s, arena);
        hd_entities[HD_TICKET]->keys(arena, &v[i].t, &s);
        assert_true(hd_keyset_next(&s, &pos, &key));
        assert_int_equal(key.len, HD_TICKET_KEY_LEN);
        memcpy(v[i].key.b, key.data, key.len);
    }
    qsort(v, 200, sizeof(v[0]), compare_keys);
    for (size_t i = 1; i < 200; i++) {
        const hd_ticket_t *x = &v[i - 1].t, *y = &v[i].t;
        assert_true(x->active <= y->active);     /* one seek skips the archived ones */
        if (x->active == y->active) {
            assert_true(x->priority >= y->priority);
            assert_true(x->priority > y->priority || x->rec.id > y->rec.id);
        }
    }
}

/* ---- CSV and OpenAPI ---- */

static void test_csv_round_trip(void **state)
{
    (void) state;
    EACH_RANDOM(e, rec) {
        hd_buf_t b = new_buf();
        void *back = hd_alloc(arena, e->size);
        hd_str_t names[64], cells[64];
        size_t pos = 0;
        hd_csv_header(&b, e, UINT64_MAX);
        hd_csv_row(&b, e, rec, UINT64_MAX);
        int n = hd_csv_read(arena, hd_buf_view(&b), &pos, names, 64);
        assert_int_equal(hd_csv_read(arena, hd_buf_view(&b), &pos, cells, 64), n);
        uint64_t secret = 0;
        for (unsigned i = 0; i < e->n_fields; i++) {
            secret |= e->fields[i].kind == HD_K_BYTES || e->fields[i].flags & HD_F_SECRET ? HD_BIT(i) : 0;
        }
        for (int i = 0; i < n; i++) {
            const hd_field_t *f = &e->fields[hd_field_index(e, names[i])];
            assert_int_equal(hd_csv_field(f, arena, cells[i], back) == NULL, f->kind != HD_K_COMPUTED);
        }
        uint64_t diff = hd_record_diff(e, rec, back) & ~secret;
        assert_int_equal(diff, 0);
    }
}

static void test_csv_text(void **state)
{
    (void) state;
    const hd_entity_t *e = hd_entities[HD_TICKET];
    hd_ticket_t t = worked_ticket();
    t.partner_phone = HD_STR("+370 600");
    uint64_t mask = HD_BIT(HD_F_id) | HD_BIT(HD_TICKET_F_name) | HD_BIT(HD_TICKET_F_display_name)
                    | HD_BIT(HD_TICKET_F_message_partner_ids) | HD_BIT(HD_TICKET_F_close_date)
                    | HD_BIT(HD_TICKET_F_partner_phone);
    hd_buf_t b = new_buf();
    hd_csv_header(&b, e, mask);
    hd_csv_row(&b, e, &t, mask);
    assert_string_equal(hd_str_dup(arena, hd_buf_view(&b)).data,
                        "id,name,partner_phone,message_partner_ids,close_date,display_name\r\n"
                        "7,Printer On FIRE,\"'+370 600\",\"21;22\",,Printer On FIRE (#00007)\r\n");
    const hd_field_t *f = e->fields;
    assert_string_equal(hd_csv_field(&f[HD_TICKET_F_team_id], arena, HD_STR("x"), &t), "not_an_id");
    assert_string_equal(hd_csv_field(&f[HD_TICKET_F_name], arena, HD_STR("\xff"), &t), "bad_utf8");
    assert_null(hd_csv_field(&f[HD_TICKET_F_team_id], arena, HD_STR(""), &t));
    assert_int_equal(t.team_id, 2);
}

static hd_jval_t *dig(hd_jval_t *v, const char *path)
{
    hd_str_t part, rest = hd_str(path);
    while (hd_str_split(&rest, '/', &part)) {
        v = hd_jget(v, hd_str_dup(arena, part).data);
    }
    return v;
}

static void test_openapi(void **state)
{
    (void) state;
    hd_buf_t b = new_buf();
    hd_json_t j = hd_json(&b);
    hd_jval_t *v = NULL;
    size_t expected = 0;
    hd_json_obj(&j);
    for (int t = 1; t < HD_TYPE_COUNT; t++) {
        bool created = false, patched = false;
        for (unsigned i = 0; i < hd_entities[t]->n_fields; i++) {
            const hd_field_t *f = &hd_entities[t]->fields[i];
            bool set = f->kind != HD_K_COMPUTED && !(f->flags & (HD_F_RO | HD_F_SECRET));
            created = created || set;
            patched = patched || (set && !(f->flags & HD_F_WRITE1));
        }
        expected += (size_t) 1 + created + patched;      /* a session cannot be set */
        hd_openapi_schemas(&j, hd_entities[t]);
    }
    hd_json_end_obj(&j);
    assert_int_equal(hd_jparse(arena, hd_buf_view(&b), &v), HD_OK);
    assert_int_equal(hd_jlen(v), expected);
    assert_null(hd_jget(v, "SessionPatch"));
    assert_null(dig(v, "User/properties/password"));
    assert_null(dig(v, "TokenPatch/properties/scopes"));
    assert_non_null(dig(v, "TokenCreate/properties/scopes"));
    assert_true(hd_jbool(dig(v, "Ticket/properties/id/readOnly")));
    assert_int_equal(hd_jint(dig(v, "TicketPatch/properties/name/maxLength")), 250);
    assert_int_equal(hd_jlen(dig(v, "Ticket/properties/user_id/type")), 2);
    assert_int_equal(hd_jlen(dig(v, "Ticket/properties/priority/enum")), 4);
    assert_true(hd_str_is(hd_jstr(dig(v, "Ticket/properties/close_date/format")), "date-time"));
    assert_true(hd_str_is(hd_jstr(dig(v, "Ticket/properties/ticket_ref/type")), "string"));
    assert_true(hd_str_is(hd_jstr(dig(v, "Stage/properties/is_close/type")), "boolean"));
    assert_true(hd_str_is(hd_jstr(hd_jat(dig(v, "TicketCreate/required"), 0)), "name"));
    assert_null(hd_jget(dig(v, "TicketPatch"), "required"));
    assert_int_equal(hd_jtype(dig(v, "TicketPatch/additionalProperties")), HD_J_BOOL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tables), TEST(test_ids), TEST(test_codec_round_trip), TEST(test_codec_damage),
        TEST(test_codec_strict), TEST(test_json_round_trip), TEST(test_json_text), TEST(test_masks),
        TEST(test_json_errors), TEST(test_required), TEST(test_filters), TEST(test_filter_windows), TEST(test_filter_phone),
        TEST(test_index_keys), TEST(test_long_key), TEST(test_counters), TEST(test_key_order),
        TEST(test_csv_round_trip), TEST(test_csv_text), TEST(test_openapi),
    };
    return hd_base_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
