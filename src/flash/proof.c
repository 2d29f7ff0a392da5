/* Proof that a device runs its new firmware. An open port or an old answer proves
 * nothing: only a version read back after the vendor's firmware was gone does. */
/* SPDX-License-Identifier: MIT */
#include "flash/proof.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/tasmota_client.h"
#include "host/network_watch.h"
#include "net/http_client.h"
#include "net/socket.h"

static const struct err_code e_not_proven = { "E-NOT-PROVEN", ERR_UNPROVEN,
	"Join the open Wi-Fi network tasmota-XXXXXX-#### and enter your Wi-Fi at "
	"http://192.168.4.1/. If it is not there after 3 minutes: power off for 30 s, then "
	"on and off six times for 1-2 s each, and leave it on the seventh time." };
static const struct err_code e_other_version = { "E-OTHER-VERSION", ERR_UNPROVEN,
	"Look at the device's web page to see what it runs, and flash it again if it is not "
	"what you want." };
const struct err_code err_other_device = { "E-OTHER-DEVICE", ERR_UNPROVEN,
	"Join the Wi-Fi tasmota-XXXXXX-#### whose XXXXXX end the MAC of this device; with "
	"Wi-Fi data in the image look for that MAC in your router's list." };
static const struct err_code e_unknown_program = { "E-NOT-PROVEN-PROGRAM", ERR_UNPROVEN,
	"This program can not be asked for its version: look for the device in your "
	"router's list or for its access point." };

enum {
	LOOK_EVERY_MS = 300,
	LOOK_PATIENCE_MS = 5000,
	KNOCK_PATIENCE_MS = 1500,
	GONE_PATIENCE_MS = 60000,
};

bool
proof_look(struct sockaddr_in web, const struct cancel *cancel,
	struct tasmota_firmware *out, struct err *err)
{
	char host[INET_ADDRSTRLEN], url[96], referer[64];
	const char *const headers[] = { referer, NULL };
	struct http_request request = {
		.url = url,
		.headers = headers,
		.connect_ms = KNOCK_PATIENCE_MS,
		.until = deadline_in(LOOK_PATIENCE_MS),
		.most = TASMOTA_TEXT_MOST,
		.cancel = cancel,
	};
	OWN(http_answer) answer = { 0 };

	inet_ntop(AF_INET, &web.sin_addr, host, sizeof host);
	snprintf(url, sizeof url, "http://%s:%u%s", host, ntohs(web.sin_port),
		TASMOTA_STATUS_TARGET);
	/* Without it Tasmota 9.5 and later closes the connection. */
	snprintf(referer, sizeof referer, "Referer: http://%s/", host);
	http_ask(&request, &answer);
	if (answer.end == HTTP_ANSWERED && answer.status == 401)
		return tasmota_read_firmware(
			buf_text(&answer.body), answer.body.len, out, err);
	return http_is_good(&request, &answer, err) &&
		tasmota_read_firmware(buf_text(&answer.body), answer.body.len, out, err);
}

/* By its own word. False with the client's error when it does not answer in time,
 * E-TASMOTA-UNKNOWN when its build does not tell. */
static bool
ask_mac(struct sockaddr_in web, const struct cancel *cancel, char mac[13],
	struct err *err)
{
	OWN_NEW(tasmota_client) client = tasmota_client_new(web, NULL, cancel);
	struct tasmota_state state;

	tasmota_state_init(&state);
	tasmota_client_patience(client, LOOK_PATIENCE_MS);
	if (!tasmota_ask_status(client, 5, &state, err))
		return false;
	if (state.mac[0] == '\0')
		return err_set(err, &err_tasmota_unknown, "it does not tell its MAC");
	memcpy(mac, state.mac, sizeof state.mac);
	return true;
}

bool
proof_vendor_is_there(const struct flash_job *job)
{
	return socket_takes_connections(
		&job->device.address, deadline_in(KNOCK_PATIENCE_MS), flash_cancel(job));
}

bool
proof_wait_gone(const struct flash_job *job)
{
	struct deadline until = deadline_in(flash_scaled_ms(job, GONE_PATIENCE_MS));

	while (proof_vendor_is_there(job))
		if (deadline_passed(until) ||
			!clock_pause(LOOK_EVERY_MS, flash_cancel(job)))
			return false;
	return true;
}

/* An image without a name may well be a Tasmota. */
static bool
can_be_asked(const struct image *image)
{
	return image->program[0] == '\0' || strcmp(image->program, "Tasmota") == 0;
}

bool
proof_judge(const struct image *image, const char *host,
	const struct tasmota_firmware *seen, char proof[PROOF_SIZE], struct err *err)
{
	if (strcmp(image->program, "Tasmota") == 0 && image->version[0] != '\0' &&
		!image->version_is_a_guess &&
		!tasmota_is_version(seen->version, image->version))
		return err_set(err, &e_other_version,
			"Tasmota %s answers at %s, but the image is %s", seen->version,
			host, image->version);
	snprintf(proof, PROOF_SIZE, "Tasmota %s at %s", seen->version, host);
	return true;
}

/* `last` is what the latest look met. */
static bool
give_up(const struct flash_job *job, const char *host, const struct err *last,
	struct err *err)
{
	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped before the device was seen again at %s", host);
	err_set(err, &e_not_proven,
		"no Tasmota answered at %s (port %u) within %lld s of the flash", host,
		job->web_port,
		(long long)flash_scaled_ms(job, job->step->patience_ms) / 1000);
	/* Something is there, but it does not say what. */
	if (err_kind(last) == ERR_REFUSED || err_kind(last) == ERR_GARBLED)
		err_while(err, "%s", last->text);
	return false;
}

/* The chip keeps its MAC under any firmware. A build that does not tell it may be the
 * device, unless there is reason to doubt it; one that is too busy or has gone silent is
 * asked again at the next look. */
static bool
is_the_device(const struct flash_job *job, struct sockaddr_in web, const char *host,
	char mac[13], struct err *last)
{
	mac[0] = '\0';
	if (!ask_mac(web, flash_cancel(job), mac, last))
		return job->told_mac[0] == '\0' ||
			(!job->is_in_doubt && last->code == &err_tasmota_unknown);
	return job->told_mac[0] == '\0' || strcmp(mac, job->told_mac) == 0 ||
		err_set(last, &err_other_device,
			"the Tasmota at %s has the MAC %s, this device %s", host, mac,
			job->told_mac);
}

/* By its MAC a later run knows it again. */
static void
learn_who(struct flash_job *job, const char *mac)
{
	if (mac[0] == '\0')
		return;
	text_copy(job->device.mac, sizeof job->device.mac, mac);
	flash_learned(job);
}

bool
proof_look_around(struct flash_job *job, struct sockaddr_in elsewhere, struct err *last,
	bool *good, struct err *err)
{
	struct sockaddr_in places[2] = { job->device.address, elsewhere };
	struct tasmota_firmware seen;
	char host[INET_ADDRSTRLEN], mac[13];

	places[0].sin_port = htons(job->web_port);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		struct in_addr place = places[i].sin_addr;

		/* In other networks that address belongs to somebody else. */
		if (place.s_addr == INADDR_ANY ||
			(i == 1 && !network_is_joined(place, NULL)) ||
			!proof_look(places[i], flash_cancel(job), &seen, last))
			continue;
		inet_ntop(AF_INET, &place, host, sizeof host);
		if (!is_the_device(job, places[i], host, mac, last))
			continue;
		job->seen_at = places[i];
		learn_who(job, mac);
		*good = proof_judge(job->image, host, &seen, job->proof, err);
		return true;
	}
	return false;
}

bool
proof_wait_tasmota(struct flash_job *job, struct err *err)
{
	struct deadline until = flash_patience(job);
	struct err last = { 0 };
	char host[INET_ADDRSTRLEN];
	bool good;

	inet_ntop(AF_INET, &job->device.address.sin_addr, host, sizeof host);
	if (!can_be_asked(job->image))
		return err_set(err, &e_unknown_program,
			"the image holds %s, which does not tell its version",
			job->image->program);
	if (job->access_point.sin_addr.s_addr != INADDR_ANY)
		flash_say(job,
			"when the open Wi-Fi tasmota-XXXXXX-#### appears, join it with "
			"this computer");
	do {
		if (proof_look_around(job, job->access_point, &last, &good, err))
			return good;
		log_debug("%s: %s", host, last.text);
	} while (
		!deadline_passed(until) && clock_pause(LOOK_EVERY_MS, flash_cancel(job)));
	return give_up(job, host, &last, err);
}
