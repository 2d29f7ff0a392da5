/* A command: one file, one struct. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "cmd/app.h"

struct command {
	const char *name; /* as typed, and the name of its file */
	const char *arguments; /* "FILE...", "" for none */
	const char *summary; /* one line, lower case, no full stop */
	int least_operands;
	int most_operands; /* -1: any number */
	const struct option_spec *options;
	bool (*run)(struct app *app, const struct options *options, struct err *err);
};

/* All commands in the order help lists them, NULL at the end. */
extern const struct command *const commands[];

/* NULL and E-USAGE, with the nearest name as remedy, when there is none. */
const struct command *command_named(const char *name, struct err *err);

/* Reads the command's options, then runs it. argv[0] is the command's name. */
bool command_run(const struct command *command, struct app *app, int argc, char **argv,
	struct err *err);

#endif
