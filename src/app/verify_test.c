/* verify finds nothing where nothing is wrong, and each thing that is. */
#include "app/fixture.h"
#include "app/verify.h"

#define MONDAY "2026-09-28T09:00:00+08:00"

enum { MINUTE = 60000, HOUR = 3600000 };

struct findings {
    const char *wanted;
    bool found;
    char first[300];
};

static void differs(void *ctx, const char *what)
{
    struct findings *f = ctx;

    if (f->first[0] == '\0')
        str_copy(f->first, sizeof(f->first), what);
    f->found = f->found || (f->wanted != NULL && strstr(what, f->wanted) != NULL);
}

static int64_t verify(struct fixture *f, struct findings *found)
{
    struct verify_result r;
    struct err e = {0};

    check(verify_district(f->d, false, differs, found, &r, &e));
    return r.differences;
}

/* A story that leaves a row in every table that is derived from the history; told once. */
static struct fixture *told(void)
{
    static bool before;
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id, other;
    char link[128], text[UUID_TEXT_MAX];

    if (before)
        return f;
    before = true;
    is(report(
           f, "clerk", t,
           "{\"fields\":{\"description\":\"路灯不亮\",\"caller\":\"13800138000\",\"caller_name\":\"王强\"}}"),
       "");
    id = f->last;
    is(report(f, "resident", t + MINUTE, "{\"fields\":{\"description\":\"路灯还是不亮\"}}"), "");
    other = f->last;
    is(act(f, "clerk", t + 2 * MINUTE, id, "accept",
           "{\"fields\":{\"category\":\"0504\",\"level\":\"complex\"}}"),
       "");
    is(act(f, "clerk", t + 3 * MINUTE, id, "dispatch", "{}"), "");
    uuid_format(id, text);
    (void)snprintf(link, sizeof(link), "{\"other\":\"%s\"}", text);
    is(act(f, "clerk", t + 4 * MINUTE, other, "link", link), "");
    is(act(f, "clerk", t + 4 * MINUTE, other, "link", link), "");
    is(act(f, "clerk", t + 5 * MINUTE, id, "reveal", "{\"note\":\"回电\",\"fields\":[\"caller\"]}"), "");
    check(clocks_until(f, t + 30 * 24 * (int64_t)HOUR) > 0);
    return f;
}

TEST(nothing_is_wrong)
{
    struct fixture *f = told();
    struct findings found = {0};

    check(verify(f, &found) == 0);
    is(found.first, "");
}

static void run(struct fixture *f, const struct sql_query *q)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && sql_run(tx, q, &e, SQL_INT(f->d->code)) &&
          sql_commit(&tx, &e));
    if (e.key != NULL)
        (void)printf("# %s: %s\n", q->text, e.en);
}

/* What somebody with the database in his hands may do, how to undo it, and what verify says of it. */
#define DO(text)                                                                                             \
    {                                                                                                        \
        "test.tamper", text, 1, true, false                                                                  \
    }
/* The same in other words for PostgreSQL. */
#define DO_EITHER(sqlite, postgres) DO(sqlite "\n-- engine: postgres\n" postgres)
#define DO_CELLS(sqlite, postgres)                                                                           \
    DO_EITHER("UPDATE counter SET cells = " sqlite " WHERE district = $1 AND day = 0 AND part = ''",         \
              "UPDATE counter SET cells = " postgres " WHERE district = $1 AND day = 0 AND part = ''")
#define DO_FIELDS(from, to)                                                                                  \
    DO_EITHER("UPDATE record SET fields = replace(fields, '" from "', '" to "') WHERE district = $1",        \
              "UPDATE record SET fields = CAST(replace(CAST(fields AS text), '" from "', '" to               \
              "') AS json) WHERE district = $1")
static const struct {
    struct sql_query wrong, undo;
    const char *wanted;
} tampers[] = {
    /* Packed cells: one received counted as two, a cell too many, a byte that is none. */
    {DO_CELLS("CAST(replace(cells, CAST(X'08726563656976656404' AS TEXT), "
              "CAST(X'08726563656976656406' AS TEXT)) AS BLOB)",
              "decode(replace(encode(cells, 'hex'), '08726563656976656404', '08726563656976656406'), 'hex')"),
     DO_CELLS("CAST(replace(cells, CAST(X'08726563656976656406' AS TEXT), "
              "CAST(X'08726563656976656404' AS TEXT)) AS BLOB)",
              "decode(replace(encode(cells, 'hex'), '08726563656976656406', '08726563656976656404'), 'hex')"),
     "figure received total"},
    {DO_CELLS("CAST(cells || X'037a7a7a04' AS BLOB)", "cells || CAST('\\x037a7a7a04' AS bytea)"),
     DO_CELLS("substr(cells, 1, length(cells) - 5)", "substr(cells, 1, length(cells) - 5)"),
     "figure zzz total"},
    {DO_CELLS("CAST(cells || X'ff' AS BLOB)", "cells || CAST('\\xff' AS bytea)"),
     DO_CELLS("substr(cells, 1, length(cells) - 1)", "substr(cells, 1, length(cells) - 1)"),
     "figure damaged total"},
    {DO_EITHER("INSERT INTO counter VALUES ($1, '330803', 20000, '', X'06636c6f73656406')",
               "INSERT INTO counter VALUES ($1, '330803', 20000, '', '\\x06636c6f73656406')"),
     DO("DELETE FROM counter WHERE district = $1 AND day = 20000"), "figure closed"},
    {DO("UPDATE entry SET note = 'x' || note WHERE district = $1 AND seq = 2"),
     DO("UPDATE entry SET note = substr(note, 2) WHERE district = $1 AND seq = 2"), "entry 2: its hash"},
    {DO("UPDATE entry SET changes = replace(changes, '路灯不亮', '路灯很亮') WHERE district = $1 AND seq = "
        "1"),
     DO("UPDATE entry SET changes = replace(changes, '路灯很亮', '路灯不亮') WHERE district = $1 AND seq = "
        "1"),
     "entry 1: its hash"},
    {DO("UPDATE entry SET at = at + 1 WHERE district = $1 AND seq = 3"),
     DO("UPDATE entry SET at = at - 1 WHERE district = $1 AND seq = 3"), "entry 3: its hash"},
    {DO("UPDATE entry SET measures = ' received closed ' WHERE district = $1 AND seq = 1"),
     DO("UPDATE entry SET measures = ' received ' WHERE district = $1 AND seq = 1"), "entry 1: counted for"},
    {DO("UPDATE entry SET seq = seq + 1000000 WHERE district = $1 AND seq = 4"),
     DO("UPDATE entry SET seq = seq - 1000000 WHERE district = $1 AND seq = 1000004"),
     "entries 4 to 4 are missing"},
    {DO_FIELDS("路灯不亮", "路灯很亮"), DO_FIELDS("路灯很亮", "路灯不亮"), ": fields is"},
    {DO("UPDATE record SET sealed = replace(sealed, 'e1:', 'e1:A') WHERE district = $1"),
     DO("UPDATE record SET sealed = replace(sealed, 'e1:A', 'e1:') WHERE district = $1"), ": sealed is"},
    {DO("UPDATE record SET title = title || '!' WHERE district = $1"),
     DO("UPDATE record SET title = substr(title, 1, length(title) - 1) WHERE district = $1"), ": title is"},
    {DO("UPDATE record SET due_at = due_at + 1 WHERE district = $1"),
     DO("UPDATE record SET due_at = due_at - 1 WHERE district = $1"), ": due_at is"},
    {DO("UPDATE record SET late = 1 - late WHERE district = $1"),
     DO("UPDATE record SET late = 1 - late WHERE district = $1"), ": late is"},
    {DO("UPDATE record SET lamp = lamp + 1 WHERE district = $1"),
     DO("UPDATE record SET lamp = lamp - 1 WHERE district = $1"), ": lamp is"},
    {DO("UPDATE record SET open = 1 - open WHERE district = $1"),
     DO("UPDATE record SET open = 1 - open WHERE district = $1"), ": open is"},
    {DO("UPDATE record SET lng = lng + 0.125 WHERE district = $1"),
     DO("UPDATE record SET lng = lng - 0.125 WHERE district = $1"), "its place is"},
    {DO("UPDATE record SET community = '9' || community WHERE district = $1"),
     DO("UPDATE record SET community = substr(community, 2) WHERE district = $1"), ": community is"},
    {DO("UPDATE record SET number = number + 7 WHERE district = $1"),
     DO("UPDATE record SET number = number - 7 WHERE district = $1"), ": number is"},
    {DO("UPDATE record SET state = 'void' || state WHERE district = $1"),
     DO("UPDATE record SET state = substr(state, 5) WHERE district = $1"), ": state is"},
    {DO("UPDATE record SET district = -district WHERE district = $1"),
     DO("UPDATE record SET district = 0 - district WHERE district = 0 - $1"), "is missing"},
    {DO("UPDATE party SET open = 1 - open WHERE district = $1"),
     DO("UPDATE party SET open = 1 - open WHERE district = $1"), "being open"},
    {DO("UPDATE party SET role = 'x' || role WHERE district = $1"),
     DO("UPDATE party SET role = substr(role, 2) WHERE district = $1"), "is missing"},
    {DO_EITHER("INSERT INTO party VALUES ($1, X'00', X'00', 'lead', 1)",
               "INSERT INTO party VALUES ($1, '\\x00', '\\x00', 'lead', 1)"),
     DO("DELETE FROM party WHERE district = $1 AND length(who) = 1"), "table party has 1 rows"},
    {DO_EITHER("INSERT INTO timer VALUES ($1, 5, X'00')", "INSERT INTO timer VALUES ($1, 5, '\\x00')"),
     DO("DELETE FROM timer WHERE district = $1 AND at = 5"), "table timer has 1 rows"},
    {DO("UPDATE blind SET district = -district WHERE district = $1"),
     DO("UPDATE blind SET district = 0 - district WHERE district = 0 - $1"), "blind index is missing"},
    {DO("UPDATE link SET type = 'x' || type WHERE district = $1"),
     DO("UPDATE link SET type = substr(type, 2) WHERE district = $1"), "links is missing"},
    {DO("UPDATE record SET tied = 1 - tied WHERE district = $1"),
     DO("UPDATE record SET tied = 1 - tied WHERE district = $1"), "does not know of it"},
    {DO_EITHER(
         "INSERT INTO search (search, rowid, words) SELECT 'delete', min(number), 'b8defg706f' FROM record "
         "WHERE district = $1",
         "UPDATE search SET words = array_remove(words, 'b8defg706f') WHERE number = "
         "(SELECT min(number) FROM record WHERE district = $1)"),
     DO_EITHER(
         "INSERT INTO search (rowid, words) SELECT min(number), 'b8defg706f' FROM record WHERE district = $1",
         "UPDATE search SET words = words || CAST('{b8defg706f}' AS text[]) WHERE number = "
         "(SELECT min(number) FROM record WHERE district = $1)"),
     "the full-text index has other words"},
    {DO_EITHER("INSERT INTO search (rowid, words) SELECT max(number), 'b1g2' FROM record WHERE district = $1",
               "UPDATE search SET words = words || CAST('{b1g2}' AS text[]) WHERE number = "
               "(SELECT max(number) FROM record WHERE district = $1)"),
     DO_EITHER("INSERT INTO search (search, rowid, words) SELECT 'delete', max(number), 'b1g2' FROM record "
               "WHERE district = $1",
               "UPDATE search SET words = array_remove(words, 'b1g2') WHERE number = "
               "(SELECT max(number) FROM record WHERE district = $1)"),
     "the full-text index has other words"},
    {DO_EITHER("INSERT INTO search (rowid, words) SELECT max(number) + 7 + 0 * $1, 'b1g2 b2g3' FROM record",
               "INSERT INTO search (district, number, words) VALUES ($1, 7, '{b1g2,b2g3}')"),
     DO_EITHER(
         "INSERT INTO search (search, rowid, words) SELECT 'delete', max(number) + 7 + 0 * $1, 'b1g2 b2g3' "
         "FROM record",
         "DELETE FROM search WHERE district = $1 AND number = 7"),
     "2 words of records that are not there"},
    {DO("UPDATE notice SET at = at + 1 WHERE district = $1"),
     DO("UPDATE notice SET at = at - 1 WHERE district = $1"), "no entry of its record accounts for it"},
    {DO_EITHER("INSERT INTO notice (district, id, account, record, what, at, read_at) "
               "VALUES ($1, zeroblob(16), zeroblob(16), zeroblob(16), 'ring', 5, 0)",
               "INSERT INTO notice (district, id, account, record, what, at, read_at) "
               "VALUES ($1, decode(repeat('00', 16), 'hex'), decode(repeat('00', 16), 'hex'), "
               "decode(repeat('00', 16), 'hex'), 'ring', 5, 0)"),
     DO("DELETE FROM notice WHERE district = $1 AND at = 5"), "notice 00000000-0000"},
};

TEST(each_thing_that_is_wrong)
{
    struct fixture *f = told();

    for (size_t i = 0; i < COUNT_OF(tampers); i++) {
        struct findings found = {.wanted = tampers[i].wanted};
        int64_t n;

        run(f, &tampers[i].wrong);
        n = verify(f, &found);
        run(f, &tampers[i].undo);
        check(n > 0);
        check(found.found);
        if (n == 0 || !found.found)
            (void)printf("# %s: found %lld, first “%s”\n", tampers[i].wrong.text, (long long)n, found.first);
    }
    /* Undone, all is well again. */
    check(verify(f, &(struct findings){0}) == 0);
}
