/* value.h -- field values: from JSON as people and programs send them, checked and
 * normalised; to JSON as the API shows them; and to and from the JSON of our own
 * columns, which SQL conditions read too. */
#ifndef PACK_VALUE_H
#define PACK_VALUE_H

#include "json/json_in.h"
#include "json/json_out.h"
#include "pack/pack.h"

/* One value of a field. JSON null makes CEL_NULL (the field is cleared). `path` names it in
 * complaints ("fields.category"); texts in *ret live in `a`. A refused value adds an ERR_FIELD
 * detail: "input.type", "input.too_long", "input.too_short", "input.range", "input.too_many",
 * "input.unknown_code", "input.date", "input.time", "input.uuid", "input.point", "input.text",
 * "input.phone", "input.citizen_id", "input.credit_code", "input.plate", "input.mail". */
MUST_USE bool field_from_json(const struct field *f, struct json_object *v, const char *path, struct arena *a,
                              struct cel_value *ret, struct err *e);
/* As the API shows it: times RFC 3339 at +08:00, points [lng,lat]. Unset and null write null.
 * Personal fields are written as they are: mask them before. */
void field_to_json(struct json_out *out, const char *key, const struct field *f, const struct cel_value *v);

/* As our own columns hold it: times are integer ms, points "lng,lat"; the rest as in the API.
 * ERR_INTERNAL "record.stored" when the column does not hold what the field should. */
void field_to_stored(struct json_out *out, const char *key, const struct field *f, const struct cel_value *v);
MUST_USE bool field_from_stored(const struct field *f, struct json_object *v, struct arena *a,
                                struct cel_value *ret, struct err *e);

#endif
