/* Pairing a device in its own access point. */
/* SPDX-License-Identifier: MIT */
#include "flash/provision.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "device/pairing.h"
#include "host/network_watch.h"
#include "net/http_client.h"

enum {
	ASK_AGAIN_MS = 1000,
	TELL_MS = 20000, /* some devices need long, some never answer */
	GONE_MS = 15000, /* until the access point of a device that was told has gone */
};

static const struct err_code e_not_joined = { "E-AP-NOT-JOINED", ERR_NOT_FOUND,
	"Hold the button for 7 s (on newer devices once more, until the light blinks evenly "
	"and fast), then join the Wi-Fi ITEAD-1000xxxxxx with password 12345678." };
static const struct err_code e_silent = { "E-AP-SILENT", ERR_NOT_FOUND,
	"Stay in the device's Wi-Fi and close virus scanners and VPNs; the device leaves "
	"pairing mode after 3 minutes, so hold its button again if need be." };
static const struct err_code e_refused = { "E-AP-REFUSED", ERR_REFUSED,
	"Switch the device off and on, hold its button again and repeat the command." };
static const struct err_code e_stays = { "E-AP-STAYS", ERR_TRY_AGAIN,
	"Switch the device off and on, hold its button again and repeat the command; check "
	"name and password of the Wi-Fi." };
static const struct err_code e_region = { "E-REGION", ERR_USAGE,
	"Choose eu, us, as or cn." };

static void
write_url(const struct sockaddr_in *ap, const char *path, char *out, size_t size)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ap->sin_addr, host, sizeof host);
	snprintf(out, size, "http://%s:%u%s", host, ntohs(ap->sin_port), path);
}

bool
provision_wait(const struct sockaddr_in *ap, struct deadline until,
	const struct cancel *cancel, struct ewelink_ap_device *out, struct err *err)
{
	OWN_NEW(network_watch) watch = network_watch_open();
	struct err last = { 0 };
	bool was_joined = false, goes_on = true;

	while (goes_on) {
		bool is_joined = network_is_joined(ap->sin_addr, NULL);

		was_joined |= is_joined;
		if (is_joined &&
			pairing_ask(ap, deadline_in(PAIRING_MS), cancel, out, &last))
			return true;
		goes_on = is_joined
			? clock_pause(ASK_AGAIN_MS, cancel) && !deadline_passed(until)
			: network_watch_wait(watch, until, cancel);
	}
	if (cancel_asked(cancel))
		return err_set(
			err, &err_cancelled, "stopped while waiting for the device");
	if (was_joined)
		return err_set(err, &e_silent,
			"this computer is in the device's Wi-Fi, but the device does not "
			"answer (%s)",
			last.text);
	return err_set(
		err, &e_not_joined, "this computer has not joined the Wi-Fi of a device");
}

/* True when the device is no longer to be found: it took what it was told. */
static bool
has_gone(const struct sockaddr_in *ap, const struct cancel *cancel)
{
	struct deadline until = deadline_in(GONE_MS);
	struct ewelink_ap_device device;

	do {
		if (!network_is_joined(ap->sin_addr, NULL) ||
			!pairing_ask(ap, deadline_in(PAIRING_MS), cancel, &device, NULL))
			return !cancel_asked(cancel);
	} while (!deadline_passed(until) && clock_pause(ASK_AGAIN_MS, cancel));
	return false;
}

static bool
judge_silence(const struct sockaddr_in *ap, enum http_end end,
	const struct cancel *cancel, struct err *err)
{
	log_debug("no answer to the settings (%d): has its access point gone?", end);
	if (has_gone(ap, cancel))
		return true;
	if (cancel_asked(cancel))
		return err_set(err, &err_cancelled,
			"stopped while the device was told its settings");
	return err_set(
		err, &e_stays, "the device did not answer and stays in pairing mode");
}

bool
provision_tell(const struct sockaddr_in *ap, const struct ewelink_ap_settings *settings,
	const struct cancel *cancel, struct err *err)
{
	OWN_STR body = ewelink_ap_write_settings(settings);
	char url[64];
	struct http_request request = {
		.url = url,
		.body = body,
		.until = deadline_in(TELL_MS),
		.most = EWELINK_AP_ANSWER_MOST,
		.cancel = cancel,
	};
	OWN(http_answer) answer = { 0 };
	int number;

	if (!ewelink_ap_check(settings, err))
		return false;
	write_url(ap, EWELINK_AP_PATH_AP, url, sizeof url);
	switch (http_ask(&request, &answer)) {
	case HTTP_ANSWERED:
		if (ewelink_ap_read_result(
			    buf_text(&answer.body), answer.body.len, &number) &&
			number != 0)
			return err_set(err, &e_refused,
				"the device refuses the settings (%d)", number);
		return true;
	case HTTP_SILENT:
	case HTTP_EMPTY:
	case HTTP_RESET:
	case HTTP_CUT_SHORT:
	case HTTP_NOT_HTTP:
		return judge_silence(ap, answer.end, cancel, err);
	default:
		return http_is_good(&request, &answer, err);
	}
}

bool
provision_vendor_server(
	const char *region, char out[EWELINK_AP_SERVER_MOST + 1], struct err *err)
{
	static const char *const regions[] = { "eu", "us", "as", "cn" };

	for (size_t i = 0; i < COUNT_OF(regions); i++)
		if (strcmp(region, regions[i]) == 0) {
			snprintf(out, EWELINK_AP_SERVER_MOST + 1, "%s-disp.coolkit.cc",
				region);
			return true;
		}
	return err_set(err, &e_region, "there is no region \"%s\"", region);
}
