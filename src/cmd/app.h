/* One run of the program: what the global options say and where its files are. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_APP_H
#define CMD_APP_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "cmd/option.h"

struct app {
	bool json; /* one JSON object per line on standard output */
	bool plain; /* no colours, no redrawing */
	bool quiet;
	bool verbose;
	bool yes; /* ask nothing */
	bool dry_run; /* show the plan, touch no device */
	const char *config_file; /* NULL: the default place */
	char *config_directory;
	char *state_directory;
	char *cache_directory;
	const struct cancel *cancel; /* asked by SIGINT and SIGTERM */
	const struct cancel *hurry; /* asked by the second one: stop waiting as well */
};

extern const struct option_spec app_options[]; /* the global ones, for help */

/* Takes the global options that were given. Call it again for those that stand behind
 * the command. */
bool app_take_options(struct app *app, const struct options *options, struct err *err);

/* Finds the directories; makes none. */
void app_open(struct app *app, const struct cancel *cancel, const struct cancel *hurry);
void app_close(struct app *app);

#endif
