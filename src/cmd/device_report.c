/* Devices in words. */
/* SPDX-License-Identifier: MIT */
#include "cmd/device_report.h"

#include <stdio.h>

#include "fleet/event.h"

static const char *const lock_words[] = {
	[LOCK_UNKNOWN] = "unknown",
	[LOCK_CLOSED] = "closed",
	[LOCK_OPEN] = "open",
};

static const char *const kind_words[] = {
	[DEVICE_UNKNOWN] = "unknown",
	[DEVICE_DIY] = "diy",
	[DEVICE_EWELINK] = "ewelink",
	[DEVICE_TASMOTA] = "tasmota",
	[DEVICE_PAIRING] = "pairing",
	[DEVICE_FOREIGN] = "foreign",
};

const char *
device_report_lock(const struct device *device)
{
	return lock_words[device->lock];
}

static void
add_text(json_t *object, const char *name, const char *value)
{
	if (*value != '\0')
		json_object_set_new(object, name, json_string(value));
}

json_t *
device_report_json(const struct device *device)
{
	char address[DEVICE_ADDRESS_SIZE];
	json_t *out = json_object();

	if (device->address.sin_addr.s_addr != INADDR_ANY)
		add_text(out, "address", device_address(device, address));
	add_text(out, "kind", kind_words[device->kind]);
	add_text(out, "model", device->model);
	add_text(out, "type", device->type);
	add_text(out, "firmware", device->firmware);
	add_text(out, "lock", lock_words[device->lock]);
	add_text(out, "switch", device->switch_state);
	add_text(out, "startup", device->startup);
	if (device->has_signal)
		json_object_set_new(out, "signal_dbm", json_integer(device->signal_dbm));
	return out;
}

void
device_report_add_verdict(json_t *object, const struct verdict *verdict)
{
	json_t *warnings = json_array();

	json_object_set_new(object, "can_be_freed", json_boolean(verdict->can_be_freed));
	if (verdict->can_be_freed)
		json_object_update_new(object,
			json_pack("{s:s, s:s}", "method", verdict->method, "reason",
				verdict->reason));
	else
		json_object_update_new(object,
			json_pack("{s:s, s:s, s:s}", "code", verdict->why_not.code->name,
				"cause", verdict->reason, "remedy", verdict->next_step));
	if (verdict->perhaps != NULL)
		add_text(object, "perhaps", verdict->perhaps);
	json_object_set_new(object, "next_step", json_string(verdict->next_step));
	for (unsigned i = 0; i < verdict->warning_count; i++)
		json_array_append_new(warnings,
			json_pack("{s:s, s:s}", "code", verdict->warnings[i].code, "text",
				verdict->warnings[i].text));
	json_object_set_new(object, "warnings", warnings);
}

void
device_report_line(const struct device *device)
{
	static const char *const locks[] = { "", "  locked", "  unlocked" };
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE], signal[24] = "";

	if (device->has_signal)
		snprintf(signal, sizeof signal, "  %d dBm", device->signal_dbm);
	printf("%s", device_name(device, name));
	if (device->address.sin_addr.s_addr != INADDR_ANY)
		printf("  %s", device_address(device, address));
	printf("%s%s%s%s%s%s\n", device->model[0] != '\0' ? "  " : "", device->model,
		device->firmware[0] != '\0' ? "  " : "", device->firmware, signal,
		locks[device->lock]);
}

void
device_report_change(const struct app *app, const struct device *device, const char *what,
	const char *wanted, const char *now)
{
	char name[DEVICE_ID_SIZE];

	device_name(device, name);
	if (app->json)
		event_print("device", name, device_report_json(device));
	else if (*now == '\0')
		printf("%s  %s %s sent; its firmware can not be asked what it is now\n",
			name, what, wanted);
	else
		printf("%s  %s %s\n", name, what, now);
}
