/* What `airlift free` was asked for: options, the profile, and answers at the keyboard. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FREE_OPTIONS_H
#define CMD_FREE_OPTIONS_H

#include "cmd/profile_options.h"
#include "cmd/setup_options.h"
#include "cmd/takeover_options.h"
#include "device/verdict.h"

extern const struct option_spec free_option_rows[];

/* What may be asked for besides passwords. */
enum { ANSWER_SSID, ANSWER_BROKER, ANSWER_USER, ANSWER_IMAGES, ANSWERS };

struct free_order {
	struct options options; /* those given, and what the profile supplies */
	struct profile_source source;
	struct setup_asked asked;
	char *answers[ANSWERS]; /* owned; what `options` borrows */
	struct verdict_overrides overrides;
	const char *firmware;
	int64_t jobs, port, patience;
	bool keep_going;
	bool takes_over;
	struct takeover_order takeover; /* when it takes over */
	struct options takeover_options; /* in that command's names */
};
void free_order_clear(struct free_order *order);

/* Asks for what is missing where somebody is there to answer, else E-USAGE names it with
 * every way to give it. */
bool free_order_read(const struct app *app, const struct options *options,
	struct free_order *order, struct err *err);

#endif
