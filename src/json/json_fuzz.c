#include "json/json_in.h"
#include "json/json_out.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *o = NULL;
    struct err e = {0};

    if (json_parse((const char *)data, size, &o, &e))
        json_free(&o);
    return 0;
}
