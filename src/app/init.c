/* wangge init */
#include "app/app.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char help[];
const struct subcommand init_command;

/* "+08:00", read as RFC 3339 reads it. */
static bool read_offset(const char *s, int *ret)
{
    char instant[RFC3339_MAX];
    int64_t ms;

    (void)snprintf(instant, sizeof(instant), "1970-01-02T00:00:00%.8s", s);
    if (!rfc3339_parse(instant, &ms))
        return false;
    *ret = (int)((86400000 - ms) / 60000);
    return true;
}

/* What is lost when the machine stops now can be made again. */
static bool play(const char *dir, struct err *e)
{
    AUTO(district_close) struct district *d = NULL;
    const struct district_options o = {.dir = dir, .db = options_db(), .sync = SQL_SYNC_OFF};

    return district_open(&o, &d, e) && sample_play(d, time_now_ms(), e);
}

static int run(int argc, char **argv)
{
    const char *dir = NULL, *code = "330803", *name = "衢江区", *short_name = "衢江", *suite = "aes",
               *offset = "+08:00", *distribute = NULL;
    bool sample = false, bare = false;
    const struct option_def defs[] = {{"data", &dir, NULL},
                                      {"district", &code, NULL},
                                      {"name", &name, NULL},
                                      {"short-name", &short_name, NULL},
                                      {"suite", &suite, NULL},
                                      {"offset", &offset, NULL},
                                      {"sample", NULL, &sample},
                                      {"bare", NULL, &bare},
                                      {"distribute", &distribute, NULL}};
    struct init_options o = {0};
    struct err e = {0};
    char **operands;
    int n;

    options_parse(&init_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (dir == NULL || n > 0 || !parse_int64(code, &o.code) || o.code < 100000 || o.code > 999999 ||
        (strcmp(suite, "aes") != 0 && strcmp(suite, "sm") != 0) || !read_offset(offset, &o.offset_min) ||
        (distribute != NULL && strcmp(distribute, "district") != 0)) {
        (void)fputs(help, stderr);
        return 2;
    }
    o.db = options_db();
    o.name = name;
    o.short_name = short_name;
    o.suite = strcmp(suite, "sm") == 0 ? SUITE_SM : SUITE_AES;
    o.sample = sample;
    o.distribute = distribute != NULL;
    if (!district_init(dir, &o, &e) || (sample && !bare && !play(dir, &e)))
        return print_err("wangge init", &e);
    (void)printf("已建立 %s（%s）。下一步 next: wangge serve --data %s\n", name, dir, dir);
    if (sample)
        sample_print_accounts(!bare);
    else
        (void)printf("还没有账号 no account yet: wangge account add --data %s --login NAME --role admin\n",
                     dir);
    return 0;
}

static const char help[] =
    "用法 usage: wangge init --data DIR [--sample [--bare]] [--district CODE --name NAME --short-name NAME] "
    "[--offset "
    "+hh:mm] "
    "[--suite aes|sm] [--distribute district]\n\n"
    "建立一个区的数据目录。Makes the data folder of a district: database, key, folders.\n\n"
    "  --data DIR         数据目录 the folder to make; it is the whole installation, back it up\n"
    "  --sample           装入示例区（衢江区的区划、日历、示例账号，每个程序都有一点） the sample district "
    "with\n"
    "                     accounts, and a little of each programme\n"
    "  --bare             示例区里不演各个程序的示例 the sample without anything of the programmes in it\n"
    "  --district CODE    六位区划代码 six-digit division code (330803)\n"
    "  --name, --short-name  名称与编号前缀 its name, and what numbers begin with (衢江区, 衢江)\n"
    "  --offset +hh:mm    当地时间与 UTC 之差 local time east of UTC, where days begin (+08:00)\n"
    "  --suite aes|sm     密码套件，建好后不能改 AES-256-GCM and SHA-256, or 国密 SM4 and SM3; for ever\n"
    "  --distribute district  表按区分布到 citus 集群的各服务器；没有该扩展则不变 with --db, on a server "
    "with the\n"
    "                     extension citus: the tables lie on its servers by district; elsewhere nothing "
    "changes\n\n"
    "例 example: wangge init --sample --data data\n";
const struct subcommand init_command = {"init", "建立数据目录 make a district's data folder", help, run};
