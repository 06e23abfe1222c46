#include "app/verify.h"
#include "appraisal/appraisal.h"
#include "ballot/ballot.h"
#include "booking/booking.h"
#include "file/file.h"
#include "ledger/ledger.h"
#include "record/verify.h"
#include "rules/rules.h"
#include "score/score.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN = 100 };

struct run {
    struct district *d;
    struct tally *tally;
    struct ledger_recount *books;
    struct progress progress;
    bool show;
    void (*differs)(void *ctx, const char *what);
    void *ctx;
    int64_t differences;
};

static void differs(void *ctx, const char *what)
{
    struct run *r = ctx;

    r->differences++;
    r->differs(r->ctx, what);
}

static void begin(struct run *r, const char *what)
{
    if (r->show)
        progress_begin(&r->progress, what, 0);
}

static void step(void *ctx, int64_t done)
{
    struct run *r = ctx;

    if (r->show)
        progress_step(&r->progress, done);
}

static void end(struct run *r, int64_t done)
{
    if (r->show)
        progress_end(&r->progress, done);
}

static bool entry(void *ctx, int64_t seq, int64_t at, struct uuid record, const char *changes, struct err *e)
{
    struct run *r = ctx;

    return ledger_recount_entry(r->books, seq, at, record, changes, e);
}

static bool change(void *ctx, const struct world *then, const struct change *c, struct arena *a,
                   const char **ret_names, struct err *e)
{
    struct run *r = ctx;
    struct err why = {0};

    (void)e;
    tally_at(r->tally, then);
    if (!tally_change(r->tally, c, a, ret_names, &why))
        differs(r, why.en);
    return true;
}

static bool carried(void *ctx, const struct world *then, const struct record *before,
                    const struct record *after, int64_t at, struct arena *a, struct err *e)
{
    struct run *r = ctx;
    struct err why = {0};

    (void)e;
    tally_at(r->tally, then);
    if (!tally_carry(r->tally, before, after, at, a, &why))
        differs(r, why.en);
    return true;
}

static void cell_differs(void *ctx, const char *cell, int64_t counted, int64_t kept)
{
    char text[400];

    (void)snprintf(text, sizeof(text), "figure %s: kept as %" PRId64 ", counted anew %" PRId64, cell, kept,
                   counted);
    differs(ctx, text);
}

static bool walk(struct run *r, struct sql_tx *tx, struct verify_result *ret, struct err *e)
{
    const struct world *w = district_world(r->d);
    const struct verify_calls calls = {
        .ctx = r, .entry = entry, .change = change, .carried = carried, .differs = differs, .step = step};
    const struct file_verify_calls files = {.ctx = r, .differs = differs, .step = step};
    AUTO(verify_index_free) struct verify_index *index = verify_index_create();
    struct verify_sums sums = {0};
    int64_t lines = 0;

    begin(r, "历史 entries");
    if (!verify_entries(tx, w, &calls, &sums, e))
        return false;
    end(r, sums.entries);
    begin(r, "事项 records");
    if (!verify_records(tx, w, &calls, index, &sums, e))
        return false;
    end(r, sums.records);
    if (!rules_verify(tx, w, differs, r, e) || !booking_verify(tx, w, differs, r, e) ||
        !score_verify(tx, w, differs, r, e) || !appraisal_verify(tx, w, differs, r, e) ||
        !ballot_verify(tx, w, differs, r, e))
        return false;
    begin(r, "全文 words");
    if (!verify_search(tx, w, &calls, index, &sums, e))
        return false;
    end(r, sums.words);
    begin(r, "提醒 notices");
    if (!verify_notices(tx, w, &calls, &sums, e))
        return false;
    end(r, sums.notices);
    ret->entries = sums.entries;
    ret->records = sums.records;
    if (!tally_compare(r->tally, tx, cell_differs, r, e))
        return false;
    begin(r, "账目 postings");
    if (!ledger_recount_compare(r->books, tx, &lines, e))
        return false;
    end(r, lines);
    begin(r, "文件 files");
    if (r->d->dir != NULL && !file_verify(tx, r->d->code, r->d->dir, &files, &ret->files, e))
        return false;
    end(r, ret->files);
    return true;
}

bool verify_district(struct district *d, bool progress, void (*told)(void *ctx, const char *what), void *ctx,
                     struct verify_result *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(tally_free) struct tally *t = tally_create(district_world(d));
    struct run r = {.d = d, .tally = t, .show = progress, .differs = told, .ctx = ctx};
    AUTO(ledger_recount_free)
    struct ledger_recount *books = ledger_recount_create(district_world(d), differs, &r);
    struct err damaged = {0};

    r.books = books;
    *ret = (struct verify_result){0};
    if (!sql_integrity(d->db, &damaged)) {
        /* A damaged file may still be read in parts, but nothing in it can be relied on. */
        *e = damaged;
        return false;
    }
    if (!sql_begin(d->db, SQL_READ, &tx, e) || !walk(&r, tx, ret, e))
        return false;
    ret->differences = r.differences;
    return true;
}

static void print(void *ctx, const char *what)
{
    int64_t *shown = ctx;

    if ((*shown)++ < SHOWN)
        (void)puts(what);
}

bool verify_and_print(struct district *d, struct verify_result *ret, struct err *e)
{
    int64_t shown = 0;

    if (!verify_district(d, true, print, &shown, ret, e))
        return false;
    if (ret->differences > SHOWN)
        (void)printf("… 只显示前 %d 处 only the first %d are shown\n", SHOWN, SHOWN);
    (void)printf("%s: %" PRId64 " 条历史 entries, %" PRId64 " 个事项 records, %" PRId64
                 " 个文件 files, %" PRId64 " 处不符 differences\n",
                 ret->differences == 0 ? "一致 all follows from the history"
                                       : "不一致 NOT what the history says",
                 ret->entries, ret->records, ret->files, ret->differences);
    return true;
}
