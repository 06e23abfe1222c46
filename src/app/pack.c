/* wangge pack: checking what somebody wrote, and reading what it says. */
#include "app/cli.h"
#include "app/pack_versions.h"
#include "app/packs.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[];
const struct subcommand pack_command;

/* The folder of a pack may be named by any file in it. */
static char *folder_of(const char *path)
{
    char *copy = xstrdup(path), *slash;

    if (!str_ends(copy, ".yaml") && !str_ends(copy, ".yml") && !str_ends(copy, ".csv"))
        return copy;
    slash = strrchr(copy, '/');
    if (slash == NULL) {
        free(copy);
        return xstrdup(".");
    }
    *slash = '\0';
    return copy;
}

/* --- check --- */

static int check(char *const *paths, int n)
{
    char **dirs = xcalloc((size_t)n + 1, sizeof(*dirs));
    struct arena *a = NULL;
    struct packs *packs = NULL;
    struct err e = {0};
    bool ok;

    for (int i = 0; i < n; i++)
        dirs[i] = folder_of(paths[i]);
    ok = packs_load_all((const char *const *)dirs, (size_t)n, &a, &packs, &e);
    if (ok)
        (void)printf("没有错误 no complaints: %zu 个程序包 packs, %zu 种事项 kinds, %zu 个指标 measures\n",
                     packs->n_packs, packs->n_kinds, packs->n_measures);
    for (int i = 0; i < n; i++)
        free(dirs[i]);
    free(dirs);
    arena_free(&a);
    return ok ? 0 : 1;
}

/* --- list --- */

static int list(const struct packs *packs)
{
    for (size_t i = 0; i < packs->n_packs; i++) {
        const struct pack *p = &packs->packs[i];

        (void)printf("%s  %s / %s  第 %lld 版 version  %s\n", p->name, p->title.zh, p->title.en,
                     (long long)p->version, p->source);
        for (size_t k = 0; k < p->n_kinds; k++)
            (void)printf("  %s  %s / %s\n", p->kinds[k]->name, p->kinds[k]->title.zh, p->kinds[k]->title.en);
    }
    return 0;
}

/* --- audit --- */

static void print_who(const char *what, const struct who *by, size_t n)
{
    if (n == 0)
        return;
    (void)printf("    %s ", what);
    for (size_t i = 0; i < n; i++)
        (void)printf("%s%s", i == 0 ? "" : ", ", by[i].text);
    (void)putchar('\n');
}

static void print_states(const struct kind *k, const struct move *m)
{
    const char *sep = "";

    (void)printf("  %s  %s / %s: ", m->name, m->title.zh, m->title.en);
    for (size_t i = 0; i < k->n_states; i++)
        if ((m->from & (UINT64_C(1) << i)) != 0) {
            (void)printf("%s%s", sep, k->states[i].name);
            sep = "|";
        }
    (void)printf(" -> %s\n", m->to == NULL ? "=" : m->to->name);
}

static void print_move(const struct kind *k, const struct move *m)
{
    print_states(k, m);
    print_who("可以 by  ", m->by, m->n_by);
    print_who("不可 not ", m->not_by, m->n_not);
    if (m->when_text != NULL)
        (void)printf("    条件 when %s\n", m->when_text);
    if (m->within_days > 0)
        (void)printf("    期限 within %lld d\n", (long long)m->within_days);
    for (size_t i = 0; i < m->n_takes; i++)
        (void)printf("%s%s%s", i == 0 ? "    可改 sets " : ", ", m->takes[i]->name,
                     i + 1 == m->n_takes ? "\n" : "");
}

static int audit(const struct packs *packs, const char *name)
{
    const struct kind *k = packs_kind(packs, name);
    size_t personal = 0;

    if (k == NULL) {
        (void)fprintf(stderr, "没有类型“%s” no such kind\n", name);
        return 1;
    }
    (void)printf("%s  %s / %s\n", k->name, k->title.zh, k->title.en);
    print_who("可见 see   ", k->see, k->n_see);
    print_who("查看个人信息 reveal", k->reveal, k->n_reveal);
    for (size_t i = 0; i < k->n_fields; i++)
        if (k->fields[i].privacy == PRIVACY_PERSONAL)
            (void)printf("%s%s", personal++ == 0 ? "    个人信息 personal " : ", ", k->fields[i].name);
    (void)fputs(personal == 0 ? "" : "\n", stdout);
    for (size_t i = 0; i < k->n_moves; i++)
        print_move(k, &k->moves[i]);
    return 0;
}

static int read_packs(char *const *operands, int n, const char *extra)
{
    struct arena *a = NULL;
    struct packs *packs = NULL;
    struct err e = {0};
    int status;

    if (!packs_load_all(&extra, extra != NULL, &a, &packs, &e)) {
        arena_free(&a);
        return print_err("wangge pack", &e);
    }
    status = n == 2 ? audit(packs, operands[1]) : list(packs);
    arena_free(&a);
    return status;
}

static int run(int argc, char **argv)
{
    const char *extra = NULL, *data = NULL, *why = NULL;
    const struct option_def defs[] = {{"pack", &extra, NULL}, {"data", &data, NULL}, {"why", &why, NULL}};
    char **operands;
    int n;

    options_parse(&pack_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (n >= 2 && strcmp(operands[0], "check") == 0)
        return check(operands + 1, n - 1);
    if ((n == 1 && strcmp(operands[0], "list") == 0) || (n == 2 && strcmp(operands[0], "audit") == 0))
        return read_packs(operands, n, extra);
    if (data != NULL && (n == 1 || n == 2) && strcmp(operands[0], "versions") == 0)
        return pack_versions(data, extra, n == 2 ? operands[1] : NULL);
    if (data != NULL && n >= 3 && n % 2 == 1 && strcmp(operands[0], "return") == 0)
        return pack_return(data, extra, operands + 1, n - 1, why);
    return cli_usage(&pack_command);
}

static const char help[] =
    "用法 usage: wangge pack check FILE-or-DIR…\n"
    "            wangge pack list [--pack DIR]\n"
    "            wangge pack audit KIND [--pack DIR]\n"
    "            wangge pack versions [PACK] --data DIR\n"
    "            wangge pack return PACK NUMBER… --data DIR --why TEXT\n\n"
    "  check              像编译器一样检查，有错时退出状态为 1 checks like a compiler; exits 1 on "
    "complaints\n"
    "  list               程序里的程序包和事项类型 the packs in the program and their kinds\n"
    "  audit KIND         谁可以做什么 who may do what, and when\n"
    "  versions           存下的各版、哪一版在用（→）、检查器现在怎么说 the versions that are kept, which "
    "hold, and "
    "what the\n"
    "                     checker says of each today; exits 1 when one that holds is refused\n"
    "  return PACK NUMBER 启用较早的一版，0 为程序自带的；先停下服务 puts an earlier version into force, 0 "
    "the "
    "program's;\n"
    "                     the server must be stopped. 升级后旧版本不被接受、服务起不来时用它 for a version "
    "that\n"
    "                     an upgraded program refuses, so that the server does not start\n"
    "  --data DIR         数据目录 made by wangge init\n"
    "  --why TEXT         原因，记录在案 the reason, which is recorded\n"
    "  --pack DIR         另加一个程序包目录 one more pack\n\n"
    "程序包怎么写 how to write one: docs/packs.md\n\n"
    "例 example: wangge pack check packs/mine\n";
const struct subcommand pack_command = {"pack", "检查和查看程序包 check and read packs", help, run};
