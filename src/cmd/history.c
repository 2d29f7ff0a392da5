/* history: what was done to which device, from the journal. One line per job; with a
 * DEVICE every step of its jobs. Only reads. */
/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/device_names.h"
#include "cmd/profile_options.h"
#include "fleet/event.h"
#include "fleet/journal.h"
#include "fleet/recall.h"
#include "fleet/screen.h"
#include "wire/tasmota_status.h"

static const struct option_spec option_rows[] = { PROFILE_OPTION, { 0 } };

enum { WHEN_SIZE = 24, INDENT = 21 };

/* One job, put together from its facts. */
struct row {
	int64_t job, began_ms, last_ms;
	char device[33], method[16], step[16];
	char outcome[ERR_TEXT_SIZE]; /* "" while there is none */
};

struct table {
	struct row *rows;
	size_t count;
};

/* The computer's own time zone: people remember when they did it by their clock. */
static const char *
when(int64_t wall_ms, char out[WHEN_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm parts;

	localtime_r(&seconds, &parts);
	strftime(out, WHEN_SIZE, "%Y-%m-%d %H:%M:%S", &parts);
	return out;
}

/* Facts of jobs that ran side by side are mixed; the newest jobs are at the end. */
static struct row *
row_of(struct table *table, const struct fact *fact)
{
	struct row *row;

	for (size_t i = table->count; i > 0; i--)
		if (table->rows[i - 1].job == fact->job)
			return &table->rows[i - 1];
	table->rows = xrealloc(table->rows, table->count + 1, sizeof *table->rows);
	row = &table->rows[table->count++];
	*row = (struct row){ .job = fact->job, .began_ms = fact->at_ms };
	return row;
}

static void
collect(const struct fact *fact, void *context)
{
	struct row *row = row_of(context, fact);

	row->last_ms = fact->at_ms;
	text_printable(row->device, sizeof row->device, fact->device);
	text_printable(row->method, sizeof row->method, fact->method);
	if (strcmp(fact->step, "outcome") == 0)
		text_printable(row->outcome, sizeof row->outcome, fact->detail);
	else
		text_printable(row->step, sizeof row->step, fact->step);
}

static void
print_rows(const struct table *table)
{
	char began[WHEN_SIZE], took[32];

	printf("%-19s  %-15s  %-8s  %-12s  %s\n", "when", "device", "method", "took",
		"outcome");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		OWN_STR broken = xasprintf(
			"no outcome: running, or broken off in step \"%s\"", row->step);

		screen_duration(row->last_ms - row->began_ms, took, sizeof took);
		terminal_say(stdout, INDENT, "%-19s  %-15s  %-8s  %-12s  %s",
			when(row->began_ms, began), row->device, row->method, took,
			row->outcome[0] != '\0' ? row->outcome : broken);
	}
}

/* Whose facts are shown: by name, by what the profile and the journal call it as well. */
struct wanted {
	const char *names[5]; /* NULL: not known; borrowed */
	void (*print)(const struct fact *fact);
	bool seen;
};

static void
filter(const struct fact *fact, void *context)
{
	struct wanted *wanted = context;
	bool is_it = false;

	for (size_t i = 0; i < COUNT_OF(wanted->names); i++)
		is_it |= wanted->names[i] != NULL &&
			text_equal_nocase(fact->device, wanted->names[i]);
	wanted->seen |= is_it;
	if (is_it && wanted->print != NULL)
		wanted->print(fact);
}

static void
print_fact(const struct fact *fact)
{
	char at[WHEN_SIZE], step[16], detail[ERR_TEXT_SIZE];

	terminal_say(stdout, INDENT, "%s  %5lld  %-10s  %s", when(fact->at_ms, at),
		(long long)fact->job, text_printable(step, sizeof step, fact->step),
		text_printable(detail, sizeof detail, fact->detail));
}

static void
print_event(const struct fact *fact)
{
	bool is_outcome = strcmp(fact->step, "outcome") == 0;
	char at[CLOCK_TEXT_SIZE];
	json_t *fields;

	clock_text(fact->at_ms, at);
	fields = json_pack("{s:s, s:I, s:s, s:s, s:s}", "at", at, "job",
		(json_int_t)fact->job, "method", fact->method, "step", fact->step,
		"detail", fact->detail);
	if (fields != NULL && is_outcome)
		json_object_set_new(fields, "outcome",
			json_stringn(fact->detail, strcspn(fact->detail, ":")));
	event_print(is_outcome ? "outcome" : "step", fact->device, fields);
}

static bool
print_for_people(
	struct journal *journal, const char *name, struct wanted *wanted, struct err *err)
{
	char shown[80];

	if (!journal_read(journal, NULL, 0, filter, wanted, err))
		return false;
	if (!wanted->seen) {
		printf("Nothing was done to %s.\n",
			text_printable(shown, sizeof shown, name));
		return true;
	}
	printf("%-19s  %5s  %-10s  %s\n", "when", "job", "step", "what");
	wanted->print = print_fact;
	return journal_read(journal, NULL, 0, filter, wanted, err);
}

/* A name that nothing was done under has to be one of the profile. */
static bool
widen(struct journal *journal, const struct profile *profile, const char *path,
	struct wanted *wanted, struct recalled *known, struct err *err)
{
	const struct profile_device *entry = NULL;

	if (profile == NULL)
		return true;
	if (!profile_device_named(profile, wanted->names[0], &entry, err))
		return false;
	if (entry == NULL)
		return (journal_read(journal, NULL, 0, filter, wanted, err) &&
			       wanted->seen) ||
			device_name_not_there(path, wanted->names[0], err);
	wanted->names[1] = entry->id;
	wanted->names[2] = entry->mac;
	if (!recall(journal, entry->id != NULL ? entry->id : entry->mac, known, err))
		return false;
	wanted->names[3] = known->device;
	/* What was done to it as a Tasmota may stand under its MAC. */
	wanted->names[4] = recall_mac(known);
	return true;
}

static bool
print_device(const struct app *app, const struct options *options,
	struct journal *journal, struct err *err)
{
	struct wanted wanted = { .names = { options->argv[0] } };
	OWN_NEW(profile) profile = NULL;
	OWN_STR path = NULL;
	struct recalled known;
	char mac[13];

	if (tasmota_read_mac(options->argv[0], mac))
		wanted.names[1] = mac; /* the journal has no colons */
	if (!device_name_is_plain(options->argv[0]) &&
		(!profile_open(app, options, &profile, &path, err) ||
			!widen(journal, profile, path, &wanted, &known, err)))
		return false;
	if (!app->json)
		return print_for_people(journal, options->argv[0], &wanted, err);
	wanted.print = print_event;
	return journal_read(journal, NULL, 0, filter, &wanted, err);
}

static void
print_any_event(const struct fact *fact, void *context)
{
	(void)context;
	print_event(fact);
}

static bool
print_all(struct journal *journal, struct err *err)
{
	struct table table = { 0 };
	bool ok = journal_read(journal, NULL, 0, collect, &table, err);

	if (ok && table.count == 0)
		puts("Nothing was done yet.");
	else if (ok)
		print_rows(&table);
	free(table.rows);
	return ok;
}

static bool
history(struct app *app, const struct options *options, struct err *err)
{
	OWN_NEW(journal) journal = journal_open(app->state_directory, err);

	if (journal == NULL)
		return false;
	if (options->argc > 0)
		return print_device(app, options, journal, err);
	if (app->json)
		return journal_read(journal, NULL, 0, print_any_event, NULL, err);
	return print_all(journal, err);
}

const struct command cmd_history = {
	.name = "history",
	.arguments = "[DEVICE]",
	.summary = "show what was done to which device",
	.most_operands = 1,
	.options = option_rows,
	.run = history,
};
