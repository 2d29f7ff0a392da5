/* Listens for the devices a command is about. */
/* SPDX-License-Identifier: MIT */
#include "device/target.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/discover.h"

static const struct err_code e_not_found = { "E-DEVICE-NOT-FOUND", ERR_NOT_FOUND,
	"Check the id with \"airlift scan\"; unplug the device for ten seconds and plug it in "
	"again; or name where it is with --address IP." };

enum { DEVICES_MOST = 4096 };

void
target_heard_clear(struct target_heard *heard)
{
	free(heard->devices);
	*heard = (struct target_heard){ 0 };
}

static struct device *
device_with(const struct target_heard *heard, const char *id)
{
	for (size_t i = 0; i < heard->count; i++)
		if (text_equal_nocase(heard->devices[i].id, id))
			return &heard->devices[i];
	return NULL;
}

static void
take(struct target_heard *heard, const struct device *device, enum discover_change change)
{
	struct device *known = device_with(heard, device->id);

	if (change == DISCOVER_GONE) {
		if (known != NULL)
			*known = heard->devices[--heard->count];
	} else if (known != NULL) {
		*known = *device;
	} else if (heard->count < DEVICES_MOST) {
		heard->devices = xrealloc(
			heard->devices, heard->count + 1, sizeof *heard->devices);
		heard->devices[heard->count++] = *device;
	}
}

static bool
has_all(const struct target_search *search, const struct target_heard *heard)
{
	if (search->all)
		return false;
	for (size_t i = 0; i < search->id_count; i++) {
		const struct device *device = device_with(heard, search->ids[i]);

		if (device == NULL || device->address.sin_addr.s_addr == INADDR_ANY)
			return false;
	}
	return true;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct device *)a)->id, ((const struct device *)b)->id);
}

bool
target_listen(
	const struct target_search *search, struct target_heard *heard, struct err *err)
{
	struct deadline until = deadline_in(search->wait_ms);
	__attribute__((cleanup(own_discovery))) struct discovery *discovery =
		discover_start(search->interface, err);
	enum discover_change change;
	struct device device;

	*heard = (struct target_heard){ .wait_ms = search->wait_ms };
	if (discovery == NULL)
		return false;
	while (!has_all(search, heard) &&
		discover_next(discovery, &device, &change, until, search->cancel))
		take(heard, &device, change);
	if (heard->count > 0)
		qsort(heard->devices, heard->count, sizeof *heard->devices, by_id);
	text_copy(heard->asked, sizeof heard->asked, discover_asked(discovery));
	if (cancel_asked(search->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for devices");
	return true;
}

bool
target_missing(const struct target_heard *heard, const char *id, struct err *err)
{
	OWN(buf) others = BUF_UP_TO(160);
	char shown[DEVICE_ID_SIZE];

	text_printable(shown, sizeof shown, id);
	for (size_t i = 0; i < heard->count; i++)
		buf_addf(&others, "%s%s", i > 0 ? ", " : "", heard->devices[i].id);
	return err_set(err, &e_not_found, "no device %s answered in %lld s on %s; %s%s",
		shown, (long long)heard->wait_ms / 1000, heard->asked,
		heard->count > 0 ? "heard instead: " : "nobody else did either",
		buf_text(&others));
}
