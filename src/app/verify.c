/* wangge verify */
#include "app/verify.h"

#include "app/cli.h"

static const char help[];
const struct subcommand verify_command;

static int run(int argc, char **argv)
{
    const char *data = NULL, *pack = NULL;
    const struct option_def defs[] = {{"data", &data, NULL}, {"pack", &pack, NULL}};
    AUTO(district_close) struct district *d = NULL;
    struct verify_result result;
    struct err e = {0};
    char **operands;
    int n;

    options_parse(&verify_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (data == NULL || n > 0)
        return cli_usage(&verify_command);
    if (!cli_open(data, pack, CLI_READ, &d, &e) || !verify_and_print(d, &result, &e))
        return print_err("wangge verify", &e);
    return result.differences > 0;
}

static const char help[] =
    "用法 usage: wangge verify --data DIR [--pack DIR]\n\n"
    "从头核对：历史是真相，其余一切都由它算出。Recounts everything from the history, which is the truth.\n\n"
    "  历史 entries       序号连续、哈希相符 no gap in the sequence, each hash fits its entry\n"
    "  事项 records       重放历史，与每一行每一列比对 replayed, compared with every column of every row\n"
    "  全文 words         每个事项恰由其词语检得 each record is found by its words, and by no other\n"
    "  提醒 notices       每条都出自一条历史 each comes from an entry\n"
    "  指标 figures       逐格重新计数 every counter counted anew\n"
    "  文件 files         都在，内容未变 all there, none changed\n\n"
    "  --data DIR         数据目录；服务运行时也可核对 made by wangge init; may be in use by the server\n"
    "  --pack DIR         服务所用的另一个程序包目录 the further pack that serve was given\n\n"
    "打印不符之处，有则退出状态为 1。Prints what differs; the exit status is 1 if anything does. "
    "换过程序包后，新指标\n"
    "只从更换时算起，会列为不符。Figures that a changed pack added begin with the change, and are listed.\n\n"
    "例 example: wangge verify --data data\n";
const struct subcommand verify_command = {"verify", "核对全部数据 recount everything from the history", help,
                                          run};
