/* The list of commands: the only file that knows them all. */
/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include <stddef.h>

extern const struct command cmd_scan;
extern const struct command cmd_inspect;
extern const struct command cmd_check;
extern const struct command cmd_flash;
extern const struct command cmd_free;
extern const struct command cmd_setup;
extern const struct command cmd_info;
extern const struct command cmd_switch;
extern const struct command cmd_startup;
extern const struct command cmd_pulse;
extern const struct command cmd_signal;
extern const struct command cmd_wifi;
extern const struct command cmd_unlock;
extern const struct command cmd_takeover;
extern const struct command cmd_serve;
extern const struct command cmd_broker;
extern const struct command cmd_monitor;
extern const struct command cmd_handover;
extern const struct command cmd_history;
extern const struct command cmd_help;

const struct command *const commands[] = {
	&cmd_free,
	&cmd_scan,
	&cmd_inspect,
	&cmd_check,
	&cmd_flash,
	&cmd_setup,
	&cmd_info,
	&cmd_switch,
	&cmd_startup,
	&cmd_pulse,
	&cmd_signal,
	&cmd_wifi,
	&cmd_unlock,
	&cmd_takeover,
	&cmd_serve,
	&cmd_broker,
	&cmd_monitor,
	&cmd_handover,
	&cmd_history,
	&cmd_help,
	NULL,
};
