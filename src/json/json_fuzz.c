/* json_fuzz.c -- anything that is read must be written again as the same value,
 * and nothing may be read that is not UTF-8. */
#include "base/text.h"
#include "json/json_in.h"
#include "json/json_out.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_value(struct json_out *j, const char *key, struct json_object *o);

static void write_object(struct json_out *j, struct json_object *o)
{
    json_object_object_foreach(o, name, value) write_value(j, name, value);
}

static void write_array(struct json_out *j, struct json_object *o)
{
    for (size_t i = 0; i < json_object_array_length(o); i++)
        write_value(j, NULL, json_object_array_get_idx(o, i));
}

static void write_value(struct json_out *j, const char *key, struct json_object *o)
{
    switch (json_object_get_type(o)) {
    case json_type_null:
        jo_null(j, key);
        break;
    case json_type_boolean:
        jo_bool(j, key, json_object_get_boolean(o));
        break;
    case json_type_double:
        jo_num(j, key, json_object_get_double(o));
        break;
    case json_type_int:
        jo_int(j, key, json_object_get_int64(o));
        break;
    case json_type_string:
        must(strlen(json_object_get_string(o)) == (size_t)json_object_get_string_len(o));
        must(utf8_valid(json_object_get_string(o), strlen(json_object_get_string(o))));
        jo_str(j, key, json_object_get_string(o));
        break;
    case json_type_object:
        jo_obj(j, key);
        write_object(j, o);
        jo_close(j);
        break;
    case json_type_array:
        jo_arr(j, key);
        write_array(j, o);
        jo_close(j);
        break;
    }
}

static bool same(struct json_object *a, struct json_object *b);

static bool same_members(struct json_object *a, struct json_object *b)
{
    json_object_object_foreach(a, name, value)
    {
        if (!same(value, json_object_object_get(b, name)))
            return false;
    }
    return json_object_object_length(a) == json_object_object_length(b);
}

static bool same_items(struct json_object *a, struct json_object *b)
{
    size_t n = json_object_array_length(a);

    for (size_t i = 0; i < n && i < json_object_array_length(b); i++)
        if (!same(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
            return false;
    return n == json_object_array_length(b);
}

/* As json_object_equal(), but 1e5 is 100000. */
static bool same(struct json_object *a, struct json_object *b)
{
    if (json_object_is_type(a, json_type_double))
        return json_object_get_double(a) == json_object_get_double(b);
    if (json_object_get_type(a) != json_object_get_type(b))
        return false;
    if (json_object_is_type(a, json_type_object))
        return same_members(a, b);
    return json_object_is_type(a, json_type_array) ? same_items(a, b) : json_object_equal(a, b) != 0;
}

static void read_members(struct json_object *o)
{
    struct {
        const char *text;
        int64_t at, n;
        double d;
        struct uuid id;
    } into = {0};
    static const struct json_member members[] = {
        {"text", JSON_TEXT, 0, true, 1, 5}, {"at", JSON_TIME, 8, false, 0, 0},
        {"n", JSON_INT, 16, false, 0, 100}, {"d", JSON_NUMBER, 24, false, 0, 0},
        {"id", JSON_UUID, 32, false, 0, 0},
    };
    struct err e = {0};

    if (json_read(o, "fields.", members, COUNT_OF(members), &into, &e))
        must(into.text != NULL && e.n_details == 0);
    for (size_t i = 0; i < e.n_details; i++)
        must(utf8_valid(e.details[i].field, strlen(e.details[i].field)) &&
             utf8_valid(e.details[i].zh, strlen(e.details[i].zh)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(json_free) struct json_object *o = NULL;
    AUTO(json_free) struct json_object *again = NULL;
    struct json_out j;
    struct err e = {0};

    if (!json_parse((const char *)data, size, &o, &e)) {
        must(e.code != ERR_NONE && e.code != ERR_INTERNAL);
        return 0;
    }
    must(utf8_valid((const char *)data, size));
    read_members(o);
    jo_begin(&j, 8 * size + 64);
    write_value(&j, NULL, o);
    must(jo_end(&j, &e));
    must(json_parse(j.buf, j.len, &again, &e) && same(o, again));
    jo_free(&j);
    return 0;
}
