/* Where a record lies. */
#include "engine/apply_internal.h"

#include <string.h>

static bool check_level(struct applying *x, const struct area *area, struct err *e)
{
    enum area_level min = (enum area_level)x->rec->kind->area_level_min;

    if (area->level >= AREA_DISTRICT && area->level >= min)
        return true;
    return ERR_FIELD(e, "area", "place.level", "“%s”范围太大，请选到更小的区域",
                     "“%s” is too wide: choose a smaller area", area->name);
}

static bool set_area(struct applying *x, const struct area *area, struct err *e)
{
    if (!check_level(x, area, e))
        return false;
    x->rec->area = area->code;
    return true;
}

/* The only area a code may name is one of this district. */
static bool area_given(struct applying *x, struct err *e)
{
    char trimmed[AREA_CODE_MAX];
    const struct area *area;

    area_code_trim(x->cmd->area, trimmed);
    area = area_find(x->in->world->areas, trimmed);
    if (area == NULL || area->level < AREA_DISTRICT)
        return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                         x->cmd->area);
    if (!area_holds(area, x->cmd->at))
        return ERR_FIELD(e, "area", "place.area_ended", "区域“%s”当时不存在，请选现行的区域",
                         "there is no area “%s” at that time: choose one that there is", area->name);
    return set_area(x, area, e);
}

static bool area_of_place(struct applying *x, struct err *e)
{
    const struct area *area = area_locate_at(x->in->world->areas, x->cmd->lng, x->cmd->lat, x->cmd->at);

    if (area == NULL)
        return ERR_FIELD(e, "place", "place.outside", "位置（%.5f，%.5f）不在本区范围内",
                         "the place (%.5f, %.5f) lies outside the district", x->cmd->lng, x->cmd->lat);
    return set_area(x, area, e);
}

/* Area and point given together must agree: one lies within the other. */
static bool place_fits_area(struct applying *x, struct err *e)
{
    const struct area *located = area_locate_at(x->in->world->areas, x->cmd->lng, x->cmd->lat, x->cmd->at);

    if (located == NULL)
        return ERR_FIELD(e, "place", "place.outside", "位置（%.5f，%.5f）不在本区范围内",
                         "the place (%.5f, %.5f) lies outside the district", x->cmd->lng, x->cmd->lat);
    return area_covers(x->rec->area, located->code) || area_covers(located->code, x->rec->area) ||
           ERR_FIELD(e, "area", "place.mismatch", "位置在“%s”，与所选区域不符",
                     "the place lies in “%s”, not in the area given", located->name);
}

bool apply_place(struct applying *x, struct err *e)
{
    const struct command *c = x->cmd;

    if (c->has_place) {
        x->rec->has_place = true;
        x->rec->lng = c->lng;
        x->rec->lat = c->lat;
    }
    if (c->address != NULL)
        x->rec->address = c->address;
    if (c->area != NULL && c->area[0] != '\0')
        return area_given(x, e) && (!c->has_place || c->trusted || place_fits_area(x, e));
    if (c->has_place)
        return area_of_place(x, e);
    if (x->rec->kind->place == PLACE_REQUIRED)
        return ERR_FIELD(e, "place", "place.required", "请在地图上点一下位置，或选择所在社区",
                         "say where: a point on the map or an area");
    x->rec->area = arena_printf(x->arena, "%lld", (long long)x->in->world->district);
    return true;
}
