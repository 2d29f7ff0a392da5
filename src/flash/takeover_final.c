/* The final stage seen from the job: where the device is in it, what the person at the
 * keyboard has to do about it, and the proof at the end. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "flash/proof.h"
#include "flash/takeover_steps.h"
#include "host/network_watch.h"
#include "host/reach.h"
#include "net/socket.h"

enum {
	NO_CALLER_MS = 45000, /* it blinks for 10 s, then tries twice a second */
	DEAD_END_MS = 20000, /* a device that wants something asks at once */
	STALL_MS = 30000, /* it reads nothing for seconds while it erases its flash */
	REPEATS_MOST = 2, /* whole downloads of the final image */
	LOOK_EVERY_MS = 500,
};

static const struct err_code e_not_joined = { "E-FINAL-NOT-JOINED", ERR_UNPROVEN,
	"Join the open Wi-Fi FinalStage with the address 192.168.4.2 and run \"airlift "
	"takeover --provisioned\" with the same images; the device waits there." };
static const struct err_code e_no_caller = { "E-FINAL-NO-CALLER", ERR_UNPROVEN,
	"Open port 8080 in this computer's firewall for this network, see that nobody else "
	"has 192.168.4.2, switch the device off and on, and run the command again with "
	"--provisioned." };
static const struct err_code e_stranger = { "E-FINAL-STRANGER", ERR_UNPROVEN,
	"Join the FinalStage of the right device and run the command again with "
	"--provisioned. If there is none, look for the Wi-Fi tasmota-XXXXXX-####: behind a "
	"repeater a device shows another MAC than its own." };
static const struct err_code e_dead_end = { "E-FINAL-DEAD-END", ERR_UNPROVEN,
	"Flash the device with a serial cable: its program does not know where it is and "
	"asks for nothing any more." };
static const struct err_code e_stalled = { "E-FINAL-STALLED", ERR_UNPROVEN,
	"Switch the device off and on: if FinalStage comes back, run the command again with "
	"--provisioned; if not, it needs a serial cable." };
static const struct err_code e_repeats = { "E-FINAL-REPEATS", ERR_UNPROVEN,
	"Check the final image with \"airlift inspect\", leave the device without power for "
	"some minutes and try once more; if it repeats, it needs a serial cable." };
static const struct err_code e_unseen = { "E-TAKEOVER-UNSEEN", ERR_UNPROVEN,
	"Look for the Wi-Fi tasmota-XXXXXX-#### or sonoff-####, join it and open "
	"http://192.168.4.1/; with Wi-Fi data in the image look in your router's list." };

/* What is going on, as far as a person has to hear of it. */
enum scene {
	SCENE_START,
	SCENE_NOT_JOINED,
	SCENE_TROUBLE,
	SCENE_WAITING,
	SCENE_NO_CALLER,
	SCENE_STRANGER,
	SCENE_STRANGER_WRITES,
	SCENE_CONNECTED,
	SCENE_SLOT2,
	SCENE_BETWEEN,
	SCENE_FINAL,
	SCENE_STALLED,
	SCENE_CUT,
};

static const char *const sentences[] = {
	[SCENE_NOT_JOINED] =
		"now join the open Wi-Fi FinalStage (it comes in about 20 s); this "
		"computer must get the address 192.168.4.2",
	[SCENE_WAITING] = "in FinalStage; waiting for the device",
	[SCENE_NO_CALLER] =
		"nobody connects: is port 8080 open in the firewall, and is no phone in "
		"FinalStage with the address 192.168.4.2?",
	[SCENE_STRANGER_WRITES] =
		"DO NOT UNPLUG: another device writes its new firmware; stay in its "
		"FinalStage until it is done",
	[SCENE_CONNECTED] = "the device is there",
	[SCENE_SLOT2] = "it fetches its second program",
	[SCENE_BETWEEN] =
		"it starts again: FinalStage goes away and comes back; join it again",
	[SCENE_FINAL] = "DO NOT UNPLUG: the device writes its new firmware",
	[SCENE_STALLED] =
		"nothing moves: do not unplug, bring computer and device closer together",
	[SCENE_CUT] =
		"the connection broke; the device tries again by itself. If nothing "
		"happens for 3 minutes, switch it off and on",
};

struct watching {
	enum scene scene;
	int64_t since_ms; /* the last sign of the device, or the beginning */
	bool warned; /* of an interrupt at a bad time */
	bool doubted; /* that it is the right one */
};

/* It has come anew, perhaps while what was sent to it before it lost its power is still
 * on its way, and has asked for nothing since. */
static bool
is_at_a_dead_end(const struct flash_job *job, const struct final_view *seen)
{
	return seen->connections > 0 && seen->came_ms > seen->moved_ms &&
		clock_steady_ms() - seen->came_ms > flash_scaled_ms(job, DEAD_END_MS);
}

static enum scene
scene_of(const struct flash_job *job, const struct watching *watching,
	const struct final_view *seen)
{
	int64_t now = clock_steady_ms();

	if (seen->is_sending && now - seen->moved_ms > flash_scaled_ms(job, STALL_MS))
		return SCENE_STALLED;
	if (seen->is_sending)
		return seen->asked == FINAL_FILE_SLOT2 ? SCENE_SLOT2 : SCENE_FINAL;
	if (seen->trouble.code != NULL)
		return SCENE_TROUBLE;
	if (seen->cuts > 0 && seen->moved_ms >= seen->came_ms &&
		seen->acknowledged < seen->total)
		return SCENE_CUT;
	if (seen->asked == FINAL_FILE_SLOT2 && seen->slot2_done > 0 &&
		seen->came_ms <= seen->moved_ms)
		return SCENE_BETWEEN;
	if (!seen->is_listening)
		return SCENE_NOT_JOINED;
	if (seen->connections > 0)
		return SCENE_CONNECTED;
	if (seen->stranger[0] != '\0')
		return seen->is_sending_to_stranger ? SCENE_STRANGER_WRITES
						    : SCENE_STRANGER;
	if (now - watching->since_ms > flash_scaled_ms(job, NO_CALLER_MS))
		return SCENE_NO_CALLER;
	return SCENE_WAITING;
}

static void
tell(struct flash_job *job, struct watching *watching, enum scene scene,
	const struct final_view *seen)
{
	if (scene == watching->scene)
		return;
	/* Waiting begins with the address. */
	if (watching->scene <= SCENE_TROUBLE && scene == SCENE_WAITING)
		watching->since_ms = clock_steady_ms();
	watching->scene = scene;
	if (scene == SCENE_STRANGER)
		flash_say(job,
			"another device is in FinalStage, with the MAC %s; waiting for %s",
			seen->stranger, job->told_mac);
	else if (scene == SCENE_TROUBLE)
		flash_say(job, "%s. %s", seen->trouble.text, seen->trouble.remedy);
	else
		flash_say(job, "%s", sentences[scene]);
}

/* A first interrupt between the first byte of the final image and its last is not heard:
 * the device would be left half written. */
static void
guard_interrupt(struct flash_job *job, struct watching *watching)
{
	const struct final_view *seen = &takeover_run(job)->final;

	job->offered = seen->is_sending || seen->is_sending_to_stranger;
	if (!job->offered || !cancel_asked(job->cancel) || watching->warned)
		return;
	watching->warned = true;
	flash_say(job,
		"NOT NOW: the device is half written. Interrupt once more to leave "
		"it like that; it may need a serial cable then");
}

/* Nobody else is waited for: the MAC its new firmware tells will settle it. */
static void
tell_doubt(struct flash_job *job, struct watching *watching)
{
	const struct final_view *seen = &takeover_run(job)->final;

	job->is_in_doubt = seen->came && seen->stranger[0] != '\0';
	if (job->is_in_doubt && !watching->doubted)
		flash_say(job,
			"the device in FinalStage has the MAC %s, but %s was waited for; "
			"it goes on, and its new firmware will tell which one it is",
			seen->stranger, job->told_mac);
	watching->doubted |= job->is_in_doubt;
}

/* What went wrong may have gone wrong with another device. */
static bool
add_doubt(const struct flash_job *job, const struct final_view *seen, struct err *err)
{
	if (job->is_in_doubt)
		err_while(err, "the device in FinalStage has the MAC %s, this one %s",
			seen->stranger, job->told_mac);
	return false;
}

static bool
explain(struct flash_job *job, const struct watching *watching, struct err *err)
{
	const struct final_view *seen = &takeover_run(job)->final;
	char host[INET_ADDRSTRLEN], warning[REACH_TEXT_SIZE] = "";

	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped in the final stage: the device waits in the Wi-Fi "
			"FinalStage; go on with --provisioned");
	inet_ntop(AF_INET, &job->takeover->final_address.sin_addr, host, sizeof host);
	if (seen->trouble.code != NULL) {
		*err = seen->trouble;
		return false;
	}
	if (!seen->came && !seen->is_listening)
		return err_set(err, &e_not_joined,
			"this computer never had the address %s in FinalStage", host);
	if (!seen->came && seen->stranger[0] != '\0')
		return err_set(err, &e_stranger,
			"in FinalStage another device came, with the MAC %s; this one has "
			"%s",
			seen->stranger, job->told_mac);
	if (!seen->came) {
		err_set(err, &e_no_caller,
			"in FinalStage as %s, but the device did not connect", host);
		reach_warn(job->takeover->final_address.sin_addr,
			job->takeover->final_address.sin_addr,
			ntohs(job->takeover->final_address.sin_port), warning);
		return warning[0] != '\0' ? err_remedy(err, "%s", warning) : false;
	}
	err_set(err, &e_stalled,
		"the device stopped at %llu of %llu bytes, %u connections broke; nothing "
		"moved for %lld s",
		(unsigned long long)seen->acknowledged, (unsigned long long)seen->total,
		seen->cuts, (long long)(clock_steady_ms() - watching->since_ms) / 1000);
	return add_doubt(job, seen, err);
}

static void
show_progress(struct flash_job *job)
{
	const struct final_view *seen = &takeover_run(job)->final;

	if (seen->total > 0)
		job->watch.progress(job->watch.context,
			(unsigned)(seen->acknowledged * 1000 / seen->total),
			seen->acknowledged, seen->total);
}

static void
note_life(struct watching *watching, const struct final_view *seen)
{
	if (seen->came_ms > watching->since_ms)
		watching->since_ms = seen->came_ms;
	if (seen->moved_ms > watching->since_ms)
		watching->since_ms = seen->moved_ms;
}

bool
takeover_final(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	int64_t patience_ms = flash_scaled_ms(job, job->step->patience_ms);
	struct watching watching = { .since_ms = clock_steady_ms() };

	job->image_was_sent = true; /* the vendor's firmware does not run any more */
	job->offered = false;
	takeover_learn_mac(job);
	final_stage_take_any(run->guest);
	takeover_close_offers(run);
	while (run->final.final_done == 0) {
		struct deadline until = { watching.since_ms + patience_ms };

		if (!final_stage_wait(run->guest, &run->final, until, flash_cancel(job)))
			return explain(job, &watching, err);
		note_life(&watching, &run->final);
		tell_doubt(job, &watching);
		guard_interrupt(job, &watching);
		show_progress(job);
		if (run->final.final_done > 0)
			break;
		tell(job, &watching, scene_of(job, &watching, &run->final), &run->final);
		if (is_at_a_dead_end(job, &run->final)) {
			err_set(err, &e_dead_end,
				"the device connects in FinalStage, but asks for nothing");
			return add_doubt(job, &run->final, err);
		}
	}
	job->offered = false;
	return flash_note(job, err, "every byte of %s has arrived, sha256 %s",
		job->image->name, job->image->sha256);
}

static bool
explain_unseen(struct flash_job *job, const struct err *last, struct err *err)
{
	if (cancel_asked(flash_cancel(job)))
		return err_set(
			err, &err_cancelled, "stopped before the new firmware was seen");
	log_debug("last look: %s", last->text);
	if (last->code == &err_other_device)
		return err_set(err, &err_other_device, "every byte has arrived, but %s",
			last->text);
	if (job->is_in_doubt)
		return err_set(err, &e_stranger,
			"every byte has arrived at a device with the MAC %s in FinalStage, "
			"and the new firmware of this one (%s) was not seen",
			takeover_run(job)->final.stranger, job->told_mac);
	return err_set(err, &e_unseen,
		"every byte has arrived, but the new firmware was not seen within %lld s",
		(long long)flash_scaled_ms(job, job->step->patience_ms) / 1000);
}

bool
takeover_prove(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = flash_patience(job);
	struct err last = { 0 };
	bool good;

	flash_say(job,
		"it starts its new firmware; join the Wi-Fi tasmota-XXXXXX-#### so "
		"that it can be seen, or your own if the image knows it");
	do {
		if (proof_look_around(job, job->takeover->setup, &last, &good, err))
			return good;
		final_stage_wait(run->guest, &run->final, deadline_in(0), NULL);
		if (run->final.final_done > REPEATS_MOST) {
			err_set(err, &e_repeats,
				"the device has fetched the final image %u times and asks "
				"again",
				run->final.final_done);
			return add_doubt(job, &run->final, err);
		}
		/* It was another device that had it all. */
		if (run->final.final_done == 0 &&
			flash_go_back(job, "finalstage", err,
				"now the right device has come to FinalStage"))
			return true;
	} while (
		!deadline_passed(until) && clock_pause(LOOK_EVERY_MS, flash_cancel(job)));
	return explain_unseen(job, &last, err);
}
