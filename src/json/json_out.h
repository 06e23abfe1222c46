/* json_out.h -- streaming JSON writer.
 *
 * Errors stick: after the first (too large, nested too deep, unbalanced, a key
 * where none belongs) every call is a no-op and jo_end() reports it. Callers
 * check once. `key` is NULL at the top level and inside arrays. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include "base/base.h"
#include "base/uuid.h"

enum { JO_DEPTH_MAX = 32 };

struct json_out {
    char *buf; /* malloc()ed, NUL-terminated */
    size_t len, cap, limit;
    int depth;
    bool comma, failed;
    char close[JO_DEPTH_MAX];
};

void jo_begin(struct json_out *j, size_t limit);
void jo_free(struct json_out *j);
void jo_obj(struct json_out *j, const char *key);
void jo_arr(struct json_out *j, const char *key);
void jo_close(struct json_out *j);
void jo_str(struct json_out *j, const char *key, const char *val); /* NULL writes null */
void jo_strn(struct json_out *j, const char *key, const char *val, size_t n);
void jo_int(struct json_out *j, const char *key, int64_t val);
void jo_num(struct json_out *j, const char *key, double val); /* shortest that reads back; not finite: null */
void jo_bool(struct json_out *j, const char *key, bool val);
void jo_null(struct json_out *j, const char *key);
void jo_uuid(struct json_out *j, const char *key, struct uuid val);            /* nil writes null */
void jo_time(struct json_out *j, const char *key, int64_t ms, int offset_min); /* 0 writes null */
/* Text that is JSON already (from our own columns); not looked at. */
void jo_raw(struct json_out *j, const char *key, const char *json);
MUST_USE bool jo_end(struct json_out *j, struct err *e);

#endif
