/* Log lines for people, on standard error. */
/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>

#include "base/terminal.h"

enum { INDENT = 9 }; /* as long as "airlift: " */

static struct {
	pthread_mutex_t lock;
	enum log_level level;
	void (*print)(const char *line, void *context);
	void *context;
} the_log = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_WARN };

static const char *const prefixes[] = {
	[LOG_ERROR] = "error: ",
	[LOG_WARN] = "warning: ",
	[LOG_INFO] = "",
	[LOG_DEBUG] = "debug: ",
};

void
log_open(enum log_level level)
{
	pthread_mutex_lock(&the_log.lock);
	the_log.level = level;
	pthread_mutex_unlock(&the_log.lock);
}

void
log_redirect(void (*print)(const char *line, void *context), void *context)
{
	pthread_mutex_lock(&the_log.lock);
	the_log.print = print;
	the_log.context = context;
	pthread_mutex_unlock(&the_log.lock);
}

static void
write_line(enum log_level level, const char *format, va_list args)
{
	char line[1024];
	int used;

	pthread_mutex_lock(&the_log.lock);
	if (level <= the_log.level) {
		used = snprintf(line, sizeof line, "%s", prefixes[level]);
		vsnprintf(line + used, sizeof line - (size_t)used, format, args);
		if (the_log.print != NULL)
			the_log.print(line, the_log.context);
		else
			terminal_say(stderr, INDENT, "airlift: %s", line);
	}
	pthread_mutex_unlock(&the_log.lock);
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_ERROR, format, args);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_WARN, format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_INFO, format, args);
	va_end(args);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_DEBUG, format, args);
	va_end(args);
}
