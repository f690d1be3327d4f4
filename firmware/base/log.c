/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_SIZE_MAX 1000

static size_t clamp_length(int written, size_t room)
{
    if (written < 0)
        return 0;
    return (size_t)written < room ? (size_t)written : room - 1;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char line[LINE_SIZE_MAX + 1];
    size_t size = clamp_length(snprintf(line, sizeof(line), "<%d>%s ", (int)level, event), sizeof(line));
    va_list arguments;
    va_start(arguments, format);
    size += clamp_length(vsnprintf(line + size, sizeof(line) - size, format, arguments), sizeof(line) - size);
    va_end(arguments);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    line[size < LINE_SIZE_MAX ? size : LINE_SIZE_MAX - 1] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, (size < LINE_SIZE_MAX ? size : LINE_SIZE_MAX - 1) + 1);
    (void)ignored; /* a log that cannot be written has nowhere to say so */
}
