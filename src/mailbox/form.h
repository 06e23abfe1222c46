/* form.h -- what a text says for each field of a kind: "项目名称：…", a line that begins with the field's
 * title. */
#ifndef MAILBOX_FORM_H
#define MAILBOX_FORM_H

#include "base/base.h"

#include <json-c/json.h>

enum { FORM_FIELDS_MAX = 96 };

/* The text and code fields of a kind, as GET /kinds/{kind} tells them; points into that answer. */
struct form_field {
    const char *name, *zh, *en;
    int64_t max;               /* characters of a text; 0: a code */
    struct json_object *codes; /* x-codes of a code; NULL otherwise */
    bool many;
};
struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t n;
};

/* False when the answer tells no fields: ERR_MALFORMED "mail.kind". */
MUST_USE bool form_read(struct json_object *kind, struct form *ret, struct err *e);
bool form_has(const struct form *f, const char *name);

/* What a text says of each field, NULL where nothing. A line that begins with a title and a colon, either
 * width, also behind a number, a dash or a bracket, begins that field; what follows belongs to it until
 * another begins. Text before the first belongs to `rest` (a field's name; NULL: to none), as does all where
 * no title stands. A code is given by its title in either language, or as it is. Nothing is read below "-- ".
 */
void form_fill(const struct form *f, const char *text, const char *rest, struct arena *a,
               const char *ret[FORM_FIELDS_MAX]);

#endif
