/*
 * From answers to a ticket: each goes into its field; the team's own questions, and what else a sender adds, go below
 * "Other Information" in the description (CHN-15).
 */
#include "desk_form_impl.h"

#define OTHER_MAX HD_BODY_MAX

static hd_str_t first(const hd_answer_t *a)
{
    return a->n == 0 ? (hd_str_t){ 0, "" } : a->v[0];
}

/* ---- fields ---- */

static hd_ids_t read_ids(hd_arena_t *a, const hd_answer_t *answer)
{
    hd_id_t *ids = hd_alloc_n(a, answer->n + 1, sizeof(*ids));
    uint64_t id;
    for (uint32_t i = 0; i < answer->n; i++) {
        ids[i] = hd_str_to_u64(answer->v[i], &id) ? id : 0;
    }
    return hd_ids_make(a, ids, answer->n);
}

static void set_field(hd_cx_t *cx, const hd_form_item_t *it, const hd_answer_t *a, hd_ticket_t *t)
{
    void *at = hd_field_at(&hd_entities[HD_TICKET]->fields[it->field], t);
    uint64_t id = 0;
    switch (it->field) {
    case HD_TICKET_F_ticket_type_id:
        t->ticket_type_id = hd_str_to_u64(first(a), &id) ? id : 0;
        break;
    case HD_TICKET_F_priority:
        t->priority = a->n == 0 ? 0 : (uint8_t) (a->v[0].data[0] - '0');
        break;
    case HD_TICKET_F_tag_ids:
        t->tag_ids = read_ids(cx->arena, a);
        break;
    default:
        *(hd_str_t *) at = first(a);
    }
}

/* What no calendar has stays as it is and is refused with the property. */
static void write_instant(hd_json_t *j, hd_str_t zone, hd_str_t local)
{
    char text[] = "0000-00-00T00:00:00Z";
    hd_time_t wall, t;
    memcpy(text, local.data, local.len < 16 ? local.len : 16);
    if (hd_time_parse(hd_str(text), &wall) && hd_zone_instant(zone, wall, &t)) {
        hd_json_time(j, t);
    } else {
        hd_json_str(j, local);
    }
}

static void write_property(hd_json_t *j, const hd_form_item_t *it, const hd_answer_t *a)
{
    const size_t head = sizeof("properties.") - 1;
    hd_json_name(j, (hd_str_t){ it->name.len - head, it->name.data + head });
    switch ((hd_prop_kind_t) it->prop) {
    case HD_PROP_BOOL:
        hd_json_bool(j, a->n != 0);
        break;
    case HD_PROP_INT:
    case HD_PROP_NUMBER:
        hd_json_raw(j, first(a));
        break;
    case HD_PROP_TAGS:
        hd_json_arr(j);
        for (uint32_t i = 0; i < a->n; i++) {
            hd_json_str(j, a->v[i]);
        }
        hd_json_end_arr(j);
        break;
    case HD_PROP_DATETIME:
        write_instant(j, it->zone, first(a));
        break;
    default:
        hd_json_str(j, first(a));
    }
}

/* ---- other information ---- */

static bool is_several_lines(hd_str_t s)
{
    return s.len != 0 && memchr(s.data, '\n', s.len) != NULL;
}

/* What an agent reads of an option. */
static hd_str_t say_value(hd_arena_t *a, const hd_form_item_t *it, hd_str_t v)
{
    for (uint32_t i = 0; i < it->n_choices; i++) {
        if (hd_str_eq(it->choices[i].value, v)) {
            hd_str_t words = hd_form_words(a, it->choices[i].words, HD_LANG_EN);
            return words.len != 0 ? words : it->choices[i].text;
        }
    }
    if (it->input == HD_INPUT_DATETIME) {
        return hd_strf(a, "%.10s %.5s (%.*s)", v.data, v.data + 11, HD_STR_ARG(it->zone));
    }
    return it->input == HD_INPUT_CHECKBOX ? HD_STR("yes") : v;
}

static void write_own(hd_arena_t *a, hd_buf_t *b, const hd_form_item_t *it, const hd_answer_t *answer)
{
    hd_buf_str(b, hd_text_clean(a, hd_form_words(a, it->label, HD_LANG_EN), false));
    hd_buf_z(b, ":");
    for (uint32_t i = 0; i < answer->n; i++) {
        hd_buf_z(b, i != 0 ? ", " : is_several_lines(answer->v[i]) ? "\n" : " ");
        hd_buf_str(b, say_value(a, it, answer->v[i]));
    }
    hd_buf_byte(b, '\n');
}

static hd_str_t join_description(hd_arena_t *a, hd_str_t text, hd_str_t own, hd_str_t other)
{
    if (own.len == 0 && other.len == 0) {
        return text;
    }
    hd_str_t gap = text.len != 0 ? HD_STR("\n\n") : (hd_str_t){ 0, "" };
    hd_str_t all = hd_str_cat(a, 5, text, gap, HD_STR("Other Information:\n"), own, other);
    return hd_text_clean(a, all, true);
}

/* ---- the ticket ---- */

static uint64_t fill_ticket(hd_cx_t *cx, const hd_form_t *form, const hd_answer_t *answers,
                            hd_str_t other, hd_ticket_t *t)
{
    uint64_t mask = HD_BIT(HD_TICKET_F_team_id);
    hd_buf_t own, props;
    bool any_prop = false;
    hd_buf_init(&own, cx->arena, 256, OTHER_MAX);
    hd_buf_init(&props, cx->arena, 256, OTHER_MAX);
    hd_json_t j = hd_json(&props);
    hd_json_obj(&j);
    *t = (hd_ticket_t){ .team_id = form->team->rec.id };
    for (uint32_t i = 0; i < form->n; i++) {
        const hd_form_item_t *it = &form->item[i];
        const hd_answer_t *a = &answers[i];
        if (it->input == HD_INPUT_FILE || !hd_form_counts(it, a) || (a->n == 0 && it->prop != HD_PROP_BOOL)) {
            continue;
        }
        if (it->own) {
            write_own(cx->arena, &own, it, a);
        } else if (it->prop != HD_PROP_NONE) {
            write_property(&j, it, a);
            any_prop = true;
        } else {
            set_field(cx, it, a, t);
            mask |= HD_BIT(it->field);
        }
    }
    hd_json_end_obj(&j);
    t->description = join_description(cx->arena, t->description, hd_buf_view(&own), other);
    mask |= t->description.len != 0 ? HD_BIT(HD_TICKET_F_description) : 0;
    if (any_prop) {
        t->properties = hd_buf_view(&props);
        mask |= HD_BIT(HD_TICKET_F_properties);
    }
    return mask;
}

/* "tag_ids[2]" is what the item tag_ids got. */
static int item_of(const hd_form_t *form, hd_str_t field)
{
    const char *bracket = field.len == 0 ? NULL : memchr(field.data, '[', field.len);
    hd_str_t name = { bracket != NULL ? (size_t) (bracket - field.data) : field.len, field.data };
    return hd_form_find(form, name);
}

static bool note_errors(const hd_form_t *form, hd_answer_t *answers, const hd_problem_t *p)
{
    bool all = p->fields != NULL;
    for (const hd_bad_field_t *bad = p->fields; bad != NULL; bad = bad->next) {
        int i = item_of(form, bad->field);
        if (i >= 0 && form->item[i].show != HD_SHOW_HIDDEN) {
            answers[i].error = bad->code;
        } else {
            all = false;
        }
    }
    return all;
}

/* CHN-16: whoever is signed in sends a form as a customer. */
static const hd_actor_t *as_customer(hd_cx_t *cx)
{
    if (cx->actor->uid == 0) {
        return &hd_actor_nobody;
    }
    hd_actor_t *a = hd_alloc(cx->arena, sizeof(*a));
    *a = *cx->actor;
    a->role = HD_ROLE_PORTAL;
    return a;
}

static bool is_too_long(hd_str_t description)
{
    size_t max = (size_t) hd_entities[HD_TICKET]->fields[HD_TICKET_F_description].max;
    return description.len > 4 * max || (description.len > max && hd_text_length(description) > max);
}

hd_code_t hd_form_send(hd_cx_t *cx, const hd_form_t *form, hd_answer_t *answers, hd_str_t other,
                       hd_ticket_t *ret)
{
    hd_problem_t problem;
    hd_cx_t as = *cx;
    hd_ticket_t t;
    hd_problem_init(&problem);
    as.problem = &problem;
    as.actor = as_customer(cx);
    uint64_t mask = fill_ticket(&as, form, answers, other, &t);
    if (is_too_long(t.description)) {
        hd_desk_bad(&as, HD_TICKET, HD_TICKET_F_description, "too_long");
    }
    hd_code_t code = problem.code != HD_OK ? problem.code : hd_desk_ticket_new(&as, &t, mask);
    if (code == HD_OK) {
        *ret = t;
        return hd_file_of_ticket(&as, t.rec.id);
    }
    if (code == HD_E_INVALID && note_errors(form, answers, &problem)) {
        return HD_E_INVALID;
    }
    return hd_problem_set(cx->problem, code == HD_E_INVALID ? HD_E_CONFLICT : code, problem.detail);
}
