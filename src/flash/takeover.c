/* The method for old vendor firmware: be its cloud until it has fetched the intermediate
 * image, then the server of that image's final stage. What counts is what was served and
 * what runs afterwards, not what the device says. Source: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#include "flash/takeover.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "flash/image_server.h"
#include "flash/provision.h"
#include "flash/takeover_steps.h"
#include "host/neighbours.h"
#include "host/reach.h"

static bool accepts(const struct flash_job *job, struct err *err);
static bool provision(struct flash_job *job, struct err *err);
static bool wait_for_call(struct flash_job *job, struct err *err);
static bool wait_for_register(struct flash_job *job, struct err *err);
static bool tell_verdict(struct flash_job *job, struct err *err);
static void finish(struct flash_job *job);
static void finish_check(struct flash_job *job);

static const struct flash_step steps[] = {
	{ "provision", 5, 600000, provision },
	{ "contact", 5, 180000, wait_for_call },
	{ "register", 3, 60000, wait_for_register },
	{ "upgrade", 2, 40000, takeover_upgrade },
	{ "download", 35, 60000, takeover_download },
	{ "finalstage", 40, 600000, takeover_final },
	{ "prove", 10, 300000, takeover_prove },
	{ 0 },
};

const struct flash_method flash_takeover = {
	.name = "takeover",
	.summary = "old vendor firmware, by playing its cloud",
	.accepts = accepts,
	.finish = finish,
	.steps = steps,
};

static const struct flash_step check_steps[] = {
	{ "provision", 30, 600000, provision },
	{ "contact", 40, 180000, wait_for_call },
	{ "register", 25, 60000, wait_for_register },
	{ "verdict", 5, 1000, tell_verdict },
	{ 0 },
};

const struct flash_method flash_takeover_check = {
	.name = "check",
	.summary = "find out whether old vendor firmware can be taken over",
	.accepts = accepts,
	.finish = finish_check,
	.steps = check_steps,
};

enum {
	TOO_OFTEN = 2, /* hang-ups that make a verdict */
	SETTLE_MS = 500, /* after its state a device asks for timers, most of them */
	SLICE_MS = 500,
	TURN_MS = 2000,
};

const struct err_code err_pinned = { "E-PINNED-FIRMWARE", ERR_NOT_ELIGIBLE,
	"This firmware only talks to the vendor: use a serial cable, or DIY mode if the "
	"device has it. \"airlift takeover --undo\" gives it its own server back." };
static const struct err_code e_no_call = {
	"E-NO-CALL", ERR_UNREACHABLE,
	"Check the Wi-Fi name and password you gave, that the network has 2.4 GHz and lets "
	"its devices talk to each other (no guest network), and this computer's firewall."
};
static const struct err_code e_no_register = { "E-NO-REGISTER", ERR_LOST,
	"Switch the device off and on: it calls again by itself within a minute." };

struct takeover_run *
takeover_run(struct flash_job *job)
{
	if (job->own == NULL)
		job->own = xcalloc(1, sizeof(struct takeover_run));
	return job->own;
}

void
takeover_close_offers(struct takeover_run *run)
{
	for (int slot = 0; slot < 2; slot++) {
		offer_close(run->offers[slot]);
		run->offers[slot] = NULL;
	}
}

static void
finish(struct flash_job *job)
{
	struct takeover_run *run = job->own;

	if (run == NULL)
		return;
	takeover_close_offers(run);
	final_stage_forget(run->guest);
	cloud_leave(run->seat);
	free(run);
}

static void
finish_check(struct flash_job *job)
{
	struct takeover_finding *finding = job->wishes;
	const struct takeover_run *run = job->own;

	finding->device = job->device;
	finding->is_secure = run != NULL && run->seen.is_secure;
	finish(job);
}

static bool
accepts(const struct flash_job *job, struct err *err)
{
	if (job->takeover == NULL)
		return err_set(err, &err_usage,
			"the method \"takeover\" belongs to the command \"takeover\"");
	return true;
}

static bool
be_provisioned(struct flash_job *job, struct err *err)
{
	takeover_run(job)->seat = cloud_sit(job->takeover->cloud, job->device.id, "");
	flash_say(job,
		job->device.id[0] != '\0'
			? "waiting for it to call; switch it off and on to speed it up"
			: "waiting for a device to call; switch it off and on to speed it "
			  "up");
	return flash_note(job, err, "has been told before where to call");
}

/* From here on the device has a name, and a key by which it is known again. */
static bool
take_seat(struct flash_job *job, const struct ewelink_ap_device *device, struct err *err)
{
	struct takeover_run *run = takeover_run(job);

	text_copy(job->device.id, sizeof job->device.id, device->id);
	flash_learned(job);
	run->seat = cloud_sit(job->takeover->cloud, device->id, device->factory_key);
	return flash_note(job, err, "in pairing mode, id %s", device->id);
}

/* A device that was told before calls the cloud, if only to hang up on our certificate, or
 * has come to the final stage. */
static bool
has_come(struct flash_job *job)
{
	struct takeover_run *run = takeover_run(job);

	cloud_wait(run->seat, &run->seen, deadline_in(0), flash_cancel(job));
	return run->seen.called || run->seen.registered ||
		run->seen.hang_ups >= TOO_OFTEN || takeover_is_in_final(job);
}

static void
expect_anywhere(struct flash_job *job)
{
	struct takeover_run *run = takeover_run(job);
	struct in_addr unknown = { INADDR_ANY };

	if (job->takeover->final == NULL || run->guest != NULL)
		return;
	run->guest = final_stage_expect(job->takeover->final, unknown);
	final_stage_know(run->guest, job->told_mac);
	final_stage_take_any(run->guest);
}

/* An earlier run broke off after it had (or just before it would have) told the device:
 * it calls, or it is in pairing mode (again). */
static bool
wait_for_either(struct flash_job *job, struct ewelink_ap_device *device, bool *is_told,
	struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = flash_patience(job);
	struct err why = { 0 };

	flash_say(job,
		"an earlier run has told %s where to call: waiting for that. If it does "
		"not come, hold its button until it blinks evenly and join its Wi-Fi; if "
		"there is the open Wi-Fi tasmota-XXXXXX-####, join that and start again",
		job->device.id);
	run->seat = cloud_sit(job->takeover->cloud, job->device.id, "");
	expect_anywhere(job);
	while (!(*is_told = has_come(job))) {
		struct deadline turn = deadline_sooner(until, deadline_in(TURN_MS));

		if (provision_wait(
			    &job->device.address, turn, flash_cancel(job), device, &why))
			break;
		if (deadline_passed(until) || cancel_asked(flash_cancel(job))) {
			*err = why;
			return false;
		}
	}
	if (*is_told)
		return true;
	final_stage_forget(run->guest);
	run->guest = NULL;
	cloud_leave(run->seat);
	run->seat = NULL;
	return true;
}

static bool
wait_for_pairing(struct flash_job *job, struct ewelink_ap_device *device, struct err *err)
{
	flash_say(job,
		"hold the device's button for 7 s (newer ones twice) until it blinks "
		"evenly, then join the Wi-Fi ITEAD-1000xxxxxx, password 12345678");
	return provision_wait(&job->device.address, flash_patience(job),
		flash_cancel(job), device, err);
}

static bool
provision(struct flash_job *job, struct err *err)
{
	const struct takeover *takeover = job->takeover;
	struct ewelink_ap_device device;
	char host[INET_ADDRSTRLEN];
	bool is_told = false;

	if (takeover->is_provisioned)
		return be_provisioned(job, err);
	if (job->device.id[0] != '\0' ? !wait_for_either(job, &device, &is_told, err)
				      : !wait_for_pairing(job, &device, err))
		return false;
	if (is_told)
		return flash_note(job, err, "was told by an earlier run where to call");
	if (!take_seat(job, &device, err))
		return false;
	inet_ntop(AF_INET, &takeover->told, host, sizeof host);
	if (!flash_note(job, err, "told to join \"%s\" and to call %s:%u",
		    takeover->settings.ssid, host, takeover->cloud_port) ||
		!provision_tell(&job->device.address, &takeover->settings,
			flash_cancel(job), err))
		return false;
	flash_say(job,
		"the device has its settings; bring this computer back to the Wi-Fi "
		"\"%s\", or to the network it was in",
		takeover->settings.ssid);
	return true;
}

static bool
is_pinned(struct flash_job *job, struct err *err)
{
	const struct cloud_view *seen = &takeover_run(job)->seen;
	char host[INET_ADDRSTRLEN];

	if (seen->hang_ups == 0 || seen->called || seen->registered)
		return false;
	inet_ntop(AF_INET, &seen->hung_up, host, sizeof host);
	if (seen->hang_ups < TOO_OFTEN) {
		flash_say(job,
			"the device at %s hung up on our certificate; waiting for it to "
			"do so again",
			host);
		return false;
	}
	err_set(err, &err_pinned,
		"the device at %s hangs up as soon as it sees our certificate: its "
		"firmware only accepts the vendor's",
		host);
	return true;
}

static bool
explain_no_call(struct flash_job *job, struct err *err)
{
	const struct takeover *takeover = job->takeover;
	char warning[REACH_TEXT_SIZE] = "", host[INET_ADDRSTRLEN];

	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled, "stopped before the device called");
	inet_ntop(AF_INET, &takeover->told, host, sizeof host);
	err_set(err, &e_no_call, "the device has not called %s:%u within %lld s", host,
		takeover->cloud_port,
		(long long)flash_scaled_ms(job, job->step->patience_ms) / 1000);
	reach_warn(takeover->told, takeover->told, takeover->cloud_port, warning);
	if (warning[0] != '\0')
		err_remedy(err, "%s", warning);
	return false;
}

bool
takeover_is_in_final(struct flash_job *job)
{
	struct takeover_run *run = takeover_run(job);

	if (run->guest == NULL)
		return false;
	final_stage_wait(run->guest, &run->final, deadline_in(0), flash_cancel(job));
	return run->final.came;
}

/* All that is known goes into the device: it is printed, journalled and looked for. */
static bool
learn(struct flash_job *job, struct err *err)
{
	const struct cloud_view *seen = &takeover_run(job)->seen;
	char host[INET_ADDRSTRLEN];

	text_copy(job->device.id, sizeof job->device.id, seen->id);
	text_copy(job->device.model, sizeof job->device.model, seen->model);
	text_copy(job->device.firmware, sizeof job->device.firmware, seen->firmware);
	job->device.address.sin_family = AF_INET;
	job->device.address.sin_addr = seen->address;
	job->device.address.sin_port = 0;
	neighbours_mac(seen->address, job->device.mac);
	flash_learned(job);
	inet_ntop(AF_INET, &seen->address, host, sizeof host);
	flash_say(job, "model %s, firmware %s, at %s, %s",
		seen->model[0] != '\0' ? seen->model : "unknown",
		seen->firmware[0] != '\0' ? seen->firmware : "unknown", host,
		seen->is_secure ? "with TLS" : "without TLS");
	return flash_note(job, err, "model %s, firmware %s, at %s, %s", seen->model,
		seen->firmware, host, seen->is_secure ? "with TLS" : "without TLS");
}

/* Its own word only: what the neighbour table says may be a repeater. */
void
takeover_learn_mac(struct flash_job *job)
{
	struct takeover_run *run = takeover_run(job);

	if (run->seen.mac[0] == '\0')
		return;
	text_copy(job->told_mac, sizeof job->told_mac, run->seen.mac);
	text_copy(job->device.mac, sizeof job->device.mac, run->seen.mac);
	if (run->guest != NULL)
		final_stage_know(run->guest, job->told_mac);
	flash_learned(job);
}

/* A device of an earlier run may turn up in the final stage instead of here. */
static bool
wait_for_call(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = flash_patience(job);
	unsigned told = 0;

	expect_anywhere(job);
	while (!run->seen.called && !run->seen.registered) {
		struct deadline turn = deadline_sooner(until, deadline_in(SLICE_MS));

		if (takeover_is_in_final(job)) {
			job->back_to = "finalstage";
			return true;
		}
		cloud_wait(run->seat, &run->seen, turn, flash_cancel(job));
		if (run->seen.hang_ups != told && is_pinned(job, err))
			return false;
		told = run->seen.hang_ups;
		if (run->seen.called || run->seen.registered)
			break;
		if (deadline_passed(until) || cancel_asked(flash_cancel(job)))
			return explain_no_call(job, err);
	}
	final_stage_forget(run->guest);
	run->guest = NULL;
	if (job->takeover->final != NULL)
		run->guest = final_stage_expect(job->takeover->final, run->seen.address);
	return learn(job, err);
}

static bool
wait_for_register(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = flash_patience(job);

	while (!run->seen.updated)
		if (!cloud_wait(run->seat, &run->seen, until, flash_cancel(job))) {
			if (cancel_asked(flash_cancel(job)))
				return err_set(err, &err_cancelled,
					"stopped before the device registered");
			return err_set(err, &e_no_register, "the device called, but %s",
				run->seen.registered ? "did not tell its state"
						     : "did not register");
		}
	/* It asks one more thing; nothing goes wrong when it does not. */
	until = deadline_in(SETTLE_MS);
	while (!run->seen.queried &&
		cloud_wait(run->seat, &run->seen, until, flash_cancel(job)))
		continue;
	takeover_learn_mac(job);
	return flash_note(job, err, "registered: model %s, firmware %s", run->seen.model,
		run->seen.firmware);
}

static bool
tell_verdict(struct flash_job *job, struct err *err)
{
	const struct cloud_view *seen = &takeover_run(job)->seen;

	snprintf(job->proof, sizeof job->proof,
		"can be taken over: model %s, firmware %s, %s", seen->model,
		seen->firmware, seen->is_secure ? "with TLS" : "without TLS");
	return flash_note(job, err, "%s", job->proof);
}
