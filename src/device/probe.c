/* Asks a device who it is. */
/* SPDX-License-Identifier: MIT */
#include "device/probe.h"

#include "device/diy_ask.h"

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

bool
probe_device(struct diy_client *client, const struct catalog *catalog,
	struct device *device, struct err *err)
{
	bool was_heard = device->seen_ms > 0;
	char address[DEVICE_ADDRESS_SIZE];
	bool ok;

	catalog_name_device(catalog, device);
	if (!is_worth_asking(device, err))
		return false;
	diy_client_until(client, deadline_in(PROBE_MS));
	ok = diy_ask_info(client, device, err);
	diy_client_until(client, (struct deadline){ .at_ms = INT64_MAX });
	catalog_name_device(catalog, device);
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
