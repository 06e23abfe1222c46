/* Any bytes as pack.yaml, and the same bytes as every CSV file it names: loads or complains. */
#include "base/buf.h"
#include "pack/dump.h"
#include "pack/pack_test_effects.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const char *bytes;
    size_t n, yaml; /* the first `yaml` bytes are pack.yaml, the rest the CSV */
};

static bool input_read(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n)
{
    const struct input *in = ctx;
    bool yaml = strcmp(name, "pack.yaml") == 0;

    *ret_bytes = yaml ? in->bytes : in->bytes + in->yaml;
    *ret_n = yaml ? in->yaml : in->n - in->yaml;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {(const char *)data, size, size};
    const uint8_t *cut = memmem(data, size, "\n---\n", 5);
    struct arena *a;
    struct packs *p;
    struct complaints c;
    struct buf out;

    if (cut != NULL) {
        in.yaml = (size_t)(cut - data) + 1;
    }
    buf_init(&out, 16 << 20);
    struct pack_source s = {"fuzz", input_read, &in};

    if (packs_load(&s, 1, test_effects, COUNT_OF(test_effects), &a, &p, &c)) {
        AUTO(jo_free) struct json_out j = {0};

        jo_begin(&j, 16 << 20);
        packs_dump(&j, p);
        packs_audit(&out, p);
    } else {
        complaints_print(&c, &out);
    }
    buf_free(&out);
    arena_free(&a);
    return 0;
}
