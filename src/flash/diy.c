/* The method for vendor firmware 3.x in DIY mode: ask, unlock, offer, watch the download,
 * hear the device's verdict, see it again as what the image holds. The device's answers
 * are hints; what it fetches and what runs afterwards is what counts.
 * Source: doc/protocol/diy.md. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "base/memory.h"
#include "device/diy_client.h"
#include "device/probe.h"
#include "device/unlock.h"
#include "flash/method.h"
#include "flash/proof.h"
#include "host/neighbours.h"
#include "wire/diy.h"

static bool accepts(const struct flash_job *job, struct err *err);
static bool ask_info(struct flash_job *job, struct err *err);
static bool open_lock(struct flash_job *job, struct err *err);
static bool offer_image(struct flash_job *job, struct err *err);
static bool watch_download(struct flash_job *job, struct err *err);
static bool hear_verdict(struct flash_job *job, struct err *err);
static bool see_it_again(struct flash_job *job, struct err *err);
static void finish(struct flash_job *job);

static const struct flash_step steps[] = {
	{ "info", 3, 10000, ask_info },
	{ "unlock", 4, 30000, open_lock },
	{ "offer", 3, 15000, offer_image },
	{ "download", 75, 60000, watch_download },
	{ "verdict", 3, 10000, hear_verdict },
	{ "prove", 12, 90000, see_it_again },
	{ 0 },
};

extern const struct flash_method flash_diy;
const struct flash_method flash_diy = {
	.name = "diy",
	.summary = "vendor firmware in DIY mode, over its own local API",
	/* Leftovers in flash have bricked devices at the next, larger upgrade. */
	.afterwards =
		"Before you put a larger Tasmota on a device, enter \"Reset 5\" once "
		"in the console of its web page: it clears what the vendor's firmware "
		"has left behind, and keeps the Wi-Fi.",
	.accepts = accepts,
	.finish = finish,
	.steps = steps,
};

static const struct err_code e_other_address = { "E-OTHER-ADDRESS", ERR_UNREACHABLE,
	"Put device and computer into the same network, without address translation in "
	"between, and try again; the device still runs its old firmware." };
static const struct err_code e_interrupted = { "E-DOWNLOAD-INTERRUPTED", ERR_LOST,
	"The device still runs its old firmware: switch it off and on, bring it closer to "
	"the access point, and run the same command again." };
static const struct err_code e_fetch = { "E-RESULT-DOWNLOAD", ERR_LOST,
	"The device still runs its old firmware: bring it closer to the access point, or "
	"close other programs that talk to it, and run the same command again." };
static const struct err_code e_rejected = { "E-RESULT-REJECTED", ERR_REFUSED,
	"The device still runs its old firmware; it does not take this image, so check "
	"that model and image belong together." };
static const struct err_code e_digest = { "E-RESULT-DIGEST", ERR_LOST,
	"The device still runs its old firmware; do not cut its power, and run the same "
	"command again." };
static const struct err_code e_internal = { "E-RESULT-INTERNAL", ERR_REFUSED,
	"The device still runs its old firmware: switch its power off and on, and run the "
	"same command again." };
static const struct err_code e_result = { "E-RESULT-UNKNOWN", ERR_REFUSED,
	"Run \"airlift check\" for the device, then the same command again; please report "
	"the number." };
static const struct err_code e_still_vendor = { "E-STILL-VENDOR", ERR_LOST,
	"Wait two minutes without cutting the power, run \"airlift check\" for the device, "
	"and flash it again." };

enum {
	BUSY_PAUSE_MS = 10000, /* three reconnects, 1 s + 2 s + 3 s, and some room */
	LOCKED_NUMBER = 403, /* ota_flash: unlock first */
	SLOW_NUMBER = 408,
	FETCH_NUMBER = 424,
	DIGEST_NUMBER = 471,
};

/* What lasts from step to step. */
struct diy {
	struct diy_client *client;
	struct in_addr own; /* this computer, as the device is told */
	struct offer_progress seen;
	struct err first; /* why the download is being tried again, which it is once */
	bool unlocked_again;
};

static struct diy *
own(struct flash_job *job)
{
	if (job->own == NULL)
		job->own = xcalloc(1, sizeof(struct diy));
	return job->own;
}

static void
finish(struct flash_job *job)
{
	struct diy *diy = job->own;

	if (diy != NULL)
		diy_client_free(diy->client);
	free(diy);
}

static bool
judge(const struct flash_job *job, struct verdict *verdict, struct err *err)
{
	verdict_judge(job->catalog, &job->device, NULL, &job->overrides, verdict);
	if (verdict->can_be_freed)
		return true;
	*err = verdict->why_not;
	return false;
}

static bool
accepts(const struct flash_job *job, struct err *err)
{
	struct verdict verdict;

	return judge(job, &verdict, err);
}

/* Made anew for each try: the device may have moved. */
static bool
ask_info(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	const struct device *device = &job->device;
	char address[DEVICE_ADDRESS_SIZE];
	struct verdict verdict;

	if (device->address.sin_port == 0)
		job->device.address.sin_port = htons(DIY_PORT);
	/* Somebody may have asked it just now. */
	clock_pause(device->seen_ms + DIY_GAP_MS - clock_steady_ms(), job->cancel);
	diy_client_free(diy->client);
	diy->client = diy_client_new(device, job->cancel);
	if (!probe_device(diy->client, job->catalog, &job->device, err) ||
		!judge(job, &verdict, err))
		return false;
	for (unsigned i = 0; i < verdict.warning_count; i++)
		flash_say(job, "%s", verdict.warnings[i].text);
	neighbours_mac(device->address.sin_addr, job->device.mac);
	flash_learned(job);
	return flash_note(job, err, "firmware %s, %s, at %s",
		device->firmware[0] != '\0' ? device->firmware : "unknown",
		device->lock == LOCK_OPEN ? "open" : "locked",
		device_address(device, address));
}

/* Firmware 3.0 and 3.1 do not tell: their answer to the offer does. */
static bool
open_lock(struct flash_job *job, struct err *err)
{
	if (job->device.lock == LOCK_CLOSED) {
		flash_say(job, "locked: it asks the vendor's service for permission");
		return unlock_device(own(job)->client, &job->device, job->cancel, err) &&
			flash_note(job, err, "open now");
	}
	return flash_note(job, err,
		job->device.lock == LOCK_OPEN ? "is open already" : "lock not known");
}

/* Where the device will fetch from: proved from here before it hears of it. */
static bool
find_own_address(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	char warning[REACH_TEXT_SIZE];

	if (!image_server_prove(
		    job->server, job->device.address.sin_addr, &diy->own, warning, err))
		return false;
	if (warning[0] != '\0')
		flash_say(job, "%s", warning);
	if (job->own_address.s_addr != INADDR_ANY)
		diy->own = job->own_address;
	return true;
}

/* True once the device fetches or reports. */
static bool
wait_for_first_request(struct flash_job *job)
{
	struct diy *diy = own(job);
	struct deadline until = flash_patience(job);

	offer_look(job->offer, &diy->seen);
	while (diy->seen.requests == 0 && diy->seen.result == OFFER_NO_RESULT)
		if (!offer_wait(job->offer, &diy->seen, until, flash_cancel(job)))
			return false;
	return true;
}

static bool
explain_silence(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	char stranger[INET_ADDRSTRLEN], device[INET_ADDRSTRLEN];

	job->offered = false;
	if (cancel_asked(job->cancel))
		return err_set(err, &err_cancelled,
			"stopped before the device fetched anything");
	if (diy->seen.strangers == 0)
		return reach_explain_silence(job->device.address.sin_addr, diy->own,
			image_server_port(job->server), err);
	inet_ntop(AF_INET, &diy->seen.stranger, stranger, sizeof stranger);
	inet_ntop(AF_INET, &job->device.address.sin_addr, device, sizeof device);
	return err_set(err, &e_other_address,
		"the image for the device at %s was asked for by %s", device, stranger);
}

/* Once: what went wrong in *err is kept, and told if the second time is no better. */
static bool
try_again(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	struct err why = *err;

	if (diy->first.code != NULL)
		return false;
	diy->first = why;
	if (!flash_go_back(job, "info", err, "%s: trying again", why.text))
		return false;
	err_clear(err);
	return true;
}

/* Either the way from the device to this computer is blocked, or it still runs after a
 * download that somebody else broke off, and is free again when that one has given up. */
static bool
could_not_fetch(struct flash_job *job, struct err *err)
{
	offer_look(job->offer, &own(job)->seen);
	if (own(job)->seen.requests == 0)
		explain_silence(job, err);
	flash_say(job, "it can not fetch just now: waiting a little");
	return clock_pause(flash_scaled_ms(job, BUSY_PAUSE_MS), job->cancel) &&
		try_again(job, err);
}

/* The device said no; `said` holds it in words. */
static bool
refused(struct flash_job *job, int number, const struct err *said, struct err *err)
{
	struct diy *diy = own(job);

	job->offered = false;
	*err = *said;
	if (number == LOCKED_NUMBER && !diy->unlocked_again) {
		diy->unlocked_again = true;
		job->device.lock = LOCK_CLOSED;
		if (!flash_go_back(
			    job, "unlock", err, "it is locked after all: unlocking it"))
			return false;
		err_clear(err);
		return true;
	}
	if (diy->first.code != NULL) {
		*err = diy->first;
		return false;
	}
	if (number == FETCH_NUMBER)
		return could_not_fetch(job, err);
	return (number == SLOW_NUMBER || number == DIGEST_NUMBER) && try_again(job, err);
}

static bool
make_offer(struct flash_job *job, struct err *err)
{
	const struct image *image = job->image;

	if (job->offer != NULL)
		offer_close(job->offer);
	job->offer = image_server_offer(job->server, image, job->device.address.sin_addr);
	return flash_note(
		job, err, "%s %s, sha256 %s", image->name, image->version, image->sha256);
}

/* "error":0 means "I will try", silence means "perhaps": who fetches has agreed. */
static bool
offer_image(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	enum diy_reply reply = DIY_PERHAPS;
	struct err said = { 0 };
	OWN_STR url = NULL;
	int number = 0;

	if (!find_own_address(job, err) || !make_offer(job, err))
		return false;
	url = offer_url(job->offer, diy->own);
	for (unsigned tries = 0; tries < 2 && reply == DIY_PERHAPS; tries++) {
		if (tries > 0)
			flash_say(job, "no answer and no download: offering once more");
		job->offered = true;
		reply = diy_offer(diy->client, url, job->image->sha256, &number, &said);
		if (reply == DIY_REFUSED)
			return refused(job, number, &said, err);
		if (wait_for_first_request(job))
			return true;
		if (cancel_asked(job->cancel))
			break;
	}
	return explain_silence(job, err);
}

/* The router gave it another address in the middle of things. */
static bool
follow(struct flash_job *job, struct err *err)
{
	struct in_addr now = own(job)->seen.peer;
	char address[DEVICE_ADDRESS_SIZE];

	if (now.s_addr == INADDR_ANY || now.s_addr == job->device.address.sin_addr.s_addr)
		return true;
	job->device.address.sin_addr = now;
	device_address(&job->device, address);
	flash_say(job, "the device has moved to %s", address);
	return flash_note(job, err, "moved to %s", address);
}

static bool
interrupted(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	unsigned percent = (unsigned)(diy->seen.bytes_served * 100 / job->image->len);

	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped at %u %%: the device keeps its old firmware", percent);
	err_set(err, &e_interrupted, "the download broke off at %u %%: silent for %d s",
		percent, (int)((clock_steady_ms() - diy->seen.last_ms) / 1000));
	return try_again(job, err);
}

static bool
watch_download(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	int64_t patience_ms = flash_scaled_ms(job, job->step->patience_ms);
	bool ended = false;

	while (!ended) {
		uint64_t served = diy->seen.bytes_served, total = job->image->len;
		struct deadline silent = { diy->seen.last_ms + patience_ms };

		if (!follow(job, err))
			return false;
		job->watch.progress(job->watch.context, (unsigned)(served * 1000 / total),
			served, total);
		ended = diy->seen.complete || diy->seen.result != OFFER_NO_RESULT;
		if (!ended &&
			!offer_wait(job->offer, &diy->seen, silent, flash_cancel(job)))
			return interrupted(job, err);
	}
	job->image_was_sent = diy->seen.complete;
	return true;
}

/* Whatever the number, the device has kept its old firmware. */
static bool
judge_result(struct flash_job *job, struct err *err)
{
	static const struct {
		int number;
		bool may_be_tried_again;
		const struct err_code *code;
		const char *cause;
	} results[] = {
		{ 404, true, &e_fetch, "the device could not download the image" },
		{ 406, false, &e_rejected, "the device rejected the image" },
		{ 409, true, &e_digest, "what the device stored has another digest" },
		{ 410, false, &e_internal, "the device met an internal error" },
	};
	struct diy *diy = own(job);
	int number = diy->seen.result;

	job->image_was_sent = false;
	for (size_t i = 0; i < COUNT_OF(results); i++) {
		if (results[i].number != number)
			continue;
		err_set(err, results[i].code, "%s (%d)", results[i].cause, number);
		return results[i].may_be_tried_again && try_again(job, err);
	}
	return err_set(err, &e_result, "the device reports error %d", number);
}

static bool
hear_verdict(struct flash_job *job, struct err *err)
{
	struct diy *diy = own(job);
	struct deadline until = flash_patience(job);

	flash_say(job, "do not cut the power: the device checks what it has stored");
	while (diy->seen.result == OFFER_NO_RESULT)
		if (!offer_wait(job->offer, &diy->seen, until, flash_cancel(job)))
			break;
	if (diy->seen.result == 0)
		return flash_note(job, err, "the device says: good");
	if (diy->seen.result != OFFER_NO_RESULT)
		return judge_result(job, err);
	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped after the last byte, before the device said a word");
	return flash_note(job, err, "no word after the last byte: probably good");
}

static bool
still_vendor(struct flash_job *job, struct err *err)
{
	job->image_was_sent = false;
	return err_set(err, &e_still_vendor,
		"the device took the image, but still runs the vendor's firmware");
}

static bool
see_it_again(struct flash_job *job, struct err *err)
{
	flash_say(job, "waiting for it to come up with its new firmware");
	if (!proof_wait_gone(job)) {
		if (cancel_asked(flash_cancel(job)))
			return err_set(err, &err_cancelled,
				"stopped before the device was seen again");
		return still_vendor(job, err);
	}
	if (proof_wait_tasmota(job, err))
		return true;
	if (err_kind(err) == ERR_UNPROVEN && proof_vendor_is_there(job))
		return still_vendor(job, err);
	return false;
}
