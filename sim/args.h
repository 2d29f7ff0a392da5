/* The simulator's own small reading of command lines: long options in a table. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_ARGS_H
#define SIM_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arg {
	const char *name; /* "count" is --count; NULL ends a table */
	const char *value; /* "N"; NULL when it takes none */
	const char *otherwise; /* the default, NULL for none */
	const char *help; /* one line */
};

#define ARGS_MOST 32

struct args {
	const struct arg *table;
	const char *given[ARGS_MOST]; /* by row; the default where not given */
	bool help; /* --help was asked for */
	int argc; /* operands */
	char **argv;
};

bool args_read(struct args *out, const struct arg *table, int argc, char **argv,
	struct err *err);

/* The value of a row of the table, or its default; may be NULL. */
const char *args_value(const struct args *args, const char *name);
bool args_given(const struct args *args, const char *name);

/* A number within [least, most]; E-USAGE otherwise. */
bool args_number(const struct args *args, const char *name, int64_t least, int64_t most,
	int64_t *out, struct err *err);

/* "yes" or "no"; E-USAGE otherwise. */
bool args_yes(const struct args *args, const char *name, bool *out, struct err *err);

/* Prints the table. */
void args_help(const struct arg *table);

#endif
