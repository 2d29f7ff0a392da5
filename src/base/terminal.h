/* What the other end of a stream can show. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* A terminal whose lines can be drawn again (not TERM=dumb, not a pipe). */
bool terminal_can_redraw(FILE *stream);

/* The same, and the user has not set NO_COLOR. */
bool terminal_has_color(FILE *stream);

/* Columns; 80 when unknown. */
unsigned terminal_width(FILE *stream);

/* Lines; 24 when unknown. */
unsigned terminal_height(FILE *stream);

/* printf() and a newline. On a terminal the text is broken between words, and each further
 * line begins with `indent` blanks. At most 4 KiB. */
void terminal_say(FILE *stream, unsigned indent, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The columns that the UTF-8 character at `at` takes: 2 for Chinese or emoji, 0 for what
 * stands on the one before. *bytes is its length; a broken one is a byte and a column. */
unsigned terminal_columns(const char *at, size_t *bytes);

#endif
