/* Reading "[section]" and "key = value" files that people write. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_INI_H
#define BASE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define INI_FILE_MOST (256 * 1024)

/* One line; strings are borrowed during the call. */
struct ini_line {
	const char *file;
	unsigned number;
	const char *section; /* "" before the first */
	const char *key; /* NULL: the section begins here */
	const char *value; /* without blanks at its ends; a line that begins with a blank
			    * continues the value above */
};

/* Calls `each` for every section and every value, in order; its false ends the reading.
 * Lines that begin with # or ; are comments. E-FILE, or E-INI with file and line. */
bool ini_read(const char *path,
	bool (*each)(void *context, const struct ini_line *line, struct err *err),
	void *context, struct err *err);

/* E-INI "FILE, line N: CAUSE". Returns false. Also for what a caller finds wrong. */
bool ini_wrong(struct err *err, const struct ini_line *line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
