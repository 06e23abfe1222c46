/* GCJ-02 is the published offset of the Krasovsky ellipsoid that Chinese maps
 * use; BD-09 is Baidu's rotation on top of it. */
#include "area/area.h"
#include "base/text.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double AXIS = 6378245.0; /* Krasovsky 1940, m */
static const double EE = 0.00669342162296594323;
static const double EARTH_M = 6371008.8; /* mean radius */

enum datum datum_named(const char *name)
{
    if (str_eq(name, "wgs84"))
        return DATUM_WGS84;
    if (str_eq(name, "gcj02"))
        return DATUM_GCJ02;
    return str_eq(name, "bd09") ? DATUM_BD09 : DATUM_UNSET;
}

static bool outside_china(double lng, double lat)
{
    return lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

static double waves(double v, double twelfth, double thirtieth)
{
    return 20.0 * sin(v * PI) + 40.0 * sin(v / 3.0 * PI) + twelfth * sin(v / 12.0 * PI) +
           thirtieth * sin(v / 30.0 * PI);
}

static void gcj_offset(double lng, double lat, double *ret_dlng, double *ret_dlat)
{
    double x = lng - 105.0, y = lat - 35.0, root = sqrt(fabs(x)), two_thirds = 2.0 / 3.0;
    double ripple = 20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI);
    double dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
    double dlng = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
    double rad = lat / 180.0 * PI, s = sin(rad), magic = 1.0 - EE * s * s, sq = sqrt(magic);

    dlat += (ripple + waves(y, 160.0, 320.0)) * two_thirds;
    dlng += (ripple + waves(x, 150.0, 300.0)) * two_thirds;
    *ret_dlat = dlat * 180.0 / (AXIS * (1.0 - EE) / (magic * sq) * PI);
    *ret_dlng = dlng * 180.0 / (AXIS / sq * cos(rad) * PI);
}

static void wgs_to_gcj(double *lng, double *lat)
{
    double dlng, dlat;

    if (outside_china(*lng, *lat))
        return;
    gcj_offset(*lng, *lat, &dlng, &dlat);
    *lng += dlng;
    *lat += dlat;
}

/* Fixed point of wgs + offset(wgs) = gcj: the offset varies slowly, so each round
 * gains three digits. */
static void gcj_to_wgs(double *lng, double *lat)
{
    double x = *lng, y = *lat;

    if (outside_china(x, y))
        return;
    for (int i = 0; i < 10; i++) {
        double dlng, dlat, nx, ny;

        gcj_offset(x, y, &dlng, &dlat);
        nx = *lng - dlng;
        ny = *lat - dlat;
        bool settled = fabs(nx - x) + fabs(ny - y) < 1e-10;
        x = nx;
        y = ny;
        if (settled)
            break;
    }
    *lng = x;
    *lat = y;
}

static const double BD_PI = 3.14159265358979323846 * 3000.0 / 180.0;

static void gcj_to_bd(double *lng, double *lat)
{
    double z = hypot(*lng, *lat) + 0.00002 * sin(*lat * BD_PI);
    double theta = atan2(*lat, *lng) + 0.000003 * cos(*lng * BD_PI);

    *lng = z * cos(theta) + 0.0065;
    *lat = z * sin(theta) + 0.006;
}

static void bd_to_gcj(double *lng, double *lat)
{
    double x = *lng - 0.0065, y = *lat - 0.006;
    double z = hypot(x, y) - 0.00002 * sin(y * BD_PI);
    double theta = atan2(y, x) - 0.000003 * cos(x * BD_PI);

    *lng = z * cos(theta);
    *lat = z * sin(theta);
}

void datum_to_wgs84(enum datum from, double *lng, double *lat)
{
    if (from == DATUM_BD09)
        bd_to_gcj(lng, lat);
    if (from == DATUM_BD09 || from == DATUM_GCJ02)
        gcj_to_wgs(lng, lat);
}

void datum_from_wgs84(enum datum to, double *lng, double *lat)
{
    if (to == DATUM_BD09 || to == DATUM_GCJ02)
        wgs_to_gcj(lng, lat);
    if (to == DATUM_BD09)
        gcj_to_bd(lng, lat);
}

double distance_m(double lng1, double lat1, double lng2, double lat2)
{
    double rad = PI / 180.0, u = sin((lat2 - lat1) * rad / 2.0), v = sin((lng2 - lng1) * rad / 2.0);

    return 2.0 * EARTH_M * asin(fmin(1.0, sqrt(u * u + cos(lat1 * rad) * cos(lat2 * rad) * v * v)));
}
