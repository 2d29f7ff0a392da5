/* The method for devices that run Tasmota already: it fetches the image itself, with the
 * minimal build in between when there is no room; or the image is pushed through its
 * upload form. Only the version read back counts. Source: doc/protocol/tasmota.md. */
/* SPDX-License-Identifier: MIT */
#include "flash/tasmota.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/tasmota_client.h"
#include "flash/upgrade_plan.h"

static bool accepts(const struct flash_job *job, struct err *err);
static bool ask_info(struct flash_job *job, struct err *err);
static bool offer_image(struct flash_job *job, struct err *err);
static bool watch_download(struct flash_job *job, struct err *err);
static bool see_it_again(struct flash_job *job, struct err *err);
static void finish(struct flash_job *job);

static const struct flash_step steps[] = {
	{ "info", 5, 20000, ask_info },
	{ "offer", 5, 40000, offer_image },
	{ "download", 60, 90000, watch_download },
	{ "prove", 30, 300000, see_it_again },
	{ 0 },
};

extern const struct flash_method flash_tasmota;
const struct flash_method flash_tasmota = {
	.name = "tasmota",
	.summary = "Tasmota of any version, by its own upgrade",
	.accepts = accepts,
	.finish = finish,
	.steps = steps,
};

static const struct err_code e_not_tasmota = { "E-NOT-TASMOTA", ERR_NOT_ELIGIBLE,
	"Take another method: this one is for devices that run Tasmota already." };
static const struct err_code e_broke_off = { "E-UPGRADE-BROKE-OFF", ERR_LOST,
	"The device still runs its old firmware: bring it closer to the access point and "
	"run the same command again, or add --upload." };
static const struct err_code e_kept = { "E-UPGRADE-KEPT", ERR_LOST,
	"It was not taken: run the same command again, or add --upload to be told a "
	"reason." };
static const struct err_code e_not_seen = { "E-UPGRADE-NOT-SEEN", ERR_UNPROVEN,
	"Wait some minutes without cutting the power, then look for the device in your "
	"router's list or for its access point tasmota-XXXXXX-####." };

enum {
	SLICE_MS = 500,
	KNOCK_EVERY_MS = 700,
	KEPT_MS = 60000, /* answers this long after the last byte without a restart */
	RESTORE_MS = 4000,
	MINIMAL_MS = 120000, /* from the upload until the minimal build answers */
	AGAIN_MS = 45000, /* a minimal build that has forgotten what to do next */
};

/* What lasts from step to step. */
struct upgrade {
	struct tasmota_client *client;
	struct tasmota_state before;
	struct upgrade_plan plan;
	struct offer *minimal; /* offered beside job->offer; NULL: not */
	struct offer_progress seen, seen_minimal;
	struct in_addr own;
	bool is_minimal; /* what runs there now knows hardly a command */
	bool url_is_ours; /* OtaUrl was changed */
	bool was_away; /* since the last byte */
	int64_t sent_ms; /* steady clock: the last byte */
};

static const struct upgrade_wishes *
wishes_of(const struct flash_job *job)
{
	static const struct upgrade_wishes none = { 0 };

	return job->wishes != NULL ? job->wishes : &none;
}

static struct upgrade *
own(struct flash_job *job)
{
	if (job->own == NULL)
		job->own = xcalloc(1, sizeof(struct upgrade));
	return job->own;
}

static bool
accepts(const struct flash_job *job, struct err *err)
{
	if (job->device.kind == DEVICE_UNKNOWN || job->device.kind == DEVICE_TASMOTA)
		return true;
	return err_set(err, &e_not_tasmota, "the device runs the vendor's firmware");
}

/* Which interrupt it hears changes with the offer. */
static void
renew_client(struct flash_job *job)
{
	struct upgrade *upgrade = own(job);

	tasmota_client_free(upgrade->client);
	upgrade->client = tasmota_client_new(
		job->device.address, wishes_of(job)->web_password, flash_cancel(job));
}

/* An address may have a password in it, and nobody knows what else a device keeps there. */
static const char *
shown_url(const char *url)
{
	bool is_plain = text_starts_with(url, "http://") && strpbrk(url, "@ ") == NULL;

	return is_plain ? url : "what it was (not shown: it is not a plain address)";
}

/* Where it should look for firmware later is the user's choice. */
static void
put_back_url(struct flash_job *job)
{
	struct upgrade *upgrade = own(job);
	OWN_STR command = xasprintf("OtaUrl %s", upgrade->before.ota_url);

	if (!upgrade->url_is_ours || upgrade->before.ota_url[0] == '\0')
		return;
	upgrade->url_is_ours = false;
	tasmota_client_patience(upgrade->client, RESTORE_MS);
	if (!tasmota_tell(upgrade->client, "OtaUrl", command, NULL))
		flash_say(job, "its OtaUrl could not be set back to %s",
			shown_url(upgrade->before.ota_url));
}

static void
finish(struct flash_job *job)
{
	struct upgrade *upgrade = job->own;

	if (upgrade == NULL)
		return;
	put_back_url(job);
	offer_close(upgrade->minimal);
	upgrade_plan_clear(&upgrade->plan);
	tasmota_client_free(upgrade->client);
	free(upgrade);
}

/* Minimal builds from 11 on answer no question. */
static bool
ask_all(struct upgrade *upgrade, struct err *err)
{
	struct tasmota_state *state = &upgrade->before;
	struct err why = { 0 };

	tasmota_state_init(state);
	if (!tasmota_ask_status(upgrade->client, 2, state, &why)) {
		upgrade->is_minimal = why.code == &err_tasmota_unknown &&
			tasmota_is_minimal(upgrade->client);
		if (!upgrade->is_minimal)
			*err = why;
		return upgrade->is_minimal;
	}
	return tasmota_ask_status(upgrade->client, 1, state, err) &&
		tasmota_ask_status(upgrade->client, 4, state, err) &&
		tasmota_ask_status(upgrade->client, 5, state, err);
}

static bool
ask_info(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	const struct tasmota_state *state = &upgrade->before;
	const struct upgrade_wishes *wishes = wishes_of(job);

	if (job->device.kind != DEVICE_TASMOTA)
		job->device.address.sin_port = htons(job->web_port);
	renew_client(job);
	if (!ask_all(upgrade, err))
		return false;
	job->device.kind = DEVICE_TASMOTA;
	if (state->mac[0] != '\0')
		text_copy(job->device.id, sizeof job->device.id, state->mac);
	text_copy(job->device.firmware, sizeof job->device.firmware, state->version);
	if (!upgrade_plan_make(state, job->image, wishes, &upgrade->plan, err))
		return false;
	if (upgrade->plan.send == upgrade->plan.packed)
		flash_say(job, "compressed, because there is little room");
	if (upgrade->plan.needs_minimal)
		flash_say(job, "too little room: the minimal build goes in between");
	return flash_note(job, err, "Tasmota %s, room for %d KiB%s",
		upgrade->is_minimal ? "minimal" : state->version, (int)state->free_kib,
		upgrade->plan.needs_minimal ? ", minimal build first" : "");
}

static bool
find_own_address(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	char warning[REACH_TEXT_SIZE];

	if (!image_server_prove(job->server, job->device.address.sin_addr, &upgrade->own,
		    warning, err))
		return false;
	if (warning[0] != '\0')
		flash_say(job, "%s", warning);
	if (job->own_address.s_addr != INADDR_ANY)
		upgrade->own = job->own_address;
	return true;
}

static bool
note_image(struct flash_job *job, const struct image *image, struct err *err)
{
	return flash_note(
		job, err, "%s %s, sha256 %s", image->name, image->version, image->sha256);
}

/* Looks at both files; true when one of them has been asked for anything new. */
static bool
look_at_offers(struct flash_job *job)
{
	struct upgrade *upgrade = own(job);
	uint64_t before = upgrade->seen.version + upgrade->seen_minimal.version;

	offer_look(job->offer, &upgrade->seen);
	if (upgrade->minimal != NULL)
		offer_look(upgrade->minimal, &upgrade->seen_minimal);
	return upgrade->seen.version + upgrade->seen_minimal.version != before;
}

static bool
wait_for_first_request(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	struct deadline until = flash_patience(job);

	while (upgrade->seen.requests + upgrade->seen_minimal.requests == 0) {
		if (!clock_pause(SLICE_MS, flash_cancel(job)))
			return err_set(err, &err_cancelled,
				"stopped before the device fetched anything");
		look_at_offers(job);
		if (deadline_passed(until)) {
			job->offered = false;
			return reach_explain_silence(job->device.address.sin_addr,
				upgrade->own, image_server_port(job->server), err);
		}
	}
	return true;
}

static bool
let_it_fetch(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	OWN_STR url = NULL;
	OWN_STR command = NULL;

	if (!find_own_address(job, err))
		return false;
	job->offer = image_server_offer_upgrade(
		job->server, upgrade->plan.send, job->device.address.sin_addr);
	if (upgrade->plan.needs_minimal)
		upgrade->minimal = offer_beside(job->offer, wishes_of(job)->minimal);
	url = offer_url(job->offer, upgrade->own);
	command = xasprintf("OtaUrl %s", url);
	if (!note_image(job, upgrade->plan.send, err))
		return false;
	upgrade->url_is_ours = true;
	if (!tasmota_tell(upgrade->client, "OtaUrl", command, err))
		return false;
	job->offered = true;
	renew_client(job);
	return tasmota_tell(upgrade->client, "Upgrade", "Upgrade 1", err) &&
		wait_for_first_request(job, err);
}

/* Waits until the minimal build answers, so that the next upload meets it. */
static bool
await_minimal(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	struct deadline until = deadline_in(flash_scaled_ms(job, MINIMAL_MS));

	tasmota_client_patience(upgrade->client, TASMOTA_KNOCK_MS);
	while (clock_pause(KNOCK_EVERY_MS, flash_cancel(job))) {
		if (tasmota_is_minimal(upgrade->client)) {
			tasmota_client_patience(upgrade->client, TASMOTA_ANSWER_MS);
			return flash_note(job, err, "the minimal build runs");
		}
		if (deadline_passed(until))
			return err_set(err, &e_not_seen,
				"the minimal build was sent, but does not answer");
	}
	return err_set(err, &err_cancelled, "stopped while the minimal build starts");
}

static bool
push(struct flash_job *job, const struct image *image, struct err *err)
{
	const char *name = image->format == IMAGE_GZIP ? "fw.bin.gz" : "fw.bin";

	if (!note_image(job, image, err))
		return false;
	job->offered = true;
	renew_client(job);
	return tasmota_upload(own(job)->client, name, image->bytes, image->len, err);
}

static bool
push_it(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);

	if (upgrade->plan.needs_minimal &&
		(!push(job, wishes_of(job)->minimal, err) || !await_minimal(job, err)))
		return false;
	flash_say(job, "uploading");
	return push(job, upgrade->plan.send, err);
}

static bool
offer_image(struct flash_job *job, struct err *err)
{
	return wishes_of(job)->by_upload ? push_it(job, err) : let_it_fetch(job, err);
}

static bool
broke_off(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	unsigned percent = (unsigned)(upgrade->seen.bytes_served * 100 /
		upgrade->plan.send->len);

	if (cancel_asked(flash_cancel(job)))
		return err_set(
			err, &err_cancelled, "stopped at %u %% of the download", percent);
	if (upgrade->seen_minimal.complete)
		return err_set(err, &e_not_seen,
			"the device has the minimal build, but does not fetch the rest");
	return err_set(err, &e_broke_off, "the download ended at %u %%", percent);
}

/* The minimal build starts the second download by itself, unless it was cut from power. */
static bool
remind(struct flash_job *job, bool *reminded)
{
	struct upgrade *upgrade = own(job);
	int64_t silent_ms = clock_steady_ms() - upgrade->seen_minimal.last_ms;

	if (!upgrade->seen_minimal.complete || *reminded ||
		upgrade->seen.last_ms > upgrade->seen_minimal.last_ms ||
		silent_ms < AGAIN_MS)
		return false;
	*reminded = tasmota_is_minimal(upgrade->client) &&
		tasmota_tell(upgrade->client, "Upgrade", "Upgrade 1", NULL);
	return *reminded;
}

static bool
watch_download(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	int64_t patience_ms = flash_scaled_ms(job, job->step->patience_ms);
	struct deadline silent = deadline_in(patience_ms);
	bool told_minimal = false, reminded = false;
	uint64_t total = upgrade->plan.send->len;

	while (job->offer != NULL && !upgrade->seen.complete) {
		if (!told_minimal && upgrade->seen_minimal.requests > 0) {
			flash_say(job, "it fetches the minimal build first");
			told_minimal = true;
		}
		job->watch.progress(job->watch.context,
			(unsigned)(upgrade->seen.bytes_served * 1000 / total),
			upgrade->seen.bytes_served, total);
		if (deadline_passed(silent) || !clock_pause(SLICE_MS, flash_cancel(job)))
			return broke_off(job, err);
		if (look_at_offers(job) || remind(job, &reminded))
			silent = deadline_in(patience_ms);
	}
	job->image_was_sent = true;
	upgrade->sent_ms = clock_steady_ms();
	return true;
}

enum sight { SIGHT_NONE, SIGHT_OLD, SIGHT_MINIMAL, SIGHT_OTHER, SIGHT_GOOD };

/* What runs there now. The same version as before counts only after a restart. */
static enum sight
look(struct flash_job *job, struct tasmota_state *now)
{
	struct upgrade *upgrade = own(job);
	const struct image *image = upgrade->plan.send;
	bool wants_minimal = strcmp(image_content(image)->variant, "minimal") == 0;
	struct err why = { 0 };

	tasmota_state_init(now);
	if (!tasmota_ask_status(upgrade->client, 2, now, &why)) {
		if (why.code != &err_tasmota_unknown)
			return SIGHT_NONE;
		text_copy(now->version, sizeof now->version, "minimal");
		return wants_minimal ? SIGHT_GOOD : SIGHT_MINIMAL;
	}
	if (!tasmota_ask_status(upgrade->client, 1, now, NULL))
		return SIGHT_NONE;
	if (strcmp(now->version, upgrade->before.version) == 0 &&
		now->boot_count == upgrade->before.boot_count &&
		(now->boot_count >= 0 || !upgrade->was_away))
		return SIGHT_OLD;
	if (upgrade_is_it(image, now->version, upgrade->before.version))
		return SIGHT_GOOD;
	return strstr(now->version, "minimal") != NULL ? SIGHT_MINIMAL : SIGHT_OTHER;
}

static bool
prove(struct flash_job *job, const struct tasmota_state *now, struct err *err)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &job->device.address.sin_addr, host, sizeof host);
	snprintf(
		job->proof, sizeof job->proof, "Tasmota %.64s at %s", now->version, host);
	put_back_url(job);
	return flash_note(job, err, "runs %s", now->version);
}

static bool
kept(struct flash_job *job, const struct tasmota_state *now, struct err *err)
{
	job->image_was_sent = false;
	return err_set(err, &e_kept, "the device has the image, but runs Tasmota %s",
		now->version);
}

static bool
see_it_again(struct flash_job *job, struct err *err)
{
	struct upgrade *upgrade = own(job);
	struct deadline until = flash_patience(job);
	int64_t kept_ms = upgrade->sent_ms + flash_scaled_ms(job, KEPT_MS);
	struct tasmota_state now;
	enum sight sight = SIGHT_NONE;

	flash_say(job, "do not cut the power: it unpacks and restarts");
	tasmota_client_patience(upgrade->client, TASMOTA_KNOCK_MS);
	while (clock_pause(KNOCK_EVERY_MS, flash_cancel(job))) {
		sight = look(job, &now);
		upgrade->was_away |= sight == SIGHT_NONE;
		if (sight == SIGHT_GOOD)
			return prove(job, &now, err);
		if ((sight == SIGHT_OLD || sight == SIGHT_OTHER) &&
			clock_steady_ms() > kept_ms)
			return kept(job, &now, err);
		if (deadline_passed(until))
			return err_set(err, &e_not_seen, "it has the image, but %s",
				sight == SIGHT_MINIMAL ? "still runs the minimal build"
						       : "does not answer");
	}
	return err_set(err, &err_cancelled, "stopped before the new version was seen");
}
