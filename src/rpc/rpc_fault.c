/*
 * Refusals on every wire, from two tables: classes of exceptions with what each wire says of them, and which class stands for
 * which hd_code_t.  No traceback is made up: where Odoo sends one stand the class and its message.
 */
#include "rpc_inner.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 4000

typedef struct {
    const char *name;            /* data.name of JSON */
    uint8_t     xml;             /* faultCode of /xmlrpc/2 */
    uint16_t    status;          /* of JSON-2; 0: that of the code */
    hd_code_t   code;            /* what a method returns that fails with it */
    const char *v1;              /* faultCode of /xmlrpc is this and the message; NULL: the message */
} class_t;

static const class_t classes[] = {
    { "odoo.exceptions.UserError", 2, 422, HD_E_CONFLICT, "warning -- UserError\n\n" },
    { "odoo.exceptions.ValidationError", 2, 422, HD_E_INVALID, "warning -- UserError\n\n" },
    { "odoo.exceptions.MissingError", 2, 404, HD_E_NOT_FOUND, "warning -- MissingError\n\n" },
    { "odoo.exceptions.RedirectWarning", 2, 422, HD_E_CONFLICT, "warning -- Warning\n\n" },
    { "odoo.exceptions.LockError", 2, 409, HD_E_VERSION, "warning -- UserError\n\n" },
    { "odoo.exceptions.AccessError", 4, 403, HD_E_RIGHT, "warning -- AccessError\n\n" },
    { "odoo.exceptions.AccessDenied", 3, 0, HD_E_PASSWORD, NULL },
    { "odoo.http.SessionExpiredException", 3, 401, HD_E_SESSION, NULL },
    { "builtins.ValueError", 1, 0, HD_E_UNKNOWN_FIELD, NULL },
    { "builtins.TypeError", 1, 422, HD_E_UNKNOWN_FIELD, NULL },
    { "builtins.KeyError", 1, 404, HD_E_NOT_FOUND, NULL },
    { "builtins.AttributeError", 1, 404, HD_E_NOT_FOUND, NULL },
    { "builtins.NotImplementedError", 1, 422, HD_E_REQUEST, NULL },
    { "builtins.RuntimeError", 1, 0, HD_E_INTERNAL, NULL },
    { "psycopg2.OperationalError", 1, 404, HD_E_NOT_FOUND, NULL },
};
#define N_CLASSES (sizeof(classes) / sizeof(classes[0]))

static const class_t *find_class(const char *name)
{
    for (size_t i = 0; i < N_CLASSES; i++) {
        if (strcmp(classes[i].name, name) == 0) {
            return &classes[i];
        }
    }
    return NULL;
}

static const char *class_name_of(hd_code_t code)
{
    switch (code) {
    case HD_E_LOGIN: case HD_E_PASSWORD: case HD_E_TOKEN: case HD_E_PROXY: case HD_E_THROTTLED:
        return "odoo.exceptions.AccessDenied";
    case HD_E_SESSION:
        return "odoo.http.SessionExpiredException";
    case HD_E_RIGHT: case HD_E_SCOPE: case HD_E_CSRF: case HD_E_HOST:
        return "odoo.exceptions.AccessError";
    case HD_E_NOT_FOUND: case HD_E_EXPIRED:
        return "odoo.exceptions.MissingError";
    case HD_E_INVALID: case HD_E_FILES:
        return "odoo.exceptions.ValidationError";
    case HD_E_CONFLICT: case HD_E_IN_USE: case HD_E_NO_LINK: case HD_E_BROAD: case HD_E_TOO_LARGE: case HD_E_FULL:
        return "odoo.exceptions.UserError";
    case HD_E_VERSION: case HD_E_IN_PROGRESS:
        return "odoo.exceptions.LockError";
    case HD_E_JSON: case HD_E_REQUEST: case HD_E_TOO_DEEP: case HD_E_CURSOR: case HD_E_UNKNOWN_FIELD: case HD_E_FILTER:
    case HD_E_MEDIA: case HD_E_METHOD: case HD_E_URI: case HD_E_HEADERS:
        return "builtins.ValueError";
    default:
        return "builtins.RuntimeError";
    }
}

hd_code_t rpc_fail(rpc_t *rpc, const char *exception, const char *fmt, ...)
{
    char text[TEXT_MAX];
    const class_t *class = find_class(exception);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (class == NULL) {
        class = find_class("builtins.RuntimeError");
    }
    size_t len = n < 0 ? 0 : (size_t) n < sizeof(text) ? (size_t) n : sizeof(text) - 1;
    if (!hd_str_is_utf8((hd_str_t){ len, text })) {          /* bytes of a path or header, or a character cut in two */
        for (size_t i = 0; i < len; i++) {
            text[i] = (uint8_t) text[i] < 0x80 ? text[i] : '?';
        }
    }
    rpc->fault_name = class->name;
    rpc->fault_text = hd_str_dup(rpc->cx->arena, (hd_str_t){ len, text });
    return class->code;
}

/* ---- what is said ---- */

typedef struct {
    const class_t *class;
    hd_code_t      code;
    hd_str_t       text;
} fault_t;

/* The code's sentence, and one for each bad field. */
static hd_str_t text_of(hd_call_t *c, hd_code_t code)
{
    const hd_problem_t *p = &c->problem;
    hd_buf_t b;
    hd_buf_init(&b, c->cx.arena, 256, 64 * 1024);
    hd_buf_z(&b, p->code == code && p->detail != NULL ? p->detail : hd_err_info(code)->sentence);
    for (const hd_bad_field_t *f = p->fields; f != NULL && hd_err_info(code)->status == 422; f = f->next) {
        hd_buf_byte(&b, '\n');
        hd_buf_put(&b, f->field.data, f->field.len < 64 ? f->field.len : 64);
        hd_buf_z(&b, ": ");
        hd_buf_z(&b, f->sentence);
    }
    return hd_buf_view(&b);
}

static fault_t fault_of(hd_call_t *c, hd_code_t code)
{
    const rpc_call_t *x = c->prepared;
    const class_t *class = find_class(class_name_of(code));
    if (x != NULL && x->rpc.fault_name != NULL && find_class(x->rpc.fault_name)->code == code) {
        return (fault_t){ find_class(x->rpc.fault_name), code, x->rpc.fault_text };
    }
    return (fault_t){ class, code, text_of(c, code) };
}

static bool is_class(const fault_t *f, const char *name)
{
    return strcmp(f->class->name, name) == 0;
}

/* "builtins.KeyError" is "KeyError" where Python prints it. */
static hd_str_t printed(hd_call_t *c, const fault_t *f)
{
    hd_str_t name = hd_str(f->class->name), builtins = HD_STR("builtins.");
    if (hd_str_starts(name, builtins)) {
        name = (hd_str_t){ name.len - builtins.len, name.data + builtins.len };
    }
    return hd_str_cat(c->cx.arena, 3, name, HD_STR(": "), f->text);
}

/* ---- XML-RPC ---- */

static void write_v1(hd_call_t *c, const fault_t *f, hd_buf_t *b)
{
    bool denied = is_class(f, "odoo.exceptions.AccessDenied");
    hd_buf_z(b, "<string>");
    if (denied) {
        hd_buf_z(b, "AccessDenied");
    } else {
        hd_buf_z(b, f->class->v1 != NULL ? f->class->v1 : "");
        rpc_xml_text(b, f->text);
    }
    hd_buf_z(b, "</string></value></member>\n<member><name>faultString</name><value><string>");
    rpc_xml_text(b, denied ? f->text : f->class->v1 != NULL ? (hd_str_t){ 0, "" } : printed(c, f));
}

static void write_v2(hd_call_t *c, const fault_t *f, hd_buf_t *b)
{
    hd_buf_printf(b, "<int>%u</int></value></member>\n<member><name>faultString</name><value><string>", f->class->xml);
    rpc_xml_text(b, f->class->xml == 1 ? printed(c, f) : f->text);
}

static void write_xml(hd_call_t *c, const fault_t *f, bool v1)
{
    hd_buf_t *b = &c->res.body;
    hd_buf_init(b, c->cx.arena, 512, HD_REPLY_MAX);
    c->res.status = 200;
    c->res.content_type = "text/xml; charset=utf-8";
    hd_buf_z(b, "<?xml version=\"1.0\"?>\n<methodResponse>\n<fault><value><struct>\n<member><name>faultCode</name><value>");
    (v1 ? write_v1 : write_v2)(c, f, b);
    hd_buf_z(b, "</string></value></member>\n</struct></value></fault>\n</methodResponse>\n");
}

/* ---- JSON ---- */

static void put_text(hd_json_t *j, const char *key, hd_str_t text)
{
    hd_json_key(j, hd_str(key));
    hd_json_str(j, text);
}

static void put_data(hd_call_t *c, const fault_t *f, hd_json_t *j)
{
    hd_json_obj(j);
    put_text(j, "name", hd_str(f->class->name));
    put_text(j, "message", f->text);
    hd_json_key(j, HD_STR("arguments"));
    hd_json_arr(j);
    hd_json_str(j, f->text);
    hd_json_end_arr(j);
    hd_json_key(j, HD_STR("context"));
    hd_json_obj(j);
    hd_json_end_obj(j);
    put_text(j, "debug", printed(c, f));
    hd_json_end_obj(j);
}

static void write_json(hd_call_t *c, const fault_t *f)
{
    const rpc_call_t *x = c->prepared;
    bool expired = is_class(f, "odoo.http.SessionExpiredException");
    hd_json_t j = hd_res_json(c, 200, 512);
    hd_json_obj(&j);
    put_text(&j, "jsonrpc", HD_STR("2.0"));
    hd_json_key(&j, HD_STR("id"));
    hd_json_raw(&j, x == NULL || x->id == NULL ? HD_STR("null") : hd_jdump(c->cx.arena, x->id));
    hd_json_key(&j, HD_STR("error"));
    hd_json_obj(&j);
    hd_json_key(&j, HD_STR("code"));
    hd_json_u64(&j, expired ? 100 : 200);
    put_text(&j, "message", expired ? HD_STR("Odoo Session Expired") : HD_STR("Odoo Server Error"));
    hd_json_key(&j, HD_STR("data"));
    put_data(c, f, &j);
    hd_json_end_obj(&j);
    hd_json_end_obj(&j);
}

static void write_json2(hd_call_t *c, const fault_t *f)
{
    hd_json_t j = hd_res_json(c, f->class->status != 0 ? f->class->status : hd_err_info(f->code)->status, 512);
    if (c->res.status == 401) {
        hd_res_header(c, "WWW-Authenticate", HD_STR("Bearer"));
    }
    put_data(c, f, &j);
}

/* Where there is nobody to tell in his own words: no route, or a body that is no JSON. */
static void write_plain(hd_call_t *c, hd_code_t code, const fault_t *f)
{
    hd_buf_t *b = &c->res.body;
    uint16_t status = hd_err_info(code)->status;
    hd_buf_init(b, c->cx.arena, 256, 64 * 1024);
    c->res.status = status;
    c->res.content_type = "text/plain; charset=utf-8";
    if (status == 404) {
        hd_buf_z(b, "404: Not Found\n");
    }
    hd_buf_str(b, f->text);
    hd_buf_byte(b, '\n');
}

static const char *const ask_by_post = "Call a method: POST /json/2/<model>/<method>, its arguments by name in a JSON object.";

void rpc_refuse(hd_call_t *c, hd_code_t code)
{
    fault_t f = fault_of(c, code);
    bool not_json = code == HD_E_JSON || code == HD_E_MEDIA;
    bool json2 = hd_str_is(c->req.path, "/json/2") || hd_str_starts(c->req.path, HD_STR("/json/2/"));
    if (c->problem.retry_after != 0) {
        hd_res_header(c, "Retry-After", hd_strf(c->cx.arena, "%" PRIu64, c->problem.retry_after));
    }
    if (c->route == NULL) {
        if (json2) {             /* another method than POST is not found either */
            f = (fault_t){ find_class("odoo.exceptions.MissingError"), HD_E_NOT_FOUND, hd_str(ask_by_post) };
            write_json2(c, &f);
        } else {
            write_plain(c, code, &f);
        }
        return;
    }
    switch (rpc_wire(c)) {
    case RPC_XML1:  write_xml(c, &f, true); break;
    case RPC_XML2:  write_xml(c, &f, false); break;
    case RPC_JSON2: write_json2(c, &f); break;
    case RPC_PLAIN: write_plain(c, code, &f); break;
    case RPC_JSON:
    case RPC_SESSION:
        if (not_json) {
            write_plain(c, code, &f);
        } else {
            write_json(c, &f);
        }
        break;
    }
}
