/* cli.h -- what the subcommands that work on a data folder share. */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/app.h"

enum cli_mode {
    CLI_UNSET = 0,
    CLI_READ,  /* reads a snapshot, beside a running server */
    CLI_WRITE, /* changes who is who, areas, the calendar, beside a running server */
    CLI_DRY,   /* as CLI_DOOR, but keeps nothing */
    CLI_DOOR,  /* is the district's one writer of matters: not beside a running server */
};
/* Opens DIR with the packs of DIR/packs and of `pack` (may be NULL). */
MUST_USE bool cli_open(const char *dir, const char *pack, enum cli_mode mode, struct district **ret,
                       struct err *e);

/* Prints the help on stderr; yields the exit status 2. */
int cli_usage(const struct subcommand *s);

/* A whole file of at most `max` bytes; the caller free()s *ret, which ends with a NUL. */
MUST_USE bool cli_read(const char *path, size_t max, char **ret, size_t *ret_n, struct err *e);

/* A text that may be large, mapped: a .gz file is unpacked into an unnamed temporary file first. */
struct cli_text {
    const char *bytes;
    size_t n;
    void *map; /* NULL: an empty file */
};
MUST_USE bool cli_map(const char *path, struct cli_text *ret, struct err *e);
void cli_unmap(struct cli_text *t);

/* Asks for a password twice without showing it; where no terminal is, reads the first line of stdin. */
enum { CLI_PASSWORD_MAX = 256 };
MUST_USE bool cli_password(char ret[CLI_PASSWORD_MAX], struct err *e);

/* The account somebody names by its login, as it acts; its posts are those of the directory. */
MUST_USE bool cli_principal(struct district *d, const char *login, struct arena *a,
                            const struct principal **ret, struct err *e);

#endif
