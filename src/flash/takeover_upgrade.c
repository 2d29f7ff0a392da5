/* Asks the device to fetch the intermediate image and finds out what came of it. Classic
 * firmware acknowledges when all is done, late firmware at once and reports later; error
 * 404 is "the download went wrong" and is asked for again, slower. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "flash/image_server.h"
#include "flash/takeover_steps.h"
#include "host/reach.h"

enum {
	LOOK_MS = 200,
	REPORT_MS =
		30000, /* after the last byte: it reads back and hashes what it wrote */
	DEVICE_MS = 170000, /* a download must be over, on its clock, after 180 s */
	START_MS = 2000, /* of those, for the beginning */
};

static const struct err_code e_upgrade = {
	"E-UPGRADE-REFUSED", ERR_REFUSED,
	"The device still runs its old firmware; please report model, firmware and number."
};
static const struct err_code e_failed = { "E-UPGRADE-FAILED", ERR_LOST,
	"The device still runs its old firmware: bring it closer to the access point, switch "
	"it off and on, and run the same command again." };
static const struct err_code e_lost = { "E-UPGRADE-LOST", ERR_LOST,
	"The device still runs its old firmware: switch it off and on, and run the same "
	"command again." };

/* Each try takes longer for firmware that gets the whole file, as long as its own clock
 * allows. */
static unsigned
pause_for(unsigned tries, size_t len)
{
	size_t pieces = len / OFFER_PIECE_BYTES + 1;
	unsigned most = (unsigned)((DEVICE_MS - START_MS) / pieces);
	unsigned wanted = OFFER_PAUSE_MS * tries;

	return wanted < most ? wanted : most > OFFER_PAUSE_MS ? most : OFFER_PAUSE_MS;
}

static void
make_offers(struct flash_job *job)
{
	const struct takeover *takeover = job->takeover;
	struct takeover_run *run = takeover_run(job);

	takeover_close_offers(run);
	for (int slot = 0; slot < 2; slot++) {
		run->offers[slot] = image_server_offer(
			ewelink_cloud_images(takeover->cloud), takeover->user[slot],
			job->device.address.sin_addr);
		offer_set_pause(run->offers[slot],
			pause_for(run->tries, takeover->user[slot]->len));
	}
}

static bool
send_upgrade(struct flash_job *job)
{
	const struct takeover *takeover = job->takeover;
	const struct takeover_run *run = takeover_run(job);
	OWN_STR user1 = offer_url(run->offers[0], takeover->told);
	OWN_STR user2 = offer_url(run->offers[1], takeover->told);
	const char *const url[2] = { user1, user2 };
	const char *const digest[2] = { takeover->user[0]->sha256,
		takeover->user[1]->sha256 };

	return cloud_send_upgrade(run->seat, url, digest);
}

/* What the device has fetched of the image it wants; returns its slot, or -1. */
static int
look_at_offers(struct takeover_run *run, struct offer_progress *out)
{
	for (int slot = 0; slot < 2; slot++) {
		offer_look(run->offers[slot], out);
		if (out->requests > 0)
			return slot;
	}
	return -1;
}

/* Late firmware says 0 before it begins: that only means that it will try. The two come on
 * connections of their own, so that only the nearer end of the download tells which it was. */
static bool
is_promise(const struct cloud_view *seen, const struct offer_progress *progress)
{
	return seen->acknowledged == 0 &&
		(progress->requests == 0 ||
			seen->acknowledged_ms <= progress->first_ms +
					(progress->last_ms - progress->first_ms) / 2);
}

/* The number of a report that ends the matter, or EWELINK_NO_RESULT. */
static int
result_of(const struct cloud_view *seen, const struct offer_progress *progress)
{
	if (seen->upgrade_state != EWELINK_NO_RESULT)
		return seen->upgrade_state;
	if (seen->acknowledged > 0 ||
		(seen->acknowledged == 0 && progress->complete &&
			!is_promise(seen, progress)))
		return seen->acknowledged;
	return EWELINK_NO_RESULT;
}

static bool
try_again(struct flash_job *job, int number, struct err *err)
{
	job->offered = job->image_was_sent = false;
	if (takeover_run(job)->tries >= TAKEOVER_TRIES_MOST)
		return err_set(err, &e_failed,
			"the device reports %d three times: %s (model %s, firmware %s)",
			number, ewelink_result_text(number), job->device.model,
			job->device.firmware);
	return flash_go_back(job, "upgrade", err,
		       "the device reports %d, %s: asking again, slower", number,
		       ewelink_result_text(number)) ||
		err_set(err, &err_cancelled, "stopped after the download failed");
}

/* True goes on, or back to another try. */
static bool
judge(struct flash_job *job, int number, struct err *err)
{
	if (number == 0)
		return flash_note(
			job, err, "the device says: %s", ewelink_result_text(number));
	if (ewelink_result_is_worth_a_retry(number))
		return try_again(job, number, err);
	job->offered = job->image_was_sent = false;
	return err_set(err, &e_upgrade,
		"the device refuses with %d: %s (model %s, firmware %s)", number,
		ewelink_result_text(number), job->device.model, job->device.firmware);
}

/* It hung up: it calls again by itself, and is asked again. */
static bool
ask_when_it_is_back(struct flash_job *job, struct err *err)
{
	job->offered = false;
	if (takeover_run(job)->tries < TAKEOVER_TRIES_MOST &&
		flash_go_back(job, "upgrade", err,
			"the device hung up; asking again when it is back"))
		return true;
	if (cancel_asked(job->cancel))
		return err_set(err, &err_cancelled, "stopped after the device hung up");
	return err_set(err, &e_lost,
		"the device hung up whenever it was asked to fetch the image");
}

static bool
explain_silence(struct flash_job *job, struct err *err)
{
	const struct takeover *takeover = job->takeover;

	job->offered = false;
	if (cancel_asked(job->cancel))
		return err_set(err, &err_cancelled,
			"stopped before the device fetched anything");
	return reach_explain_silence(
		job->device.address.sin_addr, takeover->told, takeover->plain_port, err);
}

/* A device that was away for a moment registers anew: it is asked when it is back. */
static bool
wait_for_line(struct flash_job *job, struct deadline until)
{
	struct takeover_run *run = takeover_run(job);

	cloud_look(run->seat, &run->seen);
	while (!run->seen.connected || !run->seen.updated)
		if (!cloud_wait(run->seat, &run->seen, until, flash_cancel(job)))
			return false;
	return true;
}

static bool
explain_absence(struct flash_job *job, struct err *err)
{
	if (cancel_asked(job->cancel))
		return err_set(err, &err_cancelled, "stopped while the device was away");
	return err_set(err, &e_lost, "the device went away and did not come back");
}

bool
takeover_upgrade(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = flash_patience(job);
	struct offer_progress progress = { 0 };
	int number = EWELINK_NO_RESULT;

	run->tries++;
	make_offers(job);
	if (!flash_note(job, err, "asked to fetch user1 or user2, try %u", run->tries))
		return false;
	if (!wait_for_line(job, until))
		return explain_absence(job, err);
	if (!send_upgrade(job))
		return ask_when_it_is_back(job, err);
	job->offered = true;
	while (look_at_offers(run, &progress) < 0) {
		struct deadline turn = deadline_sooner(until, deadline_in(LOOK_MS));

		cloud_wait(run->seat, &run->seen, turn, flash_cancel(job));
		number = result_of(&run->seen, &progress);
		if (number != EWELINK_NO_RESULT)
			return judge(job, number, err);
		if (!run->seen.connected)
			return ask_when_it_is_back(job, err);
		if (deadline_passed(until) || cancel_asked(job->cancel))
			return explain_silence(job, err);
	}
	return true;
}

static bool
broke_off(struct flash_job *job, const struct offer_progress *progress, size_t total,
	struct err *err)
{
	unsigned percent = (unsigned)(progress->bytes_served * 100 / total);

	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped at %u %%: the device keeps its old firmware", percent);
	job->offered = false;
	return err_set(err, &e_lost, "the download broke off at %u %%: silent for %lld s",
		percent, (long long)(clock_steady_ms() - progress->last_ms) / 1000);
}

/* The last byte has left: the device hashes, reports, and starts the image. Some never
 * say a word: a line that ends, or silence, is as good. */
static bool
wait_for_report(
	struct flash_job *job, const struct offer_progress *progress, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	struct deadline until = deadline_in(flash_scaled_ms(job, REPORT_MS));
	int number;

	job->image_was_sent = true;
	flash_say(job, "do not cut the power: the device checks what it has stored");
	while ((number = result_of(&run->seen, progress)) == EWELINK_NO_RESULT)
		if (!run->seen.connected ||
			!cloud_wait(run->seat, &run->seen, until, flash_cancel(job)))
			break;
	if (number != EWELINK_NO_RESULT)
		return judge(job, number, err);
	if (cancel_asked(flash_cancel(job)))
		return err_set(err, &err_cancelled,
			"stopped after the last byte, before the device said a word");
	return flash_note(job, err, "no word after the last byte: probably good");
}

bool
takeover_download(struct flash_job *job, struct err *err)
{
	struct takeover_run *run = takeover_run(job);
	int64_t patience_ms = flash_scaled_ms(job, job->step->patience_ms);
	struct offer_progress progress = { 0 };
	int slot = look_at_offers(run, &progress);
	uint64_t total = job->takeover->user[slot]->len;

	flash_say(job, "it fetches the image for slot %d", slot + 1);
	while (!progress.complete) {
		int number;

		job->watch.progress(job->watch.context,
			(unsigned)(progress.bytes_served * 1000 / total),
			progress.bytes_served, total);
		cloud_wait(
			run->seat, &run->seen, deadline_in(LOOK_MS), flash_cancel(job));
		offer_look(run->offers[slot], &progress);
		number = result_of(&run->seen, &progress);
		if (number != EWELINK_NO_RESULT && !progress.complete)
			return judge(job, number, err);
		if (cancel_asked(flash_cancel(job)) ||
			clock_steady_ms() - progress.last_ms > patience_ms)
			return broke_off(job, &progress, total, err);
	}
	return wait_for_report(job, &progress, err);
}
