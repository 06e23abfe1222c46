#include "base/text.h"
#include "identity/privacy.h"

#include <string.h>

enum { NAME_CHARS = 4, TEXT_STARS = 3 };

/* The first `head` and last `tail` code points of `plain`, `stars` between. */
static const char *masked(struct arena *a, const char *plain, size_t head, size_t stars, size_t tail)
{
    size_t n_head = utf8_prefix(plain, head);
    size_t from_tail = utf8_prefix(plain, utf8_length(plain) - tail);
    size_t n_tail = strlen(plain) - from_tail;
    char *out = arena_alloc(a, n_head + stars + n_tail + 1);

    memcpy(out, plain, n_head);
    memset(out + n_head, '*', stars);
    memcpy(out + n_head + stars, plain + from_tail, n_tail);
    return out;
}

/* Short texts are taken for names and keep their length; a longer one does not
 * tell even that. */
static const char *mask_text(struct arena *a, const char *plain, size_t chars)
{
    if (chars == 0)
        return "";
    if (chars == 1)
        return "*";
    return masked(a, plain, 1, chars <= NAME_CHARS ? chars - 1 : TEXT_STARS, 0);
}

const char *privacy_mask(struct arena *a, enum field_type t, const char *plain)
{
    size_t chars = utf8_length(plain);

    if (t == FIELD_PHONE && chars >= 10)
        return masked(a, plain, 3, chars - 7, 4);
    if (t == FIELD_CITIZEN_ID && chars == 18)
        return masked(a, plain, 6, 8, 4);
    if (t == FIELD_DATE && chars == 10)
        return "****-**-**";
    if (t == FIELD_PLATE && chars >= 6)
        return masked(a, plain, 2, chars - 3, 1);
    return mask_text(a, plain, chars);
}
