/* Files somebody may hand to `area import`: CSV and GeoJSON geometries. */
#include "area/area_priv.h"
#include "area/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_csv(const char *text, size_t n)
{
    AUTO(csv_free) struct csv *c = csv_create();
    struct err e = {0};
    bool more = true;

    if (!csv_begin(c, text, n, &e))
        return;
    int column = csv_column(c, "code");
    while (more && csv_next(c, &more, &e)) {
        char code[AREA_CODE_MAX];

        area_code_trim(csv_get(c, column), code);
        if (e.code != ERR_NONE)
            break;
    }
}

static void read_geometry(const char *text, size_t n)
{
    AUTO(json_free) struct json_object *o = NULL;
    AUTO(geometry_free) GEOSGeometry *g = NULL;
    struct err e = {0};

    if (!json_parse(text, n, &o, &e) || !geometry_read(o, DATUM_GCJ02, "x", &g, &e) ||
        !geometry_check(g, "x", &e))
        return;
    struct area area = {.code = "33", .level = AREA_PROVINCE};
    struct locator_item item = {&area, g, 0, 0};
    struct locator *l = locator_create(&item, 1);
    for (int i = 0; i < 9; i++)
        (void)locator_find(l, 118 + i * 0.25, 28 + i % 3 * 0.5, i);
    locator_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{')
        read_geometry((const char *)data, size);
    else
        read_csv((const char *)data, size);
    return 0;
}
