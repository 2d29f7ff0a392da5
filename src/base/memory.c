/* Memory that is there or ends the program. */
/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *
need(void *memory)
{
	if (memory == NULL) {
		fputs("airlift: this computer is out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *
xmalloc(size_t size)
{
	return need(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return need(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xrealloc(void *old, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return need(NULL);
	return need(realloc(old, count * size > 0 ? count * size : 1));
}

char *
xstrdup(const char *text)
{
	return need(strdup(text));
}

char *
xstrndup(const char *text, size_t most)
{
	return need(strndup(text, most));
}

char *
xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return need(text);
}
