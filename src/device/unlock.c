/* Opening a device's lock. Whatever it answers: only what it says about itself afterwards
 * counts. */
/* SPDX-License-Identifier: MIT */
#include "device/unlock.h"

static const struct err_code e_not_open = { "E-UNLOCK-NOT-OPEN", ERR_UNLOCK_REFUSED,
	"Delete the device from every eWeLink account and check that it reaches the "
	"Internet; if it stays locked, move it to a phone's hotspot for the unlock "
	"(\"airlift wifi\"), then back: once open it stays open." };
static const struct err_code e_unknown = { "E-UNLOCK-UNKNOWN", ERR_UNPROVEN,
	"Flash it: the answer to that tells; or update its firmware in the eWeLink app to 3.3 "
	"or later, which can tell." };

enum { SETTLE_MS = 1000 }; /* the flag is not in `info` at once */

static bool
explain(const struct device *device, enum diy_reply reply, const struct err *said,
	struct err *err)
{
	if (reply == DIY_REFUSED) {
		*err = *said;
		return false;
	}
	if (device->lock == LOCK_UNKNOWN)
		return err_set(err, &e_unknown,
			"the device %s, and its firmware can not tell whether it is unlocked",
			reply == DIY_ACCEPTED ? "took the request" : "did not answer");
	if (reply == DIY_PERHAPS)
		return err_set(err, &err_unlock_no_internet,
			"the device got no answer from the vendor's service and stays "
			"locked");
	return err_set(err, &e_not_open,
		"the device says it unlocked itself, but reports that it is locked");
}

bool
unlock_device(struct diy_client *client, struct device *device,
	const struct cancel *cancel, struct err *err)
{
	struct err said = { 0 };
	enum diy_reply reply = diy_unlock(client, &said);

	clock_pause(SETTLE_MS, cancel);
	if (cancel_asked(cancel))
		return err_set(err, &err_cancelled, "stopped while unlocking");
	if (!diy_ask_info(client, device, err))
		return err_while(err, "after unlocking");
	return device->lock == LOCK_OPEN || explain(device, reply, &said, err);
}
