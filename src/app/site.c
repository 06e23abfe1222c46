#include "app/site.h"

#include "admin/admin.h"
#include "app/app.h"
#include "app/backup.h"
#include "app/health.h"
#include "app/monitor.h"
#include "app/tiles.h"
#include "appraisal/appraisal.h"
#include "area/area.h"
#include "ballot/ballot.h"
#include "base/text.h"
#include "booking/booking.h"
#include "call/call.h"
#include "desk/desk.h"
#include "file/file.h"
#include "http/openapi.h"
#include "identity/identity.h"
#include "ledger/ledger.h"
#include "notice/notice.h"
#include "payment/payment.h"
#include "record/live.h"
#include "report/report.h"
#include "roster/roster.h"
#include "rules/rules.h"
#include "schedule/schedule.h"
#include "score/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_center(struct json_out *out, const struct area *district)
{
    jo_arr(out, "center");
    jo_num(out, NULL, district->lng);
    jo_num(out, NULL, district->lat);
    jo_close(out);
}

static bool get_district(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    const struct district *d = r->services->owner;
    char code[AREA_CODE_MAX];
    const struct area *area;

    (void)e;
    (void)snprintf(code, sizeof(code), "%" PRId64, w->district);
    area = area_find(w->areas, code);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "district", code);
    jo_str(&r->out, "name", d->name);
    jo_str(&r->out, "short", d->short_name);
    jo_bool(&r->out, "sample", d->sample);
    jo_int(&r->out, "offset_min", d->offset_min);
    if (area != NULL && area->has_boundary)
        write_center(&r->out, area);
    jo_arr(&r->out, "packs");
    for (size_t i = 0; i < w->packs->n_packs; i++)
        jo_str(&r->out, NULL, w->packs->packs[i].name);
    jo_close(&r->out);
    jo_str(&r->out, "version", WANGGE_VERSION);
    jo_close(&r->out);
    return true;
}

static const struct route site_routes[] = {
    {GET, "/api/v1/district", PERM_PUBLIC, BODY_NONE, get_district, NULL, 0, "The district", "district"},
    {0},
};

static const struct openapi_schema site_schemas[] = {
    {"district",
     "{\"type\":\"object\",\"required\":[\"district\",\"name\",\"short\",\"sample\",\"packs\",\"version\"],"
     "\"properties\":{\"district\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
     "\"sample\":{\"type\":\"boolean\"},\"packs\":{\"type\":\"array\"}}}"},
    {"map", "{\"type\":\"object\",\"required\":[\"layers\",\"datum\",\"attribution\"],\"properties\":{"
            "\"layers\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
            "\"datum\":{\"enum\":[\"wgs84\",\"gcj02\"]},\"attribution\":{\"type\":\"string\"}}}"},
    {"Health", "{\"type\":\"object\",\"required\":[\"version\",\"started_at\",\"findings\",\"figures\"],"
               "\"properties\":{"
               "\"version\":{\"type\":\"string\"},\"started_at\":{\"type\":\"string\"},\"findings\":{"
               "\"type\":\"array\","
               "\"items\":{\"type\":\"object\",\"required\":[\"key\",\"verdict\",\"what\",\"todo\"],"
               "\"properties\":{\"key\":"
               "{\"type\":\"string\"},\"verdict\":{\"enum\":[\"good\",\"advice\",\"wrong\"]},\"what\":{"
               "\"type\":\"string\"},"
               "\"todo\":{\"type\":[\"string\",\"null\"]}}}},\"figures\":{\"type\":\"object\"}}}"},
    {"Backups", "{\"type\":\"object\",\"required\":[\"folder\",\"running\",\"last\",\"problem\",\"items\"],"
                "\"properties\":{"
                "\"folder\":{\"type\":\"string\"},\"running\":{\"type\":\"boolean\"},\"last\":{\"type\":["
                "\"string\",\"null\"]},"
                "\"problem\":{\"type\":[\"string\",\"null\"]},\"items\":{\"type\":\"array\",\"items\":{"
                "\"type\":\"object\","
                "\"required\":[\"name\",\"at\"],\"properties\":{\"name\":{\"type\":\"string\"},\"at\":{"
                "\"type\":\"string\"}}}}}}"},
    {0},
};

/* --- pages --- */

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_ends(name, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

/* Vite puts what carries a content hash below assets/. */
static const struct asset *make_assets(size_t *ret_n)
{
    enum { ASSETS_MAX = 500 };
    static struct asset list[ASSETS_MAX]; /* one site a process */

    if (embedded_web_n > ASSETS_MAX)
        abort(); /* a build with more files than there is room for serves none of them silently */
    for (size_t i = 0; i < embedded_web_n; i++) {
        const struct embedded *f = &embedded_web[i];

        list[i] = (struct asset){.path = f->name + strlen("web"),
                                 .content_type = type_of(f->name),
                                 .bytes = f->bytes,
                                 .size = f->size,
                                 .gzip = f->gzip,
                                 .immutable = str_starts(f->name, "web/assets/")};
    }
    *ret_n = embedded_web_n;
    return list;
}

static bool under(const char *path, const char *face)
{
    size_t n = strlen(face);

    return strncmp(path, face, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Each face is one page; the paths below it are its own. */
static const char *page(const char *path)
{
    static const char *const faces[][2] = {{"/work", "/work.html"},   {"/desk", "/desk.html"},
                                           {"/board", "/board.html"}, {"/command", "/command.html"},
                                           {"/admin", "/admin.html"}, {"/design", "/design.html"}};

    for (size_t i = 0; i < COUNT_OF(faces); i++)
        if (under(path, faces[i][0]))
            return faces[i][1];
    /* A missing script answered as a page would be a riddle. */
    if (strchr(path, '.') != NULL || strchr(path, '%') != NULL)
        return NULL;
    if (str_starts(path, "/api/") || str_starts(path, "/assets/") || str_starts(path, "/open311/"))
        return NULL;
    return "/index.html";
}

void site_config(struct http_config *c)
{
    static const struct route *const routes[] = {
        site_routes,         tiles_routes,  monitor_routes,    identity_routes,  people_routes,
        person_routes,       token_routes,  audit_routes,      sign_in_routes,   admin_area_routes,
        area_routes,         record_routes, near_routes,       log_routes,       reveal_routes,
        live_routes,         points_routes, measure_routes,    file_routes,      admin_calendar_routes,
        admin_import_routes, health_routes, backup_routes,     moves_routes,     similar_routes,
        counts_routes,       desk_routes,   channel_routes,    reach_routes,     schedule_routes,
        roster_routes,       rules_routes,  rules_read_routes, public_routes,    booking_routes,
        call_routes,         import_routes, export_routes,     door_routes,      ledger_routes,
        payment_routes,      score_routes,  ballot_routes,     appraisal_routes, admin_org_routes};
    static const struct openapi_schema *const schemas[] = {
        site_schemas,   identity_schemas, area_schemas,    record_schemas, measure_schemas,
        file_schemas,   admin_schemas,    desk_schemas,    notice_schemas, schedule_schemas,
        roster_schemas, rules_schemas,    booking_schemas, call_schemas,   report_schemas,
        ledger_schemas, payment_schemas,  score_schemas,   ballot_schemas, appraisal_schemas};

    c->routes = routes;
    c->n_tables = COUNT_OF(routes);
    c->schemas = schemas;
    c->n_schema_tables = COUNT_OF(schemas);
    c->assets = make_assets(&c->n_assets);
    c->page = page;
    c->image_hosts = tiles_hosts();
}
