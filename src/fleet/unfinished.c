/* What earlier runs left behind. The journal was written before each act, so it
 * tells the most that the device may have heard. */
/* SPDX-License-Identifier: MIT */
#include "fleet/unfinished.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "device/tasmota_client.h"
#include "device/verdict.h"
#include "fleet/recall.h"
#include "net/socket.h"

static const struct err_code e_device_busy = { "E-DEVICE-BUSY", ERR_TRY_AGAIN,
	"Wait until the other airlift is done with this device, or stop it." };

enum { LOOK_MS = 5000 };

static bool
close_job(struct journal *journal, const struct last_job *job, const char *detail,
	struct err *err)
{
	struct fact fact = {
		.job = job->job,
		.device = job->device,
		.method = job->method,
		.step = "outcome",
		.detail = detail,
	};

	return journal_note(journal, &fact, err);
}

/* Addresses go from one device to another. */
static bool
is_of_another(const struct last_job *job, const struct device *device)
{
	return device_is_id(device->id) && device_is_id(job->device) &&
		!text_equal_nocase(device->id, job->device);
}

/* The device may be known by its id now, or by its address only. No address is that of
 * nobody: all devices that have not called yet share it. */
static bool
find(struct journal *journal, const struct device *device, struct last_job *job,
	struct err *err)
{
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE];

	if (!journal_last_job(journal, device_name(device, name), job, err))
		return false;
	if (job->job != 0 || device->address.sin_addr.s_addr == INADDR_ANY)
		return true;
	if (!journal_last_job(journal, device_address(device, address), job, err))
		return false;
	if (is_of_another(job, device))
		*job = (struct last_job){ 0 };
	return true;
}

bool
unfinished_settle(struct journal *journal, const struct device *device,
	void (*say)(void *context, const char *sentence), void *context, struct err *err)
{
	struct last_job job;
	char sentence[128];

	if (!find(journal, device, &job, err))
		return false;
	if (job.job == 0 || job.has_outcome)
		return true;
	if (job.running_in != 0)
		return err_set(err, &e_device_busy,
			"process %d is flashing this device right now",
			(int)job.running_in);
	snprintf(sentence, sizeof sentence,
		"an earlier run broke off %s%s: beginning anew",
		job.step[0] != '\0' ? "in step " : "before the first step", job.step);
	say(context, sentence);
	snprintf(sentence, sizeof sentence, "stopped: broken off %s%s",
		job.step[0] != '\0' ? "in step " : "before the first step", job.step);
	return close_job(journal, &job, sentence, err);
}

/* Before these the device had not heard of an image. */
static bool
image_may_have_been_sent(const struct last_job *job)
{
	return strcmp(job->step, "") != 0 && strcmp(job->step, "info") != 0 &&
		strcmp(job->step, "unlock") != 0;
}

/* The device's own address, else the one of its last job. */
static bool
place_to_look(const struct device *device, const struct last_job *job, uint16_t web_port,
	struct sockaddr_in *web)
{
	*web = device->address;
	if (web->sin_addr.s_addr == INADDR_ANY &&
		!socket_read_address(job->address, web_port, web))
		return false;
	web->sin_family = AF_INET;
	web->sin_port = htons(web_port);
	return true;
}

/* Whose Tasmota answers there? A build that does not say may be the device's own, and its
 * `mac` is "". One that may be another's is not noted as this device: later runs would
 * look for it. */
struct owner {
	char mac[13];
	bool is_another; /* the journal has it as another device */
	bool is_sure;
};

static struct owner
ask_owner(struct journal *journal, const struct last_job *job, struct sockaddr_in web,
	const struct cancel *cancel)
{
	OWN_NEW(tasmota_client) client = tasmota_client_new(web, NULL, cancel);
	struct recalled known, found;
	struct tasmota_state state;
	struct owner owner = { .mac = "" };

	tasmota_state_init(&state);
	tasmota_client_patience(client, LOOK_MS);
	if (!tasmota_ask_status(client, 5, &state, NULL) || state.mac[0] == '\0' ||
		!recall(journal, job->device, &known, NULL) ||
		!recall(journal, state.mac, &found, NULL))
		return owner;
	text_copy(owner.mac, sizeof owner.mac, state.mac);
	owner.is_sure = recall_may_be(journal, &known, &state);
	owner.is_another = (known.mac[0] != '\0' && !owner.is_sure) ||
		(device_is_id(found.device) &&
			!text_equal_nocase(found.device, job->device));
	return owner;
}

/* By it the device is known again later. */
static void
note_mac(struct journal *journal, const struct last_job *job, const char *mac,
	struct sockaddr_in web)
{
	char detail[RECALL_TEXT_SIZE];
	struct fact fact = {
		.job = job->job,
		.device = job->device,
		.method = job->method,
		.step = job->step,
		.detail = detail,
	};

	recall_write_place(mac, &web, detail);
	journal_note(journal, &fact, NULL);
}

/* False: who answers there is another device. */
static bool
settle_as_done(struct journal *journal, const struct last_job *job, const char *proof,
	struct sockaddr_in web, const struct cancel *cancel)
{
	struct owner owner = ask_owner(journal, job, web, cancel);
	char detail[PROOF_SIZE + 32];
	struct err err = { 0 };

	if (owner.is_another)
		return false;
	if (owner.is_sure)
		note_mac(journal, job, owner.mac, web);
	snprintf(detail, sizeof detail, "done: %s (seen by a later run)", proof);
	if (!close_job(journal, job, detail, &err))
		log_warn("%s: the outcome is not in the journal: %s", job->device,
			err.text);
	return true;
}

bool
unfinished_look(struct journal *journal, const struct device *device,
	const struct image *image, uint16_t web_port, const struct cancel *cancel,
	char proof[PROOF_SIZE], struct err *why)
{
	struct tasmota_firmware seen;
	struct sockaddr_in web;
	struct last_job job;
	struct err err = { 0 };
	char host[INET_ADDRSTRLEN];

	if (!find(journal, device, &job, &err) || job.running_in != 0 ||
		!place_to_look(device, &job, web_port, &web) ||
		!proof_look(web, cancel, &seen, &err)) {
		log_debug("no new firmware either: %s", err.text);
		return false;
	}
	inet_ntop(AF_INET, &web.sin_addr, host, sizeof host);
	if (job.job != 0 && !job.has_outcome && image_may_have_been_sent(&job) &&
		proof_judge(image, host, &seen, proof, &err) &&
		settle_as_done(journal, &job, proof, web, cancel))
		return true;
	return err_set(why, &err_already_free,
		"Tasmota %s answers at %s: it is free already", seen.version, host);
}
