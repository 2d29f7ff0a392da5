/* help: what the program does, and what one command takes. */
/* SPDX-License-Identifier: MIT */
#include "cmd/help.h"

#include <string.h>

#include "base/terminal.h"

enum { INDENT = 30 };

static void
print_options(FILE *out, const struct option_spec *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		char name[64], letter[8] = "";

		if (rows->letter != 0)
			snprintf(letter, sizeof letter, "-%c, ", rows->letter);
		snprintf(name, sizeof name, "%s--%s%s%s", letter, rows->name,
			rows->argument != NULL ? " " : "",
			rows->argument != NULL ? rows->argument : "");
		if (strlen(name) > INDENT - 4) {
			fprintf(out, "  %s\n", name);
			name[0] = '\0';
		}
		terminal_say(out, INDENT, "  %-*s  %s", INDENT - 4, name, rows->help);
	}
}

void
help_overview(FILE *out)
{
	fputs("airlift frees Sonoff devices from the vendor's cloud, over the air.\n\n"
	      "usage: airlift [options] COMMAND [options] [DEVICE...]\n\ncommands:\n",
		out);
	for (const struct command *const *each = commands; *each != NULL; each++)
		fprintf(out, "  %-10s  %s\n", (*each)->name, (*each)->summary);
	fputs("\noptions of every command:\n", out);
	print_options(out, app_options);
	fputs("\n\"airlift COMMAND --help\" shows what a command takes.\n", out);
}

void
help_command(FILE *out, const struct command *command)
{
	fprintf(out, "airlift %s - %s\n\nusage: airlift %s%s%s%s\n", command->name,
		command->summary, command->name,
		command->options != NULL ? " [options]" : "",
		*command->arguments != '\0' ? " " : "", command->arguments);
	if (command->options != NULL) {
		fputs("\noptions:\n", out);
		print_options(out, command->options);
	}
	fputs("\noptions of every command:\n", out);
	print_options(out, app_options);
}

static bool
help(struct app *app, const struct options *options, struct err *err)
{
	const struct command *command;

	(void)app;
	if (options->argc == 0) {
		help_overview(stdout);
		return true;
	}
	command = command_named(options->argv[0], err);
	if (command == NULL)
		return false;
	help_command(stdout, command);
	return true;
}

const struct command cmd_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "show this overview, or what one command takes",
	.most_operands = 1,
	.run = help,
};
