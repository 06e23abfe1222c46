/* wangge area, wangge calendar: what a district is made of. */
#include "app/cli.h"
#include "base/text.h"
#include "calendar/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t FILE_BYTES = (size_t)256 << 20;

static const char area_help[], calendar_help[];
const struct subcommand area_command, calendar_command;

/* --- areas --- */

static int list_areas(const char *data)
{
    struct district *d = NULL;
    struct err e = {0};
    const struct area_tree *t;

    if (!cli_open(data, NULL, CLI_READ, &d, &e))
        return print_err("wangge area", &e);
    t = district_world(d)->areas;
    for (size_t i = 0; i < area_count(t); i++) {
        const struct area *a = area_at(t, i);

        (void)printf("%-18s %-10s %s  %s\n", a->code, area_level_name(a->level),
                     !a->has_boundary ? "无边界 no boundary   "
                     : a->approximate ? "边界近似 approximate"
                                      : "有边界 boundary     ",
                     a->name);
    }
    district_close(&d);
    return 0;
}

static bool import_file(struct district *d, const char *path, enum datum datum, bool approximate,
                        struct area_import_result *ret, struct err *e)
{
    AUTO(xfree) char *text = NULL;
    size_t n = 0;

    if (!cli_read(path, FILE_BYTES, &text, &n, e))
        return false;
    if (str_ends(path, ".csv"))
        return area_import_csv(d->db, d->code, text, n, ret, e);
    return area_import_geojson(d->db, d->code, text, n, datum, approximate, ret, e);
}

static int import_areas(const char *data, char *const *paths, int n, enum datum datum, bool approximate)
{
    struct district *d = NULL;
    struct err e = {0};
    int status = 0;

    if (!cli_open(data, NULL, CLI_WRITE, &d, &e))
        return print_err("wangge area", &e);
    for (int i = 0; i < n && status == 0; i++) {
        struct area_import_result r = {0};

        if (import_file(d, paths[i], datum, approximate, &r, &e))
            (void)printf("%s: %" PRId64 " 个区域 areas, %" PRId64 " 条边界 boundaries\n", paths[i], r.areas,
                         r.boundaries);
        else
            status = print_err(paths[i], &e);
    }
    district_close(&d);
    return status;
}

/* Streets are made up where the district is: nobody else says so of a file. */
static int import_streets(const char *data, const char *path, enum datum datum, bool sample)
{
    AUTO(district_close) struct district *d = NULL;
    AUTO(xfree) char *text = NULL;
    struct street_import_result r = {0};
    struct err e = {0};
    size_t n = 0;

    if (!cli_open(data, NULL, CLI_WRITE, &d, &e))
        return print_err("wangge area", &e);
    if (!cli_read(path, FILE_BYTES, &text, &n, &e) ||
        !area_import_streets(d->db, d->code, district_world(d)->areas, text, n, datum, sample, &r, &e))
        return print_err(path, &e);
    (void)printf("%s: %" PRId64 " 条道路 streets", path, r.streets);
    if (r.outside > 0)
        (void)printf("，区外 %" PRId64 " 条未导入 outside the district, left out", r.outside);
    (void)printf("\n");
    return 0;
}

static int run_area(int argc, char **argv)
{
    const char *data = NULL, *datum = "wgs84";
    bool approximate = false, sample = false;
    const struct option_def defs[] = {{"data", &data, NULL},
                                      {"datum", &datum, NULL},
                                      {"approximate", NULL, &approximate},
                                      {"sample", NULL, &sample}};
    char **operands;
    int n;

    options_parse(&area_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (data != NULL && n == 1 && strcmp(operands[0], "list") == 0)
        return list_areas(data);
    if (data == NULL || n < 2 || datum_named(datum) == DATUM_UNSET)
        return cli_usage(&area_command);
    if (n == 2 && strcmp(operands[0], "streets") == 0)
        return import_streets(data, operands[1], datum_named(datum), sample);
    if (strcmp(operands[0], "import") != 0)
        return cli_usage(&area_command);
    return import_areas(data, operands + 1, n - 1, datum_named(datum), approximate);
}

static const char area_help[] =
    "用法 usage: wangge area import FILE.csv|FILE.geojson… --data DIR [--datum gcj02|wgs84|bd09] "
    "[--approximate]\n"
    "            wangge area streets FILE.geojson --data DIR [--datum gcj02|wgs84|bd09] [--sample]\n"
    "            wangge area list --data DIR\n\n"
    "导入区划和边界；同一编码再导入即更新。Imports areas and boundaries; a code that is there already is "
    "updated.\n\n"
    "  FILE.csv           列 code,name[,level,parent_code]；编码可补零 columns; codes may be padded with "
    "zeros\n"
    "  FILE.geojson       每个要素有 code 属性 boundaries: each feature has the property code\n"
    "  --datum            GeoJSON 的坐标系 the coordinates of the GeoJSON (wgs84)\n"
    "  --approximate      边界是推算的，不是勘定的 the boundaries are derived, not surveyed\n"
    "  --data DIR         数据目录 made by wangge init\n\n"
    "streets 导入地图上的道路：LineString 或 MultiLineString，属性 name 和可选的 "
    "class（main、street、lane、path，\n"
    "或 OpenStreetMap 的 highway）。文件就是整个路网，原有的被替换；区外的不导入。Imports the streets of the "
    "map:\n"
    "lines with the property name and, if known, class. The file is the whole network and takes the place of "
    "what\n"
    "was there; streets outside the district are left out.\n\n"
    "  --sample           道路是虚构的 they are made up\n\n"
    "一个文件要么全部导入，要么一条也不导入。A file lands whole or not at all. 正在运行的服务在 SIGHUP "
    "后看到。\n"
    "A running server sees it after SIGHUP.\n\n"
    "例 example: wangge area import towns.csv towns.geojson --datum gcj02 --data data\n";
const struct subcommand area_command = {"area", "区划与边界 areas and their boundaries", area_help, run_area};

/* --- the calendar --- */

static int import_calendar(const char *data, const char *path)
{
    AUTO(district_close) struct district *d = NULL;
    AUTO(xfree) char *text = NULL;
    struct err e = {0};
    int64_t days = 0;
    size_t n = 0;

    if (!cli_open(data, NULL, CLI_WRITE, &d, &e) || !cli_read(path, FILE_BYTES, &text, &n, &e) ||
        !calendar_import_csv(d->db, d->code, text, n, &days, &e))
        return print_err("wangge calendar", &e);
    (void)printf("%s: %" PRId64 " 天 days\n", path, days);
    return 0;
}

static int run_calendar(int argc, char **argv)
{
    const char *data = NULL;
    const struct option_def defs[] = {{"data", &data, NULL}};
    char **operands;
    int n;

    options_parse(&calendar_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (data == NULL || n != 2 || strcmp(operands[0], "import") != 0)
        return cli_usage(&calendar_command);
    return import_calendar(data, operands[1]);
}

static const char calendar_help[] =
    "用法 usage: wangge calendar import FILE.csv --data DIR\n\n"
    "导入节假日与调休。Imports holidays and make-up working days; days not listed follow Monday to "
    "Friday.\n\n"
    "  FILE.csv           列 date,is_workday,name,kind，例 for instance: 2026-10-01,0,国庆节,public_holiday\n"
    "  --data DIR         数据目录 made by wangge init\n\n"
    "已经开始的时限不变。Limits that run already keep their due time. 正在运行的服务在 SIGHUP 后看到。A "
    "running\n"
    "server sees it after SIGHUP.\n\n"
    "例 example: wangge calendar import cn_workdays_2027.csv --data data\n";
const struct subcommand calendar_command = {"calendar", "工作日历 working days", calendar_help, run_calendar};
