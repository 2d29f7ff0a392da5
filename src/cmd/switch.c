/* switch: turns a device's relay on or off. */
/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"

static const struct option_spec option_rows[] = {
	{ 0, "brightness", "PERCENT", "1 to 100, for dimmers" },
	DEVICE_OPTIONS,
	PROFILE_OPTION,
	{ 0 },
};

struct wish {
	bool on;
	int64_t brightness; /* 0: leave it */
};

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	const struct wish *wanted = wish;
	bool told;

	if (wanted->brightness > 0)
		told = diy_dim(one->client, (int)wanted->brightness, err);
	else
		told = diy_switch(one->client, wanted->on, err);
	return one_device_confirm(app, one, told, "switch", wanted->on ? "on" : "off",
		diy_last_state(one->client)->switch_state, err);
}

static bool
run_switch(struct app *app, const struct options *options, struct err *err)
{
	struct wish wish;

	if (!read_on_off(options->argv[0], &wish.on, err) ||
		!option_number(options, "brightness", 1, 100, 0, &wish.brightness, err))
		return false;
	if (!wish.on && wish.brightness > 0)
		return err_set(
			err, &err_usage, "--brightness goes with on, not with off");
	return one_device_do(app, options, 1, wish.on ? "switched on" : "switched off",
		act, &wish, err);
}

const struct command cmd_switch = {
	.name = "switch",
	.arguments = "on|off DEVICE",
	.summary = "switch what a device in DIY mode powers",
	.least_operands = 1,
	.most_operands = 2,
	.options = option_rows,
	.run = run_switch,
};
