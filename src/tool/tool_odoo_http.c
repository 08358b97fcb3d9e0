/*
 * The connection to an Odoo server: JSON-RPC calls by POST to <url>/jsonrpc.
 *
 * The server is trusted with nothing but its data: an answer is bounded in size and time, a redirect is not followed (it
 * would carry the password elsewhere), certificates are verified, and only http and https are spoken.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool_odoo.h"

#define CONNECT_SECONDS 15
#define REQUEST_MAX     ((size_t) 16 << 20)
#define ARENA_MAX       ((size_t) 1 << 30)

/* ---- the address ---- */

static bool is_loopback(hd_str_t host)
{
    return hd_str_starts(host, HD_STR("127.")) || hd_str_is(host, "localhost") || hd_str_is(host, "[::1]");
}

/* Scheme, host and path, nothing else; the slashes at its end go. */
static const char *find_address_fault(const char *url, hd_str_t *ret)
{
    hd_str_t s = hd_str(url);
    bool tls = hd_str_starts(s, HD_STR("https://"));
    size_t at = tls ? 8 : 7;
    if (!tls && !hd_str_starts(s, HD_STR("http://"))) {
        return "the address must begin with https:// or http://";
    }
    while (s.len > at && s.data[s.len - 1] == '/') {
        s.len--;
    }
    if (s.len == at || memchr(s.data, '?', s.len) != NULL || memchr(s.data, '#', s.len) != NULL) {
        return "the address is a host and perhaps a path, such as https://odoo.example.com";
    }
    if (memchr(s.data, '@', s.len) != NULL) {
        return "login and password do not belong into the address";
    }
    hd_str_t rest = { s.len - at, s.data + at }, host = rest;
    for (size_t i = 0; i < rest.len && host.len == rest.len; i++) {
        host.len = rest.data[i] == '/' || (rest.data[i] == ':' && rest.data[0] != '[') ? i : host.len;
    }
    if (!tls && !is_loopback(host)) {
        fprintf(stderr, "helpdeskctl: the connection to %.*s is not encrypted; anybody on the way reads the password.\n",
                HD_STR_ARG(host));
    }
    *ret = s;
    return NULL;
}

/* ---- one request ---- */

static size_t take_bytes(char *data, size_t size, size_t n, void *arg)
{
    odoo_t *o = arg;
    size_t more = size * n;
    if (more > ODOO_ANSWER_MAX - o->len) {
        o->too_long = true;
        return 0;
    }
    if (o->cap - o->len < more) {
        size_t cap = o->cap == 0 ? 1 << 16 : o->cap;
        while (cap - o->len < more) {
            cap *= 2;
        }
        char *grown = realloc(o->body, cap);
        if (grown == NULL) {
            return 0;
        }
        o->body = grown;
        o->cap = cap;
    }
    memcpy(o->body + o->len, data, more);
    o->len += more;
    return more;
}

static void __attribute__((format(printf, 3, 4))) set_fault(odoo_t *o, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void) vsnprintf(o->fault, sizeof(o->fault), fmt, ap);
    va_end(ap);
    (void) snprintf(o->fault_name, sizeof(o->fault_name), "%s", name);
    for (char *p = o->fault; *p != '\0'; p++) {          /* a line on a terminal; the server chose the text */
        *p = (unsigned char) *p < 0x20 || *p == 0x7f ? ' ' : *p;
    }
}

static bool is_worth_another(CURLcode rc, long status)
{
    switch (rc) {
    case CURLE_OK:
        return status == 429 || status == 502 || status == 503 || status == 504;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
        return true;
    default:
        return false;
    }
}

/* False with the sentence in fault. */
static bool judge(odoo_t *o, CURLcode rc, long status, const char *why)
{
    const char *to = NULL;
    if (o->too_long) {
        set_fault(o, "", "The answer is longer than %zu MB.", ODOO_ANSWER_MAX >> 20);
    } else if (rc != CURLE_OK) {
        set_fault(o, "", "%s.", why[0] != '\0' ? why : curl_easy_strerror(rc));
    } else if (status >= 300 && status < 400) {
        (void) curl_easy_getinfo(o->curl, CURLINFO_REDIRECT_URL, &to);
        set_fault(o, "", "The server sends elsewhere, to %.300s; give that address if it is the right one.",
                  to != NULL ? to : "an address it does not name");
    } else if (status != 200) {
        set_fault(o, "", "The server answered HTTP %ld.", status);
    } else {
        return true;
    }
    return false;
}

/* An update of somebody else's server is often a batch that waits: not before the first answer, which shows a wrong address. */
static bool post(odoo_t *o, hd_str_t body)
{
    char why[CURL_ERROR_SIZE];
    (void) curl_easy_setopt(o->curl, CURLOPT_ERRORBUFFER, why);
    (void) curl_easy_setopt(o->curl, CURLOPT_POSTFIELDS, body.data);
    (void) curl_easy_setopt(o->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) body.len);
    for (unsigned i = 1;; i++) {
        long status = 0;
        why[0] = '\0';
        o->len = 0;
        o->too_long = false;
        CURLcode rc = curl_easy_perform(o->curl);
        o->too_long = o->too_long || rc == CURLE_FILESIZE_EXCEEDED;
        (void) curl_easy_getinfo(o->curl, CURLINFO_RESPONSE_CODE, &status);
        if (!o->answered || i >= ODOO_TRIES || o->too_long || !is_worth_another(rc, status)) {
            (void) curl_easy_setopt(o->curl, CURLOPT_ERRORBUFFER, NULL);
            return judge(o, rc, status, why);
        }
        (void) sleep(1U << (i - 1));
    }
}

/* ---- JSON-RPC ---- */

static hd_str_t text_of(const hd_jval_t *v, const char *key)
{
    const hd_jval_t *m = hd_jtype(v) == HD_J_OBJ ? hd_jget(v, key) : NULL;
    return m != NULL && hd_jtype(m) == HD_J_STR ? hd_jstr(m) : (hd_str_t){ 0, "" };
}

/* The last line of what Odoo says tells what is wrong; before it may stand a traceback. */
static odoo_status_t take_fault(odoo_t *o, const hd_jval_t *error)
{
    const hd_jval_t *data = hd_jtype(error) == HD_J_OBJ ? hd_jget(error, "data") : NULL;
    hd_str_t text = text_of(data, "message"), name = text_of(data, "name");
    if (text.len == 0) {
        text = text_of(error, "message");
    }
    char kept[120];
    (void) snprintf(kept, sizeof(kept), "%.*s", name.len < 100 ? (int) name.len : 100, name.data);
    set_fault(o, kept, "%.*s", text.len < 500 ? (int) text.len : 500, text.data);
    return ODOO_FAULT;
}

static odoo_status_t read_answer(odoo_t *o, hd_jval_t **ret)
{
    hd_jval_t *v;
    hd_arena_reset(o->arena);
    hd_code_t code;
    HD_ARENA_TRY(o->arena, code, hd_jparse_long(o->arena, (hd_str_t){ o->len, o->body }, ODOO_ANSWER_MAX, &v));
    if (code != HD_OK || hd_jtype(v) != HD_J_OBJ) {
        set_fault(o, "", code == HD_E_MEMORY ? "The answer needs more memory than there is."
                                             : "The answer is not JSON-RPC; is this the address of an Odoo server?");
        return ODOO_LOST;
    }
    o->answered = true;
    const hd_jval_t *error = hd_jget(v, "error");
    if (error != NULL && hd_jtype(error) != HD_J_NULL) {
        return take_fault(o, error);
    }
    *ret = hd_jget(v, "result");         /* absent is null */
    return ODOO_OK;
}

/* args: a JSON array.  *ret lives until the next call. */
static odoo_status_t call(odoo_t *o, const char *service, const char *method, hd_str_t args, hd_jval_t **ret)
{
    hd_buf_t b;
    hd_arena_reset(o->arena);
    hd_buf_init(&b, o->arena, args.len + 256, REQUEST_MAX);
    hd_json_t j = hd_json(&b);
    hd_buf_z(&b, "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":1,\"params\":{\"service\":");
    hd_json_str(&j, hd_str(service));
    hd_buf_z(&b, ",\"method\":");
    j.comma = false;
    hd_json_str(&j, hd_str(method));
    hd_buf_z(&b, ",\"args\":");
    hd_buf_str(&b, args);
    hd_buf_z(&b, "}}");
    if (b.failed) {
        return ODOO_LOST;
    }
    return post(o, hd_buf_view(&b)) ? read_answer(o, ret) : o->too_long ? ODOO_FAULT : ODOO_LOST;
}

odoo_status_t odoo_execute(odoo_t *o, const char *model, const char *method, hd_str_t args, hd_str_t kwargs,
                           hd_jval_t **ret)
{
    hd_arena_t *a = hd_arena_create(2 * REQUEST_MAX);
    if (a == NULL) {
        set_fault(o, "", "Not enough memory.");
        return ODOO_LOST;
    }
    *hd_arena_border(a) = *hd_arena_border(o->arena);
    hd_buf_t b;
    hd_buf_init(&b, a, args.len + kwargs.len + 256, REQUEST_MAX);
    hd_json_t j = hd_json(&b);
    hd_json_arr(&j);
    hd_json_str(&j, o->db);
    hd_json_u64(&j, o->uid);
    hd_json_str(&j, o->password);
    hd_json_str(&j, hd_str(model));
    hd_json_str(&j, hd_str(method));
    hd_json_raw(&j, args);
    hd_buf_z(&b, ",{");
    hd_buf_str(&b, kwargs);
    hd_buf_z(&b, kwargs.len != 0 ? "," : "");
    hd_buf_z(&b, "\"context\":{\"active_test\":false,\"tz\":\"UTC\"}}]");
    odoo_status_t status = call(o, "object", "execute_kw", hd_buf_view(&b), ret);
    hd_arena_destroy(a);
    return status;
}

/* ---- opening ---- */

static bool set_up(odoo_t *o)
{
    CURL *c = curl_easy_init();
    char endpoint[2048];
    int n = snprintf(endpoint, sizeof(endpoint), "%.*s/jsonrpc", HD_STR_ARG(o->url));
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    o->curl = c;
    o->arena = hd_arena_create(ARENA_MAX);
    if (o->arena != NULL) {
        *hd_arena_border(o->arena) = o->border;
    }
    if (c == NULL || headers == NULL || o->arena == NULL || n >= (int) sizeof(endpoint)) {
        curl_slist_free_all(headers);
        return false;
    }
    (void) curl_easy_setopt(c, CURLOPT_PRIVATE, headers);
    return curl_easy_setopt(c, CURLOPT_URL, endpoint) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_SECONDS) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_TIMEOUT, (long) o->timeout) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) ODOO_ANSWER_MAX) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK
        && curl_easy_setopt(c, CURLOPT_WRITEDATA, o) == CURLE_OK;
}

static bool sign_in(odoo_t *o)
{
    hd_buf_t b;
    hd_jval_t *v = NULL;
    hd_arena_t *a = hd_arena_create(1 << 16);
    if (a == NULL) {
        return tool_fail("Not enough memory.") == 0;
    }
    *hd_arena_border(a) = *hd_arena_border(o->arena);
    hd_buf_init(&b, a, 512, 1 << 15);
    hd_json_t j = hd_json(&b);
    hd_json_arr(&j);
    hd_json_str(&j, o->db);
    hd_json_str(&j, o->login);
    hd_json_str(&j, o->password);
    hd_json_obj(&j);
    hd_json_end_obj(&j);
    hd_json_end_arr(&j);
    odoo_status_t status = call(o, "common", "authenticate", hd_buf_view(&b), &v);
    hd_arena_destroy(a);
    if (status != ODOO_OK) {
        return tool_fail("%.*s: %s", HD_STR_ARG(o->url), o->fault) == 0;
    }
    if (v == NULL || hd_jtype(v) != HD_J_INT || hd_jint(v) <= 0) {
        return tool_fail("%.*s: login or password is wrong, or there is no database %.*s.", HD_STR_ARG(o->url),
                         HD_STR_ARG(o->db)) == 0;
    }
    o->uid = (hd_id_t) hd_jint(v);
    return true;
}

bool odoo_open(odoo_t *o, const char *url, const char *db, const char *login, hd_str_t password)
{
    const char *fault = find_address_fault(url, &o->url);
    if (fault != NULL) {
        return tool_fail("%s: %s.", url, fault) == 0;
    }
    o->db = hd_str(db);
    o->login = hd_str(login);
    o->password = password;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !set_up(o)) {
        return tool_fail("The connection cannot be set up.") == 0;
    }
    return sign_in(o);
}

void odoo_close(odoo_t *o)
{
    struct curl_slist *headers = NULL;
    if (o->curl != NULL) {
        (void) curl_easy_getinfo(o->curl, CURLINFO_PRIVATE, &headers);
        curl_easy_cleanup(o->curl);
        curl_slist_free_all(headers);
    }
    hd_arena_destroy(o->arena);
    free(o->body);
    *o = (odoo_t){ .url = { 0, "" } };
}
