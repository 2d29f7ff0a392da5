/* airlift-sim: devices that exist only in software. Finds the command, runs it, prints
 * the error, chooses the exit status. */
/* SPDX-License-Identifier: MIT */
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "sim/command.h"

static const struct sim_command *const commands[] = { &sim_command_diy,
	&sim_command_image, &sim_command_stock, &sim_command_tasmota };

static void
help(void)
{
	printf("usage: airlift-sim COMMAND [options]\n\ncommands:\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nairlift-sim COMMAND --help tells the options.\n");
}

static bool
run(int argc, char **argv, struct err *err)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		help();
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i]->run(argc - 1, argv + 1, err);
	return err_set(err, &err_usage, "there is no such command");
}

int
main(int argc, char **argv)
{
	struct err err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	mosquitto_lib_init();
	if (!run(argc, argv, &err))
		fprintf(stderr, "airlift-sim: %s: %s\n%s\n", err.code->name, err.text,
			err.remedy);
	return err_exit_status(err_kind(&err));
}
