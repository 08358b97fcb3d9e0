/*
 * The setters of directives: each mistake is answered with what to write instead; nginx adds file and line.
 */

#include "ngx_http_helpdesk.h"


static ngx_conf_enum_t  ngx_http_helpdesk_syncs[] = {
    { ngx_string("full"), HD_SYNC_FULL },
    { ngx_string("meta"), HD_SYNC_META },
    { ngx_string("off"), HD_SYNC_OFF },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_helpdesk_doors[] = {
    { ngx_string("api"), NGX_HELPDESK_API },
    { ngx_string("page"), NGX_HELPDESK_PAGE },
    { ngx_string("health"), NGX_HELPDESK_HEALTH },
    { ngx_string("metrics"), NGX_HELPDESK_METRICS },
    { ngx_string("problem"), NGX_HELPDESK_PROBLEM },
    { ngx_null_string, 0 }
};


char *
ngx_http_helpdesk_check_bounds(ngx_conf_t *cf, void *post, void *data)
{
    ngx_int_t                   *np = data;
    ngx_http_helpdesk_bounds_t  *b = post;

    if (*np >= b->low && *np <= b->high) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "the value must be between %i%s and %i%s",
                       b->low, b->unit, b->high, b->unit);

    return NGX_CONF_ERROR;
}


/* Sets *out from a list of words; NULL when the word is none of them. */

static ngx_conf_enum_t *
ngx_http_helpdesk_word(ngx_conf_enum_t *words, ngx_str_t *word)
{
    for ( /* void */ ; words->name.len != 0; words++) {
        if (words->name.len == word->len
            && ngx_strncmp(words->name.data, word->data, word->len) == 0)
        {
            return words;
        }
    }

    return NULL;
}


/* "files" behind the door: bodies up to helpdesk_file_max pass; which is known only when all is read. */

static char *
ngx_http_helpdesk_takes_files(ngx_conf_t *cf,
    ngx_http_helpdesk_main_conf_t *mcf, ngx_uint_t door, ngx_str_t *word)
{
    ngx_http_core_loc_conf_t  **clcf;

    if (word->len != 5 || ngx_strncmp(word->data, "files", 5) != 0
        || (door != NGX_HELPDESK_API && door != NGX_HELPDESK_PAGE))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not known here; what may follow is "
                           "\"files\", after \"helpdesk api\" or \"helpdesk "
                           "page\"", word);
        return NGX_CONF_ERROR;
    }

    if (mcf->file_locations == NULL) {
        mcf->file_locations = ngx_array_create(cf->pool, 4,
                                         sizeof(ngx_http_core_loc_conf_t *));
        if (mcf->file_locations == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    clcf = ngx_array_push(mcf->file_locations);
    if (clcf == NULL) {
        return NGX_CONF_ERROR;
    }

    *clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    return NGX_CONF_OK;
}


/* The handler of a location, whichever directive opens the door; NULL: there is one already. */

static ngx_http_helpdesk_main_conf_t *
ngx_http_helpdesk_open(ngx_conf_t *cf, ngx_http_helpdesk_loc_conf_t *lcf,
    ngx_uint_t door)
{
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_helpdesk_main_conf_t  *mcf;

    if (lcf->door != NGX_CONF_UNSET_UINT) {
        return NULL;
    }

    lcf->door = door;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_helpdesk_module);
    mcf->doors++;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_helpdesk_handler;

    return mcf;
}


char *
ngx_http_helpdesk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_loc_conf_t *lcf = conf;

    ngx_str_t                      *value;
    ngx_conf_enum_t                *door;
    ngx_http_helpdesk_main_conf_t  *mcf;

    value = cf->args->elts;
    door = ngx_http_helpdesk_word(ngx_http_helpdesk_doors, &value[1]);

    if (door == NULL && lcf->door == NGX_CONF_UNSET_UINT) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"helpdesk %V\" is not known; write one of: api, "
                           "page, health, metrics, problem", &value[1]);
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_helpdesk_open(cf, lcf, door == NULL ? 0 : door->value);

    if (mcf == NULL) {
        return "is duplicate: a location has one door";
    }

    if (cf->args->nelts == 3) {
        return ngx_http_helpdesk_takes_files(cf, mcf, door->value, &value[2]);
    }

    return NGX_CONF_OK;
}


/* The name is a word of the clients' configuration: what Odoo calls a database. */

char *
ngx_http_helpdesk_rpc(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_loc_conf_t *lcf = conf;

    u_char      c;
    ngx_str_t  *value, *name;
    ngx_uint_t  i, good;

    value = cf->args->elts;
    name = &value[1];
    good = name->len != 0 && name->len <= 63;

    for (i = 0; i < name->len && good; i++) {
        c = name->data[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
               || (c >= '0' && c <= '9') || c == '_'
               || ((c == '-' || c == '.') && i != 0);
    }

    if (!good) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" cannot name a database; write up to 63 "
                           "letters, digits, \"_\", \"-\" and \".\", for "
                           "example: helpdesk_rpc helpdesk;", name);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_helpdesk_open(cf, lcf, NGX_HELPDESK_RPC) == NULL) {
        return "is duplicate: a location has one door";
    }

    lcf->database = *name;

    return NGX_CONF_OK;
}


static char *
ngx_http_helpdesk_store_option(ngx_conf_t *cf,
    ngx_http_helpdesk_main_conf_t *mcf, ngx_str_t *word)
{
    ngx_int_t         n;
    ngx_str_t         s;
    ngx_conf_enum_t  *sync;

    if (ngx_strncmp(word->data, "size=", 5) == 0) {
        s.data = word->data + 5;
        s.len = word->len - 5;
        mcf->size = ngx_parse_offset(&s);

        if (mcf->size >= 1024 * 1024) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not a usable size; write, for example, "
                           "size=64g (at least 1m; it is address space, not "
                           "disk)", word);
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(word->data, "sync=", 5) == 0) {
        s.data = word->data + 5;
        s.len = word->len - 5;
        sync = ngx_http_helpdesk_word(ngx_http_helpdesk_syncs, &s);

        if (sync != NULL) {
            mcf->sync = sync->value;

            if (mcf->sync != HD_SYNC_FULL) {
                ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                                   "%V: a power cut can lose writes that were "
                                   "acknowledged", word);
            }

            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not known; write sync=full, sync=meta "
                           "or sync=off", word);
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(word->data, "readers=", 8) == 0) {
        n = ngx_atoi(word->data + 8, word->len - 8);

        if (n >= 64 && n <= 65536) {
            mcf->readers = (ngx_uint_t) n;
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be between readers=64 and "
                           "readers=65536", word);
        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is not an option of helpdesk_store; there are "
                       "size=, sync= and readers=", word);
    return NGX_CONF_ERROR;
}


char *
ngx_http_helpdesk_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    char            *rv;
    ngx_str_t       *value;
    ngx_path_t      *path;
    ngx_uint_t       i;

    if (mcf->store != NULL) {
        return "is duplicate";
    }

    mcf->size = (off_t) 64 * 1024 * 1024 * 1024;
    mcf->sync = HD_SYNC_FULL;
    mcf->readers = 1024;

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_helpdesk_store_option(cf, mcf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));
    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    path->name = value[1];

    if (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.len--;
        path->name.data[path->name.len] = '\0';
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;
    mcf->store = path;

    /* nginx makes the directory and gives it to the worker's user */
    if (ngx_add_path(cf, &mcf->store) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_helpdesk_html(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    u_char     *p, english[NGX_MAX_PATH];
    ngx_str_t  *value;

    if (mcf->html.len != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->html = value[1];

    if (ngx_conf_full_name(cf->cycle, &mcf->html, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    p = ngx_snprintf(english, sizeof(english) - 1, "%V/i18n/en.json",
                     &mcf->html);
    *p = '\0';

    if (access((char *) english, R_OK) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read \"%s\"; helpdesk_html must name the "
                           "html directory that came with the module",
                           english);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_helpdesk_base_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    size_t      n;
    ngx_str_t  *value, *url;

    value = cf->args->elts;
    url = &value[1];

    if (mcf->base_url.len != 0) {
        return "is duplicate";
    }

    if (url->len > 8 && ngx_strncmp(url->data, "https://", 8) == 0) {
        mcf->site.secure = 1;
        n = 8;

    } else if (url->len > 7 && ngx_strncmp(url->data, "http://", 7) == 0) {
        n = 7;

    } else {
        n = 0;
    }

    if (n == 0 || ngx_strlchr(url->data + n, url->data + url->len, '/')
        != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be a scheme and a host without a path "
                           "or a slash at the end; write, for example, "
                           "https://desk.example.com", url);
        return NGX_CONF_ERROR;
    }

    mcf->base_url = *url;
    mcf->site.base_url = (hd_str_t) { url->len, (char *) url->data };
    mcf->site.host = (hd_str_t) { url->len - n, (char *) url->data + n };

    return NGX_CONF_OK;
}


/* The file's bytes without white space at the end are hashed to a key; cmd->post is where the key stands in conf. */

char *
ngx_http_helpdesk_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *p = conf;

    int         fd;
    u_char      buf[4096], *key;
    ssize_t     n;
    ngx_str_t  *value, *name;

    name = (ngx_str_t *) (p + cmd->offset);
    key = (u_char *) p + (uintptr_t) cmd->post;

    if (name->len != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;
    *name = value[1];

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read \"%V\"; make it with: (umask 077; "
                           "head -c 32 /dev/urandom | base64 > %V)",
                           name, name);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));
    (void) ngx_close_file(fd);

    while (n > 0 && buf[n - 1] <= ' ') {
        n--;
    }

    if (n < 32) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" holds fewer than 32 bytes; make it with: "
                           "(umask 077; head -c 32 /dev/urandom | base64 > "
                           "%V)", name, name);
        return NGX_CONF_ERROR;
    }

    hd_sha256(buf, (size_t) n, key);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


char *
ngx_http_helpdesk_trusted_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_helpdesk_main_conf_t *mcf = conf;

    ngx_int_t    rc;
    ngx_str_t   *value;
    ngx_cidr_t  *cidr;

    value = cf->args->elts;

    if (mcf->proxies == NULL) {
        mcf->proxies = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
        if (mcf->proxies == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    cidr = ngx_array_push(mcf->proxies);
    if (cidr == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = ngx_ptocidr(&value[1], cidr);

    if (rc == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not an address or network; write, for "
                           "example, 10.0.0.5 or 10.0.0.0/24", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (rc == NGX_DONE) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "low address bits of %V are meaningless",
                           &value[1]);
    }

    return NGX_CONF_OK;
}
