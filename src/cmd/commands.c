/* The list of commands: the only file that knows them all. */
/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include <stddef.h>

extern const struct command cmd_broker;
extern const struct command cmd_help;
extern const struct command cmd_inspect;
extern const struct command cmd_serve;
extern const struct command cmd_monitor;

const struct command *const commands[] = {
	&cmd_broker,
	&cmd_monitor,
	&cmd_inspect,
	&cmd_help,
	&cmd_serve,
	NULL,
};
