/* free --dry-run: the image, what would happen to each device, the settings it would be
 * given. No device is asked more than a run asks before it begins. */
/* SPDX-License-Identifier: MIT */
#include "cmd/free_plan.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/flash_plan.h"
#include "cmd/setup_plan.h"
#include "fleet/event.h"
#include "host/told_host.h"

static const char *
what_happens(const struct free_run *run, const struct road *road)
{
	if (!road_is_flashing(road))
		return "would be set up";
	return run->order->takes_over ? "would be taken over, then set up"
				      : "would be flashed, then set up";
}

/* A broker on this computer has another name for the device. Which, may show only when
 * the device is met. */
static char *
host_as_told(const struct free_run *run, const char *host, const struct device *device)
{
	struct in_addr point = run->plan.access_point.sin_addr;
	struct err err = { 0 };
	char *told = told_host(host, device->address.sin_addr, point, &err);

	return told != NULL ? told : xstrdup(host);
}

static void
print_device(const struct free_run *run, struct road *road, const struct device *device)
{
	struct settings settings;
	OWN_STR host = NULL;
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE];
	const char *what = what_happens(run, road);
	const char *who = device->id[0] != '\0' ? device_name(device, name)
						: device_address(device, address);

	road_foresee(road, device, &settings);
	if (settings.want[SETTING_MQTT_HOST] != NULL) {
		host = host_as_told(run, settings.want[SETTING_MQTT_HOST], device);
		settings.want[SETTING_MQTT_HOST] = host;
	}
	if (run->app->json) {
		event_print("message", who,
			json_pack("{s:s, s:o}", "text", what, "settings",
				setup_plan_json(&run->plan.wishes.wifi, &settings)));
		return;
	}
	printf("%s: %s\n", who, what);
	setup_plan_print(&run->plan.wishes.wifi, &settings, "        ");
}

void
free_plan_print(const struct free_run *run, const struct journey *journey)
{
	if (run->image != NULL)
		flash_plan_print(
			run->image, journey->jobs, journey->count, run->app->json);
	for (size_t i = 0; i < journey->count; i++)
		if (journey->roads[i] != NULL)
			print_device(run, journey->roads[i], &journey->jobs[i].device);
	if (run->image == NULL && !run->app->json)
		puts("This was a rehearsal: nothing was changed.");
}
