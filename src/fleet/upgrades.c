/* Devices that run Tasmota already. */
/* SPDX-License-Identifier: MIT */
#include "fleet/upgrades.h"

#include <string.h>

#include "base/text.h"
#include "device/tasmota_client.h"
#include "device/verdict.h"
#include "flash/methods.h"
#include "flash/upgrade_plan.h"
#include "fleet/scheduler.h"
#include "net/socket.h"

static const struct err_code e_build = { "E-UPGRADE-BUILD", ERR_NOT_ELIGIBLE,
	"Name the device to flash it all the same: what its build can do beyond the image is "
	"lost then." };

enum { LOOK_MS = 5000, GLANCE_MS = 2000, ASK_THREADS = 16 };

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
	return upgrade_takes_chip(&state, err);
}

/* Sensors, infrared, somebody's own: such a build was chosen for what it can do. */
static bool
is_usual_build(const char *version)
{
	static const char *const usual[] = { "", "tasmota", "lite", "minimal" };
	struct tasmota_version is;

	if (!tasmota_read_version(version, &is))
		return *version == '\0';
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (strcmp(is.variant, usual[i]) == 0)
			return true;
	return false;
}

static void
judge(const struct upgrades_order *order, struct gathered *row)
{
	char address[DEVICE_ADDRESS_SIZE];

	if (order->leave_same && upgrade_is_it(order->image, row->device.firmware, NULL))
		err_set(&row->err, &err_already_free, "Tasmota %s runs at %s already",
			row->device.firmware, device_address(&row->device, address));
	else if (order->leave_others && !is_usual_build(row->device.firmware))
		err_set(&row->err, &e_build, "it runs %s, a build of another kind",
			row->device.firmware);
}

/* All rows at once, each in its own thread. */
struct look_around {
	const struct upgrades_order *order;
	struct called *called;
	struct gathered *rows;
	bool only_there;
};

static void
look_for_one(void *context, size_t index)
{
	const struct look_around *all = context;
	struct called *called = &all->called[index];
	struct gathered *row = &all->rows[index];

	called_locate(&all->order->where, called, all->only_there);
	row->err = called->err;
	row->device.address = called->address;
	if (row->err.code == NULL && look(all->order, &row->device, LOOK_MS, &row->err))
		judge(all->order, row);
}

static bool
look_around(struct look_around *all, size_t count, struct err *err)
{
	struct scheduler *scheduler = scheduler_start(
		count, ASK_THREADS, look_for_one, all, all->order->cancel, err);

	if (scheduler == NULL)
		return false;
	scheduler_free(scheduler);
	return !cancel_asked(all->order->cancel) ||
		err_set(err, &err_cancelled, "stopped while looking for devices");
}

/* Until it has told its MAC. */
static void
show_name(struct gathered *row, const char *name)
{
	text_printable(row->device.id, sizeof row->device.id, name);
}

bool
upgrades_gather(const struct upgrades_order *order, char *const *names, size_t count,
	struct gathered **rows, struct err *err)
{
	struct called *called = xcalloc(count + 1, sizeof *called);
	struct look_around all = { .order = order,
		.called = called,
		.rows = xcalloc(count + 1, sizeof *all.rows) };
	bool ok;

	*rows = all.rows;
	for (size_t i = 0; i < count; i++) {
		called[i].name = names[i];
		if (socket_read_address(names[i], order->web_port, &called[i].address))
			continue;
		called[i].address = (struct sockaddr_in){ .sin_family = AF_INET };
		show_name(&all.rows[i], names[i]);
	}
	ok = called_ask_broker(&order->where, called, count, err) &&
		look_around(&all, count, err);
	free(called);
	return ok;
}

bool
upgrades_gather_all(const struct upgrades_order *order, struct gathered **rows,
	size_t *count, struct err *err)
{
	struct look_around all = { .order = order, .only_there = true };
	bool ok;

	if (!called_list(&order->where, &all.called, count, err))
		return false;
	*rows = all.rows = xcalloc(*count + 1, sizeof *all.rows);
	for (size_t i = 0; i < *count; i++)
		show_name(&all.rows[i], all.called[i].name);
	ok = look_around(&all, *count, err);
	free(all.called);
	return ok;
}

void
upgrades_accept(const struct upgrades_order *order, struct job *job)
{
	struct err err = { 0 };

	if (!accept_image(order->image, "tasmota", &order->overrides, NULL, &err))
		job->refusal = err;
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
	if (!may_be_tasmota(job))
		return;
	if (!look(order, &seen, GLANCE_MS, &err)) {
		if (seen.kind == DEVICE_TASMOTA)
			job->refusal = err;
		return;
	}
	if (upgrade_is_it(order->image, seen.firmware, NULL))
		return;
	job->device = seen;
	job->method = &flash_tasmota;
	job->wishes = order->wishes;
	err_clear(&job->refusal);
	upgrades_accept(order, job);
}
