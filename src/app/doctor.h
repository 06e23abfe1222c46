/* doctor.h -- what `wangge doctor` looks at, and how it says what it found. */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/app.h"

enum verdict {
    VERDICT_UNSET = 0,
    VERDICT_GOOD,   /* looked at, nothing to do */
    VERDICT_ADVICE, /* works, but should be seen to */
    VERDICT_WRONG,  /* does not work, or loses something: exit status 1 */
    VERDICT__MAX,
};
struct words;
struct doctor {
    const char *dir, *pack, *listen; /* NULL: not asked */
    bool deep;                       /* also what reads the whole database */
    bool quick;                      /* nothing that takes more than a moment */
    bool served;                     /* a server, or another writer, has the door */
    bool key;                        /* the key file is as it should be */
    bool archives;                   /* the database server archives its log, and did so lately */
    int errors, warnings;
    /* Who hears what was found; NULL: it is printed. */
    void (*hear)(void *ctx, enum verdict v, const char *key, const struct words *what,
                 const struct words *todo);
    void *ctx;
};
/* A sentence in both languages, made from the same arguments. */
struct words {
    char zh[ERR_TEXT_MAX], en[ERR_TEXT_MAX];
};
struct words words(const char *zh, const char *en, ...) PRINTF_LIKE(1, 3) PRINTF_LIKE(2, 3);
struct words words_of(const struct err *e);

/* Prints, or lets who listens hear, what was found under its stable key ("disk.low";
 * docs/operations/doctor.md) and, unless all is well, what to do (may be NULL for VERDICT_GOOD). */
void doctor_says(struct doctor *x, enum verdict v, const char *key, struct words what,
                 const struct words *todo);
#define DO_THIS(...) (&(struct words[1]){words(__VA_ARGS__)}[0])

/* doctor_machine.c: clock, memory, descriptors, port. */
void doctor_machine(struct doctor *x);
/* doctor_folder.c: the data folder, its owner and mode, key, disk, lock, backups. False: there is no
 * database. */
MUST_USE bool doctor_folder(struct doctor *x);
/* The room on the disk that this folder lies on. */
void doctor_room(struct doctor *x, const char *dir);
/* When the last backup was made. */
void doctor_backup(struct doctor *x);
/* doctor_server.c: the PostgreSQL server: settings, standbys, sessions, what grows without bound. */
void doctor_server(struct doctor *x, struct sql *db);
/* doctor_district.c: the database and what is in it. */
void doctor_district(struct doctor *x);

#endif
