/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - one line an event: `<N>event key=value ...` on standard error, N being the syslog level that
 * journald reads. Only mains and the rooms of rank 5 and 6 log; libraries return errors. Never log a card
 * number, a name or a key: a card stands in the log by the first eight hex digits of its token. Threads: any.
 */
#ifndef KASSA_LOG_H
#define KASSA_LOG_H

#include "base/base.h"

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* Writes the line in one write(2). event is a stable id ("journal.opened"); format gives the key=value pairs.
 * Control characters in the text are replaced by '?', and a line is cut at 1,000 bytes. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
