/* json_in.h -- strict JSON in (json-c underneath): valid UTF-8, no duplicate
 * keys at the top, no trailing bytes, depth and size limited. Numbers keep
 * 64-bit integers exact. */
#ifndef JSON_IN_H
#define JSON_IN_H

#include "base/base.h"
#include "base/uuid.h"

#include <json-c/json_object.h>

/* Parses text[0..n). The caller owns *ret: AUTO(json_free).
 * ERR_MALFORMED "json.malformed" (says at which byte), "json.utf8", "json.depth". */
MUST_USE bool json_parse(const char *text, size_t n, struct json_object **ret, struct err *e);
void json_free(struct json_object **o);

/* Reading an object by descriptor: each row names a member, its type, limits,
 * and where it goes. Unknown members are refused by name ("input.unknown_field"),
 * wrong types say what was found ("input.type"), missing required ones
 * "input.required". All complaints are collected in e->details. */
enum json_member_type {
    JSON_UNSET = 0,
    JSON_TEXT,   /* const char *   (points into the parsed object) */
    JSON_INT,    /* int64_t        min..max */
    JSON_NUMBER, /* double */
    JSON_BOOL,   /* bool */
    JSON_UUID,   /* struct uuid */
    JSON_TIME,   /* int64_t ms, from RFC 3339 */
    JSON_OBJECT, /* struct json_object * */
    JSON_ARRAY,  /* struct json_object *   at most `max` items */
    JSON_ANY,    /* struct json_object * */
};

struct json_member {
    const char *name;
    enum json_member_type type;
    size_t offset; /* into *dst */
    bool required;
    /* JSON_TEXT: code points, max 0 means LIMIT_TEXT_CHARS; JSON_INT, JSON_NUMBER:
     * a range when max > min; JSON_ARRAY: items, max 0 means any number */
    int64_t min, max;
};

/* `path` prefixes field names in complaints ("" or "fields."). Members that are
 * absent or null leave *dst untouched. */
MUST_USE bool json_read(struct json_object *obj, const char *path, const struct json_member *members,
                        size_t n, void *dst, struct err *e);

#endif
