#include "http/router.h"

#include "http/openapi.h"

#include <stdlib.h>
#include <string.h>

struct node {
    const char *text; /* of a literal segment; points into the route's path */
    size_t len;
    struct node *literals, *next; /* literal children; next sibling */
    struct node *param;           /* the child that takes any segment */
    const struct route *routes[METHOD__MAX];
    size_t numbers[METHOD__MAX]; /* of those routes */
};
struct router {
    struct node root;
    const struct route **routes;
    size_t n_routes;
};

static void node_free(struct node *n)
{
    if (n == NULL)
        return;
    for (struct node *c = n->literals, *next; c != NULL; c = next) {
        next = c->next;
        node_free(c);
    }
    node_free(n->param);
    free(n);
}

void router_free(struct router **r)
{
    if (*r == NULL)
        return;
    for (struct node *c = (*r)->root.literals, *next; c != NULL; c = next) {
        next = c->next;
        node_free(c);
    }
    node_free((*r)->root.param);
    free((*r)->routes);
    free(*r);
    *r = NULL;
}

static struct node *literal_child(const struct node *n, const char *s, size_t len)
{
    for (struct node *c = n->literals; c != NULL; c = c->next)
        if (c->len == len && memcmp(c->text, s, len) == 0)
            return c;
    return NULL;
}

static struct node *child_for(struct node *n, const char *s, size_t len)
{
    if (s[0] == '{') {
        if (n->param == NULL)
            n->param = xcalloc(1, sizeof *n->param);
        return n->param;
    }
    struct node *c = literal_child(n, s, len);
    if (c == NULL) {
        c = xcalloc(1, sizeof *c);
        c->text = s;
        c->len = len;
        c->next = n->literals;
        n->literals = c;
    }
    return c;
}

/* A segment is a literal or wholly one {parameter}. */
static bool segment_sound(const char *s, size_t len)
{
    if (len == 0)
        return false;
    if (s[0] == '{')
        return len > 2 && memchr(s + 1, '{', len - 1) == NULL && s[len - 1] == '}';
    return memchr(s, '{', len) == NULL && memchr(s, '}', len) == NULL;
}

static bool place(struct router *r, const struct route *route, struct node **ret, struct err *e)
{
    struct node *n = &r->root;
    int depth = 0, params = 0;

    for (const char *s = route->path; *s == '/';) {
        size_t len = strcspn(++s, "/");
        params += s[0] == '{';
        if (!segment_sound(s, len) || ++depth > ROUTER_DEPTH_MAX || params > ROUTER_PARAMS_MAX)
            return ERR(e, ERR_INTERNAL, "http.route",
                       "路由 %s 的写法不对：每段须是文字或一个 {参数}，参数至多 4 个",
                       "route %s is not well formed: each segment is a literal or one {parameter}, at most 4",
                       route->path);
        n = child_for(n, s, len);
        s += len;
    }
    *ret = n;
    return true;
}

static bool add(struct router *r, const struct route *route, struct err *e)
{
    struct node *n = NULL;

    if (route->path == NULL || route->path[0] != '/' || route->method >= METHOD__MAX ||
        route->handler == NULL)
        return ERR(e, ERR_INTERNAL, "http.route", "路由 %s 缺少路径或处理函数",
                   "route %s lacks a path or a handler", route->path == NULL ? "?" : route->path);
    if (route->perm <= PERM_UNSET || route->perm >= PERM__MAX)
        return ERR(e, ERR_INTERNAL, "http.permission", "路由 %s 没有规定谁可以调用",
                   "route %s does not say who may call it", route->path);
    if (!place(r, route, &n, e))
        return false;
    if (n->routes[route->method] != NULL)
        return ERR(e, ERR_INTERNAL, "http.route", "路由 %s 重复定义", "route %s is defined twice",
                   route->path);
    n->routes[route->method] = route;
    n->numbers[route->method] = r->n_routes;
    r->routes = xrealloc(r->routes, (r->n_routes + 1) * sizeof(const struct route *));
    r->routes[r->n_routes++] = route;
    return true;
}

static bool add_table(struct router *r, const struct route *table, struct err *e)
{
    for (; table->method != METHOD_UNSET; table++)
        if (!add(r, table, e))
            return false;
    return true;
}

bool router_create(const struct http_config *c, struct router **ret, struct err *e)
{
    AUTO(router_free) struct router *r = xcalloc(1, sizeof *r);

    if (!add_table(r, openapi_routes, e))
        return false;
    for (size_t i = 0; i < c->n_tables; i++)
        if (!add_table(r, c->routes[i], e))
            return false;
    *ret = r;
    r = NULL;
    return true;
}

const struct route *const *router_routes(const struct router *r, size_t *ret_n)
{
    *ret_n = r->n_routes;
    return r->routes;
}

static bool take(const struct node *n, enum method m, struct match *ret)
{
    unsigned methods = 0;

    for (unsigned i = 1; i < METHOD__MAX; i++)
        methods |= n->routes[i] != NULL ? 1U << i : 0;
    ret->methods |= methods;
    if (n->routes[m] == NULL)
        return false;
    ret->route = n->routes[m];
    ret->number = n->numbers[m];
    return true;
}

/* `s` is at a '/' or at the end. Depth is bounded by the patterns', not by the path. */
static bool walk(const struct node *n, enum method m, const char *s, size_t params, struct match *ret)
{
    if (*s == '\0')
        return take(n, m, ret);
    size_t len = strcspn(++s, "/");
    const struct node *c = literal_child(n, s, len);
    if (c != NULL && walk(c, m, s + len, params, ret))
        return true;
    if (n->param == NULL || len == 0)
        return false;
    if (params < ROUTER_PARAMS_MAX)
        ret->part[params] = (struct slice){s, len};
    return walk(n->param, m, s + len, params + 1, ret);
}

void router_match(const struct router *r, enum method m, const char *path, struct match *ret)
{
    *ret = (struct match){0};
    (void)walk(&r->root, m, path, 0, ret);
}
