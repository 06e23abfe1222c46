/* wangge: the program. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

static int usage(FILE *to)
{
    (void)fputs("网格 Wangge " WANGGE_VERSION "，区县治理平台 the governance platform of a district\n\n"
                "用法 usage: wangge COMMAND [--data DIR] …\n\n",
                to);
    for (size_t i = 0; subcommands[i] != NULL; i++)
        (void)fprintf(to, "  %-10s %s\n", subcommands[i]->name, subcommands[i]->summary);
    (void)fputs(
        "\n每个命令都有 --help。第一次 first time:\n"
        "  wangge init --sample --data data\n"
        "  wangge serve --data data\n\n"
        "选项也可写在环境变量里：大写，横线换成下划线 options may also stand in the environment:\n"
        "  WANGGE_DATA, WANGGE_DB, WANGGE_LISTEN, WANGGE_PACK, WANGGE_TRUST_PROXY=yes, WANGGE_DRAIN,\n"
        "  WANGGE_MAP_TILES, WANGGE_PUBLIC_URL, WANGGE_PRIVATE_TARGETS, WANGGE_PROXY,\n"
        "  WANGGE_CALL_SERVERS, WANGGE_TURN_SECRET\n",
        to);
    return to == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0)
        return printf("wangge %s\n", WANGGE_VERSION) < 0;
    for (size_t i = 0; subcommands[i] != NULL; i++)
        if (strcmp(argv[1], subcommands[i]->name) == 0)
            return subcommands[i]->run(argc - 1, argv + 1);
    (void)fprintf(stderr, "wangge: 没有命令“%s” (no such command)\n\n", argv[1]);
    return usage(stderr);
}
