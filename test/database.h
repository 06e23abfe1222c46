/* database.h -- for tests: an empty database on the engine under test, which is SQLite
 * unless test/support/postgres.py runs the program. */
#ifndef TEST_DATABASE_H
#define TEST_DATABASE_H

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_DATABASE_BYTES = 256 };

static inline const char *test_postgres(void)
{
    return getenv("WANGGE_TEST_POSTGRES");
}

/* ":memory:", or the address of a database that is made now. Ends the program if it cannot
 * be made. Valid until the next call. */
static inline const char *test_database(void)
{
    static char address[TEST_DATABASE_BYTES];
    static int n;
    char name[64];
    char *argv[] = {
        (char[]){"createdb"},  (char[]){"-h"}, NULL, (char[]){"-U"}, (char[]){"wangge"}, (char[]){"-T"},
        (char[]){"template0"}, name,           NULL};
    char *empty[] = {NULL};
    char where[108]; /* of a socket */
    pid_t pid;
    int status = -1;

    if (test_postgres() == NULL)
        return ":memory:";
    (void)snprintf(where, sizeof(where), "%s", test_postgres());
    (void)snprintf(name, sizeof(name), "t_%d_%d", (int)getpid(), ++n);
    (void)snprintf(address, sizeof(address), "postgresql:///%s?host=%s&user=wangge", name, where);
    argv[2] = where;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ != NULL ? environ : empty) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        (void)printf("Bail out! no database %s\n", address);
        exit(1);
    }
    return address;
}

#endif
