/* The canonical bytes of an entry and their hash. docs/internals/history.md says how
 * anybody can compute them; changing a byte here needs a new first line. */
#include "base/buf.h"
#include "record/store.h"

#include <string.h>

enum { CANONICAL_BYTES = 4 * 1024 * 1024 };

void canonical_int(struct buf *b, int64_t v)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
    buf_add(b, bytes, sizeof(bytes));
}

void canonical_text(struct buf *b, const char *s)
{
    size_t n = strlen(s);

    canonical_int(b, (int64_t)n);
    buf_add(b, s, n);
}

void entry_hash(const struct privacy *p, const struct entry_row *row, uint8_t ret[HASH_BYTES])
{
    static const unsigned char leaf = 0; /* RFC 6962: a leaf's hash is H(0x00 || data) */
    struct buf b;

    buf_init(&b, CANONICAL_BYTES);
    canonical_text(&b, "wangge-entry-1");
    canonical_int(&b, row->district);
    canonical_int(&b, row->seq);
    buf_add(&b, row->record.b, sizeof(row->record.b));
    buf_add(&b, row->command.b, sizeof(row->command.b));
    canonical_int(&b, row->at);
    buf_add(&b, row->actor.b, sizeof(row->actor.b));
    canonical_int(&b, row->actor_kind);
    canonical_text(&b, row->right);
    canonical_text(&b, row->verb);
    canonical_text(&b, row->from_state);
    canonical_text(&b, row->to_state);
    canonical_int(&b, row->version);
    canonical_text(&b, row->note);
    canonical_text(&b, row->changes);
    privacy_hash(p, &leaf, 1, b.s, b.len, ret);
    buf_free(&b);
}
