/* pulse: a device that switches itself off again after a while. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/device_report.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"

static const struct option_spec option_rows[] = {
	{ 'w', "width", "MS", "how long a pulse lasts, in steps of 500; needed with on" },
	DEVICE_OPTIONS,
	PROFILE_OPTION,
	{ 0 },
};

struct wish {
	bool on;
	int64_t width_ms; /* 0: leave it */
};

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	const struct wish *wanted = wish;
	const struct diy_state *state = diy_last_state(one->client);
	bool told;

	if (one->device.many_outlets && wanted->width_ms > DIY_PULSE_OUTLET_MOST_MS)
		return err_set(err, &err_usage,
			"this model takes a --width of at most %d",
			DIY_PULSE_OUTLET_MOST_MS);
	told = diy_pulse(one->client, wanted->on, (unsigned)wanted->width_ms, err);
	return one_device_confirm(
		app, one, told, "pulse", wanted->on ? "on" : "off", state->pulse, err);
}

static bool
run_pulse(struct app *app, const struct options *options, struct err *err)
{
	struct wish wish;
	char plan[64];

	if (!read_on_off(options->argv[0], &wish.on, err) ||
		!option_number(options, "width", DIY_PULSE_LEAST_MS, DIY_PULSE_MOST_MS, 0,
			&wish.width_ms, err))
		return false;
	if (wish.on && wish.width_ms == 0)
		return err_set(err, &err_usage, "pulse on needs --width MS");
	if (wish.width_ms % DIY_PULSE_STEP_MS != 0)
		return err_set(err, &err_usage, "--width goes in steps of %d ms",
			DIY_PULSE_STEP_MS);
	snprintf(plan, sizeof plan,
		wish.on ? "set to pulses of %lld ms" : "set to no pulses",
		(long long)wish.width_ms);
	return one_device_do(app, options, 1, plan, act, &wish, err);
}

const struct command cmd_pulse = {
	.name = "pulse",
	.arguments = "on|off DEVICE",
	.summary = "have a device in DIY mode switch itself off after a while",
	.least_operands = 1,
	.most_operands = 2,
	.options = option_rows,
	.run = run_pulse,
};
