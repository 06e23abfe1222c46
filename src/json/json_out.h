/* json_out.h -- streaming JSON writer.
 *
 * Errors stick: after the first (too large, nested too deep, unbalanced, a key
 * where none belongs) every call is a no-op and jo_end() reports it. Callers
 * check once. `key` is NULL at the top level and inside arrays. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include "base/base.h"
#include "base/uuid.h"

#include <string.h>

enum { JO_DEPTH_MAX = 32 };

struct json_out {
    char *buf; /* malloc()ed, NUL-terminated */
    size_t len, cap, limit;
    int depth;
    bool comma, failed;
    char close[JO_DEPTH_MAX];
};

void jo_begin(struct json_out *j, size_t limit);
/* Makes room for about so many more bytes at once. */
void jo_reserve(struct json_out *j, size_t n);
void jo_free(struct json_out *j);
void jo_close(struct json_out *j);

/* The parts of what is below. Of a key that stands in the code the compiler knows the length, and that
 * nothing in it needs escaping; pages are made of keys. */
void jo_item(struct json_out *j, const char *key, size_t n, bool literal);
void jo_open(struct json_out *j, const char *pair);
void jo_put_strn(struct json_out *j, const char *val, size_t n);
void jo_put_int(struct json_out *j, int64_t val);
void jo_put_num(struct json_out *j, double val);
void jo_put_bool(struct json_out *j, bool val);
void jo_put_null(struct json_out *j);
void jo_put_uuid(struct json_out *j, struct uuid val);
void jo_put_time(struct json_out *j, int64_t ms, int offset_min);
void jo_put_raw(struct json_out *j, const char *json);

ALWAYS_INLINE void jo_key(struct json_out *j, const char *key)
{
    size_t n = key == NULL ? 0 : strlen(key);

    jo_item(j, key, n, __builtin_constant_p(n));
}

ALWAYS_INLINE void jo_obj(struct json_out *j, const char *key)
{
    jo_key(j, key);
    jo_open(j, "{}");
}

ALWAYS_INLINE void jo_arr(struct json_out *j, const char *key)
{
    jo_key(j, key);
    jo_open(j, "[]");
}

/* NULL writes null. */
ALWAYS_INLINE void jo_strn(struct json_out *j, const char *key, const char *val, size_t n)
{
    jo_key(j, key);
    jo_put_strn(j, val, n);
}

ALWAYS_INLINE void jo_str(struct json_out *j, const char *key, const char *val)
{
    jo_strn(j, key, val, val == NULL ? 0 : strlen(val));
}

ALWAYS_INLINE void jo_int(struct json_out *j, const char *key, int64_t val)
{
    jo_key(j, key);
    jo_put_int(j, val);
}

/* The shortest that reads back; what is not finite is null. */
ALWAYS_INLINE void jo_num(struct json_out *j, const char *key, double val)
{
    jo_key(j, key);
    jo_put_num(j, val);
}

ALWAYS_INLINE void jo_bool(struct json_out *j, const char *key, bool val)
{
    jo_key(j, key);
    jo_put_bool(j, val);
}

ALWAYS_INLINE void jo_null(struct json_out *j, const char *key)
{
    jo_key(j, key);
    jo_put_null(j);
}

/* Nil writes null. */
ALWAYS_INLINE void jo_uuid(struct json_out *j, const char *key, struct uuid val)
{
    jo_key(j, key);
    jo_put_uuid(j, val);
}

/* 0 writes null. */
ALWAYS_INLINE void jo_time(struct json_out *j, const char *key, int64_t ms, int offset_min)
{
    jo_key(j, key);
    jo_put_time(j, ms, offset_min);
}

/* Text that is JSON already (from our own columns); not looked at. */
ALWAYS_INLINE void jo_raw(struct json_out *j, const char *key, const char *json)
{
    jo_key(j, key);
    jo_put_raw(j, json);
}

MUST_USE bool jo_end(struct json_out *j, struct err *e);

#endif
