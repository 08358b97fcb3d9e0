/*
 * HTML fields over texts that are kept plain: what comes in with markup becomes its text (hd_text_from_html: paragraphs, lines and
 * list items stay lines; emphasis, link targets, images and tables' form are lost), and what goes out is that text as HTML.
 */
#include "rpc_show.h"
#include "rpc_values.h"

/* A tag, or an entity: "a < b & c" is no markup. */
bool rpc_has_markup(hd_str_t s)
{
    for (size_t i = 0; i + 2 < s.len; i++) {
        char c = s.data[i + 1] == '/' ? s.data[i + 2] : s.data[i + 1];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if ((s.data[i] == '<' && letter && memchr(s.data + i, '>', s.len - i) != NULL)
            || (s.data[i] == '&' && (letter || c == '#') && memchr(s.data + i, ';', s.len - i < 12 ? s.len - i : 12) != NULL)) {
            return true;
        }
    }
    return false;
}

static void put_html(rpc_t *rpc, hd_str_t text, hd_json_t *out)
{
    if (text.len == 0) {
        hd_json_bool(out, false);
    } else {
        hd_json_str(out, hd_str_trim(hd_text_html(rpc->cx->arena, text)));
    }
}

RPC_SHOW(ticket_description)
{
    (void) m;
    put_html(rpc, ((const hd_ticket_t *) rec)->description, out);
}

RPC_SHOW(team_description)
{
    (void) m;
    put_html(rpc, ((const hd_team_t *) rec)->description, out);
}

RPC_SHOW(activity_note)
{
    (void) m;
    put_html(rpc, ((const hd_activity_t *) rec)->note, out);
}
