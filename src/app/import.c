/* wangge import: a file of cases becomes matters, through the one door, at their own times. */
#include "app/cli.h"
#include "base/text.h"
#include "report/import_row.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Large batches: a counter that many rows add to is written once. */
enum { ROWS = 4000, COMMANDS = 8192, SHOWN = 20 };
static const size_t BATCH_ARENA = (size_t)1 << 30, MAP_ARENA = (size_t)1 << 26, MAP_BYTES = (size_t)1 << 20;

static const char help[];
const struct subcommand import_command;

struct asked {
    const char *data, *pack, *kind, *map, *refused, *file;
    bool dry;
};

/* A row waiting in the batch. */
struct waiting {
    int64_t line;
    const char *text; /* as it stands in the file */
    size_t n_text;
    bool refused;
    size_t n, replayed; /* commands; those carried out before */
};
struct importing {
    struct district *d;
    struct csv *csv;
    struct import_map map;
    struct arena *a; /* of the batch */
    FILE *refused;   /* NULL: not asked for */
    struct waiting rows[ROWS];
    size_t n_rows;
    const struct command *commands[COMMANDS + IMPORT_COMMANDS_MAX];
    size_t row_of[COMMANDS + IMPORT_COMMANDS_MAX], n_commands;
    int64_t n_read, n_new, n_known, n_more, n_left_out, n_refused;
};

/* --- refusals --- */

static void put_cell(FILE *to, const char *s)
{
    (void)fputc('"', to);
    for (; *s != '\0'; s++) {
        if (*s == '"')
            (void)fputc('"', to);
        (void)fputc(*s, to);
    }
    (void)fputs("\",", to);
}

/* What to mend comes before the row as it was: that file can be imported again. */
static void write_refused(const struct importing *x, const struct waiting *row, const struct err *why)
{
    const struct err_detail *d = why->n_details > 0 ? &why->details[0] : NULL;

    if (x->refused == NULL)
        return;
    (void)fprintf(x->refused, "%" PRId64 ",%s,", row->line, d == NULL ? why->key : d->key);
    put_cell(x->refused, d == NULL ? why->zh : d->zh);
    put_cell(x->refused, d == NULL ? why->en : d->en);
    (void)fwrite(row->text, 1, row->n_text, x->refused);
    (void)fputc('\n', x->refused);
}

static void refuse(struct importing *x, struct waiting *row, const char *verb, const struct err *why)
{
    const struct err_detail *d = why->n_details > 0 ? &why->details[0] : NULL;

    if (row->refused)
        return;
    row->refused = true;
    if (x->n_refused++ < SHOWN)
        (void)fprintf(stderr, "第 %" PRId64 " 行 line: %s%s%s%s%s / %s (%s)\n", row->line,
                      verb == NULL ? "" : verb, verb == NULL ? "" : ": ", d == NULL ? "" : d->field,
                      d == NULL ? "" : ": ", d == NULL ? why->zh : d->zh, d == NULL ? why->en : d->en,
                      d == NULL ? why->key : d->key);
    write_refused(x, row, why);
}

/* --- batches --- */

static void done(void *ctx, size_t i)
{
    struct importing *x = ctx;

    x->rows[x->row_of[i]].replayed++;
}

/* A move whose raise was refused has no matter: its row was refused already. */
static void refused(void *ctx, size_t i, const struct err *why)
{
    struct importing *x = ctx;

    refuse(x, &x->rows[x->row_of[i]], x->commands[i]->verb, why);
}

static bool flush(struct importing *x, struct err *e)
{
    const struct door_batch_calls calls = {.ctx = x, .refused = refused, .replayed = done};

    if (x->n_commands > 0 && !door_batch(x->d->door, x->commands, x->n_commands, &calls, e))
        return false;
    for (size_t i = 0; i < x->n_rows; i++) {
        const struct waiting *row = &x->rows[i];

        if (row->refused)
            continue;
        if (row->replayed == 0)
            x->n_new++;
        else if (row->replayed < row->n)
            x->n_more++;
        else
            x->n_known++;
    }
    x->n_rows = x->n_commands = 0;
    arena_reset(x->a);
    return true;
}

static void take(struct importing *x, const char *from)
{
    struct waiting *row = &x->rows[x->n_rows];
    struct err why = {0};

    *row = (struct waiting){.line = x->csv->line, .text = from, .n_text = (size_t)(x->csv->at - from)};
    while (row->n_text > 0 && strchr("\r\n", row->text[row->n_text - 1]) != NULL)
        row->n_text--;
    if (!import_row(&x->map, x->csv, district_world(x->d), x->a, &x->commands[x->n_commands], &row->n,
                    &why)) {
        refuse(x, row, NULL, &why);
        return;
    }
    if (row->n == 0) {
        x->n_left_out++;
        return;
    }
    for (size_t i = 0; i < row->n; i++)
        x->row_of[x->n_commands++] = x->n_rows;
    x->n_rows++;
}

/* A row that is no CSV (too long, an open quote) is refused as well; reading goes on with the next line. */
static void skip_broken(struct importing *x, const char *from, const struct err *why)
{
    struct csv *c = x->csv;
    const char *newline = c->at < c->end ? memchr(c->at, '\n', (size_t)(c->end - c->at)) : NULL;
    struct waiting row = {.line = c->line, .text = from, .n_text = strcspn(from, "\r\n")};

    refuse(x, &row, NULL, why);
    c->at = newline == NULL ? c->end : newline + 1;
    c->next_line++;
}

static bool read_rows(struct importing *x, struct err *e)
{
    struct progress p;
    bool more = true;

    progress_begin(&p, x->map.kind->name, 0);
    for (;;) {
        const char *from = x->csv->at;
        struct err why = {0};

        if (!csv_next(x->csv, &more, &why)) {
            x->n_read++;
            skip_broken(x, from, &why);
            continue;
        }
        if (!more)
            break;
        x->n_read++;
        take(x, from);
        if ((x->n_commands >= COMMANDS || x->n_rows == ROWS) && !flush(x, e))
            return false;
        progress_step(&p, x->n_read);
    }
    if (!flush(x, e))
        return false;
    progress_end(&p, x->n_read);
    return true;
}

/* --- the whole run --- */

static bool open_refused(struct importing *x, const struct asked *k, const struct cli_text *text,
                         struct err *e)
{
    if (k->refused == NULL)
        return true;
    x->refused = fopen(k->refused, "we");
    if (x->refused == NULL)
        return ERR(e, ERR_BUSY, "cli.disk", "%s 无法写入：%s", "%s cannot be written: %s", k->refused,
                   strerror(errno));
    (void)fputs("refused_line,refused_key,refused_zh,refused_en,", x->refused);
    (void)fwrite(text->bytes, 1, strcspn(text->bytes, "\r\n"), x->refused);
    (void)fputc('\n', x->refused);
    return true;
}

static bool read_map(struct importing *x, const struct asked *k, struct arena *a, struct err *e)
{
    const struct world *w = district_world(x->d);
    const struct kind *kind = packs_kind(w->packs, k->kind);
    AUTO(xfree) char *text = NULL;
    size_t n = 0;

    if (kind == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", k->kind);
    return cli_read(k->map, MAP_BYTES, &text, &n, e) &&
           import_map_read(k->map, text, n, w->packs, kind, x->csv, a, &x->map, e);
}

static void print_sums(const struct importing *x, bool dry)
{
    (void)printf("%s%" PRId64 " 行 rows: 新 new %" PRId64 ", 已有 known %" PRId64 ", 补办 moved on %" PRId64
                 ", 不取 left out %" PRId64 ", 拒绝 refused %" PRId64 "\n",
                 dry ? "试行 dry run: " : "", x->n_read, x->n_new, x->n_known, x->n_more, x->n_left_out,
                 x->n_refused);
    if (x->n_refused > SHOWN)
        (void)fprintf(stderr,
                      "只显示了前 %d 条拒绝，全部见 --refused FILE only the first %d refusals are shown\n",
                      SHOWN, SHOWN);
}

static bool import(struct importing *x, const struct asked *k, struct arena *a, struct cli_text *text,
                   struct err *e)
{
    if (!cli_open(k->data, k->pack, k->dry ? CLI_DRY : CLI_DOOR, &x->d, e) || !cli_map(k->file, text, e) ||
        !csv_begin(x->csv, text->bytes, text->n, e) || !read_map(x, k, a, e) ||
        !open_refused(x, k, text, e) || !read_rows(x, e))
        return false;
    return x->refused == NULL || (fflush(x->refused) == 0 && ferror(x->refused) == 0) ||
           ERR(e, ERR_BUSY, "cli.disk", "%s 无法写入：%s", "%s cannot be written: %s", k->refused,
               strerror(errno));
}

static int import_file(const struct asked *k)
{
    struct importing *x = xcalloc(1, sizeof(*x));
    struct arena *a = arena_create(MAP_ARENA);
    struct cli_text text = {0};
    struct err e = {0};
    bool ok;
    int status;

    x->csv = csv_create();
    x->a = arena_create(BATCH_ARENA);
    ok = import(x, k, a, &text, &e);
    if (ok)
        print_sums(x, k->dry);
    status = !ok ? print_err("wangge import", &e) : x->n_refused > 0;
    if (x->refused != NULL)
        (void)fclose(x->refused);
    cli_unmap(&text);
    district_close(&x->d);
    arena_free(&x->a);
    csv_free(&x->csv);
    free(x);
    arena_free(&a);
    return status;
}

static int run(int argc, char **argv)
{
    struct asked k = {0};
    const struct option_def defs[] = {{"data", &k.data, NULL},       {"pack", &k.pack, NULL},
                                      {"kind", &k.kind, NULL},       {"map", &k.map, NULL},
                                      {"refused", &k.refused, NULL}, {"dry-run", NULL, &k.dry}};
    char **operands;
    int n;

    options_parse(&import_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (k.data == NULL || k.kind == NULL || k.map == NULL || n != 1)
        return cli_usage(&import_command);
    k.file = operands[0];
    return import_file(&k);
}

static const char help[] =
    "用法 usage: wangge import --data DIR --kind KIND --map MAP.yaml [--dry-run] [--refused OUT.csv] "
    "FILE.csv[.gz]\n\n"
    "导入另一系统的案件，带着它们自己的时间。Imports the cases of another system with their own times.\n\n"
    "  --data DIR         数据目录 made by wangge init; not beside a running server\n"
    "  --kind KIND        导入为哪种事项 the kind they become\n"
    "  --map MAP.yaml     对照表：哪一列成为什么，见 docs/import.md which column becomes what\n"
    "  --refused OUT.csv  被拒绝的行及原因，改好后可再导入 refused rows with the reason: mend it and import "
    "it\n"
    "  --dry-run          全部试一遍，什么也不留下 tries everything, keeps nothing\n"
    "  --pack DIR         另加一个程序包目录 one more pack\n\n"
    "可以中断后重来：已有的行不会导入第二次。It can be stopped and run again: a row that is there is not "
    "imported\n"
    "twice. 有拒绝的行时退出状态为 1。The exit status is 1 if a row was refused.\n\n"
    "例 example: wangge import --data data --kind incident --map map.yaml --refused bad.csv cases.csv.gz\n";
const struct subcommand import_command = {"import", "导入案件 cases of another system", help, run};
