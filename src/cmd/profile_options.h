/* The profile as options that need not be typed: the same for every command that writes
 * one into devices. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROFILE_OPTIONS_H
#define CMD_PROFILE_OPTIONS_H

#include "cmd/app.h"
#include "fleet/profile.h"

/* Rows of an option table; beside them it has those of SETUP_OPTIONS. */
/* clang-format off */
#define PROFILE_OPTION \
	{ 0, "profile", "FILE", "the home (home.yaml in the configuration directory)" }
#define PROFILE_OPTIONS \
	PROFILE_OPTION, \
	{ 0, "no-wifi", NULL, "write no Wi-Fi: it has it, or its image brings it" }
/* clang-format on */

/* Owns what options borrow from it. */
struct profile_source {
	struct profile *profile; /* NULL: there is none */
	char *broker;
};
void profile_source_clear(struct profile_source *source);

/* The profile that --profile names, else the usual one where it exists; NULL without one.
 * *path is its file, or NULL. Both are the caller's to free, also after a failure. False
 * as profile_read(). */
bool profile_open(const struct app *app, const struct options *options,
	struct profile **profile, char **path, struct err *err);

/* Reads the file that was named, else the usual one where it exists, and adds to `options`
 * what the user has not given: rows of `table`. --no-wifi takes the network out again.
 * False as profile_read(). */
bool profile_supply(const struct app *app, struct options *options,
	const struct option_spec *table, struct profile_source *source, struct err *err);

#endif
