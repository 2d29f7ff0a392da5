/* info: everything a device in DIY mode says about itself. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/device_report.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"
#include "device/catalog.h"
#include "fleet/event.h"

static const struct option_spec option_rows[] = { DEVICE_OPTIONS, PROFILE_OPTION, { 0 } };

static void
row(const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("  %-10s %s\n", name, value);
}

static void
print_state(const struct device *device, const struct diy_state *state)
{
	char text[48];

	row("switch", device->switch_state);
	row("startup", device->startup);
	if (state->pulse_width_ms > 0) {
		snprintf(text, sizeof text, "%s, %u ms", state->pulse,
			state->pulse_width_ms);
		row("pulse", text);
	}
	if (state->brightness > 0) {
		snprintf(text, sizeof text, "%d %%", state->brightness);
		row("brightness", text);
	}
	row("led", state->led);
	row("network", state->ssid);
	row("via", state->bssid);
	if (device->has_signal) {
		snprintf(text, sizeof text, "%d dBm", device->signal_dbm);
		row("signal", text);
	}
}

static void
print_for_people(const struct device *device, const struct diy_state *state,
	const struct catalog *catalog)
{
	const struct catalog_section *rule = catalog_firmware(catalog, device);
	struct catalog_match match;
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE];

	catalog_match(catalog, device, &match);
	printf("%s\n", device_name(device, name));
	row("address", device_address(device, address));
	row("model", device->model);
	row("chip", catalog_match_value(&match, "chip"));
	row("type", device->type);
	row("firmware", device->firmware);
	if (device->firmware[0] == '\0')
		row("firmware", "does not say; taken for one of this range:");
	if (device->firmware[0] == '\0')
		row("", catalog_value(rule, "versions"));
	row("lock", device_report_lock(device));
	print_state(device, state);
}

static void
add(json_t *object, const char *name, const char *value)
{
	if (*value != '\0')
		json_object_set_new(object, name, json_string(value));
}

static json_t *
in_json(const struct device *device, const struct diy_state *state)
{
	json_t *out = device_report_json(device);

	add(out, "pulse", state->pulse);
	if (state->pulse_width_ms > 0)
		json_object_set_new(
			out, "pulse_width_ms", json_integer(state->pulse_width_ms));
	if (state->brightness > 0)
		json_object_set_new(out, "brightness", json_integer(state->brightness));
	add(out, "led", state->led);
	add(out, "ssid", state->ssid);
	add(out, "bssid", state->bssid);
	return out;
}

static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	const struct diy_state *state = diy_last_state(one->client);
	char name[DEVICE_ID_SIZE];

	(void)wish;
	if (catalog == NULL || !diy_ask_info(one->client, &one->device, err))
		return false;
	if (app->json)
		event_print("device", device_name(&one->device, name),
			in_json(&one->device, state));
	else
		print_for_people(&one->device, state, catalog);
	return true;
}

static bool
run_info(struct app *app, const struct options *options, struct err *err)
{
	return one_device_do(app, options, 0, NULL, act, NULL, err);
}

const struct command cmd_info = {
	.name = "info",
	.arguments = "DEVICE",
	.summary = "show what a device in DIY mode says about itself",
	.most_operands = 1,
	.options = option_rows,
	.run = run_info,
};
