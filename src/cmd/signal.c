/* signal: how well a device hears its access point. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/device_report.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"
#include "device/verdict.h"
#include "fleet/event.h"

static const struct option_spec option_rows[] = { DEVICE_OPTIONS, PROFILE_OPTION, { 0 } };

static const char *
in_words(int dbm)
{
	return dbm < VERDICT_WEAK_DBM ? "weak: downloads may break off" : "good enough";
}

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	char name[DEVICE_ID_SIZE];
	int dbm;

	(void)wish;
	if (!diy_ask_signal(one->client, &dbm, err))
		return false;
	device_name(&one->device, name);
	one->device.has_signal = true;
	one->device.signal_dbm = dbm;
	if (app->json)
		event_print("device", name, device_report_json(&one->device));
	else
		printf("%s  %d dBm, %s\n", name, dbm, in_words(dbm));
	return true;
}

static bool
run_signal(struct app *app, const struct options *options, struct err *err)
{
	return one_device_do(app, options, 0, NULL, act, NULL, err);
}

const struct command cmd_signal = {
	.name = "signal",
	.arguments = "DEVICE",
	.summary = "ask a device in DIY mode how strong its Wi-Fi signal is",
	.most_operands = 1,
	.options = option_rows,
	.run = run_signal,
};
