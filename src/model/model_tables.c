/*
 * The tables: every list (model_<type>.def) becomes an array of hd_field_t and a row of
 * hd_entities.
 */
#include "model_impl.h"

/* ---- options; the order is stored ---- */

#define OPTIONS(name, ...)                                                            \
    static const char *const name##_slugs[] = { __VA_ARGS__ };                        \
    static const hd_enum_t name = { sizeof(name##_slugs) / sizeof(name##_slugs[0]), name##_slugs }

OPTIONS(hd_roles, "none", "user", "admin", "portal");
OPTIONS(hd_visibilities, "portal", "internal", "invited_internal");
OPTIONS(hd_assign_methods, "randomly", "balanced", "tags");
OPTIONS(hd_leave_states, "draft", "approved", "refused", "cancelled");
OPTIONS(hd_alias_contacts, "everyone", "partners", "followers", "employees");
OPTIONS(hd_scopes, "read", "write", "admin");
OPTIONS(hd_priorities, "0", "1", "2", "3");
OPTIONS(hd_kanban_states, "normal", "done", "blocked");

/* ---- computed fields ---- */

#define REF_MAX 24

/* "00042": at least five digits. */
static hd_str_t format_ref(hd_id_t id, char out[REF_MAX])
{
    char *p = out + REF_MAX;
    for (int digits = 0; digits < 5 || id != 0; digits++) {
        *--p = (char) ('0' + id % 10);
        id /= 10;
    }
    return (hd_str_t){ (size_t) (out + REF_MAX - p), p };
}

static void hd_compute_ticket_ref(const void *rec, hd_json_t *out)
{
    char digits[REF_MAX];
    hd_json_str(out, format_ref(((const hd_rec_t *) rec)->id, digits));
}

static void hd_compute_ticket_display_name(const void *rec, hd_json_t *out)
{
    const hd_ticket_t *t = rec;
    char digits[REF_MAX];
    hd_json_str(out, t->name);
    if (out->b->failed) {
        return;
    }
    out->b->len--;      /* the closing quote comes after the reference */
    hd_buf_z(out->b, " (#");
    hd_buf_str(out->b, format_ref(t->rec.id, digits));
    hd_buf_z(out->b, ")\"");
}

static void hd_compute_stage_is_close(const void *rec, hd_json_t *out)
{
    hd_json_bool(out, ((const hd_stage_t *) rec)->fold);
}

/* ---- fields ---- */

#define HD_FI_STR(lo, hi)   .kind = HD_K_STR, .min = (lo), .max = (hi)
#define HD_FI_TEXT(hi)      .kind = HD_K_TEXT, .max = (hi)
#define HD_FI_JSON(sh, hi)  .kind = HD_K_JSON, .shape = (sh), .max = (hi)
#define HD_FI_BYTES(hi)     .kind = HD_K_BYTES, .max = (hi)
#define HD_FI_BOOL          .kind = HD_K_BOOL, .max = 1
#define HD_FI_INT(lo, hi)   .kind = HD_K_INT, .min = (lo), .max = (hi)
#define HD_FI_ENUM(o)       .kind = HD_K_ENUM, .options = &(o)
#define HD_FI_FLAGS(o)      .kind = HD_K_FLAGS, .options = &(o)
#define HD_FI_REF(t)        .kind = HD_K_REF, .max = HD_ID_MAX, .ref = (t)
#define HD_FI_REFS(t, hi)   .kind = HD_K_REFS, .max = (hi), .ref = (t)
#define HD_FI_TIME          .kind = HD_K_TIME
#define HD_FI_COMPUTED(fn)  .kind = HD_K_COMPUTED, .compute = (fn)

#define HD_X_STRUCT     hd_company_t
#define HD_X_DEF        "model_company.def"
#define HD_X_NUM(nm)    HD_COMPANY_F_##nm
#define HD_X_COUNT      HD_COMPANY_F_COUNT
#define HD_X_FIELDS     company_fields
#define HD_X_TAGS       company_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_contact_t
#define HD_X_DEF        "model_contact.def"
#define HD_X_NUM(nm)    HD_CONTACT_F_##nm
#define HD_X_COUNT      HD_CONTACT_F_COUNT
#define HD_X_FIELDS     contact_fields
#define HD_X_TAGS       contact_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_user_t
#define HD_X_DEF        "model_user.def"
#define HD_X_NUM(nm)    HD_USER_F_##nm
#define HD_X_COUNT      HD_USER_F_COUNT
#define HD_X_FIELDS     user_fields
#define HD_X_TAGS       user_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_session_t
#define HD_X_DEF        "model_session.def"
#define HD_X_NUM(nm)    HD_SESSION_F_##nm
#define HD_X_COUNT      HD_SESSION_F_COUNT
#define HD_X_FIELDS     session_fields
#define HD_X_TAGS       session_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_token_t
#define HD_X_DEF        "model_token.def"
#define HD_X_NUM(nm)    HD_TOKEN_F_##nm
#define HD_X_COUNT      HD_TOKEN_F_COUNT
#define HD_X_FIELDS     token_fields
#define HD_X_TAGS       token_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_team_t
#define HD_X_DEF        "model_team.def"
#define HD_X_NUM(nm)    HD_TEAM_F_##nm
#define HD_X_COUNT      HD_TEAM_F_COUNT
#define HD_X_FIELDS     team_fields
#define HD_X_TAGS       team_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_stage_t
#define HD_X_DEF        "model_stage.def"
#define HD_X_NUM(nm)    HD_STAGE_F_##nm
#define HD_X_COUNT      HD_STAGE_F_COUNT
#define HD_X_FIELDS     stage_fields
#define HD_X_TAGS       stage_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_ticket_t
#define HD_X_DEF        "model_ticket.def"
#define HD_X_NUM(nm)    HD_TICKET_F_##nm
#define HD_X_COUNT      HD_TICKET_F_COUNT
#define HD_X_FIELDS     ticket_fields
#define HD_X_TAGS       ticket_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_ticket_type_t
#define HD_X_DEF        "model_ticket_type.def"
#define HD_X_NUM(nm)    HD_TICKET_TYPE_F_##nm
#define HD_X_COUNT      HD_TICKET_TYPE_F_COUNT
#define HD_X_FIELDS     ticket_type_fields
#define HD_X_TAGS       ticket_type_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_tag_t
#define HD_X_DEF        "model_tag.def"
#define HD_X_NUM(nm)    HD_TAG_F_##nm
#define HD_X_COUNT      HD_TAG_F_COUNT
#define HD_X_FIELDS     tag_fields
#define HD_X_TAGS       tag_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_calendar_t
#define HD_X_DEF        "model_calendar.def"
#define HD_X_NUM(nm)    HD_CALENDAR_F_##nm
#define HD_X_COUNT      HD_CALENDAR_F_COUNT
#define HD_X_FIELDS     calendar_fields
#define HD_X_TAGS       calendar_tags
#include "model_expand.h"

#define HD_X_STRUCT     hd_leave_t
#define HD_X_DEF        "model_leave.def"
#define HD_X_NUM(nm)    HD_LEAVE_F_##nm
#define HD_X_COUNT      HD_LEAVE_F_COUNT
#define HD_X_FIELDS     leave_fields
#define HD_X_TAGS       leave_tags
#include "model_expand.h"

/* ---- record types ---- */

#define ENTITY(NAME, one, many)                                                        \
    .type = HD_##NAME, .name = #one, .plural = many, .size = sizeof(hd_##one##_t),     \
    .fields = one##_fields, .n_fields = HD_##NAME##_F_COUNT, .by_tag = one##_tags

static const hd_entity_t company_entity = {
    ENTITY(COMPANY, company, "companies"),
    .doc = "A company of this helpdesk",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t contact_entity = {
    ENTITY(CONTACT, contact, "contacts"),
    .doc = "A customer, a colleague of one, or the person behind a user",
    .keys = hd_keys_contact, .counts = hd_counts_none,
};
static const hd_entity_t user_entity = {
    ENTITY(USER, user, "users"),
    .doc = "Somebody who can sign in",
    .keys = hd_keys_user, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_USER_LOGIN), .config = true,
};
static const hd_entity_t session_entity = {
    ENTITY(SESSION, session, "sessions"),
    .doc = "A signed-in browser",
    .keys = hd_keys_session, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_SESSION_HASH), .config_end = true,
};
static const hd_entity_t token_entity = {
    ENTITY(TOKEN, token, "tokens"),
    .doc = "An API token",
    .keys = hd_keys_token, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TOKEN_HASH), .config = true,
};
static const hd_entity_t team_entity = {
    ENTITY(TEAM, team, "teams"),
    .doc = "A helpdesk team",
    .keys = hd_keys_team, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TEAM_SLUG), .config = true,
};
static const hd_entity_t stage_entity = {
    ENTITY(STAGE, stage, "stages"),
    .doc = "A stage of a pipeline",
    .keys = hd_keys_stage, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t ticket_entity = {
    ENTITY(TICKET, ticket, "tickets"),
    .doc = "A ticket",
    .keys = hd_keys_ticket, .counts = hd_counts_ticket, .facts = hd_facts_ticket,
};
static const hd_entity_t ticket_type_entity = {
    ENTITY(TICKET_TYPE, ticket_type, "types"),
    .doc = "A kind of ticket: question, issue ...",
    .keys = hd_keys_ticket_type, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TYPE_NAME), .config = true,
};
static const hd_entity_t tag_entity = {
    ENTITY(TAG, tag, "tags"),
    .doc = "A tag of tickets, with the members who know about it",
    .keys = hd_keys_tag, .counts = hd_counts_none,
    .unique = HD_BIT(HD_IX_TAG_NAME), .config = true,
};
static const hd_entity_t calendar_entity = {
    ENTITY(CALENDAR, calendar, "calendars"),
    .doc = "Weekly working hours in a time zone",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};
static const hd_entity_t leave_entity = {
    ENTITY(LEAVE, leave, "leaves"),
    .doc = "Time off of a user, a team or a whole company",
    .keys = hd_keys_none, .counts = hd_counts_none, .config = true,
};

const hd_entity_t *const hd_entities[HD_TYPE_COUNT] = {
    [HD_COMPANY] = &company_entity,
    [HD_CONTACT] = &contact_entity,
    [HD_USER] = &user_entity,
    [HD_SESSION] = &session_entity,
    [HD_TOKEN] = &token_entity,
    [HD_TEAM] = &team_entity,
    [HD_STAGE] = &stage_entity,
    [HD_TICKET] = &ticket_entity,
    [HD_TICKET_TYPE] = &ticket_type_entity,
    [HD_TAG] = &tag_entity,
    [HD_CALENDAR] = &calendar_entity,
    [HD_LEAVE] = &leave_entity,
};

const hd_entity_t *hd_entity_by_plural(hd_str_t plural)
{
    for (int i = 1; i < HD_TYPE_COUNT; i++) {
        if (hd_str_is(plural, hd_entities[i]->plural)) {
            return hd_entities[i];
        }
    }
    return NULL;
}

const hd_entity_t *hd_entity_by_name(hd_str_t name)
{
    for (int i = 1; i < HD_TYPE_COUNT; i++) {
        if (hd_str_is(name, hd_entities[i]->name)) {
            return hd_entities[i];
        }
    }
    return NULL;
}

int hd_field_index(const hd_entity_t *e, hd_str_t name)
{
    for (int i = 0; i < e->n_fields; i++) {
        if (hd_str_eq(name, hd_field_name(&e->fields[i]))) {
            return i;
        }
    }
    return -1;
}
