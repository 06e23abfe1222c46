/* log.h -- one line per event on stderr: time, level, key=value. Only edges
 * log (dispatcher, timer, CLI); lower layers return errors. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_UNSET = 0, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_threshold(enum log_level most);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Logs e with its key and place in the code. */
void log_err(const char *doing, const struct err *e);
struct metric;
extern struct metric *const log_metrics[]; /* ended by NULL */

#endif
