/* Command-line options as rows of a table; no switch over letters. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_OPTION_H
#define CMD_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct option_spec {
	char letter; /* 0: long form only */
	const char *name; /* "firmware" is --firmware; NULL ends a table */
	const char *argument; /* "FILE"; NULL when the option takes none */
	const char *help; /* one line, lower case, no full stop */
};

#define OPTIONS_MOST 96

struct options {
	struct {
		const struct option_spec *spec;
		const char *value;
	} given[OPTIONS_MOST];
	unsigned count;
	int argc; /* what is left: the operands */
	char **argv;
};

/* Reads options of one or two tables (either may be NULL) from argv[1] on. Stops at the
 * first operand when `first_operand_ends`, else operands may stand anywhere. Adds to
 * *out; strings are borrowed from argv, which may be reordered. */
bool options_read(struct options *out, const struct option_spec *own,
	const struct option_spec *common, bool first_operand_ends, int argc, char **argv,
	struct err *err);

bool option_given(const struct options *options, const char *name);

/* Adds what the user did not have to type: a row of `table` with a value. What was given
 * stays; a NULL value is none. Borrowed. */
void option_supply(struct options *options, const struct option_spec *table,
	const char *name, const char *value);

/* The last value given, NULL when the option was not given. */
const char *option_value(const struct options *options, const char *name);

/* A decimal value within [least, most]; `otherwise` when not given; E-USAGE when bad. */
bool option_number(const struct options *options, const char *name, int64_t least,
	int64_t most, int64_t otherwise, int64_t *out, struct err *err);

#endif
