/* The DIY API's error numbers in words, with what to do about each. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "base/memory.h"
#include "wire/diy.h"

const struct err_code err_ewelink_mode = { "E-EWELINK-MODE", ERR_NOT_ELIGIBLE,
	"Put it into DIY mode: delete it in the eWeLink app, hold its button 5 s, let go, "
	"hold 5 s again, join its access point ITEAD-... (password 12345678) and enter your "
	"Wi-Fi at http://10.10.7.1/." };
const struct err_code err_unlock_no_internet = { "E-UNLOCK-NO-INTERNET",
	ERR_UNLOCK_REFUSED,
	"Give the device Internet access for a minute (plain HTTP to apid.coolkit.cn, no DNS "
	"filter in between), or move it to a phone's hotspot with \"airlift wifi\", then "
	"unlock again; once open it stays open." };
static const struct err_code e_malformed = { "E-DIY-MALFORMED", ERR_REFUSED,
	"This device speaks another dialect: update its firmware in the eWeLink app, or "
	"report its firmware version to us." };
static const struct err_code e_unknown_id = {
	"E-DIY-UNKNOWN-ID", ERR_REFUSED,
	"Another device has this address now: run \"airlift scan\" and use the id it shows."
};
static const struct err_code e_parameters = {
	"E-DIY-PARAMETERS", ERR_REFUSED,
	"This model does not take this call or value; \"airlift info\" shows what it has."
};
static const struct err_code e_locked = { "E-DIY-LOCKED", ERR_REFUSED,
	"Run \"airlift unlock\" for this device first." };
static const struct err_code e_fetch_slow = { "E-DIY-FETCH-SLOW", ERR_TRY_AGAIN,
	"Try again; if it persists, bring device and access point closer together." };
static const struct err_code e_too_large = { "E-DIY-IMAGE-TOO-LARGE", ERR_IMAGE_REFUSED,
	"Use a smaller image: tasmota-lite.bin fits." };
static const struct err_code e_fetch_failed = { "E-DIY-FETCH-FAILED", ERR_UNREACHABLE,
	"Let the device reach this computer: same network, no client isolation, and the "
	"firewall open for the port named." };
static const struct err_code e_digest = {
	"E-DIY-DIGEST", ERR_LOST,
	"Do not restart the device; flash it again, the download was damaged on its way."
};
static const struct err_code e_unlock_refused = {
	"E-UNLOCK-REFUSED", ERR_UNLOCK_REFUSED,
	"Delete the device from every eWeLink account, wait a minute, and unlock again."
};
static const struct err_code e_other = { "E-DIY-ERROR", ERR_REFUSED,
	"Try again; if it persists, report the number with model and firmware version." };

static const struct {
	int number;
	const struct err_code *code;
	const char *cause;
} rows[] = {
	{ 400, &e_malformed, "the device could not read the request" },
	{ 401, &err_ewelink_mode,
		"the device is in eWeLink mode and wants encrypted requests" },
	{ 403, &e_locked, "the device is still locked" },
	{ 404, &e_unknown_id, "the device at this address has another id" },
	{ 408, &e_fetch_slow, "the device's download of the image was too slow" },
	{ 413, &e_too_large, "the device says the image is too large for it" },
	{ 422, &e_parameters, "the device does not accept these parameters" },
	{ 424, &e_fetch_failed, "the device could not fetch the image" },
	{ 471, &e_digest, "what the device fetched has another SHA-256" },
	{ 500, &e_unlock_refused,
		"the vendor's service refused to let this device through" },
	{ 503, &err_unlock_no_internet, "the device can not reach the vendor's service" },
};

bool
diy_error(int number, const char *call, struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].number == number)
			return err_set(err, rows[i].code, "%s: %s (error %d)", call,
				rows[i].cause, number);
	return err_set(err, &e_other,
		"%s: the device answered error %d, which is not documented", call,
		number);
}
