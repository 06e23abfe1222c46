/* dump.h -- loaded packs written out, for people who review them and for golden tests. */
#ifndef PACK_DUMP_H
#define PACK_DUMP_H

#include "pack/pack.h"

/* Everything that was compiled, as one JSON object. */
void packs_dump(struct json_out *out, const struct packs *p);
/* Member "appraisal" of a kind that ranks something; nothing for NULL. */
void dump_appraisal(struct json_out *out, const struct appraisal_def *d);
/* Who may do what: one line for each move of each kind, and for seeing and revealing. */
void packs_audit(struct buf *out, const struct packs *p);

#endif
