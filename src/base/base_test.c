#include "base/base.h"
#include "test.h"

TEST(arena_gives_zeroed_memory)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    char *p = arena_alloc(a, 100);

    check(p[0] == 0 && p[99] == 0);
}
