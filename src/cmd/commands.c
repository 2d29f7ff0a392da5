/* The list of commands: the only file that knows them all. */
/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include <stddef.h>

extern const struct command cmd_inspect;
extern const struct command cmd_flash;
extern const struct command cmd_serve;
extern const struct command cmd_broker;
extern const struct command cmd_monitor;
extern const struct command cmd_history;
extern const struct command cmd_help;

const struct command *const commands[] = {
	&cmd_inspect,
	&cmd_flash,
	&cmd_serve,
	&cmd_broker,
	&cmd_monitor,
	&cmd_history,
	&cmd_help,
	NULL,
};
