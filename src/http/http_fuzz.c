/* First byte: method. Then, each ended by a line feed: target, content type, one
 * header line "Name: value"; the rest is the body. */
#include "http/route.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct principal {
    int rank;
};
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    static const struct principal somebody = {1};

    (void)s, (void)a, (void)now, (void)e;
    *ret = &somebody;
    return token == NULL || strlen(token) < 100 || ERR(e, ERR_UNKNOWN, "auth.token", "令牌", "token");
}

static bool permits(const struct principal *who, enum perm p)
{
    return who->rank == 1 && p < PERM_ADMIN;
}

static bool echo(struct req *r, struct err *e)
{
    int64_t n;
    struct uuid id;

    if (!req_query_int(r, "n", 1, 10, 1, &n, e) || (r->path_param[0] != NULL && !req_uuid(r, 0, &id, e)))
        return false;
    jo_arr(&r->out, NULL);
    for (size_t i = 0; i < r->n_query; i++)
        jo_str(&r->out, NULL, r->query[i].value);
    jo_int(&r->out, NULL, r->if_match);
    jo_close(&r->out);
    return true;
}

static const struct route routes[] = {
    {GET, "/a", PERM_PUBLIC, BODY_NONE, echo, NULL, 0, "", NULL},
    {GET, "/a/{id}/log", PERM_STAFF, BODY_NONE, echo, NULL, 0, "", NULL},
    {POST, "/a/{id}/{verb}", PERM_PUBLIC, BODY_JSON, echo, NULL, 0, "", NULL},
    {POST, "/form", PERM_PUBLIC, BODY_FORM, echo, NULL, 0, "", NULL},
    {POST, "/upload", PERM_PUBLIC, BODY_UPLOAD, echo, NULL, 4096, "", NULL},
    {PUT, "/admin", PERM_ADMIN, BODY_JSON, echo, NULL, 0, "", NULL},
    {0},
};
static const struct route *const tables[] = {routes};
static char upload_dir[] = "/tmp/wangge-fuzz-XXXXXX";

static void clean(void)
{
    (void)rmdir(upload_dir);
}

static char *line(const char **s)
{
    size_t n = strcspn(*s, "\n");
    char *out = strndup(*s, n);

    *s += n + ((*s)[n] == '\n');
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct services services = {.district = 330803};
    static const struct http_auth auth = {authenticate, permits};
    static bool made;
    char *answer;
    size_t n;

    if (!made && mkdtemp(upload_dir) != NULL)
        made = atexit(clean) == 0;
    char *text = strndup((const char *)data, size);
    if (text[0] == '\0') {
        free(text);
        return 0;
    }
    const char *rest = text + 1;
    char *target = line(&rest), *type = line(&rest), *name = line(&rest), *colon = strstr(name, ": ");
    if (colon != NULL)
        *colon = '\0';
    size_t skipped = (size_t)(rest - text);
    struct param header = {name, colon == NULL ? "" : colon + 2};
    struct http_config c = {
        .services = &services, .auth = &auth, .routes = tables, .n_tables = 1, .upload_dir = upload_dir};
    struct http_call call = {.method = (enum method)((unsigned char)text[0] % METHOD__MAX),
                             .target = target,
                             .content_type = type,
                             .body = (const char *)data + skipped,
                             .body_len = size - skipped,
                             .now = 1700000000000,
                             .headers = &header,
                             .n_headers = 1};
    int status = http_dispatch(&c, &call, &answer, &n);
    if (status < 200 || status >= 500)
        abort();
    free(answer);
    free(target);
    free(type);
    free(name);
    free(text);
    return 0;
}
