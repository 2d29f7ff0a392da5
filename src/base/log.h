/* Log lines for people, on standard error. Secrets never come here: callers log names
 * of things, never bodies of requests. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above `level` are dropped. Before the first call: warnings and worse. */
void log_open(enum log_level level);

/* A screen that redraws itself asks to print the lines, so that they do not land in
 * the middle of its picture. NULL gives them back to standard error. */
void log_redirect(void (*print)(const char *line, void *context), void *context);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
