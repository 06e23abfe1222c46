/* recount_test.h -- for tests: what the district keeps, computed again from its history alone. */
#ifndef APP_RECOUNT_TEST_H
#define APP_RECOUNT_TEST_H

#include "app/fixture.h"
#include "record/store.h"

/* The record as its entries make it: blank, then each entry's changes. */
static inline struct record *replayed(struct fixture *f, struct uuid id, struct arena *a)
{
    static const struct sql_query q = {
        "test.replay",
        "SELECT changes, at, version FROM entry WHERE district = $1 AND record = $2 ORDER BY seq", 2, false,
        false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct record *r = arena_new(a, struct record);
    struct err e = {0};

    r->id = id;
    r->area = "";
    check(sql_begin(f->d->db, SQL_READ, &tx, &e) &&
          sql_query(tx, &q, &rows, &e, SQL_INT(f->d->code), SQL_UUID(&id)));
    while (sql_next(rows)) {
        check(changes_replay(district_world(f->d), sql_text(rows, 0), r, a, &e));
        r->version = sql_int(rows, 2);
    }
    return r;
}

static inline bool same_texts(const struct record_texts *a, const struct record_texts *b)
{
    return strcmp(a->fields, b->fields) == 0 && strcmp(a->sealed, b->sealed) == 0 &&
           strcmp(a->parties, b->parties) == 0 && strcmp(a->clocks, b->clocks) == 0 &&
           strcmp(a->files, b->files) == 0;
}

/* Row, row decoded and encoded again, and replay of the history: all the same bytes. */
static inline void check_record(struct fixture *f, struct uuid id)
{
    static const struct sql_query q = {"test.row",
                                       "SELECT fields, sealed, parties, clocks, files, state, number, "
                                       "version, area FROM record WHERE district = $1 "
                                       "AND id = $2",
                                       2, false, false};
    struct arena *a = arena_create((size_t)1 << 26);
    struct record *loaded = record_now(f, id), *again = replayed(f, id, a);
    struct record_texts kept = {0}, encoded = {0}, from_history = {0};
    struct json_out j = {0};
    struct err e = {0};

    jo_begin(&j, 1);
    if (record_encode(loaded, &j, a, &encoded, &e) && record_encode(again, &j, a, &from_history, &e)) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        check(sql_begin(f->d->db, SQL_READ, &tx, &e) &&
              sql_query(tx, &q, &rows, &e, SQL_INT(f->d->code), SQL_UUID(&id)) && sql_next(rows));
        kept = (struct record_texts){sql_text(rows, 0), sql_text(rows, 1), sql_text(rows, 2),
                                     sql_text(rows, 3), sql_text(rows, 4)};
        check(same_texts(&kept, &encoded));
        check(same_texts(&kept, &from_history));
        is(again->state->name, sql_text(rows, 5));
        check(again->number == sql_int(rows, 6) && again->version == sql_int(rows, 7));
        is(again->area, sql_text(rows, 8));
    }
    check(e.key == NULL);
    jo_free(&j);
    arena_free(&a);
}

static inline void check_all_records(struct fixture *f)
{
    static const struct sql_query q = {"test.ids", "SELECT id FROM record WHERE district = $1", 1, false,
                                       false};
    struct uuid ids[2000];
    struct err e = {0};
    size_t n = 0;

    {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        check(sql_begin(f->d->db, SQL_READ, &tx, &e) && sql_query(tx, &q, &rows, &e, SQL_INT(f->d->code)));
        while (n < COUNT_OF(ids) && sql_next(rows))
            ids[n++] = sql_uuid(rows, 0);
    }
    check(n > 0);
    for (size_t i = 0; i < n; i++)
        check_record(f, ids[i]);
}

/* --- figures --- */

static inline struct figure figure_of(struct fixture *f, const char *name, const char *area, const char *dim,
                                      int64_t day)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(figure_reader_free) struct figure_reader *reader = NULL;
    const struct figure_query q = {.measure = packs_measure(f->d->packs, name),
                                   .area = area,
                                   .dim = dim,
                                   .from_day = day,
                                   .to_day = day};
    struct figure v = {0};
    struct err e = {0};

    check(q.measure != NULL && sql_begin(f->d->db, SQL_READ, &tx, &e));
    reader = figure_reader_create(tx, district_world(f->d), day + 60);
    check(figure_read(reader, &q, &v, &e));
    return v;
}

/* Entries with one of two verbs on records of an area, on a local day (0: all). */
static inline int64_t entries(struct fixture *f, const char *area, const char *verb, const char *or_verb,
                              int64_t day)
{
    static const struct sql_query q = {"test.entries",
                                       "SELECT count(*) FROM entry e JOIN record r ON r.district = "
                                       "e.district AND r.id = e.record WHERE e.district = $1 "
                                       "AND e.verb IN ($2, $3) AND substr(r.area, 1, length($4)) = $4 AND "
                                       "($5 = 0 OR (e.at + 28800000) / 86400000 = $5)",
                                       5, false, false};

    return one_int(
        f, &q,
        SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(verb), SQL_TEXT(or_verb), SQL_TEXT(area), SQL_INT(day)));
}

static inline void check_counts(struct fixture *f, const char *area, int64_t day)
{
    static const char *const counted[][3] = {
        {"received", "report", ""},     {"accepted", "accept", ""},    {"settled", "settle", ""},
        {"rejected", "reject", ""},     {"returned", "return", ""},    {"suspended", "suspend", ""},
        {"reopened", "reopen", ""},     {"escalated", "escalate", ""}, {"dispatched", "dispatch", ""},
        {"closed", "verify", "settle"}, {"voided", "void", "withdraw"}};

    for (size_t i = 0; i < COUNT_OF(counted); i++)
        check(figure_of(f, counted[i][0], area, "", day).n ==
              entries(f, area, counted[i][1], counted[i][2], day));
}

static inline void check_gauges(struct fixture *f, const char *area)
{
    static const struct sql_query open = {
        "test.open",
        "SELECT count(*) FROM record WHERE district = $1 AND open = 1 AND substr(area, 1, length($2)) = $2",
        2, false, false};
    static const struct sql_query late = {"test.late",
                                          "SELECT count(*) FROM record WHERE district = $1 AND open = 1 AND "
                                          "late = 1 AND substr(area, 1, length($2)) = $2",
                                          2, false, false};

    check(figure_of(f, "open", area, "", 0).n ==
          one_int(f, &open, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(area))));
    check(figure_of(f, "late", area, "", 0).n ==
          one_int(f, &late, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(area))));
}

#endif
