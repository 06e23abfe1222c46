#include "app/tiles.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { LAYERS = 4, ADDRESS_BYTES = 512, HOSTS_BYTES = 1024, KEY_MAX = 128 };

/* One a process, set before the server starts. */
static struct {
    char layers[LAYERS][ADDRESS_BYTES], hosts[HOSTS_BYTES];
    size_t n;
    bool gcj02;
    const char *attribution;
} tiles = {.attribution = ""};

static bool wrong(struct err *e)
{
    return ERR(
        e, ERR_INVALID, "tiles.setting",
        "底图须是 tianditu:密钥，或最多 %d 个带 {z} {x} {y} 的 http(s) 地址（坐标为 GCJ-02 时前面写 gcj02）",
        "map tiles must be tianditu:KEY, or at most %d http(s) addresses with {z} {x} {y} (gcj02 before them "
        "if they are drawn in it)",
        LAYERS);
}

/* "https://host:port" of an address, once among the hosts. What could end a directive of the policy is
 * refused. */
static bool add_host(const char *address)
{
    const char *host = strstr(address, "://");
    size_t n = strlen(tiles.hosts), len;
    char origin[ADDRESS_BYTES + 2];

    if (host == NULL || (!str_starts(address, "https://") && !str_starts(address, "http://")))
        return false;
    host += strlen("://");
    len = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:");
    if (len == 0 || host[len] != '/')
        return false;
    (void)snprintf(origin, sizeof(origin), " %.*s", (int)(host + len - address), address);
    if (strstr(tiles.hosts, origin) == NULL)
        str_copy(tiles.hosts + n, sizeof(tiles.hosts) - n, origin);
    return true;
}

static bool add_layer(const char *address, size_t len)
{
    char *to = tiles.layers[tiles.n];

    if (tiles.n == LAYERS || len >= ADDRESS_BYTES)
        return false;
    memcpy(to, address, len);
    to[len] = '\0';
    tiles.n++;
    return strstr(to, "{z}") != NULL && strstr(to, "{x}") != NULL && strstr(to, "{y}") != NULL &&
           add_host(to);
}

/* The map and its names, in Web Mercator; CGCS2000 is WGS-84 to within centimetres. */
static bool add_tianditu(const char *key)
{
    static const char *const names[] = {"vec", "cva"};
    size_t len = strlen(key);

    if (len == 0 || len > KEY_MAX || strspn(key, "0123456789abcdefABCDEF") != len)
        return false;
    tiles.attribution = "天地图";
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char address[ADDRESS_BYTES];
        int n = snprintf(address, sizeof(address),
                         "https://t0.tianditu.gov.cn/%s_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&"
                         "LAYER=%s&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&"
                         "TILECOL={x}&tk=%s",
                         names[i], names[i], key);

        if (!add_layer(address, (size_t)n))
            return false;
    }
    return true;
}

bool tiles_set(const char *setting, struct err *e)
{
    const char *s = setting;

    if (s == NULL || *s == '\0')
        return true;
    if (str_starts(s, "tianditu:"))
        return add_tianditu(s + strlen("tianditu:")) || wrong(e);
    if (str_starts(s, "gcj02 ")) {
        tiles.gcj02 = true;
        s += strlen("gcj02 ");
    }
    for (s += strspn(s, " "); *s != '\0'; s += strspn(s, " ")) {
        size_t len = strcspn(s, " ");

        if (!add_layer(s, len))
            return wrong(e);
        s += len;
    }
    return tiles.n > 0 || wrong(e);
}

const char *tiles_hosts(void)
{
    return tiles.hosts;
}

/* Staff only: an address holds the district's key. */
static bool get_map(struct req *r, struct err *e)
{
    (void)e;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "layers");
    for (size_t i = 0; i < tiles.n; i++)
        jo_str(&r->out, NULL, tiles.layers[i]);
    jo_close(&r->out);
    jo_str(&r->out, "datum", tiles.gcj02 ? "gcj02" : "wgs84");
    jo_str(&r->out, "attribution", tiles.attribution);
    jo_close(&r->out);
    return true;
}

const struct route tiles_routes[] = {
    {GET, "/api/v1/map", PERM_STAFF, BODY_NONE, get_map, NULL, 0,
     "Tiles beneath the map, where there are some", "map"},
    {0},
};
