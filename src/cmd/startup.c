/* startup: what a device does with its relay when power comes back. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/command.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"

static const struct option_spec option_rows[] = { DEVICE_OPTIONS, PROFILE_OPTION, { 0 } };

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	bool told = diy_startup(one->client, wish, err);

	return one_device_confirm(app, one, told, "startup", wish,
		diy_last_state(one->client)->startup, err);
}

static bool
run_startup(struct app *app, const struct options *options, struct err *err)
{
	static const char *const states[] = { "on", "off", "stay" };
	const char *word = options->argv[0];
	char plan[32], shown[64];

	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strcmp(word, states[i]) == 0) {
			snprintf(plan, sizeof plan, "set to startup %s", word);
			return one_device_do(app, options, 1, plan, act, word, err);
		}
	return err_set(err, &err_usage, "expected on, off or stay, not %s",
		text_printable(shown, sizeof shown, word));
}

const struct command cmd_startup = {
	.name = "startup",
	.arguments = "on|off|stay DEVICE",
	.summary = "choose what a device in DIY mode does when power returns",
	.least_operands = 1,
	.most_operands = 2,
	.options = option_rows,
	.run = run_startup,
};
