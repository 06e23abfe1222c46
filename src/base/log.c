#include "base/log.h"

#include "base/clock.h"
#include "base/metric.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

static _Atomic enum log_level threshold = LOG_INFO;

static struct metric errors =
    METRIC(METRIC_COUNTER, "wangge_log_errors_total", "Lines of level error in the log.");
static struct metric warnings =
    METRIC(METRIC_COUNTER, "wangge_log_warnings_total", "Lines of level warn in the log.");
struct metric *const log_metrics[] = {&errors, &warnings, NULL};

void log_threshold(enum log_level most)
{
    threshold = most;
}

/* Text of clients may be in a line: it must not begin another one. */
static void flatten(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = ' ';
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = {"", "error", "warn", "info", "debug"};
    char line[LINE_MAX_BYTES], time[RFC3339_MAX];
    va_list ap;
    size_t n;

    if (level == LOG_UNSET || level > threshold)
        return;
    if (level <= LOG_WARN)
        metric_add(level == LOG_ERROR ? &errors : &warnings, 1);
    rfc3339_format(time_now_ms(), 0, time);
    n = (size_t)snprintf(line, sizeof(line), "%s %s ", time, names[level]);
    va_start(ap, fmt);
    (void)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
    va_end(ap);
    flatten(line);
    (void)dprintf(STDERR_FILENO, "%s\n", line); /* one write: lines of threads do not mix */
}

static enum log_level level_of(enum err_code code)
{
    if (code == ERR_INTERNAL)
        return LOG_ERROR;
    return code == ERR_BUSY ? LOG_WARN : LOG_INFO;
}

void log_err(const char *doing, const struct err *e)
{
    log_line(level_of(e->code), "doing=%s key=%s where=%s text=\"%s\"", doing, e->key ? e->key : "",
             e->where ? e->where : "", e->en);
}
