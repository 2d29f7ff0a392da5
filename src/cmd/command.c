/* Finding and running a command. */
/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/help.h"

static const struct command *
nearest(const char *name)
{
	const struct command *best = NULL;
	unsigned least = 3;

	for (const struct command *const *each = commands; *each != NULL; each++) {
		unsigned now = text_distance(name, (*each)->name);

		if (now < least) {
			least = now;
			best = *each;
		}
	}
	return best;
}

const struct command *
command_named(const char *name, struct err *err)
{
	const struct command *guess;
	char shown[64];

	for (const struct command *const *each = commands; *each != NULL; each++)
		if (strcmp((*each)->name, name) == 0)
			return *each;
	err_set(err, &err_usage, "there is no command \"%s\"",
		text_printable(shown, sizeof shown, name));
	guess = nearest(name);
	if (guess != NULL)
		err_remedy(err,
			"Did you mean \"airlift %s\"? \"airlift help\" lists them all.",
			guess->name);
	else
		err_remedy(err, "\"airlift help\" lists all commands.");
	return NULL;
}

static bool
check_operands(const struct command *command, int count, struct err *err)
{
	if (count < command->least_operands)
		return err_set(err, &err_usage, "\"%s\" needs %s", command->name,
			command->arguments);
	if (command->most_operands >= 0 && count > command->most_operands)
		return err_set(err, &err_usage, "\"%s\" takes %s%s, not %d operands",
			command->name,
			command->most_operands == 0 ? "no operands" : "only ",
			command->most_operands == 0 ? "" : command->arguments, count);
	return true;
}

bool
command_run(const struct command *command, struct app *app, int argc, char **argv,
	struct err *err)
{
	struct options options = { 0 };

	if (!options_read(
		    &options, command->options, app_options, false, argc, argv, err) ||
		!app_take_options(app, &options, err))
		return false;
	if (option_given(&options, "help")) {
		help_command(stdout, command);
		return true;
	}
	return check_operands(command, options.argc, err) &&
		command->run(app, &options, err);
}
