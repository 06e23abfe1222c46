/* api_internal.h -- what the routes of rules/ share. */
#ifndef RULES_API_INTERNAL_H
#define RULES_API_INTERNAL_H

#include "rules/rules_internal.h"

/* The path's pack; NULL with ERR_NOT_FOUND "version.pack" if it cannot be one. */
const char *pack_name_of(const struct req *r, struct err *e);
void write_version(struct req *r, const struct version *v);
void write_switch(struct req *r, const char *key, const struct switching *s);
/* A pack as GET /packs/{pack} answers it. */
MUST_USE bool write_pack(struct req *r, const char *name, struct err *e);
/* A version's files by its number, "now" or "program". ERR_NOT_FOUND "version.none". */
MUST_USE bool find_edition(struct req *r, const char *pack, const char *which, struct edition *ret,
                           int64_t *ret_number, struct err *e);

#endif
