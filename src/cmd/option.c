/* Command-line options as rows of a table; getopt_long() does the reading. */
/* SPDX-License-Identifier: MIT */
#include "cmd/option.h"

#include <getopt.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Long options are told apart by their index, letters by themselves. */
enum { FIRST_INDEX = 256 };

struct table {
	struct option longs[OPTIONS_MOST + 1];
	const struct option_spec *specs[OPTIONS_MOST];
	char letters[2 * OPTIONS_MOST + 3];
	unsigned count;
};

static void
add_rows(struct table *table, const struct option_spec *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		char *end = table->letters + strlen(table->letters);

		if (table->count == OPTIONS_MOST)
			return;
		if (rows->letter != 0) {
			*end++ = rows->letter;
			if (rows->argument != NULL)
				*end++ = ':';
			*end = '\0';
		}
		table->longs[table->count] = (struct option){
			.name = rows->name,
			.has_arg = rows->argument != NULL ? required_argument
							  : no_argument,
			.val = FIRST_INDEX + (int)table->count,
		};
		table->specs[table->count++] = rows;
	}
}

static const struct option_spec *
spec_of(const struct table *table, int found)
{
	if (found >= FIRST_INDEX)
		return table->specs[found - FIRST_INDEX];
	for (unsigned i = 0; i < table->count; i++)
		if (table->specs[i]->letter == found)
			return table->specs[i];
	return NULL;
}

/* getopt_long() takes any beginning of a name. A new option would change what such words
 * mean, and --wifi-password must not pass for --wifi-password-file. */
static bool
is_whole_name(const struct table *table, int found, char **argv)
{
	const char *name = table->specs[found - FIRST_INDEX]->name;
	const char *word = argv[optind - 1];
	size_t len = strlen(name);

	if (word == optarg)
		word = argv[optind - 2];
	return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, len) == 0 &&
		(word[2 + len] == '\0' || word[2 + len] == '=');
}

static bool
complain_of_part(char **argv, struct err *err)
{
	const char *word = argv[optind - 1] == optarg ? argv[optind - 2]
						      : argv[optind - 1];
	char shown[128], name[64];

	text_copy_bytes(name, sizeof name, word, strcspn(word, "="));
	return err_set(err, &err_usage, "there is no option %s",
		text_printable(shown, sizeof shown, name));
}

static bool
complain(int found, char **argv, struct err *err)
{
	char shown[128];
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	text_printable(shown, sizeof shown, word);
	if (found == ':')
		return err_set(err, &err_usage, "option %s needs a value", shown);
	if (optopt != 0 && optopt < FIRST_INDEX)
		return err_set(err, &err_usage, "there is no option -%c", optopt);
	if (optopt >= FIRST_INDEX)
		return err_set(err, &err_usage, "option %s takes no value", shown);
	return err_set(err, &err_usage, "there is no option %s", shown);
}

bool
options_read(struct options *out, const struct option_spec *own,
	const struct option_spec *common, bool first_operand_ends, int argc, char **argv,
	struct err *err)
{
	struct table table = { .letters = { first_operand_ends ? '+' : ':' } };
	int found;

	if (first_operand_ends)
		strcat(table.letters, ":");
	add_rows(&table, own);
	add_rows(&table, common);
	optind = 0;
	opterr = 0;
	while ((found = getopt_long(argc, argv, table.letters, table.longs, NULL)) !=
		-1) {
		if (found == '?' || found == ':')
			return complain(found, argv, err);
		if (found >= FIRST_INDEX && !is_whole_name(&table, found, argv))
			return complain_of_part(argv, err);
		if (out->count == OPTIONS_MOST)
			return err_set(err, &err_usage, "too many options");
		out->given[out->count].spec = spec_of(&table, found);
		out->given[out->count++].value = optarg;
	}
	out->argc = argc - optind;
	out->argv = argv + optind;
	return true;
}

const char *
option_value(const struct options *options, const char *name)
{
	for (unsigned i = options->count; i-- > 0;)
		if (strcmp(options->given[i].spec->name, name) == 0)
			return options->given[i].value;
	return NULL;
}

bool
option_given(const struct options *options, const char *name)
{
	for (unsigned i = 0; i < options->count; i++)
		if (strcmp(options->given[i].spec->name, name) == 0)
			return true;
	return false;
}

void
option_supply(struct options *options, const struct option_spec *table, const char *name,
	const char *value)
{
	while (table->name != NULL && strcmp(table->name, name) != 0)
		table++;
	if (value == NULL || table->name == NULL || option_given(options, name) ||
		options->count == OPTIONS_MOST)
		return;
	options->given[options->count].spec = table;
	options->given[options->count++].value = value;
}

bool
option_number(const struct options *options, const char *name, int64_t least,
	int64_t most, int64_t otherwise, int64_t *out, struct err *err)
{
	const char *value = option_value(options, name);
	char shown[64];

	*out = otherwise;
	if (value == NULL || text_to_number(value, least, most, out))
		return true;
	return err_set(err, &err_usage, "--%s takes a number from %lld to %lld, not %s",
		name, (long long)least, (long long)most,
		text_printable(shown, sizeof shown, value));
}
