/* What the other end of a stream can show. */
/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

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

/* As the C library knows it; not in the locale of the user, which may be another. */
static int
columns_of_wide(const char *at, size_t *bytes)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	mbstate_t state = { 0 };
	wchar_t character = 0;
	size_t len = mbrtowc(&character, at, strlen(at), &state);
	bool is_one = len != 0 && len <= strlen(at);
	int columns = is_one ? wcwidth(character) : 1;

	*bytes = is_one ? len : 1;
	uselocale(before);
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	return columns;
}

unsigned
terminal_columns(const char *at, size_t *bytes)
{
	int columns;

	*bytes = 1;
	if ((unsigned char)*at < 0x80)
		return 1;
	columns = columns_of_wide(at, bytes);
	/* Newer than the C library: rather too wide than past the edge of the window. */
	return columns < 0 ? 2 : (unsigned)columns;
}
