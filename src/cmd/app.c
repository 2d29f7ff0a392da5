/* One run of the program: global options and directories. */
/* SPDX-License-Identifier: MIT */
#include "cmd/app.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

const struct option_spec app_options[] = {
	{ 0, "json", NULL, "print one JSON object per line" },
	{ 0, "plain", NULL, "no colours, no redrawn lines" },
	{ 'q', "quiet", NULL, "print only results and errors" },
	{ 'v', "verbose", NULL, "print what happens underneath" },
	{ 'y', "yes", NULL, "do not ask, take the careful default" },
	{ 'n', "dry-run", NULL, "show the plan, change nothing" },
	{ 0, "config", "FILE", "configuration file" },
	{ 0, "state", "DIR", "where the journal is kept" },
	{ 'h', "help", NULL, "show help" },
	{ 'V', "version", NULL, "show the version" },
	{ 0 },
};

/* XDG base directories: $VARIABLE/airlift, else ~/FALLBACK/airlift. */
static char *
directory(const char *variable, const char *fallback)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	if (base != NULL && *base == '/')
		return xasprintf("%s/airlift", base);
	return xasprintf("%s/%s/airlift", home != NULL ? home : "", fallback);
}

void
app_open(struct app *app, const struct cancel *cancel, const struct cancel *hurry)
{
	app->cancel = cancel;
	app->hurry = hurry;
	app->config_directory = directory("XDG_CONFIG_HOME", ".config");
	app->state_directory = directory("XDG_STATE_HOME", ".local/state");
	app->cache_directory = directory("XDG_CACHE_HOME", ".cache");
}

bool
app_take_options(struct app *app, const struct options *options, struct err *err)
{
	const char *state = option_value(options, "state");
	const char *config = option_value(options, "config");

	app->json |= option_given(options, "json");
	app->plain |= option_given(options, "plain");
	app->quiet |= option_given(options, "quiet");
	app->verbose |= option_given(options, "verbose");
	app->yes |= option_given(options, "yes");
	app->dry_run |= option_given(options, "dry-run");
	if (config != NULL)
		app->config_file = config;
	if (state != NULL) {
		free(app->state_directory);
		app->state_directory = xstrdup(state);
	}
	if (app->quiet && app->verbose)
		return err_set(
			err, &err_usage, "--quiet and --verbose exclude each other");
	log_open(app->verbose ? LOG_DEBUG : app->quiet ? LOG_ERROR : LOG_INFO);
	return true;
}

void
app_close(struct app *app)
{
	free(app->config_directory);
	free(app->state_directory);
	free(app->cache_directory);
}
