/* Devices that run Tasmota already. */
/* SPDX-License-Identifier: MIT */
#include "fleet/upgrades.h"

#include <string.h>

#include "base/text.h"
#include "device/tasmota_client.h"
#include "device/verdict.h"
#include "flash/methods.h"
#include "flash/upgrade_plan.h"
#include "net/socket.h"

enum { LOOK_MS = 5000, GLANCE_MS = 2000 };

/* Minimal builds tell no version, but they are Tasmota. */
static bool
look(const struct upgrades_order *order, struct device *device, int64_t patience_ms,
	struct err *err)
{
	OWN_NEW(tasmota_client) client = NULL;
	struct tasmota_state state;
	struct err why = { 0 };

	client = tasmota_client_new(
		device->address, order->wishes->web_password, order->cancel);
	tasmota_client_patience(client, patience_ms);
	tasmota_state_init(&state);
	if (!tasmota_ask_status(client, 2, &state, &why) &&
		(why.code != &err_tasmota_unknown || !tasmota_is_minimal(client))) {
		*err = why;
		return false;
	}
	tasmota_ask_status(client, 5, &state, NULL);
	device->kind = DEVICE_TASMOTA;
	device->answered = true;
	text_copy(device->firmware, sizeof device->firmware, state.version);
	if (state.mac[0] != '\0')
		text_copy(device->id, sizeof device->id, state.mac);
	return true;
}

static void
ask(const struct upgrades_order *order, struct gathered *row)
{
	char address[DEVICE_ADDRESS_SIZE];

	if (look(order, &row->device, LOOK_MS, &row->err) && order->leave_same &&
		upgrade_is_it(order->image, row->device.firmware, NULL))
		err_set(&row->err, &err_already_free, "Tasmota %s runs at %s already",
			row->device.firmware, device_address(&row->device, address));
}

static bool
read_name(struct gathered *row, const struct upgrades_order *order, const char *name,
	struct err *err)
{
	char shown[64];

	return socket_read_address(name, order->web_port, &row->device.address) ||
		err_set(err, &err_usage,
			"devices that run Tasmota are named by their address, not \"%s\"",
			text_printable(shown, sizeof shown, name));
}

bool
upgrades_gather(const struct upgrades_order *order, char *const *names, size_t count,
	struct gathered **rows, struct err *err)
{
	*rows = xcalloc(count + 1, sizeof **rows);
	for (size_t i = 0; i < count; i++)
		if (!read_name(&(*rows)[i], order, names[i], err))
			return false;
	for (size_t i = 0; i < count && !cancel_asked(order->cancel); i++)
		ask(order, &(*rows)[i]);
	return !cancel_asked(order->cancel) ||
		err_set(err, &err_cancelled, "stopped while looking for devices");
}

static bool
may_be_tasmota(const struct job *job)
{
	enum err_kind kind = err_kind(&job->refusal);

	return job->device.address.sin_addr.s_addr != INADDR_ANY &&
		(kind == ERR_LOST || kind == ERR_NOT_FOUND || kind == ERR_NOTHING_TO_DO);
}

void
upgrades_take(const struct upgrades_order *order, struct job *job)
{
	struct device seen = job->device;
	struct err err = { 0 };

	seen.address.sin_port = htons(order->web_port);
	if (!may_be_tasmota(job) || !look(order, &seen, GLANCE_MS, &err) ||
		upgrade_is_it(order->image, seen.firmware, NULL))
		return;
	job->device = seen;
	job->method = &flash_tasmota;
	job->wishes = order->wishes;
	err_clear(&job->refusal);
	if (!accept_image(order->image, "tasmota", &order->overrides, NULL, &err))
		job->refusal = err;
}
