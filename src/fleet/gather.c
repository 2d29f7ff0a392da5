/* Finds the devices a command is about. Addresses are asked at once and side by side; the
 * network is listened to only when something is still missing. */
/* SPDX-License-Identifier: MIT */
#include "fleet/gather.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "device/probe.h"
#include "device/target.h"
#include "fleet/scheduler.h"
#include "net/socket.h"

enum { ASK_THREADS = 64 };

struct crowd {
	const struct gather_order *order;
	struct gathered *rows;
	size_t count;
	size_t named; /* the first rows are those of order->names */
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

/* One id and one address: where that device is, not two devices. */
static bool
is_one_device(const struct gather_order *order)
{
	return order->name_count == 1 && order->address_count == 1;
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
	if (is_one_device(order) && !has_address(&crowd->rows[0])) {
		crowd->rows[0].device.address = order->addresses[0];
		return;
	}
	for (size_t i = 0; i < order->address_count; i++)
		add_row(crowd)->device.address = order->addresses[i];
}

static void
ask(void *context, size_t index)
{
	struct crowd *crowd = context;
	struct gathered *row = &crowd->rows[index];

	if (has_address(row) && !row->device.answered && row->err.code == NULL) {
		OWN_NEW(diy_client)
		client = diy_client_new(&row->device, crowd->order->cancel);

		probe_device(client, crowd->order->catalog, &row->device, &row->err);
	}
}

/* Asks the rows that have an address and have not been asked. */
static bool
ask_rows(struct crowd *crowd, struct err *err)
{
	struct scheduler *scheduler = scheduler_start(
		crowd->count, ASK_THREADS, ask, crowd, crowd->order->cancel, err);

	if (scheduler == NULL)
		return false;
	scheduler_free(scheduler);
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
		else if (!has_address(&crowd->rows[first]) ||
			(crowd->rows[first].err.code != NULL && row->err.code == NULL))
			crowd->rows[first] = *row;
		if (i + 1 == crowd->named)
			crowd->named = kept;
	}
	if (crowd->named > 0 && !crowd->order->all)
		kept = crowd->named;
	crowd->count = kept;
}

static struct gathered *
row_with(const struct crowd *crowd, const char *id)
{
	for (size_t i = 0; i < crowd->count; i++)
		if (text_equal_nocase(crowd->rows[i].device.id, id))
			return &crowd->rows[i];
	return NULL;
}

static void
take_heard(struct crowd *crowd, const struct device *device)
{
	struct gathered *row = row_with(crowd, device->id);

	if (row == NULL && crowd->order->all)
		row = add_row(crowd);
	if (row != NULL && !has_address(row))
		row->device = *device;
}

/* Listens for what is still missing. */
static bool
hear_missing(struct crowd *crowd, struct target_heard *heard, struct err *err)
{
	const char **missing = xcalloc(crowd->count + 1, sizeof *missing);
	struct target_search search = {
		.interface = crowd->order->interface,
		.ids = missing,
		.all = crowd->order->all,
		.wait_ms = crowd->order->wait_ms,
		.cancel = crowd->order->cancel,
	};
	bool ok = true;

	for (size_t i = 0; i < crowd->count; i++)
		if (!has_address(&crowd->rows[i]))
			missing[search.id_count++] = crowd->rows[i].device.id;
	if (search.all || search.id_count > 0)
		ok = target_listen(&search, heard, err);
	free(missing);
	for (size_t i = 0; ok && i < heard->count; i++)
		take_heard(crowd, &heard->devices[i]);
	return ok;
}

static void
name_the_missing(struct crowd *crowd, const struct target_heard *heard)
{
	for (size_t i = 0; i < crowd->count; i++) {
		struct gathered *row = &crowd->rows[i];

		if (!has_address(row) && row->err.code == NULL)
			target_missing(heard, row->device.id, &row->err);
	}
}

bool
gather(const struct gather_order *order, struct gathered **out, size_t *count,
	struct err *err)
{
	struct crowd crowd = { .order = order };
	OWN(target_heard) heard = { 0 };
	bool ok;

	add_named(&crowd);
	ok = ask_rows(&crowd, err);
	if (ok) {
		tidy(&crowd);
		ok = hear_missing(&crowd, &heard, err) && ask_rows(&crowd, err);
	}
	if (!ok) {
		free(crowd.rows);
		return false;
	}
	tidy(&crowd);
	name_the_missing(&crowd, &heard);
	*out = crowd.rows;
	*count = crowd.count;
	return true;
}
