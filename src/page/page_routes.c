/*
 * The table of this door.
 */
#include "page_impl.h"

static const hd_route_t routes[] = {
    { .method = HD_GET, .path = "/", .op = "page.home", .need = HD_NEED_PUBLIC, .lane = HD_INLINE,
      .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_home,
      .summary = "To the list of teams" },
    { .method = HD_GET, .path = "/support", .op = "page.list", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_list,
      .summary = "Teams with a published form" },
    { .method = HD_GET, .path = "/support/{slug}", .op = "page.form", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_form,
      .summary = "The form of a team" },
    { .method = HD_POST, .path = "/support/{slug}", .op = "page.submit", .need = HD_NEED_PUBLIC,
      .lane = HD_WRITE, .in = HD_IN_FORM_FILES, .out = HD_OUT_HTML, .run = hd_page_submit,
      .before = hd_page_files_before,
      .summary = "Send the form of a team" },
    { .method = HD_POST, .path = "/website/form/helpdesk.ticket", .op = "page.endpoint", .need = HD_NEED_PUBLIC,
      .lane = HD_WRITE, .in = HD_IN_FORM_FILES, .out = HD_OUT_JSON, .run = hd_page_endpoint,
      .before = hd_page_files_before,
      .summary = "Send the form of a team from another site" },
    { .method = HD_GET, .path = "/support/ticket/{id}", .op = "page.ticket", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_ticket,
      .summary = "A ticket, for whoever has its link" },
    { .method = HD_POST, .path = "/support/ticket/{id}", .op = "page.ticket_post", .need = HD_NEED_PUBLIC,
      .lane = HD_WRITE, .in = HD_IN_FORM_FILES, .out = HD_OUT_HTML, .run = hd_page_ticket_post,
      .before = hd_page_files_before, .admit = hd_page_ticket_admit,
      .summary = "Answer on a ticket, or close it, with its link" },
    { .method = HD_GET, .path = "/support/ticket/{id}/file/{id}", .op = "page.ticket_file", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_ticket_file,
      .summary = "A file of a ticket, for whoever has the ticket's link" },
    { .method = HD_GET, .path = "/my", .op = "page.my", .need = HD_NEED_PUBLIC,
      .lane = HD_POOL, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_my,
      .summary = "A customer's own page" },
    { .method = HD_GET, .path = "/my/tickets", .op = "page.my_tickets", .need = HD_NEED_PUBLIC,
      .lane = HD_POOL, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_my_tickets,
      .summary = "A customer's tickets" },
    { .method = HD_GET, .path = "/my/ticket/{id}", .op = "page.my_ticket", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_ticket,
      .summary = "A ticket, for its customer" },
    { .method = HD_POST, .path = "/my/ticket/{id}", .op = "page.my_ticket_post", .need = HD_NEED_PUBLIC,
      .lane = HD_WRITE, .in = HD_IN_FORM_FILES, .out = HD_OUT_HTML, .run = hd_page_ticket_post,
      .before = hd_page_files_before, .admit = hd_page_ticket_admit,
      .summary = "Answer on a ticket, or close it" },
    { .method = HD_GET, .path = "/my/ticket/{id}/file/{id}", .op = "page.my_ticket_file", .need = HD_NEED_PUBLIC,
      .lane = HD_INLINE, .in = HD_IN_NONE, .out = HD_OUT_HTML, .run = hd_page_ticket_file,
      .summary = "A file of a ticket, for its customer" },
};

const hd_door_t hd_page_door = {
    .name = "page", .routes = routes, .n = sizeof(routes) / sizeof(routes[0]),
};
