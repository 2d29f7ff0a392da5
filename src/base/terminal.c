/* What the other end of a stream can show. */
/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

enum { SAID_MOST = 4096, TEXT_COLUMNS_LEAST = 20 };

bool
terminal_can_redraw(FILE *stream)
{
	const char *kind = getenv("TERM");

	return isatty(fileno(stream)) && kind != NULL && strcmp(kind, "dumb") != 0;
}

bool
terminal_has_color(FILE *stream)
{
	const char *unwanted = getenv("NO_COLOR");

	return terminal_can_redraw(stream) && (unwanted == NULL || *unwanted == '\0');
}

unsigned
terminal_width(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

unsigned
terminal_height(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return 24;
	return size.ws_row;
}

static void
print_wrapped(FILE *stream, const char *text, unsigned width, unsigned indent)
{
	unsigned room = width, blanks = 0;

	while (*text != '\0') {
		size_t len = text_line(text, room);

		fprintf(stream, "%*s%.*s\n", (int)blanks, "", (int)len, text);
		text += len;
		text += strspn(text, " ");
		blanks = indent;
		room = width - indent;
	}
}

void
terminal_say(FILE *stream, unsigned indent, const char *format, ...)
{
	unsigned width = terminal_width(stream);
	char text[SAID_MOST];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (terminal_can_redraw(stream) && width >= indent + TEXT_COLUMNS_LEAST)
		print_wrapped(stream, text, width, indent);
	else
		fprintf(stream, "%s\n", text);
}
