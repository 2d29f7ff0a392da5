/* What the other end of a stream can show. */
/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
