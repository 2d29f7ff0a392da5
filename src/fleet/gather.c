/* Finds the devices a command is about. Addresses are asked at once and side by side; the
 * network is listened to only when something is still missing. */
/* SPDX-License-Identifier: MIT */
#include "fleet/gather.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "device/diy_client.h"
#include "device/probe.h"
#include "fleet/scheduler.h"
#include "net/socket.h"

static const struct err_code e_not_found = { "E-DEVICE-NOT-FOUND", ERR_NOT_FOUND,
	"Run \"airlift scan\" to see what answers; switch the device off and on, or name "
	"its address with --address IP." };

enum { ASK_THREADS = 64 };

struct crowd {
	const struct gather_order *order;
	struct gathered *rows;
	size_t count;
	size_t named; /* the first rows are those of order->names */
	size_t first_to_ask; /* rows from here on have not been asked */
};

static struct gathered *
add_row(struct crowd *crowd)
{
	struct gathered *row;

	crowd->rows = xrealloc(crowd->rows, crowd->count + 1, sizeof *crowd->rows);
	row = &crowd->rows[crowd->count++];
	*row = (struct gathered){ 0 };
	row->device.address.sin_family = AF_INET;
	return row;
}

static bool
has_address(const struct gathered *row)
{
	return row->device.address.sin_addr.s_addr != INADDR_ANY;
}

static void
add_named(struct crowd *crowd)
{
	const struct gather_order *order = crowd->order;

	for (size_t i = 0; i < order->name_count; i++) {
		struct gathered *row = add_row(crowd);
		const char *name = order->names[i];

		if (!socket_read_address(name, DIY_PORT, &row->device.address)) {
			row->device.address =
				(struct sockaddr_in){ .sin_family = AF_INET };
			text_printable(row->device.id, sizeof row->device.id, name);
		}
	}
	crowd->named = crowd->count;
	for (size_t i = 0; i < order->address_count; i++)
		add_row(crowd)->device.address = order->addresses[i];
}

static void
ask(void *context, size_t index)
{
	struct crowd *crowd = context;
	struct gathered *row = &crowd->rows[crowd->first_to_ask + index];
	bool worth_asking = row->device.kind == DEVICE_UNKNOWN ||
		row->device.kind == DEVICE_DIY;

	if (has_address(row) && worth_asking) {
		OWN_NEW(diy_client)
		client = diy_client_new(&row->device, crowd->order->cancel);

		probe_device(client, crowd->order->catalog, &row->device, &row->err);
	}
}

static bool
ask_new_rows(struct crowd *crowd, struct err *err)
{
	struct scheduler *scheduler = scheduler_start(crowd->count - crowd->first_to_ask,
		ASK_THREADS, ask, crowd, crowd->order->cancel, err);

	if (scheduler == NULL)
		return false;
	scheduler_free(scheduler);
	crowd->first_to_ask = crowd->count;
	if (cancel_asked(crowd->order->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for devices");
	return true;
}

static bool
is_same(const struct device *a, const struct device *b)
{
	if (a->id[0] != '\0' && b->id[0] != '\0')
		return text_equal_nocase(a->id, b->id);
	return a->address.sin_addr.s_addr != INADDR_ANY &&
		a->address.sin_addr.s_addr == b->address.sin_addr.s_addr &&
		a->address.sin_port == b->address.sin_port;
}

/* Each device once: a later row that is the same gives what it knows to the first. Rows
 * that were only asked on the way to a named device go. */
static void
tidy(struct crowd *crowd)
{
	size_t kept = 0;

	for (size_t i = 0; i < crowd->count; i++) {
		struct gathered *row = &crowd->rows[i];
		size_t first = 0;

		while (first < kept && !is_same(&crowd->rows[first].device, &row->device))
			first++;
		if (first == kept)
			crowd->rows[kept++] = *row;
		else if (!has_address(&crowd->rows[first]))
			crowd->rows[first] = *row;
		if (i + 1 == crowd->named)
			crowd->named = kept;
	}
	if (crowd->named > 0 && !crowd->order->all)
		kept = crowd->named;
	crowd->count = kept;
}

static void
name_the_missing(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->count; i++) {
		struct gathered *row = &crowd->rows[i];

		if (!has_address(row))
			err_set(&row->err, &e_not_found, "no device %s was found",
				row->device.id);
	}
}

bool
gather(const struct gather_order *order, struct gathered **out, size_t *count,
	struct err *err)
{
	struct crowd crowd = { .order = order };

	add_named(&crowd);
	if (!ask_new_rows(&crowd, err)) {
		free(crowd.rows);
		return false;
	}
	tidy(&crowd);
	name_the_missing(&crowd);
	*out = crowd.rows;
	*count = crowd.count;
	return true;
}
