/* Command lines, progress and error lines. */
#include "app/app.h"
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wrong_option(const struct subcommand *s, const char *option, const char *why)
{
    (void)fprintf(stderr, "wangge %s: %s：%s\n运行 wangge %s --help 看用法 (see --help)\n", s->name, option,
                  why, s->name);
    exit(2);
}

/* What a configuration file says (docs/operations/install.md), for every subcommand that has the option. */
static const char *const configured[] = {"data",         "listen",      "pack",       "trust-proxy",
                                         "drain",        "map-tiles",   "public-url", "private-targets",
                                         "call-servers", "turn-secret", "proxy"};

/* "trust-proxy" is WANGGE_TRUST_PROXY. NULL where it is not set or empty. */
static const char *from_environment(const char *name, char variable[64])
{
    const char *value;
    size_t n = 0;

    for (const char *s = "WANGGE_"; *s != '\0'; s++)
        variable[n++] = *s;
    for (; *name != '\0' && n < 63; name++)
        variable[n++] = (char)(*name == '-' ? '_' : toupper((unsigned char)*name));
    variable[n] = '\0';
    value = getenv(variable);
    return value == NULL || *value == '\0' ? NULL : value;
}

static bool parse_yes(const struct subcommand *s, const char *variable, const char *value)
{
    static const char *const yes[] = {"1", "yes", "true", "on"}, *const no[] = {"0", "no", "false", "off"};

    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (strcmp(value, yes[i]) == 0)
            return true;
        if (strcmp(value, no[i]) == 0)
            return false;
    }
    wrong_option(s, variable, "须是 yes 或 no (must be yes or no)");
    return false;
}

/* Before the command line, which wins. */
static void options_from_environment(const struct subcommand *s, const struct option_def *defs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < COUNT_OF(configured); k++) {
            char variable[64];
            const char *value;

            if (strcmp(defs[i].name, configured[k]) != 0 ||
                (value = from_environment(configured[k], variable)) == NULL)
                continue;
            if (defs[i].flag != NULL)
                *defs[i].flag = parse_yes(s, variable, value);
            else
                *defs[i].value = value;
        }
}

/* Every subcommand with a data folder has this one, too. */
static const char *chosen_db;

static const char db_help[] =
    "\n  --db URL           数据库在 PostgreSQL 上（postgresql://…），DIR 只放文件和密钥；也可用环境变量 "
    "WANGGE_DB\n"
    "                     the database is PostgreSQL's, DIR keeps files and key only; or set WANGGE_DB\n";

const char *options_db(void)
{
    const char *db = chosen_db != NULL ? chosen_db : getenv("WANGGE_DB");

    return db == NULL || *db == '\0' ? NULL : db;
}

static const struct option_def *find(const struct option_def *defs, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(defs[i].name) == len && strncmp(defs[i].name, name, len) == 0)
            return &defs[i];
    return NULL;
}

void options_parse(const struct subcommand *s, int argc, char **argv, const struct option_def *defs, size_t n,
                   char ***ret_operands, int *ret_n)
{
    const struct option_def db = {"db", &chosen_db, NULL};
    bool has_data = find(defs, n, "data", 4) != NULL;
    int kept = 1;

    options_from_environment(s, defs, n);

    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *eq;
        const struct option_def *d;
        size_t len;

        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            (void)fputs(s->help, stdout);
            (void)fputs(has_data ? db_help : "", stdout);
            exit(0);
        }
        if (strncmp(arg, "--", 2) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        eq = strchr(arg, '=');
        len = eq == NULL ? strlen(arg + 2) : (size_t)(eq - arg - 2);
        d = has_data && len == 2 && strncmp(arg + 2, "db", len) == 0 ? &db : find(defs, n, arg + 2, len);
        if (d == NULL)
            wrong_option(s, arg, "没有这个选项 (no such option)");
        else if (d->flag != NULL)
            *d->flag = true;
        else if (eq != NULL)
            *d->value = eq + 1;
        else if (i + 1 < argc)
            *d->value = argv[++i];
        else
            wrong_option(s, arg, "缺少值 (needs a value)");
    }
    *ret_operands = argv + 1;
    *ret_n = kept - 1;
}

int print_err(const char *doing, const struct err *e)
{
    (void)fprintf(stderr, "%s: %s\n  %s (%s)\n", doing, e->zh, e->en, e->key);
    for (size_t i = 0; i < e->n_details; i++)
        (void)fprintf(stderr, "  %s: %s / %s (%s)\n", e->details[i].field, e->details[i].zh, e->details[i].en,
                      e->details[i].key);
    return 1;
}

/* --- progress --- */

enum { TERMINAL_MS = 100, LOG_MS = 5000 };

void progress_begin(struct progress *p, const char *what, int64_t total)
{
    *p = (struct progress){
        .what = what, .total = total, .started_ms = time_now_ms(), .terminal = isatty(STDERR_FILENO) == 1};
    p->last_ms = p->started_ms;
}

static void show(const struct progress *p, int64_t done, const char *end)
{
    double seconds = (double)(time_now_ms() - p->started_ms) / 1000;
    double rate = seconds > 0 ? (double)done / seconds : 0;

    (void)fprintf(stderr, "%s%s  %lld", p->terminal ? "\r\033[K" : "", p->what, (long long)done);
    if (p->total > 0)
        (void)fprintf(stderr, "/%lld", (long long)p->total);
    (void)fprintf(stderr, "  %.0f/s  %.1f s%s", rate, seconds, end);
    (void)fflush(stderr);
}

void progress_step(struct progress *p, int64_t done)
{
    int64_t now = time_now_ms();

    if (now - p->last_ms < (p->terminal ? TERMINAL_MS : LOG_MS))
        return;
    p->last_ms = now;
    show(p, done, p->terminal ? "" : "\n");
}

void progress_end(struct progress *p, int64_t done)
{
    /* What took no time needs no line. */
    if (p->terminal || p->last_ms != p->started_ms)
        show(p, done, "\n");
}
