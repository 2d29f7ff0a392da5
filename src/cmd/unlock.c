/* unlock: has a device ask the vendor's service for permission to take other firmware. */
/* SPDX-License-Identifier: MIT */
#include "device/unlock.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd/command.h"
#include "cmd/device_report.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"
#include "fleet/event.h"

static const struct option_spec option_rows[] = { DEVICE_OPTIONS, PROFILE_OPTION, { 0 } };

static const struct err_code e_open_already = { "E-UNLOCK-NOT-NEEDED", ERR_NOTHING_TO_DO,
	"Go on with \"airlift flash\"; the lock stays open." };

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	char name[DEVICE_ID_SIZE];

	(void)wish;
	device_name(&one->device, name);
	if (one->device.lock == LOCK_OPEN)
		return err_set(err, &e_open_already, "%s is open already", name);
	log_info("%s asks the vendor's service; this takes up to %d s", name,
		DIY_UNLOCK_MS / 1000);
	if (!unlock_device(one->client, &one->device, app->cancel, err))
		return err_while(err, "unlocking %s", name);
	if (app->json)
		event_print("device", name, device_report_json(&one->device));
	else
		printf("%s  unlocked\n", name);
	return true;
}

static bool
run_unlock(struct app *app, const struct options *options, struct err *err)
{
	return one_device_do(app, options, 0, "unlocked", act, NULL, err);
}

const struct command cmd_unlock = {
	.name = "unlock",
	.arguments = "DEVICE",
	.summary = "let a device in DIY mode take other firmware",
	.most_operands = 1,
	.options = option_rows,
	.run = run_unlock,
};
