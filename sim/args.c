/* The simulator's own small reading of command lines. */
/* SPDX-License-Identifier: MIT */
#include "sim/args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static unsigned
row_of(const struct args *args, const char *name)
{
	unsigned i = 0;

	while (args->table[i].name != NULL && strcmp(args->table[i].name, name) != 0)
		i++;
	return i;
}

bool
args_read(
	struct args *out, const struct arg *table, int argc, char **argv, struct err *err)
{
	struct option longs[ARGS_MOST + 2] = { { 0 } };
	unsigned n = 0;
	int found, index = 0;
	char shown[64];

	*out = (struct args){ .table = table };
	for (; n < ARGS_MOST && table[n].name != NULL; n++) {
		out->given[n] = table[n].otherwise;
		longs[n] = (struct option){ .name = table[n].name,
			.has_arg = table[n].value != NULL ? required_argument
							  : no_argument };
	}
	longs[n] = (struct option){ .name = "help", .val = 'h' };
	optind = 0;
	opterr = 0;
	while ((found = getopt_long(argc, argv, ":h", longs, &index)) != -1) {
		if (found == 'h')
			out->help = true;
		else if (found != 0)
			return err_set(err, &err_usage,
				found == ':' ? "option %s needs a value"
					     : "there is no option %s",
				text_printable(shown, sizeof shown, argv[optind - 1]));
		else
			out->given[index] = optarg != NULL ? optarg : "yes";
	}
	out->argc = argc - optind;
	out->argv = argv + optind;
	return true;
}

const char *
args_value(const struct args *args, const char *name)
{
	return args->given[row_of(args, name)];
}

bool
args_given(const struct args *args, const char *name)
{
	return args_value(args, name) != NULL;
}

bool
args_number(const struct args *args, const char *name, int64_t least, int64_t most,
	int64_t *out, struct err *err)
{
	const char *value = args_value(args, name);
	char shown[64];

	if (value != NULL && text_to_number(value, least, most, out))
		return true;
	return err_set(err, &err_usage, "--%s takes a number from %lld to %lld, not %s",
		name, (long long)least, (long long)most,
		text_printable(shown, sizeof shown, value != NULL ? value : "nothing"));
}

bool
args_yes(const struct args *args, const char *name, bool *out, struct err *err)
{
	const char *value = args_value(args, name);

	*out = value != NULL && strcmp(value, "yes") == 0;
	if (*out || (value != NULL && strcmp(value, "no") == 0))
		return true;
	return err_set(err, &err_usage, "--%s takes yes or no", name);
}

void
args_help(const struct arg *table)
{
	for (; table->name != NULL; table++) {
		OWN_STR left = xasprintf("--%s%s%s", table->name,
			table->value != NULL ? " " : "",
			table->value != NULL ? table->value : "");
		OWN_STR right = table->otherwise != NULL
			? xasprintf(" (default %s)", table->otherwise)
			: xstrdup("");

		printf("  %-24s %s%s\n", left, table->help, right);
	}
}
