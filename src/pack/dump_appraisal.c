#include "pack/dump.h"
#include "pack/loader.h"

static void dump_values(struct json_out *out, const char *key, const struct appraisal_values *v)
{
    if (v->kind != NULL) {
        jo_obj(out, key);
        jo_str(out, "kind", v->kind->name);
        jo_str(out, "item", v->item->name);
        jo_str(out, "value", v->value->name);
        jo_int(out, "states", (int64_t)v->counted);
        jo_close(out);
    }
}

static void dump_indicator(struct json_out *out, const struct appraisal_indicator *i)
{
    static const char *const normals[] = {"", "range", "target", "given"}, *const nones[] = {"", "spread",
                                                                                             "full", "floor"};

    jo_obj(out, NULL);
    jo_str(out, "code", i->code->code);
    jo_str(out, "measure", i->measure == NULL ? NULL : i->measure->name);
    if (i->by != NULL) {
        jo_str(out, "by", i->by->name);
    }
    jo_bool(out, "year", i->year);
    jo_str(out, "normal", normals[i->normal]);
    jo_bool(out, "lower", i->lower);
    jo_int(out, "full", i->full);
    jo_int(out, "zero", i->zero);
    jo_int(out, "floor", i->floor);
    jo_str(out, "none", nones[i->none]);
    jo_close(out);
}

static void dump_weights(struct json_out *out, const struct appraisal_def *d)
{
    jo_arr(out, "weights");
    for (size_t y = 0; y < d->n_years; y++) {
        jo_obj(out, NULL);
        jo_int(out, "from", d->years[y].from);
        for (size_t i = 0; i < d->n_indicators; i++) {
            jo_int(out, d->indicators[i].code->code, d->years[y].weights[i]);
        }
        jo_close(out);
    }
    jo_close(out);
}

void dump_appraisal(struct json_out *out, const struct appraisal_def *d)
{
    if (d == NULL) {
        return;
    }
    jo_obj(out, "appraisal");
    jo_str(out, "month", d->month->name);
    jo_str(out, "units", d->units->name);
    if (d->post == NULL) {
        jo_str(out, "each", level_names[d->level - 1]);
    } else {
        jo_str(out, "each_with", d->post->name);
        jo_str(out, "org", d->org->name);
    }
    dump_values(out, "lines", &d->lines);
    dump_values(out, "corrections", &d->corrections);
    jo_str(out, "total", d->total->name);
    jo_str(out, "place", d->place->name);
    jo_str(out, "name", d->name == NULL ? NULL : d->name->name);
    jo_str(out, "then", d->then->name);
    jo_int(out, "places", d->places);
    jo_arr(out, "indicators");
    for (size_t i = 0; i < d->n_indicators; i++) {
        dump_indicator(out, &d->indicators[i]);
    }
    jo_close(out);
    dump_weights(out, d);
    jo_close(out);
}
