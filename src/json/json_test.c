#include "json/json_in.h"
#include "json/json_out.h"
#include "test.h"

TEST(an_object_is_read)
{
    struct json_object *o = NULL;
    struct err e = {0};

    check(json_parse("{\"a\":1}", 7, &o, &e));
    json_free(&o);
}
