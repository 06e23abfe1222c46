/* wangge doctor: what is wrong with a machine or a configuration, and what to do about it. */
#include "app/doctor.h"

#include "app/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char help[];
const struct subcommand doctor_command;

struct words words(const char *zh, const char *en, ...)
{
    struct words w;
    va_list ap;

    va_start(ap, en);
    (void)vsnprintf(w.zh, sizeof(w.zh), zh, ap);
    va_end(ap);
    va_start(ap, en);
    (void)vsnprintf(w.en, sizeof(w.en), en, ap);
    va_end(ap);
    return w;
}

struct words words_of(const struct err *e)
{
    return words("%s%.0s", "%.0s%s", e->zh, e->en);
}

void doctor_says(struct doctor *x, enum verdict v, const char *key, struct words what,
                 const struct words *todo)
{
    static const char *const marks[VERDICT__MAX] = {"", "好   ok     ", "注意 warning", "错误 ERROR  "};

    x->errors += v == VERDICT_WRONG;
    x->warnings += v == VERDICT_ADVICE;
    if (x->hear != NULL) {
        x->hear(x->ctx, v, key, &what, todo);
        return;
    }
    (void)printf("%s  %s  [%s]\n                %s\n", marks[v], what.zh, key, what.en);
    if (todo != NULL)
        (void)printf("                → %s\n                → %s\n", todo->zh, todo->en);
}

static int run(int argc, char **argv)
{
    struct doctor x = {0};
    const struct option_def defs[] = {{"data", &x.dir, NULL},
                                      {"pack", &x.pack, NULL},
                                      {"listen", &x.listen, NULL},
                                      {"deep", NULL, &x.deep}};
    char **operands;
    int n;

    options_parse(&doctor_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (n > 0)
        return cli_usage(&doctor_command);
    if (x.dir != NULL && doctor_folder(&x))
        doctor_district(&x);
    if (x.dir != NULL)
        doctor_backup(&x);
    doctor_machine(&x);
    (void)printf("\n%d 项错误 errors，%d 项注意 warnings\n", x.errors, x.warnings);
    return x.errors > 0;
}

static const char help[] =
    "用法 usage: wangge doctor [--data DIR] [--listen ADDR:PORT] [--deep]\n\n"
    "检查机器与配置：哪里不对，怎么办。只读，服务运行时也可用。\n"
    "Says what is wrong with this machine or a configuration, and what to do. Changes nothing; the server "
    "may run.\n\n"
    "  --data DIR           数据目录；不给则只查机器 without it only the machine is looked at\n"
    "  --listen ADDR:PORT   服务要用的地址 where the server is to listen\n"
    "  --pack DIR           服务所用的另一个程序包目录 the further pack that serve was given\n"
    "  --deep               通读整个数据库，每 GB 数秒 reads the whole database, seconds a gigabyte\n\n"
    "退出状态 exit status: 0 没有错误 no errors (注意不算 warnings do not count)，1 有错误 errors，2 用法 "
    "usage\n";
const struct subcommand doctor_command = {"doctor", "体检 what is wrong here", help, run};
