/* pack_versions.h -- wangge pack versions and wangge pack return. Inside app/ only. */
#ifndef APP_PACK_VERSIONS_H
#define APP_PACK_VERSIONS_H

/* Prints the versions that are kept (of the pack `only`, or of all if NULL), which hold, and what the checker
 * says of each. The exit status: 1 when one that holds is refused. */
int pack_versions(const char *dir, const char *extra, const char *only);
/* PACK NUMBER …: puts these versions into force, the server being stopped. */
int pack_return(const char *dir, const char *extra, char *const *operands, int n, const char *why);

#endif
