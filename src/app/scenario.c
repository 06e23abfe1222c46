/* wangge scenario */
#include "app/scenario.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "identity/password.h"
#include "pack/document.h"
#include "scenario.sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCENARIO_SEED = 8311 };
static const size_t PLAY_ARENA = (size_t)1 << 30;

static const char help[];
const struct subcommand scenario_command;

struct asked {
    const char *dir, *pack, *moment_text;
    int64_t moment; /* what steps without a date of their own count from */
    bool verbose, json;
    struct json_out *out; /* with json */
};

/* Reads the whole file as text; NULL after complaining. */
static const struct pack_file *read_file(const char *name, struct arena *a)
{
    struct pack_file *f = arena_new(a, struct pack_file);
    char *text = arena_alloc(a, LIMIT_PACK_BYTES + 1);
    FILE *in = fopen(name, "re");

    if (in == NULL) {
        (void)fprintf(stderr, "%s: 读不到 cannot be read\n", name);
        return NULL;
    }
    *f = (struct pack_file){.name = name, .text = text, .n = fread(text, 1, LIMIT_PACK_BYTES, in)};
    (void)fclose(in);
    if (f->n < LIMIT_PACK_BYTES && utf8_valid(text, f->n))
        return f;
    (void)fprintf(stderr, "%s: 须是不超过 1 MiB 的 UTF-8 文本 must be UTF-8 text of at most 1 MiB\n", name);
    return NULL;
}

const struct pack_node *play_read(const struct pack_file *f, struct arena *a)
{
    struct complaints complaints;
    static const struct packs none;
    const struct pack_node *root =
        document_parse(document_begin(a, &none, &complaints), f->name, f->text, f->n);
    struct buf out;

    if (root != NULL && root->type == NODE_MAP)
        return root;
    buf_init(&out, LIMIT_PACK_BYTES);
    complaints_print(&complaints, &out);
    (void)fputs(buf_text(&out), stderr);
    if (complaints.n == 0)
        (void)fprintf(stderr, "%s:1: 一个场景是一个映射 a scenario is a map\n", f->name);
    buf_free(&out);
    return NULL;
}

static bool open_stage(const struct asked *k, struct district **ret, struct err *e)
{
    const struct district_options o = {.dir = k->dir,
                                       .db = options_db(),
                                       .sync = k->dir == NULL ? SQL_SYNC_OFF : SQL_SYNC_FULL,
                                       .pack_dirs = &k->pack,
                                       .n_pack_dirs = k->pack != NULL};

    return district_open(&o, ret, e) && sql_check((*ret)->db, scenario_queries, SCENARIO_Q__MAX, e);
}

/* As one object of the list "played". */
static void tell(const struct asked *k, const char *name, const struct play *p)
{
    struct err e = {0};

    jo_obj(k->out, NULL);
    jo_str(k->out, "file", name);
    jo_str(k->out, "title", play_text(node_get(node_get(p->root, "scenario"), "zh")));
    jo_int(k->out, "steps", p->steps);
    jo_int(k->out, "wrong", p->failures);
    jo_raw(k->out, "complaints", jo_end(p->complaints, &e) ? p->complaints->buf : "[]");
    jo_raw(k->out, "figures", jo_end(p->figures, &e) ? p->figures->buf : "[]");
    jo_close(k->out);
}

static void play_all(struct play *p)
{
    struct err e = {0};

    if (play_populate(p) && (district_reload(p->d, &e) || play_fail_err(p, p->root, "populate", &e)))
        play_steps(p);
    play_end(p);
}

static void play(const struct asked *k, const char *name, struct play *p)
{
    struct json_out complaints, figures;

    if (k->json) {
        jo_begin(&complaints, LIMIT_PACK_BYTES);
        jo_begin(&figures, LIMIT_PACK_BYTES);
        jo_arr(&complaints, NULL);
        jo_arr(&figures, NULL);
        p->complaints = &complaints;
        p->figures = &figures;
        play_all(p);
        jo_close(&complaints);
        jo_close(&figures);
        tell(k, name, p);
        jo_free(&complaints);
        jo_free(&figures);
        return;
    }
    (void)printf("%s  %s\n", name, play_text(node_get(node_get(p->root, "scenario"), "zh")));
    play_all(p);
    (void)printf("%s  %d 步 steps, %d 处不符 wrong\n", name, p->steps, p->failures);
}

/* Each file on a stage of its own, unless --data says where. */
static bool play_file(const struct asked *k, const char *name)
{
    AUTO(arena_free) struct arena *a = arena_create(PLAY_ARENA);
    AUTO(district_close) struct district *d = NULL;
    const struct pack_file *f = read_file(name, a);
    struct play *p = arena_new(a, struct play);
    struct err e = {0};

    *p = (struct play){.arena = a,
                       .hash = arena_alloc(a, PASSWORD_HASH_MAX),
                       .rng = rng_seed(SCENARIO_SEED),
                       .moment = k->moment,
                       .verbose = k->verbose};
    if (f == NULL || (p->root = play_read(f, a)) == NULL)
        return false;
    if (!open_stage(k, &d, &e))
        return print_err(name, &e) == 0;
    p->d = d;
    play(k, name, p);
    return p->failures == 0;
}

static int run(int argc, char **argv)
{
    struct asked k = {0};
    const struct option_def defs[] = {{"data", &k.dir, NULL},
                                      {"pack", &k.pack, NULL},
                                      {"moment", &k.moment_text, NULL},
                                      {"verbose", NULL, &k.verbose},
                                      {"json", NULL, &k.json}};
    struct json_out out;
    struct err e = {0};
    char **operands;
    int n, failed = 0;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-v") == 0) {
            static char verbose[] = "--verbose";

            argv[i] = verbose;
        }
    options_parse(&scenario_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    k.moment = time_now_ms();
    if (n == 0 || (k.moment_text != NULL && !rfc3339_parse(k.moment_text, &k.moment))) {
        (void)fputs(help, stderr);
        return 2;
    }
    jo_begin(&out, (size_t)4 * LIMIT_PACK_BYTES);
    jo_obj(&out, NULL);
    jo_arr(&out, "played");
    k.out = &out;
    for (int i = 0; i < n; i++)
        failed += !play_file(&k, operands[i]);
    jo_close(&out);
    jo_close(&out);
    if (k.json && jo_end(&out, &e))
        (void)puts(out.buf);
    jo_free(&out);
    return failed > 0;
}

static const char help[] =
    "用法 usage: wangge scenario FILE… [--data DIR] [--pack DIR] [--moment TIME] [--json] [-v]\n\n"
    "演一遍故事，把算出来的数和报上说的数对一对。全都相符才返回 0。\n"
    "Plays a story in simulated time on a fresh sample district in memory and prints each figure\n"
    "beside what was told. The exit status is 0 only if every step, check and figure holds.\n\n"
    "  --data DIR     在这个数据目录里演 plays it in this data folder instead\n"
    "  --pack DIR     换用这个程序包（或其中的各个程序包） a pack, or a folder of packs, in place of the\n"
    "                 built-in ones of their names\n"
    "  --moment TIME  故事里“三天前”从何时算起 what “three days ago” counts from (now)\n"
    "  --json         以 JSON 给出结果，供别的程序用 the outcome as JSON, for programs\n"
    "  -v, --verbose  每一步一行 a line for each step\n\n"
    "例 example: wangge scenario packs/incident/scenario.yaml\n"
    "怎么写 how to write one: docs/scenarios.md\n";
const struct subcommand scenario_command = {"scenario", "演一遍故事并核对 play a story and check its figures",
                                            help, run};
