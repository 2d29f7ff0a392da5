/* Asks a device in its own access point who it is. */
/* SPDX-License-Identifier: MIT */
#include "device/pairing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/http_client.h"

const struct err_code err_pairing_mode = { "E-PAIRING-MODE", ERR_NOT_ELIGIBLE,
	"Run \"airlift check --pair --ssid NAME --wifi-password-file FILE\": only when "
	"the device calls it shows whether it can be freed that way." };
static const struct err_code e_garbled = { "E-AP-GARBLED", ERR_GARBLED,
	"Check that this computer is in the Wi-Fi of the device, not in another network "
	"with the same addresses." };

bool
pairing_ask(const struct sockaddr_in *ap, struct deadline until,
	const struct cancel *cancel, struct ewelink_ap_device *out, struct err *err)
{
	struct device at = { .address = *ap };
	char address[DEVICE_ADDRESS_SIZE], url[64];
	struct http_request request = {
		.url = url,
		.until = until,
		.most = EWELINK_AP_ANSWER_MOST,
		.cancel = cancel,
	};
	OWN(http_answer) answer = { 0 };

	snprintf(url, sizeof url, "http://%s%s", device_address(&at, address),
		EWELINK_AP_PATH_DEVICE);
	http_ask(&request, &answer);
	if (!http_is_good(&request, &answer, err))
		return false;
	return ewelink_ap_read_device(buf_text(&answer.body), answer.body.len, out) ||
		err_set(err, &e_garbled,
			"what answers at %s is no device in pairing mode", url);
}

/* A device of the 3.x generation answers the same, so both roads are told. */
static void
explain(const struct device *device, struct err *why)
{
	char address[DEVICE_ADDRESS_SIZE], option[48] = "";

	device_address(device, address);
	if (strcmp(address, PAIRING_ADDRESS) != 0)
		snprintf(option, sizeof option, " --ap-address %s", address);
	err_set(why, &err_pairing_mode,
		"%s at %s is in pairing mode: an older device, which may be freed by "
		"\"takeover\", or one with firmware 3.x, which answers the same",
		device->id, address);
	err_remedy(why,
		"Run \"airlift check --pair --ssid NAME --wifi-password-file FILE%s\": only "
		"when the device calls, it shows whether its firmware talks to us or is pinned "
		"to the vendor. If you know it as a DIY model, enter your Wi-Fi at "
		"http://%s/ instead and run \"airlift check\" in that network.",
		option, address);
}

bool
pairing_find(const struct sockaddr_in *ap, const struct cancel *cancel,
	struct device *device, struct err *why)
{
	struct ewelink_ap_device seen;

	if (!pairing_ask(ap, deadline_in(PAIRING_MS), cancel, &seen, NULL))
		return false;
	if (device->id[0] != '\0' && !text_equal_nocase(device->id, seen.id))
		return false;
	text_copy(device->id, sizeof device->id, seen.id);
	device->kind = DEVICE_PAIRING;
	device->address = *ap;
	explain(device, why);
	return true;
}
