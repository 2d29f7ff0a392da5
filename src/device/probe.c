/* Asks a device who it is. */
/* SPDX-License-Identifier: MIT */
#include "device/probe.h"

#include <arpa/inet.h>

#include "device/diy_ask.h"
#include "device/pairing.h"

const struct err_code err_foreign_device = { "E-FOREIGN-DEVICE", ERR_NOT_ELIGIBLE,
	"Leave it as it is: it only shares the name of the service with the devices airlift "
	"frees." };
static const struct err_code e_nobody = { "E-NOBODY-THERE", ERR_NOT_FOUND,
	"Check the address, that the device has power, and that it is in DIY mode (its LED "
	"blinks twice, again and again); \"airlift scan\" shows what is there." };

/* What needs no question because the device has announced it. */
static bool
is_worth_asking(const struct device *device, struct err *err)
{
	char name[DEVICE_ID_SIZE];

	switch (device->kind) {
	case DEVICE_EWELINK:
		return err_set(err, &err_ewelink_mode,
			"%s announces that it is in eWeLink mode",
			device_name(device, name));
	case DEVICE_FOREIGN:
		return err_set(err, &err_foreign_device,
			"%s is a bridge, hub or the like%s%s", device_name(device, name),
			device->type[0] != '\0' ? ": it announces type " : "",
			device->type);
	default:
		return true;
	}
}

/* A device that is not in a network yet. Where no port was named, at the usual one. */
static bool
is_pairing(const struct diy_client *client, struct device *device, struct err *err)
{
	struct sockaddr_in ap = device->address;

	if (ap.sin_port == 0 || ap.sin_port == htons(DIY_PORT))
		ap.sin_port = htons(PAIRING_PORT);
	return pairing_find(&ap, client->cancel, device, err);
}

bool
probe_device(struct diy_client *client, const struct catalog *catalog,
	struct device *device, struct err *err)
{
	bool was_heard = device->seen_ms > 0;
	char address[DEVICE_ADDRESS_SIZE];
	bool is_bare = !was_heard && device->id[0] == '\0';
	bool ok;

	catalog_name_device(catalog, device);
	if (!is_worth_asking(device, err))
		return false;
	/* A bare address may be one in pairing mode: asking that comes out of the same
	 * time. */
	diy_client_until(client, deadline_in(is_bare ? PROBE_MS - PAIRING_MS : PROBE_MS));
	ok = diy_ask_info(client, device, err);
	diy_client_until(client, (struct deadline){ .at_ms = INT64_MAX });
	catalog_name_device(catalog, device);
	/* Where nobody listens is known long before the time is over. */
	if (!ok && !was_heard && (is_bare || err->code == &err_device_unreachable) &&
		err->code != &err_cancelled && is_pairing(client, device, err))
		return false;
	device_address(device, address);
	if (!ok && !was_heard && err->code == &err_device_unreachable)
		return err_set(
			err, &e_nobody, "no device in DIY mode answers at %s", address);
	if (!ok && device->id[0] == '\0' && err->code == &err_diy_silent)
		err_remedy(err,
			"Some firmware answers only to its own id: name the device by id and "
			"address, as in \"airlift check 1000a1b2c3 --address %s\"; the id is part "
			"of the name of its access point ITEAD-...",
			address);
	return ok;
}
